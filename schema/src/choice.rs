//! Choices (option sets): the labelled integers of choice, state, status and two-option columns.

use serde::{Deserialize, Serialize};

use crate::LocalizedText;

/// A choice: a set of options, global or of one column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Its name: unique among global choices; for a local choice usually `<table>_<column>`.
    pub name: String,
    /// Whether several columns can share it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub global: bool,
    /// Whether it is an ordinary choice, a state, a status or a two-option set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChoiceKind>,
    /// Display name.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_name: LocalizedText,
    /// Description.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// The options, sorted by ascending value.
    pub options: Vec<ChoiceOption>,
}

impl Choice {
    /// Returns the option with this value.
    #[must_use]
    pub fn option(&self, value: i32) -> Option<&ChoiceOption> {
        self.options.iter().find(|o| o.value == value)
    }

    /// Sorts the options by ascending value, as the snapshot's files require.
    pub fn sort(&mut self) {
        self.options.sort_by_key(|o| o.value);
    }

    /// Returns all options with this label in any language; case does not matter.
    pub fn by_label<'a>(&'a self, label: &str) -> impl Iterator<Item = &'a ChoiceOption> + 'a {
        let wanted = label.trim().to_lowercase();
        self.options.iter().filter(move |o| o.label.texts().any(|t| t.trim().to_lowercase() == wanted))
    }
}

/// The kind of a choice. Wire source: `OptionSetType`.
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

/// One option of a choice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// The stored integer; 0 or 1 in two-option sets.
    pub value: i32,
    /// The label by language. It may be empty, or the same as another option's.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub label: LocalizedText,
    /// Description.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// The colour as `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Of a status option: the value of the state that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<i32>,
    /// Of a state option: the status that a row gets by default in that state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_status: Option<i32>,
    /// Of a state option: the name that does not change with the language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invariant_name: Option<String>,
    /// Of an option on a virtual table: the value in the external data source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_value: Option<String>,
}

/// The place of a column's options: a shared choice, or the column itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceRef {
    /// A global choice, by name; its file is `choices/<name>.json`.
    Global(String),
    /// A choice that belongs to the column alone.
    Local(Choice),
}
