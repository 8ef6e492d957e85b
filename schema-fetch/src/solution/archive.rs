//! Reads the zip file of a solution in memory. The number, size and compression of the entries are limited,
//! and nothing is unpacked to disk.

use std::io::{Cursor, Read as _};
use std::path::PathBuf;

use dvkit_schema::wire::ImportedSchema;
use zip::ZipArchive;

use super::{Reader, layout};
use crate::sniff;
use crate::xml::{MAX_TEXT, XmlError};

/// The maximum number of entries of a zip file. A solution with all its web resources has a few thousand.
const MAX_ENTRIES: usize = 100_000;

/// The highest ratio of an entry's size to its compressed size, for entries larger than [`FREE`]. The XML of
/// solutions has a ratio of about 30; deflate can reach 1,000.
const MAX_RATIO: u64 = 250;

/// The size in bytes up to which the compression ratio of an entry is not checked.
const FREE: u64 = 1 << 20;

/// Returns whether the bytes begin like a zip file.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    matches!(bytes, [b'P', b'K', 3 | 5, ..])
}

/// Reads the solution in a zip file. It may be an exported solution, which contains `customizations.xml`, or
/// the zipped folder of an unpacked solution.
///
/// # Errors
/// Returns an error if the file is damaged, encrypted, not a solution, or suspiciously compressed. The error
/// names the entry and what is wrong with it.
pub(crate) fn read(bytes: &[u8]) -> Result<ImportedSchema, XmlError> {
    let damaged = |e: zip::result::ZipError| {
        XmlError::whole(format!(
            "this ZIP archive cannot be read: {e}; expected a solution as it is exported"
        ))
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > MAX_ENTRIES {
        return Err(XmlError::whole(format!("this zip has more than {MAX_ENTRIES} entries")));
    }
    let mut reader = Reader::default();
    let (mut parts, mut total) = (0_usize, 0_u64);
    for index in 0..archive.len() {
        let (path, packed, size) = {
            let entry = archive.by_index_raw(index).map_err(damaged)?;
            (entry.enclosed_name(), entry.compressed_size(), entry.size())
        };
        let Some(path): Option<PathBuf> = path else {
            return Err(XmlError::whole(
                "this zip has an entry that leads out of its folder, which is refused",
            ));
        };
        let is_manifest = layout::manifest_of(&path).is_some();
        if layout::root_of(&path).is_none() && !is_manifest {
            continue;
        }
        parts += usize::from(!is_manifest);
        total = total.saturating_add(size);
        let of =
            |e: XmlError| XmlError { message: format!("`{}` in it: {}", path.display(), e.message), ..e };
        if total > MAX_TEXT as u64 {
            let message = format!("with it more than {} MiB are to be read", MAX_TEXT >> 20);
            return Err(of(XmlError::whole(message)));
        }
        if size > FREE && size / packed.max(1) > MAX_RATIO {
            let message = format!("{packed} bytes that unpack to {size}, which no solution does");
            return Err(of(XmlError::whole(message)));
        }
        let entry = archive.by_index(index).map_err(|e| of(damaged(e)))?;
        let mut contents = Vec::new();
        // The size in the zip directory need not be true.
        let read = entry.take(size + 1).read_to_end(&mut contents);
        read.map_err(|e| of(XmlError::whole(format!("it cannot be unpacked: {e}"))))?;
        if contents.len() as u64 > size {
            return Err(of(XmlError::whole("it is larger than the zip says")));
        }
        if is_manifest {
            if let Ok(text) = sniff::decode(&contents) {
                reader.manifest(&text);
            }
            continue;
        }
        let text = sniff::decode(&contents)
            .map_err(|(line, column, message)| of(XmlError { line, column, message }))?;
        reader.add(&text).map_err(of)?;
    }
    if parts == 0 {
        return Err(XmlError::whole(
            "this zip has no solution; expected `customizations.xml` in it, as a solution is exported",
        ));
    }
    Ok(reader.finish())
}
