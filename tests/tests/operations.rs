//! Typed operations against the emulator, whose hooks see what is sent: every kind of binding, parameter and
//! result.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::sync::{Arc, Mutex};

use dvkit::operation::{AnyValue, ComplexValue, EnumMember, Expando, Unchecked};
use dvkit::prelude::*;
use dvkit::{Decimal, Guid, RowWrite, jiff};
use dvkit_client::auth::StaticToken;
use dvkit_client::{Batch, Client, ErrorKind};
use dvkit_emulator::{Emulator, EmulatorBuilder, OperationCall, OperationError, RunningEmulator};
use dvkit_tests::workspace;
use expect_test::expect_file;
use serde_json::{Value, json};

/// The golden is compiled with this test, and every warning is an error.
#[deny(warnings, missing_docs)]
#[path = "../../fixtures/goldens/operations/mod.rs"]
pub mod crm;

use crm::new_project::NewProjectNewCondition;
use crm::operations::{
    AddMembersTeam, CalculateRollupField, NewArchiveAccount, NewArchiveNewProject, NewCloseProject,
    NewFindRows, NewImportProjects, NewInspect, NewOpenProjects, NewRate, NewRecalculateBudgets,
    RetrieveVersion, WhoAmI,
};
use crm::{Account, NewProject, Systemuser, Team};

const ID: Guid = Guid::from_u128(0x9dc8_5b6e_21af_4fe1_8c51_a8f2_9c73_a001);

#[test]
fn generated_operations_equal_the_golden() {
    let config = dvkit_codegen::schema("crm")
        .from_dir(workspace().join("fixtures/schema"))
        .tables(["account", "new_project"])
        .columns("account", ["name", "accountnumber", "revenue"])
        .columns("new_project", ["new_name", "new_condition", "new_budget"])
        .operations(["WhoAmI", "RetrieveVersion", "AddMembersTeam", "Calculate*", "new_*"]);
    let folder = workspace().join("fixtures/goldens/operations").canonicalize().unwrap();
    for (path, text) in config.generate().unwrap().files() {
        expect_file![folder.join(path)].assert_eq(&text);
    }
}

/// The calls that a hook has received.
type Calls = Arc<Mutex<Vec<OperationCall>>>;

/// Adds a hook that keeps the calls of an operation and answers with `answer`.
fn hook(builder: EmulatorBuilder, calls: &Calls, name: &str, answer: Value) -> EmulatorBuilder {
    let calls = Arc::clone(calls);
    builder.operation(name, move |call| {
        calls.lock().unwrap().push(call.clone());
        Ok(answer.clone())
    })
}

async fn start(builder: EmulatorBuilder) -> (RunningEmulator, Client) {
    let running = builder.start().await.unwrap();
    let token = StaticToken::new(running.token("ann"));
    let client = Client::builder(running.url()).token_source(token).build().unwrap();
    (running, client)
}

async fn one_call(name: &str, answer: Value) -> (RunningEmulator, Client, Calls) {
    let calls = Calls::default();
    let (running, client) = start(hook(Emulator::sample(), &calls, name, answer)).await;
    (running, client, calls)
}

fn parameters(calls: &Calls) -> Value {
    Value::Object(calls.lock().unwrap().last().unwrap().parameters.clone())
}

async fn account(client: &Client) -> dvkit::Ref<Account> {
    Account::create()
        .set(Account::NAME, "Contoso")
        .set(Account::ACCOUNTNUMBER, "A/1")
        .send(client)
        .await
        .unwrap()
}

async fn project(client: &Client) -> dvkit::Ref<NewProject> {
    NewProject::create().set(NewProject::NEW_NAME, "Bridge").send(client).await.unwrap()
}

