//! Defines the error of code generation, which build scripts return from `main`.

use std::fmt;
use std::io;
use std::path::PathBuf;

use dvkit_diagnostic::printable::line;
use dvkit_schema::StoreError;

use crate::registry::RegistryError;

/// An error of code generation. `main` of a build script can return it.
///
/// cargo prints the `Debug` of the error that `main` returns. Therefore `Debug` is a message for people, in
/// which control characters of names from a snapshot are escaped.
#[non_exhaustive]
pub enum Error {
    /// The snapshot cannot be read.
    Snapshot(StoreError),
    /// The configuration has mistakes: it names things that are not in the snapshot, or contradicts itself.
    /// There is one message per mistake.
    Configuration(Vec<String>),
    /// The program is not a build script: an environment variable is missing that cargo sets for build
    /// scripts.
    NoBuildScript {
        /// The name of the missing variable: `OUT_DIR`.
        variable: &'static str,
    },
    /// The registration of the schema for the macros cannot be written.
    Registry(RegistryError),
    /// A file or folder cannot be read or written.
    Io {
        /// The path of the file or folder that cannot be read or written.
        path: PathBuf,
        /// The operation that failed, as a verb for the message: `read`.
        action: &'static str,
        /// The error of the file system.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, action, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Snapshot(e @ StoreError::Missing { .. }) => write!(
                f,
                "{}\n  import one with `dvkit schema import FILE… -o schema`, and name its folder: `.from_dir(\"schema\")`",
                line(&e.to_string())
            ),
            Self::Snapshot(e) => line(&e.to_string()).fmt(f),
            Self::Configuration(problems) => match &problems[..] {
                [one] => line(one).fmt(f),
                all => {
                    write!(f, "{} mistakes in the configuration", all.len())?;
                    all.iter().try_for_each(|p| write!(f, "\n  {}", line(p)))
                }
            },
            Self::NoBuildScript { variable } => write!(
                f,
                "`{variable}` is not set: `register()` is for build.rs; elsewhere use `generate()`, or the command \
                 `dvkit generate`"
            ),
            Self::Registry(e) => line(&e.to_string()).fmt(f),
            Self::Io { path, action, source } => {
                write!(f, "cannot {action} `{}`: {source}", line(&path.to_string_lossy()))
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Snapshot(e) => Some(e),
            Self::Registry(e) => Some(e),
            Self::Io { source, .. } => Some(source),
            Self::Configuration(_) | Self::NoBuildScript { .. } => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(e: StoreError) -> Self {
        Self::Snapshot(e)
    }
}

impl From<RegistryError> for Error {
    fn from(e: RegistryError) -> Self {
        Self::Registry(e)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn each_error_is_told_in_lines_without_control_characters() {
        let many = |problems: &[&str]| {
            Error::Configuration(problems.iter().map(|problem| (*problem).to_owned()).collect())
        };
        let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
        let io = |path: &str| Error::io("read", path)(denied());
        for (error, told, has_source) in [
            (many(&["one"]), "one".to_owned(), false),
            (many(&["one", "two"]), "2 mistakes in the configuration\n  one\n  two".to_owned(), false),
            (many(&["a\nb"]), line("a\nb").to_string(), false),
            (
                Error::NoBuildScript { variable: "OUT_DIR" },
                "`OUT_DIR` is not set: `register()` is for build.rs; elsewhere use `generate()`, or the command \
                 `dvkit generate`"
                    .to_owned(),
                false,
            ),
            (io("a/b"), format!("cannot read `a/b`: {}", denied()), true),
            (io("a\u{1b}b"), format!("cannot read `{}`: {}", line("a\u{1b}b"), denied()), true),
        ] {
            assert_eq!((error.to_string(), format!("{error:?}")), (told.clone(), told.clone()));
            assert!(!told.contains('\u{1b}'), "{told}");
            assert_eq!(error.source().is_some(), has_source, "{told}");
        }
    }
}
