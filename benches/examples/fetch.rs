//! Measures the time and the memory of a fetch: `cargo run --release -p dvkit-benches --example fetch --
//! metadata.xml 350`
//!
//! Takes a `$metadata` document and a number of tables. An emulator in this process serves that many tables.
//! Tables are repeated under other names if the document has fewer, and get texts, options and flags, which
//! `$metadata` lacks. Another process fetches them, so that its memory can be measured.

#![expect(clippy::print_stdout, reason = "prints what it measured")]

use std::error::Error;
use std::process::Command;
use std::time::Instant;

use dvkit_client::Client;
use dvkit_client::auth::StaticToken;
use dvkit_emulator::Emulator;
use dvkit_schema::{
    Choice, ChoiceOption, ChoiceRef, ColumnType, Edm, LocalizedText, RequiredLevel, Schema, Table,
};
use dvkit_schema_fetch::import;
use dvkit_schema_fetch::web_api::{FetchOptions, fetch};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["child", url, token, dir] => runtime.block_on(child(url, token, dir)),
        [document, tables] => {
            let schema = multiplied(import(&[document.into()], &mut ())?.schema, tables.parse()?);
            runtime.block_on(serve(schema))
        }
        _ => Err("give a `$metadata` document and a number of tables".into()),
    }
}

/// Returns a schema with `wanted` entity sets. If `schema` has fewer, its tables are repeated under other
/// names.
fn multiplied(schema: Schema, wanted: usize) -> Schema {
    let mut out = Schema {
        org: schema.org.clone(),
        choices: schema.choices.clone(),
        operations: schema.operations.clone(),
        ..Schema::default()
    };
    let has_set = |t: &&Table| t.entity_set.is_some();
    for copy in 0_usize.. {
        for table in schema.tables.values().filter(|t| copy == 0 || has_set(t)) {
            if out.tables.values().filter(has_set).count() >= wanted {
                return out;
            }
            let mut table = table.clone();
            describe(&mut table);
            if copy > 0 {
                table.logical_name = format!("{}_{copy}", table.logical_name);
                table.entity_set = table.entity_set.map(|set| format!("{set}_{copy}"));
                let rename = |r: &mut dvkit_schema::Relationship| {
                    r.table = format!("{}_{copy}", r.table);
                };
                table.relationships.iter_mut().for_each(rename);
            }
            out.tables.insert(table.logical_name.clone(), table);
        }
    }
    out
}

/// Adds texts in two languages, options, flags and ids to a table, as many as in a real organisation, because
/// `$metadata` lacks them.
fn describe(table: &mut Table) {
    let text = |what: &str, name: &str| {
        LocalizedText(
            [1031, 1033]
                .map(|language| (language, format!("{what} of {name}, in language {language}")))
                .into(),
        )
    };
    let name = table.logical_name.clone();
    table.display_name = text("Name", &name);
    table.display_collection_name = text("Names", &name);
    table.description = text("What there is to say about rows", &name);
    for (number, column) in table.columns.iter_mut().enumerate() {
        let column_name = column.logical_name.clone();
        column.schema_name = Some(column_name.clone());
        column.metadata_id =
            Some(format!("00000000-0000-4000-8000-{:012x}", fnv(&format!("{name}.{column_name}"))));
        column.display_name = text("Name", &column_name);
        column.description = text("What there is to say about the contents", &column_name);
        column.required = Some(RequiredLevel::None);
        (column.valid_for_read, column.valid_for_create, column.valid_for_update) =
            (Some(true), Some(true), Some(true));
        (column.secured, column.custom, column.logical) = (Some(false), Some(number % 3 == 0), Some(false));
        let choice = || {
            let option = |value: i32| ChoiceOption {
                value,
                label: text("Option", &column_name),
                ..ChoiceOption::default()
            };
            let options = (0..8).map(option).collect();
            Some(ChoiceRef::Local(Choice {
                name: format!("{name}_{column_name}"),
                options,
                ..Choice::default()
            }))
        };
        column.ty = match &column.ty {
            ColumnType::State { .. } => ColumnType::State { choice: choice(), default: None },
            ColumnType::Status { .. } => ColumnType::Status { choice: choice(), default: None },
            ColumnType::Edm { edm: Edm::Int32 } => ColumnType::Choice { choice: choice(), default: None },
            ColumnType::Edm { edm: Edm::String } => {
                ColumnType::String { max_length: Some(100), format: Some("Text".into()) }
            }
            other => other.clone(),
        };
    }
}

/// Returns a hash of `name` that fits into 48 bits.
fn fnv(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
        >> 16
}

async fn serve(schema: Schema) -> Result<()> {
    let columns: usize = schema.tables.values().map(|t| t.columns.len()).sum();
    println!("serving {} tables, {columns} columns", schema.tables.len());
    let running = Emulator::builder(schema).start().await?;
    let home = tempfile::tempdir()?;
    for round in ["first", "changes"] {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["child", running.url(), &running.token("bench")]).arg(home.path().join("schema"));
        let start = Instant::now();
        let ran = tokio::task::spawn_blocking(move || command.output()).await??;
        let took = start.elapsed().as_secs_f64();
        let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        println!("{round}: {took:.2} s; {}{err}", out.trim());
    }
    running.stop().await;
    Ok(())
}

async fn child(url: &str, token: &str, dir: &str) -> Result<()> {
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    let summary = fetch(&client, dir, &FetchOptions::default(), &()).await?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("unknown").trim().to_owned();
    println!(
        "{} tables, {} requests, {} files of {} bytes written, peak memory {peak}",
        summary.tables, summary.requests, summary.written.written, summary.written.bytes
    );
    Ok(())
}
