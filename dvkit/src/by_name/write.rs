//! Defines [`Write`], the creation, change or deletion of a row whose columns are named by texts.

use dvkit_client::bulk::{BulkRow, BulkTable};
use dvkit_client::{Client, ContentId, Prefer, Request};
use dvkit_diagnostic::{Diagnostic, Severity, Span, code};
use dvkit_schema::{Column, Relationship, RequiredLevel};

use super::error::{Error, Findings, Result};
use super::key::{RowKey, RowRef};
use super::organisation::{Organisation, Table};
use super::row::{Row, RowContext};
use super::value::{Refusal, Value, listed};
use super::{names, write_value};
use crate::Guid;
use crate::filter::Literal;
use crate::row_write::{RowWrite, Update};
use crate::value::Lookup;

/// What a write does, and to which row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operation {
    Create,
    Update(RowKey),
    Upsert(RowKey),
    Delete(RowKey),
}

/// The row that a lookup is set to. `From` converts a reference to a row, a lookup that was read, and a guid.
///
/// A guid alone says nothing about its table, so it is refused for lookups that point to several tables.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BindTarget {
    /// A row of a table, by its id or an alternate key.
    Row(RowRef),
    /// A row by its id, with the logical name of its table if it is known.
    Id(Guid, Option<String>),
    /// The row that an earlier request of the same change set creates, and the logical name of its table.
    New(ContentId, String),
}

impl BindTarget {
    /// Returns the row of `table` that an earlier request of the same change set creates.
    #[must_use]
    pub fn new_row(table: &Table, id: ContentId) -> Self {
        Self::New(id, table.name().to_owned())
    }

    fn table(&self) -> Option<&str> {
        match self {
            Self::Row(row) => Some(row.table().name()),
            Self::Id(_, table) => table.as_deref(),
            Self::New(_, table) => Some(table),
        }
    }

    /// Returns the row in the notation of a message.
    fn shown(&self) -> String {
        match self {
            Self::Row(row) => format!("{row:?}"),
            Self::Id(id, Some(table)) => format!("{table}({id})"),
            Self::Id(id, None) => id.to_string(),
            Self::New(id, _) => id.reference(),
        }
    }
}

impl From<RowRef> for BindTarget {
    fn from(row: RowRef) -> Self {
        Self::Row(row)
    }
}

impl From<&RowRef> for BindTarget {
    fn from(row: &RowRef) -> Self {
        Self::Row(row.clone())
    }
}

impl From<Guid> for BindTarget {
    fn from(id: Guid) -> Self {
        Self::Id(id, None)
    }
}

impl From<Lookup> for BindTarget {
    fn from(lookup: Lookup) -> Self {
        Self::Id(lookup.id, lookup.table.map(|table| table.into_owned()))
    }
}

impl From<&Lookup> for BindTarget {
    fn from(lookup: &Lookup) -> Self {
        Self::from(lookup.clone())
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Change {
    Set(String, Value),
    Bind(String, BindTarget),
    Clear(String),
}

/// The creation, change or deletion of a row. [`Table::create`], [`Table::update`], [`Table::upsert`] and
/// [`Table::delete`] return it.
///
/// Names and values are checked against the snapshot when the write is made into a request: the type, the
/// options of a choice, the range of a number, the length of a text, and whether the column can be set at all.
///
/// ```
/// use dvkit::by_name::Organisation;
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
/// # let organisation = Organisation::new(dvkit_schema::Store::open(folder)?);
/// let contacts = organisation.table("contact")?;
/// let account = organisation.table("account")?.row(uuid::Uuid::from_u128(7));
/// let write = contacts.create().set("lastname", "O'Neil").bind("parentcustomerid", account);
/// assert_eq!(
///     write.json()?,
///     serde_json::json!({
///         "lastname": "O'Neil",
///         "parentcustomerid_account@odata.bind": "/accounts(00000000-0000-0000-0000-000000000007)",
///     })
/// );
/// let error = contacts.update(uuid::Uuid::from_u128(8)).set("statecode", "Activ").request().unwrap_err();
/// assert!(error.to_string().contains("options: 0 Active, 1 Inactive"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a write does nothing until it is sent"]
pub struct Write {
    table: Table,
    operation: Operation,
    changes: Vec<Change>,
    etag: Option<String>,
}

/// The result of a write that was sent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WriteResult {
    /// The row; `None` if the service does not tell its id, and the write does not give it either.
    pub row: Option<RowRef>,
    /// Whether the write created the row.
    pub created: bool,
}

/// The body of a write, and the rows of the change set that it names.
struct Body {
    values: RowWrite<(), Update>,
    /// The value of the primary key.
    id: Option<Guid>,
    references: Vec<ContentId>,
}

impl Table {
    /// Returns a write that creates a row.
    pub fn create(&self) -> Write {
        Write::new(self.clone(), Operation::Create)
    }

