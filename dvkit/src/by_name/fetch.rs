//! Defines [`FetchQuery`], a FetchXML query that was checked, and sends it.

use dvkit_client::{Client, Page, Prefer, Request};
use dvkit_diagnostic::{Diagnostic, Span, code};
use dvkit_query::check_fetchxml;
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};

use super::check;
use super::error::{Error, Result};
use super::organisation::{Organisation, Table};
use super::row::{Row, RowContext};

/// A FetchXML query that was checked. [`Organisation::fetch`] returns it.
///
/// ```
/// # use dvkit::by_name::Organisation;
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
/// # let organisation = Organisation::new(dvkit_schema::Store::open(folder)?);
/// let query = organisation.fetch("<fetch top='3'><entity name='contact'><attribute name='fullname' /></entity></fetch>")?;
/// assert_eq!(query.table().entity_set(), "contacts");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is sent"]
pub struct FetchQuery {
    table: Table,
    fetchxml: String,
    warnings: Vec<Diagnostic>,
    context: RowContext,
}

impl Organisation {
    /// Checks a request that the program has as a text, and returns it as it is sent: percent-encoded, and with
    /// the rewrites that do not change its meaning. The text is an OData request
    /// (`accounts?$select=name&$top=3`, also with a method before it), or FetchXML.
    ///
    /// ```
    /// # use dvkit::by_name::Organisation;
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
    /// # let organisation = Organisation::new(dvkit_schema::Store::open(folder)?);
    /// let request = organisation.checked("accounts?$select=name&$filter=name in ('A','B')")?;
    /// assert!(request.target().contains("Microsoft.Dynamics.CRM.In"));
    /// let error = organisation.checked("accounts?$select=nam").unwrap_err();
    /// assert!(error.to_string().contains("`nam`"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns the findings if the service would refuse the request, or misread it.
    pub fn checked(&self, request: &str) -> Result<Request> {
        if request.trim_start().starts_with('<') {
            return Ok(self.fetch(request)?.request());
        }
        check::raw_request(self, request)
    }

    /// Checks a FetchXML query and returns it, with the entity set to which it is sent.
    ///
    /// # Errors
    /// Returns the findings if the service would refuse the query.
    pub fn fetch(&self, fetchxml: &str) -> Result<FetchQuery> {
        FetchQuery::new(self, fetchxml)
    }
}

impl FetchQuery {
    pub(super) fn new(organisation: &Organisation, fetchxml: &str) -> Result<Self> {
        if !fetchxml.trim_start().starts_with('<') {
            let finding =
                Diagnostic::error(code::NOT_A_FETCH, Span::new(0, fetchxml.len()), "this is not FetchXML")
                    .help("FetchXML begins with `<fetch>`");
            return Err(Error::finding(fetchxml, finding));
        }
        let report = check_fetchxml(organisation.store(), fetchxml, &check::options(organisation, false))?;
        let (sent, warnings) = check::accepted(fetchxml, &report)?;
        let Some(table) = &report.table else {
            let finding = Diagnostic::error(
                code::TABLE_NOT_IN_SNAPSHOT,
                Span::new(0, fetchxml.len()),
                "the snapshot does not have the table of this query, so its entity set is not known",
            );
            return Err(Error::finding(fetchxml, finding));
        };
        let table = organisation.table(table)?;
        let mut context = RowContext::of(&table);
        context.may_omit(report.query.as_ref());
        Ok(Self { table, fetchxml: sent, warnings, context })
    }

    /// Returns the table whose rows the query selects.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Returns the FetchXML as it is sent: with the rewrites that do not change its meaning.
    #[must_use]
    pub fn fetchxml(&self) -> &str {
        &self.fetchxml
    }

    /// Returns the warnings: advice about a query that the service accepts.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Returns the GET request for the first page of the query.
    #[must_use]
    pub fn request(&self) -> Request {
        crate::request::annotated(Request::get(self.table.entity_set()).query("fetchXml", &self.fetchxml))
    }

    /// Returns a stream of the rows of all pages. The errors are those of
    /// [`Client::fetch_rows`].
    #[must_use]
    pub fn rows(&self, client: &Client) -> BoxStream<'static, Result<Row>> {
        let context = self.context.clone();
        annotated(client)
            .fetch_rows::<Row>(self.table.entity_set(), &self.fetchxml)
            .map(move |row| Ok(row?.with_context(&context)))
            .boxed()
    }

    /// Returns a stream of the pages of the result. The errors are those of [`Client::fetch_pages`].
    #[must_use]
    pub fn pages(&self, client: &Client) -> BoxStream<'static, Result<Page<Row>>> {
        let context = self.context.clone();
        annotated(client)
            .fetch_pages::<Row>(self.table.entity_set(), &self.fetchxml)
            .map(move |page| {
                let mut page = page?;
                page.rows.iter_mut().flatten().for_each(|row| row.set_context(&context));
                Ok(page)
            })
            .boxed()
    }

    /// Requests the first page and returns its first row; `None` if the query selects no row.
    ///
    /// # Errors
    /// Returns an error if the request fails or the row cannot be read.
    pub async fn first(&self, client: &Client) -> Result<Option<Row>> {
        self.rows(client).try_next().await
    }
}

/// Returns a client that asks for all annotations.
fn annotated(client: &Client) -> Client {
    client.with(|options| options.prefer(Prefer::new().annotations("*")))
}
