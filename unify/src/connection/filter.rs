//! Turns filters on fields of the model into conditions on the columns of a table.

use dvkit::by_name::{ColumnName, Condition, Value as Literal, column};
use jiff::Timestamp;
use jiff::civil;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::mapping::{Cell, CellKind, CompiledField, CompiledTable, FieldSource};
use crate::model::FieldType;

/// How a filter compares a field with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FilterOperator {
    /// Equal; for a list, one item is equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// The text contains the value.
    Contains,
    /// The text starts with the value.
    StartsWith,
    /// Equal to one of the values of a list.
    In,
}

impl FilterOperator {
    /// Returns the operator with this name, as in `filter[amount][ge]=1000`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "ge" | "gte" => Self::Ge,
            "lt" => Self::Lt,
            "le" | "lte" => Self::Le,
            "contains" => Self::Contains,
            "starts_with" => Self::StartsWith,
            "in" => Self::In,
            _ => return None,
        })
    }

    /// Returns the name of the operator: `starts_with`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
            Self::Contains => "contains",
            Self::StartsWith => "starts_with",
            Self::In => "in",
        }
    }
}

/// A condition on a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldFilter {
    /// The field: `status`, or `custom_fields.loyalty_tier`.
    pub field: String,
    /// How the field is compared.
    pub operator: FilterOperator,
    /// The value, or a list of values for [`FilterOperator::In`]. Numbers, dates and members may be texts.
    pub value: Value,
}

/// What a filter means for a table.
pub(super) enum TableFilter {
    /// The rows of the table are filtered.
    Rows(Box<Condition>),
    /// All rows meet it.
    All,
    /// No row meets it, so that the table is left out.
    None,
}

/// Returns what a filter means for a table.
pub(super) fn table_filter(
    resource: &str,
    table: &CompiledTable,
    filter: &FieldFilter,
) -> Result<TableFilter> {
    let name = &filter.field;
    if name == "id" {
        return Err(Error::field("id", "read single records by their id, instead of filtering"));
    }
    let Some(field) = table.field(name) else {
        return Ok(TableFilter::None);
    };
    if !field.readable {
        return Err(Error::field(name, format!("`{name}` is write-only in the mapping of `{resource}`")));
    }
    if let FieldSource::Constant(constant) = &field.source {
        return constant_filter(field, constant, filter);
    }
    condition(field, filter).map(|condition| TableFilter::Rows(Box::new(condition)))
}

