//! A hostile organisation in every command and every format, on a terminal and through a pipe: no byte of it
//! acts on a terminal.
//!
//! Every text of the sample organisation's snapshot gets a payload that terminals, logs and pages would
//! interpret. Command line arguments have the payload too. A result is exempt only on a pipe, where its bytes
//! are unchanged.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod guard;
mod organisation;
mod run;
mod service;

use std::fs;
use std::path::Path;

use dvkit_emulator::Emulator;
use dvkit_schema::{LocalizedText, Store};
use organisation::{ACTING, Hostile, hostile_organisation};
use run::{Format, Home};
use service::lying_service;

/// Returns queries with findings about the organisation's names, and some that contain the payload.
fn queries() -> Vec<String> {
    let mut queries: Vec<String> = [
        "contacts?$select=fulname,gendercod&$filter=statecode eq 'Activ'",
        "contacts?$filter=gendercode eq 99 and parentcustomerid eq 1&$expand=parentcustomerid_acount",
        "accounts?$select=name&$expand=contact_customer_account($select=fullnam)",
        "contact?$top=1",
        "contacts?$filter=contains(fullname,'a') and _parentcustomerid_value eq null",
        "new_projects?$select=new_nam&$orderby=new_projecttype",
        "AddMembersTea",
        "<fetch><entity name='contact'><attribute name='fulname'/><filter><condition attribute='statecode' operator='eq' value='Activ'/></filter></entity></fetch>",
    ]
    .map(str::to_owned)
    .to_vec();
    let payload = ACTING.replace('\'', "''");
    queries.extend([
        format!("contacts?$filter=fullname eq '{payload}'"),
        format!("contacts?$filter=fullname == '{payload}'"),
        format!("contacts?$select={ACTING}"),
        format!("{ACTING} eq 1"),
        format!("https://contoso.example/api/data/v9.2/contacts?$select=fullname&x={ACTING}"),
        format!(
            "<fetch><!--\n::error::x {}--><entity name='contact'><filter><condition attribute='fullname' operator='eq' value='\n::error::x \u{9b}5S\u{202e}'/></filter></entity></fetch>",
            "\u{9b}5S\u{202e}"
        ),
        format!("<fetch><entity name='{}'/></fetch>", "contact\n::error::x\u{202e}"),
    ]);
    queries
}

/// Returns names for `explain`: names of the organisation, near misses, and the payload.
fn names(org: &Hostile) -> Vec<String> {
    let mut names: Vec<String> = [
        "contact",
        "contacts",
        "contact.fullname",
        "contact.gendercode",
        "contact.parentcustomerid",
        "contact.statecode",
        "account.contact_customer_accounts",
        "account",
        "new_project",
        "new_project.new_projecttype",
        "WhoAmI",
        "AddMembersTeam",
        "account.new_Archive",
        "contact.fulname",
        "contat",
        "DV0203",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend(org.names.iter().cloned());
    names.extend([ACTING.to_owned(), format!("contact.{ACTING}"), format!("DV9{ACTING}")]);
    names
}

fn scene(all_names: bool) -> (Home, Hostile) {
    let home = Home::new();
    let org = hostile_organisation(&home.path("schema"), all_names);
    // A smaller number would mean that the organisation is not hostile.
    assert!(org.texts > 2_000, "{}", org.texts);
    (home, org)
}

/// Returns the arguments followed by all queries, for a single run.
fn with<'a>(args: &[&'a str], queries: &'a [String]) -> Vec<&'a str> {
    args.iter().copied().chain(["--"]).chain(queries.iter().map(String::as_str)).collect()
}

