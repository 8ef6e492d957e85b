//! Answers `textDocument/formatting` for files of queries.

use dvkit_ide::format::FormatOptions;
use gen_lsp_types::{DocumentFormattingParams, TextEdit};

use super::{Context, Failure};

/// The maximum number of spaces for each level of nesting.
const MAX_INDENT: u32 = 16;

/// Returns the edits that format the queries of a file of queries; `None` for other files.
pub(crate) fn format(
    context: &Context,
    params: DocumentFormattingParams,
) -> Result<Option<Vec<TextEdit>>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    if file.host() != dvkit_ide::embedded::Host::Queries {
        return Ok(None);
    }
    let indent = usize::try_from(params.options.tab_size.min(MAX_INDENT)).ok();
    let mut options = FormatOptions {
        minify: false,
        style: Default::default(),
        placeholders: workspace.settings.placeholders,
    };
    options.style.indent = indent.or(options.style.indent);
    let edits = workspace.format_source(file, &options);
    Ok(Some(edits.iter().map(|edit| context.text_edit(edit.start..edit.end, &edit.replacement)).collect()))
}
