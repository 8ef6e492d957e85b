//! Collects the columns and the navigation properties of a table as candidates.

use std::borrow::Cow;

use dvkit_query::functions::ColumnClass;
use dvkit_schema::{Column, ColumnType, Edm, Relationship, Table};

use super::rank::{Candidate, Subject};
use super::weight::{column_weight, table_name_weight};
use super::{Completer, CompletionKind};

/// A class of columns that fits a position better than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preference {
    /// All columns fit alike.
    None,
    /// Text columns.
    Text,
    /// Columns with a date.
    Date,
    /// Lookups and keys.
    Guid,
    /// Two-option columns.
    Boolean,
    /// Choices and numbers.
    Number,
    /// The columns that a query function applies to. Other columns do not fit at all.
    Class(ColumnClass),
}

impl Preference {
    /// Returns the weight that the preference adds to a column; `None` if the column does not fit at all.
    fn weight(self, column: &Column) -> Option<i32> {
        let edm = column.ty.edm();
        let fits = match self {
            Self::None => return Some(0),
            Self::Class(class) => return class.covers(&column.ty).then_some(0),
            Self::Text => edm == Some(Edm::String),
            Self::Date => matches!(edm, Some(Edm::Date | Edm::DateTimeOffset)),
            Self::Guid => edm == Some(Edm::Guid),
            Self::Boolean => edm == Some(Edm::Boolean),
            Self::Number => {
                matches!(edm, Some(Edm::Int32 | Edm::Int64 | Edm::Decimal | Edm::Double))
            }
        };
        Some(if fits { 60 } else { 0 })
    }
}

/// How the names of a table's members are offered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Members<'n> {
    /// The path that is written before each name, such as the variable of a lambda.
    pub(super) prefix: Option<&'n str>,
    pub(super) preference: Preference,
    /// The weight that is added to names that the query has elsewhere.
    pub(super) mentioned: i32,
}

impl Default for Members<'_> {
    fn default() -> Self {
        Self { prefix: None, preference: Preference::None, mentioned: 30 }
    }
}

fn with_prefix<'a>(prefix: Option<&str>, name: Cow<'a, str>) -> Cow<'a, str> {
    match prefix {
        Some(prefix) => Cow::Owned(format!("{prefix}/{name}")),
        None => name,
    }
}

impl<'a> Completer<'a> {
    /// Offers the OData properties of `table` for a condition or an order.
    pub(super) fn properties(&mut self, table: &'a Table, members: Members<'_>) {
        for column in table.columns.iter().filter(|c| c.is_property()) {
            let name = match &column.ty {
                ColumnType::ManagedProperty => Cow::Owned(format!("{}/Value", column.property_name())),
                _ => column.property_name(),
            };
            self.column(table, column, name, members);
        }
    }

    /// Offers the columns of `table` by their logical names, as FetchXML and the functions of Dataverse name
    /// them.
    pub(super) fn logical_columns(&mut self, table: &'a Table, members: Members<'_>) {
        for column in &table.columns {
            self.column(table, column, Cow::Borrowed(column.logical_name.as_str()), members);
        }
    }

    fn column(&mut self, table: &'a Table, column: &'a Column, name: Cow<'a, str>, members: Members<'_>) {
        let Some(preferred) = members.preference.weight(column) else { return };
        let mut weight = column_weight(table, column) + preferred;
        if self.is_mentioned(&name) {
            weight += members.mentioned;
        }
        let label = with_prefix(members.prefix, name);
        let mut candidate = Candidate::new(label, CompletionKind::Column);
        if members.prefix.is_some() || column.ty.is_lookup() {
            candidate = candidate.alias(column.logical_name.as_str());
        }
        self.push(candidate.subject(Subject::Column(column)).weight(weight));
    }

    /// Offers the navigation properties of `table` that `wanted` accepts. `weight` is added to their weights.
    pub(super) fn navigations(
        &mut self,
        table: &'a Table,
        members: Members<'_>,
        weight: i32,
        wanted: impl Fn(&Relationship) -> bool,
    ) {
        for relationship in table.relationships.iter().filter(|r| wanted(r)) {
            let Some(name) = relationship.navigation.as_deref() else { continue };
            let column = relationship
                .column
                .as_deref()
                .filter(|_| relationship.is_single())
                .and_then(|name| table.column(name));
            let mut own = match column {
                Some(column) => column_weight(table, column),
                None => table_name_weight(&relationship.table) / 4 - 10,
            };
            if self.is_mentioned(name) {
                own += members.mentioned;
            }
            let label = with_prefix(members.prefix, Cow::Borrowed(name));
            let mut candidate = Candidate::new(label, CompletionKind::Navigation);
            if members.prefix.is_some() {
                candidate = candidate.alias(name);
            }
            self.push(candidate.subject(Subject::Navigation(relationship, column)).weight(own + weight));
        }
    }
}
