//! Files and images: uploads in one request, in chunks and in blocks, downloads, and what is refused.

use std::fmt::Write as _;
use std::time::Duration;

use dvkit_emulator::{Clock, Emulator};
use expect_test::expect;

use super::{builder, check, sample, send};

#[test]
fn a_file_is_uploaded_downloaded_and_deleted() {
    check(expect![[r#"
        POST new_projects | {"new_projectid": "§a"}
        > 204 odata-entityid: ~/new_projects(§a)
        GET new_projects(§a)/new_contract
        > 404 0x80040217 No file attachment found for attribute: new_contract EntityId: §a.
        GET new_projects(§b)/new_contract
        > 404 0x80040217 Entity 'new_project' With Id = §b Does Not Exist
        PATCH new_projects(§b)/new_contract | x-ms-file-name: a.txt | =hello
        > 404 0x80040217 Entity 'new_project' With Id = §b Does Not Exist
        PATCH new_projects(§a)/new_contract | =hello
        > 400 0x80040203 The name of the file is missing: send it as the header or the query parameter x-ms-file-name.
        PATCH new_projects(§a)/new_contract?x-ms-file-name= | =hello
        > 400 0x80040203 The name of the file is missing: send it as the header or the query parameter x-ms-file-name.
        PUT new_projects(§a)/new_contract?x-ms-file-name=query.txt | =hello
        > 204
        PATCH new_projects(§a)/new_contract?x-ms-file-name=query.txt | x-ms-file-name: header.txt | =hello
        > 204
        POST new_projects(§a)/new_contract | x-ms-file-name: a.txt | =hello
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        GET new_projects(§a)/new_contract
        > 200 x-ms-file-name: header.txt {"@odata.context":"~/$metadata#new_projects(§a)/new_contract","value":"aGVsbG8="}
        GET new_projects(§a)/new_contract/$value
        > 200 x-ms-file-name: header.txt hello
        GET new_projects(§a)/new_contract/$value | Range: bytes=0-1
        > 206 x-ms-file-name: header.txt location: ~/new_projects(§a)/new_contract/$value he
        GET new_projects(§a)/new_contract/$value | Range: bytes=1-
        > 206 x-ms-file-name: header.txt location: ~/new_projects(§a)/new_contract/$value ello
        GET new_projects(§a)/new_contract/$value | Range: bytes=-2
        > 206 x-ms-file-name: header.txt location: ~/new_projects(§a)/new_contract/$value lo
        GET new_projects(§a)/new_contract/$value | Range: bytes=4-99
        > 206 x-ms-file-name: header.txt location: ~/new_projects(§a)/new_contract/$value o
        GET new_projects(§a)/new_contract/$value | Range: bytes=5-9
        > 206 x-ms-file-name: header.txt location: ~/new_projects(§a)/new_contract/$value
        GET new_projects(§a)/new_contract/$value | Range: bytes=6-9
        > 416 0x80060888 The range begins after the end of the file, which has 5 bytes.
        GET new_projects(§a)/new_contract/$value | Range: lines=1-2
        > 400 0x80060888 The header Range is not valid: bytes=0-4194303.
        GET new_projects(§a)/new_contract/$value | Range: bytes=x-2
        > 400 0x80060888 The header Range is not valid: bytes=0-4194303.
        GET new_projects(§a)/new_contract?size=full | Range: bytes=0-1
        > 206 x-ms-file-name: header.txt location: ~/new_projects(§a)/new_contract?size=full {"@odata.context":"~/$metadata#new_projects(§a)/new_contract","value":"aGU="}
        GET new_projects(§a)?$select=new_contract_name
        > 200 {"@odata.context":"~/$metadata#new_projects(new_contract_name)/$entity","new_contract_name":"header.txt","new_projectid":"§a"}
        PATCH new_projects(§a)/new_contract | Content-Type: application/json | {"value": "aGk="}
        > 400 0x80060888 The value of 'new_contract' has to be sent as application/octet-stream.
        PATCH new_projects(§a)/new_contract | Content-Type: application/json | =[
        > 400 0x80060888 The body is not a JSON object: EOF while parsing a list at line 1 column 1
        PATCH new_projects(§a)/new_contract | x-ms-file-name: a.txt | If-Match: W/"1" | =x
        > 412 0x80060882 The version of the existing record doesn't match the RowVersion property provided. (W/"1")
        PATCH new_projects(§a)/new_contract | x-ms-file-name: a.txt | If-Match: * | =x
        > 204
        PATCH new_projects(§a)/new_contract | Content-Type: application/json | {"value": null}
        > 204
        GET new_projects(§a)/new_contract/$value
        > 404 0x80040217 No file attachment found for attribute: new_contract EntityId: §a.
        PATCH new_projects(§a)/new_contract | x-ms-file-name: a.txt | =x
        > 204
        DELETE new_projects(§a)/new_contract
        > 204
        GET new_projects(§a)/new_contract
        > 404 0x80040217 No file attachment found for attribute: new_contract EntityId: §a.
    "#]]);
}

#[test]
fn a_file_is_uploaded_in_chunks() {
    check(expect![[r#"
        POST new_projects | {"new_projectid": "§a"}
        > 204 odata-entityid: ~/new_projects(§a)
        POST new_projects | {"new_projectid": "§b"}
        > 204 odata-entityid: ~/new_projects(§b)
        PATCH new_projects(§a)/new_contract | x-ms-transfer-mode: chunked
        > 400 0x80040203 The name of the file is missing: send it as the header or the query parameter x-ms-file-name.
        PATCH new_projects(§a)/new_contract?sessiontoken=nothing | Content-Range: bytes 0-1/4 | =he
        > 400 0x80060888 The session token of the upload is not valid.
        PATCH new_projects(§a)/new_contract | x-ms-transfer-mode: chunked | x-ms-file-name: a.txt
        > 200 location: ~/new_projects(§a)/new_contract?sessiontoken=<id>
        PATCH new_projects(§b)/new_contract?sessiontoken={last} | Content-Range: bytes 0-1/4 | =he
        > 400 0x80060888 The session token of the upload is not valid.
        PATCH new_projects(§a)/new_contract?sessiontoken={last} | =he
        > 400 0x80060888 The header Content-Range is missing or not valid: bytes 0-4194303/25870370.
        PATCH new_projects(§a)/new_contract?sessiontoken={last} | Content-Range: bytes x/4 | =he
        > 400 0x80060888 The header Content-Range is missing or not valid: bytes 0-4194303/25870370.
        PATCH new_projects(§a)/new_contract?sessiontoken={last} | Content-Range: bytes 3-5/4 | =he
        > 400 0x80060888 The chunk does not belong to the rest of the file.
        PATCH new_projects(§a)/new_contract?sessiontoken={last} | Content-Range: bytes 2-3/4 | =lp
        > 206
        PATCH new_projects(§a)/new_contract?sessiontoken={last} | Content-Range: bytes 0-1/4 | =he
        > 204
        PATCH new_projects(§a)/new_contract?sessiontoken={last} | Content-Range: bytes 4-4/4
        > 204
        PATCH new_projects(§a)/new_contract?sessiontoken={last} | Content-Range: bytes 0-1/4 | =he
        > 400 0x80060888 The chunk does not belong to the rest of the file.
        GET new_projects(§a)/new_contract/$value
        > 200 x-ms-file-name: a.txt help
        PATCH new_projects(§a)/new_contract | x-ms-transfer-mode: chunked | x-ms-file-name: a.txt
        > 200 location: ~/new_projects(§a)/new_contract?sessiontoken=<id>
        PATCH new_projects(§a)/new_contract?sessiontoken={last} | Content-Range: bytes 0-1/3 | =he
        > 206
        PATCH new_projects(§a)/new_contract?sessiontoken={last} | Content-Range: bytes 1-2/3 | =lp
        > 400 0x80060888 The chunks overlap.
        PATCH new_projects(§a)/new_contract?sessiontoken={last} | Content-Range: bytes 0-1/99999999999 | =he
        > 400 0x80044a02 Attachment file size is too big.
    "#]]);
}

#[test]
fn a_file_is_uploaded_in_blocks() {
    check(expect![[r#"
        POST new_projects | {"new_projectid": "§a"}
        > 204 odata-entityid: ~/new_projects(§a)
        POST InitializeFileBlocksUpload | =[]
        > 400 0x80060888 The body is not a JSON object: invalid type: sequence, expected a map at line 1 column 0
        POST InitializeFileBlocksUpload | {}
        > 400 0x80040203 Required field 'Target' is missing for the request.
        POST InitializeFileBlocksUpload | {"Target": {}}
        > 400 0x80040203 Required field '@odata.type' is missing for the request.
        POST InitializeFileBlocksUpload | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.nothing"}}
        > 404 0x8006088a Resource not found for the segment 'nothing'.
        POST InitializeFileBlocksUpload | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.new_project"}}
        > 400 0x80040203 Required field 'new_projectid' is missing for the request.
        POST InitializeFileBlocksUpload | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.new_project", "new_projectid": "§a"}}
        > 400 0x80040203 Required field 'FileAttributeName' is missing for the request.
        POST InitializeFileBlocksUpload | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.new_project", "new_projectid": "x"}, "FileAttributeName": "new_contract"}
        > 404 0x80040217 Entity 'new_project' With Id = x Does Not Exist
        POST InitializeFileBlocksUpload | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.new_project", "new_projectid": "§b"}, "FileAttributeName": "new_contract"}
        > 404 0x80040217 Entity 'new_project' With Id = §b Does Not Exist
        POST InitializeFileBlocksUpload | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.new_project", "new_projectid": "§a"}, "FileAttributeName": "new_name"}
        > 400 0x80060888 The column 'new_name' of 'new_project' is not a file or an image.
        POST InitializeFileBlocksUpload | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.new_project", "new_projectid": "§a"}, "FileAttributeName": "new_contract"}
        > 400 0x80040203 Required field 'FileName' is missing for the request.
        POST UploadBlock | {}
        > 400 0x80040203 Required field 'FileContinuationToken' is missing for the request.
        POST UploadBlock | {"FileContinuationToken": "x"}
        > 400 0x80060888 The FileContinuationToken is not valid.
        POST CommitFileBlocksUpload | {"FileContinuationToken": "x"}
        > 400 0x80060888 The FileContinuationToken is not valid.
        POST InitializeFileBlocksUpload | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.new_project", "new_projectid": "§a"}, "FileAttributeName": "new_contract", "FileName": "a.pdf"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.InitializeFileBlocksUploadResponse","FileContinuationToken":"<id>"}
        POST UploadBlock | {"FileContinuationToken": "{last}"}
        > 400 0x80040203 Required field 'BlockId' is missing for the request.
        POST UploadBlock | {"FileContinuationToken": "{last}", "BlockId": "%", "BlockData": "aGk="}
        > 400 0x80060888 The BlockId has to be the Base64 form of at most 64 bytes.
        POST UploadBlock | {"FileContinuationToken": "{last}", "BlockId": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNA==", "BlockData": "aGk="}
        > 204
        POST UploadBlock | {"FileContinuationToken": "{last}", "BlockId": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "BlockData": "aGk="}
        > 204
        POST UploadBlock | {"FileContinuationToken": "{last}", "BlockId": "MQ==", "BlockData": "%"}
        > 400 0x80060888 The BlockData is not valid Base64.
        POST UploadBlock | {"FileContinuationToken": "{last}", "BlockId": "MQ==", "BlockData": "aGU="}
        > 204
        POST UploadBlock | {"FileContinuationToken": "{last}", "BlockId": "Mg==", "BlockData": "bGxv"}
        > 204
        POST CommitFileBlocksUpload | {"FileContinuationToken": "{last}"}
        > 400 0x80040203 Required field 'BlockList' is missing for the request.
        POST CommitFileBlocksUpload | {"FileContinuationToken": "{last}", "BlockList": ["MQ==", "MQ=="], "FileName": "a.pdf"}
        > 400 0x80060888 The BlockList names a block twice.
        POST CommitFileBlocksUpload | {"FileContinuationToken": "{last}", "BlockList": ["MQ==", "Mg=="]}
        > 400 0x80040203 Required field 'FileName' is missing for the request.
        POST CommitFileBlocksUpload | {"FileContinuationToken": "{last}", "BlockList": ["MQ==", "OQ=="], "FileName": "a.pdf"}
        > 400 0x80060888 The block 'OQ==' was not uploaded.
        POST CommitFileBlocksUpload | {"FileContinuationToken": "{last}", "BlockList": ["MQ==", "Mg=="], "FileName": "a.pdf", "MimeType": "text/x"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.CommitFileBlocksUploadResponse","FileId":"<id>","FileSizeInBytes":5}
        GET new_projects(§a)/new_contract/$value
        > 200 x-ms-file-name: a.pdf hello
        POST InitializeFileBlocksDownload | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.new_project", "new_projectid": "§a"}, "FileAttributeName": "new_contract"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.InitializeFileBlocksDownloadResponse","FileContinuationToken":"<id>","FileName":"a.pdf","FileSizeInBytes":5,"IsChunkingSupported":true}
        POST DownloadBlock | {"FileContinuationToken": "{last}", "Offset": 1}
        > 400 0x80040203 Required field 'BlockLength' is missing for the request.
        POST DownloadBlock | {"FileContinuationToken": "x", "Offset": 1, "BlockLength": 2}
        > 400 0x80060888 The FileContinuationToken is not valid.
        POST DownloadBlock | {"FileContinuationToken": "{last}", "Offset": 1, "BlockLength": 2}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.DownloadBlockResponse","Data":"ZWw="}
        POST DownloadBlock | {"FileContinuationToken": "{last}", "Offset": 5, "BlockLength": 2}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.DownloadBlockResponse","Data":""}
        POST DeleteFile | {}
        > 400 0x80040203 Required field 'FileId' is missing for the request.
        POST DeleteFile | {"FileId": "§a"}
        > 404 0x80040217 Entity 'fileattachment' With Id = §a Does Not Exist
        POST DeleteFile | {"FileId": "{last}"}
        > 204
        POST InitializeFileBlocksDownload | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.new_project", "new_projectid": "§a"}, "FileAttributeName": "new_contract"}
        > 404 0x80040217 No file attachment found for attribute: new_contract EntityId: §a.
        POST InitializeAttachmentBlocksUpload | {}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: InitializeAttachmentBlocksUpload.
        GET UploadBlock
        > 404 0x8006088a Resource not found for the segment 'UploadBlock'. [DV0201]
    "#]]);
}

#[test]
fn an_image_is_of_a_documented_type() {
    check(expect![[r#"
        POST new_projects | {"new_projectid": "§a"}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a)/entityimage | =hello
        > 400 0x80072553 Error occured when processing image. Reason: Update image properties failed for objectid: §a, logicalName: new_project, attribute: entityimage
        PATCH new_projects(§a)/entityimage | =GIF89a-and-more
        > 204
        GET new_projects(§a)/entityimage/$value
        > 200 x-ms-file-name:  GIF89a-and-more
        GET new_projects(§a)/entityimage
        > 200 x-ms-file-name:  {"@odata.context":"~/$metadata#new_projects(§a)/entityimage","value":"R0lGODlhLWFuZC1tb3Jl"}
        GET new_projects(§a)?$select=entityimageid,entityimage_url
        > 200 {"@odata.context":"~/$metadata#new_projects(entityimageid,entityimage_url)/$entity","entityimage_url":"/Image/download.aspx?Entity=new_project&Attribute=entityimage&Id=<id>&Timestamp=639315504000000000","entityimageid":"<id>","new_projectid":"§a"}
        PUT new_projects(§a)/entityimage | Content-Type: application/json | {"value": "%"}
        > 400 0x80060888 An error occurred while validating input parameters: Microsoft.OData.ODataException: Cannot convert the literal of the property 'entityimage' to the expected type 'Edm.Binary'.
        PUT new_projects(§a)/entityimage | Content-Type: application/json | {"value": "aGVsbG8="}
        > 400 0x80072553 Error occured when processing image. Reason: Update image properties failed for objectid: §a, logicalName: new_project, attribute: entityimage
        PUT new_projects(§a)/entityimage | Content-Type: application/json | {"value": "iVBORw0KGgo="}
        > 204
        PUT new_projects(§a)/entityimage | Content-Type: application/json | {"value": 5}
        > 400 0x80060888 The value of 'entityimage' has to be sent as application/octet-stream.
        DELETE new_projects(§a)/entityimage
        > 204
        GET new_projects(§a)/entityimage/$value
        > 204
    "#]]);
}

/// The headers of a download that say what the bytes are, beside those that other tables show.
const DOWNLOADED: [&str; 9] = [
    "odata-version",
    "content-type",
    "accept-ranges",
    "content-disposition",
    "mimetype",
    "x-ms-file-name",
    "x-ms-file-size",
    "x-ms-chunk-size",
    "access-control-expose-headers",
];

#[test]
fn every_download_says_in_its_headers_what_the_bytes_are() {
    let emulator = builder().in_process().unwrap();
    send(&emulator, r#"POST new_projects | {"new_projectid": "00000000-0000-0000-0000-00000000000a"}"#);
    let path = "new_projects(00000000-0000-0000-0000-00000000000a)";
    let mut seen = String::new();
    for (name, requests) in [
        ("a.txt", &["/$value", "", "/$value | Range: bytes=0-1", " | Range: bytes=0-1"][..]),
        ("a\"b.pdf", &["/$value"]),
        ("%C3%A4 b.png", &["/$value"]),
        ("nothing", &["/$value"]),
    ] {
        let sent = send(&emulator, &format!("PATCH {path}/new_contract?x-ms-file-name={name} | =hello"));
        assert_eq!(sent.status(), 204, "{name}");
        for request in requests {
            let response = send(&emulator, &format!("GET {path}/new_contract{request}"));
            writeln!(seen, "{name}{request}: {}", response.status().as_u16()).unwrap();
            for header in DOWNLOADED {
                if let Some(value) = response.headers().get(header) {
                    writeln!(seen, "  {header}: {}", value.to_str().unwrap()).unwrap();
                }
            }
        }
    }
    expect![[r#"
        a.txt/$value: 200
          odata-version: 4.0
          content-type: application/octet-stream
          accept-ranges: bytes
          content-disposition: attachment; filename="a.txt"
          mimetype: text/plain
          x-ms-file-name: a.txt
          x-ms-file-size: 5
          access-control-expose-headers: x-ms-file-size; x-ms-file-name; x-ms-chunk-size; mimetype
        a.txt: 200
          odata-version: 4.0
          content-type: application/json; odata.metadata=minimal
          accept-ranges: bytes
          content-disposition: attachment; filename="a.txt"
          mimetype: text/plain
          x-ms-file-name: a.txt
          x-ms-file-size: 5
          access-control-expose-headers: x-ms-file-size; x-ms-file-name; x-ms-chunk-size; mimetype
        a.txt/$value | Range: bytes=0-1: 206
          odata-version: 4.0
          content-type: application/octet-stream
          accept-ranges: bytes
          content-disposition: attachment; filename="a.txt"
          mimetype: text/plain
          x-ms-file-name: a.txt
          x-ms-file-size: 5
          x-ms-chunk-size: 4194304
          access-control-expose-headers: x-ms-file-size; x-ms-file-name; x-ms-chunk-size; mimetype
        a.txt | Range: bytes=0-1: 206
          odata-version: 4.0
          content-type: application/json; odata.metadata=minimal
          accept-ranges: bytes
          content-disposition: attachment; filename="a.txt"
          mimetype: text/plain
          x-ms-file-name: a.txt
          x-ms-file-size: 5
          x-ms-chunk-size: 4194304
          access-control-expose-headers: x-ms-file-size; x-ms-file-name; x-ms-chunk-size; mimetype
        a"b.pdf/$value: 200
          odata-version: 4.0
          content-type: application/octet-stream
          accept-ranges: bytes
          content-disposition: attachment; filename="a_b.pdf"
          mimetype: application/pdf
          x-ms-file-name: a_b.pdf
          x-ms-file-size: 5
          access-control-expose-headers: x-ms-file-size; x-ms-file-name; x-ms-chunk-size; mimetype
        %C3%A4 b.png/$value: 200
          odata-version: 4.0
          content-type: application/octet-stream
          accept-ranges: bytes
          content-disposition: attachment; filename="%C3%A4%20b.png"
          mimetype: image/png
          x-ms-file-name: %C3%A4%20b.png
          x-ms-file-size: 5
          access-control-expose-headers: x-ms-file-size; x-ms-file-name; x-ms-chunk-size; mimetype
        nothing/$value: 200
          odata-version: 4.0
          content-type: application/octet-stream
          accept-ranges: bytes
          content-disposition: attachment; filename="nothing"
          mimetype: application/octet-stream
          x-ms-file-name: nothing
          x-ms-file-size: 5
          access-control-expose-headers: x-ms-file-size; x-ms-file-name; x-ms-chunk-size; mimetype
    "#]]
    .assert_eq(&seen);
}

/// A time stamp counts ten millionths of a second from the year 1; what is left of one is cut off.
#[test]
fn the_time_stamp_of_an_image_counts_ten_millionths_of_a_second() {
    const NOON: u64 = 639_315_504_000_000_000;
    let clock = Clock::stopped("2026-11-29T12:00:00Z".parse().unwrap());
    let emulator = Emulator::builder(sample()).clock(clock.clone()).in_process().unwrap();
    send(&emulator, r#"POST new_projects | {"new_projectid": "00000000-0000-0000-0000-00000000000a"}"#);
    let path = "new_projects(00000000-0000-0000-0000-00000000000a)";
    let mut passed = 0;
    for (nanoseconds, ticks) in [
        (0, 0),
        (99, 0),
        (100, 1),
        (199, 1),
        (10_000, 100),
        (10_099, 100),
        (999_999_999, 9_999_999),
        (1_000_000_000, 10_000_000),
        (61_000_000_100, 610_000_001),
    ] {
        clock.advance(Duration::from_nanos(nanoseconds - passed));
        passed = nanoseconds;
        send(&emulator, &format!("PATCH {path}/entityimage | =GIF89a-and-more"));
        let response = send(
            &emulator,
            &format!("GET {path}?$select=entityimage_timestamp,entityimage_url,entityimageid"),
        );
        let row: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        let stamp = NOON + ticks;
        assert_eq!(row["entityimage_timestamp"], stamp, "{nanoseconds}: {row}");
        let url = format!(
            "/Image/download.aspx?Entity=new_project&Attribute=entityimage&Id={}&Timestamp={stamp}",
            row["entityimageid"].as_str().unwrap()
        );
        assert_eq!(row["entityimage_url"], url, "{nanoseconds}");
    }
}
