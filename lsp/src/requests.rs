//! Maps the methods of the protocol to the features, and answers their requests on other threads.

use std::sync::Arc;

use gen_lsp_types::{
    CodeActionRequest, CompletionItem, CompletionRequest, CompletionResolveRequest, DefinitionRequest,
    DocumentDiagnosticRequest, DocumentFormattingRequest, DocumentHighlightRequest, DocumentSymbolRequest,
    FoldingRangeRequest, HoverRequest, InlayHintRequest, PrepareRenameRequest, ReferencesRequest,
    RenameRequest, Request as RequestType, SelectionRangeRequest, SemanticTokensRangeRequest,
    SemanticTokensRequest, SignatureHelpRequest, Uri, WorkspaceSymbolRequest,
};
use lsp_server::{ErrorCode, Request, RequestId, Response, ResponseError};
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::features::{
    Context, Failure, actions, completion, definition, diagnostics, folding, formatting, hover, inlay,
    references, rename, selection, signature, symbols, tokens, workspace_symbols,
};
use crate::roots::Root;
use crate::server::{Event, Notice, Server, defect, notices, sample_notice};
use crate::workers::{Cancellation, guarded};

/// The error code of the protocol for a request that cannot be carried out.
const REQUEST_FAILED: i32 = -32803;

/// The method that returns the numbers of what the server keeps, for tests and for reports of defects.
const STATUS: &str = "dvkit/status";

/// The method that returns the text of a document as the server has it, for the same purposes.
const TEXT: &str = "dvkit/text";

impl Server {
    /// Answers a request, now or on another thread.
    pub(crate) fn answer(&mut self, request: Request) {
        match request.method.as_str() {
            "textDocument/completion" => self.on::<CompletionRequest>(request, completion::complete, |p| {
                &p.text_document_position_params.text_document.uri
            }),
            "completionItem/resolve" => self.resolve(request),
            "textDocument/hover" => self.on::<HoverRequest>(request, hover::hover, |p| {
                &p.text_document_position_params.text_document.uri
            }),
            "textDocument/signatureHelp" => {
                self.on::<SignatureHelpRequest>(request, signature::signature, |p| {
                    &p.text_document_position_params.text_document.uri
                });
            }
            "textDocument/codeAction" => {
                self.on::<CodeActionRequest>(request, actions::actions, |p| &p.text_document.uri);
            }
            "textDocument/formatting" => {
                self.on::<DocumentFormattingRequest>(request, formatting::format, |p| &p.text_document.uri);
            }
            "textDocument/definition" => self.on::<DefinitionRequest>(request, definition::definition, |p| {
                &p.text_document_position_params.text_document.uri
            }),
            "textDocument/references" => self.on::<ReferencesRequest>(request, references::references, |p| {
                &p.text_document_position_params.text_document.uri
            }),
            "textDocument/documentHighlight" => {
                self.on::<DocumentHighlightRequest>(request, references::highlights, |p| {
                    &p.text_document_position_params.text_document.uri
                });
            }
            "textDocument/prepareRename" => self.on::<PrepareRenameRequest>(request, rename::prepare, |p| {
                &p.text_document_position_params.text_document.uri
            }),
            "textDocument/rename" => self.on::<RenameRequest>(request, rename::rename, |p| {
                &p.text_document_position_params.text_document.uri
            }),
            "textDocument/documentSymbol" => {
                self.on::<DocumentSymbolRequest>(request, symbols::symbols, |p| &p.text_document.uri);
            }
            "textDocument/semanticTokens/full" => {
                self.on::<SemanticTokensRequest>(request, tokens::full, |p| &p.text_document.uri);
            }
            "textDocument/semanticTokens/range" => {
                self.on::<SemanticTokensRangeRequest>(request, tokens::range, |p| &p.text_document.uri);
            }
            "textDocument/inlayHint" => {
                self.on::<InlayHintRequest>(request, inlay::hints, |p| &p.text_document.uri);
            }
            "textDocument/foldingRange" => {
                self.on::<FoldingRangeRequest>(request, folding::ranges, |p| &p.text_document.uri);
            }
            "textDocument/selectionRange" => {
                self.on::<SelectionRangeRequest>(request, selection::ranges, |p| &p.text_document.uri);
            }
            "textDocument/diagnostic" => self.diagnose(request),
            "workspace/symbol" => self.search(request),
            STATUS => {
                let status = json!({
                    "documents": self.documents.count(),
                    "versions": self.documents.versions(),
                    "workspaces": self.roots.count(),
                    "pending": self.pending.incoming.has_pending(),
                });
                self.send(Response::new_ok(request.id, status));
            }
            TEXT => {
                let uri = request.params["textDocument"]["uri"].as_str().unwrap_or_default();
                let text = self.documents.get(&Uri(uri.to_owned())).map(|document| document.text());
                self.send(Response::new_ok(request.id, text));
            }
            method => {
                let why = format!("`{method}` is not supported");
                self.send(Response::new_err(request.id, ErrorCode::MethodNotFound as i32, why));
            }
        }
    }

    /// Returns the parameters of a request; answers with an error if they are not valid.
    fn params<R: RequestType>(&self, request: Request) -> Option<(RequestId, R::Params)> {
        match serde_json::from_value(request.params) {
            Ok(params) => Some((request.id, params)),
            Err(error) => {
                let why = format!("the parameters are not valid: {error}");
                self.send(Response::new_err(request.id, ErrorCode::InvalidParams as i32, why));
                None
            }
        }
    }

