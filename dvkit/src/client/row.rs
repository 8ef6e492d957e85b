//! Reads and writes one row by a reference to it: its id, an alternate key, or a content id of a change set.

use core::fmt;

use dvkit_client::{Client, Error, ErrorKind, FileColumn, Prefer, Request, Response, Result};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::NewRow;
use super::count::{RowCount, count_request};
use super::create::{entity_url, representation};
use super::related;
use crate::Guid;
use crate::column::{Column, Nav, NavMany};
use crate::entity::{self, Entity};
use crate::key::KeyRef;
use crate::kind;
use crate::query::QueryOptions;
use crate::request::{annotated, referring};
use crate::row::{Record as _, Row};
use crate::row_ref::RowAddress;
use crate::row_write::{BindTarget, Create, Party, RowWrite, Update, Writable, parties_of};
use crate::table::{EntitySet, Table, key_name};
use crate::value::Ref;

/// The requests that write one row, for batches and change sets. The methods are available on `Contact::id(id)`, on
/// the rows of alternate keys and, within a change set, on the [`NewRow`]s that it creates.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reference to a row",
    note = "`Contact::id(guid)` is one, and an alternate key with its values: `Account::NEW_ACCOUNTNUMBERKEY.row((\"A-1\",))`"
)]
pub trait RowRequests: RowAddress<<Self as RowRequests>::Table> + Sized {
    /// The table of the row.
    type Table: EntitySet;

    /// Returns the request that changes the row. The request fails if the row does not exist.
    #[must_use]
    fn update_request(&self, change: &RowWrite<Self::Table, Update>) -> Request {
        // https://learn.microsoft.com/power-apps/developer/data-platform/webapi/perform-conditional-operations-using-web-api
        write(self, Request::patch(self.address()), change).only_update()
    }

    /// Returns the request that changes the row only if its version is still `etag`.
    /// [`RowExtras::etag`](crate::RowExtras::etag) gives the version of a row that was read.
    #[must_use]
    fn update_if_match_request(&self, change: &RowWrite<Self::Table, Update>, etag: &str) -> Request {
        write(self, Request::patch(self.address()), change).if_match(etag)
    }

    /// Returns the request that deletes the row.
    #[must_use]
    fn delete_request(&self) -> Request {
        referring(Request::delete(self.address()), self.content_id().as_slice())
    }

    /// Returns the request that deletes the row only if its version is still `etag`.
    #[must_use]
    fn delete_if_match_request(&self, etag: &str) -> Request {
        self.delete_request().if_match(etag)
    }

    /// Returns the request that adds `row` to the collection of `navigation`. `client` gives the address of the
    /// service, with which the request names the row.
    #[must_use]
    fn associate_request<B, R>(
        &self,
        client: &Client,
        navigation: NavMany<Self::Table, B, R>,
        row: impl BindTarget<B>,
    ) -> Request {
        related::add(client, self, navigation.name(), row)
    }

    /// Returns the request that removes `row` from the collection of `navigation`. `client` gives the address of
    /// the service.
    #[must_use]
    fn disassociate_request<B, R>(
        &self,
        client: &Client,
        navigation: NavMany<Self::Table, B, R>,
        row: impl BindTarget<B>,
    ) -> Request {
        related::remove(client, self, navigation.name(), row)
    }

    /// Returns the request that sets the lookup of `navigation` to `row`, and nothing else. `client` gives the
    /// address of the service.
    ///
    /// [`RowWrite::bind`] sets a lookup together with other values.
    #[must_use]
    fn set_reference_request<B, W: Writable<Update>>(
        &self,
        client: &Client,
        navigation: Nav<Self::Table, B, W>,
        row: impl BindTarget<B>,
    ) -> Request {
        related::set(client, self, navigation.name(), row)
    }

    /// Returns the request that empties the lookup of `navigation`, and nothing else.
    #[must_use]
    fn clear_reference_request<B, W: Writable<Update>>(&self, navigation: Nav<Self::Table, B, W>) -> Request {
        related::clear(self, navigation.name())
    }
}

/// The operations on one row: reading, changing, upserting, deleting and relating it to other rows. The methods are
/// available on `Contact::id(id)` and on the rows of alternate keys, `Account::NEW_KEY.row(("A-1",))`. Each has a form
/// that returns the request, for batches.
pub trait RowOperations: RowRequests {
    /// Returns the GET request for the row with all its columns.
    #[must_use]
    fn get_request(&self) -> Request {
        annotated(Request::get(self.address()))
    }

