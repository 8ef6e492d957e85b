//! Defines [`FieldValue`], the value of a field while a record is made.

use std::borrow::Cow;

use serde::ser::{SerializeMap as _, SerializeStruct as _};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The value of a field as the model has it. Texts are those of the row and of the mapping, and are copied only if they
/// have to be changed, because a page has thousands of rows. It serialises as the JSON of the field, and
/// [`FieldValue::write`] writes the same JSON in a fraction of the time.
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

    /// Appends the JSON of the value.
    pub(super) fn write(&self, json: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Self::Null => json.extend_from_slice(b"null"),
            Self::Text(text) => write_string(text, json)?,
            Self::Boolean(true) => json.extend_from_slice(b"true"),
            Self::Boolean(false) => json.extend_from_slice(b"false"),
            Self::Integer(number) => serde_json::to_writer(json, number)?,
            Self::Float(number) => serde_json::to_writer(json, number)?,
            Self::Choice(option) => option.write(json)?,
            Self::Choices(options) => write_list(options, json, ChoiceValue::write)?,
            Self::Reference(ReferenceValue { id, name, resource }) => {
                json.extend_from_slice(br#"{"id":"#);
                write_string(id, json)?;
                json.extend_from_slice(br#","name":"#);
                write_text(name.as_deref(), json)?;
                json.extend_from_slice(br#","resource":"#);
                write_text(*resource, json)?;
                json.push(b'}');
            }
            Self::Amount { amount, currency } => {
                json.extend_from_slice(br#"{"amount":"#);
                write_string(amount, json)?;
                json.extend_from_slice(br#","currency":"#);
                write_text(currency.as_deref(), json)?;
                json.push(b'}');
            }
            Self::Entries(entries) => write_list(entries, json, EntryValue::write)?,
            Self::Constant(value) => serde_json::to_writer(json, value)?,
            Self::Hook(value) => serde_json::to_writer(json, value)?,
        }
        Ok(())
    }
}

impl ChoiceValue<'_> {
    fn write(&self, json: &mut Vec<u8>) -> serde_json::Result<()> {
        json.extend_from_slice(br#"{"value":"#);
        serde_json::to_writer(&mut *json, &self.value)?;
        json.extend_from_slice(br#","label":"#);
        write_text(self.label.as_deref(), json)?;
        json.push(b'}');
        Ok(())
    }
}

impl EntryValue<'_> {
    fn write(&self, json: &mut Vec<u8>) -> serde_json::Result<()> {
        let texts = self.texts.iter().map(|(name, text)| (*name, text.as_deref()));
        let constants = self.constants.iter().map(|(name, text)| (name.as_str(), Some(text.as_str())));
        json.push(b'{');
        for (at, (name, text)) in texts.chain(constants).enumerate() {
            if at > 0 {
                json.push(b',');
            }
            write_string(name, json)?;
            json.push(b':');
            write_text(text, json)?;
        }
        json.push(b'}');
        Ok(())
    }
}

fn write_list<T>(
    items: &[T],
    json: &mut Vec<u8>,
    write: impl Fn(&T, &mut Vec<u8>) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    json.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            json.push(b',');
        }
        write(item, json)?;
    }
    json.push(b']');
    Ok(())
}

fn write_text(text: Option<&str>, json: &mut Vec<u8>) -> serde_json::Result<()> {
    match text {
        Some(text) => write_string(text, json),
        None => {
            json.extend_from_slice(b"null");
            Ok(())
        }
    }
}

/// Appends a text as a JSON string.
pub(super) fn write_string(text: &str, json: &mut Vec<u8>) -> serde_json::Result<()> {
    // All bytes are looked at, which takes less time than to stop at the first that has to be escaped.
    let escape = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    if text.bytes().fold(false, |any, byte| any | escape(byte)) {
        return serde_json::to_writer(json, text);
    }
    json.reserve(text.len() + 2);
    json.push(b'"');
    json.extend_from_slice(text.as_bytes());
    json.push(b'"');
    Ok(())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn text() -> impl Strategy<Value = Cow<'static, str>> {
        prop_oneof!["\\PC{0,20}", "[\"\\\\\u{0}-\u{1f}\u{7f}é a]{0,6}"].prop_map(Cow::Owned)
    }

    fn choice() -> impl Strategy<Value = ChoiceValue<'static>> {
        (any::<i64>(), prop::option::of(text())).prop_map(|(value, label)| ChoiceValue { value, label })
    }

    fn entry() -> impl Strategy<Value = EntryValue<'static>> {
        let constants: &[(String, String)] =
            Box::leak(Box::new([("ty\"pe".into(), "ho\nme".into()), ("b".into(), String::new())]));
        (prop::collection::vec(prop::option::of(text()), 0..4), 0..=2_usize).prop_map(|(texts, used)| {
            EntryValue {
                texts: ["street", "ci\\ty", "code", "a"].into_iter().zip(texts).collect(),
                constants: &constants[..used],
            }
        })
    }

    fn value() -> impl Strategy<Value = FieldValue<'static>> {
        let constant: &'static Value = Box::leak(Box::new(json!({ "a": [1, "x\"", null] })));
        prop_oneof![
            Just(()).prop_map(|()| FieldValue::Null),
            text().prop_map(FieldValue::Text),
            any::<bool>().prop_map(FieldValue::Boolean),
            any::<i64>().prop_map(FieldValue::Integer),
            any::<f64>().prop_map(FieldValue::Float),
            choice().prop_map(FieldValue::Choice),
            prop::collection::vec(choice(), 0..4).prop_map(FieldValue::Choices),
            (text(), prop::option::of(text()), prop::option::of(Just("contacts"))).prop_map(
                |(id, name, resource)| FieldValue::Reference(ReferenceValue { id, name, resource })
            ),
            (text(), prop::option::of(text()))
                .prop_map(|(amount, currency)| FieldValue::Amount { amount, currency }),
            prop::collection::vec(entry(), 0..4).prop_map(FieldValue::Entries),
            Just(()).prop_map(|()| FieldValue::Constant(constant)),
            text().prop_map(|text| FieldValue::Hook(json!({ "h": text }))),
        ]
    }

    proptest! {
        #[test]
        fn a_value_is_written_as_it_serialises(value in value()) {
            let mut json = b"before".to_vec();
            value.write(&mut json).unwrap();
            let serialised = format!("before{}", serde_json::to_string(&value).unwrap());
            prop_assert_eq!(String::from_utf8(json).unwrap(), serialised);
        }
    }

    #[test]
    fn every_character_is_written_as_it_serialises() {
        for character in (0..=0x100).filter_map(char::from_u32).chain(['\u{2028}', '\u{ffff}', '\u{10ffff}'])
        {
            for text in
                [character.to_string(), format!("a{character}"), format!("{character}{}", "b".repeat(40))]
            {
                let mut json = Vec::new();
                write_string(&text, &mut json).unwrap();
                assert_eq!(
                    String::from_utf8(json).unwrap(),
                    serde_json::to_string(&text).unwrap(),
                    "{text:?}"
                );
            }
        }
    }
}
