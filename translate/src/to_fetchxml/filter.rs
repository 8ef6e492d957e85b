//! Defines the filters that a translation to FetchXML builds, and the rows and truth values for which they
//! are built. The modules `condition` and `start` create them; [`Filter::element`] turns a filter into XML.

use super::xml::Element;

/// The truth values of a condition for which a filter keeps a row: the value `value` and, if the flag
/// `unknown` is set, the value unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TruthMask {
    pub(super) value: bool,
    pub(super) unknown: bool,
}

impl TruthMask {
    /// The mask that keeps the rows for which the condition is true.
    pub(super) const TRUE: Self = Self { value: true, unknown: false };
    /// The mask that keeps the rows for which the condition is false or unknown.
    pub(super) const NOT_TRUE: Self = Self { value: false, unknown: true };

    /// Returns the mask to use for the operand of a negation: true and false are exchanged.
    pub(super) fn negated(self) -> Self {
        Self { value: !self.value, ..self }
    }

    /// Returns the mask that keeps exactly the rows that this mask does not keep.
    pub(super) fn complement(self) -> Self {
        Self { value: !self.value, unknown: !self.unknown }
    }
}

/// The row whose columns a condition tests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'r> {
    /// The number that columns of this row have as their
    /// [`ColumnRef::scope`](dvkit_query::hir::ColumnRef::scope).
    pub(super) scope: usize,
    /// The logical name of the row's table.
    pub(super) table: &'r str,
    /// Whether the row is the row of the query. From that row lookups become joins, and a condition on a
    /// joined row names the alias of the join.
    pub(super) root: bool,
}

/// A filter in FetchXML that is being built.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    Constant(bool),
    /// A `<condition>`, or a `<link-entity>` that is used as a condition.
    Condition(Element),
    /// A group of conditions. If the flag is true, all of them must be met (`and`), otherwise at least one
    /// (`or`).
    Group(bool, Vec<Filter>),
}

impl Filter {
    /// Returns a group of conditions, joined by `and` if `all` is true and otherwise by `or`. Nested groups
    /// of the same type are merged.
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

    /// Returns the `<filter>` element; `None` if the filter keeps every row. FetchXML has no constants, so a
    /// filter that keeps no row becomes the condition that the column `key`, which has a value in every row,
    /// has none.
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

/// Returns a `<condition>` element with the given column and operator, and without values. `alias` is the
/// alias of the joined row that has the column; `None` means the row of the enclosing element.
pub(super) fn condition(alias: Option<&str>, column: &str, operator: &str) -> Element {
    let element = Element::new("condition");
    let element = match alias {
        Some(alias) => element.with("entityname", alias),
        None => element,
    };
    element.with("attribute", column).with("operator", operator)
}

#[cfg(test)]
mod tests {
    use super::{Filter, TruthMask, condition};

    fn leaf(column: &str) -> Filter {
        Filter::Condition(condition(None, column, "null"))
    }

    fn printed(filter: Filter) -> Option<String> {
        let element = filter.element("id")?;
        Some(
            element
                .print()
                .lines()
                .map(str::trim_start)
                .collect::<String>()
                .replace(" operator=\"null\"", ""),
        )
    }

    #[test]
    fn groups_of_one_kind_are_merged_and_constants_decide() {
        let (yes, no) = (|| Filter::Constant(true), || Filter::Constant(false));
        for all in [true, false] {
            let group = |parts: Vec<Filter>| Filter::group(all, parts);
            let (neutral, deciding) = if all { (yes(), no()) } else { (no(), yes()) };
            assert_eq!(group(vec![]), neutral);
            assert_eq!(group(vec![neutral.clone(), neutral.clone()]), neutral);
            assert_eq!(group(vec![leaf("a"), neutral.clone()]), leaf("a"));
            assert_eq!(group(vec![leaf("a"), deciding.clone(), leaf("b")]), deciding);
            assert_eq!(group(vec![leaf("a"), leaf("b")]), Filter::Group(all, vec![leaf("a"), leaf("b")]));
            let same = Filter::Group(all, vec![leaf("b"), leaf("c")]);
            let merged = vec![leaf("a"), leaf("b"), leaf("c"), leaf("d")];
            assert_eq!(group(vec![leaf("a"), same, leaf("d")]), Filter::Group(all, merged));
            let other = Filter::Group(!all, vec![leaf("b"), leaf("c")]);
            assert_eq!(group(vec![leaf("a"), other.clone()]), Filter::Group(all, vec![leaf("a"), other]));
        }
    }

    #[test]
    fn a_filter_becomes_one_element_or_none() {
        let parts = || vec![leaf("a"), Filter::Group(false, vec![leaf("b"), leaf("c")])];
        let [a, b, c, id] = ["a", "b", "c", "id"].map(|name| format!("<condition attribute=\"{name}\" />"));
        let or = format!("<filter type=\"or\">{b}{c}</filter>");
        for (filter, expected) in [
            (Filter::Constant(true), None),
            (Filter::Constant(false), Some(format!("<filter>{id}</filter>"))),
            (leaf("a"), Some(format!("<filter>{a}</filter>"))),
            (Filter::Group(true, parts()), Some(format!("<filter>{a}{or}</filter>"))),
            (Filter::Group(false, parts()), Some(format!("<filter type=\"or\">{a}{or}</filter>"))),
            (
                Filter::Group(false, vec![leaf("a"), Filter::Group(true, vec![leaf("b"), leaf("c")])]),
                Some(format!("<filter type=\"or\">{a}<filter>{b}{c}</filter></filter>")),
            ),
            (
                Filter::Group(true, vec![Filter::Constant(true), leaf("a")]),
                Some(format!("<filter><condition attribute=\"id\" operator=\"not-null\" />{a}</filter>")),
            ),
        ] {
            assert_eq!(printed(filter), expected);
        }
        let of_link = condition(Some("x"), "a", "null").print();
        assert_eq!(of_link, "<condition entityname=\"x\" attribute=\"a\" operator=\"null\" />");
    }

    #[test]
    fn a_mask_is_negated_in_its_value_and_complemented_in_both() {
        let mask = |value, unknown| TruthMask { value, unknown };
        for (value, unknown) in [(true, true), (true, false), (false, true), (false, false)] {
            assert_eq!(mask(value, unknown).negated(), mask(!value, unknown));
            assert_eq!(mask(value, unknown).complement(), mask(!value, !unknown));
        }
        assert_eq!(TruthMask::TRUE.complement(), TruthMask::NOT_TRUE);
    }
}
