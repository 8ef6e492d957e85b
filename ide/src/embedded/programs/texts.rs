//! Reads the text of string expressions, and follows the texts of variables over statements.

use std::ops::Range;

use tree_sitter::Node;

use crate::embedded::{FoundText, HostText, HostTextBuilder, recognize};

use super::grammar::{Event, Expression, Grammar, Separator, text_of};
use super::parameters::initializer;
use super::reader::{Branch, Hint, Reader, Variable};
use super::templates::formatted;

/// The maximum depth of templates whose arguments or texts are templates.
const MAX_TEMPLATES: usize = 8;

/// The maximum number of bytes of a text that statements build.
const MAX_BUILT: usize = 1 << 20;

/// The maximum number of bytes in the text of a variable that becomes a part of another text.
const MAX_INLINED: usize = 4096;

/// The reason for not checking a part of a query.
const PART: &str = "a part of a query that is put together elsewhere";

/// The text of a variable, to which statements may add.
pub(super) struct Building {
    builder: HostTextBuilder,
    /// The branches in which parts of the text were added.
    branches: Vec<Branch>,
    /// Whether the text became a part of another one, with which it is reported.
    pub(super) is_used: bool,
    /// What is known about the query.
    pub(super) hint: Option<Hint>,
    /// The name of the first literal.
    pub(super) construct: &'static str,
}

impl Building {
    fn new(text: &HostText, branches: Vec<Branch>, construct: &'static str) -> Self {
        let mut builder = HostTextBuilder::default();
        builder.append(text);
        Self { builder, branches, is_used: false, hint: None, construct }
    }

    /// Returns the text so far.
    pub(super) fn text(&self) -> &HostText {
        self.builder.text()
    }
}

/// An operand that waits for being added to a text.
enum Waiting<'t> {
    Node(Node<'t>),
    Separator(String),
}

/// Returns the operand of a conditional expression that is a string, so that the text with it can be checked.
pub(super) fn chosen<'t>(
    grammar: &dyn Grammar,
    node: Node<'t>,
    source: &str,
    first: &str,
    second: &str,
) -> Expression<'t> {
    let is_text = |n: &Node<'t>| {
        n.kind().contains("string")
            && matches!(grammar.expression(*n, source), Expression::Literal(l) if !l.content.is_empty())
    };
    let choices = [node.child_by_field_name(first), node.child_by_field_name(second)];
    choices.into_iter().flatten().find(is_text).map_or(Expression::Other, Expression::Same)
}

impl<'t> Reader<'t> {
    /// Returns the text of a string expression, whose literals are not read again; `None` if the node is not
    /// a string expression.
    pub(super) fn text(&mut self, node: Node<'t>) -> Option<HostText> {
        self.text_within(node, 0, false)
    }

    /// Returns the text of a string expression that is not a part of one that has been read.
    pub(super) fn new_text(&mut self, node: Node<'t>) -> Option<HostText> {
        let mut inner = node;
        while !self.consumed.contains(&inner.id()) {
            match self.grammar.expression(inner, self.source) {
                Expression::Same(next) => inner = next,
                Expression::Other => return None,
                _ => return self.text(node),
            }
        }
        // What has been read is not read again from the nodes in between either.
        let mut outer = node;
        while self.consumed.insert(outer.id()) {
            match self.grammar.expression(outer, self.source) {
                Expression::Same(next) => outer = next,
                _ => break,
            }
        }
        None
    }

