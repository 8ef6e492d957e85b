//! Where a query comes from.

use std::path::Path;

use dvkit_diagnostic::SourceLocation;
use dvkit_ide::document::QueryItem;

/// The origin of a query, as reports name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum QueryOrigin {
    /// No file: an argument, or a line of standard input; with a name where there are several.
    Given(Option<String>),
    /// One or several lines of a file.
    Line {
        /// The path as it was given.
        file: String,
        /// The number of the first line, from one.
        line: usize,
        /// The UTF-16 code units of the file before it.
        utf16_start: usize,
    },
}

impl QueryOrigin {
    /// The argument of this number, where there are several.
    pub(crate) fn argument(number: Option<usize>) -> Self {
        Self::Given(number.map(|n| format!("query {n}")))
    }

    /// Lines of standard input.
    pub(crate) fn stdin(item: &QueryItem<'_>) -> Self {
        Self::Given(Some(format!("line {}", item.line)))
    }

    /// Lines of a file.
    pub(crate) fn file(path: &Path, item: &QueryItem<'_>) -> Self {
        Self::Line { file: path.display().to_string(), line: item.line, utf16_start: item.utf16_start }
    }

    /// Returns the file and the line, for carets.
    pub(crate) fn location(&self) -> Option<SourceLocation<'_>> {
        match self {
            Self::Given(_) => None,
            Self::Line { file, line, .. } => Some(SourceLocation { path: file, line: *line }),
        }
    }

    /// Returns the origin in words: `line 3`, `queries/a.odata:3`; none for the only query there is.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Given(name) => name.clone(),
            Self::Line { file, line, .. } => Some(format!("{file}:{line}")),
        }
    }

    /// Returns the beginning of a message about the query: `line 3: `.
    pub(crate) fn prefix(&self) -> String {
        self.name().map_or_else(String::new, |name| format!("{name}: "))
    }
}
