//! Answers the requests about documents. One module answers one kind of request: it converts the parameters,
//! asks the workspace, and converts the result.

pub(crate) mod actions;
pub(crate) mod completion;
pub(crate) mod definition;
pub(crate) mod diagnostics;
pub(crate) mod folding;
pub(crate) mod formatting;
pub(crate) mod hover;
pub(crate) mod inlay;
pub(crate) mod references;
pub(crate) mod rename;
pub(crate) mod selection;
pub(crate) mod signature;
pub(crate) mod symbols;
pub(crate) mod tokens;
pub(crate) mod workspace_symbols;

use std::sync::Arc;

use dvkit_ide::Workspace;
use dvkit_ide::embedded::SourceFile;
use gen_lsp_types::{
    DocumentChange, Documentation, Edit, MarkupContent, MarkupKind, OptionalVersionedTextDocumentIdentifier,
    TextDocumentEdit, TextDocumentIdentifier, TextEdit, WorkspaceEdit,
};

use crate::capabilities::Client;
use crate::documents::Document;
use crate::roots::Root;
use crate::workers::Cancellation;

/// What a request about a document is answered from: the state of the server when it came.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) document: Arc<Document>,
    pub(crate) root: Arc<Root>,
    pub(crate) cancellation: Cancellation,
}

/// The reason why a request has no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request was cancelled.
    Cancelled,
    /// The request cannot be carried out. The field is a sentence for the user.
    Refused(String),
    /// A snapshot cannot be read.
    Snapshot(dvkit_ide::Error),
}

impl From<dvkit_ide::Error> for Failure {
    fn from(error: dvkit_ide::Error) -> Self {
        Self::Snapshot(error)
    }
}

impl Context {
    /// Returns the workspace and the document as a source file; `None` if there is no workspace, or if the
    /// language of the document is unknown.
    pub(crate) fn source(&self) -> Option<(&Workspace, &SourceFile)> {
        Some((self.root.workspace.as_deref()?, self.document.source()?))
    }

    /// Returns an error if the request was cancelled.
    pub(crate) fn wanted(&self) -> Result<(), Failure> {
        if self.cancellation.is_cancelled() { Err(Failure::Cancelled) } else { Ok(()) }
    }

    /// Returns an edit of the source file for the client.
    pub(crate) fn text_edit(&self, range: std::ops::Range<usize>, new_text: &str) -> TextEdit {
        TextEdit { range: self.document.range(range), new_text: new_text.to_owned() }
    }

    /// Returns edits of the document as a change of the workspace, for the version that the client had.
    pub(crate) fn workspace_edit(&self, edits: Vec<TextEdit>) -> WorkspaceEdit {
        let uri = self.document.uri.clone();
        if self.client.versioned_edits {
            let text_document = OptionalVersionedTextDocumentIdentifier {
                version: Some(self.document.version),
                text_document_identifier: TextDocumentIdentifier { uri },
            };
            let edits = edits.into_iter().map(Edit::TextEdit).collect();
            let change = DocumentChange::TextDocumentEdit(TextDocumentEdit { text_document, edits });
            WorkspaceEdit { document_changes: Some(vec![change]), ..WorkspaceEdit::default() }
        } else {
            WorkspaceEdit { changes: Some([(uri, edits)].into()), ..WorkspaceEdit::default() }
        }
    }
}

fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

fn documentation(value: String) -> Documentation {
    Documentation::MarkupContent(markdown(value))
}

#[cfg(test)]
mod tests {
    use gen_lsp_types::{ClientCapabilities, SelectionRangeParams};
    use serde_json::json;

    use super::*;
    use crate::documents::Documents;
    use crate::roots::Roots;
    use dvkit_ide::SchemaChoice;
    use dvkit_ide::embedded::Host;

    /// Returns what a request about a file with one query is answered from.
    fn context(folder: &std::path::Path) -> Context {
        let client = Client::new(&ClientCapabilities::default());
        let mut documents = Documents::new(client.encoding);
        let uri = gen_lsp_types::Uri("file:///nowhere/a.odata".to_owned());
        let text = "contacts?$filter=statecode eq 0";
        let item =
            json!({"uri": "file:///nowhere/a.odata", "languageId": "odata", "version": 1, "text": text});
        documents.open(serde_json::from_value(item).unwrap(), folder, Host::of_path);
        let document = documents.get(&uri).unwrap().clone();
        let root = Roots::new(vec![folder.to_owned()], SchemaChoice::default()).of(&folder.join("a.odata"));
        Context { client, document, root, cancellation: Cancellation::default() }
    }

    #[test]
    fn work_for_a_cancelled_request_ends() {
        let folder = tempfile::tempdir().unwrap();
        let context = context(folder.path());
        let positions = |count: usize| -> SelectionRangeParams {
            let positions = vec![json!({"line": 0, "character": 20}); count];
            let uri = "file:///nowhere/a.odata";
            serde_json::from_value(json!({"textDocument": {"uri": uri}, "positions": positions})).unwrap()
        };
        let ranges = |count: usize| selection::ranges(&context, positions(count));
        let search = || workspace_symbols::search(std::slice::from_ref(&context), &[], "contacts");
        let diagnosis = || diagnostics::diagnostics(&context);
        // The findings of a file are computed once, so they are not asked for before.
        assert!(context.wanted().is_ok(), "nobody has cancelled");
        assert_eq!(ranges(2).unwrap().map(|all| all.len()), Some(2));
        assert!(search().unwrap().is_some());
        context.cancellation.cancel();
        assert!(matches!(context.wanted(), Err(Failure::Cancelled)));
        assert!(matches!(ranges(2), Err(Failure::Cancelled)));
        assert!(ranges(0).is_ok(), "there was nothing to do");
        assert!(matches!(search(), Err(Failure::Cancelled)));
        assert!(matches!(diagnosis(), Err(Failure::Cancelled)));
    }
}
