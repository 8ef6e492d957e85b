//! What a store gives without reading a file, and what its errors say.

use super::*;
use crate::complete::{complete, from_json, label, to_json};

fn table(name: &str) -> Table {
    Table { logical_name: name.into(), entity_set: Some(format!("{name}s")), ..Table::default() }
}

fn store(tables: Vec<Table>) -> Store {
    let tables = tables.into_iter().map(|table| (table.logical_name.clone(), table)).collect();
    Store::from_schema(Schema { tables, ..Schema::default() })
}

#[test]
fn each_fact_of_a_snapshot_is_read_as_it_was_written() {
    let whole = complete();
    assert!(from_json(&to_json(&whole)).as_ref() == Some(&whole));
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    let summary = write(&dir, &whole).unwrap();
    assert_eq!((summary.tables, summary.choices, summary.operations), (2, 1, 3));
    assert_eq!((summary.files, summary.written, summary.unchanged), (5, 5, false));
    let size: usize = tree(&dir).values().map(Vec::len).sum();
    assert_eq!(summary.bytes, size as u64);
    let store = Store::open(&dir).unwrap();
    assert!(store.load().unwrap() == whole);
    // The index has the facts of the table that it repeats.
    for (name, table) in &whole.tables {
        assert_eq!(store.entry(name), Some(&TableEntry::of(table)), "{name}");
        let entry = store.entry(name).unwrap();
        assert_eq!((&entry.display_name, &entry.primary_id), (&table.display_name, &table.primary_id));
        assert_eq!(
            (&entry.primary_name, entry.object_type_code),
            (&table.primary_name, table.object_type_code)
        );
        assert_eq!((entry.kind, &entry.base, entry.private), (table.kind, &table.base, table.private));
        assert_eq!((entry.custom, entry.partial), (table.custom, table.partial));
    }
    let again = write(&dir, &whole).unwrap();
    assert_eq!((again.written, again.unchanged, again.bytes), (0, true, summary.bytes));
    let mut changed = whole;
    changed.tables.get_mut("new_port").unwrap().custom = Some(false);
    assert_eq!(write(&dir, &changed).unwrap().written, 2, "the table and the index");
}

#[test]
fn a_snapshot_is_partial_if_each_of_its_tables_is() {
    let part = |name: &str, partial| Table { partial, ..table(name) };
    for (tables, expected) in [
        (vec![], false),
        (vec![part("a", true)], true),
        (vec![part("a", true), part("b", true)], true),
        (vec![part("a", true), part("b", false)], false),
        (vec![part("a", false)], false),
    ] {
        let row = format!("{tables:?}");
        assert_eq!(store(tables).is_partial(), expected, "{row}");
    }
}

#[test]
fn a_store_shows_labels_in_the_base_language() {
    let mut schema = Schema::default();
    assert_eq!(Store::from_schema(schema.clone()).text(&label("a")), Some("a"));
    schema.org.base_language = Some(1031);
    let store = Store::from_schema(schema);
    assert_eq!(store.text(&label("a")), Some("a (de)"));
    assert_eq!((store.text(&LocalizedText::default()), store.org().base_language), (None, Some(1031)));
}

