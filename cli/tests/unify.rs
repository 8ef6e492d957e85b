//! `dvkit unify`: mappings of the CRM model, checked against organisations.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
#![cfg(feature = "unify")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use dvkit_tests::workspace;
use serde_json::Value;
use tempfile::TempDir;

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(dir: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    command.current_dir(dir).arg("unify").args(args).stdin(Stdio::null()).env_remove("CLICOLOR_FORCE");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A folder with a good mapping, a wrong one, a text that is not a mapping, and a `dvkit.toml` that lists two
/// organisations, of which one cannot be read.
fn scene() -> TempDir {
    let dir = TempDir::new().unwrap();
    let schema = workspace().join("fixtures/schema").canonicalize().unwrap();
    let schema = schema.to_str().unwrap().replace('\\', "/");
    for (name, text) in [
        ("good.toml", "[accounts]\ndescription = \"telephone1\"\n".to_owned()),
        ("wrong.toml", "[accounts]\ndescription = \"nothing\"\n".to_owned()),
        ("broken.toml", "[accounts\n".to_owned()),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    fs::create_dir(dir.path().join("listed")).unwrap();
    let listed = format!("[orgs.first]\nschema = \"{schema}\"\n\n[orgs.second]\nschema = \"nowhere\"\n");
    fs::write(dir.path().join("listed/dvkit.toml"), listed).unwrap();
    fs::create_dir(dir.path().join("one")).unwrap();
    fs::write(dir.path().join("one/dvkit.toml"), format!("[orgs.first]\nschema = \"{schema}\"\n")).unwrap();
    dir
}

#[test]
fn a_check_of_mappings_has_a_line_for_each_organisation_and_a_status() {
    let dir = scene();
    for (args, code, lines) in [
        (&[][..], 0, &["the organisation: 9 resources, "][..]),
        (&["good.toml"], 0, &["the organisation: 9 resources, "]),
        (&["--org=contoso"], 0, &["contoso: 9 resources, "]),
        (
            &["--org=contoso", "--org=fabrikam"],
            0,
            &[
                "contoso: 9 resources, ",
                "fabrikam: 9 resources, ",
                "2 organisations: the mapping fits 2, and 0 need changes",
            ],
        ),
        (
            &["wrong.toml", "--org=contoso", "--org=fabrikam"],
            1,
            &[
                "contoso: 9 resources, ",
                "fabrikam: 9 resources, ",
                "2 organisations: the mapping fits 0, and 2 need changes",
            ],
        ),
        (&["broken.toml"], 1, &[]),
    ] {
        let ran = run(dir.path(), &[&["check"], args].concat());
        assert_eq!(ran.code, Some(code), "{args:?}: {}{}", ran.out, ran.err);
        let found: Vec<&str> =
            ran.out.lines().filter(|l| l.contains(" resources, ") || l.contains("organisations: ")).collect();
        assert_eq!(found.len(), lines.len(), "{args:?}: {}", ran.out);
        for (line, begins) in found.iter().zip(lines) {
            assert!(line.starts_with(begins), "{args:?}: {line}");
        }
        assert_eq!(ran.out.contains("error["), code == 1, "{args:?}: {}", ran.out);
        assert_eq!(
            ran.err.contains("sample organisation"),
            !args.iter().any(|a| a.starts_with("--org") || *a == "broken.toml"),
            "{args:?}: {}",
            ran.err
        );
    }
}

#[test]
fn overrides_of_an_organisation_that_is_not_listed_are_told_once() {
    let dir = scene();
    let text = "[orgs.first.contacts]\n[orgs.contoso.contacts]\n[orgs.frist.contacts]\n";
    fs::write(dir.path().join("one/crm.toml"), text).unwrap();
    let one = dir.path().join("one");
    for args in
        [&["check", "crm.toml"][..], &["check", "crm.toml", "--all"], &["check", "crm.toml", "--org=contoso"]]
    {
        let ran = run(&one, args);
        assert_eq!(ran.out.matches("no organisation is called `frist`").count(), 1, "{args:?}: {}", ran.out);
        assert_eq!(ran.out.matches("no organisation is called").count(), 1, "{args:?}: {}", ran.out);
        assert!(ran.out.contains("did you mean `first`?"), "{}", ran.out);
        assert_eq!(ran.code, Some(0), "a warning: {}", ran.out);
    }
    let ran = run(&one, &["check", "crm.toml", "--all", "--format=json"]);
    let lines = json_lines(&ran.out);
    let orgs: Vec<&Value> = lines.iter().map(|line| &line["org"]).collect();
    assert_eq!(orgs, [&Value::Null, &Value::from("first")]);
    assert_eq!(
        (lines[0]["ok"].as_bool(), lines[0]["findings"][0]["severity"].as_str()),
        (Some(true), Some("warning"))
    );
    // Where nothing lists organisations, nobody knows which there are.
    fs::write(dir.path().join("crm.toml"), text).unwrap();
    let schema = format!("--schema={}", workspace().join("fixtures/schema").display());
    for args in
        [&["check", "crm.toml"][..], &["check", "crm.toml", "--org=contoso"], &["check", "crm.toml", &schema]]
    {
        assert!(!run(dir.path(), args).out.contains("no organisation is called"), "{args:?}");
    }
}

#[test]
fn a_check_of_mappings_in_json_has_a_line_for_each_organisation() {
    let dir = scene();
    let of = |args: &[&str]| {
        let ran = run(dir.path(), &[&["check", "--format=json"], args].concat());
        let lines = json_lines(&ran.out);
        let shown = |line: &Value| {
            let count = |member: &str| line[member].as_array().map_or(0, Vec::len);
            format!("{} {} {} {}", line["org"], line["ok"], count("findings"), count("resources"))
        };
        (ran.code, lines.iter().map(shown).collect::<Vec<_>>())
    };
    let two = |first: &str, second: &str| vec![first.to_owned(), second.to_owned()];
    assert_eq!(of(&[]), (Some(0), vec!["null true 0 9".to_owned()]));
    assert_eq!(of(&["broken.toml"]), (Some(1), vec!["null false 1 0".to_owned()]));
    let both = ["--org=contoso", "--org=fabrikam"];
    assert_eq!(of(&both), (Some(0), two("\"contoso\" true 0 9", "\"fabrikam\" true 0 9")));
    let (code, lines) = of(&[&["wrong.toml"], &both[..]].concat());
    assert_eq!(code, Some(1));
    assert!(
        lines[0].starts_with("\"contoso\" false 1 ") && lines[1].starts_with("\"fabrikam\" false 1 "),
        "{lines:?}"
    );
}

#[test]
fn an_organisation_that_cannot_be_read_is_told_and_the_others_are_checked() {
    let dir = scene();
    let ran = run(&dir.path().join("listed"), &["check", "--all"]);
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("first: 9 resources, "), "{}", ran.out);
    assert!(lines[1].starts_with("error: second: the snapshot "), "{}", ran.out);
    assert_eq!(lines[2], "2 organisations: the mapping fits 1, and 1 need changes");
    let json = json_lines(&run(&dir.path().join("listed"), &["check", "--all", "--format=json"]).out);
    assert_eq!(
        (&json[0]["ok"], &json[0]["org"], json[0].get("error")),
        (&true.into(), &"first".into(), None)
    );
    assert_eq!((&json[1]["ok"], &json[1]["org"]), (&false.into(), &"second".into()));
    assert!(json[1]["error"].as_str().unwrap().starts_with("the snapshot "), "{}", json[1]);
}

#[test]
fn the_options_select_the_organisations_of_a_check() {
    let dir = scene();
    let schema = workspace().join("fixtures/schema").canonicalize().unwrap();
    let (schema, fixtures) = (schema.to_str().unwrap(), schema.parent().unwrap().to_str().unwrap());
    for (folder, args, names, told) in [
        ("one", &[][..], &["first"][..], ""),
        ("one", &["--all"], &["first"], ""),
        ("one", &["--org=fabrikam"], &["fabrikam"], ""),
        ("one", &["--schema", schema], &["the organisation"], ""),
        ("one", &["--schemas", fixtures], &["fabrikam", "schema"], ""),
        (
            "listed",
            &[],
            &[],
            "several organisations are listed: choose with `--org`, or take `--all` (first, second)",
        ),
        ("listed", &["--org=first"], &["first"], ""),
        ("listed", &["--org=third"], &[], "third"),
        (".", &["--all"], &[], "`--all`: no dvkit.toml here lists organisations"),
        (".", &["--org=third"], &[], "third"),
        (".", &["--schemas=one"], &[], "one has no folders with snapshots"),
        (".", &["--schemas=nowhere"], &[], "nowhere cannot be read"),
    ] {
        let ran = run(&dir.path().join(folder), &[&["check"], args].concat());
        if names.is_empty() {
            assert!((ran.out + &ran.err).contains(told), "{folder} {args:?}: {}", ran.err);
            continue;
        }
        assert_eq!(ran.code, Some(0), "{folder} {args:?}: {}", ran.err);
        let found: Vec<&str> =
            ran.out.lines().filter_map(|line| Some(line.split_once(": 9 resources, ")?.0)).collect();
        assert_eq!(found, names, "{folder} {args:?}: {}", ran.out);
        assert!(!ran.err.contains("sample organisation"), "{folder} {args:?}: {}", ran.err);
    }
}

#[test]
fn what_an_organisation_does_not_have_is_listed_if_it_is_asked_for() {
    let dir = scene();
    let plain = run(dir.path(), &["check", "--org=contoso"]).out;
    let listed = run(dir.path(), &["check", "--org=contoso", "--missing"]).out;
    let (summary, missing) = listed.split_once('\n').unwrap();
    assert_eq!(plain.trim_end(), summary);
    let count: usize =
        summary.split(", ").find_map(|part| part.strip_suffix(" missing")).unwrap().parse().unwrap();
    assert_eq!(missing.lines().count(), count);
    assert!(
        missing.contains("  accounts.ownership: `contoso` has no column `account.ownershipcode`\n"),
        "{missing}"
    );
}

#[test]
fn a_compiled_mapping_is_that_of_one_organisation_without_errors() {
    let dir = scene();
    let ran = run(dir.path(), &["check", "--compiled", "--org=contoso"]);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, json["resources"].as_array().unwrap().len(), &*ran.err), (Some(0), 9, ""));
    let wrong = run(dir.path(), &["check", "wrong.toml", "--compiled", "--org=contoso"]);
    assert_eq!((wrong.code, &*wrong.out), (Some(1), ""), "{}", wrong.err);
    assert!(wrong.err.contains("error["), "{}", wrong.err);
    let both = run(dir.path(), &["check", "--compiled", "--org=contoso", "--org=fabrikam"]);
    assert_eq!((both.code, &*both.out), (Some(2), ""), "{}", both.err);
    assert!(both.err.contains("`--compiled` prints the mapping of one organisation"), "{}", both.err);
}

