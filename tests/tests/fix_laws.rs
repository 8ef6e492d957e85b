//! An automatic fix never changes what a query means.
//!
//! A long run: `DVKIT_DAMAGES=1000000 DVKIT_SEED=2 cargo test --release -p dvkit-tests --test fix_laws --
//! --nocapture`

use dvkit_diagnostic::Diagnostic;
use dvkit_query::CheckOptions;
use dvkit_tests::damage::{Language, edits_hold, run};
use dvkit_tests::sample::{field, rows};

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|n| n.parse().ok())
}

#[test]
fn an_automatic_fix_of_a_damaged_query_restores_its_meaning() {
    let number = asked("DVKIT_DAMAGES").unwrap_or(20_000);
    let (tally, broken) = run(number, asked("DVKIT_SEED").unwrap_or(1));
    println!("{tally}");
    let some: Vec<&str> = broken.iter().step_by(broken.len() / 20 + 1).map(String::as_str).collect();
    assert!(broken.is_empty(), "{} of {number}:\n{}", broken.len(), some.join("\n"));
}

#[test]
fn every_suggestion_for_a_sample_can_be_applied_and_comes_through_json_unchanged() {
    let mut suggestions = 0;
    for file in
        ["right.jsonl", "wrong.jsonl", "requests.jsonl", "lints.jsonl", "fetchxml.jsonl", "mapping.jsonl"]
    {
        for row in rows(file) {
            let filter = Language::Filter(field(&row, "table").to_owned());
            let all = [
                ("filter", filter),
                ("query", Language::Request),
                ("odata", Language::Request),
                ("fetchxml", Language::Fetch),
            ];
            for (name, language) in all.into_iter().filter(|(name, _)| row[*name].is_string()) {
                let text = field(&row, name);
                let checked = language.check(text, &CheckOptions::default());
                edits_hold(text, &checked.diagnostics).unwrap_or_else(|e| panic!("{e}"));
                let json = serde_json::to_string(&checked.diagnostics).expect("JSON");
                let back: Vec<Diagnostic> = serde_json::from_str(&json).expect("JSON");
                assert_eq!(back, checked.diagnostics, "{text}");
                suggestions += back.iter().map(|d| d.suggestions.len()).sum::<usize>();
            }
        }
    }
    assert!(suggestions > 200, "{suggestions}");
}

