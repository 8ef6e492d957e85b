//! Builds the tests of the copy, and finds the mutants that do not compile.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::sample::Mutant;
use crate::suite::Executable;
use crate::workspace::cargo;

/// Outcome of one build.
pub(crate) enum Build {
    /// Everything compiled.
    Done(Vec<Executable>),
    /// Numbers of the mutants on which errors of the compiler point.
    Failed(BTreeSet<u32>),
}

/// Builds the tests of the copy.
///
/// # Errors
/// Returns an error if cargo cannot be run, or if the build fails for another reason than a mutant.
pub(crate) fn build(copy: &Path, target: &Path, mutants: &[Mutant]) -> anyhow::Result<Build> {
    let run = Command::new(cargo())
        .args([
            "test",
            "--workspace",
            "--all-features",
            "--tests",
            "--no-run",
            "--no-fail-fast",
            "--message-format",
            "json",
        ])
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", target)
        // Debug information of the members would take most of the space, and nobody looks at it here.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        // Without this cargo would compile the dependencies again, to strip what they do not have.
        .env("CARGO_PROFILE_DEV_STRIP", "none")
        .env("CARGO_INCREMENTAL", "0")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .context("cargo cannot be run")?;
    let messages: Vec<Value> = String::from_utf8_lossy(&run.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    if run.status.success() {
        return Ok(Build::Done(executables(&messages)));
    }
    let errors: Vec<&Value> =
        messages.iter().map(|m| &m["message"]).filter(|m| m["level"].as_str() == Some("error")).collect();
    let guilty: BTreeSet<u32> = errors.iter().flat_map(|error| blame(error, mutants)).collect();
    if guilty.is_empty() {
        let texts: Vec<&str> = errors.iter().filter_map(|error| error["rendered"].as_str()).take(5).collect();
        let last: Vec<String> =
            String::from_utf8_lossy(&run.stderr).lines().rev().take(20).map(str::to_owned).collect();
        let last: Vec<String> = last.into_iter().rev().collect();
        bail!("the build fails, and no mutant is to blame:\n{}\n{}", texts.join("\n"), last.join("\n"));
    }
    Ok(Build::Failed(guilty))
}

/// Returns the mutants on which an error points: those on its lines, or else the one in whose function it is.
fn blame(error: &Value, mutants: &[Mutant]) -> BTreeSet<u32> {
    let mut spans: Vec<&Value> = error["spans"].as_array().into_iter().flatten().collect();
    spans.sort_by_key(|span| span["is_primary"] != Value::Bool(true));
    let places: Vec<(String, usize, usize)> = spans
        .iter()
        .filter_map(|span| {
            let line = |name: &str| usize::try_from(span[name].as_u64()?).ok();
            Some((span["file_name"].as_str()?.replace('\\', "/"), line("line_start")?, line("line_end")?))
        })
        .collect();
    let on_lines = |(file, start, end): &(String, usize, usize)| -> BTreeSet<u32> {
        let is_near = |m: &&Mutant| m.file == *file && m.line <= *end && *start <= m.last_line;
        mutants.iter().filter(is_near).map(|m| m.id).collect()
    };
    let in_function = |(file, start, end): &(String, usize, usize)| -> BTreeSet<u32> {
        let is_near =
            |m: &&Mutant| m.file == *file && m.function_lines.0 <= *end && *start < m.function_lines.1;
        mutants.iter().filter(is_near).map(|m| m.id).collect()
    };
    let nearest = places.iter().map(on_lines).find(|found| !found.is_empty());
    nearest.or_else(|| places.iter().map(in_function).find(|found| !found.is_empty())).unwrap_or_default()
}

/// Returns the executables of tests that cargo's messages name, with the environment in which cargo would run them.
fn executables(messages: &[Value]) -> Vec<Executable> {
    let mut outputs: BTreeMap<&str, &str> = BTreeMap::new();
    let mut binaries: BTreeMap<&str, Vec<(OsString, OsString)>> = BTreeMap::new();
    for message in messages {
        let Some(id) = message["package_id"].as_str() else { continue };
        match message["reason"].as_str() {
            Some("build-script-executed") => {
                outputs.extend(message["out_dir"].as_str().map(|out| (id, out)));
            }
            Some("compiler-artifact")
                if message["target"]["kind"][0] == "bin" && message["profile"]["test"] == false =>
            {
                if let (Some(name), Some(path)) =
                    (message["target"]["name"].as_str(), message["executable"].as_str())
                {
                    let variable = format!("CARGO_BIN_EXE_{name}");
                    binaries.entry(id).or_default().push((variable.into(), path.into()));
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for message in messages {
        let is_test = message["reason"] == "compiler-artifact" && message["profile"]["test"] == true;
        let (true, Some(id), Some(path), Some(manifest)) = (
            is_test,
            message["package_id"].as_str(),
            message["executable"].as_str(),
            message["manifest_path"].as_str(),
        ) else {
            continue;
        };
        let name = message["target"]["name"].as_str().unwrap_or_default();
        let mut environment = binaries.get(id).cloned().unwrap_or_default();
        environment.extend(outputs.get(id).map(|out| ("OUT_DIR".into(), OsString::from(out))));
        found.push(Executable {
            path: PathBuf::from(path),
            manifest: PathBuf::from(manifest),
            target: name.to_owned(),
            environment,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mutant(id: u32, line: usize, last_line: usize, function_lines: (usize, usize)) -> Mutant {
        Mutant {
            id,
            package: String::new(),
            file: "a/src/lib.rs".to_owned(),
            line,
            last_line,
            function_lines,
            function: String::new(),
            kind: String::new(),
            change: String::new(),
            insertions: Vec::new(),
        }
    }

    fn error(spans: &[(usize, bool)]) -> Value {
        let spans: Vec<Value> = spans
            .iter()
            .map(|(line, primary)| {
                json!({"file_name": "a/src/lib.rs", "line_start": line, "line_end": line, "is_primary": primary})
            })
            .collect();
        json!({"level": "error", "spans": spans})
    }

    #[test]
    fn an_error_is_blamed_on_the_nearest_mutant() {
        let mutants = [mutant(1, 5, 6, (3, 10)), mutant(2, 12, 12, (11, 20))];
        for (spans, guilty) in [
            (&[(6, true)][..], Some(1)),
            // in the second function, beside its mutant
            (&[(15, true)], Some(2)),
            // the line of the other mutant is nearer than the function of the first place
            (&[(8, true), (12, false)], Some(2)),
            (&[(30, true)], None),
        ] {
            let found: Vec<u32> = blame(&error(spans), &mutants).into_iter().collect();
            assert_eq!(found, guilty.into_iter().collect::<Vec<u32>>(), "{spans:?}");
        }
    }
}
