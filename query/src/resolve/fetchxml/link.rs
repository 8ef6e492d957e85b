//! Resolves the `<link-entity>` elements of FetchXML. A link in an entity or a link becomes a join; a link
//! within a filter becomes a condition on related rows. The resolver of FetchXML queries calls it.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};
use dvkit_schema::{Column, Relationship, Side, Table};
use fetchxml::ast::{LinkEntity, LinkType, TextAttr};

use super::alias::Aliases;
use super::{FetchFlags, RowScope, condition_type};
use crate::hir::{CollectionRef, Columns, Join, JoinKind, Predicate};
use crate::resolve::{Resolver, Row};

/// The two columns whose values a link compares.
struct Ends<'a> {
    table: &'a Table,
    /// The column that the attribute `from` names. It is a column of the linked table.
    from: &'a Column,
    /// The column that the attribute `to` names. It is a column of the outer table: that of the entity or
    /// link that contains the link.
    to: &'a Column,
    /// The relationship between the two columns, as seen from the outer table; `None` if no relationship
    /// connects them.
    relationship: Option<&'a Relationship>,
}

impl Ends<'_> {
    /// Returns whether each outer row has at most one linked row. The result is `false` for an activity and
    /// its `activitypointer` row, although these have the same key, because their relationship is a
    /// collection.
    fn single(&self) -> bool {
        self.table.primary_id.as_deref() == Some(self.from.logical_name.as_str())
            && self.relationship.is_none_or(Relationship::is_single)
    }

    fn navigation(&self) -> Option<String> {
        self.relationship.and_then(|r| r.navigation.clone())
    }
}

impl<'a> Resolver<'a> {
    /// Resolves a link as a join. `here` is the outer row, and `manner` are the attributes of `<fetch>`.
    /// Returns `None` if the link could not be understood; then the mistake has been reported.
    pub(super) fn join(
        &mut self,
        link: &'a LinkEntity<'a>,
        here: RowScope<'a>,
        aliases: &Aliases<'a>,
        manner: FetchFlags,
    ) -> Option<Join> {
        self.read(link.name_span);
        let _ = self.word(&link.link_type);
        let kind = match link.effective_link_type()? {
            LinkType::Inner => JoinKind::Inner,
            LinkType::Outer => JoinKind::Outer,
            LinkType::Exists | LinkType::In => JoinKind::Exists,
            LinkType::MatchFirst => JoinKind::First,
            // The parser has reported this link type outside of a filter.
            LinkType::Any | LinkType::NotAny | LinkType::All | LinkType::NotAll => return None,
        };
        let Some(ends) = self.ends(link, here) else {
            return self.many_to_many(link, here, aliases, manner, kind);
        };
        let mut join = self.linked_rows(link, ends.table, aliases, manner, kind)?;
        if kind == JoinKind::Exists {
            clear_results(&mut join);
        }
        join.from = ends.from.logical_name.clone();
        join.to = ends.to.logical_name.clone();
        join.navigation = ends.navigation();
        join.single = ends.single();
        if !join.single {
            self.facts.multi_row_links.push(link.span);
        }
        Some(join)
    }

    /// Resolves the content of a link as a join to rows of `table`. The compared columns of the join are left
    /// empty, and the caller sets them. Returns `None` if a part could not be understood; then the mistake
    /// has been reported.
    fn linked_rows(
        &mut self,
        link: &'a LinkEntity<'a>,
        table: &'a Table,
        aliases: &Aliases<'a>,
        manner: FetchFlags,
        kind: JoinKind,
    ) -> Option<Join> {
        let there = RowScope { table, scope: 0 };
        let mut complete = true;
        let mut predicates = Vec::new();
        let outer = std::mem::replace(&mut self.in_join, true);
        for filter in link.filters() {
            match self.filter_element(filter, there, aliases) {
                Some(predicate) => predicates.push(predicate),
                None => complete = false,
            }
        }
        self.in_join = outer;
        let all = self.elements(link.all_attributes().map(|a| a.name_span));
        if !all && link.attributes().next().is_none() {
            // `no-attrs` has the same effect as no columns.
            self.elements(link.no_attrs().map(|n| n.name_span));
        }
        let (columns, names) = if manner.aggregate {
            (None, Vec::new())
        } else {
            self.attributes(link.attributes(), all, there)?
        };
        let mut joins = Vec::new();
        for inner in link.links() {
            match self.join(inner, there, aliases, manner) {
                Some(join) => joins.push(join),
                None => complete = false,
            }
        }
        let mut order = Vec::new();
        for element in link.orders() {
            match self.order_element(element, there, aliases, manner) {
                Some(one) => order.push(one),
                None => complete = false,
            }
        }
        let alias = aliases.alias_of_link(link).to_owned();
        complete.then(|| Join {
            alias,
            table: table.logical_name.clone(),
            kind,
            from: String::new(),
            to: String::new(),
            navigation: None,
            single: false,
            predicate: Predicate::and(predicates),
            columns: columns.unwrap_or_else(|| Columns::Listed(Vec::new())),
            aliases: names,
            order,
            joins,
        })
    }

