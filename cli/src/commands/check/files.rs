//! `check` of query files, and fixes in place.

use std::path::Path;

use anyhow::Result;
use dvkit_ide::document::Document;

use super::run::CheckRun;
use crate::report::QueryOrigin;

impl CheckRun<'_> {
    /// Checks the queries of one file. With `--fix`, writes the certain fixes first and reports the remaining
    /// findings.
    pub(super) fn file(&mut self, path: &Path) -> Result<()> {
        let file = Document::read(path)?;
        self.totals.files += 1;
        let fixed = if self.mode.fix { self.fixed(&file)? } else { None };
        let shown = fixed.as_ref().unwrap_or(&file);
        let workspace = self.workspace;
        for query in workspace.diagnose(shown)? {
            let query = query?;
            self.diagnosis(&QueryOrigin::file(path, &query.item), &query.item, query.diagnosis)?;
        }
        match fixed {
            Some(fixed) if self.mode.diff => {
                self.diff(&path.display().to_string(), &file.text(), &fixed.text())
            }
            Some(fixed) => Ok(fixed.write(&file)?),
            None => Ok(()),
        }
    }

    /// Returns the fixed file; `None` if nothing is to be changed, or nothing may be.
    fn fixed(&mut self, file: &Document) -> Result<Option<Document>> {
        let fix = self.workspace.fix(file)?;
        let path = file.path.display();
        for refused in &fix.refused {
            self.pending = true;
            let line = refused.line.map_or_else(String::new, |line| format!(":{line}"));
            self.screen
                .notice(format_args!("error: {path}{line}: nothing is written here: {}", refused.why))?;
        }
        if fix.document.is_some() {
            self.totals.fixed += fix.edits.len();
        }
        Ok(fix.document)
    }
}
