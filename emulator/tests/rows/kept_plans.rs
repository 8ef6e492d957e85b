//! What the emulator keeps of a read for later reads changes no response: each response is that of an emulator that has
//! been sent nothing but the requests that write.

use bytes::Bytes;
use dvkit_emulator::{Clock, Emulator, RunningEmulator};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::sample;

const CONTOSO: &str = "a0000000-0000-4000-8000-00000000000a";
const FABRIKAM: &str = "b0000000-0000-4000-8000-00000000000b";
const MISSING: &str = "c0000000-0000-4000-8000-00000000000c";
const ANN: &str = "d0000000-0000-4000-8000-00000000000d";
const BEN: &str = "e0000000-0000-4000-8000-00000000000e";

/// A request.
#[derive(Clone)]
struct Step {
    user: &'static str,
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

fn step(method: Method, path: &str, body: Option<Value>) -> Step {
    Step { user: "ann", method, path: path.replace(' ', "%20"), headers: Vec::new(), body }
}

fn get(path: &str) -> Step {
    step(Method::GET, path, None)
}

impl Step {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn by(self, user: &'static str) -> Self {
        Self { user, ..self }
    }
}

/// Sends a request without a socket. Returns all of the response as text, without the address of a row or definition
/// that was created, whose id may be random, and with `API` in place of the root of the Web API, whose port differs.
fn send(api: &RunningEmulator, step: &Step) -> (StatusCode, String) {
    let mut request =
        http::Request::builder().method(&step.method).uri(format!("/api/data/v9.2/{}", step.path));
    for (name, value) in &step.headers {
        request = request.header(*name, value);
    }
    let body = step.body.as_ref().map_or_else(Bytes::new, |body| body.to_string().into());
    let response = api.respond(step.user, request.body(body).unwrap());
    let headers = response.headers().iter().filter(|(name, _)| *name != "odata-entityid");
    let mut headers: Vec<String> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    let body = String::from_utf8(response.body().to_vec()).unwrap();
    let text = format!("{}\n{}\n\n{body}", response.status(), headers.join("\n"));
    (response.status(), text.replace(&api.web_api(), "API/"))
}

/// Runs all steps against one emulator, and compares each response with that of a fresh emulator to which only the
/// steps before that write were sent. Returns the responses.
async fn compare(steps: &[Step]) -> Vec<(StatusCode, String)> {
    let schema = sample();
    let start = async || {
        let builder = Emulator::builder(schema.clone());
        builder.clock(Clock::stopped("2026-11-29T12:00:00Z".parse().unwrap())).start().await.unwrap()
    };
    let used = start().await;
    let mut responses = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let fresh = start().await;
        for earlier in steps.iter().take(index).filter(|earlier| earlier.method != Method::GET) {
            send(&fresh, earlier);
        }
        let response = send(&used, step);
        assert_eq!(response, send(&fresh, step), "{} {} {:?}", step.method, step.path, step.headers);
        responses.push(response);
    }
    responses
}

/// Creates two accounts of two users, each with a contact. The ids of their addresses are given, because the emulator
/// makes random ones.
fn rows() -> Vec<Step> {
    let contact =
        |id: &str, name: &str| json!({ "contactid": id, "address1_addressid": id, "lastname": name });
    let account = |id: &str, contact: &str, name: &str, number: &str| {
        json!({
            "accountid": id, "address1_addressid": id, "name": name, "accountnumber": number, "revenue": 12.5,
            "primarycontactid@odata.bind": format!("/contacts({contact})"),
        })
    };
    let mut steps = Vec::new();
    for (user, id, person, name) in [("ann", CONTOSO, ANN, "Contoso"), ("ben", FABRIKAM, BEN, "Fabrikam")] {
        steps.push(step(Method::POST, "contacts", Some(contact(person, user))).by(user));
        steps.push(step(Method::POST, "accounts", Some(account(id, person, name, &name[..1]))).by(user));
        let parent = json!({ "parentcustomerid_account@odata.bind": format!("/accounts({id})") });
        steps.push(step(Method::PATCH, &format!("contacts({person})"), Some(parent)).by(user));
    }
    steps
}

