//! Takes the conditions of the SDK for .NET out of `AddCondition` and `ConditionExpression`: the column, the
//! operator and the values, which are checked like a condition of FetchXML.

use std::sync::Arc;

use fetchxml::ast::{Keyword as _, Operator};
use tree_sitter::Node;

use crate::embedded::{EscapeWith, FoundText, HostTextBuilder};

use super::grammar::{Argument, text_of};
use super::names::Table;
use super::reader::Reader;

/// The maximum number of values of a condition.
const MAX_VALUES: usize = 256;

impl<'t> Reader<'t> {
    /// Reports a condition with the given arguments: a column, an operator, and values. `table` is that of the
    /// row. Returns `false` if the arguments do not have this form.
    pub(super) fn condition(&mut self, table: &Table, arguments: &[Argument<'t>]) -> bool {
        let [column, operator, values @ ..] = arguments else { return false };
        let written = text_of(operator.value, self.source);
        let Some((path, member)) = written.rsplit_once('.') else { return false };
        if path != "ConditionOperator" && !path.ends_with(".ConditionOperator") {
            return false;
        }
        let (Some(name), Some(known)) = (self.name(column.value), operator_of_sdk(member)) else {
            return false;
        };
        let mut builder = HostTextBuilder::default();
        builder.synthetic("<fetch><entity name=\"");
        table.write(&mut builder);
        builder.synthetic("\"><filter><condition attribute=\"");
        builder.append(&name);
        builder.synthetic("\" operator=\"");
        let range = operator.value.byte_range();
        let start = range.end - member.len();
        builder.begin(start, Arc::new(EscapeWith(|name| sdk_name(Operator::exact(name)?))));
        builder.escape(start..range.end, known.as_str());
        builder.end();
        let nodes: Vec<Node<'t>> = match values {
            [one] => self.grammar.list(self.unwrapped(one.value)).unwrap_or_else(|| vec![one.value]),
            several => several.iter().map(|value| value.value).collect(),
        };
        match nodes.as_slice() {
            [] => builder.synthetic("\"/>"),
            [one] => {
                builder.synthetic("\" value=\"");
                self.value_of_condition(*one, &mut builder);
                builder.synthetic("\"/>");
            }
            several => {
                builder.synthetic("\">");
                for node in several.iter().take(MAX_VALUES) {
                    builder.synthetic("<value>");
                    self.value_of_condition(*node, &mut builder);
                    builder.synthetic("</value>");
                }
                builder.synthetic("</condition>");
            }
        }
        builder.synthetic("</filter></entity></fetch>");
        self.found.push(FoundText::names("condition", builder.finish()));
        true
    }

    /// Adds a value: a number, a text without characters that have a meaning in XML, or a placeholder.
    fn value_of_condition(&mut self, node: Node<'t>, builder: &mut HostTextBuilder) {
        let written = text_of(node, self.source);
        if is_number(written) {
            builder.begin(
                node.start_byte(),
                Arc::new(EscapeWith(|text| is_number(text).then(|| text.to_owned()))),
            );
            builder.plain(node.byte_range(), written);
            builder.end();
            return;
        }
        let plain = |c: char| !matches!(c, '<' | '>' | '&' | '"' | '\'' | '{' | '}');
        match self.text(node) {
            Some(text) if text.placeholders().next().is_none() && text.text().chars().all(plain) => {
                builder.append(&text);
            }
            _ => builder.placeholder(node.byte_range(), written),
        }
    }
}

/// Returns whether a text is a number as programs and FetchXML alike write it.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty()
        && digits.split('.').count() <= 2
        && digits.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// The members of `ConditionOperator` whose names are not those of the query functions of the Web API.
const SDK: [(&str, Operator); 14] = [
    ("Equal", Operator::Eq),
    ("NotEqual", Operator::Ne),
    ("GreaterThan", Operator::Gt),
    ("GreaterEqual", Operator::Ge),
    ("LessThan", Operator::Lt),
    ("LessEqual", Operator::Le),
    ("Like", Operator::Like),
    ("NotLike", Operator::NotLike),
    ("BeginsWith", Operator::BeginsWith),
    ("DoesNotBeginWith", Operator::NotBeginWith),
    ("EndsWith", Operator::EndsWith),
    ("DoesNotEndWith", Operator::NotEndWith),
    ("Null", Operator::Null),
    ("NotNull", Operator::NotNull),
];

/// Returns the operator of FetchXML that a member of `ConditionOperator` means.
fn operator_of_sdk(member: &str) -> Option<Operator> {
    let listed = SDK.iter().find(|(name, _)| *name == member).map(|(_, operator)| *operator);
    listed.or_else(|| Operator::ALL.iter().copied().find(|operator| operator.function() == Some(member)))
}

/// Returns the member of `ConditionOperator` that means an operator of FetchXML.
fn sdk_name(operator: Operator) -> Option<String> {
    let listed = SDK.iter().find(|(_, of)| *of == operator).map(|(name, _)| *name);
    listed.or_else(|| operator.function()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_in_programs_and_in_fetchxml() {
        for (text, expected) in [
            ("0", true),
            ("-12", true),
            ("1.5", true),
            ("-0.25", true),
            ("", false),
            ("-", false),
            ("--1", false),
            ("1.", false),
            (".5", false),
            ("1.2.3", false),
            ("1e3", false),
            ("1m", false),
            ("+1", false),
        ] {
            assert_eq!(is_number(text), expected, "{text}");
        }
    }
}
