//! Lint that reports conditions on columns of long text, which the database cannot search efficiently.
//!
//! Source: "Query anti-patterns", avoid using conditions on large text columns
//! (`PerformanceLargeColumnSearch`). A column with several lines of text, or with one line of more than 850
//! characters, cannot be indexed. A test whether the column has a value is not reported, because the source
//! is about searching the text.

use dvkit_diagnostic::{Diagnostic, code, limits};
use dvkit_schema::ColumnType;

use super::LintContext;
use crate::resolve::ColumnUse;

pub(super) fn check(_asked: &LintContext<'_>, used: &ColumnUse<'_>) -> Option<Diagnostic> {
    if used.null_test {
        return None;
    }
    let what = match used.column.ty {
        ColumnType::Memo { .. } => "holds several lines of text".to_owned(),
        ColumnType::String { max_length: Some(n), .. } if n > limits::MAX_INDEXED_TEXT_LENGTH => {
            format!("holds up to {n} characters")
        }
        _ => return None,
    };
    let message = format!("`{}` {what}: no index helps with conditions on it", used.column.logical_name);
    let d = Diagnostic::warning(code::LARGE_TEXT, used.span, message);
    Some(d.help("Dataverse search finds words in large texts"))
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::{filter_findings, findings};

    #[test]
    fn texts_beyond_850_characters_are_large() {
        assert_eq!(filter_findings("contains(note,'a')"), ["DV0503 warning note"]);
        assert_eq!(filter_findings("description eq 'a'"), ["DV0503 warning description"]);
        assert!(filter_findings("contains(city,'a')").is_empty());
        assert!(filter_findings("note ne null").is_empty());
        assert!(findings("contacts?$select=description&$top=1").is_empty());
    }

    #[test]
    fn a_column_is_reported_once() {
        let found = filter_findings("note eq null or note eq 'b' or contains(note,'c')");
        assert_eq!(found, ["DV0503 warning note"]);
    }
}
