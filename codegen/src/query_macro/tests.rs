//! Tests of checking and splitting queries, on the snapshot of the sample organisation.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod expansions;
mod holes;
mod joined;
mod row_types;

use dvkit_schema::Store;
use expect_test::{Expect, expect};

use dvkit_query::QueryText;

use super::check::check;
use super::template::TemplatePart;

fn store() -> Store {
    Store::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema")).unwrap()
}

/// Returns the text that is sent for a query, or the errors. Placeholders are shown as `<expression: column
/// kind usage format>`.
fn outcome(query: QueryText<'_>) -> String {
    let text = query.text();
    let checked = check(&store(), query).unwrap();
    if !checked.errors.is_empty() {
        let errors: Vec<String> = checked.errors.iter().map(|d| d.display(text).to_string()).collect();
        return errors.join("\n");
    }
    let part = |p: &TemplatePart| match p {
        TemplatePart::Text(text) => text.clone(),
        TemplatePart::RowName => String::new(),
        TemplatePart::Value(c) => {
            let column = format!("{}.{}", c.hole_type.table, c.hole_type.column_name());
            let kind = c.hole_type.kind.map_or_else(|| "-".to_owned(), |k| format!("{k:?}"));
            format!("<{}: {column} {kind} {:?} {:?}>", c.source, c.hole_type.usage, c.format)
        }
    };
    checked.parts.iter().map(part).collect()
}

fn filters(cases: &[&str], expected: Expect) {
    let all: Vec<String> = cases
        .iter()
        .map(|c| format!("{c}\n  {}", outcome(QueryText::Filter { table: "contact", text: c })))
        .collect();
    expected.assert_eq(&all.join("\n"));
}

#[test]
fn a_filter_is_sent_as_dataverse_wants_it() {
    filters(
        &[
            "fullname eq 'Ann' and statecode eq 0",
            "tolower(fullname) eq 'ann'",
            "contactid in (78914942-34cb-ed11-b596-0022481d68cd)",
            "fullname%20eq%20'Ann'",
        ],
        expect![[r#"
            fullname eq 'Ann' and statecode eq 0
              fullname eq 'Ann' and statecode eq 0
            tolower(fullname) eq 'ann'
              fullname eq 'ann'
            contactid in (78914942-34cb-ed11-b596-0022481d68cd)
              Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=['78914942-34cb-ed11-b596-0022481d68cd'])
            fullname%20eq%20'Ann'
              fullname eq 'Ann'"#]],
    );
}

#[test]
fn placeholders_have_the_type_of_the_column_beside_them() {
    filters(
        &[
            "fullname eq {name} and statecode eq {state}",
            "{name} eq fullname",
            "fullname eq '{name}'",
            "contains(fullname,'%{name} x') or startswith(fullname,{start})",
            "parentcustomerid_account/name eq {n} and contact_customer_contacts/any(c:c/birthdate eq {x})",
            "_parentcustomerid_value eq {id} or createdon lt {id}",
            "contactid in ({ids})",
            "contactid in ({a},{b})",
            "Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues={ids})",
            "Microsoft.Dynamics.CRM.On(PropertyName='createdon',PropertyValue={d})",
            "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue={n})",
            "{condition} and statecode eq 0",
            "contact_customer_contacts/any(c:{condition})",
            "fullname eq {person.name.first()} or fullname eq {names[0]}",
        ],
        expect![[r#"
            fullname eq {name} and statecode eq {state}
              fullname eq <name: contact.fullname Text Compare Value> and statecode eq <state: contact.statecode Choice Compare Value>
            {name} eq fullname
              <name: contact.fullname Text Compare Value> eq fullname
            fullname eq '{name}'
              fullname eq <name: contact.fullname Text Compare Value>
            contains(fullname,'%{name} x') or startswith(fullname,{start})
              contains(fullname,'%<name: contact.fullname Text Pattern Inner> x') or startswith(fullname,<start: contact.fullname Text Pattern Value>)
            parentcustomerid_account/name eq {n} and contact_customer_contacts/any(c:c/birthdate eq {x})
              parentcustomerid_account/name eq <n: account.name Text Compare Value> and contact_customer_contacts/any(c:c/birthdate eq <x: contact.birthdate Date Compare Value>)
            _parentcustomerid_value eq {id} or createdon lt {id}
              _parentcustomerid_value eq <id: contact.parentcustomerid Lookup Compare Value> or createdon lt <id: contact.createdon DateTime Compare Value>
            contactid in ({ids})
              Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=<ids: contact.contactid Guid List List>)
            contactid in ({a},{b})
              Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=[<a: contact.contactid Guid Argument Argument>,<b: contact.contactid Guid Argument Argument>])
            Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues={ids})
              Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=<ids: contact.contactid Guid List List>)
            Microsoft.Dynamics.CRM.On(PropertyName='createdon',PropertyValue={d})
              Microsoft.Dynamics.CRM.On(PropertyName='createdon',PropertyValue=<d: contact.createdon DateTime Argument Argument>)
            Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue={n})
              Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=<n: contact.createdon Integer Number Value>)
            {condition} and statecode eq 0
              <condition: contact.this - Condition Condition> and statecode eq 0
            contact_customer_contacts/any(c:{condition})
              error[DV0012]: `{condition}` is not compared with a column, so its type is not known
              |
            1 | contact_customer_contacts/any(c:{condition})
              |                                 ^^^^^^^^^^^
            help: a value is compared with a column, `fullname eq {name}`; a `Filter` stands alone, and not within `any` or `all`
            fullname eq {person.name.first()} or fullname eq {names[0]}
              fullname eq <person.name.first(): contact.fullname Text Compare Value> or fullname eq <names[0]: contact.fullname Text Compare Value>"#]],
    );
}

