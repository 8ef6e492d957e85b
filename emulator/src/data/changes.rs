//! Change tracking: the rows of a table that were created, changed or deleted since an earlier request.
//!
//! The first request has the preference `odata.track-changes`. Its last page has a delta link, whose token
//! contains the version of the rows at that time. A request with the token returns the rows with a later
//! version, and the deletions since then. See
//! <https://learn.microsoft.com/power-apps/developer/data-platform/use-change-tracking-synchronize-data-external-systems>.

use dvkit_diagnostic::limits::MAX_ROWS_PER_RESPONSE;
use dvkit_schema::Table;
use http::{Method, StatusCode};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use odata_parser::url::encode;
use rusqlite::params;
use uuid::Uuid;

use super::cells::write_text;
use super::preferences::Preferences;
use super::read;
use super::service_error::ServiceError;
use super::session::{Session, key_of};
use super::store::{VERSION, quoted};
use super::url::RowUrl;
use crate::request::ApiRequest;
use crate::response::{Content, HttpResponse};

/// The time for which deletions are remembered (`Organization.ExpireSubscriptionsInDays`).
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The beginning of the page tokens of tracked requests.
const PAGE_PREFIX: &str = "delta.";

/// The options that a tracked request can have.
const ALLOWED: [&str; 3] = ["$select", "$skiptoken", "$deltatoken"];

/// The service's code of a token that has expired.
const EXPIRED: &str = "0x80044352";

/// A delta token: the version of the rows, and the time, up to which the client knows the rows.
#[derive(Clone, Copy, Debug, PartialEq)]
struct DeltaToken {
    version: i64,
    time: Timestamp,
}

impl DeltaToken {
    /// Parses a token such as `1000042!11/29/2026 12:00:00`.
    fn parse(text: &str) -> Option<Self> {
        let (version, time) = text.split_once('!')?;
        let time = DateTime::strptime("%m/%d/%Y %H:%M:%S", time).ok()?;
        let time = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
        Some(Self { version: version.parse().ok().filter(|version| *version >= 0)?, time })
    }

    fn text(self) -> String {
        format!("{}!{}", self.version, self.time.strftime("%m/%d/%Y %H:%M:%S"))
    }
}

/// The position of a page of a tracked request.
#[derive(Clone, Debug, PartialEq)]
enum DeltaPage {
    /// A page of the first request, with the token of the read page and the version at the first page.
    Initial { version: i64, token: String },
    /// A page of changes: those up to the version `until`, after the change of a row or the deletion with the
    /// version `after`.
    Changes { deletions: bool, after: i64, until: i64 },
}

impl DeltaPage {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PAGE_PREFIX)?.splitn(4, '.');
        let kind = parts.next()?;
        let first = parts.next()?.parse().ok()?;
        let rest = parts.next()?;
        match kind {
            "i" => Some(Self::Initial { version: first, token: rest.to_owned() }),
            "c" | "d" => {
                Some(Self::Changes { deletions: kind == "d", after: first, until: rest.parse().ok()? })
            }
            _ => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Initial { version, token } => format!("{PAGE_PREFIX}i.{version}.{token}"),
            Self::Changes { deletions, after, until } => {
                format!("{PAGE_PREFIX}{}.{after}.{until}", if *deletions { 'd' } else { 'c' })
            }
        }
    }
}

/// Responds to a request that tracks changes; `None` for any other request.
///
/// # Errors
/// Returns an error if the table does not track changes, if an option is not allowed, or if the token is
/// invalid or has expired.
pub(super) fn respond(
    session: &Session<'_>,
    call: &ApiRequest,
) -> Result<Option<HttpResponse>, ServiceError> {
    if call.method != Method::GET {
        return Ok(None);
    }
    let preferences = Preferences::of(&call.headers);
    let url = RowUrl::parse(&call.url);
    let page = url.option("$skiptoken").filter(|token| token.starts_with(PAGE_PREFIX));
    let token = url.option("$deltatoken");
    if token.is_none() && page.is_none() && !preferences.track_changes {
        return Ok(None);
    }
    let (set, counts) = match url.path.strip_suffix("/$count") {
        Some(set) => (set, true),
        None => (url.path.as_str(), false),
    };
    // A preference that does not apply is ignored (RFC 7240); without a token there are no changes to count.
    let Some(entry) = session.store.table_by_entity_set(set).filter(|_| token.is_some() || !counts) else {
        return match token {
            Some(_) => Err(ServiceError::bad("A delta token belongs to a request for the rows of a table.")),
            None => Ok(None),
        };
    };
    let table = session.table(&entry.logical_name)?;
    check(session, table, &url)?;
    let page = match page {
        Some(text) => Some(DeltaPage::parse(text).ok_or_else(invalid_token)?),
        None => None,
    };
    match (token, page) {
        (None, None) => {
            let version = session.rows.last_version();
            initial(session, call, &url, version, None).map(Some)
        }
        (None, Some(DeltaPage::Initial { version, token })) => {
            initial(session, call, &url, version, Some(&token)).map(Some)
        }
        (Some(token), page @ (None | Some(DeltaPage::Changes { .. }))) => {
            let token = DeltaToken::parse(token).ok_or_else(invalid_token)?;
            if session.shared.clock.now().duration_since(token.time) > TOKEN_LIFETIME {
                return Err(ServiceError::new(
                    StatusCode::BAD_REQUEST,
                    EXPIRED,
                    "Version stamp associated with the client has expired. Please perform a full sync.",
                ));
            }
            let changes = Changes { session, call, url: &url, table, token };
            match counts {
                true => changes.count(),
                false => changes.page(&preferences, page.as_ref()),
            }
            .map(Some)
        }
        _ => Err(invalid_token()),
    }
}

