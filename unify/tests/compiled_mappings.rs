//! What the mapping of the example is in both sample organisations: every field with all that was compiled, and all that is
//! missing.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fmt::Write as _;

use dvkit::by_name::Organisation;
use dvkit_schema::Store;
use dvkit_unify::mapping::{CompileTarget, CompiledMapping, CompiledTable, Mapping, RecordSource};
use expect_test::expect_file;

fn table(text: &mut String, resource: &str, table: &CompiledTable) {
    let CompiledTable { table: name, entity_set, primary_id, primary_name, created_on, modified_on, .. } =
        table;
    writeln!(
        text,
        "{resource} = {name} {entity_set} {primary_id} {primary_name:?} {created_on:?} {modified_on:?}"
    )
    .unwrap();
    writeln!(text, "  filter {:?}, change tracking {}", table.filter, table.change_tracking).unwrap();
    writeln!(text, "  currency {}", serde_json::to_string(&table.currency).unwrap()).unwrap();
    let fields = table.fields.iter().map(|field| ("", field));
    for (custom, field) in fields.chain(table.custom.iter().map(|field| ("custom ", field))) {
        let source = serde_json::to_string(&field.source).unwrap();
        let readable = if field.readable { "" } else { " (write-only)" };
        writeln!(text, "  {custom}{}: {:?}{readable} = {source}", field.name, field.ty).unwrap();
        if let Some(reason) = &field.read_only {
            writeln!(text, "    read-only: {reason}").unwrap();
        }
    }
}

fn described(mapping: &CompiledMapping) -> String {
    let mut text = String::new();
    for resource in &mapping.resources {
        match &resource.records {
            RecordSource::Tables(tables) => tables.iter().for_each(|t| table(&mut text, &resource.name, t)),
            RecordSource::Fixed(records) => {
                writeln!(text, "{} = {}", resource.name, serde_json::to_string(records).unwrap()).unwrap();
            }
        }
    }
    for missing in &mapping.missing {
        writeln!(text, "{}.{:?} is missing: {}", missing.resource, missing.field, missing.reason).unwrap();
    }
    text
}

#[test]
fn the_example_is_compiled_for_each_sample_organisation_as_it_was_reviewed() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let text = include_str!("../examples/crm.toml");
    for (name, snapshot) in [("contoso", "../fixtures/schema"), ("fabrikam", "../fixtures/fabrikam")] {
        let organisation = Organisation::new(Store::open(format!("{folder}/{snapshot}")).unwrap());
        let mapping = Mapping::parse(text).unwrap();
        let target = CompileTarget { organisation: &organisation, name: Some(name), environment: None };
        let report = mapping.compile(target);
        let findings = report.findings.iter().map(|f| f.display(text).origin("crm.toml").to_string() + "\n");
        let described = findings.collect::<String>() + &described(&report.mapping);
        expect_file![format!("{folder}/tests/compiled/{name}.txt")].assert_eq(&described);
    }
}
