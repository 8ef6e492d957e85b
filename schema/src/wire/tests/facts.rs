//! A round trip of every fact through the metadata JSON, and the form in which the facts are written.

use expect_test::expect_file;
use serde_json::Value;

use super::super::context::{Context, strip_class};
use super::super::write::{Dialect, MetadataWriter};
use super::*;
use crate::complete::{column_types, complete, label};
use crate::{Choice, ChoiceOption, Edm, Key, Org, Ownership, Relationship, Table};

/// Returns the complete schema without the facts that the metadata JSON cannot state.
fn statable() -> Schema {
    let mut schema = complete();
    schema.org = Org { languages: schema.org.languages, ..Org::default() };
    schema.operations.clear();
    for table in schema.tables.values_mut() {
        table.base = None;
        for column in &mut table.columns {
            (column.property, column.inherited) = (None, None);
        }
    }
    schema
}

/// Asserts that both dialects of the metadata give the schema back.
fn assert_round_trip(schema: &Schema, row: &str) {
    for text in [write::changes(schema), write::definitions(schema)] {
        let again = ok(&text.to_string());
        assert!(again.schema == *schema, "{row}: {text:#}");
        assert_eq!(again.skipped, [], "{row}");
    }
}

#[test]
fn each_fact_that_is_written_is_read_again() {
    assert_round_trip(&statable(), "the whole");
}

#[test]
fn each_value_of_each_enumeration_is_read_as_it_was_written() {
    fn ship(schema: &mut Schema) -> &mut Table {
        schema.tables.get_mut("new_ship").unwrap()
    }
    let with = |row: &str, change: &dyn Fn(&mut Table)| {
        let mut schema = statable();
        change(ship(&mut schema));
        assert_round_trip(&schema, row);
    };
    use Ownership as O;
    for value in [O::None, O::User, O::Business, O::Organization, O::BusinessParented] {
        with(&format!("{value:?}"), &|t| t.ownership = Some(value));
    }
    use TableKind as K;
    for value in [K::Standard, K::Activity, K::Intersect, K::Virtual, K::Elastic] {
        with(&format!("{value:?}"), &|t| t.kind = Some(value));
    }
    use RequiredLevel as L;
    for value in [L::None, L::Recommended, L::Application, L::System] {
        with(&format!("{value:?}"), &|t| t.columns[0].required = Some(value));
    }
    use SourceType as S;
    for value in [S::Simple, S::Calculated, S::Rollup, S::Formula] {
        with(&format!("{value:?}"), &|t| t.columns[0].source = Some(value));
    }
    use DateTimeBehavior as B;
    for value in [B::UserLocal, B::DateOnly, B::TimeZoneIndependent] {
        for date_format in [None, Some(false), Some(true)] {
            let ty = ColumnType::DateTime { behavior: Some(value), date_format };
            with(&format!("{ty:?}"), &|t| t.columns[0].ty = ty.clone());
        }
    }
    use CascadeAction as A;
    for value in [A::NoCascade, A::Cascade, A::Active, A::UserOwned, A::RemoveLink, A::Restrict] {
        assert_eq!(A::from_metadata(value.metadata_name()), Some(value));
    }
    use Edm as E;
    for edm in [
        E::Binary,
        E::Boolean,
        E::Date,
        E::DateTimeOffset,
        E::Decimal,
        E::Double,
        E::Guid,
        E::Int32,
        E::Int64,
        E::String,
    ] {
        with(&format!("{edm:?}"), &|t| t.columns[0].ty = ColumnType::Edm { edm });
    }
    for name in ["Virtual", "mscrm.New", "Edm.Stream"] {
        with(name, &|t| t.columns[0].ty = ColumnType::Other { name: name.into() });
    }
    with("partial", &|t| t.partial = true);
    for flag in [None, Some(false), Some(true)] {
        with(&format!("{flag:?}"), &|t| {
            (t.private, t.custom, t.change_tracking) = (flag, flag, flag);
            t.enforce_state_transitions = flag;
            let column = &mut t.columns[0];
            (column.valid_for_read, column.valid_for_create, column.valid_for_update) = (flag, flag, flag);
            (column.secured, column.custom, column.logical) = (flag, flag, flag);
            t.columns[1].ty = ColumnType::Boolean { choice: None, default: flag };
            t.columns[2].ty = ColumnType::Image { primary: flag, max_size_kb: None };
        });
    }
}

