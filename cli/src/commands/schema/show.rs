//! Implements `dvkit schema show`, which lists the tables of a snapshot, or the columns of one table.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use anyhow::Result;
use dvkit_diagnostic::printable;
use dvkit_ide::explain::description;
use dvkit_schema::store::TableEntry;
use dvkit_schema::{Choice, Side, Store, Table};
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::output::{Color, Messages, Outcome, OutputFormat, Screen, counted};
use crate::schema_args::{OpenedSchema, OrgArgs, SAMPLE_NOTICE};

/// The maximum number of options that are listed for a column.
const OPTIONS: usize = 8;
/// The maximum width of a column of the listing. A row with a longer text does not widen the other rows.
const WIDEST: usize = 40;

/// List the tables of a snapshot, or the columns of one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The table, by logical name or entity set
    table: Option<String>,
    /// The folder of the snapshot
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    org: OrgArgs,
    /// The format of the output
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
}

/// A table in the JSON output, with the global choices that its columns use, so that readers need no second
/// command.
#[derive(Serialize)]
struct Shown<'a> {
    table: &'a Table,
    choices: BTreeMap<&'a str, &'a Choice>,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let opened = OpenedSchema::open(args.schema.as_deref(), &args.org)?;
    let store = opened.store()?;
    let mut screen = Screen::new(Color::Auto, Messages::Stdout);
    if opened.is_sample() {
        screen.notice(format_args!("{SAMPLE_NOTICE}"))?;
    }
    let Some(name) = &args.table else {
        match args.format {
            OutputFormat::Json => screen.json(&store.tables().collect::<Vec<_>>())?,
            OutputFormat::Text => list(&mut screen, store)?,
        }
        screen.flush()?;
        return Ok(Outcome::Clean);
    };
    let entry = match dvkit_query::find_table(store, name) {
        Ok(entry) => entry,
        Err(diagnostic) => {
            match args.format {
                OutputFormat::Json => screen.json(&diagnostic)?,
                OutputFormat::Text => {
                    screen.diagnostic(&diagnostic, &dvkit_diagnostic::LineIndex::new(name), None)?
                }
            }
            screen.flush()?;
            return Ok(Outcome::Findings);
        }
    };
    if let Some(table) = store.table(&entry.logical_name)? {
        match args.format {
            OutputFormat::Json => screen.json(&shown(store, table)?)?,
            OutputFormat::Text => show(&mut screen, store, table)?,
        }
    }
    screen.flush()?;
    Ok(Outcome::Clean)
}

fn shown<'a>(store: &'a Store, table: &'a Table) -> Result<Shown<'a>> {
    let mut choices = BTreeMap::new();
    for column in &table.columns {
        if let Some(choice) = description::choice(store, column)?.filter(|c| c.global) {
            choices.insert(choice.name.as_str(), choice);
        }
    }
    Ok(Shown { table, choices })
}

fn list(screen: &mut Screen, store: &Store) -> io::Result<()> {
    let row = |t: &TableEntry| {
        [
            t.logical_name.clone(),
            t.entity_set.clone().unwrap_or_else(|| "-".to_owned()),
            description::text(store, &t.display_name).to_owned(),
            description::table_kind(t.kind).to_owned(),
        ]
    };
    let rows: Vec<[String; 4]> = store.tables().map(row).collect();
    aligned(screen, ["table", "entity set", "name", "kind"], &rows)?;
    let part = store.tables().filter(|t| t.partial).count();
    let part = if part == 0 { String::new() } else { format!(", {part} of them known in part") };
    let choices = counted(store.choices().count(), "global choice");
    // Their number is only in their own file, which is not read for a list of tables.
    let operations = if store.has_operations() { "; operations too (`dvkit explain WhoAmI`)" } else { "" };
    screen.blank()?;
    screen.line(format_args!("{}{part}, {choices}{operations}", counted(rows.len(), "table")))
}

fn show(screen: &mut Screen, store: &Store, table: &Table) -> Result<()> {
    let mut rows = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let property =
            if column.is_property() { column.property_name().into_owned() } else { "-".to_owned() };
        let mut kind = description::column_type(column);
        for fact in description::facts(column) {
            kind.push_str("; ");
            kind.push_str(fact);
        }
        if let Some(choice) = description::choice(store, column)? {
            kind.push_str(": ");
            kind.push_str(&description::options(store, choice, OPTIONS));
        }
        rows.push([
            column.logical_name.clone(),
            property,
            description::text(store, &column.display_name).to_owned(),
            kind,
        ]);
    }
    let set = table.entity_set.as_deref().unwrap_or("no entity set");
    let title = description::text(store, &table.display_name);
    screen.line(format_args!("{}   {title}   {set}", table.logical_name))?;
    if table.partial {
        screen.line(format_args!("known in part: what is not listed may exist"))?;
    }
    screen.blank()?;
    aligned(screen, ["column", "property", "name", "type"], &rows)?;
    let mut navigations = Vec::new();
    for relationship in &table.relationships {
        let Some(navigation) = &relationship.navigation else { continue };
        let (side, through) = match relationship.side {
            Side::ManyToOne => ("one", &relationship.column),
            Side::OneToMany => ("many", &relationship.column),
            Side::ManyToMany => ("many", &relationship.intersect),
        };
        let through = through.as_ref().map_or_else(String::new, |t| format!("through {t}"));
        navigations.push([navigation.clone(), relationship.table.clone(), side.to_owned(), through]);
    }
    if !navigations.is_empty() {
        screen.blank()?;
        aligned(screen, ["navigation", "leads to", "rows", ""], &navigations)?;
    }
    screen.blank()?;
    screen.line(format_args!(
        "{}, {}; `dvkit explain {}.<column>` says how to write one",
        counted(rows.len(), "column"),
        counted(navigations.len(), "navigation"),
        table.logical_name
    ))?;
    Ok(())
}

/// Prints rows under headings, with aligned columns. The widths are those of the escaped texts.
fn aligned(screen: &mut Screen, headings: [&str; 4], rows: &[[String; 4]]) -> io::Result<()> {
    let headings = headings.map(str::to_owned);
    let shown = |row: &[String; 4]| row.each_ref().map(|cell| printable::line(cell).to_string());
    let rows: Vec<[String; 4]> = rows.iter().map(shown).collect();
    let mut widths = [0; 4];
    for row in rows.iter().chain([&headings]) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().min(WIDEST).max(*width);
        }
    }
    for row in [&headings].into_iter().chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
        }
        screen.line(format_args!("{}", line.trim_end()))?;
    }
    Ok(())
}
