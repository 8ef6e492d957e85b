//! Tests which name a misspelt one is taken for.

use super::*;
use proptest::prelude::*;

const COLUMNS: [&str; 6] =
    ["fullname", "firstname", "account_name", "new_budget", "statecode", "parentcustomerid"];

#[test]
fn each_rule_of_matching_applies_before_the_next() {
    for (wanted, found) in [
        ("FULLNAME", Some("fullname")),
        ("fullName", Some("fullname")),
        ("full name", Some("fullname")),
        ("full_name", Some("fullname")),
        ("fulname", Some("fullname")),
        ("fulnmae", Some("fullname")),
        ("sttaecode", Some("statecode")),
        ("name_account", Some("account_name")),
        ("NameAccount", Some("account_name")),
        ("budget", Some("new_budget")),
        ("Budget", Some("new_budget")),
        ("cr123_budget", Some("new_budget")),
        ("telephone", None),
        ("", None),
        ("  ", None),
        ("name", Some("account_name")),
        ("id", None),
    ] {
        assert_eq!(closest(wanted, COLUMNS), found, "{wanted}");
    }
}

#[test]
fn a_publisher_prefix_is_never_an_unambiguous_typo() {
    assert_eq!(closest("budget", ["new_budget", "cr1_budget"]), None);
    assert_eq!(closest("budget", ["new_budget", "new_budget"]), Some("new_budget"));
    assert_eq!(closest("new_x", ["cr1_x", "name"]), Some("cr1_x"));
    assert_eq!(closest("budget", ["widget", "new_budget"]), Some("new_budget"));
    assert_eq!(closest("budget", ["budgets", "new_budget"]), Some("budgets"));
    assert_eq!(closest("value", ["_value"]), Some("_value"), "one edit, not a prefix");
}

#[test]
fn ties_are_decided_by_length_and_then_by_the_alphabet() {
    assert_eq!(closest("namd", ["namf", "name"]), Some("name"));
    assert_eq!(closest("namd", ["named", "name"]), Some("name"));
    assert_eq!(closest("abc", ["abcd", "abd"]), Some("abd"));
}

#[test]
fn a_display_name_gives_its_key() {
    let columns = [
        ("fullname", Some("Full Name")),
        ("parentcustomerid", Some("Company Name")),
        ("telephone1", Some("Business Phone")),
        ("ownerid", None),
    ];
    assert_eq!(closest_by("businessPhone", columns), Some("telephone1"));
    assert_eq!(closest_by("Company  Name", columns), Some("parentcustomerid"));
    assert_eq!(closest_by("Compny Name", columns), Some("parentcustomerid"));
    assert_eq!(closest_by("owner", columns), None);
    assert_eq!(ranked_by("fullname", columns, 9), ["fullname"]);
}

#[test]
fn ranked_names_are_unique_and_at_most_max() {
    let names = ["address2", "address1", "address3", "address1", "name"];
    assert_eq!(ranked("address", names, 9), ["address1", "address2", "address3"]);
    assert_eq!(ranked("address", names, 1), ["address1"]);
    assert_eq!(ranked("", names, 9), Vec::<&str>::new());
}

#[test]
fn very_long_names_are_not_compared_letter_by_letter() {
    // A comparison letter by letter would take 10^12 steps.
    let (wanted, other) = ("a".repeat(1_000_000), "a".repeat(1_000_001));
    assert_eq!(closest(&wanted, [other.as_str()]), None);
    assert_eq!(closest(&wanted, [other.as_str(), &wanted.to_uppercase()]), Some(&*wanted.to_uppercase()));
    let (wanted, other) = ("a".repeat(MAX_NAME_LENGTH), "a".repeat(MAX_NAME_LENGTH + 1));
    assert_eq!(closest(&wanted, [other.as_str()]), Some(&*other));
}

#[test]
fn letters_beyond_ascii_are_compared_as_letters() {
    assert_eq!(closest("straße", ["STRASSE", "Straße"]), Some("Straße"));
    assert_eq!(closest("プロジェクド", ["プロジェクト"]), Some("プロジェクト"));
}

fn name() -> impl Strategy<Value = String> {
    "(new_|cr1_)?[abAB]{1,4}(_[ab]{1,3})?"
}

