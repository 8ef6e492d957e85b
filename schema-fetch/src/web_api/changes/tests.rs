//! Responses with changes, and what becomes of a small snapshot.

mod relationships;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dvkit_schema::{ChoiceKind, ColumnType, LocalizedText};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;

/// Returns the id of the definition with this number.
fn id(number: u8) -> String {
    format!("00000000-0000-4000-8000-0000000000{number:02x}")
}

fn label(text: &str) -> Value {
    json!({ "LocalizedLabels": [{ "Label": text, "LanguageCode": 1033 }] })
}

fn column(number: u8, name: &str, ty: &str) -> Value {
    json!({
        "LogicalName": name, "MetadataId": id(number), "AttributeTypeName": { "Value": format!("{ty}Type") },
        "IsValidODataAttribute": true,
    })
}

fn with(mut definition: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("{more}") };
    definition.as_object_mut().unwrap().extend(more);
    definition
}

fn rating(options: Value) -> Value {
    let set = json!({ "Name": "account_rating", "IsGlobal": false, "OptionSetType": "Picklist", "Options": options });
    with(column(0xa3, "rating", "Picklist"), json!({ "OptionSet": set }))
}

fn lookup(name: &str, number: u8, from: (&str, &str), to: (&str, &str)) -> Value {
    json!({
        "SchemaName": name, "MetadataId": id(number), "ReferencingEntity": from.0, "ReferencingAttribute": from.1,
        "ReferencedEntity": to.0, "ReferencedAttribute": to.1,
        "ReferencingEntityNavigationPropertyName": from.1, "ReferencedEntityNavigationPropertyName": name,
    })
}

fn many_to_many() -> Value {
    json!({
        "SchemaName": "account_leads", "MetadataId": id(0xe2), "Entity1LogicalName": "account",
        "Entity2LogicalName": "lead", "Entity1IntersectAttribute": "contactid",
        "Entity2IntersectAttribute": "leadid", "IntersectEntityName": "accountleads",
        "Entity1NavigationPropertyName": "leads", "Entity2NavigationPropertyName": "accounts",
    })
}

/// The organisation before the changes: an account has a contact, leads and a rating; a lead is an activity with
/// the same columns as its base.
fn before() -> Schema {
    let contact_of_account =
        lookup("account_contact", 0xe1, ("account", "contactid"), ("contact", "contactid"));
    let options = json!([{ "Value": 1, "Label": label("Good"), "Color": "#00ff00" }, { "Value": 2, "Label": label("Bad") }]);
    let text = json!({ "EntityMetadata": [
        {
            "LogicalName": "account", "SchemaName": "Account", "MetadataId": id(0xa0),
            "PrimaryIdAttribute": "accountid", "DisplayName": label("Account"),
            "Attributes": [
                column(0xa1, "accountid", "Uniqueidentifier"),
                with(column(0xa2, "name", "String"), json!({ "MaxLength": 100 })),
                rating(options),
                with(column(0xa4, "contactid", "Lookup"), json!({ "Targets": ["contact"] })),
            ],
            "Keys": [{ "LogicalName": "byname", "KeyAttributes": ["name"] }],
            "ManyToOneRelationships": [contact_of_account],
            "ManyToManyRelationships": [many_to_many()],
        },
        {
            "LogicalName": "contact", "MetadataId": id(0xc0), "PrimaryIdAttribute": "contactid",
            "Attributes": [column(0xc1, "contactid", "Uniqueidentifier"), column(0xc2, "fullname", "String")],
        },
        {
            "LogicalName": "lead", "MetadataId": id(0xd0),
            "Attributes": [column(0xd1, "leadid", "Uniqueidentifier"), column(0xd2, "subject", "String")],
        },
        {
            "LogicalName": "pointer", "MetadataId": id(0xf0),
            "Attributes": [column(0xf1, "subject", "String"), column(0xf2, "scheduled", "BigInt")],
        },
    ] });
    let mut schema = wire::read(&text.to_string()).unwrap().schema;
    let choice = |name: &str| Choice { name: name.to_owned(), global: true, ..Choice::default() };
    schema.choices = ["colour", "region"].into_iter().map(|name| (name.to_owned(), choice(name))).collect();
    schema.tables.get_mut("lead").unwrap().base = Some("pointer".to_owned());
    schema
}

