//! Measures how work grows with texts in whole processes: every command, every way of input, every kind of
//! text; run by hand.
//!
//! ```text
//! cargo build -p dvkit-cli && cargo run -p dvkit-tests --example hostile -- [--time] [--bytes N] [--binary FILE] [WORDS…]
//! ```
//!
//! Each command runs on a text of about N bytes (3,000) and on one of four times the parts; the cost for a
//! single part is subtracted from both. Instructions are counted by `valgrind --tool=callgrind`, memory by
//! `/usr/bin/time`; with `--time` the latter measures user time instead, which is faster but rough, and needs
//! a large N. Prints every run that costs more than 4.4 times as much, and the greatest ratios. With WORDS
//! only runs with all of these words in their names are done.
#![expect(clippy::print_stdout, reason = "a measurement that people read")]

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dvkit_tests::growing_texts::{GROWING_TEXTS, GrowingText, Language};

/// The maximum growth of the cost for four times the text.
const MAX_GROWTH: f64 = 4.4;
/// Costs below these are noise: instructions or milliseconds, and KiB.
const IGNORED_BELOW: (f64, f64) = (3e6, 4096.0);

/// The way in which a text is passed to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Argument,
    Stdin,
    File,
    Batch,
}

/// A command, its arguments, the way of input, and the languages that it takes.
struct Run {
    words: &'static [&'static str],
    way: Way,
    for_it: fn(Language) -> bool,
}

const fn run(words: &'static [&'static str], way: Way) -> Run {
    Run { words, way, for_it: Language::is_query }
}

const RUNS: &[Run] = &[
    run(&["check"], Way::Argument),
    run(&["check"], Way::Stdin),
    run(&["check"], Way::File),
    run(&["check"], Way::Batch),
    run(&["check", "--color", "always"], Way::Argument),
    run(&["check", "--format", "json"], Way::Argument),
    run(&["check", "--format", "sarif"], Way::Argument),
    run(&["check", "--format", "sarif"], Way::File),
    run(&["check", "--format", "github"], Way::File),
    run(&["check", "--fix"], Way::Argument),
    run(&["check", "--fix", "--diff"], Way::File),
    run(&["parse"], Way::Argument),
    run(&["parse"], Way::Stdin),
    run(&["parse"], Way::Batch),
    run(&["parse", "--format", "json"], Way::Argument),
    run(&["fmt"], Way::Argument),
    run(&["fmt"], Way::Stdin),
    run(&["fmt"], Way::File),
    run(&["fmt", "--minify"], Way::Argument),
    run(&["translate", "--to", "odata"], Way::Argument),
    run(&["translate", "--to", "fetchxml"], Way::Argument),
    run(&["translate", "--to", "odata"], Way::Stdin),
    run(&["translate", "--to", "fetchxml"], Way::Batch),
    run(&["translate", "--to", "odata"], Way::Batch),
    Run { words: &["schema", "import"], way: Way::File, for_it: |language| !language.is_query() },
];

struct Settings {
    binary: PathBuf,
    time: bool,
    bytes: usize,
    words: Vec<String>,
}

impl Settings {
    /// Returns the costs below which growth is noise: instructions or milliseconds, and KiB.
    fn ignored_below(&self) -> Cost {
        Cost(if self.time { 20.0 } else { IGNORED_BELOW.0 }, IGNORED_BELOW.1)
    }
}

/// Instructions or milliseconds, and the maximum memory in KiB.
#[derive(Clone, Copy, Debug)]
struct Cost(f64, f64);

impl Cost {
    fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0), self.1.min(other.1))
    }
}

/// Returns the costs for one part, `n` parts and four times `n` parts. If the last is so small that its growth
/// cannot be told from noise, the others are not measured.
fn costs(
    settings: &Settings,
    run: &Run,
    shape: &GrowingText,
    n: usize,
    home: &Path,
) -> Result<[Cost; 3], Box<dyn Error>> {
    let of = |n| cost(settings, run, shape, n, home);
    let large = of(4 * n)?;
    let free = settings.ignored_below();
    if large.0 <= MAX_GROWTH * free.0 && large.1 <= MAX_GROWTH * free.1 {
        return Ok([Cost(0.0, 0.0), large, large]);
    }
    Ok([of(1)?, of(n)?, large])
}

