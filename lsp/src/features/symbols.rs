//! Answers `textDocument/documentSymbol`.

use dvkit_ide::editor::{Symbol, SymbolClass};
use gen_lsp_types::{
    BaseSymbolInformation, DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, Location,
    SymbolInformation, SymbolKind,
};

use super::{Context, Failure};

/// Returns the outline of the queries of a document.
pub(crate) fn symbols(
    context: &Context,
    _: DocumentSymbolParams,
) -> Result<Option<DocumentSymbolResponse>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let symbols = workspace.symbols_of(file)?;
    Ok(Some(if context.client.nested_symbols {
        let nested = symbols.into_iter().map(|symbol| nested(context, symbol)).collect();
        DocumentSymbolResponse::DocumentSymbolList(nested)
    } else {
        let mut flat = Vec::new();
        for symbol in &symbols {
            flatten(context, symbol, None, &mut flat);
        }
        DocumentSymbolResponse::SymbolInformationList(flat)
    }))
}

/// Returns the kind of the protocol for a class of entries.
pub(crate) fn kind(class: SymbolClass) -> SymbolKind {
    match class {
        SymbolClass::Table => SymbolKind::Class,
        SymbolClass::Link => SymbolKind::Interface,
        SymbolClass::Expand => SymbolKind::Property,
        SymbolClass::Filter => SymbolKind::Operator,
    }
}

/// Returns the name to show, which the protocol does not allow to be empty.
fn name(symbol: &Symbol) -> String {
    if symbol.name.trim().is_empty() { "query".to_owned() } else { symbol.name.clone() }
}

fn nested(context: &Context, symbol: Symbol) -> DocumentSymbol {
    let name = name(&symbol);
    let children: Vec<_> = symbol.children.into_iter().map(|child| nested(context, child)).collect();
    #[expect(deprecated, reason = "the struct has a deprecated field")]
    DocumentSymbol {
        name,
        detail: (!symbol.detail.is_empty()).then_some(symbol.detail),
        kind: kind(symbol.class),
        tags: None,
        deprecated: None,
        range: context.document.range(symbol.span.range()),
        selection_range: context.document.range(symbol.selection.range()),
        children: (!children.is_empty()).then_some(children),
    }
}

/// Adds an entry and those within it.
pub(crate) fn flatten(
    context: &Context,
    symbol: &Symbol,
    container: Option<&str>,
    all: &mut Vec<SymbolInformation>,
) {
    let name = name(symbol);
    #[expect(deprecated, reason = "the struct has a deprecated field")]
    all.push(SymbolInformation {
        deprecated: None,
        location: Location {
            uri: context.document.uri.clone(),
            range: context.document.range(symbol.span.range()),
        },
        base_symbol_information: BaseSymbolInformation {
            name: name.clone(),
            kind: kind(symbol.class),
            tags: None,
            container_name: container.map(str::to_owned),
        },
    });
    for child in &symbol.children {
        flatten(context, child, Some(&name), all);
    }
}

#[cfg(test)]
mod tests {
    use dvkit_diagnostic::Span;

    use super::*;

    #[test]
    fn a_symbol_without_a_name_is_called_a_query() {
        for (given, expected) in [("contacts", "contacts"), ("", "query"), (" \n", "query"), (" a ", " a ")] {
            let symbol = Symbol {
                name: given.to_owned(),
                detail: String::new(),
                class: SymbolClass::Table,
                span: Span::at(0),
                selection: Span::at(0),
                children: Vec::new(),
            };
            assert_eq!(name(&symbol), expected, "{given:?}");
        }
    }
}
