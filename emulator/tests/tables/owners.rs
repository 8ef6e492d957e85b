//! Owners of rows, and what a request has from the rows of its user: business unit, teams, language, time zone.

use dvkit_emulator::{Clock, Emulator};
use dvkit_schema::{Column, ColumnType, Table};
use expect_test::expect;

use super::{check, check_with, sample};

#[test]
fn the_columns_of_an_owner_follow_the_owner() {
    check(expect![[r#"
        POST businessunits | {"businessunitid": "§b", "name": "Branch", "parentbusinessunitid@odata.bind": "businessunits(4791324f-0813-540d-8d77-aae07534bc84)"}
        > 204 odata-entityid: ~/businessunits(§b)
        POST systemusers | {"systemuserid": "§1", "firstname": "Bob", "lastname": "B", "domainname": "bob@contoso.example", "businessunitid@odata.bind": "businessunits(§b)"}
        > 204 odata-entityid: ~/systemusers(§1)
        POST teams | {"teamid": "§2", "name": "T", "administratorid@odata.bind": "systemusers(§1)", "businessunitid@odata.bind": "businessunits(§b)"}
        > 204 odata-entityid: ~/teams(§2)
        # A row belongs to its creator, also if another user acts for the creator.
        POST accounts | {"accountid": "§a", "name": "Ann's"}
        > 204 odata-entityid: ~/accounts(§a)
        POST accounts | MSCRMCallerID: §1 | {"accountid": "§c", "name": "Bob's"}
        > 204 odata-entityid: ~/accounts(§c)
        POST accounts | {"accountid": "§d", "name": "Given", "ownerid@odata.bind": "teams(§2)", "overriddencreatedon": "2020-01-02T03:04:05Z"}
        > 204 odata-entityid: ~/accounts(§d)
        GET accounts?$select=_ownerid_value,_owninguser_value,_owningteam_value,_owningbusinessunit_value
        > 200 {"@odata.context":"~/$metadata#accounts(_ownerid_value,_owninguser_value,_owningteam_value,_owningbusinessunit_value)","value":[{"_ownerid_value":"618c3f54-8c58-5c73-821b-4c371a36202f","_owningbusinessunit_value":"4791324f-0813-540d-8d77-aae07534bc84","_owningteam_value":null,"_owninguser_value":"618c3f54-8c58-5c73-821b-4c371a36202f","accountid":"§a"},{"_ownerid_value":"§1","_owningbusinessunit_value":"§b","_owningteam_value":null,"_owninguser_value":"§1","accountid":"§c"},{"_ownerid_value":"§2","_owningbusinessunit_value":"§b","_owningteam_value":"§2","_owninguser_value":null,"accountid":"§d"}]}
        GET accounts?$select=_createdby_value,_createdonbehalfby_value,_modifiedby_value,createdon,modifiedon,overriddencreatedon
        > 200 {"@odata.context":"~/$metadata#accounts(_createdby_value,_createdonbehalfby_value,_modifiedby_value,createdon,modifiedon,overriddencreatedon)","value":[{"_createdby_value":"618c3f54-8c58-5c73-821b-4c371a36202f","_createdonbehalfby_value":null,"_modifiedby_value":"618c3f54-8c58-5c73-821b-4c371a36202f","accountid":"§a","createdon":"2026-11-29T12:00:00Z","modifiedon":"2026-11-29T12:00:00Z","overriddencreatedon":null},{"_createdby_value":"§1","_createdonbehalfby_value":"618c3f54-8c58-5c73-821b-4c371a36202f","_modifiedby_value":"§1","accountid":"§c","createdon":"2026-11-29T12:00:00Z","modifiedon":"2026-11-29T12:00:00Z","overriddencreatedon":null},{"_createdby_value":"618c3f54-8c58-5c73-821b-4c371a36202f","_createdonbehalfby_value":null,"_modifiedby_value":"618c3f54-8c58-5c73-821b-4c371a36202f","accountid":"§d","createdon":"2020-01-02T03:04:05Z","modifiedon":"2026-11-29T12:00:00Z","overriddencreatedon":"2026-11-29T12:00:00Z"}]}
        # Another owner.
        PATCH accounts(§a) | {"ownerid@odata.bind": "teams(§2)"}
        > 204 odata-entityid: ~/accounts(§a)
        PATCH accounts(§c) | MSCRMCallerID: §1 | {"name": "Bob's own"}
        > 204 odata-entityid: ~/accounts(§c)
        PATCH accounts(§d) | {"ownerid@odata.bind": "systemusers(§1)"}
        > 204 odata-entityid: ~/accounts(§d)
        GET accounts?$select=_ownerid_value,_owninguser_value,_owningteam_value,_owningbusinessunit_value,_modifiedby_value
        > 200 {"@odata.context":"~/$metadata#accounts(_ownerid_value,_owninguser_value,_owningteam_value,_owningbusinessunit_value,_modifiedby_value)","value":[{"_modifiedby_value":"618c3f54-8c58-5c73-821b-4c371a36202f","_ownerid_value":"§2","_owningbusinessunit_value":"§b","_owningteam_value":"§2","_owninguser_value":null,"accountid":"§a"},{"_modifiedby_value":"§1","_ownerid_value":"§1","_owningbusinessunit_value":"§b","_owningteam_value":null,"_owninguser_value":"§1","accountid":"§c"},{"_modifiedby_value":"618c3f54-8c58-5c73-821b-4c371a36202f","_ownerid_value":"§1","_owningbusinessunit_value":"§b","_owningteam_value":null,"_owninguser_value":"§1","accountid":"§d"}]}
        GET accounts?$select=name | Prefer: odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"
        > 200 preference-applied: odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname" {"@odata.context":"~/$metadata#accounts(name)","value":[{"accountid":"§a","name":"Ann's"},{"accountid":"§c","name":"Bob's own"},{"accountid":"§d","name":"Given"}]}
        GET accounts?$select=_ownerid_value | Prefer: odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"
        > 200 preference-applied: odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname" {"@odata.context":"~/$metadata#accounts(_ownerid_value)","value":[{"_ownerid_value":"§2","_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"team","accountid":"§a"},{"_ownerid_value":"§1","_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"systemuser","accountid":"§c"},{"_ownerid_value":"§1","_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"systemuser","accountid":"§d"}]}
        POST accounts | {"name": "x", "ownerid@odata.bind": "systemusers(§9)"}
        > 404 0x80040217 Entity 'systemuser' With Id = §9 Does Not Exist
        POST accounts | {"name": "x", "ownerid@odata.bind": "teams(§9)"}
        > 404 0x80040217 Entity 'team' With Id = §9 Does Not Exist
        # Users and teams have no owner, and the business unit of the caller.
        POST teams | {"teamid": "§3", "name": "U", "administratorid@odata.bind": "systemusers(§1)"}
        > 204 odata-entityid: ~/teams(§3)
        POST systemusers | MSCRMCallerID: §1 | {"systemuserid": "§4", "firstname": "Eve", "lastname": "E", "domainname": "eve@contoso.example"}
        > 204 odata-entityid: ~/systemusers(§4)
        GET systemusers?$select=fullname,_businessunitid_value,organizationid&$filter=firstname ne null
        > 200 {"@odata.context":"~/$metadata#systemusers(fullname,_businessunitid_value,organizationid)","value":[{"_businessunitid_value":"§b","fullname":"Bob B","organizationid":"b330c258-7f5e-51af-8ce5-b8e109e72b6e","systemuserid":"§1"},{"_businessunitid_value":"§b","fullname":"Eve E","organizationid":"b330c258-7f5e-51af-8ce5-b8e109e72b6e","systemuserid":"§4"}]}
        GET teams?$select=name,_businessunitid_value&$filter=isdefault ne true
        > 200 {"@odata.context":"~/$metadata#teams(name,_businessunitid_value)","value":[{"_businessunitid_value":"§b","name":"T","teamid":"§2"},{"_businessunitid_value":"4791324f-0813-540d-8d77-aae07534bc84","name":"U","teamid":"§3"}]}
    "#]]);
}

#[test]
fn conditions_on_the_caller_are_those_of_the_user_in_the_header() {
    check(expect![[r#"
        POST businessunits | {"businessunitid": "§b", "name": "Branch", "parentbusinessunitid@odata.bind": "businessunits(4791324f-0813-540d-8d77-aae07534bc84)"}
        > 204 odata-entityid: ~/businessunits(§b)
        POST systemusers | {"systemuserid": "§1", "firstname": "Bob", "lastname": "B", "domainname": "bob@contoso.example", "businessunitid@odata.bind": "businessunits(§b)"}
        > 204 odata-entityid: ~/systemusers(§1)
        POST teams | {"teamid": "§2", "name": "T", "administratorid@odata.bind": "systemusers(§1)", "businessunitid@odata.bind": "businessunits(§b)"}
        > 204 odata-entityid: ~/teams(§2)
        POST systemusers(§1)/teammembership_association/$ref | {"@odata.id": "teams(§2)"}
        > 204
        POST accounts | {"accountid": "§a", "name": "Ann's"}
        > 204 odata-entityid: ~/accounts(§a)
        POST accounts | MSCRMCallerID: §1 | {"accountid": "§c", "name": "Bob's"}
        > 204 odata-entityid: ~/accounts(§c)
        POST accounts | {"accountid": "§d", "name": "The team's", "ownerid@odata.bind": "teams(§2)"}
        > 204 odata-entityid: ~/accounts(§d)
        GET accounts?$select=name&$filter=Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid') | MSCRMCallerID: §1
        > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[{"accountid":"§c","name":"Bob's"}]}
        GET accounts?$select=name&$filter=Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')
        > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[{"accountid":"§c","name":"Bob's"}]}
        GET accounts?$select=name&$filter=Microsoft.Dynamics.CRM.EqualUserTeams(PropertyName='ownerid') | MSCRMCallerID: §1
        > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[{"accountid":"§d","name":"The team's"}]}
        GET accounts?$select=name&$filter=Microsoft.Dynamics.CRM.EqualUserTeams(PropertyName='ownerid')
        > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[]}
        GET accounts?$select=name&$filter=Microsoft.Dynamics.CRM.EqualUserOrUserTeams(PropertyName='ownerid') | MSCRMCallerID: §1
        > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[{"accountid":"§c","name":"Bob's"},{"accountid":"§d","name":"The team's"}]}
        GET accounts?$select=name&$filter=Microsoft.Dynamics.CRM.EqualBusinessId(PropertyName='owningbusinessunit') | MSCRMCallerID: §1
        > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[{"accountid":"§c","name":"Bob's"},{"accountid":"§d","name":"The team's"}]}
        GET accounts?$select=name&$filter=Microsoft.Dynamics.CRM.EqualBusinessId(PropertyName='owningbusinessunit')
        > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[{"accountid":"§a","name":"Ann's"}]}
        DELETE systemusers(§1)/teammembership_association(§2)/$ref
        > 204
        GET accounts?$select=name&$filter=Microsoft.Dynamics.CRM.EqualUserTeams(PropertyName='ownerid') | MSCRMCallerID: §1
        > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[]}
        # A user without an own unit has the one of the organisation, and the default team.
        GET WhoAmI
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","BusinessUnitId":"4791324f-0813-540d-8d77-aae07534bc84","OrganizationId":"b330c258-7f5e-51af-8ce5-b8e109e72b6e","UserId":"618c3f54-8c58-5c73-821b-4c371a36202f"}
        GET WhoAmI | MSCRMCallerID: §1
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse","BusinessUnitId":"§b","OrganizationId":"b330c258-7f5e-51af-8ce5-b8e109e72b6e","UserId":"§1"}
        GET teams?$select=name,isdefault,teamtype,_administratorid_value&$expand=teammembership_association($select=fullname)
        > 200 {"@odata.context":"~/$metadata#teams(name,isdefault,teamtype,_administratorid_value,teammembership_association(fullname))","value":[{"_administratorid_value":"§1","isdefault":false,"name":"T","teamid":"§2","teammembership_association":[],"teammembership_association@odata.nextLink":"~/teams(§2)/teammembership_association?$select=fullname","teamtype":0},{"_administratorid_value":"618c3f54-8c58-5c73-821b-4c371a36202f","isdefault":true,"name":"contoso","teamid":"f874af16-df82-5764-a64f-0f510a3a1981","teammembership_association":[{"fullname":"ann","systemuserid":"618c3f54-8c58-5c73-821b-4c371a36202f"}],"teammembership_association@odata.nextLink":"~/teams(f874af16-df82-5764-a64f-0f510a3a1981)/teammembership_association?$select=fullname","teamtype":0}]}
        GET systemusers?$select=fullname,firstname,lastname,domainname,azureactivedirectoryobjectid,isdisabled,accessmode
        > 200 {"@odata.context":"~/$metadata#systemusers(fullname,firstname,lastname,domainname,azureactivedirectoryobjectid,isdisabled,accessmode)","value":[{"accessmode":0,"azureactivedirectoryobjectid":null,"domainname":"bob@contoso.example","firstname":"Bob","fullname":"Bob B","isdisabled":false,"lastname":"B","systemuserid":"§1"},{"accessmode":0,"azureactivedirectoryobjectid":"76fe413b-663a-5db3-9ca4-3afdecdf5cd8","domainname":"ann","firstname":null,"fullname":"ann","isdisabled":false,"lastname":"ann","systemuserid":"618c3f54-8c58-5c73-821b-4c371a36202f"}]}
        GET businessunits?$select=name,isdisabled,_parentbusinessunitid_value
        > 200 {"@odata.context":"~/$metadata#businessunits(name,isdisabled,_parentbusinessunitid_value)","value":[{"_parentbusinessunitid_value":"4791324f-0813-540d-8d77-aae07534bc84","businessunitid":"§b","isdisabled":false,"name":"Branch"},{"_parentbusinessunitid_value":null,"businessunitid":"4791324f-0813-540d-8d77-aae07534bc84","isdisabled":false,"name":"contoso"}]}
        GET transactioncurrencies?$select=currencyname,isocurrencycode,currencysymbol,currencyprecision,exchangerate
        > 200 {"@odata.context":"~/$metadata#transactioncurrencies(currencyname,isocurrencycode,currencysymbol,currencyprecision,exchangerate)","value":[{"currencyname":"US Dollar","currencyprecision":2,"currencysymbol":"$","exchangerate":1,"isocurrencycode":"USD","transactioncurrencyid":"9638c392-5b31-5f49-9b5b-173c0f6d5b8c"}]}
    "#]]);
}

