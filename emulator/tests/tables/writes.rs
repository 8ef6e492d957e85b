//! What the path, the body and the headers of a write must not be, and what the refusal says.

use expect_test::expect;

use super::{builder, check, check_with};

#[test]
fn the_path_of_a_write_has_to_name_something() {
    check(expect![[r#"
        POST nosuchset | {}
        > 404 0x8006088a Resource not found for the segment 'nosuchset'.
        PATCH nosuchset(§a) | {}
        > 404 0x8006088a Resource not found for the segment 'nosuchset'.
        POST accounts(1) | {}
        > 400 0x80060888 The key of 'account' in the URL is not valid.
        PATCH accounts(1) | {}
        > 400 0x80060888 The key of 'account' in the URL is not valid.
        PATCH accounts('x') | {}
        > 400 0x80060888 The key of 'account' in the URL is not valid.
        PATCH accounts(accountid='x') | {}
        > 400 0x80060888 The key of 'account' in the URL is not valid.
        PATCH accounts(accountid=§a) | {"name": "by id"}
        > 204 odata-entityid: ~/accounts(§a)
        PATCH accounts(accountnumber='A1') | {"name": "by key"}
        > 204 odata-entityid: ~/accounts(<id>)
        PATCH accounts(name='x') | {}
        > 400 0x80060888 The specified key properties do not match an alternate key of the table.
        PATCH accounts(nothing='x') | {}
        > 400 0x80060888 Could not find a property named 'nothing' on type 'Microsoft.Dynamics.CRM.account'.
        PATCH accounts(accountnumber='A1',name='x') | {}
        > 400 0x80060888 The specified key properties do not match an alternate key of the table.
        PATCH accounts(accountnumber=null) | {}
        > 400 0x80060888 The key of 'account' in the URL is not valid.
        PATCH accounts(accountnumber=@p)?@p='x' | {}
        > 400 0x80060888 The key of 'account' in the URL is not valid.
        PATCH accounts(§a)/nothing | {}
        > 404 0x8006088a Resource not found for the segment 'nothing'.
        PUT accounts(§a)/name | {}
        > 400 0x80060888 The body of a property's new value is an object with the member 'value'.
        PUT accounts(§a)/name | {"value": "Contoso"}
        > 204
        PUT accounts(§b)/name | {"value": "Contoso"}
        > 404 0x80040217 Entity 'account' With Id = §b Does Not Exist
        DELETE accounts(§b)/name
        > 404 0x80040217 Entity 'account' With Id = §b Does Not Exist
        DELETE accounts(§a)/name
        > 204
        PUT accounts(§a)/name/$ref | {}
        > 404 0x8006088a Resource not found for the segment 'name'.
        POST accounts(§a)/primarycontactid/x | {}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: writing to accounts(§a)/primarycontactid/x.
        POST accounts/name | {}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: writing to accounts/name.
        POST accounts(§a)(§b) | {}
        > 400 0x80060888 The path 'accounts(§a)(§b)' is not valid.
        POST accounts(§a)/contact_customer_accounts(§b) | {}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: writing to accounts(§a)/contact_customer_accounts(§b).
        PATCH new_projects(new_code='C',new_type=100000001) | {"new_name": "by two columns"}
        > 204 odata-entityid: ~/new_projects(<id>)
        PATCH new_projects(new_type=100000001,new_code='C') | {"new_name": "in the other order"}
        > 204 odata-entityid: ~/new_projects(<id>)
        PATCH new_projects(new_code='C') | {}
        > 400 0x80060888 The specified key properties do not match an alternate key of the table.
        PATCH new_projects(new_ref='R') | {}
        > 400 0x80060888 The specified key properties do not match an alternate key of the table.
        DELETE new_projects(new_code='D',new_type=100000001)
        > 404 0x80060891 A record with the specified key values does not exist in new_project entity
        DELETE accounts(§b)
        > 404 0x80040217 Entity 'account' With Id = §b Does Not Exist
        DELETE accounts
        > 405 0x80060888 The requested resource does not support http method 'DELETE'.
    "#]]);
}

#[test]
fn a_method_has_to_fit_what_the_path_names() {
    check(expect![[r#"
        POST accounts | {"accountid": "§a", "name": "Contoso"}
        > 204 odata-entityid: ~/accounts(§a)
        POST contacts | {"contactid": "§c", "lastname": "Ann"}
        > 204 odata-entityid: ~/contacts(§c)
        PUT accounts | {}
        > 405 0x80060888 The requested resource does not support http method 'PUT'.
        PATCH accounts | {}
        > 405 0x80060888 The requested resource does not support http method 'PATCH'.
        PUT accounts(§a) | {}
        > 405 0x80060888 The requested resource does not support http method 'PUT'.
        POST accounts(§a) | {}
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        PATCH accounts(§a)/name | {"value": "x"}
        > 405 0x80060888 The requested resource does not support http method 'PATCH'.
        POST accounts(§a)/name | {"value": "x"}
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        POST accounts(§a)/primarycontactid | {}
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        PATCH accounts(§a)/contact_customer_accounts | {}
        > 405 0x80060888 The requested resource does not support http method 'PATCH'.
        DELETE accounts(§a)/contact_customer_accounts
        > 405 0x80060888 The requested resource does not support http method 'DELETE'.
        POST accounts(§a)/primarycontactid/$ref | {"@odata.id": "contacts(§c)"}
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        PUT accounts(§a)/contact_customer_accounts/$ref | {"@odata.id": "contacts(§c)"}
        > 405 0x80060888 The requested resource does not support http method 'PUT'.
        PATCH accounts(§a)/contact_customer_accounts/$ref | {"@odata.id": "contacts(§c)"}
        > 405 0x80060888 The requested resource does not support http method 'PATCH'.
        POST accounts(§a)/contact_customer_accounts(§c)/$ref | {"@odata.id": "contacts(§c)"}
        > 405 0x80060888 The requested resource does not support http method 'POST'.
    "#]]);
}

#[test]
fn a_reference_has_to_name_a_row_of_the_right_table() {
    check(expect![[r#"
        POST accounts | {"accountid": "§a", "name": "Contoso"}
        > 204 odata-entityid: ~/accounts(§a)
        POST contacts | {"contactid": "§c", "lastname": "Ann"}
        > 204 odata-entityid: ~/contacts(§c)
        PUT accounts(§a)/primarycontactid/$ref | {}
        > 400 0x80060888 The body of a reference is an object with the member '@odata.id'.
        PUT accounts(§a)/primarycontactid/$ref | {"@odata.id": 5}
        > 400 0x80060888 The body of a reference is an object with the member '@odata.id'.
        PUT accounts(§a)/primarycontactid/$ref | {"@odata.id": "contacts"}
        > 400 0x80060888 The reference 'contacts' does not name a row.
        PUT accounts(§a)/primarycontactid/$ref | {"@odata.id": "contacts(((("}
        > 400 0x80060888 The reference 'contacts((((' does not name a row.
        PUT accounts(§a)/primarycontactid/$ref | {"@odata.id": "contacts(§c)/fullname"}
        > 400 0x80060888 The reference 'contacts(§c)/fullname' does not name a row.
        PUT accounts(§a)/primarycontactid/$ref | {"@odata.id": "contacts(§d)"}
        > 404 0x80040217 Entity 'contact' With Id = §d Does Not Exist
        PUT accounts(§a)/primarycontactid/$ref | {"@odata.id": "nosuchset(§c)"}
        > 404 0x8006088a Resource not found for the segment 'nosuchset'.
        PUT accounts(§a)/primarycontactid/$ref | {"@odata.id": "accounts(§a)"}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'accounts' … A resource with type 'Microsoft.Dynamics.CRM.account' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.contact' of the navigation property 'primarycontactid'.
        PUT accounts(§b)/primarycontactid/$ref | {"@odata.id": "contacts(§c)"}
        > 404 0x80040217 Entity 'account' With Id = §b Does Not Exist
        PUT accounts(§a)/primarycontactid/$ref | If-Match: W/"1" | {"@odata.id": "contacts(§c)"}
        > 412 0x80060882 The version of the existing record doesn't match the RowVersion property provided.
        PUT accounts(§a)/primarycontactid/$ref | If-Match: * | {"@odata.id": "contacts(§c)"}
        > 204
        GET accounts(§a)?$select=name&$expand=primarycontactid($select=lastname)
        > 200 {"@odata.context":"~/$metadata#accounts(name,primarycontactid(lastname))/$entity","accountid":"§a","name":"Contoso","primarycontactid":{"contactid":"§c","lastname":"Ann"}}
        PUT accounts(§a)/primarycontactid/$ref | {"@odata.id": "/contacts(§c)"}
        > 204
        PUT accounts(§a)/primarycontactid/$ref | {"@odata.id": "http://127.0.0.1:9/api/data/v9.2/contacts(§c)"}
        > 204
        PUT accounts(§a)/primarycontactid/$ref | {"@odata.id": "http://127.0.0.1:9/api/data/v9.2"}
        > 400 0x80060888 The reference 'http://127.0.0.1:9/api/data/v9.2' does not name a row.
        # The lookup stays if another row is named, and is cleared if its own row is.
        POST contacts | {"contactid": "§d", "lastname": "Bob"}
        > 204 odata-entityid: ~/contacts(§d)
        DELETE accounts(§a)/primarycontactid(§d)/$ref
        > 204
        GET accounts(§a)?$select=_primarycontactid_value
        > 200 {"@odata.context":"~/$metadata#accounts(_primarycontactid_value)/$entity","_primarycontactid_value":"§c","accountid":"§a"}
        DELETE accounts(§a)/primarycontactid(§e)/$ref
        > 404 0x80040217 Entity 'contact' With Id = §e Does Not Exist
        DELETE accounts(§a)/primarycontactid(§c)/$ref
        > 204
        GET accounts(§a)?$select=_primarycontactid_value
        > 200 {"@odata.context":"~/$metadata#accounts(_primarycontactid_value)/$entity","_primarycontactid_value":null,"accountid":"§a"}
        DELETE accounts(§a)/primarycontactid/$ref
        > 204
        DELETE accounts(§b)/primarycontactid/$ref
        > 404 0x80040217 Entity 'account' With Id = §b Does Not Exist
        DELETE accounts(§a)/primarycontactid/$ref | If-Match: W/"1"
        > 412 0x80060882 The version of the existing record doesn't match the RowVersion property provided.
        # A row of a collection has to be named.
        POST accounts(§a)/contact_customer_accounts/$ref | {"@odata.id": "contacts(§c)"}
        > 204
        GET contacts(§c)?$select=_parentcustomerid_value
        > 200 {"@odata.context":"~/$metadata#contacts(_parentcustomerid_value)/$entity","_parentcustomerid_value":"§a","contactid":"§c"}
        DELETE accounts(§a)/contact_customer_accounts/$ref
        > 400 0x80060888 A row can be removed from a collection only by naming it: …/navigation(id)/$ref, or …/navigation/$ref?$id=….
        DELETE accounts(§a)/contact_customer_accounts/$ref?$id=contacts(§d)
        > 204
        DELETE accounts(§a)/contact_customer_accounts/$ref?$id=contacts(§e)
        > 404 0x80040217 Entity 'contact' With Id = §e Does Not Exist
        GET contacts(§c)?$select=_parentcustomerid_value
        > 200 {"@odata.context":"~/$metadata#contacts(_parentcustomerid_value)/$entity","_parentcustomerid_value":"§a","contactid":"§c"}
        DELETE accounts(§a)/contact_customer_accounts/$ref?$id=contacts(§c)
        > 204
        GET contacts(§c)?$select=_parentcustomerid_value
        > 200 {"@odata.context":"~/$metadata#contacts(_parentcustomerid_value)/$entity","_parentcustomerid_value":null,"contactid":"§c"}
    "#]]);
}

#[test]
fn pairs_of_rows_are_connected_once() {
    check(expect![[r#"
        POST new_projects | {"new_projectid": "§a", "new_name": "Alpha"}
        > 204 odata-entityid: ~/new_projects(§a)
        PATCH systemusers(§c) | {"domainname": "eve", "firstname": "Eve", "lastname": "Ek"}
        > 204 odata-entityid: ~/systemusers(§c)
        POST teams | {"teamid": "§b", "name": "Team", "administratorid@odata.bind": "systemusers(§c)"}
        > 204 odata-entityid: ~/teams(§b)
        POST teams(§b)/teammembership_association/$ref | {"@odata.id": "systemusers(§c)"}
        > 204
        POST teams(§b)/teammembership_association/$ref | {"@odata.id": "systemusers(§c)"}
        > 412 0x80040237 Cannot insert duplicate key.
        POST teams(§b)/teammembership_association/$ref | {"@odata.id": "systemusers(§c)"}
        > 412 0x80040237 Cannot insert duplicate key.
        POST teams(§b)/teammembership_association/$ref | {"@odata.id": "accounts(§a)"}
        > 404 0x80040217 Entity 'account' With Id = §a Does Not Exist
        GET teams(§b)?$select=name&$expand=teammembership_association($select=fullname)
        > 200 {"@odata.context":"~/$metadata#teams(name,teammembership_association(fullname))/$entity","name":"Team","teamid":"§b","teammembership_association":[{"fullname":"Eve Ek","systemuserid":"§c"}],"teammembership_association@odata.nextLink":"~/teams(§b)/teammembership_association?$select=fullname"}
        DELETE teams(§b)/teammembership_association/$ref
        > 400 0x80060888 A row can be removed from a collection only by naming it: …/navigation(id)/$ref, or …/navigation/$ref?$id=….
        DELETE teams(§b)/teammembership_association(§c)/$ref
        > 204
        DELETE teams(§b)/teammembership_association(§c)/$ref
        > 204
        GET teams(§b)/teammembership_association/$count
        > 200 0
        # Without a key of their own, pairs are pairs as well.
        POST new_projects(§a)/new_project_systemuser/$ref | {"@odata.id": "systemusers(§c)"}
        > 204
        POST new_projects(§a)/new_project_systemuser/$ref | {"@odata.id": "systemusers(§c)"}
        > 412 0x80040237 Cannot insert duplicate key.
        GET systemusers(§c)/new_project_systemuser/$count
        > 200 1
        DELETE new_projects(§a)
        > 204
        GET systemusers(§c)/new_project_systemuser/$count
        > 200 0
    "#]]);
}

#[test]
fn conditions_decide_whether_a_row_is_changed_created_or_neither() {
    check(expect![[r#"
        PATCH accounts(§a) | If-Match: * | {"name": "x"}
        > 404 0x80040217 Entity 'account' With Id = §a Does Not Exist
        PATCH accounts(§a) | If-Match: W/"1" | {"name": "x"}
        > 404 0x80040217 Entity 'account' With Id = §a Does Not Exist
        PATCH accounts(accountnumber='A') | If-Match: * | {"name": "x"}
        > 404 0x80060891 A record with the specified key values does not exist in account entity
        PATCH accounts(§a) | If-None-Match: * | {"name": "created"}
        > 204 odata-entityid: ~/accounts(§a)
        PATCH accounts(§a) | If-None-Match: * | {"name": "changed"}
        > 412 0x80040237 A record with matching key values already exists.
        PATCH accounts(§a) | If-None-Match: null | {"name": "null is none"}
        > 204 odata-entityid: ~/accounts(§a)
        PATCH accounts(§a) | If-None-Match: W/"1" | {"name": "a version is no star"}
        > 204 odata-entityid: ~/accounts(§a)
        PATCH accounts(§a) | If-Match: W/"1" | {"name": "x"}
        > 412 0x80060882 The version of the existing record doesn't match the RowVersion property provided.
        PATCH accounts(§a) | If-Match: * | {"name": "any version"}
        > 204 odata-entityid: ~/accounts(§a)
        DELETE accounts(§a) | If-Match: W/"1"
        > 412 0x80060882 The version of the existing record doesn't match the RowVersion property provided.
        PUT accounts(§a)/name | If-Match: W/"1" | {"value": "x"}
        > 412 0x80060882 The version of the existing record doesn't match the RowVersion property provided.
        DELETE accounts(§a)/name | If-Match: W/"1"
        > 412 0x80060882 The version of the existing record doesn't match the RowVersion property provided.
        GET accounts(§a)?$select=name
        > 200 {"@odata.context":"~/$metadata#accounts(name)/$entity","accountid":"§a","name":"any version"}
        GET accounts(§a)?$select=name | If-None-Match: *
        > 304
        GET accounts(§a)?$select=name | If-None-Match: W/"1"
        > 200 {"@odata.context":"~/$metadata#accounts(name)/$entity","accountid":"§a","name":"any version"}
        GET accounts(§a)?$select=name&$expand=primarycontactid | If-None-Match: *
        > 200 {"@odata.context":"~/$metadata#accounts(name,primarycontactid())/$entity","accountid":"§a","name":"any version","primarycontactid":null}
        DELETE accounts(§a) | If-Match: *
        > 204
        DELETE accounts(§a) | If-Match: *
        > 404 0x80040217 Entity 'account' With Id = §a Does Not Exist
    "#]]);
}

#[test]
fn a_response_has_the_row_if_the_client_prefers_it() {
    check(expect![[r#"
        POST accounts?$select=name | Prefer: return=representation | {"accountid": "§a", "name": "Contoso"}
        > 201 preference-applied: return=representation odata-entityid: ~/accounts(§a) {"@odata.context":"~/$metadata#accounts(name)/$entity","accountid":"§a","name":"Contoso"}
        PATCH accounts(§a)?$select=name | Prefer: return=representation | {"name": "Changed"}
        > 200 preference-applied: return=representation odata-entityid: ~/accounts(§a) {"@odata.context":"~/$metadata#accounts(name)/$entity","accountid":"§a","name":"Changed"}
        PATCH accounts(§b)?$select=name | Prefer: return=representation | {"name": "Upserted"}
        > 201 preference-applied: return=representation odata-entityid: ~/accounts(§b) {"@odata.context":"~/$metadata#accounts(name)/$entity","accountid":"§b","name":"Upserted"}
        PATCH accounts(§b)?$select=name | Prefer: return=minimal | {"name": "Nothing"}
        > 204 odata-entityid: ~/accounts(§b)
        POST accounts(§a)/contact_customer_accounts?$select=lastname | Prefer: return=representation | {"contactid": "§c", "lastname": "Ann"}
        > 201 preference-applied: return=representation odata-entityid: ~/contacts(§c) {"@odata.context":"~/$metadata#contacts(lastname)/$entity","contactid":"§c","lastname":"Ann"}
    "#]]);
}

#[test]
fn tables_without_rows_of_their_own_are_not_written() {
    check(expect![[r#"
        POST teammemberships | {}
        > 400 0x80040800 The 'Create' method does not support entities of type 'teammembership'.
        POST activitypointers | {"subject": "x"}
        > 400 0x80040800 The 'Create' method does not support entities of type 'activitypointer'.
        POST principals | {}
        > 404 0x8006088a Resource not found for the segment 'principals'.
        POST activityparties | {}
        > 400 0x80040800 The 'Create' method does not support entities of type 'activityparty'.
        PATCH activitypointers(§a) | {"subject": "x"}
        > 400 0x80040800 The 'Create' method does not support entities of type 'activitypointer'.
        POST tasks | {"activityid": "§a", "subject": "Task"}
        > 204 odata-entityid: ~/tasks(§a)
        PATCH activitypointers(§a) | {"subject": "x"}
        > 400 0x80040800 The 'Update' method does not support entities of type 'activitypointer'.
        DELETE activitypointers(§a)
        > 400 0x80040800 The 'Delete' method does not support entities of type 'activitypointer'.
        DELETE activityparties(§a)
        > 404 0x80040217 Entity 'activityparty' With Id = §a Does Not Exist
        DELETE teammemberships(§a)
        > 404 0x80040217 Entity 'teammembership' With Id = §a Does Not Exist
        GET activitypointers?$select=subject,activitytypecode
        > 200 {"@odata.context":"~/$metadata#activitypointers(subject,activitytypecode)","value":[{"activityid":"§a","activitytypecode":"task","subject":"Task"}]}
        DELETE tasks(§a)
        > 204
        GET activitypointers/$count
        > 200 0
    "#]]);
}

#[test]
fn the_rows_of_the_organisation_stay() {
    check(expect![[r#"
        GET WhoAmI
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","BusinessUnitId":"4791324f-0813-540d-8d77-aae07534bc84","OrganizationId":"b330c258-7f5e-51af-8ce5-b8e109e72b6e","UserId":"618c3f54-8c58-5c73-821b-4c371a36202f"}
        GET systemusers?$select=fullname
        > 200 {"@odata.context":"~/$metadata#systemusers(fullname)","value":[{"fullname":"ann","systemuserid":"618c3f54-8c58-5c73-821b-4c371a36202f"}]}
        GET teams?$select=name,isdefault
        > 200 {"@odata.context":"~/$metadata#teams(name,isdefault)","value":[{"isdefault":true,"name":"contoso","teamid":"f874af16-df82-5764-a64f-0f510a3a1981"}]}
        GET businessunits?$select=name
        > 200 {"@odata.context":"~/$metadata#businessunits(name)","value":[{"businessunitid":"4791324f-0813-540d-8d77-aae07534bc84","name":"contoso"}]}
        GET transactioncurrencies?$select=isocurrencycode,exchangerate,currencyprecision
        > 200 {"@odata.context":"~/$metadata#transactioncurrencies(isocurrencycode,exchangerate,currencyprecision)","value":[{"currencyprecision":2,"exchangerate":1,"isocurrencycode":"USD","transactioncurrencyid":"9638c392-5b31-5f49-9b5b-173c0f6d5b8c"}]}
        PATCH systemusers(§c) | {"domainname": "eve", "firstname": "Eve", "lastname": "Ek"}
        > 204 odata-entityid: ~/systemusers(§c)
        DELETE systemusers(§c)
        > 400 0x80040800 The 'Delete' method does not support entities of type 'systemuser'.
        POST teams | {"teamid": "§b", "name": "Owners", "administratorid@odata.bind": "systemusers(§c)"}
        > 204 odata-entityid: ~/teams(§b)
        POST accounts | {"accountid": "§a", "name": "Contoso", "ownerid@odata.bind": "teams(§b)"}
        > 204 odata-entityid: ~/accounts(§a)
        GET accounts(§a)?$select=_ownerid_value,_owninguser_value,_owningteam_value
        > 200 {"@odata.context":"~/$metadata#accounts(_ownerid_value,_owninguser_value,_owningteam_value)/$entity","_ownerid_value":"§b","_owningteam_value":"§b","_owninguser_value":null,"accountid":"§a"}
        DELETE teams(§b)
        > 400 0x8004830e Can't delete a team which owns records. Reassign the records and try again (TeamId = §b).
        PATCH accounts(§a) | {"ownerid@odata.bind": "systemusers(§c)"}
        > 204 odata-entityid: ~/accounts(§a)
        GET accounts(§a)?$select=_ownerid_value,_owninguser_value,_owningteam_value
        > 200 {"@odata.context":"~/$metadata#accounts(_ownerid_value,_owninguser_value,_owningteam_value)/$entity","_ownerid_value":"§c","_owningteam_value":null,"_owninguser_value":"§c","accountid":"§a"}
        DELETE teams(§b)
        > 204
        POST transactioncurrencies | {"transactioncurrencyid": "§d", "currencyname": "Euro", "isocurrencycode": "EUR", "currencysymbol": "E", "currencyprecision": 2, "exchangerate": 0.5}
        > 204 odata-entityid: ~/transactioncurrencies(§d)
        POST accounts | {"accountid": "§e", "revenue": 3.005, "transactioncurrencyid@odata.bind": "transactioncurrencies(§d)"}
        > 204 odata-entityid: ~/accounts(§e)
        GET accounts(§e)?$select=revenue,revenue_base,exchangerate
        > 200 {"@odata.context":"~/$metadata#accounts(revenue,revenue_base,exchangerate)/$entity","accountid":"§e","exchangerate":0.5,"revenue":3.01,"revenue_base":6.02}
        DELETE transactioncurrencies(§d)
        > 400 0x80040227 The object you tried to delete is associated with another object and cannot be deleted.
        DELETE accounts(§e)
        > 204
        DELETE transactioncurrencies(§d)
        > 204
    "#]]);
}

#[test]
fn headers_that_name_another_user_have_to_name_one() {
    check(expect![[r#"
        GET accounts | MSCRMCallerID: nobody
        > 400 0x80060888 The value 'nobody' of the header mscrmcallerid is not the id of a user.
        GET accounts | MSCRMCallerID: §c
        > 403 0x80040217 systemuser With Id = §c Does Not Exist
        GET accounts | CallerObjectId: nobody
        > 400 0x80060888 The value 'nobody' of the header callerobjectid is not the id of a user.
        GET accounts | CallerObjectId: §c
        > 403 0x80040217 systemuser With Id = §c Does Not Exist
        PATCH systemusers(§c) | {"domainname": "eve", "firstname": "Eve", "lastname": "Ek", "azureactivedirectoryobjectid": "§d"}
        > 204 odata-entityid: ~/systemusers(§c)
        GET WhoAmI | MSCRMCallerID: §c
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","BusinessUnitId":"4791324f-0813-540d-8d77-aae07534bc84","OrganizationId":"b330c258-7f5e-51af-8ce5-b8e109e72b6e","UserId":"§c"}
        GET WhoAmI | CallerObjectId: §d
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","BusinessUnitId":"4791324f-0813-540d-8d77-aae07534bc84","OrganizationId":"b330c258-7f5e-51af-8ce5-b8e109e72b6e","UserId":"§c"}
        GET WhoAmI | CallerObjectId: §c
        > 403 0x80040217 systemuser With Id = §c Does Not Exist
        GET WhoAmI | CallerObjectId: §d | MSCRMCallerID: §e
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","BusinessUnitId":"4791324f-0813-540d-8d77-aae07534bc84","OrganizationId":"b330c258-7f5e-51af-8ce5-b8e109e72b6e","UserId":"§c"}
        POST accounts | MSCRMCallerID: §c | {"accountid": "§a", "name": "On behalf"}
        > 204 odata-entityid: ~/accounts(§a)
        GET accounts(§a)?$select=_createdby_value,_createdonbehalfby_value,_ownerid_value
        > 200 {"@odata.context":"~/$metadata#accounts(_createdby_value,_createdonbehalfby_value,_ownerid_value)/$entity","_createdby_value":"§c","_createdonbehalfby_value":"618c3f54-8c58-5c73-821b-4c371a36202f","_ownerid_value":"§c","accountid":"§a"}
        POST accounts | {"accountid": "§b", "name": "Alone"}
        > 204 odata-entityid: ~/accounts(§b)
        GET accounts(§b)?$select=_createdonbehalfby_value
        > 200 {"@odata.context":"~/$metadata#accounts(_createdonbehalfby_value)/$entity","_createdonbehalfby_value":null,"accountid":"§b"}
    "#]]);
}

#[test]
fn a_row_has_the_values_that_follow_from_others() {
    check(expect![[r#"
        POST contacts | {"contactid": "§c"}
        > 204 odata-entityid: ~/contacts(§c)
        GET contacts(§c)?$select=fullname,yomifullname
        > 200 {"@odata.context":"~/$metadata#contacts(fullname,yomifullname)/$entity","contactid":"§c","fullname":null,"yomifullname":null}
        PATCH contacts(§c) | {"firstname": "Ann"}
        > 204 odata-entityid: ~/contacts(§c)
        GET contacts(§c)?$select=fullname
        > 200 {"@odata.context":"~/$metadata#contacts(fullname)/$entity","contactid":"§c","fullname":"Ann"}
        PATCH contacts(§c) | {"lastname": "Lee"}
        > 204 odata-entityid: ~/contacts(§c)
        GET contacts(§c)?$select=fullname
        > 200 {"@odata.context":"~/$metadata#contacts(fullname)/$entity","contactid":"§c","fullname":"Ann Lee"}
        PATCH contacts(§c) | {"firstname": null, "lastname": ""}
        > 204 odata-entityid: ~/contacts(§c)
        GET contacts?$select=contactid&$filter=fullname eq null
        > 200 {"@odata.context":"~/$metadata#contacts(contactid)","value":[{"contactid":"§c"}]}
        POST accounts | {"accountid": "§a", "name": "A", "address1_line1": "Road 1", "address1_city": "Oslo"}
        > 204 odata-entityid: ~/accounts(§a)
        GET accounts(§a)?$select=address1_composite
        > 200 {"@odata.context":"~/$metadata#accounts(address1_composite)/$entity","accountid":"§a","address1_composite":"Road 1\r\nOslo"}
        PATCH accounts(§a) | {"address1_line1": null, "address1_city": null}
        > 204 odata-entityid: ~/accounts(§a)
        GET accounts?$select=accountid&$filter=address1_composite eq null
        > 200 {"@odata.context":"~/$metadata#accounts(accountid)","value":[{"accountid":"§a"}]}
        POST teams | {"teamid": "§d", "name": "T", "administratorid@odata.bind": "/systemusers(618c3f54-8c58-5c73-821b-4c371a36202f)"}
        > 204 odata-entityid: ~/teams(§d)
        GET teams(§d)?$select=ownerid,_businessunitid_value
        > 200 {"@odata.context":"~/$metadata#teams(ownerid,_businessunitid_value)/$entity","_businessunitid_value":"4791324f-0813-540d-8d77-aae07534bc84","ownerid":"§d","teamid":"§d"}
        POST systemusers | {"systemuserid": "§e", "firstname": "Bo", "lastname": "Li", "domainname": "bo@example.com"}
        > 204 odata-entityid: ~/systemusers(§e)
        GET systemusers(§e)?$select=ownerid,fullname
        > 200 {"@odata.context":"~/$metadata#systemusers(ownerid,fullname)/$entity","fullname":"Bo Li","ownerid":"§e","systemuserid":"§e"}
        POST new_projects | {"new_projectid": "§f", "new_name": "P"}
        > 204 odata-entityid: ~/new_projects(§f)
        GET new_projects(§f)?$select=new_projectid&$expand=ownerid($select=ownerid),owninguser($select=fullname)
        > 200 {"@odata.context":"~/$metadata#new_projects(new_projectid,ownerid(ownerid),owninguser(fullname))/$entity","new_projectid":"§f","ownerid":{"ownerid":"618c3f54-8c58-5c73-821b-4c371a36202f"},"owninguser":{"fullname":"ann","systemuserid":"618c3f54-8c58-5c73-821b-4c371a36202f"}}
        PATCH new_projects(§f) | {"ownerid@odata.bind": "/teams(§d)"}
        > 204 odata-entityid: ~/new_projects(§f)
        GET new_projects(§f)?$select=_owninguser_value,_owningteam_value,_owningbusinessunit_value
        > 200 {"@odata.context":"~/$metadata#new_projects(_owninguser_value,_owningteam_value,_owningbusinessunit_value)/$entity","_owningbusinessunit_value":"4791324f-0813-540d-8d77-aae07534bc84","_owningteam_value":"§d","_owninguser_value":null,"new_projectid":"§f"}
    "#]]);
}

#[test]
fn versions_go_on_rising_in_a_file_that_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let open = || builder().data(folder.path().join("rows.db")).in_process().unwrap();
    check_with(
        &open(),
        expect![[r#"
            POST accounts | {"accountid": "§a", "name": "A"}
            > 204 odata-entityid: ~/accounts(§a)
            POST accounts | {"accountid": "§b", "name": "B"}
            > 204 odata-entityid: ~/accounts(§b)
            DELETE accounts(§b)
            > 204
            GET accounts?$select=name,versionnumber
            > 200 {"@odata.context":"~/$metadata#accounts(name,versionnumber)","value":[{"accountid":"§a","name":"A","versionnumber":1000007}]}
        "#]],
    );
    check_with(
        &open(),
        expect![[r#"
            GET accounts?$select=name,versionnumber
            > 200 {"@odata.context":"~/$metadata#accounts(name,versionnumber)","value":[{"accountid":"§a","name":"A","versionnumber":1000007}]}
            POST accounts | {"accountid": "§b", "name": "B"}
            > 204 odata-entityid: ~/accounts(§b)
            GET accounts?$select=name,versionnumber&$orderby=name
            > 200 {"@odata.context":"~/$metadata#accounts(name,versionnumber)","value":[{"accountid":"§a","name":"A","versionnumber":1000007},{"accountid":"§b","name":"B","versionnumber":1000010}]}
        "#]],
    );
}

#[test]
fn only_the_first_unit_and_currency_of_the_organisation_stay() {
    check(expect![[r#"
        POST businessunits | {"businessunitid": "§b", "name": "Branch", "parentbusinessunitid@odata.bind": "businessunits(4791324f-0813-540d-8d77-aae07534bc84)"}
        > 204 odata-entityid: ~/businessunits(§b)
        DELETE businessunits(4791324f-0813-540d-8d77-aae07534bc84)
        > 400 0x80040227 The object you tried to delete is associated with another object and cannot be deleted.
        DELETE businessunits(§b)
        > 204
        DELETE transactioncurrencies(9638c392-5b31-5f49-9b5b-173c0f6d5b8c)
        > 400 0x80040227 The object you tried to delete is associated with another object and cannot be deleted.
        DELETE teams(f874af16-df82-5764-a64f-0f51c9d6d7a2)
        > 404 0x80040217 Entity 'team' With Id = f874af16-df82-5764-a64f-0f51c9d6d7a2 Does Not Exist
        GET teams?$select=name
        > 200 {"@odata.context":"~/$metadata#teams(name)","value":[{"name":"contoso","teamid":"f874af16-df82-5764-a64f-0f510a3a1981"}]}
        GET businessunits/$count
        > 200 1
        GET transactioncurrencies/$count
        > 200 1
    "#]]);
}

#[test]
fn the_rows_of_a_collection_in_a_body_are_of_its_table() {
    check(expect![[r#"
        POST accounts | {"accountid": "§a", "name": "A"}
        > 204 odata-entityid: ~/accounts(§a)
        POST contacts | {"contactid": "§c", "lastname": "C"}
        > 204 odata-entityid: ~/contacts(§c)
        PATCH accounts(§a) | {"contact_customer_accounts": [{"@odata.id": "contacts(§c)"}]}
        > 204 odata-entityid: ~/accounts(§a)
        GET contacts(§c)?$select=_parentcustomerid_value
        > 200 {"@odata.context":"~/$metadata#contacts(_parentcustomerid_value)/$entity","_parentcustomerid_value":"§a","contactid":"§c"}
        PATCH accounts(§a) | {"contact_customer_accounts": [{"@odata.id": "accounts(§a)"}]}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'accounts' … A resource with type 'Microsoft.Dynamics.CRM.account' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.contact' of the navigation property 'contact_customer_accounts'.
        PATCH accounts(§a) | {"contact_customer_accounts": [{"@odata.id": "contacts(§c)", "lastname": "D"}]}
        > 400 0x80060888 Rows within a row can be created only together with it, and not by an update: navigation property 'contact_customer_accounts'.
        PATCH accounts(§a) | {"contact_customer_accounts": [{"lastname": "D"}]}
        > 400 0x80060888 Rows within a row can be created only together with it, and not by an update: navigation property 'contact_customer_accounts'.
        PATCH accounts(§a) | {"contact_customer_accounts": [5]}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'accounts' … The value of the navigation property 'contact_customer_accounts' is not valid: a lookup takes an object or null, a collection takes an array of objects.
        PATCH accounts(§a) | {"contact_customer_accounts": {"@odata.id": "contacts(§c)"}}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'accounts' … The value of the navigation property 'contact_customer_accounts' is not valid: a lookup takes an object or null, a collection takes an array of objects.
        PATCH accounts(§a) | {"contact_customer_accounts": null}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'accounts' … The value of the navigation property 'contact_customer_accounts' is not valid: a lookup takes an object or null, a collection takes an array of objects.
        PATCH accounts(§a) | {"primarycontactid": {"@odata.id": "contacts(§c)"}}
        > 204 odata-entityid: ~/accounts(§a)
        GET accounts(§a)?$select=_primarycontactid_value
        > 200 {"@odata.context":"~/$metadata#accounts(_primarycontactid_value)/$entity","_primarycontactid_value":"§c","accountid":"§a"}
        PATCH accounts(§a) | {"primarycontactid": null}
        > 204 odata-entityid: ~/accounts(§a)
        GET accounts(§a)?$select=_primarycontactid_value
        > 200 {"@odata.context":"~/$metadata#accounts(_primarycontactid_value)/$entity","_primarycontactid_value":null,"accountid":"§a"}
        PATCH accounts(§a) | {"primarycontactid": {"@odata.id": "contacts(§c)", "lastname": "D"}}
        > 400 0x80060888 Rows within a row can be created only together with it, and not by an update: navigation property 'primarycontactid'.
        PATCH accounts(§a) | {"primarycontactid": {"@odata.id": "accounts(§a)"}}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'accounts' … A resource with type 'Microsoft.Dynamics.CRM.account' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.contact' of the navigation property 'primarycontactid'.
        PATCH accounts(§a) | {"primarycontactid": [{"@odata.id": "contacts(§c)"}]}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'accounts' … The value of the navigation property 'primarycontactid' is not valid: a lookup takes an object or null, a collection takes an array of objects.
        POST accounts | {"accountid": "§b", "contact_customer_accounts": [{"@odata.id": "contacts(§c)"}, {"contactid": "§d", "lastname": "D"}], "primarycontactid": {"@odata.id": "contacts(§c)"}}
        > 204 odata-entityid: ~/accounts(§b)
        GET accounts(§b)?$select=_primarycontactid_value&$expand=contact_customer_accounts($select=lastname)
        > 200 {"@odata.context":"~/$metadata#accounts(_primarycontactid_value,contact_customer_accounts(lastname))/$entity","_primarycontactid_value":"§c","accountid":"§b","contact_customer_accounts":[{"contactid":"§c","lastname":"C"},{"contactid":"§d","lastname":"D"}],"contact_customer_accounts@odata.nextLink":"~/accounts(§b)/contact_customer_accounts?$select=lastname"}
        POST accounts | {"contact_customer_accounts": [{"@odata.id": "accounts(§a)"}]}
        > 400 0x80048d19 Error identified in Payload provided by the user for Entity :'accounts' … A resource with type 'Microsoft.Dynamics.CRM.account' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.contact' of the navigation property 'contact_customer_accounts'.
        POST accounts | {"primarycontactid": {"lastname": "E"}, "name": "With"}
        > 204 odata-entityid: ~/accounts(<id>)
    "#]]);
}
