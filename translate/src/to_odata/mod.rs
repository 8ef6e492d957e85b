//! Translates a query from the HIR, as FetchXML gives it, to OData. [`to_odata`] is the entry point, which
//! [`translate()`](crate::translate()) calls for a checked text.
//!
//! OData has no joins. The row of a lookup becomes a path and an expansion; the rows of a collection become a
//! lambda and an expansion. All constructs without an equivalent are reported. Source: the Web API's pages on
//! query options, and the FetchXML reference.

mod joins;
mod negation;
mod predicate;
mod translator;

use dvkit_diagnostic::code;
use dvkit_schema::{ColumnType, Store};

use crate::fidelity::{DifferenceKind, Translation, TranslationReport, Untranslatable};
use crate::subject::Subject;
use crate::unread;
use dvkit_query::hir::{
    AggregateFunction, ColumnRef, Columns, Expansion, GroupKey, Grouping, Join, JoinKind, Link, Order,
    OrderBy, Predicate, Property, Query, QueryHint, RelatedRows,
};
use dvkit_query::odata;
use translator::{RowPath, RowPosition, Rows, Translator};

/// Translates a query of the HIR to an OData request. The tables and relationships are looked up in `store`.
///
/// # Errors
/// Returns an error with all the reasons if OData cannot express the query. The reasons have no spans yet,
/// because a HIR has none.
pub fn to_odata(query: &Query, store: &Store) -> Result<Translation, Untranslatable> {
    let mut translator = Translator {
        store,
        report: TranslationReport::default(),
        aliases: Vec::new(),
        table: query.table.clone(),
        is_limited: query.page.top.is_some() || query.page.size.is_some(),
    };
    let mut out = query.clone();
    if query.opaque.is_none() {
        translator.query(&mut out);
    }
    translator.report.finish(odata::request(&out))
}

