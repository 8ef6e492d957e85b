//! Reads `AttributeMetadata` into columns, for [`read`](super::read). Definitions that cannot be columns are
//! counted as skipped.

use std::collections::BTreeMap;

use super::context::{AttributeFlagTrust, Context, strip_class};
use super::types::{Definition, Named, filled};
use super::{ImportedSchema, options};
use crate::{Column, ColumnType, DateTimeBehavior, Edm, RequiredLevel, Schema, SourceType, Table};

/// Adds columns that are at the top level of the document instead of within their table. A column belongs to
/// the table that its own definition names, or else to `table`, the table that the document is about. Columns
/// without either are recorded as skipped.
pub(super) fn detached(
    imported: &mut ImportedSchema,
    columns: Vec<Definition>,
    table: Option<&str>,
    context: &Context,
    trust: AttributeFlagTrust,
) {
    let mut by_table: BTreeMap<String, Vec<Definition>> = BTreeMap::new();
    let mut without_table = 0;
    for mut column in columns {
        if column.odata_type.is_none() {
            column.odata_type = context.class.clone();
        }
        match column.entity_logical_name.clone().or_else(|| table.map(str::to_owned)) {
            Some(table) => by_table.entry(table).or_default().push(column),
            None => without_table += 1,
        }
    }
    imported.skip(
        "columns",
        "the file does not say of which table (neither EntityLogicalName nor @odata.context does)",
        without_table,
    );
    for (name, wire) in by_table {
        // Facts about one column from several definitions are merged, whether from the table's own definition
        // or from several casts of the collection. One merge takes a column only once.
        let mut batch: BTreeMap<String, Column> = BTreeMap::new();
        let unite = |batch: &mut BTreeMap<String, Column>| {
            let columns = std::mem::take(batch).into_values().collect();
            let table = Table { logical_name: name.clone(), columns, ..Table::default() };
            Schema { tables: [(name.clone(), table)].into(), ..Schema::default() }
        };
        let mut parts = Vec::new();
        for column in all(imported, &name, wire, trust) {
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

/// Converts the definitions `wire` into columns of the table `table`. Definitions that cannot be converted
/// are recorded in `imported` as skipped.
pub(super) fn all(
    imported: &mut ImportedSchema,
    table: &str,
    wire: Vec<Definition>,
    trust: AttributeFlagTrust,
) -> Vec<Column> {
    // The default of a value type states nothing; see the documentation of the module `wire`.
    let some_valid = wire.iter().any(|a| a.is_valid_odata_attribute == Some(true));
    let has_read_flags = wire.iter().any(|a| a.is_valid_for_read.is_some());
    let trust_odata_flag = match trust {
        AttributeFlagTrust::Requested => true,
        AttributeFlagTrust::Changes => some_valid,
        AttributeFlagTrust::Definitions => some_valid || has_read_flags,
    };
    let mut columns = Vec::with_capacity(wire.len());
    let mut without_name = 0;
    for definition in wire {
        match column(imported, table, definition, trust_odata_flag) {
            Some(column) => columns.push(column),
            None => without_name += 1,
        }
    }
    imported.skip("columns", "without LogicalName", without_name);
    columns
}

fn column(
    imported: &mut ImportedSchema,
    table: &str,
    mut wire: Definition,
    trust_odata_flag: bool,
) -> Option<Column> {
    let name = filled(wire.logical_name.take())?;
    let ty = column_type(imported, table, &name, &mut wire);
    Some(Column {
        odata: wire.is_valid_odata_attribute.filter(|_| trust_odata_flag),
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

/// Returns the name of a column's type. This is `AttributeTypeName` without its end `Type`, or else
/// `AttributeType`, or else the name of the class (from `@odata.type`, or from the cast of the collection).
/// The class is preferred to the `AttributeType` `Virtual`, which several types have.
fn type_name(wire: &Definition) -> String {
    if let Some(name) = Named::text(&wire.attribute_type_name) {
        return name.strip_suffix("Type").unwrap_or(name).to_owned();
    }
    let class = wire.odata_type.as_deref().map(strip_class).and_then(|c| c.strip_suffix("AttributeMetadata"));
    let class = class.filter(|c| !c.is_empty() && *c != "Enum");
    match (wire.attribute_type.as_deref(), class) {
        (Some("Virtual"), Some(class)) => class,
        // Without the class it could be an image or a file, but those do not accompany another column.
        (Some("Virtual"), None) if wire.attribute_of.is_some() => "Virtual",
        (Some("Virtual"), None) if wire.option_set.is_some() => "MultiSelectPicklist",
        (Some("Virtual"), None) => UNKNOWN_VIRTUAL,
        (Some(code), _) => code,
        (None, Some("UniqueIdentifier")) => "Uniqueidentifier",
        (None, Some(class)) => class,
        (None, None) => "",
    }
    .to_owned()
}

/// The type name that is given to a column of which only the `AttributeType` `Virtual` is known. The column
/// then gets an unknown type, which a merge with any other source replaces.
pub(super) const UNKNOWN_VIRTUAL: &str = "Virtual?";

/// The beginning of the `AttributeTypeName` of a column of which only the OData type is known.
/// [`write`](super::write) writes such names; the service never does.
pub(super) const EDM: &str = "Edm.";

/// Returns the OData type of an `AttributeTypeName` that begins with [`EDM`]; `None` for other names.
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
    // The service returns -1 for "no default".
    let default = wire.default_form_value.filter(|v| *v != -1);
    let type_name = type_name(wire);
    let (option_set, global) = (wire.option_set.take(), wire.global_option_set.take());
    let choice = || options::of_column(imported, table, name, option_set, global);
    match type_name.as_str() {
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
        "Picklist" => ColumnType::Choice { choice: choice(), default },
        "MultiSelectPicklist" => ColumnType::Choices { choice: choice() },
        "State" => ColumnType::State { choice: choice(), default },
        "Status" => ColumnType::Status { choice: choice(), default },
        "Uniqueidentifier" => ColumnType::Uniqueidentifier,
        "EntityName" => ColumnType::EntityName,
        "ManagedProperty" => ColumnType::ManagedProperty,
        "Image" => {
            ColumnType::Image { primary: wire.is_primary_image, max_size_kb: whole(wire.max_size_in_kb) }
        }
        "File" => ColumnType::File { max_size_kb: whole(wire.max_size_in_kb) },
        "Virtual" => ColumnType::Virtual,
        "CalendarRules" => ColumnType::CalendarRules,
        UNKNOWN_VIRTUAL => ColumnType::Other { name: "Virtual".to_owned() },
        other => match edm(other) {
            Some(edm) => ColumnType::Edm { edm },
            None => ColumnType::Other { name: other.to_owned() },
        },
    }
}

/// Converts `number`, a limit of a column, to an integer. Limits are read as floats, because tools may write
/// `5` as `5.0`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "`as` saturates, and the bounds of an Int32 are far from it"
)]
fn to_integer(number: f64) -> i64 {
    number as i64
}
