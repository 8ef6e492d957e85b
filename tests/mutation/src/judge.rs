//! Runs tests: once without a mutant to see which mutants each reaches, then for each mutant those that reach it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::progress;
use crate::sample::Mutant;
use crate::suite::{Outcome, Suite, Test};

/// Shortest time limit of a test. A mutant may make a test slower without a mistake, and the machine may be busy.
const MIN_LIMIT: Duration = Duration::from_secs(20);

/// The time limit as a multiple of the time that the test takes without a mutant.
const LIMIT_FACTOR: u32 = 5;

/// Time limit of a test without a mutant.
const MAX_PLAIN: Duration = Duration::from_secs(900);

/// A test without a mutant: one line of the file with what tests reach.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reach {
    /// Name of the test.
    pub(crate) test: String,
    /// Whether it passes. A test that fails without a mutant judges none. One that was stopped for its time passes so far.
    pub(crate) passes: bool,
    /// How long it takes.
    pub(crate) seconds: f64,
    /// Numbers of the mutants that it reaches.
    pub(crate) reached: BTreeSet<u32>,
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fate {
    /// A test of the mutant's own package failed.
    KilledByOwn,
    /// A test of another package failed, and none of its own.
    KilledByOthers,
    /// All tests passed.
    Survived,
    /// No test that judges reaches it.
    Unreached,
    /// It is in the list of equivalent mutants.
    Equivalent,
}

/// A judged mutant: one line of the results.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Judgement {
    /// The mutant, without the inserted texts.
    #[serde(flatten)]
    pub(crate) mutant: Mutant,
    /// What became of it.
    pub(crate) fate: Fate,
    /// The test that failed.
    pub(crate) test: Option<String>,
    /// Whether that test was stopped at its time limit.
    pub(crate) is_timeout: bool,
    /// How many tests reach it.
    pub(crate) reached_by: usize,
    /// How many of the tests that judge were not run, because those before them took as long as is waited for.
    #[serde(default)]
    pub(crate) untried: usize,
}

/// How to judge.
pub(crate) struct Rules {
    /// Number of tests that run at once.
    pub(crate) jobs: usize,
    /// Tests that take longer than this do not judge.
    pub(crate) longest: Option<f64>,
    /// Only tests of a mutant's own package judge it.
    pub(crate) is_own: bool,
    /// A mutant whose tests have taken longer than this has survived.
    pub(crate) patience: Option<f64>,
}

/// Reads the lines of a results file. A last line that was cut off is left out.
pub(crate) fn lines<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Opens a results file for more lines, after those that are whole.
fn append<T: Serialize>(path: &Path, kept: &[T]) -> anyhow::Result<Mutex<File>> {
    let mut text = String::new();
    for line in kept {
        text.push_str(&serde_json::to_string(line)?);
        text.push('\n');
    }
    fs::write(path, text)?;
    Ok(Mutex::new(OpenOptions::new().append(true).open(path)?))
}

fn write<T: Serialize>(file: &Mutex<File>, line: &T) -> anyhow::Result<()> {
    let text = format!("{}\n", serde_json::to_string(line)?);
    file.lock()
        .expect("no job panics with the file")
        .write_all(text.as_bytes())
        .context("results cannot be written")
}

/// Does a piece of work for each item, a few at once. The number of the job is given to each.
fn at_once<T: Sync>(
    jobs: usize,
    items: &[T],
    work: impl Fn(usize, &T) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (next, work) = (&next, &work);
        let run = |slot: usize| {
            while let Some(item) = items.get(next.fetch_add(1, Ordering::SeqCst)) {
                work(slot, item)?;
            }
            Ok(())
        };
        let all: Vec<_> = (0..jobs.max(1)).map(|slot| scope.spawn(move || run(slot))).collect();
        all.into_iter().try_for_each(|job| job.join().expect("a job does not panic"))
    })
}

