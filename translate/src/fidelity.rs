//! Defines the result of a translation: the translated text with the differences between the two queries'
//! results, or the reasons why the query cannot be translated.
//!
//! Both translators ([`to_fetchxml()`](crate::to_fetchxml()) and [`to_odata()`](crate::to_odata())) collect
//! them in a `TranslationReport`. A difference does not prevent a translation; a reason does.

use std::fmt;

use dvkit_diagnostic::{Code, DEFAULT_MAX_FINDINGS, Diagnostic, Span, code};

use crate::subject::Subject;

/// A query that was translated to the other language.
#[derive(Clone, Debug, PartialEq)]
pub struct Translation {
    /// The text of the query in the other language.
    pub text: String,
    /// The differences between the results of the original query and of the translation; empty if there are
    /// none.
    pub differences: Vec<Difference>,
}

impl Translation {
    /// Returns whether the translation is exact, which means that it has no differences: it selects the same
    /// rows as the original query and returns them in the same form.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.differences.is_empty()
    }
}

/// A difference between the results of the original query and of its translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The kind of difference.
    pub kind: DifferenceKind,
    /// A sentence that describes the difference, without a full stop at the end.
    pub text: String,
    /// The span in the original text of the part that causes the difference; `None` if no particular part
    /// does.
    pub span: Option<Span>,
    /// The part of the query that causes the difference; `None` if no particular part does.
    pub(super) subject: Option<Subject>,
}

/// The kind of a difference between the results of a query and of its translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// The translation returns the same values in another structure, such as flat columns instead of a nested
    /// row.
    Shape,
    /// The translation returns the same values under other names.
    Names,
    /// The translation returns some rows more often, or less often.
    Rows,
    /// The translation may treat rows without a value differently.
    Nulls,
    /// The translation counts all matching rows up to another limit.
    Totals,
    /// The translation returns other rows on each page, or the next page is requested in another way.
    Paging,
    /// The results are probably equal, but the documentation of the service does not say so.
    Undocumented,
    /// The results are equal, but the translation may run faster or slower.
    Performance,
    /// The translation omits a part of the original text.
    Unread,
}

impl DifferenceKind {
    /// Returns the name of this kind of difference in machine-readable output, such as `shape`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Names => "names",
            Self::Rows => "rows",
            Self::Nulls => "nulls",
            Self::Totals => "totals",
            Self::Paging => "paging",
            Self::Undocumented => "undocumented",
            Self::Performance => "performance",
            Self::Unread => "unread",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.as_str(), self.text)
    }
}

/// The error that a query cannot be translated, with the reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Untranslatable {
    /// All the reasons, as errors. Their spans are empty until [`Self::in_filter`], [`Self::in_request`] or
    /// [`Self::in_fetchxml`] sets them, because a HIR has no spans.
    pub reasons: Vec<Diagnostic>,
    /// The text of the translation without the parts that cannot be translated; `None` if this text would
    /// select other rows than the original query.
    pub nearest: Option<String>,
    /// The parts of the query that the reasons are about, one for each entry of `reasons`.
    pub(super) subject: Vec<Subject>,
}

impl Untranslatable {
    /// Returns an error with these reasons, whose spans refer to the original text already.
    pub(crate) fn with_spans(reasons: Vec<Diagnostic>) -> Self {
        Self { reasons, nearest: None, subject: Vec::new() }
    }
}

/// Collects the differences and the reasons that a translation finds.
#[derive(Debug, Default)]
pub(crate) struct TranslationReport {
    differences: Vec<Difference>,
    reasons: Vec<Diagnostic>,
    /// The parts of the query that the reasons are about, one for each entry of `reasons`.
    subject: Vec<Subject>,
    /// Whether the translation without the parts that cannot be translated would select other rows than the
    /// original query.
    other_rows: bool,
    /// The number of differences and the number of reasons that were dropped because of [`MAX_ENTRIES`], and
    /// the kind of the first dropped difference.
    dropped: (usize, usize, Option<DifferenceKind>),
}

/// The maximum number of differences, and of reasons, that are kept for one query. The limit bounds the
/// running time, because each new entry is compared with all earlier ones.
const MAX_ENTRIES: usize = DEFAULT_MAX_FINDINGS;

impl TranslationReport {
    /// Adds a difference, unless the report already contains an equal one.
    pub(crate) fn add_difference(&mut self, kind: DifferenceKind, text: impl Into<String>) {
        self.add(Difference { kind, text: text.into(), span: None, subject: None });
    }

    /// Adds a difference for the part `subject` of the query, which the translation omits, unless the report
    /// already contains an equal difference.
    pub(crate) fn add_loss(&mut self, subject: Subject, text: impl Into<String>) {
        self.add(Difference {
            kind: DifferenceKind::Unread,
            text: text.into(),
            span: None,
            subject: Some(subject),
        });
    }

    fn add(&mut self, difference: Difference) {
        if self.differences.contains(&difference) {
            return;
        }
        if self.differences.len() < MAX_ENTRIES {
            self.differences.push(difference);
        } else {
            self.dropped.0 += 1;
            // A difference in performance must not hide one in the result.
            if matches!(self.dropped.2, None | Some(DifferenceKind::Performance)) {
                self.dropped.2 = Some(difference.kind);
            }
        }
    }

    /// Adds a reason: the part `subject` of the query cannot be translated, and without this part the query
    /// would select other rows.
    pub(crate) fn cannot_translate(&mut self, code: Code, subject: Subject, message: impl Into<String>) {
        self.other_rows = true;
        self.cannot_translate_part(code, subject, message);
    }

    /// Adds a reason: the part `subject` of the query cannot be translated, and without this part the query
    /// would select the same rows.
    pub(crate) fn cannot_translate_part(&mut self, code: Code, subject: Subject, message: impl Into<String>) {
        let reason = Diagnostic::error(code, Span::default(), message);
        if self.reasons.contains(&reason) {
            return;
        }
        if self.reasons.len() < MAX_ENTRIES {
            self.reasons.push(reason);
            self.subject.push(subject);
        } else {
            self.dropped.1 += 1;
        }
    }

    /// Records that the translation without the parts that cannot be translated would select other rows than
    /// the original query.
    pub(crate) fn changes_rows(&mut self) {
        self.other_rows = true;
    }

    /// Adds one more difference and one more reason that state how many were dropped, if any were.
    fn count_the_rest(&mut self) {
        let (differences, reasons, kind) = std::mem::take(&mut self.dropped);
        if let Some(kind) = kind {
            let text = format!("and {differences} more differences like these");
            self.differences.push(Difference { kind, text, span: None, subject: None });
        }
        if reasons > 0 {
            let message = format!("{reasons} more reasons like these are left out");
            self.reasons.push(Diagnostic::note(code::MORE_FINDINGS, Span::default(), message));
            self.subject.push(Subject::Whole);
        }
    }

    /// Returns the translation with the text `text`. If there are reasons, returns an error with them
    /// instead. `text`, which then omits the parts that cannot be translated, becomes
    /// [`Untranslatable::nearest`], which is `None` if `text` would select other rows.
    pub(crate) fn finish(mut self, text: String) -> Result<Translation, Untranslatable> {
        self.count_the_rest();
        if self.reasons.is_empty() {
            return Ok(Translation { text, differences: self.differences });
        }
        let nearest = (!self.other_rows).then_some(text);
        Err(Untranslatable { reasons: self.reasons, nearest, subject: self.subject })
    }
}

#[cfg(test)]
mod tests;
