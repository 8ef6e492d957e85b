//! Defines the rows that parameters take: references by id or alternate key, and rows with their values.

use super::argument::{Argument, NAMESPACE};
use super::marker::{AnyRow, TableRow};
use super::parameter::{AnyValue, ParameterValue};
use crate::key::KeyRef;
use crate::row_write::{Create, RowWrite, Update};
use crate::table::{DerivesFrom, EntitySet};
use crate::value::Ref;

/// A row that a parameter takes. `K` is the type of the parameter: [`TableRow<Account>`](TableRow), or [`AnyRow`]
/// for a parameter that takes rows of every table.
///
/// - `Account::id(guid)`, or `Account::KEY.row((…,))` by an alternate key: a reference to a row.
/// - `Account::create().set(…)`: a new row with values.
/// - `(Account::id(guid), Account::update().set(…))`: an existing row with new values.
/// - `changes.create(&Account::create().set(…))`: within a change set, a row that an earlier change creates.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row that this parameter takes",
    label = "the parameter takes a row of type `{K}`",
    note = "a reference is `Account::id(guid)` or an alternate key with its values; a row with values is `Account::create().set(…)`"
)]
pub trait RowParameter<K>: ParameterValue<K> {}

fn by_id<T: EntitySet>(row: Ref<T>) -> Argument {
    Argument::Row { table: T::TABLE, key: T::COLUMNS[usize::from(T::KEY)], set: T::ENTITY_SET, id: row.id() }
}

fn by_key<T: EntitySet>(row: &KeyRef<T>) -> Argument {
    Argument::RowByKey { table: T::TABLE, address: row.path() }
}

/// Returns a row with values. `identity` are JSON members that name an existing row.
///
/// "Use Web API actions", "Specify entity parameter type": `@odata.type` says which table the row is of.
fn with_values<T: EntitySet, M>(write: &RowWrite<T, M>, identity: Option<String>) -> Argument {
    let values = match serde_json::to_string(write) {
        Ok(values) => values,
        Err(error) => return Argument::Invalid(error.to_string()),
    };
    let mut members = vec![format!(r#""@odata.type":"{NAMESPACE}.{}""#, T::TABLE)];
    members.extend(identity);
    members.extend(values.strip_prefix('{').and_then(|v| v.strip_suffix('}')).map(str::to_owned));
    members.retain(|member| !member.is_empty());
    let row = Argument::Json(format!("{{{}}}", members.join(",")));
    #[cfg(feature = "client")]
    let row = row.referring(&write.content_ids);
    row
}

fn existing_by_id<T: EntitySet>(row: Ref<T>, write: &RowWrite<T, Update>) -> Argument {
    let key = T::COLUMNS[usize::from(T::KEY)];
    with_values(write, Some(format!(r#""{key}":"{}""#, row.id())))
}

/// "Use bulk operation messages": the values of an alternate key stand in `@odata.id`.
fn existing_by_key<T: EntitySet>(row: &KeyRef<T>, write: &RowWrite<T, Update>) -> Argument {
    let mut address = String::new();
    super::argument::json_text(&row.path(), &mut address);
    with_values(write, Some(format!(r#""@odata.id":{address}"#)))
}

macro_rules! rows {
    ($($value:ty => |$name:ident| $argument:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<B, T: EntitySet + DerivesFrom<B>> ParameterValue<TableRow<B>> for $value {
            fn argument(self) -> Argument {
                let $name = self;
                $argument
            }
        }

        #[diagnostic::do_not_recommend]
        impl<B, T: EntitySet + DerivesFrom<B>> RowParameter<TableRow<B>> for $value {}

        #[diagnostic::do_not_recommend]
        impl<T: EntitySet> ParameterValue<AnyRow> for $value {
            fn argument(self) -> Argument {
                let $name = self;
                $argument
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: EntitySet> RowParameter<AnyRow> for $value {}
    )*};
}

rows! {
    Ref<T> => |row| by_id(row);
    KeyRef<T> => |row| by_key(&row);
    &KeyRef<T> => |row| by_key(row);
    RowWrite<T, Create> => |write| with_values(&write, None);
    &RowWrite<T, Create> => |write| with_values(write, None);
    (Ref<T>, RowWrite<T, Update>) => |row| existing_by_id(row.0, &row.1);
    (KeyRef<T>, RowWrite<T, Update>) => |row| existing_by_key(&row.0, &row.1);
}

#[cfg(feature = "client")]
rows! {
    crate::client::NewRow<T> => |row| Argument::new_row(T::TABLE, row.content_id());
}

#[diagnostic::do_not_recommend]
impl<K> RowParameter<K> for AnyValue<K> {}

#[diagnostic::do_not_recommend]
impl RowParameter<AnyRow> for super::Expando {}

#[diagnostic::do_not_recommend]
impl RowParameter<AnyRow> for super::ComplexValue {}
