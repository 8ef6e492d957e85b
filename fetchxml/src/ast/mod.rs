//! Defines the syntax tree of a FetchXML query. Each element is a struct with a field for each attribute, and
//! with its children in the order of the text.
//!
//! Types and fields have the names of FetchXML. The tree contains every element of the text, even an element
//! in a wrong position. Attributes are printed in the order of their spans, and without spans in the order of
//! the fields.
//!
//! ```
//! use fetchxml::ast::Attr;
//! let fetch = fetchxml::parse("<fetch top='3'><entity name='account'/></fetch>", &Default::default())?;
//! assert_eq!(fetch.top.as_ref().and_then(|a| a.value), Some(3));
//! let entity = fetch.entity().expect("there is one");
//! assert_eq!(entity.name.as_ref().map(|a| &*a.raw), Some("account"));
//! # Ok::<(), dvkit_diagnostic::Diagnostic>(())
//! ```

use std::borrow::Cow;

use dvkit_diagnostic::Span;

pub use crate::operator::{Arity, Operator, ValueKind};
use reference::Attributes;
pub use reference::{AttributeRef, ElementRef};
pub use value::{
    Aggregate, AllowedValues, Attr, AttrValue, DataSource, DateGrouping, FilterHint, FilterType, Keyword,
    LinkType, Mapping, OtherAttribute, RowAggregate, Text, TextAttr,
};

mod children;
mod reference;
mod value;

