//! The queries in the files of real solutions are all found, and everything that is found is a query.
//!
//! The oracle counts tags of FetchXML by themselves, in whatever escaping.

#![expect(clippy::unwrap_used, reason = "files of the data may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dvkit_ide::embedded::{Coverage, FoundKind, SourceFile};
use dvkit_ide::{Schemas, Settings, Workspace};
use dvkit_schema::Store;
use dvkit_tests::corpus_dir;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Returns the number of ends of FetchXML documents in a text, in whatever escaping, without comments.
fn ends(text: &str) -> usize {
    let mut text = text.to_owned();
    while let Some(start) = text.find("<!--") {
        let end = text[start..].find("-->").map_or(text.len(), |at| start + at + 3);
        text.replace_range(start..end, "");
    }
    ["</fetch>", "&lt;/fetch&gt;", "&lt;/fetch>", "\\u003c/fetch\\u003e", "</fetch\\u003e"]
        .iter()
        .map(|end| text.matches(end).count())
        .sum()
}

#[test]
fn every_query_of_a_solution_is_found() {
    let Some(data) =
        corpus_dir().and_then(|c| Some(c.parent()?.join("data/solutions"))).filter(|d| d.is_dir())
    else {
        println!("skipped: no corpus");
        return;
    };
    let mut paths = Vec::new();
    files(&data, &mut paths);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut expected, mut none) = (0, 0);
    for path in &paths {
        let Some(file) = SourceFile::read(path).unwrap() else { continue };
        let queries = file.found().iter().filter(|found| found.kind == FoundKind::Query);
        let wanted = ends(file.text());
        assert_eq!(queries.clone().count(), wanted, "{}", path.display());
        expected += wanted;
        for found in queries {
            *kinds.entry(found.construct).or_default() += 1;
            let parsed = fetchxml::parse_recovering(found.text.text(), &fetchxml::ParseOptions::default());
            none += usize::from(found.skipped.is_some() || !parsed.is_ok());
        }
    }
    println!("{} files, {expected} queries: {kinds:?}; {none} cannot be parsed", paths.len());
    assert!(expected > 1_000, "{expected}");
    assert!(none * 100 <= expected, "{none} of {expected} are no queries");
}

#[test]
fn layouts_of_real_views_show_what_the_query_returns() {
    let Some(data) =
        corpus_dir().and_then(|c| Some(c.parent()?.join("data/solutions"))).filter(|d| d.is_dir())
    else {
        println!("skipped: no corpus");
        return;
    };
    let (mut views, mut wrong, mut checked) = (0, Vec::new(), 0);
    for repository in std::fs::read_dir(data).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        let home = tempfile::tempdir().unwrap();
        let snapshot = home.path().join("schema");
        dvkit_schema_fetch::import_into(&snapshot, std::slice::from_ref(&repository), &mut ()).unwrap();
        let workspace = Workspace::new(Schemas::of(Store::open(&snapshot).unwrap()), Settings::default());
        let mut paths = Vec::new();
        files(&repository, &mut paths);
        for path in paths {
            let Some(file) = SourceFile::read(&path).unwrap() else { continue };
            for found in file.found() {
                views += usize::from(found.construct == "saved view");
                let diagnosis = workspace.diagnose_text(found, None).unwrap();
                checked += usize::from(diagnosis.coverage == Coverage::Checked);
                for diagnostic in &diagnosis.diagnostics {
                    // Every position is within the file, on boundaries of characters.
                    assert!(file.text().get(diagnostic.span.range()).is_some());
                }
                for diagnostic in &found.diagnostics {
                    wrong.push(format!("{}: {diagnostic}", path.file_name().unwrap().display()));
                }
            }
        }
    }
    println!(
        "{views} views, {checked} checked; {} wrong layouts: {:#?}",
        wrong.len(),
        wrong.get(..40.min(wrong.len()))
    );
    assert!(views > 1_000, "{views}");
    assert!(wrong.len() * 100 <= views, "{} of {views}", wrong.len());
}

/// Returns `text` as a string of JSON.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[test]
fn published_queries_are_read_back_from_every_format() {
    let Some(corpus) = corpus_dir().map(|c| c.join("savedqueries_fetchxml.jsonl")).filter(|f| f.is_file())
    else {
        println!("skipped: no corpus");
        return;
    };
    let lines = std::fs::read_to_string(corpus).unwrap();
    let mut count = 0;
    for line in lines.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(query) = row["fetchxml"].as_str() else { continue };
        if row["well_formed"] != true
            || row["templated"] == true
            || query.contains("<!--")
            || query.contains("{{")
        {
            continue;
        }
        let query = query.trim();
        // The corpus has queries as they are in source files, some with expressions of the host.
        if query.contains("@{")
            || query.contains("${")
            || !query.starts_with("<fetch")
            || !query.ends_with("</fetch>")
        {
            continue;
        }
        count += 1;
        for (path, source) in [
            ("a.json", format!("{{\"a\": {}}}", json(query))),
            ("v.xml", format!("<savedquery><fetchxml>{query}</fetchxml></savedquery>")),
            ("a.dtsx", format!("<a><property name=\"FetchXML\">{}</property></a>", xml(query))),
            ("b.xml", format!("<a><b query=\"{}\"/></a>", xml(query))),
            ("c.resx", format!("<a><value><![CDATA[{query}]]></value></a>")),
            ("a.md", format!("# A\n\n```xml\n{query}\n```\n")),
            ("a.http", format!("POST http://x/y\nA: b\n\n{query}\n")),
            ("a.html", format!("<p>{{% fetchxml a %}}{query}{{% endfetchxml %}}</p>")),
            ("a.yml", format!("a:\n  - b: |\n      {}\n  - c: 1\n", query.replace('\n', "\n      "))),
            ("a.vb", format!("Module A\n Dim q = <a><![CDATA[{query}]]></a>.Value\nEnd Module\n")),
            ("b.vb", format!("Module A\n Dim q = \"{}\"\nEnd Module\n", query.replace('"', "\"\""))),
            ("a.cshtml", format!("<p>@x</p>\n@{{ var q = @\"{}\"; }}\n", query.replace('"', "\"\""))),
        ] {
            let file = SourceFile::new(path.into(), source.clone().into_bytes()).unwrap().unwrap();
            let texts: Vec<&str> = file.found().iter().map(|found| found.text.text()).collect();
            // YAML reads every line break as a line feed.
            let wanted = if path == "a.yml" { query.replace("\r\n", "\n") } else { query.to_owned() };
            assert_eq!(texts, [&wanted], "{path}: {source}");
        }
    }
    println!("{count} queries in 12 formats");
    assert!(count > 500, "{count}");
}
