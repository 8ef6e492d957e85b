use std::fs;

use super::*;

fn registration(name: &str) -> Registration {
    let types = BTreeMap::from([("Contact".to_owned(), "contact".to_owned())]);
    Registration::new(name, format!("/org/{name}"), format!("/out/{name}.rs"), 1033, types)
}

fn snapshot(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    fs::write(dir.join(INDEX), "{}").unwrap();
}

#[test]
fn a_registration_that_was_written_is_found() {
    let out = tempfile::tempdir().unwrap();
    let at = MacroEnv { out_dir: Some(out.path().to_owned()), ..MacroEnv::default() };
    registration("crm").write(out.path()).unwrap();
    for name in [None, Some("crm")] {
        let found = find(name, &at).unwrap();
        assert_eq!(found.registration, Some(registration("crm")));
        assert_eq!((found.snapshot, found.found_by), (PathBuf::from("/org/crm"), FoundBy::BuildScript));
    }
    registration("erp").write(out.path()).unwrap();
    assert_eq!(find(Some("erp"), &at).unwrap().registration, Some(registration("erp")));
    let message = |name| find(name, &at).unwrap_err().to_string();
    assert_eq!(message(None), "build.rs registers several schemas: say which one, `crm`, `erp`");
    assert_eq!(message(Some("cmr")), "build.rs registers no schema `cmr`; did you mean `crm`?");
    assert_eq!(message(Some("sales")), "build.rs registers no schema `sales`, only `crm`, `erp`");
}

#[test]
fn a_damaged_registration_is_an_error() {
    let out = tempfile::tempdir().unwrap();
    let at = MacroEnv { out_dir: Some(out.path().to_owned()), ..MacroEnv::default() };
    let file = path(out.path(), "crm", "json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "{}").unwrap();
    assert!(find(None, &at).unwrap_err().to_string().contains("missing field"));
    fs::write(&file, "{\"dvkit_registration\": 9}").unwrap();
    let message = find(None, &at).unwrap_err().to_string();
    assert!(message.contains("crm.json: it has format 9") && message.contains("same version"), "{message}");
}

#[test]
fn the_sources_are_searched_in_order_without_a_build_script() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("workspace/crate");
    fs::create_dir_all(&manifest).unwrap();
    let mut at = MacroEnv { manifest_dir: Some(manifest.clone()), ..MacroEnv::default() };

    let message = find(None, &at).unwrap_err().to_string();
    assert!(
        message.contains("the crate has no build.rs") && message.contains("dvkit schema import"),
        "{message}"
    );

    snapshot(&manifest.join("schema"));
    assert_eq!(find(None, &at).unwrap().found_by, FoundBy::BesideManifest);
    // Without registrations, the name of the schema is ignored.
    assert_eq!(find(Some("crm"), &at).unwrap().snapshot, manifest.join("schema"));

    let config = dir.path().join("workspace/dvkit.toml");
    fs::write(&config, "schema = \"org\"\n[lints]\nperformance = \"off\"\n").unwrap();
    let message = find(None, &at).unwrap_err().to_string();
    assert!(message.contains("`schema` in ") && message.contains("no `org.json` in it"), "{message}");
    snapshot(&dir.path().join("workspace/org"));
    let found = find(None, &at).unwrap();
    assert_eq!(found.found_by, FoundBy::Config(config.clone()));
    assert_eq!(found.snapshot, dir.path().join("workspace/org"));
    // The default organisation's snapshot, as the command line understands the file.
    for (text, folder) in [
        ("org = 'a'\n[orgs.a]\nschema = 'of-a'\n[orgs.b]\nschema = 'org'", "of-a"),
        ("[orgs.a]\nschema = 'of-a'", "of-a"),
        ("schema = 'org'\n[orgs.a]\nschema = 'of-a'", "org"),
    ] {
        snapshot(&dir.path().join("workspace/of-a"));
        fs::write(&config, text).unwrap();
        assert_eq!(find(None, &at).unwrap().snapshot, dir.path().join("workspace").join(folder), "{text}");
    }
    for (text, said) in [
        ("org = 'a'", "there is no `[orgs.a]`"),
        ("schema = 'org'\norg = 'a'\n[orgs.a]\nschema = 'of-a'", "both say"),
        ("org = 1", "`org` has to be a name"),
        ("orgs = 1", "`orgs` has to be tables"),
        ("[orgs.a]\nurl = 'https://a'", "does not say where its snapshot is"),
    ] {
        fs::write(&config, text).unwrap();
        let message = find(None, &at).unwrap_err().to_string();
        assert!(message.contains(said), "{text}: {message}");
    }
    fs::write(&config, "schema = 1").unwrap();
    assert!(find(None, &at).unwrap_err().to_string().contains("has to be a path"));
    fs::write(&config, "schema = \nhunter2 hunter2").unwrap();
    let message = find(None, &at).unwrap_err().to_string();
    assert!(message.contains("dvkit.toml: line 2, column 9: ") && !message.contains("hunter2"), "{message}");
    fs::remove_file(&config).unwrap();
    #[cfg(unix)]
    {
        let secret = dir.path().join("secret");
        fs::write(&secret, "hunter2").unwrap();
        std::os::unix::fs::symlink(&secret, &config).unwrap();
        let message = find(None, &at).unwrap_err().to_string();
        assert!(message.contains("symbolic link") && !message.contains("hunter2"), "{message}");
        fs::remove_file(&config).unwrap();
    }

    at.variable = Some(PathBuf::from("../fetched"));
    assert!(find(None, &at).unwrap_err().to_string().contains("`DVKIT_SCHEMA` names"));
    snapshot(&manifest.join("../fetched"));
    assert_eq!(find(None, &at).unwrap().found_by, FoundBy::Variable);
}

