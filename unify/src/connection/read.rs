//! Makes records of rows.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use dvkit_client::RowText;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::field_value::{ChoiceValue, EntryValue, FieldValue, ReferenceValue};
use super::hook::{HookRow, Hooks};
use super::row::{self, Row};
use crate::mapping::{
    Cell, CellKind, CompiledField, CompiledTable, FieldSource, Item, Member, Part, Target, TemplatePart,
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

impl<'a> RecordReader<'a> {
    /// Makes records of rows. Values that cannot be read are null, and reported to `issues`.
    pub(super) fn records(
        &self,
        rows: &[RowText],
        issues: &mut Vec<Issue>,
    ) -> serde_json::Result<Vec<Record>> {
        let (layout, reported) = (self.layout(), RefCell::default());
        let mut row = Row::default();
        let records = rows.iter().map(|text| self.record_in(&layout, &mut row, text, &reported)).collect();
        issues.append(&mut reported.take());
        records
    }

    /// Makes a record of one row. Values that cannot be read are null.
    pub(super) fn record(&self, text: &RowText) -> serde_json::Result<Record> {
        self.record_in(&self.layout(), &mut Row::default(), text, &RefCell::default())
    }

    fn record_in<'r>(
        &'r self,
        layout: &'r Layout<'_>,
        row: &mut Row<'r>,
        text: &'r RowText,
        issues: &RefCell<Vec<Issue>>,
    ) -> serde_json::Result<Record> {
        row.fill(text.get())?;
        let fields = match serde_json::to_value(self.mapped(layout, row, issues))? {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
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
        let (layout, reported) = (self.layout(), RefCell::default());
        let mut row = Row::default();
        for (at, text) in rows.iter().enumerate() {
            row.fill(text.get())?;
            list.push(if at == 0 { b'[' } else { b',' });
            serde_json::to_writer(&mut *list, &self.mapped(&layout, &row, &reported))?;
            if self.remote_data {
                // The row is written as it is, at the end of the object.
                list.pop();
                list.extend_from_slice(br#","remote_data":"#);
                list.extend_from_slice(text.get().as_bytes());
                list.push(b'}');
            }
        }
        list.extend_from_slice(if rows.is_empty() { b"[]" } else { b"]" });
        issues.append(&mut reported.take());
        Ok(())
    }

    /// Returns the fields of the table's records in their order: those of the model, further ones of the mapping, and
    /// custom fields. What only other tables of the resource have is null.
    fn layout(&self) -> Layout<'a> {
        let mut layout = Layout::default();
        for field in self.info.map_or(&[][..], |info| info.fields) {
            layout.fields.add(field.name, None);
        }
        if self.tables.len() > 1 {
            for table in self.tables {
                table.fields.iter().for_each(|field| layout.fields.add(&field.name, None));
                table.custom.iter().for_each(|field| layout.custom.add(&field.name, None));
            }
        }
        let readable = |field: &'a CompiledField| field.readable.then_some(field);
        self.table.fields.iter().for_each(|field| layout.fields.add(&field.name, readable(field)));
        self.table.custom.iter().for_each(|field| layout.custom.add(&field.name, readable(field)));
        let has_custom = self.info.is_some() || !layout.custom.0.is_empty();
        // These two are not what a mapping says.
        layout.fields.0.retain(|(name, _)| *name != "id" && !(has_custom && *name == "custom_fields"));
        layout.has_custom = has_custom;
        layout
    }

    /// Returns a row as a record that can be serialised, without `remote_data`.
    fn mapped<'m, 'r>(
        &'r self,
        layout: &'r Layout<'_>,
        row: &'m Row<'r>,
        issues: &'m RefCell<Vec<Issue>>,
    ) -> MappedRow<'m, 'r> {
        let id = row.text(&self.table.primary_id).unwrap_or_default();
        let id = if self.table_in_id { Cow::Owned(format!("{}-{id}", self.table.table)) } else { id };
        MappedRow { reader: self, layout, id, row, currency: OnceCell::new(), issues }
    }
}

/// The fields of a table's records, which are the same for all rows of a page. A field that is always null has no source.
#[derive(Debug, Default)]
struct Layout<'a> {
    fields: LayoutFields<'a>,
    custom: LayoutFields<'a>,
    /// Whether records have `custom_fields`.
    has_custom: bool,
}