#[test]
fn queries_of_a_hostile_organisation() {
    let queries = queries();
    for all_names in [false, true] {
        let (home, _) = scene(all_names);
        for (args, format) in [
            (&["check"][..], Format::Words),
            (&["check", "--color", "always"], Format::Words),
            (&["check", "--format", "json"], Format::Json),
            (&["check", "--format", "sarif"], Format::Json),
            (&["check", "--format", "github"], Format::GitHub),
            (&["check", "--fix"], Format::Result),
            (&["check", "--fix", "--diff"], Format::Result),
            (&["parse"], Format::Result),
            (&["parse", "--format", "json"], Format::Json),
            (&["fmt"], Format::Result),
            (&["fmt", "--minify"], Format::Result),
            (&["translate", "--to", "odata"], Format::Result),
            (&["translate", "--to", "fetchxml"], Format::Result),
            (&["translate", "--to", "fetchxml", "--url"], Format::Result),
        ] {
            let table: &[&str] =
                if matches!(args[0], "check" | "translate") { &["--table", "contact"] } else { &[] };
            let args = [args, table].concat();
            let given = home.run(&with(&args, &queries), b"");
            // On standard input a line break ends a query.
            let read = home.run(&args, queries.join("\n").as_bytes());
            for ran in [given, read] {
                ran.inert(format);
                assert_eq!(ran.code, Some(1), "all of them were looked at: {args:?} {}", ran.pipe.err);
            }
        }
        // Without `--table`, the table comes from the path alone.
        for query in &queries {
            home.run(&["check", "--", query], b"").inert(Format::Words);
        }
    }
}

#[test]
fn conversations_in_json() {
    let (home, _) = scene(false);
    let mut lines = String::new();
    for query in queries() {
        for member in ["query", "filter", "fetchxml", "odata"] {
            let line = serde_json::json!({"id": 1, member: query, "table": "contact"});
            lines.push_str(&format!("{line}\n"));
        }
    }
    let table = serde_json::json!({"filter": "a eq 1", "table": ACTING});
    lines.push_str(&format!("{table}\n{{\"id\":1,\"query\":{ACTING:?}\n"));
    for args in [&["check", "--batch"][..], &["parse", "--batch"], &["translate", "--batch", "--to", "odata"]]
    {
        let ran = home.run(args, lines.as_bytes());
        ran.inert(Format::Json);
        assert!(ran.pipe.out.lines().count() > queries().len(), "{}", ran.pipe.err);
    }
}

#[test]
fn a_schema_is_shown_and_explained() {
    for all_names in [false, true] {
        let (home, org) = scene(all_names);
        home.run(&["schema", "show"], b"").inert(Format::Words);
        home.run(&["schema", "show", "--format", "json"], b"").inert(Format::Json);
        let names = names(&org);
        for name in ["contact", "new_project", "contat", ACTING] {
            home.run(&["schema", "show", "--", name], b"").inert(Format::Words);
            home.run(&["schema", "show", "--format", "json", "--", name], b"").inert(Format::Json);
        }
        for (args, format) in [
            (&["explain"][..], Format::Words),
            (&["explain", "--color", "always"], Format::Words),
            (&["explain", "--format", "json"], Format::Json),
        ] {
            let ran = home.run(&with(args, &names), b"");
            ran.inert(format);
            assert_eq!(ran.code, Some(1), "all of them were looked for: {}", ran.pipe.err);
        }
    }
}

#[test]
fn differences_between_organisations() {
    let home = Home::new();
    hostile_organisation(&home.path("schema"), true);
    let clean = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
    let clean = clean.to_str().unwrap();
    let file = format!("q{ACTING}.odata").replace('/', "");
    let right = "contacts?$select=fullname,gendercode\n{\"query\":\"contacts?$filter=fullname eq '\\u001b\\n::error::x @everyone ```'\"}\n";
    fs::write(home.path(&file), right).unwrap();
    for (before, after) in [(clean, "schema"), ("schema", clean)] {
        let all = [&[][..], &["--queries", &file]];
        for queries in all.iter().take(if before == clean { 2 } else { 1 }) {
            for (format, kind) in
                [("text", Format::Words), ("json", Format::Json), ("markdown", Format::Markdown)]
            {
                let args = [&["schema", "diff", before, after, "--format", format], *queries].concat();
                let ran = home.run(&args, b"");
                ran.inert(kind);
                assert!(ran.pipe.out.len() > 10_000, "{}", ran.pipe.err);
            }
        }
    }
}

