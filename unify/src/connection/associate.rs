//! Associates records with each other, through many-to-many relationships and through fields that refer to records, and
//! lists what is associated.

use dvkit_client::{Prefer, Request};
use dvkit_schema::Side;
use futures_util::TryStreamExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::filter::guid;
use super::list::{ListRequest, MAX_LIMIT, unreadable};
use super::write_values::sharing;
use super::{Connection, EXPANDED};
use crate::error::{Error, Result};
use crate::mapping::{CompiledTable, FieldSource, RecordSource};
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

/// A way in which records of two resources can be associated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssociationInfo {
    /// The name: the schema name of a relationship, the name of a field of the first resource (`primary_contact`), or a
    /// field of the second one with its resource (`contacts.account`).
    pub name: String,
    /// How the records are associated.
    pub method: AssociationMethod,
}

/// How records are associated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssociationMethod {
    /// By a many-to-many relationship: a record can have any number of the others.
    ManyToMany,
    /// By a field of the first record, which refers to one record.
    Field,
    /// By a field of the other record, which refers to the first one.
    OtherField,
}

/// An association that was found for two resources.
struct Association<'c> {
    info: AssociationInfo,
    /// The table whose rows the association connects with the first record.
    table: &'c CompiledTable,
    /// The navigation property of a many-to-many relationship, otherwise the field.
    through: String,
}

impl Connection {
    /// Returns how records of `resource` can be associated with records of `other`. Fields that writes cannot set are
    /// left out.
    ///
    /// # Errors
    /// Returns an error if a resource is unknown, or if the snapshot cannot be read.
    pub fn associations(&self, resource: &str, other: &str) -> Result<Vec<AssociationInfo>> {
        let mut all: Vec<AssociationInfo> = Vec::new();
        for table in self.tables_of(resource)? {
            let found = self.candidates(resource, table, other)?;
            all.extend(found.into_iter().map(|association| association.info));
        }
        let mut distinct: Vec<AssociationInfo> = Vec::new();
        all.retain(|info| {
            let new = !distinct.contains(info);
            distinct.extend(new.then(|| info.clone()));
            new
        });
        Ok(all)
    }

