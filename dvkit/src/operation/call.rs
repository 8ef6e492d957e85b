//! Defines [`Call`], the values that a request for an operation contains, and makes the URL and the body.

use core::fmt;

use super::argument::{Argument, NAMESPACE, json_text};
use super::binding::BoundRow;
use super::parameter::ParameterValue;
use super::{Declaration, OperationKind};
use crate::escape;
use crate::query::Query;
use crate::table::EntitySet;

/// The call of an operation: the row or the entity set that the operation is called on, and the values of
/// the parameters. Generated operations contain it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// The URL of the row or of the entity set; empty for an unbound operation.
    path: String,
    /// The values by the index of the parameter; `None` for a parameter that was not set.
    arguments: Vec<Option<Argument>>,
    /// Query options, percent-encoded, such as `$select=name`; empty if there are none.
    options: String,
    /// The content id of the row, if the same change set creates the row.
    #[cfg(feature = "client")]
    content_id: Option<dvkit_client::ContentId>,
}

/// The error for a parameter whose value cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentError {
    operation: &'static str,
    parameter: &'static str,
    reason: String,
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, parameter, reason } = self;
        write!(f, "the parameter `{parameter}` of `{operation}` cannot be sent: {reason}")
    }
}

impl std::error::Error for ArgumentError {}

impl Call {
    /// Returns a call of an unbound operation.
    #[must_use]
    pub fn unbound() -> Self {
        Self::default()
    }

    /// Returns a call of an operation on `row`.
    #[must_use]
    pub fn on_row<K>(row: impl BoundRow<K>) -> Self {
        Self {
            path: row.address(),
            #[cfg(feature = "client")]
            content_id: row.content_id(),
            ..Self::default()
        }
    }

    /// Returns a call of an operation on the collection of all rows of the table `T`.
    #[must_use]
    pub fn on_table<T: EntitySet>() -> Self {
        Self { path: T::ENTITY_SET.to_owned(), ..Self::default() }
    }

    /// Sets the parameter with the index `at` to `value`.
    #[must_use]
    pub fn with<K>(self, at: usize, value: impl ParameterValue<K>) -> Self {
        self.with_argument(at, value.argument())
    }

    fn with_argument(mut self, at: usize, value: Argument) -> Self {
        if self.arguments.len() <= at {
            self.arguments.resize(at + 1, None);
        }
        self.arguments[at] = Some(value);
        self
    }

    /// Sets the query options to those of `query`, such as the selected columns. The service applies them to
    /// the rows of the result.
    #[must_use]
    pub fn query<T: EntitySet, X>(mut self, query: &Query<T, X>) -> Self {
        let url = query.url();
        self.options = url.split_once('?').map_or_else(String::new, |(_, options)| options.to_owned());
        self
    }

    /// Returns the content ids of the rows of a change set that the call names.
    #[cfg(feature = "client")]
    pub(super) fn content_ids(&self) -> Vec<dvkit_client::ContentId> {
        let mut ids = Vec::from_iter(self.content_id);
        self.arguments.iter().flatten().for_each(|argument| argument.content_ids(&mut ids));
        ids
    }

    /// Returns the value of each declared parameter that the request contains.
    fn values<'c>(
        &'c self,
        of: &'c Declaration,
    ) -> impl Iterator<Item = (&'c super::ParameterDeclaration, Option<&'c Argument>)> {
        of.parameters.iter().enumerate().filter_map(|(at, parameter)| {
            match self.arguments.get(at).and_then(Option::as_ref) {
                None if parameter.omittable => None,
                value => Some((parameter, value)),
            }
        })
    }

    /// Returns the URL of the request.
    ///
    /// "Use Web API functions" and "Use Web API actions": the name of a bound operation has the namespace
    /// before it, and the values of a function are given by parameter aliases, here of the parameter's name.
    pub(super) fn url(&self, of: &Declaration) -> String {
        let mut url = self.path.clone();
        if !url.is_empty() {
            url.push('/');
            url.push_str(NAMESPACE);
            url.push('.');
        }
        escape::url(&mut url, of.name);
        if of.kind == OperationKind::Action {
            return url;
        }
        url.push('(');
        let mut aliases = String::new();
        for (at, (parameter, value)) in self.values(of).enumerate() {
            if at > 0 {
                url.push(',');
                aliases.push('&');
            }
            let mut name = String::new();
            escape::url(&mut name, parameter.name);
            url.push_str(&format!("{name}=@{name}"));
            aliases.push_str(&format!("@{name}="));
            let mut text = String::new();
            // A value that cannot be written is reported by `check`.
            match value.map(|value| value.url(parameter.ty, &mut text)) {
                None | Some(Err(_)) => text.push_str("null"),
                Some(Ok(())) => {}
            }
            escape::url(&mut aliases, &text);
        }
        url.push(')');
        let mut separator = '?';
        for options in [&self.options, &aliases].into_iter().filter(|options| !options.is_empty()) {
            url.push(separator);
            url.push_str(options);
            separator = '&';
        }
        url
    }

    /// Returns an error if the value of a parameter cannot be written.
    pub(super) fn check(&self, of: &Declaration) -> Result<(), ArgumentError> {
        let mut text = String::new();
        for (parameter, value) in self.values(of) {
            let Some(value) = value else { continue };
            let written = match of.kind {
                OperationKind::Action => value.json(of.kind, &mut text),
                OperationKind::Function => value.url(parameter.ty, &mut text),
            };
            written.map_err(|reason| ArgumentError {
                operation: of.name,
                parameter: parameter.name,
                reason,
            })?;
        }
        Ok(())
    }

    /// Returns the body of the request; `None` for a function, and for an action without parameters.
    pub(super) fn body(&self, of: &Declaration) -> Result<Option<String>, ArgumentError> {
        self.check(of)?;
        if of.kind == OperationKind::Function || of.parameters.is_empty() {
            return Ok(None);
        }
        let mut body = String::from("{");
        for (at, (parameter, value)) in self.values(of).enumerate() {
            if at > 0 {
                body.push(',');
            }
            json_text(parameter.name, &mut body);
            body.push(':');
            match value.map(|value| value.json(of.kind, &mut body)) {
                None | Some(Err(_)) => body.push_str("null"),
                Some(Ok(())) => {}
            }
        }
        body.push('}');
        Ok(Some(body))
    }

    /// Writes the name of the operation and the names of the parameters that are set. Values may be secret.
    #[doc(hidden)]
    pub fn debug(&self, of: &Declaration, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.values(of).filter(|(_, value)| value.is_some()).map(|(p, _)| p.name);
        f.debug_struct(of.name).field("on", &self.path).field("parameters", &set.collect::<Vec<_>>()).finish()
    }
}
