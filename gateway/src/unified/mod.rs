//! The seam between the gateway and a model that makes one shape of differently customised organisations: the gateway
//! has accounts, clients and snapshots, and a [`UnifiedModel`] makes a [`Unified`] of them for each account.
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use dvkit_client::Client;
use dvkit_client::auth::BoxFuture;
use dvkit_client::jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

mod associations;
mod compiled;
mod crm;
mod parameters;
mod routes;

pub(crate) use associations::*;
pub(crate) use compiled::Compiled;
pub use crm::CrmModel;
pub(crate) use routes::*;

/// A model of records, such as contacts and accounts, that is the same for all organisations.
pub trait UnifiedModel: Send + Sync + 'static {
    /// Returns the resources of the model.
    fn resources(&self) -> Vec<ResourceDescription>;

    /// Returns patterns for the logical names of the tables that a snapshot needs for the model; empty for all tables.
    fn tables(&self) -> Vec<String> {
        Vec::new()
    }

    /// Compiles the model for an account. It is called once for each snapshot of the account, on a thread for
    /// blocking calls.
    ///
    /// # Errors
    /// Returns an error if the model does not fit the organisation at all. Resources that do not fit are left out of
    /// [`Unified::resources`].
    fn open(&self, account: UnifiedAccount) -> Result<Arc<dyn Unified>, UnifiedError>;
}

/// A resource of a model, for the description of the API.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceDescription {
    /// The name in paths, such as `contacts`.
    pub name: String,
    /// The JSON Schema of a record; `None` if the model has none.
    pub schema: Option<Value>,
}

/// What a model is compiled for: an account with its snapshot and its client.
#[derive(Clone)]
pub struct UnifiedAccount {
    /// The id of the account. Cursors are bound to it.
    pub id: String,
    /// The name of the account, by which a mapping may know the organisation.
    pub name: String,
    /// What exists in the organisation.
    pub schema: Arc<dvkit_schema::Store>,
    /// The client of the organisation, with the account's token and pacing.
    pub client: Client,
    /// The keys of cursors: the one to sign with, and those with which older cursors were signed. They are the same in all
    /// processes.
    pub cursor_keys: Vec<[u8; 32]>,
}

impl fmt::Debug for UnifiedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnifiedAccount")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The address of a record: its resource and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordAddress<'a> {
    /// The resource.
    pub resource: &'a str,
    /// The id.
    pub id: &'a str,
}

/// A request for the records of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListParameters {
    /// The conditions on fields, all of which a record has to meet.
    pub filters: Vec<FieldCondition>,
    /// Only records that were created after this time.
    pub created_after: Option<Timestamp>,
    /// Only records that were created before this time.
    pub created_before: Option<Timestamp>,
    /// Only records that were changed after this time.
    pub modified_after: Option<Timestamp>,
    /// Only records that were changed before this time.
    pub modified_before: Option<Timestamp>,
    /// Only records that have this text in their names.
    pub search: Option<String>,
    /// The fields by which the records are ordered, each with whether the greatest value comes first.
    pub sort: Vec<(String, bool)>,
    /// The number of records of a page.
    pub limit: Option<u32>,
    /// The cursor of the page; `None` for the first one.
    pub cursor: Option<String>,
    /// Whether records have the organisation's row as `remote_data`.
    pub remote_data: bool,
}

/// A condition on a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldCondition {
    /// The field.
    pub field: String,
    /// The operator as it was written, such as `eq` or `ge`.
    pub operator: String,
    /// The value as it was written.
    pub value: String,
}

/// The id of a record that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRecord {
    /// The id.
    pub id: String,
    /// Whether the record is new.
    pub created: bool,
}

/// A page of changes.
#[derive(Debug, Default)]
pub struct ChangePage {
    /// The records that were created or changed.
    pub changed: Vec<ChangedRecord>,
    /// The ids of the records that were deleted.
    pub deleted: Vec<String>,
    /// The cursor of what follows.
    pub next_cursor: String,
    /// Whether more changes can be read at once.
    pub has_more: bool,
}

