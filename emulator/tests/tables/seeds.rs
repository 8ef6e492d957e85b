//! Seeds: what each of them makes, or why it is refused.

use expect_test::{Expect, expect};
use serde_json::Value;

use super::{builder, send};

/// Starts an emulator with each line as its seed: JSON, or `NAME.csv: TEXT` and `NAME.json: TEXT` for a file,
/// whose `\n` ends a line. The line below has the refusal, or the response to the request after `|`.
fn check(table: Expect) {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for line in table.data().lines().map(str::trim).filter(|line| !line.starts_with('>')) {
        if line.is_empty() {
            continue;
        }
        text.push_str(line);
        text.push('\n');
        let (seed, read) = line.split_once(" | ").unwrap_or((line, ""));
        let builder = match seed.split_once(':').filter(|_| !seed.starts_with(['{', '['])) {
            Some((name, content)) => {
                let path = folder.path().join(name);
                std::fs::write(&path, content.trim_start().replace("\\n", "\n")).unwrap();
                builder().seed_file(path)
            }
            None => builder().seed(serde_json::from_str::<Value>(seed).unwrap()),
        };
        let shown = match builder.in_process() {
            Err(error) => error.to_string().replace(folder.path().to_str().unwrap(), "…"),
            Ok(_) if read.is_empty() => "good".to_owned(),
            Ok(emulator) => {
                let body = send(&emulator, &format!("GET {read}")).into_body();
                let body: Value = serde_json::from_slice(&body).unwrap();
                let mut rows = body["value"].as_array().unwrap().clone();
                for row in &mut rows {
                    let own = row.as_object_mut().unwrap();
                    own.retain(|name, _| !name.contains('@') && !name.ends_with("id"));
                }
                Value::Array(rows).to_string()
            }
        };
        text.push_str(&format!("> {}\n", shown.replace('\n', " ")));
    }
    table.assert_eq(&text);
}

