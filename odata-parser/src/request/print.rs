//! Prints syntax trees of requests as text, without percent-encoding. `to_string` uses it.
//!
//! Printing restores the text without superfluous white space. To make a URL, encode the values with
//! [`crate::url::encode`].

use std::fmt::{self, Display, Formatter, Write};

use crate::ast::{ComputeItem, Item, NestedOptions, OptionKind, OrderItem, QueryOption, Request};

impl Display for Request<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some((service, _)) = self.service {
            f.write_str(service)?;
        }
        self.path.fmt(f)?;
        if let Some((fragment, _)) = self.fragment {
            write!(f, "#{fragment}")?;
        }
        for (n, option) in self.options.iter().enumerate() {
            f.write_char(if n == 0 { '?' } else { '&' })?;
            option.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for QueryOption<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        // A custom option may have no value, and then no `=`.
        if let OptionKind::Custom("") = self.kind
            && self.value_span == dvkit_diagnostic::Span::at(self.name_span.range().end)
        {
            return Ok(());
        }
        write!(f, "={}", self.kind)
    }
}

impl Display for OptionKind<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Select(items) | Self::Expand(items) => list(f, items, ','),
            Self::Filter(e)
            | Self::Top(e)
            | Self::Skip(e)
            | Self::Index(e)
            | Self::Count(e)
            | Self::Levels(e)
            | Self::Alias(e) => e.fmt(f),
            Self::OrderBy(items) => list(f, items, ','),
            Self::Search(search) => search.fmt(f),
            Self::Apply(apply) => list(f, apply, '/'),
            Self::Compute(items) => list(f, items, ','),
            Self::Text(text) | Self::Custom(text) => f.write_str(text),
        }
    }
}

impl Display for Item<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)?;
        match &self.nested {
            Some(nested) if !nested.options.is_empty() => nested.fmt(f),
            _ => Ok(()),
        }
    }
}

impl Display for NestedOptions<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('(')?;
        list(f, &self.options, ';')?;
        f.write_char(')')
    }
}

impl Display for OrderItem<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)?;
        direction(f, self.direction)
    }
}

impl Display for ComputeItem<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {}", self.expr, self.alias.0)
    }
}

/// Prints the items with `separator` between them.
pub(super) fn list(f: &mut Formatter<'_>, items: &[impl Display], separator: char) -> fmt::Result {
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            f.write_char(separator)?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

/// Prints ` asc` or ` desc`. The flag in `direction` says whether the direction is `desc`; for `None` nothing
/// is printed.
pub(super) fn direction(
    f: &mut Formatter<'_>,
    direction: Option<(bool, dvkit_diagnostic::Span)>,
) -> fmt::Result {
    match direction {
        Some((descending, _)) => f.write_str(if descending { " desc" } else { " asc" }),
        None => Ok(()),
    }
}
