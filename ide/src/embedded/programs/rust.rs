//! Reads string expressions of Rust, also within macros.

use std::sync::Arc;

use tree_sitter::Node;

use super::grammar::{
    Argument, Call, Entry, Event, Expression, FormatStyle, Grammar, Separator, branch_of, children,
    named_children, text_of,
};
use super::literals::{Backslashes, Braces, Continuation, Hex, Literal, LiteralRules, Quoted, line_break};

/// The language Rust.
pub(super) struct Rust;

const BACKSLASHES: Backslashes = Backslashes {
    simple: &[('\\', "\\"), ('"', "\""), ('\'', "'"), ('n', "\n"), ('r', "\r"), ('t', "\t"), ('0', "\0")],
    hex: Hex::Two,
    unicode: false,
    braced: true,
    long_unicode: false,
    octal: false,
    continuation: Continuation::LineAndIndent,
    keeps_unknown: true,
};

const STRING: Quoted = Quoted {
    name: "string",
    backslashes: &BACKSLASHES,
    quote: '"',
    braces: Braces::Plain,
    multi_line: true,
    one_line_break: true,
    dollars: false,
};

/// A raw literal with a number of `#`.
#[derive(Debug)]
struct Raw(usize);

impl crate::embedded::Escaping for Raw {
    fn escape(&self, text: &str) -> Option<String> {
        let end = format!("\"{}", "#".repeat(self.0));
        (!text.contains(&end) && !text.contains('\r')).then(|| text.to_owned())
    }
}

impl LiteralRules for Raw {
    fn decode(&self, rest: &str, _: bool) -> Option<(usize, String)> {
        (rest.starts_with("\r\n")).then(|| line_break(rest)).flatten().map(|length| (length, "\n".to_owned()))
    }

    fn name(&self) -> &'static str {
        "raw string"
    }
}

/// A literal of bytes.
#[derive(Debug)]
struct Bytes;

impl crate::embedded::Escaping for Bytes {
    fn escape(&self, text: &str) -> Option<String> {
        if text.is_ascii() { STRING.escape(text) } else { None }
    }
}

impl LiteralRules for Bytes {
    fn decode(&self, rest: &str, is_start: bool) -> Option<(usize, String)> {
        STRING.decode(rest, is_start)
    }

    fn name(&self) -> &'static str {
        "byte string"
    }
}

/// Returns the literal of a string node.
fn literal<'t>(node: Node<'t>, source: &str) -> Option<Literal<'t>> {
    let text = text_of(node, source);
    let start = node.start_byte();
    let (content, rules): (_, Arc<dyn LiteralRules>) = match node.kind() {
        "string_literal" if text.starts_with('"') && text.len() > 1 && text.ends_with('"') => {
            (1..text.len() - 1, Arc::new(STRING))
        }
        "string_literal" if text.starts_with("b\"") && text.len() > 2 && text.ends_with('"') => {
            (2..text.len() - 1, Arc::new(Bytes))
        }
        "raw_string_literal" if text.starts_with('r') => {
            let hashes = text.get(1..)?.bytes().take_while(|b| *b == b'#').count();
            let end = text.len().checked_sub(hashes + 1).filter(|end| *end >= hashes + 2)?;
            (hashes + 2..end, Arc::new(Raw(hashes)))
        }
        _ => return None,
    };
    let content = start + content.start..start + content.end;
    Some(Literal { content, interpolations: Vec::new(), rules })
}

/// The macros whose first string is a template.
const FORMATS: [&str; 12] = [
    "format",
    "print",
    "println",
    "eprint",
    "eprintln",
    "write",
    "writeln",
    "panic",
    "format_args",
    "info",
    "debug",
    "error",
];

/// Returns the name of a macro and the arguments between its brackets, each of which is the nodes up to the
/// next comma.
fn macro_arguments<'t>(node: Node<'t>, source: &str) -> Option<(String, Vec<Vec<Node<'t>>>)> {
    let name = text_of(node.child_by_field_name("macro")?, source);
    let tokens = named_children(node).into_iter().find(|n| n.kind() == "token_tree")?;
    let mut arguments = vec![Vec::new()];
    let tokens = children(tokens);
    for token in tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or_default() {
        if token.kind() == "," {
            arguments.push(Vec::new());
        } else if let Some(last) = arguments.last_mut() {
            last.push(*token);
        }
    }
    arguments.retain(|argument| !argument.is_empty());
    Some((name.rsplit("::").next().unwrap_or(name).to_owned(), arguments))
}

impl Grammar for Rust {
    fn language(&self) -> tree_sitter::Language {
        tree_sitter_rust::LANGUAGE.into()
    }

