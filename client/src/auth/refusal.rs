//! Reads the refusals of the sign-in service, and decides what they mean for a refresh token: whether it is
//! dead, or whether the person has to do something else first.
use std::fmt;

use oauth2::{ErrorResponse, ErrorResponseType, RequestTokenError, StandardErrorResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{MAX_CODE_LENGTH, truncate};
use crate::{Error, ErrorKind};

/// The maximum number of characters that a message quotes from the reason for a refused sign-in.
const MAX_REASON_LENGTH: usize = 500;

/// The error code of a refused refresh token or authorization code (RFC 6749, 5.2).
pub(super) const INVALID_GRANT: &str = "invalid_grant";
/// The error code if the person has to do something in an interactive sign-in, such as a second factor.
const INTERACTION_REQUIRED: &str = "interaction_required";
/// The error code if the person or an administrator has not consented to what the application asks for.
const CONSENT_REQUIRED: &str = "consent_required";
/// The error code if no person is signed in.
const LOGIN_REQUIRED: &str = "login_required";

/// The error response of the token endpoint. Its texts may repeat secrets; they are masked where the error
/// leaves the token source.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct TokenRefusal {
    error: String,
    #[serde(default)]
    error_description: Option<String>,
    /// Microsoft's classification of `invalid_grant`.
    #[serde(default)]
    suberror: Option<String>,
    /// The numbers of Microsoft's error codes, such as 65001 for `AADSTS65001`.
    #[serde(default)]
    error_codes: Value,
}

impl ErrorResponse for TokenRefusal {}

impl fmt::Display for TokenRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

/// An error response, in the forms of the token endpoint and of the device code endpoints.
pub(super) trait Refusal {
    /// Returns the error code.
    fn code(&self) -> String;
    /// Returns the reason; `None` if the response gives none.
    fn reason(&self) -> Option<&str>;
}

impl Refusal for TokenRefusal {
    /// Returns the error code. Microsoft's service responds with `invalid_grant` in more cases than that of a
    /// refresh token that is no longer valid: if consent is missing (65001), or if a second factor is
    /// required (50076) or has to be registered (50079). The code is then the one that OpenID Connect has for
    /// it, because the refresh token remains valid.
    ///
    /// <https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>,
    /// <https://learn.microsoft.com/en-us/dotnet/api/microsoft.identity.client.uirequiredexceptionclassification>
    fn code(&self) -> String {
        let has = |number: i64| {
            self.error_codes
                .as_array()
                .is_some_and(|all| all.iter().any(|code| code.as_i64() == Some(number)))
        };
        let suberror = self.suberror.as_deref().unwrap_or_default();
        let code = match self.error.as_str() {
            INVALID_GRANT if suberror == CONSENT_REQUIRED || has(65001) => CONSENT_REQUIRED,
            INVALID_GRANT
                if matches!(suberror, "basic_action" | "additional_action" | "message_only")
                    || has(50076)
                    || has(50079) =>
            {
                INTERACTION_REQUIRED
            }
            error => error,
        };
        code.to_owned()
    }

    fn reason(&self) -> Option<&str> {
        self.error_description.as_deref()
    }
}

impl<T: ErrorResponseType + fmt::Display + 'static> Refusal for StandardErrorResponse<T> {
    fn code(&self) -> String {
        self.error().to_string()
    }

    fn reason(&self) -> Option<&str> {
        self.error_description().map(String::as_str)
    }
}

/// Returns the error of a refused sign-in. `reason` is the text of the service; its first line is quoted, as
/// the further lines contain only ids. The code decides the kind.
pub(super) fn refused(code: &str, reason: Option<&str>, person: bool) -> Error {
    let code = truncate(&readable(code), MAX_CODE_LENGTH);
    let reason = readable(reason.unwrap_or_default().trim_start().lines().next().unwrap_or_default());
    let reason = truncate(&reason, MAX_REASON_LENGTH);
    let needs_person =
        matches!(code.as_str(), INVALID_GRANT | INTERACTION_REQUIRED | LOGIN_REQUIRED | CONSENT_REQUIRED);
    let kind = if person && needs_person { ErrorKind::NeedsSignIn } else { ErrorKind::SignIn };
    let says = if reason.is_empty() { &code } else { &reason };
    // https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow (error codes)
    let transient = matches!(code.as_str(), "temporarily_unavailable" | "server_error");
    let message = format!("the sign-in was refused: {says}");
    Error::new(kind, message).with_code(Some(code)).with_transient(transient)
}

/// Returns a text without invisible characters that change how the text around them is shown.
fn readable(text: &str) -> String {
    let is_invisible = |c: char| matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    text.chars().filter(|c| !is_invisible(*c)).collect()
}

/// Returns whether the error means that the refresh token is no longer valid. Other errors of the kind
/// [`ErrorKind::NeedsSignIn`] leave it valid.
pub(super) fn is_dead_token(error: &Error) -> bool {
    error.kind() == ErrorKind::NeedsSignIn && error.code() == Some(INVALID_GRANT)
}

/// Returns whether the error affects one organisation only: consent or an interaction is required for this
/// organisation, while the refresh token is valid for others.
pub(super) fn is_of_one_organisation(error: &Error) -> bool {
    error.kind() == ErrorKind::NeedsSignIn
        && matches!(error.code(), Some(INTERACTION_REQUIRED | CONSENT_REQUIRED))
}