#[test]
fn a_file_with_the_same_contents_is_not_touched() {
    let out = tempfile::tempdir().unwrap();
    registration("crm").write(out.path()).unwrap();
    let file = path(out.path(), "crm", "json");
    assert!(fs::read_to_string(&file).unwrap().ends_with("\n}\n"), "a text file");
    let old = std::time::SystemTime::UNIX_EPOCH;
    fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
    registration("crm").write(out.path()).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), old);
}

#[test]
fn an_error_of_the_file_system_has_its_source() {
    let io = || io::Error::from(io::ErrorKind::PermissionDenied);
    let error = RegistryError::Io { action: "read", path: PathBuf::from("/a"), source: io() };
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), io().to_string());
    assert_eq!(error.to_string(), format!("cannot read `/a`: {}", io()));
    let error = RegistryError::Several { known: Vec::new() };
    assert!(std::error::Error::source(&error).is_none());
}

#[test]
fn schemas_that_are_not_registered_any_more_are_removed() {
    let out = tempfile::tempdir().unwrap();
    for name in ["crm", "erp", "old"] {
        registration(name).write(out.path()).unwrap();
        fs::write(path(out.path(), name, "rs"), "").unwrap();
    }
    fs::write(path(out.path(), "other", "txt"), "").unwrap();
    let keep = BTreeSet::from(["crm".to_owned(), "erp".to_owned()]);
    remove_other_schemas(out.path(), &keep).unwrap();
    let names: Vec<_> = registrations(out.path()).unwrap().into_iter().map(|r| r.name).collect();
    assert_eq!(names, ["crm", "erp"]);
    for (name, extension, is_there) in
        [("crm", "rs", true), ("old", "rs", false), ("old", "json", false), ("other", "txt", true)]
    {
        assert_eq!(path(out.path(), name, extension).exists(), is_there, "{name}.{extension}");
    }
    let nothing = out.path().join("nothing");
    remove_other_schemas(&nothing, &keep).unwrap();
    assert!(registrations(&nothing).unwrap().is_empty());
}

#[test]
fn a_registration_that_cannot_be_read_is_not_taken_for_a_missing_one() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join(FOLDER);
    let at = MacroEnv { out_dir: Some(out.path().to_owned()), ..MacroEnv::default() };
    fs::write(&folder, "a file in place of the folder").unwrap();
    let read = format!("cannot read `{}`: ", folder.display());
    let errors = [
        registrations(out.path()).unwrap_err(),
        remove_other_schemas(out.path(), &BTreeSet::new()).unwrap_err(),
        find(None, &at).unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().starts_with(&read), "{error}");
    }
    let file = path(out.path(), "crm", "json");
    assert_eq!(file, folder.join("crm.json"));
    let error = registration("crm").write(out.path()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot write `{}`: ", file.display())), "{error}");
}