proptest! {
    #[test]
    fn the_order_of_the_candidates_does_not_matter(
        wanted in name(),
        (names, shuffled) in prop::collection::vec(name(), 0..12)
            .prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle())),
    ) {
        let all = |v: &'_ [String]| closest(&wanted, v.iter().map(String::as_str)).map(str::to_owned);
        prop_assert_eq!(all(&names), all(&shuffled));
        let list = |v: &[String]| -> Vec<String> {
            ranked(&wanted, v.iter().map(String::as_str), 4).into_iter().map(str::to_owned).collect()
        };
        prop_assert_eq!(list(&names), list(&shuffled));
    }

    #[test]
    fn any_text_is_compared_without_a_panic(wanted in any::<String>(), names in prop::collection::vec(any::<String>(), 0..5)) {
        let found = closest(&wanted, names.iter().map(String::as_str));
        prop_assert!(found.is_none_or(|f| names.iter().any(|n| n == f)));
    }
}

#[test]
fn opposites_and_single_edits_are_told() {
    for (a, b, expected) in [
        ("nlike", "like", true),
        ("like", "not-like", true),
        ("in", "not_in", true),
        ("unequal", "equal", true),
        ("direct", "indirect", true),
        ("allow", "disallow", true),
        ("no x", "x", true),
        ("like", "like", false),
        ("xlike", "like", false),
        ("likely", "like", false),
    ] {
        assert_eq!(is_opposite(a, b), expected, "{a} {b}");
    }
    for (a, b, expected) in [
        ("a", "b", true),
        ("ab", "ba", true),
        ("a", "ab", true),
        ("a", "a", false),
        ("ab", "cd", false),
        ("abcdefgh", "abc", false),
        ("a", "a\u{1f600}", true),
    ] {
        assert_eq!(is_one_edit(a, b), expected, "{a} {b}");
    }
}

#[test]
fn a_name_may_differ_by_a_third_of_its_length() {
    for (wanted, candidate, found) in [
        ("ab", "xy", false),
        ("ab", "ax", true),
        ("abcde", "abcxy", false),
        ("abcdef", "abcdxy", true),
        ("abcdef", "abcxyz", false),
        ("abcdefghi", "abcdefxyz", true),
        ("abcdefghi", "abcdewxyz", false),
        ("abcdef", "abcdefgh", true),
        ("abcdef", "abcdefghi", false),
    ] {
        assert_eq!(closest(wanted, [candidate]).is_some(), found, "{wanted} {candidate}");
    }
    for (length, found) in [(199, true), (200, true), (201, false)] {
        let candidate = format!("{}y", "x".repeat(length - 1));
        assert_eq!(closest(&"x".repeat(length), [candidate.as_str()]).is_some(), found, "{length}");
    }
}

#[test]
fn a_prefix_has_two_to_eight_letters_and_digits() {
    for (name, rest) in [
        ("new_budget", "budget"),
        ("cr_x", "x"),
        ("c_x", "c_x"),
        ("abcdefgh_x", "x"),
        ("abcdefghi_x", "abcdefghi_x"),
        ("1cr_x", "1cr_x"),
        ("cr1_x", "x"),
        ("c-r_x", "c-r_x"),
        ("new_", "new_"),
        ("plain", "plain"),
        ("new_a_b", "a_b"),
    ] {
        assert_eq!(without_prefix(name), rest, "{name}");
    }
    for (name, expected) in [
        ("NameOfAccount", &["account", "name", "of"][..]),
        ("name_of account", &["account", "name", "of"]),
        ("ABCName", &["abcname"]),
        ("a1B", &["a1b"]),
        ("__", &[]),
    ] {
        assert_eq!(words(name), expected, "{name}");
    }
}

#[test]
fn ranked_names_come_best_first_and_once() {
    let candidates = ["fullname", "fulname", "fullnames", "FULLNAME", "fullname", "other"];
    assert_eq!(ranked("fullname", candidates, 9), ["FULLNAME", "fullname", "fullnames", "fulname"]);
    assert_eq!(ranked("fullname", candidates, 1), ["FULLNAME"]);
    assert_eq!(ranked("fullname", candidates, 0), [""; 0]);
    assert_eq!(ranked(" ", candidates, 9), [""; 0]);
    let displays = [("new_x", Some("Budget")), ("budgets", None), ("budget", Some("Other"))];
    assert_eq!(ranked_by("Budget", displays, 9), ["budget", "new_x", "budgets"]);
    assert_eq!(closest_by("Bugdet", [("new_x", Some("Budget"))]), Some("new_x"));
}

