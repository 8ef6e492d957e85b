//! Runs the program on a terminal and on pipes, and checks that its output is inert.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use dvkit_diagnostic::printable::is_printable;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tempfile::TempDir;

/// A working folder with environment variables.
pub(crate) struct Home(TempDir, Vec<(String, String)>);

/// The kind of output on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Message lines.
    Words,
    Json,
    GitHub,
    Markdown,
    /// A requested result, unchanged on a pipe.
    Result,
}

/// The output of one run.
pub(crate) struct Streams {
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The output on a pipe and on a terminal.
pub(crate) struct Ran {
    args: Vec<String>,
    /// The exit status of the run on pipes.
    pub(crate) code: Option<i32>,
    pub(crate) pipe: Streams,
    pub(crate) terminal: Streams,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap(), Vec::new())
    }

    pub(crate) fn set(&mut self, variable: &str, value: String) {
        self.1.push((variable.to_owned(), value));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs the program on pipes and on terminals.
    pub(crate) fn run(&self, args: &[&str], stdin: &[u8]) -> Ran {
        let (pipe, code) = self.piped(args, stdin);
        let terminal = self.on_terminals(args, stdin);
        Ran { args: args.iter().map(|a| (*a).to_owned()).collect(), code, pipe, terminal }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
        command.current_dir(self.0.path()).args(args).stdin(Stdio::piped());
        command.env("TERM", "xterm-256color").env("HOME", self.0.path()).envs(self.1.clone());
        for name in ["XDG_STATE_HOME", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
            command.env_remove(name);
        }
        command
    }

    fn piped(&self, args: &[&str], stdin: &[u8]) -> (Streams, Option<i32>) {
        let mut command = self.command(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        feed(child.stdin.take().unwrap(), stdin);
        let output = child.wait_with_output().unwrap();
        (Streams { out: text(output.stdout), err: text(output.stderr) }, output.status.code())
    }

    /// Runs the program with a separate terminal for each stream.
    fn on_terminals(&self, args: &[&str], stdin: &[u8]) -> Streams {
        let mut command = self.command(args);
        let [out, err] = [terminal(), terminal()];
        let mut child = command.stdout(out.1).stderr(err.1).spawn().unwrap();
        // Drops the command's ends of the terminals, so that reading ends.
        drop(command);
        let readers = [out.0, err.0].map(|end| thread::spawn(move || read(end)));
        feed(child.stdin.take().unwrap(), stdin);
        child.wait().unwrap();
        let [out, err] = readers.map(|reader| text(reader.join().unwrap()));
        Streams { out, err }
    }
}

fn feed(mut to: std::process::ChildStdin, stdin: &[u8]) {
    let stdin = stdin.to_vec();
    // A separate thread: a child may write before it has read everything.
    thread::spawn(move || to.write_all(&stdin));
}

/// Opens a new terminal. Returns the end to read from, and the end for the program.
fn terminal() -> (File, Stdio) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = rustix::fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    (ours.into(), theirs.into())
}

fn read(mut from: File) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    // Reading from a terminal that no process has open gives an error.
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..count]);
    }
    bytes
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

impl Ran {
    /// Fails if any byte of the output acts on a terminal.
    pub(crate) fn inert(&self, format: Format) {
        // Long commands draw progress bars on a terminal's standard error.
        let bars = matches!(&self.args[..], [a, b, ..] if a == "schema" && (b == "fetch" || b == "import"));
        self.check("the terminal's output", &self.terminal.out, false, format);
        self.check("the terminal's messages", &self.terminal.err, bars, Format::Words);
        if format != Format::Result {
            self.check("the pipe's output", &self.pipe.out, false, format);
        }
        self.check("the pipe's messages", &self.pipe.err, false, Format::Words);
    }

    fn check(&self, stream: &str, text: &str, bars: bool, format: Format) {
        let fail = |why: &str, near: &str| -> ! {
            panic!("{stream} of {:?}: {why} in {near:?}", self.args);
        };
        let bare = without_styles(text, bars);
        for line in bare.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if let Some(c) = line.chars().find(|c| !is_printable(*c) && *c != '\t') {
                fail(&format!("{c:?}"), line);
            }
            if format == Format::Result {
                continue;
            }
            if ["##[", "##vso["].iter().any(|command| line.contains(command)) {
                fail("a command", line);
            }
            let ours = ["::error ", "::warning ", "::notice "].iter().any(|word| line.starts_with(word));
            match (line.trim_start().starts_with("::"), format) {
                (true, Format::GitHub) if ours => {}
                (true, _) => fail("a command", line),
                (false, Format::GitHub) if !line.is_empty() => fail("no annotation", line),
                (false, Format::Json) if !line.is_empty() => {
                    if serde_json::from_str::<serde_json::Value>(line).is_err() {
                        fail("no JSON", line);
                    }
                }
                (false, _) => {}
            }
        }
    }
}

/// Removes the escape sequences that the program itself writes: the styles of messages, and the cursor
/// movements of progress bars. Those of the payload are different.
fn without_styles(text: &str, bars: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        out.push_str(before);
        let end = after.find(|c: char| c.is_ascii_alphabetic()).map_or(after.len(), |at| at + 1);
        let sequence = &after[..end];
        let style = ["[0m", "[1m", "[2m", "[4m"].contains(&sequence)
            || sequence.strip_prefix("[9").is_some_and(|s| s.len() == 2 && s.ends_with('m'))
            || sequence.strip_prefix("[3").is_some_and(|s| s.len() == 2 && s.ends_with('m'));
        let moves = bars && (sequence.ends_with(['A', 'B', 'K', 'G']) || sequence.starts_with("[38;5;"));
        if style || moves {
            rest = &after[end..];
        } else {
            out.push('\u{1b}');
            rest = after;
        }
    }
    out.push_str(rest);
    if bars { out.replace("\r", "\n") } else { out }
}
