//! Keeps the open documents. Each version of a document is immutable, so that requests are answered with the
//! text that the client had when it asked.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use dvkit_ide::editor::SourceDiagnosis;
use dvkit_ide::embedded::{Host, SourceFile};
use gen_lsp_types::{Position, Range, TextDocumentContentChangeEvent, TextDocumentItem, Uri};

use crate::convert::{self, LineTable, PositionEncoding};

/// The extensions of files by the identifier that editors give to their language. An extension is not listed
/// here if the identifier equals it.
const LANGUAGES: &[(&str, &str)] = &[
    ("csharp", "cs"),
    ("typescript", "ts"),
    ("typescriptreact", "tsx"),
    ("javascript", "js"),
    ("javascriptreact", "jsx"),
    ("powershell", "ps1"),
    ("ps1", "ps1"),
    ("python", "py"),
    ("rust", "rs"),
    ("jsonc", "json"),
    ("jsonl", "jsonl"),
    ("markdown", "md"),
    ("ipynb", "ipynb"),
    ("jupyter", "ipynb"),
    ("rest", "http"),
    ("vb", "vb"),
    ("aspnetcorerazor", "razor"),
    ("vue", "vue"),
    ("svelte", "svelte"),
];

/// Returns the language to which editors give the identifier `language_id`; `None` if it is unknown.
fn host_of_id(language_id: &str) -> Option<Host> {
    let listed = LANGUAGES.iter().find(|(id, _)| *id == language_id);
    let extension = listed.map_or(language_id, |(_, extension)| extension);
    Host::of_path(Path::new(&format!("untitled.{extension}")))
}

/// A version of an open document.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) uri: Uri,
    pub(crate) path: PathBuf,
    pub(crate) version: i32,
    text: String,
    lines: LineTable,
    host: Option<Host>,
    /// The language by the identifier that the editor gives to it, which counts if the file's name does not say it.
    host_of_id: Option<Host>,
    /// The number of bytes of the byte order mark, which is not in the text of the source file.
    mark: usize,
    source: OnceLock<Option<SourceFile>>,
    diagnosis: Mutex<Option<(u64, Arc<SourceDiagnosis>)>>,
    /// Counts the versions that are still in memory.
    _counted: Arc<()>,
}

impl Document {
    fn new(of: &Self, version: i32, text: String, encoding: PositionEncoding) -> Self {
        let counted = of._counted.clone();
        let new = Self::with(of.uri.clone(), of.path.clone(), of.host, version, text, encoding, counted);
        Self { host_of_id: of.host_of_id, ..new }
    }

    fn with(
        uri: Uri,
        path: PathBuf,
        host: Option<Host>,
        version: i32,
        text: String,
        encoding: PositionEncoding,
        counted: Arc<()>,
    ) -> Self {
        let lines = LineTable::new(&text, encoding);
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self {
            uri,
            path,
            version,
            text,
            lines,
            host,
            host_of_id: None,
            mark,
            source: OnceLock::new(),
            diagnosis: Mutex::new(None),
            _counted: counted,
        }
    }

    /// Returns the text as the client has it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the document as a source file, which is read once for each version; `None` if its language is
    /// unknown.
    pub(crate) fn source(&self) -> Option<&SourceFile> {
        let read = || SourceFile::refined(self.path.clone(), self.host?, self.text.clone().into_bytes()).ok();
        self.source.get_or_init(read).as_ref()
    }

    /// Returns the diagnosis that was computed for this version and the generation `generation` of its
    /// workspace. Otherwise computes them with `compute`; if that returns `None`, nothing is kept.
    pub(crate) fn diagnosis<E>(
        &self,
        generation: u64,
        compute: impl FnOnce() -> Result<Option<SourceDiagnosis>, E>,
    ) -> Result<Option<Arc<SourceDiagnosis>>, E> {
        let cached = |cell: &Option<(u64, Arc<SourceDiagnosis>)>| match cell {
            Some((of, diagnosis)) if *of == generation => Some(diagnosis.clone()),
            _ => None,
        };
        if let Some(diagnosis) = self.diagnosis.lock().ok().and_then(|cell| cached(&cell)) {
            return Ok(Some(diagnosis));
        }
        let Some(diagnosis) = compute()?.map(Arc::new) else { return Ok(None) };
        if let Ok(mut cell) = self.diagnosis.lock() {
            *cell = Some((generation, diagnosis.clone()));
        }
        Ok(Some(diagnosis))
    }

    /// Returns the byte offset in the source file of a position.
    pub(crate) fn offset(&self, position: Position) -> usize {
        self.lines.offset(&self.text, position).saturating_sub(self.mark)
    }

    /// Returns the byte range in the source file of a range.
    pub(crate) fn bytes(&self, range: Range) -> std::ops::Range<usize> {
        let bytes = self.lines.bytes(&self.text, range);
        bytes.start.saturating_sub(self.mark)..bytes.end.saturating_sub(self.mark)
    }

    /// Returns the position of a byte offset in the source file.
    pub(crate) fn position(&self, offset: usize) -> Position {
        self.lines.position(offset + self.mark)
    }

