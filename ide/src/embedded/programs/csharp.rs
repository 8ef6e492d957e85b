//! Reads string expressions of C#.

use std::ops::Range;
use std::sync::Arc;

use tree_sitter::Node;

use super::grammar::{
    Argument, Call, Entry, Event, Expression, FormatStyle, Grammar, Separator, branch_of, children,
    named_children, only_child, text_of,
};
use super::literals::{
    Backslashes, Braces, Continuation, Hex, Indented, Interpolation, Literal, LiteralRules, Quoted, Verbatim,
    raw_interpolation,
};

/// The language C#.
pub(super) struct CSharp;

const BACKSLASHES: Backslashes = Backslashes {
    simple: &[
        ('\\', "\\"),
        ('"', "\""),
        ('\'', "'"),
        ('n', "\n"),
        ('r', "\r"),
        ('t', "\t"),
        ('0', "\0"),
        ('a', "\u{7}"),
        ('b', "\u{8}"),
        ('f', "\u{c}"),
        ('v', "\u{b}"),
        ('e', "\u{1b}"),
    ],
    hex: Hex::UpToFour,
    unicode: true,
    braced: false,
    long_unicode: true,
    octal: false,
    continuation: Continuation::None,
    keeps_unknown: true,
};

const fn quoted(name: &'static str, quote: char, braces: Braces) -> Quoted {
    Quoted {
        name,
        backslashes: &BACKSLASHES,
        quote,
        braces,
        multi_line: false,
        one_line_break: false,
        dollars: false,
    }
}

/// The classes of the SDK that are created with `new(…)` without their name.
const DECLARED: [&str; 6] =
    ["QueryExpression", "Entity", "ColumnSet", "ConditionExpression", "LinkEntity", "QueryByAttribute"];

impl CSharp {
    /// Returns the literal of a string node.
    fn literal<'t>(node: Node<'t>, source: &str) -> Option<Literal<'t>> {
        let text = text_of(node, source);
        let start = node.start_byte();
        let plain = |from: usize, to: usize, rules: Arc<dyn LiteralRules>| {
            (from <= to).then(|| Literal {
                content: start + from..start + to,
                interpolations: Vec::new(),
                rules,
            })
        };
        match node.kind() {
            "string_literal" => {
                let end = text.rfind('"')?;
                plain(1, end, Arc::new(quoted("string", '"', Braces::Plain)))
            }
            "character_literal" => {
                plain(1, text.rfind('\'')?, Arc::new(quoted("character", '\'', Braces::Plain)))
            }
            "verbatim_string_literal" => plain(2, text.rfind('"')?, Arc::new(VERBATIM)),
            "raw_string_literal" => {
                let end = text.trim_end_matches(|c: char| c != '"').len();
                raw(text.get(..end)?, start, 0, 0)
            }
            "interpolated_string_expression" => {
                let quote = text.find('"')?;
                let prefix = text.get(..quote)?;
                let dollars = prefix.matches('$').count();
                let mut literal = if text.get(quote..)?.starts_with("\"\"\"") {
                    raw(text, start, quote, dollars)?
                } else if prefix.contains('@') {
                    plain(quote + 1, text.rfind('"')?, Arc::new(INTERPOLATED_VERBATIM))?
                } else {
                    let rules = quoted("interpolated string", '"', Braces::Doubled);
                    plain(quote + 1, text.rfind('"')?, Arc::new(rules))?
                };
                for child in named_children(node).into_iter().filter(|n| n.kind() == "interpolation") {
                    let expression =
                        named_children(child).into_iter().find(|n| !n.kind().starts_with("interpolation_"));
                    let range = expression.map_or(child.byte_range(), |expression| {
                        braces(child.byte_range(), expression.byte_range(), dollars, source)
                    });
                    let expression = expression.unwrap_or(child);
                    literal.interpolations.push(Interpolation { range, expression });
                }
                Some(literal)
            }
            _ => None,
        }
    }
}

/// Returns the range of an interpolation with its braces, of which there are as many as `dollars` on each side of
/// the expression at `inner`. The grammar counts quotation marks and single braces beside them to the interpolation
/// at `range`, if two interpolations follow each other.
fn braces(range: Range<usize>, inner: Range<usize>, dollars: usize, source: &str) -> Range<usize> {
    let before = source.get(range.start..inner.start).unwrap_or_default();
    let behind = source.get(inner.end..range.end).unwrap_or_default();
    let count = dollars.max(1);
    let start = before.rfind(&"{".repeat(count)).map_or(range.start, |at| range.start + at);
    let close = "}".repeat(count);
    // A format behind the expression may contain single braces.
    let end = if count > 1 { behind.find(&close) } else { behind.rfind(&close) };
    start..end.map_or(range.end, |at| inner.end + at + count)
}

