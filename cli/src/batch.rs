//! JSON lines in, JSON lines out: the contract with editors and other programs.
//!
//! One answer a line, in the order of the questions, `id` given back byte for byte. A line that cannot be used gets
//! `{"id":…,"error":"…"}` in its place, and the rest goes on. Nothing is kept from line to line but the schema.

use std::collections::BTreeMap;
use std::io;

use anyhow::Result;
use dvkit_diagnostic::Diagnostic;
use odata_parser::parse_filter_recovering;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::commands::check::Session;
use crate::input::TableName;
use crate::lines::{Line, Lines};
use crate::output::{Outcome, Screen};

/// A question. Members that are not known are left alone: editors may keep notes of their own there.
#[derive(Deserialize)]
struct Question<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    filter: String,
    table: Option<String>,
    entity_set: Option<String>,
    #[serde(default)]
    targets: BTreeMap<String, String>,
    placeholders: Option<bool>,
}

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
    printed: Option<String>,
}

#[derive(Serialize)]
struct Refusal<'a> {
    id: Option<&'a RawValue>,
    error: String,
}

/// `dvkit check --batch`
pub(crate) fn check(session: &Session, screen: &mut Screen) -> Result<Outcome> {
    each(screen, |screen, question, number| {
        let name = match (question.table, question.entity_set) {
            (Some(name), None) => TableName::Table(name),
            (None, Some(set)) => TableName::EntitySet(set),
            (Some(_), Some(_)) => {
                let error = format!("line {number}: give `table` or `entity_set`, not both");
                return refuse(screen, question.id, error, Outcome::Findings);
            }
            (None, None) => match &session.table {
                Some(name) => name.clone(),
                None => {
                    let error = format!("line {number}: no `table` and no `entity_set`");
                    return refuse(screen, question.id, error, Outcome::Findings);
                }
            },
        };
        let placeholders = question.placeholders.unwrap_or(session.placeholders);
        let (parsed, diagnostics, rewritten) = match name.find(&session.store) {
            Ok(entry) => {
                let options = session.options(&entry.logical_name, &question.targets, placeholders);
                match dvkit_query::check(&session.store, &entry.logical_name, &question.filter, &options) {
                    Ok(checked) => (checked.parsed, checked.diagnostics, checked.rewritten),
                    // The snapshot is broken, not the question, but other tables may be whole.
                    Err(e) => {
                        return refuse(screen, question.id, format!("line {number}: {e}"), Outcome::Failed);
                    }
                }
            }
            Err(diagnostic) => {
                let options = odata_parser::Options { holes: placeholders, ..Default::default() };
                let parsed = parse_filter_recovering(&question.filter, &options).is_ok();
                (parsed, vec![*diagnostic], None)
            }
        };
        let outcome = Outcome::of(&diagnostics);
        screen.json(&CheckAnswer {
            id: question.id,
            ok: outcome == Outcome::Clean,
            parsed,
            diagnostics: &diagnostics,
            rewritten: rewritten.as_deref(),
        })?;
        Ok(outcome)
    })
}

/// `dvkit parse --batch`
pub(crate) fn parse(placeholders: bool, screen: &mut Screen) -> Result<Outcome> {
    each(screen, |screen, question, _| {
        let holes = question.placeholders.unwrap_or(placeholders);
        let options = odata_parser::Options { holes, ..Default::default() };
        let parsed = parse_filter_recovering(&question.filter, &options);
        screen.json(&ParseAnswer {
            id: question.id,
            parsed: parsed.is_ok(),
            diagnostics: &parsed.diagnostics,
            printed: parsed.is_ok().then(|| parsed.expr.to_string()),
        })?;
        Ok(Outcome::of(&parsed.diagnostics))
    })
}

/// Answers every line of standard input; the worst of the outcomes is the whole's.
fn each(
    screen: &mut Screen,
    answer: impl Fn(&mut Screen, Question<'_>, usize) -> Result<Outcome>,
) -> Result<Outcome> {
    let mut lines = Lines::new(io::stdin().lock());
    let mut worst = Outcome::Clean;
    while let Some((number, line)) = lines.next(screen.out())? {
        let outcome = match line {
            Line::Bad(why) => refuse(screen, None, format!("line {number}: {why}"), Outcome::Findings)?,
            Line::Text(text) => match serde_json::from_str::<Question<'_>>(text) {
                Ok(question) => answer(screen, question, number)?,
                Err(e) => {
                    let id = serde_json::from_str(text).ok().and_then(|n: Named<'_>| n.id);
                    let error = format!("line {number}: {}", without_line(&e));
                    refuse(screen, id, error, Outcome::Findings)?
                }
            },
        };
        worst = worst.max(outcome);
    }
    screen.flush()?;
    Ok(worst)
}

fn refuse(screen: &mut Screen, id: Option<&RawValue>, error: String, outcome: Outcome) -> Result<Outcome> {
    screen.json(&Refusal { id, error })?;
    Ok(outcome)
}

/// The message of a JSON error, whose own line number is always 1.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    let what = if error.is_data() { "" } else { "not JSON: " };
    format!("{what}{message} (column {})", error.column())
}
