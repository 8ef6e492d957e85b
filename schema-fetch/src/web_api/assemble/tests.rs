use dvkit_schema::{ChoiceOption, Column, OperationKind, Parameter, ValueType};
use serde_json::{Value, json};

use super::*;

#[test]
fn concatenated_documents_are_split() {
    assert_eq!(documents("{\"a\":1} [2]").unwrap(), ["{\"a\":1}", " [2]"]);
    assert!(documents("{\"a\":").is_err());
    assert!(documents("").unwrap().is_empty());
}

/// Returns a label in English and German.
fn both() -> LocalizedText {
    LocalizedText([(1033, "E".to_owned()), (1031, "D".to_owned())].into())
}

fn choice(name: &str) -> Choice {
    let option =
        ChoiceOption { value: 1, label: both(), description: both(), color: None, ..ChoiceOption::default() };
    Choice {
        name: name.to_owned(),
        display_name: both(),
        description: both(),
        options: vec![option.clone(), ChoiceOption { value: 2, ..option }],
        ..Choice::default()
    }
}

/// Returns a schema that has labels wherever there can be some.
fn labelled() -> Schema {
    let own = || Some(ChoiceRef::Local(choice("own")));
    let types = [
        ColumnType::Choice { choice: own(), default: None },
        ColumnType::Boolean { choice: own(), default: None },
        ColumnType::Choices { choice: own() },
        ColumnType::State { choice: own(), default: None },
        ColumnType::Status { choice: own(), default: None },
        ColumnType::Choice { choice: Some(ChoiceRef::Global("shared".to_owned())), default: None },
        ColumnType::BigInt,
    ];
    let column = |(place, ty)| {
        let mut column = Column::new(format!("column{place}"), ty);
        (column.display_name, column.description) = (both(), both());
        column
    };
    let table = |name: &str| Table {
        logical_name: name.to_owned(),
        display_name: both(),
        display_collection_name: both(),
        description: both(),
        columns: types.iter().cloned().enumerate().map(column).collect(),
        ..Table::default()
    };
    Schema {
        tables: ["a", "b"].into_iter().map(|name| (name.to_owned(), table(name))).collect(),
        choices: ["c", "d"].into_iter().map(|name| (name.to_owned(), choice(name))).collect(),
        ..Schema::default()
    }
}

/// Returns the schema as JSON: each table, and each global choice.
fn shown(schema: &Schema) -> String {
    json!({ "tables": schema.tables, "choices": schema.choices }).to_string()
}

