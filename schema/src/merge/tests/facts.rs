//! Merges of a schema in which every fact is stated with sources that lack a part of it or contradict it.

use expect_test::{expect, expect_file};

use crate::complete::{
    column_types, complete, each_kind_of_fact, from_json, leaves, named, to_json, with_other_value, without,
};
use crate::*;

/// Returns what a merge changed and found, in one line.
fn told(report: &MergeReport) -> String {
    let MergeReport {
        contradictions,
        tables_added,
        columns_added,
        relationships_added,
        choices_added,
        operations_added,
        facts_filled,
    } = report;
    let counts = [
        ("tables", tables_added),
        ("columns", columns_added),
        ("relationships", relationships_added),
        ("choices", choices_added),
        ("operations", operations_added),
        ("facts", facts_filled),
    ];
    let counts = counts.iter().filter(|(_, n)| **n > 0).map(|(what, n)| format!("+{n} {what}"));
    let told: Vec<_> = contradictions.iter().map(ToString::to_string).chain(counts).collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join("; ") }
}

#[test]
fn a_merge_fills_in_the_one_fact_that_a_source_lacks() {
    let whole = complete();
    let json = to_json(&whole);
    let mut tried = 0;
    for path in each_kind_of_fact(&json) {
        let Some(part) = from_json(&without(&json, std::slice::from_ref(&path))) else { continue };
        let name = named(&json, &path);
        if path.starts_with("/operations/") || part == whole {
            continue;
        }
        let mut filled = part.clone();
        let report = filled.merge(whole.clone());
        let added = match path.rsplit('/').next() {
            // They are united, and not counted.
            Some("languages") => 0,
            Some("global") if path.ends_with("/new_size/global") => 0,
            Some("targets") => 2,
            _ => 1,
        };
        assert_eq!(report, MergeReport { facts_filled: added, ..MergeReport::default() }, "{name}");
        assert!(filled == whole, "{name}");
        let mut kept = whole.clone();
        assert_eq!(kept.merge(part), MergeReport::default(), "{name}");
        assert!(kept == whole, "{name}");
        tried += 1;
    }
    assert!(tried > 130, "{tried}");
}

#[test]
fn two_sources_that_each_hold_half_of_every_fact_give_the_whole() {
    let whole = complete();
    let json = to_json(&whole);
    let facts: Vec<_> = leaves(&json)
        .into_iter()
        // What identifies an object is in both halves.
        .filter(|path| !path.starts_with("/operations/") && !path.ends_with("/schema_name"))
        .filter(|path| from_json(&without(&json, std::slice::from_ref(path))).is_some())
        .collect();
    // Each two facts are in different halves at least once.
    for bit in 0..facts.len().ilog2() + 1 {
        let half = |one: usize| {
            let gone = facts.iter().enumerate().filter(|(i, _)| i >> bit & 1 == one);
            from_json(&without(&json, &gone.map(|(_, path)| path.clone()).collect::<Vec<_>>())).unwrap()
        };
        for (first, second) in [(0, 1), (1, 0)] {
            let mut merged = half(first);
            let report = merged.merge(half(second));
            assert_eq!(report.contradictions, [], "bit {bit}");
            assert!(merged == whole, "bit {bit}, first {first}");
        }
    }
}

#[test]
fn two_sources_that_each_hold_half_of_the_objects_give_the_whole() {
    let whole = complete();
    let half = |one: usize| {
        let mut half = whole.clone();
        let mut i = 0;
        let mut mine = move || {
            i += 1;
            i % 2 == one
        };
        half.org.languages.retain(|_| mine());
        for table in half.tables.values_mut() {
            table.keys.retain(|_| mine());
            table.columns.retain(|_| mine());
            table.relationships.retain(|_| mine());
        }
        half.operations.retain(|_| mine());
        match one {
            0 => half.choices.clear(),
            _ => drop(half.tables.remove("new_port")),
        }
        half
    };
    let mut merged = half(0);
    expect!["+14 columns; +1 relationships; +1 choices; +2 operations"]
        .assert_eq(&told(&merged.merge(half(1))));
    assert!(merged.tables["new_ship"] == whole.tables["new_ship"]);
    let mut merged = half(1);
    expect!["+1 tables; +14 columns; +2 relationships; +1 operations"]
        .assert_eq(&told(&merged.merge(half(0))));
    assert_eq!((&merged.org, &merged.choices), (&whole.org, &whole.choices));
    assert_eq!(merged.operations, whole.operations);
    assert!(merged.tables["new_ship"] == whole.tables["new_ship"]);
}

#[test]
fn each_contradiction_keeps_the_first_statement_and_names_the_fact() {
    let whole = complete();
    let json = to_json(&whole);
    let mut lines = String::new();
    // Operations are one fact each.
    for path in each_kind_of_fact(&json).iter().filter(|path| !path.starts_with("/operations/")) {
        for (value, other) in with_other_value(&json, path) {
            let mut merged = other.clone();
            let report = merged.merge(whole.clone());
            let kept = if merged == other { "kept" } else { "changed" };
            lines += &format!("{} {value}: {kept}; {}\n", named(&json, path), told(&report));
        }
    }
    expect_file!["contradictions.txt"].assert_eq(&lines);
}

/// Returns a schema with one column of the type.
fn with_type(ty: ColumnType) -> Schema {
    let table = Table { logical_name: "t".into(), columns: vec![Column::new("c", ty)], ..Table::default() };
    Schema { tables: [("t".into(), table)].into(), ..Schema::default() }
}

