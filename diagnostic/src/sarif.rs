//! Writes findings as a SARIF 2.1.0 log, which code scanning, editors and dashboards read.
//!
//! A [`Log`] is one run of one tool. A text that is not in a file (an argument, a line of standard input)
//! becomes a part of the log. Results are written immediately, to memory or to storage that the caller
//! provides. Columns and offsets are counted in UTF-16 code units, as the log declares. The format is the
//! OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
//!
//! ```
//! use dvkit_diagnostic::{code, sarif::{Log, Location}, Diagnostic, Span};
//! let d = Diagnostic::error(code::UNKNOWN_COLUMN, Span::new(0, 7), "`contact` has no column `fullnme`");
//! let mut log = Log::new("0.1.0", "https://example.org");
//! log.add(&Location::File { uri: "queries/a.odata", line: 3, offset: 40 }, "fullnme eq 'Ann'", &[d])?;
//! let mut document = Vec::new();
//! log.finish(&mut document)?;
//! let value: serde_json::Value = serde_json::from_slice(&document)?;
//! let region = &value["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
//! assert_eq!((&region["startLine"], &region["endColumn"]), (&3.into(), &8.into()));
//! # Ok::<(), std::io::Error>(())
//! ```

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek, Write};

use serde_json::{Map, Value, json};

use crate::{Applicability, Code, CodeInfo, Diagnostic, LineIndex, Severity, Span, Suggestion};

/// The URI of the JSON schema of SARIF 2.1.0.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The name of the fingerprints in the log. Its number changes if fingerprints are computed in another way.
const FINGERPRINT: &str = "dvkitQuery/v1";

/// Where a text that was checked is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location<'a> {
    /// The text is in a file, and begins at the beginning of a line.
    File {
        /// The URI of the file. If possible it is relative to the root of the sources.
        uri: &'a str,
        /// The number of the line where the text begins, counted from 1.
        line: usize,
        /// The number of UTF-16 code units in the file before the text, not counting a byte order mark.
        offset: usize,
    },
    /// The text is not in a file.
    Named {
        /// The name of the text for people, such as `query 2`.
        name: &'a str,
    },
}

/// The maximum number of fingerprints that are remembered to number equal findings. Later findings get the
/// number 1. The limit bounds the memory.
const MAX_FINGERPRINTS: usize = 1 << 16;
/// The maximum length in bytes of the part of a text that a result contains as a snippet.
const MAX_SNIPPET_LENGTH: usize = 1000;

/// A SARIF run, which has results, the rules to which the results refer, and failures. `S` is the storage of
/// texts and results until the run is complete.
#[derive(Debug)]
pub struct Log<S = Cursor<Vec<u8>>> {
    version: String,
    information_uri: String,
    /// The codes of the findings in the order of their first use, each with the worst severity of its
    /// findings.
    rules: Vec<(Code, Severity)>,
    artifacts: List<S>,
    results: List<S>,
    notifications: List<S>,
    /// The number of findings so far by their fingerprint. It distinguishes findings with equal fingerprints.
    fingerprints: BTreeMap<u64, u32>,
}

/// The elements of a JSON array, which are written to a storage one after another.
#[derive(Debug)]
struct List<S> {
    text: S,
    length: usize,
}

impl<S: Read + Write + Seek> List<S> {
    fn push(&mut self, value: &Value) -> io::Result<()> {
        if self.length > 0 {
            self.text.write_all(b",")?;
        }
        self.length += 1;
        serde_json::to_writer(&mut self.text, value).map_err(io::Error::from)
    }

    /// Writes the whole array to `out`.
    fn copy(mut self, out: &mut impl Write) -> io::Result<()> {
        self.text.rewind()?;
        out.write_all(b"[")?;
        io::copy(&mut self.text, out)?;
        out.write_all(b"]")
    }
}

impl Log {
    /// Returns an empty run that is kept in memory. `version` is the version of dvkit, and `information_uri`
    /// is the address of a page about dvkit.
    #[must_use]
    pub fn new(version: impl Into<String>, information_uri: impl Into<String>) -> Self {
        Self::with_storage(version, information_uri, Default::default())
    }
}

impl<S: Read + Write + Seek> Log<S> {
    /// Returns an empty run that is kept in `places`, which are usually temporary files: one for the texts,
    /// one for the results, and one for the notifications. So the memory does not grow with the number of
    /// findings. `version` is the version of dvkit, and `information_uri` is the address of a page about
    /// dvkit.
    pub fn with_storage(
        version: impl Into<String>,
        information_uri: impl Into<String>,
        places: [S; 3],
    ) -> Self {
        let [artifacts, results, notifications] = places.map(|text| List { text, length: 0 });
        Self {
            version: version.into(),
            information_uri: information_uri.into(),
            rules: Vec::new(),
            artifacts,
            results,
            notifications,
            fingerprints: BTreeMap::new(),
        }
    }

