use proptest::prelude::*;

use crate::*;

mod facts;
mod keys_and_relationships;

fn with_column(column: Column) -> Schema {
    let table = Table { logical_name: "account".into(), columns: vec![column], ..Table::default() };
    Schema { tables: [("account".into(), table)].into(), ..Schema::default() }
}

fn merged(a: ColumnType, b: ColumnType) -> (ColumnType, Vec<String>) {
    let mut schema = with_column(Column::new("c", a));
    let report = schema.merge(with_column(Column::new("c", b)));
    let ty = schema.tables["account"].columns[0].ty.clone();
    (ty, report.contradictions.iter().map(ToString::to_string).collect())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

#[test]
fn the_more_specific_type_wins_from_either_side() {
    let customer = ColumnType::Customer { targets: names(&["account", "contact"]) };
    let cases = [
        (
            ColumnType::Edm { edm: Edm::Int32 },
            ColumnType::Choice { choice: Some(ChoiceRef::Global("g".into())), default: Some(1) },
        ),
        (ColumnType::Edm { edm: Edm::String }, ColumnType::Choices { choice: None }),
        (ColumnType::Edm { edm: Edm::String }, ColumnType::String { max_length: Some(9), format: None }),
        (ColumnType::Edm { edm: Edm::Binary }, ColumnType::File { max_size_kb: None }),
        (ColumnType::Lookup { targets: names(&["account", "contact"]) }, customer),
        (ColumnType::Lookup { targets: Vec::new() }, ColumnType::Owner { targets: names(&["team"]) }),
        (ColumnType::Other { name: "mscrm.x".into() }, ColumnType::ManagedProperty),
        (
            ColumnType::DateTime { behavior: None, date_format: None },
            ColumnType::DateTime { behavior: Some(DateTimeBehavior::UserLocal), date_format: Some(false) },
        ),
    ];
    for (poor, rich) in cases {
        assert_eq!(merged(poor.clone(), rich.clone()), (rich.clone(), vec![]));
        assert_eq!(merged(rich.clone(), poor), (rich, vec![]));
    }
    let lookups = merged(
        ColumnType::Lookup { targets: names(&["b"]) },
        ColumnType::Customer { targets: names(&["a"]) },
    );
    assert_eq!(lookups, (ColumnType::Customer { targets: names(&["a", "b"]) }, vec![]));
}

#[test]
fn a_contradiction_is_reported_and_the_first_statement_kept() {
    let string = |n| ColumnType::String { max_length: Some(n), format: None };
    let (ty, told) = merged(string(100), string(200));
    assert_eq!(ty, string(100));
    assert_eq!(told, ["column `c` of table `account`: max_length is 100 and also 200; the first is kept"]);
    let (ty, told) = merged(string(100), ColumnType::BigInt);
    assert_eq!(ty, string(100));
    assert_eq!(told, ["column `c` of table `account`: type is string and also big_int; the first is kept"]);
    // The more specific type is kept, whichever source comes first.
    let (ty, told) = merged(ColumnType::Edm { edm: Edm::Int32 }, string(100));
    assert_eq!(ty, string(100));
    assert_eq!(told, ["column `c` of table `account`: type is string and also Edm.Int32; the first is kept"]);
}

#[test]
fn a_choice_that_turns_out_to_be_global_becomes_global() {
    let option = |value| ChoiceOption { value, ..ChoiceOption::default() };
    let local = Choice { name: "g".into(), options: vec![option(1)], ..Choice::default() };
    let of = |choice| ColumnType::Choice { choice: Some(choice), default: None };
    let global = || with_column(Column::new("c", of(ChoiceRef::Global("g".into()))));
    let local = || with_column(Column::new("c", of(ChoiceRef::Local(local.clone()))));
    let (mut a, mut b) = (global(), local());
    assert!(a.merge(local()).contradictions.is_empty());
    assert!(b.merge(global()).contradictions.is_empty());
    assert_eq!(a, b);
    assert!(a.choices["g"].global && a.choices["g"].options.len() == 1);
}

#[test]
fn options_of_equal_value_in_one_source_are_one_option() {
    let option = |value, color: Option<&str>, external: Option<&str>| ChoiceOption {
        value,
        color: color.map(Into::into),
        external_value: external.map(Into::into),
        ..ChoiceOption::default()
    };
    let of = |options: Vec<ChoiceOption>| {
        let choice = Choice { name: "g".into(), options, ..Choice::default() };
        Schema { choices: [("g".into(), choice)].into(), ..Schema::default() }
    };
    for mine in [vec![], vec![option(1, None, None)]] {
        let known = mine.len();
        let mut schema = of(mine);
        schema.merge(of(vec![
            option(2, Some("#fff"), None),
            option(1, Some("#000"), None),
            option(2, None, Some("two")),
            option(1, None, Some("one")),
        ]));
        let expected = [option(1, Some("#000"), Some("one")), option(2, Some("#fff"), Some("two"))];
        assert_eq!(schema.choices["g"].options, expected, "{known} were known");
    }
}

fn relationship(navigation: Option<&str>, schema_name: Option<&str>, column: Option<&str>) -> Relationship {
    Relationship {
        navigation: navigation.map(Into::into),
        side: Side::ManyToOne,
        table: "contact".into(),
        column: column.map(Into::into),
        referenced: None,
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: schema_name.map(Into::into),
        hierarchical: None,
        cascade: None,
    }
}

fn merge_relationships(a: Relationship, b: Relationship) -> (Vec<Relationship>, usize) {
    let with = |r| {
        let table = Table { logical_name: "account".into(), relationships: vec![r], ..Table::default() };
        Schema { tables: [("account".into(), table)].into(), ..Schema::default() }
    };
    let mut schema = with(a);
    let report = schema.merge(with(b));
    (schema.tables.remove("account").unwrap().relationships, report.contradictions.len())
}

#[test]
fn the_same_relationship_is_recognised_in_two_sources() {
    let full = relationship(Some("n"), Some("S"), Some("c"));
    for part in [
        relationship(None, Some("S"), None),
        relationship(Some("n"), None, None),
        relationship(None, None, Some("c")),
        relationship(Some("n"), None, Some("c")),
    ] {
        assert_eq!(merge_relationships(full.clone(), part.clone()), (vec![full.clone()], 0));
        assert_eq!(merge_relationships(part, full.clone()), (vec![full.clone()], 0));
    }
    // With the same schema name and another navigation property, one of the sources is wrong.
    let (all, told) = merge_relationships(full.clone(), relationship(Some("m"), Some("S"), Some("c")));
    assert_eq!((all, told), (vec![full.clone()], 1));
    // Relationships with other schema names are different, even with the same ends.
    assert_eq!(merge_relationships(full.clone(), relationship(None, Some("T"), Some("c"))).0.len(), 2);
    // The same side and table are not enough.
    assert_eq!(merge_relationships(full.clone(), relationship(None, None, None)).0.len(), 2);
    assert_eq!(merge_relationships(full.clone(), relationship(Some("m"), None, Some("c"))).0.len(), 2);
}

#[test]
fn a_key_gets_the_real_name_in_place_of_a_made_one() {
    let with = |name: &str, columns: &[&str], status: Option<&str>| {
        let key = Key {
            name: name.into(),
            schema_name: None,
            columns: names(columns),
            status: status.map(Into::into),
        };
        let table = Table { logical_name: "account".into(), keys: vec![key], ..Table::default() };
        Schema { tables: [("account".into(), table)].into(), ..Schema::default() }
    };
    let mut a = with("b_a", &["b", "a"], Some("Active"));
    let mut b = with("new_key", &["a", "b"], None);
    assert!(a.merge(b.clone()).contradictions.is_empty());
    b.merge(with("b_a", &["b", "a"], Some("Active")));
    assert_eq!(a, b);
    let key = &a.tables["account"].keys[0];
    assert_eq!((key.name.as_str(), key.status.as_deref()), ("new_key", Some("Active")));
    assert_eq!(a.merge(with("new_key", &["z"], None)).contradictions.len(), 1);
}

// Algebraic laws: an organisation is generated, and two sources know parts of it.

fn label() -> impl Strategy<Value = LocalizedText> {
    proptest::collection::btree_map(prop_oneof![Just(1033_u32), Just(1031)], "[a-z]{0,3}", 0..3)
        .prop_map(LocalizedText)
}

fn options() -> impl Strategy<Value = Vec<ChoiceOption>> {
    let transitions = proptest::collection::btree_set(0..5_i32, 0..3).prop_map(|to| to.into_iter().collect());
    let option = (label(), proptest::option::of(0..2_i32), proptest::option::of(transitions));
    proptest::collection::btree_map(0..5_i32, option, 0..4).prop_map(|options| {
        options
            .into_iter()
            .map(|(value, (label, state, transitions))| ChoiceOption {
                value,
                label,
                state,
                transitions,
                ..ChoiceOption::default()
            })
            .collect()
    })
}

fn column_type() -> impl Strategy<Value = ColumnType> {
    prop_oneof![
        (any::<Option<u32>>(), proptest::option::of("[A-Z]"))
            .prop_map(|(max_length, format)| ColumnType::String { max_length, format }),
        (any::<Option<i64>>(), any::<Option<i64>>()).prop_map(|(min, max)| ColumnType::Integer {
            min,
            max,
            format: None
        }),
        (options(), any::<Option<i32>>()).prop_map(|(options, default)| ColumnType::Status {
            choice: Some(ChoiceRef::Local(Choice { name: "l".into(), options, ..Choice::default() })),
            default,
        }),
        any::<Option<i32>>()
            .prop_map(|default| ColumnType::Choice { choice: Some(ChoiceRef::Global("g".into())), default }),
        proptest::collection::btree_set("[abc]", 0..3)
            .prop_map(|targets| ColumnType::Customer { targets: targets.into_iter().collect() }),
        Just(ColumnType::Uniqueidentifier),
    ]
}

prop_compose! {
    fn column(name: String)(
        ty in column_type(), display_name in label(), odata in any::<Option<bool>>(), custom in any::<Option<bool>>(),
    ) -> Column {
        Column { display_name, odata, custom, ..Column::new(name.clone(), ty) }
    }
}

fn cascade() -> impl Strategy<Value = Option<Cascade>> {
    use CascadeAction as A;
    let action =
        || proptest::option::of(proptest::sample::select(vec![A::Cascade, A::NoCascade, A::RemoveLink]));
    (action(), action()).prop_map(|(assign, delete)| {
        let cascade = Cascade { assign, delete, ..Cascade::default() };
        (!cascade.is_empty()).then_some(cascade)
    })
}

prop_compose! {
    fn related(i: usize)(
        side in prop_oneof![Just(Side::ManyToOne), Just(Side::OneToMany)], table in "[ab]",
        entity1 in any::<Option<bool>>(), hierarchical in any::<Option<bool>>(), cascade in cascade(),
    ) -> Relationship {
        Relationship {
            side, table, entity1, hierarchical, cascade,
            ..relationship(Some(&format!("n{i}")), Some(&format!("s{i}")), Some(&format!("c{i}")))
        }
    }
}

fn organisation() -> impl Strategy<Value = Schema> {
    let columns = (0..5).map(|i| column(format!("c{i}"))).collect::<Vec<_>>();
    let related = (0..4).map(related).collect::<Vec<_>>();
    let operations = proptest::collection::vec(any::<bool>(), 6);
    let flags = any::<[Option<bool>; 2]>();
    (columns, related, label(), any::<Option<i32>>(), flags, options(), operations).prop_map(
        |(columns, relationships, display_name, object_type_code, flags, options, called)| {
            let table = Table {
                logical_name: "t".into(),
                columns,
                relationships,
                display_name,
                object_type_code,
                change_tracking: flags[0],
                enforce_state_transitions: flags[1],
                ..Table::default()
            };
            let choice = Choice { name: "g".into(), global: true, options, ..Choice::default() };
            let mut schema = Schema::default();
            schema.tables.insert("t".into(), table);
            schema.choices.insert("g".into(), choice);
            let numbered = called.into_iter().enumerate();
            schema.operations = numbered.map(|(i, bound)| operation(&format!("o{}", i / 2), bound)).collect();
            schema.sort();
            schema
        },
    )
}

fn operation(name: &str, bound: bool) -> Operation {
    let value = ValueType { name: "t".into(), collection: false, nullable: false };
    Operation {
        name: name.into(),
        kind: OperationKind::Action,
        bound,
        composable: false,
        filter_only: false,
        parameters: vec![Parameter { name: "entity".into(), value, optional: false }],
        returns: None,
    }
}

#[test]
fn the_first_statement_about_an_operation_is_kept() {
    let of = |operations: &[Operation]| Schema { operations: operations.to_vec(), ..Schema::default() };
    let (mut merged, mut other) = (of(&[operation("a", true)]), operation("a", true));
    other.parameters[0].value.nullable = true;
    let report = merged.merge(of(&[operation("a", false), other, operation("b", false)]));
    assert_eq!(report.operations_added, 2, "one on nothing, and one of another name");
    let told: Vec<_> = report.contradictions.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("operation `a` of table `t`: signature is "), "{}", told[0]);
    assert_eq!(merged, of(&[operation("a", false), operation("a", true), operation("b", false)]));
}

