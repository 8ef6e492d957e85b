//! Lint that reports a chain of comparisons of one column that one list can replace: `x eq a or x eq b or …`
//! becomes `In(x,[a,b,…])`, and `x ne a and x ne b and …` becomes `NotIn(…)`.
//!
//! A query may have 500 conditions, and a list is one condition ("Filter rows using OData"). The fix is
//! exact: both `ne` and `NotIn` keep rows without a value. Comparisons with `null` are not replaced. A chain
//! below `not` is not reported, because Dataverse refuses its query functions there.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, limits};
use dvkit_schema::{Column, ColumnType, Edm, TableKind};
use odata_parser::ast::{Binary, BinaryOp, Expr, ExprKind, Literal, LiteralKind, Path, Unary, UnaryOp};
use odata_parser::visit::{Visit, walk_binary, walk_unary};

use super::{LintContext, Parsed};
use crate::functions::{self, Function};
use crate::hir::{Arguments, ColumnRef, Predicate, Property, Test, Value};
use crate::odata::{self, Precedence};

/// The smallest number of comparisons of one column for which this lint suggests a list.
const MIN_LIST_LENGTH: usize = 10;

pub(super) fn check(context: &LintContext<'_>, found: &mut Vec<Diagnostic>) {
    if context.resolved.facts.conditions < MIN_LIST_LENGTH {
        return;
    }
    let mut chains = Chains { context, found };
    match context.tree {
        Parsed::Filter(expr) => chains.visit_expr(expr),
        Parsed::Request(request) => chains.visit_request(request),
        // The chain is made of elements, each with a position of its own.
        Parsed::Fetch(_) => {}
    }
}

struct Chains<'c, 'l> {
    context: &'c LintContext<'l>,
    found: &'c mut Vec<Diagnostic>,
}

impl<'s> Visit<'s> for Chains<'_, '_> {
    fn visit_unary(&mut self, unary: &Unary<'s>) {
        if unary.op != UnaryOp::Not {
            walk_unary(self, unary);
        }
    }

    fn visit_binary(&mut self, binary: &Binary<'s>) {
        if !matches!(binary.op, BinaryOp::Or | BinaryOp::And) {
            return walk_binary(self, binary);
        }
        let operands = operands(binary);
        if operands.len() >= MIN_LIST_LENGTH {
            self.chain(binary.op, &operands);
        }
        for operand in operands {
            self.visit_expr(operand);
        }
    }
}

