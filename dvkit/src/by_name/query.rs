//! Defines [`Query`], a query for the rows of a table, and sends it.

use dvkit_client::{Client, Page, Prefer, Request};
use dvkit_diagnostic::{Diagnostic, Span, code};
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};

use super::check::{self, CheckedRequest, Template};
use super::condition::Condition;
use super::error::{Error, Result};
use super::expand::{Expand, Options};
use super::key::RowKey;
use super::organisation::Table;
use super::row::{Row, RowContext};
use super::text;

/// A query for the rows of a table whose names are texts. [`Table::query`] returns it.
///
/// The methods that send the query check it first, so that nothing is sent that the service would refuse or
/// misread.
///
/// ```no_run
/// # async fn run(organisation: dvkit::by_name::Organisation, client: dvkit_client::Client) -> dvkit::by_name::Result<()> {
/// use dvkit::by_name::column;
/// use futures_util::TryStreamExt;
///
/// let contacts = organisation.table("contact")?;
/// let mut rows = contacts.query().select(["fullname"]).filter(column("statecode").eq("Active")).rows(&client);
/// while let Some(contact) = rows.try_next().await? {
///     println!("{}", contact.text("fullname")?.unwrap_or_default());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is sent"]
pub struct Query {
    table: Table,
    options: Options,
    count: bool,
    apply: Option<String>,
    page_size: Option<u32>,
}

impl Table {
    /// Returns a query for the rows of the table.
    pub fn query(&self) -> Query {
        Query::new(self.clone())
    }
}

impl Query {
    pub(super) fn new(table: Table) -> Self {
        Self { table, options: Options::default(), count: false, apply: None, page_size: None }
    }