fn sync() -> SyncState {
    let mut sync = SyncState::new("https://a", Value::Null);
    sync.stamp = Some("old".to_owned());
    sync.relationships = BTreeMap::from([
        ("account_contact".to_owned(), id(0xe1)),
        ("account_leads".to_owned(), id(0xe2).to_uppercase()),
    ]);
    sync.choices =
        BTreeMap::from([("colour".to_owned(), id(0x11).to_uppercase()), ("region".to_owned(), id(0x12))]);
    sync
}

/// Reads a response, and returns the changes with the state after them.
fn changes_of(schema: Schema, text: &str) -> (Changes, SyncState) {
    let mut sync = sync();
    let changes = read(text, &Store::from_schema(schema), &Selection::default(), &[], &mut sync).unwrap();
    (changes, sync)
}

fn in_table(table: Value) -> String {
    json!({ "EntityMetadata": [table] }).to_string()
}

/// Returns the changed tables and choices as text, with everything that is in them.
fn show(changes: &Changes) -> String {
    let mut shown = String::new();
    for (name, table) in &changes.tables {
        let Some(table) = table else {
            writeln!(shown, "{name} is gone").unwrap();
            continue;
        };
        let mut facts = serde_json::to_value(table).unwrap();
        for list in ["columns", "keys", "relationships"] {
            facts.as_object_mut().unwrap().remove(list);
        }
        writeln!(shown, "{facts}").unwrap();
        for key in &table.keys {
            writeln!(shown, "  key {}", serde_json::to_value(key).unwrap()).unwrap();
        }
        for column in &table.columns {
            writeln!(shown, "  {}", serde_json::to_value(column).unwrap()).unwrap();
        }
        for r in &table.relationships {
            let (name, column) =
                (r.schema_name.as_deref().unwrap_or("-"), r.column.as_deref().unwrap_or("-"));
            writeln!(shown, "  {:?} {name} to {} by {column}", r.side, r.table).unwrap();
        }
    }
    for (name, choice) in &changes.choices {
        match choice {
            Some(choice) => writeln!(shown, "choice {}", serde_json::to_value(choice).unwrap()).unwrap(),
            None => writeln!(shown, "choice {name} is gone").unwrap(),
        }
    }
    shown
}

/// Returns the names of what is left in the changed tables.
fn names(changes: &Changes) -> Vec<String> {
    let of_table = |(name, table): (&String, &Option<Table>)| {
        let Some(table) = table else { return format!("{name} is gone") };
        let columns: Vec<_> = table.columns.iter().map(|c| c.logical_name.as_str()).collect();
        let relationships: Vec<_> =
            table.relationships.iter().filter_map(|r| r.schema_name.as_deref()).collect();
        format!("{name}: {}; {}", columns.join(" "), relationships.join(" "))
    };
    let of_choice = |(name, choice): (&String, &Option<Choice>)| {
        format!("choice {name}{}", if choice.is_none() { " is gone" } else { "" })
    };
    changes.tables.iter().map(of_table).chain(changes.choices.iter().map(of_choice)).collect()
}

