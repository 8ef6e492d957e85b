//! The code of a schema in which every kind of table, column, choice, relationship and operation occurs, under every
//! setting of a configuration.

use dvkit_schema::{
    Cascade, CascadeAction, DateTimeBehavior, Edm, Key, Operation, OperationKind, Org, Ownership, Parameter,
    RequiredLevel, SourceType, TableKind, ValueType,
};
use expect_test::{expect, expect_file};

use super::*;

fn label(text: &str) -> LocalizedText {
    LocalizedText([(1031, format!("{text} (de)")), (1033, text.to_owned())].into())
}

fn choice(name: &str, kind: ChoiceKind, labels: &[(i32, &str)]) -> Choice {
    let mut choice = options(kind, labels);
    choice.name = name.to_owned();
    (choice.display_name, choice.description) = (label("Set"), label("What it is"));
    for option in &mut choice.options {
        option.description = label(&format!("Option {}", option.value));
        (option.color, option.state) = (Some("#00ff00".to_owned()), Some(0));
        option.invariant_name = (kind == ChoiceKind::State).then(|| format!("State{}", option.value));
        option.transitions = (kind == ChoiceKind::Status).then(|| vec![1, 2]);
    }
    choice
}

/// Returns a column of each type, and columns whose flags and names matter.
fn columns() -> Vec<Column> {
    use ColumnType as T;
    let local = |name: &str, kind, labels: &[(i32, &str)]| Some(ChoiceRef::Local(choice(name, kind, labels)));
    let global = |name: &str| Some(ChoiceRef::Global(name.to_owned()));
    let some = |text: &str| Some(text.to_owned());
    let two = &[(0, "No"), (1, "Yes")];
    let types = [
        ("new_string", T::String { max_length: Some(100), format: some("Email") }),
        ("new_bare_string", T::String { max_length: None, format: None }),
        ("new_memo", T::Memo { max_length: Some(2000), format: some("TextArea") }),
        ("new_integer", T::Integer { min: Some(-5), max: Some(5), format: some("Duration") }),
        ("new_free_integer", T::Integer { min: None, max: None, format: None }),
        ("new_half_integer", T::Integer { min: Some(0), max: None, format: None }),
        ("new_big", T::BigInt),
        ("new_decimal", T::Decimal { min: Some(-1.5), max: Some(1.5), precision: Some(3) }),
        ("new_double", T::Double { min: None, max: Some(2.5), precision: Some(4) }),
        (
            "new_money",
            T::Money {
                min: Some(0.0),
                max: Some(1e9),
                precision: Some(2),
                precision_source: Some(2),
                calculation_of: None,
            },
        ),
        (
            "new_money_base",
            T::Money {
                min: None,
                max: None,
                precision: None,
                precision_source: None,
                calculation_of: some("new_money"),
            },
        ),
        ("new_bool", T::Boolean { choice: local("b", ChoiceKind::Boolean, two), default: Some(true) }),
        ("new_bare_bool", T::Boolean { choice: None, default: None }),
        ("new_local", T::DateTime { behavior: Some(DateTimeBehavior::UserLocal), date_format: Some(true) }),
        ("new_day", T::DateTime { behavior: Some(DateTimeBehavior::DateOnly), date_format: Some(true) }),
        (
            "new_zone",
            T::DateTime { behavior: Some(DateTimeBehavior::TimeZoneIndependent), date_format: Some(false) },
        ),
        ("new_when", T::DateTime { behavior: None, date_format: None }),
        ("new_lookup", T::Lookup { targets: vec!["new_other".into()] }),
        ("new_customer", T::Customer { targets: vec!["account".into(), "contact".into()] }),
        ("ownerid", T::Owner { targets: vec!["systemuser".into(), "team".into()] }),
        ("new_nowhere", T::Lookup { targets: Vec::new() }),
        ("new_party", T::PartyList { targets: vec!["account".into()] }),
        ("new_choice", T::Choice { choice: global("new_size"), default: Some(1) }),
        (
            "new_own",
            T::Choice {
                choice: local("o", ChoiceKind::Picklist, &[(1, "One"), (2, "one!"), (-3, "")]),
                default: None,
            },
        ),
        ("new_unknown", T::Choice { choice: None, default: None }),
        ("new_missing", T::Choice { choice: global("new_gone"), default: None }),
        ("new_many", T::Choices { choice: global("new_size") }),
        ("new_empty", T::Choice { choice: local("e", ChoiceKind::Picklist, &[]), default: None }),
        (
            "statecode",
            T::State { choice: local("s", ChoiceKind::State, &[(0, "Open"), (1, "Done")]), default: Some(0) },
        ),
        (
            "statuscode",
            T::Status { choice: local("r", ChoiceKind::Status, &[(1, "New"), (2, "Old")]), default: Some(1) },
        ),
        ("new_thingid", T::Uniqueidentifier),
        ("new_entity", T::EntityName),
        ("new_managed", T::ManagedProperty),
        ("new_image", T::Image { primary: Some(true), max_size_kb: Some(10) }),
        ("new_file", T::File { max_size_kb: Some(20) }),
        ("new_virtual", T::Virtual),
        ("new_calendar", T::CalendarRules),
        ("new_other", T::Other { name: "Hologram".into() }),
    ];
    let mut columns: Vec<Column> = types.into_iter().map(|(name, ty)| Column::new(name, ty)).collect();
    for edm in [
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
    ] {
        columns.push(Column::new(format!("new_edm_{edm:?}").to_lowercase(), ColumnType::Edm { edm }));
    }
    let described = Column {
        schema_name: some("New_Described"),
        display_name: label("Described"),
        description: label("A [link](x), `code` and <b>."),
        required: Some(RequiredLevel::System),
        source: Some(SourceType::Rollup),
        auto_number: some("A-{SEQNUM:4}"),
        secured: Some(true),
        ..text("new_described")
    };
    columns.push(described);
    let flags = [None, Some(false), Some(true)];
    for (i, (read, create, update)) in flags
        .into_iter()
        .flat_map(|read| {
            flags
                .into_iter()
                .flat_map(move |create| flags.into_iter().map(move |update| (read, create, update)))
        })
        .enumerate()
    {
        columns.push(Column {
            valid_for_read: read,
            valid_for_create: create,
            valid_for_update: update,
            ..text(&format!("new_flags{i:02}"))
        });
    }
    for (name, required) in [
        ("new_required0", RequiredLevel::None),
        ("new_required1", RequiredLevel::Recommended),
        ("new_required2", RequiredLevel::Application),
    ] {
        columns.push(Column { required: Some(required), ..text(name) });
    }
    columns.push(Column { property: some("Named"), ..text("new_named") });
    columns.push(Column { odata: Some(false), ..text("new_hidden") });
    columns.push(Column { attribute_of: some("new_lookup"), odata: Some(true), ..text("new_lookupname") });
    columns.push(Column { inherited: some("new_base"), ..text("new_inherited") });
    columns.extend(["type", "self", "extra", "new_2nd", "2nd", "new__double"].map(text));
    columns
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
        partner: Some("partner".into()),
        schema_name: Some(format!("schema_{navigation}")),
        hierarchical: Some(true),
        cascade: Some(Cascade { delete: Some(CascadeAction::Restrict), ..Cascade::default() }),
    }
}

