//! Selects the tables and columns that a configuration asks for, and reports all mistakes in the
//! configuration. Code generation starts from the resulting [`Selection`].

use std::collections::{BTreeMap, BTreeSet};

use dvkit_diagnostic::suggest;
use dvkit_schema::store::TableEntry;
use dvkit_schema::{Column, ColumnType, Store, Table};

use super::Config;
use super::operations::{self, SelectedOperations};
use super::pattern::{is_exact, matches};
use super::usable::{is_usable, usable};
use crate::errors::Error;
use crate::names;

/// A table to generate, with the columns to generate and their settings.
#[derive(Debug)]
pub(crate) struct SelectedTable<'s> {
    pub(crate) table: &'s Table,
    /// The columns to generate, sorted by logical name.
    pub(crate) columns: Vec<&'s Column>,
    /// Whether the table is generated only because lookups of selected tables point to it. If so, only its id
    /// and its name are generated.
    pub(crate) only_target: bool,
    /// The attributes that the configuration adds to the table's struct, as Rust code.
    pub(crate) attributes: Vec<&'s str>,
    /// The attributes and types that the configuration sets for columns, by the logical name of the column.
    pub(crate) column_configs: BTreeMap<&'s str, ColumnConfig<'s>>,
}

impl<'s> SelectedTable<'s> {
    fn new(table: &'s Table, columns: Vec<&'s Column>, only_target: bool) -> Self {
        Self { table, columns, only_target, attributes: Vec::new(), column_configs: BTreeMap::new() }
    }
}

/// The attributes and the type that the configuration sets for one column.
#[derive(Debug, Default)]
pub(crate) struct ColumnConfig<'s> {
    pub(crate) attributes: Vec<&'s str>,
    pub(crate) ty: Option<&'s str>,
}

/// The tables to generate, sorted by logical name, and the operations.
#[derive(Debug)]
pub(crate) struct Selection<'s> {
    pub(crate) tables: Vec<SelectedTable<'s>>,
    pub(crate) operations: SelectedOperations<'s>,
}

impl<'s> Selection<'s> {
    pub(crate) fn table(&self, logical_name: &str) -> Option<&SelectedTable<'s>> {
        let i = self.tables.binary_search_by(|t| t.table.logical_name.as_str().cmp(logical_name)).ok()?;
        self.tables.get(i)
    }
}

/// Finds the tables and columns that `config` selects, and reads the files of these tables.
///
/// # Errors
/// Returns an error if the snapshot cannot be read or the configuration has mistakes. All mistakes are
/// reported at once.
pub(crate) fn select<'s>(config: &'s Config, store: &'s Store) -> Result<Selection<'s>, Error> {
    let mut problems = Vec::new();
    let names = tables(config, store, &mut problems);
    let mut tables = Vec::with_capacity(names.len());
    for entry in names {
        let Some(table) = store.table(&entry.logical_name)? else { continue };
        let columns = usable(table).filter(|c| is_wanted(config, table, c)).collect();
        tables.push(SelectedTable::new(table, columns, false));
    }
    let operations = operations::select(config, store, &mut problems)?;
    let mut selected = Selection { tables, operations };
    let mut check = ConfigCheck { config, store, problems };
    // `columns` is for selected tables only, and is checked before the target tables of lookups are added.
    check.check_columns(&selected);
    add_targets(&mut selected, store)?;
    check.check_renamed(&selected);
    check.apply_column_settings(&mut selected);
    if !check.problems.is_empty() {
        return Err(Error::Configuration(check.problems));
    }
    Ok(selected)
}

/// Adds the tables that lookups of the selected tables point to, with only their id and name. Every lookup
/// can then be set, and queries can read the name of the row that it points to. Tables with lookups to the
/// selected tables are not added, because there can be a thousand of them. The tables of the selected
/// operations are added in the same way. Returns an error if the snapshot cannot be read.
fn add_targets<'s>(selected: &mut Selection<'s>, store: &'s Store) -> Result<(), Error> {
    let mut only_target = BTreeSet::new();
    for SelectedTable { table, columns, .. } in &selected.tables {
        let lookups: BTreeSet<_> =
            columns.iter().filter(|c| c.ty.is_lookup()).map(|c| c.logical_name.as_str()).collect();
        let followed = table.relationships.iter().filter(|r| r.is_single() && r.navigation.is_some());
        let by_these = followed.filter(|r| r.column.as_deref().is_some_and(|c| lookups.contains(c)));
        only_target.extend(by_these.map(|r| r.table.as_str()));
    }
    only_target.extend(selected.operations.tables(store));
    only_target.retain(|name| selected.table(name).is_none());
    for entry in
        only_target.into_iter().filter_map(|name| store.entry(name)).filter(|e| has_rows_or_columns(e))
    {
        let Some(table) = store.table(&entry.logical_name)? else { continue };
        let wanted = [&table.primary_id, &table.primary_name];
        let columns = usable(table).filter(|c| wanted.contains(&&Some(c.logical_name.clone())));
        selected.tables.push(SelectedTable::new(table, columns.collect(), true));
    }
    selected.tables.sort_by(|a, b| a.table.logical_name.cmp(&b.table.logical_name));
    Ok(())
}

