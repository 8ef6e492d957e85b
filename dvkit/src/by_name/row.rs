//! Defines [`Row`], a row as a map from names to values, with typed access.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use dvkit_diagnostic::suggest;
use dvkit_query::hir::{self, Columns};
use dvkit_schema::Column;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::error::{Result, RowValueError};
use super::names;
use super::organisation::{Organisation, Table};

/// The suffix of the name of a formatted value.
const FORMATTED: &str = "@OData.Community.Display.V1.FormattedValue";

/// A row as a map from names to values. The accessors are named after types: `row.text("fullname")`,
/// `row.decimal("revenue")`. A name is that of the query: a column, its property or its display name, or an alias.
///
/// An accessor returns `None` for a column without a value. It returns an error that names the column and its
/// type if the column is of another type, or if the query did not ask for the column. Numbers are kept as the
/// service wrote them, so that decimal numbers and money are exact.
///
/// Serde reads a row from JSON, and so does [`Client::rows`](dvkit_client::Client::rows); the snapshot then does not
/// take part, and the JSON decides the types.
///
/// ```
/// use dvkit::by_name::Row;
/// let row: Row = serde_json::from_str(r#"{
///     "fullname": "Ann", "revenue": 100.10, "statecode": 0,
///     "statecode@OData.Community.Display.V1.FormattedValue": "Active"
/// }"#)?;
/// assert_eq!(row.text("fullname")?.as_deref(), Some("Ann"));
/// assert_eq!(row.decimal("revenue")?, Some("100.10".parse()?));
/// assert_eq!(row.choice("statecode")?.and_then(|state| state.label).as_deref(), Some("Active"));
/// assert_eq!(
///     row.decimal("fullname").unwrap_err().to_string(),
///     "`fullname` is \"Ann\", which is not a decimal number"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Row {
    values: BTreeMap<String, Box<RawValue>>,
    context: Option<RowContext>,
}

/// What is known of the rows of a query.
#[derive(Clone, Debug)]
pub(super) struct RowContext {
    pub(super) organisation: Organisation,
    /// The logical name of the table; `None` if it is unknown.
    pub(super) table: Option<String>,
    /// The names that a row may omit if they have no value; `None` if a row has all its columns.
    omitted: Option<BTreeSet<String>>,
}

impl RowContext {
    pub(super) fn of(table: &Table) -> Self {
        let name = Some(table.name().to_owned());
        Self { organisation: table.organisation.clone(), table: name, omitted: None }
    }

    /// Notes that rows omit columns without a value, as those of FetchXML and of aggregations do. `query` has
    /// the names that rows can have.
    pub(super) fn may_omit(&mut self, query: Option<&hir::Query>) {
        let mut names = BTreeSet::new();
        if let Some(query) = query {
            self.columns(&query.columns, None, &mut names);
            names.extend(query.aliases.iter().map(|(_, alias)| alias.clone()));
            for join in &query.joins {
                self.join(join, &mut names);
            }
            if let Some(grouping) = &query.grouping {
                for key in &grouping.keys {
                    names.insert(key.alias.clone().unwrap_or_else(|| key.column.column.clone()));
                }
                names.extend(grouping.aggregates.iter().map(|aggregate| aggregate.alias.clone()));
            }
        }
        self.omitted = Some(names);
    }

    fn columns(&self, columns: &Columns, alias: Option<&str>, names: &mut BTreeSet<String>) {
        let Columns::Listed(listed) = columns else { return };
        for column in listed {
            match alias {
                Some(alias) => names.insert(format!("{alias}.{}", column.column)),
                None => names.insert(column.column.clone()),
            };
        }
    }

    fn join(&self, join: &hir::Join, names: &mut BTreeSet<String>) {
        self.columns(&join.columns, Some(&join.alias), names);
        names.extend(join.aliases.iter().map(|(_, alias)| alias.clone()));
        join.joins.iter().for_each(|join| self.join(join, names));
    }

