//! The contacts of all customers in one shape, through the gateway of dvkit.
//!
//! The gateway has the tokens, paces the requests, and maps each organisation's tables to the same records, so nothing in this
//! file knows how an organisation calls its columns.

use std::fmt;

use dvkit_unify::model::Contact;
use futures_util::TryStreamExt as _;
use futures_util::stream::{FuturesOrdered, Stream, try_unfold};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

/// The number of contacts of a page.
const PAGE: usize = 100;

/// Why a request to the gateway failed.
#[derive(Debug, Error)]
pub enum GatewayError {
    /// The gateway cannot be reached, or sent something else than JSON.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// The gateway or the organisation refused the request.
    #[error("{message} ({code}, {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The code, such as `account_needs_sign_in`.
        code: String,
        /// What is wrong.
        message: String,
    },
}

/// A gateway, with an API key for it.
#[derive(Clone)]
pub struct Gateway {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A contact, and the customer that it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerContact {
    /// The name of the customer's account.
    pub customer: String,
    /// The contact.
    pub contact: Contact,
}

/// A page of contacts.
#[derive(Deserialize)]
struct ContactPage {
    result: Vec<Contact>,
    next_cursor: Option<String>,
}

impl Gateway {
    /// Returns the gateway at `url`, reached with the API key `key`.
    #[must_use]
    pub fn new(url: &str, key: &str) -> Self {
        Self { http: reqwest::Client::new(), url: url.trim_end_matches('/').to_owned(), key: key.to_owned() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.key)
    }

    /// Connects the organisation at `org_url` as the account `name`, with the gateway's own application. An organisation that
    /// is connected already stays as it is.
    ///
    /// # Errors
    /// Where the gateway refuses the request, or the application cannot sign in.
    pub async fn connect(&self, name: &str, org_url: &str) -> Result<(), GatewayError> {
        let accounts = answer(self.request(Method::GET, "/accounts?limit=500")).await?;
        let is_known = |account: &Value| account["name"] == name;
        if accounts["accounts"].as_array().is_some_and(|accounts| accounts.iter().any(is_known)) {
            return Ok(());
        }
        let body = json!({ "name": name, "org_url": org_url, "auth": "client_credentials" });
        let account = answer(self.request(Method::POST, "/accounts").json(&body)).await?;
        match account["state"].as_str() {
            Some("connected") => Ok(()),
            _ => Err(GatewayError::Refused {
                status: 201,
                code: "not_connected".to_owned(),
                message: format!("{name} cannot sign in: {}", account["reason"]),
            }),
        }
    }

    /// Returns the contacts of a customer, page by page.
    pub fn contacts<'a>(
        &'a self,
        customer: &'a str,
    ) -> impl Stream<Item = Result<Vec<Contact>, GatewayError>> + 'a {
        try_unfold(Some(None::<String>), move |cursor| async move {
            let Some(cursor) = cursor else { return Ok(None) };
            let mut query = vec![("account_id", customer.to_owned()), ("limit", PAGE.to_string())];
            query.push(("remote_data", "false".to_owned()));
            query.extend(cursor.map(|cursor| ("cursor", cursor)));
            let request = self.request(Method::GET, "/unified/crm/contacts").query(&query);
            let page: ContactPage = decoded(request).await?;
            Ok(Some((page.result, page.next_cursor.map(Some))))
        })
    }

    /// Returns the contacts of all these customers. They are asked at the same time.
    ///
    /// # Errors
    /// Where one of them cannot be read.
    pub async fn all_contacts(&self, customers: &[&str]) -> Result<Vec<CustomerContact>, GatewayError> {
        let lists: FuturesOrdered<_> = customers
            .iter()
            .map(|customer| async move {
                let pages: Vec<Vec<Contact>> = self.contacts(customer).try_collect().await?;
                let contacts = pages.into_iter().flatten();
                let of_customer =
                    contacts.map(|contact| CustomerContact { customer: (*customer).to_owned(), contact });
                Ok::<Vec<_>, GatewayError>(of_customer.collect())
            })
            .collect();
        let lists: Vec<Vec<CustomerContact>> = lists.try_collect().await?;
        Ok(lists.into_iter().flatten().collect())
    }
}

/// Sends a request and returns the JSON of the response.
async fn answer(request: RequestBuilder) -> Result<Value, GatewayError> {
    decoded(request).await
}

async fn decoded<T: for<'de> Deserialize<'de>>(request: RequestBuilder) -> Result<T, GatewayError> {
    let response = request.send().await?;
    let status = response.status();
    if status.is_success() {
        return Ok(response.json().await?);
    }
    let body: Value = response.json().await?;
    let text = |member: &str| body["error"][member].as_str().unwrap_or_default().to_owned();
    Err(GatewayError::Refused { status: status.as_u16(), code: text("code"), message: text("message") })
}
