//! Reads the tree of a mapping into specifications of resources and fields: what each entry says, before any
//! organisation is looked at.

use dvkit_diagnostic::{Code, Diagnostic, Span, Suggestion, code, suggest};
use serde_json::Value;

use super::tree::{Name, Node, NodeValue, Origin, ROWS, SOURCES};
use crate::model;

/// What is wrong with a mapping, in the order in which it was found.
#[derive(Debug, Default)]
pub(crate) struct Findings(pub(crate) Vec<Diagnostic>);

impl Findings {
    pub(crate) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Diagnostic::error(code, span, message))
    }

    pub(crate) fn push(&mut self, finding: Diagnostic) -> &mut Diagnostic {
        self.0.push(finding);
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// Reports that `name` is none of `candidates`, with the closest one.
    pub(crate) fn unknown(&mut self, code: Code, name: &Name, message: String, candidates: &[&str]) {
        let closest = suggest::closest(&name.text, candidates.iter().copied());
        let finding = self.error(code, name.span, message);
        match closest {
            Some(closest) => {
                let message = format!("did you mean `{closest}`?");
                finding.suggestions.push(Suggestion::maybe(message, name.span, closest));
            }
            None => finding.help = Some(format!("possible: {}", candidates.join(", "))),
        }
    }

    fn wrong_type(&mut self, name: &str, node: &Node, wanted: &str) {
        let message = format!("`{name}` has to be {wanted}, and not {}", node.described());
        self.error(code::INVALID_MAPPING, node.span, message);
    }
}

/// The specification of a resource.
#[derive(Clone, Debug)]
pub(crate) struct ResourceSpec {
    pub(crate) name: Name,
    pub(crate) rows: Rows,
}

/// Where the records of a resource come from.
#[derive(Clone, Debug)]
pub(crate) enum Rows {
    /// From the rows of tables.
    Tables(Vec<TableSpec>),
    /// From the options of a choice column: `table.column`.
    Choice { path: Name, fields: Vec<FieldSpec> },
    /// From the mapping itself.
    Records(Vec<serde_json::Map<String, Value>>),
}

/// The specification of a table that gives records of a resource.
#[derive(Clone, Debug)]
pub(crate) struct TableSpec {
    pub(crate) table: Name,
    /// Whether the resource may lack this table.
    pub(crate) optional: bool,
    pub(crate) filter: Option<Name>,
    pub(crate) fields: Vec<FieldSpec>,
    pub(crate) custom: Vec<FieldSpec>,
}

/// The specification of a field.
#[derive(Clone, Debug)]
pub(crate) struct FieldSpec {
    pub(crate) name: Name,
    pub(crate) span: Span,
    pub(crate) origin: Origin,
    pub(crate) source: SourceSpec,
    pub(crate) optional: bool,
    pub(crate) access: Access,
}

/// Who may use a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Access {
    /// Reads and writes, as far as the column allows.
    #[default]
    Both,
    /// Reads only.
    ReadOnly,
    /// Writes only.
    WriteOnly,
}

/// Where the value of a field comes from.
#[derive(Clone, Debug)]
pub(crate) enum SourceSpec {
    /// A column, with the options that its members mean if it is an enum.
    Column { column: Name, options: Option<Vec<OptionSpec>> },
    /// A part of the text of a column.
    Split { column: Name, separator: String, part: SplitPart },
    /// A column of the row to which a lookup leads.
    Path { lookup: Name, target: Option<Name>, column: Name },
    /// A lookup, restricted to rows of some tables.
    Lookup { lookup: Name, targets: Vec<Name> },
    /// A text with columns in braces.
    Template(Name),
    /// A constant.
    Value(Value),
    /// Items, each with the columns or constants of its members.
    List(Vec<ItemSpec>),
    /// A function of the program.
    Hook(Name),
}

/// The part of a text that a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SplitPart {
    First,
    Last,
    /// Everything after the first separator.
    Rest,
    /// The part with this number, from 0.
    At(usize),
}

