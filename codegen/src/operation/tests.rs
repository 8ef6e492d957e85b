//! Tests of the generated operations, and of the errors for operations that a configuration names.

use std::path::{Path, PathBuf};

use dvkit_schema::{
    Column, ColumnType, Operation, OperationKind, Parameter, Schema, Store, Table, ValueType,
};
use expect_test::expect;

use crate::{Config, GeneratedCode, schema};

fn sample() -> Config {
    schema("crm")
        .from_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema"))
        .tables(["account"])
        .columns("account", ["name"])
}

fn operations(generated: &GeneratedCode) -> String {
    generated.files().remove(&PathBuf::from("operations.rs")).unwrap_or_default()
}

fn message(patterns: &[&str]) -> String {
    sample().operations(patterns.iter().copied()).generate().unwrap_err().to_string()
}

fn ty(name: &str) -> ValueType {
    ValueType { name: name.to_owned(), collection: false, nullable: false }
}

fn parameter(name: &str, value: ValueType) -> Parameter {
    Parameter { name: name.to_owned(), value, optional: false }
}

fn function(name: &str, parameters: Vec<Parameter>) -> Operation {
    Operation {
        name: name.to_owned(),
        kind: OperationKind::Function,
        bound: false,
        composable: false,
        filter_only: false,
        parameters,
        returns: None,
    }
}

fn generate(operations: Vec<Operation>, patterns: &[&str]) -> Result<GeneratedCode, String> {
    let store = Store::from_schema(Schema { operations, ..Schema::default() });
    let config = schema("crm").operations(patterns.iter().copied());
    config.generate_from(&store).map_err(|error| error.to_string())
}

#[test]
fn no_operations_are_generated_unless_they_are_selected() {
    let generated = sample().generate().unwrap();
    assert!(generated.operations().is_empty() && operations(&generated).is_empty());
    assert!(!generated.inputs().iter().any(|path| path.ends_with("operations.json")));
    let generated = sample().operations(["WhoAmI"]).generate().unwrap();
    assert_eq!(generated.operations().keys().collect::<Vec<_>>(), ["WhoAmI"]);
    assert!(generated.inputs().iter().any(|path| path.ends_with("operations.json")));
}

#[test]
fn overloads_are_named_after_their_tables() {
    let generated = sample().operations(["new_Archive"]).generate().unwrap();
    let names: Vec<_> = generated.operations().keys().map(String::as_str).collect();
    assert_eq!(names, ["NewArchiveAccount", "NewArchiveNewProject"]);
    // A table of a parameter is generated with its id and its name.
    assert_eq!(generated.types()["NewProject"], "new_project");
}

#[test]
fn selecting_other_operations_renames_none() {
    let all = sample().operations(["*"]).generate().unwrap();
    for name in ["new_Archive", "new_Rate", "WhoAmI", "AddMembersTeam"] {
        let one = sample().operations([name]).generate().unwrap();
        assert!(!one.operations().is_empty());
        for (ty, operation) in one.operations() {
            assert_eq!(all.operations().get(ty), Some(operation));
        }
    }
    assert!(!all.operations().values().any(|name| name == "LastXDays"), "only filters call it");
}

#[test]
fn functions_with_equal_names_are_told_apart_by_their_parameters() {
    let text = || ty("Edm.String");
    let all = vec![
        function("Find", vec![parameter("Name", text())]),
        function("Find", vec![parameter("Name", text()), parameter("Top", ty("Edm.Int32"))]),
        function("Find", vec![]),
    ];
    let generated = generate(all, &["Find"]).unwrap();
    let names: Vec<_> = generated.operations().keys().map(String::as_str).collect();
    assert_eq!(names, ["FindUnboundByName", "FindUnboundByNameTop", "FindUnboundWithoutParameters"]);
}

#[test]
fn methods_and_types_have_names_that_are_free() {
    let names = ["send", "Send", "Row", "self", "type", "Query", "New"];
    let parameters = names.iter().map(|name| Parameter {
        optional: *name != "Row" && *name != "type",
        ..parameter(name, ValueType { nullable: true, ..ty("Edm.String") })
    });
    let mut vec = function("Vec", parameters.collect());
    vec.parameters[2].value.nullable = false;
    vec.parameters[4].value.nullable = false;
    let generated = generate(vec![vec], &["Vec"]).unwrap();
    let code = operations(&generated);
    assert!(code.contains("pub struct VecUnbound("), "{code}");
    assert!(code.contains("row_parameter: impl") && code.contains("r#type: impl"), "{code}");
    assert!(code.contains("pub fn self_(self") && code.contains("pub fn query_parameter(self"), "{code}");
    generated.file().parse::<proc_macro2::TokenStream>().unwrap();
}

