//! Files and folders, batches and settings: what is read, checked, ignored, accepted, fixed and refused.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use dvkit_diagnostic::Diagnostic;
use dvkit_ide::batch::parse_line;
use dvkit_ide::config::Config;
use dvkit_ide::document::Document;
use dvkit_ide::format::{FormatOptions, FormatResult, format_document};
use dvkit_ide::line_reader::Line;
use dvkit_ide::tree::{Baseline, FileRole, FileSelection, OrgWorkspace, Patterns, TreeCheck};
use dvkit_ide::{Diagnosis, QueryForm, SchemaChoice, Schemas, Settings, Workspace};
use dvkit_translate::Language;
use fetchxml::PrintStyle;

use crate::golden;
use crate::hosts::{line, workspace};

fn form(form: QueryForm<'_>) -> &'static str {
    match form {
        QueryForm::Filter(_) => "filter",
        QueryForm::Request(_) => "request",
        QueryForm::Fetch(_) => "fetch",
    }
}

fn finding(d: &Diagnostic, text: &str) -> String {
    let fixes: Vec<_> = d.suggestions.iter().map(|s| format!("{:?}", s.applicability)).collect();
    format!(
        "{} {} {}: {} [{}]",
        d.code,
        format!("{:?}", d.severity).to_lowercase(),
        line(d.span.of(text)),
        line(&d.message),
        fixes.join(" ")
    )
}

#[test]
fn files_of_queries_are_read_checked_fixed_and_formatted() {
    golden::check("files/documents.txt", |input| {
        let document = match Document::new("a.odata".into(), input.as_bytes().to_vec()) {
            Ok(document) => document,
            Err(why) => return why.to_owned(),
        };
        let workspace = workspace();
        let mut out = format!("line breaks {:?}\n", document.line_end());
        for query in workspace.diagnose(&document).unwrap() {
            let query = query.unwrap();
            let item = &query.item;
            let read = match &item.entry {
                Ok(entry) => format!("{} {}", form(entry.text()), line(entry.text().as_str())),
                Err(why) => format!("broken: {why}"),
            };
            writeln!(
                out,
                "{}:{} at {} ({}) {read}",
                item.line, item.range.start, item.start, item.utf16_start
            )
            .unwrap();
            if let Some(doubt) = item.doubt {
                writeln!(out, "  doubt: {doubt}").unwrap();
            }
            match &query.diagnosis {
                Diagnosis::Findings(found) => {
                    let table = found.table.as_deref().unwrap_or("-");
                    writeln!(out, "  checked {} parsed {} table {table}", found.is_checked, found.parsed)
                        .unwrap();
                    for d in &found.located {
                        writeln!(out, "  {}", finding(d, item.lines)).unwrap();
                    }
                    if let Some(rewritten) = &found.rewritten {
                        writeln!(out, "  rewritten {}", line(rewritten)).unwrap();
                    }
                }
                Diagnosis::Unusable(why) => writeln!(out, "  unusable: {why}").unwrap(),
                Diagnosis::NoTable => writeln!(out, "  no table").unwrap(),
            }
        }
        let fix = workspace.fix(&document).unwrap();
        if let Some(fixed) = &fix.document {
            writeln!(out, "fixed {}", line(&fixed.text())).unwrap();
        }
        for refused in &fix.refused {
            writeln!(out, "refused {:?}: {}", refused.line, refused.why).unwrap();
        }
        for (minify, style) in [(false, PrintStyle::default()), (true, PrintStyle::minified())] {
            let options = FormatOptions { minify, style, placeholders: true };
            for formatted in format_document(&document, &options) {
                let result = match &formatted.result {
                    FormatResult::Same => "same".to_owned(),
                    FormatResult::Changed(text) => line(text),
                    FormatResult::Wrong(all) => {
                        all.iter().map(|d| finding(d, formatted.item.lines)).collect::<Vec<_>>().join("; ")
                    }
                    FormatResult::LeftAlone(why) => format!("left alone: {why}"),
                };
                writeln!(
                    out,
                    "{} {}: {result}",
                    if minify { "small" } else { "pretty" },
                    formatted.item.line
                )
                .unwrap();
            }
        }
        out
    });
}

#[test]
fn each_line_of_a_batch_gets_one_response() {
    golden::check("files/batch.txt", |input| {
        let workspace = workspace();
        let mut out = String::new();
        for (n, text) in input.lines().enumerate() {
            let text = if text == "!" { Line::Unusable("longer than 1 MiB") } else { Line::Text(text) };
            let json = |response| serde_json::to_string(&response).unwrap();
            writeln!(out, "check {}", json(workspace.check_line(n + 1, &text))).unwrap();
            writeln!(out, "parse {}", json(parse_line(false, n + 1, &text))).unwrap();
            writeln!(out, "to OData {}", json(workspace.translate_line(Language::OData, n + 1, &text)))
                .unwrap();
            writeln!(out, "to FetchXML {}", json(workspace.translate_line(Language::FetchXml, n + 1, &text)))
                .unwrap();
        }
        out
    });
}

#[test]
fn settings_are_read_or_refused_with_what_to_write() {
    golden::check("files/config.txt", |input| match Config::read(input, Path::new("/org")) {
        Err(why) => format!("refused: {why}"),
        Ok(config) => {
            let mut out = String::new();
            let levels: Vec<_> =
                config.lints.iter().map(|(code, level)| format!("{code}={level:?}")).collect();
            writeln!(
                out,
                "schema {:?} org {:?} default {:?}",
                config.schema,
                config.org,
                config.default_org()
            )
            .unwrap();
            for (name, org) in &config.orgs {
                writeln!(out, "{name}: {org:?}").unwrap();
            }
            writeln!(out, "targets {:?}\nlevels {}", config.targets, levels.join(" ")).unwrap();
            writeln!(out, "{:?}\n{:?}", config.fetch, config.check).unwrap();
            out
        }
    });
}

/// Writes the files of `input` into the folder `root`. A line `=== NAME` begins a file.
fn write(root: &Path, input: &str) {
    for part in input.split("=== ").skip(1) {
        let (name, text) = part.split_once('\n').unwrap_or((part, ""));
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Returns the settings of `config`.
fn settings(config: &Config) -> Settings {
    Settings { targets: config.targets.clone(), levels: config.lints.clone(), ..Settings::default() }
}

/// Returns the results of checking a tree, which is described by `input`. `fix` says whether the files are fixed.
fn tree(input: &str, fix: bool) -> String {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    write(root, input);
    let config = match Config::find(root) {
        Ok(config) => config,
        Err(error) => return error.to_string().replace(root.to_str().unwrap(), "ROOT"),
    };
    let org = |name: Option<&String>| {
        let choice = SchemaChoice { schema: None, org: name.cloned() };
        let workspace = Workspace::new(Schemas::find(root, &config, &choice).unwrap(), settings(&config));
        OrgWorkspace { name: name.cloned(), workspace }
    };
    let orgs = match config.check.orgs.as_slice() {
        [] => vec![org(None)],
        names => names.iter().map(|name| org(Some(name))).collect(),
    };
    let check = TreeCheck::new(orgs, config.check.hosts().unwrap());
    let selection = FileSelection {
        include: Patterns::new(root, &config.check.include).unwrap(),
        exclude: vec![Patterns::new(root, &config.check.exclude).unwrap()],
        changed: None,
        hosts: config.check.hosts().unwrap(),
    };
    let baseline_path = config.check.baseline.as_ref().map(|path| root.join(path));
    let mut baseline = baseline_path.as_deref().map(|path| Baseline::read(path).unwrap());
    let mut out = String::new();
    let files = selection.files(root).unwrap();
    for path in files.files {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let checked = match check.file(&path, FileRole::Found, fix) {
            Ok(checked) => checked,
            Err(error) => {
                writeln!(out, "{name}: {}", error.to_string().replace(root.to_str().unwrap(), "ROOT"))
                    .unwrap();
                continue;
            }
        };
        for file in checked.files {
            writeln!(out, "{name} source {}", file.is_source).unwrap();
            let fixed = file
                .each_text(&check, |mut text| {
                    let accepted =
                        text.accept(|d| baseline.as_mut().is_some_and(|list| list.accepts(&path, d)));
                    text.name_orgs();
                    let place = text.position;
                    write!(out, "  {}:{} ({}) {}", place.line, place.column, place.byte, text.construct)
                        .unwrap();
                    if let Some(query) = text.query() {
                        write!(out, " {}", form(query)).unwrap();
                    }
                    writeln!(out, " ignored {} accepted {accepted} {:?}", text.ignored, text.coverage)
                        .unwrap();
                    if text.is_comment || text.is_object {
                        writeln!(out, "    comment {} object {}", text.is_comment, text.is_object).unwrap();
                    }
                    if !text.source.is_empty() {
                        writeln!(
                            out,
                            "    lines from {} at {} ({}): {}",
                            text.line,
                            text.start,
                            text.utf16_start,
                            line(&text.source)
                        )
                        .unwrap();
                    }
                    for (d, orgs) in text.located().iter().zip(&text.orgs) {
                        writeln!(out, "    {} {orgs:?}", finding(d, &text.source)).unwrap();
                    }
                    if let Diagnosis::Unusable(why) = &text.diagnosis {
                        writeln!(out, "    unusable: {why}").unwrap();
                    }
                    if let Some(why) = text.refused_fix {
                        writeln!(out, "    refused: {why}").unwrap();
                    }
                    Ok::<(), dvkit_ide::Error>(())
                })
                .unwrap();
            if let Some(fixed) = fixed {
                write!(out, "  {} fixed", fixed.count).unwrap();
                if let Some((_, new)) = fixed.texts() {
                    fixed.write().unwrap();
                    assert_eq!(fs::read_to_string(&path).unwrap(), new, "{name}");
                    write!(out, ": {}", line(&new)).unwrap();
                }
                for refused in &fixed.refused {
                    write!(out, "\n  refused {:?}: {}", refused.line, refused.why).unwrap();
                }
                out.push('\n');
            }
        }
    }
    if let Some(baseline) = &baseline {
        for (stale, count) in baseline.stale(|_| true) {
            writeln!(out, "stale {count} {} {}", stale.path, stale.message).unwrap();
        }
    }
    out
}

#[test]
fn trees_are_checked_by_their_settings_and_comments() {
    golden::check("files/trees.txt", |input| tree(input, false));
}

#[test]
fn trees_are_fixed_where_the_fix_is_certain() {
    golden::check("files/fixes.txt", |input| tree(input, true));
}

#[test]
fn findings_that_are_written_down_are_accepted_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lists/accepted.json");
    fs::create_dir(dir.path().join("lists")).unwrap();
    let document = Document::new("a".into(), b"contacts?$select=fullnme,lastnme".to_vec()).unwrap();
    let workspace = workspace();
    let query = workspace.diagnose(&document).unwrap().next().unwrap().unwrap();
    let Diagnosis::Findings(found) = query.diagnosis else { panic!("it is checked") };
    let [first, second, ..] = found.diagnostics.as_slice() else { panic!("two findings") };
    let file = |name: &str| -> PathBuf { dir.path().join(name) };
    let mut list = Baseline::empty(&path).unwrap();
    list.record(&file("a.cs"), first);
    list.record(&file("a.cs"), first);
    list.record(&file("b.cs"), second);
    assert_eq!(list.write(&path).unwrap(), 3);
    let mut list = Baseline::read(&path).unwrap();
    assert!(!list.accepts(&file("b.cs"), first), "another file");
    assert!(!list.accepts(&file("a.cs"), second), "another message");
    let of_another_code = Diagnostic { code: dvkit_diagnostic::code::NO_SELECT, ..first.clone() };
    assert!(!list.accepts(&file("a.cs"), &of_another_code), "another code");
    assert!(list.accepts(&file("a.cs"), first) && list.accepts(&file("lists/../a.cs"), first));
    assert!(!list.accepts(&file("a.cs"), first), "it occurs once more than it was accepted");
    // What was not checked stays accepted, and what was checked and is gone does not.
    let is_checked = |path: &Path| path.ends_with("a.cs");
    assert!(list.stale(is_checked).is_empty());
    assert_eq!(list.stale(|_| true).len(), 1);
    list.carry_over(is_checked);
    list.record(&file("a.cs"), second);
    assert_eq!(list.write(&path).unwrap(), 2);
    let mut list = Baseline::read(&path).unwrap();
    assert!(list.accepts(&file("b.cs"), second) && list.accepts(&file("a.cs"), second));
    assert!(!list.accepts(&file("a.cs"), first));
    for (text, why) in [
        ("{\"version\":1,\"findings\":[{\"path\":\"a\",\"code\":\"b\",\"message\":\"c\"}]}", "count"),
        ("{\"version\":1,\"findings\":[],\"more\":1}", "more"),
        ("{\"version\":2,\"findings\":[]}", "it has the version 2, and 1 is known"),
    ] {
        fs::write(&path, text).unwrap();
        let error = Baseline::read(&path).unwrap_err().to_string();
        assert!(
            error.contains("is not a file of accepted findings") && error.contains(why),
            "{text}: {error}"
        );
    }
}
