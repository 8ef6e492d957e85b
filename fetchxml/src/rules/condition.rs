//! Checks the rules about FetchXML conditions that need no schema: whether the operator takes the given
//! values, and whether these have the right form.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};

use super::Rules;
use crate::ast::{Arity, Condition, Keyword as _, Operator, TextAttr, ValueKind};
use crate::misspellings::is_placeholder;
use crate::report::error;

impl<'a, 's> Rules<'a, 's> {
    /// Reports the attribute `entityname` of a condition within a link. The attribute is meant for filters of
    /// the entity, in which it refers to a link ("Filter rows using FetchXML"). No published query has it
    /// within a link, and FetchXML Builder refuses it there.
    fn row_of_link(&mut self, condition: &'a Condition<'s>) {
        let (Some(named), Some(link)) = (&condition.entityname, self.links.last()) else { return };
        let own = link.alias.as_ref().or(link.name.as_ref()).is_some_and(|alias| alias.raw == named.raw);
        let message = "`entityname` is known in the filters of the `entity` alone";
        let d = Diagnostic::warning(code::MISPLACED_LINK, named.name_span, message);
        self.push(if own {
            let whole = self.whole(named.name_span, named.value_span);
            d.suggest(Suggestion::maybe("leave it out: the condition stands in that link", whole, ""))
        } else {
            d.help("put the condition into a filter of the `entity`")
        });
    }

    pub(super) fn condition(&mut self, condition: &'a Condition<'s>) {
        if condition.attribute.is_none() {
            self.missing("condition", "attribute", "the column", condition.name_span);
        }
        let Some(written) = &condition.operator else {
            return self.missing("condition", "operator", "how the column is compared", condition.name_span);
        };
        let Some(operator) = written.value else { return };
        self.row_of_link(condition);
        if operator == Operator::Neq {
            self.push(
                Diagnostic::warning(
                    code::OLD_SPELLING,
                    written.value_span,
                    "`neq` is an old spelling of `ne`",
                )
                .suggest(Suggestion::fix("write `ne`", written.value_span, "ne")),
            );
        }
        if let Some(column) = &condition.valueof {
            self.other_column(operator, column, condition);
        }
        let value = condition.value.as_ref();
        let values = condition.values().count();
        let name = operator.as_str();
        // A placeholder may stand for any number of values.
        let open = condition.children.iter().any(|n| matches!(n, crate::ast::Node::Text(_)));
        match operator.arity() {
            Arity::None => self.no_value(name, value, condition),
            Arity::One if values > 0 => self.one_value(operator, value, condition, values),
            Arity::One if value.is_none() && condition.valueof.is_none() && !open => {
                let message = format!("`{name}` has nothing to compare with");
                self.push(error(code::CONDITION_VALUES, condition.name_span, message).help(
                    if operator.takes_column() {
                        "it takes a `value`, or a column as `valueof`"
                    } else {
                        "it takes a `value`"
                    },
                ));
            }
            Arity::One => {
                if let Some(value) = value {
                    self.kind(operator, value);
                }
            }
            Arity::List | Arity::Two => {
                if let Some(value) = value {
                    self.list_in_value(name, value, condition, values);
                } else if values == 0 && !open {
                    let message = format!("`{name}` has no values");
                    self.push(
                        error(code::CONDITION_VALUES, condition.name_span, message)
                            .help("each of them is a `<value>` element"),
                    );
                } else if operator.arity() == Arity::Two && values != 2 && !open {
                    let message = format!("`{name}` takes two values and has {values}");
                    self.push(error(code::CONDITION_VALUES, condition.name_span, message));
                }
            }
        }
    }

    fn other_column(&mut self, operator: Operator, column: &TextAttr<'_>, condition: &Condition<'_>) {
        if !operator.takes_column() {
            let message = format!("`{}` compares with no other column", operator.as_str());
            self.push(
                error(code::CONDITION_VALUES, column.name_span, message)
                    .help("`valueof` goes with `eq`, `ne`, `gt`, `ge`, `lt` and `le`"),
            );
        }
        if let Some(value) = &condition.value {
            let message = "it is compared with a value or with a column, not with both";
            let whole = self.whole(value.name_span, value.value_span);
            self.push(
                error(code::CONDITION_VALUES, value.name_span, message)
                    .label(column.name_span, "the column")
                    .suggest(Suggestion::maybe("leave the value out", whole, "")),
            );
        }
    }

    /// Reports `value` if it is not empty, for an operator `name` that takes no value. Many tools write an
    /// empty value.
    fn no_value(&mut self, name: &str, value: Option<&TextAttr<'_>>, condition: &Condition<'_>) {
        let message = format!("`{name}` takes no value");
        if let Some(value) = value.filter(|v| !v.raw.is_empty()) {
            let whole = self.whole(value.name_span, value.value_span);
            self.push(
                Diagnostic::warning(code::CONDITION_VALUES, value.name_span, message)
                    .suggest(Suggestion::maybe("leave it out", whole, "")),
            );
        } else if let Some(element) = condition.values().next() {
            self.push(Diagnostic::warning(code::CONDITION_VALUES, element.name_span, message));
        }
    }

