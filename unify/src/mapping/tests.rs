use dvkit::by_name::Organisation;
use dvkit_schema::Store;
use expect_test::{Expect, expect};

use super::*;

fn contoso() -> Organisation {
    Organisation::new(
        Store::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema")).expect("snapshot"),
    )
}

fn report(text: &str) -> CompileReport {
    let mapping = Mapping::parse(text).expect("a mapping");
    let organisation = contoso();
    mapping.compile(CompileTarget { organisation: &organisation, name: Some("contoso"), environment: None })
}

fn check(text: &str, expected: Expect) {
    let findings = match Mapping::parse(text) {
        Ok(_) => report(text).findings,
        Err(findings) => findings,
    };
    let shown: String =
        findings.iter().map(|f| f.display(text).origin("crm.toml").to_string() + "\n").collect();
    expected.assert_eq(&shown);
}

#[test]
fn the_standard_mapping_compiles_and_names_what_is_missing() {
    let report = report("");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let names: Vec<&str> = report.mapping.resources.iter().map(|r| r.name.as_str()).collect();
    let all = [
        "accounts",
        "contacts",
        "leads",
        "opportunities",
        "pipelines",
        "tasks",
        "notes",
        "engagements",
        "users",
    ];
    assert_eq!(names, all);
    let missing = |resource: &str, field: Option<&str>| {
        let mut parts = report.mapping.missing.iter();
        parts.find(|m| m.resource == resource && m.field.as_deref() == field).map(|m| m.reason.as_str())
    };
    let reason = "`contoso` has no column `opportunity.salesstage`";
    assert_eq!(missing("stages", None), Some(reason));
    assert_eq!(missing("opportunities", Some("stage")), Some(reason));
    assert_eq!(missing("contacts", Some("first_name")), None);
}

