//! Whose rows a query is about: the types of a build script, those of two, and types that no build script generated.

use std::collections::BTreeMap;

use expect_test::expect;
use tempfile::TempDir;

use super::expansions::{FIXTURES, all, expand, plain, shown};
use crate::registry::{MacroEnv, Registration};

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Registers the schema `name` of the snapshot `folder` in `dir`.
fn register(dir: &TempDir, name: &str, folder: &str, types: &[(&str, &str)]) {
    let enums = map(&[
        ("contact.statecode", "contact::ContactState"),
        ("contact.donotemail", "contact::Email"),
        ("new_project.new_regions", "Region"),
        ("new_project.new_type", "::"),
    ]);
    let registration = Registration::new(name, format!("{FIXTURES}/{folder}"), "/code.rs", 1033, map(types));
    registration.with_enums(enums).write(dir.path()).unwrap();
}

/// Returns the environment of a crate whose build script registers `crm`.
fn with_types(dir: &TempDir) -> MacroEnv {
    register(
        dir,
        "crm",
        "schema",
        &[("Contact", "contact"), ("Account", "account"), ("Work", "new_project")],
    );
    MacroEnv { out_dir: Some(dir.path().to_owned()), ..plain() }
}

/// Returns the environment of a crate whose build script registers `crm` and `fab`.
fn with_two(dir: &TempDir) -> MacroEnv {
    register(dir, "fab", "fabrikam", &[("Contact", "contact"), ("Visit", "fab_visit")]);
    with_types(dir)
}

