//! A schema that the emulator serves and dvkit reads again is the same schema: nothing is lost, nothing is
//! added.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::path::{Path, PathBuf};

use dvkit_emulator::csdl;
use dvkit_schema::wire::{self, write};
use dvkit_schema::{
    Cascade, CascadeAction, Choice, ChoiceKind, ChoiceOption, ChoiceRef, Column, ColumnType,
    DateTimeBehavior, Edm, Key, LocalizedText, Operation, OperationKind, Ownership, Parameter, Relationship,
    RequiredLevel, Schema, Side, SourceType, Table, TableKind, ValueType, store,
};
use dvkit_tests::{set_served_order, workspace};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Returns the schema after it was written as metadata JSON and CSDL, read, and merged.
fn there_and_back(schema: &Schema) -> Schema {
    let mut back = Schema::default();
    let mut merge = |part: Schema| {
        let report = back.merge(part);
        assert_eq!(report.contradictions, [], "the sources of one organisation agree");
    };
    merge(wire::read_with_odata_flags(&write::changes(schema).to_string()).unwrap().schema);
    merge(wire::read(&write::global_choices(schema).to_string()).unwrap().schema);
    let xml = csdl::write(schema);
    let (_, imported) = dvkit_schema_fetch::import_text(Path::new("metadata.xml"), xml.as_bytes()).unwrap();
    merge(imported.schema);
    // Facts about the organisation come from other functions.
    back.org = schema.org.clone();
    back
}

/// Fails with the first table that differs.
fn assert_same(schema: &Schema, what: &str) {
    let mut schema = schema.clone();
    schema.sort();
    let back = there_and_back(&schema);
    set_served_order(&mut schema);
    for (name, table) in &schema.tables {
        let other = back.tables.get(name).unwrap_or_else(|| panic!("{what}: no {name}"));
        if table == other {
            continue;
        }
        for column in &table.columns {
            assert_eq!(Some(column), other.column(&column.logical_name), "{what}: {name}");
        }
        for relationship in &table.relationships {
            assert!(
                other.relationships.contains(relationship),
                "{what}: {name} has not {relationship:#?} but {:#?}",
                other
                    .relationships
                    .iter()
                    .filter(|r| r.navigation == relationship.navigation)
                    .collect::<Vec<_>>()
            );
        }
        for relationship in &other.relationships {
            assert!(table.relationships.contains(relationship), "{what}: {name} gets {relationship:#?}");
        }
        for column in &other.columns {
            assert!(table.column(&column.logical_name).is_some(), "{what}: {name} gets {column:#?}");
        }
        assert_eq!(table, other, "{what}: {name}");
    }
    assert_eq!(schema.tables.len(), back.tables.len(), "{what}: tables");
    assert_eq!(schema.choices, back.choices, "{what}");
    assert_eq!(schema.operations, back.operations, "{what}");
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    store::write(folders[0].path(), &schema).unwrap();
    store::write(folders[1].path(), &back).unwrap();
    assert_eq!(files(folders[0].path()), files(folders[1].path()), "{what}: the snapshots' files");
}

/// Returns every file of a folder with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                found.push((path.strip_prefix(folder).unwrap().to_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_sample_schema_is_the_same_after_the_emulator() {
    let store = dvkit_schema::Store::open(workspace().join("fixtures/schema")).unwrap();
    assert_same(&store.load().unwrap(), "sample");
}

/// Returns all files below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = files_only(folder);
    paths.sort();
    paths
}

fn files_only(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.map(|e| e.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_only(&path) } else { vec![path] }).collect()
}

#[test]
fn real_schemas_are_the_same_after_the_emulator() {
    let Some(data) = data() else {
        println!("skipped: no corpus");
        return;
    };
    let (mut imported, mut tables) = (0, 0);
    for path in below(&data) {
        let Ok(import) = dvkit_schema_fetch::import(std::slice::from_ref(&path), &mut ()) else { continue };
        let schema = import.schema;
        imported += 1;
        tables += schema.tables.len();
        assert_same(&schema, &path.display().to_string());
    }
    println!("{imported} files with {tables} tables");
    assert!(imported >= 10, "{imported} files were imported");
}