    /// Resolves a link without `from` and `to` as two joins over an N:N relationship: to the intersect table,
    /// which the query does not name, and to the linked table. Returns `None` if there is no such
    /// relationship or a part could not be understood.
    fn many_to_many(
        &mut self,
        link: &'a LinkEntity<'a>,
        here: RowScope<'a>,
        aliases: &Aliases<'a>,
        manner: FetchFlags,
        kind: JoinKind,
    ) -> Option<Join> {
        let (table, relationship) = self.own_many_to_many(link, here)?;
        let mut inner = self.linked_rows(link, table, aliases, manner, kind)?;
        inner.from = table.primary_id.clone()?;
        inner.to = relationship.referenced.clone()?;
        inner.single = true;
        if kind == JoinKind::Exists {
            clear_results(&mut inner);
        }
        let intersect = relationship.intersect.clone()?;
        Some(Join {
            alias: format!("{}_{intersect}", inner.alias),
            table: intersect,
            kind,
            from: relationship.column.clone()?,
            to: here.table.primary_id.clone()?,
            navigation: None,
            single: false,
            predicate: Predicate::Constant(true),
            columns: Columns::Listed(Vec::new()),
            aliases: Vec::new(),
            order: Vec::new(),
            joins: vec![inner],
        })
    }

    /// Resolves a link within a filter as a condition. FetchXML's `all` means that there are linked rows and
    /// none of them matches, and `not all` means the same as `any`. Returns `None` if the link could not be
    /// understood; then the mistake has been reported.
    pub(super) fn filter_link(
        &mut self,
        link: &'a LinkEntity<'a>,
        here: RowScope<'a>,
        aliases: &Aliases<'a>,
    ) -> Option<Predicate> {
        // The parser has reported other link types within a filter.
        self.read(link.name_span);
        let _ = self.word(&link.link_type);
        let asks = condition_type(link)?;
        let (collection, table) = self.tested_collection(link, here)?;
        let there = RowScope { table, scope: here.scope + 1 };
        let matching = self.condition_on_rows(link, there, aliases)?;
        let some = |condition: Predicate| match condition {
            Predicate::Constant(true) => Predicate::Any(collection.clone(), None),
            condition => Predicate::Any(collection.clone(), Some(Box::new(condition))),
        };
        Some(match asks {
            LinkType::NotAny => some(matching).negate(),
            LinkType::All => {
                Predicate::and(vec![Predicate::Any(collection.clone(), None), some(matching).negate()])
            }
            _ => some(matching),
        })
    }

    /// Resolves the condition that a row of a link within a filter must meet: the filters of the link, and
    /// the links nested in it, which test that rows exist. `there` is the linked row. Returns `None` after
    /// reporting a mistake.
    fn condition_on_rows(
        &mut self,
        link: &'a LinkEntity<'a>,
        there: RowScope<'a>,
        aliases: &Aliases<'a>,
    ) -> Option<Predicate> {
        // The parser has reported the columns and orders.
        self.mark_ignored(&link.children);
        let mut parts = Vec::new();
        for filter in link.filters() {
            parts.push(self.filter_element(filter, there, aliases)?);
        }
        for inner in link.links() {
            let (collection, table) = self.tested_collection(inner, there)?;
            self.read(inner.name_span);
            let _ = self.word(&inner.link_type);
            let kind = inner.effective_link_type()?;
            let further = RowScope { table, scope: there.scope + 1 };
            let condition = self.condition_on_rows(inner, further, aliases)?;
            if kind == LinkType::Outer {
                // An outer link does not affect the condition.
                continue;
            }
            let condition = match condition {
                Predicate::Constant(true) => None,
                condition => Some(Box::new(condition)),
            };
            parts.push(Predicate::Any(collection, condition));
        }
        Some(Predicate::and(parts))
    }

    /// Resolves the collection of rows that a link within a filter tests. `here` is the outer row. Returns
    /// the collection and the table of its rows; `None` after reporting a mistake.
    fn tested_collection(
        &mut self,
        link: &'a LinkEntity<'a>,
        here: RowScope<'a>,
    ) -> Option<(CollectionRef, &'a Table)> {
        if let Some(ends) = self.ends(link, here) {
            let collection = CollectionRef {
                scope: here.scope,
                navigation: ends.navigation().unwrap_or_default(),
                table: ends.table.logical_name.clone(),
                column: Some(ends.from.logical_name.clone()),
                referenced: Some(ends.to.logical_name.clone()),
                intersect: None,
                single: ends.single(),
            };
            return Some((collection, ends.table));
        }
        let (table, relationship) = self.own_many_to_many(link, here)?;
        let row = Row { scope: here.scope, path: Vec::new(), table: here.table };
        let collection = Self::collection(&row, relationship);
        Some((collection, table))
    }

