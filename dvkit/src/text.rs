//! Defines the types that `odata!` and `fetchxml!` return: query texts that were checked at compile time.

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        pub struct $name<T = ()> {
            text: Cow<'static, str>,
            rows: PhantomData<fn() -> T>,
        }

        impl<T> $name<T> {
            pub(crate) const fn checked(text: Cow<'static, str>) -> Self {
                Self { text, rows: PhantomData }
            }

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.text
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self::checked(self.text.clone())
            }
        }

        impl<T> PartialEq for $name<T> {
            fn eq(&self, other: &Self) -> bool {
                self.text == other.text
            }
        }

        impl<T> Eq for $name<T> {}

        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text)
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.text)
            }
        }

        impl<T> AsRef<str> for $name<T> {
            fn as_ref(&self) -> &str {
                &self.text
            }
        }

        impl<T> From<$name<T>> for String {
            fn from(text: $name<T>) -> Self {
                text.text.into_owned()
            }
        }
    )*};
}

texts! {
    /// A request that `odata!` has checked: a percent-encoded URL, relative to the service's root.
    ///
    /// `T` is the type of the rows if the macro call has one.
    ODataText
    /// A FetchXML query that `fetchxml!` has checked.
    ///
    /// `T` is the type of the rows if the macro call has one.
    FetchXml
}

impl<T> FetchXml<T> {
    /// Returns the relative URL of the request that runs the query, percent-encoded: `contacts?fetchXml=…`.
    /// `entity_set` is the entity set of the query's table.
    #[must_use]
    pub fn request(&self, entity_set: &str) -> String {
        let mut out = format!("{entity_set}?fetchXml=");
        crate::escape::url(&mut out, &self.text);
        out
    }
}
