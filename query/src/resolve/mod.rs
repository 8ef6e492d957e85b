//! Resolves a syntax tree to the [`hir`](crate::hir), using the names and types of the schema. The analysis
//! calls `filter`, `request` or `fetchxml::fetch`.
//!
//! Everything that can be understood is resolved, even if Dataverse refuses its spelling: the result has the
//! meaning, and a diagnostic with a fix has the correct spelling. A part that cannot be understood is
//! reported once and left out; then the result has no [`Query`], because every name in a query must exist and
//! every type must fit.

mod arguments;
mod call;
mod comparison;
mod facts;
mod fetchxml;
pub(crate) mod message;
mod operand;
mod partial;
mod path;
mod query_function;
mod request;
mod rewrite_result;
mod value;
pub(crate) mod words;

use dvkit_diagnostic::{Code, Diagnostic, Severity, Span, Suggestion, code};
use dvkit_schema::{Choice, ChoiceRef, Column, Store, StoreError, Table};
use odata_parser::ast::{Binary, BinaryOp, Expr, ExprKind, Request, Unary, UnaryOp};

pub(crate) use arguments::property_name;
pub(crate) use facts::{ColumnUse, Expand, Facts, Role};
pub(crate) use operand::{ColumnOperand, Constant, ConstantKind, Operand};
pub(crate) use partial::{unambiguous_correction, unknown_name_diagnostic};
pub(crate) use path::{PathTarget, Row, link, names_of, plain_name};
pub(crate) use rewrite_result::Rewrite;
pub(crate) use value::{Conversion, MIN_DATE_TIME, Problem, is_midnight};

use crate::CheckOptions;
use crate::hir::{Comparison, Predicate, Query};
use crate::odata::{self, Precedence};

/// The result of resolving one text: its meaning and its findings.
#[derive(Debug)]
pub(crate) struct Resolved<'a> {
    /// The meaning of the text; `None` if a part could not be understood.
    pub(crate) query: Option<Box<Query>>,
    /// The table whose rows are returned; `None` if it is unknown.
    pub(crate) table: Option<&'a Table>,
    /// The findings, in no particular order.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Facts about the names that were resolved, such as the columns used. The lints read them.
    pub(crate) facts: Facts<'a>,
}

/// Resolves the filter `expr` on rows of `table` (a logical name). `source` is the text that `expr` was
/// parsed from.
///
/// # Errors
/// Returns an error if the snapshot cannot be read. An unknown table is reported in the diagnostics instead.
pub(crate) fn filter<'a>(
    store: &'a Store,
    table: &str,
    source: &'a str,
    expr: &'a Expr<'a>,
    options: &'a CheckOptions,
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
    resolver.scopes = Scopes::of(Scope { variable: "", table: root });
    let predicate = resolver.predicate(expr, Precedence::Loose);
    let query = predicate.map(|predicate| Box::new(Query::rows(table, predicate)));
    resolver.finish(query, Some(root))
}

/// Resolves a whole request. `source` is the text that `request` was parsed from. `table` is the logical name
/// of the queried table if the request has no path.
///
/// # Errors
/// Returns an error if the snapshot cannot be read.
pub(crate) fn request<'a>(
    store: &'a Store,
    table: Option<&str>,
    source: &'a str,
    request: &'a Request<'a>,
    options: &'a CheckOptions,
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

/// A row whose columns a condition can name: the row of the query, or the row of a lambda's variable.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// The name of the lambda's variable. It is empty for the row of the query.
    pub(crate) variable: &'a str,
    pub(crate) table: &'a Table,
}

/// The rows whose columns a condition can name, outermost first. A list of up to two rows needs no
/// allocation; most queries have no nested lambdas.
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

/// The condition that is being resolved. A fix for the whole condition replaces its `span`.
#[derive(Clone, Copy, Default)]
pub(crate) struct CurrentCondition {
    pub(crate) span: Span,
    pub(crate) around: Precedence,
    pub(crate) op: Option<Comparison>,
}

pub(crate) struct Resolver<'a> {
    pub(crate) store: &'a Store,
    pub(crate) source: &'a str,
    pub(crate) options: &'a CheckOptions,
    pub(crate) scopes: Scopes<'a>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) current: CurrentCondition,
    /// Whether the condition is below a `not`. There, a test of one related row means that all of them are
    /// tested.
    pub(crate) negated: bool,
    pub(crate) facts: Facts<'a>,
    /// The purpose of the columns that are being resolved, such as ordering.
    pub(crate) role: Role,
    /// The request that is being resolved, which assigns values to parameter aliases; `None` for a filter
    /// alone, in which parameter aliases have no values.
    pub(crate) request: Option<&'a Request<'a>>,
    /// Whether an option within `$expand` is being resolved. Dataverse does not allow parameter aliases
    /// there.
    pub(crate) in_expand: bool,
    /// Whether the content of a FetchXML link that is a join is being resolved. There, the innermost row is
    /// the joined row and not the row of the query.
    in_join: bool,
    pub(crate) aliases: request::Aliases<'a>,
    failure: Option<StoreError>,
}

