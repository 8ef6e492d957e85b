//! Describes a table: for the tool `describe`, and for the resources of tables.

use dvkit_diagnostic::suggest;
use dvkit_ide::explain::{NamedItem, description, resolve};
use dvkit_schema::store::TableEntry;
use dvkit_schema::{Column, ColumnType, Relationship, RequiredLevel, Store, Table};
use serde_json::{Map, Value, json};

use super::ToolError;
use crate::budget::Answer;

/// The maximum number of options of a column that are listed; `explain` lists more.
const MAX_OPTIONS: usize = 40;

/// The maximum number of navigation properties of one lookup that are listed.
const MAX_NAVIGATIONS: usize = 12;

/// The maximum number of alternate keys that are listed.
const MAX_KEYS: usize = 8;

/// The tables whose collections are listed last.
const SYSTEM_TABLES: [&str; 8] = [
    "asyncoperation",
    "bulkdeletefailure",
    "duplicaterecord",
    "mailboxtrackingfolder",
    "principalobjectattributeaccess",
    "processsession",
    "syncerror",
    "userentityinstancedata",
];

/// The columns that a description lists.
pub(super) struct ColumnSelection<'a> {
    /// Names, patterns and words, of which one has to match; all columns if it is empty.
    pub(super) patterns: Vec<&'a str>,
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// Returns the index entry of the table that a caller means: by logical name, entity set or label.
pub(super) fn entry<'a>(store: &'a Store, name: &str) -> Result<&'a TableEntry, ToolError> {
    let name = name.trim();
    if let Ok(entry) = dvkit_query::find_table(store, name) {
        return Ok(entry);
    }
    let table = find(store, name)?;
    store.entry(&table.logical_name).ok_or_else(|| ToolError::new(format!("there is no table `{name}`")))
}

/// Returns the table that a caller means: by logical name, entity set or label, or by the name of one of its columns
/// (`contact.fullname`).
pub(super) fn find<'a>(store: &'a Store, name: &str) -> Result<&'a Table, ToolError> {
    match resolve(store, name.trim())? {
        Ok(NamedItem::Table(table) | NamedItem::Column(table, _) | NamedItem::Navigation(table, _)) => {
            Ok(table)
        }
        Err(diagnostic) => {
            let mut sentence = diagnostic.message.clone();
            for advice in diagnostic.advice(name.trim()) {
                sentence.push_str(&format!("; {advice}"));
            }
            Err(ToolError::new(format!("{sentence}; `find` searches by words")))
        }
    }
}

/// Returns the description of a table as text, for its resource, with the default selection of columns.
pub(crate) fn page(store: &Store, table: &Table, budget: usize) -> Result<crate::ToolAnswer, ToolError> {
    let mut answer = Answer::new(budget);
    let selection = ColumnSelection { patterns: Vec::new(), offset: 0, limit: usize::MAX };
    show(&mut answer, store, table, &selection)?;
    Ok(answer.finish())
}

/// Adds the description of a table.
pub(super) fn show(
    answer: &mut Answer,
    store: &Store,
    table: &Table,
    selection: &ColumnSelection<'_>,
) -> Result<(), ToolError> {
    let mut columns = selected(store, table, &selection.patterns)?;
    columns.sort_by_key(|column| (relevance(table, column), column.logical_name.as_str()));
    let name = table.logical_name.as_str();
    answer.member("table", name, &format!("table {name}"));
    match &table.entity_set {
        Some(set) => answer.member("set", set.as_str(), &format!("entity set {set}")),
        None => answer.line("no entity set: the Web API does not offer its rows"),
    };
    if selection.offset == 0 {
        heading(answer, store, table);
    }
    let count = columns.len();
    if selection.offset > 0 || !selection.patterns.is_empty() || count > selection.limit {
        answer.member("count", count, &format!("{count} columns match"));
    } else {
        answer.member("count", count, &format!("{count} columns:"));
    }
    let is_whole = selection.patterns.is_empty() && selection.offset == 0;
    // Of a whole table also the collections are shown, so the columns leave room for them.
    let kept = if is_whole { answer.room() / 5 } else { 0 };
    let mut next = None;
    for (n, column) in columns.iter().enumerate().skip(selection.offset) {
        let is_over = n - selection.offset >= selection.limit;
        let (value, line) = describe(store, table, column)?;
        if is_over || !answer.fits("columns", &value, &line, kept) {
            next = Some(n);
            break;
        }
        answer.item("columns", value, &line);
    }
    if is_whole {
        collections(answer, table);
    }
    if let Some(next) = next {
        answer.truncate(format!("pass `offset` {next} for more columns"));
    }
    Ok(())
}