#[test]
fn a_typo_is_certain_only_if_one_name_can_be_meant() {
    let typo = |wanted: &str, candidates: &[&str]| {
        unambiguous_typo(wanted, candidates.iter().map(|c| (*c, None))).map(str::to_owned)
    };
    for (wanted, candidates, expected) in [
        ("FullName", &["fullname"][..], Some("fullname")),
        ("full_name", &["fullname"], Some("fullname")),
        ("fulname", &["fullname"], Some("fullname")),
        ("fulnme", &["fullname"], None),
        ("fullnmae1", &["fullname1"], Some("fullname1")),
        ("teleponhe", &["telephone"], Some("telephone")),
        ("telpnoe", &["telephone"], None),
        // Two names are equally near.
        ("nam", &["name", "named", "nams"], None),
        ("address1", &["address2"], None),
        ("like", &["nlike"], None),
        // The beginning of longer names may have been cut off.
        ("parentaccount", &["parentaccounts", "parentaccountid"], None),
        ("attributetype", &["attributetypeid"], None),
        ("budget", &["new_budget"], None),
        ("name_account", &["account_name"], None),
        ("{name}", &["name"], None),
        ("na%me", &["name"], None),
        ("", &["name"], None),
    ] {
        assert_eq!(typo(wanted, candidates).as_deref(), expected, "{wanted} {candidates:?}");
    }
    let by_display = |wanted: &str, candidates: &[(&'static str, Option<&'static str>)]| {
        unambiguous_typo(wanted, candidates.iter().copied())
    };
    assert_eq!(by_display("Job Title", &[("new_x", Some("Job title"))]), Some("new_x"));
    assert_eq!(by_display("Job Titel", &[("new_x", Some("Job title"))]), None);
    assert_eq!(
        by_display("title", &[("new_x", Some("Title")), ("titel", None)]),
        None,
        "a slip of another name"
    );
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let twice = [("fullname", None), ("FullNAME", None)];
    assert_eq!(unambiguous_typo_by("fulname", twice, same), Some("fullname"));
    assert_eq!(unambiguous_typo("fulname", twice), None);
}

#[test]
fn the_nearest_of_several_names_is_meant() {
    for (wanted, candidates, expected) in [
        // An equal name is nearer than one with other separators, whatever their order.
        ("a_b", &["a-b", "a_b"][..], Some("a_b")),
        ("a_b", &["a b", "ab"], Some("a b")),
        ("a_b", &["xa_b", "a-b"], Some("a-b")),
        // One edit is nearer than a prefix, a prefix nearer than two edits, and these than other words.
        ("budget", &["new_budget", "budgetx"], Some("budgetx")),
        ("budget", &["new_budget", "budgetxy"], Some("new_budget")),
        ("name_account", &["account_name", "name_accountxyz"], Some("name_accountxyz")),
        ("name_account", &["account_name", "name_accountxyzuv"], Some("account_name")),
        // Two names with other prefixes are not told apart.
        ("budget", &["new_budget", "cr1_budget", "budgetxy"], Some("budgetxy")),
        ("budget", &["new_budget", "cr1_budget"], None),
        ("budget", &["cr1_budget", "new_budget", "new_budget"], None),
        ("new_budget", &["budget"], Some("budget")),
        ("new_budget", &["cr1_budget"], Some("cr1_budget")),
        // Fewer edits are nearer, then the same length, then the alphabet.
        ("abcdef", &["abcxyf", "abcxef"], Some("abcxef")),
        ("abcdef", &["abcdefg", "abcxef"], Some("abcxef")),
        ("abcdef", &["abcyef", "abcxef"], Some("abcxef")),
        ("abcdef", &["abcxef", "abcyef"], Some("abcxef")),
        // Words in another order, with as many letters but for their separators.
        ("name_of_account", &["account_of_name"], Some("account_of_name")),
        ("NameOfAccount", &["account_of_name"], Some("account_of_name")),
        ("account__of__name__", &["NameOfAccount"], None),
        ("account_of__name_", &["NameOfAccount"], None),
        ("account_of_name_", &["NameOfAccount"], Some("NameOfAccount")),
        ("name", &["NAME"], Some("NAME")),
        ("ab", &["ba"], Some("ba")),
        ("", &["a", ""], None),
        (" ", &["a", " "], None),
        ("_", &["_"], Some("_")),
        ("_", &["__"], Some("__")),
        ("__", &["--"], None),
    ] {
        assert_eq!(closest(wanted, candidates.iter().copied()), expected, "{wanted} of {candidates:?}");
        let mut backwards = candidates.to_vec();
        backwards.reverse();
        assert_eq!(closest(wanted, backwards), expected, "{wanted} of {candidates:?}, backwards");
    }
    for (wanted, candidates, expected) in [
        ("Job Title", &[("new_x", Some("Job Title")), ("jobtitle", None)][..], Some("jobtitle")),
        ("Job Titel", &[("new_x", Some("Job Title"))], Some("new_x")),
        ("Job Titxyz", &[("new_x", Some("Job Title"))], Some("new_x")),
        ("Job Twxyz", &[("new_x", Some("Job Title"))], None),
        // The name is taken rather than the display name if both are as near.
        ("jobtitel", &[("new_x", Some("jobtitle")), ("jobtitle", None)], Some("jobtitle")),
        ("abcdef", &[("a", Some("ABCDXY")), ("b", Some("abcdex"))], Some("b")),
        ("abcdef", &[("abcxyf", Some("abcdex"))], Some("abcxyf")),
    ] {
        assert_eq!(closest_by(wanted, candidates.iter().copied()), expected, "{wanted} of {candidates:?}");
    }
}

