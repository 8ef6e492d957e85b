//! Finds the tables and columns that programs name beside their queries, and writes them as queries that say
//! the same.

use tree_sitter::Node;

use crate::TableName;
use crate::embedded::{FoundTable, FoundText, HostText, HostTextBuilder};

use super::grammar::{Event, text_of};
use super::reader::{Hint, Reader, Variable};

/// The name of the variable that has the table of a class, and the columns of its properties.
const CLASS: &str = "class table";

/// What the name of a table by itself is called.
pub(super) const TABLE: &str = "table";

/// The reason for not checking names.
const NO_TABLE: &str = "the table of these columns is not known here";

/// The maximum number of steps from an expression to the variable that it begins with.
const MAX_CHAIN: usize = 16;

/// A table that a program names, by a literal or by an expression.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The table; `None` if it is the value of an expression.
    pub(super) found: Option<FoundTable>,
    /// The name in the file, or a placeholder.
    pub(super) text: HostText,
}

impl Table {
    /// Adds the name to a text that is not about the table itself.
    pub(super) fn write(&self, builder: &mut HostTextBuilder) {
        match &self.found {
            Some(found) => builder.synthetic(found.name.as_str()),
            None => builder.append(&self.text),
        }
    }
}

impl<'t> Reader<'t> {
    /// Returns the text of a literal that is a name; `None` if the node is something else.
    pub(super) fn name(&mut self, node: Node<'t>) -> Option<HostText> {
        let text = self.text(node)?;
        is_plain_name(&text).then_some(text)
    }

    /// Returns the table that an argument names.
    pub(super) fn table(&mut self, node: Node<'t>, is_set: bool) -> Option<Table> {
        if let Some(text) = self.name(node).or_else(|| self.constant_name(node)) {
            let name = text.text().to_owned();
            let name = if is_set { TableName::EntitySet(name) } else { TableName::Table(name) };
            return Some(Table { found: Some(FoundTable { name, place: text.host_range() }), text });
        }
        let mut builder = HostTextBuilder::default();
        builder.placeholder(node.byte_range(), text_of(node, self.source));
        Some(Table { found: None, text: builder.finish() })
    }

    /// Returns the name that the constant has which a node names: `const CASE = "incident"`, or the member `Case`
    /// of the object `{ Case: "incident" }`; `None` if the node is something else.
    fn constant_name(&mut self, node: Node<'t>) -> Option<HostText> {
        let node = self.unwrapped(node);
        let name = self.variable_name(node)?;
        let text = match self.text_of_variable(&name) {
            Some(text) => text,
            None => {
                let (object, member) = name.rsplit_once('.')?;
                let object = self.variable(object)?.1.object?;
                let entries = self.grammar.object(object, self.source)?;
                let is_member =
                    |key: Node<'t>, source: &str| text_of(key, source).trim_matches(['"', '\'']) == member;
                let entry = entries.into_iter().take(256).find(|entry| is_member(entry.key, self.source))?;
                self.text(entry.value?)?
            }
        };
        is_plain_name(&text).then_some(text)
    }

    /// Reports the name of a table by itself.
    pub(super) fn table_name(&mut self, table: &Table) {
        if table.found.is_none() {
            return;
        }
        let mut builder = HostTextBuilder::default();
        builder.synthetic("<fetch><entity name=\"");
        builder.append(&table.text);
        builder.synthetic("\"/></fetch>");
        self.found.push(FoundText::names(TABLE, builder.finish()));
    }

