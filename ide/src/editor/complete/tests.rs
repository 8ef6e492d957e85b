//! Completions in queries of the sample organisation. A `|` in the query is the cursor.

#[allow(unreachable_pub)] // the file is shared with the tests of the whole crate
#[path = "../../../tests/answers/golden.rs"]
mod golden;

use super::{Completion, MAX_COMPLETIONS};
use crate::editor::QueryContext;
use crate::{QueryForm, sample};

fn complete(query: &str) -> Vec<Completion> {
    let (before, behind) = query.split_once('|').expect("the cursor");
    let text = format!("{before}{behind}");
    let store = sample::open().unwrap();
    let form = if fetchxml::is_fetchxml(&text) {
        QueryForm::Fetch(&text)
    } else if odata_parser::is_request(&text)
        || text.contains('?')
        || (text.starts_with("acc") && !text.contains('_'))
    {
        QueryForm::Request(&text)
    } else {
        QueryForm::Filter(&text)
    };
    QueryContext::new(&store, form, Some("contact")).complete(before.len()).unwrap()
}

fn labels(query: &str) -> Vec<String> {
    complete(query).into_iter().map(|c| c.label).collect()
}

/// Returns the query after the completion with the label `label`, with a `|` at the cursor.
fn apply(query: &str, label: &str) -> String {
    let found = complete(query);
    let known = || found.iter().map(|c| c.label.as_str()).collect::<Vec<_>>();
    let one = found.iter().find(|c| c.label == label).unwrap_or_else(|| panic!("{query}: {:?}", known()));
    let mut text = query.replacen('|', "", 1);
    text.replace_range(one.edit.span.range(), &one.edit.replacement);
    let caret = one.caret.unwrap_or(one.edit.replacement.len());
    text.insert(one.edit.span.start as usize + caret, '|');
    text
}

/// Asserts for each query that the completions begin with the given labels.
fn begins(cases: &[(&str, &[&str])]) {
    for (query, expected) in cases {
        let found = labels(query);
        let first: Vec<&str> = found.iter().map(String::as_str).take(expected.len()).collect();
        assert_eq!(&first, expected, "{query}: {:?}", &found[..found.len().min(12)]);
    }
}

/// Asserts for each query that the completions contain the labels, and do not contain those with a `!`.
fn contains(cases: &[(&str, &[&str])]) {
    for (query, expected) in cases {
        let found = labels(query);
        for label in *expected {
            let (wanted, label) = label.strip_prefix('!').map_or((true, *label), |label| (false, label));
            assert_eq!(found.iter().any(|f| f == label), wanted, "{query}: {label} in {found:?}");
        }
    }
}

#[test]
fn a_path_offers_sets_keys_and_what_follows_a_row() {
    begins(&[
        ("acc|", &["accounts"]),
        ("https://o.example/api/data/v9.2/acc|?$top=1", &["accounts"]),
        ("accounts({id})/primaryc|", &["primarycontactid"]),
        ("accounts/|?$top=1", &["$count", "$ref"]),
        ("new_projects(|)?$top=1", &["new_code", "new_type", "new_projectid"]),
    ]);
    contains(&[("accounts({id})/|?$select=name", &["primarycontactid", "name", "$ref", "!$count"])]);
    assert_eq!(apply("acc|nts?$top=1", "accounts"), "accounts|?$top=1");
    assert!(labels("https://o.exa|mple/api/data/v9.2/accounts").is_empty(), "the host is not completed");
}

#[test]
fn query_options_that_are_not_given_are_offered() {
    contains(&[
        ("contacts?|", &["$select", "$filter", "$expand", "fetchXml"]),
        ("contacts?$select=fullname&|", &["!$select", "$filter"]),
        ("contacts?$f|&$top=1", &["$filter", "!$top"]),
        ("contacts?$expand=parentcustomerid_account(|)", &["$select", "$filter", "$orderby", "!$count"]),
        ("contacts?$expand=parentcustomerid_account($select=name;|)", &["!$select", "$filter"]),
    ]);
    assert_eq!(apply("contacts?$f|", "$filter"), "contacts?$filter=|");
    assert_eq!(apply("contacts?$f|=a", "$filter"), "contacts?$filter|=a");
    begins(&[("contacts?$count=|", &["true", "false"])]);
}