#[test]
fn seeds_have_a_form() {
    check(expect![[r#"
        []
        > seeds are an object with an array of rows for each table: {"accounts": [{…}]}
        1
        > seeds are an object with an array of rows for each table: {"accounts": [{…}]}
        {}
        > good
        {"accounts": {}}
        > accounts: the rows of a table are an array of objects: [{…}, {…}]
        {"accounts": []}
        > good
        {"accounts": [1]}
        > accounts, row 1: a row is an object: {"name": "Contoso"}
        {"accounts": [{}, "x"]}
        > accounts, row 2: a row is an object: {"name": "Contoso"}
        {"@odata.context": 1, "accounts": []}
        > good
        {"": [{}]}
        > , row 1: the organisation has no table or entity set ``
        {"accunts": [{}]}
        > accunts, row 1: the organisation has no table or entity set `accunts`; did you mean `accounts`?
        {"zzzzzzzz": [{}]}
        > zzzzzzzz, row 1: the organisation has no table or entity set `zzzzzzzz`
        {"account": [{"name": "A"}]} | accounts?$select=name
        > [{"name":"A"}]
        {"accounts": [{"name": "A"}]} | accounts?$select=name
        > [{"name":"A"}]
    "#]]);
}

#[test]
fn the_members_of_a_seed_are_columns_lookups_and_collections() {
    check(expect![[r#"
        {"accounts": [{"Name": "A"}]}
        > accounts, row 1, `Name`: the table `account` has no column `Name`; did you mean `name`?
        {"accounts": [{"zzzz": "A"}]}
        > accounts, row 1, `zzzz`: the table `account` has no column `zzzz`
        {"accounts": [{"accountid": 1}]}
        > accounts, row 1, `accountid`: `1` is not a guid
        {"accounts": [{"accountid": null, "name": "A"}]} | accounts?$select=name
        > [{"name":"A"}]
        {"accounts": [{"accountid": "x"}]}
        > accounts, row 1, `accountid`: `"x"` is not a guid
        {"accounts": [{"versionnumber": "x", "name": null}]}
        > good
        {"accounts": [{"primarycontactidname": "x"}]}
        > accounts, row 1, `primarycontactidname`: the name of a lookup is read from the row that the lookup refers to; give the lookup
        {"accounts": [{"parentaccountid_unknown@odata.bind": "/accounts(1)"}]}
        > accounts, row 1, `parentaccountid_unknown@odata.bind`: the table `account` has no navigation property `parentaccountid_unknown`
        {"accounts": [{"primarycontactid@odata.bind": 1}]}
        > accounts, row 1, `primarycontactid@odata.bind`: `1` is not a reference; a reference is an id, a name, `/accounts(…)`, or the values of columns: {"accountnumber": "A1"}
        {"accounts": [{"primarycontactid@odata.bind": null}]}
        > good
        {"accounts": [{"primarycontactid@odata.bind": "/contacts(00000000-0000-0000-0000-000000000001)"}]}
        > accounts, row 1, `primarycontactid@odata.bind`: no row is named by `/contacts(00000000-0000-0000-0000-000000000001)`
        {"accounts": [{"primarycontactid@odata.bind": "/acounts(00000000-0000-0000-0000-000000000001)"}]}
        > accounts, row 1, `primarycontactid@odata.bind`: no row of `contact` is named `/acounts(00000000-0000-0000-0000-000000000001)`
        {"accounts": [{"contact_customer_accounts@odata.bind": []}]}
        > accounts, row 1, `contact_customer_accounts@odata.bind`: only a lookup or an N:N relationship can be bound
        {"accounts": [{"contact_customer_accounts": []}]}
        > accounts, row 1, `contact_customer_accounts`: rows of `contact` are given in an array of their own, with a lookup to this row
        {"accounts": [{"name@x": 1, "@x": 2}]}
        > good
        {"accounts": [{"primarycontactid": 7}]}
        > accounts, row 1, `primarycontactid`: `7` is not a reference; a reference is an id, a name, `/accounts(…)`, or the values of columns: {"accountnumber": "A1"}
        {"accounts": [{"primarycontactid": []}]}
        > accounts, row 1, `primarycontactid`: `[]` is not a reference; a reference is an id, a name, `/accounts(…)`, or the values of columns: {"accountnumber": "A1"}
        {"accounts": [{"primarycontactid": {}}]}
        > accounts, row 1, `primarycontactid`: `{}` is not a reference; a reference is an id, a name, `/accounts(…)`, or the values of columns: {"accountnumber": "A1"}
        {"accounts": [{"primarycontactid": {"lastname": "Lee"}}]}
        > accounts, row 1, `primarycontactid`: no row of `contact` has the values {"lastname":"Lee"}
        {"accounts": [{"primarycontactid": {"zzzz": "Lee"}}]}
        > accounts, row 1, `primarycontactid`: no row of `contact` has the values {"zzzz":"Lee"}
        {"accounts": [{"primarycontactid": "/contacts"}]}
        > accounts, row 1, `primarycontactid`: no row of `contact` is named `/contacts`
        {"accounts": [{"primarycontactid": "/contacts(x)"}]}
        > accounts, row 1, `primarycontactid`: no row of `contact` is named `/contacts(x)`
        {"accounts": [{"primarycontactid": "/zzzz(00000000-0000-0000-0000-000000000001)"}]}
        > accounts, row 1, `primarycontactid`: no row of `contact` is named `/zzzz(00000000-0000-0000-0000-000000000001)`
        {"accounts": [{"primarycontactid": "00000000-0000-0000-0000-000000000001"}]}
        > accounts, row 1, `primarycontactid`: no row of `contact` has the id 00000000-0000-0000-0000-000000000001
        {"accounts": [{"name": "A", "primarycontactid": "Ann Lee"}], "contacts": [{"firstname": "Ann", "lastname": "Lee"}]} | accounts?$select=name,_primarycontactid_value
        > [{"_primarycontactid_value":"04444771-1551-5434-95c0-e38fbb2aa111","name":"A"}]
        {"accounts": [{"name": "A", "primarycontactid": {"lastname": "Lee"}}], "contacts": [{"lastname": "Lee"}, {"lastname": "Lee"}]}
        > accounts, row 1, `primarycontactid`: several rows of `contact` have the values {"lastname":"Lee"}
        {"accounts": [{"name": "A"}, {"name": "A"}], "contacts": [{"lastname": "L", "parentcustomerid": {"name": "A"}}]}
        > contacts, row 1, `parentcustomerid`: several rows of `account` or `contact` have the values {"name":"A"}
        {"contacts": [{"lastname": "L", "parentcustomerid": "L"}]}
        > good
    "#]]);
}

#[test]
fn the_values_of_a_seed_are_converted_to_those_of_their_columns() {
    check(expect![[r#"
        {"accounts": [{"name": 1}]}
        > accounts, row 1, `name`: Cannot convert the literal '1' to the expected type 'Edm.String'.
        {"accounts": [{"numberofemployees": "12"}]} | accounts?$select=numberofemployees
        > [{"numberofemployees":12}]
        {"accounts": [{"numberofemployees": " 12 "}]} | accounts?$select=numberofemployees
        > [{"numberofemployees":12}]
        {"accounts": [{"numberofemployees": "1.5"}]}
        > accounts, row 1, `numberofemployees`: Cannot convert the literal '1.5' to the expected type 'Edm.Int32'.
        {"accounts": [{"numberofemployees": 2147483648}]}
        > accounts, row 1, `numberofemployees`: Cannot convert the literal '2147483648' to the expected type 'Edm.Int32'.
        {"accounts": [{"numberofemployees": true}]}
        > accounts, row 1, `numberofemployees`: Cannot convert the literal 'true' to the expected type 'Edm.Int32'.
        {"accounts": [{"revenue": "1.5"}]} | accounts?$select=revenue
        > [{"revenue":1.5}]
        {"accounts": [{"revenue": "x"}]}
        > accounts, row 1, `revenue`: `x` is not a number
        {"accounts": [{"creditonhold": "TRUE"}, {"creditonhold": "0"}, {"creditonhold": "Yes"}, {"creditonhold": false}]} | accounts?$select=creditonhold
        > [{"creditonhold":false},{"creditonhold":true},{"creditonhold":true},{"creditonhold":false}]
        {"accounts": [{"creditonhold": "perhaps"}]}
        > accounts, row 1, `creditonhold`: no option has the label `perhaps`; the options are 0 (Nein), 1 (Ja)
        {"accounts": [{"creditonhold": 1}]}
        > accounts, row 1, `creditonhold`: Cannot convert the literal '1' to the expected type 'Edm.Boolean'.
        {"accounts": [{"accountcategorycode": "1"}, {"accountcategorycode": 2}, {"accountcategorycode": "Preferred Customer"}, {"accountcategorycode": "Vorzugskunde"}]} | accounts?$select=accountcategorycode
        > [{"accountcategorycode":2},{"accountcategorycode":1},{"accountcategorycode":1},{"accountcategorycode":1}]
        {"accounts": [{"accountcategorycode": "preferred customer"}]} | accounts?$select=accountcategorycode
        > [{"accountcategorycode":1}]
        {"accounts": [{"accountcategorycode": "Other"}]}
        > accounts, row 1, `accountcategorycode`: no option has the label `Other`; the options are 1 (Vorzugskunde), 2 (Standard)
        {"accounts": [{"accountcategorycode": true}]}
        > accounts, row 1, `accountcategorycode`: Cannot convert the literal 'true' to the expected type 'Edm.Int32'.
        {"accounts": [{"createdon": "2024-05-01"}, {"createdon": "2024-05-01T08:00:00.9Z"}, {"createdon": "2024-05-01T08:00:00+02:00"}]} | accounts?$select=createdon
        > [{"createdon":"2024-05-01T08:00:00Z"},{"createdon":"2024-05-01T06:00:00Z"},{"createdon":"2024-05-01T00:00:00Z"}]
        {"accounts": [{"createdon": "yesterday"}]}
        > accounts, row 1, `createdon`: Cannot convert the literal 'yesterday' to the expected type 'Edm.DateTimeOffset'.
        {"accounts": [{"createdon": 1}]}
        > accounts, row 1, `createdon`: Cannot convert the literal '1' to the expected type 'Edm.DateTimeOffset'.
        {"accounts": [{"statecode": "Inactive"}, {"statecode": 0}]} | accounts?$select=statecode
        > [{"statecode":0},{"statecode":1}]
        {"accounts": [{"statecode": "Gone"}]}
        > accounts, row 1, `statecode`: no option has the label `Gone`; the options are 0 (Aktiv), 1 (Inaktiv)
    "#]]);
}

#[test]
fn files_with_seeds_are_named_after_their_table_and_mistakes_have_a_line() {
    check(expect![[r#"
        accounts.csv:
        > …/accounts.csv, accounts, line 1: the file is empty; its first line names the columns
        accounts.csv: name\nA\nB\n | accounts?$select=name
        > [{"name":"B"},{"name":"A"}]
        accounts.csv: name;accountnumber\nA,1;2\n | accounts?$select=name,accountnumber
        > [{"accountnumber":"2","name":"A,1"}]
        accounts.csv: name,accountnumber\nA;1,2\n | accounts?$select=name,accountnumber
        > [{"accountnumber":"2","name":"A;1"}]
        accounts.CSV: name, accountnumber \nA,\n\n,\nB,2 | accounts?$select=name,accountnumber
        > [{"accountnumber":"2","name":"B"},{"accountnumber":null,"name":"A"}]
        accounts.csv: name,\nA,1\n
        > …/accounts.csv, accounts, line 1: column 2 has no name
        accounts.csv: name,accountnumber\nA\n
        > …/accounts.csv, accounts, line 2: the line has 1 cells, and the first line names 2 columns
        accounts.csv: name,accountnumber\nA,1\nB,2,3\n
        > …/accounts.csv, accounts, line 3: the line has 3 cells, and the first line names 2 columns
        accounts.csv: name\n"A ""b"", c"\n"two\nlines"\n | accounts?$select=name
        > [{"name":"two\nlines"},{"name":"A \"b\", c"}]
        accounts.csv: name\n"A\nB\n
        > …/accounts.csv, accounts, line 2: a quotation mark is not closed
        accounts.csv: name\n"A"B\n
        > good
        accounts.csv: name,numberofemployees\nA,1\nB,x\n
        > …/accounts.csv, accounts, line 3, `numberofemployees`: `x` is not a number
        zzzzzzzz.csv: name\nA\n
        > …/zzzzzzzz.csv, zzzzzzzz, line 2: the organisation has no table or entity set `zzzzzzzz`
        accounts.json: [{"name": "A"}] | accounts?$select=name
        > [{"name":"A"}]
        accounts.json: {"contacts": [{"lastname": "L"}]} | contacts?$select=lastname
        > [{"lastname":"L"}]
        accounts.json: [1]
        > …/accounts.json, accounts, row 1: a row is an object: {"name": "Contoso"}
        accounts.json: 1
        > …/accounts.json: seeds are an object with an array of rows for each table: {"accounts": [{…}]}
        accounts.json: {"contacts": 1}
        > …/accounts.json, contacts: the rows of a table are an array of objects: [{…}, {…}]
        accounts.json: [{"name": "A"}
        > …/accounts.json: not valid JSON: EOF while parsing a list at line 1 column 14
        accounts.json: {"@odata.context": "x/$metadata#contacts(lastname)", "value": [{"lastname": "L"}]} | contacts?$select=lastname
        > [{"lastname":"L"}]
        accounts.json: {"@odata.context": "x/$metadata#contacts/$entity", "lastname": "L"} | contacts?$select=lastname
        > [{"lastname":"L"}]
        accounts.json: {"@odata.context": "x", "value": [{"name": "A"}]} | accounts?$select=name
        > [{"name":"A"}]
        accounts.json: {"@odata.context": "x/$metadata#zzzzzzzz", "value": [{}]}
        > …/accounts.json, zzzzzzzz, row 1: the organisation has no table or entity set `zzzzzzzz`
    "#]]);
}

#[test]
fn the_answers_to_operations_have_a_form() {
    for (document, message) in [
        ("", "the answers to operations are not valid: EOF while parsing a value at line 1 column 0"),
        ("[]", "the answers to operations are not valid: invalid type: sequence, expected a map"),
        (
            r#"{"WhoAmI": {}}"#,
            "the answers to operations are not valid: invalid type: map, expected a sequence",
        ),
        (r#"{"WhoAmI": [{"x": 1}]}"#, "the answers to operations are not valid: unknown field `x`"),
        (
            r#"{"WhoAmI": [{"error": {}}]}"#,
            "the answers to operations are not valid: missing field `message`",
        ),
        (
            r#"{"WhoAmI": []}"#,
            "the operation `WhoAmI` needs answers that each have either `answer` or `error`",
        ),
        (
            r#"{"WhoAmI": [{}]}"#,
            "the operation `WhoAmI` needs answers that each have either `answer` or `error`",
        ),
        (
            r#"{"WhoAmI": [{"answer": 1}, {"answer": 1, "error": {"message": "m"}}]}"#,
            "the operation `WhoAmI` needs answers that each have either `answer` or `error`",
        ),
        (r#"{"WhoAmY": [{"answer": 1}]}"#, "the schema has no operation `WhoAmY`; did you mean `WhoAmI`?"),
        (r#"{"zzzzzzzzzz": [{"answer": 1}]}"#, "the schema has no operation `zzzzzzzzzz`"),
    ] {
        let error = builder().operation_answers(document).unwrap_err().to_string();
        assert!(error.starts_with(message), "{document}: {error}");
    }
    for document in
        ["{}", r#"{"WhoAmI": [{"answer": null}]}"#, r#"{"WhoAmI": [{"when": {"a": 1}, "answer": {}}]}"#]
    {
        assert!(builder().operation_answers(document).is_ok(), "{document}");
    }
}
