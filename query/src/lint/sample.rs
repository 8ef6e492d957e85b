//! Builds a small sample organisation in memory, and has helpers that check a query against it, for the tests
//! of the lints.

use dvkit_diagnostic::Diagnostic;
use dvkit_schema::{Column, ColumnType, Relationship, Schema, Side, SourceType, Store, Table, TableKind};

use crate::{CheckOptions, CheckReport, check_fetchxml, check_filter, check_request};

fn text(name: &str, max_length: u32) -> Column {
    Column::new(name, ColumnType::String { max_length: Some(max_length), format: None })
}

fn of_source(name: &str, source: SourceType) -> Column {
    Column { source: Some(source), ..Column::new(name, ColumnType::BigInt) }
}

fn lookup(name: &str, target: &str) -> Column {
    Column::new(name, ColumnType::Lookup { targets: vec![target.to_owned()] })
}

fn relationship(navigation: &str, side: Side, table: &str, column: &str) -> Relationship {
    Relationship {
        navigation: Some(navigation.into()),
        side,
        table: table.into(),
        column: Some(column.into()),
        referenced: None,
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: None,
        hierarchical: None,
        cascade: None,
    }
}

fn table(name: &str, label: &str) -> Table {
    Table {
        logical_name: name.into(),
        entity_set: Some(format!("{name}s")),
        primary_id: Some(format!("{name}id")),
        primary_name: Some(label.into()),
        kind: Some(TableKind::Standard),
        columns: vec![
            Column::new(format!("{name}id"), ColumnType::Uniqueidentifier),
            text(label, 160),
            Column::new("statecode", ColumnType::State { choice: None, default: None }),
        ],
        ..Table::default()
    }
}

fn store() -> Store {
    let mut contact = table("contact", "fullname");
    contact.columns.extend([
        text("note", 851),
        text("city", 850),
        Column::new("description", ColumnType::Memo { max_length: Some(100), format: None }),
        Column::new("donotphone", ColumnType::Boolean { choice: None, default: None }),
        Column::new("revenue", ColumnType::Decimal { min: None, max: None, precision: None }),
        of_source("calculated", SourceType::Calculated),
        of_source("formula", SourceType::Formula),
        of_source("rollup", SourceType::Rollup),
        Column::new("rollup_date", ColumnType::DateTime { behavior: None, date_format: None }),
        lookup("parentaccountid", "account"),
        lookup("managerid", "contact"),
    ]);
    contact.columns.extend((0..60).map(|i| text(&format!("plain{i}"), 100)));
    let logical = |i| Column { logical: Some(true), ..text(&format!("address{i}"), 100) };
    contact.columns.extend((0..12).map(logical));
    contact.relationships = vec![
        relationship("parentaccount", Side::ManyToOne, "account", "parentaccountid"),
        relationship("manager", Side::ManyToOne, "contact", "managerid"),
        relationship("reports", Side::OneToMany, "contact", "managerid"),
    ];
    contact.relationships.extend(
        (0..16).map(|i| relationship(&format!("nav{i}"), Side::ManyToOne, "account", "parentaccountid")),
    );
    let mut account = table("account", "name");
    account.relationships = vec![relationship("members", Side::OneToMany, "contact", "parentaccountid")];
    let mut signal = table("signal", "name");
    signal.kind = Some(TableKind::Elastic);
    signal.columns.extend([lookup("accountid", "account"), text("payload", 4000)]);
    signal.relationships = vec![relationship("account", Side::ManyToOne, "account", "accountid")];
    // Its key has another name than the keys of the others, and a column has the name that a key usually has.
    let mut visit = table("visit", "name");
    visit.primary_id = Some("visitkey".into());
    visit.columns.extend(["visitkey", "activityid"].map(|n| Column::new(n, ColumnType::Uniqueidentifier)));
    visit.columns.push(lookup("accountid", "account"));
    let mut schema = Schema::default();
    for table in [contact, account, signal, visit] {
        schema.tables.insert(table.logical_name.clone(), table);
    }
    schema.sort();
    Store::from_schema(schema)
}

/// Checks a request against the sample organisation, and returns the whole report.
pub(super) fn requested(request: &str) -> CheckReport {
    check_request(&store(), None, request, &CheckOptions::default()).expect("the snapshot is in memory")
}

/// Checks a filter on contacts against the sample organisation, and returns the whole report.
pub(super) fn filtered(filter: &str) -> CheckReport {
    check_filter(&store(), "contact", filter, &CheckOptions::default()).expect("the snapshot is in memory")
}

/// Checks a request against the sample organisation. Returns each finding as its code, its severity and the
/// text at its span, separated by spaces.
pub(super) fn findings(request: &str) -> Vec<String> {
    shown(&requested(request).diagnostics, request)
}

/// Checks a FetchXML query against the sample organisation. Returns each finding as its code, its severity
/// and the text at its span, separated by spaces.
pub(super) fn fetch_findings(fetch: &str) -> Vec<String> {
    let checked = check_fetchxml(&store(), fetch, &CheckOptions::default()).expect("in memory");
    shown(&checked.diagnostics, fetch)
}

/// Checks a filter on contacts against the sample organisation. Returns each finding as its code, its
/// severity and the text at its span, separated by spaces.
pub(super) fn filter_findings(filter: &str) -> Vec<String> {
    shown(&filtered(filter).diagnostics, filter)
}

fn shown(diagnostics: &[Diagnostic], source: &str) -> Vec<String> {
    let one = |d: &Diagnostic| format!("{} {} {}", d.code, d.severity.as_str(), d.span.of(source));
    diagnostics.iter().map(one).collect()
}