    /// Returns a write that changes an existing row.
    pub fn update(&self, key: impl Into<RowKey>) -> Write {
        Write::new(self.clone(), Operation::Update(key.into()))
    }

    /// Returns a write that changes a row, or creates it if it does not exist.
    pub fn upsert(&self, key: impl Into<RowKey>) -> Write {
        Write::new(self.clone(), Operation::Upsert(key.into()))
    }

    /// Returns a write that deletes a row.
    pub fn delete(&self, key: impl Into<RowKey>) -> Write {
        Write::new(self.clone(), Operation::Delete(key.into()))
    }
}

impl Write {
    pub(super) fn new(table: Table, operation: Operation) -> Self {
        Self { table, operation, changes: Vec::new(), etag: None }
    }

    /// Sets a column to a value. [`Value::Null`] empties it. A lookup is set to a row as by
    /// [`bind`](Self::bind).
    pub fn set(mut self, column: impl Into<String>, value: impl Into<Value>) -> Self {
        self.changes.push(Change::Set(column.into(), value.into()));
        self
    }

    /// Sets a lookup to a row. `lookup` is the name of the column or of its navigation property. If the lookup
    /// can point to several tables, the table of the row decides which navigation property is written.
    pub fn bind(mut self, lookup: impl Into<String>, row: impl Into<BindTarget>) -> Self {
        self.changes.push(Change::Bind(lookup.into(), row.into()));
        self
    }

    /// Empties a column or a lookup.
    pub fn clear(mut self, column: impl Into<String>) -> Self {
        self.changes.push(Change::Clear(column.into()));
        self
    }

    /// Makes the change conditional: it happens only if the version of the row is still `etag`, which
    /// [`Row::etag`](super::Row::etag) gives.
    pub fn if_match(mut self, etag: impl Into<String>) -> Self {
        self.etag = Some(etag.into());
        self
    }

    /// Checks the write, and returns its body as JSON, for inspection.
    ///
    /// # Errors
    /// Returns the findings if a name is unknown or a value does not fit its column.
    pub fn json(&self) -> Result<serde_json::Value> {
        Ok(self.body()?.values.into_json())
    }

    /// Checks the write, and returns its request, which can be sent alone, in a batch or in a change set.
    ///
    /// # Errors
    /// Returns the findings if a name is unknown or a value does not fit its column.
    pub fn request(&self) -> Result<Request> {
        let body = self.body()?;
        let path = |key: &RowKey| self.table.row(key).path();
        let request = match &self.operation {
            Operation::Create => Request::post(self.table.entity_set()).json(&body.values),
            Operation::Update(key) => Request::patch(path(key)?).json(&body.values).only_update(),
            Operation::Upsert(key) => Request::patch(path(key)?).json(&body.values),
            Operation::Delete(key) => Request::delete(path(key)?),
        };
        let request = match &self.etag {
            Some(etag) => request.if_match(etag),
            None => request,
        };
        Ok(body.references.into_iter().fold(request, Request::refer_to))
    }

    /// Sends the write.
    ///
    /// # Errors
    /// Returns the findings if a name is unknown or a value does not fit its column, and an error if the request
    /// fails.
    pub async fn send(&self, client: &Client) -> Result<WriteResult> {
        let request = self.request()?;
        match &self.operation {
            Operation::Create => {
                let response = client.send(request).await?;
                let id = response.entity_id().and_then(id_of);
                Ok(WriteResult { row: id.map(|id| self.table.row(id)), created: true })
            }
            Operation::Upsert(key) => {
                // The status tells whether the row was created only with the representation: 201 or 200
                // (learn.microsoft.com, "Upsert a table row").
                let request = match self.table.schema()?.primary_id.as_deref() {
                    Some(id) => request.query("$select", id),
                    None => request,
                };
                let response = client.send(request.prefer(Prefer::new().return_representation())).await?;
                let created = response.status().as_u16() == 201;
                let row: Option<Row> = response.json().ok();
                let id =
                    row.map(|row| row.with_context(&RowContext::of(&self.table)).id()).and_then(Result::ok);
                let key = id.map_or_else(|| key.clone(), RowKey::Id);
                Ok(WriteResult { row: Some(self.table.row(key)), created })
            }
            Operation::Update(key) | Operation::Delete(key) => {
                client.send(request).await?;
                Ok(WriteResult { row: Some(self.table.row(key)), created: false })
            }
        }
    }

