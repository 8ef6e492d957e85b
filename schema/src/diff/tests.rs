use std::path::Path;

use expect_test::{Expect, expect};
use serde_json::Value;

use super::*;
use crate::CascadeAction as A;
use crate::{
    Cascade, Choice, ChoiceOption, ChoiceRef, Column, ColumnType, Edm, Key, LocalizedText, Operation,
    OperationKind, Parameter, Relationship, RequiredLevel, Side, SourceType, Store, Table, ValueType,
};

mod assessments;
mod facts;
mod operations;

fn choice(labels: &[&str]) -> Choice {
    let option = |(value, label): (i32, &&str)| ChoiceOption {
        value,
        label: LocalizedText::new(1033, *label),
        ..ChoiceOption::default()
    };
    Choice { name: "new_size".into(), options: (0..).zip(labels).map(option).collect(), ..Choice::default() }
}

fn text(max_length: u32) -> ColumnType {
    ColumnType::String { max_length: Some(max_length), format: None }
}

fn relationship() -> Relationship {
    Relationship {
        navigation: Some("new_Port".into()),
        side: Side::ManyToOne,
        table: "new_port".into(),
        column: Some("new_port".into()),
        referenced: Some("new_portid".into()),
        intersect: None,
        entity1: None,
        partner: Some("new_port_ships".into()),
        schema_name: Some("new_port_ship".into()),
        hierarchical: Some(true),
        cascade: None,
    }
}

fn table() -> Table {
    let mut table = Table {
        logical_name: "new_ship".into(),
        entity_set: Some("new_ships".into()),
        primary_name: Some("new_name".into()),
        keys: vec![Key {
            name: "k".into(),
            schema_name: None,
            columns: vec!["new_name".into()],
            status: Some("Active".into()),
        }],
        columns: vec![
            Column {
                required: Some(RequiredLevel::None),
                odata: Some(true),
                valid_for_update: Some(true),
                ..Column::new("new_name", text(100))
            },
            Column::new("new_port", ColumnType::Lookup { targets: vec!["new_port".into()] }),
            Column::new("new_count", ColumnType::Edm { edm: Edm::Int32 }),
            Column::new(
                "new_size",
                ColumnType::Choice {
                    choice: Some(ChoiceRef::Local(choice(&["Small", "Great"]))),
                    default: None,
                },
            ),
        ],
        relationships: vec![relationship()],
        ..Table::default()
    };
    table.sort();
    table
}

fn schema(table: Table) -> Schema {
    let mut schema = Schema { tables: [(table.logical_name.clone(), table)].into(), ..Schema::default() };
    schema.sort();
    schema
}

/// Applies `change` to the sample table. Checks the text of the differences, without headings.
fn check(change: impl FnOnce(&mut Table), expected: &Expect) {
    let mut changed = table();
    change(&mut changed);
    let diff = Diff::between(&schema(table()), &schema(changed));
    let lines = diff.to_string();
    let lines: Vec<_> = lines.lines().filter(|l| l.starts_with("  ")).map(|l| l.trim_start()).collect();
    expected.assert_eq(&lines.join("\n"));
}

fn column<'t>(table: &'t mut Table, name: &str) -> &'t mut Column {
    table.columns.iter_mut().find(|c| c.logical_name == name).unwrap()
}

