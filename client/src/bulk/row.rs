//! Defines [`BulkRow`], one write of a bulk load, and what becomes of it.
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use crate::{Error, ErrorKind, Request, Result};

/// The table of a write: its names in bodies and in paths.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BulkTable {
    /// The logical name: `account`.
    pub(super) name: String,
    /// The name of the entity set: `accounts`.
    pub(super) set: String,
    /// The name of the primary key: `accountid`.
    pub(super) key: String,
}

impl BulkTable {
    /// Returns the table with this logical name, entity set, and primary key column.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        entity_set: impl Into<String>,
        primary_key: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), set: entity_set.into(), key: primary_key.into() }
    }
}

/// The kinds of write of a bulk load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Create,
    Update,
    Upsert,
    Delete,
}

impl Operation {
    /// Returns the name of the bulk message.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Create => "CreateMultiple",
            Self::Update => "UpdateMultiple",
            Self::Upsert => "UpsertMultiple",
            Self::Delete => "DeleteMultiple",
        }
    }
}

/// The values of a row by their names, as JSON texts, so that numbers keep all digits.
pub(super) type Members = BTreeMap<String, Box<RawValue>>;

/// How a write names its row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RowName {
    /// The service gives the new row an id.
    New,
    Id(Uuid),
    /// The path of an alternate key: `accounts(accountnumber='A-1')`.
    Path(String),
}

/// One write of a bulk load.
///
/// ```
/// use dvkit_client::bulk::{BulkRow, BulkTable};
/// use serde_json::json;
///
/// let accounts = BulkTable::new("account", "accounts", "accountid");
/// let row = BulkRow::upsert_by_key(&accounts, "accounts(accountnumber='A-1')", &json!({ "name": "Contoso" }))
///     .key("A-1");
/// ```
#[derive(Debug, Clone)]
pub struct BulkRow {
    pub(super) table: BulkTable,
    pub(super) operation: Operation,
    pub(super) row: RowName,
    pub(super) body: Result<Members, String>,
    pub(super) key: String,
}

impl BulkRow {
    fn new(table: &BulkTable, operation: Operation, row: RowName, body: Option<&dyn ErasedBody>) -> Self {
        let body = body.map_or_else(|| Ok(Members::new()), ErasedBody::members);
        Self { table: table.clone(), operation, row, body, key: String::new() }
    }

    /// Returns the creation of a row, to which the service gives an id. If the response to it is lost, nobody
    /// knows whether the row exists, and the result says so; [`BulkRow::create_with_id`] has no such doubt.
    #[must_use]
    pub fn create(table: &BulkTable, body: &impl Serialize) -> Self {
        Self::new(table, Operation::Create, RowName::New, Some(&Body(body)))
    }

    /// Returns the creation of a row with the id `id`. It can be repeated: a row that exists is not created
    /// again.
    #[must_use]
    pub fn create_with_id(table: &BulkTable, id: Uuid, body: &impl Serialize) -> Self {
        Self::new(table, Operation::Create, RowName::Id(id), Some(&Body(body)))
    }

    /// Returns the change of an existing row.
    #[must_use]
    pub fn update(table: &BulkTable, id: Uuid, body: &impl Serialize) -> Self {
        Self::new(table, Operation::Update, RowName::Id(id), Some(&Body(body)))
    }

    /// Returns the change of a row, or its creation if it does not exist.
    #[must_use]
    pub fn upsert(table: &BulkTable, id: Uuid, body: &impl Serialize) -> Self {
        Self::new(table, Operation::Upsert, RowName::Id(id), Some(&Body(body)))
    }

    /// Returns the change of the row with an alternate key, or its creation if it does not exist. `path` is the
    /// path of the row: `accounts(accountnumber='A-1')`.
    #[must_use]
    pub fn upsert_by_key(table: &BulkTable, path: impl Into<String>, body: &impl Serialize) -> Self {
        Self::new(table, Operation::Upsert, RowName::Path(path.into()), Some(&Body(body)))
    }

    /// Returns the deletion of a row. It can be repeated: a row that is missing counts as deleted.
    #[must_use]
    pub fn delete(table: &BulkTable, id: Uuid) -> Self {
        Self::new(table, Operation::Delete, RowName::Id(id), None)
    }

    /// Sets the caller's name for the write, which the result repeats and the journal stores. With a journal,
    /// it has to be unique.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Returns the write as one that is not sent: its result is an error with the text `mistake`. A mistake that was
    /// noted before stays.
    #[must_use]
    pub fn refuse(mut self, mistake: impl Into<String>) -> Self {
        self.body = self.body.and(Err(mistake.into()));
        self
    }

    /// Returns whether the write can be sent twice.
    pub(super) fn is_repeatable(&self) -> bool {
        self.row != RowName::New
    }

