//! Translates the source of a query to SQL: the path of the request, and its joins.

use dvkit_diagnostic::code;
use dvkit_schema::Relationship;

use super::logic::balanced;
use super::operand::Operand;
use super::{Emitter, MAX_TABLES, Row, Scope};
use dvkit_query::hir::{CollectionRef, Key, Link, Query, RowSource};

/// A `FROM` clause with its `WHERE`.
#[derive(Default)]
pub(super) struct Source {
    from: String,
    /// The number of joined tables.
    tables: usize,
    pub(super) conditions: Vec<String>,
    /// The columns by which rows are ordered if the query does not decide their order.
    pub(super) ties: Vec<String>,
}

impl Source {
    /// Adds `tables` joined tables: `word` is the kind of join (such as `LEFT JOIN`), `what` the SQL of the
    /// tables, and `on` the conditions. The first table of a source has no conditions.
    pub(super) fn join(&mut self, word: &str, tables: usize, what: &str, on: &[String]) {
        if self.from.is_empty() {
            what.clone_into(&mut self.from);
            self.conditions.extend_from_slice(on);
        } else {
            let on = if on.is_empty() { "TRUE".to_owned() } else { balanced(on, " AND ") };
            self.from = format!("{} {word} {what} ON {on}", self.from);
        }
        self.tables += tables;
    }

    /// Returns the text of both clauses: ` FROM … WHERE …`.
    pub(super) fn sql(&self) -> String {
        if self.conditions.is_empty() {
            return format!(" FROM {}", self.from);
        }
        format!(" FROM {} WHERE {}", self.from, self.conditions.join(" AND "))
    }
}

impl Emitter<'_> {
    /// Returns the SQL source of a query with its joins, and the scope for its conditions and columns. If SQL
    /// cannot express this, the reason is recorded and the result is `None`.
    pub(super) fn source(&mut self, query: &Query) -> Option<(Source, Scope)> {
        let mut source = Source::default();
        let row = self.start(&mut source, &query.source, &query.table)?;
        let mut scope = Scope::of(row);
        self.joined(&mut source, &mut scope, &query.joins);
        if let Some(condition) = self.filter(&scope, &query.predicate) {
            source.conditions.push(condition);
        }
        if source.tables > MAX_TABLES {
            let message = format!("it joins {} tables, and SQLite joins {MAX_TABLES}", source.tables);
            self.refuse(code::SQLITE_LIMIT, message);
        }
        Some((source, scope))
    }

    /// Adds the tables of the request's path. Returns the row that the path leads to. If SQL cannot express
    /// the path, the reason is recorded and the result is `None`.
    fn start(&mut self, source: &mut Source, start: &RowSource, table: &str) -> Option<Row> {
        let set = self.store.table_by_entity_set(&start.entity_set).map(|entry| entry.logical_name.clone());
        let first = set.filter(|_| !start.steps.is_empty()).unwrap_or_else(|| table.to_owned());
        let mut row = self.row(&first);
        let on = self.has_key(&row, start.key.as_ref())?;
        source.join("JOIN", 1, &Self::from(&row), &on);
        let ties = self.key_order(&row);
        source.ties.extend(ties);
        for step in &start.steps {
            let known = self.store.table(&row.table).ok().flatten();
            let Some(relationship) = known.and_then(|t| t.navigation(&step.navigation)) else {
                return self.unknown_columns(&step.navigation);
            };
            let next = self.row(&relationship.table);
            let mut on = vec![self.step(relationship, &row, &next)?];
            on.extend(self.has_key(&next, step.key.as_ref())?);
            source.join("JOIN", 1, &Self::from(&next), &on);
            let ties = self.key_order(&next);
            source.ties.extend(ties);
            row = next;
        }
        Some(row)
    }

    fn step(&mut self, relationship: &Relationship, from: &Row, to: &Row) -> Option<String> {
        let navigation = relationship.navigation.clone().unwrap_or_default();
        let (column, referenced) = (relationship.column.clone(), relationship.referenced.clone());
        if relationship.is_single() {
            let link = Link { navigation, table: to.table.clone(), column, referenced };
            let Some(lookup) = Self::lookup_of(&link) else { return self.unknown_columns(&link.navigation) };
            let lookup = self.column_of_row(from, &lookup)?;
            return self.target(to, &link, &lookup);
        }
        let collection = CollectionRef {
            scope: 0,
            navigation,
            table: to.table.clone(),
            column,
            referenced,
            intersect: relationship.intersect.clone(),
            single: false,
        };
        let key = self.collection_key(&collection, &from.table)?;
        let key = self.column_of_row(from, &key)?;
        self.member(to, &collection, &key)
    }

    /// Returns the conditions that a row has the key `key`; there are none without a key.
    fn has_key(&mut self, row: &Row, key: Option<&Key>) -> Option<Vec<String>> {
        let mut wanted: Vec<(Operand, &dvkit_query::hir::Value)> = Vec::new();
        match key {
            None => {}
            Some(Key::Id(value)) => {
                let id = self.key(&row.table)?;
                wanted.push((self.column_of_row(row, &id)?, value));
            }
            Some(Key::Columns(columns)) => {
                let table = self.store.table(&row.table).ok().flatten();
                for (property, value) in columns {
                    let column = table.and_then(|t| t.property(property)).map(|c| c.logical_name.as_str());
                    wanted.push((self.column_of_row(row, column.unwrap_or(property))?, value));
                }
            }
        }
        let mut conditions = Vec::new();
        for (operand, value) in wanted {
            let pair = self.pair(&operand, value)?;
            conditions.push(format!("{} = {}", pair.left.collated(), pair.right));
        }
        Some(conditions)
    }
}