/// The options that a member of an enum means.
#[derive(Clone, Debug)]
pub(crate) struct OptionSpec {
    pub(crate) member: Name,
    pub(crate) options: Vec<OptionName>,
}

/// An option of a choice, by number or label.
#[derive(Clone, Debug)]
pub(crate) enum OptionName {
    Number(i64, Span),
    Label(Name),
}

impl OptionName {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Number(_, span) => *span,
            Self::Label(name) => name.span,
        }
    }
}

/// An item of a list.
#[derive(Clone, Debug)]
pub(crate) struct ItemSpec {
    pub(crate) members: Vec<(Name, ItemMember)>,
    pub(crate) optional: bool,
    pub(crate) origin: Origin,
    pub(crate) span: Span,
}

/// The value of a member of an item.
#[derive(Clone, Debug)]
pub(crate) enum ItemMember {
    Column(Name),
    Constant(String),
}

/// The entries of a resource that are not fields.
const RESOURCE_KEYS: &[&str] = &["table", "tables", "choice", "records", "filter", "optional", "custom"];

/// The entries of a field.
const FIELD_KEYS: &[&str] = &[
    "column",
    "lookup",
    "target",
    "targets",
    "template",
    "value",
    "list",
    "hook",
    "options",
    "split",
    "part",
    "optional",
    "read_only",
    "write_only",
];

/// Reads the resource `name` of a merged mapping; `None` if it was taken out, or if it cannot be read.
pub(crate) fn resource(name: &Name, node: &Node, findings: &mut Findings) -> Option<ResourceSpec> {
    if node.as_bool() == Some(false) {
        return None;
    }
    if !node.is_table() {
        findings.wrong_type(&name.text, node, "a table of fields, or `false`");
        return None;
    }
    let has: Vec<&str> = ROWS
        .iter()
        .copied()
        .filter(|key| node.get(key).is_some_and(|n| n.as_bool() != Some(false)))
        .collect();
    let rows = match has.as_slice() {
        ["table"] => Rows::Tables(vec![table(node.get("table")?, node, None, findings)?]),
        ["tables"] => {
            let tables = node.get("tables")?;
            if !tables.is_table() {
                findings.wrong_type("tables", tables, "a table whose entries are named like tables");
                return None;
            }
            let kept = tables.entries().iter().filter(|(_, node)| node.as_bool() != Some(false));
            let specs = kept.filter_map(|(key, own)| {
                if !own.is_table() {
                    findings.wrong_type(&key.text, own, "a table of fields, or `false`");
                    return None;
                }
                let named =
                    Node { span: key.span, origin: key.origin, value: NodeValue::Text(key.text.clone()) };
                table(own.get("table").unwrap_or(&named), node, Some(own), findings)
            });
            Rows::Tables(specs.collect())
        }
        ["choice"] => {
            let Some(path) = node.get("choice")?.as_text() else {
                findings.wrong_type("choice", node.get("choice")?, "a text: `opportunity.salesstage`");
                return None;
            };
            Rows::Choice { path, fields: fields(node, findings) }
        }
        ["records"] => Rows::Records(records(node.get("records")?, findings)),
        [] => {
            let message = format!("`{}` does not say where its records come from", name.text);
            let finding = findings.error(code::MAPPED_TABLE, name.span, message);
            finding.help = Some("add `table = \"…\"`, or `tables`, `choice` or `records`".into());
            // A resource of its own says where its records come from; this may be one of the model with another name.
            if let Some(closest) = suggest::closest(&name.text, model::RESOURCES.iter().map(|info| info.name))
            {
                let message = format!("did you mean `{closest}`?");
                finding.suggestions.push(Suggestion::maybe(message, name.span, closest));
            }
            return None;
        }
        both => {
            let message = format!("`{}` has {}, and takes one of them", name.text, both.join(" and "));
            findings.error(code::INVALID_MAPPING, name.span, message);
            return None;
        }
    };
    Some(ResourceSpec { name: name.clone(), rows })
}

