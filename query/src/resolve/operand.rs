//! Resolves the operands of comparisons and the arguments of functions to columns, rows and values. The
//! modules `comparison` and `call` call it.

use std::borrow::Cow;

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::{Column, Relationship};
use odata_parser::ast::{Call, Expr, ExprKind, LiteralKind, Path, SegmentKind, UnaryOp};

use super::path::Expect;
use super::{PathTarget, Resolver, Rewrite, Row};
use crate::hir::{ColumnRef, Predicate};
use crate::odata::Precedence;

/// An operand of a comparison, or an argument of a function.
pub(crate) enum Operand<'a> {
    /// A column whose value can be compared.
    Column(ColumnOperand<'a>),
    /// A row that a path leads to. The relationship is the last lookup of the path; `None` if the path ends
    /// at the variable of a lambda. The span is that of the path's last segment.
    Row(Row<'a>, Option<&'a Relationship>, Span),
    /// A value that does not come from a column.
    Constant(Constant<'a>),
    /// A call of a function that returns a value, with the span of the call.
    Function(&'a Call<'a>, Span),
    /// The number of rows in a collection (`rows/$count`). The row is the one to which the collection
    /// belongs.
    Count(Row<'a>, &'a Relationship, Span),
    /// A condition. It is boxed so that the other variants, which are far more frequent, stay small.
    Condition(Box<Predicate>),
}

impl Operand<'_> {
    fn condition(predicate: Predicate) -> Self {
        Self::Condition(Box::new(predicate))
    }
}

/// A column that is used as an operand, with the row that it belongs to and its position in the text.
pub(crate) struct ColumnOperand<'a> {
    pub(crate) column: &'a Column,
    /// Whether the path ends in `/Value`, as it must for a managed property.
    pub(crate) managed: bool,
    /// The row that the column belongs to.
    pub(crate) row: Row<'a>,
    /// The span of the whole path, up to and including the column.
    pub(crate) span: Span,
}

impl ColumnOperand<'_> {
    /// Returns the HIR's reference to the column.
    pub(crate) fn reference(&self) -> ColumnRef {
        self.row.column_ref(self.column, self.managed)
    }
}

/// A value that does not come from a column: a literal, the result of a constant expression, a parameter
/// alias or a placeholder.
#[derive(Clone, Debug)]
pub(crate) struct Constant<'a> {
    pub(crate) kind: ConstantKind,
    /// The text of the value: the content of a string without quotes, or any other literal as written.
    pub(crate) text: Cow<'a, str>,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConstantKind {
    Literal(LiteralKind),
    /// A parameter alias (`@p1`) or a placeholder (`{id}`), whose value is unknown.
    Parameter,
}

impl<'a> Constant<'a> {
    pub(crate) fn literal(kind: LiteralKind, text: impl Into<Cow<'a, str>>, span: Span) -> Self {
        Self { kind: ConstantKind::Literal(kind), text: text.into(), span }
    }

    pub(crate) fn is(&self, kind: LiteralKind) -> bool {
        self.kind == ConstantKind::Literal(kind)
    }

    /// Returns the value as a whole number; `None` if it is not a whole number.
    pub(crate) fn integer(&self) -> Option<i64> {
        if self.is(LiteralKind::Integer) { self.text.parse().ok() } else { None }
    }
}

