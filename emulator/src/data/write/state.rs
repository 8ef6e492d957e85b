//! The state and the status reason of rows.
//!
//! A row is created in its first state. The status reason belongs to the state; a row that changes its state
//! without a status reason gets the default one of the new state.
//! <https://learn.microsoft.com/power-apps/developer/data-platform/define-custom-state-model-transitions>

use std::collections::BTreeMap;

use dvkit_schema::{Choice, Column, ColumnType, Table};
use http::StatusCode;
use rusqlite::types::Value as Stored;
use uuid::Uuid;

use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::rules;

/// `InvalidStateCodeStatusCode`
const INVALID_PAIR: &str = "0x80048408";

/// The columns of a table that have the state and the status reason, with their options.
struct StateColumns<'c> {
    state: &'c Column,
    states: &'c Choice,
    status: Option<(&'c Column, &'c Choice)>,
}

impl<'c> StateColumns<'c> {
    /// Returns the columns of `table`; `None` if it has no states, or if the snapshot does not have them.
    fn of(session: &'c Session<'_>, table: &'c Table) -> Result<Option<Self>, ServiceError> {
        let find = |wanted: fn(&ColumnType) -> bool| table.columns.iter().find(|c| wanted(&c.ty));
        let Some(state) = find(|ty| matches!(ty, ColumnType::State { .. })) else { return Ok(None) };
        let Some(states) = rules::choice_of(session, state.ty.choice())? else { return Ok(None) };
        let status = match find(|ty| matches!(ty, ColumnType::Status { .. })) {
            Some(column) => rules::choice_of(session, column.ty.choice())?.map(|choice| (column, choice)),
            None => None,
        };
        Ok(Some(Self { state, states, status }))
    }

    /// Returns the state of a new row.
    fn first_state(&self) -> Option<i64> {
        let default = match self.state.ty {
            ColumnType::State { default, .. } => default,
            _ => None,
        };
        default.or_else(|| self.states.options.iter().map(|o| o.value).min()).map(i64::from)
    }

    /// Returns the status reason of a new row, whose state is `state`.
    fn first_status(&self, state: i64) -> Option<i64> {
        let (column, statuses) = self.status?;
        let ColumnType::Status { default: Some(default), .. } = column.ty else {
            return self.default_status(state);
        };
        let fits = statuses.option(default).is_some_and(|o| o.state.map(i64::from) == Some(state));
        if fits { Some(i64::from(default)) } else { self.default_status(state) }
    }

    /// Checks that a row with the status reason `before` may get the status reason `after`, if the table
    /// enforces its transitions.
    fn check_transition(
        &self,
        table: &Table,
        before: i64,
        state: i64,
        after: i64,
    ) -> Result<(), ServiceError> {
        let Some((_, statuses)) = self.status.filter(|_| table.enforce_state_transitions == Some(true))
        else {
            return Ok(());
        };
        let option = statuses.options.iter().find(|o| i64::from(o.value) == before);
        let Some(allowed) = option.and_then(|o| o.transitions.as_ref()) else { return Ok(()) };
        if before == after || allowed.iter().any(|next| i64::from(*next) == after) {
            return Ok(());
        }
        // `StateTransitionActivateNewStatus` and `StateTransitionDeactivateNewStatus`
        let (code, verb) = match self.first_state() == Some(state) {
            true => ("0x8004F857", "activate"),
            false => ("0x8004F858", "deactivate"),
        };
        Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            code,
            format!(
                "You can't {verb} this record because of the status transition rules. Contact your system administrator."
            ),
        ))
    }

    /// Returns the status reason that a row gets by default in a state.
    fn default_status(&self, state: i64) -> Option<i64> {
        let named = self.states.options.iter().find(|o| i64::from(o.value) == state)?.default_status;
        let first = || {
            let (_, statuses) = self.status?;
            statuses.options.iter().find(|o| o.state.map(i64::from) == Some(state)).map(|o| o.value)
        };
        named.or_else(first).map(i64::from)
    }

    /// Checks that a status reason belongs to a state.
    fn check(&self, table: &Table, id: Uuid, state: i64, status: i64) -> Result<(), ServiceError> {
        let named = self.states.options.iter().find(|o| i64::from(o.value) == state);
        let Some(named) = named else {
            return Err(ServiceError::new(
                StatusCode::BAD_REQUEST,
                INVALID_PAIR,
                format!("{state} is not a valid state code on {} with Id {id}.", table.logical_name),
            ));
        };
        let Some((_, statuses)) = self.status else { return Ok(()) };
        let option = statuses.options.iter().find(|o| i64::from(o.value) == status);
        if option.is_some_and(|o| o.state.is_none_or(|own| i64::from(own) == state)) {
            return Ok(());
        }
        let type_name = table.schema_name.as_deref().unwrap_or(&table.logical_name);
        let number = state.to_string();
        let name = named.invariant_name.as_deref().unwrap_or(&number);
        Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            INVALID_PAIR,
            format!(
                "{status} is not a valid status code for state code {type_name}State.{name} on {} with Id {id}.",
                table.logical_name
            ),
        ))
    }
}

