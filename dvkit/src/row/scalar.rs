//! Defines [`FromScalar`], the trait of user-defined types of fields, with the values that it takes and the
//! error that it returns.

/// The error for a value that does not fit its column.
#[derive(Debug)]
pub struct Mismatch {
    pub(super) expected: &'static str,
}

impl Mismatch {
    /// Returns an error. `expected` describes the values that fit, with the article: `a whole number`.
    #[must_use]
    pub const fn expected(expected: &'static str) -> Self {
        Self { expected }
    }
}

/// A JSON value other than a list or an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits into 64 bits.
    Int(i64),
    /// A number with a fraction, or a whole number that does not fit into 64 bits.
    Float(f64),
    /// A text.
    Text(&'a str),
}

/// A user-defined type that can be read from the value of a column.
///
/// Implement the trait for a newtype to use the newtype as a field of a hand-written record.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a column",
    note = "implement `dvkit::row::FromScalar` for it"
)]
pub trait FromScalar {
    /// Sets `self` to the value of a column.
    ///
    /// # Errors
    /// Returns [`Mismatch::expected`], with a description of the values that fit, if the value does not fit.
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
