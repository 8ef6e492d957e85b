//! Resolves the option `$top`. The resolver of requests calls it.
//!
//! It also reports a `$top` above the limit of one response. This is not left to a lint, because the service
//! then returns fewer rows than the option requests.

use dvkit_diagnostic::{Diagnostic, Suggestion, code, limits};
use odata_parser::ast::{Expr, ExprKind, LiteralKind, OptionKind, Request};

use crate::hir::{Page, Value};
use crate::resolve::Resolver;

impl<'a> Resolver<'a> {
    /// Resolves the value of `$top`, which is a number, a parameter alias or a placeholder. Returns `None` if
    /// the number is invalid; then the mistake has been reported.
    pub(super) fn top(&mut self, expr: &'a Expr<'a>) -> Option<Value> {
        match &expr.kind {
            ExprKind::Literal(l) if l.kind == LiteralKind::Integer => match l.text.parse() {
                Ok(n) => Some(Value::Integer(n)),
                Err(_) => {
                    let message = "no answer has so many rows".to_owned();
                    self.refuse(
                        code::TOP_LIMIT,
                        expr.span,
                        message,
                        &format!("the most is {}", limits::MAX_ROWS_PER_RESPONSE),
                    )
                }
            },
            ExprKind::Error => None,
            _ => Some(Value::Parameter(expr.span.of(self.source).to_owned())),
        }
    }

    /// Reports a `$top` that exceeds the maximum number of rows in one response, and a `$top` together with
    /// `$count`.
    pub(super) fn top_and_count(&mut self, request: &'a Request<'a>, page: &Page) {
        if page.top.is_none() {
            return;
        }
        let Some(top) = request.option(|k| match k {
            OptionKind::Top(n) => Some(n),
            _ => None,
        }) else {
            return;
        };
        if matches!(page.top, Some(Value::Integer(n)) if n > i64::from(limits::MAX_ROWS_PER_RESPONSE)) {
            let message = format!(
                "one answer has at most {} rows, and nothing comes after a `$top`",
                limits::MAX_ROWS_PER_RESPONSE
            );
            let d = Diagnostic::warning(code::TOP_LIMIT, top.span, message)
                .help("for more rows leave `$top` out and follow `@odata.nextLink`");
            self.push(d.suggest(Suggestion::maybe(
                "limit it",
                top.span,
                limits::MAX_ROWS_PER_RESPONSE.to_string(),
            )));
        }
        if page.total {
            let message = "Dataverse advises against `$top` together with `$count`";
            self.push(
                Diagnostic::warning(code::TOP_LIMIT, top.span, message)
                    .help("a page size is asked for with `Prefer: odata.maxpagesize=…`"),
            );
        }
    }
}
