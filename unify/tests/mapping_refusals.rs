//! Each thing that a mapping can say wrongly is refused with a message that says it, at the place where it is written; and
//! each thing that it can say is compiled to what it means.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::LazyLock;

use common::organisation;
use dvkit::by_name::Organisation;
use dvkit_diagnostic::Severity;
use dvkit_unify::mapping::{
    CellKind, CompileReport, FieldSource, MAX_MAPPING, Part, RecordSource, TemplatePart,
};
use dvkit_unify::model::FieldType;
use dvkit_unify::{CompileTarget, Mapping};
use serde_json::json;

fn compile_for(text: &str, name: Option<&str>, environment: Option<&str>) -> CompileReport {
    static CONTOSO: LazyLock<Organisation> = LazyLock::new(|| organisation("contoso"));
    let mapping = Mapping::parse(text).unwrap_or_else(|findings| panic!("{text}: {findings:?}"));
    mapping.compile(CompileTarget { organisation: &CONTOSO, name, environment })
}

fn compiled(text: &str) -> CompileReport {
    compile_for(text, Some("contoso"), None)
}

/// Returns the field of a report that has no findings.
fn source(report: &CompileReport, resource: &str, field: &str) -> FieldSource {
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let RecordSource::Tables(tables) = &report.mapping.resource(resource).unwrap().records else {
        panic!("{resource} has tables")
    };
    tables[0].field(field).unwrap_or_else(|| panic!("{resource}.{field} is mapped")).source.clone()
}

#[test]
fn what_is_wrong_at_the_top_is_refused_when_the_text_is_parsed() {
    for (text, message, marked) in [
        ("[contacts", "not TOML", ""),
        ("standard = 1", "`standard` has to be `true` or `false`", "1"),
        ("orgs = 1", "`orgs` has to be a table with a table for each name", "1"),
        ("[orgs]\ncontoso = 1", "`orgs` has to be a table with a table for each name", "[orgs]"),
        ("environments = []", "`environments` has to be a table with a table for each name", "[]"),
    ] {
        let findings = Mapping::parse(text).unwrap_err();
        assert_eq!(findings.len(), 1, "{text}");
        assert!(findings[0].message.starts_with(message), "{text}: {}", findings[0].message);
        if !marked.is_empty() {
            assert_eq!(&text[findings[0].span.range()], marked, "{text}");
        }
    }
}

#[test]
fn the_size_of_a_mapping_is_limited() {
    let fits = format!("#{}", "x".repeat(MAX_MAPPING - 1));
    assert!(Mapping::parse(&fits).is_ok());
    let findings = Mapping::parse(&format!("{fits}x")).unwrap_err();
    assert_eq!(findings[0].message, "the mapping is larger than 1 MiB");
}

#[test]
fn a_column_of_another_kind_is_refused_with_what_to_write_instead() {
    for (resource, entry, help) in [
        ("contacts", "birthday = 'createdon'", Some("the column has times in UTC")),
        ("contacts", "birthday = 'gendercode'", Some("map the options: `{ column = ")),
        ("contacts", "status = 'jobtitle'", None),
        (
            "accounts",
            "annual_revenue = 'numberofemployees'",
            Some("a number without a currency is no amount"),
        ),
        ("accounts", "annual_revenue = 'industrycode'", Some("map the options: `{ column = ")),
        ("accounts", "annual_revenue = 'name'", None),
    ] {
        let table = resource.trim_end_matches('s');
        let report = compiled(&format!("[{resource}]\ntable = '{table}'\n{entry}\n"));
        let [finding] = &report.findings[..] else { panic!("{entry}: {:?}", report.findings) };
        let told = finding.help.as_deref();
        assert_eq!(told.is_some(), help.is_some(), "{entry}: {finding:?}");
        assert!(told.unwrap_or_default().starts_with(help.unwrap_or_default()), "{entry}: {told:?}");
    }
}

