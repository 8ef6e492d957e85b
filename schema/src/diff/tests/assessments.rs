//! Verdicts that depend on more than one fact, and how changes are shown.

use expect_test::expect;
use serde_json::json;

use super::*;

/// Returns the two impacts of the only change.
fn impacts(before: &Schema, after: &Schema) -> (Impact, Impact) {
    let diff = Diff::between(before, after);
    let [change] = &diff.changes[..] else { panic!("{diff}") };
    (change.readers, change.writers)
}

fn with_columns(columns: Vec<Column>) -> Schema {
    schema(Table { logical_name: "t".into(), columns, ..Table::default() })
}

const H: Impact = Impact::Harmless;
const R: Impact = Impact::Risky;
const B: Impact = Impact::Breaking;

#[test]
fn the_loss_of_a_column_breaks_those_who_could_read_or_write_it() {
    let rows = [
        (None, None, None, None, (B, B)),
        (Some(true), Some(true), Some(true), Some(true), (B, B)),
        (None, None, Some(false), None, (B, B)),
        (None, None, None, Some(false), (B, B)),
        (None, None, Some(false), Some(false), (B, H)),
        (Some(false), None, None, None, (R, H)),
        (None, Some(false), None, None, (R, H)),
        (Some(false), Some(false), None, None, (R, H)),
    ];
    for (odata, valid_for_read, valid_for_create, valid_for_update, expected) in rows {
        let column = Column {
            odata,
            valid_for_read,
            valid_for_create,
            valid_for_update,
            ..Column::new("c", ColumnType::BigInt)
        };
        let row = format!("{column:?}");
        assert_eq!(impacts(&with_columns(vec![column]), &with_columns(Vec::new())), expected, "{row}");
    }
}

#[test]
fn a_new_column_breaks_writers_if_they_have_to_give_it() {
    use RequiredLevel as L;
    use SourceType as S;
    let rows = [
        (None, None, None, None, (H, H)),
        (Some(L::None), None, None, None, (H, H)),
        (Some(L::Recommended), None, None, None, (H, H)),
        (Some(L::Application), None, None, None, (H, R)),
        (Some(L::System), None, None, None, (H, B)),
        (Some(L::System), Some(true), Some(S::Simple), None, (H, B)),
        (Some(L::System), Some(false), None, None, (H, H)),
        (Some(L::Application), Some(false), None, None, (H, H)),
        (Some(L::System), None, Some(S::Calculated), None, (H, H)),
        (Some(L::Application), None, Some(S::Formula), None, (H, H)),
        (Some(L::System), None, None, Some("A-1"), (H, H)),
        (Some(L::Application), None, None, Some("A-1"), (H, H)),
    ];
    for (required, valid_for_create, source, auto_number, expected) in rows {
        let auto_number = auto_number.map(str::to_owned);
        let column = Column {
            required,
            valid_for_create,
            source,
            auto_number,
            ..Column::new("c", ColumnType::BigInt)
        };
        let row = format!("{column:?}");
        assert_eq!(impacts(&with_columns(Vec::new()), &with_columns(vec![column])), expected, "{row}");
    }
}

#[test]
fn the_property_of_a_column_breaks_requests_only_if_both_versions_have_it() {
    let of = |property: Option<&str>, odata| {
        let column =
            Column { property: property.map(Into::into), odata, ..Column::new("c", ColumnType::BigInt) };
        with_columns(vec![column])
    };
    for (before, after, odata, expected) in [
        (None, Some("C"), None, Some((B, B))),
        (Some("C"), Some("D"), None, Some((B, B))),
        (None, Some("c"), None, Some((H, H))),
        (None, Some("C"), Some(false), Some((H, H))),
        (Some("C"), Some("C"), None, None),
    ] {
        let diff = Diff::between(&of(before, odata), &of(after, odata));
        let found = diff.changes.first().map(|c| (c.readers, c.writers));
        assert_eq!(found, expected, "{before:?} {after:?} {odata:?}");
    }
    // It has gone from the Web API at the same time.
    let diff = Diff::between(&of(None, Some(true)), &of(Some("C"), Some(false)));
    let found: Vec<_> =
        diff.changes.iter().map(|c| (c.fact.as_deref().unwrap_or_default(), c.impact())).collect();
    assert_eq!(found, [("property", H), ("odata", B)]);
}

