//! The laws: one refused form a file, what it means, and how Dataverse wants it written.
//!
//! A law is a step of the resolver. It gives the *meaning* to go on with and a diagnostic whose fix spells that
//! meaning, so that resolving the fixed text gives the same HIR: this is tested for every law. Each file says whether
//! its law is exact (the same rows match as standard OData says) or what it changes; a law that changes rows says so
//! in its message.

mod arithmetic;
mod caller;
mod choice;
mod collection;
mod companion;
mod count;
mod date_range;
mod has;
mod in_operator;
mod lookup_column;
mod multi_select;
mod navigation_value;
mod negated_function;
mod owner;
mod party_list;
mod polymorphic;
mod string_case;
mod text_length;
mod unquoted_text;

pub(crate) use caller::caller_word;
pub(crate) use polymorphic::{most_specific, names};
