//! Rewrites: the meaning of each form that Dataverse refuses, and how to write it. Each file contains one
//! form.
//!
//! A rewrite is a step of the resolver. It returns the *meaning* of the form, with which resolving continues,
//! and reports a diagnostic whose fix has that meaning: resolving the fixed text gives an equal HIR. This is
//! tested for every rewrite. Each file says whether its rewrite is exact, which means that the same rows
//! match as in standard OData. A rewrite that changes the matching rows says so in its message.

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

pub(crate) use caller::caller_word;
pub(crate) use name_column::joined_columns;
pub(crate) use polymorphic::most_specific;
