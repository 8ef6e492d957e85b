//! Rewrites comparisons of the number of rows in a collection: `rows/$count gt 0` to `rows/any()`, and
//! `rows/$count eq 0` to `not rows/any()`. The resolver of comparisons calls it.
//!
//! The rewrite is exact: the same rows match. Comparisons with other numbers are reported without a fix.

use dvkit_diagnostic::{Severity, Span, code};
use dvkit_schema::Relationship;

use crate::hir::{Comparison, Predicate};
use crate::resolve::{Constant, Resolver, Row};

impl<'a> Resolver<'a> {
    pub(crate) fn rewrite_count(
        &mut self,
        row: &Row<'a>,
        relationship: &'a Relationship,
        span: Span,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Predicate> {
        let some = match (op, value.integer()) {
            (Comparison::Gt | Comparison::Ne, Some(0)) | (Comparison::Ge, Some(1)) => true,
            (Comparison::Eq | Comparison::Le, Some(0)) | (Comparison::Lt, Some(1)) => false,
            _ => {
                return self.refuse(
                    code::COUNT_IN_FILTER,
                    span,
                    "Dataverse cannot compare a count in a filter".to_owned(),
                    "whether there are any rows is asked with `any()`; FetchXML can count with an aggregate query",
                );
            }
        };
        if !row.path.is_empty() {
            return self.lambda_behind_lookup(span);
        }
        let any = Predicate::Any(Self::collection(row, relationship), None);
        let meant = if some { any } else { any.negate() };
        let message =
            "Dataverse cannot compare a count in a filter; `any()` asks whether there is a row".to_owned();
        self.rewritten(Severity::Error, code::COUNT_IN_FILTER, span, message, "use `any()`", meant)
    }
}
