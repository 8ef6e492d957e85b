//! Resolves the option `$apply` in the forms that Dataverse documents: `filter(…)`, `aggregate(…)` and
//! `groupby((…),aggregate(…))`. Other forms are reported. The resolver of requests calls it.

use std::collections::BTreeSet;

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::{Column, ColumnType, Edm};
use odata_parser::ast::{
    Aggregation, ExprKind, GroupKey, Path, SegmentKind, Transformation, TransformationKind,
};

use crate::hir::{self, Aggregate, AggregateFunction, ColumnRef, Grouping, Predicate};
use crate::odata::Precedence;
use crate::resolve::path::{Expect, article};
use crate::resolve::{PathTarget, Resolver, Role};

/// The aggregation methods of `$apply` that Dataverse supports, by name.
const METHODS: &[(&str, AggregateFunction)] = &[
    ("sum", AggregateFunction::Sum),
    ("average", AggregateFunction::Average),
    ("min", AggregateFunction::Min),
    ("max", AggregateFunction::Max),
];

/// The condition and the grouping that an `$apply` expresses. Each is `None` if the `$apply` does not contain
/// one.
type Applied = (Option<Predicate>, Option<Grouping>);

impl<'a> Resolver<'a> {
    pub(super) fn apply(&mut self, apply: &'a [Transformation<'a>]) -> Option<Applied> {
        let mut conditions = Vec::new();
        let mut grouping: Option<Grouping> = None;
        let mut complete = true;
        for transformation in apply {
            if grouping.is_some() {
                let message = "Dataverse takes nothing behind `aggregate` or `groupby`".to_owned();
                let help = "what comes back can be filtered and ordered by whoever asked";
                self.refuse::<()>(code::APPLY_FORM, transformation.span, message, help);
                complete = false;
                break;
            }
            match &transformation.kind {
                TransformationKind::Filter(expr) => match self.predicate(expr, Precedence::Loose) {
                    Some(condition) => conditions.push(condition),
                    None => complete = false,
                },
                TransformationKind::Aggregate(all) => {
                    let aggregates = self.aggregates(all);
                    complete &= aggregates.is_some();
                    grouping =
                        Some(Grouping { keys: Vec::new(), aggregates: aggregates.unwrap_or_default() });
                }
                TransformationKind::GroupBy(keys, inner) => {
                    let groups = self.group_by(keys, inner);
                    complete &= groups.is_some();
                    let none = Grouping { keys: Vec::new(), aggregates: Vec::new() };
                    grouping = Some(groups.unwrap_or(none));
                }
                _ => {
                    self.unsupported_transformation(transformation);
                    complete = false;
                }
            }
        }
        if grouping.is_none() && complete {
            let span = apply.first().zip(apply.last()).map_or(Span::default(), |(a, b)| a.span.to(b.span));
            let message = "`$apply` ends in `aggregate(…)` or `groupby(…)`".to_owned();
            return self.refuse(code::APPLY_FORM, span, message, "a condition alone stands in `$filter`");
        }
        let condition = (!conditions.is_empty()).then(|| Predicate::and(conditions));
        complete.then_some((condition, grouping))
    }

    fn unsupported_transformation(&mut self, transformation: &Transformation<'_>) {
        let name = transformation.name_span.of(self.source);
        let message = format!("Dataverse does not have `{name}` in `$apply`");
        let help = "it has `filter(…)`, `aggregate(…)` and `groupby((…),aggregate(…))`; FetchXML says more";
        self.refuse::<()>(code::APPLY_FORM, transformation.name_span, message, help);
    }

    fn group_by(&mut self, keys: &'a [GroupKey<'a>], inner: &'a [Transformation<'a>]) -> Option<Grouping> {
        let mut columns = Vec::with_capacity(keys.len());
        let mut complete = true;
        for key in keys {
            match key {
                GroupKey::Path(path, span) => match self.group_key(path, *span) {
                    Some(column) => columns.push(hir::GroupKey::of(column)),
                    None => complete = false,
                },
                GroupKey::Rollup(_, span) | GroupKey::RollupRecursive(_, span) => {
                    let message = "Dataverse has no subtotals in `$apply`".to_owned();
                    self.refuse::<()>(code::APPLY_FORM, *span, message, "");
                    complete = false;
                }
            }
        }
        let aggregates = match inner {
            [] => Some(Vec::new()),
            [Transformation { kind: TransformationKind::Aggregate(all), .. }] => self.aggregates(all),
            [first, rest @ ..] => {
                let wrong = match &first.kind {
                    TransformationKind::Aggregate(_) => rest.first().unwrap_or(first),
                    _ => first,
                };
                let message = "within `groupby` Dataverse takes `aggregate(…)` alone".to_owned();
                self.refuse(code::APPLY_FORM, wrong.span, message, "")
            }
        };
        Some(Grouping { keys: complete.then_some(columns)?, aggregates: aggregates? })
    }

    fn group_key(&mut self, path: &'a Path<'a>, span: Span) -> Option<ColumnRef> {
        let column = self.column_of_path(path, span, Role::Group)?;
        let (reference, column) = column;
        let date = matches!(
            column.ty,
            ColumnType::DateTime { .. } | ColumnType::Edm { edm: Edm::Date | Edm::DateTimeOffset }
        );
        if date {
            let message =
                format!("`{}` is {}, which OData cannot group by", column.logical_name, article(column));
            return self.refuse(
                code::APPLY_FORM,
                span,
                message,
                "FetchXML can: `groupby` with `dategrouping`",
            );
        }
        Some(reference)
    }

    /// Resolves a path to a column, and records for the lints that the column is used for the purpose `role`.
    /// Returns `None` if the path does not lead to a column; then the mistake has been reported.
    fn column_of_path(
        &mut self,
        path: &'a Path<'a>,
        span: Span,
        role: Role,
    ) -> Option<(ColumnRef, &'a Column)> {
        let outer = std::mem::replace(&mut self.role, role);
        let end = self.resolve_path(&path.segments, Expect::Value);
        let found = match end {
            Some(PathTarget::Column(row, column, _)) => {
                self.record_use(&row, column, span);
                Some((row.column_ref(column, false), column))
            }
            Some(PathTarget::One(row, relationship, name)) => {
                let column = relationship.column.as_deref().and_then(|c| row.table.column(c));
                match column.filter(|c| c.is_property()) {
                    Some(column) => {
                        self.rewrite_lookup_as_column(column, name.of(self.source), name);
                        Some((row.column_ref(column, false), column))
                    }
                    None => self.refuse(code::APPLY_FORM, name, "this is not a column".to_owned(), ""),
                }
            }
            Some(_) => self.refuse(code::APPLY_FORM, span, "this is not a column".to_owned(), ""),
            None => None,
        };
        self.role = outer;
        found
    }

    fn aggregates(&mut self, all: &'a [Aggregation<'a>]) -> Option<Vec<Aggregate>> {
        let mut aggregates: Vec<Aggregate> = Vec::with_capacity(all.len());
        let mut complete = true;
        let mut names = BTreeSet::new();
        for one in all {
            match self.aggregate(one) {
                Some(aggregate) => {
                    if !names.insert(aggregate.alias.clone()) {
                        let message = format!("two results are called `{}`", aggregate.alias);
                        let span = one.alias.map_or(one.span, |a| a.1);
                        self.refuse::<()>(code::DUPLICATE_NAME, span, message, "");
                        complete = false;
                    }
                    aggregates.push(aggregate);
                }
                None => complete = false,
            }
        }
        complete.then_some(aggregates)
    }

    fn aggregate(&mut self, one: &'a Aggregation<'a>) -> Option<Aggregate> {
        if let Some(from) = one.from.first() {
            let span = from.paths.first().and_then(|p| p.segments.first()).map_or(one.span, |s| s.span);
            let message = "Dataverse has no `from` in `aggregate`".to_owned();
            return self.refuse(code::APPLY_FORM, span, message, "");
        }
        let Some((alias, _)) = one.alias else {
            let message = "a result needs a name".to_owned();
            return self.refuse(code::APPLY_FORM, one.span, message, "`… as total`");
        };
        let alias = alias.to_owned();
        if let ExprKind::Path(path) = &one.expr.kind
            && let Some(SegmentKind::Count(_)) = path.segments.last().map(|s| &s.kind)
        {
            if path.segments.len() > 1 {
                let message = "Dataverse counts the rows of a group: `$count as …`".to_owned();
                return self.refuse(code::APPLY_FORM, one.expr.span, message, "");
            }
            return Some(Aggregate { function: AggregateFunction::Count, column: None, alias });
        }
        let ExprKind::Path(path) = &one.expr.kind else {
            if let ExprKind::Error = one.expr.kind {
                return None;
            }
            let message = "Dataverse aggregates columns, not expressions".to_owned();
            return self.refuse(code::APPLY_FORM, one.expr.span, message, "");
        };
        let function = self.method(one);
        let column = self.column_of_path(path, one.expr.span, Role::Aggregate);
        let (function, (reference, column)) = (function?, column?);
        self.method_applies(function, column, one)?;
        Some(Aggregate { function, column: Some(reference), alias })
    }

    fn method(&mut self, one: &Aggregation<'_>) -> Option<AggregateFunction> {
        let Some((name, span)) = one.method else {
            let message = "how is it aggregated?".to_owned();
            return self.refuse(code::APPLY_FORM, one.expr.span, message, "`revenue with sum as total`");
        };
        if let Some((_, function)) = METHODS.iter().find(|(m, _)| *m == name) {
            return Some(*function);
        }
        let message = format!("Dataverse does not aggregate with `{name}`");
        let mut d = Diagnostic::error(code::APPLY_FORM, span, message);
        let near = METHODS
            .iter()
            .find(|(m, _)| m.eq_ignore_ascii_case(name))
            .map(|(m, _)| *m)
            .or_else(|| suggest::unambiguous_typo(name, METHODS.iter().map(|(m, _)| (*m, None))));
        d = match near {
            Some(near) => d.suggest(Suggestion::fix(format!("write `{near}`"), span, near)),
            None if name.eq_ignore_ascii_case("countdistinct") => {
                d.help("a count of distinct values needs FetchXML: `aggregate='countcolumn' distinct='true'`")
            }
            None => d.help("it has `sum`, `average`, `min`, `max`, and `$count as …`"),
        };
        self.push(d);
        METHODS.iter().find(|(m, _)| Some(*m) == near).map(|(_, f)| *f)
    }

    fn method_applies(
        &mut self,
        function: AggregateFunction,
        column: &Column,
        one: &Aggregation<'_>,
    ) -> Option<()> {
        let number = matches!(column.ty.edm(), Some(Edm::Int32 | Edm::Int64 | Edm::Decimal | Edm::Double))
            && column.ty.choice().is_none()
            && !column.ty.is_choice();
        let date = matches!(column.ty.edm(), Some(Edm::Date | Edm::DateTimeOffset));
        let fits = match function {
            AggregateFunction::Sum | AggregateFunction::Average => number,
            AggregateFunction::Min | AggregateFunction::Max => number || date,
            AggregateFunction::Count | AggregateFunction::CountColumn | AggregateFunction::CountDistinct => {
                true
            }
        };
        if fits {
            return Some(());
        }
        let message = format!(
            "`{}` is {}, and `{}` needs numbers",
            column.logical_name,
            article(column),
            function.as_str()
        );
        self.refuse(code::APPLY_FORM, one.expr.span, message, "")
    }
}