impl Chains<'_, '_> {
    fn chain(&mut self, op: BinaryOp, operands: &[&Expr<'_>]) {
        let leaves: Vec<_> = operands.iter().map(|o| list_comparison(o, op)).collect();
        let path_of =
            |i: usize| leaves.get(i).copied().flatten().map(|l| l.path_span.of(self.context.source));
        let mut lists = Vec::new();
        for i in 0..operands.len().saturating_sub(MIN_LIST_LENGTH - 1) {
            let Some(path) = path_of(i) else { continue };
            if (0..i).any(|before| path_of(before) == Some(path)) {
                continue;
            }
            let members: Vec<usize> = (i..operands.len()).filter(|n| path_of(*n) == Some(path)).collect();
            if members.len() >= MIN_LIST_LENGTH {
                lists.push(members);
            }
        }
        for members in lists {
            let diagnostic = self.list(op, operands, &leaves, &members);
            self.found.extend(diagnostic);
        }
    }

    /// Returns the finding that suggests one list for some operands of a chain of `op`. `members` are the
    /// indexes of these operands in ascending order, and `leaves` has for each operand of the chain its
    /// comparison, or `None` if a list cannot replace it. Returns `None` if the column does not support
    /// lists, or if an error was reported there.
    fn list(
        &self,
        op: BinaryOp,
        operands: &[&Expr<'_>],
        leaves: &[Option<ListComparison<'_, '_>>],
        members: &[usize],
    ) -> Option<Diagnostic> {
        let all = || members.iter().filter_map(|i| leaves.get(*i).copied().flatten());
        let first = all().next()?;
        let (begin, end) = (*members.first()?, *members.last()?);
        let span = operands.get(begin)?.span.to(operands.get(end)?.span);
        let resolved = self.context.resolved;
        // Errors are reported first. The text is linted again after they were fixed.
        if resolved.diagnostics.iter().any(|d| d.is_error() && d.span.overlaps(span)) {
            return None;
        }
        let used = resolved.facts.uses.iter().find(|u| u.span == first.path_span)?;
        // Which functions a virtual table supports depends on its provider.
        if !takes_list(used.column) || used.table.kind == Some(TableKind::Virtual) {
            return None;
        }
        let function = functions::find(if op == BinaryOp::Or { "In" } else { "NotIn" })?;
        let values: Vec<Value> = all().map(|l| Value::Text(l.literal.string_value().into_owned())).collect();
        let name = &used.column.logical_name;
        let message = format!(
            "`{name}` is compared with {} values: one `{}` says the same",
            values.len(),
            function.name
        );
        let before = first.path.segments.last()?.span.start;
        let prefix = Span { start: first.path_span.start, end: before }.of(self.context.source);
        let mut text = format!("{prefix}{}", spelled(function, name, values));
        for (i, operand) in operands.iter().enumerate().take(end).skip(begin) {
            if members.binary_search(&i).is_err() {
                text.push_str(&format!(" {} {}", op.as_str(), operand.span.of(self.context.source)));
            }
        }
        let fix = Suggestion::fix(format!("write `{}`", function.name), span, text);
        let d = Diagnostic::note(code::OR_LIST, span, message);
        Some(
            d.help(format!(
                "a query may have {} conditions, and a list is one of them",
                limits::MAX_CONDITIONS
            ))
            .suggest(fix),
        )
    }
}

/// Returns the call of a query function with a list of values as OData text. `column` is the logical name of
/// the column, without a path.
fn spelled(function: &'static Function, column: &str, values: Vec<Value>) -> String {
    let column = ColumnRef {
        scope: 0,
        join: None,
        path: Vec::new(),
        column: column.to_owned(),
        property: Property::Plain,
    };
    let test = Test::Function(function, Arguments::List(values));
    odata::predicate(&Predicate::Test(column, test), &[], Precedence::Loose)
}

/// Returns whether the documentation allows `In` for the type of the column. It does not allow it for dates,
/// two-option columns and multi-select choices.
fn takes_list(column: &Column) -> bool {
    let excluded =
        matches!(column.ty.edm(), None | Some(Edm::Boolean | Edm::Date | Edm::DateTimeOffset | Edm::Binary));
    !excluded && !matches!(column.ty, ColumnType::Choices { .. })
}

/// Returns the operands of the chain of `or` (or of `and`) that `binary` is the last operator of, in the
/// order of the text.
fn operands<'e, 's>(binary: &'e Binary<'s>) -> Vec<&'e Expr<'s>> {
    let mut operands = vec![&binary.right];
    let mut left = &binary.left;
    while let ExprKind::Binary(inner) = &left.kind
        && inner.op == binary.op
    {
        operands.push(&inner.right);
        left = &inner.left;
    }
    operands.push(left);
    operands.reverse();
    operands
}

/// A comparison of a column with a literal that a list can replace.
#[derive(Clone, Copy)]
struct ListComparison<'e, 's> {
    path: &'e Path<'s>,
    path_span: Span,
    literal: &'e Literal<'s>,
}

/// Returns `expr` as a comparison that a list can replace: an `eq` if `chain` is `or`, or a `ne` if `chain`
/// is `and`. Returns `None` for any other expression.
fn list_comparison<'e, 's>(mut expr: &'e Expr<'s>, chain: BinaryOp) -> Option<ListComparison<'e, 's>> {
    while let ExprKind::Paren(inner) = &expr.kind {
        expr = inner;
    }
    let ExprKind::Binary(binary) = &expr.kind else { return None };
    let wanted = if chain == BinaryOp::Or { BinaryOp::Eq } else { BinaryOp::Ne };
    let (path, literal) = match (&binary.left, &binary.right) {
        (path, Expr { kind: ExprKind::Literal(literal), .. })
        | (Expr { kind: ExprKind::Literal(literal), .. }, path) => (path, literal),
        _ => return None,
    };
    let ExprKind::Path(inner) = &path.kind else { return None };
    let listed = matches!(
        literal.kind,
        LiteralKind::String
            | LiteralKind::Guid
            | LiteralKind::Integer
            | LiteralKind::Decimal
            | LiteralKind::Double
    );
    (binary.op == wanted && listed).then_some(ListComparison { path: inner, path_span: path.span, literal })
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::{filter_findings, filtered, requested};

    fn chain(n: usize, each: impl Fn(usize) -> String, by: &str) -> String {
        (0..n).map(each).collect::<Vec<_>>().join(by)
    }

    fn values(n: usize) -> String {
        chain(n, |i| format!("'{i}'"), ",")
    }

    fn rewritten(filter: &str) -> String {
        filtered(filter).rewritten.expect("it is right or can be put right")
    }

    #[test]
    fn ten_comparisons_become_a_list() {
        let or = |n| chain(n, |i| format!("revenue eq {i}"), " or ");
        assert!(filter_findings(&or(9)).is_empty());
        assert_eq!(filter_findings(&or(10)), [format!("DV0511 note {}", or(10))]);
        let list =
            format!("Microsoft.Dynamics.CRM.In(PropertyName='revenue',PropertyValues=[{}])", values(10));
        assert_eq!(rewritten(&or(10)), list);
        assert_eq!(
            rewritten(&format!("statecode eq 0 and ({})", or(10))),
            format!("statecode eq 0 and ({list})")
        );
        assert!(filter_findings(&list).is_empty());
    }

    #[test]
    fn ne_joined_by_and_becomes_not_in() {
        let and = chain(10, |i| format!("(city ne 'O''{i}')"), " and ");
        let items = chain(10, |i| format!("\"O'{i}\""), ",");
        let list = format!("Microsoft.Dynamics.CRM.NotIn(PropertyName='city',PropertyValues=[{items}])");
        assert_eq!(rewritten(&and), list);
    }

    #[test]
    fn other_conditions_stay_in_the_chain() {
        let some = |from: usize, to: usize| {
            (from..to).map(|i| format!("manager/revenue eq {i}")).collect::<Vec<_>>().join(" or ")
        };
        let filter = format!(
            "city eq 'a' or {} or manager/revenue eq null or {} or city eq 'b'",
            some(0, 5),
            some(5, 10)
        );
        let list = format!(
            "manager/Microsoft.Dynamics.CRM.In(PropertyName='revenue',PropertyValues=[{}])",
            values(10)
        );
        assert_eq!(
            rewritten(&filter),
            format!("city eq 'a' or {list} or manager/revenue eq null or city eq 'b'")
        );
    }

    #[test]
    fn lookups_are_named_by_their_columns_and_lambdas_by_their_variables() {
        let id = |i| format!("11111111-2222-3333-4444-55555555555{i}");
        let filter = chain(10, |i| format!("r/_managerid_value eq {}", id(i)), " or ");
        let list = chain(10, |i| format!("'{}'", id(i)), ",");
        assert_eq!(
            rewritten(&format!("reports/any(r:{filter})")),
            format!(
                "reports/any(r:r/Microsoft.Dynamics.CRM.In(PropertyName='managerid',PropertyValues=[{list}]))"
            )
        );
    }

    #[test]
    fn chains_below_not_and_of_unsupported_columns_stay() {
        let or = chain(10, |i| format!("revenue eq {i}"), " or ");
        assert!(filter_findings(&format!("not ({or})")).is_empty());
        let or = chain(10, |_| "donotphone eq true".to_owned(), " or ");
        assert!(filter_findings(&or).is_empty());
        let and = chain(10, |i| format!("revenue eq {i}"), " and ");
        assert!(filter_findings(&and).is_empty());
    }

    #[test]
    fn lists_are_suggested_in_requests_and_after_other_fixes() {
        let or = chain(10, |i| format!("City eq 'a{i}'"), " or ");
        let checked = requested(&format!("contacts?$select=fullname&$filter={}", or.replace(' ', "%20")));
        let list = chain(10, |i| format!("'a{i}'"), ",");
        // A percent-encoded text remains encoded.
        assert_eq!(
            checked.rewritten,
            Some(format!(
                "contacts?$select=fullname&$filter=Microsoft.Dynamics.CRM.In(PropertyName='city',PropertyValues=%5B{list}%5D)"
            ))
        );
    }
}
