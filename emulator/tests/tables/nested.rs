//! Rows within rows, and what becomes of related rows when a row is deleted or assigned.

use expect_test::expect;

use super::check;

#[test]
fn rows_are_created_within_rows() {
    check(expect![[r#"
        POST accounts | {"accountid": "§a", "name": "Contoso", "primarycontactid": {"contactid": "§c", "lastname": "Ann", "contact_customer_contacts": [{"contactid": "§d", "lastname": "Bob"}]}, "Account_Tasks": [{"activityid": "§e", "subject": "Call"}]}
        > 204 odata-entityid: ~/accounts(§a)
        GET accounts(§a)?$select=name&$expand=primarycontactid($select=lastname),Account_Tasks($select=subject)
        > 200 {"@odata.context":"~/$metadata#accounts(name,primarycontactid(lastname),Account_Tasks(subject))/$entity","Account_Tasks":[{"activityid":"§e","subject":"Call"}],"Account_Tasks@odata.nextLink":"~/accounts(§a)/Account_Tasks?$select=subject","accountid":"§a","name":"Contoso","primarycontactid":{"contactid":"§c","lastname":"Ann"}}
        GET contacts(§d)?$select=lastname,_parentcustomerid_value
        > 200 {"@odata.context":"~/$metadata#contacts(lastname,_parentcustomerid_value)/$entity","_parentcustomerid_value":"§c","contactid":"§d","lastname":"Bob"}
        POST contacts | {"lastname": "x", "parentcustomerid_account": {"@odata.type": "Microsoft.Dynamics.CRM.contact", "lastname": "y"}}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'contacts' … A resource with type 'Microsoft.Dynamics.CRM.contact' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.account' of the navigation property 'parentcustomerid_account'.
        POST contacts | {"lastname": "x", "parentcustomerid_account": {"@odata.type": "Microsoft.Dynamics.CRM.nothing", "lastname": "y"}}
        > 404 0x8006088a Resource not found for the segment 'nothing'.
        POST contacts | {"lastname": "x", "parentcustomerid_account": {"nothing": 1}}
        > 400 0x0 An error occurred while validating input parameters: Microsoft.Crm.CrmException: Invalid property 'nothing' was found in entity 'Microsoft.Dynamics.CRM.account'. ---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.
        POST contacts | {"lastname": "x", "nothing": {"a": 1}}
        > 400 0x0 An error occurred while validating input parameters: Microsoft.Crm.CrmException: Invalid property 'nothing' was found in entity 'Microsoft.Dynamics.CRM.contact'. ---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.
        GET contacts/$count
        > 200 2
        POST new_projects | {"new_projectid": "§1", "new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_name": "ten"}}}}}}}}}}}
        > 204 odata-entityid: ~/new_projects(§1)
        GET new_projects/$count
        > 200 11
        POST new_projects | {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_ParentProject": {"new_name": "eleven"}}}}}}}}}}}}
        > 400 0x80060888 The rows are nested in more than 10 levels.
        GET new_projects/$count
        > 200 11
    "#]]);
}

