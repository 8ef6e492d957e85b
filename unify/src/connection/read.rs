//! Makes records of rows.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::hook::{HookRow, Hooks};
use super::row::{self, LOOKUP_TABLE, Row};
use crate::mapping::{
    Cell, CellKind, CompiledField, CompiledTable, FieldSource, Item, Member, Part, Target, TemplatePart,
    empty_record,
};
use crate::model::{FieldType, Record, ResourceInfo};

/// A value of a row that could not be read. The field of the record is null.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Issue {
    /// The id of the record.
    pub id: String,
    /// The field.
    pub field: String,
    /// What is wrong with the value.
    pub message: String,
}

/// What records of a table are made with.
pub(super) struct RecordReader<'a> {
    pub(super) table: &'a CompiledTable,
    /// All tables of the resource: what only others have is null.
    pub(super) tables: &'a [CompiledTable],
    pub(super) info: Option<&'a ResourceInfo>,
    pub(super) hooks: &'a Hooks,
    /// Whether the ids of the resource tell the table, because it has several.
    pub(super) table_in_id: bool,
    /// Whether records have the row itself.
    pub(super) remote_data: bool,
    /// The codes of currencies by id, for rows without the expanded currency.
    pub(super) currencies: &'a BTreeMap<Uuid, String>,
}

impl RecordReader<'_> {
    /// Makes a record of a row. Values that cannot be read are null, and reported to `issues`.
    pub(super) fn record(&self, raw: Box<RawValue>, issues: &mut Vec<Issue>) -> serde_json::Result<Record> {
        let row = Row::parse(&raw)?;
        let mut fields = empty_record(self.info);
        let id = row.text(&self.table.primary_id).unwrap_or_default();
        let id = if self.table_in_id { format!("{}-{id}", self.table.table) } else { id };
        let mut set = |field: &CompiledField, into: &mut Map<String, Value>| {
            if !field.readable {
                into.insert(field.name.clone(), Value::Null);
                return;
            }
            let value = self.field(&row, field).unwrap_or_else(|message| {
                issues.push(Issue { id: id.clone(), field: field.name.clone(), message });
                Value::Null
            });
            into.insert(field.name.clone(), value);
        };
        let mut custom = Map::new();
        if self.tables.len() > 1 {
            for field in self.tables.iter().flat_map(|table| &table.fields) {
                fields.insert(field.name.clone(), Value::Null);
            }
            for field in self.tables.iter().flat_map(|table| &table.custom) {
                custom.insert(field.name.clone(), Value::Null);
            }
        }
        for field in &self.table.fields {
            set(field, &mut fields);
        }
        for field in &self.table.custom {
            set(field, &mut custom);
        }
        if self.info.is_some() || !custom.is_empty() {
            fields.insert("custom_fields".into(), Value::Object(custom));
        }
        fields.insert("id".into(), Value::String(id.clone()));
        drop(row);
        Ok(Record { fields, remote_data: self.remote_data.then_some(raw) })
    }

    fn field(&self, row: &Row<'_>, field: &CompiledField) -> Result<Value, String> {
        match &field.source {
            FieldSource::Cell(cell) => self.cell(row, cell, &field.ty),
            FieldSource::Path { navigation, cell } => match row.related(navigation) {
                Some(related) => self.cell(&related, cell, &field.ty),
                None => Ok(Value::Null),
            },
            FieldSource::Split { cell, separator, part } => {
                Ok(row::as_text(row, cell)?.map_or(Value::Null, |text| split(&text, separator, *part)))
            }
            FieldSource::Lookup { cell, targets } => lookup(row, cell, targets),
            FieldSource::Enum { cell, members } => member(row, cell, members, &field.ty),
            FieldSource::ChoiceReference { cell, resource, .. } => Ok(match row::value(row, cell)? {
                Value::Object(option) => json!({
                    "id": option.get("value").map(Value::to_string),
                    "name": option.get("label"),
                    "resource": resource,
                }),
                _ => Value::Null,
            }),
            FieldSource::Template(parts) => template(row, parts),
            FieldSource::Constant(value) => Ok(value.clone()),
            FieldSource::List(items) => self.list(row, items),
            FieldSource::Hook(name) => match self.hooks.get(name) {
                Some(hook) => hook.read(&HookRow::new(row)),
                None => Err(format!("the program has no hook `{name}`")),
            },
        }
    }

    fn cell(&self, row: &Row<'_>, cell: &Cell, ty: &FieldType) -> Result<Value, String> {
        if *ty == FieldType::Text {
            return Ok(row::as_text(row, cell)?.map_or(Value::Null, Value::String));
        }
        let value = row::value(row, cell)?;
        Ok(match (cell.kind, value) {
            (_, Value::Null) => Value::Null,
            (CellKind::Money, amount) => json!({ "amount": amount, "currency": self.currency_of(row) }),
            (CellKind::LocalTime, Value::String(text)) if *ty == FieldType::Date => {
                Value::String(text.get(..10).unwrap_or(&text).to_owned())
            }
            (_, value) => value,
        })
    }

    /// Returns the code of the row's currency.
    fn currency_of(&self, row: &Row<'_>) -> Option<String> {
        let currency = self.table.currency.as_ref()?;
        match row.related(&currency.navigation) {
            Some(related) => related.text(&currency.code),
            None => {
                let id = row.text(&format!("_{}_value", currency.column))?;
                self.currencies.get(&Uuid::try_parse(&id).ok()?).cloned()
            }
        }
    }

    fn list(&self, row: &Row<'_>, items: &[Item]) -> Result<Value, String> {
        let mut list = Vec::new();
        for item in items {
            let mut object = Map::new();
            let mut empty = true;
            for (member, cell) in &item.cells {
                let text = row::as_text(row, cell)?;
                empty &= text.as_ref().is_none_or(String::is_empty);
                object.insert(member.clone(), text.map_or(Value::Null, Value::String));
            }
            if empty {
                continue;
            }
            for (member, constant) in &item.constants {
                object.insert(member.clone(), Value::String(constant.clone()));
            }
            list.push(Value::Object(object));
        }
        Ok(Value::Array(list))
    }
}

