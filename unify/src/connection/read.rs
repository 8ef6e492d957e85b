//! Makes records of rows.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use dvkit_client::RowText;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::column;
use super::field_value::{ChoiceValue, EntryValue, FieldValue, ReferenceValue, write_string};
use super::hook::{HookRow, Hooks};
use super::layout::{Layout, LayoutField, PlacedItem, PlacedPart, PlacedSource};
use super::row::{Property, Row};
use crate::mapping::{Cell, CellKind, CompiledTable, Member, Part, Target};
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

impl<'a> RecordReader<'a> {
    /// Makes records of rows. Values that cannot be read are null, and reported to `issues`.
    pub(super) fn records(
        &self,
        rows: &[RowText],
        issues: &mut Vec<Issue>,
    ) -> serde_json::Result<Vec<Record>> {
        let mut row = Row::default();
        let (layout, reported) = (Layout::new(self, &mut row)?, RefCell::default());
        let records = rows.iter().map(|text| self.record_in(&layout, &mut row, text, &reported)).collect();
        issues.append(&mut reported.take());
        records
    }

    /// Makes a record of one row. Values that cannot be read are null.
    pub(super) fn record(&self, text: &RowText) -> serde_json::Result<Record> {
        let mut row = Row::default();
        let layout = Layout::new(self, &mut row)?;
        self.record_in(&layout, &mut row, text, &RefCell::default())
    }

    fn record_in<'r>(
        &'r self,
        layout: &Layout<'r>,
        row: &mut Row<'r>,
        text: &'r RowText,
        issues: &RefCell<Vec<Issue>>,
    ) -> serde_json::Result<Record> {
        let mapped = self.mapped(layout, row, text.get(), issues)?;
        let values = |fields: &[LayoutField<'r>]| {
            let value = |field: &LayoutField<'r>| {
                Ok((field.name.to_owned(), serde_json::to_value(mapped.value(field))?))
            };
            fields.iter().map(value).collect::<serde_json::Result<Map<_, _>>>()
        };
        let mut fields = values(&layout.fields)?;
        fields.insert("id".to_owned(), Value::from(mapped.id.as_ref()));
        if let Some(custom) = &layout.custom {
            fields.insert("custom_fields".to_owned(), values(custom)?.into());
        }
        let remote_data = if self.remote_data { Some(text.decode()?) } else { None };
        Ok(Record { fields, remote_data })
    }

    /// Writes rows as a JSON list of records. Values that cannot be read are null, and reported to `issues`.
    pub(super) fn write(
        &self,
        rows: &[RowText],
        list: &mut Vec<u8>,
        issues: &mut Vec<Issue>,
    ) -> serde_json::Result<()> {
        let mut row = Row::default();
        let (layout, reported) = (Layout::new(self, &mut row)?, RefCell::default());
        list.push(b'[');
        for (at, text) in rows.iter().enumerate() {
            if at > 0 {
                list.push(b',');
            }
            let text = text.get();
            self.mapped(&layout, &mut row, text, &reported)?.write(list)?;
            if self.remote_data {
                // The row is written as it is, at the end of the object.
                list.pop();
                list.extend_from_slice(br#","remote_data":"#);
                list.extend_from_slice(text.as_bytes());
                list.push(b'}');
            }
        }
        list.push(b']');
        issues.append(&mut reported.take());
        Ok(())
    }

    /// Reads a row.
    fn mapped<'m, 'r>(
        &'r self,
        layout: &'m Layout<'r>,
        row: &'m mut Row<'r>,
        text: &'r str,
        issues: &'m RefCell<Vec<Issue>>,
    ) -> serde_json::Result<MappedRow<'m, 'r>> {
        row.fill(text).map_err(serde::de::Error::custom)?;
        let id = row.at(layout.id).text().unwrap_or_default();
        let id = if self.table_in_id { Cow::Owned(format!("{}-{id}", self.table.table)) } else { id };
        Ok(MappedRow { reader: self, layout, id, row, currency: OnceCell::new(), issues })
    }
}

/// A row whose values are those of a record. Values that cannot be read are null, and reported.
struct MappedRow<'m, 'r> {
    reader: &'r RecordReader<'r>,
    layout: &'m Layout<'r>,
    id: Cow<'r, str>,
    row: &'m Row<'r>,
    /// The code of the row's currency, once it is known.
    currency: OnceCell<Option<Cow<'r, str>>>,
    issues: &'m RefCell<Vec<Issue>>,
}

