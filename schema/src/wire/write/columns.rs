//! Writes columns as `AttributeMetadata` and its derived types, for
//! [`MetadataWriter`](super::MetadataWriter). The type of a column decides which class and which members are
//! written.

use serde_json::{Value, json};

use super::{Dialect, Facts, MetadataWriter, Object, choices};
use crate::wire::columns::{EDM, UNKNOWN_VIRTUAL};
use crate::{Column, ColumnType, DateTimeBehavior, RequiredLevel, SourceType, Table};

pub(super) fn object(writer: &MetadataWriter<'_>, table: &Table, column: &Column) -> Object {
    let mut object = Object::new();
    object.insert("LogicalName".into(), Value::from(&*column.logical_name));
    object.insert("EntityLogicalName".into(), Value::from(&*table.logical_name));
    object.fact("SchemaName", column.schema_name.as_deref());
    object.fact("MetadataId", column.metadata_id.as_deref());
    object.text("DisplayName", &column.display_name);
    object.text("Description", &column.description);
    let names = type_names(&column.ty);
    if let Some(class) = names.class {
        object.insert("@odata.type".into(), writer.class(&format!("{class}AttributeMetadata")));
    }
    object.fact("AttributeType", names.code);
    object.named("AttributeTypeName", Some(&names.name));
    object.named("RequiredLevel", column.required.map(required));
    object.fact("IsValidODataAttribute", column.odata);
    object.fact("IsValidForRead", column.valid_for_read);
    object.fact("IsValidForCreate", column.valid_for_create);
    object.fact("IsValidForUpdate", column.valid_for_update);
    object.fact("IsSecured", column.secured);
    object.fact("IsCustomAttribute", column.custom);
    object.fact("IsLogical", column.logical);
    object.fact("AttributeOf", column.attribute_of.as_deref());
    object.fact("SourceType", column.source.map(source));
    object.fact("AutoNumberFormat", column.auto_number.as_deref());
    // The flags mark the column that the table names. If the table names none, nothing is known.
    object.fact("IsPrimaryId", table.primary_id.as_ref().map(|id| *id == column.logical_name));
    object.fact("IsPrimaryName", table.primary_name.as_ref().map(|name| *name == column.logical_name));
    details(&mut object, writer, column);
    object
}

fn required(required: RequiredLevel) -> &'static str {
    match required {
        RequiredLevel::None => "None",
        RequiredLevel::Recommended => "Recommended",
        RequiredLevel::Application => "ApplicationRequired",
        RequiredLevel::System => "SystemRequired",
    }
}

fn source(source: SourceType) -> i32 {
    match source {
        SourceType::Simple => 0,
        SourceType::Calculated => 1,
        SourceType::Rollup => 2,
        SourceType::Formula => 3,
    }
}

fn behavior(behavior: DateTimeBehavior) -> &'static str {
    match behavior {
        DateTimeBehavior::UserLocal => "UserLocal",
        DateTimeBehavior::DateOnly => "DateOnly",
        DateTimeBehavior::TimeZoneIndependent => "TimeZoneIndependent",
    }
}

/// The three names that the metadata has for a column type.
struct TypeNames {
    /// The value of `AttributeTypeName`.
    name: String,
    /// The value of `AttributeType`; `None` if the member is not written.
    code: Option<&'static str>,
    /// The name of the class without its end `AttributeMetadata`; `None` for the base class, for which no
    /// `@odata.type` is written.
    class: Option<&'static str>,
}

