//! Words that were meant: for the values of attributes.

use dvkit_diagnostic::suggest;

use crate::ast::{Keyword, Operator};

pub(crate) mod foreign;

/// What other languages and people call the operators.
const FOREIGN: &[(&str, &str)] = &[
    ("=", "eq"),
    ("==", "eq"),
    ("equal", "eq"),
    ("equals", "eq"),
    ("is", "eq"),
    ("!=", "ne"),
    ("<>", "ne"),
    ("notequal", "ne"),
    ("notequals", "ne"),
    ("noteq", "ne"),
    (">", "gt"),
    ("greaterthan", "gt"),
    (">=", "ge"),
    ("gte", "ge"),
    ("greaterequal", "ge"),
    ("greaterorequal", "ge"),
    ("greaterthanorequal", "ge"),
    ("<", "lt"),
    ("lessthan", "lt"),
    ("<=", "le"),
    ("lte", "le"),
    ("lessequal", "le"),
    ("lessorequal", "le"),
    ("lessthanorequal", "le"),
    ("startswith", "begins-with"),
    ("startwith", "begins-with"),
    ("beginwith", "begins-with"),
    ("notstartswith", "not-begin-with"),
    ("notstartwith", "not-begin-with"),
    ("doesnotbeginwith", "not-begin-with"),
    ("endwith", "ends-with"),
    ("doesnotendwith", "not-end-with"),
    ("isnull", "null"),
    ("isempty", "null"),
    ("eqnull", "null"),
    ("nin", "not-in"),
    ("nnull", "not-null"),
    ("nenull", "not-null"),
    ("nonnull", "not-null"),
    ("nlike", "not-like"),
    ("unlike", "not-like"),
    ("nbetween", "not-between"),
    ("nbeginswith", "not-begin-with"),
    ("nendswith", "not-end-with"),
    ("neqto", "ne"),
    ("notbeginswith", "not-begin-with"),
    ("notendswith", "not-end-with"),
    ("notcontainvalue", "not-contain-values"),
    ("notcontainsvalues", "not-contain-values"),
    ("isnotnull", "not-null"),
    ("isnotempty", "not-null"),
    ("notempty", "not-null"),
    ("containsvalues", "contain-values"),
    ("containvalue", "contain-values"),
    ("doesnotcontainvalues", "not-contain-values"),
    ("last7days", "last-seven-days"),
    ("next7days", "next-seven-days"),
    ("under-or-equal", "eq-or-under"),
    ("above-or-equal", "eq-or-above"),
    ("underorequal", "eq-or-under"),
    ("aboveorequal", "eq-or-above"),
    ("equaluserid", "eq-userid"),
    ("equalbusinessid", "eq-businessid"),
];

/// What other languages and people call the values of other attributes: kinds of links, aggregates, joining words.
const OTHER: &[(&str, &str)] = &[
    ("left", "outer"),
    ("leftouter", "outer"),
    ("leftjoin", "outer"),
    ("leftouterjoin", "outer"),
    ("outerjoin", "outer"),
    ("innerjoin", "inner"),
    ("join", "inner"),
    ("nany", "not any"),
    ("nall", "not all"),
    ("notexists", "not any"),
    ("nexists", "not any"),
    ("average", "avg"),
    ("mean", "avg"),
    ("total", "sum"),
    ("minimum", "min"),
    ("maximum", "max"),
    ("&&", "and"),
    ("||", "or"),
];

/// Words that mean something else than those which they resemble.
const OWN: &[&str] = &[
    "any", "all", "none", "nor", "xor", "some", "every", "not", "on", "or", "and", "if", "is", "as", "at",
    "add", "sub", "left", "right",
];

/// The one word of `names` that `raw` can only mean. A word of a table, or one that differs in its separators, its case or by a
/// slip; never one that differs in a negation.
pub(crate) fn meant(raw: &str, names: &'static [&'static str]) -> Option<&'static str> {
    let raw = raw.trim();
    let squashed: String =
        raw.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
    let table = if is_operators(names) { FOREIGN } else { OTHER };
    if let Some((_, word)) = table.iter().find(|(f, _)| *f == squashed)
        && let Some(name) = names.iter().find(|n| *n == word)
    {
        return Some(name);
    }
    // What negates leads to words that negate.
    if negates(&squashed) && squashed.len() > 2 {
        let same = |n: &&&str| n.chars().filter(|c| !matches!(c, '-' | ' ')).eq(squashed.chars());
        return names.iter().find(same).copied();
    }
    // Words of their own are no slips of other words: `any` is not `and`.
    if OWN.contains(&squashed.as_str()) && !names.contains(&raw) {
        return None;
    }
    let slip = suggest::unambiguous_typo(raw, names.iter().map(|n| (*n, None)))?;
    names.iter().find(|n| **n == slip).copied()
}

