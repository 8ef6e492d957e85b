//! Generates code for a synthetic organisation with many tables of 47 columns and with 50 operations, and measures the
//! time.
//!
//! `cargo run --release -p dvkit-codegen --example measure -- 500 out/` writes the files that `benches/compile-time/run`
//! compiles: `out/dvkit.rs`, the generated code, and `out/serde.rs`, the same structs with serde's derives. It prints the time
//! to standard output.
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a tool of the repository: it prints, and stops where it fails

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use dvkit_schema::{
    Choice, ChoiceKind, ChoiceOption, ChoiceRef, Column, ColumnType, DateTimeBehavior, LocalizedText,
    Operation, OperationKind, Org, Parameter, Relationship, Schema, Side, Store, Table, ValueType,
};

/// The number of columns of a table, which is the average of real organisations.
const COLUMNS: usize = 47;

/// The number of operations.
const OPERATIONS: usize = 50;

/// The number of parameters of an operation, which is twice the average of real organisations.
const PARAMETERS: usize = 3;

fn main() {
    let mut args = std::env::args().skip(1);
    let tables: usize = args.next().map_or(500, |n| n.parse().unwrap());
    let out = args.next();
    let store = Store::from_schema(organisation(tables));
    let at = Instant::now();
    let generated = dvkit_codegen::schema("crm").operations(["*"]).generate_from(&store).unwrap();
    let source = generated.file();
    let took = at.elapsed();
    println!(
        "{tables} tables of {COLUMNS} columns, {OPERATIONS} operations: {} KB in {took:.2?}",
        source.len() >> 10
    );
    if let Some(out) = out {
        let out = Path::new(&out);
        fs::create_dir_all(out).unwrap();
        fs::write(out.join("dvkit.rs"), source).unwrap();
        fs::write(out.join("serde.rs"), with_serde(&store)).unwrap();
    }
}

fn label(text: String) -> LocalizedText {
    LocalizedText::new(1033, text)
}

/// Returns column number `n` of a table. The kinds of the columns are about as frequent as in real organisations.
fn column(table: usize, n: usize) -> Column {
    let choice = |kind, column: &str, options: i32| {
        let option = |value| ChoiceOption {
            value,
            label: label(format!("Option {value}")),
            ..ChoiceOption::default()
        };
        let name = format!("new_table{table}_{column}");
        let options = (0..options).map(option).collect();
        Some(ChoiceRef::Local(Choice { name, kind: Some(kind), options, ..Choice::default() }))
    };
    let name = match n {
        0 => format!("new_table{table}id"),
        1 => "statecode".to_owned(),
        2 => "statuscode".to_owned(),
        3 => "versionnumber".to_owned(),
        _ => format!("new_column{n}"),
    };
    let ty = match n {
        0 => ColumnType::Uniqueidentifier,
        1 => ColumnType::State { choice: choice(ChoiceKind::State, "statecode", 2), default: None },
        2 => ColumnType::Status { choice: choice(ChoiceKind::Status, "statuscode", 2), default: None },
        3 => ColumnType::BigInt,
        4..=10 => ColumnType::Lookup { targets: vec![format!("new_table{}", (table + n) % 7)] },
        11..=13 => ColumnType::Choice { choice: choice(ChoiceKind::Picklist, &name, 6), default: None },
        14..=16 => ColumnType::Boolean { choice: None, default: None },
        17..=20 => ColumnType::DateTime { behavior: Some(DateTimeBehavior::UserLocal), date_format: None },
        21..=24 => ColumnType::Integer { min: None, max: None, format: None },
        25..=27 => ColumnType::Money {
            min: None,
            max: None,
            precision: None,
            precision_source: None,
            calculation_of: None,
        },
        28..=29 => ColumnType::Decimal { min: None, max: None, precision: None },
        30 => ColumnType::Double { min: None, max: None, precision: None },
        _ => ColumnType::String { max_length: Some(100), format: None },
    };
    Column {
        odata: Some(true),
        display_name: label(format!("Column {n}")),
        description: label(format!("What column {n} of table {table} is for.")),
        ..Column::new(name, ty)
    }
}

