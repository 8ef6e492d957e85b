//! Reads notebooks: the source of each cell is put together, and read by the reader of its language.

use super::json::Json;
use super::{FoundText, Host, HostText, HostTextBuilder, SourceFile, markdown, nested};

/// Returns the texts of a notebook.
pub(super) fn read(file: &SourceFile) -> Vec<FoundText> {
    let Some(json) = Json::parse(file.text()) else {
        let text = HostText::unescaped("", 0);
        return vec![FoundText::query("notebook", text).skipped("the file has more than 2,000,000 values")];
    };
    let mut found = Vec::new();
    let Some(root) = json.roots().next() else { return found };
    let metadata = |path: &[&str]| root.get("metadata").and_then(|m| m.at(path)).and_then(|n| n.raw_string());
    let of_notebook = metadata(&["kernelspec", "language"])
        .or_else(|| metadata(&["language_info", "name"]))
        .or_else(|| metadata(&["polyglot_notebook", "kernelInfo", "defaultKernelName"]))
        .unwrap_or("python");
    for cell in root.get("cells").into_iter().flat_map(|cells| cells.children()) {
        let Some(source) = cell.get("source") else { continue };
        let mut builder = HostTextBuilder::default();
        if let Some(text) = source.text() {
            builder.append(&text);
        }
        for line in source.children().filter_map(|line| line.text()) {
            builder.append(&line);
        }
        let text = builder.finish();
        let is_markdown = cell.get("cell_type").and_then(|kind| kind.raw_string()) == Some("markdown");
        if is_markdown {
            found.extend(nested::read(Host::Markdown, &text));
            continue;
        }
        let of_cell =
            |path: &[&str]| cell.get("metadata").and_then(|m| m.at(path)).and_then(|n| n.raw_string());
        let language = of_cell(&["dotnet_interactive", "language"])
            .or_else(|| of_cell(&["polyglot_notebook", "kernelName"]))
            .or_else(|| of_cell(&["vscode", "languageId"]))
            .unwrap_or(of_notebook);
        let (language, text) = with_magic(language, text);
        markdown::language(&language.to_ascii_lowercase(), &text, &mut found);
    }
    found
}

/// Returns the language and the source of a cell, whose first line may name another language: `#!pwsh` or
/// `%%javascript`.
fn with_magic(language: &str, text: HostText) -> (String, HostText) {
    let source = text.text();
    let Some(magic) = source.strip_prefix("#!").or_else(|| source.strip_prefix("%%")) else {
        return (language.to_owned(), text);
    };
    let line = magic.lines().next().unwrap_or_default();
    let name = line.split_whitespace().next().unwrap_or_default().to_owned();
    let start = source.find('\n').map_or(source.len(), |at| at + 1);
    if nested::language(&name).is_none() {
        return (language.to_owned(), text.slice(start..source.len()));
    }
    let rest = text.slice(start..source.len());
    (name, rest)
}
