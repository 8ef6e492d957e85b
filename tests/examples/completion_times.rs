//! Prints how long completions take: the query files of the fixtures and of a corpus, typed letter by letter on a
//! snapshot.
//!
//! The first argument is the folder of a snapshot, or metadata files to import, separated by commas:
//! `cargo run -p dvkit-tests --example completion_times -- SNAPSHOT_OR_FILES QUERIES.jsonl MEMBER`

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use dvkit_ide::QueryForm;
use dvkit_ide::editor::QueryContext;
use dvkit_schema::Store;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("three arguments");
    let (snapshot, queries, member) = (PathBuf::from(next()), next(), next());
    let home = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = snapshot.to_string_lossy().split(',').map(PathBuf::from).collect();
    let dir = if snapshot.is_dir() && snapshot.join("org.json").is_file() {
        snapshot
    } else {
        let dir = home.path().join("schema");
        let start = Instant::now();
        dvkit_schema_fetch::import_into(&dir, &files, &mut ()).unwrap();
        println!("imported in {:?}", start.elapsed());
        dir
    };
    let store = Store::open(dir).unwrap();
    let text = std::fs::read_to_string(queries).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let queries: Vec<String> =
        rows.filter_map(|row| row[&member].as_str().map(str::to_owned)).take(100).collect();
    let mut times: Vec<Duration> = Vec::new();
    for query in &queries {
        for (end, _) in query.char_indices() {
            let text = &query[..end];
            let form = if query.starts_with('<') { QueryForm::Fetch(text) } else { QueryForm::Request(text) };
            let context = QueryContext::new(&store, form, Some("account"));
            let start = Instant::now();
            let _ = context.complete(end).unwrap();
            times.push(start.elapsed());
        }
    }
    times.sort();
    println!(
        "{} tables, {} queries, {} completions: median {:?}, 99th percentile {:?}, longest {:?}",
        store.tables().count(),
        queries.len(),
        times.len(),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times[times.len() - 1]
    );
}