#[test]
fn an_unknown_operation_is_reported_with_the_nearest_names() {
    assert_eq!(
        message(&["WhoAmi", "new_Archve", "rate", "Nonsense"]),
        "4 mistakes in the configuration\n  \
         `operations`: the snapshot has no operation `WhoAmi`; did you mean `WhoAmI`?\n  \
         `operations`: the snapshot has no operation `new_Archve`; did you mean `new_Archive`?\n  \
         `operations`: the snapshot has no operation `rate`; did you mean `new_Rate`?\n  \
         `operations`: the snapshot has no operation `Nonsense`"
    );
    assert_eq!(message(&["msdyn_*"]), "`operations`: no operation of the snapshot has a name like `msdyn_*`");
}

#[test]
fn an_operation_without_code_is_reported_with_the_reason() {
    assert_eq!(
        message(&["In"]),
        "`operations`: no code can be generated for `In`: only `$filter` can call it, and `filter!` does"
    );
    let bound = |name: &str, table: &str| Operation {
        bound: true,
        parameters: vec![parameter("entity", ty(table))],
        ..function(name, vec![])
    };
    let all = || vec![bound("Lost", "moon"), function("Found", vec![]), function("a/b", vec![])];
    assert_eq!(
        generate(all(), &["Lo*"]).unwrap_err(),
        "`operations`: no code can be generated for the operations like `Lo*`; of the first, `Lost`: it is bound \
         to `moon`, which is not in the snapshot"
    );
    let code = operations(&generate(all(), &["*"]).unwrap());
    assert!(code.contains("//! - `Lost`: it is bound to \\`moon\\`, which is not in the snapshot"), "{code}");
    assert!(code.contains("is not an identifier") && code.contains("pub struct Found("), "{code}");
}

#[test]
fn a_snapshot_without_operations_says_how_to_get_them() {
    let error = generate(Vec::new(), &["WhoAmI"]).unwrap_err();
    assert!(error.starts_with("`operations`: the snapshot has no operations; import"), "{error}");
}

#[test]
fn fetchxml_and_filters_are_told_by_the_names_of_parameters() {
    let text = |name: &str| parameter(name, ty("Edm.String"));
    let names = ["FetchXml", "new_fetchxml", "Filter", "new_Filter", "FilterName", "Query"];
    let all = vec![function("F", names.iter().map(|name| text(name)).collect())];
    let code = operations(&generate(all, &["F"]).unwrap());
    let bound = |name: &str| {
        let (_, after) = code.split_once(&format!("        {name}: impl op::")).unwrap();
        after.split([',', '<']).next().unwrap().to_owned()
    };
    assert_eq!(bound("fetch_xml"), "FetchXmlParameter");
    assert_eq!(bound("new_fetchxml"), "FetchXmlParameter");
    assert_eq!((bound("filter"), bound("new_filter")), ("FilterParameter".into(), "FilterParameter".into()));
    assert_eq!((bound("filter_name"), bound("query")), ("ParameterValue".into(), "ParameterValue".into()));
}

#[test]
fn names_and_documentation_of_hostile_operations_are_harmless() {
    let hostile = "`*/ \"]\n#![bad] \u{202e}x";
    let all = vec![
        function(hostile, vec![]),
        function("Ok", vec![parameter("P", ty(hostile)), parameter("Größe", ty("Edm.Int32"))]),
    ];
    let generated = generate(all, &["*"]).unwrap();
    assert_eq!(generated.operations().len(), 1);
    generated.file().parse::<proc_macro2::TokenStream>().unwrap();
    assert!(!generated.file().contains('\u{202e}'));
}

