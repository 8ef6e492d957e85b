//! Reads string expressions of PowerShell.

use std::ops::Range;
use std::sync::Arc;

use tree_sitter::Node;

use crate::embedded::Escaping;

use super::grammar::{
    Argument, Call, Entry, Event, Expression, FormatStyle, Grammar, Separator, named_children, only_child,
    text_of,
};
use super::literals::{Interpolation, Literal, LiteralRules, bracketed, doubled};

/// The language PowerShell.
pub(super) struct PowerShell;

/// A kind of literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `@'…'@`
    SingleHere,
    /// `@"…"@`
    DoubleHere,
    /// A word without quotes.
    Word,
}

/// The quotation marks of typography, which PowerShell takes for plain ones.
const OTHER_QUOTES: [char; 7] =
    ['\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}', '\u{201c}', '\u{201d}', '\u{201e}'];

/// The characters that a backtick makes out of a letter.
const BACKTICKS: [(char, char); 10] = [
    ('n', '\n'),
    ('r', '\r'),
    ('t', '\t'),
    ('0', '\0'),
    ('a', '\u{7}'),
    ('b', '\u{8}'),
    ('f', '\u{c}'),
    ('v', '\u{b}'),
    ('e', '\u{1b}'),
    ('`', '`'),
];

impl Escaping for Kind {
    fn escape(&self, text: &str) -> Option<String> {
        match self {
            Self::Word => super::names::bare_name(text),
            // A here-string ends at a line that begins with the quote.
            Self::SingleHere => (!text.contains("'@")).then(|| text.to_owned()),
            Self::Single => (!text.contains(OTHER_QUOTES)).then(|| text.replace('\'', "''")),
            Self::Double | Self::DoubleHere => {
                let is_here = *self == Self::DoubleHere;
                if (is_here && text.contains("\"@")) || (!is_here && text.contains(OTHER_QUOTES)) {
                    return None;
                }
                let mut out = String::with_capacity(text.len());
                for c in text.chars() {
                    match c {
                        '"' if !is_here => out.push_str("\"\""),
                        '$' => out.push_str("`$"),
                        '\n' => out.push('\n'),
                        c => {
                            let letter = BACKTICKS.iter().find(|(_, meaning)| *meaning == c);
                            if let Some((letter, _)) = letter {
                                out.extend(['`', *letter]);
                            } else {
                                out.push(c);
                            }
                        }
                    }
                }
                Some(out)
            }
        }
    }
}

impl LiteralRules for Kind {
    fn decode(&self, rest: &str, _: bool) -> Option<(usize, String)> {
        match (self, rest.as_bytes().first()?) {
            (Self::Single, b'\'') | (Self::Double, b'"') => doubled(rest),
            (Self::Double | Self::DoubleHere, b'`') => {
                let behind = rest.get(1..)?;
                if let Some(digits) = behind.strip_prefix("u{") {
                    let end = digits.bytes().take(8).position(|b| b == b'}')?;
                    let number = u32::from_str_radix(digits.get(..end)?, 16).ok()?;
                    return Some((end + 4, char::from_u32(number)?.to_string()));
                }
                let c = behind.chars().next()?;
                let meaning = BACKTICKS.iter().find(|(letter, _)| *letter == c).map_or(c, |(_, m)| *m);
                Some((1 + c.len_utf8(), meaning.to_string()))
            }
            _ => None,
        }
    }

    fn interpolation(&self, rest: &str) -> Option<usize> {
        if !matches!(self, Self::Double | Self::DoubleHere) {
            return None;
        }
        let behind = rest.strip_prefix('$')?;
        let length = match behind.chars().next()? {
            '(' => bracketed(behind, b'(', b')')?,
            '{' => bracketed(behind, b'{', b'}')?,
            c if c.is_alphabetic() || c == '_' => {
                let is_name = |c: char| c.is_alphanumeric() || c == '_';
                behind.find(|c| !is_name(c)).unwrap_or(behind.len())
            }
            _ => return None,
        };
        Some(1 + length)
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Single => "string",
            Self::Double => "expandable string",
            Self::SingleHere => "here-string",
            Self::DoubleHere => "expandable here-string",
            Self::Word => "word",
        }
    }
}

/// Returns the literal of a string node.
fn literal<'t>(node: Node<'t>, source: &str) -> Option<Literal<'t>> {
    let text = text_of(node, source);
    let (kind, content) = match node.kind() {
        "verbatim_string_characters" => (Kind::Single, 1..text.len().checked_sub(1)?),
        "expandable_string_literal" => {
            let text = text.trim_end_matches(|c: char| c != '"');
            (Kind::Double, 1..text.len().checked_sub(1)?)
        }
        "verbatim_here_string_characters" => (Kind::SingleHere, here(text)?),
        "expandable_here_string_literal" => (Kind::DoubleHere, here(text)?),
        "generic_token" if !text.contains(['$', '`', '"', '\'']) => (Kind::Word, 0..text.len()),
        _ => return None,
    };
    let start = node.start_byte();
    if content.start > content.end {
        return None;
    }
    let content = start + content.start..start + content.end;
    let mut literal = Literal { content, interpolations: Vec::new(), rules: Arc::new(kind) };
    if matches!(kind, Kind::Double | Kind::DoubleHere) {
        for child in named_children(node) {
            if matches!(child.kind(), "variable" | "sub_expression") {
                // `$($name)` is the variable.
                let mut expression = child;
                while let Some(inner) = only_child(expression) {
                    expression = inner;
                }
                let expression = if expression.kind() == "variable" { expression } else { child };
                literal.interpolations.push(Interpolation { range: child.byte_range(), expression });
            }
        }
    }
    Some(literal)
}

