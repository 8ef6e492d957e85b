//! Determines, for each placeholder of an OData query, the column that it is compared with and how the query
//! uses the value.
//!
//! The module traverses the HIR, the resolved form of the query, in which all literals have types and each
//! placeholder is a parameter. It keeps track of the tables whose rows are in scope, and finds the column
//! beside each parameter. A query of OData has no joins; `fetch` does the same for FetchXML, from its syntax tree.

use dvkit_query::hir::{
    Arguments, CollectionRef, ColumnRef, Expansion, Key, OpaqueQuery, Predicate, Query, RelatedRows, Test,
    Value,
};
use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm, Store, StoreError, Table};

/// The way in which a query uses the value of a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoleUse {
    /// The value is compared with a column or is a part of a key.
    Compare,
    /// The value is a text that is searched for. The service interprets it as a `LIKE` pattern.
    Pattern,
    /// The value is an argument of a query function, which expects every value as a text literal.
    Argument,
    /// The value is a list, whose items are all arguments of a query function.
    List,
    /// The value is a number, such as a number of days or rows, whatever type the column has.
    Number,
    /// The value is a filter, which replaces a condition on the rows of a table.
    Condition,
}

/// The kind of a column. It decides which Rust types a value that is compared with the column can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Text,
    Integer,
    BigInt,
    Decimal,
    Money,
    Double,
    Boolean,
    Guid,
    Lookup,
    Date,
    DateTime,
    LocalDateTime,
    Choice,
    Choices,
}

/// The type of a placeholder: the column that it is compared with, and how the query uses the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HoleType {
    /// The logical name of the table that has the column. For a placeholder that is a condition, the table
    /// whose rows the condition filters.
    pub(crate) table: String,
    /// The logical name of the column; `None` if the placeholder is a condition or a number of rows.
    pub(crate) column: Option<String>,
    /// The kind of the column; `None` if the placeholder is a condition, or if no value can be compared with
    /// the column.
    pub(crate) kind: Option<ValueKind>,
    pub(crate) usage: HoleUse,
}

/// Finds the placeholders of a resolved query, in the order of the HIR: the text of each as the query has it, and its
/// type.
///
/// # Errors
/// Returns an error if a table of the snapshot cannot be read.
pub(crate) fn hole_types(store: &Store, query: &Query) -> Result<Vec<(String, HoleType)>, StoreError> {
    let mut finder = HoleFinder { store, rows: vec![query.table.clone()], holes: Vec::new() };
    finder.query(query)?;
    Ok(finder.holes)
}

/// Returns the kind of a column; `None` if no value can be compared with the column.
pub(crate) fn kind_of(column: &Column) -> Option<ValueKind> {
    Some(match &column.ty {
        ColumnType::Choice { .. } | ColumnType::State { .. } | ColumnType::Status { .. } => ValueKind::Choice,
        ColumnType::Choices { .. } => ValueKind::Choices,
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. } => ValueKind::Date,
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::TimeZoneIndependent), .. } => {
            ValueKind::LocalDateTime
        }
        ColumnType::ManagedProperty => ValueKind::Boolean,
        ColumnType::Money { .. } => ValueKind::Money,
        ty if ty.is_lookup() => ValueKind::Lookup,
        ty => match ty.edm()? {
            Edm::Boolean => ValueKind::Boolean,
            Edm::Date => ValueKind::Date,
            Edm::DateTimeOffset => ValueKind::DateTime,
            Edm::Decimal => ValueKind::Decimal,
            Edm::Double => ValueKind::Double,
            Edm::Guid => ValueKind::Guid,
            Edm::Int32 => ValueKind::Integer,
            Edm::Int64 => ValueKind::BigInt,
            Edm::String => ValueKind::Text,
            Edm::Binary => return None,
        },
    })
}

/// Returns the kind of an item in the arguments of a function on a column of the kind `kind`: a function takes single
/// options of a multi-select column, whereas a comparison takes the whole set.
fn single_option(kind: Option<ValueKind>) -> Option<ValueKind> {
    if kind == Some(ValueKind::Choices) { Some(ValueKind::Choice) } else { kind }
}

struct HoleFinder<'s> {
    store: &'s Store,
    /// The logical names of the tables whose rows are in scope. The first is the query's own table, the last
    /// that of the innermost lambda expression.
    rows: Vec<String>,
    holes: Vec<(String, HoleType)>,
}