    /// Requests the row with all its columns, and returns it. `query()` selects columns.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), the row does not exist, or the row
    /// cannot be decoded.
    fn get(&self, client: &Client) -> BoxFuture<'static, Result<Self::Table>>
    where
        Self::Table: Send,
    {
        let (client, request) = (client.clone(), self.get_request());
        async move { client.row::<Row<Self::Table>>(request).await.map(|row| row.0) }.boxed()
    }

    /// Returns the GET request for the columns and expansions of the [`Entity`] `E`.
    ///
    /// The compiler reports an error if `E` is about another table.
    #[must_use]
    fn get_as_request<E: Entity>(&self) -> Request {
        const { entity::is_about::<E, Self::Table>() }
        annotated(Request::get(entity_url::<E>(&self.address())))
    }

    /// Requests the columns and expansions of the [`Entity`] `E`, and returns the row decoded into `E`.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), the row does not exist, or the row
    /// cannot be decoded.
    fn get_as<E: Entity + Send>(&self, client: &Client) -> BoxFuture<'static, Result<E>> {
        let (client, request) = (client.clone(), self.get_as_request::<E>());
        async move { client.row::<Row<E>>(request).await.map(|row| row.0) }.boxed()
    }

    /// Changes the row.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), for example because the row does not
    /// exist.
    fn update(
        &self,
        client: &Client,
        change: &RowWrite<Self::Table, Update>,
    ) -> BoxFuture<'static, Result<()>> {
        sent(client, self.update_request(change))
    }

    /// Changes the row only if its version is still `etag`. [`RowExtras::etag`](crate::RowExtras::etag) gives the
    /// version of a row that was read.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]). The status is 412 if the row has another
    /// version by now.
    fn update_if_match(
        &self,
        client: &Client,
        change: &RowWrite<Self::Table, Update>,
        etag: &str,
    ) -> BoxFuture<'static, Result<()>> {
        sent(client, self.update_if_match_request(change, etag))
    }

    /// Returns the request that changes the row, and whose response is the JSON of the changed row, a
    /// [`Row<E>`](Row).
    ///
    /// The compiler reports an error if `E` is about another table, or if it expands related rows, because the
    /// service ignores expansions here.
    #[must_use]
    fn update_returning_request<E: Entity>(&self, change: &RowWrite<Self::Table, Update>) -> Request {
        const {
            entity::is_about::<E, Self::Table>();
            entity::has_no_expansions::<E>();
        }
        // https://learn.microsoft.com/power-apps/developer/data-platform/webapi/update-delete-entities-using-web-api
        // ("Update with data returned")
        let request = write(self, Request::patch(entity_url::<E>(&self.address())), change).only_update();
        representation(request, &[])
    }

    /// Changes the row and returns the changed row, with the values that the service set.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), for example because the row does not
    /// exist, or if the row cannot be decoded.
    fn update_returning<E: Entity + Send>(
        &self,
        client: &Client,
        change: &RowWrite<Self::Table, Update>,
    ) -> BoxFuture<'static, Result<E>> {
        let (client, request) = (client.clone(), self.update_returning_request::<E>(change));
        async move { client.json::<Row<E>>(request).await.map(|row| row.0) }.boxed()
    }

    /// Returns the request that changes the row if it exists, and otherwise creates it. [`Upserted::of`] reads the
    /// response.
    #[must_use]
    fn upsert_request(&self, values: &RowWrite<Self::Table, Update>) -> Request {
        // Only with this preference does the status tell whether the row was created; the page advises to select
        // nothing but the key.
        // https://learn.microsoft.com/power-apps/developer/data-platform/use-upsert-insert-update-record
        let options = QueryOptions { select: vec![key_name::<Self::Table>()], ..QueryOptions::default() };
        write(self, Request::patch(options.url(&self.address())), values)
            .prefer(Prefer::new().return_representation())
    }

    /// Changes the row if it exists, and otherwise creates it. With an alternate key, this imports rows that are
    /// identified by values of another system. The columns of the key must not be among the values.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), or if the response does not say which row
    /// was written.
    fn upsert(
        &self,
        client: &Client,
        values: &RowWrite<Self::Table, Update>,
    ) -> BoxFuture<'static, Result<Upserted<Self::Table>>> {
        let (client, request) = (client.clone(), self.upsert_request(values));
        async move { Upserted::of(&client.send(request).await?) }.boxed()
    }

    /// Returns the request that creates the row with this id or key. The request fails with the status 412 if the
    /// row exists.
    #[must_use]
    fn create_request(&self, values: &RowWrite<Self::Table, Create>) -> Request {
        let request = write(self, Request::patch(self.address()), values).only_create();
        match values.body.first_new_row() {
            // The documentation has new rows within a row only in POST requests.
            Some(navigation) => request.refuse(format!(
                    "`{navigation}` has rows to create, which the service takes only in a new row without a key in the \
                     URL: `{}::create()….send(&client)`",
                    Self::Table::TABLE
                )),
            None => request,
        }
    }

    /// Creates the row with this id or key.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]). The status is 412 if the row exists.
    fn create(
        &self,
        client: &Client,
        values: &RowWrite<Self::Table, Create>,
    ) -> BoxFuture<'static, Result<()>> {
        sent(client, self.create_request(values))
    }

    /// Deletes the row.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), for example because the row does not
    /// exist.
    fn delete(&self, client: &Client) -> BoxFuture<'static, Result<()>> {
        sent(client, self.delete_request())
    }

    /// Deletes the row only if its version is still `etag`.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]). The status is 412 if the row has another
    /// version by now.
    fn delete_if_match(&self, client: &Client, etag: &str) -> BoxFuture<'static, Result<()>> {
        sent(client, self.delete_if_match_request(etag))
    }

    /// Adds `row` to the collection of `navigation`. For a one-to-many relationship this sets the lookup of `row`.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), for example because the rows of a
    /// many-to-many relationship are associated already.
    fn associate<B, R>(
        &self,
        client: &Client,
        navigation: NavMany<Self::Table, B, R>,
        row: impl BindTarget<B>,
    ) -> BoxFuture<'static, Result<()>> {
        sent(client, self.associate_request(client, navigation, row))
    }

    /// Removes `row` from the collection of `navigation`. For a one-to-many relationship this empties the lookup of
    /// `row`. The row itself stays.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]).
    fn disassociate<B, R>(
        &self,
        client: &Client,
        navigation: NavMany<Self::Table, B, R>,
        row: impl BindTarget<B>,
    ) -> BoxFuture<'static, Result<()>> {
        sent(client, self.disassociate_request(client, navigation, row))
    }

    /// Sets the lookup of `navigation` to `row`, and nothing else.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]).
    fn set_reference<B, W: Writable<Update>>(
        &self,
        client: &Client,
        navigation: Nav<Self::Table, B, W>,
        row: impl BindTarget<B>,
    ) -> BoxFuture<'static, Result<()>> {
        sent(client, self.set_reference_request(client, navigation, row))
    }

    /// Empties the lookup of `navigation`, and nothing else.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]).
    fn clear_reference<B, W: Writable<Update>>(
        &self,
        client: &Client,
        navigation: Nav<Self::Table, B, W>,
    ) -> BoxFuture<'static, Result<()>> {
        sent(client, self.clear_reference_request(navigation))
    }

    /// Returns the GET request for the number of rows in the collection of `navigation`. Its response is the JSON of
    /// a [`RowCount`].
    #[must_use]
    fn count_related_request<B: EntitySet, R>(&self, navigation: NavMany<Self::Table, B, R>) -> Request {
        count_request(&format!("{}/{}", self.address(), navigation.name()), key_name::<B>(), String::new())
    }

    /// Counts the rows in the collection of `navigation`, up to the limit that [`RowCount`] describes.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), for example because the row does not
    /// exist.
    fn count_related<B: EntitySet, R>(
        &self,
        client: &Client,
        navigation: NavMany<Self::Table, B, R>,
    ) -> BoxFuture<'static, Result<RowCount>> {
        let (client, request) = (client.clone(), self.count_related_request(navigation));
        async move { client.json(request).await }.boxed()
    }

    /// Returns the content of a file column of the row, which can be uploaded, downloaded and deleted. Nothing is
    /// requested yet:
    ///
    /// `Project::id(id).file(&client, Project::CONTRACT).upload("contract.pdf", source).send().await?`
    #[must_use]
    fn file<W>(&self, client: &Client, column: Column<Self::Table, kind::File, W>) -> FileColumn {
        client.file(self.address(), column.name())
    }

    /// Returns the content of an image column of the row, in full size. Nothing is requested yet.
    #[must_use]
    fn image<W>(&self, client: &Client, column: Column<Self::Table, kind::Image, W>) -> FileColumn {
        client.image(self.address(), column.name())
    }

    /// Returns the request that replaces all parties of an activity by `parties`.
    ///
    /// The compiler reports an error if the row is not an activity.
    #[must_use]
    fn replace_parties_request(&self, parties: impl IntoIterator<Item = Party>) -> Request {
        // https://learn.microsoft.com/power-apps/developer/data-platform/webapi/associate-disassociate-entities-using-web-api
        // ("Associate tables on update using collection-valued navigation property")
        let (navigation, parties) = parties_of::<Self::Table>(parties);
        let bodies: Vec<_> = parties.iter().map(|party| &party.body).collect();
        let ids: Vec<_> = parties.iter().filter_map(Party::content_id).collect();
        let request = Request::put(format!("{}/{navigation}", self.address()));
        referring(request.json(&serde_json::json!({ "value": bodies })), &ids)
    }

    /// Replaces all parties of an activity by `parties`: the service deletes the parties that it had.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), for example because the activity does not
    /// exist.
    fn replace_parties(
        &self,
        client: &Client,
        parties: impl IntoIterator<Item = Party>,
    ) -> BoxFuture<'static, Result<()>> {
        sent(client, self.replace_parties_request(parties))
    }
}

