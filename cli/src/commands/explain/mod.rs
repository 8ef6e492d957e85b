//! Implements `dvkit explain`: shows how a name is spelled in OData, FetchXML and JSON, and what a diagnostic
//! code means.
//!
//! [`page`] formats an explanation. [`table`], [`lookup`], [`mod@column`], [`collection`] and [`operation`]
//! fill a page for each kind of name; [`code`] explains diagnostic codes. All spellings come from the schema;
//! none is derived from a name.

mod code;
mod collection;
mod column;
mod find;
mod lookup;
mod operation;
mod page;
mod table;

use std::path::PathBuf;

use anyhow::Result;
use dvkit_schema::{Store, Table};

use crate::output::{Color, Messages, Outcome, OutputFormat, Screen};
use crate::schema_args::{OpenedSchema, OrgArgs, SAMPLE_NOTICE};

/// Explain how to write the name of a table, column, navigation property or operation, or what a code means
///
/// NAME is `contact`, `contact.parentcustomerid`, `contact."Full Name"`, `account.contact_customer_accounts`,
/// an action or a function (`WhoAmI`, `account.new_Archive`), or a code such as `DV0203`. Without a NAME, all
/// codes are listed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The names to explain
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The folder of the snapshot to read
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    org: OrgArgs,
    /// The format of the output
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

/// The table to explain, with the snapshot that it is from.
#[derive(Clone, Copy)]
struct TableContext<'a> {
    store: &'a Store,
    table: &'a Table,
}

impl<'a> TableContext<'a> {
    /// Returns the table's entity set; a placeholder if the entity set is not known.
    fn set(self) -> &'a str {
        self.table.entity_set.as_deref().unwrap_or("<entity set>")
    }

    /// Returns the entity set of the table `table`; a placeholder if the entity set is not known.
    fn set_of(self, table: &str) -> String {
        let set = self.store.entry(table).and_then(|e| e.entity_set.clone());
        set.unwrap_or_else(|| format!("<entity set of {table}>"))
    }

    /// Returns the primary key column of the table `table`; a placeholder if the column is not known.
    fn key_of(self, table: &str) -> String {
        let key = self.store.entry(table).and_then(|e| e.primary_id.clone());
        key.unwrap_or_else(|| format!("<key of {table}>"))
    }

    /// Returns the name of a column or navigation property with that of its table: `contact.fullname`.
    fn named(self, member: &str) -> String {
        format!("{}.{member}", self.table.logical_name)
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let mut screen = Screen::new(args.color, Messages::Stdout);
    if args.names.is_empty() {
        code::list(&mut screen, args.format)?;
        screen.flush()?;
        return Ok(Outcome::Clean);
    }
    let mut schema = None;
    let mut worst = Outcome::Clean;
    for (n, name) in args.names.iter().enumerate() {
        if n > 0 && args.format == OutputFormat::Text {
            screen.blank()?;
        }
        if code::is_code(name) {
            worst = worst.max(code::explain(&mut screen, args.format, name)?);
            continue;
        }
        // Codes need no schema, so it is opened only when another name is found.
        let opened = match &schema {
            Some(opened) => opened,
            None => {
                let opened = OpenedSchema::open(args.schema.as_deref(), &args.org)?;
                if opened.is_sample() {
                    screen.notice(format_args!("{SAMPLE_NOTICE}"))?;
                }
                schema.insert(opened)
            }
        };
        worst = worst.max(explain(&mut screen, args.format, opened.store()?, name)?);
    }
    screen.flush()?;
    Ok(worst)
}

fn explain(screen: &mut Screen, format: OutputFormat, store: &Store, name: &str) -> Result<Outcome> {
    let page = match find::find(store, name)? {
        Ok(find::Found::Table(here)) => table::page(here),
        Ok(find::Found::Column(here, column)) if column.ty.is_lookup() => lookup::column(here, column),
        Ok(find::Found::Column(here, column)) => column::page(here, column)?,
        Ok(find::Found::Navigation(here, to)) if to.is_single() => lookup::navigation(here, to),
        Ok(find::Found::Navigation(here, to)) => collection::page(here, to),
        Err(diagnostic) => {
            // Operations have a namespace of their own. They are read only if no other name matches.
            if let Some(page) = operation::page(store, &operation::find(store, name)?) {
                return show(screen, format, &page);
            }
            match format {
                OutputFormat::Json => screen.json(&diagnostic)?,
                OutputFormat::Text => {
                    screen.diagnostic(&diagnostic, &dvkit_diagnostic::LineIndex::new(name), None)?
                }
            }
            return Ok(Outcome::Findings);
        }
    };
    show(screen, format, &page)
}

fn show(screen: &mut Screen, format: OutputFormat, page: &page::Page) -> Result<Outcome> {
    match format {
        OutputFormat::Json => screen.json(page)?,
        OutputFormat::Text => {
            screen.heading(&page.name, format_args!("{}", page.subtitle()))?;
            for line in page.lines() {
                screen.line(format_args!("{line}"))?;
            }
        }
    }
    Ok(Outcome::Clean)
}

/// Returns the FetchXML element `attribute` for the column `name`.
fn attribute(name: &str) -> String {
    format!("attribute='{name}'")
}

/// Returns the FetchXML element `link-entity` that joins `table` by the columns `from` and `to`.
fn link_entity(table: &str, from: &str, to: &str) -> String {
    format!("link-entity name='{table}' from='{from}' to='{to}'")
}