#[test]
fn a_lost_or_doubled_sign_is_found_if_it_has_one_meaning() {
    let fetch = |within: &str| format!("<fetch><entity name=\"contact\">{within}</entity></fetch>");
    let list = |value: &str| {
        let filter = "<filter><condition attribute=\"lastname\" operator=\"in\"><value>Ann</value>";
        fetch(&format!("{filter}{value}</condition></filter>"))
    };
    let condition = |operator: &str| {
        fetch(&format!("<filter><condition attribute=\"lastname\" {operator} value=\"Ann\"/></filter>"))
    };
    let (one, eq) = (list("<value>Bob</value>"), condition("operator=\"eq\""));
    let empty = "<link-entity name=\"account\" from=\"accountid\" to=\"parentcustomerid\"></link-entity>";
    let ordered = |link: &str| fetch(&format!("{link}<order attribute=\"lastname\"/>"));
    for (damaged, right) in [
        (list("<value>Bob/value>"), &one),
        (list("<valueBob</value>"), &one),
        (list("value>Bob</value>"), &one),
        (list("<value>Bob<value>"), &one),
        (condition("operator==\"eq\""), &eq),
        (condition("operator\"eq\""), &eq),
        (condition("operator=\"eq\" operator=\"eq\""), &eq),
        (ordered(&empty.replace("</", "/")), &ordered(empty)),
    ] {
        let fixed = Language::Fetch.check(&damaged, &CheckOptions::default()).rewritten;
        assert_eq!(fixed.as_ref(), Some(right), "{damaged}");
    }
    for (damaged, right) in [
        ("statecode eq eq 0", Some("statecode eq 0")),
        ("name ne ne null", Some("name ne null")),
        ("name eq 'a' and and statecode eq 0", Some("name eq 'a' and statecode eq 0")),
        // It is not known which of two operators is meant, or how the text would continue.
        ("statecode eq ne 0", None),
        ("createdon eq 2063-02-2", None),
        ("numberofemployees eq 2.", None),
        // Two columns for those who quote names, a column and a text for those who quote texts.
        ("name eq \"accountnumber\"", None),
        ("name in (\"accountnumber\")", None),
        ("primarycontactid/firstname eq \"lastname\"", None),
        (
            "Microsoft.Dynamics.CRM.In(PropertyName=\"name\",PropertyValues=['1'])",
            Some("Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['1'])"),
        ),
        ("name eq \"Ann\"", Some("name eq 'Ann'")),
        // `anot` is no variable that the condition uses: it may be `a:not`.
        ("contact_customer_accounts/any(anot (parentcustomerid_account/name eq 'x'))", None),
    ] {
        let fixed = Language::Filter("account".to_owned()).check(damaged, &CheckOptions::default()).rewritten;
        assert_eq!(fixed.as_deref(), right, "{damaged}");
    }
    for (damaged, right) in [
        // Both navigation properties lead to the same row, and so does the path that lost its `/`.
        ("owningbusinessunitname lt '100%'", Some("owningbusinessunit/name lt '100%'")),
        ("_owningbusinessunit_value/name eq 'x'", Some("owningbusinessunit_task/name eq 'x'")),
        // A user has no other name than the primary one.
        ("createdbyname eq 'x'", Some("createdby/fullname eq 'x'")),
        ("regardingobjectidname eq 'x'", None),
        ("owneridname eq 'x'", None),
    ] {
        let fixed = Language::Filter("task".to_owned()).check(damaged, &CheckOptions::default()).rewritten;
        assert_eq!(fixed.as_deref(), right, "{damaged}");
    }
    for (damaged, right) in [
        // The label of the choice, or two columns that lost their comma.
        ("accounts?$select=statecodename&$top=1", None),
        ("accounts?$select=name&$orderby=statecodename&$top=1", None),
        ("accounts?$select=name,statecodename&$top=1", Some("accounts?$select=name,statecode&$top=1")),
        (
            "tasks?$select=subject&$expand=owningbusinessunit_task($select=name)&$orderby=statecodename&$top=1",
            Some(
                "tasks?$select=subject&$expand=owningbusinessunit_task($select=name)&$orderby=statecode&$top=1",
            ),
        ),
        (
            "tasks?$select=subject&$expand=_owningbusinessunit_value($select=name)&$top=1",
            Some("tasks?$select=subject&$expand=owningbusinessunit_task($select=name)&$top=1"),
        ),
    ] {
        let fixed = Language::Request.check(damaged, &CheckOptions::default()).rewritten;
        assert_eq!(fixed.as_deref(), right, "{damaged}");
    }
    for (damaged, right) in [
        // The backslash is that of a quote, and begins no other escape.
        (r#"["say \"hi\"]"#, Some(r#"["say \"hi\""]"#)),
        (r#"["say \hi\""]"#, Some(r#"["say \"hi\""]"#)),
        (r#"["{x}","say \"hi\"]"#, None),
        (r#"["{x}","say \hi\""]"#, None),
    ] {
        let list =
            |values: &str| format!("Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues={values})");
        let damaged = list(damaged);
        let fixed =
            Language::Filter("account".to_owned()).check(&damaged, &CheckOptions::default()).rewritten;
        assert_eq!(fixed, right.map(list), "{damaged}");
    }
    for placeholder in ["@{variables('x')}", "{{x}}", "{0}", "${x}", "<x>", "%x%", "$x", "[x]"] {
        for accepted in [false, true] {
            let options = CheckOptions { placeholders: accepted, ..CheckOptions::default() };
            let list = format!(
                "Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=[\"]\",\"O{placeholder}statuscode',PropertyValues=['46'])"
            );
            let fixed = Language::Filter("account".to_owned()).check(&list, &options).rewritten;
            assert_eq!(fixed, None, "the placeholder may stand for the quote: {list}");
        }
    }
    let holds_both = "name in (\"a\",\"b@{variables('x')}statuscode',PropertyValues=['46'])";
    let options = CheckOptions { placeholders: true, ..CheckOptions::default() };
    let fixed = Language::Filter("account".to_owned()).check(holds_both, &options).rewritten;
    assert_eq!(fixed, None, "the placeholder may stand for the quote");
    for damaged in [
        "accounts?$select=name&$orderby=primarycontacti",
        "accounts?$select=name&$skiptoken=",
        // Without its `&`, the option would become a part of the value of another one.
        "accounts?$select=name&$top=3&tag=nightly&$s=abc",
    ] {
        let checked = Language::Request.check(damaged, &CheckOptions::default());
        let stays = checked.is_ok() && checked.rewritten.as_deref() == Some(damaged);
        assert!(checked.rewritten.is_none() || stays, "{damaged}: {:?}", checked.rewritten);
    }
}
