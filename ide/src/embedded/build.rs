//! Builds the text of a query out of the parts that a reader of a host language finds: literals with escape
//! sequences, placeholders, and synthetic text.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::text::{Escaping, HostText, Part, PartKind};

/// The maximum number of bytes in the name of a placeholder.
const MAX_NAME: usize = 32;

/// Builds a [`HostText`] from its parts, in the order of the text.
///
/// ```
/// use dvkit_ide::embedded::{HostTextBuilder, verbatim};
/// // The file contains `"accounts?$filter=name eq '" + name + "'"`.
/// let mut builder = HostTextBuilder::default();
/// builder.begin(1, verbatim());
/// builder.plain(1..27, "accounts?$filter=name eq '");
/// builder.placeholder(31..35, "name");
/// builder.begin(39, verbatim());
/// builder.plain(39..40, "'");
/// let text = builder.finish();
/// assert_eq!(text.text(), "accounts?$filter=name eq '{name}'");
/// assert_eq!(text.host_span(26..32), Some(31..35));
/// ```
#[derive(Debug, Default)]
pub struct HostTextBuilder {
    built: HostText,
    /// The index of the current literal's escaping; `None` before the first literal.
    literal: Option<usize>,
    names: BTreeSet<String>,
    /// The last number behind a name that several placeholders have.
    numbers: BTreeMap<String, usize>,
}

impl HostTextBuilder {
    /// Begins a literal whose content starts at the byte offset `start` of the file.
    pub fn begin(&mut self, start: usize, escaping: Arc<dyn Escaping>) {
        self.built.escapings.push(escaping);
        self.literal = Some(self.built.escapings.len() - 1);
        self.anchor(start);
    }

    /// Adds a place where text can be inserted, at the byte offset `host` of the file.
    fn anchor(&mut self, host: usize) {
        if let Some(literal) = self.literal {
            let at = self.built.text.len();
            self.built.parts.push(Part { text: at..at, host: host..host, kind: PartKind::Plain(literal) });
        }
    }

    /// Adds a part of the current literal that is written in the file as it is. `text` has the bytes of the
    /// file at the byte range `host`.
    pub fn plain(&mut self, host: Range<usize>, text: &str) {
        debug_assert_eq!(host.len(), text.len(), "a plain part has the bytes of the file");
        let Some(literal) = self.literal else { return };
        let at = self.built.text.len();
        self.built.text.push_str(text);
        let end = self.built.text.len();
        match self.built.parts.last_mut() {
            Some(last) if last.kind == PartKind::Plain(literal) && last.host.end == host.start => {
                last.text.end = end;
                last.host.end = host.end;
            }
            _ => self.built.parts.push(Part { text: at..end, host, kind: PartKind::Plain(literal) }),
        }
    }

    /// Adds an escape sequence of the current literal, which is written at the byte range `host` of the file
    /// and means `text`. The text may be empty, as that of a line continuation is.
    pub fn escape(&mut self, host: Range<usize>, text: &str) {
        let Some(literal) = self.literal else { return };
        if text.len() == host.len() && text.is_empty() {
            return;
        }
        let at = self.built.text.len();
        self.built.text.push_str(text);
        let end = self.built.text.len();
        self.built.parts.push(Part { text: at..end, host: host.clone(), kind: PartKind::Escape(literal) });
        self.anchor(host.end);
    }

    /// Adds a placeholder for the expression at the byte range `host` of the file. Its name in the text is
    /// made of the words of `expression`, which is the source of the expression or a name for it. If the
    /// expression is within the current literal (interpolation), the literal goes on behind it.
    pub fn placeholder(&mut self, host: Range<usize>, expression: &str) {
        let name = self.name(expression);
        let at = self.built.text.len();
        self.built.text.push_str(&format!("{{{name}}}"));
        let end = self.built.text.len();
        let host_end = host.end;
        self.built.parts.push(Part { text: at..end, host, kind: PartKind::Placeholder });
        self.anchor(host_end);
    }

    /// Ends the current literal. A placeholder that follows is not within a literal.
    pub fn end(&mut self) {
        self.literal = None;
    }

    /// Adds a text that is not in the file.
    pub fn synthetic(&mut self, text: &str) {
        let at = self.built.text.len();
        self.built.text.push_str(text);
        let end = self.built.text.len();
        let host = self.built.parts.last().map_or(0, |part| part.host.end);
        self.built.parts.push(Part { text: at..end, host: host..host, kind: PartKind::Synthetic });
    }