    /// Returns the range of a byte range in the source file.
    pub(crate) fn range(&self, range: std::ops::Range<usize>) -> Range {
        self.lines.range(range.start + self.mark..range.end + self.mark)
    }

    /// Returns the byte range in the source file of the content of a line.
    pub(crate) fn line(&self, line: u32) -> std::ops::Range<usize> {
        let line = self.lines.line(&self.text, line);
        line.start.saturating_sub(self.mark)..line.end.saturating_sub(self.mark)
    }

    /// Returns the text with the changes applied in order.
    fn changed(&self, changes: Vec<TextDocumentContentChangeEvent>, encoding: PositionEncoding) -> String {
        let mut text = self.text.clone();
        let mut lines: Option<LineTable> = None;
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(change) => {
                    let table = lines.as_ref().unwrap_or(&self.lines);
                    let range = table.bytes(&text, change.range);
                    text.replace_range(range, &change.text);
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(change) => {
                    text = change.text;
                }
            }
            lines = Some(LineTable::new(&text, encoding));
        }
        text
    }
}

/// The open documents.
#[derive(Debug)]
pub(crate) struct Documents {
    open: HashMap<Uri, Arc<Document>>,
    encoding: PositionEncoding,
    counted: Arc<()>,
}

impl Documents {
    pub(crate) fn new(encoding: PositionEncoding) -> Self {
        Self { open: HashMap::new(), encoding, counted: Arc::new(()) }
    }

    /// Opens a document. `folder` is the folder of documents that have no file. `host` returns the language of
    /// the file at a path, by its name.
    pub(crate) fn open(
        &mut self,
        item: TextDocumentItem,
        folder: &Path,
        host: impl FnOnce(&Path) -> Option<Host>,
    ) {
        let path = convert::path(&item.uri).unwrap_or_else(|| folder.join("untitled"));
        let language_id = String::from(item.language_id);
        let of_id = host_of_id(&language_id);
        let host = host(&path).or(of_id);
        let document = Document::with(
            item.uri.clone(),
            path,
            host,
            item.version,
            item.text,
            self.encoding,
            self.counted.clone(),
        );
        self.open.insert(item.uri, Arc::new(Document { host_of_id: of_id, ..document }));
    }

    /// Gives each document the language that it has now. `host` returns the language of the file at a path, by its
    /// name.
    pub(crate) fn assign_hosts(&mut self, mut host: impl FnMut(&Path) -> Option<Host>) {
        for document in self.open.values_mut() {
            let host = host(&document.path).or(document.host_of_id);
            if host != document.host {
                let same = Document::new(document, document.version, document.text.clone(), self.encoding);
                *document = Arc::new(Document { host, ..same });
            }
        }
    }

