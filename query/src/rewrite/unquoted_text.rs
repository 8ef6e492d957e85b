//! Law: a word that is no column, where a text belongs, is a text without its quotes.
//!
//! `fullname eq Ann` is `fullname eq 'Ann'`. Only where no column and no navigation property in scope resembles the word,
//! and the column on the other side holds texts or has labels; it changes nothing that could run.

use dvkit_diagnostic::{Diagnostic, Suggestion, code, suggest};
use dvkit_schema::{Column, ColumnType, Edm};
use odata_parser::ast::{Expr, ExprKind, LiteralKind};

use crate::resolve::{Constant, Resolver, names_of};

impl<'a> Resolver<'a> {
    /// The text that a bare word stands for beside `column`; `None` where it is something else.
    pub(crate) fn unquoted_text(&mut self, expr: &'a Expr<'a>, column: &Column) -> Option<Constant<'a>> {
        let ExprKind::Path(path) = &expr.kind else { return None };
        let word = path.as_name()?;
        let takes_text = matches!(
            column.ty,
            ColumnType::String { .. }
                | ColumnType::Memo { .. }
                | ColumnType::EntityName
                | ColumnType::Choice { .. }
                | ColumnType::Choices { .. }
                | ColumnType::State { .. }
                | ColumnType::Status { .. }
                | ColumnType::Edm { edm: Edm::String }
        );
        let known = |r: &Self| {
            r.scopes.iter().any(|s| {
                s.variable == word
                    || s.table.column(&word.to_lowercase()).is_some()
                    || !suggest::ranked_by(word, names_of(s.table), 1).is_empty()
            })
        };
        if !takes_text || known(self) {
            return None;
        }
        let message = format!("`{word}` is no column; a text stands in quotes");
        self.push(Diagnostic::error(code::UNQUOTED_TEXT, expr.span, message).suggest(Suggestion::fix(
            "put it in quotes",
            expr.span,
            format!("'{word}'"),
        )));
        Some(Constant::literal(LiteralKind::String, word, expr.span))
    }
}
