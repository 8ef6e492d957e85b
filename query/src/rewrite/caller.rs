//! Law: a lookup to users that is compared with a word for who sends the query (`me`, `'me'`, `currentuser`) is `EqualUserId`, and
//! with `ne` it is `NotEqualUserId`. Exact: the function has no other meaning, and the word no other value.

use dvkit_diagnostic::{Diagnostic, Severity, code};
use dvkit_schema::ColumnType;
use odata_parser::ast::{Expr, ExprKind, LiteralKind};

use crate::functions;
use crate::hir::{Arguments, Comparison, Predicate, Test};
use crate::resolve::{ColumnOperand, Resolver, words};

impl<'a> Resolver<'a> {
    /// Who asks, where `expr` is a word for that and `column` holds users; `None` where it is something else.
    pub(crate) fn caller(
        &mut self,
        column: &ColumnOperand<'a>,
        op: Comparison,
        expr: &'a Expr<'a>,
    ) -> Option<Option<Predicate>> {
        let word = caller_word(expr)?;
        let table = &column.row.table.logical_name;
        let users = match &column.column.ty {
            ColumnType::Owner { .. } => true,
            ColumnType::Lookup { targets } => targets.iter().any(|t| t == "systemuser"),
            ColumnType::Uniqueidentifier => {
                table == "systemuser" && column.column.logical_name == "systemuserid"
            }
            _ => column.row.table.lookups_of(&column.column.logical_name).any(|r| r.table == "systemuser"),
        };
        let is_alias = matches!(expr.kind, ExprKind::Alias(_));
        // A parameter of that name may be given a value.
        if !users || (is_alias && self.request.is_some()) {
            return None;
        }
        let name = match op {
            Comparison::Eq => "EqualUserId",
            Comparison::Ne => "NotEqualUserId",
            _ => return None,
        };
        let function = functions::find(name)?;
        let message = format!("`{word}` is no value: who sends the query is asked for with a function");
        let meant = Predicate::Test(column.reference(), Test::Function(function, Arguments::None));
        if !function.applies.covers(&column.column.ty) {
            let help = "`Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')`";
            self.push(Diagnostic::error(code::NOT_A_GUID, expr.span, message).help(help));
            return Some(None);
        }
        Some(self.rewritten(Severity::Error, code::NOT_A_GUID, expr.span, message, "use the function", meant))
    }
}

/// The word for who sends the query, where `expr` is one.
pub(crate) fn caller_word<'a>(expr: &'a Expr<'a>) -> Option<&'a str> {
    let word = match &expr.kind {
        ExprKind::Path(path) => path.as_name()?,
        ExprKind::Literal(literal) if literal.kind == LiteralKind::String => {
            literal.text.trim_matches(['\'', '"'])
        }
        ExprKind::Alias(name) => name.trim_start_matches('@'),
        _ => return None,
    };
    words::is_caller(word).then_some(word)
}
