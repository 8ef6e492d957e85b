//! Resolves OData names and paths: from the row where a path starts, through lookups, to a column, a row or a
//! collection. All modules of the resolver that meet a path call it.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::{Column, ColumnType, Relationship, Side, Store, Table};
use odata_parser::ast::{Segment, SegmentKind};

use super::{Resolver, unambiguous_correction, unknown_name_diagnostic};
use crate::hir::{CollectionRef, ColumnRef, Link, Property};

/// A row that a path leads to: the number of the row where the path starts, the lookups that the path
/// follows, and the table of the row at its end.
#[derive(Clone)]
pub(crate) struct Row<'a> {
    pub(crate) scope: usize,
    pub(crate) path: Vec<&'a Relationship>,
    pub(crate) table: &'a Table,
}

impl Row<'_> {
    /// Returns the lookups that the path follows as links of the HIR, first to last.
    pub(crate) fn links(&self) -> Vec<Link> {
        self.path.iter().map(|r| link(r)).collect()
    }

    /// Returns the HIR's reference to a column of this row. `managed` says whether `/Value` follows the
    /// column in the text, as for a managed property.
    pub(crate) fn column_ref(&self, column: &Column, managed: bool) -> ColumnRef {
        let property = match &column.property {
            _ if managed => Property::Managed,
            Some(name) => Property::Named(name.clone()),
            None if column.ty.is_lookup() => Property::Lookup,
            None => Property::Plain,
        };
        ColumnRef {
            scope: self.scope,
            join: None,
            path: self.links(),
            column: column.logical_name.clone(),
            property,
        }
    }

    /// Returns whether the paths to this row and to `other` follow the same lookups.
    pub(crate) fn same_path(&self, other: &Self) -> bool {
        self.path.len() == other.path.len()
            && self.path.iter().zip(&other.path).all(|(a, b)| a.navigation == b.navigation)
    }
}

/// The target of a path: a column, a row or a collection. The span in each variant is that of the path's last
/// segment.
pub(crate) enum PathTarget<'a> {
    /// A column of the row that the first field describes.
    Column(Row<'a>, &'a Column, Span),
    /// A managed property of the row that the first field describes. `/Value` follows it in the path.
    Managed(Row<'a>, &'a Column, Span),
    /// The row that a lookup points to. The first field describes the row that has the lookup, and the
    /// relationship is that of the lookup.
    One(Row<'a>, &'a Relationship, Span),
    /// The rows of a collection. The first field describes the row that has the collection, and the
    /// relationship leads to the rows.
    Many(Row<'a>, &'a Relationship, Span),
    /// The row of a lambda's variable, or the row of the query (`$it`).
    Row(Row<'a>, Span),
}

/// The kind of target that the caller needs. It decides whether the name of a lookup column means the value
/// of the lookup, or the row that the lookup points to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// A value that can be compared, such as a column.
    Value,
    /// A row or a collection, from which the path can continue.
    Navigation,
}

