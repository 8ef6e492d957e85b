//! The command, the language server and the server for agents say the same about the same texts: code, severity,
//! message, position, notes, help and fixes, for one organisation, for another one, and for both.
//!
//! Each row of the table is a file. `dvkit check` reads it in a folder, `dvkit lsp` gets it as an open document, and
//! `dvkit mcp` as the argument `source`; all three are asked as their clients ask them.
#![cfg(all(feature = "lsp", feature = "mcp", feature = "programs"))]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use dvkit_diagnostic::Diagnostic;
use dvkit_tests::workspace;
use serde_json::{Value, json};

mod same_findings_rows;

use same_findings_rows::ROWS;

/// A finding, as far as every face tells it. The fields are in the order in which findings are sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    /// The byte offset in the file.
    start: usize,
    code: String,
    severity: String,
    message: String,
    /// The part of the file that is wrong.
    at: String,
    /// The remarks, each with the part that it is about.
    notes: Vec<(String, String)>,
    help: Vec<String>,
}

/// What a face says about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    findings: Vec<Told>,
    /// The text of the file with every certain fix.
    fixed: String,
}

impl Answer {
    fn new(mut findings: Vec<Told>, fixed: String) -> Self {
        findings.sort();
        Self { findings, fixed }
    }
}

/// Returns the byte offset of a line and a column in characters, both counted from 1.
fn offset(text: &str, line: &Value, column: &Value) -> usize {
    let (line, column) = (line.as_u64().unwrap() as usize, column.as_u64().unwrap() as usize);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let inside = text[start..].char_indices().nth(column - 1).map(|(at, _)| at);
    start + inside.unwrap_or(text.len() - start)
}

/// Returns the byte offset of a position of the language server, in UTF-16.
fn lsp_offset(text: &str, position: &Value) -> usize {
    let (line, column) =
        (position["line"].as_u64().unwrap() as usize, position["character"].as_u64().unwrap() as usize);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut units = 0;
    for (at, c) in text[start..].char_indices() {
        if units >= column {
            return start + at;
        }
        units += c.len_utf16();
    }
    text.len()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn dvkit(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    command.args(arguments).current_dir(folder);
    command
}

/// Returns the text with edits applied. Each is a byte range and its replacement.
fn edited(text: &str, mut edits: Vec<(usize, usize, String)>) -> String {
    edits.sort();
    edits.dedup();
    let mut text = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, &new);
    }
    text
}