    /// Associates two records. `name` is one of those that [`associations`](Self::associations) returns; it may be left
    /// out if there is only one. A field that refers to another record is changed.
    ///
    /// # Errors
    /// Returns an error if the records cannot be associated, or in several ways and none is named, and if the service
    /// refuses the request.
    pub async fn associate(&self, from: RecordRef<'_>, to: RecordRef<'_>, name: Option<&str>) -> Result<()> {
        let (own, id) = self.row_of(from)?;
        let (other, other_id) = self.row_of(to)?;
        let association = self.association(from.resource, own, to.resource, Some(other), name)?;
        let field = |to: RecordRef<'_>| {
            let reference = json!({ "id": to.id, "resource": to.resource });
            Map::from_iter([(association.through.clone(), reference)])
        };
        match association.info.method {
            AssociationMethod::ManyToMany => {
                let path = format!("{}({id})/{}/$ref", own.entity_set, association.through);
                let target = format!("{}{}({other_id})", self.client().web_api_url(), other.entity_set);
                self.client().send(Request::post(path).json(&json!({ "@odata.id": target }))).await?;
                Ok(())
            }
            AssociationMethod::Field => self.update(from.resource, from.id, &field(to)).await,
            AssociationMethod::OtherField => self.update(to.resource, to.id, &field(from)).await,
        }
    }

    /// Ends an association of two records. A field is emptied only if it refers to the record.
    ///
    /// # Errors
    /// Returns the errors of [`associate`](Self::associate).
    pub async fn disassociate(
        &self,
        from: RecordRef<'_>,
        to: RecordRef<'_>,
        name: Option<&str>,
    ) -> Result<()> {
        let (own, id) = self.row_of(from)?;
        let (other, other_id) = self.row_of(to)?;
        let association = self.association(from.resource, own, to.resource, Some(other), name)?;
        match association.info.method {
            AssociationMethod::ManyToMany => {
                let path = format!("{}({id})/{}({other_id})/$ref", own.entity_set, association.through);
                self.client().send(Request::delete(path)).await?;
                Ok(())
            }
            AssociationMethod::Field => self.empty(from, own, &association.through, to).await,
            AssociationMethod::OtherField => self.empty(to, other, &association.through, from).await,
        }
    }

    /// Empties the field of a record if it refers to another record.
    async fn empty(
        &self,
        record: RecordRef<'_>,
        table: &CompiledTable,
        field: &str,
        other: RecordRef<'_>,
    ) -> Result<()> {
        let read = self.get(record.resource, record.id).await?;
        let refers = read.get(field).get("id").and_then(Value::as_str).and_then(guid);
        if refers.is_none() || refers != guid(other.id) {
            return Ok(());
        }
        // Fields that share a column are emptied together.
        let mut fields = Map::from_iter([(field.to_owned(), Value::Null)]);
        if let Some(FieldSource::Lookup { cell, .. }) = table.field(field).map(|field| &field.source) {
            fields.extend(sharing(table, &cell.column).map(|field| (field.name.clone(), Value::Null)));
        }
        self.update(record.resource, record.id, &fields).await
    }

    /// Returns the records of `resource` that are associated with a record, at most [`MAX_LIMIT`].
    ///
    /// # Errors
    /// Returns the errors of [`associate`](Self::associate).
    pub async fn associated(
        &self,
        from: RecordRef<'_>,
        resource: &str,
        name: Option<&str>,
    ) -> Result<Vec<Record>> {
        let (own, id) = self.row_of(from)?;
        let association = self.association(from.resource, own, resource, None, name)?;
        match association.info.method {
            AssociationMethod::ManyToMany => {
                let path = format!("{}({id})/{}", own.entity_set, association.through);
                self.collection(resource, association.table, &path).await
            }
            AssociationMethod::Field => {
                let record = self.get(from.resource, from.id).await?;
                let reference = record.get(&association.through);
                match (reference.get("resource"), reference.get("id").and_then(Value::as_str)) {
                    (Some(of), Some(id)) if of == resource => Ok(vec![self.get(resource, id).await?]),
                    _ => Ok(Vec::new()),
                }
            }
            AssociationMethod::OtherField => {
                let request =
                    ListRequest::new().filter(association.through.as_str(), from.id).limit(MAX_LIMIT);
                Ok(self.list(resource, &request).await?.result)
            }
        }
    }

    /// Returns the records of a collection of rows.
    async fn collection(&self, resource: &str, table: &CompiledTable, path: &str) -> Result<Vec<Record>> {
        // The options of a list of the resource apply to the collection as well.
        let query = self.row_query(table)?.check()?;
        let options = query.target().split_once('?').map_or("", |(_, options)| options);
        let request = Request::get(format!("{path}?{options}")).prefer(Prefer::new().annotations("*"));
        let mut pages = self.client().text_pages(request);
        let several = self.tables_of(resource)?.len() > 1;
        let reader = self.reader(resource, table, several, true, EXPANDED);
        let (mut rows, limit) = (Vec::new(), usize::try_from(MAX_LIMIT).unwrap_or(usize::MAX));
        while rows.len() < limit
            && let Some(page) = pages.try_next().await?
        {
            rows.extend(page.into_rows()?);
        }
        rows.truncate(limit);
        reader.records(&rows, &mut Vec::new()).map_err(|error| unreadable(&error))
    }

    /// Returns the tables of a resource; none if its records come from the settings.
    fn tables_of(&self, resource: &str) -> Result<&[CompiledTable]> {
        Ok(match &self.resource(resource)?.records {
            RecordSource::Tables(tables) => tables,
            RecordSource::Fixed(_) => &[],
        })
    }

    fn row_of(&self, record: RecordRef<'_>) -> Result<(&CompiledTable, Uuid)> {
        self.locate(self.resource(record.resource)?, record.id)
    }

    /// Returns the association with the name `name`, or the only one. `other` is the table of the other record, if it is
    /// known.
    fn association<'c>(
        &'c self,
        resource: &str,
        table: &'c CompiledTable,
        to: &str,
        other: Option<&CompiledTable>,
        name: Option<&str>,
    ) -> Result<Association<'c>> {
        let all = self.candidates(resource, table, to)?;
        let names: Vec<String> = all.iter().map(|association| association.info.name.clone()).collect();
        let fits = |association: &Association<'_>| {
            other.is_none_or(|other| association.table.table == other.table)
                && name.is_none_or(|name| association.info.name == name)
        };
        let mut fitting = all.into_iter().filter(fits);
        match (fitting.next(), fitting.next(), name) {
            (Some(only), None, _) => Ok(only),
            // The tables of one resource may share a field.
            (Some(first), Some(_), Some(_)) => Ok(first),
            (Some(_), Some(_), None) => Err(Error::field(
                "relationship",
                format!(
                    "`{resource}` and `{to}` are associated in several ways; name one: {}",
                    names.join(", ")
                ),
            )),
            (None, _, Some(name)) if !names.is_empty() => Err(Error::field(
                "relationship",
                format!(
                    "`{resource}` and `{to}` are not associated by `{name}`, but by {}",
                    names.join(", ")
                ),
            )),
            (None, ..) => Err(Error::invalid(format!(
                "`{resource}` and `{to}` have no many-to-many relationship in this organisation, and no field of one of \
                 them that can be written refers to the other"
            ))),
        }
    }

    /// Returns how the rows of a table can be associated with the records of another resource.
    fn candidates<'c>(
        &'c self,
        resource: &str,
        table: &'c CompiledTable,
        to: &str,
    ) -> Result<Vec<Association<'c>>> {
        let others = self.tables_of(to)?;
        let own = self.organisation().table(&table.table)?;
        let mut found = Vec::new();
        for relationship in own.schema()?.relationships.iter().filter(|r| r.side == Side::ManyToMany) {
            let other = others.iter().find(|other| other.table == relationship.table);
            let (Some(table), Some(name), Some(through)) =
                (other, &relationship.schema_name, &relationship.navigation)
            else {
                continue;
            };
            let info = AssociationInfo { name: name.clone(), method: AssociationMethod::ManyToMany };
            found.push(Association { info, table, through: through.clone() });
        }
        for other in others {
            for field in references(table, to, &other.table) {
                let info = AssociationInfo { name: field.to_owned(), method: AssociationMethod::Field };
                found.push(Association { info, table: other, through: field.to_owned() });
            }
            for field in references(other, resource, &table.table) {
                let info =
                    AssociationInfo { name: format!("{to}.{field}"), method: AssociationMethod::OtherField };
                found.push(Association { info, table: other, through: field.to_owned() });
            }
        }
        Ok(found)
    }
}

/// Returns the fields of a table that refer to the rows of another table as records of `resource`, and that writes can
/// change.
fn references<'t>(
    table: &'t CompiledTable,
    resource: &'t str,
    other: &'t str,
) -> impl Iterator<Item = &'t str> {
    let refers = move |source: &FieldSource| match source {
        FieldSource::Lookup { cell, targets } => {
            cell.updatable
                && targets.iter().any(|t| t.table == other && t.resource.as_deref() == Some(resource))
        }
        _ => false,
    };
    let fields = table.fields.iter().filter(|field| field.readable && field.read_only.is_none());
    fields.filter(move |field| refers(&field.source)).map(|field| field.name.as_str())
}
