//! A configuration held against a snapshot: the tables and columns it means, and everything in it that is wrong.

use std::collections::{BTreeMap, BTreeSet};

use dvkit_diagnostic::suggest;
use dvkit_schema::store::TableEntry;
use dvkit_schema::{Column, ColumnType, Store, Table};

use super::Config;
use super::pattern::{is_exact, matches};
use crate::errors::Error;
use crate::names;
use crate::table::EXTRA;

/// A table to generate.
#[derive(Debug)]
pub(crate) struct SelectedTable<'s> {
    pub(crate) table: &'s Table,
    /// Its columns to generate, by logical name.
    pub(crate) columns: Vec<&'s Column>,
    /// Nobody asked for it, but a lookup of one that was asked for points to it: id and name are enough.
    pub(crate) outer: bool,
    /// Attributes of the struct, as written.
    pub(crate) attributes: Vec<&'s str>,
    /// Attributes and types of columns, by logical name.
    pub(crate) extras: BTreeMap<&'s str, Extras<'s>>,
}

impl<'s> SelectedTable<'s> {
    fn new(table: &'s Table, columns: Vec<&'s Column>, outer: bool) -> Self {
        Self { table, columns, outer, attributes: Vec::new(), extras: BTreeMap::new() }
    }
}

/// What was said about one column.
#[derive(Debug, Default)]
pub(crate) struct Extras<'s> {
    pub(crate) attributes: Vec<&'s str>,
    pub(crate) ty: Option<&'s str>,
}

/// The tables to generate, by logical name.
#[derive(Debug)]
pub(crate) struct Selected<'s> {
    pub(crate) tables: Vec<SelectedTable<'s>>,
}

impl<'s> Selected<'s> {
    pub(crate) fn table(&self, logical_name: &str) -> Option<&SelectedTable<'s>> {
        let i = self.tables.binary_search_by(|t| t.table.logical_name.as_str().cmp(logical_name)).ok()?;
        self.tables.get(i)
    }
}

/// Is it a column that a row of the Web API has or takes, and that a struct can hold?
fn is_usable(column: &Column) -> bool {
    let some = column.valid_for_read != Some(false)
        || column.valid_for_create == Some(true)
        || column.valid_for_update == Some(true);
    some && column.is_property()
        && !matches!(
            column.ty,
            ColumnType::PartyList { .. }
                | ColumnType::Virtual
                | ColumnType::CalendarRules
                | ColumnType::Other { .. }
        )
}

/// The columns of a table that can be generated, each name once: a badly merged file may have one twice.
pub(crate) fn usable(table: &Table) -> impl Iterator<Item = &Column> {
    let mut last = None;
    table.columns.iter().filter(move |column| {
        let again = last.replace(&column.logical_name) == Some(&column.logical_name);
        !again && is_usable(column)
    })
}

/// Finds what `config` means in `store`; reads the tables that it means.
///
/// # Errors
/// Where the snapshot cannot be read, and where the configuration names what it does not have: everything of that
/// sort at once.
pub(crate) fn select<'s>(config: &'s Config, store: &'s Store) -> Result<Selected<'s>, Error> {
    let mut problems = Vec::new();
    let names = tables(config, store, &mut problems);
    let mut tables = Vec::with_capacity(names.len());
    for entry in names {
        let Some(table) = store.table(&entry.logical_name)? else { continue };
        let columns = usable(table).filter(|c| is_wanted(config, table, c)).collect();
        tables.push(SelectedTable::new(table, columns, false));
    }
    let mut selected = Selected { tables };
    let mut check = Check { config, store, problems };
    // Which columns a table has can be said only of one that was asked for; names and attributes of the others too.
    check.columns(&selected);
    add_outer(&mut selected, store)?;
    check.renamed(&selected);
    check.extras(&mut selected);
    if !check.problems.is_empty() {
        return Err(Error::Configuration(check.problems));
    }
    Ok(selected)
}

