//! Serves `organizations`, `solutions`, `solutioncomponents` and `publishers`. These are the only rows of the
//! emulator; they are derived from the snapshot. The row of `organizations` contains the base language, if it
//! is known. The solution `Default` contains all tables. For each prefix of custom tables there is a
//! publisher, and a solution with the tables of that prefix; both are named after the prefix.

use std::collections::BTreeSet;

use dvkit_schema::{Schema, Table};
use odata_parser::ast::{BinaryOp, Expr, ExprKind, OptionKind, Request};
use odata_parser::{ParseOptions, RequestText, parse_request};
use serde_json::{Map, Value, json};

use super::ApiRequest;
use crate::metadata::generate_id;
use crate::organisation::OrganisationState;
use crate::response::HttpResponse;
use crate::state::ServerState;

/// The value of `solutioncomponents.componenttype` for tables.
const TABLES: i32 = 1;

/// Responds to requests for the rows of one of the four entity sets, named `set`.
pub(super) fn respond(
    shared: &ServerState,
    state: &OrganisationState,
    call: &ApiRequest,
    set: &str,
) -> HttpResponse {
    let text = RequestText::new(&call.url);
    match parse_request(&text, &ParseOptions::default()) {
        Ok(request) => {
            rows(shared, &state.schema, call, set, &request).unwrap_or_else(HttpResponse::bad_request)
        }
        Err(mistake) => HttpResponse::bad_request(mistake.message),
    }
}

fn rows(
    shared: &ServerState,
    schema: &Schema,
    call: &ApiRequest,
    set: &str,
    request: &Request<'_>,
) -> Result<HttpResponse, String> {
    let mut wanted = Vec::new();
    let mut select = None;
    let mut skip = 0;
    for option in &request.options {
        match &option.kind {
            OptionKind::Filter(expr) => terms(expr, &mut wanted)?,
            OptionKind::Select(items) => {
                let names = items.iter().filter_map(|item| item.path.as_name().map(str::to_owned));
                select = Some(names.collect::<BTreeSet<_>>());
            }
            OptionKind::Text(text) if option.name == "$skiptoken" => {
                skip = text.parse().map_err(|_| "The skip token is invalid.".to_owned())?;
            }
            _ => return Err(format!("The query parameter {} is not supported", option.name)),
        }
    }
    let all = match set {
        "solutions" => solutions(schema),
        "publishers" => publishers(schema),
        "organizations" => organisations(schema),
        _ => components(schema),
    };
    let holds = |row: &Map<String, Value>| {
        wanted.iter().all(|(name, value)| row.get(*name).is_some_and(|found| same(found, value)))
    };
    if let Some((name, _)) =
        wanted.iter().find(|(name, _)| all.first().is_some_and(|r| !r.contains_key(*name)))
    {
        return Err(format!(
            "Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{set}'."
        ));
    }
    let found: Vec<_> = all.into_iter().filter(holds).collect();
    let page = shared.page_size;
    let shown = found.iter().skip(skip).take(page).cloned().map(|mut row| {
        if let Some(select) = &select {
            row.retain(|name, _| select.contains(name));
        }
        Value::Object(row)
    });
    let context = format!("{}$metadata#{set}", shared.web_api());
    let mut body = json!({ "@odata.context": context, "value": shown.collect::<Vec<_>>() });
    if let (Some(more), true) = (body.as_object_mut(), skip + page < found.len()) {
        let first = call.url.split("&$skiptoken=").next().unwrap_or_default();
        let link = format!("{}{first}&$skiptoken={}", shared.web_api(), skip + page);
        more.insert("@odata.nextLink".into(), link.into());
    }
    Ok(HttpResponse::odata(body.to_string()))
}

/// Parses conditions of the form `name eq value`, joined by `and`, and adds their names and values to `into`.
fn terms<'s>(expr: &Expr<'s>, into: &mut Vec<(&'s str, String)>) -> Result<(), String> {
    match &expr.kind {
        ExprKind::Paren(inner) => terms(inner, into),
        ExprKind::Binary(binary) if binary.op == BinaryOp::And => {
            terms(&binary.left, into)?;
            terms(&binary.right, into)
        }
        ExprKind::Binary(binary) if binary.op == BinaryOp::Eq => {
            match (&binary.left.kind, &binary.right.kind) {
                (ExprKind::Path(path), ExprKind::Literal(value)) => {
                    let name = path.as_name().ok_or(UNSUPPORTED)?;
                    into.push((name, value.string_value().into_owned()));
                    Ok(())
                }
                _ => Err(UNSUPPORTED.to_owned()),
            }
        }
        _ => Err(UNSUPPORTED.to_owned()),
    }
}

const UNSUPPORTED: &str = "Of these rows the emulator knows `column eq value` only, joined by `and`.";

fn same(found: &Value, wanted: &str) -> bool {
    match found {
        Value::String(text) => text.eq_ignore_ascii_case(wanted),
        Value::Number(number) => number.as_i64().is_some_and(|n| wanted.parse() == Ok(n)),
        _ => false,
    }
}

fn prefix(table: &Table) -> Option<&str> {
    let (prefix, _) = table.logical_name.split_once('_')?;
    (table.custom != Some(false) && !prefix.is_empty()).then_some(prefix)
}

fn prefixes(schema: &Schema) -> BTreeSet<&str> {
    schema.tables.values().filter_map(prefix).collect()
}

fn row(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn solutions(schema: &Schema) -> Vec<Map<String, Value>> {
    let names = std::iter::once("Default").chain(prefixes(schema));
    names
        .map(|name| row(json!({ "solutionid": generate_id("solution", name), "uniquename": name })))
        .collect()
}

fn publishers(schema: &Schema) -> Vec<Map<String, Value>> {
    let publisher = |name: &str| {
        row(json!({
            "publisherid": generate_id("publisher", name),
            "uniquename": name,
            "customizationprefix": name,
        }))
    };
    prefixes(schema).into_iter().map(publisher).collect()
}

fn organisations(schema: &Schema) -> Vec<Map<String, Value>> {
    let mut only = row(json!({ "organizationid": super::functions::organisation_id() }));
    only.extend(schema.org.base_language.map(|code| ("languagecode".to_owned(), code.into())));
    vec![only]
}

/// Returns the rows of `solutioncomponents`. A table without an id is in no solution.
fn components(schema: &Schema) -> Vec<Map<String, Value>> {
    let mut rows = Vec::new();
    for table in schema.tables.values() {
        let Some(id) = &table.metadata_id else { continue };
        for solution in std::iter::once("Default").chain(prefix(table)) {
            rows.push(row(json!({
                "solutioncomponentid": generate_id("component", &format!("{solution}/{}", table.logical_name)),
                "_solutionid_value": generate_id("solution", solution),
                "componenttype": TABLES,
                "objectid": id,
            })));
        }
    }
    rows
}
