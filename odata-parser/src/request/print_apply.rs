//! Prints the syntax trees of `$apply` and `$search`, for the printer of requests.

use std::fmt::{self, Display, Formatter, Write};

use super::print::list;
use crate::ast::{
    Aggregation, ApplyArgument, From, GroupKey, Join, NestItem, Search, SearchKind, Transformation,
    TransformationKind,
};

/// A chain of transformations, which is printed with `/` between them.
struct Sequence<'r, 's>(&'r [Transformation<'s>]);

impl Display for Sequence<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        list(f, self.0, '/')
    }
}

impl Display for Transformation<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        use TransformationKind as Kind;
        match &self.kind {
            Kind::Aggregate(items) => call(f, "aggregate", items),
            Kind::GroupBy(keys, apply) => {
                f.write_str("groupby((")?;
                list(f, keys, ',')?;
                f.write_char(')')?;
                then(f, apply)?;
                f.write_char(')')
            }
            Kind::Filter(condition) => write!(f, "filter({condition})"),
            Kind::Search(search) => write!(f, "search({search})"),
            Kind::Compute(items) => call(f, "compute", items),
            Kind::OrderBy(items) => call(f, "orderby", items),
            Kind::Top(n) => write!(f, "top({n})"),
            Kind::Skip(n) => write!(f, "skip({n})"),
            Kind::Identity => f.write_str("identity"),
            Kind::Concat(all) => call(f, "concat", &all.iter().map(|a| Sequence(a)).collect::<Vec<_>>()),
            Kind::Nest(None, items) => call(f, "nest", items),
            Kind::Nest(Some(path), items) => {
                write!(f, "addnested({path},")?;
                list(f, items, ',')?;
                f.write_char(')')
            }
            Kind::Join(outer, join) => write!(f, "{}({join})", if *outer { "outerjoin" } else { "join" }),
            Kind::Call(name, args) => call(f, name, args),
            Kind::Placeholder(placeholder) => placeholder.fmt(f),
        }
    }
}

fn call(f: &mut Formatter<'_>, name: &str, args: &[impl Display]) -> fmt::Result {
    write!(f, "{name}(")?;
    list(f, args, ',')?;
    f.write_char(')')
}

/// Prints a comma and the transformations; nothing if there are none.
fn then(f: &mut Formatter<'_>, apply: &[Transformation<'_>]) -> fmt::Result {
    if apply.is_empty() { Ok(()) } else { write!(f, ",{}", Sequence(apply)) }
}

impl Display for Aggregation<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)?;
        with(f, self.method)?;
        for from in &self.from {
            from.fmt(f)?;
        }
        match self.alias {
            Some((alias, _)) => write!(f, " as {alias}"),
            None => Ok(()),
        }
    }
}

fn with(f: &mut Formatter<'_>, method: Option<(&str, dvkit_diagnostic::Span)>) -> fmt::Result {
    match method {
        Some((method, _)) => write!(f, " with {method}"),
        None => Ok(()),
    }
}

impl Display for From<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(" from ")?;
        list(f, &self.paths, ',')?;
        with(f, self.method)
    }
}

impl Display for GroupKey<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path, _) => path.fmt(f),
            Self::Rollup(paths, _) => call(f, "rollup", paths),
            Self::RollupRecursive(args, _) => call(f, "rolluprecursive", args),
        }
    }
}

impl Display for NestItem<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {}", Sequence(&self.apply), self.alias.0)
    }
}

impl Display for Join<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {}", self.path, self.alias.0)?;
        then(f, &self.apply)
    }
}

impl Display for ApplyArgument<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expr { name, expr, direction } => {
                if let Some((name, _)) = name {
                    write!(f, "{name}=")?;
                }
                expr.fmt(f)?;
                super::print::direction(f, *direction)
            }
            Self::Apply(apply) => Sequence(apply).fmt(f),
            Self::KeepStart(_) => f.write_str("keep start"),
        }
    }
}

impl Display for Search<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            SearchKind::Word(text) | SearchKind::Phrase(text) => f.write_str(text),
            SearchKind::Not(inner) => write!(f, "NOT {inner}"),
            SearchKind::And(left, right, true) => write!(f, "{left} AND {right}"),
            SearchKind::And(left, right, false) => write!(f, "{left} {right}"),
            SearchKind::Or(left, right) => write!(f, "{left} OR {right}"),
            SearchKind::Paren(inner) => write!(f, "({inner})"),
            SearchKind::Error => f.write_str("<error>"),
        }
    }
}
