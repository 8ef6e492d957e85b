//! The description of the API is what the routes respond: every response of a walk over all routes has the schema of its status,
//! with no member that the schema does not have.
use std::collections::BTreeSet;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::Caller;
use crate::crm::customers;

/// The description, and the operations whose responses were checked.
struct Description {
    document: Value,
    checked: BTreeSet<(String, String)>,
}

impl Description {
    /// Makes every object refuse members that it does not describe.
    fn new(mut document: Value) -> Self {
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        for (name, schema) in schemas.iter_mut() {
            // The details of an error are any.
            assert!(schema.get("allOf").is_none() || name == "ErrorDetails", "{name}");
            if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
                schema["additionalProperties"] = json!(false);
            }
        }
        Self { document, checked: BTreeSet::new() }
    }

    /// Checks a response of the operation `method` of `template`.
    fn check(&mut self, method: &str, template: &str, status: u16, body: &Value) {
        let operation = &self.document["paths"][template][method.to_lowercase()];
        assert!(operation.is_object(), "{method} {template} is not described");
        let named = &operation["responses"][status.to_string()];
        let response = if named.is_object() { named } else { &operation["responses"]["default"] };
        assert!(
            response.is_object() && (named.is_object() || status >= 400),
            "{method} {template} does not describe the status {status}: {body}"
        );
        self.checked.insert((method.to_lowercase(), template.to_owned()));
        let Some(schema) = response.get("content").map(|content| &content["application/json"]["schema"])
        else {
            assert_eq!(body, "", "{method} {template} {status} has a body that is not described");
            return;
        };
        let mut schema = schema.clone();
        schema["components"] = self.document["components"].clone();
        let validator =
            jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{template}: {error}"));
        let wrong: Vec<String> =
            validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(wrong, [""; 0], "{method} {template} {status}: {body}");
    }

    /// Sends a request, checks the response, and returns it.
    async fn send(
        &mut self,
        caller: &Caller,
        method: &str,
        (template, path): (&str, &str),
        body: Option<Value>,
        expected: u16,
    ) -> Value {
        let (status, response) = caller.send(method, path, body).await;
        assert_eq!(status, expected, "{method} {path}: {response}");
        self.check(method, template, status, &response);
        response
    }
}

/// Returns what follows the name of a resource in a path; `None` if it is not the path of a resource.
fn below_resource(path: &str) -> Option<&str> {
    let path = path.strip_prefix("/unified/crm/")?;
    Some(path.split_once('/').map_or("", |(_, below)| below))
}

/// A value for a new record of each resource that can be created in a test.
fn new_record(resource: &str) -> Option<Value> {
    Some(match resource {
        "accounts" | "projects" => json!({ "name": "Of the description" }),
        "contacts" => json!({ "last_name": "Of the description" }),
        "leads" => json!({ "topic": "Of the description", "last_name": "Doe" }),
        "opportunities" => json!({ "name": "Of the description" }),
        "tasks" => json!({ "subject": "Of the description" }),
        "notes" => json!({ "title": "Of the description" }),
        _ => return None,
    })
}

