//! A schema in which every fact of every kind of object is stated, for the tests of merges, diffs, metadata and
//! snapshots; and its facts one by one. The values are literals without `..`, so a new field has to be stated
//! here before the tests compile.

use serde_json::{Map, Value, json};

use crate::{
    Cascade, CascadeAction, Choice, ChoiceKind, ChoiceOption, ChoiceRef, Column, ColumnType,
    DateTimeBehavior, Edm, Key, LocalizedText, Operation, OperationKind, Org, Ownership, Parameter,
    Relationship, RequiredLevel, Schema, Side, SourceType, Table, TableKind, ValueType,
};

/// Returns a text in two languages.
pub(crate) fn label(text: &str) -> LocalizedText {
    LocalizedText([(1031, format!("{text} (de)")), (1033, text.to_owned())].into())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Returns a column of which every fact is stated.
fn column(name: &str, ty: ColumnType) -> Column {
    Column {
        logical_name: name.into(),
        ty,
        property: None,
        odata: Some(true),
        schema_name: Some(name.to_uppercase()),
        metadata_id: Some(format!("id of {name}")),
        display_name: label(name),
        description: label("what it is"),
        required: Some(RequiredLevel::Recommended),
        valid_for_read: Some(true),
        valid_for_create: Some(true),
        valid_for_update: Some(true),
        secured: Some(false),
        custom: Some(true),
        logical: Some(false),
        attribute_of: some("new_other"),
        source: Some(SourceType::Simple),
        auto_number: some("S-{SEQNUM:4}"),
        inherited: None,
    }
}

/// Returns an option of which every fact is stated.
fn option(value: i32, label_text: &str) -> ChoiceOption {
    ChoiceOption {
        value,
        label: label(label_text),
        description: label("an option"),
        color: some("#00ff00"),
        state: Some(0),
        default_status: Some(1),
        transitions: Some(vec![3, 5]),
        invariant_name: some("Active"),
        external_value: some("x"),
    }
}

fn choice(name: &str, global: bool, kind: ChoiceKind) -> Choice {
    Choice {
        name: name.into(),
        global,
        kind: Some(kind),
        display_name: label("the choice"),
        description: label("of something"),
        options: vec![option(0, "No"), option(1, "Yes")],
    }
}

/// Returns one value of every variant of [`ColumnType`] with all its facts, under a name for it.
pub(crate) fn column_types() -> Vec<(&'static str, ColumnType)> {
    use ColumnType as T;
    let targets = || vec!["new_port".to_owned(), "new_quay".to_owned()];
    let local = |name: &str, kind| Some(ChoiceRef::Local(choice(name, false, kind)));
    let global = || Some(ChoiceRef::Global("new_size".into()));
    vec![
        ("string", T::String { max_length: Some(100), format: some("Email") }),
        ("memo", T::Memo { max_length: Some(2000), format: some("TextArea") }),
        ("integer", T::Integer { min: Some(-5), max: Some(5), format: some("Duration") }),
        ("big_int", T::BigInt),
        ("decimal", T::Decimal { min: Some(-1.5), max: Some(1.5), precision: Some(3) }),
        ("double", T::Double { min: Some(-2.5), max: Some(2.5), precision: Some(4) }),
        (
            "money",
            T::Money {
                min: Some(-3.5),
                max: Some(3.5),
                precision: Some(2),
                precision_source: Some(1),
                calculation_of: some("new_price"),
            },
        ),
        ("boolean", T::Boolean { choice: local("b", ChoiceKind::Boolean), default: Some(true) }),
        ("date_time", T::DateTime { behavior: Some(DateTimeBehavior::UserLocal), date_format: Some(true) }),
        ("day", T::DateTime { behavior: Some(DateTimeBehavior::DateOnly), date_format: Some(true) }),
        ("lookup", T::Lookup { targets: targets() }),
        ("customer", T::Customer { targets: targets() }),
        ("owner", T::Owner { targets: targets() }),
        ("party_list", T::PartyList { targets: targets() }),
        ("choice", T::Choice { choice: global(), default: Some(1) }),
        ("choices", T::Choices { choice: local("m", ChoiceKind::Picklist) }),
        ("state", T::State { choice: local("a", ChoiceKind::State), default: Some(1) }),
        ("status", T::Status { choice: local("s", ChoiceKind::Status), default: Some(1) }),
        ("uniqueidentifier", T::Uniqueidentifier),
        ("entity_name", T::EntityName),
        ("managed_property", T::ManagedProperty),
        ("image", T::Image { primary: Some(true), max_size_kb: Some(10) }),
        ("file", T::File { max_size_kb: Some(20) }),
        ("virtual", T::Virtual),
        ("calendar_rules", T::CalendarRules),
        ("edm", T::Edm { edm: Edm::Int32 }),
        ("other", T::Other { name: "Hologram".into() }),
    ]
}

/// Returns the relationships between the tables `new_ship` and `new_port`, as seen from `new_ship`.
fn relationships() -> Vec<Relationship> {
    let single = Relationship {
        navigation: some("new_Port"),
        side: Side::ManyToOne,
        table: "new_port".into(),
        column: some("new_port"),
        referenced: some("new_portid"),
        intersect: None,
        entity1: None,
        partner: some("new_port_ships"),
        schema_name: some("new_port_ship"),
        hierarchical: Some(true),
        cascade: Some(Cascade {
            assign: Some(CascadeAction::NoCascade),
            delete: Some(CascadeAction::RemoveLink),
            merge: Some(CascadeAction::Cascade),
            reparent: Some(CascadeAction::Active),
            share: Some(CascadeAction::UserOwned),
            unshare: Some(CascadeAction::NoCascade),
        }),
    };
    let many = Relationship {
        navigation: some("new_ship_ports"),
        side: Side::OneToMany,
        column: some("new_flagship"),
        referenced: some("new_shipid"),
        partner: some("new_Flagship"),
        schema_name: some("new_ship_port"),
        ..single.clone()
    };
    let joined = Relationship {
        navigation: some("new_visits"),
        side: Side::ManyToMany,
        table: "new_port".into(),
        column: some("new_shipid"),
        referenced: some("new_portid"),
        intersect: some("new_visit"),
        entity1: Some(true),
        partner: some("new_visitors"),
        schema_name: some("new_visit"),
        hierarchical: None,
        cascade: None,
    };
    vec![single, many, joined]
}

/// Returns a relationship of the table `table` as seen from the other table.
fn seen_from_there(table: &str, here: Relationship) -> Relationship {
    let (side, column, referenced) = match here.side {
        Side::ManyToOne => (Side::OneToMany, here.column, here.referenced),
        Side::OneToMany => (Side::ManyToOne, here.column, here.referenced),
        Side::ManyToMany => (Side::ManyToMany, here.referenced, here.column),
    };
    Relationship {
        navigation: here.partner,
        side,
        table: table.into(),
        column,
        referenced,
        intersect: here.intersect,
        entity1: here.entity1.map(|first| !first),
        partner: here.navigation,
        schema_name: here.schema_name,
        hierarchical: here.hierarchical,
        cascade: here.cascade,
    }
}

fn table(name: &str, columns: Vec<Column>, relationships: Vec<Relationship>) -> Table {
    Table {
        logical_name: name.into(),
        schema_name: Some(name.to_uppercase()),
        entity_set: Some(format!("{name}s")),
        metadata_id: Some(format!("id of {name}")),
        display_name: label(name),
        display_collection_name: label("many"),
        description: label("a table"),
        primary_id: Some(format!("{name}id")),
        primary_name: some("new_name"),
        primary_image: some("new_image"),
        object_type_code: Some(10_001),
        ownership: Some(Ownership::User),
        kind: Some(TableKind::Standard),
        base: some("new_base"),
        private: Some(false),
        custom: Some(true),
        change_tracking: Some(true),
        enforce_state_transitions: Some(false),
        partial: false,
        keys: vec![
            Key {
                name: "new_key".into(),
                schema_name: some("new_Key"),
                columns: vec!["new_string".into(), "new_integer".into()],
                status: some("Active"),
            },
            Key {
                name: "new_second".into(),
                schema_name: some("new_Second"),
                columns: vec!["new_day".into()],
                status: some("Pending"),
            },
        ],
        columns,
        relationships,
    }
}

/// Returns the schema in which everything is stated: two tables that refer to each other, one column of each type,
/// a choice and three operations.
pub(crate) fn complete() -> Schema {
    let mut columns: Vec<Column> =
        column_types().into_iter().map(|(name, ty)| column(&format!("new_{name}"), ty)).collect();
    let mut named = column("new_named", ColumnType::BigInt);
    (named.property, named.inherited) = (some("Named"), some("new_base"));
    columns.push(named);
    let there = relationships().into_iter().map(|r| seen_from_there("new_ship", r)).collect();
    let value = |name: &str| ValueType { name: name.into(), collection: true, nullable: true };
    let operation = |name: &str, kind, bound| Operation {
        name: name.into(),
        kind,
        bound,
        composable: true,
        filter_only: true,
        parameters: ["one", "two"]
            .map(|name| Parameter { name: name.into(), value: value("new_ship"), optional: true })
            .into(),
        returns: Some(value("Edm.String")),
    };
    let mut schema = Schema {
        org: Org {
            url: some("https://contoso.crm4.dynamics.com"),
            version: some("9.2"),
            languages: vec![1031, 1033],
            base_language: Some(1031),
        },
        tables: [
            ("new_ship".into(), table("new_ship", columns, relationships())),
            ("new_port".into(), table("new_port", Vec::new(), there)),
        ]
        .into(),
        choices: [("new_size".into(), choice("new_size", true, ChoiceKind::Picklist))].into(),
        operations: vec![
            operation("new_Sail", OperationKind::Action, true),
            operation("new_Sail", OperationKind::Action, false),
            operation("new_Count", OperationKind::Function, true),
        ],
    };
    schema.sort();
    schema
}

/// Returns the schema as one JSON value, in which every fact has a path.
pub(crate) fn to_json(schema: &Schema) -> Value {
    json!({
        "org": schema.org,
        "tables": schema.tables,
        "choices": schema.choices,
        "operations": schema.operations,
    })
}

/// Returns the schema of a JSON value; `None` if a member that may not be missing is missing, or if a value is
/// not one of its type.
pub(crate) fn from_json(value: &Value) -> Option<Schema> {
    let member = |name: &str| value.get(name).cloned().unwrap_or_default();
    let mut schema = Schema {
        org: serde_json::from_value(member("org")).ok()?,
        tables: serde_json::from_value(member("tables")).ok()?,
        choices: serde_json::from_value(member("choices")).ok()?,
        operations: serde_json::from_value(member("operations")).ok()?,
    };
    schema.sort();
    Some(schema)
}

/// The path of a fact, as a JSON pointer: `/tables/new_ship/columns/3/max_length`.
pub(crate) type Path = String;

/// Returns the paths of all values that are not objects or lists of objects.
pub(crate) fn leaves(value: &Value) -> Vec<Path> {
    fn add(value: &Value, path: &str, out: &mut Vec<Path>) {
        match value {
            Value::Object(map) => {
                map.iter().for_each(|(key, inner)| add(inner, &format!("{path}/{key}"), out))
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                items.iter().enumerate().for_each(|(i, inner)| add(inner, &format!("{path}/{i}"), out));
            }
            _ => out.push(path.to_owned()),
        }
    }
    let mut out = Vec::new();
    add(value, "", &mut out);
    out
}

/// Returns a copy of `value` without the values at the paths.
pub(crate) fn without(value: &Value, paths: &[Path]) -> Value {
    fn copy(value: &Value, path: &str, gone: &std::collections::BTreeSet<&str>) -> Option<Value> {
        if gone.contains(path) {
            return None;
        }
        Some(match value {
            Value::Object(map) => {
                let kept = map.iter().filter_map(|(key, inner)| {
                    Some((key.clone(), copy(inner, &format!("{path}/{key}"), gone)?))
                });
                Value::Object(kept.collect::<Map<_, _>>())
            }
            Value::Array(items) => {
                let kept = items.iter().enumerate();
                Value::Array(
                    kept.filter_map(|(i, inner)| copy(inner, &format!("{path}/{i}"), gone)).collect(),
                )
            }
            other => other.clone(),
        })
    }
    copy(value, "", &paths.iter().map(String::as_str).collect()).unwrap_or_default()
}

/// Returns schemas that differ from `whole` only in the value at `path`, each with that other value: one of the same
/// type; for a number a smaller and a greater one, for a list a shorter and a longer one.
pub(crate) fn with_other_value(whole: &Value, path: &str) -> Vec<(Value, Schema)> {
    /// The values of enumerations, one of which fits where no other text does.
    const NAMES: [&str; 16] = [
        "business",
        "virtual",
        "function",
        "action",
        "many_to_one",
        "one_to_many",
        "state",
        "picklist",
        "date_only",
        "user_local",
        "system",
        "formula",
        "restrict",
        "active",
        "Guid",
        "Int64",
    ];
    let known = whole.pointer(path).cloned().unwrap_or_default();
    let candidates: Vec<Value> = match &known {
        Value::Bool(flag) => vec![Value::Bool(!flag)],
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().unwrap_or_default();
            vec![json!(number - 1.0), json!(number + 1.0)]
        }
        Value::Number(number) => {
            let number = number.as_i64().unwrap_or_default();
            vec![json!(number - 1), json!(number + 1)]
        }
        Value::String(text) => {
            let other = json!(format!("{text}_2"));
            let names = NAMES.iter().filter(|name| *name != text).map(|name| json!(name));
            std::iter::once(other).chain(names).collect()
        }
        Value::Array(items) => {
            let more = if items.iter().any(Value::is_string) { json!("new_more") } else { json!(9) };
            vec![json!(items.get(1..)), Value::Array(items.iter().cloned().chain([more]).collect())]
        }
        _ => Vec::new(),
    };
    let fits = candidates.into_iter().filter_map(|other| {
        let mut changed = whole.clone();
        *changed.pointer_mut(path)? = other.clone();
        Some((other, from_json(&changed)?))
    });
    match known {
        Value::String(_) => fits.take(1).collect(),
        _ => fits.collect(),
    }
}

