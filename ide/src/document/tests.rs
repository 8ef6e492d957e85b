//! Tests how documents are divided into queries, read in every encoding, and written back.

use super::*;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

fn file(bytes: &[u8]) -> Document {
    Document::new("a".into(), bytes.to_vec()).unwrap()
}

/// Returns for each query in a text its line number, its text, and the reason why it cannot be used or
/// replaced (empty if there is none).
fn queries(text: &str) -> Vec<(usize, String, &'static str)> {
    let file = file(text.as_bytes());
    let state = |found: &QuerySpan| match (found.broken, found.doubt) {
        (Some(_), _) => "broken",
        (None, Some(_)) => "doubt",
        (None, None) => "",
    };
    let all = file.found.iter().map(|f| (f.number, text[f.query.clone()].to_owned(), state(f)));
    all.collect()
}

fn texts(text: &str) -> Vec<String> {
    queries(text).into_iter().map(|(_, text, _)| text).collect()
}

#[test]
fn items_know_where_they_stand() {
    let file = file("\u{feff}é\r\n\n😀 x\n\u{feff}last".as_bytes());
    let items: Vec<_> = file.items().map(|i| (i.line, i.utf16_start, i.lines.to_owned(), i.range)).collect();
    let line = |n, offset, text: &str, range| (n, offset, text.to_owned(), range);
    assert_eq!(items, [line(1, 0, "é", 0..2), line(3, 4, "😀 x", 0..6), line(4, 9, "\u{feff}last", 3..7)]);
}

#[test]
fn a_line_that_cannot_be_used_spoils_no_other_query() {
    let mut bytes = b"a\n\xff\n".to_vec();
    bytes.extend(vec![b'x'; crate::line_reader::MAX_LINE + 1]);
    bytes.extend(b"\nb");
    let file = file(&bytes);
    let why: Vec<_> = file.items().map(|i| i.entry.err()).collect();
    assert_eq!(why, [None, Some("not UTF-8".to_owned()), Some("longer than 1 MiB".to_owned()), None]);
    assert_eq!(super::scan(b"").len(), 0);
}

#[test]
fn one_a_line_as_ever() {
    assert_eq!(
        texts("# c\na eq 1\n  b eq 2 \n// c\n\t\n?$top=1\n{id} eq a\n[name] eq 'x'\n(a\n  "),
        ["a eq 1", "b eq 2", "?$top=1", "{id} eq a", "[name] eq 'x'", "(a"]
    );
    let lines =
        "{\"filter\":\"a\"}\n {\"query\":\"b\", \"x\":{\"y\":[]}} \n{\"filter\":\"a\"\n{\"filter\":\"c\"}";
    assert_eq!(
        texts(lines),
        [
            "{\"filter\":\"a\"}",
            "{\"query\":\"b\", \"x\":{\"y\":[]}}",
            "{\"filter\":\"a\"",
            "{\"filter\":\"c\"}"
        ]
    );
}

#[test]
fn fetchxml_has_as_many_lines_as_it_takes() {
    let one = "<fetch\n  top='1'>\n\n# no comment\n<!-- </fetch> --><entity name='a'/>\n</fetch>";
    let text = format!(
        "<?xml version='1.0'?>\n<!-- a\n\nb -->\n{one}<fetch/> <fetch>\n</fetch >\na eq 1\n<!-- c -->\n"
    );
    assert_eq!(texts(&text), [one, "<fetch/>", "<fetch>\n</fetch >", "a eq 1"]);
    let escaped = "&lt;fetch&gt;\n  &lt;entity name='a'/&gt;\n&lt;/fetch&gt;";
    assert_eq!(
        texts(&format!("{escaped}\n&lt;fetch/&gt;\n%3Cfetch/%3E\na")),
        [escaped, "&lt;fetch/&gt;", "%3Cfetch/%3E", "a"]
    );
}

