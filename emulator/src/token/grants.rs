//! Issues tokens for the OAuth 2.0 grants: client credentials, authorization code, refresh token and device
//! code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::form::{Fields, OauthError, field};
use super::{Caller, DEVICE_POLL_INTERVAL, DeviceSignIn, Grant, after, store_secret};
use crate::state::{ServerState, TENANT};

/// The time that refresh tokens are valid: 90 days.
const REFRESH_TOKEN_LIFETIME: std::time::Duration = std::time::Duration::from_secs(90 * 24 * 3600);

/// Returns the body of the response to a token request, or its refusal.
pub(super) fn grant(shared: &ServerState, form: &Fields) -> Result<Value, OauthError> {
    let client = field(form, "client_id")
        .ok_or_else(|| OauthError::new("invalid_request", "The request has no client_id."))?;
    match field(form, "grant_type") {
        Some("client_credentials") => {
            authenticate(shared, client, form, true)?;
            let scope = field(form, "scope").unwrap_or_default();
            check_scope(shared, scope, true)?;
            let caller = Caller { name: client.to_owned() };
            Ok(tokens(shared, Grant { client: client.to_owned(), caller, scope: scope.to_owned() }, false))
        }
        Some("authorization_code") => {
            authenticate(shared, client, form, false)?;
            code(shared, client, form)
        }
        Some("refresh_token") => {
            authenticate(shared, client, form, false)?;
            refresh(shared, client, form)
        }
        Some("urn:ietf:params:oauth:grant-type:device_code") => device(shared, client, form),
        Some(_) => Err(OauthError::new(
            "unsupported_grant_type",
            "The grant type is not one of those that are emulated.",
        )),
        None => Err(OauthError::new("invalid_request", "The request has no grant_type.")),
    }
}

/// Authenticates the application `client`. If `needed` is true, the form has to contain a secret or an
/// assertion. Assertions are not verified. Returns an error if the application is not known, or if its secret
/// is wrong or missing.
fn authenticate(shared: &ServerState, client: &str, form: &Fields, needed: bool) -> Result<(), OauthError> {
    let known = &shared.tokens.sign_in.applications;
    if !known.is_empty() && !known.contains_key(client) {
        return Err(OauthError::new(
            "unauthorized_client",
            "The application was not found in the directory.",
        ));
    }
    if let Some(assertion) = field(form, "client_assertion") {
        let ty = field(form, "client_assertion_type");
        let jwt = assertion.split('.').count() == 3;
        return if ty == Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") && jwt {
            Ok(())
        } else {
            Err(OauthError::new(
                "invalid_client",
                "The client_assertion is not a JWT, or its type is not jwt-bearer.",
            ))
        };
    }
    match (field(form, "client_secret"), known.get(client)) {
        (Some(given), Some(secret)) if given != secret => {
            Err(OauthError::new("invalid_client", "The client secret is not the right one."))
        }
        (None, _) if needed => Err(OauthError::new(
            "invalid_client",
            "The request has neither client_secret nor client_assertion.",
        )),
        _ => Ok(()),
    }
}

/// Checks that a scope belongs to this organisation. If `alone` is true, the application signs in without a
/// user, and the scope has to end in `/.default`. The error is `invalid_scope`.
pub(super) fn check_scope(shared: &ServerState, scope: &str, alone: bool) -> Result<(), OauthError> {
    let known = ["openid", "profile", "email", "offline_access"];
    let mut resources = scope.split_whitespace().filter(|s| !known.contains(s));
    let right = |s: &str| {
        let right = s.strip_prefix(&shared.url);
        right == Some("/.default") || right == Some("/user_impersonation") && !alone
    };
    match (resources.next(), resources.next()) {
        (Some(one), None) if right(one) => Ok(()),
        _ => Err(OauthError::new(
            "invalid_scope",
            format!("The scope is {0}/.default, or for users {0}/user_impersonation.", shared.url),
        )),
    }
}

/// Returns the body of a response with an access token and, if `refresh` is true, a refresh token.
fn tokens(shared: &ServerState, grant: Grant, refresh: bool) -> Value {
    let now = shared.clock.now();
    let access = shared.tokens.issue(grant.caller.clone(), now);
    let mut body = json!({
        "token_type": "Bearer",
        "expires_in": shared.tokens.sign_in.lifetime.as_secs(),
        "ext_expires_in": shared.tokens.sign_in.lifetime.as_secs(),
        "access_token": access,
    });
    if refresh && grant.scope.split_whitespace().any(|s| s == "openid") {
        body["id_token"] = id_token(shared, &grant).into();
    }
    if refresh && grant.scope.split_whitespace().any(|s| s == "offline_access") {
        body["scope"] = grant.scope.clone().into();
        body["refresh_token"] =
            store_secret(&mut shared.tokens.issued().refresh, grant, now, REFRESH_TOKEN_LIFETIME).into();
    }
    body
}