#[test]
fn the_parties_of_an_activity_are_replaced_together() {
    check(expect![[r#"
        POST contacts | {"contactid": "§c", "lastname": "Ann", "emailaddress1": "ann@contoso.example"}
        > 204 odata-entityid: ~/contacts(§c)
        POST accounts | {"accountid": "§a", "name": "Contoso", "emailaddress1": "info@contoso.example"}
        > 204 odata-entityid: ~/accounts(§a)
        POST emails | {"activityid": "§e", "subject": "Hello", "email_activity_parties": [{"participationtypemask": 1, "partyid_contact@odata.bind": "contacts(§c)"}, {"participationtypemask": 2, "partyid_account@odata.bind": "accounts(§a)"}, {"participationtypemask": 2, "addressused": "own@example.org"}]}
        > 204 odata-entityid: ~/emails(§e)
        GET activityparties?$select=participationtypemask,addressused,_partyid_value,_activityid_value,ispartydeleted&$orderby=addressused
        > 200 {"@odata.context":"~/$metadata#activityparties(participationtypemask,addressused,_partyid_value,_activityid_value,ispartydeleted)","value":[{"_activityid_value":"§e","_partyid_value":"§c","activitypartyid":"<id>","addressused":"ann@contoso.example","ispartydeleted":false,"participationtypemask":1},{"_activityid_value":"§e","_partyid_value":"§a","activitypartyid":"<id>","addressused":"info@contoso.example","ispartydeleted":false,"participationtypemask":2},{"_activityid_value":"§e","_partyid_value":null,"activitypartyid":"<id>","addressused":"own@example.org","ispartydeleted":false,"participationtypemask":2}]}
        PATCH emails(§e) | {"email_activity_parties": [{"participationtypemask": 2, "partyid_contact@odata.bind": "contacts(§c)", "addressused": "other@example.org"}]}
        > 204 odata-entityid: ~/emails(§e)
        GET activityparties?$select=participationtypemask,addressused
        > 200 {"@odata.context":"~/$metadata#activityparties(participationtypemask,addressused)","value":[{"activitypartyid":"<id>","addressused":"other@example.org","participationtypemask":2}]}
        DELETE contacts(§c)
        > 204
        GET activityparties?$select=_partyid_value,ispartydeleted
        > 200 {"@odata.context":"~/$metadata#activityparties(_partyid_value,ispartydeleted)","value":[{"_partyid_value":"§c","activitypartyid":"<id>","ispartydeleted":true}]}
        DELETE emails(§e)
        > 204
        GET activityparties/$count
        > 200 0
    "#]]);
}

#[test]
fn a_deletion_cascades_restricts_or_removes_links() {
    check(expect![[r#"
        POST accounts | {"accountid": "§a", "name": "Contoso"}
        > 204 odata-entityid: ~/accounts(§a)
        POST accounts | {"accountid": "§b", "name": "Branch", "parentaccountid@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/accounts(§b)
        POST contacts | {"contactid": "§c", "lastname": "Ann", "parentcustomerid_account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/contacts(§c)
        POST tasks | {"activityid": "§d", "subject": "Task", "regardingobjectid_account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/tasks(§d)
        POST annotations | {"annotationid": "§e", "subject": "Note", "objectid_account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/annotations(§e)
        POST new_projects | {"new_projectid": "§f", "new_Account@odata.bind": "accounts(§a)", "new_Sponsor_account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/new_projects(§f)
        POST incidents | {"incidentid": "§1", "title": "Case", "customerid_account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/incidents(§1)
        DELETE accounts(§a)
        > 400 0x80040227 The object you tried to delete is associated with another object and cannot be deleted.
        DELETE incidents(§1)
        > 204
        DELETE accounts(§a)
        > 400 0x80040227 The object you tried to delete is associated with another object and cannot be deleted.
        GET accounts?$select=name,_parentaccountid_value
        > 200 {"@odata.context":"~/$metadata#accounts(name,_parentaccountid_value)","value":[{"_parentaccountid_value":null,"accountid":"§a","name":"Contoso"},{"_parentaccountid_value":"§a","accountid":"§b","name":"Branch"}]}
        GET contacts?$select=lastname,_parentcustomerid_value
        > 200 {"@odata.context":"~/$metadata#contacts(lastname,_parentcustomerid_value)","value":[{"_parentcustomerid_value":"§a","contactid":"§c","lastname":"Ann"}]}
        GET tasks?$select=subject,_regardingobjectid_value
        > 200 {"@odata.context":"~/$metadata#tasks(subject,_regardingobjectid_value)","value":[{"_regardingobjectid_value":"§a","activityid":"§d","subject":"Task"}]}
        GET annotations?$select=subject
        > 200 {"@odata.context":"~/$metadata#annotations(subject)","value":[{"annotationid":"§e","subject":"Note"}]}
        GET new_projects?$select=_new_account_value,_new_sponsor_value
        > 200 {"@odata.context":"~/$metadata#new_projects(_new_account_value,_new_sponsor_value)","value":[{"_new_account_value":"§a","_new_sponsor_value":"§a","new_projectid":"§f"}]}
        GET incidents?$select=title
        > 200 {"@odata.context":"~/$metadata#incidents(title)","value":[]}
    "#]]);
}

#[test]
fn an_assignment_cascades_to_the_rows_that_the_relationships_say() {
    check(expect![[r#"
        PATCH systemusers(§9) | {"domainname": "eve", "firstname": "Eve", "lastname": "Ek"}
        > 204 odata-entityid: ~/systemusers(§9)
        POST accounts | {"accountid": "§a", "name": "Contoso"}
        > 204 odata-entityid: ~/accounts(§a)
        POST contacts | {"contactid": "§c", "lastname": "Ann", "parentcustomerid_account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/contacts(§c)
        POST tasks | {"activityid": "§d", "subject": "Open", "regardingobjectid_account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/tasks(§d)
        POST tasks | {"activityid": "§e", "subject": "Done", "regardingobjectid_account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/tasks(§e)
        PATCH tasks(§e) | {"statecode": 1}
        > 204 odata-entityid: ~/tasks(§e)
        POST new_projects | {"new_projectid": "§f", "new_name": "Alpha", "new_Account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/new_projects(§f)
        PATCH accounts(§a) | {"ownerid@odata.bind": "systemusers(§9)"}
        > 204 odata-entityid: ~/accounts(§a)
        GET accounts?$select=name&$filter=_ownerid_value eq §9
        > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[{"accountid":"§a","name":"Contoso"}]}
        GET contacts?$select=lastname&$filter=_ownerid_value eq §9
        > 200 {"@odata.context":"~/$metadata#contacts(lastname)","value":[{"contactid":"§c","lastname":"Ann"}]}
        GET tasks?$select=subject&$filter=_ownerid_value eq §9&$orderby=subject
        > 200 {"@odata.context":"~/$metadata#tasks(subject)","value":[{"activityid":"§e","subject":"Done"},{"activityid":"§d","subject":"Open"}]}
        GET new_projects?$select=new_name&$filter=_ownerid_value eq §9
        > 200 {"@odata.context":"~/$metadata#new_projects(new_name)","value":[]}
        PATCH accounts(§a) | {"ownerid@odata.bind": "accounts(§a)"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'accounts' … A resource with type 'Microsoft.Dynamics.CRM.account' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.principal' of the navigation property 'ownerid'.
        PATCH accounts(§a) | {"ownerid@odata.bind": "systemusers(§8)"}
        > 404 0x80040217 Entity 'systemuser' With Id = §8 Does Not Exist
    "#]]);
}