#[tokio::test]
async fn every_route_responds_by_its_schema() {
    let c = customers().await;
    let caller = &c.caller;
    let (status, document) = caller.get("/openapi.json").await;
    assert_eq!(status, 200);
    let mut api = Description::new(document);
    for id in &c.ids {
        let of = format!("account_id={id}");
        let fields = api
            .send(caller, "GET", ("/unified/crm/fields", &format!("/unified/crm/fields?{of}")), None, 200)
            .await;
        let resources = fields["result"].as_array().unwrap().iter();
        let resources: Vec<String> =
            resources.map(|one| one["resource"].as_str().unwrap().to_owned()).collect();
        assert!(resources.len() > 8, "{resources:?}");
        for resource in &resources {
            let list = format!("/unified/crm/{resource}");
            let one = format!("{list}/{{id}}");
            let page = api.send(caller, "GET", (&list, &format!("{list}?{of}&limit=50")), None, 200).await;
            let known = page["result"][0]["id"].as_str();
            if let Some(known) = known {
                api.send(caller, "GET", (&one, &format!("{list}/{known}?{of}")), None, 200).await;
            }
            let missing = format!("{list}/00000000-0000-0000-0000-000000000001?{of}");
            api.send(caller, "GET", (&one, &missing), None, 404).await;
            let Some(new) = new_record(resource) else { continue };
            let created =
                api.send(caller, "POST", (&list, &format!("{list}?{of}")), Some(new.clone()), 201).await;
            let path = format!("{list}/{}?{of}", created["id"].as_str().unwrap());
            api.send(caller, "PATCH", (&one, &path), Some(new.clone()), 200).await;
            api.send(caller, "PATCH", (&one, &missing), Some(new), 404).await;
            let wrong = json!({ "no_such_field": 1 });
            api.send(caller, "PATCH", (&one, &path), Some(wrong.clone()), 400).await;
            api.send(caller, "POST", (&list, &format!("{list}?{of}")), Some(wrong), 400).await;
            api.send(caller, "DELETE", (&one, &path), None, 204).await;
        }
    }
    let (contoso, fabrikam) = (format!("account_id={}", c.ids[0]), format!("account_id={}", c.ids[1]));
    // A record with an external key is created, and changed.
    let (one, path) =
        ("/unified/crm/contacts/{id}", format!("/unified/crm/contacts/ERP-of-the-description?{fabrikam}"));
    let new = json!({ "last_name": "External" });
    api.send(caller, "PUT", (one, &path), Some(new.clone()), 201).await;
    api.send(caller, "PUT", (one, &path), Some(new), 200).await;
    // Associations.
    let first = async |resource: &str| {
        let (_, page) = caller.get(&format!("/unified/crm/{resource}?{contoso}&limit=1")).await;
        page["result"][0]["id"].as_str().unwrap().to_owned()
    };
    let (project, user) = (first("projects").await, first("users").await);
    let template = "/unified/crm/projects/{id}/associations";
    let base = format!("/unified/crm/projects/{project}/associations");
    let body = json!({ "resource": "users", "id": user });
    caller.send("DELETE", &format!("{base}/users/{user}?{contoso}"), None).await;
    api.send(caller, "POST", (template, &format!("{base}?{contoso}")), Some(body), 204).await;
    let listed = (&*format!("{template}/{{other}}"), &*format!("{base}/users?{contoso}"));
    api.send(caller, "GET", listed, None, 200).await;
    let ended = (&*format!("{template}/{{other}}/{{other_id}}"), &*format!("{base}/users/{user}?{contoso}"));
    api.send(caller, "DELETE", ended, None, 204).await;
    // Webhooks.
    let hook = json!({ "url": "http://127.0.0.1:9/", "events": [] });
    let hook = api.send(caller, "POST", ("/webhooks", "/webhooks"), Some(hook), 201).await;
    let wrong = json!({ "url": "http://10.0.0.1/" });
    api.send(caller, "POST", ("/webhooks", "/webhooks"), Some(wrong), 400).await;
    api.send(caller, "GET", ("/webhooks", "/webhooks"), None, 200).await;
    let path = format!("/webhooks/{}", hook["id"].as_str().unwrap());
    api.send(caller, "GET", ("/webhooks/{id}", &path), None, 200).await;
    api.send(caller, "GET", ("/webhooks/{id}", "/webhooks/wh_none"), None, 404).await;
    let deliveries = format!("{path}/deliveries");
    api.send(caller, "GET", ("/webhooks/{id}/deliveries", &deliveries), None, 200).await;
    let template = "/webhooks/{id}/deliveries/{delivery}/redeliver";
    api.send(caller, "POST", (template, &format!("{deliveries}/none/redeliver")), None, 404).await;
    api.send(caller, "DELETE", ("/webhooks/{id}", &path), None, 204).await;
    // Snapshots.
    let schema = format!("/accounts/{}/schema", c.ids[0]);
    api.send(caller, "GET", ("/accounts/{id}/schema", &schema), None, 200).await;
    let refresh = ("/accounts/{id}/schema/refresh", &*format!("{schema}/refresh"));
    api.send(caller, "POST", refresh, None, 200).await;
    api.send(caller, "GET", ("/accounts/{id}/schema/{table}", &format!("{schema}/contact")), None, 200).await;
    api.send(caller, "GET", ("/accounts/{id}/schema/{table}", &format!("{schema}/nothing")), None, 404).await;
    // Accounts.
    let body =
        json!({ "name": "x", "org_url": "https://contoso.crm4.dynamics.com", "auth": "authorization_code" });
    let account = api.send(caller, "POST", ("/accounts", "/accounts"), Some(body), 201).await;
    let wrong = json!({ "name": "x", "org_url": "https://evil.example", "auth": "authorization_code" });
    api.send(caller, "POST", ("/accounts", "/accounts"), Some(wrong), 400).await;
    api.send(caller, "GET", ("/accounts", "/accounts"), None, 200).await;
    let path = format!("/accounts/{}", account["id"].as_str().unwrap());
    api.send(caller, "GET", ("/accounts/{id}", &path), None, 200).await;
    let sign_in = ("/accounts/{id}/sign-in", &*format!("{path}/sign-in"));
    api.send(caller, "POST", sign_in, Some(json!({})), 200).await;
    let secret = Some(json!({ "client_secret": "x" }));
    api.send(caller, "PUT", ("/accounts/{id}/secret", &format!("{path}/secret")), secret, 400).await;
    api.send(caller, "DELETE", ("/accounts/{id}", &path), None, 204).await;
    api.send(caller, "DELETE", ("/accounts/{id}", &path), None, 404).await;
    // What was not checked: the responses of organisations, and the same operations of other resources.
    let all = api.document["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(|method| (method.clone(), path.clone()))
    });
    let unchecked: Vec<_> = all
        .filter(|operation| !api.checked.contains(operation))
        .filter(|(_, path)| !path.starts_with("/proxy/"))
        .filter(|(method, path)| {
            // The operations of one resource are those of each.
            let of_one = |checked: &(String, String)| {
                checked.0 == *method && below_resource(&checked.1) == below_resource(path)
            };
            below_resource(path).is_none() || !api.checked.iter().any(of_one)
        })
        .collect();
    assert_eq!(unchecked, []);
}