#[test]
fn the_records_of_a_choice_have_only_fields_of_the_model() {
    check(
        "[stages]\nchoice = \"opportunity.statuscode\"\nnamee = { value = \"x\" }\nposition = \"name\"\n",
        expect![[r#"
            error[DV0808]: `stages` has no field `namee`
             --> crm.toml:3:1
              |
            3 | namee = { value = "x" }
              | ^^^^^
            help: fields that only this organisation has belong into `[stages.custom]`
            help: did you mean `name`?
            error[DV0801]: the records are the options of a choice, so their fields are constants
             --> crm.toml:4:12
              |
            4 | position = "name"
              |            ^^^^^^
            help: write `{ value = "…" }`
        "#]],
    );
}

#[test]
fn a_compiled_mapping_can_be_kept() {
    let mapping = report("").mapping;
    let text = serde_json::to_string(&mapping).expect("JSON");
    let read: CompiledMapping = serde_json::from_str(&text).expect("a compiled mapping");
    assert_eq!(read, mapping);
}

#[test]
fn mistakes_are_reported_with_their_place_and_what_to_write() {
    check(
        r#"
[contacts]
table = "contact"
first_name = "frstname"
acount = "parentcustomerid"
birthday = "createdon"
account = { lookup = "parentcustomerid", target = "lead" }
status = { column = "statecode", options = { activ = 0, inactive = [1, 7] } }
title = { colum = "jobtitle" }
description = "{ not a column"
name = { template = "{firstname} {lastnam}" }
email_addresses = [{ email = "emailadress1", type = "primary" }]
filter = "statecod eq 0"
[accounts]
table = "acount"
[companies]
name = "name"
"#,
        expect![[r#"
            error[DV0803]: `contoso` has no column `contact.frstname`
             --> crm.toml:4:15
              |
            4 | first_name = "frstname"
              |               ^^^^^^^^
            help: override it for this organisation (`firstname`, "First Name"), or mark it `optional`
            error[DV0808]: `contacts` has no field `acount`
             --> crm.toml:5:1
              |
            5 | acount = "parentcustomerid"
              | ^^^^^^
            help: fields that only this organisation has belong into `[contacts.custom]`
            help: did you mean `account`?
            error[DV0804]: the field is a date, and `createdon` is a time
             --> crm.toml:6:13
              |
            6 | birthday = "createdon"
              |             ^^^^^^^^^
            help: the column has times in UTC, whose date depends on the time zone; map it as a custom field, or use a column whose behavior is date only
            error[DV0806]: `parentcustomerid` does not point to `lead`
             --> crm.toml:7:52
              |
            7 | account = { lookup = "parentcustomerid", target = "lead" }
              |                                                    ^^^^
            help: it points to account, contact
            error[DV0805]: `activ` is none of active, inactive
             --> crm.toml:8:46
              |
            8 | status = { column = "statecode", options = { activ = 0, inactive = [1, 7] } }
              |                                              ^^^^^
            help: did you mean `active`?
            error[DV0805]: `statecode` has no option 7
             --> crm.toml:8:72
              |
            8 | status = { column = "statecode", options = { activ = 0, inactive = [1, 7] } }
              |                                                                        ^
            help: the options are 0 Active, 1 Inactive
            error[DV0801]: a field has no entry `colum`
             --> crm.toml:9:11
              |
            9 | title = { colum = "jobtitle" }
              |           ^^^^^
            help: did you mean `column`?
            error[DV0803]: `contoso` has no column `contact.{ not a column`
              --> crm.toml:10:16
               |
            10 | description = "{ not a column"
               |                ^^^^^^^^^^^^^^
            help: override it for this organisation, mark it `optional`, or take it out with `false`
            error[DV0803]: `contoso` has no column `contact.lastnam`
              --> crm.toml:11:35
               |
            11 | name = { template = "{firstname} {lastnam}" }
               |                                   ^^^^^^^
            help: override it for this organisation (`lastname`, "Last Name"), or mark it `optional`
            error[DV0803]: `contoso` has no column `contact.emailadress1`
              --> crm.toml:12:31
               |
            12 | email_addresses = [{ email = "emailadress1", type = "primary" }]
               |                               ^^^^^^^^^^^^
            help: override it for this organisation (`emailaddress1`, "Email"), or mark it `optional`
            error[DV0203]: `contact` has no column `statecod`
              --> crm.toml:13:11
               |
            13 | filter = "statecod eq 0"
               |           ^^^^^^^^
            error[DV0802]: `contoso` has no table `acount`
              --> crm.toml:15:10
               |
            15 | table = "acount"
               |          ^^^^^^
            help: did you mean `account`?
            error[DV0802]: `companies` does not say where its records come from
              --> crm.toml:16:2
               |
            16 | [companies]
               |  ^^^^^^^^^
            help: add `table = "…"`, or `tables`, `choice` or `records`
        "#]],
    );
}

#[test]
fn columns_are_proposed_by_names_labels_and_types() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/fabrikam");
    let organisation = Organisation::new(Store::open(folder).expect("snapshot"));
    let target = CompileTarget { organisation: &organisation, name: Some("fabrikam"), environment: None };
    let report = Mapping::standard().compile(target);
    let text = override_text("fabrikam", &propose(&report.mapping, &organisation));
    expect![[r#"
        [orgs.fabrikam.accounts]
        account_number = "fab_externalid" # "Externe Nummer" in place of `accountnumber`, or fab_uid, importsequencenumber
        account_type = "fab_type" # "Art des Geschäftspartners" in place of `customertypecode`
        industry = "fab_industry" # "Branche" in place of `industrycode`
        website = "fab_web" # "Internetadresse" in place of `websiteurl`
        # addresses: `fab_country` "Land" in place of `address1_country`
        # addresses: `fab_country` "Land" in place of `address2_country`

        [orgs.fabrikam.contacts]
        prefix = "fab_salutation" # "Anrede" in place of `salutation`
        # phone_numbers: `fab_mobile` "Handy" in place of `mobilephone`
        # phone_numbers: `fab_mobile` "Handy" in place of `telephone2`
        # urls: `fab_web` "Internetadresse" in place of `websiteurl`

        [orgs.fabrikam.leads]
        # urls: `fab_web` "Internetadresse" in place of `websiteurl`

        [orgs.fabrikam.opportunities]
        stage = "fab_phaseid" # "Verkaufsphase" in place of `salesstage`, or salesstagecode
        rating = "fab_rating" # "Bewertung" in place of `opportunityratingcode`

        [orgs.fabrikam.users]
        title = "jobtitle" # "Position" in place of `title`
    "#]].assert_eq(&text);
}

#[test]
fn own_resources_are_those_that_no_standard_resource_is_named_like_wherever_they_are_declared() {
    let text = r#"
        standard = true
        [contacts]
        table = "contact"
        [invoices]
        table = "invoice"
        [environments.test.orders]
        table = "salesorder"
        [orgs.fabrikam]
        environment = "test"
        [orgs.fabrikam.machines]
        table = "fab_machine"
        [orgs.fabrikam.invoices]
        number = "fab_number"
    "#;
    let mapping = Mapping::parse(text).expect("a mapping");
    assert_eq!(mapping.own_resources().into_iter().collect::<Vec<_>>(), ["invoices", "machines", "orders"]);
    assert!(Mapping::standard().own_resources().is_empty());
}

#[test]
fn a_resource_with_another_name_than_that_of_the_model_is_told_which_is_meant() {
    check(
        "[orgs.contoso.contact]\nfirst_name = \"lastname\"\n[machine]\nname = \"name\"\n",
        expect![[r#"
            error[DV0802]: `contact` does not say where its records come from
             --> crm.toml:1:15
              |
            1 | [orgs.contoso.contact]
              |               ^^^^^^^
            help: add `table = "…"`, or `tables`, `choice` or `records`
            help: did you mean `contacts`?
            error[DV0802]: `machine` does not say where its records come from
             --> crm.toml:3:2
              |
            3 | [machine]
              |  ^^^^^^^
            help: add `table = "…"`, or `tables`, `choice` or `records`
        "#]],
    );
}

#[test]
fn overrides_of_an_organisation_that_nobody_has_are_told() {
    let text = "[orgs.contoso.contacts]\n[orgs.fabrikan.contacts]\n[orgs.x]\n";
    let mapping = Mapping::parse(text).expect("a mapping");
    let told = |known: &[&str]| -> String {
        let findings = mapping.unknown_organisations(known);
        findings.iter().map(|finding| finding.display(text).origin("crm.toml").to_string() + "\n").collect()
    };
    expect![[r#"
        warning[DV0801]: no organisation is called `fabrikan`, so that its overrides never apply
         --> crm.toml:2:7
          |
        2 | [orgs.fabrikan.contacts]
          |       ^^^^^^^^
        help: did you mean `fabrikam`?
        warning[DV0801]: no organisation is called `x`, so that its overrides never apply
         --> crm.toml:3:7
          |
        3 | [orgs.x]
          |       ^
        help: the organisations are contoso, fabrikam
    "#]]
    .assert_eq(&told(&["contoso", "fabrikam"]));
    assert_eq!(told(&["contoso", "fabrikan", "x", "y"]), "");
}

#[test]
fn an_environment_that_an_organisation_names_has_to_be_there() {
    check(
        "[orgs.contoso]\nenvironment = \"prodd\"\n[environments.prod.contacts]\nfirst_name = \"firstname\"\n",
        expect![[r#"
            error[DV0801]: the mapping has no environment `prodd`
             --> crm.toml:2:16
              |
            2 | environment = "prodd"
              |                ^^^^^
            help: did you mean `prod`?
        "#]],
    );
}

#[test]
fn an_environment_that_the_caller_names_has_to_be_there() {
    let mapping = Mapping::parse("[environments.prod.contacts]\nfirst_name = \"firstname\"\n").unwrap();
    let organisation = contoso();
    let target = CompileTarget { organisation: &organisation, name: None, environment: Some("prodd") };
    let findings = mapping.compile(target).findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].message, "the mapping has no environment `prodd`");
    assert_eq!(findings[0].span.range(), 0..0, "the name is not in the mapping");
    assert_eq!(findings[0].suggestions, []);
}

#[test]
fn an_override_changes_one_part_of_a_path_or_replaces_a_source() {
    let path = r#"{ lookup = "parentcustomerid", target = "account", column = "name" }"#;
    for (before, over, after) in [
        (
            path,
            r#"{ column = "accountnumber" }"#,
            r#"{ lookup = "parentcustomerid", target = "account", column = "accountnumber" }"#,
        ),
        (
            path,
            r#"{ target = "contact" }"#,
            r#"{ lookup = "parentcustomerid", target = "contact", column = "name" }"#,
        ),
        (
            path,
            r#"{ target = "contact", column = "fullname" }"#,
            r#"{ lookup = "parentcustomerid", target = "contact", column = "fullname" }"#,
        ),
        (path, r#"{ template = "{firstname}" }"#, r#"{ template = "{firstname}" }"#),
        (path, r#""jobtitle""#, r#""jobtitle""#),
        (r#"{ template = "{firstname}" }"#, r#"{ column = "jobtitle" }"#, r#"{ column = "jobtitle" }"#),
        (
            r#"{ column = "jobtitle", read_only = true }"#,
            r#"{ column = "department" }"#,
            r#"{ column = "department", read_only = true }"#,
        ),
        (
            r#"{ column = "jobtitle", part = 1, split = " " }"#,
            r#"{ column = "firstname" }"#,
            r#"{ column = "firstname" }"#,
        ),
    ] {
        let overlaid =
            report(&format!("contacts.title = {before}\n[orgs.contoso]\ncontacts.title = {over}\n"));
        let written = report(&format!("contacts.title = {after}\n"));
        let of = |report: &CompileReport| {
            let messages: Vec<String> =
                report.findings.iter().map(|finding| finding.message.clone()).collect();
            let title = report.mapping.resource("contacts").map(|contacts| match &contacts.records {
                RecordSource::Tables(tables) => {
                    tables[0].field("title").map(|title| (title.source.clone(), title.read_only.clone()))
                }
                RecordSource::Fixed(_) => panic!("contacts are rows"),
            });
            (messages, title)
        };
        assert_eq!(of(&overlaid), of(&written), "{before} with {over}");
    }
}

#[test]
fn a_member_that_an_organisation_does_not_have_is_left_out() {
    let text = "[orgs.contoso.contacts]\nstatus = { column = \"statecode\", options = { active = [0, 1], inactive = false } }\n";
    let report = report(text);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let RecordSource::Tables(tables) = &report.mapping.resource("contacts").expect("contacts").records else {
        panic!("contacts are rows");
    };
    let status = tables[0].field("status").expect("a status");
    let FieldSource::Enum { members, .. } = &status.source else { panic!("{status:?}") };
    let members: Vec<_> =
        members.iter().map(|member| (member.name.as_str(), member.options.as_slice())).collect();
    assert_eq!(members, [("active", [0, 1].as_slice())]);
}

#[test]
fn a_resource_that_is_taken_out_is_neither_there_nor_missing() {
    let report = report("contacts = false\n[orgs.contoso]\nleads = false\n[orgs.other]\ntasks = false\n");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let has = |name: &str| report.mapping.resource(name).is_some();
    assert_eq!((has("contacts"), has("leads"), has("tasks"), has("accounts")), (false, false, true, true));
    assert!(
        !report
            .mapping
            .missing
            .iter()
            .any(|missing| ["contacts", "leads"].contains(&missing.resource.as_str()))
    );
}

#[test]
fn a_text_of_a_lookup_is_the_name_of_its_row_and_only_read() {
    let report = report("[contacts]\ntitle = \"parentcustomerid\"\n");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let RecordSource::Tables(tables) = &report.mapping.resource("contacts").expect("contacts").records else {
        panic!("contacts are rows");
    };
    let title = tables[0].field("title").expect("a title");
    let reason = "`parentcustomerid` is a lookup, of which the field has the name";
    assert_eq!(title.read_only.as_deref(), Some(reason));
    let FieldSource::Cell(cell) = &title.source else { panic!("{title:?}") };
    assert_eq!((cell.column.as_str(), cell.kind), ("parentcustomerid", CellKind::Lookup));
}
