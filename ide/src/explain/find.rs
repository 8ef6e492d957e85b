//! Finds the names of a snapshot that match words: tables, columns, navigation properties, operations, choices
//! and options.
//!
//! A name matches if each word is a part of one of its texts: the names and labels of the item, those of its
//! table, and its description. Matches in the names and labels come before matches in the description. If
//! nothing matches, names that are similar to the words are found instead.

use std::collections::BTreeSet;

use dvkit_diagnostic::suggest;
use dvkit_schema::store::TableEntry;
use dvkit_schema::{
    Column, LocalizedText, Operation, OperationKind, Relationship, Side, Store, StoreError, Table,
};
use serde::Serialize;

use super::description;

/// The maximum number of similar names that are found if nothing matches.
const MAX_SIMILAR: usize = 10;
/// The maximum number of words of a request. Further words are ignored.
const MAX_WORDS: usize = 8;

/// A search for names by words.
#[derive(Clone, Copy, Debug)]
pub struct FindRequest<'a> {
    /// The words, separated by spaces, in any letter case: parts of names, labels or descriptions.
    pub words: &'a str,
    /// The logical name of the table whose columns and navigation properties are searched; `None` for all
    /// tables, operations and choices.
    pub table: Option<&'a str>,
    /// The maximum number of names to return.
    pub limit: usize,
}

/// The class of a name in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NameClass {
    /// A table.
    Table,
    /// A column of a table.
    Column,
    /// A navigation property of a table.
    Navigation,
    /// A global choice.
    Choice,
    /// An action or a function.
    Operation,
    /// An option of a choice column.
    Option,
}

/// A name that matches a [`FindRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NameMatch {
    /// The class of the name.
    pub class: NameClass,
    /// The name, with that of its table: `contact`, `contact.fullname`. [`explain`](super::explain) accepts it,
    /// except for an option, whose name is a comparison: `contact.statecode eq 0`.
    pub name: String,
    /// The label; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// A description in a few words, such as `text, 160`.
    pub summary: String,
}

/// The quality of a match. A smaller one is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    /// The words are the name.
    Name,
    /// The words are the label.
    Label,
    /// The name begins with the words.
    NameStart,
    /// Each word begins a word of the label or of the name.
    WordStarts,
    /// Each word is a part of the names and labels.
    Parts,
    /// Some words are a part of the names and labels, the others of those of the table.
    WithTable,
    /// Some words are only in the description.
    Description,
}

/// A match with the key that orders matches.
struct Ranked {
    tier: Tier,
    /// Whether the item is of little use to queries, such as the column with the name of a lookup.
    secondary: bool,
    found: NameMatch,
}

impl Ranked {
    fn key(&self) -> (u8, NameClass, usize, &str) {
        // An item of little use comes after items that match somewhat worse.
        let rank = self.tier as u8 + if self.secondary { 2 } else { 0 };
        (rank, self.found.class, self.found.name.len(), &self.found.name)
    }
}

/// Returns the names that match the words of `request`, the best match first. If no name matches, the names that
/// are similar to the words are returned. The result is empty if `request` has no words.
///
/// # Errors
/// Returns an error if the snapshot cannot be read.
///
/// ```
/// use dvkit_ide::explain::{FindRequest, find};
/// let store = dvkit_ide::sample::open()?;
/// let found = find(&store, &FindRequest { words: "full name", table: Some("contact"), limit: 3 })?;
/// assert_eq!(found[0].name, "contact.fullname");
/// # Ok::<(), dvkit_ide::Error>(())
/// ```
pub fn find(store: &Store, request: &FindRequest<'_>) -> Result<Vec<NameMatch>, StoreError> {
    let wanted = Wanted::new(request.words);
    if wanted.words.is_empty() || request.limit == 0 {
        return Ok(Vec::new());
    }
    let mut search = Search { store, wanted, found: Vec::new(), limit: request.limit };
    for entry in store.tables() {
        if request.table.is_some_and(|only| only != entry.logical_name) {
            continue;
        }
        let context = search.table(entry, request.table.is_some());
        if let Some(table) = store.table(&entry.logical_name)? {
            search.members(table, &context)?;
        }
    }
    if request.table.is_none() {
        for operation in store.operations()? {
            search.operation(operation);
        }
        search.choices()?;
    }
    if search.found.is_empty() {
        return similar(store, request);
    }
    search.cut(request.limit);
    Ok(search.found.into_iter().map(|ranked| ranked.found).collect())
}

/// The words of a request, in lower case.
struct Wanted {
    /// The whole text, with single spaces.
    whole: String,
    words: Vec<String>,
}