/// Returns what `dvkit check` says about the files in `folder`, by their names.
fn by_command(folder: &Path, fixed: &Path) -> BTreeMap<String, Answer> {
    let output = dvkit(folder, &["check", "--format", "json", "--paths", "./"]).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let ran = dvkit(fixed, &["check", "--fix", "--paths", "./"]).output().unwrap();
    assert!(matches!(ran.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut all: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let result: Value = serde_json::from_str(line).unwrap();
        let name = Path::new(result["file"].as_str().unwrap()).file_name().unwrap().to_str().unwrap();
        let file = fs::read_to_string(folder.join(name)).unwrap();
        let told = all.entry(name.to_owned()).or_default();
        if let Some(why) = result["error"].as_str() {
            // The line is where the query begins.
            let start = offset(&file, &result["line"], &json!(1));
            told.push(Told {
                start,
                code: String::new(),
                severity: "error".to_owned(),
                message: why.to_owned(),
                at: String::new(),
                notes: Vec::new(),
                help: Vec::new(),
            });
            continue;
        }
        let query = ["query", "filter", "fetchxml"].iter().find_map(|name| result[name].as_str());
        for found in result["diagnostics"].as_array().into_iter().flatten() {
            let start = offset(&file, &found["line"], &found["column"]);
            let end = offset(&file, &found["end_line"], &found["end_column"]);
            let at = &file[start..end];
            let finding: Diagnostic = serde_json::from_value(found.clone()).unwrap();
            // Without a query it is about the name of its table.
            let source = query.unwrap_or(at);
            let notes = finding.labels.iter().map(|l| (l.span.of(source).to_owned(), l.message.clone()));
            told.push(Told {
                start,
                code: finding.code.to_string(),
                severity: finding.severity.as_str().to_owned(),
                message: finding.message.clone(),
                at: at.to_owned(),
                notes: notes.collect(),
                help: finding.advice(source),
            });
        }
    }
    let answer = |row: &same_findings_rows::Row| {
        let told = all.remove(row.name).unwrap_or_default();
        (row.name.to_owned(), Answer::new(told, fs::read_to_string(fixed.join(row.name)).unwrap()))
    };
    ROWS.iter().map(answer).collect()
}

/// A client of the language server.
struct Editor {
    child: Child,
    output: BufReader<ChildStdout>,
    next: u64,
}

impl Editor {
    fn start(folders: &[&Path]) -> Self {
        let mut child =
            dvkit(folders[0], &["lsp"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut editor = Self { child, output, next: 0 };
        let folders: Vec<Value> =
            folders.iter().map(|path| json!({"uri": uri(path), "name": "folder"})).collect();
        let abilities = json!({"textDocument": {"publishDiagnostics": {"relatedInformation": true}}});
        editor.ask(
            "initialize",
            json!({"processId": null, "rootUri": null, "capabilities": abilities, "workspaceFolders": folders}),
        );
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let input = self.child.stdin.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.receive();
            if message["id"] == id && message.get("method").is_none() {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
            if let Some(asked) = message.get("id") {
                self.send(&json!({"jsonrpc": "2.0", "id": asked, "result": null}));
            }
        }
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server has ended");
            if let Some(number) = line.strip_prefix("Content-Length:") {
                length = number.trim().parse().unwrap();
            } else if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Returns what the server says about a file, and the titles of the corrections that it offers.
    fn answer(&mut self, path: &Path, text: &str) -> (Answer, Vec<String>) {
        let uri = uri(path);
        let document = json!({"uri": uri});
        let open = json!({"uri": uri, "languageId": "plaintext", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({ "textDocument": open }));
        let pulled = self.ask("textDocument/diagnostic", json!({ "textDocument": document }));
        let diagnostics = pulled["items"].as_array().cloned().unwrap_or_default();
        let told = diagnostics.iter().map(|d| told_by_editor(d, text)).collect();
        let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 1_000_000, "character": 0}});
        let mut actions = |kind: &str, diagnostics: &[Value]| {
            let context = json!({"diagnostics": diagnostics, "only": [kind]});
            let asked = json!({"textDocument": document, "range": whole, "context": context});
            self.ask("textDocument/codeAction", asked).as_array().cloned().unwrap_or_default()
        };
        let edits = |action: &Value| -> Vec<(usize, usize, String)> {
            let edits = action["edit"]["changes"][&uri].as_array().unwrap().iter();
            let edit = |edit: &Value| {
                let at = |end: &str| lsp_offset(text, &edit["range"][end]);
                (at("start"), at("end"), text_of(&edit["newText"]))
            };
            edits.map(edit).collect()
        };
        let all = actions("source.fixAll.dvkit", &[]);
        let fixed = all.first().map_or_else(|| text.to_owned(), |action| edited(text, edits(action)));
        let fixes = actions("quickfix", &diagnostics);
        let title = |action: &Value| text_of(&action["title"]);
        let is_fix = |action: &&Value| {
            let title = title(action);
            !title.starts_with("ignore ") && !title.starts_with("fix ")
        };
        let mut titles: Vec<String> = fixes.iter().filter(is_fix).map(title).collect();
        titles.sort();
        self.tell("textDocument/didClose", json!({ "textDocument": document }));
        (Answer::new(told, fixed), titles)
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn told_by_editor(diagnostic: &Value, text: &str) -> Told {
    let part = |range: &Value| {
        let (start, end) = (lsp_offset(text, &range["start"]), lsp_offset(text, &range["end"]));
        (start, text[start..end].to_owned())
    };
    let (start, at) = part(&diagnostic["range"]);
    let message = text_of(&diagnostic["message"]);
    let mut lines = message.split('\n');
    let first = lines.next().unwrap().to_owned();
    let (mut notes, mut help) = (Vec::new(), Vec::new());
    for line in lines {
        match line.strip_prefix("help: ") {
            Some(advice) => help.push(advice.to_owned()),
            None => notes.push((at.clone(), line.to_owned())),
        }
    }
    for related in diagnostic["relatedInformation"].as_array().into_iter().flatten() {
        notes.push((part(&related["location"]["range"]).1, text_of(&related["message"])));
    }
    let severity = match diagnostic["severity"].as_u64().unwrap() {
        1 => "error",
        2 => "warning",
        _ => "note",
    };
    let code = text_of(&diagnostic["code"]);
    // The command says only in which line a query is that it cannot check.
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let (start, at) = if code.is_empty() { (line_start, String::new()) } else { (start, at) };
    Told { start, code, severity: severity.to_owned(), message: first, at, notes, help }
}

/// A client of the server for agents.
struct Agent {
    child: Child,
    output: BufReader<ChildStdout>,
    next: u64,
}

impl Agent {
    fn start(folder: &Path) -> Self {
        let mut child = dvkit(folder, &["mcp"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut agent = Self { child, output, next: 0 };
        let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        assert_eq!(agent.ask("initialize", hello)["serverInfo"]["name"], "dvkit");
        agent
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let request = json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params});
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{request}").unwrap();
        input.flush().unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["id"], self.next, "{answer}");
        answer["result"].clone()
    }

    fn check(&mut self, mut arguments: Value) -> Value {
        arguments["budget"] = 50_000.into();
        let result = self.ask("tools/call", json!({"name": "check", "arguments": arguments}));
        let answer = result["structuredContent"].clone();
        assert!(answer.is_object(), "{arguments}: {result}");
        assert!(answer.get("truncated").is_none(), "{answer}");
        answer
    }

    /// Returns what the server says about the text of a file.
    fn answer(&mut self, name: &str, text: &str, org: &str) -> Answer {
        let answer = self.check(json!({"source": text, "file": name, "org": org}));
        let edits = answer["edits"].as_array().into_iter().flatten().map(|edit| {
            let at = |n: usize| edit["span"][n].as_u64().unwrap() as usize;
            assert_eq!(&text[at(0)..at(1)], edit["from"].as_str().unwrap());
            (at(0), at(1), text_of(&edit["to"]))
        });
        let fixed = edited(text, edits.collect());
        Answer::new(told_by_agent(&answer, text), fixed)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn told_by_agent(answer: &Value, text: &str) -> Vec<Told> {
    let told = |finding: &Value| {
        let start = finding["span"][0].as_u64().map_or(0, |start| start as usize);
        let end = finding["span"][1].as_u64().map_or(0, |end| end as usize);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let code = text_of(&finding["code"]);
        let texts = |value: &Value| value.as_array().into_iter().flatten().map(text_of).collect::<Vec<_>>();
        let notes = finding["notes"].as_array().into_iter().flatten();
        let note = |note: &Value| {
            let (at, message) = note.as_str().unwrap().split_once("`: ").unwrap();
            (at.trim_start_matches('`').to_owned(), message.to_owned())
        };
        Told {
            start: if code.is_empty() { line_start } else { start },
            at: if code.is_empty() { String::new() } else { text[start..end].to_owned() },
            code,
            severity: text_of(&finding["severity"]),
            message: text_of(&finding["message"]),
            notes: notes.map(note).collect(),
            help: texts(&finding["help"]),
        }
    };
    answer["findings"].as_array().into_iter().flatten().map(told).collect()
}

/// Copies the snapshot of the sample, and renames a column in the copy.
fn snapshot(to: &Path, renamed: &[(&str, &str)]) {
    let from = workspace().join("fixtures/schema");
    for folder in ["", "tables", "choices"] {
        fs::create_dir_all(to.join(folder)).unwrap();
        for entry in fs::read_dir(from.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let mut text = fs::read_to_string(&path).unwrap();
                for (old, new) in renamed {
                    text = text.replace(old, new);
                }
                fs::write(to.join(folder).join(path.file_name().unwrap()), text).unwrap();
            }
        }
    }
}

/// Returns the difference of two values for people.
fn assert_same(row: &str, who: &str, told: &Answer, command: &Answer, mistakes: &mut Vec<String>) {
    if told != command {
        let only = |a: &Answer, b: &Answer| -> Vec<String> {
            let findings = a.findings.iter().filter(|finding| !b.findings.contains(finding));
            findings.map(|finding| format!("{finding:?}")).collect()
        };
        let mut lines = vec![format!("{row}: {who} and the command")];
        lines.extend(only(told, command).into_iter().map(|line| format!("  {who}: {line}")));
        lines.extend(only(command, told).into_iter().map(|line| format!("  command: {line}")));
        if told.fixed != command.fixed {
            lines.push(format!("  {who} fixes: {}", told.fixed));
            lines.push(format!("  command fixes: {}", command.fixed));
        }
        mistakes.push(lines.join("\n"));
    }
}

/// Returns the answer of an organisation to a row, from that for both organisations.
fn for_org(both: &Answer, org: &str, fixed: &str) -> Answer {
    let of_org = |told: &Told| {
        let (message, only) = match told.message.rsplit_once(" (only in ") {
            Some((message, only)) => (message, only.trim_end_matches(')')),
            None => (told.message.as_str(), org),
        };
        let help = told.help.iter().filter_map(|help| match help.rsplit_once(" (only in ") {
            Some((help, only)) => (only.trim_end_matches(')') == org).then(|| help.to_owned()),
            None => Some(help.clone()),
        });
        (only == org).then(|| Told { message: message.to_owned(), help: help.collect(), ..told.clone() })
    };
    Answer::new(both.findings.iter().filter_map(of_org).collect(), fixed.to_owned())
}

#[test]
fn the_command_the_editor_and_the_agent_are_told_the_same() {
    assert!(ROWS.len() >= 40, "{} rows", ROWS.len());
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    snapshot(&root.join("snapshots/a"), &[]);
    snapshot(&root.join("snapshots/b"), &[("accountnumber", "accountno"), ("jobtitle", "jobtitel")]);
    let rest = "extensions = { '.rows.txt' = 'queries' }\n[orgs.a]\nschema = '../snapshots/a'\n[orgs.b]\nschema = '../snapshots/b'\n";
    for (folder, head) in [
        ("a", "org = 'a'\n[check]\n"),
        ("b", "org = 'b'\n[check]\n"),
        ("both", "org = 'a'\n[check]\norgs = ['a', 'b']\n"),
    ] {
        for folder in [folder.to_owned(), format!("{folder}-fixed")] {
            let folder = root.join(folder);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("dvkit.toml"), format!("{head}{rest}")).unwrap();
            for row in ROWS {
                fs::write(folder.join(row.name), row.text).unwrap();
            }
        }
    }
    let of_command = |folder: &str| by_command(&root.join(folder), &root.join(format!("{folder}-fixed")));
    let folders = ["a", "b", "both"].map(|folder| root.join(folder));
    let mut editor = Editor::start(&folders.each_ref().map(std::path::PathBuf::as_path));
    let mut agent = Agent::start(&folders[0]);
    let all = ["a", "b", "both"].map(|folder| (folder, of_command(folder)));
    let mut mistakes = Vec::new();
    let mut told = 0;
    for row in ROWS {
        for (folder, command) in &all {
            let command = &command[row.name];
            told += command.findings.len();
            let (by_editor, titles) = editor.answer(&root.join(folder).join(row.name), row.text);
            assert_same(row.name, &format!("the editor ({folder})"), &by_editor, command, &mut mistakes);
            // Each correction that is offered is one of the sentences of help, or writes what one of them names.
            let help: Vec<&String> = command.findings.iter().flat_map(|told| &told.help).collect();
            let is_told = |title: &&String| {
                let written = title.rsplit('`').nth(1).map(|written| format!("`{written}`"));
                help.contains(title)
                    || written.is_some_and(|text| help.iter().any(|help| help.contains(&text)))
            };
            for title in titles.iter().filter(|title| !is_told(title)) {
                mistakes.push(format!("{}: the editor ({folder}) offers `{title}`: {help:?}", row.name));
            }
            if *folder != "both" {
                // An agent names the language by a usual name.
                let name = row.name.replace(".rows.txt", ".odata");
                let by_agent = agent.answer(&name, row.text, folder);
                assert_same(row.name, &format!("the agent ({folder})"), &by_agent, command, &mut mistakes);
            }
        }
        // What is said for both organisations is what is said for each.
        let both = &all[2].1[row.name];
        for (org, command) in &all[..2] {
            let command = &command[row.name];
            let of_both = for_org(both, org, &command.fixed);
            assert_same(row.name, &format!("both, of {org}"), &of_both, command, &mut mistakes);
        }
        let codes: Vec<&str> = all[0].1[row.name].findings.iter().map(|told| told.code.as_str()).collect();
        if codes != row.codes {
            mistakes.push(format!("{}: CODES {codes:?}", row.name));
        }
    }
    assert!(mistakes.is_empty(), "{} differences\n{}", mistakes.len(), mistakes.join("\n"));
    assert!(told >= 100, "{told} findings");
}

#[test]
fn a_single_query_is_told_the_same_as_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut agent = Agent::start(folder.path());
    let mut mistakes = Vec::new();
    let mut asked = 0;
    for row in ROWS.iter().filter(|row| row.is_one_query()) {
        let file = folder.path().join(row.name);
        fs::write(&file, row.text).unwrap();
        let output =
            dvkit(folder.path(), &["check", "--format", "json", "--paths", row.name]).output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        let in_file: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
        let query = row.text.trim();
        let output = dvkit(folder.path(), &["check", "--format", "json", query]).output().unwrap();
        assert!(!output.stdout.is_empty(), "{}: {}", row.name, String::from_utf8_lossy(&output.stderr));
        let alone: Value = serde_json::from_str(String::from_utf8(output.stdout).unwrap().trim()).unwrap();
        let by_agent = agent.check(json!({ "query": query }));
        let told = |result: &Value, text: &str| -> Vec<Told> {
            let told = |found: &Value| {
                let finding: Diagnostic = serde_json::from_value(found.clone()).unwrap();
                let notes = finding.labels.iter().map(|l| (l.span.of(text).to_owned(), l.message.clone()));
                Told {
                    start: finding.span.start as usize,
                    code: finding.code.to_string(),
                    severity: finding.severity.as_str().to_owned(),
                    message: finding.message.clone(),
                    at: finding.span.of(text).to_owned(),
                    notes: notes.collect(),
                    help: finding.advice(text),
                }
            };
            result["diagnostics"].as_array().into_iter().flatten().map(told).collect()
        };
        let rewritten = |result: &Value| text_of(&result["rewritten"]);
        let command = Answer::new(told(&alone, query), rewritten(&alone));
        let of_file = Answer::new(told(&in_file, query), rewritten(&in_file));
        assert_same(row.name, "the file", &of_file, &command, &mut mistakes);
        // The agent is told a corrected query only if it differs.
        let fixed = match by_agent["rewritten"].as_str() {
            Some(fixed) => fixed.to_owned(),
            None if command.fixed == query => query.to_owned(),
            None => String::new(),
        };
        let by_agent = Answer::new(told_by_agent(&by_agent, query), fixed);
        assert_same(row.name, "the agent", &by_agent, &command, &mut mistakes);
        asked += 1;
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    assert!(asked >= 15, "{asked} queries");
}
