//! Answers `textDocument/foldingRange`.

use gen_lsp_types::{FoldingRange, FoldingRangeParams};

use super::{Context, Failure};

/// Returns the clauses of queries that extend over several lines.
pub(crate) fn ranges(context: &Context, _: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let ranges = workspace.folding_ranges_of(file)?.into_iter().filter_map(|span| {
        let range = context.document.range(span.range());
        (range.start.line < range.end.line).then(|| FoldingRange {
            start_line: range.start.line,
            start_character: Some(range.start.character),
            end_line: range.end.line,
            end_character: Some(range.end.character),
            ..FoldingRange::default()
        })
    });
    Ok(Some(ranges.collect()))
}
