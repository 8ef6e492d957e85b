//! Rewrites the name column of a choice to the choice, and the name column of a lookup to the primary name of
//! the row that the lookup points to. The resolver of paths calls it.
//!
//! Name columns (`statecodename`, `primarycontactidname`) are virtual columns that FetchXML returns but the
//! Web API does not expose. The rewrite is exact for a lookup to one table; for a lookup to several tables,
//! the primary name of each is suggested. A value that is compared with the name column of a choice is a
//! label.
//!
//! The name of a name column can also be two names that have lost the `/` or the `,` between them. If such a
//! reading has another meaning, both are suggested, and neither is exact.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::{Column, ColumnType, Edm, Relationship, Table};

use super::most_specific;
use crate::resolve::{PathTarget, Resolver, Rewrite, Role, Row};

impl<'a> Resolver<'a> {
    pub(crate) fn rewrite_name_column(
        &mut self,
        row: Row<'a>,
        column: &'a Column,
        written: &str,
        span: Span,
    ) -> Option<PathTarget<'a>> {
        if matches!(column.ty, ColumnType::PartyList { .. }) {
            return self.rewrite_party_list(&row, column, written, span);
        }
        let base = column.attribute_of.as_deref().and_then(|base| row.table.column(base));
        let is_name = base.is_some_and(|b| column.logical_name == format!("{}name", b.logical_name));
        self.name_column_of(row, base, is_name, written, span)
    }

    /// Resolves a name column that the snapshot does not contain, for example because it was made only from a
    /// `$metadata` document. The name column is recognised by the lookup or choice from whose name it is
    /// formed. `name` is the name in lower case, and `written` is the name as the text has it. Returns `None`
    /// if `name` is not a name column; then nothing is reported.
    pub(crate) fn rewrite_missing_name_column(
        &mut self,
        row: &Row<'a>,
        name: &str,
        written: &str,
        span: Span,
    ) -> Option<Rewrite<PathTarget<'a>>> {
        let table = row.table;
        let (base, is_name) = [("yominame", false), ("name", true), ("type", false)]
            .into_iter()
            .find_map(|(end, is_name)| Some((table.column(name.strip_suffix(end)?)?, is_name)))?;
        let labelled = base.ty.choice().is_some()
            || matches!(base.ty.edm(), Some(Edm::Int32 | Edm::Boolean))
            || matches!(base.ty, ColumnType::State { .. } | ColumnType::Status { .. });
        if base.ty.is_lookup() {
            if !is_name && name.ends_with("type") {
                let navigation = table.lookups_of(&base.logical_name).find_map(|r| r.navigation.as_deref());
                let message =
                    format!("`{written}` accompanies `{}`: OData cannot name it", base.property_name());
                let d = Diagnostic::error(code::NOT_A_PROPERTY, span, message);
                self.push(match navigation {
                    Some(navigation) => d.help(format!(
                        "to which table it points is asked for by the navigation property of that table: `{navigation}/… ne null`"
                    )),
                    None => d,
                });
                return Some(Rewrite::Reported);
            }
        } else if !(labelled && is_name) {
            return None;
        }
        Some(self.name_column_of(row.clone(), Some(base), is_name, written, span).into())
    }

    fn name_column_of(
        &mut self,
        row: Row<'a>,
        base: Option<&'a Column>,
        is_name: bool,
        written: &str,
        span: Span,
    ) -> Option<PathTarget<'a>> {
        let message =
            format!("`{written}` exists, but it is not a property of the Web API: OData cannot name it");
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
            // `$orderby=statecode,name` without its comma.
            let list = row.path.is_empty() && matches!(self.role, Role::Order | Role::Group);
            if list && let Some((first, second)) = joined_columns(row.table, base, written) {
                let two = format!("{first},{second}");
                self.push(
                    d.suggest(Suggestion::maybe(text, span, property))
                        .suggest(Suggestion::maybe("add `,`", span, two)),
                );
                return None;
            }
            self.push(d.suggest(Suggestion::fix(text, span, property)));
            return Some(PathTarget::Column(row, base, span));
        }
        let ways: Vec<&Relationship> =
            row.table.lookups_of(&base.logical_name).filter(|r| r.navigation.is_some()).collect();
        // Several navigation properties to one table lead to the same row. Then the one is taken whose name is
        // written.
        let begins = |r: &&&Relationship| r.navigation.as_deref() == Some(base.logical_name.as_str());
        let followed = match ways.iter().find(begins) {
            Some(own) if ways.iter().all(|r| r.table == own.table) => vec![*own],
            _ => most_specific(ways),
        };
        let (mut named, mut certain) = (Vec::new(), true);
        let joined = self.joined_path(&row, written);
        for relationship in followed {
            let Some(table) = self.table(&relationship.table) else { continue };
            if let Some(name) = primary_name(table) {
                certain &= table.primary_name.is_some();
                if let Some((through, column)) = &joined {
                    let same = through.table == relationship.table && through.column == relationship.column;
                    certain &= same && column.logical_name == name.logical_name;
                }
                named.push((relationship, name));
            }
        }
        match named.as_slice() {
            [(relationship, name)] if certain => {
                let path = format!(
                    "{}/{}",
                    relationship.navigation.as_deref().unwrap_or_default(),
                    name.property_name()
                );
                let text = format!("it is the name of the row that `{}` points to", base.logical_name);
                self.push(d.suggest(Suggestion::fix(text, span, path)));
                let row = self.follow(row, relationship, span)?;
                Some(PathTarget::Column(row, name, span))
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
                if let Some((through, column)) = joined {
                    let navigation = through.navigation.as_deref().unwrap_or_default();
                    let path = format!("{navigation}/{}", column.property_name());
                    let offered = |s: &Suggestion| s.edits.iter().any(|e| e.replacement == path);
                    if !d.suggestions.iter().any(offered) {
                        d = d.suggest(Suggestion::maybe("add `/`", span, path));
                    }
                }
                self.push(d);
                None
            }
        }
    }

    /// Returns the navigation property and the column of its table that `written` consists of if a `/` between
    /// them is missing; `None` if there are none. Of several the longest navigation property is returned.
    fn joined_path(&mut self, row: &Row<'a>, written: &str) -> Option<(&'a Relationship, &'a Column)> {
        let table = row.table;
        (1..written.len()).rev().filter(|at| written.is_char_boundary(*at)).find_map(|at| {
            let (navigation, rest) = written.split_at(at);
            let relationship = table.navigation(navigation).filter(|r| r.is_single())?;
            Some((relationship, self.table(&relationship.table)?.property(rest)?))
        })
    }
}

