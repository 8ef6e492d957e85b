//! Defines [`KeyRef`], a reference to a row by the values of an alternate key, which queries and writes take.

use core::fmt;
use core::marker::PhantomData;

use crate::column::Key;
use crate::filter::Operand;
use crate::kind::ColumnKind;
use crate::query::{RowQuery, encode_value};
use crate::row_ref::RowAddress;
use crate::table::EntitySet;

/// A reference to a row of table `T` by the values of an alternate key.
pub struct KeyRef<T> {
    /// The part of the URL in the parentheses, with columns and values: `accountnumber='A-1'`.
    key: String,
    /// The names of the columns of the key.
    columns: Vec<&'static str>,
    table: PhantomData<fn() -> T>,
}

impl<T: EntitySet> KeyRef<T> {
    /// Returns the URL of the row relative to the service's root, percent-encoded: `accounts(accountnumber='A-1')`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}({})", T::ENTITY_SET, self.key)
    }

    /// Returns a query for the row. The query selects all columns until `select` is called.
    pub fn query(&self) -> RowQuery<T> {
        RowQuery::new(self.path())
    }
}

impl<T: EntitySet> RowAddress<T> for KeyRef<T> {
    fn address(&self) -> String {
        self.path()
    }

    fn key_columns(&self) -> &[&'static str] {
        &self.columns
    }
}

impl<T> Clone for KeyRef<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), columns: self.columns.clone(), table: PhantomData }
    }
}

impl<T: EntitySet> fmt::Debug for KeyRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// The values for an alternate key: a tuple with one value for each column of the key, in the order of the
/// columns. `V` is the tuple of the columns' kinds.
#[diagnostic::on_unimplemented(
    message = "these values do not make the alternate key",
    label = "a tuple of one value for each column of the key is wanted",
    note = "a key of one column takes a tuple of one: `row((\"A-1\",))`"
)]
pub trait KeyValues<V> {
    #[doc(hidden)]
    fn write(self, columns: &[&'static str], out: &mut String);
}

/// Appends `column=value` to `out`, percent-encoded. A comma is written before it unless `first` is true.
fn part<K: ColumnKind>(first: bool, column: &str, value: impl Operand<K>, out: &mut String) {
    if !first {
        out.push(',');
    }
    out.push_str(column);
    out.push('=');
    let mut text = String::new();
    let literal = value.literal();
    literal.odata(&mut text);
    // The quotes around a text belong to the URL and are not encoded.
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
        impl<$($kind: ColumnKind, $value: Operand<$kind>),*> KeyValues<($($kind,)*)> for ($($value,)*) {
            fn write(self, columns: &[&'static str], out: &mut String) {
                $(part::<$kind>($at == 0, columns[$at], self.$at, out);)*
            }
        }
    };
}

// The service allows up to 16 columns in a key.
keys!(K0 V0 0);
keys!(K0 V0 0, K1 V1 1);
keys!(K0 V0 0, K1 V1 1, K2 V2 2);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5, K6 V6 6);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5, K6 V6 6, K7 V7 7);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5, K6 V6 6, K7 V7 7, K8 V8 8);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5, K6 V6 6, K7 V7 7, K8 V8 8, K9 V9 9);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5, K6 V6 6, K7 V7 7, K8 V8 8, K9 V9 9, K10 V10 10);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5, K6 V6 6, K7 V7 7, K8 V8 8, K9 V9 9, K10 V10 10, K11 V11 11);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5, K6 V6 6, K7 V7 7, K8 V8 8, K9 V9 9, K10 V10 10, K11 V11 11, K12 V12 12);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5, K6 V6 6, K7 V7 7, K8 V8 8, K9 V9 9, K10 V10 10, K11 V11 11, K12 V12 12, K13 V13 13);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5, K6 V6 6, K7 V7 7, K8 V8 8, K9 V9 9, K10 V10 10, K11 V11 11, K12 V12 12, K13 V13 13, K14 V14 14);
keys!(K0 V0 0, K1 V1 1, K2 V2 2, K3 V3 3, K4 V4 4, K5 V5 5, K6 V6 6, K7 V7 7, K8 V8 8, K9 V9 9, K10 V10 10, K11 V11 11, K12 V12 12, K13 V13 13, K14 V14 14, K15 V15 15);

impl<T: EntitySet, V> Key<T, V> {
    /// Returns a reference to the row with these values in the columns of the key.
    ///
    /// The service does not find rows by a text that contains one of `/ # < > * % & : \ ? +`
    /// (<https://learn.microsoft.com/power-apps/maker/data-platform/define-alternate-keys-portal>).
    #[must_use]
    pub fn row(self, values: impl KeyValues<V>) -> KeyRef<T> {
        let columns: Vec<&'static str> =
            self.columns().iter().map(|at| T::COLUMNS[usize::from(*at)]).collect();
        let mut key = String::new();
        values.write(&columns, &mut key);
        KeyRef { key, columns, table: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{FieldMut, FieldRef};
    use crate::{Record, kind};

    #[derive(Default)]
    struct Wide;

    impl Record for Wide {
        const TABLE: &'static str = "wide";
        const COLUMNS: &'static [&'static str] =
            &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"];

        fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
            Vec::new()
        }

        fn fields(&self) -> Vec<FieldRef<'_>> {
            Vec::new()
        }
    }

    impl EntitySet for Wide {
        const ENTITY_SET: &'static str = "wides";
        const KEY: u16 = 0;
    }

    #[test]
    fn a_key_may_have_sixteen_columns() {
        type Numbers = (
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Int,
            kind::Text,
        );
        let key: Key<Wide, Numbers> = crate::key(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        let row = key.row((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, "x"));
        assert_eq!(
            row.path(),
            "wides(a=0,b=1,c=2,d=3,e=4,f=5,g=6,h=7,i=8,j=9,k=10,l=11,m=12,n=13,o=14,p='x')"
        );
    }
}
