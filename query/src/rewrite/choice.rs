//! Rewrites a label that is compared with a choice column to the number of its option, or to `true` or
//! `false` for a two-option column. The conversion of literals calls it.
//!
//! The label may be in any language of the snapshot. The rewrite is exact if only one option has the label,
//! because users know the option by its label. A label that does not exist but resembles the labels of only
//! one option (`Activ`) is reported as unknown, with a fix to the number of that option.

use dvkit_diagnostic::{Severity, Span, Suggestion, code, suggest};
use dvkit_schema::{Choice, ChoiceOption, Column, Store};
use odata_parser::ast::LiteralKind;

use crate::hir::Value;
use crate::resolve::{Conversion, Problem, Resolver};

impl<'a> Resolver<'a> {
    /// Converts the literal `text` to a value of a choice, state or status column. A label is accepted, with
    /// a problem. `span` is the position of the literal.
    pub(crate) fn rewrite_choice(
        &mut self,
        column: &'a Column,
        kind: LiteralKind,
        text: &str,
        span: Span,
    ) -> Conversion {
        let name = &column.logical_name;
        let choice = self.choice_of(column);
        let number = text.trim().parse::<i32>().ok();
        match (kind, number) {
            (LiteralKind::Integer, Some(n)) => known(self.store, name, choice, n, None),
            (LiteralKind::String, Some(n)) if choice.is_none_or(|c| c.by_label(text).next().is_none()) => {
                let problem = Problem {
                    spelling: true,
                    ..Problem::new(
                        code::TYPE_MISMATCH,
                        Severity::Error,
                        format!("`{name}` is a choice, compared with a number, and `'{text}'` is a text"),
                    )
                };
                known(self.store, name, choice, n, Some(problem))
            }
            (LiteralKind::String, _) => match choice {
                Some(choice) => label(self.store, name, choice, text, span),
                None => Conversion::wrong(
                    Problem::new(
                        code::OPTIONS_NOT_IN_SNAPSHOT,
                        Severity::Error,
                        format!("`{name}` is a choice, compared with a number, and `'{text}'` is a label"),
                    )
                    .help("this snapshot has no options for it; import a metadata response that has"),
                ),
            },
            _ => Conversion::wrong(
                Problem::new(
                    code::TYPE_MISMATCH,
                    Severity::Error,
                    format!("`{name}` is a choice, compared with the number of an option"),
                )
                .help(choice.map(|c| list(self.store, c)).unwrap_or_default()),
            ),
        }
    }

    /// Converts the literal `text` to a value of a two-option column. A label of one of its two options is
    /// accepted, with a problem.
    pub(crate) fn rewrite_boolean(
        &mut self,
        column: &'a Column,
        kind: LiteralKind,
        text: &str,
    ) -> Conversion {
        let name = &column.logical_name;
        let written = text.trim();
        if kind == LiteralKind::Boolean {
            return Conversion::right(Value::Boolean(written.eq_ignore_ascii_case("true")));
        }
        let choice = self.choice_of(column);
        let by_label: Vec<i32> = choice.iter().flat_map(|c| c.by_label(written)).map(|o| o.value).collect();
        let truth = match written.to_ascii_lowercase().as_str() {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ if by_label.len() == 1 => Some(by_label[0] != 0),
            _ => None,
        };
        let message = format!("`{name}` is a two-option column, compared with `true` or `false`");
        let problem = Problem::new(code::BOOLEAN_VALUE, Severity::Error, message);
        match truth {
            Some(value) => Conversion::meant(Value::Boolean(value), problem),
            None => Conversion::wrong(
                problem.help(choice.map(|c| two_options(self.store, c)).unwrap_or_default()),
            ),
        }
    }
}

