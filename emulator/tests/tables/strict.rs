//! Strict mode: each choice of the emulator that the documentation leaves open is refused, and nothing else is.

use expect_test::expect;

use super::check_with;

#[test]
fn choices_that_the_documentation_leaves_open_are_refused() {
    let emulator = super::builder().strict(true).in_process().unwrap();
    check_with(
        &emulator,
        expect![[r#"
            POST accounts | {"accountid": "§a", "name": "Contoso"}
            > 204 odata-entityid: ~/accounts(§a)
            POST contacts | {"contactid": "§c", "lastname": "Ann"}
            > 204 odata-entityid: ~/contacts(§c)
            POST contacts | {"contactid": "§d", "lastname": "Bob"}
            > 204 odata-entityid: ~/contacts(§d)
            POST accounts | {"accountid": "§b", "createdon": "2020-01-01T00:00:00Z"}
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, read-only columns.
            PATCH accounts(§a) | {"createdon": "2020-01-01T00:00:00Z"}
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, read-only columns.
            POST incidents | {"title": "No customer"}
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, required columns.
            PATCH accounts(§a) | {"ownerid@odata.bind": null}
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, required columns.
            PATCH accounts(§a) | {"accountid": "§b"}
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, primary key in an update.
            PATCH accounts(§a) | {"accountid": "§a", "name": "Same"}
            > 204 odata-entityid: ~/accounts(§a)
            PATCH new_projects(§a) | {"new_latitude": 91}
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, floating-point numbers out of range.
            PATCH new_projects(§a) | {"new_latitude": 90}
            > 204 odata-entityid: ~/new_projects(§a)
            PATCH new_projects(§a) | {"new_headcount": 501}
            > 400 0x8004432f A validation error occurred for new_project.new_headcount. The value 501 of type System.Int32 is outside the valid range(0 to 500).
            GET accounts | MSCRMCallerID: §9
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, unknown impersonated user.
            PUT accounts(§a)/primarycontactid/$ref | {"@odata.id": "contacts(§c)"}
            > 204
            DELETE accounts(§a)/primarycontactid(§d)/$ref
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, rows that are not connected.
            DELETE accounts(§a)/primarycontactid(§c)/$ref
            > 204
            DELETE accounts(§a)/contact_customer_accounts/$ref?$id=contacts(§c)
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, rows that are not connected.
            GET accounts?fetchXml=<fetch count='5'><entity name='account'/></fetch>
            > 200 {"@odata.context":"~/$metadata#accounts","value":[{"_createdby_value":"618c3f54-8c58-5c73-821b-4c371a36202f","_modifiedby_value":"618c3f54-8c58-5c73-821b-4c371a36202f","_ownerid_value":"618c3f54-8c58-5c73-821b-4c371a36202f","_owningbusinessunit_value":"4791324f-0813-540d-8d77-aae07534bc84","_owninguser_value":"618c3f54-8c58-5c73-821b-4c371a36202f","accountid":"§a","address1_addressid":"69c00f75-08eb-5716-a9ba-bf72a042ef15","createdon":"2026-11-29T12:00:00Z","creditonhold":false,"donotemail":false,"modifiedon":"2026-11-29T12:00:00Z","name":"Same","statecode":0,"statuscode":1,"versionnumber":1000013}]}
            GET accounts?fetchXml=<fetch count='5' page='1'><entity name='account'/></fetch> | Prefer: odata.maxpagesize=2
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, page size of FetchXML.
            GET InitializeFrom(EntityMoniker=@p,TargetEntityName='contact',TargetFieldType='All')?@p={"@odata.id":"accounts(§a)"}
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, mappings of InitializeFrom.
            POST BulkDelete | {"QuerySet": []}
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, bulk deletion at once.
            POST searchquery | {"search": "contoso", "entities": "[{\"name\": \"account\"}]"}
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, searched columns.
            PATCH new_projects(§a)/entityimage | =GIF89a-and-more
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, thumbnails.
            PATCH new_projects(§a)/new_contract | x-ms-file-name: a.txt | =hello
            > 204
            GET new_projects(§a)/new_contract/$value | Range: bytes=5-9
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, range at the end of a file.
            GET new_projects(§a)/new_contract/$value | Range: bytes=4-9
            > 206 x-ms-file-name: a.txt location: ~/new_projects(§a)/new_contract/$value o
            GET new_projects(§a)/new_contract/$value
            > 200 x-ms-file-name: a.txt hello
            DELETE EntityDefinitions(LogicalName='new_project')
            > 501 DVKIT_NOT_EMULATED The emulator does not support this: a choice of the emulator, lookups of a deleted table.
        "#]],
    );
}
