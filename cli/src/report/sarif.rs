//! Reports findings as one SARIF document, for code scanning.

use std::io;
use std::path::Path;

use anyhow::{Context as _, Result};
use dvkit_diagnostic::sarif::{Location, Log};

use tempfile::SpooledTempFile;

use super::{CheckResult, QueryOrigin, Report, Totals};
use crate::output::Screen;

/// The maximum size, in bytes, of a document that is kept in memory: 4 MiB. A larger document is kept in a
/// temporary file.
const MAX_IN_MEMORY: usize = 4 << 20;

/// The SARIF document with the findings so far; `None` after the document was printed. It is printed only at
/// the end of the run, so that a failed run prints no partial document.
pub(super) struct SarifReport(Option<Log<SpooledTempFile>>);

impl SarifReport {
    pub(super) fn new() -> Self {
        let places = [(); 3].map(|()| SpooledTempFile::new(MAX_IN_MEMORY));
        Self(Some(Log::with_storage(env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_REPOSITORY"), places)))
    }

    /// Calls `add` with the document and the location of the query, to append a result. Returns an error if
    /// the temporary file of the results cannot be written.
    fn with(
        &mut self,
        origin: &QueryOrigin,
        add: impl FnOnce(&mut Log<SpooledTempFile>, &Location<'_>) -> io::Result<()>,
    ) -> Result<()> {
        let Some(log) = &mut self.0 else { return Ok(()) };
        at(origin, |at| add(log, at)).context("cannot keep the results in a temporary file")
    }
}

impl Report for SarifReport {
    fn result(&mut self, _: &mut Screen, result: &CheckResult<'_>) -> Result<()> {
        self.with(result.origin, |log, at| log.add(at, result.source, result.located))
    }

    fn unusable(&mut self, _: &mut Screen, _: usize, origin: &QueryOrigin, why: &str) -> Result<()> {
        self.with(origin, |log, at| log.add_failure(at, why))
    }

    fn finish(&mut self, screen: &mut Screen, _: &Totals) -> Result<()> {
        let Some(log) = self.0.take() else { return Ok(()) };
        Ok(screen.document(|mut to| log.finish(&mut to))?)
    }
}

fn at<T>(origin: &QueryOrigin, add: impl FnOnce(&Location<'_>) -> T) -> T {
    match origin {
        QueryOrigin::Given(name) => add(&Location::Named { name: name.as_deref().unwrap_or("query") }),
        QueryOrigin::Line { file, line, utf16_start } => {
            add(&Location::File { uri: &uri(Path::new(file)), line: *line, offset: *utf16_start })
        }
    }
}

/// Returns a path as a URI. It is relative to the working directory if the path is below this directory.
fn uri(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let inside = here.and_then(|here| path.strip_prefix(here).ok());
    let path = inside.unwrap_or(path);
    let mut text = path.to_string_lossy().into_owned();
    if cfg!(windows) {
        text = text.replace('\\', "/");
    }
    let mut uri = match (path.is_absolute(), text.starts_with('/')) {
        (false, _) => String::new(),
        (true, true) => "file://".to_owned(),
        // A Windows path, `C:/…`.
        (true, false) => "file:///".to_owned(),
    };
    for byte in text.strip_prefix("./").unwrap_or(&text).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri(Path::new("./queries/a b.odata")), "queries/a%20b.odata");
        assert_eq!(uri(Path::new("a:é%.odata")), "a%3A%C3%A9%25.odata");
        let here = std::env::current_dir().unwrap();
        assert_eq!(uri(&here.join("a/b.odata")), "a/b.odata");
        assert!(uri(&here.with_file_name("elsewhere")).starts_with("file:///"));
    }

    #[test]
    fn only_unreserved_characters_of_a_path_stay_in_its_uri() {
        for (path, shown) in [
            ("azAZ09/-._~", "azAZ09/-._~"),
            ("./a", "a"),
            ("././a", "./a"),
            ("a/./b", "a/./b"),
            (".a", ".a"),
            ("a?b#c[d]&e", "a%3Fb%23c%5Bd%5D%26e"),
            ("@{`", "%40%7B%60"),
            ("", ""),
        ] {
            assert_eq!(uri(Path::new(path)), shown, "{path}");
        }
        #[cfg(unix)]
        for (path, shown) in
            [("/no such/folder", "file:///no%20such/folder"), ("/", "file:///"), ("a\\b/c\\", "a%5Cb/c%5C")]
        {
            assert_eq!(uri(Path::new(path)), shown, "{path}");
        }
    }
}
