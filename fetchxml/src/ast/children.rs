//! Declares methods of the syntax tree that return the children of an element by their kind, and attributes
//! with their default values. All users of the tree call them.

use super::{
    AllAttributes, Attribute, Condition, Entity, Fetch, Filter, FilterType, LinkEntity, LinkType, NoAttrs,
    Node, Order, Value,
};

/// Declares methods that iterate over those children of an element that are of one kind.
macro_rules! children {
    ($($name:ident { $($method:ident: $node:ident,)* })*) => {$(
        impl<'s> $name<'s> {
            $(
                #[doc = concat!("Returns the children that are [`", stringify!($node), "`] nodes, in the order of the text.")]
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
    /// Returns the first `<entity>` of the query; `None` if there is none.
    #[must_use]
    pub fn entity(&self) -> Option<&Entity<'s>> {
        self.entities().next()
    }

    /// Returns whether the query is an aggregate query, which means that the attribute `aggregate` is true.
    #[must_use]
    pub fn is_aggregate(&self) -> bool {
        self.aggregate.as_ref().and_then(|a| a.value) == Some(true)
    }
}

impl LinkEntity<'_> {
    /// Returns the type of the join: `Inner` if the attribute `link-type` is missing, and `None` if its value
    /// is invalid.
    #[must_use]
    pub fn effective_link_type(&self) -> Option<LinkType> {
        self.link_type.as_ref().map_or(Some(LinkType::Inner), |a| a.value)
    }
}

impl Filter<'_> {
    /// Returns how the conditions of the filter are combined: `And` if the attribute `type` is missing, and
    /// `None` if its value is invalid.
    #[must_use]
    pub fn effective_type(&self) -> Option<FilterType> {
        self.kind.as_ref().map_or(Some(FilterType::And), |a| a.value)
    }
}
