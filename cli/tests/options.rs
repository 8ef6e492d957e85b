//! What each option of a command changes: the exit status, and what is printed.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(dir: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    command.current_dir(dir).args(args).stdin(Stdio::null()).env_remove("CLICOLOR_FORCE");
    let output = command.output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// Returns the definition of a table of ships, whose columns are integers: `size` can be read and written. One that
/// begins with `!` cannot be updated.
fn ships(columns: &[&str]) -> String {
    let column = |name: &&str| {
        let (name, is_updated) = (name.trim_start_matches('!'), !name.starts_with('!'));
        serde_json::json!({
            "@odata.type": "#Microsoft.Dynamics.CRM.IntegerAttributeMetadata", "LogicalName": name,
            "SchemaName": name, "AttributeType": "Integer", "AttributeTypeName": {"Value": "IntegerType"},
            "IsValidForRead": true, "IsValidForCreate": true, "IsValidForUpdate": is_updated,
            "IsValidODataAttribute": true, "MinValue": 0, "MaxValue": 9,
        })
    };
    serde_json::json!({"value": [{
        "LogicalName": "new_ship", "SchemaName": "new_Ship", "EntitySetName": "new_ships",
        "PrimaryIdAttribute": "new_shipid", "Attributes": columns.iter().map(column).collect::<Value>(),
    }]})
    .to_string()
}