fn everything() -> Schema {
    let one = |navigation: &str, table: &str, column: &str| {
        relationship(navigation, Side::ManyToOne, table, column)
    };
    let id = |name: &str| Column::new(name, ColumnType::Uniqueidentifier);
    let key = |name: &str, columns: &[&str], status: Option<&str>| Key {
        name: name.into(),
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        status: status.map(Into::into),
        ..Key::default()
    };
    let thing = Table {
        schema_name: Some("New_Thing".into()),
        display_name: label("Thing"),
        display_collection_name: label("Things"),
        description: label("A thing."),
        primary_id: Some("new_thingid".into()),
        primary_name: Some("new_string".into()),
        primary_image: Some("new_image".into()),
        object_type_code: Some(10001),
        ownership: Some(Ownership::User),
        kind: Some(TableKind::Standard),
        change_tracking: Some(true),
        keys: vec![
            key("new_key", &["new_string", "new_integer"], Some("Active")),
            key("new_lookup_key", &["new_lookup"], None),
            key("new_failed", &["new_day"], Some("Failed")),
            key("new_gone", &["nothing"], Some("Active")),
        ],
        relationships: vec![
            one("new_Lookup", "new_other", "new_lookup"),
            one("new_customer_account", "account", "new_customer"),
            one("new_customer_contact", "contact", "new_customer"),
            one("ownerid", "principal", "ownerid"),
            one("new_string", "new_other", "new_nothing"),
            Relationship { navigation: None, ..one("x", "new_other", "new_lookup") },
            relationship("new_children", Side::OneToMany, "new_other", "new_thing"),
            relationship("new_pairs", Side::ManyToMany, "new_other", "new_thingid"),
            relationship("new_elsewhere", Side::OneToMany, "nowhere", "new_thing"),
        ],
        ..table("new_thing", columns())
    };
    let simple = |name: &str, columns: Vec<Column>| Table {
        primary_id: Some(format!("{name}id")),
        primary_name: Some("name".into()),
        ..table(name, columns.into_iter().chain([id(&format!("{name}id")), text("name")]))
    };
    let mut principal = simple("principal", vec![id("ownerid")]);
    (principal.kind, principal.entity_set, principal.primary_id) =
        (Some(TableKind::Abstract), None, Some("ownerid".into()));
    let derived = |name: &str| Table { base: Some("principal".into()), ..simple(name, Vec::new()) };
    let mut activity = simple("new_activity", vec![id("activityid")]);
    activity.kind = Some(TableKind::Activity);
    let bare = Table { partial: true, entity_set: None, ..table("new_bare", []) };
    let tables = [
        thing,
        simple("new_other", vec![text("more")]),
        simple("account", Vec::new()),
        simple("contact", Vec::new()),
        principal,
        derived("systemuser"),
        derived("team"),
        activity,
        bare,
        simple("string", Vec::new()),
        simple("choices", Vec::new()),
    ];
    let globals = [
        choice("new_size", ChoiceKind::Picklist, &[(1, "Small"), (2, "Great")]),
        choice("new_unused", ChoiceKind::Picklist, &[(1, "A")]),
    ];
    let mut schema = Schema {
        org: Org { base_language: Some(1033), ..Org::default() },
        tables: tables.into_iter().map(|t| (t.logical_name.clone(), t)).collect(),
        choices: globals.into_iter().map(|c| (c.name.clone(), Choice { global: true, ..c })).collect(),
        operations: operations(),
    };
    schema.sort();
    schema
}

