//! Reads and writes the records of one organisation in the shape of the model.

mod associate;
mod changed;
mod changes;
mod column;
mod currency;
mod cursor;
mod fetched;
mod field_value;
mod fields;
mod filter;
mod fixed;
mod hook;
mod layout;
mod list;
mod members;
mod read;
mod row;
mod write;
mod write_values;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use dvkit::by_name::Organisation;
use dvkit_client::Client;
use dvkit_diagnostic::suggest;
use serde_json::value::RawValue;
use uuid::Uuid;

pub use associate::{AssociationInfo, AssociationMethod, RecordRef};
pub use changes::{ChangeMethod, ChangesPage};
pub use cursor::CursorKey;
pub use fetched::FetchedPage;
pub use fields::{FieldDescription, FieldOption};
pub use filter::{FieldFilter, FilterOperator};
pub use hook::{Hook, HookRow, Hooks};
pub(crate) use list::cells as source_cells;
pub use list::{DEFAULT_LIMIT, ListPage, ListRequest, MAX_LIMIT};
pub use read::Issue;
pub use write::Upserted;

use crate::error::{Error, Result};
use crate::mapping::{CompiledField, CompiledMapping, CompiledResource, CompiledTable, RecordSource};
use crate::model::{self, Record};
use currency::Currencies;
use read::RecordReader;

/// The codes of currencies that rows with their expanded currency need: none.
const EXPANDED: &BTreeMap<Uuid, String> = &BTreeMap::new();

/// A connection to an organisation, which reads and writes its records in the shape of the model. Clones are
/// cheap, and share everything.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    account: String,
    organisation: Organisation,
    mapping: CompiledMapping,
    client: Client,
    cursor_key: CursorKey,
    hooks: Hooks,
    currencies: Currencies,
    /// The digest of each resource of the mapping. A link of the service that was made with another mapping selects other
    /// columns.
    digests: BTreeMap<String, u64>,
}

impl Connection {
    /// Returns a connection. `account` is the caller's name for the organisation: cursors are bound to it.
    /// `mapping` has to be compiled against the snapshot of `organisation`.
    #[must_use]
    pub fn new(
        account: impl Into<String>,
        organisation: Organisation,
        mapping: CompiledMapping,
        client: Client,
        cursor_key: CursorKey,
    ) -> Self {
        let account = account.into();
        let (hooks, currencies) = (Hooks::default(), Currencies::default());
        let digests = mapping.resources.iter().map(|r| (r.name.clone(), digest_of(r))).collect();
        Self(Arc::new(Inner {
            account,
            organisation,
            mapping,
            client,
            cursor_key,
            hooks,
            currencies,
            digests,
        }))
    }

    /// Returns the connection with the functions that the mapping names as hooks.
    #[must_use]
    pub fn with_hooks(&self, hooks: Hooks) -> Self {
        let Inner { account, organisation, mapping, client, cursor_key, hooks: _, currencies, digests } =
            &*self.0;
        Self(Arc::new(Inner {
            account: account.clone(),
            organisation: organisation.clone(),
            mapping: mapping.clone(),
            client: client.clone(),
            cursor_key: cursor_key.clone(),
            hooks,
            currencies: currencies.clone(),
            digests: digests.clone(),
        }))
    }

