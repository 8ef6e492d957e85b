//! The origin of a query, for reports.

use std::path::Path;

use dvkit_diagnostic::SourceLocation;
use dvkit_ide::document::QueryItem;

/// The origin of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum QueryOrigin {
    /// An argument or a line of standard input, with a name if there are several queries.
    Given(Option<String>),
    /// Lines of a file.
    Line {
        /// The path as given.
        file: String,
        /// The number of the first line, from 1.
        line: usize,
        /// The number of UTF-16 code units in the file before the first line.
        utf16_start: usize,
    },
}

impl QueryOrigin {
    /// Creates the origin of an argument; `number` is given if there are several.
    pub(crate) fn argument(number: Option<usize>) -> Self {
        Self::Given(number.map(|n| format!("query {n}")))
    }

    /// Creates the origin of a query from standard input.
    pub(crate) fn stdin(item: &QueryItem<'_>) -> Self {
        Self::Given(Some(format!("line {}", item.line)))
    }

    /// Creates the origin of a query from a file.
    pub(crate) fn file(path: &Path, item: &QueryItem<'_>) -> Self {
        Self::Line { file: path.display().to_string(), line: item.line, utf16_start: item.utf16_start }
    }

    /// Returns the file and the line, for diagnostics.
    pub(crate) fn location(&self) -> Option<SourceLocation<'_>> {
        match self {
            Self::Given(_) => None,
            Self::Line { file, line, .. } => Some(SourceLocation { path: file, line: *line }),
        }
    }

    /// Returns the name of the origin, `line 3` or `queries/a.odata:3`; `None` for a single query.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Given(name) => name.clone(),
            Self::Line { file, line, .. } => Some(format!("{file}:{line}")),
        }
    }

    /// Returns the prefix of a message about the query: `line 3: `.
    pub(crate) fn prefix(&self) -> String {
        self.name().map_or_else(String::new, |name| format!("{name}: "))
    }
}
