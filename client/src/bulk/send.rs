//! Sends the rows of one request of a bulk load: as a bulk message, or in a batch.
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::row::{BulkRow, Members, Operation, RowName, Written};
use super::{Group, Paces};
use crate::{Batch, Client, Error, ErrorKind, Prefer, Request, Result};

/// The code of a table that does not support a bulk message, and the one of an unknown message.
const NOT_SUPPORTED: &[&str] = &["0x80040800", "0x80060888", "0x8006088a"];

/// How often a batch is sent again for the rows that the service refused because of its limits.
const MAX_ROUNDS: usize = 20;

/// Sends rows of one group, and returns what became of each. `repeated` says whether an earlier run may have sent
/// them.
pub(super) async fn send(
    client: &Client,
    paces: &Paces,
    group: &Group,
    rows: &[BulkRow],
    repeated: bool,
) -> Vec<Result<Written>> {
    if !paces.of(group).message {
        return batch(client, rows, repeated).await;
    }
    let error = match message(client, group, rows).await {
        Ok(outcomes) => return outcomes,
        Err(error) if is_not_supported(&error) => {
            paces.change(group, |pace| pace.message = false);
            return batch(client, rows, repeated).await;
        }
        Err(error) => error,
    };
    if error.kind() == ErrorKind::Timeout {
        paces.change(group, |pace| pace.rows = (pace.rows / 2).max(1));
    }
    let in_doubt = error.may_have_run();
    let repeatable = rows.iter().all(BulkRow::is_repeatable);
    if in_doubt && !repeatable {
        // A second attempt could create the rows twice.
        return rows.iter().map(|_| Err(error.clone())).collect();
    }
    if in_doubt || is_about_rows(&error) && rows.len() > 1 {
        return batch(client, rows, repeated || in_doubt).await;
    }
    rows.iter().map(|row| row.outcome(Err(error.clone()), repeated)).collect()
}

/// Returns whether an error of a bulk message is due to its rows, so that sending them one by one tells which.
fn is_about_rows(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BadRequest
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::PreconditionFailed
            | ErrorKind::Forbidden
    )
}

fn is_not_supported(error: &Error) -> bool {
    let by_code = error.code().is_some_and(|code| NOT_SUPPORTED.iter().any(|c| c.eq_ignore_ascii_case(code)));
    by_code || error.status().is_some_and(|status| status == http::StatusCode::NOT_IMPLEMENTED)
}

/// Sends rows as a bulk message.
async fn message(client: &Client, group: &Group, rows: &[BulkRow]) -> Result<Vec<Result<Written>>> {
    #[derive(Deserialize)]
    struct Created {
        #[serde(rename = "Ids", default)]
        ids: Vec<String>,
    }
    #[derive(Serialize)]
    struct Message {
        #[serde(rename = "Targets")]
        targets: Vec<Members>,
    }
    let (table, operation) = group;
    let targets = rows.iter().map(BulkRow::target).collect();
    // Nothing but a creation without an id changes more when it is sent twice; a creation with an id is refused
    // the second time.
    let repeatable = *operation != Operation::Create && rows.iter().all(BulkRow::is_repeatable);
    let request = Request::post(format!("{}/Microsoft.Dynamics.CRM.{}", table.set, operation.message()))
        .json(&Message { targets })
        .idempotent(repeatable)
        // Elastic tables report the rows that failed in an annotation of the error.
        .prefer(Prefer::new().annotations("Microsoft.PowerApps.CDS.ErrorDetails.*"));
    let response = match client.send(request).await {
        Ok(response) => response,
        Err(error) => return elastic_outcomes(&error, rows).ok_or(error),
    };
    let ids = match *operation {
        Operation::Create if !response.bytes().is_empty() => response.json::<Created>()?.ids,
        _ => Vec::new(),
    };
    Ok(rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let own = match row.row {
                RowName::Id(id) => Some(id),
                RowName::New | RowName::Path(_) => None,
            };
            Ok(Written {
                id: own.or_else(|| ids.get(at).and_then(|id| Uuid::try_parse(id).ok())),
                existed: false,
            })
        })
        .collect())
}

