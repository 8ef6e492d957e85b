//! The syntax tree: one struct an element, one field an attribute, the children in the order of the text.
//!
//! Words are FetchXML's own. An element that stands where it does not belong is in the tree all the same, so that
//! nothing of a text is lost; the parser has reported it. Attributes are printed in the order of their spans, which is the
//! order of the text; those without spans in the order of the fields.
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
use std::fmt;

use dvkit_diagnostic::Span;

pub use crate::operator::{Arity, Operator, ValueKind};
pub use value::{
    Aggregate, AllowedValues, Attr, AttrValue, DataSource, DateGrouping, FilterHint, FilterType, Keyword,
    LinkType, Mapping, OtherAttribute, RowAggregate, Text, TextAttr,
};

mod value;

/// What stands within an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node<'s> {
    /// `<entity>`
    Entity(Box<Entity<'s>>),
    /// `<all-attributes>`
    AllAttributes(Box<AllAttributes<'s>>),
    /// `<no-attrs>`
    NoAttrs(Box<NoAttrs<'s>>),
    /// `<attribute>`
    Attribute(Box<Attribute<'s>>),
    /// `<order>`
    Order(Box<Order<'s>>),
    /// `<link-entity>`
    LinkEntity(Box<LinkEntity<'s>>),
    /// `<filter>`
    Filter(Box<Filter<'s>>),
    /// `<condition>`
    Condition(Box<Condition<'s>>),
    /// `<value>`
    Value(Box<Value<'s>>),
    /// An element that FetchXML does not have, and one of another namespace.
    Unknown(Box<UnknownElement<'s>>),
    /// A comment.
    Comment(Comment<'s>),
    /// A text: within an unknown element, and a placeholder of a template where elements stand.
    Text(TextNode<'s>),
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment<'s> {
    /// All of it.
    pub span: Span,
    /// What stands between `<!--` and `-->`.
    pub text: &'s str,
}

/// A text between elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextNode<'s> {
    /// Where it stands.
    pub span: Span,
    /// The text, trimmed, with its references resolved.
    pub text: Cow<'s, str>,
}

impl TextNode<'_> {
    /// Returns whether the text is a placeholder of a template and nothing else: `{filter}`, `@{body('x')}`.
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        crate::words::is_placeholder(&self.text)
    }
}

/// An element that FetchXML does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnknownElement<'s> {
    /// The element, from `<` to `>` of its end.
    pub span: Span,
    /// Its name in the start tag.
    pub name_span: Span,
    /// Its name, with its prefix.
    pub name: &'s str,
    /// Its attributes.
    pub other: Vec<OtherAttribute<'s>>,
    /// What is within. All elements here are [`Node::Unknown`].
    pub children: Vec<Node<'s>>,
}

/// What an element and its attributes are called, for those who treat all of them alike: the parser and the printer.
pub(crate) trait Element<'s>: Default {
    /// What the element is called.
    const NAME: &'static str;
    /// The attributes that have a field.
    const FIELDS: &'static [&'static str];
    /// The attributes that are known and have none: old ones, and those of tools and reports.
    const LEGACY: &'static [&'static str];

    /// Sets where the element stands.
    fn place(&mut self, span: Span, name_span: Span);

    /// Where the element stands, and its name.
    fn placed(&self) -> (Span, Span);

    /// Puts a value into the field of that name, one of [`Self::FIELDS`]. `meant` is asked for the value that one means
    /// which is none of the set.
    fn set(&mut self, name: &str, attr: TextAttr<'s>, meant: Meant<'_>) -> Reading;

    /// The text within and where it stands, for the one element that has it.
    fn text_mut(&mut self) -> Option<(&mut Cow<'s, str>, &mut Span)> {
        None
    }

    /// Calls `f` with every attribute: its name, where it stands, its value.
    fn each<'a>(&'a self, f: &mut dyn FnMut(&'s str, Span, &'a str));

    /// The attributes without a field.
    fn other_mut(&mut self) -> &mut Vec<OtherAttribute<'s>>;

    /// What is within.
    fn children(&self) -> &[Node<'s>];

    /// What is within.
    fn children_mut(&mut self) -> &mut Vec<Node<'s>>;
}

/// Gives the value that was meant.
pub(crate) type Meant<'m> = &'m mut dyn FnMut(AllowedValues, &str) -> Option<&'static str>;

/// What became of the value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// It was read.
    Read,
    /// The attribute is there a second time.
    Twice,
    /// It is none of the set, and another one was meant.
    Meant(AllowedValues, &'static str),
    /// It is none of the set.
    Not(AllowedValues),
}

fn put<'s, T: AttrValue>(field: &mut Option<Attr<'s, T>>, attr: TextAttr<'s>, meant: Meant<'_>) -> Reading {
    if field.is_some() {
        return Reading::Twice;
    }
    let mut attr = Attr::with_spans(attr.name_span, attr.value_span, attr.raw);
    let reading = match attr.value {
        Some(_) => Reading::Read,
        None => match meant(T::ALLOWED, &attr.raw) {
            Some(right) => {
                attr = Attr::with_spans(attr.name_span, attr.value_span, Cow::Borrowed(right));
                Reading::Meant(T::ALLOWED, right)
            }
            None => Reading::Not(T::ALLOWED),
        },
    };
    *field = Some(attr);
    reading
}

/// Declares the elements: a struct each, and what the parser and the printer ask of it.
macro_rules! elements {
    ($(
        $(#[$doc:meta])*
        $name:ident $tag:literal $(legacy [$($legacy:literal)*])? {
            $($(#[$field_doc:meta])* $field:ident: $ty:ty = $attribute:literal,)*
        } $(; { $($(#[$more_doc:meta])* $more:ident: $more_ty:ty,)* })? $(; text $text:ident $text_span:ident)?
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name<'s> {
            /// The element, from `<` to `>` of its end.
            pub span: Span,
            /// Its name in the start tag.
            pub name_span: Span,
            $($(#[$field_doc])* pub $field: Option<Attr<'s, $ty>>,)*
            $($($(#[$more_doc])* pub $more: $more_ty,)*)?
            /// The attributes that have no field.
            pub other: Vec<OtherAttribute<'s>>,
            /// What is within, in the order of the text.
            pub children: Vec<Node<'s>>,
        }

        impl<'s> Element<'s> for $name<'s> {
            const NAME: &'static str = $tag;
            const FIELDS: &'static [&'static str] = &[$($attribute),*];
            const LEGACY: &'static [&'static str] = &[$($($legacy),*)?];

            fn place(&mut self, span: Span, name_span: Span) {
                self.span = span;
                self.name_span = name_span;
            }

            fn placed(&self) -> (Span, Span) {
                (self.span, self.name_span)
            }

            #[allow(unused_variables, reason = "an element may have no attributes")]
            fn set(&mut self, name: &str, attr: TextAttr<'s>, meant: Meant<'_>) -> Reading {
                match name {
                    $($attribute => put(&mut self.$field, attr, meant),)*
                    _ => Reading::Read,
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
                    let (name_span, value) = (attr.name_span, &*attr.raw);
                    f(AttributeRef { name: $attribute, known: true, name_span, value });
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
    /// `<fetch>`: the whole query.
    Fetch "fetch" legacy ["version" "output-format" "utc-offset" "min-active-row-version"] {
        /// Is it an aggregate query?
        aggregate: bool = "aggregate",
        /// A lower limit of rows to aggregate.
        aggregatelimit: u32 = "aggregatelimit",
        /// The rows of a page.
        count: u32 = "count",
        /// The page, from 1.
        page: u32 = "page",
        /// The cookie of the page before.
        paging_cookie: Text = "paging-cookie",
        /// How many rows at all.
        top: u32 = "top",
        /// Is every row unique?
        distinct: bool = "distinct",
        /// Are the rows counted?
        returntotalrecordcount: bool = "returntotalrecordcount",
        /// Which rows are read.
        datasource: DataSource = "datasource",
        /// Is the query split, for speed?
        latematerialize: bool = "latematerialize",
        /// An old hint without effect.
        no_lock: bool = "no-lock",
        /// Are choices sorted by their number?
        useraworderby: bool = "useraworderby",
        /// Hints for the database, a list with commas.
        options: Text = "options",
        /// How names are meant.
        mapping: Mapping = "mapping",
    }; {
        /// The comments before it.
        before: Vec<Comment<'s>>,
        /// The comments behind it.
        after: Vec<Comment<'s>>,
    }
    /// `<entity>`: the table that rows are of.
    Entity "entity" legacy ["enableprefiltering" "prefilterparametername"] {
        /// The logical name of the table.
        name: Text = "name",
    }
    /// `<all-attributes>`: every column.
    AllAttributes "all-attributes" {}
    /// `<no-attrs>`: no column but the key.
    NoAttrs "no-attrs" {}
    /// `<attribute>`: a column of the result.
    Attribute "attribute" legacy ["build" "addedby"] {
        /// The logical name of the column.
        name: Text = "name",
        /// What it is called in the result.
        alias: Text = "alias",
        /// What is computed of it.
        aggregate: Aggregate = "aggregate",
        /// Are rows grouped by it?
        groupby: bool = "groupby",
        /// By what part of a date they are.
        dategrouping: DateGrouping = "dategrouping",
        /// Are dates those of the user's time zone?
        usertimezone: bool = "usertimezone",
        /// Are equal values counted once?
        distinct: bool = "distinct",
        /// What is counted of each row.
        rowaggregate: RowAggregate = "rowaggregate",
    }
    /// `<order>`: what rows are sorted by.
    Order "order" {
        /// The column.
        attribute: Text = "attribute",
        /// The alias of a column, in an aggregate query.
        alias: Text = "alias",
        /// From the greatest to the smallest?
        descending: bool = "descending",
        /// The linked table that the column is of, by its alias.
        entityname: Text = "entityname",
    }
    /// `<link-entity>`: a table that is joined.
    LinkEntity "link-entity" legacy ["visible" "enableprefiltering" "prefilterparametername"] {
        /// The logical name of the joined table.
        name: Text = "name",
        /// The column of the joined table.
        from: Text = "from",
        /// The column of the table that it is joined to.
        to: Text = "to",
        /// What the joined table is called elsewhere in the query.
        alias: Text = "alias",
        /// How it joins.
        link_type: LinkType = "link-type",
        /// Is it the table between two others, whose columns nobody wants?
        intersect: bool = "intersect",
    }
    /// `<filter>`: conditions, combined.
    Filter "filter" {
        /// How they are combined.
        kind: FilterType = "type",
        /// A hint to the service.
        hint: FilterHint = "hint",
        /// Is it the filter of a quick search?
        isquickfindfields: bool = "isquickfindfields",
        /// Is the limit of quick searches kept in any case?
        overridequickfindrecordlimitenabled: bool = "overridequickfindrecordlimitenabled",
        /// Is the limit of quick searches lifted?
        overridequickfindrecordlimitdisabled: bool = "overridequickfindrecordlimitdisabled",
    }
    /// `<condition>`: a comparison.
    Condition "condition" legacy ["column" "aggregate" "rowaggregate" "alias" "uiname" "uitype" "uihidden"] {
        /// The linked table that the column is of, by its alias.
        entityname: Text = "entityname",
        /// The column.
        attribute: Text = "attribute",
        /// How it is compared.
        operator: Operator = "operator",
        /// With what.
        value: Text = "value",
        /// With which other column.
        valueof: Text = "valueof",
    }
    /// `<value>`: one of the values of a condition.
    Value "value" legacy ["uiname" "uitype"] {}; {
        /// The value, with its references resolved.
        text: Cow<'s, str>,
        /// Where the text stands; empty where there is none.
        text_span: Span,
    }; text text text_span
}

/// Declares the iterators over children of one kind.
macro_rules! children {
    ($($name:ident { $($method:ident: $node:ident,)* })*) => {$(
        impl<'s> $name<'s> {
            $(
                #[doc = concat!("The children that are [`", stringify!($node), "`], in the order of the text.")]
                pub fn $method(&self) -> impl Iterator<Item = &$node<'s>> {
                    self.children.iter().filter_map(|n| match n {
                        Node::$node(n) => Some(&**n),
                        _ => None,
                    })
                }
            )*
        }
    )*};
}

children! {
    Fetch { entities: Entity, orders: Order, }
    Entity {
        all_attributes: AllAttributes, no_attrs: NoAttrs, attributes: Attribute, orders: Order, links: LinkEntity, filters: Filter,
    }
    LinkEntity {
        all_attributes: AllAttributes, no_attrs: NoAttrs, attributes: Attribute, orders: Order, links: LinkEntity, filters: Filter,
    }
    Filter { conditions: Condition, filters: Filter, links: LinkEntity, }
    Condition { values: Value, }
}

impl<'s> Fetch<'s> {
    /// The table that the query is about: the first one, where there are several.
    #[must_use]
    pub fn entity(&self) -> Option<&Entity<'s>> {
        self.entities().next()
    }

    /// Is it an aggregate query?
    #[must_use]
    pub fn is_aggregate(&self) -> bool {
        self.aggregate.as_ref().and_then(|a| a.value) == Some(true)
    }
}

impl LinkEntity<'_> {
    /// How it joins: `inner` where nothing is written, `None` where it is none of the words.
    #[must_use]
    pub fn effective_link_type(&self) -> Option<LinkType> {
        self.link_type.as_ref().map_or(Some(LinkType::Inner), |a| a.value)
    }
}

impl Filter<'_> {
    /// How the conditions are combined: `and` where nothing is written, `None` where it is neither.
    #[must_use]
    pub fn effective_type(&self) -> Option<FilterType> {
        self.kind.as_ref().map_or(Some(FilterType::And), |a| a.value)
    }
}

impl Node<'_> {
    /// Where it stands.
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

    /// The element that it is, without its kind; none for comments and texts.
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

/// The elements of FetchXML, the outermost first.
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

/// Returns the attributes that an element knows: those with a meaning, then the old ones and those of tools and reports. Both are
/// empty where FetchXML has no such element.
///
/// ```
/// let (attributes, others) = fetchxml::ast::attributes_of("order");
/// assert_eq!((attributes, others), (&["attribute", "alias", "descending", "entityname"][..], &[][..]));
/// ```
#[must_use]
pub fn attributes_of(element: &str) -> (&'static [&'static str], &'static [&'static str]) {
    fn of<'s, E: Element<'s>>() -> (&'static [&'static str], &'static [&'static str]) {
        (E::FIELDS, E::LEGACY)
    }
    match element {
        "fetch" => of::<Fetch<'_>>(),
        "entity" => of::<Entity<'_>>(),
        "attribute" => of::<Attribute<'_>>(),
        "order" => of::<Order<'_>>(),
        "link-entity" => of::<LinkEntity<'_>>(),
        "filter" => of::<Filter<'_>>(),
        "condition" => of::<Condition<'_>>(),
        "value" => of::<Value<'_>>(),
        _ => (&[], &[]),
    }
}

/// An element whatever it is, for those who treat all of them alike.
#[derive(Clone, Copy, Debug)]
pub struct ElementRef<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Is it an element of FetchXML?
    pub known: bool,
    /// The element, from `<` to `>` of its end.
    pub span: Span,
    /// Its name in the start tag.
    pub name_span: Span,
    /// What is within.
    pub children: &'a [Node<'a>],
    attributes: &'a dyn Attributes,
}

/// An attribute whatever it is.
#[derive(Clone, Copy, Debug)]
pub struct AttributeRef<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Does FetchXML know it on this element? Old attributes and those of tools are known.
    pub known: bool,
    /// Where its name stands.
    pub name_span: Span,
    /// Its value, with its references resolved.
    pub value: &'a str,
}

impl<'a> ElementRef<'a> {
    fn of<'s: 'a, E: Element<'s> + Attributes>(element: &'a E) -> Self {
        let (span, name_span) = element.placed();
        Self {
            name: E::NAME,
            known: true,
            span,
            name_span,
            children: element.children(),
            attributes: element,
        }
    }

    /// Calls `f` with each attribute: those that have a field first, in the order of the fields.
    pub fn each_attribute(&self, f: &mut dyn FnMut(AttributeRef<'a>)) {
        self.attributes.each_ref(f);
    }

    /// Returns the attributes, those that have a field first, in the order of the fields.
    #[must_use]
    pub fn attributes(&self) -> Vec<AttributeRef<'a>> {
        let mut attributes = Vec::new();
        self.each_attribute(&mut |attribute| attributes.push(attribute));
        attributes
    }
}

/// The attributes of an element whatever it is.
trait Attributes: fmt::Debug {
    /// Calls `f` with each of them: those that have a field first, in the order of the fields.
    fn each_ref<'a>(&'a self, f: &mut dyn FnMut(AttributeRef<'a>));
}

impl Attributes for UnknownElement<'_> {
    fn each_ref<'a>(&'a self, f: &mut dyn FnMut(AttributeRef<'a>)) {
        self.other.iter().for_each(|o| f(o.as_ref(false)));
    }
}

impl OtherAttribute<'_> {
    fn as_ref(&self, known: bool) -> AttributeRef<'_> {
        AttributeRef { name: self.name, known, name_span: self.attr.name_span, value: &self.attr.raw }
    }
}

impl Fetch<'_> {
    /// The outermost element, without its kind.
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