#[test]
fn the_targets_of_a_lookup_break_writers_if_one_is_gone() {
    for (before, after, expected) in [
        (&[][..], &["a"][..], (H, H)),
        (&["a"], &["a", "b"], (R, H)),
        (&["a", "b"], &["a"], (R, B)),
        (&["a"], &["b"], (R, B)),
        // No targets state nothing.
        (&["a"], &[], (H, H)),
    ] {
        let of = |targets: &[&str]| {
            let targets = targets.iter().map(|t| (*t).to_owned()).collect();
            with_columns(vec![Column::new("c", ColumnType::Lookup { targets })])
        };
        assert_eq!(impacts(&of(before), &of(after)), expected, "{before:?} {after:?}");
    }
}

#[test]
fn a_limit_is_assessed_by_whether_it_is_lower_or_higher() {
    // The impacts of a lower limit and of a higher one.
    let rows = [
        ("max_length", (H, B), (R, H)),
        ("max", (H, B), (R, H)),
        ("min", (R, H), (H, B)),
        ("precision", (R, R), (R, H)),
        ("max_size_kb", (H, B), (R, H)),
        ("another", (H, H), (H, H)),
    ];
    for (fact, lower, higher) in rows {
        for (before, after, expected) in [
            (json!(5), json!(4), lower),
            (json!(-4), json!(-5), lower),
            (json!(0.5), json!(0.25), lower),
            (json!(5), json!(6), higher),
            (json!(-1), json!(1), higher),
            (json!(5), json!(5.5), higher),
            // The same number in another form, and what states nothing.
            (json!(5), json!(5), (H, H)),
            (json!(5), json!(5.0), (H, H)),
            (json!(5), Value::Null, (H, H)),
            (Value::Null, json!(5), (H, H)),
        ] {
            let found = rules::column(fact, &before, &after);
            assert_eq!((found.readers, found.writers), expected, "{fact} {before} {after}");
        }
    }
}

fn with_relationships(relationships: Vec<Relationship>) -> Schema {
    schema(Table { logical_name: "new_ship".into(), relationships, ..Table::default() })
}

#[test]
fn the_loss_of_a_relationship_breaks_those_who_follow_or_set_it() {
    let single = relationship();
    let many = Relationship { side: Side::OneToMany, ..relationship() };
    let unnamed = Relationship { navigation: None, ..relationship() };
    for (lost, expected) in [(single, (B, B)), (many, (B, R)), (unnamed, (R, H))] {
        let row = format!("{lost:?}");
        assert_eq!(
            impacts(&with_relationships(vec![lost]), &with_relationships(Vec::new())),
            expected,
            "{row}"
        );
    }
}

/// Returns what the diff of the relationships says, without verdicts.
fn told(before: Vec<Relationship>, after: Vec<Relationship>) -> Vec<String> {
    let diff = Diff::between(&with_relationships(before), &with_relationships(after));
    diff.changes.iter().map(ToString::to_string).collect()
}

#[test]
fn relationships_are_paired_by_the_names_that_are_left() {
    let named = |navigation: Option<&str>, schema_name: Option<&str>, column: Option<&str>| Relationship {
        navigation: navigation.map(Into::into),
        schema_name: schema_name.map(Into::into),
        column: column.map(Into::into),
        ..relationship()
    };
    let base = named(Some("n"), Some("S"), Some("c"));
    let other = |side, table: &str| Relationship { side, table: table.into(), ..base.clone() };
    let rows = [
        // By navigation property and side, by schema name, by the columns, and by the navigation property alone.
        (named(Some("n"), Some("T"), Some("d")), &["schema_name S → T", "column c → d"][..]),
        (named(Some("m"), Some("S"), Some("d")), &["navigation n → m", "column c → d"]),
        (named(Some("m"), Some("T"), Some("c")), &["navigation n → m", "schema_name S → T"]),
        (other(Side::OneToMany, "new_port"), &["side many_to_one → one_to_many"]),
        (other(Side::ManyToOne, "x"), &["table new_port → x"]),
    ];
    for (after, facts) in rows {
        let mut expected: Vec<_> = facts.iter().map(|fact| format!("relationship `n`: {fact}")).collect();
        expected.sort();
        let mut found = told(vec![base.clone()], vec![after.clone()]);
        found.sort();
        assert_eq!(found, expected, "{after:?}");
    }
    // With nothing in common but the table, one is gone and another new.
    let stranger = named(Some("m"), Some("T"), Some("d"));
    assert_eq!(
        told(vec![base.clone()], vec![stranger]),
        ["relationship `n` is gone", "relationship `m` is new: new_port"]
    );
    // Equal ones are paired first, whatever their order.
    let twice = [base.clone(), named(Some("n"), Some("T"), Some("d"))];
    assert_eq!(told(twice.to_vec(), twice.iter().rev().cloned().collect()), [""; 0]);
    assert_eq!(told(twice.to_vec(), vec![base]), ["relationship `n` is gone"]);
}

