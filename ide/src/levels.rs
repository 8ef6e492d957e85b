//! Parses settings that change the severity of findings: `[lints]` in `dvkit.toml`, and arguments such as
//! `DV0502=off`. The reader of `dvkit.toml` and the command line call it.
//!
//! A setting is about one code (`DV0502`) or a family of codes (`performance`). The setting of a code
//! overrides that of its family. Syntax errors cannot be changed.

use std::collections::BTreeMap;

use dvkit_diagnostic::{Code, CodeFamily, Severity, code, suggest};

/// The severity of findings by their code, for codes whose severity is changed; `None` drops the findings
/// with that code.
pub type Levels = BTreeMap<Code, Option<Severity>>;

const LEVELS: &[(&str, Option<Severity>)] = &[
    ("off", None),
    ("note", Some(Severity::Note)),
    ("warning", Some(Severity::Warning)),
    ("error", Some(Severity::Error)),
];

/// A setting that changes the severity of one code or of a family of codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    target: Target,
    level: Option<Severity>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Code(Code),
    Family(CodeFamily),
}

impl Lint {
    /// Returns the setting for a code or a family with the name `name`. `level` is `off`, `note`, `warning`
    /// or `error`.
    ///
    /// # Errors
    /// Returns a sentence as an error if there is no such name or no such level, or if the severity of the
    /// codes cannot be changed.
    pub fn new(name: &str, level: &str) -> Result<Self, String> {
        let target = target(name)?;
        let Some((_, level)) = LEVELS.iter().find(|(word, _)| *word == level) else {
            let words = LEVELS.iter().map(|(word, _)| *word);
            let near = suggest::closest(level, words).map_or_else(
                || "levels are `off`, `note`, `warning` and `error`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(format!("`{name}`: there is no level `{level}`; {near}"));
        };
        Ok(Self { target, level: *level })
    }

    /// Parses a setting such as `DV0502=off`.
    ///
    /// # Errors
    /// Returns a sentence as an error if the text has no `=`, or if the name or the level is not valid, as in
    /// [`new`](Self::new).
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, level)) => Self::new(name.trim(), level.trim()),
            None => Err("write `CODE=LEVEL`, for example `DV0502=off` or `performance=error`".to_owned()),
        }
    }
}

/// Returns the severities that result from the settings, for the codes that they change. The setting of a
/// code overrides that of its family; of several settings for one name, the last counts.
#[must_use]
pub fn levels(lints: &[Lint]) -> Levels {
    let mut levels = Levels::new();
    for lint in lints {
        if let Target::Family(family) = lint.target {
            levels.extend(
                code::all().map(|i| i.code).filter(|c| c.family() == family).map(|c| (c, lint.level)),
            );
        }
    }
    for lint in lints {
        if let Target::Code(code) = lint.target {
            levels.insert(code, lint.level);
        }
    }
    levels
}

fn target(name: &str) -> Result<Target, String> {
    let code = name.parse::<Code>().ok();
    let family = families().find(|(word, _)| *word == name).map(|(_, family)| family);
    let target = match (code, family) {
        (Some(code), _) => Target::Code(code),
        (None, Some(family)) => Target::Family(family),
        (None, None) => {
            let codes: Vec<String> = code::all().map(|i| i.code.to_string()).collect();
            let names = families().map(|(word, _)| word).chain(codes.iter().map(String::as_str));
            let near = suggest::closest(name, names).map_or_else(
                || "`dvkit explain` lists all".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(format!("there is no code and no family of codes `{name}`; {near}"));
        }
    };
    if code.map(Code::family).or(family) == Some(CodeFamily::Syntax) {
        return Err(format!("`{name}` stays an error: a text that cannot be read cannot be checked"));
    }
    Ok(target)
}

/// Returns the names of all levels: `off`, `note`, `warning` and `error`.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    LEVELS.iter().map(|(name, _)| *name)
}

/// Returns for each code the family to which it belongs, with the first word of the family's name. A family
/// with several codes is therefore returned several times.
pub(crate) fn families() -> impl Iterator<Item = (&'static str, CodeFamily)> {
    code::all().map(|info| {
        let family = info.code.family();
        (family.as_str().split(' ').next().unwrap_or_default(), family)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_counts_for_more_than_its_family() {
        let lints = ["DV0203=warning", "names=off", "performance=error"].map(|t| Lint::parse(t).unwrap());
        let levels = levels(&lints);
        assert_eq!(levels[&code::UNKNOWN_COLUMN], Some(Severity::Warning));
        assert_eq!(levels[&code::NAME_CASE], None);
        assert_eq!(levels[&code::LEADING_WILDCARD], Some(Severity::Error));
        assert!(!levels.contains_key(&code::IN_OPERATOR));
        assert!(Lint::parse("service = note").is_ok());
    }

    #[test]
    fn a_setting_has_one_of_four_levels() {
        for (level, expected) in [
            ("off", None),
            ("note", Some(Severity::Note)),
            ("warning", Some(Severity::Warning)),
            ("error", Some(Severity::Error)),
        ] {
            let code = Lint::parse(&format!(" DV0203 = {level} ")).unwrap();
            assert_eq!(code, Lint { target: Target::Code(code::UNKNOWN_COLUMN), level: expected }, "{level}");
            let family = Lint::new("names", level).unwrap();
            assert_eq!(
                family,
                Lint { target: Target::Family(CodeFamily::Names), level: expected },
                "{level}"
            );
        }
        assert_eq!(names().collect::<Vec<_>>(), ["off", "note", "warning", "error"]);
        let mut all: Vec<&str> = families().map(|(name, _)| name).collect();
        all.dedup();
        assert_eq!(
            all,
            ["syntax", "names", "types", "service", "performance", "conversion", "suppressions", "mapping"]
        );
        let levels = levels(&[Lint::new("names", "off").unwrap()]);
        assert!(
            levels.keys().all(|code| code.family() == CodeFamily::Names) && levels.len() > 5,
            "{levels:?}"
        );
    }

    #[test]
    fn a_wrong_setting_of_a_level_is_named_with_what_to_write() {
        let stays = "stays an error: a text that cannot be read cannot be checked";
        for (text, expected) in [
            (
                "performence=off",
                "there is no code and no family of codes `performence`; did you mean `performance`?"
                    .to_owned(),
            ),
            (
                "colours=off",
                "there is no code and no family of codes `colours`; `dvkit explain` lists all".to_owned(),
            ),
            ("DV0203=of", "`DV0203`: there is no level `of`; did you mean `off`?".to_owned()),
            ("names = waning", "`names`: there is no level `waning`; did you mean `warning`?".to_owned()),
            (
                "DV0203=loud",
                "`DV0203`: there is no level `loud`; levels are `off`, `note`, `warning` and `error`"
                    .to_owned(),
            ),
            ("DV0001=off", format!("`DV0001` {stays}")),
            ("syntax=note", format!("`syntax` {stays}")),
            ("DV0203", "write `CODE=LEVEL`, for example `DV0502=off` or `performance=error`".to_owned()),
        ] {
            assert_eq!(Lint::parse(text), Err(expected), "{text}");
        }
    }
}