#[test]
fn each_wrong_entry_is_refused_where_it_is_written() {
    let mut wrong = Vec::new();
    for (entry, message, marked) in [
        ("title = 5", "`title` has to be a column, a list, a table, or `false`, and not a whole number", "5"),
        (
            "title = true",
            "`title` has to be a column, a list, a table, or `false`, and not true or false",
            "true",
        ),
        (
            "title = 1.5",
            "`title` has to be a column, a list, a table, or `false`, and not a number with a fraction",
            "1.5",
        ),
        (
            "title = 2026-01-01",
            "`title` has to be a column, a list, a table, or `false`, and not a date",
            "2026-01-01",
        ),
        ("title = {}", "`title` does not say where its value comes from", "{}"),
        ("title = { colum = 'jobtitle' }", "a field has no entry `colum`", "colum"),
        ("title = { column = 5 }", "`column` has to be a text, and not a whole number", "5"),
        (
            "title = { column = 'jobtitle', optional = 'yes' }",
            "`optional` has to be `true` or `false`, and not a text",
            "'yes'",
        ),
        (
            "title = { column = 'jobtitle', read_only = true, write_only = true }",
            "`title` is both read-only and write-only",
            "{ column = 'jobtitle', read_only = true, write_only = true }",
        ),
        ("title = { column = 'fullname', split = '' }", "the separator of `split` is empty", ""),
        (
            "title = { column = 'fullname', split = ' ', part = 'second' }",
            "`part` has to be \"first\", \"last\", \"rest\", or a number from 0",
            "'second'",
        ),
        (
            "title = { column = 'fullname', split = ' ', part = 100 }",
            "`part` has to be \"first\", \"last\", \"rest\", or a number from 0",
            "100",
        ),
        (
            "title = { column = 'fullname', split = ' ', part = -1 }",
            "`part` has to be \"first\", \"last\", \"rest\", or a number from 0",
            "-1",
        ),
        (
            "title = { lookup = 'ownerid', targets = 'team' }",
            "`targets` has to be a list of tables, and not a text",
            "'team'",
        ),
        ("title = { template = '{firstname' }", "a `{` of the template is not closed", "{firstname"),
        (
            "urls = { list = 'address1_city' }",
            "`list` has to be a list of items, and not a text",
            "'address1_city'",
        ),
        (
            "urls = [5]",
            "`urls` has to be a list of items: `[{ email = \"emailaddress1\" }]`, and not a whole number",
            "5",
        ),
        ("urls = [{ url = 5 }]", "`url` has to be a column, and not a whole number", "5"),
        ("urls = [{ link = 'nickname' }]", "an item of `urls` has no member `link`", "link"),
        (
            "urls = [{ url = 'nickname' }, { url = 'jobtitle' }]",
            "two items of `urls` have the same `type`, so writes could not tell them apart",
            "{ url = 'jobtitle' }",
        ),
        ("urls = [{ url = 'birthdate' }]", "the field is a text, and `birthdate` is a date", "birthdate"),
        ("title = ['jobtitle']", "`title` is a text, and not a list", "['jobtitle']"),
        (
            "status = 'statecode'",
            "the options of `statecode` are not mapped to active, inactive",
            "statecode",
        ),
        ("status = 'jobtitle'", "the field is one of active, inactive, and `jobtitle` is a text", "jobtitle"),
        (
            "status = { column = 'statecode', options = 1 }",
            "`options` has to be a table of members and their options, and not a whole number",
            "1",
        ),
        (
            "status = { column = 'statecode', options = { active = 1.5 } }",
            "`active` has to be the number or the label of an option, and not a number with a fraction",
            "1.5",
        ),
        (
            "status = { column = 'statecode', options = { active = [0, 1], inactive = 1 } }",
            "option 1 of `statecode` is already `active`",
            "1",
        ),
        (
            "status = { column = 'statecode', options = { active = 'Activ', inactive = '*' } }",
            "`statecode` has no option `Activ`",
            "Activ",
        ),
        ("status = { value = 'on' }", "`status` is one of active, inactive", "{ value = 'on' }"),
        (
            "status = { column = 'parentcustomerid/name', options = { active = 1 } }",
            "`status` has options, and leads to another table",
            "{ column = 'parentcustomerid/name', options = { active = 1 } }",
        ),
        (
            "title = { column = 'jobtitle', options = { a = 1 } }",
            "`options` are for enums, and the field is a text",
            "a",
        ),
        (
            "birthday = { template = '{firstname}' }",
            "a template gives a text, and `birthday` is a date",
            "{firstname}",
        ),
        (
            "birthday = { column = 'fullname', split = ' ' }",
            "`split` takes a text apart, and `birthday` is a date",
            "fullname",
        ),
        ("birthday = 'createdon'", "the field is a date, and `createdon` is a time", "createdon"),
        ("birthday = 'ownerid'", "the field is a date, and `ownerid` is a lookup", "ownerid"),
        ("owner = 'jobtitle'", "the field is a reference to users, and `jobtitle` is a text", "jobtitle"),
        (
            "owner = { lookup = 'jobtitle' }",
            "the field is a reference to users, and `jobtitle` is a text",
            "jobtitle",
        ),
        ("birthday = { lookup = 'ownerid' }", "the field is a date, and `ownerid` is a lookup", "ownerid"),
        (
            "account = { lookup = 'parentcustomerid', target = 'lead' }",
            "`parentcustomerid` does not point to `lead`",
            "lead",
        ),
        (
            "title = 'parentcustomerid/name'",
            "`parentcustomerid` points to several tables",
            "parentcustomerid",
        ),
        (
            "title = { lookup = 'parentcustomerid', target = 'lead', column = 'name' }",
            "`parentcustomerid` does not point to `lead`",
            "lead",
        ),
        ("title = 'jobtitle/name'", "`jobtitle` is no lookup whose target the snapshot knows", "jobtitle"),
        ("title = 'ownerid/nam'", "`contoso` has no column `principal.nam`", "nam"),
        (
            "owner = { lookup = 'parentcustomerid', target = 'account', column = 'ownerid' }",
            "the field is a reference to users, and a path gives the value of a column",
            "ownerid",
        ),
        (
            "name = { column = 'createdbyname', write_only = true }",
            "`contact.createdbyname` cannot be read through the Web API",
            "createdbyname",
        ),
        (
            "name = { template = '{firstname}', write_only = true }",
            "`name` is write-only, and cannot be written: `name` is put together from several columns",
            "{ template = '{firstname}', write_only = true }",
        ),
        ("custom = 5", "`custom` has to be a table of fields, and not a whole number", "5"),
        ("filter = 5", "`filter` has to be an OData filter, and not a whole number", "5"),
        ("filter = 'statecode eq'", "", ""),
        ("optional = 5", "`optional` has to be `true` or `false`, and not a whole number", "5"),
        ("tabel = 'contact'", "`contacts` has no field `tabel`", "tabel"),
    ] {
        let text = format!("standard = false\n[contacts]\ntable = 'contact'\n{entry}\n");
        let findings = compiled(&text).findings;
        let [finding] = &findings[..] else {
            wrong.push(format!("{entry}: {:?}", findings.iter().map(|f| &f.message).collect::<Vec<_>>()));
            continue;
        };
        let at = &text[finding.span.range()];
        if !finding.is_error()
            || !finding.message.starts_with(message)
            || (!marked.is_empty() && at != marked)
        {
            wrong.push(format!("{entry}: {} at `{at}`", finding.message));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_wrong_resource_is_refused() {
    for (text, message) in [
        ("contacts = 5", "`contacts` has to be a table of fields, or `false`, and not a whole number"),
        ("[jobs]\ntable = 5", "`table` has to be the logical name of a table, and not a whole number"),
        ("[jobs]\ntitle = 'x'", "`jobs` does not say where its records come from"),
        ("[jobs]\ntable = 'contact'\ntables = {}", "`jobs` has table and tables, and takes one of them"),
        ("[jobs]\ntables = 'contact'", "`tables` has to be a table whose entries are named like tables"),
        (
            "[jobs.tables]\ncontact = 5",
            "`contact` has to be a table of fields, or `false`, and not a whole number",
        ),
        ("[jobs]\nchoice = 5", "`choice` has to be a text: `opportunity.salesstage`, and not a whole number"),
        ("[jobs]\nchoice = 'statecode'", "`statecode` does not name a table and a column"),
        ("[jobs]\nchoice = 'contact.fullname'", "`contact.fullname` has no options in the snapshot"),
        ("[jobs]\nchoice = 'contact.state'", "`contoso` has no column `contact.state`"),
        ("[jobs]\nchoice = 'kontact.state'", "`contoso` has no table `kontact`"),
        ("[jobs]\nrecords = 5", "`records` has to be a list of records, and not a whole number"),
        ("[jobs]\nrecords = [{ name = 'x' }]", "a record has to be a table with an `id`"),
        ("[jobs]\nrecords = [{ id = 5 }]", "a record has to be a table with an `id`"),
        ("[pipelines]\nrecords = [{ id = 'a', colour = 'red' }]", "`pipelines` has no field `colour`"),
        ("[jobs]\ntable = 'principal'", "`contoso` has no table `principal`"),
    ] {
        let findings = compiled(&format!("standard = false\n{text}")).findings;
        assert!(findings.iter().any(|finding| finding.message.starts_with(message)), "{text}: {findings:?}");
    }
}

#[test]
fn each_way_to_say_a_field_is_compiled_to_what_it_means() {
    let text = |entry: &str| {
        format!("standard = false\n[contacts]\ntable = 'contact'\n{entry}\n[users]\ntable = 'systemuser'\n")
    };
    let field = |entry: &str, field: &str| source(&compiled(&text(entry)), "contacts", field);
    let FieldSource::Cell(cell) = field("title = 'nickname'", "title") else { panic!("a column") };
    assert_eq!((cell.column.as_str(), cell.kind), ("nickname", CellKind::Text));
    assert!(cell.creatable && cell.updatable && cell.filterable);
    for (part, expected) in [
        ("", Part::First),
        (", part = 'first'", Part::First),
        (", part = 'last'", Part::Last),
        (", part = 'rest'", Part::Rest),
        (", part = 0", Part::At(0)),
        (", part = 99", Part::At(99)),
    ] {
        let entry = format!("title = {{ column = 'fullname', split = ', '{part} }}");
        let FieldSource::Split { cell, separator, part } = field(&entry, "title") else { panic!("{entry}") };
        assert_eq!((cell.column.as_str(), separator.as_str(), part), ("fullname", ", ", expected), "{entry}");
    }
    let template = field("name = { template = '{lastname}, { firstname } (x)' }", "name");
    let FieldSource::Template(parts) = template else { panic!("a template") };
    let shown: Vec<&str> = parts
        .iter()
        .map(|part| match part {
            TemplatePart::Text(text) => text.as_str(),
            TemplatePart::Cell(cell) => &cell.column,
        })
        .collect();
    assert_eq!(shown, ["lastname", ", ", "firstname", " (x)"]);
    for entry in [
        "title = { lookup = 'parentcustomerid', target = 'account', column = 'name' }",
        "title = 'parentcustomerid_account/name'",
    ] {
        let FieldSource::Path { navigation, cell } = field(entry, "title") else { panic!("{entry}") };
        assert_eq!(
            (navigation.as_str(), cell.column.as_str()),
            ("parentcustomerid_account", "name"),
            "{entry}"
        );
    }
    let FieldSource::Lookup { cell, targets } = field("owner = 'ownerid'", "owner") else {
        panic!("a lookup")
    };
    assert_eq!(cell.property, "_ownerid_value");
    let tables: Vec<(&str, Option<&str>)> =
        targets.iter().map(|t| (t.table.as_str(), t.resource.as_deref())).collect();
    assert_eq!(tables, [("systemuser", Some("users")), ("team", None)]);
    let owner = field("owner = { lookup = 'ownerid', targets = ['team', 'systemuser'] }", "owner");
    let FieldSource::Lookup { targets, .. } = owner else { panic!("a lookup") };
    assert_eq!(targets.iter().map(|t| t.table.as_str()).collect::<Vec<_>>(), ["team", "systemuser"]);
    let FieldSource::Enum { members, .. } = field(
        "status = { column = 'statecode', options = { inactive = 'Inactive', active = '*' } }",
        "status",
    ) else {
        panic!("an enum")
    };
    let members: Vec<(&str, &[i64])> =
        members.iter().map(|m| (m.name.as_str(), m.options.as_slice())).collect();
    assert_eq!(members, [("inactive", [1].as_slice()), ("active", [0].as_slice())]);
    assert_eq!(field("title = { value = 'x' }", "title"), FieldSource::Constant(json!("x")));
    assert_eq!(
        field("owner = { value = 'abc' }", "owner"),
        FieldSource::Constant(json!({ "id": "abc", "name": null, "resource": "users" }))
    );
    assert_eq!(field("title = { hook = 'upper' }", "title"), FieldSource::Hook("upper".to_owned()));
    let FieldSource::List(items) = field("urls = ['nickname', { url = 'jobtitle', type = 'job' }]", "urls")
    else {
        panic!("a list")
    };
    let shown: Vec<(usize, &str, &str)> = items
        .iter()
        .map(|item| (item.constants.len(), item.cells[0].0.as_str(), item.cells[0].1.column.as_str()))
        .collect();
    assert_eq!(shown, [(0, "url", "nickname"), (1, "url", "jobtitle")]);
}

#[test]
fn overrides_lie_over_each_other_in_their_order() {
    let text = "
[contacts]
title = 'jobtitle'
department = 'nickname'
description = 'firstname'
[environments.test.contacts]
department = 'lastname'
description = 'lastname'
[environments.live.contacts]
department = 'emailaddress1'
[orgs.a]
environment = 'test'
[orgs.a.contacts]
description = 'emailaddress2'
[orgs.b.contacts]
title = false
[orgs.c]
contacts = false
";
    let column = |name: Option<&str>, environment: Option<&str>, field: &str| {
        let report = compile_for(text, name, environment);
        let RecordSource::Tables(tables) = &report.mapping.resource("contacts")?.records else { return None };
        match &tables[0].field(field)?.source {
            FieldSource::Cell(cell) => Some(cell.column.clone()),
            other => panic!("{other:?}"),
        }
    };
    for (name, environment, field, expected) in [
        (None, None, "department", Some("nickname")),
        (Some("other"), None, "department", Some("nickname")),
        (None, Some("test"), "department", Some("lastname")),
        (Some("a"), None, "department", Some("lastname")),
        (Some("a"), None, "description", Some("emailaddress2")),
        (Some("a"), None, "title", Some("jobtitle")),
        (Some("a"), Some("live"), "department", Some("emailaddress1")),
        (Some("a"), Some("live"), "description", Some("emailaddress2")),
        (Some("b"), None, "title", None),
        (Some("b"), None, "department", Some("nickname")),
        (Some("c"), None, "department", None),
    ] {
        let found = column(name, environment, field);
        assert_eq!(found.as_deref(), expected, "{name:?} {environment:?} {field}");
    }
    let mapping = Mapping::parse(text).unwrap();
    assert_eq!(mapping.organisations().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(mapping.environments().collect::<Vec<_>>(), ["test", "live"]);
    assert_eq!(mapping.text(), text);
}

#[test]
fn the_built_in_mapping_can_be_left_out() {
    let report = compiled("standard = false\n[contacts]\ntable = 'contact'\ntitle = 'jobtitle'\n");
    let names: Vec<&str> = report.mapping.resources.iter().map(|resource| resource.name.as_str()).collect();
    assert_eq!(names, ["contacts"]);
    assert_eq!(report.mapping.missing, []);
    let RecordSource::Tables(tables) = &report.mapping.resources[0].records else { panic!("tables") };
    assert_eq!(
        tables[0].fields.iter().map(|f| (f.name.as_str(), &f.ty)).collect::<Vec<_>>(),
        [("title", &FieldType::Text)]
    );
    let table = &tables[0];
    assert_eq!((table.primary_id.as_str(), table.primary_name.as_deref()), ("contactid", Some("fullname")));
    assert_eq!(
        (table.created_on.as_deref(), table.modified_on.as_deref()),
        (Some("createdon"), Some("modifiedon"))
    );
    assert!(table.change_tracking && table.currency.is_some());
}

#[test]
fn what_is_optional_may_be_missing_and_is_listed() {
    let text = "
[contacts]
title = { column = 'new_title', optional = true }
urls = [{ url = 'new_page', optional = true }, { url = 'nickname', type = 'x' }]
birthday = { column = 'jobtitle', optional = true }
[jobs]
table = 'new_job'
optional = true
";
    let report = compiled(text);
    let errors: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(errors, ["the field is a date, and `jobtitle` is a text"], "a wrong type is not absence");
    assert!(report.mapping.resource("jobs").is_none());
    let missing: Vec<(&str, Option<&str>)> = report
        .mapping
        .missing
        .iter()
        .filter(|m| m.reason.contains("new_"))
        .map(|m| (m.resource.as_str(), m.field.as_deref()))
        .collect();
    assert_eq!(missing, [("contacts", Some("title")), ("contacts", Some("urls[0]")), ("jobs", None)]);
}

#[test]
fn an_option_without_a_member_is_a_warning() {
    let report = compiled("[contacts]\nstatus = { column = 'statecode', options = { active = 0 } }\n");
    let [finding] = &report.findings[..] else { panic!("{:?}", report.findings) };
    assert_eq!(finding.severity, Severity::Warning);
    assert!(report.is_ok());
    assert!(finding.message.starts_with("no member has the option 1 of `statecode`"), "{}", finding.message);
    let report = compiled(
        "[contacts]\nstatus = { column = 'preferredcontactmethodcode', options = { active = 1 } }\n",
    );
    assert!(
        report.findings[0].message.starts_with("no member has the options 2, 3"),
        "{:?}",
        report.findings
    );
}
