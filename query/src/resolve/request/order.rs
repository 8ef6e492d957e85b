//! Resolves the option `$orderby`, in a request and within `$expand`, to the criteria by which rows are
//! ordered. The resolver of requests calls it.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};
use dvkit_schema::{ColumnType, Edm};
use odata_parser::ast::{ExprKind, OptionKind, OrderItem, Request, TransformationKind};

use crate::hir::Order;
use crate::resolve::path::{Expect, article};
use crate::resolve::{PathTarget, Resolver, Role};

/// The maximum number of criteria in an order with which later criteria are compared to find duplicates.
/// Later criteria hardly affect the result.
const MAX_COMPARED_ORDERS: usize = 64;

impl<'a> Resolver<'a> {
    pub(super) fn order(&mut self, items: &'a [OrderItem<'a>]) -> Option<Vec<Order>> {
        let role = std::mem::replace(&mut self.role, Role::Order);
        let mut order: Vec<Order> = Vec::with_capacity(items.len());
        let mut complete = true;
        for item in items {
            self.direction(item);
            match self.order_item(item) {
                Some(one) if order.iter().take(MAX_COMPARED_ORDERS).any(|o| o.by == one.by) => {
                    let message = "this is ordered by already: it changes nothing";
                    self.push(Diagnostic::warning(code::DUPLICATE_NAME, item.span, message));
                }
                Some(one) => order.push(one),
                None => complete = false,
            }
        }
        self.role = role;
        complete.then_some(order)
    }

    /// Reports `ASC` and `DESC` in upper case, which only OData 4.01 allows.
    fn direction(&mut self, item: &OrderItem<'_>) {
        if let Some((descending, span)) = item.direction {
            self.lower_case(span, if descending { "desc" } else { "asc" });
        }
    }

    fn order_item(&mut self, item: &'a OrderItem<'a>) -> Option<Order> {
        let expr = self.resolve_alias(&item.expr);
        let descending = item.direction.is_some_and(|(descending, _)| descending);
        let ExprKind::Path(path) = &expr.kind else {
            if matches!(expr.kind, ExprKind::Placeholder(_) | ExprKind::Error | ExprKind::Alias(_)) {
                return None;
            }
            let message = "`$orderby` takes columns, and this is not one".to_owned();
            return self.refuse(code::ORDER_EXPRESSION, expr.span, message, "");
        };
        if self.is_aggregate(path.as_name()) {
            // This is reported when all of `$apply` is known.
            return None;
        }
        let (row, column) = match self.resolve_path(&path.segments, Expect::Value)? {
            PathTarget::Column(row, column, _) | PathTarget::Managed(row, column, _) => (row, column),
            PathTarget::One(row, relationship, span) => {
                let column = relationship.column.as_deref().and_then(|c| row.table.column(c));
                let Some(column) = column.filter(|c| c.is_property()) else {
                    let message = "this leads to a row, which has no order".to_owned();
                    return self.refuse(code::ORDER_EXPRESSION, span, message, "name one of its columns");
                };
                self.rewrite_lookup_as_column(column, span.of(self.source), span);
                (row, column)
            }
            PathTarget::Many(_, _, span) | PathTarget::Row(_, span) => {
                let message = "rows have no order of their own: name a column".to_owned();
                return self.refuse(code::ORDER_EXPRESSION, span, message, "");
            }
        };
        self.record_use(&row, column, expr.span);
        let unordered = matches!(
            column.ty,
            ColumnType::Image { .. }
                | ColumnType::File { .. }
                | ColumnType::ManagedProperty
                | ColumnType::Choices { .. }
                | ColumnType::Edm { edm: Edm::Binary }
        );
        if unordered {
            let message = format!("`{}` is {}: it has no order", column.logical_name, article(column));
            return self.refuse(code::ORDER_EXPRESSION, expr.span, message, "");
        }
        Some(Order::column(row.column_ref(column, false), descending))
    }

    /// Returns whether `name` is the name of a value that the request's `$apply` computes.
    fn is_aggregate(&self, name: Option<&str>) -> bool {
        let Some((name, request)) = name.zip(self.request) else { return false };
        aliases(request).any(|a| a == name)
    }

    /// Reports each criterion of `$orderby` that is a value computed by `$apply`. Dataverse cannot order by
    /// such values.
    pub(super) fn order_on_aggregates(&mut self, request: &'a Request<'a>) {
        for (i, option) in request.options.iter().enumerate() {
            let OptionKind::OrderBy(items) = &option.kind else { continue };
            for item in items {
                let ExprKind::Path(path) = &item.expr.kind else { continue };
                let Some(name) = path.as_name().filter(|n| aliases(request).any(|a| a == *n)) else {
                    continue;
                };
                let message = format!("`{name}` is computed by `$apply`, and Dataverse cannot order by that");
                let d = Diagnostic::error(code::ORDER_ON_AGGREGATE, item.span, message)
                    .help("order the rows that come, or use FetchXML");
                let gone = self.whole_option(request, i);
                // Without the order, a limit selects any rows.
                let limited = request.options.iter().any(|o| matches!(o.kind, OptionKind::Top(_)));
                self.push(match items.len() {
                    1 if limited => d.suggest(Suggestion::maybe("leave it out", gone, "")),
                    1 => d.suggest(Suggestion::fix("leave it out and order what comes", gone, "")),
                    _ => d,
                });
            }
        }
    }
}

/// Returns the names of the values that the request's `$apply` computes, in the order of the text.
fn aliases<'r>(request: &'r Request<'r>) -> impl Iterator<Item = &'r str> {
    request
        .options
        .iter()
        .filter_map(|o| match &o.kind {
            OptionKind::Apply(apply) => Some(apply),
            _ => None,
        })
        .flatten()
        .flat_map(|t| match &t.kind {
            TransformationKind::Aggregate(all) => all.as_slice(),
            TransformationKind::GroupBy(_, inner) => match inner.as_slice() {
                [one] => match &one.kind {
                    TransformationKind::Aggregate(all) => all.as_slice(),
                    _ => &[],
                },
                _ => &[],
            },
            _ => &[],
        })
        .filter_map(|a| Some(a.alias?.0))
}
