//! Renders rows of an SQL result as JSON, with their annotations.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use dvkit_execute::sqlite::{ExpandStatement, Parameter, SqlValue, Statement, StorageClass};
use dvkit_schema::{Column, Table, TableKind};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension as _, Params, Row, ToSql, params_from_iter};

use super::super::cells::{write_json, write_text};
use super::super::preferences::etag;
use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::quoted;
use super::fields::{Field, RowFields, ValueForm};
use super::formatted::Formatter;
use super::request::ReadRequest;

/// The annotation with a value in the form that people read.
pub(super) const FORMATTED: &str = "OData.Community.Display.V1.FormattedValue";
/// The annotation with the logical name of the column behind an alias.
const ATTRIBUTE: &str = "OData.Community.Display.V1.AttributeName";
/// The annotation with the logical name of the table that a lookup points to.
const LOOKUP_TABLE: &str = "Microsoft.Dynamics.CRM.lookuplogicalname";
/// The annotation with the navigation property of a lookup.
const LOOKUP_NAVIGATION: &str = "Microsoft.Dynamics.CRM.associatednavigationproperty";

/// Renders rows for one request.
pub(super) struct Renderer<'s, 'a> {
    session: &'s Session<'a>,
    formatter: Formatter<'s, 'a>,
    formatted: bool,
    attribute: bool,
    lookup_table: bool,
    lookup_navigation: bool,
    /// Whether members with the value null are omitted.
    omits_null: bool,
    /// Whether the members `@odata.…` that describe a row are omitted.
    omits_metadata: bool,
    /// Whether numbers that JavaScript cannot represent exactly are texts.
    exact_numbers: bool,
    /// The table and the name of each row that a lookup pointed to so far, by the lookup's column and the id.
    targets: RefCell<HashMap<(String, String), Option<Target<'a>>>>,
    /// The table whose column was looked up last, because columns of one row follow each other.
    table: Cell<Option<&'a Table>>,
}

/// The row that a lookup points to.
#[derive(Clone, Debug)]
struct Target<'a> {
    table: &'a Table,
    name: Option<String>,
}

impl<'s, 'a> Renderer<'s, 'a> {
    /// Returns a renderer that adds the annotations that the request prefers.
    pub(super) fn new(session: &'s Session<'a>, request: &ReadRequest<'_>) -> Self {
        let preferences = request.preferences;
        Self {
            session,
            formatter: Formatter::new(session),
            formatted: preferences.includes(FORMATTED),
            attribute: preferences.includes(ATTRIBUTE),
            lookup_table: preferences.includes(LOOKUP_TABLE),
            lookup_navigation: preferences.includes(LOOKUP_NAVIGATION),
            omits_null: false,
            omits_metadata: request.format.without_metadata,
            exact_numbers: request.format.exact_numbers,
            targets: RefCell::default(),
            table: Cell::new(None),
        }
    }

    /// Returns the renderer for results of FetchXML: properties without a value are omitted ("Retrieve and
    /// execute predefined queries").
    pub(super) fn omitting_null(mut self) -> Self {
        self.omits_null = true;
        self
    }

    /// Appends one row to `out` as a JSON object. `context` is the member with the context URL, as JSON, which only
    /// a row that is a whole response has.
    ///
    /// # Errors
    /// Returns an error if related rows cannot be read.
    pub(super) fn object(
        &self,
        out: &mut Vec<u8>,
        fields: &RowFields,
        statement: &Statement,
        row: &Row<'_>,
        context: Option<&str>,
    ) -> Result<(), ServiceError> {
        out.push(b'{');
        let start = out.len();
        if let Some(context) = context.filter(|_| !self.omits_metadata) {
            out.extend_from_slice(context.as_bytes());
        }
        if fields.reference {
            if let (Some(set), Some(key)) = (&fields.set, fields.key) {
                member(out, start, "@odata.id");
                let id: String = row.get(key)?;
                write_text(out, &address_in(self.session, set, &id));
            }
            out.push(b'}');
            return Ok(());
        }
        if let Some(version) = fields.version.filter(|_| !self.omits_metadata) {
            // A row of an outer join may be missing, but the query's own row never is.
            separate(out, start);
            out.extend_from_slice(b"\"@odata.etag\":");
            write_text(out, &etag(row.get(version)?));
        }
        let annotated = self.formatted || self.attribute || self.lookup_table || self.lookup_navigation;
        for field in &fields.fields {
            let value = row.get_ref(field.index)?;
            if self.omits_null && value == ValueRef::Null {
                continue;
            }
            if annotated && value != ValueRef::Null {
                self.annotate(out, start, field, value, row)?;
            }
            separate(out, start);
            out.extend_from_slice(field.member.as_bytes());
            self.write_value(out, field, value);
        }
        for (inner, expand) in fields.expand.iter().zip(&statement.expand) {
            member(out, start, &expand.navigation);
            self.related(out, inner, expand, row)?;
            if let (false, Some(set), Some(key)) = (expand.single, &fields.set, fields.key) {
                // The link returns the same rows ("Join tables using OData").
                member(out, start, &format!("{}@odata.nextLink", expand.navigation));
                let parent = address_in(self.session, set, row.get_ref(key)?.as_str().unwrap_or_default());
                write_text(out, &format!("{parent}/{}{}", expand.navigation, inner.link));
            }
        }
        out.push(b'}');
        Ok(())
    }

