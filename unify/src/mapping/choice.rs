//! Compares the members of an enum of the model with the options of a choice.

use dvkit_diagnostic::{Severity, code, suggest};
use dvkit_schema::{Choice, Column, ColumnType, Edm};

use super::cell::{cell, described};
use super::compile::{About, Compiler, Problem};
use super::compiled::Member;
use super::spec::{OptionName, OptionSpec};
use super::tree::Name;

/// Compares the members of an enum with the options of a choice.
pub(super) fn enum_members(
    compiler: &mut Compiler<'_>,
    column: &Column,
    name: &Name,
    specs: Option<&[OptionSpec]>,
    members: &[String],
    about: About<'_>,
) -> Option<Vec<Member>> {
    let language = compiler.store().org().language();
    let choice = compiler.choice(column);
    let is_boolean = matches!(column.ty, ColumnType::Boolean { .. } | ColumnType::Edm { edm: Edm::Boolean });
    let known: Option<Vec<i64>> = match choice {
        Some(choice) => Some(choice.options.iter().map(|option| i64::from(option.value)).collect()),
        None if is_boolean => Some(vec![0, 1]),
        None => None,
    };
    let is_choice = column.ty.is_choice()
        || is_boolean
        || matches!(column.ty, ColumnType::Edm { edm: Edm::Int32 } | ColumnType::Integer { .. });
    if !is_choice {
        let message = format!(
            "the field is one of {}, and `{}` is {}",
            members.join(", "),
            name.text,
            described(cell(column).kind)
        );
        compiler.report(about, Problem::new(code::MAPPED_TYPE, name.span, message));
        return None;
    }
    let Some(specs) = specs else {
        let message = format!("the options of `{}` are not mapped to {}", name.text, members.join(", "));
        let shown = choice.map_or_else(String::new, |choice| shown(choice, language));
        let help = format!(
            "write `{{ column = \"{}\", options = {{ {} = … }} }}`{shown}",
            name.text,
            members.first().map_or("", String::as_str)
        );
        compiler.report(about, Problem::new(code::MAPPED_OPTION, name.span, message).help(help));
        return None;
    };
    let mut result: Vec<Member> = Vec::new();
    let mut rest: Option<String> = None;
    let mut failed = false;
    for spec in specs {
        if !members.contains(&spec.member.text) {
            let message = format!("`{}` is none of {}", spec.member.text, members.join(", "));
            let mut problem = Problem::new(code::MAPPED_OPTION, spec.member.span, message);
            if let Some(closest) = suggest::closest(&spec.member.text, members.iter().map(String::as_str)) {
                problem = problem.did_you_mean(closest);
            }
            compiler.report(about, problem);
            failed = true;
            continue;
        }
        let mut options = Vec::new();
        for option in &spec.options {
            let number = match option {
                OptionName::Label(label) if label.text == "*" => {
                    rest = Some(spec.member.text.clone());
                    continue;
                }
                OptionName::Number(number, _) => match &known {
                    Some(known) if !known.contains(number) => None,
                    _ => Some(*number),
                },
                OptionName::Label(label) => {
                    let mut with_label = choice
                        .iter()
                        .flat_map(|choice| choice.by_label(&label.text))
                        .map(|o| i64::from(o.value));
                    match (with_label.next(), with_label.next()) {
                        (Some(only), None) => Some(only),
                        _ => None,
                    }
                }
            };
            let taken = number.and_then(|number| {
                let before = result.iter().find(|member| member.options.contains(&number));
                before.map(|member| member.name.clone())
            });
            match (number, taken) {
                (Some(number), None) => options.push(number),
                (Some(number), Some(other)) => {
                    let message = format!("option {number} of `{}` is already `{other}`", name.text);
                    compiler.report(about, Problem::new(code::MAPPED_OPTION, option.span(), message));
                    failed = true;
                }
                (None, _) => {
                    let written = match option {
                        OptionName::Number(number, _) => number.to_string(),
                        OptionName::Label(label) => format!("`{}`", label.text),
                    };
                    let message = format!("`{}` has no option {written}", name.text);
                    let mut problem = Problem::new(code::MAPPED_OPTION, option.span(), message);
                    if let Some(choice) = choice {
                        problem =
                            problem.help(shown(choice, language).trim_start_matches(';').trim().to_owned());
                    }
                    compiler.report(about, problem);
                    failed = true;
                }
            }
        }
        result.push(Member { name: spec.member.text.clone(), options });
    }
    let mapped: Vec<i64> = result.iter().flat_map(|member| member.options.iter().copied()).collect();
    let mut left: Vec<i64> = known.unwrap_or_default();
    left.retain(|option| !mapped.contains(option));
    match rest {
        Some(rest) => {
            if let Some(member) = result.iter_mut().find(|member| member.name == rest) {
                member.options.append(&mut left);
            }
        }
        None if !left.is_empty() && !failed => {
            let listed: Vec<String> = left.iter().map(ToString::to_string).collect();
            let message = format!(
                "no member has the option{} {} of `{}`, so rows with {} would have no value",
                if left.len() == 1 { "" } else { "s" },
                listed.join(", "),
                name.text,
                if left.len() == 1 { "it" } else { "them" },
            );
            let mut problem = Problem::new(code::MAPPED_OPTION, name.span, message);
            problem.severity = Severity::Warning;
            let help = "add them to a member, or write `\"*\"` for all the others";
            let shown = choice.map_or_else(String::new, |choice| shown(choice, language));
            compiler.report(about, problem.help(format!("{help}{shown}")));
        }
        None => {}
    }
    (!failed).then_some(result)
}

/// Returns the options of a choice for a message, after a semicolon: at most twelve.
fn shown(choice: &Choice, language: u32) -> String {
    const MAX_SHOWN: usize = 12;

    let options: Vec<String> = choice
        .options
        .iter()
        .take(MAX_SHOWN)
        .map(|option| format!("{} {}", option.value, option.label.best(language).unwrap_or_default()))
        .collect();
    if options.is_empty() {
        return String::new();
    }
    let more = if choice.options.len() > MAX_SHOWN { ", …" } else { "" };
    format!("; the options are {}{more}", options.join(", "))
}
