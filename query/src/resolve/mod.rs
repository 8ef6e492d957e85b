//! AST + schema → HIR.
//!
//! Everything that can be understood is, even where Dataverse refuses the spelling: the meaning goes into the HIR,
//! and a diagnostic with a fix says how to write it. What cannot be understood is reported once and left out, so one
//! mistake is one message; then there is no [`Query`], for holding one is the proof that every name and type fits.

mod call;
mod comparison;
mod operand;
mod path;
mod query_function;
mod value;

use dvkit_diagnostic::{Code, Diagnostic, Severity, Span, Suggestion, code};
use dvkit_schema::{Choice, ChoiceRef, Column, Store, StoreError, Table};
use odata_parser::ast::{Binary, BinaryOp, Expr, ExprKind, Unary, UnaryOp};

pub(crate) use call::property_name;
pub(crate) use operand::{ColumnOperand, Constant, Operand};
pub(crate) use path::{End, Row, link, names_of, plain_name};
pub(crate) use value::{Conversion, Problem};

use crate::Options;
use crate::emit::odata::{self, Binding};
use crate::hir::{Comparison, Predicate, Query};

/// What resolving gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The meaning, where everything could be understood.
    pub query: Option<Query>,
    /// What is wrong, in no particular order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Resolves a filter on `table` (a logical name); `source` is the text that `expr` was parsed from.
///
/// # Errors
/// Where the snapshot cannot be read or does not hold `table`.
pub fn resolve(
    store: &Store,
    table: &str,
    source: &str,
    expr: &Expr<'_>,
    options: &Options,
) -> Result<Resolved, StoreError> {
    let Some(root) = store.table(table)? else {
        let message = format!("the table `{table}` is not in this snapshot");
        let missing = Diagnostic::error(code::TABLE_NOT_IN_SNAPSHOT, Span::new(0, source.len()), message);
        return Ok(Resolved { query: None, diagnostics: vec![missing] });
    };
    let mut resolver = Resolver {
        store,
        source,
        options,
        scopes: vec![Scope { variable: "", table: root }],
        diagnostics: Vec::new(),
        leaf: Leaf::default(),
        failure: None,
    };
    let predicate = resolver.predicate(expr, Binding::Loose);
    if let Some(failure) = resolver.failure {
        return Err(failure);
    }
    let query = predicate.map(|predicate| Query { table: table.to_owned(), predicate });
    Ok(Resolved { query, diagnostics: resolver.diagnostics })
}

/// A row that names can refer to: the starting one, or a lambda's.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// Empty for the starting row.
    pub(crate) variable: &'a str,
    pub(crate) table: &'a Table,
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
    pub(crate) scopes: Vec<Scope<'a>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) leaf: Leaf,
    failure: Option<StoreError>,
}

impl<'a> Resolver<'a> {
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
        let inner = self.predicate(&unary.operand, Binding::Not)?;
        Some(self.negated_function(unary, inner))
    }

    /// `AND`, `Eq` and the like are OData 4.01.
    pub(crate) fn operator_case(&mut self, binary: &Binary<'_>) {
        self.lower_case(binary.op_span, binary.op.as_str());
    }

    fn lower_case(&mut self, span: Span, word: &str) {
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
