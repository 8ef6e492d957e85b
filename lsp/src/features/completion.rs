//! Answers `textDocument/completion` and `completionItem/resolve`.

use dvkit_ide::editor::{CompletionKind, SourceCompletion};
use gen_lsp_types::{
    CompletionItem, CompletionItemKind, CompletionItemTextEdit, CompletionList, CompletionParams,
    CompletionResponse, Position, Uri,
};
use serde::{Deserialize, Serialize};

use super::{Context, Failure, documentation};

/// What a client sends back to resolve an item: where it was offered.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ItemData {
    pub(crate) uri: Uri,
    version: i32,
    position: Position,
    /// The index of the item in the list.
    index: usize,
}

/// Returns what can be inserted at a position, the best first.
pub(crate) fn complete(
    context: &Context,
    params: CompletionParams,
) -> Result<Option<CompletionResponse>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let position = params.text_document_position_params.position;
    let offset = context.document.offset(position);
    let found = workspace.complete_at(file, offset)?;
    let items = found
        .into_iter()
        .enumerate()
        .map(|(index, found)| {
            let typed = file.text().get(found.edit.start..offset).unwrap_or_default().to_owned();
            item(context, found, typed, index, position)
        })
        .collect();
    // The order depends on what is typed, so the list is asked for again at each letter.
    let list = CompletionList { is_incomplete: true, items, ..CompletionList::default() };
    Ok(Some(CompletionResponse::CompletionList(list)))
}

fn item(
    context: &Context,
    found: SourceCompletion,
    typed: String,
    index: usize,
    position: Position,
) -> CompletionItem {
    let completion = found.completion;
    let data =
        ItemData { uri: context.document.uri.clone(), version: context.document.version, position, index };
    let resolves = context.client.resolves_documentation;
    let copies = found.copies.iter().map(|edit| context.text_edit(edit.start..edit.end, &edit.replacement));
    let copies: Vec<_> = copies.collect();
    CompletionItem {
        kind: Some(kind(completion.kind)),
        detail: completion.detail,
        documentation: completion.documentation.filter(|_| !resolves).map(documentation),
        sort_text: Some(format!("{index:04}")),
        // The server has compared what is typed already, by labels too: the client must not do it again.
        filter_text: Some(if typed.is_empty() { completion.label.clone() } else { typed }),
        text_edit: Some(CompletionItemTextEdit::TextEdit(
            context.text_edit(found.edit.start..found.edit.end, &found.edit.replacement),
        )),
        additional_text_edits: (!copies.is_empty()).then_some(copies),
        data: serde_json::to_value(data).ok().filter(|_| resolves),
        label: completion.label,
        ..CompletionItem::default()
    }
}

/// Returns the item with its documentation. If the document has changed since it was offered, it is returned as
/// it is.
pub(crate) fn resolve(context: &Context, mut item: CompletionItem) -> Result<CompletionItem, Failure> {
    let data = item.data.as_ref().and_then(|data| ItemData::deserialize(data).ok());
    let (Some(data), Some((workspace, file))) = (data, context.source()) else { return Ok(item) };
    if data.version != context.document.version {
        return Ok(item);
    }
    let offset = context.document.offset(data.position);
    let found = workspace.complete_at(file, offset)?.into_iter().nth(data.index);
    if let Some(found) = found.filter(|found| found.completion.label == item.label) {
        item.documentation = found.completion.documentation.map(documentation);
    }
    Ok(item)
}

fn kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Table => CompletionItemKind::Class,
        CompletionKind::Column => CompletionItemKind::Field,
        CompletionKind::Navigation => CompletionItemKind::Reference,
        CompletionKind::Function => CompletionItemKind::Function,
        CompletionKind::Operator => CompletionItemKind::Operator,
        CompletionKind::Keyword => CompletionItemKind::Keyword,
        CompletionKind::Choice => CompletionItemKind::EnumMember,
        CompletionKind::Value => CompletionItemKind::Value,
        CompletionKind::QueryOption => CompletionItemKind::Keyword,
        CompletionKind::Element => CompletionItemKind::Struct,
        CompletionKind::Attribute => CompletionItemKind::Property,
        CompletionKind::Alias | CompletionKind::Variable => CompletionItemKind::Variable,
        CompletionKind::Snippet => CompletionItemKind::Snippet,
    }
}
