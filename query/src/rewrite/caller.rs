//! Rewrites a comparison of a user lookup with a word for the user who sends the query (`me`, `'me'`,
//! `currentuser`) to the query function `EqualUserId`, or `NotEqualUserId` for `ne`. The resolver of
//! comparisons calls it.
//!
//! The rewrite is exact, because no value of the lookup equals such a word.

use dvkit_diagnostic::{Diagnostic, Severity, code};
use dvkit_schema::ColumnType;
use odata_parser::ast::{Expr, ExprKind, LiteralKind};

use crate::functions;
use crate::hir::{Arguments, Comparison, Predicate, Test};
use crate::resolve::{ColumnOperand, Resolver, Rewrite, words};

impl<'a> Resolver<'a> {
    /// Rewrites a comparison of `column` with a word for the user who sends the query, and returns the
    /// condition with that meaning. Returns `None` if `expr` is not such a word, or `column` does not hold
    /// users; then nothing is reported.
    pub(crate) fn rewrite_caller(
        &mut self,
        column: &ColumnOperand<'a>,
        op: Comparison,
        expr: &'a Expr<'a>,
    ) -> Option<Rewrite<Predicate>> {
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
        let message = format!("`{word}` is not a value: the caller is tested for with a function");
        let meant = Predicate::Test(column.reference(), Test::Function(function, Arguments::None));
        if !function.columns.covers(&column.column.ty) {
            let help = "`Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')`";
            self.push(Diagnostic::error(code::NOT_A_GUID, expr.span, message).help(help));
            return Some(Rewrite::Reported);
        }
        Some(
            self.rewritten(Severity::Error, code::NOT_A_GUID, expr.span, message, "use the function", meant)
                .into(),
        )
    }
}

/// Returns the word if `expr` is a word for the user who sends the query (`me`, `'me'`, `@me`); otherwise
/// `None`.
fn caller_word<'a>(expr: &'a Expr<'a>) -> Option<&'a str> {
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
