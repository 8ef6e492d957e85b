//! The CRM model of the crate `unify` behind the seam: a mapping that is compiled against each account's snapshot.
use std::sync::Arc;

use dvkit::by_name::Organisation;
use dvkit_client::auth::BoxFuture;
use dvkit_client::jiff::Timestamp;
use dvkit_unify::connection::{FieldFilter, FilterOperator, RecordRef};
use dvkit_unify::mapping::RecordSource;
use dvkit_unify::{CompileTarget, Connection, CursorKey, Error, ListRequest, Mapping, Record, model};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    ChangePage, ChangedRecord, ListParameters, RecordAddress, ResourceDescription, Unified, UnifiedAccount, UnifiedError,
    UnifiedModel, UnifiedResult, WrittenRecord,
};

/// The number of records of a page of changes.
const CHANGES_PER_PAGE: u32 = 500;
/// The number of findings of a mapping that an error quotes.
const MAX_FINDINGS: usize = 5;

/// The CRM model with one mapping for all accounts. Overrides in `orgs` are found by the name of the account.
#[derive(Debug, Clone)]
pub struct CrmModel {
    mapping: Mapping,
    environment: Option<String>,
}

impl CrmModel {
    /// Creates the model. `environment` is the name of the environment whose overrides apply.
    #[must_use]
    pub fn new(mapping: Mapping, environment: Option<String>) -> Self {
        Self { mapping, environment }
    }
}

impl UnifiedModel for CrmModel {
    fn resources(&self) -> Vec<ResourceDescription> {
        let schemas = model::json_schemas().into_iter();
        schemas
            .map(|(name, schema)| ResourceDescription {
                name: name.to_owned(),
                schema: Some(schema.to_value()),
            })
            .collect()
    }

    fn open(&self, account: UnifiedAccount) -> Result<Arc<dyn Unified>, UnifiedError> {
        let organisation = Organisation::new(account.schema);
        let target = CompileTarget {
            organisation: &organisation,
            name: Some(&account.name),
            environment: self.environment.as_deref(),
        };
        let report = self.mapping.compile(target);
        if !report.is_ok() {
            let errors = report.findings.iter().filter(|finding| finding.is_error());
            let messages: Vec<&str> =
                errors.map(|finding| finding.message.as_str()).take(MAX_FINDINGS).collect();
            let message = format!("the mapping does not fit the organisation: {}", messages.join("; "));
            return Err(UnifiedError::Organisation(message));
        }
        let key = CursorKey::new(&account.cursor_key);
        let connection = Connection::new(account.id, organisation, report.mapping, account.client, key);
        Ok(Arc::new(OpenedModel(connection)))
    }
}

/// The model of one account.
struct OpenedModel(Connection);

impl From<Error> for UnifiedError {
    fn from(error: Error) -> Self {
        match error {
            Error::UnknownResource(message) => Self::UnknownResource(message),
            Error::Invalid { field, message } => Self::Invalid { field, message },
            Error::Cursor(message) => Self::Cursor(message),
            Error::NotFound { .. } => Self::NotFound,
            Error::Client(error) => Self::Client(error),
            other => Self::Organisation(other.to_string()),
        }
    }
}

impl<'a> From<RecordAddress<'a>> for RecordRef<'a> {
    fn from(address: RecordAddress<'a>) -> Self {
        Self::new(address.resource, address.id)
    }
}

fn raw(value: &impl serde::Serialize) -> UnifiedResult<Box<RawValue>> {
    to_raw_value(value)
        .map_err(|error| UnifiedError::Organisation(format!("a record cannot be written: {error}")))
}

fn list_request(parameters: &ListParameters) -> UnifiedResult<ListRequest> {
    let filters = parameters.filters.iter().map(|condition| {
        let operator = FilterOperator::from_name(&condition.operator).ok_or_else(|| UnifiedError::Invalid {
            field: Some(condition.field.clone()),
            message: format!(
                "`{}` is not an operator; the operators are eq, ne, gt, ge, lt, le, contains, starts_with and in",
                condition.operator
            ),
        })?;
        let value = match operator {
            FilterOperator::In => condition.value.split(',').map(Value::from).collect(),
            _ => Value::from(condition.value.as_str()),
        };
        Ok(FieldFilter { field: condition.field.clone(), operator, value })
    });
    let mut request = ListRequest::new();
    request.filters = filters.collect::<UnifiedResult<_>>()?;
    request.created_after = parameters.created_after;
    request.created_before = parameters.created_before;
    request.modified_after = parameters.modified_after;
    request.modified_before = parameters.modified_before;
    request.search.clone_from(&parameters.search);
    request.sort.clone_from(&parameters.sort);
    request.limit = parameters.limit;
    request.cursor.clone_from(&parameters.cursor);
    request.remote_data = parameters.remote_data;
    Ok(request)
}