    /// Reports logical names of columns of a table.
    pub(super) fn columns(&mut self, table: Option<&Table>, names: &[Node<'t>]) {
        let texts: Vec<HostText> = names.iter().filter_map(|node| self.name(*node)).collect();
        self.column_texts(table, &texts);
    }

    pub(super) fn column_texts(&mut self, table: Option<&Table>, texts: &[HostText]) {
        if texts.is_empty() {
            return;
        }
        let mut builder = HostTextBuilder::default();
        builder.synthetic("<fetch><entity name=\"");
        match table {
            Some(table) => table.write(&mut builder),
            None => builder.synthetic("table"),
        }
        builder.synthetic("\">");
        for text in texts {
            builder.synthetic("<attribute name=\"");
            builder.append(text);
            builder.synthetic("\"/>");
        }
        builder.synthetic("</entity></fetch>");
        let found = FoundText::names("columns", builder.finish());
        self.found.push(if table.is_some() { found } else { found.skipped(NO_TABLE) });
    }

    /// Reports the columns that join a table with another one.
    pub(super) fn link(&mut self, table: Option<&Table>, to: &Table, columns: (Node<'t>, Node<'t>)) {
        let (from, target) = columns;
        let (Some(from), Some(target)) = (self.name(from), self.name(target)) else {
            self.table_name(to);
            return;
        };
        let mut builder = HostTextBuilder::default();
        builder.synthetic("<fetch><entity name=\"");
        match table {
            Some(table) => table.write(&mut builder),
            None => {
                self.table_name(to);
                self.column_texts(Some(to), &[target]);
                return;
            }
        }
        builder.synthetic("\"><link-entity name=\"");
        builder.append(&to.text);
        builder.synthetic("\" from=\"");
        builder.append(&target);
        builder.synthetic("\" to=\"");
        builder.append(&from);
        builder.synthetic("\"/></entity></fetch>");
        self.found.push(FoundText::names("link", builder.finish()));
    }

    /// Reports a `<filter>` element about a table.
    pub(super) fn filter(&mut self, text: &HostText, table: &Table) {
        let trimmed = text.text().trim_start();
        if !trimmed.starts_with("<filter") {
            return;
        }
        let mut builder = HostTextBuilder::default();
        builder.synthetic("<fetch><entity name=\"");
        table.write(&mut builder);
        builder.synthetic("\">");
        builder.append(text);
        builder.synthetic("</entity></fetch>");
        self.found.push(FoundText::names("filter", builder.finish()));
    }

    /// Reports the columns and navigation properties that the keys of an object name, which is written to a
    /// row of `table`.
    pub(super) fn payload(&mut self, table: &Table, object: Node<'t>) {
        let object = self.resolved_object(object);
        let Some(entries) = object.and_then(|object| self.grammar.object(object, self.source)) else {
            return;
        };
        let mut columns = Vec::new();
        let mut navigation = Vec::new();
        for entry in entries.into_iter().take(2048) {
            let Some(key) = self.key(entry.key) else { continue };
            let is_nested = entry.value.is_some_and(|value| {
                let value = self.unwrapped(value);
                self.grammar.object(value, self.source).is_some() || self.grammar.list(value).is_some()
            });
            let name_end = key.text().find('@').unwrap_or(key.text().len());
            let is_bind = key.text().ends_with("@odata.bind");
            if name_end == 0 || (name_end < key.text().len() && !is_bind) {
                continue;
            }
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            if key.placeholders().next().is_some() || !key.text()[..name_end].chars().all(is_name) {
                continue;
            }
            let name = key.slice(0..name_end);
            if is_bind || is_nested { navigation.push(name) } else { columns.push(name) }
        }
        self.column_texts(Some(table), &columns);
        if navigation.is_empty() {
            return;
        }
        let mut builder = HostTextBuilder::default();
        builder.synthetic("?$expand=");
        for (n, name) in navigation.iter().enumerate() {
            if n > 0 {
                builder.synthetic(",");
            }
            builder.append(name);
        }
        let found = FoundText::names("navigation properties", builder.finish());
        self.found.push(found.with_table(table.found.clone()));
    }

    /// Returns the text of the key of an object, which may be written without quotes.
    pub(super) fn key(&mut self, node: Node<'t>) -> Option<HostText> {
        if let Some(text) = self.text(node) {
            return Some(text);
        }
        let text = text_of(node, self.source);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let fits = !text.is_empty() && text.chars().all(is_name);
        let mut builder = HostTextBuilder::default();
        builder.begin(node.start_byte(), std::sync::Arc::new(crate::embedded::EscapeWith(bare_name)));
        builder.plain(node.byte_range(), text);
        fits.then(|| builder.finish())
    }

    /// Returns the object that a node is, or that the variable has which the node names.
    pub(super) fn resolved_object(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        let node = self.unwrapped(node);
        if self.grammar.object(node, self.source).is_some() {
            return Some(node);
        }
        let name = self.variable_name(node)?;
        self.variable(&name).and_then(|(_, variable)| variable.object)
    }

    /// Returns the node without brackets and conversions around it.
    pub(super) fn unwrapped(&self, node: Node<'t>) -> Node<'t> {
        let mut node = node;
        for _ in 0..64 {
            match self.grammar.expression(node, self.source) {
                super::grammar::Expression::Same(inner) => node = inner,
                _ => break,
            }
        }
        node
    }

    /// Reports the columns that a variable has, now that their table is known.
    pub(super) fn resolve_columns(&mut self, name: &str, table: &Table) {
        let columns = match self.variable(name) {
            Some((_, variable)) => std::mem::take(&mut variable.columns),
            None => return,
        };
        self.columns(Some(table), &columns);
    }

    /// Handles columns whose table is that of the nodes around them, or is said later.
    pub(super) fn column_set(&mut self, names: Vec<Node<'t>>, hint: &Option<Hint>) {
        if let Some(table) = self.tables.last().cloned() {
            self.columns(Some(&table), &names);
            return;
        }
        if let Some(Hint::Variable(name)) = hint
            && let Some((_, variable)) = self.variable(name)
        {
            variable.columns.extend(names);
            return;
        }
        self.columns(None, &names);
    }

    /// Keeps the table of the class around the current node.
    pub(super) fn class_table(&mut self, table: Table) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(CLASS.to_owned(), Variable { table: Some(table), ..Variable::default() });
        }
    }

