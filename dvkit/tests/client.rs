//! Tests of typed requests with a server on loopback that responds as the Web API does.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
#![allow(unreachable_pub, reason = "generated modules are public")]

#[allow(unused_imports, reason = "a test does not use every table")]
mod by_hand;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use by_hand::contact::ContactState;
use by_hand::{Account, Contact, NewProject};
use dvkit::dvkit_client::auth::StaticToken;
use dvkit::dvkit_client::{Batch, ChangeSet, Client, ErrorKind};
use dvkit::prelude::*;
use dvkit::{Decimal, Entity, Guid, Row};
use futures_util::TryStreamExt as _;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

const ANN: Guid = Guid::from_u128(0x7891_4942_34cb_ed11_b596_0022_481d_68cd);
const CONTOSO: Guid = Guid::from_u128(0xa16b_3f4b_1be7_e611_8101_e061_6be1_0000);

/// A request that the server received: method and URL, the headers for conditional writes, and the body.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    line: String,
    prefer: Option<String>,
    if_match: Option<String>,
    body: String,
}

/// A server that responds by a function and records the requests.
#[derive(Clone)]
struct Server {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts a server. `answer` gets the request and the URL of the server.
    async fn start(answer: fn(&Seen, &str) -> Response) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, seen: Arc::default() };
        let of_server = server.clone();
        let router = Router::new().fallback(move |request: Request| {
            let server = of_server.clone();
            async move {
                let (parts, body) = request.into_parts();
                let header = |name: &str| Some(parts.headers.get(name)?.to_str().unwrap().to_owned());
                let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
                let seen = Seen {
                    line: format!("{} {}", parts.method, parts.uri),
                    prefer: header("prefer"),
                    if_match: header("if-match"),
                    body: String::from_utf8(body.to_vec()).unwrap(),
                };
                server.seen.lock().unwrap().push(seen.clone());
                answer(&seen, &server.url)
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    fn client(&self) -> Client {
        Client::builder(&self.url).token_source(StaticToken::new("secret")).build().unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn not_found() -> Response {
    let body = r#"{"error":{"code":"0x80040217","message":"contact does not exist"}}"#;
    (StatusCode::NOT_FOUND, body).into_response()
}

/// Responds with contacts on two pages.
fn contacts(seen: &Seen, url: &str) -> Response {
    let row = |name: &str, state: i32| {
        json!({
            "@odata.etag": format!("W/\"{name}\""), "fullname": name, "statecode": state,
            "statecode@OData.Community.Display.V1.FormattedValue": if state == 0 { "Active" } else { "Inactive" },
            "_parentcustomerid_value": CONTOSO.to_string(),
            "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
        })
    };
    let page = if seen.line.contains("skiptoken") {
        json!({"value": [row("Cem", 1)]})
    } else {
        let next = format!("{url}/api/data/v9.2/contacts?$select=fullname&$skiptoken=2");
        json!({"@odata.count": 3, "value": [row("Ann", 0), row("Ben", 0)], "@odata.nextLink": next})
    };
    axum::Json(page).into_response()
}

#[tokio::test]
async fn rows_are_typed_over_all_pages() {
    let server = Server::start(contacts).await;
    let client = server.client();
    let query = Contact::query()
        .select((Contact::FULLNAME, Contact::STATECODE))
        .filter(Contact::FULLNAME.ne("O'Neil & Co"));
    let rows: Vec<Contact> = query.rows(&client).try_collect().await.unwrap();
    let names: Vec<_> = rows.iter().filter_map(|row| row.fullname.as_deref()).collect();
    assert_eq!(names, ["Ann", "Ben", "Cem"]);
    assert_eq!(rows[2].statecode, Some(ContactState::Inactive.into()));
    assert_eq!(rows[2].extra.formatted(Contact::STATECODE), Some("Inactive"));
    assert_eq!(rows[0].extra.etag(), Some("W/\"Ann\""));
    let company = rows[0].parentcustomerid.as_ref().and_then(|lookup| lookup.to::<Account>());
    assert_eq!(company.map(|row| row.id()), Some(CONTOSO));
    let seen = server.seen();
    let lines: Vec<_> = seen.iter().map(|seen| seen.line.as_str()).collect();
    let first = "GET /api/data/v9.2/contacts?$select=fullname,statecode&$filter=fullname%20ne%20%27O%27%27Neil%20%26%20Co%27";
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].replace('\'', "%27"), first);
    assert_eq!(lines[1], "GET /api/data/v9.2/contacts?$select=fullname&$skiptoken=2");
    for seen in &seen {
        assert_eq!(seen.prefer.as_deref(), Some("odata.include-annotations=\"*\""));
    }
}

#[tokio::test]
async fn a_query_returns_pages_and_the_first_row() {
    let server = Server::start(contacts).await;
    let client = server.client();
    let pages: Vec<_> = Contact::query().count().pages(&client).try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| page.rows.len()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(pages[0].count, Some(3));
    let first = Contact::query().first(&client).await.unwrap().unwrap();
    assert_eq!(first.fullname.as_deref(), Some("Ann"));
    assert_eq!(server.seen().last().unwrap().line, "GET /api/data/v9.2/contacts?$top=1");
}

#[tokio::test]
async fn the_error_of_an_unreadable_row_names_the_column() {
    let server = Server::start(|_, _| {
        axum::Json(json!({"value": [{"fullname": "Ann"}, {"statecode": "Active"}]})).into_response()
    })
    .await;
    let error = Contact::query().rows(&server.client()).try_collect::<Vec<_>>().await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("contact.statecode: expected the number of an option, found \"Active\""),
        "{message}"
    );
}

#[tokio::test]
async fn a_row_is_read_by_id_and_by_alternate_key() {
    let server = Server::start(|seen, _| {
        if seen.line.contains("accounts(accountnumber='A%2F1')") {
            return axum::Json(json!({"name": "Contoso", "accountid": CONTOSO.to_string()})).into_response();
        }
        not_found()
    })
    .await;
    let client = server.client();
    let key = Account::NEW_ACCOUNTNUMBERKEY.row(("A/1",));
    let account = key.query().select(Account::NAME).get(&client).await.unwrap();
    assert_eq!((account.name.as_deref(), account.accountid), (Some("Contoso"), Some(CONTOSO)));
    let error = Contact::id(ANN).query().get(&client).await.unwrap_err();
    assert_eq!(error.code(), Some("0x80040217"));
    let lines: Vec<_> = server.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(
        lines,
        [
            "GET /api/data/v9.2/accounts(accountnumber='A%2F1')?$select=name".to_owned(),
            format!("GET /api/data/v9.2/contacts({ANN})")
        ]
    );
}

#[tokio::test]
async fn a_row_is_created_changed_and_deleted() {
    let server = Server::start(|seen, url| {
        if seen.line.starts_with("POST ") {
            let id = format!("{url}/api/data/v9.2/contacts({ANN})");
            return (StatusCode::NO_CONTENT, [("odata-entityid", id)]).into_response();
        }
        nothing()
    })
    .await;
    let client = server.client();
    let new =
        Contact::create().set(Contact::FIRSTNAME, "Ann").bind(Contact::PARENTCUSTOMERID_ACCOUNT, CONTOSO);
    let row = new.send(&client).await.unwrap();
    assert_eq!(row, Contact::id(ANN));
    let change =
        Contact::update().set(Contact::STATECODE, ContactState::Inactive).clear(Contact::EMAILADDRESS1);
    row.update(&client, &change).await.unwrap();
    row.update_if_match(&client, &change, "W/\"7\"").await.unwrap();
    row.delete(&client).await.unwrap();
    row.delete_if_match(&client, "W/\"8\"").await.unwrap();
    let seen = server.seen();
    let told: Vec<_> = seen.iter().map(|seen| (seen.line.as_str(), seen.if_match.as_deref())).collect();
    let contact = format!("/api/data/v9.2/contacts({ANN})");
    let (patch, delete) = (format!("PATCH {contact}"), format!("DELETE {contact}"));
    assert_eq!(
        told,
        [
            ("POST /api/data/v9.2/contacts", None),
            // `If-Match: *` keeps the service from creating a missing row.
            (patch.as_str(), Some("*")),
            (patch.as_str(), Some("W/\"7\"")),
            (delete.as_str(), None),
            (delete.as_str(), Some("W/\"8\"")),
        ]
    );
    let body = |at: usize| serde_json::from_str::<Value>(&seen[at].body).unwrap();
    let bound = format!("/accounts({CONTOSO})");
    assert_eq!(body(0), json!({"firstname": "Ann", "parentcustomerid_account@odata.bind": bound}));
    assert_eq!(body(1), json!({"statecode": 1, "emailaddress1": null}));
}

#[tokio::test]
async fn a_refused_write_is_an_error() {
    let server = Server::start(|seen, _| match seen.line.starts_with("POST ") {
        // The service created the row but does not return its address.
        true => nothing(),
        false => not_found(),
    })
    .await;
    let client = server.client();
    let change = Contact::update().set(Contact::FIRSTNAME, "A");
    let error = Contact::id(ANN).update(&client, &change).await.unwrap_err();
    assert!(error.to_string().contains("contact does not exist"), "{error}");
    assert!(Contact::id(ANN).delete(&client).await.is_err());
    let error = Contact::create().set(Contact::FIRSTNAME, "A").send(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
}

/// Returns the response to a batch of one query, one change set of two writes, and one deletion.
fn batch(_: &Seen, url: &str) -> Response {
    let part = |head: &str, body: &str| {
        format!("Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{head}\r\n{body}\r\n")
    };
    let row = json!({"value": [{"fullname": "Ann", "statecode": 0}]});
    let created = |set: &str, id: Guid| {
        format!("HTTP/1.1 204 No Content\r\nOData-EntityId: {url}/api/data/v9.2/{set}({id})\r\n\r\n")
    };
    let read = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{row}");
    let text = [
        "--r\r\n".to_owned(),
        part("", &read),
        "--r\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n".to_owned(),
        format!("--c\r\n{}", part("Content-ID: 1\r\n", &created("accounts", CONTOSO))),
        format!("--c\r\n{}--c--\r\n", part("Content-ID: 2\r\n", &created("contacts", ANN))),
        format!("--r\r\n{}--r--\r\n", part("", "HTTP/1.1 204 No Content\r\n\r\n")),
    ];
    (StatusCode::OK, [("content-type", "multipart/mixed; boundary=r")], text.concat()).into_response()
}

#[tokio::test]
async fn typed_requests_are_sent_in_a_batch() {
    let server = Server::start(batch).await;
    let client = server.client();
    let mut batch = Batch::new();
    let read = batch.add(Contact::query().select(Contact::FULLNAME).request());
    let mut set = ChangeSet::new();
    let company = set.create(&Account::create().set(Account::NAME, "Contoso"));
    set.create(&Contact::create().bind(Contact::PARENTCUSTOMERID_ACCOUNT, company));
    let places = batch.change_set(set);
    let gone = batch.add(Contact::id(CONTOSO).delete_request());
    let answers = client.batch(batch).await.unwrap();
    answers.all_succeeded().unwrap();
    #[derive(serde::Deserialize)]
    struct Answer {
        value: Vec<Row<Contact>>,
    }
    let answer: Answer = answers.get(read).unwrap().json().unwrap();
    assert_eq!(answer.value[0].0.fullname.as_deref(), Some("Ann"));
    let id = answers.get(places[1]).unwrap().entity_id().unwrap();
    assert!(id.ends_with(&format!("/contacts({ANN})")), "{id}");
    assert_eq!(answers.get(gone).unwrap().status().as_u16(), 204);
    let sent = &server.seen()[0].body;
    for part in [
        "GET /api/data/v9.2/contacts?$select=fullname HTTP/1.1",
        "POST /api/data/v9.2/accounts HTTP/1.1",
        &format!(r#"{{"parentcustomerid_account@odata.bind":"{}"}}"#, company.content_id().reference()),
        &format!("DELETE /api/data/v9.2/contacts({CONTOSO}) HTTP/1.1"),
        "odata.include-annotations=\"*\"",
    ] {
        assert!(sent.contains(part), "{part}\n{sent}");
    }
}

/// The columns of a contact that a program needs.
#[derive(Debug, Entity)]
#[dvkit(table = "contact")]
struct Card {
    fullname: Option<String>,
    #[dvkit(formatted = "statecode")]
    state: Option<String>,
    #[dvkit(expand = "parentcustomerid_account")]
    company: Option<Company>,
    #[dvkit(
        expand = "contact_customer_contacts",
        filter = "fullname ne 'A %26 B'",
        order_by = "fullname",
        top = 2
    )]
    people: Vec<Person>,
}

#[derive(Debug, Entity)]
#[dvkit(table = "account")]
struct Company {
    name: Option<String>,
    revenue: Option<Decimal>,
}

#[derive(Debug, Entity)]
#[dvkit(table = "contact")]
struct Person {
    fullname: Option<String>,
}

/// The query options of `Card`, percent-encoded.
const CARD: &str = "$select=fullname,statecode&$expand=parentcustomerid_account($select=name,revenue),\
    contact_customer_contacts($filter=fullname%20ne%20'A%20%26%20B';$orderby=fullname;$top=2;$select=fullname)";

/// Responds with cards on two pages, and with a single card.
fn cards(seen: &Seen, url: &str) -> Response {
    let row = |name: &str| {
        format!(
            "{{\"fullname\": \"{name}\", \"statecode\": 0, \
             \"statecode@OData.Community.Display.V1.FormattedValue\": \"Active\", \
             \"parentcustomerid_account\": {{\"name\": \"Contoso\", \"revenue\": 922337203685477.5807}}, \
             \"contact_customer_contacts\": [{{\"fullname\": \"Dora\"}}]}}"
        )
    };
    let path = seen.line.split('?').next().unwrap_or_default();
    let text = if path.ends_with(')') {
        row("Ann")
    } else if seen.line.contains("skiptoken") {
        format!("{{\"value\": [{}]}}", row("Ben"))
    } else {
        let next = format!("{url}/api/data/v9.2/contacts?$skiptoken=2");
        format!("{{\"value\": [{}], \"@odata.nextLink\": \"{next}\"}}", row("Ann"))
    };
    ([("content-type", "application/json")], text).into_response()
}

#[track_caller]
fn is_card(card: &Card, name: &str) {
    assert_eq!((card.fullname.as_deref(), card.state.as_deref()), (Some(name), Some("Active")));
    let company = card.company.as_ref().unwrap();
    assert_eq!(company.name.as_deref(), Some("Contoso"));
    // Nineteen digits, which a float cannot hold.
    assert_eq!(company.revenue.unwrap().to_string(), "922337203685477.5807");
    assert_eq!(
        card.people.iter().map(|person| person.fullname.as_deref()).collect::<Vec<_>>(),
        [Some("Dora")]
    );
}

/// Returns the first lines of the requests, with quotes not percent-encoded.
fn lines(server: &Server) -> Vec<String> {
    server.seen().into_iter().map(|seen| seen.line.replace("%27", "'")).collect()
}

#[tokio::test]
async fn an_entity_requests_its_columns_and_expansions() {
    let server = Server::start(cards).await;
    let client = server.client();
    let all: Vec<Card> = Card::rows(&client).try_collect().await.unwrap();
    assert_eq!(all.len(), 2);
    is_card(&all[0], "Ann");
    is_card(&all[1], "Ben");
    for seen in server.seen.lock().unwrap().iter() {
        assert_eq!(seen.prefer.as_deref(), Some("odata.include-annotations=\"*\""));
    }
    let told = lines(&server);
    assert_eq!(told[0], format!("GET /api/data/v9.2/contacts?{CARD}"));
    assert_eq!(told[1], "GET /api/data/v9.2/contacts?$skiptoken=2");
    is_card(&Card::get(&client, ANN).await.unwrap(), "Ann");
    assert_eq!(lines(&server), [format!("GET /api/data/v9.2/contacts({ANN})?{CARD}")]);
}

#[tokio::test]
async fn a_typed_query_returns_entities() {
    let server = Server::start(cards).await;
    let client = server.client();
    let query = Contact::query()
        .filter(Contact::STATECODE.eq(ContactState::Active))
        .order_by(Contact::FULLNAME)
        .top(2);
    let all: Vec<Card> = query.entities(&client).try_collect().await.unwrap();
    assert_eq!(all.len(), 2);
    is_card(&all[1], "Ben");
    let rest = "&$filter=statecode%20eq%200&$orderby=fullname";
    assert_eq!(lines(&server)[0], format!("GET /api/data/v9.2/contacts?{CARD}{rest}&$top=2"));
    // `select_entity` does the same for pages, the first row and requests of a batch.
    let query = query.select(Contact::EMAILADDRESS1).select_entity::<Card>();
    is_card(&query.first_as::<Card>(&client).await.unwrap().unwrap(), "Ann");
    let more = CARD.replace("$select=fullname,statecode", "$select=emailaddress1,fullname,statecode");
    assert_eq!(lines(&server), [format!("GET /api/data/v9.2/contacts?{more}{rest}&$top=1")]);
    let pages: Vec<_> = query.pages_as::<Card>(&client).try_collect().await.unwrap();
    is_card(&pages[1].rows[0].as_ref().unwrap().0, "Ben");
}

#[tokio::test]
async fn a_row_is_read_as_another_type() {
    let server = Server::start(cards).await;
    let client = server.client();
    is_card(&Contact::id(ANN).query().entity::<Card>(&client).await.unwrap(), "Ann");
    let person = Contact::id(ANN).query().select(Contact::FULLNAME).get_as::<Person>(&client).await.unwrap();
    assert_eq!(person.fullname.as_deref(), Some("Ann"));
    let key = Account::NEW_ACCOUNTNUMBERKEY.row(("A-1",));
    let company = key.query().entity::<Company>(&client).await.unwrap();
    // The server responds with a contact; columns that the entity does not have are ignored.
    assert!(company.name.is_none());
    let path = format!("GET /api/data/v9.2/contacts({ANN})");
    assert_eq!(
        lines(&server),
        [
            format!("{path}?{CARD}"),
            format!("{path}?$select=fullname"),
            "GET /api/data/v9.2/accounts(accountnumber='A-1')?$select=name,revenue".to_owned(),
        ]
    );
}

#[tokio::test]
async fn the_error_of_a_missing_row_names_the_row() {
    let server = Server::start(|_, _| not_found()).await;
    let client = server.client();
    assert_eq!(Card::get(&client, ANN).await.unwrap_err().code(), Some("0x80040217"));
    assert_eq!(Card::rows(&client).try_collect::<Vec<_>>().await.unwrap_err().code(), Some("0x80040217"));
}

#[tokio::test]
async fn amounts_are_sent_with_all_digits() {
    let server = Server::start(|_, _| nothing()).await;
    let client = server.client();
    let budget: Decimal = "-922337203685477.5807".parse().unwrap();
    let completion: Decimal = "99999999999.0123456789".parse().unwrap();
    let changes =
        NewProject::update().set(NewProject::NEW_BUDGET, budget).set(NewProject::NEW_COMPLETION, completion);
    NewProject::id(ANN).update(&client, &changes).await.unwrap();
    assert_eq!(
        server.seen()[0].body,
        r#"{"new_budget":-922337203685477.5807,"new_completion":99999999999.0123456789}"#
    );
}

#[tokio::test]
async fn nan_is_an_error_before_a_request_is_sent() {
    let server = Server::start(|_, _| nothing()).await;
    let client = server.client();
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let changes = NewProject::update().set(NewProject::NEW_LATITUDE, number);
        let error = NewProject::id(ANN).update(&client, &changes).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("`new_latitude` is set to"), "{error}");
        let error =
            NewProject::create().set(NewProject::NEW_LATITUDE, number).send(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let mut batch = Batch::new();
        batch.add(NewProject::id(ANN).update_request(&changes));
        assert_eq!(client.batch(batch).await.unwrap_err().kind(), ErrorKind::Configuration);
    }
    assert_eq!(server.seen(), []);
}