    /// Returns the caller's name for the organisation.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.0.account
    }

    /// Returns the mapping.
    #[must_use]
    pub fn mapping(&self) -> &CompiledMapping {
        &self.0.mapping
    }

    /// Returns the client that sends the requests.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// Returns the snapshot of the organisation.
    #[must_use]
    pub fn organisation(&self) -> &Organisation {
        &self.0.organisation
    }

    fn cursor_key(&self) -> &CursorKey {
        &self.0.cursor_key
    }

    fn hooks(&self) -> &Hooks {
        &self.0.hooks
    }

    /// Returns the digest of a resource of the mapping.
    fn digest(&self, resource: &str) -> u64 {
        self.0.digests.get(resource).copied().unwrap_or_default()
    }

    /// Returns what a cursor is bound to: the account, the resource, and the request.
    fn cursor_context(&self, resource: &str, request: &str) -> String {
        serde_json::json!([self.account(), resource, request]).to_string()
    }

    /// Returns a resource of the mapping.
    fn resource(&self, name: &str) -> Result<&CompiledResource> {
        if let Some(resource) = self.mapping().resource(name) {
            return Ok(resource);
        }
        let reason = self.mapping().missing.iter().find(|m| m.resource == name && m.field.is_none());
        Err(Error::UnknownResource(match reason {
            Some(missing) => format!("this organisation has no {name}: {}", missing.reason),
            None => {
                let names = || self.mapping().resources.iter().map(|resource| resource.name.as_str());
                let hint = match suggest::closest(name, names()) {
                    Some(closest) => format!("did you mean `{closest}`?"),
                    None => format!("it has {}", names().collect::<Vec<_>>().join(", ")),
                };
                format!("the mapping has no resource `{name}`; {hint}")
            }
        }))
    }

    /// Returns an error if no table of a resource has the field `name`.
    fn known_field(&self, resource: &str, name: &str, tables: &[CompiledTable]) -> Result<()> {
        if tables.iter().any(|table| table.field(name).is_some()) || name == "id" {
            return Ok(());
        }
        let missing = self
            .mapping()
            .missing
            .iter()
            .find(|m| m.resource == resource && m.field.as_deref().is_some_and(|field| field == name));
        if let Some(missing) = missing {
            let message = format!("`{name}` is not available in this organisation: {}", missing.reason);
            return Err(Error::field(name, message));
        }
        if let Some(info) = model::resource(resource)
            && info.field(name).is_some()
        {
            return Err(Error::field(name, format!("`{name}` is not mapped for this organisation")));
        }
        let mut custom = tables.iter().flat_map(|table| &table.custom).map(|field| field.name.as_str());
        if custom.any(|custom| custom == name) {
            let message = format!(
                "`{resource}` has no field `{name}`; `{name}` is one of `custom_fields`: in filters and orders \
                 `custom_fields.{name}`, in records `\"custom_fields\": {{ \"{name}\": … }}`"
            );
            return Err(Error::field(name, message));
        }
        let names = |fields: fn(&CompiledTable) -> &Vec<CompiledField>, prefix: &str| -> Vec<String> {
            let fields = tables.iter().flat_map(fields);
            fields.map(|field| format!("{prefix}{}", field.name)).collect()
        };
        let custom = names(|table| &table.custom, "custom_fields.");
        let all = [names(|table| &table.fields, ""), custom].concat();
        Err(Error::unknown_field(resource, name, all.iter().map(String::as_str)))
    }

    fn reader<'a>(
        &'a self,
        resource: &str,
        table: &'a CompiledTable,
        table_in_id: bool,
        remote_data: bool,
        currencies: &'a BTreeMap<Uuid, String>,
    ) -> RecordReader<'a> {
        let tables = match self.mapping().resource(resource).map(|resource| &resource.records) {
            Some(RecordSource::Tables(tables)) => tables.as_slice(),
            _ => &[],
        };
        RecordReader {
            table,
            tables,
            info: model::resource(resource),
            hooks: self.hooks(),
            table_in_id,
            remote_data,
            currencies,
        }
    }

    /// Returns the table and the guid of a record's id.
    fn locate<'c>(&self, resource: &'c CompiledResource, id: &str) -> Result<(&'c CompiledTable, Uuid)> {
        let not_found = || Error::NotFound { resource: resource.name.clone(), id: id.to_owned() };
        let RecordSource::Tables(tables) = &resource.records else { return Err(not_found()) };
        let guid = filter::guid(id).ok_or_else(not_found)?;
        if let [table] = tables.as_slice() {
            return Ok((table, guid));
        }
        let prefix = id.len().checked_sub(37).and_then(|end| id.get(..end)).ok_or_else(not_found)?;
        let table = tables.iter().find(|table| table.table == prefix).ok_or_else(not_found)?;
        Ok((table, guid))
    }

    /// Returns a record.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is no record with this id, and an error if the resource is unknown or
    /// the service refuses the request.
    pub async fn get(&self, resource: &str, id: &str) -> Result<Record> {
        let compiled = self.resource(resource)?;
        if let RecordSource::Fixed(records) = &compiled.records {
            let found = records.iter().find(|record| record.get("id").and_then(|v| v.as_str()) == Some(id));
            let not_found = || Error::NotFound { resource: resource.to_owned(), id: id.to_owned() };
            return Ok(Record { fields: found.ok_or_else(not_found)?.clone(), remote_data: None });
        }
        let (table, guid) = self.locate(compiled, id)?;
        let request = self.row_query(table)?.get_request(guid)?;
        let row: Box<RawValue> = self.client().row(request).await.map_err(|error| match error.kind() {
            dvkit_client::ErrorKind::NotFound => {
                Error::NotFound { resource: resource.to_owned(), id: id.to_owned() }
            }
            _ => Error::Client(error),
        })?;
        let table_in_id = matches!(&compiled.records, RecordSource::Tables(tables) if tables.len() > 1);
        let reader = self.reader(resource, table, table_in_id, true, EXPANDED);
        reader.record(&row.into()).map_err(|error| list::unreadable(&error))
    }
}

/// Returns a digest of what a mapping says about a resource.
fn digest_of(resource: &CompiledResource) -> u64 {
    let text = serde_json::to_vec(resource).unwrap_or_default();
    let digest = digest::digest(&digest::SHA256, &text);
    digest.as_ref().iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("account", &self.0.account).finish_non_exhaustive()
    }
}