    fn write_value(&self, out: &mut Vec<u8>, field: &Field, value: ValueRef<'_>) {
        let is_null = value == ValueRef::Null;
        match &field.form {
            ValueForm::ManagedProperty(name) if !is_null => {
                out.extend_from_slice(b"{\"Value\":");
                write_json(out, field.kind, value);
                out.extend_from_slice(b",\"CanBeChanged\":true,\"ManagedPropertyLogicalName\":");
                write_text(out, name);
                out.push(b'}');
            }
            form if self.exact_numbers
                && !is_null
                && (matches!(form, ValueForm::BigInt) || field.kind == StorageClass::Decimal) =>
            {
                out.push(b'"');
                write_json(out, field.kind, value);
                out.push(b'"');
            }
            _ => write_json(out, field.kind, value),
        }
    }

    /// Returns the table and the column of a field; `None` for a computed value.
    fn column(&self, field: &Field) -> Result<Option<(&'a Table, &'a Column)>, ServiceError> {
        let Some(position) = &field.column else { return Ok(None) };
        let table = match self.table.get() {
            Some(table) if table.logical_name == position.table => table,
            _ => self.session.table(&position.table)?,
        };
        self.table.set(Some(table));
        Ok(table.columns.get(position.index).map(|column| (table, column)))
    }

