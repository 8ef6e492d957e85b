//! Tests of the generated code and of the errors of a configuration.

mod everything;

use std::path::{Path, PathBuf};

use dvkit_schema::{
    Choice, ChoiceKind, ChoiceOption, ChoiceRef, Column, ColumnType, LocalizedText, Relationship, Schema,
    Side, Store, Table,
};

use crate::{Config, Error, GeneratedCode, schema};

fn sample() -> Config {
    schema("crm").from_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema"))
}

fn code(config: Config) -> String {
    config.generate().unwrap().file()
}

fn message(config: Config) -> String {
    config.generate().unwrap_err().to_string()
}

/// Returns the text of the generated module of the table `name`.
fn module(generated: &GeneratedCode, name: &str) -> String {
    generated.files()[&PathBuf::from(format!("{name}.rs"))].clone()
}

fn text(name: &str) -> Column {
    Column::new(name, ColumnType::String { max_length: None, format: None })
}

fn table(name: &str, columns: impl IntoIterator<Item = Column>) -> Table {
    let columns = columns.into_iter().collect();
    let entity_set = Some(format!("{name}s"));
    Table { logical_name: name.to_owned(), entity_set, columns, ..Table::default() }
}

fn store(tables: impl IntoIterator<Item = Table>) -> Store {
    let tables = tables.into_iter().map(|t| (t.logical_name.clone(), t)).collect();
    Store::from_schema(Schema { tables, ..Schema::default() })
}

fn options(kind: ChoiceKind, labels: &[(i32, &str)]) -> Choice {
    let option = |(value, label): &(i32, &str)| ChoiceOption {
        value: *value,
        label: LocalizedText::new(1033, *label),
        ..ChoiceOption::default()
    };
    Choice {
        name: "c".to_owned(),
        kind: Some(kind),
        options: labels.iter().map(option).collect(),
        ..Choice::default()
    }
}

fn generate(config: Config, store: &Store) -> GeneratedCode {
    config.generate_from(store).unwrap()
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let mut turned = Store::open(sample().dir).unwrap().load().unwrap();
    let straight = generate(sample(), &Store::from_schema(turned.clone()));
    for table in turned.tables.values_mut() {
        table.columns.reverse();
        table.relationships.reverse();
        table.keys.reverse();
        for column in &mut table.columns {
            if let ColumnType::Choice { choice: Some(ChoiceRef::Local(choice)), .. } = &mut column.ty {
                choice.options.reverse();
            }
        }
    }
    turned.choices.values_mut().for_each(|c| c.options.reverse());
    assert!(generate(sample(), &Store::from_schema(turned)).files() == straight.files());
}

#[test]
fn a_lookup_brings_the_table_that_it_points_to() {
    let generated = sample().tables(["contact"]).generate().unwrap();
    assert_eq!(generated.types()["Contact"], "contact");
    let contact = module(&generated, "contact");
    // A lookup with one target has one constant, a lookup with several targets one for the column and one for each target.
    assert!(
        contact
            .contains("pub const MASTERID: ::dvkit::Nav<Self, super::contact::Contact, ::dvkit::ReadOnly>")
    );
    assert!(contact.contains("pub const PARENTCUSTOMERID: ::dvkit::Column<Self, ::dvkit::kind::Lookup>"));
    assert!(
        contact.contains("pub const PARENTCUSTOMERID_ACCOUNT: ::dvkit::Nav<Self, super::account::Account>")
    );
    assert!(contact.contains("pub const OWNERID: ::dvkit::Nav<Self, super::principal::Principal>"));
    let account = module(&generated, "account");
    assert!(account.contains("pub name:") && !account.contains("pub telephone1:"));
    assert!(
        module(&generated, "systemuser")
            .contains("impl ::dvkit::DerivesFrom<super::principal::Principal> for Systemuser")
    );
    // Tables with lookups to the selected table are not generated.
    assert!(!generated.types().contains_key("Incident"));
    // The inputs are the files that were read.
    let inputs: Vec<_> =
        generated.inputs().iter().map(|p| p.file_name().unwrap().to_str().unwrap()).collect();
    assert!(
        inputs.contains(&"org.json")
            && inputs.contains(&"contact.json")
            && !inputs.contains(&"incident.json")
    );
}