    /// Adds the findings about the text `source`. `place` says where this text is. The spans of the findings
    /// refer to `source`.
    ///
    /// # Errors
    /// Returns an error if the storage of the log cannot be written.
    pub fn add(&mut self, place: &Location<'_>, source: &str, diagnostics: &[Diagnostic]) -> io::Result<()> {
        if diagnostics.is_empty() {
            return Ok(());
        }
        let source = LineIndex::new(source);
        let at = self.locate(place, &source)?;
        let mut hashes = BTreeMap::new();
        for diagnostic in diagnostics {
            let rule = self.rule(diagnostic);
            let fingerprint = self.fingerprint(diagnostic, source.text(), &mut hashes);
            let mut result = json!({
                "ruleId": diagnostic.code.to_string(),
                "ruleIndex": rule,
                "level": diagnostic.severity.as_str(),
                "message": { "text": message(diagnostic, source.text()) },
                "locations": [at.location(diagnostic.span, None)],
                "partialFingerprints": { FINGERPRINT: fingerprint },
            });
            let related = diagnostic.labels.iter().map(|l| at.location(l.span, Some(&l.message)));
            set(&mut result, "relatedLocations", related.collect());
            let fixes = diagnostic.suggestions.iter().filter(|s| !s.edits.is_empty()).map(|s| at.fix(s));
            set(&mut result, "fixes", fixes.collect());
            self.results.push(&result)?;
        }
        Ok(())
    }

    /// Adds a failure to check the text at `place`. `why` is a sentence with the reason. In SARIF this is an
    /// error of the run, not a finding.
    ///
    /// # Errors
    /// Returns an error if the storage of the log cannot be written.
    pub fn add_failure(&mut self, place: &Location<'_>, why: &str) -> io::Result<()> {
        let location = match place {
            Location::File { uri, line, .. } => json!({
                "physicalLocation": { "artifactLocation": { "uri": uri }, "region": { "startLine": line } }
            }),
            Location::Named { name } => json!({ "logicalLocations": [{ "fullyQualifiedName": name }] }),
        };
        self.notifications
            .push(&json!({ "level": "error", "message": { "text": unlinked(why) }, "locations": [location] }))
    }

    /// Writes the whole log to `out`, without a line break at its end.
    ///
    /// # Errors
    /// Returns an error if `out` cannot be written, or if the storage of the log cannot be read.
    pub fn finish(self, out: &mut impl Write) -> io::Result<()> {
        let rules: Vec<Value> =
            self.rules.iter().filter_map(|(code, severity)| Some(rule(code.info()?, *severity))).collect();
        let tool = json!({ "driver": {
            "name": "dvkit",
            "version": self.version,
            "informationUri": self.information_uri,
            "rules": rules,
        }});
        write!(out, "{{\"$schema\":{},\"runs\":[{{", json!(SCHEMA))?;
        if self.artifacts.length > 0 {
            out.write_all(b"\"artifacts\":")?;
            self.artifacts.copy(out)?;
            out.write_all(b",")?;
        }
        let successful = self.notifications.length == 0;
        write!(
            out,
            "\"columnKind\":\"utf16CodeUnits\",\"invocations\":[{{\"executionSuccessful\":{successful}"
        )?;
        if !successful {
            out.write_all(b",\"toolExecutionNotifications\":")?;
            self.notifications.copy(out)?;
        }
        out.write_all(b"}],\"results\":")?;
        self.results.copy(out)?;
        write!(out, ",\"tool\":{tool}}}],\"version\":\"2.1.0\"}}")
    }

    fn locate<'a>(&mut self, place: &Location<'a>, source: &'a LineIndex<'a>) -> io::Result<LocatedText<'a>> {
        Ok(match *place {
            Location::File { uri, line, offset } => {
                LocatedText { artifact: json!({ "uri": uri }), name: None, line, offset, source }
            }
            Location::Named { name } => {
                let artifact = json!({ "index": self.artifacts.length });
                let description = json!({ "text": name });
                let contents = json!({ "text": source.text() });
                self.artifacts.push(&json!({ "contents": contents, "description": description }))?;
                LocatedText { artifact, name: Some(name), line: 1, offset: 0, source }
            }
        })
    }

    fn rule(&mut self, diagnostic: &Diagnostic) -> usize {
        if let Some(index) = self.rules.iter().position(|(code, _)| *code == diagnostic.code) {
            let worst = &mut self.rules[index].1;
            *worst = diagnostic.severity.max(*worst);
            return index;
        }
        self.rules.push((diagnostic.code, diagnostic.severity));
        self.rules.len() - 1
    }

    /// Returns the fingerprint of a finding, which is a hash of the code, the text, and the wrong part of the
    /// text. The fingerprint stays the same if the text moves to another line. `hashes` is a cache of the
    /// hashes of the code and the text, by code.
    fn fingerprint(
        &mut self,
        diagnostic: &Diagnostic,
        source: &str,
        hashes: &mut BTreeMap<Code, u64>,
    ) -> String {
        let of = |text: &str, hash: u64| fnv(hash, text.bytes().chain([0]));
        let whole = *hashes
            .entry(diagnostic.code)
            .or_insert_with(|| of(source.trim(), of(&diagnostic.code.to_string(), FNV_BASIS)));
        let hash = of(&source[diagnostic.span.clamped(source)], whole);
        let number = match self.fingerprints.get_mut(&hash) {
            Some(count) => {
                *count = count.saturating_add(1);
                *count
            }
            None => {
                if self.fingerprints.len() < MAX_FINGERPRINTS {
                    self.fingerprints.insert(hash, 1);
                }
                1
            }
        };
        format!("{hash:016x}:{number}")
    }
}

