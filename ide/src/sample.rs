//! The sample organisation embedded in the program.

use dvkit_schema::Store;

use crate::Error;

/// The files of the sample snapshot, as path and text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sample.rs"));

/// Opens the embedded sample organisation.
///
/// # Errors
/// If the crate was built outside of its repository, and so without the sample.
pub fn open() -> Result<Store, Error> {
    if FILES.is_empty() {
        return Err(Error::NoSchema);
    }
    Store::from_files(FILES).map_err(Error::Sample)
}
