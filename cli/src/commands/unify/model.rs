//! Implements `dvkit unify model`.

use anyhow::{Result, bail};
use dvkit::by_name::Organisation;
use dvkit_unify::mapping::CompileTarget;
use dvkit_unify::model;
use serde_json::{Map, Value};

use super::{MappingArgs, ReadMapping, print, read};
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
    let path = args.mapping.as_deref();
    if path.is_none() && !args.organisations.is_given() {
        let schemas = model::json_schemas().into_iter();
        let schemas: Map<String, Value> =
            schemas.map(|(name, schema)| (name.to_owned(), schema.to_value())).collect();
        screen.json(&schemas)?;
        screen.flush()?;
        return Ok(Outcome::Clean);
    }
    let mapping = match read(path)? {
        ReadMapping::Mapping(mapping) => mapping,
        ReadMapping::Wrong(text, findings) => {
            print(&mut screen, path, &text, &findings)?;
            screen.flush()?;
            return Ok(Outcome::Findings);
        }
    };
    let snapshots = args.organisations.find()?;
    let [snapshot] = snapshots.as_slice() else {
        bail!("the schema is that of one organisation: choose it with `--org`");
    };
    let organisation = Organisation::new(snapshot.open()?);
    let (name, environment) = (snapshot.name.as_deref(), args.env.as_deref());
    let report = mapping.compile(CompileTarget { organisation: &organisation, name, environment });
    print(&mut screen, path, mapping.text(), &report.findings)?;
    if report.is_ok() {
        let schemas: Map<String, Value> = report
            .mapping
            .json_schemas()
            .into_iter()
            .map(|(name, schema)| (name.to_owned(), schema))
            .collect();
        screen.json(&schemas)?;
    }
    screen.flush()?;
    Ok(Outcome::of(&report.findings))
}