/// Returns a token that says who has signed in. It is not signed, as no signature is checked of a token that comes
/// from the token endpoint (OpenID Connect Core 1.0, 3.1.3.7).
fn id_token(shared: &ServerState, grant: &Grant) -> String {
    let now = shared.clock.now().as_second();
    let life = i64::try_from(shared.tokens.sign_in.lifetime.as_secs()).unwrap_or(i64::MAX);
    let name = &grant.caller.name;
    let person = shared.identity.directory_id(name);
    let claims = json!({
        "aud": grant.client,
        "iss": format!("{}/v2.0", shared.authority()),
        "iat": now,
        "exp": now.saturating_add(life),
        "oid": person.to_string(),
        "tid": TENANT,
        "sub": person.to_string(),
        "name": name,
        "preferred_username": name,
        "ver": "2.0",
    });
    let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}.", part(&json!({ "typ": "JWT", "alg": "none" })), part(&claims))
}

fn invalid_grant(why: &str) -> OauthError {
    OauthError::new("invalid_grant", why)
}

fn code(shared: &ServerState, client: &str, form: &Fields) -> Result<Value, OauthError> {
    let wanted =
        field(form, "code").ok_or_else(|| OauthError::new("invalid_request", "The request has no code."))?;
    // A code is valid once, whether or not the rest of the request is right.
    let held = shared.tokens.issued().codes.remove(wanted);
    let held = held.filter(|held| held.until > shared.clock.now());
    let code =
        held.ok_or_else(|| invalid_grant("The code is unknown, was used already, or has expired."))?.value;
    if code.grant.client != client || field(form, "redirect_uri") != Some(&code.redirect) {
        return Err(invalid_grant("The code was given to another client_id or redirect_uri."));
    }
    match (&code.challenge, field(form, "code_verifier")) {
        (None, _) => {}
        (Some(challenge), Some(verifier)) => {
            let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            if hash != *challenge {
                return Err(invalid_grant("The code_verifier does not match the code_challenge."));
            }
        }
        (Some(_), None) => return Err(invalid_grant("The request has no code_verifier.")),
    }
    Ok(tokens(shared, code.grant, true))
}

fn refresh(shared: &ServerState, client: &str, form: &Fields) -> Result<Value, OauthError> {
    let wanted = field(form, "refresh_token")
        .ok_or_else(|| OauthError::new("invalid_request", "The request has no refresh_token."))?;
    let now = shared.clock.now();
    let grant = {
        let issued = shared.tokens.issued();
        issued.refresh.get(wanted).filter(|held| held.until > now).map(|held| held.value.clone())
    };
    let grant = grant.filter(|grant| grant.client == client);
    let grant =
        grant.ok_or_else(|| invalid_grant("The refresh token is unknown, was revoked, or has expired."))?;
    if shared.tokens.sign_in.single_use_refresh_tokens
        && shared.tokens.issued().refresh.remove(wanted).is_none()
    {
        return Err(invalid_grant("The refresh token was used already."));
    }
    Ok(tokens(shared, grant, true))
}

fn device(shared: &ServerState, client: &str, form: &Fields) -> Result<Value, OauthError> {
    let wanted = field(form, "device_code")
        .ok_or_else(|| OauthError::new("invalid_request", "The request has no device_code."))?;
    let now = shared.clock.now();
    let grant = {
        let mut issued = shared.tokens.issued();
        let Some(held) = issued.devices.get_mut(wanted).filter(|held| held.value.grant.client == client)
        else {
            return Err(OauthError::new("bad_verification_code", "The device_code is unknown."));
        };
        if held.until <= now {
            return Err(OauthError::new("expired_token", "The device_code has expired."));
        }
        let device = &mut held.value;
        let too_soon = device.last.is_some_and(|last| after(last, DEVICE_POLL_INTERVAL) > now);
        device.last = Some(now);
        if too_soon {
            return Err(OauthError::new("slow_down", "The device asks too often."));
        }
        match shared.tokens.sign_in.device {
            DeviceSignIn::Decline => {
                return Err(OauthError::new("authorization_declined", "The user has declined."));
            }
            DeviceSignIn::After(times) if device.asked < times => {
                device.asked += 1;
                return Err(OauthError::new("authorization_pending", "The user has not signed in yet."));
            }
            DeviceSignIn::After(_) => {}
        }
        let grant = device.grant.clone();
        issued.devices.remove(wanted);
        grant
    };
    Ok(tokens(shared, grant, true))
}
