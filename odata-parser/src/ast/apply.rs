//! The syntax trees of `$apply` (OData Extension for Data Aggregation, ABNF `applyTrafo`) and of `$search`.

use dvkit_diagnostic::Span;

use super::{ComputeItem, Expr, OrderItem, Path, Placeholder};

/// One transformation of `$apply`, such as `groupby((a),aggregate(b with sum as c))`.
#[derive(Clone, Debug, PartialEq)]
pub struct Transformation<'s> {
    /// The position of the transformation.
    pub span: Span,
    /// The position of the transformation's name.
    pub name_span: Span,
    /// The kind of transformation, with its arguments.
    pub kind: TransformationKind<'s>,
}

/// The kinds of transformation.
#[derive(Clone, Debug, PartialEq)]
pub enum TransformationKind<'s> {
    /// `aggregate(revenue with sum as total,$count as rows)`
    Aggregate(Vec<Aggregation<'s>>),
    /// `groupby((a,b/c),…)`: the keys, and the transformations of each group.
    GroupBy(Vec<GroupKey<'s>>, Vec<Transformation<'s>>),
    /// `filter(…)`
    Filter(Expr<'s>),
    /// `search(…)`
    Search(Search<'s>),
    /// `compute(a mul b as c)`
    Compute(Vec<ComputeItem<'s>>),
    /// `orderby(a desc)`
    OrderBy(Vec<OrderItem<'s>>),
    /// `top(3)`
    Top(Expr<'s>),
    /// `skip(3)`
    Skip(Expr<'s>),
    /// `identity`
    Identity,
    /// `concat(…,…)`: two or more sequences of transformations.
    Concat(Vec<Vec<Transformation<'s>>>),
    /// `nest(… as a,… as b)`, which has no path, or `addnested(path,… as a)` with its path.
    Nest(Option<Path<'s>>, Vec<NestItem<'s>>),
    /// `join(path as a,…)` if the flag is `false`, `outerjoin(path as a,…)` if it is `true`.
    Join(bool, Join<'s>),
    /// Any other transformation, with its name and its arguments: `topcount(2,Amount)`, `ancestors(…)`,
    /// `traverse(…)`, `Ns.Custom(a=1)`.
    Call(&'s str, Vec<ApplyArgument<'s>>),
    /// A placeholder in the position of transformations, if
    /// [`ParseOptions::placeholders`](crate::ParseOptions::placeholders) is set.
    Placeholder(Placeholder<'s>),
}

/// An item of `aggregate(…)`: `amount mul 2 with sum from time with average as total` (ABNF `aggregateExpr`).
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregation<'s> {
    /// The position of the item.
    pub span: Span,
    /// The aggregated expression. For a number of rows, it is a path that ends in `$count`.
    pub expr: Expr<'s>,
    /// The method after `with` (`sum`, `Ns.custom`), and its position; `None` if there is no method.
    pub method: Option<(&'s str, Span)>,
    /// The `from` clauses, in order.
    pub from: Vec<From<'s>>,
    /// The name of the result after `as`, and its position; `None` if there is no name.
    pub alias: Option<(&'s str, Span)>,
}

/// A `from` clause of an aggregation: `from time,product/name with average`.
#[derive(Clone, Debug, PartialEq)]
pub struct From<'s> {
    /// The paths to group by.
    pub paths: Vec<Path<'s>>,
    /// The method after `with`, and its position; `None` if there is no method.
    pub method: Option<(&'s str, Span)>,
}

/// A key of `groupby`.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupKey<'s> {
    /// A path such as `a/b`, and its position.
    Path(Path<'s>, Span),
    /// `rollup(a,b)`, and its position.
    Rollup(Vec<Path<'s>>, Span),
    /// `rolluprecursive(…)`, and its position.
    RollupRecursive(Vec<ApplyArgument<'s>>, Span),
}

/// An item of `nest` and `addnested`: `… as a` (ABNF `nestApplyExpr`).
#[derive(Clone, Debug, PartialEq)]
pub struct NestItem<'s> {
    /// The transformations, in order. In `addnested` they apply to the related rows that its path refers to.
    pub apply: Vec<Transformation<'s>>,
    /// The name of the result, and its position.
    pub alias: (&'s str, Span),
}

/// The arguments of `join` and `outerjoin`: `path as a,…`.
#[derive(Clone, Debug, PartialEq)]
pub struct Join<'s> {
    /// The path of the joined collection.
    pub path: Path<'s>,
    /// The name of the joined row, and its position.
    pub alias: (&'s str, Span),
    /// The transformations of the joined row, in order; empty if there are none.
    pub apply: Vec<Transformation<'s>>,
}

/// An argument of [`TransformationKind::Call`] or of [`GroupKey::RollupRecursive`].
#[derive(Clone, Debug, PartialEq)]
pub enum ApplyArgument<'s> {
    /// An expression, optionally with a direction (`Name desc` of `traverse`) or a parameter name (`Count=1`).
    Expr {
        /// The parameter name before `=` in the argument of a custom function, and its position; `None` for
        /// other arguments.
        name: Option<(&'s str, Span)>,
        /// The expression.
        expr: Expr<'s>,
        /// The direction (`true` for `desc`, `false` for `asc`) and its position; `None` if none is written.
        direction: Option<(bool, Span)>,
    },
    /// Transformations: `filter(ID eq 'US')/top(3)`.
    Apply(Vec<Transformation<'s>>),
    /// `keep start`, and its position.
    KeepStart(Span),
}

/// A search expression (ABNF `searchExpr`).
#[derive(Clone, Debug, PartialEq)]
pub struct Search<'s> {
    /// The position of the search expression.
    pub span: Span,
    /// The kind of search expression.
    pub kind: SearchKind<'s>,
}

/// The kinds of search expression.
#[derive(Clone, Debug, PartialEq)]
pub enum SearchKind<'s> {
    /// `blue`
    Word(&'s str),
    /// A phrase in double quotes, `"blue green"`, or in the single quotes of OData 4.01. The text includes
    /// the quotes.
    Phrase(&'s str),
    /// `NOT blue`
    Not(Box<Search<'s>>),
    /// `blue AND green` if the flag is `true`; `blue green`, without the word `AND`, if it is `false`.
    And(Box<Search<'s>>, Box<Search<'s>>, bool),
    /// `blue OR green`
    Or(Box<Search<'s>>, Box<Search<'s>>),
    /// `(blue)`
    Paren(Box<Search<'s>>),
    /// A part that could not be parsed. A diagnostic always reports it.
    Error,
}
