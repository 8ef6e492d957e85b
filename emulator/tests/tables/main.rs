//! Requests and their responses as tables: every line is a request, and the line below it, which begins with `>`, is
//! the response. The emulator opens no socket for them. `UPDATE_EXPECT=1` writes the responses anew.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod batches;
mod bulk;
mod definition_filters;
mod definition_writes;
mod definitions;
mod files;
mod formatted;
mod made;
mod nested;
mod operations;
mod owners;
mod random;
mod reads;
mod related;
mod schema_changes;
mod search;
mod seeds;
mod strict;
mod system_tables;
mod values;
mod writes;

use std::sync::LazyLock;

use bytes::Bytes;
use dvkit_emulator::{Clock, Emulator, EmulatorBuilder, InProcessEmulator};
use dvkit_schema::{Schema, Store};
use expect_test::Expect;
use http::{Request, Response};
use serde_json::Value;

/// The sample organisation, which is read once for all tables.
fn sample() -> Schema {
    static SAMPLE: LazyLock<Schema> = LazyLock::new(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        Store::open(folder).unwrap().load().unwrap()
    });
    SAMPLE.clone()
}

/// An emulator of the sample organisation whose clock is stopped.
fn builder() -> EmulatorBuilder {
    Emulator::builder(sample()).clock(Clock::stopped("2026-11-29T12:00:00Z".parse().unwrap()))
}

/// Sends the requests of a table to a new emulator, and compares the responses with those in the table.
fn check(table: Expect) {
    check_with(&builder().in_process().unwrap(), table);
}

/// Sends the requests of a table, and compares the responses with those in the table.
///
/// A request is a line with the parts `METHOD PATH`, headers such as `If-Match: *`, and the body, which begins with
/// `{`, `[` or `=`; the parts are separated by ` | `. `§a` is the id whose last digit is `a` and whose other digits are
/// zero, and `{last}` the last id that the emulator has made. A line with `#` is a comment.
fn check_with(emulator: &InProcessEmulator, table: Expect) {
    let mut text = String::new();
    let mut last = String::new();
    for line in table.data().lines().map(str::trim).filter(|line| !line.starts_with('>')) {
        text.push_str(line);
        text.push('\n');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.replace("{last}", &last);
        let line = DIGITS.iter().fold(line, |line, digit| line.replace(&format!("§{digit}"), &id(digit)));
        let response = send(emulator, &line);
        if let Some(id) = random_ids(&raw(&response)).pop() {
            last = id;
        }
        text.push_str(&format!("> {}\n", shown(&response)));
    }
    table.assert_eq(&format!("{}\n", text.trim()));
}

/// The last digits of the ids that a table abbreviates.
const DIGITS: [&str; 15] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"];

/// Returns the id that `§` with this digit stands for.
fn id(digit: &str) -> String {
    format!("00000000-0000-0000-0000-00000000000{digit}")
}

/// The words of the service around the reason why a body is refused; tables have `…` instead.
const PAYLOAD: &str = ", For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : Microsoft.OData.ODataException:";

/// Sends the request of one line.
fn send(emulator: &InProcessEmulator, line: &str) -> Response<Bytes> {
    let mut parts = line.split(" | ");
    let (method, path) = parts.next().unwrap().split_once(' ').unwrap();
    let root = if path.starts_with("/api/") { "" } else { "/api/data/v9.2/" };
    let encoded: String = path
        .chars()
        .map(|c| match c {
            ' ' | '"' | '<' | '>' | '{' | '}' | '^' | '`' | '|' => format!("%{:02X}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    let mut request = Request::builder().method(method).uri(format!("{root}{encoded}"));
    let mut body = Bytes::new();
    for part in parts {
        if part.starts_with(['{', '[', '=']) {
            body = Bytes::from(part.strip_prefix('=').unwrap_or(part).to_owned());
        } else {
            let (name, value) = part.split_once(": ").unwrap_or_else(|| panic!("{line}: {part}"));
            request = request.header(name, value);
        }
    }
    emulator.respond("ann", request.body(body).unwrap_or_else(|why| panic!("{line}: {why}")))
}

fn raw(response: &Response<Bytes>) -> String {
    let headers: String =
        response.headers().values().map(|value| format!("{} ", value.to_str().unwrap_or_default())).collect();
    headers + &String::from_utf8_lossy(response.body())
}

/// Returns the random ids (version 4) in a text, with or without hyphens, in order.
fn random_ids(text: &str) -> Vec<String> {
    let is_id = |word: &&str| uuid::Uuid::parse_str(word).is_ok_and(|id| id.get_version_num() == 4);
    text.split(|c: char| !c.is_ascii_hexdigit() && c != '-').filter(is_id).map(str::to_owned).collect()
}

/// Returns the status and the body of a response in one line: of an error its code and message, of a row without its
/// ETag, of a changed table without null. Random ids and the address of the emulator are replaced.
fn shown(response: &Response<Bytes>) -> String {
    let text = String::from_utf8_lossy(response.body()).into_owned();
    let status = response.status().as_u16();
    let body = match serde_json::from_str::<Value>(&text) {
        Ok(json) if json["error"]["code"].is_string() => {
            let error = &json["error"];
            let code = error["innererror"]["dvkit"]["code"].as_str().map(|code| format!(" [{code}]"));
            format!(
                "{} {}{}",
                error["code"].as_str().unwrap(),
                error["message"].as_str().unwrap_or_default(),
                code.unwrap_or_default()
            )
        }
        Ok(mut json) => {
            without_tags(&mut json);
            for table in json.get_mut("EntityMetadata").and_then(Value::as_array_mut).into_iter().flatten() {
                table.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            }
            json.to_string()
        }
        Err(_) => text,
    };
    let mut body =
        body.replace("http://127.0.0.1:9/api/data/v9.2/", "~/").replace("\r\n", "⏎").replace('\n', "⏎");
    for name in ["odata-entityid", "location", "preference-applied", "content-range", "x-ms-file-name"] {
        let value = response.headers().get(name).map(|value| value.to_str().unwrap());
        let known = name == "location" && response.headers().contains_key("odata-entityid");
        if let Some(value) = value.filter(|_| !known) {
            body = format!("{name}: {} {body}", value.replace("http://127.0.0.1:9/api/data/v9.2/", "~/"));
        }
    }
    for id in random_ids(&body) {
        body = body.replace(&id, "<id>");
    }
    body =
        DIGITS.iter().fold(body.replace(PAYLOAD, " …"), |body, n| body.replace(&id(n), &format!("§{n}")));
    format!("{status} {body}").trim_end().to_owned()
}

/// Removes the ETags of rows, because they depend on the number of writes before.
fn without_tags(json: &mut Value) {
    match json {
        Value::Object(members) => {
            members.remove("@odata.etag");
            members.values_mut().for_each(without_tags);
        }
        Value::Array(items) => items.iter_mut().for_each(without_tags),
        _ => {}
    }
}
