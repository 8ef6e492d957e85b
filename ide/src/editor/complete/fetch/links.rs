//! Finds the tables that a `<link-entity>` can join, and the columns that it compares.

use dvkit_schema::{ColumnType, Side, StoreError, Table};

use super::super::columns::Members;
use super::super::rank::{Candidate, Subject};
use super::super::rows::named_table;
use super::super::weight::{column_weight, table_name_weight, table_weight};
use super::super::{Completer, CompletionKind};
use super::Tags;

/// A join that a relationship makes possible, as seen from the outer table.
#[derive(Clone, Copy, Debug)]
pub(super) struct PossibleLink<'a> {
    /// The logical name of the joined table.
    pub(super) table: &'a str,
    /// The column of the joined table.
    pub(super) from: &'a str,
    /// The column of the outer table.
    pub(super) to: &'a str,
    /// The lookup column of the relationship.
    pub(super) lookup: &'a str,
    /// Whether the joined table is the intersect table of an N:N relationship.
    pub(super) intersect: bool,
    pub(super) weight: i32,
}

impl<'a> Completer<'a> {
    /// Returns the joins that the relationships of `table` make possible. No other table is read.
    pub(super) fn links_from(&self, table: &'a Table) -> Vec<PossibleLink<'a>> {
        let mut links: Vec<PossibleLink<'a>> = Vec::new();
        for column in &table.columns {
            let owner: &[&str] = match column.ty {
                ColumnType::Owner { .. } => &["systemuser", "team"],
                _ => &[],
            };
            let targets = column.ty.targets().iter().map(String::as_str).chain(owner.iter().copied());
            let to = column.logical_name.as_str();
            for target in targets {
                let Some(entry) = self.store.entry(target) else { continue };
                let Some(from) = entry.primary_id.as_deref() else { continue };
                let table_name = entry.logical_name.as_str();
                if links.iter().any(|l| l.table == table_name && l.to == to) {
                    continue;
                }
                let weight = 40 + column_weight(table, column) / 2 + table_weight(entry) / 8;
                let (lookup, intersect) = (to, false);
                links.push(PossibleLink { table: table_name, from, to, lookup, intersect, weight });
            }
        }
        let key = table.primary_id.as_deref();
        for relationship in &table.relationships {
            let column = relationship.column.as_deref();
            let link = match relationship.side {
                // These are the lookups above, unless their targets are not known.
                Side::ManyToOne => {
                    let known = links.iter().any(|l| l.table == relationship.table && Some(l.to) == column);
                    let entry = self.store.entry(&relationship.table).filter(|_| !known);
                    let from = relationship.referenced.as_deref();
                    let from = from.or_else(|| entry.and_then(|entry| entry.primary_id.as_deref()));
                    entry.zip(from.zip(column)).map(|(entry, (from, to))| (entry, from, to, to, 40))
                }
                Side::OneToMany => {
                    let to = relationship.referenced.as_deref().or(key);
                    let entry = self.store.entry(&relationship.table);
                    entry.zip(column.zip(to)).map(|(entry, (from, to))| (entry, from, to, from, 20))
                }
                Side::ManyToMany => {
                    let entry = relationship.intersect.as_deref().and_then(|name| self.store.entry(name));
                    entry.zip(column.zip(key)).map(|(entry, (from, to))| (entry, from, to, from, 24))
                }
            };
            let Some((entry, from, to, lookup, weight)) = link else { continue };
            links.push(PossibleLink {
                table: entry.logical_name.as_str(),
                from,
                to,
                lookup,
                intersect: relationship.side == Side::ManyToMany,
                weight: weight + table_name_weight(&entry.logical_name) / 3,
            });
        }
        links
    }

    /// Returns the joins from `table` to `joined`, by the relationships of both.
    fn links_between(&self, table: &'a Table, joined: &'a Table) -> Vec<PossibleLink<'a>> {
        let name = joined.logical_name.as_str();
        let mut links = self.links_from(table);
        links.retain(|link| link.table == name);
        // The intersect table of an N:N relationship has no relationships of its own.
        for relationship in &joined.relationships {
            let is_intersect = relationship.intersect.as_deref() == Some(&table.logical_name);
            let pair = match relationship.side {
                Side::ManyToMany if is_intersect => {
                    joined.primary_id.as_deref().zip(relationship.column.as_deref())
                }
                Side::OneToMany if relationship.table == table.logical_name => {
                    let key = relationship.referenced.as_deref().or(joined.primary_id.as_deref());
                    key.zip(relationship.column.as_deref())
                }
                _ => None,
            };
            if let Some((from, to)) = pair
                && !links.iter().any(|l| l.from == from && l.to == to)
            {
                links.push(PossibleLink { table: name, from, to, lookup: to, intersect: false, weight: 30 });
            }
        }
        links
    }

