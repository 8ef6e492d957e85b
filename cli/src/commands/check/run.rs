//! One run over queries: arguments, standard input, files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};

use anyhow::{Result, bail};
use dvkit_diagnostic::{Diagnostic, printable};
use dvkit_query::CheckReport;

use super::diff::unified;
use crate::files::{Entry, Input, Item, Piece, each_query};
use crate::input::Text;
use crate::output::{Outcome, Screen, Tally};
use crate::report::{Answer, Place, Report, Style, Totals};
use crate::session::{Session, Verdict};

/// Everything that a run keeps.
pub(super) struct Run<'a> {
    pub(super) session: &'a Session,
    pub(super) screen: &'a mut Screen,
    pub(super) report: Box<dyn Report>,
    pub(super) style: Style,
    pub(super) totals: Totals,
    /// Would `--fix` change something that `--diff` only shows?
    pub(super) pending: bool,
    /// What is still to be said of the file that is read: by line and place in it, of queries that repeat one another.
    pub(super) repeated: BTreeMap<(usize, usize), Diagnostic>,
}

/// One query with what was found in it.
pub(super) struct Finding<'a> {
    pub(super) place: &'a Place,
    pub(super) text: Option<Text<'a>>,
    /// The text as a reader sees it, and where the query (or the name of its table) stands in it.
    pub(super) shown: (&'a str, Option<&'a Piece<'a>>),
    pub(super) table: Option<&'a str>,
    pub(super) parsed: bool,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) rewritten: Option<&'a str>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        session: &'a Session,
        screen: &'a mut Screen,
        report: Box<dyn Report>,
        style: Style,
    ) -> Self {
        Self {
            session,
            screen,
            report,
            style,
            totals: Totals::default(),
            pending: false,
            repeated: BTreeMap::new(),
        }
    }

    /// Everything that was asked.
    pub(super) fn all(mut self, inputs: &[Input]) -> Result<Outcome> {
        // A wrong name for all of them is told once, before anything is read.
        if let Some(name) = &self.session.table
            && let Err(diagnostic) = name.find(&self.session.store)
        {
            let place = Place::Given(None);
            self.tell(Finding {
                place: &place,
                text: None,
                shown: (name.as_str(), None),
                table: None,
                parsed: false,
                diagnostics: vec![*diagnostic],
                rewritten: None,
            })?;
            return self.finish();
        }
        for input in inputs {
            match input {
                Input::File(path) => self.file(path)?,
                Input::Stdin => self.stdin()?,
                Input::Text(text, name) => self.one(&Item::given(text), name.clone())?,
            }
        }
        self.finish()
    }

    fn finish(mut self) -> Result<Outcome> {
        self.report.finish(self.screen, &self.totals)?;
        self.screen.flush()?;
        Ok(if self.totals.wrong > 0 || self.pending { Outcome::Findings } else { Outcome::Clean })
    }

    fn stdin(&mut self) -> Result<()> {
        if io::stdin().is_terminal() {
            self.screen.aside(format_args!(
                "reading queries; an empty line ends one, Ctrl-D the input (Ctrl-Z on Windows)"
            ))?;
        }
        each_query(self, |run| run.screen, |run, item| run.one(item, Some(format!("line {}", item.number))))
    }

    /// A query that stands in no file.
    fn one(&mut self, item: &Item<'_>, name: Option<String>) -> Result<()> {
        let place = Place::Given(name);
        let entry = match &item.entry {
            Ok(entry) => entry,
            Err(why) => return self.unusable(&place, why),
        };
        let Some(right) = self.query(&place, item, entry)? else { return Ok(()) };
        let name = place.name().unwrap_or_else(|| "query".to_owned());
        let (given, right) = (item.written(), item.replaced(entry, &right));
        if self.style.diff && right != given {
            self.diff(&name, &format!("{given}\n"), &format!("{right}\n"))?;
        } else if self.style.fix && !self.style.diff {
            self.screen.result(&right)?;
        }
        Ok(())
    }

    /// Checks a query and tells what was found; gives it as it is right, where that is certain.
    pub(super) fn query(
        &mut self,
        place: &Place,
        item: &Item<'_>,
        query: &Entry<'_>,
    ) -> Result<Option<String>> {
        let checked = match self.session.check_entry(query)? {
            Verdict::Checked(checked) => checked,
            Verdict::NoTable if query.json.is_some() => {
                self.unusable(place, "no `table` and no `entity_set`")?;
                return Ok(None);
            }
            Verdict::NoTable if matches!(place, Place::Given(_)) => bail!(
                "which table is this about? give `--table contact` or `--entity-set contacts`, or write \
                 `contacts?$filter=…`"
            ),
            Verdict::NoTable => {
                self.unusable(
                    place,
                    "which table is this about? give `--table contact`, or write `contacts?$filter=…` or \
                     `{\"table\":\"contact\",\"filter\":\"…\"}`",
                )?;
                return Ok(None);
            }
            Verdict::WrongTable { diagnostic, parsed } => {
                let name = query.json.as_ref().and_then(|(_, table)| table.as_ref());
                self.tell(Finding {
                    place,
                    text: None,
                    shown: (item.lines, name),
                    table: None,
                    parsed,
                    diagnostics: vec![*diagnostic],
                    rewritten: None,
                })?;
                return Ok(None);
            }
        };
        let CheckReport { parsed, table, mut diagnostics, rewritten, .. } = *checked;
        if let Place::Line { .. } = place {
            diagnostics.extend(self.repeated.remove(&(item.number, item.range.start)));
        }
        self.tell(Finding {
            place,
            text: Some(query.text()),
            shown: (item.lines, Some(&query.query)),
            table: table.as_deref(),
            parsed,
            diagnostics,
            rewritten: rewritten.as_deref(),
        })?;
        Ok(rewritten)
    }

    /// Counts a finding, and tells it as far as is wanted.
    pub(super) fn tell(&mut self, finding: Finding<'_>) -> Result<()> {
        let Finding { place, text, shown: (source, piece), table, parsed, mut diagnostics, rewritten } =
            finding;
        let tally = Tally::of(&diagnostics);
        self.totals.queries += 1;
        self.totals.wrong += usize::from(self.session.outcome(&diagnostics) != Outcome::Clean);
        self.totals.tally.add(tally);
        let ok = Outcome::of(&diagnostics) == Outcome::Clean;
        if self.style.quiet {
            diagnostics.retain(Diagnostic::is_error);
        }
        let located = match piece {
            Some(piece) => Cow::Owned(diagnostics.iter().map(|d| piece.locate(d.clone())).collect()),
            None => Cow::Borrowed(diagnostics.as_slice()),
        };
        let answer = Answer {
            place,
            id: self.totals.queries,
            text,
            table,
            parsed,
            ok,
            diagnostics: &diagnostics,
            located: &located,
            source,
            rewritten,
            tally,
        };
        self.report.answer(self.screen, &answer)
    }

    /// Tells that a query could not be looked at.
    pub(super) fn unusable(&mut self, place: &Place, why: &str) -> Result<()> {
        self.totals.queries += 1;
        self.totals.wrong += 1;
        self.report.unusable(self.screen, self.totals.queries, place, why)
    }

    /// Prints what would change in `name`.
    pub(super) fn diff(&mut self, name: &str, old: &str, new: &str) -> Result<()> {
        self.pending = true;
        // A file's name is no part of what was asked for, and a line break in it would make the diff another one.
        let name = printable::line(name).to_string();
        let text = unified(&name, old, new);
        match text.strip_suffix('\n').unwrap_or(&text) {
            "" => Ok(()),
            lines => Ok(self.screen.result(lines)?),
        }
    }
}