    /// Checks the write, and returns it as a row of a bulk load, with its key in the journal set to the name of
    /// the row if it has one.
    ///
    /// # Errors
    /// Returns the findings if a name is unknown or a value does not fit its column, and an error if a bulk load
    /// does not know the write: the change or the deletion of a row that is named by an alternate key, and a
    /// condition on the version.
    pub fn bulk_row(&self) -> Result<BulkRow> {
        let body = self.body()?;
        let refused = |message: &str| {
            let finding = Diagnostic::error(code::ARGUMENT, Span::new(0, self.table.name().len()), message);
            Error::finding(self.table.name(), finding.help("send this write alone or in a batch"))
        };
        if self.etag.is_some() {
            return Err(refused("a bulk load has no writes that depend on the version of a row"));
        }
        if !body.references.is_empty() {
            return Err(refused("a bulk load has no change sets, whose new rows this write names"));
        }
        let Some(primary) = self.table.schema()?.primary_id.clone() else {
            return Err(refused("the snapshot does not have the primary key of this table"));
        };
        let table = BulkTable::new(self.table.name(), self.table.entity_set(), &primary);
        let values = &body.values;
        Ok(match &self.operation {
            Operation::Create => match body.id {
                Some(id) => BulkRow::create_with_id(&table, id, values).key(id.to_string()),
                None => BulkRow::create(&table, values),
            },
            Operation::Update(RowKey::Id(id)) => BulkRow::update(&table, *id, values).key(id.to_string()),
            Operation::Upsert(RowKey::Id(id)) => BulkRow::upsert(&table, *id, values).key(id.to_string()),
            Operation::Delete(RowKey::Id(id)) => BulkRow::delete(&table, *id).key(id.to_string()),
            Operation::Upsert(key @ RowKey::Columns(_)) => {
                let path = self.table.row(key).path()?;
                BulkRow::upsert_by_key(&table, &*path, values).key(path)
            }
            Operation::Update(_) | Operation::Delete(_) => {
                return Err(refused("a bulk load changes and deletes rows by their ids"));
            }
        })
    }

