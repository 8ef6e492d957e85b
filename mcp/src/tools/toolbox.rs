//! Defines the toolbox, which calls tools by name and reads the workspace anew when its files have changed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use dvkit_ide::{Error, Workspace};
use serde_json::Value;

use super::emulator::{Emulators, RowSource};
use super::{TOOLS, Tools};
use crate::budget::ToolAnswer;

/// The tools, with the workspace and the rows that they work on.
///
/// ```
/// use dvkit_ide::{Schemas, Settings, Workspace};
/// use dvkit_mcp::Toolbox;
/// use serde_json::json;
///
/// let schemas = Schemas::of(dvkit_ide::sample::open()?);
/// let tools = Toolbox::new(Workspace::new(schemas, Settings::default()));
/// let answer = tools.call("check", json!({"query": "contacts?$filter=statecode eq 'Active'"}));
/// let structured = answer.expect("the tool exists").structured.expect("it answers");
/// assert_eq!(structured["rewritten"], "contacts?$filter=statecode eq 0");
/// # Ok::<(), dvkit_ide::Error>(())
/// ```
#[derive(Debug)]
pub struct Toolbox {
    /// Reads the workspace anew; `None` if it does not change.
    load: Option<Loader>,
    /// The files that belong to the workspace, beside those of its snapshots.
    files: Vec<PathBuf>,
    rows: Vec<(Option<String>, RowSource)>,
    current: Mutex<Current>,
}

/// A function that reads the workspace.
struct Loader(Box<dyn Fn() -> Result<Workspace, Error> + Send + Sync>);

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loader")
    }
}

/// The tools as they are now, with the files that they were made from.
#[derive(Debug)]
struct Current {
    tools: Arc<Tools>,
    /// The time of the last change and the size of each file, when it was first seen after it was read; `None` if there
    /// was no file.
    files: BTreeMap<PathBuf, Option<(SystemTime, u64)>>,
}

impl Current {
    fn new(workspace: Workspace) -> Self {
        let tools = Tools { workspace, emulators: Emulators::default() };
        Self { tools: Arc::new(tools), files: BTreeMap::new() }
    }

    fn is_stale(&self) -> bool {
        self.files.iter().any(|(path, seen)| stamp(path) != *seen)
    }
}

fn stamp(path: &std::path::Path) -> Option<(SystemTime, u64)> {
    dvkit_files::modified_and_size(path).ok()
}

impl Toolbox {
    /// Returns the tools for a workspace whose files do not change. The tool `run` has no rows, but for those of the
    /// sample organisation.
    #[must_use]
    pub fn new(workspace: Workspace) -> Self {
        Self { load: None, files: Vec::new(), rows: Vec::new(), current: Mutex::new(Current::new(workspace)) }
    }

    /// Returns the tools for a workspace that is read with `load`: now, and again before a call if a file has changed
    /// since, of a snapshot or among `files`. `files` may contain files that do not exist yet, such as a
    /// `dvkit.toml`. If the workspace cannot be read again, the tools keep the one that they have.
    ///
    /// # Errors
    /// Returns the error of `load`.
    pub fn watching(
        files: Vec<PathBuf>,
        load: impl Fn() -> Result<Workspace, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let workspace = load()?;
        Ok(Self { load: Some(Loader(Box::new(load))), files, ..Self::new(workspace) })
    }

    /// Adds rows for the tool `run`. `org` is the name of the organisation that has them, or `None` for the default
    /// one. The rows are read when `run` is first called.
    #[must_use]
    pub fn rows(mut self, org: Option<&str>, source: RowSource) -> Self {
        self.rows.push((org.map(str::to_owned), source));
        let current = self.current.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(tools) = Arc::get_mut(&mut current.tools) {
            tools.give_rows(&self.rows);
        }
        self
    }

    /// Calls a tool. Returns `None` if there is no such tool. `arguments` is a JSON object; wrong arguments and
    /// queries with mistakes give an answer that says what is wrong.
    #[must_use]
    pub fn call(&self, tool: &str, arguments: Value) -> Option<ToolAnswer> {
        self.with(|tools| tools.call(tool, arguments))
    }

    /// Returns the names of the tools, in the order in which they are listed.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TOOLS.iter().map(|tool| tool.name)
    }

    /// Calls `work` with the tools, which are made anew before if a file has changed.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Tools) -> T) -> T {
        let tools = self.current();
        let done = work(&tools);
        if self.load.is_some() {
            self.remember(&tools);
        }
        done
    }

    fn current(&self) -> Arc<Tools> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Loader(load)) = &self.load
            && current.is_stale()
            && let Ok(workspace) = load()
        {
            let mut tools = Tools { workspace, emulators: Emulators::default() };
            tools.give_rows(&self.rows);
            *current = Current { tools: Arc::new(tools), files: BTreeMap::new() };
        }
        Arc::clone(&current.tools)
    }

    /// Remembers the state of the files that `tools` were made from.
    fn remember(&self, tools: &Arc<Tools>) {
        let snapshots = tools.orgs().into_iter().filter_map(|(_, org)| tools.workspace().schemas.opened(org));
        let rows = self.rows.iter().filter_map(|(_, source)| match source {
            RowSource::File(path) => Some(path.clone()),
            RowSource::Sample => None,
        });
        let read: Vec<PathBuf> = snapshots.flat_map(|store| store.files_read()).collect();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(tools, &current.tools) {
            return;
        }
        for path in self.files.iter().cloned().chain(rows).chain(read) {
            current.files.entry(path).or_insert_with_key(|path| stamp(path));
        }
    }
}

impl Tools {
    fn give_rows(&mut self, rows: &[(Option<String>, RowSource)]) {
        self.emulators = Emulators::default();
        for (org, source) in rows {
            let org = org.as_deref().or(self.workspace.schemas.default_org()).map(str::to_owned);
            self.emulators.add(org, source.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use dvkit_ide::{Schemas, Settings};

    use super::*;

    #[test]
    fn a_workspace_is_read_again_only_if_a_file_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (config, rows) = (folder.path().join("dvkit.toml"), folder.path().join("accounts.json"));
        let reads = Arc::new(AtomicUsize::new(0));
        let load = {
            let reads = Arc::clone(&reads);
            move || {
                reads.fetch_add(1, Ordering::Relaxed);
                Ok(Workspace::new(Schemas::of(dvkit_ide::sample::open()?), Settings::default()))
            }
        };
        let tools = Toolbox::watching(vec![config.clone()], load).unwrap();
        let tools = tools.rows(None, RowSource::File(rows.clone())).rows(Some("b"), RowSource::Sample);
        let after = |what: &str, expected: usize| {
            for call in ["one call", "another call"] {
                assert!(tools.call("orgs", Value::Null).is_some());
                assert_eq!(reads.load(Ordering::Relaxed), expected, "{what}, {call}");
            }
        };
        after("nothing", 1);
        std::fs::write(&config, "").unwrap();
        after("a new file", 2);
        std::fs::write(&config, "# longer").unwrap();
        after("a changed file", 3);
        std::fs::remove_file(&config).unwrap();
        after("a file that is gone", 4);
        std::fs::write(&rows, "[]").unwrap();
        after("a new file of rows", 5);
        std::fs::write(folder.path().join("other.toml"), "").unwrap();
        after("a file that is not watched", 5);
        let shown = format!("{tools:?}");
        assert!(shown.starts_with("Toolbox { load: Some(Loader), files: ["), "{shown}");
    }
}
