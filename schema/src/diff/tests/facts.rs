//! A diff with one change of every kind, and its verdict.

use expect_test::{expect, expect_file};
use serde_json::json;

use super::*;
use crate::complete::{
    column_types, complete, each_kind_of_fact, from_json, named, to_json, with_other_value, without,
};

/// Returns the changes with their verdicts in one line, without the headings of the tables.
fn told(before: &Schema, after: &Schema) -> String {
    let diff = Diff::between(before, after);
    let text = diff.to_string();
    let lines: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    assert_eq!(lines.len(), diff.changes.len(), "{text}");
    lines.join("; ")
}

/// For each fact: what a diff says if it goes, if it comes, and if it gets another value.
#[test]
fn the_verdict_on_a_change_of_each_fact() {
    let whole = complete();
    let json = to_json(&whole);
    let mut lines = String::new();
    for path in each_kind_of_fact(&json) {
        // The name of a table or of a choice is also its key, so it cannot change.
        if path == "/tables/new_ship/logical_name" || path == "/choices/new_size/name" {
            continue;
        }
        lines += &format!("{}\n", named(&json, &path));
        let mut verdicts = Vec::new();
        if let Some(less) = from_json(&without(&json, std::slice::from_ref(&path))) {
            verdicts.extend([told(&whole, &less), told(&less, &whole)]);
        }
        verdicts.extend(with_other_value(&json, &path).iter().map(|(_, other)| told(&whole, other)));
        // A flag that is written only if it is true is false without it.
        verdicts.dedup();
        lines.extend(verdicts.iter().map(|verdict| format!("  {verdict}\n")));
    }
    expect_file!["verdicts.txt"].assert_eq(&lines);
}

#[test]
fn the_verdict_on_each_pair_of_values_of_an_enumeration() {
    let whole = complete();
    let json = to_json(&whole);
    let column = json.pointer("/tables/new_ship/columns/0").unwrap();
    assert_eq!(column["logical_name"], "new_big_int");
    let day = json["tables"]["new_ship"]["columns"].as_array().unwrap();
    let day = day.iter().position(|c| c["logical_name"] == "new_date_time").unwrap();
    let actions = ["no_cascade", "cascade", "active", "user_owned", "remove_link", "restrict"];
    let facts: [(String, &[&str]); 4] = [
        ("/tables/new_ship/columns/0/required".into(), &["none", "recommended", "application", "system"]),
        ("/tables/new_ship/columns/0/source".into(), &["simple", "calculated", "rollup", "formula"]),
        (
            format!("/tables/new_ship/columns/{day}/behavior"),
            &["user_local", "date_only", "time_zone_independent"],
        ),
        ("/tables/new_ship/relationships/0/cascade/delete".into(), &actions),
    ];
    let mut lines = String::new();
    for (path, values) in facts {
        let with = |value: &str| {
            let mut json = json.clone();
            *json.pointer_mut(&path).unwrap() = json!(value);
            from_json(&json).unwrap()
        };
        for one in values {
            for other in values.iter().filter(|other| *other != one) {
                let diff = Diff::between(&with(one), &with(other));
                let [change] = &diff.changes[..] else { panic!("{path} {one} {other}: {diff}") };
                lines += &format!("{one} {other}: {} {} {}\n", change.readers, change.writers, change.why);
            }
        }
    }
    expect_file!["enumerations.txt"].assert_eq(&lines);
}

