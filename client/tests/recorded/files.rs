//! Contents of file and image columns: the requests of downloads and uploads, piece by piece.

use std::io::Cursor;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use dvkit_client::{ErrorKind, UploadCheckpoint};
use futures_util::TryStreamExt as _;
use pretty_assertions::assert_eq;

use super::fake::{Log, Reply, Sent, client, refusal, reply};

/// The size of a piece that the client asks for.
const PIECE: usize = 4 << 20;

/// Returns a content of `size` bytes whose pieces differ.
fn content(size: usize) -> Bytes {
    let mut content = (0..=250).collect::<Vec<u8>>().repeat(size / 251 + 1);
    content.truncate(size);
    content.into()
}

/// How a service gives the size of a file.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sizes {
    InHeader,
    InRange,
    /// The service ignores ranges.
    Whole,
}

/// Answers a request for a range of `content`.
fn range(sent: &Sent, content: &Bytes, sizes: Sizes) -> Reply {
    let range = sent.header("range").strip_prefix("bytes=").unwrap();
    let (from, to) = range.split_once('-').unwrap();
    let from = from.parse::<usize>().unwrap().min(content.len());
    let to = (to.parse::<usize>().unwrap() + 1).min(content.len());
    let size = content.len().to_string();
    let total = format!("bytes {from}-{}/{size}", to.max(1) - 1);
    let name = ("x-ms-file-name", "Vertr%C3%A4ge.txt");
    match sizes {
        Sizes::InHeader => reply(206, &[name, ("x-ms-file-size", &size)], content.slice(from..to)),
        Sizes::InRange => reply(206, &[name, ("content-range", &total)], content.slice(from..to)),
        Sizes::Whole => reply(200, &[name], content.clone()),
    }
}

#[tokio::test]
async fn a_download_asks_for_ranges_until_it_has_every_byte() {
    for sizes in [Sizes::InHeader, Sizes::InRange, Sizes::Whole] {
        for (size, pieces) in [
            (0, vec![]),
            (1, vec![1]),
            (PIECE, vec![PIECE]),
            (PIECE + 1, vec![PIECE, 1]),
            (2 * PIECE + 9, vec![PIECE, PIECE, 9]),
        ] {
            let pieces = if sizes == Sizes::Whole && size > 0 { vec![size] } else { pieces };
            let whole = content(size);
            let (client, log) = {
                let whole = whole.clone();
                client(move |_, sent| range(sent, &whole, sizes))
            };
            let column = client.file("accounts(1)", "new_contract");
            let mut download = column.download().await.unwrap();
            assert_eq!(
                (download.name(), download.size(), download.offset()),
                ("Verträge.txt", size as u64, 0)
            );
            let (mut lengths, mut read) = (Vec::new(), Vec::new());
            while let Some(piece) = download.chunk().await.unwrap() {
                lengths.push(piece.len());
                read.extend_from_slice(&piece);
                assert_eq!(download.offset(), read.len() as u64, "{sizes:?}: {size}");
            }
            assert_eq!(lengths, pieces, "{sizes:?}: {size}");
            assert!(read == whole, "{sizes:?}: {size}");
            assert!(download.chunk().await.unwrap().is_none(), "{sizes:?}: {size}");
            let wanted: Vec<String> = (0..pieces.len().max(1))
                .map(|at| format!("bytes={}-{}", at * PIECE, (at + 1) * PIECE - 1))
                .collect();
            let sent = log.take();
            assert_eq!(
                sent.iter().map(|sent| sent.header("range")).collect::<Vec<_>>(),
                wanted,
                "{sizes:?}: {size}"
            );
            assert!(sent.iter().all(|sent| sent.line == "GET accounts(1)/new_contract/$value"), "{sent:?}");
            // As a stream and into a file it is the same.
            let stream: Vec<Bytes> =
                column.download().await.unwrap().into_stream().try_collect().await.unwrap();
            assert!(stream.concat() == whole, "{sizes:?}: {size}");
            let mut file = Vec::new();
            let written = column.download().await.unwrap().write_to(&mut file).await.unwrap();
            assert_eq!(written, size as u64, "{sizes:?}");
            assert!(file == whole, "{sizes:?}: {size}");
        }
    }
}