/// Returns the range of the content of a here-string.
fn here(text: &str) -> Option<Range<usize>> {
    let first = text.find('\n')? + 1;
    let last = text.rfind('\n')?;
    let last = text.get(..last)?.strip_suffix('\r').map_or(last, str::len);
    Some(first..last.max(first))
}

/// Returns the inner node of one that adds nothing to it.
fn inner<'t>(node: Node<'t>) -> Option<Node<'t>> {
    let inner = only_child(node)?;
    let is_same = node.kind() == "parenthesized_expression" || inner.byte_range() == node.byte_range();
    is_same.then_some(inner)
}

impl Grammar for PowerShell {
    fn language(&self) -> tree_sitter::Language {
        tree_sitter_powershell::LANGUAGE.into()
    }

    fn readable<'s>(&self, source: &'s str) -> std::borrow::Cow<'s, str> {
        super::powershell_mask::masked(source)
    }

    fn expression<'t>(&self, node: Node<'t>, source: &str) -> Expression<'t> {
        match node.kind() {
            "verbatim_string_characters"
            | "expandable_string_literal"
            | "verbatim_here_string_characters"
            | "expandable_here_string_literal"
            | "generic_token" => literal(node, source).map_or(Expression::Other, Expression::Literal),
            "additive_expression" | "additive_argument_expression" if node.named_child_count() == 2 => {
                let operands = named_children(node);
                let is_sum = super::grammar::children(node).iter().any(|n| n.kind() == "+");
                if is_sum { Expression::Concatenation(operands) } else { Expression::Other }
            }
            "format_expression" | "format_argument_expression" if node.named_child_count() == 3 => {
                let parts = named_children(node);
                let (Some(template), Some(list)) = (parts.first(), parts.last()) else {
                    return Expression::Other;
                };
                let arguments = self.list(*list).unwrap_or_else(|| vec![*list]);
                let arguments = arguments.into_iter().map(|value| Argument { name: None, value }).collect();
                Expression::Format { template: *template, arguments, style: FormatStyle::Braces }
            }
            "comparison_expression" if node.named_child_count() == 3 => {
                let parts = named_children(node);
                let operator = parts.get(1).map_or("", |n| text_of(*n, source));
                match (parts.first(), parts.get(2)) {
                    (Some(list), Some(separator)) if operator.eq_ignore_ascii_case("-join") => {
                        match self.list(self.innermost(*list)) {
                            Some(list) => Expression::Joined { separator: Separator::Of(*separator), list },
                            None => Expression::Other,
                        }
                    }
                    _ => Expression::Other,
                }
            }
            "cast_expression" => match named_children(node).last() {
                Some(value) if text_of(node, source).starts_with("[string]") => Expression::Same(*value),
                _ => Expression::Other,
            },
            "invokation_expression" => match call(node, source) {
                Some((receiver, name, arguments)) if name.eq_ignore_ascii_case("format") => {
                    match (
                        text_of(receiver, source).eq_ignore_ascii_case("[string]"),
                        arguments.split_first(),
                    ) {
                        (true, Some((template, rest))) => Expression::Format {
                            template: *template,
                            arguments: rest
                                .iter()
                                .map(|value| Argument { name: None, value: *value })
                                .collect(),
                            style: FormatStyle::Braces,
                        },
                        _ => Expression::Other,
                    }
                }
                _ => Expression::Other,
            },
            "pipeline"
            | "pipeline_chain"
            | "logical_expression"
            | "bitwise_expression"
            | "comparison_expression"
            | "additive_expression"
            | "multiplicative_expression"
            | "range_expression"
            | "format_expression"
            | "array_literal_expression"
            | "unary_expression"
            | "expression_with_unary_operator"
            | "parenthesized_expression"
            | "string_literal"
            | "argument_expression"
            | "logical_argument_expression"
            | "bitwise_argument_expression"
            | "comparison_argument_expression"
            | "additive_argument_expression"
            | "multiplicative_argument_expression"
            | "range_argument_expression"
            | "format_argument_expression"
            | "command_argument"
            | "left_assignment_expression"
            | "key_expression" => inner(node).map_or(Expression::Other, Expression::Same),
            _ => Expression::Other,
        }
    }

    fn event<'t>(&self, node: Node<'t>, above: &[Node<'t>], source: &'t str) -> Event<'t> {
        match node.kind() {
            "function_statement" | "class_statement" | "class_method_definition" => Event::Scope,
            "elseif_clause" | "else_clause" | "statement_block" => {
                let of = above.iter().rev().take(3).find(|n| n.kind() == "if_statement");
                let is_block = node.kind() == "statement_block";
                // The block of a clause is that of the clause.
                let nearest = above.last().is_some_and(|n| n.kind() == "if_statement");
                match of {
                    Some(of) if !is_block || nearest => Event::Branch { of: of.id() },
                    _ => Event::None,
                }
            }
            "switch_clause" => Event::Branch { of: above.last().map_or(0, Node::id) },
            "assignment_expression" => {
                let parts = named_children(node);
                let (Some(target), Some(operator), Some(value)) = (parts.first(), parts.get(1), parts.last())
                else {
                    return Event::None;
                };
                let (target, value) = (self.innermost(*target), *value);
                match text_of(*operator, source) {
                    "=" => Event::Assign { target, value: Some(value), is_constant: false },
                    "+=" => Event::Append { target, values: vec![value], has_line_break: false },
                    _ => Event::None,
                }
            }
            "invokation_expression" => match call(node, source) {
                Some((receiver, name, values))
                    if name.eq_ignore_ascii_case("Append") || name.eq_ignore_ascii_case("AppendLine") =>
                {
                    let has_line_break = name.len() > "Append".len();
                    Event::Append { target: receiver, values, has_line_break }
                }
                Some((receiver, name, values)) => {
                    let is_constructor = name == "new";
                    let class = text_of(receiver, source).trim_matches(['[', ']']);
                    Event::Call(Call {
                        name: if is_constructor { super::csharp::last_name(class) } else { name },
                        receiver: Some(receiver).filter(|_| !is_constructor),
                        arguments: values.into_iter().map(|value| Argument { name: None, value }).collect(),
                        is_constructor,
                        initializer: None,
                    })
                }
                None => Event::None,
            },
            "command" => command(node, source).map_or(Event::None, Event::Call),
            _ => Event::None,
        }
    }

    fn list<'t>(&self, node: Node<'t>) -> Option<Vec<Node<'t>>> {
        let node = self.innermost(node);
        match node.kind() {
            "array_literal_expression" if node.named_child_count() > 1 => Some(named_children(node)),
            "array_expression" => {
                let list = only_child(only_child(node)?)?;
                let list = self.innermost(list);
                match list.kind() {
                    "array_literal_expression" => Some(named_children(list)),
                    _ => Some(vec![list]),
                }
            }
            _ => None,
        }
    }

    fn object<'t>(&self, node: Node<'t>, _: &'t str) -> Option<Vec<Entry<'t>>> {
        let node = self.innermost(node);
        if node.kind() != "hash_literal_expression" {
            return None;
        }
        let entry = |n: Node<'t>| {
            let parts = named_children(n);
            Some(Entry { key: *parts.first()?, value: parts.get(1).copied() })
        };
        let body = named_children(node).into_iter().find(|n| n.kind() == "hash_literal_body");
        Some(body.map_or_else(Vec::new, |body| {
            named_children(body).into_iter().filter(|n| n.kind() == "hash_entry").filter_map(entry).collect()
        }))
    }
}

