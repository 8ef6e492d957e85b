//! Runs README.md and the pages of docs/book as a reader would.
//!
//! Each page has its own folder, empty at first, in which its blocks run from top to bottom:
//!
//! - In a ```` ```console ```` block, every line `$ command` (continued by lines `> …`) is run by a shell,
//!   and the lines below it are the expected output. `[..]` matches any text within a line, a line `...`
//!   matches any lines, and seconds at the end of a line match any time. The last command of a block ends
//!   with the status `exit=N`, every other with 0. With `background port=N` the command runs until the page
//!   ends, and a free port replaces `N`, also in the rest of the page; with `port=N-M`, free ports that follow each other
//!   replace all from `N` to `M`.
//! - Any block with `file=NAME` is written to that file.
//! - `<!-- setup: COMMAND -->` is run and not shown; `$FIXTURES` is the folder of the sample organisation.
//! - ```` ```sh ```` and ```` ```yaml ```` blocks cannot run here. The flags of their `dvkit` commands are
//!   checked against the existing flags.
//!
//! `UPDATE_EXPECT=1 cargo test -p dvkit-cli --test book` writes the current output into the pages.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use dvkit_tests::book::{Block, Fence, blocks, page_name, pages};
use dvkit_tests::workspace;
use tempfile::TempDir;

/// The state of a page's run: its folder, the replaced ports, and its background commands.
struct Session {
    home: TempDir,
    /// The ports shown in the page, each with the port used instead.
    ports: Vec<(String, String)>,
    running: Vec<Child>,
}

impl Drop for Session {
    fn drop(&mut self) {
        for child in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Session {
    fn new() -> Self {
        Self { home: TempDir::new().unwrap(), ports: Vec::new(), running: Vec::new() }
    }

    /// Returns a shell command that runs in the page's folder, finds `dvkit`, and ignores the user's
    /// settings.
    fn shell(&self, line: &str) -> Command {
        let bin = Path::new(env!("CARGO_BIN_EXE_dvkit")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(line).current_dir(self.home.path()).env_clear().stdin(Stdio::null());
        shell.env("PATH", format!("{}:{path}", bin.display()));
        // A mutation run (`tests/mutation`) says by the environment which mutant is on.
        shell
            .envs(std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DVKIT_MUTANT")));
        shell
            .env("HOME", self.home.path())
            .env("FIXTURES", workspace().join("fixtures").canonicalize().unwrap());
        shell
    }

    /// Runs a command with both streams combined, as a terminal shows them. Returns the output and the exit
    /// status.
    fn run(&self, command: &str) -> (String, i32) {
        let command = self.sent(command);
        let Output { stdout, status, .. } = self.shell(&format!("exec 2>&1\n{command}")).output().unwrap();
        (self.shown(&String::from_utf8(stdout).unwrap()), status.code().unwrap_or(-1))
    }

    /// Starts a background command and returns its first lines.
    fn start(&mut self, command: &str, lines: usize, port: Option<&str>) -> String {
        if let Some(shown) = port {
            let (first, last) = shown.split_once('-').unwrap_or((shown, shown));
            let (first, last): (u16, u16) = (first.parse().unwrap(), last.parse().unwrap());
            let free = free_ports(last - first + 1);
            self.ports.extend((first..=last).zip(free..).map(|(n, used)| (n.to_string(), used.to_string())));
        }
        // `exec` replaces the shell, so that killing the process kills the command.
        let line = format!("exec {} 2>&1", self.sent(command));
        let mut child = self.shell(&line).stdout(Stdio::piped()).spawn().unwrap();
        let reader = BufReader::new(child.stdout.take().unwrap());
        self.running.push(child);
        let printed: Vec<String> = reader.lines().take(lines).map(Result::unwrap).collect();
        self.shown(&(printed.join("\n") + "\n"))
    }

    fn sent(&self, text: &str) -> String {
        self.ports.iter().fold(text.to_owned(), |text, (shown, used)| text.replace(shown, used))
    }

    fn shown(&self, text: &str) -> String {
        self.ports.iter().fold(text.to_owned(), |text, (shown, used)| text.replace(used, shown))
    }
}

/// Returns the first of `number` free ports that follow each other.
fn free_ports(number: u16) -> u16 {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    loop {
        let first = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if first.checked_add(number).is_some() && (first + 1..first + number).all(is_free) {
            return first;
        }
    }
}

/// A command of a console block with its expected output.
#[derive(Debug)]
struct Step {
    command: String,
    expected: String,
}

fn steps(body: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in body.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { command: command.to_owned(), expected: String::new() });
            continue;
        }
        let step = steps.last_mut().expect("a console block begins with `$ `");
        match line.strip_prefix("> ") {
            Some(more) if step.expected.is_empty() => step.command = format!("{}\n{more}", step.command),
            _ => step.expected = format!("{}{line}\n", step.expected),
        }
    }
    steps
}

/// Returns whether lines match the expected ones, in which `[..]` is any text and `...` is any lines.
fn fits(expected: &[&str], printed: &[&str]) -> bool {
    match (expected, printed) {
        ([], []) => true,
        (["...", rest @ ..], _) => (0..=printed.len()).any(|n| fits(rest, &printed[n..])),
        ([line, rest @ ..], [found, others @ ..]) => line_fits(line, found) && fits(rest, others),
        _ => false,
    }
}

/// Removes the duration at the end of a line: `…, 0.3 s`.
fn without_time(line: &str) -> &str {
    let line = line.trim_end();
    match line.strip_suffix(" s").and_then(|rest| rest.rsplit_once(", ")) {
        Some((rest, time)) if time.parse::<f64>().is_ok() => rest,
        _ => line,
    }
}

fn line_fits(expected: &str, found: &str) -> bool {
    let (expected, found) = (without_time(expected), without_time(found));
    match expected.split_once("[..]") {
        None => expected == found,
        Some((before, after)) => found.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).filter(|n| rest.is_char_boundary(*n)).any(|n| line_fits(after, &rest[n..]))
        }),
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

