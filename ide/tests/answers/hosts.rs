//! Every kind of literal of every host language: what is found in it, where it is written, how each special character
//! is written back, and what is reported.
//!
//! An answer has for each text: what it is, the position, and the text itself. `map` shows what is written otherwise
//! in the file: `«…»` behind a part of the text is how the file has it, and `[…]` is not in the file.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use dvkit_ide::embedded::{Coverage, FoundKind, FoundText, HostText, SourceFile, TextDiagnosis};
use dvkit_ide::{Schemas, Settings, TableName, Workspace};

use crate::golden;

/// The characters that some language writes otherwise.
const SPECIAL: [&str; 17] =
    ["'", "\"", "\\", "`", "$", "{", "}", "<", ">", "&", "%", "#", "+", "\n", "\t", "é", "]]>"];

pub fn workspace() -> Workspace {
    Workspace::new(Schemas::of(dvkit_ide::sample::open().unwrap()), Settings::default())
}

/// Returns a text on one line.
pub fn line(text: &str) -> String {
    text.replace('\r', "␍").replace('\n', "⏎").replace('\t', "⇥").replace('\0', "␀")
}

/// Returns the position of a byte offset, as line and column.
fn position(file: &SourceFile, at: usize) -> String {
    let (number, lines) = file.lines(&(at..at));
    format!("{number}:{}", file.text()[lines.start..at].chars().count() + 1)
}

/// Returns the text with what the file has otherwise.
fn map(file: &SourceFile, text: &HostText) -> String {
    let source = file.text();
    let mut out = String::new();
    let placeholders: Vec<_> = text.placeholders().collect();
    let whole = text.text();
    let mut at = 0;
    while let Some(c) = whole[at..].chars().next() {
        let end = match placeholders.iter().find(|range| range.start == at) {
            Some(range) => range.end,
            None => at + c.len_utf8(),
        };
        let part = &whole[at..end];
        match text.host_span(at..end) {
            None => {
                if out.ends_with(']') && !out.ends_with("]]") {
                    out.pop();
                } else {
                    out.push('[');
                }
                out.push_str(part);
                out.push(']');
            }
            Some(host) if &source[host.clone()] == part => out.push_str(part),
            Some(host) => write!(out, "{part}«{}»", &source[host]).unwrap(),
        }
        at = end;
    }
    line(&out)
}

/// Returns the last offset before the end of a text at which something can be inserted.
fn insertion(text: &HostText) -> Option<usize> {
    text.text().char_indices().rev().map(|(at, _)| at).find(|at| text.edits(*at..*at, "x").is_some())
}

/// Returns how special characters are written there, if not as they are.
fn written(text: &HostText) -> String {
    let Some(at) = insertion(text) else { return "nothing".to_owned() };
    let mut out = Vec::new();
    for special in SPECIAL {
        match text.edits(at..at, special) {
            None => out.push(format!("{}✗", line(special))),
            Some(edits) => {
                let new: Vec<_> = edits.iter().map(|edit| edit.replacement.as_str()).collect();
                if new != [special] {
                    out.push(format!("{}→{}", line(special), line(&new.join("|"))));
                }
            }
        }
    }
    out.join(" ")
}

/// Returns the number of the edits that make a text another one, if the file with them is read back.
fn read_back(file: &SourceFile, n: usize, found: &FoundText) -> &'static str {
    let whole = found.text.text();
    let Some(at) = insertion(&found.text) else { return "" };
    let new = format!("{}x{}", &whole[..at], &whole[at..]);
    let Some(edits) = found.replaced(&new) else { return "not written" };
    match file.edited(&edits, &[(n, new)]) {
        Ok(_) => "",
        Err(_) => "not read back",
    }
}

fn table(name: &TableName) -> String {
    match name {
        TableName::Table(name) => name.clone(),
        TableName::EntitySet(name) => format!("set {name}"),
    }
}

/// Describes a text.
fn describe(file: &SourceFile, n: usize, found: &FoundText, with_edits: bool) -> String {
    let kind = match found.kind {
        FoundKind::Query => "query",
        FoundKind::Names => "names",
        FoundKind::Value => "value",
    };
    let place = found.text.host_range().map_or("-".to_owned(), |range| {
        format!("{}-{}", position(file, range.start), position(file, range.end))
    });
    let mut out = format!("{kind} {place} {}: {}\n", found.construct, line(found.text.text()));
    let mapped = map(file, &found.text);
    if mapped != line(found.text.text()) {
        writeln!(out, "  map {mapped}").unwrap();
    }
    if let Some(of) = &found.table {
        let place = of.place.as_ref().map_or("-".to_owned(), |range| {
            format!("{} {}", position(file, range.start), &file.text()[range.clone()])
        });
        writeln!(out, "  table {} at {place}", table(&of.name)).unwrap();
    }
    for copy in &found.copies {
        writeln!(out, "  copy {}", map(file, copy)).unwrap();
    }
    for name in &found.returned_names {
        let at = name.host_range().map_or("-".to_owned(), |range| position(file, range.start));
        writeln!(out, "  returned {} at {at}", name.text()).unwrap();
    }
    let mut facts = Vec::new();
    facts.extend(found.is_alone.then(|| "alone".to_owned()));
    facts.extend(found.is_write.then(|| "write".to_owned()));
    facts.extend(found.org.as_ref().map(|org| format!("org {org}")));
    facts.extend(found.targets.iter().map(|(lookup, table)| format!("target {lookup}={table}")));
    match found.placeholders {
        Some(true) => {}
        Some(false) => facts.push("no placeholders".to_owned()),
        None => facts.push("placeholders by settings".to_owned()),
    }
    facts.extend(found.skipped.as_ref().map(|why| format!("skipped: {why}")));
    if !facts.is_empty() {
        writeln!(out, "  {}", facts.join(", ")).unwrap();
    }
    if with_edits {
        let (special, back) = (written(&found.text), read_back(file, n, found));
        if !special.is_empty() {
            writeln!(out, "  writes {special}").unwrap();
        }
        if !back.is_empty() {
            writeln!(out, "  an edit is {back}").unwrap();
        }
    }
    out
}