impl<T: EntitySet> RowRequests for Ref<T> {
    type Table = T;
}

impl<T: EntitySet> RowRequests for KeyRef<T> {
    type Table = T;
}

impl<T: EntitySet> RowRequests for NewRow<T> {
    type Table = T;
}

impl<T: EntitySet> RowOperations for Ref<T> {}

impl<T: EntitySet> RowOperations for KeyRef<T> {}

/// Returns `request` with the values of `write` as its body. The request is refused before it is sent if the values
/// contain a column by which the URL identifies the row.
///
/// The service ignores these values if the row exists, and takes them instead of those in the URL if it does not.
/// <https://learn.microsoft.com/power-apps/developer/data-platform/use-upsert-insert-update-record> ("Guidance for
/// composing requests")
fn write<R: RowRequests, M>(row: &R, request: Request, write: &RowWrite<R::Table, M>) -> Request {
    let request = request.prefer(Prefer::new().return_minimal());
    let request = match write.body.first_of(row.key_columns()) {
        Some(column) => request.refuse(format!(
                "`{column}` identifies the row in the URL and is among its values too, where the service does not \
                 change it: leave it out, or write to the row by its id"
            )),
        None => request.json(write),
    };
    let ids: Vec<_> = write.content_ids.iter().copied().chain(row.content_id()).collect();
    referring(request, &ids)
}

