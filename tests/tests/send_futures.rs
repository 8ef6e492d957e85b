//! Every future of the public API is `Send`, so that it can be spawned: the compiler checks it for each, and
//! a test checks that no public `async fn` is missing.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dvkit::client::{RowOperations, TableCount};
use dvkit::{
    Create, Entity, EntitySet, Guid, Nav, NavMany, NumberOfRows, ODataText, OneRow, Query, Record, RowQuery,
    RowWrite, Update,
};
use dvkit_client::auth::{
    Account, Audience, PendingSignIn, RedirectResponse, SignInOptions, TokenStore, UserKey, WebSignIn,
};
use dvkit_client::bulk::BulkOptions;
use dvkit_client::{
    BackgroundOperation, Batch, Client, Download, FileColumn, Request, Search, StreamedResponse, Upload,
};
use dvkit_emulator::{EmulatorBuilder, RunningEmulator};
use dvkit_schema_fetch::web_api::{self, FetchOptions, FetchProgress};

fn sent<T: Send>(_: T) {}

/// Never called: the test is that it compiles.
#[expect(dead_code, reason = "the compiler is who reads it")]
fn of_the_client(client: &Client, account: &Account, audience: &Audience, request: Request, batch: Batch) {
    sent(account.token(audience));
    sent(client.send(request.clone()));
    sent(client.json::<String>(request.clone()));
    sent(client.get_json::<String>("x"));
    sent(client.batch(batch));
    sent(client.pages::<String>(request.clone()));
    sent(client.rows::<String>(request));
    sent(client.fetch_pages::<String>("accounts", "<fetch/>"));
    sent(client.fetch_rows::<String>("accounts", "<fetch/>"));
}

#[expect(dead_code, reason = "the compiler is who reads it")]
fn of_jobs(
    client: &Client,
    request: Request,
    search: &Search,
    running: &BackgroundOperation,
    column: &FileColumn,
) {
    sent(client.row::<String>(request.clone()));
    sent(client.stream(request.clone()));
    sent(client.track_changes::<String>(request.clone()));
    sent(client.changes_since::<String>("x"));
    sent(client.bulk(futures_util::stream::empty(), BulkOptions::default()));
    sent(client.search(search));
    sent(client.suggest(search));
    sent(client.autocomplete(search));
    sent(client.start_in_background(request));
    sent(running.state());
    sent(running.wait());
    sent(running.wait_for_response());
    sent(running.cancel());
    sent(column.delete());
    sent(column.download());
    sent(column.download_from(0));
}

#[expect(dead_code, reason = "the compiler is who reads it")]
fn of_files(
    upload: &mut Upload<std::io::Cursor<Vec<u8>>>,
    next: &mut Upload<std::io::Cursor<Vec<u8>>>,
    download: &mut Download,
    rest: &mut Download,
    response: &mut StreamedResponse,
    target: &mut Vec<u8>,
) {
    sent(upload.send());
    sent(next.send_next());
    sent(download.chunk());
    sent(rest.write_to(target));
    sent(response.chunk());
}

#[expect(dead_code, reason = "the compiler is who reads it")]
fn of_a_web_sign_in(web: &WebSignIn, pending: PendingSignIn, response: RedirectResponse, user: &UserKey) {
    sent(web.begin(&SignInOptions::new()));
    sent(web.complete(pending, response));
    sent(web.sign_out(user));
    sent(web.sign_out_page(None));
}

#[expect(dead_code, reason = "the compiler is who reads it")]
fn of_a_store(store: &dyn TokenStore) {
    sent(store.load("account"));
    sent(store.lock("account"));
}

#[expect(dead_code, reason = "the compiler is who reads it")]
fn of_fetching(client: &Client, dir: &Path, options: &FetchOptions, progress: &dyn FetchProgress) {
    sent(web_api::fetch(client, dir, options, progress));
    sent(web_api::retrieve(client, dir, options, progress));
}

#[expect(dead_code, reason = "the compiler is who reads it")]
fn of_rows<T, R, E>(client: &Client, query: &Query<T>, one: &RowQuery<T>)
where
    T: EntitySet + Record + Send + Sync,
    R: Record + Send,
    E: Entity + Send,
{
    sent(query.first(client));
    sent(query.first_as::<R>(client));
    sent(query.rows(client));
    sent(query.rows_as::<R>(client));
    sent(query.pages(client));
    sent(query.pages_as::<R>(client));
    sent(query.entities::<E>(client));
    sent(query.total(client));
    sent(one.get(client));
    sent(one.get_as::<R>(client));
    sent(one.entity::<E>(client));
    sent(E::rows(client));
    sent(E::get(client, Guid::nil()));
}

#[expect(dead_code, reason = "the compiler is who reads it")]
fn of_changes<T: EntitySet + Sync + Send, E: Entity + Send, B: EntitySet, A: RowOperations<Table = T>>(
    client: &Client,
    create: &RowWrite<T, Create>,
    update: &RowWrite<T, Update>,
    row: &A,
    one: Nav<T, B>,
    many: NavMany<T, B>,
) {
    let other = Guid::nil();
    sent(create.send(client));
    sent(create.clone().returning::<E>().send(client));
    sent(row.get(client));
    sent(row.get_as::<E>(client));
    sent(row.update(client, update));
    sent(row.update_if_match(client, update, "etag"));
    sent(row.update_returning::<E>(client, update));
    sent(row.upsert(client, update));
    sent(row.create(client, create));
    sent(row.delete(client));
    sent(row.delete_if_match(client, "etag"));
    sent(row.associate(client, many, other));
    sent(row.disassociate(client, many, other));
    sent(row.set_reference(client, one, other));
    sent(row.clear_reference(client, one));
    sent(row.count_related(client, many));
    sent(row.replace_parties(client, []));
}

#[expect(dead_code, reason = "the compiler is who reads it")]
fn of_texts<T: EntitySet + Send>(
    client: &Client,
    one: &ODataText<T, OneRow>,
    number: &ODataText<T, NumberOfRows>,
) {
    sent(one.get(client));
    sent(number.number(client));
    sent(T::total_record_count(client));
    sent(dvkit::client::total_record_counts(client, &["account"]));
}

#[expect(dead_code, reason = "the compiler is who reads it")]
fn of_the_emulator(builder: EmulatorBuilder, running: RunningEmulator) {
    sent(builder.start());
    sent(running.stop());
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_public_async_function_is_checked_for_send() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut all = Vec::new();
    for folder in ["client", "schema-fetch", "dvkit", "emulator"] {
        files(&root.join(folder).join("src"), &mut all);
    }
    let here =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/send_futures.rs")).unwrap();
    let mut names = BTreeSet::new();
    for file in all {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().filter_map(|line| line.trim_start().strip_prefix("pub async fn ")) {
            names.insert(line.split(['(', '<']).next().unwrap().to_owned());
        }
    }
    assert!(names.len() >= 10, "{names:?}");
    let is_called = |name: &String| {
        [format!(".{name}("), format!(".{name}::<"), format!("::{name}("), format!("::{name}::<")]
            .iter()
            .any(|call| here.contains(call.as_str()))
    };
    let missing: Vec<String> = names.into_iter().filter(|name| !is_called(name)).collect();
    assert_eq!(missing, Vec::<String>::new(), "functions that are not sent here");
}