fn invalid_token() -> ServiceError {
    ServiceError::bad("The delta token is not valid.")
}

/// Checks that the table tracks changes, and that the options are allowed.
fn check(session: &Session<'_>, table: &Table, url: &RowUrl) -> Result<(), ServiceError> {
    let _ = session;
    if table.change_tracking == Some(false) {
        return Err(ServiceError::bad(format!(
            "Change tracking is not enabled for the entity '{}'.",
            table.logical_name
        )));
    }
    let other =
        url.options.iter().find(|(name, _)| !ALLOWED.iter().any(|own| own.eq_ignore_ascii_case(name)));
    match other {
        Some((name, _)) => Err(ServiceError::bad(format!(
            "The query option '{name}' is not supported with change tracking."
        ))),
        None => Ok(()),
    }
}

/// Returns the link to the request with these options instead of the tokens.
fn link(session: &Session<'_>, url: &RowUrl, tokens: &[(&str, String)]) -> String {
    let is_token =
        |name: &str| ["$skiptoken", "$deltatoken"].iter().any(|own| own.eq_ignore_ascii_case(name));
    let mut text = format!("{}{}", session.web_api(), url.encoded_without(is_token));
    for (name, token) in tokens {
        text.push(if text.contains('?') { '&' } else { '?' });
        text.push_str(&format!("{name}={}", encode(token)));
    }
    text
}

/// Responds with a page of all rows. The last page has the delta link.
fn initial(
    session: &Session<'_>,
    call: &ApiRequest,
    url: &RowUrl,
    version: i64,
    token: Option<&str>,
) -> Result<HttpResponse, ServiceError> {
    let is_token = |name: &str| name.eq_ignore_ascii_case("$skiptoken");
    let mut inner = url.encoded_without(is_token);
    if let Some(token) = token {
        inner.push(if inner.contains('?') { '&' } else { '?' });
        inner.push_str(&format!("$skiptoken={token}"));
    }
    let call = ApiRequest {
        method: Method::GET,
        url: inner,
        caller: call.caller.clone(),
        headers: call.headers.clone(),
        body: bytes::Bytes::new(),
    };
    let response = read::respond(session, &call)?;
    let unexpected = || ServiceError::not_emulated("change tracking of this request");
    let text = response.content.to_bytes();
    let text = std::str::from_utf8(&text).map_err(|_| unexpected())?;
    // The members of the response are written by this crate: the context first, then the rows.
    let rows = text.find(",\"value\":[").ok_or_else(unexpected)?;
    let end = text.rfind("],\"@odata.nextLink\":\"");
    let (next, end) = match end {
        Some(end) => {
            let (_, token) =
                text.get(end..).and_then(|t| t.rsplit_once("$skiptoken=")).ok_or_else(unexpected)?;
            (Some(token.trim_end_matches("\"}").to_owned()), end)
        }
        None => (None, text.rfind("]}").ok_or_else(unexpected)?),
    };
    let mut body = b"{\"@odata.context\":".to_vec();
    write_text(&mut body, &context(session, url));
    match next {
        None => {
            let token = DeltaToken { version, time: session.shared.clock.now() };
            body.extend_from_slice(b",\"@odata.deltaLink\":");
            write_text(&mut body, &link(session, url, &[("$deltatoken", token.text())]));
            body.extend_from_slice(text.get(rows..end).unwrap_or_default().as_bytes());
            body.push(b']');
        }
        Some(token) => {
            let page = DeltaPage::Initial { version, token };
            body.extend_from_slice(text.get(rows..end).unwrap_or_default().as_bytes());
            body.extend_from_slice(b"],\"@odata.nextLink\":");
            write_text(&mut body, &link(session, url, &[("$skiptoken", page.text())]));
        }
    }
    body.push(b'}');
    let applied = http::HeaderValue::from_static("odata.track-changes");
    Ok(HttpResponse { content: Content::of(vec![body.into()]), ..response }
        .with("preference-applied", applied))
}

