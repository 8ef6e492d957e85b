//! Writes records: creates, changes, upserts and deletes rows through the mapping.

use std::collections::BTreeMap;

use dvkit::by_name::{BindTarget, RowKey, Value as Literal, Write};
use serde_json::{Map, Value};

use super::Connection;
use super::filter::{guid, literal, reference_id};
use super::list::cells;
use crate::error::{Error, Result};
use crate::mapping::{
    Cell, CellKind, CompiledField, CompiledResource, CompiledTable, FieldSource, Item, Member, RecordSource,
    Target,
};
use crate::model::{self, FieldType};

/// The result of an upsert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upserted {
    /// The id of the record.
    pub id: String,
    /// Whether the record was created.
    pub created: bool,
}

/// What a write sets: the columns with their values, and the lookups with their rows.
#[derive(Debug, Default)]
struct Changes {
    values: Vec<(String, Literal)>,
    /// The lookups, each with the field that set it and the row; `None` empties the lookup.
    lookups: BTreeMap<String, (String, Option<BindTarget>)>,
    /// The fields that want to empty a lookup which other fields share.
    emptied: BTreeMap<String, Vec<String>>,
    /// The code of the currency of the amounts, with the field that has it.
    currency: Option<(String, String)>,
}

/// The fields of every record that writes ignore, because callers send back what they read.
const IGNORED: &[&str] = &["id", "remote_data", "deleted"];

impl Connection {
    /// Creates a record of the fields that are given, and returns its id. Null means the same as a field that is
    /// not given.
    ///
    /// # Errors
    /// Returns an error that names the field if a field is unknown, not mapped or read-only, or if a value does not
    /// fit, and an error if the service refuses the request.
    pub async fn create(&self, resource: &str, fields: &Map<String, Value>) -> Result<String> {
        let compiled = self.resource(resource)?;
        let table = self.table_to_write(compiled, fields)?;
        let changes = self.changes_of(compiled, table, fields, true)?;
        let write = self.organisation().table(&table.table)?.create();
        let result = self.apply(table, write, changes, true).await?.send(self.client()).await?;
        let id = result.row.and_then(|row| row.id());
        let id = id.ok_or_else(|| Error::invalid("the service did not tell the id of the new record"))?;
        Ok(record_id(compiled, table, &id.to_string()))
    }

    /// Changes the fields of a record that are given. Null empties a field.
    ///
    /// # Errors
    /// Returns the errors of [`create`](Self::create), and [`Error::NotFound`] if there is no such record.
    pub async fn update(&self, resource: &str, id: &str, fields: &Map<String, Value>) -> Result<()> {
        let compiled = self.resource(resource)?;
        self.refuse_fixed(compiled)?;
        let (table, guid) = self.locate(compiled, id)?;
        let changes = self.changes_of(compiled, table, fields, false)?;
        let write = self.organisation().table(&table.table)?.update(guid);
        let write = self.apply(table, write, changes, false).await?;
        write.send(self.client()).await.map_err(|error| missing(error, resource, id))?;
        Ok(())
    }

    /// Changes the record with an id of the caller's own system, or creates it. The field `external_id` has to be
    /// mapped to a column with an alternate key.
    ///
    /// # Errors
    /// Returns the errors of [`create`](Self::create), and an error if `external_id` is not mapped.
    pub async fn upsert(
        &self,
        resource: &str,
        external_id: &str,
        fields: &Map<String, Value>,
    ) -> Result<Upserted> {
        let compiled = self.resource(resource)?;
        let table = self.table_to_write(compiled, fields)?;
        let key = match table.field("external_id").map(|field| &field.source) {
            Some(FieldSource::Cell(cell)) => cell,
            _ => {
                let message = format!(
                    "`external_id` of `{resource}` is not mapped to a column in this organisation; map it to a column \
                     with an alternate key"
                );
                return Err(Error::field("external_id", message));
            }
        };
        let mut fields = fields.clone();
        if let Some(other) = fields.remove("external_id").filter(|value| value.as_str() != Some(external_id))
        {
            return Err(Error::field(
                "external_id",
                format!("the record has another `external_id`: {other}"),
            ));
        }
        let value = literal("external_id", key, &Value::String(external_id.to_owned()))?;
        let changes = self.changes_of(compiled, table, &fields, false)?;
        let key = RowKey::columns([(key.column.clone(), value)]);
        let write = self.organisation().table(&table.table)?.upsert(key);
        let result = self.apply(table, write, changes, false).await?.send(self.client()).await?;
        let id = result.row.and_then(|row| row.id());
        let id = id.ok_or_else(|| Error::invalid("the service did not tell the id of the record"))?;
        Ok(Upserted { id: record_id(compiled, table, &id.to_string()), created: result.created })
    }

    /// Deletes a record.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is no such record, and an error if the service refuses the request.
    pub async fn delete(&self, resource: &str, id: &str) -> Result<()> {
        let compiled = self.resource(resource)?;
        self.refuse_fixed(compiled)?;
        let (table, guid) = self.locate(compiled, id)?;
        let write = self.organisation().table(&table.table)?.delete(guid);
        write.send(self.client()).await.map_err(|error| missing(error, resource, id))?;
        Ok(())
    }