#[test]
fn proposals_the_standard_mapping_and_the_model_are_printed() {
    let dir = scene();
    let good = run(dir.path(), &["suggest", "--org=fabrikam"]);
    assert_eq!((good.code, &*good.err), (Some(0), ""));
    assert!(
        good.out.starts_with("[orgs.fabrikam.accounts]\naccount_number = \"fab_externalid\" # "),
        "{}",
        good.out
    );
    assert!(run(dir.path(), &["suggest"]).out.starts_with("[orgs.NAME."));
    for (args, code, told) in [
        (&["suggest", "broken.toml"][..], 1, "error["),
        (&["suggest", "nothing.toml"], 2, "the mapping nothing.toml cannot be read"),
        (&["suggest", "--org=contoso", "--org=fabrikam"], 2, "proposals are made for one organisation"),
        (&["model", "broken.toml"], 1, "error["),
        (&["model", "--org=contoso", "--org=fabrikam"], 2, "error: "),
    ] {
        let ran = run(dir.path(), args);
        assert_eq!((ran.code, &*ran.out), (Some(code), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(told), "{args:?}: {}", ran.err);
    }
    let standard = run(dir.path(), &["standard"]).out;
    assert!(
        standard.contains("[accounts]\ntable = \"account\"\n") && !standard.ends_with("\n\n"),
        "{standard}"
    );
    let model = |args: &[&str]| -> Value {
        let ran = run(dir.path(), &[&["model"], args].concat());
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    };
    let (all, own) = (model(&[]), model(&["--org=fabrikam"]));
    assert_ne!(all, own, "that of an organisation has its fields");
    for resource in ["accounts", "contacts", "leads"] {
        assert!(all[resource].is_object() && own[resource].is_object(), "{resource}");
    }
    fs::write(dir.path().join("own.toml"), "[accounts.custom]\nrank = \"telephone1\"\n").unwrap();
    let custom = model(&["own.toml", "--org=contoso"]);
    assert!(custom["accounts"].to_string().contains("rank"), "{}", custom["accounts"]);
}
