//! AST + schema → HIR.
//!
//! Everything that can be understood is, even where Dataverse refuses the spelling: the meaning goes into the HIR,
//! and a diagnostic with a fix says how to write it. What cannot be understood is reported once and left out, so one
//! mistake is one message; then there is no [`Query`], for holding one is the proof that every name and type fits.

mod call;
mod comparison;
mod facts;
mod fetchxml;
mod operand;
mod partial;
mod path;
mod query_function;
mod request;
mod value;
pub(crate) mod words;

use dvkit_diagnostic::{Code, Diagnostic, Severity, Span, Suggestion, code};
use dvkit_schema::{Choice, ChoiceRef, Column, Store, StoreError, Table};
use odata_parser::ast::{Binary, BinaryOp, Expr, ExprKind, Request, Unary, UnaryOp};

pub(crate) use call::property_name;
pub(crate) use facts::{Expand, Facts, Role, Use};
pub(crate) use operand::{ColumnOperand, Constant, Operand};
pub(crate) use partial::{certain, missing};
pub(crate) use path::{End, Row, link, names_of, plain_name};
pub(crate) use value::{Conversion, EARLIEST, Problem, is_midnight};

use crate::Options;
use crate::hir::{Comparison, Predicate, Query};
use crate::odata::{self, Binding};

/// What resolving gave.
#[derive(Debug)]
pub(crate) struct Resolved<'a> {
    /// The meaning, where everything could be understood.
    pub(crate) query: Option<Box<Query>>,
    /// The table of the rows that come back, where that is known.
    pub(crate) table: Option<&'a Table>,
    /// What is wrong, in no particular order.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What was named and found.
    pub(crate) facts: Facts<'a>,
}

/// Resolves a filter on `table` (a logical name); `source` is the text that `expr` was parsed from.
///
/// # Errors
/// Where the snapshot cannot be read.
pub(crate) fn filter<'a>(
    store: &'a Store,
    table: &str,
    source: &'a str,
    expr: &'a Expr<'a>,
    options: &'a Options,
) -> Result<Resolved<'a>, StoreError> {
    let Some(root) = store.table(table)? else {
        let message = format!("the table `{table}` is not in this snapshot");
        let missing = Diagnostic::error(code::TABLE_NOT_IN_SNAPSHOT, Span::new(0, source.len()), message);
        return Ok(Resolved {
            query: None,
            table: None,
            diagnostics: vec![missing],
            facts: Facts::default(),
        });
    };
    let mut resolver = Resolver::new(store, source, options);
    resolver.scopes.push(Scope { variable: "", table: root });
    let predicate = resolver.predicate(expr, Binding::Loose);
    let query = predicate.map(|predicate| Box::new(Query::rows(table, predicate)));
    resolver.finish(query, Some(root))
}

/// Resolves a whole request. `table` is what one without a path is about, by logical name.
///
/// # Errors
/// Where the snapshot cannot be read.
pub(crate) fn request<'a>(
    store: &'a Store,
    table: Option<&str>,
    source: &'a str,
    request: &'a Request<'a>,
    options: &'a Options,
) -> Result<Resolved<'a>, StoreError> {
    let table = match table {
        Some(name) => store.table(name)?,
        None => None,
    };
    let mut resolver = Resolver::new(store, source, options);
    resolver.request = Some(request);
    let (query, table) = resolver.whole_request(request, table);
    resolver.finish(query.map(Box::new), table)
}

pub(crate) use self::fetchxml::{fetch, is_placeholder, set_of_url};

/// A row that names can refer to: the starting one, or a lambda's.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// Empty for the starting row.
    pub(crate) variable: &'a str,
    pub(crate) table: &'a Table,
}

