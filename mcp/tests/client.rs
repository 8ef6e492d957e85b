//! A client of the protocol, in this process, uses the server over a pair of pipes and over HTTP.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod common;

use std::net::SocketAddr;

use common::{questions, sample};
use dvkit_mcp::{HttpOptions, MAX_MESSAGE_BYTES, RunningHttp, Server, Toolbox};
use rmcp::model::{CallToolRequestParams, CallToolResult, PaginatedRequestParams, ReadResourceRequestParams};
use rmcp::service::{RoleClient, RunningService};
use rmcp::{ServiceExt as _, model};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

async fn client() -> RunningService<RoleClient, ()> {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(far);
    tokio::spawn(Server::new(sample()).serve(input, output));
    ().serve(near).await.unwrap()
}

async fn call(client: &RunningService<RoleClient, ()>, tool: &str, arguments: Value) -> CallToolResult {
    let request = CallToolRequestParams::new(tool.to_owned()).with_arguments(model::object(arguments));
    client.call_tool(request).await.unwrap()
}

fn text(result: &CallToolResult) -> String {
    result.content[0].as_text().unwrap().text.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_finds_few_tools_that_only_read() {
    let client = client().await;
    let info = client.peer_info().unwrap().clone();
    assert_eq!(info.server_info.as_ref().unwrap().name, "dvkit");
    assert!(info.instructions.as_ref().unwrap().contains("`check` every query"));
    let tools = client.list_all_tools().await.unwrap();
    assert!(tools.len() <= 10);
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(names, Toolbox::names().collect::<Vec<_>>());
    for tool in &tools {
        let annotations = tool.annotations.as_ref().unwrap();
        assert_eq!((annotations.read_only_hint, annotations.open_world_hint), (Some(true), Some(false)));
        jsonschema::validator_for(&tool.schema_as_json_value()).unwrap();
        let output = Value::Object(tool.output_schema.as_ref().unwrap().as_ref().clone());
        jsonschema::validator_for(&output).unwrap();
    }
    // A model reads the list in every conversation.
    let size = serde_json::to_string(&tools).unwrap().len();
    assert!(size < 28_000, "{size} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_arguments_of_all_questions_fit_the_published_schemas() {
    let client = client().await;
    let tools = client.list_all_tools().await.unwrap();
    for question in questions() {
        let tool = tools.iter().find(|tool| tool.name == question.tool).unwrap();
        let schema = jsonschema::validator_for(&tool.schema_as_json_value()).unwrap();
        assert!(schema.is_valid(&question.arguments), "{}", question.arguments);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_query_is_answered_with_the_right_one() {
    let client = client().await;
    let query = json!({"query": "contacts?$select=fullnme&$filter=statecode eq 'Active'"});
    let right = "contacts?$select=fullname&$filter=statecode eq 0";
    for (tool, is_error) in [("check", false), ("translate", false), ("run", true)] {
        let result = call(&client, tool, query.clone()).await;
        let structured = result.structured_content.as_ref().unwrap();
        assert_eq!(structured["ok"], false, "{tool}");
        assert_eq!(structured["rewritten"], right, "{tool}");
        assert_eq!(structured["findings"][0]["code"], "DV0203", "{tool}");
        assert_eq!(structured["findings"][0]["at"], "fullnme", "{tool}");
        assert!(text(&result).contains(right), "{tool}");
        assert_eq!(result.is_error, Some(is_error), "{tool}");
    }
    let again = call(&client, "run", json!({"query": right})).await;
    assert_eq!(again.structured_content.unwrap()["ok"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_call_is_answered_with_a_sentence() {
    let client = client().await;
    for (tool, arguments, sentence) in [
        ("chek", json!({}), "there is no tool `chek`; did you mean `check`?"),
        ("check", json!({}), "which query?"),
        ("check", json!({"query": "statecode eq 0"}), "names no table"),
        ("check", json!({"filter": "statecode eq 0", "table": "contct"}), "did you mean"),
        ("check", json!({"query": "a", "filter": "b"}), "not both"),
        ("check", json!({"qurey": "a"}), "did you mean `query`?"),
        ("check", json!({"query": "contacts", "org": "contoso"}), "there is no organisation `contoso`"),
        ("find", json!({"query": "a"}), "did you mean `words`?"),
        ("describe", json!({"table": "contct"}), "contact"),
        ("describe", json!({"table": "contact", "columns": ["fullnme"]}), "fullname"),
        ("explain", json!({"name": "contact.fullnme"}), "fullname"),
        ("explain", json!({"name": "DV9999"}), "there is no code"),
        ("generate", json!({}), "which types?"),
        ("generate", json!({"tables": ["nothing"]}), "nothing"),
        ("generate", json!({"columns": ["fullname"]}), "does not name its table"),
    ] {
        let result = call(&client, tool, arguments.clone()).await;
        assert_eq!(result.is_error, Some(true), "{tool} {arguments}");
        assert!(text(&result).contains(sentence), "{tool} {arguments}: {}", text(&result));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_a_resource() {
    let client = client().await;
    let resources = client.list_all_resources().await.unwrap();
    assert!(resources.iter().any(|resource| resource.uri == "dvkit://sample/table/contact"));
    for resource in &resources {
        let read = client.read_resource(ReadResourceRequestParams::new(resource.uri.clone())).await.unwrap();
        let json = serde_json::to_value(&read.contents[0]).unwrap();
        let text = json["text"].as_str().unwrap();
        assert!(text.starts_with(&format!("table {}\n", resource.name)), "{text}");
    }
    let templates = client.list_all_resource_templates().await.unwrap();
    assert_eq!(templates[0].uri_template, "dvkit://{org}/table/{name}");
    for uri in
        ["dvkit://sample/table/contct", "dvkit://other/table/contact", "dvkit://sample", "file:///etc/passwd"]
    {
        assert!(client.read_resource(ReadResourceRequestParams::new(uri)).await.is_err(), "{uri}");
    }
    let page = PaginatedRequestParams::default().with_cursor(Some("nonsense".into()));
    assert!(client.list_resources(Some(page)).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_too_long_does_not_end_the_server() {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(far);
    let serving = tokio::spawn(Server::new(sample()).serve(input, output));
    let (reader, mut writer) = tokio::io::split(near);
    let mut lines = BufReader::new(reader).lines();
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18",
        "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}});
    writer.write_all(format!("{hello}\n").as_bytes()).await.unwrap();
    assert!(lines.next_line().await.unwrap().unwrap().contains("serverInfo"));
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    writer.write_all(format!("{ready}\n").as_bytes()).await.unwrap();
    let long = format!("{{\"x\":\"{}\"}}\n", "y".repeat(MAX_MESSAGE_BYTES));
    writer.write_all(long.as_bytes()).await.unwrap();
    let list = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"});
    writer.write_all(format!("{list}\n").as_bytes()).await.unwrap();
    loop {
        let line: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
        if line["id"] == 2 {
            assert!(line["result"]["tools"].is_array(), "{line}");
            break;
        }
    }
    drop((writer, lines));
    serving.await.unwrap().unwrap();
}

/// Sends a request over HTTP, and returns the status and the body of the response.
async fn post(address: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut request =
        format!("POST /mcp HTTP/1.1\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
    let given = |name: &str| headers.iter().any(|(given, _)| *given == name);
    for (name, value) in [
        ("host", address),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-06-18"),
    ] {
        if !given(name) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n").as_bytes()).await.unwrap();
    // The server may answer before it has read all of a body.
    let _ = stream.write_all(body.as_bytes()).await;
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response).await;
    let response = String::from_utf8_lossy(&response).into_owned();
    let status = response.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, response.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

async fn listening(options: HttpOptions) -> (RunningHttp, String) {
    let running = Server::new(sample()).serve_http(options).await.unwrap();
    let address = running.url().trim_start_matches("http://").trim_end_matches("/mcp").to_owned();
    (running, address)
}

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn call_over_http() -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "orgs", "arguments": {}}})
        .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_and_rebound_names_are_refused() {
    let (running, address) = listening(HttpOptions::loopback(LOOPBACK).unwrap()).await;
    let body = call_over_http();
    let (status, answer) = post(&address, &[], &body).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("the sample organisation"), "{answer}");
    let (status, answer) = post(&address, &[("origin", "http://localhost:6274")], &body).await;
    assert_eq!(status, 200, "{answer}");
    for header in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://localhost.evil.example"),
        ("origin", "http://127.0.0.1.evil.example:80"),
        ("host", "evil.example"),
        ("host", "localhost.evil.example"),
        ("host", "127.0.0.1.evil.example"),
    ] {
        let (status, answer) = post(&address, &[header], &body).await;
        assert_eq!(status, 403, "{header:?}: {answer}");
    }
    let long = format!("{}{}", body, " ".repeat(MAX_MESSAGE_BYTES));
    assert_eq!(post(&address, &[], &long).await.0, 413);
    assert_eq!(post(&address, &[], "{").await.0 / 100, 4);
    running.stop().await;
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_for_other_machines_needs_its_token() {
    assert!(HttpOptions::loopback("0.0.0.0:0".parse().unwrap()).is_err());
    assert!(HttpOptions::remote(LOOPBACK, "short", []).is_err());
    assert!(HttpOptions::remote(LOOPBACK, "with a space in it", []).is_err());
    let token = "0123456789abcdef";
    let (_running, address) = listening(HttpOptions::remote(LOOPBACK, token, []).unwrap()).await;
    let body = call_over_http();
    for header in [("x-none", ""), ("authorization", "Bearer 0123456789abcdeg"), ("authorization", token)] {
        assert_eq!(post(&address, &[header], &body).await.0, 401, "{header:?}");
    }
    let right = ("authorization", "Bearer 0123456789abcdef");
    assert_eq!(post(&address, &[right], &body).await.0, 200);
    let hosts = ["mcp.contoso.example".to_owned()];
    let (_named, address) = listening(HttpOptions::remote(LOOPBACK, token, hosts).unwrap()).await;
    assert_eq!(post(&address, &[right], &body).await.0, 403);
    assert_eq!(post(&address, &[right, ("host", "mcp.contoso.example")], &body).await.0, 200);
}

#[tokio::test]
async fn what_a_model_reads_of_the_tools_is_short() {
    let server = Server::new(sample());
    let mut shown = 0;
    for name in Toolbox::names() {
        let tool = rmcp::ServerHandler::get_tool(&server, name).unwrap();
        shown += name.len()
            + tool.description.as_ref().unwrap().len()
            + tool.schema_as_json_value().to_string().len();
    }
    assert!(shown < 14_000, "{shown} bytes");
}
