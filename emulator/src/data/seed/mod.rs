//! Rows that the emulator has from its start.
//!
//! Seeds are JSON (an object with an array of rows for each table), files with JSON or CSV, the sample data, or
//! random rows. `parse` reads them as rows of a table with named members, `plan` finds the table, the id, the
//! values and the references of each row, and `apply` writes the rows, each after those that it refers to. Rows
//! are written like those of a request, with the service's defaults and rules. Columns that a request cannot
//! write, such as `createdon` and `statecode`, get the values of the seeds afterwards.

mod apply;
mod parse;
mod plan;
mod random;
mod references;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value as Json;

use super::service_error::ServiceError;
use super::session::Session;
use crate::sample::Sample;
use crate::state::ServerState;

/// The name of the caller who writes the seeds.
pub(crate) const SEED_CALLER: &str = "dvkit";

/// A source of rows.
#[derive(Clone, Debug)]
pub(crate) enum SeedSource {
    /// An object with an array of rows for each table.
    Json(Json),
    /// A file with JSON or CSV.
    File(PathBuf),
    /// The sample data of a sample organisation.
    Sample(Sample),
    /// Random rows of every table.
    Random {
        /// The number of rows for each table.
        rows: usize,
        /// The seed of the random numbers.
        seed: u64,
    },
}

/// The reason why seeds are refused, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeedError {
    /// The path of the file; `None` if the rows are not from a file.
    pub file: Option<String>,
    /// The table, as the seeds name it.
    pub table: Option<String>,
    /// The number of the row within its table, from 1. In a CSV file it is the number of the line.
    pub row: Option<usize>,
    /// The column or member.
    pub column: Option<String>,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl SeedError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut places: Vec<String> = self.file.iter().cloned().collect();
        places.extend(self.table.clone());
        places.extend(self.row.map(|row| match &self.file {
            Some(file) if parse::is_csv(file) => format!("line {row}"),
            _ => format!("row {row}"),
        }));
        places.extend(self.column.as_ref().map(|column| format!("`{column}`")));
        match places.is_empty() {
            true => f.write_str(&self.message),
            false => write!(f, "{}: {}", places.join(", "), self.message),
        }
    }
}

impl std::error::Error for SeedError {}

impl From<ServiceError> for SeedError {
    fn from(error: ServiceError) -> Self {
        Self::new(error.message)
    }
}

/// A row of a seed, as written.
#[derive(Clone, Debug)]
struct SeedRow {
    file: Option<Arc<str>>,
    /// The table: its entity set or logical name.
    table: Arc<str>,
    /// The number of the row, from 1; the line in a CSV file.
    row: usize,
    members: Vec<(String, Json)>,
}

impl SeedRow {
    /// Returns an error at this row, or at a member of it.
    fn error(&self, column: Option<&str>, message: impl Into<String>) -> SeedError {
        SeedError {
            file: self.file.as_ref().map(ToString::to_string),
            table: Some(self.table.to_string()),
            row: Some(self.row),
            column: column.map(str::to_owned),
            message: message.into(),
        }
    }
}

/// Writes the rows of these sources, all or none. Rows that exist already are changed.
///
/// # Errors
/// Returns an error if a source cannot be read, or if a row is refused.
pub(crate) fn apply(shared: &ServerState, sources: &[SeedSource]) -> Result<(), SeedError> {
    if sources.is_empty() {
        return Ok(());
    }
    let state = shared.organisation.now();
    let rows = shared.rows.lock();
    let session = Session::new(shared, &state, &rows, SEED_CALLER)?.without_strict_mode();
    let mut refused = None;
    let written = rows.transaction(|| {
        write(&session, sources).map_err(|error| {
            let message = error.message.clone();
            refused = Some(error);
            ServiceError::bad(message)
        })
    });
    match (refused, written) {
        (Some(error), _) => Err(error),
        (None, result) => result.map_err(SeedError::from),
    }
}

fn write(session: &Session<'_>, sources: &[SeedSource]) -> Result<(), SeedError> {
    let mut rows = Vec::new();
    for source in sources {
        match source {
            SeedSource::Json(json) => parse::json(None, json, &mut rows)?,
            SeedSource::File(path) => parse::file(path, &mut rows)?,
            SeedSource::Sample(sample) => {
                let json = serde_json::from_str(sample.rows()).map_err(|e| SeedError::new(e.to_string()))?;
                parse::json(None, &json, &mut rows)?;
            }
            SeedSource::Random { rows: count, seed } => random::rows(session, *count, *seed, &mut rows),
        }
    }
    let plan = plan::plan(session, &rows)?;
    apply::apply(session, &rows, plan)
}