const VERBATIM: Verbatim =
    Verbatim { name: "verbatim string", doubled: &['"'], forbidden: &[], one_line_break: false, end: "" };

const INTERPOLATED_VERBATIM: Verbatim = Verbatim {
    name: "interpolated verbatim string",
    doubled: &['"', '{', '}'],
    forbidden: &[],
    one_line_break: false,
    end: "",
};

/// Returns the raw literal `text`, which is at `start` in the file, and whose quotes begin at `quote`.
fn raw<'t>(text: &str, start: usize, quote: usize, dollars: usize) -> Option<Literal<'t>> {
    let name = if dollars > 0 { "interpolated raw string" } else { "raw string" };
    let behind = text.get(quote..)?;
    let quotes = behind.len() - behind.trim_start_matches('"').len();
    let end = text.len().checked_sub(quotes)?;
    let open = quote + quotes;
    if end < open || !text.get(end..)?.chars().all(|c| c == '"') {
        return None;
    }
    let content = text.get(open..end)?;
    let delimiter = "\"".repeat(quotes);
    let multi_line = content.trim_start_matches([' ', '\t']).starts_with(['\n', '\r']);
    let (range, indent) = if multi_line {
        let first = content.find('\n').map_or(content.len(), |at| at + 1);
        let last = content.rfind('\n')?;
        let indent = content.get(last + 1..)?.to_owned();
        // `"""` directly below is an empty text.
        let last = content.get(..last)?.strip_suffix('\r').map_or(last, str::len).max(first);
        (open + first..open + last, indent)
    } else {
        (open..end, String::new())
    };
    let rules: Arc<dyn LiteralRules> = if multi_line {
        Arc::new(Indented { name, indent, end: delimiter, backslashes: None, braces: dollars })
    } else {
        Arc::new(RawLine { name, end: delimiter, braces: dollars })
    };
    Some(Literal { content: start + range.start..start + range.end, interpolations: Vec::new(), rules })
}

/// A raw literal on one line.
#[derive(Debug)]
struct RawLine {
    name: &'static str,
    end: String,
    braces: usize,
}

impl crate::embedded::Escaping for RawLine {
    fn escape(&self, text: &str) -> Option<String> {
        let braces = self.braces > 0
            && ["{", "}"].iter().any(|brace| text.contains(brace.repeat(self.braces).as_str()));
        let fits = !braces
            && !text.contains(&self.end)
            && !text.contains(['\n', '\r'])
            && !text.starts_with('"')
            && !text.ends_with('"');
        fits.then(|| text.to_owned())
    }
}

impl LiteralRules for RawLine {
    fn decode(&self, _: &str, _: bool) -> Option<(usize, String)> {
        None
    }

    fn interpolation(&self, rest: &str) -> Option<usize> {
        raw_interpolation(rest, self.braces)
    }

    fn name(&self) -> &'static str {
        self.name
    }
}

impl Grammar for CSharp {
    fn language(&self) -> tree_sitter::Language {
        tree_sitter_c_sharp::LANGUAGE.into()
    }

