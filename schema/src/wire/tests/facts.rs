//! A round trip of every fact through the metadata JSON, and the form in which the facts are written.

use expect_test::expect_file;
use serde_json::Value;

use super::super::write::{Dialect, MetadataWriter};
use super::*;
use crate::complete::{column_types, complete, label};
use crate::{Choice, ChoiceOption, Edm, Org, Ownership, Relationship, Table};

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