#[test]
fn each_error_of_the_registry_is_a_sentence_that_says_what_to_do() {
    let known = || vec!["crm".to_owned(), "erp".to_owned()];
    let empty = |found_by| RegistryError::Empty { snapshot: PathBuf::from("/s"), found_by };
    let none = |has_out_dir| RegistryError::NoSnapshot { beside: PathBuf::from("/m/schema"), has_out_dir };
    let rest = ", `DVKIT_SCHEMA` is not set, no `dvkit.toml` names one, and `/m/schema/org.json` does not exist\n\
                import one with `dvkit schema import … -o schema`, or say in build.rs where it is: \
                `dvkit_codegen::schema(\"crm\").from_dir(\"schema\").register()`";
    let nothing_in = " names `/s` as the folder of the snapshot, but there is no `org.json` in it";
    for (error, text) in [
        (
            RegistryError::Unknown { name: "cmr".into(), known: known() },
            "build.rs registers no schema `cmr`; did you mean `crm`?".to_owned(),
        ),
        (
            RegistryError::Unknown { name: "sales".into(), known: known() },
            "build.rs registers no schema `sales`, only `crm`, `erp`".to_owned(),
        ),
        (
            RegistryError::Several { known: known() },
            "build.rs registers several schemas: say which one, `crm`, `erp`".to_owned(),
        ),
        (none(true), format!("no snapshot of an organisation was found: build.rs registers none{rest}")),
        (none(false), format!("no snapshot of an organisation was found: the crate has no build.rs{rest}")),
        (empty(FoundBy::BuildScript), format!("build.rs{nothing_in}")),
        (empty(FoundBy::Variable), format!("the environment variable `DVKIT_SCHEMA`{nothing_in}")),
        (empty(FoundBy::Config("/c/dvkit.toml".into())), format!("`schema` in /c/dvkit.toml{nothing_in}")),
        (empty(FoundBy::BesideManifest), format!("the manifest's folder{nothing_in}")),
        (RegistryError::Damaged { path: "/a".into(), message: "m".into() }, "/a: m".to_owned()),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn the_default_organisation_of_a_configuration_is_the_named_or_the_only_one() {
    for (text, expected) in [
        ("", Ok(None)),
        ("other = 1", Ok(None)),
        ("schema = 'a'", Ok(Some("a"))),
        ("schema = 1", Err("`schema` has to be a path: `schema = \"schema\"`")),
        ("[orgs]", Ok(None)),
        ("[orgs.a]\nschema = 'x'", Ok(Some("x"))),
        ("[orgs.a]\nschema = 'x'\n[orgs.b]\nschema = 'y'", Ok(None)),
        ("schema = 'z'\n[orgs.a]\nschema = 'x'", Ok(Some("z"))),
        ("org = 'b'\n[orgs.a]\nschema = 'x'\n[orgs.b]\nschema = 'y'", Ok(Some("y"))),
        ("org = 'c'\n[orgs.a]\nschema = 'x'", Err("`org` names `c`, and there is no `[orgs.c]`")),
        ("org = 'c'", Err("`org` names `c`, and there is no `[orgs.c]`")),
        ("org = 1", Err("`org` has to be a name: `org = \"contoso\"`")),
        ("orgs = 1", Err("`orgs` has to be tables: `[orgs.contoso]`")),
        (
            "org = 'a'\nschema = 'z'",
            Err("`schema` and `org` both say which organisation is the default: write `[orgs.a]` alone"),
        ),
        ("org = 'a'\n[orgs]\na = 1", Err("`orgs.a` has to be a table: `[orgs.a]`")),
        ("[orgs.a]", Err("`orgs.a` does not say where its snapshot is: `schema = \"schema/a\"`")),
        ("[orgs.a]\nschema = 1", Err("`orgs.a` does not say where its snapshot is: `schema = \"schema/a\"`")),
    ] {
        let table = DeTable::parse(text).unwrap();
        let expected = expected.map_err(str::to_owned);
        assert_eq!(default_schema(table.get_ref()), expected, "{text}");
    }
}

#[test]
fn a_mistake_in_a_configuration_is_at_a_line_and_a_column() {
    for (text, place) in [
        ("=", "line 1, column 1: "),
        ("a = 1\nb = \nc = 2", "line 2, column 5: "),
        ("a = 'é' é", "line 1, column 9: "),
        ("a = 1\n\n\nb", "line 4, column 2: "),
    ] {
        let error = DeTable::parse(text).unwrap_err();
        let told = toml_error(&error, text);
        assert_eq!(told, format!("{place}{}", error.message()), "{text}");
    }
}

#[test]
fn the_registration_of_a_schema_keeps_its_form() {
    let enums = BTreeMap::from([("contact.statecode".to_owned(), "contact::ContactState".to_owned())]);
    let out = tempfile::tempdir().unwrap();
    registration("crm").with_enums(enums.clone()).write(out.path()).unwrap();
    let text = fs::read_to_string(path(out.path(), "crm", "json")).unwrap();
    let expected = r#"{
  "dvkit_registration": 1,
  "name": "crm",
  "snapshot": "/org/crm",
  "code": "/out/crm.rs",
  "language": 1033,
  "types": {
    "Contact": "contact"
  },
  "enums": {
    "contact.statecode": "contact::ContactState"
  }
}
"#;
    assert_eq!(text, expected);
    let found = registrations(out.path()).unwrap();
    assert_eq!(found, [registration("crm").with_enums(enums)]);
    let crm = || registration("crm");
    for (name, known, at) in [
        (Some("crm"), vec![crm()], Some(0)),
        (Some("crm"), vec![registration("erp"), crm(), crm()], Some(1)),
        (Some("erp"), vec![crm()], None),
        (None, vec![crm()], Some(0)),
        (None, vec![crm(), crm()], None),
        (None, vec![], None),
    ] {
        assert_eq!(position(name, &known).ok(), at, "{name:?} in {known:?}");
    }
    // A registration of an earlier version has no enums.
    let old =
        text.replace(",\n  \"enums\": {\n    \"contact.statecode\": \"contact::ContactState\"\n  }", "");
    fs::write(path(out.path(), "crm", "json"), old).unwrap();
    assert_eq!(registrations(out.path()).unwrap(), [registration("crm")]);
}

#[test]
fn the_environment_of_a_macro_is_that_of_its_process() {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let found = MacroEnv::of_process();
    // cargo gives the tests of a crate the folder of its manifest.
    assert_eq!(found.manifest_dir, of("CARGO_MANIFEST_DIR"));
    assert_eq!((found.out_dir, found.variable), (of("OUT_DIR"), of("DVKIT_SCHEMA")));
}