    /// Adds all parts of another text.
    pub fn append(&mut self, other: &HostText) {
        let base = self.built.text.len();
        let escapings = self.built.escapings.len();
        self.built.escapings.extend(other.escapings.iter().cloned());
        self.built.text.push_str(&other.text);
        let moved = |kind| match kind {
            PartKind::Plain(literal) => PartKind::Plain(literal + escapings),
            PartKind::Escape(literal) => PartKind::Escape(literal + escapings),
            other => other,
        };
        self.built.parts.extend(other.parts.iter().map(|part| Part {
            text: part.text.start + base..part.text.end + base,
            host: part.host.clone(),
            kind: moved(part.kind),
        }));
        self.names.extend(other.placeholders().filter_map(|range| {
            let name = other.text.get(range.start + 1..range.end.checked_sub(1)?)?;
            Some(name.to_owned())
        }));
        self.literal = None;
    }

    /// Returns the text so far.
    #[cfg(feature = "programs")]
    pub(super) fn text(&self) -> &HostText {
        &self.built
    }

    /// Returns the text.
    #[must_use]
    pub fn finish(self) -> HostText {
        self.built
    }

    /// Returns a name for a placeholder, which no other placeholder of the text has.
    fn name(&mut self, expression: &str) -> String {
        let mut name = String::new();
        for c in expression.chars() {
            if name.len() >= MAX_NAME {
                break;
            }
            if c.is_ascii_alphanumeric() || c == '_' {
                name.push(c);
            } else if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
        }
        let name = name.trim_matches('_');
        let name = if name.is_empty() { "value".to_owned() } else { name.to_owned() };
        let mut unique = name.clone();
        while !self.names.insert(unique.clone()) {
            let number = self.numbers.entry(name.clone()).or_insert(1);
            *number += 1;
            unique = format!("{name}_{number}");
        }
        unique
    }
}

impl HostText {
    /// Returns this text with another layer of encoding taken off. `decode` gets the text of each literal
    /// stretch, and returns its pieces in order: the byte range in the stretch, and what it means. `escaping`
    /// returns the escaping of the new layer on top of that of the literal.
    #[must_use]
    pub fn decoded(
        &self,
        decode: impl Fn(&str) -> Vec<(Range<usize>, String)>,
        escaping: impl Fn(Arc<dyn Escaping>) -> Arc<dyn Escaping>,
    ) -> Self {
        let mut builder = HostTextBuilder::default();
        let mut at = 0;
        while let Some(part) = self.parts.get(at) {
            let (PartKind::Plain(literal) | PartKind::Escape(literal)) = part.kind else {
                let text = self.text.get(part.text.clone()).unwrap_or_default();
                match part.kind {
                    PartKind::Synthetic => builder.synthetic(text),
                    _ => builder.placeholder(part.host.clone(), text),
                }
                at += 1;
                continue;
            };
            // A sequence of the new layer may be written with escape sequences of the old one.
            let of_literal =
                |part: &Part| matches!(part.kind, PartKind::Plain(l) | PartKind::Escape(l) if l == literal);
            let stretch =
                self.parts.get(at..).unwrap_or_default().iter().take_while(|p| of_literal(p)).count();
            let end = self.parts.get(at + stretch - 1).map_or(part.text.end, |last| last.text.end);
            let start = part.text.start;
            if let Some(old) = self.escapings.get(literal) {
                builder.begin(part.host.start, escaping(old.clone()));
            }
            let text = self.text.get(start..end).unwrap_or_default();
            for (range, meaning) in decode(text) {
                let whole = start + range.start..start + range.end;
                let Some(host) = self.host_span(whole.clone()) else { continue };
                if text.get(range) != Some(meaning.as_str()) {
                    builder.escape(host, &meaning);
                    continue;
                }
                // What the new layer leaves as it is keeps its parts.
                for part in self.overlapping(&whole) {
                    let kept = part.text.start.max(whole.start)..part.text.end.min(whole.end);
                    let (false, Some(host)) = (kept.is_empty(), self.host_span(kept.clone())) else {
                        continue;
                    };
                    let text = self.text.get(kept).unwrap_or_default();
                    match part.kind {
                        PartKind::Escape(_) => builder.escape(host, text),
                        _ => builder.plain(host, text),
                    }
                }
            }
            at += stretch;
        }
        builder.finish()
    }
}
