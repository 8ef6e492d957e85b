//! Offers the attributes of an element that are not given yet, and their values.

use dvkit_schema::StoreError;
use fetchxml::ast::{
    Aggregate, DataSource, DateGrouping, FilterHint, FilterType, Keyword, LinkType, Mapping, RowAggregate,
    attributes_of,
};

use super::super::columns::Members;
use super::super::rank::{Candidate, Subject};
use super::super::weight::table_weight;
use super::super::{Completer, CompletionKind};
use super::Tags;
use super::scan::Attribute;

/// The weight of a name that the same element has already. It comes last.
const REPEATED: i32 = -1000;

impl<'a> Completer<'a> {
    /// Offers the attributes of the element with the index `index`.
    pub(super) fn attribute_names(&mut self, tags: &Tags<'a>, index: usize) {
        let Some(tag) = tags.tags.get(index) else { return };
        let (known, old) = attributes_of(tag.name);
        let quote = self.attribute_quote();
        let cursor = self.cursor;
        let given = |name: &str| {
            tag.attributes
                .iter()
                .any(|a| a.name == name && !(a.name_range.start <= cursor && cursor <= a.name_range.end))
        };
        let is_assigned = self.behind().trim_start().starts_with('=');
        let names = known.iter().map(|name| (*name, 0)).chain(old.iter().map(|name| (*name, -50)));
        for (rank, (name, weight)) in names.enumerate().filter(|(_, (name, _))| !given(name)) {
            let usual = match (tag.name, name) {
                ("condition", "attribute") | ("attribute" | "entity" | "link-entity", "name") => 20,
                ("condition", "operator" | "value") | ("fetch", "top") | ("filter", "type") => 15,
                ("order", "descending" | "attribute") | ("link-entity", "from" | "to") => 12,
                ("link-entity", "link-type" | "alias") | ("attribute", "alias") => 10,
                _ => 0,
            };
            let weight = weight + usual - i32::try_from(rank).unwrap_or(0);
            let candidate = Candidate::new(name, CompletionKind::Attribute).weight(weight);
            let assigned = format!("{name}={quote}\0{quote}");
            self.push(if is_assigned { candidate } else { candidate.insert(assigned) });
        }
    }

    /// Offers the values of the attribute `attribute` of the element with the index `index`.
    pub(super) fn attribute_value(
        &mut self,
        tags: &Tags<'a>,
        index: usize,
        attribute: &Attribute<'a>,
    ) -> Result<(), StoreError> {
        let Some(tag) = tags.tags.get(index) else { return Ok(()) };
        let Some(value) = &attribute.value else { return Ok(()) };
        self.take_value(value, attribute.closed, &['-', '.']);
        match (tag.name, attribute.name) {
            ("entity", "name") => self.entity_names(),
            ("link-entity", "name") => self.linked_tables(tags, index)?,
            ("link-entity", "from" | "to") => self.link_columns(tags, index, attribute.name)?,
            ("attribute", "name") | ("order" | "condition", "attribute") => self.column_names(tags, index)?,
            ("condition", "operator") => self.operators(tags, index)?,
            ("condition", "value") => {
                self.take_value(value, attribute.closed, &['-', '.', ':', '{', '}']);
                self.condition_value(tags, Some(index))?;
            }
            ("condition", "valueof") => self.compared_columns(tags, index)?,
            ("condition" | "order", "entityname") => self.link_aliases(tags),
            ("order", "alias") => self.attribute_aliases(tags),
            ("attribute", "alias") => self.alias_suggestions(tags, index),
            ("link-entity", "alias") => {
                if let Some(name) = tags.attribute(index, "name") {
                    self.push(Candidate::new(name, CompletionKind::Alias));
                }
            }
            ("attribute", "aggregate") => self.keywords::<Aggregate>(),
            ("attribute", "dategrouping") => self.keywords::<DateGrouping>(),
            ("attribute", "rowaggregate") => self.keywords::<RowAggregate>(),
            ("link-entity", "link-type") => self.keywords::<LinkType>(),
            ("filter", "type") => self.keywords::<FilterType>(),
            ("filter", "hint") => self.keywords::<FilterHint>(),
            ("fetch", "mapping") => self.keywords::<Mapping>(),
            ("fetch", "datasource") => self.keywords::<DataSource>(),
            ("fetch", "version") => self.words(&["1.0"]),
            ("fetch", "output-format") => self.words(&["xml-platform"]),
            ("fetch", "top" | "count") => self.words(&["10", "50", "100", "1000", "5000"]),
            ("fetch", "page") => self.words(&["1"]),
            (_, name) if is_boolean(name) => self.words(&["true", "false"]),
            _ => {}
        }
        Ok(())
    }

