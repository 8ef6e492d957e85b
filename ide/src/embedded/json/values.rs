//! Checks the values that a flow writes into columns, as far as they are written as they are: an option that the
//! column does not have, or a value of another type. The comparison of a column with the value has the same rules.

use super::super::{FoundText, HostText, HostTextBuilder};
use super::parse::Node;

/// The maximum number of bytes of a value that is checked.
const MAX_VALUE: usize = 100;

/// Adds the texts that check the values of the members of `object` whose names begin with `prefix`, as values of
/// columns of the entity set `set`.
pub(super) fn written(object: Node<'_>, prefix: &str, set: &HostText, found: &mut Vec<FoundText>) {
    if !object.is_object() || set.placeholders().next().is_some() {
        return;
    }
    for member in object.children() {
        let Some(name) = member.key().and_then(|key| key.strip_prefix(prefix)) else { continue };
        let is_column = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with('_');
        if name.is_empty() || !is_column {
            continue;
        }
        let Some((value, quote)) = value(member) else { continue };
        let mut builder = HostTextBuilder::default();
        builder.synthetic(&format!("{}?$filter={name} eq {quote}", set.text()));
        builder.append(&value);
        builder.synthetic(quote);
        found.push(FoundText::value("value written by a flow", builder.finish()));
    }
}

/// Returns the value of a member and the quote around it in a query; `None` if the value is not known here, or if
/// the connector converts it.
fn value(member: Node<'_>) -> Option<(HostText, &'static str)> {
    let raw = member.raw();
    if raw.is_empty() || raw.len() > MAX_VALUE || member.is_object() || member.is_array() {
        return None;
    }
    if !member.is_string() {
        let is_value =
            raw != "null" && raw.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
        return is_value.then(|| (HostText::unescaped(raw, member.range().start), ""));
    }
    let text = member.text()?;
    // Numbers, dates, durations and identifiers in strings are converted, and so are `true` and `false`.
    let is_converted = text.text().starts_with(|c: char| !c.is_alphabetic())
        || text.text().chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        || ["true", "false", "null"].iter().any(|word| text.text().eq_ignore_ascii_case(word));
    let is_plain = !text.text().contains(['@', '{', '}', '\'', '%', '&', '#', '+', '\\'])
        && !text.text().contains(char::is_control);
    (!is_converted && is_plain).then_some((text, "'"))
}
