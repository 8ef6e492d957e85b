//! Reads the source files in a zip archive, such as an exported solution, in memory. The number, size and
//! compression of the entries are limited, and nothing is unpacked to disk.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{Host, SourceFile};

/// The maximum number of entries of an archive. A solution with all its web resources has a few thousand.
const MAX_ENTRIES: usize = 100_000;

/// The maximum size in bytes of one entry, and the maximum of all entries that are read.
const MAX_ENTRY: u64 = 64 << 20;
const MAX_TOTAL: u64 = 512 << 20;

/// The highest ratio of an entry's size to its compressed size, for entries larger than [`FREE`]. The XML of
/// solutions has a ratio of about 30; deflate can reach 1,000.
const MAX_RATIO: u64 = 250;

/// The size in bytes up to which the compression ratio of an entry is not checked.
const FREE: u64 = 1 << 20;

/// An entry of an archive that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedEntry {
    /// The path of the archive with that of the entry, such as `Solution.zip!/Workflows/x.json`.
    pub path: PathBuf,
    /// A sentence with the reason.
    pub why: String,
}

/// Returns whether the file at `path` is an archive, by the extension of its name.
#[must_use]
pub fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}

/// Reads the archive `bytes`, which is the file at `path`, and calls `each` with every source file in it. Their
/// paths are those of the archive with that of the entry: `Solution.zip!/Workflows/x.json`. They cannot be
/// written. Entries whose language is not known are passed over. Returns the entries that cannot be read.
///
/// # Errors
/// Returns a sentence as an error if the file is not an archive, is damaged or has too many entries.
pub fn read_archive(
    path: &Path,
    bytes: &[u8],
    mut each: impl FnMut(SourceFile),
) -> Result<Vec<SkippedEntry>, String> {
    let damaged = |error: ZipError| format!("this ZIP archive cannot be read: {error}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > MAX_ENTRIES {
        return Err(format!("this ZIP archive has more than {MAX_ENTRIES} entries"));
    }
    let mut skipped = Vec::new();
    let mut total = 0_u64;
    for index in 0..archive.len() {
        let (name, enclosed, packed, size, is_file) = {
            let entry = archive.by_index_raw(index).map_err(damaged)?;
            let name = entry.name().map_err(damaged)?.into_owned();
            (name, entry.enclosed_name(), entry.compressed_size(), entry.size(), entry.is_file())
        };
        if !is_file || Host::of_path(Path::new(&name)).is_none() {
            continue;
        }
        let Some(enclosed) = enclosed else {
            skipped.push(SkippedEntry {
                path: inner_path(path, Path::new(&name)),
                why: "its name leads out of the archive".to_owned(),
            });
            continue;
        };
        let inner = inner_path(path, &enclosed);
        total = total.saturating_add(size);
        let content = match refusal(size, packed, total) {
            Some(why) => Err(why),
            None => archive.by_index(index).map_err(|error| error.to_string()).and_then(|entry| {
                let mut content = Vec::new();
                // The size in the directory of the archive need not be true.
                match entry.take(size + 1).read_to_end(&mut content) {
                    Err(error) => Err(format!("it cannot be unpacked: {error}")),
                    Ok(_) if content.len() as u64 > size => {
                        Err("it is larger than the archive says".to_owned())
                    }
                    Ok(_) => Ok(content),
                }
            }),
        };
        match content.and_then(|content| SourceFile::new(inner.clone(), content).map_err(str::to_owned)) {
            Ok(Some(file)) => each(file.in_archive()),
            Ok(None) => {}
            Err(why) => skipped.push(SkippedEntry { path: inner, why }),
        }
    }
    Ok(skipped)
}

/// Returns the path of the entry `entry` of the archive at `path`.
fn inner_path(path: &Path, entry: &Path) -> PathBuf {
    let mut whole = path.as_os_str().to_owned();
    whole.push("!/");
    whole.push(entry);
    PathBuf::from(whole)
}