#[test]
fn files_of_queries() {
    let (home, _) = scene(false);
    let lines = || queries().into_iter().map(|q| q.replace(['\n', '\r'], " "));
    let mut text: String = lines().map(|line| format!("{line}\n")).collect();
    for query in queries() {
        text.push_str(&format!("{}\n", serde_json::json!({"query": query})));
    }
    text.push_str("{\"query\":1}\n{\"\u{1b}\u{202e}\n");
    let file = format!("q{ACTING}.odata").replace('/', "");
    for format in ["text", "json", "sarif", "github"] {
        fs::write(home.path(&file), &text).unwrap();
        let kind = match format {
            "text" => Format::Words,
            "github" => Format::GitHub,
            _ => Format::Json,
        };
        home.run(&["check", "--format", format, "--queries", &file], b"").inert(kind);
    }
    home.run(&["check", "--fix", "--diff", "--queries", &file], b"").inert(Format::Result);
    home.run(&["check", "--fix", "--queries", &file], b"").inert(Format::Words);
    fs::write(home.path(&file), &text).unwrap();
    home.run(&["fmt", "--check", "--file", &file], b"").inert(Format::Words);
    home.run(&["fmt", "--file", &file], b"").inert(Format::Result);
    home.run(&["fmt", "--minify", "--write", "--file", &file], b"").inert(Format::Words);
}

#[test]
fn code_that_is_generated() {
    let (home, _) = scene(false);
    let folder = format!("out{ACTING}").replace('/', "");
    home.run(&["generate", "--check", "-o", &folder], b"").inert(Format::Words);
    home.run(&["generate", "-o", &folder], b"").inert(Format::Words);
    home.run(&["generate", "--check", "-o", &folder], b"").inert(Format::Words);
    fs::write(home.path(&folder).join("old.rs"), "not generated").unwrap();
    home.run(&["generate", "-o", &folder, ACTING], b"").inert(Format::Words);
    let rename = format!("--rename=contact.{}=x", ACTING.replace('=', ""));
    home.run(&["generate", "-o", &folder, &rename, "--columns=contact=a\u{1b}[2J\nb"], b"")
        .inert(Format::Words);
}

#[test]
fn files_of_metadata() {
    let home = Home::new();
    let org = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/org");
    for file in fs::read_dir(org).unwrap() {
        let path = file.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let name = format!("{ACTING}{}", path.file_name().unwrap().to_str().unwrap()).replace('/', "");
        // XML cannot contain control characters; the rest of the payload is kept.
        let text = match path.extension().and_then(|e| e.to_str()) {
            Some("json") => organisation::hostile_json(&text).0,
            _ => text
                .replace("Label=\"", "Label=\"&#10;::error::x\u{9b}5S\u{202e}")
                .replace("Type=\"Edm.String", "Type=\"Edm.\u{202e}&#10;::error::x"),
        };
        fs::write(home.path(&name), &text).unwrap();
        home.run(&["schema", "import", "-o", "imported", "--", &name], b"").inert(Format::Words);
        fs::write(home.path(&name), text.get(..text.len() / 2).unwrap_or("{")).unwrap();
        home.run(&["schema", "import", "-o", "imported", "--", &name], b"").inert(Format::Words);
    }
}

#[test]
fn a_service_that_lies() {
    let home = Home::new();
    let url = lying_service();
    let fetch = ["schema", "fetch", "--url", &url];
    home.run(&["schema", "fetch", "--url", &format!("{url}/{ACTING}"), "--token-env", "TERM"], b"")
        .inert(Format::Words);
    for (sign_in, said) in [
        // The value of this variable is not a secret.
        (&["--token-env", "TERM"][..], "5S"),
        (&["--device-code", "--client-id", "c"], "owned"),
        (&["--client-secret-env", "TERM", "--client-id", "c"], "owned"),
    ] {
        let ran = home.run(&[&fetch[..], sign_in].concat(), b"");
        ran.inert(Format::Words);
        assert!(ran.pipe.err.contains(said), "{sign_in:?}: {}", ran.pipe.err);
    }
}

