//! Answers `textDocument/inlayHint`.

use gen_lsp_types::{InlayHint, InlayHintParams, Label};

use super::{Context, Failure};

/// Returns the labels of the options whose numbers are in a range.
pub(crate) fn hints(context: &Context, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let range = context.document.bytes(params.range);
    let hints = workspace.inlay_hints_of(file)?.into_iter();
    let hint = |hint: dvkit_ide::editor::InlayHint| InlayHint {
        position: context.document.position(hint.offset),
        label: Label::String(hint.label),
        kind: None,
        text_edits: None,
        tooltip: None,
        padding_left: Some(true),
        padding_right: None,
        data: None,
    };
    Ok(Some(hints.filter(|hint| range.start <= hint.offset && hint.offset <= range.end).map(hint).collect()))
}
