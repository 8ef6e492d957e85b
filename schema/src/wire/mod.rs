//! Reads and writes ([`write`](mod@write)) the Web API's metadata JSON.
//!
//! [`read`] takes
//! - a `RetrieveMetadataChanges` response, with or without its envelope,
//! - an `EntityDefinitions` collection or a single definition, with `Attributes`, `Keys` and relationships
//!   expanded,
//! - `EntityDefinitions(..)/Attributes`, cast to a type or not, with `OptionSet` and `GlobalOptionSet`
//!   expanded,
//! - `GlobalOptionSetDefinitions`, and `RelationshipDefinitions`,
//! - arrays of definitions, and objects in which tools wrap them (`{"entity": …, "attributes": […]}`).
//!
//! # Properties that were not requested
//! A property that is absent or `null` states nothing. A `RetrieveMetadataChanges` response has *all*
//! properties of its types, requested or not: nullable ones are then `null`, but a value type has its
//! default. Of all properties that are read here only `IsValidODataAttribute` is of a value type, and it
//! decides whether queries can name a column.
//!
//! It is therefore believed if it is `true` for at least one column of the table, since every table of the
//! Web API has a key. `false` on all columns is believed only outside `RetrieveMetadataChanges`, and only if
//! `IsValidForRead` was requested too. Otherwise [`Column::odata`](crate::Column::odata) stays `None`. A
//! caller that requested the flag reads with [`read_with_odata_flags`].

mod columns;
mod context;
mod options;
mod read;
mod relations;
mod tables;
mod types;
pub mod write;

use std::fmt;

use crate::Schema;

pub use read::{read, read_with_odata_flags};

/// The annotation of a table of which only a part is known. [`write`] writes it; the service never does.
pub(crate) const PARTIAL: &str = "@dvkit.partial";

/// The schema that was read from a source, and what was left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportedSchema {
    /// The schema, which may be a part of an organisation only.
    pub schema: Schema,
    /// The parts of the source that were left out, with the reasons.
    pub skipped: Vec<SkippedItems>,
}

/// Parts of a source that were left out for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SkippedItems {
    /// The kind of the parts: `complex types`, `relationships`.
    pub what: String,
    /// The reason for leaving them out.
    pub why: String,
    /// The number of parts.
    pub count: usize,
}

impl ImportedSchema {
    /// Counts parts that are left out.
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

/// The reason why a text could not be read as metadata JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    /// The line, from 1; 0 if the error concerns the text as a whole.
    pub line: usize,
    /// The column, from 1; 0 if the error concerns the line as a whole.
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