/// A child of an element: an element, a comment or a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node<'s> {
    /// The element `<entity>`, which names the table of the query.
    Entity(Box<Entity<'s>>),
    /// The element `<all-attributes>`, which returns every column.
    AllAttributes(Box<AllAttributes<'s>>),
    /// The element `<no-attrs>`, which returns no columns except the primary key.
    NoAttrs(Box<NoAttrs<'s>>),
    /// The element `<attribute>`, which returns a column.
    Attribute(Box<Attribute<'s>>),
    /// The element `<order>`, which orders the rows.
    Order(Box<Order<'s>>),
    /// The element `<link-entity>`, which joins a table or tests related rows.
    LinkEntity(Box<LinkEntity<'s>>),
    /// The element `<filter>`, which groups conditions.
    Filter(Box<Filter<'s>>),
    /// The element `<condition>`, which tests a column.
    Condition(Box<Condition<'s>>),
    /// The element `<value>`, which contains a value of a condition.
    Value(Box<Value<'s>>),
    /// An element that FetchXML does not define, or with a namespace prefix.
    Unknown(Box<UnknownElement<'s>>),
    /// A comment in the XML text.
    Comment(Comment<'s>),
    /// A text within an unknown element, or a placeholder of a template in place of an element.
    Text(TextNode<'s>),
}

/// A comment in the XML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment<'s> {
    /// The span of the comment, with `<!--` and `-->`.
    pub span: Span,
    /// The text between `<!--` and `-->`.
    pub text: &'s str,
}

/// A text between elements of FetchXML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextNode<'s> {
    /// The span of the text without surrounding white space.
    pub span: Span,
    /// The text without surrounding white space, and with its references (`&amp;`) resolved.
    pub text: Cow<'s, str>,
}

impl TextNode<'_> {
    /// Returns whether the text is a placeholder of a template and nothing else, such as `{filter}` and
    /// `@{body('x')}`.
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        crate::misspellings::is_placeholder(&self.text)
    }
}

/// An element that FetchXML does not define.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnknownElement<'s> {
    /// The span of the element, from the `<` of its start tag to the `>` of its end tag.
    pub span: Span,
    /// The span of the element's name in the start tag.
    pub name_span: Span,
    /// The name of the element, with its namespace prefix.
    pub name: &'s str,
    /// The attributes, in the order of the text.
    pub other: Vec<OtherAttribute<'s>>,
    /// The children, in the order of the text. An element within an unknown element is always a
    /// [`Node::Unknown`].
    pub children: Vec<Node<'s>>,
}

/// An element that FetchXML defines. Parser and printer use this trait to handle all elements alike.
pub(crate) trait Element<'s>: Default {
    /// The name of the element.
    const NAME: &'static str;
    /// The names of the attributes for which the struct has a field.
    const FIELDS: &'static [&'static str];
    /// The names of the known attributes for which the struct has no field: old attributes, and attributes
    /// that tools and reports write.
    const LEGACY: &'static [&'static str];
    /// The description of the element: the documentation of its struct, with a space before each line.
    const DESCRIPTION: &'static str;
    /// The descriptions of the attributes, in the order of [`Self::FIELDS`].
    const FIELD_DESCRIPTIONS: &'static [&'static str];

    /// Sets the span of the whole element and the span of its name. The parser calls this after the end tag.
    fn set_spans(&mut self, span: Span, name_span: Span);

    /// Returns the span of the whole element and the span of its name.
    fn spans(&self) -> (Span, Span);

    /// Sets the field for the attribute `name`, which must be one of [`Self::FIELDS`]. If the value is
    /// invalid, `meant` is called, and the value that it returns is set instead.
    fn set(&mut self, name: &str, attr: TextAttr<'s>, meant: Correct<'_>) -> SetResult;

    /// Returns the text of the element and the span of that text, to change them; `None` for every element
    /// except `<value>`.
    fn text_mut(&mut self) -> Option<(&mut Cow<'s, str>, &mut Span)> {
        None
    }

    /// Calls `f` with the name, the span of the name, and the value of every attribute.
    fn each<'a>(&'a self, f: &mut dyn FnMut(&'s str, Span, &'a str));

    /// Returns the attributes for which the struct has no field, so that the parser can add to them.
    fn other_mut(&mut self) -> &mut Vec<OtherAttribute<'s>>;

    /// Returns the children of the element, in the order of the text.
    fn children(&self) -> &[Node<'s>];

    /// Returns the children of the element, so that they can be changed.
    fn children_mut(&mut self) -> &mut Vec<Node<'s>>;
}

/// A function that returns the value meant by an invalid value of an attribute. Its arguments are the allowed
/// values of the attribute and the invalid value. It returns `None` if the intention is not certain.
pub(crate) type Correct<'m> = &'m mut dyn FnMut(AllowedValues, &str) -> Option<&'static str>;

/// The result of setting the field for an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetResult {
    /// The value was valid, and the field was set.
    Read,
    /// The field was set before. The new value is ignored.
    Duplicate,
    /// The value was invalid, and the value that was meant was set instead. The fields are the allowed values
    /// and the value that was set.
    Corrected(AllowedValues, &'static str),
    /// The value was invalid, and it is not certain what was meant. The field has the allowed values of the
    /// attribute.
    Invalid(AllowedValues),
}

fn put<'s, T: AttrValue>(
    field: &mut Option<Attr<'s, T>>,
    attr: TextAttr<'s>,
    meant: Correct<'_>,
) -> SetResult {
    if field.is_some() {
        return SetResult::Duplicate;
    }
    let mut attr = Attr::with_spans(attr.name_span, attr.value_span, attr.raw);
    let reading = match attr.value {
        Some(_) => SetResult::Read,
        None => match meant(T::ALLOWED, &attr.raw) {
            Some(right) => {
                attr = Attr::with_spans(attr.name_span, attr.value_span, Cow::Borrowed(right));
                SetResult::Corrected(T::ALLOWED, right)
            }
            None => SetResult::Invalid(T::ALLOWED),
        },
    };
    *field = Some(attr);
    reading
}

/// Declares the elements of FetchXML: a struct for each, and the code that parser and printer share.
macro_rules! elements {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident $tag:literal $(legacy [$($legacy:literal)*])? {
            $($(#[doc = $field_doc:literal])* $field:ident: $ty:ty = $attribute:literal,)*
        } $(; { $($(#[$more_doc:meta])* $more:ident: $more_ty:ty,)* })? $(; text $text:ident $text_span:ident)?
    )*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name<'s> {
            /// The span of the element, from the `<` of its start tag to the `>` of its end tag.
            pub span: Span,
            /// The span of the element's name in the start tag.
            pub name_span: Span,
            $($(#[doc = $field_doc])* pub $field: Option<Attr<'s, $ty>>,)*
            $($($(#[$more_doc])* pub $more: $more_ty,)*)?
            /// The attributes for which the struct has no field, in the order of the text.
            pub other: Vec<OtherAttribute<'s>>,
            /// The children, in the order of the text.
            pub children: Vec<Node<'s>>,
        }

        impl<'s> Element<'s> for $name<'s> {
            const NAME: &'static str = $tag;
            const FIELDS: &'static [&'static str] = &[$($attribute),*];
            const LEGACY: &'static [&'static str] = &[$($($legacy),*)?];
            const DESCRIPTION: &'static str = concat!($($doc),*);
            const FIELD_DESCRIPTIONS: &'static [&'static str] = &[$(concat!($($field_doc),*)),*];

            fn set_spans(&mut self, span: Span, name_span: Span) {
                self.span = span;
                self.name_span = name_span;
            }

            fn spans(&self) -> (Span, Span) {
                (self.span, self.name_span)
            }

            #[allow(unused_variables, reason = "an element may have no attributes")]
            fn set(&mut self, name: &str, attr: TextAttr<'s>, meant: Correct<'_>) -> SetResult {
                match name {
                    $($attribute => put(&mut self.$field, attr, meant),)*
                    _ => SetResult::Read,
                }
            }

            $(fn text_mut(&mut self) -> Option<(&mut Cow<'s, str>, &mut Span)> {
                Some((&mut self.$text, &mut self.$text_span))
            })?

            fn each<'a>(&'a self, f: &mut dyn FnMut(&'s str, Span, &'a str)) {
                $(if let Some(attr) = &self.$field {
                    f($attribute, attr.name_span, &attr.raw);
                })*
                self.other.iter().for_each(|o| f(o.name, o.attr.name_span, &o.attr.raw));
            }

            fn other_mut(&mut self) -> &mut Vec<OtherAttribute<'s>> {
                &mut self.other
            }

            fn children(&self) -> &[Node<'s>] {
                &self.children
            }

            fn children_mut(&mut self) -> &mut Vec<Node<'s>> {
                &mut self.children
            }
        }

        impl Attributes for $name<'_> {
            fn each_ref<'a>(&'a self, f: &mut dyn FnMut(AttributeRef<'a>)) {
                $(if let Some(attr) = &self.$field {
                    // What has a field is known.
                    let (name_span, value_span, value) = (attr.name_span, attr.value_span, &*attr.raw);
                    f(AttributeRef { name: $attribute, known: true, name_span, value_span, value });
                })*
                for other in &self.other {
                    let known = Self::FIELDS.contains(&other.name) || Self::LEGACY.contains(&other.name);
                    f(other.as_ref(known));
                }
            }
        }
    )*};
}

