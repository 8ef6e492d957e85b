//! Collects the parts and clauses of a query while its syntax tree is visited, and converts their positions to
//! those of the original text.

use std::collections::HashMap;

use dvkit_diagnostic::Span;
use dvkit_schema::{Store, Table};

use super::part::{Clause, ClauseSymbol, Local, LocalKind, Meaning, Part, QueryParts};
use crate::editor::class::TokenClass;

/// The parts of a query that were collected so far. Positions refer to the decoded text.
pub(super) struct Builder<'a> {
    pub(super) store: &'a Store,
    parts: Vec<Part<'a>>,
    pub(super) locals: Vec<Local>,
    /// The index of the first local name of each kind and name.
    local_ids: HashMap<LocalKind, HashMap<String, usize>>,
    clauses: Vec<Clause>,
    open: Vec<Clause>,
    /// The regions in which a name is a column of another table than that of the query.
    pub(super) regions: Vec<(Span, &'a Table)>,
    pub(super) table: Option<&'a Table>,
    /// Whether a computed value is known only behind its definition, as in the steps of `$apply`.
    pub(super) sequential: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            parts: Vec::new(),
            locals: Vec::new(),
            local_ids: HashMap::new(),
            clauses: Vec::new(),
            open: Vec::new(),
            regions: Vec::new(),
            table: None,
            sequential: false,
        }
    }

    /// Adds a part.
    pub(super) fn push(&mut self, span: Span, class: TokenClass, meaning: Meaning<'a>) {
        if !span.is_empty() {
            self.parts.push(Part { span, class, meaning });
        }
    }

    /// Adds a name that the query defines, and returns its index.
    pub(super) fn local(&mut self, name: &str, kind: LocalKind, definition: Option<Span>) -> usize {
        let table = None;
        let id = self.locals.len();
        self.locals.push(Local { name: name.to_owned(), kind, definition, table });
        self.local_ids.entry(kind).or_default().entry(name.to_owned()).or_insert(id);
        id
    }

    /// Returns the index of the first name `name` of this kind that was added.
    pub(super) fn local_id(&self, kind: LocalKind, name: &str) -> Option<usize> {
        self.local_ids.get(&kind)?.get(name).copied()
    }

    /// Begins a clause, which contains all clauses up to the matching [`close`](Self::close).
    pub(super) fn open(&mut self, span: Span, foldable: bool, symbol: Option<ClauseSymbol>) {
        self.open.push(Clause { span, symbol, foldable, children: Vec::new() });
    }

    /// Ends the clause that was begun last.
    pub(super) fn close(&mut self) {
        let Some(clause) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(clause),
            None => self.clauses.push(clause),
        }
    }

    /// Returns the table whose columns names at `span` mean, outside of the syntax tree.
    pub(super) fn table_at(&self, span: Span) -> Option<&'a Table> {
        let inside =
            self.regions.iter().filter(|(region, _)| region.start <= span.start && span.end <= region.end);
        // The innermost region is the shortest one.
        inside.min_by_key(|(region, _)| region.len()).map(|(_, table)| *table).or(self.table)
    }

    /// Returns the stretches of the text `decoded` that no part covers, in the order of the text.
    pub(super) fn gaps(&mut self, decoded: &str) -> Vec<Span> {
        self.sort();
        let mut gaps = Vec::new();
        let mut at = 0;
        for part in &self.parts {
            let range = part.span.range();
            if at < range.start {
                gaps.push(Span::new(at, range.start));
            }
            at = at.max(range.end);
        }
        if at < decoded.len() {
            gaps.push(Span::new(at, decoded.len()));
        }
        gaps
    }

    /// Sorts the parts, and removes those that overlap an earlier one.
    fn sort(&mut self) {
        // A stable sort: of two parts with one position, the one that was added first stays.
        self.parts.sort_by_key(|part| (part.span.start, part.span.end));
        let mut end = 0;
        self.parts.retain(|part| {
            let keep = part.span.start >= end;
            if keep {
                end = part.span.end;
            }
            keep
        });
    }

    /// Returns the parts with positions in the original text. `map` converts a position in `decoded` to one in
    /// `original`.
    pub(super) fn finish(
        mut self,
        decoded: &str,
        original: &str,
        map: impl Fn(Span) -> Span,
    ) -> QueryParts<'a> {
        while !self.open.is_empty() {
            self.close();
        }
        self.parts.retain(|part| decoded.get(part.span.range()).is_some());
        let map = |span: Span| Span::from(map(span).clamped(original));
        for part in &mut self.parts {
            part.span = map(part.span);
        }
        self.parts.retain(|part| !part.span.is_empty());
        self.sort();
        for local in &mut self.locals {
            local.definition = local.definition.map(map).filter(|span| !span.is_empty());
        }
        for clause in &mut self.clauses {
            clause.map(&map);
        }
        QueryParts { parts: self.parts, locals: self.locals, clauses: self.clauses, table: self.table }
    }
}

impl Clause {
    fn map(&mut self, map: &impl Fn(Span) -> Span) {
        self.span = map(self.span);
        if let Some(symbol) = &mut self.symbol {
            symbol.selection = map(symbol.selection);
        }
        self.children.iter_mut().for_each(|child| child.map(map));
    }
}
