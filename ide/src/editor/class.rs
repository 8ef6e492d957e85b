//! Defines the classes of tokens and of entries in an outline.

/// The class of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenClass {
    /// The name of a table or of an entity set.
    Table,
    /// The name of a column.
    Property,
    /// The name of a navigation property.
    Navigation,
    /// The name of a function or of a transformation.
    Function,
    /// An operator, such as `eq` and `last-x-days`.
    Operator,
    /// A keyword: a query option, a direction, `null`, a value of an attribute of FetchXML.
    Keyword,
    /// The name of an element of FetchXML.
    Element,
    /// The name of an attribute of FetchXML.
    Attribute,
    /// A text.
    String,
    /// A number, a date or a guid.
    Number,
    /// A name that the query defines: an alias or a range variable.
    Variable,
    /// A placeholder that is filled in before the query is sent.
    Placeholder,
    /// A comment.
    Comment,
}

/// The class of an entry in an outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolClass {
    /// The table whose rows the query selects.
    Table,
    /// A `<link-entity>`.
    Link,
    /// An item of `$expand`.
    Expand,
    /// A `<filter>`, `$filter` or `$apply`.
    Filter,
}
