//! Says who signs in: a person of a tenant, an application, and the event that a person has to sign in again.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Audience;
use crate::{Error, ErrorKind, Result};

/// The maximum length of an object id or a tenant id. Both are GUIDs.
const MAX_ID_LENGTH: usize = 64;

/// The key of a person who has signed in to a tenant: the person's object id and the tenant's id. Both never
/// change, and are not used again for another person. A guest of several tenants has a key in each.
///
/// The text form, which is also the serialised form, is `<object id>.<tenant id>`. The key is not a secret,
/// but whoever can choose the key in a session of a web application acts as that person: keep it in a session
/// that a browser cannot change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserKey {
    object_id: String,
    tenant_id: String,
}

impl UserKey {
    /// Creates the key of the person with the id `object_id` in the tenant with the id `tenant_id`.
    ///
    /// # Errors
    /// Returns an error of the kind [`ErrorKind::SignIn`] if an id has other characters than letters, digits
    /// and hyphens, or if it is empty.
    pub fn new(object_id: &str, tenant_id: &str) -> Result<Self> {
        let id = |text: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if text.is_empty() || text.len() > MAX_ID_LENGTH || !text.chars().all(fits) {
                return Err(Error::new(
                    ErrorKind::SignIn,
                    "the key of a person consists of an object id and a tenant id, like `<guid>.<guid>`; this one does not",
                ));
            }
            Ok(text.to_ascii_lowercase())
        };
        Ok(Self { object_id: id(object_id)?, tenant_id: id(tenant_id)? })
    }

    /// Returns the id of the person's object in the directory of the tenant (the claim `oid`). Dataverse has
    /// it in the column `azureactivedirectoryobjectid` of the table `systemuser`.
    #[must_use]
    pub fn object_id(&self) -> &str {
        &self.object_id
    }

    /// Returns the id of the tenant to which the person has signed in (the claim `tid`).
    #[must_use]
    pub fn tenant_id(&self) -> &str {
        &self.tenant_id
    }
}

impl fmt::Display for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.object_id, self.tenant_id)
    }
}

impl FromStr for UserKey {
    type Err = Error;

    /// Parses `<object id>.<tenant id>`.
    fn from_str(text: &str) -> Result<Self> {
        let (object_id, tenant_id) = text.split_once('.').unwrap_or((text, ""));
        Self::new(object_id, tenant_id)
    }
}

impl Serialize for UserKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UserKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Who signs in with a token source, as far as the source knows it. Nothing in it is secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The id of the application.
    pub application: Option<String>,
    /// The tenant, by id or domain.
    pub tenant: Option<String>,
    /// The name that the program has given to the person
    /// ([`Credentials::person`](super::Credentials::person)); for a person who has signed in to a web
    /// application the user name, such as `ann@contoso.com`, if it is known in this process.
    pub person: Option<String>,
    /// The key of a person who has signed in to a web application.
    pub user: Option<UserKey>,
}

impl Identity {
    /// Sets the id of the application.
    #[must_use]
    pub fn with_application(mut self, id: impl Into<String>) -> Self {
        self.application = Some(id.into());
        self
    }

    /// Sets the tenant, by id or domain.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Sets the name of the person.
    #[must_use]
    pub fn with_person(mut self, name: impl Into<String>) -> Self {
        self.person = Some(name.into());
        self
    }

    /// Sets the key of the person.
    #[must_use]
    pub fn with_user(mut self, key: UserKey) -> Self {
        self.user = Some(key);
        self
    }
}

impl fmt::Display for Identity {
    /// Writes, for example, `ann@contoso.com (app 1f2e in tenant contoso.com)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.person, &self.user) {
            (Some(name), _) => f.write_str(name)?,
            (None, Some(key)) => write!(f, "user {}", key.object_id())?,
            (None, None) => f.write_str("the account")?,
        }
        match (&self.application, &self.tenant) {
            (Some(application), Some(tenant)) => write!(f, " (app {application} in tenant {tenant})"),
            (Some(application), None) => write!(f, " (app {application})"),
            (None, Some(tenant)) => write!(f, " (tenant {tenant})"),
            (None, None) => Ok(()),
        }
    }
}

