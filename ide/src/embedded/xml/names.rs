//! Finds the tables and columns that forms, dashboards and workflows of a solution name: `datafieldname` of
//! controls, `TargetEntityType` of lists and charts, and `EntityName` with `Attribute` of activities.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::{FoundText, HostText, HostTextBuilder};
use super::parse::{Index, Xml};

/// The maximum number of elements around another one that are looked at.
const MAX_ABOVE: usize = 32;

/// The maximum number of elements of a table among which its name is searched.
const MAX_SIBLINGS: usize = 16;

/// The columns of a table that a form or a workflow names.
#[derive(Default)]
struct Columns {
    /// The name of the table where the file has it first.
    table: Option<HostText>,
    /// The columns. Each list has a name once.
    rounds: Vec<Vec<HostText>>,
    /// The number of times that each column is named.
    counts: BTreeMap<String, usize>,
}

impl Columns {
    fn add(&mut self, name: HostText) {
        let count = self.counts.entry(name.text().to_owned()).or_default();
        match self.rounds.get_mut(*count) {
            Some(round) => round.push(name),
            None => self.rounds.push(vec![name]),
        }
        *count += 1;
    }
}

/// The names that were found in a file, by what names them and by their table.
#[derive(Default)]
pub(super) struct Names {
    columns: BTreeMap<(&'static str, String), Columns>,
}

impl Names {
    /// Reads the element at `index` if it names a table or a column. `path` is that of the file.
    pub(super) fn element(&mut self, xml: &Xml<'_>, index: Index, path: &Path, found: &mut Vec<FoundText>) {
        if xml.is(index, "control") {
            self.control(xml, index, path);
        } else if xml.is(index, "TargetEntityType") {
            if let Some(name) = content(xml, index) {
                found.push(table("table of a list", &name));
            }
        } else if xml.is(index, "InArgument") {
            if xml.attributes(index).iter().any(|a| is_entity_name(xml, a.value.clone()))
                && let Some(name) = content(xml, index)
            {
                self.of_table("names in a workflow", &name);
            }
        } else {
            self.activity(xml, index);
        }
    }

    /// Reads the control of a form.
    fn control(&mut self, xml: &Xml<'_>, index: Index, path: &Path) {
        let Some(name) = value(xml, index, "datafieldname") else { return };
        // The steps of a business process are columns of other tables too.
        if xml.value(index, "id").is_some_and(|id| id.starts_with("header_process_")) {
            return;
        }
        let Some(table) = table_around(xml, index).or_else(|| table_of_path(path)) else { return };
        self.columns.entry(("columns of a form", table)).or_default().add(name);
    }

    /// Reads an activity of a workflow.
    fn activity(&mut self, xml: &Xml<'_>, index: Index) {
        let Some(table) = value(xml, index, "EntityName") else { return };
        let is_property = xml.is(index, "GetEntityProperty") || xml.is(index, "SetEntityProperty");
        let is_activity = is_property
            || [
                "CreateEntity",
                "UpdateEntity",
                "AssignEntity",
                "SetState",
                "SetAttributeValue",
                "RetrieveEntity",
            ]
            .iter()
            .any(|name| xml.is(index, name));
        if !is_activity {
            return;
        }
        let columns = self.of_table("names in a workflow", &table);
        if is_property && let Some(column) = value(xml, index, "Attribute") {
            columns.add(column);
        }
    }

    fn of_table(&mut self, construct: &'static str, table: &HostText) -> &mut Columns {
        let columns = self.columns.entry((construct, table.text().to_owned())).or_default();
        columns.table.get_or_insert_with(|| table.clone());
        columns
    }

    /// Adds the texts that check the names.
    pub(super) fn finish(self, found: &mut Vec<FoundText>) {
        for ((construct, name), columns) in self.columns {
            if let Some(text) = &columns.table {
                found.push(table(construct, text));
            }
            for round in columns.rounds {
                let mut builder = HostTextBuilder::default();
                builder.synthetic(&format!("<fetch><entity name=\"{name}\">"));
                for name in round {
                    builder.synthetic("<attribute name=\"");
                    builder.append(&name);
                    builder.synthetic("\"/>");
                }
                builder.synthetic("</entity></fetch>");
                found.push(FoundText::names(construct, builder.finish()));
            }
        }
    }
}

/// Returns the text that checks the name of a table.
fn table(construct: &'static str, name: &HostText) -> FoundText {
    let mut builder = HostTextBuilder::default();
    builder.synthetic("<fetch><entity name=\"");
    builder.append(name);
    builder.synthetic("\"/></fetch>");
    FoundText::names(construct, builder.finish())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_entity_name(xml: &Xml<'_>, range: std::ops::Range<usize>) -> bool {
    xml.source.get(range) == Some("EntityName")
}

/// Returns the value of an attribute that is a name.
fn value(xml: &Xml<'_>, index: Index, attribute: &str) -> Option<HostText> {
    let text = xml.attribute_text(xml.attribute(index, attribute)?);
    is_name(text.text()).then_some(text)
}

/// Returns the text in an element that is a name.
fn content(xml: &Xml<'_>, index: Index) -> Option<HostText> {
    let child = xml.children(index).next().filter(|child| xml.name(*child).is_empty())?;
    let (text, _) = xml.text(child);
    let trimmed = text.text().trim();
    let start = text.text().len() - text.text().trim_start().len();
    is_name(trimmed).then(|| text.slice(start..start + trimmed.len()))
}

/// Returns the logical name of the table whose definition contains the element, as `customizations.xml` has it.
fn table_around(xml: &Xml<'_>, index: Index) -> Option<String> {
    let above = std::iter::successors(xml.parent(index), |parent| xml.parent(*parent)).take(MAX_ABOVE);
    let entity = above.into_iter().find(|above| xml.is(*above, "Entity"))?;
    let name = xml.children(entity).take(MAX_SIBLINGS).find(|child| xml.is(*child, "Name"))?;
    Some(content(xml, name)?.text().to_ascii_lowercase())
}

/// Returns the logical name of the table of a form in an unpacked solution: `Entities/Account/FormXml/…`.
fn table_of_path(path: &Path) -> Option<String> {
    let mut parts = path.components().rev().filter_map(|part| part.as_os_str().to_str());
    parts.by_ref().take(4).find(|part| part.eq_ignore_ascii_case("FormXml"))?;
    let table = parts.next()?;
    let is_entity = parts.next().is_some_and(|folder| folder.eq_ignore_ascii_case("Entities"));
    (is_entity && is_name(table)).then(|| table.to_ascii_lowercase())
}
