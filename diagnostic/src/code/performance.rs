//! Declares the codes DV05xx: the query works, but is known to run slowly. The lints of queries report them.
//!
//! Names such as `LargeAmountOfAttributes` are those that Microsoft's "Query anti-patterns" and the error
//! `PerformanceValidationIssuesCauseTimeout` (`0x80048575`) give them.

super::codes! {
    /// A pattern that begins with a wildcard cannot use an index. Dataverse documents it as an anti-pattern
    /// that may be throttled or fail (`0x80048573`).
    LEADING_WILDCARD = 501, "leading wildcard", "contact": "startswith(lastname,'%son')" => "endswith(lastname,'son')";
    /// Without `$select` the response has every column of the table, and each column costs time
    /// (`LargeAmountOfAttributes`). For a single row this is a note.
    NO_SELECT = 502, "rows without `$select`", "account": "accounts?$top=5" => "accounts?$select=name&$top=5";
    /// Text columns with several lines, or with more than 850 characters, cannot be indexed: a condition on
    /// them reads every row (`PerformanceLargeColumnSearch`). Dataverse search is designed for such columns.
    LARGE_TEXT = 503, "condition on a large text", "account": "contains(description,'lighthouse')" => "contains(name,'lighthouse')";
    /// A calculated or formula column has to be computed for every row before a condition on it can be
    /// tested. Such queries are throttled or time out (`FilteringOnCalculatedColumns`, `0x80048574`). Rollup
    /// columns are stored, so a condition on one tests the value that was last calculated; this is a note.
    COMPUTED_FILTER = 504, "condition on a computed column", "new_project": "new_daysleft lt 5" => "";
    /// To order by a calculated or formula column, the service computes it for every row. If the column
    /// refers to other rows or to other calculated columns, the order is ignored without an error.
    COMPUTED_ORDER = 505, "order by a computed column", "new_project": "new_projects?$select=new_name&$orderby=new_daysleft&$top=5" => "new_projects?$select=new_name&$orderby=new_name&$top=5";
    /// The Web API orders rows by the number of a choice's option. FetchXML orders them by the label, which
    /// is an anti-pattern of its own (`OrderOnEnumAttribute`).
    ORDER_BY_CHOICE = 506, "order by a choice", "account": "accounts?$select=name&$orderby=statuscode&$top=5" => "accounts?$select=name&$orderby=name&$top=5";
    /// Ordering by a column of a related row joins the table of that row and is slow
    /// (`OrderOnPropertiesFromJoinedTables`). For OData it is not documented, and was reported to fail.
    /// Ordering by the lookup itself orders by the name of the row behind it.
    ORDER_BY_RELATED = 507, "order by a column of a related row", "account": "accounts?$select=name&$orderby=primarycontactid/fullname&$top=5" => "accounts?$select=name&$orderby=_primarycontactid_value&$top=5";
    /// Queries that return many columns are slow because of the amount of data and the number of joins
    /// (`LargeAmountOfAttributes`). Microsoft gives no number; dvkit reports more than 50.
    MANY_COLUMNS = 508, "many columns";
    /// Logical columns (addresses, pictures, `owninguser`, `owningteam`) are stored in other tables, which
    /// have to be joined (`LargeAmountOfLogicalAttributes`). Microsoft gives no number; dvkit reports more
    /// than 10.
    LOGICAL_COLUMNS = 509, "many logical columns", "account": "accounts?$select=name,address1_addressid,address1_city,address1_composite,address1_country,address1_latitude,address1_line1,address1_postalcode,address1_stateorprovince,entityimage,_owninguser_value,_owningteam_value&$top=5" => "accounts?$select=name,address1_composite,entityimage&$top=5";
    /// Each `$expand` is a join, and so is each lookup that a path follows. A query may have 15 links
    /// (`0x8004430D`). 8 or more are a note, more than 15 a warning.
    MANY_JOINS = 510, "many joins";
    /// Ten or more comparisons of one column that are joined by `or` can be written as a list. A query may
    /// have 500 conditions, and a list counts as one. For `ne` joined by `and` the list is `NotIn`, which
    /// keeps rows without a value just as `ne` does.
    OR_LIST = 511, "comparisons that could be a list", "contact": "lastname eq 'A' or lastname eq 'B' or lastname eq 'C' or lastname eq 'D' or lastname eq 'E' or lastname eq 'F' or lastname eq 'G' or lastname eq 'H' or lastname eq 'I' or lastname eq 'J'" => "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['A','B','C','D','E','F','G','H','I','J'])";
    /// `$count` counts at most 5,000 rows, or 500 of an elastic table, and does not say that there are more.
    COUNT_CAP = 512, "count that stops at 5,000", "account": "accounts/$count" => "accounts?$apply=aggregate($count as total)";
    /// Without `$filter` and `$top` the service returns every row of the table, 5,000 at a time.
    UNBOUNDED = 513, "every row of a table", "account": "accounts?$select=name" => "accounts?$select=name&$filter=statecode eq 0";
    /// Without `$select` in its parentheses, `$expand` returns every column of the related rows. For one row
    /// behind one row this is a note.
    EXPAND_WITHOUT_SELECT = 514, "`$expand` without `$select`", "account": "accounts?$select=name&$expand=primarycontactid&$top=5" => "accounts?$select=name&$expand=primarycontactid($select=fullname)&$top=5";
    /// Elastic tables return at most 500 rows and support only outer joins, so conditions on related rows
    /// fail (`0x80048d0b`).
    ELASTIC = 515, "not supported by elastic tables";
    /// Several requests in a row that differ only in one id can be a single request: `$expand` returns the
    /// related rows, and `In` takes all the ids. Each request counts towards the service protection limits.
    REPEATED = 517, "one request for each row";
    /// The formatted value of a lookup is already the primary name of the row behind it. Several `$expand`s
    /// that return only names are unnecessary joins.
    EXPAND_FOR_NAME = 518, "`$expand` for names alone", "account": "accounts?$select=name&$expand=primarycontactid($select=fullname),owninguser($select=fullname)&$top=5" => "accounts?$select=name,_primarycontactid_value,_owninguser_value&$top=5";
    /// FetchXML without `attribute`, or with `all-attributes`, returns every column of the table. Microsoft
    /// lists this as an anti-pattern.
    ALL_ATTRIBUTES = 519, "every column in FetchXML";
    /// Rows that are ordered by a column of a link get no paging cookie. Each page is then read from the
    /// beginning, and no more than 50,000 rows can be reached.
    LINK_ORDER = 520, "order by a column of a link";
    /// Rows of a `distinct` query have no primary key to be ordered by, so their pages may overlap unless
    /// `order` covers every returned column. Returning the primary key as a column works as well.
    DISTINCT_ORDER = 521, "`distinct` without a full `order`";
    /// A link to rows that refer to this one returns one row for each of them. Pages are cut by the rows of
    /// the entity, so the rows of one entity may be split over several pages and get lost. If the other table
    /// is the entity, the link leads to one row.
    CHILD_LINK = 522, "link to many rows";
    /// A quick find filter is an `or` of several `like` conditions whose texts end with `%`, and a query has
    /// at most one. Microsoft tests no other form, and with a single condition an ordinary filter is faster
    /// ("About quick find queries"). The query is refused if the filter finds more than 10,000 rows
    /// (`0x8004E024`).
    QUICK_FIND = 523, "quick find filter in an unsupported form";
    /// Groups have no key of their own. Their pages are cut correctly only if they are ordered by every
    /// column that they are grouped by.
    GROUP_ORDER = 524, "groups without a full `order`";
    /// Groups by a lookup are distinguished by its id but ordered by the name of the row behind it, which
    /// several rows may share. If the groups of such a name cross the end of a page, some may be lost or
    /// returned twice.
    GROUP_BY_LOOKUP = 525, "pages of groups by a lookup";
    /// A column with an alias is returned as an aliased value: the SDK wraps it, and the Web API names
    /// neither its column nor its table as usual. Aliases are meant for aggregates.
    ALIAS = 526, "alias of a plain column";
    /// `count` counts the joined rows, and an outer link that finds nothing still produces one row, so the
    /// count is 1 where there is nothing. `countcolumn` counts only the rows that have a value. Sources:
    /// "Aggregate data using FetchXML"; rappen/FetchXMLBuilder#680.
    OUTER_COUNT = 547, "count of rows behind an outer link";
}
