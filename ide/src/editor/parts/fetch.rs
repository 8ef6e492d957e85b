//! Adds the parts of FetchXML: elements, attributes and their values.

use std::collections::HashMap;

use dvkit_diagnostic::Span;
use dvkit_schema::Table;
use fetchxml::ast::{
    Aggregate, AttributeRef, DataSource, DateGrouping, ElementRef, Fetch, FilterHint, FilterType, Keyword,
    LinkEntity, LinkType, Mapping, Node, Operator, RowAggregate, attributes_of,
};

use super::builder::Builder;
use super::part::{ClauseSymbol, LocalKind, Meaning};
use super::path::find_column;
use super::values::Compared;
use crate::Error;
use crate::editor::class::{SymbolClass, TokenClass};
use crate::explain::description;

/// The elements around an element of FetchXML.
#[derive(Clone, Copy, Debug, Default)]
struct FetchScope<'a> {
    /// The table of the innermost `<entity>` or `<link-entity>`.
    table: Option<&'a Table>,
    /// The table around that.
    outer: Option<&'a Table>,
    /// The column of the `<condition>` around a `<value>`.
    compared: Compared<'a>,
}

/// The links of a query, by the name that `entityname` uses: the table, and the index of the local name.
type Links<'a> = HashMap<String, (Option<&'a Table>, usize)>;

impl<'a> Builder<'a> {
    /// Adds a FetchXML query.
    pub(super) fn fetch(&mut self, decoded: &str, fetch: &Fetch<'_>) -> Result<(), Error> {
        let mut links = Links::new();
        if let Some(name) = fetch.entity().and_then(|entity| entity.name.as_ref()) {
            self.table = self.store.table(&name.raw)?;
        }
        for entity in fetch.entities() {
            self.collect(&entity.children, &mut links)?;
        }
        let root = fetch.as_element();
        let comments = fetch.before.iter().chain(&fetch.after);
        comments.for_each(|comment| self.push(comment.span, TokenClass::Comment, Meaning::None));
        self.element(&root, FetchScope::default(), &links)?;
        self.fill_fetch(decoded);
        Ok(())
    }

