//! Reads labels, options and choices from the `displaynames` and `optionset` elements of a solution. The
//! readers of tables and columns use it.

use std::collections::BTreeSet;

use dvkit_schema::wire::{ImportedSchema, transitions};
use dvkit_schema::{Choice, ChoiceKind, ChoiceOption, LocalizedText, Schema};
use roxmltree::Node;

use super::{list, text};

/// Reads the label in the child element named `child`: `<displaynames><displayname description="Name"
/// languagecode="1033"/>…`, or the same structure with other element names.
pub(super) fn label(node: Node<'_, '_>, child: &'static str) -> LocalizedText {
    let mut label = LocalizedText::default();
    for one in list(node, child) {
        let language = one.attribute("languagecode").and_then(|code| code.trim().parse().ok());
        if let (Some(language), Some(text)) = (language, one.attribute("description")) {
            label.0.entry(language).or_insert_with(|| text.to_owned());
        }
    }
    // A description that is empty in all languages counts as absent.
    if label.texts().next().is_none() { LocalizedText::default() } else { label }
}

/// Reads an `optionset` element, of a global choice or of a column. `name` becomes the choice's name if the
/// element has none. The options are in the child element `options`, `states` or `statuses`.
pub(super) fn choice(node: Node<'_, '_>, name: String) -> Choice {
    let lists = ["options", "states", "statuses"];
    let mut options: Vec<ChoiceOption> =
        lists.into_iter().flat_map(|l| list(node, l)).filter_map(option).collect();
    // The first of several options with the same value counts; [`report_skipped`] reports the others.
    options.sort_by_key(|o| o.value);
    options.dedup_by_key(|o| o.value);
    let kind = match text(node, "OptionSetType") {
        Some("picklist") => Some(ChoiceKind::Picklist),
        Some("state") => Some(ChoiceKind::State),
        Some("status") => Some(ChoiceKind::Status),
        Some("bit" | "boolean") => Some(ChoiceKind::Boolean),
        _ => None,
    };
    Choice {
        name: set_name(node).unwrap_or(name),
        global: false,
        kind,
        display_name: label(node, "displaynames"),
        description: label(node, "Descriptions"),
        options,
    }
}

/// Records in `imported` the number of options below `node` that were skipped, because their value is not a
/// 32-bit number or occurs twice in a choice.
pub(super) fn report_skipped(imported: &mut ImportedSchema, node: Node<'_, '_>) {
    for set in node.descendants().filter(|n| n.tag_name().name() == "optionset") {
        let values = ["options", "states", "statuses"].into_iter().flat_map(|l| list(set, l));
        let values: Vec<Option<i32>> =
            values.filter_map(|o| o.attribute("value")).map(|value| value.trim().parse().ok()).collect();
        let statuses = list(set, "statuses").filter(|status| written_transitions(*status).is_some());
        let unreadable = statuses.filter(|status| transitions(*status).is_none()).count();
        imported.skip("transitions", transitions::UNREADABLE, unreadable);
        let unusable = values.iter().filter(|v| v.is_none()).count();
        let different: BTreeSet<i32> = values.iter().flatten().copied().collect();
        imported.skip("options", "their value is no number of 32 bits", unusable);
        imported.skip(
            "options",
            "their value is that of another option of the choice",
            values.len() - unusable - different.len(),
        );
    }
}

fn set_name(node: Node<'_, '_>) -> Option<String> {
    node.attribute("Name").map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned)
}

fn option(node: Node<'_, '_>) -> Option<ChoiceOption> {
    let said = |name: &str| node.attribute(name).map(str::trim).filter(|t| !t.is_empty());
    let value = |name: &str| said(name).and_then(|t| t.parse().ok());
    Some(ChoiceOption {
        value: value("value")?,
        label: label(node, "labels"),
        description: label(node, "Descriptions"),
        color: said("Color").map(str::to_owned),
        state: value("state"),
        default_status: value("defaultstatus"),
        transitions: transitions(node),
        invariant_name: said("invariantname").map(str::to_owned),
        external_value: said("ExternalValue").map(str::to_owned),
    })
}

/// Returns the transitions of a status, or `None` if the element has none that can be read.
fn transitions(status: Node<'_, '_>) -> Option<Vec<i32>> {
    let value = status.attribute("value")?.trim().parse().ok()?;
    transitions::from_xml(value, written_transitions(status)?)
}

fn written_transitions<'a>(status: Node<'a, '_>) -> Option<&'a str> {
    status.attribute("TransitionData").map(str::trim).filter(|xml| !xml.is_empty())
}

/// Reads a global choice and adds it to `imported`.
pub(super) fn add_global(imported: &mut ImportedSchema, node: Node<'_, '_>) {
    report_skipped(imported, node);
    let Some(name) = set_name(node) else {
        imported.skip("choices", "without a name", 1);
        return;
    };
    let choice = Choice { global: true, ..choice(node, name) };
    // A choice that occurs twice in one solution is merged as if it came from two.
    imported.schema.merge(Schema { choices: [(choice.name.clone(), choice)].into(), ..Schema::default() });
}