/// Returns the folder of metadata files, beside that of the query corpora.
fn data() -> Option<PathBuf> {
    let data = dvkit_tests::corpus_dir()?.join("../data");
    data.is_dir().then_some(data)
}

/// Returns an empty text, or one in one or two languages.
fn label() -> impl Strategy<Value = LocalizedText> {
    let text = "[A-Za-z<&'\"ä ]{0,6}[a-z]";
    prop_oneof![
        Just(LocalizedText::default()),
        text.prop_map(|t| LocalizedText::new(1033, t)),
        (text, text).prop_map(|(a, b)| LocalizedText([(1031, a), (1036, b)].into())),
    ]
}

fn choice(name: String, global: bool) -> impl Strategy<Value = Choice> {
    let transitions =
        proptest::collection::btree_set(-1..4_i32, 0..3).prop_map(|to| to.into_iter().collect::<Vec<_>>());
    let kinds = [ChoiceKind::Picklist, ChoiceKind::State, ChoiceKind::Status, ChoiceKind::Boolean];
    let one = (
        label(),
        label(),
        option::of("#[0-9a-f]{6}"),
        option::of(0..3),
        option::of(0..3),
        option::of("[A-Z][a-z]+"),
        option::of(transitions),
    );
    let options = proptest::collection::btree_map(-1..4_i32, one, 0..4);
    (option::of(select(kinds.to_vec())), label(), options).prop_map(move |(kind, display_name, options)| {
        let option = |(value, facts)| {
            let (label, description, color, state, default_status, invariant_name, transitions) = facts;
            ChoiceOption {
                value,
                label,
                description,
                color,
                state,
                default_status,
                transitions,
                invariant_name,
                external_value: None,
            }
        };
        let options = options.into_iter().map(option).collect();
        Choice {
            name: name.clone(),
            global,
            kind,
            display_name,
            description: LocalizedText::default(),
            options,
        }
    })
}

fn choice_ref() -> impl Strategy<Value = Option<ChoiceRef>> {
    option::of(prop_oneof![
        select(vec!["g0", "g1", "elsewhere"]).prop_map(|name| ChoiceRef::Global(name.to_owned())),
        choice("local".into(), false).prop_map(ChoiceRef::Local),
    ])
}

