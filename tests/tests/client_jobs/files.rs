//! Files and images: pieces, progress, and continuing in another process.
use dvkit_client::{ErrorKind, Request, UploadCheckpoint};
use dvkit_emulator::FaultScript;
use pretty_assertions::assert_eq;
use serde_json::json;
use std::io::Cursor;
use std::sync::{Arc, Mutex};

const ROW: &str = "new_projects(00000000-0000-4000-8000-00000000f11e)";

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|n| (n % 253) as u8).collect()
}

#[tokio::test]
async fn an_upload_is_continued_in_another_process() {
    let (running, client) = super::sample().await;
    client.send(Request::patch(ROW).json(&json!({ "new_name": "P" }))).await.unwrap();
    let column = client.with(|o| o.retry(dvkit_client::RetryPolicy::none())).file(ROW, "new_contract");
    let file = content((10 << 20) + 1);
    let progress = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&progress);
    // The session, one piece, and then nothing more.
    running.faults("3..: 503".parse::<FaultScript>().unwrap());
    let mut upload = column
        .upload("Vertrag ä.bin", Cursor::new(file.clone()))
        .on_progress(move |sent, size| seen.lock().unwrap().push((sent, size)));
    assert_eq!(upload.send().await.unwrap_err().kind(), ErrorKind::Gateway);
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    assert_eq!(UploadCheckpoint::load(&state).unwrap(), None);
    upload.checkpoint().unwrap().save(&state).unwrap();
    assert_eq!(*progress.lock().unwrap(), [(4 << 20, file.len() as u64)]);
    running.faults(FaultScript::default());
    running.clear_requests();
    let checkpoint = UploadCheckpoint::load(&state).unwrap().unwrap();
    assert!(!format!("{checkpoint:?}").contains("sessiontoken"));
    // Another file is not mixed in.
    let mut other = column.upload("x", Cursor::new(content(5 << 20))).resume(checkpoint.clone());
    assert_eq!(other.send().await.unwrap_err().kind(), ErrorKind::Configuration);
    column.upload("Vertrag ä.bin", Cursor::new(file.clone())).resume(checkpoint).send().await.unwrap();
    assert_eq!(running.requests().len(), 2);
    let mut download = column.download().await.unwrap();
    assert_eq!((download.name(), download.size()), ("Vertrag ä.bin", file.len() as u64));
    let mut read = Vec::new();
    download.write_to(&mut read).await.unwrap();
    assert!(read == file);
    // A download is continued by its offset.
    let mut rest = Vec::new();
    column.download_from(9 << 20).await.unwrap().write_to(&mut rest).await.unwrap();
    assert!(rest == file[9 << 20..]);
    column.delete().await.unwrap();
    assert_eq!(column.download().await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_file_may_contain_a_page_or_nothing() {
    let (_running, client) = super::sample().await;
    client.send(Request::patch(ROW).json(&json!({ "new_name": "P" }))).await.unwrap();
    let column = client.file(ROW, "new_contract");
    for text in ["<!DOCTYPE html><html><title>Sign in to your account</title>", ""] {
        column.upload("page.html", Cursor::new(text.as_bytes().to_vec())).send().await.unwrap();
        let mut read = Vec::new();
        column.download().await.unwrap().write_to(&mut read).await.unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), text);
    }
}
