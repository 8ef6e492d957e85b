//! Offers functions and operators: the standard functions of OData, the query functions of Dataverse, and the
//! comparison operators that fit a column.

use dvkit_query::functions::{ColumnClass, FUNCTIONS, Function, NAMESPACE, Signature};
use dvkit_schema::{Column, ColumnType, Edm, Table};

use super::columns::Preference;
use super::expression::Part;
use super::rank::{Candidate, Subject};
use super::{Completer, CompletionKind};

/// A standard function of OData that Dataverse has.
#[derive(Debug)]
pub(in crate::editor) struct Standard {
    pub(in crate::editor) name: &'static str,
    pub(in crate::editor) parameters: &'static [&'static str],
    pub(in crate::editor) detail: &'static str,
    /// Whether the function returns a condition.
    pub(in crate::editor) is_condition: bool,
    pub(super) weight: i32,
}

const fn standard(
    name: &'static str,
    parameters: &'static [&'static str],
    detail: &'static str,
    is_condition: bool,
    weight: i32,
) -> Standard {
    Standard { name, parameters, detail, is_condition, weight }
}

/// The standard functions that Dataverse has.
pub(in crate::editor) const STANDARD: [Standard; 3] = [
    standard("contains", &["text", "part"], "whether a text contains another", true, 38),
    standard("startswith", &["text", "start"], "whether a text begins with another", true, 26),
    standard("endswith", &["text", "end"], "whether a text ends with another", true, 14),
];

/// The other standard functions, whose results the checker rewrites or reports. They are known so that values
/// and operators after them fit.
const TEXT_FUNCTIONS: [&str; 5] = ["tolower", "toupper", "trim", "concat", "substring"];
const NUMBER_FUNCTIONS: [&str; 9] =
    ["length", "indexof", "year", "month", "day", "hour", "minute", "second", "round"];

/// Returns whether the standard function `name` returns a text.
pub(super) fn is_text(name: &str) -> bool {
    TEXT_FUNCTIONS.contains(&name)
}

/// Returns whether the standard function `name` returns a number.
pub(super) fn is_number(name: &str) -> bool {
    NUMBER_FUNCTIONS.contains(&name)
}

/// Returns the query function with the name `name`, which may have a namespace.
pub(in crate::editor) fn query_function(name: &str) -> Option<&'static Function> {
    let own = name.strip_prefix(NAMESPACE).unwrap_or(name);
    dvkit_query::functions::find(own)
}

/// Returns the columns that fit as the first argument of the function `name`.
pub(super) fn argument_preference(name: &str) -> Preference {
    match name {
        "contains" | "startswith" | "endswith" | "length" | "indexof" => Preference::Text,
        "year" | "month" | "day" | "hour" | "minute" | "second" | "date" | "time" => Preference::Date,
        name if is_text(name) => Preference::Text,
        _ => Preference::None,
    }
}

const EQUAL: (&str, &str) = ("eq", "equal");
const NOT_EQUAL: (&str, &str) = ("ne", "not equal");

/// The comparison operators for columns that are only equal or not.
const EQUALITY: &[(&str, &str)] = &[EQUAL, NOT_EQUAL];

/// The comparison operators for columns with an order.
const ORDER: &[(&str, &str)] = &[
    EQUAL,
    NOT_EQUAL,
    ("gt", "greater than"),
    ("ge", "greater than or equal"),
    ("lt", "less than"),
    ("le", "less than or equal"),
];

/// The comparison operators for dates, of which equality is rarely meant.
const DATES: &[(&str, &str)] =
    &[("ge", "at or after"), ("lt", "before"), ("gt", "after"), ("le", "at or before"), EQUAL, NOT_EQUAL];

/// Returns the comparison operators that fit a column; `operand` is what stands before the operator.
pub(super) fn operators(
    column: Option<&Column>,
    operand: &Part<'_>,
) -> &'static [(&'static str, &'static str)] {
    let Some(column) = column else {
        return match operand {
            Part::Call(name, _) if is_text(name) => EQUALITY,
            _ => ORDER,
        };
    };
    match &column.ty {
        ty if ty.is_choice() || ty.is_lookup() => EQUALITY,
        ColumnType::Choices { .. } => EQUALITY,
        ty => match ty.edm() {
            Some(Edm::Date | Edm::DateTimeOffset) => DATES,
            Some(Edm::Guid | Edm::Boolean | Edm::Binary | Edm::String) => EQUALITY,
            _ => ORDER,
        },
    }
}

/// Returns how often queries use a function, as a weight.
fn weight(function: &Function) -> i32 {
    match function.name {
        "In" | "LastXDays" | "Today" | "EqualUserId" => 12,
        "ContainValues" | "Between" | "OnOrAfter" | "OnOrBefore" | "NotIn" | "On" | "ThisMonth"
        | "LastXMonths" | "NextXDays" => 8,
        _ if function.name.contains("Fiscal") => 0,
        _ => 4,
    }
}