/// Returns the conversion to `n`, the number of an option. `problem` is a problem found before, if any. If
/// `choice` has no such option, the conversion has a warning, because the service accepts the number but no
/// row has it. `name` is the name of the column, for the message.
fn known(store: &Store, name: &str, choice: Option<&Choice>, n: i32, problem: Option<Problem>) -> Conversion {
    let value = Value::Integer(i64::from(n));
    match choice {
        Some(choice) if choice.option(n).is_none() => Conversion::meant(
            value,
            problem.unwrap_or_else(|| Problem {
                spelling: true,
                ..Problem::new(
                    code::UNKNOWN_OPTION,
                    Severity::Warning,
                    format!("`{name}` has no option {n}: no row has it"),
                )
                .help(list(store, choice))
            }),
        ),
        _ => Conversion { value: Some(value), problem },
    }
}

fn label(store: &Store, name: &str, choice: &Choice, text: &str, span: Span) -> Conversion {
    let named =
        |o: &ChoiceOption| o.invariant_name.as_deref().is_some_and(|i| i.eq_ignore_ascii_case(text.trim()));
    let mut found: Vec<&ChoiceOption> = choice.by_label(text).collect();
    if found.is_empty() {
        found = choice.options.iter().filter(|o| named(o)).collect();
    }
    match found.as_slice() {
        [option] => Conversion::meant(
            Value::Integer(i64::from(option.value)),
            Problem::new(
                code::CHOICE_LABEL,
                Severity::Error,
                format!("`{name}` is a choice, compared with a number: `{text}` is {}", option.value),
            ),
        ),
        [] => {
            let labels = choice.options.iter().flat_map(|o| o.label.texts().map(move |t| (t, None::<&str>)));
            let slip = suggest::unambiguous_typo_by(text, labels, |a, b| same_option(choice, a, b))
                .and_then(|l| choice.by_label(l).next());
            let problem = Problem::new(
                code::UNKNOWN_LABEL,
                Severity::Error,
                format!("`{name}` has no option `{text}`"),
            );
            match slip {
                Some(option) => Conversion::meant(
                    Value::Integer(i64::from(option.value)),
                    problem.help(format!(
                        "a choice is compared with its number: {} is {}",
                        option.value,
                        store.text(&option.label).unwrap_or_default()
                    )),
                ),
                None => Conversion::wrong(problem.help(list(store, choice))),
            }
        }
        several => {
            let mut problem = Problem::new(
                code::AMBIGUOUS_LABEL,
                Severity::Error,
                format!("`{name}` has {} options `{text}`; only a number tells which", several.len()),
            );
            problem.fixes = several
                .iter()
                .map(|o| Suggestion::maybe(format!("option {}", o.value), span, o.value.to_string()))
                .collect();
            Conversion::wrong(problem)
        }
    }
}

/// Returns whether the labels `a` and `b` belong to the same options, for example in two languages.
fn same_option(choice: &Choice, a: &str, b: &str) -> bool {
    let values = |label: &str| choice.by_label(label).map(|o| o.value).collect::<Vec<_>>();
    values(a) == values(b)
}

/// Returns the options of a choice for a message, such as `options: 0 Active, 1 Inactive`. At most twelve
/// options are listed.
pub(crate) fn list(store: &Store, choice: &Choice) -> String {
    const MAX_LISTED_OPTIONS: usize = 12;
    let mut shown: Vec<String> = choice
        .options
        .iter()
        .take(MAX_LISTED_OPTIONS)
        .map(|o| format!("{} {}", o.value, store.text(&o.label).unwrap_or("(no label)")))
        .collect();
    if choice.options.len() > MAX_LISTED_OPTIONS {
        shown.push(format!("{} more", choice.options.len() - MAX_LISTED_OPTIONS));
    }
    if shown.is_empty() { "it has no options".to_owned() } else { format!("options: {}", shown.join(", ")) }
}

fn two_options(store: &Store, choice: &Choice) -> String {
    let word = |v: i32| if v == 0 { "false" } else { "true" };
    let each: Vec<String> = choice
        .options
        .iter()
        .map(|o| format!("{} {}", word(o.value), store.text(&o.label).unwrap_or("(no label)")))
        .collect();
    each.join(", ")
}

