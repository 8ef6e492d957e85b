//! Declares the codes DV003x, DV004x and some others: the text is not valid FetchXML. The crate `fetchxml`
//! reports them.

super::codes! {
    /// The text stops being XML at this position. Dataverse refuses the whole query with `Invalid XML.`
    /// (0x80040201). Rule: XML 1.0.
    MALFORMED_XML = 30, "not well-formed XML", "account": "<fetch top='5'><entity name='account' =><attribute name='name'/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// An element, a comment or a tag is opened and never closed, or closed and never opened. An element without content
    /// closes itself: `<attribute name="name" />`.
    UNCLOSED_ELEMENT = 31, "unclosed element", "account": "<fetch top='5'><entity name='account'><attribute name='name'></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// The value of an attribute goes in straight quotes, double or single, with the same at both ends. Word
    /// processors turn them into curly quotes; copying from program code leaves them doubled or with a
    /// backslash before them.
    ATTRIBUTE_QUOTES = 32, "quotes of an attribute", "account": "<fetch top=5><entity name='account'><attribute name='name'/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// `&` and `<` have a special meaning in XML. In a value, write `&amp;` and `&lt;`. `&amp;` is also the
    /// only way to write the `&` of a company's name.
    NOT_ESCAPED = 33, "character that has to be escaped", "account": "<fetch top='5'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='eq' value='R&D'/></filter></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='eq' value='R&amp;D'/></filter></entity></fetch>";
    /// A FetchXML query is a single `fetch` element: only comments may come before or after it. Text between
    /// the elements has no meaning either; often it is left over from program code that assembled the query.
    /// Views exported from running organisations contain such text, so between the elements it is a warning.
    STRAY_TEXT = 34, "text between elements", "account": "<fetch top='5'><entity name='account'><attribute name='name'/>;</entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// Document types and the entities that they declare are refused: queries do not need them, and a few
    /// lines can expand to gigabytes.
    DOCUMENT_TYPE = 35, "document type", "account": "<!DOCTYPE fetch><fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// The outermost element of a query is `fetch`. Saved views store it in their column `fetchxml`, next to
    /// the layout.
    NOT_A_FETCH = 36, "outermost element is not `fetch`", "account": "<entity name='account'><attribute name='name'/></entity>" => "<fetch><entity name='account'><attribute name='name'/></entity></fetch>";
    /// FetchXML has no element with this name. The elements are `fetch`, `entity`, `all-attributes`,
    /// `no-attrs`, `attribute`, `order`, `link-entity`, `filter`, `condition` and `value`.
    UNKNOWN_ELEMENT = 37, "unknown element", "account": "<fetch top='5'><entity name='account'><atribute name='name'/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// The element has no attribute with this name, so the attribute has no effect. Attributes of other
    /// namespaces are not checked.
    UNKNOWN_ATTRIBUTE = 38, "unknown attribute", "account": "<fetch top='5'><entity name='account'><attribute nam='name'/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// XML is case-sensitive: `Entity` and `entity` are different elements. FetchXML writes all of its names
    /// in lower case.
    XML_CASE = 39, "name in the wrong case", "account": "<fetch top='5'><Entity name='account'><attribute name='name'/></Entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// An element lacks a required attribute or child: the `name` of a table or column, the `operator` of a
    /// condition, the `entity` of a `fetch`.
    MISSING_PART = 40, "attribute or element missing", "account": "<fetch top='5'><entity name='account'><attribute name='name'/><filter><condition attribute='name' value='Contoso'/></filter></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='eq' value='Contoso'/></filter></entity></fetch>";
    /// The attribute does not accept this value. Depending on the attribute, it must be one of a fixed set of
    /// words, `true` or `false`, or a whole number within limits.
    BAD_ATTRIBUTE_VALUE = 41, "value that the attribute cannot have", "account": "<fetch top='five'><entity name='account'><attribute name='name'/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// FetchXML has 83 condition operators, each with one spelling. Some are irregular: `not-begin-with` and
    /// `not-end-with` lack the `s`, and `olderthan-x-days` lacks a hyphen. Dataverse says
    /// `Unknown Condition Operator` (0x80041120).
    CONDITION_OPERATOR = 42, "unknown condition operator", "account": "<fetch top='5'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='equals' value='Contoso'/></filter></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='eq' value='Contoso'/></filter></entity></fetch>";
    /// Some operators take no value, some take one in the attribute `value`, and some take several as
    /// `<value>` elements: `in`, `between` and the operators of multi-select choices. `valueof` compares with
    /// another column and works only with `eq`, `ne`, `gt`, `ge`, `lt` and `le`.
    CONDITION_VALUES = 43, "values that do not fit the operator", "account": "<fetch top='5'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='in' value='Contoso'/></filter></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='in'><value>Contoso</value></condition></filter></entity></fetch>";
    /// In an aggregate query, every column is either computed (`aggregate`) or grouped by (`groupby`), has an
    /// alias, and is sorted by that alias. In other queries none of this is allowed. Grouping by a date
    /// requires `dategrouping`.
    AGGREGATE_QUERY = 44, "violation of the rules of aggregate queries", "account": "<fetch><entity name='account'><attribute name='accountid' alias='n' aggregate='count'/></entity></fetch>" => "<fetch aggregate='true'><entity name='account'><attribute name='accountid' alias='n' aggregate='count'/></entity></fetch>";
    /// `top` returns the first rows only. It cannot be combined with `page`, `count` or
    /// `returntotalrecordcount`, and is at most 5000.
    TOP_AND_PAGE = 45, "`top` with paging", "account": "<fetch top='5' count='50'><entity name='account'><attribute name='name'/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// The element exists but does not belong here. Conditions go in a `filter`, values in a `condition`,
    /// columns in an `entity` or `link-entity`.
    MISPLACED_ELEMENT = 46, "element in the wrong place", "account": "<fetch top='5'><entity name='account'><attribute name='name'/><condition attribute='name' operator='eq' value='Contoso'/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='eq' value='Contoso'/></filter></entity></fetch>";
    /// The old spelling still works but is deprecated: `neq` is now `ne`.
    OLD_SPELLING = 47, "deprecated spelling", "account": "<fetch top='5'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='neq' value='Contoso'/></filter></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='ne' value='Contoso'/></filter></entity></fetch>";
    /// An attribute, or an element that may occur only once, is repeated. XML refuses a repeated attribute,
    /// Dataverse a repeated element. Aliases must be unique as well.
    DUPLICATE_ATTRIBUTE = 48, "duplicate attribute, element or alias", "account": "<fetch top='5' top='5'><entity name='account'><attribute name='name'/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// The element has no effect, although it was probably meant to have one: a filter without conditions.
    NO_EFFECT = 49, "element without effect", "account": "<fetch top='5'><entity name='account'><attribute name='name'/><filter/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    /// `any`, `not any`, `all` and `not all` are conditions: a `link-entity` of such a type goes in a
    /// `filter`. The other types join rows and go in an `entity` or `link-entity`. Links that only test
    /// whether rows exist return no columns. `entityname` refers to a link and is allowed only in the filters
    /// of the `entity`.
    MISPLACED_LINK = 50, "misplaced link or link attribute", "account": "<fetch top='5'><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='any'/></entity></fetch>" => "<fetch top='5'><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='contactid' to='primarycontactid' link-type='any'/></filter></entity></fetch>";
    /// The paging cookie that a query takes is inside the annotation
    /// `@Microsoft.Dynamics.CRM.fetchxmlpagingcookie`: take the value of its `pagingcookie`, decode it twice,
    /// escape it as the value of an attribute, and send it together with the number of the page that it leads
    /// to. Sources: "Page results using FetchXML"; MicrosoftDocs/powerapps-docs#4741;
    /// AleksandrRogov/DynamicsWebApi#199.
    PAGING_COOKIE = 71, "unusable paging cookie", "account": "<fetch count='50' page='2' paging-cookie='%3ccookie%20page%3d%221%22%2f%3e'><entity name='account'><attribute name='name'/></entity></fetch>" => "<fetch count='50' page='2' paging-cookie='&lt;cookie page=\"1\"/&gt;'><entity name='account'><attribute name='name'/></entity></fetch>";
}
