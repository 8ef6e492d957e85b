//! Builds OData filters from typed columns and values. Each value is escaped according to its type.
//!
//! A filter belongs to one table, so columns of different tables cannot be mixed. Columns of a related table
//! are reached through a navigation property. No schema is needed at run time, because the generated
//! constants contain the names and kinds of the columns.

mod compare;
mod condition;
mod function;
mod lambda;
mod literal;
mod operand;
mod path;
mod print;
#[cfg(feature = "client")]
mod search;

pub(crate) use compare::escape_wildcards;
pub use compare::{Comparable, Equality, TextSearchable};
pub(crate) use condition::FilterPart;
#[cfg(feature = "client")]
pub(crate) use condition::logical_name;
pub use condition::{Filter, FunctionCondition, IntoFilter};
pub use function::{
    BetweenComparable, DateLike, DateTimeLike, HierarchyKey, InComparable, LanguageCode, MultiSelect,
    PrincipalId,
};
pub use literal::Literal;
pub use operand::{Operand, RowOf};
pub use path::{Path, PathStep, Via};
