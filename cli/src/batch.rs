//! JSON lines in, JSON lines out: the contract with editors and other programs.
//!
//! One answer a line, in the order of the questions, `id` given back byte for byte. A line that cannot be used gets
//! `{"id":…,"error":"…"}` in its place, and the rest goes on. Nothing is kept from line to line but the schema.

use anyhow::Result;
use dvkit_diagnostic::Diagnostic;
use dvkit_translate::TranslationOutcome;
use fetchxml::FetchText;
use odata_parser::{RequestText, parse_filter_recovering, parse_request_recovering};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::commands::translate::{Language, NoteAnswer};
use crate::input::{TableName, Text};
use crate::lines::{Line, Lines};
use crate::output::{Outcome, Screen};
use crate::question::Question;
use crate::session::{Ask, Session, Verdict};

/// What can be said about a line even where the rest of it is wrong.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
}

/// `id` is first in every answer, and `null` where the question had none.
#[derive(Serialize)]
struct CheckAnswer<'a> {
    id: Option<&'a RawValue>,
    ok: bool,
    parsed: bool,
    diagnostics: &'a [Diagnostic],
    rewritten: Option<&'a str>,
}

#[derive(Serialize)]
struct ParseAnswer<'a> {
    id: Option<&'a RawValue>,
    parsed: bool,
    diagnostics: &'a [Diagnostic],
    printed: Option<&'a str>,
}

#[derive(Serialize)]
struct TranslateAnswer<'a> {
    id: Option<&'a RawValue>,
    ok: bool,
    result: Option<&'a str>,
    notes: Vec<NoteAnswer<'a>>,
    diagnostics: &'a [Diagnostic],
    /// Of one that is refused: the query without what cannot be said, where the same rows come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<&'a str>,
}

#[derive(Serialize)]
struct Refusal<'a> {
    id: Option<&'a RawValue>,
    error: String,
}

/// Why a line gets no answer.
struct Refused {
    why: String,
    outcome: Outcome,
}

impl From<String> for Refused {
    fn from(why: String) -> Self {
        Self { why, outcome: Outcome::Findings }
    }
}

impl From<dvkit_schema::StoreError> for Refused {
    /// The snapshot is broken, not the question, but other tables may be whole.
    fn from(why: dvkit_schema::StoreError) -> Self {
        Self { why: why.to_string(), outcome: Outcome::Failed }
    }
}

/// A filter alone does not say whose rows it is about.
const NO_TABLE: &str = "no `table` and no `entity_set`";

/// What a line asks, with what it says beside its text.
fn asked<'q>(question: &'q Question<'_>, text: Text<'q>, table: Option<&'q TableName>) -> Ask<'q> {
    Ask { text, table, targets: &question.targets, placeholders: question.placeholders }
}

/// `dvkit check --batch`
pub(crate) fn check(session: &Session, screen: &mut Screen) -> Result<Outcome> {
    each(screen, |screen, question| {
        let text = question.text()?;
        let table = question.table()?;
        let ask = asked(question, text, table.as_ref());
        let (parsed, diagnostics, rewritten) = match session.check(&ask)? {
            Verdict::Checked(checked) => (checked.parsed, checked.diagnostics, checked.rewritten),
            Verdict::WrongTable { diagnostic, parsed } => (parsed, vec![*diagnostic], None),
            Verdict::NoTable => return Err(NO_TABLE.to_owned().into()),
        };
        let written = screen.json(&CheckAnswer {
            id: question.id,
            ok: Outcome::of(&diagnostics) == Outcome::Clean,
            parsed,
            diagnostics: &diagnostics,
            rewritten: rewritten.as_deref(),
        });
        Ok(written.map(|()| session.outcome(&diagnostics)))
    })
}

