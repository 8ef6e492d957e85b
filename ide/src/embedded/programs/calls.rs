//! Recognises the calls of the libraries with which programs read and write rows, and takes out of them what
//! can be checked: the table of a query, columns, and options that are given one by one.

use tree_sitter::Node;

use crate::embedded::{FoundText, HostText, HostTextBuilder};

use super::grammar::{Call, Event, text_of};
use super::names::Table;
use super::reader::{Hint, Reader};

/// The options of a query that a program gives one by one.
#[derive(Default)]
struct Options<'t> {
    select: Vec<Node<'t>>,
    filter: Vec<Node<'t>>,
    orderby: Vec<Node<'t>>,
    expand: Vec<Node<'t>>,
}

impl<'t> Options<'t> {
    /// Takes an option by its name; returns whether there is one of this name.
    fn set(&mut self, name: &str, value: Node<'t>) -> bool {
        match name.to_ascii_lowercase().trim_start_matches('$') {
            "select" | "columns" => self.select.push(value),
            "filter" => self.filter.push(value),
            "orderby" | "order_by" => self.orderby.push(value),
            "expand" => self.expand.push(value),
            _ => return false,
        }
        true
    }

    fn is_empty(&self) -> bool {
        self.select.is_empty() && self.filter.is_empty() && self.orderby.is_empty() && self.expand.is_empty()
    }
}

impl<'t> Reader<'t> {
    /// Handles a call. Returns the table of what is in it, if the call names one.
    pub(super) fn call(&mut self, call: &Call<'t>, node: Node<'t>, hint: &Option<Hint>) -> Option<Table> {
        self.written_urls(call);
        self.parameters(call);
        if call.is_constructor { self.constructor(call, hint) } else { self.function(call, node) }
    }

    fn constructor(&mut self, call: &Call<'t>, hint: &Option<Hint>) -> Option<Table> {
        let argument = |n: usize| call.arguments.get(n).map(|argument| argument.value);
        match call.name {
            "QueryExpression" | "Entity" | "EntityReference" | "QueryByAttribute" => {
                let table = self.table(argument(0)?, false)?;
                self.table_name(&table);
                if call.name == "Entity"
                    && let Some(initializer) = call.initializer
                {
                    self.initialized(&table, initializer);
                }
                Some(table)
            }
            "ColumnSet" => {
                let list = argument(0).and_then(|first| self.grammar.list(first));
                let names = list.unwrap_or_else(|| call.arguments.iter().map(|a| a.value).collect());
                self.column_set(names, hint);
                None
            }
            "ConditionExpression" | "OrderExpression" => {
                if let Some(table) = self.tables.last().cloned()
                    && !(call.name == "ConditionExpression" && self.condition(&table, &call.arguments))
                {
                    let names = self.attribute_of_condition(call);
                    self.columns(Some(&table), &names);
                }
                None
            }
            "LinkEntity" if call.arguments.len() >= 4 => {
                let from = self.table(argument(0)?, false)?;
                let to = self.table(argument(1)?, false)?;
                self.link(Some(&from), &to, (argument(2)?, argument(3)?));
                Some(to)
            }
            "EntityLogicalName" => {
                let table = self.table(argument(0)?, false)?;
                self.table_name(&table);
                self.class_table(table);
                None
            }
            "AttributeLogicalName" => {
                self.class_column(argument(0)?);
                None
            }
            _ => None,
        }
    }