impl<'a> Resolver<'a> {
    /// Resolves an operand of a comparison or an argument of a function. Returns `None` if `expr` could not
    /// be understood; then the mistake has been reported.
    pub(crate) fn operand(&mut self, expr: &'a Expr<'a>) -> Option<Operand<'a>> {
        let expr = self.resolve_alias(expr);
        match &expr.kind {
            ExprKind::Paren(inner) => self.operand(inner),
            ExprKind::Literal(literal) => {
                let unsupported = match literal.kind {
                    LiteralKind::Duration => "durations",
                    LiteralKind::TimeOfDay => "times without a date",
                    LiteralKind::Binary => "binary data",
                    LiteralKind::Geo => "geography",
                    _ => {
                        let text = literal.string_value();
                        return Some(Operand::Constant(Constant::literal(literal.kind, text, expr.span)));
                    }
                };
                let message = format!("no column of Dataverse holds {unsupported}");
                self.refuse(code::UNSUPPORTED_LITERAL, expr.span, message, "")
            }
            ExprKind::JsonString(text) => {
                let inner = text.trim_matches('"');
                Some(Operand::Constant(Constant::literal(LiteralKind::String, inner, expr.span)))
            }
            ExprKind::Alias(_) | ExprKind::Placeholder(_) => {
                let text = expr.span.of(self.source);
                Some(Operand::Constant(Constant {
                    kind: ConstantKind::Parameter,
                    text: text.into(),
                    span: expr.span,
                }))
            }
            ExprKind::Path(path) => self.path_operand(path, expr.span),
            ExprKind::Call(call) => {
                if self.is_condition(call.name) {
                    return self.call_condition(call, expr.span).map(Operand::condition);
                }
                let case =
                    call.name.eq_ignore_ascii_case("tolower") || call.name.eq_ignore_ascii_case("toupper");
                if case && call.args.len() == 1 {
                    return self.rewrite_case_function(call, expr.span);
                }
                Some(Operand::Function(call, expr.span))
            }
            ExprKind::Unary(unary) if unary.op == UnaryOp::Neg => {
                self.rewrite_arithmetic(expr).map(Operand::Constant)
            }
            ExprKind::Binary(binary) if binary.op.is_arithmetic() => {
                self.rewrite_arithmetic(expr).map(Operand::Constant)
            }
            ExprKind::Unary(_) | ExprKind::Binary(_) => {
                self.predicate(expr, Precedence::Loose).map(Operand::condition)
            }
            ExprKind::List(_) | ExprKind::Array(_) | ExprKind::Object(_) | ExprKind::Type(_) => self.refuse(
                code::UNSUPPORTED_EXPRESSION,
                expr.span,
                "a list or an object cannot be compared in Dataverse".to_owned(),
                "",
            ),
            ExprKind::Error => None,
        }
    }

    fn path_operand(&mut self, path: &'a Path<'a>, span: Span) -> Option<Operand<'a>> {
        if let Some(condition) = self.path_condition(path, span) {
            return condition.meaning().map(Operand::condition);
        }
        if let SegmentKind::Count(_) = path.segments.last()?.kind {
            return self.count(path);
        }
        let end = self.resolve_path(&path.segments, Expect::Value)?;
        if let PathTarget::Column(row, column, _) | PathTarget::Managed(row, column, _) = &end {
            self.record_use(row, column, span);
        }
        Some(match end {
            PathTarget::Column(row, column, _) => {
                Operand::Column(ColumnOperand { column, managed: false, row, span })
            }
            PathTarget::Managed(row, column, _) => {
                Operand::Column(ColumnOperand { column, managed: true, row, span })
            }
            PathTarget::One(row, relationship, name) => Operand::Row(row, Some(relationship), name),
            PathTarget::Row(row, name) => Operand::Row(row, None, name),
            PathTarget::Many(row, relationship, name) => {
                return self.rewrite_collection_as_row(&row, relationship, name, &[]);
            }
        })
    }

    /// Resolves a path that is a condition, because it ends in `any`, `all` or a function. Returns `None` for
    /// any other path.
    fn path_condition(&mut self, path: &'a Path<'a>, span: Span) -> Option<Rewrite<Predicate>> {
        let (last, before) = path.segments.split_last()?;
        match &last.kind {
            SegmentKind::Any(_) | SegmentKind::All(_) => Some(self.lambda(path, span).into()),
            SegmentKind::Call(call) => Some(self.call_on_path(before, call, span).into()),
            _ => None,
        }
    }

    /// Resolves a condition that is neither a comparison nor a chain of `and` or `or`. Returns `None` if the
    /// condition could not be understood; then the mistake has been reported.
    pub(crate) fn bare_condition(&mut self, expr: &'a Expr<'a>) -> Option<Predicate> {
        match &expr.kind {
            ExprKind::Call(call) if self.is_condition(call.name) => {
                return self.call_condition(call, expr.span);
            }
            ExprKind::Path(path) => {
                if let Some(condition) = self.path_condition(path, expr.span) {
                    return condition.meaning();
                }
            }
            _ => {}
        }
        match self.operand(expr)? {
            Operand::Condition(predicate) => Some(*predicate),
            Operand::Column(column) => self.bare_column(&column),
            Operand::Constant(constant) if constant.kind == ConstantKind::Parameter => {
                Some(Predicate::Parameter(constant.text.into_owned()))
            }
            Operand::Constant(constant) if constant.is(LiteralKind::Boolean) => {
                self.push(Diagnostic::warning(
                    code::CONSTANT_CONDITION,
                    constant.span,
                    "a condition without a column: whether Dataverse evaluates it is not documented",
                ));
                Some(Predicate::Constant(constant.text.eq_ignore_ascii_case("true")))
            }
            Operand::Constant(constant) => self.refuse(
                code::NOT_A_CONDITION,
                constant.span,
                "a value alone is not a condition".to_owned(),
                "compare it with a column: `name eq 'x'`",
            ),
            Operand::Row(row, Some(relationship), span) => {
                let name = relationship.navigation.as_deref().unwrap_or_default();
                let message = format!("`{name}` leads to a row, and a row alone is not a condition");
                let mut d = Diagnostic::error(code::NOT_A_CONDITION, span, message);
                if let Some(column) = self.navigation_key(&row, relationship) {
                    let column = crate::odata::column(&column, &self.variables());
                    d = d.suggest(Suggestion::maybe(
                        "ask whether there is one",
                        expr.span,
                        format!("{column} ne null"),
                    ));
                }
                self.push(d);
                None
            }
            Operand::Row(_, None, span) => {
                self.refuse(code::NOT_A_CONDITION, span, "a row alone is not a condition".to_owned(), "")
            }
            Operand::Function(call, _) => self.unsupported_function(call, ""),
            Operand::Count(_, _, span) => self.refuse(
                code::COUNT_IN_FILTER,
                span,
                "a count alone is not a condition".to_owned(),
                "`any()` asks whether there is a row",
            ),
        }
    }
}
