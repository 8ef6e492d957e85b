//! Rewrites a lookup's logical name in place of a column to its property `_<column>_value`, and a path
//! through that property (`_x_value/name`) to a path through the lookup's navigation property. The resolver
//! of paths calls it.
//!
//! The rewrite is exact: the same rows match.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::{Column, Relationship, Table};
use odata_parser::ast::Segment;

use crate::resolve::{Resolver, unknown_name_diagnostic};

impl<'a> Resolver<'a> {
    /// Reports a lookup's logical name that is used as a column, as in `primarycontactid eq <guid>`, with a
    /// fix to its property. `written` is the name as the text has it, at `span`.
    pub(crate) fn rewrite_lookup_as_column(&mut self, column: &Column, written: &str, span: Span) {
        let property = column.property_name();
        let message = format!("`{written}` is a lookup; its value, a guid, is the property `{property}`");
        self.push(Diagnostic::error(code::LOOKUP_AS_COLUMN, span, message).suggest(Suggestion::fix(
            format!("write `{property}`"),
            span,
            property.clone(),
        )));
    }

    /// Reports a path that names a lookup by its column instead of its navigation property
    /// (`_primarycontactid_value/fullname`, `PrimaryContactId/fullname`, `parentcustomerid/name`), with a
    /// fix. Returns the relationship of the lookup, and the number of segments of `rest`, the path after the
    /// lookup, that only select the table. Returns `None` if the relationship is unknown or ambiguous.
    /// `written` is the name of the lookup as the text has it.
    pub(crate) fn rewrite_lookup_as_path(
        &mut self,
        table: &'a Table,
        column: &'a Column,
        written: &'a str,
        span: Span,
        rest: &'a [Segment<'a>],
    ) -> Option<(&'a Relationship, usize)> {
        let candidates: Vec<&Relationship> =
            table.lookups_of(&column.logical_name).filter(|r| r.navigation.is_some()).collect();
        // Several navigation properties to one table lead to the same row.
        let specific = super::most_specific(candidates.clone());
        let &[relationship] = specific.as_slice() else {
            if candidates.is_empty() {
                let message = format!(
                    "`{written}` is a lookup, and no navigation property of this snapshot follows it"
                );
                if table.partial {
                    let message = format!("no navigation property follows the lookup `{written}`");
                    self.push(unknown_name_diagnostic(table, span, message));
                    return None;
                }
                let known = table.relationships.iter().any(|r| r.navigation.is_some());
                let help = if known {
                    format!("its value can be compared: `{}`", column.property_name())
                } else {
                    "import the organisation's `$metadata` too: it has the navigation properties".to_owned()
                };
                return self.refuse(code::NOT_A_NAVIGATION, span, message, &help);
            }
            return self.rewrite_polymorphic_path(table, column, &candidates, written, span, rest);
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
