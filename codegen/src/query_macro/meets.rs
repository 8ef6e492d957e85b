//! What each hole of a query meets: the column it is compared with, and how.
//!
//! The checker has typed every value that stands in the text; a hole is left in the meaning as a parameter. Walking the
//! meaning with the tables of the rows in scope tells which column each of them stands beside.

use std::collections::BTreeSet;

use dvkit_query::hir::{
    Arguments, CollectionRef, ColumnRef, Expansion, Join, Key, Link, OpaqueQuery, OrderBy, Predicate, Query,
    RelatedRows, Test, Value,
};
use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm, Store, StoreError, Table};

/// How a value is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Compared with the column, or part of a key.
    Compare,
    /// A text to search for: a LIKE pattern to the service.
    Pattern,
    /// An argument of a query function, which stands there as a text.
    Argument,
    /// All items of the list of a query function.
    List,
    /// A bare number: of days, of rows.
    Number,
    /// A whole condition on the rows of a table.
    Condition,
}

/// What a column holds, as far as the type of a Rust value depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    BigInt,
    Decimal,
    Money,
    Double,
    Boolean,
    Guid,
    Reference,
    Date,
    DateTime,
    ClockTime,
    Choice,
    Choices,
}

/// What one hole meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meets {
    /// The table of the row, and the column; for a condition the table alone.
    pub(crate) table: String,
    pub(crate) column: Option<String>,
    /// `None` where the column's type has no values that could be given.
    pub(crate) kind: Option<Kind>,
    pub(crate) role: Role,
}

/// What a query touches.
#[derive(Debug, Default)]
pub(crate) struct Met {
    /// Every hole, as written in the text of the meaning, in the order of the meaning.
    pub(crate) holes: Vec<(String, Meets)>,
    /// Every table.
    pub(crate) tables: BTreeSet<String>,
}

/// Walks the meaning of a query.
///
/// # Errors
/// Where a table cannot be read.
pub(crate) fn meets(store: &Store, query: &Query) -> Result<Met, StoreError> {
    let mut walk = Walk { store, rows: vec![query.table.clone()], joins: Vec::new(), met: Met::default() };
    walk.query(query)?;
    Ok(walk.met)
}

/// What a column holds, for the value of a hole.
pub(crate) fn kind_of(column: &Column) -> Option<Kind> {
    Some(match &column.ty {
        ColumnType::Choice { .. } | ColumnType::State { .. } | ColumnType::Status { .. } => Kind::Choice,
        ColumnType::Choices { .. } => Kind::Choices,
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. } => Kind::Date,
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::TimeZoneIndependent), .. } => Kind::ClockTime,
        ColumnType::ManagedProperty => Kind::Boolean,
        ColumnType::Money { .. } => Kind::Money,
        ty if ty.is_lookup() => Kind::Reference,
        ty => match ty.edm()? {
            Edm::Boolean => Kind::Boolean,
            Edm::Date => Kind::Date,
            Edm::DateTimeOffset => Kind::DateTime,
            Edm::Decimal => Kind::Decimal,
            Edm::Double => Kind::Double,
            Edm::Guid => Kind::Guid,
            Edm::Int32 => Kind::Integer,
            Edm::Int64 => Kind::BigInt,
            Edm::String => Kind::Text,
            Edm::Binary => return None,
        },
    })
}

struct Walk<'s> {
    store: &'s Store,
    /// The tables of the rows in scope, the starting one first.
    rows: Vec<String>,
    /// The joined rows by alias.
    joins: Vec<(String, String)>,
    met: Met,
}

