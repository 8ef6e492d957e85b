//! Tables that are made for their test, with columns that the sample organisation does not have.

use dvkit_emulator::{Clock, Emulator, EmulatorBuilder, InProcessEmulator};
use dvkit_schema::{Schema, Table};
use expect_test::expect;
use serde_json::{Value, json};

use super::{check_with, send};

/// Returns a custom table whose set, key and name column are named after it, with these columns. A column is a JSON
/// object with the members of a snapshot; `name` is its logical name.
pub(super) fn table(name: &str, columns: &[Value]) -> Table {
    let mut table: Table = serde_json::from_value(json!({
        "logical_name": name, "schema_name": name, "entity_set": format!("{name}s"), "primary_id": format!("{name}id"),
        "primary_name": "new_name", "custom": true, "kind": "standard", "columns": [],
    }))
    .unwrap();
    let id = json!({"name": format!("{name}id"), "type": "uniqueidentifier"});
    for column in std::iter::once(&id).chain(columns) {
        let mut column = column.clone();
        let members = column.as_object_mut().unwrap();
        let name = members.remove("name").unwrap();
        members.insert("logical_name".to_owned(), name);
        members.entry("odata").or_insert(true.into());
        table.columns.push(serde_json::from_value(column).unwrap());
    }
    table.sort();
    table
}

pub(super) fn text(name: &str) -> Value {
    json!({"name": name, "type": "string"})
}

fn schema(tables: impl IntoIterator<Item = Table>) -> Schema {
    let tables = tables.into_iter().map(|table| (table.logical_name.clone(), table)).collect();
    Schema { tables, ..Schema::default() }
}

pub(super) fn builder(tables: impl IntoIterator<Item = Table>) -> EmulatorBuilder {
    Emulator::builder(schema(tables)).clock(Clock::stopped("2026-11-29T18:05:09Z".parse().unwrap()))
}

pub(super) fn emulator(tables: impl IntoIterator<Item = Table>) -> InProcessEmulator {
    builder(tables).in_process().unwrap()
}

/// Returns the columns of a state with these options and of a status reason with these.
fn states(default: Value, options: Value, status_default: Value, status: Value) -> Vec<Value> {
    let choice = |options: Value| json!({"local": {"name": "c", "options": options}});
    let mut columns = vec![
        text("new_name"),
        json!({"name": "statecode", "type": "state", "default": default, "choice": choice(options)}),
    ];
    if !status.is_null() {
        let choice = choice(status);
        columns.push(
            json!({"name": "statuscode", "type": "status", "default": status_default, "choice": choice}),
        );
    }
    columns
}

