//! What a rewrite returns for a construct of the form that it is for: the meaning, or only a report.

/// The result of a rewrite. A function that tries a rewrite returns `Option<Rewrite<T>>`, in which `None`
/// means that the construct does not have the form that the rewrite is for; then nothing was reported.
#[derive(Debug)]
pub(crate) enum Rewrite<T> {
    /// The construct has that form and was reported, but has no meaning to continue with.
    Reported,
    /// The meaning of the construct.
    Done(T),
}

impl<T> Rewrite<T> {
    /// Returns the meaning, or `None` if there is none, which has been reported.
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
