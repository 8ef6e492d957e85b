//! Polls the resources of accounts for changes, and makes events of them.
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::store::{Account, ChangeOutcome, Job, NewEvent};
use crate::unified::{ChangePage, UnifiedError};
use crate::worker::seconds_after;

/// The beginning of the cursor while all records are read for the first time. No events are made of these.
const BASELINE: &str = "baseline ";
/// The beginning of the cursor afterwards.
const CHANGES: &str = "changes ";

impl Gateway {
    /// Reads one page of the changes of a resource.
    pub(crate) async fn poll(&self, account: &Account, job: &Job) -> Result<ChangeOutcome, ApiError> {
        let now = self.now();
        let model = self.unified(account).await?;
        let (is_baseline, cursor) = begun(job);
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
        Ok(outcome(account, job, &page, is_baseline, self.settings().changes.poll_seconds, now))
    }
}

/// Returns whether a job still reads all records for the first time, and the cursor at which it goes on.
fn begun(job: &Job) -> (bool, Option<&str>) {
    match job.cursor.as_deref() {
        None => (true, None),
        Some(text) => match text.strip_prefix(CHANGES) {
            Some(cursor) => (false, Some(cursor)),
            None => (true, text.strip_prefix(BASELINE)),
        },
    }
}

/// Returns what a page leaves for the next one.
fn outcome(
    account: &Account,
    job: &Job,
    page: &ChangePage,
    is_baseline: bool,
    poll_seconds: u64,
    now: Timestamp,
) -> ChangeOutcome {
    let watermark = job.watermark.and_then(|at| Timestamp::from_millisecond(at).ok());
    let events = if is_baseline { Vec::new() } else { events(account, &job.subject, page, watermark, now) };
    let latest = page.changed.iter().filter_map(|record| record.created_at).max();
    let kind = if is_baseline && page.has_more { BASELINE } else { CHANGES };
    ChangeOutcome {
        cursor: Some(format!("{kind}{}", page.next_cursor)),
        watermark: latest.max(watermark).map(Timestamp::as_millisecond),
        events,
        next_run_at: if page.has_more { now } else { seconds_after(now, poll_seconds) },
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

    fn page(created: &[i64], cursor: &str, has_more: bool) -> ChangePage {
        let changed = created.iter().map(|second| ChangedRecord {
            id: second.to_string(),
            created_at: Some(Timestamp::from_second(*second).unwrap()),
            updated_at: None,
            is_new: None,
            record: RawValue::from_string("{}".to_owned()).unwrap(),
        });
        ChangePage {
            changed: changed.collect(),
            deleted: Vec::new(),
            next_cursor: cursor.to_owned(),
            has_more,
        }
    }

    #[test]
    fn events_are_made_once_all_records_were_read_for_the_first_time() {
        let account = crate::store::test_account("acc_1");
        let now = Timestamp::from_second(100).unwrap();
        for (cursor, watermark, created, has_more, begins, next, mark, wait, told) in [
            (None, None, &[5, 9, 7][..], true, (true, None), "baseline n", Some(9_000), 0, 0),
            (None, None, &[5], false, (true, None), "changes n", Some(5_000), 60, 0),
            (None, None, &[], false, (true, None), "changes n", None, 60, 0),
            (Some("baseline c"), Some(9_000), &[5], true, (true, Some("c")), "baseline n", Some(9_000), 0, 0),
            (
                Some("baseline c"),
                Some(9_000),
                &[5],
                false,
                (true, Some("c")),
                "changes n",
                Some(9_000),
                60,
                0,
            ),
            (
                Some("changes c"),
                Some(9_000),
                &[5, 11],
                true,
                (false, Some("c")),
                "changes n",
                Some(11_000),
                0,
                2,
            ),
            (
                Some("changes c"),
                Some(9_000),
                &[5],
                false,
                (false, Some("c")),
                "changes n",
                Some(9_000),
                60,
                1,
            ),
            (Some("changes "), None, &[], false, (false, Some("")), "changes n", None, 60, 0),
            (Some("other"), None, &[5], false, (true, None), "changes n", Some(5_000), 60, 0),
        ] {
            let job = Job::for_tests("acc_1", "contacts", cursor, watermark);
            assert_eq!(begun(&job), begins, "{cursor:?}");
            let outcome = outcome(&account, &job, &page(created, "n", has_more), begins.0, 60, now);
            assert_eq!(
                (outcome.cursor.as_deref(), outcome.watermark),
                (Some(next), mark),
                "{cursor:?} {has_more}"
            );
            assert_eq!(outcome.next_run_at.as_second(), 100 + wait, "{cursor:?} {has_more}");
            assert_eq!(outcome.events.len(), told, "{cursor:?} {has_more}");
        }
    }

    #[test]
    fn the_event_of_a_record_has_the_record() {
        let account = crate::store::test_account("acc_1");
        let now = Timestamp::from_second(100).unwrap();
        let page = ChangePage { deleted: vec!["gone".to_owned()], ..page(&[11], "n", false) };
        let bodies: Vec<Value> = events(&account, "contacts", &page, Some(Timestamp::UNIX_EPOCH), now)
            .into_iter()
            .map(|event| {
                assert_eq!((event.tenant.as_str(), event.account_id.as_str()), ("t", "acc_1"));
                assert_eq!(event.body["created_at"], "1970-01-01T00:01:40Z");
                event.body["data"].clone()
            })
            .collect();
        let expected = [
            json!({ "resource": "contacts", "id": "11", "record": {} }),
            json!({ "resource": "contacts", "id": "gone" }),
        ];
        assert_eq!(bodies, expected);
        // Without a watermark every record that says when it was created is new, and one that does not say it is not.
        let mut unknown = ChangePage { ..page };
        unknown.changed[0].created_at = None;
        unknown.deleted.clear();
        let told = events(&account, "contacts", &unknown, None, now);
        assert_eq!((told.len(), told[0].name.as_str()), (1, "resource.updated"));
    }
}
