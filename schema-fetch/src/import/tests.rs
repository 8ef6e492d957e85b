use dvkit_schema::{Column, ColumnType, Relationship, Side, Table};
use pretty_assertions::assert_eq;

use super::*;

fn column(name: &str, max_length: u32) -> Column {
    Column::new(name, ColumnType::String { max_length: Some(max_length), format: None })
}

fn schema(tables: &[(&str, bool, &[(&str, u32)])]) -> Schema {
    let table = |(name, partial, columns): &(&str, bool, &[(&str, u32)])| {
        let columns = columns.iter().map(|(name, length)| column(name, *length)).collect();
        let table = Table { logical_name: (*name).into(), partial: *partial, columns, ..Table::default() };
        ((*name).to_owned(), table)
    };
    Schema { tables: tables.iter().map(table).collect(), ..Schema::default() }
}

/// Returns the columns of all tables, as `table.column length`.
fn columns(schema: &Schema) -> Vec<String> {
    let length = |column: &Column| match column.ty {
        ColumnType::String { max_length: Some(length), .. } => length,
        _ => 0,
    };
    let columns = schema.tables.iter().flat_map(|(name, table)| table.columns.iter().map(move |c| (name, c)));
    columns.map(|(name, column)| format!("{name}.{} {}", column.logical_name, length(column))).collect()
}

#[test]
fn a_newer_source_replaces_what_is_known_but_for_parts_of_complete_tables() {
    let known = schema(&[
        ("a", false, &[("x", 1), ("y", 1)]),
        ("b", true, &[("x", 1)]),
        ("c", false, &[("x", 1)]),
        ("d", false, &[("x", 1)]),
    ]);
    let fresh = schema(&[
        ("a", true, &[("x", 2), ("z", 2)]),
        ("b", true, &[("x", 2)]),
        ("c", false, &[("x", 2)]),
        ("e", true, &[("x", 2)]),
    ]);
    let (merged, report) = merge_over(known, fresh);
    assert_eq!(columns(&merged), ["a.x 1", "a.y 1", "a.z 2", "b.x 2", "c.x 2", "d.x 1", "e.x 2"]);
    let told: Vec<_> = report.contradictions.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "column `x` of table `a`: max_length is 1 and also 2; the first is kept",
            "column `x` of table `b`: max_length is 2 and also 1; the first is kept",
            "column `x` of table `c`: max_length is 2 and also 1; the first is kept",
        ]
    );
    assert_eq!((report.tables_added, report.columns_added), (1, 1));
    assert_eq!(
        merged.tables.values().map(|t| t.partial).collect::<Vec<_>>(),
        [false, true, false, false, true]
    );
}

#[test]
fn a_table_that_is_only_referred_to_is_kept_only_if_it_is_known() {
    let mut found =
        schema(&[("a", true, &[]), ("b", true, &[]), ("c", true, &[("x", 1)]), ("d", false, &[])]);
    drop_bare_tables(&mut found, &schema(&[("b", false, &[])]));
    assert_eq!(found.tables.keys().collect::<Vec<_>>(), ["b", "c", "d"]);
}

/// Writes each text to a file of a new folder. Returns the folder and the paths.
fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<PathBuf>) {
    let home = tempfile::tempdir().unwrap();
    let paths = files.iter().map(|(name, text)| {
        let path = home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let paths = paths.collect();
    (home, paths)
}

const JSON: &str = r#"[{"LogicalName":"a","SchemaName":"A","Attributes":[{"LogicalName":"x","AttributeType":"Memo"},{"LogicalName":"y","AttributeType":"BigInt"}],
    "OneToManyRelationships":[{"SchemaName":"r","ReferencedEntity":"a","ReferencingEntity":"b","ReferencingAttribute":"c"}]},
    {"Name":"g","OptionSetType":"Picklist","Options":[{"Value":1}]},{"MetadataId":"unknown"}]"#;
const SOLUTION: &str = "<Entity><Name>S</Name></Entity>";
const CSDL: &str = "<Schema><EntityType Name='k' BaseType='m.crmbaseentity'><Property Name='kid' Type='Edm.Guid'/></EntityType>\
    <Action Name='Act'/></Schema>";

#[test]
fn a_summary_counts_what_its_source_has() {
    let (_home, paths) = folder(&[("s.xml", SOLUTION), ("a.json", JSON), ("k.xml", CSDL)]);
    let result = import(&paths, &mut ()).unwrap();
    let counts: Vec<_> = result
        .sources
        .iter()
        .map(|s| {
            let name = s.path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, s.kind, s.bytes, [s.tables, s.columns, s.relationships, s.choices, s.operations])
        })
        .collect();
    let row = |name: &str, kind, text: &str, counts| (name.to_owned(), kind, text.len() as u64, counts);
    assert_eq!(
        counts,
        [
            row("a.json", FileKind::Json, JSON, [1, 2, 1, 1, 0]),
            row("k.xml", FileKind::Csdl, CSDL, [1, 1, 0, 0, 1]),
            // A solution is merged last.
            row("s.xml", FileKind::Solution, SOLUTION, [1, 0, 0, 0, 0]),
        ]
    );
    assert_eq!(result.sources[0].skipped.len(), 1);
    assert_eq!(result.sources[1].merge.tables_added, 1);
    assert_eq!(result.schema.tables.keys().collect::<Vec<_>>(), ["a", "k", "s"]);
}

