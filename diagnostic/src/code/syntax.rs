//! Declares the codes DV00xx up to DV0029: the text is not valid OData. The crate `odata-parser` reports
//! them.

super::codes! {
    /// The text stops being OData at this position. The message lists what could follow here, in everyday
    /// words rather than those of the grammar. Rules: the OData 4.01 ABNF, `boolCommonExpr`.
    UNEXPECTED = 1, "unexpected text", "contact": "fullname eq" => "fullname eq 'Ann'";
    /// A string in single quotes is never closed. An apostrophe inside a string is written twice:
    /// `'O''Brien'`. Dataverse says `There is an unterminated literal at position N`. Rule: ABNF `string`.
    UNTERMINATED_STRING = 2, "text without a closing quote", "contact": "lastname eq 'Ann" => "lastname eq 'Ann'";
    /// A parenthesis, bracket or brace is opened and never closed, or closed and never opened.
    UNBALANCED = 3, "unbalanced parenthesis", "contact": "(firstname eq 'Ann'" => "(firstname eq 'Ann')";
    /// The text is longer than the limit (32 KiB by default, the longest URL that Dataverse accepts).
    TOO_LONG = 4, "text too long";
    /// Parentheses, functions or lambdas are nested deeper than the limit (100 by default).
    TOO_DEEP = 5, "nested too deep";
    /// The value begins like a number, date, guid or duration but does not end like one.
    BAD_LITERAL = 6, "malformed value", "contact": "createdon gt 2025-13-41T00:00:00Z" => "createdon gt 2025-12-31T00:00:00Z";
    /// The operator belongs to another language: `==`, `=`, `!=`, `<>`, `<`, `>=`, `&&`, `||`, `!` or `like`.
    /// OData spells them `eq`, `ne`, `lt`, `ge`, `and`, `or`, `not` and `contains(…)`.
    FOREIGN_OPERATOR = 7, "operator of another language", "contact": "firstname == 'Ann'" => "firstname eq 'Ann'";
    /// There is nothing to parse: the text is empty or only white space.
    EMPTY = 8, "empty filter", "contact": "" => "firstname eq 'Ann'";
    /// `is null` and `is not null` are SQL. In OData, compare with the literal `null`.
    IS_NULL = 9, "`is null`", "contact": "firstname is null" => "firstname eq null";
    /// String values go in single quotes. Double quotes belong to JSON and are allowed only inside `[…]` and
    /// `{…}`.
    DOUBLE_QUOTED = 10, "text in double quotes", "contact": "firstname eq \"Ann\"" => "firstname eq 'Ann'";
    /// The literal has a type prefix or suffix of OData 2 or 3: `guid'…'`, `datetime'…'`, `10L`, `1.5M`.
    /// OData 4 writes the bare value. Dataverse's Web API is OData 4.0.
    LEGACY_LITERAL = 11, "literal of OData 2 or 3", "contact": "contactid eq guid'00000000-0000-0000-0000-000000000001'" => "contactid eq 00000000-0000-0000-0000-000000000001";
    /// The text contains a template placeholder (`{id}`, `${id}`, `@{…}`, `{0}`), but placeholders are not
    /// enabled for this query.
    PLACEHOLDER = 12, "placeholder", "contact": "contactid eq {0}" => "contactid eq 00000000-0000-0000-0000-000000000001";
    /// A standard function is called with too few or too many arguments. The message shows its signature.
    /// Rule: ABNF `methodCallExpr`.
    WRONG_ARITY = 13, "wrong number of arguments", "contact": "contains(fullname)" => "contains(fullname,'Ann')";
    /// An apostrophe inside a string ends it unless it is written twice: `'O''Brien'`. Rule: ABNF
    /// `SQUOTE-in-string`.
    UNESCAPED_APOSTROPHE = 14, "apostrophe inside a text", "contact": "lastname eq 'O'Brien'" => "lastname eq 'O''Brien'";
    /// Word processors and chat programs turn straight quotes into curly ones. OData accepts only the
    /// straight `'`.
    CURLY_QUOTES = 15, "curly quotes", "contact": "lastname eq ‘Ann’" => "lastname eq 'Ann'";
    /// Where an operator belongs, there is a word that is close to one, or that another language uses for it:
    /// `equals`, `neq`, `gte`.
    MISSPELT_OPERATOR = 16, "misspelt operator", "contact": "firstname eqs 'Ann'" => "firstname eq 'Ann'";
    /// `and` or `or` has nothing on one side, or occurs twice in a row. Often a condition was removed and the
    /// operator was left behind. A comma at the end of `$select` is a warning: Microsoft's samples of the Web
    /// API send it, and the service's parser ignores it.
    DANGLING_OPERATOR = 17, "operator without operand", "contact": "firstname eq 'Ann' and" => "firstname eq 'Ann'";
    /// The filter begins with the name of its query option: `$filter=…`. The option name belongs to the URL;
    /// the filter is what follows it.
    OPTION_PREFIX = 18, "query option before the filter", "contact": "$filter=firstname eq 'Ann'" => "firstname eq 'Ann'";
    /// `true`, `false` or `null` is not in lower case. OData 4.01 accepts some other spellings; Dataverse
    /// (OData 4.0) takes them for the name of a column.
    WRONG_CASE = 19, "value in the wrong case", "contact": "donotemail eq True" => "donotemail eq true";
    /// The grammar requires a space on both sides of an operator. Filters such as `)and` occur in working
    /// code, so this is a warning. It is an error where the operator touches a number, a date or a guid.
    /// Rule: ABNF `RWS`.
    MISSING_SPACE = 20, "missing space", "contact": "contains(fullname,'a')and statecode eq 0" => "contains(fullname,'a') and statecode eq 0";
    /// An unescaped character ends an option, a segment or the whole URL: `&`, `#`, or `/` within a key.
    /// Inside a string it has to be percent-encoded. Clients encode filters themselves, but Power Automate
    /// does not: in *Filter rows*, write `%26` for `&`, `%23` for `#` and `%2B` for `+` inside a string, and
    /// wrap an expression as `@{encodeUriComponent(…)}`. Rule: RFC 3986, section 2.2; "Use lists of rows in
    /// flows".
    NOT_ENCODED = 21, "character that ends the URL or a part of it";
    /// The part of a URL after the `?` consists of query options. Those of OData begin with `$`. Rule: ABNF
    /// `systemQueryOption`.
    UNKNOWN_QUERY_OPTION = 22, "unknown query option";
    /// A query option is empty, or the parentheses after a navigation property are. Services refuse that.
    EMPTY_OPTION = 23, "query option without a value";
    /// The text has more findings than are shown. The most serious ones are kept, errors before warnings, and
    /// the message counts the rest. Correct these and check again. `--fix` considers all findings in any
    /// case.
    MORE_FINDINGS = 24, "more findings than are shown";
}
