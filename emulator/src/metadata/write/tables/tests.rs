//! Unit tests of new tables: their names, columns and relationships.

use super::*;

#[test]
fn the_name_of_an_entity_set_is_an_english_plural() {
    for (name, set) in [
        ("new_toy", "new_toys"),
        ("new_company", "new_companies"),
        ("new_gray", "new_grays"),
        ("new_bus", "new_buses"),
        ("new_box", "new_boxes"),
        ("new_quiz", "new_quizes"),
        ("new_branch", "new_branches"),
        ("new_dish", "new_dishes"),
        ("new_path", "new_paths"),
        ("new_order", "new_orders"),
        ("y", "ies"),
    ] {
        assert_eq!(plural(name), set, "{name}");
    }
}

/// Returns a column in words: its name, its class, what can be written, and what else is special.
fn described(column: &Value) -> String {
    let flag = |member: &str, word: &str| match column[member].as_bool() {
        Some(true) => format!(" {word}"),
        _ => String::new(),
    };
    let class = column["@odata.type"].as_str().unwrap_or_default();
    let class = class.trim_start_matches("#Microsoft.Dynamics.CRM.").trim_end_matches("AttributeMetadata");
    let targets: Vec<&str> =
        column["Targets"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    format!(
        "{} {class} {}{}{}{}{}{}{}",
        column["LogicalName"].as_str().unwrap_or_default(),
        targets.join("+"),
        flag("IsValidForRead", "read"),
        flag("IsValidForCreate", "create"),
        flag("IsValidForUpdate", "update"),
        flag("IsPrimaryId", "key"),
        flag("IsLogical", "logical"),
        if column["RequiredLevel"]["Value"] == "SystemRequired" { " required" } else { "" },
    )
}

#[test]
fn a_new_table_gets_the_columns_of_the_system() {
    let of = |owned| system_columns("new_toy", "new_Toy", owned).iter().map(described).collect::<Vec<_>>();
    let unowned = [
        "new_toyid   read create key required",
        "createdon DateTime  read",
        "modifiedon DateTime  read",
        "overriddencreatedon DateTime  read create",
        "createdby Lookup systemuser read",
        "createdonbehalfby Lookup systemuser read",
        "modifiedby Lookup systemuser read",
        "modifiedonbehalfby Lookup systemuser read",
        "importsequencenumber Integer  read create",
        "timezoneruleversionnumber Integer  read create update",
        "utcconversiontimezonecode Integer  read create update",
        "versionnumber BigInt  read",
        "statecode State  read update required",
        "statuscode Status  read create update",
    ];
    let owners = [
        "ownerid Lookup systemuser+team read create update required",
        "owningbusinessunit Lookup businessunit read",
        "owningteam Lookup team read",
        "owninguser Lookup systemuser read",
    ];
    assert_eq!(of(false), unowned);
    assert_eq!(of(true), [&unowned[..], &owners].concat());
    for column in system_columns("new_toy", "new_Toy", true) {
        assert_eq!(column["IsCustomAttribute"], false, "{column}");
        assert!(column.get("AttributeOf").is_none(), "{column}");
    }
}

#[test]
fn a_new_table_refers_to_the_tables_that_the_organisation_has() {
    let table = |name: &str| {
        let primary_id = Some(format!("{name}id"));
        let table = Table { logical_name: name.into(), primary_id, ..Table::default() };
        (name.to_owned(), table)
    };
    let schema = |names: &[&str]| Schema {
        tables: names.iter().map(|name| table(name)).collect(),
        ..Schema::default()
    };
    let of = |names: &[&str], owned| {
        let all = system_relationships(&schema(names), "new_toy", owned);
        let text = |r: &Value, member: &str| r[member].as_str().unwrap_or_default().to_owned();
        let shown = |r: &Value| {
            ["SchemaName", "ReferencingAttribute", "ReferencedEntity", "ReferencedAttribute"]
                .map(|member| text(r, member))
                .join(" ")
        };
        all.iter().map(shown).collect::<Vec<_>>()
    };
    let users = ["createdby", "createdonbehalfby", "modifiedby", "modifiedonbehalfby"]
        .map(|column| format!("lk_new_toy_{column} {column} systemuser systemuserid"));
    assert_eq!(of(&[], true), Vec::<String>::new());
    assert_eq!(of(&["systemuser", "team"], false), users);
    let owners = [
        "owner_new_toy ownerid principal ownerid",
        "business_unit_new_toy owningbusinessunit businessunit businessunitid",
        "team_new_toy owningteam team teamid",
        "user_new_toy owninguser systemuser systemuserid",
    ];
    let all = of(&["systemuser", "team", "businessunit", "principal"], true);
    assert_eq!((&all[..4], &all[4..]), (&users[..], &owners.map(str::to_owned)[..]));
}

#[test]
fn notes_and_activities_refer_to_a_new_table_by_columns_of_their_own() {
    let table = |name: &str, kind, column: &str| Table {
        logical_name: name.into(),
        kind,
        columns: vec![dvkit_schema::Column::new(column, ColumnType::Uniqueidentifier)],
        ..Table::default()
    };
    let activity = Some(TableKind::Activity);
    for (referring, note, is_an_activity, name, navigation) in [
        (table("annotation", None, "objectid"), true, false, "new_Toy_Annotations", "objectid_new_toy"),
        (table("annotation", None, "x"), false, false, "new_Toy_Annotations", "objectid_new_toy"),
        (table("note", None, "objectid"), false, false, "new_Toy_notes", "regardingobjectid_new_toy_note"),
        (
            table("activitypointer", None, "regardingobjectid"),
            false,
            true,
            "new_Toy_ActivityPointers",
            "regardingobjectid_new_toy",
        ),
        (
            table("task", activity, "regardingobjectid"),
            false,
            true,
            "new_Toy_tasks",
            "regardingobjectid_new_toy_task",
        ),
        (table("task", activity, "x"), false, false, "new_Toy_tasks", "regardingobjectid_new_toy_task"),
        (
            table("task", None, "regardingobjectid"),
            false,
            false,
            "new_Toy_tasks",
            "regardingobjectid_new_toy_task",
        ),
    ] {
        assert_eq!((is_note(&referring), is_activity(&referring)), (note, is_an_activity), "{referring:?}");
        let made = reference(&referring, "new_toy", "new_Toy");
        assert_eq!(
            (&made["SchemaName"], &made["ReferencingEntityNavigationPropertyName"]),
            (&json!(name), &json!(navigation))
        );
        assert_eq!(
            (&made["ReferencedAttribute"], &made["CascadeConfiguration"]["Delete"]),
            (&json!("new_toyid"), &json!("Cascade"))
        );
    }
}
