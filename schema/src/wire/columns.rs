//! `AttributeMetadata` to columns.

use std::collections::BTreeMap;

use super::read::{Context, strip_class};
use super::types::{Definition, Named, filled};
use super::{ImportedSchema, options};
use crate::{Column, ColumnType, DateTimeBehavior, Edm, RequiredLevel, Schema, SourceType, Table};

/// Columns that came without their table around them.
pub(super) fn loose(
    imported: &mut ImportedSchema,
    columns: Vec<Definition>,
    table: Option<&str>,
    context: &Context,
    belief: Belief,
) {
    let mut by_table: BTreeMap<String, Vec<Definition>> = BTreeMap::new();
    let mut homeless = 0;
    for mut column in columns {
        if column.odata_type.is_none() {
            column.odata_type = context.class.clone();
        }
        match column.entity_logical_name.clone().or_else(|| table.map(str::to_owned)) {
            Some(table) => by_table.entry(table).or_default().push(column),
            None => homeless += 1,
        }
    }
    imported.skip(
        "columns",
        "the file does not say of which table (neither EntityLogicalName nor @odata.context does)",
        homeless,
    );
    for (name, wire) in by_table {
        // Beside a definition of the same table, or in several casts of the same columns, facts are united; a merge takes
        // a column once.
        let mut batch: BTreeMap<String, Column> = BTreeMap::new();
        let unite = |batch: &mut BTreeMap<String, Column>| {
            let columns = std::mem::take(batch).into_values().collect();
            let table = Table { logical_name: name.clone(), columns, ..Table::default() };
            Schema { tables: [(name.clone(), table)].into(), ..Schema::default() }
        };
        let mut parts = Vec::new();
        for column in all(imported, &name, wire, belief) {
            if batch.contains_key(&column.logical_name) {
                parts.push(unite(&mut batch));
            }
            batch.insert(column.logical_name.clone(), column);
        }
        parts.push(unite(&mut batch));
        for part in parts {
            imported.schema.merge(part);
        }
    }
}

/// When `IsValidODataAttribute` is a statement: see the documentation of [`wire`](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belief {
    /// It was asked for.
    Asked,
    /// From `RetrieveMetadataChanges`, with properties that nobody asked for among the others.
    Changes,
    /// From definitions, which have only what was asked for.
    Definitions,
}

/// The columns of one table.
pub(super) fn all(
    imported: &mut ImportedSchema,
    table: &str,
    wire: Vec<Definition>,
    belief: Belief,
) -> Vec<Column> {
    // See the module's documentation: the default of a value type is no statement.
    let some_valid = wire.iter().any(|a| a.is_valid_odata_attribute == Some(true));
    let read_asked = wire.iter().any(|a| a.is_valid_for_read.is_some());
    let believe = match belief {
        Belief::Asked => true,
        Belief::Changes => some_valid,
        Belief::Definitions => some_valid || read_asked,
    };
    let mut columns = Vec::with_capacity(wire.len());
    let mut nameless = 0;
    for definition in wire {
        match column(imported, table, definition, believe) {
            Some(column) => columns.push(column),
            None => nameless += 1,
        }
    }
    imported.skip("columns", "without LogicalName", nameless);
    columns
}

fn column(
    imported: &mut ImportedSchema,
    table: &str,
    mut wire: Definition,
    believe_odata: bool,
) -> Option<Column> {
    let name = filled(wire.logical_name.take())?;
    let ty = column_type(imported, table, &name, &mut wire);
    Some(Column {
        odata: wire.is_valid_odata_attribute.filter(|_| believe_odata),
        schema_name: wire.schema_name,
        metadata_id: wire.metadata_id,
        display_name: options::label(wire.display_name),
        description: options::label(wire.description),
        required: required(Named::text(&wire.required_level)),
        valid_for_read: wire.is_valid_for_read,
        valid_for_create: wire.is_valid_for_create,
        valid_for_update: wire.is_valid_for_update,
        secured: wire.is_secured,
        custom: wire.is_custom_attribute,
        logical: wire.is_logical,
        attribute_of: filled(wire.attribute_of),
        source: source(wire.source_type),
        auto_number: filled(wire.auto_number_format),
        ..Column::new(name, ty)
    })
}

fn required(level: Option<&str>) -> Option<RequiredLevel> {
    Some(match level? {
        "None" => RequiredLevel::None,
        "Recommended" => RequiredLevel::Recommended,
        "ApplicationRequired" => RequiredLevel::Application,
        "SystemRequired" => RequiredLevel::System,
        _ => return None,
    })
}

fn source(source: Option<i32>) -> Option<SourceType> {
    Some(match source? {
        0 => SourceType::Simple,
        1 => SourceType::Calculated,
        2 => SourceType::Rollup,
        3 => SourceType::Formula,
        _ => return None,
    })
}

