//! The second sample organisation, alone and beside the first one.

use std::collections::BTreeSet;

use dvkit_emulator::{BaseCurrency, Clock, Emulator};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Api, builder};

const FORMATTED: &str = "odata.include-annotations=\"OData.Community.Display.V1.FormattedValue\"";

/// An emulator of Fabrikam with its sample data, whose clock is stopped.
async fn fabrikam() -> Api {
    let clock = Clock::stopped("2026-11-29T12:00:00Z".parse().unwrap());
    Api::of(Emulator::fabrikam().clock(clock).seed_sample()).await
}

#[tokio::test]
async fn the_sample_data_fills_each_table_of_a_crm() {
    let api = fabrikam().await;
    let mut sizes = Vec::new();
    for set in [
        "accounts",
        "contacts",
        "leads",
        "opportunities",
        "tasks",
        "phonecalls",
        "emails",
        "appointments",
        "fab_visits",
        "annotations",
        "fab_phases",
        "transactioncurrencies",
        "activityparties",
        "activitypointers",
    ] {
        let found = api.get(&format!("{set}?$count=true&$top=1")).await;
        assert_eq!(found.status, StatusCode::OK, "{set}: {}", found.text);
        sizes.push((set, found.json["@odata.count"].as_u64().unwrap()));
    }
    let expected = [
        ("accounts", 14),
        ("contacts", 20),
        ("leads", 12),
        ("opportunities", 15),
        ("tasks", 10),
        ("phonecalls", 6),
        ("emails", 5),
        ("appointments", 5),
        ("fab_visits", 4),
        ("annotations", 6),
        ("fab_phases", 8),
        ("transactioncurrencies", 4),
        ("activityparties", 18),
        ("activitypointers", 30),
    ];
    assert_eq!(sizes, expected);
}

#[tokio::test]
async fn the_sample_data_is_the_same_in_every_run() {
    let (one, other) = (fabrikam().await, fabrikam().await);
    assert_eq!(one.running.export().unwrap(), other.running.export().unwrap());
}

#[tokio::test]
async fn labels_are_in_the_base_language_and_amounts_in_their_currency() {
    let api = fabrikam().await;
    let path = "leads?$select=leadsourcecode,statuscode&$filter=fab_externalid eq 'MSG-303'";
    let lead = api.get_preferring(path, FORMATTED).await;
    let shown = |name: &str| {
        lead.json["value"][0][format!("{name}@OData.Community.Display.V1.FormattedValue")].clone()
    };
    assert_eq!(
        (shown("leadsourcecode"), shown("statuscode")),
        (json!("Webformular"), json!("Termin vereinbart"))
    );

    // A currency with three decimals, one with none, and a column with four of its own.
    let path = "opportunities?$select=estimatedvalue,estimatedvalue_base,fab_discount&$expand=transactioncurrencyid($select=isocurrencycode)\
                &$filter=startswith(name,'Werkzeuge') or startswith(name,'Bohrkopf') or name eq 'Drehzentrum DZ 400'&$orderby=name";
    let found = api.get(path).await;
    let amounts: Vec<(String, String, String, String)> = (found.json["value"].as_array().unwrap().iter())
        .map(|row| {
            let text = |name: &str| row[name].to_string();
            let code = row["transactioncurrencyid"]["isocurrencycode"].as_str().unwrap().to_owned();
            (code, text("estimatedvalue"), text("estimatedvalue_base"), text("fab_discount"))
        })
        .collect();
    let of = |code: &str, amount: &str, base: &str, discount: &str| {
        (code.to_owned(), amount.to_owned(), base.to_owned(), discount.to_owned())
    };
    assert_eq!(
        amounts,
        [
            of("BHD", "5120.125", "11932.24", "150.1875"),
            of("CHF", "125000", "125000", "10.0125"),
            of("JPY", "1850000", "10787.17", "140.175"),
        ]
    );
}

#[tokio::test]
async fn alternate_keys_address_rows_by_the_id_of_another_system() {
    let api = fabrikam().await;
    for (path, member, name) in [
        ("accounts(fab_externalid='ERP-20001')", "name", "Alpina Maschinen AG"),
        ("contacts(fab_externalid='ERP-P-716')", "fullname", "Paul O'Neill"),
        ("leads(fab_externalid='MSG-301')", "fullname", "Andreas Wyss"),
        ("opportunities(fab_externalid='CRM-9001')", "name", "Drehzentrum DZ 400"),
        ("fab_phases(fab_pipeline='Wartung',fab_order=20)", "fab_name", "Offerte"),
    ] {
        let row = api.get(&format!("{path}?$select={member}")).await;
        assert_eq!(row.json[member], name, "{path}: {}", row.text);
    }
    let row = json!({ "lastname": "Neu", "fab_mobile": "+41 79 000 00 00" });
    let created = api.patch("contacts(fab_externalid='ERP-P-999')", row).await;
    assert_eq!(created.status, StatusCode::NO_CONTENT, "{}", created.text);
}

