//! Answers `textDocument/prepareRename` and `textDocument/rename`.

use dvkit_ide::editor::{RenameOutcome, RenameTarget};
use gen_lsp_types::{
    PrepareRenameParams, PrepareRenamePlaceholder, PrepareRenameResult, RenameParams, WorkspaceEdit,
};

use super::{Context, Failure};

/// Returns the name at a position, if it can be renamed.
pub(crate) fn prepare(
    context: &Context,
    params: PrepareRenameParams,
) -> Result<Option<PrepareRenameResult>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let offset = context.document.offset(params.text_document_position_params.position);
    Ok(match workspace.rename_target_at(file, offset)? {
        Some(RenameTarget::Name(span, placeholder)) => {
            let range = context.document.range(span.range());
            Some(PrepareRenameResult::PrepareRenamePlaceholder(PrepareRenamePlaceholder {
                range,
                placeholder,
            }))
        }
        Some(RenameTarget::Refused(_)) | None => None,
    })
}

/// Renames the alias or variable at a position. A name that cannot be renamed is refused with the reason.
pub(crate) fn rename(context: &Context, params: RenameParams) -> Result<Option<WorkspaceEdit>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let offset = context.document.offset(params.text_document_position_params.position);
    match workspace.rename_at(file, offset, &params.new_name)? {
        Some(RenameOutcome::Edits(edits)) => {
            let edits =
                edits.iter().map(|edit| context.text_edit(edit.span.range(), &edit.replacement)).collect();
            Ok(Some(context.workspace_edit(edits)))
        }
        Some(RenameOutcome::Refused(why)) => Err(Failure::Refused(why)),
        None => Ok(None),
    }
}