#[test]
fn a_shared_schema_is_extended_by_tables_that_it_does_not_describe() {
    let reference = Table { logical_name: "c".into(), partial: true, ..Table::default() };
    let mut schema = Schema { operations: vec![operation("o", &["p"])], ..Schema::default() };
    for table in [table("b"), reference] {
        schema.tables.insert(table.logical_name.clone(), table);
    }
    let choice = Choice { name: "g".into(), ..Choice::default() };
    schema.choices.insert("g".into(), choice.clone());
    let schema = Arc::new(schema);
    let further = |name: &str| Table { display_name: label("further"), ..table(name) };
    let unsorted = Table {
        columns: vec![Column::new("z", ColumnType::BigInt), Column::new("a", ColumnType::BigInt)],
        ..further("a")
    };
    let store = Store::from_shared(Arc::clone(&schema), vec![further("c"), further("b"), unsorted]);
    let names: Vec<_> = store.tables().map(|entry| entry.logical_name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let is_further = |name: &str| !store.table(name).unwrap().unwrap().display_name.is_empty();
    assert_eq!(["a", "b", "c"].map(is_further), [true, false, true]);
    assert_eq!(
        ["a", "b", "c"].map(|name| store.entry(name).unwrap().display_name.is_empty()),
        [false, true, false]
    );
    assert!(store.table("a").unwrap().unwrap().column("a").is_some(), "sorted");
    assert!(store.table("d").unwrap().is_none() && store.entry("d").is_none());
    assert_eq!(store.table_by_entity_set("cs").map(|entry| entry.logical_name.as_str()), Some("c"));
    assert_eq!((store.choice("g").unwrap(), store.choice("h").unwrap()), (Some(&choice), None));
    assert_eq!(store.choices().collect::<Vec<_>>(), ["g"]);
    assert!(store.has_operations());
    assert_eq!(store.operations().unwrap(), schema.operations);
    assert_eq!(store.load().unwrap().tables.len(), 3);
    let without = Store::from_shared(Arc::new(Schema::default()), Vec::new());
    assert!(!without.has_operations() && without.operations().unwrap().is_empty());
}

#[test]
fn only_a_store_of_a_directory_has_files() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    write(&dir, &schema()).unwrap();
    let store = Store::open(&dir).unwrap();
    assert_eq!(store.files_read(), [dir.join("org.json")]);
    store.table("account").unwrap();
    store.choice("Kind").unwrap();
    assert!(store.choice("none").unwrap().is_none());
    let read = ["org.json", "tables/account.json", "choices/=4bind.json"].map(|path| dir.join(path));
    assert_eq!(store.files_read(), read);
    assert_eq!(store.table_file("account"), Some(dir.join("tables/account.json")));
    assert_eq!(store.choice_file("Kind"), Some(dir.join("choices/=4bind.json")));
    assert_eq!((store.table_file("none"), store.choice_file("none")), (None, None));
    let memory = Store::from_schema(schema());
    assert_eq!((memory.table_file("account"), memory.choice_file("Kind")), (None, None));
    assert!(memory.files_read().is_empty());
}

#[test]
fn an_error_says_what_and_where() {
    let path = PathBuf::from("s/org.json");
    let damaged =
        |line, column| StoreError::Damaged { path: path.clone(), line, column, message: "m".into() };
    for (error, text) in [
        (StoreError::Missing { path: path.clone() }, "no snapshot: `s/org.json` does not exist"),
        (
            StoreError::Newer { path: path.clone(), found: 2, known: 1 },
            "s/org.json: the snapshot has format 2, but this version of dvkit reads formats up to 1; use a newer dvkit \
             or import the metadata again",
        ),
        (damaged(0, 0), "s/org.json: damaged snapshot file: m"),
        (damaged(1, 0), "s/org.json:1: damaged snapshot file: m"),
        (damaged(1, 1), "s/org.json:1:1: damaged snapshot file: m"),
        (StoreError::TooLarge { path: path.clone() }, "s/org.json: greater than 64 MiB"),
        (
            StoreError::Occupied { path: path.clone() },
            "s/org.json: not empty and not a snapshot (no `org.json` of one in it), so it is left as it is; name another \
             directory",
        ),
        (
            StoreError::Replaced { path: path.clone() },
            "s/org.json: the snapshot was replaced by another process while it was being read; try again",
        ),
        (
            StoreError::Busy { path: path.clone() },
            "another process is writing this snapshot (it holds `s/org.json`)",
        ),
    ] {
        assert_eq!(error.to_string(), text);
        assert!(std::error::Error::source(&error).is_none(), "{text}");
    }
    let io = StoreError::io("read", "s")(std::io::Error::other("broken"));
    assert_eq!(io.to_string(), "cannot read `s`: broken");
    assert!(std::error::Error::source(&io).is_some());
}

fn read_index(index: &str) -> Result<Store, String> {
    Store::from_texts([("org.json".to_owned(), index.to_owned())]).map_err(|e| e.to_string())
}