#[test]
fn selections_and_orders_offer_columns_that_are_not_listed_yet() {
    begins(&[
        ("contacts?$select=|", &["fullname"]),
        ("contacts?$select=fullname,fu|", &["fullname"]),
        ("contacts?$select=pare|", &["_parentcustomerid_value"]),
        ("contacts?$select=company|", &["_parentcustomerid_value"]),
        ("contacts?$orderby=createdon |", &["desc", "asc"]),
        ("contacts?$expand=parent|", &["parentcustomerid_account", "parentcustomerid_contact"]),
        ("contacts?$expand=parentcustomerid_account($select=|)", &["name"]),
        (
            "contacts?$expand=parentcustomerid_account($select=name;$expand=primaryc|)&$top=1",
            &["primarycontactid"],
        ),
        ("contacts?$expand=ownerid,parentcustomerid_a|($select=name)", &["parentcustomerid_account"]),
    ]);
    let found = labels("contacts?$select=fullname,emailaddress1,|");
    assert_ne!(found[0], "fullname");
    assert_eq!(
        found.last().map(String::as_str).filter(|l| *l == "fullname" || *l == "emailaddress1"),
        found.last().map(String::as_str)
    );
    let column = &complete("contacts?$select=parentcu|")[0];
    assert_eq!(column.detail.as_deref(), Some("Company Name · customer lookup → account | contact"));
    let leads = &complete("contacts?$expand=parentcustomerid_a|")[0];
    assert_eq!(leads.detail.as_deref(), Some("Company Name · → account"));
}

#[test]
fn each_item_of_an_expansion_begins_at_the_table_of_the_query() {
    begins(&[
        ("contacts?$expand=ownerid,parentcustomerid_account($select=|)", &["name"]),
        (
            "contacts?$expand=ownerid,parentcustomerid_account,parentcustomerid_contact($select=|)",
            &["fullname"],
        ),
        (
            "contacts?$expand=parentcustomerid_account($select=name),parentcustomerid_contact($select=|)",
            &["fullname"],
        ),
        ("contacts?$expand=parentcustomerid_account/primarycontactid($select=|)", &["fullname"]),
        (
            "contacts?$expand=parentcustomerid_account/primarycontactid,parentcustomerid_account($select=|)",
            &["name"],
        ),
        (
            "contacts?$expand=parentcustomerid_account/primarycontactid,parentcustomerid_a|",
            &["parentcustomerid_account"],
        ),
        ("contacts?$expand=parentcustomerid_account/primaryc|", &["primarycontactid"]),
        (
            "contacts?$expand=parentcustomerid_account($select=name),parentcustomerid_c|",
            &["parentcustomerid_contact"],
        ),
        (
            "contacts?$expand=parentcustomerid_account($expand=ownerid,primarycontactid($select=|",
            &["fullname"],
        ),
    ]);
    contains(&[
        ("contacts?$expand=|", &["parentcustomerid_account", "ownerid", "!primarycontactid", "!$ref"]),
        ("contacts?$expand=ownerid,|", &["parentcustomerid_account", "!primarycontactid", "!$ref"]),
        (
            "contacts?$expand=parentcustomerid_account/|",
            &["primarycontactid", "$ref", "!parentcustomerid_account"],
        ),
        ("contacts?$expand=parentcustomerid_account |", &["!ownerid", "!$ref"]),
        ("contacts?$expand=parentcustomerid_account($select=name)|", &["!ownerid", "!$ref"]),
    ]);
}

#[test]
fn conditions_offer_operands_operators_and_values_in_turn() {
    begins(&[
        ("full|", &["fullname"]),
        ("parentcustomerid_account/na|", &["name"]),
        ("fullname |", &["eq", "ne"]),
        ("birthdate |", &["ge", "lt"]),
        ("statecode eq |", &["0 Active", "1 Inactive", "null"]),
        ("statecode eq Ina|", &["1 Inactive"]),
        ("familystatuscode eq 'mar|", &["2 Married"]),
        ("donotemail eq |", &["true", "false"]),
        ("statecode eq 0 |", &["and", "or"]),
        ("contains(fullname,'x') |", &["and", "or"]),
        ("contains(f|", &["fullname", "firstname"]),
        ("account_primary_contact/|", &["any", "all", "$count"]),
        ("account_primary_contact/any(|", &["a:a/"]),
        ("account_primary_contact/any(a:a/na|", &["name"]),
        ("account_primary_contact/any(a:a/name eq 'x' and |", &["a/name"]),
        ("account_primary_contact/any(a:a/statecode eq |)", &["0 Active"]),
        ("statecode in (|", &["0 Active", "1 Inactive"]),
        ("Microsoft.Dynamics.CRM.LastXD|", &["LastXDays"]),
        ("Microsoft.Dynamics.CRM.LastXDays(|", &["PropertyName", "PropertyValue"]),
        ("Microsoft.Dynamics.CRM.LastXDays(PropertyName='birth|',PropertyValue=1)", &["birthdate"]),
        ("Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=['|'])", &["0 Active"]),
    ]);
    contains(&[
        ("|", &["fullname", "_parentcustomerid_value", "parentcustomerid_account", "contains", "not"]),
        ("createdon |", &["LastXDays", "Today", "!ContainValues", "!In"]),
        ("fullname |", &["!gt", "In", "!Today"]),
        ("Microsoft.Dynamics.CRM.LastXDays(PropertyName='|", &["createdon", "!fullname"]),
    ]);
    assert_eq!(apply("statecode eq 'Ina|' and x", "1 Inactive"), "statecode eq 1| and x");
    assert_eq!(apply("statecode eq 'Ina|", "1 Inactive"), "statecode eq 1|");
    assert_eq!(
        apply("createdon las|", "LastXDays"),
        "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=|)"
    );
    assert_eq!(apply("con|", "contains"), "contains(|)");
    assert_eq!(apply("account_primary_contact/|", "any"), "account_primary_contact/any(a:a/|)");
    assert_eq!(apply("fu|ll eq 'x'", "fullname"), "fullname| eq 'x'");
    begins(&[("| eq 'x'", &["fullname"]), ("| eq true", &["donotemail"])]);
}