    /// Reports a write that cannot be sent.
    pub(super) fn check(&self) -> Result<()> {
        match &self.body {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::new(ErrorKind::Configuration, error.clone())),
        }
    }

    /// Returns the write as an item of `Targets` of a bulk message.
    pub(super) fn target(&self) -> Members {
        let mut members = self.body.clone().unwrap_or_default();
        members
            .insert("@odata.type".to_owned(), text(&format!("Microsoft.Dynamics.CRM.{}", self.table.name)));
        match &self.row {
            RowName::New => {}
            RowName::Id(id) => {
                members.insert(self.table.key.clone(), text(&id.to_string()));
            }
            // The columns of an alternate key stand in the address, not in the body (learn.microsoft.com, "Use
            // bulk operation messages").
            RowName::Path(path) => {
                members.insert("@odata.id".to_owned(), text(path));
            }
        }
        members
    }

    /// Returns the write as a request of its own.
    pub(super) fn request(&self) -> Request {
        let path = match &self.row {
            RowName::New => self.table.set.clone(),
            RowName::Id(id) => format!("{}({id})", self.table.set),
            RowName::Path(path) => path.clone(),
        };
        let body = self.body.clone().unwrap_or_default();
        match (self.operation, &self.row) {
            (Operation::Create, RowName::New) => Request::post(path).json(&body),
            (Operation::Create, _) => Request::patch(path).json(&body).only_create(),
            (Operation::Update, _) => Request::patch(path).json(&body).only_update(),
            (Operation::Upsert, _) => Request::patch(path).json(&body),
            (Operation::Delete, _) => Request::delete(path),
        }
    }

    /// Returns what became of a write of its own. `repeated` says whether an earlier attempt may have been
    /// executed.
    pub(super) fn outcome(&self, response: Result<crate::Response>, repeated: bool) -> Result<Written> {
        let id = match &self.row {
            RowName::Id(id) => Some(*id),
            RowName::New | RowName::Path(_) => None,
        };
        match response {
            Ok(response) => {
                let id = id.or_else(|| response.entity_id().and_then(id_of));
                Ok(Written { id, existed: false })
            }
            Err(error) => {
                let missing = self.operation == Operation::Delete && error.kind() == ErrorKind::NotFound;
                let exists = matches!(error.kind(), ErrorKind::Conflict | ErrorKind::PreconditionFailed)
                    && self.operation == Operation::Create
                    && self.is_repeatable();
                // Without a former attempt, a row that exists is somebody else's.
                if repeated && (missing || exists) {
                    return Ok(Written { id, existed: true });
                }
                Err(error)
            }
        }
    }
}

/// Returns a text as JSON.
fn text(text: &str) -> Box<RawValue> {
    // A text can always be written as JSON.
    to_raw_value(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// Returns the id in the parentheses at the end of a row's URL.
fn id_of(address: &str) -> Option<Uuid> {
    Uuid::try_parse(address.strip_suffix(')')?.rsplit_once('(')?.1).ok()
}

/// A body whose type is not known any more.
trait ErasedBody {
    /// Returns the members of the JSON object, or why there are none.
    fn members(&self) -> Result<Members, String>;
}

struct Body<'b, T>(&'b T);

impl<T: Serialize> ErasedBody for Body<'_, T> {
    fn members(&self) -> Result<Members, String> {
        let text = serde_json::to_string(self.0)
            .map_err(|error| format!("the values of a row cannot be written as JSON: {error}"))?;
        serde_json::from_str(&text).map_err(|_| "the values of a row are not a JSON object".to_owned())
    }
}

/// A write that was executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The id of the row; `None` if the service does not tell it, as for upserts by an alternate key in a bulk
    /// message.
    pub id: Option<Uuid>,
    /// Whether an earlier attempt, or an earlier run with the same journal, had made the write already.
    pub existed: bool,
}

