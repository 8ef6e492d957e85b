//! Calls operations: the actions, functions and custom APIs of an organisation, with typed parameters and
//! results.
//!
//! `dvkit-codegen` generates a struct for each operation that the build script selects
//! (`.operations(["WhoAmI", "new_*"])`), in the module `operations` of the schema. Its constructor takes the
//! row that the operation is bound to, and the required parameters; a method sets each of the others. The
//! trait [`Operation`] has the methods that all operations share:
//!
//! ```
//! # use dvkit::operation::{Call, ComplexType};
//! # struct WhoAmI(Call);
//! # impl WhoAmI {
//! #     fn new() -> Self {
//! #         Self(Call::unbound())
//! #     }
//! # }
//! # dvkit::operation!(WhoAmI, Function "WhoAmI" () -> ComplexType);
//! use dvkit::prelude::*;
//!
//! assert_eq!(WhoAmI::new().url(), "WhoAmI()");
//! // let user: dvkit::Guid = WhoAmI::new().send(&client).await?.get("UserId")?;
//! ```
//!
//! The generated code contains only names and types. This module makes the URLs and bodies, and decodes the
//! results, for all operations together.

mod any_row;
mod argument;
#[cfg(feature = "client")]
mod background;
mod binding;
mod call;
mod complex;
mod decode;
mod expando;
mod marker;
mod member;
mod parameter;
mod row_parameter;
#[cfg(feature = "client")]
mod send;
#[cfg(test)]
mod tests;

pub use any_row::DynamicRow;
pub use argument::Argument;
#[cfg(feature = "client")]
pub use background::BackgroundCall;
pub use binding::BoundRow;
pub use call::{ArgumentError, Call};
pub use complex::{ComplexValue, EnumMember};
pub use decode::{ReturnType, ValueType};
pub use expando::{Expando, ExpandoValue};
pub use marker::{
    AnyRow, Collection, ComplexType, EdmBinary, EdmBoolean, EdmDate, EdmDateTimeOffset, EdmDecimal,
    EdmDouble, EdmDuration, EdmGuid, EdmInt32, EdmInt64, EdmString, EdmTimeOfDay, FetchXmlText, FilterText,
    Nothing, Nullable, TableRow,
};
pub use member::{MemberError, MemberValue};
pub use parameter::{AnyValue, FetchXmlParameter, FilterParameter, ListParameter, ParameterValue, Unchecked};
pub use row_parameter::RowParameter;

/// The two kinds of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// An action: it may change data. Requests use `POST`, and the parameters are in the body.
    Action,
    /// A function: it changes nothing. Requests use `GET`, and the parameters are in the URL.
    Function,
}

/// The declaration of an operation, as `$metadata` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The name, spelled as in requests, without the namespace: `WhoAmI`.
    pub name: &'static str,
    /// Whether the operation is an action or a function.
    pub kind: OperationKind,
    /// The parameters in order, without the row or collection that the operation is bound to.
    pub parameters: &'static [ParameterDeclaration],
}

/// The declaration of a parameter of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterDeclaration {
    /// The name, spelled as in requests.
    pub name: &'static str,
    /// The name of the type: an OData type (`Edm.Int32`), or a type of the service without its namespace
    /// (`account`, `EntityFilters`).
    pub ty: &'static str,
    /// Whether a request may omit the parameter. A parameter that may not be omitted, and that the program
    /// does not set, is sent as `null`.
    pub omittable: bool,
}

impl ParameterDeclaration {
    /// Returns the declaration of a parameter.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str, ty: &'static str, omittable: bool) -> Self {
        Self { name, ty, omittable }
    }
}

/// A generated operation with its parameters: an action, a function or a custom API.
///
/// With the feature `client`, [`send`](Self::send) calls the operation, and [`request`](Self::request)
/// returns the request, for a batch or for a program's own headers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an operation",
    note = "operations are the structs in the module `operations` that dvkit generates; select them in build.rs: `.operations([\"WhoAmI\", \"new_*\"])`"
)]
pub trait Operation {
    /// The type of the result.
    type Returns: ReturnType;
    /// The declaration of the operation.
    const DECLARATION: &'static Declaration;