/// Returns by how much the work and the memory grow from the second cost to the third.
fn growth(settings: &Settings, [none, small, large]: [Cost; 3]) -> (f64, f64) {
    let of = |large: f64, small: f64, none: f64, free: f64| (large - none) / (small - none).max(free);
    let free = settings.ignored_below();
    (of(large.0, small.0, none.0, free.0), of(large.1, small.1, none.1, free.1))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = Settings {
        binary: dvkit_tests::workspace().join("target/debug/dvkit"),
        time: false,
        bytes: 3000,
        words: Vec::new(),
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--time" => settings.time = true,
            "--bytes" => settings.bytes = args.next().ok_or("--bytes takes a number")?.parse()?,
            "--binary" => settings.binary = args.next().ok_or("--binary takes a file")?.into(),
            _ => settings.words.push(arg),
        }
    }
    settings.binary = fs::canonicalize(&settings.binary)?;
    let home = tempfile::tempdir()?;
    let (mut done, mut wrong, mut greatest) = (0, 0, Vec::new());
    for run in RUNS {
        for shape in GROWING_TEXTS.iter().filter(|s| (run.for_it)(s.language)) {
            let name = format!("{} {:?}: {}", run.words.join(" "), run.way, shape.name());
            if !settings.words.iter().all(|word| name.contains(word.as_str())) {
                continue;
            }
            let n = shape.pieces(settings.bytes);
            let [mut none, mut small, mut large] = costs(&settings, run, shape, n, home.path())?;
            let (mut work, mut memory) = growth(&settings, [none, small, large]);
            // Another process may have disturbed the time: the least of several counts.
            for _ in 0..if settings.time { 3 } else { 0 } {
                if work <= MAX_GROWTH && memory <= MAX_GROWTH {
                    break;
                }
                let again = costs(&settings, run, shape, n, home.path())?;
                [none, small, large] = [none.min(again[0]), small.min(again[1]), large.min(again[2])];
                (work, memory) = growth(&settings, [none, small, large]);
            }
            done += 1;
            if work > MAX_GROWTH || memory > MAX_GROWTH {
                wrong += 1;
                println!("work {work:.1}× memory {memory:.1}×  {name}  {none:?} {small:?} {large:?}");
            }
            greatest.push((work.max(memory), name));
        }
    }
    greatest.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (ratio, name) in greatest.iter().take(5) {
        println!("{ratio:.2}× {name}");
    }
    println!("{done} runs, {wrong} grow too fast");
    Ok(())
}

fn cost(
    settings: &Settings,
    run: &Run,
    shape: &GrowingText,
    pieces: usize,
    home: &Path,
) -> Result<Cost, Box<dyn Error>> {
    let text = shape.text(pieces);
    let mut args: Vec<String> = run.words.iter().map(|w| (*w).to_owned()).collect();
    let mut stdin = Vec::new();
    if shape.language == Language::Filter
        && matches!(args[0].as_str(), "check" | "translate")
        && run.way != Way::Batch
    {
        args.extend(["--table".to_owned(), "contact".to_owned()]);
    }
    match run.way {
        // The system limits one argument to 128 KiB.
        Way::Argument if text.len() < 120_000 && !text.starts_with('-') && !text.contains('\0') => {
            args.push(text);
        }
        Way::Argument | Way::Stdin => stdin = text.into_bytes(),
        Way::File => {
            let file = home.join("file");
            fs::write(&file, text.replace('\n', " "))?;
            let flag = match args[0].as_str() {
                "check" => Some("--queries"),
                "fmt" => Some("--file"),
                _ => None,
            };
            args.extend(flag.map(str::to_owned));
            args.push(file.display().to_string());
            if args[0] == "schema" {
                args.extend(["-o".to_owned(), home.join("schema").display().to_string()]);
            }
        }
        Way::Batch => {
            args.push("--batch".to_owned());
            let member = match (args[0].as_str(), shape.language) {
                ("translate", Language::Fetch) | (_, Language::Fetch) => "fetchxml",
                ("translate", _) => "odata",
                (_, Language::Filter) => "filter",
                _ => "query",
            };
            let mut line = serde_json::json!({ "id": 1, member: text });
            if shape.language == Language::Filter && args[0] != "parse" {
                line["table"] = "contact".into();
            }
            stdin = format!("{line}\n").into_bytes();
        }
    }
    let timed = measured(
        home,
        Command::new("/usr/bin/time").args(["-f", "%U %M"]).arg(&settings.binary),
        &args,
        &stdin,
    )?;
    let last = timed.lines().last().unwrap_or_default();
    let mut numbers = last.split(' ').map(str::parse::<f64>);
    let (Some(Ok(seconds)), Some(Ok(memory))) = (numbers.next(), numbers.next()) else {
        return Err(format!("`/usr/bin/time` says: {last}").into());
    };
    if settings.time {
        return Ok(Cost(seconds * 1000.0, memory));
    }
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&settings.binary);
    let counted = measured(home, &mut valgrind, &args, &stdin)?;
    let line = counted.lines().rev().find_map(|l| l.split_once("Collected :"));
    let (_, number) = line.ok_or("callgrind counted nothing")?;
    Ok(Cost(number.trim().parse()?, memory))
}

/// Runs a command; returns its standard error and its cost.
fn measured(
    home: &Path,
    command: &mut Command,
    args: &[String],
    stdin: &[u8],
) -> Result<String, Box<dyn Error>> {
    let errors = home.join("errors");
    command.args(args).current_dir(home);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(fs::File::create(&errors)?);
    let mut child = command.spawn()?;
    // A command that does not read all of its input ends earlier.
    let _ = child.stdin.take().map(|mut pipe| pipe.write_all(stdin));
    child.wait()?;
    Ok(String::from_utf8_lossy(&fs::read(&errors)?).into_owned())
}
