use super::*;

#[test]
fn patterns_match_names() {
    for (pattern, name, expected) in [
        ("full*", "fullname", true),
        ("*name", "fullname", true),
        ("f?llname", "fullname", true),
        ("f*l*e", "fullname", true),
        ("fullname", "fullname2", false),
        ("*x*", "fullname", false),
        ("", "a", false),
        ("", "", true),
        ("*", "", true),
        ("**", "", true),
        ("a*", "", false),
        ("?", "", false),
        ("?", "a", true),
        ("?", "ab", false),
        ("??", "ab", true),
        ("a", "a", true),
        ("a", "b", false),
        ("fullname", "fullnam", false),
        ("full", "fullname", false),
        ("full?", "fullname", false),
        ("*full", "fullname", false),
        ("fullname*", "fullname", true),
        ("*fullname", "fullname", true),
        ("full**name", "fullname", true),
        ("*ab", "aab", true),
        ("*ab", "abab", true),
        ("*ab", "aba", false),
        ("*ab*ab", "ab", false),
        ("*ab*ab", "abab", true),
        ("a*b*c", "abcbc", true),
        ("a*b*c", "abcb", false),
        ("a*?b", "ab", false),
        ("a*?b", "aab", true),
        ("*a?c", "aacabc", true),
    ] {
        assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
    }
}

#[test]
fn the_columns_that_callers_need_most_come_first() {
    let store = dvkit_ide::sample::Sample::Contoso.open().unwrap();
    let table = store.table("contact").unwrap().unwrap();
    for (relevance_of_it, name, column) in [
        (0, "fullname", json!({"type": "string"})),
        (0, "contactid", json!({"type": "uniqueidentifier", "required": "system"})),
        (1, "a", json!({"type": "state"})),
        (1, "a", json!({"type": "status", "attribute_of": "b"})),
        (2, "a", json!({"type": "string", "required": "system"})),
        (
            2,
            "a",
            json!({"type": "memo", "required": "application", "valid_for_create": false, "valid_for_update": false}),
        ),
        (2, "a", json!({"type": "memo", "custom": true})),
        (2, "a", json!({"type": "memo", "custom": true, "valid_for_create": false})),
        (2, "a", json!({"type": "memo", "custom": true, "valid_for_update": false})),
        (
            5,
            "a",
            json!({"type": "memo", "custom": true, "valid_for_create": false, "valid_for_update": false}),
        ),
        (
            6,
            "a",
            json!({"type": "lookup", "custom": true, "valid_for_create": false, "valid_for_update": false}),
        ),
        (6, "a", json!({"type": "customer", "valid_for_create": false, "valid_for_update": false})),
        (3, "a", json!({"type": "lookup", "valid_for_create": false})),
        (3, "a", json!({"type": "lookup", "custom": false})),
        (3, "a", json!({"type": "owner"})),
        (3, "a", json!({"type": "choice"})),
        (3, "a", json!({"type": "choice", "valid_for_create": false, "valid_for_update": false})),
        (3, "a", json!({"type": "string", "format": "Email"})),
        (3, "a", json!({"type": "string", "format": "Phone", "logical": true})),
        (5, "a", json!({"type": "string", "format": "Url"})),
        (3, "a", json!({"type": "memo", "required": "recommended", "logical": true})),
        (5, "a", json!({"type": "memo", "required": "none"})),
        (6, "a", json!({"type": "string", "logical": true})),
        (5, "a", json!({"type": "string", "logical": false})),
        (5, "a", json!({"type": "string"})),
        (5, "a", json!({"type": "money"})),
        (4, "createdon", json!({"type": "date_time", "required": "system"})),
        (4, "ownerid", json!({"type": "owner"})),
        (4, "transactioncurrencyid", json!({"type": "lookup"})),
        (8, "versionnumber", json!({"type": "big_int", "required": "system"})),
        (8, "owningbusinessunit", json!({"type": "lookup"})),
        (8, "a", json!({"type": "money", "calculation_of": "b", "custom": true})),
        (8, "a", json!({"type": "string", "attribute_of": "b", "required": "system"})),
        (9, "a", json!({"type": "memo", "odata": false, "custom": true})),
        (9, "a", json!({"type": "virtual"})),
        (5, "a", json!({"type": "party_list"})),
    ] {
        let mut given = column.clone();
        given["logical_name"] = name.into();
        let given: Column = serde_json::from_value(given).unwrap();
        assert_eq!(relevance(table, &given), relevance_of_it, "{name} {column}");
    }
}

