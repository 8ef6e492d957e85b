//! The sample organisation embedded in the crate.

use dvkit_schema::{Schema, Store};

/// The files of the sample snapshot, as path and text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sample.rs"));

/// Returns the schema of the sample organisation.
///
/// # Errors
/// Returns an error if the crate was built outside of its repository, and so without the sample.
pub(crate) fn schema() -> Result<Schema, String> {
    if FILES.is_empty() {
        return Err("this build of the emulator does not contain the sample organisation".to_owned());
    }
    Store::from_files(FILES).and_then(|store| store.load()).map_err(|e| e.to_string())
}
