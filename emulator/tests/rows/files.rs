//! Files and images in rows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::{Answer, Api};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot a whole picture";

async fn project(api: &Api) -> String {
    let id = api.create("new_projects", json!({ "new_name": "Tower" })).await;
    format!("new_projects({id})")
}

/// An upload request for a file.
fn upload(api: &Api, path: &str, content: &[u8]) -> RequestBuilder {
    let request = api.request(Method::PATCH, path).header("content-type", "application/octet-stream");
    request.body(content.to_vec())
}

async fn bytes(api: &Api, path: &str) -> Vec<u8> {
    let response = api.request(Method::GET, path).send().await.unwrap();
    assert!(response.status().is_success(), "{}", response.status());
    response.bytes().await.unwrap().to_vec()
}

/// Starts an upload in chunks. Returns the address for the chunks.
async fn start(api: &Api, path: &str) -> String {
    let request = api.request(Method::PATCH, path).header("x-ms-transfer-mode", "chunked");
    let started = Api::send(request).await;
    assert_eq!(
        (started.status, started.text.as_str(), started.header("odata-entityid")),
        (StatusCode::OK, "", "")
    );
    assert_eq!(started.header("x-ms-chunk-size"), "4194304");
    started.header("location").to_owned()
}

/// Sends one chunk as DynamicsWebApi does, with the transfer mode in each request.
async fn chunk(api: &Api, to: &str, from: usize, content: &[u8], size: usize) -> Answer {
    let range = format!("bytes {from}-{}/{size}", (from + content.len()).wrapping_sub(1) as i64);
    Api::send(upload(api, to, content).header("x-ms-transfer-mode", "chunked").header("content-range", range))
        .await
}

// covers: files / upload in one request
// covers: files / download with $value
// covers: files / download as JSON
// covers: files / delete
#[tokio::test]
async fn a_file_is_uploaded_read_and_deleted() {
    let api = Api::start().await;
    let row = project(&api).await;
    let path = format!("{row}/new_contract");
    let empty = api.get(&format!("{path}/$value")).await;
    assert_eq!(
        (empty.status, empty.json["error"]["code"].as_str()),
        (StatusCode::NOT_FOUND, Some("0x80040217")),
        "{}",
        empty.text
    );
    let before = api.get(&row).await.json["@odata.etag"].clone();
    // The headers of the SDK.
    let request =
        upload(&api, &path, b"hello").header("x-ms-file-name", "a.txt").header("if-none-match", "null");
    let sent = Api::send(request).await;
    assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.text);
    let read = api.get(&format!("{row}?$select=new_contract,new_contract_name")).await;
    assert_eq!(read.json["new_contract_name"], "a.txt", "{}", read.text);
    assert_eq!(read.json["new_contract"].as_str().unwrap().len(), 36, "the id of the file");
    assert_ne!(read.json["@odata.etag"], before);
    api.assert_version(&row).await;
    let found = api.get("new_projects?$select=new_name&$filter=new_contract%20ne%20null").await;
    assert_eq!(found.all("new_name"), ["Tower"], "{}", found.text);
    let raw = api.get(&format!("{path}/$value")).await;
    assert_eq!(
        (
            raw.text.as_str(),
            raw.header("x-ms-file-name"),
            raw.header("x-ms-file-size"),
            raw.header("mimetype")
        ),
        ("hello", "a.txt", "5", "text/plain")
    );
    let coded = api.get(&format!("{path}?size=full")).await;
    assert_eq!(coded.json["value"], STANDARD.encode("hello"), "{}", coded.text);
    // Another file replaces the first one.
    let again = upload(&api, &path, b"more").header("x-ms-file-name", "b.bin").header("if-match", "*");
    assert_eq!(Api::send(again).await.status, StatusCode::NO_CONTENT);
    assert_eq!(bytes(&api, &format!("{path}/$value")).await, b"more");
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(api.get(&row).await.json["new_contract_name"], Value::Null);
}

