//! Goes through the syntax tree of a program, and follows the strings that its statements build.
//!
//! The tree is visited without recursion, so that its depth does not matter. Each string expression is read
//! once, as a whole. A variable keeps the text that statements give it and add to it, until its scope ends.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use crate::embedded::{FoundText, HostText, SourceFile};

use super::grammar::{Event, Grammar, text_of};
use super::names::{TABLE, Table};
use super::texts::Building;

/// The maximum number of steps of the parser for each byte of a file, which bounds its time. Programs need
/// about 0.02; what a mutated file needs is more.
const MAX_STEPS_PER_BYTE: usize = 2;

/// The number of steps of the parser that is always allowed.
const MIN_STEPS: usize = 100_000;

/// The maximum number of conditions around a statement that are looked at.
const MAX_BRANCHES: usize = 32;

/// The reason for not reading a file.
const TOO_HARD: &str = "the file cannot be parsed in reasonable time";

/// A branch: the statement that decides, and the block that runs.
pub(super) type Branch = (usize, usize);

/// A variable of a program.
#[derive(Default)]
pub(super) struct Variable<'t> {
    /// The text that the variable has.
    pub(super) building: Option<Building>,
    /// The table of the rows or the query that the variable holds.
    pub(super) table: Option<Table>,
    /// The object that is the value of the variable.
    pub(super) object: Option<Node<'t>>,
    /// The names of columns whose table is not known yet.
    pub(super) columns: Vec<Node<'t>>,
    pub(super) is_constant: bool,
}

/// Something that is known about a node before it is visited.
#[derive(Clone)]
pub(super) enum Hint {
    /// The rows or columns in the node are those of a table.
    Table(Table),
    /// A query in the node selects rows of a table.
    QueryOf(Table),
    /// A `<filter>` element in the node is about a table.
    FilterOf(Table),
    /// A URL in the node is that of a request that writes.
    Written,
    /// The node is the value of a variable.
    Variable(String),
}

/// The state of reading a program.
pub(super) struct Reader<'t> {
    pub(super) grammar: &'static dyn Grammar,
    pub(super) source: &'t str,
    /// The nodes whose text is a part of a text that has been read.
    pub(super) consumed: HashSet<usize>,
    /// The calls that were handled as the beginning of a longer chain of calls.
    pub(super) appended: HashSet<usize>,
    pub(super) hints: HashMap<usize, Hint>,
    pub(super) scopes: Vec<HashMap<String, Variable<'t>>>,
    /// The names of the functions and classes that make the scopes, if they have one.
    pub(super) functions: Vec<Option<String>>,
    /// The tables of the queries that functions return, by the names of the functions.
    pub(super) results: HashMap<String, Vec<Table>>,
    /// The queries whose table is not known, as indexes of `found`, each with the function that makes it.
    pub(super) tableless: Vec<(usize, String)>,
    /// The branches around the current node, the innermost last.
    pub(super) branches: Vec<Branch>,
    /// The tables of the nodes around the current node, the innermost last.
    pub(super) tables: Vec<Table>,
    pub(super) found: Vec<FoundText>,
    /// The name of the literal with which the last text began.
    pub(super) construct: &'static str,
    /// Whether each of the variables that were asked for is assigned in one place.
    assigned_once: HashMap<String, bool>,
}

/// What ends when a node has been visited.
#[derive(Clone, Copy, Default)]
struct Leaving {
    scope: bool,
    branch: bool,
    table: bool,
}

/// Returns the queries and names of a file in the language of `grammar`.
pub(super) fn read(file: &SourceFile, grammar: &'static dyn Grammar) -> Vec<FoundText> {
    read_text(file.text(), grammar)
}

/// Returns the queries and names of the text of a program.
pub(super) fn read_text(source: &str, grammar: &'static dyn Grammar) -> Vec<FoundText> {
    let Some(tree) = parse(source, grammar) else {
        return vec![FoundText::query("program", HostText::unescaped("", 0)).skipped(TOO_HARD)];
    };
    let mut reader = Reader {
        grammar,
        source,
        consumed: HashSet::new(),
        appended: HashSet::new(),
        hints: HashMap::new(),
        scopes: vec![HashMap::new()],
        functions: Vec::new(),
        results: HashMap::new(),
        tableless: Vec::new(),
        branches: Vec::new(),
        tables: Vec::new(),
        found: Vec::new(),
        construct: "string",
        assigned_once: HashMap::new(),
    };
    reader.visit(tree.root_node());
    reader.leave_scope();
    reader.tables_of_results();
    let mut found = reader.found;
    found.sort_by_key(|found| found.text.host_range().map(|range| (range.start, range.end)));
    // A constant may name a table in many calls.
    found.dedup_by(|b, a| {
        a.construct == TABLE && b.construct == TABLE && a.text.host_range() == b.text.host_range()
    });
    found
}

