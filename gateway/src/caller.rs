//! Who calls: the API key of a request, and the account that it may reach.
use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use secrecy::SecretString;

use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::store::{Account, ApiKey, Scope};

/// The maximum number of characters of the name of an account.
pub(crate) const MAX_NAME: usize = 200;

/// The header for the API key of clients that cannot set `Authorization`.
pub(crate) const API_KEY: &str = "x-api-key";

/// The caller of a request, by its API key.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub(crate) ApiKey);

impl Caller {
    /// Returns an error unless the key has the scope.
    pub(crate) fn require(&self, scope: Scope) -> Result<(), ApiError> {
        if self.0.has(scope) {
            return Ok(());
        }
        let message = format!("the API key has not the scope `{scope}`");
        Err(ApiError::new(StatusCode::FORBIDDEN, "missing_scope", message).with("scope", scope.name()))
    }

    /// Returns an account that the key reaches, by its id, or by its name if only one has it. Accounts of others are
    /// answered as if they did not exist.
    pub(crate) async fn account(&self, gateway: &Gateway, name: &str) -> Result<Account, ApiError> {
        let (store, tenant) = (gateway.store(), &self.0.tenant);
        if is_id(name)
            && self.0.reaches(name)
            && let Some(found) = store.account(tenant, name).await?
        {
            return Ok(found);
        }
        if !is_name(name) {
            return Err(ApiError::not_found("account"));
        }
        let mut named = store.accounts_named(tenant, name).await?;
        named.retain(|account| self.0.reaches(&account.id));
        if named.len() > 1 {
            let ids: Vec<&str> = named.iter().map(|account| account.id.as_str()).collect();
            let message = "several accounts have this name: use the id of one";
            return Err(
                ApiError::new(StatusCode::BAD_REQUEST, "ambiguous_account", message).with("account_ids", ids)
            );
        }
        named.pop().ok_or_else(|| ApiError::not_found("account"))
    }

    /// Returns an error if the key is for some accounts only, and so not for what concerns the whole tenant.
    pub(crate) fn require_all_accounts(&self) -> Result<(), ApiError> {
        if self.0.accounts.is_none() {
            return Ok(());
        }
        Err(ApiError::new(StatusCode::FORBIDDEN, "limited_key", "the API key is for some accounts only"))
    }
}

/// Returns whether a text has the form of an id of the store, so that no other text reaches the database.
pub(crate) fn is_id(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !text.is_empty() && text.len() <= 200 && text.chars().all(fits)
}

/// Returns whether a text can be the name of an account.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MAX_NAME && !text.chars().any(char::is_control)
}

/// Returns the API key in the headers; `None` if there is none, or more than one.
fn key_text(headers: &HeaderMap) -> Option<SecretString> {
    let mut values = headers.get_all(AUTHORIZATION).iter().chain(headers.get_all(API_KEY));
    let (value, None) = (values.next()?, values.next()) else { return None };
    let text = value.to_str().ok()?;
    let key = match text.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim(),
        Some(_) => return None,
        None => text,
    };
    Some(SecretString::from(key))
}

impl FromRequestParts<Gateway> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, ApiError> {
        let text = key_text(&parts.headers).ok_or_else(ApiError::unauthorized)?;
        let key = gateway.store().authenticate(&text, gateway.now()).await?;
        let key = key.ok_or_else(ApiError::unauthorized)?;
        tracing::Span::current().record("tenant", key.tenant.as_str()).record("key", key.id.as_str());
        Ok(Self(key))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_request_has_one_api_key() {
        let read = |headers: &[(&'static str, &str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, value.parse().unwrap());
            }
            key_text(&map).map(|key| key.expose_secret().to_owned())
        };
        assert_eq!(read(&[("authorization", "Bearer dvk_1")]).as_deref(), Some("dvk_1"));
        assert_eq!(read(&[("authorization", "bearer  dvk_1 ")]).as_deref(), Some("dvk_1"));
        assert_eq!(read(&[("x-api-key", "dvk_1")]).as_deref(), Some("dvk_1"));
        for wrong in [
            &[][..],
            &[("authorization", "Basic dvk_1")],
            &[("authorization", "Bearer a"), ("authorization", "Bearer b")],
            &[("authorization", "Bearer a"), ("x-api-key", "b")],
        ] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn ids_and_names_have_their_lengths_and_characters() {
        for (text, id, name) in [
            ("", false, false),
            ("acc_1", true, true),
            ("a-b.c_D9", true, true),
            ("Contoso AG", false, true),
            ("ä", false, true),
            ("a\n", false, false),
            ("a\0b", false, false),
            ("a/b", false, true),
            ("a%", false, true),
        ] {
            assert_eq!((is_id(text), is_name(text)), (id, name), "{text:?}");
        }
        for (length, fits) in [(1, true), (200, true), (201, false)] {
            assert_eq!(is_id(&"a".repeat(length)), fits, "{length}");
            assert_eq!(is_name(&"a".repeat(length)), fits, "{length}");
            assert_eq!(is_name(&"ä".repeat(length)), fits, "{length}");
        }
    }

    fn with(scopes: &[Scope], accounts: Option<&[&str]>) -> Caller {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let accounts = accounts.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
        Caller(ApiKey::for_tests("acme", scopes, accounts, at))
    }

    #[test]
    fn a_key_without_the_scope_is_told_which_one_it_needs() {
        let caller = with(&[Scope::ProxyRead], None);
        caller.require(Scope::ProxyRead).unwrap();
        let refused = caller.require(Scope::ProxyWrite).unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (403, "missing_scope"));
        assert_eq!(refused.message(), "the API key has not the scope `proxy.write`");
    }

    #[test]
    fn a_key_for_some_accounts_is_none_for_all() {
        with(&[], None).require_all_accounts().unwrap();
        for accounts in [&[][..], &["acc_1"]] {
            let refused = with(&[], Some(accounts)).require_all_accounts().unwrap_err();
            assert_eq!((refused.status().as_u16(), refused.code()), (403, "limited_key"));
        }
        assert!(with(&[], Some(&["acc_1"])).0.reaches("acc_1"));
        assert!(!with(&[], Some(&["acc_1"])).0.reaches("acc_2"));
        assert!(with(&[], None).0.reaches("acc_2"));
    }
}