    /// Returns the linked table and the N:N relationship that leads to it, for a link without `from` and
    /// `to`. Returns `None` if there is no such relationship.
    fn own_many_to_many(
        &mut self,
        link: &'a LinkEntity<'a>,
        here: RowScope<'a>,
    ) -> Option<(&'a Table, &'a Relationship)> {
        if link.from.is_some() || link.to.is_some() {
            return None;
        }
        let name = self.attribute(&link.name)?;
        let table = self.store.entry(&name.raw).and_then(|e| self.table(&e.logical_name))?;
        Some((table, many_to_many_between(here.table, table)?))
    }

    /// Resolves the linked table and the two compared columns of a link. Returns `None` if one of them is
    /// unknown, which has been reported, or if the link has neither `from` nor `to` and the tables have an
    /// N:N relationship.
    fn ends(&mut self, link: &'a LinkEntity<'a>, here: RowScope<'a>) -> Option<Ends<'a>> {
        let name = self.attribute(&link.name)?;
        let table = self.table_named(name)?;
        let (from, to) = (self.attribute(&link.from), self.attribute(&link.to));
        let (from, to) = match (from, to) {
            (Some(from), Some(to)) => {
                if are_exchanged(from, to, table, here.table) {
                    let message = format!(
                        "`from` is a column of the linked `{}`, and `to` one of `{}`: they are exchanged",
                        table.logical_name, here.table.logical_name
                    );
                    let span = from.value_span.to(to.value_span);
                    let fix = Suggestion::fix("exchange them", from.value_span, to.raw.as_ref())
                        .and_edit(to.value_span, from.raw.as_ref());
                    self.push(Diagnostic::error(code::LINK_COLUMNS, span, message).suggest(fix));
                    (table.column(&to.raw)?, here.table.column(&from.raw)?)
                } else {
                    let (joined_from, joined_to) = joined_columns(table, here.table, from, to);
                    let from = self.fetch_column_or(table, &from.raw, from.value_span, joined_from);
                    let to = self.fetch_column_or(here.table, &to.raw, to.value_span, joined_to);
                    (from?, to?)
                }
            }
            (None, None) if many_to_many_between(here.table, table).is_some() => return None,
            (from, to) => {
                return self.ends_by_relationship(link, table, here.table, from, to);
            }
        };
        if !joinable(from, to) {
            let span = link
                .from
                .as_ref()
                .zip(link.to.as_ref())
                .map_or(link.name_span, |(f, t)| f.value_span.to(t.value_span));
            let message = format!(
                "`{}` and `{}` are columns of different types: no rows are equal there",
                from.logical_name, to.logical_name
            );
            self.push(Diagnostic::error(code::LINK_COLUMNS, span, message));
            return None;
        }
        let relationship = relationship(here.table, table, from, to);
        Some(Ends { table, from, to, relationship })
    }

    /// Returns the compared columns of a link in which `from` or `to` is missing. They are the columns of the
    /// only relationship between `table` (the linked table) and `parent` (the outer table) that has the given
    /// column. Returns `None` if there is no such relationship, or several, after reporting that.
    fn ends_by_relationship(
        &mut self,
        link: &'a LinkEntity<'a>,
        table: &'a Table,
        parent: &'a Table,
        from: Option<&'a TextAttr<'a>>,
        to: Option<&'a TextAttr<'a>>,
    ) -> Option<Ends<'a>> {
        let fits = |given: Option<&TextAttr<'_>>, column: &Column| {
            given.is_none_or(|g| *g.raw == *column.logical_name)
        };
        let candidates: Vec<(&'a Relationship, &'a Column, &'a Column)> = parent
            .relationships
            .iter()
            .filter(|r| r.table == table.logical_name)
            .filter_map(|r| columns_of(r, table, parent).map(|(f, t)| (r, f, t)))
            .filter(|(_, f, t)| fits(from, f) && fits(to, t))
            .collect();
        if let [(relationship, f, t)] = candidates.as_slice() {
            return Some(Ends { table, from: f, to: t, relationship: Some(relationship) });
        }
        let message = format!("which columns link `{}` to `{}`?", table.logical_name, parent.logical_name);
        let mut d = Diagnostic::error(code::LINK_COLUMNS, link.name_span, message);
        let known: Vec<String> = candidates
            .iter()
            .take(4)
            .map(|(_, f, t)| format!("`from='{}' to='{}'`", f.logical_name, t.logical_name))
            .collect();
        d = match known.is_empty() {
            true => d.help("`from` is a column of the linked table, `to` one of the table around it"),
            false => d.help(format!("write one of {}", known.join(", "))),
        };
        self.push(d);
        None
    }
}

