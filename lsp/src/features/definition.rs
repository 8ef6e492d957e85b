//! Answers `textDocument/definition`.

use dvkit_files::LinkPolicy;
use dvkit_ide::editor::{Definition as Found, FilePosition};
use gen_lsp_types::{Definition, DefinitionParams, DefinitionResponse, Location, Range};

use super::{Context, Failure};
use crate::convert::{self, LineTable};

/// The maximum size in bytes of a file whose columns are looked up, 16 MiB.
const MAX_FILE: u64 = 16 << 20;

/// Returns where the name at a position is defined: in the query, or in the file of the snapshot.
pub(crate) fn definition(
    context: &Context,
    params: DefinitionParams,
) -> Result<Option<DefinitionResponse>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let offset = context.document.offset(params.text_document_position_params.position);
    let location = match workspace.definition_at(file, offset)? {
        None => return Ok(None),
        Some(Found::Query(span)) => {
            Location { uri: context.document.uri.clone(), range: context.document.range(span.range()) }
        }
        Some(Found::File(position)) => location(context, &position),
    };
    Ok(Some(DefinitionResponse::Definition(Definition::Location(location))))
}

/// Returns the location of a position in a file of the snapshot.
fn location(context: &Context, position: &FilePosition) -> Location {
    let path = std::path::absolute(&position.path).unwrap_or_else(|_| position.path.clone());
    let text = dvkit_files::read_text(&path, LinkPolicy::FollowNamed, MAX_FILE).unwrap_or_default();
    let range = if text.get(position.range.clone()).is_some() {
        LineTable::new(&text, context.client.encoding).range(position.range.clone())
    } else {
        Range::default()
    };
    Location { uri: convert::uri(&path), range }
}