/// The rows in scope, outermost first. Two of them need no room of their own: lambdas within lambdas are rare.
pub(crate) enum Scopes<'a> {
    Few([Scope<'a>; 2], usize),
    Many(Vec<Scope<'a>>),
}

impl Default for Scopes<'_> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<'a> Scopes<'a> {
    pub(crate) fn of(scope: Scope<'a>) -> Self {
        Self::Few([scope; 2], 1)
    }

    #[inline]
    pub(crate) fn push(&mut self, scope: Scope<'a>) {
        match self {
            Self::Many(scopes) if scopes.is_empty() => *self = Self::of(scope),
            Self::Many(scopes) => scopes.push(scope),
            Self::Few(scopes, count) => match scopes.get_mut(*count) {
                Some(place) => {
                    *place = scope;
                    *count += 1;
                }
                None => {
                    let mut many = scopes.to_vec();
                    many.push(scope);
                    *self = Self::Many(many);
                }
            },
        }
    }

    pub(crate) fn pop(&mut self) {
        match self {
            Self::Few(_, count) => *count = count.saturating_sub(1),
            Self::Many(scopes) => {
                scopes.pop();
            }
        }
    }
}

impl<'a> std::ops::Deref for Scopes<'a> {
    type Target = [Scope<'a>];

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Few(scopes, count) => scopes.get(..*count).unwrap_or_default(),
            Self::Many(scopes) => scopes,
        }
    }
}

/// The condition that is being resolved: what a fix of the whole condition replaces.
#[derive(Clone, Copy, Default)]
pub(crate) struct Leaf {
    pub(crate) span: Span,
    pub(crate) around: Binding,
    pub(crate) op: Option<Comparison>,
}

pub(crate) struct Resolver<'a> {
    pub(crate) store: &'a Store,
    pub(crate) source: &'a str,
    pub(crate) options: &'a Options,
    pub(crate) scopes: Scopes<'a>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) leaf: Leaf,
    /// Within a `not (…)`, where "one of them" and "all of them" change places.
    pub(crate) negated: bool,
    pub(crate) facts: Facts<'a>,
    /// What the columns that are found now are named for.
    pub(crate) role: Role,
    /// The request whose parameter aliases count; none for a filter alone, whose parameters are open.
    pub(crate) request: Option<&'a Request<'a>>,
    /// Within `$expand`, where no alias may be used.
    pub(crate) in_expand: bool,
    /// Within a link of FetchXML that joins rows, where the innermost row is not the starting one.
    in_join: bool,
    pub(crate) aliases: request::Aliases<'a>,
    failure: Option<StoreError>,
}

impl<'a> Resolver<'a> {
    #[inline]
    fn new(store: &'a Store, source: &'a str, options: &'a Options) -> Self {
        Self {
            store,
            source,
            options,
            scopes: Scopes::default(),
            diagnostics: Vec::new(),
            leaf: Leaf::default(),
            negated: false,
            facts: Facts::default(),
            role: Role::Filter,
            request: None,
            in_expand: false,
            in_join: false,
            aliases: request::Aliases::default(),
            failure: None,
        }
    }

