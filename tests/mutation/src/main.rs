//! Draws mutants of the workspace's code at random, compiles them into one build, and reports which of them the tests notice.
//!
//! A mutant is a small mistake: a condition that is always true, a statement that is gone, `<` for `<=`. A test that fails with
//! it has noticed it. README.md says how to use the program; the modules say how it works, in this order: [`workspace`],
//! [`candidates`], [`sample`], [`instrument`], [`copy`], [`compile`], [`suite`], [`judge`], [`report`].
// Progress is what a person who waits for hours looks at; results go to files.
#![allow(clippy::print_stderr)]

mod candidates;
mod compile;
mod copy;
mod equivalent;
mod instrument;
mod judge;
mod report;
mod sample;
mod suite;
mod workspace;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Parser;
use serde::{Deserialize, Serialize};

use crate::compile::Build;
use crate::equivalent::Equivalents;
use crate::judge::Rules;
use crate::sample::{Mutant, Urn};
use crate::suite::Suite;
use crate::workspace::Workspace;

/// Most builds until every mutant compiles. Each finds errors of one crate at least.
const MAX_BUILDS: usize = 60;

/// Draws mutants of the workspace's code, and reports which of them the tests notice
#[derive(Debug, Parser)]
#[command(name = "dvkit-mutation")]
struct Options {
    /// Number that chooses the sample; the same number gives the same sample of the same code
    #[arg(long)]
    seed: u64,
    /// Number of mutants, spread evenly over the packages
    #[arg(long, default_value_t = 100)]
    count: usize,
    /// Package to take mutants of, as often as you like [default: all that are published]
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
    /// Judge each mutant by the tests of its own package only, and build only those
    #[arg(long)]
    own: bool,
    /// Folder for the copy, its build and the results [default: target/mutation]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Most mutants of one file
    #[arg(long, default_value_t = 4, value_name = "NUMBER")]
    per_file: usize,
    /// Leave out tests that take longer
    #[arg(long, value_name = "SECONDS")]
    longest: Option<f64>,
    /// Count a mutant as survived when its tests have taken so long without noticing it
    #[arg(long, value_name = "SECONDS")]
    patience: Option<f64>,
    /// Number of tests that run at once
    #[arg(long, default_value_t = 2, value_name = "NUMBER")]
    jobs: usize,
    /// Write the list of candidates to the results, and do nothing else
    #[arg(long)]
    list: bool,
}

/// The sample of a run, kept so that an interrupted run goes on with the same mutants.
#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    /// Options and a fingerprint of the files. A plan of other code is not used.
    key: String,
    /// Number of candidates.
    candidates: usize,
    /// Mutants that did not compile.
    dropped: Vec<Mutant>,
    /// The sample, all of which compiles.
    mutants: Vec<Mutant>,
}

/// Says what is being done.
fn progress(text: &str) {
    eprintln!("{text}");
}

