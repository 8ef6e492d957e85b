//! Random queries in files of data formats are read back byte for byte, random edits are written and read
//! back, and damaged files are read without a failure.
//!
//! `DVKIT_CASES` is the number of cases of each kind of file; the long form has 10,000.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use dvkit_ide::embedded::SourceFile;

/// A generator of pseudo-random numbers (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides.max(1) as u64).unwrap()
    }

    /// Returns up to `most` of the parts, put together.
    fn text(&mut self, parts: &[&str], most: usize) -> String {
        (0..self.below(most + 1)).map(|_| parts[self.below(parts.len())]).collect()
    }
}

fn cases(default: usize) -> usize {
    std::env::var("DVKIT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// A kind of place in a file where a query is written.
struct PlaceKind {
    path: &'static str,
    /// Returns the file with a query that has the text `value` within quotes, and the text that is found.
    write: fn(&str) -> (String, String),
    /// The parts of random values.
    parts: &'static [&'static str],
    /// The parts of what replaces a part of the text.
    new: &'static [&'static str],
    /// Whether another parser can read the file.
    is_valid: fn(&str) -> bool,
}

const PARTS: &[&str] =
    &["a", "Z", "é", "😀", "''", "\"", "<", ">", "\n", "\t", "\\", " ", "&", "/", "#", "%", "+", "$"];
/// The parts of values on one line.
const LINE: &[&str] = &["a", "Z", "é", "😀", "''", "\"", "<", ">", "\\", " ", "&", "/", "#", "%", "+", "$"];
/// The parts of what is written into the value of an option.
const OPTION: &[&str] =
    &["a", "é", "😀", "''", "\"", "<", ">", "\n", "\\", " ", "%26", "%25", "/", "%2B", "$"];

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

