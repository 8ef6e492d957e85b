//! Finds the value that is meant by a misspelt or foreign value of an attribute. The parser calls it for
//! every value that FetchXML does not have.

use dvkit_diagnostic::suggest;

use crate::ast::{Keyword, Operator};

pub(crate) mod foreign;

/// The names of condition operators in other languages, each with the operator of FetchXML.
const FOREIGN_OPERATORS: &[(&str, &str)] = &[
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

/// The names of other keywords in other languages (link types, aggregates, filter types), each with the
/// keyword of FetchXML.
const FOREIGN_VALUES: &[(&str, &str)] = &[
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

/// Words that are never taken for a typo of a keyword, because they have a meaning of their own: `any` is not
/// a typo of `and`.
const NOT_A_TYPO: &[&str] = &[
    "any", "all", "none", "nor", "xor", "some", "every", "not", "on", "or", "and", "if", "is", "as", "at",
    "add", "sub", "left", "right",
];

/// Returns the only one of the keywords `names` that `raw` can mean; `None` if there is none or several.
/// `raw` may be a foreign name of a keyword, or differ from the keyword in separators, letter case or by a
/// typo. A word that negates never means a keyword that does not.
pub(crate) fn meant(raw: &str, names: &'static [&'static str]) -> Option<&'static str> {
    let raw = raw.trim();
    let squashed: String =
        raw.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
    let table = if is_operators(names) { FOREIGN_OPERATORS } else { FOREIGN_VALUES };
    if let Some((_, word)) = table.iter().find(|(f, _)| *f == squashed)
        && let Some(name) = names.iter().find(|n| *n == word)
    {
        return Some(name);
    }
    // A negation only maps to words that negate.
    if negates(&squashed) && squashed.len() > 2 {
        let same = |n: &&&str| n.chars().filter(|c| !matches!(c, '-' | ' ')).eq(squashed.chars());
        return names.iter().find(same).copied();
    }
    // Words with a meaning of their own are no typos of others: `any` is not `and`.
    if NOT_A_TYPO.contains(&squashed.as_str()) && !names.contains(&raw) {
        return None;
    }
    let slip = suggest::unambiguous_typo(raw, names.iter().map(|n| (*n, None)))?;
    names.iter().find(|n| **n == slip).copied()
}

/// Returns at most three of the keywords `names` that are similar to `raw`, the most similar one first. For a
/// word such as `contains` the operator `like` comes before them.
pub(crate) fn close(raw: &str, names: &'static [&'static str]) -> Vec<&'static str> {
    let mut found = suggest::ranked(raw, names.iter().copied(), 3);
    let lower = raw.to_ascii_lowercase();
    // People look for one operator that FetchXML expresses in another way.
    if is_operators(names) && lower.contains("contain") && !lower.contains("value") {
        found.insert(0, if lower.contains("not") { "not-like" } else { "like" });
    }
    found
}

/// Returns whether a word begins like a negation (`not…`, `un…`, `n…`). `squashed` is the word in lower case,
/// without separators.
fn negates(squashed: &str) -> bool {
    let exceptions = ["null", "next", "ne", "neq", "name", "number", "natural", "none", "nocase"];
    squashed.starts_with("not")
        || squashed.starts_with("un") && !squashed.starts_with("under")
        || squashed.starts_with('n') && !exceptions.iter().any(|e| squashed.starts_with(e))
}

fn is_operators(names: &[&str]) -> bool {
    names.len() == Operator::NAMES.len()
}

/// Returns the keyword `true` or `false` for a word with that meaning, such as `yes`; `None` for any other
/// word.
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

/// Returns whether the text contains a placeholder of a template: `{0}`, `${id}`, `@{…}`, `$count`, `%name%`.
pub(crate) fn is_placeholder(raw: &str) -> bool {
    let braces = raw.find('{').is_some_and(|n| raw[n..].contains('}'));
    let raw = raw.trim();
    let variable = |sign: char| {
        raw.strip_prefix(sign).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
    };
    braces || variable('$') || variable('@') || (raw.len() > 2 && raw.starts_with('%') && raw.ends_with('%'))
}

/// The maximum length in bytes of a template expression. Without this limit, a text of many opening braces
/// would be searched to its end for each of them.
const MAX_EXPRESSION_LENGTH: usize = 1024;