#[test]
fn names_do_not_depend_on_what_else_is_generated() {
    let one = sample().tables(["contact"]).columns("contact", ["fullname", "statecode", "parentcustomerid"]);
    let one = module(&one.generate().unwrap(), "contact");
    let all = module(&sample().generate().unwrap(), "contact");
    for line in one.lines().filter(|l| l.contains("pub ") && !l.contains("Nav")) {
        // The index of a column is not a part of its name.
        let line = line.split(" = ").next().unwrap();
        assert!(all.contains(line), "{line}");
    }
    assert!(one.contains("pub contactid:"), "a row without its id is good for little");
    assert!(!one.contains("pub lastname:"));
}

#[test]
fn an_unrelated_table_renames_nothing() {
    let tables = ["new_foo", "new__foo", "option", "2nd"].map(|name| table(name, [text("a"), text("A")]));
    let few = generate(schema("x"), &store(tables.clone()));
    let more = generate(schema("x"), &store(tables.into_iter().chain([table("bar", [text("a")])])));
    for (path, file) in few.files() {
        assert!(path == Path::new("mod.rs") || more.files()[&path] == file);
    }
    let types: Vec<_> = few.types().keys().map(String::as_str).collect();
    assert!(types.contains(&"OptionTable") && types.contains(&"_2nd"), "{types:?}");
}

#[test]
fn names_that_are_not_rust_identifiers_are_converted() {
    let column = |name: &str| text(name);
    let nav = |name: &str, table: &str| Relationship {
        navigation: Some(name.to_owned()),
        side: Side::OneToMany,
        table: table.to_owned(),
        column: None,
        referenced: None,
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: None,
        hierarchical: None,
        cascade: None,
    };
    let mut hard = table("t", ["type", "self", "extra", "2nd", "gen", "''"].map(column));
    hard.relationships = vec![nav("Type", "t"), nav("it's", "t"), nav("\"", "t"), nav("'", "t")];
    let code = module(&generate(schema("x"), &store([hard])), "t");
    for line in [
        "pub r#type: ",
        "pub self_: ",
        "pub _2nd: ",
        "pub r#gen: ",
        "pub const TYPE: ::dvkit::Column",
        "pub const TYPE_T: ::dvkit::NavMany<Self, super::t::T> = ::dvkit::nav_many(\"Type\")",
        "pub const IT_S: ::dvkit::NavMany<Self, super::t::T> = ::dvkit::nav_many(\"it's\")",
        "::dvkit::nav_many(\"\\\"\")",
        "pub extra: ::dvkit::RowExtras,",
        "pub extra_x",
    ] {
        assert!(code.contains(line), "{line}\n{code}");
    }
}

#[test]
fn options_are_named_by_label_or_by_value() {
    let labels = [
        (-1, "Active"),
        (0, "Active"),
        (1, ""),
        (2, ">="),
        (3, "1 month"),
        (4, "None"),
        (5, "Self"),
        (6, "Größe"),
        (9, "V2"),
    ];
    let mut choice = options(ChoiceKind::Picklist, &labels);
    choice.options.push(ChoiceOption { value: 6, ..ChoiceOption::default() });
    let ty = ColumnType::Choice { choice: Some(ChoiceRef::Local(choice)), default: None };
    let code = module(&generate(schema("x"), &store([table("t", [Column::new("c", ty)])])), "t");
    for variant in [
        "ActiveVMinus1 = -1,",
        // A discriminant that is one more than the last is omitted.
        "    ActiveV0,",
        "    V1,",
        "    _1Month,",
        "    None,",
        "    Self_,",
        "    V2V9 = 9,",
        "pub enum TC {",
    ] {
        assert!(code.contains(variant), "{variant}\n{code}");
    }
    assert_eq!(code.matches("Value 6.").count(), 1, "a value that stands there twice");
    assert_eq!(code.matches("\\n\\\n        6\\t").count(), 1, "{code}");
}

