//! Turns the values of fields into what a write sets: lookups, members of enums and lists.

use std::collections::BTreeMap;

use dvkit::by_name::{BindTarget, Value as Literal};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::filter::{guid, literal, reference_id};
use crate::error::{Error, Result};
use crate::mapping::{Cell, CellKind, CompiledField, CompiledTable, FieldSource, Item, Member, Target};

/// What a write sets: the columns with their values, and the lookups with their rows.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) values: Vec<(String, Literal)>,
    /// The lookups, each with the field that set it and the row; `None` empties the lookup.
    pub(super) lookups: BTreeMap<String, (String, Option<BindTarget>)>,
    /// The fields that want to empty a lookup which other fields share.
    pub(super) emptied: BTreeMap<String, Vec<String>>,
    /// The amounts that the service rounds to the decimal places of their currency, with their fields.
    pub(super) amounts: Vec<(String, Decimal)>,
    /// The code of the currency of the amounts, with the field that has it.
    pub(super) currency: Option<(String, String)>,
}

/// Returns an error if a number has more decimal places than the service keeps: it would round the number.
pub(super) fn check_decimals(field: &str, number: Decimal, places: u32, of: &str) -> Result<()> {
    if number.normalize().scale() <= places {
        return Ok(());
    }
    let kept = match places {
        0 => "no decimal places".to_owned(),
        1 => "1 decimal place".to_owned(),
        places => format!("{places} decimal places"),
    };
    let message = format!("`{field}` keeps {kept}{of}, and {number} has more; round it before it is written");
    Err(Error::field(field, message))
}

/// Returns whether a value is the one that a new record has if nothing is set.
pub(super) fn is_default(source: &FieldSource, value: &Value) -> bool {
    let FieldSource::Enum { cell, members } = source else { return false };
    let name = match value {
        Value::Bool(flag) => flag.to_string(),
        Value::String(text) => text.clone(),
        _ => return false,
    };
    // States begin with the first one if the snapshot does not say it.
    let default = cell.default.unwrap_or(0);
    members.iter().any(|member| member.name == name && member.options.contains(&default))
}

/// Returns the fields that are stored in the lookup `column`.
pub(super) fn sharing<'t>(table: &'t CompiledTable, column: &str) -> impl Iterator<Item = &'t CompiledField> {
    table.fields.iter().filter(move |field| match &field.source {
        FieldSource::Lookup { cell, .. } => cell.column == column && field.read_only.is_none(),
        _ => false,
    })
}

pub(super) fn lookup(
    name: &str,
    table: &CompiledTable,
    cell: &Cell,
    targets: &[Target],
    value: &Value,
    changes: &mut Changes,
) -> Result<()> {
    if value.is_null() {
        if sharing(table, &cell.column).count() > 1 {
            changes.emptied.entry(cell.column.clone()).or_default().push(name.to_owned());
        } else {
            changes.lookups.insert(cell.column.clone(), (name.to_owned(), None));
        }
        return Ok(());
    }
    let id = reference_id(value).and_then(|id| guid(&id));
    let id =
        id.ok_or_else(|| Error::field(name, format!("`{name}` takes {{ \"id\": \"…\" }}, and not {value}")))?;
    let resource = value.get("resource").and_then(Value::as_str);
    let target = match (resource, targets) {
        (Some(resource), targets) => {
            let fitting = targets.iter().find(|target| target.resource.as_deref() == Some(resource));
            Some(fitting.ok_or_else(|| {
                let names: Vec<&str> =
                    targets.iter().filter_map(|target| target.resource.as_deref()).collect();
                let message = format!("`{name}` refers to {}, and not to {resource}", names.join(" or "));
                Error::field(name, message)
            })?)
        }
        (None, [only]) => Some(only),
        // Rows that no resource has, such as teams, are not meant by an id alone.
        (None, targets) => {
            let mut known = targets.iter().filter(|target| target.resource.is_some());
            match (known.next(), known.next()) {
                (Some(only), None) => Some(only),
                _ if targets.is_empty() => None,
                _ => {
                    let names: Vec<&str> = targets.iter().filter_map(|t| t.resource.as_deref()).collect();
                    let message = format!("`{name}` needs its `resource`: one of {}", names.join(", "));
                    return Err(Error::field(name, message));
                }
            }
        }
    };
    let row = BindTarget::Id(id, target.map(|target| target.table.clone()));
    if let Some((other, Some(before))) = changes.lookups.get(&cell.column)
        && *before != row
    {
        let message = format!("`{name}` and `{other}` are stored in one column; give one of them");
        return Err(Error::field(name, message));
    }
    changes.lookups.insert(cell.column.clone(), (name.to_owned(), Some(row)));
    Ok(())
}