#[test]
fn aggregations_offer_transformations_columns_methods_and_their_names() {
    begins(&[
        ("contacts?$apply=|", &["groupby", "aggregate", "filter"]),
        ("contacts?$apply=groupby((state|", &["statecode"]),
        ("contacts?$apply=aggregate(annualincome |", &["with"]),
        ("contacts?$apply=aggregate(annualincome with |", &["sum", "average"]),
        ("contacts?$apply=aggregate(annualincome with sum |", &["as"]),
        ("contacts?$apply=filter(statecode eq |)/aggregate($count as n)", &["0 Active"]),
        ("contacts?$apply=aggregate(annualincome with sum as total)&$orderby=|", &["total"]),
    ]);
}

#[test]
fn placeholders_and_encodings_are_understood() {
    begins(&[
        ("contacts({id})?$filter=_ownerid_value eq {owner} and statecode eq |", &["0 Active"]),
        ("contacts?$filter=fullname eq '@{variables('a')}' and st|", &["statecode"]),
        ("contacts?$filter=statecode%20eq%20|", &["0 Active"]),
        ("%66ullname%20eq%20'a'%20and%20statecode%20eq%20|", &["0 Active"]),
        ("&lt;fetch&gt;&lt;entity name=&quot;acc|&quot;&gt;", &["account"]),
        ("accounts?fetchXml=%3Cfetch%3E%3Centity%20name%3D'acc|'%2F%3E%3C%2Ffetch%3E", &["account"]),
        ("acc|?fetchXml=%3Cfetch%2F%3E", &["accounts"]),
    ]);
    assert_eq!(
        apply("contacts?$filter=createdon%20las|", "LastXDays"),
        "contacts?$filter=Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=|)"
    );
    assert_eq!(
        apply("&lt;fetch&gt;&lt;entity name=&quot;account&quot;&gt;&lt;attri|&lt;/entity&gt;", "attribute"),
        "&lt;fetch&gt;&lt;entity name=&quot;account&quot;&gt;&lt;attribute name=&quot;|&quot;/&gt;&lt;/entity&gt;"
    );
}

