//! Defines operations: the actions and functions of the Web API, as `$metadata` declares them. Analyses of
//! requests that call an operation look up its parameters and its result here.

use serde::{Deserialize, Serialize};

/// An action or a function.
///
/// Several operations can have one name: bound operations differ in the type that they are bound to, and
/// functions may also differ in their parameters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Operation {
    /// The name, spelled as in requests (case-sensitive), without the namespace: `WhoAmI`.
    pub name: String,
    /// Whether the operation is an action, which may change data, or a function.
    pub kind: OperationKind,
    /// Whether the operation is bound, that is, called on a row or on a collection of rows. The row or
    /// collection is the first parameter, and precedes the operation's name in the URL's path.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bound: bool,
    /// Whether query options can be applied to the result, as to the rows of an entity set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub composable: bool,
    /// Whether the operation is a function that only `$filter` can call, such as `Microsoft.Dynamics.CRM.In`.
    /// `$metadata` declares it as an unbound function without a function import.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub filter_only: bool,
    /// The parameters in order. The first parameter of a bound operation is the row or collection that it is
    /// bound to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// The type of the result; `None` if there is no result, as for many actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<ValueType>,
}

/// The two kinds of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// An action: it may change data, and requests use `POST`.
    Action,
    /// A function: it changes nothing, and requests use `GET`.
    Function,
}

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Parameter {
    /// The name, spelled as in requests.
    pub name: String,
    /// The type of the value.
    #[serde(flatten)]
    pub value: ValueType,
    /// Whether a request may omit the parameter: it has the annotation `Org.OData.Core.V1.OptionalParameter`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// The type of a parameter or of a result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ValueType {
    /// The name of the type: an OData type (`Edm.Int32`), or a type of the service without its namespace. The
    /// latter is a table's logical name (`account`; `crmbaseentity` stands for any table), or a type that
    /// only `$metadata` describes (`WhoAmIResponse`).
    #[serde(rename = "type")]
    pub name: String,
    /// Whether the value is a collection of values of the type `name`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub collection: bool,
    /// Whether the value may be null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nullable: bool,
}

impl Operation {
    /// Returns the type that the operation is bound to (one row, or a collection of rows); `None` if the
    /// operation is unbound.
    #[must_use]
    pub fn binding(&self) -> Option<&ValueType> {
        self.parameters.first().filter(|_| self.bound).map(|p| &p.value)
    }

    /// Returns the parameters whose values a request gives, in order: all parameters except the row or
    /// collection that the operation is bound to.
    pub fn arguments(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().skip(usize::from(self.bound))
    }

    /// Returns the name and the binding of the operation. Operations for which this is equal are overloads:
    /// they differ only in their parameters.
    #[cfg(any(feature = "import", feature = "diff"))]
    pub(crate) fn group(&self) -> Group<'_> {
        (self.name.as_str(), self.binding().map(|b| (b.name.as_str(), b.collection)))
    }
}

/// The name of an operation, and the type that the operation is bound to; `None` if it is unbound. The `bool`
/// is `true` if the operation is bound to a collection of this type.
#[cfg(any(feature = "import", feature = "diff"))]
pub(crate) type Group<'o> = (&'o str, Option<(&'o str, bool)>);

impl Parameter {
    /// Returns whether a request may omit the parameter, which belongs to an operation of the kind `of`. In
    /// actions, parameters that can be null may be omitted too.
    #[must_use]
    pub fn may_be_omitted(&self, of: OperationKind) -> bool {
        self.optional || of == OperationKind::Action && self.value.nullable
    }
}

impl std::fmt::Display for ValueType {
    /// Writes the type as OData does: `account` or `Collection(Edm.String)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.collection { write!(f, "Collection({})", self.name) } else { f.write_str(&self.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str, collection: bool, nullable: bool) -> ValueType {
        ValueType { name: name.into(), collection, nullable }
    }

    #[test]
    fn the_first_parameter_of_a_bound_operation_is_its_binding() {
        let parameter =
            |name: &str| Parameter { name: name.into(), value: value(name, false, false), optional: false };
        let operation = |bound, parameters: &[&str]| Operation {
            name: "o".into(),
            kind: OperationKind::Action,
            bound,
            composable: false,
            filter_only: false,
            parameters: parameters.iter().map(|name| parameter(name)).collect(),
            returns: None,
        };
        for (bound, parameters, binding, arguments) in [
            (false, &["a", "b"][..], None, &["a", "b"][..]),
            (true, &["a", "b"], Some("a"), &["b"]),
            (true, &[], None, &[]),
        ] {
            let operation = operation(bound, parameters);
            assert_eq!(operation.binding().map(|b| b.name.as_str()), binding, "{operation:?}");
            let names: Vec<_> = operation.arguments().map(|p| p.name.as_str()).collect();
            assert_eq!(names, arguments, "{operation:?}");
            let group = operation.group();
            assert_eq!(group, ("o", binding.map(|name| (name, false))), "{operation:?}");
        }
    }

    #[test]
    fn actions_may_omit_what_can_be_null_and_all_may_omit_what_is_optional() {
        use OperationKind::{Action, Function};
        for (optional, nullable, of, expected) in [
            (false, false, Action, false),
            (false, true, Action, true),
            (true, false, Action, true),
            (false, false, Function, false),
            (false, true, Function, false),
            (true, false, Function, true),
        ] {
            let parameter = Parameter { name: "p".into(), value: value("x", false, nullable), optional };
            assert_eq!(parameter.may_be_omitted(of), expected, "{parameter:?} {of:?}");
        }
        assert_eq!(value("account", false, true).to_string(), "account");
        assert_eq!(value("Edm.String", true, false).to_string(), "Collection(Edm.String)");
    }
}