impl Translator<'_> {
    fn query(&mut self, out: &mut Query) {
        if out.source.entity_set.is_empty() {
            match self.store.entry(&out.table).and_then(|e| e.entity_set.clone()) {
                Some(set) => out.source.entity_set = set,
                None => {
                    let message = format!("the Web API does not offer the rows of `{}`", out.table);
                    self.report.cannot_translate(code::NO_ENTITY_SET, Subject::Entity, message);
                }
            }
        }
        let root = RowPath { scope: 0, path: Vec::new(), table: out.table.clone() };
        let mut joins = std::mem::take(&mut out.joins);
        self.move_orders_by_name(&mut joins, &mut out.order);
        let distinct = out.distinct;
        let (own, of_joins) =
            joins::split(std::mem::replace(&mut out.predicate, Predicate::Constant(true)), &joins);
        let joined = self.joins(&joins, &root, &of_joins, distinct);
        let mut parts = vec![self.predicate(own, &mut Rows::at(root.clone()))];
        parts.extend(joined.conditions);
        out.predicate = Predicate::and(parts);
        out.expand.extend(joined.expand);
        self.check_expansions(&out.expand, &joins);
        if joined.many && out.grouping.is_some() {
            let message = "rows of a collection are joined, and `$apply` has no joins";
            let many = joins.iter().find(|j| !j.single).or(joins.first());
            let subject = many.map_or(Subject::Whole, |j| Subject::Join(j.alias.clone()));
            self.report.cannot_translate(code::GROUPED_JOIN, subject, message);
        }
        self.columns(&mut out.columns, &out.table);
        if !std::mem::take(&mut out.aliases).is_empty() {
            self.report.cannot_translate_part(
                code::COLUMN_NAME,
                Subject::Alias(None),
                "a column of OData has no other name than its own",
            );
        }
        self.order(out, &joins);
        self.page(out);
        self.hints(std::mem::take(&mut out.hints));
        if let Some(grouping) = &mut out.grouping {
            self.grouping(grouping, &root);
            // Groups cannot be expanded.
            out.expand.clear();
            out.columns = Columns::All;
        }
        if std::mem::take(&mut out.distinct) {
            self.distinct(out);
        }
    }

    /// Reports expansions that OData does not allow together. If a many-to-many relationship is expanded, its
    /// expansion has no nested ones, and only other many-to-many relationships may be expanded beside it.
    fn check_expansions(&mut self, expand: &[Expansion], joins: &[Join]) {
        fn holds(all: &[Expansion], is: &dyn Fn(&Expansion) -> bool) -> bool {
            all.iter().any(|e| is(e) || holds(&e.expand, is))
        }
        let many = |e: &Expansion| matches!(&e.to, RelatedRows::Many(c) if c.intersect.is_some());
        let deep = expand.iter().any(|e| holds(&e.expand, &many) || (many(e) && !e.expand.is_empty()));
        if deep || (expand.iter().any(many) && !expand.iter().all(many)) {
            let message = "rows of a many-to-many relationship are expanded alone: nothing below them, no other kind beside them";
            let linked = joins.iter().find(|j| j.navigation.is_none()).or(joins.first());
            let subject = linked.map_or(Subject::Whole, |j| Subject::Join(j.alias.clone()));
            self.report.cannot_translate(code::EXPANDED_TOGETHER, subject, message);
        }
    }

    /// Removes columns that are not properties in OData from the returned columns of `table`, and reports
    /// them. If no column remains, the primary key is returned.
    fn columns(&mut self, columns: &mut Columns, table: &str) {
        let Columns::Listed(listed) = columns else { return };
        self.replace_formatted_columns(listed, table);
        listed.retain(|column| {
            let known = self.is_property(table, &column.column);
            if !known {
                let subject = Subject::Select(None, column.column.clone());
                self.report.cannot_translate_part(
                    code::NOT_A_PROPERTY,
                    subject,
                    no_property(table, &column.column),
                );
            }
            known
        });
        if listed.is_empty() {
            listed.extend(self.key_of(table).map(|key| translator::plain(key, 0, Vec::new())));
        }
    }

    /// Replaces the virtual columns of `table` in `listed` that hold the primary name of a lookup's row, or
    /// the label of a choice, by the lookup or the choice. OData returns these names and labels as formatted
    /// values.
    fn replace_formatted_columns(&mut self, listed: &mut Vec<ColumnRef>, table: &str) {
        let Some(table) = self.store.table(table).ok().flatten() else { return };
        let mut out: Vec<ColumnRef> = Vec::with_capacity(listed.len());
        for mut column in std::mem::take(listed) {
            let known = table.column(&column.column);
            let base = known.filter(|c| !c.is_property()).and_then(|c| {
                let base = table.column(c.attribute_of.as_deref()?)?;
                (c.logical_name == format!("{}name", base.logical_name) && base.is_property()).then_some(base)
            });
            if let Some(base) = base {
                let text =
                    format!("`{}` comes as the formatted value of `{}`", column.column, base.property_name());
                self.report.add_difference(DifferenceKind::Shape, text);
                column.column.clone_from(&base.logical_name);
                column.property = if base.ty.is_lookup() { Property::Lookup } else { Property::Plain };
            }
            if !out.contains(&column) {
                out.push(column);
            }
        }
        *listed = out;
    }

    fn is_property(&self, table: &str, column: &str) -> bool {
        let table = self.store.table(table).ok().flatten();
        table.and_then(|t| t.column(column)).is_none_or(dvkit_schema::Column::is_property)
    }

    fn key_of(&self, table: &str) -> Option<String> {
        self.store.entry(table).and_then(|e| e.primary_id.clone())
    }

    /// Removes the orders of the joins and appends equivalent ones to the orders of the query. An order by
    /// the primary name of a lookup's row becomes an order by the lookup. The first order without an
    /// equivalent, and all orders after it, are left in the joins.
    fn move_orders_by_name(&self, joins: &mut [Join], order: &mut Vec<Order>) {
        fn ordered(join: &Join) -> bool {
            !join.order.is_empty() || join.joins.iter().any(ordered)
        }
        for at in 0..joins.len() {
            let Some(join) = joins.get(at).filter(|j| ordered(j)) else { continue };
            let lookup = |order: &Order| match &order.by {
                OrderBy::Column(column) => {
                    let column = ColumnRef { join: Some(join.alias.as_str().into()), ..column.clone() };
                    Some(Order { by: OrderBy::Column(self.names_lookup(&column, joins)?), ..order.clone() })
                }
                OrderBy::Label(_) | OrderBy::Result(_) => None,
            };
            // If an order cannot be translated, those after it cannot either.
            let all: Option<Vec<Order>> = join.order.iter().map(lookup).collect();
            let (Some(all), false) = (all, join.joins.iter().any(ordered)) else { return };
            order.extend(all);
            if let Some(join) = joins.get_mut(at) {
                join.order.clear();
            }
        }
    }

    fn order(&mut self, out: &mut Query, joins: &[Join]) {
        for order in &mut out.order {
            if let OrderBy::Column(column) = &mut order.by
                && let Some(lookup) = self.names_lookup(column, joins)
            {
                *column = lookup;
            }
        }
        let grouped = out.grouping.is_some();
        let table = out.table.as_str();
        out.order.retain(|order| {
            let (code, message) = match &order.by {
                _ if grouped => (code::ORDER_OF_GROUPS, "`$apply` takes no order of its groups".to_owned()),
                OrderBy::Column(column) | OrderBy::Label(column) if column.join.is_some() => {
                    let message = format!("`{}` is a column of a joined row, and rows are ordered by their own", column.column);
                    (code::ORDER_BY_JOINED, message)
                }
                OrderBy::Label(column) => {
                    let message = format!(
                        "`{}` is ordered by the label of its options, and OData orders by their numbers (`useraworderby`)",
                        column.column
                    );
                    (code::ORDER_BY_LABEL, message)
                }
                OrderBy::Column(column) if !self.is_property(table, &column.column) => {
                    (code::NOT_A_PROPERTY, no_property(table, &column.column))
                }
                _ => return true,
            };
            let subject = match &order.by {
                OrderBy::Column(column) | OrderBy::Label(column) => {
                    Subject::Order(column.join.as_deref().map(Into::into), column.column.clone())
                }
                OrderBy::Result(name) => Subject::OrderOfResult(name.clone()),
            };
            self.cannot_order(code, subject, message);
            false
        });
    }

    /// Returns the lookup column by which OData can order instead of `column`, a column of a joined row.
    /// OData orders a lookup by the primary name of the row that it points to. Returns `None` if `column` is
    /// not this primary name.
    fn names_lookup(&self, column: &ColumnRef, joins: &[Join]) -> Option<ColumnRef> {
        let alias = column.join.as_deref()?;
        let join = joins.iter().find(|j| j.alias == alias && j.single)?;
        let whole = join.kind != JoinKind::Outer || join.predicate == Predicate::Constant(true);
        let there = self.store.table(&join.table).ok().flatten()?;
        let here = self.store.table(&self.table).ok().flatten()?;
        let lookup = here.column(&join.to)?;
        // A lookup to several tables is ordered by the names of all of them, but only one is joined.
        let only = matches!(&lookup.ty, ColumnType::Lookup { targets } if targets.len() == 1);
        let named = there.primary_name.as_deref() == Some(column.column.as_str());
        (whole && only && named && column.path.is_empty() && there.primary_id.as_deref() == Some(&join.from))
            .then(|| ColumnRef {
                property: Property::Lookup,
                ..translator::plain(lookup.logical_name.clone(), 0, Vec::new())
            })
    }

    /// Translates hints to query options, or reports them as differences or as reasons.
    fn hints(&mut self, hints: Vec<QueryHint>) {
        for extra in hints {
            match extra {
                QueryHint::Retained => {
                    let message = "OData reads no rows in long-term retention";
                    self.report.cannot_translate(
                        code::RETAINED_ROWS,
                        Subject::Attribute("datasource"),
                        message,
                    );
                }
                QueryHint::CountChildren(column, _) => {
                    let message = format!("OData cannot count the rows below each row (`{column}`)");
                    let subject = Subject::Select(None, column);
                    self.report.cannot_translate_part(code::COUNT_OF_CHILDREN, subject, message);
                }
                QueryHint::AggregateLimit(most) => {
                    let text = format!("more than 50,000 rows are an error, not more than {most}");
                    self.report.add_difference(DifferenceKind::Totals, text);
                }
                QueryHint::QuickFind => {
                    let text =
                        "a quick find is refused where it finds more than 10,000 rows, a filter is not";
                    self.report.add_difference(DifferenceKind::Totals, text);
                }
                QueryHint::Options(_) | QueryHint::LateMaterialize | QueryHint::Union => {
                    self.report
                        .add_difference(DifferenceKind::Performance, "OData has no form for the database hints (`options`, `latematerialize`, `hint`): they are dropped");
                }
                QueryHint::Unread(piece) => unread::report(&mut self.report, piece),
                QueryHint::NameOfLookup(column) => {
                    let text = format!(
                        "a text beside the lookup `{column}` is compared with the names of the rows that it points to"
                    );
                    self.report.add_difference(DifferenceKind::Undocumented, text);
                }
                QueryHint::TypeCode(column, code) => {
                    let message =
                        format!("`{column}` is compared with the type code {code}, and no table here has it");
                    self.report.cannot_translate(code::TYPE_CODE, Subject::Text(column, code), message);
                }
                QueryHint::LocalTime => {
                    let text =
                        "a time without an offset is the caller's in FetchXML, and is taken as UTC here";
                    self.report.add_difference(DifferenceKind::Undocumented, text);
                }
            }
        }
    }

    fn page(&mut self, out: &mut Query) {
        let (number, cookie) = (out.page.number.take().filter(|n| *n > 1), out.page.cookie.take());
        if number.is_some() || cookie.is_some() {
            let page = number.map_or_else(|| "a later page".to_owned(), |n| format!("page {n}"));
            let message = format!("OData cannot ask for {page}: each response links to the next one only");
            self.report.cannot_translate(code::LATER_PAGE, Subject::Page, message);
        }
        if let Some(size) = out.page.size.take() {
            self.report.add_difference(
                DifferenceKind::Paging,
                format!("the size of a page goes into a header: `Prefer: odata.maxpagesize={size}`"),
            );
        }
    }

    fn grouping(&mut self, grouping: &mut Grouping, root: &RowPath) {
        for key in &mut grouping.keys {
            if key.date.take().is_some() {
                let message = format!("`$apply` cannot group by a part of `{}`", key.column.column);
                let subject = Subject::DatePart(key.column.column.clone());
                self.report.cannot_translate(code::DATE_PART, subject, message);
            }
            self.column(&mut key.column, &Rows::at(root.clone()));
            let name = odata::column(&key.column, &[]);
            // A column of a lookup's row is named by its table ("Aggregate data using OData").
            let name = match key.column.path.last() {
                Some(link) => format!("{}_{}", link.table, key.column.column),
                None => name,
            };
            if let Some(alias) = key.alias.take().filter(|alias| *alias != name) {
                self.report.add_difference(DifferenceKind::Names, format!("`{alias}` comes as `{name}`"));
            }
        }
        grouping.aggregates.retain_mut(|aggregate| {
            if matches!(aggregate.function, AggregateFunction::CountColumn | AggregateFunction::CountDistinct)
            {
                let message = format!("`{}` counts values, and `$apply` counts rows only", aggregate.alias);
                let subject = Subject::Aggregate(aggregate.alias.clone());
                self.report.cannot_translate_part(code::COUNT_OF_COLUMN, subject, message);
                return false;
            }
            if aggregate.function == AggregateFunction::Count {
                aggregate.column = None;
            }
            if let Some(column) = &mut aggregate.column {
                self.column(column, &Rows::at(root.clone()));
            }
            true
        });
        if grouping.keys.is_empty() && grouping.aggregates.is_empty() {
            // Without what was left out the query would return nothing.
            self.report.changes_rows();
        }
        let mut taken: Vec<String> = grouping.keys.iter().map(|k| odata::column(&k.column, &[])).collect();
        for aggregate in &mut grouping.aggregates {
            let mut name = identifier(&aggregate.alias);
            while taken.contains(&name) {
                name.push('_');
            }
            if name != aggregate.alias {
                self.report.add_difference(
                    DifferenceKind::Names,
                    format!("`{}` comes as `{name}`", aggregate.alias),
                );
                aggregate.alias.clone_from(&name);
            }
            taken.push(name);
        }
    }

    /// Translates `distinct`. Rows that include their key are distinct already. Other rows become groups if
    /// their columns allow it; otherwise OData returns equal rows several times, which is reported as a
    /// difference.
    fn distinct(&mut self, out: &mut Query) {
        let key = self.key_of(&out.table);
        let Columns::Listed(listed) = &out.columns else { return };
        if out.grouping.is_some() || listed.iter().any(|c| Some(&c.column) == key.as_ref()) {
            return;
        }
        let page = &out.page;
        let table = self.store.table(&out.table).ok().flatten();
        let grouped_by = |c: &ColumnRef| {
            let ty = table.and_then(|t| t.column(&c.column)).map(|c| &c.ty);
            !ty.is_some_and(|ty| matches!(ty, ColumnType::DateTime { .. }))
        };
        if listed.iter().all(grouped_by)
            && out.order.is_empty()
            && page.top.is_none()
            && !page.total
            && out.expand.is_empty()
        {
            let keys = listed.iter().cloned().map(GroupKey::of).collect();
            out.grouping = Some(Grouping { keys, aggregates: Vec::new() });
            out.columns = Columns::All;
        } else {
            self.report.add_difference(
                DifferenceKind::Rows,
                "rows that are equal in what they show come more than once",
            );
        }
    }

    /// If `column` is the virtual column of `table` that holds the primary name of a lookup's row
    /// (`primarycontactidname`), replaces it by a path to that name. Returns whether `column` was replaced.
    fn follow_name(&self, table: &str, column: &mut ColumnRef) -> bool {
        let name = || {
            let table = self.store.table(table).ok().flatten()?;
            let lookup = table.lookup_named_by(table.column(&column.column)?)?;
            // A lookup to several tables has a different name column for each.
            let mut targets = table.lookups_of(&lookup.logical_name).filter(|r| r.navigation.is_some());
            let (only, None) = (targets.next()?, targets.next()) else { return None };
            let target = self.store.table(&only.table).ok().flatten()?;
            let link = Link {
                navigation: only.navigation.clone()?,
                table: only.table.clone(),
                column: Some(lookup.logical_name.clone()),
                referenced: only.referenced.clone().or_else(|| target.primary_id.clone()),
            };
            Some((link, target.primary_name.clone()?))
        };
        let Some((link, name)) = name() else { return false };
        column.path.push(link);
        column.column = name;
        column.property = Property::Plain;
        true
    }

    /// Replaces the alias in `column` by the path or the lambda variable that leads to the same row in OData.
    /// Returns the table of that row. Returns `None` if the table is not known, or if the column cannot be
    /// translated, which has been reported.
    fn column(&mut self, column: &mut ColumnRef, rows: &Rows) -> Option<String> {
        let place = match column.join.take() {
            None => rows.get(column.scope),
            Some(alias) => match self.aliases.iter().rev().find(|(name, _)| **name == *alias) {
                Some((_, RowPosition::At(place))) => Some(place.clone()),
                Some((_, RowPosition::OnCondition)) => {
                    let message = format!(
                        "`{alias}` is joined on a condition, and `{}` of it would be asked for without that",
                        column.column
                    );
                    let subject = Subject::Condition(Some(alias.to_string()), column.column.clone());
                    self.report.cannot_translate(code::JOIN_CONDITION, subject, message);
                    None
                }
                _ => {
                    let message =
                        format!("`{alias}.{}` is a column of one of many joined rows", column.column);
                    let subject = Subject::Condition(Some(alias.to_string()), column.column.clone());
                    self.report.cannot_translate(code::JOINED_CONDITION, subject, message);
                    None
                }
            },
        };
        let place = place?;
        column.scope = place.scope;
        let mut path = place.path;
        path.append(&mut column.path);
        let table = path.last().map_or(place.table, |link| link.table.clone());
        column.path = path;
        if self.follow_name(&table, column) {
            return column.path.last().map(|link| link.table.clone());
        }
        if column.property != Property::Managed && !self.is_property(&table, &column.column) {
            let subject = Subject::Condition(None, column.column.clone());
            self.report.cannot_translate(code::NOT_A_PROPERTY, subject, no_property(&table, &column.column));
            return None;
        }
        Some(table)
    }
}

fn no_property(table: &str, column: &str) -> String {
    format!("`{column}` of `{table}` is not a property of the Web API")
}

/// Returns `alias` as a name that OData allows (ABNF `odataIdentifier`), with `_` in place of other
/// characters. FetchXML allows any characters in an `alias`.
fn identifier(alias: &str) -> String {
    let mut name: String = alias.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    if !name.starts_with(|c: char| c == '_' || c.is_alphabetic()) {
        name.insert(0, '_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn an_alias_becomes_a_name_that_odata_allows() {
        for (alias, name) in [
            ("total", "total"),
            ("_total", "_total"),
            ("1a", "_1a"),
            ("a1", "a1"),
            ("a-b c", "a_b_c"),
            ("ä.ö", "ä_ö"),
            ("-", "_"),
            ("", "_"),
        ] {
            assert_eq!(identifier(alias), name, "{alias}");
        }
    }
}
