//! Files of every query form through `check --fix` and `fmt --write`: only the fixed or formatted queries
//! change. Also the rule for inputs in every command: texts, files, folders, patterns and standard input.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn dvkit(dir: &Path, args: &[&str], stdin: &[u8]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "CI"] {
        command.env_remove(name);
    }
    command.current_dir(dir).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The child may end before it has read everything.
    child.stdin.take().unwrap().write_all(stdin).ok();
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A query of one form: as given, fixed, formatted and minified.
struct Kind {
    given: &'static str,
    mended: &'static str,
    pretty: &'static str,
    small: &'static str,
}

const JSON: Kind = Kind {
    given: r#"{ "table":"contact","filter":"fullnme eq \u0027A\u0027", "x":[1, 2] }"#,
    mended: r#"{ "table":"contact","filter":"fullname eq 'A'", "x":[1, 2] }"#,
    pretty: r#"{ "table":"contact","filter":"fullname eq 'A'", "x":[1, 2] }"#,
    small: r#"{ "table":"contact","filter":"fullname eq 'A'", "x":[1, 2] }"#,
};

const KINDS: [Kind; 7] = [
    Kind {
        given: "fullnme eq 'Ännchen 😀'",
        mended: "fullname eq 'Ännchen 😀'",
        pretty: "fullname eq 'Ännchen 😀'",
        small: "fullname eq 'Ännchen 😀'",
    },
    Kind {
        given: "contacts?$top=5&$select=fullnme",
        mended: "contacts?$top=5&$select=fullname",
        pretty: "contacts\n  ?$top=5\n  &$select=fullname",
        small: "contacts?$top=5&$select=fullname",
    },
    Kind {
        given: "contacts\n  ?$select=fullnme,\n           contactid\n  &$top=5",
        mended: "contacts\n  ?$select=fullname,\n           contactid\n  &$top=5",
        pretty: "contacts\n  ?$select=fullname,contactid\n  &$top=5",
        small: "contacts?$select=fullname,contactid&$top=5",
    },
    Kind {
        given: "statecode eq 0\n  and fullnme eq 'x'",
        mended: "statecode eq 0\n  and fullname eq 'x'",
        pretty: "statecode eq 0 and fullname eq 'x'",
        small: "statecode eq 0 and fullname eq 'x'",
    },
    Kind {
        given: "<fetch  top='5'>\n\n  <entity name='contact'>\n  <attribute\n name='fullnme'/></entity>\n</fetch>",
        mended: "<fetch  top='5'>\n\n  <entity name='contact'>\n  <attribute\n name='fullname'/></entity>\n</fetch>",
        pretty: "<fetch top=\"5\">\n  <entity name=\"contact\">\n    <attribute name=\"fullname\" />\n  </entity>\n</fetch>",
        small: "<fetch top=\"5\"><entity name=\"contact\"><attribute name=\"fullname\"/></entity></fetch>",
    },
    Kind {
        given: "<fetch top='1'><entity name='contact'><attribute name='fullnme'/></entity></fetch>",
        mended: "<fetch top='1'><entity name='contact'><attribute name='fullname'/></entity></fetch>",
        pretty: "<fetch top=\"1\">\n  <entity name=\"contact\">\n    <attribute name=\"fullname\" />\n  </entity>\n</fetch>",
        small: "<fetch top=\"1\"><entity name=\"contact\"><attribute name=\"fullname\"/></entity></fetch>",
    },
    JSON,
];

/// The encoding and line ends of a file.
#[derive(Clone, Copy)]
struct Form {
    line_end: &'static str,
    bom: bool,
    /// For UTF-16, whether it is little-endian; `None` for UTF-8.
    utf16: Option<bool>,
    /// Whether the last line has a line end.
    ends: bool,
}

impl Form {
    fn bytes(self, text: &str) -> Vec<u8> {
        let text =
            text.strip_suffix('\n').filter(|_| !self.ends).unwrap_or(text).replace('\n', self.line_end);
        match self.utf16 {
            None => [if self.bom { "\u{feff}" } else { "" }, &text].concat().into_bytes(),
            Some(little) => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                units.flat_map(|u: u16| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
            }
        }
    }
}

const FORMS: [Form; 5] = [
    Form { line_end: "\n", bom: false, utf16: None, ends: true },
    Form { line_end: "\r\n", bom: true, utf16: None, ends: false },
    Form { line_end: "\r\n", bom: false, utf16: Some(true), ends: true },
    Form { line_end: "\n", bom: false, utf16: Some(false), ends: false },
    Form { line_end: "\r\n", bom: false, utf16: None, ends: true },
];

