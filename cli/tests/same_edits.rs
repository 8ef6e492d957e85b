//! A fix gives the same text whether it is applied by the edits of the JSON response, by those of SARIF, or
//! by `--fix`.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use dvkit_diagnostic::{Diagnostic, apply};
use dvkit_tests::sample::{field, rows};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A query of the samples, as a JSON line of a batch.
struct Sample {
    /// The JSON member that holds the query.
    member: &'static str,
    text: String,
    line: String,
}

/// The texts that result from applying each fix alone.
type Edited = Vec<String>;

const FILES: [&str; 7] = [
    "right.jsonl",
    "wrong.jsonl",
    "requests.jsonl",
    "lints.jsonl",
    "fetchxml.jsonl",
    "mapping.jsonl",
    "both.jsonl",
];

/// Returns every query of the samples, without duplicates.
fn samples() -> Vec<Sample> {
    let mut all: Vec<Sample> = Vec::new();
    for row in FILES.iter().flat_map(|file| rows(file)) {
        for (name, member) in
            [("filter", "filter"), ("query", "query"), ("odata", "query"), ("fetchxml", "fetchxml")]
        {
            if !row[name].is_string() {
                continue;
            }
            let text = field(&row, name);
            let mut question = json!({ member: text });
            if row["table"].is_string() && member != "fetchxml" {
                question["table"] = row["table"].clone();
            }
            let line = question.to_string();
            if all.iter().all(|s| s.line != line) {
                all.push(Sample { member, text: text.to_owned(), line });
            }
        }
    }
    all
}

/// Returns the output of `dvkit check` in `dir`, with `file` as standard input.
fn check(dir: &Path, args: &[&str], file: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_dvkit"))
        .current_dir(dir)
        .env_remove("CI")
        .arg("check")
        .args(args)
        .stdin(Stdio::from(File::open(dir.join(file)).unwrap()))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

/// Returns `text` after each fix of a JSON response.
fn by_json(text: &str, answer: &Value) -> Edited {
    let diagnostics: Vec<Diagnostic> = serde_json::from_value(answer["diagnostics"].clone()).unwrap();
    let fixes = diagnostics.iter().flat_map(|d| &d.suggestions).filter(|s| !s.edits.is_empty());
    fixes.map(|s| apply(text, &s.edits).unwrap_or_else(|e| panic!("{text}\n{e}: {s:?}"))).collect()
}

/// Returns the line of a file after each fix of a SARIF result; `before` is the number of UTF-16 code units
/// in the file before that line.
fn by_sarif(line: &str, before: usize, result: &Value) -> Edited {
    let fixes = result["fixes"].as_array().into_iter().flatten();
    fixes
        .map(|fix| {
            let mut units: Vec<u16> = line.encode_utf16().collect();
            let mut edits: Vec<(usize, usize, &str)> = fix["artifactChanges"][0]["replacements"]
                .as_array()
                .unwrap()
                .iter()
                .map(|r| {
                    let number =
                        |name: &str| usize::try_from(r["deletedRegion"][name].as_u64().unwrap()).unwrap();
                    let start = number("charOffset").checked_sub(before).expect("in its line");
                    let inserted = r["insertedContent"]["text"].as_str().unwrap();
                    (start, start + number("charLength"), inserted)
                })
                .collect();
            edits.sort_unstable();
            for (start, end, inserted) in edits.into_iter().rev() {
                units.splice(start..end, inserted.encode_utf16());
            }
            String::from_utf16(&units).unwrap()
        })
        .collect()
}

#[test]
fn json_sarif_and_the_command_line_apply_the_same_edits() {
    let samples = samples();
    let dir = TempDir::new().unwrap();
    let asked: String = samples.iter().map(|s| format!("{}\n", s.line)).collect();
    fs::write(dir.path().join("asked.jsonl"), &asked).unwrap();

    let batch = lines(&check(dir.path(), &["--batch"], "asked.jsonl"));
    let report = |format| check(dir.path(), &["--format", format, "--queries", "asked.jsonl"], "asked.jsonl");
    let json = lines(&report("json"));
    let sarif = report("sarif");
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let piped = check(dir.path(), &["--fix"], "asked.jsonl");
    let mut piped = piped.lines();
    fs::write(dir.path().join("mended.jsonl"), &asked).unwrap();
    check(dir.path(), &["--fix", "--queries", "mended.jsonl"], "asked.jsonl");
    let mended = lines(&fs::read_to_string(dir.path().join("mended.jsonl")).unwrap());
    assert_eq!([batch.len(), json.len(), mended.len()], [samples.len(); 3]);

    let (mut before, mut fixes, mut rewritten) = (0, 0, 0);
    for (n, sample) in samples.iter().enumerate() {
        let text = sample.text.as_str();
        let edited = by_json(text, &batch[n]);
        assert!(edited.iter().all(|e| e != text), "a fix changes nothing: {text}");
        assert_eq!(by_json(text, &json[n]), edited, "{text}");
        assert_eq!(json[n]["rewritten"], batch[n]["rewritten"], "{text}");

        let about = |r: &&Value| {
            r["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64() == u64::try_from(n + 1).ok()
        };
        let by_sarif: Edited = results
            .iter()
            .filter(about)
            .flat_map(|r| by_sarif(&sample.line, before, r))
            .map(|line| {
                let line: Value =
                    serde_json::from_str(&line).unwrap_or_else(|e| panic!("{text}\n{e}: {line}"));
                field(&line, sample.member).to_owned()
            })
            .collect();
        assert_eq!(by_sarif, edited, "{text}");

        // If a text is right or can be corrected, the corrected text is printed and written into files.
        let right = batch[n]["rewritten"].as_str();
        if let Some(right) = right {
            let line: Value = serde_json::from_str(piped.next().expect("a line for each")).unwrap();
            assert_eq!(field(&line, sample.member), right, "{text}");
            rewritten += usize::from(right != text);
        }
        assert_eq!(field(&mended[n], sample.member), right.unwrap_or(text), "{text}");
        fixes += edited.len();
        before += sample.line.encode_utf16().count() + 1;
    }
    assert_eq!(piped.next(), None);
    assert!(fixes > 200 && rewritten > 150, "{fixes} {rewritten}");
}