pub(super) fn member(name: &str, cell: &Cell, members: &[Member], value: &Value) -> Result<Literal> {
    let text = match value {
        Value::Null => return Ok(Literal::Null),
        Value::Bool(flag) => flag.to_string(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let Some(member) = members.iter().find(|member| member.name == text) else {
        let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        return Err(Error::field(name, format!("`{name}` is one of {}, and not {value}", names.join(", "))));
    };
    let option = member.options.first();
    let option =
        option.ok_or_else(|| Error::field(name, format!("`{text}` has no option in this organisation")))?;
    Ok(match cell.kind {
        CellKind::Boolean => Literal::Bool(*option == 1),
        _ => Literal::Whole(*option),
    })
}

/// Writes a list: each item goes to the columns of the mapped item with the same constants. A list replaces what was
/// there, so the columns of the other items are emptied.
pub(super) fn list(
    name: &str,
    field: &CompiledField,
    items: &[Item],
    value: &Value,
    create: bool,
    changes: &mut Changes,
) -> Result<()> {
    let empty = Vec::new();
    let given = match value {
        Value::Array(given) => given,
        Value::Null => &empty,
        other => {
            return Err(Error::field(name, format!("`{name}` is {}, and not {other}", field.ty.described())));
        }
    };
    let mut taken: Vec<Option<&Map<String, Value>>> = vec![None; items.len()];
    let members = field.ty.item_members();
    for (at, value) in given.iter().enumerate() {
        let path = format!("{name}[{at}]");
        let Value::Object(object) = value else {
            return Err(Error::field(&path, format!("an item of `{name}` is an object, and not {value}")));
        };
        if let Some(member) = object.keys().find(|m| !members.contains(&m.as_str()) && *m != "id") {
            return Err(match Error::unknown_field(&path, member, members.iter().copied()) {
                Error::Invalid { message, .. } => Error::field(format!("{path}.{member}"), message),
                other => other,
            });
        }
        let kind = object.get("type").filter(|kind| !kind.is_null());
        let fits = |item: &Item| match kind {
            Some(kind) => {
                item.constants.iter().any(|(key, text)| key == "type" && kind.as_str() == Some(text))
            }
            None => true,
        };
        let slot = (0..items.len()).find(|slot| taken[*slot].is_none() && fits(&items[*slot]));
        let Some(slot) = slot else {
            let kinds: Vec<&str> = items
                .iter()
                .flat_map(|item| {
                    item.constants.iter().filter(|(key, _)| key == "type").map(|(_, t)| t.as_str())
                })
                .collect();
            let message = match kind {
                Some(kind) if items.iter().any(fits) => format!("`{name}` has two items of the type {kind}"),
                Some(kind) => {
                    format!("`{name}` has no items of the type {kind}; the types are {}", kinds.join(", "))
                }
                None => format!("`{name}` has at most {} items in this organisation", items.len()),
            };
            return Err(Error::field(&path, message));
        };
        let item = &items[slot];
        let lost = object.iter().find(|(member, value)| {
            !value.is_null()
                && *member != "id"
                && !item.cells.iter().any(|(name, _)| name == *member)
                && !item.constants.iter().any(|(name, _)| name == *member)
        });
        // A type is not lost: the item was found by it.
        if let Some((member, _)) = lost {
            let message = format!("`{member}` is not mapped for this item in this organisation");
            return Err(Error::field(format!("{path}.{member}"), message));
        }
        taken[slot] = Some(object);
    }
    for (item, object) in items.iter().zip(taken) {
        for (member, cell) in &item.cells {
            let value = object.and_then(|object| object.get(member)).unwrap_or(&Value::Null);
            if create && value.is_null() {
                continue;
            }
            changes.values.push((cell.column.clone(), literal(name, cell, value)?));
        }
    }
    Ok(())
}