#[test]
fn the_two_ends_of_an_n_to_n_relationship_with_itself_are_paired_by_their_columns() {
    let end = |navigation: &str, column: &str| Relationship {
        navigation: Some(navigation.into()),
        side: Side::ManyToMany,
        table: "new_ship".into(),
        column: Some(column.into()),
        ..relationship()
    };
    assert_eq!(
        told(vec![end("a", "one"), end("b", "two")], vec![end("c", "two"), end("d", "one")]),
        ["relationship `a`: navigation a → d", "relationship `b`: navigation b → c"]
    );
}

#[test]
fn a_key_or_an_option_that_a_snapshot_has_twice_is_told_as_a_list() {
    let key = |columns: &str| Key { name: "k".into(), columns: vec![columns.into()], ..Key::default() };
    let with = |keys: Vec<Key>| schema(Table { logical_name: "t".into(), keys, ..Table::default() });
    assert_eq!(impacts(&with(vec![key("a"), key("b")]), &with(vec![key("a")])), (B, B));
    assert_eq!(impacts(&with(vec![key("a")]), &with(vec![key("a"), key("b")])), (B, B));
    assert_eq!(impacts(&with(vec![key("a"), key("b")]), &with(Vec::new())), (B, B));
    assert_eq!(impacts(&with(Vec::new()), &with(vec![key("a"), key("b")])), (H, H));
    let global = |values: &[i32]| {
        let options = values.iter().map(|value| ChoiceOption { value: *value, ..ChoiceOption::default() });
        let choice = Choice { name: "g".into(), options: options.collect(), ..Choice::default() };
        Schema { choices: [("g".into(), choice)].into(), ..Schema::default() }
    };
    let diff = Diff::between(&global(&[1]), &global(&[1, 1]));
    expect![[r#"choice `g`, option 1: options [{"value":1}] → [{"value":1},{"value":1}]"#]]
        .assert_eq(&diff.changes[0].to_string());
    assert_eq!((diff.changes.len(), diff.worst()), (1, Some(H)));
}

#[test]
fn a_new_option_renames_an_old_one_whose_letters_and_digits_are_the_same() {
    let with = |language: Option<u32>, labels: &[[&str; 2]]| {
        let option = |(value, [german, english]): (i32, &[&str; 2])| ChoiceOption {
            value,
            label: LocalizedText([(1031, (*german).to_owned()), (1033, (*english).to_owned())].into()),
            ..ChoiceOption::default()
        };
        let choice = Choice {
            name: "g".into(),
            options: (0..).zip(labels).map(option).collect(),
            ..Choice::default()
        };
        let mut schema = Schema { choices: [("g".into(), choice)].into(), ..Schema::default() };
        schema.org.base_language = language;
        schema
    };
    for (language, german, english, expected) in [
        (None, "Neu", "new one", (B, B)),
        (None, "alt", "New 1", (R, H)),
        (Some(1031), "ALT!", "another", (B, B)),
        (Some(1031), "neu", "New-One", (R, H)),
        (None, "", "", (R, H)),
    ] {
        let before = with(language, &[["Alt", "New one"], ["", "!"]]);
        let after = with(language, &[["Alt", "New one"], ["", "!"], [german, english]]);
        assert_eq!(impacts(&before, &after), expected, "{language:?} {german} {english}");
    }
}

#[test]
fn the_reason_names_those_for_whom_the_change_is_worse() {
    let reasons = [H, R, B].map(|readers| {
        [H, R, B].map(|writers| {
            let change = Change {
                table: None,
                object: ChangedObject::Table,
                option: None,
                kind: ChangeKind::Removed,
                fact: None,
                before: Value::Null,
                after: Value::Null,
                readers,
                writers,
                why: "so",
            };
            assert_eq!(change.impact(), if readers > writers { readers } else { writers });
            change.reason()
        })
    });
    assert_eq!(
        reasons,
        [
            ["so", "for writers: so", "for writers: so"],
            ["for readers: so", "so", "for writers, risky for readers: so"],
            ["for readers: so", "for readers, risky for writers: so", "so"],
        ]
    );
}

#[test]
fn values_are_shown_without_quotes_and_are_cut_at_sixty_characters() {
    let shown = |after: Value| {
        let change = Change {
            table: None,
            object: ChangedObject::Choice("c".into()),
            option: None,
            kind: ChangeKind::Added,
            fact: None,
            before: Value::Null,
            after,
            readers: H,
            writers: H,
            why: "",
        };
        change.to_string().replace("choice `c` is new", "")
    };
    for (value, text) in [
        (Value::Null, ""),
        (json!("a"), ": a"),
        (json!(5), ": 5"),
        (json!(["a", "b"]), ": a, b"),
        (json!([]), ": "),
        (json!([1, "b"]), ": [1,\"b\"]"),
        (json!({"1031": "a", "1033": "b"}), ": a (1031), b (1033)"),
        (json!({}), ": {}"),
        (json!({"x": 1}), ": {\"x\":1}"),
    ] {
        assert_eq!(shown(value.clone()), text, "{value}");
    }
    assert_eq!(shown(json!("é".repeat(60))), format!(": {}", "é".repeat(60)));
    assert_eq!(shown(json!("é".repeat(61))), format!(": {}…", "é".repeat(59)));
}

#[test]
fn the_counts_name_each_impact_that_occurs() {
    let schema = |columns: &[(&str, ColumnType)]| {
        with_columns(columns.iter().map(|(name, ty)| Column::new(*name, ty.clone())).collect())
    };
    let text = |before: &Schema, after: &Schema| {
        let diff = Diff::between(before, after);
        let text = diff.to_string();
        let markdown = diff.markdown();
        let last = text.lines().last().unwrap().to_owned();
        assert!(markdown.starts_with(&format!("**Schema: {last}**\n")), "{markdown}");
        (last, markdown.matches("| class |").count())
    };
    let (big, memo) = (ColumnType::BigInt, |n| ColumnType::Memo { max_length: Some(n), format: None });
    let none = schema(&[]);
    assert_eq!(text(&none, &none), ("no changes".to_owned(), 0));
    assert_eq!(text(&none, &schema(&[("a", big.clone())])), ("1 harmless change".to_owned(), 1));
    assert_eq!(text(&schema(&[("a", big.clone())]), &none), ("1 breaking change".to_owned(), 1));
    let before = schema(&[("a", big.clone()), ("m", memo(1))]);
    assert_eq!(
        text(&before, &schema(&[("b", big.clone()), ("m", memo(2))])),
        ("1 breaking, 1 risky and 1 harmless changes".to_owned(), 2)
    );
    assert_eq!(text(&before, &schema(&[("m", memo(2))])), ("1 breaking and 1 risky changes".to_owned(), 1));
}

#[test]
fn changes_below_the_wanted_impact_are_counted_and_not_shown() {
    let mut before = with_columns(vec![Column::new("a", ColumnType::BigInt), Column::new("m", text(1))]);
    let mut after = with_columns(vec![Column::new("b", ColumnType::BigInt), Column::new("m", text(2))]);
    before.org.version = Some("1".into());
    after.org.version = Some("2".into());
    let diff = Diff::between(&before, &after);
    assert_eq!([H, R, B].map(|impact| diff.count(impact)), [2, 1, 1]);
    expect![[r#"
        table t
          breaking  column `a` is gone
          risky     column `m`: max_length 1 → 2 (for readers: longer texts may arrive)
        1 breaking, 1 risky and 2 harmless changes; 2 not shown
    "#]]
    .assert_eq(&diff.text(R));
    expect![[r#"
        table t
          breaking  column `a` is gone
        1 breaking, 1 risky and 2 harmless changes; 3 not shown
    "#]]
    .assert_eq(&diff.text(B));
    assert!(diff.text(H).starts_with("organisation, global choices, operations\n"));
    assert_eq!(diff.clone().for_audience(Audience::Both), diff);
    let (readers, writers) =
        (diff.clone().for_audience(Audience::Readers), diff.clone().for_audience(Audience::Writers));
    assert_eq!([H, R, B].map(|impact| readers.count(impact)), [2, 1, 1]);
    assert_eq!([H, R, B].map(|impact| writers.count(impact)), [3, 0, 1]);
    assert!(writers.changes.iter().all(|change| change.why.is_empty()));
    assert!(readers.changes.iter().any(|change| change.why == "longer texts may arrive"));
}
