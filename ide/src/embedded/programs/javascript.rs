//! Reads string expressions of JavaScript and TypeScript, which differ in their grammars alone.

use std::sync::Arc;

use tree_sitter::Node;

use super::grammar::{
    Argument, Call, Entry, Event, Expression, FormatStyle, Grammar, Separator, branch_of, children,
    named_children, only_child, text_of,
};
use super::literals::{
    Backslashes, Braces, Continuation, Hex, Interpolation, Literal, LiteralRules, Quoted, Verbatim,
};

/// The languages with the strings of JavaScript.
pub(super) enum JavaScript {
    /// JavaScript with JSX.
    Js,
    /// TypeScript.
    Ts,
    /// TypeScript with JSX.
    Tsx,
}

const BACKSLASHES: Backslashes = Backslashes {
    simple: &[
        ('\\', "\\"),
        ('"', "\""),
        ('\'', "'"),
        ('`', "`"),
        ('n', "\n"),
        ('r', "\r"),
        ('t', "\t"),
        ('b', "\u{8}"),
        ('f', "\u{c}"),
        ('v', "\u{b}"),
    ],
    hex: Hex::Two,
    unicode: true,
    braced: true,
    long_unicode: false,
    octal: true,
    continuation: Continuation::Line,
    keeps_unknown: false,
};

const fn quoted(name: &'static str, quote: char) -> Quoted {
    let is_template = quote == '`';
    Quoted {
        name,
        backslashes: &BACKSLASHES,
        quote,
        braces: Braces::Plain,
        multi_line: is_template,
        one_line_break: is_template,
        dollars: is_template,
    }
}

/// The value of an attribute of JSX, in which characters are written as references.
#[derive(Debug)]
struct JsxAttribute(char);

impl crate::embedded::Escaping for JsxAttribute {
    fn escape(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '"' if self.0 == '"' => out.push_str("&quot;"),
                '\'' if self.0 == '\'' => out.push_str("&apos;"),
                c if c.is_control() => out.push_str(&format!("&#{};", c as u32)),
                c => out.push(c),
            }
        }
        Some(out)
    }
}

impl LiteralRules for JsxAttribute {
    fn decode(&self, rest: &str, _: bool) -> Option<(usize, String)> {
        let name = rest.strip_prefix('&')?;
        let end = name.bytes().take(12).position(|b| b == b';')?;
        let name = name.get(..end)?;
        let meaning = match name {
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            "lt" => '<',
            "gt" => '>',
            "nbsp" => '\u{a0}',
            _ => {
                let number = name.strip_prefix('#')?;
                let number = match number.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(number)?
            }
        };
        Some((end + 2, meaning.to_string()))
    }

    fn name(&self) -> &'static str {
        "JSX attribute"
    }
}

/// A template whose backslashes are kept.
const RAW_TEMPLATE: Verbatim = Verbatim {
    name: "raw template",
    doubled: &[],
    forbidden: &['`', '\\', '{'],
    one_line_break: true,
    end: "",
};

/// Returns the literal of a string node.
fn literal<'t>(node: Node<'t>, source: &str) -> Option<Literal<'t>> {
    let text = text_of(node, source);
    let quote = text.chars().next()?;
    if text.len() < 2 || !text.ends_with(quote) {
        return None;
    }
    let content = node.start_byte() + 1..node.end_byte() - 1;
    let rules: Arc<dyn LiteralRules> = match (node.kind(), quote) {
        ("template_string", _) => Arc::new(quoted("template", '`')),
        (_, '\'') => Arc::new(quoted("string", '\'')),
        _ => Arc::new(quoted("string", '"')),
    };
    let mut literal = Literal { content, interpolations: Vec::new(), rules };
    if node.kind() == "template_string" {
        for child in named_children(node).into_iter().filter(|n| n.kind() == "template_substitution") {
            let expression = only_child(child).unwrap_or(child);
            literal.interpolations.push(Interpolation { range: child.byte_range(), expression });
        }
    }
    Some(literal)
}

impl Grammar for JavaScript {
    fn language(&self) -> tree_sitter::Language {
        match self {
            Self::Js => tree_sitter_javascript::LANGUAGE.into(),
            Self::Ts => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        }
    }