fn operations() -> Vec<Operation> {
    let value = |name: &str, collection, nullable| ValueType { name: name.into(), collection, nullable };
    let types = [
        "Edm.Binary",
        "Edm.Boolean",
        "Edm.Date",
        "Edm.DateTimeOffset",
        "Edm.Decimal",
        "Edm.Double",
        "Edm.Guid",
        "Edm.Int32",
        "Edm.Int64",
        "Edm.String",
        "new_thing",
        "crmbaseentity",
        "expando",
        "principal",
        "nowhere",
        "EntityReference",
    ];
    let parameters = |collection: bool, optional: bool| -> Vec<Parameter> {
        let one = |name: &&str| Parameter {
            name: format!("P{}", name.replace('.', "")),
            value: value(name, collection, optional),
            optional,
        };
        types.iter().map(one).collect()
    };
    let operation = |name: &str, kind, bound, parameters, returns| Operation {
        name: name.into(),
        kind,
        bound,
        composable: false,
        filter_only: false,
        parameters,
        returns,
    };
    use OperationKind::{Action, Function};
    let row = |name: &str, collection| {
        vec![Parameter { name: "entity".into(), value: value(name, collection, false), optional: false }]
    };
    let mut all = vec![
        operation("new_Act", Action, false, parameters(false, false), None),
        operation(
            "new_ActMany",
            Action,
            false,
            parameters(true, true),
            Some(value("Edm.Int32", false, true)),
        ),
        operation("new_Ask", Function, false, parameters(false, true), Some(value("new_thing", true, false))),
        operation("new_OnRow", Action, true, row("new_thing", false), Some(value("new_thing", false, false))),
        operation(
            "new_OnRows",
            Function,
            true,
            row("new_thing", true),
            Some(value("Edm.String", true, false)),
        ),
        operation("new_OnAny", Action, true, row("crmbaseentity", false), None),
        operation("new_OnAll", Action, true, row("crmbaseentity", true), None),
        operation("new_OnBase", Action, true, row("principal", false), None),
        operation("new_OnBases", Action, true, row("principal", true), None),
        operation("new_Lost", Action, true, row("nowhere", false), None),
        operation("new_NoRow", Action, true, Vec::new(), None),
        operation("new-Odd", Action, false, Vec::new(), None),
        Operation { filter_only: true, ..operation("new_In", Function, false, Vec::new(), None) },
        Operation {
            composable: true,
            ..operation("new_Rows", Function, false, Vec::new(), Some(value("new_other", true, true)))
        },
    ];
    for (i, ty) in types.iter().enumerate() {
        all.push(operation(
            &format!("new_Give{i:02}"),
            Function,
            false,
            Vec::new(),
            Some(value(ty, i % 2 == 1, i % 3 == 0)),
        ));
    }
    all
}

