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

/// Returns the values that a column has in forty random rows, each once, in the order of their text.
fn values(columns: &[Value], key: Option<&str>, column: &str) -> String {
    let mut all = columns.to_vec();
    all.insert(0, text("new_name"));
    let mut made = table("new_a", &all);
    if let Some(key) = key {
        made.keys = vec![serde_json::from_value(json!({"name": "k", "columns": [key]})).unwrap()];
    }
    let emulator = builder([made]).seed_random(40, 7).in_process().unwrap();
    let response = send(&emulator, &format!("GET new_as?$select={column}"));
    let response: Value = serde_json::from_slice(response.body()).unwrap();
    let mut found: Vec<String> =
        response["value"].as_array().unwrap().iter().map(|row| row[column].to_string()).collect();
    found.sort();
    found.dedup();
    found.join(" ")
}

#[test]
fn random_numbers_keep_to_the_limits_of_their_columns() {
    for (column, expected) in [
        (typed("c", "integer", json!({"min": -5, "max": 2})), expect!["0 1 2 null"]),
        (typed("c", "integer", json!({"min": 998, "max": 5000})), expect!["1000 998 999 null"]),
        (typed("c", "integer", json!({"min": 2000})), expect!["2000 null"]),
        (typed("c", "integer", json!({"max": 0})), expect!["0 null"]),
        (typed("c", "decimal", json!({"min": -5, "max": 3})), expect!["0.0 1.0 2.0 null"]),
        (typed("c", "double", json!({"min": 99_998, "max": 500_000})), expect!["99998.0 99999.0 null"]),
        (typed("c", "money", json!({"min": 200_000})), expect!["200000.0 null"]),
        (typed("c", "boolean", json!({})), expect!["false null true"]),
        (
            typed("c", "big_int", json!({})),
            expect![
                "100545 173219 176509 199132 276675 285617 289323 304499 307396 451656 463578 491830 497151 497862 526854 614201 650467 665815 671194 705795 738579 757077 790825 906764 911289 928813 951502 998885 null"
            ],
        ),
        (
            typed("c", "double", json!({})),
            expect![
                "11940.0 12889.0 15020.0 16560.0 18300.0 32190.0 35780.0 42010.0 44990.0 4670.0 5450.0 56170.0 57950.0 58150.0 65090.0 66750.0 67640.0 68540.0 70770.0 71510.0 73960.0 78620.0 8250.0 85790.0 88130.0 88850.0 91320.0 93230.0 null"
            ],
        ),
        (
            typed("c", "integer", json!({})),
            expect![
                "160 17 235 379 447 465 478 490 506 546 553 570 571 614 619 620 627 713 729 811 815 880 902 905 917 929 955 959 null"
            ],
        ),
    ] {
        expected.assert_eq(&values(std::slice::from_ref(&column), None, "c"));
    }
}