#[tokio::test]
async fn an_unbound_function_returns_the_members_of_its_type() {
    let (_running, client) = start(Emulator::sample()).await;
    let me = WhoAmI::new().send(&client).await.unwrap();
    let user: Guid = me.get("UserId").unwrap();
    assert!(!user.is_nil());
    assert_eq!(me.names().collect::<Vec<_>>(), ["BusinessUnitId", "OrganizationId", "UserId"]);
    let error = dvkit_client::Error::from(me.get::<i32>("UserId").unwrap_err());
    assert!(error.to_string().contains("the member `UserId`: expected a whole number"), "{error}");
}

#[tokio::test]
async fn the_parameters_of_a_function_arrive_as_they_were_given() {
    let (_running, client, calls) = one_call("new_Rate", json!(922_337_203_685.25)).await;
    let day = jiff::civil::date(2026, 1, 31);
    let rate = NewRate::new(Decimal::new(125, 2), 0.5, day, ["EUR", "O'Neil & \"Co\" [1]"]);
    let rated = rate.ownership(EnumMember("UserOwned")).r#type(1_i64 << 40).send(&client).await.unwrap();
    assert_eq!(rated, Decimal::new(92_233_720_368_525, 2));
    let sent = parameters(&calls);
    assert_eq!(
        sent,
        json!({
            "Amount": 1.25, "Weight": 0.5, "Day": "2026-01-31",
            "Currencies": ["EUR", "O'Neil & \"Co\" [1]"], "Ownership": "UserOwned", "Type": 1_i64 << 40,
        })
    );
}

#[tokio::test]
async fn queries_and_filters_in_parameters_are_checked_texts() {
    let rows = json!([
        { "@odata.type": "#Microsoft.Dynamics.CRM.account", "accountid": ID.to_string(), "name": "Contoso" },
        { "@odata.type": "#Microsoft.Dynamics.CRM.task", "subject": "Call" },
    ]);
    let (_running, client, calls) = one_call("new_FindRows", rows).await;
    let text = "<fetch><entity name='account'><attribute name='name'/></entity></fetch>";
    let near = account(&client).await;
    let found = NewFindRows::new(Unchecked(text))
        .filter(Account::NAME.eq("O'Neil"))
        .near(near)
        .paging(serde_json::json!({ "Value": true }))
        .send(&client)
        .await
        .unwrap();
    assert_eq!(
        parameters(&calls),
        json!({
            "FetchXml": text, "Filter": "name eq 'O''Neil'",
            "Near": { "@odata.id": format!("accounts({})", near.id()) }, "Paging": { "Value": true },
        })
    );
    let first: Account = found[0].to().unwrap().unwrap();
    assert_eq!((first.accountid, first.name.as_deref()), (Some(ID), Some("Contoso")));
    assert_eq!(found[1].table().as_deref(), Some("task"));
    assert!(found[1].to::<Account>().unwrap().is_none());
    // Parameters that were not set and that the service does not allow to omit are null.
    NewFindRows::new(Unchecked(text)).send(&client).await.unwrap();
    assert_eq!(parameters(&calls)["Near"], Value::Null);
}

#[tokio::test]
async fn a_bound_action_takes_references_choices_and_open_types() {
    let answer = json!({ "Closed": true, "Remaining": 12.5, "Successors": [ID.to_string()] });
    let (_running, client, calls) = one_call("new_CloseProject", answer).await;
    let (project, account) = (project(&client).await, account(&client).await);
    let details = Expando::new().with("reason", "[done]").with("cost", Decimal::new(995, 1));
    let closed = NewCloseProject::on(project, account, NewProjectNewCondition::Type)
        .informed([AnyValue::new(account), AnyValue::new(Account::create().set(Account::NAME, "New"))])
        .details(details)
        .closed_on("2026-01-31T10:00:00Z".parse::<jiff::Timestamp>().unwrap())
        .send(&client)
        .await
        .unwrap();
    assert!(closed.get::<bool>("Closed").unwrap());
    assert_eq!(closed.get::<Decimal>("Remaining").unwrap(), Decimal::new(125, 1));
    assert_eq!(closed.get::<Vec<Guid>>("Successors").unwrap(), [ID]);
    let sent = parameters(&calls);
    let reference =
        json!({ "@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": account.id().to_string() });
    assert_eq!(sent["Account"], reference);
    assert_eq!(
        sent["Informed"],
        json!([reference, { "@odata.type": "Microsoft.Dynamics.CRM.account", "name": "New" }])
    );
    assert_eq!(
        sent["Details"],
        json!({
            "@odata.type": "Microsoft.Dynamics.CRM.expando",
            "reason@odata.type": "String", "reason": "[done]", "cost@odata.type": "Decimal", "cost": 99.5,
        })
    );
    assert_eq!(
        (&sent["Condition"], &sent["ClosedOn"]),
        (&json!(NewProjectNewCondition::Type.value()), &json!("2026-01-31T10:00:00Z"))
    );
    let bound = calls.lock().unwrap()[0].bound.clone().unwrap();
    assert_eq!((bound.table.as_str(), bound.id), ("new_project", Some(project.id())));
}

