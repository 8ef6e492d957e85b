//! Resolves the names that a query gives to the joined rows of its links.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::Table;
use fetchxml::ast::{LinkEntity, LinkType, Node, TextAttr};

use crate::resolve::Resolver;

/// The names that a FetchXML query can refer to: those of its links and of its aggregate results. Links
/// within filters have no name.
#[derive(Default)]
pub(in crate::resolve) struct Aliases<'a> {
    /// The table of the entity. `valueof` can refer to its columns with the table's name.
    pub(super) root: Option<&'a Table>,
    /// The tables of the links, by the names that `entityname` can refer to.
    tables: BTreeMap<&'a str, &'a Table>,
    /// The alias of each link in the HIR, by the span of the link. All aliases are different.
    links: BTreeMap<Span, Cow<'a, str>>,
    /// The names of the aggregate results, to which `order` can refer.
    results: BTreeSet<&'a str>,
}

/// The most names in a query for which similar names are searched. The limit keeps the time short if many
/// names are misspelt.
const MAX_NAMES_SEARCHED: usize = 100;

impl<'a> Aliases<'a> {
    /// Returns the alias of a link in the HIR: the alias that the query gives, or else the name of its table,
    /// with a number if another link has that name. (The service also names links without an alias, but a
    /// query cannot refer to these names.)
    pub(super) fn alias_of_link(&self, link: &LinkEntity<'_>) -> &str {
        self.links.get(&link.span).map_or("", |name| name)
    }
}

impl<'a> Resolver<'a> {
    /// Returns the names of all links and aggregate results within `children`.
    pub(super) fn aliases(&mut self, children: &'a [Node<'a>]) -> Aliases<'a> {
        let mut aliases = Aliases::default();
        let mut unnamed = Vec::new();
        self.aliases_of(children, &mut aliases, &mut unnamed);
        results_of(children, &mut aliases.results);
        if unnamed.is_empty() {
            return aliases;
        }
        let mut taken: BTreeSet<Cow<'a, str>> = aliases.links.values().cloned().collect();
        // A number that was given to one link is not given to another.
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for (span, table) in unnamed {
            let mut name = Cow::Borrowed(table.logical_name.as_str());
            let number = numbers.entry(&table.logical_name).or_insert(1);
            while *number > 1 || taken.contains(&name) {
                *number += 1;
                name = Cow::Owned(format!("{}{number}", table.logical_name));
                if !taken.contains(&name) {
                    break;
                }
            }
            taken.insert(name.clone());
            aliases.links.insert(span, name);
        }
        aliases
    }

    /// Adds the names of the links within `children` to `aliases`. Links without an alias are added to
    /// `unnamed` with their tables. A link with an unknown table is ignored.
    fn aliases_of(
        &mut self,
        children: &'a [Node<'a>],
        aliases: &mut Aliases<'a>,
        unnamed: &mut Vec<(Span, &'a Table)>,
    ) {
        for child in children {
            let Node::LinkEntity(link) = child else { continue };
            let Some(name) = &link.name else { continue };
            if let Some(table) = self.table_meant(&name.raw) {
                match self.attribute(&link.alias) {
                    Some(given) => {
                        if aliases.tables.insert(&given.raw, table).is_some() {
                            let message = format!("two links are called `{}`", given.raw);
                            self.refuse::<()>(code::DUPLICATE_NAME, given.value_span, message, "");
                        }
                        aliases.links.entry(link.span).or_insert(Cow::Borrowed(&*given.raw));
                    }
                    None => {
                        aliases.tables.entry(table.logical_name.as_str()).or_insert(table);
                        unnamed.push((link.span, table));
                    }
                }
            }
            self.aliases_of(&link.children, aliases, unnamed);
        }
    }

    /// Returns the name of the aggregate result that an `order` refers to. Returns `None` for an unknown
    /// name, after reporting it.
    pub(super) fn result(&mut self, alias: &'a TextAttr<'a>, aliases: &Aliases<'a>) -> Option<String> {
        if aliases.results.contains(&*alias.raw) {
            return Some(alias.raw.to_string());
        }
        let span = alias.value_span;
        let message = format!("no column of this query has the alias `{}`", alias.raw);
        let mut d = Diagnostic::error(code::UNKNOWN_ALIAS, span, message);
        if let Some(near) =
            suggest::closest(&alias.raw, aliases.results.iter().copied().take(MAX_NAMES_SEARCHED))
        {
            d = d.suggest(Suggestion::maybe("did you mean", span, near));
        }
        self.push(d);
        None
    }

    /// Returns the table of the `<entity>` if `name` is the logical name of this table and not the alias of a
    /// link. The service accepts the table's name in `valueof` (rappen/FetchXMLBuilder#1095).
    pub(super) fn root_named(name: &str, aliases: &Aliases<'a>) -> Option<&'a Table> {
        aliases.root.filter(|root| root.logical_name == name && !aliases.tables.contains_key(name))
    }

    /// Returns the table of the link with this alias. Returns `None` for an unknown alias, after reporting
    /// it.
    pub(super) fn linked_row(&mut self, name: &str, span: Span, aliases: &Aliases<'a>) -> Option<&'a Table> {
        if let Some(table) = aliases.tables.get(name) {
            return Some(table);
        }
        let message = format!("there is no link called `{name}`");
        let mut d = Diagnostic::error(code::UNKNOWN_ALIAS, span, message);
        match suggest::closest(name, aliases.tables.keys().copied().take(MAX_NAMES_SEARCHED)) {
            Some(near) => d = d.suggest(Suggestion::maybe("did you mean", span, near)),
            None if aliases.tables.is_empty() => d = d.help("this query has no `link-entity`"),
            None => {}
        }
        self.push(d);
        None
    }
}

/// Adds the names of the result's columns to `out`. The name of a column without an alias is its logical
/// name.
fn results_of<'a>(children: &'a [Node<'a>], out: &mut BTreeSet<&'a str>) {
    for child in children {
        match child {
            Node::Attribute(attribute) => {
                out.extend(attribute.alias.as_ref().or(attribute.name.as_ref()).map(|a| &*a.raw))
            }
            // Links that only test for rows return no columns.
            Node::LinkEntity(link) if link.effective_link_type().is_none_or(LinkType::has_columns) => {
                results_of(&link.children, out);
            }
            _ => {}
        }
    }
}