/// Runs each test of a list once without a mutant, and returns what is known of all tests. Continues where an interrupted run
/// ended.
///
/// # Errors
/// Returns an error if a test cannot be started or a result cannot be written.
pub(crate) fn reach(
    suite: &Suite,
    wanted: &[&Test],
    path: &Path,
    rules: &Rules,
) -> anyhow::Result<Vec<Reach>> {
    let names: BTreeSet<&str> = suite.tests.iter().map(|test| test.name.as_str()).collect();
    let known: Vec<Reach> =
        lines::<Reach>(path).into_iter().filter(|r| names.contains(r.test.as_str())).collect();
    let done: BTreeSet<String> = known.iter().map(|r| r.test.clone()).collect();
    let open: Vec<&Test> = wanted.iter().copied().filter(|test| !done.contains(&test.name)).collect();
    let file = append(path, &known)?;
    let finished = AtomicUsize::new(wanted.len() - open.len());
    at_once(rules.jobs, &open, |slot, test| {
        let notes = path.with_extension(format!("job-{slot}"));
        let _ = fs::remove_file(&notes);
        // A test that is left out for its time need not end.
        let limit = rules.longest.map_or(MAX_PLAIN, Duration::from_secs_f64);
        let (outcome, took) = suite.run(test, 0, limit, slot, Some(&notes))?;
        let text = fs::read_to_string(&notes).unwrap_or_default();
        let _ = fs::remove_file(&notes);
        let reached = text.lines().filter_map(|id| id.parse().ok()).collect();
        let passes = outcome == Outcome::Passed || (outcome == Outcome::Stopped && rules.longest.is_some());
        write(&file, &Reach { test: test.name.clone(), passes, seconds: took.as_secs_f64(), reached })?;
        let finished = finished.fetch_add(1, Ordering::SeqCst) + 1;
        if !passes {
            let kept = path.with_file_name(format!("failed-{}.log", test.name.replace([' ', ':', '/'], "_")));
            fs::copy(suite.log(slot), &kept)?;
            progress(&format!(
                "{} fails without a mutant and is left out: see {}",
                test.name,
                kept.display()
            ));
        } else if finished.is_multiple_of(50) {
            progress(&format!("{finished} of {} tests run without a mutant", wanted.len()));
        }
        Ok(())
    })?;
    Ok(lines(path))
}

/// Returns the tests that judge a mutant, in the order in which they run: those of its own package first, then by time.
fn judges<'s>(
    suite: &'s Suite,
    reach: &'s [Reach],
    mutant: &Mutant,
    rules: &Rules,
) -> Vec<(&'s Test, &'s Reach)> {
    let tests: BTreeMap<&str, &Test> = suite.tests.iter().map(|test| (test.name.as_str(), test)).collect();
    let mut all: Vec<(&Test, &Reach)> = reach
        .iter()
        .filter(|r| {
            r.passes && r.reached.contains(&mutant.id) && rules.longest.is_none_or(|most| r.seconds <= most)
        })
        .filter_map(|r| Some((*tests.get(r.test.as_str())?, r)))
        .filter(|(test, _)| !rules.is_own || test.package == mutant.package)
        .collect();
    all.sort_by(|(a, x), (b, y)| {
        let other = |test: &Test| test.package != mutant.package;
        (other(a), x.seconds).partial_cmp(&(other(b), y.seconds)).unwrap_or(std::cmp::Ordering::Equal)
    });
    all
}

