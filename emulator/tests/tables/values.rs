//! Values in the bodies of writes: every type with values that fit and values that do not, and every rule at its limit.

use expect_test::expect;

use super::check;

#[test]
fn a_value_has_to_be_of_the_type_of_its_column() {
    check(expect![[r#"
        PATCH new_projects(§a) | {"new_name": 5}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '5' to the expected type 'Edm.String'.
        PATCH new_projects(§a) | {"new_notes": true}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal 'true' to the expected type 'Edm.String'.
        PATCH new_projects(§a) | {"new_headcount": "5"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '5' to the expected type 'Edm.Int32'.
        PATCH new_projects(§a) | {"new_headcount": 5.5}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '5.5' to the expected type 'Edm.Int32'.
        PATCH new_projects(§a) | {"new_headcount": 2147483648}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '2147483648' to the expected type 'Edm.Int32'.
        PATCH new_projects(§a) | {"new_type": 2147483648}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '2147483648' to the expected type 'Edm.Int32'.
        PATCH new_projects(§a) | {"new_type": "100000001"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '100000001' to the expected type 'Edm.Int32'.
        PATCH new_projects(§a) | {"new_externalnumber": 1.5}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '1.5' to the expected type 'Edm.Int64'.
        PATCH new_projects(§a) | {"new_externalnumber": "x"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal 'x' to the expected type 'Edm.Int64'.
        PATCH new_projects(§a) | {"new_externalnumber": true}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal 'true' to the expected type 'Edm.Int64'.
        PATCH new_projects(§a) | {"new_completion": true}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal 'true' to the expected type 'Edm.Decimal'.
        PATCH new_projects(§a) | {"new_completion": "x"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal 'x' to the expected type 'Edm.Decimal'.
        PATCH new_projects(§a) | {"new_budget": {}}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '{}' to the expected type 'Edm.Decimal'.
        PATCH new_projects(§a) | {"new_latitude": "1"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '1' to the expected type 'Edm.Double'.
        PATCH new_projects(§a) | {"new_approved": 1}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '1' to the expected type 'Edm.Boolean'.
        PATCH new_projects(§a) | {"new_approved": "true"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal 'true' to the expected type 'Edm.Boolean'.
        PATCH new_projects(§a) | {"new_duedate": 5}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '5' to the expected type 'Edm.Date'.
        PATCH new_projects(§a) | {"new_duedate": "29.11.2026"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '29.11.2026' to the expected type 'Edm.Date'.
        PATCH new_projects(§a) | {"new_kickoff": "tomorrow"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal 'tomorrow' to the expected type 'Edm.DateTimeOffset'.
        PATCH new_projects(§a) | {"new_kickoff": 5}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '5' to the expected type 'Edm.DateTimeOffset'.
        PATCH new_projects(§a) | {"new_regions": [1]}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '[1]' to the expected type 'Edm.String'.
        PATCH new_projects(§a) | {"new_regions": "north"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal 'north' to the expected type 'Edm.String'.
        PATCH new_projects(§a) | {"entityimage": 5}
        > 400 0x80060888 An error occurred while validating input parameters: Microsoft.OData.ODataException: Cannot convert the literal of the property 'entityimage' to the expected type 'Edm.Binary'.
        PATCH new_projects(§a) | {"entityimage": "%%"}
        > 400 0x80060888 An error occurred while validating input parameters: Microsoft.OData.ODataException: Cannot convert the literal of the property 'entityimage' to the expected type 'Edm.Binary'.
        PATCH new_projects(§a) | {"new_account": "§b"}
        > 400 0x0 An error occurred while validating input parameters: Microsoft.Crm.CrmException: Invalid property 'new_account' was found in entity 'Microsoft.Dynamics.CRM.new_project'. ---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.
        PATCH accounts(§b) | {"address1_addressid": "x"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'accounts' … Cannot convert the literal 'x' to the expected type 'Edm.Guid'.
        GET new_projects/$count
        > 200 0
    "#]]);
}

#[test]
fn values_are_stored_as_the_service_stores_them() {
    check(expect![[r#"
        PATCH new_projects(§a) | {"new_name": "Alpha", "new_headcount": 5, "new_externalnumber": "9007199254740993", "new_completion": 1.005, "new_budget": 12.345, "new_latitude": 1.234567, "new_approved": true, "new_duedate": "2026-11-29T23:00:00Z", "new_kickoff": "2026-11-29T23:59:59.999+02:00", "new_shiftstart": "2026-11-29T08:30:00"}
        > 204 odata-entityid: ~/new_projects(§a)
        GET new_projects(§a)?$select=new_name,new_headcount,new_externalnumber,new_completion,new_budget,new_latitude,new_approved,new_duedate,new_kickoff,new_shiftstart,new_type,new_isclosed
        > 200 {"@odata.context":"~/$metadata#new_projects(new_name,new_headcount,new_externalnumber,new_completion,new_budget,new_latitude,new_approved,new_duedate,new_kickoff,new_shiftstart,new_type,new_isclosed)/$entity","new_approved":true,"new_budget":12.35,"new_completion":1.01,"new_duedate":"2026-11-29","new_externalnumber":9007199254740993,"new_headcount":5,"new_isclosed":false,"new_kickoff":"2026-11-29T21:59:59Z","new_latitude":1.23457,"new_name":"Alpha","new_projectid":"§a","new_shiftstart":"2026-11-29T08:30:00Z","new_type":100000001}
        PATCH new_projects(§a) | {"new_name": "", "new_headcount": null, "new_externalnumber": -5, "new_completion": "99.994", "new_budget": "1e2", "new_latitude": -90, "new_approved": false, "new_duedate": "2026-01-31 00:00", "new_kickoff": "2026-11-29T00:00:00", "new_type": null}
        > 204 odata-entityid: ~/new_projects(§a)
        GET new_projects(§a)?$select=new_name,new_headcount,new_externalnumber,new_completion,new_budget,new_latitude,new_approved,new_duedate,new_kickoff,new_type
        > 200 {"@odata.context":"~/$metadata#new_projects(new_name,new_headcount,new_externalnumber,new_completion,new_budget,new_latitude,new_approved,new_duedate,new_kickoff,new_type)/$entity","new_approved":false,"new_budget":100,"new_completion":99.99,"new_duedate":"2026-01-31","new_externalnumber":-5,"new_headcount":null,"new_kickoff":"2026-11-29T00:00:00Z","new_latitude":-90.0,"new_name":null,"new_projectid":"§a","new_type":null}
        PATCH new_projects(§b) | {"new_type": null, "new_isclosed": null}
        > 204 odata-entityid: ~/new_projects(§b)
        GET new_projects(§b)?$select=new_type,new_isclosed,new_approved
        > 200 {"@odata.context":"~/$metadata#new_projects(new_type,new_isclosed,new_approved)/$entity","new_approved":false,"new_isclosed":null,"new_projectid":"§b","new_type":null}
        GET new_projects(§a)?$select=new_externalnumber,new_completion,new_budget | Accept: application/json;IEEE754Compatible=true
        > 200 {"@odata.context":"~/$metadata#new_projects(new_externalnumber,new_completion,new_budget)/$entity","new_budget":"100","new_completion":"99.99","new_externalnumber":"-5","new_projectid":"§a"}
        GET new_projects(§a)/new_duedate
        > 200 {"@odata.context":"~/$metadata#new_projects(§a)/new_duedate","value":"2026-01-31"}
        GET new_projects(§a)/new_duedate/$value
        > 200 2026-01-31
        GET new_projects(§a)/new_completion/$value
        > 200 99.99
        GET new_projects(§a)/new_headcount
        > 204
        GET new_projects(§a)/new_headcount/$value
        > 204
        GET new_projects(§a)/new_approved | Accept: application/json;odata.metadata=none
        > 200 {"value":false}
        GET new_projects(§a)?$select=new_name | Accept: application/json;odata.metadata=full
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: Accept: application/json;odata.metadata=full.
    "#]]);
}

#[test]
fn the_options_of_choices_are_checked() {
    check(expect![[r#"
        PATCH new_projects(§a) | {"new_type": 1}
        > 400 0x8004431a A validation error occurred. The value 1 of 'new_type' on record of type 'new_project' is outside the valid range. Accepted Values: 100000000,100000001,100000002,100000003
        PATCH new_projects(§a) | {"new_type": 100000002}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_condition": 100000000}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_condition": 99}
        > 400 0x8004431a A validation error occurred. The value 99 of 'new_condition' on record of type 'new_project' is outside the valid range. Accepted Values: 100000000,100000001,100000002,100000003,100000004,100000005,100000006,100000007,100000008,100000009,100000010,100000011,100000012,100000013
        PATCH new_projects(§a) | {"new_regions": "99"}
        > 400 0x8004431a A validation error occurred. The value 99 of 'new_regions' on record of type 'new_project' is outside the valid range. Accepted Values: 1,2,3,4,9
        GET new_projects(§a)?$select=new_regions
        > 200 {"@odata.context":"~/$metadata#new_projects(new_regions)/$entity","new_projectid":"§a","new_regions":null}
        PATCH new_projects(§a) | {"new_regions": "3,1, 3"}
        > 204 odata-entityid: ~/new_projects(§a)
        GET new_projects(§a)?$select=new_regions
        > 200 {"@odata.context":"~/$metadata#new_projects(new_regions)/$entity","new_projectid":"§a","new_regions":"1,3"}
        PATCH new_projects(§a) | {"new_regions": "1,99"}
        > 400 0x8004431a A validation error occurred. The value 99 of 'new_regions' on record of type 'new_project' is outside the valid range. Accepted Values: 1,2,3,4,9
        PATCH new_projects(§a) | {"new_regions": ""}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'new_projects' … Cannot convert the literal '' to the expected type 'Edm.String'.
        PATCH new_projects(§a) | {"new_regions": null}
        > 204 odata-entityid: ~/new_projects(§a)
        GET new_projects(§a)?$select=new_regions
        > 200 {"@odata.context":"~/$metadata#new_projects(new_regions)/$entity","new_projectid":"§a","new_regions":null}
    "#]]);
}

#[test]
fn the_limits_of_numbers_are_inclusive() {
    check(expect![[r#"
        PATCH new_projects(§a) | {"new_headcount": -1}
        > 400 0x8004432f A validation error occurred for new_project.new_headcount. The value -1 of type System.Int32 is outside the valid range(0 to 500).
        PATCH new_projects(§a) | {"new_headcount": 0}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_headcount": 500}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_headcount": 501}
        > 400 0x8004432f A validation error occurred for new_project.new_headcount. The value 501 of type System.Int32 is outside the valid range(0 to 500).
        PATCH new_projects(§a) | {"new_completion": -0.01}
        > 400 0x80044330 A validation error occurred for new_project.new_completion. The value -0.01 of type System.Decimal is outside the valid range(0 to 100).
        PATCH new_projects(§a) | {"new_completion": 0}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_completion": 100}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_completion": 100.01}
        > 400 0x80044330 A validation error occurred for new_project.new_completion. The value 100.01 of type System.Decimal is outside the valid range(0 to 100).
        PATCH new_projects(§a) | {"new_budget": -0.01}
        > 400 0x80044330 A validation error occurred for new_project.new_budget. The value -0.01 of type Microsoft.Xrm.Sdk.Money is outside the valid range(0 to 100000000000000).
        PATCH new_projects(§a) | {"new_budget": 0}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_budget": 100000000000000}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_budget": 100000000000001}
        > 400 0x80044330 A validation error occurred for new_project.new_budget. The value 100000000000001 of type Microsoft.Xrm.Sdk.Money is outside the valid range(0 to 100000000000000).
        PATCH new_projects(§a) | {"new_latitude": -90.00001}
        > 400 0x80044330 A validation error occurred for new_project.new_latitude. The value -90.00001 of type System.Double is outside the valid range(-90 to 90).
        PATCH new_projects(§a) | {"new_latitude": -90}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_latitude": 90}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_latitude": 90.00001}
        > 400 0x80044330 A validation error occurred for new_project.new_latitude. The value 90.00001 of type System.Double is outside the valid range(-90 to 90).
        GET new_projects(§a)?$select=new_headcount,new_completion,new_budget,new_latitude
        > 200 {"@odata.context":"~/$metadata#new_projects(new_headcount,new_completion,new_budget,new_latitude)/$entity","new_budget":100000000000000,"new_completion":100,"new_headcount":500,"new_latitude":90.0,"new_projectid":"§a"}
    "#]]);
}

#[test]
fn the_length_of_a_text_is_that_in_units_of_utf_16() {
    check(expect![[r#"
        PATCH new_projects(§a) | {"new_code": "12345678901234567890"}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_code": "123456789012345678901"}
        > 400 0x80044331 A validation error occurred.  The length of the 'new_code' attribute of the 'new_project' entity exceeded the maximum allowed length of '20'.
        PATCH new_projects(§a) | {"new_code": "ääääääääääääääääääää"}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_code": "😀😀😀😀😀😀😀😀😀😀"}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"new_code": "😀😀😀😀😀😀😀😀😀😀x"}
        > 400 0x80044331 A validation error occurred.  The length of the 'new_code' attribute of the 'new_project' entity exceeded the maximum allowed length of '20'.
        GET new_projects(§a)?$select=new_code
        > 200 {"@odata.context":"~/$metadata#new_projects(new_code)/$entity","new_code":"😀😀😀😀😀😀😀😀😀😀","new_projectid":"§a"}
    "#]]);
}

#[test]
fn columns_that_the_service_computes_are_not_written() {
    check(expect![[r#"
        POST new_projects | {"new_projectid": "§a", "new_name": "A", "new_taskcount": 5, "new_daysleft": 5, "versionnumber": 1, "statecode": 1, "new_budget_base": 5, "createdon": "2020-01-01T00:00:00Z"}
        > 204 odata-entityid: ~/new_projects(§a)
        GET new_projects(§a)?$select=new_taskcount,statecode,statuscode,new_budget_base,createdon,modifiedon
        > 200 {"@odata.context":"~/$metadata#new_projects(new_taskcount,statecode,statuscode,new_budget_base,createdon,modifiedon)/$entity","createdon":"2026-11-29T12:00:00Z","modifiedon":"2026-11-29T12:00:00Z","new_budget_base":null,"new_projectid":"§a","new_taskcount":null,"statecode":0,"statuscode":1}
        POST new_projects | {"new_projectid": "§b", "overriddencreatedon": "2020-01-01T00:00:00Z", "importsequencenumber": 7}
        > 204 odata-entityid: ~/new_projects(§b)
        GET new_projects(§b)?$select=createdon,overriddencreatedon,importsequencenumber,modifiedon
        > 200 {"@odata.context":"~/$metadata#new_projects(createdon,overriddencreatedon,importsequencenumber,modifiedon)/$entity","createdon":"2020-01-01T00:00:00Z","importsequencenumber":7,"modifiedon":"2026-11-29T12:00:00Z","new_projectid":"§b","overriddencreatedon":"2026-11-29T12:00:00Z"}
        POST contacts | {"contactid": "§c", "firstname": "Ann", "lastname": "Lee", "fullname": "ignored"}
        > 204 odata-entityid: ~/contacts(§c)
        GET contacts(§c)?$select=fullname
        > 200 {"@odata.context":"~/$metadata#contacts(fullname)/$entity","contactid":"§c","fullname":"Ann Lee"}
        PATCH contacts(§c) | {"firstname": null}
        > 204 odata-entityid: ~/contacts(§c)
        GET contacts(§c)?$select=fullname
        > 200 {"@odata.context":"~/$metadata#contacts(fullname)/$entity","contactid":"§c","fullname":"Lee"}
        PATCH contacts(§c) | {"firstname": "Ann", "middlename": "B."}
        > 204 odata-entityid: ~/contacts(§c)
        GET contacts(§c)?$select=fullname
        > 200 {"@odata.context":"~/$metadata#contacts(fullname)/$entity","contactid":"§c","fullname":"Ann Lee"}
        POST incidents | {"incidentid": "§d", "title": "Case"}
        > 400 0x80040203 Attribute: customerid cannot be set to NULL on record of type 'incident'.
        POST incidents | {"incidentid": "§d", "title": "Case", "customerid_contact@odata.bind": "contacts(§c)"}
        > 204 odata-entityid: ~/incidents(§d)
        GET incidents(§d)?$select=title,_customerid_value,caseorigincode,prioritycode,isescalated
        > 200 {"@odata.context":"~/$metadata#incidents(title,_customerid_value,caseorigincode,prioritycode,isescalated)/$entity","_customerid_value":"§c","caseorigincode":null,"incidentid":"§d","isescalated":false,"prioritycode":2,"title":"Case"}
        PATCH incidents(§d) | {"customerid_contact@odata.bind": null}
        > 400 0x80040203 Attribute: customerid cannot be set to NULL on record of type 'incident'.
    "#]]);
}

#[test]
fn a_state_has_its_status_reasons_and_its_transitions() {
    check(expect![[r#"
        POST new_projects | {"new_projectid": "§a", "statuscode": 2}
        > 400 0x80048408 2 is not a valid status code for state code new_ProjectState.Active on new_project with Id §a.
        POST new_projects | {"new_projectid": "§a", "statuscode": 99}
        > 400 0x80048408 99 is not a valid status code for state code new_ProjectState.Active on new_project with Id §a.
        POST new_projects | {"new_projectid": "§a"}
        > 204 odata-entityid: ~/new_projects(§a)
        GET new_projects(§a)?$select=statecode,statuscode
        > 200 {"@odata.context":"~/$metadata#new_projects(statecode,statuscode)/$entity","new_projectid":"§a","statecode":0,"statuscode":1}
        PATCH new_projects(§a) | {"statecode": null}
        > 400 0x80040203 Attribute: statecode cannot be set to NULL on record of type 'new_project'.
        PATCH new_projects(§a) | {"statuscode": null}
        > 400 0x80040203 Attribute: statuscode cannot be set to NULL on record of type 'new_project'.
        PATCH new_projects(§a) | {"statecode": 7}
        > 400 0x80048408 7 is not a valid state code on new_project with Id §a.
        PATCH new_projects(§a) | {"statecode": 1, "statuscode": 1}
        > 400 0x80048408 1 is not a valid status code for state code new_ProjectState.Inactive on new_project with Id §a.
        PATCH new_projects(§a) | {"statecode": 0}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"statecode": 1}
        > 204 odata-entityid: ~/new_projects(§a)
        GET new_projects(§a)?$select=statecode,statuscode
        > 200 {"@odata.context":"~/$metadata#new_projects(statecode,statuscode)/$entity","new_projectid":"§a","statecode":1,"statuscode":2}
        PATCH new_projects(§a) | {"statecode": 0}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"statecode": 0, "statuscode": 100000000}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH new_projects(§a) | {"statecode": 1}
        > 400 0x8004F858 You can't deactivate this record because of the status transition rules. Contact your system administrator.
        PATCH new_projects(§a) | {"statecode": 1, "statuscode": 2}
        > 400 0x8004F858 You can't deactivate this record because of the status transition rules. Contact your system administrator.
        PATCH new_projects(§a) | {"statuscode": 2}
        > 400 0x80048408 2 is not a valid status code for state code new_ProjectState.Active on new_project with Id §a.
        PATCH new_projects(§a) | {"statuscode": 100000001}
        > 400 0x80048408 100000001 is not a valid status code for state code new_ProjectState.Active on new_project with Id §a.
        GET new_projects(§a)?$select=statecode,statuscode
        > 200 {"@odata.context":"~/$metadata#new_projects(statecode,statuscode)/$entity","new_projectid":"§a","statecode":0,"statuscode":100000000}
        POST accounts | {"accountid": "§b", "name": "Free"}
        > 204 odata-entityid: ~/accounts(§b)
        PATCH accounts(§b) | {"statecode": 1}
        > 204 odata-entityid: ~/accounts(§b)
        PATCH accounts(§b) | {"statuscode": 1}
        > 400 0x80048408 1 is not a valid status code for state code AccountState.Inactive on account with Id §b.
        PATCH accounts(§b) | {"statecode": 0}
        > 204 odata-entityid: ~/accounts(§b)
        GET accounts(§b)?$select=statecode,statuscode
        > 200 {"@odata.context":"~/$metadata#accounts(statecode,statuscode)/$entity","accountid":"§b","statecode":0,"statuscode":1}
    "#]]);
}

#[test]
fn only_the_primary_image_can_be_created_with_its_row() {
    check(expect![[r#"
        POST accounts | {"accountid": "§a", "entityimage": "R0lGODlhAQABAAAAACw="}
        > 204 odata-entityid: ~/accounts(§a)
        POST accounts | {"accountid": "§b", "entityimage": "aGVsbG8="}
        > 400 0x80072553 Error occured when processing image. Reason: Update image properties failed for objectid: §b, logicalName: account, attribute: entityimage
        POST accounts | {"accountid": "§c", "entityimage": null}
        > 204 odata-entityid: ~/accounts(§c)
        GET accounts(§a)/entityimage
        > 200 x-ms-file-name:  {"@odata.context":"~/$metadata#accounts(§a)/entityimage","value":"R0lGODlhAQABAAAAACw="}
        GET accounts(§c)/entityimage
        > 204
        PATCH accounts(§a) | {"entityimage": null}
        > 204 odata-entityid: ~/accounts(§a)
        GET accounts(§a)/entityimage
        > 204
    "#]]);
}
