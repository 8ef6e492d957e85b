//! Tests the log, its regions and its rules.

use super::*;
use crate::code;
use expect_test::expect;

fn finding(span: Span) -> Diagnostic {
    Diagnostic::error(code::UNKNOWN_COLUMN, span, "no such column")
        .label(Span::new(0, 1), "this table")
        .help("look it up")
        .suggest(Suggestion::fix("did you mean", span, "b"))
        .suggest(Suggestion::maybe("or", span, "c"))
}

fn run(log: Log) -> Value {
    let mut document = Vec::new();
    log.finish(&mut document).unwrap();
    serde_json::from_slice::<Value>(&document).unwrap()["runs"][0].take()
}

#[test]
fn no_message_contains_a_link() {
    assert_eq!(unlinked("`[a](https://b)` and [c]"), "`[a\\](https://b)` and [c]");
}

#[test]
fn columns_count_utf16_code_units() {
    let source = "'😀é' eq x";
    let mut log = Log::new("1", "https://example.org");
    let at = source.find('x').unwrap();
    log.add(&Location::File { uri: "a", line: 5, offset: 100 }, source, &[finding(Span::new(at, at + 1))])
        .unwrap();
    let run = run(log);
    let result = &run["results"][0];
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        region,
        &json!({"startLine": 5, "startColumn": 10, "endLine": 5, "endColumn": 11, "charOffset": 109,
            "charLength": 1, "snippet": {"text": "x"}})
    );
    assert_eq!(
        result["message"]["text"],
        "no such column\nhelp: look it up\nhelp: did you mean: `b`\nhelp: or: `c`"
    );
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "this table");
    let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "b");
    assert_eq!(replacement["deletedRegion"]["charOffset"], 109);
    assert_eq!(result["fixes"][1]["description"]["text"], "or: `c` (a guess)");
    assert!(run.get("artifacts").is_none());
}

#[test]
fn a_text_without_a_file_is_part_of_the_log() {
    let mut log = Log::new("1", "https://example.org");
    let place = Location::Named { name: "query 1" };
    log.add(&place, "a\nbc", &[finding(Span::new(2, 4)), finding(Span::new(2, 4))]).unwrap();
    let run = run(log);
    assert_eq!(run["artifacts"][0]["contents"]["text"], "a\nbc");
    let [first, second] = [0, 1].map(|n| &run["results"][n]);
    let physical = &first["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"], json!({"index": 0}));
    assert_eq!(
        (&physical["region"]["startLine"], &physical["region"]["startColumn"]),
        (&2.into(), &1.into())
    );
    assert_eq!(first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "query 1");
    assert_ne!(first["partialFingerprints"], second["partialFingerprints"], "equal findings stay apart");
    assert_eq!(run["tool"]["driver"]["rules"].as_array().map(Vec::len), Some(1));
}

#[test]
fn every_code_gives_a_rule() {
    for info in code::all() {
        let rule = rule(info, Severity::Warning);
        let name = rule.get("name").map_or("Any", |n| n.as_str().unwrap());
        assert!(name.starts_with(|c: char| c.is_ascii_uppercase()), "{}: `{name}`", info.code);
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
        assert_eq!(rule["defaultConfiguration"]["level"], "warning");
    }
}

#[test]
fn a_run_without_findings_is_valid() {
    let empty = run(Log::new("1", "https://example.org"));
    assert_eq!(empty["results"], json!([]));
    assert_eq!(empty["invocations"][0]["executionSuccessful"], true);
    let mut log = Log::new("1", "https://example.org");
    log.add_failure(&Location::File { uri: "a", line: 2, offset: 0 }, "not UTF-8").unwrap();
    let refused = run(log);
    assert_eq!(refused["invocations"][0]["executionSuccessful"], false);
}

/// A storage that discards everything, so that a test measures only the memory of the log itself.
#[derive(Debug, Default)]
struct DiscardingStorage;

