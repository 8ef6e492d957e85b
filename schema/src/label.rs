//! Texts in several languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A text by language: LCID (1033 English, 1031 German, …) to wording.
///
/// Wire source: `Label.LocalizedLabels`. An empty label is common and legal: no language at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Label(pub BTreeMap<u32, String>);

impl Label {
    /// A label in one language.
    #[must_use]
    pub fn new(language: u32, text: impl Into<String>) -> Self {
        Self(BTreeMap::from([(language, text.into())]))
    }

    /// True where no language has a text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text in `language`.
    #[must_use]
    pub fn get(&self, language: u32) -> Option<&str> {
        self.0.get(&language).map(String::as_str)
    }

    /// The text in `language`, else in English (1033), else in the lowest language code that has one.
    #[must_use]
    pub fn best(&self, language: u32) -> Option<&str> {
        let nonempty = |l: &u32| self.get(*l).filter(|t| !t.is_empty());
        nonempty(&language).or_else(|| nonempty(&1033)).or_else(|| self.texts().next())
    }

    /// Every non-empty text, by ascending language code.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str).filter(|t| !t.is_empty())
    }
}
