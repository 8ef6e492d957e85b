//! Describes columns, options and tables in words: `text, 160`, `required`, `0 Active, 1 Inactive`.

use dvkit_schema::{
    Choice, ChoiceRef, Column, ColumnType, DateTimeBehavior, LocalizedText, RequiredLevel, SourceType, Store,
    StoreError, TableKind,
};

/// Returns the text of a label in the organisation's base language, or else in another language; empty if the
/// label has no text.
#[must_use]
pub fn text<'l>(store: &Store, label: &'l LocalizedText) -> &'l str {
    store.text(label).unwrap_or("")
}

/// Returns the choice of a column, which may be a global one; `None` if the column has no choice.
///
/// # Errors
/// Returns an error if the file of the choice cannot be read.
pub fn choice<'a>(store: &'a Store, column: &'a Column) -> Result<Option<&'a Choice>, StoreError> {
    Ok(match column.ty.choice() {
        Some(ChoiceRef::Local(choice)) => Some(choice),
        Some(ChoiceRef::Global(name)) => store.choice(name)?,
        None => None,
    })
}

/// Formats at most `max` options: `0 Active, 1 Inactive`. If there are more, their number follows: `… 5
/// more`.
#[must_use]
pub fn options(store: &Store, choice: &Choice, max: usize) -> String {
    let mut parts: Vec<String> =
        choice.options.iter().take(max).map(|o| option(o.value, text(store, &o.label))).collect();
    if choice.options.len() > max {
        parts.push(format!("… {} more", choice.options.len() - max));
    }
    parts.join(", ")
}

fn option(value: i32, label: &str) -> String {
    if label.is_empty() { value.to_string() } else { format!("{value} {label}") }
}

/// Describes the type of a column: `text, 160`, `customer lookup → account | contact`.
#[must_use]
pub fn column_type(column: &Column) -> String {
    let limited = |word: &str, max: &Option<u32>| match max {
        Some(max) => format!("{word}, {max}"),
        None => word.to_owned(),
    };
    let to = |word: &str, targets: &[String]| match targets {
        [] => word.to_owned(),
        targets => format!("{word} → {}", targets.join(" | ")),
    };
    match &column.ty {
        ColumnType::String { max_length, .. } => limited("text", max_length),
        ColumnType::Memo { max_length, .. } => limited("long text", max_length),
        ColumnType::Integer { .. } => "whole number".to_owned(),
        ColumnType::BigInt => "big whole number".to_owned(),
        ColumnType::Decimal { .. } => "decimal".to_owned(),
        ColumnType::Double { .. } => "floating point".to_owned(),
        ColumnType::Money { .. } => "money".to_owned(),
        ColumnType::Boolean { .. } => "yes/no".to_owned(),
        ColumnType::DateTime { behavior, .. } => match behavior {
            Some(DateTimeBehavior::DateOnly) => "date".to_owned(),
            Some(DateTimeBehavior::TimeZoneIndependent) => "date and time, time-zone independent".to_owned(),
            Some(DateTimeBehavior::UserLocal) => "date and time".to_owned(),
            None => "date and time, behaviour not known".to_owned(),
        },
        ColumnType::Lookup { targets } => to("lookup", targets),
        ColumnType::Customer { targets } => to("customer lookup", targets),
        ColumnType::Owner { targets } => to("owner", targets),
        ColumnType::PartyList { targets } => to("party list", targets),
        ColumnType::Choice { choice, .. } => named("choice", choice.as_ref()),
        ColumnType::Choices { choice } => named("choices (several)", choice.as_ref()),
        ColumnType::State { .. } => "state".to_owned(),
        ColumnType::Status { .. } => "status reason".to_owned(),
        ColumnType::Uniqueidentifier => "guid".to_owned(),
        ColumnType::EntityName => "table name".to_owned(),
        ColumnType::ManagedProperty => "managed property".to_owned(),
        ColumnType::Image { .. } => "image".to_owned(),
        ColumnType::File { .. } => "file".to_owned(),
        ColumnType::Virtual => "virtual".to_owned(),
        ColumnType::CalendarRules => "calendar rules".to_owned(),
        ColumnType::Edm { edm } => format!("Edm.{edm:?} (nothing more is known)"),
        ColumnType::Other { name } => name.clone(),
    }
}

fn named(word: &str, choice: Option<&ChoiceRef>) -> String {
    match choice {
        Some(ChoiceRef::Global(name)) => format!("{word}, global `{name}`"),
        _ => word.to_owned(),
    }
}

/// Returns the properties of a column that are worth a note, each in a word or two.
#[must_use]
pub fn facts(column: &Column) -> Vec<&'static str> {
    let mut facts = Vec::new();
    match column.required {
        Some(RequiredLevel::System) => facts.push("required"),
        Some(RequiredLevel::Application) => facts.push("required by forms"),
        Some(RequiredLevel::Recommended) => facts.push("recommended"),
        Some(RequiredLevel::None) | None => {}
    }
    match column.source {
        Some(SourceType::Calculated) => facts.push("calculated"),
        Some(SourceType::Rollup) => facts.push("rolled up"),
        Some(SourceType::Formula) => facts.push("formula"),
        Some(SourceType::Simple) | None => {}
    }
    // A file is never in the body of a row, even if the flags say so.
    let is_file = matches!(column.ty, ColumnType::File { .. });
    match (can_create(column) || is_file, can_update(column) || is_file) {
        (false, false) => facts.push("read-only"),
        (true, false) => facts.push("cannot be changed once set"),
        (false, true) => facts.push("cannot be set on create"),
        (true, true) => {}
    }
    if column.secured == Some(true) {
        facts.push("under column security");
    }
    if column.auto_number.is_some() {
        facts.push("numbered automatically");
    }
    if column.inherited.is_some() {
        facts.push("inherited");
    }
    facts
}

/// Returns whether a request that creates a row can set the column, as far as the schema states it.
#[must_use]
pub fn can_create(column: &Column) -> bool {
    column.valid_for_create != Some(false)
}

/// Returns whether a request that changes a row can set the column, as far as the schema states it.
#[must_use]
pub fn can_update(column: &Column) -> bool {
    column.valid_for_update != Some(false)
}

/// Returns the word for `kind`, the kind of a table; empty for an ordinary table and for `None`.
#[must_use]
pub fn table_kind(kind: Option<TableKind>) -> &'static str {
    match kind {
        Some(TableKind::Activity) => "activity",
        Some(TableKind::Intersect) => "intersect",
        Some(TableKind::Virtual) => "virtual",
        Some(TableKind::Elastic) => "elastic",
        Some(TableKind::Abstract) => "abstract",
        Some(TableKind::Standard) | None => "",
    }
}

/// Formats the number `n` with its noun: `1 table`, `2 tables`. `word` is the noun in the singular.
#[must_use]
pub fn counted(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}
