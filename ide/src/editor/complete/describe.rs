//! Describes columns, tables and relationships in a few words, for the details of completions and signatures.

use dvkit_query::functions::Function;
use dvkit_schema::{Relationship, Side, Store};

use super::rank::{Candidate, Subject};
use crate::explain::description;

/// Returns the detail of a candidate: the name that people see, and what it is or where it leads.
pub(super) fn detail(store: &Store, candidate: &Candidate<'_>) -> Option<String> {
    if let Some(detail) = &candidate.detail {
        return Some(detail.clone().into_owned());
    }
    let shown = candidate.display_name(store);
    let what = match candidate.subject {
        Subject::None => return None,
        Subject::Column(column) => description::column_type(column),
        Subject::Table(table) => format!("table {}", table.logical_name),
        Subject::Navigation(relationship, _) => navigation(relationship),
        Subject::Choice(_) => return shown.map(str::to_owned),
        Subject::Function(function) => format!("for {}", function.columns.description()),
    };
    Some(match shown {
        Some(shown) => format!("{shown} · {what}"),
        None => what,
    })
}

/// Returns the documentation of a candidate: the description that the organisation has for it.
pub(super) fn documentation(store: &Store, candidate: &Candidate<'_>) -> Option<String> {
    let text = match candidate.subject {
        Subject::Column(column) | Subject::Navigation(_, Some(column)) => store.text(&column.description)?,
        Subject::Choice(option) => store.text(&option.description)?,
        Subject::Function(function) => return Some(function_documentation(function)),
        Subject::Navigation(..) | Subject::Table(_) | Subject::None => return None,
    };
    Some(text.to_owned())
}

/// Returns a description of a query function for its signature and its completion.
pub(in crate::editor) fn function_documentation(function: &Function) -> String {
    let mut text = format!("Works on {}.", function.columns.description());
    if let Some(operator) = function.operator {
        text.push_str(&format!(" In FetchXML: the operator `{operator}`."));
    }
    if let Some(negation) = function.negation {
        text.push_str(&format!(" The opposite is `{negation}`."));
    }
    text
}

/// Returns where a navigation property leads: `→ account`, or `→ many contact`.
pub(super) fn navigation(relationship: &Relationship) -> String {
    match relationship.side {
        Side::ManyToOne => format!("→ {}", relationship.table),
        Side::OneToMany | Side::ManyToMany => format!("→ many {}", relationship.table),
    }
}