/// Returns any column type, except lookups, which need relationships, and types that depend on the names of
/// columns.
fn column_type() -> impl Strategy<Value = ColumnType> {
    // Short numbers only: JSON is read exactly to the last bit only for those.
    let number = || option::of((-9999..9999_i32).prop_map(|n| f64::from(n) / 8.0));
    let format = || option::of(select(vec!["Text".to_owned(), "Url".to_owned()]));
    let behaviors =
        [DateTimeBehavior::UserLocal, DateTimeBehavior::DateOnly, DateTimeBehavior::TimeZoneIndependent];
    prop_oneof![
        (option::of(0..9000_u32), format())
            .prop_map(|(max_length, format)| ColumnType::String { max_length, format }),
        (option::of(0..9000_u32), format())
            .prop_map(|(max_length, format)| ColumnType::Memo { max_length, format }),
        (option::of(-5..5_i64), option::of(5..9_i64), format())
            .prop_map(|(min, max, format)| ColumnType::Integer { min, max, format }),
        (number(), number(), option::of(0..9_u8)).prop_map(|(min, max, precision)| ColumnType::Decimal {
            min,
            max,
            precision
        }),
        (number(), number(), option::of(0..9_u8), option::of(0..3_u8), option::of("[a-z]+")).prop_map(
            |(min, max, precision, precision_source, calculation_of)| ColumnType::Money {
                min,
                max,
                precision,
                precision_source,
                calculation_of
            }
        ),
        (choice_ref(), option::of(any::<bool>()))
            .prop_map(|(choice, default)| ColumnType::Boolean { choice, default }),
        (choice_ref(), option::of(0..9)).prop_map(|(choice, default)| ColumnType::Choice { choice, default }),
        choice_ref().prop_map(|choice| ColumnType::Choices { choice }),
        (choice_ref(), option::of(0..9)).prop_map(|(choice, default)| ColumnType::State { choice, default }),
        (choice_ref(), option::of(0..9)).prop_map(|(choice, default)| ColumnType::Status { choice, default }),
        (option::of(select(behaviors.to_vec())), option::of(any::<bool>()))
            .prop_map(|(behavior, date_format)| ColumnType::DateTime { behavior, date_format }),
        (option::of(any::<bool>()), option::of(0..99_u32))
            .prop_map(|(primary, max_size_kb)| ColumnType::Image { primary, max_size_kb }),
        option::of(0..99_u32).prop_map(|max_size_kb| ColumnType::File { max_size_kb }),
        select(vec![Edm::Int32, Edm::Decimal, Edm::String, Edm::Binary])
            .prop_map(|edm| ColumnType::Edm { edm }),
        select(vec!["Virtual", "New", "NewType"])
            .prop_map(|name| ColumnType::Other { name: name.to_owned() }),
        select(vec![
            ColumnType::BigInt,
            ColumnType::Uniqueidentifier,
            ColumnType::EntityName,
            ColumnType::ManagedProperty,
            ColumnType::Virtual,
            ColumnType::CalendarRules,
            ColumnType::PartyList { targets: vec!["t0".into()] },
        ]),
    ]
}

fn column(index: usize) -> impl Strategy<Value = Column> {
    let flag = || option::of(any::<bool>());
    let levels =
        [RequiredLevel::None, RequiredLevel::Recommended, RequiredLevel::Application, RequiredLevel::System];
    let sources = [SourceType::Simple, SourceType::Calculated, SourceType::Rollup, SourceType::Formula];
    let facts = (
        label(),
        label(),
        option::of(select(levels.to_vec())),
        option::of(select(sources.to_vec())),
        any::<bool>(),
    );
    let flags = (flag(), flag(), flag(), flag(), flag(), flag(), flag());
    let texts = (
        option::of("[A-Z][a-z]+"),
        option::of("[0-9a-f]{8}"),
        option::of("[a-z]+"),
        option::of("[A-Z]{3}-1"),
    );
    (column_type(), facts, flags, texts).prop_map(move |(ty, facts, flags, texts)| {
        let (display_name, description, required, source, mixed) = facts;
        let (odata, valid_for_read, valid_for_create, valid_for_update, secured, custom, logical) = flags;
        let (schema_name, metadata_id, attribute_of, auto_number) = texts;
        // Only a CSDL states the spelling, and only for columns that are properties with a type of their own.
        let told = odata == Some(true) && (ty.edm().is_some() || ty == ColumnType::ManagedProperty);
        Column {
            property: (mixed && told).then(|| format!("C{index}")),
            odata,
            schema_name,
            metadata_id,
            display_name,
            description,
            required,
            valid_for_read,
            valid_for_create,
            valid_for_update,
            secured,
            custom,
            logical,
            attribute_of,
            source,
            auto_number,
            ..Column::new(format!("c{index}"), ty)
        }
    })
}

