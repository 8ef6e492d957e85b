mod safety;
mod views;

use super::*;
use crate::{
    Cascade, CascadeAction, ChoiceOption, ChoiceRef, Column, ColumnType, LocalizedText, Relationship, Side,
};
use std::fs;

fn schema() -> Schema {
    let mut account = Table {
        logical_name: "account".into(),
        entity_set: Some("accounts".into()),
        primary_id: Some("accountid".into()),
        display_name: LocalizedText::new(1033, "Account"),
        ..Table::default()
    };
    let options = vec![
        ChoiceOption { value: 1, label: LocalizedText::new(1033, "Active"), ..ChoiceOption::default() },
        ChoiceOption { value: 0, label: LocalizedText::new(1031, "Inaktiv"), ..ChoiceOption::default() },
    ];
    let local = Choice { name: "account_statecode".into(), options: options.clone(), ..Choice::default() };
    account.columns = vec![
        Column::new(
            "statecode",
            ColumnType::State { choice: Some(ChoiceRef::Local(local)), default: Some(1) },
        ),
        Column::new("accountid", ColumnType::Uniqueidentifier),
        Column::new(
            "revenue",
            ColumnType::Money {
                min: Some(-922_337_203_685_477.0),
                max: Some(0.1),
                precision: Some(2),
                precision_source: None,
                calculation_of: None,
            },
        ),
        Column::new(
            "kind",
            ColumnType::Choice { choice: Some(ChoiceRef::Global("Kind".into())), default: Some(-1) },
        ),
        Column::new(
            "parentaccountid",
            ColumnType::Lookup { targets: vec!["contact".into(), "account".into()] },
        ),
    ];
    account.change_tracking = Some(true);
    account.relationships = vec![Relationship {
        navigation: Some("parentaccountid".into()),
        side: Side::ManyToOne,
        table: "account".into(),
        column: Some("parentaccountid".into()),
        referenced: Some("accountid".into()),
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: None,
        hierarchical: Some(true),
        cascade: Some(Cascade { delete: Some(CascadeAction::RemoveLink), ..Cascade::default() }),
    }];
    let mut schema = Schema::default();
    schema.org.languages = vec![1033, 1031];
    schema.tables.insert("account".into(), account);
    schema.tables.insert("x".into(), Table { logical_name: "x".into(), ..Table::default() });
    for name in ["Kind", "kind"] {
        let choice =
            Choice { name: name.into(), global: true, options: options.clone(), ..Choice::default() };
        schema.choices.insert(name.into(), choice);
    }
    schema
}

#[test]
fn a_written_snapshot_reads_back_as_the_same_schema() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("deep/er/schema");
    let mut expected = schema();
    let summary = write(&dir, &expected).unwrap();
    assert_eq!((summary.tables, summary.choices, summary.files, summary.unchanged), (2, 2, 5, false));
    expected.sort();
    let store = Store::open(&dir).unwrap();
    assert_eq!(store.load().unwrap(), expected);
    assert_eq!(store.table_by_entity_set("accounts").unwrap().logical_name, "account");
    assert!(store.table_by_entity_set("Accounts").is_none());
    assert!(store.table("nothing").unwrap().is_none());
    assert_eq!(store.choice("Kind").unwrap().unwrap().options.len(), 2);
    assert!(std::ptr::eq(store.table("account").unwrap().unwrap(), store.table("account").unwrap().unwrap()));
    assert!(write(&dir, &expected).unwrap().unchanged);
    assert_eq!(fs::read_dir(dir.parent().unwrap()).unwrap().count(), 1, "no sibling stays");
}

fn text(dir: &Path, relative: &str) -> String {
    fs::read_to_string(dir.join(relative)).unwrap()
}

