//! What every grammar function shares: the result type, the furthest failure, and the words for what was expected.
//!
//! The input of every function is a suffix of the source, so a length is a position and nothing else has to be
//! carried. Knows nothing of the grammar itself.

use nom::IResult;
use nom::error::{ErrorKind, ParseError};

/// The result of a grammar function: the rest of the text and what was read.
pub(crate) type PResult<'s, T> = IResult<&'s str, T, Failure>;

/// How far a parse came and what could have stood there. Eight bytes and `Copy`: a branch that fails costs nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Failure {
    /// How much of the text was left: the smaller, the further.
    pub(crate) rest: u32,
    /// What would have been accepted.
    pub(crate) expected: Expected,
}

impl Failure {
    /// Before anything was tried.
    pub(crate) const NONE: Self = Self { rest: u32::MAX, expected: Expected(0) };

    /// A failure at the beginning of `i`.
    pub(crate) fn at(i: &str, expected: Expected) -> Self {
        Self { rest: u32::try_from(i.len()).unwrap_or(u32::MAX), expected }
    }

    /// The one that came further; of two that came equally far, the union.
    pub(crate) fn furthest(self, other: Self) -> Self {
        match self.rest.cmp(&other.rest) {
            std::cmp::Ordering::Less => self,
            std::cmp::Ordering::Greater => other,
            std::cmp::Ordering::Equal => {
                Self { rest: self.rest, expected: Expected(self.expected.0 | other.expected.0) }
            }
        }
    }
}

impl ParseError<&str> for Failure {
    fn from_error_kind(input: &str, _: ErrorKind) -> Self {
        Self::at(input, Expected(0))
    }

    fn append(_: &str, _: ErrorKind, other: Self) -> Self {
        other
    }

    fn or(self, other: Self) -> Self {
        self.furthest(other)
    }
}

/// A recoverable error at the beginning of `i`.
#[cold]
pub(crate) fn fail(i: &str, expected: Expected) -> nom::Err<Failure> {
    nom::Err::Error(Failure::at(i, expected))
}

/// A set of things a reader knows by these words; never the grammar's tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Expected(pub(crate) u32);

impl std::ops::BitOr for Expected {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

macro_rules! words {
    ($($name:ident = $bit:literal $words:literal;)*) => {
        impl Expected {
            $(#[doc = $words] pub(crate) const $name: Self = Self(1 << $bit);)*
        }
        const WORDS: &[(Expected, &str)] = &[$((Expected::$name, $words)),*];
    };
}

// In the order in which a message lists them.
words! {
    VALUE = 0 "a value";
    COLUMN = 1 "a column";
    NAME = 2 "a name";
    TYPE = 3 "a type name";
    VARIABLE = 4 "a variable and `:`, as in `any(x:x/name eq 'a')`";
    LIST = 5 "a list such as `('a','b')`";
    TEXT = 6 "a name in double quotes";
    OPERATOR = 7 "an operator such as `eq`";
    SLASH = 8 "`/`";
    AND = 9 "`and`";
    OR = 10 "`or`";
    COMMA = 11 "`,`";
    COLON = 12 "`:`";
    OPEN = 13 "`(`";
    CLOSE = 14 "`)`";
    BRACKET = 15 "`]`";
    BRACE = 16 "`}`";
    LITERALS = 17 "values only: a list after `in` takes no columns and no sums";
    END = 18 "the end";
    SEMI = 19 "`;`";
    NUMBER = 20 "a whole number";
    FLAG = 21 "`true` or `false`";
    LEVELS = 22 "a number from 1 or `max`";
    AS = 23 "`as` and a name";
    OPTION = 24 "a query option such as `$select`";
    EQUALS = 25 "`=`";
    METHOD = 26 "`with` and a method such as `sum`";
    TRANSFORMATION = 27 "a transformation such as `groupby((a))`";
    TRAVERSAL = 28 "`preorder` or `postorder`";
    KEEP_START = 29 "`keep start`";
    AGGREGATE_METHOD = 30 "a method such as `sum`";
    SEARCH = 31 "a word or a phrase in double quotes";
}

impl Expected {
    /// True where it shares a member with `other`.
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// `a value, a column or `(``: at most five, the rest is left out.
    pub(crate) fn describe(self) -> String {
        let words: Vec<&str> =
            WORDS.iter().filter(|(bit, _)| self.has(*bit)).map(|(_, w)| *w).take(5).collect();
        match words.as_slice() {
            [] => "something else".to_owned(),
            [one] => (*one).to_owned(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_furthest_failure_wins_and_equals_unite() {
        let near = Failure::at("abc", Expected::VALUE);
        let far = Failure::at("c", Expected::CLOSE);
        assert_eq!(near.furthest(far), far);
        assert_eq!(far.furthest(near), far);
        let both = far.furthest(Failure::at("x", Expected::COMMA));
        assert_eq!(both.expected.describe(), "`,` or `)`");
        assert_eq!(size_of::<Failure>(), 8);
    }

    #[test]
    fn words_are_listed_as_a_reader_says_them() {
        let set = Expected::VALUE | Expected::COLUMN | Expected::OPEN;
        assert_eq!(set.describe(), "a value, a column or `(`");
    }
}
