//! Reads labels, options and choices, for [`read`](super::read). Options with values out of range are counted
//! as skipped.

use std::collections::BTreeSet;

use super::types::{Definition, WireLabel, WireOption, filled};
use super::{ImportedSchema, transitions};
use crate::merge::unite_choices;
use crate::{Choice, ChoiceKind, ChoiceOption, ChoiceRef, LocalizedText};

/// Returns the label `wire` in all its languages; empty for `None`. Tools may have removed the list of
/// languages; the result then has only the user's language.
pub(super) fn label(wire: Option<WireLabel>) -> LocalizedText {
    let Some(wire) = wire else { return LocalizedText::default() };
    let mut label = LocalizedText::default();
    let texts = wire.localized_labels.unwrap_or_default().into_iter().chain(wire.user_localized_label);
    for text in texts {
        if let (Some(language), Some(text)) = (text.language_code, text.label) {
            label.0.entry(language).or_insert(text);
        }
    }
    // A description that is empty in all languages counts as none.
    if label.texts().next().is_none() { LocalizedText::default() } else { label }
}

fn option(imported: &mut ImportedSchema, wire: WireOption) -> Option<ChoiceOption> {
    let value = i32::try_from(wire.value?).ok()?;
    let written = filled(wire.transition_data);
    let transitions = written.as_deref().and_then(|xml| transitions::from_xml(value, xml));
    if written.is_some() && transitions.is_none() {
        imported.skip("transitions", transitions::UNREADABLE, 1);
    }
    Some(ChoiceOption {
        value,
        label: label(wire.label),
        description: label(wire.description),
        color: filled(wire.color),
        state: wire.state,
        default_status: wire.default_status,
        transitions,
        invariant_name: filled(wire.invariant_name),
        external_value: filled(wire.external_value),
    })
}

/// Converts the definition of a choice. The `Option<bool>` says whether the choice is global; it is `None` if
/// the source does not state this. Returns `None` if the definition has no options.
fn choice(imported: &mut ImportedSchema, wire: Definition) -> Option<(Choice, Option<bool>)> {
    let listed = wire.options.is_some() || wire.true_option.is_some() || wire.false_option.is_some();
    if !listed {
        return None;
    }
    let options =
        wire.options.unwrap_or_default().into_iter().chain(wire.false_option).chain(wire.true_option);
    let kind = match wire.option_set_type.as_deref() {
        Some("Picklist") => Some(ChoiceKind::Picklist),
        Some("State") => Some(ChoiceKind::State),
        Some("Status") => Some(ChoiceKind::Status),
        Some("Boolean") => Some(ChoiceKind::Boolean),
        _ => None,
    };
    let mut choice = Choice {
        name: wire.name.unwrap_or_default(),
        global: wire.is_global == Some(true),
        kind,
        display_name: label(wire.display_name),
        description: label(wire.description),
        options: Vec::new(),
    };
    let mut seen = BTreeSet::new();
    for wire in options {
        let valueless = wire.value.is_none();
        match option(imported, wire) {
            Some(option) if seen.insert(option.value) => choice.options.push(option),
            Some(_) => imported.skip("options", "their value is that of another option of the choice", 1),
            None if valueless => {}
            None => imported.skip("options", "their value is no number of 32 bits", 1),
        }
    }
    choice.sort();
    Some((choice, wire.is_global))
}

/// Adds a global choice to `imported`. `wire` is an element of a `GlobalOptionSetDefinitions` response.
pub(super) fn global(imported: &mut ImportedSchema, wire: Definition) {
    match choice(imported, wire) {
        Some((mut choice, is_global)) if !choice.name.is_empty() => {
            // All elements of the collection are global, and `$select` may have left the flag out.
            if is_global == Some(false) {
                imported.skip("choices", "local choices stand with their columns", 1);
                return;
            }
            choice.global = true;
            add_global(imported, choice);
        }
        _ => imported.skip("choices", "without name or options", 1),
    }
}

fn add_global(imported: &mut ImportedSchema, choice: Choice) {
    match imported.schema.choices.get_mut(&choice.name) {
        Some(known) => unite_choices(known, choice),
        None => {
            imported.schema.choices.insert(choice.name.clone(), choice);
        }
    }
}

/// Returns the choice of a column, from the member `OptionSet` (`option_set`) or else from `GlobalOptionSet`
/// (`global_option_set`). Either member may describe a global or a local choice; its own member `IsGlobal`
/// says which. Returns `None` if the column has no choice.
pub(super) fn of_column(
    imported: &mut ImportedSchema,
    table: &str,
    column: &str,
    option_set: Option<Box<Definition>>,
    global_option_set: Option<Box<Definition>>,
) -> Option<ChoiceRef> {
    let name_alone = |wire: &Option<Box<Definition>>| {
        let wire = wire.as_ref()?;
        (wire.is_global == Some(true)).then(|| filled(wire.name.clone())).flatten()
    };
    let named = name_alone(&option_set).or_else(|| name_alone(&global_option_set));
    let inline = option_set.and_then(|w| choice(imported, *w));
    let inline = match inline {
        Some(inline) => Some(inline),
        None => global_option_set
            .and_then(|w| choice(imported, *w))
            .map(|(choice, global)| (choice, global.or(Some(true)))),
    };
    let Some((mut choice, is_global)) = inline else { return named.map(ChoiceRef::Global) };
    if is_global == Some(true) && !choice.name.is_empty() {
        let name = choice.name.clone();
        choice.global = true;
        add_global(imported, choice);
        return Some(ChoiceRef::Global(name));
    }
    if choice.name.is_empty() {
        choice.name = format!("{table}_{column}");
    }
    Some(ChoiceRef::Local(choice))
}