impl<'r> MappedRow<'_, 'r> {
    /// Appends the JSON of the record, without `remote_data`.
    fn write(&self, json: &mut Vec<u8>) -> serde_json::Result<()> {
        json.extend_from_slice(br#"{"id":"#);
        write_string(&self.id, json)?;
        for field in &self.layout.fields {
            json.push(b',');
            json.extend_from_slice(&field.key);
            self.value(field).write(json)?;
        }
        if let Some(custom) = &self.layout.custom {
            json.extend_from_slice(br#","custom_fields":{"#);
            for (at, field) in custom.iter().enumerate() {
                if at > 0 {
                    json.push(b',');
                }
                json.extend_from_slice(&field.key);
                self.value(field).write(json)?;
            }
            json.push(b'}');
        }
        json.push(b'}');
        Ok(())
    }

    fn value(&self, field: &LayoutField<'r>) -> FieldValue<'r> {
        let Some((compiled, source)) = &field.source else { return FieldValue::Null };
        self.field(source, &compiled.ty).unwrap_or_else(|message| {
            let issue = Issue { id: self.id.clone().into_owned(), field: field.name.to_owned(), message };
            self.issues.borrow_mut().push(issue);
            FieldValue::Null
        })
    }

    fn field(&self, source: &PlacedSource<'r>, ty: &FieldType) -> Result<FieldValue<'r>, String> {
        let row = self.row;
        match source {
            PlacedSource::Cell(column) => self.cell(row.at(column.at), column.cell, ty, None),
            PlacedSource::Path { navigation, cell } => {
                let related = row.at(*navigation);
                match related.of_related(&cell.property) {
                    Some(property) => self.cell(&property, cell, ty, Some(related)),
                    None => Ok(FieldValue::Null),
                }
            }
            PlacedSource::Split { column, separator, part } => {
                let text = column::as_text(row.at(column.at), column.cell)?;
                Ok(FieldValue::text(text.and_then(|text| split(text, separator, *part))))
            }
            PlacedSource::Lookup { column, targets } => lookup(row.at(column.at), column.cell, targets),
            PlacedSource::Enum { column, members } => member(row.at(column.at), column.cell, members, ty),
            PlacedSource::ChoiceReference { column, resource } => {
                Ok(match column::value(row.at(column.at), column.cell)? {
                    FieldValue::Choice(ChoiceValue { value, label }) => {
                        FieldValue::Reference(ReferenceValue {
                            id: value.to_string().into(),
                            name: label,
                            resource: Some(resource),
                        })
                    }
                    _ => FieldValue::Null,
                })
            }
            PlacedSource::Template(parts) => template(row, parts),
            PlacedSource::Constant(value) => Ok(FieldValue::Constant(value)),
            PlacedSource::List(items) => list(row, items),
            PlacedSource::Hook(name) => match self.reader.hooks.get(name) {
                Some(hook) => hook.read(&HookRow::new(row)).map(FieldValue::Hook),
                None => Err(format!("the program has no hook `{name}`")),
            },
        }
    }

    /// Returns the value of a column; `related` is the row that has it, if it is not this one.
    fn cell(
        &self,
        property: &Property<'r>,
        cell: &Cell,
        ty: &FieldType,
        related: Option<&Property<'r>>,
    ) -> Result<FieldValue<'r>, String> {
        if *ty == FieldType::Text {
            return Ok(FieldValue::text(column::as_text(property, cell)?));
        }
        Ok(match (cell.kind, column::value(property, cell)?) {
            (CellKind::Money, FieldValue::Text(amount)) => {
                let currency = match related {
                    Some(_) => self.find_currency(related),
                    None => self.currency.get_or_init(|| self.find_currency(None)).clone(),
                };
                FieldValue::Amount { amount, currency }
            }
            (CellKind::LocalTime, FieldValue::Text(text)) if *ty == FieldType::Date => {
                FieldValue::Text(column::date(text))
            }
            (_, value) => value,
        })
    }

    /// Returns the code of the currency of a row: of this one, or of a related one.
    fn find_currency(&self, related: Option<&Property<'r>>) -> Option<Cow<'r, str>> {
        let placed = self.layout.currency.as_ref()?;
        let (expanded, value) = match related {
            None => (*self.row.at(placed.navigation), *self.row.at(placed.value)),
            Some(row) => (row.of_related(&placed.currency.navigation)?, row.of_related(&placed.value_name)?),
        };
        match expanded.of_related(&placed.currency.code) {
            Some(code) => code.text(),
            None => {
                let id = Uuid::try_parse(&value.text()?).ok()?;
                Some(Cow::Borrowed(self.reader.currencies.get(&id)?.as_str()))
            }
        }
    }
}

fn list<'r>(row: &Row<'r>, items: &[PlacedItem<'r>]) -> Result<FieldValue<'r>, String> {
    let mut entries = Vec::new();
    for item in items {
        let mut texts = Vec::with_capacity(item.columns.len());
        for (member, column) in &item.columns {
            texts.push((*member, column::as_text(row.at(column.at), column.cell)?));
        }
        if texts.iter().any(|(_, text)| text.as_ref().is_some_and(|text| !text.is_empty())) {
            entries.push(EntryValue { texts, constants: item.constants });
        }
    }
    Ok(FieldValue::Entries(entries))
}

/// Returns the reference of a lookup. A lookup that points to a table that does not count is empty.
fn lookup<'r>(property: &Property<'r>, cell: &Cell, targets: &'r [Target]) -> Result<FieldValue<'r>, String> {
    let FieldValue::Reference(reference) = column::value(property, cell)? else {
        return Ok(FieldValue::Null);
    };
    let table = property.lookup_table();
    let target = match (&table, targets) {
        (Some(table), targets) => targets.iter().find(|target| target.table == *table),
        // A lookup with one target needs no annotation.
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    match target {
        Some(target) => {
            let resource = target.resource.as_deref();
            Ok(FieldValue::Reference(ReferenceValue { resource, ..reference }))
        }
        None if table.is_none() && !targets.is_empty() => {
            Err(format!("the service did not say which table `{}` points to", cell.column))
        }
        None if targets.is_empty() => Ok(FieldValue::Reference(reference)),
        None => Ok(FieldValue::Null),
    }
}

/// Returns the member that an option means.
fn member<'r>(
    property: &Property<'r>,
    cell: &Cell,
    members: &'r [Member],
    ty: &FieldType,
) -> Result<FieldValue<'r>, String> {
    let Some(raw) = property.raw() else { return Ok(FieldValue::Null) };
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
        FieldType::Boolean => FieldValue::Boolean(member.name == "true"),
        _ => FieldValue::Text(Cow::Borrowed(&member.name)),
    })
}

fn template<'r>(row: &Row<'r>, parts: &[PlacedPart<'r>]) -> Result<FieldValue<'r>, String> {
    let mut text = String::new();
    let mut any = false;
    for part in parts {
        match part {
            PlacedPart::Text(constant) => text.push_str(constant),
            PlacedPart::Cell(column) => {
                if let Some(value) = column::as_text(row.at(column.at), column.cell)? {
                    any = true;
                    text.push_str(&value);
                }
            }
        }
    }
    // What separates empty values is left out at both ends.
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    Ok(if any && !trimmed.is_empty() {
        FieldValue::Text(trimmed.to_owned().into())
    } else {
        FieldValue::Null
    })
}

/// Returns a part of a text; `None` if the text does not have it or if it is empty.
fn split<'r>(text: Cow<'r, str>, separator: &str, part: Part) -> Option<Cow<'r, str>> {
    Some(match text {
        Cow::Borrowed(text) => Cow::Borrowed(part_of(text, separator, part)?),
        Cow::Owned(text) => Cow::Owned(part_of(&text, separator, part)?.to_owned()),
    })
}