/// Returns the text of a file with these queries, each in the form chosen by `of`, with gaps that must not
/// change.
fn text(kinds: &[&Kind], of: fn(&Kind) -> &'static str) -> String {
    let gaps = ["# fullnme, é\n\n", "", "  \t\n// fullnme eq 1\n", "<!-- fullnme\n <fetch> -->\n", "\n  "];
    let mut text = String::new();
    for (n, kind) in kinds.iter().enumerate() {
        let gap = gaps[n % gaps.len()];
        text.push_str(gap);
        let indent = gap.rsplit('\n').next().unwrap();
        text.push_str(&of(kind).replace('\n', &format!("\n{indent}")));
        text.push_str(["\n", "  \n", "\t\n"][n % 3]);
    }
    text
}

#[test]
fn every_kind_is_mended_laid_out_and_minified_in_its_place() {
    let dir = TempDir::new().unwrap();
    // Files of one form each, files of all forms from different starts, and a file without queries.
    let mut files: Vec<Vec<&Kind>> = KINDS.iter().map(|kind| vec![kind]).collect();
    files.extend((0..KINDS.len()).map(|from| KINDS[from..].iter().chain(&KINDS[..from]).collect()));
    files.push(vec![]);
    let name = |n: usize, form: usize| format!("{n:02}-{form}.{}", ["odata", "xml", "jsonl"][n % 3]);
    let all = || (0..files.len()).flat_map(|n| (0..FORMS.len()).map(move |form| (n, form)));
    for (n, form) in all() {
        fs::write(dir.path().join(name(n, form)), FORMS[form].bytes(&text(&files[n], |k| k.given))).unwrap();
    }
    let same = |what: &str, of: fn(&Kind) -> &'static str| {
        for (n, form) in all() {
            let bytes = fs::read(dir.path().join(name(n, form))).unwrap();
            let wanted = FORMS[form].bytes(&text(&files[n], of));
            let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(show(&bytes), show(&wanted), "{what}: {}", name(n, form));
            assert!(bytes == wanted, "{what}: {}", name(n, form));
        }
    };
    let queries = files.iter().map(Vec::len).sum::<usize>() * FORMS.len();
    let json = files.iter().flatten().filter(|k| k.given == JSON.given).count() * FORMS.len();

    // The files are named directly: in a folder, XML files without FetchXML would be skipped.
    let run = |args: &[&str]| dvkit(dir.path(), &[args, &["--queries", "*.*"]].concat(), b"");
    let ran = run(&[
        "check",
        "--table",
        "contact",
        "--fix",
        "--quiet",
        "--deny",
        "warnings",
        "--lint",
        "performance=off",
    ]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    same("check --fix", |k| k.mended);
    let ran = run(&["check", "--table", "contact", "--fix", "--lint", "performance=off"]);
    let summary = format!("{queries} queries in {} files, 0 put right, 0 wrong\n", files.len() * FORMS.len());
    assert!(ran.out.ends_with(&summary), "{}", ran.out);

    let told = |ran: &Ran| {
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), json, "{}", ran.err);
        assert!(ran.err.lines().all(|l| l.contains("an object of JSON is left alone")), "{}", ran.err);
    };
    for _ in 0..2 {
        told(&run(&["fmt", "--write"]));
        same("fmt --write", |k| k.pretty);
    }
    let ran = run(&["check", "--table", "contact", "--lint", "performance=off"]);
    let summary = format!("{queries} queries in {} files, 0 wrong\n", files.len() * FORMS.len());
    assert!(ran.out.ends_with(&summary), "what `fmt` prints is read as the same queries: {}", ran.out);
    told(&run(&["fmt", "--write", "--minify"]));
    same("fmt --write --minify", |k| k.small);
    told(&run(&["fmt", "--check"]));
    told(&run(&["fmt", "--write"]));
    same("and back", |k| k.pretty);
}

