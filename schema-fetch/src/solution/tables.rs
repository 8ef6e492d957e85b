//! `Entity` to a table.

use dvkit_schema::wire::ImportedSchema;
use dvkit_schema::{Key, Ownership, Schema, Table, TableKind};
use roxmltree::Node;

use super::{columns, flag, list, once, options, text};
use crate::xml::elements;

/// Adds the table that an `Entity` describes. One without `EntityInfo` is there for its forms or views, and says
/// nothing but its name.
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
    // The same table twice in one solution is united as if it stood in two.
    imported
        .schema
        .merge(Schema { tables: [(table.logical_name.clone(), table)].into(), ..Schema::default() });
}

fn describe(imported: &mut ImportedSchema, table: &mut Table, info: Node<'_, '_>) {
    let attributes = || list(info, "attributes").filter(|n| n.tag_name().name() == "attribute");
    // What a column is to its table is said in a mask for forms: `ValidForForm|PrimaryName`.
    let masked = |mask: &str| attributes().find(|a| columns::has_mask(*a, mask)).and_then(columns::name);
    let key_column = attributes().find(|a| text(*a, "Type") == Some("primarykey")).and_then(columns::name);

    options::not_taken(imported, info);
    table.entity_set = text(info, "EntitySetName").map(str::to_owned);
    table.display_name = options::label(info, "LocalizedNames");
    table.display_collection_name = options::label(info, "LocalizedCollectionNames");
    table.description = options::label(info, "Descriptions");
    table.primary_id = key_column;
    table.primary_name = masked("PrimaryName");
    table.primary_image = masked("PrimaryImage");
    table.ownership = text(info, "OwnershipTypeMask").and_then(ownership);
    // A table that is no activity may still be a virtual one.
    table.kind = flag(info, "IsActivity").filter(|is| *is).map(|_| TableKind::Activity);
    table.keys = keys(imported, info);
    let nameless = attributes().filter(|a| columns::name(*a).is_none()).count();
    table.columns = attributes().filter_map(|a| columns::column(&table.logical_name, a)).collect();
    let twice = once(&mut table.columns, |c| &c.logical_name);
    imported.skip("columns", "without a name or a type", nameless);
    imported.skip("columns", "named twice in one table", twice);
}

/// Measured: `UserOwned`, `OrgOwned`, `UnOwned`; `BusinessOwned` and `BusinessParented` are the metadata's words.
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

/// Whether a key is active is known only where it has been built: in the organisation.
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
            Some(name) if !columns.is_empty() => keys.push(Key { name, columns, status: None }),
            _ => imported.skip("keys", "without a name or columns", 1),
        }
    }
    once(&mut keys, |k| &k.name);
    keys
}
