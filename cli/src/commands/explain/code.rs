//! Explains diagnostic codes, for `dvkit explain`. The texts are those of the crate `diagnostic`.

use anyhow::Result;
use dvkit_diagnostic::{Code, CodeInfo, code};
use serde::Serialize;

use crate::output::{Outcome, OutputFormat, Screen};

/// A diagnostic code in the JSON output.
#[derive(Serialize)]
struct Entry<'a> {
    code: Code,
    kind: &'a str,
    title: &'a str,
    text: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    table: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    wrong: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    right: &'a str,
}

impl<'a> Entry<'a> {
    fn of(info: &'a CodeInfo) -> Self {
        let lines: Vec<&str> = info.text.lines().map(str::trim).collect();
        Self {
            code: info.code,
            kind: info.code.family().as_str(),
            title: info.title,
            text: lines.join("\n"),
            table: info.table,
            wrong: info.wrong,
            right: info.right,
        }
    }
}

/// Returns whether a name has the form of a code, such as `DV0203`, `dv203` or `203`.
pub(super) fn is_code(name: &str) -> bool {
    let digits = name.get(..2).filter(|p| p.eq_ignore_ascii_case("dv")).map_or(name, |_| &name[2..]);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn explain(screen: &mut Screen, format: OutputFormat, name: &str) -> Result<Outcome> {
    let found: Result<Code, _> = name.to_ascii_uppercase().parse();
    let Some(info) = found.as_ref().ok().and_then(|c| c.info()) else {
        screen
            .notice(format_args!("error: there is no code `{name}`; `dvkit explain` lists all there are"))?;
        return Ok(Outcome::Findings);
    };
    let entry = Entry::of(info);
    if format == OutputFormat::Json {
        screen.json(&entry)?;
        return Ok(Outcome::Clean);
    }
    let heading = format_args!("{}: {}", entry.code, entry.title);
    screen.heading(&heading, format_args!("   ({})", entry.kind))?;
    screen.blank()?;
    for line in entry.text.lines() {
        screen.line(format_args!("  {line}"))?;
    }
    if !entry.wrong.is_empty() {
        screen.blank()?;
        screen.line(format_args!("  on {}", entry.table))?;
        screen.line(format_args!("  wrong   {}", entry.wrong))?;
        if !entry.right.is_empty() {
            screen.line(format_args!("  right   {}", entry.right))?;
        }
    }
    Ok(Outcome::Clean)
}

/// Prints all codes, one per line.
pub(super) fn list(screen: &mut Screen, format: OutputFormat) -> Result<()> {
    let mut kind = "";
    for entry in code::all().map(Entry::of) {
        if format == OutputFormat::Json {
            screen.json(&entry)?;
            continue;
        }
        if kind != entry.kind {
            if !kind.is_empty() {
                screen.blank()?;
            }
            kind = entry.kind;
            screen.heading(&kind, format_args!(""))?;
        }
        screen.line(format_args!("  {}  {}", entry.code, entry.title))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_code;

    #[test]
    fn codes_are_told_from_names() {
        assert!(["DV0203", "dv203", "Dv0203", "203"].into_iter().all(is_code));
        assert!(!["contact", "dv", "", "dvx1", "é", "DV0203.x", "account.1"].into_iter().any(is_code));
    }
}