/// The event that a person has to sign in again before an account can get tokens. It contains nothing secret.
///
/// The text form says who has to sign in and why, for logs and notifications.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignInRequired {
    /// The account's person, application and tenant.
    pub identity: Identity,
    /// The organisation for which a token was requested.
    pub organisation: Audience,
    /// Whether the account gets no token for any organisation, because its refresh token is missing or no
    /// longer valid. Otherwise only this organisation is affected, for example because consent is missing.
    pub all_organisations: bool,
    /// The reason: an error of the kind [`ErrorKind::NeedsSignIn`].
    pub error: Error,
}

impl fmt::Display for SignInRequired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} has to sign in again for {}: {}",
            self.identity,
            self.organisation.resource(),
            self.error
        )
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_key_of_a_person_is_read_from_its_text() {
        let key = UserKey::new("AAAA-1", "bbbb-2").unwrap();
        assert_eq!(key.to_string(), "aaaa-1.bbbb-2");
        assert_eq!(key.to_string().parse::<UserKey>().unwrap(), key);
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(json, "\"aaaa-1.bbbb-2\"");
        assert_eq!(serde_json::from_str::<UserKey>(&json).unwrap(), key);
        for text in ["", ".", "a", "a.", ".b", "a.b.c", "a/../x.b", "a.b\n", &format!("{}.b", "a".repeat(65))]
        {
            assert_eq!(text.parse::<UserKey>().unwrap_err().kind(), ErrorKind::SignIn, "{text}");
        }
    }

    #[test]
    fn an_event_says_who_has_to_sign_in() {
        let identity = Identity::default().with_application("app").with_tenant("contoso.com");
        let mut event = SignInRequired {
            identity,
            organisation: Audience::of(&"https://contoso.crm4.dynamics.com/".parse().unwrap()),
            all_organisations: true,
            error: Error::new(ErrorKind::NeedsSignIn, "expired"),
        };
        let org = "https://contoso.crm4.dynamics.com";
        assert_eq!(
            event.to_string(),
            format!("the account (app app in tenant contoso.com) has to sign in again for {org}: expired")
        );
        event.identity = Identity::default().with_user(UserKey::new("a", "b").unwrap());
        assert_eq!(event.to_string(), format!("user a has to sign in again for {org}: expired"));
        event.identity = event.identity.with_person("ann@contoso.com");
        assert_eq!(event.to_string(), format!("ann@contoso.com has to sign in again for {org}: expired"));
    }

    #[test]
    fn an_id_has_at_most_64_letters_digits_and_hyphens() {
        let longest = "a".repeat(64);
        for (object_id, tenant_id, fits) in [
            (longest.as_str(), longest.as_str(), true),
            (&format!("{longest}a"), "b", false),
            ("a", &format!("{longest}a"), false),
            ("a", "b_c", false),
            ("a b", "c", false),
            ("ä", "b", false),
            ("0-9", "A-Z", true),
        ] {
            match UserKey::new(object_id, tenant_id) {
                Ok(key) => {
                    assert!(fits, "{object_id} {tenant_id}");
                    let ids = (object_id.to_lowercase(), tenant_id.to_lowercase());
                    assert_eq!((key.object_id(), key.tenant_id()), (ids.0.as_str(), ids.1.as_str()));
                }
                Err(error) => {
                    assert!(!fits, "{object_id} {tenant_id}: {error}");
                    assert_eq!(
                        error.message(),
                        "the key of a person consists of an object id and a tenant id, like `<guid>.<guid>`; this one does not"
                    );
                }
            }
        }
        assert!(serde_json::from_str::<UserKey>("\"a\"").is_err());
    }

    #[test]
    fn an_identity_shows_what_is_known_of_it() {
        let nobody = Identity::default;
        let key = UserKey::new("o1", "t1").unwrap();
        for (identity, text) in [
            (nobody(), "the account"),
            (nobody().with_application("app"), "the account (app app)"),
            (nobody().with_tenant("t"), "the account (tenant t)"),
            (nobody().with_application("app").with_tenant("t"), "the account (app app in tenant t)"),
            (nobody().with_user(key.clone()), "user o1"),
            (nobody().with_user(key.clone()).with_tenant("t"), "user o1 (tenant t)"),
            (nobody().with_person("Ann"), "Ann"),
            (nobody().with_person("Ann").with_user(key).with_application("app"), "Ann (app app)"),
        ] {
            assert_eq!(identity.to_string(), text);
        }
    }
}
