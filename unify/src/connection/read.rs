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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_text_is_taken_by_its_position() {
        for (text, part, expected) in [
            ("a, b, c", Part::First, Some("a")),
            ("a, b, c", Part::Last, Some("c")),
            ("a, b, c", Part::Rest, Some("b, c")),
            ("a, b, c", Part::At(0), Some("a")),
            ("a, b, c", Part::At(1), Some("b")),
            ("a, b, c", Part::At(2), Some("c")),
            ("a, b, c", Part::At(3), None),
            ("a", Part::First, Some("a")),
            ("a", Part::Last, None),
            ("a", Part::Rest, None),
            ("a", Part::At(0), Some("a")),
            (", b", Part::First, None),
            ("a, ", Part::Rest, None),
            ("  a  , b", Part::First, Some("a")),
            ("", Part::First, None),
        ] {
            assert_eq!(split(text, ", ", part).as_str(), expected, "{text:?} {part:?}");
        }
    }

    fn cell(column: &str, kind: CellKind) -> Cell {
        Cell {
            column: column.into(),
            property: if kind == CellKind::Lookup { format!("_{column}_value") } else { column.into() },
            kind,
            filterable: true,
            creatable: true,
            updatable: true,
            default: None,
            decimals: None,
        }
    }

    fn with_row<T>(json: &str, read: impl FnOnce(&Row<'_>) -> T) -> T {
        let raw: Box<RawValue> = serde_json::from_str(json).expect("JSON");
        read(&Row::parse(&raw).expect("a row"))
    }

    #[test]
    fn a_template_leaves_out_what_separates_empty_values() {
        let part = |column: &str| TemplatePart::Cell(cell(column, CellKind::Text));
        let parts = [
            part("a"),
            TemplatePart::Text(", ".into()),
            part("b"),
            TemplatePart::Text("; ".into()),
            part("c"),
        ];
        for (row, expected) in [
            (r#"{"a":"x","b":"y","c":"z"}"#, Some("x, y; z")),
            (r#"{"a":"x","b":null,"c":null}"#, Some("x")),
            (r#"{"b":"y"}"#, Some("y")),
            (r#"{"a":"x","c":"z"}"#, Some("x, ; z")),
            (r#"{"a":" ","b":" "}"#, None),
            (r#"{}"#, None),
        ] {
            let text = with_row(row, |row| template(row, &parts)).expect(row);
            assert_eq!(text.as_str(), expected, "{row}");
        }
        let only_text = [TemplatePart::Text("always".into()), part("a")];
        assert_eq!(with_row("{}", |row| template(row, &only_text)), Ok(Value::Null), "no value, no text");
    }

    #[test]
    fn a_lookup_refers_to_the_resource_of_the_table_that_the_service_tells() {
        let target = |table: &str, resource: Option<&str>| Target {
            table: table.into(),
            resource: resource.map(str::to_owned),
        };
        let (account, contact, team) =
            (target("account", Some("accounts")), target("contact", Some("contacts")), target("team", None));
        let cell = cell("x", CellKind::Lookup);
        let id = "2f087ba7-8cce-5cec-b53d-f0ba5c22f974";
        let row = |table: Option<&str>| match table {
            Some(table) => format!(
                r#"{{"_x_value":"{id}","_x_value@{LOOKUP_TABLE}":"{table}","_x_value@OData.Community.Display.V1.FormattedValue":"A"}}"#
            ),
            None => format!(r#"{{"_x_value":"{id}"}}"#),
        };
        for (table, targets, resource) in [
            (Some("account"), vec![account.clone(), contact.clone()], json!("accounts")),
            (Some("contact"), vec![account.clone(), contact.clone()], json!("contacts")),
            (Some("team"), vec![account.clone(), team.clone()], Value::Null),
            (None, vec![contact.clone()], json!("contacts")),
            (None, vec![], Value::Null),
        ] {
            let value = with_row(&row(table), |row| lookup(row, &cell, &targets)).expect("a reference");
            assert_eq!(value["id"], id, "{table:?}");
            assert_eq!(value["resource"], resource, "{table:?}");
            assert_eq!(value["name"].as_str(), table.map(|_| "A"), "{table:?}");
        }
        let other =
            with_row(&row(Some("lead")), |row| lookup(row, &cell, &[account.clone(), contact.clone()]));
        assert_eq!(other, Ok(Value::Null), "a row of another table is not meant");
        let untold = with_row(&row(None), |row| lookup(row, &cell, &[account, contact]));
        assert_eq!(untold, Err("the service did not say which table `x` points to".to_owned()));
        assert_eq!(with_row("{}", |row| lookup(row, &cell, &[team])), Ok(Value::Null));
    }

    #[test]
    fn an_option_is_the_member_that_has_it() {
        let members = [
            Member { name: "true".into(), options: vec![1] },
            Member { name: "false".into(), options: vec![0, 7] },
        ];
        let cell = cell("x", CellKind::Choice);
        let text = FieldType::Enum(Vec::new());
        for (row, ty, expected) in [
            ("{\"x\":1}", &text, Ok(json!("true"))),
            ("{\"x\":7}", &text, Ok(json!("false"))),
            ("{\"x\":1}", &FieldType::Boolean, Ok(json!(true))),
            ("{\"x\":0}", &FieldType::Boolean, Ok(json!(false))),
            ("{\"x\":true}", &text, Ok(json!("true"))),
            ("{\"x\":false}", &text, Ok(json!("false"))),
            ("{\"x\":null}", &text, Ok(Value::Null)),
            ("{}", &text, Ok(Value::Null)),
            ("{\"x\":2}", &text, Err("no member has the option 2 of `x`".to_owned())),
            ("{\"x\":\"2\"}", &text, Err("`x` is not the number of an option".to_owned())),
        ] {
            assert_eq!(with_row(row, |row| member(row, &cell, &members, ty)), expected, "{row} {ty:?}");
        }
    }
}
