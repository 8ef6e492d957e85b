//! Which organisations there are, which of them has rows, and which rows `run` answers from.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::sample;
use dvkit_ide::config::Config;
use dvkit_ide::{SchemaChoice, Schemas, Settings, Workspace};
use dvkit_mcp::{RowSource, Toolbox};
use serde_json::{Value, json};

/// Returns the tools for a folder with these settings, in which `SCHEMA` stands for the snapshot of the repository.
fn tools(folder: &Path, settings: &str) -> Toolbox {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
    let settings = settings.replace("SCHEMA", &format!("schema = '{}'", schema.display()));
    fs::write(folder.join("dvkit.toml"), settings).unwrap();
    let config = Config::find(folder).unwrap();
    let schemas = Schemas::find(folder, &config, &SchemaChoice::default()).unwrap();
    Toolbox::new(Workspace::new(schemas, Settings::default()))
}

/// Returns the file of rows with one account of this name.
fn account(folder: &Path, name: &str) -> RowSource {
    let inner: PathBuf = folder.join(name);
    fs::create_dir_all(&inner).unwrap();
    fs::write(inner.join("accounts.json"), json!([{"name": name}]).to_string()).unwrap();
    RowSource::File(inner.join("accounts.json"))
}

/// Returns the organisations, each with the names of the members that are true.
fn orgs(tools: &Toolbox) -> Vec<String> {
    let answer = tools.call("orgs", json!({})).unwrap().structured.unwrap();
    let shown = |org: &Value| {
        let is = |name: &&str| org[*name] == true;
        let flags: Vec<&str> = ["default", "sample", "rows"].into_iter().filter(is).collect();
        format!("{} {}", org["name"].as_str().unwrap(), flags.join(" ")).trim_end().to_owned()
    };
    answer["orgs"].as_array().into_iter().flatten().map(shown).collect()
}

/// Returns the names of the accounts that `run` finds in an organisation, sorted.
fn accounts(tools: &Toolbox, org: Option<&str>) -> Vec<String> {
    let mut call = json!({"query": "accounts?$select=name", "limit": 100});
    if let Some(org) = org {
        call["org"] = org.into();
    }
    let answer = tools.call("run", call).unwrap();
    let found = answer.structured.unwrap_or_else(|| panic!("{}", answer.text));
    let all = |member: &str| found[member].as_array().cloned().unwrap_or_default();
    let at = all("columns").iter().position(|column| column == "name");
    let name = |row: &Value| row[at.unwrap()].as_str().unwrap().to_owned();
    let mut names: Vec<String> = all("rows").iter().map(name).collect();
    names.sort();
    names
}

#[test]
fn the_default_organisation_comes_first_and_is_the_only_one_marked() {
    let folder = tempfile::tempdir().unwrap();
    for (settings, expected) in [
        ("SCHEMA", &["default default"][..]),
        ("org = 'b'\n[orgs.a]\nSCHEMA\n[orgs.b]\nSCHEMA\n[orgs.c]\nSCHEMA\n", &["b default", "a", "c"]),
        ("org = 'a'\n[orgs.a]\nSCHEMA\n[orgs.b]\nSCHEMA\n", &["a default", "b"]),
        ("[orgs.a]\nSCHEMA\n[orgs.b]\nSCHEMA\n", &["a", "b"]),
        ("SCHEMA\n[orgs.a]\nSCHEMA\n", &["default default", "a"]),
        // The snapshot without a name is the default one, and cannot be named.
        ("SCHEMA\n[orgs.a]\nSCHEMA\n[orgs.default]\nSCHEMA\n", &["a", "default"]),
    ] {
        assert_eq!(orgs(&tools(folder.path(), settings)), expected, "{settings}");
    }
    assert_eq!(orgs(&sample()), ["sample default sample rows"]);
}

#[test]
fn an_organisation_has_the_rows_that_were_given_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (account(folder.path(), "One"), account(folder.path(), "Two"));
    let settings = "org = 'a'\n[orgs.a]\nSCHEMA\n[orgs.b]\nSCHEMA\n[orgs.c]\nSCHEMA\n";
    let tools =
        tools(folder.path(), settings).rows(None, one.clone()).rows(Some("b"), one).rows(Some("b"), two);
    assert_eq!(orgs(&tools), ["a default rows", "b rows", "c"]);
    for (org, expected) in
        [(None, &["One"][..]), (Some("a"), &["One"]), (Some("b"), &["One", "Two"]), (Some("c"), &[])]
    {
        assert_eq!(accounts(&tools, org), expected, "{org:?}");
    }
}