/// Describes the findings of a text.
fn findings(file: &SourceFile, diagnosis: &TextDiagnosis) -> String {
    let mut out = String::new();
    match &diagnosis.coverage {
        Coverage::Checked => {}
        Coverage::Partly(why) => writeln!(out, "  partly: {why}").unwrap(),
        Coverage::Skipped(_) => {}
    }
    for finding in &diagnosis.diagnostics {
        let at = finding.span.range();
        writeln!(
            out,
            "  {} {} {} {}: {}",
            finding.code,
            format!("{:?}", finding.severity).to_lowercase(),
            position(file, at.start),
            line(&file.text()[at]),
            line(&finding.message)
        )
        .unwrap();
        for label in &finding.labels {
            writeln!(out, "    label {}: {}", position(file, label.span.start as usize), label.message)
                .unwrap();
        }
        if let Some(help) = &finding.help {
            writeln!(out, "    help {}", line(help)).unwrap();
        }
        for suggestion in &finding.suggestions {
            let edits: Vec<_> = suggestion
                .edits
                .iter()
                .map(|e| format!("{}→{}", line(&file.text()[e.span.range()]), line(&e.replacement)))
                .collect();
            writeln!(out, "    {:?} {}: {}", suggestion.applicability, suggestion.message, edits.join(" | "))
                .unwrap();
        }
    }
    if !diagnosis.fix.is_empty() {
        let edits: Vec<_> = diagnosis
            .fix
            .iter()
            .map(|e| {
                format!(
                    "{} {}→{}",
                    position(file, e.start),
                    line(&file.text()[e.start..e.end]),
                    line(&e.replacement)
                )
            })
            .collect();
        writeln!(out, "  fix {}", edits.join(" | ")).unwrap();
    }
    if let Some(why) = diagnosis.refused_fix {
        writeln!(out, "  refused: {why}").unwrap();
    }
    out
}

/// Returns what is found in a file, whose name is the first line of `input`.
fn answer(input: &str) -> String {
    let (name, source) = input.split_once('\n').unwrap_or((input, ""));
    let file = match SourceFile::new(PathBuf::from(name), source.as_bytes().to_vec()) {
        Ok(Some(file)) => file,
        Ok(None) => return "the language is not known".to_owned(),
        Err(why) => return format!("refused: {why}"),
    };
    let workspace = workspace();
    let mut out = String::new();
    for (n, found) in file.found().iter().enumerate() {
        out.push_str(&describe(&file, n, found, true));
        out.push_str(&findings(&file, &workspace.diagnose_text(found, None).unwrap()));
    }
    if file.found().is_empty() {
        out.push_str("nothing\n");
    }
    out
}

#[test]
fn texts_of_every_host_language_are_found_where_they_are_written() {
    let mut names: Vec<_> = fs::read_dir(golden::path("hosts"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 4, "{names:?}");
    for name in names {
        golden::check(&format!("hosts/{name}"), answer);
    }
}

#[test]
fn calls_branches_and_parts_of_programs_are_read_in_every_language() {
    for name in ["csharp", "javascript", "python", "others"] {
        golden::check(&format!("programs/{name}.txt"), |input| {
            let (name, source) = input.split_once('\n').unwrap();
            let file = SourceFile::new(PathBuf::from(name), source.as_bytes().to_vec()).unwrap().unwrap();
            let workspace = workspace();
            let texts = file.found().iter().enumerate().map(|(n, found)| {
                let diagnosis = workspace.diagnose_text(found, None).unwrap();
                describe(&file, n, found, false) + &findings(&file, &diagnosis)
            });
            texts.collect()
        });
    }
}

#[test]
fn each_line_is_a_program_with_its_own_texts() {
    let forms = |input: &str| {
        let mut lines = input.lines();
        let (name, around) = (lines.next().unwrap(), lines.next().unwrap());
        let texts = |line: &str| -> String {
            let source = around.replace('…', line).replace('⏎', "\n");
            let file = SourceFile::new(PathBuf::from(name), source.into_bytes()).unwrap().unwrap();
            let one = |found: &FoundText| {
                let of = found.table.as_ref().map_or(String::new(), |of| format!("{}: ", table(&of.name)));
                let skipped = if found.skipped.is_some() { "!" } else { "" };
                let writes = if found.is_write { " writes" } else { "" };
                format!("{skipped}{of}{}{writes}", map(&file, &found.text))
            };
            let all: Vec<_> = file.found().iter().map(one).collect();
            if all.is_empty() { "nothing".to_owned() } else { all.join(" | ") }
        };
        lines.map(|line| format!("{line}\n  {}\n", texts(line))).collect::<String>()
    };
    golden::check("programs/forms.txt", forms);
    golden::check("programs/forms_more.txt", forms);
    golden::check("programs/forms_blocks.txt", forms);
}
