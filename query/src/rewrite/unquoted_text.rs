//! Rewrites a word without quotes in place of a text to a quoted text (`fullname eq Ann` to
//! `fullname eq 'Ann'`), and a word for "no value" to `null`. The resolver of comparisons calls it.
//!
//! The rewrite applies only if no column and no navigation property of a row in scope resembles the word, and
//! if the other operand is a column that holds text or has labels. It changes no query that Dataverse
//! accepts.

use dvkit_diagnostic::{Diagnostic, Suggestion, code, suggest};
use dvkit_schema::{ChoiceRef, Column, ColumnType, Edm};
use odata_parser::ast::{Expr, ExprKind, LiteralKind};

use crate::resolve::{Constant, Resolver, names_of};

impl<'a> Resolver<'a> {
    /// Returns the value that the unquoted word `expr` means in a comparison with `column`, and reports the
    /// word with a fix. Returns `None` if `expr` is not an unquoted word; then nothing is reported.
    pub(crate) fn rewrite_unquoted_text(
        &mut self,
        expr: &'a Expr<'a>,
        column: &Column,
    ) -> Option<Constant<'a>> {
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
                    || names_of(self.store, s.table).any(|(n, _)| n.starts_with(word))
                    || !suggest::ranked_by(word, names_of(self.store, s.table), 1).is_empty()
            })
        };
        let here = |r: &Self| {
            r.scopes.iter().any(|s| s.variable == word || s.table.column(&word.to_lowercase()).is_some())
        };
        // Names in scope are looked up first, because that is cheaper than comparing words.
        if !here(self)
            && let Some(certain) = no_value(word)
        {
            return self.no_value(expr, word, column, certain);
        }
        if !takes_text || known(self) {
            return None;
        }
        let message = format!("`{word}` is not a column; a text stands in quotes");
        self.push(Diagnostic::error(code::UNQUOTED_TEXT, expr.span, message).suggest(Suggestion::fix(
            "put it in quotes",
            expr.span,
            format!("'{word}'"),
        )));
        Some(Constant::literal(LiteralKind::String, word, expr.span))
    }

    /// Returns `null` for the word `word`, which means "no value", and reports the word. The fix is automatic
    /// if `certain` is true and no option of the column has the word as its label. Otherwise the fix is only
    /// suggested.
    fn no_value(
        &mut self,
        expr: &'a Expr<'a>,
        word: &'a str,
        column: &Column,
        certain: bool,
    ) -> Option<Constant<'a>> {
        let labelled = column.ty.choice().is_some_and(|choice| match choice {
            ChoiceRef::Local(choice) => choice.by_label(word).next().is_some(),
            // The options are read only here, because the case is rare.
            ChoiceRef::Global(_) => true,
        });
        let message = format!("`{word}` is not a column; no value is written `null`");
        let fix = if certain && !labelled { Suggestion::fix } else { Suggestion::maybe };
        let fix = fix("write `null`".to_owned(), expr.span, "null".to_owned());
        self.push(Diagnostic::error(code::UNQUOTED_TEXT, expr.span, message).suggest(fix));
        Some(Constant::literal(LiteralKind::Null, "null", expr.span))
    }
}

/// Returns `Some(true)` if the word certainly means "no value" (`none`), `Some(false)` if it may mean that
/// (`empty`), and `None` for any other word.
fn no_value(word: &str) -> Option<bool> {
    let lower = word.to_ascii_lowercase();
    match lower.as_str() {
        "none" | "nil" | "undefined" | "dbnull" => Some(true),
        "empty" | "blank" | "nothing" | "missing" | "unset" | "void" | "na" => Some(false),
        _ if suggest::is_one_edit(&lower, "null") => Some(true),
        _ if "null".starts_with(&lower) => Some(false),
        _ => None,
    }
}