impl Walk<'_> {
    fn query(&mut self, query: &Query) -> Result<(), StoreError> {
        self.table(&query.table);
        // The key of the path belongs to the table of the set, the steps' to those they lead to.
        let set = self.store.table_by_entity_set(&query.source.entity_set).map(|t| t.logical_name.clone());
        if let (Some(key), Some(table)) = (&query.source.key, &set) {
            self.key(table, key)?;
        }
        for step in &query.source.steps {
            self.table(&step.table);
            if let Some(key) = &step.key {
                self.key(&step.table, key)?;
            }
        }
        for join in &query.joins {
            self.alias(join);
        }
        self.predicate(&query.predicate)?;
        for expansion in &query.expand {
            self.expansion(expansion)?;
        }
        for join in &query.joins {
            self.join(join)?;
        }
        for order in &query.order {
            if let OrderBy::Column(column) | OrderBy::Label(column) = &order.by {
                self.links(&column.path);
            }
        }
        self.number(query.page.top.as_ref());
        if let Some(OpaqueQuery::View(id) | OpaqueQuery::UserView(id)) = &query.opaque {
            self.put(id, &query.table, None, Some(Kind::Guid), Role::Compare);
        }
        Ok(())
    }

    fn table(&mut self, name: &str) {
        if !self.met.tables.contains(name) {
            self.met.tables.insert(name.to_owned());
        }
    }

    fn links(&mut self, path: &[Link]) {
        path.iter().for_each(|link| self.table(&link.table));
    }

    /// The aliases of all joins, however deep: conditions may name any of them.
    fn alias(&mut self, join: &Join) {
        self.table(&join.table);
        self.joins.push((join.alias.clone(), join.table.clone()));
        join.joins.iter().for_each(|j| self.alias(j));
    }

    fn join(&mut self, join: &Join) -> Result<(), StoreError> {
        self.within(&join.table, |walk| walk.predicate(&join.predicate))?;
        join.joins.iter().try_for_each(|j| self.join(j))
    }

    /// Goes on where `table` is the only row in scope.
    fn within<T>(&mut self, table: &str, go_on: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.rows, vec![table.to_owned()]);
        let result = go_on(self);
        self.rows = outer;
        result
    }

    fn expansion(&mut self, expansion: &Expansion) -> Result<(), StoreError> {
        let table = match &expansion.to {
            RelatedRows::One(link) => &link.table,
            RelatedRows::Many(collection) => &collection.table,
        };
        self.table(table);
        self.within(table, |walk| {
            walk.predicate(&expansion.predicate)?;
            walk.number(expansion.top.as_ref());
            expansion.expand.iter().try_for_each(|e| walk.expansion(e))
        })
    }

    fn key(&mut self, table: &str, key: &Key) -> Result<(), StoreError> {
        self.table(table);
        let Some(found) = self.store.table(table)? else { return Ok(()) };
        match key {
            Key::Id(value) => {
                let column = found.primary_id.as_deref().and_then(|id| found.column(id));
                let kind = column.map_or(Some(Kind::Guid), kind_of);
                self.hole(value, found, column, kind, Role::Compare);
            }
            Key::Columns(columns) => {
                for (name, value) in columns {
                    let column = found.property(name).or_else(|| found.column(name));
                    self.hole(value, found, column, column.and_then(kind_of), Role::Compare);
                }
            }
        }
        Ok(())
    }

    fn predicate(&mut self, predicate: &Predicate) -> Result<(), StoreError> {
        match predicate {
            Predicate::Constant(_) => Ok(()),
            Predicate::And(parts) | Predicate::Or(parts) => parts.iter().try_for_each(|p| self.predicate(p)),
            Predicate::Not(inner) => self.predicate(inner),
            Predicate::Columns(a, _, b) => {
                self.links(&a.path);
                self.links(&b.path);
                Ok(())
            }
            Predicate::Any(collection, condition) => self.collection(collection, condition.as_deref()),
            Predicate::All(collection, condition) => self.collection(collection, Some(condition)),
            Predicate::Parameter(text) => {
                // The names in a condition are those of the row that it is about; within a lambda they would need its
                // variable.
                if let [table] = self.rows.as_slice() {
                    let meets =
                        Meets { table: table.clone(), column: None, kind: None, role: Role::Condition };
                    self.met.holes.push((text.clone(), meets));
                }
                Ok(())
            }
            Predicate::Test(column, test) => self.test(column, test),
        }
    }

    fn collection(
        &mut self,
        collection: &CollectionRef,
        condition: Option<&Predicate>,
    ) -> Result<(), StoreError> {
        self.table(&collection.table);
        self.rows.push(collection.table.clone());
        let result = condition.map_or(Ok(()), |c| self.predicate(c));
        self.rows.pop();
        result
    }

    fn test(&mut self, reference: &ColumnRef, test: &Test) -> Result<(), StoreError> {
        self.links(&reference.path);
        let name = self.table_of(reference);
        let Some(table) = self.store.table(&name)? else { return Ok(()) };
        let column = table.column(&reference.column);
        let kind = column.and_then(kind_of);
        let (values, role): (&[Value], _) = match test {
            Test::Compare(_, value) => (std::slice::from_ref(value), Role::Compare),
            Test::Null | Test::NotNull => return Ok(()),
            Test::Contains(value) | Test::StartsWith(value) | Test::EndsWith(value) | Test::Like(value) => {
                self.hole(value, table, column, Some(Kind::Text), Role::Pattern);
                return Ok(());
            }
            Test::Function(_, arguments) => match arguments {
                Arguments::None => return Ok(()),
                Arguments::One(value) => (std::slice::from_ref(value), Role::Argument),
                Arguments::Number(value) => (std::slice::from_ref(value), Role::Number),
                Arguments::List(values) if values.len() == 1 => (values.as_slice(), Role::List),
                Arguments::List(values) => (values.as_slice(), Role::Argument),
                Arguments::ListParameter(text) => {
                    let value = Value::Parameter(text.clone());
                    self.hole(&value, table, column, kind, Role::List);
                    return Ok(());
                }
                Arguments::Period(period, year) => {
                    self.number(Some(period));
                    self.number(Some(year));
                    return Ok(());
                }
            },
        };
        // One option of several, where a comparison would take the whole set.
        let kind = match (kind, role) {
            (Some(Kind::Choices), Role::Argument | Role::List) => Some(Kind::Choice),
            _ => kind,
        };
        for value in values {
            self.hole(value, table, column, kind, role);
        }
        Ok(())
    }

    fn table_of(&self, column: &ColumnRef) -> String {
        let joined = column.join.as_deref().and_then(|alias| self.joins.iter().find(|(a, _)| a == alias));
        let start = match joined {
            Some((_, table)) => Some(table),
            None => self.rows.get(column.scope),
        };
        column.path.last().map(|link| &link.table).or(start).cloned().unwrap_or_default()
    }

    fn hole(
        &mut self,
        value: &Value,
        table: &Table,
        column: Option<&Column>,
        kind: Option<Kind>,
        role: Role,
    ) {
        // `LastXDays({n})` is a number whatever the column holds.
        let kind = if role == Role::Number { Some(Kind::Integer) } else { kind };
        self.put(value, &table.logical_name, column.map(|c| c.logical_name.as_str()), kind, role);
    }

    fn number(&mut self, value: Option<&Value>) {
        if let Some(value) = value {
            let table = self.rows.last().cloned().unwrap_or_default();
            self.put(value, &table, None, Some(Kind::Integer), Role::Number);
        }
    }

    fn put(&mut self, value: &Value, table: &str, column: Option<&str>, kind: Option<Kind>, role: Role) {
        if let Value::Parameter(text) = value {
            let column = column.map(ToOwned::to_owned);
            self.met.holes.push((text.clone(), Meets { table: table.to_owned(), column, kind, role }));
        }
    }
}