#[derive(Debug, Default)]
struct LayoutFields<'a>(Vec<(&'a str, Option<&'a CompiledField>)>);

impl<'a> LayoutFields<'a> {
    /// Adds a field, or gives one that is there its source.
    fn add(&mut self, name: &'a str, source: Option<&'a CompiledField>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, of)) => *of = source,
            None => self.0.push((name, source)),
        }
    }
}

/// A row that serialises as a record. Values that cannot be read are null, and reported.
struct MappedRow<'m, 'r> {
    reader: &'r RecordReader<'r>,
    layout: &'r Layout<'r>,
    id: Cow<'r, str>,
    row: &'m Row<'r>,
    /// The code of the row's currency, once it is known.
    currency: OnceCell<Option<Cow<'r, str>>>,
    issues: &'m RefCell<Vec<Issue>>,
}

impl Serialize for MappedRow<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("id", &self.id)?;
        for (name, source) in &self.layout.fields.0 {
            object.serialize_entry(name, &self.value(*source))?;
        }
        if self.layout.has_custom {
            object.serialize_entry("custom_fields", &CustomFields(self))?;
        }
        object.end()
    }
}

struct CustomFields<'c, 'm, 'r>(&'c MappedRow<'m, 'r>);

impl Serialize for CustomFields<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .collect_map(self.0.layout.custom.0.iter().map(|(name, source)| (*name, self.0.value(*source))))
    }
}

