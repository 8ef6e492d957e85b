//! Answers `textDocument/signatureHelp`.

use gen_lsp_types::{
    ActiveParameter, ParameterInformation, ParameterInformationLabel, SignatureHelp, SignatureHelpParams,
    SignatureInformation,
};

use super::{Context, Failure, documentation};
use crate::convert::LineTable;

/// Returns the parameters of the call around a position.
pub(crate) fn signature(
    context: &Context,
    params: SignatureHelpParams,
) -> Result<Option<SignatureHelp>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let offset = context.document.offset(params.text_document_position_params.position);
    let Some(found) = workspace.signature_at(file, offset)? else { return Ok(None) };
    let columns = LineTable::new(&found.label, context.client.encoding);
    let parameter = |range: &std::ops::Range<usize>| {
        let column = |at| columns.position(at).character;
        ParameterInformation {
            label: if context.client.label_offsets {
                ParameterInformationLabel::Tuple((column(range.start), column(range.end)))
            } else {
                ParameterInformationLabel::String(
                    found.label.get(range.clone()).unwrap_or_default().to_owned(),
                )
            },
            documentation: None,
        }
    };
    let active = found.active.and_then(|active| u32::try_from(active).ok()).map(ActiveParameter::Int);
    let information = SignatureInformation {
        parameters: Some(found.parameters.iter().map(parameter).collect()),
        documentation: found.documentation.clone().map(documentation),
        label: found.label,
        active_parameter: active,
    };
    Ok(Some(SignatureHelp {
        signatures: vec![information],
        active_signature: Some(0),
        active_parameter: active,
    }))
}