#[tokio::test]
async fn a_download_goes_on_from_any_byte() {
    let whole = content(PIECE + 10);
    for sizes in [Sizes::InHeader, Sizes::InRange, Sizes::Whole] {
        for offset in [0, 1, PIECE, PIECE + 3, PIECE + 10] {
            let (client, log) = {
                let whole = whole.clone();
                client(move |_, sent| range(sent, &whole, sizes))
            };
            let mut download =
                client.image("accounts(1)", "entityimage").download_from(offset as u64).await.unwrap();
            assert_eq!(
                (download.size(), download.offset()),
                ((PIECE + 10) as u64, offset as u64),
                "{sizes:?}"
            );
            let mut rest = Vec::new();
            download.write_to(&mut rest).await.unwrap();
            assert!(rest == whole[offset..], "{sizes:?}: {offset}");
            assert!(log.lines().iter().all(|line| line == "GET accounts(1)/entityimage/$value?size=full"));
        }
    }
    // A service that gives no size at all sends the rest.
    let (client, _) = client(|_, _| reply(206, &[], "abc"));
    let download = client.file("a(1)", "b").download_from(7).await.unwrap();
    assert_eq!((download.name(), download.size()), ("", 10));
    assert_eq!(format!("{download:?}"), r#"Download { column: "a(1)/b", size: 10, offset: 7, .. }"#);
}

#[tokio::test]
async fn a_column_without_content_is_not_found() {
    let (client, log) = client(|_, _| reply(204, &[], ""));
    let column = client.file("a(1)", "b");
    let error = column.download().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::NotFound, "the column has no content")
    );
    column.delete().await.unwrap();
    assert_eq!(log.lines(), ["GET a(1)/b/$value", "DELETE a(1)/b"]);
    assert_eq!(format!("{column:?}"), r#"FileColumn("a(1)/b")"#);
}

#[tokio::test]
async fn pieces_of_two_files_are_not_put_together() {
    type Second = fn() -> Reply;
    let seconds: [(&str, Second); 5] = [
        ("another size in the header", || reply(206, &[("x-ms-file-size", "4194305")], "xx")),
        ("another size in the range", || reply(206, &[("content-range", "bytes 4194304-4194305/9")], "xx")),
        ("the whole content", || reply(200, &[("x-ms-file-size", "4194306")], content(PIECE + 2))),
        ("nothing", || reply(206, &[("x-ms-file-size", "4194306")], "")),
        ("no content any more", || reply(204, &[], "")),
    ];
    for (what, second) in seconds {
        let (client, _) = client(move |number, sent| match number {
            0 => range(sent, &content(PIECE + 2), Sizes::InHeader),
            1 => second(),
            _ => range(sent, &content(PIECE + 2), Sizes::InHeader),
        });
        let mut download = client.file("a(1)", "b").download().await.unwrap();
        download.chunk().await.unwrap();
        let error = download.chunk().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected, "{what}");
        assert!(error.to_string().contains("has changed while it was read"), "{what}: {error}");
        // The same piece is asked for again, and nothing was lost.
        assert_eq!(download.offset(), PIECE as u64, "{what}");
        assert_eq!(download.chunk().await.unwrap().unwrap(), content(PIECE + 2).slice(PIECE..), "{what}");
    }
    // The same size, however it is told, is no change.
    let (client, _) = client(|number, sent| {
        let sizes = if number == 0 { Sizes::InHeader } else { Sizes::InRange };
        range(sent, &content(PIECE + 2), sizes)
    });
    let pieces: Vec<Bytes> =
        client.file("a(1)", "b").download().await.unwrap().into_stream().try_collect().await.unwrap();
    assert_eq!(pieces.len(), 2);
}

