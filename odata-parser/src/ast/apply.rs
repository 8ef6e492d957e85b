//! Defines the syntax trees of the options `$apply` (OData Extension for Data Aggregation, ABNF `applyTrafo`)
//! and `$search`. The parser of requests creates them as a part of a [`Request`](super::Request).

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

/// What a transformation of `$apply` does, with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum TransformationKind<'s> {
    /// Aggregates rows to one: `aggregate(revenue with sum as total,$count as rows)`.
    Aggregate(Vec<Aggregation<'s>>),
    /// Groups rows by keys and applies transformations to each group: `groupby((a,b/c),…)`.
    GroupBy(Vec<GroupKey<'s>>, Vec<Transformation<'s>>),
    /// Keeps the rows that meet a condition: `filter(…)`.
    Filter(Expr<'s>),
    /// Keeps the rows that match a search expression: `search(…)`.
    Search(Search<'s>),
    /// Adds computed values to each row: `compute(a mul b as c)`.
    Compute(Vec<ComputeItem<'s>>),
    /// Orders the rows: `orderby(a desc)`.
    OrderBy(Vec<OrderItem<'s>>),
    /// Keeps the first rows, in the given number: `top(3)`.
    Top(Expr<'s>),
    /// Drops the first rows, in the given number: `skip(3)`.
    Skip(Expr<'s>),
    /// Changes nothing: `identity`.
    Identity,
    /// Applies two or more chains of transformations to the same rows, and joins their results:
    /// `concat(…,…)`.
    Concat(Vec<Vec<Transformation<'s>>>),
    /// Adds nested collections to each row: `nest(… as a,… as b)`, or `addnested(path,… as a)` with a path.
    Nest(Option<Path<'s>>, Vec<NestItem<'s>>),
    /// Joins each row with related rows: `join(path as a,…)` if the flag is false, or
    /// `outerjoin(path as a,…)` if it is true.
    Join(bool, Join<'s>),
    /// Any other transformation, by its name and its arguments: `topcount(2,Amount)`, `ancestors(…)`,
    /// `traverse(…)`, `Ns.Custom(a=1)`.
    Call(&'s str, Vec<ApplyArgument<'s>>),
    /// A placeholder of a template in place of transformations, which is accepted only if
    /// [`ParseOptions::placeholders`](crate::ParseOptions::placeholders) is set.
    Placeholder(Placeholder<'s>),
}

/// One value that `aggregate(…)` computes: `amount mul 2 with sum from time with average as total` (ABNF
/// `aggregateExpr`).
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregation<'s> {
    /// The position of the whole item, up to its name.
    pub span: Span,
    /// The expression that is aggregated. To count rows, it is a path that ends in `$count`.
    pub expr: Expr<'s>,
    /// The aggregation method after `with` (`sum`, `Ns.custom`), and its position; `None` if none is written.
    pub method: Option<(&'s str, Span)>,
    /// The `from` clauses, in the order of the text.
    pub from: Vec<From<'s>>,
    /// The name of the value after `as`, and its position; `None` if none is written.
    pub alias: Option<(&'s str, Span)>,
}

/// A `from` clause of an aggregation: `from time,product/name with average`.
#[derive(Clone, Debug, PartialEq)]
pub struct From<'s> {
    /// The paths to the columns by which values are grouped.
    pub paths: Vec<Path<'s>>,
    /// The aggregation method after `with`, and its position; `None` if none is written.
    pub method: Option<(&'s str, Span)>,
}

/// One key of `groupby`, by which rows are grouped.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupKey<'s> {
    /// A path to a column, such as `a/b`, and its position.
    Path(Path<'s>, Span),
    /// The levels of a hierarchy of columns, `rollup(a,b)`, and the position of the key.
    Rollup(Vec<Path<'s>>, Span),
    /// The levels of a recursive hierarchy, `rolluprecursive(…)`, and the position of the key.
    RollupRecursive(Vec<ApplyArgument<'s>>, Span),
}

/// One nested collection that `nest` or `addnested` adds: `… as a` (ABNF `nestApplyExpr`).
#[derive(Clone, Debug, PartialEq)]
pub struct NestItem<'s> {
    /// The transformations that make the collection, in the order of the text. In `addnested` they apply to
    /// the related rows to which its path leads.
    pub apply: Vec<Transformation<'s>>,
    /// The name of the nested collection after `as`, and its position.
    pub alias: (&'s str, Span),
}

/// The arguments of the `$apply` transformations `join` and `outerjoin`, such as `Sales as Sale,filter(…)`: a
/// path, an alias, and transformations of the related rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Join<'s> {
    /// The path to the related rows.
    pub path: Path<'s>,
    /// The name of the joined row after `as`, and its position.
    pub alias: (&'s str, Span),
    /// The transformations of the related rows, in the order of the text; empty if there are none.
    pub apply: Vec<Transformation<'s>>,
}

/// One argument of [`TransformationKind::Call`] or [`GroupKey::RollupRecursive`].
#[derive(Clone, Debug, PartialEq)]
pub enum ApplyArgument<'s> {
    /// An expression, with a direction if it has one (`Name desc` of `traverse`), or with a parameter name
    /// (`Count=1`).
    Expr {
        /// The parameter name before `=` in the argument of a custom function, and its position; `None` for
        /// other arguments.
        name: Option<(&'s str, Span)>,
        /// The expression itself.
        expr: Expr<'s>,
        /// The direction (`true` for `desc`, `false` for `asc`), and its position; `None` if none is written.
        direction: Option<(bool, Span)>,
    },
    /// A chain of transformations, such as `filter(ID eq 'US')/top(3)`.
    Apply(Vec<Transformation<'s>>),
    /// The words `keep start` of `ancestors` and `descendants`, by their position.
    KeepStart(Span),
}

/// A search expression, which is the value of `$search` or a part of it (ABNF `searchExpr`).
#[derive(Clone, Debug, PartialEq)]
pub struct Search<'s> {
    /// The position of the search expression.
    pub span: Span,
    /// The kind of search expression, with its operands.
    pub kind: SearchKind<'s>,
}

/// The kinds of search expression, with their operands.
#[derive(Clone, Debug, PartialEq)]
pub enum SearchKind<'s> {
    /// A single word to search for: `blue`.
    Word(&'s str),
    /// A phrase to search for, in double quotes (`"blue green"`) or in the single quotes of OData 4.01. The
    /// text includes the quotes.
    Phrase(&'s str),
    /// A negation: `NOT blue`.
    Not(Box<Search<'s>>),
    /// A conjunction. The flag is true if the operator is written (`blue AND green`), and false if it is not
    /// (`blue green`).
    And(Box<Search<'s>>, Box<Search<'s>>, bool),
    /// A disjunction: `blue OR green`.
    Or(Box<Search<'s>>, Box<Search<'s>>),
    /// A search expression in parentheses: `(blue)`.
    Paren(Box<Search<'s>>),
    /// A part that could not be parsed, for which there is always a diagnostic.
    Error,
}
