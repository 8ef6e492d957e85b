mod documents;
mod facts;

use super::*;
use crate::{
    Cascade, CascadeAction, ChoiceKind, ChoiceRef, Column, ColumnType, DateTimeBehavior, RequiredLevel, Side,
    SourceType, TableKind,
};

fn ok(json: &str) -> ImportedSchema {
    read(json).unwrap_or_else(|e| panic!("{e}\n{json}"))
}

fn column<'a>(imported: &'a ImportedSchema, table: &str, name: &str) -> &'a Column {
    imported.schema.tables[table].column(name).unwrap_or_else(|| panic!("{table}.{name}"))
}

const LABEL: &str = r#"{"LocalizedLabels":[
  {"Label":"Rang","LanguageCode":1031,"IsManaged":false,"MetadataId":"6ec439f2-b086-4807-a362-32f19de74d18","HasChanged":null},
  {"Label":"Rank","LanguageCode":1033,"IsManaged":false,"MetadataId":"6ec439f2-b086-4807-a362-32f19de74d19","HasChanged":null}],
  "UserLocalizedLabel":null}"#;

/// Returns a `RetrieveMetadataChanges` response with these attributes.
fn changes(attributes: &str) -> String {
    format!(
        r##"{{"@odata.context":"https://contoso.api.crm4.dynamics.com/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse",
        "ServerVersionStamp":"74812162!10/09/2022 22:10:22",
        "DeletedMetadata":{{"Count":2,"IsReadOnly":false,"Keys":["Default"],"Values":[{{"x":1}}]}},
        "EntityMetadata":[{{"ActivityTypeMask":null,"IsActivity":null,"ObjectTypeCode":null,"LogicalName":"new_ship",
        "SchemaName":"new_Ship","EntitySetName":"new_ships","MetadataId":"30b0cd7e-0081-42e1-9a48-688442277fae","HasChanged":null,
        "DisplayName":{LABEL},"Description":{{"LocalizedLabels":[],"UserLocalizedLabel":null}},
        "Attributes":[{attributes}],"ManyToManyRelationships":[],"ManyToOneRelationships":[],"OneToManyRelationships":[],
        "Privileges":[],"Keys":[],"Settings":[]}}]}}"##
    )
}

fn attribute(class: &str, name: &str, ty: &str, type_name: &str, more: &str) -> String {
    let class = if class.is_empty() {
        String::new()
    } else {
        format!(r##""@odata.type":"#Microsoft.Dynamics.CRM.Complex{class}AttributeMetadata","##)
    };
    format!(
        r#"{{{class}"AttributeOf":null,"AttributeType":"{ty}","IsValidODataAttribute":false,"LogicalName":"{name}","IsValidForRead":null,
        "IsCustomAttribute":null,"SourceType":null,"AttributeTypeName":{{"Value":"{type_name}"}}{more}}}"#
    )
}