/// Returns the property of the choice `base` and the property after it, if `written` consists of both without
/// the comma between them; `None` if it does not.
pub(crate) fn joined_columns<'w>(
    table: &Table,
    base: &Column,
    written: &'w str,
) -> Option<(&'w str, &'w str)> {
    let (first, second) = written.split_at_checked(base.logical_name.len())?;
    (table.property(first).is_some() && table.property(second).is_some()).then_some((first, second))
}

/// Returns the primary name column of the table. If the snapshot does not say which column this is, the first
/// column with a usual name (`fullname`, `name`, …) is returned. Returns `None` if there is no such column.
fn primary_name(table: &Table) -> Option<&Column> {
    if let Some(name) = &table.primary_name {
        return table.column(name);
    }
    let own = table.logical_name.split_once('_').map(|(prefix, _)| format!("{prefix}_name"));
    let usual = ["fullname", "name", "subject", "title"].into_iter();
    usual.chain(own.as_deref()).find_map(|name| table.column(name))
}

#[cfg(test)]
mod tests {
    use dvkit_schema::{Column, ColumnType, Table};

    use super::primary_name;

    #[test]
    fn a_row_is_named_by_a_usual_column_where_the_snapshot_does_not_say() {
        for (table, primary, columns, expected) in [
            ("account", Some("title"), &["name", "title"][..], Some("title")),
            ("account", Some("none"), &["name"], None),
            ("account", None, &["title", "subject", "name", "fullname"], Some("fullname")),
            ("account", None, &["title", "subject", "name"], Some("name")),
            ("account", None, &["title", "subject"], Some("subject")),
            ("account", None, &["title"], Some("title")),
            ("new_project", None, &["new_name", "code"], Some("new_name")),
            ("new_project_part", None, &["new_name", "new_project_name"], Some("new_name")),
            ("new_project", None, &["project_name"], None),
            ("project", None, &["project_name"], None),
        ] {
            let column =
                |name: &&str| Column::new(*name, ColumnType::String { max_length: None, format: None });
            let mut columns: Vec<Column> = columns.iter().map(column).collect();
            columns.sort_by(|a, b| a.logical_name.cmp(&b.logical_name));
            let table = Table {
                logical_name: table.to_owned(),
                primary_name: primary.map(str::to_owned),
                columns,
                ..Table::default()
            };
            let found = primary_name(&table).map(|column| column.logical_name.as_str());
            assert_eq!(found, expected, "{table:?}");
        }
    }
}
