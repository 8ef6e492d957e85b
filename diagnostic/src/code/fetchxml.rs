//! DV003x and DV004x: the text is not FetchXML.

super::codes! {
    /// The text stops being XML at this place. Dataverse refuses the whole query with `Invalid XML.` (0x80040201). Rule:
    /// XML 1.0.
    MALFORMED_XML = 30, "not well-formed XML";
    /// An element, a comment or a tag is opened and never closed, or closed and never opened. An element without content
    /// closes itself: `<attribute name="name" />`.
    UNCLOSED_ELEMENT = 31, "element without end";
    /// The value of an attribute stands in straight quotes, double or single ones, at both ends. Word processors make curly
    /// ones of them, and program code doubles them or puts a backslash before them.
    ATTRIBUTE_QUOTES = 32, "quotes of an attribute";
    /// `&` and `<` mean something in XML: in a value they are written `&amp;` and `&lt;`. `&amp;` is also the only way to
    /// write the `&` of a company's name.
    NOT_ESCAPED = 33, "character that has to be escaped";
    /// A FetchXML text is one `fetch` element: nothing but comments stands before it or behind it. Text between the
    /// elements has no meaning either; often it is what is left of program code that put the query together. Views that were
    /// exported from running organisations hold such texts, so between the elements it is a
    /// warning.
    STRAY_TEXT = 34, "text between elements";
    /// Document types and the entities that they declare are refused: queries have no use for them, and a few lines can grow
    /// to gigabytes.
    DOCUMENT_TYPE = 35, "document type";
    /// The outermost element of a query is `fetch`. Saved views keep it in their column `fetchxml`, beside the layout.
    NOT_A_FETCH = 36, "outermost element is not `fetch`";
    /// FetchXML has no element of that name. Elements are `fetch`, `entity`, `all-attributes`, `no-attrs`,
    /// `attribute`, `order`, `link-entity`, `filter`, `condition` and `value`.
    UNKNOWN_ELEMENT = 37, "unknown element";
    /// The element has no attribute of that name: what it says has no effect. Attributes of other namespaces are left alone.
    UNKNOWN_ATTRIBUTE = 38, "unknown attribute";
    /// Case counts in XML: `Entity` and `entity` are different elements, and FetchXML writes all of its names in small
    /// letters.
    XML_CASE = 39, "name in the wrong case";
    /// An element lacks an attribute or a child without which it says nothing: `name` of tables and columns, `operator` of a
    /// condition, the `entity` of a `fetch`.
    MISSING_PART = 40, "attribute or element missing";
    /// The value of the attribute is none of those that it may have: a word of a closed set, `true` or `false`, or a whole
    /// number within its limits.
    BAD_ATTRIBUTE_VALUE = 41, "value that the attribute cannot have";
    /// FetchXML has 83 condition operators, each with one spelling; `not-begin-with` and `not-end-with` lack the `s`, and
    /// `olderthan-x-days` lacks a hyphen. Dataverse says `Unknown Condition Operator` (0x80041120).
    CONDITION_OPERATOR = 42, "unknown condition operator";
    /// Operators take no value, one as the attribute `value`, or several as `<value>` elements: `in`, `between` and the
    /// operators of multi-select choices are of the last kind. `valueof` compares with another column, for `eq`, `ne`, `gt`,
    /// `ge`, `lt` and `le` only.
    CONDITION_VALUES = 43, "values that do not fit the operator";
    /// In an aggregate query every column is either computed (`aggregate`) or grouped by (`groupby`), has an alias, and is
    /// sorted by it. Outside of one none of this is allowed. Grouping by a date needs `dategrouping`.
    AGGREGATE_QUERY = 44, "against the rules of aggregate queries";
    /// `top` asks for the first rows and nothing else: it does not go together with `page`, `count` or
    /// `returntotalrecordcount`, and is at most 5000.
    TOP_AND_PAGE = 45, "`top` with paging";
    /// The element exists and does not belong here. Conditions stand in a `filter`, values in a `condition`, columns in an
    /// `entity` or `link-entity`.
    MISPLACED_ELEMENT = 46, "element in the wrong place";
    /// The old spelling still works and should not be written any more: `neq` is `ne` today.
    OLD_SPELLING = 47, "deprecated spelling";
    /// An attribute, or an element of which there is only one, is there twice. XML refuses the first, Dataverse the second.
    /// Aliases are unique as well.
    DUPLICATE_ATTRIBUTE = 48, "there twice";
    /// It says nothing and was probably meant to: a filter without conditions.
    NO_EFFECT = 49, "element without effect";
    /// `any`, `not any`, `all` and `not all` are conditions: such a `link-entity` stands in a `filter`. The other types join
    /// rows and stand in an `entity` or `link-entity`. Those that only test for rows give no columns. And `entityname` names a link
    /// in the filters of the `entity`.
    MISPLACED_LINK = 50, "what does not fit its place at links";
    /// The paging cookie that goes into a query is the one within the annotation `@Microsoft.Dynamics.CRM.fetchxmlpagingcookie`:
    /// the value of its `pagingcookie`, decoded twice, escaped as the value of an attribute, together with the number of the
    /// page that it leads to. Sources: "Page results using FetchXML"; MicrosoftDocs/powerapps-docs#4741;
    /// AleksandrRogov/DynamicsWebApi#199.
    PAGING_COOKIE = 71, "paging cookie as it cannot be used";
}
