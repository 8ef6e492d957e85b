//! Files of queries, checked and fixed in their place.

use std::path::Path;

use anyhow::Result;
use dvkit_ide::document::Document;

use super::run::CheckRun;
use crate::report::QueryOrigin;

impl CheckRun<'_> {
    /// Checks the queries of one file. With `--fix` each is fixed where that is certain, and the findings are those that are left
    /// then.
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

    /// The file with its queries fixed; none where there is nothing to change, or nothing may be changed.
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