    /// Reports `<value>` elements of a condition whose operator takes one value, as the attribute `value`.
    /// `values` is the number of these elements.
    fn one_value(
        &mut self,
        operator: Operator,
        value: Option<&TextAttr<'_>>,
        condition: &Condition<'_>,
        values: usize,
    ) {
        let name = operator.as_str();
        let Some(first) = condition.values().next() else { return };
        if values == 1 && value.is_none() && condition.valueof.is_none() {
            let message = format!("`{name}` takes its value as the attribute `value`");
            let written = self.text.get(first.text_span.range()).unwrap_or_default();
            let mut diagnostic = Diagnostic::warning(code::CONDITION_VALUES, first.name_span, message);
            // Without quotes or markup in it, the value means the same as an attribute.
            if !written.contains(['"', '<', '\n']) {
                let after = Span { start: condition.name_span.end, ..condition.name_span };
                diagnostic = diagnostic.suggest(
                    Suggestion::fix("move it there", after, format!(" value=\"{written}\""))
                        .and_edit(first.span, ""),
                );
            }
            return self.push(diagnostic);
        }
        let list = match operator {
            Operator::Eq => Some("in"),
            Operator::Ne | Operator::Neq => Some("not-in"),
            _ => None,
        };
        let mut diagnostic = error(
            code::CONDITION_VALUES,
            first.name_span,
            format!("`{name}` takes one value, as the attribute `value`"),
        );
        if let (Some(list), Some(written)) = (list, &condition.operator)
            && value.is_none()
        {
            diagnostic = diagnostic.suggest(Suggestion::fix(
                format!("compare with all of them: `{list}`"),
                written.value_span,
                list,
            ));
        }
        self.push(diagnostic);
    }

    /// Reports the attribute `value` of a condition whose operator `name` takes `<value>` elements. `values`
    /// is the number of these elements.
    fn list_in_value(&mut self, name: &str, value: &TextAttr<'_>, condition: &Condition<'_>, values: usize) {
        if values > 0 {
            if !value.raw.is_empty() {
                let message = format!("`{name}` takes its values as `<value>` elements only");
                let whole = self.whole(value.name_span, value.value_span);
                self.push(
                    Diagnostic::warning(code::CONDITION_VALUES, value.name_span, message)
                        .suggest(Suggestion::maybe("leave it out", whole, "")),
                );
            }
            return;
        }
        let message = format!("`{name}` takes its values as `<value>` elements");
        let diagnostic = error(code::CONDITION_VALUES, value.name_span, message);
        let written = self.text.get(value.value_span.range()).unwrap_or_default();
        let parts: Vec<&str> = written.split(',').map(str::trim).filter(|p| !p.is_empty()).collect();
        let elements: String = parts.iter().map(|p| format!("<value>{p}</value>")).collect();
        // A comma separates numbers and ids; a text may contain one.
        let is_plain =
            |p: &&str| p.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'-' | b'{' | b'}' | b'.'));
        let certain = parts.len() == 1 || parts.iter().all(is_plain);
        let whole = self.whole(value.name_span, value.value_span);
        let element = self.text.get(condition.span.range()).unwrap_or_default();
        let (at, elements) = if element.ends_with("/>") {
            let end = condition.span.range().end;
            (Span::new(end - 2, end), format!(">{elements}</condition>"))
        } else if let Some(n) = element.rfind("</") {
            (Span::at(condition.span.range().start + n), elements)
        } else {
            return self.push(diagnostic);
        };
        if parts.is_empty() || is_placeholder(&value.raw) || whole.end > at.start {
            return self.push(diagnostic);
        }
        let mut suggestion = Suggestion::fix("write them so", whole, "").and_edit(at, elements);
        if !certain {
            suggestion.applicability = dvkit_diagnostic::Applicability::Maybe;
        }
        self.push(diagnostic.suggest(suggestion));
    }

    /// Reports a value that does not have the form that the operator requires, if this form is the same for
    /// columns of every type, such as a number of days.
    fn kind(&mut self, operator: Operator, value: &TextAttr<'_>) {
        let raw = value.raw.trim();
        let (is_right, what) = match operator.value_kind() {
            ValueKind::Count => (raw.parse::<u32>().is_ok_and(|n| n > 0), "a whole number, one or more"),
            ValueKind::FiscalYear | ValueKind::FiscalPeriod => (raw.parse::<u32>().is_ok(), "a whole number"),
            _ => return,
        };
        if !is_right && !is_placeholder(raw) {
            let message = format!("`{}` takes {what}, not `{}`", operator.as_str(), value.raw);
            self.push(error(code::CONDITION_VALUES, value.value_span, message));
        }
    }
}