/// Converts an error of the OAuth library. `person` is true if the error code `invalid_grant` means that a
/// person has to sign in again. Secrets in the message are masked where the error leaves the token source.
pub(super) fn convert_error<R>(error: RequestTokenError<Error, R>, person: bool) -> Error
where
    R: ErrorResponse + Refusal + 'static,
{
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(refusal) => refused(&refusal.code(), refusal.reason(), person),
        // The error of the parser contains the response, and with it perhaps a token.
        RequestTokenError::Parse(..) => Error::new(
            ErrorKind::SignIn,
            "the sign-in service responded with neither a token nor a reason: is a proxy in between?",
        ),
        RequestTokenError::Other(why) => Error::new(
            ErrorKind::SignIn,
            format!("the sign-in failed: {}", truncate(&why, MAX_REASON_LENGTH)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn error(response: &str) -> Error {
        let refusal: TokenRefusal = serde_json::from_str(response).unwrap();
        refused(&refusal.code(), refusal.reason(), true)
    }

    #[test]
    fn only_a_token_that_is_no_longer_valid_is_dead() {
        for (response, code, dead, one) in [
            (r#"{"error":"invalid_grant"}"#, "invalid_grant", true, false),
            (r#"{"error":"invalid_grant","suberror":"bad_token"}"#, "invalid_grant", true, false),
            (r#"{"error":"invalid_grant","suberror":"token_expired"}"#, "invalid_grant", true, false),
            (r#"{"error":"invalid_grant","suberror":"consent_required"}"#, "consent_required", false, true),
            (r#"{"error":"invalid_grant","suberror":"basic_action"}"#, "interaction_required", false, true),
            (r#"{"error":"invalid_grant","error_codes":[65001]}"#, "consent_required", false, true),
            (r#"{"error":"invalid_grant","error_codes":[50076,1]}"#, "interaction_required", false, true),
            (r#"{"error":"invalid_grant","error_codes":[700082]}"#, "invalid_grant", true, false),
            (r#"{"error":"invalid_grant","error_codes":"odd"}"#, "invalid_grant", true, false),
            (r#"{"error":"interaction_required"}"#, "interaction_required", false, true),
            (r#"{"error":"login_required"}"#, "login_required", false, false),
        ] {
            let error = error(response);
            assert_eq!((error.kind(), error.code()), (ErrorKind::NeedsSignIn, Some(code)), "{response}");
            assert_eq!((is_dead_token(&error), is_of_one_organisation(&error)), (dead, one), "{response}");
        }
        let error = error(r#"{"error":"invalid_client","error_description":"no"}"#);
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(!is_dead_token(&error) && !error.is_transient());
        assert!(refused("temporarily_unavailable", None, true).is_transient());
    }

    #[test]
    fn a_reason_is_shown_on_one_line_without_invisible_characters() {
        let reason = "AADSTS65004: the user\u{7}\u{202E} declined.\r\nTrace ID: 1\r\nTimestamp: 2";
        let error = refused("access_denied", Some(reason), true);
        assert_eq!(error.message(), "the sign-in was refused: AADSTS65004: the user  declined.");
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert_eq!(
            refused("access_denied", Some(""), true).message(),
            "the sign-in was refused: access_denied"
        );
        assert!(refused("x", Some(&"long ".repeat(1000)), true).message().chars().count() < 600);
    }

    #[test]
    fn the_kind_of_a_refusal_depends_on_who_signs_in_and_its_code() {
        for (code, person, kind, transient) in [
            ("invalid_grant", true, ErrorKind::NeedsSignIn, false),
            ("invalid_grant", false, ErrorKind::SignIn, false),
            ("interaction_required", true, ErrorKind::NeedsSignIn, false),
            ("consent_required", true, ErrorKind::NeedsSignIn, false),
            ("login_required", true, ErrorKind::NeedsSignIn, false),
            ("login_required", false, ErrorKind::SignIn, false),
            ("invalid_client", true, ErrorKind::SignIn, false),
            ("invalid_scope", true, ErrorKind::SignIn, false),
            ("temporarily_unavailable", true, ErrorKind::SignIn, true),
            ("server_error", false, ErrorKind::SignIn, true),
        ] {
            let error = refused(code, None, person);
            assert_eq!((error.kind(), error.is_transient()), (kind, transient), "{code} {person}");
            assert_eq!(error.code(), Some(code));
        }
        for (suberror, code) in [
            ("basic_action", "interaction_required"),
            ("additional_action", "interaction_required"),
            ("message_only", "interaction_required"),
            ("consent_required", "consent_required"),
            ("bad_token", "invalid_grant"),
        ] {
            let error = error(&format!(r#"{{"error":"invalid_grant","suberror":"{suberror}"}}"#));
            assert_eq!(error.code(), Some(code), "{suberror}");
        }
        assert_eq!(
            error(r#"{"error":"invalid_grant","error_codes":[50079]}"#).code(),
            Some("interaction_required")
        );
        // Only a refused grant is looked at more closely.
        assert_eq!(
            error(r#"{"error":"invalid_client","error_codes":[65001]}"#).code(),
            Some("invalid_client")
        );
        assert_eq!(
            error(r#"{"error":"invalid_client","suberror":"basic_action"}"#).code(),
            Some("invalid_client")
        );
        assert!(!is_dead_token(&refused("invalid_grant", None, false)));
        assert!(!is_of_one_organisation(&refused("consent_required", None, false)));
    }
}
