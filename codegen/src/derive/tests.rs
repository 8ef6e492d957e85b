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
    wrong(
        r#"#[dvkit(table = "contact")]
        struct Card {
            #[dvkit(expand = "parentcustomerid_account")] company: Option<Company>,
            #[dvkit(expand = "parentcustomerid_account")] again: Option<Company>,
            #[dvkit(formatted = "statecode")] state: Option<String>,
            #[dvkit(formatted = "statecode")] shown: Option<String>,
            statecode: Option<i32>,
        }"#,
        expect![[r#"
            `parentcustomerid_account` is read into `company` already
            `statecode` is read into `state` already"#]],
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

/// Returns generated code with a line for each statement and item, so that it can be compared, without what
/// makes the compiler depend on the snapshot's files.
fn lines(tokens: &str) -> String {
    let mut text = tokens.replace(" ; ", ";\n").replace(" { ", " {\n").replace(" } ", " }\n");
    text = text.replace(" , :: dvkit", " ,\n:: dvkit").replace(" , < ", " ,\n< ").replace(" # [", "\n# [");
    let lines = text.lines().filter(|line| !line.contains("include_bytes") && !line.contains("option_env"));
    lines.map(|line| format!("{}\n", line.trim())).collect()
}

#[test]
fn the_code_of_a_struct_with_every_kind_of_field_is_the_golden() {
    let (tokens, errors) = expanded(
        r#"#[dvkit(table = "new_project")]
        struct Work {
            new_name: Option<String>,
            #[dvkit(column = "new_budget")] budget: Option<Decimal>,
            new_regions: Options,
            entityimage: Option<Vec<u8>>,
            new_contract: Option<Uuid>,
            #[dvkit(custom)] new_duedate: Date,
            #[dvkit(formatted = "statecode")] state: Option<String>,
            #[dvkit(expand = "new_Account")] account: Option<Account>,
            #[dvkit(expand = "ownerid")] owner: Option<Owner>,
            #[dvkit(expand = "new_project_new_project_ParentProject", filter = "new_name ne 'a'", order_by = "new_name desc", top = 3)]
            below: Vec<Part>,
            #[dvkit(expand = "new_ParentProject")] above: Option<Parent>,
            #[dvkit(extra)] extra: Extra,
        }"#,
    );
    let messages: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    expect![""].assert_eq(&messages.join("\n"));
    expect![[r#"
        const _ : () = {
        :: core :: assert ! (< Work as :: dvkit :: Entity > :: EXPANSIONS [0usize] . is_of_table (& ["account"]) , "`new_Account` leads to rows of `account`, and this struct is about another table");
        :: core :: assert ! (< Work as :: dvkit :: Entity > :: EXPANSIONS [1usize] . is_of_table (& ["principal" , "systemuser" , "team"]) , "`ownerid` leads to rows of `principal` or `systemuser` or `team`, and this struct is about another table");
        :: core :: assert ! (< Work as :: dvkit :: Entity > :: EXPANSIONS [2usize] . is_of_table (& ["new_project"]) , "`new_project_new_project_ParentProject` leads to rows of `new_project`, and this struct is about another table");
        :: core :: assert ! (< Work as :: dvkit :: Entity > :: EXPANSIONS [3usize] . is_of_table (& ["new_project"]) , "`new_ParentProject` leads to rows of `new_project`, and this struct is about another table");
        :: core :: assert ! (< Work as :: dvkit :: Entity > :: DEPTH < 100);
        };
        # [automatically_derived] impl :: core :: default :: Default for Work {
        fn default () -> Self {
        Self {
        new_name : :: core :: default :: Default :: default () , budget : :: core :: default :: Default :: default () , new_regions : :: core :: default :: Default :: default () , entityimage : :: core :: default :: Default :: default () , new_contract : :: core :: default :: Default :: default () , new_duedate : :: core :: default :: Default :: default () , state : :: core :: default :: Default :: default () , account : :: core :: default :: Default :: default () , owner : :: core :: default :: Default :: default () , below : :: core :: default :: Default :: default () , above : :: core :: default :: Default :: default () , extra : :: core :: default :: Default :: default () , }
        } }
        # [automatically_derived] impl :: dvkit :: Record for Work {
        const TABLE : & 'static :: core :: primitive :: str = "new_project";
        const COLUMNS : & 'static [& 'static :: core :: primitive :: str] = & ["entityimage" , "new_Account" , "new_ParentProject" , "new_budget" , "new_contract" , "new_duedate" , "new_name" , "new_project_new_project_ParentProject" , "new_regions" , "ownerid" , "statecode@OData.Community.Display.V1.FormattedValue"];
        fn fields_mut (& mut self) -> :: std :: vec :: Vec < :: dvkit :: row :: FieldMut < '_ >> {
        :: std :: vec ! [< Option < Vec < u8 > > as :: dvkit :: row :: Field < :: dvkit :: kind :: Image >> :: field_mut (& mut self . entityimage) ,
        :: dvkit :: row :: FieldMut :: Rows (& mut self . account) ,
        :: dvkit :: row :: FieldMut :: Rows (& mut self . above) ,
        < Option < Decimal > as :: dvkit :: row :: Field < :: dvkit :: kind :: Money >> :: field_mut (& mut self . budget) ,
        < Option < Uuid > as :: dvkit :: row :: Field < :: dvkit :: kind :: File >> :: field_mut (& mut self . new_contract) ,
        :: dvkit :: row :: FieldMut :: Custom (& mut self . new_duedate) ,
        < Option < String > as :: dvkit :: row :: Field < :: dvkit :: kind :: Text >> :: field_mut (& mut self . new_name) ,
        :: dvkit :: row :: FieldMut :: Rows (& mut self . below) ,
        < Options as :: dvkit :: row :: Field < :: dvkit :: query_values :: AnyOptions >> :: field_mut (& mut self . new_regions) ,
        :: dvkit :: row :: FieldMut :: Rows (& mut self . owner) ,
        < Option < String > as :: dvkit :: row :: Field < :: dvkit :: kind :: Text >> :: field_mut (& mut self . state) ,
        :: dvkit :: row :: FieldMut :: Extras (& mut self . extra) ,] }
        fn fields (& self) -> :: std :: vec :: Vec < :: dvkit :: row :: FieldRef < '_ >> {
        :: std :: vec :: Vec :: new () }
        }
        # [automatically_derived] impl :: dvkit :: Entity for Work {
        const ENTITY_SET : & 'static :: core :: primitive :: str = "new_projects";
        const SELECT : & 'static :: core :: primitive :: str = "new_name,new_budget,new_regions,entityimage,new_contract,new_duedate,statecode";
        const EXPANSIONS : & 'static [:: dvkit :: entity :: Expansion] = & [:: dvkit :: entity :: Expansion :: of :: < Option < Account > ,
        :: dvkit :: entity :: ToOne > ("new_Account" , "") ,
        :: dvkit :: entity :: Expansion :: of :: < Option < Owner > ,
        :: dvkit :: entity :: ToOne > ("ownerid" , "") ,
        :: dvkit :: entity :: Expansion :: of :: < Vec < Part > ,
        :: dvkit :: entity :: ToMany > ("new_project_new_project_ParentProject" , "$filter=new_name ne 'a';$orderby=new_name desc;$top=3;") ,
        :: dvkit :: entity :: Expansion :: of :: < Option < Parent > ,
        :: dvkit :: entity :: ToOne > ("new_ParentProject" , "")];
        }
        # [automatically_derived] impl < 'de > :: dvkit :: serde :: Deserialize < 'de > for Work {
        fn deserialize < D : :: dvkit :: serde :: Deserializer < 'de >> (deserializer : D ,) -> :: core :: result :: Result < Self , D :: Error > {
        :: dvkit :: row :: deserialize (deserializer) }
        }
    "#]].assert_eq(&lines(&tokens.unwrap()));
}