    fn readable<'s>(&self, source: &'s str) -> std::borrow::Cow<'s, str> {
        super::csharp_mask::masked(source)
    }

    fn expression<'t>(&self, node: Node<'t>, source: &str) -> Expression<'t> {
        match node.kind() {
            "string_literal"
            | "character_literal"
            | "verbatim_string_literal"
            | "raw_string_literal"
            | "interpolated_string_expression" => {
                Self::literal(node, source).map_or(Expression::Other, Expression::Literal)
            }
            "binary_expression" => {
                let operator = node.child_by_field_name("operator").map(|n| n.kind());
                match (operator, node.child_by_field_name("left"), node.child_by_field_name("right")) {
                    (Some("+"), Some(left), Some(right)) => Expression::Concatenation(vec![left, right]),
                    _ => Expression::Other,
                }
            }
            "parenthesized_expression" | "checked_expression" | "argument" | "attribute_argument" => {
                match named_children(node).last() {
                    Some(inner) => Expression::Same(*inner),
                    None => Expression::Other,
                }
            }
            "cast_expression" => {
                node.child_by_field_name("value").map_or(Expression::Other, Expression::Same)
            }
            "conditional_expression" => {
                super::texts::chosen(self, node, source, "consequence", "alternative")
            }
            "invocation_expression" => invocation(node, source),
            "object_creation_expression" => {
                let class = node.child_by_field_name("type").map_or("", |n| text_of(n, source));
                let list = node.child_by_field_name("arguments").filter(|_| class.ends_with("StringBuilder"));
                match list.and_then(|list| named_children(list).first().copied()) {
                    Some(argument) => Expression::Same(argument),
                    None => Expression::Other,
                }
            }
            _ => Expression::Other,
        }
    }

    fn event<'t>(&self, node: Node<'t>, above: &[Node<'t>], source: &'t str) -> Event<'t> {
        match node.kind() {
            "method_declaration"
            | "constructor_declaration"
            | "local_function_statement"
            | "lambda_expression"
            | "class_declaration"
            | "struct_declaration"
            | "record_declaration"
            | "accessor_declaration"
            | "property_declaration"
            | "anonymous_method_expression" => Event::Scope,
            "switch_section" | "switch_expression_arm" => {
                Event::Branch { of: above.last().map_or(0, Node::id) }
            }
            "variable_declarator" => {
                let Some(name) = node.child_by_field_name("name") else { return Event::None };
                let value = children(node).into_iter().skip_while(|n| n.kind() != "=").nth(1);
                let is_modifier = |n: &Node<'_>| {
                    n.kind() == "modifier" && matches!(text_of(*n, source), "const" | "readonly")
                };
                let declaration = above.iter().rev().nth(1).filter(|_| value.is_some());
                let is_constant =
                    declaration.is_some_and(|node| named_children(*node).iter().any(is_modifier));
                Event::Assign { target: name, value, is_constant }
            }
            "assignment_expression" => {
                let (Some(target), Some(value)) =
                    (node.child_by_field_name("left"), node.child_by_field_name("right"))
                else {
                    return Event::None;
                };
                match node.child_by_field_name("operator").map(|n| n.kind()) {
                    Some("=") => Event::Assign { target, value: Some(value), is_constant: false },
                    Some("+=") => Event::Append { target, values: vec![value], has_line_break: false },
                    _ => Event::None,
                }
            }
            "object_creation_expression" | "implicit_object_creation_expression" => {
                let name = match node.child_by_field_name("type") {
                    Some(name) => last_name(text_of(name, source)),
                    None => implicit_type(above, source).unwrap_or_default(),
                };
                let arguments = named_children(node).into_iter().find(|n| n.kind() == "argument_list");
                let initializer =
                    named_children(node).into_iter().find(|n| n.kind() == "initializer_expression");
                Event::Call(Call {
                    name,
                    receiver: None,
                    arguments: arguments.map_or_else(Vec::new, |list| arguments_of(list, source)),
                    is_constructor: true,
                    initializer,
                })
            }
            "invocation_expression" => call(node, source).map_or(Event::None, |call| match call.name {
                "Append" | "AppendLine" | "AppendFormat" => match call.receiver {
                    Some(receiver) if call.name != "AppendFormat" => Event::Append {
                        target: receiver,
                        values: call.arguments.first().map(|a| a.value).into_iter().collect(),
                        has_line_break: call.name == "AppendLine",
                    },
                    Some(receiver) => {
                        Event::Append { target: receiver, values: vec![node], has_line_break: false }
                    }
                    None => Event::None,
                },
                _ => Event::Call(call),
            }),
            "element_access_expression" => {
                let key = node.child_by_field_name("subscript").and_then(only_child).and_then(only_child);
                match (node.child_by_field_name("expression"), key) {
                    (Some(receiver), Some(key)) => Event::Element { receiver, key },
                    _ => Event::None,
                }
            }
            "attribute" => {
                let Some(name) = node.child_by_field_name("name") else { return Event::None };
                let list = named_children(node).into_iter().find(|n| n.kind() == "attribute_argument_list");
                Event::Call(Call {
                    name: last_name(text_of(name, source)),
                    receiver: None,
                    arguments: list.map_or_else(Vec::new, |list| arguments_of(list, source)),
                    is_constructor: true,
                    initializer: None,
                })
            }
            "foreach_statement" => {
                match (node.child_by_field_name("left"), node.child_by_field_name("right")) {
                    (Some(target), value) => Event::Assign { target, value, is_constant: false },
                    _ => Event::None,
                }
            }
            // `else if` is a statement directly below the one that decides.
            "block" | "expression_statement" | "if_statement"
                if above.last().is_some_and(|parent| parent.kind() == "if_statement") =>
            {
                branch_of(above, "if_statement")
            }
            _ => Event::None,
        }
    }

    fn list<'t>(&self, node: Node<'t>) -> Option<Vec<Node<'t>>> {
        match node.kind() {
            "initializer_expression" | "collection_expression" => Some(
                named_children(node)
                    .into_iter()
                    .map(|n| if n.kind() == "collection_element" { only_child(n).unwrap_or(n) } else { n })
                    .collect(),
            ),
            "implicit_array_creation_expression"
            | "array_creation_expression"
            | "object_creation_expression" => {
                let list = named_children(node).into_iter().find(|n| n.kind() == "initializer_expression")?;
                Some(named_children(list))
            }
            _ => None,
        }
    }

    fn object<'t>(&self, node: Node<'t>, _: &'t str) -> Option<Vec<Entry<'t>>> {
        if node.kind() != "initializer_expression" {
            return None;
        }
        let entry = |n: &Node<'t>| {
            // `{ "name", value }`
            if let ("initializer_expression", [key, value]) = (n.kind(), named_children(*n).as_slice()) {
                return Some(Entry { key: *key, value: Some(*value) });
            }
            let left = n.child_by_field_name("left")?;
            // `["name"] = value`
            let key = match left.kind() {
                "element_binding_expression" | "implicit_element_access" | "bracketed_argument_list" => {
                    named_children(left).first().copied().unwrap_or(left)
                }
                _ => left,
            };
            Some(Entry { key, value: n.child_by_field_name("right") })
        };
        let entries: Vec<_> = named_children(node)
            .iter()
            .filter(|n| matches!(n.kind(), "assignment_expression" | "initializer_expression"))
            .filter_map(entry)
            .collect();
        (!entries.is_empty()).then_some(entries)
    }
}

