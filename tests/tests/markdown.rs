//! Texts that customisers wrote add no live markup to a page. The pages are read with a parser of GitHub's
//! Markdown, with all extensions of pull requests.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};
use dvkit_diagnostic::printable::markdown::{Context, code_block, code_span, inline_text};
use dvkit_schema::diff::Diff;
use dvkit_schema::{Choice, ChoiceOption, ChoiceRef, Column, ColumnType, LocalizedText, Schema, Table};
use proptest::prelude::*;

/// Returns texts with live Markdown, whole and in parts.
fn lively() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[a-c `|\\\\@#<>&!\\[\\]()*_~$:./\\n\\r\\t0-9-]{0,8}",
        2 => prop::sample::select(vec![
            "@everyone", "#12", "GH-7", "![x](http://e.x/y.png)", "[l](http://e.x)", "<img src=x>", "</details>", "<!--",
            "http://e.x", "www.e.x", "a@b.example", "&#64;x", "`", "```", "|", "\\|", "\\", "\n\n# h\n", "\n- [ ] x", "$x$",
            "$`x`$", ":tada:", "~~x~~", "**b**", "[^1]", "deadbeef12", "\u{202e}", "\u{1b}[2J", "\u{2028}", "::error::x",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.table = true;
    extension.autolink = true;
    extension.strikethrough = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    extension.math_dollars = true;
    extension.math_code = true;
    options
}

/// Returns the kinds of a page's nodes in order; fails if one is live. `html` are the expected blocks of
/// HTML.
fn kinds(page: &str, html: &[&str]) -> Vec<&'static str> {
    let arena = Arena::new();
    let root = parse_document(&arena, page, &options());
    let mut kinds = Vec::new();
    for node in root.descendants() {
        kinds.push(match &node.data.borrow().value {
            NodeValue::Text(text) => {
                assert_inert(text, page);
                "text"
            }
            NodeValue::HtmlBlock(block) => {
                assert!(html.contains(&block.literal.trim()), "{:?} in\n{page}", block.literal);
                "html"
            }
            NodeValue::Document => "document",
            NodeValue::Paragraph => "paragraph",
            NodeValue::Strong => "strong",
            NodeValue::Code(_) => "code",
            NodeValue::CodeBlock(_) => "block",
            NodeValue::List(_) => "list",
            NodeValue::Item(_) => "item",
            NodeValue::Table(_) => "table",
            NodeValue::TableRow(_) => "row",
            NodeValue::TableCell => "cell",
            other => panic!("{other:?} in\n{page}"),
        });
    }
    kinds
}

/// Checks that text outside code has nothing that a page turns into mentions, issues or addresses.
fn assert_inert(text: &str, page: &str) {
    let chars: Vec<char> = text.chars().collect();
    for pair in chars.windows(2) {
        let live = matches!(pair[0], '@' | '#') && pair[1].is_alphanumeric();
        assert!(!live, "{text:?} in\n{page}");
    }
    let lower = text.to_lowercase();
    for live in ["://", "www.", "<", ":tada:", "::"] {
        assert!(!lower.contains(live), "{live} in {text:?} in\n{page}");
    }
    // These are words, so they count only outside of longer words.
    for live in ["gh-7", "deadbeef12"] {
        for (at, _) in lower.match_indices(live) {
            let before = lower[..at].ends_with(char::is_alphanumeric);
            let after = lower[at + live.len()..].starts_with(char::is_alphanumeric);
            assert!(before || after, "{live} in {text:?} in\n{page}");
        }
    }
}

fn count(kinds: &[&str], kind: &str) -> usize {
    kinds.iter().filter(|k| **k == kind).count()
}

fn schema(texts: &[String], more: &str) -> Schema {
    let [table, column, label, format, option] = texts else { unreachable!() };
    let name = format!("t{table}");
    let mut text = Column::new(format!("c{column}{more}"), ColumnType::BigInt);
    text.display_name = LocalizedText::new(1033, label);
    let choice = Choice {
        name: format!("x{format}"),
        options: vec![ChoiceOption {
            value: 1,
            label: LocalizedText::new(1033, format!("{option}{more}")),
            ..ChoiceOption::default()
        }],
        ..Choice::default()
    };
    let own = ColumnType::Choice { choice: Some(ChoiceRef::Local(choice)), default: None };
    let mut same = Column::new("same", own);
    same.display_name = LocalizedText::new(1033, format!("{label}{more}"));
    let table = Table {
        logical_name: name.clone(),
        display_name: LocalizedText::new(1033, format!("{label}{more}")),
        columns: vec![text, same],
        ..Table::default()
    };
    Schema { tables: [(name, table)].into(), ..Schema::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn escaped_words_and_code_add_no_markdown(text in lively()) {
        for place in [Context::Paragraph, Context::Cell] {
            for inert in [inline_text(&text, place), code_span(&text, place)] {
                let page = format!("| a | b |\n|---|---|\n| x{inert} | y |\n");
                if place == Context::Cell {
                    let kinds = kinds(&page, &[]);
                    prop_assert_eq!((count(&kinds, "row"), count(&kinds, "cell")), (2, 4), "{}", page);
                } else {
                    let kinds = kinds(&format!("- x {inert}\n\n  y\n"), &[]);
                    prop_assert_eq!((count(&kinds, "item"), count(&kinds, "paragraph")), (1, 2), "{}", inert);
                }
            }
        }
    }

    #[test]
    fn a_fenced_block_contains_the_whole_text(text in lively()) {
        let kinds = kinds(&format!("- x\n\n{}\n  y\n", code_block(&text, "  ")), &[]);
        prop_assert_eq!(kinds, ["document", "list", "item", "paragraph", "text", "block", "paragraph", "text"]);
    }

    #[test]
    fn a_schema_diff_as_markdown_adds_no_live_markup(before in prop::collection::vec(lively(), 5), after in prop::collection::vec(lively(), 5)) {
        let pairs = [
            (schema(&before, ""), schema(&before, &after[0])),
            (schema(&before, ""), schema(&after, "")),
            (Schema::default(), schema(&after, "")),
        ];
        for (before, after) in pairs {
            let diff = Diff::between(&before, &after);
            let harmless = diff.changes.iter().filter(|c| c.impact() == dvkit_schema::diff::Impact::Harmless).count();
            let html = [format!("<details><summary>{harmless} harmless</summary>"), "</details>".to_owned()];
            let kinds = kinds(&diff.markdown(), &[&html[0], &html[1]]);
            let tables = count(&kinds, "table");
            prop_assert_eq!(count(&kinds, "row"), diff.changes.len() + tables);
            prop_assert_eq!(count(&kinds, "cell"), 4 * (diff.changes.len() + tables));
            // As plain text every change is one line.
            let text = diff.to_string();
            prop_assert!(text.chars().all(|c| c == '\n' || dvkit_diagnostic::printable::is_printable(c)), "{text:?}");
            let lines = text.lines().filter(|l| l.starts_with("  ")).count();
            prop_assert_eq!(lines, diff.changes.len(), "{}", text);
        }
    }
}
