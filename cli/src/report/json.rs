//! Reports findings as JSON, one line per query: the response of `--batch`, with the position in the file
//! added.

use anyhow::Result;
use dvkit_ide::embedded::Coverage;
use dvkit_ide::tree::CheckedText;
use dvkit_ide::{Diagnosis, QueryForm};
use serde::Serialize;

use super::{CheckResult, FileLine, LocatedDiagnostic, QueryOrigin, Report, Totals};
use crate::output::Screen;

#[derive(Serialize)]
struct ResultLine<'a> {
    id: usize,
    #[serde(flatten)]
    at: Option<FileLine<'a>>,
    #[serde(flatten)]
    in_source: Option<SourceMembers<'a>>,
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
    /// The edits of the source file that make the rewritten query, in the escaping of the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    edits: Vec<FileEdit<'a>>,
}

/// What is known about a text of a source file.
#[derive(Serialize)]
struct SourceMembers<'a> {
    /// The column of the text in characters, counted from 1.
    column: usize,
    /// The byte offset of the text in the file, not counting a byte order mark.
    byte: usize,
    construct: &'a str,
    /// `checked`, `partly` or `skipped`.
    coverage: &'static str,
    /// The reason why the text was not checked, or only partly.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

impl<'a> SourceMembers<'a> {
    fn of(text: &'a CheckedText) -> Self {
        Self::covered(text, &text.coverage)
    }

    fn covered(text: &'a CheckedText, coverage: &'a Coverage) -> Self {
        let (coverage, why) = match coverage {
            Coverage::Checked => ("checked", None),
            Coverage::Partly(why) => ("partly", Some(why.as_str())),
            Coverage::Skipped(why) => ("skipped", Some(why.as_str())),
        };
        let (column, byte) = (text.position.column, text.position.byte);
        Self { column, byte, construct: text.construct, coverage, why }
    }
}

/// An edit of a file, with byte offsets that do not count a byte order mark.
#[derive(Serialize)]
struct FileEdit<'a> {
    byte: usize,
    end_byte: usize,
    replacement: &'a str,
}

/// A text of a file, for `--list`.
#[derive(Serialize)]
pub(crate) struct ListedText<'a> {
    #[serde(flatten)]
    at: FileLine<'a>,
    #[serde(flatten)]
    text: SourceMembers<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<&'a str>,
}

impl<'a> ListedText<'a> {
    /// Returns the text `text` of the file `file`. `coverage` says how much of it was checked.
    pub(crate) fn new(file: &'a str, text: &'a CheckedText, coverage: &'a Coverage) -> Self {
        let table = match &text.diagnosis {
            Diagnosis::Findings(findings) => findings.table.as_deref(),
            _ => None,
        };
        Self {
            at: FileLine { file, line: text.position.line },
            text: SourceMembers::covered(text, coverage),
            table,
            query: text.query().map(QueryForm::as_str),
        }
    }
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
        let all = LocatedDiagnostic::all(result.origin, result.source, result.diagnostics, result.located);
        let start = result.in_source.map(|text| text.start);
        let edits = result.in_source.map_or(&[][..], |text| &text.edits).iter();
        let edits = edits.map(|edit| FileEdit {
            byte: edit.start,
            end_byte: edit.end,
            replacement: &edit.replacement,
        });
        screen.json(&ResultLine {
            id: result.id,
            at: line(result.origin, result.in_source),
            in_source: result.in_source.map(SourceMembers::of),
            table: result.table,
            query,
            filter,
            fetchxml,
            ok: result.ok,
            parsed: result.parsed,
            diagnostics: LocatedDiagnostic::detailed(all, result.located, start, result.orgs),
            rewritten: result.rewritten,
            edits: edits.collect(),
        })
    }

    fn skipped(
        &mut self,
        screen: &mut Screen,
        origin: &QueryOrigin,
        text: &CheckedText,
        _: &str,
    ) -> Result<()> {
        let Some(location) = origin.location() else { return Ok(()) };
        screen.json(&ListedText::new(location.path, text, &text.coverage))
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

/// Returns the file and the line of a query: that of its text in a source file, otherwise the first of the
/// lines that are shown.
fn line<'a>(origin: &'a QueryOrigin, in_source: Option<&CheckedText>) -> Option<FileLine<'a>> {
    let at = FileLine::of(origin)?;
    Some(match in_source {
        Some(text) => FileLine { line: text.position.line, ..at },
        None => at,
    })
}
