//! Functions and actions: their parameters, their bindings, and what they refuse.

use std::fmt::Write as _;

use bytes::Bytes;
use expect_test::expect;
use http::Request;

use super::{builder, check, check_with, shown};

#[test]
fn an_operation_has_to_be_called_by_its_method_name_and_binding() {
    check(expect![[r#"
        POST WhoAmI
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        POST WhoAmI()
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        GET WhoAmI()
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","BusinessUnitId":"4791324f-0813-540d-8d77-aae07534bc84","OrganizationId":"b330c258-7f5e-51af-8ce5-b8e109e72b6e","UserId":"618c3f54-8c58-5c73-821b-4c371a36202f"}
        GET Microsoft.Dynamics.CRM.WhoAmI()
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","BusinessUnitId":"4791324f-0813-540d-8d77-aae07534bc84","OrganizationId":"b330c258-7f5e-51af-8ce5-b8e109e72b6e","UserId":"618c3f54-8c58-5c73-821b-4c371a36202f"}
        GET Merge
        > 405 0x80060888 The requested resource does not support http method 'GET'.
        POST RetrieveTotalRecordCount | {}
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        GET NoSuchFunction()
        > 404 0x8006088a Resource not found for the segment 'NoSuchFunction'.
        GET NoSuchFunction
        > 404 0x8006088a Resource not found for the segment 'NoSuchFunction'. [DV0201]
        POST NoSuchAction | {}
        > 404 0x8006088a Resource not found for the segment 'NoSuchAction'.
        GET accounts/Microsoft.Dynamics.CRM.NoSuchFunction()
        > 404 0x8006088a Resource not found for the segment 'Microsoft.Dynamics.CRM.NoSuchFunction'.
        POST accounts/Microsoft.Dynamics.CRM.NoSuchAction | {}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: writing to accounts/Microsoft.Dynamics.CRM.NoSuchAction.
        POST QualifyLead | {}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation QualifyLead.
        GET RetrieveDuplicates()
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation RetrieveDuplicates.
        POST new_Inspect | {"Payload": {}}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_Inspect, for which there is no answer (`EmulatorBuilder::operation` or `--operations` gives one).
        GET new_Inspect
        > 405 0x80060888 The requested resource does not support http method 'GET'.
        POST new_Rate | {}
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        GET new_RecalculateBudgets()
        > 405 0x80060888 The requested resource does not support http method 'GET'.
        POST SendEmail | {}
        > 404 0x8006088a Resource not found for the segment 'Microsoft.Dynamics.CRM.SendEmail'.
        POST new_CloseProject | {}
        > 404 0x8006088a Resource not found for the segment 'Microsoft.Dynamics.CRM.new_CloseProject'.
        POST new_projects/Microsoft.Dynamics.CRM.new_CloseProject | {}
        > 404 0x8006088a Resource not found for the segment 'Microsoft.Dynamics.CRM.new_CloseProject'.
        POST accounts(§a)/Microsoft.Dynamics.CRM.new_CloseProject | {}
        > 404 0x80040217 Entity 'account' With Id = §a Does Not Exist
        POST accounts | {"accountid": "§a", "name": "Contoso"}
        > 204 odata-entityid: ~/accounts(§a)
        POST accounts(§a)/Microsoft.Dynamics.CRM.new_CloseProject | {}
        > 404 0x8006088a Resource not found for the segment 'Microsoft.Dynamics.CRM.new_CloseProject'.
        POST accounts(§a)/Microsoft.Dynamics.CRM.new_Archive | {"Reason": "old"}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_Archive, for which there is no answer (`EmulatorBuilder::operation` or `--operations` gives one).
        POST accounts(§a)/Microsoft.Dynamics.CRM.new_Archive | {"Reason": 5}
        > 400 0x80060888 Cannot convert the literal '5' of the parameter 'Reason' to the expected type 'Edm.String'.
        POST accounts(§b)/Microsoft.Dynamics.CRM.new_Archive | {"Reason": "old"}
        > 404 0x80040217 Entity 'account' With Id = §b Does Not Exist
        POST nosuchset(§b)/Microsoft.Dynamics.CRM.new_Archive | {"Reason": "old"}
        > 404 0x8006088a Resource not found for the segment 'nosuchset'.
        GET accounts(§a)/Microsoft.Dynamics.CRM.new_OpenProjects(MaxAgeInDays=5)
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_OpenProjects, for which there is no answer (`EmulatorBuilder::operation` or `--operations` gives one).
        GET accounts(§a)/Microsoft.Dynamics.CRM.new_OpenProjects(MaxAgeInDays='5')
        > 400 0x80060888 Cannot convert the literal '"5"' of the parameter 'MaxAgeInDays' to the expected type 'Edm.Int32'.
        GET accounts(§a)/Microsoft.Dynamics.CRM.new_OpenProjects(MaxAgeInDays=@p)?@p=5
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_OpenProjects, for which there is no answer (`EmulatorBuilder::operation` or `--operations` gives one).
        GET accounts/Microsoft.Dynamics.CRM.new_OpenProjects(MaxAgeInDays=5)
        > 404 0x8006088a Resource not found for the segment 'Microsoft.Dynamics.CRM.new_OpenProjects'.
        POST new_projects/Microsoft.Dynamics.CRM.new_ImportProjects | {"Rows": []}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_ImportProjects, for which there is no answer (`EmulatorBuilder::operation` or `--operations` gives one).
        POST new_projects/Microsoft.Dynamics.CRM.new_ImportProjects | {"Rows": [], "Budget": 1, "Source": "aGk="}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_ImportProjects, for which there is no answer (`EmulatorBuilder::operation` or `--operations` gives one).
    "#]]);
}

#[test]
fn the_parameters_of_an_operation_have_to_be_its_own_and_of_their_types() {
    check(expect![[r#"
        GET new_Rate()
        > 400 0x80040203 Required field 'Amount' is missing for the request 'new_Rate'.
        GET new_Rate(Nothing=1)
        > 400 0x80060888 The parameter 'Nothing' in the request payload is not a valid parameter for the operation 'new_Rate'.
        GET new_Rate(Amount)
        > 400 0x80060888 The parameter 'Amount' of the function 'new_Rate' is not valid.
        GET new_Rate(Amount=)
        > 400 0x80060888 The parameter 'Amount=' of the function 'new_Rate' is not valid.
        GET new_Rate(Amount=1,Amount=2)
        > 400 0x80060888 The parameter 'Amount=2' of the function 'new_Rate' is not valid.
        GET new_Rate(Amount={)
        > 400 0x80060888 The parameter 'Amount={' of the function 'new_Rate' is not valid.
        GET new_Rate(Amount='x')
        > 400 0x80060888 Cannot convert the literal '"x"' of the parameter 'Amount' to the expected type 'Edm.Decimal'.
        GET new_Rate(Amount=1.5,Weight=true)
        > 400 0x80060888 Cannot convert the literal 'true' of the parameter 'Weight' to the expected type 'Edm.Double'.
        GET new_Rate(Amount=1.5,Weight=2,Day='2026-11-29')
        > 400 0x80040203 Required field 'Currencies' is missing for the request 'new_Rate'.
        GET new_Rate(Amount=1.5,Weight=2,Day=2026-11-31)
        > 400 0x80060888 Cannot convert the literal '"2026-11-31"' of the parameter 'Day' to the expected type 'Edm.Date'.
        GET new_Rate(Amount=1.5,Weight=2,Day=2026-11-29,Currencies=['EUR',5])
        > 400 0x80060888 The parameter 'Currencies=['EUR',5]' of the function 'new_Rate' is not valid.
        GET new_Rate(Amount=1.5,Weight=2,Day=2026-11-29,Currencies='EUR')
        > 400 0x80060888 Cannot convert the literal '"EUR"' of the parameter 'Currencies' to the expected type 'Collection(Edm.String)'.
        GET new_Rate(Amount=1.5,Weight=2,Day=2026-11-29,Currencies=["EUR"],Ownership=Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned')
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_Rate, for which there is no answer (`EmulatorBuilder::operation` or `--operations` gives one).
        GET new_Rate(Amount=1.5,Weight=2,Day=2026-11-29,Currencies=["EUR"],Ownership=true)
        > 400 0x80060888 Cannot convert the literal 'true' of the parameter 'Ownership' to the expected type 'OwnershipTypes'.
        GET new_Rate(Amount=@a,Weight=@w,Day=@d,Currencies=@c,Ownership=@o)?@a=1&@w=2&@d=2026-11-29&@c=[]&@o=1
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_Rate, for which there is no answer (`EmulatorBuilder::operation` or `--operations` gives one).
        GET new_Rate(Amount=@a,Weight=@w,Day=@d,Currencies=@c,Ownership=@o)?@a=1
        > 400 0x80060888 Cannot convert the literal 'null' of the parameter 'Currencies' to the expected type 'Collection(Edm.String)'.
        POST new_RecalculateBudgets | {"AsOf": "2026-11-29"}
        > 400 0x80060888 Cannot convert the literal '"2026-11-29"' of the parameter 'AsOf' to the expected type 'Edm.DateTimeOffset'.
        POST new_RecalculateBudgets | {"AsOf": "2026-11-29T00:00:00Z", "Projects": {}}
        > 400 0x80060888 Cannot convert the literal '{}' of the parameter 'Projects' to the expected type 'Collection(new_project)'.
        POST new_RecalculateBudgets | {"AsOf": "2026-11-29T00:00:00Z", "Projects": []}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_RecalculateBudgets, for which there is no answer (`EmulatorBuilder::operation` or `--operations` gives one).
        POST new_RecalculateBudgets | {"AsOf": "2026-11-29T00:00:00Z", "@odata.type": "x"}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_RecalculateBudgets, for which there is no answer (`EmulatorBuilder::operation` or `--operations` gives one).
        POST new_RecalculateBudgets | =[]
        > 400 0x80060888 An error occurred while validating input parameters: the body is not a JSON object: invalid type: sequence, expected a map at line 1 column 0
        POST new_RecalculateBudgets
        > 400 0x80040203 Required field 'AsOf' is missing for the request 'new_RecalculateBudgets'.
        POST new_Inspect | {"Payload": true}
        > 400 0x80060888 Cannot convert the literal 'true' of the parameter 'Payload' to the expected type 'crmbaseentity'.
        POST new_Inspect | {"Payload": null}
        > 400 0x80060888 Cannot convert the literal 'null' of the parameter 'Payload' to the expected type 'crmbaseentity'.
        POST new_Inspect | {"Payload": {}, "More": 1}
        > 400 0x80060888 The parameter 'More' in the request payload is not a valid parameter for the operation 'new_Inspect'.
    "#]]);
}

#[test]
fn the_operations_of_the_emulator_check_their_parameters() {
    check(expect![[r##"
        POST accounts | {"accountid": "§a", "name": "Contoso"}
        > 204 odata-entityid: ~/accounts(§a)
        POST accounts | {"accountid": "§b", "name": "Twin"}
        > 204 odata-entityid: ~/accounts(§b)
        POST contacts | {"contactid": "§c", "lastname": "Ann"}
        > 204 odata-entityid: ~/contacts(§c)
        GET RetrieveTotalRecordCount()
        > 400 0x80040203 Required field 'EntityNames' is missing for the request 'RetrieveTotalRecordCount'.
        GET RetrieveTotalRecordCount(EntityNames=5)
        > 400 0x80060888 The parameter 'EntityNames' has to be an array of logical names: ["account"].
        GET RetrieveTotalRecordCount(EntityNames=['account'])
        > 400 0x80060888 The parameter 'EntityNames=['account']' of the function 'RetrieveTotalRecordCount' is not valid.
        GET RetrieveTotalRecordCount(EntityNames=@p)?@p=["account","contact"]
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse","EntityRecordCountCollection":{"Count":2,"IsReadOnly":false,"Keys":["account","contact"],"Values":[2,1]}}
        GET RetrieveTotalRecordCount(EntityNames=@p)?@p=["account","nothing"]
        > 404 0x8006088a Resource not found for the segment 'nothing'.
        GET RetrieveAvailableLanguages()
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveAvailableLanguagesResponse","LocaleIds":[1031,1033,1036]}
        GET RetrieveProvisionedLanguages()
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveProvisionedLanguagesResponse","RetrieveProvisionedLanguages":[1031,1033,1036]}
        GET RetrieveVersion()
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveVersionResponse","Version":"9.2.0.0"}
        GET RetrieveCurrentOrganization()
        > 400 0x80060888 The parameter AccessType is missing: RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default').
        GET RetrieveCurrentOrganization(AccessType='Default')
        > 400 0x80060888 The parameter AccessType is missing: RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default').
        GET InitializeFrom()
        > 400 0x80040203 Required field 'EntityMoniker' is missing for the request 'InitializeFrom'.
        GET InitializeFrom(EntityMoniker=@p,TargetEntityName='contact',TargetFieldType=1)?@p={"@odata.id":"accounts(§9)"}
        > 404 0x80040217 Entity 'account' With Id = §9 Does Not Exist
        GET InitializeFrom(EntityMoniker=@p,TargetEntityName='nothing',TargetFieldType=1)?@p={"@odata.id":"accounts(§a)"}
        > 404 0x8006088a Resource not found for the segment 'nothing'.
        GET InitializeFrom(EntityMoniker=@p,TargetEntityName='contact',TargetFieldType='Some')?@p={"@odata.id":"accounts(§a)"}
        > 400 0x80060888 'Some' is not a TargetFieldType.
        GET InitializeFrom(EntityMoniker=@p,TargetEntityName='contact',TargetFieldType=Microsoft.Dynamics.CRM.TargetFieldType'ValidForCreate')?@p={"@odata.id":"accounts(§a)"}
        > 200 {"@odata.context":"~/$metadata#contacts/$entity","@odata.type":"#Microsoft.Dynamics.CRM.contact","parentcustomerid_account@odata.bind":"accounts(§a)"}
        GET InitializeFrom(EntityMoniker=@p,TargetEntityName='task',TargetFieldType='All')?@p={"@odata.type":"Microsoft.Dynamics.CRM.account","accountid":"§a"}
        > 200 {"@odata.context":"~/$metadata#tasks/$entity","@odata.type":"#Microsoft.Dynamics.CRM.task","regardingobjectid_account@odata.bind":"accounts(§a)"}
        GET InitializeFrom(EntityMoniker=@p,TargetEntityName='task',TargetFieldType='All')?@p={"@odata.type":"Microsoft.Dynamics.CRM.account","accountid":"x"}
        > 400 0x80060888 The parameter 'EntityMoniker' does not name a row.
        GET InitializeFrom(EntityMoniker=@p,TargetEntityName='task',TargetFieldType='All')?@p={"accountid":"§a"}
        > 400 0x80060888 The parameter 'EntityMoniker' does not name a row.
        GET CalculateTotalTimeIncident()
        > 400 0x80060888 The operation 'CalculateTotalTimeIncident' is bound to a row of the table 'incident'.
        GET accounts(§a)/Microsoft.Dynamics.CRM.CalculateTotalTimeIncident()
        > 400 0x80060888 The operation 'CalculateTotalTimeIncident' is bound to a row of the table 'incident'.
        POST incidents | {"incidentid": "§d", "title": "Case", "customerid_account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/incidents(§d)
        POST tasks | {"activityid": "§e", "subject": "T", "regardingobjectid_incident@odata.bind": "incidents(§d)", "actualdurationminutes": 30}
        > 204 odata-entityid: ~/tasks(§e)
        POST tasks | {"activityid": "§f", "subject": "U", "regardingobjectid_incident@odata.bind": "incidents(§d)", "actualdurationminutes": 12}
        > 204 odata-entityid: ~/tasks(§f)
        GET incidents(§d)/Microsoft.Dynamics.CRM.CalculateTotalTimeIncident()
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.CalculateTotalTimeIncidentResponse","TotalTime":0}
        PATCH tasks(§e) | {"statecode": 1}
        > 204 odata-entityid: ~/tasks(§e)
        GET incidents(§d)/Microsoft.Dynamics.CRM.CalculateTotalTimeIncident()
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.CalculateTotalTimeIncidentResponse","TotalTime":30}
        GET incidents(§9)/Microsoft.Dynamics.CRM.CalculateTotalTimeIncident()
        > 404 0x80040217 Entity 'incident' With Id = §9 Does Not Exist
    "##]]);
}

#[test]
fn a_transition_of_states_is_judged_before_it_is_made() {
    check(expect![[r#"
        POST new_projects | {"new_projectid": "§a"}
        > 204 odata-entityid: ~/new_projects(§a)
        POST accounts | {"accountid": "§b"}
        > 204 odata-entityid: ~/accounts(§b)
        GET IsValidStateTransition(Entity=@p,NewState='Inactive')?@p={"@odata.id":"new_projects(§a)"}
        > 400 0x80040203 Required field 'NewStatus' is missing for the request 'IsValidStateTransition'.
        GET IsValidStateTransition(Entity=@p,NewState='Inactive',NewStatus='2')?@p={"@odata.id":"new_projects(§a)"}
        > 400 0x80060888 The parameter 'NewStatus' has to be a whole number.
        GET IsValidStateTransition(Entity=@p,NewState='Inactive',NewStatus=2)?@p={"@odata.id":"new_projects(§a)"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.IsValidStateTransitionResponse","IsValid":true}
        GET IsValidStateTransition(Entity=@p,NewState='Inaktiv',NewStatus=2)?@p={"@odata.id":"new_projects(§a)"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.IsValidStateTransitionResponse","IsValid":true}
        GET IsValidStateTransition(Entity=@p,NewState=1,NewStatus=2)?@p={"@odata.id":"new_projects(§a)"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.IsValidStateTransitionResponse","IsValid":true}
        GET IsValidStateTransition(Entity=@p,NewState=1,NewStatus=1)?@p={"@odata.id":"new_projects(§a)"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.IsValidStateTransitionResponse","IsValid":false}
        GET IsValidStateTransition(Entity=@p,NewState=0,NewStatus=1)?@p={"@odata.id":"new_projects(§a)"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.IsValidStateTransitionResponse","IsValid":true}
        GET IsValidStateTransition(Entity=@p,NewState=1,NewStatus=100000001)?@p={"@odata.id":"new_projects(§a)"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.IsValidStateTransitionResponse","IsValid":false}
        GET IsValidStateTransition(Entity=@p,NewState=9,NewStatus=2)?@p={"@odata.id":"new_projects(§a)"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.IsValidStateTransitionResponse","IsValid":false}
        GET IsValidStateTransition(Entity=@p,NewState=1,NewStatus=99)?@p={"@odata.id":"new_projects(§a)"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.IsValidStateTransitionResponse","IsValid":false}
        GET IsValidStateTransition(Entity=@p,NewState=true,NewStatus=2)?@p={"@odata.id":"new_projects(§a)"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.IsValidStateTransitionResponse","IsValid":false}
        GET IsValidStateTransition(Entity=@p,NewState='Inactive',NewStatus=2)?@p={"@odata.id":"accounts(§b)"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.IsValidStateTransitionResponse","IsValid":true}
        GET IsValidStateTransition(Entity=@p,NewState='Inactive',NewStatus=2)?@p={"@odata.id":"businessunits(§b)"}
        > 404 0x80040217 Entity 'businessunit' With Id = §b Does Not Exist
    "#]]);
}

#[test]
fn rows_are_merged_only_with_rows_of_their_table() {
    check(expect![[r#"
        POST accounts | {"accountid": "§a", "name": "Contoso"}
        > 204 odata-entityid: ~/accounts(§a)
        POST accounts | {"accountid": "§b", "name": "Twin", "telephone1": "1"}
        > 204 odata-entityid: ~/accounts(§b)
        POST contacts | {"contactid": "§c", "lastname": "Ann", "parentcustomerid_account@odata.bind": "accounts(§b)"}
        > 204 odata-entityid: ~/contacts(§c)
        POST new_projects | {"new_projectid": "§d", "new_Account@odata.bind": "accounts(§b)"}
        > 204 odata-entityid: ~/new_projects(§d)
        POST tasks | {"activityid": "§e", "subject": "T", "regardingobjectid_account@odata.bind": "accounts(§b)"}
        > 204 odata-entityid: ~/tasks(§e)
        POST Merge | {}
        > 400 0x80040203 Required field 'Target' is missing for the request 'Merge'.
        POST Merge | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§a"}}
        > 400 0x80040203 Required field 'Subordinate' is missing for the request 'Merge'.
        POST Merge | {"Target": {"accountid": "§a"}, "Subordinate": {"accountid": "§b"}}
        > 400 0x80060888 The parameter 'Target' does not name a row.
        POST Merge | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§a"}, "Subordinate": {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§9"}}
        > 404 0x80040217 Entity 'account' With Id = §9 Does Not Exist
        POST Merge | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§a"}, "Subordinate": {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§a"}}
        > 400 0x80040203 A row cannot be merged with itself.
        POST Merge | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§a"}, "Subordinate": {"@odata.type": "Microsoft.Dynamics.CRM.contact", "contactid": "§c"}}
        > 400 0x80040203 Rows of 'account' and 'contact' cannot be merged.
        POST Merge | {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.task", "activityid": "§e"}, "Subordinate": {"@odata.type": "Microsoft.Dynamics.CRM.task", "activityid": "§e"}}
        > 400 0x80040203 Rows of 'task' and 'task' cannot be merged.
        POST Merge | {"Target": {"@odata.id": "accounts(§a)"}, "Subordinate": {"@odata.id": "accounts(§b)"}, "PerformParentingChecks": "yes"}
        > 400 0x80060888 The parameter 'PerformParentingChecks' has to be true or false.
        POST Merge | {"Target": {"@odata.id": "accounts(§a)"}, "Subordinate": {"@odata.id": "accounts(§b)"}, "PerformParentingChecks": true}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: Merge with PerformParentingChecks true.
        POST Merge | {"Target": {"@odata.id": "accounts(§a)"}, "Subordinate": {"@odata.id": "accounts(§b)"}, "UpdateContent": {"nothing": 1}}
        > 400 0x0 An error occurred while validating input parameters: Microsoft.Crm.CrmException: Invalid property 'nothing' was found in entity 'Microsoft.Dynamics.CRM.account'. ---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.
        GET accounts(§b)?$select=statecode
        > 200 {"@odata.context":"~/$metadata#accounts(statecode)/$entity","accountid":"§b","statecode":0}
        POST Merge | {"Target": {"@odata.id": "accounts(§a)"}, "Subordinate": {"@odata.id": "accounts(§b)"}, "PerformParentingChecks": false, "UpdateContent": {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "§9", "telephone1": "1"}}
        > 204
        GET accounts?$select=name,telephone1,statecode,statuscode,merged,_masterid_value&$orderby=name
        > 400 0x80060888 Could not find a property named 'merged' on type 'Microsoft.Dynamics.CRM.account'. [DV0203]
        GET contacts(§c)?$select=_parentcustomerid_value
        > 200 {"@odata.context":"~/$metadata#contacts(_parentcustomerid_value)/$entity","_parentcustomerid_value":"§a","contactid":"§c"}
        GET new_projects(§d)?$select=_new_account_value
        > 200 {"@odata.context":"~/$metadata#new_projects(_new_account_value)/$entity","_new_account_value":"§b","new_projectid":"§d"}
        GET tasks(§e)?$select=_regardingobjectid_value
        > 200 {"@odata.context":"~/$metadata#tasks(_regardingobjectid_value)/$entity","_regardingobjectid_value":"§a","activityid":"§e"}
    "#]]);
}

#[test]
fn the_members_of_a_team_are_users() {
    check(expect![[r#"
        PATCH systemusers(§c) | {"domainname": "eve", "firstname": "Eve", "lastname": "Ek"}
        > 204 odata-entityid: ~/systemusers(§c)
        POST teams | {"teamid": "§b", "name": "Team", "administratorid@odata.bind": "systemusers(§c)"}
        > 204 odata-entityid: ~/teams(§b)
        PATCH systemusers(§d) | {"domainname": "fay", "firstname": "Fay", "lastname": "Fo"}
        > 204 odata-entityid: ~/systemusers(§d)
        POST AddMembersTeam | {"Members": []}
        > 400 0x80060888 The operation 'AddMembersTeam' is bound to a row of the table 'team'.
        POST accounts | {"accountid": "§a", "name": "x"}
        > 204 odata-entityid: ~/accounts(§a)
        POST accounts(§a)/Microsoft.Dynamics.CRM.AddMembersTeam | {"Members": []}
        > 400 0x80060888 The operation 'AddMembersTeam' is bound to a row of the table 'team'.
        POST teams(§b)/Microsoft.Dynamics.CRM.AddMembersTeam | {}
        > 400 0x80040203 Required field 'Members' is missing for the request 'AddMembersTeam'.
        POST teams(§b)/Microsoft.Dynamics.CRM.AddMembersTeam | {"Members": {}}
        > 400 0x80060888 The parameter 'Members' has to be an array of users.
        POST teams(§b)/Microsoft.Dynamics.CRM.AddMembersTeam | {"Members": [{}]}
        > 400 0x80060888 The parameter 'Members' has to be an array of users.
        POST teams(§b)/Microsoft.Dynamics.CRM.AddMembersTeam | {"Members": [{"systemuserid": "x"}]}
        > 400 0x80060888 The parameter 'Members' has to be an array of users.
        POST teams(§b)/Microsoft.Dynamics.CRM.AddMembersTeam | {"Members": [{"systemuserid": "§9"}]}
        > 404 0x80040217 Entity 'systemuser' With Id = §9 Does Not Exist
        POST teams(§b)/Microsoft.Dynamics.CRM.AddMembersTeam | {"Members": [{"systemuserid": "§c"}, {"ownerid": "§d"}]}
        > 204
        POST teams(§b)/Microsoft.Dynamics.CRM.AddMembersTeam | {"Members": [{"systemuserid": "§c"}]}
        > 204
        GET teams(§b)/teammembership_association?$select=fullname&$orderby=fullname
        > 200 {"@odata.context":"~/$metadata#systemusers(fullname)","value":[{"fullname":"Eve Ek","systemuserid":"§c"},{"fullname":"Fay Fo","systemuserid":"§d"}]}
        POST teams(§b)/Microsoft.Dynamics.CRM.RemoveMembersTeam | {"Members": [{"systemuserid": "§c"}]}
        > 204
        POST teams(§b)/Microsoft.Dynamics.CRM.RemoveMembersTeam | {"Members": [{"systemuserid": "§c"}]}
        > 204
        GET teams(§b)/teammembership_association?$select=fullname
        > 200 {"@odata.context":"~/$metadata#systemusers(fullname)","value":[{"fullname":"Fay Fo","systemuserid":"§d"}]}
        GET teams(§b)/Microsoft.Dynamics.CRM.AddMembersTeam
        > 405 0x80060888 The requested resource does not support http method 'GET'.
    "#]]);
}

#[test]
fn answers_to_operations_decide_by_parameters() {
    let answers = r#"{
        "new_Rate": [
            {"when": {"Amount": 1}, "answer": {"Rate": 0.5}},
            {"when": {"Amount": 2}, "answer": null},
            {"when": {"Amount": 3}, "answer": [1, 2]},
            {"when": {"Amount": 4}, "error": {"message": "No fours."}},
            {"when": {"Amount": 5}, "error": {"message": "Gone.", "status": 410, "code": "0x1"}},
            {"when": {"Amount": 6}, "error": {"message": "Odd.", "status": 1}},
            {"when": {"Amount": 1}, "answer": {"Rate": 9}}
        ],
        "new_Archive": [{"answer": {"Done": true}}],
        "WhoAmI": [{"answer": {"UserId": "someone"}}]
    }"#;
    let emulator = super::builder().operation_answers(answers).unwrap().in_process().unwrap();
    check_with(
        &emulator,
        expect![[r#"
            GET new_Rate(Amount=1,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[]
            > 200 {"@odata.context":"~/$metadata#Edm.Decimal","Rate":0.5}
            GET new_Rate(Amount=2,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[]
            > 204
            GET new_Rate(Amount=3,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[]
            > 200 {"@odata.context":"~/$metadata#Edm.Decimal","value":[1,2]}
            GET new_Rate(Amount=4,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[]
            > 400 0x80040265 No fours.
            GET new_Rate(Amount=5,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[]
            > 410 0x1 Gone.
            GET new_Rate(Amount=6,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[]
            > 400 0x80040265 Odd.
            GET new_Rate(Amount=7,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[]
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_Rate with these parameters.
            POST new_Rate | {"Amount": 1}
            > 405 0x80060888 The requested resource does not support http method 'POST'.
            GET WhoAmI
            > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","UserId":"someone"}
            POST WhoAmI | {}
            > 405 0x80060888 The requested resource does not support http method 'POST'.
            POST accounts | {"accountid": "§a", "name": "Contoso"}
            > 204 odata-entityid: ~/accounts(§a)
            POST accounts(§a)/Microsoft.Dynamics.CRM.new_Archive | {"Reason": "old"}
            > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.new_ArchiveResponse","Done":true}
            POST accounts/Microsoft.Dynamics.CRM.new_Archive | {"Reason": "old"}
            > 404 0x8006088a Resource not found for the segment 'Microsoft.Dynamics.CRM.new_Archive'.
            POST new_Archive | {"Reason": "old"}
            > 404 0x8006088a Resource not found for the segment 'Microsoft.Dynamics.CRM.new_Archive'.
            # In the background, the response says where the result is.
            POST accounts(§a)/Microsoft.Dynamics.CRM.new_Archive | Prefer: respond-async | {"Reason": "old"}
            > 202 preference-applied: respond-async location: http://127.0.0.1:9/api/backgroundoperation/<id>
            GET /api/backgroundoperation/{last}
            > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.new_ArchiveResponse","Done":true,"backgroundOperationStateCode":3,"backgroundOperationStatusCode":30}
            DELETE /api/backgroundoperation/{last}
            > 400 0x80060888 Canceling background operation is not allowed after it is in terminal state.
            POST /api/backgroundoperation/{last}
            > 405 0x80060888 The requested resource does not support http method 'POST'.
            GET /api/backgroundoperation/§a
            > 404 0x80040217 Entity 'backgroundoperation' With Id = §a Does Not Exist
            GET new_Rate(Amount=4,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[] | Prefer: respond-async
            > 202 preference-applied: respond-async location: http://127.0.0.1:9/api/backgroundoperation/<id>
            GET /api/backgroundoperation/{last}
            > 200 {"backgroundOperationErrorCode":-2147220891,"backgroundOperationErrorMessage":"No fours.","backgroundOperationStateCode":3,"backgroundOperationStatusCode":31}
            GET new_Rate(Amount=1,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[] | Prefer: respond-async,odata.callback;url="https://example.org/"
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a callback to an address that is not http:// on this machine.
            GET new_Rate(Amount=1,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[] | Prefer: respond-async,odata.callback;url="http://example.org/"
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a callback to an address that is not http:// on this machine.
            GET new_Rate(Amount=1,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[] | Prefer: respond-async,odata.callback;url="http://10.0.0.1/"
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a callback to an address that is not http:// on this machine.
            GET new_Rate(Amount=1,Weight=2,Day=2026-11-29,Currencies=@c,Ownership=1)?@c=[] | Prefer: respond-async,odata.callback;url="nonsense"
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a callback to an address that is not http:// on this machine.
        "#]],
    );
}

/// The body of a `GET` means nothing, whatever it has; that of an action is its parameters.
#[test]
fn only_the_body_of_an_action_is_read() {
    let emulator = builder().in_process().unwrap();
    let all = r#"{"Amount": 1.5, "Weight": 2, "Day": "2026-11-29", "Currencies": ["EUR"], "Ownership": 1}"#;
    let payload = r#"{"Payload": {}}"#;
    let mut seen = String::new();
    for (method, path, body) in [
        ("GET", "WhoAmI()", "not JSON"),
        ("GET", "WhoAmI()", "[]"),
        ("GET", "WhoAmI()", r#"{"No": 1}"#),
        ("GET", "new_Rate()", all),
        ("GET", "new_Rate(Amount=1.5)", r#"{"Amount": 1.5}"#),
        ("POST", "new_Inspect", payload),
        ("POST", "new_Inspect", &format!("\u{feff}{payload}")),
        ("POST", "new_Inspect", &format!(" \r\n{payload}\r\n ")),
        ("POST", "new_Inspect", ""),
        ("POST", "new_Inspect", " \t\r\n"),
        ("POST", "new_Inspect", "\u{feff}"),
        ("POST", "new_Inspect", "{}"),
        ("POST", "new_Inspect", "[]"),
        ("POST", "new_Inspect", "not JSON"),
        ("POST", "new_Inspect", r#"{"Payload": {}"#),
        ("POST", "new_Inspect", r#"{"No": {}}"#),
        ("POST", "new_Inspect(Payload={})", payload),
    ] {
        let request = Request::builder().method(method).uri(format!("/api/data/v9.2/{path}"));
        let response = emulator.respond("ann", request.body(Bytes::from(body.to_owned())).unwrap());
        let answer = shown(&response);
        let short: String = answer.chars().take(150).collect();
        writeln!(seen, "{method} {path} {body:?}\n> {short}").unwrap();
    }
    expect![[r#"
        GET WhoAmI() "not JSON"
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","BusinessUnitId":"4791324f-0813-540d-8d77-aae07534bc84","OrganizationId":"b3
        GET WhoAmI() "[]"
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","BusinessUnitId":"4791324f-0813-540d-8d77-aae07534bc84","OrganizationId":"b3
        GET WhoAmI() "{\"No\": 1}"
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","BusinessUnitId":"4791324f-0813-540d-8d77-aae07534bc84","OrganizationId":"b3
        GET new_Rate() "{\"Amount\": 1.5, \"Weight\": 2, \"Day\": \"2026-11-29\", \"Currencies\": [\"EUR\"], \"Ownership\": 1}"
        > 400 0x80040203 Required field 'Amount' is missing for the request 'new_Rate'.
        GET new_Rate(Amount=1.5) "{\"Amount\": 1.5}"
        > 400 0x80040203 Required field 'Weight' is missing for the request 'new_Rate'.
        POST new_Inspect "{\"Payload\": {}}"
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_Inspect, for which there is no answer (`EmulatorBuilder::operation` or `-
        POST new_Inspect "\u{feff}{\"Payload\": {}}"
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_Inspect, for which there is no answer (`EmulatorBuilder::operation` or `-
        POST new_Inspect " \r\n{\"Payload\": {}}\r\n "
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the operation new_Inspect, for which there is no answer (`EmulatorBuilder::operation` or `-
        POST new_Inspect ""
        > 400 0x80040203 Required field 'Payload' is missing for the request 'new_Inspect'.
        POST new_Inspect " \t\r\n"
        > 400 0x80040203 Required field 'Payload' is missing for the request 'new_Inspect'.
        POST new_Inspect "\u{feff}"
        > 400 0x80040203 Required field 'Payload' is missing for the request 'new_Inspect'.
        POST new_Inspect "{}"
        > 400 0x80040203 Required field 'Payload' is missing for the request 'new_Inspect'.
        POST new_Inspect "[]"
        > 400 0x80060888 An error occurred while validating input parameters: the body is not a JSON object: invalid type: sequence, expected a map at line 1 co
        POST new_Inspect "not JSON"
        > 400 0x80060888 An error occurred while validating input parameters: the body is not a JSON object: expected ident at line 1 column 2
        POST new_Inspect "{\"Payload\": {}"
        > 400 0x80060888 An error occurred while validating input parameters: the body is not a JSON object: EOF while parsing an object at line 1 column 14
        POST new_Inspect "{\"No\": {}}"
        > 400 0x80060888 The parameter 'No' in the request payload is not a valid parameter for the operation 'new_Inspect'.
        POST new_Inspect(Payload={}) "{\"Payload\": {}}"
        > 400 0x80060888 The parameter 'Payload={}' of the function 'new_Inspect' is not valid.
    "#]].assert_eq(&seen);
}
