//! Determines, for each placeholder of a query, the column that it is compared with and how the query uses
//! the value. Programs that put values into a checked text call [`placeholder_types`] to learn how each value
//! is typed and escaped.
//!
//! The module traverses the HIR, the resolved form of the query, in which all literals have types and each
//! placeholder is a parameter. It keeps track of the tables whose rows are in scope, and finds the column
//! beside each parameter.

use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm, Store, StoreError, Table};

use crate::hir::{
    Arguments, CollectionRef, ColumnRef, Expansion, Join, Key, OpaqueQuery, Predicate, Query, RelatedRows,
    Test, Value,
};

/// The way in which a query uses the value of a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceholderUse {
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
pub enum ValueKind {
    /// A text, or the name of a table.
    Text,
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    BigInt,
    /// A decimal number.
    Decimal,
    /// An amount of money.
    Money,
    /// A floating-point number.
    Double,
    /// True or false.
    Boolean,
    /// A guid that is not a lookup.
    Guid,
    /// The id of the row that a lookup points to.
    Lookup,
    /// A date without a time.
    Date,
    /// A date and time in UTC.
    DateTime,
    /// A date and time without a time zone.
    LocalDateTime,
    /// The number of one option.
    Choice,
    /// The numbers of several options.
    Choices,
}

/// The type of a placeholder: the column that it is compared with, and how the query uses the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceholderType {
    /// The logical name of the table that has the column. For a placeholder that is a condition, the table
    /// whose rows the condition filters.
    pub table: String,
    /// The logical name of the column; `None` if the placeholder is a condition or a number of rows.
    pub column: Option<String>,
    /// The kind of the column; `None` if the placeholder is a condition, or if no value can be compared with
    /// the column.
    pub kind: Option<ValueKind>,
    /// How the query uses the value.
    pub usage: PlaceholderUse,
}

/// Returns the placeholders of a resolved query in the order of the HIR: the text of each, as the query has it,
/// and its type.
///
/// # Errors
/// Returns an error if a table of the snapshot cannot be read.
pub fn placeholder_types(store: &Store, query: &Query) -> Result<Vec<(String, PlaceholderType)>, StoreError> {
    let mut finder =
        Finder { store, rows: vec![query.table.clone()], joins: Vec::new(), placeholders: Vec::new() };
    finder.query(query)?;
    Ok(finder.placeholders)
}

/// Returns the kind of a column; `None` if no value can be compared with the column.
pub fn kind_of(column: &Column) -> Option<ValueKind> {
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

impl ValueKind {
    /// Returns how a message describes a column of this kind, such as "money" in "`revenue` is money".
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer | Self::BigInt => "a whole number",
            Self::Decimal | Self::Double => "a number",
            Self::Money => "money",
            Self::Boolean => "yes/no",
            Self::Guid | Self::Lookup => "a guid",
            Self::Date => "a date",
            Self::DateTime | Self::LocalDateTime => "a date and time",
            Self::Choice => "a choice",
            Self::Choices => "several choices",
        }
    }
}

struct Finder<'s> {
    store: &'s Store,
    /// The logical names of the tables whose rows are in scope. The first is the query's own table, the last
    /// that of the innermost lambda expression.
    rows: Vec<String>,
    /// For each join, its alias and the logical name of its table.
    joins: Vec<(String, String)>,
    placeholders: Vec<(String, PlaceholderType)>,
}