impl<'a> Resolver<'a> {
    /// Resolves a path. `want` is the kind of target that the caller needs. Returns `None` if a name in the
    /// path could not be understood, which has been reported, or if a segment is a placeholder.
    pub(crate) fn resolve_path(
        &mut self,
        segments: &'a [Segment<'a>],
        want: Expect,
    ) -> Option<PathTarget<'a>> {
        let (mut row, mut i) = self.start(segments)?;
        if i == segments.len() {
            return Some(PathTarget::Row(row, segments.last().map(|s| s.span).unwrap_or_default()));
        }
        while let Some(segment) = segments.get(i) {
            let rest = segments.get(i + 1..).unwrap_or_default();
            let name = match &segment.kind {
                SegmentKind::Name(name) => *name,
                SegmentKind::Qualified(cast) => {
                    row = self.cast(row, cast, segment.span)?;
                    if rest.is_empty() {
                        return Some(PathTarget::Row(row, segment.span));
                    }
                    i += 1;
                    continue;
                }
                // Nothing can be checked after a placeholder in place of a name.
                SegmentKind::Placeholder(_) => return None,
                _ => return self.unsupported_segment(segment),
            };
            if rest.is_empty() {
                return self.resolve_last_segment(row, name, segment.span, want);
            }
            if let Some(column) = row.table.column(name)
                && column.ty == ColumnType::ManagedProperty
                && let [Segment { kind: SegmentKind::Name("Value"), .. }] = rest
            {
                return Some(PathTarget::Managed(row, column, segment.span));
            }
            let (relationship, consumed) = self.step(&row, name, segment.span, rest)?;
            i += 1 + consumed;
            if i == segments.len() {
                return Some(match relationship.side {
                    Side::ManyToOne => PathTarget::One(row, relationship, segment.span),
                    _ => PathTarget::Many(row, relationship, segment.span),
                });
            }
            if !relationship.is_single() {
                return self.rewrite_collection_as_row(&row, relationship, segment.span, &segments[i..]);
            }
            row = self.follow(row, relationship, segment.span)?;
        }
        None
    }

    /// Returns the row where a path starts, and the number of segments that name this row: 1 for the variable
    /// of a lambda or `$it`, 0 if the path starts with a name of the row. Returns `None` if the first segment
    /// cannot start a path, after reporting that.
    fn start(&mut self, segments: &'a [Segment<'a>]) -> Option<(Row<'a>, usize)> {
        let first = segments.first()?;
        let at = |scope: usize, r: &Self| Row { scope, path: Vec::new(), table: r.scopes[scope].table };
        match &first.kind {
            SegmentKind::Name(name) => {
                if let Some(scope) =
                    self.scopes.iter().rposition(|s| !s.variable.is_empty() && s.variable == *name)
                {
                    return Some((at(scope, self), 1));
                }
                if self.scopes.len() > 1
                    && let Some(scope) = self.forgotten_variable(name, first.span)
                {
                    return Some((at(scope, self), 0));
                }
                Some((at(0, self), 0))
            }
            SegmentKind::It => {
                let after = segments.get(1).map_or(first.span.end, |s| s.span.start);
                let span = Span { start: first.span.start, end: after };
                let mut d = Diagnostic::warning(
                    code::IMPLICIT_ROOT,
                    first.span,
                    "Dataverse does not document `$it`; the columns of the row are named directly",
                );
                if segments.len() > 1 {
                    d = d.suggest(Suggestion::fix("leave it out", span, ""));
                }
                self.push(d);
                Some((at(0, self), 1))
            }
            SegmentKind::Qualified(_) | SegmentKind::Placeholder(_) => Some((at(0, self), 0)),
            _ => self.unsupported_segment(first),
        }
    }

    /// Returns the number of the innermost lambda whose rows have a column or navigation property called
    /// `name`, if the row of the query has none. Then the text lacks the lambda's variable before the name,
    /// which is reported. Returns `None` if nothing is missing.
    fn forgotten_variable(&mut self, name: &str, span: Span) -> Option<usize> {
        let knows = |t: &Table| t.property(name).is_some() || t.navigation(name).is_some();
        let resembles = |t: &Table| {
            let lower = name.to_lowercase();
            knows(t)
                || t.column(&lower).is_some()
                || t.relationships
                    .iter()
                    .any(|r| r.navigation.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name)))
        };
        if resembles(self.scopes[0].table) {
            return None;
        }
        let scope = (1..self.scopes.len()).rev().find(|i| resembles(self.scopes[*i].table))?;
        let variable = self.scopes[scope].variable;
        let table = &self.scopes[scope].table.logical_name;
        let message = format!(
            "`{name}` is a column of `{table}`, the rows of this lambda, and is named through `{variable}`"
        );
        self.push(Diagnostic::error(code::LAMBDA_VARIABLE, span, message).suggest(Suggestion::fix(
            "name it through the variable",
            Span { start: span.start, end: span.start },
            format!("{variable}/"),
        )));
        Some(scope)
    }

    /// Returns the row that the lookup `relationship` of `row` points to. `span` is the position of the
    /// lookup. Returns `None` if the snapshot does not contain the table of that row, after reporting that.
    pub(crate) fn follow(
        &mut self,
        mut row: Row<'a>,
        relationship: &'a Relationship,
        span: Span,
    ) -> Option<Row<'a>> {
        let Some(table) = self.table(&relationship.table) else {
            let message = format!(
                "`{}` leads to the table `{}`, which this snapshot does not hold: what follows was not checked",
                relationship.navigation.as_deref().unwrap_or_default(),
                relationship.table
            );
            let d = Diagnostic::warning(code::TABLE_NOT_IN_SNAPSHOT, span, message);
            self.push(d.help(format!("import the metadata of `{}` as well", relationship.table)));
            return None;
        };
        row.path.push(relationship);
        row.table = table;
        Some(row)
    }

    /// Resolves the name `name` in the middle of a path, which means a relationship of `row`. Returns the
    /// relationship that the path follows, and the number of segments of `rest`, the path after the name,
    /// that belong to the name: 1 for a type cast that selects the table, otherwise 0. Returns `None` after
    /// reporting a mistake.
    fn step(
        &mut self,
        row: &Row<'a>,
        name: &'a str,
        span: Span,
        rest: &'a [Segment<'a>],
    ) -> Option<(&'a Relationship, usize)> {
        let table = row.table;
        if let Some(relationship) = table.navigation(name) {
            if let Some(better) = self.rewrite_owner_path(table, relationship, span, rest) {
                return better.meaning().map(|r| (r, 0));
            }
            return Some((relationship, 0));
        }
        let lower = name.to_lowercase();
        let plain = plain_name(&lower);
        let any_case =
            |r: &&Relationship| r.navigation.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name));
        if let Some(column) = table.column(plain).filter(|c| c.ty.is_lookup()) {
            // Of several navigation properties that lead to the table, the one that differs only in letter
            // case is meant.
            let several =
                table.lookups_of(&column.logical_name).filter(|r| r.navigation.is_some()).count() > 1;
            if !several || !table.relationships.iter().any(|r| any_case(&r)) {
                return self.rewrite_lookup_as_path(table, column, name, span, rest);
            }
        }
        if let Some(relationship) = table.relationships.iter().find(any_case) {
            self.wrong_case(name, relationship.navigation.as_deref().unwrap_or_default(), span);
            return Some((relationship, 0));
        }
        if let Some(column) = table.property(name).or_else(|| table.column(&lower)) {
            let end = rest.last().map_or(span.end, |s| s.span.end);
            let message = format!(
                "`{}` is {}, not a lookup: the path cannot go on behind it",
                column.logical_name,
                article(column)
            );
            self.push(Diagnostic::error(code::NOT_A_NAVIGATION, span, message).suggest(Suggestion::maybe(
                "compare the column itself",
                Span { start: span.start, end },
                column.property_name(),
            )));
            return None;
        }
        let navigations =
            || table.relationships.iter().filter_map(|r| Some((r.navigation.as_deref()?, None)));
        if let Some(slip) = unambiguous_correction(table, name, navigations()) {
            self.unknown(table, name, span, Expect::Navigation, Some(slip));
            return table.navigation(slip).map(|r| (r, 0));
        }
        self.unknown(table, name, span, Expect::Navigation, None);
        None
    }

    /// Resolves the last name `name` of a path, which means a column or a relationship of `row`. `want` is
    /// the kind of target that the caller needs. Returns `None` if the name could not be understood; then the
    /// mistake has been reported.
    pub(crate) fn resolve_last_segment(
        &mut self,
        row: Row<'a>,
        name: &'a str,
        span: Span,
        want: Expect,
    ) -> Option<PathTarget<'a>> {
        let table = row.table;
        if let Some(column) = table.property(name) {
            return Some(PathTarget::Column(row, column, span));
        }
        if let Some(relationship) = table.navigation(name) {
            return Some(end(row, relationship, span));
        }
        let lower = name.to_lowercase();
        if want == Expect::Value {
            if let Some(column) = table.column(&lower).filter(|c| c.ty.is_lookup() && c.is_property()) {
                self.rewrite_lookup_as_column(column, name, span);
                return Some(PathTarget::Column(row, column, span));
            }
            // `_parentcustomerid` and `parentcustomerid_value` are incomplete spellings of the property.
            let half = lower.strip_prefix('_').unwrap_or(&lower);
            let half = half.strip_suffix("_value").unwrap_or(half);
            if half.len() < lower.len()
                && let Some(column) = table.column(half).filter(|c| c.ty.is_lookup() && c.is_property())
                && !column.property_name().eq_ignore_ascii_case(name)
            {
                self.rewrite_lookup_as_column(column, name, span);
                return Some(PathTarget::Column(row, column, span));
            }
            let any_case = |c: &&Column| c.is_property() && c.property_name().eq_ignore_ascii_case(name);
            if let Some(column) = table.columns.iter().find(any_case) {
                self.wrong_case(name, &column.property_name(), span);
                return Some(PathTarget::Column(row, column, span));
            }
        }
        let any_case =
            |r: &&Relationship| r.navigation.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name));
        if let Some(relationship) = table.relationships.iter().find(any_case) {
            self.wrong_case(name, relationship.navigation.as_deref().unwrap_or_default(), span);
            return Some(end(row, relationship, span));
        }
        if let Some(column) = table.column(&lower).filter(|c| !c.is_property()) {
            return self.rewrite_name_column(row, column, name, span);
        }
        let certain = unambiguous_correction(table, name, names(self.store, table, want));
        if want == Expect::Value
            && certain.is_none()
            && let Some(meant) = self.rewrite_missing_name_column(&row, &lower, name, span)
        {
            return meant.meaning();
        }
        self.unknown(table, name, span, want, certain);
        let certain = certain?;
        if let Some(column) = table.property(certain) {
            return Some(PathTarget::Column(row, column, span));
        }
        let relationship = table.navigation(certain)?;
        Some(end(row, relationship, span))
    }

    /// Resolves a type cast within a path, which Dataverse does not support. If `row` has the type `cast`
    /// already, reports the cast with a fix that removes it, and returns `row`. Otherwise reports an error
    /// and returns `None`.
    fn cast(&mut self, row: Row<'a>, cast: &str, span: Span) -> Option<Row<'a>> {
        let target = cast.rsplit('.').next().unwrap_or(cast);
        if row.table.logical_name != target {
            let message = format!(
                "Dataverse has no type casts in a filter, and this row is a `{}`",
                row.table.logical_name
            );
            return self.refuse(
                code::TYPE_CAST,
                span,
                message,
                "follow the navigation property that leads to that table",
            );
        }
        let slash = Span { start: span.start.saturating_sub(1), end: span.end };
        let leading = slash.of(self.source).starts_with('/');
        let d = Diagnostic::error(code::TYPE_CAST, span, "Dataverse has no type casts in a filter");
        let whole = if leading { slash } else { Span { start: span.start, end: span.end + 1 } };
        self.push(d.suggest(Suggestion::fix("the row is of this type already: leave it out", whole, "")));
        Some(row)
    }

    /// Reports the name `written` in the wrong letter case, with a fix to the name `right`. The fix is exact,
    /// because no two names of one table differ only in letter case.
    pub(crate) fn wrong_case(&mut self, written: &str, right: &str, span: Span) {
        let message = format!("names are case-sensitive: `{written}` is spelled `{right}`");
        self.push(Diagnostic::error(code::NAME_CASE, span, message).suggest(Suggestion::fix(
            format!("write `{right}`"),
            span,
            right,
        )));
    }

    fn unknown(&mut self, table: &'a Table, name: &str, span: Span, want: Expect, certain: Option<&str>) {
        let what = if want == Expect::Value { "column" } else { "navigation property" };
        let message = format!("`{}` has no {what} `{name}`", table.logical_name);
        let mut d = unknown_name_diagnostic(table, span, message);
        if let Some(help) =
            super::words::value(name).filter(|_| want == Expect::Value && self.current.op.is_some())
        {
            d = d.help(help);
        }
        if let Some(certain) = certain {
            let about = table.property(certain).map(|c| describe(self.store, c)).unwrap_or_default();
            // `cname` may be the variable `c` and a column without the slash between them.
            let joined = self.scopes.iter().any(|s| !s.variable.is_empty() && name.starts_with(s.variable));
            let fix = if joined { Suggestion::maybe } else { Suggestion::fix };
            d = d.suggest(fix(format!("did you mean `{certain}`?{about}"), span, certain.to_owned()));
        } else {
            let mut close: Vec<&str> = Vec::new();
            if want == Expect::Value {
                if let Some(path) = self.of_expanded(table, name) {
                    let question = format!("the expanded row has it: `{path}`");
                    d = d.suggest(Suggestion::maybe(question, span, path));
                }
                for word in super::words::columns(table, name) {
                    let Some(column) = table.column(word).filter(|c| c.is_property()) else { continue };
                    let question =
                        format!("did you mean `{}`?{}", column.property_name(), describe(self.store, column));
                    d = d.suggest(Suggestion::maybe(question, span, column.property_name()));
                    close.push(word);
                }
            }
            for candidate in suggest::ranked_by(name, names(self.store, table, want), 3) {
                if !close.contains(&candidate) && close.len() < 3 {
                    close.push(candidate);
                    d = d.suggest(Suggestion::maybe(format!("did you mean `{candidate}`?"), span, candidate));
                }
            }
        }
        self.push(d);
    }

    /// Returns the path to the column `name` of a row that the request expands, such as
    /// `primarycontactid/fullname`, which a filter must use. Returns `None` if no expanded row has the
    /// column.
    fn of_expanded(&mut self, table: &Table, name: &str) -> Option<String> {
        let request = self.request?;
        let items = request.options.iter().find_map(|o| match &o.kind {
            odata_parser::ast::OptionKind::Expand(items) => Some(items),
            _ => None,
        })?;
        items.iter().find_map(|item| {
            let navigation = item.path.as_name()?;
            let relationship = table.navigation(navigation)?;
            let target = self.table(&relationship.table)?;
            let column = target.property(name)?.property_name().into_owned();
            Some(match relationship.is_single() {
                true => format!("{navigation}/{column}"),
                false => {
                    let variable = relationship.table.chars().next().unwrap_or('x');
                    format!("{navigation}/any({variable}:{variable}/{column} …)")
                }
            })
        })
    }

    /// Reports a segment that a path in a filter must not have, and returns `None`.
    fn unsupported_segment<T>(&mut self, segment: &Segment<'_>) -> Option<T> {
        let text = segment.span.of(self.source);
        let message = match &segment.kind {
            SegmentKind::Root | SegmentKind::This => {
                let message =
                    format!("Dataverse does not document `{text}` in a filter: what follows was not checked");
                self.push(Diagnostic::warning(code::IMPLICIT_ROOT, segment.span, message));
                return None;
            }
            SegmentKind::Key(_) => "a key cannot stand within a filter's path",
            SegmentKind::Filter(_) | SegmentKind::Aggregate(_) => {
                "a collection cannot be filtered or aggregated within a filter"
            }
            SegmentKind::Annotation(_) => "annotations cannot be filtered by",
            SegmentKind::Count(_) => "a count cannot be compared in a filter",
            SegmentKind::Call(_) => "Dataverse has no such function within a path",
            _ => "Dataverse has no such path in a filter",
        };
        self.refuse(code::UNSUPPORTED_EXPRESSION, segment.span, message.to_owned(), "")
    }

    /// Returns the HIR's reference to the collection to which `relationship` leads from `row`. If the
    /// snapshot does not say to which column of `row` a 1:N relationship refers, the primary key is assumed.
    pub(crate) fn collection(row: &Row<'a>, relationship: &Relationship) -> CollectionRef {
        let key = row.table.primary_id.as_ref().filter(|_| relationship.side == Side::OneToMany);
        CollectionRef {
            scope: row.scope,
            navigation: relationship.navigation.clone().unwrap_or_default(),
            table: relationship.table.clone(),
            column: relationship.column.clone(),
            referenced: relationship.referenced.as_ref().or(key).cloned(),
            intersect: relationship.intersect.clone(),
            single: false,
        }
    }
}

