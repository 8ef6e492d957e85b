//! The Web API's metadata JSON: read in every shape that it is saved in, and written ([`write`](mod@write)).
//!
//! [`read`] takes
//! - a `RetrieveMetadataChanges` response, with or without its envelope,
//! - an `EntityDefinitions` collection or a single definition, with `Attributes`, `Keys` and relationships expanded,
//! - `EntityDefinitions(..)/Attributes`, cast to a type or not, with `OptionSet` and `GlobalOptionSet` expanded,
//! - `GlobalOptionSetDefinitions`, and `RelationshipDefinitions`,
//! - arrays of definitions, and objects that tools wrap around them (`{"entity": …, "attributes": […]}`).
//!
//! # What is believed
//! A property that is absent or `null` says nothing. `RetrieveMetadataChanges` answers with *all* properties of its types,
//! whether they were asked for or not: nullable ones are then `null`, but a value type has its default.
//! Of all the properties read here only `IsValidODataAttribute` is such a type, and it decides whether a column can be
//! queried. So it is believed where it is `true` for at least one column of the table (every table of the Web API has
//! a key); `false` on all columns is believed only outside `RetrieveMetadataChanges`, and where
//! `IsValidForRead` was asked for too. Else [`Column::odata`](crate::Column::odata) stays open. Who has asked for it, and knows,
//! reads with [`read_asked`].

mod columns;
mod options;
mod read;
mod relations;
mod tables;
mod types;
pub mod write;

use std::fmt;

use crate::Schema;

pub use read::{read, read_asked};

/// The annotation of a table that is known in part; [`write`] writes it, and no service does.
pub(crate) const PARTIAL: &str = "@dvkit.partial";

/// What was read from a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportedSchema {
    /// The model; it may be a part of an organisation only.
    pub schema: Schema,
    /// What the source has beside it and the model has no place for, by name.
    pub skipped: Vec<SkippedItems>,
}

/// Something that a source has and that was not taken over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SkippedItems {
    /// What it is: `complex types`, `relationships`.
    pub what: String,
    /// Why it was left out.
    pub why: String,
    /// How many there are.
    pub count: usize,
}

impl ImportedSchema {
    /// Counts things that are left out.
    pub fn skip(&mut self, what: &str, why: &str, count: usize) {
        if count == 0 {
            return;
        }
        match self.skipped.iter_mut().find(|s| s.what == what && s.why == why) {
            Some(known) => known.count += count,
            None => self.skipped.push(SkippedItems { what: what.to_owned(), why: why.to_owned(), count }),
        }
    }
}

impl fmt::Display for SkippedItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.count, self.what, self.why)
    }
}

/// Why a text is not metadata JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    /// Line, from 1; 0 where the text as a whole is meant.
    pub line: usize,
    /// Column, from 1; 0 where the line as a whole is meant.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}: ", self.line, self.column)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for WireError {}

#[cfg(test)]
mod tests;