    /// Returns notes on the write: the columns that rows of the table should have, and that this creation does
    /// not set. The service insists on some of them; others it or its forms fill in. The result is empty for
    /// other writes.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn notes(&self) -> Result<Vec<Diagnostic>> {
        if self.operation != Operation::Create {
            return Ok(Vec::new());
        }
        let schema = self.table.schema()?;
        let set: Vec<&str> = self
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Set(name, _) | Change::Bind(name, _) | Change::Clear(name) => {
                    let by_column = names::find(schema, name).ok().flatten();
                    let by_navigation = || names::navigation(schema, name)?.column.as_deref();
                    by_column.map(|c| c.logical_name.as_str()).or_else(by_navigation)
                }
            })
            .collect();
        let required = schema.columns.iter().filter(|column| {
            matches!(column.required, Some(RequiredLevel::Application | RequiredLevel::System))
                && column.valid_for_create != Some(false)
                && column.is_property()
                && !write_value::has_default(column)
                && schema.primary_id.as_ref() != Some(&column.logical_name)
                && !set.contains(&column.logical_name.as_str())
        });
        let span = Span::new(0, schema.logical_name.len());
        Ok(required
            .map(|column| {
                let message =
                    format!("`{}` is required, and this write does not set it", column.logical_name);
                Diagnostic::new(code::MISSING_PART, Severity::Note, span, message)
            })
            .collect())
    }

    /// Checks the names and values, and returns the body.
    fn body(&self) -> Result<Body> {
        let mut body = Body { values: RowWrite::new(), id: None, references: Vec::new() };
        let mut findings = Findings::default();
        for change in &self.changes {
            match self.apply(change, &mut body) {
                Ok(()) => {}
                Err(Error::Findings(more)) => findings.append(more),
                Err(other) => return Err(other),
            }
        }
        if findings.is_empty() { Ok(body) } else { Err(findings.into()) }
    }

    fn apply(&self, change: &Change, body: &mut Body) -> Result<()> {
        if let Operation::Delete(_) = self.operation {
            let (Change::Set(name, _) | Change::Bind(name, _) | Change::Clear(name)) = change;
            let message = format!("the deletion of a row sets no values, and `{name}` is given one");
            return Err(Error::finding(
                name,
                Diagnostic::error(code::ARGUMENT, Span::new(0, name.len()), message),
            ));
        }
        match change {
            Change::Set(name, value) => self.set_value(name, value, body),
            Change::Clear(name) => self.set_value(name, &Value::Null, body),
            Change::Bind(name, row) => self.bind_row(name, row, body),
        }
    }

    fn set_value(&self, name: &str, value: &Value, body: &mut Body) -> Result<()> {
        let navigation = self.table.schema()?.navigation(name).filter(|r| r.is_single());
        let lookup = match navigation {
            Some(relationship) => Some(relationship.column.as_deref()),
            None => {
                let column = self.table.column(name)?;
                column.ty.is_lookup().then_some(Some(column.logical_name.as_str()))
            }
        };
        if let Some(column) = lookup {
            return match value {
                Value::Null => self.clear_lookup(name, column, body),
                Value::Guid(id) => self.bind_row(name, &BindTarget::Id(*id, None), body),
                Value::Row(id, table) => self.bind_row(name, &BindTarget::Id(*id, table.clone()), body),
                other => Err(refused(name, &other.shown(), wrong_row(name, &other.shown()))),
            };
        }
        let column = self.table.column(name)?;
        self.writable(name, column, &value.shown())?;
        let store = self.table.organisation.store();
        match write_value::literal(store, column, value)? {
            Ok(literal) => {
                if let Literal::Id(id) = literal
                    && self.table.schema()?.primary_id.as_ref() == Some(&column.logical_name)
                {
                    body.id = Some(id);
                }
                body.values.body.set(column.property_name().into_owned(), literal);
                Ok(())
            }
            Err(refusal) => Err(refused(name, &value.shown(), refusal)),
        }
    }

    /// Reports a column that the write cannot set. `shown` is the value in messages.
    fn writable(&self, name: &str, column: &Column, shown: &str) -> Result<()> {
        let (create, update) =
            (column.valid_for_create != Some(false), column.valid_for_update != Some(false));
        let possible = match self.operation {
            Operation::Create => create,
            Operation::Update(_) => update,
            Operation::Upsert(_) => create || update,
            Operation::Delete(_) => false,
        };
        let Some(reason) = write_value::read_only(column, possible, create, update) else { return Ok(()) };
        let message = format!("`{}` cannot be set here: {reason}", column.logical_name);
        Err(at_name(name, shown, Refusal::new(code::NOT_A_PROPERTY, message)))
    }

    fn clear_lookup(&self, name: &str, column: Option<&str>, body: &mut Body) -> Result<()> {
        let schema = self.table.schema()?;
        if let Some(column) = column.and_then(|column| schema.column(column)) {
            self.writable(name, column, "null")?;
        }
        // Any navigation property of a lookup with several targets empties it.
        let exact = schema.navigation(name).filter(|r| r.is_single());
        let navigation = exact.or_else(|| {
            schema
                .lookups_of(column.unwrap_or_default())
                .find(|relationship| relationship.navigation.is_some())
        });
        match navigation.and_then(|r| r.navigation.as_deref()) {
            Some(navigation) => {
                body.values.body.set(format!("{navigation}@odata.bind"), Literal::Null);
                Ok(())
            }
            None => Err(at_name(name, "null", no_navigation(name))),
        }
    }

    fn bind_row(&self, name: &str, row: &BindTarget, body: &mut Body) -> Result<()> {
        let schema = self.table.schema()?;
        let shown = row.shown();
        let exact = schema.navigation(name).filter(|r| r.is_single());
        let column = match exact {
            Some(relationship) => relationship.column.as_deref().and_then(|column| schema.column(column)),
            None => Some(self.table.column(name)?),
        };
        if let Some(column) = column {
            if !column.ty.is_lookup() {
                let message =
                    format!("`{}` is not a lookup, so it cannot point to a row", column.logical_name);
                return Err(at_name(name, &shown, Refusal::new(code::NOT_A_NAVIGATION, message)));
            }
            self.writable(name, column, &shown)?;
        }
        let candidates: Vec<&Relationship> = match (exact, column) {
            (Some(relationship), _) => vec![relationship],
            (None, Some(column)) => {
                schema.lookups_of(&column.logical_name).filter(|r| r.navigation.is_some()).collect()
            }
            (None, None) => Vec::new(),
        };
        if candidates.is_empty() {
            return Err(at_name(name, &shown, no_navigation(name)));
        }
        let targets = targets(&self.table.organisation, &candidates, column)?;
        let table = match (row.table(), targets.as_slice()) {
            (Some(table), _) => table.to_owned(),
            (None, [only]) => only.clone(),
            (None, _) => {
                let message = format!("`{name}` can point to several tables, and a guid does not say which");
                let help = format!("give the row of its table: {}", listed(&targets));
                let refusal = Refusal::new(code::AMBIGUOUS_TARGET, message).help(help);
                return Err(refused(name, &shown, refusal));
            }
        };
        let Some(relationship) = leads_to(&self.table.organisation, &candidates, &table, &targets)? else {
            let message = format!("`{name}` cannot point to a row of `{table}`");
            let refusal = Refusal::new(code::TYPE_MISMATCH, message)
                .help(format!("it points to rows of {}", listed(&targets)));
            return Err(refused(name, &shown, refusal));
        };
        let address = match row {
            BindTarget::Row(row) => format!("/{}", row.path()?),
            BindTarget::Id(id, _) => {
                format!("/{}", self.table.organisation.table(&table)?.row(*id).path()?)
            }
            BindTarget::New(id, _) => {
                body.references.push(*id);
                id.reference()
            }
        };
        let navigation = relationship.navigation.as_deref().unwrap_or(name);
        body.values.body.set(format!("{navigation}@odata.bind"), Literal::Text(address));
        Ok(())
    }
}

