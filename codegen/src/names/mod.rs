//! Converts names of the organisation into Rust identifiers.
//!
//! Tables, columns and navigation properties are named after their logical names, which never change; options
//! after their labels in one fixed language. Identifiers are ASCII, so that they can be typed on any keyboard
//! and the compiler does not warn about look-alike letters. If a name has neither letters nor digits, another
//! property of the item gives the name. The module [`scope`] makes the names of one scope unique.

mod scope;

pub(crate) use scope::{NameRequest, assign_names, with_fixed_names};

use std::borrow::Cow;

use deunicode::deunicode_with_tofu_cow;
use heck::{ToSnakeCase as _, ToUpperCamelCase as _};

/// The name of the field, in a generated struct, that holds everything in a row for which there is no other
/// field. No column gets this name.
pub(crate) const EXTRAS_FIELD: &str = "extra";

/// The maximum length of an identifier in bytes. Labels, after which options are named, can have a thousand
/// characters.
const MAX_LENGTH: usize = 64;

/// The keywords that are written as raw identifiers (`r#type`), including the keywords that edition 2024
/// reserves.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The keywords that cannot be written as raw identifiers.
const NEVER: &[&str] = &["self", "Self", "super", "crate", "_"];

/// The types, traits and variants in Rust's prelude. A table must not get one of these names, because code
/// that imports the generated module with `*` could then not use the item of the prelude.
const PRELUDE: &[&str] = &[
    "AsMut",
    "AsRef",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Hash",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];

/// Returns a name from [`snake`], [`pascal`] or [`assign_names`] as the text of an identifier. A keyword
/// becomes a raw identifier (`r#type`).
pub(crate) fn ident(name: &str) -> Cow<'_, str> {
    if KEYWORDS.contains(&name) { Cow::Owned(format!("r#{name}")) } else { Cow::Borrowed(name) }
}

/// Returns whether a name in the configuration can be used as an identifier. Keywords that can be raw
/// identifiers are allowed.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    let begins = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    begins && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') && !NEVER.contains(&name)
}

/// Returns whether Rust's prelude contains an item with this name.
pub(crate) fn is_prelude(name: &str) -> bool {
    PRELUDE.contains(&name)
}

/// Returns `text` in ASCII: other alphabets are transliterated, and every character that is then not a letter
/// or digit becomes a space.
fn ascii(text: &str) -> String {
    let text = if text.is_ascii() { Cow::Borrowed(text) } else { deunicode_with_tofu_cow(text, " ") };
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect()
}

/// Returns `name`, cut if it is longer than [`MAX_LENGTH`]. The cut is at the last position for which
/// `between_words(name, position)` is true, or at the maximum if no position in the second half is.
fn cut(mut name: String, between_words: impl Fn(&str, usize) -> bool) -> String {
    if name.len() > MAX_LENGTH {
        let at = (MAX_LENGTH / 2..=MAX_LENGTH).rev().find(|&at| between_words(&name, at));
        name.truncate(at.unwrap_or(MAX_LENGTH));
    }
    name
}

/// Returns `name` as an allowed identifier. A leading digit gets `_` before it, and a keyword that cannot be
/// a raw identifier gets `_` behind it. Returns `None` for an empty name.
fn legal(mut name: String) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if NEVER.contains(&name.as_str()) {
        name.push('_');
    }
    Some(name)
}

/// Returns the name of a field or a module for `text`: `parentcustomerid`, `address1_line1`, `_2nd`, `self_`.
///
/// A logical name stays as it is, except that capitals become small letters. Returns `None` if `text` has
/// neither a letter nor a digit.
pub(crate) fn snake(text: &str) -> Option<String> {
    // Fast path for nearly all of the tens of thousands of logical names: build scripts are not optimised.
    let is_small = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if text.len() <= MAX_LENGTH && text.bytes().all(is_small) && !text.contains("__") {
        return legal(text.trim_matches('_').to_owned());
    }
    let mut name = String::with_capacity(text.len());
    for word in ascii(text).split_ascii_whitespace() {
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(&word.to_ascii_lowercase());
    }
    legal(cut(name, |name, at| name.as_bytes().get(at) == Some(&b'_')))
}