#[test]
fn the_code_of_everything_is_the_golden() {
    let config =
        schema("crm").tables(["new_thing", "new_other", "string", "choices", "new_bare"]).operations(["*"]);
    let generated = generate(config, &Store::from_schema(everything()));
    let mut text = String::new();
    for (path, file) in generated.files() {
        text += &format!("# {}\n{file}", path.display());
    }
    text += &format!("{:#?}\n{:#?}\n{:#?}\n", generated.types(), generated.enums(), generated.operations());
    expect_file!["everything.txt"].assert_eq(&text);
    // The same in one file: each module has the items of its own file.
    let file = generated.file();
    for (path, module) in generated.files() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let items =
            module.rsplit("//!").next().and_then(|rest| rest.split_once("\n\n")).map(|(_, items)| items);
        if name != "mod" {
            assert!(file.contains(items.unwrap()), "{name}");
        }
    }
}

#[test]
fn the_code_of_the_sample_is_that_of_the_goldens() {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/goldens");
    let generated = sample().tables(["account", "contact", "new_project", "cr1f2_type"]);
    let operations = sample()
        .tables(["account", "new_project"])
        .columns("account", ["name", "accountnumber", "revenue"])
        .columns("new_project", ["new_name", "new_condition", "new_budget"])
        .operations(["WhoAmI", "RetrieveVersion", "AddMembersTeam", "Calculate*", "new_*"]);
    for (folder, config) in [("generated", generated), ("operations", operations)] {
        for (path, text) in config.generate().unwrap().files() {
            let golden = std::fs::read_to_string(goldens.join(folder).join(&path)).unwrap();
            assert!(golden.replace("\r\n", "\n") == text, "{folder}/{}", path.display());
        }
    }
}

/// Returns the lines in which the code of everything differs under the settings, the new ones with `+`.
fn changed_by(settings: impl FnOnce(Config) -> Config) -> String {
    let config = || schema("crm").tables(["new_thing", "new_other"]);
    let store = Store::from_schema(everything());
    let lines = |config: Config| -> Vec<String> {
        generate(config, &store).file().lines().map(|line| line.trim().to_owned()).collect()
    };
    let (before, after) = (lines(config()), lines(settings(config())));
    let known = |all: &[String], line: &String| all.contains(line);
    let gone = before.iter().filter(|line| !known(&after, line)).map(|line| format!("-{line}"));
    let new = after.iter().filter(|line| !known(&before, line)).map(|line| format!("+{line}"));
    let mut all: Vec<String> = gone.chain(new).collect();
    all.dedup();
    all.join("\n")
}

#[test]
fn each_setting_changes_the_code_in_its_place() {
    let mut text = String::new();
    let mut tell = |name: &str, settings: &dyn Fn(Config) -> Config| {
        text += &format!("# {name}\n{}\n", changed_by(|config| settings(config)));
    };
    tell("rename a table", &|c| c.rename("new_other", "Other"));
    tell("rename a column", &|c| c.rename("new_other.more", "less"));
    tell("rename a navigation property", &|c| c.rename("new_thing.new_pairs", "couples"));
    tell("rename a choice", &|c| {
        c.rename_choice("new_size", "Size").rename_choice("new_thing.new_own", "Own")
    });
    tell("rename an option", &|c| {
        c.rename_option("new_size", 1, "Tiny").rename_option("new_thing.new_own", 2, "Two")
    });
    tell("type of a field", &|c| {
        c.type_for("*.more", "crate::More").type_for("new_other.mo*", "crate::Most")
    });
    tell("attributes", &|c| {
        c.attribute("new_o*", "#[a]").attribute("*", "#[b]").attribute("new_other.m?re", "#[c]")
    });
    expect_file!["settings.txt"].assert_eq(&text);
}

