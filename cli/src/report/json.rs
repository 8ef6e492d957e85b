//! Reports findings as JSON, one line per query: the response of `--batch`, with the position in the file
//! added.

use anyhow::Result;
use dvkit_ide::QueryForm;
use serde::Serialize;

use super::{CheckResult, FileLine, LocatedDiagnostic, QueryOrigin, Report, Totals};
use crate::output::Screen;

#[derive(Serialize)]
struct ResultLine<'a> {
    id: usize,
    #[serde(flatten)]
    at: Option<FileLine<'a>>,
    table: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fetchxml: Option<&'a str>,
    ok: bool,
    parsed: bool,
    diagnostics: Vec<LocatedDiagnostic<'a>>,
    rewritten: Option<&'a str>,
}

#[derive(Serialize)]
struct UnusableLine<'a> {
    id: usize,
    #[serde(flatten)]
    at: Option<FileLine<'a>>,
    error: String,
}

pub(super) struct JsonReport;

impl Report for JsonReport {
    fn result(&mut self, screen: &mut Screen, result: &CheckResult<'_>) -> Result<()> {
        let (mut query, mut filter, mut fetchxml) = (None, None, None);
        match result.text {
            Some(QueryForm::Request(text)) => query = Some(text),
            Some(QueryForm::Filter(text)) => filter = Some(text),
            Some(QueryForm::Fetch(text)) => fetchxml = Some(text),
            None => {}
        }
        screen.json(&ResultLine {
            id: result.id,
            at: FileLine::of(result.origin),
            table: result.table,
            query,
            filter,
            fetchxml,
            ok: result.ok,
            parsed: result.parsed,
            diagnostics: LocatedDiagnostic::all(
                result.origin,
                result.source,
                result.diagnostics,
                result.located,
            ),
            rewritten: result.rewritten,
        })
    }

    fn unusable(&mut self, screen: &mut Screen, id: usize, origin: &QueryOrigin, why: &str) -> Result<()> {
        let error = match origin {
            QueryOrigin::Given(Some(name)) => format!("{name}: {why}"),
            QueryOrigin::Given(None) | QueryOrigin::Line { .. } => why.to_owned(),
        };
        screen.json(&UnusableLine { id, at: FileLine::of(origin), error })
    }

    fn finish(&mut self, _: &mut Screen, _: &Totals) -> Result<()> {
        Ok(())
    }
}
