//! One request's access to the rows: the schema, the caller, the time, and the connection.

use std::sync::Arc;

use dvkit_execute::Context;
use dvkit_execute::sqlite::{SqlQuery, TableLayout, UnsupportedQuery, to_sql_with};
use dvkit_query::hir::Query;
use dvkit_schema::{Column, Schema, Store, Table};
use http::StatusCode;
use rusqlite::types::Value as Stored;
use rusqlite::{OptionalExtension as _, params_from_iter};
use uuid::Uuid;

use super::service_error::ServiceError;
use super::store::{ROW_COLUMNS, Rows, VERSION, quoted};
use super::system;
use super::system_tables;
use crate::identity::CallerIdentity;
use crate::organisation::OrganisationState;
use crate::state::ServerState;

/// One request's access to the rows.
pub(crate) struct Session<'a> {
    pub(crate) shared: &'a ServerState,
    pub(crate) state: &'a OrganisationState,
    /// The schema of the organisation, in the form that queries are checked against.
    pub(crate) store: &'a Store,
    pub(crate) rows: &'a Rows,
    /// The caller, the time, and the settings of the organisation.
    pub(crate) context: Context,
    /// The caller, if the request is executed on behalf of another user, who is the user of the context.
    pub(crate) on_behalf_by: Option<Uuid>,
    /// Whether choices that the documentation leaves open are refused.
    strict: bool,
}

impl<'a> Session<'a> {
    /// Starts a session for the caller with the name `caller`. The rows of the organisation itself and of the
    /// caller are created if they do not exist: within the current transaction, or else in one of their own. A
    /// snapshot without their tables, or with only a part of them, serves its other tables.
    ///
    /// # Errors
    /// Returns an error if a row of the organisation or of the caller cannot be created or read.
    pub(crate) fn new(
        shared: &'a ServerState,
        state: &'a OrganisationState,
        rows: &'a Rows,
        caller: &str,
    ) -> Result<Self, ServiceError> {
        // The id depends on the name alone, so that of any state is right.
        let known = rows.callers.borrow().get(caller).map(|(_, _, identity)| identity.user);
        let context = Context {
            user: known.unwrap_or_else(|| shared.identity.user_id(caller)),
            business_unit: shared.identity.business_unit_id(),
            ..Context::at(shared.clock.now())
        };
        // Choices of the emulator about its own rows are not answers to a request.
        let mut session =
            Self { shared, state, store: state.store(), rows, context, on_behalf_by: None, strict: false };
        let identity = system::sign_in(&session, caller).map_err(|error| ServiceError {
            message: format!(
                "The rows of the organisation and of its user '{caller}' cannot be created or read. {}",
                error.message
            ),
            ..error
        })?;
        session.adopt(identity);
        session.strict = shared.strict;
        Ok(session)
    }

    /// Sets what the context has from the rows of the user.
    fn adopt(&mut self, identity: CallerIdentity) {
        self.context.business_unit = identity.business_unit;
        self.context.teams = identity.teams;
        self.context.language = identity.language;
        self.context.zone = identity.zone;
    }

    /// Makes the session one of the user `user`, for whom the caller acts.
    ///
    /// # Errors
    /// Returns an error if the rows of the user cannot be read.
    pub(crate) fn act_for(&mut self, user: Uuid) -> Result<(), ServiceError> {
        if user != self.context.user {
            self.on_behalf_by = Some(self.context.user);
            self.context.user = user;
            self.adopt(system::read_identity(self)?);
        }
        Ok(())
    }

    /// Returns the session without strict mode, for rows that are not those of a request.
    pub(crate) fn without_strict_mode(self) -> Self {
        Self { strict: false, ..self }
    }

    /// Refuses the request in strict mode, because the emulator's answer is a choice that the documentation
    /// leaves open. `name` is the short name of the choice in `BEHAVIOUR.md`.
    ///
    /// # Errors
    /// Returns an error with the status 501 in strict mode.
    pub(crate) fn choice(&self, name: &'static str) -> Result<(), ServiceError> {
        match self.strict {
            true => Err(ServiceError::not_emulated(format_args!("a choice of the emulator, {name}"))),
            false => Ok(()),
        }
    }