/// Returns the name of a method or a parameter for `text`, in which capitals begin words: `max_age_in_days` for
/// `MaxAgeInDays`. Returns `None` if `text` has neither a letter nor a digit.
pub(crate) fn snake_of_words(text: &str) -> Option<String> {
    let words: Vec<String> = ascii(text).split_ascii_whitespace().map(|word| word.to_snake_case()).collect();
    let name = words.join("_").trim_matches('_').to_owned();
    legal(cut(name, |name, at| name.as_bytes().get(at) == Some(&b'_')))
}

/// Returns the name of a type or a variant for `text`: `Contact`, `NewProject`, `_1Month`, `Self_`. Returns
/// `None` if `text` has neither a letter nor a digit.
pub(crate) fn pascal(text: &str) -> Option<String> {
    let mut name = String::with_capacity(text.len());
    for word in ascii(text).split_ascii_whitespace() {
        // Keeps the numbers of two words apart: `2-3 years` does not become `23Years`.
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        if digit(name.chars().next_back()) && digit(word.chars().next()) {
            name.push('_');
        }
        name.push_str(&word.to_upper_camel_case());
    }
    legal(cut(name, |name, at| name.as_bytes().get(at).is_some_and(u8::is_ascii_uppercase)))
}

/// Returns `name` with `end` appended. A `_` at the end of `name`, which was added to distinguish it from a
/// keyword, is removed, because the longer name is not a keyword.
pub(crate) fn with_suffix(name: &str, end: &str) -> String {
    format!("{}{end}", name.trim_end_matches('_'))
}