#[test]
fn named_columns_fill_the_room_and_a_whole_table_keeps_some_for_its_collections() {
    let store = dvkit_ide::sample::Sample::Contoso.open().unwrap();
    let table = store.table("contact").unwrap().unwrap();
    let shown = |patterns: &[&str], offset: usize, room: usize| {
        let mut answer = Answer::new(crate::MAX_BUDGET);
        answer.line(&"x".repeat(answer.room() - room - 1));
        assert_eq!(answer.room(), room);
        let selection = ColumnSelection { patterns: patterns.to_vec(), offset, limit: 1000 };
        show(&mut answer, &store, table, &selection).unwrap();
        (room - answer.room(), answer.is_truncated())
    };
    let count = table.columns.iter().filter(|column| !is_companion(column)).count();
    for (patterns, offset) in
        [(&["fullname"][..], 0), (&["fullname", "statecode"], 1), (&["*name"], 0), (&[], count - 2)]
    {
        let (needed, is_truncated) = shown(patterns, offset, 20_000);
        assert!(!is_truncated, "{patterns:?} {offset}");
        assert!(!shown(patterns, offset, needed).1, "{patterns:?} {offset} in {needed} bytes");
        assert!(shown(patterns, offset, needed - 1).1, "{patterns:?} {offset} in {} bytes", needed - 1);
    }
    let mut answer = Answer::new(1_000);
    show(&mut answer, &store, table, &ColumnSelection { patterns: vec![], offset: 0, limit: 1000 }).unwrap();
    let answer = answer.finish().structured.unwrap();
    assert!(answer["columns"].as_array().is_some_and(|all| !all.is_empty()), "{answer}");
    assert!(answer["collections"].as_array().is_some_and(|all| !all.is_empty()), "{answer}");
    assert_eq!(answer["truncated"], true, "{answer}");
}

/// Returns a snapshot with these tables.
fn store(tables: impl IntoIterator<Item = Table>) -> Store {
    let mut schema = dvkit_schema::Schema::default();
    for mut table in tables {
        table.sort();
        schema.tables.insert(table.logical_name.clone(), table);
    }
    Store::from_schema(schema)
}

/// Returns the text and the JSON that describe the table `t` of a snapshot.
fn shown(store: &Store, patterns: &[&str], offset: usize, limit: usize) -> Result<(String, Value), String> {
    let mut answer = Answer::new(crate::MAX_BUDGET);
    let selection = ColumnSelection { patterns: patterns.to_vec(), offset, limit };
    show(&mut answer, store, store.table("t").unwrap().unwrap(), &selection).map_err(|e| e.to_string())?;
    let answer = answer.finish();
    Ok((answer.text, answer.structured.unwrap()))
}

fn table(value: Value) -> Table {
    serde_json::from_value(value).unwrap()
}

#[test]
fn the_heading_of_a_table_says_what_is_known_of_it() {
    let keys = |count: usize| -> Vec<Value> {
        (0..count).map(|n| json!({"name": format!("k{n}"), "columns": ["a", "b", "c"]})).collect()
    };
    let columns = json!([
        {"logical_name": "a", "type": "string"},
        {"logical_name": "b", "type": "lookup"},
    ]);
    for (described, text, value) in [
        (
            json!({"logical_name": "t"}),
            "table t\nno entity set: the Web API does not offer its rows\n0 columns:".to_owned(),
            json!({"table": "t", "count": 0}),
        ),
        (
            json!({
                "logical_name": "t", "entity_set": "ts", "display_name": {"1033": "Tee"}, "primary_id": "tid",
                "primary_name": "name", "kind": "elastic", "partial": true, "keys": keys(1), "columns": columns,
            }),
            "table t\nentity set ts\nlabel \"Tee\"\nkey tid\na row is called by name\nelastic table, only a part of its \
columns is known\nalternate key ts(a=…,_b_value=…,c=…)\n2 columns:\nb (_b_value): lookup\na: text"
                .to_owned(),
            json!({
                "table": "t", "set": "ts", "label": "Tee", "key": "tid", "name_column": "name",
                "notes": ["elastic table", "only a part of its columns is known"],
                "keys": ["ts(a=…,_b_value=…,c=…)"], "count": 2,
                "columns": [
                    {"name": "b", "property": "_b_value", "type": "lookup"}, {"name": "a", "type": "text"},
                ],
            }),
        ),
        (
            json!({"logical_name": "t", "partial": true, "keys": [{"name": "k", "columns": ["a"]}]}),
            "table t\nno entity set: the Web API does not offer its rows\nonly a part of its columns is known\n\
alternate key …(a=…)\n0 columns:"
                .to_owned(),
            json!({
                "table": "t", "notes": ["only a part of its columns is known"], "keys": ["…(a=…)"], "count": 0,
            }),
        ),
        (
            json!({"logical_name": "t", "entity_set": "ts", "kind": "virtual", "keys": keys(9)}),
            format!(
                "table t\nentity set ts\nvirtual table\n{}0 columns:",
                "alternate key ts(a=…,b=…,c=…)\n".repeat(8)
            ),
            json!({
                "table": "t", "set": "ts", "notes": ["virtual table"], "keys": vec!["ts(a=…,b=…,c=…)"; 8], "count": 0,
            }),
        ),
    ] {
        let given = store([table(described.clone())]);
        assert_eq!(shown(&given, &[], 0, 100), Ok((text, value)), "{described}");
    }
}