#[tokio::test]
async fn rows_read_by_their_ids_are_those_of_a_fresh_emulator() {
    let mut steps = rows();
    let first = steps.len();
    let select = "$select=name,accountnumber";
    for id in [CONTOSO, FABRIKAM, MISSING, CONTOSO, MISSING] {
        steps.push(get(&format!("accounts({id})?{select}")));
    }
    let path = format!("accounts({FABRIKAM})?{select}");
    steps.push(get(&path).with("prefer", "odata.track-changes"));
    steps.push(get(&path).with("prefer", "odata.include-annotations=\"*\""));
    steps.push(get(&path).with("accept", "application/json;odata.metadata=none"));
    steps.push(get(&path).with("accept", "application/json;odata.metadata=full"));
    steps.push(get(&path).with("if-none-match", "*"));
    // Other ways to write the id, and URLs that are like the first without its id.
    for path in [
        format!("accounts({})", FABRIKAM.to_uppercase()),
        format!("accounts({})", FABRIKAM.replace('b', "B")),
        format!("accounts({})", MISSING.to_uppercase()),
        format!("accounts({{{FABRIKAM}}})"),
        format!("accounts('{FABRIKAM}')"),
        format!("accounts(guid'{FABRIKAM}')"),
        format!("accounts({})", FABRIKAM.replace('-', "")),
        format!("accounts({FABRIKAM}0)"),
        format!("accounts(accountid={FABRIKAM})"),
        format!("accounts%28{FABRIKAM}%29"),
        format!("Accounts({FABRIKAM})"),
        format!("contacts({FABRIKAM})"),
        "accounts()".to_owned(),
        "accounts".to_owned(),
        "accounts(accountnumber='F')".to_owned(),
        format!("accounts({FABRIKAM})/name"),
        format!("accounts({FABRIKAM})/primarycontactid"),
    ] {
        steps.push(get(&format!("{path}?{select}")));
        steps.push(get(&path));
    }
    let responses = compare(&steps).await;
    let reads = responses.get(first..).unwrap();
    for (at, id) in [(2, MISSING), (4, MISSING)] {
        let (status, text) = &reads[at];
        assert_eq!(*status, StatusCode::NOT_FOUND, "{text}");
        assert!(text.contains(&format!("Entity 'account' With Id = {id} Does Not Exist")), "{text}");
    }
    for (at, name) in [(0, "Contoso"), (1, "Fabrikam"), (3, "Contoso"), (5, "Fabrikam"), (10, "Fabrikam")] {
        let (status, text) = &reads[at];
        assert_eq!(*status, StatusCode::OK, "{text}");
        assert!(text.contains(&format!("\"name\":\"{name}\"")), "{text}");
    }
}

#[tokio::test]
async fn repeated_urls_of_collections_have_the_responses_of_a_fresh_emulator() {
    let mut steps = rows();
    let first = steps.len();
    let path = "accounts?$select=name";
    let own = "accounts?$select=name&$filter=Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')";
    let name = &format!("accounts({CONTOSO})/name");
    let number = "accounts(accountnumber='F')?$select=name";
    let all = [path, path, own, own, name, name, number, number].map(get);
    steps.extend(all.clone());
    steps.push(get(own).by("ben"));
    for prefer in
        ["odata.track-changes", "odata.maxpagesize=1", "odata.track-changes", "odata.include-annotations=*"]
    {
        steps.push(get(path).with("prefer", prefer));
    }
    steps.push(step(Method::PATCH, &format!("accounts({CONTOSO})"), Some(json!({ "name": "Tailspin" }))));
    steps.push(step(Method::DELETE, &format!("accounts({FABRIKAM})"), None));
    steps.extend(all);
    let responses = compare(&steps).await;
    let found: Vec<(u16, [bool; 4])> = responses[first..]
        .iter()
        .map(|(status, text)| {
            let words = ["Contoso", "Fabrikam", "Tailspin", "@odata.deltaLink"];
            (status.as_u16(), words.map(|word| text.contains(word)))
        })
        .collect();
    let row = |contoso, fabrikam, tailspin, delta| (200, [contoso, fabrikam, tailspin, delta]);
    let both = row(true, true, false, false);
    let contoso = row(true, false, false, false);
    let fabrikam = row(false, true, false, false);
    let tracked = row(true, true, false, true);
    let tailspin = row(false, false, true, false);
    let (written, missing) = ((204, [false; 4]), (404, [false; 4]));
    let expected = [
        both, both, contoso, contoso, contoso, contoso, fabrikam, fabrikam, fabrikam, tracked, contoso,
        tracked, both, written, written, tailspin, tailspin, tailspin, tailspin, tailspin, tailspin, missing,
        missing,
    ];
    assert_eq!(found, expected, "{:#?}", &responses[first..]);
}

