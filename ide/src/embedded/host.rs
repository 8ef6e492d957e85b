//! Lists the host languages, and recognises the language of a file by its name.

use std::path::Path;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::{FoundText, SourceFile};

/// The language of a source file that may contain queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A file of queries (`.odata`, `.fetchxml`, `.jsonl`, `.ndjson`).
    Queries,
}

/// The properties of a host language.
struct HostInfo {
    host: Host,
    name: &'static str,
    /// The extensions of files in this language, in lower case.
    extensions: &'static [&'static str],
    /// Texts of which a file has at least one, in any case of letters, if it contains something to check.
    markers: &'static [&'static str],
    /// Returns the texts of a file.
    read: fn(&SourceFile) -> Vec<FoundText>,
}

/// All host languages. A language is added here, as a variant of [`Host`], and as a module of its own.
const HOSTS: &[HostInfo] = &[HostInfo {
    host: Host::Queries,
    name: "queries",
    extensions: &["odata", "fetchxml", "jsonl", "ndjson"],
    markers: &[],
    read: super::queries::read,
}];

impl Host {
    /// Returns all host languages.
    pub fn all() -> impl Iterator<Item = Self> {
        HOSTS.iter().map(|info| info.host)
    }

    /// Returns the language of the file at `path`, by the extension of its name; `None` if it is unknown.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        HOSTS.iter().find(|info| info.extensions.contains(&extension.as_str())).map(|info| info.host)
    }

    /// Returns the name of the language, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().map_or("", |info| info.name)
    }

    /// Returns the extensions of files in this language, in lower case and without a dot.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        self.info().map_or(&[], |info| info.extensions)
    }

    /// Returns the texts of a file in this language. A file without any of the language's markers has none and
    /// is not parsed.
    pub(super) fn read(self, file: &SourceFile) -> Vec<FoundText> {
        let Some(index) = HOSTS.iter().position(|info| info.host == self) else { return Vec::new() };
        let markers = MARKERS.get(index).and_then(Option::as_ref);
        match HOSTS.get(index) {
            Some(info) if markers.is_none_or(|markers| markers.is_match(file.text())) => (info.read)(file),
            _ => Vec::new(),
        }
    }

    fn info(self) -> Option<&'static HostInfo> {
        HOSTS.iter().find(|info| info.host == self)
    }
}

/// The automata that search for the markers of all languages, in the order of [`HOSTS`].
static MARKERS: LazyLock<Vec<Option<AhoCorasick>>> = LazyLock::new(|| {
    let automaton =
        |info: &HostInfo| AhoCorasick::builder().ascii_case_insensitive(true).build(info.markers).ok();
    HOSTS.iter().map(|info| if info.markers.is_empty() { None } else { automaton(info) }).collect()
});
