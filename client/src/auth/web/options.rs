//! Defines the options of one sign-in to a web application.

/// What the sign-in page shows, if it is not left to the sign-in service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// The person has to enter credentials, even if signed in already.
    Login,
    /// The page shows nothing. If the person cannot be signed in without interaction, the result is an error
    /// of the kind [`ErrorKind::NeedsSignIn`](crate::ErrorKind::NeedsSignIn).
    None,
    /// The person is asked to consent to what the application may do.
    Consent,
    /// The person selects one of several accounts.
    SelectAccount,
}

impl Prompt {
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::None => "none",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

/// The options of one sign-in, for [`WebSignIn::begin`](super::WebSignIn::begin). By default the sign-in
/// service decides what it shows: a person who is signed in to one account comes back without a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInOptions {
    pub(super) prompt: Option<Prompt>,
    pub(super) login_hint: Option<String>,
    pub(super) domain_hint: Option<String>,
    pub(super) form_post: bool,
}

impl SignInOptions {
    /// Creates options that leave everything to the sign-in service.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what the sign-in page shows.
    #[must_use]
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = Some(prompt);
        self
    }

    /// Sets the user name that the sign-in page suggests, such as `ann@contoso.com`.
    #[must_use]
    pub fn login_hint(mut self, user_name: impl Into<String>) -> Self {
        self.login_hint = Some(user_name.into());
        self
    }

    /// Sets the domain of the person's account, such as `contoso.com`. The sign-in page then does not ask for
    /// the user name before it shows the domain's own page.
    #[must_use]
    pub fn domain_hint(mut self, domain: impl Into<String>) -> Self {
        self.domain_hint = Some(domain.into());
        self
    }

    /// Requests that the browser comes back with a form (a POST request) instead of a query, so that the
    /// authorization code is not in the browser's history and in the logs of servers. The session's cookie
    /// needs `SameSite=None; Secure` then, because the form comes from the sign-in service's page.
    #[must_use]
    pub fn form_post(mut self) -> Self {
        self.form_post = true;
        self
    }
}
