//! Messages on many rows: what their bodies have to have, and which rows they write.

use dvkit_emulator::Emulator;
use dvkit_schema::{Column, ColumnType, Table};
use expect_test::expect;
use serde_json::{Value, json};

use super::{builder, check, sample, send};

#[test]
fn a_message_on_many_rows_has_targets_of_its_table() {
    check(expect![[r##"
        POST nosuchset/Microsoft.Dynamics.CRM.CreateMultiple | {"Targets": []}
        > 404 0x8006088a Resource not found for the segment 'nosuchset'.
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple | =[]
        > 400 0x80060888 An error occurred while validating input parameters: the body is not a JSON object: invalid type: sequence, expected a map at line 1 column 0
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple | {}
        > 400 0x80060888 An error occurred while validating input parameters: The parameter 'Targets' is required: an array of rows.
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple | {"Targets": {}}
        > 400 0x80060888 An error occurred while validating input parameters: The parameter 'Targets' is required: an array of rows.
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple | {"Targets": []}
        > 400 0x80040203 The parameter 'Targets' does not contain any rows.
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple | {"Targets": [5]}
        > 400 0x80060888 An error occurred while validating input parameters: An item of 'Targets' is not an object.
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple | {"Targets": [{"name": "x"}]}
        > 400 0x80060888 An error occurred while validating input parameters: An item of 'Targets' has no '@odata.type'. Add "@odata.type": "Microsoft.Dynamics.CRM.account".
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.contact"}]}
        > 400 0x80060888 An error occurred while validating input parameters: A resource with type 'Microsoft.Dynamics.CRM.contact' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.account'.
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account"}], "More": 1}
        > 400 0x80060888 An error occurred while validating input parameters: The parameter 'More' is not a parameter of the action 'Microsoft.Dynamics.CRM.CreateMultiple'.
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple | {"Targets": [{"@odata.type": "#Microsoft.Dynamics.CRM.account", "accountid": "§a", "name": "One"}, {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§b", "accountnumber": "B"}], "@odata.note": 1}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse","Ids":["§a","§b"]}
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple() | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§a"}]}
        > 412 0x80040237 Cannot insert duplicate key.
        POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "name": "x"}]}
        > 400 0x80040203 A row of 'account' has neither 'accountid' nor '@odata.id' nor the columns of a key.
        POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "x"}]}
        > 400 0x80060888 An error occurred while validating input parameters: The value of 'accountid' is not a guid.
        POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§9", "name": "x"}]}
        > 404 0x80040217 Entity 'account' With Id = §9 Does Not Exist
        POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "@odata.id": "contacts(§a)", "name": "x"}]}
        > 400 0x80060888 An error occurred while validating input parameters: The '@odata.id' of a row of 'account' does not name a row of it.
        POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "@odata.id": "accounts", "name": "x"}]}
        > 400 0x80060888 An error occurred while validating input parameters: The '@odata.id' of a row of 'account' does not name a row of it.
        POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "@odata.id": "accounts(accountnumber='N')", "name": "x"}]}
        > 404 0x80060891 A record with the specified key values does not exist in account entity
        POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§a", "name": "By id"}, {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountnumber": "B", "name": "By key"}]}
        > 204
        POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "@odata.id": "http://127.0.0.1:9/api/data/v9.2/accounts(§a)", "telephone1": "1"}, {"@odata.type": "Microsoft.Dynamics.CRM.account", "@odata.id": "/accounts(§b)", "telephone1": "2"}]}
        > 204
        POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§a", "name": "Undone"}, {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§b", "nothing": 1}]}
        > 400 0x0 An error occurred while validating input parameters: Microsoft.Crm.CrmException: Invalid property 'nothing' was found in entity 'Microsoft.Dynamics.CRM.account'. ---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.
        POST accounts/Microsoft.Dynamics.CRM.UpsertMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§c", "name": "New"}, {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": null, "accountnumber": "B", "name": "Upserted"}]}
        > 204
        POST accounts/Microsoft.Dynamics.CRM.UpsertMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "accountnumber": null}]}
        > 400 0x80040203 A row of 'account' has neither 'accountid' nor '@odata.id' nor the columns of a key.
        POST accounts/Microsoft.Dynamics.CRM.DeleteMultiple | {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§a"}]}
        > 400 0x80040800 The 'DeleteMultiple' method does not support entities of type 'account'.
        GET accounts?$select=name,accountnumber,telephone1&$orderby=accountid
        > 200 {"@odata.context":"~/$metadata#accounts(name,accountnumber,telephone1)","value":[{"accountid":"§a","accountnumber":null,"name":"By id","telephone1":"1"},{"accountid":"§b","accountnumber":"B","name":"Upserted","telephone1":"2"},{"accountid":"§c","accountnumber":null,"name":"New","telephone1":null}]}
    "##]]);
}

