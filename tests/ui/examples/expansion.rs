//! Measures the compile time of one `filter!` on a snapshot of 350 tables with 60 columns each.
//!
//! `cargo run -p dvkit-ui --example expansion` writes the snapshot and three crates to the target folder: one with a single
//! filter, one with 200 more filters, and one with the expanded code of these 200. Each crate is checked several times, and
//! the least processor time counts (the least elapsed time where the system does not report processor time). The difference
//! between the second and the third crate is the time for expansion.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, io};

const TABLES: usize = 350;
const COLUMNS: usize = 60;
/// The number of tables that the filters are about. Each has a lookup to the next table, so that twice as many are read.
const USED: usize = 20;
const MORE: usize = 200;
const RUNS: usize = 5;

fn main() -> io::Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let home = target.join("expansion");
    snapshot(&home.join("schema"))?;
    let texts = [program(1, 0), program(1 + MORE, 0), program(1, MORE)];
    let mut least = [Duration::MAX; 3];
    for run in 0..=RUNS {
        for (i, text) in texts.iter().enumerate() {
            let took = check(&workspace, &target, &home.join(format!("crate{i}")), text, run)?;
            // The first run builds the dependencies.
            if run > 0 {
                least[i] = least[i].min(took);
            }
        }
    }
    let each = |time: Duration| millis(time) / MORE as f64;
    let [one, all, written] = least;
    let mut report = String::new();
    let _ =
        writeln!(report, "{TABLES} tables of {COLUMNS} columns; the least of {RUNS} runs of `cargo check`");
    let _ = writeln!(report, "1 filter                          {:>8.1} ms", millis(one));
    let _ = writeln!(report, "{} filters                       {:>8.1} ms", 1 + MORE, millis(all));
    let _ = writeln!(report, "1 filter, {MORE} written by hand      {:>8.1} ms", millis(written));
    let _ = writeln!(report, "one filter more                   {:>8.3} ms", each(all.saturating_sub(one)));
    let _ =
        writeln!(report, "of which expansion                {:>8.3} ms", each(all.saturating_sub(written)));
    io::Write::write_all(&mut io::stdout(), report.as_bytes())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Writes the files of the snapshot.
fn snapshot(dir: &Path) -> io::Result<()> {
    let mut index =
        String::from("{\n  \"dvkit_snapshot\": 1,\n  \"org\": {\"languages\": [1033]},\n  \"tables\": [");
    fs::create_dir_all(dir.join("tables"))?;
    for n in 0..TABLES {
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(
            index,
            "{comma}\n    {{\"logical_name\": \"new_table{n:03}\", \"entity_set\": \"new_table{n:03}s\", \"primary_id\": \
             \"new_table{n:03}id\", \"primary_name\": \"new_name\"}}"
        );
        fs::write(dir.join(format!("tables/new_table{n:03}.json")), table(n))?;
    }
    index.push_str("\n  ],\n  \"choices\": []\n}\n");
    fs::write(dir.join("org.json"), index)
}

fn table(n: usize) -> String {
    let next = (n + 1) % TABLES;
    let mut columns = vec![
        "{\"logical_name\": \"new_name\", \"type\": \"string\", \"max_length\": 160, \"display_name\": {\"1033\": \"Name\"}}"
            .to_owned(),
        format!("{{\"logical_name\": \"new_nextid\", \"type\": \"lookup\", \"targets\": [\"new_table{next:03}\"]}}"),
        format!("{{\"logical_name\": \"new_table{n:03}id\", \"type\": \"uniqueidentifier\"}}"),
    ];
    for c in columns.len()..COLUMNS {
        let ty = ["money", "integer", "string", "boolean", "uniqueidentifier"][c % 5];
        columns.push(format!(
            "{{\"logical_name\": \"new_column{c:02}\", \"type\": \"{ty}\", \"display_name\": {{\"1033\": \"Column {c}\"}}, \
             \"description\": {{\"1033\": \"What column {c} is for, in a sentence of ordinary length.\"}}, \
             \"valid_for_read\": true, \"valid_for_create\": true, \"valid_for_update\": true}}"
        ));
    }
    columns.sort();
    format!(
        "{{\n  \"logical_name\": \"new_table{n:03}\",\n  \"entity_set\": \"new_table{n:03}s\",\n  \"primary_id\": \
         \"new_table{n:03}id\",\n  \"primary_name\": \"new_name\",\n  \"columns\": [\n    {}\n  ],\n  \"relationships\": [\n    \
         {{\"navigation\": \"new_nextid\", \"side\": \"many_to_one\", \"table\": \"new_table{next:03}\", \"column\": \
         \"new_nextid\", \"referenced\": \"new_table{next:03}id\"}}\n  ]\n}}\n",
        columns.join(",\n    ")
    )
}

