//! Lays out an explanation, as text and as JSON. The modules for tables, columns, lookups and operations fill
//! a [`Page`], and `dvkit explain` prints it.

use dvkit_diagnostic::printable;
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

/// The width of the first column, with the purposes. The spellings begin behind it.
const INDENT: usize = 27;
/// The maximum width of a line that has several spellings.
const WIDTH: usize = 110;

/// The explanation of one table, column, navigation property or operation.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    /// The qualified name, such as `contact.parentcustomerid`.
    pub(super) name: String,
    /// The display name; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) title: String,
    /// A short description, such as `customer lookup → account | contact`.
    pub(super) summary: String,
    /// The spellings, grouped by purpose.
    pub(super) uses: Vec<Use>,
}

/// A purpose, such as filtering or writing, with the spellings for it.
#[derive(Debug, Serialize)]
pub(super) struct Use {
    #[serde(rename = "use")]
    label: String,
    forms: Vec<Form>,
}

/// A spelling, with an optional note.
#[derive(Debug, Serialize)]
pub(super) struct Form {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
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
        let forms: Vec<Form> = forms.into_iter().map(|text| Form { text, note: None }).collect();
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
            Form { text, note: (!note.is_empty()).then_some(note) }
        };
        self.push(label, forms.into_iter().map(form).collect());
    }

    fn push(&mut self, label: &str, forms: Vec<Form>) {
        if !forms.is_empty() {
            self.uses.push(Use { label: label.to_owned(), forms });
        }
    }

    /// Returns the text that follows the name in the heading, with spaces before it.
    pub(super) fn subtitle(&self) -> String {
        let parts = [&self.title, &self.summary].into_iter().filter(|p| !p.is_empty());
        parts.map(|part| format!("   {part}")).collect()
    }

    /// Returns the lines of the text below the heading.
    pub(super) fn lines(&self) -> Vec<String> {
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
        let texts = self.forms.iter().map(|f| (printable::line(&f.text).to_string(), &f.note));
        let texts: Vec<(String, &Option<String>)> = texts.collect();
        if self.forms.iter().any(|f| f.note.is_some()) {
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
}