impl<'r> MappedRow<'_, 'r> {
    fn value(&self, source: Option<&'r CompiledField>) -> FieldValue<'r> {
        let Some(field) = source else { return FieldValue::Null };
        self.field(field).unwrap_or_else(|message| {
            let issue = Issue { id: self.id.clone().into_owned(), field: field.name.clone(), message };
            self.issues.borrow_mut().push(issue);
            FieldValue::Null
        })
    }

    fn field(&self, field: &'r CompiledField) -> Result<FieldValue<'r>, String> {
        let row = self.row;
        match &field.source {
            FieldSource::Cell(cell) => self.cell(row, cell, &field.ty),
            FieldSource::Path { navigation, cell } => match row.related(navigation) {
                Some(related) => self.cell(&related, cell, &field.ty),
                None => Ok(FieldValue::Null),
            },
            FieldSource::Split { cell, separator, part } => {
                let text = row::as_text(row, cell)?;
                Ok(FieldValue::text(text.and_then(|text| split(text, separator, *part))))
            }
            FieldSource::Lookup { cell, targets } => lookup(row, cell, targets),
            FieldSource::Enum { cell, members } => member(row, cell, members, &field.ty),
            FieldSource::ChoiceReference { cell, resource, .. } => Ok(match row::value(row, cell)? {
                FieldValue::Choice(ChoiceValue { value, label }) => FieldValue::Reference(ReferenceValue {
                    id: value.to_string().into(),
                    name: label,
                    resource: Some(resource),
                }),
                _ => FieldValue::Null,
            }),
            FieldSource::Template(parts) => template(row, parts),
            FieldSource::Constant(value) => Ok(FieldValue::Constant(value)),
            FieldSource::List(items) => list(row, items),
            FieldSource::Hook(name) => match self.reader.hooks.get(name) {
                Some(hook) => hook.read(&HookRow::new(row)).map(FieldValue::Hook),
                None => Err(format!("the program has no hook `{name}`")),
            },
        }
    }

    fn cell(&self, row: &Row<'r>, cell: &Cell, ty: &FieldType) -> Result<FieldValue<'r>, String> {
        if *ty == FieldType::Text {
            return Ok(FieldValue::text(row::as_text(row, cell)?));
        }
        Ok(match (cell.kind, row::value(row, cell)?) {
            (CellKind::Money, FieldValue::Text(amount)) => {
                FieldValue::Amount { amount, currency: self.currency_of(row) }
            }
            (CellKind::LocalTime, FieldValue::Text(text)) if *ty == FieldType::Date => {
                FieldValue::Text(row::date(text))
            }
            (_, value) => value,
        })
    }

    /// Returns the code of a row's currency.
    fn currency_of(&self, row: &Row<'r>) -> Option<Cow<'r, str>> {
        let find = || {
            let currency = self.reader.table.currency.as_ref()?;
            match row.related(&currency.navigation) {
                Some(related) => related.text(&currency.code),
                None => {
                    let id = row.text(&format!("_{}_value", currency.column))?;
                    let code = self.reader.currencies.get(&Uuid::try_parse(&id).ok()?)?;
                    Some(Cow::Borrowed(code.as_str()))
                }
            }
        };
        match std::ptr::eq(row, self.row) {
            true => self.currency.get_or_init(find).clone(),
            // The amount of a related row.
            false => find(),
        }
    }
}

fn list<'r>(row: &Row<'r>, items: &'r [Item]) -> Result<FieldValue<'r>, String> {
    let mut entries = Vec::new();
    for item in items {
        let mut texts = Vec::with_capacity(item.cells.len());
        for (member, cell) in &item.cells {
            texts.push((member.as_str(), row::as_text(row, cell)?));
        }
        if texts.iter().any(|(_, text)| text.as_ref().is_some_and(|text| !text.is_empty())) {
            entries.push(EntryValue { texts, constants: &item.constants });
        }
    }
    Ok(FieldValue::Entries(entries))
}

/// Returns the reference of a lookup. A lookup that points to a table that does not count is empty.
fn lookup<'r>(row: &Row<'r>, cell: &Cell, targets: &'r [Target]) -> Result<FieldValue<'r>, String> {
    let FieldValue::Reference(reference) = row::value(row, cell)? else { return Ok(FieldValue::Null) };
    let table = row.lookup_table(&cell.property);
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
    row: &Row<'r>,
    cell: &Cell,
    members: &'r [Member],
    ty: &FieldType,
) -> Result<FieldValue<'r>, String> {
    let Some(raw) = row.raw(&cell.property) else { return Ok(FieldValue::Null) };
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

fn template<'r>(row: &Row<'r>, parts: &[TemplatePart]) -> Result<FieldValue<'r>, String> {
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

    fn with_row<T>(json: &str, read: impl FnOnce(&Row<'_>) -> T) -> T {
        read(&Row::parse(json).expect("a row"))
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
            let text = with_row(row, |row| template(row, &parts).map(json)).expect(row);
            assert_eq!(text.as_str(), expected, "{row}");
        }
        let only_text = [TemplatePart::Text("always".into()), part("a")];
        let nothing = with_row("{}", |row| template(row, &only_text).map(json));
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
            assert_eq!(with_row(row, |row| list(row, &items).map(json)), Ok(expected), "{row}");
        }
        let both = with_row(r#"{"b":"y","d":"z"}"#, |row| list(row, &items).map(json)).expect("a list");
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
            let value =
                with_row(&row(table), |row| lookup(row, &cell, &targets).map(json)).expect("a reference");
            assert_eq!(value["id"], id, "{table:?}");
            assert_eq!(value["resource"], resource, "{table:?}");
            assert_eq!(value["name"].as_str(), table.map(|_| "A"), "{table:?}");
        }
        let other = with_row(&row(Some("lead")), |row| {
            lookup(row, &cell, &[account.clone(), contact.clone()]).map(json)
        });
        assert_eq!(other, Ok(Value::Null), "a row of another table is not meant");
        let untold = with_row(&row(None), |row| lookup(row, &cell, &[account, contact]).map(json));
        assert_eq!(untold, Err("the service did not say which table `x` points to".to_owned()));
        assert_eq!(with_row("{}", |row| lookup(row, &cell, &[team]).map(json)), Ok(Value::Null));
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
                with_row(row, |row| member(row, &cell, &members, ty).map(json)),
                expected,
                "{row} {ty:?}"
            );
        }
    }
}
