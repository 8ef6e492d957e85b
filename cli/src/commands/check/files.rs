//! `--queries`: files of queries, checked and put right in their place.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use dvkit_diagnostic::{Diagnostic, Span};
use dvkit_query::lint;

use super::diff::unified;
use super::run::{Finding, Run};
use crate::files::{Entry, FileLine, QueryFile, entry, replace};
use crate::report::Place;
use crate::session::Verdict;

impl Run<'_> {
    /// Checks the queries of one file. With `--fix` each is put right where that is certain, and what is told is what
    /// is left then.
    pub(super) fn file(&mut self, path: &Path) -> Result<()> {
        let file = QueryFile::read(path)?;
        self.totals.files += 1;
        self.repeated = self.repeated_in(&file)?;
        // What is to be written: the changed lines, in order.
        let mut changes: Vec<(FileLine<'_>, String)> = Vec::new();
        for line in file.lines() {
            let place = Place::Line {
                file: file.path.display().to_string(),
                number: line.number,
                offset: line.offset,
            };
            let text = match line.text {
                Ok(text) => text,
                Err(why) => {
                    self.unusable(&place, why)?;
                    continue;
                }
            };
            match entry(text) {
                Ok(None) => {}
                Ok(Some(query)) => match self.fixed(text, &query)? {
                    Some(right) => {
                        self.totals.fixed += 1;
                        if let Ok(Some(query)) = entry(&right) {
                            self.query(&place, &right, &query)?;
                        }
                        changes.push((line, right));
                    }
                    None => self.query(&place, text, &query)?,
                },
                Err(why) => self.unusable(&place, &why)?,
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        let bytes = changed(&file.bytes, &changes);
        if self.style.diff {
            let [old, new] = [&file.bytes, &bytes].map(|bytes| String::from_utf8_lossy(bytes));
            self.pending = true;
            return Ok(write!(self.screen.out(), "{}", unified(&path.display().to_string(), &old, &new))?);
        }
        replace(path, &bytes)
    }

    /// The line with the query put right; nothing where nothing is to be changed, or nobody can be certain.
    fn fixed(&self, line: &str, query: &Entry<'_>) -> Result<Option<String>> {
        if !self.style.fix {
            return Ok(None);
        }
        let Verdict::Checked(checked) = self.session.check_entry(query)? else { return Ok(None) };
        let Some(right) = checked.rewritten.filter(|right| right != query.text().as_str()) else {
            return Ok(None);
        };
        let changed = query.query.replaced(line, &right);
        // Whoever reads the line again has to find this query in it, and nothing else.
        let same = !changed.contains(['\n', '\r'])
            && entry(&changed).ok().flatten().is_some_and(|e| e.text().as_str() == right);
        Ok(same.then_some(changed))
    }

    fn query(&mut self, place: &Place, line: &str, query: &Entry<'_>) -> Result<()> {
        let checked = match self.session.check_entry(query)? {
            Verdict::Checked(checked) => checked,
            Verdict::NoTable => {
                let why = match query.json {
                    Some(_) => "no `table` and no `entity_set`",
                    None => {
                        "which table is this about? give `--table contact`, or write `contacts?$filter=…` or \
                         `{\"table\":\"contact\",\"filter\":\"…\"}`"
                    }
                };
                return self.unusable(place, why);
            }
            Verdict::WrongTable { diagnostic, parsed } => {
                let name = query.json.as_ref().and_then(|(_, table)| table.as_ref());
                return self.tell(Finding {
                    place,
                    text: None,
                    shown: (line, name),
                    table: None,
                    parsed,
                    diagnostics: vec![*diagnostic],
                    rewritten: None,
                });
            }
        };
        let mut diagnostics = checked.diagnostics;
        if let Place::Line { number, .. } = place {
            let whole = Span::new(0, query.text().as_str().len());
            diagnostics.extend(self.repeated.remove(number).map(|d| Diagnostic { span: whole, ..d }));
        }
        self.tell(Finding {
            place,
            text: Some(query.text()),
            shown: (line, Some(&query.query)),
            table: checked.table.as_deref(),
            parsed: checked.parsed,
            diagnostics,
            rewritten: checked.rewritten.as_deref(),
        })
    }

    /// What is to be said of queries of one file that are one query, asked again for each row: by the line of the first
    /// of them. The file is read twice for it, so that each line is told whole and in order.
    fn repeated_in(&self, file: &QueryFile) -> Result<BTreeMap<usize, Diagnostic>> {
        let mut asked = lint::Requests::default();
        for line in file.lines() {
            let Some(query) = line.text.ok().and_then(|text| entry(text).ok().flatten()) else { continue };
            if let Verdict::Checked(checked) = self.session.check_entry(&query)?
                && let Some(meaning) = &checked.query
            {
                asked.add(line.number, meaning);
            }
        }
        let mut told = BTreeMap::new();
        for group in asked.repeated() {
            let Some((first, others)) = group.members.split_first() else { continue };
            let mut found = vec![group.diagnostic(Span::default())];
            lint::set_severities(&mut found, &self.session.severities);
            let lines: Vec<String> = others.iter().take(5).map(ToString::to_string).collect();
            let more = if others.len() > 5 { " …" } else { "" };
            told.extend(found.pop().map(|mut d| {
                d.message = format!("{} (lines {}{more} too)", d.message, lines.join(", "));
                (*first, d)
            }));
        }
        Ok(told)
    }
}

/// `bytes` with the changed lines in the places of the old ones.
fn changed(bytes: &[u8], changes: &[(FileLine<'_>, String)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for (line, right) in changes {
        out.extend_from_slice(bytes.get(at..line.start).unwrap_or_default());
        out.extend_from_slice(right.as_bytes());
        at = line.start + line.text.map_or(0, str::len);
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    out
}
