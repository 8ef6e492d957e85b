//! Renders explanations as Markdown, for editors and for agents.
//!
//! Labels and names come from the organisation, so all of them are escaped.

use dvkit_diagnostic::printable::markdown::{self, Context};

use super::page::Page;

/// Returns `text` as a code span of Markdown.
pub(crate) fn code_span(text: &str) -> String {
    markdown::code_span(text, Context::Paragraph)
}

/// Returns `text` with every word in a code span that Markdown could interpret.
pub(crate) fn inline_text(text: &str) -> String {
    markdown::inline_text(text, Context::Paragraph)
}

impl Page {
    /// Returns the heading as Markdown: the name, the display name and the summary.
    #[must_use]
    pub fn markdown_heading(&self) -> String {
        let mut out = format!("**{}**", code_span(&self.name));
        if !self.title.is_empty() {
            out.push_str(&format!(" — {}", inline_text(&self.title)));
        }
        if !self.summary.is_empty() {
            out.push_str(&format!("\n\n{}", inline_text(&self.summary)));
        }
        out
    }

    /// Returns the whole explanation as Markdown: the heading, and a list of the purposes with their spellings.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = self.markdown_heading();
        out.push('\n');
        if !self.uses.is_empty() {
            out.push('\n');
        }
        for one in &self.uses {
            out.push_str(&format!("- {}:", inline_text(one.label.trim())));
            let several = one.spellings.len() > 1;
            for spelling in &one.spellings {
                out.push_str(if several { "\n  - " } else { " " });
                out.push_str(&code_span(&spelling.text));
                if let Some(note) = &spelling.note {
                    out.push_str(&format!(" — {}", inline_text(note.trim())));
                }
            }
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_a_list() {
        let mut page = Page::new("contact.statecode", "Status *", "state");
        page.noted(
            "in $filter",
            [("statecode eq 0".to_owned(), "Active"), ("statecode eq 1".to_owned(), "")],
        );
        page.one("in $select", "statecode");
        assert_eq!(
            page.markdown(),
            "**`contact.statecode`** — Status `*`\n\nstate\n\n- in `$filter`:\n  - `statecode eq 0` — Active\n  - `statecode eq 1`\n- in `$select`: `statecode`\n"
        );
    }
}
