//! Opens the sample organisation that is embedded in the program. Commands use it if the user has no snapshot
//! yet.

use dvkit_schema::Store;

use crate::Error;

/// The files of the sample snapshot. Each has a path and a text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sample.rs"));

/// Opens the embedded sample organisation.
///
/// # Errors
/// Returns an error if the crate was built outside of its repository, because it then contains no sample.
pub fn open() -> Result<Store, Error> {
    if FILES.is_empty() {
        return Err(Error::NoSchema);
    }
    Store::from_files(FILES).map_err(Error::Sample)
}