/// Adds the tables that lookups point to, with id and name: so that every lookup can be bound, and the name of what it
/// points to asked for. Tables that only point here are left out: there can be a thousand.
fn add_outer<'s>(selected: &mut Selected<'s>, store: &'s Store) -> Result<(), Error> {
    let mut outer = BTreeSet::new();
    for SelectedTable { table, columns, .. } in &selected.tables {
        let lookups: BTreeSet<_> =
            columns.iter().filter(|c| c.ty.is_lookup()).map(|c| c.logical_name.as_str()).collect();
        let followed = table.relationships.iter().filter(|r| r.is_single() && r.navigation.is_some());
        let by_these = followed.filter(|r| r.column.as_deref().is_some_and(|c| lookups.contains(c)));
        outer.extend(by_these.map(|r| r.table.as_str()));
    }
    outer.retain(|name| selected.table(name).is_none());
    for entry in outer.into_iter().filter_map(|name| store.entry(name)).filter(|e| has_rows_or_columns(e)) {
        let Some(table) = store.table(&entry.logical_name)? else { continue };
        let wanted = [&table.primary_id, &table.primary_name];
        let columns = usable(table).filter(|c| wanted.contains(&&Some(c.logical_name.clone())));
        selected.tables.push(SelectedTable::new(table, columns.collect(), true));
    }
    selected.tables.sort_by(|a, b| a.table.logical_name.cmp(&b.table.logical_name));
    Ok(())
}

/// The index's lines of the tables that are meant.
fn tables<'s>(config: &Config, store: &'s Store, problems: &mut Vec<String>) -> Vec<&'s TableEntry> {
    let Some(patterns) = &config.tables else {
        return store.tables().filter(|t| has_rows_or_columns(t)).collect();
    };
    let mut found = BTreeSet::new();
    for pattern in patterns {
        let before = found.len();
        let mut known = false;
        for entry in store.tables().filter(|t| matches(pattern, &t.logical_name)) {
            known |= found.contains(entry.logical_name.as_str());
            if is_exact(pattern) || has_rows_or_columns(entry) {
                found.insert(entry.logical_name.as_str());
            }
        }
        if found.len() == before && !known {
            problems.push(no_table("tables", pattern, store));
        }
    }
    store.tables().filter(|t| found.contains(t.logical_name.as_str())).collect()
}

/// Tables that are known only as the other end of a relationship are generated where they are named alone.
fn has_rows_or_columns(entry: &TableEntry) -> bool {
    entry.entity_set.is_some() || entry.primary_id.is_some() || !entry.partial
}

fn is_wanted(config: &Config, table: &Table, column: &Column) -> bool {
    let mut limited = false;
    for (tables, columns) in &config.columns {
        if matches(tables, &table.logical_name) {
            if columns.iter().any(|pattern| matches(pattern, &column.logical_name)) {
                return true;
            }
            limited = true;
        }
    }
    // A row without its id is good for little.
    !limited || table.primary_id.as_ref() == Some(&column.logical_name)
}

fn no_table(setting: &str, pattern: &str, store: &Store) -> String {
    if !is_exact(pattern) {
        return format!("`{setting}`: no table of the snapshot has a name like `{pattern}`");
    }
    let names = store.tables().map(|t| (t.logical_name.as_str(), store.text(&t.display_name)));
    let by_set = store.table_by_entity_set(pattern).map(|t| t.logical_name.as_str());
    match by_set.or_else(|| suggest::closest_by(pattern, names)) {
        Some(near) => format!("`{setting}`: the snapshot has no table `{pattern}`; did you mean `{near}`?"),
        None => format!(
            "`{setting}`: the snapshot has no table `{pattern}`; `dvkit explain {pattern}` looks for it by its display name"
        ),
    }
}

/// What sort of name it is to be.
#[derive(Clone, Copy)]
enum Sort {
    Type,
    Field,
}

struct Check<'s> {
    config: &'s Config,
    store: &'s Store,
    problems: Vec<String>,
}

