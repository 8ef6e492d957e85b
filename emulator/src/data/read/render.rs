//! Renders rows of an SQL result as JSON, with their annotations.

use std::cell::RefCell;
use std::collections::HashMap;

use dvkit_execute::sqlite::{ExpandStatement, Parameter, Statement};
use dvkit_schema::{Column, Table};
use rusqlite::types::{Value as Stored, ValueRef};
use rusqlite::{OptionalExtension as _, Row, params_from_iter};

use super::super::cells::{write_json, write_text};
use super::super::connection::stored;
use super::super::preferences::{Preferences, etag};
use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::quoted;
use super::fields::{Field, RowFields};

/// The annotation with a value in the form that people read.
const FORMATTED: &str = "OData.Community.Display.V1.FormattedValue";
/// The annotation with the logical name of the table that a lookup points to.
const LOOKUP_TABLE: &str = "Microsoft.Dynamics.CRM.lookuplogicalname";
/// The annotation with the navigation property of a lookup.
const LOOKUP_NAVIGATION: &str = "Microsoft.Dynamics.CRM.associatednavigationproperty";

/// Renders rows for one request.
pub(super) struct Renderer<'s, 'a> {
    session: &'s Session<'a>,
    formatted: bool,
    lookup_table: bool,
    lookup_navigation: bool,
    /// The table and the name of each row that a lookup pointed to so far, by the lookup's column and the id.
    targets: RefCell<HashMap<(String, String), Option<Target<'a>>>>,
}

/// The row that a lookup points to.
#[derive(Clone, Debug)]
struct Target<'a> {
    table: &'a Table,
    name: Option<String>,
}

impl<'s, 'a> Renderer<'s, 'a> {
    /// Returns a renderer that adds the annotations that `preferences` request.
    pub(super) fn new(session: &'s Session<'a>, preferences: &Preferences) -> Self {
        Self {
            session,
            formatted: preferences.includes(FORMATTED),
            lookup_table: preferences.includes(LOOKUP_TABLE),
            lookup_navigation: preferences.includes(LOOKUP_NAVIGATION),
            targets: RefCell::default(),
        }
    }

    /// Appends one row to `out` as a JSON object. `context` is the context URL, which only a row that is a
    /// whole response has.
    ///
    /// # Errors
    /// Returns an error if related rows cannot be read.
    pub(super) fn object(
        &self,
        out: &mut Vec<u8>,
        fields: &RowFields<'a>,
        statement: &Statement,
        row: &Row<'_>,
        context: Option<&str>,
    ) -> Result<(), ServiceError> {
        out.push(b'{');
        let start = out.len();
        if let Some(context) = context {
            member(out, start, "@odata.context");
            write_text(out, context);
        }
        if fields.reference {
            if let (Some(table), Some(key)) = (fields.table, fields.key) {
                member(out, start, "@odata.id");
                let id: String = row.get(key)?;
                write_text(out, &address(self.session, table, &id));
            }
            out.push(b'}');
            return Ok(());
        }
        if let Some(version) = fields.version {
            member(out, start, "@odata.etag");
            write_text(out, &etag(row.get(version)?));
        }
        for field in &fields.fields {
            let value = row.get_ref(field.index)?;
            self.annotate(out, start, field, value)?;
            member(out, start, &field.name);
            write_json(out, field.kind, value);
        }
        for (inner, expand) in fields.expand.iter().zip(&statement.expand) {
            member(out, start, &expand.navigation);
            self.related(out, inner, expand, row)?;
        }
        out.push(b'}');
        Ok(())
    }

    fn related(
        &self,
        out: &mut Vec<u8>,
        fields: &RowFields<'a>,
        expand: &ExpandStatement,
        outer: &Row<'_>,
    ) -> Result<(), ServiceError> {
        let mut prepared = self.session.rows.connection.prepare_cached(&expand.rows.text)?;
        let parameters = parameters(&expand.rows, Some(outer))?;
        let mut rows = prepared.query(params_from_iter(parameters))?;
        if expand.single {
            match rows.next()? {
                Some(row) => self.object(out, fields, &expand.rows, row, None)?,
                None => out.extend_from_slice(b"null"),
            }
            return Ok(());
        }
        out.push(b'[');
        let start = out.len();
        while let Some(row) = rows.next()? {
            if out.len() > start {
                out.push(b',');
            }
            self.object(out, fields, &expand.rows, row, None)?;
        }
        out.push(b']');
        Ok(())
    }

