//! Functions and actions: the emulator's own, and those of the snapshot with the answers of hooks.

use dvkit_emulator::OperationError;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Api, builder};

const CRM: &str = "Microsoft.Dynamics.CRM.";

/// Encodes a value for a query.
fn encoded(value: &Value) -> String {
    value.to_string().bytes().map(|b| format!("%{b:02X}")).collect()
}

// covers: functions / WhoAmI
// covers: functions / RetrieveAvailableLanguages with and without brackets
// covers: functions / RetrieveTotalRecordCount
#[tokio::test]
async fn functions_about_the_organisation_are_answered() {
    let api = Api::start().await;
    let me = api.get("WhoAmI").await;
    assert_eq!(me.json["UserId"], api.get("WhoAmI()").await.json["UserId"], "{}", me.text);
    assert!(
        me.json["@odata.context"]
            .as_str()
            .unwrap()
            .ends_with("$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse")
    );
    for path in ["RetrieveAvailableLanguages", "RetrieveAvailableLanguages()"] {
        assert_eq!(api.get(path).await.json["LocaleIds"], json!([1031, 1033, 1036]));
    }
    api.create("accounts", json!({ "name": "a" })).await;
    api.create("accounts", json!({ "name": "b" })).await;
    let counts = api
        .get(&format!(
            "RetrieveTotalRecordCount(EntityNames=@p1)?@p1={}",
            encoded(&json!(["account", "task"]))
        ))
        .await;
    let counts = &counts.json["EntityRecordCountCollection"];
    assert_eq!((&counts["Keys"], &counts["Values"]), (&json!(["account", "task"]), &json!([2, 0])));
    assert_eq!(
        api.get("RetrieveTotalRecordCount(EntityNames=@p1)?@p1=[%22nothing%22]").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(api.get("RetrieveTotalRecordCount()").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(api.post("RetrieveTotalRecordCount", json!({})).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

// covers: functions / InitializeFrom
// covers: functions / IsValidStateTransition
#[tokio::test]
async fn functions_about_rows_are_answered() {
    let api = Api::start().await;
    let id = api.create("accounts", json!({ "name": "Contoso" })).await;
    let moniker = encoded(&json!({ "@odata.id": format!("accounts({id})") }));
    let new = api.get(&format!("InitializeFrom(EntityMoniker=@p1,TargetEntityName=@p2,TargetFieldType=@p3)?@p1={moniker}&@p2='new_project'&@p3={CRM}TargetFieldType'ValidForCreate'")).await;
    assert_eq!(new.json["new_Account@odata.bind"], format!("accounts({id})"), "{}", new.text);
    assert_eq!(new.json["@odata.type"], "#Microsoft.Dynamics.CRM.new_project");
    let valid = |state: &str, status: i64| {
        format!(
            "IsValidStateTransition(Entity=@p1,NewState=@p2,NewStatus=@p3)?@p1={moniker}&@p2='{state}'&@p3={status}"
        )
    };
    assert_eq!(api.get(&valid("Inactive", 2)).await.json["IsValid"], true);
    assert_eq!(api.get(&valid("Inactive", 1)).await.json["IsValid"], false);
    assert_eq!(api.get(&valid("Nothing", 2)).await.json["IsValid"], false);
}

// covers: actions / Merge
#[tokio::test]
async fn two_rows_are_merged() {
    let api = Api::start().await;
    let target = api.create("accounts", json!({ "name": "Contoso" })).await;
    let other = api.create("accounts", json!({ "name": "Contoso Ltd", "telephone1": "1" })).await;
    let account = |id: &str| json!({ "@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": id });
    let body = json!({
        "Target": account(&target), "Subordinate": account(&other), "PerformParentingChecks": false,
        "UpdateContent": { "@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "00000000-0000-0000-0000-000000000000", "telephone1": "1" },
    });
    let merged = api.post("Merge", body).await;
    assert_eq!(merged.status, StatusCode::NO_CONTENT, "{}", merged.text);
    assert_eq!(api.get(&format!("accounts({target})?$select=telephone1")).await.json["telephone1"], "1");
    let gone = api.get(&format!("accounts({other})?$select=statecode,_masterid_value")).await;
    assert_eq!(
        (&gone.json["statecode"], &gone.json["_masterid_value"]),
        (&json!(1), &json!(target)),
        "{}",
        gone.text
    );
    api.assert_version(&format!("accounts({other})")).await;
    let itself = json!({ "Target": account(&target), "Subordinate": account(&target) });
    assert_eq!(api.post("Merge", itself).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn rows_related_to_a_merged_row_move_with_their_base_rows_and_versions() {
    let api = Api::start().await;
    let target = api.create("accounts", json!({ "name": "Contoso" })).await;
    let other = api.create("accounts", json!({ "name": "Contoso Ltd" })).await;
    let regarding = json!({ "subject": "Call", "regardingobjectid_account_task@odata.bind": format!("/accounts({other})") });
    let task = api.create("tasks", regarding).await;
    let account = |id: &str| json!({ "@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": id });
    let merged =
        api.post("Merge", json!({ "Target": account(&target), "Subordinate": account(&other) })).await;
    assert_eq!(merged.status, StatusCode::NO_CONTENT, "{}", merged.text);
    for set in ["tasks", "activitypointers"] {
        let row = api.get(&format!("{set}({task})?$select=_regardingobjectid_value")).await;
        assert_eq!(row.json["_regardingobjectid_value"], target.as_str(), "{set}: {}", row.text);
        api.assert_version(&format!("{set}({task})")).await;
    }
}

// covers: actions / unbound custom API with a hook
// covers: actions / bound custom API with a hook
// covers: functions / bound custom API with a hook
#[tokio::test]
async fn hooks_answer_the_operations_of_the_snapshot() {
    let builder = builder()
        .operation("new_RecalculateBudgets", |call| Ok(json!({ "Count": call.parameters["AsOf"] })))
        .operation("new_Archive", |call| match call.bound.as_ref().unwrap().table.as_str() {
            "account" => Ok(Value::Null),
            table => Err(OperationError::refused(format!("{table} is open."))),
        })
        .operation("new_OpenProjects", |call| {
            Ok(json!([{ "new_name": call.parameters["MaxAgeInDays"].to_string() }]))
        })
        .operation("new_Undeclared", |call| Ok(json!({ "Said": call.parameters })));
    let api = Api::of(builder).await;
    let done = api.post("new_RecalculateBudgets", json!({ "AsOf": "2026-01-01T00:00:00Z" })).await;
    assert_eq!(done.json["Count"], "2026-01-01T00:00:00Z", "{}", done.text);
    assert!(
        done.json["@odata.context"]
            .as_str()
            .unwrap()
            .ends_with("#Microsoft.Dynamics.CRM.new_RecalculateBudgetsResponse")
    );

    let account = api.create("accounts", json!({ "name": "a" })).await;
    let project = api.create("new_projects", json!({ "new_name": "p" })).await;
    let archive = format!("accounts({account})/{CRM}new_Archive");
    assert_eq!(api.post(&archive, json!({ "Reason": "old" })).await.status, StatusCode::NO_CONTENT);
    let refused =
        api.post(&format!("new_projects({project})/{CRM}new_Archive"), json!({ "Reason": "old" })).await;
    assert_eq!(
        (refused.status, refused.json["error"]["message"].as_str()),
        (StatusCode::BAD_REQUEST, Some("new_project is open."))
    );

    for arguments in ["(MaxAgeInDays=7)", "(MaxAgeInDays=@p1)?@p1=7"] {
        let open = api.get(&format!("accounts({account})/{CRM}new_OpenProjects{arguments}")).await;
        assert_eq!(open.all("new_name"), ["7"], "{}", open.text);
        assert!(open.json["@odata.context"].as_str().unwrap().ends_with("$metadata#new_projects"));
    }
    let free = api.get("new_Undeclared(A='x''y',B=@b)?@b=%5B1%5D").await;
    assert_eq!(free.json["Said"], json!({ "A": "x'y", "B": [1] }), "{}", free.text);
}

// covers: actions / parameters are checked
#[tokio::test]
async fn parameters_have_to_be_those_of_the_declaration() {
    let api = Api::of(
        builder()
            .operation("new_Archive", |_| Ok(Value::Null))
            .operation("new_RecalculateBudgets", |_| Ok(Value::Null)),
    )
    .await;
    let account = api.create("accounts", json!({ "name": "a" })).await;
    let archive = format!("accounts({account})/{CRM}new_Archive");
    for body in [json!({}), json!({ "Reason": 5 }), json!({ "Reason": "x", "Other": 1 })] {
        let refused = api.post(&archive, body.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}: {}", refused.text);
    }
    for body in [json!({ "AsOf": "yesterday" }), json!({ "AsOf": "2026-01-01T00:00:00Z", "Projects": 1 })] {
        assert_eq!(api.post("new_RecalculateBudgets", body).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(
        api.post("new_Archive", json!({ "Reason": "x" })).await.status,
        StatusCode::NOT_FOUND,
        "it is bound"
    );
    assert_eq!(api.get(&format!("{archive}(Reason='x')")).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let nowhere = archive.replace(&account, "00000000-0000-0000-0000-000000000001");
    assert_eq!(api.post(&nowhere, json!({ "Reason": "x" })).await.status, StatusCode::NOT_FOUND);
}

// covers: actions / answers of a document
// refuses: actions / operations without an answer
#[tokio::test]
async fn a_document_answers_operations_and_others_are_named() {
    let answers = r#"{"new_RecalculateBudgets": [
        {"when": {"AsOf": "2026-01-01T00:00:00Z"}, "answer": {"Count": 3}},
        {"when": {"AsOf": "2027-01-01T00:00:00Z"}, "error": {"status": 403, "message": "Not yet."}}
    ]}"#;
    let api = Api::of(builder().operation_answers(answers).unwrap()).await;
    let call = |day: &str| json!({ "AsOf": format!("{day}T00:00:00Z") });
    assert_eq!(api.post("new_RecalculateBudgets", call("2026-01-01")).await.json["Count"], 3);
    assert_eq!(api.post("new_RecalculateBudgets", call("2027-01-01")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        api.post("new_RecalculateBudgets", call("2028-01-01")).await.status,
        StatusCode::NOT_IMPLEMENTED
    );
    for (method, path) in [
        (Method::POST, "GrantAccess"),
        (Method::GET, "RetrievePrincipalAccess(Target=@t)?@t={}"),
        (Method::GET, "CalculateRollupField(Target=@t,FieldName='x')?@t={\"@odata.id\":\"accounts(1)\"}"),
    ] {
        let request = api.request(method, path);
        let refused = Api::send(request).await;
        assert_eq!(refused.status, StatusCode::NOT_IMPLEMENTED, "{path}: {}", refused.text);
        assert!(refused.text.contains(path.split('(').next().unwrap()), "{}", refused.text);
    }
    assert!(builder().operation_answers("[]").is_err());
    assert!(builder().operation_answers(r#"{"x": [{"answr": 1}]}"#).is_err());
    let refused = |json: &str| builder().operation_answers(json).unwrap_err().to_string();
    assert!(
        refused(r#"{"new_Archiv": [{"answer": null}]}"#)
            .ends_with("no operation `new_Archiv`; did you mean `new_Archive`?")
    );
    for nothing in [r#"{"new_Archive": []}"#, r#"{"new_Archive": [{"when": {}}]}"#] {
        assert!(refused(nothing).contains("either `answer` or `error`"), "{nothing}");
    }
}

// covers: actions / AddMembersTeam and RemoveMembersTeam
// covers: functions / CalculateTotalTimeIncident
#[tokio::test]
async fn users_become_members_of_a_team_and_cases_have_a_total_time() {
    let api = Api::start().await;
    let me = api.get("WhoAmI").await;
    let (user, unit) = (me.json["UserId"].as_str().unwrap(), me.json["BusinessUnitId"].as_str().unwrap());
    let team = json!({
        "name": "Sales", "teamtype": 0, "administratorid@odata.bind": format!("systemusers({user})"),
        "businessunitid@odata.bind": format!("businessunits({unit})"),
    });
    let team = api.create("teams", team).await;
    let members = json!({ "Members": [{ "@odata.type": format!("{CRM}systemuser"), "systemuserid": user }] });
    let path = format!("teams({team})/teammembership_association?$select=systemuserid");
    for (action, expected) in [("AddMembersTeam", 1), ("AddMembersTeam", 1), ("RemoveMembersTeam", 0)] {
        let answer = api.post(&format!("teams({team})/{CRM}{action}"), members.clone()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{action}: {}", answer.text);
        let found = api.get(&path).await;
        assert_eq!(found.json["value"].as_array().map(Vec::len), Some(expected), "{}", found.text);
    }
    let nobody = json!({ "Members": [{ "systemuserid": "00000000-0000-0000-0000-000000000009" }] });
    let refused = api.post(&format!("teams({team})/{CRM}AddMembersTeam"), nobody).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text);

    let account = api.create("accounts", json!({ "name": "Contoso" })).await;
    let case = json!({ "title": "x", "customerid_account@odata.bind": format!("accounts({account})") });
    let case = api.create("incidents", case).await;
    for (minutes, done) in [(30, true), (15, true), (60, false)] {
        let task = json!({
            "subject": "x", "actualdurationminutes": minutes,
            "regardingobjectid_incident_task@odata.bind": format!("incidents({case})"),
        });
        let task = api.create("tasks", task).await;
        if done {
            let answer =
                api.patch(&format!("tasks({task})"), json!({ "statecode": 1, "statuscode": 5 })).await;
            assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
        }
    }
    let total = api.get(&format!("incidents({case})/{CRM}CalculateTotalTimeIncident()")).await;
    assert_eq!(total.json["TotalTime"], 45, "{}", total.text);
}

// covers: functions / an unknown function
#[tokio::test]
async fn functions_that_do_not_exist_are_404() {
    let api = Api::start().await;
    let account = api.create("accounts", json!({ "name": "Contoso" })).await;
    for path in ["NoSuchFunction()".to_owned(), format!("accounts({account})/{CRM}NoSuchFunction(A=1)")] {
        let answer = api.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
        let message = answer.json["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("Resource not found for the segment '"), "{message}");
    }
}
