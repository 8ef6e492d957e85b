//! The diagnostic, with its severity, labels and suggestions.

use crate::text::columns::escape_control_chars;
use crate::{Code, Edit, Span};

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Severity {
    /// A remark about a text in which nothing is wrong.
    Note,
    /// The service accepts the text, but it probably means something else than intended, or is known to run
    /// slowly.
    Warning,
    /// The service refuses the text, or it cannot mean what was intended.
    Error,
}

impl Severity {
    /// Returns the lower-case word before a message: `note`, `warning` or `error`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Whether a tool may apply a suggestion without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Applicability {
    /// The suggestion is certainly what was intended. `--fix` applies it.
    MachineApplicable,
    /// The suggestion is a guess, or one of several. Tools show it, and a person has to choose it.
    Maybe,
}

/// A remark on another position in the text, which explains the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Label {
    /// The position that the remark is about.
    pub span: Span,
    /// The remark, in lower case, without a full stop.
    pub message: String,
}

/// A correction of the text. All of its edits are applied together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Suggestion {
    /// What the edits do, in lower case, without a full stop.
    pub message: String,
    /// The edits, which do not overlap.
    pub edits: Vec<Edit>,
    /// Whether a tool may apply the suggestion without asking.
    pub applicability: Applicability,
}

impl Suggestion {
    /// Returns a suggestion with one edit that tools may apply without asking
    /// ([`Applicability::MachineApplicable`]). The edit replaces the text under `span` by `replacement`.
    #[must_use]
    pub fn fix(message: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            edits: vec![Edit { span, replacement: replacement.into() }],
            applicability: Applicability::MachineApplicable,
        }
    }

    /// Returns a suggestion with one edit that is a guess ([`Applicability::Maybe`]). The edit replaces the
    /// text under `span` by `replacement`.
    #[must_use]
    pub fn maybe(message: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        Self { applicability: Applicability::Maybe, ..Self::fix(message, span, replacement) }
    }

    /// Adds an edit that replaces the text under `span` by `replacement`.
    #[must_use]
    pub fn and_edit(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.edits.push(Edit { span, replacement: replacement.into() });
        self
    }
}

/// One finding about a text: what is wrong, its position, and the possible corrections.
///
/// Messages are lower-case sentences without a full stop, with names in backticks. `Display` writes the first
/// line only (`error[DV0201]: …`); [`Diagnostic::display`] adds the source with carets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Diagnostic {
    /// The code of the kind of mistake, which is the same in every version.
    pub code: Code,
    /// The severity.
    pub severity: Severity,
    /// The message: what is wrong.
    pub message: String,
    /// The position of the mistake: the smallest part of the text that is wrong.
    pub span: Span,
    /// Remarks on other positions. A label whose span equals that of the finding is shown beside the carets.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub labels: Vec<Label>,
    /// One sentence that says what to do.
    pub help: Option<String>,
    /// The possible corrections, the best first.
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

    /// Adds a label: the remark `message` on the text under `span`. If `span` equals the span of the finding,
    /// the remark is shown beside the carets.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Sets the help, one sentence that says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a suggestion.
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

    /// Returns the first suggestion that a tool may apply without asking; `None` if there is none.
    #[must_use]
    pub fn fix(&self) -> Option<&Suggestion> {
        self.suggestions.iter().find(|s| s.applicability == Applicability::MachineApplicable)
    }

    /// Applies `map` to every span (of the finding, its labels and its edits) and `encode` to every
    /// replacement. This converts a finding about a decoded text to one about the encoded text.
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