    /// Adds columns to those that are returned. Without a call, all columns are returned, which is slow. A
    /// lookup is named by its column: `parentcustomerid`.
    pub fn select<N: Into<String>>(mut self, columns: impl IntoIterator<Item = N>) -> Self {
        self.options.select.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Restricts the rows to those that meet `condition`, and the conditions of earlier calls.
    pub fn filter(mut self, condition: Condition) -> Self {
        self.options.filter(condition);
        self
    }

    /// Adds related rows that are returned within each row.
    pub fn expand(mut self, expand: impl Into<Expand>) -> Self {
        self.options.expand.push(expand.into());
        self
    }

    /// Orders the rows by a column, after the columns of earlier calls.
    pub fn order_by(mut self, column: impl Into<String>) -> Self {
        self.options.order.push((column.into(), false));
        self
    }

    /// Orders the rows by a column, with the greatest value first, after the columns of earlier calls.
    pub fn order_by_descending(mut self, column: impl Into<String>) -> Self {
        self.options.order.push((column.into(), true));
        self
    }

    /// Sets the maximum number of rows.
    pub fn top(mut self, rows: u32) -> Self {
        self.options.top = Some(rows);
        self
    }

    /// Asks for the number of all rows, which each [`Page::count`] then contains. The service counts up to
    /// 5,000 rows.
    pub fn count(mut self) -> Self {
        self.count = true;
        self
    }

    /// Groups and aggregates the rows: `groupby((statecode),aggregate($count as total))`. The result has rows
    /// with the columns of the groups and the aliases.
    pub fn apply(mut self, text: impl Into<String>) -> Self {
        self.apply = Some(text.into());
        self
    }

    /// Sets the maximum number of rows of a page.
    pub fn page_size(mut self, rows: u32) -> Self {
        self.page_size = Some(rows);
        self
    }

    /// Checks the query, and returns the request as it is sent, with the warnings of the check.
    ///
    /// # Errors
    /// Returns the findings if the service would refuse the query, or if a value does not fit its column.
    pub fn check(&self) -> Result<CheckedRequest> {
        let mut template = Template::default();
        template.push(self.table.entity_set());
        self.write(&mut template)?;
        check::request(&self.table.organisation, &template)
    }

    fn write(&self, template: &mut Template) -> Result<()> {
        if let Some(apply) = &self.apply {
            template.option("$apply", |out| text::write(apply, &[], None, out))?;
        }
        let name = Some(self.table.name());
        self.options.write(&self.table.organisation, name, template, &mut |out, name, write| {
            out.option(name, |out| write(out))
        })?;
        if self.count {
            template.push(if template.has_options() { "&$count=true" } else { "?$count=true" });
        }
        Ok(())
    }

    /// Checks the query, and returns its filter as it is sent, in readable form; an empty text if the query has
    /// none.
    ///
    /// # Errors
    /// Returns the errors of [`check`](Self::check).
    pub fn filter_text(&self) -> Result<String> {
        let only_filter = Self {
            options: Options { filter: self.options.filter.clone(), ..Options::default() },
            ..Self::new(self.table.clone())
        };
        let checked = only_filter.check()?;
        let filter = checked.target().split_once("$filter=").map_or("", |(_, filter)| filter);
        Ok(odata_parser::url::decode_keeping_plus(filter).text)
    }

    /// Checks the query, and returns its GET request, which can be sent alone or in a batch. The request asks
    /// for all annotations, such as formatted values.
    ///
    /// # Errors
    /// Returns the errors of [`check`](Self::check).
    pub fn request(&self) -> Result<Request> {
        self.prepared().map(|(request, _)| request)
    }

    fn prepared(&self) -> Result<(Request, RowContext)> {
        let checked = self.check()?;
        let mut context = RowContext::of(&self.table);
        if self.apply.is_some() {
            context.may_omit(checked.query.as_ref());
        }
        let request = checked.request();
        let request = match self.page_size {
            Some(rows) => request.prefer(Prefer::new().max_page_size(rows)),
            None => request,
        };
        Ok((request, context))
    }

    /// Returns a stream of the rows that the query selects. Each page is requested when all rows of the page
    /// before it have been taken. A row that cannot be read is an error of the kind
    /// [`Row`](dvkit_client::ErrorKind::Row), after which the stream goes on; it ends after any other error. If
    /// the check refuses the query, this is the only item.
    #[must_use]
    pub fn rows(&self, client: &Client) -> BoxStream<'static, Result<Row>> {
        match self.prepared() {
            Ok((request, context)) => {
                let rows = client.rows::<Row>(request);
                rows.map(move |row| Ok(row?.with_context(&context))).boxed()
            }
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    /// Returns a stream of the pages of the result. The errors are those of [`rows`](Self::rows); a row that
    /// cannot be read is an error in its place.
    #[must_use]
    pub fn pages(&self, client: &Client) -> BoxStream<'static, Result<Page<Row>>> {
        match self.prepared() {
            Ok((request, context)) => client
                .pages::<Row>(request)
                .map(move |page| {
                    let mut page = page?;
                    page.rows.iter_mut().flatten().for_each(|row| row.set_context(&context));
                    Ok(page)
                })
                .boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    /// Requests the first row of the result and returns it; `None` if the query selects no row.
    ///
    /// # Errors
    /// Returns the errors of [`check`](Self::check), and an error if the request fails.
    pub async fn first(&self, client: &Client) -> Result<Option<Row>> {
        let mut query = self.clone();
        query.options.top = Some(1);
        query.page_size = None;
        query.rows(client).try_next().await
    }

    /// Requests one row, by a guid or an alternate key, with the columns and related rows of the query.
    ///
    /// # Errors
    /// Returns the errors of [`check`](Self::check), an error if the query has options that do not apply to one
    /// row, such as a filter, and an error if the request fails, for example because the row does not exist.
    pub async fn get(&self, client: &Client, key: impl Into<RowKey>) -> Result<Row> {
        let request = self.get_request(key)?;
        let row: Row = client.row(request).await?;
        Ok(row.with_context(&RowContext::of(&self.table)))
    }

    /// Returns the request of [`get`](Self::get).
    ///
    /// # Errors
    /// Returns the errors of [`get`](Self::get) that do not come from the service.
    pub fn get_request(&self, key: impl Into<RowKey>) -> Result<Request> {
        let Options { filter, order, top, .. } = &self.options;
        let surplus = [
            (filter.is_some(), "filter"),
            (!order.is_empty(), "order"),
            (top.is_some(), "limit of rows"),
            (self.count, "count"),
            (self.apply.is_some(), "grouping"),
        ];
        if let Some((_, option)) = surplus.iter().find(|(given, _)| *given) {
            let name = self.table.name();
            let message =
                format!("a query with a {option} selects several rows of `{name}`, and one is requested");
            let finding = Diagnostic::error(code::UNKNOWN_QUERY_OPTION, Span::new(0, name.len()), message)
                .help("leave the option out, or call `first`");
            return Err(Error::finding(name, finding));
        }
        let mut template = Template::default();
        key.into().write(&self.table, &mut template)?;
        self.write(&mut template)?;
        Ok(check::request(&self.table.organisation, &template)?.request())
    }
}