fn main() -> ExitCode {
    match run(&Options::parse(), Path::new(".")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Does a run for the workspace around a folder.
fn run(options: &Options, folder: &Path) -> anyhow::Result<()> {
    let workspace = workspace::read(folder)?;
    let packages = chosen(&workspace, options)?;
    let out = options.out.clone().unwrap_or_else(|| workspace.target.join("mutation"));
    let out = copy::prepare(&out, &workspace)?;
    let results = out.join("runs").join(name(options));
    fs::create_dir_all(&results)?;

    if options.list {
        return list(&workspace, &packages, &results.join("candidates.txt"));
    }
    let files = copy::read(&workspace, &out)?;
    let only = options.own.then_some(&packages);
    let (copied, build) = (out.join("workspace"), out.join("build"));
    let taken = copy::seed(&workspace, &build)?;
    if taken > 0 {
        progress(&format!("{taken} files of dependencies that are compiled already were linked"));
    }
    let key = format!("{} {:016x}", name(options), copy::fingerprint(&files));
    let plan_file = results.join("plan.json");
    let earlier = fs::read(&plan_file).ok().and_then(|text| serde_json::from_slice::<Plan>(&text).ok());
    let earlier = earlier.filter(|plan| plan.key == key);
    if earlier.is_none() {
        for stale in ["plan.json", "reach.jsonl", "mutants.jsonl", "report.md", "survivors.txt"] {
            let _ = fs::remove_file(results.join(stale));
        }
    } else {
        progress("the code is that of an earlier run with these options, which is continued");
    }
    let (plan, executables) = prepare(&workspace, options, &packages, earlier, &key, |mutants| {
        copy::write(&copied, &workspace, &files, mutants, only)?;
        compile::build(&copied, &build, mutants)
    })?;
    fs::write(&plan_file, serde_json::to_vec_pretty(&plan)?)?;

    let copied_workspace = Workspace { root: copied, ..workspace.clone() };
    let suite = Suite::list(&copied_workspace, &workspace, executables, &build, &results.join("logs"), only)?;
    let Options { jobs, longest, patience, own: is_own, .. } = *options;
    let rules = Rules { jobs, longest, is_own, patience };
    let equivalents = Equivalents::read(&workspace.root.join("tests/mutation/equivalent.txt"))?;
    let is_equivalent = |mutant: &Mutant| equivalents.contains(mutant);
    // With `--own` the packages have nothing to do with each other, and results come one package after the other.
    let groups: Vec<BTreeSet<&str>> = match options.own {
        true => packages.iter().map(|package| BTreeSet::from([package.as_str()])).collect(),
        false => vec![workspace.packages.iter().map(|package| package.name.as_str()).collect()],
    };
    let (mut reach, mut judgements) = (Vec::new(), Vec::new());
    for group in groups {
        let tests: Vec<_> = suite.tests.iter().filter(|test| group.contains(test.package.as_str())).collect();
        let mutants: Vec<_> = plan.mutants.iter().filter(|m| group.contains(m.package.as_str())).collect();
        let names = group.iter().copied().collect::<Vec<_>>().join(", ");
        progress(&format!("{} tests and {} mutants of {names}", tests.len(), mutants.len()));
        reach = judge::reach(&suite, &tests, &results.join("reach.jsonl"), &rules)?;
        judgements =
            judge::judge(&suite, &reach, &mutants, &is_equivalent, &results.join("mutants.jsonl"), &rules)?;
    }
    let heading = report::Heading {
        options: &name(options),
        candidates: plan.candidates,
        dropped: plan.dropped.len(),
        is_own: options.own,
        longest: options.longest,
    };
    fs::write(results.join("report.md"), report::markdown(&heading, &judgements, &reach))?;
    fs::write(results.join("survivors.txt"), report::survivors(&judgements))?;
    progress(&format!("the report is {}", results.join("report.md").display()));
    Ok(())
}

/// Returns the packages of which mutants are taken.
fn chosen(workspace: &Workspace, options: &Options) -> anyhow::Result<BTreeSet<String>> {
    let known: Vec<&str> = workspace.packages.iter().map(|package| package.name.as_str()).collect();
    for name in &options.packages {
        if !known.contains(&name.as_str()) {
            bail!("the workspace has no package `{name}`; it has {}", known.join(", "));
        }
    }
    let published = workspace.packages.iter().filter(|package| package.is_published);
    Ok(match options.packages.as_slice() {
        [] => published.map(|package| package.name.clone()).collect(),
        names => names.iter().cloned().collect(),
    })
}

/// Returns the name of the folder with the results: the options that choose what is judged, and by what.
fn name(options: &Options) -> String {
    let mut name = format!("seed-{}-count-{}", options.seed, options.count);
    if options.per_file != 4 {
        name.push_str(&format!("-per-file-{}", options.per_file));
    }
    if options.own {
        name.push_str("-own");
    }
    if let Some(longest) = options.longest {
        name.push_str(&format!("-longest-{longest}"));
    }
    if let Some(patience) = options.patience {
        name.push_str(&format!("-patience-{patience}"));
    }
    for package in options.packages.iter().collect::<BTreeSet<_>>() {
        name.push('-');
        name.push_str(package);
    }
    name
}

/// Writes all candidates of the packages to a file.
fn list(workspace: &Workspace, packages: &BTreeSet<String>, to: &Path) -> anyhow::Result<()> {
    let mut text = String::new();
    for package in workspace.packages.iter().filter(|package| packages.contains(&package.name)) {
        for source in workspace::sources(workspace, package)? {
            for candidate in source.candidates {
                let candidates::Candidate { kind, function, line, change, .. } = candidate;
                text.push_str(&format!("{}:{line}\t{function}\t{kind}\t{change}\n", source.file));
            }
        }
    }
    fs::write(to, text)?;
    progress(&format!("the candidates are in {}", to.display()));
    Ok(())
}

/// Draws the sample and builds it, without the mutants that do not compile: others of the same package take their place.
fn prepare(
    workspace: &Workspace,
    options: &Options,
    packages: &BTreeSet<String>,
    earlier: Option<Plan>,
    key: &str,
    build: impl Fn(&[Mutant]) -> anyhow::Result<Build>,
) -> anyhow::Result<(Plan, Vec<suite::Executable>)> {
    let (mut urns, mut names, mut candidates) = (Vec::new(), Vec::new(), 0);
    for package in workspace.packages.iter().filter(|package| packages.contains(&package.name)) {
        let sources = workspace::sources(workspace, package)?;
        candidates += sources.iter().map(|source| source.candidates.len()).sum::<usize>();
        urns.push(Urn::new(options.seed, &package.name, sources, options.per_file));
        names.push(package.name.clone());
    }
    let is_new = earlier.is_none();
    let mut plan = earlier.unwrap_or_else(|| {
        let mutants = sample::draw(&mut urns, options.count);
        Plan { key: key.to_owned(), candidates, dropped: Vec::new(), mutants }
    });
    progress(&format!(
        "{} mutants of {candidates} candidates in {} packages",
        plan.mutants.len(),
        packages.len()
    ));
    if plan.mutants.len() < options.count {
        progress(&format!(
            "there are not {} functions and files for them: --per-file gives more",
            options.count
        ));
    }
    for _ in 0..MAX_BUILDS {
        match build(&plan.mutants)? {
            Build::Done(executables) => return Ok((plan, executables)),
            Build::Failed(guilty) => {
                for id in guilty {
                    let at = plan
                        .mutants
                        .iter()
                        .position(|mutant| mutant.id == id)
                        .context("a mutant has its number")?;
                    let mutant = plan.mutants.remove(at);
                    progress(&format!("does not compile: {}:{} {}", mutant.file, mutant.line, mutant.change));
                    let urn = names.iter().position(|name| *name == mutant.package).filter(|_| is_new);
                    if let Some(urn) = urn {
                        urns[urn].give_back(&mutant);
                        // The number stays in use, so that the others keep theirs and are not compiled again for it.
                        plan.mutants.extend(urns[urn].draw().map(|next| Mutant { id, ..next }));
                    }
                    plan.dropped.push(mutant);
                }
            }
        }
    }
    bail!("after {MAX_BUILDS} builds there still are mutants that do not compile")
}

#[cfg(test)]
mod tests;