#[tokio::test]
async fn an_upsert_asks_for_the_key_and_reads_the_status() {
    let server = Server::start(|seen, _| {
        let id = json!({"accountid": CONTOSO.to_string()});
        match &seen.line {
            line if line.contains("'new'") => (StatusCode::CREATED, axum::Json(id)).into_response(),
            line if line.contains("'old'") => axum::Json(id).into_response(),
            line if line.contains("'other'") => (StatusCode::CREATED, axum::Json(json!({}))).into_response(),
            _ => nothing(),
        }
    })
    .await;
    let client = server.client();
    let key = |number: &str| Account::NEW_ACCOUNTNUMBERKEY.row((number.to_owned(),));
    let values = Account::update().set(Account::NAME, "Contoso");
    for (number, created) in [("new", true), ("old", false)] {
        let upserted = key(number).upsert(&client, &values).await.unwrap();
        assert_eq!((upserted.row, upserted.created), (Account::id(CONTOSO), created));
    }
    let seen = server.seen();
    assert_eq!(seen[0].line, "PATCH /api/data/v9.2/accounts(accountnumber='new')?$select=accountid");
    assert_eq!((seen[0].prefer.as_deref(), &seen[0].if_match), (Some("return=representation"), &None));
    // A response that does not say which row it was, or whether it is new, is an error.
    for number in ["other", "none"] {
        let error = key(number).upsert(&client, &values).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected, "{error}");
        assert!(error.to_string().contains("did not say which one or whether it is new"), "{error}");
    }
}