/// The words that come close, the best first.
pub(crate) fn close(raw: &str, names: &'static [&'static str]) -> Vec<&'static str> {
    let of = |word: &str| suggest::ranked(word, names.iter().copied(), 3);
    let mut found = of(raw);
    let lower = raw.to_ascii_lowercase();
    // The one thing that people look for and FetchXML says in another way.
    if is_operators(names) && lower.contains("contain") && !lower.contains("value") {
        found.insert(0, if lower.contains("not") { "not-like" } else { "like" });
    }
    found.dedup();
    found.iter().filter_map(|f| names.iter().find(|n| *n == f).copied()).take(3).collect()
}

/// Does a word begin as a negation does?
fn negates(squashed: &str) -> bool {
    let exceptions = ["null", "next", "ne", "neq", "name", "number", "natural", "none", "nocase"];
    squashed.starts_with("not")
        || squashed.starts_with("un") && !squashed.starts_with("under")
        || squashed.starts_with('n') && !exceptions.iter().any(|e| squashed.starts_with(e))
}

fn is_operators(names: &[&str]) -> bool {
    names.len() == Operator::NAMES.len()
}

/// `true` or `false`, where a word for them was written.
pub(crate) fn boolean(raw: &str) -> Option<&'static str> {
    let raw = raw.trim();
    let is = |words: &[&str]| words.iter().any(|w| raw.eq_ignore_ascii_case(w));
    if is(&["true", "yes", "y", "on"]) {
        Some("true")
    } else if is(&["false", "no", "n", "off"]) {
        Some("false")
    } else {
        None
    }
}

/// Is it, or is there in it, a placeholder of a template: `{0}`, `${id}`, `@{…}`, `$count`, `%name%`?
pub(crate) fn is_placeholder(raw: &str) -> bool {
    let braces = raw.find('{').is_some_and(|n| raw[n..].contains('}'));
    let raw = raw.trim();
    let variable = |sign: char| {
        raw.strip_prefix(sign).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
    };
    braces || variable('$') || variable('@') || (raw.len() > 2 && raw.starts_with('%') && raw.ends_with('%'))
}

/// The longest expression of a template, in bytes: what keeps a text of opening braces from being searched to its end for
/// each.
const LONGEST_EXPRESSION: usize = 1024;

/// How many bytes the expression of a template has that `text` begins with (`@{…}`, `${…}`); texts within it may hold braces.
pub(crate) fn expression(text: &str) -> Option<usize> {
    let body = text.strip_prefix(['@', '$'])?.strip_prefix('{')?;
    let bytes = body.as_bytes();
    let (mut depth, mut at) = (1_usize, 0);
    while let Some(b) = bytes.get(at).filter(|_| at < LONGEST_EXPRESSION) {
        match b {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 3);
                }
            }
            b'\'' | b'"' => at += 1 + bytes[at + 1..].iter().position(|c| c == b)?,
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_of_templates() {
        let text = "@{triggerOutputs()?['body/{id}']}' x";
        assert_eq!(expression(text).map(|n| &text[..n]), Some("@{triggerOutputs()?['body/{id}']}"));
        for text in ["", "@", "@{", "@{a", "{a}", "@{'a}"] {
            assert_eq!(expression(text), None, "{text}");
        }
    }

    #[test]
    fn operators_of_other_languages() {
        for (raw, name) in [
            ("equals", Some("eq")),
            ("EQ", Some("eq")),
            ("not-begins-with", Some("not-begin-with")),
            ("contains-values", Some("contain-values")),
            ("older-than-x-days", Some("olderthan-x-days")),
            ("IsNotNull", Some("not-null")),
            ("not null", Some("not-null")),
            ("starts-with", Some("begins-with")),
            (">=", Some("ge")),
            ("custom-op", None),
            ("contains", None),
        ] {
            assert_eq!(meant(raw, Operator::NAMES), name, "{raw}");
        }
        assert_eq!(close("contains", Operator::NAMES)[0], "like");
        assert_eq!(close("not-contain", Operator::NAMES)[0], "not-like");
        for (_, name) in FOREIGN {
            assert!(Operator::exact(name).is_some(), "{name}");
        }
    }

    #[test]
    fn words_with_other_separators() {
        use crate::ast::{DateGrouping, LinkType};
        assert_eq!(meant("not-any", LinkType::NAMES), Some("not any"));
        assert_eq!(meant("Inner", LinkType::NAMES), Some("inner"));
        assert_eq!(meant("sideways", LinkType::NAMES), None);
        assert_eq!(meant("fiscalyear", DateGrouping::NAMES), Some("fiscal-year"));
    }

    #[test]
    fn placeholders() {
        for text in ["{0}", "a{id}b", "${x}", "@{triggerBody()}", "$count", "@top", "%name%"] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["", "5", "a", "$", "50%", "}{"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
