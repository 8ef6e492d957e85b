//! Rewrites a comparison with a multi-select column to the query function `ContainValues` or
//! `DoesNotContainValues`. The resolver of comparisons calls it.
//!
//! `x eq 1` and `x eq 'Label'` compare a set of options with one option, which literally matches no row. The
//! service accepts `x eq '1,9'`, but its meaning (exactly this set) is not documented; therefore it gets a
//! warning that suggests the function.

use dvkit_diagnostic::{Diagnostic, Severity, Suggestion, code};
use odata_parser::ast::LiteralKind;

use super::choice::list;
use crate::functions;
use crate::hir::{Arguments, Comparison, Predicate, Test, Value};
use crate::resolve::{ColumnOperand, Constant, ConstantKind, Resolver};

impl<'a> Resolver<'a> {
    pub(crate) fn rewrite_multi_select(
        &mut self,
        column: &ColumnOperand<'a>,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Predicate> {
        let name = &column.column.logical_name;
        if !op.is_equality() {
            let message = format!("`{name}` holds several options at once, which have no order");
            return self.refuse(code::OPERATOR_FOR_TYPE, column.span, message, "use `ContainValues`");
        }
        if value.kind == ConstantKind::Parameter {
            // What is put in is the whole set; its options are not known yet.
            let set = Value::Parameter(value.text.clone().into_owned());
            return Some(Predicate::Test(column.reference(), Test::Compare(op, set)));
        }
        let literal_set = value.is(LiteralKind::String) && is_number_list(&value.text);
        if literal_set {
            let meant = self.contain_values(column, op, value);
            let message = format!("`{name}` holds several options at once, and this compares the whole set");
            let mut d = Diagnostic::warning(code::MULTI_SELECT, value.span, message);
            if let Some(meant) = meant {
                d = d.suggest(Suggestion::maybe(
                    "ask for single options",
                    self.current.span,
                    self.spell(&meant),
                ));
            }
            self.push(d);
            let text = Value::Text(value.text.clone().into_owned());
            return Some(Predicate::Test(column.reference(), Test::Compare(op, text)));
        }
        let meant = self.contain_values(column, op, value)?;
        let message =
            format!("`{name}` holds several options at once; it is asked whether it contains this one");
        self.rewritten(
            Severity::Error,
            code::MULTI_SELECT,
            value.span,
            message,
            "use the function for several options",
            meant,
        )
    }

    /// Returns the condition that a multi-select column contains the options that the literal `value` names,
    /// as the query function `ContainValues` or, if `op` is `ne`, `DoesNotContainValues`. Returns `None`
    /// after reporting an unknown option.
    pub(crate) fn contain_values(
        &mut self,
        column: &ColumnOperand<'a>,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Predicate> {
        let choice = self.choice_of(column.column);
        let name = &column.column.logical_name;
        let mut options = Vec::new();
        for part in value.text.split([',', ';']) {
            let part = part.trim();
            let by_label: Vec<i64> =
                choice.iter().flat_map(|c| c.by_label(part)).map(|o| i64::from(o.value)).collect();
            match (part.parse::<i32>(), by_label.as_slice()) {
                (Ok(n), _) => options.push(i64::from(n)),
                (Err(_), [one]) => options.push(*one),
                (Err(_), found) => {
                    let code = if found.is_empty() { code::UNKNOWN_LABEL } else { code::AMBIGUOUS_LABEL };
                    let message = format!("`{name}` has no single option `{part}`");
                    let help = choice.map(|c| list(self.store, c)).unwrap_or_default();
                    return self.refuse(code, value.span, message, &help);
                }
            }
        }
        self.unknown_options(column, &options, value);
        let function =
            functions::find(if op == Comparison::Ne { "DoesNotContainValues" } else { "ContainValues" })?;
        let arguments = Arguments::List(options.into_iter().map(Value::Integer).collect());
        Some(Predicate::Test(column.reference(), Test::Function(function, arguments)))
    }

    fn unknown_options(&mut self, column: &ColumnOperand<'a>, options: &[i64], value: &Constant<'a>) {
        let Some(choice) = self.choice_of(column.column) else { return };
        for n in options {
            if !choice.options.iter().any(|o| i64::from(o.value) == *n) {
                let message = format!("`{}` has no option {n}: no row has it", column.column.logical_name);
                self.push(
                    Diagnostic::warning(code::UNKNOWN_OPTION, value.span, message)
                        .help(list(self.store, choice)),
                );
            }
        }
    }
}

/// Returns whether the text is a list of whole numbers, separated by commas, such as `1` and `2,3, 8`.
fn is_number_list(text: &str) -> bool {
    !text.trim().is_empty() && text.split(',').all(|p| p.trim().parse::<i32>().is_ok())
}