// covers: files / upload in chunks
// covers: files / download in ranges
#[tokio::test]
async fn chunks_are_put_together_in_any_order_and_an_empty_one_at_the_end_changes_nothing() {
    let api = Api::start().await;
    let path = format!("{}/new_contract", project(&api).await);
    let content: Vec<u8> = (0..40_u8).collect();
    let to = start(&api, &format!("{path}?x-ms-file-name=%C3%A4%20b.bin")).await;
    assert!(to.starts_with(&api.running.web_api()), "{to}");
    assert_eq!(chunk(&api, &to, 20, &content[20..40], 40).await.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(
        api.get(&format!("{path}/$value")).await.status,
        StatusCode::NOT_FOUND,
        "the file is not complete"
    );
    assert_eq!(chunk(&api, &to, 0, &content[..20], 40).await.status, StatusCode::NO_CONTENT);
    let empty = chunk(&api, &to, 40, &[], 40).await;
    assert_eq!(empty.status, StatusCode::NO_CONTENT, "{}", empty.text);
    assert_eq!(bytes(&api, &format!("{path}/$value")).await, content);

    let ranged = |range: &'static str, path: String| {
        let request = api.request(Method::GET, &path).header("range", range);
        async { Api::send(request).await }
    };
    let part = ranged("bytes=0-9", format!("{path}?size=full")).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.json["value"], STANDARD.encode(&content[..10]));
    assert_eq!((part.header("x-ms-file-size"), part.header("x-ms-file-name")), ("40", "%C3%A4%20b.bin"));
    let next = part.header("location").to_owned();
    assert!(next.starts_with(&api.running.web_api()), "{next}");
    assert_eq!(ranged("bytes=35-44", next.clone()).await.json["value"], STANDARD.encode(&content[35..]));
    assert_eq!(
        ranged("bytes=40-49", next.clone()).await.json["value"],
        "",
        "a client asks for it after whole chunks"
    );
    assert_eq!(ranged("bytes=41-49", next.clone()).await.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(ranged("bytes=x", next).await.status, StatusCode::BAD_REQUEST);
}

