//! Defines the types that `odata!` and `fetchxml!` return: query texts that were checked at compile time.

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;

use crate::column::Marker;
use crate::row::Record;

/// A request that `odata!` has checked: a percent-encoded URL, relative to the service's root.
///
/// `T` is the type of the rows if the macro call has one; otherwise it is `()`. `S` says what the response contains:
/// [`ManyRows`], [`OneRow`], [`Groups`], [`NumberOfRows`] or [`OtherResult`]. If the call has a type of rows, and the
/// feature `client` is on, the request is sent by methods that fit the response: `rows`, `get` or `number`.
pub struct ODataText<T = (), S = ManyRows> {
    text: Cow<'static, str>,
    marker: Marker<(T, S)>,
}

/// A FetchXML query that `fetchxml!` has checked. It knows the entity set of its table.
///
/// `T` is the type of the rows if the macro call has one. Otherwise it is a type without values that the macro
/// declares, and that has the name of the query's table; [`untyped`](Self::untyped) replaces it by `()`, for
/// signatures of functions. With the feature `client`, `rows` and `pages` send the query.
pub struct FetchXml<T = ()> {
    text: Cow<'static, str>,
    entity_set: &'static str,
    marker: Marker<T>,
}

/// Marks a request whose response contains rows.
#[derive(Clone, Copy, Debug)]
pub enum ManyRows {}
/// Marks a request whose response is one row.
#[derive(Clone, Copy, Debug)]
pub enum OneRow {}
/// Marks a request whose response contains groups of rows (`$apply`).
#[derive(Clone, Copy, Debug)]
pub enum Groups {}
/// Marks a request whose response is a number of rows (`/$count`).
#[derive(Clone, Copy, Debug)]
pub enum NumberOfRows {}
/// Marks a request whose response is of another kind: references, or the value of a column.
#[derive(Clone, Copy, Debug)]
pub enum OtherResult {}

/// The table of a query.
#[diagnostic::on_unimplemented(
    message = "this query does not say what its rows are",
    label = "the type of the rows is `{Self}`",
    note = "name the type of the rows in the macro: `odata!(crm::Contact, \"…\")`"
)]
pub trait QueryTable: 'static {
    /// The logical name of the table.
    const TABLE: &'static str;
}

impl<T: Record> QueryTable for T {
    const TABLE: &'static str = <T as Record>::TABLE;
}

impl<T, S> ODataText<T, S> {
    pub(crate) const fn checked(text: Cow<'static, str>) -> Self {
        Self { text, marker: PhantomData }
    }

    fn copy(&self) -> Self {
        Self::checked(self.text.clone())
    }
}

impl<T> FetchXml<T> {
    pub(crate) const fn checked(text: Cow<'static, str>, entity_set: &'static str) -> Self {
        Self { text, entity_set, marker: PhantomData }
    }

    fn copy(&self) -> Self {
        Self::checked(self.text.clone(), self.entity_set)
    }

    /// Returns the query without the type of its rows.
    #[must_use]
    pub fn untyped(self) -> FetchXml {
        FetchXml::checked(self.text, self.entity_set)
    }

    /// Returns the name of the entity set of the query's table: `contacts`.
    #[must_use]
    pub const fn entity_set(&self) -> &'static str {
        self.entity_set
    }

    /// Returns the relative URL of the request that runs the query, percent-encoded: `contacts?fetchXml=…`.
    #[must_use]
    pub fn url(&self) -> String {
        let mut out = format!("{}?fetchXml=", self.entity_set);
        crate::escape::url(&mut out, &self.text);
        out
    }
}

macro_rules! texts {
    ($($name:ident<$($parameter:ident),*>)*) => {$(
        impl<$($parameter),*> $name<$($parameter),*> {
            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.text
            }
        }

        impl<$($parameter),*> Clone for $name<$($parameter),*> {
            fn clone(&self) -> Self {
                self.copy()
            }
        }

        impl<$($parameter),*> PartialEq for $name<$($parameter),*> {
            fn eq(&self, other: &Self) -> bool {
                self.text == other.text
            }
        }

        impl<$($parameter),*> Eq for $name<$($parameter),*> {}

        impl<$($parameter),*> fmt::Display for $name<$($parameter),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text)
            }
        }

        impl<$($parameter),*> fmt::Debug for $name<$($parameter),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.text)
            }
        }

        impl<$($parameter),*> AsRef<str> for $name<$($parameter),*> {
            fn as_ref(&self) -> &str {
                &self.text
            }
        }

        impl<$($parameter),*> From<$name<$($parameter),*>> for String {
            fn from(text: $name<$($parameter),*>) -> Self {
                text.text.into_owned()
            }
        }
    )*};
}

texts! {
    ODataText<T, S>
    FetchXml<T>
}
