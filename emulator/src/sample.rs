//! The sample organisations embedded in the crate.

use dvkit_schema::{Schema, Store};

/// The files of the sample snapshots, as path and text, by the name of the organisation.
const FILES: &[(&str, &[(&str, &str)])] = include!(concat!(env!("OUT_DIR"), "/sample.rs"));

/// A sample organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sample {
    /// The sample organisation that is served unless another one is named.
    Contoso,
    /// An organisation with the same standard tables, customised in another way.
    Fabrikam,
}

impl Sample {
    fn name(self) -> &'static str {
        match self {
            Self::Contoso => "contoso",
            Self::Fabrikam => "fabrikam",
        }
    }

    /// Returns the schema of the organisation.
    ///
    /// # Errors
    /// Returns an error if the crate was built outside of its repository, and so without the samples.
    pub(crate) fn schema(self) -> Result<Schema, String> {
        match FILES.iter().find(|(name, files)| *name == self.name() && !files.is_empty()) {
            Some((_, files)) => {
                Store::from_files(files).and_then(|store| store.load()).map_err(|e| e.to_string())
            }
            None => Err("this build of the emulator does not contain the sample organisation".to_owned()),
        }
    }

    /// Returns the sample data of the organisation: accounts, contacts, opportunities and others, in JSON.
    pub(crate) fn rows(self) -> &'static str {
        match self {
            Self::Contoso => include_str!("data/seed/sample.json"),
            Self::Fabrikam => include_str!("data/seed/fabrikam.json"),
        }
    }
}
