use dvkit_diagnostic::{Diagnostic, Span, code};

use crate::fidelity::{Difference, DifferenceKind, Translation, Untranslatable};
use crate::subject::Subject;

fn refused(subjects: &[Subject]) -> Untranslatable {
    let reason = |n| Diagnostic::error(code::PARAMETER, Span::default(), format!("reason {n}"));
    Untranslatable {
        reasons: (0..subjects.len()).map(reason).collect(),
        nearest: Some("nearest".to_owned()),
        subject: subjects.to_vec(),
    }
}

fn placed(refused: Untranslatable, text: &str) -> Vec<(String, String)> {
    assert_eq!((refused.nearest.as_deref(), &refused.subject), (Some("nearest"), &Vec::new()));
    refused
        .reasons
        .into_iter()
        .map(|d| (d.message, format!("{} {}", d.span.start, d.span.of(text))))
        .collect()
}

fn name(name: &str) -> Subject {
    Subject::Name(name.to_owned())
}

#[test]
fn reasons_get_their_places_in_a_filter_as_it_was_written() {
    for (filter, first, second) in [
        ("name eq 'x' and fax eq 'y'", "0 name", "16 fax"),
        // What can be parsed is not decoded, even if there are escapes in it.
        ("name eq '%20%20' and fax eq 'y'", "0 name", "21 fax"),
        ("concat('%27',concat(name,fax))", "20 name", "25 fax"),
        ("name%20eq%20'x'%20and%20fax%20eq%20'y'", "0 name", "24 fax"),
        ("n%61me%20eq%20'x'%20and%20f%61x%20eq%20'y'", "0 n%61me", "26 f%61x"),
        // A text with spaces is not encoded, even if it cannot be parsed.
        ("name eq '%20%20' and fax eq", "0 name", "21 fax"),
        ("name eq {x} and fax eq {y}", "0 name", "16 fax"),
    ] {
        let refused = refused(&[name("fax"), name("name")]).in_filter(filter, true);
        let expected =
            [("reason 1".to_owned(), first.to_owned()), ("reason 0".to_owned(), second.to_owned())];
        assert_eq!(placed(refused, filter), expected, "{filter}");
    }
}

#[test]
fn a_reason_without_a_place_is_about_the_whole_text() {
    let subjects = [name("fax"), Subject::Whole, name("missing")];
    let filter = "name eq 'x' and fax eq 'y'";
    let whole = format!("0 {filter}");
    let expected = |fax: &str, whole: &str| {
        [("reason 1", whole), ("reason 2", whole), ("reason 0", fax)]
            .map(|(reason, at)| (reason.to_owned(), at.to_owned()))
    };
    assert_eq!(placed(refused(&subjects).in_filter(filter, false), filter), expected("16 fax", &whole));
    let request = "accounts?$select=name&$filter=f%61x eq 'y'";
    assert_eq!(
        placed(refused(&subjects).in_request(request, false), request),
        expected("30 f%61x", &format!("0 {request}"))
    );
    let fetch = "<fetch><entity name='account'><order alias='fax'/></entity></fetch>";
    let subjects = [Subject::OrderOfResult("fax".into()), Subject::Whole, name("missing")];
    assert_eq!(
        placed(refused(&subjects).in_fetchxml(fetch, false), fetch),
        expected("30 <order alias='fax'/>", &format!("0 {fetch}"))
    );
}

#[test]
fn placeholders_are_parsed_where_they_are_allowed() {
    let id = name("{id}");
    let at = |refused: Untranslatable| refused.reasons.iter().map(|d| (d.span.start, d.span.end)).collect();
    let found = |is_allowed: bool| -> [Vec<(u32, u32)>; 2] {
        [
            at(refused(std::slice::from_ref(&id)).in_filter("name eq {id}", is_allowed)),
            at(refused(std::slice::from_ref(&id)).in_request("accounts?$filter=name eq {id}", is_allowed)),
        ]
    };
    assert_eq!(found(true), [[(8, 12)], [(25, 29)]]);
    assert_eq!(found(false), [[(0, 12)], [(0, 29)]]);
}

#[test]
fn only_differences_of_a_part_get_a_place() {
    let difference = |subject: Option<Subject>| Difference {
        kind: DifferenceKind::Unread,
        text: "text".to_owned(),
        span: None,
        subject,
    };
    let translation = |subjects: &[Option<Subject>]| Translation {
        text: "text".to_owned(),
        differences: subjects.iter().cloned().map(difference).collect(),
    };
    let spans = |translation: Translation| -> Vec<Option<Span>> {
        assert_eq!(translation.text, "text");
        translation.differences.into_iter().map(|d| d.span).collect()
    };
    let request = "accounts?$top=5&$filter=f%61x eq 'y'";
    let fetch = "<fetch><entity name='account'><order alias='fax'/></entity></fetch>";
    let top = Some(Subject::Option("top"));
    let order = Some(Subject::OrderOfResult("fax".into()));
    let (at_top, at_order) = (Some(Span::new(9, 15)), Some(Span::new(30, 50)));
    let fax = Some(name("fax"));
    for (subjects, of_request, of_fetch) in [
        (vec![None, top.clone()], vec![None, at_top], vec![None, None]),
        (vec![top.clone(), None], vec![at_top, None], vec![None, None]),
        (vec![order.clone(), top], vec![None, at_top], vec![at_order, None]),
        (vec![None, order], vec![None, None], vec![None, at_order]),
        (vec![fax], vec![Some(Span::new(24, 29))], vec![None]),
        (vec![None], vec![None], vec![None]),
        (vec![], vec![], vec![]),
    ] {
        let translation = translation(&subjects);
        assert_eq!(spans(translation.clone().in_request(request, false)), of_request, "{subjects:?}");
        assert_eq!(spans(translation.in_fetchxml(fetch, false)), of_fetch, "{subjects:?}");
    }
}
