//! Defines [`Error`], what can go wrong when records are read and written.

use dvkit_diagnostic::suggest;

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a request for records.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The mapping has no such resource for this organisation.
    #[error("{0}")]
    UnknownResource(String),
    /// The request cannot be made: a field is unknown or not mapped, a value does not fit, or an option is out of
    /// range. Nothing was sent.
    #[error("{message}")]
    Invalid {
        /// The field that the request is wrong about; `None` if it is not about a field.
        field: Option<String>,
        /// What is wrong, and what to do instead.
        message: String,
    },
    /// The cursor was not made by this program for this account and this request, or was changed.
    #[error("{0}")]
    Cursor(String),
    /// There is no record with this id.
    #[error("`{resource}` has no record `{id}`")]
    NotFound {
        /// The resource.
        resource: String,
        /// The id.
        id: String,
    },
    /// The snapshot and the mapping do not fit together, or the snapshot cannot be read.
    #[error("{0}")]
    Organisation(dvkit::by_name::Error),
    /// The service refused the request, or cannot be reached.
    #[error(transparent)]
    Client(#[from] dvkit_client::Error),
}

impl From<dvkit::by_name::Error> for Error {
    fn from(error: dvkit::by_name::Error) -> Self {
        match error {
            dvkit::by_name::Error::Client(error) => Self::Client(error),
            other => Self::Organisation(other),
        }
    }
}

impl Error {
    /// Returns the error of a request about a field.
    pub(crate) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: Some(field.into()), message: message.into() }
    }

    /// Returns the error of a request that is wrong as a whole.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid { field: None, message: message.into() }
    }

    /// Returns the error that a resource has no such field.
    pub(crate) fn unknown_field<'n>(
        resource: &str,
        field: &str,
        candidates: impl IntoIterator<Item = &'n str>,
    ) -> Self {
        let closest = suggest::closest(field, candidates);
        let hint = closest.map_or_else(String::new, |closest| format!("; did you mean `{closest}`?"));
        Self::field(field, format!("`{resource}` has no field `{field}`{hint}"))
    }
}
