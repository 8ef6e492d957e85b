//! Offers values: the options of a choice by label, `true` and `false`, `null`, and how dates are written.

use dvkit_schema::{Column, ColumnType, Edm, StoreError, Table};

use super::rank::{Candidate, Subject};
use super::weight::column_weight;
use super::{Completer, CompletionKind};
use crate::explain::description::choice;

/// How a value is put in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// In single quotes, as texts of OData.
    Single,
    /// In double quotes, as texts of a JSON array.
    Double,
    /// Without quotes, as in attributes of FetchXML.
    None,
}

impl Quoting {
    fn quote(self, text: &str) -> String {
        match self {
            Self::Single => format!("'{text}'"),
            Self::Double => format!("\"{text}\""),
            Self::None => text.to_owned(),
        }
    }
}

impl<'a> Completer<'a> {
    pub(super) fn null(&mut self) {
        self.push(Candidate::new("null", CompletionKind::Value).detail("no value").weight(-5));
    }

    fn value(&mut self, text: impl Into<String>, detail: impl Into<String>, weight: i32) {
        let candidate = Candidate::new(text.into(), CompletionKind::Value).weight(weight);
        self.push(candidate.detail(detail.into()));
    }

    /// Offers the values of a comparison with `column` in OData.
    pub(super) fn values(&mut self, column: &'a Column, quoting: Quoting) -> Result<(), StoreError> {
        match (&column.ty, column.ty.edm()) {
            (ColumnType::Choices { .. }, _) => self.choice_options(column, quoting)?,
            (ty, _) if ty.is_choice() => self.choice_options(column, Quoting::None)?,
            (_, Some(Edm::Boolean)) => self.booleans(column, ["true", "false"])?,
            (_, Some(Edm::Date)) => self.value("2025-01-31", "a day: YYYY-MM-DD", 4),
            (_, Some(Edm::DateTimeOffset)) => {
                self.value("2025-01-31T00:00:00Z", "a date and time, in UTC", 4);
                self.value("2025-01-31", "the beginning of a day, in UTC", 3);
            }
            (ColumnType::EntityName, _) => self.table_names(quoting),
            (_, Some(Edm::Guid)) => {
                self.value("00000000-0000-0000-0000-000000000000", "the id of a row", 2);
            }
            (_, Some(Edm::String)) => self.value(quoting.quote(""), "a text", 4),
            _ => {}
        }
        self.null();
        Ok(())
    }

    /// Offers the values for an argument of a function. `quoted` says whether the argument takes all values in
    /// quotes.
    pub(super) fn argument_values(
        &mut self,
        column: &'a Column,
        quoting: Quoting,
        quoted: bool,
    ) -> Result<(), StoreError> {
        if column.ty.choice().is_some() && !matches!(column.ty, ColumnType::Boolean { .. }) {
            let quoting = if quoted { quoting } else { Quoting::None };
            return self.choice_options(column, quoting);
        }
        match column.ty.edm() {
            Some(Edm::Date | Edm::DateTimeOffset) if quoted => {
                self.value(quoting.quote("2025-01-31"), "a day", 2);
            }
            Some(Edm::Boolean) => self.booleans(column, ["true", "false"])?,
            _ => {}
        }
        if matches!(column.ty, ColumnType::EntityName) {
            self.table_names(quoting);
        }
        Ok(())
    }

    /// Offers the options of the choice of `column` by label.
    pub(super) fn choice_options(&mut self, column: &'a Column, quoting: Quoting) -> Result<(), StoreError> {
        let Some(choice) = choice(self.store, column)? else { return Ok(()) };
        for (rank, option) in choice.options.iter().enumerate() {
            let value = option.value.to_string();
            let label = self.store.text(&option.label);
            let shown = label.map_or_else(|| value.clone(), |label| format!("{value} {label}"));
            // The options are offered in their own order.
            let weight = 100 - i32::try_from(rank).unwrap_or(i32::MAX / 2);
            self.push(
                Candidate::new(shown, CompletionKind::Choice)
                    .insert(quoting.quote(&value))
                    .subject(Subject::Choice(option))
                    .weight(weight),
            );
        }
        Ok(())
    }

    /// Offers the two values of a two-option column, `words`: the one for true first.
    pub(super) fn booleans(
        &mut self,
        column: &'a Column,
        words: [&'static str; 2],
    ) -> Result<(), StoreError> {
        let choice = choice(self.store, column)?;
        for (word, value, weight) in [(words[0], 1, 3), (words[1], 0, 2)] {
            let candidate = Candidate::new(word, CompletionKind::Value).weight(weight);
            self.push(match choice.and_then(|choice| choice.option(value)) {
                Some(option) => candidate.subject(Subject::Choice(option)),
                None => candidate,
            });
        }
        Ok(())
    }

    /// Offers the logical names of all tables.
    pub(super) fn table_names(&mut self, quoting: Quoting) {
        for entry in self.store.tables() {
            self.push(
                Candidate::new(entry.logical_name.as_str(), CompletionKind::Table)
                    .insert(quoting.quote(&entry.logical_name))
                    .subject(Subject::Table(entry))
                    .weight(super::weight::table_weight(entry)),
            );
        }
    }

    /// Offers the other columns of `table` that have the type of `column`, which can be compared with it.
    pub(super) fn same_type(&mut self, table: &'a Table, column: &'a Column) {
        // Choices and lookups are hardly ever compared with each other.
        if column.ty.is_choice() || column.ty.is_lookup() || column.ty.edm().is_none() {
            return;
        }
        let same = table.columns.iter().filter(|other| {
            other.is_property()
                && other.ty.edm() == column.ty.edm()
                && other.logical_name != column.logical_name
        });
        for other in same {
            self.push(
                Candidate::new(other.property_name(), CompletionKind::Column)
                    .subject(Subject::Column(other))
                    .weight(column_weight(table, other) - 200),
            );
        }
    }
}
