//! Tests of positions and edits in source files.

use fetchxml::PrintStyle;

use super::*;
use crate::{Schemas, Settings, sample};

fn workspace() -> Workspace {
    Workspace::new(Schemas::of(sample::open().unwrap()), Settings::default())
}

fn file(name: &str, text: &str) -> SourceFile {
    SourceFile::new(name.into(), text.into()).unwrap().unwrap()
}

/// Returns the file without `|`, and the offset of the `|`.
fn marked(name: &str, text: &str) -> (SourceFile, usize) {
    let at = text.find('|').unwrap();
    (file(name, &text.replacen('|', "", 1)), at)
}

fn labels(name: &str, text: &str) -> Vec<String> {
    let (file, at) = marked(name, text);
    let found = workspace().complete_at(&file, at).unwrap();
    found.into_iter().map(|found| found.completion.label).collect()
}

fn has(labels: &[String], label: &str) -> bool {
    labels.iter().any(|found| found == label)
}

#[test]
fn completion_goes_on_where_the_next_word_is_typed() {
    let active = "0 Active";
    for text in [
        "contacts?$filter=statecode eq |",
        "# one\ncontacts?$filter=statecode eq |\ncontacts?$top=1\n",
        "contacts?$top=1\n\ncontacts?$filter=statecode eq\n  |",
        r#"{"table":"contact","filter":"statecode eq |"}"#,
    ] {
        assert!(has(&labels("a.odata", text), active), "{text}: {:?}", labels("a.odata", text));
    }
    for text in ["|", "# none\n|\n", "cont|", "contacts?$top=1\n\n|"] {
        assert!(has(&labels("a.odata", text), "contacts"), "{text}: {:?}", labels("a.odata", text));
    }
    for text in ["# com|ment", "# comment |", r#"{"filter": |"#] {
        assert_eq!(labels("a.odata", text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn an_edit_replaces_the_whole_word_at_the_cursor() {
    let (file, at) = marked("a.jsonl", "{\"table\":\"contact\",\"filter\":\"full|x eq \\\"A\\\"\"}");
    let found = workspace().complete_at(&file, at).unwrap();
    let name = found.iter().find(|found| found.completion.label == "fullname").unwrap();
    assert_eq!(file.text().get(name.edit.start..name.edit.end), Some("fullx"));
    assert_eq!(name.edit.replacement, "fullname");
}

#[test]
fn results_have_positions_in_the_file() {
    let text = "# é😀\n{\"query\":\"contacts?$select=fullname&$filter=statecode eq 0\"}\n";
    let file = file("a.jsonl", text);
    let workspace = workspace();
    let of = |span: Span| span.of(text).to_owned();
    let hover = workspace.hover_at(&file, text.find("lname").unwrap()).unwrap().unwrap();
    assert_eq!(of(hover.span), "fullname");
    let tokens: Vec<String> = workspace.tokens_of(&file).unwrap().iter().map(|t| of(t.span)).collect();
    assert!(tokens.starts_with(&["contacts".into(), "$select".into(), "fullname".into()]), "{tokens:?}");
    let hint = workspace.inlay_hints_of(&file).unwrap().remove(0);
    assert_eq!((hint.label.as_str(), &text[hint.offset - 1..=hint.offset]), ("Active", "0\""));
    let symbols = workspace.symbols_of(&file).unwrap();
    assert_eq!(of(symbols[0].selection), "contacts");
    let ranges = workspace.selection_ranges_at(&file, text.find("lname").unwrap()).unwrap();
    assert_eq!(of(ranges[0]), "fullname");
    assert!(of(*ranges.last().unwrap()).starts_with("contacts?"));
}

#[test]
fn an_alias_is_renamed_in_the_escaping_of_the_file() {
    let query = "<fetch><entity name='contact'><link-entity name='account' from='accountid' to='parentcustomerid' alias='a'/>\
         <filter><condition entityname='a' attribute='name' operator='eq' value='x'/></filter></entity></fetch>";
    let line = serde_json::json!({ "query": query.replace('\'', "\"") }).to_string();
    let file = file("a.jsonl", &line);
    let at = line.find("alias=").unwrap() + "alias=\\\"".len();
    let workspace = workspace();
    let Some(RenameTarget::Name(span, name)) = workspace.rename_target_at(&file, at).unwrap() else {
        panic!()
    };
    assert_eq!((span.of(&line), name.as_str()), ("a", "a"));
    let Some(RenameOutcome::Edits(edits)) = workspace.rename_at(&file, at, "acc").unwrap() else { panic!() };
    let renamed = dvkit_diagnostic::apply(&line, &edits).unwrap();
    assert_eq!(renamed, line.replace(r#"\"a\""#, r#"\"acc\""#));
}

#[test]
fn actions_are_edits_of_the_file() {
    let line = "{\"query\":\"contacts?$select=fullnme&$filter=statecode eq \\u0027Active\\u0027\"}\n";
    let file = file("a.jsonl", line);
    let at = line.find("fullnme").unwrap();
    let actions = {
        let workspace = workspace();
        let diagnosis = workspace.diagnose_source(&file, &[], || true).unwrap().unwrap();
        workspace.actions_at(&file, at + 1..at + 1, &diagnosis).unwrap()
    };
    let fix = actions.iter().find(|action| action.finding.is_some()).unwrap();
    let fixed = dvkit_diagnostic::apply(line, &fix.edits).unwrap();
    assert_eq!(fixed, line.replace("fullnme", "fullname"));
    assert_eq!(fix.finding.unwrap().of(line), "fullnme");
}

#[test]
fn formatting_edits_the_queries_of_a_file() {
    let text = "# é\ncontacts?$select=fullname & $top=1\nnot a query (\n";
    let file = file("a.odata", text);
    let options = FormatOptions { minify: false, style: PrintStyle::default(), placeholders: false };
    let edits = workspace().format_source(&file, &options);
    let [edit] = edits.as_slice() else { panic!("{edits:?}") };
    assert_eq!(edit.replacement, "contacts\n  ?$select=fullname\n  &$top=1");
}