#[tokio::test]
async fn overloads_are_called_on_rows_of_their_table_by_id_or_key() {
    let calls = Calls::default();
    let builder = hook(Emulator::sample(), &calls, "new_Archive", Value::Null);
    let (_running, client) = start(builder).await;
    account(&client).await;
    let by_key = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A/1",));
    NewArchiveAccount::on(by_key, "old").send(&client).await.unwrap();
    let (one, other) = (project(&client).await, project(&client).await);
    NewArchiveNewProject::on(one, "old").successor(other).send(&client).await.unwrap();
    let calls = calls.lock().unwrap();
    let tables: Vec<_> = calls.iter().map(|call| call.bound.as_ref().unwrap().table.clone()).collect();
    assert_eq!(tables, ["account", "new_project"]);
    assert_eq!(calls[1].parameters["Successor"]["new_projectid"], other.id().to_string());
}

#[tokio::test]
async fn a_collection_bound_action_takes_and_returns_rows() {
    let budget = "922337203685477.5807";
    let rows = format!(
        r#"{{"new_ImportProjects": [{{"answer": [{{"new_name": "A", "new_budget": {budget}}}, {{"new_name": "B"}}]}}]}}"#
    );
    let builder = Emulator::sample().operation_answers(&rows).unwrap();
    let (_running, client) = start(builder).await;
    let rows: Vec<RowWrite<NewProject, dvkit::Create>> =
        ["A", "B"].map(|name| NewProject::create().set(NewProject::NEW_NAME, name)).into();
    let import = NewImportProjects::new(rows).budget(Decimal::new(5, 1)).source(vec![1, 2, 3]);
    assert_eq!(import.url(), "new_projects/Microsoft.Dynamics.CRM.new_ImportProjects");
    assert_eq!(
        import.body().unwrap().unwrap(),
        r#"{"Rows":[{"@odata.type":"Microsoft.Dynamics.CRM.new_project","new_name":"A"},{"@odata.type":"Microsoft.Dynamics.CRM.new_project","new_name":"B"}],"Budget":0.5,"Source":"AQID"}"#
    );
    let imported = import.send(&client).await.unwrap();
    assert_eq!(imported.len(), 2);
    assert_eq!(imported[1].new_name.as_deref(), Some("B"));
}

#[tokio::test]
async fn an_open_type_is_returned_as_a_dictionary() {
    let answer = json!({
        "@odata.type": "#Microsoft.Dynamics.CRM.expando",
        "score@odata.type": "#Decimal", "score": 0.25, "inner": { "ids": [ID.to_string()] },
    });
    let (_running, client, _) = one_call("new_Inspect", answer).await;
    let inspected = NewInspect::new(Expando::new().with("a", 1)).send(&client).await.unwrap();
    assert_eq!(inspected.get::<Decimal>("score").unwrap(), Decimal::new(25, 2));
    let inner: ComplexValue = inspected.get("inner").unwrap();
    assert_eq!(inner.get::<Vec<Guid>>("ids").unwrap(), [ID]);
}