#[test]
fn the_status_of_a_comparison_depends_on_the_class_and_on_whom_a_change_concerns() {
    let dir = folder(&[
        ("old.json", &ships(&["new_size"])),
        ("more.json", &ships(&["new_size", "new_color"])),
        ("less.json", &ships(&[])),
        ("fixed.json", &ships(&["!new_size"])),
    ]);
    for (after, options, code) in [
        ("old.json", &[][..], 0),
        ("old.json", &["--fail-on=any"], 0),
        ("more.json", &[], 0),
        ("more.json", &["--fail-on=breaking"], 0),
        ("more.json", &["--fail-on=risky"], 0),
        ("more.json", &["--fail-on=any"], 1),
        ("more.json", &["--fail-on=never"], 0),
        ("less.json", &[], 1),
        ("less.json", &["--fail-on=risky"], 1),
        ("less.json", &["--fail-on=never"], 0),
        ("fixed.json", &[], 1),
        ("fixed.json", &["--for=both"], 1),
        ("fixed.json", &["--for=writers"], 1),
        ("fixed.json", &["--for=readers"], 0),
    ] {
        let ran = run(dir.path(), &[&["schema", "diff", "old.json", after], options].concat());
        assert_eq!(ran.code, Some(code), "{after} {options:?}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_comparison_is_printed_in_its_format_and_short_without_what_is_harmless() {
    let dir = folder(&[("old.json", &ships(&["new_size"])), ("new.json", &ships(&["new_color"]))]);
    for (options, begins, has, has_not) in [
        (&[][..], "table new_ship\n", &["new_size", "new_color"][..], &["**"][..]),
        (&["--format=text"], "table new_ship\n", &["new_size", "new_color"], &["**"]),
        (&["--short"], "table new_ship\n", &["new_size"], &["new_color"]),
        (&["--format=json"], "{\"changes\":[", &["new_size", "new_color"], &["\"queries\":"]),
        (&["--format=markdown"], "", &["new_size", "new_color", "**"], &[]),
    ] {
        let ran = run(dir.path(), &[&["schema", "diff", "old.json", "new.json"], options].concat());
        assert_eq!(ran.code, Some(1), "{options:?}: {}", ran.err);
        assert!(ran.out.starts_with(begins), "{options:?}: {}", ran.out);
        assert!(has.iter().all(|word| ran.out.contains(word)), "{options:?}: {}", ran.out);
        assert!(!has_not.iter().any(|word| ran.out.contains(word)), "{options:?}: {}", ran.out);
    }
}

#[test]
fn a_comparison_tells_the_queries_that_break() {
    let dir = folder(&[
        ("old.json", &ships(&["new_size"])),
        ("more.json", &ships(&["new_size", "new_color"])),
        ("less.json", &ships(&[])),
        (
            "a.odata",
            "new_ships?$select=new_size&$top=1\nnew_ships?$top=1\nnew_ships?$select=nothing&$top=1\n",
        ),
        ("b.jsonl", "{\"wrong\": 1}\n"),
        ("t.odata", "new_ships?$top={top}\n"),
    ]);
    for (after, options, code, summary) in [
        ("less.json", &["--queries", "a.odata"][..], 1, "1 of 3 queries breaks; 1 wrong before already\n"),
        ("more.json", &["--queries", "a.odata"], 0, "none of 3 queries breaks; 1 wrong before already\n"),
        (
            "less.json",
            &["--fail-on=never", "--queries", "a.odata", "b.jsonl"],
            1,
            "1 of 3 queries breaks; 2 wrong before already\n",
        ),
        ("more.json", &["--queries", "t.odata"], 0, "none of 1 query breaks; 1 wrong before already\n"),
        ("more.json", &["--placeholders", "--queries", "t.odata"], 0, "none of 1 query breaks\n"),
    ] {
        let ran = run(dir.path(), &[&["schema", "diff", "old.json", after], options].concat());
        assert_eq!(ran.code, Some(code), "{after} {options:?}: {}{}", ran.out, ran.err);
        assert!(ran.out.ends_with(summary), "{after} {options:?}: {}", ran.out);
        assert_eq!(ran.out.contains("a.odata:1: breaks\n"), code == 1, "{after} {options:?}: {}", ran.out);
    }
    let args = ["schema", "diff", "old.json", "less.json", "--queries", "a.odata", "--format"];
    let json = run(dir.path(), &[&args[..], &["json"]].concat()).out;
    let json: Value = serde_json::from_str(&json).unwrap();
    let queries = &json["queries"];
    assert_eq!((&queries["checked"], &queries["wrong_before"]), (&Value::from(3), &Value::from(1)));
    assert_eq!(
        (&queries["broken"][0]["file"], &queries["broken"][0]["line"]),
        (&"a.odata".into(), &1.into())
    );
    let markdown = run(dir.path(), &[&args[..], &["markdown"]].concat()).out;
    assert!(markdown.contains("\n**Queries: 1 of 3 queries breaks"), "{markdown}");
    assert!(markdown.contains("- `a.odata:1`\n"), "{markdown}");
}

#[test]
fn results_in_json_are_numbered_with_those_that_cannot_be_checked() {
    let dir = folder(&[(
        "a.jsonl",
        "{\"wrong\": 1}\n{\"query\": \"contacts?$select=fullname&$top=1\"}\n{\"wrong\": 1}\n{\"query\": \"contacts?$top=1\"}\n",
    )]);
    let ran = run(dir.path(), &["check", "--format=json", "a.jsonl"]);
    let ids: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!(ids, [1, 2, 3, 4], "{}", ran.out);
    let ran = run(dir.path(), &["check", "a.jsonl"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.contains("4 queries in 1 file, 2 wrong"), "{}", ran.out);
}

#[test]
fn a_check_without_colour_and_one_with_it_have_the_same_words() {
    let dir = folder(&[("a.odata", "contacts?$select=fullnme&$top=1\n")]);
    for command in [
        &["check", "a.odata"][..],
        &["parse", "a eq"],
        &["explain", "contact"],
        &["explain", "DV0203"],
        &["fmt", "a eq"],
        &["translate", "--to=fetchxml", "a.odata"],
    ] {
        let of = |color: &str| {
            let ran = run(dir.path(), &[command, &["--color", color]].concat());
            (ran.out + &ran.err, ran.code)
        };
        let (plain, colored) = (of("never"), of("always"));
        assert_eq!(plain, of("auto"), "{command:?}: no terminal");
        assert!(!plain.0.contains('\u{1b}') && colored.0.contains('\u{1b}'), "{command:?}: {}", colored.0);
        assert_eq!(plain.1, colored.1, "{command:?}");
    }
}

#[test]
fn formats_that_do_not_fit_an_option_are_refused() {
    let dir = folder(&[("a.odata", "contacts?$select=fullname&$top=1\n")]);
    for (args, why) in [
        (&["check", "--batch", "--format=text"][..], "`--batch` answers in JSON"),
        (&["check", "--batch", "--format=sarif"], "`--batch` answers in JSON"),
        (&["parse", "--batch", "--format=text"], "`--batch` answers in JSON"),
        (&["check", "--fix", "--format=json", "contacts"], "`--fix` prints the query alone"),
        (&["check", "--fix", "--diff", "--format=json", "a.odata"], "`--diff` prints a diff"),
        (&["check", "--list", "contacts?$top=1"], "`--list` lists the texts in files"),
        (&["check", "--list", "--format=github", "a.odata"], "`--list` prints text, or JSON"),
        (&["fmt", "--write", "contacts"], "`--write` and `--check` take files"),
        (&["fmt", "--check", "contacts"], "`--write` and `--check` take files"),
        (&["check", "name eq 1"], "which table is this about?"),
        (&["translate", "--to=fetchxml", "name eq 1"], "which table is this about?"),
        (&["emulator", "export", "--data", "a.odata"], "a.odata"),
        (&["explain", "x", "--org=nobody"], "nobody"),
    ] {
        let ran = run(dir.path(), args);
        assert_eq!((ran.code, &*ran.out), (Some(2), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("error: ") && ran.err.contains(why), "{args:?}: {}", ran.err);
    }
    for args in [&["check", "--batch", "--format=json"][..], &["parse", "--batch", "--format=json"]] {
        assert_eq!(run(dir.path(), args).code, Some(0), "{args:?}");
    }
}

#[test]
fn a_formatted_query_has_the_style_that_the_options_say() {
    let fetch = "<fetch><!-- a --><entity name='account'><attribute name=\"name\"/></entity></fetch>";
    let dir = folder(&[]);
    for (options, has, has_not) in [
        (&[][..], &["\n", "<!-- a -->", "name=\"account\"", "/>"][..], &["'", "</attribute>"][..]),
        (&["--quotes=double"], &["name=\"account\""], &["'"]),
        (&["--quotes=single"], &["name='account'", "name='name'"], &["\""]),
        (&["--explicit-close"], &["</attribute>"], &["/>"]),
        (&["--no-comments"], &["name=\"account\""], &["<!--"]),
        (
            &["--minify"],
            &["<fetch><entity name=\"account\"><attribute name=\"name\"/></entity></fetch>\n"],
            &["<!--"],
        ),
        (
            &["--minify", "--quotes=single", "--explicit-close"],
            &["<attribute name='name'></attribute>"],
            &["\""],
        ),
    ] {
        let ran = run(dir.path(), &[&["fmt", fetch], options].concat());
        assert_eq!(ran.code, Some(0), "{options:?}: {}", ran.err);
        assert!(has.iter().all(|word| ran.out.contains(word)), "{options:?}: {}", ran.out);
        assert!(!has_not.iter().any(|word| ran.out.contains(word)), "{options:?}: {}", ran.out);
    }
}

#[test]
fn a_query_is_shown_fixed_only_if_a_fix_changes_it() {
    let dir = folder(&[]);
    for (query, shown, summary) in [
        ("contacts?$select=fullname&$top=1", "", "ok\n"),
        ("contacts?$select=fullnme&$top=1", "fixed: contacts?$select=fullname&$top=1\n", "it has a fix"),
        ("contacts?$select=zzzzzz&$top=1", "", "it has no certain fix\n"),
        ("contacts?$top=1", "", "no"),
    ] {
        let ran = run(dir.path(), &["check", query]);
        assert_eq!(ran.out.contains("fixed:"), !shown.is_empty(), "{query}: {}", ran.out);
        assert!(ran.out.contains(shown) && ran.out.contains(summary), "{query}: {}", ran.out);
    }
}

#[test]
fn a_list_of_texts_says_the_same_in_words_in_json_and_in_its_numbers() {
    let dir = folder(&[
        ("a.cs", "class A { string q = \"contacts?$select=lastname&$top=1\"; }\n"),
        ("b.jsonl", "{\"wrong\": 1}\n{\"query\": \"contacts?$top=1\"}\n"),
        ("c.odata", "name eq 1\n"),
        ("d.ts", "const a = `contacts?$select=fullname&${rest}`;\n"),
    ]);
    let long = format!("contacts?$filter=fullname eq '{}'", "x".repeat(60));
    fs::write(dir.path().join("e.odata"), format!("{long}\n")).unwrap();
    let texts = [
        ("a.cs:1:23: string", "checked", "", "contacts?$select=lastname&$top=1"),
        ("b.jsonl:1:1: query", "skipped", "no `query` and no `filter`", ""),
        ("b.jsonl:2:1: query", "checked", "", "contacts?$top=1"),
        ("c.odata:1:1: query", "partly", "the table of the query is not known", "name eq 1"),
        (
            "d.ts:1:12: template",
            "partly",
            "not known before the program runs: `{rest}`",
            "contacts?$select=fullname&{rest}",
        ),
        ("e.odata:1:1: query", "checked", "", &long),
    ];
    let ran = run(dir.path(), &["check", "--list", "."]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let mut lines = ran.out.lines();
    for (place, coverage, why, query) in texts {
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        let words = if coverage == "partly" { "checked in part" } else { coverage };
        assert_eq!(lines.next(), Some(&*format!("{place}: {words}{why}")));
        let shown: String = query.chars().take(60).collect();
        let more = if query.len() > 60 { "…" } else { "" };
        assert_eq!(lines.next(), Some(&*format!("    {shown}{more}")), "{place}");
    }
    assert_eq!(lines.next(), Some("6 texts in 5 files: 3 checked, 2 checked in part, 1 skipped"));
    assert_eq!(lines.next(), None);
    let json = run(dir.path(), &["check", "--list", "--format=json", "."]).out;
    let json: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json.len(), texts.len());
    for (line, (place, coverage, why, query)) in json.iter().zip(texts) {
        let text = |member: &str| line[member].as_str().unwrap_or_default();
        let found = format!("{}:{}:{}: {}", text("file"), line["line"], line["column"], text("construct"));
        assert_eq!((&*found, text("coverage"), text("why"), text("query")), (place, coverage, why, query));
    }
}

#[test]
fn all_codes_are_listed_below_their_families() {
    let dir = folder(&[]);
    let text = run(dir.path(), &["explain"]).out;
    let json = run(dir.path(), &["explain", "--format=json"]).out;
    let json: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut expected = String::new();
    let mut family = String::new();
    for page in &json {
        let of = |member: &str| page[member].as_str().unwrap().to_owned();
        if family != of("kind") {
            expected.push_str(if family.is_empty() { "" } else { "\n" });
            family = of("kind");
            expected.push_str(&format!("{family}\n"));
        }
        expected.push_str(&format!("  {}  {}\n", of("code"), of("title")));
    }
    assert_eq!(text, expected);
    assert!(json.len() > 100, "{}", json.len());
}

#[cfg(unix)]
#[test]
fn what_the_azure_cli_says_is_told_if_it_gives_no_token() {
    let dir = folder(&[]);
    // `az account …` is the shell, which runs the file `account`.
    std::os::unix::fs::symlink("/bin/sh", dir.path().join("az")).unwrap();
    for (script, told) in [
        (
            "echo; echo 'not signed in' >&2; echo 'more' >&2; exit 1",
            "failed: not signed in; `az login` signs in",
        ),
        ("echo >&2; echo '  ' >&2; echo second >&2; exit 1", "failed: second; `az login` signs in"),
        ("exit 1", "failed: it says nothing; `az login` signs in"),
        ("echo secret", "printed no token"),
        ("echo '{\"accessToken\": 1}'", "printed no token"),
    ] {
        fs::write(dir.path().join("account"), format!("{script}\n")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
        command.current_dir(dir.path()).stdin(Stdio::null()).env("PATH", dir.path());
        let output = command
            .args(["schema", "fetch", "--url", "http://127.0.0.1:1", "--azure-cli", "--tenant", "t"])
            .output()
            .unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{script}: {err}");
        assert!(err.contains("`--azure-cli`") && err.contains(told), "{script}: {err}");
        assert!(!err.contains("secret"), "{script}: {err}");
    }
}

#[test]
fn a_folder_without_files_is_an_error_unless_a_pattern_chose_among_them() {
    let dir = folder(&[("a.bin", "x")]);
    for (options, code, told) in [
        (&[][..], 2, "there are no files that dvkit can check in the folder `./`"),
        (&["--exclude=*.cs"], 2, "there are no files that dvkit can check in the folder `./`"),
        (&["--include=*.cs"], 0, ""),
    ] {
        let ran = run(dir.path(), &[&["check", "./"], options].concat());
        assert_eq!(ran.code, Some(code), "{options:?}: {}{}", ran.out, ran.err);
        assert_eq!(ran.err.contains("there are no files"), code == 2, "{options:?}: {}", ran.err);
        assert!(ran.err.contains(told), "{options:?}: {}", ran.err);
    }
}

#[test]
fn a_word_is_a_folder_unless_it_is_an_entity_set_or_a_filter() {
    let dir = folder(&[]);
    for name in ["src", "contacts", "new_projects"] {
        fs::create_dir(dir.path().join(name)).unwrap();
        fs::write(dir.path().join(name).join("a.odata"), "contacts?$select=fullnme&$top=1\n").unwrap();
    }
    let both = ["--org=contoso", "--org=fabrikam"];
    for (args, is_folder) in [
        (&["src"][..], true),
        (&["contacts"], false),
        (&["--paths", "contacts"], true),
        (&["--table=contact", "src"], false),
        (&["--entity-set=contacts", "src"], false),
        (&["--org=contoso", "new_projects"], false),
        (&["--org=fabrikam", "new_projects"], true),
        (&[both[0], both[1], "new_projects"], false),
        (&[both[0], both[1], "src"], true),
    ] {
        let ran = run(dir.path(), &[&["check"], args].concat());
        assert_eq!(ran.out.contains("a.odata"), is_folder, "{args:?}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_list_of_tables_ends_with_what_the_snapshot_has_besides() {
    let dir = folder(&[("old.json", &ships(&["new_size"]))]);
    let sample = run(dir.path(), &["schema", "show"]).out;
    assert!(sample.ends_with("; operations too (`dvkit explain WhoAmI`)\n"), "{sample}");
    assert_eq!(run(dir.path(), &["schema", "import", "old.json", "--quiet"]).code, Some(0));
    let own = run(dir.path(), &["schema", "show"]).out;
    assert!(own.starts_with("table     entity set  name  kind\n"), "{own}");
    assert!(own.ends_with("\n\n1 table, 0 global choices\n"), "{own}");
    let table = run(dir.path(), &["schema", "show", "new_ship"]).out;
    assert!(!table.contains("leads to") && table.contains("\n\n1 column, 0 navigations; "), "{table}");
    assert!(run(dir.path(), &["schema", "show", "new_ships"]).out == table, "by its entity set");
}

#[test]
fn a_translation_says_that_it_is_exact_and_warns_of_a_long_url() {
    let dir = folder(&[]);
    let (too_long_to_get, too_long) = (
        "and a `GET` takes 32768: only `$batch` carries it, up to 65536\n",
        "and Dataverse takes 65536, in `$batch`\n",
    );
    for (to, length, warning) in [
        ("fetchxml", 1, ""),
        ("odata", 1, ""),
        ("fetchxml", 33_000, too_long_to_get),
        ("odata", 33_000, too_long_to_get),
        ("fetchxml", 65_400, too_long),
    ] {
        let query = format!("contacts?$select=fullname&$top=1&$filter=fullname eq '{}'", "x".repeat(length));
        let ran = run(dir.path(), &["translate", "--url", "--to", to, &query]);
        assert_eq!(ran.code, Some(0), "{to} {length}: {}", ran.err);
        assert!(ran.err.ends_with("exact\n") && ran.err.contains(warning), "{to} {length}: {}", ran.err);
        assert_eq!(ran.err.contains("warning: "), !warning.is_empty(), "{to} {length}: {}", ran.err);
    }
}
