//! Tests of `#[derive(Entity)]` on the snapshot of the sample organisation.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use expect_test::{Expect, expect};

use super::{Errors, expand};
use crate::registry::MacroEnv;

fn sample() -> MacroEnv {
    let manifest_dir = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures").into());
    MacroEnv { manifest_dir, ..MacroEnv::default() }
}

/// Returns the code that the derive writes for the struct with the source `text`, and the errors. The code is
/// `None` if there are only errors.
fn expanded(text: &str) -> (Option<String>, Errors) {
    let mut errors = Errors::default();
    let tokens = expand(text.parse().unwrap(), &sample(), &mut errors);
    (tokens.map(|t| t.to_string()), errors)
}

/// Checks that the messages about the mistakes in the struct with the source `text` are `expected`.
fn wrong(text: &str, expected: Expect) {
    let (_, errors) = expanded(text);
    let messages: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    expected.assert_eq(&messages.join("\n"));
}

#[test]
fn all_mistakes_in_all_fields_are_reported_at_once() {
    wrong(
        r#"#[dvkit(table = "contact")]
        struct Card {
            fullnme: Option<String>,
            parentcustomerid: Option<Lookup>,
            FirstName: Option<String>,
            #[dvkit(expand = "parentcustomerid")] company: Option<Company>,
            #[dvkit(expand = "Contact_Customer_Contacts")] people: Vec<Person>,
            #[dvkit(expand = "contact_customer_contacts", filter = "statecode eq 'Activ'", top = 3)] active: Vec<Person>,
            #[dvkit(formatted = "statcode")] state: Option<String>,
        }"#,
        expect![[r#"
            DV0203: `contact` has no column `fullnme`
            help: did you mean `fullname`? (Full Name, text)
            DV0220: `parentcustomerid` is a navigation property; the lookup itself is the property `_parentcustomerid_value`
            help: write `#[dvkit(column = "_parentcustomerid_value")]` above the field
            DV0204: names are case-sensitive: `FirstName` is spelled `firstname`
            help: write `firstname`
            DV0203: `contact` has no column `statcode`
            help: did you mean `statecode`? (Status, state)
            DV0223: `parentcustomerid` can point to `account` and `contact`, and each has its own navigation property
            help: expand the `account`: `parentcustomerid_account`
            help: expand the `contact`: `parentcustomerid_contact`
            help: expand each: `parentcustomerid_account,parentcustomerid_contact`
            DV0204: names are case-sensitive: `Contact_Customer_Contacts` is spelled `contact_customer_contacts`
            help: write `contact_customer_contacts`
            DV0307: `statecode` has no option `Activ`
            help: a choice is compared with its number: 0 is Active"#]],
    );
}

#[test]
fn attributes_and_the_shape_of_the_struct_are_checked() {
    wrong(
        "struct Card { fullname: Option<String> }",
        expect![[r#"which table are these rows of? write `#[dvkit(table = "contact")]` above the struct"#]],
    );
    wrong(
        "#[dvkit(tabel = \"contact\")] struct Card { fullname: Option<String> }",
        expect![[
            r#"the struct takes `table = "contact"` and, where build.rs registers several, `schema = "crm"`"#
        ]],
    );
    wrong(
        "#[dvkit(table = \"contcat\")] struct Card { fullname: Option<String> }",
        expect![[r#"
        DV0201: there is no table and no entity set `contcat` in this snapshot
        help: did you mean: `contact`"#]],
    );
    wrong(
        "#[dvkit(table = \"contacts\")] struct Card { fullnme: Option<String> }",
        expect![[r#"
            the table is called `contact`
            DV0203: `contact` has no column `fullnme`
            help: did you mean `fullname`? (Full Name, text)"#]],
    );
    wrong(
        "#[dvkit(table = \"principal\")] struct Card { fullname: Option<String> }",
        expect!["`principal` has no entity set: its rows cannot be queried"],
    );
    wrong(
        "#[dvkit(table = \"contact\")] enum Card { A }",
        expect!["an entity is a struct: its fields are the columns of a table"],
    );
    wrong(
        "#[dvkit(table = \"contact\")] struct Card(Option<String>);",
        expect!["an entity is a struct with named fields: their names are the columns"],
    );
    wrong(
        "#[dvkit(table = \"contact\")] struct Card<T> { fullname: T }",
        expect!["an entity has no parameters: it stands for the rows of one table"],
    );
    wrong(
        r#"#[dvkit(table = "contact")]
        struct Card {
            #[dvkit(rename = "fullname")] a: Option<String>,
            #[dvkit(column = "fullname", expand = "parentcustomerid_account")] b: Option<String>,
            #[dvkit(top = 3)] fullname: Option<String>,
            #[dvkit(other, custom)] c: Option<String>,
            #[dvkit(column = "fullname", column = "firstname")] d: Option<String>,
        }"#,
        expect![[r#"
            the name in the organisation is given by `column = "…"`
            a field stands for one thing: a column, a formatted value, an expansion, `other` or `extra`
            `filter`, `order_by` and `top` belong to an `expand`
            `custom` belongs to a column
            this is given twice"#]],
    );
    wrong(
        r#"#[dvkit(table = "contact")]
        struct Card {
            fullname: Option<String>,
            #[dvkit(column = "fullname")] name: Option<String>,
            #[dvkit(other)] rest: Map,
            #[dvkit(extra)] extra: Extra,
        }"#,
        expect![[r#"
            `fullname` is read into `fullname` already
            `rest` takes everything else already"#]],
    );
}

#[test]
fn a_struct_becomes_a_record() {
    let text = r#"#[dvkit(table = "contact")]
        struct Card {
            fullname: Option<String>,
            #[dvkit(formatted = "statecode")] state: Option<String>,
            #[dvkit(expand = "parentcustomerid_account")] company: Option<Company>,
            #[dvkit(other)] rest: BTreeMap<String, Value>,
        }"#;
    let (tokens, errors) = expanded(text);
    assert!(errors.0.is_empty(), "{errors:?}");
    let tokens = tokens.unwrap();
    assert!(!tokens.contains("unreachable"), "each field has a default: {tokens}");
    for piece in [
        r#"& ["fullname" , "parentcustomerid_account" , "statecode@OData.Community.Display.V1.FormattedValue"]"#,
        "\"fullname,statecode\"",
        ":: dvkit :: row :: FieldMut :: Other (& mut self . rest)",
        "Expansion :: of :: < Option < Company > , :: dvkit :: entity :: ToOne > (\"parentcustomerid_account\" , \"\")",
    ] {
        assert!(tokens.contains(piece), "{piece}\n{tokens}");
    }
}

#[test]
fn fields_without_errors_are_implemented_where_others_have_errors() {
    let (tokens, errors) = expanded(
        r#"#[dvkit(table = "contact")]
        struct Card {
            fullnme: Option<String>,
            #[dvkit(top = 3)] people: Vec<Person>,
            #[dvkit(expand = "contact_customer_contacts")] cards: Vec<Card>,
            birthdate: Option<String>,
            #[dvkit(expand = "parentcustomerid_account")] company: Option<Company>,
        }"#,
    );
    assert_eq!(errors.0.len(), 3, "{errors:?}");
    let tokens = tokens.unwrap();
    for piece in [
        "# [allow (unreachable_code)] fn default () -> Self",
        "birthdate : :: core :: default :: Default :: default () ,",
        "fullnme : :: core :: unreachable ! () , cards : :: core :: unreachable ! () , people :",
        r#"& ["birthdate" , "parentcustomerid_account"]"#,
        "< Option < String > as :: dvkit :: row :: Field < :: dvkit :: kind :: Date >> :: field_mut",
        ":: field_mut (& mut self . birthdate) , :: dvkit :: row :: FieldMut :: Rows (& mut self . company) ,]",
        "& [:: dvkit :: entity :: Expansion :: of :: < Option < Company > , :: dvkit :: entity :: ToOne > \
         (\"parentcustomerid_account\" , \"\")]",
    ] {
        assert!(tokens.contains(piece), "{piece}\n{tokens}");
    }
    // Without a table nothing is known.
    assert!(expanded("#[dvkit(table = \"contcat\")] struct Card { fullname: Option<String> }").0.is_none());
    assert!(expanded("struct Card { fullname: Option<String> }").0.is_none());
}

#[test]
fn attributes_of_others_are_ignored() {
    let (tokens, errors) = expanded(
        r#"#[serde(rename_all = "camelCase")] #[dvkit(table = "contact")] #[doc = "a"]
        struct Card {
            #[serde(rename = "name")] #[doc = "b"] #[dvkit(column = "fullname")] full: Option<String>,
        }"#,
    );
    assert!(errors.0.is_empty(), "{errors:?}");
    assert!(tokens.unwrap().contains("\"fullname\""));
}