#[tokio::test]
async fn a_composable_function_takes_a_query_and_returns_rows() {
    let (_running, client, calls) = one_call("new_OpenProjects", json!([{ "new_name": "Bridge" }])).await;
    let account = account(&client).await;
    let open = NewOpenProjects::on(account).max_age_in_days(30);
    let projects = open.send(&client).await.unwrap();
    assert_eq!(projects[0].new_name.as_deref(), Some("Bridge"));
    assert_eq!(parameters(&calls), json!({ "MaxAgeInDays": 30 }));
    let open = open.query(&NewProject::query().select(NewProject::NEW_NAME).top(5));
    assert!(open.url().ends_with("/Microsoft.Dynamics.CRM.new_OpenProjects(MaxAgeInDays=@MaxAgeInDays)?$select=new_name&$top=5&@MaxAgeInDays=30"), "{}", open.url());
}

#[tokio::test]
async fn members_of_a_team_are_given_by_their_own_key() {
    let (_running, client) = start(Emulator::sample().seed_sample()).await;
    let user = Systemuser::query().first(&client).await.unwrap().unwrap();
    let team = Team::query().first(&client).await.unwrap().unwrap();
    AddMembersTeam::on(Team::id(team.teamid.unwrap()), [Systemuser::id(user.systemuserid.unwrap())])
        .send(&client)
        .await
        .unwrap();
}

#[tokio::test]
async fn operations_in_a_batch_are_decoded_by_their_type() {
    let calls = Calls::default();
    let builder = hook(Emulator::sample(), &calls, "new_RecalculateBudgets", json!({ "Changed": 3 }));
    let (_running, client) = start(builder).await;
    let as_of = "2026-01-31T00:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let recalculate = NewRecalculateBudgets::new(as_of).projects(Vec::<dvkit::Ref<NewProject>>::new());
    let mut batch = Batch::new();
    let who = batch.add(WhoAmI::new().request());
    let changed = batch.add(recalculate.request());
    let results = client.batch(batch).await.unwrap();
    let me = WhoAmI::read(results.get(who).unwrap()).unwrap();
    assert!(me.get::<Guid>("UserId").is_ok());
    assert_eq!(
        NewRecalculateBudgets::read(results.get(changed).unwrap()).unwrap().get::<i32>("Changed"),
        Ok(3)
    );
}

#[tokio::test]
async fn a_wrong_result_and_a_refused_call_are_errors_that_say_why() {
    let builder = Emulator::sample()
        .operation("new_Rate", |_| Ok(json!("much")))
        .operation("new_Inspect", |_| Err(OperationError::refused("Not today.")));
    let (_running, client) = start(builder).await;
    let rate = NewRate::new(1, 1, jiff::civil::date(2026, 1, 31), Vec::<&str>::new());
    let error = rate.send(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(error.to_string().contains("expected a decimal number, found \"much\""), "{error}");
    let inspect = NewInspect::new(Expando::new());
    let error = inspect.send(&client).await.unwrap_err();
    assert!(error.to_string().contains("Not today."), "{error}");
    // A value that cannot be sent is an error before anything is sent.
    let inspect = NewInspect::new(Expando::new().with("x", f64::INFINITY));
    let error = inspect.send(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("the parameter `Payload` of `new_Inspect` cannot be sent"), "{error}");
}

#[test]
fn requests_of_functions_may_be_repeated_and_those_of_actions_may_not() {
    let version = RetrieveVersion::new().request();
    assert_eq!((version.method().as_str(), version.target()), ("GET", "RetrieveVersion()"));
    let field = CalculateRollupField::new(Account::id(ID), "new_total").request();
    assert!(field.target().starts_with("CalculateRollupField(Target=@Target,FieldName=@FieldName)?@Target="));
    let archive = NewArchiveAccount::on(Account::id(ID), "x").request();
    assert_eq!(archive.method().as_str(), "POST");
}