    fn refuse_fixed(&self, resource: &CompiledResource) -> Result<()> {
        match resource.records {
            RecordSource::Tables(_) => Ok(()),
            RecordSource::Fixed(_) => Err(Error::invalid(format!(
                "`{}` come from the settings of the organisation, and cannot be changed",
                resource.name
            ))),
        }
    }

    /// Returns the table that a new record belongs to: the one whose constants the fields have.
    fn table_to_write<'c>(
        &self,
        resource: &'c CompiledResource,
        fields: &Map<String, Value>,
    ) -> Result<&'c CompiledTable> {
        self.refuse_fixed(resource)?;
        let RecordSource::Tables(tables) = &resource.records else {
            return Err(Error::invalid("no table"));
        };
        if let [table] = tables.as_slice() {
            return Ok(table);
        }
        let constants = |table: &'c CompiledTable| {
            table.fields.iter().filter_map(|field| match &field.source {
                FieldSource::Constant(value) => Some((field.name.as_str(), value)),
                _ => None,
            })
        };
        let fits =
            |table: &&'c CompiledTable| constants(table).all(|(name, value)| fields.get(name) == Some(value));
        let mut fitting = tables.iter().filter(fits);
        if let (Some(table), None) = (fitting.next(), fitting.next()) {
            return Ok(table);
        }
        let choices: Vec<String> = tables
            .iter()
            .flat_map(|table| constants(table).map(|(name, value)| format!("`{name}` {value}")))
            .collect();
        let name = tables.iter().find_map(|table| constants(table).next()).map(|(name, _)| name.to_owned());
        Err(Error::Invalid {
            field: name,
            message: format!("a new record of `{}` needs one of {}", resource.name, choices.join(", ")),
        })
    }

    /// Returns what the fields set.
    fn changes_of(
        &self,
        resource: &CompiledResource,
        table: &CompiledTable,
        fields: &Map<String, Value>,
        create: bool,
    ) -> Result<Changes> {
        let RecordSource::Tables(tables) = &resource.records else { return Ok(Changes::default()) };
        let mut changes = Changes::default();
        let empty = Map::new();
        let custom = match fields.get("custom_fields") {
            None | Some(Value::Null) => &empty,
            Some(Value::Object(custom)) => custom,
            Some(other) => {
                let message = format!("`custom_fields` is an object, and not {other}");
                return Err(Error::field("custom_fields", message));
            }
        };
        let own = fields.iter().filter(|(name, _)| *name != "custom_fields").map(|(n, v)| (n.clone(), v));
        let custom = custom.iter().map(|(name, value)| (format!("custom_fields.{name}"), value));
        for (name, value) in own.chain(custom) {
            if IGNORED.contains(&name.as_str()) || (create && value.is_null()) {
                continue;
            }
            let Some(field) = table.field(&name) else {
                // What another table of the resource has is empty for this one.
                let elsewhere = tables.iter().any(|other| other.field(&name).is_some());
                let of_model =
                    model::resource(&resource.name).is_some_and(|info| info.field(&name).is_some());
                if value.is_null() && (elsewhere || of_model) {
                    continue;
                }
                self.known_field(&resource.name, &name, std::slice::from_ref(table))?;
                continue;
            };
            // A constant that a caller sends back is no change.
            if let FieldSource::Constant(constant) = &field.source {
                let same =
                    value == constant || reference_id(value) == constant.get("id").and_then(reference_id);
                if same || value.is_null() {
                    continue;
                }
            }
            if let Some(reason) = &field.read_only {
                return Err(Error::field(&name, format!("`{name}` cannot be written: {reason}")));
            }
            let cells = cells(&field.source);
            if create && cells.iter().any(|cell| !cell.creatable) {
                // A new record has the default anyway.
                if is_default(&field.source, value) {
                    continue;
                }
                let message =
                    format!("`{name}` cannot be set when a record is created; change it afterwards");
                return Err(Error::field(&name, message));
            }
            if !create && cells.iter().any(|cell| !cell.updatable) {
                let message = format!("`{name}` can be set only when a record is created");
                return Err(Error::field(&name, message));
            }
            self.change(&name, field, table, value, create, &mut changes)?;
        }
        for (column, names) in &changes.emptied {
            if changes.lookups.contains_key(column) {
                continue;
            }
            let sharing: Vec<&str> = sharing(table, column).map(|field| field.name.as_str()).collect();
            let missing: Vec<&str> =
                sharing.iter().copied().filter(|name| !names.iter().any(|n| n == name)).collect();
            match (names.first(), missing.is_empty()) {
                (Some(name), false) => {
                    let message = format!(
                        "`{name}` is stored in one column with {}; set all of them to null to empty it",
                        missing.join(", ")
                    );
                    return Err(Error::field(name, message));
                }
                (Some(name), true) => {
                    changes.lookups.insert(column.clone(), (name.clone(), None));
                }
                (None, _) => {}
            }
        }
        Ok(changes)
    }

    fn change(
        &self,
        name: &str,
        field: &CompiledField,
        table: &CompiledTable,
        value: &Value,
        create: bool,
        changes: &mut Changes,
    ) -> Result<()> {
        match &field.source {
            FieldSource::Cell(cell) => {
                if let (CellKind::Money, Some(currency)) =
                    (cell.kind, value.get("currency").and_then(Value::as_str))
                {
                    match &changes.currency {
                        Some((other, code)) if code != currency => {
                            let message = format!(
                                "a record has one currency, and `{name}` is in {currency} while `{other}` is in {code}"
                            );
                            return Err(Error::field(name, message));
                        }
                        _ => changes.currency = Some((name.to_owned(), currency.to_owned())),
                    }
                }
                if let (FieldType::Money, false) =
                    (&field.ty, value.is_null() || value.get("amount").is_some())
                {
                    let message = format!(
                        "`{name}` takes {{ \"amount\": \"…\", \"currency\": \"…\" }}, and not {value}"
                    );
                    return Err(Error::field(name, message));
                }
                changes.values.push((cell.column.clone(), literal(name, cell, value)?));
            }
            FieldSource::Enum { cell, members } => {
                changes.values.push((cell.column.clone(), member(name, cell, members, value)?));
            }
            FieldSource::ChoiceReference { cell, options, .. } => {
                let option = match value {
                    Value::Null => Literal::Null,
                    value => {
                        let id = reference_id(value).and_then(|id| id.parse::<i64>().ok());
                        let id = id.filter(|id| options.contains(id));
                        let id =
                            id.ok_or_else(|| Error::field(name, format!("`{name}` has no record {value}")))?;
                        Literal::Whole(id)
                    }
                };
                changes.values.push((cell.column.clone(), option));
            }
            FieldSource::Lookup { cell, targets } => lookup(name, table, cell, targets, value, changes)?,
            FieldSource::List(items) => list(name, field, items, value, create, changes)?,
            FieldSource::Hook(hook) => {
                let hook = self.hooks().get(hook);
                let hook =
                    hook.ok_or_else(|| Error::field(name, format!("the program has no hook for `{name}`")))?;
                changes.values.extend(hook.write(value).map_err(|message| Error::field(name, message))?);
            }
            // The compiler gives these a reason why they are read-only.
            FieldSource::Split { .. }
            | FieldSource::Path { .. }
            | FieldSource::Template(_)
            | FieldSource::Constant(_) => {
                return Err(Error::field(name, format!("`{name}` cannot be written")));
            }
        }
        Ok(())
    }

    /// Puts what a record sets into a write.
    async fn apply(
        &self,
        table: &CompiledTable,
        mut write: Write,
        changes: Changes,
        create: bool,
    ) -> Result<Write> {
        if let (Some((field, code)), Some(currency)) = (&changes.currency, &table.currency) {
            let id = self.currency_id(currency, code).await?;
            let id =
                id.ok_or_else(|| Error::field(field, format!("the organisation has no currency `{code}`")))?;
            write = write.bind(&currency.column, id);
        } else if let Some((field, code)) = &changes.currency {
            let message =
                format!("amounts of `{}` have no currency, and `{field}` is in {code}", table.table);
            return Err(Error::field(field, message));
        }
        for (column, value) in changes.values {
            if create && value == Literal::Null {
                continue;
            }
            write = write.set(column, value);
        }
        for (column, (_, row)) in changes.lookups {
            write = match row {
                Some(row) => write.bind(column, row),
                None => write.clear(column),
            };
        }
        Ok(write)
    }
}

