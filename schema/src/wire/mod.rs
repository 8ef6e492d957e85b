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
//! If a property is absent or `null`, the fact is not known. A `RetrieveMetadataChanges` response has *all*
//! properties of its types, requested or not: nullable ones are then `null`, but a value type has its
//! default. Of the properties that are read here only `IsValidODataAttribute` has a value type. It says
//! whether queries can name a column.
//!
//! A table in the Web API has at least one column with `true`, its key. So the flags of a table are trusted
//! if one of them is `true`. `false` on all columns is trusted only outside `RetrieveMetadataChanges`, and
//! only if `IsValidForRead` was requested too. Otherwise [`Column::odata`](crate::Column::odata) stays
//! `None`. A caller that requested the flag reads with [`read_with_odata_flags`].

mod columns;
mod context;
mod options;
mod read;
mod relations;
mod tables;
pub mod transitions;
mod types;
pub mod write;

use std::fmt;

use crate::Schema;

pub use read::{read, read_with_odata_flags};

/// The annotation that marks a table of which only a part is known. [`write`] writes it; the service never
/// does.
pub(crate) const PARTIAL: &str = "@dvkit.partial";

/// The schema that was read from a source, and the parts of the source that were left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportedSchema {
    /// The schema, which may be a part of an organisation only.
    pub schema: Schema,
    /// The parts of the source that were left out; there is one entry for each kind and reason.
    pub skipped: Vec<SkippedItems>,
}

/// A number of parts of a source that were left out, all of one kind and for one reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SkippedItems {
    /// The kind of the parts: `complex types`, `relationships`.
    pub what: String,
    /// The reason why the parts were left out.
    pub why: String,
    /// The number of parts that were left out.
    pub count: usize,
}

impl ImportedSchema {
    /// Adds `count` parts of the kind `what`, left out for the reason `why`.
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

/// The reason why a text could not be read as metadata JSON, and the position of the mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    /// The line, counted from 1; 0 if the error is about the whole text.
    pub line: usize,
    /// The column, counted from 1; 0 if the error is about the whole line.
    pub column: usize,
    /// The message: what is wrong, and what was expected.
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
