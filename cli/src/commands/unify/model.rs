//! Implements `dvkit unify model`.

use anyhow::Result;
use dvkit_unify::model;
use serde_json::{Map, Value};

use super::{CompiledOne, MappingArgs, print};
use crate::output::{Messages, Outcome, Screen};

/// Print the JSON Schema of the model: an object with a schema for each resource
///
/// With a mapping or an organisation it is the schema of the records that the organisation has: with its custom fields,
/// and with the resources that only the mapping declares.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    common: MappingArgs,
}

pub(crate) fn run(Args { common: args }: &Args) -> Result<Outcome> {
    let mut screen = Screen::new(args.color, Messages::Stderr);
    if args.mapping.is_none() && !args.organisations.is_given() {
        let schemas = model::json_schemas().into_iter();
        let schemas = schemas.map(|(name, schema)| (name.to_owned(), schema.to_value()));
        screen.json(&schemas.collect::<Map<String, Value>>())?;
        screen.flush()?;
        return Ok(Outcome::Clean);
    }
    let several = "the schema is that of one organisation: choose it with `--org`";
    let Some(CompiledOne { mapping, report, .. }) = args.compile_one(&mut screen, several)? else {
        return Ok(Outcome::Findings);
    };
    print(&mut screen, args.mapping.as_deref(), mapping.text(), &report.findings)?;
    if report.is_ok() {
        let schemas = report.mapping.json_schemas().into_iter();
        let schemas = schemas.map(|(name, schema)| (name.to_owned(), schema));
        screen.json(&schemas.collect::<Map<String, Value>>())?;
    }
    screen.flush()?;
    Ok(Outcome::of(&report.findings))
}
