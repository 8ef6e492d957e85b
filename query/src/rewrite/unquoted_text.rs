//! Laws: a word that is no column, where a text belongs, is a text without its quotes; a word for no value is `null`.
//!
//! `fullname eq Ann` is `fullname eq 'Ann'`. Only where no column and no navigation property in scope resembles the word,
//! and the column on the other side holds texts or has labels; it changes nothing that could run.

use dvkit_diagnostic::{Diagnostic, Suggestion, code, suggest};
use dvkit_schema::{ChoiceRef, Column, ColumnType, Edm};
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
                    || names_of(self.store, s.table).any(|(n, _)| n.starts_with(word))
                    || !suggest::ranked_by(word, names_of(self.store, s.table), 1).is_empty()
            })
        };
        let here = |r: &Self| {
            r.scopes.iter().any(|s| s.variable == word || s.table.column(&word.to_lowercase()).is_some())
        };
        // What is there is looked up sooner than compared with words.
        if !here(self)
            && let Some(certain) = no_value(word)
        {
            return self.no_value(expr, word, column, certain);
        }
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

    /// `None`, `nil`, `nul`: `null`, unless an option is called so.
    fn no_value(
        &mut self,
        expr: &'a Expr<'a>,
        word: &'a str,
        column: &Column,
        certain: bool,
    ) -> Option<Constant<'a>> {
        let labelled = column.ty.choice().is_some_and(|choice| match choice {
            ChoiceRef::Local(choice) => choice.by_label(word).next().is_some(),
            // Its options are read where they are needed, and this is rare.
            ChoiceRef::Global(_) => true,
        });
        let message = format!("`{word}` is no column; no value is written `null`");
        let fix = if certain && !labelled { Suggestion::fix } else { Suggestion::maybe };
        let fix = fix("write `null`".to_owned(), expr.span, "null".to_owned());
        self.push(Diagnostic::error(code::UNQUOTED_TEXT, expr.span, message).suggest(fix));
        Some(Constant::literal(LiteralKind::Null, "null", expr.span))
    }
}

/// Is it a word for no value, and can it be nothing else?
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
