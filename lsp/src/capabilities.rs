//! Says what the server can do, and what the client can do.

use gen_lsp_types::{
    ChangeNotifications, ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProvider,
    CompletionOptions, DefinitionProvider, DiagnosticOptions, DiagnosticProvider, DocumentFormattingProvider,
    DocumentHighlightProvider, DocumentSymbolProvider, FoldingRangeProvider, Full, HoverProvider,
    InlayHintProvider, ReferencesProvider, RenameOptions, RenameProvider, Save, SelectionRangeProvider,
    SemanticTokensLegend, SemanticTokensOptions, SemanticTokensOptionsRange, SemanticTokensProvider,
    ServerCapabilities, SignatureHelpOptions, TextDocumentSync, TextDocumentSyncKind,
    TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities, WorkspaceOptions, WorkspaceSymbolProvider,
};

use crate::convert::PositionEncoding;
use crate::features::actions::FIX_ALL;
use crate::features::tokens;

/// What the client can do, as far as it matters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) encoding: PositionEncoding,
    pub(crate) pulls_diagnostics: bool,
    pub(crate) refreshes_diagnostics: bool,
    pub(crate) refreshes_tokens: bool,
    pub(crate) refreshes_hints: bool,
    pub(crate) watches_files: bool,
    pub(crate) watches_folders: bool,
    pub(crate) versioned_edits: bool,
    pub(crate) nested_symbols: bool,
    pub(crate) resolves_documentation: bool,
    pub(crate) related_information: bool,
    pub(crate) label_offsets: bool,
}

impl Client {
    pub(crate) fn new(capabilities: &ClientCapabilities) -> Self {
        let is = |flag: Option<bool>| flag.unwrap_or(false);
        let text = capabilities.text_document.as_ref();
        let workspace = capabilities.workspace.as_ref();
        let encodings =
            capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let watched = workspace.and_then(|w| w.did_change_watched_files.as_ref());
        let resolved = text
            .and_then(|text| text.completion.as_ref())
            .and_then(|completion| completion.completion_item.as_ref())
            .and_then(|item| item.resolve_support.as_ref());
        let pull = text.and_then(|text| text.diagnostic.as_ref());
        let push = text.and_then(|text| text.publish_diagnostics.as_ref());
        let related = pull
            .map(|pull| &pull.diagnostics_capabilities)
            .or(push.map(|push| &push.diagnostics_capabilities))
            .and_then(|diagnostics| diagnostics.related_information);
        let symbols = text.and_then(|text| text.document_symbol.as_ref());
        let parameters = text
            .and_then(|text| text.signature_help.as_ref())
            .and_then(|help| help.signature_information.as_ref())
            .and_then(|information| information.parameter_information.as_ref());
        let edits = workspace.and_then(|w| w.workspace_edit.as_ref());
        Self {
            encoding: PositionEncoding::negotiated(encodings.unwrap_or_default()),
            pulls_diagnostics: pull.is_some(),
            refreshes_diagnostics: is(workspace
                .and_then(|w| w.diagnostics.as_ref())
                .and_then(|d| d.refresh_support)),
            refreshes_tokens: is(workspace
                .and_then(|w| w.semantic_tokens.as_ref())
                .and_then(|t| t.refresh_support)),
            refreshes_hints: is(workspace
                .and_then(|w| w.inlay_hint.as_ref())
                .and_then(|h| h.refresh_support)),
            watches_files: is(watched.and_then(|w| w.dynamic_registration)),
            watches_folders: is(watched.and_then(|w| w.relative_pattern_support)),
            versioned_edits: is(edits.and_then(|e| e.document_changes)),
            nested_symbols: is(symbols.and_then(|s| s.hierarchical_document_symbol_support)),
            resolves_documentation: resolved
                .is_some_and(|r| r.properties.iter().any(|p| p == "documentation")),
            related_information: is(related),
            label_offsets: is(parameters.and_then(|p| p.label_offset_support)),
        }
    }
}

fn texts(all: &[&str]) -> Option<Vec<String>> {
    Some(all.iter().map(|text| (*text).to_owned()).collect())
}