/// The result of one write of a bulk load.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BulkResult {
    /// The caller's name for the write, from [`BulkRow::key`].
    pub key: String,
    /// What became of the write. [`Error::may_have_run`] says of an error whether the write may have been
    /// executed.
    pub outcome: Result<Written>,
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_write_is_a_target_or_a_request() {
        let accounts = BulkTable::new("account", "accounts", "accountid");
        let row = BulkRow::upsert_by_key(&accounts, "accounts(accountnumber='A-1')", &json!({"name": "C"}));
        assert_eq!(
            serde_json::to_value(row.target()).unwrap(),
            json!({
                "@odata.type": "Microsoft.Dynamics.CRM.account",
                "@odata.id": "accounts(accountnumber='A-1')", "name": "C",
            })
        );
        assert_eq!(row.request().target(), "accounts(accountnumber='A-1')");
        let id = Uuid::from_u128(7);
        let row = BulkRow::create_with_id(&accounts, id, &json!({}));
        assert_eq!(row.target()["accountid"].get(), json!(id.to_string()).to_string());
        assert!(row.is_repeatable() && !BulkRow::create(&accounts, &json!({})).is_repeatable());
        assert!(BulkRow::create(&accounts, &7).check().is_err());
    }

    #[test]
    fn a_number_keeps_all_digits() {
        let accounts = BulkTable::new("account", "accounts", "accountid");
        let values: Box<RawValue> =
            serde_json::from_str(r#"{"revenue":922337203685477.5807,"owner":{"x":-922337203685477.5807}}"#)
                .unwrap();
        let row = BulkRow::create(&accounts, &values);
        let target = serde_json::to_string(&row.target()).unwrap();
        assert!(target.contains(r#""revenue":922337203685477.5807"#), "{target}");
        assert!(target.contains(r#"{"x":-922337203685477.5807}"#), "{target}");
    }

    #[test]
    fn a_refused_write_keeps_its_first_mistake() {
        let accounts = BulkTable::new("account", "accounts", "accountid");
        let row = BulkRow::create(&accounts, &json!({})).refuse("one").refuse("two");
        assert!(row.check().unwrap_err().to_string().contains("one"));
    }

    /// Every kind of write: its message, its request, its body in a message, and whether it can be repeated.
    #[test]
    fn every_kind_of_write_has_its_message_and_its_request() {
        let table = BulkTable::new("account", "accounts", "accountid");
        let id = Uuid::from_u128(7);
        let path = format!("accounts({id})");
        let body = json!({ "name": "C" });
        let by_key = "accounts(accountnumber='A-1')";
        for (row, message, method, target, condition, repeatable, key) in [
            (BulkRow::create(&table, &body), "CreateMultiple", "POST", "accounts", None, false, None),
            (
                BulkRow::create_with_id(&table, id, &body),
                "CreateMultiple",
                "PATCH",
                path.as_str(),
                Some(("if-none-match", "*")),
                true,
                Some("accountid"),
            ),
            (
                BulkRow::update(&table, id, &body),
                "UpdateMultiple",
                "PATCH",
                path.as_str(),
                Some(("if-match", "*")),
                true,
                Some("accountid"),
            ),
            (
                BulkRow::upsert(&table, id, &body),
                "UpsertMultiple",
                "PATCH",
                path.as_str(),
                None,
                true,
                Some("accountid"),
            ),
            (
                BulkRow::upsert_by_key(&table, by_key, &body),
                "UpsertMultiple",
                "PATCH",
                by_key,
                None,
                true,
                Some("@odata.id"),
            ),
            (
                BulkRow::delete(&table, id),
                "DeleteMultiple",
                "DELETE",
                path.as_str(),
                None,
                true,
                Some("accountid"),
            ),
        ] {
            let request = row.request();
            assert_eq!(row.operation.message(), message);
            assert_eq!((request.method().as_str(), request.target()), (method, target), "{row:?}");
            for name in ["if-match", "if-none-match"] {
                let value = request.headers.get(name).map(|value| value.to_str().unwrap());
                let expected = condition.filter(|(own, _)| *own == name).map(|(_, value)| value);
                assert_eq!(value, expected, "{name} of {row:?}");
            }
            assert_eq!(row.is_repeatable(), repeatable, "{row:?}");
            let named: Vec<String> =
                row.target().into_keys().filter(|name| name != "name" && name != "@odata.type").collect();
            assert_eq!(named, Vec::from_iter(key.map(str::to_owned)), "{row:?}");
            assert_eq!(request.body.is_some(), method != "DELETE", "{row:?}");
        }
    }

    /// An error becomes a success only if an earlier attempt may have made the write, and only if the error says so.
    #[test]
    fn a_repeated_write_that_was_made_before_is_a_success() {
        let table = BulkTable::new("account", "accounts", "accountid");
        let id = Uuid::from_u128(7);
        let rows = [
            ("create", BulkRow::create(&table, &json!({}))),
            ("create_with_id", BulkRow::create_with_id(&table, id, &json!({}))),
            ("update", BulkRow::update(&table, id, &json!({}))),
            ("upsert", BulkRow::upsert(&table, id, &json!({}))),
            ("delete", BulkRow::delete(&table, id)),
        ];
        let kinds =
            [ErrorKind::NotFound, ErrorKind::Conflict, ErrorKind::PreconditionFailed, ErrorKind::BadRequest];
        let mut successes = Vec::new();
        for (name, row) in &rows {
            for kind in kinds {
                for repeated in [false, true] {
                    if let Ok(written) = row.outcome(Err(Error::new(kind, "m")), repeated) {
                        assert!(written.existed && written.id == Some(id), "{name} {kind:?}");
                        successes.push((*name, kind, repeated));
                    }
                }
            }
        }
        assert_eq!(
            successes,
            [
                ("create_with_id", ErrorKind::Conflict, true),
                ("create_with_id", ErrorKind::PreconditionFailed, true),
                ("delete", ErrorKind::NotFound, true),
            ]
        );
    }

    #[test]
    fn the_id_of_a_row_is_in_the_brackets_at_the_end_of_its_address() {
        let id = "00000000-0000-0000-0000-000000000007";
        assert_eq!(id_of(&format!("https://a/api/data/v9.2/accounts({id})")), Some(Uuid::from_u128(7)));
        for address in
            ["accounts", "accounts()", &format!("accounts({id})/x"), &format!("accounts{id})"), "accounts(x)"]
        {
            assert_eq!(id_of(address), None, "{address}");
        }
    }
}
