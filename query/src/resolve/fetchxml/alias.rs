//! Resolves the aliases in a FetchXML query: the names of its links and of its aggregate results. The entity
//! is searched for them before its conditions and orders are resolved.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::Table;
use fetchxml::ast::{LinkEntity, LinkType, Node, TextAttr};

use crate::resolve::Resolver;

/// The aliases to which a FetchXML query can refer: those of its links and of its aggregate results. A link
/// within a filter has no alias.
#[derive(Default)]
pub(in crate::resolve) struct Aliases<'a> {
    /// The table of `<entity>`, whose name `valueof` can use in place of an alias; `None` if the table is
    /// unknown.
    pub(super) root: Option<&'a Table>,
    /// The table of each link, by the name that `entityname` uses for the link.
    tables: BTreeMap<&'a str, &'a Table>,
    /// The alias of each link in the HIR, by the span of the link in the text. No two aliases are equal.
    links: BTreeMap<Span, Cow<'a, str>>,
    /// The names of the aggregate results, which an `order` can use.
    results: BTreeSet<&'a str>,
}

/// The maximum number of names among which similar names are searched for a misspelt one. The limit bounds
/// the running time if many names are misspelt.
const MAX_NAMES_SEARCHED: usize = 100;

impl<'a> Aliases<'a> {
    /// Returns the alias of a link in the HIR. This is the alias that the query gives. A link without an
    /// alias has the name of its table, followed by a number if another link has that name. (The service also
    /// names links without an alias, but a query cannot use these names.)
    pub(super) fn alias_of_link(&self, link: &LinkEntity<'_>) -> &str {
        self.links.get(&link.span).map_or("", |name| name)
    }
}

impl<'a> Resolver<'a> {
    /// Returns the names of all links and aggregate results within `children`, the content of `<entity>`.
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

    /// Adds the names of the links within `children` to `aliases`. A link without an alias is added to
    /// `unnamed`, with its span and its table. A link with an unknown table is ignored.
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

    /// Returns the name of the aggregate result to which the attribute `alias` of an `order` refers. Returns
    /// `None` if there is no such result, after reporting that.
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

    /// Returns the table of `<entity>` if `name` is its logical name and not also the name of a link;
    /// otherwise `None`. The service accepts this name in `valueof` (rappen/FetchXMLBuilder#1095).
    pub(super) fn root_named(name: &str, aliases: &Aliases<'a>) -> Option<&'a Table> {
        aliases.root.filter(|root| root.logical_name == name && !aliases.tables.contains_key(name))
    }

    /// Returns the table of the link that is called `name`. `span` is the position of the name. Returns
    /// `None` if there is no such link, after reporting that.
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

/// Adds the names of an aggregate query's results within `children` to `out`: their aliases, or the logical
/// names of columns without an alias.
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
