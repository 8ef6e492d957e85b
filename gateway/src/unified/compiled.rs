//! The model as it was compiled for each account, until the account's snapshot changes.
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dvkit_client::Client;
use http::StatusCode;
use tokio::sync::OnceCell;

use super::{Unified, UnifiedAccount, UnifiedError, UnifiedModel, UnifiedResult};
use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::store::Account;

/// The maximum number of accounts whose compiled model is kept. The one that was not used for the longest time is
/// dropped first.
const MAX_COMPILED: usize = 2_000;

/// The compiled models of the accounts.
#[derive(Default)]
pub(crate) struct Compiled(Mutex<Models>);

#[derive(Default)]
struct Models {
    by_account: HashMap<String, Entry>,
    uses: u64,
}

struct Entry {
    /// The digest of the snapshot, and the version of the account, for which the model was compiled.
    made_for: (String, i64),
    opened: Arc<Opened>,
    used: u64,
}

/// A model once it is compiled, or why it does not fit the organisation: that takes as long to find out, and stays so until
/// the snapshot is another one. Callers who come at the same time wait for one of them.
type Opened = OnceCell<Result<Arc<dyn Unified>, String>>;

impl Compiled {
    fn models(&self) -> MutexGuard<'_, Models> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops the model of an account.
    pub(crate) fn forget(&self, account: &str) {
        self.models().by_account.remove(account);
    }

    /// Returns the place of the model of an account, which is empty if it was compiled for something else.
    fn place(&self, account: &str, made_for: (String, i64)) -> Arc<Opened> {
        let mut models = self.models();
        models.uses += 1;
        let used = models.uses;
        if let Some(entry) = models.by_account.get_mut(account).filter(|entry| entry.made_for == made_for) {
            entry.used = used;
            return Arc::clone(&entry.opened);
        }
        if models.by_account.len() >= MAX_COMPILED && !models.by_account.contains_key(account) {
            let oldest = models.by_account.iter().min_by_key(|(_, entry)| entry.used);
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                models.by_account.remove(&oldest);
            }
        }
        let opened = Arc::default();
        let entry = Entry { made_for, opened: Arc::clone(&opened), used };
        models.by_account.insert(account.to_owned(), entry);
        opened
    }
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled").field("accounts", &self.models().by_account.len()).finish()
    }
}

impl Gateway {
    /// Returns the model for an account, compiled against its snapshot. If there is no snapshot yet, it is fetched.
    pub(crate) async fn unified(&self, account: &Account) -> Result<Arc<dyn Unified>, ApiError> {
        let Some(model) = self.model() else {
            let message = "this gateway has no model: use `/proxy/<account>/…`";
            return Err(ApiError::new(StatusCode::NOT_FOUND, "no_model", message));
        };
        let client = self.connections().client(self, account).await?;
        let digest = match self.store().snapshot_digest(&account.id).await? {
            Some(digest) => digest,
            None => self.refresh_snapshot(account).await?.digest,
        };
        let place = self.compiled().place(&account.id, (digest, account.version));
        let opened = place.get_or_try_init(|| self.open_model(model, account, client)).await?;
        match opened {
            Ok(opened) => Ok(Arc::clone(opened)),
            Err(message) => self.of_model(account, Err(UnifiedError::Organisation(message.clone()))).await,
        }
    }

    /// Compiles the model against the snapshot of an account. The result is a message if the model does not fit it.
    async fn open_model(
        &self,
        model: &Arc<dyn UnifiedModel>,
        account: &Account,
        client: Client,
    ) -> Result<Result<Arc<dyn Unified>, String>, ApiError> {
        let schema = self.schema(&account.id).await?;
        let schema = schema.ok_or_else(|| ApiError::not_found("account"))?;
        let opened = UnifiedAccount {
            id: account.id.clone(),
            name: account.name.clone(),
            schema: Arc::new(schema),
            client,
            cursor_keys: self.store().keys().cursor_keys(),
        };
        let model = Arc::clone(model);
        let opened = tokio::task::spawn_blocking(move || model.open(opened)).await;
        match opened.map_err(|_| ApiError::internal())? {
            Ok(opened) => Ok(Ok(opened)),
            Err(UnifiedError::Organisation(message)) => Ok(Err(message)),
            Err(error) => Err(self.unified_failed(account, error).await),
        }
    }

    /// Returns the model's result, with an error as the gateway answers it.
    pub(crate) async fn of_model<T>(
        &self,
        account: &Account,
        result: UnifiedResult<T>,
    ) -> Result<T, ApiError> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => Err(self.unified_failed(account, error).await),
        }
    }

    /// Converts an error of the model.
    async fn unified_failed(&self, account: &Account, error: UnifiedError) -> ApiError {
        match error {
            UnifiedError::UnknownResource(message) => {
                ApiError::new(StatusCode::NOT_FOUND, "unknown_resource", message)
            }
            UnifiedError::Invalid { field, message } => {
                let error = ApiError::new(StatusCode::BAD_REQUEST, "invalid", message);
                match field {
                    Some(field) => error.with("field", field),
                    None => error,
                }
            }
            UnifiedError::Cursor(message) => ApiError::new(StatusCode::BAD_REQUEST, "cursor", message),
            UnifiedError::NotFound => ApiError::not_found("record"),
            UnifiedError::Organisation(message) => {
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "mapping", message)
            }
            UnifiedError::Client(error) => self.request_failed(account, &error).await,
        }
    }
}
