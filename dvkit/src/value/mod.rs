//! The types of column values that no library has: choices, lookups, images, files and managed properties.

mod choice;
mod file;
mod lookup;

pub use choice::{
    ChoiceOption, ChoiceOptions, ChoiceSet, ChoiceValue, ChoiceValues, ResolvedChoice, UnknownOption,
    debug_choice,
};
pub use file::{FileId, Image, ManagedProperty};
pub use lookup::{Lookup, Ref};