/// `dvkit translate --batch`
pub(crate) fn translate(session: &Session, to: Language, screen: &mut Screen) -> Result<Outcome> {
    each(screen, |screen, question| {
        let text = question.translated()?;
        let table = question.table()?;
        let ask = asked(question, text, table.as_ref());
        let translation = crate::commands::translate::translate(session, to, &ask)?;
        let Some(TranslationOutcome { translation, diagnostics, nearest, .. }) = translation else {
            return Err(NO_TABLE.to_owned().into());
        };
        let written = screen.json(&TranslateAnswer {
            id: question.id,
            ok: translation.is_some(),
            result: translation.as_ref().map(|e| e.text.as_str()),
            notes: translation.as_ref().map(NoteAnswer::all).unwrap_or_default(),
            diagnostics: &diagnostics,
            nearest: nearest.as_deref(),
        });
        let outcome = if translation.is_some() { Outcome::Clean } else { Outcome::Findings };
        Ok(written.map(|()| outcome))
    })
}

/// `dvkit parse --batch`
pub(crate) fn parse(placeholders: bool, screen: &mut Screen) -> Result<Outcome> {
    each(screen, |screen, question| {
        let parsed = Parsed::of(question.text()?, question.placeholders.unwrap_or(placeholders));
        let written = screen.json(&ParseAnswer {
            id: question.id,
            parsed: parsed.is_ok(),
            diagnostics: &parsed.diagnostics,
            printed: parsed.printed.as_deref(),
        });
        Ok(written.map(|()| Outcome::of(&parsed.diagnostics)))
    })
}

/// A text read without a schema.
pub(crate) struct Parsed {
    /// Spans are into the text as it was given.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The text in its one form, where it is OData or FetchXML.
    pub(crate) printed: Option<String>,
}

impl Parsed {
    /// Reads a filter, which is not percent-encoded, a request, or FetchXML.
    pub(crate) fn of(text: Text<'_>, placeholders: bool) -> Self {
        let options = odata_parser::ParseOptions { placeholders, ..Default::default() };
        match text {
            Text::Filter(text) => {
                let parsed = parse_filter_recovering(text, &options);
                let printed = parsed.is_ok().then(|| parsed.expr.to_string());
                Self { diagnostics: parsed.diagnostics, printed }
            }
            Text::Request(text) => {
                let text = RequestText::new(text);
                let parsed = parse_request_recovering(&text, &options);
                let printed = parsed.is_ok().then(|| parsed.request.to_string());
                Self { diagnostics: parsed.diagnostics, printed }
            }
            Text::Fetch(text) => {
                let text = FetchText::new(text);
                let options = fetchxml::ParseOptions { placeholders, ..Default::default() };
                let parsed = fetchxml::parse_text(&text, &options);
                let printed = parsed.is_ok().then(|| parsed.fetch.to_string());
                Self { diagnostics: parsed.diagnostics, printed }
            }
        }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.printed.is_some()
    }
}

/// Answers every line of standard input; the worst of the outcomes is the whole's. An answer is refused from within, or
/// fails where nobody reads it.
fn each(
    screen: &mut Screen,
    answer: impl Fn(&mut Screen, &Question<'_>) -> Result<Result<Outcome>, Refused>,
) -> Result<Outcome> {
    let mut lines = Lines::new(crate::files::stdin()?);
    let mut worst = Outcome::Clean;
    while let Some((number, line)) = lines.next(|| screen.flush())? {
        let (id, answered) = match line {
            Line::Bad(why) => (None, Err(why.to_owned().into())),
            Line::Text(text) => match Question::read(text) {
                Ok(question) => (question.id, answer(screen, &question)),
                Err(why) => {
                    let id = serde_json::from_str(text).ok().and_then(|n: Named<'_>| n.id);
                    (id, Err(why.into()))
                }
            },
        };
        let outcome = match answered {
            Ok(outcome) => outcome?,
            Err(Refused { why, outcome }) => {
                screen.json(&Refusal { id, error: format!("line {number}: {why}") })?;
                outcome
            }
        };
        worst = worst.max(outcome);
    }
    screen.flush()?;
    Ok(worst)
}