fn heading(answer: &mut Answer, store: &Store, table: &Table) {
    let label = description::text(store, &table.display_name);
    if !label.is_empty() {
        answer.member("label", label, &format!("label \"{label}\""));
    }
    if let Some(key) = &table.primary_id {
        answer.member("key", key.as_str(), &format!("key {key}"));
    }
    if let Some(name) = &table.primary_name {
        answer.member("name_column", name.as_str(), &format!("a row is called by {name}"));
    }
    let mut notes = Vec::new();
    match description::table_kind(table.kind) {
        "" => {}
        kind => notes.push(format!("{kind} table")),
    }
    if table.partial {
        notes.push("only a part of its columns is known".to_owned());
    }
    if !notes.is_empty() {
        answer.member("notes", notes.clone(), &notes.join(", "));
    }
    let set = table.entity_set.as_deref().unwrap_or("…");
    for key in table.keys.iter().take(MAX_KEYS) {
        let part = |name: &String| {
            let property =
                table.column(name).map_or_else(|| name.clone(), |c| c.property_name().into_owned());
            format!("{property}=…")
        };
        let parts: Vec<String> = key.columns.iter().map(part).collect();
        let text = format!("{set}({})", parts.join(","));
        answer.item("keys", text.as_str(), &format!("alternate key {text}"));
    }
}

/// Returns the columns that match one of the patterns. Columns that only hold the label of another one are left out,
/// unless a pattern names them.
fn selected<'a>(store: &Store, table: &'a Table, patterns: &[&str]) -> Result<Vec<&'a Column>, ToolError> {
    if patterns.is_empty() {
        return Ok(table.columns.iter().filter(|column| !is_companion(column)).collect());
    }
    let mut columns: Vec<&Column> = Vec::new();
    for pattern in patterns {
        let lower = pattern.trim().to_lowercase();
        let lower = lower.strip_prefix(&format!("{}.", table.logical_name)).unwrap_or(&lower);
        let named = |column: &&Column| {
            let is_navigation =
                |r: &Relationship| r.navigation.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(lower));
            matches(lower, &column.logical_name)
                || matches(lower, &column.property_name().to_lowercase())
                || table.lookups_of(&column.logical_name).any(is_navigation)
        };
        let labelled = |column: &&Column| {
            let has = |text: &str| {
                let text = text.to_lowercase();
                lower.split_whitespace().all(|word| text.contains(word))
            };
            !is_companion(column) && (column.display_name.texts().any(has) || has(&column.logical_name))
        };
        let mut found: Vec<&Column> = table.columns.iter().filter(named).collect();
        if found.is_empty() {
            found = table.columns.iter().filter(labelled).collect();
        }
        if found.is_empty() {
            let names = table
                .columns
                .iter()
                .map(|c| (c.logical_name.as_str(), Some(description::text(store, &c.display_name))));
            let near = suggest::ranked_by(lower, names, 3);
            let near = match near[..] {
                [] => String::new(),
                _ => format!("; did you mean {}?", near.join(", ")),
            };
            return Err(ToolError::new(format!("`{}` has no column `{pattern}`{near}", table.logical_name)));
        }
        for column in found {
            if !columns.iter().any(|known| known.logical_name == column.logical_name) {
                columns.push(column);
            }
        }
    }
    Ok(columns)
}

/// Returns whether `name` matches the pattern, in which `*` stands for any characters and `?` for one.
fn matches(pattern: &str, name: &str) -> bool {
    fn rest(pattern: &[u8], name: &[u8]) -> bool {
        // The position after the last `*`, and the position in the name where its match ends.
        let (mut p, mut n, mut star) = (0, 0, None);
        while n < name.len() {
            match pattern.get(p) {
                Some(b'*') => {
                    star = Some((p + 1, n));
                    p += 1;
                }
                Some(c) if *c == b'?' || Some(c) == name.get(n) => (p, n) = (p + 1, n + 1),
                _ => match star {
                    Some((after, end)) => {
                        star = Some((after, end + 1));
                        (p, n) = (after, end + 1);
                    }
                    None => return false,
                },
            }
        }
        pattern.get(p..).unwrap_or_default().iter().all(|c| *c == b'*')
    }
    rest(pattern.as_bytes(), name.as_bytes())
}

/// Returns whether a column only holds the label or another aspect of another one.
fn is_companion(column: &Column) -> bool {
    column.attribute_of.is_some() || matches!(column.ty, ColumnType::Money { calculation_of: Some(_), .. })
}