    /// Adds the aliases of the links and columns within `children` to the local names.
    fn collect(&mut self, children: &[Node<'_>], links: &mut Links<'a>) -> Result<(), Error> {
        for child in children {
            match child {
                Node::LinkEntity(link) => {
                    self.collect_link(link, links)?;
                    self.collect(&link.children, links)?;
                }
                Node::Filter(filter) => self.collect(&filter.children, links)?,
                Node::Attribute(attribute) => {
                    if let Some(alias) = attribute.alias.as_ref().filter(|alias| !alias.raw.is_empty()) {
                        self.local(&alias.raw, LocalKind::ColumnAlias, Some(alias.value_span));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn collect_link(&mut self, link: &LinkEntity<'_>, links: &mut Links<'a>) -> Result<(), Error> {
        let name = link.name.as_ref().map_or("", |name| &*name.raw);
        let table = self.store.table(name)?;
        let alias = link.alias.as_ref().filter(|alias| !alias.raw.is_empty());
        let id = match alias {
            Some(alias) => self.local(&alias.raw, LocalKind::LinkAlias, Some(alias.value_span)),
            None if name.is_empty() || links.contains_key(name) => return Ok(()),
            None => self.local(name, LocalKind::UnnamedLink, None),
        };
        if let Some(local) = self.locals.get_mut(id) {
            local.table = Some(name.to_owned());
        }
        links.insert(alias.map_or(name, |alias| &*alias.raw).to_owned(), (table, id));
        Ok(())
    }

    fn element(
        &mut self,
        element: &ElementRef<'_>,
        scope: FetchScope<'a>,
        links: &Links<'a>,
    ) -> Result<(), Error> {
        let attributes = element.attributes();
        let value = |name: &str| attributes.iter().find(|a| a.name == name);
        let mut inner = scope;
        if matches!(element.name, "entity" | "link-entity") {
            let name = value("name").map_or("", |a| a.value);
            inner = FetchScope { table: self.store.table(name)?, outer: scope.table, compared: None };
        }
        // A condition and an order may be about the rows of a link.
        let mut table = inner.table;
        if let Some((of_link, _)) = value("entityname").and_then(|name| links.get(name.value)) {
            table = *of_link;
        }
        let column = value("attribute").and_then(|name| Some((table?, find_column(table?, name.value)?)));
        if element.name == "condition" {
            inner.compared = column;
        }
        let foldable = !element.children.is_empty();
        self.open(element.span, foldable, self.symbol(element, &attributes, inner.table));
        let known = fetchxml::ast::ELEMENTS.iter().find(|known| **known == element.name && element.known);
        let meaning = known.map_or(Meaning::None, |known| Meaning::Element(known));
        self.push(element.name_span, TokenClass::Element, meaning);
        for attribute in &attributes {
            self.open(attribute.name_span.to(attribute.value_span), false, None);
            self.close();
            self.attribute_name(known, attribute);
            self.attribute_value(element, attribute, inner, table, links);
        }
        for child in element.children {
            self.node(child, inner, links)?;
        }
        self.close();
        Ok(())
    }

    fn node(&mut self, node: &Node<'_>, scope: FetchScope<'a>, links: &Links<'a>) -> Result<(), Error> {
        match node {
            Node::Comment(comment) => self.push(comment.span, TokenClass::Comment, Meaning::None),
            Node::Text(text) if text.is_placeholder() => {
                self.push(text.span, TokenClass::Placeholder, Meaning::None);
            }
            Node::Text(text) => self.push(text.span, TokenClass::String, Meaning::None),
            _ => {}
        }
        if let Node::Value(value) = node {
            self.fetch_value(&value.text, value.text_span, scope.compared);
        }
        match node.as_element() {
            Some(element) => self.element(&element, scope, links),
            None => Ok(()),
        }
    }

    fn attribute_name(&mut self, element: Option<&&'static str>, attribute: &AttributeRef<'_>) {
        let known = element.and_then(|element| {
            let name = attributes_of(element).0.iter().find(|known| **known == attribute.name)?;
            Some(Meaning::Attribute(element, name))
        });
        self.push(attribute.name_span, TokenClass::Attribute, known.unwrap_or(Meaning::None));
    }

    /// Adds the value of an attribute. `table` is the table whose columns the element names.
    fn attribute_value(
        &mut self,
        element: &ElementRef<'_>,
        attribute: &AttributeRef<'_>,
        scope: FetchScope<'a>,
        table: Option<&'a Table>,
        links: &Links<'a>,
    ) {
        let (span, value) = (attribute.value_span, attribute.value);
        match (element.name, attribute.name) {
            ("entity" | "link-entity", "name") => {
                let meaning = self.store.entry(value).map_or(Meaning::None, Meaning::Table);
                self.push(span, TokenClass::Table, meaning);
            }
            ("attribute", "name") | ("condition" | "order", "attribute") => self.column(span, value, table),
            ("link-entity", "from") => self.column(span, value, scope.table),
            ("link-entity", "to") => self.column(span, value, scope.outer),
            ("condition" | "order", "entityname") => {
                let meaning = links.get(value).map_or(Meaning::None, |(_, id)| Meaning::Local(*id));
                self.push(span, TokenClass::Variable, meaning);
            }
            ("condition", "valueof") => self.value_of(span, value, table, links),
            ("condition", "value") => self.fetch_value(value, span, scope.compared),
            ("attribute" | "link-entity" | "order", "alias") => {
                let of_link = element.name == "link-entity";
                let kind = if of_link { LocalKind::LinkAlias } else { LocalKind::ColumnAlias };
                let id = self.local_id(kind, value);
                self.push(span, TokenClass::Variable, id.map_or(Meaning::None, Meaning::Local));
            }
            ("condition", "operator") => {
                let meaning = Operator::exact(value).map_or(Meaning::None, Meaning::Operator);
                self.push(span, TokenClass::Operator, meaning);
            }
            _ => self.keyword(element.name, attribute),
        }
    }

    /// Adds a name that should be a column of `table`.
    fn column(&mut self, span: Span, name: &str, table: Option<&'a Table>) {
        let column = table.and_then(|table| Some(Meaning::Column(table, find_column(table, name)?)));
        self.push(span, TokenClass::Property, column.unwrap_or(Meaning::None));
    }

    /// Adds the value of `valueof`: a column, or an alias and a column.
    fn value_of(&mut self, span: Span, value: &str, table: Option<&'a Table>, links: &Links<'a>) {
        // References in the text shift the positions.
        let split = value.split_once('.').filter(|_| span.len() == value.len());
        let Some((alias, column)) = split else { return self.column(span, value, table) };
        let dot = span.range().start + alias.len();
        let link = links.get(alias);
        let root = self.table.filter(|root| root.logical_name == alias);
        let meaning = link.map_or(Meaning::None, |(_, id)| Meaning::Local(*id));
        self.push(Span::new(span.range().start, dot), TokenClass::Variable, meaning);
        self.column(Span::new(dot + 1, span.range().end), column, link.map_or(root, |(table, _)| *table));
    }

    /// Adds a value that is a keyword, a number or a text.
    fn keyword(&mut self, element: &str, attribute: &AttributeRef<'_>) {
        let value = attribute.value;
        let keyword = match (element, attribute.name) {
            ("link-entity", "link-type") => LinkType::exact(value).map(|k| (k.as_str(), k.description())),
            ("attribute", "aggregate") => Aggregate::exact(value).map(|k| (k.as_str(), k.description())),
            ("attribute", "dategrouping") => {
                DateGrouping::exact(value).map(|k| (k.as_str(), k.description()))
            }
            ("attribute", "rowaggregate") => {
                RowAggregate::exact(value).map(|k| (k.as_str(), k.description()))
            }
            ("filter", "type") => FilterType::exact(value).map(|k| (k.as_str(), k.description())),
            ("filter", "hint") => FilterHint::exact(value).map(|k| (k.as_str(), k.description())),
            ("fetch", "mapping") => Mapping::exact(value).map(|k| (k.as_str(), k.description())),
            ("fetch", "datasource") => DataSource::exact(value).map(|k| (k.as_str(), k.description())),
            _ => None,
        };
        let span = attribute.value_span;
        match keyword {
            Some((name, text)) => self.push(span, TokenClass::Keyword, Meaning::Keyword(name, text)),
            None if matches!(value, "true" | "false") => self.push(span, TokenClass::Keyword, Meaning::None),
            None => self.fetch_value(value, span, None),
        }
    }

    /// Returns the entry of an element in an outline; `None` for elements that are not listed.
    fn symbol(
        &self,
        element: &ElementRef<'_>,
        attributes: &[AttributeRef<'_>],
        table: Option<&Table>,
    ) -> Option<ClauseSymbol> {
        let attribute = |name: &str| attributes.iter().find(|a| a.name == name);
        let name = attribute("name");
        let selection = name.map_or(element.name_span, |name| name.value_span);
        let selection = if selection.is_empty() { element.name_span } else { selection };
        let text = |name: &str| attribute(name).map_or("", |a| a.value);
        let symbol = |name: &str, detail: String, class| {
            let name = if name.is_empty() { element.name } else { name };
            Some(ClauseSymbol { name: name.to_owned(), detail, class, selection })
        };
        match element.name {
            "entity" => {
                let label = table.map_or("", |t| description::text(self.store, &t.display_name));
                symbol(text("name"), label.to_owned(), SymbolClass::Table)
            }
            "link-entity" => {
                let mut detail = match text("link-type") {
                    "" => "inner".to_owned(),
                    kind => kind.to_owned(),
                };
                if !text("alias").is_empty() {
                    detail = format!("as {}, {detail}", text("alias"));
                }
                symbol(text("name"), detail, SymbolClass::Link)
            }
            "filter" => {
                let kind = if text("type").is_empty() { "and" } else { text("type") };
                symbol("filter", kind.to_owned(), SymbolClass::Filter)
            }
            _ => None,
        }
    }
}