    /// Changes the text of a document. Returns whether it is open.
    pub(crate) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) -> bool {
        let Some(document) = self.open.get_mut(uri) else { return false };
        let text = document.changed(changes, self.encoding);
        *document = Arc::new(Document::new(document, version, text, self.encoding));
        true
    }

    /// Closes a document. Returns whether it was open.
    pub(crate) fn close(&mut self, uri: &Uri) -> bool {
        self.open.remove(uri).is_some()
    }

    pub(crate) fn get(&self, uri: &Uri) -> Option<&Arc<Document>> {
        self.open.get(uri)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.open.values()
    }

    /// Returns the number of open documents.
    pub(crate) fn count(&self) -> usize {
        self.open.len()
    }

    /// Returns the number of versions of documents in memory, which is larger than that of open documents while
    /// requests about older versions are answered.
    pub(crate) fn versions(&self) -> usize {
        Arc::strong_count(&self.counted) - 1
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn documents(text: &str) -> (Documents, Uri) {
        let mut documents = Documents::new(PositionEncoding::Utf16);
        let uri = Uri("file:///a/b.txt".to_owned());
        let item = json!({"uri": "file:///a/b.txt", "languageId": "python", "version": 1, "text": text});
        documents.open(serde_json::from_value(item).unwrap(), Path::new("/a"), Host::of_path);
        (documents, uri)
    }

    fn changes(changes: Value) -> Vec<TextDocumentContentChangeEvent> {
        serde_json::from_value(changes).unwrap()
    }

    #[test]
    fn the_identifier_of_an_editor_says_the_language() {
        for (id, host) in [
            ("csharp", Some(Host::CSharp)),
            ("typescript", Some(Host::TypeScript)),
            ("typescriptreact", Some(Host::TypeScript)),
            ("javascript", Some(Host::JavaScript)),
            ("javascriptreact", Some(Host::JavaScript)),
            ("powershell", Some(Host::PowerShell)),
            ("ps1", Some(Host::PowerShell)),
            ("python", Some(Host::Python)),
            ("rust", Some(Host::Rust)),
            ("java", Some(Host::Java)),
            ("json", Some(Host::Json)),
            ("jsonc", Some(Host::Json)),
            ("jsonl", Some(Host::Queries)),
            ("odata", Some(Host::Queries)),
            ("fetchxml", Some(Host::Queries)),
            ("markdown", Some(Host::Markdown)),
            ("jupyter", Some(Host::Notebook)),
            ("ipynb", Some(Host::Notebook)),
            ("rest", Some(Host::Http)),
            ("http", Some(Host::Http)),
            ("vb", Some(Host::VisualBasic)),
            ("aspnetcorerazor", Some(Host::Razor)),
            ("razor", Some(Host::Razor)),
            ("xml", Some(Host::Xml)),
            ("html", Some(Host::Html)),
            ("yaml", Some(Host::Yaml)),
            ("plaintext", None),
            ("", None),
        ] {
            assert_eq!(host_of_id(id), host, "{id}");
        }
    }

    #[test]
    fn the_name_of_a_file_says_the_language_before_the_identifier() {
        let (mut documents, uri) = documents("x");
        assert_eq!(documents.get(&uri).unwrap().host, Some(Host::Python));
        documents.assign_hosts(|_| Some(Host::Yaml));
        assert_eq!(documents.get(&uri).unwrap().host, Some(Host::Yaml));
        let before = documents.get(&uri).unwrap().clone();
        documents.assign_hosts(|_| Some(Host::Yaml));
        assert!(Arc::ptr_eq(&before, documents.get(&uri).unwrap()), "the same language, the same document");
        documents.assign_hosts(|_| None);
        let now = documents.get(&uri).unwrap();
        assert_eq!((now.host, now.version, now.text()), (Some(Host::Python), 1, "x"));
    }

    #[test]
    fn changes_are_applied_in_their_order() {
        let (mut documents, uri) = documents("a\nb😀c\n");
        let at = |line: u32, from: u32, to: u32| json!({"start": {"line": line, "character": from}, "end": {"line": line, "character": to}});
        let inserted = json!({"range": at(0, 0, 0), "text": "x\n"});
        let edits =
            json!([inserted, {"range": at(2, 1, 3), "text": "y"}, {"range": at(9, 0, 5), "text": "z"}]);
        assert!(documents.change(&uri, 2, changes(edits)), "the document is open");
        let now = documents.get(&uri).unwrap();
        assert_eq!((now.text(), now.version), ("x\na\nbyc\nz", 2));
        let edits = json!([{"text": "whole\n"}, {"range": at(0, 5, 5), "text": "!"}]);
        assert!(documents.change(&uri, 7, changes(edits)), "the document is open");
        let now = documents.get(&uri).unwrap();
        assert_eq!((now.text(), now.version, now.host), ("whole!\n", 7, Some(Host::Python)));
        assert!(!documents.change(&Uri("file:///a/c.txt".to_owned()), 1, Vec::new()), "no such document");
    }

    #[test]
    fn versions_are_counted_while_something_uses_them() {
        let (mut documents, uri) = documents("a");
        let old = documents.get(&uri).unwrap().clone();
        assert_eq!((documents.count(), documents.versions()), (1, 1));
        documents.change(&uri, 2, changes(json!([{"text": "b"}])));
        assert_eq!((documents.count(), documents.versions()), (1, 2));
        drop(old);
        assert_eq!((documents.count(), documents.versions()), (1, 1));
        assert!(documents.close(&uri), "it was open");
        assert!(!documents.close(&uri), "it is not any more");
        assert_eq!((documents.count(), documents.versions(), documents.all().count()), (0, 0, 0));
    }

    #[test]
    fn a_diagnosis_is_kept_for_one_generation() {
        let (documents, uri) = documents("a");
        let document = documents.get(&uri).unwrap();
        let computed = std::cell::Cell::new(0);
        let ask = |generation: u64, result: Result<bool, ()>| {
            let found = document.diagnosis(generation, || {
                computed.set(computed.get() + 1);
                result.map(|is_wanted| is_wanted.then(SourceDiagnosis::default))
            });
            found.map(|one| one.is_some())
        };
        assert_eq!((ask(1, Ok(false)), computed.get()), (Ok(false), 1));
        assert_eq!((ask(1, Err(())), computed.get()), (Err(()), 2));
        assert_eq!((ask(1, Ok(true)), computed.get()), (Ok(true), 3));
        assert_eq!((ask(1, Ok(true)), computed.get()), (Ok(true), 3));
        assert_eq!((ask(2, Ok(true)), computed.get()), (Ok(true), 4));
        assert_eq!((ask(1, Ok(true)), computed.get()), (Ok(true), 5));
    }

    #[test]
    fn a_byte_order_mark_is_before_all_positions() {
        let (documents, uri) = documents("\u{feff}ab\ncd");
        let document = documents.get(&uri).unwrap();
        let position = |line: u32, character: u32| Position { line, character };
        assert_eq!(document.offset(position(0, 0)), 0);
        assert_eq!(document.offset(position(0, 2)), 1);
        assert_eq!(document.offset(position(1, 1)), 4);
        assert_eq!(document.position(1), position(0, 2));
        assert_eq!(document.range(0..4), Range { start: position(0, 1), end: position(1, 1) });
        assert_eq!(document.bytes(Range { start: position(0, 0), end: position(1, 2) }), 0..5);
        assert_eq!((document.line(0), document.line(1)), (0..2, 3..5));
    }
}
