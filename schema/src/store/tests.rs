use super::*;
use crate::{ChoiceOption, ChoiceRef, Column, ColumnType, Label, Relationship, Side};
use std::fs;

fn schema() -> Schema {
    let mut account = Table {
        logical_name: "account".into(),
        entity_set: Some("accounts".into()),
        primary_id: Some("accountid".into()),
        display_name: Label::new(1033, "Account"),
        ..Table::default()
    };
    let options = vec![
        ChoiceOption { value: 1, label: Label::new(1033, "Active"), ..ChoiceOption::default() },
        ChoiceOption { value: 0, label: Label::new(1031, "Inaktiv"), ..ChoiceOption::default() },
    ];
    let local = Choice { name: "account_statecode".into(), options: options.clone(), ..Choice::default() };
    account.columns = vec![
        Column::new("statecode", ColumnType::State { choice: Some(ChoiceRef::Local(local)) }),
        Column::new("accountid", ColumnType::Uniqueidentifier),
        Column::new(
            "revenue",
            ColumnType::Money {
                min: Some(-922_337_203_685_477.0),
                max: Some(0.1),
                precision: Some(2),
                precision_source: None,
                calculation_of: None,
            },
        ),
        Column::new(
            "kind",
            ColumnType::Choice { choice: Some(ChoiceRef::Global("Kind".into())), default: Some(-1) },
        ),
        Column::new(
            "parentaccountid",
            ColumnType::Lookup { targets: vec!["contact".into(), "account".into()] },
        ),
    ];
    account.relationships = vec![Relationship {
        navigation: Some("parentaccountid".into()),
        side: Side::ManyToOne,
        table: "account".into(),
        column: Some("parentaccountid".into()),
        referenced: Some("accountid".into()),
        intersect: None,
        partner: None,
        schema_name: None,
        hierarchical: Some(true),
    }];
    let mut schema = Schema::default();
    schema.org.languages = vec![1033, 1031];
    schema.tables.insert("account".into(), account);
    schema.tables.insert("x".into(), Table { logical_name: "x".into(), ..Table::default() });
    for name in ["Kind", "kind"] {
        let choice =
            Choice { name: name.into(), global: true, options: options.clone(), ..Choice::default() };
        schema.choices.insert(name.into(), choice);
    }
    schema
}

#[test]
fn what_is_written_is_read() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("deep/er/schema");
    let mut expected = schema();
    let summary = write(&dir, &expected).unwrap();
    assert_eq!((summary.tables, summary.choices, summary.files, summary.unchanged), (2, 2, 5, false));
    expected.sort();
    let store = Store::open(&dir).unwrap();
    assert_eq!(store.load().unwrap(), expected);
    assert_eq!(store.table_of_set("accounts").unwrap().logical_name, "account");
    assert!(store.table_of_set("Accounts").is_none());
    assert!(store.table("nothing").unwrap().is_none());
    assert_eq!(store.choice("Kind").unwrap().unwrap().options.len(), 2);
    assert!(std::ptr::eq(store.table("account").unwrap().unwrap(), store.table("account").unwrap().unwrap()));
    assert!(write(&dir, &expected).unwrap().unchanged);
    assert_eq!(fs::read_dir(dir.parent().unwrap()).unwrap().count(), 1, "no sibling stays");
}