#[tokio::test]
async fn a_target_that_cannot_be_written_is_an_error() {
    let (client, _) = client(|_, sent| range(sent, &content(100), Sizes::InHeader));
    let mut download = client.file("a(1)", "b").download().await.unwrap();
    let (mut target, reader) = tokio::io::duplex(10);
    drop(reader);
    let error = download.write_to(&mut target).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Configuration, "the file cannot be written")
    );
}

/// What an upload reported: the bytes sent and the size, after each piece.
type Reports = Arc<Mutex<Vec<(u64, u64)>>>;

fn reports() -> (Reports, impl FnMut(u64, u64) + Send + 'static) {
    let reports = Reports::default();
    let own = Arc::clone(&reports);
    (reports, move |sent, size| own.lock().unwrap().push((sent, size)))
}

const SESSION: (&str, &str) = ("location", "http://127.0.0.1:1/api/data/v9.2/session?token=hunter2");

/// Begins a session with pieces of 2 MiB, and takes everything.
fn session(sent: &Sent) -> Reply {
    match sent.header("x-ms-transfer-mode") {
        "chunked" => reply(200, &[SESSION, ("x-ms-chunk-size", "2097152")], ""),
        _ => reply(206, &[], ""),
    }
}

/// The ranges of the pieces that were sent; `begin` where a session began.
fn pieces(log: &Log) -> Vec<String> {
    let told = |sent: Sent| match sent.header("x-ms-transfer-mode") {
        "" => sent.header("content-range").to_owned(),
        _ => "begin".to_owned(),
    };
    log.take().into_iter().map(told).collect()
}

#[tokio::test]
async fn a_small_file_is_one_request() {
    for (name, header) in [
        ("a b.txt", "a b.txt"),
        ("Verträge.txt", "Vertr%C3%A4ge%2Etxt"),
        ("100%.txt", "100%25%2Etxt"),
        ("a\tb", "a%09b"),
    ] {
        for size in [0, 5, PIECE] {
            let (client, log) = client(|_, sent| session(sent));
            let (told, report) = reports();
            let mut upload =
                client.file("a(1)", "b").upload(name, Cursor::new(content(size))).on_progress(report);
            upload.send().await.unwrap();
            let sent = log.take();
            assert_eq!(sent.len(), 1, "{name}: {size}");
            assert_eq!(sent[0].line, "PATCH a(1)/b");
            assert_eq!(sent[0].header("x-ms-file-name"), header);
            assert_eq!(sent[0].header("content-type"), "application/octet-stream");
            assert!(sent[0].body == content(size), "{name}: {size}");
            assert_eq!(*told.lock().unwrap(), [(size as u64, size as u64)]);
            assert!(upload.checkpoint().is_none());
        }
    }
}

