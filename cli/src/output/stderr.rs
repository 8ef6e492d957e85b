//! Lines on standard error for code that has no screen: questions, a sign-in that waits, the end of a run.

use std::fmt;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use super::stream::{Color, Stream};

/// The longest answer to a question that is read, in bytes.
const MAX_ANSWER: u64 = 64;

/// One line of words on standard error, for who has no screen: a sign-in that waits, or `main` at its end.
pub(crate) fn notice(words: fmt::Arguments<'_>) {
    // Where standard error is gone there is nobody to tell.
    let _ = Stream::err(Color::Never).line(words);
}

/// Asks a question on standard error and reads the answer from standard input: `None` where either is no terminal, so that
/// nobody can answer.
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