#[test]
fn added_and_removed_columns_are_assessed() {
    check(
        |t| t.columns.retain(|c| c.logical_name != "new_name"),
        &expect!["breaking  column `new_name` is gone"],
    );
    check(
        |t| {
            let system = Some(RequiredLevel::System);
            t.columns.push(Column { required: system, ..Column::new("a", text(1)) });
            let computed = Some(SourceType::Rollup);
            t.columns.push(Column { required: system, source: computed, ..Column::new("b", text(1)) });
            t.columns.push(Column::new("c", ColumnType::Virtual));
        },
        &expect![[r#"
            breaking  column `a` is new: string (for writers: rows without it are refused)
            harmless  column `b` is new: string
            harmless  column `c` is new: virtual"#]],
    );
}

#[test]
fn changed_facts_of_columns_are_assessed() {
    check(
        |t| column(t, "new_name").ty = text(50),
        &expect!["breaking  column `new_name`: max_length 100 → 50 (for writers: longer texts are refused)"],
    );
    check(
        |t| column(t, "new_name").ty = text(200),
        &expect!["risky     column `new_name`: max_length 100 → 200 (for readers: longer texts may arrive)"],
    );
    check(
        |t| column(t, "new_name").ty = ColumnType::Memo { max_length: Some(100), format: None },
        &expect!["risky     column `new_name`: type string → memo (other values are in it and are accepted)"],
    );
    check(
        |t| column(t, "new_name").ty = ColumnType::BigInt,
        &expect!["breaking  column `new_name`: type string → big_int (its values are of another type)"],
    );
    // The later schema has a more specific type of the same column.
    check(
        |t| column(t, "new_count").ty = ColumnType::Integer { min: None, max: Some(9), format: None },
        &expect!["harmless  column `new_count`: type Edm.Int32 → integer"],
    );
    check(
        |t| {
            let c = column(t, "new_name");
            c.required = Some(RequiredLevel::System);
            c.odata = Some(false);
            c.valid_for_update = Some(false);
            c.secured = Some(true);
            c.display_name = LocalizedText::new(1033, "Name");
        },
        &expect![[r#"
            harmless  column `new_name`: display_name unknown → Name (1033)
            breaking  column `new_name`: odata true → false (the Web API does not have it any more)
            breaking  column `new_name`: required none → system (for writers: rows without it are refused)
            harmless  column `new_name`: secured unknown → true
            breaking  column `new_name`: valid_for_update true → false (for writers: a value given on update is ignored)"#]],
    );
    check(
        |t| column(t, "new_name").property = Some("new_Name".into()),
        &expect![
            "breaking  column `new_name`: property new_name → new_Name (requests name it by its property)"
        ],
    );
    check(
        |t| column(t, "new_port").ty = ColumnType::Customer { targets: vec!["account".into()] },
        &expect![[r#"
            harmless  column `new_port`: type lookup → customer
            breaking  column `new_port`: targets new_port → account (for writers, risky for readers: rows of that table are refused)"#]],
    );
}

#[test]
fn options_are_assessed_in_local_and_global_choices() {
    let set = |t: &mut Table, options: Choice| {
        column(t, "new_size").ty =
            ColumnType::Choice { choice: Some(ChoiceRef::Local(options)), default: None };
    };
    let expected = expect![[r#"
        risky     the choice of `new_size`, option 0: label Small (1033) → Tiny (1033) (for readers: reports, and names made of it, go by the label)
        breaking  the choice of `new_size`, option 1 is gone: Great (1033) (for writers, risky for readers: the value is refused)"#]];
    check(|t| set(t, choice(&["Tiny"])), &expected);
    check(
        |t| set(t, choice(&["Small", "Great", "Huge"])),
        &expect![
            "risky     the choice of `new_size`, option 2 is new: Huge (1033) (for readers: a value arrives that was not there before)"
        ],
    );
    // Generated code adds the value to the names of two options with the same name.
    check(
        |t| set(t, choice(&["Small", "Great", "small!"])),
        &expect![
            "breaking  the choice of `new_size`, option 2 is new: small! (1033) (generated code renames the option of the same name: keep it with `--rename-option CHOICE.VALUE=NAME`)"
        ],
    );
    // A local choice becomes a global one with the same options.
    let mut after = schema(table());
    let global = Some(ChoiceRef::Global("new_size".into()));
    column(after.tables.get_mut("new_ship").unwrap(), "new_size").ty =
        ColumnType::Choice { choice: global, default: None };
    after.choices.insert("new_size".into(), choice(&["Small", "Great"]));
    let diff = Diff::between(&schema(table()), &after);
    expect![[r#"
        table new_ship
          harmless  column `new_size`: choice its own → the global new_size
        organisation, global choices, operations
          harmless  choice `new_size` is new
        2 harmless changes
    "#]]
    .assert_eq(&diff.to_string());
}

#[test]
fn changes_of_states_and_of_change_tracking_are_assessed() {
    let with = |tracked, enforced, transitions: &[i32], default| {
        let mut table = table();
        (table.change_tracking, table.enforce_state_transitions) = (Some(tracked), Some(enforced));
        let mut choice = choice(&["Afloat"]);
        choice.options[0].transitions = Some(transitions.to_vec());
        let ty = ColumnType::Status { choice: Some(ChoiceRef::Local(choice)), default: Some(default) };
        table.columns.push(Column::new("statuscode", ty));
        table.sort();
        schema(table)
    };
    let (before, after) = (with(true, false, &[1, 2], 0), with(false, true, &[1, 3], 1));
    expect![[r#"
        table new_ship
          breaking  the table: change_tracking true → false (for readers: requests for the changes since an earlier one are refused)
          breaking  the table: enforce_state_transitions false → true (for writers: changes of the status that are not allowed are refused)
          breaking  the choice of `statuscode`, option 0: transitions [1,2] → [1,3] (for writers: where transitions are enforced, fewer are allowed)
          risky     column `statuscode`: default 0 → 1 (for writers: rows that are created without it have another value)
        3 breaking and 1 risky changes
    "#]]
    .assert_eq(&Diff::between(&before, &after).to_string());
    let more = Diff::between(&with(true, true, &[1], 0), &with(true, false, &[1, 2], 0));
    assert_eq!((more.changes.len(), more.worst()), (2, Some(Impact::Harmless)));
}

#[test]
fn changed_relationships_and_keys_are_assessed() {
    check(
        |t| t.relationships[0].navigation = Some("new_port".into()),
        &expect![
            "breaking  relationship `new_Port`: navigation new_Port → new_port (requests follow it by that name)"
        ],
    );
    check(
        |t| t.relationships[0].hierarchical = Some(false),
        &expect![
            "breaking  relationship `new_Port`: hierarchical true → false (for readers: `Above` and `Under` no longer work on it)"
        ],
    );
    check(
        |t| t.relationships[0].entity1 = Some(true),
        &expect!["harmless  relationship `new_Port`: entity1 unknown → true"],
    );
    let cascade = |delete, assign| Cascade { delete: Some(delete), assign, ..Cascade::default() };
    let mut before = table();
    before.relationships[0].cascade = Some(cascade(A::RemoveLink, Some(A::NoCascade)));
    let mut after = before.clone();
    for (action, why) in [
        (A::Restrict, "for writers: deletes of rows that others refer to are refused"),
        (A::Cascade, "deletes take the rows with them that refer to the row"),
        (A::NoCascade, "deletes do something else to the rows that refer to the row"),
    ] {
        after.relationships[0].cascade = Some(cascade(action, Some(A::NoCascade)));
        let diff = Diff::between(&schema(before.clone()), &schema(after.clone()));
        assert_eq!((diff.changes.len(), diff.changes[0].fact.as_deref()), (1, Some("cascade.delete")));
        assert_eq!(diff.changes[0].reason(), why);
    }
    let freed = Diff::between(&schema(after.clone()), &schema(before.clone()));
    assert_eq!(freed.worst(), Some(Impact::Risky));
    after.relationships[0].cascade = Some(cascade(A::RemoveLink, Some(A::Active)));
    expect![[r#"
        table new_ship
          risky     relationship `new_Port`: cascade.assign no_cascade → active (other rows get another owner with the row that they refer to)
        1 risky change
    "#]]
    .assert_eq(&Diff::between(&schema(before.clone()), &schema(after)).to_string());
    // A source that does not know the actions changes nothing in the organisation.
    expect![[r#"
        table new_ship
          harmless  relationship `new_Port`: cascade.assign no_cascade → unknown
          harmless  relationship `new_Port`: cascade.delete remove_link → unknown
        2 harmless changes
    "#]]
    .assert_eq(&Diff::between(&schema(before), &schema(table())).to_string());
    check(
        |t| {
            let renamed = Relationship {
                navigation: Some("x".into()),
                table: "y".into(),
                schema_name: None,
                ..relationship()
            };
            t.relationships = vec![renamed];
        },
        &expect![[r#"
            breaking  relationship `new_Port` is gone
            harmless  relationship `x` is new: y"#]],
    );
    check(
        |t| t.keys[0].status = Some("Failed".into()),
        &expect![
            "breaking  key `k`: status Active → Failed (rows can no longer be addressed or upserted by it)"
        ],
    );
    check(
        |t| t.entity_set = Some("ships".into()),
        &expect![
            "breaking  the table: entity_set new_ships → ships (requests address the table by its entity set)"
        ],
    );
}

#[test]
fn changes_for_one_audience_ignore_the_other_impact() {
    let mut changed = table();
    column(&mut changed, "new_name").ty = text(50);
    let diff = Diff::between(&schema(table()), &schema(changed));
    assert_eq!(diff.clone().for_audience(Audience::Writers).worst(), Some(Impact::Breaking));
    let readers = diff.for_audience(Audience::Readers);
    assert_eq!((readers.worst(), readers.changes[0].why), (Some(Impact::Harmless), ""));
}

#[test]
fn json_and_markdown_list_the_same_changes() {
    let mut changed = table();
    column(&mut changed, "new_name").ty = text(50);
    changed.display_name = LocalizedText::new(1033, "a|<b>");
    let diff = Diff::between(&schema(table()), &schema(changed));
    expect![[r#"[{"table":"new_ship","what":"table","kind":"changed","fact":"display_name","after":{"1033":"a|<b>"},"readers":"harmless","writers":"harmless"},{"table":"new_ship","what":"column","name":"new_name","kind":"changed","fact":"max_length","before":100,"after":50,"readers":"harmless","writers":"breaking","why":"longer texts are refused"}]"#]]
    .assert_eq(&serde_json::to_string(&diff).unwrap());
    expect![[r#"
        **Schema: 1 breaking and 1 harmless changes**

        | class | where | change | why |
        |---|---|---|---|
        | breaking | `new_ship` | column `new_name`: max_length 100 → 50 | for writers: longer texts are refused |

        <details><summary>1 harmless</summary>

        | class | where | change | why |
        |---|---|---|---|
        | harmless | `new_ship` | the table: display_name unknown → `a\|<b>` (1033) |  |

        </details>
    "#]]
    .assert_eq(&diff.markdown());
    expect![[r#"
        table new_ship
          breaking  column `new_name`: max_length 100 → 50 (for writers: longer texts are refused)
        1 breaking and 1 harmless changes; 1 not shown
    "#]]
    .assert_eq(&diff.text(Impact::Risky));
}

/// Returns a copy of a JSON value for each of its members, in which this member is missing.
fn without_one(value: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let mut less = map.clone();
                less.remove(key);
                out.push(Value::Object(less));
                for changed in without_one(inner) {
                    let mut map = map.clone();
                    map.insert(key.clone(), changed);
                    out.push(Value::Object(map));
                }
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                let mut less = items.clone();
                less.remove(i);
                out.push(Value::Array(less));
                for changed in without_one(inner) {
                    let mut items = items.clone();
                    items[i] = changed;
                    out.push(Value::Array(items));
                }
            }
        }
        _ => {}
    }
    out
}

/// Removes each member of the sample organisation's tables and choices in turn. The diff must be empty
/// exactly if the result is equal to the original.
#[test]
fn a_diff_finds_every_difference() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
    let sample = Store::open(dir).unwrap().load().unwrap();
    assert!(Diff::between(&sample, &sample).is_empty());
    let mut tried = 0;
    // Each change is made alone, so that none hides another. These two tables have every kind of object.
    for name in ["new_project", "cr1f2_type"] {
        let table = &sample.tables[name];
        let alone = Schema { choices: sample.choices.clone(), ..schema(table.clone()) };
        for value in without_one(&serde_json::to_value(table).unwrap()) {
            let Ok(changed) = serde_json::from_value::<Table>(value) else { continue };
            let mut changed = Schema { choices: sample.choices.clone(), ..schema(changed) };
            if changed.tables.contains_key(name) {
                changed.tables.get_mut(name).unwrap().sort();
                let (there, back) = (Diff::between(&alone, &changed), Diff::between(&changed, &alone));
                assert_eq!(there.is_empty(), alone == changed, "{there}");
                assert_eq!(there.is_empty(), back.is_empty());
                tried += 1;
            }
        }
    }
    for (name, choice) in &sample.choices {
        for value in without_one(&serde_json::to_value(choice).unwrap()) {
            let Ok(changed) = serde_json::from_value::<Choice>(value) else { continue };
            let mut after = Schema { choices: sample.choices.clone(), ..Schema::default() };
            let before = after.clone();
            after.choices.insert(name.clone(), changed);
            assert_eq!(Diff::between(&before, &after).is_empty(), before == after);
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
}
