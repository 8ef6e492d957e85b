//! Rewrites comparisons with text functions (`length`, `indexof`, `substring`) to conditions that Dataverse
//! supports. The resolver of comparisons calls it.
//!
//! `length(x) eq 0` becomes `x eq null`, because Dataverse stores no empty text. `indexof(x,'a') ge 0`
//! becomes `contains(x,'a')`, `indexof(x,'a') eq 0` becomes `startswith(x,'a')`, and
//! `substring(x,0,3) eq 'abc'` becomes `startswith(x,'abc')`. The rewrites are exact except for rows without
//! a text, which the messages mention.

use dvkit_diagnostic::{Severity, code};
use odata_parser::ast::{Call, LiteralKind};

use crate::hir::{Comparison, Predicate, Test, Value};
use crate::resolve::{ColumnOperand, Constant, Operand, Resolver};

impl<'a> Resolver<'a> {
    /// Rewrites a comparison of `length(x)` with a number, and returns the condition with that meaning.
    /// Returns `None` if no equivalent condition exists, after reporting that.
    pub(crate) fn rewrite_length(
        &mut self,
        call: &'a Call<'a>,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Predicate> {
        let column = self.text_argument(call)?;
        let empty = match (op, value.integer()) {
            (Comparison::Eq | Comparison::Le, Some(0)) | (Comparison::Lt, Some(1)) => true,
            (Comparison::Ne | Comparison::Gt, Some(0)) | (Comparison::Ge, Some(1)) => false,
            _ => {
                return self.unsupported_function(
                    call,
                    "only whether there is a text at all can be asked: `eq null`, `ne null`",
                );
            }
        };
        let test = if empty { Test::Null } else { Test::NotNull };
        self.facts.record_null_test(column.span);
        let message = "Dataverse has no `length`, and stores an empty text as null".to_owned();
        let meant = Predicate::Test(column.reference(), test);
        self.rewritten(
            Severity::Error,
            code::STRING_FUNCTION,
            call.name_span,
            message,
            "compare with null",
            meant,
        )
    }

    /// Rewrites a comparison of `indexof(x,'a')` with a number, and returns the condition with that meaning.
    /// Returns `None` if no equivalent condition exists, after reporting that.
    pub(crate) fn rewrite_indexof(
        &mut self,
        call: &'a Call<'a>,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Predicate> {
        let column = self.text_argument(call)?;
        let pattern = self.pattern_argument(call, 1)?;
        let reference = column.reference();
        let (meant, how) = match (op, value.integer()) {
            (Comparison::Ge, Some(0)) | (Comparison::Gt | Comparison::Ne, Some(-1)) => {
                (Predicate::Test(reference, Test::Contains(pattern)), "use `contains`")
            }
            (Comparison::Eq, Some(0)) => {
                (Predicate::Test(reference, Test::StartsWith(pattern)), "use `startswith`")
            }
            (Comparison::Eq | Comparison::Le, Some(-1)) | (Comparison::Lt, Some(0)) => {
                (Predicate::Test(reference, Test::Contains(pattern)).negate(), "use `not contains`")
            }
            _ => {
                return self
                    .unsupported_function(call, "whether a text holds another is asked with `contains`");
            }
        };
        let message = "Dataverse has no `indexof`".to_owned();
        self.rewritten(Severity::Error, code::STRING_FUNCTION, call.name_span, message, how, meant)
    }

    /// Rewrites a comparison of `substring(x,0)` or `substring(x,0,n)` with a text, and returns the condition
    /// with that meaning. Returns `None` if no equivalent condition exists, after reporting that.
    pub(crate) fn rewrite_substring(
        &mut self,
        call: &'a Call<'a>,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Predicate> {
        let column = self.text_argument(call)?;
        let mut number = |i: usize| match call.args.get(i).map(|a| self.operand(&a.value)) {
            Some(Some(Operand::Constant(c))) => c.integer(),
            _ => None,
        };
        let (from, length) = (number(1), number(2));
        let text_length = i64::try_from(value.text.chars().count()).ok();
        let prefix = from == Some(0) && length.is_some() && length == text_length && op.is_equality();
        if !prefix || !value.is(LiteralKind::String) {
            return self.unsupported_function(
                call,
                "the beginning of a text is asked with `startswith`, its end with `endswith`",
            );
        }
        let test = Test::StartsWith(Value::Text(value.text.clone().into_owned()));
        let meant = Predicate::Test(column.reference(), test);
        let meant = if op == Comparison::Ne { meant.negate() } else { meant };
        let message = "Dataverse has no `substring`".to_owned();
        self.rewritten(
            Severity::Error,
            code::STRING_FUNCTION,
            call.name_span,
            message,
            "use `startswith`",
            meant,
        )
    }

    fn text_argument(&mut self, call: &'a Call<'a>) -> Option<ColumnOperand<'a>> {
        match self.operand(&call.args.first()?.value)? {
            Operand::Column(column) => Some(column),
            _ => self.unsupported_function(call, "it is applied to a column"),
        }
    }

    fn pattern_argument(&mut self, call: &'a Call<'a>, index: usize) -> Option<Value> {
        match self.operand(&call.args.get(index)?.value)? {
            Operand::Constant(c) if c.is(LiteralKind::String) => Some(Value::Text(c.text.into_owned())),
            _ => self.unsupported_function(call, "its second argument is a text"),
        }
    }

    /// Reports a standard function of OData that Dataverse does not support and that has no rewrite, and
    /// returns `None`. `help` is advice to add to the report; if it is empty, the advice depends on the
    /// function.
    pub(crate) fn unsupported_function<T>(&mut self, call: &'a Call<'a>, help: &str) -> Option<T> {
        let name = self.known_function(call)?;
        let code = self.function_code(&name);
        let help = match (help, name.as_ref()) {
            (_, "now" | "mindatetime" | "maxdatetime") => {
                "relative to now Dataverse has functions: `LastXHours`, `NextXDays`, `OlderThanXMonths`, `Today`, …"
            }
            ("", "month" | "day" | "hour" | "minute" | "second") => {
                "a range says it for one year; Dataverse's own `ThisMonth`, `LastXDays`, `Today`, … are relative to now"
            }
            ("", "trim" | "concat" | "matchespattern") => {
                "the tests of texts are `contains`, `startswith` and `endswith`"
            }
            ("", _) => "compare the column itself with a value",
            (help, _) => help,
        };
        self.refuse(code, call.name_span, format!("Dataverse has no function `{name}` in a filter"), help)
    }
}