/// Returns the columns of `table` and of `parent` that the relationship `r` of `parent` compares; `None` if it has a
/// table of its own, or if a column is not known.
fn columns_of<'a>(r: &Relationship, table: &'a Table, parent: &'a Table) -> Option<(&'a Column, &'a Column)> {
    let (column, referenced) = (r.column.as_deref()?, r.referenced.as_deref());
    match r.side {
        Side::ManyToOne => {
            let key = referenced.or(table.primary_id.as_deref())?;
            Some((table.column(key)?, parent.column(column)?))
        }
        Side::OneToMany => {
            let key = referenced.or(parent.primary_id.as_deref())?;
            Some((table.column(column)?, parent.column(key)?))
        }
        Side::ManyToMany => None,
    }
}

/// Returns the column that a wrong name in `from`, and that in `to`, means: the one that the only relationship
/// compares with the column of the other attribute. A name that is right, or that is not certain, is `None`.
fn joined_columns<'a>(
    table: &'a Table,
    parent: &'a Table,
    from: &TextAttr<'_>,
    to: &TextAttr<'_>,
) -> (Option<&'a Column>, Option<&'a Column>) {
    let (known_from, known_to) = (table.column(&from.raw), parent.column(&to.raw));
    if known_from.is_some() == known_to.is_some() {
        return (None, None);
    }
    let same =
        |known: Option<&Column>, column: &Column| known.is_none_or(|k| k.logical_name == column.logical_name);
    let mut ends: Vec<(&'a Column, &'a Column)> = parent
        .relationships
        .iter()
        .filter(|r| r.table == table.logical_name)
        .filter_map(|r| columns_of(r, table, parent))
        .filter(|(f, t)| same(known_from, f) && same(known_to, t))
        .collect();
    ends.dedup_by(|a, b| a.0.logical_name == b.0.logical_name && a.1.logical_name == b.1.logical_name);
    match ends.as_slice() {
        [(f, _)] if known_from.is_none() => (Some(f), None),
        [(_, t)] if known_to.is_none() => (None, Some(t)),
        _ => (None, None),
    }
}

/// Removes the returned columns and the orders of a join that only tests that rows exist, and of the joins
/// nested in it. They have no effect, which the parser has reported.
fn clear_results(join: &mut Join) {
    join.columns = Columns::Listed(Vec::new());
    join.aliases.clear();
    join.order.clear();
    join.joins.iter_mut().for_each(clear_results);
}

/// Returns whether `from` and `to` are exchanged, which means that each of them names a column of the other
/// table.
fn are_exchanged(from: &TextAttr<'_>, to: &TextAttr<'_>, table: &Table, parent: &Table) -> bool {
    let has = |t: &Table, a: &TextAttr<'_>| t.column(&a.raw).is_some();
    (!has(table, from) || !has(parent, to)) && has(table, to) && has(parent, from)
}

/// Returns whether a value of one column can equal a value of the other, judged by the types of the columns.
fn joinable(a: &Column, b: &Column) -> bool {
    match (a.ty.edm(), b.ty.edm()) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// Returns the relationship of `parent` that connects its column `to` with the column `from` of `table`;
/// `None` if there is no such relationship.
fn relationship<'a>(
    parent: &'a Table,
    table: &Table,
    from: &Column,
    to: &Column,
) -> Option<&'a Relationship> {
    let is = |name: &Option<String>, column: &Column, key: Option<&str>| {
        name.as_deref().or(key) == Some(column.logical_name.as_str())
    };
    let matching = parent
        .relationships
        .iter()
        .filter(|r| r.table == table.logical_name && r.navigation.is_some())
        .filter(|r| match r.side {
            Side::ManyToOne => {
                is(&r.column, to, None) && is(&r.referenced, from, table.primary_id.as_deref())
            }
            Side::OneToMany => {
                is(&r.column, from, None) && is(&r.referenced, to, parent.primary_id.as_deref())
            }
            Side::ManyToMany => false,
        });
    // An activity has a navigation property of its own and an inherited one (`owninguser_task`,
    // `owninguser`). Published queries use its own.
    crate::rewrite::most_specific(matching.collect()).into_iter().next()
}

fn many_to_many_between<'a>(parent: &'a Table, table: &Table) -> Option<&'a Relationship> {
    parent.relationships.iter().find(|r| r.side == Side::ManyToMany && r.table == table.logical_name)
}