/// Reads one table of a resource. `own` has the entries that only this table has.
fn table(table: &Node, common: &Node, own: Option<&Node>, findings: &mut Findings) -> Option<TableSpec> {
    let Some(name) = table.as_text() else {
        findings.wrong_type("table", table, "the logical name of a table");
        return None;
    };
    let mut merged = common.clone();
    if let Some(own) = own {
        merged.overlay(own);
    }
    let custom = match merged.get("custom") {
        None => Vec::new(),
        Some(custom) if custom.is_table() => {
            custom.entries().iter().filter_map(|(name, node)| field(name, node, findings)).collect()
        }
        Some(custom) => {
            findings.wrong_type("custom", custom, "a table of fields");
            Vec::new()
        }
    };
    let filter = match merged.get("filter") {
        None => None,
        Some(node) if node.as_bool() == Some(false) => None,
        Some(node) => {
            let text = node.as_text();
            if text.is_none() {
                findings.wrong_type("filter", node, "an OData filter");
            }
            text
        }
    };
    let optional = flag(&merged, "optional", findings);
    Some(TableSpec { table: name, optional, filter, fields: fields(&merged, findings), custom })
}

/// Reads the fields of a resource, without its other entries.
fn fields(node: &Node, findings: &mut Findings) -> Vec<FieldSpec> {
    let entries = node.entries().iter().filter(|(name, _)| !RESOURCE_KEYS.contains(&name.text.as_str()));
    entries.filter_map(|(name, node)| field(name, node, findings)).collect()
}

/// Reads the field `name`; `None` if it was taken out, or if it cannot be read.
fn field(name: &Name, node: &Node, findings: &mut Findings) -> Option<FieldSpec> {
    let mut spec = FieldSpec {
        name: name.clone(),
        span: node.span,
        origin: node.origin,
        source: SourceSpec::Value(Value::Null),
        optional: false,
        access: Access::Both,
    };
    match &node.value {
        NodeValue::Boolean(false) => return None,
        NodeValue::Text(_) => {
            spec.source = path(node.as_text()?);
            return Some(spec);
        }
        NodeValue::List(items) => {
            spec.source = SourceSpec::List(list(&name.text, items, findings));
            return Some(spec);
        }
        NodeValue::Table(_) => {}
        _ => {
            findings.wrong_type(&name.text, node, "a column, a list, a table, or `false`");
            return None;
        }
    }
    for (key, _) in node.entries() {
        if !FIELD_KEYS.contains(&key.text.as_str()) {
            let message = format!("a field has no entry `{}`", key.text);
            findings.unknown(code::INVALID_MAPPING, key, message, FIELD_KEYS);
        }
    }
    spec.optional = flag(node, "optional", findings);
    spec.access = match (flag(node, "read_only", findings), flag(node, "write_only", findings)) {
        (false, false) => Access::Both,
        (true, false) => Access::ReadOnly,
        (false, true) => Access::WriteOnly,
        (true, true) => {
            let message = format!("`{}` is both read-only and write-only", name.text);
            findings.error(code::INVALID_MAPPING, node.span, message);
            return None;
        }
    };
    spec.source = source(name, node, findings)?;
    Some(spec)
}