fn is_xml(text: &str) -> bool {
    roxmltree::Document::parse(text).is_ok()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn request(value: &str) -> String {
    format!("accounts?$filter=name eq '{value}'")
}

fn fetch(value: &str) -> String {
    format!(
        "<fetch><entity name='account'><filter><condition attribute='name' operator='eq' value=\"{}\"/></filter></entity></fetch>",
        escaped(value)
    )
}

fn encoded(value: &str) -> String {
    value.replace('%', "%25").replace('&', "%26").replace('#', "%23").replace('+', "%2B")
}

fn flow(filter: &str) -> String {
    format!(
        r#"{{"triggers": {{}}, "actions": {{"A": {{"inputs": {{"host": {{"apiId": "shared_commondataserviceforapps"}}, "parameters": {{"entityName": "accounts", "$filter": {}, "$top": 3}}}}}}}}}}"#,
        json(filter)
    )
}

/// The parts of FetchXML whose escaping in attributes stays the same.
const IN_FETCH: &[&str] = &["a", "é", "😀", "'", "&quot;", "&lt;", "&amp;", "\\", " ", "/", "%", "$"];

const KINDS: &[PlaceKind] = &[
    PlaceKind {
        path: "a.json",
        write: |v| (format!("{{\"a\": [{}]}}", json(&request(v))), request(v)),
        parts: PARTS,
        new: PARTS,
        is_valid: is_json,
    },
    PlaceKind {
        path: "b.json",
        write: |v| (json(&fetch(v)), fetch(v)),
        parts: PARTS,
        new: IN_FETCH,
        is_valid: is_json,
    },
    PlaceKind {
        path: "flow.json",
        write: |v| {
            (flow(&format!("name eq '{v}'")), format!("accounts?$filter=name eq '{}'&$top=3", encoded(v)))
        },
        parts: PARTS,
        new: OPTION,
        is_valid: is_json,
    },
    PlaceKind {
        path: "concat.json",
        write: |v| {
            let source = format!(
                "@concat('name eq ''{}', variables('x'), ''' or name eq ''a''')",
                v.replace('\'', "''")
            );
            (flow(&source), format!("accounts?$filter=name eq '{}{{x}}' or name eq 'a'&$top=3", encoded(v)))
        },
        parts: PARTS,
        new: OPTION,
        is_valid: is_json,
    },
    PlaceKind {
        path: "a.postman_collection.json",
        write: |v| {
            let filter = format!("name eq '{v}'");
            let url = serde_json::json!({"_postman_id": "", "url": {"raw": format!("{{{{u}}}}/api/data/v9.2/accounts?$filter={filter}"),
                "host": ["{{u}}"], "path": ["api", "data", "v9.2", "accounts"], "query": [{"key": "$filter", "value": filter}]}});
            (url.to_string(), request(v))
        },
        parts: PARTS,
        new: PARTS,
        is_valid: is_json,
    },
    PlaceKind {
        path: "SavedQueries/a.xml",
        write: |v| (format!("<savedquery><fetchxml>{}</fetchxml></savedquery>", fetch(v)), fetch(v)),
        parts: PARTS,
        new: IN_FETCH,
        is_valid: is_xml,
    },
    PlaceKind {
        path: "a.rdl",
        write: |v| (format!("<R><CommandText>{}</CommandText></R>", escaped(&fetch(v))), fetch(v)),
        parts: PARTS,
        new: IN_FETCH,
        is_valid: is_xml,
    },
    PlaceKind {
        path: "a.jmx",
        write: |v| (format!("<a b=\"{}\"/>", escaped(&request(v))), request(v)),
        parts: LINE,
        new: PARTS,
        is_valid: is_xml,
    },
    PlaceKind {
        path: "a.resx",
        write: |v| (format!("<a><value><![CDATA[{}]]></value></a>", request(v)), request(v)),
        parts: PARTS,
        new: PARTS,
        is_valid: is_xml,
    },
    PlaceKind {
        path: "a.liquid",
        write: |v| (format!("<p>é {{% fetchxml q %}}\n{}\n{{% endfetchxml %}}</p>", fetch(v)), fetch(v)),
        parts: PARTS,
        new: IN_FETCH,
        is_valid: |_| true,
    },
    PlaceKind {
        path: "a.md",
        write: |v| (format!("- é\n\n  ```xml\n  {}\n  ```\n", fetch(v).replace('\n', "\n  ")), fetch(v)),
        parts: PARTS,
        new: IN_FETCH,
        is_valid: |_| true,
    },
    PlaceKind {
        path: "b.md",
        write: |v| (format!("Use `{}`.\n", request(v)), request(v)),
        parts: LINE,
        new: LINE,
        is_valid: |_| true,
    },
    PlaceKind {
        path: "a.yml",
        write: |v| {
            (format!("# é\na:\n  - q: |\n      {}\n  - b: 1\n", fetch(v).replace('\n', "\n      ")), fetch(v))
        },
        parts: PARTS,
        new: IN_FETCH,
        is_valid: |_| true,
    },
    PlaceKind {
        path: "b.yml",
        write: |v| {
            (
                format!("a: 'é'\nq: \"{}\"\n", json(&request(v)).trim_matches('"').replace("\\\"\"", "\"\"")),
                request(v),
            )
        },
        parts: &["a", "Z", "é", "😀", "''", "<", ">", "\n", "\t", " ", "&", "/", "#", "%", "+"],
        new: &["a", "é", "😀", "''", "\"", "<", "\n", "\\", " ", "/", "#", "%"],
        is_valid: |_| true,
    },
    PlaceKind {
        path: "c.yaml",
        write: |v| (format!("a:\n- '{}'\n", request(v).replace('\'', "''")), request(v)),
        parts: &["a", "Z", "é", "😀", "''", "\"", "<", ">", "\\", " ", "&", "/", "#", "%", "+"],
        new: &["a", "é", "😀", "''", "\"", "<", "\\", " ", "/", "#", "%"],
        is_valid: |_| true,
    },
    PlaceKind {
        path: "a.vb",
        write: |v| {
            let (written, read) = ("<fetch top=<%= n %>>", "<fetch top=\"{n}\">");
            let source = fetch(v).replacen("<fetch>", written, 1);
            (format!("Module A\n Dim q = {source}\nEnd Module"), fetch(v).replacen("<fetch>", read, 1))
        },
        parts: PARTS,
        new: IN_FETCH,
        is_valid: |_| true,
    },
    PlaceKind {
        path: "a.cshtml",
        write: |v| {
            (
                format!(
                    "@if (a) {{ <a title='}}' href=\"{}\">x</a> }}",
                    escaped(&request(v)).replace('@', "@@")
                ),
                request(v),
            )
        },
        parts: LINE,
        new: LINE,
        is_valid: |_| true,
    },
    PlaceKind {
        path: "a.http",
        write: |v| (format!("### é\nGET {{{{b}}}}/accounts\n  ?$filter=name eq '{v}'\n\n"), request(v)),
        parts: LINE,
        new: LINE,
        is_valid: |_| true,
    },
    PlaceKind {
        path: "a.ipynb",
        write: |v| {
            let cell = serde_json::json!({"cells": [{"cell_type": "markdown", "source": ["é\n", "```xml\n", format!("{}\n", fetch(v)), "```"]}]});
            (cell.to_string(), fetch(v))
        },
        parts: PARTS,
        new: IN_FETCH,
        is_valid: is_json,
    },
];

fn read(path: &str, source: &str) -> SourceFile {
    SourceFile::new(path.into(), source.as_bytes().to_vec()).unwrap().unwrap()
}

/// Returns a byte offset of `text` at or before `at` that is on the boundary of a character.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap()
}

