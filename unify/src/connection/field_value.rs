//! Defines [`FieldValue`], the value of a field while a record is made.

use std::borrow::Cow;

use serde::ser::{SerializeMap as _, SerializeStruct as _};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The value of a field as the model has it. Texts are those of the row and of the mapping, and are copied only if they
/// have to be changed, because a page has thousands of rows. It serialises as the JSON of the field.
#[derive(Debug, PartialEq)]
pub(super) enum FieldValue<'r> {
    Null,
    Text(Cow<'r, str>),
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Choice(ChoiceValue<'r>),
    Choices(Vec<ChoiceValue<'r>>),
    Reference(ReferenceValue<'r>),
    /// An amount of money with the code of its currency.
    Amount {
        amount: Cow<'r, str>,
        currency: Option<Cow<'r, str>>,
    },
    /// A list of several columns.
    Entries(Vec<EntryValue<'r>>),
    /// A value of the mapping.
    Constant(&'r Value),
    /// What a function of the program returned.
    Hook(Value),
}

/// An option of a choice.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct ChoiceValue<'r> {
    pub(super) value: i64,
    pub(super) label: Option<Cow<'r, str>>,
}

/// A reference to a record.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct ReferenceValue<'r> {
    pub(super) id: Cow<'r, str>,
    pub(super) name: Option<Cow<'r, str>>,
    pub(super) resource: Option<&'r str>,
}

/// An object of a list, such as an address: names with texts, and names with constants.
#[derive(Debug, PartialEq)]
pub(super) struct EntryValue<'r> {
    pub(super) texts: Vec<(&'r str, Option<Cow<'r, str>>)>,
    pub(super) constants: &'r [(String, String)],
}

impl<'r> FieldValue<'r> {
    /// Returns a text, or null.
    pub(super) fn text(text: Option<Cow<'r, str>>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl Serialize for FieldValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Choice(option) => option.serialize(serializer),
            Self::Choices(options) => options.serialize(serializer),
            Self::Reference(reference) => reference.serialize(serializer),
            Self::Amount { amount, currency } => {
                let mut object = serializer.serialize_struct("Amount", 2)?;
                object.serialize_field("amount", amount)?;
                object.serialize_field("currency", currency)?;
                object.end()
            }
            Self::Entries(entries) => entries.serialize(serializer),
            Self::Constant(value) => value.serialize(serializer),
            Self::Hook(value) => value.serialize(serializer),
        }
    }
}

impl Serialize for EntryValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.texts.len() + self.constants.len()))?;
        for (name, text) in &self.texts {
            object.serialize_entry(name, text)?;
        }
        for (name, constant) in self.constants {
            object.serialize_entry(name, constant)?;
        }
        object.end()
    }
}