/// A record that was created or changed.
#[derive(Debug)]
pub struct ChangedRecord {
    /// The id.
    pub id: String,
    /// The time at which the record was created; `None` if the record does not say it.
    pub created_at: Option<Timestamp>,
    /// The time of the last change; `None` if the record does not say it.
    pub updated_at: Option<Timestamp>,
    /// Whether the record is new; `None` if the model does not say it, so that the time of its creation decides.
    pub is_new: Option<bool>,
    /// The record.
    pub record: Box<RawValue>,
}

/// An error of a model.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum UnifiedError {
    /// The organisation has no such resource, with the reason.
    UnknownResource(String),
    /// The request is wrong: the field that it is wrong about, if it is about one, and the reason.
    Invalid {
        /// The field.
        field: Option<String>,
        /// What is wrong, and what to do instead.
        message: String,
    },
    /// The cursor is not one of this request.
    Cursor(String),
    /// There is no such record.
    NotFound,
    /// The mapping and the organisation do not fit together.
    Organisation(String),
    /// The organisation refused the request or cannot be reached.
    Client(dvkit_client::Error),
}

impl From<dvkit_client::Error> for UnifiedError {
    fn from(error: dvkit_client::Error) -> Self {
        Self::Client(error)
    }
}

/// The result of a request to a model.
pub type UnifiedResult<T> = Result<T, UnifiedError>;

/// A model that was compiled for one account. Records are JSON objects with `id`, the fields of the resource,
/// `custom_fields` and, if it is asked for, `remote_data`.
pub trait Unified: Send + Sync + 'static {
    /// Returns the resources that the organisation has.
    fn resources(&self) -> Vec<String>;

    /// Returns the logical names of the tables whose rows become records of a resource; `None` if the organisation
    /// does not have the resource. A resource without tables has no changes.
    fn tables(&self, resource: &str) -> Option<Vec<String>>;

    /// Returns a page of records: the parts of the text of a JSON object with `result`, `next_cursor` and `previous_cursor`.
    ///
    /// # Errors
    /// Returns an error if the request is wrong or fails.
    fn list<'a>(
        &'a self,
        resource: &'a str,
        request: &'a ListParameters,
    ) -> BoxFuture<'a, UnifiedResult<Vec<Vec<u8>>>>;

    /// Returns a record.
    ///
    /// # Errors
    /// Returns [`UnifiedError::NotFound`] if there is none with this id, and an error if the request is wrong or fails.
    fn get<'a>(
        &'a self,
        resource: &'a str,
        id: &'a str,
        remote_data: bool,
    ) -> BoxFuture<'a, UnifiedResult<Box<RawValue>>>;

    /// Creates a record. `row_id` is the id for the new row, where the caller has given an idempotency key: a second
    /// row cannot have it. A model may choose another id.
    ///
    /// # Errors
    /// Returns an error if the request is wrong or fails.
    fn create<'a>(
        &'a self,
        resource: &'a str,
        fields: &'a Map<String, Value>,
        row_id: Option<Uuid>,
    ) -> BoxFuture<'a, UnifiedResult<WrittenRecord>>;

    /// Changes the fields of a record that are given.
    ///
    /// # Errors
    /// Returns an error if there is no such record, or if the request is wrong or fails.
    fn update<'a>(
        &'a self,
        resource: &'a str,
        id: &'a str,
        fields: &'a Map<String, Value>,
    ) -> BoxFuture<'a, UnifiedResult<()>>;

    /// Creates or changes the record with an external id.
    ///
    /// # Errors
    /// Returns an error if the request is wrong or fails.
    fn upsert<'a>(
        &'a self,
        resource: &'a str,
        external_id: &'a str,
        fields: &'a Map<String, Value>,
    ) -> BoxFuture<'a, UnifiedResult<WrittenRecord>>;

    /// Deletes a record.
    ///
    /// # Errors
    /// Returns an error if there is no such record, or if the request is wrong or fails.
    fn delete<'a>(&'a self, resource: &'a str, id: &'a str) -> BoxFuture<'a, UnifiedResult<()>>;

    /// Associates a record with another one. `relationship` is the name of the relationship; a model may allow that it
    /// is not given if only one is possible.
    ///
    /// # Errors
    /// Returns an error if the records have no such relationship, or if the request is wrong or fails.
    fn associate<'a>(
        &'a self,
        from: RecordAddress<'a>,
        to: RecordAddress<'a>,
        relationship: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<()>>;

    /// Ends an association that [`associate`](Self::associate) has made.
    ///
    /// # Errors
    /// Returns the errors of [`associate`](Self::associate).
    fn disassociate<'a>(
        &'a self,
        from: RecordAddress<'a>,
        to: RecordAddress<'a>,
        relationship: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<()>>;

    /// Returns the records of `resource` that are associated with a record: a JSON array.
    ///
    /// # Errors
    /// Returns the errors of [`associate`](Self::associate).
    fn associated<'a>(
        &'a self,
        from: RecordAddress<'a>,
        resource: &'a str,
        relationship: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<Box<RawValue>>>;

    /// Returns the fields of a resource, as the organisation has them: a JSON array of objects with `name`, `label`, `type`
    /// and others.
    ///
    /// # Errors
    /// Returns an error if the resource is unknown.
    fn fields(&self, resource: &str) -> UnifiedResult<Box<RawValue>>;

    /// Returns a page of what changed since `cursor` was made. Without a cursor it returns all records, and at last a
    /// cursor of what follows.
    ///
    /// # Errors
    /// Returns an error of the kind [`ExpiredDeltaLink`](dvkit_client::ErrorKind::ExpiredDeltaLink) if the changes since
    /// then are not known any more, and an error if the request fails.
    fn changes<'a>(
        &'a self,
        resource: &'a str,
        cursor: Option<&'a str>,
        now: Timestamp,
    ) -> BoxFuture<'a, UnifiedResult<ChangePage>>;
}

