//! A service for many customers, each with an organisation of its own: what exists is known at run time only.
//!
//! Contoso calls a contact's loyalty tier `new_loyaltytier`, Fabrikam calls it `cr5e2_tier` and counts its options otherwise. So nothing
//! can be generated when the service is compiled. In its place there is a folder with one snapshot a customer:
//!
//! - [`Customers::open`] opens the snapshots and checks that each has the columns that the service needs.
//! - [`Customer::segment`] checks a filter that a customer's administrator typed, and explains what is wrong with it.
//! - [`Segment::request`] is the request for its contacts, [`contacts`] sends it and reads the rows.
//! - [`refresh`] fetches what changed in an organisation, and [`Customer::broken`] tells which saved filters that breaks.
//!
//! [`unified`] is the other way: the contacts of all customers in one shape, through the gateway.

pub mod unified;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dvkit_client::{Client, Prefer, Request};
use dvkit_diagnostic::Diagnostic;
use dvkit_query::{CheckOptions, check_filter, check_request};
use dvkit_schema::{Store, StoreError};
use dvkit_schema_fetch::web_api;
use futures_util::TryStreamExt as _;
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

/// The table that segments are about.
const TABLE: &str = "contact";

/// What the service calls a column, and what a customer's organisation calls it.
pub type Names = BTreeMap<String, String>;

/// What can go wrong before a request is sent.
#[derive(Debug, Error)]
pub enum SetupError {
    /// A snapshot is missing or cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A column that the service needs is not in the customer's organisation.
    #[error("{customer}: {message}")]
    Column {
        /// The customer.
        customer: String,
        /// The finding with its help.
        message: String,
    },
}

/// All customers, by name.
#[derive(Debug, Default)]
pub struct Customers(BTreeMap<String, Customer>);

impl Customers {
    /// Opens the snapshots below `folder`, one folder a customer, and checks the names of columns.
    ///
    /// A snapshot is read lazily: what this opens is its index, and the table `contact`.
    ///
    /// # Errors
    /// Where a snapshot cannot be read, or does not have a column that `names` maps to.
    pub fn open(folder: &Path, names: &BTreeMap<String, Names>) -> Result<Self, SetupError> {
        let mut customers = Self::default();
        for (name, columns) in names {
            let customer = Customer::open(name, &folder.join(name), columns)?;
            customers.0.insert(name.clone(), customer);
        }
        Ok(customers)
    }

    /// Returns a customer by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Customer> {
        self.0.get(name)
    }
}

/// A customer and the snapshot of its organisation.
#[derive(Debug)]
pub struct Customer {
    name: String,
    folder: PathBuf,
    store: Store,
    columns: Vec<String>,
}

impl Customer {
    /// Opens the snapshot in `folder`, and checks that it has the columns of `names`.
    ///
    /// # Errors
    /// Where the snapshot cannot be read, or does not have one of the columns; the message says which name was probably meant.
    pub fn open(name: &str, folder: &Path, names: &Names) -> Result<Self, SetupError> {
        let store = Store::open(folder)?;
        let columns: Vec<String> =
            ["contactid", "fullname"].map(str::to_owned).into_iter().chain(names.values().cloned()).collect();
        // The names are checked as the request that uses them.
        let request = format!("contacts?$select={}&$top=1", columns.join(","));
        let checked = check_request(&store, None, &request, &CheckOptions::default())?;
        if let Some(wrong) = checked.diagnostics.iter().find(|finding| finding.is_error()) {
            let message = wrong.display(&request).to_string();
            return Err(SetupError::Column { customer: name.to_owned(), message });
        }
        Ok(Self { name: name.to_owned(), folder: folder.to_owned(), store, columns })
    }