    fn expression<'t>(&self, node: Node<'t>, source: &str) -> Expression<'t> {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "string_literal" | "raw_string_literal" => {
                literal(node, source).map_or(Expression::Other, Expression::Literal)
            }
            "binary_expression" => {
                match (field("operator").map(|n| n.kind()), field("left"), field("right")) {
                    (Some("+"), Some(left), Some(right)) => Expression::Concatenation(vec![left, right]),
                    _ => Expression::Other,
                }
            }
            "parenthesized_expression" | "reference_expression" => match named_children(node).last() {
                Some(inner) => Expression::Same(*inner),
                None => Expression::Other,
            },
            "macro_invocation" => macro_text(node, source),
            "call_expression" => {
                let parts = || {
                    let function = field("function").filter(|n| n.kind() == "field_expression")?;
                    let name = text_of(function.child_by_field_name("field")?, source);
                    Some((function.child_by_field_name("value")?, name, named_children(field("arguments")?)))
                };
                match parts() {
                    Some((receiver, "join", arguments)) => match self.list(receiver) {
                        Some(list) => Expression::Joined {
                            separator: arguments
                                .first()
                                .map_or(Separator::Nothing, |first| Separator::Of(*first)),
                            list,
                        },
                        None => Expression::Other,
                    },
                    Some((receiver, "concat", _)) => match self.list(receiver) {
                        Some(list) => Expression::Joined { separator: Separator::Nothing, list },
                        None => Expression::Other,
                    },
                    Some((receiver, "to_string" | "to_owned" | "into" | "as_str" | "trim" | "clone", _)) => {
                        Expression::Same(receiver)
                    }
                    Some(_) => Expression::Other,
                    None => {
                        let is_from = field("function").is_some_and(|n| text_of(n, source) == "String::from");
                        let argument = field("arguments").map(named_children).unwrap_or_default();
                        match argument.first() {
                            Some(argument) if is_from => Expression::Same(*argument),
                            _ => Expression::Other,
                        }
                    }
                }
            }
            _ => Expression::Other,
        }
    }

    fn event<'t>(&self, node: Node<'t>, above: &[Node<'t>], source: &'t str) -> Event<'t> {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "function_item" | "closure_expression" | "impl_item" | "mod_item" => Event::Scope,
            "match_arm" => Event::Branch { of: above.last().map_or(0, Node::id) },
            "block" | "else_clause" if above.last().is_some_and(|n| n.kind() == "if_expression") => {
                branch_of(above, "if_expression")
            }
            "let_declaration" => {
                let is_mutable = children(node).iter().any(|n| n.kind() == "mutable_specifier");
                match field("pattern") {
                    Some(target) => Event::Assign { target, value: field("value"), is_constant: !is_mutable },
                    None => Event::None,
                }
            }
            "const_item" | "static_item" => match field("name") {
                Some(target) => Event::Assign { target, value: field("value"), is_constant: true },
                None => Event::None,
            },
            "assignment_expression" => match field("left") {
                Some(target) => Event::Assign { target, value: field("right"), is_constant: false },
                None => Event::None,
            },
            "compound_assignment_expr" => match (field("left"), field("right")) {
                (Some(target), Some(value)) if field("operator").is_some_and(|n| n.kind() == "+=") => {
                    Event::Append { target, values: vec![value], has_line_break: false }
                }
                _ => Event::None,
            },
            "macro_invocation" => match macro_arguments(node, source) {
                // `write!(query, "…")` adds to the query.
                Some((name, arguments))
                    if matches!(name.as_str(), "write" | "writeln") && arguments.len() > 1 =>
                {
                    match arguments.first().and_then(|argument| argument.last()) {
                        Some(target) => Event::Append {
                            target: *target,
                            values: vec![node],
                            has_line_break: name == "writeln",
                        },
                        None => Event::None,
                    }
                }
                _ => Event::None,
            },
            "call_expression" => {
                let parts = || {
                    let function = field("function")?;
                    let arguments = named_children(field("arguments")?);
                    let (name, receiver) = match function.kind() {
                        "field_expression" => {
                            (function.child_by_field_name("field")?, function.child_by_field_name("value"))
                        }
                        _ => (function, None),
                    };
                    Some((super::csharp::last_name(text_of(name, source)), receiver, arguments))
                };
                match parts() {
                    Some(("push_str", Some(target), values)) => {
                        Event::Append { target, values, has_line_break: false }
                    }
                    Some((name, receiver, arguments)) => Event::Call(Call {
                        name,
                        receiver,
                        arguments: arguments
                            .into_iter()
                            .map(|value| Argument { name: None, value })
                            .collect(),
                        is_constructor: false,
                        initializer: None,
                    }),
                    None => Event::None,
                }
            }
            _ => Event::None,
        }
    }

    fn list<'t>(&self, node: Node<'t>) -> Option<Vec<Node<'t>>> {
        (node.kind() == "array_expression").then(|| named_children(node))
    }

    fn object<'t>(&self, _: Node<'t>, _: &'t str) -> Option<Vec<Entry<'t>>> {
        None
    }
}

/// Returns what a macro says about a string.
fn macro_text<'t>(node: Node<'t>, source: &str) -> Expression<'t> {
    let Some((name, arguments)) = macro_arguments(node, source) else { return Expression::Other };
    let is_text = |argument: &Vec<Node<'t>>| {
        argument.len() == 1 && argument.first().is_some_and(|n| n.kind().ends_with("string_literal"))
    };
    match name.as_str() {
        "concat" => Expression::Concatenation(arguments.into_iter().flatten().collect()),
        name if FORMATS.contains(&name) => {
            let Some(at) = arguments.iter().position(is_text) else { return Expression::Other };
            let Some(template) = arguments.get(at).and_then(|argument| argument.first()) else {
                return Expression::Other;
            };
            let values = arguments.get(at + 1..).unwrap_or_default();
            let values = values.iter().filter_map(|argument| argument.last());
            let arguments = values.map(|value| Argument { name: None, value: *value }).collect();
            Expression::Format { template: *template, arguments, style: FormatStyle::Braces }
        }
        _ => Expression::Other,
    }
}
