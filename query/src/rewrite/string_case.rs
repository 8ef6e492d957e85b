//! Rewrites `tolower(x)` and `toupper(x)` to `x`, because Dataverse supports neither function. The resolver
//! of operands calls it.
//!
//! Dataverse ignores letter case when it compares texts. Therefore the rewrite is exact on Dataverse;
//! standard OData would compare with letter case.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use odata_parser::ast::Call;

use crate::resolve::{Operand, Resolver};

impl<'a> Resolver<'a> {
    /// Returns the argument of a call of `tolower` or `toupper`, and reports the call with a fix. `span` is
    /// the position of the call. Returns `None` if the argument could not be understood.
    pub(crate) fn rewrite_case_function(&mut self, call: &'a Call<'a>, span: Span) -> Option<Operand<'a>> {
        let argument = &call.args.first()?.value;
        let message = format!("Dataverse has no `{}`; it compares without regard to case anyway", call.name);
        let before = Span { start: span.start, end: argument.span.start };
        let after = Span { start: argument.span.end, end: span.end };
        self.push(
            Diagnostic::error(code::STRING_FUNCTION, call.name_span, message)
                .suggest(Suggestion::fix("compare the text itself", before, "").and_edit(after, "")),
        );
        self.operand(argument)
    }
}
