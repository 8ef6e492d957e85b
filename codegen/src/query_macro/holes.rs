//! Where the holes of an OData text stand, and the text cut at them.

use dvkit_diagnostic::{Diagnostic, Span, code};
use odata_parser::ast::{Expr, ExprKind, OptionKind, Placeholder, QueryOption, Segment, SegmentKind};
use odata_parser::visit::{Visit, walk_expr, walk_option, walk_segment};

use super::meets::{Kind, Meets, Role};
use super::template::{Cut, Form};

/// A hole, or a text with holes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// With the quotes around it.
    pub(crate) span: Span,
    /// The list that it is the only item of.
    pub(crate) list: Option<Span>,
    /// Within quotes.
    pub(crate) quoted: bool,
}

/// Every hole of a tree, in the order of the text.
#[derive(Default)]
pub(crate) struct Places {
    pub(crate) places: Vec<Place>,
    /// What stands where no value can.
    pub(crate) misplaced: Vec<Diagnostic>,
    list: Option<Span>,
}

impl<'s> Visit<'s> for Places {
    fn visit_expr(&mut self, expr: &Expr<'s>) {
        match &expr.kind {
            ExprKind::Placeholder(hole) => {
                let list = self.list.take();
                self.places.push(Place { span: expr.span, list, quoted: hole.quoted });
            }
            ExprKind::Array(items) if items.len() == 1 => {
                self.list = Some(expr.span);
                walk_expr(self, expr);
                self.list = None;
            }
            ExprKind::JsonString(text) if text.contains('{') => {
                let message = "a hole in double quotes would be taken for text";
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
                    self.places.push(Place { span: option.value_span, list: None, quoted: false });
                } else {
                    self.misplaced(option.value_span, "nothing can be put into the middle of this option");
                }
            }
            _ => walk_option(self, option),
        }
    }
}

impl Places {
    fn misplaced(&mut self, span: Span, message: impl Into<String>) {
        let help = "a query whose names are known only when it runs is built with the typed builder, or checked with \
                    `dvkit_query::check`";
        self.misplaced.push(Diagnostic::error(code::PLACEHOLDER, span, message).help(help));
    }
}

/// The cuts that a place makes in the text, or why it can make none.
pub(crate) fn cuts(text: &str, place: &Place, meets: &Meets) -> Result<Vec<Cut>, Diagnostic> {
    let written = place.span.of(text);
    let whole = |form, span: Span, source: &str| {
        vec![Cut { range: span.range(), source: source.to_owned(), form, meets: meets.clone() }]
    };
    let inner = if place.quoted { &written[1..written.len() - 1] } else { written };
    let parts = pieces(inner).map_err(|m| Diagnostic::error(code::PLACEHOLDER, place.span, m))?;
    let single = match parts.as_slice() {
        [part] if part.range == (0..inner.len()) => Some(part.source),
        _ => None,
    };
    match (meets.role, single) {
        (Role::Condition, _) if place.quoted => Err(Diagnostic::error(
            code::PLACEHOLDER,
            place.span,
            format!("`{written}` is a text, and a condition is asked for"),
        )
        .help("without quotes the hole takes a `Filter`")),
        (Role::Condition, Some(source)) => Ok(whole(Form::Condition, place.span, source)),
        (Role::List, Some(source)) => Ok(whole(Form::List, place.list.unwrap_or(place.span), source)),
        (Role::Number, Some(source)) if !place.quoted => Ok(whole(Form::Value, place.span, source)),
        (Role::Argument, Some(source)) => Ok(whole(Form::Argument, place.span, source)),
        (Role::Compare | Role::Pattern, Some(source)) => match meets.kind {
            Some(Kind::Text | Kind::Choices) | None => Ok(whole(Form::Value, place.span, source)),
            Some(_) if !place.quoted => Ok(whole(Form::Value, place.span, source)),
            Some(kind) => Err(Diagnostic::error(
                code::TYPE_MISMATCH,
                place.span,
                format!("`{}` is {}, and this is a text", meets.column_name(), kind.words()),
            )
            .help(format!("leave the quotes out: `{inner}`"))),
        },
        (_, None) if place.quoted && meets.kind == Some(Kind::Text) && meets.role != Role::List => {
            let start = place.span.range().start + 1;
            let shift = |r: &std::ops::Range<usize>| start + r.start..start + r.end;
            let cut = |part: &Part<'_>| Cut {
                range: shift(&part.range),
                source: part.source.to_owned(),
                form: Form::Inner,
                meets: meets.clone(),
            };
            Ok(parts.iter().map(cut).collect())
        }
        _ => Err(Diagnostic::error(
            code::PLACEHOLDER,
            place.span,
            format!("`{written}` is put together from pieces; a hole is a whole value"),
        )
        .help("put the value together in Rust, and give it in one hole")),
    }
}

/// A hole within a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part<'t> {
    /// Braces included.
    pub(crate) range: std::ops::Range<usize>,
    /// What stands within the braces.
    pub(crate) source: &'t str,
}

/// The holes within a text.
///
/// # Errors
/// Where one is of another template language (`${x}`, `@{x}`).
pub(crate) fn pieces(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|n| at + n) {
        let Some(close) = balanced(&text[open..]).map(|n| open + n) else { break };
        let source = &text[open + 1..close - 1];
        if text[..open].ends_with(['$', '@']) {
            let sign = &text[open - 1..close];
            return Err(format!(
                "`{sign}` is a placeholder of another language; a hole is written `{{{source}}}`"
            ));
        }
        parts.push(Part { range: open..close, source });
        at = close;
    }
    Ok(parts)
}

/// The bytes up to the brace that closes the first one.
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