#[test]
fn the_type_name_decides_the_type_of_a_column() {
    let attributes = [
        attribute(
            "String",
            "name",
            "String",
            "StringType",
            r#","MaxLength":100,"Format":"Text","FormatName":{"Value":"Email"}"#,
        ),
        attribute("Memo", "memo", "Memo", "MemoType", r#","MaxLength":1048576"#),
        attribute(
            "Integer",
            "int",
            "Integer",
            "IntegerType",
            r#","MinValue":-2147483648,"MaxValue":2147483647,"Format":"None""#,
        ),
        attribute("BigInt", "big", "BigInt", "BigIntType", r#","MinValue":-9223372036854775808"#),
        attribute("Decimal", "dec", "Decimal", "DecimalType", r#","MinValue":0.0000000001,"Precision":10"#),
        attribute("Double", "dbl", "Double", "DoubleType", ""),
        attribute(
            "Money",
            "pay_base",
            "Money",
            "MoneyType",
            r#","CalculationOf":"pay","PrecisionSource":2,"MaxValue":922337203685477.0"#,
        ),
        attribute(
            "DateTime",
            "day",
            "DateTime",
            "DateTimeType",
            r#","Format":"DateOnly","DateTimeBehavior":{"Value":"DateOnly"}"#,
        ),
        attribute("Lookup", "owner", "Owner", "OwnerType", r#","Targets":["team","systemuser"]"#),
        attribute("Lookup", "cust", "Customer", "CustomerType", r#","Targets":["account","contact"]"#),
        attribute("Lookup", "home", "Lookup", "LookupType", r#","Targets":["new_port"]"#),
        attribute("Lookup", "to", "PartyList", "PartyListType", ""),
        attribute("MultiSelectPicklist", "many", "Virtual", "MultiSelectPicklistType", ""),
        attribute("Image", "pic", "Virtual", "ImageType", r#","IsPrimaryImage":true,"MaxSizeInKB":10240"#),
        attribute("File", "file", "Virtual", "FileType", r#","MaxSizeInKB":32768"#),
        attribute("", "id", "Uniqueidentifier", "UniqueidentifierType", ""),
        attribute("", "manyname", "Virtual", "VirtualType", ""),
        attribute("EntityName", "ownertype", "EntityName", "EntityNameType", ""),
        attribute("ManagedProperty", "man", "ManagedProperty", "ManagedPropertyType", ""),
        attribute("", "new", "Virtual", "HologramType", ""),
    ];
    let imported = ok(&changes(&attributes.join(",")));
    let ty = |name: &str| column(&imported, "new_ship", name).ty.clone();
    assert_eq!(ty("name"), ColumnType::String { max_length: Some(100), format: Some("Email".into()) });
    assert_eq!(ty("memo"), ColumnType::Memo { max_length: Some(1_048_576), format: None });
    let (min, max) = (Some(i64::from(i32::MIN)), Some(i64::from(i32::MAX)));
    assert_eq!(ty("int"), ColumnType::Integer { min, max, format: Some("None".into()) });
    assert_eq!(ty("big"), ColumnType::BigInt);
    assert_eq!(ty("dec"), ColumnType::Decimal { min: Some(1e-10), max: None, precision: Some(10) });
    assert_eq!(ty("dbl"), ColumnType::Double { min: None, max: None, precision: None });
    assert!(
        matches!(ty("pay_base"), ColumnType::Money { precision_source: Some(2), calculation_of: Some(of), .. } if of == "pay")
    );
    let behavior = Some(DateTimeBehavior::DateOnly);
    assert_eq!(ty("day"), ColumnType::DateTime { behavior, date_format: Some(true) });
    assert_eq!(ty("owner"), ColumnType::Owner { targets: vec!["systemuser".into(), "team".into()] });
    assert_eq!(ty("cust"), ColumnType::Customer { targets: vec!["account".into(), "contact".into()] });
    assert_eq!(ty("home"), ColumnType::Lookup { targets: vec!["new_port".into()] });
    assert_eq!(ty("to"), ColumnType::PartyList { targets: vec![] });
    assert_eq!(ty("many"), ColumnType::Choices { choice: None });
    assert_eq!(ty("pic"), ColumnType::Image { primary: Some(true), max_size_kb: Some(10240) });
    assert_eq!(ty("file"), ColumnType::File { max_size_kb: Some(32768) });
    assert_eq!(ty("id"), ColumnType::Uniqueidentifier);
    assert_eq!(ty("manyname"), ColumnType::Virtual);
    assert_eq!(ty("ownertype"), ColumnType::EntityName);
    assert_eq!(ty("man"), ColumnType::ManagedProperty);
    assert_eq!(ty("new"), ColumnType::Other { name: "Hologram".into() });

    let table = &imported.schema.tables["new_ship"];
    assert_eq!(table.display_name.get(1031), Some("Rang"));
    assert_eq!(
        (table.kind, table.custom, table.object_type_code),
        (None, None, None),
        "null is no statement"
    );
    let org = &imported.schema.org;
    assert_eq!(
        (org.url.as_deref(), &org.languages[..]),
        (Some("https://contoso.crm4.dynamics.com"), &[1031, 1033][..])
    );
    assert_eq!(imported.skipped.len(), 1);
    assert!(imported.skipped[0].to_string().starts_with("1 deleted definitions"));
}

#[test]
fn defaults_of_properties_not_requested_are_not_believed() {
    let one = |odata: &str, read: &str| {
        let a = attribute("String", "name", "String", "StringType", "");
        a.replace(r#""IsValidODataAttribute":false"#, odata).replace(r#""IsValidForRead":null"#, read)
    };
    let (no, yes) = (r#""IsValidODataAttribute":false"#, r#""IsValidODataAttribute":true"#);
    let (unread, read) = (r#""IsValidForRead":null"#, r#""IsValidForRead":true"#);
    let odata = |json: &str| column(&ok(json), "new_ship", "name").odata;
    assert_eq!(odata(&changes(&one(no, unread))), None);
    assert_eq!(odata(&changes(&one(no, read))), None, "every table of the Web API has a key");
    assert_eq!(odata(&changes(&one(yes, unread))), Some(true));
    let other = attribute("", "id", "Uniqueidentifier", "UniqueidentifierType", "").replace(no, yes);
    assert_eq!(odata(&changes(&format!("{},{other}", one(no, unread)))), Some(false));
    // `EntityDefinitions` returns only the selected properties.
    let definitions = |a: &str| {
        format!(r#"{{"value":[{{"LogicalName":"new_ship","EntitySetName":"x","Attributes":[{a}]}}]}}"#)
    };
    assert_eq!(odata(&definitions(&one(no, read))), Some(false));
    assert_eq!(odata(&definitions(&one(no, unread))), None);
}

fn option_set(name: &str, global: &str, kind: &str, options: &str) -> String {
    format!(
        r#"{{"ParentOptionSetName":null,"IsCustomOptionSet":false,"IsGlobal":{global},"IsManaged":true,"Name":{name},"ExternalTypeName":"",
        "OptionSetType":"{kind}","MetadataId":"19a053ce-dca3-4680-8f0b-d9fc12c3085b",{options},
        "Description":{{"LocalizedLabels":[{{"Label":"","LanguageCode":1033}}],"UserLocalizedLabel":null}},"DisplayName":{LABEL}}}"#
    )
}

#[test]
fn choices_states_statuses_and_two_options_are_read() {
    let state = option_set(
        r#""new_ship_statecode""#,
        "false",
        "State",
        &format!(
            r##""Options":[{{"@odata.type":"#Microsoft.Dynamics.CRM.StateOptionMetadata","Value":1,"Color":null,"DefaultStatus":2,"InvariantName":"Inactive","Label":{LABEL}}},
        {{"@odata.type":"#Microsoft.Dynamics.CRM.StateOptionMetadata","Value":0,"Color":"#00ff00","DefaultStatus":1,"InvariantName":"Active","Label":{LABEL}}}]"##
        ),
    );
    let status = option_set(
        r#""new_ship_statuscode""#,
        "false",
        "Status",
        r#""Options":[{"Value":1,"State":0,"TransitionData":null}]"#,
    );
    let global = option_set(
        r#""new_Flags""#,
        "true",
        "Picklist",
        r#""Options":[{"Value":100000000,"ExternalValue":"","Label":{"LocalizedLabels":[],"UserLocalizedLabel":{"Label":"only mine","LanguageCode":1036}}}]"#,
    );
    let two = option_set(
        r#""new_ship_fast""#,
        "false",
        "Boolean",
        r#""TrueOption":{"Value":1},"FalseOption":{"Value":0,"Label":null}"#,
    );
    let nameless = r#"{"Options":[{"Value":7}],"MetadataId":"19a053ce-dca3-4680-8f0b-d9fc12c3085b"}"#;
    let with = |set: &str| format!(r#","OptionSet":{set},"GlobalOptionSet":null"#);
    let imported = ok(&changes(
        &[
            attribute("State", "statecode", "State", "StateType", &with(&state)),
            attribute("Status", "statuscode", "Status", "StatusType", &with(&status)),
            attribute("MultiSelectPicklist", "flags", "Virtual", "MultiSelectPicklistType", &with(&global)),
            attribute(
                "Picklist",
                "flag",
                "Picklist",
                "PicklistType",
                &format!(r#","DefaultFormValue":-1,"GlobalOptionSet":{}"#, global.replace("true", "null")),
            ),
            attribute(
                "Boolean",
                "fast",
                "Boolean",
                "BooleanType",
                &format!(r#","DefaultValue":true{}"#, with(&two)),
            ),
            attribute("Picklist", "kind", "Picklist", "PicklistType", &with(nameless)),
            attribute("Picklist", "bare", "Picklist", "PicklistType", r#","OptionSet":null"#),
        ]
        .join(","),
    ));
    let ty = |name: &str| &column(&imported, "new_ship", name).ty;
    let local = |name: &str| match ty(name).choice() {
        Some(ChoiceRef::Local(choice)) => choice.clone(),
        other => panic!("{name}: {other:?}"),
    };
    let state = local("statecode");
    assert_eq!(state.options.iter().map(|o| o.value).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(
        (state.options[1].default_status, state.options[1].invariant_name.as_deref()),
        (Some(2), Some("Inactive"))
    );
    assert_eq!((state.kind, state.options[0].color.as_deref()), (Some(ChoiceKind::State), Some("#00ff00")));
    assert!(state.description.is_empty(), "empty in every language is none");
    assert_eq!(local("statuscode").options[0].state, Some(0));
    assert_eq!(local("fast").options.iter().map(|o| o.value).collect::<Vec<_>>(), [0, 1]);
    assert!(matches!(ty("fast"), ColumnType::Boolean { default: Some(true), .. }));
    assert_eq!(local("kind").name, "new_ship_kind");
    assert_eq!(ty("bare"), &ColumnType::Choice { choice: None, default: None });
    let global = Some(ChoiceRef::Global("new_Flags".into()));
    assert_eq!(ty("flags"), &ColumnType::Choices { choice: global.clone() });
    assert_eq!(ty("flag"), &ColumnType::Choice { choice: global, default: None });
    let choice = &imported.schema.choices["new_Flags"];
    assert_eq!(choice.options[0].label.get(1036), Some("only mine"));
    assert_eq!((choice.global, choice.options[0].external_value.as_deref()), (true, None));
    assert_eq!(imported.schema.org.languages, [1031, 1033, 1036]);
}

#[test]
fn global_choices_and_cast_collections_are_read() {
    let json = r##"{"@odata.context":"https://x.crm.dynamics.com/api/data/v9.2/$metadata#GlobalOptionSetDefinitions",
      "value":[{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","Name":"g","IsGlobal":true,"OptionSetType":"Picklist","Options":[{"Value":1}]},
               {"@odata.type":"#Microsoft.Dynamics.CRM.BooleanOptionSetMetadata","Name":"b","TrueOption":{"Value":1},"FalseOption":{"Value":0}},
               {"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","Name":"empty","OptionSetType":"Picklist","Options":[]},
               {"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","Name":"shared properties only","OptionSetType":"Picklist"}]}"##;
    let imported = ok(json);
    assert_eq!(imported.schema.choices.keys().collect::<Vec<_>>(), ["b", "empty", "g"]);
    assert!(imported.schema.choices.values().all(|c| c.global));
    assert_eq!(imported.skipped.iter().map(|s| s.count).sum::<usize>(), 1);

    // In a cast collection only the context has the class and the table.
    let cast = r##"{"@odata.context":"https://x.crm.dynamics.com/api/data/v9.2/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata(LogicalName,OptionSet(Options))",
      "value":[{"LogicalName":"rating","MetadataId":"19a053ce-dca3-4680-8f0b-d9fc12c3085b","OptionSet":{"Options":[{"Value":5}]}}]}"##;
    let imported = ok(cast);
    assert!(
        matches!(&column(&imported, "account", "rating").ty, ColumnType::Choice { choice: Some(ChoiceRef::Local(c)), .. } if c.name == "account_rating")
    );
    let lost = r#"{"value":[{"LogicalName":"rating","AttributeType":"Picklist"}]}"#;
    assert_eq!(ok(lost).skipped[0].what, "columns");

    // Responses as a tool wraps them; the cast repeats a column of the list.
    let wrapped = r#"{"_source":"a tool","entity":{"LogicalName":"account","EntitySetName":"accounts"},
      "attributes":[{"LogicalName":"rating","AttributeType":"Picklist","RequiredLevel":{"Value":"ApplicationRequired"}},
                    {"LogicalName":"ratingname","AttributeType":"Virtual","AttributeOf":"rating"},
                    {"LogicalName":"what","AttributeType":"Virtual"}],
      "picklistAttributes":[{"LogicalName":"rating","AttributeType":"Picklist","OptionSet":{"Name":"s","Options":[{"Value":5}]}}],
      "formXml":"<form/>","formFields":["rating"]}"#;
    let imported = ok(wrapped);
    let rating = column(&imported, "account", "rating");
    assert!(rating.ty.choice().is_some() && rating.required == Some(RequiredLevel::Application));
    assert_eq!(column(&imported, "account", "ratingname").ty, ColumnType::Virtual);
    assert!(
        matches!(column(&imported, "account", "what").ty, ColumnType::Other { .. }),
        "it may be a picture"
    );
}

#[test]
fn a_single_definition_is_read_with_relationships_and_keys() {
    let relationship = r#"{"SchemaName":"contact_customer_accounts","ReferencedEntity":"account","ReferencedAttribute":"accountid",
        "ReferencingEntity":"contact","ReferencingAttribute":"parentcustomerid","IsHierarchical":false,
        "ReferencedEntityNavigationPropertyName":"contact_customer_accounts","ReferencingEntityNavigationPropertyName":"parentcustomerid_account"}"#;
    let many = r#"{"SchemaName":"new_a_b","Entity1LogicalName":"account","Entity2LogicalName":"new_b","IntersectEntityName":"new_a_b",
        "Entity1IntersectAttribute":"accountid","Entity2IntersectAttribute":"new_bid","Entity1NavigationPropertyName":"new_a_b","Entity2NavigationPropertyName":"new_a_b"}"#;
    let account = format!(
        r#"{{"@odata.context":"https://x.crm.dynamics.com/api/data/v9.2/$metadata#EntityDefinitions/$entity","LogicalName":"account",
        "EntitySetName":"accounts","PrimaryIdAttribute":"accountid","OwnershipType":"UserOwned","IsActivity":false,"IsIntersect":false,"TableType":"Standard",
        "Attributes":[{{"LogicalName":"accountid","AttributeType":"Uniqueidentifier","IsPrimaryId":true,"SourceType":1}}],
        "Keys":[{{"LogicalName":"new_k","KeyAttributes":["name","new_no"],"EntityKeyIndexStatus":"Active"}},{{"LogicalName":"broken"}}],
        "OneToManyRelationships":[{relationship}],"ManyToManyRelationships":[{many},{{"SchemaName":"alone"}}]}}"#
    );
    let imported = ok(&account);
    let table = &imported.schema.tables["account"];
    assert_eq!((table.kind, table.primary_id.as_deref()), (Some(TableKind::Standard), Some("accountid")));
    assert_eq!(table.columns[0].source, Some(SourceType::Calculated));
    assert_eq!((table.keys.len(), table.keys[0].columns.len()), (1, 2));
    assert_eq!(table.relationships.len(), 2, "the other sides' tables are not there");
    let contacts = table.navigation("contact_customer_accounts").unwrap();
    assert_eq!((contacts.side, contacts.table.as_str()), (Side::OneToMany, "contact"));
    assert_eq!(contacts.column.as_deref(), Some("parentcustomerid"));
    let joined = table.navigation("new_a_b").unwrap();
    assert_eq!(
        (joined.side, joined.column.as_deref(), joined.referenced.as_deref()),
        (Side::ManyToMany, Some("accountid"), Some("new_bid"))
    );
    assert_eq!(joined.entity1, Some(true));
    assert_eq!(imported.skipped.len(), 2, "{:?}", imported.skipped);

    // Both tables have the relationship in their lists, and it is added once to each.
    let both = format!(
        r#"[{{"LogicalName":"account","OneToManyRelationships":[{relationship}]}},{{"LogicalName":"contact","ManyToOneRelationships":[{relationship}]}}]"#
    );
    let imported = ok(&both);
    assert_eq!(imported.schema.tables["account"].relationships.len(), 1);
    let contact = &imported.schema.tables["contact"];
    assert_eq!(contact.relationships.len(), 1);
    let up = contact.navigation("parentcustomerid_account").unwrap();
    assert_eq!(
        (up.side, up.table.as_str(), up.referenced.as_deref()),
        (Side::ManyToOne, "account", Some("accountid"))
    );
}

/// Returns the definition of an N:N relationship between two tables.
fn many_to_many(one: &str, two: &str, names: [&str; 2]) -> String {
    format!(
        r#"{{"SchemaName":"new_a_b","Entity1LogicalName":"{one}","Entity2LogicalName":"{two}","IntersectEntityName":"new_ab",
        "Entity1NavigationPropertyName":"{}","Entity2NavigationPropertyName":"{}"}}"#,
        names[0], names[1]
    )
}

#[test]
fn the_order_of_the_tables_of_an_n_to_n_relationship_is_read_and_written() {
    for (one, two) in [("account", "contact"), ("contact", "account"), ("account", "account")] {
        let wire = many_to_many(one, two, ["new_one", "new_two"]);
        let text = format!(
            r#"[{{"LogicalName":"account","ManyToManyRelationships":[{wire}]}},{{"LogicalName":"contact"}}]"#
        );
        let mut schema = ok(&text).schema;
        let order = |schema: &Schema, table: &str, navigation: &str| {
            schema.tables[table].navigation(navigation).unwrap().entity1
        };
        assert_eq!(
            (order(&schema, one, "new_one"), order(&schema, two, "new_two")),
            (Some(true), Some(false))
        );
        // A table that was read from a source without the order does not hide it.
        let forgotten = schema.clone();
        let side =
            schema.tables.get_mut(two).unwrap().relationships.iter_mut().find(|r| r.entity1 == Some(false));
        side.unwrap().entity1 = None;
        for schema in [&forgotten, &schema] {
            let writer = write::MetadataWriter::new(schema, write::Dialect::Changes);
            for table in [one, two] {
                let written = writer.relationships(&schema.tables[table], Side::ManyToMany);
                assert_eq!(written.len(), if one == two { 2 } else { 1 }, "{written:?}");
                for definition in written {
                    assert_eq!(
                        (&definition["Entity1LogicalName"], &definition["Entity2LogicalName"]),
                        (&one.into(), &two.into())
                    );
                    assert_eq!(definition["Entity1NavigationPropertyName"], "new_one");
                }
            }
        }
    }
    // The two ends of a relationship of a table with itself that have one name cannot be told apart.
    let wire = many_to_many("account", "account", ["new_same", "new_same"]);
    let schema = ok(&format!(r#"[{{"LogicalName":"account","ManyToManyRelationships":[{wire}]}}]"#)).schema;
    let found: Vec<_> = schema.tables["account"].relationships.iter().map(|r| r.entity1).collect();
    assert_eq!(found, [None]);
}

#[test]
fn cascades_states_and_transitions_are_read_and_written() {
    let status = |value: i32, data: &str| {
        format!(
            r##"{{"@odata.type":"#Microsoft.Dynamics.CRM.StatusOptionMetadata","Value":{value},"State":0,"TransitionData":{data}}}"##
        )
    };
    let allowed = "\"<allowedtransitions xmlns='x'><allowedtransition sourcestatusid='1' tostatusid='7'/><allowedtransition \
                   sourcestatusid='1' tostatusid='2'/></allowedtransitions>\"";
    let options =
        [status(1, allowed), status(2, "null"), status(7, "\"\""), status(8, "\"<transitions/>\"")].join(",");
    let options = |ty: &str, default: i32| {
        format!(
            r#"{{"LogicalName":"{ty}code","AttributeType":"{ty}","DefaultFormValue":{default},
            "OptionSet":{{"Name":"x_{ty}","OptionSetType":"{ty}","Options":[{options}]}}}}"#
        )
    };
    let relationship = |name: &str, cascade: &str| {
        format!(
            r#"{{"SchemaName":"{name}","ReferencedEntity":"x","ReferencingEntity":"x","ReferencingAttribute":"{name}",
            "ReferencedEntityNavigationPropertyName":"{name}_many","ReferencingEntityNavigationPropertyName":"{name}","CascadeConfiguration":{cascade}}}"#
        )
    };
    let relationships = [
        relationship(
            "a",
            r#"{"Assign":"Active","Delete":"Restrict","Merge":"NoCascade","Reparent":"UserOwned","Share":"Cascade","Unshare":"RemoveLink","RollupView":"NoCascade"}"#,
        ),
        relationship("b", r#"{"Delete":"Cascade","Merge":null,"Share":"SomethingNew"}"#),
        relationship("c", "null"),
        relationship("d", "{}"),
    ]
    .join(",");
    let json = format!(
        r#"{{"LogicalName":"x","ChangeTrackingEnabled":true,"EnforceStateTransitions":false,"Attributes":[{},{}],"OneToManyRelationships":[{relationships}]}}"#,
        options("State", 0),
        options("Status", -1)
    );
    let imported = ok(&json);
    let table = &imported.schema.tables["x"];
    assert_eq!((table.change_tracking, table.enforce_state_transitions), (Some(true), Some(false)));
    let column = |name: &str| &column(&imported, "x", name).ty;
    assert!(matches!(column("Statecode"), ColumnType::State { default: Some(0), .. }));
    let ColumnType::Status { choice: Some(ChoiceRef::Local(choice)), default: None } = column("Statuscode")
    else {
        panic!("{:?}", column("Statuscode"))
    };
    let transitions: Vec<_> = choice.options.iter().map(|o| o.transitions.clone()).collect();
    assert_eq!(transitions, [Some(vec![2, 7]), None, None, None]);
    let left_out: Vec<_> = imported.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        left_out,
        ["2 transitions (their text is not the XML that was expected)"],
        "one of each column"
    );
    let (a, b) = (table.navigation("a").unwrap(), table.navigation("b").unwrap());
    assert_eq!(
        a.cascade,
        Some(Cascade {
            assign: Some(CascadeAction::Active),
            delete: Some(CascadeAction::Restrict),
            merge: Some(CascadeAction::NoCascade),
            reparent: Some(CascadeAction::UserOwned),
            share: Some(CascadeAction::Cascade),
            unshare: Some(CascadeAction::RemoveLink),
        })
    );
    assert_eq!(b.cascade, Some(Cascade { delete: Some(CascadeAction::Cascade), ..Cascade::default() }));
    assert_eq!(table.navigation("a_many").unwrap().cascade, a.cascade, "both sides have it");
    assert!(
        table.navigation("c").unwrap().cascade.is_none() && table.navigation("d").unwrap().cascade.is_none()
    );
    for again in [write::changes(&imported.schema), write::definitions(&imported.schema)] {
        assert_eq!(ok(&again.to_string()).schema, imported.schema);
    }
}

#[test]
fn json_that_is_not_metadata_is_refused_as_such() {
    for (json, line, words) in [
        ("", 1, "too early"),
        ("{\"EntityMetadata\":[{\n\"LogicalName\":\"acc", 2, "too early"),
        ("{\"EntityMetadata\":\n[{\"LogicalName\": 5}]}", 2, "expected a string"),
        ("{\"EntityMetadata\":[]} x", 1, "trailing"),
        ("{\"name\":\"package\",\"version\":\"1.0\"}", 0, "no metadata"),
        ("{}", 0, "no metadata"),
        ("\"text\"", 1, "an object or an array"),
        (
            "{\"error\":{\"code\":\"0x80040217\",\"message\":\"Gone\"}}",
            0,
            "error response of the service (0x80040217: Gone)",
        ),
        ("{\"value\":[{\"accountid\":\"1\",\"name\":\"A\"}]}", 0, "none is a definition"),
    ] {
        let error = read(json).unwrap_err();
        assert_eq!(error.line, line, "{json}: {error}");
        assert!(error.message.contains(words), "{json}: {error}");
        assert!(error.message.contains("RetrieveMetadataChanges"), "{error}");
    }
    let deep = format!("{{\"EntityMetadata\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read(&deep).is_err());
    let deep = format!("{{\"unknown\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read(&deep).is_err(), "skipped without recursion, and then nothing is left");
    assert!(ok("{\"EntityMetadata\":[]}").schema.tables.is_empty());
    assert!(ok("\u{feff}[]").schema.tables.is_empty());
}
