//! DV06xx: it cannot be said in the other language.
//!
//! From DV0601 on what OData says and FetchXML cannot, from DV0620 on what FetchXML says and OData cannot, from DV0640 on what
//! either says and SQL of SQLite cannot. Sources: the FetchXML reference (elements, operators, link types) and the Web API's pages on query options.

super::codes! {
    /// Within `any` and `all`, and where an expansion is filtered, a condition of FetchXML is about the related row alone. It
    /// cannot name a column of the row outside, nor compare columns of two rows there.
    OUTER_ROW = 601, "condition on a row outside the collection";
    /// FetchXML has no `not`: the opposite is another operator, or the operator has none. `eq` and `in` have one; what is
    /// relative to today, to the fiscal year or to the user's teams has not.
    NO_NEGATION = 602, "condition whose opposite FetchXML cannot say";
    /// FetchXML has no condition operator for this function. `Microsoft.Dynamics.CRM.Contains`, the full-text search of
    /// articles, is the only one.
    NO_OPERATOR = 603, "function that FetchXML does not have";
    /// A placeholder or parameter stands for a whole condition or for a whole list. FetchXML has no parameters, so that only
    /// the place of a single value can be kept.
    PARAMETER = 604, "placeholder for more than one value";
    /// An expansion's own `$orderby` and `$top` are about the related rows of each row. A join makes one list of pairs, which
    /// has one order and one end.
    EXPAND_ORDER = 605, "order or limit within an expansion";
    /// Joins of FetchXML name the two columns that are equal, and this snapshot does not know those of the relationship
    /// (it came from a `$metadata` document that leaves them out).
    JOIN_COLUMNS_UNKNOWN = 606, "relationship whose columns are not in this snapshot";
    /// The query is kept by the service, or written in SQL: what it asks for is not in the request, so there is nothing to
    /// translate.
    STORED_QUERY_OR_SQL = 607, "query that stands elsewhere";
    /// `useraworderby` decides for the whole query whether choices are ordered by number or by label. A query that does both
    /// needs two.
    MIXED_ORDER = 609, "choices ordered by number and by label";
    /// A query may have 15 joins; the service says `Number of link entities in query exceeded maximum limit.`
    /// (`0x8004430D`).
    TOO_MANY_JOINS = 610, "more than 15 joins";
    /// `$deltatoken` asks for what has changed since an answer, which FetchXML cannot; and of a `$skiptoken` only the service knows
    /// what it stands for, unless it holds the paging cookie of FetchXML.
    SKIPTOKEN_OR_DELTATOKEN = 611, "request that goes on from an answer";
    /// Columns have no other name in the answer of OData than their own; only what is aggregated is given one. Whoever reads
    /// the answer reads the column by its name.
    COLUMN_NAME = 620, "column under another name";
    /// `$orderby` takes columns of the row itself. FetchXML orders by columns of joined rows too.
    ORDER_BY_JOINED = 621, "order by a column of a joined row";
    /// OData orders choices by the numbers of their options, FetchXML by their labels in the language of the user, unless
    /// `useraworderby` says otherwise.
    ORDER_BY_LABEL = 622, "choice ordered by its label";
    /// `$apply` of Dataverse knows sum, average, min, max and the number of rows. The number of values of a column and of
    /// different values have no method there.
    COUNT_OF_COLUMN = 623, "number of values";
    /// `$apply` of Dataverse groups by columns as they are: it has nothing like `dategrouping`.
    DATE_PART = 624, "groups by a part of a date";
    /// `matchfirstrowusingcrossapply` gives one of several related rows, and which one is left to the service. An expansion
    /// gives all of them.
    FIRST_MATCH = 625, "one of several related rows";
    /// FetchXML joins rows by any two columns. OData follows relationships, by their navigation properties.
    JOIN_WITHOUT_RELATIONSHIP = 626, "join that is no relationship";
    /// OData goes from page to page by the link that each answer brings (`@odata.nextLink`); a request cannot name a page.
    LATER_PAGE = 627, "page by its number";
    /// `contains`, `startswith` and `endswith` are all that OData has for patterns: a wildcard within the text has no form
    /// there.
    PATTERN = 628, "wildcard within a pattern";
    /// The condition of an outer join says which rows are joined, not which rows come back. Conditions and orders of OData name
    /// the row behind a lookup by a path, and a path has no such condition.
    JOIN_CONDITION = 629, "condition of an outer join";
    /// OData compares columns of the same row only, FetchXML those of a joined row too (`valueof='alias.column'`).
    COLUMNS_OF_ROWS = 630, "comparison of columns of different rows";
    /// A condition on a joined row of a collection, beside `or` or the other way round: in FetchXML it is about the pair, and a
    /// lambda is about some row of the collection.
    JOINED_CONDITION = 631, "condition on a joined row of a collection";
    /// `$apply` of Dataverse takes no order: groups come in the order that the service likes.
    ORDER_OF_GROUPS = 632, "order of groups";
    /// The Web API offers no rows of this table: it has no entity set that a request could begin with.
    NO_ENTITY_SET = 633, "table without an entity set";
    /// Groups of `$apply` are of the columns of the row and of lookups; a join that multiplies rows, or that drops some, has no
    /// place in it.
    GROUPED_JOIN = 634, "groups over joined rows";
    /// FetchXML joins the same rows as often as is wanted, each time with columns and conditions of its own; `$expand` takes a
    /// navigation property once.
    EXPANDED_TWICE = 635, "the same rows joined twice, with columns";
    /// The service expands a many-to-many relationship on the first level only, nothing below it, and no relationship of
    /// another kind beside it. Links of FetchXML know no such limit.
    EXPANDED_TOGETHER = 636, "expansions that the service does not take together";
    /// OData refuses `not` before Dataverse's functions, and only some of them have an opposite: none that is relative to
    /// today or to a fiscal year has. `not any` of the row behind a lookup becomes conditions on that row.
    NOT_OF_FUNCTION = 637, "opposite of a function that has none";
    /// `datasource="retained"` reads rows in long-term retention, and those only. No query option of OData does.
    RETAINED_ROWS = 638, "rows in long-term retention";
    /// `rowaggregate="CountChildren"` counts the rows below each row in a hierarchy. No query option of OData does.
    COUNT_OF_CHILDREN = 639, "number of rows below each row";
    /// Values are stored in SQLite by a documented layout of tables, which has no place for this column: files, pictures, party
    /// lists, calendar rules, values that the service computes for display, and columns that are not in this snapshot.
    NOT_STORED = 640, "column that has no place in SQLite's tables";
    /// SQL compares values of one kind, and some others exactly (days with points in time, whole numbers with decimals). A
    /// decimal and a floating-point number are equal or not depending on how they are rounded, and a text is no number.
    TYPES_NOT_COMPARABLE = 641, "comparison of different kinds of values";
    /// SQLite has no form for this function of this column: full-text search needs an index that the layout of tables does not
    /// have, and a hierarchy needs a relationship that the snapshot knows as hierarchical.
    FUNCTION_UNSUPPORTED = 642, "function that SQL does not have";
    /// The condition, column or order names a row that is not joined at this place: a join sees the joins before it, and none sees
    /// the rows behind `exists`.
    ROW_NOT_JOINED = 643, "row that is not joined here";
    /// `matchfirstrowusingcrossapply` gives one of several rows together with what is joined below it. Below an outer join that has
    /// no form in SQL of SQLite, which has no `LATERAL`.
    JOIN_UNSUPPORTED = 644, "one of several rows below an outer join";
    /// Rows of this table are told apart by a key, which this snapshot does not know.
    KEY_UNKNOWN = 645, "table whose key is not in this snapshot";
    /// SQLite takes 32,766 parameters, 2,000 columns, 64 joined tables and expressions of a depth of 1,000, and keeps names that
    /// begin with `sqlite_` to itself.
    SQLITE_LIMIT = 646, "beyond a limit of SQLite";
    /// The function asks for a time that the calendar does not have, before the year -9999 or after 9999, or by a time zone without a
    /// name.
    TIME_OUT_OF_RANGE = 647, "time beyond the calendar";
    /// Groups and different rows have no address and no single column, and rows that bring expanded rows along are not compared as
    /// wholes.
    RESULT_UNSUPPORTED = 648, "answer that SQL does not have";
    /// An element, an attribute or an option was written that nothing in the meaning stands for. FetchXML does not have it on this
    /// element, and the service refuses such a query or passes the word over; or a placeholder stands where a word decides what
    /// the query asks for. What is translated without it may give other rows, so nothing is.
    NOT_UNDERSTOOD = 655, "piece of the query that is not understood";
    /// The name is not in this snapshot, which holds a part of the organisation. The query may be right, and can be checked in
    /// part; but how the other language spells a column, and what it is compared with, depends on its type.
    TYPE_NOT_IN_SNAPSHOT = 656, "name whose type is not in this snapshot";
    /// The translation was made, and `check` finds an error in it. A query that is known to be refused is given to nobody.
    REFUSED_RESULT = 657, "translation that would be refused";
    /// FetchXML compares a text with the label of a choice, the name of the row behind a lookup, or a number as it is displayed.
    /// `contains`, `startswith` and `endswith` of OData take columns that hold texts.
    TEXT_OF_VALUE = 658, "text compared with a column that holds none";
    /// Columns that name a table hold its logical name, and FetchXML takes the number of its type too. This snapshot has no table
    /// with that number. Numbers of custom tables differ from organisation to organisation.
    TYPE_CODE = 659, "type code of a table that is not in this snapshot";
    /// `principal` is what users and teams have in common in the Web API. It is no table: FetchXML asks for `systemuser` or `team`.
    PRINCIPAL = 660, "rows of no table";
}