/// Sets the state and the status reason of a new row.
///
/// # Errors
/// Returns an error if the status reason does not belong to the first state.
pub(crate) fn on_create(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    values: &mut BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    let Some(columns) = StateColumns::of(session, table)? else { return Ok(()) };
    let Some(first) = columns.first_state() else { return Ok(()) };
    values.insert(columns.state.logical_name.clone(), Stored::Integer(first));
    let Some((status, _)) = columns.status else { return Ok(()) };
    match values.get(&status.logical_name) {
        Some(Stored::Integer(given)) => columns.check(table, id, first, *given),
        _ => {
            let default = columns.first_status(first).map_or(Stored::Null, Stored::Integer);
            values.insert(status.logical_name.clone(), default);
            Ok(())
        }
    }
}

/// Adds the default status reason of the state in `values` if the row `id` has another state so far, and if `values`
/// has no status reason. For values that no request sets.
///
/// # Errors
/// Returns an error if the row cannot be read.
pub(crate) fn add_status(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    values: &mut BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    let Some(columns) = StateColumns::of(session, table)? else { return Ok(()) };
    let name = columns.state.logical_name.as_str();
    let (Some(Stored::Integer(state)), Some((status, _))) = (values.get(name), columns.status) else {
        return Ok(());
    };
    let current = session.values(table, id, &[name])?.unwrap_or_default();
    if values.contains_key(&status.logical_name) || current.first() == Some(&Stored::Integer(*state)) {
        return Ok(());
    }
    if let Some(default) = columns.default_status(*state) {
        values.insert(status.logical_name.clone(), Stored::Integer(default));
    }
    Ok(())
}

/// Checks the state and the status reason of a row that is changed, and sets the status reason of a new state.
///
/// # Errors
/// Returns an error if the status reason does not belong to the state, or if a value is null.
pub(crate) fn on_update(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    values: &mut BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    let Some(columns) = StateColumns::of(session, table)? else { return Ok(()) };
    let state_name = columns.state.logical_name.as_str();
    let status_name = columns.status.map(|(column, _)| column.logical_name.as_str());
    let given_status = status_name.and_then(|name| values.get(name));
    let given_state = values.get(state_name);
    if given_state.is_none() && given_status.is_none() {
        return Ok(());
    }
    for (column, given) in
        [(Some(columns.state), given_state), (columns.status.map(|(column, _)| column), given_status)]
    {
        if let (Some(column), Some(Stored::Null)) = (column, given) {
            return Err(rules::required(table, column));
        }
    }
    let names: Vec<&str> = std::iter::once(state_name).chain(status_name).collect();
    let current = session.values(table, id, &names)?.unwrap_or_default();
    let Some(Stored::Integer(state)) = given_state.or(current.first()) else { return Ok(()) };
    let state = *state;
    let before = match current.get(1) {
        Some(Stored::Integer(status)) => Some(*status),
        _ => None,
    };
    let status = match given_status {
        Some(Stored::Integer(status)) => *status,
        // A state that the row has already keeps its status reason.
        _ if current.first() == Some(&Stored::Integer(state)) && before.is_some() => {
            before.unwrap_or_default()
        }
        _ => columns.default_status(state).unwrap_or_default(),
    };
    columns.check(table, id, state, status)?;
    if let Some(before) = before {
        columns.check_transition(table, before, state, status)?;
    }
    if let Some(name) = status_name {
        values.insert(name.to_owned(), Stored::Integer(status));
    }
    Ok(())
}