/// Runs a console block. Returns the corrected block, or `None` if the output is as expected.
fn run_console(session: &mut Session, fence: &Fence, wrong: &mut Vec<String>) -> Option<String> {
    let steps = steps(&fence.body);
    let mut anew = String::new();
    let mut differs = false;
    for (n, step) in steps.iter().enumerate() {
        let is_last = n + 1 == steps.len();
        let (printed, status) = if fence.has("background") {
            (session.start(&step.command, lines(&step.expected).len(), fence.attribute("port")), 0)
        } else {
            session.run(&step.command)
        };
        let wanted = if is_last { fence.attribute("exit").map_or(0, |n| n.parse().unwrap()) } else { 0 };
        if status != wanted {
            wrong.push(format!("`{}` ends with status {status}, not {wanted}:\n{printed}", step.command));
        }
        let same = fits(&lines(&step.expected), &lines(&printed));
        if !same {
            differs = true;
            wrong.push(format!("`{}` prints\n{printed}\nnot\n{}", step.command, step.expected));
        }
        let output = if same { &step.expected } else { &printed };
        let command = step.command.replace('\n', "\n> ");
        let between = if is_last { "" } else { "\n" };
        anew += &match output.trim_end() {
            "" => format!("$ {command}\n"),
            output => format!("$ {command}\n{output}\n{between}"),
        };
    }
    differs.then_some(anew)
}

