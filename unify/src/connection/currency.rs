//! Knows the currencies of an organisation: their codes by id, their ids by code, and how many decimal places their amounts
//! have. They are read once, when the first amount needs them.

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

/// The currencies of an organisation.
#[derive(Clone, Debug, Default)]
pub(super) struct Currencies(Arc<OnceCell<KnownCurrencies>>);

/// The currencies that were read.
#[derive(Debug, Default)]
pub(super) struct KnownCurrencies {
    /// The code of each id.
    pub(super) codes: BTreeMap<Uuid, String>,
    /// The number of decimal places of the amounts, by id.
    pub(super) decimals: BTreeMap<Uuid, u32>,
}

impl Connection {
    /// Returns the currencies.
    pub(super) async fn currencies(&self, currency: &Currency) -> Result<&KnownCurrencies> {
        let read = || async {
            let columns = [&currency.primary_id, &currency.code].into_iter().chain(&currency.precision);
            let select = columns.map(String::as_str).collect::<Vec<_>>().join(",");
            let request = Request::get(currency.entity_set.clone()).query("$select", select);
            let mut rows = self.client().rows::<Value>(request);
            let mut known = KnownCurrencies::default();
            while let Some(row) = rows.try_next().await? {
                let id = row[currency.primary_id.as_str()].as_str().and_then(|id| Uuid::try_parse(id).ok());
                let Some(id) = id else { continue };
                let code = row[currency.code.as_str()].as_str();
                known.codes.extend(code.map(|code| (id, code.to_owned())));
                let places = currency.precision.as_ref().and_then(|column| row[column.as_str()].as_u64());
                known.decimals.extend(places.and_then(|places| Some((id, u32::try_from(places).ok()?))));
            }
            Ok(known)
        };
        self.0.currencies.0.get_or_try_init(read).await
    }

    /// Returns the id of the currency with the code `code`, and the number of decimal places of its amounts if it is
    /// known; `None` if the organisation does not have the currency.
    pub(super) async fn currency_of_code(
        &self,
        currency: &Currency,
        code: &str,
    ) -> Result<Option<(Uuid, Option<u32>)>> {
        let known = self.currencies(currency).await?;
        let id = known.codes.iter().find(|(_, known)| known.eq_ignore_ascii_case(code)).map(|(id, _)| *id);
        Ok(id.map(|id| (id, known.decimals.get(&id).copied())))
    }
}
