//! Reads string expressions of Python.

use std::sync::Arc;

use tree_sitter::Node;

use super::grammar::{
    Argument, Call, Entry, Event, Expression, FormatStyle, Grammar, Separator, named_children, text_of,
};
use super::literals::{
    Backslashes, Braces, Continuation, Hex, Interpolation, Literal, LiteralRules, Quoted, Verbatim,
};

/// The language Python.
pub(super) struct Python;

const BACKSLASHES: Backslashes = Backslashes {
    simple: &[
        ('\\', "\\"),
        ('"', "\""),
        ('\'', "'"),
        ('n', "\n"),
        ('r', "\r"),
        ('t', "\t"),
        ('a', "\u{7}"),
        ('b', "\u{8}"),
        ('f', "\u{c}"),
        ('v', "\u{b}"),
    ],
    hex: Hex::Two,
    unicode: true,
    braced: false,
    long_unicode: true,
    octal: true,
    continuation: Continuation::Line,
    keeps_unknown: true,
};

/// Returns the rules of a literal with a prefix such as `rf` and a quote such as `"""`.
fn rules(prefix: &str, quote: &'static str) -> Arc<dyn LiteralRules> {
    let has = |letter: char| prefix.contains(letter) || prefix.contains(letter.to_ascii_uppercase());
    let (is_raw, is_format, is_triple) = (has('r'), has('f') || has('t'), quote.len() == 3);
    let name = match (is_raw, is_format, is_triple) {
        (true, true, _) => "raw f-string",
        (true, false, _) => "raw string",
        (false, true, _) => "f-string",
        (false, false, true) => "triple-quoted string",
        (false, false, false) => "string",
    };
    if is_raw {
        let doubled: &[char] = if is_format { &['{', '}'] } else { &[] };
        let forbidden: &[char] = match (is_triple, quote.starts_with('"')) {
            (true, true) => &['"', '\\'],
            (true, false) => &['\'', '\\'],
            (false, true) => &['"', '\\', '\n', '\r'],
            (false, false) => &['\'', '\\', '\n', '\r'],
        };
        return Arc::new(Verbatim { name, doubled, forbidden, one_line_break: true, end: "" });
    }
    Arc::new(Quoted {
        name,
        backslashes: &BACKSLASHES,
        quote: if quote.starts_with('"') { '"' } else { '\'' },
        braces: if is_format { Braces::Doubled } else { Braces::Plain },
        multi_line: is_triple,
        one_line_break: is_triple,
        dollars: false,
    })
}

/// Returns the literal of a string node.
fn literal<'t>(node: Node<'t>, source: &str) -> Option<Literal<'t>> {
    let text = text_of(node, source);
    let at = text.find(['"', '\''])?;
    let (prefix, rest) = text.split_at_checked(at)?;
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote))?;
    if rest.len() < 2 * quote.len() || !rest.ends_with(quote) || prefix.contains(['b', 'B']) {
        return None;
    }
    let content = node.start_byte() + at + quote.len()..node.end_byte() - quote.len();
    let mut literal = Literal { content, interpolations: Vec::new(), rules: rules(prefix, quote) };
    for child in named_children(node).into_iter().filter(|n| n.kind() == "interpolation") {
        let expression = child.child_by_field_name("expression").unwrap_or(child);
        literal.interpolations.push(Interpolation { range: child.byte_range(), expression });
    }
    Some(literal)
}

/// Returns whether a string is a statement of its own, which documents what it is in.
fn is_docstring(node: Node<'_>, source: &str) -> bool {
    let text = text_of(node, source).trim_start_matches(['r', 'R', 'u', 'U']);
    (text.starts_with("\"\"\"") || text.starts_with("'''"))
        && node.parent().is_some_and(|parent| parent.kind() == "expression_statement")
}

impl Grammar for Python {
    fn language(&self) -> tree_sitter::Language {
        tree_sitter_python::LANGUAGE.into()
    }

