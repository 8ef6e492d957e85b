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
        (
            "chek",
            json!({}),
            "there is no tool `chek`; did you mean `check`? Tools: find, describe, explain, check,",
        ),
        ("zzz", json!({}), "there is no tool `zzz`. Tools: find, describe, explain, check, fix,"),
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

const NOTHING_HERE: &str = "nothing is here; the server is at /mcp\n";

/// Sends a request for a path that is not served.
async fn ask(stream: &mut TcpStream) {
    stream.write_all(b"GET /other HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
}

/// Returns the head of the response to [`ask`].
async fn told(stream: &mut TcpStream) -> String {
    let mut response = Vec::new();
    while !response.ends_with(NOTHING_HERE.as_bytes()) {
        assert_ne!(stream.read_buf(&mut response).await.unwrap(), 0, "the connection ends");
    }
    let response = String::from_utf8(response).unwrap();
    response.split_once("\r\n\r\n").unwrap().0.to_ascii_lowercase()
}

#[tokio::test]
async fn a_path_that_is_not_served_is_answered_with_the_one_that_is() {
    let (_running, address) = listening(HttpOptions::loopback(LOOPBACK).unwrap()).await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    ask(&mut stream).await;
    let head = told(&mut stream).await;
    assert!(head.starts_with("http/1.1 404 not found\r\n"), "{head}");
}

#[tokio::test]
async fn a_request_without_the_token_is_told_how_to_send_it() {
    let options = HttpOptions::remote(LOOPBACK, "0123456789abcdef", []).unwrap();
    let (_running, address) = listening(options).await;
    let (status, body) = post(&address, &[], &call_over_http()).await;
    assert_eq!((status, body.as_str()), (401, "the request needs the token of the server\n"));
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.write_all(b"GET /other HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 401 "), "the token comes before the path: {response}");
    assert!(response.to_ascii_lowercase().contains("\r\nwww-authenticate: bearer\r\n"), "{response}");
}

#[tokio::test]
async fn a_connection_above_the_limit_waits_until_another_ends() {
    let (_running, address) = listening(HttpOptions::loopback(LOOPBACK).unwrap()).await;
    let mut open = Vec::new();
    for _ in 0..64 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        ask(&mut stream).await;
        told(&mut stream).await;
        open.push(stream);
    }
    let mut late = TcpStream::connect(&address).await.unwrap();
    ask(&mut late).await;
    for _ in 0..16 {
        ask(&mut open[0]).await;
        told(&mut open[0]).await;
    }
    let early = late.try_read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(early, Err(std::io::ErrorKind::WouldBlock));
    open.pop();
    told(&mut late).await;
}

#[tokio::test]
async fn a_server_that_was_stopped_does_not_listen_any_more() {
    let (running, address) = listening(HttpOptions::loopback(LOOPBACK).unwrap()).await;
    drop(std::net::TcpStream::connect(&address).unwrap());
    running.stop().await;
    // No other task of this thread runs before the attempt.
    assert!(std::net::TcpStream::connect(&address).is_err());
}

#[test]
fn the_server_says_what_it_is_and_what_its_tools_are() {
    let server = Server::new(sample());
    let info = serde_json::to_value(rmcp::ServerHandler::get_info(&server)).unwrap();
    assert_eq!(info["capabilities"], json!({"resources": {}, "tools": {}}));
    let expected =
        json!({"name": "dvkit", "title": "dvkit for Dataverse", "version": env!("CARGO_PKG_VERSION")});
    assert_eq!(info["serverInfo"], expected);
    for name in Toolbox::names() {
        assert_eq!(
            rmcp::ServerHandler::get_tool(&server, name).map(|tool| tool.name.to_string()),
            Some(name.to_owned())
        );
    }
    assert_eq!(rmcp::ServerHandler::get_tool(&server, "nothing"), None);
    let tool = serde_json::to_value(rmcp::ServerHandler::get_tool(&server, "orgs")).unwrap();
    let expected = json!({
        "readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false,
    });
    assert_eq!((&tool["title"], &tool["annotations"]), (&json!("List organisations"), &expected));
    assert_eq!(tool["inputSchema"]["required"], Value::Null);
    assert!(tool["outputSchema"]["properties"]["orgs"].is_object(), "{tool}");
}

#[tokio::test]
async fn the_resources_of_many_tables_come_in_pages() {
    let mut schema = dvkit_schema::Schema::default();
    for n in 0..150 {
        let name = format!("t{n:03}");
        let table = dvkit_schema::Table {
            logical_name: name.clone(),
            entity_set: Some(format!("{name}s")),
            display_name: dvkit_schema::LocalizedText::new(1033, format!("Table {n}")),
            ..Default::default()
        };
        schema.tables.insert(name, table);
    }
    let schemas = dvkit_ide::Schemas::of(dvkit_schema::Store::from_schema(schema));
    let tools = Toolbox::new(dvkit_ide::Workspace::new(schemas, dvkit_ide::Settings::default()));
    let (near, far) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(far);
    tokio::spawn(Server::new(tools).serve(input, output));
    let client = ().serve(near).await.unwrap();
    let first = client.list_resources(None).await.unwrap();
    assert_eq!((first.resources.len(), first.next_cursor.as_deref()), (100, Some("100")));
    let page = PaginatedRequestParams::default().with_cursor(first.next_cursor);
    let second = client.list_resources(Some(page)).await.unwrap();
    assert_eq!((second.resources.len(), second.next_cursor.as_deref()), (50, None));
    let expected = json!({
        "uri": "dvkit://default/table/t100", "name": "t100", "title": "Table 100", "mimeType": "text/plain",
    });
    assert_eq!(serde_json::to_value(&second.resources[0]).unwrap(), expected);
    let read = ReadResourceRequestParams::new("dvkit://default/table/t100");
    let read = serde_json::to_value(client.read_resource(read).await.unwrap().contents).unwrap();
    let expected = json!([{
        "uri": "dvkit://default/table/t100",
        "mimeType": "text/plain",
        "text": "table t100\nentity set t100s\nlabel \"Table 100\"\n0 columns:",
    }]);
    assert_eq!(read, expected);
    let templates = client.list_all_resource_templates().await.unwrap();
    let expected = json!([{
        "uriTemplate": "dvkit://{org}/table/{name}",
        "name": "table",
        "title": "Table of an organisation",
        "description": "Columns, types, options and navigation properties of a table",
        "mimeType": "text/plain",
    }]);
    assert_eq!(serde_json::to_value(templates).unwrap(), expected);
}
