//! Describes columns, tables and relationships in a few words, for the details of completions and signatures.

use dvkit_query::functions::Function;
use dvkit_schema::{
    Choice, ChoiceRef, Column, ColumnType, DateTimeBehavior, Relationship, Side, Store, StoreError,
};

use super::rank::{Candidate, Subject};

/// Returns the choice of a column; `None` if it has none or if no source states it. The file of a global
/// choice is read.
pub(super) fn choice<'a>(store: &'a Store, column: &'a Column) -> Result<Option<&'a Choice>, StoreError> {
    match column.ty.choice() {
        Some(ChoiceRef::Local(choice)) => Ok(Some(choice)),
        Some(ChoiceRef::Global(name)) => store.choice(name),
        None => Ok(None),
    }
}

/// Returns the type of a column in words, such as `text, 160` and `lookup → account | contact`.
pub(super) fn column_type(column: &Column) -> String {
    let limited = |word: &str, max: &Option<u32>| match max {
        Some(max) => format!("{word}, {max}"),
        None => word.to_owned(),
    };
    let to = |word: &str, targets: &[String]| match targets {
        [] => word.to_owned(),
        targets => format!("{word} → {}", targets.join(" | ")),
    };
    let word = match &column.ty {
        ColumnType::String { max_length, .. } => return limited("text", max_length),
        ColumnType::Memo { max_length, .. } => return limited("long text", max_length),
        ColumnType::Lookup { targets } => return to("lookup", targets),
        ColumnType::Customer { targets } => return to("customer lookup", targets),
        ColumnType::Owner { targets } => return to("owner", targets),
        ColumnType::PartyList { targets } => return to("party list", targets),
        ColumnType::Edm { edm } => return format!("Edm.{edm:?}"),
        ColumnType::Other { name } => return name.clone(),
        ColumnType::Integer { .. } => "whole number",
        ColumnType::BigInt => "big whole number",
        ColumnType::Decimal { .. } => "decimal",
        ColumnType::Double { .. } => "floating point",
        ColumnType::Money { .. } => "money",
        ColumnType::Boolean { .. } => "yes/no",
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. } => "date",
        ColumnType::DateTime { .. } => "date and time",
        ColumnType::Choice { .. } => "choice",
        ColumnType::Choices { .. } => "choices (several)",
        ColumnType::State { .. } => "state",
        ColumnType::Status { .. } => "status reason",
        ColumnType::Uniqueidentifier => "guid",
        ColumnType::EntityName => "table name",
        ColumnType::ManagedProperty => "managed property",
        ColumnType::Image { .. } => "image",
        ColumnType::File { .. } => "file",
        ColumnType::Virtual => "virtual",
        ColumnType::CalendarRules => "calendar rules",
    };
    word.to_owned()
}

/// Returns the detail of a candidate: the name that people see, and what it is or where it leads.
pub(super) fn detail(store: &Store, candidate: &Candidate<'_>) -> Option<String> {
    if let Some(detail) = &candidate.detail {
        return Some(detail.clone().into_owned());
    }
    let shown = candidate.display_name(store);
    let what = match candidate.subject {
        Subject::None => return None,
        Subject::Column(column) => column_type(column),
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