#[test]
fn an_import_into_a_snapshot_adds_to_it() {
    let (home, paths) = folder(&[("a.json", JSON), ("s.xml", SOLUTION)]);
    let dir = home.path().join("schema");
    assert!(matches!(import_into(&dir, &[], &mut ()), Err(Error::NoFiles)));
    let first = import_into(&dir, &paths[..1], &mut ()).unwrap();
    assert_eq!((first.sources.len(), first.merge.tables_added, first.written.tables), (1, 1, 1));
    let second = import_into(&dir, &paths[1..], &mut ()).unwrap();
    assert_eq!((second.merge.tables_added, second.written.tables, second.written.unchanged), (1, 2, false));
    let again = import_into(&dir, &paths, &mut ()).unwrap();
    assert_eq!((again.merge, again.written.unchanged), (MergeReport::default(), true));
    std::fs::write(dir.join("org.json"), "{").unwrap();
    assert!(matches!(import_into(&dir, &paths, &mut ()), Err(Error::Store(_))));
}

#[test]
fn a_reference_to_a_table_of_the_snapshot_is_added_to_it() {
    let relation = "<EntityRelationships><EntityRelationship Name='s_a'><EntityRelationshipType>OneToMany</EntityRelationshipType>\
        <ReferencingEntityName>s</ReferencingEntityName><ReferencedEntityName>a</ReferencedEntityName><ReferencingAttributeName>c</ReferencingAttributeName></EntityRelationship></EntityRelationships>";
    let document = format!("<ImportExportXml><Entities>{SOLUTION}</Entities>{relation}</ImportExportXml>");
    let (home, paths) = folder(&[("a.json", JSON), ("s.xml", &document)]);
    let dir = home.path().join("schema");
    let alone = import(&paths[1..], &mut ()).unwrap();
    assert_eq!(alone.schema.tables.keys().collect::<Vec<_>>(), ["s"]);
    assert_eq!((alone.sources[0].tables, alone.sources[0].relationships), (1, 1));
    import_into(&dir, &paths[..1], &mut ()).unwrap();
    let summary = import_into(&dir, &paths[1..], &mut ()).unwrap();
    assert_eq!((summary.merge.tables_added, summary.merge.relationships_added), (1, 1));
    let found = Store::open(&dir).unwrap().load().unwrap();
    assert!(!found.tables["a"].partial);
    let many = |r: &&Relationship| r.side == Side::OneToMany && r.table == "s";
    assert_eq!(found.tables["a"].relationships.iter().filter(many).count(), 1);
}

#[test]
fn an_error_names_the_file_and_the_position() {
    let text = |name: &str, bytes: &[u8]| import_text(Path::new(name), bytes).unwrap_err().to_string();
    for (bytes, start) in [
        (&b"\n\xff"[..], "f:2:1: it is neither UTF-8 nor UTF-16"),
        (b"", "f: the file is empty"),
        (b"text", "f: it is neither XML nor JSON"),
        (b"{\n", "f:2: "),
        (b"{\"a\":1}", "f: JSON, but no metadata"),
        (b"<Edmx>\n", "f:"),
        (b"<Edmx/>", "f:1:1: it has no `Schema`"),
        (b"<EntityMetadata/>", "f:1:1: it has no `EntityMetadata` with a `LogicalName`"),
        (b"<ImportExportXml/>", "f: this part of a solution"),
        (b"PK\x03\x04", "f: this ZIP archive cannot be read"),
    ] {
        let message = text("f", bytes);
        assert!(message.starts_with(start), "{}: {message}", String::from_utf8_lossy(bytes));
    }
    let missing = import(&[PathBuf::from("no/such/file")], &mut ()).unwrap_err();
    assert!(matches!(missing, Error::Io { .. }), "{missing}");
}

#[test]
fn a_file_over_200_mib_is_refused_before_it_is_read() {
    struct Started(usize);
    impl ImportProgress for Started {
        fn start(&mut self, _: &Path, _: u64) {
            self.0 += 1;
        }
    }
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("f");
    std::fs::File::create(&path).unwrap().set_len((200 << 20) + 1).unwrap();
    let mut progress = Started(0);
    let error = import(std::slice::from_ref(&path), &mut progress).unwrap_err();
    assert!(matches!(error, Error::TooLarge { size: 209_715_201, limit: 209_715_200, .. }), "{error}");
    assert!(
        error.to_string().ends_with("f: 209715201 bytes, which is more than the 209715200 that are read"),
        "{error}"
    );
    assert_eq!(progress.0, 0);
    std::fs::write(&path, JSON).unwrap();
    import(&[path], &mut progress).unwrap();
    assert_eq!(progress.0, 1);
}

#[test]
fn messages_have_the_position_that_is_known() {
    let invalid =
        |line, column| Error::Invalid { path: "f".into(), line, column, message: "m".into() }.to_string();
    assert_eq!([invalid(0, 3), invalid(2, 0), invalid(2, 3)], ["f: m", "f:2: m", "f:2:3: m"]);
    let none =
        |near: Option<&str>| Error::NoTable { pattern: "x".into(), near: near.map(Into::into) }.to_string();
    assert_eq!(
        [none(None), none(Some("y"))],
        ["no table matches `x`", "no table matches `x`; did you mean `y`?"]
    );
    assert_eq!(FileKind::Csdl.to_string(), "CSDL");
    let kinds = [FileKind::Json, FileKind::DataContract, FileKind::Solution].map(|kind| kind.to_string());
    assert_eq!(kinds, ["metadata JSON", "DataContract XML", "solution"]);
}