/// Returns the contents of every file below `dir`, by relative path.
fn tree(dir: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    fn walk(dir: &Path, below: &str, into: &mut std::collections::BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{below}/{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                walk(&entry.path(), &name, into);
            } else {
                into.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut into = std::collections::BTreeMap::new();
    walk(dir, "", &mut into);
    into
}

#[test]
fn a_snapshot_file_has_one_object_a_line() {
    let home = tempfile::tempdir().unwrap();
    write(home.path().join("s"), &schema()).unwrap();
    let dir = home.path().join("s");
    expect_test::expect![[r#"
        {
          "dvkit_snapshot": 1,
          "org": {"languages": [1031, 1033]},
          "tables": [
            {"logical_name": "account", "entity_set": "accounts", "display_name": {"1033": "Account"}, "primary_id": "accountid"},
            {"logical_name": "x"}
          ],
          "choices": [
            {"name": "Kind", "file": "=4bind"},
            {"name": "kind"}
          ]
        }
    "#]]
    .assert_eq(&text(&dir, "org.json"));
    expect_test::expect![[r#"
        {
          "logical_name": "account",
          "entity_set": "accounts",
          "display_name": {"1033": "Account"},
          "primary_id": "accountid",
          "change_tracking": true,
          "columns": [
            {"logical_name": "accountid", "type": "uniqueidentifier"},
            {"logical_name": "kind", "type": "choice", "choice": {"global": "Kind"}, "default": -1},
            {"logical_name": "parentaccountid", "type": "lookup", "targets": ["account", "contact"]},
            {"logical_name": "revenue", "type": "money", "min": -922337203685477.0, "max": 0.1, "precision": 2},
            {"logical_name": "statecode", "type": "state", "choice": {"local": {"name": "account_statecode", "options": [{"value": 0, "label": {"1031": "Inaktiv"}}, {"value": 1, "label": {"1033": "Active"}}]}}, "default": 1}
          ],
          "relationships": [
            {"navigation": "parentaccountid", "side": "many_to_one", "table": "account", "column": "parentaccountid", "referenced": "accountid", "hierarchical": true, "cascade": {"delete": "remove_link"}}
          ]
        }
    "#]]
    .assert_eq(&text(&dir, "tables/account.json"));
    expect_test::expect![[r#"
        {
          "name": "Kind",
          "global": true,
          "options": [
            {"value": 0, "label": {"1031": "Inaktiv"}},
            {"value": 1, "label": {"1033": "Active"}}
          ]
        }
    "#]]
    .assert_eq(&text(&dir, "choices/=4bind.json"));
}

#[test]
fn the_order_of_the_input_does_not_change_the_files() {
    let home = tempfile::tempdir().unwrap();
    let (first, second) = (home.path().join("a"), home.path().join("b"));
    let mut shuffled = schema();
    shuffled.org.languages.reverse();
    let account = shuffled.tables.get_mut("account").unwrap();
    account.columns.reverse();
    account.columns.swap(0, 2);
    write(&first, &schema()).unwrap();
    write(&second, &shuffled).unwrap();
    assert_eq!(tree(&first), tree(&second));
    assert!(tree(&first).values().all(|t| t.ends_with(b"\n") && !t.contains(&b'\r')));
}

#[test]
fn a_store_gives_the_same_from_files_texts_and_a_schema() {
    static FILES: &[(&str, &str)] = &[
        (
            "org.json",
            r#"{"dvkit_snapshot":1,"tables":[{"logical_name":"x","entity_set":"xs"}],"choices":[{"name":"c"}]}"#,
        ),
        (
            "tables/x.json",
            r#"{"logical_name":"x","entity_set":"xs","columns":[{"logical_name":"b","type":"big_int"},{"logical_name":"a","type":"memo"}]}"#,
        ),
        ("choices/c.json", r#"{"name":"c","global":true,"options":[]}"#),
    ];
    let store = Store::from_files(FILES).unwrap();
    let table = store.table("x").unwrap().unwrap();
    assert!(table.column("a").is_some() && table.column("b").is_some(), "sorted although the file is not");
    let texts = FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    assert_eq!(Store::from_texts(texts).unwrap().load().unwrap(), store.load().unwrap());
    let missing = Store::from_texts([]).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
    let again = Store::from_schema(store.load().unwrap());
    assert_eq!(again.table("x").unwrap(), Some(table));
    assert_eq!(again.table_by_entity_set("xs").unwrap().logical_name, "x");
    assert_eq!(again.choices().collect::<Vec<_>>(), ["c"]);
    assert_eq!(again.choice("c").unwrap(), store.choice("c").unwrap());
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&store);
}

#[test]
fn errors_name_file_line_and_column() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    assert!(matches!(Store::open(&dir), Err(StoreError::Missing { .. })));
    write(&dir, &schema()).unwrap();

    let table = dir.join("tables/account.json");
    let whole = text(&dir, "tables/account.json");
    let line_at = |offset: usize| whole[..offset].lines().count();
    fs::write(&table, &whole[..whole.len() / 2]).unwrap();
    let store = Store::open(&dir).unwrap();
    let error = store.table("account").unwrap_err().to_string();
    let place = format!("account.json:{}:", line_at(whole.len() / 2));
    assert!(error.contains(&place), "{error}");
    assert!(error.contains("EOF"), "{error}");
    fs::write(&table, whole.replace("\"uniqueidentifier\"", "\"uniqueidentifierr\"")).unwrap();
    let error = store.table("account").unwrap_err().to_string();
    let place = format!("account.json:{}:", line_at(whole.find("\"uniqueidentifier\"").unwrap()));
    assert!(error.contains(&place) && error.contains("uniqueidentifierr"), "{error}");
    fs::write(&table, whole.replace("\"account\"", "\"contact\"")).unwrap();
    assert!(store.table("account").unwrap_err().to_string().contains("about table `contact`"));
    fs::remove_file(&table).unwrap();
    assert!(store.table("account").unwrap_err().to_string().contains("does not exist"));
    // A file that was damaged can be read once it is repaired.
    fs::write(&table, &whole).unwrap();
    assert!(store.table("account").unwrap().is_some());

    let deep = format!("{{\"logical_name\": \"x\", \"columns\": {}1{}}}", "[".repeat(300), "]".repeat(300));
    fs::write(dir.join("tables/x.json"), deep).unwrap();
    let error = store.table("x").unwrap_err().to_string();
    assert!(matches!(store.table("x"), Err(StoreError::Damaged { line: 1, .. })), "{error}");
    fs::File::create(dir.join("tables/x.json")).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
    assert!(matches!(store.table("x"), Err(StoreError::TooLarge { .. })));
}

#[test]
fn a_file_too_large_to_be_read_is_not_written() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("schema");
    let schema_name = Some("x".repeat(usize::try_from(MAX_FILE_BYTES).unwrap()));
    let table = Table { logical_name: "x".into(), schema_name, ..Table::default() };
    let schema = Schema { tables: [("x".into(), table)].into(), ..Schema::default() };
    assert!(matches!(write(&dir, &schema), Err(StoreError::TooLarge { .. })));
    assert!(!dir.exists());
}

#[test]
fn an_index_cannot_name_files_outside_the_snapshot() {
    let home = tempfile::tempdir().unwrap();
    let open = |index: &str| {
        fs::write(home.path().join("org.json"), index).unwrap();
        Store::open(home.path())
    };
    for index in [
        r#"{"dvkit_snapshot":1,"tables":[{"logical_name":"../../etc/passwd"}]}"#,
        r#"{"dvkit_snapshot":1,"tables":[{"logical_name":"x","file":"../x"}]}"#,
        r#"{"dvkit_snapshot":1,"choices":[{"name":"x","file":"/etc/x"}]}"#,
        r#"{"dvkit_snapshot":1,"tables":[{"logical_name":"x"},{"logical_name":"x"}]}"#,
        r#"{"dvkit_snapshot":0}"#,
        r#"{"tables":[]}"#,
        "[]",
        "",
    ] {
        assert!(matches!(open(index), Err(StoreError::Damaged { .. })), "{index}");
    }
    for index in [r#"{"dvkit_snapshot":2}"#, r#"{"dvkit_snapshot":7,"tables":{"all":"new"}}"#] {
        let error = open(index).unwrap_err();
        assert!(matches!(error, StoreError::Newer { known: FORMAT_VERSION, .. }), "{error}");
        assert!(error.to_string().contains("newer dvkit"), "{error}");
        assert!(matches!(write(home.path(), &schema()), Err(StoreError::Newer { .. })), "not overwritten");
    }
}

#[test]
fn a_directory_that_is_not_a_snapshot_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    fs::create_dir(&dir).unwrap();
    write(&dir, &schema()).unwrap();
    let other = home.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("thesis.txt"), "years").unwrap();
    assert!(matches!(write(&other, &schema()), Err(StoreError::Occupied { .. })));
    fs::write(other.join("org.json"), "{\"mine\": true}").unwrap();
    assert!(write(&other, &schema()).is_err());
    assert_eq!(tree(&other).len(), 2);
    let file = home.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(write(&file, &schema()).is_err());
    assert_eq!(fs::read(&file).unwrap(), b"x");
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn a_write_keeps_user_files_and_removes_old_tables() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    write(&dir, &schema()).unwrap();
    fs::write(dir.join("README.md"), "ours").unwrap();
    fs::write(dir.join("tables/notes.txt"), "ours").unwrap();
    fs::create_dir_all(dir.join("extra/deep")).unwrap();
    fs::write(dir.join("extra/deep/x"), "ours").unwrap();
    let mut smaller = schema();
    smaller.tables.remove("x");
    smaller.choices.clear();
    write(&dir, &smaller).unwrap();
    let names: Vec<_> = tree(&dir).into_keys().collect();
    assert_eq!(
        names,
        ["/README.md", "/extra/deep/x", "/org.json", "/tables/account.json", "/tables/notes.txt"]
    );
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn a_crash_leaves_the_old_snapshot_or_the_new_one() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    let (new, old) = (home.path().join(".s.dvkit-new"), home.path().join(".s.dvkit-old"));
    write(&dir, &schema()).unwrap();

    // A crash while the new snapshot was being written.
    fs::create_dir(&new).unwrap();
    fs::write(new.join("org.json"), "{\"dvkit_snap").unwrap();
    assert_eq!(Store::open(&dir).unwrap().load().unwrap().tables.len(), 2);
    assert!(write(&dir, &schema()).unwrap().unchanged);
    assert!(!new.exists());

    // A crash between the two renames.
    fs::write(dir.join("README.md"), "ours").unwrap();
    fs::create_dir(&new).unwrap();
    fs::rename(&dir, &old).unwrap();
    assert_eq!(
        Store::open(&dir).unwrap().load().unwrap().tables.len(),
        2,
        "read from where it was put aside"
    );
    assert!(write(&dir, &schema()).unwrap().unchanged);
    assert!(!new.exists() && !old.exists());

    // A crash after both renames, before the old snapshot was removed.
    fs::rename(&dir, &old).unwrap();
    write(&dir, &Schema::default()).unwrap();
    assert_eq!(Store::open(&dir).unwrap().load().unwrap(), Schema::default(), "put back, then written");
    assert!(!old.exists() && dir.join("README.md").exists());
}

#[test]
fn the_next_writer_cleans_up_after_a_crash_behind_the_swap() {
    let home = tempfile::tempdir().unwrap();
    let (dir, old) = (home.path().join("s"), home.path().join(".s.dvkit-old"));
    write(&dir, &schema()).unwrap();
    fs::write(dir.join("README.md"), "ours").unwrap();
    let mut other = schema();
    other.tables.remove("x");
    let staged = home.path().join("staged");
    write(&staged, &other).unwrap();
    fs::rename(&dir, &old).unwrap();
    fs::rename(&staged, &dir).unwrap();
    assert_eq!(Store::open(&dir).unwrap().tables().count(), 1);
    assert!(write(&dir, &other).unwrap().unchanged);
    assert!(!old.exists());
    assert_eq!(fs::read(dir.join("README.md")).unwrap(), b"ours");
    assert!(!dir.join("tables/x.json").exists());
}

#[test]
fn a_second_writer_is_refused_while_the_first_holds_the_lock() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    let lock = fs::File::create(home.path().join(".s.dvkit-lock")).unwrap();
    lock.lock().unwrap();
    assert!(matches!(write(&dir, &schema()), Err(StoreError::Busy { .. })));
    lock.unlock().unwrap();
    write(&dir, &schema()).unwrap();
}

#[test]
fn labels_keep_their_languages_inside_tagged_types() {
    let mut schema = schema();
    schema.sort();
    let account = &schema.tables["account"];
    let json = serde_json::to_string(account).unwrap();
    assert_eq!(&serde_json::from_str::<Table>(&json).unwrap(), account);
    assert!(serde_json::from_str::<LocalizedText>(r#"{"english": "x"}"#).is_err());
}

#[test]
#[cfg(unix)]
fn an_unchanged_file_stays_the_same_file_on_disk() {
    use std::os::unix::fs::MetadataExt as _;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    let inode = |file: &str| fs::metadata(dir.join(file)).unwrap().ino();
    let mut changed = schema();
    write(&dir, &changed).unwrap();
    let (account, x) = (inode("tables/account.json"), inode("tables/x.json"));
    changed.tables.get_mut("x").unwrap().custom = Some(true);
    assert!(!write(&dir, &changed).unwrap().unchanged);
    assert_eq!(inode("tables/account.json"), account);
    assert_ne!(inode("tables/x.json"), x);
    assert_eq!(Store::open(&dir).unwrap().table("x").unwrap().unwrap().custom, Some(true));
}

#[test]
fn many_files_are_written_and_removed() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    let mut many = Schema::default();
    for i in 0..100 {
        let name = format!("table{i}");
        many.tables.insert(name.clone(), Table { logical_name: name, ..Table::default() });
    }
    write(&dir, &many).unwrap();
    assert_eq!(Store::open(&dir).unwrap().load().unwrap(), many);
    many.tables.retain(|name, _| name.ends_with('7'));
    write(&dir, &many).unwrap();
    assert_eq!(fs::read_dir(dir.join("tables")).unwrap().count(), many.tables.len());
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn a_store_lists_the_files_that_it_has_read() {
    let home = tempfile::tempdir().unwrap();
    write(home.path().join("s"), &schema()).unwrap();
    let dir = home.path().join("s");
    let store = Store::open(&dir).unwrap();
    assert_eq!(store.files_read(), [dir.join("org.json")]);
    store.table("account").unwrap();
    store.choice("Kind").unwrap();
    store.table("nosuch").unwrap();
    let files = store.files_read();
    assert_eq!(
        files,
        [dir.join("org.json"), dir.join("tables/account.json"), dir.join("choices/=4bind.json")]
    );
    assert!(files.iter().all(|f| f.is_file()));
    assert!(Store::from_schema(schema()).files_read().is_empty());
}

fn operation(name: &str, parameters: &[&str]) -> Operation {
    let parameter = |name: &&str| crate::Parameter {
        name: (*name).to_owned(),
        value: crate::ValueType { name: "Edm.String".into(), collection: false, nullable: true },
        optional: false,
    };
    Operation {
        name: name.into(),
        kind: crate::OperationKind::Function,
        bound: false,
        composable: false,
        filter_only: false,
        parameters: parameters.iter().map(parameter).collect(),
        returns: Some(crate::ValueType { name: "WhoAmIResponse".into(), collection: false, nullable: false }),
    }
}

#[test]
fn the_file_of_operations_is_read_only_when_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    let mut with = schema();
    with.operations =
        vec![operation("WhoAmI", &[]), operation("Ask", &["What"]), operation("Ask", &["What"])];
    assert_eq!(write(&dir, &with).unwrap().files, 6);
    expect_test::expect![[r#"
        {
          "operations": [
            {"name": "Ask", "kind": "function", "parameters": [{"name": "What", "type": "Edm.String", "nullable": true}], "returns": {"type": "WhoAmIResponse"}},
            {"name": "WhoAmI", "kind": "function", "returns": {"type": "WhoAmIResponse"}}
          ]
        }
    "#]]
    .assert_eq(&text(&dir, "operations.json"));
    assert!(text(&dir, "org.json").contains("\"operations\": true"));
    with.sort();
    assert_eq!(with.operations.len(), 2, "the same twice is one");
    let store = Store::open(&dir).unwrap();
    assert!(store.has_operations());
    store.table("account").unwrap();
    assert!(!store.files_read().contains(&dir.join("operations.json")));
    assert_eq!(store.operations().unwrap(), with.operations);
    assert!(store.files_read().contains(&dir.join("operations.json")));
    assert_eq!(store.load().unwrap(), with);

    // If the file is missing, only a call that needs it fails.
    fs::remove_file(dir.join("operations.json")).unwrap();
    let store = Store::open(&dir).unwrap();
    assert!(store.table("account").unwrap().is_some());
    assert!(matches!(store.operations(), Err(StoreError::Damaged { .. })));

    // A snapshot without operations is complete, and their file is removed.
    write(&dir, &with).unwrap();
    assert!(dir.join("operations.json").exists());
    write(&dir, &schema()).unwrap();
    assert!(!dir.join("operations.json").exists());
    let store = Store::open(&dir).unwrap();
    assert!(!store.has_operations() && store.operations().unwrap().is_empty());
}

#[test]
fn kept_operations_are_the_same_bytes_and_count_for_the_fetch_state() {
    let home = tempfile::tempdir().unwrap();
    let (dir, other) = (home.path().join("s"), home.path().join("o"));
    let with = Schema { operations: vec![operation("WhoAmI", &[])], ..Schema::default() };
    let mut writer = SnapshotWriter::begin(&dir).unwrap();
    writer.operations(&with.operations).unwrap();
    let summary = writer.finish(&with.org, &SyncState::new("u", serde_json::Value::Null)).unwrap();
    assert_eq!(summary.files, 2);
    let store = Store::open(&dir).unwrap();
    let sync = SyncState::read(&dir).unwrap().unwrap();
    assert!(sync.belongs_to(&store).unwrap());
    let mut writer = SnapshotWriter::begin(&other).unwrap();
    writer.keep_operations(&store).unwrap();
    writer.finish(&with.org, &sync).unwrap();
    assert_eq!(text(&dir, "operations.json"), text(&other, "operations.json"));
    fs::write(dir.join("operations.json"), "{\"operations\": []}").unwrap();
    assert!(!sync.belongs_to(&Store::open(&dir).unwrap()).unwrap());
}
