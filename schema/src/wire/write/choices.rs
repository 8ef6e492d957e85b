//! Writes choices as `OptionSetMetadata` and `BooleanOptionSetMetadata`, for
//! [`MetadataWriter`](super::MetadataWriter). Facts that are unknown are not written.

use serde_json::{Value, json};

use super::{Facts, MetadataWriter, NAMESPACE, Object};
use crate::wire::transitions;
use crate::{Choice, ChoiceKind, ChoiceOption, ChoiceRef};

/// Returns the definition of a column's choice. If the choice is global and the schema does not have it, the
/// definition has only the name. `two_options` says whether the column is a two-option column.
pub(super) fn of_column(writer: &MetadataWriter<'_>, choice: &ChoiceRef, two_options: bool) -> Value {
    match choice {
        ChoiceRef::Local(choice) => Value::Object(object(writer, choice, two_options)),
        ChoiceRef::Global(name) => match writer.schema.choices.get(name) {
            Some(choice) => Value::Object(object(writer, choice, two_options)),
            None => json!({ "Name": name, "IsGlobal": true }),
        },
    }
}

/// Returns the definition of a choice. `two_options` says whether the choice belongs to a two-option column.
pub(super) fn object(writer: &MetadataWriter<'_>, choice: &Choice, two_options: bool) -> Object {
    let mut object = Object::new();
    object.insert("Name".into(), Value::from(&*choice.name));
    object.insert("IsGlobal".into(), Value::Bool(choice.global));
    object.fact("OptionSetType", choice.kind.map(kind));
    object.text("DisplayName", &choice.display_name);
    object.text("Description", &choice.description);
    let two_options = two_options || choice.kind == Some(ChoiceKind::Boolean);
    // The class has members for no and yes only; a choice written by hand may have any options.
    let fits = !choice.options.is_empty() && choice.options.iter().all(|o| matches!(o.value, 0 | 1));
    let once =
        choice.options.windows(2).all(|two| two.first().map(|o| o.value) != two.last().map(|o| o.value));
    if two_options && fits && once {
        object.insert("@odata.type".into(), writer.class("BooleanOptionSetMetadata"));
        for option in &choice.options {
            let name = if option.value == 0 { "FalseOption" } else { "TrueOption" };
            object.insert(name.into(), Value::Object(of_option(option, None)));
        }
    } else {
        object.insert("@odata.type".into(), writer.class("OptionSetMetadata"));
        let options: Vec<_> =
            choice.options.iter().map(|o| Value::Object(of_option(o, choice.kind))).collect();
        object.insert("Options".into(), Value::Array(options));
    }
    object
}

fn kind(kind: ChoiceKind) -> &'static str {
    match kind {
        ChoiceKind::Picklist => "Picklist",
        ChoiceKind::State => "State",
        ChoiceKind::Status => "Status",
        ChoiceKind::Boolean => "Boolean",
    }
}

/// Returns the definition of an option of a choice of the kind `kind`. Both dialects have the same
/// definition.
fn of_option(option: &ChoiceOption, kind: Option<ChoiceKind>) -> Object {
    let mut object = Object::new();
    let class = match kind {
        Some(ChoiceKind::State) => Some("StateOptionMetadata"),
        Some(ChoiceKind::Status) => Some("StatusOptionMetadata"),
        _ => None,
    };
    object.fact("@odata.type", class.map(|class| format!("{NAMESPACE}{class}")));
    object.insert("Value".into(), Value::from(option.value));
    object.text("Label", &option.label);
    object.text("Description", &option.description);
    object.fact("Color", option.color.as_deref());
    object.fact("State", option.state);
    object.fact("DefaultStatus", option.default_status);
    let transitions = option.transitions.as_deref();
    object.fact("TransitionData", transitions.map(|to| transitions::to_xml(option.value, to)));
    object.fact("InvariantName", option.invariant_name.as_deref());
    object.fact("ExternalValue", option.external_value.as_deref());
    object
}
