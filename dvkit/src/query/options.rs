//! Stores the options of a request (`$select`, `$expand`, …) as OData text, and writes them for a URL or for
//! the parentheses of an expansion.

use core::fmt::Write as _;

use super::columns::Columns;
use super::url::encode_option;

/// The options of a request: columns, expansions, filter, order, limit and count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueryOptions {
    pub(crate) select: Vec<&'static str>,
    pub(crate) expand: String,
    pub(crate) filter: String,
    pub(crate) order: String,
    pub(crate) top: Option<u32>,
    pub(crate) count: bool,
}

impl QueryOptions {
    /// Appends the options to `out`. The character `first` is written before the first option, and `next`
    /// before every other one. If `first` is `'\0'`, nothing is written before the first option.
    pub(crate) fn write(&self, out: &mut String, first: char, next: char) {
        let mut sign = first;
        let mut option = |name: &str, write: &dyn Fn(&mut String)| {
            if sign != '\0' {
                out.push(sign);
            }
            sign = next;
            out.push_str(name);
            out.push('=');
            write(out);
        };
        if !self.select.is_empty() {
            option("$select", &|out| {
                for (at, column) in self.select.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    out.push_str(column);
                }
            });
        }
        if !self.expand.is_empty() {
            option("$expand", &|out| out.push_str(&self.expand));
        }
        if !self.filter.is_empty() {
            option("$filter", &|out| out.push_str(&self.filter));
        }
        if !self.order.is_empty() {
            option("$orderby", &|out| out.push_str(&self.order));
        }
        if let Some(top) = self.top {
            // Writing into a String never fails.
            option("$top", &|out| _ = write!(out, "{top}"));
        }
        if self.count {
            option("$count", &|out| out.push_str("true"));
        }
    }

    /// Returns the URL of `path` with the percent-encoded options.
    pub(crate) fn url(&self, path: &str) -> String {
        let mut out = String::from(path);
        self.encoded().write(&mut out, '?', '&');
        out
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn select<T>(&mut self, columns: impl Columns<T>) {
        columns.add(&mut self.select);
    }

    /// Returns a copy of the options with percent-encoded values.
    ///
    /// Names, commas and parentheses of OData stay readable. Inside texts, everything but letters, digits and
    /// `-._~` is encoded, because the service reads a `+` as a space and an `&` as the end of the option.
    pub(super) fn encoded(&self) -> Self {
        Self {
            select: self.select.clone(),
            expand: encode_option(&self.expand),
            filter: encode_option(&self.filter),
            order: encode_option(&self.order),
            ..*self
        }
    }
}
