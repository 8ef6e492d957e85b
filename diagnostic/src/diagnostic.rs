//! Defines the diagnostic, which is one finding about a text, with its severity, labels and suggestions. All
//! crates that read texts create diagnostics; [`crate::render`] and [`crate::sarif`] show them.

use crate::text::columns::escape_control_chars;
use crate::{Code, Edit, Span};

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Severity {
    /// A remark about a text that is not wrong.
    Note,
    /// The service accepts the text, but the text probably means something else than intended, or is known to
    /// run slowly.
    Warning,
    /// The service refuses the text, or the text cannot mean what was intended.
    Error,
}

impl Severity {
    /// Returns the word that precedes the message of a finding: `note`, `warning` or `error`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Whether a tool may apply a suggestion automatically.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Applicability {
    /// The suggestion is certainly what was intended. Tools may apply it automatically, as `--fix` does.
    MachineApplicable,
    /// The suggestion is a guess, or one of several possible ones. Tools show it, and a person must choose
    /// it.
    Maybe,
}

/// A remark about another position in the text that helps to understand the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Label {
    /// The position that the remark is about.
    pub span: Span,
    /// The text of the remark, in lower case and without a full stop.
    pub message: String,
}

/// A correction of the text, which consists of one or more edits that are applied together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Suggestion {
    /// A description of the correction, in lower case and without a full stop.
    pub message: String,
    /// The edits of the correction. They do not overlap.
    pub edits: Vec<Edit>,
    /// Whether a tool may apply the correction automatically.
    pub applicability: Applicability,
}

impl Suggestion {
    /// Returns a suggestion with one edit that tools may apply automatically
    /// ([`Applicability::MachineApplicable`]). The edit replaces the text at `span` by `replacement`;
    /// `message` describes it.
    #[must_use]
    pub fn fix(message: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            edits: vec![Edit { span, replacement: replacement.into() }],
            applicability: Applicability::MachineApplicable,
        }
    }

    /// Returns a suggestion with one edit that is a guess ([`Applicability::Maybe`]). The edit replaces the
    /// text at `span` by `replacement`; `message` describes it.
    #[must_use]
    pub fn maybe(message: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        Self { applicability: Applicability::Maybe, ..Self::fix(message, span, replacement) }
    }

    /// Returns the suggestion with one more edit, which replaces the text at `span` by `replacement`.
    #[must_use]
    pub fn and_edit(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.edits.push(Edit { span, replacement: replacement.into() });
        self
    }
}

/// One finding about a text: what is wrong, where it is wrong, and how it can be corrected.
///
/// Messages are lower-case sentences without a full stop, with names in backticks. `Display` writes the first
/// line only (`error[DV0201]: …`); [`Diagnostic::display`] adds the source with carets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Diagnostic {
    /// The code of the kind of mistake. It is the same in every version of dvkit.
    pub code: Code,
    /// The severity of the finding.
    pub severity: Severity,
    /// The message, which says what is wrong.
    pub message: String,
    /// The position of the mistake, which is the smallest part of the text that is wrong.
    pub span: Span,
    /// Remarks about other positions in the text. A label with the span of the finding itself is shown beside
    /// the carets.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub labels: Vec<Label>,
    /// A sentence with advice on what to do; `None` if there is no advice.
    pub help: Option<String>,
    /// The possible corrections, the best one first.
    #[cfg_attr(feature = "serde", serde(default))]
    pub suggestions: Vec<Suggestion>,
}

impl Diagnostic {
    /// Returns a finding without labels, help and suggestions.
    #[must_use]
    pub fn new(code: Code, severity: Severity, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            span,
            labels: Vec::new(),
            help: None,
            suggestions: Vec::new(),
        }
    }

    /// Returns an error without labels, help and suggestions.
    #[must_use]
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message)
    }

    /// Returns a warning without labels, help and suggestions.
    #[must_use]
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message)
    }

    /// Returns a note without labels, help and suggestions.
    #[must_use]
    pub fn note(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, span, message)
    }

    /// Returns the finding with one more label: the remark `message` about the text at `span`. A label with
    /// the span of the finding itself is shown beside the carets.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Returns the finding with `help` as its advice on what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Returns the finding with one more suggestion, after those that it has.
    #[must_use]
    pub fn suggest(mut self, suggestion: Suggestion) -> Self {
        self.suggestions.push(suggestion);
        self
    }

    /// Returns whether the finding is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Returns the first suggestion that a tool may apply automatically; `None` if there is none.
    #[must_use]
    pub fn fix(&self) -> Option<&Suggestion> {
        self.suggestions.iter().find(|s| s.applicability == Applicability::MachineApplicable)
    }

    /// Returns the finding with `map` applied to every span (of the finding, its labels and its edits) and
    /// `encode` applied to every replacement. Callers use it to turn a finding about a decoded text into one
    /// about the encoded text.
    #[must_use]
    pub fn map(mut self, map: impl Fn(Span) -> Span, encode: impl Fn(String) -> String) -> Self {
        self.span = map(self.span);
        for label in &mut self.labels {
            label.span = map(label.span);
        }
        for edit in self.suggestions.iter_mut().flat_map(|s| &mut s.edits) {
            edit.span = map(edit.span);
            edit.replacement = encode(std::mem::take(&mut edit.replacement));
        }
        self
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}[{}]: {}",
            self.severity.as_str(),
            self.code,
            escape_control_chars(self.message.trim_end())
        )
    }
}

impl std::error::Error for Diagnostic {}

#[cfg(test)]
mod tests;