/// Returns a call of the function on the column `column`, whose other arguments are to be filled in.
fn call(function: &Function, path: &str, column: &str) -> String {
    let more = match function.signature {
        Signature::Column => "",
        Signature::Value => ",PropertyValue='\0'",
        Signature::Number => ",PropertyValue=\0",
        Signature::List => ",PropertyValues=['\0']",
        Signature::Period => ",PropertyValue1=\0,PropertyValue2=",
    };
    // A column that is not known yet is filled in first.
    let caret = if column.is_empty() { "\0" } else { "" };
    let more = if column.is_empty() { more.replace('\0', "") } else { more.to_owned() };
    format!("{path}{NAMESPACE}{}(PropertyName='{column}{caret}'{more})", function.name)
}

impl<'a> Completer<'a> {
    /// Offers the query functions of Dataverse that apply to some column of `table`. `path` is written before
    /// each.
    pub(super) fn query_functions(&mut self, table: &'a Table, path: &str) {
        let is_called = self.behind().starts_with('(');
        let mut fits: Vec<(ColumnClass, bool)> = Vec::new();
        for function in &FUNCTIONS {
            let known = fits.iter().find(|(class, _)| *class == function.columns).map(|(_, fit)| *fit);
            let fit = known.unwrap_or_else(|| {
                let fit = table.columns.iter().any(|c| c.is_property() && function.columns.covers(&c.ty));
                fits.push((function.columns, fit));
                fit
            });
            if !fit {
                continue;
            }
            let name = format!("{NAMESPACE}{}", function.name);
            let insert = if is_called { format!("{path}{name}") } else { call(function, path, "") };
            self.push(
                Candidate::new(function.name, CompletionKind::Function)
                    .insert(insert)
                    .alias(name)
                    .subject(Subject::Function(function))
                    .weight(weight(function)),
            );
        }
    }

    /// Offers the query functions that apply to `column`. Each replaces the path to the column, which begins
    /// at the offset `start`.
    pub(super) fn functions_for(
        &mut self,
        table: &'a Table,
        column: &'a Column,
        path: &[&str],
        start: usize,
    ) {
        let steps = path.len().saturating_sub(1);
        let before: String = path.iter().take(steps).map(|step| format!("{step}/")).collect();
        for function in FUNCTIONS.iter().filter(|f| f.columns.covers(&column.ty)) {
            if !applies(function.columns, table, column) {
                continue;
            }
            let mut candidate = Candidate::new(function.name, CompletionKind::Function)
                .insert(call(function, &before, &column.logical_name))
                .alias(format!("{NAMESPACE}{}", function.name))
                .subject(Subject::Function(function))
                .weight(weight(function));
            candidate.from = Some(start);
            self.push(candidate);
        }
    }

    /// Offers the parameters of the query function `name` that are not given yet.
    pub(super) fn parameters(&mut self, name: &str, given: &[&str]) {
        let Some(function) = query_function(name) else { return };
        let parameters = function.signature.parameters();
        for (rank, parameter) in parameters.iter().enumerate().filter(|(_, p)| !given.contains(p)) {
            let weight = 10 - i32::try_from(rank).unwrap_or(0);
            let candidate = Candidate::new(*parameter, CompletionKind::Keyword).weight(weight);
            let assigned = format!("{parameter}=");
            self.push(if self.behind().starts_with('=') { candidate } else { candidate.insert(assigned) });
        }
    }
}

/// Returns whether functions for the class apply to `column` beyond its type: the class of owners and
/// hierarchies needs certain columns.
fn applies(class: ColumnClass, table: &Table, column: &Column) -> bool {
    let is_key = table.primary_id.as_deref() == Some(column.logical_name.as_str());
    match class {
        ColumnClass::Owner => {
            let users = ["systemuser", "team", "businessunit"];
            let targets = column.ty.targets();
            (is_key && users.contains(&table.logical_name.as_str()))
                || matches!(column.ty, ColumnType::Owner { .. })
                || targets.is_empty() && column.ty.is_lookup()
                || targets.iter().any(|target| users.contains(&target.as_str()))
        }
        ColumnClass::Hierarchy => {
            is_key || table.lookups_of(&column.logical_name).any(|r| r.hierarchical == Some(true))
        }
        ColumnClass::FullText => table.logical_name == "knowledgearticle",
        // A list of dates is hardly ever meant.
        ColumnClass::AnyOf => !matches!(column.ty.edm(), Some(Edm::Date | Edm::DateTimeOffset)),
        _ => true,
    }
}