fn source(name: &Name, node: &Node, findings: &mut Findings) -> Option<SourceSpec> {
    let text = |key: &str, findings: &mut Findings| match node.get(key) {
        None => None,
        Some(value) => {
            let text = value.as_text();
            if text.is_none() {
                findings.wrong_type(key, value, "a text");
            }
            text
        }
    };
    let column = text("column", findings);
    if let Some(lookup) = text("lookup", findings) {
        let target = text("target", findings);
        return Some(match column {
            Some(column) => SourceSpec::Path { lookup, target, column },
            None => {
                let mut targets: Vec<Name> = target.into_iter().collect();
                if let Some(list) = node.get("targets") {
                    let NodeValue::List(items) = &list.value else {
                        findings.wrong_type("targets", list, "a list of tables");
                        return None;
                    };
                    targets.extend(items.iter().filter_map(Node::as_text));
                }
                SourceSpec::Lookup { lookup, targets }
            }
        });
    }
    if let Some(column) = column {
        if let Some(separator) = text("split", findings) {
            let part = match node.get("part").map(|part| &part.value) {
                Some(NodeValue::Text(part)) if part == "last" => SplitPart::Last,
                Some(NodeValue::Text(part)) if part == "rest" => SplitPart::Rest,
                Some(NodeValue::Text(part)) if part == "first" => SplitPart::First,
                Some(NodeValue::Integer(at)) if (0..100).contains(at) => {
                    SplitPart::At(usize::try_from(*at).unwrap_or_default())
                }
                None => SplitPart::First,
                Some(_) => {
                    let span = node.get("part").map_or(node.span, |part| part.span);
                    let message = "`part` has to be \"first\", \"last\", \"rest\", or a number from 0";
                    findings.error(code::INVALID_MAPPING, span, message);
                    return None;
                }
            };
            if separator.text.is_empty() {
                findings.error(code::INVALID_MAPPING, separator.span, "the separator of `split` is empty");
                return None;
            }
            return Some(SourceSpec::Split { column, separator: separator.text, part });
        }
        let options = match node.get("options") {
            None => None,
            Some(options) => Some(members(options, findings)?),
        };
        let plain = path(column);
        return Some(match (plain, options) {
            (SourceSpec::Column { column, .. }, options) => SourceSpec::Column { column, options },
            (path, None) => path,
            (_, Some(_)) => {
                let message = format!("`{}` has options, and leads to another table", name.text);
                findings.error(code::INVALID_MAPPING, node.span, message);
                return None;
            }
        });
    }
    if let Some(template) = text("template", findings) {
        return Some(SourceSpec::Template(template));
    }
    if let Some(hook) = text("hook", findings) {
        return Some(SourceSpec::Hook(hook));
    }
    if let Some(value) = node.get("value") {
        return Some(SourceSpec::Value(json(value)));
    }
    if let Some(items) = node.get("list") {
        let NodeValue::List(items) = &items.value else {
            findings.wrong_type("list", items, "a list of items");
            return None;
        };
        return Some(SourceSpec::List(list(&name.text, items, findings)));
    }
    // An entry that is misspelled or has a value of the wrong type was reported already.
    let reported = |key: &str| !FIELD_KEYS.contains(&key) || SOURCES.contains(&key);
    if node.entries().iter().any(|(key, _)| reported(&key.text)) {
        return None;
    }
    let message = format!("`{}` does not say where its value comes from", name.text);
    let finding = findings.error(code::INVALID_MAPPING, node.span, message);
    finding.help = Some("add `column`, `lookup`, `template`, `value`, `list` or `hook`".into());
    None
}

/// Reads a column, or a path through a lookup: `primarycontactid/emailaddress1`.
fn path(text: Name) -> SourceSpec {
    match text.text.split_once('/') {
        Some((lookup, column)) => {
            let part = |range: std::ops::Range<usize>| Name {
                text: text.text[range.clone()].to_owned(),
                span: text.part(range),
                origin: text.origin,
            };
            let column = part(text.text.len() - column.len()..text.text.len());
            let lookup = part(0..lookup.len());
            SourceSpec::Path { lookup, target: None, column }
        }
        None => SourceSpec::Column { column: text, options: None },
    }
}

