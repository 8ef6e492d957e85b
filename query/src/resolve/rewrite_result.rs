//! Defines [`Rewrite`], the result of a function that tries to rewrite an expression. The rewrites return it
//! to the resolver.

/// The result of a rewrite that applies to an expression. A function that tries a rewrite returns
/// `Option<Rewrite<T>>`; there, `None` means that the rewrite does not apply and nothing was reported.
#[derive(Debug)]
pub(crate) enum Rewrite<T> {
    /// The rewrite applies, but the expression has no meaning with which resolving can continue. The mistake
    /// has been reported.
    Reported,
    /// The rewrite applies, and the field is the meaning of the expression.
    Done(T),
}

impl<T> Rewrite<T> {
    /// Returns the meaning of the expression; `None` if it has none ([`Self::Reported`]).
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