    fn related(
        &self,
        out: &mut Vec<u8>,
        fields: &RowFields,
        expand: &ExpandStatement,
        outer: &Row<'_>,
    ) -> Result<(), ServiceError> {
        let mut prepared = self.session.rows.connection.prepare_cached(&expand.rows.text)?;
        let mut rows = prepared.query(parameters(&expand.rows, Some(outer)))?;
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

    /// Appends the annotations of a value that is not null.
    fn annotate(
        &self,
        out: &mut Vec<u8>,
        start: usize,
        field: &Field,
        value: ValueRef<'_>,
        row: &Row<'_>,
    ) -> Result<(), ServiceError> {
        let annotation = |out: &mut Vec<u8>, name: &str, value: &str| {
            member(out, start, &format!("{}@{name}", field.name));
            write_text(out, value);
        };
        let Some((table, column)) = self.column(field)? else {
            if let (true, Some(text)) = (self.formatted, self.formatter.number(field.kind, value)) {
                annotation(out, FORMATTED, &text);
            }
            return Ok(());
        };
        if self.attribute && field.renamed {
            annotation(out, ATTRIBUTE, &column.logical_name);
        }
        if column.ty.is_lookup() {
            let id = value.as_str().unwrap_or_default();
            let Some(target) = self.target(table, column, id)? else { return Ok(()) };
            if let (true, Some(name)) = (self.formatted, &target.name) {
                annotation(out, FORMATTED, name);
            }
            if self.lookup_navigation
                && let Some(navigation) = navigation_of(table, column, target.table)
            {
                annotation(out, LOOKUP_NAVIGATION, navigation);
            }
            if self.lookup_table {
                annotation(out, LOOKUP_TABLE, &target.table.logical_name);
            }
            return Ok(());
        }
        if self.formatted {
            let currency = field.currency.map(|index| row.get_ref(index)).transpose()?;
            let currency = currency.and_then(|id| id.as_str().ok());
            if let Some(text) = self.formatter.value(column, value, currency)? {
                annotation(out, FORMATTED, &text);
            }
        }
        Ok(())
    }

    /// Returns the row that the lookup `column` of `table` points to with the value `id`. `None` if there is
    /// no such row and the lookup can point to several tables.
    fn target(&self, table: &Table, column: &Column, id: &str) -> Result<Option<Target<'a>>, ServiceError> {
        let cached = (column.logical_name.clone(), id.to_owned());
        if let Some(target) = self.targets.borrow().get(&cached) {
            return Ok(target.clone());
        }
        let mut found = None;
        let candidates = self.candidates(table, column)?;
        for candidate in &candidates {
            let name = &candidate.logical_name;
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
        if let (None, [only]) = (&found, candidates.as_slice()) {
            found = Some(Target { table: only, name: None });
        }
        self.targets.borrow_mut().insert(cached, found.clone());
        Ok(found)
    }

    /// Returns the tables that a lookup can point to. In place of an abstract table, such as that of owners,
    /// these are the tables that are derived from it.
    fn candidates(&self, table: &Table, column: &Column) -> Result<Vec<&'a Table>, ServiceError> {
        let mut all: Vec<&'a Table> = Vec::new();
        for name in targets_of(table, column) {
            let known = self.session.store.table(name)?;
            match known {
                Some(known) if known.kind != Some(TableKind::Abstract) => all.push(known),
                // `owner` is another name of the abstract table of users and teams.
                _ => {
                    let base = if name == "owner" { "principal" } else { name };
                    for entry in self.session.store.tables() {
                        let derived = entry.base.as_deref() == Some(base)
                            || base == "principal"
                                && matches!(entry.logical_name.as_str(), "systemuser" | "team");
                        if derived && let Some(derived) = self.session.store.table(&entry.logical_name)? {
                            all.push(derived);
                        }
                    }
                }
            }
        }
        Ok(all)
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
    address_in(session, table.entity_set.as_deref().unwrap_or(&table.logical_name), id)
}

/// Returns the address of a row of the entity set `set`.
fn address_in(session: &Session<'_>, set: &str, id: &str) -> String {
    format!("{}{set}({id})", session.web_api())
}

/// Appends a comma if the object that begins at `start` has members already.
fn separate(out: &mut Vec<u8>, start: usize) {
    if out.len() > start {
        out.push(b',');
    }
}

/// Appends the name of a member, after a comma if the object that begins at `start` has members already.
pub(super) fn member(out: &mut Vec<u8>, start: usize, name: &str) {
    separate(out, start);
    write_text(out, name);
    out.push(b':');
}

/// A parameter of a statement, with the row of the outer statement that it may refer to. Its value is borrowed.
struct BoundParameter<'v, 'r> {
    parameter: &'v Parameter,
    outer: Option<&'v Row<'r>>,
}

impl ToSql for BoundParameter<'_, '_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match (self.parameter, self.outer) {
            (Parameter::SqlValue(SqlValue::Integer(n)), _) => ValueRef::Integer(*n),
            (Parameter::SqlValue(SqlValue::Real(d)), _) => ValueRef::Real(*d),
            (Parameter::SqlValue(SqlValue::Text(text)), _) => ValueRef::Text(text.as_bytes()),
            (Parameter::Outer(index), Some(row)) => row.get_ref(*index)?,
            (Parameter::Outer(_), None) => ValueRef::Null,
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

/// Returns the values for the parameters of a statement. `outer` is the row of the outer statement.
pub(super) fn parameters<'v, 'r>(
    statement: &'v Statement,
    outer: Option<&'v Row<'r>>,
) -> impl Params + use<'v, 'r> {
    params_from_iter(statement.parameters.iter().map(move |parameter| BoundParameter { parameter, outer }))
}

/// Returns the values for the parameters of a statement that is not an expansion's. `replaced` is the index of one
/// parameter and the value in its place.
pub(super) fn parameters_with<'v>(
    statement: &'v Statement,
    replaced: Option<&'v (usize, Parameter)>,
) -> impl Params + use<'v> {
    let own = statement.parameters.iter().enumerate();
    params_from_iter(own.map(move |(index, own)| match replaced {
        Some((at, parameter)) if *at == index => BoundParameter { parameter, outer: None },
        _ => BoundParameter { parameter: own, outer: None },
    }))
}