#[test]
fn a_score_says_by_which_rule_a_name_matches() {
    let score = |wanted: &str, key: &str, display: Option<&str>| {
        let score = Wanted::new(wanted).and_then(|wanted| wanted.score(key, display));
        score.map(|s| (s.tier, s.distance, s.by_display, s.length))
    };
    for (wanted, key, display, expected) in [
        ("abc", "ABC", None, Some((Tier::Equal, 0, false, 0))),
        (" abc ", "abc", None, Some((Tier::Equal, 0, false, 0))),
        ("ABC", "abc", Some("abc"), Some((Tier::Equal, 0, false, 0))),
        ("a_b c", "abc", None, Some((Tier::Normalized, 0, false, 2))),
        ("a_b c", "xyz", Some("ABC"), Some((Tier::Normalized, 0, true, 2))),
        ("abd", "abc", None, Some((Tier::OneEdit, 1, false, 0))),
        ("abdc", "abcd", None, Some((Tier::OneEdit, 1, false, 0))),
        ("abd", "xyz", Some("abc"), Some((Tier::OneEdit, 1, true, 0))),
        ("abcxyz", "new_abcxyz", None, Some((Tier::Prefix, 0, false, 4))),
        ("abcxyz", "abcdez", None, Some((Tier::Edits, 2, false, 0))),
        ("abcxyz", "abcdez", Some("abcxyy"), Some((Tier::OneEdit, 1, true, 0))),
        ("abcxyz", "new_a", Some("abcdez"), Some((Tier::Edits, 2, true, 1))),
        ("abc_xyz", "xyz_abc", None, Some((Tier::Words, 0, false, 0))),
        ("abc_xyz", "XyzAbc", None, Some((Tier::Words, 0, false, 1))),
        ("abc_xyz", "xyz_abd", None, None),
        ("abcxyz", "abcuvw", None, None),
    ] {
        assert_eq!(score(wanted, key, display), expected, "{wanted} {key} {display:?}");
    }
}