impl<'s> Check<'s> {
    fn say(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// The tables that a pattern means, with `member` those that can have one like it; says so where it means none.
    fn tables_of<'t>(
        &mut self,
        setting: &str,
        pattern: &str,
        member: Option<&str>,
        selected: &'t Selected<'s>,
    ) -> Vec<&'t SelectedTable<'s>> {
        let like: Vec<_> =
            selected.tables.iter().filter(|t| matches(pattern, &t.table.logical_name)).collect();
        let has = |t: &SelectedTable<'_>| {
            member.is_none_or(|member| t.columns.iter().any(|c| matches(member, &c.logical_name)))
        };
        let found: Vec<_> = like.iter().copied().filter(|t| !t.outer || has(t)).collect();
        if found.is_empty() {
            if !like.is_empty() {
                self.say(format!(
                    "`{setting}`: of `{pattern}` only id and name are generated, because lookups point to it; add it to \
                     `tables(…)`"
                ));
            } else if self.store.tables().any(|t| matches(pattern, &t.logical_name)) {
                self.say(format!("`{setting}`: `{pattern}` is not generated; add it to `tables(…)`"));
            } else {
                let problem = no_table(setting, pattern, self.store);
                self.say(problem);
            }
        }
        found
    }

    /// Every pattern of `columns` has to mean something.
    fn columns(&mut self, selected: &Selected<'s>) {
        for (table_pattern, patterns) in &self.config.columns {
            let tables = self.tables_of("columns", table_pattern, None, selected);
            for pattern in patterns {
                self.column("columns", pattern, &tables);
            }
        }
    }

    /// Does any of the tables have a column like this that can be generated?
    fn column(&mut self, setting: &str, pattern: &str, tables: &[&SelectedTable<'s>]) {
        let Some(first) = tables.first() else { return };
        let like = |c: &&Column| matches(pattern, &c.logical_name);
        if tables.iter().any(|t| t.table.columns.iter().filter(like).any(is_usable)) {
            return;
        }
        let table = &first.table.logical_name;
        let whose = if tables.len() == 1 { format!("`{table}`") } else { "none of the tables".to_owned() };
        if let Some(column) = tables.iter().flat_map(|t| &t.table.columns).find(like) {
            self.say(format!(
                "`{setting}`: `{}` is not a property of the Web API: {}",
                column.logical_name,
                why_unusable(column)
            ));
            return;
        }
        if !is_exact(pattern) {
            let has = if tables.len() == 1 { "has no column" } else { "has a column" };
            self.say(format!("`{setting}`: {whose} {has} like `{pattern}`"));
            return;
        }
        let near = tables.iter().find_map(|t| closest(self.store, t.table, pattern));
        let near = near.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        let has = if tables.len() == 1 { "has no column" } else { "has a column" };
        self.say(format!("`{setting}`: {whose} {has} `{pattern}`{near}"));
    }

    /// Tables, columns and navigation properties that get other names have to be there.
    fn renamed(&mut self, selected: &Selected<'s>) {
        for path in self.config.names.keys() {
            let (table, member) = match path.split_once('.') {
                Some((table, member)) => (table, Some(member)),
                None => (path.as_str(), None),
            };
            if !is_exact(path) {
                self.say(format!("`rename`: `{path}` has to name one thing, without `*` and `?`"));
                continue;
            }
            let tables = self.tables_of("rename", table, member, selected);
            let (Some(member), Some(found)) = (member, tables.first()) else { continue };
            if found.table.navigation(member).is_none() {
                self.column("rename", member, &tables);
            }
        }
        self.names();
        let choices = self.config.choice_names.keys().map(|c| ("rename_choice", c, None));
        let options = self.config.option_names.keys().map(|(c, value)| ("rename_option", c, Some(*value)));
        for (setting, choice, value) in choices.chain(options) {
            self.choice(setting, choice, value, selected);
        }
    }

    /// Names that the configuration gives have to be names of their sort, and one each in their scope.
    fn names(&mut self) {
        let config = self.config;
        let (members, tables): (Vec<_>, Vec<_>) =
            config.names.iter().partition(|(path, _)| path.contains('.'));
        let mut given = BTreeMap::new();
        for (path, name) in tables {
            self.name("rename", path, name, Sort::Type);
            self.once("rename", path, (String::new(), name.clone()), &mut given);
        }
        for (path, name) in members {
            let table = path.split('.').next().unwrap_or_default();
            self.name("rename", path, name, Sort::Field);
            self.once("rename", path, (table.to_owned(), name.clone()), &mut given);
        }
        let mut given = BTreeMap::new();
        for (path, name) in &config.choice_names {
            let table = path.split_once('.').map_or("", |(table, _)| table);
            self.name("rename_choice", path, name, Sort::Type);
            self.once("rename_choice", path, (table.to_owned(), name.clone()), &mut given);
        }
        for ((path, value), name) in &config.option_names {
            self.name("rename_option", &format!("{path}.{value}"), name, Sort::Type);
        }
    }

    fn name(&mut self, setting: &str, path: &str, name: &str, sort: Sort) {
        let first = name.trim_start_matches('_').chars().next();
        let problem = match sort {
            _ if !names::is_identifier(name) => "no name that Rust takes",
            Sort::Type if first.is_some_and(|c| c.is_ascii_lowercase()) => {
                "no name of a type or a variant: those begin with a capital"
            }
            Sort::Field if name.chars().any(|c| c.is_ascii_uppercase()) => {
                "no name of a field: those have no capitals, and the constant gets them"
            }
            Sort::Field if name == EXTRA => "taken by the field for what is no column",
            _ => return,
        };
        let name = name.escape_debug();
        self.say(format!("`{setting}`: `{path}`: `{name}` is {problem}"));
    }

    fn once<'p>(
        &mut self,
        setting: &str,
        path: &'p str,
        name: (String, String),
        given: &mut BTreeMap<(String, String), &'p str>,
    ) {
        if let Some(other) = given.get(&name) {
            self.say(format!("`{setting}`: `{other}` and `{path}` are both called `{}`", name.1));
        }
        given.insert(name, path);
    }

    fn choice(&mut self, setting: &str, path: &str, value: Option<i32>, selected: &Selected<'s>) {
        use dvkit_schema::ChoiceRef::{Global, Local};
        let choice = match path.split_once('.') {
            Some((table, column)) => {
                let tables = self.tables_of(setting, table, Some(column), selected);
                let Some(found) = tables.first() else { return };
                let Some(found) = found.table.column(column) else {
                    return self.column(setting, column, &tables);
                };
                match found.ty.choice() {
                    Some(Local(choice)) => choice,
                    Some(Global(name)) => {
                        return self.say(format!(
                            "`{setting}`: the options of `{path}` are those of the global choice `{name}`; name that"
                        ));
                    }
                    None => return self.say(format!("`{setting}`: `{path}` has no options")),
                }
            }
            None => match self.store.choice(path) {
                Ok(Some(choice)) => choice,
                Ok(None) => {
                    let near = suggest::closest(path, self.store.choices());
                    let near = near.map_or_else(
                        || "; a column's own one is named by its path, `contact.gendercode`".to_owned(),
                        |n| format!("; did you mean `{n}`?"),
                    );
                    return self
                        .say(format!("`{setting}`: the snapshot has no global choice `{path}`{near}"));
                }
                Err(e) => return self.say(e.to_string()),
            },
        };
        if let Some(value) = value
            && choice.option(value).is_none()
        {
            let known: Vec<_> = choice.options.iter().map(|o| o.value.to_string()).collect();
            self.say(format!("`{setting}`: `{path}` has no option {value}, only {}", known.join(", ")));
        }
    }

    /// Puts attributes and types where they belong.
    fn extras(&mut self, selected: &mut Selected<'s>) {
        let config = self.config;
        for (pattern, attribute) in &config.attributes {
            if let Err(e) = crate::output::attributes(attribute) {
                self.say(format!("`attribute`: `{attribute}` is no attribute: {e}"));
            } else if let Some((tables, columns)) = pattern.split_once('.') {
                self.extra("attribute", tables, columns, selected, |e| e.attributes.push(attribute));
            } else if !self.tables_of("attribute", pattern, None, selected).is_empty() {
                for table in selected.tables.iter_mut() {
                    if matches(pattern, &table.table.logical_name) {
                        table.attributes.push(attribute);
                    }
                }
            }
        }
        for (pattern, ty) in &config.types {
            if let Err(e) = syn::parse_str::<syn::Type>(ty) {
                self.say(format!("`type_for`: `{ty}` is no type: {e}"));
            } else if let Some((tables, columns)) = pattern.split_once('.') {
                self.extra("type_for", tables, columns, selected, |e| e.ty = Some(ty));
            } else {
                self.say(format!("`type_for`: `{pattern}` names no column; write `table.column`"));
            }
        }
    }

    fn extra(
        &mut self,
        setting: &str,
        tables: &str,
        columns: &str,
        selected: &mut Selected<'s>,
        mut put: impl FnMut(&mut Extras<'s>),
    ) {
        let found = self.tables_of(setting, tables, Some(columns), selected);
        self.column(setting, columns, &found);
        for table in selected.tables.iter_mut().filter(|t| matches(tables, &t.table.logical_name)) {
            for column in table.columns.iter().filter(|c| matches(columns, &c.logical_name)) {
                put(table.extras.entry(column.logical_name.as_str()).or_default());
            }
        }
    }
}

/// The column that was probably meant.
fn closest<'t>(store: &Store, table: &'t Table, wanted: &str) -> Option<&'t str> {
    if let Some(column) = table.property(wanted) {
        return Some(&column.logical_name);
    }
    suggest::closest_by(wanted, usable(table).map(|c| (c.logical_name.as_str(), store.text(&c.display_name))))
}

fn why_unusable(column: &Column) -> &'static str {
    match column.ty {
        ColumnType::PartyList { .. } => {
            "the parties of an activity are rows of `activityparty`, behind a navigation property"
        }
        ColumnType::Virtual => "its text is the formatted value of the column that it belongs to",
        ColumnType::CalendarRules => "calendar rules are rows of their own",
        ColumnType::Other { .. } => "this version does not know its type",
        _ if column.is_property() => "it can be neither read nor written",
        _ => "no query can name it",
    }
}