    fn words(&mut self, words: &[&'static str]) {
        for (rank, word) in words.iter().enumerate() {
            let weight = -i32::try_from(rank).unwrap_or(0);
            self.push(Candidate::new(*word, CompletionKind::Value).weight(weight));
        }
    }

    fn keywords<K: Keyword>(&mut self) {
        self.words(K::NAMES);
    }

    /// Offers the logical names of all tables. A table whose key column the query names is likely meant.
    fn entity_names(&mut self) {
        for entry in self.store.tables() {
            let mut weight = table_weight(entry);
            if entry.primary_id.as_deref().is_some_and(|key| self.is_mentioned(key)) {
                weight += 120;
            }
            self.push(
                Candidate::new(entry.logical_name.as_str(), CompletionKind::Table)
                    .subject(Subject::Table(entry))
                    .weight(weight),
            );
        }
    }

    /// Offers the columns that the element with the index `index` can name.
    fn column_names(&mut self, tags: &Tags<'a>, index: usize) -> Result<(), StoreError> {
        let Some(tag) = tags.tags.get(index) else { return Ok(()) };
        let Some(table) = self.column_scope(tags, index)? else { return Ok(()) };
        let first = self.candidates.len();
        let mentioned = match tag.name {
            "attribute" => 4,
            "condition" => 10,
            _ => 30,
        };
        self.logical_columns(table, Members { mentioned, ..Members::default() });
        if tag.name == "condition" {
            return Ok(());
        }
        // What stands beside the element is not named again.
        let attribute = if tag.name == "attribute" { "name" } else { "attribute" };
        let beside = tags
            .tags
            .iter()
            .enumerate()
            .filter(|(at, other)| *at != index && other.name == tag.name && other.parent == tag.parent);
        let given: Vec<&str> = beside.filter_map(|(at, _)| tags.attribute(at, attribute)).collect();
        for candidate in self.candidates.iter_mut().skip(first) {
            if given.contains(&candidate.label.as_ref()) {
                candidate.weight += REPEATED;
            }
        }
        Ok(())
    }

    fn link_aliases(&mut self, tags: &Tags<'a>) {
        for tag in tags.tags.iter().filter(|tag| tag.name == "link-entity") {
            let name = tag.value(self.text, "name").unwrap_or_default();
            if let Some(alias) = tag.value(self.text, "alias").filter(|alias| !alias.is_empty()) {
                let candidate = Candidate::new(alias, CompletionKind::Alias);
                self.push(candidate.detail(format!("the joined table {name}")));
            }
        }
    }

    fn attribute_aliases(&mut self, tags: &Tags<'a>) {
        for tag in tags.tags.iter().filter(|tag| tag.name == "attribute") {
            if let Some(alias) = tag.value(self.text, "alias").filter(|alias| !alias.is_empty()) {
                let name = tag.value(self.text, "name").unwrap_or_default();
                self.push(Candidate::new(alias, CompletionKind::Alias).detail(format!("of {name}")));
            }
        }
    }

    /// Offers names for the alias of a column: its own, together with its aggregate.
    fn alias_suggestions(&mut self, tags: &Tags<'a>, index: usize) {
        let Some(name) = tags.attribute(index, "name").filter(|name| !name.is_empty()) else { return };
        if let Some(aggregate) = tags.attribute(index, "aggregate").filter(|a| !a.is_empty()) {
            self.push(Candidate::new(format!("{aggregate}_{name}"), CompletionKind::Alias).weight(1));
        }
        self.push(Candidate::new(name, CompletionKind::Alias));
    }
}

fn is_boolean(attribute: &str) -> bool {
    matches!(
        attribute,
        "aggregate"
            | "distinct"
            | "returntotalrecordcount"
            | "latematerialize"
            | "no-lock"
            | "useraworderby"
            | "groupby"
            | "usertimezone"
            | "descending"
            | "intersect"
            | "visible"
            | "isquickfindfields"
            | "overridequickfindrecordlimitenabled"
            | "overridequickfindrecordlimitdisabled"
            | "uihidden"
            | "min-active-row-version"
    )
}