/// Returns a copy of `schema` in which some facts are missing, as one source may give it. `decisions` says
/// for each fact in turn whether the copy has it; after the last decision the first one is used again.
fn part(schema: &Schema, decisions: &[bool]) -> Schema {
    let mut decisions = decisions.iter().copied().cycle();
    let mut yes = move || decisions.next().unwrap();
    let mut part = schema.clone();
    let keep = |label: &mut LocalizedText, yes: &mut dyn FnMut() -> bool| label.0.retain(|_, _| yes());
    let table = part.tables.get_mut("t").unwrap();
    keep(&mut table.display_name, &mut yes);
    table.object_type_code = table.object_type_code.filter(|_| yes());
    table.columns.retain(|_| yes());
    for column in &mut table.columns {
        keep(&mut column.display_name, &mut yes);
        column.odata = column.odata.filter(|_| yes());
        column.custom = column.custom.filter(|_| yes());
        if yes() {
            column.ty = match &column.ty {
                ColumnType::Customer { targets } => ColumnType::Lookup { targets: targets.clone() },
                ty => ColumnType::Edm { edm: ty.edm().unwrap() },
            };
        }
        match &mut column.ty {
            ColumnType::String { max_length, format } => {
                *max_length = max_length.filter(|_| yes());
                *format = format.take().filter(|_| yes());
            }
            ColumnType::Status { choice, default } => {
                if let Some(ChoiceRef::Local(choice)) = choice {
                    choice.options.retain(|_| yes());
                    for option in &mut choice.options {
                        option.transitions = option.transitions.take().filter(|_| yes());
                    }
                }
                *choice = choice.take().filter(|_| yes());
                *default = default.filter(|_| yes());
            }
            ColumnType::Choice { default, .. } => *default = default.filter(|_| yes()),
            ColumnType::Customer { targets } | ColumnType::Lookup { targets } => targets.retain(|_| yes()),
            _ => {}
        }
    }
    // A lookup that lost its type must not become a plain guid.
    table.relationships.retain(|_| yes());
    for relationship in &mut table.relationships {
        relationship.entity1 = relationship.entity1.filter(|_| yes());
        relationship.hierarchical = relationship.hierarchical.filter(|_| yes());
        if let Some(cascade) = &mut relationship.cascade {
            cascade.assign = cascade.assign.filter(|_| yes());
            cascade.delete = cascade.delete.filter(|_| yes());
        }
        relationship.cascade = relationship.cascade.filter(|c| !c.is_empty());
        // The facts that are left still identify the relationship.
        match (yes(), yes()) {
            (true, true) => relationship.schema_name = None,
            (true, false) => relationship.navigation = None,
            _ => {}
        }
    }
    part.choices.get_mut("g").unwrap().options.retain(|_| yes());
    part.operations.retain(|_| yes());
    part.sort();
    part
}

