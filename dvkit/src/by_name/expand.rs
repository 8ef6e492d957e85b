//! Defines [`Expand`], the related rows that a query returns within each row.

use super::check::Template;
use super::condition::Condition;
use super::error::Result;
use super::names;
use super::organisation::Organisation;

/// The related rows that a query returns within each row, with options of their own. A text converts into an
/// expansion without options.
///
/// ```
/// use dvkit::by_name::{Expand, column};
/// # use dvkit::by_name::Organisation;
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
/// # let organisation = Organisation::new(dvkit_schema::Store::open(folder)?);
/// let people = Expand::new("contact_customer_accounts")
///     .select(["fullname"])
///     .filter(column("statecode").eq(0))
///     .order_by("fullname")
///     .top(5);
/// let query = organisation.table("account")?.query().select(["name"]).expand(people);
/// assert_eq!(
///     query.check()?.text(),
///     "accounts?$select=name&$expand=contact_customer_accounts\
///      ($select=fullname;$filter=statecode eq 0;$orderby=fullname;$top=5)"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "an expansion does nothing until a query has it"]
pub struct Expand {
    navigation: String,
    options: Options,
}

/// The options that queries and expansions share.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Options {
    pub(super) select: Vec<String>,
    pub(super) filter: Option<Condition>,
    pub(super) order: Vec<(String, bool)>,
    pub(super) top: Option<u32>,
    pub(super) expand: Vec<Expand>,
}

impl Expand {
    /// Returns the expansion of the navigation property `navigation`. A lookup with one target may be named by
    /// its column.
    pub fn new(navigation: impl Into<String>) -> Self {
        Self { navigation: navigation.into(), options: Options::default() }
    }

    /// Adds columns of the related rows to those that are returned. Without a call, all columns are returned.
    pub fn select<N: Into<String>>(mut self, columns: impl IntoIterator<Item = N>) -> Self {
        self.options.select.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Restricts the related rows to those that meet `condition`, and the conditions of earlier calls.
    pub fn filter(mut self, condition: Condition) -> Self {
        self.options.filter(condition);
        self
    }

    /// Orders the related rows by a column, after the columns of earlier calls.
    pub fn order_by(mut self, column: impl Into<String>) -> Self {
        self.options.order.push((column.into(), false));
        self
    }

    /// Orders the related rows by a column, with the greatest value first, after the columns of earlier calls.
    pub fn order_by_descending(mut self, column: impl Into<String>) -> Self {
        self.options.order.push((column.into(), true));
        self
    }

    /// Sets the maximum number of related rows of each row.
    pub fn top(mut self, rows: u32) -> Self {
        self.options.top = Some(rows);
        self
    }

    /// Adds related rows that are returned within each related row.
    pub fn expand(mut self, expand: impl Into<Expand>) -> Self {
        self.options.expand.push(expand.into());
        self
    }

    fn write(&self, organisation: &Organisation, table: Option<&str>, out: &mut Template) -> Result<()> {
        let (path, target) = names::navigations(organisation.store(), table, &self.navigation)?;
        out.push(&path);
        let mut options = 0;
        self.options.write(organisation, target.as_deref(), out, &mut |out, name, write| {
            out.push(if options == 0 { "(" } else { ";" });
            options += 1;
            out.push(&format!("{name}="));
            write(out)
        })?;
        if options > 0 {
            out.push(")");
        }
        Ok(())
    }
}

impl<N: Into<String>> From<N> for Expand {
    fn from(navigation: N) -> Self {
        Self::new(navigation)
    }
}

/// Appends an option with a name to a template: the value is what the function in it appends.
pub(super) type WriteOption<'f> =
    dyn FnMut(&mut Template, &str, &mut dyn FnMut(&mut Template) -> Result<()>) -> Result<()> + 'f;

impl Options {
    pub(super) fn filter(&mut self, condition: Condition) {
        self.filter = Some(match self.filter.take() {
            Some(before) => before.and(condition),
            None => condition,
        });
    }

    /// Appends the options to a template, each by `option`.
    pub(super) fn write(
        &self,
        organisation: &Organisation,
        table: Option<&str>,
        out: &mut Template,
        option: &mut WriteOption<'_>,
    ) -> Result<()> {
        let store = organisation.store();
        if !self.select.is_empty() {
            option(out, "$select", &mut |out| {
                for (at, name) in self.select.iter().enumerate() {
                    out.push(if at > 0 { "," } else { "" });
                    out.push(&names::path(store, table, name)?.path);
                }
                Ok(())
            })?;
        }
        if !self.expand.is_empty() {
            option(out, "$expand", &mut |out| {
                for (at, expand) in self.expand.iter().enumerate() {
                    out.push(if at > 0 { "," } else { "" });
                    expand.write(organisation, table, out)?;
                }
                Ok(())
            })?;
        }
        if let Some(filter) = &self.filter {
            option(out, "$filter", &mut |out| filter.write(organisation, table, out))?;
        }
        if !self.order.is_empty() {
            option(out, "$orderby", &mut |out| {
                for (at, (name, descending)) in self.order.iter().enumerate() {
                    out.push(if at > 0 { "," } else { "" });
                    out.push(&names::path(store, table, name)?.path);
                    out.push(if *descending { " desc" } else { "" });
                }
                Ok(())
            })?;
        }
        if let Some(top) = self.top {
            option(out, "$top", &mut |out| {
                out.push(&top.to_string());
                Ok(())
            })?;
        }
        Ok(())
    }
}
