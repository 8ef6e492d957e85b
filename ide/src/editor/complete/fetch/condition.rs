//! Completes conditions of FetchXML: operators that fit the column, and values.

use dvkit_schema::{Column, ColumnType, Edm, StoreError, Table};
use fetchxml::ast::{Arity, Keyword, Operator, ValueKind};

use super::super::rank::Candidate;
use super::super::values::Quoting;
use super::super::{Completer, CompletionKind, functions};
use super::Tags;

/// Returns how often conditions have an operator, as a weight.
fn operator_weight(operator: Operator) -> i32 {
    match operator {
        Operator::Eq => 60,
        Operator::Ne => 40,
        Operator::Like => 39,
        Operator::NotNull => 38,
        Operator::Null => 37,
        Operator::In => 36,
        Operator::EqUserId => 35,
        Operator::Ge | Operator::OnOrAfter => 30,
        Operator::Le | Operator::OnOrBefore => 28,
        Operator::Gt | Operator::Lt => 26,
        Operator::LastXDays | Operator::NextXDays | Operator::Today | Operator::ThisMonth => 24,
        Operator::On | Operator::NotLike | Operator::BeginsWith | Operator::NotIn => 22,
        Operator::Neq => -10,
        operator if operator.as_str().contains("fiscal") => 0,
        _ => 10,
    }
}

/// Returns whether a condition on `column` can have the operator.
fn fits(operator: Operator, column: &Column) -> bool {
    let edm = column.ty.edm();
    if let Some(function) = operator.function().and_then(functions::query_function) {
        return function.columns.covers(&column.ty);
    }
    match operator.value_kind() {
        ValueKind::Pattern | ValueKind::Text => {
            matches!(edm, Some(Edm::String) | None) || column.ty.is_lookup() || column.ty.is_choice()
        }
        _ if matches!(operator, Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le) => {
            !matches!(edm, Some(Edm::Boolean | Edm::Guid | Edm::Binary))
                && !column.ty.is_choice()
                && !matches!(column.ty, ColumnType::Choices { .. })
        }
        _ => true,
    }
}

fn detail(operator: Operator) -> &'static str {
    match operator.arity() {
        Arity::None => "takes no value",
        Arity::One => "takes one value",
        Arity::List => "takes <value> elements",
        Arity::Two => "takes two <value> elements",
    }
}

impl<'a> Completer<'a> {
    /// Returns the column of the condition with the index `index`, and its table.
    fn condition_column(
        &self,
        tags: &Tags<'a>,
        index: usize,
    ) -> Result<Option<(&'a Table, &'a Column)>, StoreError> {
        let Some(table) = self.column_scope(tags, index)? else { return Ok(None) };
        let name = tags.attribute(index, "attribute").unwrap_or_default().to_lowercase();
        Ok(table.column(&name).map(|column| (table, column)))
    }

    /// Offers the operators that fit the column of the condition with the index `index`.
    pub(super) fn operators(&mut self, tags: &Tags<'a>, index: usize) -> Result<(), StoreError> {
        let column = self.condition_column(tags, index)?.map(|(_, column)| column);
        let has_value = tags.attribute(index, "value").is_some();
        for operator in Operator::ALL {
            if column.is_some_and(|column| !fits(*operator, column)) {
                continue;
            }
            let mut weight = operator_weight(*operator);
            // The value that is there already tells what is meant.
            if has_value && operator.arity() != Arity::One {
                weight -= 30;
            }
            self.push(
                Candidate::new(operator.as_str(), CompletionKind::Operator)
                    .detail(detail(*operator))
                    .weight(weight),
            );
        }
        Ok(())
    }

    /// Offers the values of the condition with the index `index`.
    pub(super) fn condition_value(
        &mut self,
        tags: &Tags<'a>,
        index: Option<usize>,
    ) -> Result<(), StoreError> {
        let Some(index) = index else { return Ok(()) };
        let operator = tags.attribute(index, "operator").and_then(Operator::exact);
        let kind = operator.map_or(ValueKind::Column, Operator::value_kind);
        match kind {
            ValueKind::Count => return self.plain_values(&["1", "7", "30", "90"]),
            ValueKind::FiscalYear => return self.plain_values(&["2025"]),
            ValueKind::FiscalPeriod | ValueKind::FiscalPeriodAndYear => return self.plain_values(&["1"]),
            ValueKind::Date => return self.plain_values(&["2025-01-31"]),
            ValueKind::Pattern => return self.plain_values(&["%"]),
            ValueKind::Nothing => return Ok(()),
            ValueKind::Column
            | ValueKind::Text
            | ValueKind::Choice
            | ValueKind::Record
            | ValueKind::NumberOrDate => {}
        }
        let Some((_, column)) = self.condition_column(tags, index)? else { return Ok(()) };
        if column.ty.is_choice() || matches!(column.ty, ColumnType::Choices { .. }) {
            return self.choice_options(column, Quoting::None);
        }
        match column.ty.edm() {
            Some(Edm::Boolean) => self.booleans(column, ["1", "0"]),
            Some(Edm::Date) => self.plain_values(&["2025-01-31"]),
            Some(Edm::DateTimeOffset) => self.plain_values(&["2025-01-31T00:00:00Z", "2025-01-31"]),
            Some(Edm::Guid) => self.plain_values(&["00000000-0000-0000-0000-000000000000"]),
            _ => {
                if matches!(column.ty, ColumnType::EntityName) {
                    self.table_names(Quoting::None);
                }
                Ok(())
            }
        }
    }

    fn plain_values(&mut self, values: &[&'static str]) -> Result<(), StoreError> {
        for (rank, value) in values.iter().enumerate() {
            let weight = -i32::try_from(rank).unwrap_or(0);
            self.push(Candidate::new(*value, CompletionKind::Value).weight(weight));
        }
        Ok(())
    }

    /// Offers the columns with which the column of the condition can be compared.
    pub(super) fn compared_columns(&mut self, tags: &Tags<'a>, index: usize) -> Result<(), StoreError> {
        let Some((table, column)) = self.condition_column(tags, index)? else { return Ok(()) };
        let same = table
            .columns
            .iter()
            .filter(|other| other.ty.edm() == column.ty.edm() && other.logical_name != column.logical_name);
        for other in same {
            self.push(
                Candidate::new(other.logical_name.as_str(), CompletionKind::Column)
                    .subject(super::super::rank::Subject::Column(other))
                    .weight(super::super::weight::column_weight(table, other)),
            );
        }
        Ok(())
    }
}
