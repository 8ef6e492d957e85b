//! Tests how checked texts and operations are sent, and how their responses are read.

mod writes;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::IntoResponse as _;
use dvkit_client::auth::StaticToken;
use dvkit_client::{ChangeSet, Client, ErrorKind};
use futures_util::{StreamExt as _, TryStreamExt as _};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::operation::{
    AnyRow, Call, Collection, ComplexType, EdmInt32, EdmString, Nothing, Nullable, Operation as _, TableRow,
};
use crate::row::{FieldMut, FieldRef, GroupRow};
use crate::text::{FetchXml, Groups, ManyRows, NumberOfRows, ODataText, OneRow};
use crate::{EntitySet, Guid, Record};

#[derive(Debug, Default, PartialEq)]
struct Planet {
    name: Option<String>,
    planetid: Option<Guid>,
}

impl Record for Planet {
    const TABLE: &'static str = "planet";
    const COLUMNS: &'static [&'static str] = &["name", "planetid"];

    fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
        vec![FieldMut::Text(&mut self.name), FieldMut::Id(&mut self.planetid)]
    }

    fn fields(&self) -> Vec<FieldRef<'_>> {
        vec![FieldRef::Text(&self.name), FieldRef::Id(&self.planetid)]
    }
}

impl EntitySet for Planet {
    const ENTITY_SET: &'static str = "planets";
    const KEY: u16 = 1;
}

fn planet(name: &str) -> Planet {
    Planet { name: Some(name.to_owned()), planetid: None }
}

/// The lines of the requests that a server received, each with its preferences.
type Lines = Arc<Mutex<Vec<String>>>;