#[test]
fn fetchxml_offers_elements_attributes_and_values_in_turn() {
    let within = |inner: &str| format!("<fetch><entity name='contact'>{inner}</entity></fetch>");
    let first = |inner: &str, expected: &[&str]| begins(&[(&within(inner), expected)]);
    begins(&[
        ("<|", &["fetch"]),
        ("<fetch><|", &["entity"]),
        ("<fetch |><entity name='contact'/></fetch>", &["top"]),
        ("<fetch><entity name='cont|", &["contact"]),
    ]);
    first("<|", &["attribute", "filter", "link-entity"]);
    first("|", &["attribute", "filter"]);
    first("<filter><|", &["condition", "filter"]);
    first("<filter><condition |/></filter>", &["attribute", "operator"]);
    first("<attribute name='full|'/>", &["fullname"]);
    first("<attribute name='fullname'/><attribute name='|'/>", &["contactid"]);
    first("<filter><condition attribute='birthdate' operator='last-x-d|'/></filter>", &["last-x-days"]);
    first("<filter><condition attribute='fullname' operator='|'/></filter>", &["eq"]);
    first("<filter><condition attribute='statecode' operator='eq' value='|'/></filter>", &["0 Active"]);
    first("<filter><condition attribute='statecode' operator='eq' value='inac|'/></filter>", &["1 Inactive"]);
    first(
        "<filter><condition attribute='statecode' operator='in'><value>|</value></condition></filter>",
        &["0 Active"],
    );
    first("<filter><condition attribute='donotemail' operator='eq' value='|'/></filter>", &["1", "0"]);
    first("<link-entity name='account' from='|' to='parentcustomerid'/>", &["accountid"]);
    first("<link-entity name='account' from='accountid' to='|'/>", &["parentcustomerid"]);
    first("<link-entity name='acc|' from='accountid' to='parentcustomerid'/>", &["account"]);
    first(
        "<link-entity name='account' from='accountid' to='parentcustomerid' alias='a'/><order attribute='name' entityname='|'/>",
        &["a"],
    );
    first(
        "<link-entity name='account' from='accountid' to='parentcustomerid' alias='a'/><filter><condition entityname='a' attribute='na|'/></filter>",
        &["name"],
    );
    first("<attribute name='annualincome' aggregate='|'/>", &["avg"]);
    first("<filter type='|'/>", &["and", "or"]);
    first("<order attribute='fullname' descending='|'/>", &["true", "false"]);
    first("</|", &["entity"]);
    let birthdate = labels(&within("<filter><condition attribute='birthdate' operator='|'/></filter>"));
    assert!(!birthdate.iter().any(|l| l == "contain-values" || l == "eq-userid"), "{birthdate:?}");
    assert_eq!(
        apply(
            &within("<filter><condition attribute='statecode' operator='eq' value='Inac|'/></filter>"),
            "1 Inactive"
        ),
        within("<filter><condition attribute='statecode' operator='eq' value='1|'/></filter>")
    );
    assert_eq!(
        apply(&within("<link|"), "link-entity account (parentcustomerid)"),
        within("<link-entity name='account' from='accountid' to='parentcustomerid'>|</link-entity>")
    );
    assert_eq!(apply(&within("<attribute na|/>"), "name"), within("<attribute name='|'/>"));
}

#[test]
fn an_offset_outside_of_the_text_or_within_a_character_is_clamped() {
    let store = sample::open().unwrap();
    let text = "contacts?$filter=fullname eq 'é' and statecode eq ";
    let context = QueryContext::new(&store, QueryForm::Request(text), None);
    assert_eq!(context.complete(usize::MAX).unwrap(), context.complete(text.len()).unwrap());
    let within = text.find('é').unwrap() + 1;
    assert_eq!(context.complete(within).unwrap(), context.complete(within - 1).unwrap());
    assert!(context.complete(17).unwrap().len() <= MAX_COMPLETIONS);
}

/// Returns the candidates of a query, in which `¦` is the cursor, with their weights.
fn weights(input: &str) -> String {
    let (table, query) = match input.strip_prefix("table: ").and_then(|rest| rest.split_once('\n')) {
        Some((table, query)) => (Some(table), query),
        None => (None, input),
    };
    let at = query.find('¦').unwrap();
    let query = query.replacen('¦', "", 1);
    let store = sample::open().unwrap();
    let form = match QueryForm::untrimmed(&query) {
        QueryForm::Filter(text) if text.starts_with('<') => QueryForm::Fetch(text),
        QueryForm::Filter(text) if text.starts_with('?') || table.is_none() && !text.contains(' ') => {
            QueryForm::Request(text)
        }
        form => form,
    };
    let context = QueryContext::new(&store, form, table);
    let (text, cursor) = context.cursor_text(at);
    let Some(cursor) = cursor else { return "not in the query".to_owned() };
    let completer = context.collected(&text, cursor).unwrap();
    let mut all: Vec<(i32, &str)> =
        completer.candidates.iter().map(|one| (one.weight, one.label.as_ref())).collect();
    all.sort_by(|a, b| (b.0, a.1).cmp(&(a.0, b.1)));
    let sum: i32 = all.iter().map(|(weight, _)| weight).sum();
    let shown = |part: &[(i32, &str)]| -> String {
        let part: Vec<String> = part.iter().map(|(weight, label)| format!("{label} {weight}")).collect();
        part.join(", ").replace('\n', "⏎")
    };
    let last = all.len().saturating_sub(3).max(8);
    let rest = all.get(last..).map_or(String::new(), |rest| format!(" … {}", shown(rest)));
    format!("{} with {sum}: {}{rest}", all.len(), shown(&all[..all.len().min(8)]))
}

#[test]
fn the_weight_of_a_candidate_follows_from_its_place() {
    golden::check("editor/weights.txt", weights);
}