#[test]
fn columns_are_limited_by_each_pattern_that_matches_their_table() {
    let fields = |settings: &dyn Fn(Config) -> Config| {
        let config = settings(schema("crm").tables(["new_other", "account"]));
        let generated = generate(config, &Store::from_schema(everything()));
        ["new_other", "account"].map(|table| {
            let code = module(&generated, table);
            let fields = ["more", "name", "new_otherid", "accountid"].into_iter();
            fields.filter(|field| code.contains(&format!("    pub {field}: "))).collect::<Vec<_>>().join(" ")
        })
    };
    assert_eq!(fields(&|c| c), ["more name new_otherid", "name accountid"]);
    assert_eq!(fields(&|c| c.columns("new_other", ["more"])), ["more new_otherid", "name accountid"]);
    assert_eq!(fields(&|c| c.columns("*", ["name"])), ["name new_otherid", "name accountid"]);
    assert_eq!(
        fields(&|c| c.columns("*", ["name"]).columns("new_*", ["m*"])),
        ["more name new_otherid", "name accountid"]
    );
    assert_eq!(fields(&|c| c.columns("account", ["accountid"])), ["more name new_otherid", "accountid"]);
}

#[test]
fn a_pattern_selects_no_table_that_is_only_referred_to() {
    let part = |name: &str, entity_set: bool, primary_id: bool, partial: bool| Table {
        logical_name: name.into(),
        entity_set: entity_set.then(|| format!("{name}s")),
        primary_id: primary_id.then(|| "id".to_owned()),
        partial,
        ..Table::default()
    };
    let store = store([
        part("a_set", true, false, true),
        part("b_id", false, true, true),
        part("c_whole", false, false, false),
        part("d_bare", false, false, true),
    ]);
    let selected =
        |config: Config| generate(config, &store).types().values().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(selected(schema("x")), "a_set b_id c_whole");
    assert_eq!(selected(schema("x").tables(["*"])), "a_set b_id c_whole");
    assert_eq!(selected(schema("x").tables(["d_bare"])), "d_bare");
    // A pattern that adds nothing to others is not an error; one that matches nothing is.
    assert_eq!(selected(schema("x").tables(["a_set", "a_*", "a_set"])), "a_set");
    let error =
        schema("x").tables(["d_*", "e*", "a_sett", "a_sets", "zzzz"]).generate_from(&store).unwrap_err();
    expect![[r#"
        5 mistakes in the configuration
          `tables`: no table of the snapshot has a name like `d_*`
          `tables`: no table of the snapshot has a name like `e*`
          `tables`: the snapshot has no table `a_sett`; did you mean `a_set`?
          `tables`: the snapshot has no table `a_sets`; did you mean `a_set`?
          `tables`: the snapshot has no table `zzzz`; `dvkit explain zzzz` looks for it by its display name"#]]
    .assert_eq(&error.to_string());
}

#[test]
fn each_mistake_of_a_configuration_is_named() {
    let store = Store::from_schema(everything());
    let mut text = String::new();
    let mut tell = |settings: &dyn Fn(Config) -> Config| {
        let config = settings(schema("crm").tables(["new_thing", "new_other"]));
        text += &match config.generate_from(&store) {
            Ok(_) => "ok\n".to_owned(),
            Err(error) => format!("{error}\n"),
        };
    };
    tell(&|c| {
        c.columns(
            "new_thing",
            ["new_party", "new_virtual", "new_calendar", "new_other", "new_hidden", "new_flags13"],
        )
    });
    tell(&|c| c.columns("new_thing", ["no_*", "Named", "new_strin", "xyz"]));
    tell(&|c| c.columns("new_*", ["no_*", "xyz", "more"]));
    tell(&|c| {
        c.columns("account", ["name"])
            .columns("contact*", ["name"])
            .columns("new_activity", ["name"])
            .columns("zzz", ["name"])
            .columns("z*", ["name"])
    });
    tell(&|c| c.rename("new_thing.*", "x").rename("new_?", "X"));
    tell(&|c| c.rename("new_thing.new_Lookup", "y").rename("account.name", "z").rename("account", "A"));
    tell(&|c| c.rename("account.more", "z").rename("new_thing.nope", "z").rename("new_activity", "Z"));
    tell(&|c| {
        c.rename("new_thing", "_thing").rename("new_other", "_Other").rename("new_other.more", "extra")
    });
    tell(&|c| c.rename("new_thing", "Same").rename("new_other", "Same"));
    tell(&|c| c.rename("new_thing", "self").rename("new_other", "1a").rename("new_other.more", "a\u{202e}"));
    tell(&|c| c.rename("new_thing.type", "x").rename("new_other.more", "x"));
    tell(&|c| c.rename_choice("new_size", "A").rename_choice("new_unused", "A"));
    tell(&|c| c.rename_choice("new_thing.new_own", "A").rename_choice("new_thing.statecode", "A"));
    tell(&|c| {
        c.rename_choice("new_thing.new_choice", "A")
            .rename_choice("new_thing.new_strng", "A")
            .rename_choice("new_activity.x", "A")
    });
    tell(&|c| {
        c.rename_choice("new_siz", "A").rename_choice("zzz", "a").rename_choice("new_thing.new_unknown", "A")
    });
    tell(&|c| {
        c.rename_option("new_size", 3, "A").rename_option("new_size", 1, "b").rename_option(
            "new_thing.new_own",
            3,
            "A",
        )
    });
    tell(&|c| c.rename_option("new_size", 1, "A").rename_option("new_size", 2, "A"));
    tell(&|c| c.rename_option("new_thing.new_own", 1, "A").rename_option("new_thing.new_own", 2, "A"));
    tell(&|c| {
        c.attribute("new_other", "x")
            .attribute("new_activity", "#[a]")
            .attribute("new_other.nope", "#[a]")
            .attribute("zzz.more", "#[a]")
    });
    tell(&|c| {
        c.type_for("new_other", "T")
            .type_for("new_other.nope", "T")
            .type_for("new_other.more", "a b")
            .type_for("account.name", "T")
    });
    tell(&|c| {
        c.operations([
            "new_act",
            "Act",
            "nope",
            "no*",
            "new_In",
            "new_Lost",
            "new_NoRow",
            "new-Odd",
            "new_Los*",
            "new_OnBases",
        ])
    });
    tell(&|c| c.operations(["new_*"]));
    expect_file!["mistakes.txt"].assert_eq(&text);
}

#[test]
fn a_generated_file_is_recognised_by_its_first_line() {
    let files = sample().tables(["account"]).columns("account", ["name"]).generate().unwrap().files();
    for (path, text) in &files {
        let crlf = text.replace('\n', "\r\n");
        for text in [text.as_str(), &crlf, "// @generated by dvkit from the organisation's metadata"] {
            assert!(GeneratedCode::is_generated(text.as_bytes()), "{}", path.display());
        }
        for text in [
            &text[1..],
            "",
            "// @generated by dvkit",
            "\n// @generated by dvkit from the organisation's metadata\n",
        ] {
            assert!(!GeneratedCode::is_generated(text.as_bytes()), "{}", path.display());
        }
    }
}

#[test]
fn errors_say_what_to_do_and_escape_what_they_quote() {
    let io = Error::io("read", "a\u{1b}b")(std::io::Error::other("broken"));
    assert_eq!(io.to_string(), "cannot read `a\\u{1b}b`: broken");
    let source = |error: &Error| std::error::Error::source(error).is_some();
    assert!(source(&io));
    let variable = Error::NoBuildScript { variable: "OUT_DIR" };
    assert!(variable.to_string().starts_with("`OUT_DIR` is not set: `register()` is for build.rs"));
    let one = Error::Configuration(vec!["a\nb".to_owned()]);
    assert_eq!(one.to_string(), "a\\nb");
    let two = Error::Configuration(vec!["a".to_owned(), "b\u{7}".to_owned()]);
    assert_eq!(format!("{two:?}"), "2 mistakes in the configuration\n  a\n  b\\u{7}");
    assert!(!source(&variable) && !source(&one));
    let missing = schema("crm").from_dir("/nowhere").generate().unwrap_err();
    assert!(source(&missing));
}
