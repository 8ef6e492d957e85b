//! Law: the `…name` companion of a choice is the choice, that of a lookup is the primary name of its row.
//!
//! Companions (`statecodename`, `primarycontactidname`) are columns that the Web API does not expose; FetchXML returns
//! them. Exact for a lookup with one target; a polymorphic one offers its targets; a choice goes on as the choice, and
//! the label that it is compared with is then a label.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::{Column, ColumnType};

use super::most_specific;
use crate::resolve::{End, Resolver, Row};

impl<'a> Resolver<'a> {
    pub(crate) fn companion(
        &mut self,
        row: Row<'a>,
        column: &'a Column,
        written: &str,
        span: Span,
    ) -> Option<End<'a>> {
        if matches!(column.ty, ColumnType::PartyList { .. }) {
            return self.party_list(&row, column, written, span);
        }
        let base = column.attribute_of.as_deref().and_then(|base| row.table.column(base));
        let is_name = base.is_some_and(|b| column.logical_name == format!("{}name", b.logical_name));
        let message =
            format!("`{written}` exists, but it is no property of the Web API: OData cannot name it");
        let d = Diagnostic::error(code::NOT_A_PROPERTY, span, message);
        let Some(base) = base.filter(|_| is_name) else {
            let help = match base {
                Some(base) => format!("it accompanies `{}`", base.property_name()),
                None => "FetchXML may be able to".to_owned(),
            };
            self.push(d.help(help));
            return None;
        };
        if !base.ty.is_lookup() {
            let property = base.property_name().into_owned();
            let text = format!("it is the label of `{property}`; compare that");
            self.push(d.suggest(Suggestion::fix(text, span, property)));
            return Some(End::Column(row, base, span));
        }
        let followed = most_specific(
            row.table.lookups_of(&base.logical_name).filter(|r| r.navigation.is_some()).collect(),
        );
        let mut named = Vec::new();
        for relationship in followed {
            let name = self.table(&relationship.table).and_then(|t| t.column(t.primary_name.as_deref()?));
            if let Some(name) = name {
                named.push((relationship, name));
            }
        }
        match named.as_slice() {
            [(relationship, name)] => {
                let path = format!(
                    "{}/{}",
                    relationship.navigation.as_deref().unwrap_or_default(),
                    name.property_name()
                );
                let text = format!("it is the name of the row that `{}` points to", base.logical_name);
                self.push(d.suggest(Suggestion::fix(text, span, path)));
                let row = self.follow(row, relationship, span)?;
                Some(End::Column(row, name, span))
            }
            several => {
                let mut d = d;
                for (relationship, name) in several {
                    let path = format!(
                        "{}/{}",
                        relationship.navigation.as_deref().unwrap_or_default(),
                        name.property_name()
                    );
                    d = d.suggest(Suggestion::maybe(
                        format!("the name of the `{}`", relationship.table),
                        span,
                        path,
                    ));
                }
                self.push(d);
                None
            }
        }
    }
}