// covers: files / limits
#[tokio::test]
async fn uploads_that_make_no_sense_are_refused() {
    let api = Api::start().await;
    let row = project(&api).await;
    let path = format!("{row}/new_contract");
    let unnamed = Api::send(upload(&api, &path, b"x")).await;
    assert_eq!(unnamed.status, StatusCode::BAD_REQUEST, "{}", unnamed.text);
    let nowhere = upload(&api, "new_projects(00000000-0000-0000-0000-000000000001)/new_contract", b"x")
        .header("x-ms-file-name", "a");
    assert_eq!(Api::send(nowhere).await.status, StatusCode::NOT_FOUND);
    let to = start(&api, &format!("{path}?x-ms-file-name=a")).await;
    let large = chunk(&api, &to, 0, b"abc", 40 << 20).await;
    assert_eq!(large.json["error"]["code"], "0x80044a02", "{}", large.text);
    for range in ["bytes 0-2/2", "bytes 5-7/6", "bytes 18446744073709551615-1/3", "0-2/3", "bytes */3"] {
        let refused = Api::send(upload(&api, &to, b"abc").header("content-range", range)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{range}: {}", refused.text);
    }
    let token = to.replace("sessiontoken=", "sessiontoken=0");
    assert_eq!(chunk(&api, &token, 0, b"abc", 3).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(chunk(&api, &to, 0, b"abc", 3).await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        chunk(&api, &to, 0, b"abc", 3).await.status,
        StatusCode::BAD_REQUEST,
        "the upload is complete"
    );
    let stale = upload(&api, &path, b"x").header("x-ms-file-name", "a").header("if-match", "W/\"1\"");
    assert_eq!(Api::send(stale).await.status, StatusCode::PRECONDITION_FAILED);
    // The file vanishes with its row.
    let id = api.get(&row).await.json["new_contract"].as_str().unwrap().to_owned();
    assert_eq!(api.delete(&row).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.post("DeleteFile", json!({ "FileId": id })).await.status, StatusCode::NOT_FOUND);
}

// covers: files / InitializeFileBlocksUpload, UploadBlock, CommitFileBlocksUpload
// covers: files / InitializeFileBlocksDownload, DownloadBlock
// covers: files / DeleteFile
#[tokio::test]
async fn a_file_is_sent_and_read_in_blocks() {
    let api = Api::start().await;
    let row = project(&api).await;
    let id = row.trim_start_matches("new_projects(").trim_end_matches(')').to_owned();
    let target = json!({ "@odata.type": "Microsoft.Dynamics.CRM.new_project", "new_projectid": id });
    let begun = api
        .post(
            "InitializeFileBlocksUpload",
            json!({ "Target": target, "FileAttributeName": "new_contract", "FileName": "a.pdf" }),
        )
        .await;
    let token =
        begun.json["FileContinuationToken"].as_str().unwrap_or_else(|| panic!("{}", begun.text)).to_owned();
    let ids: Vec<String> = ["one", "two"].iter().map(|b| STANDARD.encode(b)).collect();
    for (block, data) in ids.iter().zip(["abc", "def"]) {
        let sent = api.post("UploadBlock", json!({ "BlockId": block, "BlockData": STANDARD.encode(data), "FileContinuationToken": token })).await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.text);
    }
    let twice = json!({ "FileName": "a.pdf", "MimeType": "application/pdf", "BlockList": [ids[1], ids[1]], "FileContinuationToken": token });
    assert_eq!(api.post("CommitFileBlocksUpload", twice).await.status, StatusCode::BAD_REQUEST);
    let commit = json!({ "FileName": "a.pdf", "MimeType": "application/pdf", "BlockList": [ids[1], ids[0]], "FileContinuationToken": token });
    let done = api.post("CommitFileBlocksUpload", commit).await;
    assert_eq!(
        (done.status, done.json["FileSizeInBytes"].as_i64()),
        (StatusCode::OK, Some(6)),
        "{}",
        done.text
    );
    assert_eq!(bytes(&api, &format!("{row}/new_contract/$value")).await, b"defabc");

    let begun = api
        .post(
            "InitializeFileBlocksDownload",
            json!({ "Target": target, "FileAttributeName": "new_contract" }),
        )
        .await;
    assert_eq!(
        (begun.json["FileSizeInBytes"].as_i64(), begun.json["FileName"].as_str()),
        (Some(6), Some("a.pdf")),
        "{}",
        begun.text
    );
    let block = json!({ "Offset": 4, "BlockLength": 4_194_304, "FileContinuationToken": begun.json["FileContinuationToken"] });
    assert_eq!(api.post("DownloadBlock", block).await.json["Data"], STANDARD.encode("bc"));
    assert_eq!(
        api.post("DeleteFile", json!({ "FileId": done.json["FileId"] })).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(api.get(&format!("{row}/new_contract")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        api.post("InitializeAnnotationBlocksUpload", json!({})).await.status,
        StatusCode::NOT_IMPLEMENTED
    );
}

// covers: images / in the body of create and update
// covers: images / read as a property
// covers: images / download
// covers: images / delete in three ways
#[tokio::test]
async fn an_image_is_set_with_the_row_and_read_as_base64() {
    let api = Api::start().await;
    let id = api.create("accounts", json!({ "name": "Contoso", "entityimage": STANDARD.encode(PNG) })).await;
    let row = format!("accounts({id})");
    let read = api
        .get(&format!("{row}?$select=name,entityimage,entityimage_url,entityimage_timestamp,entityimageid"))
        .await;
    assert_eq!(read.json["entityimage"], STANDARD.encode(PNG), "{}", read.text);
    let image = read.json["entityimageid"].as_str().unwrap();
    let url = read.json["entityimage_url"].as_str().unwrap();
    assert!(
        url.starts_with("/Image/download.aspx?Entity=account&Attribute=entityimage&Id=")
            && url.contains(image),
        "{url}"
    );
    assert!(read.json["entityimage_timestamp"].as_i64().unwrap() > 638_000_000_000_000_000);
    // Images are not among all columns.
    assert_eq!(api.get(&row).await.json.get("entityimage"), None);
    assert_eq!(bytes(&api, &format!("{row}/entityimage/$value?size=full")).await, PNG);
    assert_eq!(api.get(&format!("{row}/entityimage")).await.json["value"], STANDARD.encode(PNG));
    assert_eq!(api.patch(&row, json!({ "entityimage": null })).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get(&format!("{row}/entityimage/$value")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get(&row).await.json["entityimageid"], Value::Null);
    for delete in [
        api.request(Method::PUT, &format!("{row}/entityimage")).json(&json!({ "value": null })),
        api.request(Method::DELETE, &format!("{row}/entityimage")),
    ] {
        let sent = upload(&api, &format!("{row}/entityimage"), PNG).header("x-ms-file-name", "a.png");
        assert_eq!(Api::send(sent).await.status, StatusCode::NO_CONTENT);
        assert_eq!(bytes(&api, &format!("{row}/entityimage/$value")).await, PNG);
        assert_eq!(Api::send(delete).await.status, StatusCode::NO_CONTENT);
        assert_eq!(api.get(&format!("{row}/entityimage/$value")).await.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn strict_mode_has_no_thumbnails_that_are_the_images_themselves() {
    let api = Api::of(super::builder().strict(true)).await;
    let made = api.post("accounts", json!({ "name": "x", "entityimage": STANDARD.encode(PNG) })).await;
    assert_eq!(made.status, StatusCode::NOT_IMPLEMENTED, "{}", made.text);
}

// covers: files / a file of more than 16 MiB in one request
#[tokio::test]
async fn a_large_file_is_one_request() {
    let api = Api::start().await;
    let path = format!("{}/new_contract", project(&api).await);
    let content = vec![7; 20 << 20];
    let sent = Api::send(upload(&api, &path, &content).header("x-ms-file-name", "a.bin")).await;
    assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.text);
    assert_eq!(bytes(&api, &format!("{path}/$value")).await.len(), content.len());
    let large = Api::send(upload(&api, &path, &vec![7; 33 << 20]).header("x-ms-file-name", "a.bin")).await;
    assert_eq!(large.json["error"]["code"], "0x80044a02", "{}", large.text);
    let json = Api::send(
        api.request(Method::POST, "accounts").header("content-type", "application/json").body(content),
    )
    .await;
    assert_eq!(json.status, StatusCode::PAYLOAD_TOO_LARGE);
}

// covers: images / types of files
// covers: images / only the primary image with a create
#[tokio::test]
async fn content_that_is_not_an_image_is_refused() {
    let api = Api::start().await;
    let text = api.post("accounts", json!({ "name": "x", "entityimage": STANDARD.encode("hello") })).await;
    assert_eq!(text.json["error"]["code"], "0x80072553", "{}", text.text);
    assert_eq!(
        api.post("accounts", json!({ "name": "x", "entityimage": "&&" })).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(api.get("accounts").await.all("name").len(), 0, "the row is not created either");
    let column = json!({ "@odata.type": "Microsoft.Dynamics.CRM.ImageAttributeMetadata", "SchemaName": "new_Photo", "MaxSizeInKB": 1 });
    api.post("EntityDefinitions(LogicalName='account')/Attributes", column).await;
    let second = api.post("accounts", json!({ "name": "x", "new_photo": STANDARD.encode(PNG) })).await;
    assert_eq!(second.json["error"]["code"], "0x80090487", "{}", second.text);
    let id = api.create("accounts", json!({ "name": "x" })).await;
    let set = api.patch(&format!("accounts({id})"), json!({ "new_photo": STANDARD.encode(PNG) })).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT, "{}", set.text);
    let large = [PNG, &[0; 2000]].concat();
    let large = api.patch(&format!("accounts({id})"), json!({ "new_photo": STANDARD.encode(large) })).await;
    assert_eq!(large.json["error"]["code"], "0x80072553", "{}", large.text);
}
