//! Declares the codes DV04xx: the text is standard OData, but Dataverse refuses it. The resolver of queries
//! and its rewrites report them.

super::codes! {
    /// `in` is OData 4.01. Dataverse's Web API is OData 4.0 and responds
    /// `The method or operation is not implemented`. Use Dataverse's own function instead:
    /// `Microsoft.Dynamics.CRM.In`.
    IN_OPERATOR = 401, "`in`", "contact": "lastname in ('Ann','Bob')" => "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['Ann','Bob'])";
    /// Dataverse refuses `not` before its own query functions (`Not operator along with the Custom Named
    /// Condition operators is not allowed`). Some of them have a negated counterpart.
    NOT_QUERY_FUNCTION = 402, "`not` before a query function", "contact": "not Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['Ann'])" => "Microsoft.Dynamics.CRM.NotIn(PropertyName='lastname',PropertyValues=['Ann'])";
    /// Dataverse does not support arithmetic in a filter. Calculate constants beforehand.
    ARITHMETIC = 403, "arithmetic", "account": "revenue gt 1000 mul 2" => "revenue gt 2000";
    /// The only text functions that Dataverse supports are `contains`, `startswith` and `endswith`.
    /// Comparison is never case-sensitive.
    STRING_FUNCTION = 404, "function of texts", "contact": "tolower(lastname) eq 'ann'" => "lastname eq 'ann'";
    /// Dataverse does not support date functions in a filter. Use a range, or one of its own query functions,
    /// instead.
    DATE_FUNCTION = 405, "function of dates", "contact": "year(createdon) eq 2025" => "createdon ge 2025-01-01T00:00:00Z and createdon lt 2026-01-01T00:00:00Z";
    /// This is a standard function of numbers, types, sets or geography. Dataverse supports none of them in a
    /// filter.
    OTHER_FUNCTION = 406, "function that Dataverse does not have", "account": "round(revenue) eq 100" => "";
    /// Dataverse does not support `has`, because its tables have no enumeration properties. For multi-select
    /// columns use `ContainValues`.
    HAS_OPERATOR = 407, "`has`", "new_project": "new_regions has '1'" => "Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=['1'])";
    /// A filter cannot compare a count. To test whether there are any rows at all, use `any()`.
    COUNT_IN_FILTER = 408, "`$count` in a filter", "account": "contact_customer_accounts/$count gt 0" => "contact_customer_accounts/any()";
    /// Operators in capitals are OData 4.01. Dataverse accepts only lower case.
    OPERATOR_CASE = 409, "operator in capitals", "contact": "lastname EQ 'Ann'" => "lastname eq 'Ann'";
    /// Dataverse does not evaluate `any` and `all` behind a lookup.
    LAMBDA_BEHIND_LOOKUP = 410, "lambda behind a lookup", "account": "primarycontactid/contact_customer_contacts/any(c:c/firstname eq 'Ann')" => "";
    /// OData cannot compare columns of different rows. FetchXML can, with `valueof`.
    CROSS_TABLE_COMPARISON = 411, "comparison across tables", "account": "name eq primarycontactid/fullname" => "";
    /// `$it`, `$root` and `$this` are standard OData, but Dataverse's documentation does not mention them.
    /// Whether Dataverse accepts them is not certain, so this is a warning.
    IMPLICIT_ROOT = 412, "`$it`, `$root`, `$this`", "contact": "$it/lastname eq 'Ann'" => "lastname eq 'Ann'";
    /// Dataverse does not support type casts in a filter path. Use the navigation property of the target
    /// table instead.
    TYPE_CAST = 413, "type cast", "contact": "parentcustomerid/Microsoft.Dynamics.CRM.account/name eq 'x'" => "parentcustomerid_account/name eq 'x'";
    /// The condition does not contain a column. Whether Dataverse evaluates such a condition is not
    /// documented.
    CONSTANT_CONDITION = 414, "condition without a column", "contact": "1 eq 1" => "";
    /// A function that returns true or false is already a condition. Comparing it with `true` is not in the
    /// grammar that Dataverse documents.
    FUNCTION_COMPARED = 415, "condition compared with true or false", "contact": "contains(lastname,'a') eq true" => "contains(lastname,'a')";
    /// `Microsoft.Dynamics.CRM.Contains` is the full-text search of knowledge articles. On other tables
    /// Dataverse responds `Unknown Condition Operator: Contains`.
    FULL_TEXT = 416, "full-text `Contains`", "contact": "Microsoft.Dynamics.CRM.Contains(PropertyName='lastname',PropertyValue='a')" => "contains(lastname,'a')";
    /// OData has this form of expression, but a Dataverse filter does not: JSON objects and arrays as
    /// operands, `case`, annotations, filtered collections, keys within a path.
    UNSUPPORTED_EXPRESSION = 417, "expression that Dataverse does not have";
    /// No column of a Dataverse table holds this kind of literal: durations, times of day, binary, geography,
    /// enumeration members.
    UNSUPPORTED_LITERAL = 418, "literal that no column has", "contact": "createdon gt duration'P1D'" => "";
    /// The names of query options are case-sensitive, and those of OData begin with `$`. Without the `$`,
    /// Dataverse takes them for custom options and ignores them.
    OPTION_NAME = 419, "query option not as Dataverse spells it", "account": "accounts?$Select=name&$top=5" => "accounts?$select=name&$top=5";
    /// Dataverse does not support this standard query option: `$skip`
    /// (`Skip Clause is not supported in CRM`), `$search`, `$format`, `$compute` and others.
    UNSUPPORTED_OPTION = 420, "query option that Dataverse does not have", "account": "accounts?$select=name&$top=5&$format=json" => "accounts?$select=name&$top=5";
    /// OData allows each query option once. If one is repeated, a service may refuse the second or use either
    /// of them.
    DUPLICATE_OPTION = 421, "query option given twice", "account": "accounts?$select=name&$top=5&$top=5" => "accounts?$select=name&$top=5";
    /// The options allowed in the parentheses of `$expand` depend on the relationship: `$select` and
    /// `$expand` always; `$filter`, `$orderby` and `$top` for collections, and the last two only if nothing
    /// is expanded further anywhere in the query (`Only $select and $filter clause can be provided while
    /// doing $expand on many-to-one relationship or nested one-to-many relationship.`).
    EXPAND_OPTION = 422, "option that this `$expand` does not take", "account": "accounts?$select=name&$expand=primarycontactid($select=fullname;$orderby=fullname)&$top=5" => "accounts?$select=name&$expand=primarycontactid($select=fullname)&$top=5";
    /// A query may have 15 expansions, including nested ones: each is a join.
    TOO_MANY_EXPANDS = 423, "more than 15 expansions";
    /// A many-to-many relationship can be expanded on the first level only, without nested expansions and
    /// without relationships of another kind beside it
    /// (`Only many-to-one relationships are supported for nested expansion.`).
    EXPAND_MANY_TO_MANY = 424, "`$expand` of many to many, nested or mixed", "team": "teams?$select=name&$expand=teammembership_association($select=fullname;$expand=businessunitid($select=name))&$top=5" => "";
    /// `/$ref` returns the address of a row, and works only for lookups (`Expand with $ref is only supported
    /// on lookup type navigation property.`).
    REF_ON_COLLECTION = 425, "`$ref` of a collection", "account": "accounts?$select=name&$expand=contact_customer_accounts/$ref&$top=5" => "accounts?$select=name&$expand=contact_customer_accounts($select=contactid)&$top=5";
    /// For `$apply` Dataverse documents only `filter(…)`, `aggregate(…)` and `groupby((…),aggregate(…))`, in
    /// this order, with the methods `sum`, `average`, `min`, `max` and `$count`.
    APPLY_FORM = 426, "form of `$apply` that Dataverse does not have", "account": "accounts?$apply=topcount(5,revenue)" => "";
    /// Parameter aliases work in `$filter` and `$orderby`, but not within `$expand`.
    ALIAS_IN_EXPAND = 427, "parameter alias within `$expand`", "account": "accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=statecode eq @s)&$top=5&@s=0" => "accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=statecode eq 0)&$top=5";
    /// A response holds at most 5,000 rows (500 of an elastic table), however large `$top` is. `$top` should
    /// not be combined with `$count`.
    TOP_LIMIT = 428, "`$top` above the limit of a response", "account": "accounts?$select=name&$top=10000" => "accounts?$select=name&$top=5000";
    /// A URL may have at most 32,768 characters, or 65,536 within `$batch`.
    URL_TOO_LONG = 429, "URL longer than Dataverse takes";
    /// A segment of the path may have at most 260 characters. Parameter aliases move long values into the
    /// query part of the URL, after the `?`.
    SEGMENT_TOO_LONG = 430, "path segment longer than 260 characters";
    /// `$orderby` takes columns of the row, except those that hold files, images or several choices. It does
    /// not take expressions.
    ORDER_EXPRESSION = 431, "value that cannot be ordered by", "account": "accounts?$select=name&$orderby=length(name)&$top=5" => "";
    /// `/$count` returns the number of rows of a collection as text. It cannot be combined with a stored
    /// query or with `fetchXml` (`Count Segment is not supported when SavedQuery or UserQuery or FetchXml
    /// option is provided`), and other options have no effect on it.
    COUNT_SEGMENT = 432, "option that `/$count` does not take", "account": "accounts/$count?fetchXml=<fetch><entity name='account'/></fetch>" => "";
    /// The entity sets of the metadata itself (`EntityDefinitions`) support only `$select`, `$filter` and
    /// `$expand` (`The query parameter $orderby is not supported`). They are not paged.
    METADATA_SET = 433, "option on a metadata set", "account": "EntityDefinitions?$select=LogicalName&$orderby=LogicalName" => "EntityDefinitions?$select=LogicalName";
    /// A parameter alias is null if the request does not give it a value, which is rarely intended. Its value
    /// is a column or a literal.
    UNASSIGNED_ALIAS = 434, "parameter alias without a value", "account": "accounts?$select=name&$filter=name eq @n&$top=5" => "accounts?$select=name&$filter=name eq @n&$top=5&@n='a'";
    /// The request gives a value to a parameter alias that is not used. The alias may be misspelt where it is
    /// used.
    UNUSED_ALIAS = 435, "parameter alias that nothing uses", "account": "accounts?$select=name&$top=5&@n='a'" => "accounts?$select=name&$top=5";
    /// A request for a single row takes `$select` and `$expand` only. There is nothing to filter, order or
    /// count.
    OPTION_ON_ONE_ROW = 436, "option for rows on one row", "account": "accounts(11111111-2222-3333-4444-555555555555)?$select=name&$top=5" => "accounts(11111111-2222-3333-4444-555555555555)?$select=name";
    /// `*` in `$select` and `$expand` is standard OData, but Dataverse's documentation does not mention it.
    STAR = 437, "`*`", "account": "accounts?$select=*&$top=5" => "";
    /// The parameters and results of functions and actions, and the query options on them, are not checked.
    /// `dvkit explain` shows how an operation is called.
    NOT_CHECKED = 438, "not checked";
    /// Dataverse does not document this kind of path of standard OData: keys as segments, `$filter`, `$each`,
    /// `$crossjoin`.
    UNSUPPORTED_PATH = 439, "path that Dataverse does not have", "account": "accounts/11111111-2222-3333-4444-555555555555?$select=name" => "accounts(11111111-2222-3333-4444-555555555555)?$select=name";
    /// `savedQuery` and `userQuery` name a view by its id, a guid without quotes.
    STORED_QUERY = 440, "stored query not named by a guid", "account": "accounts?savedQuery='00000000-0000-0000-00aa-000010001002'" => "accounts?savedQuery=00000000-0000-0000-00aa-000010001002";
    /// A query may have 500 conditions (`Number of conditions in query exceeded maximum limit.`,
    /// `0x8004430C`). A long list of values counts as one condition when it is written with
    /// `Microsoft.Dynamics.CRM.In`.
    TOO_MANY_CONDITIONS = 441, "more than 500 conditions";
    /// Standard OData allows this form of `$select`, but Dataverse does not: options in parentheses,
    /// annotations, operations.
    UNSUPPORTED_SELECT = 442, "form of `$select` that Dataverse does not have", "account": "accounts?$select=name($top=1)&$top=5" => "";
    /// Rows cannot be ordered by a value that `$apply` computes
    /// (`The query node SingleValueOpenPropertyAccess is not supported`).
    ORDER_ON_AGGREGATE = 443, "order by what `$apply` computes", "account": "accounts?$apply=groupby((statuscode),aggregate(revenue with sum as total))&$orderby=total desc" => "accounts?$apply=groupby((statuscode),aggregate(revenue with sum as total))";
    /// A `+` in the query part of a URL is read as a space; a plus sign is written `%2B`. Power Automate
    /// sends *Filter rows* unchanged.
    PLUS_IS_SPACE = 444, "`+` in a text", "contact": "contacts?$select=fullname&$filter=telephone1 eq '+43 1'&$top=5" => "contacts?$select=fullname&$filter=telephone1 eq '%2B43 1'&$top=5";
    /// `from` is a column of the linked table, and `to` is a column of the table that contains the link. Both
    /// must hold values of the same type.
    LINK_COLUMNS = 445, "columns that cannot link";
    /// A query may have 15 links (`Number of link entities in query exceeded maximum limit.`, `0x8004430D`), and 500 conditions
    /// and links together.
    TOO_MANY_LINKS = 446, "more than 15 links";
    /// A row cannot be found by an alternate key whose value contains one of `/`, `\`, `?` and `+`, encoded
    /// or not. `<`, `>`, `*`, `%`, `&` and `:` are documented not to work either, but reports say that they
    /// do when they are encoded. For `#` there are only reports. Sources: "Define alternate keys for a table"
    /// (special characters in key values); MicrosoftDocs/powerapps-docs#117 and #1895,
    /// MicrosoftDocs/dynamics-365-customer-engagement#2697.
    KEY_CHARACTER = 467, "character that a key in a URL cannot have", "account": "accounts(accountnumber='A%2F1')?$select=name" => "accounts?$select=name&$filter=accountnumber eq 'A/1'";
}