#[test]
fn the_types_of_a_build_script_are_those_of_their_tables() {
    let dir = tempfile::tempdir().unwrap();
    all(
        &with_types(&dir),
        &[
            "filter!(crm::Contact, \"statecode eq {x} and donotemail eq {y}\")",
            "filter!(a::crm::b::Contact, \"statecode eq {x}\")",
            "filter!(Contact, \"statecode eq {x}\")",
            "filter!(crm::Contact, \"familystatuscode eq {x}\")",
            "filter!(crm::Contact, \"fullname eq {x}\")",
            "filter!(crm::Work, \"new_regions eq {x}\")",
            "filter!(crm::Work, \"new_type eq {x}\")",
            "filter!(crm::Work, \"Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues={x})\")",
            "odata!(crm::Contact, \"contacts?$select=fullname&$expand=parentcustomerid_account($filter={f})&$top=1\")",
            "odata!(crm::Contact, \"contacts?$select=fullname&$filter={f}&$expand=owninguser($filter={f})&$top=1\")",
            "odata!(crm::Contact, \"accounts?$select=name&$top=1\")",
        ],
        expect![[r##"
            # filter!(crm::Contact, "statecode eq {x} and donotemail eq {y}")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("statecode eq "); { enum x { } value_in::< x,q::OptionOf < crm::contact::ContactState >, _ > (& (x),q::ValueFormat::Value); } text (" and "); row (); text ("donotemail eq "); { enum y { } value_in::< y,q::FlagOf < crm::contact::Email >, _ > (& (y),q::ValueFormat::Value); } filter::< crm::Contact > ()
            # filter!(a::crm::b::Contact, "statecode eq {x}")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("statecode eq "); value::<q::OptionOf < a::crm::contact::ContactState >, _ > (& (x),q::ValueFormat::Value); filter::< a::crm::b::Contact > ()
            # filter!(Contact, "statecode eq {x}")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("statecode eq "); value::<q::AnyOption, _ > (& (x),q::ValueFormat::Value); filter::< Contact > ()
            # filter!(crm::Contact, "familystatuscode eq {x}")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("familystatuscode eq "); value::<q::AnyOption, _ > (& (x),q::ValueFormat::Value); filter::< crm::Contact > ()
            # filter!(crm::Contact, "fullname eq {x}")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq "); value::<k::Text, _ > (& (x),q::ValueFormat::Value); filter::< crm::Contact > ()
            # filter!(crm::Work, "new_regions eq {x}")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("new_regions eq "); value::<q::OptionsOf < crm::Region >, _ > (& (x),q::ValueFormat::Value); filter::< crm::Work > ()
            # filter!(crm::Work, "new_type eq {x}")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("new_type eq "); value::<q::AnyOption, _ > (& (x),q::ValueFormat::Value); filter::< crm::Work > ()
            # filter!(crm::Work, "Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues={x})")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues="); list::<q::OptionOf < crm::Region >, _ > (& (x)); text (")"); filter::< crm::Work > ()
            # odata!(crm::Contact, "contacts?$select=fullname&$expand=parentcustomerid_account($filter={f})&$top=1")
            warning DV0514: without `$select` in it `parentcustomerid_account` brings all 53 columns of `account`
              |
            1 | contacts?$select=fullname&$expand=parentcustomerid_account($filter={f})&$top=1
              |                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            help: write `parentcustomerid_account($select=name,…)`
            warning DV0422: `parentcustomerid_account` leads to one row: a `$filter` on it is documented for collections only
              |
            1 | contacts?$select=fullname&$expand=parentcustomerid_account($filter={f})&$top=1
              |                                                            ^^^^^^^^^^^
            help: rows are chosen in the outer `$filter`: `parentcustomerid_account/… eq …`
            q::QueryTextBuilder::request (0u32); text ("contacts"); text ("?$select="); text ("fullname"); text ("&$expand="); text ("parentcustomerid_account($filter="); condition::< crm::Account > (& (f)); text (")"); text ("&$top="); text ("1"); odata::< crm::Contact,::dvkit::ManyRows > ()
            # odata!(crm::Contact, "contacts?$select=fullname&$filter={f}&$expand=owninguser($filter={f})&$top=1")
            a condition on rows of `systemuser` needs a type generated for that table
            # odata!(crm::Contact, "accounts?$select=name&$top=1")
            this query returns rows of `account`, and the named type is a row of `contact`
        "##]],
    );
}

#[test]
fn the_table_of_a_type_is_found_by_its_name_or_said() {
    let dir = tempfile::tempdir().unwrap();
    all(
        &with_types(&dir),
        &[
            "filter!(Row as \"contact\", \"fullname eq 'a'\")",
            "filter!(Row as \"contacts\" in \"crm\", \"fullname eq 'a'\")",
            "filter!(Row as \"contcat\", \"fullname eq 'a'\")",
            "filter!(Contact as \"account\", \"name eq 'a'\")",
            "filter!(Contact in \"erp\", \"fullname eq 'a'\")",
            "filter!(Contact in \"crn\", \"fullname eq 'a'\")",
            "filter!(NewProject, \"new_name eq 'a'\")",
            "filter!(BusinessUnit, \"name eq 'a'\")",
            "filter!(Newexternalorder, \"new_subject eq 'a'\")",
            "filter!(NewProjectSystemuser, \"versionnumber eq 1\")",
            "filter!(Contat, \"fullname eq 'a'\")",
            "filter!(Appointmnt, \"subject eq 'a'\")",
            "filter!(Zzzzzzzzzz, \"subject eq 'a'\")",
        ],
        expect![[r##"
            # filter!(Row as "contact", "fullname eq 'a'")
            proof q::is_row_of::< Row > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq 'a'"); filter::< Row > ()
            # filter!(Row as "contacts" in "crm", "fullname eq 'a'")
            proof q::is_row_of::< Row > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq 'a'"); filter::< Row > ()
            # filter!(Row as "contcat", "fullname eq 'a'")
            DV0201: there is no table and no entity set `contcat` in this snapshot
              |
            1 | contcat
              | ^^^^^^^
            help: did you mean: `contact`
            # filter!(Contact as "account", "name eq 'a'")
            proof q::is_row_of::< Contact > ("account"); q::QueryTextBuilder::filter_with (0u32); row (); text ("name eq 'a'"); filter::< Contact > ()
            # filter!(Contact in "erp", "fullname eq 'a'")
            build.rs registers no schema `erp`, only `crm`
            # filter!(Contact in "crn", "fullname eq 'a'")
            build.rs registers no schema `crn`; did you mean `crm`?
            # filter!(NewProject, "new_name eq 'a'")
            proof q::is_row_of::< NewProject > ("new_project"); q::QueryTextBuilder::filter_with (0u32); row (); text ("new_name eq 'a'"); filter::< NewProject > ()
            # filter!(BusinessUnit, "name eq 'a'")
            proof q::is_row_of::< BusinessUnit > ("businessunit"); q::QueryTextBuilder::filter_with (0u32); row (); text ("name eq 'a'"); filter::< BusinessUnit > ()
            # filter!(Newexternalorder, "new_subject eq 'a'")
            proof q::is_row_of::< Newexternalorder > ("new_externalorder"); q::QueryTextBuilder::filter_with (0u32); row (); text ("new_subject eq 'a'"); filter::< Newexternalorder > ()
            # filter!(NewProjectSystemuser, "versionnumber eq 1")
            proof q::is_row_of::< NewProjectSystemuser > ("new_project_systemuser"); q::QueryTextBuilder::filter_with (0u32); row (); text ("versionnumber eq 1"); filter::< NewProjectSystemuser > ()
            # filter!(Contat, "fullname eq 'a'")
            `Contat` was not generated from a table, and the snapshot has no table of this name; did you mean `Contact`?
            # filter!(Appointmnt, "subject eq 'a'")
            `Appointmnt` was not generated from a table, and the snapshot has no table of this name
            say which table its rows are of: `Appointmnt as "appointment"`
            # filter!(Zzzzzzzzzz, "subject eq 'a'")
            `Zzzzzzzzzz` was not generated from a table, and the snapshot has no table of this name
            say which table its rows are of: `Zzzzzzzzzz as "contact"`
        "##]],
    );
}

#[test]
fn a_type_of_several_schemas_names_its_schema() {
    let dir = tempfile::tempdir().unwrap();
    all(
        &with_two(&dir),
        &[
            "filter!(Account, \"name eq 'a'\")",
            "filter!(Visit, \"createdon ne null\")",
            "filter!(Contact, \"fullname eq 'a'\")",
            "filter!(crm::Contact, \"fullname eq 'a'\")",
            "filter!(fab::Contact, \"fullname eq 'a'\")",
            "filter!(crm::fab::Contact, \"fullname eq 'a'\")",
            "filter!(Contact in \"fab\", \"fullname eq 'a'\")",
            "filter!(Contact in \"erp\", \"fullname eq 'a'\")",
            "filter!(Row as \"contact\", \"fullname eq 'a'\")",
            "filter!(Row as \"contact\" in \"fab\", \"fullname eq 'a'\")",
            "filter!(Task, \"subject eq 'a'\")",
            "odata!(\"contacts?$select=fullname&$top=1\")",
        ],
        expect![[r##"
            # filter!(Account, "name eq 'a'")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("name eq 'a'"); filter::< Account > ()
            # filter!(Visit, "createdon ne null")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("createdon ne null"); filter::< Visit > ()
            # filter!(Contact, "fullname eq 'a'")
            there are several schemas, `crm` and `fab`: say which one is meant: `Contact in "crm"`
            # filter!(crm::Contact, "fullname eq 'a'")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq 'a'"); filter::< crm::Contact > ()
            # filter!(fab::Contact, "fullname eq 'a'")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq 'a'"); filter::< fab::Contact > ()
            # filter!(crm::fab::Contact, "fullname eq 'a'")
            there are several schemas, `crm` and `fab`: say which one is meant: `Contact in "crm"`
            # filter!(Contact in "fab", "fullname eq 'a'")
            q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq 'a'"); filter::< Contact > ()
            # filter!(Contact in "erp", "fullname eq 'a'")
            build.rs registers no schema `erp`, only `crm`, `fab`
            # filter!(Row as "contact", "fullname eq 'a'")
            there are several schemas, `crm` and `fab`: say which one is meant: `Row in "crm"`
            # filter!(Row as "contact" in "fab", "fullname eq 'a'")
            proof q::is_row_of::< Row > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq 'a'"); filter::< Row > ()
            # filter!(Task, "subject eq 'a'")
            there are several schemas, `crm` and `fab`: say which one is meant: `Task in "crm"`
            # odata!("contacts?$select=fullname&$top=1")
            build.rs registers several schemas: say which one, `crm`, `fab`
        "##]],
    );
}

#[test]
fn a_type_that_was_not_generated_is_proved_to_stand_for_the_table() {
    let tokens = expand("filter!(my::Row as \"contact\", \"fullname eq 'a'\")", &plain()).to_string();
    let message = "\"`Row` does not stand for rows of `contact`, which this query is about\"";
    assert!(tokens.contains(&format!("is_row_of :: < my :: Row > (\"contact\") , {message}")), "{tokens}");
}

#[test]
fn a_crate_without_a_snapshot_is_told_how_to_get_one() {
    let dir = tempfile::tempdir().unwrap();
    let env = MacroEnv { manifest_dir: Some(dir.path().to_owned()), ..MacroEnv::default() };
    for call in ["odata!(\"contacts\")", "filter!(Contact, \"a eq 1\")", "fetchxml!(\"<fetch/>\")"] {
        let message = shown(call, &env);
        assert!(message.starts_with("no snapshot of an organisation was found"), "{call}: {message}");
    }
}
