//! Rows by name: by id, and by the values of an alternate key.

use core::fmt;
use core::marker::PhantomData;

use crate::filter::Operand;
use crate::query::{RowQuery, encode_value};
use crate::{EntitySet, Key, Kind, Ref};

/// The address of one row of table `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a row of `{T}`",
    note = "`Contact::id(guid)` does, and an alternate key with its values: `Account::NEW_ACCOUNTNUMBERKEY.row((\"A-1\",))`"
)]
pub trait Address<T> {
    /// The address below the service's root, percent-encoded: `contacts(78914942-34cb-ed11-b596-0022481d68cd)`.
    fn address(&self) -> String;
}

impl<T: EntitySet> Address<T> for Ref<T> {
    fn address(&self) -> String {
        self.path()
    }
}

impl<T: EntitySet> Ref<T> {
    /// A query of this row.
    pub fn query(self) -> RowQuery<T> {
        RowQuery::new(self.path())
    }
}

/// A row of table `T`, by an alternate key.
pub struct KeyRef<T> {
    /// `accountnumber='A-1'`
    key: String,
    table: PhantomData<fn() -> T>,
}

impl<T: EntitySet> KeyRef<T> {
    /// Its address below the service's root, percent-encoded: `accounts(accountnumber='A-1')`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}({})", T::ENTITY_SET, self.key)
    }

    /// A query of this row.
    pub fn query(&self) -> RowQuery<T> {
        RowQuery::new(self.path())
    }
}

impl<T: EntitySet> Address<T> for KeyRef<T> {
    fn address(&self) -> String {
        self.path()
    }
}

impl<T> Clone for KeyRef<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), table: PhantomData }
    }
}

impl<T: EntitySet> fmt::Debug for KeyRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// Values of the columns of an alternate key, as a tuple in the key's order.
#[diagnostic::on_unimplemented(
    message = "these values do not make the alternate key",
    label = "a tuple of one value for each column of the key is wanted",
    note = "a key of one column takes a tuple of one: `row((\"A-1\",))`"
)]
pub trait KeyValues<V> {
    #[doc(hidden)]
    fn write(self, columns: &[&'static str], out: &mut String);
}

fn part<K: Kind>(first: bool, column: &str, value: impl Operand<K>, out: &mut String) {
    if !first {
        out.push(',');
    }
    out.push_str(column);
    out.push('=');
    let mut text = String::new();
    let literal = value.literal();
    literal.odata(&mut text);
    // The quotes of a text are structure, and everything between them is its value.
    match text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        Some(inner) => {
            out.push('\'');
            encode_value(inner, out);
            out.push('\'');
        }
        None => encode_value(&text, out),
    }
}

macro_rules! keys {
    ($($kind:ident $value:ident $at:tt),*) => {
        impl<$($kind: Kind, $value: Operand<$kind>),*> KeyValues<($($kind,)*)> for ($($value,)*) {
            fn write(self, columns: &[&'static str], out: &mut String) {
                $(part::<$kind>($at == 0, columns[$at], self.$at, out);)*
            }
        }
    };
}

keys!(K0 V0 0);
keys!(K0 V0 0, K1 V1 1);
keys!(K0 V0 0, K1 V1 1, K2 V2 2);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5);

impl<T: EntitySet, V> Key<T, V> {
    /// The row whose key has these values.
    #[must_use]
    pub fn row(self, values: impl KeyValues<V>) -> KeyRef<T> {
        let columns: Vec<&'static str> =
            self.columns().iter().map(|at| T::COLUMNS[usize::from(*at)]).collect();
        let mut key = String::new();
        values.write(&columns, &mut key);
        KeyRef { key, table: PhantomData }
    }
}
