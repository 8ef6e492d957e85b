//! Recognises the names of query options, with and without `$`.

use dvkit_diagnostic::suggest;

/// The names of the system query options without `$`, in the spelling of the standard.
pub(super) const SYSTEM: &[&str] = &[
    "select",
    "expand",
    "filter",
    "orderby",
    "top",
    "skip",
    "count",
    "search",
    "apply",
    "compute",
    "format",
    "skiptoken",
    "deltatoken",
    "levels",
    "id",
    "index",
    "schemaversion",
    "at",
    "from",
    "to",
    "toInclusive",
];

/// The names of the system options whose `$` must not be left out, because custom options have the same
/// names. The `$` of any other system option is optional (OData 4.01).
const WITH_SIGIL: &[&str] = &["id", "at", "from", "to", "toInclusive"];

/// Returns the system option that `name` means, in the spelling of the standard; `None` for a custom option.
/// For an unknown name with `$`, returns as an error the most similar system option (`None` if there is
/// none).
pub(super) fn system(name: &str) -> Result<Option<&'static str>, Option<&'static str>> {
    let any_case = |bare: &str| SYSTEM.iter().copied().find(|s| s.eq_ignore_ascii_case(bare));
    let Some(bare) = name.strip_prefix('$') else {
        return Ok(any_case(name).filter(|s| !WITH_SIGIL.contains(s)));
    };
    match any_case(bare) {
        Some(found) => Ok(Some(found)),
        None => Err(suggest::unambiguous_typo(bare, SYSTEM.iter().map(|s| (*s, None)))),
    }
}

/// Returns whether `bare`, a name without `$`, is the name of a system option in any letter case.
pub(super) fn is_system(bare: &str) -> bool {
    SYSTEM.iter().any(|s| s.eq_ignore_ascii_case(bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_option_may_lack_its_sigil_unless_a_custom_option_may_have_its_name() {
        for (name, expected) in [
            ("$select", Ok(Some("select"))),
            ("select", Ok(Some("select"))),
            ("$SELECT", Ok(Some("select"))),
            ("Top", Ok(Some("top"))),
            ("$toinclusive", Ok(Some("toInclusive"))),
            ("toInclusive", Ok(None)),
            ("id", Ok(None)),
            ("$id", Ok(Some("id"))),
            ("at", Ok(None)),
            ("from", Ok(None)),
            ("to", Ok(None)),
            ("schemaversion", Ok(Some("schemaversion"))),
            ("other", Ok(None)),
            ("selct", Ok(None)),
            ("$selct", Err(Some("select"))),
            ("$zzzzzz", Err(None)),
        ] {
            assert_eq!(system(name), expected, "{name}");
        }
        assert!(is_system("ORDERBY") && is_system("toinclusive") && !is_system("$top"));
    }
}
