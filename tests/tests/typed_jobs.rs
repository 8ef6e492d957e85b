//! Typed jobs against the rows of the emulator: changes, bulk loads, files, searches, and operations in change sets and
//! in the background.
#![allow(unreachable_pub, reason = "generated modules are public")]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::io::Cursor;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dvkit::client::{NewRow, search_table};
use dvkit::operation::{AnyValue, BackgroundCall};
use dvkit::prelude::*;
use dvkit::{Decimal, Entity, Guid, Ref, filter};
use dvkit_client::auth::StaticToken;
use dvkit_client::bulk::{BulkOptions, BulkResult, BulkRow};
use dvkit_client::{Batch, Change, ChangeSet, Client, ErrorKind, Search};
use dvkit_emulator::{Emulator, EmulatorBuilder, OperationCall, OperationError, RunningEmulator};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

#[dvkit::schema("crm")]
mod crm {}

use crm::operations::{
    NewArchiveAccount, NewCloseProject, NewImportProjects, NewInspect, NewRecalculateBudgets,
};
use crm::{Account, Contact, NewProject};

const ID: Guid = Guid::from_u128(0x9dc8_5b6e_21af_4fe1_8c51_a8f2_9c73_b001);

/// More digits than a float has.
const AMOUNT: &str = "90071992547409.9301";

async fn started(builder: EmulatorBuilder) -> (RunningEmulator, Client) {
    let running = builder.start().await.unwrap();
    let client = client(&running);
    (running, client)
}

fn client(running: &RunningEmulator) -> Client {
    let token = StaticToken::new(running.token("ann"));
    Client::builder(running.url()).token_source(token).build().unwrap()
}

fn amount() -> Decimal {
    AMOUNT.parse().unwrap()
}

#[derive(Debug, PartialEq, Entity)]
#[dvkit(table = "contact")]
struct Person {
    lastname: Option<String>,
    #[dvkit(formatted = "statecode")]
    state: Option<String>,
}

#[tokio::test]
async fn changes_come_typed_and_their_link_is_kept() {
    let (running, crm) = started(Emulator::sample()).await;
    let create = |name| Contact::create().set(Contact::LASTNAME, name);
    let [ann, bob] = [create("Ann").send(&crm).await.unwrap(), create("Bob").send(&crm).await.unwrap()];
    let query = Contact::changes().select_entity::<Person>();
    let mut all = query.start(&crm);
    let mut names = Vec::new();
    while let Some(change) = all.try_next().await.unwrap() {
        assert_eq!(all.link(), None);
        let Change::Upserted(person) = change else { panic!("nothing was deleted") };
        assert_eq!(person.state.as_deref(), Some("Active"));
        names.extend(person.lastname);
    }
    assert_eq!(names, ["Ann", "Bob"]);
    let link = all.link().unwrap().to_owned();

    ann.update(&crm, &Contact::update().set(Contact::LASTNAME, "Anne")).await.unwrap();
    bob.delete(&crm).await.unwrap();
    let mut since = query.since(&crm, &link);
    let changes: Vec<Change<Person>> = since.by_ref().try_collect().await.unwrap();
    let anne = Person { lastname: Some("Anne".to_owned()), state: Some("Active".to_owned()) };
    assert!(changes.contains(&Change::Upserted(anne)), "{changes:?}");
    assert!(changes.iter().any(|c| matches!(c, Change::Deleted { id, .. } if *id == bob.id())));
    assert_eq!(changes.len(), 2);
    let nothing: Vec<Change<Person>> = query.since(&crm, since.link().unwrap()).try_collect().await.unwrap();
    assert_eq!(nothing, []);

    running.clock().advance(Duration::from_secs(60 * 86_400));
    let late = query.since(&client(&running), &link).try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::ExpiredDeltaLink, "{late}");
}