fn members(node: &Node, findings: &mut Findings) -> Option<Vec<OptionSpec>> {
    if !node.is_table() {
        findings.wrong_type("options", node, "a table of members and their options");
        return None;
    }
    let mut specs = Vec::new();
    let mut wrong = false;
    for (member, value) in node.entries() {
        let nodes = match &value.value {
            NodeValue::List(nodes) => nodes.as_slice(),
            NodeValue::Boolean(false) => continue,
            _ => std::slice::from_ref(value),
        };
        let mut options = Vec::new();
        for node in nodes {
            match &node.value {
                NodeValue::Integer(number) => options.push(OptionName::Number(*number, node.span)),
                NodeValue::Text(_) => options.extend(node.as_text().map(OptionName::Label)),
                NodeValue::Boolean(flag) => options.push(OptionName::Number(i64::from(*flag), node.span)),
                _ => {
                    findings.wrong_type(&member.text, node, "the number or the label of an option");
                    wrong = true;
                }
            }
        }
        specs.push(OptionSpec { member: member.clone(), options });
    }
    (!wrong).then_some(specs)
}

fn list(name: &str, items: &[Node], findings: &mut Findings) -> Vec<ItemSpec> {
    let mut specs = Vec::new();
    for item in items {
        match &item.value {
            // A list of texts: each item is a column.
            NodeValue::Text(_) => {
                if let Some(column) = item.as_text() {
                    let member = Name { text: String::new(), span: item.span, origin: item.origin };
                    specs.push(ItemSpec {
                        members: vec![(member, ItemMember::Column(column))],
                        optional: false,
                        origin: item.origin,
                        span: item.span,
                    });
                }
            }
            NodeValue::Table(entries) => {
                let optional = flag(item, "optional", findings);
                let mut members = Vec::new();
                for (member, value) in entries.iter().filter(|(name, _)| name.text != "optional") {
                    let constant = value.get("value").and_then(Node::as_text);
                    match (value.as_text(), constant) {
                        // The kind of an item is always a constant: it tells the items of the list apart.
                        (Some(text), _) if member.text == "type" => {
                            members.push((member.clone(), ItemMember::Constant(text.text)));
                        }
                        (Some(column), _) => members.push((member.clone(), ItemMember::Column(column))),
                        (None, Some(text)) => members.push((member.clone(), ItemMember::Constant(text.text))),
                        (None, None) => findings.wrong_type(&member.text, value, "a column"),
                    }
                }
                specs.push(ItemSpec { members, optional, origin: item.origin, span: item.span });
            }
            _ => findings.wrong_type(name, item, "a list of items: `[{ email = \"emailaddress1\" }]`"),
        }
    }
    specs
}

fn records(node: &Node, findings: &mut Findings) -> Vec<serde_json::Map<String, Value>> {
    let NodeValue::List(items) = &node.value else {
        findings.wrong_type("records", node, "a list of records");
        return Vec::new();
    };
    let mut records = Vec::new();
    for item in items {
        match json(item) {
            Value::Object(map) if map.get("id").is_some_and(Value::is_string) => records.push(map),
            _ => {
                let message =
                    "a record has to be a table with an `id`: `{ id = \"default\", name = \"Sales\" }`";
                findings.error(code::INVALID_MAPPING, item.span, message);
            }
        }
    }
    records
}

fn flag(node: &Node, key: &str, findings: &mut Findings) -> bool {
    match node.get(key) {
        None => false,
        Some(value) => value.as_bool().unwrap_or_else(|| {
            findings.wrong_type(key, value, "`true` or `false`");
            false
        }),
    }
}

fn json(node: &Node) -> Value {
    match &node.value {
        NodeValue::Text(text) => Value::String(text.clone()),
        NodeValue::Integer(number) => Value::from(*number),
        NodeValue::Boolean(flag) => Value::Bool(*flag),
        NodeValue::List(items) => Value::Array(items.iter().map(json).collect()),
        NodeValue::Table(entries) => {
            Value::Object(entries.iter().map(|(name, node)| (name.text.clone(), json(node))).collect())
        }
        NodeValue::Other(_) => Value::Null,
    }
}
