//! Provides what several integration tests need: paths, corpora, the sample organisation, and random schemas,
//! rows and queries.

pub mod book;
pub mod clients;
pub mod damage;
pub mod generate;
pub mod growing_texts;
pub mod hostile;
mod listing;
pub mod rows;
pub mod rustc;
pub mod sample;
pub mod translated;

pub use listing::listing;

use std::path::PathBuf;

use dvkit_schema::{Relationship, Schema, Side};

/// Returns the folder with the corpora of queries: `$DVKIT_CORPUS`, or `shared/corpus` beside the workspace.
/// Returns `None` if the folder does not exist; tests over corpora then print `skipped: no corpus` and pass.
#[must_use]
pub fn corpus_dir() -> Option<PathBuf> {
    let dir =
        std::env::var_os("DVKIT_CORPUS").map_or_else(|| workspace().join("../shared/corpus"), PathBuf::from);
    dir.is_dir().then_some(dir)
}

/// Returns the root folder of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the JSON of each package of the workspace, from `cargo metadata`.
///
/// # Panics
/// Panics if cargo cannot be run, or if its output is not what its documentation says.
#[must_use]
pub fn workspace_packages() -> Vec<serde_json::Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = std::process::Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let mut metadata: serde_json::Value = serde_json::from_slice(&run.stdout).expect("cargo prints JSON");
    match metadata["packages"].take() {
        serde_json::Value::Array(packages) => packages,
        other => panic!("packages are a list: {other}"),
    }
}

/// Reads the list `name` in `tests/lists`, and returns its lines in order. Each line has an input and a
/// reason, separated by a tab. Empty lines and lines that begin with `#` are comments; `\n`, `\r`, `\t` and
/// `\\` in the input are escapes.
///
/// # Panics
/// Panics if the list cannot be read, or if a line has no reason.
#[must_use]
pub fn list(name: &str) -> Vec<(String, String)> {
    let path = workspace().join("tests/lists").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (input, reason) =
                line.rsplit_once('\t').unwrap_or_else(|| panic!("{name}: no tab and reason in {line:?}"));
            (unescape(input), reason.to_owned())
        })
        .collect()
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                other => out.extend(other),
            },
            (c, false) => out.push(c),
        }
    }
    out
}

/// Returns a text with the escapes that [`list`] reads.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}

/// Sets the order of the two tables of each N:N relationship whose order is unknown to the one that definitions
/// have then: the smaller name comes first.
pub fn set_served_order(schema: &mut Schema) {
    let served = |name: &String, relationship: &Relationship| {
        let own = (name, &relationship.navigation);
        let other = (&relationship.table, &relationship.partner);
        let is_other_side = |r: &Relationship| (&r.table, &r.partner) == own && &r.navigation == other.1;
        let there = schema.tables.get(&relationship.table);
        let is_served = there.is_none_or(|there| there.relationships.iter().any(is_other_side));
        let is_known = relationship.side != Side::ManyToMany || relationship.entity1.is_some();
        (is_served && !is_known && own != other).then(|| own < other)
    };
    let tables = schema.tables.iter();
    let orders: Vec<Vec<Option<bool>>> =
        tables.map(|(name, table)| table.relationships.iter().map(|r| served(name, r)).collect()).collect();
    for (table, orders) in schema.tables.values_mut().zip(orders) {
        for (relationship, order) in table.relationships.iter_mut().zip(orders) {
            relationship.entity1 = relationship.entity1.or(order);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn escapes_are_undone() {
        let text = "a\\b\n\tc\r";
        assert_eq!(super::unescape(&super::escape(text)), text);
    }
}