    /// Returns the text of an expression; `None` if it has no literal. `is_part` says whether a variable alone
    /// counts.
    fn text_within(&mut self, node: Node<'t>, depth: usize, is_part: bool) -> Option<HostText> {
        let mut builder = HostTextBuilder::default();
        let mut is_text = false;
        let mut waiting = vec![Waiting::Node(node)];
        // The number of operands so far.
        let mut count = 0;
        while let Some(next) = waiting.pop() {
            let node = match next {
                Waiting::Separator(text) => {
                    builder.synthetic(&text);
                    continue;
                }
                Waiting::Node(node) => node,
            };
            let expression = self.grammar.expression(node, self.source);
            if !matches!(expression, Expression::Other) {
                self.consumed.insert(node.id());
            }
            if !matches!(expression, Expression::Same(_) | Expression::Concatenation(_)) {
                count += 1;
            }
            match expression {
                Expression::Literal(literal) => {
                    if !is_text && depth == 0 {
                        self.construct = literal.rules.name();
                    }
                    is_text = true;
                    if matches!(node.kind(), "jsx_attribute" | "call_expression")
                        && let Some(value) = node.named_child(1)
                    {
                        self.consumed.insert(value.id());
                    }
                    literal.write(self.source, &mut builder, |interpolation, builder| {
                        self.operand(interpolation.expression, interpolation.range.clone(), builder);
                    });
                }
                Expression::Same(inner) => waiting.push(Waiting::Node(inner)),
                Expression::Concatenation(operands) => {
                    waiting.extend(operands.into_iter().rev().map(Waiting::Node));
                }
                Expression::Joined { separator, list } => {
                    let separator = match separator {
                        Separator::Of(separator) if depth < MAX_TEMPLATES => {
                            let text = self.text_within(separator, depth + 1, true);
                            text.map(|text| text.text().to_owned()).unwrap_or_default()
                        }
                        Separator::Comma => ",".to_owned(),
                        _ => String::new(),
                    };
                    for (n, item) in list.into_iter().enumerate().rev() {
                        waiting.push(Waiting::Node(item));
                        if n > 0 && !separator.is_empty() {
                            waiting.push(Waiting::Separator(separator.clone()));
                        }
                    }
                }
                Expression::Format { template, arguments, style } => {
                    let text = if depth < MAX_TEMPLATES {
                        self.text_within(template, depth + 1, true)
                    } else {
                        None
                    };
                    match text {
                        Some(text) => {
                            is_text = true;
                            builder.append(&formatted(&text, &arguments, style, self.source));
                        }
                        None => builder.placeholder(node.byte_range(), text_of(node, self.source)),
                    }
                }
                Expression::Other if !is_part && count == 1 && waiting.is_empty() => return None,
                Expression::Other => {
                    is_text |= self.operand(node, node.byte_range(), &mut builder);
                }
            }
        }
        is_text.then(|| builder.finish())
    }

    /// Adds an operand that is not a literal: the text of a variable, or a placeholder. Returns whether a text
    /// was added.
    fn operand(&mut self, node: Node<'t>, range: Range<usize>, builder: &mut HostTextBuilder) -> bool {
        let part = match self.variable_name(node) {
            Some(name) => self.part_of_variable(&name),
            None => self.encoded_options(node),
        };
        if let Some(text) = part {
            builder.append(&text);
            return true;
        }
        builder.end();
        builder.placeholder(range, text_of(node, self.source));
        false
    }

    /// Returns the text of a variable that is a part of a query; `None` if it is not certain.
    pub(super) fn part_of_variable(&mut self, name: &str) -> Option<HostText> {
        let text = self.text_of_variable(name).filter(|text| !is_query(text))?;
        self.is_used(name);
        Some(text)
    }

    /// Marks the text of a variable as a part of another one, with which it is reported.
    pub(super) fn is_used(&mut self, name: &str) {
        if let Some((_, variable)) = self.variable(name)
            && let Some(building) = &mut variable.building
        {
            building.is_used = true;
        }
    }

    /// Returns the text of a variable; `None` if it is not certain.
    pub(super) fn text_of_variable(&mut self, name: &str) -> Option<HostText> {
        let last = self.scopes.len().checked_sub(1)?;
        let branches = self.branches.clone();
        let (scope, variable) = self.variable(name)?;
        let is_local = scope == last || variable.is_constant;
        if !is_local && (variable.building.is_none() || !self.is_assigned_once(name)) {
            return None;
        }
        let (_, variable) = self.variable(name)?;
        let building = variable.building.as_ref()?;
        let is_certain = building.branches.iter().all(|b| !is_excluded(*b, &branches));
        let text = building.builder.text();
        (is_certain && !text.is_empty() && text.text().len() <= MAX_INLINED).then(|| text.clone())
    }

