//! The typed builder of OData filters, which escapes values by their type.
//!
//! A filter belongs to a table, so that columns of two tables cannot be mixed. Columns of a related table are reached
//! through a navigation property. The builder needs no schema at run time, because names and kinds of columns are in the
//! generated constants.

mod compare;
mod condition;
mod function;
mod lambda;
mod literal;
mod operand;
mod path;
mod print;

pub(crate) use compare::escape_wildcards;
pub use compare::{Comparable, Equality, TextSearchable};
pub(crate) use condition::FilterPart;
pub use condition::{Filter, FunctionCondition, IntoFilter};
pub use function::{
    BetweenComparable, DateLike, DateTimeLike, HierarchyKey, InComparable, LanguageCode, MultiSelect,
    PrincipalId,
};
pub use literal::Literal;
pub use operand::{Operand, RowOf};
pub use path::{Path, PathStep, Via};
