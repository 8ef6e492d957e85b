//! Columns of a type that the user defines: the JSON values given to it and the error it returns.

/// A value of the wrong type for its column.
#[derive(Debug)]
pub struct Mismatch {
    pub(super) expected: &'static str,
}

impl Mismatch {
    /// Returns an error that names what was expected, with its article: `a whole number`.
    #[must_use]
    pub const fn expected(expected: &'static str) -> Self {
        Self { expected }
    }
}

/// A JSON value that is neither a list nor an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, or one that does not fit into 64 bits.
    Float(f64),
    /// A text.
    Text(&'a str),
}

/// A user-defined type that is read from the value of a column.
///
/// Implement it for a newtype to use the newtype as a field of a hand-written record.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a column",
    note = "implement `dvkit::row::FromScalar` for it"
)]
pub trait FromScalar {
    /// Sets `self` from the value of a column.
    ///
    /// # Errors
    /// Where the value does not fit: [`Mismatch::expected`] with what the type accepts.
    fn set(&mut self, value: Scalar<'_>) -> Result<(), Mismatch>;
}

impl FromScalar for String {
    fn set(&mut self, value: Scalar<'_>) -> Result<(), Mismatch> {
        match value {
            Scalar::Text(text) => {
                text.clone_into(self);
                Ok(())
            }
            _ => Err(Mismatch::expected(
                "a text; make the field an `Option<String>` where the column may be empty",
            )),
        }
    }
}
