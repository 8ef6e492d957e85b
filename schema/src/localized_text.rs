//! Defines [`LocalizedText`], a text in several languages. Labels, display names and descriptions in the
//! schema have this type.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

/// The language code (LCID) of English (United States). Microsoft's own tables have labels in this language
/// in every organisation.
pub(crate) const ENGLISH: u32 = 1033;

/// A text in several languages, by language code (LCID: 1033 English, 1031 German, …).
///
/// In the Web API's metadata it is the member `LocalizedLabels` of a `Label`. A value without any language is
/// common and valid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct LocalizedText(pub BTreeMap<u32, String>);

impl LocalizedText {
    /// Returns `text` in the one language `language` (an LCID).
    #[must_use]
    pub fn new(language: u32, text: impl Into<String>) -> Self {
        Self(BTreeMap::from([(language, text.into())]))
    }

    /// Returns whether no language has a text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the text in `language` (an LCID); `None` if there is none.
    #[must_use]
    pub fn get(&self, language: u32) -> Option<&str> {
        self.0.get(&language).map(String::as_str)
    }

    /// Returns the text in `language` (an LCID), or else in English (1033), or else in the language with the
    /// lowest code. Empty texts are ignored; the result is `None` if all texts are empty.
    #[must_use]
    pub fn best(&self, language: u32) -> Option<&str> {
        let nonempty = |l: &u32| self.get(*l).filter(|t| !t.is_empty());
        nonempty(&language).or_else(|| nonempty(&ENGLISH)).or_else(|| self.texts().next())
    }

    /// Returns all texts that are not empty, by ascending language code.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str).filter(|t| !t.is_empty())
    }
}

/// Reads the language codes as numbers or as strings of digits. Inside a flattened or tagged type serde
/// passes keys as strings, which the derived implementation does not accept as numbers.
impl<'de> Deserialize<'de> for LocalizedText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = LocalizedText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("texts by language code")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LocalizedText, A::Error> {
                let mut label = LocalizedText::default();
                while let Some((Code(language), text)) = map.next_entry()? {
                    label.0.insert(language, text);
                }
                Ok(label)
            }
        }
        deserializer.deserialize_map(Texts)
    }
}

/// A language code, read from a number or from a string of digits.
struct Code(u32);

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;
        impl Visitor<'_> for Digits {
            type Value = Code;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a language code")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Code, E> {
                text.parse().map(Code).map_err(|_| E::custom(format!("`{text}` is no language code")))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Code, E> {
                u32::try_from(number)
                    .map(Code)
                    .map_err(|_| E::custom(format!("{number} is no language code")))
            }
        }
        deserializer.deserialize_any(Digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_codes_are_numbers_or_digits() {
        let read = |json: &str| serde_json::from_str::<LocalizedText>(json).map_err(|e| e.to_string());
        assert_eq!(read(r#"{"1033":"a"}"#), Ok(LocalizedText::new(1033, "a")));
        for (json, error) in [
            (r#"{"x":"a"}"#, "`x` is no language code"),
            (r#"{"4294967296":"a"}"#, "`4294967296` is no language code"),
            (r#"["a"]"#, "expected texts by language code"),
        ] {
            let found = read(json).unwrap_err();
            assert!(found.contains(error), "{json}: {found}");
        }
        // Readers of other formats give numbers.
        let code = |number: u64| {
            use serde::de::IntoDeserializer as _;
            let deserializer: serde::de::value::U64Deserializer<serde::de::value::Error> =
                number.into_deserializer();
            Code::deserialize(deserializer).map(|code| code.0).map_err(|e| e.to_string())
        };
        assert_eq!(code(u64::from(u32::MAX)), Ok(u32::MAX));
        assert_eq!(code(1 << 32), Err("4294967296 is no language code".to_owned()));
        let wrong = serde_json::from_value::<Code>(serde_json::Value::Null).map(|code| code.0);
        assert!(wrong.unwrap_err().to_string().contains("expected a language code"));
    }
}