#[test]
fn random_texts_are_made_for_the_format_and_the_name_of_their_column() {
    let string = |name: &str, format: &str| typed(name, "string", json!({"format": format}));
    for (column, expected) in [
        (
            string("new_city", "Text"),
            expect![[r#""Berlin" "Dublin" "Lisbon" "Oslo" "Paris" "Seattle" "Vienna" "Zürich" null"#]],
        ),
        (
            string("new_city", "Email"),
            expect![[
                r#""audit10@example.com" "audit23@example.com" "delivery3@example.com" "delivery6@example.com" "launch20@example.com" "launch21@example.com" "launch5@example.com" "north12@example.com" "north15@example.com" "north7@example.com" "pilot19@example.com" "pilot34@example.com" "pilot35@example.com" "quarterly11@example.com" "quarterly39@example.com" "renewal27@example.com" "renewal28@example.com" "renewal2@example.com" "spring33@example.com" "spring8@example.com" "supply1@example.com" "supply30@example.com" "supply32@example.com" "supply36@example.com" "support25@example.com" "support9@example.com" "upgrade26@example.com" "upgrade31@example.com" null"#
            ]],
        ),
        (
            string("new_city", "Url"),
            expect![[
                r#""https://www.example.com/1" "https://www.example.com/10" "https://www.example.com/11" "https://www.example.com/13" "https://www.example.com/14" "https://www.example.com/16" "https://www.example.com/17" "https://www.example.com/23" "https://www.example.com/24" "https://www.example.com/28" "https://www.example.com/29" "https://www.example.com/30" "https://www.example.com/32" "https://www.example.com/33" "https://www.example.com/34" "https://www.example.com/35" "https://www.example.com/36" "https://www.example.com/37" "https://www.example.com/38" "https://www.example.com/4" "https://www.example.com/40" "https://www.example.com/6" "https://www.example.com/9" null"#
            ]],
        ),
        (
            string("new_city", "Phone"),
            expect![[
                r#""+1 555 0467" "+1 555 0545" "+1 555 0825" "+1 555 1194" "+1 555 1289" "+1 555 1502" "+1 555 1656" "+1 555 1830" "+1 555 3219" "+1 555 3578" "+1 555 4201" "+1 555 4499" "+1 555 5617" "+1 555 5795" "+1 555 5815" "+1 555 6509" "+1 555 6675" "+1 555 6764" "+1 555 6854" "+1 555 7077" "+1 555 7151" "+1 555 7396" "+1 555 7862" "+1 555 8579" "+1 555 8813" "+1 555 8885" "+1 555 9132" "+1 555 9323" null"#
            ]],
        ),
        (
            string("firstname", "Text"),
            expect![[
                r#""Ann" "Ben" "Chloe" "David" "Elena" "Farid" "Grace" "Hiro" "Ines" "Jonas" "Kim" "Leila""#
            ]],
        ),
        (
            string("lastname", "Text"),
            expect![[
                r#""Andersson" "Dubois" "García" "Haddad" "Kowalski" "Müller" "Nguyen" "O'Brien" "Rossi" "Schmidt" "Smith" "Tanaka""#
            ]],
        ),
        (
            string("jobtitle", "Text"),
            expect![[
                r#""audit manager" "delivery manager" "launch manager" "north manager" "pilot manager" "quarterly manager" "renewal manager" "spring manager" "supply manager" "support manager" "upgrade manager" null"#
            ]],
        ),
        (
            string("new_country", "Text"),
            expect![[r#""Austria" "France" "Germany" "Ireland" "Portugal" "USA" null"#]],
        ),
        (
            string("new_postalcode", "Text"),
            expect![[
                r#""00545" "05795" "06489" "07396" "11289" "14201" "26854" "28813" "38579" "51456" "57077" "63578" "64436" "71194" "73219" "76509" "76675" "79980" "81707" "85617" "89323" "90825" "91830" "97151" "97862" "98885" null"#
            ]],
        ),
        (
            string("new_email", "Text"),
            expect![[
                r#""audit10@example.com" "audit23@example.com" "delivery3@example.com" "delivery6@example.com" "launch20@example.com" "launch21@example.com" "launch5@example.com" "north12@example.com" "north15@example.com" "north7@example.com" "pilot19@example.com" "pilot34@example.com" "pilot35@example.com" "quarterly11@example.com" "quarterly39@example.com" "renewal27@example.com" "renewal28@example.com" "renewal2@example.com" "spring33@example.com" "spring8@example.com" "supply1@example.com" "supply30@example.com" "supply32@example.com" "supply36@example.com" "support25@example.com" "support9@example.com" "upgrade26@example.com" "upgrade31@example.com" null"#
            ]],
        ),
        (
            string("new_phone", "Text"),
            expect![[
                r#""+1 555 0545" "+1 555 0825" "+1 555 1194" "+1 555 1289" "+1 555 1456" "+1 555 1707" "+1 555 1830" "+1 555 3219" "+1 555 3578" "+1 555 4201" "+1 555 4436" "+1 555 5617" "+1 555 5795" "+1 555 6489" "+1 555 6509" "+1 555 6675" "+1 555 6854" "+1 555 7077" "+1 555 7151" "+1 555 7396" "+1 555 7862" "+1 555 8579" "+1 555 8813" "+1 555 8885" "+1 555 9323" "+1 555 9980" null"#
            ]],
        ),
        (
            string("new_fax", "Text"),
            expect![[
                r#""+1 555 0467" "+1 555 0545" "+1 555 0825" "+1 555 1194" "+1 555 1289" "+1 555 1502" "+1 555 1656" "+1 555 1830" "+1 555 3219" "+1 555 3578" "+1 555 4201" "+1 555 4499" "+1 555 5617" "+1 555 5795" "+1 555 5815" "+1 555 6509" "+1 555 6675" "+1 555 6764" "+1 555 6854" "+1 555 7077" "+1 555 7151" "+1 555 7396" "+1 555 7862" "+1 555 8579" "+1 555 8813" "+1 555 8885" "+1 555 9132" "+1 555 9323" null"#
            ]],
        ),
        (
            string("new_line1", "Text"),
            expect![[
                r#""audit Street 149" "audit Street 81" "contract Street 108" "contract Street 117" "contract Street 135" "contract Street 71" "delivery Street 115" "delivery Street 34" "launch Street 121" "launch Street 157" "launch Street 61" "north Street 13" "north Street 73" "pilot Street 120" "pilot Street 154" "pilot Street 167" "quarterly Street 122" "renewal Street 17" "renewal Street 193" "renewal Street 57" "renewal Street 6" "review Street 4" "spring Street 166" "supply Street 10" "supply Street 179" "supply Street 8" "training Street 146" "training Street 156" "training Street 73" "upgrade Street 199" null"#
            ]],
        ),
        (
            string("new_url", "Text"),
            expect![[
                r#""https://www.example.com/1" "https://www.example.com/12" "https://www.example.com/13" "https://www.example.com/14" "https://www.example.com/15" "https://www.example.com/18" "https://www.example.com/2" "https://www.example.com/20" "https://www.example.com/21" "https://www.example.com/22" "https://www.example.com/25" "https://www.example.com/26" "https://www.example.com/28" "https://www.example.com/3" "https://www.example.com/30" "https://www.example.com/31" "https://www.example.com/33" "https://www.example.com/34" "https://www.example.com/36" "https://www.example.com/39" "https://www.example.com/40" "https://www.example.com/5" "https://www.example.com/6" "https://www.example.com/7" "https://www.example.com/8" null"#
            ]],
        ),
        (
            string("new_other", "Text"),
            expect![[
                r#""audit quarterly" "audit spring" "contract pilot" "contract review" "contract supply" "contract support" "delivery audit" "delivery launch" "launch audit" "launch pilot" "launch supply" "north pilot" "pilot review" "pilot spring" "pilot training" "quarterly contract" "quarterly launch" "renewal pilot" "renewal support" "renewal upgrade" "review review" "spring launch" "supply contract" "supply support" "training launch" "training review" "training spring" "upgrade supply" null"#
            ]],
        ),
        (
            typed("c", "edm", json!({"edm": "String"})),
            expect![[
                r#""audit quarterly" "audit spring" "contract pilot" "contract review" "contract supply" "contract support" "delivery audit" "delivery launch" "launch audit" "launch pilot" "launch supply" "north pilot" "pilot review" "pilot spring" "pilot training" "quarterly contract" "renewal pilot" "renewal spring" "renewal support" "renewal upgrade" "review review" "spring launch" "supply contract" "supply review" "supply support" "training launch" "training review" "training spring" "upgrade supply" null"#
            ]],
        ),
        (
            typed("c", "memo", json!({})),
            expect![[
                r#""audit pilot renewal training launch. pilot spring quarterly pilot." "audit pilot supply contract audit. north renewal upgrade supply." "audit training review spring launch. spring review support pilot." "contract upgrade quarterly pilot training. supply spring upgrade spring." "delivery launch review renewal pilot. delivery training renewal north." "delivery launch supply supply training. audit upgrade quarterly north." "delivery renewal pilot support upgrade. upgrade renewal upgrade renewal." "launch audit pilot contract review. north audit contract renewal." "launch supply renewal spring delivery. north pilot contract north." "north audit review launch upgrade. launch delivery quarterly renewal." "north launch delivery renewal pilot. review review delivery support." "pilot contract review audit review. quarterly contract renewal upgrade." "pilot spring launch spring launch. delivery audit spring launch." "quarterly contract supply review quarterly. contract support contract training." "quarterly launch audit launch north. renewal training spring contract." "quarterly launch review renewal review. quarterly upgrade renewal support." "quarterly north supply quarterly support. delivery support renewal support." "renewal support delivery upgrade upgrade. supply contract quarterly audit." "review north supply support supply. north support support contract." "review support spring spring training. review pilot quarterly upgrade." "spring pilot upgrade supply support. delivery audit contract audit." "supply review quarterly launch renewal. renewal spring delivery delivery." "support audit pilot review review. spring upgrade delivery audit." "support review north supply contract. launch spring review review." null"#
            ]],
        ),
        (
            typed("c", "memo", json!({"max_length": 12})),
            expect![[
                r#""audit pilot " "audit traini" "contract upg" "delivery lau" "delivery ren" "launch audit" "launch suppl" "north audit " "north launch" "pilot contra" "pilot spring" "quarterly co" "quarterly la" "quarterly no" "renewal supp" "review north" "review suppo" "spring pilot" "supply revie" "support audi" "support revi" null"#
            ]],
        ),
        (
            typed("c", "string", json!({"max_length": 6})),
            expect![[
                r#""audit " "contra" "delive" "launch" "north " "pilot " "quarte" "renewa" "review" "spring" "supply" "traini" "upgrad" null"#
            ]],
        ),
    ] {
        let name = column["name"].as_str().unwrap().to_owned();
        expected.assert_eq(&values(&[column], None, &name));
    }
    expect![[r#""AUDIT-00006" "AUDIT-00013" "AUDIT-00015" "AUDIT-00038" "CONTRACT-00014" "CONTRACT-00017" "CONTRACT-00040" "DELIVERY-00004" "DELIVERY-00012" "DELIVERY-00025" "LAUNCH-00024" "LAUNCH-00026" "NORTH-00008" "NORTH-00009" "NORTH-00019" "NORTH-00039" "PILOT-00018" "PILOT-00028" "PILOT-00031" "QUARTERLY-00002" "QUARTERLY-00021" "QUARTERLY-00034" "RENEWAL-00003" "RENEWAL-00007" "RENEWAL-00016" "REVIEW-00001" "REVIEW-00020" "REVIEW-00029" "REVIEW-00033" "SPRING-00027" "SPRING-00030" "SUPPLY-00005" "SUPPLY-00037" "SUPPORT-00023" "SUPPORT-00035" "SUPPORT-00036" "UPGRADE-00010" "UPGRADE-00011" "UPGRADE-00022" "UPGRADE-00032""#]].assert_eq(&values(&[string("new_city", "Email")], Some("new_city"), "new_city"));
    expect![[r#""audit contract 18" "audit launch 22" "audit spring 19" "contract training 25" "delivery audit 37" "delivery audit 8" "delivery delivery 5" "delivery north 11" "launch renewal 3" "launch supply 9" "north audit 13" "north pilot 28" "north renewal 23" "pilot contract 12" "pilot contract 20" "pilot review 29" "pilot upgrade 39" "quarterly launch 21" "quarterly pilot 31" "renewal spring 10" "renewal spring 4" "renewal upgrade 14" "review audit 30" "review quarterly 2" "review supply 1" "review supply 27" "spring launch 35" "spring launch 36" "spring launch 38" "spring pilot 15" "spring pilot 33" "spring support 40" "supply supply 7" "support delivery 17" "support pilot 34" "support upgrade 32" "training pilot 26" "training spring 24" "upgrade contract 6" "upgrade supply 16""#]].assert_eq(&values(&[], None, "new_name"));
}

#[test]
fn random_options_and_dates_are_those_of_their_columns() {
    let options =
        json!({"choice": {"local": {"name": "o", "options": [{"value": 3}, {"value": 7}, {"value": 9}]}}});
    for (column, expected) in [
        (typed("c", "choice", options.clone()), expect!["3 7 9 null"]),
        (typed("c", "choices", options), expect![[r#""3" "7" "9" null"#]]),
        (typed("c", "choice", json!({})), expect!["null"]),
        (typed("c", "choice", json!({"choice": {"global": "nowhere"}})), expect!["null"]),
        (
            typed("c", "date_time", json!({"behavior": "date_only"})),
            expect![[
                r#""2024-12-12" "2025-01-27" "2025-02-05" "2025-03-01" "2025-03-10" "2025-05-11" "2025-05-19" "2025-06-16" "2025-09-15" "2025-09-21" "2025-10-08" "2025-11-09" "2025-12-10" "2025-12-31" "2026-01-04" "2026-01-11" "2026-02-18" "2026-05-01" "2026-05-06" "2026-06-05" "2026-06-07" "2026-07-07" "2026-07-08" "2026-07-14" "2026-08-15" "2026-10-09" "2026-10-16" "2026-11-27" null"#
            ]],
        ),
        (
            typed("c", "date_time", json!({"behavior": "user_local"})),
            expect![[
                r#""2024-12-12T21:05:09Z" "2025-01-27T05:05:09Z" "2025-02-05T11:05:09Z" "2025-03-01T06:05:09Z" "2025-03-10T20:05:09Z" "2025-05-11T04:05:09Z" "2025-05-19T04:05:09Z" "2025-06-16T23:05:09Z" "2025-09-15T05:05:09Z" "2025-09-21T09:05:09Z" "2025-10-08T09:05:09Z" "2025-11-09T22:05:09Z" "2025-12-10T03:05:09Z" "2025-12-31T16:05:09Z" "2026-01-04T12:05:09Z" "2026-01-11T10:05:09Z" "2026-02-18T15:05:09Z" "2026-05-01T01:05:09Z" "2026-05-06T14:05:09Z" "2026-06-05T17:05:09Z" "2026-06-07T00:05:09Z" "2026-07-07T17:05:09Z" "2026-07-08T05:05:09Z" "2026-07-14T15:05:09Z" "2026-08-15T15:05:09Z" "2026-10-09T07:05:09Z" "2026-10-16T15:05:09Z" "2026-11-27T23:05:09Z" null"#
            ]],
        ),
        (typed("c", "uniqueidentifier", json!({})), expect!["null"]),
        (
            typed("c", "string", json!({"auto_number": "{SEQNUM:1}"})),
            expect![[
                r#""1000" "1001" "1002" "1003" "1004" "1005" "1006" "1007" "1008" "1009" "1010" "1011" "1012" "1013" "1014" "1015" "1016" "1017" "1018" "1019" "1020" "1021" "1022" "1023" "1024" "1025" "1026" "1027" "1028" "1029" "1030" "1031" "1032" "1033" "1034" "1035" "1036" "1037" "1038" "1039""#
            ]],
        ),
        (typed("c", "string", json!({"valid_for_create": false})), expect!["null"]),
        (typed("c", "string", json!({"source": "calculated"})), expect!["null"]),
        (typed("c", "string", json!({"source": "rollup"})), expect!["null"]),
        (typed("c", "string", json!({"source": "formula"})), expect!["null"]),
        (typed("c", "string", json!({"attribute_of": "new_name"})), expect!["null"]),
        (typed("documentbody", "string", json!({})), expect!["null"]),
        (typed("importsequencenumber", "integer", json!({})), expect!["null"]),
        (
            typed("c", "string", json!({"required": "application", "max_length": 1})),
            expect![[r#""a" "c" "d" "l" "n" "p" "q" "r" "s" "u""#]],
        ),
        (
            typed("c", "string", json!({"required": "system", "max_length": 1})),
            expect![[r#""a" "c" "d" "l" "n" "p" "q" "r" "s" "u""#]],
        ),
        (
            typed("c", "string", json!({"required": "recommended", "max_length": 1})),
            expect![[r#""a" "c" "d" "l" "n" "p" "q" "r" "s" "t" "u" null"#]],
        ),
    ] {
        let name = column["name"].as_str().unwrap().to_owned();
        expected.assert_eq(&values(&[column], None, &name));
    }
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
    for (table, rows) in [
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
    ] {
        let shown = format!("{table:?}");
        let emulator: InProcessEmulator = builder([table]).seed_random(3, 1).in_process().unwrap();
        let count = send(&emulator, "GET new_as/$count");
        let count = String::from_utf8_lossy(count.body());
        assert_eq!(count.trim_start_matches('\u{feff}'), rows.to_string(), "{shown}");
    }
}