elements! {
    /// The element `<fetch>`, which contains the whole query.
    Fetch "fetch" legacy ["version" "output-format" "utc-offset" "min-active-row-version"] {
        /// Whether the query is an aggregate query, which returns groups or totals instead of rows.
        aggregate: bool = "aggregate",
        /// The maximum number of rows to aggregate. It can only lower the service's own limit.
        aggregatelimit: u32 = "aggregatelimit",
        /// The maximum number of rows on each page.
        count: u32 = "count",
        /// The number of the page to return, counted from 1.
        page: u32 = "page",
        /// The paging cookie from the response with the previous page.
        paging_cookie: Text = "paging-cookie",
        /// The maximum number of rows to return.
        top: u32 = "top",
        /// Whether equal rows are returned only once.
        distinct: bool = "distinct",
        /// Whether the response states the total number of rows.
        returntotalrecordcount: bool = "returntotalrecordcount",
        /// The kind of rows to read, such as rows under long-term retention.
        datasource: DataSource = "datasource",
        /// Whether the service may run the query in several parts to make it faster.
        latematerialize: bool = "latematerialize",
        /// A hint of older versions of the service, which has no effect any more.
        no_lock: bool = "no-lock",
        /// Whether choice columns are ordered by the numbers of their options instead of their labels.
        useraworderby: bool = "useraworderby",
        /// The optimiser hints for the database, separated by commas.
        options: Text = "options",
        /// The kind of names in the query: logical names, or the names in the database.
        mapping: Mapping = "mapping",
    }; {
        /// The comments before the `<fetch>` element.
        before: Vec<Comment<'s>>,
        /// The comments after the `<fetch>` element.
        after: Vec<Comment<'s>>,
    }
    /// The element `<entity>`, which names the table of the query.
    Entity "entity" legacy ["enableprefiltering" "prefilterparametername"] {
        /// The logical name of the table.
        name: Text = "name",
    }
    /// The element `<all-attributes>`, which returns every column of the table.
    AllAttributes "all-attributes" {}
    /// The element `<no-attrs>`, which returns no columns except the primary key.
    NoAttrs "no-attrs" {}
    /// The element `<attribute>`, which returns a column.
    Attribute "attribute" legacy ["build" "addedby"] {
        /// The logical name of the column.
        name: Text = "name",
        /// The name of the column in the result.
        alias: Text = "alias",
        /// The aggregate function to apply to the column.
        aggregate: Aggregate = "aggregate",
        /// Whether rows are grouped by the column.
        groupby: bool = "groupby",
        /// The part of a date by which rows are grouped.
        dategrouping: DateGrouping = "dategrouping",
        /// Whether the date is taken in the user's time zone to group by it, instead of UTC.
        usertimezone: bool = "usertimezone",
        /// Whether equal values of the column are aggregated only once.
        distinct: bool = "distinct",
        /// A number to compute for each row, such as the number of its children.
        rowaggregate: RowAggregate = "rowaggregate",
    }
    /// The element `<order>`, which names a column by which rows are ordered.
    Order "order" {
        /// The logical name of the column.
        attribute: Text = "attribute",
        /// In an aggregate query, the alias of the column, instead of its logical name.
        alias: Text = "alias",
        /// Whether the order is descending, with the greatest value first.
        descending: bool = "descending",
        /// The alias of the link whose table has the column, if it is not the column of the enclosing
        /// element's table.
        entityname: Text = "entityname",
    }
    /// The element `<link-entity>`, which joins a table or tests related rows.
    LinkEntity "link-entity" legacy ["visible" "enableprefiltering" "prefilterparametername"] {
        /// The logical name of the joined table.
        name: Text = "name",
        /// The logical name of the column of the joined table that must equal the column in `to`.
        from: Text = "from",
        /// The logical name of the column of the enclosing element's table that must equal the column in
        /// `from`.
        to: Text = "to",
        /// The name by which the rest of the query refers to the joined table.
        alias: Text = "alias",
        /// The type of the join, or of the condition in a filter.
        link_type: LinkType = "link-type",
        /// Whether the table is the intersect table of a many-to-many relationship, from which no columns are
        /// returned.
        intersect: bool = "intersect",
    }
    /// The element `<filter>`, which groups conditions.
    Filter "filter" {
        /// Whether all conditions must be met (`and`), or at least one of them (`or`).
        kind: FilterType = "type",
        /// A hint about how the service should run the filter.
        hint: FilterHint = "hint",
        /// Whether this filter is the one of a quick find query.
        isquickfindfields: bool = "isquickfindfields",
        /// Whether the service's limit of rows for quick find queries always applies.
        overridequickfindrecordlimitenabled: bool = "overridequickfindrecordlimitenabled",
        /// Whether the service's limit of rows for quick find queries does not apply.
        overridequickfindrecordlimitdisabled: bool = "overridequickfindrecordlimitdisabled",
    }
    /// The element `<condition>`, which tests the value of a column.
    Condition "condition" legacy ["column" "aggregate" "rowaggregate" "alias" "uiname" "uitype" "uihidden"] {
        /// The alias of the link whose table has the column, if it is not the column of the enclosing
        /// element's table.
        entityname: Text = "entityname",
        /// The logical name of the column.
        attribute: Text = "attribute",
        /// The condition operator.
        operator: Operator = "operator",
        /// The value that the column is compared with.
        value: Text = "value",
        /// The other column with which the column is compared, as `column` or `alias.column`.
        valueof: Text = "valueof",
    }
    /// The element `<value>`, which contains one of several values of a condition.
    Value "value" legacy ["uiname" "uitype"] {}; {
        /// The value, with its references (`&amp;`) resolved.
        text: Cow<'s, str>,
        /// The span of the text between the tags; empty at the end of the start tag if there is no text.
        text_span: Span,
    }; text text text_span
}