#[test]
fn texts_are_formatted_in_the_language_and_the_time_zone_of_the_user() {
    let mut schema = sample();
    let mut table = Table {
        logical_name: "usersettings".to_owned(),
        entity_set: Some("usersettingscollection".to_owned()),
        primary_id: Some("systemuserid".to_owned()),
        ..Table::default()
    };
    table.columns = ["helplanguageid", "localeid", "timezonecode", "uilanguageid"]
        .map(|name| Column::new(name, ColumnType::Integer { min: None, max: None, format: None }))
        .into();
    table.columns.push(Column::new("systemuserid", ColumnType::Uniqueidentifier));
    schema.tables.insert(table.logical_name.clone(), table);
    let clock = Clock::stopped("2026-07-29T23:30:00Z".parse().unwrap());
    let emulator = Emulator::builder(schema).clock(clock).in_process().unwrap();
    check_with(
        &emulator,
        expect![[r#"
            POST accounts | {"accountid": "§a", "name": "Ann's", "revenue": 1234.5, "industrycode": 1}
            > 204 odata-entityid: ~/accounts(§a)
            GET usersettingscollection?$select=uilanguageid,localeid,helplanguageid,timezonecode
            > 200 {"@odata.context":"~/$metadata#usersettingscollection(uilanguageid,localeid,helplanguageid,timezonecode)","value":[{"helplanguageid":1033,"localeid":1033,"systemuserid":"618c3f54-8c58-5c73-821b-4c371a36202f","timezonecode":92,"uilanguageid":1033}]}
            GET accounts(§a)?$select=createdon,revenue,industrycode,donotemail | Prefer: odata.include-annotations="OData.Community.Display.V1.FormattedValue"
            > 200 preference-applied: odata.include-annotations="OData.Community.Display.V1.FormattedValue" {"@odata.context":"~/$metadata#accounts(createdon,revenue,industrycode,donotemail)/$entity","accountid":"§a","createdon":"2026-07-29T23:30:00Z","createdon@OData.Community.Display.V1.FormattedValue":"7/29/2026 11:30 PM","donotemail":false,"donotemail@OData.Community.Display.V1.FormattedValue":"Allow","industrycode":1,"industrycode@OData.Community.Display.V1.FormattedValue":"Accounting","revenue":1234.5,"revenue@OData.Community.Display.V1.FormattedValue":"$1,234.50"}
            POST systemusers | {"systemuserid": "§1", "firstname": "Bob", "lastname": "B", "domainname": "bob@contoso.example"}
            > 204 odata-entityid: ~/systemusers(§1)
            POST usersettingscollection | {"systemuserid": "§1", "uilanguageid": 1031, "timezonecode": 110}
            > 204 odata-entityid: ~/usersettingscollection(§1)
            GET accounts(§a)?$select=createdon,revenue,industrycode,donotemail | MSCRMCallerID: §1 | Prefer: odata.include-annotations="OData.Community.Display.V1.FormattedValue"
            > 200 preference-applied: odata.include-annotations="OData.Community.Display.V1.FormattedValue" {"@odata.context":"~/$metadata#accounts(createdon,revenue,industrycode,donotemail)/$entity","accountid":"§a","createdon":"2026-07-29T23:30:00Z","createdon@OData.Community.Display.V1.FormattedValue":"30.07.2026 01:30","donotemail":false,"donotemail@OData.Community.Display.V1.FormattedValue":"Zulassen","industrycode":1,"industrycode@OData.Community.Display.V1.FormattedValue":"Buchhaltung","revenue":1234.5,"revenue@OData.Community.Display.V1.FormattedValue":"1.234,50 $"}
            # A language that is not one leaves that of the organisation.
            PATCH usersettingscollection(§1) | {"uilanguageid": 0, "timezonecode": 4}
            > 204 odata-entityid: ~/usersettingscollection(§1)
            GET accounts(§a)?$select=createdon,revenue | MSCRMCallerID: §1 | Prefer: odata.include-annotations="OData.Community.Display.V1.FormattedValue"
            > 200 preference-applied: odata.include-annotations="OData.Community.Display.V1.FormattedValue" {"@odata.context":"~/$metadata#accounts(createdon,revenue)/$entity","accountid":"§a","createdon":"2026-07-29T23:30:00Z","createdon@OData.Community.Display.V1.FormattedValue":"7/29/2026 4:30 PM","revenue":1234.5,"revenue@OData.Community.Display.V1.FormattedValue":"$1,234.50"}
            PATCH usersettingscollection(§1) | {"uilanguageid": 1, "timezonecode": 92}
            > 204 odata-entityid: ~/usersettingscollection(§1)
            GET accounts(§a)?$select=createdon,industrycode | MSCRMCallerID: §1 | Prefer: odata.include-annotations="OData.Community.Display.V1.FormattedValue"
            > 200 preference-applied: odata.include-annotations="OData.Community.Display.V1.FormattedValue" {"@odata.context":"~/$metadata#accounts(createdon,industrycode)/$entity","accountid":"§a","createdon":"2026-07-29T23:30:00Z","createdon@OData.Community.Display.V1.FormattedValue":"7/29/2026 11:30 PM","industrycode":1,"industrycode@OData.Community.Display.V1.FormattedValue":"Accounting"}
        "#]],
    );
}