/// Returns an organisation with `count` tables, each of which has seven lookups and seven collections.
fn organisation(count: usize) -> Schema {
    let mut schema = Schema { org: Org::default(), ..Schema::default() };
    for n in 0..count {
        let logical_name = format!("new_table{n}");
        let columns: Vec<_> = (0..COLUMNS).map(|c| column(n, c)).collect();
        let mut relationships = Vec::new();
        let relationship = |navigation: String, side, table: String, column: &str| Relationship {
            navigation: Some(navigation),
            side,
            table,
            column: Some(column.to_owned()),
            referenced: None,
            intersect: None,
            entity1: None,
            partner: None,
            schema_name: None,
            hierarchical: None,
            cascade: None,
        };
        for column in &columns {
            if let [target] = column.ty.targets() {
                let name = format!("new_Column{}", column.logical_name.trim_start_matches("new_column"));
                relationships.push(relationship(name, Side::ManyToOne, target.clone(), &column.logical_name));
            }
        }
        for many in 0..7 {
            let other = format!("new_table{}", (n * 7 + many) % count);
            let name = format!("{logical_name}_{other}_{many}");
            relationships.push(relationship(name, Side::OneToMany, other, "new_column4"));
        }
        let table = Table {
            entity_set: Some(format!("{logical_name}s")),
            display_name: label(format!("Table {n}")),
            primary_id: Some(format!("{logical_name}id")),
            primary_name: Some("new_column31".to_owned()),
            logical_name: logical_name.clone(),
            columns,
            relationships,
            ..Table::default()
        };
        schema.tables.insert(logical_name, table);
    }
    schema.operations = (0..OPERATIONS).map(|n| operation(n, count)).collect();
    schema
}

/// Returns operation number `n` in an organisation with `tables` tables: unbound, bound to a row or to a collection, an
/// action or a function.
fn operation(n: usize, tables: usize) -> Operation {
    let table = |n: usize| format!("new_table{}", n % tables);
    let ty = |name: &str, collection, nullable| ValueType { name: name.to_owned(), collection, nullable };
    let types = [
        ("Edm.String", false),
        ("Edm.Int32", false),
        ("Edm.Guid", false),
        ("Edm.DateTimeOffset", false),
        ("Edm.Decimal", false),
        (&*table(n + 1), false),
        ("crmbaseentity", false),
        ("Edm.String", true),
    ];
    let mut parameters: Vec<_> = types
        .iter()
        .cycle()
        .skip(n * PARAMETERS)
        .take(PARAMETERS)
        .enumerate()
        .map(|(at, (name, list))| Parameter {
            name: format!("Parameter{at}"),
            value: ty(name, *list, at % 2 == 1),
            optional: false,
        })
        .collect();
    let bound = !n.is_multiple_of(3);
    if bound {
        let value = ty(&table(n), n % 3 == 2, false);
        parameters.insert(0, Parameter { name: "entity".to_owned(), value, optional: false });
    }
    let returns = match n % 4 {
        0 => None,
        1 => Some(ty("Edm.Guid", false, false)),
        2 => Some(ty(&table(n + 2), true, false)),
        _ => Some(ty(&format!("new_Operation{n}Response"), false, false)),
    };
    let kind = if n.is_multiple_of(2) { OperationKind::Action } else { OperationKind::Function };
    Operation {
        name: format!("new_Operation{n}"),
        kind,
        bound,
        composable: false,
        filter_only: false,
        parameters,
        returns,
    }
}

/// Returns the same structs as people write them by hand, with serde's derives and attributes.
fn with_serde(store: &Store) -> String {
    let mut out = String::new();
    for entry in store.tables() {
        let table = store.table(&entry.logical_name).unwrap().unwrap();
        let name = &table.logical_name;
        let ty = format!("NewTable{}", name.trim_start_matches("new_table"));
        writeln!(out, "pub mod {name} {{").unwrap();
        let derive = "#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]";
        writeln!(out, "#[derive(Default)] {derive} pub struct {ty} {{").unwrap();
        let mut enums = String::new();
        for column in &table.columns {
            let property = column.property_name();
            if property != column.logical_name {
                writeln!(out, "#[serde(rename = {property:?})]").unwrap();
            }
            let ty = match &column.ty {
                ColumnType::Uniqueidentifier | ColumnType::Lookup { .. } => "dvkit::Guid".to_owned(),
                ColumnType::BigInt => "i64".to_owned(),
                ColumnType::Integer { .. } => "i32".to_owned(),
                ColumnType::Boolean { .. } => "bool".to_owned(),
                ColumnType::DateTime { .. } => "dvkit::jiff::Timestamp".to_owned(),
                ColumnType::Money { .. } | ColumnType::Decimal { .. } => "dvkit::Decimal".to_owned(),
                ColumnType::Double { .. } => "f64".to_owned(),
                ty => match ty.choice() {
                    Some(ChoiceRef::Local(choice)) => {
                        let name = format!(
                            "{}Options",
                            column.logical_name.replace("new_c", "C").replace("st", "St")
                        );
                        let options: Vec<_> =
                            choice.options.iter().map(|o| format!("Option{0} = {0}", o.value)).collect();
                        writeln!(enums, "#[derive(Copy, Eq)] {derive}").unwrap();
                        writeln!(enums, "pub enum {name} {{ {} }}", options.join(", ")).unwrap();
                        name
                    }
                    _ => "String".to_owned(),
                },
            };
            writeln!(out, "pub {}: Option<{ty}>,", column.logical_name).unwrap();
        }
        writeln!(out, "}}\n{enums}}}").unwrap();
    }
    out
}