    fn expression<'t>(&self, node: Node<'t>, source: &str) -> Expression<'t> {
        match node.kind() {
            "string" | "template_string" => {
                literal(node, source).map_or(Expression::Other, Expression::Literal)
            }
            "jsx_attribute" => match named_children(node).last() {
                Some(value) if value.kind() == "string" => {
                    let literal = literal(*value, source);
                    let quote = text_of(*value, source).chars().next().unwrap_or('"');
                    literal.map_or(Expression::Other, |mut literal| {
                        literal.rules = Arc::new(JsxAttribute(quote));
                        Expression::Literal(literal)
                    })
                }
                _ => Expression::Other,
            },
            "binary_expression" => {
                let operator = node.child_by_field_name("operator").map(|n| n.kind());
                match (operator, node.child_by_field_name("left"), node.child_by_field_name("right")) {
                    (Some("+"), Some(left), Some(right)) => Expression::Concatenation(vec![left, right]),
                    _ => Expression::Other,
                }
            }
            "parenthesized_expression" | "as_expression" | "satisfies_expression" | "non_null_expression" => {
                match named_children(node).first() {
                    Some(inner) => Expression::Same(*inner),
                    None => Expression::Other,
                }
            }
            "ternary_expression" => super::texts::chosen(self, node, source, "consequence", "alternative"),
            "call_expression" => invocation(self, node, source),
            _ => Expression::Other,
        }
    }

    fn event<'t>(&self, node: Node<'t>, above: &[Node<'t>], source: &'t str) -> Event<'t> {
        match node.kind() {
            "function_declaration"
            | "function_expression"
            | "arrow_function"
            | "method_definition"
            | "generator_function_declaration"
            | "class_declaration"
            | "class" => Event::Scope,
            "switch_case" | "switch_default" => Event::Branch { of: above.last().map_or(0, Node::id) },
            "else_clause" => branch_of(above, "if_statement"),
            "statement_block" | "expression_statement"
                if above.last().is_some_and(|parent| parent.kind() == "if_statement") =>
            {
                branch_of(above, "if_statement")
            }
            "variable_declarator" | "public_field_definition" | "field_definition" => {
                let name = node.child_by_field_name("name").or_else(|| node.child_by_field_name("property"));
                let Some(target) = name else { return Event::None };
                let is_constant = above
                    .last()
                    .and_then(|n| n.child_by_field_name("kind"))
                    .is_some_and(|kind| kind.kind() == "const")
                    || children(node).iter().any(|n| n.kind() == "readonly");
                Event::Assign { target, value: node.child_by_field_name("value"), is_constant }
            }
            "assignment_expression" => {
                match (node.child_by_field_name("left"), node.child_by_field_name("right")) {
                    (Some(target), value) => Event::Assign { target, value, is_constant: false },
                    _ => Event::None,
                }
            }
            "augmented_assignment_expression" => {
                match (node.child_by_field_name("left"), node.child_by_field_name("right")) {
                    (Some(target), Some(value))
                        if node.child_by_field_name("operator").is_some_and(|n| n.kind() == "+=") =>
                    {
                        Event::Append { target, values: vec![value], has_line_break: false }
                    }
                    _ => Event::None,
                }
            }
            "call_expression" | "new_expression" => call(node, source).map_or(Event::None, Event::Call),
            _ => Event::None,
        }
    }

    fn list<'t>(&self, node: Node<'t>) -> Option<Vec<Node<'t>>> {
        (node.kind() == "array").then(|| named_children(node))
    }

    fn object<'t>(&self, node: Node<'t>, _: &'t str) -> Option<Vec<Entry<'t>>> {
        if node.kind() != "object" {
            return None;
        }
        let entry = |n: Node<'t>| match n.kind() {
            "pair" => {
                let key =
                    n.child_by_field_name("key").filter(|key| key.kind() != "computed_property_name")?;
                Some(Entry { key, value: n.child_by_field_name("value") })
            }
            "shorthand_property_identifier" => Some(Entry { key: n, value: None }),
            _ => None,
        };
        Some(named_children(node).into_iter().filter_map(entry).collect())
    }
}

fn call<'t>(node: Node<'t>, source: &'t str) -> Option<Call<'t>> {
    let is_constructor = node.kind() == "new_expression";
    let function = node.child_by_field_name(if is_constructor { "constructor" } else { "function" })?;
    let (name, receiver) = match function.kind() {
        "member_expression" => {
            (function.child_by_field_name("property")?, function.child_by_field_name("object"))
        }
        _ => (function, None),
    };
    let list = node.child_by_field_name("arguments")?;
    let arguments = match list.kind() {
        "arguments" => named_children(list).into_iter().map(|value| Argument { name: None, value }).collect(),
        _ => return None,
    };
    let name = super::csharp::last_name(text_of(name, source));
    Some(Call { name, receiver, arguments, is_constructor, initializer: None })
}

/// Returns what a call says about a string.
fn invocation<'t>(grammar: &JavaScript, node: Node<'t>, source: &str) -> Expression<'t> {
    let Some(arguments) = node.child_by_field_name("arguments") else { return Expression::Other };
    if arguments.kind() == "template_string" {
        // A tagged template.
        let tag = node.child_by_field_name("function").map_or("", |tag| text_of(tag, source));
        return match literal(arguments, source) {
            Some(mut literal) if tag == "String.raw" => {
                literal.rules = Arc::new(RAW_TEMPLATE);
                Expression::Literal(literal)
            }
            _ => Expression::Same(arguments),
        };
    }
    let parts = || {
        let function = node.child_by_field_name("function")?;
        let name = function.child_by_field_name("property")?;
        Some((function.child_by_field_name("object")?, text_of(name, source)))
    };
    let Some((receiver, name)) = parts() else { return Expression::Other };
    let arguments = named_children(arguments);
    match name {
        "join" => match grammar.list(receiver) {
            Some(list) => {
                let separator = arguments.first().map_or(Separator::Comma, |first| Separator::Of(*first));
                Expression::Joined { separator, list }
            }
            None => Expression::Other,
        },
        "concat" if literal_like(receiver) => {
            Expression::Concatenation(std::iter::once(receiver).chain(arguments).collect())
        }
        "trim" | "trimStart" | "trimEnd" | "toString" => Expression::Same(receiver),
        "format" if text_of(receiver, source) == "String" => match arguments.split_first() {
            Some((template, rest)) => Expression::Format {
                template: *template,
                arguments: rest.iter().map(|value| Argument { name: None, value: *value }).collect(),
                style: FormatStyle::Braces,
            },
            None => Expression::Other,
        },
        "replace" | "replaceAll" if literal_like(receiver) => Expression::Same(receiver),
        _ => Expression::Other,
    }
}

fn literal_like(node: Node<'_>) -> bool {
    matches!(node.kind(), "string" | "template_string" | "parenthesized_expression" | "binary_expression")
}