fn end<'a>(row: Row<'a>, relationship: &'a Relationship, span: Span) -> PathTarget<'a> {
    if relationship.is_single() {
        PathTarget::One(row, relationship, span)
    } else {
        PathTarget::Many(row, relationship, span)
    }
}

pub(crate) fn link(relationship: &Relationship) -> Link {
    Link {
        navigation: relationship.navigation.clone().unwrap_or_default(),
        table: relationship.table.clone(),
        column: relationship.column.clone(),
        referenced: relationship.referenced.clone(),
    }
}

/// Returns the logical name of the lookup whose OData property is `name`: `ownerid` for `_ownerid_value`. Any
/// other name is returned unchanged.
pub(crate) fn plain_name(name: &str) -> &str {
    name.strip_prefix('_').and_then(|n| n.strip_suffix("_value")).unwrap_or(name)
}

/// Returns the names in `table` that a misspelt column name may mean, each with its display name (`None` if
/// it has none). These are the properties that are not lookups, and the navigation properties.
pub(crate) fn names_of<'t>(
    store: &Store,
    table: &'t Table,
) -> impl Iterator<Item = (&'t str, Option<&'t str>)> {
    names(store, table, Expect::Value)
}

/// Returns the names in `table` that a misspelt name in a path may mean, each with its display name (`None`
/// if it has none). These are the navigation properties and, if the path may lead to a value (`want`), the
/// properties that are not lookups.
fn names<'t>(
    store: &Store,
    table: &'t Table,
    want: Expect,
) -> impl Iterator<Item = (&'t str, Option<&'t str>)> {
    let columns = table
        .columns
        .iter()
        .filter(move |c| want == Expect::Value && c.is_property() && !c.ty.is_lookup())
        .map(move |c| (c.property.as_deref().unwrap_or(&c.logical_name), store.text(&c.display_name)));
    let navigations = table.relationships.iter().filter_map(|r| Some((r.navigation.as_deref()?, None)));
    columns.chain(navigations)
}

