//! Rewrites the operator `in`, as in `x in (…)`, to the query function `Microsoft.Dynamics.CRM.In(…)`. The
//! resolver of comparisons calls it.
//!
//! The rewrite is exact: the same rows match. A `null` in the list becomes `or x eq null`. For columns that
//! the function does not support (two-option columns and dates), the result is a chain of comparisons joined
//! by `or`, and for a multi-select column it is the function `ContainValues`.

use dvkit_diagnostic::{Severity, code};
use dvkit_schema::{ColumnType, Edm};
use odata_parser::ast::{Binary, Expr, ExprKind, LiteralKind};

use crate::functions;
use crate::hir::{Arguments, Comparison, Predicate, Test, Value};
use crate::resolve::{ColumnOperand, Constant, Operand, Resolver};

impl<'a> Resolver<'a> {
    pub(crate) fn rewrite_in(&mut self, binary: &'a Binary<'a>) -> Option<Predicate> {
        let left = self.operand(&binary.left);
        let items = self.items(&binary.right);
        let message =
            "Dataverse has no operator `in` (it is OData 4.01); its function `In` says the same".to_owned();
        let column = match left? {
            Operand::Column(column) => column,
            Operand::Row(row, Some(relationship), span) => {
                self.rewrite_row_as_column(row, relationship, span)?
            }
            _ => {
                return self.refuse(code::IN_OPERATOR, binary.op_span, message, "it is applied to a column");
            }
        };
        let items = items?;
        if items.is_empty() {
            return self.refuse(
                code::IN_OPERATOR,
                binary.right.span,
                "an empty list holds nothing: no row matches".to_owned(),
                "",
            );
        }
        let meant = self.one_of(&column, &items)?;
        self.rewritten(Severity::Error, code::IN_OPERATOR, binary.op_span, message, "use the function", meant)
    }

    fn items(&mut self, expr: &'a Expr<'a>) -> Option<Vec<Constant<'a>>> {
        let items = match &expr.kind {
            ExprKind::List(items) | ExprKind::Array(items) => items.iter().collect(),
            ExprKind::Paren(item) => vec![&**item],
            ExprKind::Error => return None,
            ExprKind::Alias(_) | ExprKind::Placeholder(_) => vec![expr],
            _ => {
                let message = "Dataverse cannot test membership in a column".to_owned();
                return self.refuse(
                    code::IN_OPERATOR,
                    expr.span,
                    message,
                    "write the values: `In(…,PropertyValues=['a','b'])`",
                );
            }
        };
        let mut constants = Vec::with_capacity(items.len());
        let mut complete = true;
        for item in items {
            match self.operand(item) {
                Some(Operand::Constant(constant)) => constants.push(constant),
                Some(_) => {
                    complete = false;
                    self.refuse::<()>(
                        code::IN_OPERATOR,
                        item.span,
                        "a list holds values only".to_owned(),
                        "",
                    );
                }
                None => complete = false,
            }
        }
        complete.then_some(constants)
    }

    fn one_of(&mut self, column: &ColumnOperand<'a>, items: &[Constant<'a>]) -> Option<Predicate> {
        let reference = column.reference();
        let (nulls, rest): (Vec<_>, Vec<_>) = items.iter().partition(|c| c.is(LiteralKind::Null));
        let mut parts = Vec::new();
        if matches!(column.column.ty, ColumnType::Choices { .. }) {
            let mut values = Vec::new();
            for item in rest {
                if let Predicate::Test(_, Test::Function(_, Arguments::List(list))) =
                    self.contain_values(column, Comparison::Eq, item)?
                {
                    values.extend(list);
                }
            }
            let function = functions::find("ContainValues")?;
            parts.push(Predicate::Test(reference.clone(), Test::Function(function, Arguments::List(values))));
        } else {
            let before = self.diagnostics.len();
            let mut values = Vec::new();
            for item in &rest {
                values.push(self.typed(column.column, item, Some(column)));
            }
            // The list is printed anew, so problems of spelling within it are covered by the message for the
            // operator.
            let kept = self.diagnostics.split_off(before);
            let spelled = |c: dvkit_diagnostic::Code| c == code::QUOTED_GUID || c == code::TYPE_MISMATCH;
            self.diagnostics.extend(kept.into_iter().filter(|d| !(spelled(d.code) && d.fix().is_some())));
            let values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
            let by_function =
                !matches!(column.column.ty.edm(), Some(Edm::Boolean | Edm::Date | Edm::DateTimeOffset));
            if by_function && !values.is_empty() {
                let function = functions::find("In")?;
                parts.push(Predicate::Test(
                    reference.clone(),
                    Test::Function(function, Arguments::List(values)),
                ));
            } else {
                parts.extend(
                    values
                        .into_iter()
                        .map(|v| Predicate::Test(reference.clone(), Test::Compare(Comparison::Eq, v))),
                );
            }
        }
        if !nulls.is_empty() {
            parts.push(Predicate::Test(reference.clone(), Test::Null));
        }
        Some(Predicate::or(parts))
    }
}