#[test]
fn what_is_not_certain_is_not_written_and_said() {
    for (given, why) in [
        (
            "<fetch><entity name='contact'><attribute name='fullnme'/></entity>\nstatecode eq 0\n",
            "has no end",
        ),
        ("<fetch>\n<entity name='contact'>\n<attribute name='fullnme'/>\n</entity>\n", "has no end"),
        ("contacts?$select=fullnme,\nstatecode\n", "ends in the middle"),
        ("contacts\n?$select=fullnme\n&$top=5\n", "indent that line"),
        ("[\n{\"query\":\"contacts?$select=fullnme\"}\n]\n", "JSON array"),
        ("# a\n\n&$select=fullnme\n", "none directly above"),
        ("<!-- \nfullnme eq 1\n", "never ends"),
    ] {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("q.odata");
        fs::write(&path, given).unwrap();
        let ran = dvkit(dir.path(), &["check", "--fix", "--table", "contact", "q.odata"], b"");
        assert_eq!(fs::read_to_string(&path).unwrap(), given);
        assert_eq!(ran.code, Some(1), "{given}: {} {}", ran.out, ran.err);
        let told = [ran.out.as_str(), &ran.err].concat();
        // Without a certain fix, the findings are expected instead of the reason.
        assert!(told.contains(why) || told.contains("error["), "{given}: {told}");
        for args in [["fmt", "--write"].as_slice(), &["fmt", "--write", "--minify"]] {
            dvkit(dir.path(), &[args, &["q.odata"]].concat(), b"");
            assert_eq!(fs::read_to_string(&path).unwrap(), given);
        }
    }
}

const FETCH: &str =
    "<fetch>\n  <entity name='contact'>\n    <attribute name='fullnme'/>\n  </entity>\n</fetch>\n";
const PRETTY: &str =
    "# queries\ncontacts\n  ?$select=fullname\n  &$filter=statecode eq 0\n           and lstname eq 'x'\n";

/// Every format reports the line and column of a finding within the file.
#[test]
fn findings_within_a_query_name_the_line_of_the_file() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a.xml"), format!("<!-- é -->\r\n{}", FETCH.replace('\n', "\r\n"))).unwrap();
    fs::write(dir.path().join("b.odata"), PRETTY).unwrap();
    let check = |format: &str| dvkit(dir.path(), &["check", "--format", format, "a.xml", "b.odata"], b"").out;
    let text = check("text");
    assert!(
        text.contains(" --> a.xml:4:22\n") && text.contains("\n4 |     <attribute name='fullnme'/>"),
        "{text}"
    );
    assert!(text.contains(" --> b.odata:5:16\n"), "{text}");
    let github = check("github");
    assert!(github.contains("::error file=a.xml,line=4,col=22,endColumn=29,"), "{github}");
    assert!(github.contains("::error file=b.odata,line=5,col=16,endColumn=23,"), "{github}");
    let sarif: Value = serde_json::from_str(&check("sarif")).unwrap();
    let regions: Vec<(u64, u64, u64)> = sarif["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|result| result["level"] == "error")
        .map(|result| {
            let region = &result["locations"][0]["physicalLocation"]["region"];
            let number = |name: &str| region[name].as_u64().unwrap();
            (number("startLine"), number("startColumn"), number("charOffset"))
        })
        .collect();
    let offset = |text: &str, part: &str| text[..text.find(part).unwrap()].encode_utf16().count() as u64;
    let fetch = format!("<!-- é -->\r\n{}", FETCH.replace('\n', "\r\n"));
    assert_eq!(regions, [(4, 22, offset(&fetch, "fullnme")), (5, 16, offset(PRETTY, "lstname"))]);
    let json: Vec<Value> = check("json").lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    for (answer, at) in json.iter().zip([(4, 22, 4, 29), (5, 16, 5, 23)]) {
        let found =
            answer["diagnostics"].as_array().unwrap().iter().find(|d| d["severity"] == "error").unwrap();
        let number = |name: &str| found[name].as_u64().unwrap();
        assert_eq!((number("line"), number("column"), number("end_line"), number("end_column")), at);
    }
    assert_eq!((&json[0]["line"], &json[1]["line"]), (&2.into(), &2.into()), "where the query begins");
}