    #[inline]
    fn finish(self, query: Option<Box<Query>>, table: Option<&'a Table>) -> Result<Resolved<'a>, StoreError> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(Resolved { query, table, diagnostics: self.diagnostics, facts: self.facts }),
        }
    }

    /// Notes that a column is named.
    pub(crate) fn note(&mut self, row: &Row<'a>, column: &'a Column, span: Span) {
        let related = !row.path.is_empty();
        // Most queries name no more columns than this.
        if self.facts.uses.is_empty() {
            self.facts.uses.reserve(8);
        }
        self.facts.uses.push(Use {
            table: row.table,
            column,
            span,
            role: self.role,
            related,
            null_test: false,
        });
    }

    /// A condition; `None` where it could not be understood, which has been reported.
    pub(crate) fn predicate(&mut self, expr: &'a Expr<'a>, around: Binding) -> Option<Predicate> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.predicate(inner, Binding::Loose),
            ExprKind::Binary(binary) => match binary.op {
                BinaryOp::And | BinaryOp::Or => self.connective(binary),
                _ => self.leaf(expr, around, |r| r.relation(expr, binary)),
            },
            ExprKind::Unary(unary) if unary.op == UnaryOp::Not => self.negation(unary),
            ExprKind::Error => None,
            _ => self.leaf(expr, around, |r| r.bare_condition(expr)),
        }
    }

    fn leaf<T>(&mut self, expr: &Expr<'_>, around: Binding, body: impl FnOnce(&mut Self) -> T) -> T {
        self.facts.conditions += 1;
        let outer = std::mem::replace(&mut self.leaf, Leaf { span: expr.span, around, op: None });
        let result = body(self);
        self.leaf = outer;
        result
    }

    /// `a and b and c`, however deeply the tree leans to the left.
    fn connective(&mut self, binary: &'a Binary<'a>) -> Option<Predicate> {
        let op = binary.op;
        let chained = matches!(&binary.left.kind, ExprKind::Binary(inner) if inner.op == op);
        let binding = if op == BinaryOp::And { Binding::And } else { Binding::Or };
        self.operator_case(binary);
        if !chained {
            let left = self.predicate(&binary.left, binding);
            let right = self.predicate(&binary.right, binding);
            let parts = vec![left?, right?];
            return Some(if op == BinaryOp::And { Predicate::and(parts) } else { Predicate::or(parts) });
        }
        let mut operands = vec![&binary.right];
        let mut left = &binary.left;
        while let ExprKind::Binary(inner) = &left.kind
            && inner.op == op
        {
            self.operator_case(inner);
            operands.push(&inner.right);
            left = &inner.left;
        }
        operands.push(left);
        let mut parts = Vec::with_capacity(operands.len());
        let mut complete = true;
        for operand in operands.into_iter().rev() {
            match self.predicate(operand, binding) {
                Some(part) => parts.push(part),
                None => complete = false,
            }
        }
        complete.then(|| if op == BinaryOp::And { Predicate::and(parts) } else { Predicate::or(parts) })
    }

    fn negation(&mut self, unary: &'a Unary<'a>) -> Option<Predicate> {
        self.lower_case(unary.op_span, "not");
        let outer = std::mem::replace(&mut self.negated, true);
        let inner = self.predicate(&unary.operand, Binding::Not);
        self.negated = outer;
        let inner = inner?;
        Some(self.negated_function(unary, inner))
    }

    /// `AND`, `Eq` and the like are OData 4.01.
    #[inline]
    pub(crate) fn operator_case(&mut self, binary: &Binary<'_>) {
        self.lower_case(binary.op_span, binary.op.as_str());
    }

    pub(crate) fn lower_case(&mut self, span: Span, word: &str) {
        let written = span.of(self.source);
        if written != word && written.eq_ignore_ascii_case(word) {
            self.push(
                Diagnostic::error(
                    code::OPERATOR_CASE,
                    span,
                    format!("Dataverse knows the operator `{word}` in lower case only"),
                )
                .suggest(Suggestion::fix(format!("write `{word}`"), span, word)),
            );
        }
    }

    /// A table of the snapshot, or `None` where it has none of this name or cannot be read.
    pub(crate) fn table(&mut self, name: &str) -> Option<&'a Table> {
        match self.store.table(name) {
            Ok(table) => table,
            Err(error) => {
                self.failure.get_or_insert(error);
                None
            }
        }
    }

    /// The options of a choice column, where the snapshot has them.
    pub(crate) fn choice_of(&mut self, column: &'a Column) -> Option<&'a Choice> {
        match column.ty.choice()? {
            ChoiceRef::Local(choice) => Some(choice),
            ChoiceRef::Global(name) => match self.store.choice(name) {
                Ok(choice) => choice,
                Err(error) => {
                    self.failure.get_or_insert(error);
                    None
                }
            },
        }
    }

    /// Remembers that the snapshot could not be read.
    pub(crate) fn fail(&mut self, error: StoreError) {
        self.failure.get_or_insert(error);
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports an error without a fix; always `None`, to end with.
    pub(crate) fn refuse<T>(&mut self, code: Code, span: Span, message: String, help: &str) -> Option<T> {
        let diagnostic = Diagnostic::error(code, span, message);
        self.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
        None
    }

    /// The variables of the enclosing lambdas, outermost first.
    pub(crate) fn variables(&self) -> Vec<&'a str> {
        self.scopes.iter().skip(1).map(|s| s.variable).collect()
    }

    /// The text that says `predicate` where the current condition stands.
    pub(crate) fn spell(&self, predicate: &Predicate) -> String {
        odata::predicate(predicate, &self.variables(), self.leaf.around)
    }

    /// Reports that the current condition is to be written as `predicate`, and goes on with that meaning.
    pub(crate) fn rewritten(
        &mut self,
        severity: Severity,
        code: Code,
        span: Span,
        message: String,
        advice: &str,
        predicate: Predicate,
    ) -> Option<Predicate> {
        let text = self.spell(&predicate);
        let fix = Suggestion::fix(advice, self.leaf.span, text);
        self.push(Diagnostic::new(code, severity, span, message).suggest(fix));
        Some(predicate)
    }
}
