//! Declares the codes DV02xx: a name does not exist, or is spelled differently. The resolver of queries
//! reports most of them.

super::codes! {
    /// The organisation has neither a table with this logical name nor an entity set with this name. A filter
    /// belongs to one table: give its logical name (`contact`) or its entity set (`contacts`). The name of
    /// the entity set cannot be derived from the logical name by a rule.
    UNKNOWN_TABLE = 201, "unknown table";
    /// The path leads to a table that is not in this snapshot, so nothing after it can be checked. The table
    /// may well exist: import it too.
    TABLE_NOT_IN_SNAPSHOT = 202, "table not in this snapshot";
    /// The table has no column and no navigation property with this name. Dataverse says `Could not find a
    /// property named 'x' on type 'Microsoft.Dynamics.CRM.contact'`, whatever the reason.
    UNKNOWN_COLUMN = 203, "unknown column", "contact": "fullnme eq 'Ann'" => "fullname eq 'Ann'";
    /// Names are case-sensitive: columns are lower-case logical names, navigation properties are spelled exactly as
    /// the metadata spells them (`new_Account`, `Account_Tasks`).
    NAME_CASE = 204, "wrong case", "contact": "FullName eq 'Ann'" => "fullname eq 'Ann'";
    /// A lookup column is not a property under its own name. Its value, a guid, is read and filtered as
    /// `_<column>_value`. Compared with `null` it is a warning: published programs send
    /// `parentbusinessunitid eq null`, and it works.
    LOOKUP_AS_COLUMN = 205, "lookup named as a column", "account": "primarycontactid eq 11111111-2222-3333-4444-555555555555" => "_primarycontactid_value eq 11111111-2222-3333-4444-555555555555";
    /// A navigation property leads to a row, and a row has no value to compare. Compare the key of the row.
    NAVIGATION_AS_VALUE = 206, "navigation property compared with a value", "contact": "parentcustomerid_account eq 11111111-2222-3333-4444-555555555555" => "parentcustomerid_account/accountid eq 11111111-2222-3333-4444-555555555555";
    /// The path continues after a column that is not a lookup and therefore leads to no row.
    NOT_A_NAVIGATION = 207, "path through a plain column", "contact": "fullname/name eq 'x'" => "fullname eq 'x'";
    /// A collection of rows is tested with `any` or `all` and a variable.
    COLLECTION_WITHOUT_LAMBDA = 208, "collection without any or all", "account": "contact_customer_accounts/firstname eq 'Ann'" => "contact_customer_accounts/any(c:c/firstname eq 'Ann')";
    /// `any` and `all` test collections. A lookup leads to at most one row, whose columns are named directly.
    LAMBDA_ON_ONE_ROW = 209, "any or all on a single row", "account": "primarycontactid/any(c:c/firstname eq 'Ann')" => "primarycontactid/firstname eq 'Ann'";
    /// Within a lambda, a column of the collection's rows is named through the variable. Without the
    /// variable, the name refers to the row that the query started from.
    LAMBDA_VARIABLE = 210, "column without the lambda variable", "account": "contact_customer_accounts/any(c:firstname eq 'Ann')" => "contact_customer_accounts/any(c:c/firstname eq 'Ann')";
    /// A polymorphic lookup has a navigation property for each table that it can refer to. More than one of
    /// those tables has this column, so choose one (`--target parentcustomerid=account`).
    AMBIGUOUS_TARGET = 212, "polymorphic lookup, several targets fit", "contact": "parentcustomerid/telephone1 eq '1'" => "parentcustomerid_account/telephone1 eq '1'";
    /// A polymorphic lookup cannot be followed by its own name, only by the navigation property of one target. Here
    /// only one target has the column.
    POLYMORPHIC_PATH = 213, "polymorphic lookup followed by its own name", "contact": "parentcustomerid/accountnumber eq 'A1'" => "parentcustomerid_account/accountnumber eq 'A1'";
    /// `ownerid` leads to the abstract table `principal`, which has no column but its key. To reach the
    /// columns of an owner, use `owninguser` or `owningteam`.
    OWNER_PATH = 214, "column of the owner", "account": "ownerid/fullname eq 'Ann'" => "owninguser/fullname eq 'Ann'";
    /// The column exists but is not a property of the Web API (the `…name` columns that accompany choices and
    /// lookups, party lists). FetchXML may return it; OData cannot name it.
    NOT_A_PROPERTY = 215, "column that OData does not have", "contact": "statecodename eq 'Active'" => "statecode eq 0";
    /// Neither OData nor Dataverse (`Microsoft.Dynamics.CRM.…`) has a function with this name.
    UNKNOWN_FUNCTION = 216, "unknown function", "contact": "contians(fullname,'a')" => "contains(fullname,'a')";
    /// Function names are case-sensitive, and those of Dataverse's own functions include the namespace.
    FUNCTION_NAME = 217, "function name", "contact": "In(PropertyName='fullname',PropertyValues=['a'])" => "Microsoft.Dynamics.CRM.In(PropertyName='fullname',PropertyValues=['a'])";
    /// Dataverse's query functions take named parameters, each exactly once.
    FUNCTION_PARAMETERS = 218, "parameters of a query function", "contact": "Microsoft.Dynamics.CRM.Today('createdon')" => "Microsoft.Dynamics.CRM.Today(PropertyName='createdon')";
    /// `PropertyName` is the logical name of a column of the row that the function applies to: not
    /// `_…_value`, and not a path. A path goes before the function instead.
    PROPERTY_NAME = 219, "`PropertyName`", "contact": "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='_ownerid_value')" => "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')";
    /// `$select` takes columns. A navigation property leads to a row; the lookup column behind it is the
    /// property `_<column>_value`, and `$expand` returns the columns of the row. A lookup by its own name is
    /// a warning: Microsoft's samples contain `$select=ownerid`, which works but returns nothing of the
    /// lookup.
    SELECT_NAVIGATION = 220, "navigation property in `$select`", "account": "accounts?$select=name,primarycontactid&$top=5" => "accounts?$select=name,_primarycontactid_value&$top=5";
    /// The label of a choice and the name behind a lookup are not properties of the Web API. They are
    /// returned as annotations (`<property>@OData.Community.Display.V1.FormattedValue`) of the property
    /// itself if the request asks for them with `Prefer: odata.include-annotations`.
    FORMATTED_NAME = 221, "label in `$select`", "account": "accounts?$select=name,statecodename&$top=5" => "accounts?$select=name,statecode&$top=5";
    /// `$expand` takes navigation properties. The value of a lookup is a column. The navigation property that
    /// leads to the row often has the same name as the lookup column; for custom lookups it often contains
    /// capitals.
    EXPAND_COLUMN = 222, "column in `$expand`", "account": "accounts?$select=name&$expand=_primarycontactid_value($select=fullname)&$top=5" => "accounts?$select=name&$expand=primarycontactid($select=fullname)&$top=5";
    /// A lookup to several tables has one navigation property for each of them, and `$expand` takes only
    /// those.
    EXPAND_TARGETS = 223, "lookup to several tables in `$expand`", "contact": "contacts?$select=fullname&$expand=parentcustomerid($select=accountnumber)&$top=5" => "contacts?$select=fullname&$expand=parentcustomerid_account($select=accountnumber)&$top=5";
    /// A row is addressed by its primary key, a guid, or by all columns of an alternate key.
    UNKNOWN_KEY = 224, "key that the table does not have", "account": "accounts(telephone1='1')?$select=name" => "";
    /// A URL names the entity set. Its name is often, but not always, the plural of the logical name.
    ENTITY_SET = 225, "logical name in a URL", "account": "account?$select=name&$top=5" => "accounts?$select=name&$top=5";
    /// `$select` takes columns of the row itself. `$expand` returns columns of a related row.
    SELECT_RELATED = 226, "column of another row in `$select`", "account": "accounts?$select=name,primarycontactid/fullname&$top=5" => "accounts?$select=name&$expand=primarycontactid($select=fullname)&$top=5";
    /// The list contains the same name twice, but nothing is returned twice.
    DUPLICATE_NAME = 227, "the same name twice", "account": "accounts?$select=name,name&$top=5" => "accounts?$select=name&$top=5";
    /// In FetchXML, a condition or an order refers to a link by its alias, or by the name of its table if the
    /// link has no alias. This query has no such link.
    UNKNOWN_ALIAS = 228, "alias that the query does not have";
    /// FetchXML names tables and columns by their logical names. This includes lookups: it takes neither
    /// `_<column>_value` nor the navigation property.
    WEB_API_NAME_IN_FETCHXML = 229, "name of the Web API in FetchXML";
    /// The snapshot has no such column or navigation property, but it contains only part of this table: it
    /// was read from a solution, which holds only what a customiser put into it. The column may well exist.
    /// Import the organisation's `$metadata` as well, which has every name.
    COLUMN_NOT_IN_SNAPSHOT = 230, "column not in this snapshot";
    /// The layout of a view shows a column, or a chart a category or a measure, that the query beside it does
    /// not return. A view shows an empty column then, and a chart does not open. Columns of a link are named
    /// with its alias (`owner.fullname`).
    NOT_RETURNED = 231, "name that the query does not return";
    /// FetchXML is sent to the entity set of its own table: the entity set of the URL and the `entity` of the
    /// query must agree. Source: "Query data using FetchXML" (retrieve data with the Web API).
    ENTITY_SET_OF_ANOTHER_TABLE = 251, "entity set of another table";
    /// The Web API has abstract types without rows of their own (`principal`, from which `systemuser` and
    /// `team` are derived). FetchXML queries tables, and an abstract type is not a table.
    ABSTRACT_TYPE = 252, "abstract type of the Web API as a table";
}
