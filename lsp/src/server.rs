//! Runs the server: one loop reads the messages of the client in order, keeps the state, and starts work on
//! other threads, whose results it sends.
//!
//! Messages come before results, so that a cancellation reaches the loop before the result that it cancels.
//! Diagnostics are pushed when no message is waiting: while someone types faster than queries are checked, only
//! the last version is. This needs no clock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{TryRecvError, select};
use dvkit_ide::SchemaChoice;
use gen_lsp_types::{
    BaseUri, Diagnostic, DiagnosticRefreshRequest, DiagnosticSeverity, DidChangeConfigurationParams,
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWatchedFilesRegistrationOptions,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, FileSystemWatcher, GlobPattern, InitializeParams, InitializeResult,
    InlayHintRefreshRequest, LogMessageParams, Message as DiagnosticMessage, MessageType, Position,
    PublishDiagnosticsNotification, PublishDiagnosticsParams, Range, Registration, RegistrationParams,
    RegistrationRequest, RelativePattern, Request as RequestType, SemanticTokensRefreshRequest, ServerInfo,
    ShowMessageNotification, ShowMessageParams, Uri, WorkspaceFolders,
};
use lsp_server::{
    Connection, ErrorCode, Message, Notification, ReqQueue, Request, RequestId, Response, ResponseError,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::capabilities::{self, Client};
use crate::convert;
use crate::documents::Documents;
use crate::features::diagnostics::{self, SOURCE};
use crate::features::{Context, Failure};
use crate::roots::{Mistake, Root, Roots, sentence};
use crate::workers::{Cancellation, Workers, guarded};

/// The options of a server.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The snapshot that applies to all documents, instead of those of `dvkit.toml`. The client can name
    /// another organisation.
    pub schema: SchemaChoice,
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The client asked the server to shut down, and then to exit.
    Requested,
    /// The client is gone, or asked the server to exit without a shutdown before.
    Lost,
}

/// A result of work on another thread.
pub(crate) enum Event {
    /// The result of a request.
    Answer { id: RequestId, result: Result<Value, ResponseError>, notices: Vec<Notice> },
    /// The diagnostics of a document; `None` if they are no longer wanted.
    Diagnosed { uri: Uri, version: i32, diagnostics: Option<Vec<Diagnostic>>, notices: Vec<Notice> },
}

/// A message for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A snapshot cannot be read, or the server has a defect.
    Failure(String),
    /// Queries were checked against the sample organisation.
    Sample,
}

/// The state of the pushed diagnostics of a document.
#[derive(Debug, Default)]
struct PushState {
    is_wanted: bool,
    running: Option<Cancellation>,
}

/// A running server.
pub(crate) struct Server {
    connection: Connection,
    pub(crate) client: Client,
    pub(crate) documents: Documents,
    pub(crate) roots: Roots,
    pub(crate) pending: ReqQueue<Cancellation, ()>,
    pub(crate) workers: Workers<Event>,
    pushes: HashMap<Uri, PushState>,
    /// The mistakes that the client shows, by their file.
    mistakes: BTreeMap<PathBuf, String>,
    watched: BTreeSet<PathBuf>,
    is_sample_told: bool,
    is_shut_down: bool,
}

