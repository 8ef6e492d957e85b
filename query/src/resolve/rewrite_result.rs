//! The result of a function that tries to rewrite an expression.

/// The result of a rewrite that applies to an expression. A function that tries a rewrite returns
/// `Option<Rewrite<T>>`. `None` means that the rewrite does not apply; then nothing was reported.
#[derive(Debug)]
pub(crate) enum Rewrite<T> {
    /// The rewrite applies, but the expression has no meaning to continue with. The mistake has been
    /// reported.
    Reported,
    /// The meaning of the expression.
    Done(T),
}

impl<T> Rewrite<T> {
    /// Returns the meaning of the expression, or `None` for [`Self::Reported`].
    pub(crate) fn meaning(self) -> Option<T> {
        match self {
            Self::Reported => None,
            Self::Done(meaning) => Some(meaning),
        }
    }
}

impl<T> From<Option<T>> for Rewrite<T> {
    fn from(meaning: Option<T>) -> Self {
        meaning.map_or(Self::Reported, Self::Done)
    }
}
