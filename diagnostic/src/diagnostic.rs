//! The diagnostic value and the edits that put a text right.

use crate::text::advice;
use crate::text::columns::escape_control_chars;
use crate::{Code, DisplayDiagnostic, LineIndex, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// The service accepts it, but it is probably not what was meant, or it is known to run badly.
    Warning,
    /// The service refuses it, or it cannot mean what was written.
    Error,
}

impl Severity {
    /// The lower-case word that stands before a message.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// May a tool apply a suggestion without asking?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Applicability {
    /// Certain to be what was meant: `--fix` applies it.
    MachineApplicable,
    /// A guess, or one of several: shown, never applied by itself.
    Maybe,
}

/// A second place that explains the first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What there is to see, lower-case, no full stop.
    pub message: String,
}

/// Replace the bytes under `span` by `replacement`; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// The new text.
    pub replacement: String,
}

/// A way to put it right: all `edits` together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Suggestion {
    /// What applying the edits does, lower-case, no full stop.
    pub message: String,
    /// The edits; they never overlap.
    pub edits: Vec<Edit>,
    /// Whether a tool may apply it unasked.
    pub applicability: Applicability,
}

impl Suggestion {
    /// A machine-applicable suggestion of one edit.
    #[must_use]
    pub fn fix(message: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            edits: vec![Edit { span, replacement: replacement.into() }],
            applicability: Applicability::MachineApplicable,
        }
    }

    /// A suggestion of one edit that a person must choose.
    #[must_use]
    pub fn maybe(message: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        Self { applicability: Applicability::Maybe, ..Self::fix(message, span, replacement) }
    }

    /// The same suggestion with one more edit.
    #[must_use]
    pub fn and_edit(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.edits.push(Edit { span, replacement: replacement.into() });
        self
    }
}

/// One finding: what is wrong, where, and what to write instead.
///
/// Messages are lower-case sentences without a full stop that name things in backticks. `Display` gives the first
/// line only (`error[DV0201]: …`); [`Diagnostic::display`] adds the carets under the source.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The smallest wrong piece.
    pub span: Span,
    /// Other places, and a few words for the main one where a label has the same span.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub labels: Vec<Label>,
    /// One sentence on what to do.
    pub help: Option<String>,
    /// Ways to put it right, best first.
    #[cfg_attr(feature = "serde", serde(default))]
    pub suggestions: Vec<Suggestion>,
}

impl Diagnostic {
    /// A finding of any severity.
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

    /// An error.
    #[must_use]
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message)
    }

    /// A warning.
    #[must_use]
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message)
    }

    /// A note.
    #[must_use]
    pub fn note(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, span, message)
    }

    /// Adds a label; with the diagnostic's own span it is the text beside the carets.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Sets the help sentence.
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

    /// True for errors.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The first suggestion that may be applied unasked.
    #[must_use]
    pub fn fix(&self) -> Option<&Suggestion> {
        self.suggestions.iter().find(|s| s.applicability == Applicability::MachineApplicable)
    }

    /// The whole message with carets under `source`, without colour.
    #[must_use]
    pub fn display<'a>(&'a self, source: &'a str) -> DisplayDiagnostic<'a> {
        DisplayDiagnostic::new(self, source)
    }

    /// [`Diagnostic::display`] for many findings in one text, which is looked through once for all of them.
    #[must_use]
    pub fn display_in<'a>(&'a self, source: &'a LineIndex<'a>) -> DisplayDiagnostic<'a> {
        DisplayDiagnostic::measured(self, source)
    }

    /// The sentences that [`Diagnostic::display`] puts behind `help:`, for renderings of one's own: the help, then
    /// what the suggestions write into `source`.
    ///
    /// ```
    /// use dvkit_diagnostic::{code, Diagnostic, Span, Suggestion};
    /// let d = Diagnostic::error(code::FOREIGN_OPERATOR, Span::new(2, 4), "`==` is not an OData operator")
    ///     .suggest(Suggestion::fix("write", Span::new(2, 4), "eq"));
    /// assert_eq!(d.advice("a == 1"), ["write: `eq`"]);
    /// ```
    #[must_use]
    pub fn advice(&self, source: &str) -> Vec<String> {
        advice::sentences(self, source, None)
    }

    /// The same finding with every span (its own, its labels', its edits') mapped by `map`, and every replacement
    /// by `encode`: how spans into decoded text become spans into the encoded text it came from.
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

/// Why edits could not be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditError {
    /// Two edits touch the same bytes.
    Overlap(Span, Span),
    /// An edit lies outside the text, or inside a character.
    OutOfText(Span),
}

impl std::fmt::Display for EditError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Overlap(a, b) => {
                write!(f, "edits at bytes {}..{} and {}..{} overlap", a.start, a.end, b.start, b.end)
            }
            Self::OutOfText(s) => write!(f, "an edit at bytes {}..{} does not fit the text", s.start, s.end),
        }
    }
}

impl std::error::Error for EditError {}

/// Applies `edits`, in any order, to `source`.
///
/// # Errors
/// Where two edits overlap or one does not fit the text; `source` is left as it is.
pub fn apply(source: &str, edits: &[Edit]) -> Result<String, EditError> {
    let sorted = fitting(source, edits)?;
    let mut out = String::with_capacity(source.len() + 16);
    let mut at = 0;
    for edit in sorted {
        let range = edit.span.range();
        out.push_str(source.get(at..range.start).unwrap_or_default());
        out.push_str(&edit.replacement);
        at = range.end;
    }
    out.push_str(source.get(at..).unwrap_or_default());
    Ok(out)
}

/// The edits in the order of the text, where they can be applied to it.
pub(crate) fn fitting<'e>(source: &str, edits: &'e [Edit]) -> Result<Vec<&'e Edit>, EditError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|e| (e.span.start, e.span.end));
    let mut at = 0;
    let mut last = Span::at(0);
    for edit in &sorted {
        let range = edit.span.range();
        if range.start < at {
            return Err(EditError::Overlap(last, edit.span));
        }
        if source.get(range.clone()).is_none() {
            return Err(EditError::OutOfText(edit.span));
        }
        at = range.end;
        last = edit.span;
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests;
