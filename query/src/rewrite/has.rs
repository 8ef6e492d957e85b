//! Rewrites the operator `has`, which Dataverse does not support, to the query function `ContainValues` for a
//! multi-select column, and to `eq` for any other choice column. The resolver of comparisons calls it.
//!
//! The rewrite is exact: the same rows match.

use dvkit_diagnostic::{Severity, code};
use dvkit_schema::{ColumnType, Edm};
use odata_parser::ast::{Binary, ExprKind, LiteralKind};

use crate::hir::{Comparison, Predicate, Test};
use crate::resolve::{Constant, Operand, Resolver};

impl<'a> Resolver<'a> {
    pub(crate) fn rewrite_has(&mut self, binary: &'a Binary<'a>) -> Option<Predicate> {
        let left = self.operand(&binary.left)?;
        // In `Sales.Color'Red'` only the member in quotes matters.
        let right = match &binary.right.kind {
            ExprKind::Literal(l) if l.kind == LiteralKind::Enum => {
                let member = l.text.split('\'').nth(1).unwrap_or_default();
                Operand::Constant(Constant::literal(LiteralKind::String, member, binary.right.span))
            }
            _ => self.operand(&binary.right)?,
        };
        let message = "Dataverse has no operator `has`".to_owned();
        let (Operand::Column(column), Operand::Constant(value)) = (left, right) else {
            return self.refuse(code::HAS_OPERATOR, binary.op_span, message, "");
        };
        let (meant, how) = match &column.column.ty {
            ColumnType::Choices { .. } => {
                (self.contain_values(&column, Comparison::Eq, &value)?, "use `ContainValues`")
            }
            ColumnType::Choice { .. }
            | ColumnType::State { .. }
            | ColumnType::Status { .. }
            | ColumnType::Edm { edm: Edm::Int32 } => {
                let value = self.typed(column.column, &value, Some(&column))?;
                (Predicate::Test(column.reference(), Test::Compare(Comparison::Eq, value)), "use `eq`")
            }
            _ => return self.refuse(code::HAS_OPERATOR, binary.op_span, message, "it is meant for choices"),
        };
        self.rewritten(Severity::Error, code::HAS_OPERATOR, binary.op_span, message, how, meant)
    }
}