/// Returns the code of a library with `filters` filters, and the expanded code of `by_hand` filters.
fn program(filters: usize, by_hand: usize) -> String {
    let mut text = String::from(
        "//! Filters.\nmacro_rules! table {\n    ($name:ident, $table:literal) => {\n        /// A table.\n        \
         #[derive(Default)]\n        pub struct $name;\n        impl dvkit::Record for $name {\n            const TABLE: \
         &'static str = $table;\n            const COLUMNS: &'static [&'static str] = &[];\n            fn fields_mut(&mut \
         self) -> Vec<dvkit::row::FieldMut<'_>> {\n                Vec::new()\n            }\n            fn fields(&self) -> \
         Vec<dvkit::row::FieldRef<'_>> {\n                Vec::new()\n            }\n        }\n    };\n}\n",
    );
    for n in 0..USED {
        let _ = writeln!(text, "table!(T{n}, \"new_table{n:03}\");");
    }
    for n in 0..filters {
        let t = n % USED;
        let _ = writeln!(
            text,
            "/// A filter.\npub fn filter{n}(name: &str, least: i32) -> dvkit::Filter<T{t}> {{\n    dvkit::filter!(T{t} as \
             \"new_table{t:03}\", \"new_name eq {{name}} and new_column05 gt {{least}} and (contains(new_column07,'x{n}') or \
             new_nextid/new_name eq 'y') and new_column08 eq true\")\n}}"
        );
    }
    for n in 0..by_hand {
        let t = n % USED;
        let _ = writeln!(
            text,
            "/// A filter.\npub fn hand{n}(name: &str, least: i32) -> dvkit::Filter<T{t}> {{\n    const _: () = \
             assert!(dvkit::query_values::is_row_of::<T{t}>(\"new_table{t:03}\"));\n    let mut text = \
             dvkit::query_values::QueryTextBuilder::filter_with(0);\n    text.row();\n    text.text(\"new_name eq \");\n    \
             text.value::<dvkit::kind::Text, _>(&name, dvkit::query_values::ValueFormat::Value);\n    text.text(\" and \");\n    \
             text.row();\n    text.text(\"new_column05 gt \");\n    text.value::<dvkit::kind::Money, _>(&least, \
             dvkit::query_values::ValueFormat::Value);\n    text.text(\" and (contains(\");\n    text.row();\n    \
             text.text(\"new_column07,'x{n}') or \");\n    text.row();\n    text.text(\"new_nextid/new_name eq 'y') and \
             \");\n    text.row();\n    text.text(\"new_column08 eq true\");\n    text.filter::<T{t}>()\n}}"
        );
    }
    text
}

/// Returns the processor time of all child processes that have ended. Only Linux reports it, in hundredths of a second.
fn children() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(13..15)?.iter().filter_map(|f| f.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(ticks * 10))
}

/// Runs `cargo check` on a crate with this code and returns the time that it took.
fn check(workspace: &Path, target: &Path, dir: &Path, text: &str, run: usize) -> io::Result<Duration> {
    fs::create_dir_all(dir.join("src"))?;
    fs::copy(workspace.join("Cargo.lock"), dir.join("Cargo.lock"))?;
    fs::write(dir.join("dvkit.toml"), "schema = \"../schema\"\n")?;
    fs::write(
        dir.join("Cargo.toml"),
        format!(
            "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\ndvkit = {{ path \
             = {:?} }}\n",
            dir.file_name().and_then(|n| n.to_str()).unwrap_or("filters"),
            workspace.join("dvkit")
        ),
    )?;
    fs::write(dir.join("src/lib.rs"), format!("{text}// run {run}\n"))?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let (begun, before) = (Instant::now(), children());
    let status = Command::new(cargo)
        .args(["check", "--quiet", "--offline", "--target-dir"])
        .arg(target)
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("DVKIT_SCHEMA")
        .env_remove("OUT_DIR")
        .current_dir(dir)
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!("`cargo check` failed in {}", dir.display())));
    }
    Ok(children().zip(before).map_or_else(|| begun.elapsed(), |(after, before)| after - before))
}