#[tokio::test]
async fn a_large_file_is_sent_in_pieces_of_a_session() {
    let size = PIECE + 1;
    let (client, log) = client(|_, sent| session(sent));
    let (told, report) = reports();
    let mut upload = client.file("a(1)", "b").upload("ä", Cursor::new(content(size))).on_progress(report);
    let shown = format!("{upload:?}");
    assert_eq!(shown, r#"Upload { column: "a(1)/b", name: "ä", session: None, .. }"#);
    let mut states = Vec::new();
    while upload.send_next().await.unwrap() {
        states.push(upload.checkpoint().map(|state| state.sent()));
        assert!(!format!("{upload:?}").contains("hunter2"));
    }
    assert_eq!(states, [Some(0), Some(2 << 20), Some(4 << 20)]);
    assert!(upload.checkpoint().is_none());
    let size = size as u64;
    assert_eq!(*told.lock().unwrap(), [(2 << 20, size), (4 << 20, size), (size, size)]);
    let sent = log.take();
    let lines: Vec<_> = sent.iter().map(|sent| (sent.line.as_str(), sent.header("content-range"))).collect();
    assert_eq!(
        lines,
        [
            ("PATCH a(1)/b", ""),
            ("PATCH session?token=hunter2", "bytes 0-2097151/4194305"),
            ("PATCH session?token=hunter2", "bytes 2097152-4194303/4194305"),
            ("PATCH session?token=hunter2", "bytes 4194304-4194304/4194305"),
        ]
    );
    assert!(sent.iter().all(|sent| sent.header("x-ms-file-name") == "%C3%A4"));
    let body: Vec<Bytes> = sent.into_iter().map(|sent| sent.body).collect();
    assert!(body.concat() == content(size as usize));
}

#[tokio::test]
async fn the_service_chooses_the_size_of_the_pieces_within_bounds() {
    for (chosen, first) in [
        ("65536", 65_536),
        ("65535", 4 << 20),
        ("16777216", (4 << 20) + 1),
        ("16777217", 4 << 20),
        (" 2097152 ", 2 << 20),
        ("many", 4 << 20),
        ("0", 4 << 20),
    ] {
        let (client, _) = client(move |_, sent| match sent.header("x-ms-transfer-mode") {
            "chunked" => reply(200, &[SESSION, ("x-ms-chunk-size", chosen)], ""),
            _ => reply(206, &[], ""),
        });
        let (told, report) = reports();
        let mut upload =
            client.file("a(1)", "b").upload("c", Cursor::new(content(PIECE + 1))).on_progress(report);
        upload.send_next().await.unwrap();
        upload.send_next().await.unwrap();
        assert_eq!(told.lock().unwrap()[0].0, first, "{chosen}");
    }
    let (client, _) = client(|_, _| reply(200, &[], ""));
    let error =
        client.file("a(1)", "b").upload("c", Cursor::new(content(PIECE + 1))).send().await.unwrap_err();
    assert_eq!(error.to_string(), "PATCH a(1)/b: the service gave no address for the pieces of the file");
    assert_eq!(error.kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn an_upload_goes_on_in_another_process_with_the_same_file() {
    let (client, log) = client(|_, sent| session(sent));
    let column = client.file("a(1)", "b");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    assert_eq!(UploadCheckpoint::load(&path).unwrap(), None);
    let mut upload = column.upload("c", Cursor::new(content(PIECE + 1)));
    upload.send_next().await.unwrap();
    upload.send_next().await.unwrap();
    upload.checkpoint().unwrap().save(&path).unwrap();
    drop(upload);
    log.take();
    let state = UploadCheckpoint::load(&path).unwrap().unwrap();
    assert_eq!(format!("{state:?}"), "UploadCheckpoint { size: 4194305, sent: 2097152, .. }");
    for size in [PIECE, PIECE + 2] {
        let error =
            column.upload("c", Cursor::new(content(size))).resume(state.clone()).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let message = format!("the file has {size} bytes, and the upload began with one of 4194305 bytes");
        assert_eq!(error.to_string(), message);
    }
    column.upload("c", Cursor::new(content(PIECE + 1))).resume(state).send().await.unwrap();
    assert_eq!(pieces(&log), ["bytes 2097152-4194303/4194305", "bytes 4194304-4194304/4194305"]);
    std::fs::write(&path, "nonsense").unwrap();
    assert!(UploadCheckpoint::load(&path).is_err());
    assert!(UploadCheckpoint::load(folder.path()).is_err());
}

#[tokio::test(start_paused = true)]
async fn the_last_piece_in_doubt_begins_a_new_session_if_it_is_refused() {
    const FIRST: &str = "bytes 0-2097151/4194305";
    const SECOND: &str = "bytes 2097152-4194303/4194305";
    const LAST: &str = "bytes 4194304-4194304/4194305";
    /// What a piece meets: a broken connection, or a status.
    #[derive(Clone, Copy)]
    enum Met {
        Broken,
        Status(u16),
    }
    use Met::{Broken, Status};
    // For each case: the piece and what it meets, once for each time that it is sent, and then whether the first and
    // the second call of `send` succeed.
    let rows: [(&str, &str, &[Met], [bool; 2]); 9] = [
        ("no failure", LAST, &[], [true, true]),
        ("lost, and then taken", LAST, &[Broken], [true, true]),
        ("lost, and then refused", LAST, &[Broken, Status(404)], [true, true]),
        ("lost, and then a conflict", LAST, &[Broken, Status(409)], [true, true]),
        ("lost, and then a bad request", LAST, &[Broken, Status(400)], [true, true]),
        ("lost, and then forbidden", LAST, &[Broken, Status(403)], [false, true]),
        ("refused at once", LAST, &[Status(404)], [false, true]),
        ("refused twice", LAST, &[Status(404), Status(404)], [false, false]),
        ("another piece refused", FIRST, &[Broken, Status(404)], [false, true]),
    ];
    for (what, piece, met, succeed) in rows {
        let times = Mutex::new(0);
        let (client, log) = client(move |_, sent| {
            if sent.header("content-range") != piece {
                return session(sent);
            }
            let mut times = times.lock().unwrap();
            *times += 1;
            match met.get(*times - 1) {
                None => session(sent),
                Some(Broken) => None,
                Some(Status(status)) => refusal(*status),
            }
        });
        let mut upload = client.file("a(1)", "b").upload("c", Cursor::new(content(PIECE + 1)));
        for success in succeed {
            let result = upload.send().await;
            assert_eq!(result.is_ok(), success, "{what}: {result:?}");
            if upload.checkpoint().is_none() {
                break;
            }
        }
        let sent = pieces(&log);
        let sessions = sent.iter().filter(|piece| *piece == "begin").count();
        let again =
            what.starts_with("lost, and then") && !what.ends_with("taken") && !what.ends_with("forbidden");
        assert_eq!(sessions, 1 + usize::from(again), "{what}: {sent:?}");
        assert_eq!(
            sent.iter().filter(|piece| *piece == SECOND).count(),
            1 + usize::from(again),
            "{what}: {sent:?}"
        );
    }
}

/// The doubt about the last piece is kept between two calls.
#[tokio::test(start_paused = true)]
async fn the_last_piece_stays_in_doubt_when_the_program_sends_again() {
    for (broken, sessions, succeeds) in [(true, 2, true), (false, 1, false)] {
        let calls = Arc::new(Mutex::new(0));
        let own = Arc::clone(&calls);
        let (client, log) = client(move |_, sent| {
            let last = sent.header("content-range").starts_with("bytes 4194304");
            let mut call = own.lock().unwrap();
            match (*call, last) {
                (1, true) if broken => None,
                (1, true) => refusal(403),
                (2, true) => {
                    *call = 3;
                    refusal(404)
                }
                _ => session(sent),
            }
        });
        let mut upload = client.file("a(1)", "b").upload("c", Cursor::new(content(PIECE + 1)));
        *calls.lock().unwrap() = 1;
        upload.send().await.unwrap_err();
        *calls.lock().unwrap() = 2;
        assert_eq!(upload.send().await.is_ok(), succeeds, "{broken}");
        let sent = pieces(&log);
        assert_eq!(sent.iter().filter(|piece| *piece == "begin").count(), sessions, "{broken}: {sent:?}");
    }
}

#[tokio::test]
async fn a_source_that_ends_early_is_an_error() {
    /// A source that says that it has more bytes than it has.
    struct Short(Cursor<Bytes>);
    impl tokio::io::AsyncRead for Short {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
            out: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            std::pin::Pin::new(&mut self.0).poll_read(context, out)
        }
    }
    impl tokio::io::AsyncSeek for Short {
        fn start_seek(mut self: std::pin::Pin<&mut Self>, to: std::io::SeekFrom) -> std::io::Result<()> {
            let to = if matches!(to, std::io::SeekFrom::End(_)) { std::io::SeekFrom::Start(100) } else { to };
            std::pin::Pin::new(&mut self.0).start_seek(to)
        }
        fn poll_complete(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<u64>> {
            std::pin::Pin::new(&mut self.0).poll_complete(context)
        }
    }
    let (client, log) = client(|_, sent| session(sent));
    let error =
        client.file("a(1)", "b").upload("c", Short(Cursor::new(content(50)))).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().starts_with("the file cannot be read"), "{error}");
    assert!(log.lines().is_empty());
}
