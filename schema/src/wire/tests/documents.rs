//! Documents of each kind, and their parts that are left out.

use super::super::context::{Context, strip_class};
use super::*;
use crate::{Key, Ownership};

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

#[test]
fn a_text_that_cannot_be_read_is_refused_with_its_position_and_what_was_expected() {
    let expected = "expected a RetrieveMetadataChanges response, EntityDefinitions, their Attributes, or \
                    GlobalOptionSetDefinitions, as the Web API answers them";
    for (text, message) in [
        ("", "1:0: EOF while parsing a value; the file ends too early; "),
        ("{\"value\": [\n", "2:0: EOF while parsing a list; the file ends too early; "),
        ("<a/>", "1:1: expected value; "),
        ("{\"value\":\n 5}", "2:2: invalid type: integer `5`, expected a definition or an array of them; "),
        ("5", "1:1: invalid type: integer `5`, expected an object or an array; "),
        ("{}", "JSON, but no metadata; "),
        (
            r#"{"error": {"code": "0x1", "message": "No."}}"#,
            "it is an error response of the service (0x1: No.); ",
        ),
        (r#"{"error": {}}"#, "it is an error response of the service (: ); "),
        (r#"[{"x": 1}]"#, "JSON of 1 object, but none is a definition; "),
        (r#"[{"x": 1}, {}]"#, "JSON of 2 objects, but none is a definition; "),
    ] {
        assert_eq!(read(text).unwrap_err().to_string(), format!("{message}{expected}"), "{text}");
    }
    // A mark of the byte order is no part of the text.
    assert!(read("\u{feff}[]").is_ok());
}

#[test]
fn a_global_choice_that_several_columns_repeat_has_the_facts_of_all() {
    let column = |name: &str, more: &str, options: &str| {
        format!(
            r#"{{"LogicalName": "{name}", "AttributeTypeName": {{"Value": "PicklistType"}},
                "OptionSet": {{"Name": "shared", "IsGlobal": true{more}, "Options": [{options}]}}}}"#
        )
    };
    let label =
        |text: &str| format!(r#"{{"LocalizedLabels": [{{"Label": "{text}", "LanguageCode": 1033}}]}}"#);
    let first = column("a", "", &format!(r#"{{"Value": 1, "Label": {}}}"#, label("One")));
    let second = column(
        "b",
        &format!(r#", "OptionSetType": "Picklist", "DisplayName": {}"#, label("Shared")),
        r##"{"Value": 1, "Color": "#00ff00"}, {"Value": 2}"##,
    );
    let text =
        format!(r#"{{"EntityMetadata": [{{"LogicalName": "t", "Attributes": [{first}, {second}]}}]}}"#);
    let schema = read(&text).unwrap().schema;
    assert_eq!(
        serde_json::to_value(&schema.choices).unwrap(),
        serde_json::json!({ "shared": {
            "name": "shared", "global": true, "kind": "picklist", "display_name": { "1033": "Shared" },
            "options": [{ "value": 1, "label": { "1033": "One" }, "color": "#00ff00" }, { "value": 2 }],
        } })
    );
    for name in ["a", "b"] {
        let choice = schema.tables["t"].column(name).unwrap().ty.choice();
        assert_eq!(choice, Some(&crate::ChoiceRef::Global("shared".to_owned())), "{name}");
    }
}
