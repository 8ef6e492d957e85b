//! Choices (option sets): the named integers of choice, state, status and two-option columns.

use serde::{Deserialize, Serialize};

use crate::LocalizedText;

/// A set of options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Its name: unique among global choices; for a local one usually `<table>_<column>`.
    pub name: String,
    /// Shared between columns.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub global: bool,
    /// What sort of set it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChoiceKind>,
    /// Display name.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_name: LocalizedText,
    /// Description.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// The options, by ascending value.
    pub options: Vec<ChoiceOption>,
}

impl Choice {
    /// The option with this value.
    #[must_use]
    pub fn option(&self, value: i32) -> Option<&ChoiceOption> {
        self.options.iter().find(|o| o.value == value)
    }

    /// Puts the options into the order that files rely on: by ascending value.
    pub fn sort(&mut self) {
        self.options.sort_by_key(|o| o.value);
    }

    /// All options that carry this label in any language, compared without case.
    pub fn by_label<'a>(&'a self, label: &str) -> impl Iterator<Item = &'a ChoiceOption> + 'a {
        let wanted = label.trim().to_lowercase();
        self.options.iter().filter(move |o| o.label.texts().any(|t| t.trim().to_lowercase() == wanted))
    }
}

/// Wire source: `OptionSetType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceKind {
    /// An ordinary choice (`Picklist`).
    Picklist,
    /// The states of a table (`statecode`).
    State,
    /// The status reasons of a table (`statuscode`).
    Status,
    /// A two-option set.
    Boolean,
}

/// One option.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// The stored integer; for two-option sets 0 and 1.
    pub value: i32,
    /// The label in every language; may be empty, or the same as another option's.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub label: LocalizedText,
    /// Description.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Status options: the state it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<i32>,
    /// State options: the status a row gets by default in that state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_status: Option<i32>,
    /// State options: the name that does not change with the language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invariant_name: Option<String>,
    /// The value in an external source, on virtual tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_value: Option<String>,
}

/// Where a column's options are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceRef {
    /// A global choice, by name: `choices/<name>.json`.
    Global(String),
    /// The column's own.
    Local(Choice),
}
