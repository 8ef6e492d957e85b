//! Reads the `Entity` elements of a solution into tables. The tables are partial: a solution lists only what
//! was added to it.

use dvkit_schema::wire::ImportedSchema;
use dvkit_schema::{Key, Ownership, Schema, Table, TableKind};
use roxmltree::Node;

use super::{columns, flag, list, options, remove_duplicates, text};
use crate::xml::elements;

/// Adds the table that an `Entity` element describes. An element without `EntityInfo` gives only the table's
/// name: the table is in the solution because of its forms or views.
pub(super) fn add(imported: &mut ImportedSchema, entity: Node<'_, '_>) {
    let info = list(entity, "EntityInfo").find(|n| n.tag_name().name() == "entity");
    let named = info.and_then(|i| i.attribute("Name")).map(str::trim).filter(|n| !n.is_empty());
    let Some(name) = named.or_else(|| text(entity, "Name")) else {
        imported.skip("tables", "without a name", 1);
        return;
    };
    let mut table = Table {
        logical_name: name.to_lowercase(),
        schema_name: Some(name.to_owned()),
        partial: true,
        ..Table::default()
    };
    if let Some(info) = info {
        describe(imported, &mut table, info);
    }
    // A table that occurs twice in one solution is merged as if it came from two.
    imported
        .schema
        .merge(Schema { tables: [(table.logical_name.clone(), table)].into(), ..Schema::default() });
}

fn describe(imported: &mut ImportedSchema, table: &mut Table, info: Node<'_, '_>) {
    let attributes = || list(info, "attributes").filter(|n| n.tag_name().name() == "attribute");
    // The role of a column in its table is part of the mask `ValidForForm|PrimaryName`.
    let masked = |mask: &str| attributes().find(|a| columns::has_mask(*a, mask)).and_then(columns::name);
    let key_column = attributes().find(|a| text(*a, "Type") == Some("primarykey")).and_then(columns::name);

    options::report_skipped(imported, info);
    table.entity_set = text(info, "EntitySetName").map(str::to_owned);
    table.display_name = options::label(info, "LocalizedNames");
    table.display_collection_name = options::label(info, "LocalizedCollectionNames");
    table.description = options::label(info, "Descriptions");
    table.primary_id = key_column;
    table.primary_name = masked("PrimaryName");
    table.primary_image = masked("PrimaryImage");
    table.ownership = text(info, "OwnershipTypeMask").and_then(ownership);
    // A table that is not an activity may still be a virtual one.
    table.kind = flag(info, "IsActivity").filter(|is| *is).map(|_| TableKind::Activity);
    table.change_tracking = flag(info, "ChangeTrackingEnabled");
    table.enforce_state_transitions = flag(info, "EnforceStateTransitions");
    table.keys = keys(imported, info);
    let nameless = attributes().filter(|a| columns::name(*a).is_none()).count();
    table.columns = attributes().filter_map(|a| columns::column(&table.logical_name, a)).collect();
    let twice = remove_duplicates(&mut table.columns, |c| &c.logical_name);
    imported.skip("columns", "without a name or a type", nameless);
    imported.skip("columns", "named twice in one table", twice);
}

/// Returns the ownership that the text `mask` names; `None` for an unknown text. Real solutions contain
/// `UserOwned`, `OrgOwned` and `UnOwned`; `BusinessOwned` and `BusinessParented` are names from the metadata.
fn ownership(mask: &str) -> Option<Ownership> {
    Some(match mask {
        "UserOwned" | "TeamOwned" => Ownership::User,
        "OrgOwned" | "OrganizationOwned" => Ownership::Organization,
        "BusinessOwned" => Ownership::Business,
        "BusinessParented" => Ownership::BusinessParented,
        "UnOwned" | "None" => Ownership::None,
        _ => return None,
    })
}

/// Reads the alternate keys of a table. Their status is unknown: whether a key is active depends on the index
/// that the organisation builds for it.
fn keys(imported: &mut ImportedSchema, info: Node<'_, '_>) -> Vec<Key> {
    let mut keys = Vec::new();
    for key in list(info, "EntityKeys") {
        let name = text(key, "LogicalName").or_else(|| text(key, "Name")).map(str::to_lowercase);
        let columns: Vec<String> = elements(key)
            .filter(|n| n.tag_name().name() == "EntityKeyAttributes")
            .flat_map(elements)
            .filter_map(|n| Some(n.text()?.trim().to_lowercase()))
            .filter(|n| !n.is_empty())
            .collect();
        match name {
            Some(name) if !columns.is_empty() => {
                let schema_name =
                    text(key, "Name").map(str::to_owned).filter(|schema_name| *schema_name != name);
                keys.push(Key { name, schema_name, columns, status: None });
            }
            _ => imported.skip("keys", "without a name or columns", 1),
        }
    }
    remove_duplicates(&mut keys, |k| &k.name);
    keys
}