#[test]
fn each_mistake_of_a_struct_is_at_its_field_or_attribute() {
    let (_, errors) = expanded(
        r#"#[dvkit(table = "contact")]
        struct Card {
            fullnme: Option<String>,
            lastname: Option<String>,
            #[dvkit(formatted = "statcode")] state: Option<String>,
            #[dvkit(expand = "contact_customer_contact")] people: Vec<Person>,
            #[dvkit(expand = "contact_customer_contacts", filter = "statecode eq 'Activ'", order_by = "fullnam", top = 3)]
            active: Vec<Person>,
            #[dvkit(rename = "fullname")] a: Option<String>,
            #[dvkit(column = "fullname", column = "firstname")] d: Option<String>,
            #[dvkit(top = 3)] fullname: Option<String>,
        }"#,
    );
    let place = |error: &syn::Error| {
        let message = error.to_string();
        let first = message.lines().next().unwrap_or_default().to_owned();
        format!("{}: {first}\n", error.span().source_text().unwrap_or_default())
    };
    expect![[r#"
        rename: the name in the organisation is given by `column = "…"`
        column: this is given twice
        3: `filter`, `order_by` and `top` belong to an `expand`
        fullnme: DV0203: `contact` has no column `fullnme`
        "statcode": DV0203: `contact` has no column `statcode`
        "contact_customer_contact": DV0203: `contact` has no navigation property `contact_customer_contact`
        "statecode eq 'Activ'": DV0307: `statecode` has no option `Activ`
        "fullnam": DV0203: `contact` has no column `fullnam`
    "#]]
    .assert_eq(&errors.0.iter().map(place).collect::<String>());
}