/// Returns the reference of a lookup. A lookup that points to a table that does not count is empty.
fn lookup(row: &Row<'_>, cell: &Cell, targets: &[Target]) -> Result<Value, String> {
    let Value::Object(mut reference) = row::value(row, cell)? else { return Ok(Value::Null) };
    let table = row.annotation(&cell.property, LOOKUP_TABLE);
    let target = match (&table, targets) {
        (Some(table), targets) => targets.iter().find(|target| target.table == *table),
        // A lookup with one target needs no annotation.
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    match target {
        Some(target) => {
            reference.insert("resource".into(), target.resource.clone().map_or(Value::Null, Value::String));
            Ok(Value::Object(reference))
        }
        None if table.is_none() && !targets.is_empty() => {
            Err(format!("the service did not say which table `{}` points to", cell.column))
        }
        None if targets.is_empty() => Ok(Value::Object(reference)),
        None => Ok(Value::Null),
    }
}

/// Returns the member that an option means.
fn member(row: &Row<'_>, cell: &Cell, members: &[Member], ty: &FieldType) -> Result<Value, String> {
    let Some(raw) = row.raw(&cell.property) else { return Ok(Value::Null) };
    let option = match raw {
        "true" => 1,
        "false" => 0,
        number => {
            number.parse::<i64>().map_err(|_| format!("`{}` is not the number of an option", cell.column))?
        }
    };
    let Some(member) = members.iter().find(|member| member.options.contains(&option)) else {
        return Err(format!("no member has the option {option} of `{}`", cell.column));
    };
    Ok(match ty {
        FieldType::Boolean => Value::Bool(member.name == "true"),
        _ => Value::String(member.name.clone()),
    })
}

fn template(row: &Row<'_>, parts: &[TemplatePart]) -> Result<Value, String> {
    let mut text = String::new();
    let mut any = false;
    for part in parts {
        match part {
            TemplatePart::Text(constant) => text.push_str(constant),
            TemplatePart::Cell(cell) => {
                if let Some(value) = row::as_text(row, cell)? {
                    any = true;
                    text.push_str(&value);
                }
            }
        }
    }
    // What separates empty values is left out at both ends.
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    Ok(if any && !trimmed.is_empty() { Value::String(trimmed.to_owned()) } else { Value::Null })
}

fn split(text: &str, separator: &str, part: Part) -> Value {
    let found = match part {
        Part::First => text.split(separator).next(),
        Part::Last => text.rsplit(separator).next().filter(|_| text.contains(separator)),
        Part::Rest => text.split_once(separator).map(|(_, rest)| rest),
        Part::At(at) => text.split(separator).nth(at),
    };
    found
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map_or(Value::Null, |part| Value::String(part.to_owned()))
}