/// Returns the reason for not unpacking an entry; `None` if there is none. `total` is the size of the entries
/// up to this one.
fn refusal(size: u64, packed: u64, total: u64) -> Option<String> {
    if size > MAX_ENTRY {
        Some(format!("it is larger than {} MiB", MAX_ENTRY >> 20))
    } else if total > MAX_TOTAL {
        Some(format!("with it more than {} MiB are to be read", MAX_TOTAL >> 20))
    } else if size > FREE && size / packed.max(1) > MAX_RATIO {
        Some(format!("{packed} bytes that unpack to {size}, which no source file does"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn an_entry_is_refused_just_above_each_limit() {
        let total = "with it more than 512 MiB are to be read";
        for (size, packed, whole, why) in [
            (MAX_ENTRY, MAX_ENTRY, MAX_ENTRY, None),
            (MAX_ENTRY + 1, MAX_ENTRY, MAX_ENTRY + 1, Some("it is larger than 64 MiB")),
            (10, 10, MAX_TOTAL, None),
            (10, 10, MAX_TOTAL + 1, Some(total)),
            (FREE, 1, FREE, None),
            (FREE + 1, 1, FREE + 1, Some("1 bytes that unpack to 1048577, which no source file does")),
            (FREE + 1, 0, FREE + 1, Some("0 bytes that unpack to 1048577, which no source file does")),
            (251 * 5000 - 1, 5000, 0, None),
            (251 * 5000, 5000, 0, Some("5000 bytes that unpack to 1255000, which no source file does")),
        ] {
            assert_eq!(refusal(size, packed, whole).as_deref(), why, "{packed} to {size}, {whole} in all");
        }
    }

    #[test]
    fn an_archive_that_is_none_or_is_cut_or_has_names_outside_is_told() {
        let path = Path::new("a.zip");
        let none = |_: SourceFile| panic!("there is no file");
        let why = read_archive(path, b"no archive", none).unwrap_err();
        assert!(why.starts_with("this ZIP archive cannot be read: "), "{why}");
        let whole =
            archive(&[("a.odata", b"contacts?$top=1"), ("../b.odata", b"x"), ("c.txt", b"x"), ("d/", b"")]);
        let mut read = Vec::new();
        let skipped = read_archive(path, &whole, |file| read.push(file.path.clone())).unwrap();
        assert_eq!(read, [Path::new("a.zip!/a.odata")]);
        let expected = SkippedEntry {
            path: PathBuf::from("a.zip!/../b.odata"),
            why: "its name leads out of the archive".to_owned(),
        };
        assert_eq!(skipped, [expected]);
        assert!(read_archive(path, &whole[..whole.len() - 1], none).is_err(), "the archive is cut");
        assert!(is_archive(Path::new("a/B.ZIP")) && is_archive(path), "archives by their names");
        assert!(!is_archive(Path::new("zip")) && !is_archive(Path::new("a.zip.txt")), "no archives");
    }

    #[test]
    fn entries_are_source_files_that_cannot_be_written() {
        let fetch = b"<savedquery><fetchxml><fetch><entity name='account'/></fetch></fetchxml></savedquery>";
        let large = vec![b' '; 4 << 20];
        let bytes = archive(&[
            ("customizations.xml", fetch),
            ("bin/plugin.dll", b"MZ"),
            ("../out.xml", fetch),
            ("bomb.xml", &large),
            ("broken.json", b"a\0b"),
        ]);
        let mut files = Vec::new();
        let skipped = read_archive(Path::new("dir/Solution.zip"), &bytes, |file| files.push(file)).unwrap();
        let [file] = &files[..] else { panic!("{files:?}") };
        assert_eq!(file.path, Path::new("dir/Solution.zip!/customizations.xml"));
        assert_eq!(file.found().len(), 1);
        assert!(file.write(file).unwrap_err().to_string().contains("archive"));
        let reasons: Vec<_> = skipped.iter().map(|entry| entry.why.as_str()).collect();
        assert_eq!(reasons.len(), 3, "{reasons:?}");
        assert!(reasons[0].contains("leads out") && reasons[1].contains("unpack to"), "{reasons:?}");
        assert!(read_archive(Path::new("x.zip"), b"PK\x03\x04", |_| ()).is_err());
    }
}
