//! Random rows of tables that have columns of all types.

use dvkit_emulator::InProcessEmulator;
use dvkit_schema::{Ownership, Table, TableKind};
use expect_test::expect;
use serde_json::{Value, json};

use super::made::{builder, table, text};
use super::{check_with, send};

fn typed(name: &str, ty: &str, more: Value) -> Value {
    let mut column = json!({"name": name, "type": ty});
    column.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    column
}

/// Returns a line for each of these columns of a table with its values in forty random rows, each once, in the order
/// of their text. The table has an alternate key of the column `key`.
fn values(columns: &[Value], key: &str) -> String {
    let mut all = columns.to_vec();
    all.push(text("new_name"));
    let mut made = table("new_a", &all);
    made.keys = vec![serde_json::from_value(json!({"name": "k", "columns": [key]})).unwrap()];
    let emulator = builder([made]).seed_random(40, 7).in_process().unwrap();
    let response = send(&emulator, "GET new_as");
    let response: Value = serde_json::from_slice(response.body()).unwrap();
    let rows = response["value"].as_array().unwrap();
    let mut lines = String::new();
    for column in columns.iter().chain([&text("new_name")]) {
        let name = column["name"].as_str().unwrap();
        let mut found: Vec<String> = rows.iter().map(|row| row[name].to_string()).collect();
        found.sort();
        found.dedup();
        lines.push_str(&format!("{name} {}: {}\n", column["type"].as_str().unwrap(), found.join(" ")));
    }
    lines
}

