//! Reads the response of the sign-in page, which arrives as the query or the form of a redirected browser's
//! request.
use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::form_urlencoded;

use crate::auth::refusal::refused;
use crate::{Error, ErrorKind, Result};

/// The response of the sign-in page to a web application: the parameters of the request with which the
/// browser comes back. It contains an authorization code, which is a secret.
///
/// It can be deserialised, so that web frameworks read it from a query or a form, for example with
/// `axum::extract::Query<RedirectResponse>`. Other programs call [`RedirectResponse::parse`].
#[derive(Clone, Default, Deserialize)]
#[serde(from = "Parameters")]
pub struct RedirectResponse {
    code: Option<SecretString>,
    state: Option<SecretString>,
    error: Option<String>,
    error_description: Option<String>,
}

#[derive(Default, Deserialize)]
struct Parameters {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl From<Parameters> for RedirectResponse {
    fn from(parameters: Parameters) -> Self {
        let Parameters { code, state, error, error_description } = parameters;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            code: filled(code).map(SecretString::from),
            state: filled(state).map(SecretString::from),
            error: filled(error),
            error_description: filled(error_description),
        }
    }
}

impl RedirectResponse {
    /// Parses the query of the request, with or without its question mark, or the request's form.
    ///
    /// # Errors
    /// Returns an error of the kind [`ErrorKind::SignIn`] if a parameter is given twice.
    pub fn parse(query: &str) -> Result<Self> {
        let mut parameters = Parameters::default();
        for (name, value) in form_urlencoded::parse(query.strip_prefix('?').unwrap_or(query).as_bytes()) {
            let parameter = match &*name {
                "code" => &mut parameters.code,
                "state" => &mut parameters.state,
                "error" => &mut parameters.error,
                "error_description" => &mut parameters.error_description,
                _ => continue,
            };
            // RFC 6749, 3.1: a parameter must not be included more than once.
            if parameter.replace(value.into_owned()).is_some() {
                return Err(Error::new(
                    ErrorKind::SignIn,
                    format!("the response of the sign-in page contains `{name}` twice"),
                ));
            }
        }
        Ok(parameters.into())
    }

    /// Returns whether the response belongs to the sign-in with the state `state`. The time of the comparison
    /// does not depend on the characters of the states.
    pub(in crate::auth) fn has_state(&self, state: &str) -> bool {
        self.state.as_ref().is_some_and(|given| {
            verify_slices_are_equal(given.expose_secret().as_bytes(), state.as_bytes()).is_ok()
        })
    }

    /// Returns the authorization code; `None` if the response has neither a code nor an error. If it has an
    /// error, returns that. `person` is true if an error may have the kind [`ErrorKind::NeedsSignIn`].
    pub(in crate::auth) fn code(&self, person: bool) -> Result<Option<SecretString>> {
        match &self.error {
            Some(error) => Err(refused(error, self.error_description.as_deref(), person)),
            None => Ok(self.code.clone()),
        }
    }
}

impl fmt::Debug for RedirectResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The description may repeat anything.
        f.debug_struct("RedirectResponse")
            .field("has_code", &self.code.is_some())
            .field("has_error", &self.error.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn code(query: &str) -> Result<Option<String>> {
        let response = RedirectResponse::parse(query)?;
        assert!(response.has_state("st"), "{query}");
        Ok(response.code(true)?.map(|code| code.expose_secret().to_owned()))
    }

    #[test]
    fn a_response_is_read_from_a_query_or_a_form() {
        for query in
            ["?code=a%20b&state=st&session_state=x", "state=st&code=a+b", "code=a%20b&state=st&error="]
        {
            assert_eq!(code(query).unwrap(), Some("a b".to_owned()), "{query}");
        }
        assert_eq!(code("state=st").unwrap(), None);
        assert_eq!(code("state=st&code=").unwrap(), None);
        let error = code("state=st&code=x&error=access_denied&error_description=No%0Away").unwrap_err();
        assert_eq!(
            (error.kind(), error.code(), error.message()),
            (ErrorKind::SignIn, Some("access_denied"), "the sign-in was refused: No")
        );
        let error = code("state=st&error=interaction_required").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NeedsSignIn);
        for query in ["code=a&code=b&state=st", "code=a&state=st&state=st", "error=a&error=b&state=st"] {
            assert!(code(query).unwrap_err().message().contains("twice"), "{query}");
        }
        let response: RedirectResponse = serde_json::from_str(r#"{"code":"c","state":"st"}"#).unwrap();
        assert!(response.has_state("st") && !format!("{response:?}").contains("\"c\""));
        assert!(serde_json::from_str::<RedirectResponse>(r#"{"code":"c","code":"d"}"#).is_err());
    }

    #[test]
    fn a_response_without_the_very_state_is_recognised() {
        for query in ["code=a", "code=a&state=", "code=a&state=s", "code=a&state=stt", "code=a&state=ST"] {
            assert!(!RedirectResponse::parse(query).unwrap().has_state("st"), "{query}");
        }
        assert!(!RedirectResponse::parse("code=a&state=").unwrap().has_state(""));
    }
}