/// Sends a request whose response has no content of interest.
fn sent(client: &Client, request: Request) -> BoxFuture<'static, Result<()>> {
    let client = client.clone();
    async move { client.send(request).await.map(drop) }.boxed()
}

/// The result of an upsert.
///
/// If the connection broke off after the service had created the row, and the client repeated the request, the service
/// responds to the repetition, in which the row is no longer new.
pub struct Upserted<T> {
    /// A reference to the row.
    pub row: Ref<T>,
    /// Whether the row was created. If not, it was changed.
    pub created: bool,
}

impl<T: EntitySet> Upserted<T> {
    /// Reads the response to the request of [`RowOperations::upsert_request`].
    ///
    /// # Errors
    /// Returns an error if the response does not say which row was written, or whether it was created.
    pub fn of(response: &Response) -> Result<Self> {
        let created = match response.status().as_u16() {
            201 => Some(true),
            200 => Some(false),
            _ => None,
        };
        let id = match created {
            Some(_) => response
                .json::<Value>()?
                .get(key_name::<T>())
                .and_then(Value::as_str)
                .and_then(|id| Guid::try_parse(id).ok()),
            None => None,
        };
        match (created, id) {
            (Some(created), Some(id)) => Ok(Self { row: Ref::new(id), created }),
            _ => Err(Error::new(
                ErrorKind::Unexpected,
                format!(
                    "the service wrote a row of `{}`, and did not say which one or whether it is new (status {})",
                    T::TABLE,
                    response.status()
                ),
            )),
        }
    }
}

impl<T> Clone for Upserted<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Upserted<T> {}

impl<T> PartialEq for Upserted<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.row, self.created) == (other.row, other.created)
    }
}

impl<T> Eq for Upserted<T> {}

impl<T: Table> fmt::Debug for Upserted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upserted").field("row", &self.row).field("created", &self.created).finish()
    }
}
