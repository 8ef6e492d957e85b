//! One SARIF document a run.

use std::path::Path;

use anyhow::Result;
use dvkit_diagnostic::sarif::{Log, Place as At};

use super::{Answer, Place, Report, Totals};
use crate::output::Screen;

/// The document as far as it goes.
pub(super) struct Scan(Log);

impl Scan {
    pub(super) fn new() -> Self {
        Self(Log::new(env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_REPOSITORY")))
    }
}

impl Report for Scan {
    fn answer(&mut self, _: &mut Screen, answer: &Answer<'_>) -> Result<()> {
        at(answer.place, |place| self.0.add(place, answer.source, answer.located));
        Ok(())
    }

    fn unusable(&mut self, _: &mut Screen, _: usize, place: &Place, why: &str) -> Result<()> {
        at(place, |place| self.0.unusable(place, why));
        Ok(())
    }

    fn finish(&mut self, screen: &mut Screen, _: &Totals) -> Result<()> {
        let document = self.0.clone().into_value();
        Ok(screen.document(|to| Ok(serde_json::to_writer(to, &document)?))?)
    }
}

fn at(place: &Place, add: impl FnOnce(&At<'_>)) {
    match place {
        Place::Given(name) => add(&At::Given { name: name.as_deref().unwrap_or("query") }),
        Place::Line { file, number, offset } => {
            add(&At::File { uri: &uri(Path::new(file)), line: *number, offset: *offset });
        }
    }
}

/// A path as a URI: relative to the working directory where it is below it.
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
        // `C:/…`
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
}
