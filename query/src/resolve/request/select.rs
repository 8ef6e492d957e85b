//! Resolves the option `$select`, in a request and within `$expand`, to the columns that are returned. The
//! resolver of requests calls it.

use dvkit_diagnostic::{Diagnostic, Severity, Span, Suggestion, code};
use dvkit_schema::{Column, Relationship, Side, Table};
use odata_parser::ast::{Item, OptionKind, Request, SegmentKind};

use crate::hir::{ColumnRef, Columns};
use crate::resolve::path::Expect;
use crate::resolve::{PathTarget, Resolver, Role, Row, plain_name};
use crate::rewrite::joined_columns;

/// The annotation with the formatted value of a property: the label of a choice, or the primary name of the
/// row that a lookup points to.
const FORMATTED: &str = "@OData.Community.Display.V1.FormattedValue";

impl<'a> Resolver<'a> {
    /// Resolves the `$select` of a request. `index` is the index of this option in the request, and `items`
    /// are its columns. Returns `None` if an item could not be understood; then the mistake has been
    /// reported.
    pub(super) fn select(
        &mut self,
        request: &'a Request<'a>,
        index: usize,
        items: &'a [Item<'a>],
    ) -> Option<Columns> {
        let option = self.whole_option(request, index);
        let free = !request.options.iter().any(|o| matches!(o.kind, OptionKind::Expand(_)));
        self.select_list(items, option, free)
    }

    /// Resolves the items of a `$select`. `option` is the span that a fix must remove if no item is left.
    /// `expandable` says whether a fix can add an `$expand` to the request. Returns `None` if an item could
    /// not be understood; then the mistake has been reported.
    pub(super) fn select_list(
        &mut self,
        items: &'a [Item<'a>],
        option: Span,
        expandable: bool,
    ) -> Option<Columns> {
        let role = std::mem::replace(&mut self.role, Role::Select);
        let mut columns: Vec<ColumnRef> = Vec::with_capacity(items.len());
        let mut twice = SeenColumns::default();
        let mut complete = true;
        for (i, item) in items.iter().enumerate() {
            let gone = without(items, i, option);
            match self.select_item(items, item, gone, expandable) {
                Selected::Column(row, column) => {
                    let again = twice.is_repeated(column);
                    let column = row.column_ref(column, false);
                    if again {
                        let message = format!("`{}` is selected twice", item.path);
                        let d = Diagnostic::warning(code::DUPLICATE_NAME, item.span, message);
                        self.push(d.suggest(Suggestion::fix("leave it out", gone, "")));
                    } else {
                        columns.push(column);
                    }
                }
                Selected::Nothing => {}
                Selected::Unknown => complete = false,
            }
        }
        self.role = role;
        complete.then_some(if columns.is_empty() { Columns::All } else { Columns::Listed(columns) })
    }

    fn select_item(
        &mut self,
        items: &'a [Item<'a>],
        item: &'a Item<'a>,
        gone: Span,
        expandable: bool,
    ) -> Selected<'a> {
        let Some(table) = self.scopes.last().map(|s| s.table) else { return Selected::Unknown };
        if let Some(nested) = &item.nested {
            let message = "`$select` of Dataverse takes no options in parentheses".to_owned();
            let help = "options on related rows stand in `$expand`";
            self.refuse::<()>(code::UNSUPPORTED_SELECT, nested.span, message, help);
            return Selected::Unknown;
        }
        let name = match item.path.segments.as_slice() {
            [one] => match &one.kind {
                SegmentKind::Name(name) => *name,
                SegmentKind::Star => return self.star(item.span, gone, items.len() == 1),
                SegmentKind::Placeholder(_) => return Selected::Unknown,
                _ => {
                    let message = format!("Dataverse cannot select `{}`", item.path);
                    self.refuse::<()>(code::UNSUPPORTED_SELECT, item.span, message, "it selects columns");
                    return Selected::Unknown;
                }
            },
            _ => return self.related_column(items, item, gone, expandable),
        };
        let row = Row { scope: self.scopes.len() - 1, path: Vec::new(), table };
        if let Some(column) = table.property(name) {
            self.record_use(&row, column, item.span);
            return Selected::Column(row, column);
        }
        let relationship = table.navigation(name);
        let column = table.column(&name.to_lowercase());
        if let Some(column) = column.filter(|c| !c.is_property())
            && let Some(selected) = self.formatted_name(items, item, table, column, name, gone)
        {
            return selected;
        }
        let lookup = column.filter(|c| c.ty.is_lookup() && c.is_property());
        if lookup.is_some() || relationship.is_some() {
            return self.select_navigation(item, table, name, lookup, relationship, gone);
        }
        match self.resolve_last_segment(row, name, item.span, Expect::Value) {
            Some(PathTarget::Column(row, column, _)) => {
                self.record_use(&row, column, item.span);
                Selected::Column(row, column)
            }
            Some(PathTarget::One(_, relationship, _) | PathTarget::Many(_, relationship, _)) => {
                // The wrong letter case has been reported. The next round of fixes continues from there.
                let _ = relationship;
                Selected::Unknown
            }
            _ => Selected::Unknown,
        }
    }

    /// Reports `*` in a `$select`. `span` is the span of the `*`, and `gone` is the span that a fix must
    /// remove, including a comma. If `alone` is true, the `*` is the only item; only then is its removal
    /// suggested.
    fn star(&mut self, span: Span, gone: Span, alone: bool) -> Selected<'a> {
        let message = "Dataverse does not document `*` in `$select`; without `$select` all columns come back";
        let d = Diagnostic::warning(code::STAR, span, message);
        self.push(if alone { d.suggest(Suggestion::maybe("leave it out", gone, "")) } else { d });
        Selected::Unknown
    }

    /// Reports the virtual column `column`, which has the label of a choice or the primary name of a lookup's
    /// row, with a fix that selects the choice or the lookup instead. The service returns labels and names as
    /// annotations of these properties, if the client requests annotations. `gone` is the span that a fix
    /// must remove to remove the item. Returns `None` if `column` is not such a column.
    fn formatted_name(
        &mut self,
        items: &[Item<'_>],
        item: &Item<'_>,
        table: &'a Table,
        column: &'a Column,
        name: &str,
        gone: Span,
    ) -> Option<Selected<'a>> {
        let base = table.column(column.attribute_of.as_deref()?)?;
        let property = base.property_name();
        let what = if base.ty.is_lookup() { "name of the row behind" } else { "label of" };
        let message = format!("`{name}` is not a property of the Web API: it is the {what} `{property}`");
        let d = Diagnostic::error(code::FORMATTED_NAME, item.span, message).help(format!(
            "it comes as `{property}{FORMATTED}`, where `Prefer: odata.include-annotations` asks for it"
        ));
        let selected = items.iter().any(|i| i.path.as_name() == Some(&*property));
        let row = Row { scope: self.scopes.len() - 1, path: Vec::new(), table };
        if selected {
            self.push(d.suggest(Suggestion::fix(
                format!("`{property}` is selected: leave this out"),
                gone,
                "",
            )));
            return Some(Selected::Nothing);
        }
        let text = format!("select `{property}`");
        // `$select=statecode,name` without its comma, unless `name` is selected anyway.
        let joined = joined_columns(table, base, name)
            .filter(|(_, second)| !items.iter().any(|i| i.path.as_name() == Some(second)));
        if let Some((first, second)) = joined {
            let two = format!("{first},{second}");
            self.push(
                d.suggest(Suggestion::maybe(text, item.span, property))
                    .suggest(Suggestion::maybe("add `,`", item.span, two)),
            );
            return Some(Selected::Unknown);
        }
        self.push(d.suggest(Suggestion::fix(text, item.span, property.clone())));
        Some(Selected::Column(row, base))
    }

    /// Reports a lookup or its navigation property in a `$select`, with a fix that selects the property
    /// `_<column>_value`. `lookup` is the lookup column called `name`, and `relationship` is the relationship
    /// with this navigation property; each is `None` if there is none. `gone` is the span that a fix must
    /// remove to remove the item.
    fn select_navigation(
        &mut self,
        item: &Item<'_>,
        table: &'a Table,
        name: &str,
        lookup: Option<&'a Column>,
        relationship: Option<&'a Relationship>,
        gone: Span,
    ) -> Selected<'a> {
        let behind = relationship
            .filter(|r| r.side == Side::ManyToOne)
            .and_then(|r| table.column(r.column.as_deref()?))
            .filter(|c| c.is_property());
        let column = lookup.or(behind);
        let Some(column) = column else {
            let message = format!("`{name}` is a navigation property: `$select` takes columns");
            let d = Diagnostic::error(code::SELECT_NAVIGATION, item.span, message);
            self.push(
                d.help(format!("the rows it leads to come with `$expand={name}($select=…)`"))
                    .suggest(Suggestion::maybe("leave it out here", gone, "")),
            );
            return Selected::Unknown;
        };
        let property = column.property_name();
        let message =
            format!("`{name}` is a navigation property; the lookup itself is the property `{property}`");
        // Microsoft's samples contain `$select=ownerid`, and it works.
        let severity = if lookup.is_some() { Severity::Warning } else { Severity::Error };
        let mut d = Diagnostic::new(code::SELECT_NAVIGATION, severity, item.span, message);
        let followed = relationship.filter(|r| !matches!(r.table.as_str(), "principal" | "owner"));
        if let Some(navigation) = followed.and_then(|r| r.navigation.as_deref()) {
            d = d.help(format!("columns of the row come with `$expand={navigation}($select=…)`"));
        }
        self.push(d.suggest(Suggestion::fix(format!("select `{property}`"), item.span, property.clone())));
        Selected::Column(Row { scope: self.scopes.len() - 1, path: Vec::new(), table }, column)
    }

    /// Reports the item `item` of a `$select`, which is a column of a related row. The fix writes an
    /// equivalent `$expand` and removes the span `gone`, which is the item with its comma. `expandable` says
    /// whether an `$expand` can be added to the request; if not, there is no fix. Always returns
    /// [`Selected::Unknown`].
    fn related_column(
        &mut self,
        items: &'a [Item<'a>],
        item: &'a Item<'a>,
        gone: Span,
        expandable: bool,
    ) -> Selected<'a> {
        let message = "`$select` takes columns of the row itself; those of a related row come with `$expand`";
        let d = Diagnostic::error(code::SELECT_RELATED, item.span, message);
        let [first, last] = item.path.segments.as_slice() else {
            self.push(d);
            return Selected::Unknown;
        };
        let (SegmentKind::Name(navigation), SegmentKind::Name(column)) = (&first.kind, &last.kind) else {
            self.push(d);
            return Selected::Unknown;
        };
        let known = self.scopes.last().and_then(|s| {
            let name = plain_name(navigation);
            s.table.navigation(navigation).or_else(|| s.table.navigation(name))
        });
        let Some(relationship) = known else {
            // The name may be misspelt; path resolution reports that.
            self.push(d);
            return Selected::Unknown;
        };
        let navigation = relationship.navigation.as_deref().unwrap_or_default();
        // All columns of this navigation property go into one `$expand`, which is reported at the first of
        // them.
        let through = |i: &&Item<'_>| matches!(i.path.segments.as_slice(), [a, _] if a.kind == first.kind);
        let alone = items.iter().filter(through).nth(1).is_none();
        let others = items.iter().any(|i| i.path.segments.len() > 1 && !through(&i));
        let one = alone && items.len() > 1 && !others && expandable && relationship.is_single();
        let expand = format!("$expand={navigation}($select={column})");
        let at = Span::at(self.source.len());
        self.push(match one {
            true => d.suggest(
                Suggestion::fix(format!("`{expand}`"), gone, "")
                    .and_edit(self.end_of_options(at), format!("&{expand}")),
            ),
            false => d.help(format!("write `{expand}`")),
        });
        Selected::Unknown
    }

    /// Returns the empty span after the last option of the request, at which a fix can add an option. Returns
    /// `otherwise` if the request has no option.
    pub(super) fn end_of_options(&self, otherwise: Span) -> Span {
        match self.request.and_then(|r| r.options.last()) {
            Some(last) => Span { start: last.span.end, end: last.span.end },
            None => otherwise,
        }
    }
}

