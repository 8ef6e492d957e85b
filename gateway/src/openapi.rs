//! The description of the API in the form of OpenAPI, made from the types and routes.
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::gateway::Gateway;
use crate::unified::ResourceDescription;
use crate::{accounts, schema, unified, webhooks};

#[derive(OpenApi)]
#[openapi(
    info(title = "dvkit gateway", description = "Dataverse organisations of many customers, in one API"),
    paths(
        accounts::connect,
        accounts::list,
        accounts::read,
        accounts::sign_in_again,
        accounts::replace_secret,
        accounts::disconnect,
        schema::read,
        schema::refresh,
        schema::read_table,
        webhooks::create,
        webhooks::list,
        webhooks::read,
        webhooks::remove,
        webhooks::deliveries,
        webhooks::redeliver,
        unified::list,
        unified::read,
        unified::create,
        unified::update,
        unified::upsert,
        unified::delete,
        unified::associate,
        unified::associated,
        unified::disassociate,
        unified::fields,
    )
)]
struct Api;

/// Returns the description of the gateway's API, with the resources of its model.
pub(crate) fn document(gateway: &Gateway) -> Value {
    let mut api = Api::openapi();
    let components = api.components.get_or_insert_default();
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("dvk_…").build();
    components.add_security_scheme("api_key", SecurityScheme::Http(key));
    let mut document = serde_json::to_value(&api).unwrap_or_default();
    document["servers"] = json!([{ "url": gateway.public_url().as_str().trim_end_matches('/') }]);
    let parameters = json!([
        { "name": "account", "in": "path", "required": true, "schema": { "type": "string" }, "description": "The id of the account" },
        { "name": "path", "in": "path", "required": true, "schema": { "type": "string" }, "description": "The path of the Web API, with or without `api/data/v9.2/`" },
    ]);
    for method in ["get", "post", "patch", "put", "delete"] {
        document["paths"]["/proxy/{account}/{path}"][method] = json!({
            "tags": ["proxy"],
            "summary": "Sends a request to the account's organisation",
            "operationId": format!("proxy_{method}"),
            "parameters": parameters,
            "security": [{ "api_key": [if method == "get" { "proxy.read" } else { "proxy.write" }] }],
            "responses": { "default": { "description": "The response of the organisation, with its links leading through the gateway" } },
        });
    }
    let model = gateway.model();
    if model.is_none()
        && let Some(paths) = document["paths"].as_object_mut()
    {
        paths.retain(|path, _| !path.starts_with("/unified/"));
    }
    add_errors(&mut document);
    for resource in model.map(|model| model.resources()).unwrap_or_default() {
        add_resource(&mut document, resource);
    }
    document
}

/// Adds to every operation that its other responses are errors of the gateway.
fn add_errors(document: &mut Value) {
    let error = json!({
        "description": "An error of the gateway: `code` is for programs",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ErrorBody" } } },
    });
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        if path.starts_with("/proxy/") {
            continue;
        }
        for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
            operation["responses"]["default"] = error.clone();
        }
    }
}

/// The beginning of the paths of a resource whose name is a parameter.
const ANY_RESOURCE: &str = "/unified/crm/{resource}";
/// The beginning of references within a schema of its own.
const OWN_DEFINITIONS: &str = "#/$defs/";
/// The beginning of references within the document.
const SCHEMAS: &str = "#/components/schemas/";

/// Adds a resource of the model: the schemas of its records and pages, and its paths, which are those of any resource
/// with the name and the schemas put in.
fn add_resource(document: &mut Value, resource: ResourceDescription) {
    let ResourceDescription { name, schema: Some(mut schema) } = resource else { return };
    let definitions = schema.as_object_mut().and_then(|schema| {
        schema.remove("$schema");
        schema.remove("$defs")
    });
    let schemas = &mut document["components"]["schemas"];
    if let Some(Value::Object(definitions)) = definitions {
        for (name, mut definition) in definitions {
            refer_to_document(&mut definition);
            schemas[name] = definition;
        }
    }
    refer_to_document(&mut schema);
    let (record, page) = (format!("{name}_record"), format!("{name}_page"));
    let reference = |name: &str| json!({ "$ref": format!("{SCHEMAS}{name}") });
    schemas[&record] = schema;
    let mut pages = schemas["RecordPage"].clone();
    pages["properties"]["result"]["items"] = reference(&record);
    schemas[&page] = pages;
    let paths = document["paths"].as_object().into_iter().flatten();
    let own: Vec<(String, Value)> = paths
        .filter_map(|(path, item)| {
            let below = path.strip_prefix(ANY_RESOURCE)?;
            let mut item = item.clone();
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                let id = operation["operationId"].as_str().unwrap_or(method).to_owned();
                operation["operationId"] = json!(format!("{name}_{id}"));
                operation["tags"] = json!([name]);
                if let Some(parameters) = operation["parameters"].as_array_mut() {
                    parameters.retain(|parameter| parameter["name"] != "resource");
                }
                let is_record = !below.contains("/associations");
                if is_record && operation.get("requestBody").is_some() {
                    operation["requestBody"]["content"]["application/json"]["schema"] = reference(&record);
                }
                for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
                    if is_record && status.starts_with('2') && response.get("content").is_some() {
                        let schema = if below.is_empty() && method == "get" { &page } else { &record };
                        response["content"]["application/json"]["schema"] = reference(schema);
                    }
                }
            }
            Some((format!("/unified/crm/{name}{below}"), item))
        })
        .collect();
    if let Some(paths) = document["paths"].as_object_mut() {
        paths.extend(own);
    }
}

/// Makes the references in a schema lead to the schemas of the document.
fn refer_to_document(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "$ref" => {
                        *text = text.replacen(OWN_DEFINITIONS, SCHEMAS, 1);
                    }
                    other => refer_to_document(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(refer_to_document),
        _ => {}
    }
}