#[test]
fn an_index_out_of_order_is_sorted_and_one_with_a_name_twice_is_refused() {
    let store = read_index(
        r#"{"dvkit_snapshot":1,"tables":[{"logical_name":"b"},{"logical_name":"a"}],"choices":[{"name":"d"},{"name":"c"}]}"#,
    )
    .unwrap();
    let names: Vec<_> = store.tables().map(|t| t.logical_name.as_str()).chain(store.choices()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    for (index, message) in [
        (
            r#"{"dvkit_snapshot":1,"tables":[{"logical_name":"a"},{"logical_name":"b"},{"logical_name":"a"}]}"#,
            "org.json: damaged snapshot file: table `a` is listed twice",
        ),
        (
            r#"{"dvkit_snapshot":1,"choices":[{"name":"c"},{"name":"c"}]}"#,
            "org.json: damaged snapshot file: choice `c` is listed twice",
        ),
        (r#"{"dvkit_snapshot":0}"#, "org.json: damaged snapshot file: format 0 does not exist"),
        (
            r#"{"dvkit_snapshot":1,"choices":[{"name":"c","file":"a/b"}]}"#,
            "org.json: damaged snapshot file: `a/b` is no name of a snapshot file",
        ),
        (
            r#"{"dvkit_snapshot":1,"tables":5}"#,
            "org.json:1:30: damaged snapshot file: invalid type: integer `5`, expected a sequence",
        ),
    ] {
        assert_eq!(read_index(index).unwrap_err(), message, "{index}");
    }
    assert!(read_index("\u{feff}{\"dvkit_snapshot\":1}").is_ok());
}

#[test]
fn a_file_about_another_object_is_damaged() {
    let index =
        r#"{"dvkit_snapshot":1,"tables":[{"logical_name":"a"}],"choices":[{"name":"c"}],"operations":true}"#;
    let open = |path: &str, text: &str| {
        Store::from_texts([("org.json".to_owned(), index.to_owned()), (path.to_owned(), text.to_owned())])
            .unwrap()
    };
    let other = open("choices/c.json", r#"{"name":"d","options":[]}"#);
    assert_eq!(
        other.choice("c").unwrap_err().to_string(),
        "choices/c.json: damaged snapshot file: it is about choice `d`, but `org.json` says `c`"
    );
    let none = open("x", "");
    for (error, text) in [
        (
            none.choice("c").unwrap_err(),
            "choices/c.json: damaged snapshot file: it does not exist, but `org.json` lists choice `c`",
        ),
        (
            none.table("a").unwrap_err(),
            "tables/a.json: damaged snapshot file: it does not exist, but `org.json` lists table `a`",
        ),
        (
            none.operations().unwrap_err(),
            "operations.json: damaged snapshot file: it does not exist, but `org.json` says that it does",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
    // A choice or the operations of a file merged by hand are sorted.
    let unsorted = open("choices/c.json", r#"{"name":"c","options":[{"value":2},{"value":1}]}"#);
    assert_eq!(unsorted.choice("c").unwrap().unwrap().options[0].value, 1);
    let twice = r#"{"name":"o","kind":"action"}"#;
    let unsorted = open(
        "operations.json",
        &format!(r#"{{"operations":[{twice},{{"name":"a","kind":"action"}},{twice}]}}"#),
    );
    let names: Vec<_> = unsorted.operations().unwrap().iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["a", "o"]);
}

#[test]
fn the_fetch_state_belongs_to_one_state_of_the_files() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    assert_eq!(SyncState::read(&dir).unwrap(), None);
    let mut state = SyncState::new("u", serde_json::json!({"tables": ["a"]}));
    state.stamp = Some("1".into());
    let mut writer = SnapshotWriter::begin(&dir).unwrap();
    for name in ["b", "a"] {
        writer.table(&table(name)).unwrap();
    }
    writer.choice(&Choice { name: "c".into(), ..Choice::default() }).unwrap();
    writer.operations(&[]).unwrap();
    let org = Org { languages: vec![1033, 1031, 1033], ..Org::default() };
    let summary = writer.finish(&org, &state).unwrap();
    assert_eq!((summary.tables, summary.choices, summary.operations, summary.files), (2, 1, 0, 4));
    assert_eq!((summary.written, summary.unchanged), (4, false));
    let sizes = tree(&dir)
        .iter()
        .filter(|(name, _)| *name != "/sync.json")
        .map(|(_, bytes)| bytes.len())
        .sum::<usize>();
    assert_eq!(summary.bytes, sizes as u64);
    let store = Store::open(&dir).unwrap();
    assert_eq!(store.org().languages, [1031, 1033]);
    assert!(!store.has_operations());
    let read = SyncState::read(&dir).unwrap().unwrap();
    assert_eq!(
        (read.url.as_str(), read.stamp.as_deref(), &read.requested),
        ("u", Some("1"), &state.requested)
    );
    assert!(read.belongs_to(&store).unwrap());
    assert!(!state.belongs_to(&store).unwrap(), "a state that was never written");
    // Line ends do not count, every other byte does.
    let crlf = |path: &str| fs::write(dir.join(path), text(&dir, path).replace('\n', "\r\n")).unwrap();
    ["org.json", "tables/a.json", "choices/c.json"].into_iter().for_each(crlf);
    assert!(read.belongs_to(&Store::open(&dir).unwrap()).unwrap());
    for path in ["org.json", "tables/a.json", "choices/c.json"] {
        let before = text(&dir, path);
        fs::write(dir.join(path), format!("{before} ")).unwrap();
        assert!(!read.belongs_to(&Store::open(&dir).unwrap()).unwrap(), "{path}");
        fs::write(dir.join(path), before).unwrap();
    }
    fs::remove_file(dir.join("choices/c.json")).unwrap();
    assert!(!read.belongs_to(&Store::open(&dir).unwrap()).unwrap());
    let sync = text(&dir, "sync.json");
    for (other, known) in [
        (sync.replace("\"dvkit_sync\": 1", "\"dvkit_sync\": 2"), false),
        ("{".to_owned(), false),
        (sync.clone(), true),
    ] {
        fs::write(dir.join("sync.json"), &other).unwrap();
        assert_eq!(SyncState::read(&dir).unwrap().is_some(), known, "{other}");
    }
    fs::File::create(dir.join("sync.json")).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
    assert_eq!(SyncState::read(&dir).unwrap(), None);
}

#[test]
fn a_kept_table_is_the_same_bytes() {
    let home = tempfile::tempdir().unwrap();
    let (dir, other) = (home.path().join("s"), home.path().join("o"));
    write(&dir, &schema()).unwrap();
    let spaced = text(&dir, "tables/x.json").replace('{', "{ ");
    fs::write(dir.join("tables/x.json"), &spaced).unwrap();
    let mut writer = SnapshotWriter::begin(&other).unwrap();
    let store = Store::open(&dir).unwrap();
    assert!(writer.keep_table(&store, "x").unwrap());
    assert!(!writer.keep_table(&store, "none").unwrap());
    assert!(!writer.keep_table(&Store::from_schema(schema()), "account").unwrap());
    writer
        .keep_operations(&Store::from_schema(Schema {
            operations: vec![operation("o", &[])],
            ..Schema::default()
        }))
        .unwrap();
    let summary = writer.finish(&Org::default(), &SyncState::default()).unwrap();
    assert_eq!((summary.tables, summary.operations, summary.files), (1, 1, 3));
    assert_eq!(text(&other, "tables/x.json"), spaced);
    let again = SnapshotWriter::begin(&other).and_then(|mut writer| {
        writer.keep_table(&store, "x")?;
        writer.operations(&[operation("o", &[])])?;
        writer.finish(&Org::default(), &SyncState::default())
    });
    let again = again.unwrap();
    assert_eq!((again.written, again.unchanged), (0, true));
}

#[test]
fn a_discarded_snapshot_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    write(&dir, &schema()).unwrap();
    fs::create_dir(home.path().join(".s.dvkit-new")).unwrap();
    fs::create_dir(home.path().join(".s.dvkit-old")).unwrap();
    fs::write(home.path().join(".s.dvkit-lock"), "").unwrap();
    discard(&dir).unwrap();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    write(&dir, &schema()).unwrap();
    fs::write(dir.join("notes.txt"), "mine").unwrap();
    let before = tree(&dir);
    assert!(discard(&dir).is_err());
    assert_eq!(tree(&dir), before);
}

#[test]
fn a_new_fetch_state_is_written_alone_if_the_snapshot_is_the_same() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    let fetched = |stamp: &str, tables: &[&str]| {
        let mut state = SyncState::new("u", serde_json::Value::Null);
        state.stamp = Some(stamp.into());
        let mut writer = SnapshotWriter::begin(&dir).unwrap();
        tables.iter().for_each(|name| writer.table(&table(name)).unwrap());
        let summary = writer.finish(&Org::default(), &state).unwrap();
        (summary.written, summary.unchanged)
    };
    let stamp = || SyncState::read(&dir).unwrap().unwrap().stamp;
    assert_eq!((fetched("1", &["a", "b"]), stamp().as_deref()), ((3, false), Some("1")));
    let mut files = tree(&dir);
    assert_eq!((fetched("1", &["a", "b"]), stamp().as_deref()), ((0, true), Some("1")));
    assert_eq!(tree(&dir), files);
    assert_eq!((fetched("2", &["a", "b"]), stamp().as_deref()), ((0, true), Some("2")));
    let mut later = tree(&dir);
    assert!(files.remove("/sync.json") != later.remove("/sync.json") && files == later);
    // Fewer files are another snapshot, although all of them are the same but the index.
    assert_eq!((fetched("3", &["a"]), stamp().as_deref()), ((1, false), Some("3")));
    assert!(SyncState::read(&dir).unwrap().unwrap().belongs_to(&Store::open(&dir).unwrap()).unwrap());
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn a_file_may_be_as_large_as_the_limit() {
    let limit = usize::try_from(MAX_FILE_BYTES).unwrap();
    let bounded = |size| super::super::write::bounded(Path::new("dir"), "tables/a.json", &vec![0; size]);
    assert!(bounded(limit - 1).is_ok() && bounded(limit).is_ok());
    let error = bounded(limit + 1).unwrap_err();
    assert!(
        matches!(&error, StoreError::TooLarge { path } if *path == Path::new("dir/tables/a.json")),
        "{error}"
    );
}
