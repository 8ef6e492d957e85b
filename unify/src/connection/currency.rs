//! Knows the currencies of an organisation: their codes by id and their ids by code. They are read once, when the
//! first amount needs them.

use std::collections::BTreeMap;
use std::sync::Arc;

use dvkit_client::Request;
use futures_util::TryStreamExt as _;
use serde_json::Value;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::Connection;
use crate::error::Result;
use crate::mapping::Currency;

/// The currencies of an organisation: the code of each id.
#[derive(Clone, Debug, Default)]
pub(super) struct Currencies(Arc<OnceCell<BTreeMap<Uuid, String>>>);

impl Connection {
    /// Returns the codes of the currencies by id.
    pub(super) async fn currencies(&self, currency: &Currency) -> Result<&BTreeMap<Uuid, String>> {
        let read = || async {
            let request = Request::get(currency.entity_set.clone())
                .query("$select", format!("{},{}", currency.primary_id, currency.code));
            let mut rows = self.client().rows::<Value>(request);
            let mut codes = BTreeMap::new();
            while let Some(row) = rows.try_next().await? {
                let id = row[currency.primary_id.as_str()].as_str().and_then(|id| Uuid::try_parse(id).ok());
                let code = row[currency.code.as_str()].as_str();
                if let (Some(id), Some(code)) = (id, code) {
                    codes.insert(id, code.to_owned());
                }
            }
            Ok(codes)
        };
        self.0.currencies.0.get_or_try_init(read).await
    }

    /// Returns the id of the currency with the code `code`; `None` if the organisation does not have it.
    pub(super) async fn currency_id(&self, currency: &Currency, code: &str) -> Result<Option<Uuid>> {
        let codes = self.currencies(currency).await?;
        Ok(codes.iter().find(|(_, known)| known.eq_ignore_ascii_case(code)).map(|(id, _)| *id))
    }
}
