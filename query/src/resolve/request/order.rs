//! `$orderby`, `$top`, and what they go with.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};
use dvkit_schema::{ColumnType, Edm};
use odata_parser::ast::{Expr, ExprKind, LiteralKind, OptionKind, OrderItem, Request, TransformationKind};

use crate::hir::{Order, Page, Value};
use crate::resolve::path::{Want, article};
use crate::resolve::{End, Resolver, Role};

/// The most rows of one answer.
const MOST_ROWS: i64 = 5000;
/// So many orders are compared with those that follow; what is behind them hardly orders anything.
const MOST_COMPARED: usize = 64;

impl<'a> Resolver<'a> {
    pub(super) fn order(&mut self, items: &'a [OrderItem<'a>]) -> Option<Vec<Order>> {
        let role = std::mem::replace(&mut self.role, Role::Order);
        let mut order: Vec<Order> = Vec::with_capacity(items.len());
        let mut complete = true;
        for item in items {
            self.direction(item);
            match self.order_item(item) {
                Some(one) if order.iter().take(MOST_COMPARED).any(|o| o.by == one.by) => {
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

    /// `DESC` is OData 4.01.
    fn direction(&mut self, item: &OrderItem<'_>) {
        if let Some((descending, span)) = item.direction {
            self.lower_case(span, if descending { "desc" } else { "asc" });
        }
    }

    fn order_item(&mut self, item: &'a OrderItem<'a>) -> Option<Order> {
        let expr = self.given(&item.expr);
        let descending = item.direction.is_some_and(|(descending, _)| descending);
        let ExprKind::Path(path) = &expr.kind else {
            if matches!(expr.kind, ExprKind::Placeholder(_) | ExprKind::Error | ExprKind::Alias(_)) {
                return None;
            }
            let message = "`$orderby` takes columns, and this is none".to_owned();
            return self.refuse(code::ORDER_EXPRESSION, expr.span, message, "");
        };
        if self.is_aggregate(path.as_name()) {
            // Told where all of `$apply` is known.
            return None;
        }
        let (row, column) = match self.walk(&path.segments, Want::Value)? {
            End::Column(row, column, _) | End::Managed(row, column, _) => (row, column),
            End::One(row, relationship, span) => {
                let column = relationship.column.as_deref().and_then(|c| row.table.column(c));
                let Some(column) = column.filter(|c| c.is_property()) else {
                    let message = "this leads to a row, which has no order".to_owned();
                    return self.refuse(code::ORDER_EXPRESSION, span, message, "name one of its columns");
                };
                self.lookup_as_column(column, span.of(self.source), span);
                (row, column)
            }
            End::Many(_, _, span) | End::Row(_, span) => {
                let message = "rows have no order of their own: name a column".to_owned();
                return self.refuse(code::ORDER_EXPRESSION, span, message, "");
            }
        };
        self.note(&row, column, expr.span);
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

    /// The number of `$top`.
    pub(super) fn top(&mut self, expr: &'a Expr<'a>) -> Option<Value> {
        match &expr.kind {
            ExprKind::Literal(l) if l.kind == LiteralKind::Integer => match l.text.parse() {
                Ok(n) => Some(Value::Integer(n)),
                Err(_) => {
                    let message = "no answer has so many rows".to_owned();
                    self.refuse(code::TOP_LIMIT, expr.span, message, "the most is 5000")
                }
            },
            ExprKind::Error => None,
            _ => Some(Value::Parameter(expr.span.of(self.source).to_owned())),
        }
    }

    /// `$top` beyond one answer, and beside `$count`.
    pub(super) fn top_and_count(&mut self, request: &'a Request<'a>, page: &Page) {
        if page.top.is_none() {
            return;
        }
        let Some(top) = request.option(|k| match k {
            OptionKind::Top(n) => Some(n),
            _ => None,
        }) else {
            return;
        };
        if matches!(page.top, Some(Value::Integer(n)) if n > MOST_ROWS) {
            let message =
                format!("one answer has at most {MOST_ROWS} rows, and nothing comes after a `$top`");
            let d = Diagnostic::warning(code::TOP_LIMIT, top.span, message)
                .help("for more rows leave `$top` out and follow `@odata.nextLink`");
            self.push(d.suggest(Suggestion::maybe("ask for what comes", top.span, MOST_ROWS.to_string())));
        }
        if page.total {
            let message = "Dataverse advises against `$top` together with `$count`";
            self.push(
                Diagnostic::warning(code::TOP_LIMIT, top.span, message)
                    .help("a page size is asked for with `Prefer: odata.maxpagesize=…`"),
            );
        }
    }

    /// Is it the name of something that `$apply` computes?
    fn is_aggregate(&self, name: Option<&str>) -> bool {
        let Some((name, request)) = name.zip(self.request) else { return false };
        aliases(request).any(|a| a == name)
    }

    /// `$orderby` of what `$apply` computes.
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
                // Without the order the first rows are any rows.
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

/// The names that `$apply` gives to what it computes.
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