#[tokio::test]
async fn expansions_of_rows_read_by_their_ids_are_those_of_a_fresh_emulator() {
    let mut steps = rows();
    let first = steps.len();
    for expand in [
        "primarycontactid($select=lastname)".to_owned(),
        "contact_customer_accounts($select=lastname),primarycontactid($select=lastname)".to_owned(),
        // The id in a filter is a value of its own.
        format!("contact_customer_accounts($select=lastname;$filter=_parentcustomerid_value eq {CONTOSO})"),
        // The caller decides, so that SQL is not kept.
        "contact_customer_accounts($select=lastname;$filter=Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid'))"
            .to_owned(),
    ] {
        for (user, id) in [("ann", CONTOSO), ("ben", CONTOSO), ("ben", FABRIKAM), ("ann", FABRIKAM)] {
            steps.push(get(&format!("accounts({id})?$select=name&$expand={expand}")).by(user));
        }
    }
    for filter in [format!("accountid eq {CONTOSO}"), "name eq 'Contoso'".to_owned()] {
        for id in [CONTOSO, FABRIKAM] {
            steps.push(get(&format!("accounts({id})?$select=name&$filter={filter}")));
        }
    }
    let responses = compare(&steps).await;
    let names = |at: usize| {
        let (status, text) = &responses[first + at];
        assert_eq!(*status, StatusCode::OK, "{text}");
        ["ann", "ben"].map(|name| text.contains(&format!("\"lastname\":\"{name}\"")))
    };
    let found: Vec<[bool; 2]> = (0..16).map(names).collect();
    let [a, b, none] = [[true, false], [false, true], [false, false]];
    assert_eq!(found, [a, a, b, b, a, a, b, b, a, a, none, none, a, none, b, none]);
}

#[tokio::test]
async fn a_read_row_has_the_columns_of_the_schema_at_that_time() {
    let mut steps = rows();
    let first = steps.len();
    let extra = |id: &str| get(&format!("accounts({id})?$select=name,new_extra"));
    let all = |id: &str| get(&format!("accounts({id})"));
    let label = json!({ "LocalizedLabels": [{ "Label": "Extra", "LanguageCode": 1033 }] });
    let column = json!({
        "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "SchemaName": "new_Extra",
        "DisplayName": label, "RequiredLevel": { "Value": "None" }, "MaxLength": 20, "FormatName": { "Value": "Text" },
    });
    let attributes = "EntityDefinitions(LogicalName='account')/Attributes";
    let list = get("accounts?$select=name,new_extra&$orderby=name");
    let reads = [extra(CONTOSO), all(CONTOSO), extra(FABRIKAM), all(FABRIKAM), list];
    steps.extend(reads.clone());
    steps.push(step(Method::POST, attributes, Some(column)));
    steps.push(step(Method::PATCH, &format!("accounts({FABRIKAM})"), Some(json!({ "new_extra": "x" }))));
    steps.extend(reads.clone());
    steps.push(step(Method::DELETE, &format!("{attributes}(LogicalName='new_extra')"), None));
    steps.extend(reads.clone());
    // A response with the row that was written has its columns in the same way.
    for id in [CONTOSO, FABRIKAM] {
        let path = format!("accounts({id})?$select=name");
        let change = json!({ "telephone1": "1" });
        steps.push(step(Method::PATCH, &path, Some(change)).with("prefer", "return=representation"));
    }
    let responses = compare(&steps).await;
    let found: Vec<(u16, bool)> = responses[first..]
        .iter()
        .map(|(status, text)| (status.as_u16(), text.contains("\"new_extra\":\"x\"")))
        .collect();
    let before = [(400, false), (200, false), (400, false), (200, false), (400, false)];
    let with_column = [(200, false), (200, false), (200, true), (200, true), (200, true)];
    let mut expected = before.to_vec();
    expected.extend([(204, false); 2]);
    expected.extend(with_column);
    expected.push((204, false));
    expected.extend(before);
    expected.extend([(200, false); 2]);
    assert_eq!(found, expected, "{:#?}", &responses[first..]);
}