/// The parameter of a query that names the account.
pub(crate) const ACCOUNT_ID: &str = "account_id";

/// The fields of the query of a list that are not conditions on fields of the records.
const RESERVED: &[&str] = &[
    ACCOUNT_ID,
    "limit",
    "cursor",
    "next_cursor",
    "created_after",
    "created_before",
    "modified_after",
    "modified_before",
    "search",
    "sort",
    "remote_data",
];

/// What other services call parameters of a list.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("updated_after", "modified_after"),
    ("updated_since", "modified_after"),
    ("modified_since", "modified_after"),
    ("updated_before", "modified_before"),
    ("created_since", "created_after"),
    ("page_size", "limit"),
    ("per_page", "limit"),
    ("top", "limit"),
    ("page", "cursor"),
    ("offset", "cursor"),
    ("skip", "cursor"),
    ("order_by", "sort"),
    ("sort_by", "sort"),
    ("q", "search"),
    ("query", "search"),
];

/// Returns the parameter of a list that a name means which is none.
fn meant_parameter(name: &str) -> Option<&'static str> {
    let other = |name: &str| OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, meant)| *meant);
    if let Some(meant) = other(name) {
        return Some(meant);
    }
    // Every letter is similar to a name of one letter.
    let others = OTHER_NAMES.iter().map(|(name, _)| *name).filter(|name| name.len() > 1);
    let closest = dvkit_diagnostic::suggest::closest(name, others.chain(RESERVED.iter().copied()))?;
    other(closest).or_else(|| RESERVED.iter().copied().find(|known| *known == closest))
}

impl UnifiedError {
    /// Returns the error of a list, with the parameter that is meant if it is about a name that is neither one of the
    /// parameters nor a field of the records.
    pub(crate) fn of_list(self) -> Self {
        match self {
            Self::Invalid { field: Some(field), message }
                if !RESERVED.contains(&field.as_str()) && !message.contains("did you mean") =>
            {
                let message = match meant_parameter(&field) {
                    Some(meant) => format!("{message}; the parameter of a list is called `{meant}`"),
                    None => message,
                };
                Self::Invalid { field: Some(field), message }
            }
            other => other,
        }
    }
}