#[test]
fn what_was_deleted_goes_from_every_table_that_has_it() {
    let cases: [(&str, &[u8], &[&str]); 9] = [
        ("nothing", &[], &[]),
        ("something else", &[0x99], &[]),
        ("a column", &[0xa2], &["account: accountid contactid rating; account_contact account_leads"]),
        (
            "a lookup",
            &[0xa4],
            &["account: accountid name rating; account_leads", "contact: contactid fullname; "],
        ),
        // Relationships have the name of this column as well, but on other tables.
        ("a column of the same name", &[0xc1], &["contact: fullname; account_contact"]),
        ("a table", &[0xc0], &["account: accountid contactid name rating; account_leads", "contact is gone"]),
        (
            "a relationship",
            &[0xe1],
            &["account: accountid contactid name rating; account_leads", "contact: contactid fullname; "],
        ),
        (
            "a relationship of many to many",
            &[0xe2],
            &["account: accountid contactid name rating; account_contact", "lead: leadid subject; "],
        ),
        ("choices", &[0x11, 0x12], &["choice colour is gone", "choice region is gone"]),
    ];
    for (what, deleted, expected) in cases {
        let ids: Vec<_> = deleted.iter().map(|number| id(*number).to_uppercase()).collect();
        let text = json!({ "DeletedMetadata": { "Values": [{ "Value": ids }] }, "EntityMetadata": [] });
        let (changes, _) = changes_of(before(), &text.to_string());
        assert_eq!(names(&changes), expected, "{what}");
        assert!(!changes.new_tables && changes.operations.is_none(), "{what}");
    }
}

#[test]
fn what_was_deleted_goes_from_the_state_of_the_fetch() {
    let ids = [0xe2, 0x11].map(id);
    let text = json!({ "DeletedMetadata": { "Values": [{ "Value": ids }] }, "ServerVersionStamp": "new" });
    let (_, after) = changes_of(before(), &text.to_string());
    let mut expected = sync();
    expected.relationships.remove("account_leads");
    expected.choices.remove("colour");
    expected.stamp = Some("new".to_owned());
    assert_eq!(after, expected);
    // Ids of new definitions are added; without a stamp the old one stays.
    let choice = json!({ "Name": "shape", "IsGlobal": true, "MetadataId": id(0x13), "Options": [] });
    let text = in_table(json!({
        "LogicalName": "account", "MetadataId": id(0xa0), "HasChanged": false,
        "Attributes": [with(column(0xa5, "shape", "Picklist"), json!({ "OptionSet": choice }))],
        "ManyToOneRelationships": [lookup("account_lead", 0xe3, ("account", "leadid"), ("lead", "leadid"))],
    }));
    let (_, after) = changes_of(before(), &text);
    let mut expected = sync();
    expected.relationships.insert("account_lead".to_owned(), id(0xe3));
    expected.choices.insert("shape".to_owned(), id(0x13));
    assert_eq!(after, expected);
}

#[track_caller]
fn check(schema: Schema, table: Value, expected: &Expect) {
    let (changes, _) = changes_of(schema, &in_table(table));
    expected.assert_eq(&show(&changes));
}

