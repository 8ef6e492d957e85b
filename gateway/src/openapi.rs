//! The description of the API in the form of OpenAPI, made from the types and routes.
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::gateway::Gateway;
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
    let resources = model.map(|model| model.resources()).unwrap_or_default();
    for resource in resources {
        if let Some(schema) = resource.schema {
            document["components"]["schemas"][format!("unified_{}", resource.name)] = schema;
        }
    }
    document
}