fn constant_filter(field: &CompiledField, constant: &Value, filter: &FieldFilter) -> Result<TableFilter> {
    let same = |value: &Value| {
        let id = constant.get("id").unwrap_or(constant);
        value == id || value.get("id").is_some_and(|value| value == id)
    };
    let met = match (filter.operator, &filter.value) {
        (FilterOperator::Eq, value) => same(value),
        (FilterOperator::Ne, value) => !same(value),
        (FilterOperator::In, Value::Array(values)) => values.iter().any(same),
        _ => return Err(unfit(&field.name, filter.operator)),
    };
    if let FieldType::Enum(members) = &field.ty {
        let values = match &filter.value {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in values {
            check_member(&field.name, members, value)?;
        }
    }
    Ok(if met { TableFilter::All } else { TableFilter::None })
}

fn check_member(field: &str, members: &[String], value: &Value) -> Result<()> {
    match value.as_str() {
        Some(text) if members.iter().any(|member| member == text) => Ok(()),
        _ => Err(Error::field(field, format!("`{field}` is one of {}, and not {value}", members.join(", ")))),
    }
}

fn unfit(field: &str, operator: FilterOperator) -> Error {
    Error::field(field, format!("`{field}` cannot be filtered with `{}`", operator.name()))
}

fn condition(field: &CompiledField, filter: &FieldFilter) -> Result<Condition> {
    let name = field.name.as_str();
    match &field.source {
        FieldSource::Cell(cell) | FieldSource::Lookup { cell, .. } => {
            compare(name, &cell.column, cell, filter)
        }
        FieldSource::Path { navigation, cell } => {
            compare(name, &format!("{navigation}/{}", cell.column), cell, filter)
        }
        FieldSource::ChoiceReference { cell, options, .. } => {
            let known = |value: &Value| {
                let id = reference_id(value).and_then(|id| id.parse::<i64>().ok());
                id.filter(|id| options.contains(id))
                    .map(Value::from)
                    .ok_or_else(|| Error::field(name, format!("`{name}` has no record {value}")))
            };
            let value = match &filter.value {
                Value::Array(values) => Value::Array(values.iter().map(known).collect::<Result<_>>()?),
                Value::Null => Value::Null,
                value => known(value)?,
            };
            compare(name, &cell.column, cell, &FieldFilter { value, ..filter.clone() })
        }
        FieldSource::Enum { cell, members } => {
            let values = match &filter.value {
                Value::Array(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            };
            let negated = match filter.operator {
                FilterOperator::Eq | FilterOperator::In => false,
                FilterOperator::Ne => true,
                operator => return Err(unfit(name, operator)),
            };
            let mut options = Vec::new();
            let mut null = false;
            for value in values {
                let text = match value {
                    Value::Null => {
                        null = true;
                        continue;
                    }
                    Value::Bool(flag) => flag.to_string(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let Some(member) = members.iter().find(|member| member.name == text) else {
                    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
                    return Err(Error::field(
                        name,
                        format!("`{name}` is one of {}, and not {value}", names.join(", ")),
                    ));
                };
                options.extend(member.options.iter().map(|option| match cell.kind {
                    CellKind::Boolean => Literal::Bool(*option == 1),
                    _ => Literal::Whole(*option),
                }));
            }
            let mut conditions = Vec::new();
            match options.as_slice() {
                [] => {}
                [only] => conditions.push(column(&cell.column).eq(only.clone())),
                _ if cell.kind == CellKind::Boolean => {
                    conditions.extend(options.into_iter().map(|option| column(&cell.column).eq(option)));
                }
                _ => conditions.push(column(&cell.column).is_in(options)),
            }
            if null {
                conditions.push(column(&cell.column).is_null());
            }
            let any = Condition::any_of(conditions)
                .ok_or_else(|| Error::field(name, format!("`{name}` is compared with no value")))?;
            Ok(if negated { !any } else { any })
        }
        FieldSource::List(items) => {
            if !matches!(
                filter.operator,
                FilterOperator::Eq
                    | FilterOperator::In
                    | FilterOperator::Contains
                    | FilterOperator::StartsWith
            ) {
                return Err(unfit(name, filter.operator));
            }
            let cells = items.iter().flat_map(|item| item.cells.iter().map(|(_, cell)| cell));
            let conditions: Vec<Condition> =
                cells.map(|cell| compare(name, &cell.column, cell, filter)).collect::<Result<_>>()?;
            Condition::any_of(conditions).ok_or_else(|| unfit(name, filter.operator))
        }
        FieldSource::Constant(_) => Err(unfit(name, filter.operator)),
        FieldSource::Split { cell, .. } => {
            let message = format!(
                "`{name}` is a part of a column and cannot be filtered; filter by a field that has all of `{}`",
                cell.column
            );
            Err(Error::field(name, message))
        }
        FieldSource::Template(_) | FieldSource::Hook(_) => {
            Err(Error::field(name, format!("`{name}` is put together by the mapping and cannot be filtered")))
        }
    }
}

/// Compares a column, given by its name or a path, with the value of a filter.
fn compare(name: &str, path: &str, cell: &Cell, filter: &FieldFilter) -> Result<Condition> {
    if !cell.filterable {
        return Err(Error::field(name, format!("the service cannot filter by `{}`", cell.column)));
    }
    let column = || column(path);
    if cell.kind == CellKind::Choices {
        return compare_choices(name, column(), cell, filter);
    }
    if filter.operator == FilterOperator::In {
        let Value::Array(values) = &filter.value else {
            return Err(Error::field(name, "`in` takes a list of values"));
        };
        if values.is_empty() {
            return Err(Error::field(name, "`in` takes at least one value"));
        }
        let literals: Vec<Literal> =
            values.iter().map(|value| literal(name, cell, value)).collect::<Result<_>>()?;
        // The service's function takes no two-option columns.
        return match cell.kind {
            CellKind::Boolean => Condition::any_of(literals.into_iter().map(|value| column().eq(value)))
                .ok_or_else(|| unfit(name, filter.operator)),
            _ => Ok(column().is_in(literals)),
        };
    }
    if filter.value.is_null() {
        return match filter.operator {
            FilterOperator::Eq => Ok(column().is_null()),
            FilterOperator::Ne => Ok(column().is_not_null()),
            operator => Err(unfit(name, operator)),
        };
    }
    let value = literal(name, cell, &filter.value)?;
    let ordered = !matches!(
        cell.kind,
        CellKind::Guid | CellKind::Lookup | CellKind::Choice | CellKind::Choices | CellKind::Boolean
    );
    Ok(match filter.operator {
        FilterOperator::Eq => column().eq(value),
        FilterOperator::Ne => column().ne(value),
        FilterOperator::Contains if cell.kind == CellKind::Text => column().contains(value),
        FilterOperator::StartsWith if cell.kind == CellKind::Text => column().starts_with(value),
        FilterOperator::Gt if ordered => column().gt(value),
        FilterOperator::Ge if ordered => column().ge(value),
        FilterOperator::Lt if ordered => column().lt(value),
        FilterOperator::Le if ordered => column().le(value),
        operator => return Err(unfit(name, operator)),
    })
}

/// Compares a multi-select choice: `contains` matches rows with an option, `in` those with one of several.
fn compare_choices(name: &str, column: ColumnName, cell: &Cell, filter: &FieldFilter) -> Result<Condition> {
    let options = |value: &Value| match literal(name, cell, value)? {
        Literal::List(options) if options.is_empty() => Err(Error::field(name, "give at least one option")),
        options => Ok(options),
    };
    match (filter.operator, &filter.value) {
        (FilterOperator::Eq, Value::Null) => Ok(column.is_null()),
        (FilterOperator::Ne, Value::Null) => Ok(column.is_not_null()),
        (FilterOperator::Contains | FilterOperator::In, Value::Null) => {
            Err(Error::field(name, "give at least one option"))
        }
        (FilterOperator::In, value @ Value::Array(_)) => {
            Ok(column.function("ContainValues", [options(value)?]))
        }
        (FilterOperator::In, _) => Err(Error::field(name, "`in` takes a list of values")),
        (FilterOperator::Contains, value) if !value.is_array() => {
            Ok(column.function("ContainValues", [options(value)?]))
        }
        (operator, _) => {
            let message = format!(
                "`{name}` has several options and cannot be filtered with `{}`: `contains` takes one, and `in` those of \
                 which a record has at least one",
                operator.name()
            );
            Err(Error::field(name, message))
        }
    }
}

/// Returns the id of a reference, which may be given alone or as an object.
pub(super) fn reference_id(value: &Value) -> Option<String> {
    match value {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        Value::Object(reference) => reference.get("id").and_then(reference_id),
        _ => None,
    }
}

/// Returns the guid of an id. The id of a resource with several tables begins with the table.
pub(super) fn guid(id: &str) -> Option<Uuid> {
    const GUID_LENGTH: usize = 36;

    let start = id.len().checked_sub(GUID_LENGTH)?;
    Uuid::try_parse(id.get(start..)?).ok()
}

/// Returns a value of JSON as the literal that a column takes.
///
/// # Errors
/// Returns an error that names the field if the value does not fit.
pub(super) fn literal(field: &str, cell: &Cell, value: &Value) -> Result<Literal> {
    let wrong = |wanted: &str| Error::field(field, format!("`{field}` takes {wanted}, and not {value}"));
    let text = value.as_str();
    Ok(match cell.kind {
        _ if value.is_null() => Literal::Null,
        CellKind::Text => Literal::Text(match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(wrong("a text")),
        }),
        CellKind::Integer => {
            let number = value.as_i64().or_else(|| text?.parse().ok());
            Literal::Whole(number.ok_or_else(|| wrong("a whole number"))?)
        }
        CellKind::Decimal | CellKind::Money => {
            let amount = value.get("amount").unwrap_or(value);
            let number = match amount {
                Value::String(text) => Decimal::from_str_exact(text).ok(),
                Value::Number(number) => Decimal::from_str_exact(&number.to_string()).ok(),
                _ => None,
            };
            Literal::Decimal(number.ok_or_else(|| wrong("an exact number: \"1234.50\""))?)
        }
        CellKind::Float => {
            let number = value.as_f64().or_else(|| text?.parse().ok());
            Literal::Float(number.ok_or_else(|| wrong("a number"))?)
        }
        CellKind::Boolean => {
            let flag = value.as_bool().or(match text {
                Some("true") => Some(true),
                Some("false") => Some(false),
                _ => None,
            });
            Literal::Bool(flag.ok_or_else(|| wrong("true or false"))?)
        }
        CellKind::Date => {
            let date = text.and_then(|text| text.parse::<civil::Date>().ok());
            Literal::Date(date.ok_or_else(|| wrong("a date: \"2026-11-30\""))?)
        }
        CellKind::Time => {
            let time = text.and_then(|text| text.parse::<Timestamp>().ok());
            Literal::Time(time.ok_or_else(|| wrong("a time in UTC: \"2026-11-30T08:00:00Z\""))?)
        }
        CellKind::LocalTime => {
            let time = text.and_then(|text| {
                let text = text.trim_end_matches('Z');
                let date = || Some(text.parse::<civil::Date>().ok()?.to_datetime(civil::Time::midnight()));
                text.parse::<civil::DateTime>().ok().or_else(date)
            });
            Literal::LocalTime(time.ok_or_else(|| wrong("a date and time: \"2026-11-30T08:00:00\""))?)
        }
        CellKind::Guid | CellKind::Lookup => {
            let id = reference_id(value).and_then(|id| guid(&id));
            Literal::Guid(id.ok_or_else(|| wrong("the id of a record"))?)
        }
        CellKind::Choice => option(field, value)?,
        CellKind::Choices => {
            let values = match value {
                Value::Array(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            };
            Literal::List(values.iter().map(|value| option(field, value)).collect::<Result<_>>()?)
        }
    })
}

/// Returns an option, which may be given as a number, a label, or an object with its number.
fn option(field: &str, value: &Value) -> Result<Literal> {
    match value {
        Value::Number(number) => {
            if let Some(number) = number.as_i64() {
                return Ok(Literal::Whole(number));
            }
        }
        Value::String(text) => {
            return Ok(text.parse().map_or_else(|_| Literal::Text(text.clone()), Literal::Whole));
        }
        Value::Object(option) => {
            if let Some(number) = option.get("value").filter(|value| value.is_i64()) {
                return self::option(field, number);
            }
        }
        _ => {}
    }
    Err(Error::field(field, format!("`{field}` takes the number or the label of an option, and not {value}")))
}

#[cfg(test)]
mod tests {
    use super::FilterOperator;

    #[test]
    fn each_operator_is_found_by_its_name() {
        use FilterOperator::{Contains, Eq, Ge, Gt, In, Le, Lt, Ne, StartsWith};
        for operator in [Eq, Ne, Gt, Ge, Lt, Le, Contains, StartsWith, In] {
            assert_eq!(FilterOperator::from_name(operator.name()), Some(operator), "{operator:?}");
        }
        for (name, operator) in
            [("gte", Some(Ge)), ("lte", Some(Le)), ("startswith", None), ("EQ", None), ("", None)]
        {
            assert_eq!(FilterOperator::from_name(name), operator, "{name}");
        }
    }
}
