//! Reads string expressions of Java.

use std::sync::Arc;

use tree_sitter::Node;

use super::grammar::{
    Argument, Call, Entry, Event, Expression, FormatStyle, Grammar, Separator, branch_of, named_children,
    text_of,
};
use super::literals::{Backslashes, Braces, Continuation, Hex, Indented, Literal, LiteralRules, Quoted};

/// The language Java.
pub(super) struct Java;

const BACKSLASHES: Backslashes = Backslashes {
    simple: &[
        ('\\', "\\"),
        ('"', "\""),
        ('\'', "'"),
        ('n', "\n"),
        ('r', "\r"),
        ('t', "\t"),
        ('b', "\u{8}"),
        ('f', "\u{c}"),
        ('s', " "),
    ],
    hex: Hex::None,
    unicode: true,
    braced: false,
    long_unicode: false,
    octal: true,
    continuation: Continuation::Line,
    keeps_unknown: true,
};

const STRING: Quoted = Quoted {
    name: "string",
    backslashes: &BACKSLASHES,
    quote: '"',
    braces: Braces::Plain,
    multi_line: false,
    one_line_break: false,
    dollars: false,
};

/// Returns the literal of a string node.
fn literal<'t>(node: Node<'t>, source: &str) -> Option<Literal<'t>> {
    let text = text_of(node, source);
    let start = node.start_byte();
    if let Some(block) = text.strip_prefix("\"\"\"") {
        let content = block.strip_suffix("\"\"\"")?;
        let first = content.find('\n')? + 1;
        let lines = content.get(first..)?;
        let rules = Indented {
            name: "text block",
            indent: common_indent(lines),
            end: "\"\"\"".to_owned(),
            backslashes: Some(&BACKSLASHES),
            braces: 0,
        };
        // The last line counts if the quotes are on a line of their own.
        let last = lines.rfind('\n').map_or(0, |at| at + 1);
        let is_blank = lines.get(last..)?.trim().is_empty();
        let end = if is_blank { last } else { lines.len() };
        let content = start + 3 + first..start + 3 + first + end;
        return Some(Literal { content, interpolations: Vec::new(), rules: Arc::new(rules) });
    }
    if text.len() < 2 || !text.ends_with('"') {
        return None;
    }
    let rules: Arc<dyn LiteralRules> = Arc::new(STRING);
    Some(Literal { content: start + 1..node.end_byte() - 1, interpolations: Vec::new(), rules })
}

/// Returns the white space with which every line begins. Lines of white space alone do not count, except for
/// the last one.
fn common_indent(lines: &str) -> String {
    let count = lines.split('\n').count();
    let mut indent: Option<&str> = None;
    for (n, line) in lines.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let space = line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default();
        if space.len() == line.len() && n + 1 < count {
            continue;
        }
        indent = Some(match indent {
            None => space,
            Some(old) => {
                let common = old.bytes().zip(space.bytes()).take_while(|(a, b)| a == b).count();
                old.get(..common).unwrap_or_default()
            }
        });
    }
    indent.unwrap_or_default().to_owned()
}

impl Grammar for Java {
    fn language(&self) -> tree_sitter::Language {
        tree_sitter_java::LANGUAGE.into()
    }