    /// Returns the row that the operation is called on, and the values of the parameters.
    #[doc(hidden)]
    fn call(&self) -> &Call;

    /// Returns the URL of the request relative to the service's root, percent-encoded. For a function, it
    /// contains the parameters: `WhoAmI()`.
    #[must_use]
    fn url(&self) -> String {
        self.call().url(Self::DECLARATION)
    }

    /// Returns the body of the request, which is JSON; `None` for functions, and for actions without
    /// parameters.
    ///
    /// # Errors
    /// Returns an error if the value of a parameter cannot be written as JSON, for example because it
    /// contains an infinite number.
    fn body(&self) -> Result<Option<String>, ArgumentError> {
        self.call().body(Self::DECLARATION)
    }

    /// Returns the request. A request for rows asks for all annotations, such as formatted values.
    ///
    /// The client repeats the request of a function after a network failure, but not the request of an
    /// action, because the service may have executed the action. A mistake in a parameter is reported when
    /// the request is sent.
    #[cfg(feature = "client")]
    #[must_use]
    fn request(&self) -> dvkit_client::Request {
        send::request::<Self::Returns>(self.call(), Self::DECLARATION)
    }

    /// Calls the operation, and returns its result. If the result is a list that continues on further pages,
    /// they are requested too.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`](dvkit_client::Client::send)), or if the
    /// response is not of the declared type.
    #[cfg(feature = "client")]
    fn send(
        &self,
        client: &dvkit_client::Client,
    ) -> impl Future<Output = dvkit_client::Result<<Self::Returns as ReturnType>::Output>> + Send {
        send::send::<Self::Returns>(client.clone(), self.request())
    }

    /// Calls the action, to be run in the background. The service accepts it at once, and [`BackgroundCall::wait`]
    /// returns the result. Only custom APIs can run in the background.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`](dvkit_client::Client::send)), or if the service has
    /// run the action at once.
    #[cfg(feature = "client")]
    fn start_in_background(
        &self,
        client: &dvkit_client::Client,
    ) -> futures_util::future::BoxFuture<'static, dvkit_client::Result<BackgroundCall<Self>>>
    where
        Self: Action + Sized + 'static,
    {
        let (client, request) = (client.clone(), self.request());
        Box::pin(async move { client.start_in_background(request).await.map(BackgroundCall::new) })
    }

    /// Decodes the response to [`request`](Self::request), for example one of a batch.
    ///
    /// # Errors
    /// Returns an error if the response is not of the declared type, or if it is a list that continues on
    /// further pages.
    #[cfg(feature = "client")]
    fn read(
        response: &dvkit_client::Response,
    ) -> dvkit_client::Result<<Self::Returns as ReturnType>::Output> {
        send::read::<Self::Returns>(response)
    }
}

/// An [`Operation`] that is an action, which may change data. Only actions can run in the background and be changes
/// of a change set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an action",
    label = "only actions can run in the background",
    note = "a function changes nothing and returns its result at once: call it by `send`"
)]
pub trait Action: Operation {}

/// Implements [`Operation`](crate::operation::Operation), `Clone` and `Debug` for a generated operation.
#[doc(hidden)]
#[macro_export]
macro_rules! operation {
    ($type:ident, $kind:ident $name:literal ($($parameter:literal: $ty:literal $omittable:literal),*) -> $returns:ty) => {
        impl $crate::operation::Operation for $type {
            type Returns = $returns;
            const DECLARATION: &'static $crate::operation::Declaration = &$crate::operation::Declaration {
                name: $name,
                kind: $crate::operation::OperationKind::$kind,
                parameters: &[$($crate::operation::ParameterDeclaration::new($parameter, $ty, $omittable)),*],
            };
            #[inline]
            fn call(&self) -> &$crate::operation::Call {
                &self.0
            }
        }
        impl ::core::clone::Clone for $type {
            #[inline]
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }
        impl ::core::fmt::Debug for $type {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                self.0.debug(<Self as $crate::operation::Operation>::DECLARATION, f)
            }
        }
        $crate::operation!(@$kind $type);
    };
    (@Action $type:ident) => {
        impl $crate::operation::Action for $type {}
    };
    (@Function $type:ident) => {};
}
