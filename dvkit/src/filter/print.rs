//! Writes filters as OData text, for [`Filter::odata`](super::Filter::odata) and for queries.
//!
//! Parentheses are written only if the precedence of the operators requires them. The variable of a lambda
//! expression is a letter that depends on how deeply the expression is nested: `a`, `b`, ….

use core::fmt::Write;

use super::condition::{Arguments, ColumnPath, FilterPart, Node};
use super::literal::{Literal, quoted};

impl Node {
    /// Returns the approximate length of the condition's text in bytes, so that memory for the text is
    /// allocated once.
    pub(super) fn size_hint(&self) -> usize {
        match self {
            Node::Compare(place, _, value) => place.size_hint() + value.size_hint() + 6,
            Node::Columns(one, _, other) => one.size_hint() + other.size_hint() + 6,
            Node::Text(name, place, text) => name.len() + place.size_hint() + text.len() + 8,
            Node::Function(_, place, arguments) => 80 + place.size_hint() + arguments.size_hint(),
            Node::Lambda(nav, name, inner) => {
                // Each column path within the lambda expression begins with a variable.
                nav.len() + name.len() + 8 + inner.as_ref().map_or(0, |inner| inner.size_hint() * 5 / 4)
            }
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().map(|node| node.size_hint() + 7).sum(),
            Node::Not(node) => node.size_hint() + 6,
            Node::Raw(parts, _) => parts.iter().map(FilterPart::size_hint).sum(),
        }
    }

    pub(super) fn print(&self, out: &mut String) {
        self.write(out, None);
    }

    /// Appends the condition to `out`. `row` is the number of the lambda variable with which its column paths
    /// begin; `None` outside of lambda expressions.
    fn write(&self, out: &mut String, row: Option<u8>) {
        match self {
            Node::Compare(place, operator, value) => {
                place.write(out, row);
                out.push(' ');
                out.push_str(operator);
                out.push(' ');
                value.odata(out);
            }
            Node::Columns(one, operator, other) => {
                one.write(out, row);
                out.push(' ');
                out.push_str(operator);
                out.push(' ');
                other.write(out, row);
            }
            Node::Text(function, place, text) => {
                out.push_str(function);
                out.push('(');
                place.write(out, row);
                out.push(',');
                quoted(text, out);
                out.push(')');
            }
            Node::Function(function, place, arguments) => {
                place.write_navigations(out, row);
                out.push_str("Microsoft.Dynamics.CRM.");
                out.push_str(function);
                out.push_str("(PropertyName='");
                out.push_str(place.logical_name());
                out.push('\'');
                arguments.write(out);
                out.push(')');
            }
            Node::Lambda(navigation, function, inner) => {
                write_row(out, row);
                out.push_str(navigation);
                out.push('/');
                out.push_str(function);
                out.push('(');
                if let Some(inner) = inner {
                    let mut row = row.map_or(0, |row| row.saturating_add(1));
                    let taken = inner.variables();
                    while row < 26 && taken & (1 << row) != 0 {
                        row += 1;
                    }
                    write_variable(out, row);
                    out.push(':');
                    inner.write(out, Some(row));
                }
                out.push(')');
            }
            Node::And(nodes) => write_all(nodes, " and ", out, row),
            Node::Or(nodes) => write_all(nodes, " or ", out, row),
            Node::Not(node) => {
                out.push_str("not ");
                node.write_grouped(out, row);
            }
            Node::Raw(parts, _) => {
                for part in parts {
                    match part {
                        FilterPart::Text(text) => out.push_str(text),
                        FilterPart::RowName => write_row(out, row),
                        FilterPart::Condition(node) => node.write_grouped(out, row),
                    }
                }
            }
        }
    }

    /// Returns a bit set of the lambda variables that `filter!` texts in this condition contain (bit 0 is
    /// `a`). A lambda expression around the condition has to use another letter.
    fn variables(&self) -> u32 {
        match self {
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().fold(0, |all, node| all | node.variables()),
            Node::Not(node) | Node::Lambda(_, _, Some(node)) => node.variables(),
            Node::Raw(parts, variables) => parts.iter().fold(*variables, |all, part| match part {
                FilterPart::Condition(node) => all | node.variables(),
                FilterPart::Text(_) | FilterPart::RowName => all,
            }),
            _ => 0,
        }
    }