/// Returns the length in bytes of the template expression (`@{…}`, `${…}`) with which `text` begins; `None`
/// if it does not begin with one. Strings within the expression may contain braces.
pub(crate) fn expression(text: &str) -> Option<usize> {
    let body = text.strip_prefix(['@', '$'])?.strip_prefix('{')?;
    let bytes = body.as_bytes();
    let (mut depth, mut at) = (1_usize, 0);
    while let Some(b) = bytes.get(at).filter(|_| at < MAX_EXPRESSION_LENGTH) {
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
    fn template_expressions_have_a_length() {
        let text = "@{triggerOutputs()?['body/{id}']}' x";
        assert_eq!(expression(text).map(|n| &text[..n]), Some("@{triggerOutputs()?['body/{id}']}"));
        for text in ["", "@", "@{", "@{a", "{a}", "@{'a}"] {
            assert_eq!(expression(text), None, "{text}");
        }
    }

    #[test]
    fn foreign_operator_names_map_to_fetchxml_operators() {
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
        for (_, name) in FOREIGN_OPERATORS {
            assert!(Operator::exact(name).is_some(), "{name}");
        }
    }

    #[test]
    fn separators_do_not_matter() {
        use crate::ast::{DateGrouping, LinkType};
        assert_eq!(meant("not-any", LinkType::NAMES), Some("not any"));
        assert_eq!(meant("Inner", LinkType::NAMES), Some("inner"));
        assert_eq!(meant("sideways", LinkType::NAMES), None);
        assert_eq!(meant("fiscalyear", DateGrouping::NAMES), Some("fiscal-year"));
    }

    #[test]
    fn placeholders_are_recognized() {
        for text in ["{0}", "a{id}b", "${x}", "@{triggerBody()}", "$count", "@top", "%name%"] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["", "5", "a", "$", "50%", "}{"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn a_word_means_at_most_one_keyword() {
        use crate::ast::{Aggregate, FilterType, LinkType};
        for (raw, names, meaning) in [
            ("outer", LinkType::NAMES, Some("outer")),
            (" outer ", LinkType::NAMES, Some("outer")),
            ("OUTER", LinkType::NAMES, Some("outer")),
            ("Left_Outer-Join", LinkType::NAMES, Some("outer")),
            ("average", LinkType::NAMES, None),
            ("average", Aggregate::NAMES, Some("avg")),
            ("equals", Aggregate::NAMES, None),
            ("left", Operator::NAMES, None),
            ("notall", LinkType::NAMES, Some("not all")),
            ("notal", LinkType::NAMES, None),
            ("nall", LinkType::NAMES, Some("not all")),
            ("unany", LinkType::NAMES, None),
            ("non-like", Operator::NAMES, None),
            ("any", FilterType::NAMES, None),
            ("all", LinkType::NAMES, Some("all")),
            ("no", Operator::NAMES, None),
            ("nul", Operator::NAMES, None),
            ("net", Operator::NAMES, None),
            ("nextweek", Operator::NAMES, Some("next-week")),
            ("under", Operator::NAMES, Some("under")),
            ("undr", Operator::NAMES, None),
            ("nbn", Operator::NAMES, None),
            ("nb", Operator::NAMES, Some("ne")),
            ("", Operator::NAMES, None),
        ] {
            assert_eq!(meant(raw, names), meaning, "{raw} of {names:?}");
        }
    }

    #[test]
    fn words_that_begin_like_a_negation_negate() {
        for (word, is_negation) in [
            ("notlike", true),
            ("nlike", true),
            ("unlike", true),
            ("under", false),
            ("unde", true),
            ("null", false),
            ("nextweek", false),
            ("ne", false),
            ("neq", false),
            ("name", false),
            ("number", false),
            ("natural", false),
            ("none", false),
            ("nocase", false),
            ("nobody", true),
            ("n", true),
            ("u", false),
            ("like", false),
            ("", false),
        ] {
            assert_eq!(negates(word), is_negation, "{word}");
        }
    }

    #[test]
    fn at_most_three_similar_keywords_are_offered() {
        use crate::ast::FilterType;
        for (raw, words) in [
            ("last-x-day", &["last-x-days"][..]),
            ("contains", &["like"]),
            ("Contain", &["like"]),
            ("NOT-contains", &["not-like"]),
            ("contain-valuess", &["contain-values", "not-contain-values"]),
            ("zzzzzzzzzz", &[]),
        ] {
            assert_eq!(close(raw, Operator::NAMES), words, "{raw}");
        }
        assert_eq!(close("contains", FilterType::NAMES), [""; 0]);
        assert_eq!(close("ad", FilterType::NAMES), ["and"]);
    }

    #[test]
    fn words_of_people_are_true_or_false() {
        for word in ["true", "yes", "y", "on", "TRUE", "Yes", " on "] {
            assert_eq!(boolean(word), Some("true"), "{word}");
        }
        for word in ["false", "no", "n", "off", "FALSE", "No", " off "] {
            assert_eq!(boolean(word), Some("false"), "{word}");
        }
        for word in ["", "1", "0", "tru", "yess", "offf", "none"] {
            assert_eq!(boolean(word), None, "{word}");
        }
    }

    #[test]
    fn a_placeholder_has_braces_or_a_sign() {
        for (text, is_one) in [
            ("{}", true),
            ("x{y}z", true),
            ("}{", false),
            ("{", false),
            ("}", false),
            ("$_x", true),
            ("$1", false),
            (" @x ", true),
            ("@", false),
            ("x@y", false),
            ("%a%", true),
            ("%%", false),
            ("%", false),
            ("%a", false),
            ("a%", false),
            (" %a% ", true),
        ] {
            assert_eq!(is_placeholder(text), is_one, "{text}");
        }
    }

    #[test]
    fn an_expression_ends_with_the_brace_that_closes_it() {
        for (text, length) in [
            ("@{}", Some(3)),
            ("${}", Some(3)),
            ("@{a}b}", Some(4)),
            ("@{a{b}c}d", Some(8)),
            ("@{a{b}", None),
            ("@{'}'}x", Some(6)),
            ("@{\"}\"}x", Some(6)),
            ("@{'\"'}x", Some(6)),
            ("@{'a}", None),
            ("#{a}", None),
            ("@a}", None),
            ("@@{a}", None),
        ] {
            assert_eq!(expression(text), length, "{text}");
        }
        for (inner, is_found) in [(1022, true), (1023, true), (1024, false)] {
            let text = format!("@{{{}}}", "a".repeat(inner));
            assert_eq!(expression(&text), is_found.then_some(text.len()), "{inner}");
        }
    }
}