    /// Offers the tables that the `<link-entity>` with the index `index` can join: the related ones first.
    pub(super) fn linked_tables(&mut self, tags: &Tags<'a>, index: usize) -> Result<(), StoreError> {
        let outer = self.scope(tags, tags.tags.get(index).and_then(|tag| tag.parent))?;
        let given = |name: &str| tags.attribute(index, name).filter(|value| !value.is_empty());
        let (from, to) = (given("from"), given("to"));
        let mut best: Vec<(&'a str, i32)> = Vec::new();
        for link in outer.map(|table| self.links_from(table)).unwrap_or_default() {
            let mut weight = link.weight + 100;
            weight += if from == Some(link.from) { 150 } else { 0 };
            weight += if to == Some(link.to) { 150 } else { 0 };
            match best.iter_mut().find(|(name, _)| *name == link.table) {
                Some((_, known)) => *known = (*known).max(weight),
                None => best.push((link.table, weight)),
            }
        }
        for entry in self.store.tables() {
            let related = best.iter().find(|(name, _)| *name == entry.logical_name);
            let mut weight = related.map_or_else(|| table_weight(entry), |(_, weight)| *weight);
            if from.is_some() && entry.primary_id.as_deref() == from {
                weight += 120;
            }
            if entry.primary_id.as_deref().is_some_and(|key| self.is_mentioned(key)) {
                weight += 10;
            }
            self.push(
                Candidate::new(entry.logical_name.as_str(), CompletionKind::Table)
                    .subject(Subject::Table(entry))
                    .weight(weight),
            );
        }
        Ok(())
    }

    /// Offers the columns for the attribute `name` (`from` or `to`) of the `<link-entity>` with the index
    /// `index`: those that a relationship compares first.
    pub(super) fn link_columns(
        &mut self,
        tags: &Tags<'a>,
        index: usize,
        name: &str,
    ) -> Result<(), StoreError> {
        let outer = self.scope(tags, tags.tags.get(index).and_then(|tag| tag.parent))?;
        let joined = match tags.attribute(index, "name") {
            Some(name) => named_table(self.store, name)?,
            None => None,
        };
        let is_from = name == "from";
        let other = tags.attribute(index, if is_from { "to" } else { "from" });
        let own = if is_from { joined } else { outer };
        if let Some(own) = own {
            let first = self.candidates.len();
            self.logical_columns(own, Members { mentioned: 5, ..Members::default() });
            let links = match (outer, joined) {
                (Some(outer), Some(joined)) => self.links_between(outer, joined),
                (Some(outer), None) => self.links_from(outer),
                _ => Vec::new(),
            };
            for candidate in self.candidates.iter_mut().skip(first) {
                let here = links.iter().filter(|link| {
                    let column = if is_from { link.from } else { link.to };
                    column == candidate.label
                });
                let weight = here.map(|link| {
                    let there = if is_from { link.to } else { link.from };
                    link.weight + if other == Some(there) { 400 } else { 200 }
                });
                match weight.max() {
                    Some(weight) => candidate.weight += weight,
                    None if candidate.is_link_column(own) => candidate.weight += 60,
                    None => candidate.weight -= 100,
                }
            }
        }
        Ok(())
    }
}

impl Candidate<'_> {
    /// Returns whether the candidate is a lookup or the key of `table`.
    fn is_link_column(&self, table: &Table) -> bool {
        match self.subject {
            Subject::Column(column) => {
                column.ty.is_lookup() || table.primary_id.as_deref() == Some(column.logical_name.as_str())
            }
            _ => false,
        }
    }
}