#[test]
fn random_numbers_keep_to_the_limits_of_their_columns() {
    let columns = [
        typed("a", "integer", json!({"min": -5, "max": 2})),
        typed("b", "integer", json!({"min": 998, "max": 5000})),
        typed("c", "integer", json!({"min": 2000})),
        typed("d", "integer", json!({"max": 0})),
        typed("e", "decimal", json!({"min": -5, "max": 3})),
        typed("f", "double", json!({"min": 99_998, "max": 500_000})),
        typed("g", "money", json!({"min": 200_000})),
        typed("h", "boolean", json!({})),
        typed("i", "big_int", json!({})),
        typed("j", "double", json!({})),
        typed("k", "integer", json!({})),
    ];
    expect![[r#"
        a integer: 0 1 2 null
        b integer: 1000 998 999 null
        c integer: 2000 null
        d integer: 0 null
        e decimal: 0.0 1.0 2.0 null
        f double: 99998.0 99999.0 null
        g money: 200000.0 null
        h boolean: false null true
        i big_int: 105813 121479 179097 256835 289323 302552 309835 343305 37943 411801 464436 479458 522563 534281 544011 583000 645596 665543 680639 719521 783312 792591 867900 910108 969691 null
        j double: 12889.0 1410.0 24340.0 25470.0 27480.0 31019.0 32340.0 330.0 38820.0 40320.0 40640.0 45130.0 52969.0 67640.0 68450.0 72490.0 74000.0 77460.0 78750.0 88740.0 93110.0 93740.0 98700.0 98800.0 null
        k integer: 116 189 197 238 247 253 336 363 388 389 470 5 504 528 584 591 593 620 625 687 702 72 84 854 944 null
        new_name string: "AUDIT-00004" "CONTRACT-00007" "CONTRACT-00008" "CONTRACT-00011" "CONTRACT-00015" "CONTRACT-00018" "CONTRACT-00020" "CONTRACT-00023" "CONTRACT-00033" "DELIVERY-00025" "LAUNCH-00022" "LAUNCH-00027" "LAUNCH-00038" "NORTH-00019" "NORTH-00024" "PILOT-00002" "PILOT-00014" "PILOT-00034" "PILOT-00040" "QUARTERLY-00006" "QUARTERLY-00029" "RENEWAL-00030" "RENEWAL-00036" "REVIEW-00003" "REVIEW-00009" "REVIEW-00016" "SPRING-00001" "SPRING-00010" "SPRING-00012" "SPRING-00021" "SPRING-00039" "SUPPLY-00017" "SUPPLY-00035" "SUPPLY-00037" "SUPPORT-00026" "TRAINING-00031" "UPGRADE-00005" "UPGRADE-00013" "UPGRADE-00028" "UPGRADE-00032"
    "#]].assert_eq(&values(&columns, "new_name"));
}

#[test]
fn random_texts_are_made_for_the_format_and_the_name_of_their_column() {
    let string = |name: &str, format: &str| typed(name, "string", json!({"format": format}));
    let columns = [
        string("new_city", "Text"),
        string("new_city_a", "Email"),
        string("new_city_b", "Url"),
        string("new_city_c", "Phone"),
        string("new_city_d", "Email"),
        string("firstname", "Text"),
        string("lastname", "Text"),
        string("jobtitle", "Text"),
        string("new_country", "Text"),
        string("new_postalcode", "Text"),
        string("new_email", "Text"),
        string("new_phone", "Text"),
        string("new_fax", "Text"),
        string("new_line1", "Text"),
        string("new_url", "Text"),
        string("new_other", "Text"),
        typed("new_edm", "edm", json!({"edm": "String"})),
        typed("new_memo", "memo", json!({})),
        typed("new_memo_short", "memo", json!({"max_length": 12})),
        typed("new_short", "string", json!({"max_length": 6})),
    ];
    expect![[r#"
        new_city string: "Berlin" "Dublin" "Lisbon" "Oslo" "Paris" "Seattle" "Vienna" "Zürich" null
        new_city_a string: "audit12@example.com" "audit24@example.com" "audit6@example.com" "launch13@example.com" "north31@example.com" "pilot25@example.com" "pilot34@example.com" "quarterly3@example.com" "renewal11@example.com" "renewal14@example.com" "renewal17@example.com" "renewal1@example.com" "review39@example.com" "spring15@example.com" "spring27@example.com" "supply21@example.com" "support32@example.com" "training29@example.com" "training2@example.com" "upgrade22@example.com" "upgrade8@example.com" null
        new_city_b string: "https://www.example.com/10" "https://www.example.com/12" "https://www.example.com/14" "https://www.example.com/15" "https://www.example.com/18" "https://www.example.com/19" "https://www.example.com/20" "https://www.example.com/25" "https://www.example.com/26" "https://www.example.com/27" "https://www.example.com/31" "https://www.example.com/32" "https://www.example.com/33" "https://www.example.com/35" "https://www.example.com/5" "https://www.example.com/6" "https://www.example.com/7" "https://www.example.com/8" null
        new_city_c string: "+1 555 0005" "+1 555 1000" "+1 555 1711" "+1 555 1823" "+1 555 2025" "+1 555 2867" "+1 555 2978" "+1 555 3128" "+1 555 3291" "+1 555 4319" "+1 555 4443" "+1 555 4817" "+1 555 5184" "+1 555 6295" "+1 555 7083" "+1 555 7413" "+1 555 7533" "+1 555 7842" "+1 555 7862" "+1 555 7935" "+1 555 8020" "+1 555 8180" "+1 555 8233" "+1 555 8370" "+1 555 8412" "+1 555 8821" "+1 555 9589" null
        new_city_d string: "AUDIT-00009" "AUDIT-00021" "AUDIT-00024" "CONTRACT-00008" "CONTRACT-00010" "CONTRACT-00014" "CONTRACT-00036" "DELIVERY-00001" "DELIVERY-00019" "DELIVERY-00026" "PILOT-00022" "PILOT-00023" "PILOT-00030" "PILOT-00033" "QUARTERLY-00004" "QUARTERLY-00011" "QUARTERLY-00035" "QUARTERLY-00038" "QUARTERLY-00039" "REVIEW-00002" "REVIEW-00003" "REVIEW-00006" "REVIEW-00012" "REVIEW-00028" "REVIEW-00040" "SPRING-00020" "SPRING-00031" "SPRING-00034" "SUPPLY-00005" "SUPPLY-00015" "SUPPLY-00016" "SUPPLY-00017" "SUPPLY-00018" "SUPPLY-00032" "SUPPORT-00037" "TRAINING-00007" "TRAINING-00029" "UPGRADE-00013" "UPGRADE-00025" "UPGRADE-00027"
        firstname string: "Ann" "Ben" "Chloe" "David" "Elena" "Farid" "Grace" "Hiro" "Ines" "Jonas" "Kim" "Leila"
        lastname string: "Andersson" "Dubois" "García" "Haddad" "Kowalski" "Müller" "Nguyen" "O'Brien" "Rossi" "Schmidt" "Smith" "Tanaka"
        jobtitle string: "audit manager" "delivery manager" "launch manager" "north manager" "pilot manager" "quarterly manager" "renewal manager" "review manager" "spring manager" "supply manager" "support manager" "training manager" "upgrade manager" null
        new_country string: "Austria" "France" "Germany" "Ireland" "Portugal" "USA" null
        new_postalcode string: "02262" "04685" "07474" "19053" "26538" "27526" "30379" "39854" "41575" "42389" "44624" "44932" "48872" "49311" "63119" "63392" "64833" "67020" "73219" "80639" "84160" "91949" "94927" "97572" "98190" null
        new_email string: "audit19@example.com" "audit2@example.com" "contract22@example.com" "contract33@example.com" "contract4@example.com" "delivery14@example.com" "delivery20@example.com" "launch39@example.com" "north29@example.com" "pilot11@example.com" "pilot5@example.com" "quarterly18@example.com" "quarterly21@example.com" "quarterly40@example.com" "quarterly6@example.com" "renewal25@example.com" "renewal27@example.com" "review16@example.com" "review31@example.com" "spring15@example.com" "supply13@example.com" "supply36@example.com" "supply37@example.com" "support35@example.com" "upgrade28@example.com" "upgrade32@example.com" "upgrade34@example.com" null
        new_phone string: "+1 555 0233" "+1 555 0852" "+1 555 1928" "+1 555 2311" "+1 555 2396" "+1 555 2748" "+1 555 2932" "+1 555 2943" "+1 555 3074" "+1 555 3239" "+1 555 3867" "+1 555 3981" "+1 555 3984" "+1 555 4359" "+1 555 6106" "+1 555 6524" "+1 555 6845" "+1 555 6855" "+1 555 6975" "+1 555 7194" "+1 555 7661" "+1 555 8571" "+1 555 8820" "+1 555 9035" null
        new_fax string: "+1 555 0964" "+1 555 1144" "+1 555 2146" "+1 555 2265" "+1 555 2273" "+1 555 2434" "+1 555 2794" "+1 555 3102" "+1 555 3107" "+1 555 3127" "+1 555 3652" "+1 555 3674" "+1 555 4436" "+1 555 4552" "+1 555 6622" "+1 555 8080" "+1 555 8307" "+1 555 8709" "+1 555 9075" "+1 555 9189" "+1 555 9719" null
        new_line1 string: "audit Street 13" "audit Street 146" "audit Street 182" "contract Street 117" "delivery Street 115" "launch Street 157" "north Street 22" "north Street 35" "pilot Street 166" "pilot Street 72" "renewal Street 157" "renewal Street 184" "review Street 16" "review Street 53" "spring Street 100" "spring Street 132" "supply Street 103" "supply Street 171" "supply Street 59" "support Street 137" "support Street 188" "training Street 102" "training Street 111" "training Street 138" "training Street 142" "training Street 175" "upgrade Street 194" null
        new_url string: "https://www.example.com/1" "https://www.example.com/10" "https://www.example.com/14" "https://www.example.com/16" "https://www.example.com/17" "https://www.example.com/18" "https://www.example.com/19" "https://www.example.com/20" "https://www.example.com/22" "https://www.example.com/23" "https://www.example.com/25" "https://www.example.com/26" "https://www.example.com/27" "https://www.example.com/3" "https://www.example.com/30" "https://www.example.com/31" "https://www.example.com/32" "https://www.example.com/34" "https://www.example.com/36" "https://www.example.com/39" "https://www.example.com/4" "https://www.example.com/5" "https://www.example.com/6" "https://www.example.com/7" "https://www.example.com/8" "https://www.example.com/9" null
        new_other string: "audit audit" "audit quarterly" "audit supply" "contract review" "delivery pilot" "launch quarterly" "launch supply" "launch training" "north review" "pilot quarterly" "pilot training" "quarterly quarterly" "renewal renewal" "renewal support" "renewal upgrade" "review contract" "review upgrade" "spring review" "spring supply" "spring support" "supply spring" "support contract" "support delivery" "support north" "upgrade contract" "upgrade launch" "upgrade pilot" "upgrade training" null
        new_edm edm: "audit contract" "audit supply" "audit support" "contract delivery" "contract upgrade" "launch audit" "launch contract" "launch renewal" "launch review" "north north" "north spring" "north upgrade" "pilot audit" "pilot launch" "pilot review" "quarterly delivery" "quarterly north" "quarterly training" "renewal pilot" "renewal quarterly" "review review" "spring contract" "spring supply" "support pilot" "upgrade contract" null
        new_memo memo: "audit supply support review delivery. renewal supply audit pilot." "contract support spring pilot upgrade. launch review pilot support." "delivery launch delivery delivery launch. launch launch pilot renewal." "delivery upgrade training launch audit. upgrade review delivery launch." "launch north upgrade review spring. upgrade quarterly supply spring." "launch upgrade contract spring delivery. upgrade pilot upgrade launch." "north review north north delivery. review supply supply support." "north supply pilot spring spring. quarterly renewal renewal north." "quarterly pilot training delivery supply. renewal review audit support." "renewal support review north supply. contract launch spring review." "renewal support support upgrade delivery. review delivery north renewal." "review audit audit support spring. upgrade spring spring review." "review delivery north review contract. training spring supply delivery." "spring north north upgrade contract. supply audit launch delivery." "spring training contract upgrade quarterly. pilot training supply spring." "support north support contract renewal. audit quarterly pilot training." "training contract launch contract supply. review north audit launch." null
        new_memo_short memo: "audit spring" "audit traini" "contract pil" "delivery aud" "delivery del" "delivery nor" "delivery qua" "delivery spr" "delivery upg" "launch contr" "north supply" "pilot north " "pilot traini" "renewal upgr" "review contr" "spring pilot" "supply contr" "support deli" "support pilo" "training aud" "training sup" "upgrade quar" "upgrade spri" null
        new_short string: "contra" "delive" "launch" "north " "pilot " "quarte" "renewa" "review" "spring" "traini" null
        new_name string: "audit audit 32" "audit delivery 17" "contract audit 34" "contract north 13" "contract renewal 20" "contract training 21" "contract upgrade 38" "delivery launch 33" "delivery pilot 25" "launch contract 16" "launch contract 40" "launch pilot 2" "pilot audit 29" "pilot delivery 24" "pilot launch 11" "pilot north 9" "pilot review 31" "pilot spring 4" "pilot support 14" "pilot upgrade 1" "quarterly renewal 30" "quarterly renewal 8" "quarterly review 28" "quarterly spring 10" "quarterly spring 37" "quarterly training 22" "renewal spring 18" "renewal upgrade 15" "review audit 36" "review review 19" "review support 12" "spring supply 35" "spring training 3" "spring training 5" "supply north 7" "supply spring 6" "training delivery 26" "training delivery 27" "upgrade training 39" "upgrade upgrade 23"
    "#]].assert_eq(&values(&columns, "new_city_d"));
}

#[test]
fn random_options_and_dates_are_those_of_their_columns() {
    let options =
        json!({"choice": {"local": {"name": "o", "options": [{"value": 3}, {"value": 7}, {"value": 9}]}}});
    let columns = [
        typed("a", "choice", options.clone()),
        typed("b", "choices", options),
        typed("c", "choice", json!({})),
        typed("d", "choice", json!({"choice": {"global": "nowhere"}})),
        typed("e", "date_time", json!({"behavior": "date_only"})),
        typed("f", "date_time", json!({"behavior": "user_local"})),
        typed("g", "uniqueidentifier", json!({})),
        typed("h", "string", json!({"auto_number": "N"})),
        typed("i", "string", json!({"valid_for_create": false})),
        typed("j", "string", json!({"source": "calculated"})),
        typed("k", "string", json!({"source": "rollup"})),
        typed("l", "string", json!({"source": "formula"})),
        typed("m", "string", json!({"attribute_of": "new_name"})),
        typed("documentbody", "string", json!({})),
        typed("importsequencenumber", "integer", json!({})),
        typed("n", "string", json!({"required": "application", "max_length": 1})),
        typed("o", "string", json!({"required": "system", "max_length": 1})),
        typed("p", "string", json!({"required": "recommended", "max_length": 1})),
    ];
    expect![[r#"
        a choice: 3 7 9 null
        b choices: "3" "7" "9" null
        c choice: null
        d choice: null
        e date_time: "2024-12-01" "2024-12-06" "2025-02-05" "2025-05-26" "2025-06-07" "2025-07-10" "2025-08-14" "2025-08-19" "2025-08-20" "2025-08-28" "2025-10-06" "2025-10-19" "2025-11-04" "2025-11-24" "2026-01-15" "2026-01-17" "2026-03-03" "2026-03-06" "2026-03-14" "2026-03-21" "2026-07-26" "2026-07-28" "2026-08-10" "2026-09-09" "2026-10-09" "2026-10-23" "2026-11-27" null
        f date_time: "2024-12-18T16:05:09Z" "2025-02-28T00:05:09Z" "2025-03-04T11:05:09Z" "2025-04-13T10:05:09Z" "2025-05-01T15:05:09Z" "2025-07-23T03:05:09Z" "2025-09-04T20:05:09Z" "2025-10-12T02:05:09Z" "2025-10-25T10:05:09Z" "2025-11-11T22:05:09Z" "2025-12-03T19:05:09Z" "2025-12-16T15:05:09Z" "2026-01-15T03:05:09Z" "2026-07-22T16:05:09Z" "2026-08-17T05:05:09Z" "2026-08-21T16:05:09Z" "2026-10-10T07:05:09Z" "2026-11-10T00:05:09Z" "2026-11-11T18:05:09Z" null
        g uniqueidentifier: null
        h string: "N"
        i string: null
        j string: null
        k string: null
        l string: null
        m string: null
        documentbody string: null
        importsequencenumber integer: null
        n string: "a" "c" "d" "l" "n" "p" "q" "r" "s" "t" "u"
        o string: "c" "d" "l" "n" "p" "q" "r" "s" "t" "u"
        p string: "a" "c" "d" "l" "n" "q" "r" "t" "u" null
        new_name string: "AUDIT-00016" "AUDIT-00021" "AUDIT-00037" "CONTRACT-00001" "CONTRACT-00013" "CONTRACT-00015" "CONTRACT-00024" "DELIVERY-00017" "DELIVERY-00040" "LAUNCH-00005" "LAUNCH-00020" "LAUNCH-00034" "NORTH-00018" "NORTH-00027" "PILOT-00006" "PILOT-00022" "PILOT-00032" "PILOT-00039" "QUARTERLY-00004" "QUARTERLY-00009" "QUARTERLY-00023" "QUARTERLY-00030" "QUARTERLY-00031" "RENEWAL-00010" "RENEWAL-00028" "REVIEW-00014" "REVIEW-00033" "REVIEW-00035" "REVIEW-00038" "SUPPLY-00007" "SUPPLY-00025" "SUPPORT-00012" "TRAINING-00003" "TRAINING-00029" "TRAINING-00036" "UPGRADE-00002" "UPGRADE-00008" "UPGRADE-00011" "UPGRADE-00019" "UPGRADE-00026"
    "#]].assert_eq(&values(&columns, "new_name"));
}

#[test]
fn a_row_in_five_has_a_later_state_and_rows_refer_to_rows_before_them() {
    let choice = |options: Value| json!({"choice": {"local": {"name": "c", "options": options}}});
    let to = |name: &str| json!({"targets": [name]});
    let columns = [
        text("new_name"),
        typed("statecode", "state", choice(json!([{"value": 0}, {"value": 1}]))),
        typed(
            "statuscode",
            "status",
            choice(
                json!([{"value": 1, "state": 0}, {"value": 2, "state": 1}, {"value": 3, "state": 1}, {"value": 4}]),
            ),
        ),
        typed("new_parent", "lookup", to("new_a")),
        typed("new_other", "lookup", to("new_b")),
        typed("new_out", "lookup", to("systemuser")),
    ];
    let lookup = |column: &str, table: &str| {
        serde_json::from_value(json!({
            "navigation": column, "side": "many_to_one", "table": table, "column": column,
            "referenced": format!("{table}id"),
        }))
        .unwrap()
    };
    let mut with = table("new_a", &columns);
    with.relationships =
        vec![lookup("new_parent", "new_a"), lookup("new_other", "new_b"), lookup("new_out", "systemuser")];
    let tables = [with, table("new_b", &[text("new_name")])];
    check_with(
        &builder(tables).seed_random(10, 3).in_process().unwrap(),
        expect![[r#"
            GET new_as?$select=new_name,statecode,statuscode,_new_out_value&$expand=new_parent($select=new_name),new_other($select=new_name)&$orderby=new_name
            > 200 {"@odata.context":"~/$metadata#new_as(new_name,statecode,statuscode,_new_out_value,new_parent(new_name),new_other(new_name))","value":[{"_new_out_value":null,"new_aid":"<id>","new_name":"contract audit 4","new_other":{"new_bid":"<id>","new_name":"spring review 5"},"new_parent":{"new_aid":"<id>","new_name":"support review 1"},"statecode":0,"statuscode":1},{"_new_out_value":null,"new_aid":"<id>","new_name":"pilot quarterly 8","new_other":{"new_bid":"<id>","new_name":"contract contract 2"},"new_parent":null,"statecode":0,"statuscode":1},{"_new_out_value":null,"new_aid":"<id>","new_name":"quarterly launch 7","new_other":{"new_bid":"<id>","new_name":"contract contract 2"},"new_parent":{"new_aid":"<id>","new_name":"supply contract 5"},"statecode":0,"statuscode":1},{"_new_out_value":null,"new_aid":"<id>","new_name":"renewal supply 2","new_other":{"new_bid":"<id>","new_name":"support supply 7"},"new_parent":{"new_aid":"<id>","new_name":"support review 1"},"statecode":0,"statuscode":1},{"_new_out_value":null,"new_aid":"<id>","new_name":"supply contract 5","new_other":{"new_bid":"<id>","new_name":"review north 1"},"new_parent":{"new_aid":"<id>","new_name":"training training 3"},"statecode":0,"statuscode":1},{"_new_out_value":null,"new_aid":"<id>","new_name":"supply supply 10","new_other":{"new_bid":"<id>","new_name":"spring review 5"},"new_parent":{"new_aid":"<id>","new_name":"quarterly launch 7"},"statecode":0,"statuscode":1},{"_new_out_value":null,"new_aid":"<id>","new_name":"support review 1","new_other":{"new_bid":"<id>","new_name":"spring quarterly 4"},"new_parent":null,"statecode":0,"statuscode":1},{"_new_out_value":null,"new_aid":"<id>","new_name":"training delivery 9","new_other":{"new_bid":"<id>","new_name":"spring north 3"},"new_parent":{"new_aid":"<id>","new_name":"training training 3"},"statecode":0,"statuscode":1},{"_new_out_value":null,"new_aid":"<id>","new_name":"training training 3","new_other":{"new_bid":"<id>","new_name":"contract support 9"},"new_parent":{"new_aid":"<id>","new_name":"renewal supply 2"},"statecode":0,"statuscode":1},{"_new_out_value":null,"new_aid":"<id>","new_name":"upgrade renewal 6","new_other":null,"new_parent":{"new_aid":"<id>","new_name":"contract audit 4"},"statecode":1,"statuscode":3}]}
        "#]],
    );
}

#[test]
fn random_rows_are_made_for_the_tables_that_users_own() {
    let changed = |change: fn(&mut Table)| {
        let mut table = table("new_a", &[text("new_name")]);
        table.custom = Some(false);
        change(&mut table);
        table
    };
    let cases = [
        (changed(|_| {}), 3),
        (changed(|t| t.kind = None), 3),
        (changed(|t| t.kind = Some(TableKind::Activity)), 3),
        (changed(|t| t.kind = Some(TableKind::Elastic)), 0),
        (changed(|t| t.kind = Some(TableKind::Intersect)), 0),
        (changed(|t| t.ownership = Some(Ownership::User)), 3),
        (changed(|t| t.ownership = Some(Ownership::Organization)), 0),
        (changed(|t| t.ownership = Some(Ownership::None)), 0),
        (
            changed(|t| {
                t.ownership = Some(Ownership::Organization);
                t.custom = Some(true);
            }),
            3,
        ),
        (changed(|t| t.partial = true), 0),
        (changed(|t| t.base = Some("new_a0".to_owned())), 3),
    ];
    let mut tables: Vec<Table> = cases.iter().map(|(table, _)| table.clone()).collect();
    for (n, table) in tables.iter_mut().enumerate() {
        table.logical_name = format!("new_a{n}");
        table.entity_set = Some(format!("new_a{n}s"));
    }
    let emulator: InProcessEmulator = builder(tables).seed_random(3, 1).in_process().unwrap();
    for (n, (table, rows)) in cases.iter().enumerate() {
        let count = send(&emulator, &format!("GET new_a{n}s/$count"));
        let count = String::from_utf8_lossy(count.body());
        // The first table is the base table of the last, whose rows it has.
        assert_eq!(count.trim_start_matches('\u{feff}'), rows.to_string(), "{table:?}");
    }
}