impl<'a> Resolver<'a> {
    #[inline]
    fn new(store: &'a Store, source: &'a str, options: &'a CheckOptions) -> Self {
        Self {
            store,
            source,
            options,
            scopes: Scopes::default(),
            diagnostics: Vec::new(),
            current: CurrentCondition::default(),
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

    /// Records for the lints that the text at `span` uses `column` of `row`.
    pub(crate) fn record_use(&mut self, row: &Row<'a>, column: &'a Column, span: Span) {
        let related = !row.path.is_empty();
        // Most queries use no more columns than this.
        if self.facts.uses.is_empty() {
            self.facts.uses.reserve(8);
        }
        self.facts.uses.push(ColumnUse {
            table: row.table,
            column,
            span,
            role: self.role,
            related,
            null_test: false,
        });
    }

    /// Resolves a condition. `around` is the operator of which the condition is an operand. Returns `None` if
    /// the condition could not be understood; then the mistake has been reported.
    pub(crate) fn predicate(&mut self, expr: &'a Expr<'a>, around: Precedence) -> Option<Predicate> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.predicate(inner, Precedence::Loose),
            ExprKind::Binary(binary) => match binary.op {
                BinaryOp::And | BinaryOp::Or => self.connective(binary),
                _ => self.in_condition(expr, around, |r| r.binary_condition(expr, binary)),
            },
            ExprKind::Unary(unary) if unary.op == UnaryOp::Not => self.negation(unary),
            ExprKind::Error => None,
            _ => self.in_condition(expr, around, |r| r.bare_condition(expr)),
        }
    }

    fn in_condition<T>(
        &mut self,
        expr: &Expr<'_>,
        around: Precedence,
        body: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.facts.conditions += 1;
        let outer =
            std::mem::replace(&mut self.current, CurrentCondition { span: expr.span, around, op: None });
        let result = body(self);
        self.current = outer;
        result
    }

    /// Resolves a chain of one operator, such as `a and b and c` or `a or b`. The operators of a long chain
    /// are nested on the left, so the function uses a loop and not recursion. Returns `None` if a condition
    /// of the chain could not be understood; then the mistake has been reported.
    fn connective(&mut self, binary: &'a Binary<'a>) -> Option<Predicate> {
        let op = binary.op;
        let chained = matches!(&binary.left.kind, ExprKind::Binary(inner) if inner.op == op);
        let binding = if op == BinaryOp::And { Precedence::And } else { Precedence::Or };
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
        let inner = self.predicate(&unary.operand, Precedence::Not);
        self.negated = outer;
        let inner = inner?;
        Some(self.rewrite_negated_function(unary, inner))
    }

    /// Reports an operator in upper case (`AND`, `EQ`), which only OData 4.01 allows.
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

    /// Returns the table with this logical name. Returns `None` if the snapshot does not contain the table or
    /// cannot be read. An error in reading is recorded, and resolving fails at its end.
    pub(crate) fn table(&mut self, name: &str) -> Option<&'a Table> {
        match self.store.table(name) {
            Ok(table) => table,
            Err(error) => {
                self.failure.get_or_insert(error);
                None
            }
        }
    }

    /// Returns the choice (the list of options) of a choice column. Returns `None` if the column is not a
    /// choice column, or the snapshot does not contain the choice.
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

    /// Records an error in reading the snapshot, with which resolving fails at its end. Only the first error
    /// is kept.
    pub(crate) fn fail(&mut self, error: StoreError) {
        self.failure.get_or_insert(error);
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports an error without a fix at `span`, and returns `None`. `help` is advice to add to the error; an
    /// empty text adds none.
    pub(crate) fn refuse<T>(&mut self, code: Code, span: Span, message: String, help: &str) -> Option<T> {
        let diagnostic = Diagnostic::error(code, span, message);
        self.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
        None
    }

    /// Returns the names of the variables of the enclosing lambdas, outermost first.
    pub(crate) fn variables(&self) -> Vec<&'a str> {
        self.scopes.iter().skip(1).map(|s| s.variable).collect()
    }

    /// Returns the OData text of `predicate` as a replacement for the current condition, in parentheses if
    /// that position needs them.
    pub(crate) fn spell(&self, predicate: &Predicate) -> String {
        odata::predicate(predicate, &self.variables(), self.current.around)
    }

    /// Reports that the current condition must be written as `predicate`, with a fix that replaces the
    /// condition, and returns `predicate`. `advice` describes the fix, and `span` is the position of the
    /// report.
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
        let fix = Suggestion::fix(advice, self.current.span, text);
        self.push(Diagnostic::new(code, severity, span, message).suggest(fix));
        Some(predicate)
    }
}