impl Node<'_> {
    /// Returns the span of the node in the text that was parsed.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Node::Entity(n) => n.span,
            Node::AllAttributes(n) => n.span,
            Node::NoAttrs(n) => n.span,
            Node::Attribute(n) => n.span,
            Node::Order(n) => n.span,
            Node::LinkEntity(n) => n.span,
            Node::Filter(n) => n.span,
            Node::Condition(n) => n.span,
            Node::Value(n) => n.span,
            Node::Unknown(n) => n.span,
            Node::Comment(n) => n.span,
            Node::Text(n) => n.span,
        }
    }

    /// Returns the node as an [`ElementRef`]; `None` if it is a comment or a text.
    #[must_use]
    pub fn as_element(&self) -> Option<ElementRef<'_>> {
        Some(match self {
            Node::Entity(n) => ElementRef::of(&**n),
            Node::AllAttributes(n) => ElementRef::of(&**n),
            Node::NoAttrs(n) => ElementRef::of(&**n),
            Node::Attribute(n) => ElementRef::of(&**n),
            Node::Order(n) => ElementRef::of(&**n),
            Node::LinkEntity(n) => ElementRef::of(&**n),
            Node::Filter(n) => ElementRef::of(&**n),
            Node::Condition(n) => ElementRef::of(&**n),
            Node::Value(n) => ElementRef::of(&**n),
            Node::Unknown(n) => ElementRef {
                name: n.name,
                known: false,
                span: n.span,
                name_span: n.name_span,
                children: &n.children,
                attributes: &**n,
            },
            Node::Comment(_) | Node::Text(_) => return None,
        })
    }
}

