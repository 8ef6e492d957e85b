//! Merging what several sources say.

/// What a merge did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergeReport {
    /// Facts on which the sources disagree.
    pub contradictions: Vec<Contradiction>,
}

/// A fact on which two sources disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contradiction {
    /// The table, or the global choice.
    pub table: String,
}
