//! Defines choices (option sets in the Web API): the labelled integers of choice, state, status and
//! two-option columns.
//! A column refers to its choice by [`ChoiceRef`]; the global choices are in
//! [`Schema::choices`](crate::Schema::choices).

use serde::{Deserialize, Serialize};

use crate::LocalizedText;

/// A choice: a set of options that one column has or, if the choice is global, that several columns share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The name: unique among global choices; a local choice is usually named `<table>_<column>`.
    pub name: String,
    /// Whether the choice is global. Several columns can share a global choice; a local choice belongs to one
    /// column.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub global: bool,
    /// The kind of the choice: ordinary, state, status or two-option set; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChoiceKind>,
    /// The display name, by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_name: LocalizedText,
    /// The description, by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// The options, sorted by ascending value.
    pub options: Vec<ChoiceOption>,
}

impl Choice {
    /// Returns the option whose stored integer is `value`; `None` if there is none.
    #[must_use]
    pub fn option(&self, value: i32) -> Option<&ChoiceOption> {
        self.options.iter().find(|o| o.value == value)
    }

    /// Sorts the options by ascending value, and the transitions of each, as the snapshot's files require.
    pub fn sort(&mut self) {
        self.options.sort_by_key(|o| o.value);
        for transitions in self.options.iter_mut().filter_map(|o| o.transitions.as_mut()) {
            transitions.sort_unstable();
            transitions.dedup();
        }
    }

    /// Returns the options that have the label `label` in any language, by ascending value. Letter case is
    /// ignored.
    pub fn by_label<'a>(&'a self, label: &str) -> impl Iterator<Item = &'a ChoiceOption> + 'a {
        let wanted = label.trim().to_lowercase();
        self.options.iter().filter(move |o| o.label.texts().any(|t| t.trim().to_lowercase() == wanted))
    }
}

/// The kind of a choice (`OptionSetType` in the Web API's metadata).
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
    /// The label by language; may be empty. Two options may have equal labels.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub label: LocalizedText,
    /// The description, by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// The colour as `#rrggbb`; `None` if the option has none, or if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// For an option of a status choice: the value of its state. Otherwise `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<i32>,
    /// For an option of a state choice: the value of the status that a row gets by default in this state.
    /// Otherwise `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_status: Option<i32>,
    /// For an option of a status choice: the values of the statuses that a row may change to from this
    /// status, in ascending order (`TransitionData` in the metadata). The service refuses other changes only if
    /// the table enforces transitions ([`Table::enforce_state_transitions`](crate::Table)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transitions: Option<Vec<i32>>,
    /// For an option of a state choice: a name that is equal in every language, such as `Active`. Otherwise
    /// `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invariant_name: Option<String>,
    /// For an option on a virtual table: the value that the external data source has for the option.
    /// Otherwise `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_value: Option<String>,
}

/// The options of a column: a global choice, given by name, or a choice that belongs to the column alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceRef {
    /// A global choice, by name; its file is `choices/<name>.json`.
    Global(String),
    /// A choice that belongs to the column alone.
    Local(Choice),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_by_value_and_by_label_in_any_language() {
        let option = |value, texts: &[(u32, &str)]| ChoiceOption {
            value,
            label: LocalizedText(texts.iter().map(|(code, text)| (*code, (*text).to_owned())).collect()),
            ..ChoiceOption::default()
        };
        let options = vec![
            option(1, &[(1033, "New "), (1031, "Neu")]),
            option(2, &[(1033, "Old"), (1031, "")]),
            option(3, &[(1031, "new")]),
        ];
        let choice = Choice { options, ..Choice::default() };
        let found = |label: &str| choice.by_label(label).map(|o| o.value).collect::<Vec<_>>();
        for (label, values) in
            [("new", &[1, 3][..]), (" NEW", &[1, 3]), ("neu", &[1]), ("Old", &[2]), ("", &[]), ("Ol", &[])]
        {
            assert_eq!(found(label), values, "{label:?}");
        }
        assert_eq!([2, 4].map(|value| choice.option(value).map(|o| o.value)), [Some(2), None]);
    }
}
