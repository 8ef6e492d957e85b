//! Operations: the actions and functions of the Web API, as `$metadata` declares them.

use serde::{Deserialize, Serialize};

/// An action or a function.
///
/// A name may stand for several: one for each type that it is bound to, and for functions one for each set of parameters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Operation {
    /// Its name, as requests spell it (case-sensitive), without the namespace: `WhoAmI`.
    pub name: String,
    /// Whether calling it may change something.
    pub kind: OperationKind,
    /// Called on a row, or on rows: the first parameter is what stands before it in the path.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bound: bool,
    /// What it gives can be queried further, as if it were an entity set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub composable: bool,
    /// Not called by a request: it stands in `$filter` (`Microsoft.Dynamics.CRM.In`). In `$metadata` an unbound function
    /// without an import.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub filter_only: bool,
    /// Its parameters, in their order; the first one of a bound operation is what it is bound to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// What it gives; many actions give nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<ValueType>,
}

/// The two kinds of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// May change something; sent with `POST`.
    Action,
    /// Changes nothing; sent with `GET`.
    Function,
}

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name, as requests spell it.
    pub name: String,
    /// Its type.
    #[serde(flatten)]
    pub value: ValueType,
    /// Marked with `Org.OData.Core.V1.OptionalParameter`: a request may leave it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// The type of a parameter, or of what an operation gives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ValueType {
    /// `Edm.Int32`; without a namespace the types of the service: a table by its logical name (`account`,
    /// `crmbaseentity` for every table), and types that only `$metadata` describes (`WhoAmIResponse`).
    #[serde(rename = "type")]
    pub name: String,
    /// Any number of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub collection: bool,
    /// May be null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nullable: bool,
}

impl Operation {
    /// What it is bound to: one row, or a collection of rows.
    #[must_use]
    pub fn binding(&self) -> Option<&ValueType> {
        self.parameters.first().filter(|_| self.bound).map(|p| &p.value)
    }

    /// The parameters that a request gives: all but the one that it is bound to.
    pub fn arguments(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().skip(usize::from(self.bound))
    }

    /// Operations with the same one are told apart by their parameters alone.
    pub(crate) fn group(&self) -> Group<'_> {
        (self.name.as_str(), self.binding().map(|b| (b.name.as_str(), b.collection)))
    }
}

/// Name, and type and number of what it is bound to.
pub(crate) type Group<'o> = (&'o str, Option<(&'o str, bool)>);

impl Parameter {
    /// May a request leave it out? Of an action what may be null may.
    #[must_use]
    pub fn may_be_omitted(&self, of: OperationKind) -> bool {
        self.optional || of == OperationKind::Action && self.value.nullable
    }
}

impl std::fmt::Display for ValueType {
    /// `account`, `Collection(Edm.String)`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.collection { write!(f, "Collection({})", self.name) } else { f.write_str(&self.name) }
    }
}
