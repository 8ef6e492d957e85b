//! Reads the definitions of cloud flows of Power Automate and of Logic Apps: one request for each action that
//! reads rows, the columns that actions write, the columns that expressions read, and triggers.

use std::collections::{BTreeMap, BTreeSet};

use super::super::layers::{contains_ignoring_case, percent_encoded};
use super::super::{FoundTable, FoundText, HostText, HostTextBuilder};
use super::expression::{Origin, evaluated, key, list_of, references};
use super::parse::{Json, Node};
use super::values;
use crate::TableName;

/// Query options in the order in which a request has them.
const OPTIONS: [&str; 8] =
    ["$apply", "$select", "$expand", "$filter", "$orderby", "$top", "$skiptoken", "$count"];

/// Actions whose parameters `item/…` are not columns of their table.
const OPERATIONS_WITH_ARGUMENTS: [&str; 6] = [
    "PerformBoundAction",
    "PerformUnboundAction",
    "AssociateEntities",
    "DisassociateEntities",
    "ExecuteChangeset",
    "RelevanceSearch",
];

/// The texts of definitions, with the strings that they were read from.
#[derive(Default)]
pub(super) struct FlowTexts {
    pub(super) found: Vec<FoundText>,
    /// The indices of the values that were read.
    pub(super) read: BTreeSet<usize>,
}

/// A source of rows that expressions refer to.
#[derive(Clone)]
enum Rows {
    /// Rows of the table with this entity set. The texts are the options that give rows other columns than the
    /// table's: FetchXML and `$apply`, and `$expand`.
    Set { name: String, shape: String, expand: String },
    /// Rows of the table with this logical name.
    Table(String),
    /// The rows of a list.
    Of(Origin),
}

/// Returns the texts of all definitions in a file.
pub(super) fn read(json: &Json<'_>) -> FlowTexts {
    let mut texts = FlowTexts::default();
    let mut behind = 0;
    for object in json.objects() {
        let is_definition = || {
            object.get("actions").is_some_and(Node::is_object)
                && object.get("triggers").is_some_and(Node::is_object)
        };
        if object.index() >= behind && is_definition() {
            behind = object.inner().end;
            definition(json, object, &mut texts);
        }
    }
    texts
}

fn definition(json: &Json<'_>, definition: Node<'_>, texts: &mut FlowTexts) {
    let inner = definition.inner();
    let triggers = definition.get("triggers").map_or(0..0, Node::inner);
    let mut rows: BTreeMap<String, Rows> = BTreeMap::new();
    let mut trigger_rows = None;
    for step in json.objects_in(inner.clone()) {
        let Some(name) = step.key() else { continue };
        if let Some(list) = step.get("foreach").and_then(Node::text).and_then(|text| list_of(text.text())) {
            rows.insert(format!("items {}", key(name)), Rows::Of(list));
        }
        let Some(inputs) = step.get("inputs").filter(|inputs| inputs.is_object()) else { continue };
        let of_step = if triggers.contains(&step.index()) {
            let of_trigger = trigger(inputs, texts).or_else(|| action(inputs, texts));
            trigger_rows = trigger_rows.or(of_trigger);
            continue;
        } else {
            action(inputs, texts)
        };
        if let Some(of_step) = of_step {
            rows.insert(key(name), of_step);
        }
    }
    let resolve = |origin: &Origin| match origin {
        Origin::Trigger => trigger_rows.as_ref(),
        Origin::Action(name) => rows.get(name),
        Origin::Loop(name) => match rows.get(&format!("items {name}")) {
            Some(Rows::Of(Origin::Action(name))) => rows.get(name),
            _ => None,
        },
    };
    for string in json.strings_in(inner.clone()) {
        if !string.raw().contains('(') || !string.raw().contains('@') {
            continue;
        }
        let Some(text) = string.text() else { continue };
        for reference in references(text.text()) {
            let name = text.slice(reference.range);
            if let Some(found) =
                resolve(&reference.origin).and_then(|rows| read_column(rows, &name, reference.is_navigation))
            {
                texts.found.push(found);
            }
        }
    }
}

/// Returns the text that checks a column which an expression reads; `None` if the rows may have columns of
/// other names.
fn read_column(rows: &Rows, name: &HostText, is_navigation: bool) -> Option<FoundText> {
    let mut builder = HostTextBuilder::default();
    let option = |is_navigation| if is_navigation { "?$expand=" } else { "?$select=" };
    let table = match rows {
        Rows::Set { name: set, shape, expand } => {
            if shape.contains(name.text()) {
                return None;
            }
            let is_navigation =
                is_navigation || expand.split([',', '(']).any(|part| part.trim() == name.text());
            builder.synthetic(set);
            builder.synthetic(option(is_navigation));
            None
        }
        Rows::Table(table) => {
            builder.synthetic(option(is_navigation));
            Some(FoundTable { name: TableName::Table(table.clone()), place: None })
        }
        Rows::Of(_) => return None,
    };
    builder.append(name);
    Some(FoundText::names("column in an expression", builder.finish()).with_table(table))
}

