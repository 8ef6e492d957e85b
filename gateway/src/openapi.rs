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

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// Returns the description with the resource `contacts`.
    fn described(schema: Option<Value>) -> Value {
        let mut document = serde_json::to_value(Api::openapi()).unwrap();
        add_errors(&mut document);
        add_resource(&mut document, ResourceDescription { name: "contacts".to_owned(), schema });
        document
    }

    fn contact() -> Value {
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "owner": { "$ref": "#/$defs/Owner" },
                "phones": { "type": "array", "items": { "anyOf": [{ "$ref": "#/$defs/Phone" }, { "type": "null" }] } },
            },
            "$defs": {
                "Owner": { "type": "object", "properties": { "phone": { "$ref": "#/$defs/Phone" } } },
                "Phone": { "type": "string" },
            },
        })
    }

    /// Returns the name of the schema that a content refers to; empty if there is no content.
    fn schema_of(content: &Value) -> &str {
        let Some(reference) = content["content"]["application/json"]["schema"]["$ref"].as_str() else {
            assert!(content.get("content").is_none(), "{content}");
            return "";
        };
        reference.strip_prefix(SCHEMAS).unwrap()
    }

    #[test]
    fn each_operation_of_a_resource_takes_and_returns_its_records() {
        let document = described(Some(contact()));
        let (record, page) = ("contacts_record", "contacts_page");
        let mut expected = std::collections::BTreeSet::new();
        for (method, below, takes, returns) in [
            ("get", "", "", &[("200", page)][..]),
            ("post", "", record, &[("201", record)]),
            ("get", "/{id}", "", &[("200", record)]),
            ("patch", "/{id}", record, &[("200", record)]),
            ("put", "/{id}", record, &[("200", record), ("201", record)]),
            ("delete", "/{id}", "", &[("204", "")]),
            ("post", "/{id}/associations", "AssociateRequest", &[("204", "")]),
            ("get", "/{id}/associations/{other}", "", &[("200", "AssociatedRecords")]),
            ("delete", "/{id}/associations/{other}/{other_id}", "", &[("204", "")]),
        ] {
            let path = format!("/unified/crm/contacts{below}");
            expected.insert((path.clone(), method.to_owned()));
            let operation = &document["paths"][&path][method];
            assert!(operation.is_object(), "{method} {path}");
            assert_eq!(schema_of(&operation["requestBody"]), takes, "the body of {method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            let good: Vec<(&str, &str)> = responses
                .iter()
                .filter(|(status, _)| status.starts_with('2'))
                .map(|(status, response)| (status.as_str(), schema_of(response)))
                .collect();
            assert_eq!(good, returns, "the responses of {method} {path}");
            assert_eq!(schema_of(&responses["default"]), "ErrorBody", "the errors of {method} {path}");
            assert_eq!(operation["tags"], json!(["contacts"]), "{method} {path}");
            let id = operation["operationId"].as_str().unwrap();
            assert!(id.starts_with("contacts_"), "{method} {path}: {id}");
            let of_any = &document["paths"][format!("{ANY_RESOURCE}{below}")][method];
            assert_eq!(id, format!("contacts_{}", of_any["operationId"].as_str().unwrap()));
            let names = |operation: &Value| -> Vec<String> {
                let all = operation["parameters"].as_array().unwrap().iter();
                all.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
            };
            let mut general = names(of_any);
            assert!(general.iter().any(|name| name == "resource"), "{method} {path}: {general:?}");
            general.retain(|name| name != "resource");
            assert_eq!(names(operation), general, "the parameters of {method} {path}");
        }
        let own = document["paths"].as_object().unwrap().iter();
        let own = own.filter(|(path, _)| path.starts_with("/unified/crm/contacts"));
        let found: std::collections::BTreeSet<(String, String)> = own
            .flat_map(|(path, item)| {
                item.as_object().unwrap().keys().map(|method| (path.clone(), method.clone()))
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_schemas_of_a_resource_refer_to_those_of_the_document() {
        let document = described(Some(contact()));
        let schemas = &document["components"]["schemas"];
        let phone = json!({ "$ref": "#/components/schemas/Phone" });
        assert_eq!(
            schemas["contacts_record"],
            json!({
                "type": "object",
                "properties": {
                    "owner": { "$ref": "#/components/schemas/Owner" },
                    "phones": { "type": "array", "items": { "anyOf": [phone, { "type": "null" }] } },
                },
            })
        );
        assert_eq!(schemas["Owner"], json!({ "type": "object", "properties": { "phone": phone } }));
        assert_eq!(schemas["Phone"], json!({ "type": "string" }));
        let mut page = schemas["contacts_page"].clone();
        assert_eq!(
            page["properties"]["result"]["items"].take(),
            json!({ "$ref": "#/components/schemas/contacts_record" })
        );
        let mut general = schemas["RecordPage"].clone();
        general["properties"]["result"]["items"].take();
        assert_eq!(page, general, "but for its records, a page is like any other");
    }

    #[test]
    fn only_references_lead_to_the_schemas_of_the_document() {
        let own = format!("{OWN_DEFINITIONS}A");
        let mut schema = json!({ "$ref": own, "title": own, "items": [{ "$ref": format!("{own}{OWN_DEFINITIONS}") }, own] });
        refer_to_document(&mut schema);
        let led = format!("{SCHEMAS}A");
        let expected = json!({ "$ref": led, "title": own, "items": [{ "$ref": format!("{led}{OWN_DEFINITIONS}") }, own] });
        assert_eq!(schema, expected);
    }

    #[tokio::test]
    async fn the_document_names_its_server_without_a_slash_at_the_end() {
        let gateway = crate::testing::gateway().await;
        let document = document(&gateway);
        let url = gateway.public_url().as_str().strip_suffix('/').unwrap();
        assert_eq!(document["servers"], json!([{ "url": url }]));
    }

    #[test]
    fn a_resource_without_a_schema_has_no_paths_of_its_own() {
        let mut general = serde_json::to_value(Api::openapi()).unwrap();
        add_errors(&mut general);
        assert_eq!(described(None), general);
    }
}
