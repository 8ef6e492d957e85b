//! Amounts of money, their currency and their value in the base currency.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Api;

// covers: create / currency, rate and base amounts
// covers: update / currency, rate and base amounts
#[tokio::test]
async fn amounts_are_converted_to_the_base_currency() {
    let api = Api::start().await;
    let base = api.get("transactioncurrencies?$select=isocurrencycode,currencyprecision,exchangerate").await;
    assert_eq!(base.all("isocurrencycode"), ["USD"], "{}", base.text);
    let base = base.json["value"][0]["transactioncurrencyid"].as_str().unwrap().to_owned();
    let yen = json!({"currencyname": "Yen", "isocurrencycode": "JPY", "currencysymbol": "¥", "currencyprecision": 0, "exchangerate": 150});
    let yen = api.create("transactioncurrencies", yen).await;

    let plain = api.create("accounts", json!({"name": "no money"})).await;
    let row = api.get(&format!("accounts({plain})?$select=_transactioncurrencyid_value,exchangerate")).await;
    assert_eq!(row.json["_transactioncurrencyid_value"], Value::Null);

    let id = api.create("accounts", json!({"revenue": 100.005, "creditlimit": 1})).await;
    let path = format!("accounts({id})");
    let select = format!(
        "{path}?$select=revenue,revenue_base,creditlimit,creditlimit_base,exchangerate,_transactioncurrencyid_value"
    );
    let row = api.get(&select).await;
    assert_eq!(row.json["_transactioncurrencyid_value"], base.as_str(), "{}", row.text);
    assert_eq!((&row.json["revenue"], &row.json["revenue_base"]), (&json!(100.01), &json!(100.01)));
    assert_eq!(row.json["exchangerate"].as_f64(), Some(1.0));

    let bind = json!({"revenue": 1000.4, "transactioncurrencyid@odata.bind": format!("transactioncurrencies({yen})")});
    assert_eq!(api.patch(&path, bind).await.status, StatusCode::NO_CONTENT);
    let row = api.get(&select).await;
    assert_eq!(row.json["revenue"].as_f64(), Some(1000.0), "{}", row.text);
    assert_eq!(row.json["revenue_base"].as_f64(), Some(6.67));
    assert_eq!(row.json["creditlimit_base"].as_f64(), Some(0.01));
    assert_eq!(row.json["exchangerate"].as_f64(), Some(150.0));
    api.patch(&path, json!({"revenue": null})).await;
    let row = api.get(&select).await;
    assert_eq!((&row.json["revenue"], &row.json["revenue_base"]), (&Value::Null, &Value::Null));
}