    fn expression<'t>(&self, node: Node<'t>, source: &str) -> Expression<'t> {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "string_literal" => literal(node, source).map_or(Expression::Other, Expression::Literal),
            "binary_expression" => {
                match (field("operator").map(|n| n.kind()), field("left"), field("right")) {
                    (Some("+"), Some(left), Some(right)) => Expression::Concatenation(vec![left, right]),
                    _ => Expression::Other,
                }
            }
            "parenthesized_expression" => match named_children(node).first() {
                Some(inner) => Expression::Same(*inner),
                None => Expression::Other,
            },
            "cast_expression" => field("value").map_or(Expression::Other, Expression::Same),
            "ternary_expression" => super::texts::chosen(self, node, source, "consequence", "alternative"),
            "method_invocation" => invocation(node, source),
            "object_creation_expression" => {
                let is_builder = field("type").is_some_and(|n| text_of(n, source).ends_with("StringBuilder"));
                let arguments =
                    field("arguments").filter(|_| is_builder).map_or_else(Vec::new, named_children);
                match arguments.first() {
                    Some(argument) => Expression::Same(*argument),
                    None => Expression::Other,
                }
            }
            _ => Expression::Other,
        }
    }

    fn event<'t>(&self, node: Node<'t>, above: &[Node<'t>], source: &'t str) -> Event<'t> {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "method_declaration"
            | "constructor_declaration"
            | "lambda_expression"
            | "class_declaration"
            | "class_body" => Event::Scope,
            "switch_block_statement_group" | "switch_rule" => {
                Event::Branch { of: above.last().map_or(0, Node::id) }
            }
            "block" | "expression_statement" | "if_statement"
                if above.last().is_some_and(|parent| parent.kind() == "if_statement") =>
            {
                branch_of(above, "if_statement")
            }
            "variable_declarator" => {
                let Some(target) = field("name") else { return Event::None };
                let modifiers =
                    above.last().and_then(|n| n.named_child(0)).filter(|n| n.kind() == "modifiers");
                let is_constant = modifiers.is_some_and(|n| text_of(n, source).contains("final"));
                Event::Assign { target, value: field("value"), is_constant }
            }
            "assignment_expression" => {
                let (Some(target), Some(value)) = (field("left"), field("right")) else { return Event::None };
                match field("operator").map(|n| n.kind()) {
                    Some("=") => Event::Assign { target, value: Some(value), is_constant: false },
                    Some("+=") => Event::Append { target, values: vec![value], has_line_break: false },
                    _ => Event::None,
                }
            }
            "method_invocation" => {
                let (Some(name), Some(list)) = (field("name"), field("arguments")) else {
                    return Event::None;
                };
                let name = text_of(name, source);
                match (name, field("object")) {
                    ("append", Some(receiver)) => Event::Append {
                        target: receiver,
                        values: named_children(list),
                        has_line_break: false,
                    },
                    (_, receiver) => Event::Call(Call {
                        name,
                        receiver,
                        arguments: arguments(list),
                        is_constructor: false,
                        initializer: None,
                    }),
                }
            }
            "object_creation_expression" => {
                let (Some(name), Some(list)) = (field("type"), field("arguments")) else {
                    return Event::None;
                };
                Event::Call(Call {
                    name: super::csharp::last_name(text_of(name, source)),
                    receiver: None,
                    arguments: arguments(list),
                    is_constructor: true,
                    initializer: None,
                })
            }
            _ => Event::None,
        }
    }

    fn list<'t>(&self, node: Node<'t>) -> Option<Vec<Node<'t>>> {
        match node.kind() {
            "array_initializer" => Some(named_children(node)),
            "array_creation_expression" => node.child_by_field_name("value").map(named_children),
            _ => None,
        }
    }

    fn object<'t>(&self, _: Node<'t>, _: &'t str) -> Option<Vec<Entry<'t>>> {
        None
    }
}

fn arguments(list: Node<'_>) -> Vec<Argument<'_>> {
    named_children(list).into_iter().map(|value| Argument { name: None, value }).collect()
}

/// Returns what a call says about a string.
fn invocation<'t>(node: Node<'t>, source: &str) -> Expression<'t> {
    let parts = || {
        let name = text_of(node.child_by_field_name("name")?, source);
        let list = named_children(node.child_by_field_name("arguments")?);
        Some((node.child_by_field_name("object")?, name, list))
    };
    let Some((receiver, name, list)) = parts() else { return Expression::Other };
    let is_string = text_of(receiver, source) == "String";
    let values =
        |list: &[Node<'t>]| list.iter().map(|value| Argument { name: None, value: *value }).collect();
    match (name, list.as_slice()) {
        ("format", [template, rest @ ..]) if is_string => {
            // A locale comes before the template.
            match rest.split_first() {
                Some((second, rest)) if text_of(*template, source).starts_with("Locale") => {
                    Expression::Format {
                        template: *second,
                        arguments: values(rest),
                        style: FormatStyle::Percent,
                    }
                }
                _ => Expression::Format {
                    template: *template,
                    arguments: values(rest),
                    style: FormatStyle::Percent,
                },
            }
        }
        ("formatted", list) => {
            Expression::Format { template: receiver, arguments: values(list), style: FormatStyle::Percent }
        }
        ("join", [separator, list @ ..]) if is_string => {
            Expression::Joined { separator: Separator::Of(*separator), list: list.to_vec() }
        }
        ("concat", [other]) => Expression::Concatenation(vec![receiver, *other]),
        ("trim" | "strip" | "toString", []) => Expression::Same(receiver),
        _ => Expression::Other,
    }
}