fn changed(record: &Record) -> UnifiedResult<ChangedRecord> {
    let time = |field: &str| record.text(field).and_then(|text| text.parse().ok());
    Ok(ChangedRecord {
        id: record.id().to_owned(),
        created_at: time("created_at"),
        updated_at: time("updated_at"),
        record: raw(record)?,
    })
}

impl Unified for OpenedModel {
    fn resources(&self) -> Vec<String> {
        self.0.mapping().resources.iter().map(|resource| resource.name.clone()).collect()
    }

    fn tables(&self, resource: &str) -> Option<Vec<String>> {
        Some(match &self.0.mapping().resource(resource)?.records {
            RecordSource::Tables(tables) => tables.iter().map(|table| table.table.clone()).collect(),
            RecordSource::Fixed(_) => Vec::new(),
        })
    }

    fn list<'a>(
        &'a self,
        resource: &'a str,
        request: &'a ListParameters,
    ) -> BoxFuture<'a, UnifiedResult<Box<RawValue>>> {
        Box::pin(async move {
            let request = list_request(request)?;
            raw(&self.0.list(resource, &request).await?)
        })
    }

    fn get<'a>(
        &'a self,
        resource: &'a str,
        id: &'a str,
        remote_data: bool,
    ) -> BoxFuture<'a, UnifiedResult<Box<RawValue>>> {
        Box::pin(async move {
            let mut record = self.0.get(resource, id).await?;
            if !remote_data {
                record.remote_data = None;
            }
            raw(&record)
        })
    }

    // The connection chooses the id of a new row.
    fn create<'a>(
        &'a self,
        resource: &'a str,
        fields: &'a Map<String, Value>,
        _: Option<Uuid>,
    ) -> BoxFuture<'a, UnifiedResult<WrittenRecord>> {
        Box::pin(async move {
            let id = self.0.create(resource, fields).await?;
            Ok(WrittenRecord { id, created: true })
        })
    }

    fn update<'a>(
        &'a self,
        resource: &'a str,
        id: &'a str,
        fields: &'a Map<String, Value>,
    ) -> BoxFuture<'a, UnifiedResult<()>> {
        Box::pin(async move { Ok(self.0.update(resource, id, fields).await?) })
    }

    fn upsert<'a>(
        &'a self,
        resource: &'a str,
        external_id: &'a str,
        fields: &'a Map<String, Value>,
    ) -> BoxFuture<'a, UnifiedResult<WrittenRecord>> {
        Box::pin(async move {
            let written = self.0.upsert(resource, external_id, fields).await?;
            Ok(WrittenRecord { id: written.id, created: written.created })
        })
    }

    fn delete<'a>(&'a self, resource: &'a str, id: &'a str) -> BoxFuture<'a, UnifiedResult<()>> {
        Box::pin(async move { Ok(self.0.delete(resource, id).await?) })
    }

    fn associate<'a>(
        &'a self,
        from: RecordAddress<'a>,
        to: RecordAddress<'a>,
        relationship: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<()>> {
        Box::pin(async move { Ok(self.0.associate(from.into(), to.into(), relationship).await?) })
    }

    fn disassociate<'a>(
        &'a self,
        from: RecordAddress<'a>,
        to: RecordAddress<'a>,
        relationship: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<()>> {
        Box::pin(async move { Ok(self.0.disassociate(from.into(), to.into(), relationship).await?) })
    }

    fn associated<'a>(
        &'a self,
        from: RecordAddress<'a>,
        resource: &'a str,
        relationship: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<Box<RawValue>>> {
        Box::pin(async move { raw(&self.0.associated(from.into(), resource, relationship).await?) })
    }

    fn fields(&self, resource: &str) -> UnifiedResult<Box<RawValue>> {
        raw(&self.0.fields(resource)?)
    }

    fn changes<'a>(
        &'a self,
        resource: &'a str,
        cursor: Option<&'a str>,
        now: Timestamp,
    ) -> BoxFuture<'a, UnifiedResult<ChangePage>> {
        Box::pin(async move {
            let page = self.0.changes(resource, cursor, Some(CHANGES_PER_PAGE), now).await?;
            Ok(ChangePage {
                changed: page.changed.iter().map(changed).collect::<UnifiedResult<_>>()?,
                deleted: page.deleted,
                next_cursor: page.next_cursor,
                has_more: page.has_more,
            })
        })
    }
}
