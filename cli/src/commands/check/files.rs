//! Files of queries, checked and put right in their place.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use dvkit_diagnostic::{Diagnostic, Span};
use dvkit_query::lint;

use super::run::Run;
use crate::files::{Entry, Item, NOT_READ_BACK, QueryFile};
use crate::session::Verdict;

impl Run<'_> {
    /// Checks the queries of one file. With `--fix` each is put right where that is certain, and what is told is what
    /// is left then.
    pub(super) fn file(&mut self, path: &Path) -> Result<()> {
        let file = QueryFile::read(path)?;
        self.totals.files += 1;
        let mended = if self.style.fix { self.mended(&file)? } else { None };
        let shown = mended.as_ref().unwrap_or(&file);
        self.repeated = self.repeated_in(shown)?;
        for item in shown.items() {
            let place = item.place(path);
            match &item.entry {
                Ok(query) => {
                    self.query(&place, &item, query)?;
                }
                Err(why) => self.unusable(&place, why)?,
            }
        }
        match mended {
            Some(mended) if self.style.diff => {
                self.diff(&path.display().to_string(), &file.text(), &mended.text())
            }
            Some(mended) => mended.write(&file),
            None => Ok(()),
        }
    }

    /// The file with its queries put right; none where there is nothing to change, or nothing may be.
    fn mended(&mut self, file: &QueryFile) -> Result<Option<QueryFile>> {
        let mut changes = BTreeMap::new();
        for (n, item) in file.items().enumerate() {
            let Ok(query) = &item.entry else { continue };
            let Some(right) = self.fixed(&item, query)? else { continue };
            match item.doubt.or_else(|| (!file.fits(n, &right)).then_some(NOT_READ_BACK)) {
                Some(why) => self.not_written(&format!("{}:{}", file.path.display(), item.number), why)?,
                None => {
                    changes.insert(n, right);
                }
            }
        }
        if changes.is_empty() {
            return Ok(None);
        }
        match file.rewritten(&changes) {
            Ok(mended) => {
                self.totals.fixed += changes.len();
                Ok(Some(mended))
            }
            Err(why) => {
                self.not_written(&file.path.display().to_string(), why)?;
                Ok(None)
            }
        }
    }

    /// What is to stand in the place of a query; none where nothing is to be changed, or nobody can be certain.
    fn fixed(&self, item: &Item<'_>, query: &Entry<'_>) -> Result<Option<String>> {
        let Verdict::Checked(checked) = self.session.check_entry(query)? else { return Ok(None) };
        let right = checked.rewritten.filter(|right| right != query.text().as_str());
        Ok(right.map(|right| item.replaced(query, &right)))
    }

    /// Tells that something could be put right, and why it is not written.
    fn not_written(&mut self, place: &str, why: &str) -> Result<()> {
        self.pending = true;
        Ok(self.screen.aside(format_args!("error: {place}: nothing is written here: {why}"))?)
    }

    /// What is to be said of queries of one file that are one query, asked again for each row: by the place of the first
    /// of them. The file is read twice for it, so that each query is told whole and in order.
    fn repeated_in(&self, file: &QueryFile) -> Result<BTreeMap<(usize, usize), Diagnostic>> {
        let (mut places, mut asked) = (Vec::new(), lint::RequestLog::default());
        for item in file.items() {
            let Ok(query) = &item.entry else { continue };
            if let Verdict::Checked(checked) = self.session.check_entry(query)?
                && let Some(meaning) = &checked.query
            {
                asked.add(places.len(), meaning);
                places.push((item.number, item.range.start, query.text().as_str().len()));
            }
        }
        let mut told = BTreeMap::new();
        for group in asked.finish() {
            let Some((first, others)) = group.members.split_first() else { continue };
            let Some((number, start, length)) = places.get(*first) else { continue };
            let mut found = vec![group.diagnostic(Span::new(0, *length))];
            lint::set_severities(&mut found, &self.session.severities);
            let lines = others.iter().take(5).filter_map(|n| places.get(*n));
            let lines: Vec<String> = lines.map(|(number, ..)| number.to_string()).collect();
            let more = if others.len() > 5 { " …" } else { "" };
            told.extend(found.pop().map(|mut d| {
                d.message = format!("{} (lines {}{more} too)", d.message, lines.join(", "));
                ((*number, *start), d)
            }));
        }
        Ok(told)
    }
}
