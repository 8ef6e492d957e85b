//! Answers `textDocument/selectionRange`.

use gen_lsp_types::{Range, SelectionRange, SelectionRangeParams};

use super::{Context, Failure};

/// Returns the ranges around each position, from the smallest one to the whole query.
pub(crate) fn ranges(
    context: &Context,
    params: SelectionRangeParams,
) -> Result<Option<Vec<SelectionRange>>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let mut all = Vec::with_capacity(params.positions.len());
    for position in params.positions {
        context.wanted()?;
        let spans = workspace.selection_ranges_at(file, context.document.offset(position))?;
        let mut chain: Option<SelectionRange> = None;
        for span in spans.into_iter().rev() {
            let range = context.document.range(span.range());
            chain = Some(SelectionRange { range, parent: chain.map(Box::new) });
        }
        // The protocol wants one result for each position.
        let empty = || SelectionRange { range: Range { start: position, end: position }, parent: None };
        all.push(chain.unwrap_or_else(empty));
    }
    Ok(Some(all))
}
