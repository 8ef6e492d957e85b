//! Builds the FetchXML of a translation: the entity of the query, and the links that are joined to the
//! entity.
//!
//! The other modules of `to_fetchxml` add columns, conditions and orders to a row, which they identify by its
//! index in [`Builder::sources`]. The row 0 is the entity.

use dvkit_diagnostic::{code, limits};
use dvkit_schema::Store;

use super::filter::{Filter, Row, TruthMask};
use super::xml::{Element, link_element};
use crate::fidelity::{DifferenceKind, TranslationReport};
use crate::subject::Subject;
use dvkit_query::hir::{
    CollectionRef, ColumnRef, Columns, Expansion, Join, JoinKind, Link, Order, OrderBy, RelatedRows,
};
use dvkit_query::odata;

/// The number of links after which no more are added. The service refuses a query with so many links anyway,
/// and the aliases would become longer and longer.
pub(super) const MAX_SOURCES: usize = 4 * limits::MAX_JOINS as usize;

/// The entity of the query, or a link that is joined to it or to another link.
#[derive(Debug)]
pub(super) struct Source {
    /// The `<entity>` or `<link-entity>` element with its attributes, without child elements.
    element: Element,
    /// The alias of the link; `None` for the entity.
    pub(super) alias: Option<String>,
    pub(super) table: String,
    /// Whether the query returns all columns of the row (`<all-attributes>`).
    pub(super) all: bool,
    pub(super) columns: Vec<Element>,
    pub(super) order: Vec<Element>,
    pub(super) filters: Vec<Filter>,
    joined: Vec<usize>,
}

impl Source {
    fn new(element: Element, alias: Option<String>, table: &str) -> Self {
        Self {
            element,
            alias,
            table: table.to_owned(),
            all: false,
            columns: Vec::new(),
            order: Vec::new(),
            filters: Vec::new(),
            joined: Vec::new(),
        }
    }

    /// Adds an `<attribute>` element, unless the row already has an equal one.
    pub(super) fn add(&mut self, column: Element) {
        if !self.columns.contains(&column) {
            self.columns.push(column);
        }
    }
}

/// A join that was added for a lookup: the index in [`Builder::sources`] of the row that has the lookup, the
/// lookup, and the index of the row that the lookup points to.
type Followed = (usize, Link, usize);

/// The state of a translation to FetchXML: the rows built so far, and the differences and reasons found so
/// far.
pub(super) struct Builder<'a> {
    pub(super) store: &'a Store,
    pub(super) report: TranslationReport,
    /// The entity, followed by the links. Other fields and functions identify a row by its index in this
    /// list.
    pub(super) sources: Vec<Source>,
    followed: Vec<Followed>,
    /// Whether the query needs more than [`MAX_SOURCES`] links.
    pub(super) too_many: bool,
    /// Whether the query orders a choice column by the numbers of its options, and whether it orders one by
    /// their labels.
    choices: (bool, bool),
}

impl<'a> Builder<'a> {
    pub(super) fn new(store: &'a Store, table: &str) -> Self {
        let root = Source::new(Element::new("entity").with("name", table), None, table);
        Self {
            store,
            report: TranslationReport::default(),
            sources: vec![root],
            followed: Vec::new(),
            too_many: false,
            choices: (false, false),
        }
    }

    /// Returns the logical name of the primary key column of a table.
    pub(super) fn key_of(&self, table: &str) -> String {
        let known = self.store.entry(table).and_then(|e| e.primary_id.clone());
        known.unwrap_or_else(|| format!("{table}id"))
    }

    /// Returns the two columns by which a lookup is joined: the key column of the table that the lookup
    /// points to, and the lookup column itself. Returns `None` if one of them is not known, after reporting
    /// that.
    pub(super) fn lookup_columns(&mut self, link: &Link) -> Option<(String, String)> {
        let Some(to) = link.column.clone() else {
            self.unknown_columns(&link.navigation);
            return None;
        };
        let from = link.referenced.clone().unwrap_or_else(|| self.key_of(&link.table));
        Some((from, to))
    }

    /// Returns the alias of the row that a column belongs to; `None` for the row of the query, or within a
    /// filter on related rows for the current related row.
    pub(super) fn alias_of(&mut self, column: &ColumnRef) -> Option<String> {
        let at = self.source_of(column);
        self.sources.get(at).and_then(|s| s.alias.clone())
    }

    /// Returns the index in [`Self::sources`] of the row that a column belongs to. Adds joins for the lookups
    /// on the path to that row.
    pub(super) fn source_of(&mut self, column: &ColumnRef) -> usize {
        let mut at = 0;
        if let Some(join) = column.join.as_deref() {
            at = self.sources.iter().position(|s| s.alias.as_deref() == Some(join)).unwrap_or_default();
        }
        for link in &column.path {
            if self.too_many {
                break;
            }
            at = self.follow(at, link);
        }
        at
    }