/// Returns the context URL of a response with changes: `$metadata#accounts(name)/$delta`.
fn context(session: &Session<'_>, url: &RowUrl) -> String {
    let select = url.option("$select").map(|select| {
        let names: Vec<&str> = select.split(',').map(str::trim).collect();
        format!("({})", names.join(","))
    });
    format!("{}$metadata#{}{}/$delta", session.web_api(), url.path, select.unwrap_or_default())
}

/// The changes of a table since a token.
struct Changes<'a, 's> {
    session: &'a Session<'s>,
    call: &'a ApiRequest,
    url: &'a RowUrl,
    table: &'a Table,
    token: DeltaToken,
}

impl Changes<'_, '_> {
    /// Returns versions and ids of rows with a version above `after` and at most `until`, the earliest first.
    fn changed(&self, after: i64, until: i64, most: u64) -> Result<Vec<(i64, Uuid)>, ServiceError> {
        let layout = self.session.layout(&self.table.logical_name)?;
        let sql = format!(
            "SELECT {version}, {} FROM {} WHERE {version} > ?1 AND {version} <= ?2 ORDER BY 1 LIMIT ?3",
            quoted(&key_of(&layout)?),
            quoted(&layout.name),
            version = quoted(VERSION),
        );
        self.rows(&sql, params![after, until, limit(most)])
    }

    /// Returns versions and ids of deletions, as [`changed`](Self::changed) does. A row that was deleted and
    /// created again is not deleted.
    fn deleted(&self, after: i64, until: i64, most: u64) -> Result<Vec<(i64, Uuid)>, ServiceError> {
        let layout = self.session.layout(&self.table.logical_name)?;
        let sql = format!(
            "SELECT max(version), id FROM \"*deleted\" AS d WHERE entity = ?4 AND version > ?1 AND version <= ?2 \
             AND NOT EXISTS (SELECT 1 FROM {} AS r WHERE r.{} = d.id) GROUP BY id ORDER BY 1 LIMIT ?3",
            quoted(&layout.name),
            quoted(&key_of(&layout)?),
        );
        self.rows(&sql, params![after, until, limit(most), &self.table.logical_name])
    }

    fn rows(&self, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<(i64, Uuid)>, ServiceError> {
        let mut statement = self.session.rows.connection.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let id = Uuid::parse_str(&row.get::<_, String>(1)?);
            found.extend(id.ok().map(|id| row.get(0).map(|version| (version, id))).transpose()?);
        }
        Ok(found)
    }

    /// Responds with the number of changed and deleted rows.
    fn count(&self) -> Result<HttpResponse, ServiceError> {
        let changed = self.changed(self.token.version, i64::MAX, u64::MAX)?;
        let deleted = self.deleted(self.token.version, i64::MAX, u64::MAX)?;
        let number = changed.len() + deleted.len();
        Ok(HttpResponse::new(StatusCode::OK, "text/plain", number.to_string()))
    }