#[test]
fn only_the_sample_organisation_has_rows_that_nobody_gave() {
    let folder = tempfile::tempdir().unwrap();
    let one = account(folder.path(), "One");
    let own = || tools(folder.path(), "SCHEMA");
    let given = accounts(&sample(), None);
    assert!(given.len() > 2 && !given.contains(&"One".to_owned()), "{given:?}");
    let mut both = given.clone();
    both.push("One".to_owned());
    both.sort();
    for (name, tools, expected) in [
        ("the sample", sample(), given.clone()),
        ("the sample with its rows", sample().rows(None, RowSource::Sample), given.clone()),
        ("the sample with other rows", sample().rows(None, one.clone()), vec!["One".to_owned()]),
        ("the sample with both", sample().rows(None, RowSource::Sample).rows(None, one.clone()), both),
        ("a snapshot", own(), Vec::new()),
        ("a snapshot with the rows of the sample", own().rows(None, RowSource::Sample), given),
        ("a snapshot with other rows", own().rows(None, one), vec!["One".to_owned()]),
    ] {
        assert_eq!(accounts(&tools, None), expected, "{name}");
    }
}

#[test]
fn a_query_is_read_as_what_it_is_whatever_argument_it_is_in() {
    let tools = sample();
    let fetch = "<fetch top='1'><entity name='contact'><attribute name='fullname'/></entity></fetch>";
    for (argument, text, is_ok) in [
        ("filter", "fullname eq 'a'", true),
        ("filter", "$select=fullname&$filter=fullname eq 'a'", true),
        ("filter", "?$select=fullname&$filter=fullname eq 'a'", true),
        ("filter", " \u{feff} ?$select=fullname&$filter=fullname eq 'a'", false),
        ("filter", "\u{feff} ?$select=fullname&$filter=fullname eq 'a'", true),
        ("filter", "contacts?$select=fullname&$filter=fullname eq 'a'", false),
        ("filter", fetch, true),
        ("fetchxml", fetch, true),
        ("fetchxml", "fullname eq 'a'", false),
        ("fetchxml", "contacts?$select=fullname&$top=1", true),
        ("query", "fullname eq 'a'", true),
        ("query", "contacts?$select=fullname&$top=1", true),
        ("query", "?$select=fullname&$top=1", true),
        ("query", fetch, true),
    ] {
        let answer = tools.call("check", json!({argument: text, "table": "contact"})).unwrap();
        let ok = answer.structured.as_ref().map(|structured| structured["ok"].clone());
        assert_eq!(ok, Some(json!(is_ok)), "{argument} {text}: {}", answer.text);
    }
}

#[test]
fn an_organisation_is_told_with_its_size_or_why_it_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let tools = tools(folder.path(), "org = 'b'\n[orgs.a]\nschema = 'nowhere'\n[orgs.b]\nSCHEMA\n");
    let answer = tools.call("orgs", json!({})).unwrap();
    let listed = answer.structured.unwrap();
    let b = json!({
        "name": "b", "default": true, "tables": 22, "choices": 6, "url": "https://contoso.example",
    });
    assert_eq!(listed["orgs"][0], b);
    let why = listed["orgs"][1]["error"].as_str().unwrap();
    assert_eq!(listed["orgs"][1], json!({"name": "a", "error": why}));
    let missing = folder.path().join("nowhere").join("org.json");
    let expected = format!(
        "no snapshot: `{}` does not exist; make it with `dvkit schema import metadata.xml --org a`, or fetch it with `dvkit schema \
fetch`",
        missing.display()
    );
    assert_eq!(why, expected);
    let expected = format!("b, default, 22 tables, 6 global choices, https://contoso.example\na: {expected}");
    assert_eq!(answer.text, expected);
}

#[test]
fn an_organisation_that_does_not_exist_is_refused_with_those_that_do() {
    let folder = tempfile::tempdir().unwrap();
    let tools = tools(folder.path(), "org = 'north'\n[orgs.north]\nSCHEMA\n[orgs.south]\nSCHEMA\n");
    for (org, expected) in [
        ("sout", "there is no organisation `sout`; did you mean `south`? `org` is one of north, south"),
        ("zzz", "there is no organisation `zzz`; `org` is one of north, south"),
        ("default", "there is no organisation `default`; `org` is one of north, south"),
    ] {
        let answer = tools.call("find", json!({"words": "a", "org": org})).unwrap();
        assert_eq!(answer.text, expected);
    }
    for org in ["north", "south"] {
        let answer = tools.call("find", json!({"words": "fullname", "org": org})).unwrap();
        assert!(answer.text.contains("column contact.fullname "), "{org}: {}", answer.text);
    }
}