impl Finder<'_> {
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
        self.number(query.page.top.as_ref());
        if let Some(OpaqueQuery::View(id) | OpaqueQuery::UserView(id)) = &query.opaque {
            self.put(id, &query.table, None, Some(ValueKind::Guid), PlaceholderUse::Compare);
        }
        Ok(())
    }

    /// Records the aliases of `join` and of all joins inside it. All aliases are recorded before the
    /// conditions are traversed, because a condition anywhere in the query may use an alias.
    fn alias(&mut self, join: &Join) {
        self.joins.push((join.alias.clone(), join.table.clone()));
        join.joins.iter().for_each(|j| self.alias(j));
    }

    fn join(&mut self, join: &Join) -> Result<(), StoreError> {
        self.within(&join.table, |finder| finder.predicate(&join.predicate))?;
        join.joins.iter().try_for_each(|j| self.join(j))
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
                self.value(value, found, column, kind, PlaceholderUse::Compare);
            }
            Key::Columns(columns) => {
                for (name, value) in columns {
                    let column = found.property(name).or_else(|| found.column(name));
                    self.value(value, found, column, column.and_then(kind_of), PlaceholderUse::Compare);
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
                    let placeholder = PlaceholderType {
                        table: table.clone(),
                        column: None,
                        kind: None,
                        usage: PlaceholderUse::Condition,
                    };
                    self.placeholders.push((text.clone(), placeholder));
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
            Test::Compare(_, value) => (std::slice::from_ref(value), PlaceholderUse::Compare),
            Test::Null | Test::NotNull => return Ok(()),
            Test::Contains(value) | Test::StartsWith(value) | Test::EndsWith(value) | Test::Like(value) => {
                self.value(value, table, column, Some(ValueKind::Text), PlaceholderUse::Pattern);
                return Ok(());
            }
            Test::Function(_, arguments) => match arguments {
                Arguments::None => return Ok(()),
                Arguments::One(value) => (std::slice::from_ref(value), PlaceholderUse::Argument),
                Arguments::Number(value) => (std::slice::from_ref(value), PlaceholderUse::Number),
                Arguments::List(values) if values.len() == 1 => (values.as_slice(), PlaceholderUse::List),
                Arguments::List(values) => (values.as_slice(), PlaceholderUse::Argument),
                Arguments::ListParameter(text) => {
                    let value = Value::Parameter(text.clone());
                    self.value(&value, table, column, kind, PlaceholderUse::List);
                    return Ok(());
                }
                Arguments::Period(period, year) => {
                    self.number(Some(period));
                    self.number(Some(year));
                    return Ok(());
                }
            },
        };
        // A function takes single options of a multi-select column, a comparison takes the whole set.
        let kind = match (kind, usage) {
            (Some(ValueKind::Choices), PlaceholderUse::Argument | PlaceholderUse::List) => {
                Some(ValueKind::Choice)
            }
            _ => kind,
        };
        for value in values {
            self.value(value, table, column, kind, usage);
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

    fn value(
        &mut self,
        value: &Value,
        table: &Table,
        column: Option<&Column>,
        kind: Option<ValueKind>,
        usage: PlaceholderUse,
    ) {
        // In `LastXDays({n})` the value is a number whatever the column holds.
        let kind = if usage == PlaceholderUse::Number { Some(ValueKind::Integer) } else { kind };
        self.put(value, &table.logical_name, column.map(|c| c.logical_name.as_str()), kind, usage);
    }

    fn number(&mut self, value: Option<&Value>) {
        if let Some(value) = value {
            let table = self.rows.last().cloned().unwrap_or_default();
            self.put(value, &table, None, Some(ValueKind::Integer), PlaceholderUse::Number);
        }
    }

    fn put(
        &mut self,
        value: &Value,
        table: &str,
        column: Option<&str>,
        kind: Option<ValueKind>,
        usage: PlaceholderUse,
    ) {
        if let Value::Parameter(text) = value {
            let column = column.map(ToOwned::to_owned);
            self.placeholders
                .push((text.clone(), PlaceholderType { table: table.to_owned(), column, kind, usage }));
        }
    }
}

#[cfg(test)]
mod tests {
    use dvkit_schema::{Column, ColumnType, Schema, Table};

    use super::*;
    use crate::{CheckOptions, check_filter};

    #[test]
    fn a_placeholder_has_the_type_of_the_column_beside_it() {
        let mut account = Table { logical_name: "account".into(), ..Table::default() };
        let money = ColumnType::Money {
            min: None,
            max: None,
            precision: None,
            precision_source: None,
            calculation_of: None,
        };
        account.columns = vec![
            Column::new("name", ColumnType::String { max_length: None, format: None }),
            Column::new("revenue", money),
        ];
        let mut schema = Schema::default();
        schema.tables.insert("account".into(), account);
        let store = Store::from_schema(schema);
        let options = CheckOptions { placeholders: true, ..CheckOptions::default() };
        let checked =
            check_filter(&store, "account", "contains(name,{a}) and revenue gt {b}", &options).unwrap();
        let found = placeholder_types(&store, &checked.query.unwrap()).unwrap();
        let found: Vec<_> = found.iter().map(|(text, t)| (text.as_str(), t.kind, t.usage)).collect();
        assert_eq!(
            found,
            [
                ("{a}", Some(ValueKind::Text), PlaceholderUse::Pattern),
                ("{b}", Some(ValueKind::Money), PlaceholderUse::Compare),
            ]
        );
    }
}
