use dvkit_schema::{Column, ColumnType, Edm, Key, Relationship, Schema, Side, Table};

use super::*;

#[test]
fn names_are_escaped() {
    let relationship = Relationship {
        navigation: Some("a\"b<&>".into()),
        side: Side::ManyToOne,
        table: "account".into(),
        column: None,
        referenced: None,
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: None,
        hierarchical: None,
        cascade: None,
    };
    let table =
        Table { logical_name: "account".into(), relationships: vec![relationship], ..Table::default() };
    let schema = Schema { tables: [("account".into(), table)].into(), ..Schema::default() };
    assert!(write(&schema).contains(r#"Name="a&quot;b&lt;&amp;&gt;""#));
    assert_eq!(escape("a\0b\tc"), "a\u{fffd}b&#9;c");
}

#[test]
fn the_document_contains_only_known_properties_and_active_keys() {
    let column =
        |name: &str, odata| Column { odata, ..Column::new(name, ColumnType::Edm { edm: Edm::String }) };
    let key = |name: &str, status: Option<&str>| Key {
        name: name.into(),
        schema_name: None,
        columns: vec![name.into()],
        status: status.map(str::to_owned),
    };
    let table = Table {
        logical_name: "account".into(),
        columns: vec![column("a", Some(true)), column("b", Some(false)), column("c", None)],
        keys: vec![key("a", Some("Active")), key("b", Some("Pending")), key("c", None)],
        ..Table::default()
    };
    let schema = Schema { tables: [("account".into(), table)].into(), ..Schema::default() };
    let document = write(&schema);
    assert!(document.contains(r#"<Property Name="a" Type="Edm.String""#));
    assert!(!document.contains(r#"Name="b""#) && !document.contains(r#"Name="c""#));
    assert_eq!(document.matches("PropertyPath").count(), 1);
}
