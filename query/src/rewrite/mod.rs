//! Contains the rewrites: for each form of a condition that Dataverse refuses, its meaning and an equivalent
//! form that Dataverse accepts. Each file contains one form. The resolver calls a rewrite as one of its
//! steps.
//!
//! A rewrite returns the *meaning* of the form, with which resolving continues, and reports a diagnostic with
//! a fix. Resolving the fixed text gives an equal HIR, which is tested for every rewrite. Each file says
//! whether its rewrite is exact, which means that the same rows match as in standard OData; otherwise the
//! message says how the matching rows change.

mod arithmetic;
mod caller;
mod choice;
mod collection;
mod count;
mod date_range;
mod has;
mod in_operator;
mod lookup_column;
mod multi_select;
mod name_column;
mod navigation_value;
mod negated_function;
mod owner;
mod party_list;
mod polymorphic;
mod string_case;
mod text_length;
mod unquoted_text;

pub(crate) use name_column::joined_columns;
pub(crate) use polymorphic::most_specific;