impl HoleFinder<'_> {
    fn query(&mut self, query: &Query) -> Result<(), StoreError> {
        // A key in the path belongs to the table of the segment before it.
        let set = self.store.table_by_entity_set(&query.source.entity_set).map(|t| t.logical_name.clone());
        if let (Some(key), Some(table)) = (&query.source.key, &set) {
            self.key(table, key)?;
        }
        for step in &query.source.steps {
            if let Some(key) = &step.key {
                self.key(&step.table, key)?;
            }
        }
        self.predicate(&query.predicate)?;
        for expansion in &query.expand {
            self.expansion(expansion)?;
        }
        self.number(query.page.top.as_ref());
        if let Some(OpaqueQuery::View(id) | OpaqueQuery::UserView(id)) = &query.opaque {
            self.put(id, &query.table, None, Some(ValueKind::Guid), HoleUse::Compare);
        }
        Ok(())
    }

    /// Calls `go_on` while the rows of `table` are the only ones in scope. Returns the result of `go_on`.
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
        self.within(table, |finder| {
            finder.predicate(&expansion.predicate)?;
            finder.number(expansion.top.as_ref());
            expansion.expand.iter().try_for_each(|e| finder.expansion(e))
        })
    }

    fn key(&mut self, table: &str, key: &Key) -> Result<(), StoreError> {
        let Some(found) = self.store.table(table)? else { return Ok(()) };
        match key {
            Key::Id(value) => {
                let column = found.primary_id.as_deref().and_then(|id| found.column(id));
                let kind = column.map_or(Some(ValueKind::Guid), kind_of);
                self.hole(value, found, column, kind, HoleUse::Compare);
            }
            Key::Columns(columns) => {
                for (name, value) in columns {
                    let column = found.property(name).or_else(|| found.column(name));
                    self.hole(value, found, column, column.and_then(kind_of), HoleUse::Compare);
                }
            }
        }
        Ok(())
    }

    fn predicate(&mut self, predicate: &Predicate) -> Result<(), StoreError> {
        match predicate {
            Predicate::Constant(_) | Predicate::Columns(..) => Ok(()),
            Predicate::And(parts) | Predicate::Or(parts) => parts.iter().try_for_each(|p| self.predicate(p)),
            Predicate::Not(inner) => self.predicate(inner),
            Predicate::Any(collection, condition) => self.collection(collection, condition.as_deref()),
            Predicate::All(collection, condition) => self.collection(collection, Some(condition)),
            Predicate::Parameter(text) => {
                // The filter that replaces the placeholder has names without a variable, which is right outside of lambda
                // expressions only.
                if let [table] = self.rows.as_slice() {
                    let hole_type = HoleType {
                        table: table.clone(),
                        column: None,
                        kind: None,
                        usage: HoleUse::Condition,
                    };
                    self.holes.push((text.clone(), hole_type));
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
        self.rows.push(collection.table.clone());
        let result = condition.map_or(Ok(()), |c| self.predicate(c));
        self.rows.pop();
        result
    }

    fn test(&mut self, reference: &ColumnRef, test: &Test) -> Result<(), StoreError> {
        let name = self.table_of(reference);
        let Some(table) = self.store.table(&name)? else { return Ok(()) };
        let column = table.column(&reference.column);
        let kind = column.and_then(kind_of);
        let (values, usage): (&[Value], _) = match test {
            Test::Compare(_, value) => (std::slice::from_ref(value), HoleUse::Compare),
            Test::Null | Test::NotNull => return Ok(()),
            Test::Contains(value) | Test::StartsWith(value) | Test::EndsWith(value) | Test::Like(value) => {
                self.hole(value, table, column, Some(ValueKind::Text), HoleUse::Pattern);
                return Ok(());
            }
            Test::Function(_, arguments) => match arguments {
                Arguments::None => return Ok(()),
                Arguments::One(value) => (std::slice::from_ref(value), HoleUse::Argument),
                Arguments::Number(value) => (std::slice::from_ref(value), HoleUse::Number),
                Arguments::List(values) if values.len() == 1 => (values.as_slice(), HoleUse::List),
                Arguments::List(values) => (values.as_slice(), HoleUse::Argument),
                Arguments::ListParameter(text) => {
                    let value = Value::Parameter(text.clone());
                    self.hole(&value, table, column, single_option(kind), HoleUse::List);
                    return Ok(());
                }
                Arguments::Period(period, year) => {
                    self.number(Some(period));
                    self.number(Some(year));
                    return Ok(());
                }
            },
        };
        let kind = match usage {
            HoleUse::Argument | HoleUse::List => single_option(kind),
            _ => kind,
        };
        for value in values {
            self.hole(value, table, column, kind, usage);
        }
        Ok(())
    }

    fn table_of(&self, column: &ColumnRef) -> String {
        let start = self.rows.get(column.scope);
        column.path.last().map(|link| &link.table).or(start).cloned().unwrap_or_default()
    }

    fn hole(
        &mut self,
        value: &Value,
        table: &Table,
        column: Option<&Column>,
        kind: Option<ValueKind>,
        usage: HoleUse,
    ) {
        // In `LastXDays({n})` the value is a number whatever the column holds.
        let kind = if usage == HoleUse::Number { Some(ValueKind::Integer) } else { kind };
        self.put(value, &table.logical_name, column.map(|c| c.logical_name.as_str()), kind, usage);
    }

    fn number(&mut self, value: Option<&Value>) {
        if let Some(value) = value {
            let table = self.rows.last().cloned().unwrap_or_default();
            self.put(value, &table, None, Some(ValueKind::Integer), HoleUse::Number);
        }
    }

    fn put(
        &mut self,
        value: &Value,
        table: &str,
        column: Option<&str>,
        kind: Option<ValueKind>,
        usage: HoleUse,
    ) {
        if let Value::Parameter(text) = value {
            let column = column.map(ToOwned::to_owned);
            self.holes.push((text.clone(), HoleType { table: table.to_owned(), column, kind, usage }));
        }
    }
}