    /// Gives a variable a value. `above` are the nearest nodes around the value.
    pub(super) fn assign(
        &mut self,
        target: Node<'t>,
        value: Option<Node<'t>>,
        is_constant: bool,
        above: &[Node<'t>],
    ) {
        let Some(value) = value else { return };
        let inner = self.unwrapped(value);
        let table = self.table_of(inner, above);
        if let Some(receiver_table) = self.table_of_owner(target) {
            self.hints.insert(inner.id(), Hint::Table(receiver_table.clone()));
            if let Some(name) = self.variable_name(value) {
                self.resolve_columns(&name, &receiver_table);
            }
        }
        let Some(name) = self.variable_name(target) else { return };
        self.hints.entry(inner.id()).or_insert_with(|| Hint::Variable(name.clone()));
        // `text = text + "…"` adds to the variable, whatever the text is so far.
        let own = self.appended_to(&name, value);
        let text =
            if own.is_empty() { self.text(value).or_else(|| self.encoded_options(value)) } else { None };
        if !own.is_empty() {
            self.consume_chain(value);
            self.append(target, &own, false);
            return;
        }
        let object = Some(inner).filter(|inner| self.grammar.object(*inner, self.source).is_some());
        let object = object.or_else(|| initializer(inner, self.source));
        let branches = self.branches.clone();
        let building = text.map(|text| Building::new(&text, branches, self.construct));
        let table = table.or_else(|| self.table_of_owner(target));
        let new = Variable { building, table, object, columns: Vec::new(), is_constant };
        // A member of an object belongs to the scope in which the object is known, or to this one.
        let scope = match self.variable(&name) {
            Some((scope, _)) => scope,
            None => self.scopes.len().saturating_sub(1),
        };
        let old = self.scopes.get_mut(scope).and_then(|scope| scope.insert(name, new));
        if let Some(old) = old {
            self.finish(old);
        }
    }

    /// Returns the operands behind the variable itself in `name + "…" + …`; empty if the expression does not
    /// begin with the variable.
    fn appended_to(&self, name: &str, value: Node<'t>) -> Vec<Node<'t>> {
        let mut behind = Vec::new();
        let mut node = value;
        loop {
            match self.grammar.expression(node, self.source) {
                Expression::Concatenation(operands) => {
                    let mut operands = operands.into_iter();
                    let Some(first) = operands.next() else { return Vec::new() };
                    behind.extend(operands.rev());
                    node = first;
                }
                Expression::Same(inner) => node = inner,
                Expression::Other if text_of(node, self.source) == name && !behind.is_empty() => {
                    behind.reverse();
                    return behind;
                }
                _ => return Vec::new(),
            }
        }
    }

    /// Marks the concatenations on the left side of an expression as read.
    fn consume_chain(&mut self, value: Node<'t>) {
        let mut node = value;
        loop {
            self.consumed.insert(node.id());
            match self.grammar.expression(node, self.source) {
                Expression::Concatenation(operands) => match operands.first() {
                    Some(first) => node = *first,
                    None => return,
                },
                Expression::Same(inner) => node = inner,
                _ => return,
            }
        }
    }

    /// Adds values at the end of the text of a variable.
    pub(super) fn append(&mut self, target: Node<'t>, values: &[Node<'t>], has_line_break: bool) {
        // `builder.Append("a").Append("b")`: the second is visited first.
        let mut chain = vec![(values.to_vec(), has_line_break)];
        let mut target = target;
        while let Event::Append { target: inner, values, has_line_break } =
            self.grammar.event(target, &[], self.source)
        {
            if !self.appended.insert(target.id()) {
                return;
            }
            chain.push((values, has_line_break));
            target = inner;
        }
        for (values, has_line_break) in chain.into_iter().rev() {
            self.append_once(target, &values, has_line_break);
        }
    }

    fn append_once(&mut self, target: Node<'t>, values: &[Node<'t>], has_line_break: bool) {
        let mut builder = HostTextBuilder::default();
        let mut is_text = false;
        for value in values {
            match self.text_within(*value, 0, true) {
                Some(text) => {
                    is_text = true;
                    builder.append(&text);
                }
                None => builder.placeholder(value.byte_range(), text_of(*value, self.source)),
            }
        }
        if has_line_break {
            builder.synthetic("\n");
        }
        let added = builder.finish();
        let branches = self.branches.clone();
        let construct = self.construct;
        let last = self.scopes.len().saturating_sub(1);
        let Some(name) = self.variable_name(target) else {
            self.report(&added, construct, None);
            return;
        };
        let known = self.variable(&name).is_some();
        if !known && is_text {
            let building = Building::new(&HostText::default(), Vec::new(), construct);
            let variable = Variable { building: Some(building), ..Variable::default() };
            if let Some(scope) = self.scopes.get_mut(last) {
                scope.insert(name.clone(), variable);
            }
        }
        let Some((scope, variable)) = self.variable(&name) else { return };
        if variable.building.is_none() && is_text {
            // A builder, or a number so far.
            let building = Building::new(&HostText::default(), Vec::new(), construct);
            variable.building = Some(building);
        }
        let Some(building) = &mut variable.building else { return };
        let fits = building.text().text().len() + added.text().len() <= MAX_BUILT;
        let excluded = building.branches.iter().any(|branch| is_excluded(*branch, &branches));
        if !fits || excluded || scope != last {
            self.report(&added, construct, None);
            return;
        }
        building.builder.append(&added);
        building.is_used = false;
        for branch in branches {
            if !building.branches.contains(&branch) {
                building.branches.push(branch);
            }
        }
    }