#[test]
fn the_enum_of_a_column_is_named_after_its_table_and_its_schema_name() {
    for (column, schema_name, expected) in [
        ("new_size", None, "pub enum TNewSize {"),
        ("new_size", Some("new_SizeOfIt"), "pub enum TNewSizeOfIt {"),
        ("2nd", None, "pub enum T2nd {"),
        ("_2nd_", Some("_2nd_"), "pub enum T2nd"),
    ] {
        let choice = options(ChoiceKind::Picklist, &[(1, "One")]);
        let ty = ColumnType::Choice { choice: Some(ChoiceRef::Local(choice)), default: None };
        let column = Column { schema_name: schema_name.map(str::to_owned), ..Column::new(column, ty) };
        let code = module(&generate(schema("x"), &store([table("t", [column])])), "t");
        assert!(code.contains(expected), "{expected}\n{code}");
    }
}

#[test]
fn states_have_the_same_name_in_every_language() {
    let mut choice = options(ChoiceKind::State, &[(0, "Aktiv"), (1, "Inaktiv")]);
    choice.options[0].invariant_name = Some("Active".to_owned());
    let ty = ColumnType::State { choice: Some(ChoiceRef::Local(choice)), default: None };
    let code = module(&generate(schema("x"), &store([table("t", [Column::new("statecode", ty)])])), "t");
    assert!(
        code.contains("pub enum TState {") && code.contains("    Active,") && code.contains("    Inaktiv,")
    );
}

#[test]
fn the_language_is_that_of_the_configuration() {
    let english = code(sample().tables(["contact"]));
    let german = code(sample().tables(["contact"]).language(1031));
    assert!(english.contains("/// Address 1: City.") && german.contains("/// Adresse 1: Ort."));
    // Labels without a German text fall back to English.
    assert!(german.contains("A person with whom the organisation has to do."));
}

#[test]
fn the_default_language_is_the_organisations() {
    let option = |value, german: &str, english: &str| ChoiceOption {
        value,
        label: LocalizedText([(1031, german.to_owned()), (1033, english.to_owned())].into()),
        ..ChoiceOption::default()
    };
    let mut choice = options(ChoiceKind::Picklist, &[]);
    choice.options = vec![option(1, "Rot", "Red"), option(2, "Blau", "Blue")];
    let column =
        Column::new("colour", ColumnType::Choice { choice: Some(ChoiceRef::Local(choice)), default: None });
    let mut schema_of_org =
        Schema { tables: [("t".to_owned(), table("t", [column]))].into(), ..Schema::default() };
    let code =
        |org: &Schema, config: Config| module(&generate(config, &Store::from_schema(org.clone())), "t");
    assert!(code(&schema_of_org, schema("x")).contains("    Red = 1,"), "where nobody knows, English");
    schema_of_org.org.base_language = Some(1031);
    assert!(code(&schema_of_org, schema("x")).contains("    Rot = 1,"));
    assert!(code(&schema_of_org, schema("x").language(1033)).contains("    Red = 1,"));
}

#[test]
fn the_configuration_renames_items_and_adds_attributes() {
    let code = code(
        sample()
            .tables(["new_project", "contact"])
            .rename("new_project", "Project")
            .rename("contact.fullname", "full_name")
            .rename("contact.parentcustomerid_account", "company")
            .rename_choice("contact.gendercode", "Gender")
            .rename_option("contact.gendercode", 1, "M")
            .attribute("contact", "#[doc = \"Mine.\"]")
            .attribute("contact.*name", "#[doc(alias = \"called\")]"),
    );
    for line in [
        "pub struct Project {",
        "pub use self::new_project::Project;",
        "pub full_name: ",
        "pub const FULL_NAME: ",
        "pub const COMPANY: ::dvkit::Nav<",
        "pub enum Gender {",
        "M = 1,",
        "#[doc = \"Mine.\"]\npub struct Contact",
        "#[doc(alias = \"called\")]\n    pub lastname",
    ] {
        assert!(code.contains(line), "{line}");
    }
}