/// Runs a server until the client ends it.
///
/// # Errors
/// Returns a sentence as an error if the client does not begin as the protocol says.
pub fn run(connection: Connection, options: Options) -> Result<Exit, String> {
    let (id, params) = connection.initialize_start().map_err(|error| error.to_string())?;
    let params: InitializeParams = serde_json::from_value(params).map_err(|error| error.to_string())?;
    let client = Client::new(&params.capabilities);
    let result = InitializeResult {
        capabilities: capabilities::server(client.encoding),
        server_info: Some(ServerInfo {
            name: "dvkit".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    let choice = chosen(options.schema, params.initialization_options.as_ref());
    let server = Server {
        client,
        documents: Documents::new(client.encoding),
        roots: Roots::new(folders(&params), choice),
        pending: ReqQueue::default(),
        workers: Workers::start(),
        pushes: HashMap::new(),
        mistakes: BTreeMap::new(),
        watched: BTreeSet::new(),
        is_sample_told: false,
        is_shut_down: false,
        connection,
    };
    server.send(Response::new_ok(id, result));
    Ok(server.run())
}

/// Returns the folders that are open in the editor.
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    match &params.workspace_folders_initialize_params.workspace_folders {
        Some(WorkspaceFolders::WorkspaceFolderList(folders)) => {
            folders.iter().filter_map(|folder| convert::path(&folder.uri)).collect()
        }
        #[expect(deprecated, reason = "older clients send only the root")]
        _ => params.root_uri.iter().filter_map(convert::path).collect(),
    }
}

/// Returns the snapshot that the settings of the client name: `org` of `dvkit`, or at the top. Without one, it
/// is `given`.
fn chosen(given: SchemaChoice, settings: Option<&Value>) -> SchemaChoice {
    let settings = settings.map(|settings| settings.get("dvkit").unwrap_or(settings));
    let org = settings.and_then(|settings| settings.get("org")).and_then(Value::as_str);
    match org.filter(|org| !org.is_empty()) {
        Some(org) => SchemaChoice { schema: None, org: Some(org.to_owned()) },
        None => given,
    }
}

impl Server {
    fn run(mut self) -> Exit {
        loop {
            let message = match self.connection.receiver.try_recv() {
                Ok(message) => Some(message),
                Err(TryRecvError::Disconnected) => return Exit::Lost,
                Err(TryRecvError::Empty) => {
                    self.push_diagnostics();
                    select! {
                        recv(self.connection.receiver) -> message => match message {
                            Ok(message) => Some(message),
                            Err(_) => return Exit::Lost,
                        },
                        recv(self.workers.results()) -> event => {
                            if let Ok(event) = event {
                                self.event(event);
                            }
                            None
                        }
                    }
                }
            };
            match message {
                None => {}
                Some(Message::Request(request)) => self.request(request),
                Some(Message::Response(response)) => {
                    self.pending.outgoing.complete(response.id);
                }
                Some(Message::Notification(notification)) if notification.method == "exit" => {
                    return if self.is_shut_down { Exit::Requested } else { Exit::Lost };
                }
                Some(Message::Notification(notification)) => self.notification(notification),
            }
        }
    }

    pub(crate) fn send(&self, message: impl Into<Message>) {
        // If the client is gone, the loop ends with the next message.
        let _ = self.connection.sender.send(message.into());
    }

    fn notify<N: gen_lsp_types::Notification>(&self, params: N::Params) {
        self.send(Notification::new(N::METHOD.as_str().to_owned(), params));
    }

    fn ask<R: RequestType>(&mut self, params: R::Params) {
        let request = self.pending.outgoing.register(R::METHOD.as_str().to_owned(), params, ());
        self.send(request);
    }

    fn request(&mut self, request: Request) {
        if self.is_shut_down {
            let why = "the server is shut down".to_owned();
            self.send(Response::new_err(request.id, ErrorCode::InvalidRequest as i32, why));
        } else if request.method == "shutdown" {
            self.is_shut_down = true;
            self.send(Response::new_ok(request.id, ()));
        } else {
            self.answer(request);
        }
    }

    fn notification(&mut self, notification: Notification) {
        let method = notification.method.clone();
        let Notification { params, .. } = notification;
        match method.as_str() {
            "initialized" => self.refresh_roots(),
            "$/cancelRequest" => self.cancel(&params),
            "textDocument/didOpen" => self.with(params, Self::opened),
            "textDocument/didChange" => self.with(params, Self::changed),
            "textDocument/didClose" => self.with(params, Self::closed),
            "textDocument/didSave" => self.with(params, Self::saved),
            "workspace/didChangeWatchedFiles" => self.with(params, Self::files_changed),
            "workspace/didChangeWorkspaceFolders" => self.with(params, Self::folders_changed),
            "workspace/didChangeConfiguration" => self.with(params, Self::settings_changed),
            // Other notifications are optional.
            _ => {}
        }
    }

    /// Calls `handle` with the parameters of a notification. Wrong ones are reported, because nothing can be
    /// answered.
    fn with<P: DeserializeOwned>(&mut self, params: Value, handle: fn(&mut Self, P)) {
        match serde_json::from_value(params) {
            Ok(params) => handle(self, params),
            Err(error) => self.log(format!("a notification is not valid: {error}")),
        }
    }

    fn log(&self, message: String) {
        let params = LogMessageParams { kind: MessageType::Warning, message };
        self.notify::<gen_lsp_types::LogMessageNotification>(params);
    }

    fn cancel(&mut self, params: &Value) {
        let id = params.get("id").cloned().unwrap_or_default();
        let Ok(id) = serde_json::from_value::<RequestId>(id) else { return };
        let Some(cancellation) = self.pending.incoming.complete(&id) else { return };
        cancellation.cancel();
        let why = "cancelled by the client".to_owned();
        self.send(Response::new_err(id, ErrorCode::RequestCanceled as i32, why));
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let uri = params.text_document.uri.clone();
        let folder = self.roots.first_folder();
        let roots = &mut self.roots;
        self.documents.open(params.text_document, &folder, |path| roots.of(path).hosts.host(path));
        self.want(&uri);
        self.refresh_roots();
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let uri = params.text_document.text_document_identifier.uri;
        if self.documents.change(&uri, params.text_document.version, params.content_changes) {
            self.want(&uri);
        }
    }

    fn closed(&mut self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        if !self.documents.close(&uri) {
            return;
        }
        if let Some(PushState { running: Some(running), .. }) = self.pushes.remove(&uri) {
            running.cancel();
        }
        if !self.client.pulls_diagnostics {
            self.publish(uri, None, Vec::new());
        }
        self.roots.retain(self.documents.all().map(|document| document.path.as_path()));
    }

    fn saved(&mut self, params: DidSaveTextDocumentParams) {
        // Some clients watch no files.
        let paths: Vec<PathBuf> = convert::path(&params.text_document.uri).into_iter().collect();
        self.reload(&paths);
    }

    fn files_changed(&mut self, params: DidChangeWatchedFilesParams) {
        let paths: Vec<PathBuf> =
            params.changes.iter().filter_map(|change| convert::path(&change.uri)).collect();
        self.reload(&paths);
    }

    fn reload(&mut self, paths: &[PathBuf]) {
        if self.roots.changed(paths) {
            self.refresh_all();
        }
    }

    fn folders_changed(&mut self, params: DidChangeWorkspaceFoldersParams) {
        let paths = |folders: Vec<gen_lsp_types::WorkspaceFolder>| -> Vec<PathBuf> {
            folders.iter().filter_map(|folder| convert::path(&folder.uri)).collect()
        };
        let removed = paths(params.event.removed);
        self.roots.change_folders(paths(params.event.added), &removed);
        self.refresh_all();
    }

    fn settings_changed(&mut self, params: DidChangeConfigurationParams) {
        if self.roots.choose(chosen(SchemaChoice::default(), Some(&params.settings))) {
            self.refresh_all();
        }
    }

    /// Has everything computed again, because a workspace has changed.
    fn refresh_all(&mut self) {
        let open: Vec<Uri> = self.documents.all().map(|document| document.uri.clone()).collect();
        for uri in &open {
            self.want(uri);
        }
        self.refresh_roots();
        if self.client.refreshes_diagnostics {
            self.ask::<DiagnosticRefreshRequest>(());
        }
        if self.client.refreshes_tokens {
            self.ask::<SemanticTokensRefreshRequest>(());
        }
        if self.client.refreshes_hints {
            self.ask::<InlayHintRefreshRequest>(());
        }
    }

    /// Finds the roots of the open documents, shows mistakes in their `dvkit.toml`, and watches their files.
    fn refresh_roots(&mut self) {
        let roots = &mut self.roots;
        self.documents.assign_hosts(|path| roots.of(path).hosts.host(path));
        let roots = self.roots.all();
        let mistakes: BTreeMap<PathBuf, String> = roots
            .iter()
            .filter_map(|root| root.mistake.as_ref())
            .map(|Mistake { file, message }| (file.clone(), message.clone()))
            .collect();
        let mut notices = Vec::new();
        for (file, message) in &mistakes {
            if self.mistakes.get(file) != Some(message) {
                self.publish(convert::uri(file), None, vec![mistake(message)]);
                // The file may not be open, and then nobody sees the finding in it. Settings that were valid before
                // still apply.
                let is_unchecked = |root: &&Arc<Root>| {
                    root.workspace.is_none()
                        && root.mistake.as_ref().is_some_and(|mistake| mistake.file == *file)
                };
                if roots.iter().any(|root| is_unchecked(&root)) {
                    let path = file.display();
                    notices.push(Notice::Failure(format!(
                        "dvkit: {path}: {message}. Queries are not checked until this is put right."
                    )));
                }
            }
        }
        self.tell(notices);
        for file in self.mistakes.keys().filter(|file| !mistakes.contains_key(*file)) {
            self.publish(convert::uri(file), None, Vec::new());
        }
        self.mistakes = mistakes;
        self.watch(&roots);
    }

    /// Asks the client to tell of changes of `dvkit.toml` and of the snapshots.
    fn watch(&mut self, roots: &[Arc<Root>]) {
        if !self.client.watches_files {
            return;
        }
        let mut watchers = Vec::new();
        let watcher = |glob_pattern| FileSystemWatcher { glob_pattern, kind: None };
        if self.watched.is_empty() {
            watchers.push(watcher(GlobPattern::Pattern("**/dvkit.toml".to_owned())));
        }
        let new: Vec<PathBuf> = roots
            .iter()
            .flat_map(|root| {
                let config = root.mistake.as_ref().and_then(|mistake| mistake.file.parent());
                let accepted = root.accepted.as_deref().and_then(std::path::Path::parent);
                root.snapshots.iter().cloned().chain(config.into_iter().chain(accepted).map(PathBuf::from))
            })
            .filter(|folder| !self.watched.contains(folder))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        for folder in &new {
            let pattern = "**/*.{json,toml}".to_owned();
            watchers.push(watcher(if self.client.watches_folders {
                let base_uri = BaseUri::Uri(convert::uri(folder));
                GlobPattern::RelativePattern(RelativePattern { base_uri, pattern })
            } else {
                GlobPattern::Pattern(format!("{}/{pattern}", folder.display()))
            }));
        }
        if watchers.is_empty() {
            return;
        }
        let id = format!("dvkit-files-{}", self.watched.len());
        self.watched.extend(new);
        let options = DidChangeWatchedFilesRegistrationOptions { watchers };
        let registration = Registration {
            id,
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        self.ask::<RegistrationRequest>(RegistrationParams { registrations: vec![registration] });
    }

    /// Takes note that the diagnostics of a document have to be pushed.
    fn want(&mut self, uri: &Uri) {
        if self.client.pulls_diagnostics {
            return;
        }
        let state = self.pushes.entry(uri.clone()).or_default();
        state.is_wanted = true;
        if let Some(running) = &state.running {
            running.cancel();
        }
    }

    /// Starts the computation of diagnostics that have to be pushed.
    fn push_diagnostics(&mut self) {
        let ready = |state: &PushState| state.is_wanted && state.running.is_none();
        let ready: Vec<Uri> =
            self.pushes.iter().filter(|(_, state)| ready(state)).map(|(uri, _)| uri.clone()).collect();
        for uri in ready {
            let cancellation = Cancellation::default();
            let Some(context) = self.context(&uri, &cancellation) else { continue };
            if let Some(state) = self.pushes.get_mut(&uri) {
                *state = PushState { is_wanted: false, running: Some(cancellation) };
            }
            self.workers.run(move || {
                let (diagnostics, notices) = match guarded(|| diagnostics::diagnostics(&context)) {
                    Ok(Ok(diagnostics)) => (Some(diagnostics), sample_notice(&context)),
                    Ok(Err(Failure::Cancelled)) => (None, Vec::new()),
                    Ok(Err(failure)) => (Some(Vec::new()), notices(&context, failure)),
                    Err(panic) => (Some(Vec::new()), vec![defect("diagnostics", &panic)]),
                };
                Event::Diagnosed { uri, version: context.document.version, diagnostics, notices }
            });
        }
    }

    /// Returns what a request about the document `uri` is answered from; `None` if it is not open.
    pub(crate) fn context(&mut self, uri: &Uri, cancellation: &Cancellation) -> Option<Context> {
        let document = self.documents.get(uri)?.clone();
        let root = self.roots.of(&document.path);
        Some(Context { client: self.client, document, root, cancellation: cancellation.clone() })
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Answer { id, result, notices } => {
                self.tell(notices);
                if self.pending.incoming.complete(&id).is_some() {
                    self.send(Response { id, response_result: result });
                }
            }
            Event::Diagnosed { uri, version, diagnostics, notices } => {
                self.tell(notices);
                let Some(state) = self.pushes.get_mut(&uri) else { return };
                state.running = None;
                let is_current = self.documents.get(&uri).is_some_and(|d| d.version == version);
                match diagnostics {
                    Some(diagnostics) if is_current => self.publish(uri, Some(version), diagnostics),
                    _ => state.is_wanted = true,
                }
            }
        }
    }

    fn publish(&self, uri: Uri, version: Option<i32>, diagnostics: Vec<Diagnostic>) {
        let params = PublishDiagnosticsParams { uri, version, diagnostics };
        self.notify::<PublishDiagnosticsNotification>(params);
    }

    fn tell(&mut self, notices: Vec<Notice>) {
        for notice in notices {
            let (kind, message) = match notice {
                Notice::Failure(message) => (MessageType::Error, message),
                Notice::Sample if self.is_sample_told => continue,
                Notice::Sample => {
                    self.is_sample_told = true;
                    (MessageType::Info, SAMPLE.to_owned())
                }
            };
            self.notify::<ShowMessageNotification>(ShowMessageParams { kind, message });
        }
    }
}

/// The notice that queries are checked against the sample organisation.
const SAMPLE: &str = "dvkit: no snapshot was found, so queries are checked against the sample organisation that comes with \
     dvkit. `dvkit init` makes a `dvkit.toml` that names yours.";

/// Returns the notice that belongs to a failure. A snapshot that cannot be read is told once.
pub(crate) fn notices(context: &Context, failure: Failure) -> Vec<Notice> {
    match failure {
        Failure::Snapshot(error) if context.root.first_failure() => {
            vec![Notice::Failure(format!("dvkit: {}", sentence(&error)))]
        }
        _ => Vec::new(),
    }
}

/// Returns the notice about the sample organisation, if it was used for a query.
pub(crate) fn sample_notice(context: &Context) -> Vec<Notice> {
    match context.source() {
        Some((workspace, file)) if workspace.schemas.is_sample() && !file.found().is_empty() => {
            vec![Notice::Sample]
        }
        _ => Vec::new(),
    }
}

/// Returns the notice about a defect of the server.
pub(crate) fn defect(method: &str, message: &str) -> Notice {
    Notice::Failure(format!("dvkit has a defect in `{method}`: {message}"))
}

/// Returns the diagnostic for a mistake in `dvkit.toml`. Its message may begin with the position.
fn mistake(message: &str) -> Diagnostic {
    let position = message.strip_prefix("line ").and_then(|rest| {
        let (line, rest) = rest.split_once(", column ")?;
        let (column, text) = rest.split_once(": ")?;
        let (line, character) = (line.parse::<u32>().ok()?, column.parse::<u32>().ok()?);
        Some((Position { line: line.checked_sub(1)?, character: character.checked_sub(1)? }, text))
    });
    let (start, text) = position.unwrap_or((Position::default(), message));
    let end = Position { character: start.character + 1, ..start };
    Diagnostic {
        range: Range { start, end },
        severity: Some(DiagnosticSeverity::Error),
        source: Some(SOURCE.to_owned()),
        message: DiagnosticMessage::String(text.to_owned()),
        ..Diagnostic::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_shown_at_its_position() {
        let found = mistake("line 3, column 9: invalid string");
        assert_eq!(found.range.start, Position { line: 2, character: 8 });
        assert_eq!(found.message, DiagnosticMessage::String("invalid string".to_owned()));
        assert_eq!(mistake("unknown key `x`").range.start, Position::default());
        let found = mistake("line 1, column 2: a, column 4: b");
        assert_eq!(found.range.start, Position { line: 0, character: 1 });
        assert_eq!(found.range.end, Position { line: 0, character: 2 });
        assert_eq!(found.message, DiagnosticMessage::String("a, column 4: b".to_owned()));
        for text in ["line 0, column 1: a", "line 1, column 0: a", "line x, column 1: a", "line 1: a"] {
            let found = mistake(text);
            assert_eq!(found.range.start, Position::default(), "{text}");
            assert_eq!(found.message, DiagnosticMessage::String(text.to_owned()));
        }
    }

    #[test]
    fn the_client_names_an_organisation() {
        let given = SchemaChoice { schema: Some("x".into()), org: None };
        let org = |value: Value| chosen(given.clone(), Some(&value)).org;
        assert_eq!(org(serde_json::json!({"org": "contoso"})).as_deref(), Some("contoso"));
        assert_eq!(org(serde_json::json!({"dvkit": {"org": "contoso"}})).as_deref(), Some("contoso"));
        assert_eq!(org(serde_json::json!({"org": ""})), None);
        assert_eq!(chosen(given.clone(), None), given);
    }
}