impl PowerShell {
    /// Returns the innermost node with the same meaning.
    fn innermost<'t>(&self, node: Node<'t>) -> Node<'t> {
        let mut node = node;
        // Each operator of the language is a level of the grammar.
        for _ in 0..256 {
            let is_level = node.kind().ends_with("expression")
                || matches!(node.kind(), "pipeline" | "pipeline_chain" | "command_argument");
            match inner(node).filter(|_| is_level) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }
}

/// Returns the receiver, the name and the arguments of a call of a method.
fn call<'t, 's>(node: Node<'t>, source: &'s str) -> Option<(Node<'t>, &'s str, Vec<Node<'t>>)> {
    let parts = named_children(node);
    let receiver = *parts.first()?;
    let name = parts.iter().find(|n| n.kind() == "member_name")?;
    let list = parts.iter().find(|n| n.kind() == "argument_list")?;
    let arguments = only_child(*list).map_or_else(Vec::new, named_children);
    Some((receiver, text_of(*name, source), arguments))
}

/// Returns the call of a command, whose parameters are named arguments. Several values of one parameter are
/// several arguments.
fn command<'t>(node: Node<'t>, source: &'t str) -> Option<Call<'t>> {
    let parts = named_children(node);
    let name = text_of(*parts.first().filter(|n| n.kind() == "command_name")?, source);
    let elements =
        parts.iter().find(|n| n.kind() == "command_elements").map_or_else(Vec::new, |n| named_children(*n));
    let mut parameter = None;
    let mut arguments = Vec::new();
    for element in elements {
        match element.kind() {
            "command_parameter" => {
                parameter = Some(text_of(element, source).trim_start_matches('-').trim_end_matches(':'));
            }
            "command_argument_sep" | "redirection" => {}
            _ => {
                arguments.push(Argument { name: parameter, value: element });
            }
        }
    }
    Some(Call { name, receiver: None, arguments, is_constructor: false, initializer: None })
}
