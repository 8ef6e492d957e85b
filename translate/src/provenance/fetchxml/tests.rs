//! Each case is a subject and FetchXML in which `‹` and `›` stand around the part that is found.

use dvkit_diagnostic::Span;
use fetchxml::FetchText;

use super::find;
use crate::subject::Subject;
use dvkit_query::hir::{UnreadKind, UnreadPart};

/// Reports a difference between the part that is found and the part between the marks.
fn assert_found(subject: &Subject, marked: &str) {
    let expected = marked.split_once('‹').map(|(before, behind)| {
        let (part, _) = behind.split_once('›').expect("a part that begins ends");
        Span::new(before.len(), before.len() + part.len())
    });
    let text = marked.replace(['‹', '›'], "");
    let fetch = FetchText::new(&text);
    let parsed = fetchxml::parse_text(&fetch, &fetchxml::ParseOptions::default());
    assert_eq!(find(subject, &parsed.fetch), expected, "{subject:?} in {marked}");
}

/// Reports a difference for each of the texts, which stand in an `<entity>`.
fn assert_all_found(subject: &Subject, within_entity: &[&str]) {
    for text in within_entity {
        assert_found(subject, &format!("<fetch><entity name='account'>{text}</entity></fetch>"));
    }
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn alias(alias: &str) -> Option<String> {
    Some(alias.to_owned())
}

#[test]
fn the_parts_of_a_whole_query_are_attributes_of_fetch_and_entity() {
    for (subject, marked) in [
        (Subject::Whole, "<fetch top='1'><entity name='account'/></fetch>"),
        (Subject::Option("top"), "<fetch top='1'><entity name='account'/></fetch>"),
        (Subject::OptionsOf("account".into()), "<fetch top='1'><entity name='account'/></fetch>"),
        (Subject::Name("account".into()), "<fetch top='1'><entity name='account'/></fetch>"),
        (Subject::Entity, "<fetch top='1'><entity ‹name='account›'/></fetch>"),
        (Subject::Entity, "<fetch top='1'><entity/></fetch>"),
        (Subject::Entity, "<fetch/>"),
        (Subject::Attribute("datasource"), "<fetch ‹datasource='archive›'><entity name='account'/></fetch>"),
        (Subject::Attribute("datasource"), "<fetch top='1'><entity name='account'/></fetch>"),
        (Subject::Attribute("top"), "<fetch top='1' datasource='archive'/>"),
        (Subject::Page, "<fetch paging-cookie='x' ‹page='2›'/>"),
        (Subject::Page, "<fetch ‹paging-cookie='x›' count='2'/>"),
        (Subject::Page, "<fetch count='2'/>"),
    ] {
        assert_found(&subject, marked);
    }
}

#[test]
fn an_unread_attribute_is_found_by_its_element_its_name_and_its_value() {
    let part = UnreadPart {
        kind: UnreadKind::Attribute,
        element: "entity".into(),
        name: "shape".into(),
        value: "round".into(),
        known: false,
    };
    for marked in [
        "<fetch shape='round'><entity name='account' ‹shape›='round'/><entity shape='round'/></fetch>",
        "<fetch><entity form='round' ‹shape›='round'/></fetch>",
        "<fetch><entity shape='flat'/><entity ‹shape›='round'/></fetch>",
        "<fetch><entity shape='flat'><filter shape='round'/></entity></fetch>",
    ] {
        assert_found(&Subject::Unread(part.clone()), marked);
    }
}

#[test]
fn an_unread_element_is_the_first_of_its_name_in_its_parent() {
    let part = |kind| UnreadPart {
        kind,
        element: "filter".into(),
        name: "and".into(),
        value: String::new(),
        known: false,
    };
    for marked in [
        "<fetch><and/><entity><and/><filter><condition/><‹and›/><and/></filter></entity></fetch>",
        "<fetch><entity><filter><condition/><filter><or/><‹and›/></filter></filter></entity></fetch>",
        "<fetch><entity><filter>and<or/></filter></entity></fetch>",
    ] {
        assert_found(&Subject::Unread(part(UnreadKind::Element)), marked);
    }
    for marked in [
        "<fetch>and<entity>and<filter>or<and/>‹and›<or/>and</filter></entity></fetch>",
        "<fetch>and<entity>and<filter>or</filter></entity></fetch>",
    ] {
        assert_found(&Subject::Unread(part(UnreadKind::Text)), marked);
    }
    for kind in [UnreadKind::Option, UnreadKind::Segment] {
        assert_found(
            &Subject::Unread(part(kind)),
            "<fetch><entity><filter and=''><and/></filter></entity></fetch>",
        );
    }
}

#[test]
fn a_returned_column_is_best_found_in_its_row() {
    assert_all_found(
        &Subject::Select(None, text("name")),
        &[
            "<attribute name='fax'/><attribute ‹name='NAME›'/><attribute name='name'/>",
            "<link-entity name='contact'><attribute name='name'/></link-entity><attribute ‹name='name›'/>",
            "<link-entity name='contact'><attribute ‹name='name›'/></link-entity>",
            "<attribute name='fax' alias='name'/><order attribute='name'/>",
        ],
    );
    assert_all_found(
        &Subject::Select(alias("c"), text("name")),
        &[
            "<attribute name='name'/><link-entity name='c' alias='d'><attribute name='name'/></link-entity><link-entity name='d' alias='c'><attribute ‹name='name›'/></link-entity>",
            "<attribute name='name'/><link-entity name='c'><attribute ‹name='name›'/></link-entity>",
            "<link-entity name='a' alias='c'><link-entity name='b' alias='d'><attribute name='name'/></link-entity><attribute ‹name='name›'/></link-entity>",
            "<link-entity name='a' alias='c'><attribute name='fax'/></link-entity><attribute ‹name='name›'/>",
        ],
    );
}

#[test]
fn an_alias_is_the_first_of_its_row() {
    assert_all_found(
        &Subject::Alias(None),
        &[
            "<attribute name='a'/><attribute name='b' ‹alias='x›'/><attribute name='c' alias='y'/>",
            "<link-entity name='c'><attribute name='b' alias='x'/></link-entity><attribute name='c' ‹alias='y›'/>",
            "<link-entity name='c'><attribute name='b' alias='x'/></link-entity>",
        ],
    );
    assert_all_found(
        &Subject::Alias(alias("c")),
        &[
            "<attribute name='b' alias='x'/><link-entity name='c'><link-entity name='d'><attribute name='b' alias='y'/></link-entity><attribute name='c' ‹alias='z›'/></link-entity>",
            "<attribute name='b' alias='x'/>",
        ],
    );
}

#[test]
fn an_aggregate_is_found_by_its_alias_and_a_part_of_a_date_by_its_column() {
    assert_all_found(
        &Subject::Aggregate(text("n")),
        &[
            "<attribute name='n' alias='m' aggregate='sum'/><attribute name='m' alias='N' ‹aggregate='max›'/><attribute name='m' alias='n' aggregate='min'/>",
            "‹<attribute name='m' alias='n'/>›",
            "<attribute name='n' aggregate='sum'/>",
        ],
    );
    assert_all_found(
        &Subject::DatePart(text("d")),
        &[
            "<attribute name='e' dategrouping='day'/><attribute name='d'/><attribute name='d' ‹dategrouping='week›'/><attribute name='d' dategrouping='month'/>",
            "<attribute name='d' alias='dategrouping'/>",
        ],
    );
}

#[test]
fn an_order_is_best_found_as_an_order_of_its_row_and_else_where_the_column_is_returned() {
    assert_all_found(
        &Subject::Order(None, text("name")),
        &[
            "<attribute name='name'/><order attribute='fax'/><order entityname='c' attribute='name'/>‹<order attribute='Name'/>›<order attribute='name'/>",
            "<attribute name='name'/>‹<order entityname='c' attribute='name'/>›",
            "<link-entity name='c'><attribute name='name'/></link-entity>‹<attribute name='name'/>›",
            "<link-entity name='c'>‹<attribute name='name'/>›</link-entity>",
            "<attribute name='name'/><link-entity name='c'>‹<order attribute='name'/>›</link-entity>",
            "<order attribute='fax'/><attribute name='fax'/>",
        ],
    );
    assert_all_found(
        &Subject::Order(alias("c"), text("name")),
        &[
            "<order attribute='name'/>‹<order entityname='c' attribute='name'/>›<link-entity name='c'><order attribute='name'/></link-entity>",
            "<order attribute='name'/><link-entity name='c'><link-entity name='d'><order attribute='name'/></link-entity>‹<order attribute='name'/>›</link-entity>",
            "<attribute name='name'/><link-entity name='c'>‹<attribute name='name'/>›</link-entity>",
        ],
    );
    assert_all_found(
        &Subject::OrderOfResult(text("n")),
        &["<order attribute='n'/><order alias='m'/>‹<order alias='N'/>›<order alias='n'/>"],
    );
}

#[test]
fn a_column_in_a_condition_is_found_by_how_well_the_condition_names_it() {
    let named = "<condition attribute='name' operator='eq' value='1'/>";
    let other_row = "<condition entityname='d' attribute='name' operator='eq' value='1'/>";
    let compared = "<condition attribute='fax' operator='eq' valueof='d.NAME'/>";
    let listed = "<attribute name='name'/>";
    let listed_in_link = "<link-entity name='d'>‹<attribute name='name'/>›</link-entity>";
    let of_texts = "<condition attribute='fax' operator='not-like' value='1'/>";
    let of_texts_of_link = "<condition entityname='d' attribute='fax' operator='begins-with' value='1'/>";
    // The best first. Two that are equally good stand in one list; the first in the text is found then.
    let ranks = [
        vec![named],
        vec![other_row, compared],
        vec![listed],
        vec![listed_in_link],
        vec![of_texts],
        vec![of_texts_of_link],
    ];
    let subject = Subject::Condition(None, text("name"));
    let marked = |text: &str| if text.contains('‹') { text.to_owned() } else { format!("‹{text}›") };
    for (at, best) in ranks.iter().enumerate() {
        for best in best.iter().map(|best| marked(best)) {
            assert_all_found(&subject, &[&best]);
            for worse in ranks.iter().skip(at + 1).flatten().map(|worse| worse.replace(['‹', '›'], "")) {
                assert_all_found(&subject, &[&format!("{best}{worse}"), &format!("{worse}{best}")]);
            }
        }
    }
    assert_all_found(
        &subject,
        &[
            &format!("‹{compared}›{other_row}"),
            &format!("‹{other_row}›{compared}"),
            "<condition attribute='fax' operator='eq' valueof='name.fax'/><condition attribute='fax' operator='eq' value='name'/>",
        ],
    );
    for (operator, is_found) in [
        ("like", true),
        ("not-like", true),
        ("begins-with", true),
        ("not-begin-with", true),
        ("ends-with", true),
        ("not-end-with", true),
        ("eq", false),
        ("on-or-after", false),
    ] {
        let condition = format!("<condition attribute='fax' operator='{operator}' value='1'/>");
        let marked = if is_found { format!("‹{condition}›") } else { condition };
        assert_all_found(&subject, &[&marked]);
    }
}

#[test]
fn the_row_of_a_condition_is_its_entityname_or_the_link_around_it() {
    assert_all_found(
        &Subject::Condition(alias("c"), text("name")),
        &[
            "<condition attribute='name' operator='null'/><link-entity name='c' alias='x'><condition attribute='name' operator='null'/></link-entity><link-entity name='x' alias='c'>‹<condition attribute='name' operator='null'/>›</link-entity>",
            "<condition attribute='name' operator='null'/>‹<condition entityname='c' attribute='name' operator='null'/>›",
            "<link-entity name='c'><filter><condition entityname='d' attribute='name' operator='null'/>‹<condition attribute='name' operator='null'/>›</filter></link-entity>",
            "<link-entity name='c'><link-entity name='d'><condition attribute='name' operator='null'/></link-entity>‹<condition attribute='name' operator='null'/>›</link-entity>",
            "<condition attribute='fax' operator='like' value='x'/>‹<condition entityname='c' attribute='fax' operator='like' value='x'/>›",
        ],
    );
}

#[test]
fn two_compared_columns_are_found_by_both_names() {
    assert_all_found(
        &Subject::Compared(text("name"), text("fax")),
        &[
            "<condition attribute='name' operator='eq' valueof='c.name'/><condition attribute='fax' operator='eq' valueof='c.fax'/>‹<condition attribute='Name' operator='eq' valueof='d.c.Fax'/>›<condition attribute='name' operator='eq' valueof='fax'/>",
            "<condition attribute='fax' operator='eq' valueof='name'/>",
            "<condition attribute='name' operator='eq' value='fax'/>",
        ],
    );
}

#[test]
fn a_compared_text_is_best_found_in_a_condition_on_its_column() {
    assert_all_found(
        &Subject::Text(text("name"), text("b_")),
        &[
            "<condition attribute='fax' operator='like' value='b_'/><condition attribute='name' operator='like' value='c'/><condition attribute='NAME' operator='like' ‹value='ab_c›'/><condition attribute='name' operator='like' value='b_'/>",
            "<condition attribute='fax' operator='like' value='b_'/>‹<condition attribute='name' operator='like' value='c'/>›",
            "<condition attribute='fax' operator='like' value='b'/><condition attribute='fax' operator='like' ‹value='b_›'/><condition attribute='telephone1' operator='like' value='b_'/>",
            "<condition attribute='fax' operator='like' value='b'/>",
            "‹<condition attribute='name' operator='null'/>›",
        ],
    );
}

#[test]
fn a_link_is_found_by_its_alias_or_by_its_table() {
    assert_all_found(
        &Subject::Join(text("contact")),
        &[
            "<link-entity name='account'/><link-entity ‹name='contact›'/><link-entity name='contact'/>",
            "<link-entity name='contact' alias='c'/><link-entity ‹name='account›' alias='contact'/>",
            "<link-entity ‹name='cont›' alias='contact'><link-entity name='contact'/></link-entity>",
            "<link-entity name='account'><link-entity ‹name='contact›'/></link-entity>",
            "<‹link-entity› alias='contact'/>",
            "<link-entity name='Contact'/><link-entity name='contacts'/><link-entity/>",
        ],
    );
    // A link without an alias is called by its table and a number, and a row behind it by its name and `_`.
    assert_all_found(
        &Subject::Join(text("task12")),
        &[
            "<link-entity ‹name='task›'/>",
            "<link-entity name='task' alias='t'/>",
            "<link-entity name='t' alias='task'/>",
            "<link-entity name='task'/><link-entity ‹name='task12›'/>",
        ],
    );
    assert_all_found(&Subject::Join(text("task1a")), &["<link-entity name='task'/>"]);
    assert_all_found(
        &Subject::Join(text("a_b_1")),
        &[
            "<link-entity ‹name='a›'/>",
            "<link-entity ‹name='t›' alias='a'/>",
            "<link-entity name='a_b'/><link-entity ‹name='a_b_›'/>",
            "<link-entity name='t' alias='a_b_'/><link-entity ‹name='a_b›'/>",
            "<link-entity name='a'/><link-entity ‹name='t›' alias='a_b_1'/>",
        ],
    );
}

#[test]
fn the_columns_of_a_link_are_from_the_first_attribute_to_the_last() {
    for (subject, of_kind) in [
        (Subject::JoinColumns(text("c")), false),
        (Subject::JoinKind(text("c")), true),
        (Subject::Exists(vec![text("c")], text("x"), text("y")), false),
    ] {
        let texts = if of_kind {
            [
                "<link-entity name='c' from='x' to='y' ‹link-type='any›'/>",
                "<link-entity ‹name='c›' from='x' to='y'/>",
                "<link-entity name='d' from='x' to='y' link-type='any'/>",
                "<link-entity name='d'><link-entity name='c' ‹link-type='any›'/></link-entity>",
                "<link-entity name='c' ‹link-type='any›'/><link-entity name='c' link-type='all'/>",
                "<link-entity ‹name='c›'><link-entity name='c' link-type='any'/></link-entity>",
            ]
        } else {
            [
                "<link-entity name='c' ‹from='x' to='y›' link-type='any'/>",
                "<link-entity ‹to='y' name='c' from='x›' link-type='any'/>",
                "<link-entity name='c' ‹from='x›' link-type='any'/>",
                "<link-entity name='c' ‹to='y›' link-type='any'/>",
                "<link-entity ‹name='c›' link-type='any'/>",
                "<link-entity name='d' from='x' to='y' link-type='any'/>",
            ]
        };
        assert_all_found(&subject, &texts);
    }
}

#[test]
fn related_rows_are_best_found_in_a_link_with_both_columns() {
    assert_all_found(
        &Subject::Exists(vec![text("contact"), text("task")], text("x"), text("y")),
        &[
            "<link-entity name='account' from='x' to='y'/><link-entity name='task' from='x' to='z'/><link-entity name='task' from='z' to='y'/><link-entity name='Contact' ‹from='X' to='Y›'/>",
            "<link-entity name='task' ‹from='x' to='z›'/><link-entity name='task' from='z' to='y'/>",
            "<link-entity name='account' from='x' to='y' alias='task'/>",
        ],
    );
}