/// Returns whether a value is the one that a new record has if nothing is set.
fn is_default(source: &FieldSource, value: &Value) -> bool {
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
fn sharing<'t>(table: &'t CompiledTable, column: &str) -> impl Iterator<Item = &'t CompiledField> {
    table.fields.iter().filter(move |field| match &field.source {
        FieldSource::Lookup { cell, .. } => cell.column == column && field.read_only.is_none(),
        _ => false,
    })
}

fn lookup(
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

fn member(name: &str, cell: &Cell, members: &[Member], value: &Value) -> Result<Literal> {
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
fn list(
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
            return Err(Error::unknown_field(&path, member, members.iter().copied()));
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
        if let Some((member, _)) = lost.filter(|(member, _)| *member != "type") {
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

/// Returns the id of a record.
fn record_id(resource: &CompiledResource, table: &CompiledTable, id: &str) -> String {
    match &resource.records {
        RecordSource::Tables(tables) if tables.len() > 1 => format!("{}-{id}", table.table),
        _ => id.to_owned(),
    }
}

fn missing(error: dvkit::by_name::Error, resource: &str, id: &str) -> Error {
    match error.client().map(dvkit_client::Error::kind) {
        Some(dvkit_client::ErrorKind::NotFound) => {
            Error::NotFound { resource: resource.to_owned(), id: id.to_owned() }
        }
        _ => error.into(),
    }
}
