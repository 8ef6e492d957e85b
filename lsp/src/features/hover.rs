//! Answers `textDocument/hover`.

use gen_lsp_types::{Contents, Hover, HoverParams};

use super::{Context, Failure, markdown};

/// Returns the explanation of the name, value or operator at a position.
pub(crate) fn hover(context: &Context, params: HoverParams) -> Result<Option<Hover>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let offset = context.document.offset(params.text_document_position_params.position);
    let found = workspace.hover_at(file, offset)?;
    Ok(found.map(|hover| Hover {
        contents: Contents::MarkupContent(markdown(hover.markdown)),
        range: Some(context.document.range(hover.span.range())),
    }))
}
