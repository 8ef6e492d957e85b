//! A schema in which every kind of table, column, choice, relationship and operation occurs.

use dvkit_schema::{
    Cascade, CascadeAction, DateTimeBehavior, Edm, Key, Operation, OperationKind, Org, Ownership, Parameter,
    RequiredLevel, SourceType, TableKind, ValueType,
};

use super::super::*;

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

pub(super) fn everything() -> Schema {
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
