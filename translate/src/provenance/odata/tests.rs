//! Each case is a subject and an OData text in which `‹` and `›` stand around the part that is found.

use dvkit_diagnostic::Span;
use odata_parser::{ParseOptions, RequestText, parse_filter_recovering, parse_request_recovering};

use super::{in_filter, in_request};
use crate::subject::Subject;
use dvkit_query::hir::{UnreadKind, UnreadPart};

/// Returns the text without the marks, and the span of what stands between them.
fn unmarked(marked: &str) -> (String, Option<Span>) {
    let span = marked.split_once('‹').map(|(before, behind)| {
        let (part, _) = behind.split_once('›').expect("a part that begins ends");
        Span::new(before.len(), before.len() + part.len())
    });
    (marked.replace(['‹', '›'], ""), span)
}

fn assert_in_filter(subject: &Subject, marked: &str) {
    let (text, expected) = unmarked(marked);
    let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
    let parsed = parse_filter_recovering(&text, &options);
    assert_eq!(in_filter(subject, &parsed.expr), expected, "{subject:?} in {marked}");
}

fn assert_in_request(subject: &Subject, marked: &str) {
    let (text, expected) = unmarked(marked);
    let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
    let request = RequestText::new(&text);
    let parsed = parse_request_recovering(&request, &options);
    assert_eq!(in_request(subject, &parsed.request), expected, "{subject:?} in {marked}");
}

fn name(name: &str) -> Subject {
    Subject::Name(name.to_owned())
}

fn unread(kind: UnreadKind, name: &str) -> Subject {
    Subject::Unread(UnreadPart {
        kind,
        element: String::new(),
        name: name.to_owned(),
        value: String::new(),
        known: true,
    })
}

#[test]
fn a_name_of_a_filter_is_the_first_segment_function_or_parameter_with_it() {
    for (wanted, marked) in [
        ("fax", "name eq 'fax' and ‹fax› eq 'x' and fax eq 'y'"),
        ("fax", "name eq 'x' or ‹FAX› eq 'x'"),
        ("ownerid", "owner eq 1 or ‹_ownerid_value› eq 1"),
        ("_ownerid_value", "ownerid eq 1 or ‹_ownerid_value› eq 1"),
        ("ownerid", "_ownerid eq 1 or ownerid_value eq 1"),
        ("fullname", "primarycontactid/‹fullname› eq 'x'"),
        ("tasks", "primarycontactid/‹tasks›/any(t:t/subject eq 'x')"),
        ("subject", "tasks/any(t:t/‹subject› eq 'x')"),
        ("contains", "not ‹contains›(name,'contains')"),
        ("name", "contains(‹name›,'x')"),
        ("In", "‹Microsoft.Dynamics.CRM.In›(PropertyName='In',PropertyValues=['x'])"),
        ("Microsoft", "Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['x'])"),
        ("@p", "name eq @q or fax eq ‹@p› or fax eq @p"),
        ("'@p'", "name eq ‹@p›"),
        ("{id}", "name eq {x} or fax eq ‹{id}› or fax eq {id}"),
        ("'{id}'", "name eq ‹{id}›"),
        ("missing", "name eq 'x'"),
    ] {
        assert_in_filter(&name(wanted), marked);
    }
}

#[test]
fn a_column_of_a_filter_is_found_by_its_name_whatever_is_said_of_it() {
    let column = || "fax".to_owned();
    for subject in
        [Subject::Condition(None, column()), Subject::Select(None, column()), Subject::Order(None, column())]
    {
        assert_in_filter(&subject, "name eq 'x' and ‹fax› eq @fax");
    }
    for subject in [
        Subject::Whole,
        Subject::Entity,
        Subject::Page,
        Subject::OrderOfResult(column()),
        Subject::Alias(Some(column())),
        Subject::Compared(column(), column()),
        Subject::Text(column(), column()),
        Subject::Aggregate(column()),
        Subject::DatePart(column()),
        Subject::Join(column()),
        Subject::JoinColumns(column()),
        Subject::JoinKind(column()),
        Subject::Exists(vec![column()], column(), column()),
        Subject::OptionsOf(column()),
        Subject::Attribute("fax"),
        Subject::Option("fax"),
        unread(UnreadKind::Segment, "fax"),
    ] {
        assert_in_filter(&subject, "name eq 'x' and fax eq fax and fax(fax) eq @fax");
    }
}