/// Returns the logical names of the tables that a lookup can point to.
fn targets(
    organisation: &Organisation,
    candidates: &[&Relationship],
    column: Option<&Column>,
) -> Result<Vec<String>> {
    let mut targets: Vec<String> = Vec::new();
    for relationship in candidates {
        let is_abstract =
            organisation.store().entry(&relationship.table).is_none_or(|t| t.entity_set.is_none());
        match column.map(|c| c.ty.targets()) {
            // An abstract table, such as the owner, stands for all targets of the column.
            Some(of_column) if is_abstract && !of_column.is_empty() => targets.extend_from_slice(of_column),
            _ => targets.push(relationship.table.clone()),
        }
    }
    targets.sort_unstable();
    targets.dedup();
    Ok(targets)
}

/// Returns the relationship whose navigation property leads to rows of `table`.
fn leads_to<'r>(
    organisation: &Organisation,
    candidates: &[&'r Relationship],
    table: &str,
    targets: &[String],
) -> Result<Option<&'r Relationship>> {
    if let Some(exact) = candidates.iter().find(|r| r.table == table) {
        return Ok(Some(exact));
    }
    let base = organisation.store().table(table)?.and_then(|t| t.base.clone());
    let of_base = candidates.iter().find(|r| base.as_ref() == Some(&r.table));
    let by_target = || {
        let is_target = targets.iter().any(|target| target == table);
        candidates.iter().find(|r| is_target && !targets.contains(&r.table))
    };
    Ok(of_base.or_else(by_target).copied())
}

fn no_navigation(name: &str) -> Refusal {
    Refusal::new(
        code::NOT_A_NAVIGATION,
        format!("the snapshot has no navigation property of the lookup `{name}`"),
    )
}

fn wrong_row(name: &str, shown: &str) -> Refusal {
    let message = format!("`{name}` is a lookup, and {shown} is not a row");
    Refusal::new(code::TYPE_MISMATCH, message).help("give a row: `table.row(id)`")
}

/// Returns the error for a value that a column does not take.
fn refused(name: &str, shown: &str, refusal: Refusal) -> Error {
    let text = format!("{name} = {shown}");
    let span = Span::new(name.len() + 3, text.len());
    Error::finding(text, refusal.finding(span))
}

/// Returns the error for a column that cannot be set.
fn at_name(name: &str, shown: &str, refusal: Refusal) -> Error {
    let finding = refusal.finding(Span::new(0, name.len()));
    Error::finding(format!("{name} = {shown}"), finding)
}

/// Returns the id in the parentheses at the end of a row's URL; `None` if the URL does not end with an id.
fn id_of(address: &str) -> Option<Guid> {
    Guid::try_parse(address.strip_suffix(')')?.rsplit_once('(')?.1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_new_row_is_in_the_parentheses_at_the_end_of_its_address() {
        let id = "00000000-0000-0000-0000-000000000007";
        assert_eq!(id_of(&format!("https://a/accounts({id})")), Some(Guid::from_u128(7)));
        for address in ["accounts", "accounts(x)", &format!("(accounts{id})"), &format!("accounts({id})/x")] {
            assert_eq!(id_of(address), None, "{address}");
        }
    }
}
