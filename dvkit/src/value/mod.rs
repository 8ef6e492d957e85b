//! Values of columns that have no type in a library: choices, lookups, images, files, managed properties.

mod choice;
mod file;
mod lookup;

pub use choice::{Choice, ChoiceOption, ChoiceSet, Choices, Known, Options, Unknown, debug_choice};
pub use file::{FileId, Image, Managed};
pub use lookup::{Lookup, Ref};
