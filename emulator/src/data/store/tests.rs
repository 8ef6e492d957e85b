//! The database of the rows: its format, its versions and the tables in it.

use dvkit_schema::{Column, ColumnType, Key, Schema};

use super::*;

fn open(path: Option<&Path>) -> RowStore {
    RowStore::open(path).unwrap()
}

fn refused(path: &Path) -> String {
    RowStore::open(Some(path)).map(|_| ()).unwrap_err().to_string()
}

fn text(name: &str) -> Column {
    Column::new(name, ColumnType::String { max_length: None, format: None })
}

/// Returns the store of a schema that has the table `new_a` with these columns and keys.
fn store(columns: &[&str], keys: &[(&str, &[&str], Option<&str>)]) -> Store {
    let key = |(name, columns, status): &(&str, &[&str], Option<&str>)| Key {
        name: (*name).to_owned(),
        schema_name: None,
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        status: status.map(str::to_owned),
    };
    let mut table = Table {
        logical_name: "new_a".into(),
        primary_id: Some("new_aid".into()),
        keys: keys.iter().map(key).collect(),
        ..Table::default()
    };
    table.columns.push(Column::new("new_aid", ColumnType::Uniqueidentifier));
    table.columns.extend(columns.iter().map(|name| text(name)));
    let schema = Schema { tables: [("new_a".to_owned(), table)].into(), ..Schema::default() };
    Store::from_shared(Arc::new(schema), Vec::new())
}

/// Returns what a query returns in its only column, in order.
fn listed(rows: &Rows, sql: &str) -> Vec<String> {
    let mut statement = rows.connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

const COLUMNS: &str = "SELECT name FROM pragma_table_info('new_a') ORDER BY cid";
const INDEXES: &str =
    "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE '%*key.%' ORDER BY name";

#[test]
fn versions_begin_at_a_million_and_a_failed_transaction_takes_none() {
    let store = open(None);
    let rows = store.lock();
    assert_eq!(rows.last_version(), 1_000_000);
    assert_eq!(
        (rows.next_version(), rows.next_version(), rows.last_version()),
        (1_000_001, 1_000_002, 1_000_002)
    );
    let kept = rows.transaction(|| Ok(rows.next_version())).unwrap();
    assert_eq!((kept, rows.last_version()), (1_000_003, 1_000_003));
    let failed: Result<(), _> = rows.transaction(|| {
        rows.next_version();
        rows.connection.execute("INSERT INTO \"*deleted\" VALUES (1, 'a', 'b')", [])?;
        Err(ServiceError::bad("no"))
    });
    assert_eq!(failed.unwrap_err(), ServiceError::bad("no"));
    assert_eq!(rows.last_version(), 1_000_003);
    assert_eq!(listed(&rows, "SELECT entity FROM \"*deleted\""), [""; 0]);
    assert!(rows.connection.is_autocommit());
}

#[test]
fn a_file_keeps_its_rows_and_the_last_version_of_a_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.db");
    let number = |rows: &Rows, name: &str| -> String {
        rows.connection
            .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
            .map(|value| format!("{value:?}"))
            .unwrap()
    };
    {
        let store = open(Some(&path));
        let rows = store.lock();
        rows.transaction(|| {
            rows.next_version();
            rows.connection.execute("INSERT INTO \"*deleted\" VALUES (7, 'a', 'b')", [])?;
            Ok(())
        })
        .unwrap();
        // A version outside of a transaction is not kept.
        rows.next_version();
        assert_eq!(number(&rows, "journal_mode"), "Text(\"wal\")");
        assert_eq!(number(&rows, "locking_mode"), "Text(\"exclusive\")");
        assert_eq!(number(&rows, "synchronous"), "Integer(1)");
        assert_eq!(number(&rows, "application_id"), format!("Integer({APPLICATION_ID})"));
        assert_eq!(number(&rows, "user_version"), "Integer(1)");
    }
    let store = open(Some(&path));
    let rows = store.lock();
    assert_eq!(rows.last_version(), 1_000_001);
    assert_eq!(listed(&rows, "SELECT entity FROM \"*deleted\" WHERE version = 7"), ["a"]);
    assert_eq!(number(&rows, "locking_mode"), "Text(\"exclusive\")");
    assert_eq!(number(&rows, "synchronous"), "Integer(1)");
    drop(rows);
    let memory = open(None);
    assert_eq!(number(&memory.lock(), "journal_mode"), "Text(\"memory\")");
    assert_eq!(number(&memory.lock(), "locking_mode"), "Text(\"normal\")");
}