    /// Returns the index of the row that the lookup `link` of the row with index `at` points to. The first
    /// call for a lookup adds an outer join.
    fn follow(&mut self, at: usize, link: &Link) -> usize {
        let known = self.followed.iter().find(|(from, l, _)| *from == at && l == link);
        if let Some((_, _, known)) = known {
            return *known;
        }
        let Some((from, to)) = self.lookup_columns(link) else { return at };
        let new = self.join(at, &link.table, &from, &to, "outer", &link.navigation);
        self.followed.push((at, link.clone(), new));
        new
    }

    /// Adds a join of the table `table` to the row with index `at`, and returns the index of the joined row.
    /// `kind` is the `link-type`; `from` and `to` are the compared columns of the joined table and of the row
    /// `at`. The alias is made of the alias of the row `at` and `name`.
    fn join(&mut self, at: usize, table: &str, from: &str, to: &str, kind: &str, name: &str) -> usize {
        let before = self.sources.get(at).and_then(|s| s.alias.as_deref());
        let whole = before.map_or_else(|| name.to_owned(), |before| format!("{before}_{name}"));
        let plain: String = whole.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let taken = |name: &str| self.sources.iter().any(|s| s.alias.as_deref() == Some(name));
        let alias = if taken(&plain) {
            (2..).map(|n| format!("{plain}{n}")).find(|name| !taken(name)).unwrap_or(plain)
        } else {
            plain
        };
        self.attach(at, table, from, to, kind, alias)
    }

    /// Returns whether there are already [`MAX_SOURCES`] links, so that no more can be added. If there are,
    /// sets `too_many`; the caller of the builder reports it at the end.
    fn has_too_many(&mut self) -> bool {
        self.too_many |= self.sources.len() > MAX_SOURCES;
        self.too_many
    }

    fn attach(&mut self, at: usize, table: &str, from: &str, to: &str, kind: &str, alias: String) -> usize {
        if self.has_too_many() {
            return at;
        }
        let element = link_element(table, from, to, kind).with("alias", alias.clone());
        let new = self.sources.len();
        self.sources.push(Source::new(element, Some(alias), table));
        if let Some(source) = self.sources.get_mut(at) {
            source.joined.push(new);
        }
        new
    }

    /// Adds the joins of the query, and the joins nested in them, to the row with index `at`.
    pub(super) fn joins(&mut self, joins: &[Join], at: usize) {
        for join in joins {
            let kind = match join.kind {
                JoinKind::Inner => "inner",
                JoinKind::Outer => "outer",
                JoinKind::Exists => "exists",
                JoinKind::First => "matchfirstrowusingcrossapply",
            };
            let new = self.attach(at, &join.table, &join.from, &join.to, kind, join.alias.clone());
            let filter = self.filter(
                &join.predicate,
                Row { scope: 0, table: &join.table, root: false },
                TruthMask::TRUE,
            );
            self.columns(new, &join.columns, &join.aliases);
            if let Some(source) = self.sources.get_mut(new) {
                source.filters.push(filter);
            }
            self.order(&join.order, new);
            self.joins(&join.joins, new);
        }
    }

    /// Adds returned columns to the row with index `at`. `names` has the aliases of those columns that have
    /// one.
    pub(super) fn columns(&mut self, at: usize, columns: &Columns, names: &[(ColumnRef, String)]) {
        let Some(source) = self.sources.get_mut(at) else { return };
        match columns {
            Columns::All => source.all = true,
            Columns::Listed(columns) => {
                for column in columns {
                    let name = names.iter().find(|(c, _)| c == column).map(|(_, name)| name);
                    let element = Element::new("attribute").with("name", column.column.clone());
                    source.add(match name {
                        Some(name) => element.with("alias", name.clone()),
                        None => element,
                    });
                }
            }
        }
    }

    /// Adds `<order>` elements to the row with index `at`.
    pub(super) fn order(&mut self, order: &[Order], at: usize) {
        for order in order {
            let element = match &order.by {
                OrderBy::Result(name) => Element::new("order").with("alias", name.clone()),
                OrderBy::Column(column) | OrderBy::Label(column) => {
                    let place = if at == 0 { self.source_of(column) } else { at };
                    let by_label = matches!(order.by, OrderBy::Label(_));
                    if self.is_choice(place, &column.column) {
                        if by_label { self.choices.1 = true } else { self.choices.0 = true }
                    }
                    let element = Element::new("order").with("attribute", column.column.clone());
                    match self.sources.get(place).and_then(|s| s.alias.clone()).filter(|_| place != at) {
                        Some(alias) => element.with("entityname", alias),
                        None => element,
                    }
                }
            };
            let element = if order.descending { element.with("descending", "true") } else { element };
            if let Some(source) = self.sources.get_mut(at) {
                source.order.push(element);
            }
        }
    }

    /// Returns whether the query needs the attribute `useraworderby`. OData orders choice columns by the
    /// numbers of their options; without this attribute FetchXML orders them by their labels.
    pub(super) fn raw_order(&mut self) -> bool {
        if self.choices == (true, true) {
            let message =
                "choices are ordered by number and by label, and `useraworderby` says one of them for all";
            self.report.cannot_translate_part(code::MIXED_ORDER, Subject::Option("orderby"), message);
        }
        self.choices.0
    }

