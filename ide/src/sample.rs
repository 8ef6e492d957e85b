//! Opens the sample organisations that are embedded in the program. Commands use the first one if the user has no
//! snapshot yet, and both by their names.

use dvkit_schema::Store;

use crate::Error;

/// The files of the sample snapshots, by the name of the organisation. Each file has a path and a text.
const FILES: &[(&str, &[(&str, &str)])] = include!(concat!(env!("OUT_DIR"), "/sample.rs"));

/// A sample organisation that is embedded in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// The organisation that is used if the user has no snapshot: base language English, with labels in German and
    /// French.
    Contoso,
    /// An organisation with the same standard tables that is customised in another way: other columns and choices, a
    /// renamed table, base language German.
    Fabrikam,
}

impl Sample {
    /// All sample organisations.
    pub const ALL: [Self; 2] = [Self::Contoso, Self::Fabrikam];

    /// Returns the name of the organisation on the command line, such as `fabrikam`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Contoso => "contoso",
            Self::Fabrikam => "fabrikam",
        }
    }

    /// Returns the sample organisation with this name; `None` if there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sample| sample.name() == name)
    }

    /// Opens the snapshot of the organisation.
    ///
    /// ```
    /// use dvkit_ide::sample::Sample;
    ///
    /// let store = Sample::Fabrikam.open()?;
    /// assert_eq!(store.org().base_language, Some(1031));
    /// # Ok::<(), dvkit_ide::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the crate was built outside of its repository, because it then contains no sample.
    pub fn open(self) -> Result<Store, Error> {
        match FILES.iter().find(|(name, files)| *name == self.name() && !files.is_empty()) {
            Some((_, files)) => Store::from_files(files).map_err(Error::Sample),
            None => Err(Error::NoSchema),
        }
    }
}

/// Opens the sample organisation that is used if the user has no snapshot.
///
/// # Errors
/// Returns an error if the crate was built outside of its repository, because it then contains no sample.
pub fn open() -> Result<Store, Error> {
    Sample::Contoso.open()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sample_is_found_by_its_name_and_opens() {
        for sample in Sample::ALL {
            assert_eq!(Sample::named(sample.name()), Some(sample));
            let store = sample.open().unwrap();
            assert!(store.org().url.as_deref().unwrap().contains(sample.name()));
            for table in ["account", "contact", "opportunity", "task", "systemuser", "annotation"] {
                assert!(store.table(table).unwrap().is_some(), "{}: {table}", sample.name());
            }
        }
        assert_eq!(Sample::named("Fabrikam"), None);
    }
}
