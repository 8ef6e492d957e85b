//! Reads a text within a file as a source file of another language: fences of Markdown, cells of notebooks,
//! scripts of web pages, bodies of HTTP requests. The texts that are found get positions in the outer file.

use std::path::PathBuf;

use dvkit_diagnostic::{Diagnostic, Span};

use super::{FoundTable, FoundText, Host, HostText, SourceFile};

/// Returns the texts that the reader of `host` finds in `outer`, with positions in the file of `outer`.
pub(super) fn read(host: Host, outer: &HostText) -> Vec<FoundText> {
    let source = outer.text().as_bytes().to_vec();
    let Ok(file) = SourceFile::with_host(PathBuf::new(), host, source) else { return Vec::new() };
    file.into_found().into_iter().map(|found| moved(found, outer)).collect()
}

/// Returns the language for a name that people give it in Markdown or a notebook, such as `csharp` or `ts`;
/// `None` if it is unknown.
pub(super) fn language(name: &str) -> Option<Host> {
    let name = name.to_ascii_lowercase();
    let extension = match name.as_str() {
        "c#" | "csharp" | "c-sharp" | "dotnet" => "cs",
        "javascript" | "jsx" | "node" | "mjs" => "js",
        "typescript" => "ts",
        "python" | "python3" | "ipython" | "ipython3" => "py",
        "powershell" | "pwsh" | "posh" => "ps1",
        "rust" => "rs",
        "vbnet" | "visualbasic" | "visual-basic" => "vb",
        "odata" => "odata",
        "fetch" | "fetchxml" => "fetchxml",
        "json5" | "jsonc" => "json",
        "xaml" | "svg" | "xsd" => "xml",
        "https" | "restclient" => "http",
        other => other,
    };
    Host::of_extension(extension)
}

/// Returns `found`, which was found in the text of `outer`, with positions in the file of `outer`.
fn moved(mut found: FoundText, outer: &HostText) -> FoundText {
    found.text = outer.outer_positions(&found.text);
    found.is_alone = false;
    for text in found.copies.iter_mut().chain(&mut found.returned_names) {
        *text = outer.outer_positions(text);
    }
    if let Some(FoundTable { place, .. }) = &mut found.table {
        *place = place.take().and_then(|place| outer.host_span(place));
    }
    found.diagnostics = found.diagnostics.into_iter().filter_map(|d| moved_diagnostic(d, outer)).collect();
    found
}

/// Returns a finding with positions in the file of `outer`, without its edits; `None` if it has none there.
fn moved_diagnostic(mut diagnostic: Diagnostic, outer: &HostText) -> Option<Diagnostic> {
    let host = |span: Span| {
        let range = outer.host_span(span.start as usize..span.end as usize)?;
        Some(Span::new(range.start, range.end))
    };
    diagnostic.span = host(diagnostic.span)?;
    diagnostic.labels.retain_mut(|label| host(label.span).map(|span| label.span = span).is_some());
    diagnostic.suggestions.clear();
    Some(diagnostic)
}
