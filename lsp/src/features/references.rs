//! Answers `textDocument/references` and `textDocument/documentHighlight`.

use dvkit_ide::editor::Reference;
use gen_lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, Location, Position, ReferenceParams,
};

use super::{Context, Failure};

fn found(context: &Context, position: Position) -> Result<Option<Vec<Reference>>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let offset = context.document.offset(position);
    Ok(Some(workspace.references_at(file, offset)?))
}

/// Returns the places of the query that name the same as a position.
pub(crate) fn references(
    context: &Context,
    params: ReferenceParams,
) -> Result<Option<Vec<Location>>, Failure> {
    let all = found(context, params.text_document_position_params.position)?;
    let locations = |all: Vec<Reference>| {
        all.into_iter()
            .filter(|reference| params.context.include_declaration || !reference.is_definition)
            .map(|reference| Location {
                uri: context.document.uri.clone(),
                range: context.document.range(reference.span.range()),
            })
            .collect()
    };
    Ok(all.map(locations))
}

/// Returns the places of the query to highlight for a position.
pub(crate) fn highlights(
    context: &Context,
    params: DocumentHighlightParams,
) -> Result<Option<Vec<DocumentHighlight>>, Failure> {
    let all = found(context, params.text_document_position_params.position)?;
    let highlight = |reference: Reference| DocumentHighlight {
        range: context.document.range(reference.span.range()),
        kind: Some(if reference.is_definition {
            DocumentHighlightKind::Write
        } else {
            DocumentHighlightKind::Read
        }),
    };
    Ok(all.map(|all| all.into_iter().map(highlight).collect()))
}