/// One line for each earlier type, with one letter for each later type: the verdict on the change of the type.
#[test]
fn the_verdict_on_each_pair_of_types() {
    let types = column_types();
    let with = |ty: &ColumnType| {
        schema(Table {
            logical_name: "t".into(),
            columns: vec![Column::new("c", ty.clone())],
            ..Table::default()
        })
    };
    let mut lines = String::new();
    for (name, before) in &types {
        for (_, after) in &types {
            let diff = Diff::between(&with(before), &with(after));
            let ty = diff.changes.iter().find(|c| c.fact.as_deref() == Some("type"));
            lines.push(match ty.map(|c| (c.readers, c.writers)) {
                None => '=',
                Some((Impact::Harmless, Impact::Harmless)) => 'h',
                Some((Impact::Risky, Impact::Risky)) => 'r',
                Some((Impact::Breaking, Impact::Breaking)) => 'b',
                Some(other) => panic!("{name}: {other:?}"),
            });
        }
        lines += &format!(" {name}\n");
    }
    expect![[r#"
        =rbbbbbbbbbbbbbrbbbrbbbbbbh string
        r=bbbbbbbbbbbbbrbbbrbbbbbbh memo
        bb=bbbbbbbbbbbrbrrbbbbbbbhh integer
        bbb=bbbbbbbbbbbbbbbbbbbbbbh big_int
        bbbb=brbbbbbbbbbbbbbbbbbbbh decimal
        bbbbb=bbbbbbbbbbbbbbbbbbbbh double
        bbbbrb=bbbbbbbbbbbbbbbbbbbh money
        bbbbbbb=bbbbbbbbbbbbbbbbbbh boolean
        bbbbbbbb==bbbbbbbbbbbbbbbbh date_time
        bbbbbbbb==bbbbbbbbbbbbbbbbh day
        bbbbbbbbbb=hhbbbbbrbbbbbbbh lookup
        bbbbbbbbbbh=hbbbbbrbbbbbbbh customer
        bbbbbbbbbbhh=bbbbbrbbbbbbbh owner
        bbbbbbbbbbbbb=bbbbbbrbbrrhh party_list
        bbrbbbbbbbbbbb=brrbbbbbbbhh choice
        rrbbbbbbbbbbbbb=bbbrbbbbbbh choices
        bbrbbbbbbbbbbbrb=rbbbbbbbhh state
        bbrbbbbbbbbbbbrbr=bbbbbbbhh status
        bbbbbbbbbbrrrbbbbb=bbbbbbbh uniqueidentifier
        rrbbbbbbbbbbbbbrbbb=bbbbbbh entity_name
        bbbbbbbbbbbbbrbbbbbb=bbrrhh managed_property
        bbbbbbbbbbbbbbbbbbbbb=rbbbh image
        bbbbbbbbbbbbbbbbbbbbbr=bbbh file
        bbbbbbbbbbbbbrbbbbbbrbb=rhh virtual
        bbbbbbbbbbbbbrbbbbbbrbbr=hh calendar_rules
        bbhbbbbbbbbbbhhbhhbbhbbhh=h edm
        hhhhhhhhhhhhhhhhhhhhhhhhhh= other
    "#]]
    .assert_eq(&lines);
}

#[test]
fn an_object_of_each_kind_that_goes_and_comes_is_told() {
    let whole = complete();
    let mut lines = String::new();
    let mut tell = |take: &dyn Fn(&mut Schema)| {
        let mut less = whole.clone();
        take(&mut less);
        lines += &format!("- {}\n+ {}\n", told(&whole, &less), told(&less, &whole));
    };
    tell(&|s| drop(s.tables.remove("new_port")));
    tell(&|s| drop(s.choices.remove("new_size")));
    for name in ["new_Count", "new_Sail"] {
        tell(&|s| s.operations.retain(|o| o.name != name || !o.bound));
    }
    tell(&|s| s.operations.retain(|o| o.bound));
    tell(&|s| s.operations.clear());
    fn ship(schema: &mut Schema) -> &mut Table {
        schema.tables.get_mut("new_ship").unwrap()
    }
    tell(&|s| drop(ship(s).keys.remove(0)));
    for name in ["new_big_int", "new_virtual", "new_named"] {
        tell(&|s| ship(s).columns.retain(|c| c.logical_name != name));
    }
    for i in 0..3 {
        tell(&|s| drop(ship(s).relationships.remove(i)));
    }
    tell(&|s| drop(s.choices.get_mut("new_size").unwrap().options.remove(0)));
    expect![[r#"
        - breaking  the table is gone
        + harmless  the table is new
        - risky     choice `new_size` is gone (for readers: solutions and code may use it by name)
        + harmless  choice `new_size` is new
        - breaking  operation `new_Count` is gone (for readers: it can no longer be called so)
        + harmless  operation `new_Count` is new
        - breaking  operation `new_Sail` is gone (for writers: it can no longer be called so)
        + harmless  operation `new_Sail` is new
        - breaking  operation `new_Sail` is gone (for writers: it can no longer be called so)
        + harmless  operation `new_Sail` is new
        - harmless  the organisation: operations 3 → unknown
        + harmless  the organisation: operations unknown → 3
        - breaking  key `new_key` is gone (rows can no longer be addressed or upserted by it)
        + harmless  key `new_key` is new: new_string, new_integer
        - breaking  column `new_big_int` is gone
        + harmless  column `new_big_int` is new: big_int
        - breaking  column `new_virtual` is gone
        + harmless  column `new_virtual` is new: virtual
        - breaking  column `new_named` is gone
        + harmless  column `new_named` is new: big_int
        - breaking  relationship `new_Port` is gone
        + harmless  relationship `new_Port` is new: new_port
        - breaking  relationship `new_ship_ports` is gone (for readers, risky for writers)
        + harmless  relationship `new_ship_ports` is new: new_port
        - breaking  relationship `new_visits` is gone (for readers, risky for writers)
        + harmless  relationship `new_visits` is new: new_port
        - breaking  choice `new_size`, option 0 is gone: No (de) (1031), No (1033) (for writers, risky for readers: the value is refused)
        + risky     choice `new_size`, option 0 is new: No (de) (1031), No (1033) (for readers: a value arrives that was not there before)
    "#]].assert_eq(&lines);
}