/// Returns the outcomes of the rows of an elastic table from the error of a bulk message: the rows that the error
/// does not name were written (learn.microsoft.com, "Use bulk operation messages", "On error"). `None` if the error
/// names no rows.
fn elastic_outcomes(error: &Error, rows: &[BulkRow]) -> Option<Vec<Result<Written>>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Failed {
        request_index: usize,
        #[serde(default)]
        status_code: Option<u16>,
    }
    let body: Value = error.json()?;
    let details = body["error"]
        .as_object()?
        .iter()
        .find(|(name, _)| name.ends_with("ErrorDetails.Plugin.BulkApiErrorDetails"))?
        .1;
    let failed: Vec<Failed> = match details {
        Value::String(text) => serde_json::from_str(text).ok()?,
        details => Failed::deserialize(details)
            .ok()
            .map(|one| vec![one])
            .or_else(|| serde_json::from_value(details.clone()).ok())?,
    };
    if failed.is_empty() {
        return None;
    }
    let outcome = |(at, row): (usize, &BulkRow)| match failed.iter().find(|failed| failed.request_index == at)
    {
        None => {
            Ok(Written { id: if let RowName::Id(id) = row.row { Some(id) } else { None }, existed: false })
        }
        Some(failed) => {
            Err(match failed.status_code.and_then(|code| http::StatusCode::from_u16(code).ok()) {
                Some(status) => error.clone().with_status(status),
                None => error.clone(),
            })
        }
    };
    Some(rows.iter().enumerate().map(outcome).collect())
}

