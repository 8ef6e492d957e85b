//! The CRM model of the crate `unify` behind the seam: a mapping that is compiled against each account's snapshot.
use std::sync::Arc;

use dvkit::by_name::Organisation;
use dvkit_client::auth::BoxFuture;
use dvkit_client::jiff::Timestamp;
use dvkit_unify::connection::{FieldFilter, FilterOperator, RecordRef, Upserted};
use dvkit_unify::mapping::RecordSource;
use dvkit_unify::{CompileTarget, Connection, CursorKey, Error, ListRequest, Mapping, Record, model};
use schemars::{JsonSchema, Schema};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    ChangePage, ChangedRecord, ListParameters, RecordAddress, ResourceDescription, Unified, UnifiedAccount,
    UnifiedError, UnifiedModel, UnifiedResult, WrittenRecord,
};

/// The number of records of a page of changes.
const CHANGES_PER_PAGE: u32 = 500;
/// The number of findings of a mapping that an error quotes.
const MAX_FINDINGS: usize = 5;

/// A record of a resource that the mapping declares. Its fields are those of the mapping, with the types of their columns;
/// `/unified/crm/fields` tells them for each organisation.
#[derive(JsonSchema)]
#[schemars(inline)]
#[allow(dead_code, reason = "only its schema is used")]
struct OwnRecord {
    /// The id of the record, which stays the same for its whole life.
    id: String,
    /// The fields in the part `custom` of the mapping.
    #[serde(default)]
    custom_fields: Map<String, Value>,
    /// The row as the organisation sent it. It is ignored in writes.
    #[serde(default)]
    remote_data: Option<Value>,
    /// The fields of the mapping.
    #[serde(flatten)]
    fields: Map<String, Value>,
}

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
        let described =
            |name: String, schema: Schema| ResourceDescription { name, schema: Some(schema.to_value()) };
        let standard =
            model::json_schemas().into_iter().map(|(name, schema)| described(name.to_owned(), schema));
        let own = self.mapping.own_resources().into_iter();
        let own = own.map(|name| described(name.to_owned(), schemars::schema_for!(OwnRecord)));
        standard.chain(own).collect()
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
        let mut keys = account.cursor_keys.iter();
        let current = keys.next().ok_or_else(|| {
            UnifiedError::Organisation("the gateway has no key to sign cursors with".to_owned())
        })?;
        let key = keys.fold(CursorKey::new(current), |key, older| key.and_older(older));
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

