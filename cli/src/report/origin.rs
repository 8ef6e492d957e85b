//! Defines [`QueryOrigin`], which tells in reports where a query comes from.

use std::path::Path;

use dvkit_diagnostic::SourceLocation;
use dvkit_ide::document::QueryItem;
use dvkit_ide::tree::CheckedText;

/// The origin of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum QueryOrigin {
    /// An argument, or lines of standard input. The name distinguishes several queries; `None` if there is
    /// only one.
    Given(Option<String>),
    /// Lines of a file.
    Line {
        /// The path of the file, as the user gave it.
        file: String,
        /// The number of the query's first line, counted from 1.
        line: usize,
        /// The number of UTF-16 code units in the file before the first line.
        utf16_start: usize,
    },
}

impl QueryOrigin {
    /// Returns the origin of an argument. `number` is its number if there are several arguments, otherwise
    /// `None`.
    pub(crate) fn argument(number: Option<usize>) -> Self {
        Self::Given(number.map(|n| format!("query {n}")))
    }

    /// Returns the origin of a query from standard input.
    pub(crate) fn stdin(item: &QueryItem<'_>) -> Self {
        Self::Given(Some(format!("line {}", item.line)))
    }

    /// Returns the origin of a query in the file `path`.
    pub(crate) fn file(path: &Path, item: &QueryItem<'_>) -> Self {
        Self::Line { file: path.display().to_string(), line: item.line, utf16_start: item.utf16_start }
    }

    /// Returns the origin of a text in the file `path`.
    pub(crate) fn text(path: &Path, text: &CheckedText) -> Self {
        Self::Line { file: path.display().to_string(), line: text.line, utf16_start: text.utf16_start }
    }

    /// Returns the file and the line for diagnostics; `None` if the query is not in a file.
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

    /// Returns the text with which a message about the query begins: `line 3: `.
    pub(crate) fn prefix(&self) -> String {
        self.name().map_or_else(String::new, |name| format!("{name}: "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_origin_begins_its_messages() {
        let file = QueryOrigin::Line { file: "a.odata".into(), line: 3, utf16_start: 9 };
        for (origin, name, prefix, line) in [
            (QueryOrigin::argument(None), None, "", None),
            (QueryOrigin::argument(Some(2)), Some("query 2"), "query 2: ", None),
            (file, Some("a.odata:3"), "a.odata:3: ", Some(3)),
        ] {
            assert_eq!((origin.name().as_deref(), &*origin.prefix()), (name, prefix));
            assert_eq!(origin.location().map(|at| at.line), line, "{origin:?}");
        }
    }
}
