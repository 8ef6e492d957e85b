//! Defines the types that all parsing functions share: their result, their failure, and the set of things
//! that they expected. It does not depend on the grammar.
//!
//! The input of every parsing function is a suffix of the source, usually called `i`, so the length of the
//! input determines the position. A function parses at the beginning of its input.

use nom::IResult;
use nom::error::{ErrorKind, ParseError};

/// The result of a parsing function: the text after the parsed part, and the value of that part. An error
/// means that the text does not begin with such a part; after `nom::Err::Failure` no other branch is tried. A
/// function that reports a mistake returns such a failure in a strict parse, and `Ok` in a recovering one
/// ([`Parser::mistake`](crate::parser::Parser::mistake)).
pub(crate) type PResult<'s, T> = IResult<&'s str, T, Failure>;

/// The furthest position that a parse reached, and the set of things that could have followed there. It has
/// eight bytes and is `Copy`, so that a branch of the grammar that fails costs little.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Failure {
    /// The length in bytes of the text after that position. A smaller number is a further position.
    pub(crate) rest: u32,
    /// The set of things that could have followed at that position.
    pub(crate) expected: Expected,
}

impl Failure {
    /// The initial failure, before any position was reached. Every other failure is at a further position.
    pub(crate) const NONE: Self = Self { rest: u32::MAX, expected: Expected(0) };

    /// Returns a failure at the position where `i` begins, at which one of `expected` could have followed.
    pub(crate) fn at(i: &str, expected: Expected) -> Self {
        Self { rest: u32::try_from(i.len()).unwrap_or(u32::MAX), expected }
    }

    /// Returns the one of two failures that is at the further position. If both are at the same position, the
    /// result expects the things of both.
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

/// Returns the failure as an error after which nom tries other branches of the grammar. It is at the position
/// where `i` begins, at which one of `expected` could have followed.
#[cold]
pub(crate) fn fail(i: &str, expected: Expected) -> nom::Err<Failure> {
    nom::Err::Error(Failure::at(i, expected))
}

/// A set of things that could follow at a position, in terms of users rather than of the grammar.
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

// Messages list the words in this order.
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
    /// Returns whether the two sets have a member in common.
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns the set in words for a message, such as `a value, a column or `(``. At most five members are
    /// listed.
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
    fn the_furthest_failure_wins_and_equally_far_ones_unite() {
        let near = Failure::at("abc", Expected::VALUE);
        let far = Failure::at("c", Expected::CLOSE);
        assert_eq!(near.furthest(far), far);
        assert_eq!(far.furthest(near), far);
        let both = far.furthest(Failure::at("x", Expected::COMMA));
        assert_eq!(both.expected.describe(), "`,` or `)`");
        assert_eq!(size_of::<Failure>(), 8);
    }

    #[test]
    fn expectations_are_listed_with_commas_and_or() {
        let set = Expected::VALUE | Expected::COLUMN | Expected::OPEN;
        assert_eq!(set.describe(), "a value, a column or `(`");
    }
}
