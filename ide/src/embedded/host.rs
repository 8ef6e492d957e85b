//! Lists the host languages, and recognises the language of a file by its name.

use std::path::Path;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::programs;
use super::{FoundText, SourceFile};

/// The language of a source file that may contain queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A file of queries (`.odata`, `.fetchxml`, `.jsonl`, `.ndjson`).
    Queries,
    /// JSON: flows, templates, collections of requests.
    Json,
    /// XML: solutions, reports, packages.
    Xml,
    /// Web pages and templates of portals.
    Html,
    /// Markdown.
    Markdown,
    /// Files of HTTP requests.
    Http,
    /// Notebooks.
    Notebook,
    /// YAML: pipelines, definitions of interfaces, settings of portals.
    Yaml,
    /// C#.
    CSharp,
    /// Razor pages and components: C# and HTML.
    Razor,
    /// Visual Basic.
    VisualBasic,
    /// JavaScript, with JSX.
    JavaScript,
    /// TypeScript, with JSX.
    TypeScript,
    /// Python.
    Python,
    /// PowerShell.
    PowerShell,
    /// Java.
    Java,
    /// Rust.
    Rust,
}

/// The properties of a host language.
struct HostInfo {
    host: Host,
    name: &'static str,
    /// The extensions of files in this language, in lower case.
    extensions: &'static [&'static str],
    /// Lists of texts, of which a file has at least one, in any case of letters, if it contains something to check.
    markers: &'static [&'static [&'static str]],
    /// Returns the texts of a file.
    read: fn(&SourceFile) -> Vec<FoundText>,
}

/// All host languages. A language is added here, as a variant of [`Host`], and as a module of its own.
const HOSTS: &[HostInfo] = &[
    HostInfo {
        host: Host::Queries,
        name: "queries",
        extensions: &["odata", "fetchxml", "jsonl", "ndjson"],
        markers: &[],
        read: super::queries::read,
    },
    HostInfo {
        host: Host::Json,
        name: "JSON",
        extensions: &["json"],
        markers: &[super::json::MARKERS],
        read: super::json::read,
    },
    HostInfo {
        host: Host::Xml,
        name: "XML",
        extensions: &["xml", "rdl", "rdlc", "dtsx", "jmx", "xaml", "resx", "config"],
        markers: &[super::xml::MARKERS, super::xml::NAME_MARKERS],
        read: super::xml::read,
    },
    HostInfo {
        host: Host::Html,
        name: "HTML",
        extensions: &["html", "htm", "liquid"],
        markers: &[super::html::MARKERS],
        read: super::html::read,
    },
    HostInfo {
        host: Host::Markdown,
        name: "Markdown",
        extensions: &["md", "markdown"],
        markers: &[super::markdown::MARKERS],
        read: super::markdown::read,
    },
    HostInfo {
        host: Host::Http,
        name: "HTTP requests",
        extensions: &["http", "rest"],
        markers: &[],
        read: super::http::read,
    },
    HostInfo {
        host: Host::Notebook,
        name: "notebook",
        extensions: &["ipynb"],
        markers: &[super::markdown::MARKERS],
        read: super::notebook::read,
    },
    HostInfo {
        host: Host::Yaml,
        name: "YAML",
        extensions: &["yml", "yaml"],
        markers: &[super::xml::MARKERS],
        read: super::yaml::read,
    },
    HostInfo {
        host: Host::CSharp,
        name: "C#",
        extensions: &["cs", "csx"],
        markers: &[programs::MARKERS, programs::SDK_MARKERS],
        read: programs::read_csharp,
    },
    HostInfo {
        host: Host::Razor,
        name: "Razor",
        extensions: &["cshtml", "razor"],
        markers: &[programs::MARKERS, programs::SDK_MARKERS, super::html::MARKERS],
        read: programs::read_razor,
    },
    HostInfo {
        host: Host::VisualBasic,
        name: "Visual Basic",
        extensions: &["vb"],
        markers: &[programs::MARKERS, programs::SDK_MARKERS],
        read: programs::read_visual_basic,
    },
    HostInfo {
        host: Host::JavaScript,
        name: "JavaScript",
        extensions: &["js", "mjs", "cjs", "jsx"],
        markers: &[programs::MARKERS, programs::SCRIPT_MARKERS],
        read: programs::read_javascript,
    },
    HostInfo {
        host: Host::TypeScript,
        name: "TypeScript",
        extensions: &["ts", "mts", "cts", "tsx"],
        markers: &[programs::MARKERS, programs::SCRIPT_MARKERS],
        read: programs::read_typescript,
    },
    HostInfo {
        host: Host::Python,
        name: "Python",
        extensions: &["py"],
        markers: &[programs::MARKERS, programs::SCRIPT_MARKERS],
        read: programs::read_python,
    },
    HostInfo {
        host: Host::PowerShell,
        name: "PowerShell",
        extensions: &["ps1", "psm1"],
        markers: &[programs::MARKERS, programs::SCRIPT_MARKERS],
        read: programs::read_powershell,
    },
    HostInfo {
        host: Host::Java,
        name: "Java",
        extensions: &["java"],
        markers: &[programs::MARKERS],
        read: programs::read_java,
    },
    HostInfo {
        host: Host::Rust,
        name: "Rust",
        extensions: &["rs"],
        markers: &[programs::MARKERS],
        read: programs::read_rust,
    },
];

impl Host {
    /// Returns all host languages.
    pub fn all() -> impl Iterator<Item = Self> {
        HOSTS.iter().map(|info| info.host)
    }

    /// Returns the language of the file at `path`, by the extension of its name; `None` if it is unknown.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        Self::of_extension(&path.extension()?.to_str()?.to_ascii_lowercase())
    }

    /// Returns the language of files whose names end in a dot and `extension`, which is in lower case; `None`
    /// if it is unknown.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        HOSTS.iter().find(|info| info.extensions.contains(&extension)).map(|info| info.host)
    }

    /// Returns the language of a file of this language by its content: JSON and XML files that consist of
    /// queries are files of queries.
    pub(crate) fn refined(self, text: &str) -> Self {
        let is_queries = match self {
            Self::Json => super::json::is_queries(text),
            Self::Xml => crate::document::root_is_fetch(text.as_bytes()),
            _ => false,
        };
        if is_queries { Self::Queries } else { self }
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
        if markers.is_none_or(|markers| markers.is_match(file.text())) {
            self.read_unmarked(file)
        } else {
            Vec::new()
        }
    }

    /// Returns the texts of a file in this language, whether or not it has one of the language's markers.
    pub(super) fn read_unmarked(self, file: &SourceFile) -> Vec<FoundText> {
        self.info().map_or(Vec::new(), |info| (info.read)(file))
    }

    fn info(self) -> Option<&'static HostInfo> {
        HOSTS.iter().find(|info| info.host == self)
    }
}

/// The automata that search for the markers of all languages, in the order of [`HOSTS`].
static MARKERS: LazyLock<Vec<Option<AhoCorasick>>> = LazyLock::new(|| {
    let automaton = |info: &HostInfo| {
        AhoCorasick::builder().ascii_case_insensitive(true).build(info.markers.iter().copied().flatten()).ok()
    };
    HOSTS.iter().map(|info| if info.markers.is_empty() { None } else { automaton(info) }).collect()
});
