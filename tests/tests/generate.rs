//! Generated code compiles: of the sample organisation, of hostile schemas, and of real organisations.

#![expect(clippy::print_stdout, reason = "says what it measured, and what it skipped")]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::path::{Path, PathBuf};

use dvkit_schema::{Schema, Store};
use dvkit_schema_fetch::import;
use dvkit_tests::rustc::compile;
use dvkit_tests::{corpus_dir, hostile, workspace};
use expect_test::expect_file;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config as Runs, RngSeed, TestRunner};

/// The golden is compiled with this test, and every warning is an error.
#[deny(warnings, missing_docs)]
#[path = "../../fixtures/goldens/generated/mod.rs"]
pub mod crm;

fn code(schema: Schema) -> String {
    let config = dvkit_codegen::schema("crm");
    config.generate_from(&Store::from_schema(schema)).unwrap().file()
}

/// Compiles generated code; fails with the compiler's messages.
fn assert_compiles(modules: &[(String, String)]) {
    if let Err(message) = compile(modules) {
        panic!("generated code does not compile\n{message}");
    }
}

#[test]
fn generated_code_equals_the_golden() {
    let tables = ["account", "contact", "new_project", "cr1f2_type"];
    let config = dvkit_codegen::schema("crm").from_dir(workspace().join("fixtures/schema")).tables(tables);
    let folder = workspace().join("fixtures/goldens/generated").canonicalize().unwrap();
    let files = config.generate().unwrap().files();
    for (path, text) in &files {
        expect_file![folder.join(path)].assert_eq(text);
    }
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = PathBuf::from(entry.unwrap().file_name());
        assert!(files.contains_key(&name), "{} is no longer generated", name.display());
    }
}

#[test]
fn the_whole_sample_compiles_in_every_language() {
    let mut modules = Vec::new();
    for language in [1033, 1031, 1036, 0] {
        let config =
            dvkit_codegen::schema("crm").from_dir(workspace().join("fixtures/schema")).language(language);
        modules.push((format!("l{language}"), config.generate().unwrap().file()));
    }
    assert_compiles(&modules);
}

/// Types given in the configuration compile: types of the crate `dvkit`, and one of the user's own.
#[test]
fn code_with_custom_types_compiles() {
    const OWN: &str = "
        /// A type that takes any text.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Any(pub ::std::string::String);
        impl ::dvkit::row::FromScalar for Any {
            fn set(&mut self, value: ::dvkit::row::Scalar<'_>) -> Result<(), ::dvkit::row::Mismatch> {
                self.0 = format!(\"{value:?}\");
                Ok(())
            }
        }
        impl<K> ::dvkit::row::Field<K> for Any {
            fn field_mut(&mut self) -> ::dvkit::row::FieldMut<'_> {
                ::dvkit::row::FieldMut::Custom(self)
            }
        }";
    let config = dvkit_codegen::schema("crm")
        .from_dir(workspace().join("fixtures/schema"))
        .type_for("*.revenue", "::core::option::Option<f64>")
        .type_for("contact.parentcustomerid", "crate::own::Any")
        .type_for("contact.*name", "::std::string::String")
        .type_for("account.*", "crate::own::Any")
        .attribute("contact", "#[must_use]")
        .attribute("contact.fullname", "#[doc(alias = \"called\")]");
    assert_compiles(&[
        ("own".to_owned(), OWN.to_owned()),
        ("crm".to_owned(), config.generate().unwrap().file()),
    ]);
}

#[test]
fn code_of_hostile_schemas_compiles() {
    let mut runner = TestRunner::new(Runs { rng_seed: RngSeed::Fixed(6), ..Runs::default() });
    let count = std::env::var("DVKIT_HOSTILE").map_or(60, |n| n.parse().unwrap());
    let strategy = hostile::schema();
    let modules: Vec<_> = (0..count)
        .map(|n| (format!("s{n}"), code(strategy.new_tree(&mut runner).unwrap().current())))
        .collect();
    assert_compiles(&modules);
}

/// Returns the folder of real metadata if it exists.
fn data() -> Option<PathBuf> {
    let found = corpus_dir().map(|dir| dir.join("../data")).filter(|p| p.is_dir());
    if found.is_none() {
        println!("skipped: no corpus");
    }
    found
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the generated code of all tables of a metadata file or a folder of solutions.
fn imported(path: &Path) -> String {
    let schema = import(&[path.to_owned()], &mut ()).unwrap_or_else(|e| panic!("{e}")).schema;
    let (tables, choices) = (schema.tables.len(), schema.choices.len());
    let code = code(schema);
    let enums = code.matches("\npub enum ").count();
    println!(
        "{}: {tables} tables, {choices} global choices; {} KB of code, {enums} enums",
        path.file_name().unwrap_or_default().display(),
        code.len() >> 10
    );
    code
}

#[test]
fn code_of_real_organisations_compiles() {
    let Some(data) = data() else { return };
    let mut paths = files(&data.join("webapi-json"), "json");
    paths.extend(files(&data.join("datacontract-xml"), "xml"));
    // An organisation with 328 entity sets and 10,000 columns.
    paths.push(data.join("csdl/bcgov_embc-dfa_DynamicsCsdl.xml"));
    if std::env::var_os("DVKIT_ALL").is_some() {
        paths.extend(files(&data.join("csdl"), "xml"));
    }
    let modules: Vec<_> =
        paths.iter().enumerate().map(|(n, path)| (format!("s{n}"), imported(path))).collect();
    assert_compiles(&modules);
}

#[test]
fn code_of_real_solutions_compiles() {
    let Some(data) = data() else { return };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(data.join("solutions"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    paths.sort();
    let modules: Vec<_> =
        paths.iter().enumerate().map(|(n, path)| (format!("s{n}"), imported(path))).collect();
    assert_compiles(&modules);
}
