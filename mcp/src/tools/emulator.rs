//! Keeps the emulators that the tool `run` sends its queries to: one for each organisation, in this process, made
//! when it is first used.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use dvkit_emulator::{Emulator, InProcessEmulator};
use dvkit_ide::sample::Sample;

use super::{ToolError, Tools, with_causes};

/// A source of rows for the tool `run`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowSource {
    /// The rows of the sample organisation, which come with dvkit.
    Sample,
    /// A file with JSON or CSV, as [`EmulatorBuilder::seed_file`](dvkit_emulator::EmulatorBuilder::seed_file) takes
    /// it.
    File(PathBuf),
}

/// The emulators by organisation, with the sources of their rows.
#[derive(Debug, Default)]
pub(super) struct Emulators {
    sources: BTreeMap<Option<String>, Vec<RowSource>>,
    running: Mutex<BTreeMap<Option<String>, Arc<InProcessEmulator>>>,
}

impl Emulators {
    pub(super) fn add(&mut self, org: Option<String>, source: RowSource) {
        self.sources.entry(org).or_default().push(source);
    }

    /// Returns whether rows were given for the organisation.
    pub(super) fn has_rows(&self, org: Option<&str>) -> bool {
        self.sources.contains_key(&org.map(str::to_owned))
    }
}

impl Tools {
    /// Returns the emulator of an organisation.
    pub(super) fn emulator(&self, org: Option<&str>) -> Result<Arc<InProcessEmulator>, ToolError> {
        let key = org.map(str::to_owned);
        // Only one caller makes it; the others wait for it.
        let mut running = self.emulators.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(emulator) = running.get(&key) {
            return Ok(Arc::clone(emulator));
        }
        let sample = self.workspace.schemas.sample().filter(|_| org.is_none());
        let mut builder = match sample {
            Some(Sample::Contoso) => Emulator::sample(),
            Some(Sample::Fabrikam) => Emulator::fabrikam(),
            None => Emulator::from_store(self.workspace.store(org)?)?,
        };
        let sources = self.emulators.sources.get(&key).map_or(&[][..], Vec::as_slice);
        if sources.is_empty() && sample.is_some() {
            builder = builder.seed_sample();
        }
        for source in sources {
            builder = match source {
                RowSource::Sample => builder.seed_sample(),
                RowSource::File(path) => builder.seed_file(path),
            };
        }
        let emulator = builder.in_process().map_err(|error| {
            ToolError::new(format!("the rows for `run` cannot be read: {}", with_causes(&error)))
        })?;
        let emulator = Arc::new(emulator);
        running.insert(key, Arc::clone(&emulator));
        Ok(emulator)
    }
}