/// A text, a file, a folder, a pattern and standard input are equivalent in every command.
#[test]
fn every_command_reads_them_all() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("accounts")).unwrap();
    let fetch = FETCH.replace("fullnme", "fullname");
    for name in ["report.xml", "accounts/a.xml"] {
        fs::write(dir.path().join(name), &fetch).unwrap();
    }
    fs::write(dir.path().join("accounts/pom.xml"), "<project/>").unwrap();
    for command in [["check"].as_slice(), &["parse"], &["fmt"], &["translate", "--to", "odata"]] {
        let run = |args: &[&str], stdin: &str| dvkit(dir.path(), &[command, args].concat(), stdin.as_bytes());
        let text = run(&[&fetch], "");
        assert_eq!(text.code, Some(0), "{command:?}: {}", text.err);
        let check = command == ["check"];
        for named in ["report.xml", "accounts/", "./accounts", "*.xml", "accounts/a*.xml"] {
            let ran = run(
                if named == "*.xml" { &["--queries", "*.xml"] } else { std::slice::from_ref(&named) },
                "",
            );
            assert_eq!(ran.code, Some(0), "{command:?} {named}: {}", ran.err);
            assert!(check || ran.out == text.out, "{command:?} {named}: {}", ran.out);
            assert!(!check || ran.out.contains("1 query in 1 file"), "{}", ran.out);
            // `check` reads every XML file as a source file.
            let left_out = !check && matches!(named, "accounts/" | "./accounts");
            assert_eq!(ran.err.contains("1 XML file without FetchXML left out"), left_out, "{}", ran.err);
        }
        for args in [[].as_slice(), &["-"]] {
            let ran = run(args, &fetch);
            assert_eq!(ran.code, Some(0), "{command:?}: {}", ran.err);
            assert!(check || ran.out == text.out, "{command:?} {args:?}: {}", ran.out);
        }
        let units = std::iter::once(0xfeff)
            .chain(fetch.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<_>>();
        assert_eq!(dvkit(dir.path(), command, &units).code, Some(0), "UTF-16 on standard input");
        let ran = run(&["missing.xml"], "");
        assert!(ran.code == Some(2) && ran.err.contains("cannot read `missing.xml`"), "{}", ran.err);
        // An entity set is not read as a folder, although a folder of that name exists.
        let ran = run(&["accounts?$select=name"], "");
        assert!(!ran.err.contains("cannot read") && ran.code != Some(2) || command.len() > 1, "{}", ran.err);
        let ran = run(&["accounts/*.odata"], "");
        assert!(ran.code == Some(2) && ran.err.contains("no file matches"), "{}", ran.err);
    }
    let ran = dvkit(dir.path(), &["check", "accounts"], b"");
    assert!(ran.out.contains("DV0502"), "the entity set, not the folder: {}{}", ran.out, ran.err);
}

/// Standard input accepts the layout of `fmt` and several queries.
#[test]
fn standard_input_is_read_as_a_file_is() {
    let dir = TempDir::new().unwrap();
    let fetch = "<fetch><entity name=\"contact\"/></fetch>";
    let input = format!(
        "# a\n{}\n{{\"table\":\"contact\",\n\"filter\":\"statecode eq 0\"}}\n{fetch}{fetch}\n{PRETTY}",
        &PRETTY[10..]
    );
    let ran = dvkit(dir.path(), &["parse", "--format", "json"], input.as_bytes());
    let answers: Vec<Value> = ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let printed: Vec<&str> = answers.iter().map(|a| a["printed"].as_str().unwrap_or("-")).collect();
    let request = "contacts?$select=fullname&$filter=statecode eq 0 and lstname eq 'x'";
    assert_eq!(printed, [request, "statecode eq 0", fetch, fetch, request], "{}", ran.err);
}

/// FetchXML is recognised under any file name and under any JSON member, also in batches.
#[test]
fn an_item_that_begins_with_an_angle_bracket_is_fetchxml() {
    let dir = TempDir::new().unwrap();
    let fetch = "<fetch top='1'>\\n<entity name='contact'><attribute name='fullname'/></entity></fetch>";
    for (args, name) in [
        (["check"].as_slice(), "query"),
        (&["check"], "filter"),
        (&["check"], "odata"),
        (&["parse"], "query"),
        (&["translate", "--to", "odata"], "odata"),
        (&["translate", "--to", "odata"], "query"),
    ] {
        let line = format!("{{\"id\":1,\"{name}\":\"{fetch}\"}}\n");
        let ran = dvkit(dir.path(), &[args, &["--batch"]].concat(), line.as_bytes());
        let answer: Value = serde_json::from_str(&ran.out).unwrap();
        assert!(answer["ok"] == true || answer["parsed"] == true, "{args:?} {name}: {}", ran.out);
        fs::write(dir.path().join("a.jsonl"), &line).unwrap();
        let ran = dvkit(dir.path(), &[args, &["a.jsonl"]].concat(), b"");
        assert_eq!(ran.code, Some(0), "{args:?} {name}: {}", ran.err);
    }
}
