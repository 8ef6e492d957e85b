//! Answers `workspace/symbol`: names in the queries of the open documents, and tables and columns of the
//! snapshots.

use std::sync::Arc;

use dvkit_ide::explain::{FindRequest, NameClass, find};
use gen_lsp_types::{
    BaseSymbolInformation, Location, Range, SymbolInformation, SymbolKind, WorkspaceSymbol,
    WorkspaceSymbolLocation, WorkspaceSymbolResponse,
};

use super::{Context, Failure, symbols};
use crate::convert;
use crate::roots::Root;

/// The maximum number of names of each snapshot.
const MAX_NAMES: usize = 64;
/// The maximum number of entries of the open documents.
const MAX_ENTRIES: usize = 256;

/// Returns the names that contain the words of `query`, in any letter case.
pub(crate) fn search(
    documents: &[Context],
    roots: &[Arc<Root>],
    query: &str,
) -> Result<Option<WorkspaceSymbolResponse>, Failure> {
    let mut found = Vec::new();
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    for context in documents {
        context.wanted()?;
        let Some((workspace, file)) = context.source() else { continue };
        let mut all: Vec<SymbolInformation> = Vec::new();
        for symbol in workspace.symbols_of(file)? {
            symbols::flatten(context, &symbol, None, &mut all);
        }
        let matches = |name: &str| words.iter().all(|word| name.to_lowercase().contains(word));
        found.extend(all.into_iter().filter(|symbol| matches(&symbol.base_symbol_information.name)).map(
            |symbol| WorkspaceSymbol {
                location: WorkspaceSymbolLocation::Location(symbol.location),
                data: None,
                base_symbol_information: symbol.base_symbol_information,
            },
        ));
        if found.len() >= MAX_ENTRIES {
            found.truncate(MAX_ENTRIES);
            break;
        }
    }
    if !words.is_empty() {
        for root in roots {
            found.extend(names(root, query)?);
        }
    }
    Ok(Some(WorkspaceSymbolResponse::WorkspaceSymbolList(found)))
}

/// Returns the names of a snapshot, with the files of their tables.
fn names(root: &Root, query: &str) -> Result<Vec<WorkspaceSymbol>, Failure> {
    let Some(workspace) = root.workspace.as_deref() else { return Ok(Vec::new()) };
    let store = match workspace.store(None) {
        Ok(store) => store,
        Err(dvkit_ide::Error::Org(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let request = FindRequest { words: query, table: None, limit: MAX_NAMES };
    let matches = find(store, &request).map_err(dvkit_ide::Error::from)?;
    Ok(matches
        .into_iter()
        .filter_map(|name| {
            let (table, kind) = match name.class {
                NameClass::Table => (name.name.as_str(), SymbolKind::Class),
                NameClass::Column => (name.name.split('.').next()?, SymbolKind::Field),
                NameClass::Navigation => (name.name.split('.').next()?, SymbolKind::Property),
                _ => return None,
            };
            let path = std::path::absolute(store.table_file(table)?).ok()?;
            Some(WorkspaceSymbol {
                location: WorkspaceSymbolLocation::Location(Location {
                    uri: convert::uri(&path),
                    range: Range::default(),
                }),
                data: None,
                base_symbol_information: BaseSymbolInformation {
                    name: name.name.clone(),
                    kind,
                    tags: None,
                    container_name: root.folder.file_name().map(|name| name.to_string_lossy().into_owned()),
                },
            })
        })
        .collect())
}
