//! Defines [`Expando`], a value of an open type: names with values of any type.

use core::fmt::Write as _;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::argument::{Argument, NAMESPACE, json_text};
use super::{OperationKind, parameter::ParameterValue};
use crate::Guid;
use crate::filter::Literal;

/// A value of an open type (`expando`): a dictionary that a custom API takes where its parameter has no
/// table.
///
/// The service takes a JSON text for a text, and a JSON number for a 32-bit whole number, unless an
/// annotation names another type. This type writes the annotation for every value ("Use open types with
/// custom APIs").
///
/// ```
/// use dvkit::operation::Expando;
///
/// let address = Expando::new().with("city", "Redmond");
/// let school = Expando::new().with("name", "[STEM] Academy").with("pupils", 640).with("address", address);
/// assert!(school.to_json().contains(r#""name@odata.type":"String","name":"[STEM] Academy""#));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expando {
    members: Vec<(String, Option<String>, Argument)>,
}

/// A value that a member of an [`Expando`] can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of a member of an open type",
    note = "texts, numbers, `bool`, `Guid`, `Timestamp`, `Expando`, and a `Vec` of these are"
)]
pub trait ExpandoValue {
    /// The name of the type in the annotation `@odata.type`; `None` if the value contains its own.
    const TYPE: Option<&'static str>;

    /// Returns the value.
    #[doc(hidden)]
    fn argument(self) -> Argument;
}

macro_rules! values {
    ($($value:ty, $ty:literal => |$name:ident| $literal:expr;)*) => {$(
        impl ExpandoValue for $value {
            const TYPE: Option<&'static str> = Some($ty);

            fn argument(self) -> Argument {
                let $name = self;
                Argument::Literal($literal)
            }
        }
    )*};
}

values! {
    &str, "String" => |v| Literal::Text(v.to_owned());
    String, "String" => |v| Literal::Text(v);
    bool, "Boolean" => |v| Literal::Bool(v);
    i32, "Int32" => |v| Literal::Whole(v.into());
    i64, "Int64" => |v| Literal::Whole(v);
    f64, "Double" => |v| Literal::Float(v);
    Decimal, "Decimal" => |v| Literal::Decimal(v);
    Guid, "Guid" => |v| Literal::Id(v);
    Timestamp, "DateTimeOffset" => |v| Literal::DateTime(v);
}

impl ExpandoValue for Expando {
    const TYPE: Option<&'static str> = None;

    fn argument(self) -> Argument {
        self.into_argument()
    }
}

impl<V: ExpandoValue> ExpandoValue for Vec<V> {
    const TYPE: Option<&'static str> = V::TYPE;

    fn argument(self) -> Argument {
        Argument::Array(self.into_iter().map(V::argument).collect())
    }
}

impl Expando {
    /// Returns a value without members.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member, and returns the result. A member that was added before gets the new value.
    #[must_use]
    pub fn with<V: ExpandoValue>(mut self, name: impl Into<String>, value: V) -> Self {
        let (name, argument) = (name.into(), value.argument());
        let ty = match (&argument, V::TYPE) {
            (Argument::Array(_), Some(ty)) => Some(format!("Collection({ty})")),
            (Argument::Array(_), None) => Some(format!("Collection({NAMESPACE}.expando)")),
            (_, ty) => ty.map(str::to_owned),
        };
        self.members.retain(|(known, ..)| *known != name);
        self.members.push((name, ty, argument));
        self
    }

    /// Returns the value as JSON text. A number that is not finite is written as `null`; the request of an
    /// operation reports it as an error.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        if self.json(&mut out).is_err() {
            out.clear();
            out.push_str("null");
        }
        out
    }

    fn json(&self, out: &mut String) -> Result<(), String> {
        let _ = write!(out, r#"{{"@odata.type":"{NAMESPACE}.expando""#);
        for (name, ty, value) in &self.members {
            out.push(',');
            if let Some(ty) = ty {
                json_text(&format!("{name}@odata.type"), out);
                let _ = write!(out, ":\"{ty}\",");
            }
            json_text(name, out);
            out.push(':');
            value.json(OperationKind::Action, out).map_err(|reason| format!("`{name}`: {reason}"))?;
        }
        out.push('}');
        Ok(())
    }

    fn into_argument(self) -> Argument {
        let mut out = String::new();
        match self.json(&mut out) {
            Ok(()) => Argument::Json(out),
            Err(reason) => Argument::Invalid(reason),
        }
    }
}

#[diagnostic::do_not_recommend]
impl ParameterValue<super::AnyRow> for Expando {
    fn argument(self) -> Argument {
        self.into_argument()
    }
}

#[diagnostic::do_not_recommend]
impl ParameterValue<super::ComplexType> for Expando {
    fn argument(self) -> Argument {
        self.into_argument()
    }
}
