//! Stable codes: one number for each kind of mistake, never reused, with a title, a paragraph and mostly an example.
//!
//! `dvkit explain DV0203` prints these texts. The hundreds digit is the [`CodeFamily`]; each family has its own file.

use std::fmt;
use std::str::FromStr;

mod conversion;
mod fetchxml;
mod names;
mod performance;
mod service;
mod syntax;
mod types;

pub use conversion::*;
pub use fetchxml::*;
pub use names::*;
pub use performance::*;
pub use service::*;
pub use syntax::*;
pub use types::*;

/// The stable number of a kind of mistake, shown as `DV0203`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub(crate) u16);

impl Code {
    /// Returns the number, without `DV`.
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
            _ => CodeFamily::Conversion,
        }
    }

    /// Returns the title, text and example of the code. Every code constant of this crate has such information.
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

/// A text that names no known code.
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

    /// Reads `DV0203`, `dv203` or `203`; only codes that exist are accepted.
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

/// The family of a code: the kind of mistake, which the first two digits stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeFamily {
    /// DV00xx: the text is not OData or FetchXML.
    Syntax,
    /// DV02xx: a name does not exist, or is spelled differently.
    Names,
    /// DV03xx: a value or an operator does not fit its column.
    Types,
    /// DV04xx: standard OData that Dataverse refuses.
    Service,
    /// DV05xx: the query works, but is known to run badly.
    Performance,
    /// DV06xx: the query cannot be expressed in the other language.
    Conversion,
}

impl CodeFamily {
    /// Returns the name of the family as shown to users.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Names => "names",
            Self::Types => "types",
            Self::Service => "service refuses",
            Self::Performance => "performance",
            Self::Conversion => "conversion",
        }
    }
}

/// What a code means.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// The title: a few words, without a full stop.
    pub title: &'static str,
    /// The paragraph, with the source of the rule where there is one.
    pub text: &'static str,
    /// The table of the embedded sample organisation that the example is about; empty if there is no example.
    pub table: &'static str,
    /// A filter, request or FetchXML query that gets this code; empty if there is no example.
    pub wrong: &'static str,
    /// The corrected filter; empty if there is no right form.
    pub right: &'static str,
}

/// Returns the information about every code, ordered by number.
pub fn all() -> impl Iterator<Item = &'static CodeInfo> {
    [
        syntax::TABLE,
        fetchxml::TABLE,
        names::TABLE,
        types::TABLE,
        service::TABLE,
        performance::TABLE,
        conversion::TABLE,
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
}