    fn is_choice(&self, at: usize, column: &str) -> bool {
        use dvkit_schema::ColumnType::{Choice, State, Status};
        let table = self.sources.get(at).and_then(|s| self.store.table(&s.table).ok().flatten());
        table
            .and_then(|t| t.column(column))
            .is_some_and(|c| matches!(c.ty, Choice { .. } | State { .. } | Status { .. }))
    }

    /// Adds the expansions of the row with index `at` as outer joins. If `shared` is true, the expansion of a
    /// lookup may use the join that conditions and orders use; otherwise each expansion gets a join of its
    /// own.
    pub(super) fn expand(&mut self, all: &[Expansion], at: usize, shared: bool) {
        for expansion in all {
            match &expansion.to {
                RelatedRows::One(link) => self.expand_one(expansion, link, at, shared),
                RelatedRows::Many(collection) => self.expand_many(expansion, collection, at),
            }
        }
    }

    fn expand_one(&mut self, expansion: &Expansion, link: &Link, at: usize, shared: bool) {
        let navigation = &link.navigation;
        // The only column of an owner is its id.
        if expansion.reference || link.table == super::owner::PRINCIPAL {
            let Some((_, to)) = self.lookup_columns(link) else { return };
            let what = if expansion.reference { "/$ref" } else { "" };
            let text = format!("`{navigation}{what}` comes as the id in the column `{to}`");
            self.report.add_difference(DifferenceKind::Shape, text);
            if let Some(source) = self.sources.get_mut(at).filter(|s| !s.all) {
                source.add(Element::new("attribute").with("name", to));
            }
            return;
        }
        // The join of a path is shared with conditions and orders, unless only some rows are expanded.
        let whole = matches!(expansion.predicate, dvkit_query::hir::Predicate::Constant(true));
        let shared = shared && whole;
        let new = if shared {
            self.follow(at, link)
        } else {
            let Some((from, to)) = self.lookup_columns(link) else { return };
            self.join(at, &link.table, &from, &to, "outer", navigation)
        };
        self.fill(expansion, new, &link.table, shared);
    }

    fn expand_many(&mut self, expansion: &Expansion, collection: &CollectionRef, at: usize) {
        let navigation = &collection.navigation;
        if !expansion.order.is_empty() || expansion.top.is_some() {
            let message =
                format!("order and limit of `{navigation}` are for each row, and joined rows are one list");
            self.report.cannot_translate_part(
                code::EXPAND_ORDER,
                Subject::OptionsOf(navigation.clone()),
                message,
            );
        }
        self.report.add_difference(
            DifferenceKind::Rows,
            format!(
                "a row comes once for each of its `{navigation}`; `top`, `count` and pages count those pairs"
            ),
        );
        let (Some(column), Some(referenced)) = (&collection.column, &collection.referenced) else {
            self.unknown_columns(navigation);
            return;
        };
        let table = &collection.table;
        let new = match &collection.intersect {
            None => self.join(at, table, column, referenced, "outer", navigation),
            Some(intersect) => {
                let here = self.sources.get(at).map_or_else(String::new, |s| self.key_of(&s.table));
                let between = self.join(at, intersect, column, &here, "outer", &format!("{navigation}_link"));
                let there = self.key_of(table);
                self.join(between, table, &there, referenced, "outer", navigation)
            }
        };
        self.fill(expansion, new, table, false);
    }

    /// Adds the columns, the filter and the nested expansions of `expansion` to the row with index `at`,
    /// which is a row of `table`. If `shared` is true, a nested expansion of a lookup may use the join that
    /// conditions and orders use.
    fn fill(&mut self, expansion: &Expansion, at: usize, table: &str, shared: bool) {
        if let Some(alias) = self.sources.get(at).and_then(|s| s.alias.clone()) {
            let navigation = expansion.to.navigation();
            let text = format!("what `{navigation}` holds comes flat, as `{alias}.<column>`");
            self.report.add_difference(DifferenceKind::Shape, text);
        }
        self.columns(at, &expansion.columns, &[]);
        let row = Row { scope: 0, table, root: false };
        let filter = self.filter(&expansion.predicate, row, TruthMask::TRUE);
        if let Some(source) = self.sources.get_mut(at) {
            source.filters.push(filter);
        }
        self.expand(&expansion.expand, at, shared);
    }

    /// Returns the `<entity>` or `<link-entity>` element of the row with index `at`, with the elements of all
    /// rows that are joined to it.
    pub(super) fn element(&self, at: usize) -> Element {
        let Some(source) = self.sources.get(at) else { return Element::new("entity") };
        let key = self.key_of(&source.table);
        let all = source.all.then(|| Element::new("all-attributes"));
        // An attribute with an alias adds to `all-attributes`.
        let columns = source.columns.iter().cloned();
        let filter = Filter::group(true, source.filters.iter().cloned()).element(&key);
        source
            .element
            .clone()
            .holding(all)
            .holding(columns)
            .holding(source.order.iter().cloned())
            .holding(filter)
            .holding(source.joined.iter().map(|joined| self.element(*joined)))
    }
}

/// Returns the name that OData gives to a group key, which is the path to its column.
pub(super) fn property(column: &ColumnRef) -> String {
    odata::column(column, &[])
}