#[test]
fn positions_of_row_names_are_marked() {
    let marked = |text: &str| -> String {
        let checked = check(&store(), QueryText::Filter { table: "contact", text }).unwrap();
        let part = |p: &TemplatePart| match p {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::RowName => "^".to_owned(),
            TemplatePart::Value(c) => format!("{{{}}}", c.source),
        };
        checked.parts.iter().map(part).collect()
    };
    assert_eq!(marked("fullname eq 'Ann'"), "^fullname eq 'Ann'");
    assert_eq!(
        marked(
            "not contains(fullname,{x}) and contact_customer_contacts/any(c:c/fullname eq 'a' or c/firstname eq {y})"
        ),
        "not contains(^fullname,{x}) and ^contact_customer_contacts/any(c:c/fullname eq 'a' or c/firstname eq {y})"
    );
    assert_eq!(
        marked("{x} eq fullname and Microsoft.Dynamics.CRM.Today(PropertyName='createdon')"),
        "{x} eq ^fullname and ^Microsoft.Dynamics.CRM.Today(PropertyName='createdon')"
    );
}

#[test]
fn placeholders_where_no_value_can_be_put_are_errors() {
    filters(
        &[
            "{column} eq 'x'",
            "{a} eq {b}",
            "new_{x} eq 1",
            "_parentcustomerid_value eq '{id}'",
            "createdon ge {d}T00:00:00Z",
            "fullname eq ${x}",
            "fullnme eq {x} and statecode eq 'Activ'",
            "Microsoft.Dynamics.CRM.In(PropertyName='fullname',PropertyValues=[\"{x}\"])",
        ],
        expect![[r#"
            {column} eq 'x'
              error[DV0012]: `{column}` is not compared with a column, so its type is not known
              |
            1 | {column} eq 'x'
              | ^^^^^^^^
            help: a value is compared with a column, `fullname eq {name}`; a `Filter` stands alone, and not within `any` or `all`
            {a} eq {b}
              error[DV0012]: `{a}` is not compared with a column, so its type is not known
              |
            1 | {a} eq {b}
              | ^^^
            help: a value is compared with a column, `fullname eq {name}`; a `Filter` stands alone, and not within `any` or `all`
            error[DV0012]: `{b}` is not compared with a column, so its type is not known
              |
            1 | {a} eq {b}
              |        ^^^
            help: a value is compared with a column, `fullname eq {name}`; a `Filter` stands alone, and not within `any` or `all`
            new_{x} eq 1
              error[DV0012]: `new_{x}` stands where a name does, and only values can be put in
              |
            1 | new_{x} eq 1
              | ^^^^^^^
            help: a query whose names are known only when it runs is built with the typed builder, or checked with `dvkit_query::check`
            _parentcustomerid_value eq '{id}'
              error[DV0301]: `parentcustomerid` is a guid, and this is a text
              |
            1 | _parentcustomerid_value eq '{id}'
              |                            ^^^^^^
            help: leave the quotes out: `{id}`
            createdon ge {d}T00:00:00Z
              error[DV0012]: `{d}T00:00:00Z` is put together from pieces; a placeholder is a whole value
              |
            1 | createdon ge {d}T00:00:00Z
              |              ^^^^^^^^^^^^^
            help: put the value together in Rust, and give it in one placeholder
            fullname eq ${x}
              error[DV0012]: `${x}` is a placeholder of another language; here it is written `{x}`
              |
            1 | fullname eq ${x}
              |             ^^^^
            fullnme eq {x} and statecode eq 'Activ'
              error[DV0203]: `contact` has no column `fullnme`
              |
            1 | fullnme eq {x} and statecode eq 'Activ'
              | ^^^^^^^
            help: did you mean `fullname`? (Full Name, text)
            error[DV0307]: `statecode` has no option `Activ`
              |
            1 | fullnme eq {x} and statecode eq 'Activ'
              |                                 ^^^^^^^
            help: a choice is compared with its number: 0 is Active
            Microsoft.Dynamics.CRM.In(PropertyName='fullname',PropertyValues=["{x}"])
              error[DV0012]: a placeholder in double quotes would be taken for text
              |
            1 | Microsoft.Dynamics.CRM.In(PropertyName='fullname',PropertyValues=["{x}"])
              |                                                                   ^^^^^
            help: write it without quotes: `{value}`"#]],
    );
}

#[test]
fn requests_are_percent_encoded() {
    let request = |text: &str| format!("{text}\n  {}", outcome(QueryText::Request { table: None, text }));
    let all: Vec<String> = [
        "accounts?$select=name&$filter=name eq 'R%26D +1' and revenue gt {least}&$top={n}",
        "accounts({id})?$select=name",
        "accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=firstname eq {f};$top=5)&$top=3",
        "accounts?$filter=name eq @p&@p={n}&$select=name&$top=3",
        "accounts?savedQuery={view}",
        "$select=name",
    ]
    .iter()
    .map(|t| request(t))
    .collect();
    expect![[r#"
        accounts?$select=name&$filter=name eq 'R%26D +1' and revenue gt {least}&$top={n}
          accounts?$select=name&$filter=name%20eq%20'R%26D%20%2B1'%20and%20revenue%20gt%20<least: account.revenue Money Compare Value>&$top=<n: account.this Integer Number Value>
        accounts({id})?$select=name
          accounts(<id: account.accountid Guid Compare Value>)?$select=name
        accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=firstname eq {f};$top=5)&$top=3
          accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=firstname%20eq%20<f: contact.firstname Text Compare Value>;$top=5)&$top=3
        accounts?$filter=name eq @p&@p={n}&$select=name&$top=3
          accounts?$filter=name%20eq%20@p&@p=<n: account.name Text Compare Value>&$select=name&$top=3
        accounts?savedQuery={view}
          accounts?savedQuery=<view: account.this Guid Compare Value>
        $select=name
          error[DV0201]: these are options without a path, and nothing says which table they are about
          |
        1 | $select=name
          | ^^^^^^^^^^^^
        help: write the path, `contacts?…`, or the type of the rows: `odata!(crm::Contact, "…")`"#]].assert_eq(&all.join("\n"));
    let options = outcome(QueryText::Request { table: Some("account"), text: "$select=name&$top=3" });
    assert_eq!(options, "accounts?$select=name&$top=3");
}

#[test]
fn fetchxml_has_placeholders_in_values() {
    let text = "<fetch top='{n}'><entity name='contact'><attribute name='fullname'/><link-entity name='account' \
                from='accountid' to='parentcustomerid' alias='a'><attribute name='name'/></link-entity><filter>\
                <condition attribute='fullname' operator='like' value='%{x}%'/>\
                <condition attribute='contactid' operator='in'><value>{ids}</value></condition>\
                <condition attribute='createdon' operator='last-x-days' value='{d}'/>\
                <condition entityname='a' attribute='revenue' operator='gt' value='{least}'/>\
                <condition attribute='fullname' operator='eq' value='{first} {last}'/></filter></entity></fetch>";
    expect!["<fetch top='<n: .top Integer Number Value>'><entity name='contact'><attribute name='fullname'/><link-entity name='account' from='accountid' to='parentcustomerid' alias='a'><attribute name='name'/></link-entity><filter><condition attribute='fullname' operator='like' value='%<x: contact.fullname Text Pattern Inner>%'/><condition attribute='contactid' operator='in'><ids: contact.contactid Guid List List></condition><condition attribute='createdon' operator='last-x-days' value='<d: contact.createdon Integer Number Value>'/><condition entityname='a' attribute='revenue' operator='gt' value='<least: account.revenue Money Compare Value>'/><condition attribute='fullname' operator='eq' value='<first: contact.fullname Text Compare Inner> <last: contact.fullname Text Compare Inner>'/></filter></entity></fetch>"].assert_eq(&outcome(QueryText::FetchXml(text)));
    let wrong = "<fetch top='3'><entity name='contact'><attribute name='{column}'/><filter>\
                 <condition attribute='createdon' operator='on' value='{d}T00:00'/></filter></entity></fetch>";
    expect![[r#"
        error[DV0203]: `contact` has no column `{column}`
          |
        1 | … name='contact'><attribute name='{column}'/><filter><condition attribute='createdon' …
          |                                   ^^^^^^^^"#]]
    .assert_eq(&outcome(QueryText::FetchXml(wrong)));
}

#[test]
fn the_result_of_a_request_is_known() {
    use super::check::ResultKind::{self, Groups, ManyRows, NumberOfRows, OneRow, Other};

    let id = "78914942-34cb-ed11-b596-0022481d68cd";
    let cases: &[(&str, ResultKind)] = &[
        ("contacts?$select=fullname", ManyRows),
        ("contacts?$select=fullname&$filter=fullname eq {name}&$top={n}", ManyRows),
        ("accounts({id})?$select=name", OneRow),
        (&format!("accounts({id})?$select=name"), OneRow),
        ("accounts(accountnumber={number})?$select=name", OneRow),
        ("accounts({id})/contact_customer_accounts?$select=fullname", ManyRows),
        ("accounts({id})/primarycontactid?$select=fullname", OneRow),
        ("accounts({id})/primarycontactid/contact_customer_contacts?$select=fullname", ManyRows),
        ("contacts/$count", NumberOfRows),
        ("accounts({id})/contact_customer_accounts/$count", NumberOfRows),
        ("accounts?$apply=groupby((statecode))", Groups),
        ("accounts({id})/primarycontactid/$ref", Other),
        ("accounts({id})/name", Other),
        ("accounts?savedQuery={view}", Other),
        ("accounts?userQuery={view}", Other),
    ];
    for (text, result) in cases {
        let checked = check(&store(), QueryText::Request { table: None, text }).unwrap();
        let errors: Vec<_> = checked.errors.iter().map(|d| d.display(text).to_string()).collect();
        assert_eq!((checked.result, errors), (*result, Vec::new()), "{text}");
    }
}
