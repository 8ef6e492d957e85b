//! Explains diagnostic codes: what a finding with the code means, with a wrong query and the right one.

use dvkit_diagnostic::printable::markdown::code_block;
use dvkit_diagnostic::{Code, CodeInfo, code};
use serde::Serialize;

use super::markdown::{code_span, inline_text};

/// The explanation of a diagnostic code.
#[derive(Clone, Debug, Serialize)]
pub struct CodePage {
    /// The code, such as `DV0203`.
    pub code: Code,
    /// The name of the family that the code belongs to.
    pub kind: &'static str,
    /// The title of the code: a sentence without a full stop.
    pub title: &'static str,
    /// The explanation, of one or more lines.
    pub text: String,
    /// The logical name of the table that the examples are for; empty if there are no examples.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub table: &'static str,
    /// A query that has a finding with the code; empty if there is no example.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub wrong: &'static str,
    /// The query without this finding; empty if there is no example.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub right: &'static str,
}

impl CodePage {
    /// Returns the explanation of the code `name`, such as `DV0203`, `dv203` or `203`; `None` if there is no
    /// such code.
    ///
    /// ```
    /// use dvkit_ide::explain::CodePage;
    /// assert_eq!(CodePage::find("dv0203").map(|page| page.code), Some(dvkit_diagnostic::code::UNKNOWN_COLUMN));
    /// assert!(CodePage::find("DV9999").is_none());
    /// ```
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let code: Code = name.to_ascii_uppercase().parse().ok()?;
        code.info().map(Self::of)
    }

    /// Returns the explanations of all codes, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        code::all().map(Self::of)
    }

    /// Returns the lines of the explanation below its heading.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.text.lines().map(|line| format!("  {line}")).collect();
        if !self.wrong.is_empty() {
            lines.push(String::new());
            lines.push(format!("  on {}", self.table));
            lines.push(format!("  wrong   {}", self.wrong));
            if !self.right.is_empty() {
                lines.push(format!("  right   {}", self.right));
            }
        }
        lines
    }

    /// Returns the whole explanation as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out =
            format!("**{}**: {}\n\n{}\n", self.code, inline_text(self.title), inline_text(&self.text));
        if !self.wrong.is_empty() {
            out.push_str(&format!(
                "\nWrong, on {}:\n\n{}",
                code_span(self.table),
                code_block(self.wrong, "")
            ));
            if !self.right.is_empty() {
                out.push_str(&format!("\nRight:\n\n{}", code_block(self.right, "")));
            }
        }
        out
    }

    fn of(info: &'static CodeInfo) -> Self {
        let lines: Vec<&str> = info.text.lines().map(str::trim).collect();
        Self {
            code: info.code,
            kind: info.code.family().as_str(),
            title: info.title,
            text: lines.join("\n"),
            table: info.table,
            wrong: info.wrong,
            right: info.right,
        }
    }
}

/// Returns whether a name has the form of a code, such as `DV0203`, `dv203` or `203`.
#[must_use]
pub fn is_code(name: &str) -> bool {
    let digits = name.get(..2).filter(|p| p.eq_ignore_ascii_case("dv")).map_or(name, |_| &name[2..]);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_names() {
        assert!(["DV0203", "dv203", "Dv0203", "203"].into_iter().all(is_code));
        assert!(!["contact", "dv", "", "dvx1", "é", "DV0203.x", "account.1"].into_iter().any(is_code));
    }

    #[test]
    fn a_page_has_a_wrong_query_with_its_table_and_the_right_one() {
        let page = |wrong: &'static str, right: &'static str| CodePage {
            code: dvkit_diagnostic::code::UNKNOWN_COLUMN,
            kind: "names",
            title: "a title",
            text: "words".to_owned(),
            table: "contact",
            wrong,
            right,
        };
        for (page, lines, markdown) in [
            (page("", ""), &["  words"][..], "**DV0203**: a title\n\nwords\n"),
            (page("", "b"), &["  words"], "**DV0203**: a title\n\nwords\n"),
            (
                page("a", ""),
                &["  words", "", "  on contact", "  wrong   a"],
                "**DV0203**: a title\n\nwords\n\nWrong, on `contact`:\n\n```\na\n```\n",
            ),
            (
                page("a", "b"),
                &["  words", "", "  on contact", "  wrong   a", "  right   b"],
                "**DV0203**: a title\n\nwords\n\nWrong, on `contact`:\n\n```\na\n```\n\nRight:\n\n```\nb\n```\n",
            ),
        ] {
            assert_eq!(page.lines(), lines);
            assert_eq!(page.markdown(), markdown);
        }
    }

    #[test]
    fn every_code_has_a_page_in_text_and_in_markdown() {
        for page in CodePage::all() {
            assert!(!page.lines().is_empty(), "{}", page.code);
            assert!(page.markdown().starts_with(&format!("**{}**", page.code)), "{}", page.code);
        }
    }
}
