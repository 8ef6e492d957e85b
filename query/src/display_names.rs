//! Explains syntax errors caused by display names with spaces that are used as columns, as in
//! `Account Name eq 'x'`.
//!
//! The parser sees two names in `Account Name` and reports a syntax error. For such a text the analysis calls
//! [`explain`], which knows the table and reports the column with that display name instead.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::Table;

/// Replaces the syntax errors in `diagnostics` that are caused by display names by errors that name the
/// columns. `text` is the text that the parser read, and `table` is the table whose rows are filtered.
pub(crate) fn explain(table: &Table, text: &str, diagnostics: &mut Vec<Diagnostic>) {
    let found = within(table, text);
    if found.is_empty() {
        return;
    }
    // One typo gives one message: drop what the parser expected within the name or directly after it.
    diagnostics.retain(|d| {
        !d.is_error() || !found.iter().any(|(span, _)| d.span.start >= span.start && d.span.start <= span.end)
    });
    for (span, columns) in found {
        let written = span.of(text);
        let message = format!("`{written}` {PEOPLE}");
        let mut d = Diagnostic::error(code::UNKNOWN_COLUMN, span, message);
        for column in &columns {
            let question = format!("write `{column}`");
            d = d.suggest(match columns.len() {
                1 => Suggestion::fix(question, span, column.clone()),
                _ => Suggestion::maybe(question, span, column.clone()),
            });
        }
        diagnostics.push(d);
    }
}

/// Returns whether [`explain`] made this diagnostic.
pub(crate) fn is_ours(d: &Diagnostic) -> bool {
    d.code == code::UNKNOWN_COLUMN && d.message.ends_with(PEOPLE)
}

/// The end of each message that [`explain`] writes, after the display name.
const PEOPLE: &str = "is what people see: a filter has the name of the column";

/// Finds display names of several words at positions where `text` needs a column. Returns their spans in the
/// order of the text, each with the logical names of all columns that have this display name. If two display
/// names overlap, only the longer one is returned.
fn within(table: &Table, text: &str) -> Vec<(Span, Vec<String>)> {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return Vec::new();
    }
    let mut names: Vec<(String, String)> = Vec::new();
    for column in table.columns.iter().filter(|c| c.is_property()) {
        for label in column.display_name.texts().filter(|l| l.trim().contains(' ')) {
            let pair = (label.trim().to_lowercase(), column.property_name().into_owned());
            if !names.contains(&pair) {
                names.push(pair);
            }
        }
    }
    names.sort_by_key(|(label, _)| std::cmp::Reverse(label.len()));
    let mut found: Vec<(Span, Vec<String>)> = Vec::new();
    for (label, column) in &names {
        for (at, _) in lower.match_indices(label.as_str()) {
            let span = Span::new(at, at + label.len());
            if let Some((_, columns)) = found.iter_mut().find(|(s, _)| *s == span) {
                columns.push(column.clone());
                continue;
            }
            let free = !found.iter().any(|(s, _)| s.overlaps(span));
            if free && is_operand(&lower, at, at + label.len()) {
                found.push((span, vec![column.clone()]));
            }
        }
    }
    found.sort_by_key(|(span, _)| span.start);
    found
}

/// Returns whether the bytes of `text` from `start` to `end` are at a position where a column can be: outside
/// of quoted strings, at the start or after a bracket, a comma or a connective, and before an operator or the
/// end of a list.
fn is_operand(text: &str, start: usize, end: usize) -> bool {
    let (before, behind) = (&text[..start], &text[end..]);
    if before.matches('\'').count() % 2 == 1 {
        return false;
    }
    let before = before.trim_end();
    let last = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let begins = before.is_empty()
        || before.ends_with(['(', ',', '='])
        || matches!(last, "and" | "or" | "not" | "eq" | "ne" | "gt" | "ge" | "lt" | "le");
    let next = behind.trim_start();
    let word: String = next.chars().take_while(|c| c.is_alphanumeric()).collect();
    let operator = next.starts_with(['=', '<', '>', '!', ',', ')', '&', ';'])
        || next.is_empty()
        || matches!(
            word.as_str(),
            "eq" | "ne" | "gt" | "ge" | "lt" | "le" | "in" | "and" | "or" | "is" | "like" | "asc" | "desc"
        );
    begins && operator && !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use dvkit_schema::{Column, ColumnType, LocalizedText, Table};

    use super::within;

    #[test]
    fn display_names_are_found_in_place_of_columns() {
        let column = |name: &str, label: &str| Column {
            display_name: LocalizedText::new(1033, label),
            ..Column::new(name, ColumnType::String { max_length: None, format: None })
        };
        let table = Table {
            columns: vec![
                column("name", "Account Name"),
                column("a", "Main Phone"),
                column("b", "Main Phone"),
            ],
            ..Table::default()
        };
        let found = |text: &str| -> Vec<(String, Vec<String>)> {
            within(&table, text).into_iter().map(|(s, c)| (s.of(text).to_owned(), c)).collect()
        };
        let one = |text: &str, columns: &[&str]| {
            vec![(text.to_owned(), columns.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>())]
        };
        assert_eq!(found("Account Name eq 'x'"), one("Account Name", &["name"]));
        assert_eq!(found("contains(account name,'x')"), one("account name", &["name"]));
        assert_eq!(found("statecode eq 0 and Main Phone ne null"), one("Main Phone", &["a", "b"]));
        assert!(found("x eq 'Account Name eq'").is_empty());
        assert!(found("my Account Name eq 'x'").is_empty());
        let both = [one("Main Phone", &["a", "b"]), one("Account Name", &["name"])].concat();
        assert_eq!(found("Main Phone eq Account Name"), both, "in the order of the text");
        let twice = [one("Account Name", &["name"]), one("account name", &["name"])].concat();
        assert_eq!(found("Account Name eq 'x' or account name eq 'y'"), twice);
    }

    #[test]
    fn a_name_stands_where_a_column_can_be() {
        for (before, behind, expected) in [
            ("", "", true),
            ("", " eq 1", true),
            ("(", ")", true),
            ("a,", ",b", true),
            ("a, ", " , b", true),
            ("$select=", "&$top=5", true),
            ("x eq 1 and ", " in (1)", true),
            ("x eq 1 or ", "!= 1", true),
            ("not ", " is null", true),
            ("x eq ", "", true),
            ("x ne ", "", true),
            ("x gt ", "", true),
            ("x ge ", "", true),
            ("x lt ", "", true),
            ("x le ", "", true),
            ("", " like 'a'", true),
            ("", " asc", true),
            ("", " desc;", true),
            ("", "<5", true),
            ("", ">5", true),
            ("", "=5", true),
            ("my ", " eq 1", false),
            ("band ", " eq 1", false),
            ("x in ", " eq 1", false),
            ("", " of it", false),
            ("", "s eq 1", false),
            ("", "_ eq 1", false),
            ("", "/x eq 1", false),
            ("x eq 'a", " eq'", false),
            ("x eq 'a' and ", " eq 1", true),
            ("x eq 'it''s' and ", " eq 1", true),
        ] {
            let text = format!("{before}main phone{behind}");
            let end = before.len() + "main phone".len();
            assert_eq!(super::is_operand(&text, before.len(), end), expected, "{text}");
        }
    }
}