#[test]
fn random_queries_are_read_back_and_edited() {
    for (n, kind) in KINDS.iter().enumerate() {
        let mut numbers = Numbers(n as u64);
        let (mut edited, total) = (0, cases(300));
        for _ in 0..total {
            let value = numbers.text(kind.parts, 8);
            let (source, text) = (kind.write)(&value);
            let file = read(kind.path, &source);
            assert!((kind.is_valid)(&source), "{source}");
            let texts: Vec<&str> = file.found().iter().map(|found| found.text.text()).collect();
            assert_eq!(texts, [&text], "{source}");
            // The edit is within the value.
            let (before, after) =
                text.split_once(if text.starts_with('<') { "value=\"" } else { "name eq '" }).unwrap();
            let start = text.len() - after.len();
            let end = if before.starts_with('<') {
                start + after.find('"').unwrap()
            } else {
                start + after.find("{x}").unwrap_or(after.rfind('\'').unwrap())
            };
            let mut from = boundary(&text, start + numbers.below(end - start + 1));
            let mut to = boundary(&text, (from + numbers.below(6)).min(end)).max(from);
            // What is written in several characters is replaced as a whole.
            if kind.new != PARTS && kind.new != LINE {
                (from, to) = if numbers.below(2) == 0 { (start, end) } else { (end, end) };
            }
            let new = numbers.text(kind.new, 5);
            let found = &file.found()[0];
            let mut all = Vec::new();
            let mut fits = true;
            for text in std::iter::once(&found.text).chain(&found.copies) {
                match text.edits(from..to, &new) {
                    Some(edits) => all.extend(edits),
                    None => fits = false,
                }
            }
            if !fits {
                continue;
            }
            let wanted = format!("{}{new}{}", &text[..from], &text[to..]);
            // A quote in the middle of `''` ends the value.
            let quotes = |text: &str| text.matches('\'').count() % 2;
            if !text.starts_with('<') && quotes(&wanted) != 0 {
                continue;
            }
            match file.edited(&all, &[(0, wanted.clone())]) {
                Ok(new_file) => {
                    edited += 1;
                    assert!((kind.is_valid)(new_file.text()), "{}", new_file.text());
                    let again = read(kind.path, new_file.text());
                    assert_eq!(again.found()[0].text.text(), wanted);
                    let host = found.text.host_range().unwrap();
                    if found.copies.is_empty() {
                        assert!(new_file.text().starts_with(&source[..host.start]));
                        assert!(new_file.text().ends_with(&source[host.end..]));
                    }
                }
                Err(why) => panic!("{}: {why}: {source}\n{wanted}\n{all:?}", kind.path),
            }
        }
        assert!(edited * 10 > total * 7, "{}: {edited} of {total}", kind.path);
    }
}