/// Returns the index entries of the tables that the configuration selects. Patterns that match no table are
/// added to `problems`.
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

/// Returns whether a pattern with `*` or `?` can select the table. Some tables are in the snapshot only as
/// the other end of a relationship, without any columns; they have to be selected by their full name.
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
    // The primary key is always generated.
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

/// The kind of item whose Rust name the configuration sets.
#[derive(Clone, Copy)]
enum NameKind {
    Type,
    Field,
}

struct ConfigCheck<'s> {
    config: &'s Config,
    store: &'s Store,
    problems: Vec<String>,
}

impl<'s> ConfigCheck<'s> {
    fn report(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// Returns the selected tables that match `pattern`. If there is none, adds a problem that names the
    /// setting `setting`.
    ///
    /// A table that is generated only as the target of lookups is returned only if one of its columns matches
    /// the pattern `member`, or if `member` is `None`.
    fn tables_of<'t>(
        &mut self,
        setting: &str,
        pattern: &str,
        member: Option<&str>,
        selected: &'t Selection<'s>,
    ) -> Vec<&'t SelectedTable<'s>> {
        let like: Vec<_> =
            selected.tables.iter().filter(|t| matches(pattern, &t.table.logical_name)).collect();
        let has = |t: &SelectedTable<'_>| {
            member.is_none_or(|member| t.columns.iter().any(|c| matches(member, &c.logical_name)))
        };
        let found: Vec<_> = like.iter().copied().filter(|t| !t.only_target || has(t)).collect();
        if found.is_empty() {
            if !like.is_empty() {
                self.report(format!(
                    "`{setting}`: only id and name of `{pattern}` are generated, because lookups point to it; add it to \
                     `tables(…)`"
                ));
            } else if self.store.tables().any(|t| matches(pattern, &t.logical_name)) {
                self.report(format!("`{setting}`: `{pattern}` is not generated; add it to `tables(…)`"));
            } else {
                let problem = no_table(setting, pattern, self.store);
                self.report(problem);
            }
        }
        found
    }

    /// Adds a problem for each pattern given to `Config::columns` that matches nothing.
    fn check_columns(&mut self, selected: &Selection<'s>) {
        for (table_pattern, patterns) in &self.config.columns {
            let tables = self.tables_of("columns", table_pattern, None, selected);
            for pattern in patterns {
                self.check_column("columns", pattern, &tables);
            }
        }
    }

    /// Adds a problem, which names the setting `setting`, if `pattern` matches no column of `tables` for
    /// which code can be generated.
    fn check_column(&mut self, setting: &str, pattern: &str, tables: &[&SelectedTable<'s>]) {
        let Some(first) = tables.first() else { return };
        let like = |c: &&Column| matches(pattern, &c.logical_name);
        if tables.iter().any(|t| t.table.columns.iter().filter(like).any(is_usable)) {
            return;
        }
        let table = &first.table.logical_name;
        let whose = if tables.len() == 1 { format!("`{table}`") } else { "none of the tables".to_owned() };
        if let Some(column) = tables.iter().flat_map(|t| &t.table.columns).find(like) {
            self.report(format!(
                "`{setting}`: `{}` is not a property of the Web API: {}",
                column.logical_name,
                why_unusable(column)
            ));
            return;
        }
        if !is_exact(pattern) {
            let has = if tables.len() == 1 { "has no column" } else { "has a column" };
            self.report(format!("`{setting}`: {whose} {has} like `{pattern}`"));
            return;
        }
        let near = tables.iter().find_map(|t| closest(self.store, t.table, pattern));
        let near = near.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        let has = if tables.len() == 1 { "has no column" } else { "has a column" };
        self.report(format!("`{setting}`: {whose} {has} `{pattern}`{near}"));
    }

    /// Adds a problem for each setting that renames an item that is not generated.
    fn check_renamed(&mut self, selected: &Selection<'s>) {
        for path in self.config.names.keys() {
            let (table, member) = match path.split_once('.') {
                Some((table, member)) => (table, Some(member)),
                None => (path.as_str(), None),
            };
            if !is_exact(path) {
                self.report(format!("`rename`: `{path}` has to name one thing, without `*` and `?`"));
                continue;
            }
            let tables = self.tables_of("rename", table, member, selected);
            let (Some(member), Some(found)) = (member, tables.first()) else { continue };
            if found.table.navigation(member).is_none() {
                self.check_column("rename", member, &tables);
            }
        }
        self.check_names();
        let choices = self.config.choice_names.keys().map(|c| ("rename_choice", c, None));
        let options = self.config.option_names.keys().map(|(c, value)| ("rename_option", c, Some(*value)));
        for (setting, choice, value) in choices.chain(options) {
            self.check_choice(setting, choice, value, selected);
        }
    }

    /// Adds a problem for each name in the configuration that is not a Rust identifier, and for each name
    /// that two items of one scope would get.
    fn check_names(&mut self) {
        let config = self.config;
        let (members, tables): (Vec<_>, Vec<_>) =
            config.names.iter().partition(|(path, _)| path.contains('.'));
        let mut given = BTreeMap::new();
        for (path, name) in tables {
            self.check_name("rename", path, name, NameKind::Type);
            self.check_unique("rename", path, (String::new(), name.clone()), &mut given);
        }
        for (path, name) in members {
            let table = path.split('.').next().unwrap_or_default();
            self.check_name("rename", path, name, NameKind::Field);
            self.check_unique("rename", path, (table.to_owned(), name.clone()), &mut given);
        }
        let mut given = BTreeMap::new();
        for (path, name) in &config.choice_names {
            let table = path.split_once('.').map_or("", |(table, _)| table);
            self.check_name("rename_choice", path, name, NameKind::Type);
            self.check_unique("rename_choice", path, (table.to_owned(), name.clone()), &mut given);
        }
        for ((path, value), name) in &config.option_names {
            self.check_name("rename_option", &format!("{path}.{value}"), name, NameKind::Type);
        }
    }

    fn check_name(&mut self, setting: &str, path: &str, name: &str, sort: NameKind) {
        let first = name.trim_start_matches('_').chars().next();
        let problem = match sort {
            _ if !names::is_identifier(name) => "not a Rust identifier",
            NameKind::Type if first.is_some_and(|c| c.is_ascii_lowercase()) => {
                "not a name of a type or a variant: those begin with a capital"
            }
            NameKind::Field if name.chars().any(|c| c.is_ascii_uppercase()) => {
                "not a name of a field: those have no capitals, which the constant gets"
            }
            NameKind::Field if name == names::EXTRAS_FIELD => {
                "taken by the field for everything that is not a column"
            }
            _ => return,
        };
        let name = name.escape_debug();
        self.report(format!("`{setting}`: `{path}`: `{name}` is {problem}"));
    }

    fn check_unique<'p>(
        &mut self,
        setting: &str,
        path: &'p str,
        name: (String, String),
        given: &mut BTreeMap<(String, String), &'p str>,
    ) {
        if let Some(other) = given.get(&name) {
            self.report(format!("`{setting}`: `{other}` and `{path}` are both called `{}`", name.1));
        }
        given.insert(name, path);
    }

    fn check_choice(&mut self, setting: &str, path: &str, value: Option<i32>, selected: &Selection<'s>) {
        use dvkit_schema::ChoiceRef::{Global, Local};
        let choice = match path.split_once('.') {
            Some((table, column)) => {
                let tables = self.tables_of(setting, table, Some(column), selected);
                let Some(found) = tables.first() else { return };
                let Some(found) = found.table.column(column) else {
                    return self.check_column(setting, column, &tables);
                };
                match found.ty.choice() {
                    Some(Local(choice)) => choice,
                    Some(Global(name)) => {
                        return self.report(format!(
                            "`{setting}`: the options of `{path}` are those of the global choice `{name}`; name that"
                        ));
                    }
                    None => return self.report(format!("`{setting}`: `{path}` has no options")),
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
                        .report(format!("`{setting}`: the snapshot has no global choice `{path}`{near}"));
                }
                Err(e) => return self.report(e.to_string()),
            },
        };
        if let Some(value) = value
            && choice.option(value).is_none()
        {
            let known: Vec<_> = choice.options.iter().map(|o| o.value.to_string()).collect();
            self.report(format!("`{setting}`: `{path}` has no option {value}, only {}", known.join(", ")));
        }
    }

    /// Copies the attributes and types of the configuration to the selected tables and columns that their
    /// patterns match.
    fn apply_column_settings(&mut self, selected: &mut Selection<'s>) {
        let config = self.config;
        for (pattern, attribute) in &config.attributes {
            if let Err(e) = crate::output::attributes(attribute) {
                self.report(format!("`attribute`: `{attribute}` is not an attribute: {e}"));
            } else if let Some((tables, columns)) = pattern.split_once('.') {
                self.apply_to_columns("attribute", tables, columns, selected, |e| {
                    e.attributes.push(attribute)
                });
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
                self.report(format!("`type_for`: `{ty}` is not a type: {e}"));
            } else if let Some((tables, columns)) = pattern.split_once('.') {
                self.apply_to_columns("type_for", tables, columns, selected, |e| e.ty = Some(ty));
            } else {
                self.report(format!("`type_for`: `{pattern}` names no column; write `table.column`"));
            }
        }
    }

    fn apply_to_columns(
        &mut self,
        setting: &str,
        tables: &str,
        columns: &str,
        selected: &mut Selection<'s>,
        mut put: impl FnMut(&mut ColumnConfig<'s>),
    ) {
        let found = self.tables_of(setting, tables, Some(columns), selected);
        self.check_column(setting, columns, &found);
        for table in selected.tables.iter_mut().filter(|t| matches(tables, &t.table.logical_name)) {
            for column in table.columns.iter().filter(|c| matches(columns, &c.logical_name)) {
                put(table.column_configs.entry(column.logical_name.as_str()).or_default());
            }
        }
    }
}

/// Returns the logical name of the table's column that is most similar to the misspelt name `wanted`; `None`
/// if no name is similar.
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