#[test]
fn a_table_that_is_listed_for_its_parts_keeps_its_facts() {
    let account = |more: Value| with(json!({ "LogicalName": "account", "MetadataId": id(0xa0) }), more);
    // Nothing has changed.
    let unchanged = account(json!({ "HasChanged": false, "DisplayName": label("Firm"), "SchemaName": "X" }));
    check(before(), unchanged, &expect![[""]]);
    // The table has changed; what only `$metadata` says stays, and so does everything in the table.
    let mut schema = before();
    let table = schema.tables.get_mut("account").unwrap();
    (table.base, table.kind) = (Some("pointer".to_owned()), Some(dvkit_schema::TableKind::Elastic));
    let changed = account(json!({ "HasChanged": true, "DisplayName": label("Firm"), "IsPrivate": true }));
    check(
        schema.clone(),
        changed,
        &expect![[r##"
        {"base":"pointer","display_name":{"1033":"Firm"},"kind":"elastic","logical_name":"account","metadata_id":"00000000-0000-4000-8000-0000000000a0","primary_id":"accountid","private":true}
          key {"columns":["name"],"name":"byname"}
          {"logical_name":"accountid","metadata_id":"00000000-0000-4000-8000-0000000000a1","odata":true,"type":"uniqueidentifier"}
          {"logical_name":"contactid","metadata_id":"00000000-0000-4000-8000-0000000000a4","odata":true,"targets":["contact"],"type":"lookup"}
          {"logical_name":"name","max_length":100,"metadata_id":"00000000-0000-4000-8000-0000000000a2","odata":true,"type":"string"}
          {"choice":{"local":{"kind":"picklist","name":"account_rating","options":[{"color":"#00ff00","label":{"1033":"Good"},"value":1},{"label":{"1033":"Bad"},"value":2}]}},"logical_name":"rating","metadata_id":"00000000-0000-4000-8000-0000000000a3","odata":true,"type":"choice"}
          ManyToOne account_contact to contact by contactid
          ManyToMany account_leads to lead by contactid
    "##]],
    );
    let changed =
        account(json!({ "DisplayName": label("Firm"), "PrimaryIdAttribute": "id", "IsActivity": true }));
    check(
        schema,
        changed,
        &expect![[r##"
        {"base":"pointer","display_name":{"1033":"Firm"},"kind":"activity","logical_name":"account","metadata_id":"00000000-0000-4000-8000-0000000000a0","primary_id":"id"}
          key {"columns":["name"],"name":"byname"}
          {"logical_name":"accountid","metadata_id":"00000000-0000-4000-8000-0000000000a1","odata":true,"type":"uniqueidentifier"}
          {"logical_name":"contactid","metadata_id":"00000000-0000-4000-8000-0000000000a4","odata":true,"targets":["contact"],"type":"lookup"}
          {"logical_name":"name","max_length":100,"metadata_id":"00000000-0000-4000-8000-0000000000a2","odata":true,"type":"string"}
          {"choice":{"local":{"kind":"picklist","name":"account_rating","options":[{"color":"#00ff00","label":{"1033":"Good"},"value":1},{"label":{"1033":"Bad"},"value":2}]}},"logical_name":"rating","metadata_id":"00000000-0000-4000-8000-0000000000a3","odata":true,"type":"choice"}
          ManyToOne account_contact to contact by contactid
          ManyToMany account_leads to lead by contactid
    "##]],
    );
}

#[test]
fn columns_and_keys_that_changed_replace_those_of_their_names() {
    let mut schema = before();
    let table = schema.tables.get_mut("account").unwrap();
    for column in &mut table.columns {
        column.property = Some(format!("P_{}", column.logical_name));
        column.inherited = Some("pointer".to_owned());
    }
    let text = json!({
        "LogicalName": "account", "MetadataId": id(0xa0), "HasChanged": false,
        "Attributes": [
            { "LogicalName": "name", "HasChanged": true, "AttributeTypeName": { "Value": "MemoType" }, "MaxLength": 5 },
            with(column(0xa4, "contactid", "BigInt"), json!({ "HasChanged": false })),
            with(column(0xa6, "fresh", "BigInt"), json!({ "HasChanged": true, "IsValidODataAttribute": false })),
        ],
        "Keys": [
            { "LogicalName": "byname", "KeyAttributes": ["name", "rating"] },
            { "LogicalName": "byid", "KeyAttributes": ["accountid"] },
        ],
    });
    check(
        schema,
        text,
        &expect![[r##"
        {"display_name":{"1033":"Account"},"logical_name":"account","metadata_id":"00000000-0000-4000-8000-0000000000a0","primary_id":"accountid","schema_name":"Account"}
          key {"columns":["accountid"],"name":"byid"}
          key {"columns":["name","rating"],"name":"byname"}
          {"inherited":"pointer","logical_name":"accountid","metadata_id":"00000000-0000-4000-8000-0000000000a1","odata":true,"property":"P_accountid","type":"uniqueidentifier"}
          {"inherited":"pointer","logical_name":"contactid","metadata_id":"00000000-0000-4000-8000-0000000000a4","odata":true,"property":"P_contactid","targets":["contact"],"type":"lookup"}
          {"logical_name":"fresh","metadata_id":"00000000-0000-4000-8000-0000000000a6","odata":false,"type":"big_int"}
          {"inherited":"pointer","logical_name":"name","max_length":5,"odata":true,"property":"P_name","type":"memo"}
          {"choice":{"local":{"kind":"picklist","name":"account_rating","options":[{"color":"#00ff00","label":{"1033":"Good"},"value":1},{"label":{"1033":"Bad"},"value":2}]}},"inherited":"pointer","logical_name":"rating","metadata_id":"00000000-0000-4000-8000-0000000000a3","odata":true,"property":"P_rating","type":"choice"}
          ManyToOne account_contact to contact by contactid
          ManyToMany account_leads to lead by contactid
    "##]],
    );
}

#[test]
fn a_flag_of_the_web_api_counts_if_one_column_has_it() {
    let schema = |odata| {
        let mut schema = before();
        schema.tables.get_mut("lead").unwrap().columns.iter_mut().for_each(|c| c.odata = odata);
        schema
    };
    let text = |flag: bool| {
        let fresh = with(column(0xd5, "fresh", "BigInt"), json!({ "IsValidODataAttribute": flag }));
        in_table(json!({ "LogicalName": "lead", "HasChanged": false, "Attributes": [fresh] }))
    };
    let cases = [
        (None, false, None),
        (Some(false), false, None),
        (Some(true), false, Some(false)),
        (None, true, Some(true)),
        (Some(true), true, Some(true)),
    ];
    for (known, stated, expected) in cases {
        let (changes, _) = changes_of(schema(known), &text(stated));
        let table = changes.tables["lead"].as_ref().unwrap();
        assert_eq!(table.column("fresh").unwrap().odata, expected, "{known:?} {stated}");
    }
}

#[test]
fn options_without_texts_keep_the_texts_that_they_had() {
    let account =
        |column: Value| json!({ "LogicalName": "account", "HasChanged": false, "Attributes": [column] });
    let options = || {
        json!([
            { "Value": 1 },
            { "Value": 2, "Description": label("Worse than good") },
            { "Value": 3, "Color": "#ff0000" },
            { "Value": 4 },
        ])
    };
    let expected = json!([
        { "value": 1, "label": { "1033": "Good" }, "color": "#00ff00" },
        { "value": 2, "description": { "1033": "Worse than good" } },
        { "value": 3, "color": "#ff0000" },
        { "value": 4 },
    ]);
    for changed in [true, false] {
        let column = with(rating(options()), json!({ "HasChanged": changed, "SchemaName": "Rating" }));
        let (changes, _) = changes_of(before(), &in_table(account(column)));
        let table = changes.tables["account"].as_ref().unwrap();
        let column = table.column("rating").unwrap();
        assert_eq!(column.schema_name.as_deref(), changed.then_some("Rating"), "{changed}");
        let Some(ChoiceRef::Local(choice)) = column.ty.choice() else { panic!("{column:?}") };
        assert_eq!(serde_json::to_value(&choice.options).unwrap(), expected, "{changed}");
    }
}

#[test]
fn a_choice_that_is_listed_for_its_options_keeps_its_facts() {
    let option = |value, text: &str| ChoiceOption {
        value,
        label: LocalizedText::new(1033, text),
        ..ChoiceOption::default()
    };
    let old = Choice {
        name: "colour".to_owned(),
        global: true,
        kind: Some(ChoiceKind::Picklist),
        display_name: LocalizedText::new(1033, "Colour"),
        options: vec![option(1, "Red"), option(2, "Blue")],
        ..Choice::default()
    };
    let bare = ChoiceOption { value: 1, ..ChoiceOption::default() };
    let listed =
        Choice { name: "new".to_owned(), options: vec![bare, option(3, "Green")], ..Choice::default() };
    let merged = vec![option(1, "Red"), option(3, "Green")];
    assert_eq!(options(&old, listed.clone()), Choice { options: merged.clone(), ..old.clone() });
    let kind = Choice { kind: Some(ChoiceKind::State), ..listed.clone() };
    assert_eq!(options(&old, kind.clone()), Choice { options: merged.clone(), ..kind });
    let named = Choice { display_name: LocalizedText::new(1033, "Tint"), ..listed };
    assert_eq!(options(&old, named.clone()), Choice { options: merged, ..named });
}

#[test]
fn every_column_with_options_takes_other_ones() {
    let choice = |name: &str| Some(ChoiceRef::Local(Choice { name: name.to_owned(), ..Choice::default() }));
    let types = |name: &str| {
        [
            ColumnType::Choice { choice: choice(name), default: Some(1) },
            ColumnType::Choices { choice: choice(name) },
            ColumnType::Boolean { choice: choice(name), default: Some(true) },
            ColumnType::State { choice: choice(name), default: Some(1) },
            ColumnType::Status { choice: choice(name), default: Some(1) },
            ColumnType::BigInt,
        ]
    };
    for (old, new) in types("old").into_iter().zip(types("new")) {
        let mut column = Column::new("x", old);
        set_choice(&mut column, Choice { name: "new".to_owned(), ..Choice::default() });
        assert_eq!(column.ty, new);
    }
}

#[test]
fn global_choices_are_replaced_or_added() {
    let set = |name: &str| json!({ "Name": name, "IsGlobal": true, "OptionSetType": "Picklist", "Options": [{ "Value": 1 }] });
    let column = |number, name: &str| {
        with(column(number, name, "Picklist"), json!({ "OptionSet": set(name), "HasChanged": true }))
    };
    let table = json!({ "LogicalName": "lead", "HasChanged": false, "Attributes": [column(0xd6, "colour"), column(0xd7, "shape")] });
    check(
        before(),
        table,
        &expect![[r#"
        {"base":"pointer","logical_name":"lead","metadata_id":"00000000-0000-4000-8000-0000000000d0"}
          {"choice":{"global":"colour"},"logical_name":"colour","metadata_id":"00000000-0000-4000-8000-0000000000d6","odata":true,"type":"choice"}
          {"logical_name":"leadid","metadata_id":"00000000-0000-4000-8000-0000000000d1","odata":true,"type":"uniqueidentifier"}
          {"choice":{"global":"shape"},"logical_name":"shape","metadata_id":"00000000-0000-4000-8000-0000000000d7","odata":true,"type":"choice"}
          {"logical_name":"subject","metadata_id":"00000000-0000-4000-8000-0000000000d2","odata":true,"type":"string"}
          ManyToMany account_leads to account by leadid
        choice {"global":true,"kind":"picklist","name":"colour","options":[{"value":1}]}
        choice {"global":true,"kind":"picklist","name":"shape","options":[{"value":1}]}
    "#]],
    );
}

#[test]
fn a_new_table_is_taken_if_it_is_whole_and_selected() {
    let new = |name: &str, more: Value| {
        with(
            json!({ "LogicalName": name, "MetadataId": id(0x77), "Attributes": [column(0x78, "x", "BigInt")] }),
            more,
        )
    };
    let read_with = |patterns: &[&str], table: Value| {
        let selection = Selection::by_patterns(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>());
        let mut sync = sync();
        let changes =
            read(&in_table(table), &Store::from_schema(before()), &selection, &[], &mut sync).unwrap();
        (changes.new_tables, names(&changes))
    };
    let taken = (true, vec!["new_a: x; ".to_owned()]);
    let none = (false, Vec::new());
    assert_eq!(read_with(&[], new("new_a", json!({ "HasChanged": true }))), taken);
    assert_eq!(read_with(&[], new("new_a", json!({}))), taken);
    assert_eq!(read_with(&[], new("new_a", json!({ "HasChanged": false }))), none);
    assert_eq!(read_with(&["!new_*"], new("new_a", json!({ "HasChanged": true }))), none);
    // The selection is for new tables; one that the snapshot has is changed in any case.
    let gone = vec!["account: accountid contactid name rating x; account_contact account_leads".to_owned()];
    assert_eq!(read_with(&["!account"], new("account", json!({ "HasChanged": false }))), (false, gone));
}

#[test]
fn a_new_column_is_inherited_if_the_base_has_it() {
    let new = |number, name: &str| column(number, name, "BigInt");
    let table = json!({
        "LogicalName": "lead", "MetadataId": id(0xd0), "HasChanged": false,
        "Attributes": [new(0xd2, "subject"), new(0xd3, "scheduled"), new(0xd4, "own")],
    });
    let inherited = |changes: &Changes| {
        let columns = &changes.tables["lead"].as_ref().unwrap().columns;
        columns.iter().map(|c| (c.logical_name.clone(), c.inherited.clone())).collect::<Vec<_>>()
    };
    let none = |name: &str| (name.to_owned(), None);
    let (changes, _) = changes_of(before(), &in_table(table.clone()));
    let scheduled = ("scheduled".to_owned(), Some("pointer".to_owned()));
    assert_eq!(inherited(&changes), [none("leadid"), none("own"), scheduled, none("subject")]);
    // The base is not in the snapshot.
    let mut schema = before();
    schema.tables.remove("pointer");
    let (changes, _) = changes_of(schema, &in_table(table));
    assert_eq!(inherited(&changes), ["leadid", "own", "scheduled", "subject"].map(none));
}

#[test]
fn only_relationships_that_changed_are_taken() {
    let other = |name: &str, number, changed: Value| {
        let relationship = lookup(name, number, ("account", "contactid"), ("contact", "fullname"));
        with(relationship, json!({ "HasChanged": changed }))
    };
    let keys = |changes: &Changes| match changes.tables.get("account") {
        Some(Some(table)) => {
            table.relationships.iter().filter_map(|r| r.referenced.clone()).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    };
    for (changed, expected) in
        [(json!(true), "fullname leadid"), (json!(null), "fullname leadid"), (json!(false), "")]
    {
        for list in ["ManyToOneRelationships", "OneToManyRelationships"] {
            let table = json!({
                "LogicalName": "account", "HasChanged": false, list: [other("account_contact", 0xe1, changed.clone())],
            });
            let (changes, _) = changes_of(before(), &in_table(table));
            assert_eq!(keys(&changes), expected, "{list} {changed}");
        }
    }
    let again = json!({
        "LogicalName": "account", "HasChanged": false,
        "ManyToManyRelationships": [with(many_to_many(), json!({ "HasChanged": false, "IntersectEntityName": "x" }))],
    });
    let (changes, _) = changes_of(before(), &in_table(again));
    assert_eq!(names(&changes), Vec::<String>::new());
}

#[test]
fn texts_in_other_languages_are_left_out() {
    let text = |text: &str| json!({ "LocalizedLabels": [{ "Label": text, "LanguageCode": 1033 }, { "Label": "-", "LanguageCode": 1031 }] });
    let table = json!({ "LogicalName": "account", "HasChanged": true, "DisplayName": text("Firm"), "PrimaryIdAttribute": "accountid" });
    let shown = |languages: &[u32]| {
        let mut sync = sync();
        let store = Store::from_schema(before());
        let changes =
            read(&in_table(table.clone()), &store, &Selection::default(), languages, &mut sync).unwrap();
        changes.tables["account"].as_ref().unwrap().display_name.0.keys().copied().collect::<Vec<_>>()
    };
    assert_eq!(
        [shown(&[1033]), shown(&[1031, 1032]), shown(&[])],
        [vec![1033], vec![1031], vec![1031, 1033]]
    );
}

#[test]
fn a_response_that_is_not_about_changes_is_an_error() {
    let store = Store::from_schema(before());
    let error = read("", &store, &Selection::default(), &[], &mut sync()).unwrap_err().to_string();
    assert_eq!(
        error,
        "the response with changes cannot be used: EOF while parsing a value at line 1 column 0"
    );
}
