//! Law: a lookup named as a column is its value, `_<column>_value`. Exact.
//!
//! Also the other way: `_x_value/name` is the path through the lookup's navigation property.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::{Column, Relationship, Table};
use odata_parser::ast::Segment;

use crate::resolve::Resolver;

impl<'a> Resolver<'a> {
    /// `primarycontactid eq <guid>`: reports it; the meaning is the column itself.
    pub(crate) fn lookup_as_column(&mut self, column: &Column, written: &str, span: Span) {
        let property = column.property_name();
        let message = format!("`{written}` is a lookup; its value, a guid, is the property `{property}`");
        self.push(Diagnostic::error(code::LOOKUP_AS_COLUMN, span, message).suggest(Suggestion::fix(
            format!("write `{property}`"),
            span,
            property.clone(),
        )));
    }

    /// `_primarycontactid_value/fullname`, `PrimaryContactId/fullname`, `parentcustomerid/name`: the relationship
    /// that is meant, and how many of the following segments told it.
    pub(crate) fn lookup_as_path(
        &mut self,
        table: &'a Table,
        column: &'a Column,
        written: &'a str,
        span: Span,
        rest: &'a [Segment<'a>],
    ) -> Option<(&'a Relationship, usize)> {
        let candidates: Vec<&Relationship> =
            table.lookups_of(&column.logical_name).filter(|r| r.navigation.is_some()).collect();
        let &[relationship] = candidates.as_slice() else {
            if candidates.is_empty() {
                let message = format!(
                    "`{written}` is a lookup, and this snapshot does not tell the navigation property that follows it"
                );
                return self.refuse(
                    code::TABLE_NOT_IN_SNAPSHOT,
                    span,
                    message,
                    "import the organisation's `$metadata`",
                );
            }
            return self.polymorphic_path(column, &candidates, written, span, rest);
        };
        let navigation = relationship.navigation.as_deref().unwrap_or_default();
        let (code, message) = if navigation.eq_ignore_ascii_case(written) {
            (code::NAME_CASE, format!("names are case-sensitive: `{written}` is spelled `{navigation}`"))
        } else {
            (
                code::LOOKUP_AS_COLUMN,
                format!(
                    "`{written}` is a column; the path to its row goes through the navigation property `{navigation}`"
                ),
            )
        };
        self.push(Diagnostic::error(code, span, message).suggest(Suggestion::fix(
            format!("write `{navigation}`"),
            span,
            navigation,
        )));
        Some((relationship, 0))
    }
}