    /// Responds with a page of changed rows, and then of deletions.
    fn page(
        &self,
        preferences: &Preferences,
        page: Option<&DeltaPage>,
    ) -> Result<HttpResponse, ServiceError> {
        let session = self.session;
        let most = (session.shared.page_size as u64).min(MAX_ROWS_PER_RESPONSE.into());
        let size = preferences.max_page_size.map_or(most, |size| u64::from(size).min(most)).max(1);
        let (mut deletions, mut after, until) = match page {
            Some(DeltaPage::Changes { deletions, after, until }) => (*deletions, *after, *until),
            _ => (false, self.token.version, session.rows.last_version()),
        };
        let mut json: Vec<u8> = Vec::new();
        let mut left = size;
        let mut more = false;
        if !deletions {
            let found = self.changed(after, until, size + 1)?;
            for (index, (version, id)) in found.iter().enumerate() {
                if index as u64 == size {
                    more = true;
                    break;
                }
                let row = read::row(session, self.call, self.url, self.table, *id)?.content.to_bytes();
                append(&mut json, &row);
                after = *version;
                left -= 1;
            }
            if !more {
                (deletions, after) = (true, self.token.version);
            }
        }
        if deletions {
            for (version, id) in self.deleted(after, until, left + 1)? {
                if left == 0 {
                    more = true;
                    break;
                }
                let deleted = format!(
                    "{{\"@odata.context\":\"{}$metadata#{}/$deletedEntity\",\"id\":\"{id}\",\"reason\":\"deleted\"}}",
                    session.web_api(),
                    self.url.path
                );
                append(&mut json, deleted.as_bytes());
                after = version;
                left -= 1;
            }
        }
        let mut body = b"{\"@odata.context\":".to_vec();
        write_text(&mut body, &context(session, self.url));
        if !more {
            let token = DeltaToken { version: until, time: session.shared.clock.now() };
            body.extend_from_slice(b",\"@odata.deltaLink\":");
            write_text(&mut body, &link(session, self.url, &[("$deltatoken", token.text())]));
        }
        body.extend_from_slice(b",\"value\":[");
        body.extend_from_slice(&json);
        body.push(b']');
        if more {
            let page = DeltaPage::Changes { deletions, after, until };
            let tokens = [("$deltatoken", self.token.text()), ("$skiptoken", page.text())];
            body.extend_from_slice(b",\"@odata.nextLink\":");
            write_text(&mut body, &link(session, self.url, &tokens));
        }
        body.push(b'}');
        Ok(HttpResponse::odata(body))
    }
}

fn limit(most: u64) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// Appends an object to a list. The context of a single row, its first member, is omitted; that of a deletion
/// is kept.
fn append(json: &mut Vec<u8>, object: &[u8]) {
    if !json.is_empty() {
        json.push(b',');
    }
    let text = std::str::from_utf8(object).unwrap_or_default();
    let context = text.strip_prefix("{\"@odata.context\":\"").and_then(|rest| rest.split_once('"'));
    match context {
        Some((url, rest)) if url.ends_with("/$entity") => {
            json.push(b'{');
            json.extend_from_slice(rest.strip_prefix(',').unwrap_or(rest).as_bytes());
        }
        _ => json.extend_from_slice(object),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_parsed_as_they_are_written() {
        let token = DeltaToken { version: 1_000_042, time: "2026-11-29T12:00:00Z".parse().unwrap() };
        assert_eq!(token.text(), "1000042!11/29/2026 12:00:00");
        assert_eq!(DeltaToken::parse(&token.text()), Some(token));
        for page in [
            DeltaPage::Initial { version: 7, token: "ab-c_".into() },
            DeltaPage::Changes { deletions: true, after: 7, until: 9 },
        ] {
            assert_eq!(DeltaPage::parse(&page.text()), Some(page));
        }
        for wrong in ["", "x", "1!", "1!2026-11-29", "!11/29/2026 12:00:00", "-1!11/29/2026 12:00:00"] {
            assert_eq!(DeltaToken::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_page_token_has_a_kind_and_two_parts() {
        for (text, page) in [
            ("delta.i.7.a.b", Some(DeltaPage::Initial { version: 7, token: "a".into() })),
            ("delta.i.7.", Some(DeltaPage::Initial { version: 7, token: String::new() })),
            ("delta.c.7.9", Some(DeltaPage::Changes { deletions: false, after: 7, until: 9 })),
            ("delta.d.7.9", Some(DeltaPage::Changes { deletions: true, after: 7, until: 9 })),
            ("delta.x.7.9", None),
            ("delta.c.7", None),
            ("delta.c.7.x", None),
            ("delta.c.x.9", None),
            ("delta.", None),
            ("c.7.9", None),
            ("", None),
        ] {
            assert_eq!(DeltaPage::parse(text), page, "{text}");
        }
    }

    #[test]
    fn a_changed_row_loses_its_context_and_a_deletion_keeps_it() {
        for (before, object, after) in [
            ("", r#"{"@odata.context":"~#accounts/$entity","a":1}"#, r#"{"a":1}"#),
            ("{}", r#"{"@odata.context":"~#accounts/$entity","a":1}"#, r#"{},{"a":1}"#),
            ("", r#"{"@odata.context":"~#accounts/$entity"}"#, "{}"),
            (
                "",
                r#"{"@odata.context":"~#a/$deletedEntity","id":1}"#,
                r#"{"@odata.context":"~#a/$deletedEntity","id":1}"#,
            ),
            ("{}", r#"{"a":1}"#, r#"{},{"a":1}"#),
        ] {
            let mut json = before.as_bytes().to_vec();
            append(&mut json, object.as_bytes());
            assert_eq!(String::from_utf8(json).unwrap(), after, "{before} and {object}");
        }
    }
}
