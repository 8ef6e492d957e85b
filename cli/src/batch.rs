//! Implements `--batch` of the commands: reads JSON lines from standard input and writes one JSON line for
//! each. [`dvkit_ide::batch`] documents the format.

use anyhow::Result;
use dvkit_ide::batch::BatchResponse;
use dvkit_ide::line_reader::{Line, LineReader};

use crate::inputs::stdin;
use crate::output::{Outcome, Screen};

/// Calls `answer` for each line of standard input, with the number of the line from 1, and writes the
/// response. Returns the worst outcome. If a line cannot be used, the outcome that `answer` returned for it
/// is ignored.
///
/// # Errors
/// Returns an error if standard input cannot be read, or if the reader of the responses is gone.
pub(crate) fn run(
    screen: &mut Screen,
    answer: impl for<'l> Fn(usize, Line<'l>) -> (BatchResponse<'l>, Outcome),
) -> Result<Outcome> {
    let mut lines = LineReader::new(stdin()?);
    let mut worst = Outcome::Clean;
    while let Some((number, line)) = lines.next(|| screen.flush())? {
        let (response, outcome) = answer(number, line);
        screen.json(&response)?;
        worst = worst.max(match &response {
            BatchResponse::Error(error) if error.is_failure => Outcome::Failed,
            BatchResponse::Error(_) => Outcome::Findings,
            _ => outcome,
        });
    }
    screen.flush()?;
    Ok(worst)
}
