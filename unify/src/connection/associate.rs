//! Associates records with each other: connects and disconnects rows through many-to-many relationships, and lists
//! what is connected.

use dvkit_client::{Prefer, Request};
use dvkit_schema::Side;
use futures_util::TryStreamExt as _;
use serde_json::json;
use serde_json::value::RawValue;

use super::Connection;
use super::list::{MAX_LIMIT, unreadable};
use crate::error::{Error, Result};
use crate::mapping::RecordSource;
use crate::model::Record;

/// A record, by its resource and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// The resource.
    pub resource: &'a str,
    /// The id.
    pub id: &'a str,
}

impl<'a> RecordRef<'a> {
    /// Returns the reference to the record of `resource` with the id `id`.
    #[must_use]
    pub fn new(resource: &'a str, id: &'a str) -> Self {
        Self { resource, id }
    }
}

impl Connection {
    /// Connects two records. `relationship` is the schema name of the many-to-many relationship; it may be left out
    /// if the tables have only one. Records that refer to each other by a field are connected by writing the field.
    ///
    /// # Errors
    /// Returns an error if the tables have no such relationship, or several and none is named, and if the service
    /// refuses the request.
    pub async fn associate(
        &self,
        from: RecordRef<'_>,
        to: RecordRef<'_>,
        relationship: Option<&str>,
    ) -> Result<()> {
        let (path, target) = self.association(from, to, relationship)?;
        let body = json!({ "@odata.id": format!("{}{target}", self.client().web_api_url()) });
        self.client().send(Request::post(format!("{path}/$ref")).json(&body)).await?;
        Ok(())
    }

    /// Disconnects two records that [`associate`](Self::associate) connected.
    ///
    /// # Errors
    /// Returns the errors of [`associate`](Self::associate).
    pub async fn disassociate(
        &self,
        from: RecordRef<'_>,
        to: RecordRef<'_>,
        relationship: Option<&str>,
    ) -> Result<()> {
        let (path, target) = self.association(from, to, relationship)?;
        let key = target.split_once('(').map_or("", |(_, key)| key.trim_end_matches(')'));
        self.client().send(Request::delete(format!("{path}({key})/$ref"))).await?;
        Ok(())
    }

    /// Returns the records of `resource` that are connected with a record, at most [`MAX_LIMIT`].
    ///
    /// # Errors
    /// Returns the errors of [`associate`](Self::associate).
    pub async fn associated(
        &self,
        from: RecordRef<'_>,
        resource: &str,
        relationship: Option<&str>,
    ) -> Result<Vec<Record>> {
        let (table, path) = self.collection(from, resource, relationship)?;
        let tables = match &self.resource(resource)?.records {
            RecordSource::Tables(tables) => tables,
            RecordSource::Fixed(_) => return Ok(Vec::new()),
        };
        let Some(compiled) = tables.iter().find(|compiled| compiled.table == table) else {
            return Ok(Vec::new());
        };
        // The options of a list of the resource apply to the collection as well.
        let query = self.row_query(compiled)?.check()?;
        let options = query.target().split_once('?').map_or("", |(_, options)| options);
        let request = Request::get(format!("{path}?{options}")).prefer(Prefer::new().annotations("*"));
        let mut rows = self.client().rows::<Box<RawValue>>(request);
        let currency = |_: &str| None;
        let reader = self.reader(resource, compiled, tables.len() > 1, true, &currency);
        let mut records = Vec::new();
        while let Some(row) = rows.try_next().await? {
            records.push(reader.record(row, &mut Vec::new()).map_err(|error| unreadable(&error))?);
            if records.len() >= usize::try_from(MAX_LIMIT).unwrap_or(usize::MAX) {
                break;
            }
        }
        Ok(records)
    }

    /// Returns the path of the collection of a record that has the other record, and the path of that one.
    fn association(
        &self,
        from: RecordRef<'_>,
        to: RecordRef<'_>,
        relationship: Option<&str>,
    ) -> Result<(String, String)> {
        let (other, id) = self.locate(self.resource(to.resource)?, to.id)?;
        let target = format!("{}({id})", other.entity_set);
        let (table, path) = self.collection(from, to.resource, relationship)?;
        if table != other.table {
            let message = format!(
                "the relationship leads to `{table}`, and {} are rows of `{}`",
                to.resource, other.table
            );
            return Err(Error::invalid(message));
        }
        Ok((path, target))
    }

    /// Returns the table to which a relationship leads, and the path of the collection.
    fn collection(
        &self,
        from: RecordRef<'_>,
        resource: &str,
        relationship: Option<&str>,
    ) -> Result<(String, String)> {
        let (table, id) = self.locate(self.resource(from.resource)?, from.id)?;
        let targets: Vec<&str> = match &self.resource(resource)?.records {
            RecordSource::Tables(tables) => tables.iter().map(|table| table.table.as_str()).collect(),
            RecordSource::Fixed(_) => Vec::new(),
        };
        let own = self.organisation().table(&table.table)?;
        let schema = own.schema()?;
        let fitting: Vec<_> = schema
            .relationships
            .iter()
            .filter(|r| r.side == Side::ManyToMany && targets.contains(&r.table.as_str()))
            .filter(|r| relationship.is_none_or(|name| r.schema_name.as_deref() == Some(name)))
            .filter_map(|r| Some((r.navigation.as_deref()?, r)))
            .collect();
        match fitting.as_slice() {
            [(navigation, relationship)] => {
                Ok((relationship.table.clone(), format!("{}({id})/{navigation}", table.entity_set)))
            }
            [] => Err(Error::invalid(format!(
                "`{}` and `{resource}` have no many-to-many relationship{} in this organisation",
                from.resource,
                relationship.map_or_else(String::new, |name| format!(" `{name}`"))
            ))),
            several => {
                let names: Vec<&str> = several.iter().filter_map(|(_, r)| r.schema_name.as_deref()).collect();
                Err(Error::field(
                    "relationship",
                    format!("name one of the relationships: {}", names.join(", ")),
                ))
            }
        }
    }
}
