//! Plain caret text: the rendering that works in a panic, a log, a build script and a macro error alike.

use std::fmt;

use crate::Diagnostic;

/// A diagnostic together with its source; `Display` is the whole message.
#[derive(Clone, Copy, Debug)]
pub struct Rendered<'a> {
    diagnostic: &'a Diagnostic,
    source: &'a str,
}

impl<'a> Rendered<'a> {
    pub(crate) fn new(diagnostic: &'a Diagnostic, source: &'a str) -> Self {
        Self { diagnostic, source }
    }
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.diagnostic)?;
        write!(f, "{}", self.source)
    }
}
