//! Defines the types for the values of choice, lookup, image, file and managed property columns. Values of
//! other columns are ordinary Rust types.

mod choice;
mod file;
mod lookup;

pub use choice::{
    ChoiceOption, ChoiceOptions, ChoiceSet, ChoiceValue, ChoiceValues, ResolvedChoice, UnknownOption,
    debug_choice,
};
pub use file::{FileId, Image, ManagedProperty};
pub use lookup::{Lookup, Ref};