    /// Returns the schema of the organisation.
    pub(crate) fn schema(&self) -> &'a Schema {
        &self.state.schema
    }

    /// Returns the table with this logical name.
    ///
    /// # Errors
    /// Returns an error with the status 404 if the organisation has no such table.
    pub(crate) fn table(&self, logical_name: &str) -> Result<&'a Table, ServiceError> {
        self.store.table(logical_name)?.ok_or_else(|| ServiceError::no_segment(logical_name))
    }

    /// Returns the table with this entity set.
    ///
    /// # Errors
    /// Returns an error with the status 404 if the organisation has no such entity set.
    pub(crate) fn table_of_set(&self, entity_set: &str) -> Result<&'a Table, ServiceError> {
        let entry = self.store.table_by_entity_set(entity_set);
        let name = &entry.ok_or_else(|| ServiceError::no_segment(entity_set))?.logical_name;
        self.table(name)
    }

    /// Returns the layout of a table, after making sure that the table exists in the database.
    ///
    /// # Errors
    /// Returns an error if the organisation has no such table, or if it cannot be created.
    pub(crate) fn layout(&self, table: &str) -> Result<Arc<TableLayout>, ServiceError> {
        system_tables::refresh(self, table)?;
        let layout = self.rows.layout(self.store, self.state.number, table)?;
        layout.ok_or_else(|| ServiceError::no_segment(table))
    }

    /// Translates a query to SQL, after making sure that its tables exist in the database.
    ///
    /// # Errors
    /// Returns an error with the status 501 if SQL cannot express the query.
    pub(crate) fn sql(&self, query: &Query) -> Result<SqlQuery, ServiceError> {
        let sql = to_sql_with(query, self.store, &self.context, ROW_COLUMNS)
            .map_err(|unsupported| ServiceError::not_emulated(words(&unsupported)))?;
        self.ensure(&sql.tables)?;
        Ok(sql)
    }

    /// Makes sure that the tables with these layouts exist in the database, with their derived rows.
    ///
    /// # Errors
    /// Returns an error if a table cannot be created.
    pub(crate) fn ensure(&self, tables: &[TableLayout]) -> Result<(), ServiceError> {
        for table in tables {
            system_tables::refresh(self, &table.name)?;
        }
        self.rows.ensure(self.store, self.state.number, tables)
    }

    /// Returns the version of the row `id` of `table`, or `None` if there is no such row.
    ///
    /// # Errors
    /// Returns an error if the row cannot be read.
    pub(crate) fn row_version(&self, table: &Table, id: Uuid) -> Result<Option<i64>, ServiceError> {
        let values = self.values(table, id, &[VERSION])?;
        Ok(values.and_then(|values| match values.first() {
            Some(Stored::Integer(version)) => Some(*version),
            _ => None,
        }))
    }

    /// Returns the stored values of some columns of the row `id` of `table`, in the order of `columns`, or
    /// `None` if there is no such row.
    ///
    /// # Errors
    /// Returns an error if a column is not stored, or if the row cannot be read.
    pub(crate) fn values(
        &self,
        table: &Table,
        id: Uuid,
        columns: &[&str],
    ) -> Result<Option<Vec<Stored>>, ServiceError> {
        let layout = self.layout(&table.logical_name)?;
        let list: Vec<String> = columns.iter().map(|c| quoted(c)).collect();
        let sql = format!(
            "SELECT {} FROM {} WHERE {} = ?1",
            list.join(", "),
            quoted(&layout.name),
            quoted(&key_of(&layout)?)
        );
        let mut statement = self.rows.connection.prepare_cached(&sql)?;
        let values = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|n| row.get(n)).collect();
        Ok(statement.query_row([id.to_string()], values).optional()?)
    }

    /// Returns the ids of the rows of `table` whose columns have these stored values, at most `most` of them.
    /// Texts are compared without letter case.
    ///
    /// # Errors
    /// Returns an error if a column is not stored, or if the rows cannot be read.
    pub(crate) fn find(
        &self,
        table: &Table,
        values: &[(&str, Stored)],
        most: usize,
    ) -> Result<Vec<Uuid>, ServiceError> {
        let layout = self.layout(&table.logical_name)?;
        let conditions: Vec<String> = values
            .iter()
            .enumerate()
            .map(|(n, (column, _))| format!("{} = ?{}", quoted(column), n + 1))
            .collect();
        let key = quoted(&key_of(&layout)?);
        let sql = format!(
            "SELECT {key} FROM {} WHERE {} ORDER BY {key} LIMIT {most}",
            quoted(&layout.name),
            conditions.join(" AND ")
        );
        let mut statement = self.rows.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values.iter().map(|(_, value)| value)))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.extend(Uuid::parse_str(&row.get::<_, String>(0)?).ok());
        }
        Ok(found)
    }

    /// Returns the URL of the Web API, including the version.
    pub(crate) fn web_api(&self) -> String {
        self.shared.web_api()
    }
}

/// Returns the reasons why SQL cannot express a query, in one text.
fn words(unsupported: &UnsupportedQuery) -> String {
    let reasons: Vec<&str> = unsupported.reasons.iter().map(|reason| reason.message.as_str()).collect();
    reasons.join("; ")
}

/// Returns the logical name of the key column of a table with this layout.
///
/// # Errors
/// Returns an error if the snapshot does not have the key of the table, or if the key has several columns.
pub(crate) fn key_of(layout: &TableLayout) -> Result<String, ServiceError> {
    match &*layout.key {
        [one] => Ok(one.clone()),
        _ => Err(ServiceError::not_emulated(format_args!("rows of {}, whose key is unknown", layout.name))),
    }
}

/// Returns the column that the OData property `property` of `table` belongs to.
///
/// # Errors
/// Returns an error with the service's message for an unknown property.
pub(crate) fn column_of<'t>(table: &'t Table, property: &str) -> Result<&'t Column, ServiceError> {
    table.property(property).ok_or_else(|| {
        ServiceError::new(
            StatusCode::BAD_REQUEST,
            super::service_error::INVALID_REQUEST,
            format!(
                "Could not find a property named '{property}' on type 'Microsoft.Dynamics.CRM.{}'.",
                table.logical_name
            ),
        )
    })
}