#[test]
fn a_bulk_deletion_says_what_it_deletes_and_how() {
    check(expect![[r#"
        POST BulkDelete | {}
        > 400 0x80060888 An error occurred while validating input parameters: The parameter 'QuerySet' is required: an array of queries.
        POST BulkDelete | {"QuerySet": []}
        > 400 0x80060888 An error occurred while validating input parameters: The parameter 'JobName' is required.
        POST BulkDelete | {"QuerySet": [], "JobName": "j"}
        > 400 0x80060888 An error occurred while validating input parameters: The parameter 'SendEmailNotification' is required.
        POST BulkDelete | {"QuerySet": [], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": ""}
        > 400 0x80060888 An error occurred while validating input parameters: The parameter 'StartDateTime' is required.
        POST BulkDelete | {"QuerySet": [], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "FREQ=DAILY", "StartDateTime": null}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: a bulk deletion that recurs.
        POST BulkDelete() | {"QuerySet": [], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "", "StartDateTime": null}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.BulkDeleteResponse","JobId":"<id>"}
        POST BulkDelete | {"QuerySet": [{}], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "", "StartDateTime": null}
        > 400 0x80041102 The entity with a name = '' was not found in the MetadataCache.
        POST BulkDelete | {"QuerySet": [{"EntityName": "account", "Orders": [{}]}], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "", "StartDateTime": null}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: Orders in a query of BulkDelete.
        POST BulkDelete | {"QuerySet": [{"EntityName": "account", "LinkEntities": [{}]}], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "", "StartDateTime": null}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: LinkEntities in a query of BulkDelete.
        POST BulkDelete | {"QuerySet": [{"EntityName": "account", "Criteria": {"Conditions": [{"AttributeName": "nothing", "Operator": "Null"}]}}], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "", "StartDateTime": null}
        > 400 0x80060888 Could not find a property named 'nothing' on type 'Microsoft.Dynamics.CRM.account'.
        POST BulkDelete | {"QuerySet": [{"EntityName": "account", "Criteria": {"Conditions": [{"AttributeName": "name", "Operator": "Like", "Values": ["x"]}]}}], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "", "StartDateTime": null}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the condition operator Like in BulkDelete.
        POST BulkDelete | {"QuerySet": [{"EntityName": "account", "Criteria": {"Conditions": [{"AttributeName": "numberofemployees", "Operator": "Equal", "Values": ["x"]}]}}], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "", "StartDateTime": null}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'accounts' … Cannot convert the literal 'x' to the expected type 'Edm.Int32'.
        POST BulkDelete | {"QuerySet": [{"EntityName": "account", "Criteria": {"Conditions": [{"AttributeName": "numberofemployees", "Operator": "Equal", "Values": [1, 2]}]}}], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "", "StartDateTime": null}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the condition operator Equal in BulkDelete.
        POST BulkDelete | {"QuerySet": [{"EntityName": "account", "Criteria": {"Conditions": [{"AttributeName": "accountcategorycodename", "Operator": "Null"}]}}], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "", "StartDateTime": null}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: a condition on accountcategorycodename.
    "#]]);
}

/// Every operator of a bulk deletion, with the numbers of the rows that it deletes. The rows have 1, 2, 3 and no
/// employees, and names from A to D.
#[test]
fn the_conditions_of_a_bulk_deletion_select_the_rows() {
    let one = |operator: &str, values: &str| {
        format!(r#"{{"AttributeName": "numberofemployees", "Operator": "{operator}", "Values": {values}}}"#)
    };
    let name = |name: &str| format!(r#"{{"AttributeName": "name", "Values": ["{name}"]}}"#);
    let all = |conditions: &[String]| format!(r#"{{"Conditions": [{}]}}"#, conditions.join(", "));
    let any = |operator: &str, conditions: &[String]| {
        format!(r#"{{"FilterOperator": {operator}, "Conditions": [{}]}}"#, conditions.join(", "))
    };
    for (criteria, left) in [
        (all(&[one("Equal", "[2]")]), "ACD"),
        (all(&[one("Equal", r#"[{"Value": "2", "Type": "System.Int32"}]"#)]), "ACD"),
        (all(&[one("NotEqual", "[2]")]), "B"),
        (all(&[one("GreaterThan", "[2]")]), "ABD"),
        (all(&[one("GreaterEqual", "[2]")]), "AD"),
        (all(&[one("LessThan", "[2]")]), "BCD"),
        (all(&[one("LessEqual", "[2]")]), "CD"),
        (all(&[one("In", "[1, 3]")]), "BD"),
        (all(&[one("Null", "[]")]), "ABC"),
        (all(&[one("NotNull", "[]")]), "D"),
        (all(&[one("Equal", "[1]"), name("B")]), "ABCD"),
        (all(&[one("Equal", "[1]"), name("A")]), "BCD"),
        (any(r#""And""#, &[one("Equal", "[1]"), name("B")]), "ABCD"),
        (any(r#""Or""#, &[one("Equal", "[1]"), name("B")]), "CD"),
        (any("1", &[one("Equal", "[1]"), name("B")]), "CD"),
        (any("0", &[one("Equal", "[1]"), name("B")]), "ABCD"),
        (
            format!(
                r#"{{"FilterOperator": "Or", "Filters": [{}, {}]}}"#,
                all(&[name("A")]),
                all(&[name("D")])
            ),
            "BC",
        ),
        (all(&[]), ""),
        ("5".to_owned(), ""),
    ] {
        let emulator = builder().in_process().unwrap();
        for (name, employees) in [("A", "1"), ("B", "2"), ("C", "3"), ("D", "null")] {
            let row = format!(r#"POST accounts | {{"name": "{name}", "numberofemployees": {employees}}}"#);
            assert_eq!(send(&emulator, &row).status(), 204, "{row}");
        }
        let query = format!(r#"{{"EntityName": "account", "Criteria": {criteria}}}"#);
        let job = format!(
            r#"POST BulkDelete | {{"QuerySet": [{query}], "JobName": "j", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "", "StartDateTime": null}}"#
        );
        let response = send(&emulator, &job);
        assert_eq!(response.status(), 200, "{criteria}: {response:?}");
        let rows = send(&emulator, "GET accounts?$select=name&$orderby=name");
        let rows: serde_json::Value = serde_json::from_slice(rows.body()).unwrap();
        let names: String =
            rows["value"].as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
        assert_eq!(names, left, "{criteria}");
    }
}

/// The organisation has no table of system jobs in its sample.
#[test]
fn a_bulk_deletion_leaves_a_job_with_its_name_and_the_number_of_rows() {
    let text = |name: &str| Column::new(name, ColumnType::String { max_length: Some(256), format: None });
    let number = |name: &str| Column::new(name, ColumnType::Integer { min: None, max: None, format: None });
    let mut schema = sample();
    let table = Table {
        logical_name: "asyncoperation".to_owned(),
        entity_set: Some("asyncoperations".to_owned()),
        primary_id: Some("asyncoperationid".to_owned()),
        columns: vec![
            Column::new("asyncoperationid", ColumnType::Uniqueidentifier),
            text("message"),
            text("name"),
            number("operationtype"),
            number("statecode"),
            number("statuscode"),
        ],
        ..Table::default()
    };
    schema.tables.insert(table.logical_name.clone(), table);
    let emulator = Emulator::builder(schema).in_process().unwrap();
    for (length, kept) in [(0, 0), (255, 255), (256, 256), (257, 256)] {
        send(&emulator, r#"POST accounts | {"name": "a"}"#);
        send(&emulator, r#"POST accounts | {"name": "b"}"#);
        let name = "é".repeat(length);
        let line = format!(
            r#"POST BulkDelete | {{"QuerySet": [{{"EntityName": "account"}}], "JobName": "{name}", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [], "RecurrencePattern": "", "StartDateTime": null}}"#
        );
        let body: Value = serde_json::from_slice(send(&emulator, &line).body()).unwrap();
        let job = body["JobId"].as_str().unwrap();
        let path =
            format!("GET asyncoperations({job})?$select=name,message,operationtype,statecode,statuscode");
        let mut row: Value = serde_json::from_slice(send(&emulator, &path).body()).unwrap();
        row.as_object_mut().unwrap().retain(|member, _| !member.starts_with('@'));
        let expected = json!({
            "asyncoperationid": job, "name": "é".repeat(kept), "message": "2 rows were deleted.",
            "operationtype": 13, "statecode": 3, "statuscode": 30,
        });
        assert_eq!(row, expected, "{length}");
    }
}
