//! Declares the codes DV03xx: a value or an operator does not fit its column. The resolver of queries reports
//! them.

super::codes! {
    /// The value is of another type than the column. Dataverse says
    /// `A binary operator with incompatible types was detected` and names neither type. A date or a date-time
    /// in quotes is a warning: published flows send `createdon ge '@{…}'`, and it works.
    TYPE_MISMATCH = 301, "value of another type", "account": "revenue gt '1000'" => "revenue gt 1000";
    /// A guid is written without quotes. The quoted form occurs in older documentation, and many services
    /// refuse it. Whether Dataverse accepts it is not certain, so this is a warning.
    QUOTED_GUID = 302, "guid in quotes", "contact": "contactid eq '11111111-2222-3333-4444-555555555555'" => "contactid eq 11111111-2222-3333-4444-555555555555";
    /// The SDK and FetchXML print guids in braces. OData does not allow the braces.
    BRACED_GUID = 303, "guid in braces", "contact": "contactid eq '{11111111-2222-3333-4444-555555555555}'" => "contactid eq 11111111-2222-3333-4444-555555555555";
    /// The text is not a guid, but the column holds one: keys and lookups are compared with the id of a row.
    /// To compare with the name of that row, follow the lookup to its primary name column.
    NOT_A_GUID = 304, "not a guid", "contact": "contactid eq 'Ann'" => "fullname eq 'Ann'";
    /// The column can never hold this number: it is outside the limits of the column or of its type.
    OUT_OF_RANGE = 305, "number out of range", "account": "numberofemployees eq 99999999999" => "numberofemployees eq 999";
    /// The text is longer than the column allows, so it never equals a value of the column.
    TEXT_TOO_LONG = 306, "text longer than the column", "transactioncurrency": "isocurrencycode eq 'EUROPEAN'" => "isocurrencycode eq 'EUR'";
    /// The choice has no option with this label in any language of the snapshot.
    UNKNOWN_LABEL = 307, "unknown label", "contact": "statecode eq 'Activ'" => "statecode eq 0";
    /// Several options of the choice have this label. Only the number is unambiguous.
    AMBIGUOUS_LABEL = 308, "label of several options", "new_project": "new_condition eq 'Other'" => "new_condition eq 100000006";
    /// A choice is compared with the number of an option, never with its label.
    /// The label of a state in FetchXML is a warning: Microsoft's sample of an aggregate query compares `statecode` with `Won`.
    CHOICE_LABEL = 309, "choice compared with a label", "contact": "statecode eq 'Active'" => "statecode eq 0";
    /// The choice has no option with this number. Dataverse accepts the filter, but at present it matches no
    /// row.
    UNKNOWN_OPTION = 310, "unknown option", "contact": "statecode eq 7" => "statecode eq 0";
    /// A date without a time is compared with a column that has a time. Taken literally, the date means
    /// midnight in UTC. Whether Dataverse accepts the literal is not documented, so this is a warning.
    DATE_FOR_DATE_TIME = 311, "date compared with a date-time", "contact": "createdon eq 2025-01-31" => "createdon ge 2025-01-31T00:00:00Z and createdon lt 2025-02-01T00:00:00Z";
    /// The column holds only dates (`Edm.Date`), so a value with a time does not fit.
    DATE_TIME_FOR_DATE = 312, "date-time compared with a date", "contact": "birthdate eq 1990-01-31T00:00:00Z" => "birthdate eq 1990-01-31";
    /// The operator does not apply to the type of the column: guids, lookups and two-option columns have no order.
    OPERATOR_FOR_TYPE = 313, "operator does not apply", "contact": "_ownerid_value gt 11111111-2222-3333-4444-555555555555" => "_ownerid_value eq 11111111-2222-3333-4444-555555555555";
    /// The function does not apply to the type of the column: text functions need a text column, date
    /// functions a date column, and so on (the column types in the FetchXML operator reference).
    FUNCTION_FOR_TYPE = 314, "function does not apply", "account": "contains(numberofemployees,'1')" => "numberofemployees eq 1";
    /// A two-option column is compared with `true` or `false`. FetchXML uses 1 and 0, and forms show labels;
    /// OData accepts neither.
    BOOLEAN_VALUE = 315, "two-option column compared with something else", "account": "creditonhold eq 1" => "creditonhold eq true";
    /// A multi-select column holds several options at once. Filter it with `ContainValues` or
    /// `DoesNotContainValues`.
    MULTI_SELECT = 316, "multi-select column", "new_project": "new_regions eq 1" => "Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=['1'])";
    /// Files, images and values that are computed for display cannot be used in a filter.
    NOT_FILTERABLE = 317, "column that cannot be filtered by", "new_project": "new_contract eq 'x'" => "new_contract_name eq 'x'";
    /// A managed property consists of a value and a flag. Compare its value through `/Value`.
    MANAGED_PROPERTY = 318, "managed property";
    /// Two columns of a row can be compared only if they have the same type.
    COLUMNS_DIFFER = 319, "columns of different types", "contact": "fullname eq createdon" => "fullname eq firstname";
    /// This expression is not a condition: it is neither true nor false.
    NOT_A_CONDITION = 320, "not a condition", "account": "creditonhold" => "creditonhold eq true";
    /// An argument of a query function has the wrong form: text parameters are quoted even for numbers and
    /// dates, list parameters are JSON arrays of strings, and numbers are not quoted. A number in quotes is a
    /// warning: Microsoft's samples of `LastXHours` and similar functions send it.
    ARGUMENT = 321, "argument of a query function", "contact": "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue='7')" => "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=7)";
    /// Dataverse stores dates from 1753-01-01 on (the minimum of SQL Server's `datetime`).
    DATE_TOO_EARLY = 322, "date before 1753", "contact": "createdon gt 1600-01-01T00:00:00Z" => "createdon gt 1753-01-01T00:00:00Z";
    /// A label is used where a choice needs a number, and this snapshot has no options for the column (it
    /// came from a `$metadata` document, which does not contain them).
    OPTIONS_NOT_IN_SNAPSHOT = 323, "options not in this snapshot";
    /// Only `eq` and `ne` can compare with null. Any other operator is never true.
    NULL_ORDER = 324, "null has no order", "contact": "createdon gt null" => "createdon ne null";
    /// A word that is not the name of a column is used where a string belongs. Strings go in single quotes;
    /// without them OData reads the word as the name of a column.
    UNQUOTED_TEXT = 325, "text without quotes", "contact": "fullname eq Ann" => "fullname eq 'Ann'";
    /// The date gives day, month and year in another order. OData accepts only `2024-01-31`. FetchXML reads
    /// the other forms with the month first, so `01/02/2024` is the second of January for every user, and
    /// `31/01/2024` is refused. Sources: rappen/FetchXMLBuilder#1059 and #1089.
    DATE_ORDER = 346, "date in another order";
}