#[test]
fn a_line_has_a_bounded_number_of_queries() {
    let found = queries(&format!("{}\na", "<fetch/>".repeat(1000)));
    assert_eq!(found.len(), 102);
    let (_, rest, state) = &found[100];
    assert_eq!((rest.len(), *state), (8 * 900, "broken"));
}

#[test]
fn what_has_no_end_is_not_written() {
    assert_eq!(
        queries("<fetch><entity name='a'>\n<fetch/>\n<fetch>\naccounts?$top=1\n<fetch>\n  a"),
        [
            (1, "<fetch><entity name='a'>".to_owned(), "doubt"),
            (2, "<fetch/>".to_owned(), ""),
            (3, "<fetch>".to_owned(), "doubt"),
            (4, "accounts?$top=1".to_owned(), ""),
            (5, "<fetch>\n  a".to_owned(), "doubt"),
        ]
    );
    for (text, wanted) in [
        ("<project>\n<a/></project>\n", ["doubt"].as_slice()),
        ("</fetch>\na", &["doubt", ""]),
        ("< 5\na", &["doubt", ""]),
        ("<!-- a\nb eq 1\n", &["broken"]),
        ("{\n\"filter\":\"a\",\n", &["doubt"]),
        ("{\n\"filter\":\"a\",\naccounts?$top=1", &["doubt", ""]),
        ("[\n{\"filter\":\"a\"}\n]\na", &["broken", ""]),
        ("accounts\n?$top=1\n&$select=a\nb", &["broken", ""]),
        ("accounts\n\n?$top=1", &["", ""]),
        ("accounts?$select=name,\nrevenue\nb", &["doubt", "doubt", ""]),
        ("accounts?$select=name,\ncontacts?$top=1", &["", ""]),
        ("(a eq 1\nb eq 2", &["doubt", ""]),
        ("a eq 1\n\n  and b", &["", "doubt"]),
        ("&$top=1", &["doubt"]),
        ("a eq 1\n&$top=1\nb", &["", "doubt", ""]),
        ("name%20eq%201\n?$top=1", &["", ""]),
    ] {
        let found: Vec<_> = queries(text).into_iter().map(|(.., state)| state).collect();
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn the_layout_of_fmt_is_one_query() {
    for text in [
        "accounts\n  ?$select=name,\n           revenue\n  &$filter=a eq 1\n           and b in (\n               'x',\n               'y')",
        "(a or b)\nand c eq 1\nand d in (\n    'x')",
        "accounts\n  ?$apply=filter(a eq 'x')\n          /groupby(\n            (a,b),\n            aggregate($count as n))\n          /filter(n gt 5)",
        "?$filter=(a or b)\n         and c\n&$top=1",
        "  accounts\n    ?$top=1",
    ] {
        for end in ["\n", "\r\n"] {
            let text = text.replace('\n', end);
            let all = format!("x eq 1{end}{text}{end}y{end}");
            assert_eq!(texts(&all), ["x eq 1", text.trim_start(), "y"], "{text}");
        }
    }
}

#[test]
fn what_is_not_read_back_is_not_written() {
    let file = file(b"a eq 1\nb eq 2\n");
    let with =
        |n: usize, text: &str| file.rewritten(&BTreeMap::from([(n, text.to_owned())])).map(|f| f.bytes);
    assert_eq!(with(0, "c"), Ok(b"c\nb eq 2\n".to_vec()));
    assert_eq!(with(1, "c\n  and d"), Ok(b"a eq 1\nc\n  and d\n".to_vec()));
    for wrong in ["", "# c", "c\nd", "(c", " c", "<fetch>", "{\"a\":", "accounts?$select=b,", "c\n"] {
        assert!(with(0, wrong).is_err() && !file.fits(0, wrong), "{wrong}");
    }
    assert!(with(1, "and c").is_err() && !file.fits(1, "and c"), "it would go on with the query above");
    assert!(file.fits(0, "c") && file.fits(1, "c\n  and d"));
}

/// Queries as people write them. Each contains the word `fullname`.
const QUERIES: &[&str] = &[
    "fullname eq 'Ann'",
    "contains(fullname,'x') and statecode eq 0",
    "contacts?$select=fullname&$top=5",
    "contacts\n  ?$select=fullname,\n           contactid\n  &$filter=statecode eq 0\n           and (fullname eq 'é' or fullname eq '😀')",
    "(statecode eq 0 or statecode eq 1)\nand fullname ne null",
    "<fetch top='1'>\n\n  <!-- # no --> <entity name='contact'>\n\t<attribute name='fullname'/></entity>\n</fetch>",
    "<fetch><entity name='contact'><attribute name='fullname'/></entity></fetch>",
    "{\"table\":\"contact\",\"filter\":\"fullname eq \\u0027A\\u0027\"}",
    "{\n  \"entity_set\": \"contacts\",\n  \"query\": \"?$select=fullname\"\n}",
    "%3Cfetch%3E%3Centity name='fullname'/%3E%3C/fetch%3E",
];
/// Texts that can be between two queries, such as comments.
const GAPS: &[&str] = &[
    "",
    "",
    "  ",
    "\t",
    "# fullname",
    "// fullname eq 1",
    "<!-- fullname\n\n<fetch> -->",
    "<?xml version='1.0'?>",
];
/// Parts of files that are not correct queries.
const BROKEN: &[&str] = &[
    "<fetch>",
    "</fetch>",
    "<fetch",
    "/>",
    ">",
    "<!--",
    "-->",
    "<a b='",
    "\"",
    "'",
    "{\"",
    "}",
    "[",
    "]",
    "{",
    "(",
    ")",
    "&$top=1",
    "?$top=1",
    "accounts",
    "and b",
    ",",
    " ",
    "  ",
    "#",
    "//",
    "é",
    "&lt;fetch&gt;",
    "&lt;/fetch&gt;",
    "\u{feff}",
    "\r",
    "<?",
    "?>",
    "<![CDATA[",
    "]]>",
    "a eq 1",
];

fn encodings() -> impl Strategy<Value = Encoding> {
    select(vec![
        Encoding::Utf8 { bom: false },
        Encoding::Utf8 { bom: true },
        Encoding::Utf16 { little: true },
        Encoding::Utf16 { little: false },
    ])
}

/// Generates the queries of a file, and the texts before, between and after them.
fn mixed() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    let gap = proptest::collection::vec(select(GAPS), 0..3)
        .prop_map(|lines| lines.iter().map(|line| format!("{line}\n")).collect::<String>());
    let query = (gap, select(QUERIES), select(vec!["", "", "  ", "\t"]));
    (proptest::collection::vec(query, 0..7), select(vec!["", "\n", " \n# end", "\n\n"]), any::<bool>())
        .prop_map(|(parts, end, crlf)| {
            let line_end = |text: &str| text.replace('\n', if crlf { "\r\n" } else { "\n" });
            let (mut queries, mut gaps) = (Vec::new(), Vec::new());
            for (n, (gap, query, indent)) in parts.iter().enumerate() {
                let between = if n > 0 { "\n" } else { "" };
                gaps.push(line_end(&format!("{between}{gap}{indent}")));
                queries.push(line_end(&query.replace('\n', &format!("\n{indent}"))));
            }
            gaps.push(line_end(end));
            (queries, gaps)
        })
}

fn put_together(queries: &[String], gaps: &[String]) -> String {
    let mut text = String::new();
    for (n, gap) in gaps.iter().enumerate() {
        text.push_str(gap);
        text.push_str(queries.get(n).map_or("", String::as_str));
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Every query of a generated file is found, and the queries together with the texts around them are the
    /// file.
    #[test]
    fn mixed_files_are_taken_apart((queries, gaps) in mixed(), encoding in encodings()) {
        let text = put_together(&queries, &gaps);
        let read = file(&encoding.encode(text.as_bytes()));
        prop_assert_eq!(read.encoding, encoding);
        let found: Vec<&str> = read.found.iter().map(|f| &text[f.query.clone()]).collect();
        prop_assert_eq!(found, queries.iter().map(String::as_str).collect::<Vec<_>>());
        for item in read.items() {
            prop_assert!(item.entry.is_ok() && item.doubt.is_none(), "{:?}", item);
            prop_assert_eq!(text.lines().nth(item.line - 1), item.lines.lines().next());
            let units: Vec<u16> = text.encode_utf16().skip(item.utf16_start).collect();
            prop_assert!(text[item.start..].starts_with(item.lines));
            prop_assert!(String::from_utf16_lossy(&units).starts_with(item.lines));
        }
    }

    /// Replacing some queries changes only these, and the new file is read as the same queries with the
    /// replacements.
    #[test]
    fn only_what_changes_is_written(
        (queries, gaps) in mixed(),
        encoding in encodings(),
        chosen in subsequence((0..7).collect::<Vec<usize>>(), 0..7),
    ) {
        let read = file(&encoding.encode(put_together(&queries, &gaps).as_bytes()));
        let mut wanted = queries.clone();
        let mut changes = BTreeMap::new();
        for n in chosen.into_iter().filter(|n| *n < queries.len()) {
            wanted[n] = queries[n].replace("fullname", "ü");
            prop_assert!(read.fits(n, &wanted[n]));
            changes.insert(n, wanted[n].clone());
        }
        let new = read.rewritten(&changes).unwrap();
        prop_assert_eq!(&new.bytes, &encoding.encode(put_together(&wanted, &gaps).as_bytes()));
        let again = file(&new.bytes);
        let found: Vec<_> = again.items().map(|i| i.written().to_owned()).collect();
        prop_assert_eq!(found, wanted);
    }

    /// For any content of a file, the queries are ordered and do not overlap, only spaces and comments are
    /// between them, and replacing a query by its own text changes nothing.
    #[test]
    fn broken_files_lose_nothing(
        parts in proptest::collection::vec((select(BROKEN), select(vec!["", "", "\n", "\r\n", "\n\n"])), 0..30),
        encoding in encodings(),
    ) {
        let text: String = parts.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let bytes = encoding.encode(text.as_bytes());
        // A byte order mark at the beginning is not part of the text.
        let read = file(&bytes);
        let text = read.text();
        let mut at = 0;
        let mut gaps = String::new();
        for found in &read.found {
            prop_assert!(at <= found.query.start && found.query.start < found.query.end && found.query.end <= found.lines.end);
            prop_assert!(found.lines.start <= found.query.start);
            gaps.push_str(&text[at..found.query.start]);
            gaps.push('\n');
            at = found.query.end;
        }
        gaps.push_str(&text[at..]);
        prop_assert_eq!(left_over(&gaps), "");
        let same: BTreeMap<usize, String> =
            read.found.iter().enumerate().map(|(n, f)| (n, text[f.query.clone()].to_owned())).collect();
        prop_assert_eq!(&read.rewritten(&same).unwrap().bytes, &bytes);
    }
}

/// Returns the text without spaces and comments.
fn left_over(gaps: &str) -> String {
    let mut left = String::new();
    let (mut rest, mut line_begins) = (gaps, true);
    while let Some(first) = rest.chars().next() {
        let comment = if line_begins && (first == '#' || rest.starts_with("//")) {
            Some(rest.find('\n').unwrap_or(rest.len()))
        } else if let Some(inside) = rest.strip_prefix("<!--") {
            inside.find("-->").map(|at| at + 7)
        } else if let Some(inside) = rest.strip_prefix("<?") {
            inside.find("?>").map(|at| at + 4)
        } else {
            None
        };
        let blank = first.is_whitespace() || first == '\u{feff}';
        if comment.is_none() && !blank {
            left.push(first);
        }
        line_begins = first == '\n' || line_begins && blank;
        rest = &rest[comment.unwrap_or(first.len_utf8())..];
    }
    left
}