#[tokio::test]
async fn what_fabrikam_does_not_have_is_refused() {
    let api = fabrikam().await;
    for path in [
        "accounts?$select=websiteurl",
        "contacts?$select=mobilephone",
        "opportunities?$select=stepname",
        "leads?$expand=Lead_Annotation",
        "incidents",
    ] {
        let refused = api.get(path).await;
        assert!(refused.status.is_client_error(), "{path}: {}", refused.status);
    }
    let refused = api.get_preferring("tasks?$select=subject", "odata.track-changes").await;
    assert!(refused.status.is_client_error(), "{}", refused.text);
    let tracked = api.get_preferring("leads?$select=subject", "odata.track-changes").await;
    assert!(tracked.json["@odata.deltaLink"].is_string(), "{}", tracked.text);
}

#[tokio::test]
async fn parties_and_visits_belong_to_activities_of_every_kind() {
    let api = fabrikam().await;
    let path = "appointments?$select=subject&$filter=subject eq 'Vorführung DZ 400'\
                &$expand=appointment_activity_parties($select=participationtypemask)";
    let found = api.get(path).await;
    let parties = found.json["value"][0]["appointment_activity_parties"].as_array().unwrap();
    let masks: BTreeSet<i64> = parties.iter().map(|p| p["participationtypemask"].as_i64().unwrap()).collect();
    assert_eq!(masks, BTreeSet::from([5, 6, 7]));
    let visits = api.get("fab_visits?$select=subject,fab_expenses,fab_expenses_base&$orderby=subject").await;
    assert_eq!(visits.all("subject"), ["Besuch Alpina", "Besuch Davos", "Besuch Ulm", "Besuch Wyss"]);
    let all = api
        .get("activitypointers?$select=activitytypecode&$filter=activitytypecode eq 'fab_visit'&$count=true")
        .await;
    assert_eq!(all.json["@odata.count"], 4, "{}", all.text);
}

#[tokio::test]
async fn two_organisations_run_side_by_side_and_refuse_the_tokens_of_each_other() {
    let contoso = Api::of(builder().seed_sample()).await;
    let fabrikam = fabrikam().await;
    assert_ne!(contoso.running.url(), fabrikam.running.url());
    for (here, there) in [(&contoso, &fabrikam), (&fabrikam, &contoso)] {
        let url = here.running.web_api() + "WhoAmI";
        let own =
            Api::send(here.client.request(Method::GET, &url).bearer_auth(here.running.token("ann"))).await;
        assert_eq!(own.status, StatusCode::OK);
        let other =
            Api::send(here.client.request(Method::GET, &url).bearer_auth(there.running.token("ann"))).await;
        assert_eq!(other.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn two_organisations_have_no_id_in_common() {
    let contoso = Api::of(builder().seed_sample()).await;
    let fabrikam = fabrikam().await;
    let mut known: Vec<BTreeSet<String>> = Vec::new();
    for api in [&contoso, &fabrikam] {
        let mut ids = BTreeSet::new();
        let who = api.get("WhoAmI").await;
        for name in ["BusinessUnitId", "UserId", "OrganizationId"] {
            ids.insert(who.json[name].as_str().unwrap().to_owned());
        }
        for (set, key) in [
            ("accounts", "accountid"),
            ("contacts", "contactid"),
            ("opportunities", "opportunityid"),
            ("tasks", "activityid"),
            ("systemusers", "systemuserid"),
            ("teams", "teamid"),
            ("transactioncurrencies", "transactioncurrencyid"),
            ("annotations", "annotationid"),
        ] {
            let rows = api.get(&format!("{set}?$select={key}")).await;
            ids.extend(rows.all(key).iter().map(|id| id.as_str().unwrap().to_owned()));
        }
        known.push(ids);
    }
    let common: Vec<&String> = known[0].intersection(&known[1]).collect();
    assert_eq!(common, Vec::<&String>::new());
}

#[tokio::test]
async fn an_emulator_has_the_name_and_the_base_currency_that_it_is_given() {
    let yen = BaseCurrency { code: "JPY".into(), name: "Yen".into(), symbol: "¥".into(), precision: 0 };
    let api = Api::of(builder().organisation("tailspin").base_currency(yen)).await;
    let id = api.create("accounts", json!({ "name": "A", "revenue": 12.5 })).await;
    let row =
        api.get(&format!("accounts({id})?$select=revenue,revenue_base&$expand=transactioncurrencyid")).await;
    assert_eq!(row.json["transactioncurrencyid"]["isocurrencycode"], "JPY", "{}", row.text);
    assert_eq!(
        (row.json["revenue"].to_string(), row.json["revenue_base"].to_string()),
        ("13".into(), "13".into())
    );
    let organisations = api.get("organizations?$select=name").await;
    assert_eq!(organisations.all("name"), [Value::from("tailspin")]);
}

#[tokio::test]
async fn both_sample_organisations_have_rows_in_each_standard_table() {
    let contoso = Api::of(builder().seed_sample()).await;
    let fabrikam = fabrikam().await;
    for api in [&contoso, &fabrikam] {
        for set in [
            "accounts",
            "contacts",
            "leads",
            "opportunities",
            "tasks",
            "phonecalls",
            "appointments",
            "annotations",
        ] {
            let found = api.get(&format!("{set}/$count")).await;
            let count: u32 = found.text.trim_start_matches('\u{feff}').parse().unwrap();
            assert!(count > 0, "{set}");
        }
    }
}