#[tokio::test]
async fn references_name_rows_by_absolute_urls() {
    let server = Server::start(|_, _| nothing()).await;
    let client = server.client();
    let (contoso, ann) = (Account::id(CONTOSO), Contact::id(ANN));
    let key = Account::NEW_ACCOUNTNUMBERKEY.row(("A-1",));
    contoso.associate(&client, Account::CONTACT_CUSTOMER_ACCOUNTS, ann).await.unwrap();
    contoso.disassociate(&client, Account::CONTACT_CUSTOMER_ACCOUNTS, ann).await.unwrap();
    ann.set_reference(&client, Contact::PARENTCUSTOMERID_ACCOUNT, &key).await.unwrap();
    ann.clear_reference(&client, Contact::PARENTCUSTOMERID_ACCOUNT).await.unwrap();
    let seen = server.seen();
    let sent: Vec<_> = seen.iter().map(|seen| (seen.line.as_str(), seen.body.as_str())).collect();
    let (account, contact) =
        (format!("/api/data/v9.2/accounts({CONTOSO})"), format!("/api/data/v9.2/contacts({ANN})"));
    let root = format!("{}/api/data/v9.2", server.url);
    assert_eq!(
        sent,
        [
            (
                format!("POST {account}/contact_customer_accounts/$ref").as_str(),
                format!(r#"{{"@odata.id":"{root}/contacts({ANN})"}}"#).as_str()
            ),
            (format!("DELETE {account}/contact_customer_accounts({ANN})/$ref").as_str(), ""),
            (
                format!("PUT {contact}/parentcustomerid_account/$ref").as_str(),
                format!(r#"{{"@odata.id":"{root}/accounts(accountnumber='A-1')"}}"#).as_str()
            ),
            (format!("DELETE {contact}/parentcustomerid_account/$ref").as_str(), ""),
        ]
    );
}