impl Write for DiscardingStorage {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for DiscardingStorage {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Seek for DiscardingStorage {
    fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
        Ok(0)
    }
}

#[test]
fn at_most_max_fingerprints_are_remembered() {
    let mut log = Log::with_storage(
        "1",
        "https://example.org",
        [DiscardingStorage, DiscardingStorage, DiscardingStorage],
    );
    for n in 0..MAX_FINGERPRINTS + 1000 {
        let name = format!("query {n}");
        let d = Diagnostic::error(code::EMPTY, Span::at(0), "x");
        log.add(&Location::Named { name: &name }, &name, &[d]).unwrap();
    }
    assert_eq!(log.fingerprints.len(), MAX_FINGERPRINTS);
    assert_eq!(log.rules.len(), 1);
    log.finish(&mut DiscardingStorage).unwrap();
}

/// Returns the whole document of a log.
fn document(log: Log) -> String {
    let mut document = Vec::new();
    log.finish(&mut document).unwrap();
    String::from_utf8(document).unwrap()
}

#[test]
fn a_document_has_each_part_in_its_place() {
    let file = |line| Location::File { uri: "a/b.odata", line, offset: 10 };
    let named = |name| Location::Named { name };
    let one = |code, severity, start, end| Diagnostic::new(code, severity, Span::new(start, end), "m");
    let error = |start, end| one(code::UNKNOWN_COLUMN, Severity::Error, start, end);
    expect![[r#"{"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json","runs":[{"columnKind":"utf16CodeUnits","invocations":[{"executionSuccessful":true}],"results":[],"tool":{"driver":{"informationUri":"https://example.org","name":"dvkit","rules":[],"version":"1"}}}],"version":"2.1.0"}"#]].assert_eq(&document(Log::new("1", "https://example.org")));
    let mut log = Log::new("1", "https://example.org");
    log.add(&file(3), "a\nbc", &[]).unwrap();
    log.add(&named("none"), "a\nbc", &[]).unwrap();
    log.add(&file(3), "é\nbc", &[error(2, 4)]).unwrap();
    log.add_failure(&named("query 2"), "it is [a](b)").unwrap();
    log.add_failure(&file(7), "not UTF-8").unwrap();
    let text = document(log);
    let (rules, rest) = text.split_once("\"rules\":[").unwrap();
    expect![[r#"
        {"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json","runs":[{"columnKind":"utf16CodeUnits","invocations":[{"executionSuccessful":false,"toolExecutionNotifications":[{"level":"error","locations":[{"logicalLocations":[{"fullyQualifiedName":"query 2"}]}],"message":{"text":"it is [a\\](b)"}},{"level":"error","locations":[{"physicalLocation":{"artifactLocation":{"uri":"a/b.odata"},"region":{"startLine":7}}}],"message":{"text":"not UTF-8"}}]}],"results":[{"level":"error","locations":[{"physicalLocation":{"artifactLocation":{"uri":"a/b.odata"},"region":{"charLength":2,"charOffset":11,"endColumn":2,"endLine":4,"snippet":{"text":"\nb"},"startColumn":2,"startLine":3}}}],"message":{"text":"m"},"partialFingerprints":{"dvkitQuery/v1":"31a325b1e3e1e6a1:1"},"ruleId":"DV0203","ruleIndex":0}],"tool":{"driver":{"informationUri":"https://example.org","name":"dvkit",
        :"1"}}}],"version":"2.1.0"}"#]].assert_eq(&format!("{rules}\n{}", rest.split_once("],\"version\"").unwrap().1));

    let mut log = Log::new("1", "https://example.org");
    let warning = one(code::EMPTY, Severity::Warning, 0, 0).label(Span::new(0, 1), "[x](y)");
    log.add(&named("query 1"), "ab", &[error(0, 1), warning, error(0, 1)]).unwrap();
    log.add(&named("query 2"), "ab", &[one(code::EMPTY, Severity::Error, 1, 2)]).unwrap();
    log.add(&named("query 3"), "ab", &[one(code::EMPTY, Severity::Note, 1, 2), error(0, 1)]).unwrap();
    let run = run(log);
    let text: Vec<String> = [&run["artifacts"], &run["results"], &run["invocations"]]
        .iter()
        .flat_map(|list| list.as_array().unwrap())
        .map(Value::to_string)
        .collect();
    expect![[r#"
        {"contents":{"text":"ab"},"description":{"text":"query 1"}}
        {"contents":{"text":"ab"},"description":{"text":"query 2"}}
        {"contents":{"text":"ab"},"description":{"text":"query 3"}}
        {"level":"error","locations":[{"logicalLocations":[{"fullyQualifiedName":"query 1"}],"physicalLocation":{"artifactLocation":{"index":0},"region":{"charLength":1,"charOffset":0,"endColumn":2,"endLine":1,"snippet":{"text":"a"},"startColumn":1,"startLine":1}}}],"message":{"text":"m"},"partialFingerprints":{"dvkitQuery/v1":"9f6a35d9366f9184:1"},"ruleId":"DV0203","ruleIndex":0}
        {"level":"warning","locations":[{"logicalLocations":[{"fullyQualifiedName":"query 1"}],"physicalLocation":{"artifactLocation":{"index":0},"region":{"charLength":0,"charOffset":0,"endColumn":1,"endLine":1,"startColumn":1,"startLine":1}}}],"message":{"text":"m"},"partialFingerprints":{"dvkitQuery/v1":"048bb193380c0c5a:1"},"relatedLocations":[{"logicalLocations":[{"fullyQualifiedName":"query 1"}],"message":{"text":"[x\\](y)"},"physicalLocation":{"artifactLocation":{"index":0},"region":{"charLength":1,"charOffset":0,"endColumn":2,"endLine":1,"snippet":{"text":"a"},"startColumn":1,"startLine":1}}}],"ruleId":"DV0008","ruleIndex":1}
        {"level":"error","locations":[{"logicalLocations":[{"fullyQualifiedName":"query 1"}],"physicalLocation":{"artifactLocation":{"index":0},"region":{"charLength":1,"charOffset":0,"endColumn":2,"endLine":1,"snippet":{"text":"a"},"startColumn":1,"startLine":1}}}],"message":{"text":"m"},"partialFingerprints":{"dvkitQuery/v1":"9f6a35d9366f9184:2"},"ruleId":"DV0203","ruleIndex":0}
        {"level":"error","locations":[{"logicalLocations":[{"fullyQualifiedName":"query 2"}],"physicalLocation":{"artifactLocation":{"index":1},"region":{"charLength":1,"charOffset":1,"endColumn":3,"endLine":1,"snippet":{"text":"b"},"startColumn":2,"startLine":1}}}],"message":{"text":"m"},"partialFingerprints":{"dvkitQuery/v1":"c5d10b283ccf9bbc:1"},"ruleId":"DV0008","ruleIndex":1}
        {"level":"note","locations":[{"logicalLocations":[{"fullyQualifiedName":"query 3"}],"physicalLocation":{"artifactLocation":{"index":2},"region":{"charLength":1,"charOffset":1,"endColumn":3,"endLine":1,"snippet":{"text":"b"},"startColumn":2,"startLine":1}}}],"message":{"text":"m"},"partialFingerprints":{"dvkitQuery/v1":"c5d10b283ccf9bbc:2"},"ruleId":"DV0008","ruleIndex":1}
        {"level":"error","locations":[{"logicalLocations":[{"fullyQualifiedName":"query 3"}],"physicalLocation":{"artifactLocation":{"index":2},"region":{"charLength":1,"charOffset":0,"endColumn":2,"endLine":1,"snippet":{"text":"a"},"startColumn":1,"startLine":1}}}],"message":{"text":"m"},"partialFingerprints":{"dvkitQuery/v1":"9f6a35d9366f9184:3"},"ruleId":"DV0203","ruleIndex":0}
        {"executionSuccessful":true}"#]].assert_eq(&text.join("\n"));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let rules: Vec<_> =
        rules.iter().map(|rule| (&rule["id"], &rule["defaultConfiguration"]["level"])).collect();
    assert_eq!(rules, [(&json!("DV0203"), &json!("error")), (&json!("DV0008"), &json!("error"))]);
}

#[test]
fn a_fix_says_what_it_writes_once() {
    let span = Span::new(0, 1);
    let d = |suggestion| Diagnostic::error(code::EMPTY, span, "m").suggest(suggestion);
    let texts = |suggestion: Suggestion| {
        let mut log = Log::new("1", "https://example.org");
        log.add(&Location::File { uri: "a", line: 1, offset: 0 }, "a b", &[d(suggestion)]).unwrap();
        let fixes = run(log)["results"][0]["fixes"].take();
        let texts = fixes
            .as_array()
            .into_iter()
            .flatten()
            .map(|fix| fix["description"]["text"].as_str().unwrap().to_owned());
        texts.collect::<Vec<_>>()
    };
    for (suggestion, expected) in [
        (Suggestion::fix("write", span, "x"), Some("write: `x`")),
        (Suggestion::fix("write `x`", span, "x"), Some("write `x`")),
        (Suggestion::maybe("or `x`", span, "x"), Some("or `x` (a guess)")),
        (Suggestion::maybe("or", span, "x"), Some("or: `x` (a guess)")),
        (Suggestion::fix("remove it", span, ""), Some("remove it")),
        (Suggestion::fix("both", span, "x").and_edit(Span::new(2, 3), "y"), Some("both")),
        (Suggestion { edits: Vec::new(), ..Suggestion::fix("none", span, "") }, None),
    ] {
        assert_eq!(texts(suggestion.clone()), expected.into_iter().collect::<Vec<_>>(), "{suggestion:?}");
    }
}

#[test]
fn a_snippet_has_up_to_1000_bytes() {
    let source = "x".repeat(2000);
    for (length, shown) in [(0, false), (1, true), (999, true), (1000, true), (1001, false)] {
        let mut log = Log::new("1", "https://example.org");
        let d = Diagnostic::error(code::EMPTY, Span::new(1, 1 + length), "m");
        log.add(&Location::File { uri: "a", line: 1, offset: 0 }, &source, &[d]).unwrap();
        let region = run(log)["results"][0]["locations"][0]["physicalLocation"]["region"].take();
        let snippet = region.get("snippet").map(|snippet| snippet["text"].as_str().unwrap().len());
        assert_eq!(snippet, shown.then_some(length), "{length}");
        assert_eq!((&region["startColumn"], &region["charLength"]), (&json!(2), &json!(length)), "{length}");
    }
}

#[test]
fn a_rule_has_the_texts_of_its_code() {
    let info =
        |title, wrong, right| CodeInfo { code: code::EMPTY, title, text: "a\n b", table: "", wrong, right };
    let all = [info("a `$b`-c 2", "", "x"), info("ab", "w", ""), info("$", "w", "r")];
    let text: Vec<String> = all.iter().map(|info| rule(info, Severity::Note).to_string()).collect();
    expect![[r#"
        {"defaultConfiguration":{"level":"note"},"fullDescription":{"text":"a b"},"help":{"markdown":"a b","text":"a b"},"id":"DV0008","name":"ABC2","properties":{"tags":["syntax"]},"shortDescription":{"text":"a `$b`-c 2"}}
        {"defaultConfiguration":{"level":"note"},"fullDescription":{"text":"a b"},"help":{"markdown":"a b\n\nWrong:\n\n```\nw\n```","text":"a b\nwrong: w"},"id":"DV0008","name":"Ab","properties":{"tags":["syntax"]},"shortDescription":{"text":"ab"}}
        {"defaultConfiguration":{"level":"note"},"fullDescription":{"text":"a b"},"help":{"markdown":"a b\n\nWrong:\n\n```\nw\n```\n\nRight:\n\n```\nr\n```","text":"a b\nwrong: w\nright: r"},"id":"DV0008","properties":{"tags":["syntax"]},"shortDescription":{"text":"$"}}"#]].assert_eq(&text.join("\n"));
    // The hash of nothing and of one letter, as they are published.
    assert_eq!(fnv(FNV_BASIS, "".bytes()), 0xcbf2_9ce4_8422_2325);
    assert_eq!(fnv(FNV_BASIS, "a".bytes()), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(fnv(FNV_BASIS, "foobar".bytes()), 0x8594_4171_f739_67e8);
}
