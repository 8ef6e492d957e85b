//! Tests of the generated operations, and of the errors for operations that a configuration names.

use std::path::{Path, PathBuf};

use dvkit_schema::{Operation, OperationKind, Parameter, Schema, Store, ValueType};

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