fn type_names(ty: &ColumnType) -> TypeNames {
    let (name, code, class) = match ty {
        ColumnType::String { .. } => ("String", "String", Some("String")),
        ColumnType::Memo { .. } => ("Memo", "Memo", Some("Memo")),
        ColumnType::Integer { .. } => ("Integer", "Integer", Some("Integer")),
        ColumnType::BigInt => ("BigInt", "BigInt", Some("BigInt")),
        ColumnType::Decimal { .. } => ("Decimal", "Decimal", Some("Decimal")),
        ColumnType::Double { .. } => ("Double", "Double", Some("Double")),
        ColumnType::Money { .. } => ("Money", "Money", Some("Money")),
        ColumnType::Boolean { .. } => ("Boolean", "Boolean", Some("Boolean")),
        ColumnType::DateTime { .. } => ("DateTime", "DateTime", Some("DateTime")),
        ColumnType::Lookup { .. } => ("Lookup", "Lookup", Some("Lookup")),
        ColumnType::Customer { .. } => ("Customer", "Customer", Some("Lookup")),
        ColumnType::Owner { .. } => ("Owner", "Owner", Some("Lookup")),
        ColumnType::PartyList { .. } => ("PartyList", "PartyList", Some("Lookup")),
        ColumnType::Choice { .. } => ("Picklist", "Picklist", Some("Picklist")),
        ColumnType::Choices { .. } => ("MultiSelectPicklist", "Virtual", Some("MultiSelectPicklist")),
        ColumnType::State { .. } => ("State", "State", Some("State")),
        ColumnType::Status { .. } => ("Status", "Status", Some("Status")),
        ColumnType::Uniqueidentifier => ("Uniqueidentifier", "Uniqueidentifier", None),
        ColumnType::EntityName => ("EntityName", "EntityName", Some("EntityName")),
        ColumnType::ManagedProperty => ("ManagedProperty", "ManagedProperty", Some("ManagedProperty")),
        ColumnType::Image { .. } => ("Image", "Virtual", Some("Image")),
        ColumnType::File { .. } => ("File", "Virtual", Some("File")),
        ColumnType::Virtual => ("Virtual", "Virtual", None),
        ColumnType::CalendarRules => ("CalendarRules", "CalendarRules", None),
        ColumnType::Edm { edm } => {
            return TypeNames { name: format!("{EDM}{edm:?}"), code: None, class: None };
        }
        ColumnType::Other { name } => {
            let name = if name == "Virtual" { UNKNOWN_VIRTUAL } else { name };
            return TypeNames { name: format!("{name}Type"), code: None, class: None };
        }
    };
    TypeNames { name: format!("{name}Type"), code: Some(code), class }
}

/// Adds to `object` the members that depend on the column's type, such as `MaxLength` or `Targets`.
fn details(object: &mut Object, writer: &MetadataWriter<'_>, column: &Column) {
    match &column.ty {
        ColumnType::String { max_length, format } | ColumnType::Memo { max_length, format } => {
            object.fact("MaxLength", *max_length);
            object.fact("Format", format.as_deref());
            object.named("FormatName", format.as_deref());
        }
        ColumnType::Integer { min, max, format } => {
            object.fact("MinValue", *min);
            object.fact("MaxValue", *max);
            object.fact("Format", format.as_deref());
        }
        ColumnType::Decimal { min, max, precision } | ColumnType::Double { min, max, precision } => {
            object.fact("MinValue", *min);
            object.fact("MaxValue", *max);
            object.fact("Precision", *precision);
        }
        ColumnType::Money { min, max, precision, precision_source, calculation_of } => {
            object.fact("MinValue", *min);
            object.fact("MaxValue", *max);
            object.fact("Precision", *precision);
            object.fact("PrecisionSource", *precision_source);
            object.fact("CalculationOf", calculation_of.as_deref());
        }
        ColumnType::Boolean { default, .. } => object.fact("DefaultValue", *default),
        ColumnType::Choice { default, .. }
        | ColumnType::State { default, .. }
        | ColumnType::Status { default, .. } => object.fact("DefaultFormValue", *default),
        ColumnType::DateTime { behavior: how, date_format } => {
            object.named("DateTimeBehavior", how.map(behavior));
            object.fact("Format", date_format.map(|date| if date { "DateOnly" } else { "DateAndTime" }));
        }
        ColumnType::Lookup { targets }
        | ColumnType::Customer { targets }
        | ColumnType::Owner { targets }
        | ColumnType::PartyList { targets } => object.fact("Targets", Some(json!(targets))),
        ColumnType::Image { primary, max_size_kb } => {
            object.fact("IsPrimaryImage", *primary);
            object.fact("MaxSizeInKB", *max_size_kb);
        }
        ColumnType::File { max_size_kb } => object.fact("MaxSizeInKB", *max_size_kb),
        _ => {}
    }
    if let Some(choice) = column.ty.choice() {
        let two_options = matches!(column.ty, ColumnType::Boolean { .. });
        let set = choices::of_column(writer, choice, two_options);
        if writer.dialect == Dialect::Definitions {
            let global = matches!(choice, crate::ChoiceRef::Global(_));
            object.insert("GlobalOptionSet".into(), if global { set.clone() } else { Value::Null });
        }
        object.insert("OptionSet".into(), set);
    }
}