#[test]
fn the_table_of_a_request_is_its_first_segment() {
    assert_in_request(&Subject::Entity, "‹accounts›/contact_customer_accounts?$top=5");
    assert_in_request(&Subject::Whole, "accounts?$top=5");
}

#[test]
fn an_option_is_found_by_its_name_without_the_dollar_sign() {
    for (wanted, marked) in [
        ("orderby", "accounts?$select=orderby&‹$orderby=name›&$orderby=fax"),
        ("skiptoken", "accounts?$top=5&‹$SkipToken=x›"),
        ("fetchXml", "accounts?‹fetchXml=<fetch/>›"),
        ("sql", "accounts?$select=sql&‹sql=x›"),
        ("top", "accounts?$select=top"),
    ] {
        assert_in_request(&Subject::Option(wanted), marked);
    }
}

#[test]
fn a_name_of_a_request_is_rather_a_part_of_a_path_than_an_option() {
    for (wanted, marked) in [
        ("x", "accounts?x=1&$select=‹x›"),
        ("x", "accounts?y=1&‹x=1›&x=2"),
        ("x", "accounts?y=1&X=1"),
        ("owner", "accounts(1)/‹owner›?$select=owner"),
        ("@p", "accounts?$filter=name eq ‹@p›&@p='x'"),
        ("@p", "accounts?‹@p='x'›"),
    ] {
        assert_in_request(&name(wanted), marked);
    }
}

#[test]
fn an_unread_part_is_a_segment_of_its_whole_name_or_an_option() {
    for (kind, wanted, marked) in [
        (
            UnreadKind::Segment,
            "Microsoft.Dynamics.CRM.account",
            "accounts/Microsoft.Dynamics.CRM.contact/‹Microsoft.Dynamics.CRM.account›?$select=name",
        ),
        (
            UnreadKind::Segment,
            "Microsoft.Dynamics.CRM.Total",
            "accounts/Microsoft.Dynamics.CRM.Other()/‹Microsoft.Dynamics.CRM.Total()›",
        ),
        (
            UnreadKind::Segment,
            "Microsoft.Dynamics.CRM.account",
            "accounts/‹Microsoft.Dynamics.CRM.account›/Microsoft.Dynamics.CRM.account",
        ),
        (UnreadKind::Segment, "account", "accounts/Microsoft.Dynamics.CRM.account"),
        (UnreadKind::Option, "$count", "accounts?$top=1&‹$count=true›&$count=false"),
        (UnreadKind::Option, "partitionId", "accounts?$select=partitionId&‹partitionId='x'›"),
        (UnreadKind::Option, "partitionid", "accounts?partitionId='x'"),
        (UnreadKind::Option, "count", "accounts?$count=true"),
    ] {
        assert_in_request(&unread(kind, wanted), marked);
    }
}

#[test]
fn order_and_limit_of_an_expansion_are_found_within_it() {
    let subject = Subject::OptionsOf("tasks".to_owned());
    for marked in [
        "accounts?$orderby=name&$top=5&$expand=tasks($select=subject;‹$orderby=subject›;$top=5)",
        "accounts?$expand=notes($top=5),Tasks($select=subject;‹$top=5›)",
        "accounts?$expand=tasks($select=subject),notes($top=5)&$top=5",
        "accounts?$expand=notes($expand=tasks(‹$top=5›);$top=5)",
        "accounts?$expand=tasks($expand=notes(‹$top=5›);$top=6)",
        "accounts?$expand=tasks/notes(‹$top=5›)",
        "accounts?$select=tasks&$top=5",
    ] {
        assert_in_request(&subject, marked);
    }
}
