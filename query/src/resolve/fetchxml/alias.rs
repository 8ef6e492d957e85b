//! What the rows of links are called elsewhere in the query.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::Table;
use fetchxml::ast::{LinkEntity, LinkType, Node, TextAttr};

use crate::resolve::Resolver;

/// The linked rows of a query, those in filters apart, which nothing names.
#[derive(Default)]
pub(in crate::resolve) struct Aliases<'a> {
    /// The table of the entity, which `valueof` can name like a link.
    pub(super) root: Option<&'a Table>,
    /// What `entityname` can name.
    tables: BTreeMap<&'a str, &'a Table>,
    /// What each link is called in the meaning, by where it stands: no two have the same name.
    links: BTreeMap<Span, Cow<'a, str>>,
    /// What columns are called in the answer of an aggregate query: `order` names those.
    results: BTreeSet<&'a str>,
}

/// So many names of a query are looked through for one that was meant: each name may be mistaken.
const MOST_NEAR: usize = 100;

impl<'a> Aliases<'a> {
    /// What the rows of a link are called: by its alias, else by its table as that is rightly written, with a number where
    /// another link has that name. (The service gives such links names of its own, which nothing can refer to.)
    pub(super) fn called(&self, link: &LinkEntity<'_>) -> &str {
        self.links.get(&link.span).map_or("", |name| name)
    }
}

impl<'a> Resolver<'a> {
    /// The names of all links below `children`.
    pub(super) fn aliases(&mut self, children: &'a [Node<'a>]) -> Aliases<'a> {
        let mut aliases = Aliases::default();
        let mut unnamed = Vec::new();
        self.aliases_of(children, &mut aliases, &mut unnamed);
        results_of(children, &mut aliases.results);
        if unnamed.is_empty() {
            return aliases;
        }
        let mut taken: BTreeSet<Cow<'a, str>> = aliases.links.values().cloned().collect();
        // Numbers that were given out stay so.
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

    /// Links whose table cannot be found are left out.
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

    /// The result of an aggregate query that an `order` names.
    pub(super) fn result(&mut self, alias: &'a TextAttr<'a>, aliases: &Aliases<'a>) -> Option<String> {
        if aliases.results.contains(&*alias.raw) {
            return Some(alias.raw.to_string());
        }
        let span = alias.value_span;
        let message = format!("no column of this query has the alias `{}`", alias.raw);
        let mut d = Diagnostic::error(code::UNKNOWN_ALIAS, span, message);
        if let Some(near) = suggest::closest(&alias.raw, aliases.results.iter().copied().take(MOST_NEAR)) {
            d = d.suggest(Suggestion::maybe("did you mean", span, near));
        }
        self.push(d);
        None
    }

    /// The table of the entity, where it is called so and no link is. The service knows it by its name
    /// (rappen/FetchXMLBuilder#1095).
    pub(super) fn root_named(name: &str, aliases: &Aliases<'a>) -> Option<&'a Table> {
        aliases.root.filter(|root| root.logical_name == name && !aliases.tables.contains_key(name))
    }

    /// The linked row of this alias.
    pub(super) fn linked(&mut self, name: &str, span: Span, aliases: &Aliases<'a>) -> Option<&'a Table> {
        if let Some(table) = aliases.tables.get(name) {
            return Some(table);
        }
        let message = format!("there is no link called `{name}`");
        let mut d = Diagnostic::error(code::UNKNOWN_ALIAS, span, message);
        match suggest::closest(name, aliases.tables.keys().copied().take(MOST_NEAR)) {
            Some(near) => d = d.suggest(Suggestion::maybe("did you mean", span, near)),
            None if aliases.tables.is_empty() => d = d.help("this query has no `link-entity`"),
            None => {}
        }
        self.push(d);
        None
    }
}

/// What columns of the query and of its links are called; one without alias is called by its name.
fn results_of<'a>(children: &'a [Node<'a>], out: &mut BTreeSet<&'a str>) {
    for child in children {
        match child {
            Node::Attribute(attribute) => {
                out.extend(attribute.alias.as_ref().or(attribute.name.as_ref()).map(|a| &*a.raw))
            }
            // Rows that are only tested for give no results.
            Node::LinkEntity(link) if link.effective_link_type().is_none_or(LinkType::has_columns) => {
                results_of(&link.children, out);
            }
            _ => {}
        }
    }
}