#[test]
fn a_column_of_each_type_without_details_is_read_as_it_was_written() {
    for (name, ty) in column_types() {
        let mut json = serde_json::to_value(&ty).unwrap();
        let keep = ["type", "edm", "name"];
        json.as_object_mut().unwrap().retain(|key, _| keep.contains(&key.as_str()));
        let bare: ColumnType = serde_json::from_value(json).unwrap();
        let table = Table {
            logical_name: "t".into(),
            columns: vec![
                Column::new("c", bare),
                Column { odata: Some(true), ..Column::new("id", ty.clone()) },
            ],
            ..Table::default()
        };
        let mut schema = statable();
        schema.tables.insert("t".into(), table);
        assert_round_trip(&schema, name);
    }
}

/// Writes an object in one line, without the members of labels and of what all columns have.
fn line(object: &Value) -> String {
    const COMMON: [&str; 18] = [
        "DisplayName",
        "DisplayCollectionName",
        "Description",
        "EntityLogicalName",
        "SchemaName",
        "MetadataId",
        "RequiredLevel",
        "IsValidODataAttribute",
        "IsValidForRead",
        "IsValidForCreate",
        "IsValidForUpdate",
        "IsSecured",
        "IsCustomAttribute",
        "IsLogical",
        "AttributeOf",
        "SourceType",
        "AutoNumberFormat",
        "Label",
    ];
    let short = |key: &str, value: &Value| match key {
        "OptionSet" | "GlobalOptionSet" if !value.is_null() => {
            let member = |name: &str| value.get(name).cloned().unwrap_or_default();
            let members: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
            format!("{} {} {}", member("Name"), member("@odata.type"), members.join(","))
        }
        _ => value.to_string(),
    };
    let members = object.as_object().unwrap().iter().filter(|(key, _)| !COMMON.contains(&key.as_str()));
    members.map(|(key, value)| format!("{key}={}", short(key, value))).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_form_of_each_definition_is_that_of_the_service() {
    let schema = statable();
    let table = &schema.tables["new_ship"];
    let mut text = String::new();
    for dialect in [Dialect::Definitions, Dialect::Changes] {
        let writer = MetadataWriter::new(&schema, dialect);
        text += &format!("# {dialect:?}\n{}\n", line(&Value::Object(writer.table_facts(table))));
        for column in &table.columns {
            text += &format!("{}\n", line(&Value::Object(writer.column(table, column))));
        }
        for key in writer.keys(table) {
            text += &format!("{}\n", line(&Value::Object(key)));
        }
        for side in [Side::ManyToOne, Side::OneToMany, Side::ManyToMany] {
            for relationship in writer.relationships(table, side) {
                text += &format!("{}\n", Value::Object(relationship));
            }
        }
        let choice = writer.choice(&schema.choices["new_size"]);
        text += &format!("{}\n", line(&Value::Object(choice.clone())));
        for column in ["new_state", "new_status", "new_boolean"] {
            let column = writer.column(table, table.column(column).unwrap());
            let set = &column["OptionSet"];
            let option = set.get("TrueOption").or_else(|| set["Options"].get(1)).unwrap();
            text += &format!("{}\n", line(option));
        }
    }
    text += &format!("{}\n", write::global_choices(&schema)["value"][0]["Options"][0]);
    expect_file!["definitions.txt"].assert_eq(&text);
}

#[test]
fn a_two_option_set_has_its_own_class_only_with_two_options() {
    let option = |value| ChoiceOption { value, ..ChoiceOption::default() };
    for (kind, values, class, members) in [
        (Some(ChoiceKind::Boolean), &[0, 1][..], "BooleanOptionSetMetadata", "FalseOption TrueOption"),
        (Some(ChoiceKind::Boolean), &[1], "BooleanOptionSetMetadata", "TrueOption"),
        (Some(ChoiceKind::Boolean), &[], "OptionSetMetadata", "Options"),
        (Some(ChoiceKind::Boolean), &[0, 2], "OptionSetMetadata", "Options"),
        (Some(ChoiceKind::Boolean), &[0, 0], "OptionSetMetadata", "Options"),
        (Some(ChoiceKind::Picklist), &[0, 1], "OptionSetMetadata", "Options"),
        (None, &[0, 1], "OptionSetMetadata", "Options"),
    ] {
        let choice = Choice {
            name: "c".into(),
            kind,
            options: values.iter().copied().map(option).collect(),
            ..Choice::default()
        };
        let schema = Schema::default();
        let written = MetadataWriter::new(&schema, Dialect::Definitions).choice(&choice);
        assert_eq!(written["@odata.type"], format!("#Microsoft.Dynamics.CRM.{class}"), "{kind:?} {values:?}");
        let options: Vec<_> =
            written.keys().filter(|k| k.contains("Option") && *k != "OptionSetType").collect();
        let options = options.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(" ");
        assert_eq!(options, members, "{kind:?} {values:?}");
    }
}

#[test]
fn the_flags_for_notes_and_activities_follow_from_the_relationships() {
    let to = |side, table: &str, column: &str| Relationship {
        navigation: None,
        side,
        table: table.into(),
        column: Some(column.into()),
        referenced: None,
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: None,
        hierarchical: None,
        cascade: None,
    };
    for (relationship, activities, notes) in [
        (to(Side::OneToMany, "activitypointer", "regardingobjectid"), true, false),
        (to(Side::OneToMany, "annotation", "objectid"), false, true),
        (to(Side::ManyToOne, "annotation", "objectid"), false, false),
        (to(Side::OneToMany, "annotation", "regardingobjectid"), false, false),
        (to(Side::OneToMany, "x", "objectid"), false, false),
    ] {
        let row = format!("{relationship:?}");
        let table = Table { logical_name: "t".into(), relationships: vec![relationship], ..Table::default() };
        let schema = Schema::default();
        let writer = MetadataWriter::new(&schema, Dialect::Changes);
        let written = writer.table_facts(&table);
        assert_eq!(
            (&written["HasActivities"], &written["HasNotes"]),
            (&activities.into(), &notes.into()),
            "{row}"
        );
        let partial = writer.table_facts(&Table { partial: true, ..table });
        assert!(!partial.contains_key("HasNotes") && partial[PARTIAL] == true, "{row}");
    }
}

#[test]
fn a_relationship_is_written_only_if_both_tables_have_it() {
    let base = statable();
    let navigations = |schema: &Schema| {
        let writer = MetadataWriter::new(schema, Dialect::Changes);
        let sides = [Side::ManyToOne, Side::OneToMany, Side::ManyToMany];
        sides.map(|side| writer.relationships(&schema.tables["new_ship"], side).len())
    };
    assert_eq!(navigations(&base), [1, 1, 1]);
    let mut alone = base.clone();
    alone.tables.remove("new_port");
    assert_eq!(navigations(&alone), [1, 1, 1], "the other table may have it");
    let mut less = base.clone();
    less.tables.get_mut("new_port").unwrap().relationships.clear();
    assert_eq!(navigations(&less), [0, 0, 0]);
    // Any other fact of the other side makes it another relationship.
    let change = |change: &dyn Fn(&mut Relationship)| {
        let mut other = base.clone();
        other.tables.get_mut("new_port").unwrap().relationships.iter_mut().for_each(change);
        navigations(&other)
    };
    assert_eq!(change(&|r| r.schema_name = None), [0, 0, 0]);
    assert_eq!(change(&|r| r.column = None), [0, 0, 0]);
    assert_eq!(change(&|r| r.table = "x".into()), [0, 0, 0]);
    assert_eq!(change(&|r| r.entity1 = None), [1, 1, 1], "the order is stated by this side");
    assert_eq!(change(&|r| r.entity1 = r.entity1.map(|first| !first)), [1, 1, 0]);
}

#[test]
fn an_n_to_n_relationship_without_an_order_begins_with_the_smaller_end() {
    let mut schema = statable();
    for table in schema.tables.values_mut() {
        table.relationships.iter_mut().for_each(|r| r.entity1 = None);
    }
    let writer = MetadataWriter::new(&schema, Dialect::Changes);
    let written = ["new_ship", "new_port"].map(|t| writer.relationships(&schema.tables[t], Side::ManyToMany));
    assert_eq!(written[0], written[1]);
    assert_eq!(written[0][0]["Entity1LogicalName"], "new_port");
    assert_eq!(written[0][0]["Entity1IntersectAttribute"], "new_portid");
    assert_eq!(written[0][0]["Entity2IntersectAttribute"], "new_shipid");
}

#[test]
fn a_relationship_to_the_principal_is_written_as_one_to_the_owner() {
    let relationship = |navigation: Option<&str>, table: &str| Relationship {
        navigation: navigation.map(Into::into),
        side: Side::ManyToOne,
        table: table.into(),
        column: Some("ownerid".into()),
        referenced: None,
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: Some("s".into()),
        hierarchical: None,
        cascade: None,
    };
    for (navigation, table, tables, expected) in [
        (Some("ownerid"), "principal", &["principal"][..], &["owner"][..]),
        (Some("ownerid"), "principal", &["principal", "owner"], &[]),
        (None, "principal", &["principal"], &[]),
        (Some("ownerid"), "x", &["x"], &[]),
        (Some("ownerid"), "principal", &[], &["principal"]),
    ] {
        let mut schema = Schema::default();
        for name in tables {
            schema.tables.insert((*name).into(), Table { logical_name: (*name).into(), ..Table::default() });
        }
        let table = Table {
            logical_name: "t".into(),
            relationships: vec![relationship(navigation, table)],
            ..Table::default()
        };
        let written = MetadataWriter::new(&schema, Dialect::Changes).relationships(&table, Side::ManyToOne);
        let referenced: Vec<_> = written.iter().map(|r| r["ReferencedEntity"].as_str().unwrap()).collect();
        assert_eq!(referenced, expected, "{navigation:?} {tables:?}");
    }
}

#[test]
fn the_label_for_the_user_is_the_english_one_or_the_first() {
    let user = |text: &crate::LocalizedText| write::label(text)["UserLocalizedLabel"]["Label"].clone();
    assert_eq!(user(&label("a")), "a");
    assert_eq!(user(&crate::LocalizedText([(1031, "b".to_owned()), (1036, "c".to_owned())].into())), "b");
    assert_eq!(user(&crate::LocalizedText::default()), Value::Null);
}

#[test]
fn the_context_names_the_organisation_the_table_and_the_class() {
    let crm = "https://o.crm4.dynamics.com";
    for (text, url, table, class, attributes) in [
        (
            "https://o.api.crm4.dynamics.com/api/data/v9.2/$metadata#EntityDefinitions",
            Some(crm),
            None,
            None,
            false,
        ),
        (
            "https://o.crm4.dynamics.com/api/data/v9.2/$metadata#EntityDefinitions",
            Some(crm),
            None,
            None,
            false,
        ),
        ("http://o.crm4.dynamics.com/api/data/v9.2/$metadata#x", None, None, None, false),
        ("https://o.crm4.dynamics.com/$metadata#x", None, None, None, false),
        ("https://localhost/api/data/v9.2/$metadata#x", Some("https://localhost"), None, None, false),
        ("$metadata#EntityDefinitions('account')/Attributes", None, Some("account"), None, true),
        (
            "$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata(OptionSet())",
            None,
            Some("account"),
            Some("PicklistAttributeMetadata"),
            true,
        ),
        (
            "$metadata#EntityDefinitions(1234)/Attributes/Microsoft.Dynamics.CRM.StateAttributeMetadata/$entity",
            None,
            None,
            Some("StateAttributeMetadata"),
            true,
        ),
        ("$metadata#EntityDefinitions('account')/Attributes/Other.X", None, Some("account"), None, true),
        ("", None, None, None, false),
    ] {
        let context = Context::of(text);
        assert_eq!(
            (context.url.as_deref(), context.table.as_deref(), context.class.as_deref(), context.attributes),
            (url, table, class, attributes),
            "{text}"
        );
    }
    for (name, class) in [("#A.B.ComplexX", "X"), ("#A.B.X", "X"), ("ComplexX", "X"), ("X", "X")] {
        assert_eq!(strip_class(name), class);
    }
}

/// Returns the imported columns of a table `t` with these attributes, as `name type`.
fn types(attributes: &str) -> Vec<String> {
    let imported = ok(&format!(r#"[{{"LogicalName":"t","SchemaName":"T","Attributes":[{attributes}]}}]"#));
    let columns = &imported.schema.tables["t"].columns;
    let shown = |c: &Column| match &c.ty {
        ColumnType::Other { name } => format!("other {name}"),
        ty => serde_json::to_value(ty).unwrap()["type"].as_str().unwrap().to_owned(),
    };
    columns.iter().map(shown).collect()
}

#[test]
fn the_type_comes_from_its_name_its_code_or_its_class() {
    for (members, ty) in [
        (r#""AttributeTypeName":{"Value":"MemoType"},"AttributeType":"String""#, "memo"),
        (r#""AttributeTypeName":"MemoType""#, "memo"),
        (r#""AttributeTypeName":{"Value":"Memo"}"#, "memo"),
        (r#""AttributeTypeName":{"Value":null},"AttributeType":"String""#, "string"),
        (
            r##""AttributeType":"Virtual","@odata.type":"#Microsoft.Dynamics.CRM.ImageAttributeMetadata""##,
            "image",
        ),
        (
            r##""AttributeType":"String","@odata.type":"#Microsoft.Dynamics.CRM.ImageAttributeMetadata""##,
            "string",
        ),
        (r##""@odata.type":"#Microsoft.Dynamics.CRM.FileAttributeMetadata""##, "file"),
        (
            r##""@odata.type":"#Microsoft.Dynamics.CRM.ComplexUniqueIdentifierAttributeMetadata""##,
            "uniqueidentifier",
        ),
        (
            r##""@odata.type":"#Microsoft.Dynamics.CRM.EnumAttributeMetadata","AttributeType":"Virtual""##,
            "other Virtual",
        ),
        (
            r##""@odata.type":"#Microsoft.Dynamics.CRM.AttributeMetadata","AttributeType":"Virtual""##,
            "other Virtual",
        ),
        (r#""AttributeType":"Virtual","AttributeOf":"x""#, "virtual"),
        (r#""AttributeType":"Virtual","OptionSet":{"Options":[]}"#, "choices"),
        (r#""AttributeType":"Virtual""#, "other Virtual"),
        (r#""AttributeType":null"#, "other "),
        (r#""AttributeTypeName":{"Value":"Edm.Stream"}"#, "other Edm.Stream"),
    ] {
        assert_eq!(types(&format!(r#"{{"LogicalName":"c",{members}}}"#)), [ty], "{members}");
    }
}

#[test]
fn numbers_out_of_range_state_nothing() {
    let column = |members: &str| {
        let json = format!(r#"[{{"LogicalName":"t","Attributes":[{{"LogicalName":"c",{members}}}]}}]"#);
        ok(&json).schema.tables["t"].columns[0].clone()
    };
    for (number, expected) in
        [("4294967295", Some(u32::MAX)), ("4294967296", None), ("0", Some(0)), ("-1", None)]
    {
        let ty = column(&format!(r#""AttributeType":"String","MaxLength":{number}"#)).ty;
        assert_eq!(ty, ColumnType::String { max_length: expected, format: None }, "{number}");
    }
    for (number, expected) in [("255", Some(255)), ("256", None), ("-1", None)] {
        let ty = column(&format!(r#""AttributeType":"Decimal","Precision":{number}"#)).ty;
        assert_eq!(ty, ColumnType::Decimal { min: None, max: None, precision: expected }, "{number}");
    }
    for (number, expected) in [(-2, Some(-2)), (-1, None), (0, Some(0))] {
        let ty = column(&format!(r#""AttributeType":"State","DefaultFormValue":{number}"#)).ty;
        assert_eq!(ty, ColumnType::State { choice: None, default: expected }, "{number}");
    }
    for (source, expected) in [(3, Some(SourceType::Formula)), (4, None), (-1, None)] {
        let column = column(&format!(r#""AttributeType":"BigInt","SourceType":{source}"#));
        assert_eq!(column.source, expected, "{source}");
    }
    // Tools write whole numbers as floats.
    let ty = column(r#""AttributeType":"Integer","MinValue":-5.0,"MaxValue":5.9"#).ty;
    assert_eq!(ty, ColumnType::Integer { min: Some(-5), max: Some(5), format: None });
    let table = |code: &str| {
        let json = format!(r#"[{{"LogicalName":"t","SchemaName":"T","ObjectTypeCode":{code}}}]"#);
        ok(&json).schema.tables["t"].object_type_code
    };
    assert_eq!(["0", "1", "null"].map(table), [None, Some(1), None]);
}

#[test]
fn the_kind_of_a_table_follows_from_three_members() {
    for (members, expected) in [
        (r#""IsIntersect":true,"IsActivity":true"#, Some(TableKind::Intersect)),
        (r#""IsActivity":true,"TableType":"Elastic""#, Some(TableKind::Activity)),
        (r#""TableType":"Elastic","DataProviderId":"x""#, Some(TableKind::Elastic)),
        (r#""TableType":"Virtual""#, Some(TableKind::Virtual)),
        (
            r#""DataProviderId":"x","TableType":"Standard","IsActivity":false,"IsIntersect":false"#,
            Some(TableKind::Virtual),
        ),
        (r#""TableType":"Standard","IsActivity":false,"IsIntersect":false"#, Some(TableKind::Standard)),
        (r#""TableType":"Standard","IsActivity":false"#, None),
        (r#""TableType":"Standard","IsIntersect":false"#, None),
        (r#""IsActivity":false,"IsIntersect":false"#, None),
        (r#""IsIntersect":null"#, None),
    ] {
        let json = format!(r#"[{{"LogicalName":"t","SchemaName":"T",{members}}}]"#);
        assert_eq!(ok(&json).schema.tables["t"].kind, expected, "{members}");
    }
    for (text, expected) in [
        ("UserOwned", Some(Ownership::User)),
        ("TeamOwned", Some(Ownership::User)),
        ("UserOwned, TeamOwned", Some(Ownership::User)),
        ("OrganizationOwned", Some(Ownership::Organization)),
        ("BusinessOwned", Some(Ownership::Business)),
        ("None,BusinessParented", Some(Ownership::BusinessParented)),
        ("None", Some(Ownership::None)),
        ("Other", None),
        ("", None),
    ] {
        let json = format!(r#"[{{"LogicalName":"t","SchemaName":"T","OwnershipType":"{text}"}}]"#);
        assert_eq!(ok(&json).schema.tables["t"].ownership, expected, "{text}");
    }
}

#[test]
fn the_key_and_the_name_of_a_table_are_flagged_if_it_does_not_name_them() {
    let table = |members: &str| {
        let json = format!(
            r#"[{{"LogicalName":"t",{members}"Attributes":[{{"LogicalName":"a","IsPrimaryId":false,"IsPrimaryName":true}},
            {{"LogicalName":"b","IsPrimaryId":true}},{{"LogicalName":"a"}}]}}]"#
        );
        let imported = ok(&json);
        let table = imported.schema.tables["t"].clone();
        assert_eq!(imported.skipped[0].to_string(), "1 columns (named twice in one table)");
        (table.primary_id.unwrap(), table.primary_name.unwrap())
    };
    let names = |id: &str, name: &str| (id.to_owned(), name.to_owned());
    assert_eq!(table(""), names("b", "a"));
    assert_eq!(table(r#""PrimaryIdAttribute":"x","PrimaryNameAttribute":"","#), names("x", "a"));
    assert_eq!(table(r#""PrimaryIdAttribute":"","PrimaryNameAttribute":"y","#), names("b", "y"));
}

#[test]
fn a_definition_is_of_the_kind_that_its_members_show() {
    let what = |definition: &str| {
        let json = format!(
            r##"{{"@odata.context":"https://x/api/data/v9.2/$metadata#EntityDefinitions","value":[{definition},{{"LogicalName":"t","SchemaName":"T"}}]}}"##
        );
        let imported = ok(&json);
        let columns: usize = imported.schema.tables.values().map(|t| t.columns.len()).sum();
        let skipped: Vec<_> = imported.skipped.iter().map(|s| s.what.as_str()).collect();
        (imported.schema.tables.len(), columns, imported.schema.choices.len(), skipped.join(","))
    };
    let row = |tables, columns, choices, skipped: &str| (tables, columns, choices, skipped.to_owned());
    for (definition, expected) in [
        (r#"{"LogicalName":"a","EntitySetName":"as"}"#, row(2, 0, 0, "")),
        (r#"{"LogicalName":"a","AttributeType":"Memo"}"#, row(1, 1, 0, "")),
        (r#"{"LogicalName":"a","AttributeTypeName":"MemoType"}"#, row(1, 1, 0, "")),
        (r#"{"LogicalName":"a","OptionSet":{}}"#, row(1, 1, 0, "")),
        (r#"{"LogicalName":"a","GlobalOptionSet":{}}"#, row(1, 1, 0, "")),
        (r#"{"LogicalName":"a","@odata.type":"X.MemoAttributeMetadata"}"#, row(1, 1, 0, "")),
        (r#"{"Name":"a","Options":[]}"#, row(1, 0, 1, "")),
        (r#"{"Name":"a","TrueOption":{"Value":1}}"#, row(1, 0, 1, "")),
        (
            r#"{"Name":"a","FalseOption":{"Value":0},"@odata.type":"X.BooleanOptionSetMetadata"}"#,
            row(1, 0, 1, ""),
        ),
        (r#"{"Name":"a","OptionSetType":"Picklist"}"#, row(1, 0, 0, "choices")),
        (r#"{"Name":"","Options":[]}"#, row(1, 0, 0, "choices")),
        (r#"{"Name":"a","IsGlobal":false,"Options":[]}"#, row(1, 0, 0, "choices")),
        (r#"{"ReferencingEntity":"a"}"#, row(1, 0, 0, "relationships")),
        (r#"{"ReferencingEntity":"a","ReferencedEntity":"b"}"#, row(1, 0, 0, "relationships")),
        (r#"{"Entity1LogicalName":"a"}"#, row(1, 0, 0, "relationships")),
        (r#"{"MetadataId":"x"}"#, row(1, 0, 0, "elements")),
    ] {
        assert_eq!(what(definition), expected, "{definition}");
    }
}

#[test]
fn tools_wrap_responses_under_several_names() {
    for member in ["entity", "Entities", "entityMetadata", "entityDefinition", "entityDefinitions"] {
        // A name that begins with a capital letter could be a member of a definition.
        let known = !member.starts_with('E');
        let json = format!(r#"{{"{member}":[{{"LogicalName":"t"}}]}}"#);
        assert_eq!(read(&json).is_ok(), known, "{member}");
    }
    for member in ["globalOptionSets", "globalOptionSetDefinitions", "relationshipDefinitions"] {
        let json = format!(r#"{{"{member}":{{"Name":"c","Options":[{{"Value":1}}]}}}}"#);
        assert_eq!(ok(&json).schema.choices.len(), 1, "{member}");
    }
    for member in ["attributes", "stateAttributes"] {
        let json = format!(
            r#"{{"entity":{{"LogicalName":"t"}},"{member}":[{{"LogicalName":"c"}}],"x":{{"y":[1]}},"z":null}}"#
        );
        assert_eq!(ok(&json).schema.tables["t"].columns.len(), 1, "{member}");
    }
    assert!(ok(r#"{"value":null}"#).schema.tables.is_empty());
    assert!(read(r#"{"value":5}"#).unwrap_err().message.contains("a definition or an array of them"));
    let page = r#"{"@odata.nextLink":"x","value":[{"LogicalName":"t"}]}"#;
    assert_eq!(ok(page).skipped[0].what, "further pages");
    // Two tables: a column outside of them belongs to neither.
    let two = r#"{"entities":[{"LogicalName":"a"},{"LogicalName":"b"}],"attributes":[{"LogicalName":"c"}]}"#;
    assert_eq!(ok(two).skipped[0].what, "columns");
}

#[test]
fn a_text_over_200_mib_is_not_parsed() {
    let text = |length: usize| {
        let mut text = vec![b' '; length];
        text[0] = b'x';
        String::from_utf8(text).unwrap()
    };
    let at_limit = read(&text(200 << 20)).unwrap_err();
    assert_eq!((at_limit.line, at_limit.column), (1, 1), "{at_limit}");
    let above = read(&text((200 << 20) + 1)).unwrap_err();
    assert_eq!(above.to_string(), "greater than 200 MiB");
}

#[test]
fn an_error_without_a_line_has_no_position() {
    let error = |line, column| WireError { line, column, message: "m".to_owned() }.to_string();
    assert_eq!([error(0, 0), error(1, 0), error(2, 3)], ["m", "1:0: m", "2:3: m"]);
}

#[test]
fn skipped_parts_of_one_kind_and_reason_are_counted_together() {
    let mut imported = ImportedSchema::default();
    for (what, why, count) in [("a", "x", 1), ("a", "y", 2), ("b", "x", 3), ("a", "x", 4), ("c", "x", 0)] {
        imported.skip(what, why, count);
    }
    let found: Vec<_> = imported.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["5 a (x)", "2 a (y)", "3 b (x)"]);
}

#[test]
fn keys_and_options_that_lack_something_are_left_out() {
    let imported = ok(
        r#"[{"LogicalName":"t","SchemaName":"T","Keys":[{"LogicalName":"k","SchemaName":"k","KeyAttributes":["a"],"EntityKeyIndexStatus":""},
        {"LogicalName":"l","SchemaName":"L","KeyAttributes":["a"]},{"LogicalName":"m","KeyAttributes":[]},{"KeyAttributes":["a"]},{"LogicalName":"n"}],
        "Attributes":[{"LogicalName":""},{"AttributeType":"Memo"},{"LogicalName":"c","AttributeType":"Picklist","OptionSet":{"Options":
        [{"Value":1},{"Value":1},{"Value":2147483647},{"Value":2147483648},{"Label":null}]}}]}]"#,
    );
    let table = &imported.schema.tables["t"];
    let key = |name: &str, schema_name: Option<&str>| Key {
        name: name.into(),
        schema_name: schema_name.map(Into::into),
        columns: vec!["a".into()],
        status: None,
    };
    assert_eq!(table.keys, [key("k", None), key("l", Some("L"))]);
    let Some(ChoiceRef::Local(choice)) = table.columns[0].ty.choice() else { panic!("{table:?}") };
    assert_eq!(choice.options.iter().map(|o| o.value).collect::<Vec<_>>(), [1, i32::MAX]);
    let skipped: Vec<_> = imported.skipped.iter().map(|s| format!("{} {}", s.count, s.what)).collect();
    assert_eq!(skipped, ["3 keys", "1 options", "1 options", "2 columns"]);
}

#[test]
fn the_choice_of_a_column_is_global_if_a_member_says_so() {
    let choice = |members: &str| {
        let json = format!(
            r#"[{{"LogicalName":"t","Attributes":[{{"LogicalName":"c","AttributeType":"Picklist",{members}}}]}}]"#
        );
        let imported = ok(&json);
        let choice = imported.schema.tables["t"].columns[0].ty.choice().cloned();
        let shown = match choice {
            None => "none".to_owned(),
            Some(ChoiceRef::Global(name)) => format!("global {name}"),
            Some(ChoiceRef::Local(choice)) => format!("local {}", choice.name),
        };
        format!("{shown}, {} global", imported.schema.choices.len())
    };
    for (members, expected) in [
        (r#""OptionSet":{"Name":"o","Options":[]}"#, "local o, 0 global"),
        (r#""OptionSet":{"Name":"o","IsGlobal":false,"Options":[]}"#, "local o, 0 global"),
        (r#""OptionSet":{"Name":"o","IsGlobal":true,"Options":[]}"#, "global o, 1 global"),
        (r#""OptionSet":{"IsGlobal":true,"Options":[]}"#, "local t_c, 0 global"),
        (r#""OptionSet":{"Name":"o","IsGlobal":true}"#, "global o, 0 global"),
        (r#""OptionSet":{"Name":"o"}"#, "none, 0 global"),
        (r#""GlobalOptionSet":{"Name":"g","Options":[]}"#, "global g, 1 global"),
        (r#""GlobalOptionSet":{"Name":"g","IsGlobal":false,"Options":[]}"#, "local g, 0 global"),
        (r#""GlobalOptionSet":{"Name":"g","IsGlobal":true}"#, "global g, 0 global"),
        (r#""OptionSet":{"Name":"o"},"GlobalOptionSet":{"Name":"g","Options":[]}"#, "global g, 1 global"),
        (r#""OptionSet":{"Name":"o","FalseOption":{"Value":0}}"#, "local o, 0 global"),
        (r#""OptionSet":null,"GlobalOptionSet":null"#, "none, 0 global"),
    ] {
        assert_eq!(choice(members), expected, "{members}");
    }
}

#[test]
fn a_label_without_its_list_has_the_language_of_the_user() {
    let label = |json: &str| {
        let json = format!(r#"[{{"LogicalName":"t","SchemaName":"T","DisplayName":{json}}}]"#);
        let label = ok(&json).schema.tables["t"].display_name.clone();
        label.0.into_iter().map(|(language, text)| format!("{language} {text}")).collect::<Vec<_>>().join(",")
    };
    for (json, expected) in [
        (r#"{"UserLocalizedLabel":{"Label":"a","LanguageCode":1031}}"#, "1031 a"),
        (
            r#"{"LocalizedLabels":[{"Label":"a","LanguageCode":1031}],"UserLocalizedLabel":{"Label":"b","LanguageCode":1031}}"#,
            "1031 a",
        ),
        (
            r#"{"LocalizedLabels":[{"Label":"","LanguageCode":1031},{"Label":"b","LanguageCode":1033}]}"#,
            "1031 ,1033 b",
        ),
        (r#"{"LocalizedLabels":[{"Label":"","LanguageCode":1031}]}"#, ""),
        (r#"{"LocalizedLabels":[{"Label":"a"},{"LanguageCode":1033}]}"#, ""),
        ("null", ""),
    ] {
        assert_eq!(label(json), expected, "{json}");
    }
}