#[cfg(test)]
mod tests {
    use dvkit_schema::{ChoiceRef, ColumnType, LocalizedText, Schema, Table};

    use super::*;

    #[test]
    fn options_are_listed_in_the_base_language() {
        let label = LocalizedText([(1031, "Rot".to_owned()), (1033, "Red".to_owned())].into());
        let options = vec![ChoiceOption { value: 1, label, ..ChoiceOption::default() }];
        let choice = Choice { name: "colour".to_owned(), options, ..Choice::default() };
        let ty = ColumnType::Choice { choice: Some(ChoiceRef::Local(choice)), default: None };
        let table = Table {
            logical_name: "ship".to_owned(),
            entity_set: Some("ships".to_owned()),
            columns: vec![Column::new("colour", ty)],
            ..Table::default()
        };
        let mut schema = Schema { tables: [("ship".to_owned(), table)].into(), ..Schema::default() };
        let listed = |schema: &Schema| {
            let store = Store::from_schema(schema.clone());
            let outcome =
                crate::check_filter(&store, "ship", "colour eq 7", &crate::CheckOptions::default()).unwrap();
            outcome.diagnostics[0].help.clone()
        };
        assert_eq!(listed(&schema).as_deref(), Some("options: 1 Red"));
        schema.org.base_language = Some(1031);
        assert_eq!(listed(&schema).as_deref(), Some("options: 1 Rot"));
    }

    /// Checks a filter on ships whose colour is one of these options: the value, the label and the invariant name.
    fn checked(options: &[(i32, &str, Option<&str>)], filter: &str) -> crate::CheckReport {
        let option = |(value, label, name): &(i32, &str, Option<&str>)| ChoiceOption {
            value: *value,
            label: if label.is_empty() { LocalizedText::default() } else { LocalizedText::new(1033, *label) },
            invariant_name: name.map(str::to_owned),
            ..ChoiceOption::default()
        };
        let options = options.iter().map(option).collect();
        let choice = Choice { name: "colour".to_owned(), options, ..Choice::default() };
        let ty = ColumnType::Choice { choice: Some(ChoiceRef::Local(choice)), default: None };
        let table = Table {
            logical_name: "ship".to_owned(),
            entity_set: Some("ships".to_owned()),
            columns: vec![Column::new("colour", ty)],
            ..Table::default()
        };
        let schema = Schema { tables: [("ship".to_owned(), table)].into(), ..Schema::default() };
        crate::check_filter(&Store::from_schema(schema), "ship", filter, &crate::CheckOptions::default())
            .unwrap()
    }

    #[test]
    fn an_option_is_known_by_its_invariant_name_where_no_label_is_meant() {
        let options = [(1, "Crimson", Some("Red")), (2, "Blue", Some("Azure")), (3, "Azure", None)];
        for (text, number) in [("red", "1"), (" RED ", "1"), ("crimson", "1"), ("Azure", "3")] {
            let fixed = checked(&options, &format!("colour eq '{text}'")).rewritten;
            assert_eq!(fixed, Some(format!("colour eq {number}")), "{text}");
        }
        assert_eq!(
            checked(&[(1, "A", Some("Red")), (2, "B", Some("Red"))], "colour eq 'Red'").rewritten,
            None
        );
    }

    #[test]
    fn a_long_list_of_options_is_cut_and_an_empty_one_is_said() {
        let help = |options: &[(i32, &str, Option<&str>)]| {
            checked(options, "colour eq 77").diagnostics[0].help.clone().unwrap()
        };
        let many: Vec<(i32, &str, Option<&str>)> = (1..=13).map(|n| (n, "x", None)).collect();
        assert!(help(&many[..12]).ends_with("12 x"), "{}", help(&many[..12]));
        assert!(help(&many).ends_with("12 x, 1 more"), "{}", help(&many));
        assert_eq!(help(&[]), "it has no options");
        assert_eq!(help(&[(1, "", None)]), "options: 1 (no label)");
    }
}