/// Returns the display name and the type of a column for a message, such as ` (Full Name, text)`, with a
/// space before it. An unknown display name is left out.
fn describe(store: &Store, column: &Column) -> String {
    match store.text(&column.display_name) {
        Some(display) => format!(" ({display}, {})", type_words(&column.ty)),
        None => format!(" ({})", type_words(&column.ty)),
    }
}

/// Returns the type of a column with an article for a message, such as `a text column`.
pub(crate) fn article(column: &Column) -> String {
    let words = type_words(&column.ty);
    let an = words.starts_with(['a', 'e', 'i', 'o']);
    format!("{} {words} column", if an { "an" } else { "a" })
}

/// Returns the name of a column type for a message, such as `text`.
pub(crate) fn type_words(ty: &ColumnType) -> &'static str {
    use dvkit_schema::{DateTimeBehavior, Edm};
    match ty {
        ColumnType::String { .. } | ColumnType::Edm { edm: Edm::String } => "text",
        ColumnType::Memo { .. } => "multi-line text",
        ColumnType::Integer { .. } | ColumnType::BigInt => "whole number",
        ColumnType::Edm { edm: Edm::Int32 | Edm::Int64 } => "whole number or choice",
        ColumnType::Decimal { .. } | ColumnType::Edm { edm: Edm::Decimal } => "decimal number",
        ColumnType::Double { .. } | ColumnType::Edm { edm: Edm::Double } => "floating-point number",
        ColumnType::Money { .. } => "money",
        ColumnType::Boolean { .. } | ColumnType::Edm { edm: Edm::Boolean } => "yes/no",
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. }
        | ColumnType::Edm { edm: Edm::Date } => "date",
        ColumnType::DateTime { .. } | ColumnType::Edm { edm: Edm::DateTimeOffset } => "date and time",
        ColumnType::Lookup { .. } => "lookup",
        ColumnType::Customer { .. } => "customer lookup",
        ColumnType::Owner { .. } => "owner lookup",
        ColumnType::PartyList { .. } => "party list",
        ColumnType::Choice { .. } => "choice",
        ColumnType::Choices { .. } => "multi-select choice",
        ColumnType::State { .. } => "state",
        ColumnType::Status { .. } => "status reason",
        ColumnType::Uniqueidentifier | ColumnType::Edm { edm: Edm::Guid } => "guid",
        ColumnType::EntityName => "table name",
        ColumnType::ManagedProperty => "managed property",
        ColumnType::Image { .. } => "image",
        ColumnType::File { .. } => "file",
        ColumnType::Virtual => "computed",
        ColumnType::CalendarRules => "calendar",
        ColumnType::Edm { edm: Edm::Binary } => "binary",
        ColumnType::Other { .. } => "unknown",
    }
}