#[test]
fn a_column_is_described_by_its_type_and_by_what_cannot_be_done_with_it() {
    let fetch = "not a property of the Web API: only in FetchXML";
    let party = "not in $filter or $select: use the collection of activity parties";
    let file = "only eq null and ne null in $filter";
    for (column, line, rest) in [
        (json!({"type": "string"}), "a: text".to_owned(), json!({"type": "text"})),
        (
            json!({"type": "string", "property": "A", "display_name": {"1033": "Label"}, "valid_for_read": true}),
            "a (A) \"Label\": text".to_owned(),
            json!({"type": "text", "property": "A", "label": "Label"}),
        ),
        (
            json!({"type": "string", "valid_for_read": false, "secured": true}),
            "a: text; under column security, cannot be read".to_owned(),
            json!({"type": "text", "notes": ["under column security", "cannot be read"]}),
        ),
        (
            json!({"type": "string", "property": "A", "odata": false}),
            format!("a: text; {fetch}"),
            json!({"type": "text", "notes": [fetch]}),
        ),
        (
            json!({"type": "party_list"}),
            format!("a: party list; {party}"),
            json!({"type": "party list", "notes": [party]}),
        ),
        (
            json!({"type": "party_list", "odata": false}),
            format!("a: party list; {party}"),
            json!({"type": "party list", "notes": [party]}),
        ),
        (json!({"type": "image"}), format!("a: image; {file}"), json!({"type": "image", "notes": [file]})),
        (json!({"type": "file"}), format!("a: file; {file}"), json!({"type": "file", "notes": [file]})),
        (
            json!({"type": "image", "odata": false}),
            format!("a: image; {fetch}"),
            json!({"type": "image", "notes": [fetch]}),
        ),
        (
            json!({"type": "choices"}),
            "a: choices (several); in $filter with ContainValues".to_owned(),
            json!({"type": "choices (several)", "notes": ["in $filter with ContainValues"]}),
        ),
    ] {
        let mut column = column;
        column["logical_name"] = "a".into();
        let given =
            store([table(json!({"logical_name": "t", "entity_set": "ts", "columns": [column.clone()]}))]);
        let mut described = rest;
        described["name"] = "a".into();
        let expected = (
            format!("table t\nentity set ts\n1 columns:\n{line}"),
            json!({"table": "t", "set": "ts", "count": 1, "columns": [described]}),
        );
        assert_eq!(shown(&given, &[], 0, 100), Ok(expected), "{column}");
    }
}

#[test]
fn a_lookup_has_at_most_twelve_navigation_properties_and_a_choice_at_most_forty_options() {
    for (count, listed) in [(0, 0), (1, 1), (12, 12), (13, 12)] {
        let relationships: Vec<Value> = (0..count)
            .map(|n| {
                json!({"navigation": format!("n{n:02}"), "side": "many_to_one", "table": format!("to{n}"), "column": "a"})
            })
            .collect();
        let given = store([table(json!({
            "logical_name": "t", "columns": [{"logical_name": "a", "type": "lookup"}], "relationships": relationships,
        }))]);
        let (text, value) = shown(&given, &[], 0, 100).unwrap();
        let all: Vec<String> = (0..listed).map(|n| format!("n{n:02} -> to{n}")).collect();
        let line = if listed == 0 { String::new() } else { format!("; navigation {}", all.join(", ")) };
        assert_eq!(text.lines().nth(3), Some(format!("a (_a_value): lookup{line}").as_str()), "{count}");
        let all: Map<String, Value> =
            (0..listed).map(|n| (format!("n{n:02}"), format!("to{n}").into())).collect();
        let expected = if listed == 0 { Value::Null } else { all.into() };
        assert_eq!(value["columns"][0]["navigation"], expected, "{count}");
    }
    for (count, listed) in [(0, 0), (1, 1), (40, 40), (41, 40)] {
        let options: Vec<Value> =
            (0..count).map(|n| json!({"value": n, "label": {"1033": format!("l{n}")}})).collect();
        let given = store([table(json!({
            "logical_name": "t",
            "columns": [{"logical_name": "a", "type": "choice", "choice": {"local": {"name": "t_a", "options": options}}}],
        }))]);
        let (text, value) = shown(&given, &[], 0, 100).unwrap();
        let mut all: Vec<String> = (0..listed).map(|n| format!("{n} l{n}")).collect();
        if count > listed {
            all.push("… 1 more".to_owned());
        }
        let line = if listed == 0 { String::new() } else { format!("; {}", all.join(", ")) };
        assert_eq!(text.lines().nth(3), Some(format!("a: choice{line}").as_str()), "{count}");
        let all: Map<String, Value> = (0..listed).map(|n| (n.to_string(), format!("l{n}").into())).collect();
        let expected = if listed == 0 { Value::Null } else { all.into() };
        assert_eq!(value["columns"][0]["options"], expected, "{count}");
    }
}