#[test]
fn a_typo_is_certain_up_to_its_limits() {
    let typo = |wanted: &str, candidates: &[(&'static str, Option<&'static str>)]| {
        unambiguous_typo(wanted, candidates.iter().copied())
    };
    for (wanted, names, expected) in [
        // One edit, and two from eight letters on.
        ("abcdefg", &["abcxefg"][..], Some("abcxefg")),
        ("abcdefg", &["abxxefg"], None),
        ("abcdefgh", &["abxxefgh"], Some("abxxefgh")),
        ("abcdefghi", &["abxxefghi"], Some("abxxefghi")),
        ("abcdefghi", &["abxxxfghi"], None),
        // The nearer one is certain, whatever stands before and after it.
        ("abcdefgh", &["abxxefgh", "abcdefgx"], Some("abcdefgx")),
        ("abcdefgh", &["abcdefgx", "abxxefgh"], Some("abcdefgx")),
        ("abcdefgh", &["abxxefgh", "abxyefgh", "abcdefgx"], Some("abcdefgx")),
        ("abcdefgh", &["abcdefgx", "abcdefgy"], None),
        ("abcdefgh", &["abcdefgx", "abcdefgy", "abcdefgh"], Some("abcdefgh")),
        ("abcdefgh", &["abcdefgx", "abcdefgx"], Some("abcdefgx")),
        // Digits are no letters.
        ("telephone1", &["telephone2"], None),
        ("telephone1", &["telephonf1"], Some("telephonf1")),
        ("telephone", &["telephone1"], None),
        // A name may have been cut off, unless it is there.
        ("parent", &["parents", "parentid"], None),
        ("parent", &["parents"], Some("parents")),
        ("parent", &["parentx", "PARENT", "parentid"], Some("PARENT")),
        ("par_ent", &["parent", "par_entid"], None),
        ("PARENX", &["parent", "Parenxid"], None),
        ("parenx", &["parent", "idparenx"], Some("parent")),
        ("parents", &["parent"], Some("parent")),
        ("parentaccou", &["parentaccount"], None),
        ("parentaccount", &["parentaccou"], None),
        ("parentaccuont", &["parentaccount"], Some("parentaccount")),
        ("accountid", &["xyaccountid"], Some("xyaccountid")),
        ("xyaccountid", &["accountid"], Some("accountid")),
        ("like", &["unlike", "nlike"], None),
        ("nlike", &["like"], None),
        ("new_budget", &["cr1_budget"], None),
        ("_", &["__"], Some("__")),
    ] {
        let candidates: Vec<_> = names.iter().map(|name| (*name, None)).collect();
        assert_eq!(typo(wanted, &candidates), expected, "{wanted} of {names:?}");
    }
    for sign in ["{", "}", "%", "$", "@", "<", ">", "[", "]"] {
        assert_eq!(typo(&format!("nam{sign}e"), &[("name", None)]), None, "{sign}");
    }
    assert_eq!(typo("nam-e", &[("name", None)]), Some("name"));
    for (wanted, candidates, expected) in [
        ("job title", &[("new_x", Some("Job Title"))][..], Some("new_x")),
        ("jobtitel", &[("new_x", Some("jobtitle"))], None),
        // A display name that is equal is certain unless the text is a slip of a name.
        ("title", &[("new_x", Some("Title")), ("titles", None)], None),
        ("title", &[("titles", None), ("new_x", Some("Title"))], None),
        ("title", &[("new_x", Some("Title")), ("other", Some("Titles"))], Some("new_x")),
        ("title", &[("new_x", Some("Title")), ("new_y", Some("Title"))], None),
    ] {
        assert_eq!(typo(wanted, candidates), expected, "{wanted} of {candidates:?}");
    }
    // Keys with the same meaning do not make it ambiguous, neither as names nor as longer ones.
    let same = |a: &str, b: &str| a.trim_end_matches("id") == b.trim_end_matches("id");
    for (wanted, names, expected) in [
        ("parens", &["parent", "parentid"][..], Some("parent")),
        ("pare", &["paret", "paretid"], Some("paret")),
        ("pare", &["paret", "paretx"], None),
    ] {
        let candidates = names.iter().map(|name| (*name, None));
        assert_eq!(unambiguous_typo_by(wanted, candidates, same), expected, "{wanted} of {names:?}");
    }
}

#[test]
fn an_opposite_is_the_longer_word_with_a_negation_before_it() {
    for negation in ["n", "no", "non", "not", "un", "in", "dis", "not-", "no_", "un "] {
        let long = format!("{negation}equal");
        assert!(is_opposite(&long, "equal") && is_opposite("equal", &long), "{negation}");
        assert!(!is_opposite(&format!("equal{negation}"), "equal"), "{negation} at the end");
    }
    for other in ["x", "nn", "-", ""] {
        assert!(!is_opposite(&format!("{other}equal"), "equal"), "{other:?}");
    }
    assert!(!is_one_edit("abcdefgh", "abc") && !is_one_edit("", "ab") && is_one_edit("", "a"));
}
