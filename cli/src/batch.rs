//! `--batch`: JSON lines in, JSON lines out. The contract itself is [`dvkit_ide::batch`].

use anyhow::Result;
use dvkit_ide::batch::BatchResponse;
use dvkit_ide::line_reader::{Line, LineReader};

use crate::inputs::stdin;
use crate::output::{Outcome, Screen};

/// Answers every line of standard input; the worst of the outcomes is the whole's. What `answer` says of a line that cannot be
/// used does not count.
///
/// # Errors
/// Where standard input cannot be read, or nobody reads the responses.
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
