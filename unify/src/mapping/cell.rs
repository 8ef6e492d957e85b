//! Describes the columns that fields are mapped to: the kind of their values, and whether a field can have them.

use dvkit_diagnostic::{Span, code};
use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm};

use super::compile::Problem;
use super::compiled::{Cell, CellKind, DecimalPlaces};
use crate::model::FieldType;

/// Returns the problem of a column whose type does not fit the field; `None` if it fits.
pub(super) fn misfit(column: &Column, cell: &Cell, span: Span, ty: &FieldType) -> Option<Problem> {
    use CellKind as Kind;

    let fits = match ty {
        FieldType::Any => true,
        FieldType::Text => matches!(
            cell.kind,
            Kind::Text | Kind::Choice | Kind::Choices | Kind::Guid | Kind::Integer | Kind::Lookup
        ),
        FieldType::Integer => cell.kind == Kind::Integer,
        FieldType::Money => cell.kind == Kind::Money,
        FieldType::Boolean => cell.kind == Kind::Boolean,
        FieldType::Date => matches!(cell.kind, Kind::Date | Kind::LocalTime),
        FieldType::Time => cell.kind == Kind::Time,
        _ => false,
    };
    if fits {
        return None;
    }
    let message =
        format!("the field is {}, and `{}` is {}", ty.described(), column.logical_name, described(cell.kind));
    let problem = Problem::new(code::MAPPED_TYPE, span, message);
    Some(match (ty, cell.kind) {
        (FieldType::Date, Kind::Time) => problem.help(
            "the column has times in UTC, whose date depends on the time zone; map it as a custom field, or use a \
             column whose behavior is date only",
        ),
        (FieldType::Money, Kind::Decimal | Kind::Integer | Kind::Float) => {
            problem.help("a number without a currency is no amount of money; map it as a custom field")
        }
        (_, Kind::Choice) => problem.help("map the options: `{ column = \"…\", options = { … } }`"),
        _ => problem,
    })
}

/// Returns the kind of values in words, with an article.
pub(super) fn described(kind: CellKind) -> &'static str {
    match kind {
        CellKind::Text => "a text",
        CellKind::Integer => "a whole number",
        CellKind::Decimal => "a decimal number",
        CellKind::Float => "a floating-point number",
        CellKind::Money => "an amount of money",
        CellKind::Boolean => "true or false",
        CellKind::Date => "a date",
        CellKind::Time => "a time",
        CellKind::LocalTime => "a time without a time zone",
        CellKind::Guid => "a guid",
        CellKind::Choice => "a choice",
        CellKind::Choices => "a multi-select choice",
        CellKind::Lookup => "a lookup",
    }
}

/// Returns why no write can set a column; `None` if one can.
pub(super) fn read_only(column: &Column) -> Option<String> {
    let never = column.valid_for_create == Some(false) && column.valid_for_update == Some(false);
    never.then(|| format!("the service does not let callers set `{}`", column.logical_name))
}

/// Returns a column with the kind of its values.
pub(crate) fn cell(column: &Column) -> Cell {
    let kind = match &column.ty {
        ColumnType::Integer { .. } | ColumnType::BigInt => CellKind::Integer,
        ColumnType::Decimal { .. } => CellKind::Decimal,
        ColumnType::Double { .. } => CellKind::Float,
        ColumnType::Money { .. } => CellKind::Money,
        ColumnType::Boolean { .. } => CellKind::Boolean,
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. } => CellKind::Date,
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::TimeZoneIndependent), .. } => {
            CellKind::LocalTime
        }
        ColumnType::DateTime { .. } => CellKind::Time,
        ty if ty.is_lookup() => CellKind::Lookup,
        ty if ty.is_choice() => CellKind::Choice,
        ColumnType::Choices { .. } => CellKind::Choices,
        ColumnType::Uniqueidentifier => CellKind::Guid,
        ColumnType::Edm { edm } => match edm {
            Edm::Boolean => CellKind::Boolean,
            Edm::Date => CellKind::Date,
            Edm::DateTimeOffset => CellKind::Time,
            Edm::Decimal => CellKind::Decimal,
            Edm::Double => CellKind::Float,
            Edm::Guid => CellKind::Guid,
            Edm::Int32 | Edm::Int64 => CellKind::Integer,
            Edm::String | Edm::Binary => CellKind::Text,
        },
        _ => CellKind::Text,
    };
    let stored = !matches!(column.ty, ColumnType::Image { .. } | ColumnType::File { .. });
    Cell {
        column: column.logical_name.clone(),
        property: column.property_name().into_owned(),
        kind,
        creatable: column.valid_for_create != Some(false),
        updatable: column.valid_for_update != Some(false),
        default: match &column.ty {
            ColumnType::Choice { default, .. }
            | ColumnType::State { default, .. }
            | ColumnType::Status { default, .. } => default.map(i64::from),
            ColumnType::Boolean { default, .. } => default.map(i64::from),
            _ => None,
        },
        decimals: match &column.ty {
            ColumnType::Decimal { precision: Some(places), .. }
            | ColumnType::Money { precision: Some(places), precision_source: Some(0), .. } => {
                Some(DecimalPlaces::Fixed(*places))
            }
            ColumnType::Money { precision_source: Some(2), .. } => Some(DecimalPlaces::OfCurrency),
            _ => None,
        },
        filterable: stored && column.source.is_none_or(|source| source != dvkit_schema::SourceType::Formula),
    }
}
