//! Batches and hostile requests: each is answered, none with status 500, and the emulator continues.

use dvkit_emulator::Emulator;
use reqwest::{Client, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{get, sample};

/// A batch of these requests.
fn batch(parts: &[&str]) -> String {
    let part = |p: &&str| {
        format!(
            "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n{p}\r\n\r\n"
        )
    };
    parts.iter().map(part).collect::<String>() + "--b--\r\n"
}

async fn send(
    running: &dvkit_emulator::RunningEmulator,
    ty: &str,
    body: String,
    prefer: &str,
) -> (StatusCode, String) {
    let request = Client::new().post(running.web_api() + "$batch").bearer_auth(running.token("test"));
    let request = request.header("content-type", ty).header("prefer", prefer).body(body);
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_batch_is_answered_part_by_part() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let long = format!(
        "GET EntityDefinitions?$filter={}LogicalName%20eq%20'account' HTTP/1.1",
        "LogicalName%20eq%20'x'%20or%20".repeat(500)
    );
    assert!(long.len() < 65_536);
    let parts =
        ["GET /api/data/v9.2/WhoAmI HTTP/1.1\r\nAccept: application/json", "GET nosuchset HTTP/1.1", &long];
    let ty = "multipart/mixed; boundary=\"b\"";
    let (status, all) = send(&running, ty, batch(&parts), "odata.continue-on-error").await;
    assert_eq!(status, StatusCode::OK, "{all}");
    let statuses: Vec<_> = all.lines().filter(|l| l.starts_with("HTTP/1.1 ")).collect();
    assert_eq!(statuses, ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", "HTTP/1.1 200 OK"]);
    let (_, until_error) = send(&running, ty, batch(&parts), "").await;
    assert_eq!(until_error.matches("HTTP/1.1 ").count(), 2);

    let set = format!(
        "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{}\r\n--b--\r\n",
        batch(&["POST accounts HTTP/1.1\r\nContent-ID: 1"]).replace("--b", "--c")
    );
    let (status, answer) = send(&running, ty, set, "").await;
    assert!(status == StatusCode::BAD_REQUEST && answer.contains("HTTP/1.1 400"), "{status} {answer}");

    let many = vec!["GET WhoAmI HTTP/1.1"; 1001];
    for (ty, body) in [
        ("application/json", batch(&parts)),
        ("multipart/mixed", batch(&parts)),
        (ty, "nonsense".to_owned()),
        (ty, batch(&parts)[..120].to_owned()),
        (ty, batch(&["\u{1}\u{2}"])),
        (ty, batch(&many)),
        (ty, batch(&["GET https://example.org/ HTTP/1.1"])),
        (ty, batch(&[&format!("GET {} HTTP/1.1", "a".repeat(70_000))])),
    ] {
        let (status, answer) = send(&running, ty, body, "").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        assert!(answer.contains("0x80060888"), "{answer}");
    }
    let (status, nested) = send(&running, ty, batch(&["GET $batch HTTP/1.1"]), "").await;
    assert!(status == StatusCode::BAD_REQUEST && nested.contains("HTTP/1.1 400"), "{nested}");
}

#[tokio::test]
async fn hostile_requests_are_answered() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let deep = format!("EntityDefinitions?$filter={}IsActivity{}", "(".repeat(5000), ")".repeat(5000));
    let wide = format!("EntityDefinitions?$filter={}IsActivity", "IsActivity%20or%20".repeat(900));
    let criteria = format!(
        "RetrieveMetadataChanges(Query=@q)?@q={{\"Criteria\":{}{}}}",
        "{\"Filters\":[".repeat(500),
        "]}".repeat(500)
    );
    let expand = format!("EntityDefinitions?$expand={}", "Attributes($expand=".repeat(300));
    for path in [
        "%00",
        "%FF%FE",
        "EntityDefinitions('",
        "EntityDefinitions(LogicalName=)",
        "EntityDefinitions()()",
        "EntityDefinitions//",
        "EntityDefinitions(LogicalName='account',LogicalName='account')",
        "EntityDefinitions(LogicalName=null)",
        "EntityDefinitions(00000000-0000-0000-0000-000000000000)",
        "EntityDefinitions/$count",
        "EntityDefinitions?$select=",
        "EntityDefinitions?$select=%F0%9F%92%A3",
        "EntityDefinitions?$filter=MetadataId eq 1",
        "EntityDefinitions?&&&=&$",
        "EntityDefinitions?$filter=@p",
        "EntityDefinitions?$filter=@p&@p=@p",
        "EntityDefinitions?$filter=1 eq 1",
        "EntityDefinitions?$filter=LogicalName/Value eq 'a'",
        "EntityDefinitions?$filter=-IsActivity",
        "RetrieveMetadataChanges(Query=@q)",
        "RetrieveMetadataChanges(Query=@q)?@q=[]",
        "RetrieveMetadataChanges(Query=1)",
        "RetrieveMetadataChanges(Nope=1)",
        "RetrieveMetadataChanges(1)",
        "RetrieveMetadataChanges()/x/y",
        "RetrieveMetadataChanges(DeletedMetadataFilters=1)",
        "RetrieveMetadataChanges(ClientVersionStamp=1)",
        "RetrieveMetadataChanges(Query=@q)?@q={\"Criteria\":{\"Conditions\":[{\"ConditionOperator\":\"In\",\"PropertyName\":\"LogicalName\",\"Value\":{\"Type\":\"System.String\",\"Value\":\"a\"}}]}}",
        "RelationshipDefinitions(SchemaName='nope')",
        "GlobalOptionSetDefinitions(Name='nope')",
        "GlobalOptionSetDefinitions/Nope",
        "RetrieveCurrentOrganization()",
        "$batch",
        "$metadata/x",
        &deep,
        &wide,
        &criteria,
        &expand,
        &format!("EntityDefinitions?$filter={}", "a".repeat(40_000)),
    ] {
        let (status, body) = get(&running, path).await;
        let shown: String = path.chars().take(80).collect();
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{shown}: {body}");
    }
    // Bytes that are not HTTP.
    let address = running.url().trim_start_matches("http://").to_owned();
    for bytes in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /x/oauth2/v2.0/token HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
    }
    let form = Client::new()
        .post(running.token_endpoint())
        .header("content-type", "application/x-www-form-urlencoded");
    let status = form.body("a=".repeat(100_000)).send().await.unwrap().status();
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let put = Client::new().put(running.web_api() + "EntityDefinitions").bearer_auth(running.token("test"));
    assert_eq!(put.send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(get(&running, "WhoAmI").await.0, StatusCode::OK);
}
