//! Tables of operators and methods that are exchanged.

use syn::BinOp;

/// Returns the operators that replace a binary operator, as they are written.
///
/// Comparisons move their boundary or turn round; `==` and `!=` are not in the table, because they are negated where they stand.
/// Bits are not shifted the other way: few places do, and all of them are constants.
pub(super) fn exchanged(operator: &BinOp) -> &'static [&'static str] {
    match operator {
        BinOp::Lt(_) => &["<=", ">="],
        BinOp::Le(_) => &["<", ">"],
        BinOp::Gt(_) => &[">=", "<="],
        BinOp::Ge(_) => &[">", "<"],
        BinOp::And(_) => &["||"],
        BinOp::Or(_) => &["&&"],
        BinOp::Add(_) => &["-"],
        BinOp::Sub(_) => &["+"],
        BinOp::Mul(_) => &["/"],
        BinOp::Div(_) => &["*"],
        BinOp::Rem(_) => &["/"],
        BinOp::BitAnd(_) => &["|"],
        BinOp::BitOr(_) => &["&"],
        BinOp::AddAssign(_) => &["-="],
        BinOp::SubAssign(_) => &["+="],
        BinOp::MulAssign(_) => &["/="],
        BinOp::DivAssign(_) => &["*="],
        BinOp::BitAndAssign(_) => &["|="],
        BinOp::BitOrAssign(_) => &["&="],
        _ => &[],
    }
}

/// Returns the kind of mutant that exchanging the operator makes.
pub(super) fn kind(operator: &BinOp) -> &'static str {
    match operator {
        BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => "boundary",
        BinOp::And(_) | BinOp::Or(_) => "logic",
        _ => "arithmetic",
    }
}

/// Methods that are exchanged for each other: same parameters, same result.
const PAIRS: &[(&str, &str)] = &[
    ("any", "all"),
    ("find", "rfind"),
    ("first", "last"),
    ("first_mut", "last_mut"),
    ("first_key_value", "last_key_value"),
    ("split_first", "split_last"),
    ("min", "max"),
    ("min_by", "max_by"),
    ("min_by_key", "max_by_key"),
    ("trim_start", "trim_end"),
    ("trim_start_matches", "trim_end_matches"),
    ("strip_prefix", "strip_suffix"),
    ("starts_with", "ends_with"),
    ("split_once", "rsplit_once"),
    ("position", "rposition"),
    ("next", "next_back"),
    ("front", "back"),
    ("push_front", "push_back"),
    ("pop_front", "pop_back"),
    ("saturating_add", "saturating_sub"),
    ("checked_add", "checked_sub"),
    ("wrapping_add", "wrapping_sub"),
    ("to_lowercase", "to_uppercase"),
    ("to_ascii_lowercase", "to_ascii_uppercase"),
];

/// Returns the method that replaces a method, if there is one.
pub(super) fn other_method(name: &str) -> Option<&'static str> {
    PAIRS.iter().find_map(|(a, b)| match name {
        _ if name == *a => Some(*b),
        _ if name == *b => Some(*a),
        _ => None,
    })
}

/// Methods without parameters whose result is negated.
pub(super) const NEGATED: &[&str] = &["is_some", "is_none", "is_ok", "is_err", "is_empty"];

/// Methods whose closure decides: it is replaced by `true` and by `false`.
pub(super) const DECIDING: &[&str] = &[
    "filter",
    "any",
    "all",
    "find",
    "position",
    "rposition",
    "retain",
    "take_while",
    "skip_while",
    "is_some_and",
    "is_none_or",
    "is_ok_and",
    "partition",
    "partition_point",
];

/// Methods whose arguments only say how much memory to take. Changing them changes no behaviour.
pub(super) const CAPACITY: &[&str] = &["with_capacity", "reserve", "reserve_exact", "shrink_to_fit"];
