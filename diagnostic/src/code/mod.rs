//! Declares the stable codes of findings: one number for each kind of mistake, which is never reused, with a
//! title, a paragraph and mostly an example.
//!
//! Every diagnostic has a code, and `dvkit explain DV0203` prints the texts of a code. The hundreds digit is
//! the [`CodeFamily`]; each family has its own file.

use std::fmt;
use std::str::FromStr;

mod conversion;
mod fetchxml;
mod mapping;
mod names;
mod performance;
mod service;
mod suppression;
mod syntax;
mod types;

pub use conversion::*;
pub use fetchxml::*;
pub use mapping::*;
pub use names::*;
pub use performance::*;
pub use service::*;
pub use suppression::*;
pub use syntax::*;
pub use types::*;

/// The stable number of a kind of mistake, which is shown as `DV0203`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub(crate) u16);

impl Code {
    /// Returns the number of the code, without `DV`.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }

    /// Returns the family that the code belongs to.
    #[must_use]
    pub fn family(self) -> CodeFamily {
        match self.0 / 100 {
            0 => CodeFamily::Syntax,
            2 => CodeFamily::Names,
            3 => CodeFamily::Types,
            4 => CodeFamily::Service,
            5 => CodeFamily::Performance,
            7 => CodeFamily::Suppressions,
            8 => CodeFamily::Mapping,
            _ => CodeFamily::Conversion,
        }
    }

    /// Returns the title, the paragraph and the example of the code; `None` only for a code that does not
    /// exist. Every code constant of this crate has them.
    #[must_use]
    pub fn info(self) -> Option<&'static CodeInfo> {
        all().find(|i| i.code == self)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DV{:04}", self.0)
    }
}

/// The error that a text is not the name of a code. The field is the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode(pub String);

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no code `{}`; codes look like DV0201", self.0)
    }
}

impl std::error::Error for UnknownCode {}

impl FromStr for Code {
    type Err = UnknownCode;

    /// Parses a code from `DV0203`, `dv203` or `203`. Only codes that exist are accepted. The error contains
    /// the text.
    fn from_str(s: &str) -> Result<Self, UnknownCode> {
        let digits = s.strip_prefix("DV").or_else(|| s.strip_prefix("dv")).unwrap_or(s);
        digits.parse().ok().map(Code).filter(|c| c.info().is_some()).ok_or_else(|| UnknownCode(s.to_owned()))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The family of a code, which is the kind of mistake that its first two digits mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeFamily {
    /// DV00xx: the text is not valid OData or FetchXML.
    Syntax,
    /// DV02xx: a name does not exist, or is spelled differently.
    Names,
    /// DV03xx: a value or an operator does not fit its column.
    Types,
    /// DV04xx: the text is standard OData that Dataverse refuses.
    Service,
    /// DV05xx: the query works, but is known to run slowly.
    Performance,
    /// DV06xx: the query cannot be expressed in the other language.
    Conversion,
    /// DV07xx: a comment that ignores findings is unused or not valid.
    Suppressions,
    /// DV08xx: a mapping of the CRM model does not fit the organisation.
    Mapping,
}

impl CodeFamily {
    /// Returns the name of the family as users see it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Names => "names",
            Self::Types => "types",
            Self::Service => "service refuses",
            Self::Performance => "performance",
            Self::Conversion => "conversion",
            Self::Suppressions => "suppressions",
            Self::Mapping => "mapping",
        }
    }
}

/// What `dvkit explain` says about a code.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// The code that the other fields describe.
    pub code: Code,
    /// The title of the code: a few words, without a full stop.
    pub title: &'static str,
    /// The paragraph that explains the code, with the source of the rule if there is one.
    pub text: &'static str,
    /// The logical name of the table of the sample organisation that the example is about; empty if there is
    /// no example.
    pub table: &'static str,
    /// A filter, request or FetchXML query that gets a finding with this code; empty if there is no example.
    pub wrong: &'static str,
    /// The corrected query of the example; empty if there is no example or no correct form.
    pub right: &'static str,
}

/// Returns the information about every code, in ascending order of the numbers.
pub fn all() -> impl Iterator<Item = &'static CodeInfo> {
    [
        syntax::TABLE,
        fetchxml::TABLE,
        names::TABLE,
        types::TABLE,
        service::TABLE,
        performance::TABLE,
        conversion::TABLE,
        suppression::TABLE,
        mapping::TABLE,
    ]
    .into_iter()
    .flatten()
}

/// Declares the codes of one family: a constant for each code, whose doc comment is also the text of `dvkit explain`.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal, $title:literal $(, $table:literal: $wrong:literal => $right:literal)?;)*) => {
        $($(#[doc = $doc])+ pub const $name: crate::Code = crate::Code($number);)*
        pub(super) static TABLE: &[crate::CodeInfo] = &[$(crate::CodeInfo {
            code: crate::Code($number),
            title: $title,
            text: concat!($($doc, "\n"),+),
            table: concat!($($table)?),
            wrong: concat!($($wrong)?),
            right: concat!($($right)?),
        }),*];
    };
}
use codes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_ordered_and_documented() {
        let numbers: Vec<u16> = all().map(|i| i.code.number()).collect();
        assert!(numbers.windows(2).all(|w| w[0] < w[1]), "not ascending: {numbers:?}");
        for info in all() {
            assert!(info.text.len() > 60, "{} needs a paragraph", info.code);
            assert!(!info.title.is_empty());
            assert_eq!(info.code.to_string().parse::<Code>().as_ref(), Ok(&info.code));
        }
    }

    #[test]
    fn the_hundreds_of_a_code_are_its_family() {
        for (first, last, family, name) in [
            (0, 99, CodeFamily::Syntax, "syntax"),
            (200, 299, CodeFamily::Names, "names"),
            (300, 399, CodeFamily::Types, "types"),
            (400, 499, CodeFamily::Service, "service refuses"),
            (500, 599, CodeFamily::Performance, "performance"),
            (600, 699, CodeFamily::Conversion, "conversion"),
            (700, 799, CodeFamily::Suppressions, "suppressions"),
            (800, 899, CodeFamily::Mapping, "mapping"),
        ] {
            assert_eq!([first, last].map(|number| Code(number).family()), [family; 2], "{first} to {last}");
            assert_eq!(family.as_str(), name);
            assert!(all().any(|info| info.code.family() == family), "{name} has a code");
        }
        assert_eq!((Code(7).number(), Code(307).number()), (7, 307));
        assert_eq!((Code(7).to_string(), Code(307).to_string()), ("DV0007".to_owned(), "DV0307".to_owned()));
    }

    #[test]
    fn a_code_is_read_with_and_without_its_letters() {
        for (text, expected) in [
            ("DV0203", Some(203)),
            ("dv0203", Some(203)),
            ("DV203", Some(203)),
            ("203", Some(203)),
            ("0203", Some(203)),
            ("Dv203", None),
            ("DVdv203", None),
            ("203DV", None),
            ("203dv", None),
            ("DV9999", None),
            ("DV", None),
            ("", None),
            ("-203", None),
            ("70000", None),
        ] {
            let expected = expected.map(Code).ok_or_else(|| UnknownCode(text.to_owned()));
            assert_eq!(text.parse::<Code>(), expected, "{text}");
        }
        let error = "x".parse::<Code>().unwrap_err();
        assert_eq!(error.to_string(), "there is no code `x`; codes look like DV0201");
        assert_eq!(Code(203).info().map(|info| info.code), Some(Code(203)));
        assert!(Code(9999).info().is_none());
    }
}