/// `AttributeTypeName` decides. Where it was not asked for, `AttributeType` does, unless it says `Virtual`, which stands for
/// four different types; then the class (`@odata.type`, or the cast of the collection).
fn type_name(wire: &Definition) -> String {
    if let Some(name) = Named::text(&wire.attribute_type_name) {
        return name.strip_suffix("Type").unwrap_or(name).to_owned();
    }
    let class = wire.odata_type.as_deref().map(strip_class).and_then(|c| c.strip_suffix("AttributeMetadata"));
    let class = class.filter(|c| !c.is_empty() && *c != "Enum");
    match (wire.attribute_type.as_deref(), class) {
        (Some("Virtual"), Some(class)) => class,
        // Without the class nothing tells it from a picture or a file, but those accompany no other column.
        (Some("Virtual"), None) if wire.attribute_of.is_some() => "Virtual",
        (Some("Virtual"), None) if wire.option_set.is_some() => "MultiSelectPicklist",
        (Some("Virtual"), None) => UNTOLD,
        (Some(code), _) => code,
        (None, Some("UniqueIdentifier")) => "Uniqueidentifier",
        (None, Some(class)) => class,
        (None, None) => "",
    }
    .to_owned()
}

/// A column that says `Virtual` and no more. It becomes a type that is not known, which any other source can replace.
pub(super) const UNTOLD: &str = "Virtual?";

/// What begins the `AttributeTypeName` of a column whose wire type alone is known; no service answers such a name,
/// [`write`](super::write) does.
pub(super) const EDM: &str = "Edm.";

/// The wire type of such a column.
fn edm(name: &str) -> Option<Edm> {
    Some(match name.strip_prefix(EDM)? {
        "Binary" => Edm::Binary,
        "Boolean" => Edm::Boolean,
        "Date" => Edm::Date,
        "DateTimeOffset" => Edm::DateTimeOffset,
        "Decimal" => Edm::Decimal,
        "Double" => Edm::Double,
        "Guid" => Edm::Guid,
        "Int32" => Edm::Int32,
        "Int64" => Edm::Int64,
        "String" => Edm::String,
        _ => return None,
    })
}

fn column_type(imported: &mut ImportedSchema, table: &str, name: &str, wire: &mut Definition) -> ColumnType {
    let small = |n: Option<i64>| n.and_then(|n| u8::try_from(n).ok());
    let whole = |n: Option<i64>| n.and_then(|n| u32::try_from(n).ok());
    let format = || Named::text(&wire.format_name).map(str::to_owned).or_else(|| wire.format.clone());
    let format = filled(format());
    let (min, max, precision) = (wire.min_value, wire.max_value, small(wire.precision));
    let targets = wire.targets.take().unwrap_or_default();
    let (option_set, global) = (wire.option_set.take(), wire.global_option_set.take());
    let choice = || options::of_column(imported, table, name, option_set, global);
    match type_name(wire).as_str() {
        "String" => ColumnType::String { max_length: whole(wire.max_length), format },
        "Memo" => ColumnType::Memo { max_length: whole(wire.max_length), format },
        "Integer" => ColumnType::Integer { min: min.map(to_integer), max: max.map(to_integer), format },
        "BigInt" => ColumnType::BigInt,
        "Decimal" => ColumnType::Decimal { min, max, precision },
        "Double" => ColumnType::Double { min, max, precision },
        "Money" => ColumnType::Money {
            min,
            max,
            precision,
            precision_source: small(wire.precision_source),
            calculation_of: filled(wire.calculation_of.take()),
        },
        "Boolean" => ColumnType::Boolean { choice: choice(), default: wire.default_value },
        "DateTime" => ColumnType::DateTime {
            behavior: match Named::text(&wire.date_time_behavior) {
                Some("UserLocal") => Some(DateTimeBehavior::UserLocal),
                Some("DateOnly") => Some(DateTimeBehavior::DateOnly),
                Some("TimeZoneIndependent") => Some(DateTimeBehavior::TimeZoneIndependent),
                _ => None,
            },
            date_format: match format.as_deref() {
                Some("DateOnly") => Some(true),
                Some("DateAndTime") => Some(false),
                _ => None,
            },
        },
        "Lookup" => ColumnType::Lookup { targets },
        "Customer" => ColumnType::Customer { targets },
        "Owner" => ColumnType::Owner { targets },
        "PartyList" => ColumnType::PartyList { targets },
        "Picklist" => ColumnType::Choice {
            choice: choice(),
            // -1 stands for "none" where a default was asked for.
            default: wire.default_form_value.filter(|v| *v != -1),
        },
        "MultiSelectPicklist" => ColumnType::Choices { choice: choice() },
        "State" => ColumnType::State { choice: choice() },
        "Status" => ColumnType::Status { choice: choice() },
        "Uniqueidentifier" => ColumnType::Uniqueidentifier,
        "EntityName" => ColumnType::EntityName,
        "ManagedProperty" => ColumnType::ManagedProperty,
        "Image" => {
            ColumnType::Image { primary: wire.is_primary_image, max_size_kb: whole(wire.max_size_in_kb) }
        }
        "File" => ColumnType::File { max_size_kb: whole(wire.max_size_in_kb) },
        "Virtual" => ColumnType::Virtual,
        "CalendarRules" => ColumnType::CalendarRules,
        UNTOLD => ColumnType::Other { name: "Virtual".to_owned() },
        other => match edm(other) {
            Some(edm) => ColumnType::Edm { edm },
            None => ColumnType::Other { name: other.to_owned() },
        },
    }
}

/// Whole numbers travel as JSON numbers, which tools may have written with a fraction of zero.
#[expect(
    clippy::cast_possible_truncation,
    reason = "`as` saturates, and the bounds of an Int32 are far from it"
)]
fn to_integer(number: f64) -> i64 {
    number as i64
}