    /// Answers a request about the document that `uri` returns, with `feature` on another thread. If the
    /// document is not open, the result is null.
    fn on<R: RequestType>(
        &mut self,
        request: Request,
        feature: fn(&Context, R::Params) -> Result<R::Result, Failure>,
        uri: fn(&R::Params) -> &Uri,
    ) {
        let Some((id, params)) = self.params::<R>(request) else { return };
        let cancellation = Cancellation::default();
        match self.context(uri(&params), &cancellation) {
            Some(context) => self.start::<R>(id, cancellation, context, feature, params, Value::Null),
            None => self.send(Response::new_ok(id, Value::Null)),
        }
    }

    /// Computes the result of a request on another thread. If a snapshot cannot be read, or if the server has
    /// a defect, the user is told, and the result is `otherwise`.
    fn start<R: RequestType>(
        &mut self,
        id: RequestId,
        cancellation: Cancellation,
        context: Context,
        feature: fn(&Context, R::Params) -> Result<R::Result, Failure>,
        params: R::Params,
        otherwise: Value,
    ) {
        self.pending.incoming.register(id.clone(), cancellation);
        self.workers.run(move || {
            let computed = guarded(|| {
                context.wanted()?;
                Ok(serde_json::to_value(feature(&context, params)?).unwrap_or_default())
            });
            let (result, notices) =
                outcome(R::METHOD.as_str(), computed, otherwise, |failure| notices(&context, failure));
            Event::Answer { id, result, notices }
        });
    }

    fn resolve(&mut self, request: Request) {
        let Some((id, item)) = self.params::<CompletionResolveRequest>(request) else { return };
        let data = |item: &CompletionItem| {
            item.data.as_ref().and_then(|data| completion::ItemData::deserialize(data).ok())
        };
        let cancellation = Cancellation::default();
        let context = data(&item).and_then(|data| self.context(&data.uri, &cancellation));
        let otherwise = serde_json::to_value(&item).unwrap_or_default();
        match context {
            Some(context) => self.start::<CompletionResolveRequest>(
                id,
                cancellation,
                context,
                completion::resolve,
                item,
                otherwise,
            ),
            None => self.send(Response::new_ok(id, otherwise)),
        }
    }

    fn diagnose(&mut self, request: Request) {
        let Some((id, params)) = self.params::<DocumentDiagnosticRequest>(request) else { return };
        let cancellation = Cancellation::default();
        let otherwise = serde_json::to_value(diagnostics::report(Vec::new(), None)).unwrap_or_default();
        let Some(context) = self.context(&params.text_document.uri, &cancellation) else {
            return self.send(Response::new_ok(id, otherwise));
        };
        self.pending.incoming.register(id.clone(), cancellation);
        self.workers.run(move || {
            let computed = guarded(|| {
                context.wanted()?;
                Ok(serde_json::to_value(diagnostics::pull(&context, params)?).unwrap_or_default())
            });
            let method = DocumentDiagnosticRequest::METHOD;
            let (result, mut told) =
                outcome(method.as_str(), computed, otherwise, |failure| notices(&context, failure));
            told.extend(sample_notice(&context));
            Event::Answer { id, result, notices: told }
        });
    }

    fn search(&mut self, request: Request) {
        let Some((id, params)) = self.params::<WorkspaceSymbolRequest>(request) else { return };
        let cancellation = Cancellation::default();
        let open: Vec<Uri> = self.documents.all().map(|document| document.uri.clone()).collect();
        let mut contexts: Vec<Context> =
            open.iter().filter_map(|uri| self.context(uri, &cancellation)).collect();
        contexts.sort_by(|a, b| a.document.path.cmp(&b.document.path));
        let roots: Vec<Arc<Root>> = self.roots.all();
        self.pending.incoming.register(id.clone(), cancellation);
        self.workers.run(move || {
            let computed = guarded(|| {
                let found = workspace_symbols::search(&contexts, &roots, &params.query)?;
                Ok(serde_json::to_value(found).unwrap_or_default())
            });
            let tell = |failure| match (failure, roots.first()) {
                (Failure::Snapshot(error), Some(root)) if root.first_failure() => {
                    vec![Notice::Failure(format!("dvkit: {}", crate::roots::sentence(&error)))]
                }
                _ => Vec::new(),
            };
            let otherwise = Value::Array(Vec::new());
            let (result, notices) =
                outcome(WorkspaceSymbolRequest::METHOD.as_str(), computed, otherwise, tell);
            Event::Answer { id, result, notices }
        });
    }
}

/// Returns the result of a request and what the user is told. `computed` is what the feature returned, or the
/// message of its panic.
fn outcome(
    method: &str,
    computed: Result<Result<Value, Failure>, String>,
    otherwise: Value,
    tell: impl FnOnce(Failure) -> Vec<Notice>,
) -> (Result<Value, ResponseError>, Vec<Notice>) {
    let error = |code: i32, message: String| ResponseError { code, message, data: None };
    match computed {
        Ok(Ok(value)) => (Ok(value), Vec::new()),
        Ok(Err(Failure::Cancelled)) => {
            (Err(error(ErrorCode::RequestCanceled as i32, "cancelled".to_owned())), Vec::new())
        }
        Ok(Err(Failure::Refused(why))) => (Err(error(REQUEST_FAILED, why)), Vec::new()),
        Ok(Err(failure)) => (Ok(otherwise), tell(failure)),
        Err(panic) => (Ok(otherwise), vec![defect(method, &panic)]),
    }
}
