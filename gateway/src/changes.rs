//! Polls the resources of accounts for changes, and makes events of them.
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::store::{Account, ChangeOutcome, Job, NewEvent};
use crate::unified::{ChangePage, UnifiedError};

/// The beginning of the cursor while all records are read for the first time. No events are made of these.
const BASELINE: &str = "baseline ";
/// The beginning of the cursor afterwards.
const CHANGES: &str = "changes ";

impl Gateway {
    /// Reads one page of the changes of a resource.
    pub(crate) async fn poll(&self, account: &Account, job: &Job) -> Result<ChangeOutcome, ApiError> {
        let now = self.now();
        let model = self.unified(account).await?;
        let (is_baseline, cursor) = match job.cursor.as_deref() {
            None => (true, None),
            Some(text) => match text.strip_prefix(CHANGES) {
                Some(cursor) => (false, Some(cursor)),
                None => (true, text.strip_prefix(BASELINE)),
            },
        };
        let page = match model.changes(&job.subject, cursor, now).await {
            Err(error) if is_expired(&error) => {
                let data = json!({ "resource": job.subject });
                let name = "account.changes_restarted";
                let event = NewEvent::new(&account.tenant, &account.id, name, &data, now);
                return Ok(ChangeOutcome {
                    cursor: None,
                    watermark: None,
                    events: vec![event],
                    next_run_at: now,
                });
            }
            page => self.of_model(account, page).await?,
        };
        let poll = SignedDuration::from_secs(
            i64::try_from(self.settings().changes.poll_seconds.max(1)).unwrap_or(i64::MAX),
        );
        let watermark = job.watermark.and_then(|at| Timestamp::from_millisecond(at).ok());
        let events =
            if is_baseline { Vec::new() } else { events(account, &job.subject, &page, watermark, now) };
        let latest = page.changed.iter().filter_map(|record| record.created_at).max();
        let is_baseline_over = is_baseline && !page.has_more;
        let kind = if is_baseline && !is_baseline_over { BASELINE } else { CHANGES };
        Ok(ChangeOutcome {
            cursor: Some(format!("{kind}{}", page.next_cursor)),
            watermark: latest.max(watermark).map(Timestamp::as_millisecond),
            events,
            next_run_at: if page.has_more { now } else { now.saturating_add(poll).unwrap_or(Timestamp::MAX) },
        })
    }
}

fn is_expired(error: &UnifiedError) -> bool {
    // The cursor of a model whose mapping has changed is of no use any more, either.
    match error {
        UnifiedError::Client(error) => {
            error.kind() == dvkit_client::ErrorKind::ExpiredDeltaLink
                || error.status() == Some(StatusCode::GONE)
        }
        UnifiedError::Cursor(_) => true,
        _ => false,
    }
}

/// Returns the events of a page of changes. The service does not tell new records from changed ones: a record is new
/// if it was created after all that were seen before.
fn events(
    account: &Account,
    resource: &str,
    page: &ChangePage,
    watermark: Option<Timestamp>,
    now: Timestamp,
) -> Vec<NewEvent> {
    let event = |name: &str, data: Value| NewEvent::new(&account.tenant, &account.id, name, &data, now);
    let changed = page.changed.iter().map(|record| {
        let is_new = record.is_new.unwrap_or_else(|| {
            record.created_at.is_some_and(|at| {
                let is_later = watermark.is_none_or(|watermark| at > watermark);
                is_later || watermark == Some(at) && record.updated_at == Some(at)
            })
        });
        let name = if is_new { "resource.created" } else { "resource.updated" };
        event(name, json!({ "resource": resource, "id": record.id, "record": &record.record }))
    });
    let deleted =
        page.deleted.iter().map(|id| event("resource.deleted", json!({ "resource": resource, "id": id })));
    changed.chain(deleted).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::value::RawValue;

    use super::*;
    use crate::unified::ChangedRecord;

    #[test]
    fn new_records_are_told_from_changed_ones() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let record = |id: &str, created: i64, updated: i64| ChangedRecord {
            id: id.to_owned(),
            created_at: Some(at(created)),
            updated_at: Some(at(updated)),
            is_new: None,
            record: RawValue::from_string(format!("{{\"id\":\"{id}\"}}")).unwrap(),
        };
        let page = ChangePage {
            changed: vec![
                record("old", 5, 20),
                record("new", 11, 12),
                record("same", 10, 10),
                record("last", 10, 15),
                ChangedRecord { is_new: Some(true), ..record("said new", 5, 20) },
                ChangedRecord { is_new: Some(false), ..record("said old", 11, 12) },
            ],
            deleted: vec!["gone".to_owned()],
            ..ChangePage::default()
        };
        let account = crate::store::test_account("acc_1");
        let told: Vec<(String, String)> = events(&account, "contacts", &page, Some(at(10)), at(30))
            .into_iter()
            .map(|event| (event.name, event.body["data"]["id"].as_str().unwrap().to_owned()))
            .collect();
        let expected = [
            ("resource.updated", "old"),
            ("resource.created", "new"),
            ("resource.created", "same"),
            ("resource.updated", "last"),
            ("resource.created", "said new"),
            ("resource.updated", "said old"),
            ("resource.deleted", "gone"),
        ];
        assert_eq!(told, expected.map(|(name, id)| (name.to_owned(), id.to_owned())));
    }

    #[test]
    fn changes_begin_anew_only_if_their_cursor_is_of_no_use() {
        use dvkit_client::{Error, ErrorKind};
        for (error, expected) in [
            (UnifiedError::Client(Error::new(ErrorKind::ExpiredDeltaLink, "x")), true),
            (UnifiedError::Cursor("x".to_owned()), true),
            (UnifiedError::Client(Error::new(ErrorKind::Throttled, "x")), false),
            (UnifiedError::Client(Error::new(ErrorKind::NotFound, "x")), false),
            (UnifiedError::NotFound, false),
            (UnifiedError::Organisation("x".to_owned()), false),
        ] {
            assert_eq!(is_expired(&error), expected, "{error:?}");
        }
    }
}
