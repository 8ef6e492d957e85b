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

#[test]
fn a_query_is_completed_before_it_is_recognised_as_one() {
    // What is typed into each host, with the text around it: closed, and as it is without an end.
    let hosts: &[(&str, &[(&str, &str)])] = &[
        (
            "a.cs",
            &[
                ("class A { string q = \"", "\"; }"),
                ("class A { string q = @\"", "\"; }"),
                ("class A { string q = $\"", "\"; }"),
                ("class A { string q = \"\"\"", "\"\"\"; }"),
                ("class A { string q = \"", "\n  int n;\n}\n"),
                ("class A { void M() { Get(\"", ");\n  }\n}\n"),
            ],
        ),
        (
            "a.ts",
            &[
                ("const q = `", "`;\n"),
                ("const q = '", "';\n"),
                ("const q = '", "\nlet n = 1;\n"),
                ("get(`", ")"),
            ],
        ),
        ("a.js", &[("const q = \"", "\";\n"), ("const q = \"", "")]),
        (
            "a.py",
            &[
                ("q = '", "'\n"),
                ("q = f\"", "\"\n"),
                ("q = \"\"\"", "\"\"\"\n"),
                ("q = '", "\nn = 1\n"),
                ("get(\"", ")\n"),
            ],
        ),
        ("a.ps1", &[("$q = '", "'\n"), ("$q = @'\n", "\n'@\n"), ("$q = '", "\n$n = 1\n")]),
        ("A.java", &[("class A { String q = \"", "\"; }"), ("class A { String q = \"", "\n}\n")]),
        ("a.rs", &[("const Q: &str = \"", "\";\n"), ("const Q: &str = r#\"", "\"#;\n")]),
        ("a.md", &[("```ts\nconst q = '", "';\n```\n"), ("See `", "` there.\n")]),
        ("a.html", &[("<html><script>const q = '", "';</script></html>")]),
        ("a.json", &[("{\"uri\": \"", "\"}")]),
    ];
    let typed = [
        ("accounts?$sel", "$select"),
        ("accounts?$", "$select"),
        ("accounts?", "$select"),
        ("/api/data/v9.2/accounts?$top=1&$fil", "$filter"),
        ("/api/data/v9.2/acc", "accounts"),
        ("/api/data/v9.2/", "accounts"),
        ("<fetch><enti", "entity"),
        ("<fetch top='1'><", "entity"),
        ("<fetch ", "top"),
        ("<fetch>", "entity"),
    ];
    let mut missing = Vec::new();
    for (name, around) in hosts {
        for (before, after) in *around {
            for (text, wanted) in typed {
                if before.ends_with('\'') {
                    // The query is in the other quotes.
                    if text.contains('\'') && !before.contains('@') {
                        continue;
                    }
                }
                // A raw string cannot end in the quotation mark of `top=""`.
                if before.ends_with("\"\"\"") && text.ends_with(' ') {
                    continue;
                }
                let text = format!("{before}{text}|{after}");
                let found = labels(name, &text);
                if !found.iter().take(60).any(|label| label.trim_start_matches('<').starts_with(wanted)) {
                    missing.push((*name, text, found.into_iter().take(3).collect::<Vec<_>>()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}: {missing:#?}", missing.len());
}

#[test]
fn what_is_only_half_typed_is_not_reported() {
    for text in ["accounts?$sel", "accounts?$", "<fetch><enti", "What is that?"] {
        let (file, at) = marked("a.ts", &format!("const q = '{text}|';\n"));
        assert!(
            workspace().diagnose_source(&file, &[], || true).unwrap().unwrap().findings().is_empty(),
            "{text}"
        );
        assert_eq!(workspace().complete_at(&file, at).unwrap().is_empty(), text.starts_with('W'), "{text}");
    }
    for text in [
        "It costs $",
        "a price of $5&",
        "https://example.com/a?",
        "if (a &",
        "<fetchcollection><enti",
        "$scope",
        "/v1.0/me?$sel",
    ] {
        assert_eq!(labels("a.ts", &format!("const q = '{text}|';\n")), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_half_typed_query_has_the_table_of_its_call() {
    let text = "Xrm.WebApi.retrieveMultipleRecords('contact', '?$select=full|');";
    assert!(has(&labels("a.ts", text), "fullname"));
    let text = "Xrm.WebApi.retrieveMultipleRecords('contact', '$sel|');";
    assert!(
        labels("a.ts", text).iter().any(|label| label.starts_with("$select")),
        "{:?}",
        labels("a.ts", text)
    );
}

#[test]
fn a_half_typed_query_is_edited_where_it_is_written() {
    for (name, text) in [
        ("a.ts", "const q = 'contacts?$top=1' + '&$sel|';\n"),
        ("a.cs", "class A { string é = $\"contacts({id})?$sel|\"; }"),
        ("a.ps1", "$q = \"contacts?`$sel|\"\n"),
        ("a.json", "{\"uri\": \"/api/data/v9.2/contacts?$sel|\"}"),
    ] {
        let (file, at) = marked(name, text);
        let found = workspace().complete_at(&file, at).unwrap();
        let found = found.iter().find(|found| found.completion.label.starts_with("$select")).unwrap();
        let mut new = file.text().to_owned();
        new.replace_range(found.edit.start..found.edit.end, &found.edit.replacement);
        assert_eq!(new, text.replace("sel|", "select="), "{name}");
    }
}

/// A saved view with its layouts, and a chart, in which `{}` is the query, `[]` the layout and `()` the other one.
const VIEW: &str = "<savedqueries><savedquery><layoutxml>[]</layoutxml><layoutjson>()</layoutjson><fetchxml>{}</fetchxml></savedquery></savedqueries>";

/// Returns `text` as it is written in an element or an attribute of XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[test]
fn an_alias_is_renamed_in_the_layouts_of_its_view() {
    let fetch = "<fetch><entity name=\"contact\"><attribute name=\"fullname\"/><link-entity name=\"account\" from=\"accountid\" to=\"parentcustomerid\" alias=\"acc\"><attribute name=\"name\"/></link-entity></entity></fetch>";
    let layout = "<grid name=\"resultset\"><row name=\"result\" id=\"contactid\"><cell name=\"fullname\"/><cell name=\"acc.name\"/></row></grid>";
    let json = r#"{"Rows":[{"Name":"result","Cells":[{"Name":"fullname"},{"Name": "acc.name"}]}]}"#;
    let workspace = workspace();
    for (fetch, layout) in [(fetch.to_owned(), layout.to_owned()), (escaped(fetch), escaped(layout))] {
        let text = VIEW.replace("{}", &fetch).replace("[]", &layout).replace("()", json);
        let file = file("a.xml", &text);
        assert!(
            workspace.diagnose_source(&file, &[], || true).unwrap().unwrap().findings().is_empty(),
            "{text}"
        );
        let in_query =
            text.find("alias=").unwrap() + text[text.find("alias=").unwrap()..].find("acc").unwrap();
        // From the query, from the layout and from the other layout.
        for at in [in_query, text.find("acc.name").unwrap(), text.rfind("acc.name").unwrap() + 3] {
            let Some(RenameTarget::Name(span, name)) = workspace.rename_target_at(&file, at).unwrap() else {
                panic!("{at}: {text}")
            };
            assert_eq!((span.of(&text), name.as_str()), ("acc", "acc"));
            assert!(span.start as usize <= at && at <= span.end as usize, "{at}: {span:?}");
            assert_eq!(workspace.references_at(&file, at).unwrap().len(), 3);
            let Some(RenameOutcome::Edits(edits)) = workspace.rename_at(&file, at, "firm").unwrap() else {
                panic!()
            };
            let renamed = dvkit_diagnostic::apply(&text, &edits).unwrap();
            let wanted = text
                .replace("acc.name", "firm.name")
                .replace("acc\"", "firm\"")
                .replace("acc&quot;", "firm&quot;");
            assert_eq!(renamed, wanted);
            let again = SourceFile::new("a.xml".into(), renamed.into_bytes()).unwrap().unwrap();
            assert!(workspace.diagnose_source(&again, &[], || true).unwrap().unwrap().findings().is_empty());
        }
        // The column behind the alias belongs to the organisation, and so does a cell without one.
        for at in [text.find("acc.name").unwrap() + 6, text.find("fullname").unwrap()] {
            assert!(
                !matches!(workspace.rename_target_at(&file, at).unwrap(), Some(RenameTarget::Name(..))),
                "{at}"
            );
        }
    }
}

#[test]
fn an_alias_is_renamed_in_the_measures_of_its_chart() {
    let definition = "<datadefinition><fetchcollection><fetch aggregate=\"true\"><entity name=\"contact\"><attribute name=\"statecode\" groupby=\"true\" alias=\"state\"/><attribute name=\"contactid\" aggregate=\"count\" alias=\"people\"/><order alias=\"people\"/></entity></fetch></fetchcollection><categorycollection><category alias=\"state\"><measurecollection><measure alias=\"people\"/></measurecollection></category></categorycollection></datadefinition>";
    let workspace = workspace();
    for (definition, end) in [(definition.to_owned(), "\""), (escaped(definition), "&quot;")] {
        let text = format!(
            "<savedqueryvisualization><datadescription>{definition}</datadescription></savedqueryvisualization>"
        );
        let file = file("a.xml", &text);
        for at in [text.find("people").unwrap(), text.rfind("people").unwrap() + 1] {
            let target = workspace.rename_target_at(&file, at).unwrap();
            assert!(
                matches!(target, Some(RenameTarget::Name(span, _)) if span.of(&text) == "people"),
                "{target:?}"
            );
            let Some(RenameOutcome::Edits(edits)) = workspace.rename_at(&file, at, "n").unwrap() else {
                panic!()
            };
            let renamed = dvkit_diagnostic::apply(&text, &edits).unwrap();
            assert_eq!(renamed, text.replace(&format!("people{end}"), &format!("n{end}")));
        }
        assert!(matches!(
            workspace.rename_at(&file, text.rfind("people").unwrap(), "state").unwrap(),
            Some(RenameOutcome::Refused(_))
        ));
    }
}

#[test]
fn a_filter_is_written_as_a_query_of_its_table() {
    let line = "{\"table\":\"contact\",\"filter\":\"lastname eq 'x'\"}\n";
    let file = file("a.jsonl", line);
    let workspace = workspace();
    let at = line.find("lastname").unwrap();
    let diagnosis = workspace.diagnose_source(&file, &[], || true).unwrap().unwrap();
    let actions = workspace.actions_at(&file, at..at, &diagnosis).unwrap();
    let written = actions.iter().find(|action| action.title.starts_with("write as")).unwrap();
    let new = dvkit_diagnostic::apply(line, &written.edits).unwrap();
    let again = SourceFile::new("a.jsonl".into(), new.clone().into_bytes()).unwrap().unwrap();
    assert!(again.found()[0].text.text().starts_with("<fetch"), "{new}");
    let findings = workspace.diagnose_source(&again, &[], || true).unwrap().unwrap();
    assert!(findings.findings().iter().all(|finding| !finding.is_error()), "{new}");
}
