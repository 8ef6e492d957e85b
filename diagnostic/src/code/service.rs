//! DV04xx: standard OData that Dataverse refuses.

super::codes! {
    /// `in` is OData 4.01; Dataverse's Web API is 4.0 and answers `The method or operation is not implemented`. Its
    /// own function does the same: `Microsoft.Dynamics.CRM.In`.
    IN_OPERATOR = 401, "`in`", "contact": "lastname in ('Ann','Bob')" => "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['Ann','Bob'])";
    /// Dataverse refuses `not` before its own query functions (`Not operator along with the Custom Named Condition
    /// operators is not allowed`). Some have a negation of their own.
    NOT_QUERY_FUNCTION = 402, "`not` before a query function", "contact": "not Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['Ann'])" => "Microsoft.Dynamics.CRM.NotIn(PropertyName='lastname',PropertyValues=['Ann'])";
    /// Dataverse does not calculate in a filter. Constants can be calculated beforehand.
    ARITHMETIC = 403, "arithmetic", "account": "revenue gt 1000 mul 2" => "revenue gt 2000";
    /// The only functions of texts that Dataverse knows are `contains`, `startswith` and `endswith`; comparison never
    /// minds the case.
    STRING_FUNCTION = 404, "function of texts", "contact": "tolower(lastname) eq 'ann'" => "lastname eq 'ann'";
    /// Dataverse knows no functions of dates in a filter. A range, or one of its own query functions, says the same.
    DATE_FUNCTION = 405, "function of dates", "contact": "year(createdon) eq 2025" => "createdon ge 2025-01-01T00:00:00Z and createdon lt 2026-01-01T00:00:00Z";
    /// A standard function of numbers, types, sets or places. Dataverse has none of them in a filter.
    OTHER_FUNCTION = 406, "function that Dataverse does not have", "account": "round(revenue) eq 100" => "";
    /// Dataverse has no `has`: its tables have no enumeration properties. Multi-select columns use `ContainValues`.
    HAS_OPERATOR = 407, "`has`", "new_project": "new_regions has '1'" => "Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=['1'])";
    /// A count cannot be compared in a filter. Whether there are any rows at all can be asked with `any()`.
    COUNT_IN_FILTER = 408, "`$count` in a filter", "account": "contact_customer_accounts/$count gt 0" => "contact_customer_accounts/any()";
    /// Operators in capitals are OData 4.01; Dataverse knows the lower-case ones.
    OPERATOR_CASE = 409, "operator in capitals", "contact": "lastname EQ 'Ann'" => "lastname eq 'Ann'";
    /// Dataverse does not evaluate `any` and `all` behind a lookup.
    LAMBDA_BEHIND_LOOKUP = 410, "lambda behind a lookup", "account": "primarycontactid/contact_customer_contacts/any(c:c/firstname eq 'Ann')" => "";
    /// Columns of different rows cannot be compared in OData; FetchXML's `valueof` can.
    CROSS_TABLE_COMPARISON = 411, "comparison across tables", "account": "name eq primarycontactid/fullname" => "";
    /// `$it`, `$root` and `$this` are standard OData, and Dataverse's documentation does not mention them. Whether it
    /// takes them is not certain, so this is a warning.
    IMPLICIT_ROOT = 412, "`$it`, `$root`, `$this`", "contact": "$it/lastname eq 'Ann'" => "lastname eq 'Ann'";
    /// Dataverse has no type casts in a filter path; the navigation property of the target does the same.
    TYPE_CAST = 413, "type cast", "contact": "parentcustomerid/Microsoft.Dynamics.CRM.account/name eq 'x'" => "parentcustomerid_account/name eq 'x'";
    /// A condition without a column. Whether Dataverse evaluates it is not documented.
    CONSTANT_CONDITION = 414, "condition without a column", "contact": "1 eq 1" => "";
    /// A function that is true or false already stands alone; comparing it with `true` is not in the grammar that
    /// Dataverse documents.
    FUNCTION_COMPARED = 415, "condition compared with true or false", "contact": "contains(lastname,'a') eq true" => "contains(lastname,'a')";
    /// `Microsoft.Dynamics.CRM.Contains` is the full-text search of knowledge articles; elsewhere Dataverse answers
    /// `Unknown Condition Operator: Contains`.
    FULL_TEXT = 416, "full-text `Contains`", "contact": "Microsoft.Dynamics.CRM.Contains(PropertyName='lastname',PropertyValue='a')" => "contains(lastname,'a')";
    /// An expression form of OData that has no place in a Dataverse filter: JSON objects and arrays as operands,
    /// `case`, annotations, filtered collections, keys within a path.
    UNSUPPORTED_EXPRESSION = 417, "expression that Dataverse does not have";
    /// A kind of literal that no column of a Dataverse table has: durations, times of day, binary, geography,
    /// enumeration members.
    UNSUPPORTED_LITERAL = 418, "literal that no column has", "contact": "createdon gt duration'P1D'" => "";
    /// The names of query options are case-sensitive, and those of OData begin with `$`: without it Dataverse takes
    /// them for options of your own and does nothing.
    OPTION_NAME = 419, "query option not as Dataverse spells it", "account": "accounts?$Select=name&$top=5" => "accounts?$select=name&$top=5";
    /// Standard query options that Dataverse does not have: `$skip` (`Skip Clause is not supported in CRM`), `$search`,
    /// `$format`, `$compute` and others.
    UNSUPPORTED_OPTION = 420, "query option that Dataverse does not have", "account": "accounts?$select=name&$top=5&$format=json" => "accounts?$select=name&$top=5";
    /// OData allows each query option once, and a service may refuse the second or take either.
    DUPLICATE_OPTION = 421, "query option given twice", "account": "accounts?$select=name&$top=5&$top=5" => "accounts?$select=name&$top=5";
    /// What may stand in the parentheses of `$expand` depends on the relationship: `$select` and `$expand` always;
    /// `$filter`, `$orderby` and `$top` for collections, and the last two only where nothing is expanded
    /// further anywhere in the query (`Only $select and $filter clause can be provided while doing $expand on
    /// many-to-one relationship or nested one-to-many relationship.`).
    EXPAND_OPTION = 422, "option that this `$expand` does not take", "account": "accounts?$select=name&$expand=primarycontactid($select=fullname;$orderby=fullname)&$top=5" => "accounts?$select=name&$expand=primarycontactid($select=fullname)&$top=5";
    /// A query may expand 15 times, nested ones counted: each is a join.
    TOO_MANY_EXPANDS = 423, "more than 15 times `$expand`";
    /// A many-to-many relationship can be expanded on the first level only, with nothing below it and no other kind of
    /// relationship beside it (`Only many-to-one relationships are supported for nested expansion.`).
    EXPAND_MANY_TO_MANY = 424, "`$expand` of many to many, nested or mixed", "team": "teams?$select=name&$expand=teammembership_association($select=fullname;$expand=businessunitid($select=name))&$top=5" => "";
    /// `/$ref` gives where a row is, and only for lookups (`Expand with $ref is only supported on lookup type navigation
    /// property.`).
    REF_ON_COLLECTION = 425, "`$ref` of a collection", "account": "accounts?$select=name&$expand=contact_customer_accounts/$ref&$top=5" => "accounts?$select=name&$expand=contact_customer_accounts($select=contactid)&$top=5";
    /// Of `$apply` Dataverse documents `filter(…)`, `aggregate(…)` and `groupby((…),aggregate(…))`, in this order, with the
    /// methods `sum`, `average`, `min`, `max` and `$count`.
    APPLY_FORM = 426, "form of `$apply` that Dataverse does not have", "account": "accounts?$apply=topcount(5,revenue)" => "";
    /// Parameter aliases work in `$filter` and `$orderby`, not within `$expand`.
    ALIAS_IN_EXPAND = 427, "parameter alias within `$expand`", "account": "accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=statecode eq @s)&$top=5&@s=0" => "accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=statecode eq 0)&$top=5";
    /// One answer holds at most 5,000 rows (500 of an elastic table), whatever `$top` asks for, and `$top` is not to be
    /// combined with `$count`.
    TOP_LIMIT = 428, "`$top` beyond what comes back", "account": "accounts?$select=name&$top=10000" => "accounts?$select=name&$top=5000";
    /// A URL may have 32,768 characters, and 65,536 within `$batch`.
    URL_TOO_LONG = 429, "URL longer than Dataverse takes";
    /// One segment of the path may have 260 characters. Parameter aliases move long values behind the `?`.
    SEGMENT_TOO_LONG = 430, "path segment longer than 260 characters";
    /// `$orderby` takes columns of the row, none that hold files, images or several choices, and no expressions.
    ORDER_EXPRESSION = 431, "what cannot be ordered by", "account": "accounts?$select=name&$orderby=length(name)&$top=5" => "";
    /// `/$count` gives the number of rows of a collection as text. It goes neither with a stored query nor with `fetchXml`
    /// (`Count Segment is not supported when SavedQuery or UserQuery or FetchXml option is provided`), and other
    /// options change nothing of it.
    COUNT_SEGMENT = 432, "`/$count` with what it does not take", "account": "accounts/$count?fetchXml=<fetch><entity name='account'/></fetch>" => "";
    /// The sets of the metadata itself (`EntityDefinitions`) know `$select`, `$filter` and `$expand` only (`The query
    /// parameter $orderby is not supported`); they are not paged.
    METADATA_SET = 433, "option on a metadata set", "account": "EntityDefinitions?$select=LogicalName&$orderby=LogicalName" => "EntityDefinitions?$select=LogicalName";
    /// A parameter alias to which the request gives no value is null, which is seldom meant. Its value is a column or a
    /// literal.
    UNASSIGNED_ALIAS = 434, "parameter alias without a value", "account": "accounts?$select=name&$filter=name eq @n&$top=5" => "accounts?$select=name&$filter=name eq @n&$top=5&@n='a'";
    /// A value is given to a parameter alias that nothing uses: it may be misspelt where it is used.
    UNUSED_ALIAS = 435, "parameter alias that nothing uses", "account": "accounts?$select=name&$top=5&@n='a'" => "accounts?$select=name&$top=5";
    /// A single row takes `$select` and `$expand`; there is nothing to filter, to order or to count.
    OPTION_ON_ONE_ROW = 436, "option for rows on one row", "account": "accounts(11111111-2222-3333-4444-555555555555)?$select=name&$top=5" => "accounts(11111111-2222-3333-4444-555555555555)?$select=name";
    /// `*` in `$select` and `$expand` is standard OData that Dataverse's documentation does not mention.
    STAR = 437, "`*`", "account": "accounts?$select=*&$top=5" => "";
    /// What functions and actions take and give, and the options on it, is not checked; `dvkit explain` says how one is called.
    NOT_CHECKED = 438, "not checked";
    /// Paths of standard OData that Dataverse does not document: keys as segments, `$filter`, `$each`, `$crossjoin`.
    UNSUPPORTED_PATH = 439, "path that Dataverse does not have", "account": "accounts/11111111-2222-3333-4444-555555555555?$select=name" => "accounts(11111111-2222-3333-4444-555555555555)?$select=name";
    /// `savedQuery` and `userQuery` name a view by its id, a bare guid.
    STORED_QUERY = 440, "stored query not named by a guid", "account": "accounts?savedQuery='00000000-0000-0000-00aa-000010001002'" => "accounts?savedQuery=00000000-0000-0000-00aa-000010001002";
    /// A query may have 500 conditions (`Number of conditions in query exceeded maximum limit.`, `0x8004430C`). A long
    /// list of values is one condition with `Microsoft.Dynamics.CRM.In`.
    TOO_MANY_CONDITIONS = 441, "more than 500 conditions";
    /// Forms of `$select` that standard OData has and Dataverse does not: options in parentheses, annotations,
    /// operations.
    UNSUPPORTED_SELECT = 442, "form of `$select` that Dataverse does not have", "account": "accounts?$select=name($top=1)&$top=5" => "";
    /// What `$apply` computes cannot be ordered by (`The query node SingleValueOpenPropertyAccess is not supported`).
    ORDER_ON_AGGREGATE = 443, "order by what `$apply` computes", "account": "accounts?$apply=groupby((statuscode),aggregate(revenue with sum as total))&$orderby=total desc" => "accounts?$apply=groupby((statuscode),aggregate(revenue with sum as total))";
    /// A `+` in the query of a URL is read as a space; a plus is `%2B`. Power Automate sends *Filter rows* as it is.
    PLUS_IS_SPACE = 444, "`+` in a text", "contact": "contacts?$select=fullname&$filter=telephone1 eq '+43 1'&$top=5" => "contacts?$select=fullname&$filter=telephone1 eq '%2B43 1'&$top=5";
    /// `from` is a column of the linked table and `to` one of the table around it, and both hold values of one type.
    LINK_COLUMNS = 445, "columns that do not link";
    /// A query may have 15 links (`Number of link entities in query exceeded maximum limit.`, `0x8004430D`), and 500 conditions
    /// and links together.
    TOO_MANY_LINKS = 446, "more than 15 links";
    /// Rows are not found by the value of an alternate key that has one of `/`, `\`, `?` and `+` in it, encoded or not. `<`, `>`,
    /// `*`, `%`, `&` and `:` are documented not to work either, while reports say that they do when they are encoded; of `#` there are
    /// reports alone. Sources: "Define alternate keys for a table" (special characters in key values);
    /// MicrosoftDocs/powerapps-docs#117 and #1895, MicrosoftDocs/dynamics-365-customer-engagement#2697.
    KEY_CHARACTER = 467, "character that a key in a URL cannot have", "account": "accounts(accountnumber='A%2F1')?$select=name" => "accounts?$select=name&$filter=accountnumber eq 'A/1'";
}