#[tokio::test]
async fn a_delta_link_of_another_query_is_not_sent() {
    let (running, crm) = started(Emulator::sample().seed_sample()).await;
    let names = Contact::changes().select(Contact::LASTNAME);
    let mut all = names.start(&crm);
    while all.try_next().await.unwrap().is_some() {}
    let link = all.link().unwrap().to_owned();
    running.clear_requests();
    let more = Contact::changes().select((Contact::LASTNAME, Contact::FIRSTNAME)).since(&crm, &link);
    let error = more.try_collect::<Vec<_>>().await.unwrap_err();
    assert!(error.to_string().contains("without `firstname`"), "{error}");
    let everything = Contact::changes().since(&crm, &link).try_collect::<Vec<_>>().await.unwrap_err();
    assert!(everything.to_string().contains("without all columns"), "{everything}");
    let mut accounts = Account::changes().since(&crm, &link);
    let error = accounts.try_next().await.unwrap_err();
    assert!(error.to_string().contains("is one of `contacts`"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(accounts.try_next().await.unwrap().is_none() && accounts.link().is_none());
    let page = Contact::changes().since(&crm, "contacts?$select=lastname");
    assert!(page.try_collect::<Vec<_>>().await.unwrap_err().to_string().contains("no `$deltatoken`"));
    assert_eq!(running.requests().len(), 0);
    // Fewer columns than those of the link are not missing.
    let changes: Vec<Change<Contact>> = names.since(&crm, &link).try_collect().await.unwrap();
    assert_eq!(changes.len(), 0);
}

#[tokio::test]
async fn typed_writes_are_rows_of_bulk_loads_with_all_digits() {
    let (running, crm) = started(Emulator::sample()).await;
    let values = || Account::create().set(Account::NAME, "Contoso").set(Account::REVENUE, amount());
    let key = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1",));
    let upsert = Account::update().set(Account::NAME, "By key").set(Account::REVENUE, amount());
    let load = async |rows: Vec<BulkRow>| -> Vec<BulkResult> {
        crm.bulk(stream::iter(rows), BulkOptions::default()).collect().await
    };
    let results = load(vec![
        values().bulk().key("new"),
        Account::id(ID).bulk_create(&values()).key("own"),
        key.bulk_upsert(&upsert).key("A-1"),
    ])
    .await;
    let keys: Vec<&str> = results.iter().map(|result| result.key.as_str()).collect();
    assert_eq!(keys, ["new", "own", "A-1"]);
    let new = results[0].outcome.as_ref().unwrap().id.unwrap();
    assert_eq!(results[1].outcome.as_ref().unwrap().id, Some(ID));
    results[2].outcome.as_ref().unwrap();
    for name in [Account::id(new).get(&crm), Account::id(ID).get(&crm)] {
        assert_eq!(name.await.unwrap().name.as_deref(), Some("Contoso"));
    }
    assert_eq!(key.get(&crm).await.unwrap().name.as_deref(), Some("By key"));
    // The emulator stores floats, and its record of requests has what was sent.
    let sent: Vec<String> = running.requests().into_iter().map(|request| request.body).collect();
    let digits = format!("\"revenue\":{AMOUNT}");
    assert_eq!(sent.iter().map(|body| body.matches(&digits).count()).sum::<usize>(), 3, "{sent:?}");

    let change = Account::update().set(Account::NAME, "Changed");
    let results = load(vec![
        Account::id(ID).bulk_update(&change),
        Account::id(new).bulk_upsert(&change),
        Account::id(new).bulk_delete(),
    ])
    .await;
    assert!(results.iter().all(|result| result.outcome.is_ok()), "{results:?}");
    assert_eq!(Account::id(ID).get(&crm).await.unwrap().name.as_deref(), Some("Changed"));
    assert_eq!(Account::id(new).get(&crm).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_a_bulk_message_cannot_write_is_an_error_of_its_row_alone() {
    let (_running, crm) = started(Emulator::sample()).await;
    let group = ChangeSet::new().create(&Account::create());
    let key = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1",));
    let rows = vec![
        Account::create().set(Account::NAME, "Good").bulk(),
        Account::create().bind(Account::PARENTACCOUNTID, group).bulk(),
        Account::create().children(Account::CONTACT_CUSTOMER_ACCOUNTS, [Contact::create()]).bulk(),
        key.bulk_upsert(&Account::update().set(Account::ACCOUNTNUMBER, "A-2")),
    ];
    let results: Vec<BulkResult> = crm.bulk(stream::iter(rows), BulkOptions::default()).collect().await;
    let errors: Vec<String> = results
        .iter()
        .map(|result| result.outcome.as_ref().map_or_else(ToString::to_string, |_| String::new()))
        .collect();
    assert_eq!(errors[0], "");
    for (error, part) in errors[1..].iter().zip(["no change sets", "contact_customer_accounts", "accountnumber"]) {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(Account::query().rows(&crm).try_collect::<Vec<_>>().await.unwrap().len(), 1);
}

#[tokio::test]
async fn files_and_images_are_those_of_typed_columns() {
    let (_running, crm) = started(Emulator::sample()).await;
    let project = NewProject::create().set(NewProject::NEW_NAME, "P").send(&crm).await.unwrap();
    let contract = project.file(&crm, NewProject::NEW_CONTRACT);
    contract.upload("contract.txt", Cursor::new(b"text".to_vec())).send().await.unwrap();
    let mut read = Vec::new();
    contract.download().await.unwrap().write_to(&mut read).await.unwrap();
    assert_eq!(read, b"text");
    assert!(project.get(&crm).await.unwrap().new_contract.is_some());
    let by_key = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A/1",)).image(&crm, Account::ENTITYIMAGE);
    assert!(format!("{by_key:?}").contains("accounts(accountnumber='A%2F1')/entityimage"), "{by_key:?}");
}

#[tokio::test]
async fn a_search_has_typed_columns_and_a_checked_filter() {
    let (running, crm) = started(Emulator::sample().seed_sample()).await;
    let state = crm::account::AccountState::Active;
    let table = search_table::<Account>()
        .select((Account::NAME, Account::PRIMARYCONTACTID))
        .search_in(Account::NAME)
        .filter(filter!(Account, "statecode eq {state} and not (name eq 'a/b' or (revenue ge 1000000000))"))
        .filter(Account::NAME.ne("x/y"));
    let search = Search::new("Contoso").table(table);
    let body = serde_json::to_value(&search).unwrap();
    let entities: Value = serde_json::from_str(body["entities"].as_str().unwrap()).unwrap();
    assert_eq!(entities[0]["selectColumns"], json!(["name", "primarycontactid"]));
    let found = crm.search(&search).await.unwrap();
    assert!(!found.rows.is_empty() && found.rows.iter().all(|row| row.table == "account"));

    running.clear_requests();
    let one = Account::NAME.eq("x");
    let filters = [
        (filter!(Account, "primarycontactid/fullname eq 'x'"), "primarycontactid/fullname"),
        (filter!(Account, "name eq 'x' or contains(name,'x')"), "`contains`"),
        (filter!(Account, "contact_customer_accounts/any(c:c/lastname eq 'x')"), "contact_customer_accounts/any"),
        (filter!(Account, "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=3)"), "`LastXDays`"),
        (filter!(Account, "accountnumber eq name"), "two columns"),
        (filter!(Account, "name eq 'a' and {one}", one = Account::NAME.contains("x")), "`contains`"),
        (Account::PRIMARYCONTACTID.then(Contact::LASTNAME).eq("x").and(one), "primarycontactid/lastname"),
        (Account::CONTACT_CUSTOMER_ACCOUNTS.any(Contact::LASTNAME.eq("x")), "contact_customer_accounts/any"),
    ];
    for (filter, part) in filters {
        let search = Search::new("Contoso").table(search_table::<Account>().filter(filter));
        let error = crm.search(&search).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(part), "{part}: {error}");
        assert_eq!(crm.suggest(&search).await.unwrap_err().kind(), ErrorKind::Configuration);
    }
    assert_eq!(running.requests().len(), 0);
}

/// Returns an organisation whose operation `name` notes its calls and answers with `answer`.
async fn with_hook(name: &str, answer: Value) -> (RunningEmulator, Client, Arc<Mutex<Vec<OperationCall>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&calls);
    let builder = Emulator::sample().operation(name, move |call| {
        noted.lock().unwrap().push(call.clone());
        Ok(answer.clone())
    });
    let (running, client) = started(builder).await;
    (running, client, calls)
}

#[tokio::test]
async fn an_action_of_a_change_set_is_called_on_a_row_that_the_change_set_creates() {
    let (_running, crm, calls) = with_hook("new_Archive", Value::Null).await;
    let mut changes = ChangeSet::new();
    let account = changes.create(&Account::create().set(Account::NAME, "Contoso"));
    let archive = NewArchiveAccount::on(account, "old");
    changes.add(archive.request());
    let mut batch = Batch::new();
    let handles = batch.change_set(changes);
    let responses = crm.batch(batch).await.unwrap();
    for handle in handles {
        responses.get(handle).as_ref().unwrap();
    }
    let created = Account::query().first(&crm).await.unwrap().unwrap().accountid;
    let calls = calls.lock().unwrap();
    assert_eq!(calls[0].bound.as_ref().unwrap().id, created);

}

#[tokio::test]
async fn an_action_takes_rows_that_the_change_set_creates_as_parameters() {
    let (_running, crm, calls) = with_hook("new_CloseProject", json!({})).await;
    let project = NewProject::create().set(NewProject::NEW_NAME, "P").send(&crm).await.unwrap();
    let mut changes = ChangeSet::new();
    let account = changes.create(&Account::create().set(Account::NAME, "Contoso"));
    let close = NewCloseProject::on(project, account, 1)
        .informed([AnyValue::new(account), AnyValue::new(Account::id(ID))])
        .details(Contact::create().bind(Contact::PARENTCUSTOMERID_ACCOUNT, account));
    changes.add(close.request());
    let mut batch = Batch::new();
    let handles = batch.change_set(changes);
    let responses = crm.batch(batch).await.unwrap();
    responses.get(handles[1]).as_ref().unwrap();
    let created = Account::query().first(&crm).await.unwrap().unwrap().accountid.unwrap();
    let parameters = Value::from(calls.lock().unwrap()[0].parameters.clone());
    let text = parameters.to_string();
    assert_eq!(text.matches(&created.to_string()).count(), 3, "{text}");
    assert!(!text.contains('$'), "{text}");

    // Each of the three places alone is a reference, too.
    let stranger: NewRow<Account> = NewRow::new(ChangeSet::new().add(Account::create().request()));
    let by_value = || Contact::create().bind(Contact::PARENTCUSTOMERID_ACCOUNT, stranger);
    let requests = [
        NewCloseProject::on(project, stranger, 1).request(),
        NewCloseProject::on(project, Account::id(ID), 1).informed([AnyValue::new(stranger)]).request(),
        NewCloseProject::on(project, Account::id(ID), 1).details(by_value()).request(),
        NewInspect::new(stranger).request(),
    ];
    for request in requests {
        let mut changes = ChangeSet::new();
        changes.add(request);
        let mut batch = Batch::new();
        batch.change_set(changes);
        assert_eq!(crm.batch(batch).await.unwrap_err().kind(), ErrorKind::Configuration);
    }
}

#[tokio::test]
async fn a_function_cannot_name_a_row_of_a_change_set() {
    let (_running, crm) = started(Emulator::sample()).await;
    let account = ChangeSet::new().create(&Account::create());
    let error = crm::operations::NewOpenProjects::on(account).send(&crm).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("a change set has no functions"), "{error}");
}

#[tokio::test]
async fn an_action_in_the_background_has_its_typed_result() {
    let builder = Emulator::sample()
        .operation("new_RecalculateBudgets", |call| {
            match call.parameters["AsOf"].as_str().is_some_and(|day| day.starts_with("1999")) {
                true => Err(OperationError::refused("The books of 1999 are closed.")),
                false => Ok(json!({ "Result": 7 })),
            }
        })
        .operation("new_Archive", |_| Ok(Value::Null))
        .operation("new_ImportProjects", |_| {
            Ok(json!([{ "new_projectid": ID.to_string(), "new_name": "P", "new_budget": 1.5 }]))
        });
    let (_running, crm) = started(builder).await;
    let day = |day: &str| day.parse::<dvkit::jiff::Timestamp>().unwrap();
    let call = NewRecalculateBudgets::new(day("2026-01-01T00:00:00Z")).start_in_background(&crm).await.unwrap();
    assert!(call.state().await.unwrap().has_ended());
    // The address is enough, in another process too.
    let same = BackgroundCall::<NewRecalculateBudgets>::at(&crm, call.address());
    let result = same.wait().await.unwrap();
    assert_eq!(result.get::<i32>("Result").unwrap(), 7);
    assert_eq!(result.names().collect::<Vec<_>>(), ["Result"]);
    let failed = NewRecalculateBudgets::new(day("1999-01-01T00:00:00Z")).start_in_background(&crm).await.unwrap();
    let error = failed.wait().await.unwrap_err();
    assert!(error.to_string().contains("The books of 1999 are closed."), "{error}");

    let account: Ref<Account> = Account::create().set(Account::NAME, "A").send(&crm).await.unwrap();
    NewArchiveAccount::on(account, "old").start_in_background(&crm).await.unwrap().wait().await.unwrap();
    let import = NewImportProjects::new([NewProject::create()]).start_in_background(&crm).await.unwrap();
    let projects: Vec<NewProject> = import.wait().await.unwrap();
    assert_eq!((projects.len(), projects[0].new_name.as_deref()), (1, Some("P")));
}