impl Wanted {
    fn new(text: &str) -> Self {
        let words: Vec<String> = text
            .split_whitespace()
            .map(|word| word.trim_matches(['"', '\'', '`']).to_lowercase())
            .filter(|word| !word.is_empty())
            .take(MAX_WORDS)
            .collect();
        Self::of(words)
    }

    fn of(words: Vec<String>) -> Self {
        Self { whole: words.join(" "), words }
    }

    /// Returns how well an item matches; `None` if it does not match. `context` has the names of the item's
    /// table, one per line.
    fn tier(&self, texts: &Texts, context: &str) -> Option<Tier> {
        // Words that are a name of the table say where the item is, and the others what it is called.
        let is_table = |word: &String| context.lines().any(|name| name == word);
        let rest: Vec<&String> = self.words.iter().filter(|word| !is_table(word)).collect();
        let whole = self.match_tier(texts, context);
        if rest.is_empty() || rest.len() == self.words.len() {
            return whole;
        }
        let rest = Self::of(rest.into_iter().cloned().collect());
        let best = [whole, rest.match_tier(texts, "").map(|tier| tier.max(Tier::Label))];
        best.into_iter().flatten().min()
    }

    fn match_tier(&self, texts: &Texts, context: &str) -> Option<Tier> {
        if texts.names.contains(&self.whole) {
            return Some(Tier::Name);
        }
        if texts.labels.contains(&self.whole) {
            return Some(Tier::Label);
        }
        let own = |word: &String| texts.own().any(|text| text.contains(word.as_str()));
        if !self.words.iter().any(own) {
            let described = |word: &String| texts.description.contains(word.as_str());
            let all = self.words.iter().all(|word| described(word) || context.contains(word.as_str()));
            return (all && self.words.iter().any(described)).then_some(Tier::Description);
        }
        if texts.names.iter().any(|name| name.starts_with(&self.whole)) {
            return Some(Tier::NameStart);
        }
        let begins = |word: &String| texts.own().any(|text| has_word_start(text, word));
        if self.words.iter().all(begins) {
            return Some(Tier::WordStarts);
        }
        if self.words.iter().all(own) {
            return Some(Tier::Parts);
        }
        if self.words.iter().all(|word| own(word) || context.contains(word.as_str())) {
            return Some(Tier::WithTable);
        }
        let anywhere = |word: &String| {
            own(word) || context.contains(word.as_str()) || texts.description.contains(word.as_str())
        };
        self.words.iter().all(anywhere).then_some(Tier::Description)
    }
}

/// Returns whether a word of `text` begins with `word`. Words are separated by characters that are neither
/// letters nor digits.
fn has_word_start(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric()))
}

/// The texts of an item, in lower case.
#[derive(Default)]
struct Texts {
    names: Vec<String>,
    labels: Vec<String>,
    description: String,
}

impl Texts {
    fn new<'n>(
        names: impl IntoIterator<Item = &'n str>,
        label: &LocalizedText,
        description: &LocalizedText,
    ) -> Self {
        let mut lower: Vec<String> = names.into_iter().map(str::to_lowercase).collect();
        lower.dedup();
        let described: Vec<String> = description.texts().map(str::to_lowercase).collect();
        Self {
            names: lower,
            labels: label.texts().map(str::to_lowercase).collect(),
            description: described.join("\n"),
        }
    }

    fn own(&self) -> impl Iterator<Item = &String> {
        self.names.iter().chain(&self.labels)
    }
}

/// A running search.
struct Search<'a> {
    store: &'a Store,
    wanted: Wanted,
    found: Vec<Ranked>,
    limit: usize,
}

