//! Rewrites a condition on a party list of an activity, such as `to`, to a condition on the related
//! `activityparty` rows. The rewrite of columns that are not properties (`name_column`) calls it.
//!
//! `to eq <guid>` tests whether one of the parties with the role "to" is the row with this id. The rewrite is
//! exact: the same rows match. The numbers of the roles are the values of
//! `ActivityParty.ParticipationTypeMask` (ActivityParty table reference).

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::Column;

use crate::hir::Comparison;
use crate::resolve::{Resolver, Row};

/// The party list columns of the standard activities, such as `to`, each with the number of the role that its
/// parties have.
const ROLES: [(&str, i32); 9] = [
    ("from", 1),
    ("to", 2),
    ("cc", 3),
    ("bcc", 4),
    ("requiredattendees", 5),
    ("optionalattendees", 6),
    ("organizer", 7),
    ("resources", 10),
    ("customers", 11),
];

impl<'a> Resolver<'a> {
    /// Reports a party list that is used as a column, and returns `None`. `row` is the row that has it, and
    /// `written` is the name as the text has it.
    pub(crate) fn rewrite_party_list<T>(
        &mut self,
        row: &Row<'a>,
        column: &'a Column,
        written: &str,
        span: Span,
    ) -> Option<T> {
        let message = format!("`{written}` holds several parties and is not a property of the Web API");
        let mut d = Diagnostic::error(code::NOT_A_PROPERTY, span, message);
        let navigation = format!("{}_activity_parties", row.table.logical_name);
        let role = ROLES.iter().find(|(name, _)| *name == column.logical_name);
        let whole = self.current.span;
        let alone = self.current.op == Some(Comparison::Eq) && whole.start == span.start && row.scope == 0;
        match role {
            Some((_, role))
                if alone && row.path.is_empty() && row.table.navigation(&navigation).is_some() =>
            {
                let after = Span { start: span.end, end: whole.end }.of(self.source);
                let text = format!(
                    "{navigation}/any(p:p/participationtypemask eq {role} and p/_partyid_value{after})"
                );
                d = d.suggest(Suggestion::fix("ask the parties of the activity", whole, text));
            }
            _ => d = d.help(format!("the parties of an activity are reached through `{navigation}`")),
        }
        self.push(d);
        None
    }
}