fn run_page(page: &Path, wrong: &mut Vec<String>) {
    let text = fs::read_to_string(page).unwrap();
    let mut session = Session::new();
    let mut anew = text.clone();
    let mut shift = 0_isize;
    for block in blocks(&text) {
        let mut here = Vec::new();
        let line = match &block {
            Block::Setup(command) => {
                let (printed, status) = session.run(command);
                if status != 0 {
                    here.push(format!("`{command}` ends with status {status}:\n{printed}"));
                }
                0
            }
            Block::Fence(fence) => {
                if let Some(name) = fence.attribute("file") {
                    let path = session.home.path().join(name);
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, &fence.body).unwrap();
                }
                if fence.language == "console"
                    && let Some(body) = run_console(&mut session, fence, &mut here)
                {
                    let at = |offset: usize| offset.checked_add_signed(shift).unwrap();
                    anew.replace_range(at(fence.range.start)..at(fence.range.end), &body);
                    shift += body.len().cast_signed() - fence.body.len().cast_signed();
                }
                fence.line
            }
        };
        wrong.extend(here.into_iter().map(|what| format!("{}:{line}: {what}", page_name(page))));
    }
    if anew != text && std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(page, anew).unwrap();
    }
}

#[test]
fn console_blocks_print_what_they_show() {
    let mut wrong = Vec::new();
    for page in pages() {
        run_page(&page, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} mistakes:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Returns the `dvkit` commands of a block that cannot run here.
fn commands(fence: &Fence) -> Vec<String> {
    let joined = fence.body.replace("\\\n", " ");
    let words = joined.lines().filter_map(|line| {
        let start = line.find("dvkit ")?;
        let is_command = line[..start].trim_end().ends_with(['&', ';', ':', '-', '|', '(', '"', '\''])
            || line[..start].trim().is_empty();
        let end = line[start..].find([';', '|', '>', '#', '&', '}']).map_or(line.len(), |n| start + n);
        is_command.then(|| line[start..end].trim().to_owned())
    });
    words.collect()
}

#[test]
fn commands_that_cannot_run_here_have_flags_that_exist() {
    let session = Session::new();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for block in blocks(&text) {
            let Block::Fence(fence) = block else { continue };
            if !["sh", "yaml"].contains(&fence.language.as_str()) {
                continue;
            }
            for command in commands(&fence) {
                seen += 1;
                // With `--help` the flags after it are not parsed, but an unknown flag before it is an error.
                let helped = |end: &str| session.run(&format!("{command}{end}"));
                let (printed, status) = helped(" --help");
                if status != 0 && helped(" x --help").1 != 0 {
                    wrong.push(format!("{}:{}: `{command}`: {printed}", page_name(&page), fence.line));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 10, "{seen}");
}

/// Returns the flags of a command, from its help.
fn flags(session: &Session, command: &str) -> Vec<String> {
    let (help, status) = session.run(&format!("dvkit {command} --help"));
    assert_eq!(status, 0, "{help}");
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = lines.filter_map(|line| line.split([' ', ',', '=', '[']).find(|word| word.starts_with("--")));
    words.map(|word| word.trim_end_matches("...").to_owned()).collect()
}

#[test]
fn every_flag_is_in_the_page_of_settings() {
    let session = Session::new();
    let page = fs::read_to_string(workspace().join("docs/book/src/reference/settings.md")).unwrap();
    let mut missing = Vec::new();
    let mut commands = vec![String::new()];
    while let Some(command) = commands.pop() {
        let (help, _) = session.run(&format!("dvkit {command} --help"));
        let list = help.split("Commands:\n").nth(1).unwrap_or_default();
        let names = list
            .lines()
            .take_while(|line| !line.trim().is_empty())
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
        commands.extend(names.map(|name| format!("{command} {name}").trim().to_owned()));
        for flag in flags(&session, &command) {
            if !page.contains(&format!("`{flag}")) && !page.contains(&format!(" {flag}`")) {
                missing.push(format!("dvkit {command} {flag}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn wildcards_stand_for_texts_and_lines() {
    for (expected, printed, fit) in [
        ("a", "a", true),
        ("a", "b", false),
        ("a [..] c", "a bb c", true),
        ("a [..] c", "a bb d", false),
        ("a\n...\nd", "a\nb\nc\nd", true),
        ("...", "", true),
        ("a", "a\nb", false),
        ("done, 0.1 s", "done, 12.5 s", true),
        ("done, 0.1 s", "done, 3 tables", false),
    ] {
        assert_eq!(fits(&lines(expected), &lines(printed)), fit, "{expected:?} {printed:?}");
    }
}
