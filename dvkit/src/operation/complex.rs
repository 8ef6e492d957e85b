//! Defines [`ComplexValue`], a value of a type whose members the snapshot does not know.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::value::RawValue;

use super::member::{MemberError, MemberValue};

/// A value of a complex type, such as `WhoAmIResponse`: the members by their names.
///
/// The snapshot does not know the members of complex types. [`get`](Self::get) therefore converts a member
/// to the type that the program asks for, and returns an error if the member has another one. Numbers keep
/// all digits.
///
/// ```
/// use dvkit::operation::ComplexValue;
///
/// let response: ComplexValue = serde_json::from_str(r#"{"Version": "9.2.24", "Parts": [9, 2]}"#)?;
/// assert_eq!(response.get::<String>("Version")?, "9.2.24");
/// assert_eq!(response.get::<Vec<i32>>("Parts")?, [9, 2]);
/// assert_eq!(response.get::<Option<i32>>("Build")?, None);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ComplexValue {
    members: BTreeMap<String, Box<RawValue>>,
}

impl ComplexValue {
    /// Returns a value without members, for a parameter.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the value that serde makes of `value`, which has to become a JSON object.
    ///
    /// ```
    /// # use dvkit::operation::ComplexValue;
    /// let paging = ComplexValue::of(&serde_json::json!({"PageNumber": 1, "Count": 50}))?;
    /// assert_eq!(paging.get::<i32>("Count")?, 50);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if serde cannot serialise `value`, or if the result is not an object.
    pub fn of(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&serde_json::to_string(value)?)
    }

    /// Sets a member to a value, and returns the result.
    ///
    /// # Errors
    /// Returns an error if serde cannot serialise `value`.
    pub fn with(
        mut self,
        name: impl Into<String>,
        value: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        self.members.insert(name.into(), serde_json::value::to_raw_value(value)?);
        Ok(self)
    }

    /// Returns the value of a member. The type is that of the member: [`Guid`](crate::Guid), `String`,
    /// `i32`, [`Decimal`](crate::Decimal), a `Vec`, [`Row<Account>`](crate::Row), another `ComplexValue` and
    /// others ([`MemberValue`]). `Option` stands for a member that may be missing or null.
    ///
    /// # Errors
    /// Returns an error if the member is missing, or if its value has another type.
    pub fn get<V: MemberValue>(&self, name: &str) -> Result<V, MemberError> {
        let raw = self.members.get(name).map(|raw| raw.get());
        V::from_json(raw.unwrap_or("null")).map_err(|reason| match raw {
            Some(_) => MemberError::new(format!("the member `{name}`: {reason}")),
            None => {
                let known: Vec<String> = self.names().take(12).map(|n| format!("`{n}`")).collect();
                let known = if known.is_empty() { "no members".to_owned() } else { known.join(", ") };
                MemberError::new(format!("the value has no member `{name}`, only {known}"))
            }
        })
    }

    /// Returns the JSON text of a member; `None` if there is no such member.
    #[must_use]
    pub fn json(&self, name: &str) -> Option<&str> {
        self.members.get(name).map(|raw| raw.get())
    }

    /// Returns the names of the members, sorted, without those of annotations (`@odata.context`).
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str).filter(|name| !name.contains('@'))
    }

    /// Returns the name of the type that the annotation `@odata.type` gives, without its namespace; `None` if
    /// there is no such annotation.
    #[must_use]
    pub fn type_name(&self) -> Option<String> {
        let name = String::from_json(self.json("@odata.type")?).ok()?;
        Some(name.rsplit_once('.').map_or(name.as_str(), |(_, last)| last).trim_start_matches('#').to_owned())
    }

    /// Returns the value without the members whose names begin with `prefix`.
    #[cfg(feature = "client")]
    pub(super) fn without(mut self, prefix: &str) -> Self {
        self.members.retain(|name, _| !name.starts_with(prefix));
        self
    }

    /// Returns the whole value as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl PartialEq for ComplexValue {
    fn eq(&self, other: &Self) -> bool {
        let texts =
            |value: &Self| value.members.iter().map(|(n, v)| (n.clone(), v.get().to_owned())).collect();
        let (one, other): (Vec<_>, Vec<_>) = (texts(self), texts(other));
        one == other
    }
}

impl Serialize for ComplexValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.members.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ComplexValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(raw.get()).map_err(D::Error::custom)
    }
}

impl MemberValue for ComplexValue {
    fn from_json(text: &str) -> Result<Self, String> {
        let members = serde_json::from_str(text)
            .map_err(|_| format!("expected an object, found {}", super::member::shown(text)))?;
        Ok(Self { members })
    }
}

/// A member of an enumeration type, by its name: `EnumMember("Entity")` for a parameter of the type
/// `EntityFilters`. Several flags are separated by commas: `EnumMember("Entity, Attributes")`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnumMember<'n>(pub &'n str);