    fn expression<'t>(&self, node: Node<'t>, source: &str) -> Expression<'t> {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "string" if is_docstring(node, source) => Expression::Other,
            "string" => literal(node, source).map_or(Expression::Other, Expression::Literal),
            "concatenated_string" => Expression::Concatenation(named_children(node)),
            "binary_operator" => {
                match (field("operator").map(|n| n.kind()), field("left"), field("right")) {
                    (Some("+"), Some(left), Some(right)) => Expression::Concatenation(vec![left, right]),
                    (Some("%"), Some(template), Some(right)) => {
                        let arguments = match right.kind() {
                            "tuple" => named_children(right),
                            _ => vec![right],
                        };
                        let arguments =
                            arguments.into_iter().map(|value| Argument { name: None, value }).collect();
                        // The numbers of arguments without a number are counted from 0.
                        Expression::Format { template, arguments, style: FormatStyle::Percent }
                    }
                    _ => Expression::Other,
                }
            }
            "parenthesized_expression" => match named_children(node).first() {
                Some(inner) => Expression::Same(*inner),
                None => Expression::Other,
            },
            "conditional_expression" => {
                let choices = named_children(node);
                let is_text = |n: &&Node<'t>| matches!(n.kind(), "string" | "concatenated_string");
                let chosen = [choices.first(), choices.last()].into_iter().flatten().find(is_text);
                chosen.map_or(Expression::Other, |n| Expression::Same(*n))
            }
            "call" => invocation(node, source),
            _ => Expression::Other,
        }
    }

    fn event<'t>(&self, node: Node<'t>, above: &[Node<'t>], source: &'t str) -> Event<'t> {
        match node.kind() {
            "function_definition" | "class_definition" | "lambda" => Event::Scope,
            "elif_clause" | "else_clause" | "case_clause" => {
                Event::Branch { of: above.last().map_or(0, Node::id) }
            }
            "block" if above.last().is_some_and(|parent| parent.kind() == "if_statement") => {
                Event::Branch { of: above.last().map_or(0, Node::id) }
            }
            "assignment" => {
                let Some(target) = node.child_by_field_name("left") else { return Event::None };
                let name = text_of(target, source);
                let is_constant =
                    name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
                Event::Assign { target, value: node.child_by_field_name("right"), is_constant }
            }
            "augmented_assignment" => {
                match (node.child_by_field_name("left"), node.child_by_field_name("right")) {
                    (Some(target), Some(value))
                        if node.child_by_field_name("operator").is_some_and(|n| n.kind() == "+=") =>
                    {
                        Event::Append { target, values: vec![value], has_line_break: false }
                    }
                    _ => Event::None,
                }
            }
            "call" => call(node, source).map_or(Event::None, Event::Call),
            _ => Event::None,
        }
    }

    fn list<'t>(&self, node: Node<'t>) -> Option<Vec<Node<'t>>> {
        matches!(node.kind(), "list" | "tuple" | "set").then(|| named_children(node))
    }

    fn object<'t>(&self, node: Node<'t>, _: &'t str) -> Option<Vec<Entry<'t>>> {
        if node.kind() != "dictionary" {
            return None;
        }
        let entry = |n: Node<'t>| {
            Some(Entry { key: n.child_by_field_name("key")?, value: n.child_by_field_name("value") })
        };
        Some(named_children(node).into_iter().filter_map(entry).collect())
    }
}

fn arguments<'t>(list: Node<'t>, source: &'t str) -> Vec<Argument<'t>> {
    let argument = |n: Node<'t>| match n.kind() {
        "keyword_argument" => Some(Argument {
            name: n.child_by_field_name("name").map(|name| text_of(name, source)),
            value: n.child_by_field_name("value")?,
        }),
        "list_splat" | "dictionary_splat" => None,
        _ => Some(Argument { name: None, value: n }),
    };
    named_children(list).into_iter().filter_map(argument).collect()
}

fn call<'t>(node: Node<'t>, source: &'t str) -> Option<Call<'t>> {
    let function = node.child_by_field_name("function")?;
    let (name, receiver) = match function.kind() {
        "attribute" => (function.child_by_field_name("attribute")?, function.child_by_field_name("object")),
        _ => (function, None),
    };
    let list = node.child_by_field_name("arguments").filter(|list| list.kind() == "argument_list")?;
    let name = text_of(name, source);
    Some(Call {
        name,
        receiver,
        arguments: arguments(list, source),
        is_constructor: false,
        initializer: None,
    })
}

/// Returns what a call says about a string.
fn invocation<'t>(node: Node<'t>, source: &str) -> Expression<'t> {
    let template = || {
        let function = node.child_by_field_name("function")?;
        let is_template = matches!(text_of(function, source), "Template" | "string.Template");
        let list = node
            .child_by_field_name("arguments")
            .filter(|list| is_template && list.kind() == "argument_list")?;
        named_children(list).first().copied()
    };
    if let Some(template) = template() {
        return Expression::Format { template, arguments: Vec::new(), style: FormatStyle::Dollar };
    }
    let parts = || {
        let function = node.child_by_field_name("function")?;
        let name = function.child_by_field_name("attribute")?;
        let list = node.child_by_field_name("arguments").filter(|list| list.kind() == "argument_list")?;
        Some((function.child_by_field_name("object")?, text_of(name, source), list))
    };
    let Some((receiver, name, list)) = parts() else { return Expression::Other };
    match name {
        "format" => {
            let arguments = named_children(list).into_iter().map(|n| Argument {
                name: None,
                value: n.child_by_field_name("value").filter(|_| n.kind() == "keyword_argument").unwrap_or(n),
            });
            Expression::Format {
                template: receiver,
                arguments: arguments.collect(),
                style: FormatStyle::Braces,
            }
        }
        "join" => match named_children(list).first().and_then(|list| Python.list(*list)) {
            Some(list) => Expression::Joined { separator: Separator::Of(receiver), list },
            None => Expression::Other,
        },
        "strip" | "lstrip" | "rstrip" => Expression::Same(receiver),
        _ => Expression::Other,
    }
}
