//! Writes records: creates, changes, upserts and deletes rows through the mapping.

use dvkit::by_name::{RowKey, Value as Literal, Write};
use dvkit_client::ErrorKind;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Connection;
use super::filter::{literal, reference_id};
use super::list::cells;
use super::write_values::{Changes, check_decimals, is_default, list, lookup, member, sharing};
use crate::error::{Error, Result};
use crate::mapping::{
    CellKind, CompiledField, CompiledResource, CompiledTable, DecimalPlaces, FieldSource, RecordSource,
};
use crate::model::{self, FieldType};

/// The result of an upsert, or of a creation with an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upserted {
    /// The id of the record.
    pub id: String,
    /// Whether the record was created.
    pub created: bool,
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
        Ok(self.create_row(resource, None, fields).await?.id)
    }

    /// Creates a record whose row gets the id that the caller chose, so that a request whose response was lost can be sent
    /// once more: no second row can have the id. If the row exists already it is not changed, and
    /// [`created`](Upserted::created) is false.
    ///
    /// # Errors
    /// Returns the errors of [`create`](Self::create).
    pub async fn create_with_id(
        &self,
        resource: &str,
        row_id: Uuid,
        fields: &Map<String, Value>,
    ) -> Result<Upserted> {
        self.create_row(resource, Some(row_id), fields).await
    }

    async fn create_row(
        &self,
        resource: &str,
        row_id: Option<Uuid>,
        fields: &Map<String, Value>,
    ) -> Result<Upserted> {
        let compiled = self.resource(resource)?;
        let table = self.table_to_write(compiled, fields)?;
        let changes = self.changes_of(compiled, table, fields, true)?;
        let of_table = self.organisation().table(&table.table)?;
        let write = match row_id {
            Some(id) => of_table.create().set(&table.primary_id, id),
            None => of_table.create(),
        };
        let write = self.apply(table, write, changes, true).await?;
        let id = match (write.send(self.client()).await, row_id) {
            (Ok(result), _) => {
                let id = result.row.and_then(|row| row.id()).or(row_id);
                id.ok_or_else(|| Error::invalid("the service did not tell the id of the new record"))?
            }
            (Err(error), Some(id)) if error.client().is_some_and(|e| e.kind() == ErrorKind::Conflict) => {
                // The conflict may as well be about an alternate key: then no row has the id.
                let request = of_table.query().select([&table.primary_id]).get_request(id)?;
                return match self.client().row::<Value>(request).await {
                    Ok(_) => Ok(Upserted { id: record_id(compiled, table, &id.to_string()), created: false }),
                    Err(_) => Err(error.into()),
                };
            }
            (Err(error), _) => return Err(error.into()),
        };
        Ok(Upserted { id: record_id(compiled, table, &id.to_string()), created: true })
    }

    /// Changes the fields of a record that are given. Null empties a field.
    ///
    /// # Errors
    /// Returns the errors of [`create`](Self::create), and [`Error::NotFound`] if there is no such record.
    pub async fn update(&self, resource: &str, id: &str, fields: &Map<String, Value>) -> Result<()> {
        let compiled = self.resource(resource)?;
        self.tables(compiled)?;
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
        self.tables(compiled)?;
        let (table, guid) = self.locate(compiled, id)?;
        let write = self.organisation().table(&table.table)?.delete(guid);
        write.send(self.client()).await.map_err(|error| missing(error, resource, id))?;
        Ok(())
    }

    /// Returns the tables of a resource, or an error if its records come from the settings.
    fn tables<'c>(&self, resource: &'c CompiledResource) -> Result<&'c [CompiledTable]> {
        match &resource.records {
            RecordSource::Tables(tables) => Ok(tables),
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
        let tables = self.tables(resource)?;
        if let [table] = tables {
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
        let tables = self.tables(resource)?;
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
                let value = literal(name, cell, value)?;
                match (&value, cell.decimals) {
                    (Literal::Decimal(number), Some(DecimalPlaces::Fixed(places))) => {
                        check_decimals(name, *number, u32::from(places), "")?;
                    }
                    (Literal::Decimal(number), Some(DecimalPlaces::OfCurrency)) => {
                        changes.amounts.push((name.to_owned(), *number));
                    }
                    _ => {}
                }
                changes.values.push((cell.column.clone(), value));
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
            let known = self.currency_of_code(currency, code).await?;
            let (id, places) = known
                .ok_or_else(|| Error::field(field, format!("the organisation has no currency `{code}`")))?;
            if let Some(places) = places {
                for (field, amount) in &changes.amounts {
                    check_decimals(field, *amount, places, &format!(" in {code}"))?;
                }
            }
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

/// Returns the id of a record.
fn record_id(resource: &CompiledResource, table: &CompiledTable, id: &str) -> String {
    match &resource.records {
        RecordSource::Tables(tables) if tables.len() > 1 => format!("{}-{id}", table.table),
        _ => id.to_owned(),
    }
}

fn missing(error: dvkit::by_name::Error, resource: &str, id: &str) -> Error {
    match error.client().map(dvkit_client::Error::kind) {
        Some(ErrorKind::NotFound) => Error::NotFound { resource: resource.to_owned(), id: id.to_owned() },
        _ => error.into(),
    }
}