/// Starts a server that answers the requests in turn with `answers`: a status and a body, in which `ROOT` is the
/// service's root.
async fn serve(answers: &[(u16, &str)]) -> (Client, Lines) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let root = format!("{url}/api/data/v9.2");
    let answers: Vec<_> =
        answers.iter().map(|(status, body)| (*status, body.replace("ROOT", &root))).collect();
    let (lines, own) = (Lines::default(), Lines::default());
    let record = Arc::clone(&lines);
    let answers = Arc::new(answers);
    let router = Router::new().fallback(move |method: Method, uri: Uri, headers: axum::http::HeaderMap| {
        let (record, own, answers) = (Arc::clone(&record), Arc::clone(&own), Arc::clone(&answers));
        async move {
            let value =
                |name: &str| headers.get(name).map_or("-", |value| value.to_str().unwrap()).to_owned();
            let line = format!(
                "{method} {} {} {}",
                uri.to_string().replace("/api/data/v9.2/", ""),
                value("accept"),
                value("prefer")
            );
            record.lock().unwrap().push(line.clone());
            let number = {
                let mut own = own.lock().unwrap();
                own.push(line);
                own.len() - 1
            };
            let (status, body) = answers[number.min(answers.len() - 1)].clone();
            let id =
                [("x-ms-service-request-id", "q-1"), (header::CONTENT_TYPE.as_str(), "application/json")];
            (StatusCode::from_u16(status).unwrap(), id, body).into_response()
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    (Client::builder(&url).token_source(StaticToken::new("secret")).build().unwrap(), lines)
}

const ALL: &str = r#"application/json odata.include-annotations="*""#;

#[tokio::test]
async fn a_checked_request_for_rows_is_sent_over_all_pages() {
    let pages = [
        (200, r#"{"value": [{"name": "a"}, {"name": 7}], "@odata.nextLink": "ROOT/planets?$skiptoken=2"}"#),
        (200, r#"{"value": [{"name": "b"}]}"#),
    ];
    let text: ODataText<Planet, ManyRows> = ODataText::checked("planets?$select=name".into());
    let (client, lines) = serve(&pages).await;
    let rows: Vec<_> = text.rows(&client).collect().await;
    let told: Vec<_> = rows.iter().map(|row| row.as_ref().map_err(dvkit_client::Error::kind)).collect();
    assert_eq!(told, [Ok(&planet("a")), Err(ErrorKind::Row), Ok(&planet("b"))]);
    let wanted = [format!("GET planets?$select=name {ALL}"), format!("GET planets?$skiptoken=2 {ALL}")];
    assert_eq!(*lines.lock().unwrap(), wanted);
    let (client, lines) = serve(&pages).await;
    let pages: Vec<_> = text.pages(&client).try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| page.rows.len()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(pages[1].rows[0].as_ref().unwrap().0, planet("b"));
    assert_eq!(*lines.lock().unwrap(), wanted);
    let groups: ODataText<Planet, Groups> = ODataText::checked("planets?$apply=groupby((name))".into());
    let (client, lines) = serve(&[(200, r#"{"value": [{"name": "a"}]}"#)]).await;
    let rows: Vec<GroupRow<Planet>> = groups.rows(&client).try_collect().await.unwrap();
    assert_eq!(format!("{rows:?}"), r#"[{"name": "\"a\""}]"#);
    assert_eq!(*lines.lock().unwrap(), [format!("GET planets?$apply=groupby((name)) {ALL}")]);
}

#[tokio::test]
async fn a_checked_request_for_one_row_or_a_number_is_sent() {
    let one: ODataText<Planet, OneRow> = ODataText::checked("planets(7)".into());
    let (client, lines) =
        serve(&[(200, r#"{"name": "a"}"#), (404, r#"{"error": {"code": "0x1", "message": "none"}}"#)]).await;
    assert_eq!(one.get(&client).await.unwrap(), planet("a"));
    assert_eq!(one.get(&client).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(*lines.lock().unwrap(), vec![format!("GET planets(7) {ALL}"); 2]);
    let number: ODataText<(), NumberOfRows> = ODataText::checked("planets/$count".into());
    for (body, count) in [
        ("0", Some(0)),
        ("\u{feff}5000", Some(5000)),
        (" 7\n", Some(7)),
        ("", None),
        ("many", None),
        ("-1", None),
    ] {
        let (client, lines) = serve(&[(200, body)]).await;
        match number.number(&client).await {
            Ok(found) => assert_eq!(Some(found), count, "{body:?}"),
            Err(error) => {
                assert_eq!((count, error.kind()), (None, ErrorKind::Unexpected), "{body:?}");
                assert_eq!(error.message(), "the response to a count is not a number", "{body:?}");
            }
        }
        assert_eq!(*lines.lock().unwrap(), ["GET planets/$count text/plain -"], "{body:?}");
    }
}

#[tokio::test]
async fn checked_fetchxml_is_sent_page_by_page_and_read_as_rows_or_values() {
    let pages = [
        (200, r#"{"value": [{"name": "a"}], "@Microsoft.Dynamics.CRM.morerecords": true}"#),
        (200, r#"{"value": [{"name": "b"}]}"#),
    ];
    let text: FetchXml<Planet> =
        FetchXml::checked("<fetch count=\"1\"><entity name=\"planet\"/></fetch>".into(), "planets");
    assert_eq!(text.entity_set(), "planets");
    let url =
        "planets?fetchXml=%3Cfetch%20count%3D%221%22%3E%3Centity%20name%3D%22planet%22%2F%3E%3C%2Ffetch%3E";
    assert_eq!(text.url(), url);
    assert_eq!((text.request().target(), text.request().method().as_str()), (url, "GET"));
    assert!(format!("{:?}", text.request()).contains(r#"odata.include-annotations=\"*\""#));
    let (client, lines) = serve(&pages).await;
    let rows: Vec<Planet> = text.rows(&client).try_collect().await.unwrap();
    assert_eq!(rows, [planet("a"), planet("b")]);
    assert!(
        lines.lock().unwrap().iter().all(|line| line.contains("odata.include-annotations=\"*")),
        "{lines:?}"
    );
    let (client, _) = serve(&pages).await;
    let pages_of: Vec<_> = text.pages::<Planet>(&client).try_collect().await.unwrap();
    assert_eq!(pages_of.len(), 2);
    assert_eq!(pages_of[0].rows[0].as_ref().unwrap().0, planet("a"));
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Named {
        name: String,
    }
    let (client, _) = serve(&pages).await;
    let values: Vec<Named> = text.values(&client).try_collect().await.unwrap();
    assert_eq!(values.iter().map(|value| value.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn checked_texts_are_shown_compared_and_converted_as_their_text() {
    let text: ODataText<Planet> = ODataText::checked("planets".into());
    let other: ODataText<Planet> = ODataText::checked("planets?$top=1".into());
    assert!(text == text.clone() && text != other);
    assert_eq!((text.as_str(), text.as_ref(), text.to_string().as_str()), ("planets", "planets", "planets"));
    assert_eq!(format!("{text:?}"), r#"ODataText("planets")"#);
    assert_eq!(String::from(other), "planets?$top=1");
    let fetch: FetchXml<Planet> = FetchXml::checked("<fetch/>".into(), "planets");
    assert_eq!(
        (fetch.clone().untyped().as_str(), fetch.clone().untyped().entity_set()),
        ("<fetch/>", "planets")
    );
    assert_eq!(format!("{fetch:?} {fetch}"), r#"FetchXml("<fetch/>") <fetch/>"#);
    assert_eq!(String::from(fetch), "<fetch/>");
}

macro_rules! operation {
    ($name:ident, $kind:ident $wire:literal ($($parameter:literal: $ty:literal),*) -> $returns:ty) => {
        struct $name(Call);
        crate::operation!($name, $kind $wire ($($parameter: $ty false),*) -> $returns);
    };
}

operation!(Names, Function "Names" ("Near": "planet") -> Collection<EdmString>);
operation!(Planets, Function "Planets" () -> Collection<TableRow<Planet>>);
operation!(First, Function "First" () -> TableRow<Planet>);
operation!(Size, Function "Size" () -> EdmInt32);
operation!(Maybe, Function "Maybe" () -> Nullable<EdmInt32>);
operation!(Whole, Action "Whole" () -> ComplexType);
operation!(Move, Action "Move" ("Where": "planet") -> Nothing);

#[tokio::test]
async fn the_result_of_an_operation_is_read_by_its_type() {
    let (client, lines) = serve(&[(200, r#"{"value": 7}"#)]).await;
    assert_eq!(Size(Call::unbound()).send(&client).await.unwrap(), 7);
    assert_eq!(Maybe(Call::unbound()).send(&client).await.unwrap(), Some(7));
    let whole = Whole(Call::unbound()).send(&client).await.unwrap();
    assert_eq!(whole.get::<i32>("value"), Ok(7));
    Move(Call::unbound()).send(&client).await.unwrap();
    let plain = "application/json -";
    let wanted =
        ["GET Size()", "GET Maybe()", "POST Whole", "POST Move"].map(|line| format!("{line} {plain}"));
    assert_eq!(*lines.lock().unwrap(), wanted);
    let (client, lines) = serve(&[(200, r#"{"name": "a"}"#)]).await;
    assert_eq!(First(Call::unbound()).send(&client).await.unwrap(), planet("a"));
    assert_eq!(*lines.lock().unwrap(), [format!("GET First() {ALL}")]);
    // What an operation returns that returns nothing does not matter; nothing is not enough for the others.
    for body in ["", "{}", "7", "no JSON"] {
        let (client, _) = serve(&[(200, body)]).await;
        assert!(Move(Call::unbound()).send(&client).await.is_ok(), "{body}");
    }
    // An action is not sent again, and the client refuses an empty response where JSON is expected.
    let (client, lines) = serve(&[(200, "")]).await;
    let error = Whole(Call::unbound()).send(&client).await.unwrap_err();
    assert!(!error.message().starts_with("the response is empty, although"), "{error}");
    assert_eq!(lines.lock().unwrap().len(), 1);
    let (client, _) = serve(&[(204, "")]).await;
    assert!(Move(Call::unbound()).send(&client).await.is_ok());
    let error = Whole(Call::unbound()).send(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    let said = "the response is empty, although the operation returns a value (request q-1)";
    assert_eq!(error.message(), said);
}

#[tokio::test]
async fn a_list_of_an_operation_is_read_to_its_last_page() {
    let page = r#"{"value": ["a"], "@odata.nextLink": "ROOT/Names?p=1"}"#;
    let (client, lines) = serve(&[
        (200, page),
        (200, r#"{"value": ["b", "c"], "@odata.nextLink": "ROOT/Names?p=2"}"#),
        (200, r#"{"value": []}"#),
    ])
    .await;
    assert_eq!(Names(Call::unbound()).send(&client).await.unwrap(), ["a", "b", "c"]);
    let targets: Vec<_> =
        lines.lock().unwrap().iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(
        targets,
        ["Names(Near=@Near)?@Near=null", "/Names?p=1", "/Names?p=2"]
            .map(|t| t.trim_start_matches('/').to_owned())
    );
    // The same link again would never end.
    let (client, lines) = serve(&[(200, page)]).await;
    let error = Names(Call::unbound()).send(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert_eq!(
        error.message(),
        "the service gave the link to the same page twice; the result is not complete"
    );
    assert_eq!(lines.lock().unwrap().len(), 2);
    // A single response is read alone only if it is the whole list.
    let (client, _) = serve(&[(200, page), (200, r#"{"value": [{"name": "b"}]}"#)]).await;
    let response = client.send(Planets(Call::unbound()).request()).await.unwrap();
    let error = Planets::read(&response).unwrap_err();
    assert!(error.message().starts_with("the list continues on further pages"), "{error}");
    let response = client.send(Planets(Call::unbound()).request()).await.unwrap();
    assert_eq!(Planets::read(&response).unwrap(), [planet("b")]);
    // A value that is no list has no further pages, whatever its members are called.
    let (client, lines) = serve(&[(200, r#"{"value": 7, "@odata.nextLink": "ROOT/Size?p=1"}"#)]).await;
    assert_eq!(Size(Call::unbound()).send(&client).await.unwrap(), 7);
    assert_eq!(lines.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_mistake_in_a_call_is_reported_before_it_is_sent() {
    let (client, lines) = serve(&[(200, "{}")]).await;
    let broken = crate::operation::Expando::new().with("depth", f64::NAN);
    let error = Move(Call::unbound().with::<AnyRow>(0, broken)).send(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("the parameter `Where` of `Move` cannot be sent"), "{error}");
    // A change set has actions and no functions.
    let mut set = ChangeSet::new();
    let new = crate::client::TypedChanges::create(&mut set, &Planet::create());
    let named = Names(Call::unbound().with::<TableRow<Planet>>(0, new));
    let error = named.send(&client).await.unwrap_err();
    assert!(
        error.to_string().contains("`Names` is a function, and names a row that a change set creates"),
        "{error}"
    );
    let moved = Move(Call::unbound().with::<TableRow<Planet>>(0, new)).send(&client).await.unwrap_err();
    assert!(moved.to_string().contains("refers to a row of a change set, and is no part of one"), "{moved}");
    assert!(lines.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_result_of_an_action_in_the_background_has_any_name() {
    let ended = |values: serde_json::Value| {
        let mut state = json!({"backgroundOperationStateCode": 3, "backgroundOperationStatusCode": 30});
        for (name, value) in values.as_object().unwrap() {
            state[name] = value.clone();
        }
        state.to_string()
    };
    operation!(Count, Action "Count" () -> EdmInt32);
    operation!(List, Action "List" () -> Collection<EdmString>);
    use crate::operation::BackgroundCall;
    for (values, count) in [
        (json!({"Total": 7}), Some(7)),
        (json!({"value": 7}), Some(7)),
        (json!({"Total": "x"}), None),
        (json!({"Total": 7, "Other": 8}), None),
        (json!({}), None),
    ] {
        let (client, lines) = serve(&[(200, &ended(values.clone()))]).await;
        let call = BackgroundCall::<Count>::at(&client, "planets(7)");
        assert_eq!(call.address(), "planets(7)");
        assert_eq!(format!("{:?}", call.clone()), "Count at planets(7)");
        assert_eq!(call.wait().await.ok(), count, "{values}");
        assert!(call.state().await.unwrap().has_ended(), "{values}");
        assert_eq!(lines.lock().unwrap().len(), 2, "{values}");
    }
    let (client, _) = serve(&[(200, &ended(json!({"Names": ["a", "b"]})))]).await;
    assert_eq!(BackgroundCall::<List>::at(&client, "x").wait().await.unwrap(), ["a", "b"]);
    let (client, _) = serve(&[(200, &ended(json!({"Names": ["a"]})))]).await;
    let whole = BackgroundCall::<Whole>::at(&client, "x").wait().await.unwrap();
    assert_eq!(whole.names().collect::<Vec<_>>(), ["Names"]);
}

#[tokio::test]
async fn a_delta_link_is_continued_by_the_query_that_it_belongs_to() {
    use crate::client::ChangeTracking as _;
    const NAME: crate::Column<Planet, crate::kind::Text> = crate::column(0);
    for (link, selects, mistake) in [
        ("planets?$deltatoken=1", false, None),
        ("https://x/api/data/v9.2/Planets?$DELTATOKEN=1", false, None),
        ("planets?$skiptoken=1", true, None),
        ("planets?$select=name, planetid&$deltatoken=1", true, None),
        ("planets?$select=planetid,name&$deltatoken=1", true, None),
        (
            "moons?$deltatoken=1",
            false,
            Some("the delta link is one of `moons`, and the changes are those of `planets`"),
        ),
        ("planets", false, Some("the text is not a delta link: it has no `$deltatoken`")),
        ("planets?$select=name", true, Some("the text is not a delta link: it has no `$deltatoken`")),
        (
            "planets?$select=name&$deltatoken=1",
            false,
            Some("the delta link is one of a query without all columns"),
        ),
        (
            "planets?$select=planetid&$deltatoken=1",
            true,
            Some("the delta link is one of a query without `name`"),
        ),
        (
            "planets?$select=names&$deltatoken=1",
            true,
            Some("the delta link is one of a query without `name`"),
        ),
    ] {
        let (client, lines) = serve(&[(
            200,
            r#"{"value": [{"name": "a"}], "@odata.deltaLink": "ROOT/planets?$deltatoken=2"}"#,
        )])
        .await;
        let link = link.replace("https://x/api/data/v9.2/", &client.web_api_url());
        let query = if selects { Planet::changes().select(NAME) } else { Planet::changes() };
        let mut changes = query.since(&client, &link);
        let first = changes.next().await.unwrap();
        match mistake {
            None => {
                assert_eq!(first.unwrap(), dvkit_client::Change::Upserted(planet("a")), "{link}");
                assert!(changes.next().await.is_none() && changes.link().is_some(), "{link}");
                assert!(lines.lock().unwrap()[0].ends_with(ALL), "{link}");
            }
            Some(mistake) => {
                let error = first.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Configuration, "{link}");
                assert!(error.message().starts_with(mistake), "{link}: {error}");
                assert!(changes.next().await.is_none() && changes.link().is_none(), "{link}");
                assert!(lines.lock().unwrap().is_empty(), "{link}");
            }
        }
    }
}