#[test]
fn a_file_of_another_program_or_format_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = "the file is a database of another program; name a new file for the rows";
    for (name, sql, expected) in [
        ("table", "CREATE TABLE t (a)", foreign.to_owned()),
        ("id", "PRAGMA application_id = 5", foreign.to_owned()),
        ("version", "PRAGMA user_version = 1", foreign.to_owned()),
        (
            "old",
            "PRAGMA application_id = 1685482356; PRAGMA user_version = 2",
            "the file with the rows has format 2, and this version of the emulator reads format 1".to_owned(),
        ),
    ] {
        let path = folder.path().join(name);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        assert_eq!(refused(&path), expected, "{sql}");
        let count =
            Connection::open(&path)
                .unwrap()
                .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
        assert_eq!(count.unwrap(), i64::from(name == "table"), "{sql}");
    }
    let path = folder.path().join("text");
    std::fs::write(&path, "this is no database ".repeat(100)).unwrap();
    assert_eq!(refused(&path), "the file with the rows cannot be used: file is not a database");
}

#[test]
fn a_name_in_sql_is_in_quotes_and_an_insertion_has_a_place_for_each_column() {
    for (name, expected) in
        [("a", r#""a""#), ("a b", r#""a b""#), (r#"a"b"#, r#""a""b""#), ("a\0b", r#""ab""#), ("", r#""""#)]
    {
        assert_eq!(quoted(name), expected, "{name:?}");
    }
    assert_eq!(
        insert_sql("INSERT OR IGNORE", "t", ["a", "b"].into_iter()),
        r#"INSERT OR IGNORE INTO "t" ("a", "b") VALUES (?1, ?2)"#
    );
    assert_eq!(insert_sql("INSERT", "t", ["a"].into_iter()), r#"INSERT INTO "t" ("a") VALUES (?1)"#);
}

#[test]
fn a_table_gets_the_columns_of_each_state_of_the_organisation() {
    let rows = open(None);
    let rows = rows.lock();
    let (one, two) = (store(&["new_b"], &[]), store(&["new_b", "new_c"], &[]));
    assert!(rows.layout(&one, 1, "new_x").unwrap().is_none());
    let first = rows.layout(&one, 1, "new_a").unwrap().unwrap();
    assert_eq!(listed(&rows, COLUMNS), ["new_aid", "new_b", "*version"]);
    assert!(first.kind("new_c").is_none());
    // The layout of a state is kept, that of another is made anew.
    let same = rows.layout(&two, 1, "new_a").unwrap().unwrap();
    assert!(same.kind("new_c").is_none());
    let second = rows.layout(&two, 2, "new_a").unwrap().unwrap();
    assert!(second.kind("new_c").is_some());
    assert_eq!(listed(&rows, COLUMNS), ["new_aid", "new_b", "*version", "new_c"]);
    let version = listed(
        &rows,
        "SELECT type || ' ' || \"notnull\" || ' ' || dflt_value FROM pragma_table_info('new_a') WHERE name = '*version'",
    );
    assert_eq!(version, ["INTEGER 1 0"]);
    // An intersect table that the schema does not have is made from its layout, and one that it has from the schema.
    let layout = TableLayout::for_table(&Table {
        logical_name: "new_x".into(),
        columns: vec![text("new_y")],
        ..Table::default()
    });
    rows.ensure(&one, 3, &[layout.clone(), (*second).clone()]).unwrap();
    rows.ensure(&one, 3, &[layout]).unwrap();
    assert_eq!(listed(&rows, "SELECT name FROM pragma_table_info('new_x')"), ["new_y", "*version"]);
    assert!(rows.layout(&one, 3, "new_x").unwrap().is_some());
    // The schema decides about a table that it has, whatever the layout says.
    let bare = TableLayout::for_table(&Table { logical_name: "new_a".into(), ..Table::default() });
    rows.ensure(&two, 4, &[bare]).unwrap();
    assert!(rows.layout(&two, 4, "new_a").unwrap().unwrap().kind("new_c").is_some());
}

#[test]
fn an_active_key_whose_columns_exist_has_an_index() {
    let rows = open(None);
    let rows = rows.lock();
    let keys: &[(&str, &[&str], Option<&str>)] = &[
        ("active", &["new_b"], Some("Active")),
        ("known", &["new_b", "new_c"], None),
        ("pending", &["new_b"], Some("Pending")),
        ("failed", &["new_b"], Some("Failed")),
        ("lost", &["new_b", "new_x"], Some("Active")),
        ("empty", &[], Some("Active")),
    ];
    let store = store(&["new_b", "new_c"], keys);
    rows.layout(&store, 1, "new_a").unwrap().unwrap();
    assert_eq!(listed(&rows, INDEXES), ["new_a*key.active", "new_a*key.known"]);
    assert_eq!(listed(&rows, "SELECT name FROM pragma_index_info('new_a*key.known')"), ["new_b", "new_c"]);
    let insert = "INSERT INTO new_a (new_aid, new_b) VALUES (?1, 'x')";
    assert!(rows.connection.execute(insert, ["1"]).is_ok());
    assert!(rows.connection.execute(insert, ["2"]).is_err());
}

#[test]
fn a_copy_is_restored_with_versions_that_go_on_rising() {
    let store = open(None);
    let mut rows = store.lock();
    rows.connection.execute("INSERT INTO \"*deleted\" VALUES (1, 'kept', 'b')", []).unwrap();
    rows.next_version();
    let copy = rows.copy().unwrap();
    let version = |connection: &Connection| -> i64 {
        connection
            .query_row("SELECT value FROM \"*meta\" WHERE name = 'version'", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(version(&copy), 1_000_001);
    rows.connection.execute("INSERT INTO \"*deleted\" VALUES (2, 'lost', 'b')", []).unwrap();
    rows.next_version();
    rows.derived.set(Some(5));
    let schema = self::store(&["new_b"], &[]);
    rows.layout(&schema, 1, "new_a").unwrap().unwrap();
    rows.restore(&copy).unwrap();
    assert_eq!(listed(&rows, "SELECT entity FROM \"*deleted\""), ["kept"]);
    assert_eq!((version(&rows.connection), rows.last_version()), (1_000_002, 1_000_002));
    assert_eq!(rows.derived.get(), None);
    // The table that the copy does not have is made again.
    assert_eq!(listed(&rows, COLUMNS), [""; 0]);
    rows.layout(&schema, 1, "new_a").unwrap().unwrap();
    assert_eq!(listed(&rows, COLUMNS), ["new_aid", "new_b", "*version"]);
    let pages: i64 = rows.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    let bytes: i64 = rows.connection.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
    assert_eq!(rows.size().unwrap(), pages * bytes);
}

#[test]
fn a_table_of_a_failed_transaction_is_made_again() {
    let rows = open(None);
    let rows = rows.lock();
    let schema = store(&["new_b"], &[]);
    let failed: Result<(), _> = rows.transaction(|| {
        rows.layout(&schema, 1, "new_a")?;
        rows.derived.set(Some(5));
        Err(ServiceError::bad("no"))
    });
    assert!(failed.is_err());
    assert_eq!((listed(&rows, COLUMNS), rows.derived.get()), (Vec::new(), None));
    rows.layout(&schema, 1, "new_a").unwrap().unwrap();
    assert_eq!(listed(&rows, COLUMNS), ["new_aid", "new_b", "*version"]);
}
