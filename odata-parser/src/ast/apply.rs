//! `$apply`: transformations of sets of rows (OData Extension for Data Aggregation, ABNF `applyTrafo`), and `$search`.

use dvkit_diagnostic::Span;

use super::{ComputeItem, Expr, OrderItem, Path, Placeholder};

/// One transformation, `groupby((a),aggregate(b with sum as c))`.
#[derive(Clone, Debug, PartialEq)]
pub struct Transformation<'s> {
    /// Where it stands.
    pub span: Span,
    /// Where its name stands.
    pub name_span: Span,
    /// What it does.
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
    /// `concat(…,…)`: two or more sequences.
    Concat(Vec<Vec<Transformation<'s>>>),
    /// `nest(… as a,… as b)`; `addnested(path,… as a)` where there is a path.
    NestItem(Option<Path<'s>>, Vec<NestItem<'s>>),
    /// `join(path as a,…)`; `outerjoin` where the flag is set.
    Join(bool, Join<'s>),
    /// Everything else by name: `topcount(2,Amount)`, `ancestors(…)`, `traverse(…)`, `Ns.Custom(a=1)`.
    Call(&'s str, Vec<ApplyArgument<'s>>),
    /// A placeholder that stands for transformations, when they were asked for.
    Placeholder(Placeholder<'s>),
}

/// `amount mul 2 with sum from time with average as total` (ABNF `aggregateExpr`).
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregation<'s> {
    /// All of it.
    pub span: Span,
    /// What is aggregated; a path that ends in `$count` for a number of rows.
    pub expr: Expr<'s>,
    /// The method behind `with` (`sum`, `Ns.custom`) and where it stands.
    pub method: Option<(&'s str, Span)>,
    /// The `from` clauses.
    pub from: Vec<From<'s>>,
    /// The name of the result behind `as`, and where it stands.
    pub alias: Option<(&'s str, Span)>,
}

/// `from time,product/name with average`.
#[derive(Clone, Debug, PartialEq)]
pub struct From<'s> {
    /// What is grouped by.
    pub paths: Vec<Path<'s>>,
    /// The method behind `with`.
    pub method: Option<(&'s str, Span)>,
}

/// What `groupby` groups by.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupKey<'s> {
    /// `a/b`, and where it stands.
    Path(Path<'s>, Span),
    /// `rollup(a,b)`, and where it stands.
    Rollup(Vec<Path<'s>>, Span),
    /// `rolluprecursive(…)`, and where it stands.
    RollupRecursive(Vec<ApplyArgument<'s>>, Span),
}

/// `… as a` within `nest` and `addnested` (ABNF `nestApplyExpr`).
#[derive(Clone, Debug, PartialEq)]
pub struct NestItem<'s> {
    /// What is done to the rows or to what the path leads to.
    pub apply: Vec<Transformation<'s>>,
    /// The name of the result and where it stands.
    pub alias: (&'s str, Span),
}

/// `path as a,…` within `join` and `outerjoin`.
#[derive(Clone, Debug, PartialEq)]
pub struct Join<'s> {
    /// The collection.
    pub path: Path<'s>,
    /// Its name and where it stands.
    pub alias: (&'s str, Span),
    /// What is done to it; empty for nothing.
    pub apply: Vec<Transformation<'s>>,
}

/// An argument of a transformation that has none of the forms above.
#[derive(Clone, Debug, PartialEq)]
pub enum ApplyArgument<'s> {
    /// An expression, perhaps with a direction (`Name desc` of `traverse`), perhaps with a name (`Count=1`).
    Expr {
        /// The parameter's name, of custom functions.
        name: Option<(&'s str, Span)>,
        /// The expression.
        expr: Expr<'s>,
        /// Is `desc` written, and where the direction stands.
        direction: Option<(bool, Span)>,
    },
    /// Transformations: `filter(ID eq 'US')/top(3)`.
    Apply(Vec<Transformation<'s>>),
    /// `keep start`, and where it stands.
    KeepStart(Span),
}

/// A search (ABNF `searchExpr`).
#[derive(Clone, Debug, PartialEq)]
pub struct Search<'s> {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: SearchKind<'s>,
}

/// The kinds of search.
#[derive(Clone, Debug, PartialEq)]
pub enum SearchKind<'s> {
    /// `blue`
    Word(&'s str),
    /// `"blue green"`, or `'…'` of OData 4.01, quotes included.
    Phrase(&'s str),
    /// `NOT blue`
    Not(Box<Search<'s>>),
    /// `blue AND green`, `blue green`; the flag says whether the word is written.
    And(Box<Search<'s>>, Box<Search<'s>>, bool),
    /// `blue OR green`
    Or(Box<Search<'s>>, Box<Search<'s>>),
    /// `(blue)`
    Paren(Box<Search<'s>>),
    /// What could not be parsed; comes with a diagnostic.
    Error,
}
