//! Filters of FetchXML while they are built, and the rows and truth values that they are built for.

use super::xml::Element;

/// The truth values for which a filter keeps a row: `value` (true or false), and if `unknown` is set, unknown
/// too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TruthMask {
    pub(super) value: bool,
    pub(super) unknown: bool,
}

impl TruthMask {
    /// Keeps the rows for which the condition is true.
    pub(super) const TRUE: Self = Self { value: true, unknown: false };
    /// Keeps the rows for which the condition is false or unknown.
    pub(super) const NOT_TRUE: Self = Self { value: false, unknown: true };

    /// Returns the mask for the operand of a negation.
    pub(super) fn negated(self) -> Self {
        Self { value: !self.value, ..self }
    }

    /// Returns the mask that keeps exactly the other rows.
    pub(super) fn complement(self) -> Self {
        Self { value: !self.value, unknown: !self.unknown }
    }
}

/// The row that a condition is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'r> {
    /// The index of the row in scope; see [`ColumnRef::scope`](dvkit_query::hir::ColumnRef::scope).
    pub(super) scope: usize,
    /// The table of the row.
    pub(super) table: &'r str,
    /// Whether it is the row of the query. For that row lookups become joins, and conditions name the alias
    /// of the join.
    pub(super) root: bool,
}

/// A condition in FetchXML.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    Constant(bool),
    /// A `<condition>`, or a `<link-entity>` that is used as a condition.
    Condition(Element),
    /// A group of conditions. If the flag is true, all of them must be met, otherwise at least one.
    Group(bool, Vec<Filter>),
}

impl Filter {
    /// Returns a group of conditions that are joined by `and` (if `all` is true) or `or`. Nested groups of
    /// the same type are merged.
    pub(super) fn group(all: bool, parts: impl IntoIterator<Item = Filter>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::Constant(c) if c == all => {}
                Self::Constant(c) => return Self::Constant(c),
                Self::Group(kind, inner) if kind == all => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match (flat.len(), flat.pop()) {
            (_, None) => Self::Constant(all),
            (1, Some(only)) => only,
            (_, Some(last)) => {
                flat.push(last);
                Self::Group(all, flat)
            }
        }
    }

    /// Returns the `<filter>` element; `None` if every row is kept. FetchXML has no constants, so "no row"
    /// becomes a condition on the column `key`, which has a value in every row.
    pub(super) fn element(self, key: &str) -> Option<Element> {
        match self {
            Self::Constant(true) => None,
            Self::Group(true, parts) => {
                Some(Element::new("filter").holding(parts.into_iter().map(|p| p.part(key))))
            }
            Self::Group(false, _) => Some(self.part(key)),
            other => Some(Element::new("filter").holding([other.part(key)])),
        }
    }

    fn part(self, key: &str) -> Element {
        match self {
            Self::Constant(c) => condition(None, key, if c { "not-null" } else { "null" }),
            Self::Condition(element) => element,
            Self::Group(all, parts) => {
                let filter = Element::new("filter");
                let filter = if all { filter } else { filter.with("type", "or") };
                filter.holding(parts.into_iter().map(|p| p.part(key)))
            }
        }
    }
}

/// Returns a `<condition>` without values. `alias` is that of the joined row; `None` means the current row.
pub(super) fn condition(alias: Option<&str>, column: &str, operator: &str) -> Element {
    let element = Element::new("condition");
    let element = match alias {
        Some(alias) => element.with("entityname", alias),
        None => element,
    };
    element.with("attribute", column).with("operator", operator)
}
