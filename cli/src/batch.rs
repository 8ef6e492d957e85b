//! `--batch`: reads and writes JSON lines. The contract is documented in [`dvkit_ide::batch`].

use anyhow::Result;
use dvkit_ide::batch::BatchResponse;
use dvkit_ide::line_reader::{Line, LineReader};

use crate::inputs::stdin;
use crate::output::{Outcome, Screen};

/// Writes one response for each line of standard input. Returns the worst outcome; for an unusable line, the
/// outcome that `answer` returns is ignored.
///
/// # Errors
/// If standard input cannot be read, or the reader of the responses is gone.
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