/// Returns a number by which columns are sorted, the most relevant ones first.
fn relevance(table: &Table, column: &Column) -> u8 {
    const SYSTEM: [&str; 12] = [
        "importsequencenumber",
        "overriddencreatedon",
        "timezoneruleversionnumber",
        "utcconversiontimezonecode",
        "versionnumber",
        "exchangerate",
        "traversedpath",
        "processid",
        "stageid",
        "createdonbehalfby",
        "modifiedonbehalfby",
        "owningbusinessunit",
    ];
    const RECORD: [&str; 6] =
        ["createdon", "modifiedon", "createdby", "modifiedby", "ownerid", "transactioncurrencyid"];
    let name = column.logical_name.as_str();
    let is = |of: &Option<String>| of.as_deref() == Some(name);
    if is(&table.primary_name) || is(&table.primary_id) {
        return 0;
    }
    if matches!(column.ty, ColumnType::State { .. } | ColumnType::Status { .. }) {
        return 1;
    }
    if SYSTEM.contains(&name) || is_companion(column) {
        return 8;
    }
    if RECORD.contains(&name) {
        return 4;
    }
    if !column.is_property() && !matches!(column.ty, ColumnType::PartyList { .. }) {
        return 9;
    }
    let is_read_only = !description::can_create(column) && !description::can_update(column);
    let is_contact = matches!(&column.ty, ColumnType::String { format: Some(format), .. } if format == "Email" || format == "Phone");
    match (column.required, column.custom) {
        (Some(RequiredLevel::System | RequiredLevel::Application), _) => 2,
        (_, Some(true)) if !is_read_only => 2,
        _ if is_read_only && column.ty.is_lookup() => 6,
        _ if is_contact => 3,
        _ if column.ty.is_lookup() || column.ty.is_choice() => 3,
        (Some(RequiredLevel::Recommended), _) => 3,
        _ if column.logical == Some(true) => 6,
        _ => 5,
    }
}

/// Returns the description of a column as JSON and as a line.
fn describe(store: &Store, table: &Table, column: &Column) -> Result<(Value, String), ToolError> {
    let name = column.logical_name.as_str();
    let ty = description::column_type(column);
    let mut value = Map::new();
    value.insert("name".to_owned(), name.into());
    let mut line = name.to_owned();
    let property = column.property_name();
    if property != name && column.is_property() {
        value.insert("property".to_owned(), property.as_ref().into());
        line.push_str(&format!(" ({property})"));
    }
    let label = description::text(store, &column.display_name);
    if !label.is_empty() {
        value.insert("label".to_owned(), label.into());
        line.push_str(&format!(" \"{label}\""));
    }
    value.insert("type".to_owned(), ty.as_str().into());
    line.push_str(&format!(": {ty}"));
    let notes = notes(column);
    if !notes.is_empty() {
        value.insert("notes".to_owned(), notes.clone().into());
        line.push_str(&format!("; {}", notes.join(", ")));
    }
    let navigations: Vec<(&str, &str)> = table
        .lookups_of(name)
        .filter_map(|r| Some((r.navigation.as_deref()?, r.table.as_str())))
        .take(MAX_NAVIGATIONS)
        .collect();
    if !navigations.is_empty() {
        let all: Map<String, Value> =
            navigations.iter().map(|(name, to)| ((*name).to_owned(), (*to).into())).collect();
        value.insert("navigation".to_owned(), all.into());
        let all: Vec<String> = navigations.iter().map(|(name, to)| format!("{name} -> {to}")).collect();
        line.push_str(&format!("; navigation {}", all.join(", ")));
    }
    if let Some(choice) = description::choice(store, column)? {
        let label = |o: &dvkit_schema::ChoiceOption| description::text(store, &o.label).to_owned();
        let all: Map<String, Value> =
            choice.options.iter().take(MAX_OPTIONS).map(|o| (o.value.to_string(), label(o).into())).collect();
        if !all.is_empty() {
            value.insert("options".to_owned(), all.into());
            line.push_str(&format!("; {}", description::options(store, choice, MAX_OPTIONS)));
        }
    }
    Ok((value.into(), line))
}

/// Returns what a caller has to know about a column beside its type.
fn notes(column: &Column) -> Vec<String> {
    let mut notes: Vec<String> = description::facts(column).into_iter().map(str::to_owned).collect();
    match &column.ty {
        ColumnType::PartyList { .. } => {
            notes.push("not in $filter or $select: use the collection of activity parties".into())
        }
        _ if !column.is_property() => notes.push("not a property of the Web API: only in FetchXML".into()),
        ColumnType::Image { .. } | ColumnType::File { .. } => {
            notes.push("only eq null and ne null in $filter".into())
        }
        ColumnType::Choices { .. } => notes.push("in $filter with ContainValues".into()),
        _ => {}
    }
    if column.valid_for_read == Some(false) {
        notes.push("cannot be read".into());
    }
    notes
}

fn collections(answer: &mut Answer, table: &Table) {
    let many = table.relationships.iter().filter(|r| !r.is_single());
    let many: Vec<(&str, &str)> =
        many.filter_map(|r| Some((r.navigation.as_deref()?, r.table.as_str()))).collect();
    // Every table has these collections, and queries rarely need them.
    let is_system = |to: &str| SYSTEM_TABLES.contains(&to);
    let (system, own): (Vec<_>, Vec<_>) = many.into_iter().partition(|(_, to)| is_system(to));
    for (n, (name, to)) in own.into_iter().chain(system).enumerate() {
        let line = if n == 0 { format!("collections:\n{name} -> {to}") } else { format!("{name} -> {to}") };
        let value = json!({"name": name, "to": to});
        if !answer.item("collections", value, &line) {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
