//! Reads the changes of a table: first all rows, later what was created, changed and deleted since
//! (learn.microsoft.com, "Use change tracking to synchronize data with external systems").
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{BoxStream, Stream, StreamExt as _};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::Page;
use crate::{Client, Error, ErrorKind, Prefer, Request, Result};

/// A change of a table since a delta link was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// A row that was created or changed; in the first answer every row.
    Upserted(T),
    /// A row that was deleted.
    Deleted {
        /// The id of the row.
        id: Uuid,
        /// The reason: `deleted`.
        reason: String,
    },
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The members of a deleted row, and those that tell it from others.
        #[derive(Deserialize)]
        struct Deleted {
            #[serde(rename = "@odata.context")]
            context: Option<String>,
            id: Option<String>,
            reason: Option<String>,
        }
        let row = Box::<RawValue>::deserialize(deserializer)?;
        // Few rows are deleted, so the row is looked at twice only if it says so somewhere.
        if row.get().contains("$deletedEntity") {
            let deleted: Deleted = serde_json::from_str(row.get()).map_err(D::Error::custom)?;
            if deleted.context.is_some_and(|context| context.ends_with("/$deletedEntity")) {
                let id = deleted.id.unwrap_or_default();
                // Some versions of the service send the row's URL in place of its id.
                let key = id.rsplit_once('(').map_or(id.as_str(), |(_, key)| key.trim_end_matches(')'));
                let id = Uuid::try_parse(key).map_err(|_| D::Error::custom("a deleted row has no id"))?;
                return Ok(Self::Deleted { id, reason: deleted.reason.unwrap_or_default() });
            }
        }
        serde_json::from_str(row.get()).map(Self::Upserted).map_err(D::Error::custom)
    }
}

/// A stream of the changes of a table, from [`Client::track_changes`] or [`Client::changes_since`]. When it has
/// ended without an error, [`Changes::link`] is the delta link for the next time.
///
/// A row that cannot be decoded is an error of the kind [`ErrorKind::Row`], after which the stream goes on; it
/// ends after any other error.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Changes<T> {
    pages: BoxStream<'static, Result<Page<Change<T>>>>,
    rows: VecDeque<Result<Change<T>>>,
    link: Option<String>,
    ended: bool,
}

/// The query options that the service takes together with change tracking. It refuses all others that select,
/// order or shape rows.
const TAKEN: &[&str] = &["$select", "$skiptoken", "$deltatoken"];

/// Returns whether a query option selects, orders or shapes rows.
fn is_query(option: &str) -> bool {
    option.starts_with('$')
        || ["fetchXml", "savedQuery", "userQuery"].iter().any(|q| option.eq_ignore_ascii_case(q))
}

impl Client {
    /// Returns a stream of all rows of a table, with the delta link for the changes after this moment at its
    /// end. `request` is a GET request for an entity set, with `$select` if possible. The table has to have
    /// change tracking.
    ///
    /// ```no_run
    /// # async fn run(client: dvkit_client::Client) -> dvkit_client::Result<()> {
    /// use dvkit_client::{Change, Request};
    /// use futures_util::TryStreamExt;
    ///
    /// let request = Request::get("contacts").query("$select", "fullname");
    /// let mut changes = client.track_changes::<serde_json::Value>(request)?;
    /// while let Some(change) = changes.try_next().await? {
    ///     match change {
    ///         Change::Upserted(row) => println!("new or changed: {row}"),
    ///         Change::Deleted { id, .. } => println!("deleted: {id}"),
    ///     }
    /// }
    /// let link = changes.link().map(str::to_owned); // saved for `changes_since`
    /// # let _ = link;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns an error if the request has an option that the service does not take together with change
    /// tracking, such as `$filter`.
    pub fn track_changes<T: DeserializeOwned + Send + 'static>(
        &self,
        request: Request,
    ) -> Result<Changes<T>> {
        let taken = |option: &str| TAKEN.iter().any(|taken| option.eq_ignore_ascii_case(taken));
        if let Some(option) = request.query_options().into_iter().find(|o| is_query(o) && !taken(o)) {
            let message = format!(
                "`{option}` cannot be used with change tracking: the service tracks whole tables; use only `$select`"
            );
            return Err(Error::new(ErrorKind::Configuration, message).with_request(request.name()));
        }
        Ok(self.changes(request.prefer(Prefer::new().track_changes())))
    }

    /// Returns a stream of the changes since `link`, the delta link of an earlier stream.
    ///
    /// If the link has expired (after as many days as the organisation's settings say), the stream ends with an error of the kind
    /// [`ErrorKind::ExpiredDeltaLink`]; start again with [`Client::track_changes`].
    pub fn changes_since<T: DeserializeOwned + Send + 'static>(&self, link: impl Into<String>) -> Changes<T> {
        self.changes(Request::get(link))
    }

    fn changes<T: DeserializeOwned + Send + 'static>(&self, request: Request) -> Changes<T> {
        Changes { pages: self.pages(request), rows: VecDeque::new(), link: None, ended: false }
    }
}

impl<T> Changes<T> {
    /// Returns the delta link for the next time; `None` until the stream has ended without an error.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.link.as_deref().filter(|_| self.ended)
    }
}

impl<T> Stream for Changes<T> {
    type Item = Result<Change<T>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                return Poll::Ready(Some(row));
            }
            match self.pages.poll_next_unpin(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(page))) => {
                    self.rows = page.rows.into();
                    self.link = page.delta.or(self.link.take());
                }
                Poll::Ready(Some(Err(error))) => {
                    self.link = None;
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Ready(None) => {
                    self.ended = true;
                    return Poll::Ready(None);
                }
            }
        }
    }
}

// Nothing of a stream is pinned in place.
impl<T> Unpin for Changes<T> {}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::Value;

    use super::*;

    #[test]
    fn deleted_rows_are_told_from_others() {
        let text = r#"[{"fullname":"Ann"},
            {"@odata.context":"https://x/$metadata#contacts/$deletedEntity","id":"78914942-34cb-ed11-b596-0022481d68cd","reason":"deleted"},
            {"id":"1","description":"…/$deletedEntity"}]"#;
        let changes: Vec<Change<Value>> = serde_json::from_str(text).unwrap();
        let id = Uuid::from_u128(0x7891_4942_34cb_ed11_b596_0022_481d_68cd);
        assert_eq!(changes[1], Change::Deleted { id, reason: "deleted".to_owned() });
        assert!(matches!(&changes[0], Change::Upserted(row) if row["fullname"] == "Ann"));
        assert!(matches!(&changes[2], Change::Upserted(_)));
    }
}
