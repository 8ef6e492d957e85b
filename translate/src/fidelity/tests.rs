use dvkit_diagnostic::{Severity, code};

use super::{DifferenceKind, MAX_ENTRIES, Translation, TranslationReport, Untranslatable};
use crate::subject::Subject;

fn translation(report: TranslationReport) -> Translation {
    report.finish("text".to_owned()).expect("there is no reason")
}

fn refused(report: TranslationReport) -> Untranslatable {
    report.finish("text".to_owned()).expect_err("there is a reason")
}

#[test]
fn equal_differences_and_equal_reasons_are_kept_once() {
    let mut report = TranslationReport::default();
    for _ in 0..2 {
        report.add_difference(DifferenceKind::Shape, "a");
        report.add_difference(DifferenceKind::Names, "a");
        report.add_difference(DifferenceKind::Shape, "b");
        report.add_loss(Subject::Page, "b");
        report.add_loss(Subject::Entity, "b");
    }
    let translation = translation(report);
    let found: Vec<_> =
        translation.differences.iter().map(|d| (d.kind, d.text.as_str(), d.subject.clone())).collect();
    assert_eq!(
        found,
        [
            (DifferenceKind::Shape, "a", None),
            (DifferenceKind::Names, "a", None),
            (DifferenceKind::Shape, "b", None),
            (DifferenceKind::Unread, "b", Some(Subject::Page)),
            (DifferenceKind::Unread, "b", Some(Subject::Entity)),
        ]
    );
    assert!(!translation.is_exact() && translation.text == "text");
    let mut report = TranslationReport::default();
    for _ in 0..2 {
        report.cannot_translate_part(code::PARAMETER, Subject::Page, "a");
        report.cannot_translate_part(code::DATE_PART, Subject::Entity, "a");
        report.cannot_translate_part(code::PARAMETER, Subject::Whole, "b");
    }
    let refused = refused(report);
    let found: Vec<_> = refused.reasons.iter().map(|d| (d.code, d.message.as_str())).collect();
    assert_eq!(found, [(code::PARAMETER, "a"), (code::DATE_PART, "a"), (code::PARAMETER, "b")]);
    assert_eq!(refused.subject, [Subject::Page, Subject::Entity, Subject::Whole]);
}

#[test]
fn differences_beyond_the_limit_are_counted_as_one() {
    let limit = MAX_ENTRIES;
    for (number, last) in [
        (limit - 1, None),
        (limit, None),
        (limit + 1, Some("and 1 more differences like these")),
        (limit + 50, Some("and 50 more differences like these")),
    ] {
        let mut report = TranslationReport::default();
        for n in 0..number {
            report.add_difference(DifferenceKind::Shape, n.to_string());
        }
        let differences = translation(report).differences;
        assert_eq!(differences.len(), number.min(limit) + usize::from(last.is_some()), "{number}");
        let texts: Vec<&str> = differences.iter().map(|d| d.text.as_str()).collect();
        assert_eq!(texts[limit - 2], (limit - 2).to_string(), "{number}");
        assert_eq!(texts.get(limit).copied(), last, "{number}");
    }
}

#[test]
fn differences_that_are_left_out_have_the_kind_of_the_first_that_changes_the_result() {
    use DifferenceKind::{Names, Nulls, Performance, Rows};
    for (left_out, kind) in [
        (vec![Rows], Rows),
        (vec![Rows, Nulls, Performance], Rows),
        (vec![Performance], Performance),
        (vec![Performance, Performance], Performance),
        (vec![Performance, Nulls, Names], Nulls),
    ] {
        let mut report = TranslationReport::default();
        for n in 0..MAX_ENTRIES {
            report.add_difference(DifferenceKind::Shape, n.to_string());
        }
        for (n, kind) in left_out.iter().enumerate() {
            report.add_difference(*kind, format!("left out {n}"));
        }
        assert_eq!(translation(report).differences.last().map(|d| d.kind), Some(kind), "{left_out:?}");
    }
}

#[test]
fn reasons_beyond_the_limit_are_counted_in_a_note_about_the_whole_query() {
    let limit = MAX_ENTRIES;
    for (number, left_out) in [(limit - 1, 0), (limit, 0), (limit + 1, 1), (limit + 50, 50)] {
        let mut report = TranslationReport::default();
        for n in 0..number {
            report.cannot_translate_part(code::PARAMETER, Subject::Page, n.to_string());
        }
        let refused = refused(report);
        let length = number.min(limit) + usize::from(left_out > 0);
        assert_eq!((refused.reasons.len(), refused.subject.len()), (length, length), "{number}");
        let note = refused.reasons.get(limit).map(|d| (d.severity, d.code, d.message.clone()));
        let message = format!("{left_out} more reasons like these are left out");
        let expected = (left_out > 0).then_some((Severity::Note, code::MORE_FINDINGS, message));
        assert_eq!((note, refused.subject.get(limit)), (expected, (left_out > 0).then_some(&Subject::Whole)));
    }
}

#[test]
fn the_nearest_text_is_kept_unless_it_selects_other_rows() {
    let part = |report: &mut TranslationReport| {
        report.cannot_translate_part(code::PARAMETER, Subject::Page, "a part");
    };
    let whole = |report: &mut TranslationReport| {
        report.cannot_translate(code::PARAMETER, Subject::Page, "a condition");
    };
    for (has_part, has_whole, changes_rows, nearest) in [
        (true, false, false, Some("text")),
        (true, true, false, None),
        (false, true, false, None),
        (true, false, true, None),
    ] {
        let mut report = TranslationReport::default();
        report.add_difference(DifferenceKind::Shape, "a difference");
        if changes_rows {
            report.changes_rows();
        }
        if has_whole {
            whole(&mut report);
        }
        if has_part {
            part(&mut report);
        }
        let refused = refused(report);
        assert_eq!(refused.nearest.as_deref(), nearest, "{has_part} {has_whole} {changes_rows}");
        assert_eq!(refused.reasons.len(), usize::from(has_part) + usize::from(has_whole));
    }
    let mut report = TranslationReport::default();
    report.changes_rows();
    assert_eq!(translation(report), Translation { text: "text".to_owned(), differences: Vec::new() });
}

#[test]
fn each_kind_of_difference_has_a_name_of_its_own() {
    use DifferenceKind::{Names, Nulls, Paging, Performance, Rows, Shape, Totals, Undocumented, Unread};
    let kinds = [Shape, Names, Rows, Nulls, Totals, Paging, Undocumented, Performance, Unread];
    assert_eq!(
        kinds.map(DifferenceKind::as_str),
        ["shape", "names", "rows", "nulls", "totals", "paging", "undocumented", "performance", "unread"]
    );
    let mut report = TranslationReport::default();
    report.add_difference(Totals, "up to 5,000");
    assert_eq!(
        translation(report).differences.first().map(ToString::to_string).as_deref(),
        Some("totals: up to 5,000")
    );
}
