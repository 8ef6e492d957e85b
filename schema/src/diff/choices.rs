//! Compares choices and their options, for [`Diff::between`](super::Diff::between). Options are matched by
//! their values.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::change::Impact::{Harmless, Risky};
use super::change::{ChangeKind, ChangedObject};
use super::comparison::{Comparison, Cursor, json, members};
use super::rules::{self, Assessment};
use crate::{Choice, ChoiceOption};

impl Comparison<'_> {
    pub(super) fn global_choices(&mut self) {
        let (before, after) = (&self.before.choices, &self.after.choices);
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            self.cursor = Cursor { table: None, object: ChangedObject::Choice(name.clone()) };
            match (before.get(name), after.get(name)) {
                (Some(b), Some(a)) if b == a => {}
                (Some(b), Some(a)) => self.choice(b, a),
                // Columns that used the choice have changes of their own.
                (Some(_), None) => {
                    let why = "solutions and code may use it by name";
                    self.added_or_removed(
                        ChangeKind::Removed,
                        Value::Null,
                        Assessment::new(Risky, Harmless, why),
                    );
                }
                _ => self.added_or_removed(ChangeKind::Added, Value::Null, Assessment::HARMLESS),
            }
        }
    }

    /// Compares two versions of one choice, whose names may differ.
    pub(super) fn choice(&mut self, before: &Choice, after: &Choice) {
        self.facts(&without_options(before), &without_options(after), |_, _, _| Assessment::HARMLESS);
        let values: BTreeSet<i32> = before.options.iter().chain(&after.options).map(|o| o.value).collect();
        let language = self.after.org.language();
        for value in values {
            match (options(before, value).as_slice(), options(after, value).as_slice()) {
                (b, a) if b == a => {}
                ([], [a, ..]) => {
                    let assessment = match before.options.iter().any(|b| alike(b, a, language)) {
                        true => rules::OPTION_RENAMES,
                        false => rules::OPTION_ADDED,
                    };
                    self.push(Some(value), ChangeKind::Added, None, Value::Null, json(&a.label), assessment);
                }
                ([b, ..], []) => {
                    self.push(
                        Some(value),
                        ChangeKind::Removed,
                        None,
                        json(&b.label),
                        Value::Null,
                        rules::OPTION_REMOVED,
                    );
                }
                ([b, ..], [a, ..]) if b != a => self.option(b, a),
                // A file merged by hand may have a value twice.
                (b, a) => {
                    let (b, a) = (json(&b), json(&a));
                    self.push(Some(value), ChangeKind::Changed, Some("options"), b, a, Assessment::HARMLESS);
                }
            }
        }
    }

    fn option(&mut self, before: &ChoiceOption, after: &ChoiceOption) {
        let start = self.changes.len();
        self.facts(before, after, rules::option);
        for change in self.changes.iter_mut().skip(start) {
            change.option = Some(before.value);
        }
    }
}

/// Returns whether the labels of two options in `language` (an LCID) differ only in letter case and
/// punctuation. Generated code then appends the value to the names of both options, so adding the second
/// option renames the first.
fn alike(one: &ChoiceOption, other: &ChoiceOption, language: u32) -> bool {
    let bare = |option: &ChoiceOption| -> String {
        let label = option.label.best(language).unwrap_or_default();
        label.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let name = bare(one);
    !name.is_empty() && name == bare(other)
}

fn options(choice: &Choice, value: i32) -> Vec<&ChoiceOption> {
    choice.options.iter().filter(|o| o.value == value).collect()
}

fn without_options(choice: &Choice) -> Map<String, Value> {
    let mut facts = members(choice);
    facts.remove("options");
    facts
}