/// Judges the mutants of a list, and returns all that are judged. Continues where an interrupted run ended.
///
/// # Errors
/// Returns an error if a test cannot be started or a result cannot be written.
pub(crate) fn judge(
    suite: &Suite,
    reach: &[Reach],
    mutants: &[&Mutant],
    is_equivalent: &(impl Fn(&Mutant) -> bool + Sync),
    path: &Path,
    rules: &Rules,
) -> anyhow::Result<Vec<Judgement>> {
    // The list of equivalent mutants may have changed since the run was interrupted.
    let known: Vec<Judgement> = lines::<Judgement>(path)
        .into_iter()
        .filter(|j| (j.fate == Fate::Equivalent) == is_equivalent(&j.mutant))
        .collect();
    let done: BTreeSet<u32> = known.iter().map(|judgement| judgement.mutant.id).collect();
    let open: Vec<&Mutant> = mutants.iter().copied().filter(|mutant| !done.contains(&mutant.id)).collect();
    let file = append(path, &known)?;
    let unsure: Mutex<BTreeSet<String>> = Mutex::default();
    let finished = AtomicUsize::new(mutants.len() - open.len());
    at_once(rules.jobs, &open, |slot, mutant| {
        let judges = judges(suite, reach, mutant, rules);
        let mut judgement = Judgement {
            mutant: Mutant { insertions: Vec::new(), ..(*mutant).clone() },
            fate: if judges.is_empty() { Fate::Unreached } else { Fate::Survived },
            test: None,
            is_timeout: false,
            reached_by: reach.iter().filter(|r| r.reached.contains(&mutant.id)).count(),
            untried: 0,
        };
        if is_equivalent(mutant) {
            judgement.fate = Fate::Equivalent;
        } else {
            match killer(suite, &judges, mutant, slot, &unsure, rules)? {
                Verdict::Killed(test, is_timeout) => {
                    let is_own = test.package == mutant.package;
                    judgement.fate = if is_own { Fate::KilledByOwn } else { Fate::KilledByOthers };
                    judgement.test = Some(test.name.clone());
                    judgement.is_timeout = is_timeout;
                }
                Verdict::Survived { untried } => judgement.untried = untried,
            }
        }
        write(&file, &judgement)?;
        let finished = finished.fetch_add(1, Ordering::SeqCst) + 1;
        let word = match judgement.fate {
            Fate::KilledByOwn | Fate::KilledByOthers => "killed",
            Fate::Survived => "SURVIVED",
            Fate::Unreached => "UNREACHED",
            Fate::Equivalent => "equivalent",
        };
        let Mutant { file, line, change, .. } = mutant;
        progress(&format!("{finished} of {}: {word} {file}:{line} {change}", mutants.len()));
        Ok(())
    })?;
    let mut all: Vec<Judgement> = lines(path);
    all.sort_by_key(|judgement| judgement.mutant.id);
    Ok(all)
}

/// What the tests of a mutant say.
enum Verdict<'s> {
    /// The first test that fails with the mutant and passes without it, and whether it was stopped at its time limit.
    Killed(&'s Test, bool),
    /// No test failed.
    Survived {
        /// How many tests were not run.
        untried: usize,
    },
}

/// Runs the tests of a mutant until one fails with it and passes without it.
fn killer<'s>(
    suite: &Suite,
    judges: &[(&'s Test, &'s Reach)],
    mutant: &Mutant,
    slot: usize,
    unsure: &Mutex<BTreeSet<String>>,
    rules: &Rules,
) -> anyhow::Result<Verdict<'s>> {
    let mut waited = 0.0;
    for (at, (test, reach)) in judges.iter().enumerate() {
        if rules.patience.is_some_and(|most| waited > most) {
            return Ok(Verdict::Survived { untried: judges.len() - at });
        }
        if unsure.lock().expect("no job panics with the list").contains(&test.name) {
            continue;
        }
        let limit = MIN_LIMIT.max(Duration::from_secs_f64(reach.seconds) * LIMIT_FACTOR);
        suite.touch_programs(test)?;
        let (outcome, took) = suite.run(test, mutant.id, limit, slot, None)?;
        waited += took.as_secs_f64();
        if outcome == Outcome::Passed {
            continue;
        }
        // A test that fails now and then, or that a busy machine stops, must not count as one that noticed.
        let (again, _) = suite.run(test, 0, limit, slot, None)?;
        if again == Outcome::Passed {
            return Ok(Verdict::Killed(test, outcome == Outcome::Stopped));
        }
        progress(&format!("{} fails without a mutant now and then, and is left out from here on", test.name));
        unsure.lock().expect("no job panics with the list").insert(test.name.clone());
    }
    Ok(Verdict::Survived { untried: 0 })
}