    /// Appends the annotations of a value.
    fn annotate(
        &self,
        out: &mut Vec<u8>,
        start: usize,
        field: &Field<'a>,
        value: ValueRef<'_>,
    ) -> Result<(), ServiceError> {
        let Some((table, column)) = field.column.filter(|_| value != ValueRef::Null) else { return Ok(()) };
        if !(self.formatted || self.lookup_table || self.lookup_navigation) {
            return Ok(());
        }
        if column.ty.is_lookup() {
            let id = value.as_str().unwrap_or_default();
            let Some(target) = self.target(table, column, id)? else { return Ok(()) };
            if let (true, Some(name)) = (self.formatted, &target.name) {
                member(out, start, &format!("{}@{FORMATTED}", field.name));
                write_text(out, name);
            }
            if self.lookup_navigation
                && let Some(navigation) = navigation_of(table, column, target.table)
            {
                member(out, start, &format!("{}@{LOOKUP_NAVIGATION}", field.name));
                write_text(out, navigation);
            }
            if self.lookup_table {
                member(out, start, &format!("{}@{LOOKUP_TABLE}", field.name));
                write_text(out, &target.table.logical_name);
            }
            return Ok(());
        }
        Ok(())
    }

    /// Returns the row that the lookup `column` of `table` points to with the value `id`; `None` if there is
    /// no such row.
    fn target(&self, table: &Table, column: &Column, id: &str) -> Result<Option<Target<'a>>, ServiceError> {
        let cached = (column.logical_name.clone(), id.to_owned());
        if let Some(target) = self.targets.borrow().get(&cached) {
            return Ok(target.clone());
        }
        let mut found = None;
        for name in targets_of(table, column) {
            let Some(candidate) = self.session.store.table(name)? else { continue };
            let Ok(layout) = self.session.layout(name) else { continue };
            let Ok(key) = key_of(&layout) else { continue };
            let title = candidate.primary_name.as_deref().filter(|n| layout.kind(n).is_some());
            let sql = format!(
                "SELECT {} FROM {} WHERE {} = ?1",
                title.map_or_else(|| "NULL".to_owned(), quoted),
                quoted(name),
                quoted(&key)
            );
            let mut statement = self.session.rows.connection.prepare_cached(&sql)?;
            if let Some(name) = statement.query_row([id], |row| row.get(0)).optional()? {
                found = Some(Target { table: candidate, name });
                break;
            }
        }
        self.targets.borrow_mut().insert(cached, found.clone());
        Ok(found)
    }
}

/// Returns the logical names of the tables that a lookup can point to: those of the column, or else those of
/// its relationships.
pub(crate) fn targets_of<'t>(table: &'t Table, column: &'t Column) -> Vec<&'t str> {
    let listed = column.ty.targets();
    if !listed.is_empty() {
        return listed.iter().map(String::as_str).collect();
    }
    table.lookups_of(&column.logical_name).map(|r| r.table.as_str()).collect()
}

/// Returns the navigation property that follows the lookup `column` to `target`.
fn navigation_of<'t>(table: &'t Table, column: &'t Column, target: &Table) -> Option<&'t str> {
    let mut all = table.lookups_of(&column.logical_name);
    let first = all.next()?;
    let fits = std::iter::once(first).chain(all).find(|r| r.table == target.logical_name);
    fits.unwrap_or(first).navigation.as_deref()
}

/// Returns the address of a row.
pub(crate) fn address(session: &Session<'_>, table: &Table, id: &str) -> String {
    format!("{}{}({id})", session.web_api(), table.entity_set.as_deref().unwrap_or(&table.logical_name))
}

/// Appends the name of a member, after a comma if the object that begins at `start` has members already.
fn member(out: &mut Vec<u8>, start: usize, name: &str) {
    if out.len() > start {
        out.push(b',');
    }
    write_text(out, name);
    out.push(b':');
}

/// Returns the values for the parameters of a statement. `outer` is the row of the outer statement.
///
/// # Errors
/// Returns an error if a value of the outer row cannot be read.
pub(super) fn parameters(
    statement: &Statement,
    outer: Option<&Row<'_>>,
) -> Result<Vec<Stored>, rusqlite::Error> {
    let value = |parameter: &Parameter| match (parameter, outer) {
        (Parameter::SqlValue(cell), _) => Ok(stored(cell)),
        (Parameter::Outer(index), Some(row)) => row.get(*index),
        (Parameter::Outer(_), None) => Ok(Stored::Null),
    };
    statement.parameters.iter().map(value).collect()
}