/// Returns a table without relationships. A partial table cannot come from a CSDL.
fn table(index: usize) -> impl Strategy<Value = Table> {
    use TableKind as K;
    let kinds = [K::Standard, K::Activity, K::Intersect, K::Virtual, K::Elastic, K::Abstract];
    let owners = [
        Ownership::None,
        Ownership::User,
        Ownership::Business,
        Ownership::Organization,
        Ownership::BusinessParented,
    ];
    let facts = (
        option::of(select(kinds.to_vec())),
        option::of(select(owners.to_vec())),
        option::of(1..99),
        any::<bool>(),
    );
    let columns = (0..4_usize).prop_flat_map(|n| (0..n).map(column).collect::<Vec<_>>());
    let key = option::of((select(vec!["Active", "Pending", ""]), any::<bool>()));
    let flags = (any::<[Option<bool>; 4]>(), any::<bool>());
    (facts, columns, key, flags, label(), option::of("[A-Z]\\w{0,4}")).prop_map(
        move |(facts, mut columns, key, flags, display_name, schema_name)| {
            let (kind, ownership, object_type_code, partial) = facts;
            let ([private, custom, change_tracking, enforce_state_transitions], with_set) = flags;
            let partial = partial && index == 2 && kind != Some(K::Abstract);
            if partial {
                columns.iter_mut().for_each(|c| c.property = None);
            }
            let first = columns.first().map(|c| c.logical_name.clone());
            let keys = first.iter().zip(&key).map(|(column, (status, _))| Key {
                name: "key".into(),
                schema_name: (*status).eq("Active").then(|| "Key".to_owned()),
                columns: vec![column.clone()],
                status: Some((*status).to_owned()).filter(|s| !s.is_empty()),
            });
            Table {
                logical_name: format!("t{index}"),
                keys: keys.collect(),
                primary_id: first.clone().filter(|_| private.is_some()),
                primary_name: first.filter(|_| custom.is_some()),
                entity_set: (with_set && kind != Some(K::Abstract)).then(|| format!("T{index}s")),
                schema_name,
                display_name,
                kind,
                ownership,
                object_type_code,
                private,
                custom,
                change_tracking,
                enforce_state_transitions,
                partial,
                columns,
                ..Table::default()
            }
        },
    )
}

/// Returns the cascading behaviour that the bits of a number mean.
fn cascade(facts: u8) -> Option<Cascade> {
    use CascadeAction as A;
    let action = |bit: u8, one, other| (facts & bit != 0).then_some(if facts & 2 != 0 { one } else { other });
    let cascade = Cascade {
        assign: action(1, A::Active, A::UserOwned),
        delete: action(4, A::Restrict, A::RemoveLink),
        merge: action(8, A::Cascade, A::NoCascade),
        reparent: action(16, A::UserOwned, A::Cascade),
        share: action(32, A::Cascade, A::Active),
        unshare: action(64, A::NoCascade, A::Cascade),
    };
    (!cascade.is_empty()).then_some(cascade)
}

/// Adds a relationship between two tables, given by number, to both.
fn relate(schema: &mut Schema, number: usize, (one, many, manifold, facts): (usize, usize, bool, u8)) {
    let (one, many) = (format!("t{one}"), format!("t{many}"));
    let fact = |bit: u8, text: &str| (facts & (1 << bit) != 0).then(|| format!("{text}{number}"));
    let mut add = |table: &str, relationship: Relationship| {
        schema.tables.get_mut(table).unwrap().relationships.push(relationship);
    };
    let first = Relationship {
        navigation: Some(format!("x{number}_a")),
        side: Side::ManyToMany,
        table: many.clone(),
        column: fact(0, "one"),
        referenced: fact(1, "two"),
        intersect: fact(2, "both"),
        entity1: (facts & 16 != 0).then_some(facts & 8 != 0),
        partner: Some(format!("x{number}_b")),
        schema_name: Some(format!("X{number}")),
        hierarchical: None,
        cascade: None,
    };
    if manifold {
        let second = Relationship {
            navigation: first.partner.clone(),
            table: one.clone(),
            column: first.referenced.clone(),
            referenced: first.column.clone(),
            entity1: first.entity1.map(|is_first| !is_first),
            partner: first.navigation.clone(),
            ..first.clone()
        };
        add(&one, first);
        add(&many, second);
        return;
    }
    let lookup = format!("x{number}");
    let single = Relationship {
        side: Side::ManyToOne,
        table: one.clone(),
        column: Some(lookup.clone()),
        referenced: fact(1, "id"),
        intersect: None,
        entity1: None,
        schema_name: fact(2, "X"),
        hierarchical: (facts & 1 != 0).then_some(facts & 8 != 0),
        cascade: cascade(facts),
        ..first
    };
    let collection = Relationship {
        navigation: single.partner.clone(),
        side: Side::OneToMany,
        table: many.clone(),
        partner: single.navigation.clone(),
        ..single.clone()
    };
    add(&many, single);
    add(&one, collection);
    let odata = Some(facts & 16 != 0);
    let column = Column { odata, ..Column::new(lookup, ColumnType::Lookup { targets: vec![one] }) };
    schema.tables.get_mut(&many).unwrap().columns.push(column);
}

