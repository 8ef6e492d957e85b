//! Answers `textDocument/semanticTokens/full` and `textDocument/semanticTokens/range`.

use dvkit_ide::editor::TokenClass;
use gen_lsp_types::{
    Position, SemanticToken, SemanticTokens, SemanticTokensParams, SemanticTokensRangeParams,
};

use super::{Context, Failure};

/// The types of tokens. A token has the index of its type.
pub(crate) const TYPES: [&str; 12] = [
    "class",
    "property",
    "function",
    "operator",
    "keyword",
    "type",
    "parameter",
    "string",
    "number",
    "variable",
    "macro",
    "comment",
];

fn type_index(class: TokenClass) -> u32 {
    match class {
        TokenClass::Table => 0,
        TokenClass::Property | TokenClass::Navigation => 1,
        TokenClass::Function => 2,
        TokenClass::Operator => 3,
        TokenClass::Keyword => 4,
        TokenClass::Element => 5,
        TokenClass::Attribute => 6,
        TokenClass::String => 7,
        TokenClass::Number => 8,
        TokenClass::Variable => 9,
        TokenClass::Placeholder => 10,
        TokenClass::Comment => 11,
    }
}

/// Returns the tokens of the whole document.
pub(crate) fn full(context: &Context, _: SemanticTokensParams) -> Result<Option<SemanticTokens>, Failure> {
    tokens(context, None)
}

/// Returns the tokens in a range.
pub(crate) fn range(
    context: &Context,
    params: SemanticTokensRangeParams,
) -> Result<Option<SemanticTokens>, Failure> {
    tokens(context, Some(context.document.bytes(params.range)))
}

/// Returns the tokens in a byte range; those of the whole document if it is `None`. A document without queries
/// has no result, so that editors use the tokens of its own language.
fn tokens(
    context: &Context,
    within: Option<std::ops::Range<usize>>,
) -> Result<Option<SemanticTokens>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    if file.found().is_empty() {
        return Ok(None);
    }
    let document = &context.document;
    let mut data = Vec::new();
    let mut last = Position::default();
    for token in workspace.tokens_of(file)? {
        let span = token.span.range();
        if within.as_ref().is_some_and(|within| span.end <= within.start || within.end <= span.start) {
            continue;
        }
        // A token of the protocol is on one line.
        let (first, end) = (document.position(span.start).line, document.position(span.end).line);
        for line in first..=end {
            let content = document.line(line);
            let (from, to) = (span.start.max(content.start), span.end.min(content.end));
            if from >= to {
                continue;
            }
            let (start, stop) = (document.position(from), document.position(to));
            let is_same = start.line == last.line;
            data.push(SemanticToken {
                delta_line: start.line - last.line,
                delta_start: if is_same { start.character - last.character } else { start.character },
                length: stop.character - start.character,
                token_type: type_index(token.class),
                token_modifiers_bitset: 0,
            });
            last = start;
        }
    }
    Ok(Some(SemanticTokens { result_id: None, data }))
}
