//! What a translation costs: the text, what is different about it, and why there is none.

use std::fmt;

use dvkit_diagnostic::{Code, DEFAULT_MAX_FINDINGS, Diagnostic, Span, code};

use crate::provenance::Subject;

/// A query in the other language.
#[derive(Clone, Debug, PartialEq)]
pub struct Translation {
    /// The query.
    pub text: String,
    /// What is different about its answer; none where it is the same.
    pub notes: Vec<Difference>,
}

impl Translation {
    /// Does it ask for the same and get the same?
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.notes.is_empty()
    }
}

/// One difference between the answers to two queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What sort of difference.
    pub kind: DifferenceKind,
    /// A sentence, without a full stop.
    pub text: String,
    /// Where in the text that was translated it is about one piece; none where it is about the answer.
    pub span: Option<Span>,
    /// The piece.
    pub(super) subject: Option<Subject>,
}

/// The sorts of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// The same values, laid out otherwise.
    Shape,
    /// The same values under other names.
    Names,
    /// Rows come more often, or less.
    Rows,
    /// Rows without a value may be judged otherwise.
    Nulls,
    /// Numbers of rows have another limit.
    Totals,
    /// What comes on which page, and how the next is asked for.
    Paging,
    /// The same, by all that is known, but not promised by the documentation of the service.
    Undocumented,
    /// The same, perhaps faster or slower.
    Performance,
    /// Something was written that has no part in the translation.
    Unread,
}

impl DifferenceKind {
    /// A word for programs.
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

/// Why a query cannot be said in the other language.
#[derive(Clone, Debug, PartialEq)]
pub struct Untranslatable {
    /// All the reasons. A meaning has no place in a text, so their spans are empty until they are put into the text that it came
    /// from: [`Self::in_filter`], [`Self::in_request`], [`Self::in_fetchxml`].
    pub reasons: Vec<Diagnostic>,
    /// The query without what cannot be said, where the rows that come back stay the same.
    pub nearest: Option<String>,
    /// What each reason is subject.
    pub(super) subject: Vec<Subject>,
}

impl Untranslatable {
    /// Reasons that have their places already.
    pub(crate) fn found(reasons: Vec<Diagnostic>) -> Self {
        Self { reasons, nearest: None, subject: Vec::new() }
    }
}

/// Collects both on the way.
#[derive(Debug, Default)]
pub(crate) struct TranslationReport {
    notes: Vec<Difference>,
    reasons: Vec<Diagnostic>,
    /// What each is subject.
    subject: Vec<Subject>,
    /// Would the query without what is refused give other rows?
    other_rows: bool,
    /// How many differences and reasons were not kept, and the kind of such a difference.
    left_out: (usize, usize, Option<DifferenceKind>),
}

/// So many differences, and so many reasons, are told of one query: each is compared with those before it.
const MOST: usize = DEFAULT_MAX_FINDINGS;

impl TranslationReport {
    /// A difference, told once.
    pub(crate) fn differs(&mut self, kind: DifferenceKind, text: impl Into<String>) {
        self.tell(Difference { kind, text: text.into(), span: None, subject: None });
    }

    /// A piece of the text that is lost, told once.
    pub(crate) fn loses(&mut self, subject: Subject, text: impl Into<String>) {
        self.tell(Difference {
            kind: DifferenceKind::Unread,
            text: text.into(),
            span: None,
            subject: Some(subject),
        });
    }

    fn tell(&mut self, note: Difference) {
        if self.notes.contains(&note) {
            return;
        }
        if self.notes.len() < MOST {
            self.notes.push(note);
        } else {
            self.left_out.0 += 1;
            // A kind that changes the answer is not hidden behind one that does not.
            if matches!(self.left_out.2, None | Some(DifferenceKind::Performance)) {
                self.left_out.2 = Some(note.kind);
            }
        }
    }

    /// A reason; without what it is subject, other rows would come back.
    pub(crate) fn cannot_translate(&mut self, code: Code, subject: Subject, message: impl Into<String>) {
        self.other_rows = true;
        self.cannot_translate_part(code, subject, message);
    }

    /// A reason; without what it is subject, the same rows come back.
    pub(crate) fn cannot_translate_part(&mut self, code: Code, subject: Subject, message: impl Into<String>) {
        let reason = Diagnostic::error(code, Span::default(), message);
        if self.reasons.contains(&reason) {
            return;
        }
        if self.reasons.len() < MOST {
            self.reasons.push(reason);
            self.subject.push(subject);
        } else {
            self.left_out.1 += 1;
        }
    }

    /// Nothing is near: the query without what was left out gives other rows, or none.
    pub(crate) fn changes_rows(&mut self) {
        self.other_rows = true;
    }

    /// Says last how much was not kept.
    fn count_the_rest(&mut self) {
        let (notes, reasons, kind) = std::mem::take(&mut self.left_out);
        if let Some(kind) = kind {
            let text = format!("and {notes} more differences like these");
            self.notes.push(Difference { kind, text, span: None, subject: None });
        }
        if reasons > 0 {
            let message = format!("{reasons} more reasons like these are left out");
            self.reasons.push(Diagnostic::note(code::MORE_FINDINGS, Span::default(), message));
            self.subject.push(Subject::Whole);
        }
    }

    /// The result, where `text` is the query without what was refused.
    pub(crate) fn finish(mut self, text: String) -> Result<Translation, Untranslatable> {
        self.count_the_rest();
        if self.reasons.is_empty() {
            return Ok(Translation { text, notes: self.notes });
        }
        let nearest = (!self.other_rows).then_some(text);
        Err(Untranslatable { reasons: self.reasons, nearest, subject: self.subject })
    }
}