/// The names of the elements that FetchXML defines; an element comes before those that it can contain.
pub const ELEMENTS: [&str; 10] = [
    "fetch",
    "entity",
    "all-attributes",
    "no-attrs",
    "attribute",
    "order",
    "link-entity",
    "filter",
    "condition",
    "value",
];

/// Returns the names of the attributes that the element with the given name may have, in two lists: the
/// attributes of FetchXML, and attributes that are old or that tools and reports write. Both lists are empty
/// if FetchXML does not define the element.
///
/// ```
/// let (attributes, others) = fetchxml::ast::attributes_of("order");
/// assert_eq!((attributes, others), (&["attribute", "alias", "descending", "entityname"][..], &[][..]));
/// ```
#[must_use]
pub fn attributes_of(element: &str) -> (&'static [&'static str], &'static [&'static str]) {
    facts_of(element).map_or((&[], &[]), |facts| (facts.fields, facts.legacy))
}

/// Returns a description of the element with the given name, or of its attribute `attribute`, in one or two
/// sentences. Returns `None` if FetchXML does not define it, and for old attributes.
///
/// ```
/// use fetchxml::ast::description_of;
/// assert_eq!(description_of("order", Some("descending")), Some("Whether the order is descending, with the greatest value first."));
/// assert_eq!(description_of("no-attrs", None), Some("The element `<no-attrs>`, which returns no columns except the primary key."));
/// assert_eq!(description_of("order", Some("top")), None);
/// ```
#[must_use]
pub fn description_of(element: &str, attribute: Option<&str>) -> Option<&'static str> {
    let facts = facts_of(element)?;
    let text = match attribute {
        None => facts.description,
        Some(name) => {
            let at = facts.fields.iter().position(|field| *field == name)?;
            facts.field_descriptions.get(at)?
        }
    };
    Some(text.trim_start())
}

/// The facts about a kind of element that do not depend on a text.
struct ElementFacts {
    fields: &'static [&'static str],
    legacy: &'static [&'static str],
    description: &'static str,
    field_descriptions: &'static [&'static str],
}

fn facts_of(element: &str) -> Option<ElementFacts> {
    fn of<'s, E: Element<'s>>() -> ElementFacts {
        ElementFacts {
            fields: E::FIELDS,
            legacy: E::LEGACY,
            description: E::DESCRIPTION,
            field_descriptions: E::FIELD_DESCRIPTIONS,
        }
    }
    Some(match element {
        "fetch" => of::<Fetch<'_>>(),
        "entity" => of::<Entity<'_>>(),
        "all-attributes" => of::<AllAttributes<'_>>(),
        "no-attrs" => of::<NoAttrs<'_>>(),
        "attribute" => of::<Attribute<'_>>(),
        "order" => of::<Order<'_>>(),
        "link-entity" => of::<LinkEntity<'_>>(),
        "filter" => of::<Filter<'_>>(),
        "condition" => of::<Condition<'_>>(),
        "value" => of::<Value<'_>>(),
        _ => return None,
    })
}

impl Fetch<'_> {
    /// Returns the `<fetch>` element as an [`ElementRef`], for code that handles all elements alike.
    ///
    /// ```
    /// let fetch = fetchxml::parse("<fetch top='3'><entity name='a'/></fetch>", &Default::default())?;
    /// let element = fetch.as_element();
    /// assert_eq!((element.name, element.attributes()[0].name, element.children.len()), ("fetch", "top", 1));
    /// # Ok::<(), dvkit_diagnostic::Diagnostic>(())
    /// ```
    #[must_use]
    pub fn as_element(&self) -> ElementRef<'_> {
        ElementRef::of(self)
    }
}