/// Reads the query of a write: whether the response has the organisation's row. `named_by` is the parameter that names the
/// account.
pub(crate) fn remote_data_of_write(query: &str, named_by: &str) -> Result<bool, UnifiedError> {
    let mut remote_data = true;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let message = match (&*name, value.parse()) {
            ("remote_data", Ok(wanted)) => {
                remote_data = wanted;
                continue;
            }
            ("remote_data", Err(_)) => "`remote_data` is `true` or `false`".to_owned(),
            (name, _) if name == named_by => continue,
            (name, _) => format!("`{name}` is no parameter of a write; fields are in the body"),
        };
        return Err(UnifiedError::Invalid { field: Some(name.into_owned()), message });
    }
    Ok(remote_data)
}

impl ListParameters {
    /// Reads the query of a request. Names that are not those of a list are fields of the records:
    /// `last_name=Smith`, `amount[ge]=1000`. `named_by` is the parameter that names the account.
    pub(crate) fn of_query(query: &str, named_by: &str) -> Result<Self, UnifiedError> {
        let wrong = |name: &str, message: &str| UnifiedError::Invalid {
            field: Some(name.to_owned()),
            message: format!("`{name}` {message}"),
        };
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let mut parameters = Self { remote_data: true, ..Self::default() };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if RESERVED.contains(&&*name) || name == named_by {
                if known.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                    return Err(wrong(&name, "is given twice"));
                }
                continue;
            }
            let (field, operator) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
                Some((field, operator)) => (field, operator),
                None => (&*name, "eq"),
            };
            let condition = FieldCondition {
                field: field.to_owned(),
                operator: operator.to_owned(),
                value: value.into_owned(),
            };
            parameters.filters.push(condition);
        }
        let time = |name: &str| {
            known
                .get(name)
                .map(|text| {
                    text.parse::<Timestamp>()
                        .map_err(|_| wrong(name, "is a time such as `2026-01-31T00:00:00Z`"))
                })
                .transpose()
        };
        parameters.created_after = time("created_after")?;
        parameters.created_before = time("created_before")?;
        parameters.modified_after = time("modified_after")?;
        parameters.modified_before = time("modified_before")?;
        let number = known.get("limit").map(|text| text.parse().map_err(|_| wrong("limit", "is a number")));
        parameters.limit = number.transpose()?;
        if let Some(text) = known.get("remote_data") {
            parameters.remote_data =
                text.parse().map_err(|_| wrong("remote_data", "is `true` or `false`"))?;
        }
        if let Some(text) = known.get("sort") {
            let fields = text.split(',').map(str::trim).filter(|field| !field.is_empty());
            parameters.sort = fields
                .map(|field| match field.strip_prefix('-') {
                    Some(field) => (field.to_owned(), true),
                    None => (field.to_owned(), false),
                })
                .collect();
        }
        parameters.search = known.remove("search").filter(|text| !text.is_empty());
        // The name that a page gives a cursor is understood as well.
        let cursors = [known.remove("cursor"), known.remove("next_cursor")];
        let mut cursors = cursors.into_iter().flatten().filter(|text| !text.is_empty());
        parameters.cursor = cursors.next();
        if cursors.next().is_some() {
            return Err(wrong("cursor", "is given twice"));
        }
        Ok(parameters)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_name_that_other_services_use_leads_to_the_parameter_of_a_list() {
        for (name, meant) in OTHER_NAMES.iter().copied().chain([
            ("limt", "limit"),
            ("modifed_after", "modified_after"),
            ("Sort", "sort"),
            ("remotedata", "remote_data"),
        ]) {
            assert_eq!(meant_parameter(name), Some(meant), "{name}");
        }
        assert_eq!(meant_parameter("telephone"), None);
        let told = |field: &str, message: &str| {
            let error = UnifiedError::Invalid { field: Some(field.to_owned()), message: message.to_owned() };
            match error.of_list() {
                UnifiedError::Invalid { message, .. } => message,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            told("updated_after", "`contacts` has no field `updated_after`"),
            "`contacts` has no field `updated_after`; the parameter of a list is called `modified_after`"
        );
        for (field, message) in
            [("limit", "`limit` is a number"), ("nme", "no field `nme`; did you mean `name`?"), ("x", "no")]
        {
            assert_eq!(told(field, message), message, "{field}");
        }
    }

    #[test]
    fn a_write_has_no_parameter_but_whether_the_row_is_returned() {
        let read = |query: &str| match remote_data_of_write(query, ACCOUNT_ID) {
            Ok(remote_data) => Ok(remote_data),
            Err(UnifiedError::Invalid { field: Some(field), message }) => Err(format!("{field}: {message}")),
            Err(other) => panic!("{other:?}"),
        };
        for (query, expected) in [
            ("", Ok(true)),
            ("account_id=a", Ok(true)),
            ("account_id=a&remote_data=false", Ok(false)),
            ("remote_data=true", Ok(true)),
            ("remote_data=no", Err("remote_data: `remote_data` is `true` or `false`")),
            (
                "account_id=a&limit=1",
                Err("limit: `limit` is no parameter of a write; fields are in the body"),
            ),
            ("last_name=x", Err("last_name: `last_name` is no parameter of a write; fields are in the body")),
        ] {
            assert_eq!(read(query), expected.map_err(str::to_owned), "{query}");
        }
    }

    #[test]
    fn the_query_of_a_list_has_conditions_and_options() {
        let query = "account_id=acc_1&limit=10&sort=-name,id&last_name=O%27Brien&amount[ge]=5&modified_after=2026-01-31T00:00:00Z&remote_data=false&cursor=";
        let parameters = ListParameters::of_query(query, ACCOUNT_ID).unwrap();
        let condition = |field: &str, operator: &str, value: &str| FieldCondition {
            field: field.to_owned(),
            operator: operator.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(
            parameters,
            ListParameters {
                filters: vec![condition("last_name", "eq", "O'Brien"), condition("amount", "ge", "5")],
                modified_after: Some("2026-01-31T00:00:00Z".parse().unwrap()),
                sort: vec![("name".to_owned(), true), ("id".to_owned(), false)],
                limit: Some(10),
                ..ListParameters::default()
            }
        );
        for (wrong, named) in [
            ("limit=x", "limit"),
            ("limit=-1", "limit"),
            ("limit=1&limit=2", "limit"),
            ("created_after=soon", "created_after"),
            ("created_before=soon", "created_before"),
            ("modified_after=2026-01-31", "modified_after"),
            ("modified_before=", "modified_before"),
            ("remote_data=1", "remote_data"),
            ("cursor=a&next_cursor=b", "cursor"),
            ("search=a&search=b", "search"),
        ] {
            match ListParameters::of_query(wrong, ACCOUNT_ID) {
                Err(UnifiedError::Invalid { field: Some(field), message }) => {
                    assert_eq!(field, named, "{wrong}");
                    assert!(message.starts_with(&format!("`{named}` ")), "{wrong}: {message}");
                }
                other => panic!("{wrong}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_cursor_has_the_name_that_pages_give_it_or_the_short_one() {
        for (query, cursor) in [
            ("cursor=a", Some("a")),
            ("next_cursor=a", Some("a")),
            ("cursor=&next_cursor=a", Some("a")),
            ("next_cursor=", None),
            ("", None),
        ] {
            let parameters = ListParameters::of_query(query, ACCOUNT_ID).unwrap();
            assert_eq!(parameters.cursor.as_deref(), cursor, "{query}");
            assert_eq!(parameters.filters, [], "{query}");
        }
    }

    #[test]
    fn the_parameter_that_names_the_account_is_no_condition() {
        let fields = |named_by: &str| -> Vec<String> {
            let parameters = ListParameters::of_query("account=contoso&name=x", named_by).unwrap();
            parameters.filters.into_iter().map(|filter| filter.field).collect()
        };
        assert_eq!(fields("account"), ["name"]);
        assert_eq!(fields(ACCOUNT_ID), ["account", "name"]);
    }
}
