//! Declares the codes DV06xx: the query cannot be expressed in the other language.
//!
//! DV0601 and following are about OData that FetchXML cannot express; DV0620 and following about FetchXML
//! that OData cannot express; DV0640 and following about queries that the SQL of SQLite cannot express.
//! DV0655 and following apply to several directions, or were added later. Sources: the FetchXML reference
//! (elements, operators, link types) and the Web API's pages on query options.

super::codes! {
    /// Within `any` and `all`, and in the filter of an expansion, a FetchXML condition applies to the related
    /// row only. It cannot name a column of the outer row, nor compare columns of two rows.
    OUTER_ROW = 601, "condition on a row outside the collection", "account": "accounts?$select=name&$filter=contact_customer_accounts/any(c:c/firstname eq 'A' and contains(name,'x'))" => "accounts?$select=name&$filter=contains(name,'x') and contact_customer_accounts/any(c:c/firstname eq 'A')";
    /// FetchXML has no `not`: a condition can be negated only if its operator has an opposite. `eq` and `in`
    /// have one; operators that are relative to today, to the fiscal year or to the user's teams do not.
    NO_NEGATION = 602, "condition whose opposite FetchXML cannot express", "account": "accounts?$select=name&$filter=contact_customer_accounts/all(c:c/Microsoft.Dynamics.CRM.Today(PropertyName='createdon'))" => "";
    /// FetchXML has no condition operator for this function. `Microsoft.Dynamics.CRM.Contains`, the full-text
    /// search of articles, is the only such function.
    NO_OPERATOR = 603, "function that FetchXML does not have";
    /// A placeholder or parameter is used for a whole condition or a whole list. FetchXML has no parameters,
    /// so a placeholder can be kept only in place of a single value.
    PARAMETER = 604, "placeholder for more than one value", "account": "accounts?$select=name&$filter=name eq @n" => "accounts?$select=name&$filter=name eq 'Contoso'";
    /// The `$orderby` and `$top` of an expansion apply to the related rows of each row. A FetchXML join
    /// returns a single list of pairs, which has one order and one limit.
    EXPAND_ORDER = 605, "order or limit within an expansion", "account": "accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$orderby=fullname)&$top=5" => "accounts?$select=name&$expand=contact_customer_accounts($select=fullname)&$top=5";
    /// A FetchXML join names the two columns that must be equal. This snapshot does not have them for the
    /// relationship (it came from a `$metadata` document that leaves them out).
    JOIN_COLUMNS_UNKNOWN = 606, "relationship whose columns are not in this snapshot";
    /// The query is stored in the service, or written in SQL. The request does not contain what is queried,
    /// so there is nothing to translate.
    STORED_QUERY_OR_SQL = 607, "stored view or SQL: nothing to translate", "account": "accounts?savedQuery=00000000-0000-0000-00aa-000010001002" => "";
    /// `useraworderby` decides for the whole query whether choices are ordered by number or by label. A query
    /// that needs both orders cannot be written as one FetchXML query.
    MIXED_ORDER = 609, "choices ordered by number and by label";
    /// A query may have 15 joins. With more, the service says
    /// `Number of link entities in query exceeded maximum limit.` (`0x8004430D`).
    TOO_MANY_JOINS = 610, "more than 15 joins";
    /// `$deltatoken` requests the changes since an earlier response, which FetchXML cannot do. Only the
    /// service knows what a `$skiptoken` means, unless it contains the paging cookie of FetchXML.
    SKIPTOKEN_OR_DELTATOKEN = 611, "continuation token", "account": "accounts?$select=name&$skiptoken=abc" => "";
    /// An OData response returns a column under its own name; only aggregates can be given another name. A
    /// program that reads the response looks for the column by its name, so the alias cannot simply be
    /// dropped.
    COLUMN_NAME = 620, "column under another name", "account": "<fetch><entity name='account'><attribute name='name' alias='n'/></entity></fetch>" => "<fetch><entity name='account'><attribute name='name'/></entity></fetch>";
    /// `$orderby` takes only columns of the row itself. FetchXML can also order by columns of joined rows.
    ORDER_BY_JOINED = 621, "order by a column of a joined row", "account": "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'><order attribute='fullname'/></link-entity></entity></fetch>" => "";
    /// OData orders choices by the numbers of their options. FetchXML orders them by their labels in the
    /// language of the user, unless `useraworderby` is set.
    ORDER_BY_LABEL = 622, "choice ordered by its label", "account": "<fetch><entity name='account'><attribute name='name'/><order attribute='industrycode'/></entity></fetch>" => "<fetch useraworderby='true'><entity name='account'><attribute name='name'/><order attribute='industrycode'/></entity></fetch>";
    /// `$apply` of Dataverse supports sum, average, min, max and the number of rows. It has no method for the
    /// number of values of a column, or of distinct values.
    COUNT_OF_COLUMN = 623, "number of values", "account": "<fetch aggregate='true'><entity name='account'><attribute name='name' alias='n' aggregate='countcolumn'/></entity></fetch>" => "<fetch aggregate='true'><entity name='account'><attribute name='accountid' alias='n' aggregate='count'/></entity></fetch>";
    /// `$apply` of Dataverse groups by whole column values. It has no equivalent of `dategrouping`.
    DATE_PART = 624, "groups by a part of a date", "account": "<fetch aggregate='true'><entity name='account'><attribute name='createdon' alias='d' groupby='true' dategrouping='year'/><attribute name='accountid' alias='n' aggregate='count'/></entity></fetch>" => "<fetch aggregate='true'><entity name='account'><attribute name='accountid' alias='n' aggregate='count'/></entity></fetch>";
    /// `matchfirstrowusingcrossapply` returns one of several related rows, and the service decides which one.
    /// An expansion returns all of them.
    FIRST_MATCH = 625, "one of several related rows", "account": "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='matchfirstrowusingcrossapply' alias='c'><attribute name='fullname'/></link-entity></entity></fetch>" => "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='outer' alias='c'><attribute name='fullname'/></link-entity></entity></fetch>";
    /// FetchXML can join rows by any two columns. OData can only follow relationships, by their navigation
    /// properties.
    JOIN_WITHOUT_RELATIONSHIP = 626, "join that is not a relationship", "account": "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='fullname' to='name' alias='c'/></entity></fetch>" => "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'/></entity></fetch>";
    /// In OData, each response links to the next page (`@odata.nextLink`). A request cannot ask for a page by
    /// its number.
    LATER_PAGE = 627, "page requested by its number", "account": "<fetch count='50' page='2'><entity name='account'><attribute name='name'/></entity></fetch>" => "<fetch count='50'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// For patterns, OData has only `contains`, `startswith` and `endswith`. It cannot express a wildcard
    /// within the text.
    PATTERN = 628, "wildcard within a pattern", "account": "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='like' value='A_b'/></filter></entity></fetch>" => "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='like' value='A%'/></filter></entity></fetch>";
    /// The condition of an outer join decides which rows are joined, not which rows are returned. In OData,
    /// conditions and orders name the row behind a lookup by a path, and a path cannot have such a condition.
    JOIN_CONDITION = 629, "condition of an outer join", "account": "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'><filter><condition attribute='statecode' operator='eq' value='0'/></filter></link-entity><filter><condition entityname='c' attribute='contactid' operator='null'/></filter></entity></fetch>" => "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'/><filter><condition entityname='c' attribute='statecode' operator='eq' value='0'/></filter></entity></fetch>";
    /// OData compares columns of the same row only. FetchXML can also compare with a column of a joined row
    /// (`valueof='alias.column'`).
    COLUMNS_OF_ROWS = 630, "comparison of columns of different rows", "account": "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'/><filter><condition attribute='name' operator='eq' valueof='c.fullname'/></filter></entity></fetch>" => "";
    /// An `or` combines a condition on a joined row of a collection with conditions on other rows, the
    /// condition is also true where no row is joined, or the collection belongs to a row that is itself
    /// joined. In FetchXML such a condition applies to each pair of rows, but an OData lambda tests whether
    /// some row of the collection meets it.
    JOINED_CONDITION = 631, "condition on a joined row of a collection", "account": "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'/><filter type='or'><condition attribute='name' operator='eq' value='x'/><condition entityname='c' attribute='lastname' operator='eq' value='a'/></filter></entity></fetch>" => "";
    /// `$apply` of Dataverse takes no order: the service decides in which order it returns the groups.
    ORDER_OF_GROUPS = 632, "order of groups", "account": "<fetch aggregate='true'><entity name='account'><attribute name='industrycode' alias='i' groupby='true'/><attribute name='revenue' alias='t' aggregate='sum'/><order alias='t' descending='true'/></entity></fetch>" => "<fetch aggregate='true'><entity name='account'><attribute name='industrycode' alias='i' groupby='true'/><attribute name='revenue' alias='t' aggregate='sum'/></entity></fetch>";
    /// The Web API does not offer the rows of this table: it has no entity set with which a request could
    /// begin.
    NO_ENTITY_SET = 633, "table without an entity set";
    /// `$apply` groups by columns of the row and by lookups. It cannot include a join that multiplies rows or
    /// drops some.
    GROUPED_JOIN = 634, "groups over joined rows", "account": "<fetch aggregate='true'><entity name='account'><attribute name='industrycode' alias='i' groupby='true'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'><attribute name='contactid' alias='n' aggregate='count'/></link-entity></entity></fetch>" => "";
    /// FetchXML can join the same rows several times, each time with its own columns and conditions.
    /// `$expand` takes each navigation property only once.
    EXPANDED_TWICE = 635, "the same rows joined twice, with columns", "account": "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c'><attribute name='fullname'/></link-entity><link-entity name='contact' from='contactid' to='primarycontactid' alias='d'><attribute name='lastname'/></link-entity></entity></fetch>" => "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'><attribute name='fullname'/><attribute name='lastname'/></link-entity></entity></fetch>";
    /// The service expands a many-to-many relationship on the first level only, with nothing expanded below
    /// it and no relationship of another kind beside it. FetchXML links have no such limit.
    EXPANDED_TOGETHER = 636, "expansions that cannot be combined", "systemuser": "<fetch><entity name='systemuser'><attribute name='fullname'/><link-entity name='team' alias='t'><attribute name='name'/></link-entity><link-entity name='businessunit' from='businessunitid' to='businessunitid' alias='b'><attribute name='name'/></link-entity></entity></fetch>" => "";
    /// OData refuses `not` before Dataverse's functions, and only some of the functions have an opposite.
    /// Functions that are relative to today or to a fiscal year have none. `not any` of the row behind a
    /// lookup becomes conditions on that row.
    NOT_OF_FUNCTION = 637, "negation of a function that has no opposite", "account": "<fetch><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='contactid' to='primarycontactid' link-type='not any'><filter><condition attribute='birthdate' operator='today'/></filter></link-entity></filter></entity></fetch>" => "";
    /// `datasource="retained"` reads only rows in long-term retention. No query option of OData does this.
    RETAINED_ROWS = 638, "rows in long-term retention", "account": "<fetch datasource='retained'><entity name='account'><attribute name='name'/></entity></fetch>" => "";
    /// `rowaggregate="CountChildren"` counts the rows below each row in a hierarchy. No query option of OData
    /// does this.
    COUNT_OF_CHILDREN = 639, "number of rows below each row", "account": "<fetch><entity name='account'><attribute name='name'/><attribute name='accountid' rowaggregate='CountChildren' alias='k'/></entity></fetch>" => "";
    /// The documented layout of the SQLite tables has no place for this column. It leaves out party lists, calendar rules, values that the service computes for display, and columns that
    /// are not in this snapshot.
    NOT_STORED = 640, "column that is not stored in SQLite", "email": "<fetch><entity name='email'><attribute name='to'/></entity></fetch>" => "<fetch><entity name='email'><attribute name='subject'/></entity></fetch>";
    /// SQL compares values of the same type, and some pairs of types exactly (dates with points in time,
    /// whole numbers with decimals). Whether a decimal equals a floating-point number depends on rounding,
    /// and a text is not a number.
    TYPES_NOT_COMPARABLE = 641, "comparison of different kinds of values";
    /// SQLite cannot express this function for this column: full-text search needs an index that the layout
    /// of the tables does not have, and a hierarchy needs a relationship that the snapshot marks as
    /// hierarchical.
    FUNCTION_UNSUPPORTED = 642, "function that SQL does not have";
    /// The condition, column or order names a row that is not joined at this position: a join sees only the
    /// joins before it, and none of them sees the rows inside `exists`.
    ROW_NOT_JOINED = 643, "row that is not joined here";
    /// `matchfirstrowusingcrossapply` returns one of several rows together with the rows joined below it.
    /// Below an outer join this cannot be expressed in SQLite, which has no `LATERAL`.
    JOIN_UNSUPPORTED = 644, "one of several rows below an outer join";
    /// Rows of this table are identified by a key that this snapshot does not have.
    KEY_UNKNOWN = 645, "table whose key is not in this snapshot";
    /// SQLite allows 32,766 parameters, 2,000 columns, 64 joined tables and expressions of depth 1,000, and
    /// reserves names that begin with `sqlite_`.
    SQLITE_LIMIT = 646, "limit of SQLite exceeded";
    /// The function needs a time that is outside the calendar, before the year -9999 or after 9999, or it
    /// depends on a time zone that has no name.
    TIME_OUT_OF_RANGE = 647, "time beyond the calendar";
    /// The rows of a grouped or `distinct` query have no address and cannot be read as a single column, and
    /// rows with expanded rows cannot be compared as a whole.
    RESULT_UNSUPPORTED = 648, "result that SQL does not have";
    /// An element, an attribute or an option has no meaning that dvkit could translate. Either FetchXML does
    /// not have it on this element, and the service refuses such a query or ignores the word, or a
    /// placeholder is used in place of a word that decides what the query returns. A translation without it
    /// could return different rows, so nothing is translated.
    NOT_UNDERSTOOD = 655, "part of the query that is not understood", "account": "<fetch limit='5'><entity name='account'><attribute name='name'/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// The name is not in this snapshot, which contains only part of the organisation. The query may be
    /// right, and part of it can be checked. But how the other language spells a column, and what it can be
    /// compared with, depends on its type.
    TYPE_NOT_IN_SNAPSHOT = 656, "name whose type is not in this snapshot";
    /// The translation was made, but `check` finds an error in it. A query that is known to be refused is not
    /// returned.
    REFUSED_RESULT = 657, "translation that would be refused";
    /// FetchXML compares a text with the label of a choice, the name of the row behind a lookup, or a number
    /// as it is displayed. `contains`, `startswith` and `endswith` of OData take only text columns.
    TEXT_OF_VALUE = 658, "text compared with a column that is not text", "account": "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='industrycode' operator='like' value='{0}'/></filter></entity></fetch>" => "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='like' value='A%'/></filter></entity></fetch>";
    /// A column that names a table holds its logical name. FetchXML also accepts the type code of the table,
    /// but this snapshot has no table with that code. Type codes of custom tables differ from organisation to
    /// organisation.
    TYPE_CODE = 659, "type code of a table that is not in this snapshot", "annotation": "<fetch><entity name='annotation'><attribute name='subject'/><filter><condition attribute='objecttypecode' operator='eq' value='10999'/></filter></entity></fetch>" => "";
    /// `principal` is the common base of users and teams in the Web API. It is not a table, so FetchXML
    /// queries `systemuser` or `team` instead.
    PRINCIPAL = 660, "rows of something that is not a table", "account": "accounts(00000000-0000-0000-0000-000000000007)/ownerid" => "accounts(00000000-0000-0000-0000-000000000007)/owninguser?$select=fullname";
}
