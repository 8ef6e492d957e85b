//! DV05xx: it works and is known to run badly.
//!
//! The names in capitals are those that Microsoft's "Query anti-patterns" and the error
//! `PerformanceValidationIssuesCauseTimeout` (`0x80048575`) give them.

super::codes! {
    /// A pattern that begins with a wildcard cannot use an index: Dataverse documents it as an anti-pattern that may
    /// be throttled or fail (`0x80048573`).
    LEADING_WILDCARD = 501, "leading wildcard", "contact": "startswith(lastname,'%son')" => "endswith(lastname,'son')";
    /// Without `$select` every column of the table comes back, and each costs time (`LargeAmountOfAttributes`). Of a single
    /// row it is a note.
    NO_SELECT = 502, "rows without `$select`", "account": "accounts?$top=5" => "accounts?$select=name&$top=5";
    /// Texts of several lines, and texts that may be longer than 850 characters, cannot be indexed: a condition on them reads
    /// every row (`PerformanceLargeColumnSearch`). Dataverse search is made for them.
    LARGE_TEXT = 503, "condition on a large text", "account": "contains(description,'lighthouse')" => "contains(name,'lighthouse')";
    /// The value of a calculated or formula column is computed for every row before a condition on it can be tested; such
    /// queries are throttled or time out (`FilteringOnCalculatedColumns`, `0x80048574`). Rollup columns are stored; a
    /// condition sees what was calculated last, which is a note.
    COMPUTED_FILTER = 504, "condition on a computed column", "new_project": "new_daysleft lt 5" => "";
    /// To order by a calculated or formula column every row is computed; where the column refers to other rows or to other
    /// calculated columns the order is ignored without an error.
    COMPUTED_ORDER = 505, "order by a computed column", "new_project": "new_projects?$select=new_name&$orderby=new_daysleft&$top=5" => "new_projects?$select=new_name&$orderby=new_name&$top=5";
    /// Through the Web API rows are ordered by the number of a choice's option. FetchXML orders by the label, which is an
    /// anti-pattern of its own (`OrderOnEnumAttribute`).
    ORDER_BY_CHOICE = 506, "order by a choice", "account": "accounts?$select=name&$orderby=statuscode&$top=5" => "accounts?$select=name&$orderby=name&$top=5";
    /// Ordering by a column of a related row joins its table and is slow (`OrderOnPropertiesFromJoinedTables`); for OData it is
    /// not documented, and was reported to fail. The lookup itself orders by the name of the row behind it.
    ORDER_BY_RELATED = 507, "order by a column of a related row", "account": "accounts?$select=name&$orderby=primarycontactid/fullname&$top=5" => "accounts?$select=name&$orderby=_primarycontactid_value&$top=5";
    /// Queries that return many columns are slow for the size and the number of joins (`LargeAmountOfAttributes`). Microsoft
    /// gives no number; more than 50 are told.
    MANY_COLUMNS = 508, "many columns";
    /// Logical columns (addresses, pictures, `owninguser`, `owningteam`) are stored in other tables, which are joined for them
    /// (`LargeAmountOfLogicalAttributes`). Microsoft gives no number; more than 10 are told.
    LOGICAL_COLUMNS = 509, "many columns of other tables", "account": "accounts?$select=name,address1_addressid,address1_city,address1_composite,address1_country,address1_latitude,address1_line1,address1_postalcode,address1_stateorprovince,entityimage,_owninguser_value,_owningteam_value&$top=5" => "accounts?$select=name,address1_composite,entityimage&$top=5";
    /// Each `$expand` is a join, and so is each lookup that a path follows. A query may have 15 links (`0x8004430D`); from 8 on
    /// it is a note, and beyond the limit a warning.
    MANY_JOINS = 510, "many joins";
    /// Ten or more comparisons of one column, joined by `or`, are one list. A query may have 500 conditions, and a list is one
    /// of them. `ne` joined by `and` is `NotIn`, which keeps rows without a value as `ne` does.
    OR_LIST = 511, "comparisons that are a list", "contact": "lastname eq 'A' or lastname eq 'B' or lastname eq 'C' or lastname eq 'D' or lastname eq 'E' or lastname eq 'F' or lastname eq 'G' or lastname eq 'H' or lastname eq 'I' or lastname eq 'J'" => "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['A','B','C','D','E','F','G','H','I','J'])";
    /// `$count` counts up to 5,000 rows, or 500 of an elastic table, and says nothing of the others.
    COUNT_CAP = 512, "count that stops at 5,000", "account": "accounts/$count" => "accounts?$apply=aggregate($count as total)";
    /// Without `$filter` and `$top` every row of the table comes, 5,000 at a time.
    UNBOUNDED = 513, "every row of a table", "account": "accounts?$select=name" => "accounts?$select=name&$filter=statecode eq 0";
    /// Without `$select` in its parentheses `$expand` brings every column of the related rows. Of one row behind one row it is a
    /// note.
    EXPAND_WITHOUT_SELECT = 514, "`$expand` without `$select`", "account": "accounts?$select=name&$expand=primarycontactid&$top=5" => "accounts?$select=name&$expand=primarycontactid($select=fullname)&$top=5";
    /// Elastic tables answer with at most 500 rows, and have outer joins alone: conditions on related rows fail (`0x80048d0b`).
    ELASTIC = 515, "what elastic tables do not have";
    /// Requests that differ in one id only, asked one after the other, are one request: an `$expand` brings the related rows, and
    /// `In` takes all ids. Each request counts towards the limits of service protection.
    REPEATED = 517, "one request asked for each row";
    /// The formatted value of a lookup is the primary name of the row behind it, so several `$expand`s for names alone are
    /// joins for nothing.
    EXPAND_FOR_NAME = 518, "`$expand` for names alone", "account": "accounts?$select=name&$expand=primarycontactid($select=fullname),owninguser($select=fullname)&$top=5" => "accounts?$select=name,_primarycontactid_value,_owninguser_value&$top=5";
    /// FetchXML without `attribute`, or with `all-attributes`, brings every column of the table. Microsoft names it as an
    /// anti-pattern.
    ALL_ATTRIBUTES = 519, "every column in FetchXML";
    /// Rows that are ordered by a column of a link get no paging cookie, so that pages are read from the beginning each time,
    /// and no more than 50,000 rows are reached.
    LINK_ORDER = 520, "order by a column of a link";
    /// Rows of a `distinct` query have no primary key to be ordered by, so that without an `order` by every column that comes
    /// back their pages may overlap. The primary key among the columns does as well.
    DISTINCT_ORDER = 521, "`distinct` without a full `order`";
    /// A link to rows that point here gives a row for each of them, and pages are cut by the rows of the entity: the rows of
    /// one may be split over pages and get lost. With the other table as the entity it is a link to one row.
    CHILD_LINK = 522, "link to many rows";
    /// A quick find filter is an `or` of several `like` conditions whose texts end with `%`, and a query has one: nothing else is
    /// tested, and with a single condition an ordinary filter is faster ("About quick find queries"). It is refused where it finds
    /// more than 10,000 rows (`0x8004E024`).
    QUICK_FIND = 523, "quick find filter against its pattern";
    /// Groups have no key of their own: their pages are cut right only where they are ordered by everything that they are grouped
    /// by.
    GROUP_ORDER = 524, "groups without a full `order`";
    /// Groups by a lookup are told apart by its id and ordered by the name behind it, which several rows may share: such a name
    /// at the end of a page can lose groups, or bring them twice.
    GROUP_BY_LOOKUP = 525, "pages of groups by a lookup";
    /// A column under an alias comes as an aliased value: the SDK has it wrapped, and the Web API names neither its column nor
    /// its table as usual. Aliases are made for aggregates.
    ALIAS = 526, "alias of a plain column";
    /// `count` is the number of joined rows, and an outer link that finds nothing gives one row all the same: the count of what
    /// it finds is 1 where there is nothing. `countcolumn` counts the rows that have a value. Sources: "Aggregate data using
    /// FetchXML"; rappen/FetchXMLBuilder#680.
    OUTER_COUNT = 547, "count of rows behind an outer link";
}