proptest! {
    #[test]
    fn merging_a_schema_with_itself_changes_nothing(schema in organisation()) {
        let mut merged = schema.clone();
        let report = merged.merge(schema.clone());
        prop_assert_eq!(report, MergeReport::default());
        prop_assert_eq!(merged, schema);
    }

    #[test]
    fn the_order_of_parts_does_not_matter_and_merging_again_adds_nothing(
        schema in organisation(),
        first in proptest::collection::vec(any::<bool>(), 1..97),
        second in proptest::collection::vec(any::<bool>(), 1..97),
    ) {
        let (a, b) = (part(&schema, &first), part(&schema, &second));
        let (mut ab, mut ba) = (a.clone(), b.clone());
        let report = ab.merge(b.clone());
        prop_assert!(report.contradictions.is_empty(), "{:?}", report.contradictions);
        ba.merge(a.clone());
        prop_assert_eq!(&ab, &ba);
        for again in [a, b] {
            let before = ab.clone();
            let report = ab.merge(again);
            prop_assert_eq!(report, MergeReport::default());
            prop_assert_eq!(&ab, &before);
        }
        // The whole schema adds what neither part has, and contradicts nothing.
        let report = ab.merge(schema.clone());
        prop_assert!(report.contradictions.is_empty());
        prop_assert_eq!(ab, schema);
    }
}

#[test]
fn owner_and_principal_are_merged_as_one_table() {
    let owner = |table: &str| Relationship {
        navigation: Some("ownerid".into()),
        side: Side::ManyToOne,
        table: table.into(),
        column: Some("ownerid".into()),
        referenced: Some("ownerid".into()),
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: None,
        hierarchical: None,
        cascade: None,
    };
    for (a, b) in [("owner", "principal"), ("principal", "owner")] {
        let (merged, contradictions) = merge_relationships(owner(a), owner(b));
        assert_eq!((merged, contradictions), (vec![owner("principal")], 0));
    }
}
