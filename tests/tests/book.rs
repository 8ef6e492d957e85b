//! The book and the other pages: links lead somewhere, blocks have a language that the tests know, and the page of rules is
//! generated from the codes.
//!
//! `UPDATE_EXPECT=1 cargo test -p dvkit-tests --test book` writes the page of rules.
//! The console blocks run in `cli/tests/book.rs`, the Rust blocks in `tests/book`.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use comrak::nodes::{NodeCodeBlock, NodeValue};
use comrak::{Arena, Options as Markdown, parse_document};
use dvkit_diagnostic::code::{self, CodeInfo};
use dvkit_diagnostic::{CodeFamily, Diagnostic, Severity};
use dvkit_query::{CheckOptions, QueryText, check};
use dvkit_tests::book::{Block, blocks, book_dir, page_name, pages};
use dvkit_tests::sample::{field, rows, store};
use dvkit_tests::workspace;
use dvkit_translate::{Language, translate};
use expect_test::expect_file;

/// Every page of the repository that people read.
fn all_pages() -> Vec<PathBuf> {
    let mut all = pages();
    for name in [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "docs/MEASUREMENTS.md",
        "fixtures/README.md",
    ] {
        all.push(workspace().join(name));
    }
    for entry in fs::read_dir(workspace()).unwrap() {
        let readme = entry.unwrap().path().join("README.md");
        if readme.is_file() && !all.iter().any(|page| same(page, &readme)) {
            all.push(readme);
        }
    }
    all
}

fn same(one: &Path, other: &Path) -> bool {
    one.canonicalize().ok() == other.canonicalize().ok()
}

/// What a page links to, what its headings are called in links, and what is not plain Markdown in it.
struct Page {
    links: Vec<String>,
    anchors: BTreeSet<String>,
    html: Vec<String>,
    indented: Vec<String>,
}

fn read(path: &Path) -> Page {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let arena = Arena::new();
    let mut options = Markdown::default();
    options.extension.table = true;
    let root = parse_document(&arena, &text, &options);
    let mut page =
        Page { links: Vec::new(), anchors: BTreeSet::new(), html: Vec::new(), indented: Vec::new() };
    for node in root.descendants() {
        match &node.data.borrow().value {
            NodeValue::Link(link) | NodeValue::Image(link) => page.links.push(link.url.clone()),
            NodeValue::Heading(_) => {
                let mut heading = String::new();
                for inner in node.descendants() {
                    match &inner.data.borrow().value {
                        NodeValue::Text(text) => heading.push_str(text),
                        NodeValue::Code(code) => heading.push_str(&code.literal),
                        _ => {}
                    }
                }
                page.anchors.insert(anchor(&heading));
            }
            NodeValue::HtmlInline(html) => page.html.push(html.clone()),
            NodeValue::HtmlBlock(html) => page.html.push(html.literal.trim().to_owned()),
            NodeValue::CodeBlock(block) => {
                let NodeCodeBlock { fenced, literal, .. } = &**block;
                if !fenced {
                    page.indented.push(literal.clone());
                }
            }
            _ => {}
        }
    }
    page
}

