//! Reads templates whose arguments a call puts in: `String.Format`, `.format`, `%`, `string.Template`.

use std::sync::Arc;

use crate::embedded::text::{Part, PartKind};
use crate::embedded::{Escaping, HostText, HostTextBuilder};

use super::grammar::{Argument, FormatStyle, text_of};

/// The escaping of a template on top of that of its literal.
#[derive(Debug)]
struct TemplateEscaping {
    style: FormatStyle,
    literal: Arc<dyn Escaping>,
}

impl Escaping for TemplateEscaping {
    fn escape(&self, text: &str) -> Option<String> {
        let doubled = match self.style {
            FormatStyle::Braces => text.replace('{', "{{").replace('}', "}}"),
            FormatStyle::Percent => text.replace('%', "%%"),
            FormatStyle::Dollar => text.replace('$', "$$"),
        };
        self.literal.escape(&doubled)
    }
}

/// Returns the text of a template, with placeholders for the arguments.
pub(super) fn formatted(
    text: &HostText,
    arguments: &[Argument<'_>],
    style: FormatStyle,
    source: &str,
) -> HostText {
    let mut formatted = HostTextBuilder::default();
    let mut number = 0;
    for part in &text.parts {
        let content = text.text.get(part.text.clone()).unwrap_or_default();
        let (PartKind::Plain(literal) | PartKind::Escape(literal)) = part.kind else {
            match part.kind {
                PartKind::Synthetic => formatted.synthetic(content),
                _ => formatted.placeholder(part.host.clone(), content),
            }
            continue;
        };
        let Some(old) = text.escapings.get(literal) else { continue };
        formatted.begin(part.host.start, Arc::new(TemplateEscaping { style, literal: old.clone() }));
        if matches!(part.kind, PartKind::Escape(_)) {
            formatted.escape(part.host.clone(), content);
            continue;
        }
        template_part(part, content, arguments, style, source, &mut number, &mut formatted);
    }
    formatted.finish()
}

/// Adds a stretch of a template that is written in the file as it is.
fn template_part(
    part: &Part,
    content: &str,
    arguments: &[Argument<'_>],
    style: FormatStyle,
    source: &str,
    number: &mut usize,
    out: &mut HostTextBuilder,
) {
    let host = part.host.start;
    let mut plain = 0;
    let mut at = 0;
    while let Some(found) = content.get(at..).and_then(|rest| rest.find(['{', '}', '%', '$'])) {
        at += found;
        let rest = content.get(at..).unwrap_or_default();
        let sequence = match style {
            FormatStyle::Braces => braces_item(rest),
            FormatStyle::Percent => percent_item(rest),
            FormatStyle::Dollar => dollar_item(rest),
        };
        let Some((length, item)) = sequence else {
            at += 1;
            continue;
        };
        if plain < at {
            out.plain(host + plain..host + at, content.get(plain..at).unwrap_or_default());
        }
        let range = host + at..host + at + length;
        match item {
            Item::Text(text) => out.escape(range, text),
            Item::Argument(name) => {
                let index = match name.parse::<usize>() {
                    // The first argument has the number 1 in templates with percent signs.
                    Ok(index) if style == FormatStyle::Percent => index.checked_sub(1),
                    Ok(index) => Some(index),
                    Err(_) if name.is_empty() => {
                        *number += 1;
                        Some(*number - 1)
                    }
                    Err(_) => None,
                };
                let named = arguments.iter().find(|argument| argument.name == Some(name));
                let argument = named.or_else(|| index.and_then(|index| arguments.get(index)));
                let expression = argument.map_or(name, |argument| text_of(argument.value, source));
                out.placeholder(range, expression);
            }
        }
        at += length;
        plain = at;
    }
    if plain < content.len() {
        out.plain(host + plain..part.host.end, content.get(plain..).unwrap_or_default());
    }
}

/// An item of a template.
enum Item<'s> {
    Text(&'static str),
    /// The name or the number of an argument; empty for the next one.
    Argument(&'s str),
}

/// Returns the length and the meaning of the item at the beginning of `rest`.
fn braces_item(rest: &str) -> Option<(usize, Item<'_>)> {
    if rest.starts_with("{{") {
        return Some((2, Item::Text("{")));
    }
    if rest.starts_with("}}") {
        return Some((2, Item::Text("}")));
    }
    let inner = rest.strip_prefix('{')?;
    let end = inner.bytes().take(64).position(|b| b == b'}')?;
    let inner = inner.get(..end)?;
    let name = inner.split([':', ',', '!']).next().unwrap_or_default().trim();
    Some((end + 2, Item::Argument(name)))
}

/// Returns the length and the meaning of the item at the beginning of `rest`.
fn dollar_item(rest: &str) -> Option<(usize, Item<'_>)> {
    let behind = rest.strip_prefix('$')?;
    if behind.starts_with('$') {
        return Some((2, Item::Text("$")));
    }
    let (inner, around) = behind.strip_prefix('{').map_or((behind, 1), |inner| (inner, 3));
    let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
    let name = inner.get(..end).filter(|name| name.starts_with(|c: char| !c.is_ascii_digit()))?;
    let is_closed = around == 1 || inner.get(end..).is_some_and(|rest| rest.starts_with('}'));
    is_closed.then_some((end + around, Item::Argument(name)))
}

/// Returns the length and the meaning of the item at the beginning of `rest`.
fn percent_item(rest: &str) -> Option<(usize, Item<'_>)> {
    let behind = rest.strip_prefix('%')?;
    if behind.starts_with('%') {
        return Some((2, Item::Text("%")));
    }
    if behind.starts_with('n') {
        return Some((2, Item::Text("\n")));
    }
    if let Some(named) = behind.strip_prefix('(') {
        let end = named.bytes().take(64).position(|b| b == b')')?;
        let conversion = named.get(end + 1..)?.chars().next().filter(char::is_ascii_alphabetic)?;
        return Some((end + 3 + conversion.len_utf8(), Item::Argument(named.get(..end)?)));
    }
    let flags = behind.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | '#' | '$')))?;
    let conversion = behind.get(flags..)?.chars().next().filter(|c| "sdifxXbcegr".contains(*c))?;
    let name = behind.get(..flags)?.split_once('$').map_or("", |(number, _)| number);
    Some((1 + flags + conversion.len_utf8(), Item::Argument(name)))
}