#[test]
fn damaged_files_are_read() {
    const WORDS: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "<",
        ">",
        "</",
        "/>",
        "<!--",
        "<![CDATA[",
        "]]>",
        "&",
        "&lt;",
        "&#x",
        ";",
        "\\",
        "\\u00",
        "@{",
        "@concat(",
        "{{",
        "}}",
        "{%",
        "%}",
        "```",
        "\n",
        "\r\n",
        "é",
        "😀",
        "\u{0}",
        "$filter=",
        "?",
        "<fetch",
        "</fetch>",
        "GET ",
        "###",
        "outputs('A')?['",
        "[",
        "<script>",
        "${",
        "=",
        ",",
        ":",
    ];
    for (n, kind) in KINDS.iter().enumerate() {
        let mut numbers = Numbers(1_000 + n as u64);
        for _ in 0..cases(400) {
            let (mut source, _) = (kind.write)(&numbers.text(kind.parts, 6));
            for _ in 0..=numbers.below(6) {
                let from = boundary(&source, numbers.below(source.len() + 1));
                let to = boundary(&source, from + numbers.below(20)).max(from);
                match numbers.below(3) {
                    0 => source.replace_range(from..to, ""),
                    1 => source.insert_str(from, &numbers.text(WORDS, 3)),
                    _ => {
                        let part = source[from..to].to_owned();
                        source.insert_str(from, &part);
                    }
                }
            }
            let Ok(Some(file)) = SourceFile::new(kind.path.into(), source.clone().into_bytes()) else {
                continue;
            };
            for found in file.found() {
                if let Some(range) = found.text.host_range() {
                    assert!(source.get(range).is_some(), "{source}");
                }
                let length = found.text.text().len();
                for edits in [found.text.edits(0..length, ""), found.text.edits(length..length, "é\"'<&")]
                    .into_iter()
                    .flatten()
                {
                    for edit in edits {
                        assert!(source.get(edit.start..edit.end).is_some(), "{source}");
                    }
                }
            }
        }
    }
}

#[test]
fn work_grows_with_the_length_of_a_file() {
    // The test would not end in time if the work grew with the square of the length.
    for (path, part) in [
        ("a.json", "outputs('a')['"),
        ("a.json", "@{"),
        ("a.json", "{\"a\":["),
        ("a.json", "\\u003cfetch "),
        ("a.json", "{\"actions\":{},\"triggers\":{"),
        ("a.xml", "<a x='"),
        ("a.xml", "</"),
        ("a.xml", "<fetch>"),
        ("a.xml", "<a><fetchxml>"),
        ("a.xml", "&lt;fetch "),
        ("a.xml", "</b>"),
        ("a.html", "<script>"),
        ("a.html", "{% fetchxml %}"),
        ("a.html", "{{"),
        ("a.html", "<p "),
        ("a.md", "`"),
        ("a.md", "``` \n"),
        ("a.md", "> "),
        ("a.http", "GET /a?$top=1\n"),
        ("a.http", "\n &a"),
        ("a.ipynb", "{\"cells\":["),
        ("a.xml", "<control datafieldname=\"name\"/>"),
        ("a.xml", "<x:GetEntityProperty Attribute=\"name\" EntityName=\"account\"/>"),
        ("a.html", "{{ entities['account'][x] }}"),
        ("a.html", "{% entities"),
        ("a.yml", "- a: |\n"),
        ("a.yml", "- run: |\n    \"$select=\n"),
        ("a.yml", "- \"$select=\\"),
        ("a.yml", " $(${{"),
        ("a.vb", "If a Then "),
        ("a.vb", "x = <a "),
        ("a.vb", "x = <a b=<%="),
        ("a.vb", "\n\n="),
        ("a.vb", "Property a\n"),
        ("a.vb", "Sub()\n"),
        ("a.vb", "With New A(\n"),
        ("a.vb", "If("),
        ("a.vb", "<A(\"\")> "),
        ("a.vb", "$\"{"),
        ("a.vb", "\"a\" & "),
        ("a.cshtml", "@x "),
        ("a.cshtml", "@(x) "),
        ("a.cshtml", "@{ <p> "),
        ("a.cshtml", "@if (a) {"),
        ("a.cshtml", "@code { "),
        ("a.cshtml", "@x[\""),
        ("a.cshtml", " @a\n"),
        ("a.cshtml", "<p @b=\"@c\">"),
        ("a.razor", "@section A { <script> "),
        ("a.razor", "$\"{"),
    ] {
        let in_string = path.ends_with("json") && !part.starts_with('{');
        let marker = if path.ends_with("json") {
            "{\"$select=\":1,\"x\":"
        } else {
            "$select= &lt;fetch /api/data/v9/ "
        };
        let quote = if in_string { "\"" } else { "" };
        let source = format!("{marker}{quote}{}{quote}", part.repeat(200_000 / part.len()));
        let _ = read(path, &source);
    }
}
