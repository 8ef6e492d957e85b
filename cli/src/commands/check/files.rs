//! Checks query files for `dvkit check`, and writes fixes into them. Only the queries in a file are changed,
//! never the text around them.

use std::path::Path;

use anyhow::Result;
use dvkit_ide::document::Document;

use super::run::CheckRun;
use crate::report::QueryOrigin;

impl CheckRun<'_> {
    /// Checks the queries of one file. With `--fix`, the certain fixes are written into the file first, and
    /// only the remaining findings are reported. Returns an error if the file cannot be read or written, if
    /// the schema cannot be read, or if the output cannot be written.
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

    /// Returns the file with all certain fixes; `None` if there is nothing to fix, or if no fix may be
    /// written into this file. Returns an error if the schema cannot be read.
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
