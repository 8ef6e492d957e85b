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
}