impl Search<'_> {
    fn add(&mut self, tier: Tier, secondary: bool, found: impl FnOnce() -> NameMatch) {
        self.found.push(Ranked { tier, secondary, found: found() });
        // Memory stays bounded if a short word matches everything.
        if self.found.len() >= self.limit.saturating_mul(4).max(1000) {
            self.cut(self.limit);
        }
    }

    /// Orders the matches and keeps the best `limit` of them.
    fn cut(&mut self, limit: usize) {
        self.found.sort_by(|a, b| a.key().cmp(&b.key()));
        self.found.truncate(limit);
    }

    /// Searches the names of a table, unless `inside` says that only its members are searched. Returns the names
    /// of the table, in lower case, as a context for the search of its members.
    fn table(&mut self, entry: &TableEntry, inside: bool) -> String {
        let names = [Some(entry.logical_name.as_str()), entry.entity_set.as_deref()];
        let texts = Texts::new(names.into_iter().flatten(), &entry.display_name, &LocalizedText::default());
        let context: Vec<&str> = texts.own().map(String::as_str).collect();
        let context = context.join("\n");
        if !inside && let Some(tier) = self.wanted.tier(&texts, "") {
            let kind = match description::table_kind(entry.kind) {
                "" => "table".to_owned(),
                kind => format!("{kind} table"),
            };
            let set = entry.entity_set.as_ref();
            let summary = set.map_or_else(|| kind.clone(), |set| format!("{kind}, entity set {set}"));
            let label = description::text(self.store, &entry.display_name).to_owned();
            self.add(tier, entry.private == Some(true), || NameMatch {
                class: NameClass::Table,
                name: entry.logical_name.clone(),
                label,
                summary,
            });
        }
        context
    }

    fn members(&mut self, table: &Table, context: &str) -> Result<(), StoreError> {
        for column in &table.columns {
            self.column(table, column, context)?;
        }
        for relationship in &table.relationships {
            self.navigation(table, relationship, context);
        }
        Ok(())
    }

    fn column(&mut self, table: &Table, column: &Column, context: &str) -> Result<(), StoreError> {
        let property = column.property_name();
        let names = [column.logical_name.as_str(), &property];
        let texts = Texts::new(names, &column.display_name, &column.description);
        let secondary = column.attribute_of.is_some() || !column.is_property();
        if let Some(tier) = self.wanted.tier(&texts, context) {
            let label = description::text(self.store, &column.display_name).to_owned();
            self.add(tier, secondary, || NameMatch {
                class: NameClass::Column,
                name: format!("{}.{}", table.logical_name, column.logical_name),
                label,
                summary: description::column_type(column),
            });
        }
        let Some(choice) = description::choice(self.store, column)? else { return Ok(()) };
        for option in &choice.options {
            let labels: Vec<String> = option.label.texts().map(str::to_lowercase).collect();
            let tier = if labels.contains(&self.wanted.whole) {
                Tier::Label
            } else if self.wanted.words.iter().all(|w| labels.iter().any(|label| has_word_start(label, w))) {
                Tier::Parts
            } else {
                continue;
            };
            let label = description::text(self.store, &option.label).to_owned();
            self.add(tier, true, || NameMatch {
                class: NameClass::Option,
                name: format!("{}.{} eq {}", table.logical_name, column.logical_name, option.value),
                label,
                summary: format!("option of {}", description::column_type(column)),
            });
        }
        Ok(())
    }

    fn navigation(&mut self, table: &Table, relationship: &Relationship, context: &str) {
        let Some(navigation) = relationship.navigation.as_deref() else { return };
        // A lookup is found as a column.
        let is_column = relationship.column.as_deref() == Some(navigation);
        if relationship.is_single() && is_column {
            return;
        }
        let names = [Some(navigation), relationship.schema_name.as_deref()];
        let nothing = LocalizedText::default();
        let texts = Texts::new(names.into_iter().flatten(), &nothing, &nothing);
        if let Some(tier) = self.wanted.tier(&texts, context) {
            let rows = if relationship.side == Side::ManyToOne { "one row" } else { "many rows" };
            self.add(tier, true, || NameMatch {
                class: NameClass::Navigation,
                name: format!("{}.{navigation}", table.logical_name),
                label: String::new(),
                summary: format!("{rows} → {}", relationship.table),
            });
        }
    }

    fn operation(&mut self, operation: &Operation) {
        let nothing = LocalizedText::default();
        let texts = Texts::new([operation.name.as_str()], &nothing, &nothing);
        let bound = operation.binding().map(|on| on.name.as_str());
        let context = bound.unwrap_or_default().to_lowercase();
        let Some(tier) = self.wanted.tier(&texts, &context) else { return };
        let name = bound.map_or_else(|| operation.name.clone(), |on| format!("{on}.{}", operation.name));
        // Overloads are one name.
        if self.found.iter().any(|r| r.found.class == NameClass::Operation && r.found.name == name) {
            return;
        }
        let kind = match operation.kind {
            OperationKind::Action => "action",
            OperationKind::Function => "function",
        };
        self.add(tier, operation.bound, || NameMatch {
            class: NameClass::Operation,
            name,
            label: String::new(),
            summary: operation.returns.as_ref().map_or_else(|| kind.to_owned(), |r| format!("{kind} → {r}")),
        });
    }

    fn choices(&mut self) -> Result<(), StoreError> {
        for name in self.store.choices() {
            let Some(choice) = self.store.choice(name)? else { continue };
            let texts = Texts::new([name], &choice.display_name, &choice.description);
            if let Some(tier) = self.wanted.tier(&texts, "") {
                let label = description::text(self.store, &choice.display_name).to_owned();
                self.add(tier, false, || NameMatch {
                    class: NameClass::Choice,
                    name: name.to_owned(),
                    label,
                    summary: format!(
                        "global choice, {}",
                        description::counted(choice.options.len(), "option")
                    ),
                });
            }
        }
        Ok(())
    }
}