#[test]
fn an_organisation_is_fetched() {
    let mut home = Home::new();
    hostile_organisation(&home.path("given"), false);
    let mut schema = Store::open(home.path("given")).unwrap().load().unwrap();
    schema.org.url = None;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let running = runtime.block_on(Emulator::builder(schema).start()).unwrap();
    let folder = format!("schema{ACTING}").replace('/', "");
    let fetch =
        ["schema", "fetch", "--url", running.url(), "--token-env", "DVKIT_HOSTILE_TOKEN", "-o", &folder];
    home.set("DVKIT_HOSTILE_TOKEN", running.token("ann"));
    let fetched = home.run(&fetch, b"");
    fetched.inert(Format::Words);
    assert_eq!(fetched.code, Some(0), "{}", fetched.pipe.err);
    running.change(|schema| {
        let contact = schema.tables.get_mut("contact").unwrap();
        for (n, column) in contact.columns.iter_mut().enumerate() {
            column.display_name = LocalizedText::new(1033, format!("{n}{ACTING}"));
        }
        let mut added = contact.columns[0].clone();
        added.logical_name = format!("new_a{ACTING}");
        contact.columns.push(added);
    });
    for (format, kind) in [("text", Format::Words), ("json", Format::Json), ("markdown", Format::Markdown)] {
        let args = [&fetch[..], &["--check", "--format", format]].concat();
        let ran = home.run(&args, b"");
        ran.inert(kind);
        assert!(ran.pipe.out.contains("5S"), "{}", ran.pipe.err);
    }
    for more in [&[][..], &["--full"]] {
        let args = [&fetch[..], more].concat();
        home.run(&args, b"").inert(Format::Words);
    }
    runtime.block_on(running.stop());
}

#[test]
fn what_is_wrong_around_it() {
    let home = Home::new();
    for args in [
        &["check", ACTING, "--no-such", ACTING][..],
        &["check", "--format", ACTING],
        &["check", "--lint", ACTING],
        &["check", "--target", ACTING],
        &["schema", "show", "--schema", ACTING],
        &["schema", "diff", ACTING, ACTING],
        &["schema", "import", ACTING],
        &["schema", "fetch", "--url", ACTING, "--token-env", ACTING],
        &["check", "--queries", ACTING],
        &["translate", "--to", "odata", "a\u{1b}[2J\n::error::x.xml"],
        &["emulator", "--port", ACTING],
        &["emulator", "--faults", ACTING],
        &["generate", "-o", ACTING, "--type-for", ACTING],
        &[ACTING],
    ] {
        home.run(args, b"").inert(Format::Words);
    }
    fs::write(home.path("faults"), format!("1: {}\n", ACTING.replace(['\n', '\r'], " "))).unwrap();
    home.run(&["emulator", "--faults", "faults"], b"").inert(Format::Words);
    for config in [
        "\"\\u001b]0;x\\u0007\\n::error::x\u{202e}\" = 1",
        "schema = \"\\u001b]0;x\\u0007\\n::error::x\u{202e}\"",
        "[targets]\n\"\\u001b\\n::error::x\u{202e}\" = 1",
        "[lints]\n\"\\u001b\\n::error::x\u{202e}\" = \"off\"",
        "[fetch]\n\"\\u001b\\n::error::x\u{202e}\" = 1",
        "[fetch]\ntables = \"\\u001b\\n::error::x\u{202e}\"",
        "a = \u{1b}]0;x\u{7}\u{202e}",
    ] {
        fs::write(home.path("dvkit.toml"), config).unwrap();
        let ran = home.run(&["check", "contacts"], b"");
        ran.inert(Format::Words);
        assert!(!ran.pipe.err.is_empty(), "{config}");
    }
    fs::remove_file(home.path("dvkit.toml")).unwrap();
    // A damaged snapshot, which is reported.
    fs::create_dir(home.path("schema")).unwrap();
    for org in ["{\"dvkit_snapshot\": \"\\u001b\\n::error::x\u{202e}\"}", "{\"\u{1b}\u{202e}"] {
        fs::write(home.path("schema/org.json"), org).unwrap();
        home.run(&["schema", "show"], b"").inert(Format::Words);
    }
}
