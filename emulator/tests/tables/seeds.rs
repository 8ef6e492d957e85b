//! Seeds: what each of them makes, or why it is refused.

use expect_test::{Expect, expect};
use serde_json::Value;

use super::{builder, check_with, send};

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
        {"accounts": [{"x@y@odata.bind": 1}]}
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
fn the_rows_of_an_intersect_table_name_the_rows_that_they_connect() {
    check(expect![[r#"
        {"new_projects": [{"new_name": "P"}], "systemusers": [{"firstname": "Bo", "lastname": "Li", "domainname": "bo@example.com"}], "new_project_systemuserset": [{"new_projectid": "P", "systemuserid": "Bo Li"}]} | new_projects?$select=new_name&$expand=new_project_systemuser($select=fullname)
        > [{"new_name":"P","new_project_systemuser":[{"@odata.etag":"W/\"1000008\"","fullname":"Bo Li","systemuserid":"91f61856-9ea1-5b9e-bef7-17dafe93f875"}]}]
        {"new_projects": [{"new_name": "P"}], "new_project_systemuser": [{"new_projectid": "Q"}]}
        > new_project_systemuser, row 1, `new_projectid`: no row of `new_project` is named `Q`
        {"new_projects": [{"new_projectid": "00000000-0000-0000-0000-000000000001", "new_name": "P"}], "new_project_systemuser": [{"new_projectid": "00000000-0000-0000-0000-000000000001", "systemuserid": "00000000-0000-0000-0000-000000000002"}]}
        > good
        {"new_projects": [{"new_name": "P"}], "new_project_systemuser": [{"new_project_systemuserid": "x"}]}
        > new_project_systemuser, row 1, `new_project_systemuserid`: `"x"` is not a guid
        {"new_projects": [{"new_name": "P", "new_projectid": "x"}]}
        > new_projects, row 1, `new_projectid`: `"x"` is not a guid
        {"accounts": [{"name": "A", "name@Microsoft.Dynamics.CRM.lookuplogicalname": "contact"}]} | accounts?$select=name
        > [{"name":"A"}]
        {"contacts": [{"lastname": "L", "parentcustomerid": "A", "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account"}], "accounts": [{"name": "A"}]} | contacts?$select=lastname&$expand=parentcustomerid_account($select=name)
        > [{"lastname":"L","parentcustomerid_account":{"@odata.etag":"W/\"1000007\"","accountid":"7b8f75b8-8be1-533a-9e56-bdbb99b5d931","name":"A"}}]
        {"contacts": [{"lastname": "L", "parentcustomerid": "A"}, {"lastname": "A"}], "accounts": [{"name": "A"}]}
        > contacts, row 1, `parentcustomerid`: several rows of `account` or `contact` are named `A`; give the id or an alternate key
        {"contacts": [{"lastname": "L", "_parentcustomerid_value": "A", "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "contact"}], "accounts": [{"name": "A"}]}
        > contacts, row 1, `_parentcustomerid_value`: no row of `contact` is named `A`
    "#]]);
}

#[test]
fn random_rows_have_plausible_values_that_depend_on_their_seed_alone() {
    check_with(
        &builder().seed_random(4, 7).in_process().unwrap(),
        expect![[r#"
            GET accounts?$select=name,accountnumber,address1_line1,address1_city,address1_country,address1_postalcode,emailaddress1,telephone1,fax,websiteurl&$orderby=name
            > 200 {"@odata.context":"~/$metadata#accounts(name,accountnumber,address1_line1,address1_city,address1_country,address1_postalcode,emailaddress1,telephone1,fax,websiteurl)","value":[{"accountid":"<id>","accountnumber":"SUPPORT-00003","address1_city":null,"address1_country":"France","address1_line1":"support Street 50","address1_postalcode":"61411","emailaddress1":"support3@example.com","fax":"+1 555 2539","name":"Blue Yonder Works 3","telephone1":"+1 555 4447","websiteurl":"https://www.example.com/3"},{"accountid":"<id>","accountnumber":"NORTH-00004","address1_city":null,"address1_country":"France","address1_line1":null,"address1_postalcode":"95526","emailaddress1":"contract4@example.com","fax":null,"name":"Litware Ltd 4","telephone1":"+1 555 3512","websiteurl":"https://www.example.com/4"},{"accountid":"<id>","accountnumber":"AUDIT-00001","address1_city":"Zürich","address1_country":null,"address1_line1":null,"address1_postalcode":"14520","emailaddress1":"pilot1@example.com","fax":"+1 555 8382","name":"Tailspin Traders 1","telephone1":"+1 555 5873","websiteurl":"https://www.example.com/1"},{"accountid":"<id>","accountnumber":"UPGRADE-00002","address1_city":"Vienna","address1_country":"USA","address1_line1":null,"address1_postalcode":"54447","emailaddress1":"quarterly2@example.com","fax":null,"name":"Woodgrove GmbH 2","telephone1":"+1 555 4262","websiteurl":"https://www.example.com/2"}]}
            GET accounts?$select=revenue,numberofemployees,industrycode,donotemail,statecode,statuscode,description&$orderby=name
            > 200 {"@odata.context":"~/$metadata#accounts(revenue,numberofemployees,industrycode,donotemail,statecode,statuscode,description)","value":[{"accountid":"<id>","description":null,"donotemail":false,"industrycode":20,"numberofemployees":null,"revenue":null,"statecode":0,"statuscode":1},{"accountid":"<id>","description":"upgrade support training upgrade review. launch upgrade support launch.","donotemail":false,"industrycode":null,"numberofemployees":995,"revenue":10980.0,"statecode":0,"statuscode":1},{"accountid":"<id>","description":"launch upgrade launch launch renewal. review review upgrade launch.","donotemail":false,"industrycode":null,"numberofemployees":23,"revenue":null,"statecode":1,"statuscode":2},{"accountid":"<id>","description":null,"donotemail":true,"industrycode":2,"numberofemployees":null,"revenue":75460.0,"statecode":1,"statuscode":2}]}
            GET accounts?$select=name&$orderby=name&$expand=primarycontactid($select=fullname),parentaccountid($select=name)
            > 200 {"@odata.context":"~/$metadata#accounts(name,primarycontactid(fullname),parentaccountid(name))","value":[{"accountid":"<id>","name":"Blue Yonder Works 3","parentaccountid":{"accountid":"<id>","name":"Tailspin Traders 1"},"primarycontactid":{"contactid":"<id>","fullname":"Ben Tanaka"}},{"accountid":"<id>","name":"Litware Ltd 4","parentaccountid":null,"primarycontactid":null},{"accountid":"<id>","name":"Tailspin Traders 1","parentaccountid":null,"primarycontactid":{"contactid":"<id>","fullname":"Ben Tanaka"}},{"accountid":"<id>","name":"Woodgrove GmbH 2","parentaccountid":{"accountid":"<id>","name":"Tailspin Traders 1"},"primarycontactid":null}]}
            GET contacts?$select=firstname,lastname,jobtitle,birthdate,anniversary,gendercode,emailaddress1,numberofchildren,annualincome&$orderby=fullname
            > 200 {"@odata.context":"~/$metadata#contacts(firstname,lastname,jobtitle,birthdate,anniversary,gendercode,emailaddress1,numberofchildren,annualincome)","value":[{"anniversary":"2025-08-30","annualincome":null,"birthdate":"2026-09-11","contactid":"<id>","emailaddress1":null,"firstname":"Ben","gendercode":2,"jobtitle":null,"lastname":"Andersson","numberofchildren":null},{"anniversary":null,"annualincome":null,"birthdate":null,"contactid":"<id>","emailaddress1":null,"firstname":"Ben","gendercode":1,"jobtitle":"quarterly manager","lastname":"Schmidt","numberofchildren":null},{"anniversary":"2026-08-21","annualincome":10560.0,"birthdate":null,"contactid":"<id>","emailaddress1":"pilot2@example.com","firstname":"Ben","gendercode":null,"jobtitle":null,"lastname":"Tanaka","numberofchildren":907},{"anniversary":"2025-06-12","annualincome":8810.0,"birthdate":"2025-04-04","contactid":"<id>","emailaddress1":"pilot3@example.com","firstname":"Ines","gendercode":2,"jobtitle":null,"lastname":"Haddad","numberofchildren":506}]}
            GET new_projects?$select=new_name,new_code,new_type,new_budget,new_regions,statuscode&$orderby=new_name
            > 200 {"@odata.context":"~/$metadata#new_projects(new_name,new_code,new_type,new_budget,new_regions,statuscode)","value":[{"new_budget":46850.0,"new_code":"PRJ-01000-2026","new_name":"contract support 1","new_projectid":"<id>","new_regions":null,"new_type":100000000,"statuscode":1},{"new_budget":56920.0,"new_code":"PRJ-01001-2026","new_name":"review renewal 2","new_projectid":"<id>","new_regions":"3","new_type":100000000,"statuscode":1},{"new_budget":57450.0,"new_code":"PRJ-01002-2026","new_name":"supply training 3","new_projectid":"<id>","new_regions":"1","new_type":100000000,"statuscode":2},{"new_budget":null,"new_code":"PRJ-01003-2026","new_name":"training delivery 4","new_projectid":"<id>","new_regions":null,"new_type":100000000,"statuscode":1}]}
            GET tasks?$select=subject,scheduledend,prioritycode,actualdurationminutes&$orderby=subject
            > 200 {"@odata.context":"~/$metadata#tasks(subject,scheduledend,prioritycode,actualdurationminutes)","value":[{"activityid":"<id>","actualdurationminutes":null,"prioritycode":1,"scheduledend":null,"subject":"contract launch 2"},{"activityid":"<id>","actualdurationminutes":null,"prioritycode":0,"scheduledend":"2025-11-21T07:00:00Z","subject":"launch review 4"},{"activityid":"<id>","actualdurationminutes":752,"prioritycode":1,"scheduledend":"2026-05-13T01:00:00Z","subject":"spring north 3"},{"activityid":"<id>","actualdurationminutes":null,"prioritycode":1,"scheduledend":null,"subject":"spring training 1"}]}
            GET activitypointers/$count
            > 200 16
            GET systemusers/$count
            > 200 2
            GET activityparties/$count
            > 200 0
            GET annotations/$count
            > 200 4
        "#]],
    );
    check_with(
        &builder().seed_random(1, 8).in_process().unwrap(),
        expect![[r#"
            GET accounts?$select=name,accountnumber
            > 200 {"@odata.context":"~/$metadata#accounts(name,accountnumber)","value":[{"accountid":"<id>","accountnumber":"SUPPORT-00001","name":"Coho Group 1"}]}
            GET accounts?$select=name&$expand=parentaccountid($select=name)
            > 200 {"@odata.context":"~/$metadata#accounts(name,parentaccountid(name))","value":[{"accountid":"<id>","name":"Coho Group 1","parentaccountid":null}]}
        "#]],
    );
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

#[test]
fn a_reference_in_a_seed_is_an_id_a_path_a_name_or_the_values_of_columns() {
    let id = |digit: &str| super::id(digit);
    let accounts = format!(
        r#""accounts": [{{"accountid": "{}", "name": "Alpha", "accountnumber": "A1"}}, {{"accountid": "{}", "name": "Beta", "accountnumber": "B1"}}, {{"accountid": "{}", "name": "Beta", "accountnumber": "B2"}}]"#,
        id("a"),
        id("b"),
        id("c")
    );
    let mut text = String::new();
    for reference in [
        Value::from(id("a")),
        Value::from(format!(" {} ", id("a"))),
        Value::from(id("d")),
        Value::from(format!("/accounts({})", id("b"))),
        Value::from(format!("accounts({})", id("d"))),
        "accounts(accountnumber='B2')".into(),
        "https://x.example/api/data/v9.2/accounts(accountnumber='A1')".into(),
        "https://x.example/api/data/accounts(accountnumber='A1')".into(),
        "accounts(accountnumber='C1')".into(),
        "accounts(name='Alpha')".into(),
        "accounts".into(),
        "ALPHA".into(),
        "Beta".into(),
        "Ann Alpha".into(),
        "Alpha (A1)".into(),
        serde_json::json!({"accountnumber": "a1"}),
        serde_json::json!({"name": "Beta", "accountnumber": "B2"}),
        serde_json::json!({"name": "Beta"}),
        serde_json::json!({"name": "Gamma"}),
        serde_json::json!({"lastname": "Alpha", "@odata.type": "#Microsoft.Dynamics.CRM.contact"}),
        serde_json::json!({"emailaddress1": "x@example.com"}),
        serde_json::json!({"emailaddress1": "x@example.com", "@odata.type": "#Microsoft.Dynamics.CRM.account"}),
        serde_json::json!({"emailaddress1": "x@example.com", "@odata.type": "Microsoft.Dynamics.CRM.contact"}),
        serde_json::json!({"@odata.type": "#Microsoft.Dynamics.CRM.account"}),
        serde_json::json!({}),
        Value::from(5),
    ] {
        let rows: Value = serde_json::from_str(&format!(
            r#"{{{accounts}, "contacts": [{{"lastname": "Alpha", "firstname": "Ann", "emailaddress1": "x@example.com"}}, {{"lastname": "Child", "parentcustomerid": {reference}}}]}}"#
        ))
        .unwrap();
        let mut rows = rows;
        rows["accounts"][0]["emailaddress1"] = "x@example.com".into();
        let found = match builder().seed(rows).in_process() {
            Err(error) => error.to_string(),
            Ok(emulator) => {
                let path = "GET contacts?$select=_parentcustomerid_value&$filter=lastname eq 'Child'";
                let body: Value = serde_json::from_slice(send(&emulator, path).body()).unwrap();
                body["value"][0]["_parentcustomerid_value"].to_string()
            }
        };
        text.push_str(&format!("{reference}: {found}\n"));
    }
    expect![[r##"
        "00000000-0000-0000-0000-00000000000a": "00000000-0000-0000-0000-00000000000a"
        " 00000000-0000-0000-0000-00000000000a ": "00000000-0000-0000-0000-00000000000a"
        "00000000-0000-0000-0000-00000000000d": contacts, row 2, `parentcustomerid`: no row of `account` or `contact` has the id 00000000-0000-0000-0000-00000000000d
        "/accounts(00000000-0000-0000-0000-00000000000b)": "00000000-0000-0000-0000-00000000000b"
        "accounts(00000000-0000-0000-0000-00000000000d)": contacts, row 2, `parentcustomerid`: no row is named by `accounts(00000000-0000-0000-0000-00000000000d)`
        "accounts(accountnumber='B2')": "00000000-0000-0000-0000-00000000000c"
        "https://x.example/api/data/v9.2/accounts(accountnumber='A1')": "00000000-0000-0000-0000-00000000000a"
        "https://x.example/api/data/accounts(accountnumber='A1')": contacts, row 2, `parentcustomerid`: no row of `account` or `contact` is named `https://x.example/api/data/accounts(accountnumber='A1')`
        "accounts(accountnumber='C1')": contacts, row 2, `parentcustomerid`: no row is named by `accounts(accountnumber='C1')`
        "accounts(name='Alpha')": contacts, row 2, `parentcustomerid`: no row of `account` or `contact` is named `accounts(name='Alpha')`
        "accounts": contacts, row 2, `parentcustomerid`: no row of `account` or `contact` is named `accounts`
        "ALPHA": "00000000-0000-0000-0000-00000000000a"
        "Beta": contacts, row 2, `parentcustomerid`: several rows of `account` or `contact` are named `Beta`; give the id or an alternate key
        "Ann Alpha": "04444771-1551-5434-95c0-e38fbb2aa111"
        "Alpha (A1)": contacts, row 2, `parentcustomerid`: no row of `account` or `contact` is named `Alpha (A1)`
        {"accountnumber":"a1"}: "00000000-0000-0000-0000-00000000000a"
        {"accountnumber":"B2","name":"Beta"}: "00000000-0000-0000-0000-00000000000c"
        {"name":"Beta"}: contacts, row 2, `parentcustomerid`: several rows of `account` or `contact` have the values {"name":"Beta"}
        {"name":"Gamma"}: contacts, row 2, `parentcustomerid`: no row of `account` or `contact` has the values {"name":"Gamma"}
        {"@odata.type":"#Microsoft.Dynamics.CRM.contact","lastname":"Alpha"}: "04444771-1551-5434-95c0-e38fbb2aa111"
        {"emailaddress1":"x@example.com"}: contacts, row 2, `parentcustomerid`: several rows of `account` or `contact` have the values {"emailaddress1":"x@example.com"}
        {"@odata.type":"#Microsoft.Dynamics.CRM.account","emailaddress1":"x@example.com"}: "00000000-0000-0000-0000-00000000000a"
        {"@odata.type":"Microsoft.Dynamics.CRM.contact","emailaddress1":"x@example.com"}: "04444771-1551-5434-95c0-e38fbb2aa111"
        {"@odata.type":"#Microsoft.Dynamics.CRM.account"}: contacts, row 2, `parentcustomerid`: `{"@odata.type":"#Microsoft.Dynamics.CRM.account"}` is not a reference; a reference is an id, a name, `/accounts(…)`, or the values of columns: {"accountnumber": "A1"}
        {}: contacts, row 2, `parentcustomerid`: `{}` is not a reference; a reference is an id, a name, `/accounts(…)`, or the values of columns: {"accountnumber": "A1"}
        5: contacts, row 2, `parentcustomerid`: `5` is not a reference; a reference is an id, a name, `/accounts(…)`, or the values of columns: {"accountnumber": "A1"}
    "##]].assert_eq(&text);
}

#[test]
fn seeds_set_what_requests_cannot_and_bind_pairs_row_by_row() {
    check(expect![[r#"
        {"systemusers": [{"firstname": "Bo", "lastname": "Li", "domainname": "bo"}], "accounts": [{"name": "A", "createdby": "Bo Li", "createdon": "2020-01-02T03:04:05Z", "statecode": "Inaktiv"}]} | accounts?$select=name,createdon,statecode,statuscode&$expand=createdby($select=lastname)
        > [{"createdby":{"@odata.etag":"W/\"1000007\"","lastname":"Li","systemuserid":"91f61856-9ea1-5b9e-bef7-17dafe93f875"},"createdon":"2020-01-02T03:04:05Z","name":"A","statecode":1,"statuscode":2}]
        {"systemusers": [{"firstname": "dvkit", "domainname": "x"}], "accounts": [{"name": "A", "createdby": "dvkit"}]} | accounts?$select=name&$expand=createdby($select=domainname)
        > [{"createdby":{"@odata.etag":"W/\"1000007\"","domainname":"x","systemuserid":"91f61856-9ea1-5b9e-bef7-17dafe93f875"},"name":"A"}]
        {"systemusers": [{"firstname": "Bo", "lastname": "Li", "domainname": "bo"}, {"firstname": "Al", "lastname": "Li", "domainname": "al"}], "new_projects": [{"new_name": "P", "new_project_systemuser@odata.bind": ["Bo Li"]}, {"new_name": "Q", "new_project_systemuser@odata.bind": ["Al Li", "Bo Li"]}, {"new_name": "R", "new_project_systemuser": ["Al Li"]}]} | new_projects?$select=new_name&$orderby=new_name&$expand=new_project_systemuser($select=domainname)
        > [{"new_name":"P","new_project_systemuser":[{"@odata.etag":"W/\"1000010\"","domainname":"bo","systemuserid":"91f61856-9ea1-5b9e-bef7-17dafe93f875"}]},{"new_name":"Q","new_project_systemuser":[{"@odata.etag":"W/\"1000011\"","domainname":"al","systemuserid":"65b62d65-2053-5db7-985b-09ff597fab91"},{"@odata.etag":"W/\"1000010\"","domainname":"bo","systemuserid":"91f61856-9ea1-5b9e-bef7-17dafe93f875"}]},{"new_name":"R","new_project_systemuser":[{"@odata.etag":"W/\"1000011\"","domainname":"al","systemuserid":"65b62d65-2053-5db7-985b-09ff597fab91"}]}]
        {"systemusers": [{"firstname": "Bo", "lastname": "Li", "domainname": "bo"}], "new_projects": [{"new_name": "P", "new_Manager@odata.bind": "Bo Li", "new_project_systemuser@odata.bind": ["Bo Li"], "new_ParentProject@odata.bind": null}]} | new_projects?$select=new_name&$expand=new_Manager($select=domainname),new_ParentProject($select=new_name)
        > [{"new_Manager":{"@odata.etag":"W/\"1000007\"","domainname":"bo","systemuserid":"91f61856-9ea1-5b9e-bef7-17dafe93f875"},"new_ParentProject":null,"new_name":"P"}]
        {"accounts": [{"name": "A", "statecode": 0}, {"name": "B", "statecode": 1}, {"name": "C", "statecode": 1, "statuscode": 2}, {"name": "D", "statuscode": 1}]} | accounts?$select=name,statecode,statuscode&$orderby=name
        > [{"name":"A","statecode":0,"statuscode":1},{"name":"B","statecode":1,"statuscode":2},{"name":"C","statecode":1,"statuscode":2},{"name":"D","statecode":0,"statuscode":1}]
        {"new_projects": [{"new_name": "A", "statecode": 0, "statuscode": 100000000}, {"new_name": "B", "statecode": 1}]} | new_projects?$select=new_name,statecode,statuscode&$orderby=new_name
        > [{"new_name":"A","statecode":0,"statuscode":100000000},{"new_name":"B","statecode":1,"statuscode":2}]
        {"new_projects": [{"new_name": "P", "new_project_systemuser@odata.bind": "Bo Li"}]}
        > new_projects, row 1, `new_project_systemuser@odata.bind`: the rows of an N:N relationship are an array of references
        {"new_projects": [{"new_name": "P", "new_project_systemuser@odata.bind": [5]}]}
        > new_projects, row 1, `new_project_systemuser@odata.bind`: `5` is not a reference; a reference is an id, a name, `/accounts(…)`, or the values of columns: {"accountnumber": "A1"}
        {"new_projects": [{"new_name": "P", "new_projct_systemuser@odata.bind": []}]}
        > new_projects, row 1, `new_projct_systemuser@odata.bind`: the table `new_project` has no navigation property `new_projct_systemuser`; did you mean `new_project_systemuser`?
        {"accounts": [{"name": "A", "contact_customer_accounts@odata.bind": ["x"]}]}
        > accounts, row 1, `contact_customer_accounts@odata.bind`: only a lookup or an N:N relationship can be bound
        {"accounts": [{"name": "A", "contact_customer_accounts": ["x"]}]}
        > accounts, row 1, `contact_customer_accounts`: rows of `contact` are given in an array of their own, with a lookup to this row
        accounts.csv: name,name,parentaccountid\nA,B,\nC,,A\n | accounts?$select=name&$expand=parentaccountid($select=name)
        > [{"name":"C"},{"name":"B"}]
    "#]]);
}