/// The anchor of a heading, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_exist() {
    let mut wrong = Vec::new();
    let mut followed = 0;
    for path in all_pages() {
        for link in read(&path).links {
            if link.starts_with("https://") {
                continue;
            }
            followed += 1;
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            if !target.exists() {
                wrong.push(format!("{}: `{link}`: no such file", page_name(&path)));
            } else if !heading.is_empty() && !read(&target).anchors.contains(heading) {
                wrong.push(format!("{}: `{link}`: no such heading", page_name(&path)));
            } else if path.starts_with(book_dir())
                && !target.canonicalize().unwrap().starts_with(book_dir().canonicalize().unwrap())
            {
                wrong.push(format!("{}: `{link}` leads out of the book", page_name(&path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(followed > 50, "{followed}");
}

#[test]
fn every_page_of_the_book_is_in_its_summary() {
    let summary = book_dir().join("SUMMARY.md");
    let listed: BTreeSet<PathBuf> =
        read(&summary).links.iter().map(|link| book_dir().join(link).canonicalize().unwrap()).collect();
    let there: BTreeSet<PathBuf> = pages()
        .into_iter()
        .filter(|page| page.starts_with(book_dir()) && *page != summary)
        .map(|page| page.canonicalize().unwrap())
        .collect();
    assert_eq!(listed, there);
}

/// The languages of blocks: what runs, what is compiled, and what is data.
const LANGUAGES: &[&str] = &["console", "rust", "sh", "yaml", "toml", "json", "xml", "csharp", "text"];

#[test]
fn every_block_has_a_language_that_the_tests_know() {
    let mut wrong = Vec::new();
    for page in pages() {
        let name = page_name(&page);
        for block in blocks(&fs::read_to_string(&page).unwrap()) {
            let Block::Fence(fence) = block else { continue };
            let at = format!("{name}:{}", fence.line);
            if !LANGUAGES.contains(&fence.language.as_str()) {
                wrong.push(format!("{at}: `{}`", fence.language));
            }
            if fence.language == "rust" && (fence.has("ignore") || fence.has("text")) {
                wrong.push(format!("{at}: Rust that is not compiled"));
            }
            if let Some(program) = fence.attribute("stderr") {
                let said = workspace().join("tests/ui/fail").join(program).with_extension("stderr");
                let said =
                    fs::read_to_string(&said).unwrap_or_else(|e| panic!("{at}: {}: {e}", said.display()));
                if said.trim_end() != fence.body.trim_end() {
                    wrong.push(format!("{at}: the compiler says\n{said}"));
                }
            } else if fence.body.starts_with("error: DV") {
                wrong.push(format!("{at}: name the program of tests/ui/fail: `text stderr=NAME`"));
            }
            if fence.language == "text" && fence.body.starts_with("$ dvkit") {
                wrong.push(format!("{at}: a command that is not run"));
            }
            if fence.language == "json" && serde_json::from_str::<serde_json::Value>(&fence.body).is_err() {
                wrong.push(format!("{at}: not JSON"));
            }
        }
        let read = read(&page);
        wrong.extend(read.indented.iter().map(|text| format!("{name}: an indented block, {text:?}")));
        let html = read.html.iter().filter(|html| !html.starts_with("<!-- setup:"));
        wrong.extend(html.map(|html| format!("{name}: HTML, {html:?}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the fixtures show of a code.
#[derive(Default)]
struct Shown {
    severities: BTreeSet<u8>,
    is_fixed: bool,
    odata: Option<(String, String)>,
    fetchxml: Option<String>,
}

/// The same of every code.
#[derive(Default)]
struct All(BTreeMap<String, Shown>);

/// Takes the shorter of two examples.
fn keep_shortest<T>(kept: &mut Option<T>, new: T, length: impl Fn(&T) -> usize) {
    if kept.as_ref().is_none_or(|old| length(&new) < length(old)) {
        *kept = Some(new);
    }
}

impl All {
    fn add(&mut self, diagnostics: &[Diagnostic], example: impl Fn(&mut Shown)) {
        for diagnostic in diagnostics {
            let shown = self.0.entry(diagnostic.code.to_string()).or_default();
            shown.severities.insert(match diagnostic.severity {
                Severity::Error => 0,
                Severity::Warning => 1,
                Severity::Note => 2,
            });
            shown.is_fixed |= diagnostic.fix().is_some();
            example(shown);
        }
    }

    /// Adds what is found in a filter or a request, and where it has a right form, why that has no FetchXML.
    fn add_odata(&mut self, table: &str, text: &str) {
        let is_request = table.is_empty() || odata_parser::is_request(text);
        let query = match is_request {
            true => QueryText::Request { table: Some(table).filter(|table| !table.is_empty()), text },
            false => QueryText::Filter { table, text },
        };
        let options = CheckOptions::default();
        let checked = check(store(), query, &options);
        let checked = checked.unwrap();
        let example = |shown: &mut Shown| {
            let new = (if is_request { String::new() } else { table.to_owned() }, text.to_owned());
            keep_shortest(&mut shown.odata, new, |(table, text)| table.len() + text.len());
        };
        self.add(&checked.diagnostics, example);
        if checked.is_ok() {
            let done = translate(store(), query, Language::FetchXml, &options).unwrap();
            self.add(&reasons(done.diagnostics), example);
        }
    }

    /// The same of FetchXML.
    fn add_fetchxml(&mut self, text: &str) {
        let options = CheckOptions::default();
        let query = QueryText::FetchXml(text);
        let checked = check(store(), query, &options).unwrap();
        let example = |shown: &mut Shown| keep_shortest(&mut shown.fetchxml, text.to_owned(), String::len);
        self.add(&checked.diagnostics, example);
        if checked.is_ok() {
            let done = translate(store(), query, Language::OData, &options).unwrap();
            self.add(&reasons(done.diagnostics), example);
        }
    }
}

/// The reasons against a translation.
fn reasons(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.into_iter().filter(|d| d.code.family() == CodeFamily::Conversion).collect()
}

/// Every code that a query of the fixtures has.
fn shown() -> All {
    let mut all = All::default();
    for info in code::all().filter(|info| !info.table.is_empty()) {
        all.add_odata(info.table, info.wrong);
    }
    for file in [
        "both.jsonl",
        "wrong.jsonl",
        "right.jsonl",
        "requests.jsonl",
        "lints.jsonl",
        "fetchxml.jsonl",
        "mapping.jsonl",
        "rules.jsonl",
    ] {
        for row in rows(file) {
            for member in ["odata", "filter", "query"] {
                if let Some(text) = row[member].as_str() {
                    all.add_odata(field(&row, "table"), text);
                }
            }
            if let Some(text) = row["fetchxml"].as_str() {
                all.add_fetchxml(text);
            }
        }
    }
    all
}

/// The heading of a family, and what its codes are about.
fn heading(family: CodeFamily) -> (&'static str, &'static str) {
    match family {
        CodeFamily::Syntax => {
            ("Syntax", "The text is not OData or FetchXML. These stay errors, whatever `[lints]` says.")
        }
        CodeFamily::Names => ("Names", "A name does not exist, or is spelled differently."),
        CodeFamily::Types => ("Types", "A value or an operator does not fit its column."),
        CodeFamily::Service => ("Service", "Standard OData or FetchXML that Dataverse refuses."),
        CodeFamily::Performance => ("Performance", "The query works, but is known to run badly."),
        CodeFamily::Conversion => {
            ("Conversion", "`dvkit translate` cannot express the query in the other language.")
        }
        CodeFamily::Suppressions => {
            ("Suppressions", "A comment that ignores findings is unused, or is not valid.")
        }
        CodeFamily::Mapping => {
            ("Mapping", "A [mapping of the CRM model](../unify/mapping.md) does not fit an organisation.")
        }
    }
}

fn severities(shown: &Shown) -> String {
    let words = shown.severities.iter().map(|n| ["error", "warning", "note"][usize::from(*n)]);
    words.collect::<Vec<_>>().join(" or ")
}

fn write_rule(page: &mut String, info: &CodeInfo, shown: &Shown) {
    let fix = if shown.is_fixed { "has a fix" } else { "has no fix" };
    let severity = match severities(shown) {
        words if words.is_empty() => String::new(),
        words => format!(" · {words}"),
    };
    let text: Vec<&str> = info.text.lines().map(str::trim).collect();
    write!(
        page,
        "\n### {}\n\n**{}**{severity} · {fix}\n\n{}\n",
        info.code,
        info.title,
        text.join("\n").trim()
    )
    .unwrap();
    let on = |table: &str| match table {
        "" => String::new(),
        table => format!(", on `{table}`"),
    };
    let mut block = |title: &str, language: &str, text: &str| {
        write!(page, "\n{title}:\n\n```{language}\n{text}\n```\n").unwrap();
    };
    if !info.wrong.is_empty() {
        block(&format!("Wrong{}", on(info.table)), "text", info.wrong);
        if !info.right.is_empty() {
            block("Right", "text", info.right);
        }
        return;
    }
    let is_refusal = info.code.family() == CodeFamily::Conversion;
    if let Some((table, odata)) = &shown.odata {
        let title =
            if is_refusal { "OData that has no FetchXML".to_owned() } else { format!("Wrong{}", on(table)) };
        block(&title, "text", odata);
    }
    if let Some(fetchxml) = &shown.fetchxml {
        block(if is_refusal { "FetchXML that has no OData" } else { "Wrong in FetchXML" }, "xml", fetchxml);
    }
}

fn rules() -> String {
    let all = shown();
    let mut page = "# Rules\n\n\
        Every finding has a code. A code keeps its number for ever; a number is never used for something else. `dvkit explain DV0203` prints\n\
        the same as this page, and [`[lints]`](settings.md#dvkittoml) changes severities.\n\n\
        This page is generated from the codes: severities and fixes are those of the example queries of the tests. A finding *has a fix* if\n\
        at least one form of the mistake has an automatic fix. The examples use the sample organisation.\n"
        .to_owned();
    let none = Shown::default();
    let mut family = None;
    for info in code::all() {
        let shown = all.0.get(&info.code.to_string()).unwrap_or(&none);
        if family != Some(info.code.family()) {
            family = Some(info.code.family());
            let (title, about) = heading(info.code.family());
            write!(page, "\n## {title}\n\n{about}\n").unwrap();
        }
        write_rule(&mut page, info, shown);
    }
    page
}

#[test]
fn the_page_of_rules_is_generated_from_the_codes() {
    expect_file![book_dir().join("reference/rules.md")].assert_eq(&rules());
}

#[test]
fn every_example_of_the_rules_shows_its_code() {
    for row in rows("rules.jsonl") {
        let mut all = All::default();
        match row["fetchxml"].as_str() {
            Some(text) => all.add_fetchxml(text),
            None => all.add_odata(field(&row, "table"), field(&row, "odata")),
        }
        assert!(all.0.contains_key(field(&row, "code")), "{row}");
    }
}

#[test]
fn nearly_every_code_has_an_example() {
    let page = rules();
    let without: Vec<&str> = page
        .split("\n### ")
        .skip(1)
        .filter(|rule| !rule.contains("```"))
        .filter_map(|rule| rule.lines().next())
        .collect();
    assert!(without.len() <= WITHOUT_EXAMPLE, "{} of {}: {without:?}", without.len(), code::all().count());
}

/// How many codes have no example: limits of size, what only other snapshots have, and what only programs meet.
const WITHOUT_EXAMPLE: usize = 32;
