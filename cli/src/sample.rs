//! The sample organisation that is part of the program.

use anyhow::{Context as _, Result, bail};
use dvkit_schema::Store;

/// The files of the snapshot: path and text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sample.rs"));

/// The one sentence about it, said once wherever it is used.
pub(crate) const NOTICE: &str = "note: this is the sample organisation that comes with dvkit; bring yours with \
     `dvkit schema import metadata.xml -o schema/`";

/// The embedded snapshot.
pub(crate) fn open() -> Result<Store> {
    if FILES.is_empty() {
        bail!(
            "no schema found: give `--schema DIR`, or a `dvkit.toml` with `schema = \"DIR\"`, or make `./schema` with \
             `dvkit schema import FILE… -o schema/`"
        );
    }
    Store::from_files(FILES).context("the embedded sample organisation")
}