fn part_of<'t>(text: &'t str, separator: &str, part: Part) -> Option<&'t str> {
    let found = match part {
        Part::First => text.split(separator).next(),
        Part::Last => text.rsplit(separator).next().filter(|_| text.contains(separator)),
        Part::Rest => text.split_once(separator).map(|(_, rest)| rest),
        Part::At(at) => text.split(separator).nth(at),
    };
    found.map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{Item, TemplatePart};

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
            assert_eq!(part_of(text, ", ", part), expected, "{text:?} {part:?}");
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

    fn json(value: FieldValue<'_>) -> Value {
        serde_json::to_value(value).expect("JSON")
    }

    fn template_of(json: &str, parts: &[TemplatePart]) -> Result<Value, String> {
        let mut row = Row::default();
        let parts: Vec<_> = parts.iter().map(|part| PlacedPart::new(part, &mut row)).collect();
        row.fill(json).expect("a row");
        template(&row, &parts).map(self::json)
    }

    fn list_of(json: &str, items: &[Item]) -> Result<Value, String> {
        let mut row = Row::default();
        let items: Vec<_> = items.iter().map(|item| PlacedItem::new(item, &mut row)).collect();
        row.fill(json).expect("a row");
        list(&row, &items).map(self::json)
    }

    /// Reads a column of a row.
    fn column_of<'r>(
        json: &'r str,
        cell: &'r Cell,
        read: impl FnOnce(&Property<'r>, &'r Cell) -> Result<FieldValue<'r>, String>,
    ) -> Result<Value, String> {
        let mut row = Row::default();
        let at = row.position(cell.property.as_str());
        row.fill(json).expect("a row");
        read(row.at(at), cell).map(self::json)
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
            let text = template_of(row, &parts).expect(row);
            assert_eq!(text.as_str(), expected, "{row}");
        }
        let only_text = [TemplatePart::Text("always".into()), part("a")];
        let nothing = template_of("{}", &only_text);
        assert_eq!(nothing, Ok(Value::Null), "no value, no text");
    }

    #[test]
    fn a_list_leaves_out_items_without_a_text() {
        let item = |columns: [&str; 2], kind: &str| Item {
            constants: vec![("type".into(), kind.into())],
            cells: ["street", "city"]
                .into_iter()
                .zip(columns)
                .map(|(m, c)| (m.into(), cell(c, CellKind::Text)))
                .collect(),
        };
        let items = [item(["a", "b"], "first"), item(["c", "d"], "second")];
        let first = |street: Value, city: Value| serde_json::json!([{ "street": street, "city": city, "type": "first" }]);
        for (row, expected) in [
            (r#"{"a":"x","b":"y"}"#, first("x".into(), "y".into())),
            (r#"{"a":null,"b":"y","c":""}"#, first(Value::Null, "y".into())),
            (r#"{"a":"","b":"y","c":"","d":null}"#, first("".into(), "y".into())),
            (r#"{"a":"","b":""}"#, serde_json::json!([])),
            ("{}", serde_json::json!([])),
        ] {
            assert_eq!(list_of(row, &items), Ok(expected), "{row}");
        }
        let both = list_of(r#"{"b":"y","d":"z"}"#, &items).expect("a list");
        assert_eq!((both[0]["type"].as_str(), both[1]["city"].as_str()), (Some("first"), Some("z")));
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
                r#"{{"_x_value":"{id}","_x_value@Microsoft.Dynamics.CRM.lookuplogicalname":"{table}","_x_value@OData.Community.Display.V1.FormattedValue":"A"}}"#
            ),
            None => format!(r#"{{"_x_value":"{id}"}}"#),
        };
        for (table, targets, resource) in [
            (Some("account"), vec![account.clone(), contact.clone()], Value::from("accounts")),
            (Some("contact"), vec![account.clone(), contact.clone()], Value::from("contacts")),
            (Some("team"), vec![account.clone(), team.clone()], Value::Null),
            (None, vec![contact.clone()], Value::from("contacts")),
            (None, vec![], Value::Null),
        ] {
            let value = column_of(&row(table), &cell, |property, cell| lookup(property, cell, &targets))
                .expect("a reference");
            assert_eq!(value["id"], id, "{table:?}");
            assert_eq!(value["resource"], resource, "{table:?}");
            assert_eq!(value["name"].as_str(), table.map(|_| "A"), "{table:?}");
        }
        let both = [account, contact];
        let other = column_of(&row(Some("lead")), &cell, |property, cell| lookup(property, cell, &both));
        assert_eq!(other, Ok(Value::Null), "a row of another table is not meant");
        let untold = column_of(&row(None), &cell, |property, cell| lookup(property, cell, &both));
        assert_eq!(untold, Err("the service did not say which table `x` points to".to_owned()));
        assert_eq!(column_of("{}", &cell, |property, cell| lookup(property, cell, &both)), Ok(Value::Null));
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
            ("{\"x\":1}", &text, Ok(Value::from("true"))),
            ("{\"x\":7}", &text, Ok(Value::from("false"))),
            ("{\"x\":1}", &FieldType::Boolean, Ok(Value::from(true))),
            ("{\"x\":0}", &FieldType::Boolean, Ok(Value::from(false))),
            ("{\"x\":true}", &text, Ok(Value::from("true"))),
            ("{\"x\":false}", &text, Ok(Value::from("false"))),
            ("{\"x\":null}", &text, Ok(Value::Null)),
            ("{}", &text, Ok(Value::Null)),
            ("{\"x\":2}", &text, Err("no member has the option 2 of `x`".to_owned())),
            ("{\"x\":\"2\"}", &text, Err("`x` is not the number of an option".to_owned())),
        ] {
            assert_eq!(
                column_of(row, &cell, |property, cell| member(property, cell, &members, ty)),
                expected,
                "{row} {ty:?}"
            );
        }
    }
}
