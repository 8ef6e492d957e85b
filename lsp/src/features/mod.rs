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
