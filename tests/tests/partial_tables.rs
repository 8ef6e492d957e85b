//! Tables of which only a part is known: unknown names are warnings, and there is no automatic fix by
//! guessing.

#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::path::Path;

use dvkit_diagnostic::{Severity, code};
use dvkit_query::{CheckOptions, CheckReport, check_filter, check_request};
use dvkit_schema::{ColumnType, Schema, Store, Table};
use dvkit_schema_fetch::import_text;

/// A small solution: a table with a text column, two lookups, and a relationship without a navigation
/// property.
const SOLUTION: &str = r#"<ImportExportXml><Entities><Entity><Name>new_Thing</Name><EntityInfo><entity Name="new_Thing">
<EntitySetName>new_things</EntitySetName><attributes>
<attribute PhysicalName="new_Name"><Type>nvarchar</Type><LogicalName>new_name</LogicalName></attribute>
<attribute PhysicalName="CreatedOn"><Type>datetime</Type><LogicalName>createdon</LogicalName></attribute>
<attribute PhysicalName="CreatedBy"><Type>lookup</Type><LogicalName>createdby</LogicalName></attribute>
<attribute PhysicalName="new_Parent"><Type>lookup</Type><LogicalName>new_parent</LogicalName></attribute>
</attributes></entity></EntityInfo></Entity></Entities><EntityRelationships>
<EntityRelationship Name="lk_new_thing_createdby"><EntityRelationshipType>OneToMany</EntityRelationshipType>
<ReferencingEntityName>new_Thing</ReferencingEntityName><ReferencedEntityName>SystemUser</ReferencedEntityName>
<ReferencingAttributeName>CreatedBy</ReferencingAttributeName></EntityRelationship>
<EntityRelationship Name="new_parents"><EntityRelationshipType>OneToMany</EntityRelationshipType>
<ReferencingEntityName>new_Thing</ReferencingEntityName><ReferencedEntityName>new_Thing</ReferencedEntityName>
<ReferencingAttributeName>new_Parent</ReferencingAttributeName><EntityRelationshipRoles>
<EntityRelationshipRole><NavigationPropertyName>new_Parent</NavigationPropertyName><RelationshipRoleType>1</RelationshipRoleType></EntityRelationshipRole>
<EntityRelationshipRole><NavigationPropertyName>new_parents</NavigationPropertyName><RelationshipRoleType>0</RelationshipRoleType></EntityRelationshipRole>
</EntityRelationshipRoles></EntityRelationship></EntityRelationships></ImportExportXml>"#;

fn solution() -> Schema {
    let mut schema = import_text(Path::new("customizations.xml"), SOLUTION.as_bytes()).unwrap().1.schema;
    schema.tables.retain(|_, table| !table.is_reference_only());
    schema
}

fn found(checked: &CheckReport) -> Vec<(dvkit_diagnostic::Code, Severity)> {
    checked.diagnostics.iter().map(|d| (d.code, d.severity)).collect()
}

const UNSURE: &[(dvkit_diagnostic::Code, Severity)] = &[(code::COLUMN_NOT_IN_SNAPSHOT, Severity::Warning)];

#[test]
fn unknown_names_of_a_partial_table_are_warnings() {
    let store = Store::from_schema(solution());
    let options = CheckOptions::default();
    for filter in [
        "versionnumber gt 1",
        // A misspelling of a known name may be another name.
        "new_nmae eq 'x'",
        "new_parent/versionnumber gt 1",
        "new_Parent/versionnumber gt 1",
        "owninguser/fullname eq 'x'",
        "createdby/fullname eq 'x'",
        "new_children/any(c:c/new_name eq 'x')",
        "Microsoft.Dynamics.CRM.Today(PropertyName='modifiedon')",
    ] {
        let checked = check_filter(&store, "new_thing", filter, &options).unwrap();
        let unsure: Vec<_> =
            checked.diagnostics.iter().filter(|d| d.code == code::COLUMN_NOT_IN_SNAPSHOT).collect();
        assert_eq!(unsure.len(), 1, "{filter}: {:?}", checked.diagnostics);
        assert!(unsure[0].fix().is_none(), "{filter}");
        assert!(checked.query.is_none(), "{filter}");
        assert!(!found(&checked).contains(&(code::UNKNOWN_COLUMN, Severity::Error)), "{filter}");
    }
    let slip = check_filter(&store, "new_thing", "new_nmae eq 'x'", &options).unwrap();
    assert_eq!(slip.diagnostics[0].suggestions[0].edits[0].replacement, "new_name");
    for request in [
        "new_things?$select=versionnumber&$top=1",
        "new_things?$select=new_name&$top=1&$expand=modifiedby($select=fullname)",
        "new_things?$select=new_name&$top=1&$expand=createdby($select=fullname)",
        "new_things?$select=new_name&$top=1&$orderby=versionnumber",
        "new_things(new_name='x')?$select=new_name",
    ] {
        let checked = check_request(&store, None, request, &options).unwrap();
        assert_eq!(found(&checked), UNSURE, "{request}: {:?}", checked.diagnostics);
    }
}

#[test]
fn known_columns_of_a_partial_table_are_checked_as_usual() {
    let store = Store::from_schema(solution());
    let options = CheckOptions::default();
    let checked =
        check_filter(&store, "new_thing", "new_Parent/new_name eq 'x' and createdon ne null", &options);
    assert!(checked.unwrap().diagnostics.is_empty());
    for (filter, expected) in [
        ("New_Name eq 'x'", code::NAME_CASE),
        ("createdby eq 11111111-2222-3333-4444-555555555555", code::LOOKUP_AS_COLUMN),
        ("new_name/x eq 1", code::NOT_A_NAVIGATION),
    ] {
        let checked = check_filter(&store, "new_thing", filter, &options).unwrap();
        assert_eq!(found(&checked)[0], (expected, Severity::Error), "{filter}");
    }
}

#[test]
fn unknown_tables_of_a_solution_are_warnings() {
    let options = CheckOptions::default();
    let request = "accounts?$select=name&$top=1";
    let alone = Store::from_schema(solution());
    let checked = check_request(&alone, None, request, &options).unwrap();
    assert_eq!(found(&checked), [(code::TABLE_NOT_IN_SNAPSHOT, Severity::Warning)]);
    // With a complete source an unknown entity set does not exist.
    let mut schema = solution();
    let name = "contact".to_owned();
    let whole = Table { logical_name: name.clone(), entity_set: Some("contacts".into()), ..Table::default() };
    schema.tables.insert(name, whole);
    let checked = check_request(&Store::from_schema(schema), None, request, &options).unwrap();
    assert_eq!(found(&checked), [(code::UNKNOWN_TABLE, Severity::Error)]);
}

/// With the same table from a complete source, unknown names are errors again.
#[test]
fn a_complete_source_makes_unknown_names_errors() {
    let mut schema = solution();
    let mut whole = schema.tables["new_thing"].clone();
    whole.partial = false;
    whole.columns.retain(|c| matches!(c.ty, ColumnType::String { .. }));
    schema.merge(Schema { tables: [("new_thing".to_owned(), whole)].into(), ..Schema::default() });
    let store = Store::from_schema(schema);
    let checked = check_filter(&store, "new_thing", "new_nmae eq 'x'", &CheckOptions::default()).unwrap();
    assert_eq!(found(&checked), [(code::UNKNOWN_COLUMN, Severity::Error)]);
    assert_eq!(checked.rewritten.as_deref(), Some("new_name eq 'x'"));
}