    /// Returns the table of the rows; `None` if it is unknown.
    fn schema(&self) -> Option<&dvkit_schema::Table> {
        // A snapshot that cannot be read now could be read for the check; then the JSON decides.
        self.organisation.store().table(self.table.as_deref()?).ok().flatten()
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { values: BTreeMap::deserialize(deserializer)?, context: None })
    }
}

/// A value that was found in a row.
pub(super) struct Found<'r> {
    /// The name in the JSON.
    pub(super) key: &'r str,
    /// The JSON of the value; `None` if the column has no value.
    pub(super) json: Option<&'r str>,
    /// The column in the snapshot; `None` if it is unknown, as an alias is.
    pub(super) column: Option<&'r Column>,
}

impl Row {
    pub(super) fn set_context(&mut self, context: &RowContext) {
        self.context = Some(context.clone());
    }

    pub(super) fn with_context(mut self, context: &RowContext) -> Self {
        self.set_context(context);
        self
    }

    pub(super) fn context(&self) -> Option<&RowContext> {
        self.context.as_ref()
    }

    /// Returns the names of the values in the row, without annotations, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str).filter(|name| !name.contains('@'))
    }

    /// Returns whether the row has a value with this name that is not null.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_ok_and(|found| found.json.is_some())
    }

    /// Returns the version of the row, for [`Write::if_match`](super::Write::if_match); `None` if the response
    /// did not contain it.
    #[must_use]
    pub fn etag(&self) -> Option<String> {
        self.annotation("@odata.etag")
    }

    /// Returns an annotation by its full name, such as
    /// `_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname`; `None` if the row does not have it.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.values.get(name)?.get()).ok()
    }

    /// Returns the value of the primary key.
    ///
    /// # Errors
    /// Returns an error if the table is not known, or if the query did not ask for the key.
    pub fn id(&self) -> Result<crate::Guid> {
        let key = self.context.as_ref().and_then(RowContext::schema).and_then(|t| t.primary_id.clone());
        let Some(key) = key else {
            let message = "the table of this row is not known, so neither is its primary key".to_owned();
            return Err(RowValueError { name: String::new(), message }.into());
        };
        match self.guid(&key)? {
            Some(id) => Ok(id),
            None => Err(self.error(&key, format!("the row has no value in its primary key `{key}`")).into()),
        }
    }

    /// Returns the formatted value of a column, in the language of the user: the label of a choice, the name of
    /// the row of a lookup, an amount with its currency. `None` if the response has no formatted value.
    ///
    /// # Errors
    /// Returns an error if the row does not have the column.
    pub fn formatted(&self, name: &str) -> Result<Option<String>> {
        let found = self.find(name)?;
        Ok(self.annotation(&format!("{}{FORMATTED}", found.key)))
    }

    /// Returns the value as any type that serde reads, whatever the column's type is; `None` if the column has
    /// no value.
    ///
    /// # Errors
    /// Returns an error if the row does not have the column, or if the JSON is not of the type `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let found = self.find(name)?;
        let Some(json) = found.json else { return Ok(None) };
        serde_json::from_str(json).map(Some).map_err(|error| {
            let message = format!("`{name}`{} is {}: {error}", self.of_table(), shortened(json));
            self.error(name, message).into()
        })
    }

    /// Returns the one related row that the navigation property `name` leads to, if the query expanded it;
    /// `None` if there is no related row.
    ///
    /// # Errors
    /// Returns an error if the query did not expand the property, or if it leads to several rows.
    pub fn related_row(&self, name: &str) -> Result<Option<Self>> {
        let row: Option<Self> = self.nested(name, "one row")?;
        Ok(row.map(|row| self.related(name, row)))
    }

    /// Returns the related rows that the navigation property `name` leads to, if the query expanded it.
    ///
    /// # Errors
    /// Returns an error if the query did not expand the property, or if it leads to one row.
    pub fn related_rows(&self, name: &str) -> Result<Vec<Self>> {
        let rows: Vec<Self> = self.nested(name, "a list of rows")?.unwrap_or_default();
        Ok(rows.into_iter().map(|row| self.related(name, row)).collect())
    }

    fn nested<T: DeserializeOwned>(&self, name: &str, wanted: &str) -> Result<Option<T>> {
        let found = self.find(name)?;
        let Some(json) = found.json else { return Ok(None) };
        serde_json::from_str(json).map(Some).map_err(|_| {
            let message =
                format!("`{name}`{} is {}, which is not {wanted}", self.of_table(), shortened(json));
            self.error(name, message).into()
        })
    }

    fn related(&self, name: &str, row: Self) -> Self {
        let Some(context) = &self.context else { return row };
        let table = context.schema().and_then(|t| names::navigation(t, name)).map(|r| r.table.clone());
        let context = RowContext { organisation: context.organisation.clone(), table, omitted: None };
        row.with_context(&context)
    }

    /// Finds the value with this name.
    pub(super) fn find(&self, name: &str) -> Result<Found<'_>, RowValueError> {
        let schema = self.context.as_ref().and_then(RowContext::schema);
        let column = schema.and_then(|table| names::find(table, name).ok().flatten());
        let navigation = schema.and_then(|table| names::navigation(table, name)?.navigation.as_deref());
        let candidates = [
            Some(name.to_owned()),
            column.map(|c| c.property_name().into_owned()),
            navigation.map(str::to_owned),
            Some(format!("_{name}_value")),
            // The service encodes the point between the alias of a join and a column.
            name.contains('.').then(|| name.replace('.', "_x002e_")),
        ];
        let found = candidates.into_iter().flatten().find_map(|name| self.values.get_key_value(&name));
        if let Some((key, json)) = found {
            let json = Some(json.get()).filter(|json| *json != "null");
            let column = schema.and_then(|table| table.property(key));
            return Ok(Found { key, json, column });
        }
        let omitted = self.context.as_ref().and_then(|c| c.omitted.as_ref());
        let logical = column.map_or(name, |c| c.logical_name.as_str());
        if let Some(key) = omitted.and_then(|names| names.get(logical).or_else(|| names.get(name))) {
            return Ok(Found { key, json: None, column });
        }
        let message = match column {
            Some(column) => {
                let property = column.property_name();
                format!("this row{} has no `{name}`: the query did not select `{property}`", self.of_table())
            }
            None => match suggest::closest(name, self.names()) {
                Some(close) => {
                    format!("this row{} has no `{name}`; did you mean `{close}`?", self.of_table())
                }
                None => {
                    let names: Vec<&str> = self.names().take(12).collect();
                    format!("this row{} has no `{name}`, only: {}", self.of_table(), names.join(", "))
                }
            },
        };
        Err(self.error(name, message))
    }

    /// Returns the words that name the table of the row in a message; empty if it is unknown.
    pub(super) fn of_table(&self) -> String {
        let table = self.context.as_ref().and_then(|c| c.table.as_deref());
        table.map_or_else(String::new, |table| format!(" of `{table}`"))
    }

    pub(super) fn error(&self, name: &str, message: String) -> RowValueError {
        RowValueError { name: name.to_owned(), message }
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.values.iter().map(|(name, json)| (name, json.get()))).finish()
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        let entries = |row: &Self| -> Vec<(String, String)> {
            row.values.iter().map(|(name, json)| (name.clone(), json.get().to_owned())).collect()
        };
        entries(self) == entries(other)
    }
}

/// Returns a JSON text for a message, cut if it is long.
pub(super) fn shortened(json: &str) -> String {
    const MAX: usize = 60;
    if json.chars().count() <= MAX {
        json.to_owned()
    } else {
        json.chars().take(MAX).chain(['…']).collect()
    }
}
