//! Resolves the option `$expand`, in a request and within another `$expand`, to the related rows that are
//! returned with each row. The resolver of requests calls it.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, limits, suggest};
use dvkit_schema::{Column, Relationship, Side, Table};
use odata_parser::ast::{Item, OptionKind, QueryOption, Segment, SegmentKind};

use crate::hir::{Columns, Expansion, Predicate, RelatedRows};
use crate::odata::Precedence;
use crate::resolve::message;
use crate::resolve::path::{Row, link};
use crate::resolve::{
    Expand, Resolver, Role, Scope, Scopes, plain_name, unambiguous_correction, unknown_name_diagnostic,
};
use crate::rewrite::most_specific;

impl<'a> Resolver<'a> {
    /// Resolves the items of an `$expand`. `depth` is 1 for the `$expand` of a request, 2 for an `$expand`
    /// within it, and so on. Returns `None` if an item could not be understood; then the mistake has been
    /// reported.
    pub(super) fn expand(&mut self, items: &'a [Item<'a>], depth: usize) -> Option<Vec<Expansion>> {
        let mut all = Vec::with_capacity(items.len());
        let mut complete = true;
        for (i, item) in items.iter().enumerate() {
            match self.expand_item(item, depth) {
                Some(expansion) => all.push(expansion),
                None => complete = false,
            }
            // Expansions above the limit are reported once and not compared.
            let before = items.get(..i.min(limits::MAX_EXPANSIONS as usize)).unwrap_or_default();
            let written = item.path.to_string();
            if before.iter().any(|other| other.path.to_string() == written) {
                let message = format!("`{}` is expanded twice", item.path);
                self.push(Diagnostic::warning(code::DUPLICATE_NAME, item.span, message));
            }
        }
        complete.then_some(all)
    }

    fn expand_item(&mut self, item: &'a Item<'a>, depth: usize) -> Option<Expansion> {
        let table = self.scopes.last()?.table;
        let (first, rest) = item.path.segments.split_first()?;
        let name = match &first.kind {
            SegmentKind::Name(name) => *name,
            SegmentKind::Star => {
                let message = "Dataverse does not document `*` in `$expand`: name what is wanted";
                self.push(Diagnostic::warning(code::STAR, first.span, message));
                return None;
            }
            SegmentKind::Placeholder(_) => return None,
            _ => {
                let message = format!("Dataverse cannot expand `{}`", item.path);
                return self.refuse(
                    code::EXPAND_COLUMN,
                    item.span,
                    message,
                    "it expands navigation properties",
                );
            }
        };
        let relationship = match table.navigation(name) {
            Some(relationship) => self.abstract_owner(table, relationship, item, first.span)?,
            None => self.expansion_meant(table, item, name, first.span)?,
        };
        let target = self.table(&relationship.table);
        self.facts.expands.push(Expand { relationship, item, depth, target });
        let reference = self.behind_expansion(item, relationship, rest)?;
        let Some(target) = target else {
            let message = format!(
                "`{name}` leads to the table `{}`, which this snapshot does not hold: what is asked of it was not checked",
                relationship.table
            );
            let d = Diagnostic::warning(code::TABLE_NOT_IN_SNAPSHOT, first.span, message);
            self.push(d.help(format!("import the metadata of `{}` as well", relationship.table)));
            return None;
        };
        let row = Row { scope: 0, path: Vec::new(), table };
        let to = match relationship.side {
            Side::ManyToOne => RelatedRows::One(link(relationship)),
            _ => RelatedRows::Many(Self::collection(&row, relationship)),
        };
        let mut expansion = Expansion {
            to,
            columns: Columns::All,
            predicate: Predicate::Constant(true),
            order: Vec::new(),
            top: None,
            expand: Vec::new(),
            reference,
        };
        let scopes = std::mem::replace(&mut self.scopes, Scopes::of(Scope { variable: "", table: target }));
        let outer = std::mem::replace(&mut self.in_expand, true);
        let mut complete = true;
        for option in item.nested.iter().flat_map(|n| &n.options) {
            self.nested_option_name(option);
            complete &= self.nested_option(option, &mut expansion, depth);
        }
        self.in_expand = outer;
        self.scopes = scopes;
        if relationship.is_single() {
            // Order and limit have no effect on a single row and have been reported.
            expansion.order = Vec::new();
            expansion.top = None;
        }
        complete.then_some(expansion)
    }

    /// Resolves one option in the parentheses of an expansion, and adds it to `expansion`. `depth` is the
    /// depth of the enclosing `$expand`, 1 for that of the request. Returns whether the option could be
    /// understood.
    fn nested_option(
        &mut self,
        option: &'a QueryOption<'a>,
        expansion: &mut Expansion,
        depth: usize,
    ) -> bool {
        match &option.kind {
            OptionKind::Select(items) => match self.select_list(items, option.span, false) {
                Some(columns) => expansion.columns = columns,
                None => return false,
            },
            OptionKind::Expand(items) => match self.expand(items, depth + 1) {
                Some(expand) => expansion.expand = expand,
                None => return false,
            },
            OptionKind::Filter(expr) => {
                let role = std::mem::replace(&mut self.role, Role::Filter);
                let predicate = self.predicate(expr, Precedence::Loose);
                self.role = role;
                match predicate {
                    Some(predicate) => expansion.predicate = predicate,
                    None => return false,
                }
            }
            OptionKind::OrderBy(items) => match self.order(items) {
                Some(order) => expansion.order = order,
                None => return false,
            },
            OptionKind::Top(n) => match self.top(n) {
                Some(top) => expansion.top = Some(top),
                None => return false,
            },
            OptionKind::Alias(_) => {
                let message = "Dataverse takes no parameter aliases within `$expand`".to_owned();
                self.refuse::<()>(
                    code::ALIAS_IN_EXPAND,
                    option.span,
                    message,
                    "write the value where it is used",
                );
                return false;
            }
            _ => {
                let message = format!("Dataverse does not take `{}` within `$expand`", option.name);
                let help =
                    "it takes `$select`, `$expand`, and for collections `$filter`, `$orderby` and `$top`";
                self.refuse::<()>(code::EXPAND_OPTION, option.span, message, help);
                return false;
            }
        }
        true
    }

    /// Resolves `rest`, the segments that follow the navigation property of an expansion. Returns whether
    /// they are `/$ref`; `false` if there are none. Returns `None` after reporting any other segment, such as
    /// `/$count`, a type cast or a further navigation property.
    fn behind_expansion(
        &mut self,
        item: &'a Item<'a>,
        relationship: &Relationship,
        rest: &'a [Segment<'a>],
    ) -> Option<bool> {
        let Some(next) = rest.first() else { return Some(false) };
        let navigation = relationship.navigation.as_deref().unwrap_or_default();
        match &next.kind {
            SegmentKind::System("$ref") if relationship.is_single() => Some(true),
            SegmentKind::System("$ref") => {
                let message = format!("`{navigation}` is a collection: `$ref` gives where a single row is");
                let mut d = Diagnostic::error(code::REF_ON_COLLECTION, next.span, message);
                let key = self.table(&relationship.table).and_then(|t| t.primary_id.as_deref());
                if let Some(key) = key.filter(|_| item.nested.is_none()) {
                    let slash = Span { start: next.span.start.saturating_sub(1), end: next.span.end };
                    d = d.suggest(Suggestion::fix("select the key", slash, format!("($select={key})")));
                }
                self.push(d);
                None
            }
            SegmentKind::Count(_) => {
                let message = "Dataverse has no `$count` within `$expand`".to_owned();
                let help = format!("count the rows that come: `{navigation}($select=…)`");
                self.refuse(code::EXPAND_OPTION, next.span, message, &help)
            }
            SegmentKind::Name(further) => {
                let message = "what is behind a navigation property is expanded within it".to_owned();
                let mut d = Diagnostic::error(code::EXPAND_COLUMN, item.span, message);
                let is_column =
                    self.table(&relationship.table).is_some_and(|t| t.property(further).is_some());
                if item.nested.is_none() && rest.len() == 1 {
                    let word = if is_column { "$select" } else { "$expand" };
                    let text = format!("({word}={further})");
                    let from = Span { start: next.span.start.saturating_sub(1), end: next.span.end };
                    d = d.suggest(Suggestion::fix(format!("write `{navigation}{text}`"), from, text));
                }
                self.push(d);
                None
            }
            _ => {
                let message = format!("Dataverse cannot expand `{}`", item.path);
                self.refuse(code::EXPAND_COLUMN, next.span, message, "")
            }
        }
    }

    /// Returns the relationship that an expansion must use. This is `relationship` itself, except if it leads
    /// to the abstract table `principal` (`ownerid`) and the expansion selects columns of the owner, because
    /// `principal` has only its key. Such an expansion is reported, and `owninguser` or `owningteam` is
    /// returned if only one of them leads to a table with the columns, otherwise `None`.
    fn abstract_owner(
        &mut self,
        table: &'a Table,
        relationship: &'a Relationship,
        item: &'a Item<'a>,
        span: Span,
    ) -> Option<&'a Relationship> {
        let wanted = nested_columns(item);
        let is_owner = relationship.is_single()
            && relationship.column.as_deref() == Some("ownerid")
            && matches!(relationship.table.as_str(), "principal" | "owner");
        if !is_owner || wanted.iter().all(|c| *c == "ownerid") {
            return Some(relationship);
        }
        let owning: Vec<&Relationship> = ["owninguser", "owningteam"]
            .into_iter()
            .filter_map(|c| table.lookups_of(c).find(|r| r.navigation.is_some()))
            .collect();
        let fitting: Vec<&Relationship> =
            owning.iter().copied().filter(|r| self.has_columns(&r.table, &wanted)).collect();
        let message = "`ownerid` leads to the abstract `principal`, which has no column but `ownerid`";
        let mut d = Diagnostic::error(code::OWNER_PATH, span, message);
        if let [one] = fitting.as_slice() {
            let navigation = one.navigation.as_deref().unwrap_or_default();
            d = d
                .suggest(Suggestion::fix(format!("write `{navigation}`"), span, navigation))
                .help(format!("rows that are owned otherwise have nothing there: `{navigation}` is null"));
            self.push(d);
            return Some(one);
        }
        for r in if fitting.is_empty() { &owning } else { &fitting } {
            let navigation = r.navigation.as_deref().unwrap_or_default();
            d = d.suggest(Suggestion::maybe(format!("expand the `{}`", r.table), span, navigation));
        }
        self.push(d);
        None
    }

    /// Reports the name `name` in `$expand`, which is not a navigation property of `table`. Returns the
    /// navigation property that the name certainly means; `None` if that is not certain.
    fn expansion_meant(
        &mut self,
        table: &'a Table,
        item: &'a Item<'a>,
        name: &'a str,
        span: Span,
    ) -> Option<&'a Relationship> {
        let lower = name.to_lowercase();
        let any_case = table
            .relationships
            .iter()
            .find(|r| r.navigation.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name)));
        if let Some(column) = table.column(plain_name(&lower)).filter(|c| c.ty.is_lookup()) {
            // Of several navigation properties that lead to the table, the one that differs only in letter
            // case is meant.
            let several =
                table.lookups_of(&column.logical_name).filter(|r| r.navigation.is_some()).count() > 1;
            if !several || any_case.is_none() {
                return self.expand_lookup(table, column, item, name, span);
            }
        }
        if let Some(relationship) = any_case {
            let right = relationship.navigation.as_deref().unwrap_or_default();
            self.wrong_case(name, right, span);
            return Some(relationship);
        }
        if let Some(column) = table.property(name).or_else(|| table.column(&lower)) {
            let message = format!(
                "`{name}` is {}, not a navigation property: columns are selected",
                crate::resolve::path::article(column)
            );
            let d = Diagnostic::error(code::EXPAND_COLUMN, span, message);
            self.push(d.help(format!("write `$select={}`", column.property_name())));
            return None;
        }
        let navigations =
            || table.relationships.iter().filter_map(|r| Some((r.navigation.as_deref()?, None)));
        let slip = unambiguous_correction(table, name, navigations());
        let message = format!("`{}` has no navigation property `{name}`", table.logical_name);
        let mut d = unknown_name_diagnostic(table, span, message);
        // The relationship has another name on its other side.
        let partner = table.relationships.iter().find(|r| r.partner.as_deref() == Some(name));
        if let Some((right, from)) = partner.and_then(|r| Some((r.navigation.as_deref()?, &r.table))) {
            let text = format!("it leads here from `{from}`; the way there is `{right}`");
            self.push(d.suggest(Suggestion::maybe(text, span, right)));
            return None;
        }
        // A frequent mistake is to write the name of the table.
        let leading: Vec<&str> = table
            .relationships
            .iter()
            .filter(|r| r.table == lower || Some(r.table.as_str()) == lower.strip_suffix('s'))
            .filter_map(|r| r.navigation.as_deref())
            .collect();
        match slip {
            Some(slip) => d = d.suggest(Suggestion::fix(format!("did you mean `{slip}`?"), span, slip)),
            None if !leading.is_empty() => {
                for navigation in leading.iter().take(6) {
                    let text =
                        format!("leads to `{}`", table.navigation(navigation).map_or("", |r| &r.table));
                    d = d.suggest(Suggestion::maybe(text, span, *navigation));
                }
            }
            None => {
                for near in suggest::ranked_by(name, navigations(), 3) {
                    d = d.suggest(Suggestion::maybe(format!("did you mean `{near}`?"), span, near));
                }
            }
        }
        self.push(d);
        table.navigation(slip?)
    }

    /// Reports the lookup column `column` in `$expand`, which the text calls `name`, with a fix to its
    /// navigation property, and returns that navigation property. For a lookup to several tables it is the
    /// one to the table in [`CheckOptions::targets`](crate::CheckOptions::targets), or else to the only table
    /// that has the selected columns. If this does not decide, the navigation properties are suggested, and
    /// `None` is returned.
    fn expand_lookup(
        &mut self,
        table: &'a Table,
        column: &'a Column,
        item: &'a Item<'a>,
        name: &str,
        span: Span,
    ) -> Option<&'a Relationship> {
        let candidates: Vec<&Relationship> =
            table.lookups_of(&column.logical_name).filter(|r| r.navigation.is_some()).collect();
        if candidates.is_empty() {
            let message =
                format!("`{name}` is a lookup, and no navigation property of this snapshot follows it");
            if table.partial {
                self.push(unknown_name_diagnostic(
                    table,
                    span,
                    format!("no navigation property follows the lookup `{name}`"),
                ));
                return None;
            }
            let help = "import the organisation's `$metadata` too: it has the navigation properties";
            return self.refuse(code::EXPAND_COLUMN, span, message, help);
        }
        // Several navigation properties to one table lead to the same row.
        if let [one] = most_specific(candidates.clone()).as_slice() {
            let navigation = one.navigation.as_deref().unwrap_or_default();
            let d = if navigation.eq_ignore_ascii_case(name) {
                let message = format!("names are case-sensitive: `{name}` is spelled `{navigation}`");
                Diagnostic::error(code::NAME_CASE, span, message)
            } else {
                let message =
                    format!("`{name}` is a column; the row behind it is expanded through `{navigation}`");
                Diagnostic::error(code::EXPAND_COLUMN, span, message)
            };
            self.push(d.suggest(Suggestion::fix(format!("write `{navigation}`"), span, navigation)));
            return Some(one);
        }
        let chosen = self.target(table, column).map(str::to_owned);
        let wanted = nested_columns(item);
        let fitting: Vec<&Relationship> = candidates
            .iter()
            .copied()
            .filter(|r| match &chosen {
                Some(target) => r.table.eq_ignore_ascii_case(target),
                None => self.has_columns(&r.table, &wanted),
            })
            .collect();
        let fitting = most_specific(fitting);
        let tables = message::names(candidates.iter().map(|r| r.table.as_str()));
        let message = format!("`{name}` can point to {tables}, and each has its own navigation property");
        let mut d = Diagnostic::error(code::EXPAND_TARGETS, span, message);
        if let [one] = fitting.as_slice() {
            let navigation = one.navigation.as_deref().unwrap_or_default();
            let why = match chosen {
                Some(_) => format!("expand the `{}`", one.table),
                None => format!("only `{}` has these columns", one.table),
            };
            if chosen.is_none() && self.may_lead_elsewhere(&candidates, one) {
                self.push(d.suggest(Suggestion::maybe(why, span, navigation)));
                return None;
            }
            self.push(d.suggest(Suggestion::fix(why, span, navigation)));
            return Some(one);
        }
        let offered = if fitting.is_empty() { most_specific(candidates) } else { fitting };
        for r in offered.iter().take(6) {
            let navigation = r.navigation.as_deref().unwrap_or_default();
            d = d.suggest(Suggestion::maybe(format!("expand the `{}`", r.table), span, navigation));
        }
        if item.nested.is_none() {
            let all: Vec<&str> = offered.iter().filter_map(|r| r.navigation.as_deref()).collect();
            if (2..=3).contains(&all.len()) {
                d = d.suggest(Suggestion::maybe("expand each", span, all.join(",")));
            }
        }
        self.push(d);
        None
    }

    /// Returns whether the table with the logical name `table` has all columns in `columns`. Letter case is
    /// ignored, and a lookup may be given by its logical name or by its property (`_ownerid_value`).
    fn has_columns(&mut self, table: &str, columns: &[&str]) -> bool {
        let Some(table) = self.table(table) else { return false };
        columns.iter().all(|c| table.column(plain_name(&c.to_lowercase())).is_some())
    }
}

/// Returns the names of the columns in the `$select` and `$orderby` of an expansion.
fn nested_columns<'a>(item: &'a Item<'a>) -> Vec<&'a str> {
    let mut columns = Vec::new();
    for option in item.nested.iter().flat_map(|n| &n.options) {
        match &option.kind {
            OptionKind::Select(items) => columns.extend(items.iter().filter_map(|i| i.path.as_name())),
            OptionKind::OrderBy(items) => columns.extend(items.iter().filter_map(|i| match &i.expr.kind {
                odata_parser::ast::ExprKind::Path(path) => path.as_name(),
                _ => None,
            })),
            _ => {}
        }
    }
    columns
}