#[test]
fn target_tables_of_lookups_can_be_renamed() {
    let config = || sample().tables(["contact"]).columns("contact", ["fullname", "createdby"]);
    let generated = config()
        .rename("systemuser", "User")
        .rename("systemuser.fullname", "called")
        .attribute("systemuser", "#[doc = \"Mine.\"]")
        .generate()
        .unwrap();
    assert_eq!(generated.types()["User"], "systemuser");
    let user = module(&generated, "systemuser");
    assert!(
        user.contains("#[doc = \"Mine.\"]\npub struct User {") && user.contains("pub called: "),
        "{user}"
    );
    // Their other columns are not generated and cannot be configured.
    for config in [
        config().rename("systemuser.firstname", "called"),
        config().type_for("systemuser.firstname", "::std::string::String"),
        config().columns("systemuser", ["firstname"]),
    ] {
        let message = message(config);
        assert!(message.contains("add it to `tables(…)`"), "{message}");
    }
}

#[test]
fn a_collection_says_whether_it_is_many_to_many() {
    let project = module(&sample().tables(["new_project", "systemuser"]).generate().unwrap(), "new_project");
    let of = |constant: &str| {
        let line = project.lines().find(|l| l.contains(&format!("pub const {constant}: "))).unwrap();
        line.contains(", ::dvkit::ManyToMany>")
    };
    assert!(of("NEW_PROJECT_SYSTEMUSER"));
    assert!(!of("NEW_PROJECT_NEW_PROJECT_PARENTPROJECT"));
}

#[test]
fn all_mistakes_in_the_configuration_are_reported_at_once() {
    assert_eq!(
        message(sample().tables(["acount", "contacts", "x*", "contact"])),
        "3 mistakes in the configuration\n  \
         `tables`: the snapshot has no table `acount`; did you mean `account`?\n  \
         `tables`: the snapshot has no table `contacts`; did you mean `contact`?\n  \
         `tables`: no table of the snapshot has a name like `x*`"
    );
    let contact = || sample().tables(["contact"]);
    for (config, expected) in [
        (
            contact().columns("contact", ["fullnme"]),
            "`columns`: `contact` has no column `fullnme`; did you mean `fullname`?",
        ),
        (
            contact().columns("contact", ["_parentcustomerid_value"]),
            "`columns`: `contact` has no column `_parentcustomerid_value`; did you mean `parentcustomerid`?",
        ),
        (
            contact().columns("account", ["name"]),
            "`columns`: `account` is not generated; add it to `tables(…)`",
        ),
        (contact().rename("contact.nme", "x"), "`rename`: `contact` has no column `nme`"),
        (
            contact().rename("contact", "person"),
            "`rename`: `contact`: `person` is not a name of a type or a variant: those begin with a capital",
        ),
        (
            contact().rename("contact.fullname", "Name"),
            "`rename`: `contact.fullname`: `Name` is not a name of a field: those have no capitals, which the constant gets",
        ),
        (
            contact().rename("contact.fullname", "a b"),
            "`rename`: `contact.fullname`: `a b` is not a Rust identifier",
        ),
        (
            contact().rename("contact.fullname", "x").rename("contact.lastname", "x"),
            "`rename`: `contact.fullname` and `contact.lastname` are both called `x`",
        ),
        (
            contact().rename_choice("new_regoin", "Region"),
            "`rename_choice`: the snapshot has no global choice `new_regoin`; did you mean `new_region`?",
        ),
        (
            contact().rename_choice("contact.fullname", "Name"),
            "`rename_choice`: `contact.fullname` has no options",
        ),
        (
            contact().rename_choice("contact.gendercode", "Contact"),
            "`rename_choice`: `contact.gendercode`: `Contact` is the struct of the table",
        ),
        (
            contact().rename_option("contact.gendercode", 9, "X"),
            "`rename_option`: `contact.gendercode` has no option 9, only 1, 2",
        ),
        (contact().attribute("contact", "derive(Eq)"), "`attribute`: `derive(Eq)` is not an attribute: "),
        (contact().type_for("contact.fullname", "a b"), "`type_for`: `a b` is not a type: "),
        (
            contact().type_for("contact", "String"),
            "`type_for`: `contact` names no column; write `table.column`",
        ),
    ] {
        let message = message(config);
        assert!(message.starts_with(expected), "{message}\n{expected}");
    }
}