/// The maximum number of variables of a file of which the places of assignment are counted, each over the whole file.
const MAX_ASSIGNED: usize = 64;

/// Parses a program; `None` if that takes too many steps.
fn parse(source: &str, grammar: &dyn Grammar) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&grammar.language()).ok()?;
    let mut steps = 0;
    let most = source.len().saturating_mul(MAX_STEPS_PER_BYTE).max(MIN_STEPS);
    let mut progress = |_: &ParseState| {
        steps += 1;
        if steps > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let readable = grammar.readable(source);
    let bytes = readable.as_bytes();
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}

/// Returns whether what follows the name of a variable changes it: an assignment, with or without the type of the
/// variable before it, or the call of a method that adds to a text or a list.
fn is_assignment(behind: &str) -> bool {
    let rest = behind.trim_start_matches([' ', '\t']);
    let rest = match rest.strip_prefix(':') {
        Some(ty) => {
            let end = ty.find(['=', ',', ';', ')', '\n']).unwrap_or(ty.len());
            ty.get(end..).unwrap_or_default()
        }
        None => rest,
    };
    let is_equal = rest.starts_with('=') && !rest.starts_with("==") && !rest.starts_with("=>");
    is_equal
        || ["+=", "-=", "??=", "||=", "&&=", "++", ".=", ".Append", ".append", ".push", ".concat"]
            .iter()
            .any(|operator| rest.starts_with(operator))
}

