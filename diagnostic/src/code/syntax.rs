//! DV00xx: the text is not the language.

super::codes! {
    /// The text stops being OData at this place. The message lists what could have stood there, in a reader's
    /// words rather than the grammar's. Rules: the OData 4.01 ABNF, `boolCommonExpr`.
    UNEXPECTED = 1, "unexpected text", "contact": "fullname eq" => "fullname eq 'Ann'";
    /// A text in single quotes is never closed. An apostrophe inside a text is written twice: `'O''Brien'`.
    /// Dataverse says `There is an unterminated literal at position N`. Rule: ABNF `string`.
    UNTERMINATED_STRING = 2, "text without a closing quote", "contact": "lastname eq 'Ann" => "lastname eq 'Ann'";
    /// A parenthesis, bracket or brace is opened and never closed, or closed and never opened.
    UNBALANCED = 3, "unbalanced parenthesis", "contact": "(firstname eq 'Ann'" => "(firstname eq 'Ann')";
    /// The text is longer than the limit (32 KiB by default, the longest URL that Dataverse accepts).
    TOO_LONG = 4, "text too long";
    /// Parentheses, functions or lambdas are nested deeper than the limit (100 by default).
    TOO_DEEP = 5, "nested too deep";
    /// It begins like a number, date, guid or duration and does not end like one.
    BAD_LITERAL = 6, "malformed value", "contact": "createdon gt 2025-13-41T00:00:00Z" => "createdon gt 2025-12-31T00:00:00Z";
    /// An operator of another language: `==`, `=`, `!=`, `<>`, `<`, `>=`, `&&`, `||`, `!`, `like`. OData spells them
    /// `eq`, `ne`, `lt`, `ge`, `and`, `or`, `not` and `contains(…)`.
    FOREIGN_OPERATOR = 7, "operator of another language", "contact": "firstname == 'Ann'" => "firstname eq 'Ann'";
    /// There is nothing to parse: the text is empty or only white space.
    EMPTY = 8, "empty filter", "contact": "" => "firstname eq 'Ann'";
    /// `is null` and `is not null` are SQL. OData compares with the literal `null`.
    IS_NULL = 9, "`is null`", "contact": "firstname is null" => "firstname eq null";
    /// Text values stand in single quotes; double quotes are JSON's, inside `[…]` and `{…}` only.
    DOUBLE_QUOTED = 10, "text in double quotes", "contact": "firstname eq \"Ann\"" => "firstname eq 'Ann'";
    /// A literal with the type prefixes and suffixes of OData 2 and 3: `guid'…'`, `datetime'…'`, `10L`, `1.5M`.
    /// OData 4 writes the bare value. Dataverse's Web API is OData 4.0.
    LEGACY_LITERAL = 11, "literal of OData 2 or 3", "contact": "contactid eq guid'00000000-0000-0000-0000-000000000001'" => "contactid eq 00000000-0000-0000-0000-000000000001";
    /// A placeholder of a template (`{id}`, `${id}`, `@{…}`, `{0}`) where placeholders were not asked for.
    PLACEHOLDER = 12, "placeholder", "contact": "contactid eq {0}" => "contactid eq 00000000-0000-0000-0000-000000000001";
    /// A function of the standard with too few or too many arguments. Its signature is in the message. Rule: ABNF
    /// `methodCallExpr`.
    WRONG_ARITY = 13, "wrong number of arguments", "contact": "contains(fullname)" => "contains(fullname,'Ann')";
    /// An apostrophe inside a text ends it, unless it is written twice: `'O''Brien'`. Rule: ABNF `SQUOTE-in-string`.
    UNESCAPED_APOSTROPHE = 14, "apostrophe inside a text", "contact": "lastname eq 'O'Brien'" => "lastname eq 'O''Brien'";
    /// Word processors and chat programs turn straight quotes into curly ones; OData knows the straight `'` only.
    CURLY_QUOTES = 15, "curly quotes", "contact": "lastname eq ‘Ann’" => "lastname eq 'Ann'";
    /// A word where an operator belongs that is close to one, or is what another language calls it: `equals`, `neq`,
    /// `gte`.
    MISSPELT_OPERATOR = 16, "misspelt operator", "contact": "firstname eqs 'Ann'" => "firstname eq 'Ann'";
    /// `and` or `or` with nothing on one side, or twice in a row. Often a condition was taken out and the operator was
    /// left behind. A comma at the end of `$select` is a warning: Microsoft's samples of the Web API send it, and the service's parser
    /// passes over it.
    DANGLING_OPERATOR = 17, "operator without operand", "contact": "firstname eq 'Ann' and" => "firstname eq 'Ann'";
    /// The filter is given together with the name of its query option: `$filter=…`. The option is the URL's, the
    /// filter is what follows.
    OPTION_PREFIX = 18, "query option before the filter", "contact": "$filter=firstname eq 'Ann'" => "firstname eq 'Ann'";
    /// `true`, `false` and `null` in another case. OData 4.01 reads some of them, Dataverse (OData 4.0) takes them for
    /// the name of a column.
    WRONG_CASE = 19, "value in the wrong case", "contact": "donotemail eq True" => "donotemail eq true";
    /// The grammar wants a blank on both sides of an operator. Filters such as `)and` are found in working code, so
    /// this is a warning; a number, a date or a guid that an operator touches is an error. Rule: ABNF `RWS`.
    MISSING_SPACE = 20, "missing blank", "contact": "contains(fullname,'a')and statecode eq 0" => "contains(fullname,'a') and statecode eq 0";
    /// A character that ends an option, a segment or the whole URL where it stands unescaped: `&`, `#`, `/` within a
    /// key. Within a text it has to be percent-encoded. Clients do that for a filter, and Power Automate does not: in *Filter
    /// rows* a text has `%26` for `&`, `%23` for `#` and `%2B` for `+`, and an expression is `@{encodeUriComponent(…)}`. Rule: RFC
    /// 3986, section 2.2; "Use lists of rows in flows".
    NOT_ENCODED = 21, "character that ends the URL or a part of it";
    /// The part of a URL behind the `?` is made of query options; those of OData begin with `$`. Rule: ABNF
    /// `systemQueryOption`.
    UNKNOWN_QUERY_OPTION = 22, "unknown query option";
    /// A query option, or the parentheses behind a navigation property, with nothing in it. Services refuse that.
    EMPTY_OPTION = 23, "query option without a value";
    /// There is more to say about the text than is told: the worst findings are kept, errors before warnings, and the
    /// message counts the rest. Mend what is told and check again; `--fix` looks at all of it in any case.
    MORE_FINDINGS = 24, "more findings than are told";
}