    /// Returns the customer's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Checks a filter on contacts that a person typed: `new_loyaltytier eq 'Gold'`.
    ///
    /// Certain mistakes are fixed, here the label in place of the option's number. The filter can name nothing but columns of the
    /// snapshot, and each value fits its column; so it can be kept, and sent as it is.
    ///
    /// # Errors
    /// Where something is wrong that has no certain fix: all findings, with spans into `filter` and what to write instead.
    pub fn segment(&self, filter: &str) -> Result<Segment, Rejected> {
        let checked = check_filter(&self.store, TABLE, filter, &CheckOptions::default())?;
        match checked.rewritten {
            Some(filter) => Ok(Segment { filter, columns: self.columns.clone() }),
            None => Err(Rejected::Findings(checked.diagnostics)),
        }
    }

    /// Returns those of the customer's saved filters that its organisation, as it is now, refuses.
    ///
    /// # Errors
    /// Where the snapshot cannot be read.
    pub fn broken<'f>(&self, filters: &[&'f str]) -> Result<Vec<&'f str>, StoreError> {
        let mut broken = Vec::new();
        for filter in filters {
            if !check_filter(&self.store, TABLE, filter, &CheckOptions::default())?.is_ok() {
                broken.push(*filter);
            }
        }
        Ok(broken)
    }

    /// Fetches what changed in the organisation of `client` into the customer's snapshot, and opens it again.
    ///
    /// # Errors
    /// Where the fetch fails, or the new snapshot lacks a column that the service needs.
    pub async fn refreshed(self, client: &Client) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        refresh(client, &self.folder).await?;
        let names = self.columns.iter().map(|column| (column.clone(), column.clone())).collect();
        Ok(Self::open(&self.name, &self.folder, &names)?)
    }
}

/// Why a filter was not taken.
#[derive(Debug, Error)]
pub enum Rejected {
    /// The snapshot cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is wrong with the filter.
    #[error("{} findings", .0.len())]
    Findings(Vec<Diagnostic>),
}

impl Rejected {
    /// Returns what to show beside the input field: each message with its help, in the order of the text.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        match self {
            Self::Store(error) => vec![error.to_string()],
            Self::Findings(findings) => findings
                .iter()
                .map(|finding| {
                    let advice = finding.suggestions.first().map(|suggestion| &suggestion.message);
                    advice.or(finding.help.as_ref()).map_or_else(
                        || finding.message.clone(),
                        |advice| format!("{}: {advice}", finding.message),
                    )
                })
                .collect(),
        }
    }
}

/// Some of a customer's contacts: a filter that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    filter: String,
    columns: Vec<String>,
}

impl Segment {
    /// Returns the filter as Dataverse accepts it.
    #[must_use]
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Returns the request for the segment's contacts; values are percent-encoded, and labels of choices come along.
    #[must_use]
    pub fn request(&self) -> Request {
        Request::get("contacts")
            .query("$select", self.columns.join(","))
            .query("$filter", &self.filter)
            .prefer(Prefer::new().annotations("OData.Community.Display.V1.FormattedValue"))
    }
}

/// A contact as the service keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Contact {
    /// The id of the row.
    #[serde(rename = "contactid")]
    pub id: String,
    /// The full name.
    #[serde(rename = "fullname")]
    pub name: Option<String>,
    /// The other columns and their formatted values, under the customer's own names.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Contact {
    /// Returns the label of a choice.
    #[must_use]
    pub fn label(&self, column: &str) -> Option<&str> {
        self.rest.get(&format!("{column}@OData.Community.Display.V1.FormattedValue"))?.as_str()
    }
}

/// Fetches the contacts of a segment, over all pages.
///
/// # Errors
/// As [`Client::send`], and where a row is not a contact.
pub async fn contacts(client: &Client, segment: &Segment) -> dvkit_client::Result<Vec<Contact>> {
    client.rows(segment.request()).try_collect().await
}

/// Fetches an organisation's metadata into the snapshot in `folder`: everything the first time, and what changed after that.
///
/// # Errors
/// Where the service, the sign-in or the file system refuses.
pub async fn refresh(client: &Client, folder: &Path) -> Result<(), dvkit_schema_fetch::Error> {
    let mut options = web_api::FetchOptions::default();
    options.tables = vec![TABLE.to_owned(), "account".to_owned()];
    web_api::fetch(client, folder, &options, &()).await?;
    Ok(())
}