/// A text that was checked, with its location.
struct LocatedText<'a> {
    artifact: Value,
    name: Option<&'a str>,
    line: usize,
    offset: usize,
    source: &'a LineIndex<'a>,
}

impl LocatedText<'_> {
    fn location(&self, span: Span, message: Option<&str>) -> Value {
        let mut region = self.region(span);
        let text = &self.source.text()[span.clamped(self.source.text())];
        if (1..=MAX_SNIPPET_LENGTH).contains(&text.len()) {
            region["snippet"] = json!({ "text": text });
        }
        let mut location =
            json!({ "physicalLocation": { "artifactLocation": self.artifact, "region": region } });
        if let Some(name) = self.name {
            location["logicalLocations"] = json!([{ "fullyQualifiedName": name }]);
        }
        if let Some(message) = message {
            location["message"] = json!({ "text": unlinked(message) });
        }
        location
    }

    fn region(&self, span: Span) -> Value {
        let range = span.clamped(self.source.text());
        let (start_line, start_column) = self.source.utf16_line_column(range.start);
        let (end_line, end_column) = self.source.utf16_line_column(range.end);
        let (start, end) = (self.source.utf16(range.start), self.source.utf16(range.end));
        json!({
            "startLine": self.line + start_line - 1,
            "startColumn": start_column,
            "endLine": self.line + end_line - 1,
            "endColumn": end_column,
            "charOffset": self.offset + start,
            "charLength": end - start,
        })
    }

    fn fix(&self, suggestion: &Suggestion) -> Value {
        let replacements: Vec<Value> = suggestion
            .edits
            .iter()
            .map(|edit| {
                json!({
                    "deletedRegion": self.region(edit.span),
                    "insertedContent": { "text": edit.replacement },
                })
            })
            .collect();
        let changes = json!([{ "artifactLocation": self.artifact, "replacements": replacements }]);
        let mut description = suggestion.message.clone();
        // Guesses often share their message: "did you mean".
        if let [edit] = suggestion.edits.as_slice()
            && !description.contains(&edit.replacement)
        {
            description.push_str(&format!(": `{}`", edit.replacement));
        }
        if suggestion.applicability == Applicability::Maybe {
            description.push_str(" (a guess)");
        }
        json!({ "description": { "text": unlinked(&description) }, "artifactChanges": changes })
    }
}

/// Returns the message of a finding for SARIF, followed by its help. `source` is the text that the finding is
/// about.
fn message(diagnostic: &Diagnostic, source: &str) -> String {
    let mut text = diagnostic.message.clone();
    for sentence in diagnostic.advice(source) {
        text.push_str("\nhelp: ");
        text.push_str(&sentence);
    }
    unlinked(&text)
}

/// Returns the message `text` escaped so that `[text](address)` in it is not a link. SARIF has such links
/// even in plain text.
fn unlinked(text: &str) -> String {
    text.replace("](", "\\](")
}

fn rule(info: &CodeInfo, severity: Severity) -> Value {
    let mut name = String::new();
    for word in info.title.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        name.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    let paragraph = info.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut help = Map::new();
    let (text, markdown) = match (info.wrong, info.right) {
        ("", _) => (paragraph.clone(), paragraph.clone()),
        (wrong, "") => {
            (format!("{paragraph}\nwrong: {wrong}"), format!("{paragraph}\n\nWrong:\n\n```\n{wrong}\n```"))
        }
        (wrong, right) => (
            format!("{paragraph}\nwrong: {wrong}\nright: {right}"),
            format!("{paragraph}\n\nWrong:\n\n```\n{wrong}\n```\n\nRight:\n\n```\n{right}\n```"),
        ),
    };
    help.insert("text".to_owned(), text.into());
    help.insert("markdown".to_owned(), markdown.into());
    let mut rule = json!({
        "id": info.code.to_string(),
        "shortDescription": { "text": info.title },
        "fullDescription": { "text": paragraph },
        "help": help,
        "defaultConfiguration": { "level": severity.as_str() },
        "properties": { "tags": [info.code.family().as_str()] },
    });
    // A title may have no letters.
    if !name.is_empty() {
        rule["name"] = name.into();
    }
    rule
}

/// Adds the member `name` with the value `list` to a JSON object, unless the list is empty.
fn set(object: &mut Value, name: &str, list: Vec<Value>) {
    if !list.is_empty() {
        object[name] = list.into();
    }
}

/// The initial value of a 64-bit FNV-1a hash.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// Returns the 64-bit FNV-1a hash `hash` continued with more bytes. This hash is the same in every version
/// and on every machine, as fingerprints must be.
fn fnv(hash: u64, bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests;
