//! Reads an id token, which says who has signed in.
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::auth::UserKey;
use crate::auth::authority::Authority;
use crate::{Error, ErrorKind, Result};

/// The largest difference between the clocks of this machine and the sign-in service that is tolerated, in
/// seconds.
const MAX_CLOCK_SKEW_SECONDS: i64 = 5 * 60;

/// The tenants that stand for all tenants of a kind, in the URL of a sign-in page.
const SHARED_TENANTS: &[&str] = &["common", "organizations", "consumers"];

/// A person, as an id token says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) key: UserKey,
    pub(super) name: Option<String>,
    pub(super) user_name: Option<String>,
}

/// The claims of an id token
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference>).
#[derive(Deserialize)]
struct Claims {
    aud: Value,
    iss: String,
    exp: i64,
    oid: Option<String>,
    tid: Option<String>,
    name: Option<String>,
    preferred_username: Option<String>,
}

/// Returns the person of the id token in a response of `authority` to the application `client_id`.
///
/// The signature is not checked, because the token comes from the token endpoint over TLS, which vouches for
/// its issuer (OpenID Connect Core 1.0, 3.1.3.7, item 6).
///
/// # Errors
/// Returns an error if the token is not an id token, if it has expired, or if it is for another application or
/// another tenant. The message does not quote the token.
pub(super) fn person(token: &str, client_id: &str, authority: &Authority, now: Timestamp) -> Result<Person> {
    let wrong = |what: &str| {
        Error::new(ErrorKind::SignIn, format!("the sign-in service does not say who has signed in: {what}"))
    };
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong("its id token is not a JSON Web Token"));
    };
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok();
    let claims: Option<Claims> = payload.and_then(|payload| serde_json::from_slice(&payload).ok());
    let claims = claims.ok_or_else(|| wrong("its id token has not the usual claims"))?;
    let is_for = |audience: &Value| audience.as_str() == Some(client_id);
    if !is_for(&claims.aud) && !claims.aud.as_array().is_some_and(|all| all.iter().any(is_for)) {
        return Err(wrong("its id token is for another application"));
    }
    if claims.exp < now.as_second().saturating_sub(MAX_CLOCK_SKEW_SECONDS) {
        return Err(wrong("its id token has expired; is the clock of this machine right?"));
    }
    // The profile scope is required for the object id.
    let (Some(object_id), Some(tenant_id)) = (claims.oid, claims.tid) else {
        return Err(wrong("its id token has no claims `oid` and `tid`"));
    };
    let key = UserKey::new(&object_id, &tenant_id).map_err(|_| wrong("its id token has odd ids"))?;
    // The issuer is the sign-in service's URL with the tenant's id.
    let issuer = Url::parse(&claims.iss).ok();
    let tenant = issuer.as_ref().and_then(|issuer| issuer.path_segments()?.next());
    if !tenant.is_some_and(|tenant| tenant.eq_ignore_ascii_case(key.tenant_id())) {
        return Err(wrong("its id token is issued by another tenant"));
    }
    let asked = authority.tenant.as_str();
    let is_id =
        !asked.contains('.') && !SHARED_TENANTS.iter().any(|shared| asked.eq_ignore_ascii_case(shared));
    if is_id && !asked.eq_ignore_ascii_case(key.tenant_id()) {
        return Err(wrong("its id token is of another tenant than was asked for"));
    }
    Ok(Person { key, name: claims.name, user_name: claims.preferred_username })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::auth::Cloud;

    const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    fn token(claims: &Value) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode("{}"), URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    fn read(claims: &Value, tenant: &str) -> Result<Person> {
        let authority = Authority::of_cloud(Cloud::Public, tenant).unwrap();
        person(&token(claims), "app", &authority, Timestamp::from_second(1_000_000).unwrap())
    }

    #[test]
    fn an_id_token_says_who_has_signed_in() {
        let claims = json!({
            "aud": "app", "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "exp": 1_000_001,
            "oid": "AAAA", "tid": TENANT, "name": "Ann", "preferred_username": "ann@contoso.com", "sub": "x",
        });
        for tenant in ["organizations", "common", "contoso.onmicrosoft.com", TENANT, &TENANT.to_uppercase()] {
            let person = read(&claims, tenant).unwrap();
            assert_eq!(person.key.to_string(), format!("aaaa.{TENANT}"));
            assert_eq!(
                (person.name.as_deref(), person.user_name.as_deref()),
                (Some("Ann"), Some("ann@contoso.com"))
            );
        }
        assert!(
            read(&claims, "00000000-0000-0000-0000-000000000000")
                .unwrap_err()
                .message()
                .contains("another tenant")
        );
        for (claim, value) in [
            ("aud", json!("other")),
            ("aud", json!(["other"])),
            ("aud", json!(null)),
            ("exp", json!(1_000_000 - 301)),
            ("exp", json!("soon")),
            ("iss", json!("https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0")),
            ("iss", json!("nonsense")),
            ("oid", json!(null)),
            ("oid", json!("../x")),
            ("tid", json!(null)),
            ("tid", json!("00000000-0000-0000-0000-000000000000")),
        ] {
            let mut claims = claims.clone();
            claims[claim] = value.clone();
            let error = read(&claims, "organizations").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignIn, "{claim} {value}");
            assert!(error.message().contains("does not say who"), "{error}");
        }
        let authority = Authority::of_cloud(Cloud::Public, "common").unwrap();
        for text in ["", "a.b", "a.b.c", "a.b.c.d", &format!("{}.x", token(&claims))] {
            let error = person(text, "app", &authority, Timestamp::UNIX_EPOCH).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignIn, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_id_token_is_said() {
        let claims = json!({
            "aud": ["other", "app"], "iss": format!("https://login.microsoftonline.com/{}/v2.0", TENANT.to_uppercase()),
            "exp": 1_000_000 - 300, "oid": "AAAA", "tid": TENANT,
        });
        // The token may have expired five minutes ago, it may be for several applications, and nobody needs a name.
        let person = read(&claims, "contoso.com").unwrap();
        assert_eq!((person.name, person.user_name), (None, None));
        for (claim, value, tenant, why) in [
            ("aud", json!(["other"]), "common", "its id token is for another application"),
            ("aud", json!("appl"), "common", "its id token is for another application"),
            (
                "exp",
                json!(1_000_000 - 301),
                "common",
                "its id token has expired; is the clock of this machine right?",
            ),
            ("exp", json!("soon"), "common", "its id token has not the usual claims"),
            ("oid", Value::Null, "common", "its id token has no claims `oid` and `tid`"),
            ("tid", Value::Null, "common", "its id token has no claims `oid` and `tid`"),
            ("oid", json!("a b"), "common", "its id token has odd ids"),
            ("tid", json!("other"), "common", "its id token is issued by another tenant"),
            (
                "iss",
                json!("https://login.microsoftonline.com/"),
                "common",
                "its id token is issued by another tenant",
            ),
            ("iss", json!("data:x"), "common", "its id token is issued by another tenant"),
            ("name", json!("Ann"), "other", "its id token is of another tenant than was asked for"),
            ("name", json!("Ann"), "commons", "its id token is of another tenant than was asked for"),
        ] {
            let mut claims = claims.clone();
            claims[claim] = value.clone();
            let error = read(&claims, tenant).unwrap_err();
            let message = format!("the sign-in service does not say who has signed in: {why}");
            assert_eq!(
                (error.kind(), error.message()),
                (ErrorKind::SignIn, message.as_str()),
                "{claim} {value}"
            );
        }
        for tenant in ["COMMON", "Organizations", "consumers", "contoso.com"] {
            assert!(read(&claims, tenant).is_ok(), "{tenant}");
        }
        let authority = Authority::of_cloud(Cloud::Public, "common").unwrap();
        for (text, why) in [
            ("a.b", "its id token is not a JSON Web Token"),
            ("a.b.c.d", "its id token is not a JSON Web Token"),
            ("a.b.c", "its id token has not the usual claims"),
            ("a.e30.c", "its id token has not the usual claims"),
        ] {
            let error = person_of(text, &authority).unwrap_err();
            assert!(error.message().ends_with(why), "{text}: {error}");
        }
        // Padding is ignored.
        let padded = token(&claims).replace(".c2ln", "==.c2ln");
        assert!(person_of(&padded, &authority).is_ok());
    }

    fn person_of(token: &str, authority: &Authority) -> Result<Person> {
        person(token, "app", authority, Timestamp::from_second(1_000_000).unwrap())
    }
}