#[test]
fn labels_in_other_languages_are_removed_wherever_they_are() {
    let whole = shown(&labelled());
    let (english, german) = (r#""1033":"E""#, r#""1031":"D""#);
    // Two tables with 3 labels and 7 columns of 2; five choices of each and two global ones, with 6 labels.
    assert_eq!(whole.matches(english).count(), 2 * (3 + 14 + 5 * 6) + 2 * 6);
    let both = format!("{german},{english}");
    let without = |text: &str| whole.replace(&both, text);
    let cases: [(&[u32], String); 5] = [
        (&[], whole.clone()),
        (&[1033], without(english)),
        (&[1031], without(german)),
        (&[1031, 1033, 1040], whole.clone()),
        (&[1040], String::new()),
    ];
    for (languages, expected) in cases {
        let mut schema = labelled();
        keep_languages(&mut schema, languages);
        let kept = shown(&schema);
        if languages == [1040] {
            assert!(!kept.contains("\"10"), "{kept}");
        } else {
            assert_eq!(kept, expected, "{languages:?}");
        }
    }
}

#[test]
fn operations_of_tables_that_are_left_out_are_left_out() {
    let operation = |name: &str, table: Option<&str>| Operation {
        name: name.to_owned(),
        kind: OperationKind::Action,
        bound: table.is_some(),
        composable: false,
        filter_only: false,
        parameters: vec![Parameter {
            name: "entity".to_owned(),
            value: ValueType {
                name: table.unwrap_or("account").to_owned(),
                collection: false,
                nullable: false,
            },
            optional: false,
        }],
        returns: None,
    };
    let operations =
        vec![operation("a", Some("account")), operation("b", Some("contact")), operation("c", None)];
    let names = |left_out: &str| {
        let wanted = wanted_operations(operations.clone(), |table| table == left_out);
        wanted.into_iter().map(|o| o.name).collect::<String>()
    };
    assert_eq!([names("account"), names("contact"), names("lead")], ["bc", "ac", "abc"]);
}

fn journal(entry: JournalEntry, text: &str) -> Journal {
    let journal = Journal::in_memory();
    journal.put(entry, text.as_bytes().to_vec()).unwrap();
    journal
}

#[test]
fn the_base_language_is_the_first_that_a_row_has() {
    for (text, expected) in [
        (r#"{"value":[]}"#, None),
        (r#"{"value":[{}]}"#, None),
        (r#"{"value":[{"languagecode":0}]}"#, None),
        (r#"{"value":[{"languagecode":1}]}"#, Some(1)),
        (r#"{"value":[{},{"languagecode":1031},{"languagecode":1033}]}"#, Some(1031)),
    ] {
        let language = read_base_language(&journal(JournalEntry::Organisation, text)).unwrap();
        assert_eq!(language, expected, "{text}");
    }
}

#[test]
fn choices_are_read_from_every_document_with_their_ids() {
    let choice = |name: &str, id: Value| json!({ "Name": name, "MetadataId": id, "OptionSetType": "Picklist", "IsGlobal": true, "Options": [{ "Value": 1 }] });
    let first = json!({ "value": [choice("a", json!("1")), choice("b", Value::Null)] });
    let second = json!({ "value": [choice("c", json!("3"))] });
    let mut sync = SyncState::default();
    let journal = journal(JournalEntry::Choices, &format!("{first}\n{second}"));
    let schema = read_choices(&journal, &mut sync).unwrap();
    assert_eq!(schema.choices.into_keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(sync.choices, [("a".to_owned(), "1".to_owned()), ("c".to_owned(), "3".to_owned())].into());
}

/// A response that cannot be read is named, and is no longer in the journal, so that it is requested again.
#[test]
fn a_response_that_cannot_be_read_is_requested_again() {
    let home = tempfile::tempdir().unwrap();
    let mut plan = Plan::new("https://a".to_owned(), Value::Null);
    plan.parts = vec![vec!["a".to_owned()], vec!["b".to_owned(), "c".to_owned()]];
    let no_json = "expected value at line 1 column 1";
    let rows = r#"{"rows":[]}"#;
    let no_metadata = "JSON, but no metadata; expected a RetrieveMetadataChanges response, EntityDefinitions, \
                       their Attributes, or GlobalOptionSetDefinitions, as the Web API answers them";
    let cases = [
        (JournalEntry::Csdl, "<a/>", "$metadata", None),
        (JournalEntry::Organisation, "nonsense", "organizations", None),
        (JournalEntry::Organisation, "{}", "organizations", Some("missing field `value` at line 1 column 2")),
        (JournalEntry::Choices, "?", "GlobalOptionSetDefinitions", Some(no_json)),
        (JournalEntry::Choices, rows, "GlobalOptionSetDefinitions", Some(no_metadata)),
        (JournalEntry::Part(0), "?", "the response for a", Some(no_json)),
        (JournalEntry::Part(1), rows, "the response for b, c", Some(no_metadata)),
    ];
    for (entry, text, what, message) in cases {
        let journal = Journal::beside(&home.path().join("schema")).unwrap();
        journal.put(entry, text.as_bytes().to_vec()).unwrap();
        let mut sync = SyncState::default();
        let read = match entry {
            JournalEntry::Csdl => read_csdl(&journal).map(drop),
            JournalEntry::Organisation => read_base_language(&journal).map(drop),
            JournalEntry::Choices => read_choices(&journal, &mut sync).map(drop),
            JournalEntry::Part(number) => read_part(&journal, &plan, number, &mut sync).map(drop),
        };
        let error = read.unwrap_err().to_string();
        match message {
            Some(message) => assert_eq!(error, format!("{what} cannot be used: {message}"), "{entry:?}"),
            None => assert!(error.starts_with(&format!("{what} cannot be used: ")), "{entry:?}: {error}"),
        }
        assert!(!journal.has(entry), "{entry:?}");
    }
}

/// Of the tables that only `$metadata` has, those are taken that are selected, or that are the base of one.
#[test]
fn the_base_of_a_selected_table_is_selected_too() {
    let ty = |name: &str, base: &str| {
        format!(
            "<EntityType Name='{name}'{base}><Key><PropertyRef Name='{name}id'/></Key><Property Name='{name}id' Type='Edm.Guid'/></EntityType>"
        )
    };
    let types =
        [ty("base", ""), ty("derived", " BaseType='mscrm.base'"), ty("left", ""), ty("other", "")].concat();
    let set = |name: &str| format!("<EntitySet Name='{name}s' EntityType='mscrm.{name}'/>");
    let sets: String = ["base", "derived", "left", "other"].map(set).concat();
    let csdl = format!(
        "<edmx:Edmx Version='4.0' xmlns:edmx='http://docs.oasis-open.org/odata/ns/edmx'><edmx:DataServices>\
         <Schema Namespace='mscrm' xmlns='http://docs.oasis-open.org/odata/ns/edm'>{types}\
         <EntityContainer Name='System'>{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    );
    let table = |name: &str| json!({ "LogicalName": name, "Attributes": [] });
    let part = json!({ "EntityMetadata": [table("derived"), table("unasked")] });
    let assembled = |patterns: &[&str]| {
        let journal = Journal::in_memory();
        for (entry, text) in [
            (JournalEntry::Csdl, csdl.clone()),
            (JournalEntry::Part(0), part.to_string()),
            (JournalEntry::Choices, r#"{"value":[]}"#.to_owned()),
            (JournalEntry::Organisation, r#"{"value":[{"languagecode":1031}]}"#.to_owned()),
        ] {
            journal.put(entry, text.into_bytes()).unwrap();
        }
        let mut plan = Plan::new("https://a".to_owned(), Value::Null);
        plan.parts = vec![vec!["derived".to_owned()]];
        plan.left_out = vec!["left".to_owned()];
        let selection = Selection::by_patterns(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>());
        let sink = Sink::Memory(Box::default());
        let done = assemble(&journal, &plan, &selection, &[], SyncState::default(), sink).unwrap();
        let schema = done.schema.unwrap();
        assert_eq!(schema.org.base_language, Some(1031));
        let columns: usize = schema.tables.values().map(|t| t.columns.len()).sum();
        assert_eq!((done.tables, done.columns, done.choices), (schema.tables.len(), columns, 0));
        schema.tables.into_keys().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(assembled(&["derived"]), "base derived");
    assert_eq!(assembled(&["derived", "oth*"]), "base derived other");
    assert_eq!(assembled(&[]), "base derived other");
    assert_eq!(assembled(&["!other"]), "base derived");
}