/// Returns what the server can do.
pub(crate) fn server(encoding: PositionEncoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSync::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Incremental),
            save: Some(Save::Bool(true)),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: texts(&[
                "$", "?", "&", "=", "(", ",", "/", " ", "'", "\"", "<", ":", ";", "@",
            ]),
            resolve_provider: Some(true),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProvider::Bool(true)),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: texts(&["(", ",", ";"]),
            retrigger_characters: texts(&[")"]),
            ..SignatureHelpOptions::default()
        }),
        definition_provider: Some(DefinitionProvider::Bool(true)),
        references_provider: Some(ReferencesProvider::Bool(true)),
        document_highlight_provider: Some(DocumentHighlightProvider::Bool(true)),
        document_symbol_provider: Some(DocumentSymbolProvider::Bool(true)),
        workspace_symbol_provider: Some(WorkspaceSymbolProvider::Bool(true)),
        code_action_provider: Some(CodeActionProvider::CodeActionOptions(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QuickFix,
                CodeActionKind::RefactorRewrite,
                CodeActionKind::Custom(FIX_ALL.into()),
            ]),
            ..CodeActionOptions::default()
        })),
        document_formatting_provider: Some(DocumentFormattingProvider::Bool(true)),
        rename_provider: Some(RenameProvider::RenameOptions(RenameOptions {
            prepare_provider: Some(true),
            ..RenameOptions::default()
        })),
        folding_range_provider: Some(FoldingRangeProvider::Bool(true)),
        selection_range_provider: Some(SelectionRangeProvider::Bool(true)),
        semantic_tokens_provider: Some(SemanticTokensProvider::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: SemanticTokensLegend {
                    token_types: tokens::TYPES.iter().map(|name| (*name).to_owned()).collect(),
                    token_modifiers: Vec::new(),
                },
                range: Some(SemanticTokensOptionsRange::Bool(true)),
                full: Some(Full::Bool(true)),
                ..SemanticTokensOptions::default()
            },
        )),
        inlay_hint_provider: Some(InlayHintProvider::Bool(true)),
        diagnostic_provider: Some(DiagnosticProvider::DiagnosticOptions(DiagnosticOptions {
            identifier: Some("dvkit".to_owned()),
            inter_file_dependencies: false,
            workspace_diagnostics: false,
            ..DiagnosticOptions::default()
        })),
        workspace: Some(WorkspaceOptions {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(ChangeNotifications::Bool(true)),
            }),
            ..WorkspaceOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Returns the names of what a client can do.
    fn able(capabilities: Value) -> Vec<&'static str> {
        let client = Client::new(&serde_json::from_value(capabilities).unwrap());
        let all = [
            ("pulls diagnostics", client.pulls_diagnostics),
            ("refreshes diagnostics", client.refreshes_diagnostics),
            ("refreshes tokens", client.refreshes_tokens),
            ("refreshes hints", client.refreshes_hints),
            ("watches files", client.watches_files),
            ("watches folders", client.watches_folders),
            ("versioned edits", client.versioned_edits),
            ("nested symbols", client.nested_symbols),
            ("resolves documentation", client.resolves_documentation),
            ("related information", client.related_information),
            ("label offsets", client.label_offsets),
        ];
        all.into_iter().filter(|(_, is_able)| *is_able).map(|(name, _)| name).collect()
    }

    #[test]
    fn a_client_can_do_what_it_says_and_nothing_else() {
        let text = |more: Value| json!({"textDocument": more});
        let workspace = |more: Value| json!({"workspace": more});
        let resolve = |properties: Value| {
            text(json!({"completion": {"completionItem": {"resolveSupport": {"properties": properties}}}}))
        };
        for (capabilities, expected) in [
            (json!({}), &[][..]),
            (text(json!({})), &[]),
            (workspace(json!({})), &[]),
            (text(json!({"diagnostic": {}})), &["pulls diagnostics"]),
            (
                text(json!({"diagnostic": {"relatedInformation": true}})),
                &["pulls diagnostics", "related information"],
            ),
            (text(json!({"publishDiagnostics": {}})), &[]),
            (text(json!({"publishDiagnostics": {"relatedInformation": true}})), &["related information"]),
            (text(json!({"publishDiagnostics": {"relatedInformation": false}})), &[]),
            (
                text(json!({"diagnostic": {}, "publishDiagnostics": {"relatedInformation": true}})),
                &["pulls diagnostics"],
            ),
            (resolve(json!([])), &[]),
            (resolve(json!(["detail"])), &[]),
            (resolve(json!(["detail", "documentation"])), &["resolves documentation"]),
            (
                text(json!({"documentSymbol": {"hierarchicalDocumentSymbolSupport": true}})),
                &["nested symbols"],
            ),
            (text(json!({"documentSymbol": {"hierarchicalDocumentSymbolSupport": false}})), &[]),
            (
                text(json!({
                    "signatureHelp": {"signatureInformation": {"parameterInformation": {"labelOffsetSupport": true}}},
                })),
                &["label offsets"],
            ),
            (workspace(json!({"diagnostics": {"refreshSupport": true}})), &["refreshes diagnostics"]),
            (workspace(json!({"semanticTokens": {"refreshSupport": true}})), &["refreshes tokens"]),
            (workspace(json!({"inlayHint": {"refreshSupport": true}})), &["refreshes hints"]),
            (workspace(json!({"didChangeWatchedFiles": {"dynamicRegistration": true}})), &["watches files"]),
            (
                workspace(json!({"didChangeWatchedFiles": {"relativePatternSupport": true}})),
                &["watches folders"],
            ),
            (workspace(json!({"workspaceEdit": {"documentChanges": true}})), &["versioned edits"]),
        ] {
            assert_eq!(able(capabilities.clone()), expected, "{capabilities}");
        }
    }
}
