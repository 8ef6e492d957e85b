//! The sample organisation that is part of the program.

use dvkit_schema::Store;

use crate::Error;

/// The files of the snapshot: path and text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sample.rs"));

/// Opens the sample organisation, which is compiled into the program.
///
/// # Errors
/// Where the crate was built without it, outside of its repository.
pub fn open() -> Result<Store, Error> {
    if FILES.is_empty() {
        return Err(Error::NoSchema);
    }
    Store::from_files(FILES).map_err(Error::Sample)
}
