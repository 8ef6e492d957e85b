//! Writes tables as `EntityMetadata` and keys as `EntityKeyMetadata`, for
//! [`MetadataWriter`](super::MetadataWriter). Columns and relationships are added by other modules.

use serde_json::{Value, json};

use super::{Facts, Object};
use crate::wire::PARTIAL;
use crate::{Ownership, Side, Table, TableKind};

/// Returns the definition of a table, without its columns, keys and relationships.
pub(super) fn object(table: &Table) -> Object {
    let mut object = Object::new();
    object.insert("LogicalName".into(), Value::from(&*table.logical_name));
    object.fact("SchemaName", table.schema_name.as_deref());
    object.fact("EntitySetName", table.entity_set.as_deref());
    object.fact("MetadataId", table.metadata_id.as_deref());
    object.text("DisplayName", &table.display_name);
    object.text("DisplayCollectionName", &table.display_collection_name);
    object.text("Description", &table.description);
    object.fact("PrimaryIdAttribute", table.primary_id.as_deref());
    object.fact("PrimaryNameAttribute", table.primary_name.as_deref());
    object.fact("PrimaryImageAttribute", table.primary_image.as_deref());
    object.fact("ObjectTypeCode", table.object_type_code);
    object.fact("OwnershipType", table.ownership.map(ownership));
    object.fact("IsPrivate", table.private);
    object.fact("IsCustomEntity", table.custom);
    object.fact("ChangeTrackingEnabled", table.change_tracking);
    object.fact("EnforceStateTransitions", table.enforce_state_transitions);
    kind(&mut object, table.kind);
    if table.partial {
        object.insert(PARTIAL.into(), Value::Bool(true));
    } else {
        // These two facts follow from the relationships.
        object.insert("HasActivities".into(), refers(table, "activitypointer", "regardingobjectid"));
        object.insert("HasNotes".into(), refers(table, "annotation", "objectid"));
    }
    object
}

/// Returns whether the lookup `column` of the table `by` refers to rows of `table`.
fn refers(table: &Table, by: &str, column: &str) -> Value {
    let refers = |r: &crate::Relationship| {
        r.side == Side::OneToMany && r.table == by && r.column.as_deref() == Some(column)
    };
    Value::Bool(table.relationships.iter().any(refers))
}

fn ownership(ownership: Ownership) -> &'static str {
    match ownership {
        Ownership::None => "None",
        Ownership::User => "UserOwned",
        Ownership::Business => "BusinessOwned",
        Ownership::Organization => "OrganizationOwned",
        Ownership::BusinessParented => "BusinessParented",
    }
}

/// Adds `kind`, the kind of a table, to the definition. The metadata has three properties for it, such as
/// `IsActivity`. Nothing is added for `None`, and for abstract tables, which the metadata cannot express.
fn kind(object: &mut Object, kind: Option<TableKind>) {
    let (activity, intersect, table_type) = match kind {
        None | Some(TableKind::Abstract) => return,
        Some(TableKind::Standard) => (Some(false), Some(false), Some("Standard")),
        Some(TableKind::Activity) => (Some(true), Some(false), None),
        Some(TableKind::Intersect) => (None, Some(true), None),
        Some(TableKind::Virtual) => (Some(false), Some(false), Some("Virtual")),
        Some(TableKind::Elastic) => (Some(false), Some(false), Some("Elastic")),
    };
    object.fact("IsActivity", activity);
    object.fact("IsIntersect", intersect);
    object.fact("TableType", table_type);
}

/// Returns the definitions of a table's alternate keys.
pub(super) fn keys(table: &Table) -> Vec<Object> {
    let key = |key: &crate::Key| {
        let mut object = Object::new();
        object.insert("LogicalName".into(), Value::from(&*key.name));
        object.fact("SchemaName", key.schema_name.as_deref());
        object.insert("EntityLogicalName".into(), Value::from(&*table.logical_name));
        object.insert("KeyAttributes".into(), json!(key.columns));
        object.fact("EntityKeyIndexStatus", key.status.as_deref());
        object
    };
    table.keys.iter().map(key).collect()
}
