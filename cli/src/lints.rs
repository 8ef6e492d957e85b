//! What becomes of findings by code: `[lints]` of `dvkit.toml`, and `--lint`.
//!
//! A setting names a code (`DV0502`) or a kind of codes (`performance`); a code counts for more than its kind.

use std::collections::BTreeMap;

use dvkit_diagnostic::{Code, CodeFamily, Severity, code, suggest};

/// Another severity, or none for silence.
pub(crate) type Levels = BTreeMap<Code, Option<Severity>>;

const LEVELS: &[(&str, Option<Severity>)] = &[
    ("off", None),
    ("note", Some(Severity::Note)),
    ("warning", Some(Severity::Warning)),
    ("error", Some(Severity::Error)),
];

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lint {
    which: Which,
    level: Option<Severity>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Code(Code),
    Family(CodeFamily),
}

impl Lint {
    /// A code or a kind, and what becomes of it; the error is a sentence.
    pub(crate) fn new(name: &str, level: &str) -> Result<Self, String> {
        let which = which(name)?;
        let Some((_, level)) = LEVELS.iter().find(|(word, _)| *word == level) else {
            let words = LEVELS.iter().map(|(word, _)| *word);
            let near = suggest::closest(level, words).map_or_else(
                || "levels are `off`, `note`, `warning` and `error`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(format!("`{name}`: there is no level `{level}`; {near}"));
        };
        Ok(Self { which, level: *level })
    }

    /// Reads `DV0502=off` of `--lint`.
    pub(crate) fn flag(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, level)) => Self::new(name.trim(), level.trim()),
            None => Err("write `CODE=LEVEL`, for example `DV0502=off` or `performance=error`".to_owned()),
        }
    }
}

/// All settings of one place together.
pub(crate) fn levels(lints: &[Lint]) -> Levels {
    let mut levels = Levels::new();
    for lint in lints {
        if let Which::Family(kind) = lint.which {
            levels
                .extend(code::all().map(|i| i.code).filter(|c| c.family() == kind).map(|c| (c, lint.level)));
        }
    }
    for lint in lints {
        if let Which::Code(code) = lint.which {
            levels.insert(code, lint.level);
        }
    }
    levels
}

fn which(name: &str) -> Result<Which, String> {
    let code = name.parse::<Code>().ok();
    let kind = kinds().find(|(word, _)| *word == name).map(|(_, kind)| kind);
    let which = match (code, kind) {
        (Some(code), _) => Which::Code(code),
        (None, Some(kind)) => Which::Family(kind),
        (None, None) => {
            let codes: Vec<String> = code::all().map(|i| i.code.to_string()).collect();
            let names = kinds().map(|(word, _)| word).chain(codes.iter().map(String::as_str));
            let near = suggest::closest(name, names).map_or_else(
                || "`dvkit explain` lists all".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(format!("there is no code and no kind of codes `{name}`; {near}"));
        }
    };
    if code.map(Code::family).or(kind) == Some(CodeFamily::Syntax) {
        return Err(format!("`{name}` stays an error: a text that cannot be read cannot be checked"));
    }
    Ok(which)
}

/// The kinds that have codes, each by the first of its words.
fn kinds() -> impl Iterator<Item = (&'static str, CodeFamily)> {
    code::all().map(|info| {
        let kind = info.code.family();
        (kind.as_str().split(' ').next().unwrap_or_default(), kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_counts_for_more_than_its_kind() {
        let lints = ["DV0203=warning", "names=off", "performance=error"].map(|t| Lint::flag(t).unwrap());
        let levels = levels(&lints);
        assert_eq!(levels[&code::UNKNOWN_COLUMN], Some(Severity::Warning));
        assert_eq!(levels[&code::NAME_CASE], None);
        assert_eq!(levels[&code::LEADING_WILDCARD], Some(Severity::Error));
        assert!(!levels.contains_key(&code::IN_OPERATOR));
        assert!(Lint::flag("service = note").is_ok());
    }

    #[test]
    fn mistakes_are_told() {
        let error = |text| Lint::flag(text).unwrap_err();
        assert_eq!(
            error("performence=off"),
            "there is no code and no kind of codes `performence`; did you mean `performance`?"
        );
        assert!(error("DV9999=off").starts_with("there is no code and no kind of codes `DV9999`; "));
        assert_eq!(error("DV0203=of"), "`DV0203`: there is no level `of`; did you mean `off`?");
        assert!(error("DV0203=loud").ends_with("levels are `off`, `note`, `warning` and `error`"));
        assert!(error("DV0001=off").contains("stays an error"));
        assert!(error("syntax=note").contains("stays an error"));
        assert!(error("DV0203").contains("CODE=LEVEL"));
    }
}
