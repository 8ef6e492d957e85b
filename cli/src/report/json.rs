//! One line of JSON a query: the answers of the batch contract, with the place in a file.

use anyhow::Result;
use serde::Serialize;

use super::{Answer, At, Located, Place, Report, Totals};
use crate::input::Text;
use crate::output::Screen;

#[derive(Serialize)]
struct Found<'a> {
    id: usize,
    #[serde(flatten)]
    at: Option<At<'a>>,
    table: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fetchxml: Option<&'a str>,
    ok: bool,
    parsed: bool,
    diagnostics: Vec<Located<'a>>,
    rewritten: Option<&'a str>,
}

#[derive(Serialize)]
struct Unusable<'a> {
    id: usize,
    #[serde(flatten)]
    at: Option<At<'a>>,
    error: String,
}

pub(super) struct Lines;

impl Report for Lines {
    fn answer(&mut self, screen: &mut Screen, answer: &Answer<'_>) -> Result<()> {
        let (mut query, mut filter, mut fetchxml) = (None, None, None);
        match answer.text {
            Some(Text::Request(text)) => query = Some(text),
            Some(Text::Filter(text)) => filter = Some(text),
            Some(Text::Fetch(text)) => fetchxml = Some(text),
            None => {}
        }
        screen.json(&Found {
            id: answer.id,
            at: At::of(answer.place),
            table: answer.table,
            query,
            filter,
            fetchxml,
            ok: answer.ok,
            parsed: answer.parsed,
            diagnostics: Located::all(answer.place, answer.source, answer.diagnostics, answer.located),
            rewritten: answer.rewritten,
        })
    }

    fn unusable(&mut self, screen: &mut Screen, id: usize, place: &Place, why: &str) -> Result<()> {
        let error = match place {
            Place::Given(Some(name)) => format!("{name}: {why}"),
            Place::Given(None) | Place::Line { .. } => why.to_owned(),
        };
        screen.json(&Unusable { id, at: At::of(place), error })
    }

    fn finish(&mut self, _: &mut Screen, _: &Totals) -> Result<()> {
        Ok(())
    }
}
