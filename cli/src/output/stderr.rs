//! Prints lines on standard error for code that has no [`Screen`](super::Screen): prompts, sign-in messages,
//! and the final error.

use std::fmt;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use super::stream::{Color, Stream};

/// The maximum length of an answer to a prompt, in bytes.
const MAX_ANSWER: u64 = 64;

/// Prints a message line on standard error.
pub(crate) fn notice(words: fmt::Arguments<'_>) {
    // A write error is ignored: standard error is gone.
    let _ = Stream::err(Color::Never).line(words);
}

/// Prints `question` on standard error, and reads a line from standard input. Returns `None` if one of the
/// two streams is not a terminal.
pub(crate) fn ask(question: fmt::Arguments<'_>) -> io::Result<Option<String>> {
    let stdin = io::stdin();
    if !stdin.is_terminal() || !io::stderr().is_terminal() {
        return Ok(None);
    }
    Stream::err(Color::Never).question(question)?;
    let mut answer = String::new();
    stdin.lock().take(MAX_ANSWER).read_line(&mut answer)?;
    Ok(Some(answer))
}