/// The result of resolving an item of a `$select`.
enum Selected<'a> {
    Column(Row<'a>, &'a Column),
    /// The item is superfluous, and the other items are enough.
    Nothing,
    /// The item could not be understood. The mistake has been reported.
    Unknown,
}

/// Returns the span that a fix must remove to remove the item with the index `index` from a list. It includes
/// the comma after the item or, for the last item, the comma before it. For the only item, it is `option`,
/// the span of the whole option.
pub(super) fn without(items: &[Item<'_>], index: usize, option: Span) -> Span {
    let Some(own) = items.get(index).map(|i| i.span) else { return option };
    match (items.get(index + 1), index.checked_sub(1).and_then(|i| items.get(i))) {
        (Some(next), _) => Span { start: own.start, end: next.span.start },
        (None, Some(before)) => Span { start: before.span.end, end: own.end },
        (None, None) => option,
    }
}

/// The columns that occurred so far in a list of columns. It is a plain list, because a table has at most a
/// few hundred columns.
#[derive(Default)]
pub(super) struct SeenColumns<'a>(Vec<&'a Column>);

impl<'a> SeenColumns<'a> {
    /// Adds a column, and returns whether the same column was added before.
    pub(super) fn is_repeated(&mut self, column: &'a Column) -> bool {
        let seen = self.0.iter().any(|c| std::ptr::eq(*c, column));
        if !seen {
            self.0.push(column);
        }
        seen
    }
}