impl<'t> Reader<'t> {
    /// Visits a node and all nodes in it, in the order of the file.
    fn visit(&mut self, root: Node<'t>) {
        let mut cursor = root.walk();
        let mut above: Vec<Node<'t>> = Vec::new();
        let mut leaving: Vec<Leaving> = Vec::new();
        loop {
            let node = cursor.node();
            let leave = self.enter(node, &above);
            if cursor.goto_first_child() {
                above.push(node);
                leaving.push(leave);
                continue;
            }
            self.leave(leave);
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                above.pop();
                if let Some(leave) = leaving.pop() {
                    self.leave(leave);
                }
            }
        }
    }

    /// Begins the visit of a node.
    fn enter(&mut self, node: Node<'t>, above: &[Node<'t>]) -> Leaving {
        let mut leaving = Leaving::default();
        if !node.is_named() {
            return leaving;
        }
        let hint = self.hints.get(&node.id()).cloned();
        if let Some(Hint::Table(table)) = &hint {
            self.tables.push(table.clone());
            leaving.table = true;
        }
        match self.grammar.event(node, above, self.source) {
            Event::None => {}
            Event::Scope => {
                self.scopes.push(HashMap::new());
                self.functions.push(self.function_name(node, above));
                leaving.scope = true;
            }
            Event::Branch { of } => {
                if self.branches.len() < MAX_BRANCHES {
                    self.branches.push((of, node.id()));
                    leaving.branch = true;
                }
            }
            Event::Assign { target, value, is_constant } => {
                let near: Vec<Node<'t>> = above.last().copied().into_iter().chain([node]).collect();
                self.assign(target, value, is_constant, &near);
            }
            Event::Append { target, values, has_line_break } => {
                // A call in a chain was handled with the last one.
                if !self.appended.contains(&node.id()) {
                    self.append(target, &values, has_line_break);
                }
            }
            Event::Call(call) => {
                let inner = self.call(&call, node, &hint);
                if let Some(table) = inner {
                    self.tables.push(table);
                    if leaving.table {
                        // Both end with the node; the one of the hint is not needed any more.
                        let top = self.tables.pop();
                        self.tables.pop();
                        self.tables.extend(top);
                    }
                    leaving.table = true;
                }
            }
            Event::Element { receiver, key } => self.element(receiver, key),
        }
        if let Some(text) = self.new_text(node) {
            // What is known may be that of a node within, such as the value of an argument.
            let hint = hint.or_else(|| self.hints.get(&self.unwrapped(node).id()).cloned());
            self.report(&text, self.construct, hint.as_ref());
        } else if matches!(hint, Some(Hint::QueryOf(_) | Hint::FilterOf(_) | Hint::Written))
            && let Some(name) = self.variable_name(node)
        {
            self.hint_variable(&name, hint);
        }
        leaving
    }

    fn leave(&mut self, leaving: Leaving) {
        if leaving.scope {
            self.leave_scope();
            self.functions.pop();
        }
        if leaving.branch {
            self.branches.pop();
        }
        if leaving.table {
            self.tables.pop();
        }
    }

    /// Ends a scope: what its variables have is complete.
    fn leave_scope(&mut self) {
        let Some(scope) = self.scopes.pop() else { return };
        for (_, variable) in scope {
            self.finish(variable);
        }
    }

    /// Reports what a variable has, when it gets another value or its scope ends.
    pub(super) fn finish(&mut self, variable: Variable<'t>) {
        if let Some(building) = variable.building.filter(|building| !building.is_used) {
            self.report(building.text(), building.construct, building.hint.as_ref());
        }
        if !variable.columns.is_empty() {
            self.columns(variable.table.as_ref(), &variable.columns);
        }
    }

    /// Gives queries that functions return the table that the calls of these functions name, if all name the same.
    fn tables_of_results(&mut self) {
        for (index, function) in std::mem::take(&mut self.tableless) {
            let Some([first, rest @ ..]) = self.results.get(&function).map(Vec::as_slice) else { continue };
            let name = |table: &Table| table.found.as_ref().map(|found| found.name.clone());
            if rest.iter().all(|table| name(table) == name(first))
                && let Some(found) = self.found.get_mut(index)
            {
                found.table.clone_from(&first.found);
            }
        }
    }

    /// Returns the name of the function that makes a scope, or of the variable whose value it is.
    fn function_name(&self, node: Node<'t>, above: &[Node<'t>]) -> Option<String> {
        let of_parent = || {
            let parent = above.last()?;
            let is_named = ["declarator", "pair", "field_definition", "assignment", "property"]
                .iter()
                .any(|kind| parent.kind().contains(kind));
            let name = ["name", "key", "property", "left"].iter().find_map(|f| parent.child_by_field_name(f));
            name.filter(|_| is_named)
        };
        let name = node.child_by_field_name("name").or_else(of_parent)?;
        Some(text_of(name, self.source).to_owned())
    }

    /// Returns the name of the variable that a node is; `None` if it is something else.
    pub(super) fn variable_name(&self, node: Node<'_>) -> Option<String> {
        let name = text_of(node, self.source);
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | ':' | '@');
        let starts = name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$' | '@'));
        (name.len() <= 80 && starts && name.chars().all(is_name)).then(|| name.to_owned())
    }

    /// Returns whether a variable gets its value in one place of the file, so that it is known everywhere.
    pub(super) fn is_assigned_once(&mut self, name: &str) -> bool {
        if let Some(known) = self.assigned_once.get(name) {
            return *known;
        }
        if self.assigned_once.len() >= MAX_ASSIGNED {
            return false;
        }
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '@');
        let assigns = |at: &usize| {
            let before = self.source.get(..*at).and_then(|before| before.chars().next_back());
            let behind = self.source.get(at + name.len()..).unwrap_or_default();
            !before.is_some_and(is_name) && is_assignment(behind)
        };
        let places = memchr::memmem::find_iter(self.source.as_bytes(), name.as_bytes());
        let once = places.filter(assigns).take(2).count() == 1;
        self.assigned_once.insert(name.to_owned(), once);
        once
    }

    /// Returns the variable with a name, and the number of its scope.
    pub(super) fn variable(&mut self, name: &str) -> Option<(usize, &mut Variable<'t>)> {
        let count = self.scopes.len();
        let (n, scope) =
            self.scopes.iter_mut().enumerate().rev().take(64).find(|(_, s)| s.contains_key(name))?;
        debug_assert!(n < count, "a scope that exists");
        Some((n, scope.get_mut(name)?))
    }
}