#[test]
fn columns_are_selected_by_names_properties_navigation_properties_and_words() {
    let given = store([table(json!({
        "logical_name": "t",
        "columns": [
            {"logical_name": "city", "type": "string", "display_name": {"1031": "Ort", "1033": "Home Town"}},
            {"logical_name": "parentid", "type": "lookup", "display_name": {"1033": "Parent"}},
            {"logical_name": "parentidname", "type": "string", "attribute_of": "parentid", "display_name": {"1033": "Parent"}},
            {"logical_name": "pay", "type": "money", "property": "Pay", "display_name": {"1033": "Monthly Pay"}},
            {"logical_name": "pay_base", "type": "money", "calculation_of": "pay"},
        ],
        "relationships": [
            {"navigation": "ParentNav", "side": "many_to_one", "table": "t", "column": "parentid"},
            {"navigation": "children", "side": "one_to_many", "table": "t", "column": "parentid"},
        ],
    }))]);
    let names = |patterns: &[&str]| -> Result<Vec<String>, String> {
        let table = given.table("t").unwrap().unwrap();
        let columns = selected(&given, table, patterns).map_err(|error| error.to_string())?;
        Ok(columns.into_iter().map(|column| column.logical_name.clone()).collect())
    };
    for (patterns, expected) in [
        (&[][..], &["city", "parentid", "pay"][..]),
        (&["city"], &["city"]),
        (&[" CITY "], &["city"]),
        (&["t.city"], &["city"]),
        (&["T.City"], &["city"]),
        (&["p*"], &["parentid", "parentidname", "pay", "pay_base"]),
        (&["pay?base"], &["pay_base"]),
        (&["_parentid_value"], &["parentid"]),
        (&["PAY"], &["pay"]),
        (&["parentnav"], &["parentid"]),
        (&["home"], &["city"]),
        (&["town home"], &["city"]),
        (&["ort"], &["city"]),
        (&["parent"], &["parentid"]),
        (&["monthly"], &["pay"]),
        // A word of the name is enough where no whole name matches.
        (&["it"], &["city"]),
        (&["pay", "city", "pay"], &["pay", "city"]),
        (&["pay", "p*"], &["pay", "parentid", "parentidname", "pay_base"]),
    ] {
        let expected: Vec<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(names(patterns), Ok(expected), "{patterns:?}");
    }
    for (patterns, expected) in [
        (&["children"][..], "`t` has no column `children`"),
        (&["town hall"], "`t` has no column `town hall`"),
        (&["city", "parentie"], "`t` has no column `parentie`; did you mean parentid, parentidname?"),
        (&["u.city"], "`t` has no column `u.city`; did you mean city?"),
    ] {
        assert_eq!(names(patterns), Err(expected.to_owned()), "{patterns:?}");
    }
}

#[test]
fn collections_of_system_tables_are_listed_last() {
    let relationship = |navigation: Option<&str>, side: &str, table: &str| json!({"navigation": navigation, "side": side, "table": table});
    let given = store([table(json!({
        "logical_name": "t",
        "relationships": [
            relationship(Some("a_async"), "one_to_many", "asyncoperation"),
            relationship(Some("b_accounts"), "one_to_many", "account"),
            relationship(Some("c_one"), "many_to_one", "account"),
            relationship(Some("d_errors"), "one_to_many", "syncerror"),
            relationship(Some("e_contacts"), "many_to_many", "contact"),
            relationship(None, "one_to_many", "lead"),
        ],
    }))]);
    let (text, value) = shown(&given, &[], 0, 100).unwrap();
    let expected = "table t\nno entity set: the Web API does not offer its rows\n0 columns:\ncollections:\n\
b_accounts -> account\ne_contacts -> contact\na_async -> asyncoperation\nd_errors -> syncerror";
    assert_eq!(text, expected);
    let to = |name: &str, to: &str| json!({"name": name, "to": to});
    let expected = json!([
        to("b_accounts", "account"),
        to("e_contacts", "contact"),
        to("a_async", "asyncoperation"),
        to("d_errors", "syncerror"),
    ]);
    assert_eq!(value["collections"], expected);
}