/// Returns the tables and columns whose names or labels are similar to the words. Returns an error if the
/// snapshot cannot be read.
fn similar(store: &Store, request: &FindRequest<'_>) -> Result<Vec<NameMatch>, StoreError> {
    let mut tables: Vec<&Table> = Vec::new();
    for entry in store.tables() {
        if request.table.is_none_or(|only| only == entry.logical_name) {
            tables.extend(store.table(&entry.logical_name)?);
        }
    }
    let words = request.words.trim();
    let limit = request.limit.min(MAX_SIMILAR);
    let table_names = tables.iter().map(|t| (t.logical_name.as_str(), store.text(&t.display_name)));
    let near_tables = suggest::ranked_by(words, table_names.filter(|_| request.table.is_none()), limit);
    let columns = tables.iter().flat_map(|t| &t.columns);
    let column_names = columns.map(|c| (c.logical_name.as_str(), store.text(&c.display_name)));
    let near_columns: BTreeSet<&str> = suggest::ranked_by(words, column_names, limit).into_iter().collect();
    let mut found = Vec::new();
    for name in near_tables {
        if let Some(table) = tables.iter().find(|t| t.logical_name == name) {
            found.push(NameMatch {
                class: NameClass::Table,
                name: name.to_owned(),
                label: description::text(store, &table.display_name).to_owned(),
                summary: "table with a similar name".to_owned(),
            });
        }
    }
    for table in tables {
        for column in table.columns.iter().filter(|c| near_columns.contains(c.logical_name.as_str())) {
            if found.len() < limit {
                found.push(NameMatch {
                    class: NameClass::Column,
                    name: format!("{}.{}", table.logical_name, column.logical_name),
                    label: description::text(store, &column.display_name).to_owned(),
                    summary: format!("{}; a similar name", description::column_type(column)),
                });
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &str, table: Option<&str>, limit: usize) -> Vec<String> {
        let store = crate::sample::open().unwrap();
        let found = find(&store, &FindRequest { words, table, limit }).unwrap();
        found.into_iter().map(|m| m.name).collect()
    }

    #[test]
    fn no_more_names_are_found_than_the_limit() {
        for (words, table, most) in [
            ("name", None, 200),
            ("fulname", None, MAX_SIMILAR),
            ("acount", None, MAX_SIMILAR),
            ("nam", Some("nothing"), 0),
            ("fulname", Some("contact"), 1),
        ] {
            let found = names(words, table, 200).len();
            assert!(found <= most, "{words} {table:?}: {found}");
            for limit in [0, 1, 2, 3] {
                let few = names(words, table, limit).len();
                assert_eq!(few, limit.min(found), "{words} {table:?} {limit}");
            }
        }
    }

    #[test]
    fn an_exact_name_or_label_comes_first() {
        assert_eq!(names("contact", None, 5)[0], "contact");
        assert_eq!(names("contacts", None, 5)[0], "contact");
        assert_eq!(names("Company Name", Some("contact"), 5)[0], "contact.parentcustomerid");
        assert_eq!(names("fullname", Some("contact"), 5)[0], "contact.fullname");
        assert_eq!(names("_parentcustomerid_value", None, 5)[0], "contact.parentcustomerid");
        assert_eq!(names("new_region", None, 5)[0], "new_region");
    }

    #[test]
    fn words_may_name_the_table_too() {
        assert_eq!(names("contact email", None, 5)[0], "contact.emailaddress1");
        assert!(names("overseas", None, 5).iter().any(|n| n == "new_project.new_regions eq 9"));
    }

    #[test]
    fn a_misspelt_name_finds_similar_names() {
        assert!(names("contcat", None, 5).contains(&"contact".to_owned()));
        assert!(names("fulname", Some("contact"), 5).contains(&"contact.fullname".to_owned()));
    }

    #[test]
    fn the_number_of_matches_is_bounded() {
        assert_eq!(names("a", None, 7).len(), 7);
        assert!(names("", None, 7).is_empty());
        assert!(names("name", None, 0).is_empty());
    }
}
