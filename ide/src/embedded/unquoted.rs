//! Warns of placeholders for texts that are not in quotes, such as `accountnumber eq {number}`: the program writes
//! the value as it is, and the service takes a text without quotes for a name.

use std::ops::Range;

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_query::placeholders::{PlaceholderType, PlaceholderUse, ValueKind};

use super::FoundText;

/// Parts of names of values that may have their quotes already, or that are more than one value.
const MAY_BE_QUOTED: [&str; 10] =
    ["quot", "escap", "liter", "format", "odata", "filter", "expr", "cond", "clause", "param"];

impl FoundText {
    /// Returns the warnings about the placeholders of the text. `types` are the placeholders in the meaning of
    /// the query, a request or a filter.
    pub(super) fn unquoted(&self, types: &[(String, PlaceholderType)]) -> Vec<Diagnostic> {
        let text = self.text.text();
        if self.is_alone || text.contains('<') {
            return Vec::new();
        }
        self.text.placeholders().filter_map(|range| unquoted(text, range, types)).collect()
    }
}

/// Returns the warning about the placeholder at `range`; `None` if there is nothing to warn of.
fn unquoted(text: &str, range: Range<usize>, types: &[(String, PlaceholderType)]) -> Option<Diagnostic> {
    let placeholder = text.get(range.clone())?;
    let (_, of) = types.iter().find(|(value, _)| value == placeholder)?;
    let is_text = of.kind == Some(ValueKind::Text)
        && matches!(of.usage, PlaceholderUse::Compare | PlaceholderUse::Pattern);
    let before = text.get(..range.start)?.chars().next_back()?;
    let after = text.get(range.end..)?.chars().next();
    let is_alone =
        matches!(before, ' ' | ',' | '=' | '+') && after.is_none_or(|c| matches!(c, ' ' | ')' | '&' | ','));
    let name = placeholder.to_ascii_lowercase();
    if !is_text || !is_alone || MAY_BE_QUOTED.iter().any(|part| name.contains(part)) {
        return None;
    }
    let column = of.column.as_deref()?;
    let message = format!("`{column}` is a text, and `{placeholder}` stands without quotes");
    let quoted = format!("'{placeholder}'");
    let quotes = Suggestion::maybe(
        format!("put it in quotes, unless the value has them: `{quoted}`"),
        Span::new(range.start, range.start),
        "'",
    )
    .and_edit(Span::new(range.end, range.end), "'");
    Some(Diagnostic::warning(code::UNQUOTED_TEXT, Span::new(range.start, range.end), message).suggest(quotes))
}
