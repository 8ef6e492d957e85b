//! Values of columns that have no type in a library: choices, lookups, images, files, managed properties.

mod choice;
mod file;
mod lookup;

pub use choice::{Choice, ChoiceOption, ChoiceSet, Choices, Known, OptionTable, Options, Unknown};
pub use file::{FileId, Image, Managed};
pub use lookup::{Lookup, Ref};