/// Returns a path in which the positions of columns and of other objects are replaced by their names.
pub(crate) fn named(whole: &Value, path: &str) -> String {
    let mut out = String::new();
    let mut at = String::new();
    for part in path.split('/').skip(1) {
        at = format!("{at}/{part}");
        let value = whole.pointer(&at);
        let name = |member: &str| value.and_then(|v| v.get(member)).and_then(Value::as_str);
        let names = ["logical_name", "navigation", "name"];
        let shown = names.into_iter().find_map(name).filter(|_| part.parse::<usize>().is_ok());
        out += "/";
        out += shown.unwrap_or(part);
    }
    out
}

#[test]
fn the_complete_schema_is_its_json() {
    let whole = complete();
    let json = to_json(&whole);
    assert_eq!(from_json(&json).as_ref(), Some(&whole));
    assert!(leaves(&json).len() > 600, "{}", leaves(&json).len());
}

/// Returns the facts of which one line says everything: the second table, the second option of a choice, the
/// last operation, and what the columns have in common are left out, but for one column.
pub(crate) fn each_kind_of_fact(whole: &Value) -> Vec<Path> {
    let own = |path: &str| {
        let Some((_, rest)) = path.split_once("/columns/") else { return true };
        let Some((column, fact)) = rest.split_once('/') else { return true };
        let Some(name) = whole.pointer(&format!("/tables/new_ship/columns/{column}/logical_name")) else {
            return true;
        };
        let common = serde_json::to_value(Column::new("x", ColumnType::BigInt)).unwrap_or_default();
        let is_common = |fact: &str| {
            common.get(fact).is_some()
                || whole.pointer("/tables/new_ship/columns/0").is_some_and(|c| c.get(fact).is_some())
        };
        let first = fact.split('/').next().unwrap_or(fact);
        match first {
            "choice" => name == "new_status" || fact == "choice/global",
            "type" | "property" | "inherited" => true,
            _ => name == "new_big_int" || !is_common(first),
        }
    };
    let repeated = |path: &str| {
        path.starts_with("/tables/new_port")
            || path.starts_with("/operations/2")
            || path.contains("/options/1/")
    };
    leaves(whole).into_iter().filter(|path| !repeated(path) && own(path)).collect()
}
