//! Typed rows and writes over the Web API.
//!
//! Everything here is a [`Request`] first, so that it can go alone, into a [`Batch`](dvkit_client::Batch) or into a
//! [`ChangeSet`](dvkit_client::ChangeSet); the methods that take a client send it and read the answer.

use dvkit_client::{Client, ContentId, Error, ErrorKind, Page, Prefer, Request, Result};
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};

use crate::query::RowQuery;
use crate::{
    BindTarget, Create, Entity, EntitySet, Guid, Query, Record, Ref, Row, RowAddress, RowWrite, Update,
};

/// Asks for formatted values and the tables of lookups, which generated rows keep.
fn annotated(request: Request) -> Request {
    request.prefer(Prefer::new().annotations("*"))
}

impl<T: EntitySet + Send, X> Query<T, X> {
    /// The request, with all annotations.
    #[must_use]
    pub fn request(&self) -> Request {
        annotated(Request::get(self.url()))
    }

    /// The rows of all pages, each page asked for when the one before was taken.
    #[must_use]
    pub fn rows(&self, client: &Client) -> BoxStream<'static, Result<T>> {
        self.rows_as(client)
    }

    /// The same as rows of another type: a hand-written record of the columns that were selected.
    #[must_use]
    pub fn rows_as<R: Record + Send>(&self, client: &Client) -> BoxStream<'static, Result<R>> {
        client.rows::<Row<R>>(self.request()).map_ok(|row| row.0).boxed()
    }

    /// The pages, with what leads to the next one and the number of rows where [`count`](Self::count) asked for it.
    #[must_use]
    pub fn pages(&self, client: &Client) -> BoxStream<'static, Result<Page<Row<T>>>> {
        client.pages(self.request())
    }

    /// The pages of rows of another type.
    #[must_use]
    pub fn pages_as<R: Record + Send>(&self, client: &Client) -> BoxStream<'static, Result<Page<Row<R>>>> {
        client.pages(self.request())
    }

    /// The first row, where there is one.
    ///
    /// # Errors
    /// As [`Client::send`], and where the row cannot be read.
    pub async fn first(&self, client: &Client) -> Result<Option<T>> {
        self.first_as(client).await
    }

    /// The first row as another type, where there is one.
    ///
    /// # Errors
    /// As [`first`](Self::first).
    pub async fn first_as<R: Record + Send>(&self, client: &Client) -> Result<Option<R>> {
        self.clone().top(1).rows_as(client).try_next().await
    }
}

impl<T: EntitySet + Send> Query<T> {
    /// The rows as an [`Entity`]: its columns and expansions are asked for, and the rows of all pages are read into it.
    ///
    /// `Contact::query().filter(Contact::STATECODE.eq(ContactState::Active)).entities::<Card>(&client)`
    #[must_use]
    pub fn entities<E: Entity + Send>(&self, client: &Client) -> BoxStream<'static, Result<E>> {
        self.clone().select_entity::<E>().rows_as(client)
    }
}

impl<T: EntitySet + Send, X> RowQuery<T, X> {
    /// The request, with all annotations.
    #[must_use]
    pub fn request(&self) -> Request {
        annotated(Request::get(self.url()))
    }

    /// The row.
    ///
    /// # Errors
    /// As [`Client::send`], where there is no such row, and where it cannot be read.
    pub async fn get(&self, client: &Client) -> Result<T> {
        self.get_as(client).await
    }

    /// The row as another type: a hand-written record of the columns that were selected.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_as<R: Record + Send>(&self, client: &Client) -> Result<R> {
        client.json::<Row<R>>(self.request()).await.map(|row| row.0)
    }
}

impl<T: EntitySet + Send> RowQuery<T> {
    /// The row as an [`Entity`]: its columns and expansions are asked for, and the row is read into it.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn entity<E: Entity + Send>(&self, client: &Client) -> Result<E> {
        self.clone().select_entity::<E>().get_as(client).await
    }
}

/// What [`Entity::rows`] asks for.
pub(crate) fn entities<E: Entity + Send>(client: &Client) -> BoxStream<'static, Result<E>> {
    client.rows::<Row<E>>(entity_request::<E>(E::ENTITY_SET)).map_ok(|row| row.0).boxed()
}

/// What [`Entity::get`] asks for.
pub(crate) async fn entity<E: Entity + Send>(client: &Client, id: Guid) -> Result<E> {
    let request = entity_request::<E>(&format!("{}({id})", E::ENTITY_SET));
    client.json::<Row<E>>(request).await.map(|row| row.0)
}

/// Columns and expansions of an entity, asked of rows or of one.
fn entity_request<E: Entity>(path: &str) -> Request {
    annotated(Request::get(crate::entity::url::<E>(path)))
}

impl<T: EntitySet> RowWrite<T, Create> {
    /// The request that creates the row.
    #[must_use]
    pub fn request(&self) -> Request {
        Request::post(T::ENTITY_SET).json(self)
    }

    /// Creates the row.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send(&self, client: &Client) -> Result<Ref<T>> {
        let answer = client.send(self.request()).await?;
        let id = answer.entity_id().and_then(id_of);
        id.map(Ref::new).ok_or_else(|| {
            Error::new(
                ErrorKind::Unexpected,
                format!("the service did not say which row of `{}` it created", T::TABLE),
            )
        })
    }
}

/// The id in an address that ends with it: `…/contacts(78914942-34cb-ed11-b596-0022481d68cd)`.
fn id_of(address: &str) -> Option<Guid> {
    let (_, key) = address.strip_suffix(')')?.rsplit_once('(')?;
    Guid::try_parse(key).ok()
}

impl<T: EntitySet> RowWrite<T, Update> {
    /// The request that changes a row that exists.
    #[must_use]
    pub fn update_request(&self, row: &impl RowAddress<T>) -> Request {
        self.upsert_request(row).only_update()
    }

    /// The request that changes a row, or creates it where it does not exist.
    #[must_use]
    pub fn upsert_request(&self, row: &impl RowAddress<T>) -> Request {
        Request::patch(row.address()).json(self)
    }

    /// Changes a row that exists.
    ///
    /// # Errors
    /// As [`Client::send`], and where there is no such row.
    pub async fn send(&self, client: &Client, row: &impl RowAddress<T>) -> Result<()> {
        client.send(self.update_request(row)).await.map(drop)
    }

    /// Changes a row that is still as `etag` says ([`RowExtras::etag`](crate::RowExtras::etag)).
    ///
    /// # Errors
    /// As [`Client::send`]; the service answers 412 where the row has changed since.
    pub async fn send_if_match(&self, client: &Client, row: &impl RowAddress<T>, etag: &str) -> Result<()> {
        client.send(self.upsert_request(row).if_match(etag)).await.map(drop)
    }

    /// Changes a row, or creates it where it does not exist; by an alternate key, for data of another system.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn upsert(&self, client: &Client, row: &impl RowAddress<T>) -> Result<()> {
        client.send(self.upsert_request(row)).await.map(drop)
    }
}

/// The request that deletes a row.
#[must_use]
pub fn delete_request<T>(row: &impl RowAddress<T>) -> Request {
    Request::delete(row.address())
}

/// Deletes a row.
///
/// # Errors
/// As [`Client::send`], and where there is no such row.
pub async fn delete<T>(client: &Client, row: &impl RowAddress<T>) -> Result<()> {
    client.send(delete_request(row)).await.map(drop)
}

/// A row that an earlier change of the same change set creates.
impl<B> BindTarget<B> for ContentId {
    fn address(self) -> String {
        self.reference()
    }
}