/// One line for each type of the first source, with one letter for each type of the second one: `=` equal types, `m`
/// the first type is kept, `t` the second one is taken, `u` both are united; in capitals if that is a contradiction.
#[test]
fn of_each_two_types_the_more_specific_one_is_taken() {
    let types = column_types();
    let mut lines = String::new();
    for (name, mine) in &types {
        for (_, theirs) in &types {
            let mut schema = with_type(mine.clone());
            let report = schema.merge(with_type(theirs.clone()));
            let merged = &schema.tables["t"].columns[0].ty;
            let letter = match () {
                () if mine == theirs => '=',
                () if merged == mine => 'm',
                () if merged == theirs => 't',
                () => 'u',
            };
            let agreed = report.contradictions.is_empty();
            lines.push(if agreed { letter } else { letter.to_ascii_uppercase() });
        }
        lines += &format!(" {name}\n");
    }
    expect![[r#"
        =MMMMMMMMMMMMMMMMMMMMMMMMMm string
        M=MMMMMMMMMMMMMMMMMMMMMMMMm memo
        MM=MMMMMMMMMMMMMMMMMMMMMMmm integer
        MMM=MMMMMMMMMMMMMMMMMMMMMMm big_int
        MMMM=MMMMMMMMMMMMMMMMMMMMMm decimal
        MMMMM=MMMMMMMMMMMMMMMMMMMMm double
        MMMMMM=MMMMMMMMMMMMMMMMMMMm money
        MMMMMMM=MMMMMMMMMMMMMMMMMMm boolean
        MMMMMMMM=MMMMMMMMMMMMMMMMMm date_time
        MMMMMMMMM=MMMMMMMMMMMMMMMMm day
        MMMMMMMMMM=ttMMMMMMMMMMMMMm lookup
        MMMMMMMMMMm=MMMMMMMMMMMMMMm customer
        MMMMMMMMMMmM=MMMMMMMMMMMMMm owner
        MMMMMMMMMMMMM=MMMMMMMMMMMMm party_list
        MMMMMMMMMMMMMM=MMMMMMMMMMmm choice
        MMMMMMMMMMMMMMM=MMMMMMMMMMm choices
        MMMMMMMMMMMMMMMM=MMMMMMMMmm state
        MMMMMMMMMMMMMMMMM=MMMMMMMmm status
        MMMMMMMMMMMMMMMMMM=MMMMMMMm uniqueidentifier
        MMMMMMMMMMMMMMMMMMM=MMMMMMm entity_name
        MMMMMMMMMMMMMMMMMMMM=MMMMMm managed_property
        MMMMMMMMMMMMMMMMMMMMM=MMMMm image
        MMMMMMMMMMMMMMMMMMMMMM=MMMm file
        MMMMMMMMMMMMMMMMMMMMMMM=MMm virtual
        MMMMMMMMMMMMMMMMMMMMMMMM=Mm calendar_rules
        TTtTTTTTTTTTTTtTttTTTTTTT=t edm
        tttttttttttttttttttttttttm= other
    "#]]
    .assert_eq(&lines);
}

#[test]
fn edm_types_give_way_to_the_types_that_have_them() {
    let edms = [
        Edm::Binary,
        Edm::Boolean,
        Edm::Date,
        Edm::DateTimeOffset,
        Edm::Decimal,
        Edm::Double,
        Edm::Guid,
        Edm::Int32,
        Edm::Int64,
        Edm::String,
    ];
    for edm in edms {
        for (name, ty) in column_types() {
            let mut schema = with_type(ColumnType::Edm { edm });
            let report = schema.merge(with_type(ty.clone()));
            let agrees = ty.edm() == Some(edm) || matches!(ty, ColumnType::Other { .. });
            assert_eq!(report.contradictions.is_empty(), agrees, "{edm:?} and {name}");
            let taken = if matches!(ty, ColumnType::Edm { .. }) { ColumnType::Edm { edm } } else { ty };
            assert_eq!(schema.tables["t"].columns[0].ty, taken, "{edm:?} and {name}");
        }
    }
}

#[test]
fn a_source_that_lists_the_whole_table_clears_the_flag_of_a_part() {
    for (mine, theirs, merged, filled) in
        [(true, true, true, 0), (true, false, false, 1), (false, true, false, 0), (false, false, false, 0)]
    {
        let with = |partial| {
            let table = Table { logical_name: "t".into(), partial, ..Table::default() };
            Schema { tables: [("t".into(), table)].into(), ..Schema::default() }
        };
        let mut schema = with(mine);
        let report = schema.merge(with(theirs));
        assert_eq!((schema.tables["t"].partial, report.facts_filled), (merged, filled), "{mine} {theirs}");
    }
}

#[test]
fn an_empty_text_of_a_label_states_nothing() {
    for (mine, theirs, merged, filled, contradictions) in [
        ("", "", "", 0, 0),
        ("", "a", "a", 1, 0),
        ("a", "", "a", 0, 0),
        ("a", "a", "a", 0, 0),
        ("a", "b", "a", 0, 1),
    ] {
        let with = |text: &str| {
            let display_name = LocalizedText::new(1033, text);
            let table = Table { logical_name: "t".into(), display_name, ..Table::default() };
            Schema { tables: [("t".into(), table)].into(), ..Schema::default() }
        };
        let mut schema = with(mine);
        let report = schema.merge(with(theirs));
        let counts = (report.facts_filled, report.contradictions.len());
        assert_eq!(schema.tables["t"].display_name.get(1033), Some(merged), "{mine:?} {theirs:?}");
        assert_eq!(counts, (filled, contradictions), "{mine:?} {theirs:?}");
    }
}
