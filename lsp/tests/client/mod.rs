//! A client that drives the server in this process.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use dvkit_lsp::{Connection, Exit, Options};
use lsp_server::{Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

/// How long a message is waited for before the test fails. No test depends on it otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    connection: Connection,
    server: Option<JoinHandle<Result<Exit, String>>>,
    next: i32,
    /// The notifications that came while something else was waited for.
    pub(crate) notifications: Vec<Notification>,
    /// The requests of the server, which are answered with null.
    pub(crate) requests: Vec<Request>,
    /// What the server answered to `initialize`.
    pub(crate) capabilities: Value,
    versions: BTreeMap<String, i32>,
}

/// Returns the URI of a path.
pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

impl Client {
    /// Starts a server for the folders `folders`, with the capabilities `capabilities` of the client.
    pub(crate) fn start(folders: &[&Path], capabilities: Value) -> Self {
        Self::start_with(folders, capabilities, json!({}), Options::default())
    }

    pub(crate) fn start_with(
        folders: &[&Path],
        capabilities: Value,
        settings: Value,
        options: Options,
    ) -> Self {
        let (server, connection) = Connection::memory();
        let server = thread::spawn(move || dvkit_lsp::run(server, options));
        let mut client = Self {
            connection,
            server: Some(server),
            next: 0,
            notifications: Vec::new(),
            requests: Vec::new(),
            capabilities: Value::Null,
            versions: BTreeMap::new(),
        };
        let folders: Vec<Value> =
            folders.iter().map(|folder| json!({"uri": uri(folder), "name": "folder"})).collect();
        let result = client.ask(
            "initialize",
            json!({
                "processId": null, "rootUri": null, "capabilities": capabilities,
                "workspaceFolders": folders, "initializationOptions": settings,
            }),
        );
        client.capabilities = result["capabilities"].clone();
        client.tell("initialized", json!({}));
        client
    }

    pub(crate) fn tell(&self, method: &str, params: Value) {
        let message = Notification::new(method.to_owned(), params);
        self.connection.sender.send(message.into()).expect("the server runs");
    }

    /// Sends a request without waiting for the response.
    pub(crate) fn send(&mut self, method: &str, params: Value) -> RequestId {
        self.next += 1;
        let id = RequestId::from(self.next);
        let message = Request::new(id.clone(), method.to_owned(), params);
        self.connection.sender.send(message.into()).expect("the server runs");
        id
    }

    /// Returns the next message of the server, or fails.
    fn receive(&mut self) -> Message {
        self.connection.receiver.recv_timeout(PATIENCE).expect("the server answers")
    }

    /// Waits for the response to a request.
    pub(crate) fn response(&mut self, id: &RequestId) -> Response {
        loop {
            match self.receive() {
                Message::Response(response) => {
                    assert_eq!(&response.id, id, "responses come for what was asked");
                    return response;
                }
                Message::Notification(notification) => self.notifications.push(notification),
                Message::Request(request) => self.accept(request),
            }
        }
    }

    /// Waits for the next response, to whatever request.
    pub(crate) fn any_response(&mut self) -> Response {
        loop {
            match self.receive() {
                Message::Response(response) => return response,
                Message::Notification(notification) => self.notifications.push(notification),
                Message::Request(request) => self.accept(request),
            }
        }
    }

    fn accept(&mut self, request: Request) {
        let response = Response::new_ok(request.id.clone(), Value::Null);
        self.connection.sender.send(response.into()).expect("the server runs");
        self.requests.push(request);
    }

    /// Sends a request and returns its result. An error fails.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.try_ask(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    pub(crate) fn try_ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        let id = self.send(method, params);
        self.response(&id).response_result.map_err(|error| error.message)
    }

    pub(crate) fn open(&mut self, uri: &str, language: &str, text: &str) {
        self.versions.insert(uri.to_owned(), 1);
        self.tell(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": uri, "languageId": language, "version": 1, "text": text}}),
        );
    }

    /// Sends changes of a document: a range and its new text; without a range the whole text.
    pub(crate) fn change(&mut self, uri: &str, changes: Value) -> i32 {
        let version = self.versions.get_mut(uri).expect("the document is open");
        *version += 1;
        let version = *version;
        self.tell(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes}),
        );
        version
    }

    /// Asks about a position of a document.
    pub(crate) fn at(&mut self, method: &str, uri: &str, line: usize, character: usize) -> Value {
        self.ask(
            method,
            json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}),
        )
    }

    /// Waits until the diagnostics of the version `version` of a document are pushed.
    pub(crate) fn pushed(&mut self, uri: &str, version: Option<i32>) -> Value {
        loop {
            let is_wanted = |n: &Notification| {
                n.method == "textDocument/publishDiagnostics"
                    && n.params["uri"] == uri
                    && version.is_none_or(|version| n.params["version"] == version)
            };
            if let Some(at) = self.notifications.iter().position(is_wanted) {
                return self.notifications.remove(at).params["diagnostics"].clone();
            }
            match self.receive() {
                Message::Notification(notification) => self.notifications.push(notification),
                Message::Request(request) => self.accept(request),
                Message::Response(response) => panic!("{response:?}"),
            }
        }
    }

    /// Returns the diagnostics that the client pulls.
    pub(crate) fn pulled(&mut self, uri: &str) -> Vec<Value> {
        let report = self.ask("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
        report["items"].as_array().cloned().unwrap_or_default()
    }

    /// Ends the server as the protocol says.
    pub(crate) fn end(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        let exit = self.server.take().expect("it runs").join().expect("it does not panic");
        assert_eq!(exit, Ok(Exit::Requested));
    }

    /// Ends the connection, and returns how the server ended.
    pub(crate) fn leave(mut self) -> Result<Exit, String> {
        let server = self.server.take().expect("it runs");
        drop(self);
        server.join().expect("it does not panic")
    }
}

/// The capabilities of a client that can do everything.
pub(crate) fn able() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": true},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "signatureHelp": {"signatureInformation": {"parameterInformation": {"labelOffsetSupport": true}}},
            "completion": {"completionItem": {"resolveSupport": {"properties": ["documentation"]}}},
        },
        "workspace": {
            "workspaceEdit": {"documentChanges": true},
            "didChangeWatchedFiles": {"dynamicRegistration": true, "relativePatternSupport": true},
        },
    })
}
