//! Values of columns that have no type in a library: choices, lookups, images, files, managed properties.

mod choice;
mod file;
mod lookup;

pub use choice::{
    ChoiceOption, ChoiceOptions, ChoiceSet, ChoiceValue, ChoiceValues, ResolvedChoice, UnknownOption,
    debug_choice,
};
pub use file::{FileId, Image, ManagedProperty};
pub use lookup::{Lookup, Ref};