    /// Appends the condition to `out` in parentheses; a function call or a lambda expression without them.
    /// `row` is the number of the lambda variable with which its column paths begin.
    fn write_grouped(&self, out: &mut String, row: Option<u8>) {
        let whole = matches!(self, Node::Text(..) | Node::Lambda(..) | Node::Function(..));
        if !whole {
            out.push('(');
        }
        self.write(out, row);
        if !whole {
            out.push(')');
        }
    }
}

fn write_all(nodes: &[Node], word: &str, out: &mut String, row: Option<u8>) {
    for (at, node) in nodes.iter().enumerate() {
        if at > 0 {
            out.push_str(word);
        }
        match node {
            Node::And(_) | Node::Or(_) | Node::Raw(..) => node.write_grouped(out, row),
            _ => node.write(out, row),
        }
    }
}

/// Appends the lambda variable `number`, counted from 0, to `out`: `a`, `b`, … `z`, `v26`, ….
fn write_variable(out: &mut String, number: u8) {
    if number < 26 {
        out.push(char::from(b'a' + number));
    } else {
        // Writing into a String never fails.
        let _ = write!(out, "v{number}");
    }
}

fn write_row(out: &mut String, row: Option<u8>) {
    if let Some(row) = row {
        write_variable(out, row);
        out.push('/');
    }
}

impl FilterPart {
    fn size_hint(&self) -> usize {
        match self {
            FilterPart::Text(text) => text.len(),
            FilterPart::RowName => 0,
            FilterPart::Condition(node) => node.size_hint() + 2,
        }
    }
}

impl ColumnPath {
    fn size_hint(&self) -> usize {
        self.navigations.iter().map(|nav| nav.len() + 1).sum::<usize>()
            + self.property.len()
            + self.part.len()
    }

    fn write_navigations(&self, out: &mut String, row: Option<u8>) {
        write_row(out, row);
        for navigation in &self.navigations {
            out.push_str(navigation);
            out.push('/');
        }
    }

    fn write(&self, out: &mut String, row: Option<u8>) {
        self.write_navigations(out, row);
        out.push_str(self.property);
        out.push_str(self.part);
    }
}

impl Literal {
    fn size_hint(&self) -> usize {
        match self {
            Literal::Text(text) => text.len() + 4,
            Literal::Id(_) => 36,
            Literal::DateTime(_) | Literal::LocalDateTime(_) => 30,
            Literal::Options(values) => values.len() * 11,
            Literal::Bytes(bytes) => bytes.len() * 4 / 3 + 4,
            _ => 20,
        }
    }
}

impl Arguments {
    fn size_hint(&self) -> usize {
        match self {
            Arguments::None => 0,
            Arguments::Number(_) => 24,
            Arguments::Period(..) => 56,
            Arguments::One(value) => 18 + value.size_hint(),
            Arguments::List(values) => 18 + values.iter().map(|value| value.size_hint() + 3).sum::<usize>(),
        }
    }

    fn write(&self, out: &mut String) {
        // Writing into a String never fails.
        let _ = match self {
            Arguments::None => Ok(()),
            Arguments::Number(number) => write!(out, ",PropertyValue={number}"),
            Arguments::Period(period, year) => write!(out, ",PropertyValue1={period},PropertyValue2={year}"),
            Arguments::One(value) => {
                out.push_str(",PropertyValue=");
                match value {
                    Literal::Text(text) => quoted(text, out),
                    _ => {
                        out.push('\'');
                        value.bare(out);
                        out.push('\'');
                    }
                }
                Ok(())
            }
            Arguments::List(values) => {
                out.push_str(",PropertyValues=[");
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    json_text(value, out);
                }
                out.push(']');
                Ok(())
            }
        };
    }
}

/// Appends a value to `out` as an element of a JSON list. Every value becomes a JSON string, even a number.
fn json_text(value: &Literal, out: &mut String) {
    match value {
        Literal::Text(text) => {
            let json = serde_json::to_string(text).expect("text is always JSON");
            out.push_str(&json);
        }
        _ => {
            out.push('"');
            value.bare(out);
            out.push('"');
        }
    }
}