/// Returns a hash of `text` as eight hexadecimal digits. The hash is the same in every version of dvkit.
pub(crate) fn hash(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{:08x}", (hash ^ (hash >> 32)) & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(text: &str) -> Option<String> {
        snake(text)
    }

    fn p(text: &str) -> Option<String> {
        pascal(text)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn logical_names_stay_as_they_are() {
        assert_eq!(s("parentcustomerid"), some("parentcustomerid"));
        assert_eq!(s("address1_line1"), some("address1_line1"));
        assert_eq!(s("new_OrderNumber"), some("new_ordernumber"));
        assert_eq!(p("contact"), some("Contact"));
        assert_eq!(p("new_project"), some("NewProject"));
        assert_eq!(p("cr1f2_type"), some("Cr1f2Type"));
    }

    #[test]
    fn parameters_are_named_in_words() {
        let w = |text: &str| snake_of_words(text).unwrap_or_default();
        assert_eq!(
            (w("MaxAgeInDays"), w("new_FetchXml")),
            ("max_age_in_days".into(), "new_fetch_xml".into())
        );
        assert_eq!(
            (w("Type"), w("self"), w("2nd"), w("_")),
            ("type".into(), "self_".into(), "_2nd".into(), String::new())
        );
    }

    #[test]
    fn every_name_is_one_that_rust_takes() {
        assert_eq!(s("2nd"), some("_2nd"));
        assert_eq!(p("1 month"), some("_1Month"));
        assert_eq!((p("2-3 years"), p("0-10%"), p("v2 3")), (some("_2_3Years"), some("_0_10"), some("V2_3")));
        assert_eq!((s("self"), p("self")), (some("self_"), some("Self_")));
        assert_eq!((s("crate"), s("super")), (some("crate_"), some("super_")));
        assert_eq!((s(""), s("'\""), s("__"), p(">=")), (None, None, None, None));
        assert_eq!(s("a__b_"), some("a_b"));
        assert_eq!(ident("type"), "r#type");
        assert_eq!(ident("gen"), "r#gen");
        assert_eq!(ident("self_"), "self_");
        for text in ["type", "Größe (m²)", "Привет", "見積", "🦄 1", "\u{202e}x", "é\u{301}", "a\0b", "½"]
        {
            for name in [snake(text), pascal(text)].into_iter().flatten() {
                assert!(is_identifier(&name), "{text:?} -> {name:?}");
                syn::parse_str::<syn::Ident>(&ident(&name)).unwrap();
            }
        }
    }

    #[test]
    fn other_alphabets_are_spelt_in_latin() {
        assert_eq!(p("Größe"), some("Grosse"));
        assert_eq!(p("Привет"), some("Privet"));
        assert_eq!(p("🦄"), some("Unicorn"));
    }

    #[test]
    fn long_labels_are_cut_between_words() {
        let name = pascal(&"lorem ipsum ".repeat(100)).unwrap();
        assert!(name.len() <= MAX_LENGTH && name.ends_with("Ipsum"), "{name}");
        assert!(snake(&"x".repeat(1000)).unwrap().len() <= MAX_LENGTH);
    }

    #[test]
    fn every_keyword_of_the_list_is_one() {
        for word in KEYWORDS {
            assert!(syn::parse_str::<syn::Ident>(&format!("r#{word}")).is_ok(), "{word}");
        }
        // What syn takes for a keyword and we do not would not compile.
        for word in ["union", "auto", "raw", "default", "safe", "macro_rules", "dyn", "static"] {
            let plain = syn::parse_str::<syn::Ident>(word).is_ok();
            assert_eq!(plain, !KEYWORDS.contains(&word), "{word}");
        }
    }

    #[test]
    fn a_hash_is_the_same_in_every_version() {
        for (text, digits) in
            [("", "4fd0bfc1"), ("a", "296230c0"), ("new_a", "9519642f"), ("new_A", "9519328f")]
        {
            assert_eq!(hash(text), digits, "{text}");
        }
    }

    /// A name has at most 64 bytes, and ends between words where one of them ends in its second half.
    #[test]
    fn a_long_name_is_cut_at_the_last_end_of_a_word_in_its_second_half() {
        let of = |lengths: &[usize], sign: &str| {
            let words = lengths.iter().map(|length| format!("a{}", "b".repeat(length - 1)));
            words.collect::<Vec<_>>().join(sign)
        };
        for (lengths, kept) in [
            (&[64][..], &[64][..]),
            (&[65], &[64]),
            (&[31, 32], &[31, 32]),
            (&[31, 33], &[31, 32]),
            (&[32, 32], &[32]),
            (&[32, 40], &[32]),
            (&[20, 20, 40], &[20, 20]),
            (&[64, 1], &[64]),
            (&[1, 100], &[1, 62]),
        ] {
            let expected = Some(of(kept, "_"));
            assert_eq!(snake(&of(lengths, "_")), expected, "{lengths:?}");
            assert_eq!(snake(&of(lengths, " ").to_uppercase()), expected, "{lengths:?} in capitals");
            assert_eq!(snake_of_words(&of(lengths, " ")), expected, "{lengths:?} as a parameter");
        }
        for (lengths, kept) in [
            (&[64][..], &[64][..]),
            (&[65], &[64]),
            (&[32, 32], &[32, 32]),
            (&[32, 33], &[32]),
            (&[31, 34], &[31, 33]),
            (&[64, 1], &[64]),
            (&[20, 20, 40], &[20, 20]),
        ] {
            assert_eq!(pascal(&of(lengths, " ")), pascal(&of(kept, " ")), "{lengths:?}");
        }
    }

    #[test]
    fn an_identifier_is_a_name_that_rust_takes_as_it_is_or_raw() {
        for (name, is_one) in [
            ("a", true),
            ("_", false),
            ("_a", true),
            ("A9_", true),
            ("type", true),
            ("9a", false),
            ("a-b", false),
            ("a b", false),
            ("\u{e4}", false),
            ("", false),
            ("self", false),
            ("Self", false),
            ("super", false),
            ("crate", false),
        ] {
            assert_eq!(is_identifier(name), is_one, "{name}");
        }
        for (name, is_one) in [("Option", true), ("Vec", true), ("option", false), ("Contact", false)] {
            assert_eq!(is_prelude(name), is_one, "{name}");
        }
        for (name, longer) in
            [("self_", "selfRow"), ("Self_", "SelfRow"), ("account", "accountRow"), ("a__", "aRow")]
        {
            assert_eq!(with_suffix(name, "Row"), longer);
        }
    }

    #[test]
    fn words_and_digits_are_told_apart() {
        for (text, snake_name, words, pascal_name) in [
            ("a-b c", "a_b_c", "a_b_c", "ABC"),
            ("FooBar", "foobar", "foo_bar", "FooBar"),
            ("_a_", "a", "a", "A"),
            ("a__b", "a_b", "a_b", "AB"),
            ("1 2 3", "_1_2_3", "_1_2_3", "_1_2_3"),
            ("a1 2b", "a1_2b", "a1_2b", "A1_2b"),
            ("a1 b2", "a1_b2", "a1_b2", "A1B2"),
            ("SELF", "self_", "self_", "Self_"),
            ("\u{c4}", "a", "a", "A"),
        ] {
            let found = (snake(text), snake_of_words(text), pascal(text));
            assert_eq!(found, (some(snake_name), some(words), some(pascal_name)), "{text}");
        }
    }
}