#[test]
fn debug_of_an_error_is_the_message_for_people() {
    let missing = schema("crm").from_dir("/nowhere").generate().unwrap_err();
    let shown = format!("{missing:?}");
    assert!(shown.starts_with("no snapshot: `/nowhere/org.json` does not exist\n"), "{shown}");
    assert!(shown.contains("dvkit schema import"), "{shown}");
    let two: Error = sample().tables(["a?", "b?"]).generate().unwrap_err();
    assert!(format!("{two:?}").starts_with("2 mistakes in the configuration\n  "));
}

#[test]
fn every_file_parses() {
    let generated = sample().generate().unwrap();
    syn::parse_str::<proc_macro2::TokenStream>(&generated.file()).unwrap();
    assert!(generated.file().starts_with("// @generated by dvkit from the organisation's metadata"));
    for (path, file) in generated.files() {
        assert!(file.starts_with("// @generated"), "{}", path.display());
        syn::parse_str::<proc_macro2::TokenStream>(&file).unwrap();
    }
}

#[test]
fn the_text_of_a_choice_has_a_line_for_each_option() {
    let choice = Choice {
        options: vec![ChoiceOption {
            value: -1,
            label: LocalizedText::new(1033, "a \"b\"\tc\\\r\nd"),
            color: Some("#ff0000".to_owned()),
            state: Some(2),
            ..ChoiceOption::default()
        }],
        ..options(ChoiceKind::Status, &[])
    };
    let column = Column::new(
        "statuscode",
        ColumnType::Status { choice: Some(ChoiceRef::Local(choice)), default: None },
    );
    let code = generate(schema("crm"), &store([table("t", [column])])).file();
    // Tabs and line breaks within a label become spaces.
    let line = r##"-1\tABCD\t#ff0000\t2\t1033\ta \"b\" c\\  d\n""##;
    assert!(code.contains(line), "{code}");
}

#[test]
fn no_tuple_of_fields_is_wider_than_the_trait_of_tuples() {
    let columns: Vec<_> = (0..300).map(|n| text(&format!("new_c{n:03}"))).collect();
    let code = module(&generate(schema("x"), &store([table("t", columns)])), "t");
    let (_, slots) = code.split_once("::dvkit::row::fields_mut(").unwrap();
    let (slots, _) = slots.split_once(", &[").unwrap();
    let mut widths = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for c in slots.chars() {
        match c {
            '(' => open.push(0),
            // Every element is followed by a comma, and the last of a tuple by one more.
            ',' => *open.last_mut().unwrap() += 1,
            ')' => widths.extend(open.pop()),
            _ => {}
        }
    }
    assert!(open.is_empty() && widths.iter().all(|width| (1..=16).contains(width)), "{widths:?}");
    let named: Vec<_> =
        slots.split("self.").skip(1).map(|name| name.split([',', ')']).next().unwrap()).collect();
    let expected: Vec<_> = (0..300).map(|n| format!("new_c{n:03}")).chain(["extra".to_owned()]).collect();
    assert_eq!(named, expected);
}