impl From<Upserted> for WrittenRecord {
    fn from(Upserted { id, created }: Upserted) -> Self {
        Self { id, created }
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

fn changed(record: &Record, created: &[String]) -> UnifiedResult<ChangedRecord> {
    let time = |field: &str| record.text(field).and_then(|text| text.parse().ok());
    Ok(ChangedRecord {
        id: record.id().to_owned(),
        created_at: time("created_at"),
        updated_at: time("updated_at"),
        is_new: Some(created.iter().any(|id| id == record.id())),
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
    ) -> BoxFuture<'a, UnifiedResult<Vec<Vec<u8>>>> {
        Box::pin(async move {
            let request = list_request(request)?;
            let page = self.0.fetch(resource, &request).await?;
            // Thousands of records are some milliseconds of work, for which other requests of this thread need not wait.
            let parts = tokio::task::spawn_blocking(move || page.json_parts()).await;
            Ok(parts.map_err(|error| {
                UnifiedError::Organisation(format!("a page cannot be written: {error}"))
            })??)
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

    fn create<'a>(
        &'a self,
        resource: &'a str,
        fields: &'a Map<String, Value>,
        row_id: Option<Uuid>,
    ) -> BoxFuture<'a, UnifiedResult<WrittenRecord>> {
        Box::pin(async move {
            Ok(match row_id {
                None => WrittenRecord { id: self.0.create(resource, fields).await?, created: true },
                // A row that is there already is the one that an earlier attempt has created.
                Some(row_id) => self.0.create_with_id(resource, row_id, fields).await?.into(),
            })
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
        Box::pin(async move { Ok(self.0.upsert(resource, external_id, fields).await?.into()) })
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
                changed: page
                    .changed
                    .iter()
                    .map(|record| changed(record, &page.created))
                    .collect::<UnifiedResult<_>>()?,
                deleted: page.deleted,
                next_cursor: page.next_cursor,
                has_more: page.has_more,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::unified::FieldCondition;

    #[test]
    fn the_resources_of_a_mapping_are_described_beside_those_of_the_model() {
        let text = "standard = true\n[contacts]\ntable = \"contact\"\n[invoices]\ntable = \"invoice\"\n";
        let model = CrmModel::new(Mapping::parse(text).unwrap(), None);
        let described = model.resources();
        let names: Vec<&str> = described.iter().map(|resource| resource.name.as_str()).collect();
        let standard: Vec<&str> = model::RESOURCES.iter().map(|resource| resource.name).collect();
        assert_eq!(names, [standard, vec!["invoices"]].concat());
        for resource in described {
            let schema = resource.schema.unwrap();
            assert!(schema["properties"]["id"].is_object(), "{}: {schema}", resource.name);
        }
    }

    #[test]
    fn a_condition_has_an_operator_that_the_model_knows() {
        let condition = |operator: &str, value: &str| FieldCondition {
            field: "name".to_owned(),
            operator: operator.to_owned(),
            value: value.to_owned(),
        };
        let read = |operator: &str, value: &str| {
            let filters = vec![condition(operator, value)];
            list_request(&ListParameters { filters, ..ListParameters::default() })
        };
        for (operator, value, expected) in [
            ("eq", "a,b", Value::from("a,b")),
            ("contains", "a", Value::from("a")),
            ("in", "a,b", serde_json::json!(["a", "b"])),
        ] {
            let request = read(operator, value).unwrap();
            assert_eq!((request.filters.len(), &request.filters[0].value), (1, &expected), "{operator}");
        }
        match read("like", "a") {
            Err(UnifiedError::Invalid { field, message }) => {
                assert_eq!(field.as_deref(), Some("name"));
                assert!(message.contains("`like`") && message.contains("starts_with"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_option_of_a_list_reaches_the_model() {
        let time = |second| Some(Timestamp::from_second(second).unwrap());
        let request = list_request(&ListParameters {
            filters: Vec::new(),
            created_after: time(1),
            created_before: time(2),
            modified_after: time(3),
            modified_before: time(4),
            search: Some("x".to_owned()),
            sort: vec![("name".to_owned(), true)],
            limit: Some(7),
            cursor: Some("c".to_owned()),
            remote_data: true,
        })
        .unwrap();
        assert_eq!((request.created_after, request.created_before), (time(1), time(2)));
        assert_eq!((request.modified_after, request.modified_before), (time(3), time(4)));
        assert_eq!((request.search.as_deref(), request.cursor.as_deref()), (Some("x"), Some("c")));
        assert_eq!((request.sort, request.limit), (vec![("name".to_owned(), true)], Some(7)));
        assert!(request.remote_data && !list_request(&ListParameters::default()).unwrap().remote_data);
    }

    #[test]
    fn errors_of_the_model_keep_their_kind() {
        let not_found = Error::NotFound { resource: "contacts".to_owned(), id: "1".to_owned() };
        assert!(matches!(UnifiedError::from(not_found), UnifiedError::NotFound));
        let cursor = UnifiedError::from(Error::Cursor("c".to_owned()));
        assert!(matches!(cursor, UnifiedError::Cursor(message) if message == "c"));
        let unknown = UnifiedError::from(Error::UnknownResource("u".to_owned()));
        assert!(matches!(unknown, UnifiedError::UnknownResource(message) if message == "u"));
        let invalid = Error::Invalid { field: Some("f".to_owned()), message: "m".to_owned() };
        let UnifiedError::Invalid { field, message } = UnifiedError::from(invalid) else { panic!("invalid") };
        assert_eq!((field.as_deref(), message.as_str()), (Some("f"), "m"));
    }

    #[tokio::test]
    async fn a_mapping_that_does_not_fit_the_organisation_or_a_ring_without_keys_is_an_error() {
        let gateway = crate::testing::gateway().await;
        let account = crate::testing::connected(&gateway).await;
        let org = r#"{"dvkit_snapshot":1,"org":{"url":"https://contoso.example","languages":[1033],"base_language":1033},"tables":[]}"#;
        let files = crate::store::SnapshotFiles::from([("org.json".to_owned(), org.to_owned())]);
        let schema = Arc::new(dvkit_schema::Store::from_texts(files).unwrap());
        let client = gateway.connections().client(&gateway, &account).await.unwrap();
        for (mapping, keys, expected) in [
            ("standard = false\n", 1, None),
            ("standard = false\n", 2, None),
            ("standard = false\n", 0, Some("the gateway has no key to sign cursors with")),
            (
                "standard = false\n[invoices]\ntable = \"invoice\"\n",
                1,
                Some("the mapping does not fit the organisation: "),
            ),
        ] {
            let model = CrmModel::new(Mapping::parse(mapping).unwrap(), None);
            let opened = model.open(UnifiedAccount {
                id: account.id.clone(),
                name: account.name.clone(),
                schema: Arc::clone(&schema),
                client: client.clone(),
                cursor_keys: vec![[1; 32]; keys],
            });
            let told = match opened.err() {
                None => None,
                Some(UnifiedError::Organisation(message)) => Some(message),
                Some(other) => panic!("{other:?}"),
            };
            let is_told =
                told.as_deref().zip(expected).is_some_and(|(told, expected)| told.starts_with(expected));
            assert!(is_told || told.is_none() && expected.is_none(), "{mapping} {keys}: {told:?}");
        }
    }
}