/// Returns an operation, bound or unbound. The document states only of functions whether requests can call
/// them.
fn operation(index: usize) -> impl Strategy<Value = Operation> {
    let types = ["Edm.String", "Edm.Int32", "t0", "crmbaseentity", "Odd<Type", "Other.Space.Type"];
    let value = || {
        (select(types.to_vec()), any::<bool>(), any::<bool>()).prop_map(|(name, collection, nullable)| {
            ValueType { name: name.to_owned(), collection, nullable }
        })
    };
    let parameters = proptest::collection::vec((value(), any::<bool>()), 0..4);
    let kind = select(vec![OperationKind::Action, OperationKind::Function]);
    (kind, any::<[bool; 3]>(), parameters, option::of(value())).prop_map(
        move |(kind, [bound, composable, filter_only], parameters, returns)| {
            let numbered = parameters.into_iter().enumerate();
            Operation {
                name: format!("Do{}", index / 2),
                kind,
                bound,
                composable,
                // All unbound functions of one name are called in the same way.
                filter_only: filter_only
                    && !bound
                    && kind == OperationKind::Function
                    && index.is_multiple_of(2),
                parameters: numbered
                    .map(|(i, (value, optional))| Parameter { name: format!("p&{i}"), value, optional })
                    .collect(),
                returns,
            }
        },
    )
}

prop_compose! {
    /// Returns a small organisation.
    fn schemas()(
        tables in (table(0), table(1), table(2)),
        choices in (choice("g0".into(), true), choice("g1".into(), true)),
        operations in (0..5_usize).prop_flat_map(|n| (0..n).map(|i| operation(i * 2)).collect::<Vec<_>>()),
        overload in option::of(operation(1)),
        relations in proptest::collection::vec((0..3_usize, 0..3_usize, any::<bool>(), any::<u8>()), 0..5),
    ) -> Schema {
        let tables: [Table; 3] = tables.into();
        let choices: [Choice; 2] = choices.into();
        let mut schema = Schema {
            tables: tables.into_iter().map(|t| (t.logical_name.clone(), t)).collect(),
            choices: choices.into_iter().map(|c| (c.name.clone(), c)).collect(),
            // One more operation with the name of the first, bound to a table.
            operations: operations.into_iter().chain(overload.filter(|o| o.bound)).collect(),
            ..Schema::default()
        };
        for (number, relation) in relations.into_iter().enumerate() {
            relate(&mut schema, number, relation);
        }
        schema.sort();
        schema
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn random_schemas_are_the_same_after_the_emulator(schema in schemas()) {
        assert_same(&schema, "random");
    }

    /// `EntityDefinitions` and `RetrieveMetadataChanges` give the same schema.
    #[test]
    fn definitions_and_changes_give_the_same_schema(schema in schemas()) {
        let changes = wire::read_with_odata_flags(&write::changes(&schema).to_string()).unwrap().schema;
        let definitions = wire::read_with_odata_flags(&write::definitions(&schema).to_string()).unwrap().schema;
        prop_assert_eq!(changes, definitions);
    }
}