/// Returns the last part of a qualified name, without type arguments.
pub(super) fn last_name(name: &str) -> &str {
    let name = name.split('<').next().unwrap_or(name);
    let name = name.rsplit(['.', ':']).next().unwrap_or(name).trim();
    name.strip_suffix("Attribute").filter(|n| n.ends_with("LogicalName")).unwrap_or(name)
}

/// Returns the class of `new(…)` in the declaration of a variable.
fn implicit_type<'t>(above: &[Node<'t>], source: &'t str) -> Option<&'t str> {
    let declaration = above.iter().rev().nth(1)?;
    let name = last_name(text_of(declaration.child_by_field_name("type")?, source));
    DECLARED.contains(&name).then_some(name)
}

fn arguments_of<'t>(list: Node<'t>, source: &'t str) -> Vec<Argument<'t>> {
    let argument = |node: Node<'t>| {
        let value = named_children(node).last().copied()?;
        let name = node.child_by_field_name("name").filter(|name| *name != value);
        Some(Argument { name: name.map(|name| text_of(name, source)), value })
    };
    named_children(list).into_iter().filter_map(argument).collect()
}

fn call<'t>(node: Node<'t>, source: &'t str) -> Option<Call<'t>> {
    let function = node.child_by_field_name("function")?;
    let (name, receiver) = match function.kind() {
        "member_access_expression" => {
            (function.child_by_field_name("name")?, function.child_by_field_name("expression"))
        }
        "conditional_access_expression" => {
            (named_children(function).last().copied()?, function.named_child(0))
        }
        _ => (function, None),
    };
    let arguments = arguments_of(node.child_by_field_name("arguments")?, source);
    let name = last_name(text_of(name, source));
    Some(Call { name, receiver, arguments, is_constructor: false, initializer: None })
}

/// Returns what a call says about a string.
fn invocation<'t>(node: Node<'t>, source: &str) -> Expression<'t> {
    let parts = || {
        let function = node.child_by_field_name("function")?;
        let name = function.child_by_field_name("name")?;
        let receiver = function.child_by_field_name("expression")?;
        let list = named_children(node.child_by_field_name("arguments")?);
        let arguments: Vec<Node<'t>> =
            list.into_iter().filter_map(|argument| named_children(argument).last().copied()).collect();
        Some((receiver, last_name(text_of(name, source)), arguments))
    };
    let Some((receiver, name, arguments)) = parts() else { return Expression::Other };
    let is_string = matches!(text_of(receiver, source), "string" | "String" | "System.String");
    let argument = |value: &Node<'t>| Argument { name: None, value: *value };
    match (name, arguments.as_slice()) {
        ("Format", [first, rest @ ..]) if is_string => {
            // A format provider comes before the template.
            let is_provider = text_of(*first, source).contains("Culture");
            match (is_provider, rest) {
                (true, [template, rest @ ..]) => Expression::Format {
                    template: *template,
                    arguments: rest.iter().map(argument).collect(),
                    style: FormatStyle::Braces,
                },
                _ => Expression::Format {
                    template: *first,
                    arguments: rest.iter().map(argument).collect(),
                    style: FormatStyle::Braces,
                },
            }
        }
        ("AppendFormat", [first, rest @ ..]) => Expression::Format {
            template: *first,
            arguments: rest.iter().map(argument).collect(),
            style: FormatStyle::Braces,
        },
        ("Concat", list) if is_string => Expression::Concatenation(list.to_vec()),
        ("Join", [separator, list]) if is_string => match CSharp.list(*list) {
            Some(list) => Expression::Joined { separator: Separator::Of(*separator), list },
            None => Expression::Other,
        },
        ("Join", [separator, list @ ..]) if is_string => {
            Expression::Joined { separator: Separator::Of(*separator), list: list.to_vec() }
        }
        ("Trim" | "TrimStart" | "TrimEnd" | "ToString", _) => Expression::Same(receiver),
        _ => Expression::Other,
    }
}
