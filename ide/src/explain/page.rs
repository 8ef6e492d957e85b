//! Defines an explanation as data, and lays it out as text. The modules for tables, columns, lookups and
//! operations fill a [`Page`].

use dvkit_diagnostic::printable;
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

/// The width of the first column, with the purposes. The spellings begin behind it.
const INDENT: usize = 27;
/// The maximum width of a line that has several spellings.
const WIDTH: usize = 110;

/// The explanation of one table, column, navigation property, operation or choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The qualified name, such as `contact.parentcustomerid`.
    pub name: String,
    /// The display name; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// A short description, such as `customer lookup → account | contact`.
    pub summary: String,
    /// The purposes with their spellings.
    pub uses: Vec<Use>,
}

/// A purpose, such as filtering or writing, with the spellings for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Use {
    /// The name of the purpose, such as `in $filter`.
    #[serde(rename = "use")]
    pub label: String,
    /// The spellings, the most usual one first. There is at least one.
    #[serde(rename = "forms")]
    pub spellings: Vec<Spelling>,
}

/// A spelling, with an optional note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spelling {
    /// The text as it is written in a query, in a request or in JSON.
    pub text: String,
    /// A note on the spelling, such as the label of an option.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Page {
    pub(super) fn new(name: impl Into<String>, title: &str, summary: impl Into<String>) -> Self {
        Self { name: name.into(), title: title.to_owned(), summary: summary.into(), uses: Vec::new() }
    }

    /// Adds the purpose `label` with one spelling.
    pub(super) fn one(&mut self, label: &str, form: impl Into<String>) {
        self.many(label, [form.into()]);
    }

    /// Adds the purpose `label` with several spellings; adds nothing if there are none.
    pub(super) fn many(&mut self, label: &str, forms: impl IntoIterator<Item = String>) {
        let forms: Vec<Spelling> = forms.into_iter().map(|text| Spelling { text, note: None }).collect();
        self.push(label, forms);
    }

    /// Adds the purpose `label` with several spellings, each with a note.
    pub(super) fn noted<N: Into<String>>(
        &mut self,
        label: &str,
        forms: impl IntoIterator<Item = (String, N)>,
    ) {
        let form = |(text, note): (String, N)| {
            let note = note.into();
            Spelling { text, note: (!note.is_empty()).then_some(note) }
        };
        self.push(label, forms.into_iter().map(form).collect());
    }

    fn push(&mut self, label: &str, spellings: Vec<Spelling>) {
        if !spellings.is_empty() {
            self.uses.push(Use { label: label.to_owned(), spellings });
        }
    }

    /// Returns the text that follows the name in the heading, with spaces before it.
    #[must_use]
    pub fn subtitle(&self) -> String {
        let parts = [&self.title, &self.summary].into_iter().filter(|p| !p.is_empty());
        parts.map(|part| format!("   {part}")).collect()
    }

    /// Returns the explanation with at most `max` bytes of text, and the number of spellings that were dropped.
    /// Each purpose keeps its first spelling as long as possible. The heading is always kept.
    #[must_use]
    pub fn within(mut self, max: usize) -> (Self, usize) {
        let size = |s: &Spelling| s.text.len() + s.note.as_ref().map_or(0, |note| note.len() + 3) + 4;
        let mut used = self.name.len() + self.title.len() + self.summary.len();
        let mut dropped = 0;
        // The number of spellings that each purpose keeps. All purposes get their first one, then the second.
        let mut kept = vec![0; self.uses.len()];
        let rounds = self.uses.iter().map(|u| u.spellings.len()).max().unwrap_or(0);
        let mut full = false;
        for round in 0..rounds {
            for (one, kept) in self.uses.iter().zip(&mut kept) {
                let Some(spelling) = one.spellings.get(round) else { continue };
                let label = if round == 0 { one.label.len() + 4 } else { 0 };
                full |= used + label + size(spelling) > max;
                if full {
                    dropped += 1;
                } else {
                    used += label + size(spelling);
                    *kept += 1;
                }
            }
        }
        for (one, kept) in self.uses.iter_mut().zip(kept) {
            one.spellings.truncate(kept);
        }
        self.uses.retain(|one| !one.spellings.is_empty());
        (self, dropped)
    }

    /// Returns the lines of the text below the heading.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for one in &self.uses {
            let label = format!("  {}", printable::line(&one.label));
            let gap = INDENT.saturating_sub(label.width()).max(2);
            for (n, text) in one.lines().iter().enumerate() {
                lines.push(if n == 0 {
                    format!("{label}{:gap$}{text}", "")
                } else {
                    format!("{:INDENT$}{text}", "")
                });
            }
        }
        lines
    }
}

impl Use {
    /// Returns the lines for the spellings of this purpose. If no spelling has a note and they fit, they
    /// share one line; otherwise each has its own line, and the notes are aligned.
    fn lines(&self) -> Vec<String> {
        // The width is measured on the escaped text, as it is shown.
        let texts = self.spellings.iter().map(|f| (printable::line(&f.text).to_string(), &f.note));
        let texts: Vec<(String, &Option<String>)> = texts.collect();
        if self.spellings.iter().any(|f| f.note.is_some()) {
            let wide = texts.iter().map(|(text, _)| text.width()).filter(|w| *w <= 72).max().unwrap_or(0);
            let line = |(text, note): (String, &Option<String>)| match note {
                None => text,
                Some(note) => {
                    let gap = wide.saturating_sub(text.width()) + 3;
                    format!("{text}{:gap$}{note}", "")
                }
            };
            return texts.into_iter().map(line).collect();
        }
        let mut lines: Vec<String> = Vec::new();
        for (text, _) in texts {
            match lines.last_mut() {
                Some(last) if INDENT + last.width() + 3 + text.width() <= WIDTH => {
                    last.push_str("   ");
                    last.push_str(&text);
                }
                _ => lines.push(text),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_stand_side_by_side_while_they_fit() {
        let mut page = Page::new("contact.x", "", "text");
        page.many("in $select", ["a".to_owned(), "b".to_owned(), "c".repeat(90)]);
        page.noted("options", [("x eq 1".to_owned(), "One"), ("x eq 22".to_owned(), "")]);
        page.many("nothing", []);
        assert_eq!(page.subtitle(), "   text");
        let expected = [
            "  in $select               a   b".to_owned(),
            format!("{:27}{}", "", "c".repeat(90)),
            "  options                  x eq 1    One".to_owned(),
            format!("{:27}x eq 22", ""),
        ];
        assert_eq!(page.lines(), expected);
    }

    #[test]
    fn a_shortened_page_keeps_the_first_spelling_of_each_purpose() {
        let mut page = Page::new("contact.x", "X", "text");
        page.many("in $filter", (0..50).map(|n| format!("x eq {n}")));
        page.one("in $select", "x");
        let (all, dropped) = page.clone().within(10_000);
        assert_eq!((all, dropped), (page.clone(), 0));
        let (short, dropped) = page.clone().within(100);
        assert!(dropped > 0);
        assert_eq!(short.uses.len(), 2, "{short:?}");
        assert_eq!(short.uses[0].spellings.len() + short.uses[1].spellings.len() + dropped, 51);
        let (none, dropped) = page.within(0);
        assert_eq!((none.uses.len(), dropped), (0, 51));
    }
}