#[test]
fn the_first_state_and_its_status_reason_follow_from_defaults_and_order() {
    let none = Value::Null;
    let two = json!([{"value": 5}, {"value": 3}]);
    let status = json!([{"value": 30, "state": 3}, {"value": 31, "state": 3}, {"value": 50, "state": 5}, {"value": 51, "state": 5}, {"value": 9}]);
    let named = json!([{"value": 5, "default_status": 51}, {"value": 3, "default_status": 31}]);
    for (default, options, status_default, status, expected) in [
        (none.clone(), two.clone(), none.clone(), status.clone(), (json!(3), json!(30))),
        (json!(5), two.clone(), none.clone(), status.clone(), (json!(5), json!(50))),
        (json!(3), named.clone(), none.clone(), status.clone(), (json!(3), json!(31))),
        (json!(5), named.clone(), none.clone(), status.clone(), (json!(5), json!(51))),
        // The default of the status reason counts if it belongs to the first state.
        (json!(3), named.clone(), json!(30), status.clone(), (json!(3), json!(30))),
        (json!(3), named.clone(), json!(50), status.clone(), (json!(3), json!(31))),
        (json!(3), named.clone(), json!(9), status.clone(), (json!(3), json!(31))),
        (json!(3), named.clone(), json!(77), status.clone(), (json!(3), json!(31))),
        (json!(3), two.clone(), none.clone(), json!([{"value": 50, "state": 5}]), (json!(3), none.clone())),
        (none.clone(), json!([]), none.clone(), status.clone(), (none.clone(), none.clone())),
        (none.clone(), two.clone(), none.clone(), none.clone(), (json!(3), none.clone())),
    ] {
        let columns = states(default, options, status_default, status);
        let emulator = emulator([table("new_a", &columns)]);
        assert_eq!(
            send(&emulator, r#"POST new_as | {"new_aid": "00000000-0000-0000-0000-000000000001"}"#).status(),
            204
        );
        let row = send(&emulator, "GET new_as(00000000-0000-0000-0000-000000000001)");
        let row: Value = serde_json::from_slice(row.body()).unwrap();
        assert_eq!((row["statecode"].clone(), row["statuscode"].clone()), expected, "{columns:?}");
    }
}

#[test]
fn a_transition_is_judged_by_the_options_that_the_table_has() {
    let states_of = json!([{"value": 0, "invariant_name": "Open"}, {"value": 1}, {"value": 2}]);
    let status = json!([
        {"value": 1, "state": 0, "transitions": [2, 3]},
        {"value": 2, "state": 1, "transitions": []},
        {"value": 3, "state": 1},
        {"value": 4},
        {"value": 5, "state": 0},
    ]);
    let columns = states(Value::Null, states_of, Value::Null, status);
    let mut strict = table("new_a", &columns);
    strict.enforce_state_transitions = Some(true);
    let mut free = table("new_b", &columns);
    free.schema_name = None;
    check_with(
        &emulator([strict, free]),
        expect![[r#"
        POST new_as | {"new_aid": "§a"}
        > 204 odata-entityid: ~/new_as(§a)
        PATCH new_as(§a) | {"statuscode": 5}
        > 400 0x8004F857 You can't activate this record because of the status transition rules. Contact your system administrator.
        PATCH new_as(§a) | {"statuscode": 1}
        > 204 odata-entityid: ~/new_as(§a)
        PATCH new_as(§a) | {"statuscode": 4}
        > 400 0x8004F857 You can't activate this record because of the status transition rules. Contact your system administrator.
        PATCH new_as(§a) | {"statecode": 1, "statuscode": 3}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=statecode,statuscode
        > 200 {"@odata.context":"~/$metadata#new_as(statecode,statuscode)/$entity","new_aid":"§a","statecode":1,"statuscode":3}
        PATCH new_as(§a) | {"statecode": 1}
        > 204 odata-entityid: ~/new_as(§a)
        PATCH new_as(§a) | {"statecode": 0, "statuscode": 1}
        > 204 odata-entityid: ~/new_as(§a)
        PATCH new_as(§a) | {"statecode": 1}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=statecode,statuscode
        > 200 {"@odata.context":"~/$metadata#new_as(statecode,statuscode)/$entity","new_aid":"§a","statecode":1,"statuscode":2}
        PATCH new_as(§a) | {"statecode": 0, "statuscode": 1}
        > 400 0x8004F857 You can't activate this record because of the status transition rules. Contact your system administrator.
        PATCH new_as(§a) | {"statecode": 1, "statuscode": 3}
        > 400 0x8004F858 You can't deactivate this record because of the status transition rules. Contact your system administrator.
        PATCH new_as(§a) | {"statecode": 1, "statuscode": 4}
        > 400 0x8004F858 You can't deactivate this record because of the status transition rules. Contact your system administrator.
        PATCH new_as(§a) | {"statecode": 1, "statuscode": 2}
        > 204 odata-entityid: ~/new_as(§a)
        PATCH new_as(§a) | {"statecode": 2}
        > 400 0x80048408 0 is not a valid status code for state code new_aState.2 on new_a with Id §a.
        PATCH new_as(§a) | {"statecode": 2, "statuscode": 4}
        > 400 0x8004F858 You can't deactivate this record because of the status transition rules. Contact your system administrator.
        PATCH new_as(§a) | {"statecode": 3}
        > 400 0x80048408 3 is not a valid state code on new_a with Id §a.
        PATCH new_as(§a) | {"statuscode": 1}
        > 400 0x80048408 1 is not a valid status code for state code new_aState.1 on new_a with Id §a.
        POST new_as | {"new_aid": "§b", "statuscode": 2}
        > 400 0x80048408 2 is not a valid status code for state code new_aState.Open on new_a with Id §b.
        POST new_as | {"new_aid": "§b", "statuscode": 4}
        > 204 odata-entityid: ~/new_as(§b)
        POST new_bs | {"new_bid": "§a"}
        > 204 odata-entityid: ~/new_bs(§a)
        PATCH new_bs(§a) | {"statecode": 1}
        > 204 odata-entityid: ~/new_bs(§a)
        PATCH new_bs(§a) | {"statecode": 0, "statuscode": 1}
        > 204 odata-entityid: ~/new_bs(§a)
        PATCH new_bs(§a) | {"statecode": 0, "statuscode": 2}
        > 400 0x80048408 2 is not a valid status code for state code new_bState.Open on new_b with Id §a.
        PATCH new_bs(§a) | {"statecode": 1, "statuscode": 1}
        > 400 0x80048408 1 is not a valid status code for state code new_bState.1 on new_b with Id §a.
        PATCH new_bs(§a) | {"statecode": 2, "statuscode": 1}
        > 400 0x80048408 1 is not a valid status code for state code new_bState.2 on new_b with Id §a.
    "#]],
    );
    let columns = states(Value::Null, json!([{"value": 0}, {"value": 1}]), Value::Null, Value::Null);
    check_with(
        &emulator([table("new_c", &columns)]),
        expect![[r#"
        POST new_cs | {"new_cid": "§a"}
        > 204 odata-entityid: ~/new_cs(§a)
        PATCH new_cs(§a) | {"statecode": 1}
        > 204 odata-entityid: ~/new_cs(§a)
        PATCH new_cs(§a) | {"statecode": 2}
        > 400 0x80048408 2 is not a valid state code on new_c with Id §a.
        PATCH new_cs(§a) | {"new_name": "x"}
        > 204 odata-entityid: ~/new_cs(§a)
        GET new_cs(§a)?$select=new_name,statecode
        > 200 {"@odata.context":"~/$metadata#new_cs(new_name,statecode)/$entity","new_cid":"§a","new_name":"x","statecode":1}
    "#]],
    );
}

#[test]
fn a_number_is_made_of_its_format() {
    for (format, first, second) in [
        ("A-{SEQNUM:1}", "A-1000", "A-1001"),
        ("{SEQNUM}", "1000", "1001"),
        ("{SEQNUM:5}/{SEQNUM:6}", "01000/001001", "01002/001003"),
        ("{SEQNUM:16}", "0000000000001000", "0000000000001001"),
        ("{SEQNUM:17}", "0000000000001000", "0000000000001001"),
        ("{SEQNUM:x}", "1000", "1001"),
        ("{DATETIMEUTC:yyyy-MM-dd HH:mm:ss}", "2026-11-29 18:05:09", "2026-11-29 18:05:09"),
        ("{DATETIMEUTC:yy hh %d é}", "26 06 %d é", "26 06 %d é"),
        ("a{OTHER:1}b{OTHER}c", "a{OTHER:1}b{OTHER}c", "a{OTHER:1}b{OTHER}c"),
        ("a{SEQNUM", "a{SEQNUM", "a{SEQNUM"),
        ("{SEQNUM}a{b", "1000a{b", "1001a{b"),
        ("plain", "plain", "plain"),
        ("{RANDSTRING:0}x{RANDSTRING}", "x", "x"),
    ] {
        let number = json!({"name": "new_name", "type": "string", "auto_number": format});
        let emulator = emulator([table("new_a", &[number])]);
        for expected in [first, second] {
            let row = send(&emulator, "POST new_as | Prefer: return=representation | {}");
            let row: Value = serde_json::from_slice(row.body()).unwrap();
            assert_eq!(row["new_name"], expected, "{format}");
        }
        let row = send(&emulator, r#"POST new_as | Prefer: return=representation | {"new_name": "own"}"#);
        let row: Value = serde_json::from_slice(row.body()).unwrap();
        assert_eq!(row["new_name"], "own", "{format}");
    }
    for (format, length) in [("{RANDSTRING:1}", 1), ("{RANDSTRING:6}", 6), ("{RANDSTRING:7}", 6)] {
        let number = json!({"name": "new_name", "type": "string", "auto_number": format});
        let row =
            send(&emulator([table("new_a", &[number])]), "POST new_as | Prefer: return=representation | {}");
        let row: Value = serde_json::from_slice(row.body()).unwrap();
        let name = row["new_name"].as_str().unwrap();
        assert_eq!(name.len(), length, "{format}: {name}");
        assert!(name.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()), "{format}: {name}");
    }
    let columns = [text("new_name"), json!({"name": "ticketnumber", "type": "string", "auto_number": ""})];
    for (name, numbered) in [("incident", true), ("new_a", false)] {
        let emulator = emulator([table(name, &columns)]);
        let row = send(&emulator, &format!("POST {name}s | Prefer: return=representation | {{}}"));
        let row: Value = serde_json::from_slice(row.body()).unwrap();
        let number = row["ticketnumber"].as_str().unwrap_or_default();
        assert_eq!(number.starts_with("CAS-01000-") && number.len() == 16, numbered, "{name}: {number}");
    }
}

#[test]
fn names_and_addresses_are_composed_of_the_columns_that_the_table_has() {
    let limited = |name: &str, length: u32| json!({"name": name, "type": "string", "max_length": length});
    let parts = ["line1", "line2", "line3", "city", "stateorprovince", "postalcode", "country"];
    let mut columns =
        vec![text("firstname"), text("lastname"), limited("fullname", 12), text("yomifullname")];
    for number in 1..=4 {
        columns.extend(parts.iter().map(|part| text(&format!("address{number}_{part}"))));
        columns.push(json!({"name": format!("address{number}_composite"), "type": "memo", "max_length": 40}));
    }
    let yomi = ["firstname", "lastname", "yomifullname", "yomifirstname", "yomilastname"].map(text);
    check_with(
        &emulator([table("new_a", &columns), table("new_b", &yomi)]),
        expect![[r#"
        POST new_as | {"new_aid": "§a", "firstname": "Ann", "lastname": "Ek"}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=fullname,yomifullname,address1_composite
        > 200 {"@odata.context":"~/$metadata#new_as(fullname,yomifullname,address1_composite)/$entity","address1_composite":null,"fullname":"Ann Ek","new_aid":"§a","yomifullname":"Ann Ek"}
        PATCH new_as(§a) | {"lastname": "Ekström-Å"}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=fullname,yomifullname
        > 200 {"@odata.context":"~/$metadata#new_as(fullname,yomifullname)/$entity","fullname":"Ann Ekström-","new_aid":"§a","yomifullname":"Ann Ekström-Å"}
        PATCH new_as(§a) | {"firstname": null}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=fullname,yomifullname
        > 200 {"@odata.context":"~/$metadata#new_as(fullname,yomifullname)/$entity","fullname":"Ekström-Å","new_aid":"§a","yomifullname":"Ekström-Å"}
        PATCH new_as(§a) | {"lastname": null}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=fullname,yomifullname
        > 200 {"@odata.context":"~/$metadata#new_as(fullname,yomifullname)/$entity","fullname":null,"new_aid":"§a","yomifullname":null}
        PATCH new_as(§a) | {"address1_line1": "1 High St", "address2_city": "Oslo", "address3_country": "Norway", "address4_city": "Rome"}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=address1_composite,address2_composite,address3_composite,address4_composite
        > 200 {"@odata.context":"~/$metadata#new_as(address1_composite,address2_composite,address3_composite,address4_composite)/$entity","address1_composite":"1 High St","address2_composite":"Oslo","address3_composite":"Norway","address4_composite":null,"new_aid":"§a"}
        PATCH new_as(§a) | {"address1_line2": "Box 2", "address1_line3": "Rear", "address1_city": "Springfield", "address1_postalcode": "62701"}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=address1_composite
        > 200 {"@odata.context":"~/$metadata#new_as(address1_composite)/$entity","address1_composite":"1 High St\r\nBox 2\r\nRear\r\nSpringfield, 627","new_aid":"§a"}
        PATCH new_as(§a) | {"address1_line2": null, "address1_line3": null, "address1_postalcode": null, "address1_stateorprovince": "IL", "address1_country": "US"}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=address1_composite
        > 200 {"@odata.context":"~/$metadata#new_as(address1_composite)/$entity","address1_composite":"1 High St\r\nSpringfield, IL\r\nUS","new_aid":"§a"}
        PATCH new_as(§a) | {"address1_city": null}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=address1_composite
        > 200 {"@odata.context":"~/$metadata#new_as(address1_composite)/$entity","address1_composite":"1 High St\r\nIL\r\nUS","new_aid":"§a"}
        POST new_bs | {"new_bid": "§a", "firstname": "Ann", "yomilastname": "Eku"}
        > 204 odata-entityid: ~/new_bs(§a)
        GET new_bs(§a)?$select=yomifullname
        > 200 {"@odata.context":"~/$metadata#new_bs(yomifullname)/$entity","new_bid":"§a","yomifullname":"Eku"}
        PATCH new_bs(§a) | {"yomifirstname": "An"}
        > 204 odata-entityid: ~/new_bs(§a)
        GET new_bs(§a)?$select=yomifullname
        > 200 {"@odata.context":"~/$metadata#new_bs(yomifullname)/$entity","new_bid":"§a","yomifullname":"An Eku"}
        PATCH new_bs(§a) | {"lastname": "Ek"}
        > 204 odata-entityid: ~/new_bs(§a)
        GET new_bs(§a)?$select=yomifullname
        > 200 {"@odata.context":"~/$metadata#new_bs(yomifullname)/$entity","new_bid":"§a","yomifullname":"An Eku"}
    "#]],
    );
}

#[test]
fn amounts_of_money_are_rounded_and_converted_by_their_currency() {
    let money = |name: &str, source: Value, precision: Value| json!({"name": name, "type": "money", "precision_source": source, "precision": precision});
    let columns = [
        text("new_name"),
        money("new_currency", json!(2), json!(0)),
        money("new_pricing", json!(1), json!(0)),
        money("new_own", json!(0), json!(1)),
        money("new_most", Value::Null, json!(9)),
        money("new_none", Value::Null, Value::Null),
        money("new_own_base", json!(2), json!(4)),
        json!({"name": "new_other", "type": "money", "precision_source": 2, "calculation_of": "new_most"}),
        // A name that ends so is the amount of no other column here.
        money("new_lone_base", json!(2), Value::Null),
        json!({"name": "transactioncurrencyid", "type": "lookup", "targets": ["transactioncurrency"]}),
        json!({"name": "exchangerate", "type": "decimal", "precision": 12}),
    ];
    let mut with = table("new_a", &columns);
    with.relationships = vec![
        serde_json::from_value(json!({
            "navigation": "transactioncurrencyid", "side": "many_to_one", "table": "transactioncurrency",
            "column": "transactioncurrencyid", "referenced": "transactioncurrencyid",
        }))
        .unwrap(),
    ];
    let without = table("new_b", &columns[..9]);
    check_with(
        &emulator([with, without]),
        expect![[r#"
        GET transactioncurrencies?$select=currencyname,exchangerate,currencyprecision,currencysymbol,isocurrencycode
        > 200 {"@odata.context":"~/$metadata#transactioncurrencies(currencyname,exchangerate,currencyprecision,currencysymbol,isocurrencycode)","value":[{"currencyname":"US Dollar","currencyprecision":2,"currencysymbol":"$","exchangerate":1,"isocurrencycode":"USD","transactioncurrencyid":"9638c392-5b31-5f49-9b5b-173c0f6d5b8c"}]}
        POST transactioncurrencies | {"transactioncurrencyid": "§c", "currencyname": "Yen", "exchangerate": 160, "currencyprecision": 0}
        > 204 odata-entityid: ~/transactioncurrencies(§c)
        POST transactioncurrencies | {"transactioncurrencyid": "§d", "currencyname": "Fine", "exchangerate": 0.3, "currencyprecision": 9}
        > 204 odata-entityid: ~/transactioncurrencies(§d)
        POST transactioncurrencies | {"transactioncurrencyid": "§e", "currencyname": "Bare"}
        > 204 odata-entityid: ~/transactioncurrencies(§e)
        POST new_as | {"new_aid": "§a", "new_name": "x"}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=_transactioncurrencyid_value,exchangerate
        > 200 {"@odata.context":"~/$metadata#new_as(_transactioncurrencyid_value,exchangerate)/$entity","_transactioncurrencyid_value":null,"exchangerate":null,"new_aid":"§a"}
        PATCH new_as(§a) | {"new_currency": 1.23456, "new_pricing": 1.23456, "new_own": 1.25, "new_most": 1.23455, "new_none": 1.23455, "new_lone_base": 1.235}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=_transactioncurrencyid_value,exchangerate,new_currency,new_pricing,new_own,new_most,new_none,new_own_base,new_other,new_lone_base
        > 200 {"@odata.context":"~/$metadata#new_as(_transactioncurrencyid_value,exchangerate,new_currency,new_pricing,new_own,new_most,new_none,new_own_base,new_other,new_lone_base)/$entity","_transactioncurrencyid_value":"9638c392-5b31-5f49-9b5b-173c0f6d5b8c","exchangerate":1,"new_aid":"§a","new_currency":1.23,"new_lone_base":1.24,"new_most":1.2346,"new_none":1.2346,"new_other":1.23,"new_own":1.3,"new_own_base":1.3,"new_pricing":1.23}
        PATCH new_as(§a) | {"transactioncurrencyid@odata.bind": "transactioncurrencies(§c)"}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=_transactioncurrencyid_value,exchangerate,new_currency,new_pricing,new_own,new_most,new_own_base,new_other
        > 200 {"@odata.context":"~/$metadata#new_as(_transactioncurrencyid_value,exchangerate,new_currency,new_pricing,new_own,new_most,new_own_base,new_other)/$entity","_transactioncurrencyid_value":"§c","exchangerate":160,"new_aid":"§a","new_currency":1.23,"new_most":1.2346,"new_other":0.01,"new_own":1.3,"new_own_base":0.01,"new_pricing":1.23}
        PATCH new_as(§a) | {"new_currency": 1000.5, "new_own": 1000.55, "new_most": null}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=exchangerate,new_currency,new_own,new_most,new_own_base,new_other
        > 200 {"@odata.context":"~/$metadata#new_as(exchangerate,new_currency,new_own,new_most,new_own_base,new_other)/$entity","exchangerate":160,"new_aid":"§a","new_currency":1001,"new_most":null,"new_other":null,"new_own":1000.6,"new_own_base":6.25}
        PATCH new_as(§a) | {"transactioncurrencyid@odata.bind": "transactioncurrencies(§d)", "new_currency": 1.23456789}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=exchangerate,new_currency,new_own,new_own_base
        > 200 {"@odata.context":"~/$metadata#new_as(exchangerate,new_currency,new_own,new_own_base)/$entity","exchangerate":0.3,"new_aid":"§a","new_currency":1.2346,"new_own":1000.6,"new_own_base":3335.33}
        PATCH new_as(§a) | {"transactioncurrencyid@odata.bind": "transactioncurrencies(§e)", "new_currency": 1.23456789}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=exchangerate,new_currency,new_own,new_own_base
        > 200 {"@odata.context":"~/$metadata#new_as(exchangerate,new_currency,new_own,new_own_base)/$entity","exchangerate":1,"new_aid":"§a","new_currency":1.23,"new_own":1000.6,"new_own_base":1000.6}
        PATCH new_as(§a) | {"transactioncurrencyid@odata.bind": null}
        > 204 odata-entityid: ~/new_as(§a)
        GET new_as(§a)?$select=_transactioncurrencyid_value,exchangerate,new_own_base
        > 200 {"@odata.context":"~/$metadata#new_as(_transactioncurrencyid_value,exchangerate,new_own_base)/$entity","_transactioncurrencyid_value":null,"exchangerate":null,"new_aid":"§a","new_own_base":1000.6}
        POST new_as | {"new_aid": "§b", "transactioncurrencyid@odata.bind": "transactioncurrencies(§c)"}
        > 204 odata-entityid: ~/new_as(§b)
        GET new_as(§b)?$select=_transactioncurrencyid_value,exchangerate,new_own_base
        > 200 {"@odata.context":"~/$metadata#new_as(_transactioncurrencyid_value,exchangerate,new_own_base)/$entity","_transactioncurrencyid_value":"§c","exchangerate":160,"new_aid":"§b","new_own_base":null}
        PATCH new_as(§b) | {"new_own": null}
        > 204 odata-entityid: ~/new_as(§b)
        GET new_as(§b)?$select=_transactioncurrencyid_value,exchangerate,new_own_base
        > 200 {"@odata.context":"~/$metadata#new_as(_transactioncurrencyid_value,exchangerate,new_own_base)/$entity","_transactioncurrencyid_value":"§c","exchangerate":160,"new_aid":"§b","new_own_base":null}
        POST new_bs | {"new_bid": "§a", "new_currency": 1.23456, "new_own": 1.25}
        > 204 odata-entityid: ~/new_bs(§a)
        GET new_bs(§a)?$select=new_currency,new_own,new_own_base
        > 200 {"@odata.context":"~/$metadata#new_bs(new_currency,new_own,new_own_base)/$entity","new_bid":"§a","new_currency":1.23456,"new_own":1.25,"new_own_base":null}
    "#]],
    );
}

#[test]
fn columns_named_like_those_of_the_index_are_not_searched_and_others_up_to_a_hundred_are() {
    let mut columns = vec![text("aaa"), text("rank"), text("rowid"), text("new_name")];
    columns.push(json!({"name": "hidden", "type": "string", "odata": false}));
    columns.push(json!({"name": "memo", "type": "memo"}));
    columns.push(json!({"name": "number", "type": "integer"}));
    columns.extend((3..=102).map(|n| text(&format!("t{n}"))));
    check_with(
        &emulator([table("new_a", &columns)]),
        expect![[r#"
        POST new_as | {"new_aid": "§a", "rank": "alpha", "rowid": "alpha", "number": 5}
        > 204 odata-entityid: ~/new_as(§a)
        POST new_as | {"new_aid": "§b", "aaa": "alpha", "new_name": "beta alpha"}
        > 204 odata-entityid: ~/new_as(§b)
        POST new_as | {"new_aid": "§c", "memo": "gamma", "t99": "delta", "t100": "epsilon"}
        > 204 odata-entityid: ~/new_as(§c)
        POST searchquery | {"search": "alpha", "count": true}
        > 200 {"response":"{\"Count\":1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":null,\"aaa\":\"alpha\",\"new_name\":\"beta alpha\"},\"EntityName\":\"new_a\",\"Highlights\":{\"aaa\":[\"{crmhit}alpha{/crmhit}\"],\"new_name\":[\"beta {crmhit}alpha{/crmhit}\"]},\"Id\":\"§b\",\"ObjectTypeCode\":null,\"Score\":0.5733757001454999}]}"}
        POST searchquery | {"search": "gamma", "entities": "[\"new_a\"]"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":null,\"memo\":\"gamma\",\"new_name\":null},\"EntityName\":\"new_a\",\"Highlights\":{\"memo\":[\"{crmhit}gamma{/crmhit}\"]},\"Id\":\"§c\",\"ObjectTypeCode\":null,\"Score\":0.4721917530609999}]}"}
        POST searchquery | {"search": "delta"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[]}"}
        POST searchquery | {"search": "epsilon"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":null,\"new_name\":null,\"t100\":\"epsilon\"},\"EntityName\":\"new_a\",\"Highlights\":{\"t100\":[\"{crmhit}epsilon{/crmhit}\"]},\"Id\":\"§c\",\"ObjectTypeCode\":null,\"Score\":0.4721917530609999}]}"}
        POST searchquery | {"search": "5"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[]}"}
        POST searchquery | {"search": "alpha", "entities": "[{\"name\": \"new_a\", \"searchcolumns\": [\"aaa\"], \"selectcolumns\": [\"new_name\", \"aaa\"]}]"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":null,\"aaa\":\"alpha\",\"new_name\":\"beta alpha\"},\"EntityName\":\"new_a\",\"Highlights\":{\"aaa\":[\"{crmhit}alpha{/crmhit}\"]},\"Id\":\"§b\",\"ObjectTypeCode\":null,\"Score\":0.3848686206456095}]}"}
        POST searchquery | {"search": "alpha", "entities": "[{\"name\": \"new_a\", \"searchcolumns\": [\"rank\"]}]"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[]}"}
    "#]],
    );
}
