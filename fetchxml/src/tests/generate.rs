//! Generates random trees, print styles and edits for the property tests of the parser and the printer.

use std::borrow::Cow;

use dvkit_diagnostic::{Code, Span, code};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::ast::{
    AllAttributes, AllowedValues, Attr, AttrValue, Attribute, Comment, Condition, Entity, Fetch, Filter,
    LinkEntity, NoAttrs, Node, Operator, Order, OtherAttribute, TextAttr, TextNode, UnknownElement, Value,
};
use crate::{PrintStyle, Quotes};

type Tree = BoxedStrategy<Node<'static>>;

fn raw() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_0-9]{1,8}",
        "[ -~é€\t\n\r]{0,12}",
        select(&["{0}", "@{triggerBody()?['a']}", "a & b", "<cookie page=\"1\">", "''", "]]>"][..])
            .prop_map(str::to_owned),
    ]
}

/// Generates an attribute that may be missing (`None`) or have an invalid value.
fn attr<T: AttrValue + std::fmt::Debug + Clone + 'static>() -> BoxedStrategy<Option<Attr<'static, T>>> {
    let right = match T::ALLOWED {
        AllowedValues::Anything => raw().boxed(),
        AllowedValues::Bool => select(&["true", "false", "1", "0"][..]).prop_map(str::to_owned).boxed(),
        AllowedValues::Number => (0..9999_u32).prop_map(|n| n.to_string()).boxed(),
        AllowedValues::Names(names) => select(names).prop_map(str::to_owned).boxed(),
    };
    // An invalid value that resembles no valid one, and a placeholder.
    let value = prop_oneof![9 => right, 1 => Just("{zzzzzz}".to_owned())];
    proptest::option::of(value.prop_map(Attr::new)).boxed()
}

fn others() -> impl Strategy<Value = Vec<OtherAttribute<'static>>> {
    let other = (select(&["x:y", "x:z", "xmlns"][..]), raw())
        .prop_map(|(name, raw)| OtherAttribute { name, attr: TextAttr::new(raw) });
    prop::collection::vec(other, 0..2)
}

fn comment() -> impl Strategy<Value = Comment<'static>> {
    select(&["", " a ", " <fetch> & ", "- a", "é\n b"][..])
        .prop_map(|text| Comment { span: Span::default(), text })
}

fn comments() -> impl Strategy<Value = Vec<Comment<'static>>> {
    prop::collection::vec(comment(), 0..2)
}

fn comment_nodes() -> impl Strategy<Value = Vec<Node<'static>>> {
    comments().prop_map(|all| all.into_iter().map(Node::Comment).collect())
}

fn nodes(node: Tree) -> impl Strategy<Value = Vec<Node<'static>>> {
    prop::collection::vec(node, 0..4)
}

fn unknown() -> Tree {
    let text = select(&["a b", "{0}", "a < b & c"][..])
        .prop_map(|t| Node::Text(TextNode { span: Span::default(), text: Cow::Borrowed(t) }));
    let name = || select(&["x:a", "zzzzzzzzzz", "qqqqqqqqqqq"][..]);
    let make = |(name, other, children): (&'static str, Vec<OtherAttribute<'static>>, Vec<Node<'static>>)| {
        Node::Unknown(Box::new(UnknownElement { name, other, children, ..UnknownElement::default() }))
    };
    let leaf =
        (name(), others(), prop::collection::vec(text, 0..2).prop_map(|mut t| t.drain(..).take(1).collect()));
    leaf.prop_map(make)
        .prop_recursive(2, 6, 3, move |inner| {
            (name(), others(), prop::collection::vec(inner, 0..3)).prop_map(make)
        })
        .boxed()
}

fn placeholder() -> Tree {
    Just(Node::Text(TextNode { span: Span::default(), text: Cow::Borrowed("{0}") })).boxed()
}