/// Returns the text of a parameter with its expressions as placeholders; `None` if it is absent or empty.
fn value(parameters: Node<'_>, name: &str, texts: &mut FlowTexts) -> Option<HostText> {
    let node = parameters.get(name)?;
    let text = match node.text() {
        Some(text) => evaluated(&text),
        None if node.is_object() || node.is_array() || node.raw() == "null" => return None,
        None => HostText::unescaped(node.raw(), node.range().start),
    };
    texts.read.insert(node.index());
    (!text.text().trim().is_empty()).then_some(text)
}

/// Reads an action, and returns what its rows are; `None` if it is not one of Dataverse.
fn action(inputs: Node<'_>, texts: &mut FlowTexts) -> Option<Rows> {
    let host = inputs.get("host")?;
    let is_connector = ["commondataservice", "dynamicscrmonline"]
        .iter()
        .any(|name| contains_ignoring_case(host.raw().as_bytes(), name.as_bytes()));
    let operation = host.get("operationId").and_then(Node::raw_string).unwrap_or_default();
    if let Some(parameters) = inputs.get("parameters").filter(|parameters| parameters.is_object()) {
        let has_options =
            || OPTIONS.iter().chain(&["recordId", "fetchXml"]).any(|o| parameters.get(o).is_some());
        let has_set = parameters.get("entityName").is_some();
        if !is_connector && !(has_set && (has_options() || operation.ends_with("Record"))) {
            return None;
        }
        let set = value(parameters, "entityName", texts).or_else(|| value(parameters, "table", texts))?;
        let id = value(parameters, "recordId", texts).or_else(|| value(parameters, "id", texts));
        let operation = operation.strip_suffix("WithOrganization").unwrap_or(operation);
        let columns = if OPERATIONS_WITH_ARGUMENTS.contains(&operation) {
            Vec::new()
        } else {
            values::written(parameters, "item/", &set, &mut texts.found);
            if let Some(item) = parameters.get("item") {
                values::written(item, "", &set, &mut texts.found);
            }
            written(parameters, "item/")
                .chain(parameters.get("item").into_iter().flat_map(|i| written(i, "")))
                .collect()
        };
        let is_read = operation.starts_with("List") || operation.starts_with("Get");
        return Some(request(&set, id, parameters, &columns, is_read, texts));
    }
    if !is_connector {
        return None;
    }
    // Logic Apps have the path of the connector's interface.
    let path = inputs.get("path")?.text()?;
    let (set, has_id) = set_in_path(&path)?;
    let method = inputs.get("method").and_then(Node::raw_string).unwrap_or("get");
    let id = has_id.then(|| {
        let mut builder = HostTextBuilder::default();
        builder.placeholder(path.host_range().unwrap_or_default(), "id");
        builder.finish()
    });
    let columns: Vec<HostText> = inputs.get("body").into_iter().flat_map(|body| written(body, "")).collect();
    if let Some(body) = inputs.get("body") {
        values::written(body, "", &set, &mut texts.found);
    }
    let is_read = method.eq_ignore_ascii_case("get");
    Some(request(&set, id, inputs.get("queries").unwrap_or(inputs), &columns, is_read, texts))
}

/// Returns the columns that the members of an object write, whose names begin with `prefix`. Those of lookups
/// end in `@odata.bind`.
fn written<'j>(object: Node<'j>, prefix: &'static str) -> impl Iterator<Item = HostText> + 'j {
    let is_object = object.is_object();
    object.children().filter(move |_| is_object).filter_map(move |member| {
        let key = member.key()?.strip_prefix(prefix)?;
        let name = key.strip_suffix("@odata.bind").unwrap_or(key);
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let is_companion = name.starts_with('_') && name.ends_with("_type");
        (is_name && !is_companion).then(|| member.key_text()).flatten().map(|text| {
            let end = text.text().len();
            text.slice(prefix.len()..end)
        })
    })
}