#[test]
fn the_columns_of_an_answer_are_those_from_the_offset_up_to_the_limit() {
    let columns: Vec<Value> =
        (0..4).map(|n| json!({"logical_name": format!("c{n}"), "type": "string"})).collect();
    let relationships = json!([{"navigation": "many", "side": "one_to_many", "table": "u"}]);
    let given = store([table(json!({
        "logical_name": "t", "entity_set": "ts", "primary_id": "tid", "columns": columns, "relationships": relationships,
    }))]);
    let (key, many) = ("key tid\n", "collections:\nmany -> u\n");
    for (patterns, offset, limit, before, count, numbers, after, rest) in [
        (&[][..], 0, 4, key, "4 columns:", 0..4, many, None),
        (&[], 0, 5, key, "4 columns:", 0..4, many, None),
        (&[], 0, 3, key, "4 columns match", 0..3, many, Some(3)),
        (&[], 0, 1, key, "4 columns match", 0..1, many, Some(1)),
        (&[], 1, 4, "", "4 columns match", 1..4, "", None),
        (&[], 1, 3, "", "4 columns match", 1..4, "", None),
        (&[], 1, 2, "", "4 columns match", 1..3, "", Some(3)),
        (&[], 3, 1, "", "4 columns match", 3..4, "", None),
        (&[], 4, 1, "", "4 columns match", 4..4, "", None),
        (&[], 9, 1, "", "4 columns match", 9..9, "", None),
        (&["c*"], 0, 4, key, "4 columns match", 0..4, "", None),
        (&["c*"], 0, 2, key, "4 columns match", 0..2, "", Some(2)),
        (&["c*"], 2, 1, "", "4 columns match", 2..3, "", Some(3)),
    ] {
        let columns: String = numbers.map(|n| format!("c{n}: text\n")).collect();
        let rest =
            rest.map_or_else(String::new, |n| format!("truncated: pass `offset` {n} for more columns\n"));
        let expected = format!("table t\nentity set ts\n{before}{count}\n{columns}{after}{rest}");
        let (text, _) = shown(&given, patterns, offset, limit).unwrap();
        assert_eq!(text, expected.trim_end(), "{patterns:?} {offset} {limit}");
    }
}

#[test]
fn a_table_is_meant_by_its_names_and_by_those_of_its_columns() {
    let store = dvkit_ide::sample::Sample::Contoso.open().unwrap();
    let missing = |name: &str| {
        format!(
            "there is no table and no entity set `{name}` in this snapshot; did you mean: `contact`; `find` searches by words"
        )
    };
    for (name, expected) in [
        ("contact", Ok("contact")),
        (" contacts\n", Ok("contact")),
        ("Project", Ok("new_project")),
        ("contact.fullname", Ok("contact")),
        ("contact.parentcustomerid_account", Ok("contact")),
        ("contct", Err(missing("contct"))),
        (" contct ", Err(missing("contct"))),
    ] {
        let found = find(&store, name).map(|table| table.logical_name.as_str()).map_err(|e| e.to_string());
        assert_eq!(found, expected, "{name}");
        let found = entry(&store, name).map(|entry| entry.logical_name.as_str()).map_err(|e| e.to_string());
        assert_eq!(found, expected, "the entry of {name}");
    }
}

#[test]
fn the_page_of_a_resource_lists_every_column_that_fits() {
    let columns: Vec<Value> =
        (0..150).map(|n| json!({"logical_name": format!("c{n:03}"), "type": "string"})).collect();
    let given = store([table(json!({"logical_name": "t", "entity_set": "ts", "columns": columns}))]);
    let table = given.table("t").unwrap().unwrap();
    let answer = page(&given, table, 6_000).unwrap();
    let expected: String = (0..150).map(|n| format!("c{n:03}: text\n")).collect();
    assert_eq!(answer.text, format!("table t\nentity set ts\n150 columns:\n{expected}").trim_end());
    let answer = page(&given, table, 300).unwrap();
    assert!(answer.text.ends_with(" for more columns"), "{}", answer.text);
    assert!(answer.tokens() <= 300);
}