/// Sends rows in a batch, one request for each. Rows that the service refuses because of its limits are sent again.
async fn batch(client: &Client, rows: &[BulkRow], repeated: bool) -> Vec<Result<Written>> {
    let mut outcomes: Vec<Option<Result<Written>>> = rows.iter().map(|_| None).collect();
    let mut repeated = repeated;
    for round in 0..MAX_ROUNDS {
        let left: Vec<usize> = (0..rows.len()).filter(|at| outcomes[*at].is_none()).collect();
        if left.is_empty() {
            break;
        }
        let mut batch = Batch::new().continue_on_error();
        for at in &left {
            batch.add(rows[*at].request());
        }
        let responses = match client.batch(batch).await {
            Ok(responses) => responses.into_vec(),
            Err(error) => {
                let again = error.may_have_run()
                    && !repeated
                    && error.is_transient()
                    && left.iter().all(|at| rows[*at].is_repeatable());
                if again {
                    repeated = true;
                    continue;
                }
                for at in left {
                    outcomes[at] = Some(rows[at].outcome(Err(error.clone()), repeated));
                }
                break;
            }
        };
        for (at, response) in left.into_iter().zip(responses) {
            let throttled = response.as_ref().is_err_and(|error| error.kind() == ErrorKind::Throttled);
            if throttled && round + 1 < MAX_ROUNDS {
                continue;
            }
            outcomes[at] = Some(rows[at].outcome(response, repeated));
        }
    }
    let unsent =
        || Err(Error::new(ErrorKind::Throttled, "the service did not take the row within its limits"));
    outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unsent)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bulk::BulkTable;

    #[test]
    fn an_elastic_table_tells_which_rows_failed() {
        let table = BulkTable::new("contoso_sensor", "contoso_sensors", "contoso_sensorid");
        let rows: Vec<BulkRow> = (0..3).map(|n| BulkRow::create(&table, &json!({ "n": n }))).collect();
        let body = r#"{"error":{"code":"0x80060888","message":"m",
            "@Microsoft.PowerApps.CDS.ErrorDetails.Plugin.BulkApiErrorDetails":
            "[{\"RequestIndex\":1,\"Id\":\"\",\"StatusCode\":409}]"}}"#;
        let error = Error::new(ErrorKind::BadRequest, "m").with_body(body);
        let outcomes = elastic_outcomes(&error, &rows).unwrap();
        let failed: Vec<bool> = outcomes.iter().map(Result::is_err).collect();
        assert_eq!(failed, [false, true, false]);
        assert!(elastic_outcomes(&Error::new(ErrorKind::BadRequest, "m"), &rows).is_none());
    }

    #[test]
    fn the_details_of_an_elastic_error_are_read_in_every_form() {
        let table = BulkTable::new("contoso_sensor", "contoso_sensors", "contoso_sensorid");
        let id = Uuid::from_u128(7);
        let rows = [BulkRow::create_with_id(&table, id, &json!({})), BulkRow::create(&table, &json!({}))];
        let outcomes = |details: &str| {
            let name = "@Microsoft.PowerApps.CDS.ErrorDetails.Plugin.BulkApiErrorDetails";
            let body = format!(r#"{{"error":{{"code":"x","message":"m","{name}":{details}}}}}"#);
            let error = Error::new(ErrorKind::BadRequest, "m").with_body(&body);
            elastic_outcomes(&error, &rows)
        };
        for (details, failed) in [
            (r#"[{"RequestIndex":0,"StatusCode":409}]"#, Some([true, false])),
            (r#"{"RequestIndex":1}"#, Some([false, true])),
            (r#""[{\"RequestIndex\":1,\"StatusCode\":409}]""#, Some([false, true])),
            (r#"[{"RequestIndex":0},{"RequestIndex":1}]"#, Some([true, true])),
            (r#"[{"RequestIndex":7}]"#, Some([false, false])),
            ("[]", None),
            (r#""nonsense""#, None),
            ("5", None),
        ] {
            let found = outcomes(details);
            let found = found.map(|all| [all[0].is_err(), all[1].is_err()]);
            assert_eq!(found, failed, "{details}");
        }
        let all = outcomes(r#"[{"RequestIndex":1,"StatusCode":409}]"#).unwrap();
        assert_eq!(all[0].as_ref().unwrap(), &Written { id: Some(id), existed: false });
        assert_eq!(all[1].as_ref().unwrap_err().status(), Some(http::StatusCode::CONFLICT));
        let all = outcomes(r#"[{"RequestIndex":0}]"#).unwrap();
        assert_eq!(all[0].as_ref().unwrap_err().status(), None);
        assert_eq!(all[1].as_ref().unwrap().id, None);
    }

    #[test]
    fn an_error_of_a_message_is_about_its_rows_or_about_the_message() {
        for (kind, about_rows) in [
            (ErrorKind::BadRequest, true),
            (ErrorKind::NotFound, true),
            (ErrorKind::Conflict, true),
            (ErrorKind::PreconditionFailed, true),
            (ErrorKind::Forbidden, true),
            (ErrorKind::Unauthorized, false),
            (ErrorKind::Service, false),
            (ErrorKind::Timeout, false),
            (ErrorKind::Throttled, false),
        ] {
            assert_eq!(is_about_rows(&Error::new(kind, "m")), about_rows, "{kind:?}");
        }
        let coded = |code: &str| Error::new(ErrorKind::BadRequest, "m").with_code(Some(code.to_owned()));
        for (error, expected) in [
            (coded("0x80040800"), true),
            (coded("0X80060888"), true),
            (coded("0x8006088A"), true),
            (coded("0x80040217"), false),
            (Error::new(ErrorKind::Service, "m").with_status(http::StatusCode::NOT_IMPLEMENTED), true),
            (Error::new(ErrorKind::Service, "m").with_status(http::StatusCode::BAD_REQUEST), false),
            (Error::new(ErrorKind::Service, "m"), false),
        ] {
            assert_eq!(is_not_supported(&error), expected, "{error:?}");
        }
    }
}