    /// Keeps a column of the class around the current node.
    pub(super) fn class_column(&mut self, name: Node<'t>) {
        if let Some((_, class)) = self.variable(CLASS) {
            class.columns.push(name);
        }
    }

    /// Returns the table of the rows or of the query in a variable, with which an expression begins.
    pub(super) fn table_of_receiver(&mut self, node: Node<'t>) -> Option<Table> {
        let mut node = node;
        for _ in 0..MAX_CHAIN {
            if let Some(name) = self.variable_name(node) {
                let mut name = name.as_str();
                loop {
                    if let Some((_, variable)) = self.variable(name)
                        && variable.table.is_some()
                    {
                        return variable.table.clone();
                    }
                    name = name.rsplit_once('.')?.0;
                }
            }
            node = first_operand(node)?;
        }
        None
    }

    /// Returns the table of the object whose member `target` is.
    pub(super) fn table_of_owner(&mut self, target: Node<'t>) -> Option<Table> {
        let text = text_of(target, self.source);
        if !text.contains('.') || text.contains(['[', '(']) {
            return None;
        }
        self.table_of_receiver(first_operand(target)?)
    }

    /// Returns the table of the rows or of the query that an expression makes. `above` are the nearest nodes
    /// around it.
    pub(super) fn table_of(&mut self, value: Node<'t>, above: &[Node<'t>]) -> Option<Table> {
        let mut node = value;
        for _ in 0..MAX_CHAIN {
            if self.variable_name(node).is_some() {
                return self.table_of_receiver(node);
            }
            let event = self.grammar.event(node, if node == value { above } else { &[] }, self.source);
            if let Event::Call(call) = event {
                let argument = |n: usize| call.arguments.get(n).map(|argument| argument.value);
                match call.name {
                    "Entity" | "QueryExpression" | "QueryByAttribute" if call.is_constructor => {
                        return self.table(argument(0)?, false);
                    }
                    "LinkEntity" if call.is_constructor => return self.table(argument(1)?, false),
                    "AddLink" => return self.table(argument(0)?, false),
                    "Retrieve" | "RetrieveAsync" if call.arguments.len() >= 3 => {
                        return self.table(argument(0)?, false);
                    }
                    "RetrieveMultiple" | "RetrieveMultipleAsync" => {
                        node = argument(0)?;
                        continue;
                    }
                    _ if call.is_constructor => return None,
                    "ToEntity" | "First" | "FirstOrDefault" | "Single" | "SingleOrDefault" | "ToList"
                    | "Where" => {
                        node = call.receiver?;
                        continue;
                    }
                    _ => return None,
                }
            }
            node = first_operand(node)?;
        }
        None
    }

    /// Reports a column that is selected by its name, such as `entity["name"]`.
    pub(super) fn element(&mut self, receiver: Node<'t>, key: Node<'t>) {
        let text = text_of(receiver, self.source);
        let is_row = self.variable_name(receiver).is_some() || text.ends_with(']');
        if is_row && let Some(table) = self.table_of_receiver(receiver) {
            self.columns(Some(&table), &[key]);
        }
    }
}

/// Returns the expression with which a member, element or call begins.
fn first_operand<'t>(node: Node<'t>) -> Option<Node<'t>> {
    let operand =
        ["expression", "object", "function", "value"].iter().find_map(|f| node.child_by_field_name(f));
    operand.or_else(|| {
        let is_chain = ["await", "parenthesized", "cast", "as_expression", "conditional_access"]
            .iter()
            .any(|kind| node.kind().starts_with(kind));
        if is_chain { node.named_child(0) } else { None }
    })
}

/// Returns whether a text without placeholders can be a name.
fn is_plain_name(text: &HostText) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ');
    text.placeholders().next().is_none() && !text.is_empty() && text.text().chars().all(is_name)
}

/// Returns a name as it is written without quotes; `None` if it needs them.
pub(super) fn bare_name(text: &str) -> Option<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.chars().all(is_name).then(|| text.to_owned())
}