#[test]
fn an_unknown_operation_is_told_the_same_name_that_without_its_prefix_and_the_nearest() {
    let filter = |name: &str| Operation { filter_only: true, ..function(name, vec![]) };
    let operations = || {
        vec![
            function("contosoorganisation_Go", vec![]),
            function("other_go", vec![]),
            function("GO_ON_AND_ON", vec![]),
            function("Start", vec![]),
            function("START", vec![]),
            function("fabrikam_start", vec![]),
            function("sTART", vec![]),
            function("new_Calculate", vec![]),
            filter("Calculete"),
            filter("new_Filter"),
        ]
    };
    // The name without the prefix is found among those that only filters call too, a similar one is not.
    let names = [
        "Go",
        "go_on_and_on",
        "start",
        "Calculate",
        "filter",
        "Calculeted",
        "on_and_on",
        "organisation_Go",
        "zzzzzz",
    ];
    let told = |name: &&str| {
        let error = generate(operations(), &[*name]).unwrap_err();
        let meant =
            error.strip_prefix(&format!("`operations`: the snapshot has no operation `{name}`")).unwrap();
        format!("{name}{meant}\n")
    };
    expect![[r#"
        Go; did you mean `contosoorganisation_Go` or `other_go`?
        go_on_and_on; did you mean `GO_ON_AND_ON`?
        start; did you mean `START` or `Start` or `sTART`?
        Calculate; did you mean `new_Calculate`?
        filter; did you mean `new_Filter`?
        Calculeted
        on_and_on; did you mean `GO_ON_AND_ON`?
        organisation_Go
        zzzzzz
    "#]]
    .assert_eq(&names.iter().map(told).collect::<String>());
}

#[test]
fn each_reason_why_an_operation_has_no_code_is_told_whole() {
    let bound = |binding: Option<ValueType>| Operation {
        bound: true,
        parameters: binding.into_iter().map(|ty| parameter("entity", ty)).collect(),
        ..function("F", vec![])
    };
    let rows = |name: &str| ValueType { collection: true, ..ty(name) };
    let table = |name: &str, set: bool, id: bool| {
        let key = Column::new("id", ColumnType::Uniqueidentifier);
        let table = Table {
            logical_name: name.to_owned(),
            entity_set: set.then(|| format!("{name}s")),
            primary_id: id.then(|| "id".to_owned()),
            columns: vec![key],
            ..Table::default()
        };
        (name.to_owned(), table)
    };
    let tables = || {
        let mut unreadable = table("unreadable", true, true);
        unreadable.1.columns[0].valid_for_read = Some(false);
        [table("whole", true, true), table("derived", false, true), table("no_id", true, false), unreadable]
    };
    for (operation, reason) in [
        (function("F", vec![]), None),
        (
            Operation { filter_only: true, ..function("F", vec![]) },
            Some("only `$filter` can call it, and `filter!` does"),
        ),
        (function("F", vec![parameter("a b", ty("Edm.String"))]), Some("`a b` is not an identifier")),
        (
            function("F", vec![parameter("c d", ty("Edm.String")), parameter("a b", ty("Edm.String"))]),
            Some("`c d` is not an identifier"),
        ),
        (function("F", vec![parameter("", ty("Edm.String"))]), Some("`` is not an identifier")),
        (function("F", vec![parameter("Größe_1", ty("Edm.String"))]), None),
        (bound(None), Some("it is bound, but has no parameter for the row")),
        (bound(Some(ty("moon"))), Some("it is bound to `moon`, which is not in the snapshot")),
        (bound(Some(ty("crmbaseentity"))), None),
        (bound(Some(ty("expando"))), None),
        (bound(Some(ty("whole"))), None),
        (bound(Some(rows("whole"))), None),
        (bound(Some(ty("derived"))), None),
        (
            bound(Some(rows("derived"))),
            Some("it is bound to `derived`, of which the snapshot has no entity set"),
        ),
        (bound(Some(ty("no_id"))), Some("it is bound to `no_id`, of which the snapshot has no entity set")),
        (bound(Some(rows("no_id"))), Some("it is bound to `no_id`, of which the snapshot has no entity set")),
        (bound(Some(ty("unreadable"))), None),
        (
            bound(Some(rows("unreadable"))),
            Some("it is bound to `unreadable`, of which the snapshot has no entity set"),
        ),
    ] {
        let schema_of_org =
            Schema { operations: vec![operation.clone()], tables: tables().into(), ..Schema::default() };
        let store = Store::from_schema(schema_of_org);
        let found = schema("crm").operations(["F"]).generate_from(&store).map_err(|error| error.to_string());
        let expected =
            reason.map(|reason| format!("`operations`: no code can be generated for `F`: {reason}"));
        assert_eq!(found.err(), expected, "{operation:?}");
    }
}
