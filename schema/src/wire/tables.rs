//! Reads `EntityMetadata` into tables, for [`read`](super::read), with their columns and keys. Relationships
//! are read later, when all tables are known.

use super::context::AttributeFlagTrust;
use super::types::{Definition, filled};
use super::{ImportedSchema, columns, options};
use crate::{Column, Key, Ownership, Schema, Table, TableKind};

/// Adds one table. Its relationships are appended to `relationships`, to be read when all tables are known.
pub(super) fn table(
    imported: &mut ImportedSchema,
    mut wire: Definition,
    trust: AttributeFlagTrust,
    relationships: &mut Vec<Definition>,
) {
    let Some(name) = filled(wire.logical_name.take()) else { return };
    for list in [
        wire.one_to_many_relationships.take(),
        wire.many_to_one_relationships.take(),
        wire.many_to_many_relationships.take(),
    ] {
        relationships.extend(list.unwrap_or_default());
    }
    let attributes = wire.attributes.take().unwrap_or_default();
    let flagged = |flag: fn(&Definition) -> Option<bool>| {
        attributes.iter().find(|a| flag(a) == Some(true)).and_then(|a| a.logical_name.clone())
    };
    let primary_id = filled(wire.primary_id_attribute.take()).or_else(|| flagged(|a| a.is_primary_id));
    let primary_name = filled(wire.primary_name_attribute.take()).or_else(|| flagged(|a| a.is_primary_name));
    let primary_image = filled(wire.primary_image_attribute.take());
    let keys = keys(imported, wire.keys.take().unwrap_or_default());
    let columns = columns::all(imported, &name, attributes, trust);
    let columns = once(imported, columns);
    let kind = kind(&wire);
    let table = Table {
        logical_name: name.clone(),
        schema_name: filled(wire.schema_name),
        entity_set: filled(wire.entity_set_name),
        metadata_id: wire.metadata_id,
        display_name: options::label(wire.display_name),
        display_collection_name: options::label(wire.display_collection_name),
        description: options::label(wire.description),
        primary_id,
        primary_name,
        primary_image,
        // The service returns 0 if it was not requested; no table has that code.
        object_type_code: wire.object_type_code.filter(|c| *c != 0),
        ownership: wire.ownership_type.as_deref().and_then(ownership),
        kind,
        base: None,
        private: wire.is_private,
        custom: wire.is_custom_entity,
        change_tracking: wire.change_tracking_enabled,
        enforce_state_transitions: wire.enforce_state_transitions,
        partial: wire.partial == Some(true),
        keys,
        columns,
        relationships: Vec::new(),
    };
    // A table that occurs twice in one document is merged, as from two documents.
    imported.schema.merge(Schema { tables: [(name, table)].into(), ..Schema::default() });
}

/// Removes columns that occur twice, and records them in `imported` as skipped. Only documents that were
/// assembled by hand have such columns.
fn once(imported: &mut ImportedSchema, columns: Vec<Column>) -> Vec<Column> {
    let total = columns.len();
    let mut seen = std::collections::HashSet::new();
    let columns: Vec<_> = columns.into_iter().filter(|c| seen.insert(c.logical_name.clone())).collect();
    imported.skip("columns", "named twice in one table", total - columns.len());
    columns
}

/// Returns the kind of a table; `None` if the document does not state the kind. A table with `None` may be a
/// virtual table.
fn kind(wire: &Definition) -> Option<TableKind> {
    let table_type = wire.table_type.as_deref();
    if wire.is_intersect == Some(true) {
        Some(TableKind::Intersect)
    } else if wire.is_activity == Some(true) {
        Some(TableKind::Activity)
    } else if table_type == Some("Elastic") {
        Some(TableKind::Elastic)
    } else if table_type == Some("Virtual") || wire.data_provider_id.is_some() {
        Some(TableKind::Virtual)
    } else if table_type == Some("Standard")
        && wire.is_activity == Some(false)
        && wire.is_intersect == Some(false)
    {
        Some(TableKind::Standard)
    } else {
        None
    }
}

/// Returns the ownership for a list of flag names, such as `UserOwned` or `UserOwned, TeamOwned`; `None` if
/// the text has no known flag.
fn ownership(text: &str) -> Option<Ownership> {
    let has = |flag: &str| text.split(',').any(|f| f.trim() == flag);
    if has("UserOwned") || has("TeamOwned") {
        Some(Ownership::User)
    } else if has("OrganizationOwned") {
        Some(Ownership::Organization)
    } else if has("BusinessOwned") {
        Some(Ownership::Business)
    } else if has("BusinessParented") {
        Some(Ownership::BusinessParented)
    } else if has("None") {
        Some(Ownership::None)
    } else {
        None
    }
}

fn keys(imported: &mut ImportedSchema, wire: Vec<Definition>) -> Vec<Key> {
    let mut keys = Vec::new();
    for key in wire {
        match (filled(key.logical_name), key.key_attributes) {
            (Some(name), Some(columns)) if !columns.is_empty() => {
                let schema_name = filled(key.schema_name).filter(|schema_name| *schema_name != name);
                keys.push(Key { name, schema_name, columns, status: filled(key.entity_key_index_status) });
            }
            _ => imported.skip("keys", "without LogicalName or KeyAttributes", 1),
        }
    }
    keys
}
