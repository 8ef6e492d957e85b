//! The texts that annotations give for values, for columns of all types.

use dvkit_emulator::InProcessEmulator;
use expect_test::expect;
use serde_json::{Value, json};

use super::made::{builder, table, text};
use super::send;

const CURRENCY: &str = "transactioncurrencies(00000000-0000-0000-0000-00000000000c)";

/// Starts an emulator whose table `new_a` has a column `new_c<n>` of each type, and a currency with three decimal
/// places.
fn emulator(types: impl Iterator<Item = Value>) -> InProcessEmulator {
    let mut columns = vec![text("new_name")];
    columns.extend(types.enumerate().map(|(n, mut column)| {
        column.as_object_mut().unwrap().insert("name".to_owned(), format!("new_c{n}").into());
        column
    }));
    columns
        .push(json!({"name": "transactioncurrencyid", "type": "lookup", "targets": ["transactioncurrency"]}));
    let mut made = table("new_a", &columns);
    let lookup = json!({
        "navigation": "transactioncurrencyid", "side": "many_to_one", "table": "transactioncurrency",
        "column": "transactioncurrencyid", "referenced": "transactioncurrencyid",
    });
    made.relationships = vec![serde_json::from_value(lookup).unwrap()];
    made.display_name = dvkit_schema::LocalizedText::new(1033, "A thing");
    let emulator = builder([made]).in_process().unwrap();
    let dinar = json!({
        "transactioncurrencyid": super::id("c"), "currencyname": "Dinar", "currencysymbol": "D", "currencyprecision": 3,
        "exchangerate": 1,
    });
    assert_eq!(send(&emulator, &format!("POST transactioncurrencies | {dinar}")).status(), 204);
    emulator
}

/// Returns the formatted value of a column for a value. `-` is a value without text.
fn formatted(emulator: &InProcessEmulator, column: usize, value: &Value, with_currency: bool) -> String {
    let mut body = json!({format!("new_c{column}"): value});
    if with_currency {
        body.as_object_mut().unwrap().insert("transactioncurrencyid@odata.bind".to_owned(), CURRENCY.into());
    }
    let prefer = "Prefer: return=representation,odata.include-annotations=\"*\"";
    let response = send(emulator, &format!("POST new_as?$select=new_c{column} | {prefer} | {body}"));
    let row: Value = serde_json::from_slice(response.body()).unwrap();
    let text = row[format!("new_c{column}@OData.Community.Display.V1.FormattedValue")].as_str();
    text.map_or_else(|| "-".to_owned(), str::to_owned)
}

#[test]
fn a_value_of_each_type_has_the_text_that_people_read() {
    let choice = json!({"local": {"name": "o", "options": [
        {"value": 0, "label": {"1033": "Off", "1031": "Aus"}}, {"value": 1, "label": {"1033": "On"}},
        {"value": 7, "label": {"1031": "Sieben"}}, {"value": 8},
    ]}});
    let cases = [
        (json!({"type": "string"}), vec![json!("x")]),
        (json!({"type": "integer"}), vec![json!(0), json!(999), json!(1000), json!(-1_234_567)]),
        (json!({"type": "big_int"}), vec![json!(1_234_567_890_123_i64)]),
        (json!({"type": "decimal"}), vec![json!(1234.5), json!(0.5)]),
        (json!({"type": "decimal", "precision": 2}), vec![json!(1234.5), json!(1), json!(-0.001)]),
        (json!({"type": "double", "precision": 3}), vec![json!(0.125), json!(2)]),
        (json!({"type": "double"}), vec![json!(0.125)]),
        (json!({"type": "money", "precision": 1, "precision_source": 0}), vec![json!(1234.56), json!(-5)]),
        (json!({"type": "money", "precision": 1, "precision_source": 1}), vec![json!(1234.567)]),
        (json!({"type": "money", "precision": 1, "precision_source": 2}), vec![json!(1234.5678)]),
        (json!({"type": "money", "precision": 4}), vec![json!(1.5)]),
        (json!({"type": "money"}), vec![json!(1.5)]),
        (json!({"type": "boolean"}), vec![json!(true), json!(false)]),
        (json!({"type": "boolean", "choice": choice.clone()}), vec![json!(true), json!(false)]),
        (json!({"type": "choice", "choice": choice.clone()}), vec![json!(0), json!(7), json!(8)]),
        (json!({"type": "choice", "choice": {"global": "nowhere"}}), vec![json!(1)]),
        (json!({"type": "choices", "choice": choice}), vec![json!("0"), json!("7,1,0"), json!("8")]),
        (json!({"type": "choices"}), vec![json!("1")]),
        (json!({"type": "entity_name"}), vec![json!("new_a"), json!("nothing")]),
        (json!({"type": "date_time", "behavior": "date_only"}), vec![json!("2026-01-05")]),
        (json!({"type": "date_time", "behavior": "user_local"}), vec![json!("2026-01-05T13:07:09Z")]),
        (
            json!({"type": "date_time", "behavior": "user_local", "date_format": true}),
            vec![json!("2026-01-05T00:07:09Z")],
        ),
        (
            json!({"type": "date_time", "behavior": "time_zone_independent"}),
            vec![json!("2026-01-05T12:00:00Z")],
        ),
        (json!({"type": "date_time"}), vec![json!("2026-01-05T00:00:00Z")]),
        (json!({"type": "uniqueidentifier"}), vec![json!("00000000-0000-0000-0000-00000000000a")]),
    ];
    let mut shown = String::new();
    let emulator = emulator(cases.iter().map(|(ty, _)| ty.clone()));
    for (n, (ty, values)) in cases.iter().enumerate() {
        let texts: Vec<String> = values.iter().map(|value| formatted(&emulator, n, value, false)).collect();
        shown.push_str(&format!("{} {:?}\n", ty["type"].as_str().unwrap(), texts));
        if ty["type"] == "money" {
            let texts: Vec<String> =
                values.iter().map(|value| formatted(&emulator, n, value, true)).collect();
            shown.push_str(&format!("    of a currency {texts:?}\n"));
        }
    }
    expect![[r#"
        string ["-"]
        integer ["0", "999", "1,000", "-1,234,567"]
        big_int ["1,234,567,890,123"]
        decimal ["1,234.5", "0.5"]
        decimal ["1,234.50", "1.00", "0.00"]
        double ["0.125", "2.000"]
        double ["0.125"]
        money ["$1,234.6", "($5.0)"]
            of a currency ["D1,234.6", "(D5.0)"]
        money ["$1,234.57"]
            of a currency ["D1,234.57"]
        money ["$1,234.57"]
            of a currency ["D1,234.568"]
        money ["$1.5000"]
            of a currency ["D1.5000"]
        money ["$1.50"]
            of a currency ["D1.50"]
        boolean ["Yes", "No"]
        boolean ["On", "Off"]
        choice ["Off", "Sieben", "-"]
        choice ["-"]
        choices ["Off", "Off; On; Sieben", "-"]
        choices ["-"]
        entity_name ["A thing", "-"]
        date_time ["1/5/2026"]
        date_time ["1/5/2026 1:07 PM"]
        date_time ["1/5/2026"]
        date_time ["1/5/2026 12:00 PM"]
        date_time ["1/5/2026 12:00 AM"]
        uniqueidentifier ["-"]
    "#]]
    .assert_eq(&shown);
}