fn condition() -> Tree {
    let value = (raw(), others(), comment_nodes()).prop_map(|(text, other, children)| {
        // A line end is one line feed, and white space alone is no text.
        let text = text.replace('\r', "");
        Node::Value(Box::new(Value { text: Cow::Owned(text), other, children, ..Value::default() }))
    });
    (attr(), attr(), attr::<Operator>(), attr(), attr(), others(), prop::collection::vec(value, 0..3))
        .prop_map(|(entityname, attribute, operator, value, valueof, other, children)| {
            Node::Condition(Box::new(Condition {
                entityname,
                attribute,
                operator,
                value,
                valueof,
                other,
                children,
                ..Condition::default()
            }))
        })
        .boxed()
}

fn column() -> Tree {
    let attribute = (attr(), attr(), attr(), attr(), attr(), attr(), attr(), comment_nodes()).prop_map(
        |(name, alias, aggregate, groupby, dategrouping, distinct, rowaggregate, children)| {
            Node::Attribute(Box::new(Attribute {
                name,
                alias,
                aggregate,
                groupby,
                dategrouping,
                distinct,
                rowaggregate,
                children,
                ..Attribute::default()
            }))
        },
    );
    let order = (attr(), attr(), attr(), attr(), others()).prop_map(
        |(attribute, alias, descending, entityname, other)| {
            Node::Order(Box::new(Order {
                attribute,
                alias,
                descending,
                entityname,
                other,
                ..Order::default()
            }))
        },
    );
    prop_oneof![
        attribute,
        order,
        Just(Node::AllAttributes(Box::<AllAttributes<'_>>::default())),
        Just(Node::NoAttrs(Box::<NoAttrs<'_>>::default()))
    ]
    .boxed()
}

fn node() -> Tree {
    let leaf =
        prop_oneof![4 => condition(), 4 => column(), 1 => unknown(), 1 => comment().prop_map(Node::Comment)];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let filter =
            (attr(), attr(), attr(), others(), nodes(inner.clone()), proptest::option::of(placeholder()))
                .prop_map(|(kind, hint, isquickfindfields, other, mut children, placeholder)| {
                    children.extend(placeholder);
                    Node::Filter(Box::new(Filter {
                        kind,
                        hint,
                        isquickfindfields,
                        other,
                        children,
                        ..Filter::default()
                    }))
                });
        let link = (attr(), attr(), attr(), attr(), attr(), attr(), nodes(inner)).prop_map(
            |(name, from, to, alias, link_type, intersect, children)| {
                Node::LinkEntity(Box::new(LinkEntity {
                    name,
                    from,
                    to,
                    alias,
                    link_type,
                    intersect,
                    children,
                    ..LinkEntity::default()
                }))
            },
        );
        prop_oneof![filter, link]
    })
    .boxed()
}

pub(super) fn fetch() -> impl Strategy<Value = Fetch<'static>> {
    let entity = (attr(), others(), nodes(node())).prop_map(|(name, other, children)| {
        Node::Entity(Box::new(Entity { name, other, children, ..Entity::default() }))
    });
    let attrs = (attr(), attr(), attr(), attr(), attr(), attr(), attr());
    (attrs, others(), prop::collection::vec(entity, 0..3), comments(), comments())
        .prop_map(
            |(
                (aggregate, count, paging_cookie, top, no_lock, options, mapping),
                other,
                children,
                before,
                after,
            )| Fetch {
                aggregate,
                count,
                paging_cookie,
                top,
                no_lock,
                options,
                mapping,
                other,
                children,
                before,
                after,
                ..Fetch::default()
            },
        )
        .prop_map(without_spans)
}

pub(super) fn style() -> impl Strategy<Value = PrintStyle> {
    (proptest::option::of(0..5_usize), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(indent, single, explicit_close, comments)| {
            let quotes = if single { Quotes::Single } else { Quotes::Double };
            PrintStyle { indent, quotes, explicit_close, comments }
        },
    )
}

/// Generates edits of a text. Each is a position, the number of bytes to replace, and the replacement.
pub(super) fn edits() -> impl Strategy<Value = Vec<(Index, usize, &'static str)>> {
    let with = select(
        &[
            "", "", "\"", "'", "<", ">", "/", "&", "=", " ", "x", "</", "<!--", "-->", "<filter>", "]]>",
            "“", "\u{1}",
        ][..],
    );
    prop::collection::vec((any::<Index>(), 0..4_usize, with), 0..3)
}

/// Returns whether the code belongs to a mistake in the XML rather than in the FetchXML.
pub(super) fn is_of_xml(code: Code) -> bool {
    [
        code::MALFORMED_XML,
        code::UNCLOSED_ELEMENT,
        code::ATTRIBUTE_QUOTES,
        code::NOT_ESCAPED,
        code::STRAY_TEXT,
        code::DOCUMENT_TYPE,
        code::NOT_A_FETCH,
        code::DUPLICATE_ATTRIBUTE,
        code::XML_CASE,
        code::EMPTY,
    ]
    .contains(&code)
}

/// Returns the tree `fetch` with empty spans, so that trees can be compared.
pub(super) fn without_spans(mut fetch: Fetch<'_>) -> Fetch<'_> {
    for comment in fetch.before.iter_mut().chain(&mut fetch.after) {
        comment.span = Span::default();
    }
    macro_rules! attrs {
        ($element:expr, $($field:ident)*) => {
            $(if let Some(attr) = &mut $element.$field {
                (attr.name_span, attr.value_span) = Default::default();
            })*
            bare(&mut $element.span, &mut $element.name_span, &mut $element.other, &mut $element.children);
        };
    }
    fn bare(
        span: &mut Span,
        name_span: &mut Span,
        other: &mut Vec<OtherAttribute<'_>>,
        children: &mut [Node<'_>],
    ) {
        (*span, *name_span) = Default::default();
        // An attribute is present once.
        let mut seen = Vec::new();
        other.retain(|o| {
            let new = !seen.contains(&o.name);
            seen.push(o.name);
            new
        });
        for other in other {
            (other.attr.name_span, other.attr.value_span) = Default::default();
        }
        for node in children {
            match node {
                Node::Entity(n) => {
                    attrs!(n, name);
                }
                Node::AllAttributes(n) => {
                    attrs!(n,);
                }
                Node::NoAttrs(n) => {
                    attrs!(n,);
                }
                Node::Attribute(n) => {
                    attrs!(n, name alias aggregate groupby dategrouping usertimezone distinct rowaggregate);
                }
                Node::Order(n) => {
                    attrs!(n, attribute alias descending entityname);
                }
                Node::LinkEntity(n) => {
                    attrs!(n, name from to alias link_type intersect);
                }
                Node::Filter(n) => {
                    attrs!(n, kind hint isquickfindfields overridequickfindrecordlimitenabled
                        overridequickfindrecordlimitdisabled);
                }
                Node::Condition(n) => {
                    attrs!(n, entityname attribute operator value valueof);
                }
                Node::Value(n) => {
                    n.text_span = Span::default();
                    attrs!(n,);
                }
                Node::Unknown(n) => bare(&mut n.span, &mut n.name_span, &mut n.other, &mut n.children),
                Node::Comment(n) => n.span = Span::default(),
                Node::Text(n) => n.span = Span::default(),
            }
        }
    }
    attrs!(fetch, aggregate aggregatelimit count page paging_cookie top distinct returntotalrecordcount datasource
        latematerialize no_lock useraworderby options mapping);
    fetch
}

/// Returns the tree `fetch` without comments.
pub(super) fn without_comments(mut fetch: Fetch<'_>) -> Fetch<'_> {
    fn drop(children: &mut Vec<Node<'_>>) {
        children.retain(|n| !matches!(n, Node::Comment(_)));
        for node in children {
            match node {
                Node::Entity(n) => drop(&mut n.children),
                Node::AllAttributes(n) => drop(&mut n.children),
                Node::NoAttrs(n) => drop(&mut n.children),
                Node::Attribute(n) => drop(&mut n.children),
                Node::Order(n) => drop(&mut n.children),
                Node::LinkEntity(n) => drop(&mut n.children),
                Node::Filter(n) => drop(&mut n.children),
                Node::Condition(n) => drop(&mut n.children),
                Node::Value(n) => drop(&mut n.children),
                Node::Unknown(n) => drop(&mut n.children),
                Node::Comment(_) | Node::Text(_) => {}
            }
        }
    }
    fetch.before.clear();
    fetch.after.clear();
    drop(&mut fetch.children);
    fetch
}
