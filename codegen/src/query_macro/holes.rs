//! Finds the placeholders (called holes in the code) of an OData text, and the ranges of the text that their
//! values replace. `check` calls it before it splits the text.

use dvkit_diagnostic::{Diagnostic, Span, code};
use odata_parser::ast::{Expr, ExprKind, OptionKind, Placeholder, QueryOption, Segment, SegmentKind};
use odata_parser::visit::{Visit, walk_expr, walk_option, walk_segment};

use super::hole_types::{HoleType, HoleUse, ValueKind};
use super::template::{Splice, SpliceFormat};

/// A placeholder that is not in quotes, or a text in quotes that contains placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    /// The span in the query text, including the quotes.
    pub(crate) span: Span,
    /// The span of the list whose only item is the placeholder; `None` if the placeholder is not alone in a
    /// list.
    pub(crate) list: Option<Span>,
    /// Whether this is a text in quotes.
    pub(crate) quoted: bool,
}

/// The placeholders in a syntax tree, in the order in which the text has them.
#[derive(Default)]
pub(crate) struct Holes {
    pub(crate) holes: Vec<Hole>,
    /// Errors about placeholders at positions where no value is possible.
    pub(crate) misplaced: Vec<Diagnostic>,
    /// The span of the list that is being visited; `None` outside of lists and in a list that does not have
    /// exactly one item.
    list: Option<Span>,
}

impl<'s> Visit<'s> for Holes {
    fn visit_expr(&mut self, expr: &Expr<'s>) {
        match &expr.kind {
            ExprKind::Placeholder(hole) => {
                let list = self.list.take();
                self.holes.push(Hole { span: expr.span, list, quoted: hole.quoted });
            }
            ExprKind::Array(items) if items.len() == 1 => {
                self.list = Some(expr.span);
                walk_expr(self, expr);
                self.list = None;
            }
            ExprKind::JsonString(text) if text.contains('{') => {
                let message = "a placeholder in double quotes would be taken for text";
                let help = "write it without quotes: `{value}`";
                self.misplaced.push(Diagnostic::error(code::PLACEHOLDER, expr.span, message).help(help));
            }
            _ => walk_expr(self, expr),
        }
    }

    fn visit_segment(&mut self, segment: &Segment<'s>) {
        match &segment.kind {
            SegmentKind::Placeholder(Placeholder { text, .. }) => self.misplaced(
                segment.span,
                format!("`{text}` stands where a name does, and only values can be put in"),
            ),
            _ => walk_segment(self, segment),
        }
    }

    fn visit_option(&mut self, option: &QueryOption<'s>) {
        match &option.kind {
            OptionKind::Custom(text) | OptionKind::Text(text) if text.contains('{') => {
                if text.starts_with('{') && text.ends_with('}') {
                    self.holes.push(Hole { span: option.value_span, list: None, quoted: false });
                } else {
                    self.misplaced(option.value_span, "nothing can be put into the middle of this option");
                }
            }
            _ => walk_option(self, option),
        }
    }
}

impl Holes {
    fn misplaced(&mut self, span: Span, message: impl Into<String>) {
        let help = "a query whose names are known only when it runs is built with the typed builder, or checked with \
                    `dvkit_query::check`";
        self.misplaced.push(Diagnostic::error(code::PLACEHOLDER, span, message).help(help));
    }
}

/// Returns the ranges of `text` that the values of the placeholders in `hole` replace. `hole_type` is the
/// type of the placeholders.
///
/// # Errors
/// Returns an error about the placeholder if no value of its type is possible at its position.
pub(crate) fn hole_splices(text: &str, hole: &Hole, hole_type: &HoleType) -> Result<Vec<Splice>, Diagnostic> {
    let written = hole.span.of(text);
    let whole = |format, span: Span, source: &str| {
        vec![Splice { range: span.range(), source: source.to_owned(), format, hole_type: hole_type.clone() }]
    };
    let inner = if hole.quoted { &written[1..written.len() - 1] } else { written };
    let parts = holes_in(inner).map_err(|m| Diagnostic::error(code::PLACEHOLDER, hole.span, m))?;
    let single = match parts.as_slice() {
        [part] if part.range == (0..inner.len()) => Some(part.source),
        _ => None,
    };
    match (hole_type.usage, single) {
        (HoleUse::Condition, _) if hole.quoted => Err(Diagnostic::error(
            code::PLACEHOLDER,
            hole.span,
            format!("`{written}` is a text, and a condition is expected"),
        )
        .help("without quotes the placeholder takes a `Filter`")),
        (HoleUse::Condition, Some(source)) => Ok(whole(SpliceFormat::Condition, hole.span, source)),
        (HoleUse::List, Some(source)) => {
            Ok(whole(SpliceFormat::List, hole.list.unwrap_or(hole.span), source))
        }
        (HoleUse::Number, Some(source)) if !hole.quoted => Ok(whole(SpliceFormat::Value, hole.span, source)),
        (HoleUse::Argument, Some(source)) => Ok(whole(SpliceFormat::Argument, hole.span, source)),
        (HoleUse::Compare | HoleUse::Pattern, Some(source)) => match hole_type.kind {
            Some(ValueKind::Text | ValueKind::Choices) | None => {
                Ok(whole(SpliceFormat::Value, hole.span, source))
            }
            Some(_) if !hole.quoted => Ok(whole(SpliceFormat::Value, hole.span, source)),
            Some(kind) => Err(Diagnostic::error(
                code::TYPE_MISMATCH,
                hole.span,
                format!("`{}` is {}, and this is a text", hole_type.column_name(), kind.description()),
            )
            .help(format!("leave the quotes out: `{inner}`"))),
        },
        (_, None)
            if hole.quoted && hole_type.kind == Some(ValueKind::Text) && hole_type.usage != HoleUse::List =>
        {
            let start = hole.span.range().start + 1;
            let shift = |r: &std::ops::Range<usize>| start + r.start..start + r.end;
            let splice = |part: &HoleInText<'_>| Splice {
                range: shift(&part.range),
                source: part.source.to_owned(),
                format: SpliceFormat::Inner,
                hole_type: hole_type.clone(),
            };
            Ok(parts.iter().map(splice).collect())
        }
        _ => Err(Diagnostic::error(
            code::PLACEHOLDER,
            hole.span,
            format!("`{written}` is put together from pieces; a placeholder is a whole value"),
        )
        .help("put the value together in Rust, and give it in one placeholder")),
    }
}

/// A placeholder in a text: `{name}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HoleInText<'t> {
    /// The byte range in the text, including the braces.
    pub(crate) range: std::ops::Range<usize>,
    /// The Rust expression between the braces.
    pub(crate) source: &'t str,
}

/// Returns the placeholders in a text, in order.
///
/// # Errors
/// Returns a message for the user if a placeholder is written as in another template language (`${x}`,
/// `@{x}`).
pub(crate) fn holes_in(text: &str) -> Result<Vec<HoleInText<'_>>, String> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|n| at + n) {
        let Some(close) = balanced(&text[open..]).map(|n| open + n) else { break };
        let source = &text[open + 1..close - 1];
        if text[..open].ends_with(['$', '@']) {
            let sign = &text[open - 1..close];
            return Err(format!(
                "`{sign}` is a placeholder of another language; here it is written `{{{source}}}`"
            ));
        }
        parts.push(HoleInText { range: open..close, source });
        at = close;
    }
    Ok(parts)
}

/// Returns the length in bytes of the part of `text` that ends with the brace closing the first open brace;
/// `None` if this brace is never closed.
fn balanced(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, b) in text.bytes().enumerate() {
        match b {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