    /// Keeps what is known about the query in a variable.
    pub(super) fn hint_variable(&mut self, name: &str, hint: Option<Hint>) {
        if let Some((_, variable)) = self.variable(name)
            && let Some(building) = &mut variable.building
        {
            building.hint = hint;
        }
    }

    /// Adds the queries in a text to those that were found.
    pub(super) fn report(&mut self, text: &HostText, construct: &'static str, hint: Option<&Hint>) {
        if let Some(Hint::FilterOf(table)) = hint {
            self.filter(text, table);
            return;
        }
        let table = match hint {
            Some(Hint::QueryOf(table)) => table.found.clone(),
            _ => None,
        };
        if !may_be_query(text.text()) {
            return;
        }
        let queries = recognize(text);
        if queries.is_empty() && is_part(text.text()) {
            self.found.push(FoundText::query(construct, text.clone()).skipped(PART));
        }
        for query in queries {
            let mut found = FoundText::query(construct, query.text);
            found.is_write = matches!(hint, Some(Hint::Written));
            if table.is_none()
                && !query.is_part
                && found.text.text().starts_with(['?', '$', '&'])
                && let Some(function) = self.functions.iter().rev().flatten().next().cloned()
            {
                self.tableless.push((self.found.len(), function));
            }
            self.found.push(if query.is_part {
                found.skipped(PART)
            } else {
                found.with_table(table.clone())
            });
        }
    }
}

/// Returns whether a branch cannot run together with one of `others`.
fn is_excluded(branch: Branch, others: &[Branch]) -> bool {
    others.iter().any(|other| other.0 == branch.0 && other.1 != branch.1)
}

/// Returns whether a text can contain a query, which is decided quickly.
fn may_be_query(text: &str) -> bool {
    text.len() >= 4 && text.contains(['<', '$', '/', '%', '&', '?'])
}

/// Returns whether a text is a query of its own, not only a part of one.
fn is_query(text: &HostText) -> bool {
    may_be_query(text.text())
        && recognize(text).iter().filter(|query| !query.is_part).any(|query| {
            let query = query.text.text();
            !query.starts_with(['?', '$', '&']) && (!query.starts_with('<') || query.ends_with('>'))
        })
        && !text.text().starts_with(['?', '$', '&'])
}

/// Returns whether a text has elements of FetchXML, though no whole query.
fn is_part(text: &str) -> bool {
    let element = |start: &str, attribute: &str| {
        text.match_indices(start).any(|(at, _)| {
            let tag = text.get(at..).unwrap_or_default();
            let end = tag.find('>').unwrap_or(tag.len());
            tag.get(..end).is_some_and(|tag| tag.contains(attribute))
        })
    };
    text.contains("</fetch>")
        || element("<attribute ", "name=")
        || element("<condition ", "operator=")
        || element("<condition ", "attribute=")
        || element("<link-entity ", "name=")
        || element("<order ", "attribute=")
}