    /// Returns the name of the column of a condition or an order; nothing if it is one of a joined table.
    fn attribute_of_condition(&mut self, call: &Call<'t>) -> Vec<Node<'t>> {
        let mut arguments = call.arguments.iter();
        let (first, second) = (arguments.next(), arguments.next());
        let has_alias = match second {
            Some(second) => self.name(second.value).is_some(),
            None => false,
        };
        if has_alias { Vec::new() } else { first.map(|a| a.value).into_iter().collect() }
    }

    /// Reports the columns that the initialiser of a row gives a value.
    fn initialized(&mut self, table: &Table, initializer: Node<'t>) {
        let entries = self.grammar.object(initializer, self.source).unwrap_or_default();
        for entry in entries {
            if let Some(text) = self.name(entry.key) {
                self.column_texts(Some(table), &[text]);
            } else if text_of(entry.key, self.source).ends_with("Attributes")
                && let Some(value) = entry.value
            {
                self.initialized(table, value);
            }
        }
    }

    fn function(&mut self, call: &Call<'t>, node: Node<'t>) -> Option<Table> {
        let argument = |n: usize| call.arguments.get(n).map(|argument| argument.value);
        let first = argument(0);
        match call.name {
            "Retrieve" | "RetrieveAsync" if call.arguments.len() >= 3 => {
                let table = self.table(first?, false)?;
                self.table_name(&table);
                let columns = argument(2)?;
                if let Some(name) = self.variable_name(columns) {
                    self.resolve_columns(&name, &table);
                }
                self.hints.insert(columns.id(), Hint::Table(table));
                None
            }
            "AddCondition" | "AddOrder" => {
                let table = self.table_of_receiver(call.receiver?)?;
                if !(call.name == "AddCondition" && self.condition(&table, &call.arguments)) {
                    let names = self.attribute_of_condition(call);
                    self.columns(Some(&table), &names);
                }
                Some(table)
            }
            "AddColumn" | "AddColumns" | "AddAttributeValue" => {
                let receiver = call.receiver?;
                let names: Vec<_> = match call.name {
                    "AddAttributeValue" => first.into_iter().collect(),
                    _ => call.arguments.iter().map(|a| a.value).collect(),
                };
                match self.table_of_receiver(receiver) {
                    Some(table) => self.columns(Some(&table), &names),
                    None => {
                        if let Some(name) = self.variable_name(receiver)
                            && let Some((_, variable)) = self.variable(&name)
                            && variable.building.is_none()
                        {
                            variable.columns.extend(names);
                        }
                    }
                }
                None
            }
            "AddLink" if call.arguments.len() >= 3 => {
                let table = self.table_of_receiver(call.receiver?);
                let to = self.table(first?, false)?;
                self.link(table.as_ref(), &to, (argument(1)?, argument(2)?));
                None
            }
            "GetAttributeValue"
            | "TryGetAttributeValue"
            | "SetAttributeValue"
            | "Contains"
            | "ContainsKey"
            | "Add"
            | "GetFormattedAttributeValue" => {
                let receiver = call.receiver?;
                let text = text_of(receiver, self.source);
                let is_row = call.name.contains("Attribute")
                    || text.ends_with(".Attributes")
                    || text.ends_with(".FormattedValues")
                    || (call.name == "Contains" && !text.contains(['.', '(']));
                if is_row {
                    let table = self.table_of_receiver(receiver)?;
                    self.columns(Some(&table), &[first?]);
                }
                None
            }
            "retrieveMultipleRecords" | "retrieveRecord" => {
                let table = self.table(first?, false)?;
                self.table_name(&table);
                if let Some(options) = argument(if call.name == "retrieveRecord" { 2 } else { 1 }) {
                    self.query_argument(options, Hint::QueryOf(table));
                }
                None
            }
            "createRecord" | "updateRecord" | "deleteRecord" if self.is_web_api(call) => {
                let table = self.table(first?, false)?;
                self.table_name(&table);
                if let Some(data) = argument(if call.name == "createRecord" { 1 } else { 2 }) {
                    self.payload(&table, data);
                }
                None
            }
            "addCustomFilter" => {
                let table = self.table(argument(1)?, false)?;
                self.table_name(&table);
                self.query_argument(first?, Hint::FilterOf(table));
                None
            }
            _ => {
                self.library(call, node);
                None
            }
        }
    }

    /// Returns whether a call is one of `Xrm.WebApi`.
    fn is_web_api(&self, call: &Call<'t>) -> bool {
        let receiver = call.receiver.map_or("", |receiver| text_of(receiver, self.source));
        let length = receiver.len().saturating_sub(24);
        receiver.get(length..).unwrap_or(receiver).to_ascii_lowercase().contains("webapi")
    }

    /// Keeps what is known about a query in an argument: in the node, or in the variable that it names.
    pub(super) fn query_argument(&mut self, node: Node<'t>, hint: Hint) {
        let inner = self.unwrapped(node);
        if let Some(name) = self.variable_name(inner) {
            self.hint_variable(&name, Some(hint));
        } else {
            if let (Hint::QueryOf(table), Event::Call(call)) =
                (&hint, self.grammar.event(inner, &[], self.source))
                && !call.is_constructor
            {
                self.results.entry(call.name.to_owned()).or_default().push(table.clone());
            }
            self.hints.insert(node.id(), hint.clone());
            self.hints.insert(inner.id(), hint);
        }
    }

    /// Handles calls of libraries that take the options of a query one by one.
    fn library(&mut self, call: &Call<'t>, _node: Node<'t>) {
        let first = call.arguments.first();
        // `{ collection: "accounts", select: ["name"], filter: "…" }`
        if let Some(first) = first.filter(|argument| argument.name.is_none())
            && REQUESTS.contains(&call.name)
            && let Some(object) = self.resolved_object(first.value)
        {
            self.request(object);
            return;
        }
        let names: Vec<&str> = call.arguments.iter().filter_map(|argument| argument.name).collect();
        if !names.is_empty() {
            self.named_options(call);
            return;
        }
        // `retrieveMultiple("accounts", ["name"], "filter")`
        if matches!(call.name, "retrieveMultiple" | "retrieveAll" | "count")
            && call.arguments.len() >= 2
            && let Some(first) = first
            && let [_, select, rest @ ..] = call.arguments.as_slice()
            && self.grammar.list(select.value).is_some()
            && self.name(first.value).is_some()
            && let Some(table) = self.table(first.value, true)
        {
            let filter = rest.first().map(|argument| argument.value).into_iter().collect();
            let options = Options { select: vec![select.value], filter, ..Options::default() };
            self.options(&table, &options);
            return;
        }
        // `client.create("account", {…})`
        if matches!(call.name, "create" | "update" | "upsert")
            && call.arguments.len() >= 2
            && let Some(first) = first
            && let Some(last) = call.arguments.last()
            && self.name(first.value).is_some()
            && let Some(object) = self.resolved_object(last.value)
            && let Some(table) = self.table(first.value, false)
        {
            self.table_name(&table);
            self.payload(&table, object);
        }
    }

    /// Handles options that are named arguments, as Python and PowerShell have them.
    fn named_options(&mut self, call: &Call<'t>) {
        let mut options = Options::default();
        let mut table = call.arguments.first().filter(|argument| argument.name.is_none()).map(|a| a.value);
        let is_command = call.receiver.is_none() && call.name.contains('-');
        let mut payload = None;
        for argument in &call.arguments {
            let Some(name) = argument.name else { continue };
            let lower = name.to_ascii_lowercase();
            match lower.as_str() {
                "tablename" | "entitylogicalname" | "table" | "table_name" | "entity" | "logicalname"
                | "schema_name" | "table_schema_name" => table = Some(argument.value),
                "filterattribute" if is_command => options.orderby.push(argument.value),
                "fields" if is_command && self.resolved_object(argument.value).is_some() => {
                    payload = Some(argument.value);
                }
                "inputobject" | "values" if is_command => payload = Some(argument.value),
                "fields" if is_command => options.select.push(argument.value),
                _ if is_command && lower != "columns" => {}
                _ => {
                    options.set(&lower, argument.value);
                }
            }
        }
        let Some(table) = table.filter(|_| !options.is_empty() || payload.is_some()) else { return };
        if !is_command && !READS.contains(&call.name) {
            return;
        }
        let Some(table) = self.table(table, false) else { return };
        self.table_name(&table);
        if is_command {
            // Commands have logical names, not those of OData.
            let nodes: Vec<Node<'t>> =
                options.select.iter().chain(&options.orderby).flat_map(|n| self.items(*n)).collect();
            let texts: Vec<HostText> = nodes.into_iter().filter_map(|n| self.key(n)).collect();
            self.column_texts(Some(&table), &texts);
            if let Some(payload) = payload {
                self.payload(&table, payload);
            }
            return;
        }
        self.options(&table, &options);
    }

    /// Handles an object with the options of a query and its table, or with the values of a row.
    fn request(&mut self, object: Node<'t>) {
        let Some(entries) = self.grammar.object(object, self.source) else { return };
        let mut options = Options::default();
        let mut table = None;
        let mut payload = None;
        for entry in entries.into_iter().take(256) {
            let Some(value) = entry.value else { continue };
            let Some(key) = self.key(entry.key) else { continue };
            match key.text() {
                "collection" => table = self.table(value, true),
                "data" | "entity" => payload = Some(value),
                name => {
                    options.set(name, value);
                }
            }
        }
        let Some(table) = table else { return };
        self.options(&table, &options);
        if let (Some(payload), Some(_)) = (payload, &table.found) {
            self.payload_of_set(&table, payload);
        }
    }

    /// Reports the names in an object that is written to a row of an entity set.
    fn payload_of_set(&mut self, table: &Table, object: Node<'t>) {
        // Columns need the logical name of the table, which is not known; navigation properties do not.
        let before = self.found.len();
        self.payload(table, object);
        let columns = |found: &FoundText| found.construct == "columns";
        let kept: Vec<_> = self.found.drain(before..).filter(|found| !columns(found)).collect();
        self.found.extend(kept);
    }

    /// Returns the elements of a list, or the node itself.
    fn items(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        let node = self.unwrapped(node);
        self.grammar.list(node).unwrap_or_else(|| vec![node])
    }

    /// Reports a query whose options are given one by one.
    fn options(&mut self, table: &Table, options: &Options<'t>) {
        if options.is_empty() {
            return;
        }
        let mut builder = HostTextBuilder::default();
        let mut separator = "?";
        for (name, value) in [
            ("$select=", &options.select),
            ("$filter=", &options.filter),
            ("$orderby=", &options.orderby),
            ("$expand=", &options.expand),
        ] {
            if value.is_empty() {
                continue;
            }
            builder.synthetic(separator);
            builder.synthetic(name);
            separator = "&";
            let items: Vec<_> = value.iter().flat_map(|value| self.items(*value)).collect();
            for (n, item) in items.into_iter().enumerate().take(512) {
                if n > 0 {
                    builder.synthetic(",");
                }
                self.option_item(item, &mut builder);
            }
        }
        let found = FoundText::query("query options", builder.finish());
        self.found.push(found.with_table(table.found.clone()));
    }

    /// Adds a column, a condition, or an expanded navigation property.
    fn option_item(&mut self, item: Node<'t>, builder: &mut HostTextBuilder) {
        if let Some(entries) = self.grammar.object(item, self.source) {
            let mut inner = Options::default();
            for entry in entries.into_iter().take(64) {
                let (Some(key), Some(value)) = (self.key(entry.key), entry.value) else { continue };
                if key.text() == "property" {
                    match self.text(value) {
                        Some(text) => builder.append(&text),
                        None => builder.placeholder(value.byte_range(), text_of(value, self.source)),
                    }
                } else {
                    inner.set(key.text(), value);
                }
            }
            if inner.select.is_empty() {
                return;
            }
            builder.synthetic("($select=");
            let items: Vec<_> = inner.select.iter().flat_map(|value| self.items(*value)).collect();
            for (n, item) in items.into_iter().enumerate().take(512) {
                if n > 0 {
                    builder.synthetic(",");
                }
                match self.text(item) {
                    Some(text) => builder.append(&text),
                    None => builder.placeholder(item.byte_range(), text_of(item, self.source)),
                }
            }
            builder.synthetic(")");
            return;
        }
        match self.text(item) {
            Some(text) => builder.append(&text),
            None => {
                builder.end();
                builder.placeholder(item.byte_range(), text_of(item, self.source));
            }
        }
    }
}

/// The functions that take an object with the options of a query.
const REQUESTS: [&str; 14] = [
    "retrieveMultiple",
    "retrieveMultipleRequest",
    "retrieveAll",
    "retrieveAllRequest",
    "retrieve",
    "retrieveRequest",
    "create",
    "createRequest",
    "update",
    "updateRequest",
    "upsert",
    "upsertRequest",
    "count",
    "countAll",
];

/// The functions that take the options of a query as named arguments.
const READS: [&str; 11] = [
    "list",
    "get",
    "get_multiple",
    "list_pages",
    "retrieve",
    "retrieve_multiple",
    "list_records",
    "get_records",
    "query",
    "iterate",
    "records",
];