/// Adds the request of an action, and the names that it writes. Returns what its rows are.
fn request(
    set: &HostText,
    id: Option<HostText>,
    parameters: Node<'_>,
    columns: &[HostText],
    is_read: bool,
    texts: &mut FlowTexts,
) -> Rows {
    let path = || {
        let mut builder = HostTextBuilder::default();
        builder.append(set);
        if let Some(id) = &id {
            builder.synthetic("(");
            builder.append(id);
            builder.synthetic(")");
        }
        builder
    };
    let options: Vec<(&str, HostText)> =
        OPTIONS.iter().filter_map(|name| Some((*name, value(parameters, name, texts)?))).collect();
    let fetch = value(parameters, "fetchXml", texts);
    let written =
        |name: &str| options.iter().find(|(option, _)| *option == name).map(|(_, text)| text.text());
    let rows = Rows::Set {
        name: set.text().to_owned(),
        shape: [fetch.as_ref().map(HostText::text), written("$apply")].into_iter().flatten().collect(),
        expand: written("$expand").unwrap_or_default().to_owned(),
    };
    if let Some(fetch) = &fetch {
        let mut builder = HostTextBuilder::default();
        builder.append(set);
        builder.synthetic("?fetchXml=");
        builder.append(fetch);
        texts.found.push(FoundText::query("list of rows in a flow", builder.finish()));
    } else if !options.is_empty() {
        let mut builder = path();
        for (n, (name, text)) in options.iter().enumerate() {
            builder.synthetic(&format!("{}{name}=", if n == 0 { '?' } else { '&' }));
            builder.append(&percent_encoded(text));
        }
        let construct = if id.is_some() { "row in a flow" } else { "list of rows in a flow" };
        texts.found.push(FoundText::query(construct, builder.finish()));
    } else if columns.is_empty() {
        let mut builder = HostTextBuilder::default();
        // With a slash, a single word is a request and not a filter.
        builder.synthetic("/");
        builder.append(&path().finish());
        let text = builder.finish();
        let is_query = is_read && id.is_none();
        texts.found.push(if is_query {
            FoundText::query("list of rows in a flow", text)
        } else {
            FoundText::names("row in a flow", text)
        });
    }
    if !columns.is_empty() {
        let mut builder = path();
        let mut separator = '?';
        for (option, is_navigation) in [("$select=", false), ("$expand=", true)] {
            let of_option = |text: &&HostText| text.text().ends_with("@odata.bind") == is_navigation;
            for (n, text) in columns.iter().filter(of_option).enumerate() {
                if n == 0 {
                    builder.synthetic(&format!("{separator}{option}"));
                    separator = '&';
                } else {
                    builder.synthetic(",");
                }
                let end = text.text().len() - if is_navigation { "@odata.bind".len() } else { 0 };
                builder.append(&text.slice(0..end));
            }
        }
        texts.found.push(FoundText::names("columns written by a flow", builder.finish()));
    }
    rows
}

/// Returns the entity set in the path of an action of a Logic App, and whether the path leads to one row.
fn set_in_path(path: &HostText) -> Option<(HostText, bool)> {
    let text = path.text();
    let tables = text.find("/tables/").map(|at| at + "/tables/".len());
    let start = tables.or_else(|| {
        let version = text.find("/api/data/v")? + "/api/data/v".len();
        Some(version + text.get(version..)?.find('/')? + 1)
    })?;
    let rest = text.get(start..)?;
    let (name, behind) = if rest.starts_with("@{") {
        let open = rest.find('\'')? + 1;
        let length = rest.get(open..)?.find('\'')?;
        let close = open + length + rest.get(open + length..)?.find('}')? + 1;
        (start + open..start + open + length, rest.get(close..)?)
    } else {
        let length = rest.find(['/', '(', '?']).unwrap_or(rest.len());
        (start..start + length, rest.get(length..)?)
    };
    let behind = behind.strip_prefix("/items").unwrap_or(behind);
    let is_name = text.get(name.clone())?.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && !name.is_empty()).then(|| (path.slice(name), behind.starts_with(['/', '('])))
}

/// Reads the subscription of a trigger, and returns what its row is; `None` if it has none.
fn trigger(inputs: Node<'_>, texts: &mut FlowTexts) -> Option<Rows> {
    let parameters = inputs.get("parameters");
    let subscription = |name: &str| {
        let of_flow = parameters.and_then(|p| p.get(&format!("subscriptionRequest/{name}")));
        of_flow.or_else(|| inputs.at(&["body", name]))
    };
    let entity_node = subscription("entityname")?;
    let entity = entity_node.text()?;
    if entity.text().is_empty() || entity.text().starts_with('@') || entity.text() == "none" {
        return None;
    }
    let name = entity.text().to_owned();
    let table = FoundTable { name: TableName::Table(name.clone()), place: entity.host_range() };
    let mut is_checked = false;
    if let Some(node) = subscription("filterexpression")
        && let Some(text) =
            node.text().map(|text| evaluated(&text)).filter(|text| !text.text().trim().is_empty())
    {
        texts.read.insert(node.index());
        let filter = FoundText::query("filter of a trigger", text).with_table(Some(table));
        texts.found.push(filter);
        is_checked = true;
    }
    if !is_checked {
        let mut builder = HostTextBuilder::default();
        builder.synthetic("<fetch><entity name=\"");
        builder.append(&entity);
        builder.synthetic("\"/></fetch>");
        texts.found.push(FoundText::names("table of a trigger", builder.finish()));
    }
    if let Some(columns) = subscription("filteringattributes").and_then(Node::text) {
        let mut builder = HostTextBuilder::default();
        builder.synthetic(&format!("<fetch><entity name=\"{name}\">"));
        let mut at = 0;
        let mut any = false;
        for column in columns.text().split(',') {
            let start = at + column.len() - column.trim_start().len();
            at += column.len() + 1;
            if column.trim().is_empty() || column.contains(['<', '&', '"', '@', '{']) {
                continue;
            }
            any = true;
            builder.synthetic("<attribute name=\"");
            builder.append(&columns.slice(start..start + column.trim().len()));
            builder.synthetic("\"/>");
        }
        builder.synthetic("</entity></fetch>");
        if any {
            texts.found.push(FoundText::names("columns of a trigger", builder.finish()));
        }
    }
    Some(Rows::Table(name))
}
