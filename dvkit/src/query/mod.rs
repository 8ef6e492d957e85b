//! Builds typed queries for the rows of a table, and prints them as relative URLs. Queries start from a
//! generated table, `Contact::query()`, and their methods take its constants.

mod builder;
mod columns;
mod combination;
mod expand;
mod group;
mod group_methods;
mod methods;
mod options;
mod order;
mod url;

pub use builder::{Query, RowQuery};
pub use columns::Columns;
pub use combination::{
    CombinesWith, ExpandsFurther, FromEntity, ManyToManyOnly, Nestable, Nested, NoExpand, OneLevel, Ordered,
};
pub use expand::{Expand, ExpandMany, ExpandOne};
pub use group::{Aggregate, GroupColumns, GroupName, GroupQuery, GroupValue};
pub use group_methods::{Groupable, Ranked, Summable};
pub(crate) use options::QueryOptions;
pub use order::{OrderBy, OrderColumns, Sortable};
pub(crate) use url::{decode, encode_value};
