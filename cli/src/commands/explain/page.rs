//! What an explanation looks like, as text and as JSON.

use std::io::{self, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

/// Where the forms begin.
const INDENT: usize = 27;
/// Forms are put side by side up to this column.
const WIDTH: usize = 110;

/// The explanation of one table, column or navigation property.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    /// `contact.parentcustomerid`
    pub(super) name: String,
    /// The name that people see.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) title: String,
    /// What it is: `customer lookup → account | contact`.
    pub(super) summary: String,
    /// Every way to write it.
    pub(super) uses: Vec<Use>,
}

/// One purpose, and what is written for it.
#[derive(Debug, Serialize)]
pub(super) struct Use {
    #[serde(rename = "use")]
    label: String,
    forms: Vec<Form>,
}

/// One spelling.
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

    /// Adds a line with one form.
    pub(super) fn one(&mut self, label: &str, form: impl Into<String>) {
        self.many(label, [form.into()]);
    }

    /// Adds a line with several forms; none where there is no form.
    pub(super) fn many(&mut self, label: &str, forms: impl IntoIterator<Item = String>) {
        let forms: Vec<Form> = forms.into_iter().map(|text| Form { text, note: None }).collect();
        self.push(label, forms);
    }

    /// Adds a line with forms and what each is for.
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

    /// The page as text, with a line break at its end; `heading` dresses the name.
    pub(super) fn write(&self, out: &mut dyn Write, heading: &str) -> io::Result<()> {
        let parts = [heading, &self.title, &self.summary];
        let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        writeln!(out, "{}", parts.join("   "))?;
        for line in &self.uses {
            let label = format!("  {}", line.label);
            let gap = INDENT.saturating_sub(label.width()).max(2);
            let lines = line.lines();
            for (n, text) in lines.iter().enumerate() {
                if n == 0 {
                    writeln!(out, "{label}{:gap$}{text}", "")?;
                } else {
                    writeln!(out, "{:INDENT$}{text}", "")?;
                }
            }
        }
        Ok(())
    }
}

impl Use {
    /// Forms side by side where they fit and need no note, else one a line with the notes below each other.
    fn lines(&self) -> Vec<String> {
        if self.forms.iter().any(|f| f.note.is_some()) {
            let wide = self.forms.iter().map(|f| f.text.width()).filter(|w| *w <= 72).max().unwrap_or(0);
            let line = |f: &Form| match &f.note {
                None => f.text.clone(),
                Some(note) => {
                    let gap = wide.saturating_sub(f.text.width()) + 3;
                    format!("{}{:gap$}{note}", f.text, "")
                }
            };
            return self.forms.iter().map(line).collect();
        }
        let mut lines: Vec<String> = Vec::new();
        for form in &self.forms {
            match lines.last_mut() {
                Some(last) if INDENT + last.width() + 3 + form.text.width() <= WIDTH => {
                    last.push_str("   ");
                    last.push_str(&form.text);
                }
                _ => lines.push(form.text.clone()),
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
        let mut text = Vec::new();
        page.write(&mut text, "contact.x").unwrap();
        let expected = format!(
            "contact.x   text\n  in $select               a   b\n{:27}{}\n  options                  x eq 1    One\n{:27}x eq 22\n",
            "",
            "c".repeat(90),
            ""
        );
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
