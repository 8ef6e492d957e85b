//! Relationships of tables that are made for their test: cascades of assignments, N:N relationships that a snapshot
//! describes in part, and queries with joined rows.

use dvkit_schema::{Relationship, Table};
use expect_test::expect;
use serde_json::{Value, json};

use super::made::{builder, emulator, table, text};
use super::{check, check_with, send};

fn related(relationship: Value) -> Relationship {
    serde_json::from_value(relationship).unwrap()
}

fn lookup(name: &str, target: &str) -> Value {
    json!({"name": name, "type": "lookup", "targets": [target]})
}

fn many_to_one(column: &str, target: &str) -> Value {
    json!({
        "navigation": column, "side": "many_to_one", "table": target, "column": column,
        "referenced": format!("{target}id"),
    })
}

/// Returns a table of owned rows that have a parent of the same table and a state. An assignment cascades to the rows
/// below as `down` says, and `up` stands on the side of the lookup.
fn tree(down: &str, up: &str) -> Table {
    let choice = json!({"local": {"name": "c", "options": [{"value": 0}, {"value": 1}]}});
    let columns = [
        text("new_name"),
        lookup("new_parent", "new_a"),
        json!({"name": "ownerid", "type": "owner", "targets": ["systemuser", "team"]}),
        json!({"name": "owninguser", "type": "lookup", "targets": ["systemuser"], "valid_for_create": false}),
        json!({"name": "statecode", "type": "state", "choice": choice}),
    ];
    let mut table = table("new_a", &columns);
    let mut parent = many_to_one("new_parent", "new_a");
    parent["cascade"] = json!({"assign": up});
    let children = json!({
        "navigation": "new_children", "side": "one_to_many", "table": "new_a", "column": "new_parent",
        "referenced": "new_aid", "cascade": {"assign": down},
    });
    table.relationships = vec![
        related(parent),
        related(children),
        related(many_to_one("owninguser", "systemuser")),
        related(json!({
            "navigation": "ownerid", "side": "many_to_one", "table": "systemuser", "column": "ownerid",
            "referenced": "systemuserid",
        })),
    ];
    table
}

#[test]
fn an_assignment_cascades_downwards_to_the_rows_that_its_action_means() {
    let id = super::id;
    for (down, up, expected) in [
        ("no_cascade", "cascade", vec!["1"]),
        ("cascade", "no_cascade", vec!["1", "2", "3", "4", "5"]),
        ("active", "no_cascade", vec!["1", "2", "4"]),
        ("user_owned", "no_cascade", vec!["1", "2", "3", "5"]),
    ] {
        let seeds = json!({
            "systemusers": [
                {"systemuserid": id("e"), "domainname": "old", "lastname": "Old"},
                {"systemuserid": id("f"), "domainname": "new", "lastname": "New"},
                {"systemuserid": id("d"), "domainname": "other", "lastname": "Other"},
            ],
            "new_as": [
                {"new_aid": id("1"), "ownerid": id("e")},
                {"new_aid": id("2"), "ownerid": id("e"), "new_parent": id("1")},
                {"new_aid": id("3"), "ownerid": id("e"), "new_parent": id("1"), "statecode": 1},
                {"new_aid": id("4"), "ownerid": id("d"), "new_parent": id("1")},
                {"new_aid": id("5"), "ownerid": id("e"), "new_parent": id("3")},
            ],
        });
        let emulator = builder([tree(down, up)]).seed(seeds).in_process().unwrap();
        let body = json!({"ownerid@odata.bind": format!("systemusers({})", id("f"))});
        let assigned = send(&emulator, &format!("PATCH new_as({}) | {body}", id("1")));
        let rows = send(
            &emulator,
            &format!("GET new_as?$select=new_aid&$filter=_ownerid_value eq {}&$orderby=new_aid", id("f")),
        );
        let rows: Value = serde_json::from_slice(rows.body()).unwrap();
        let found: Vec<Value> =
            rows["value"].as_array().unwrap().iter().map(|row| row["new_aid"].clone()).collect();
        let expected: Vec<Value> = expected.iter().map(|digit| Value::from(id(digit))).collect();
        assert_eq!(found, expected, "{down} {up}: {assigned:?}");
    }
}

#[test]
fn a_row_is_deleted_although_its_snapshot_does_not_say_how_it_is_connected() {
    for missing in ["intersect", "column", "referenced", ""] {
        let mut made = table("new_a", &[text("new_name")]);
        let mut relationship = json!({
            "navigation": "new_bs", "side": "many_to_many", "table": "new_b", "column": "new_aid",
            "referenced": "new_bid", "intersect": "new_a_b",
        });
        relationship.as_object_mut().unwrap().remove(missing);
        made.relationships = vec![related(relationship)];
        let other = table("new_b", &[text("new_name")]);
        let emulator = emulator([made, other]);
        let id = super::id("a");
        assert_eq!(
            send(&emulator, &format!(r#"POST new_as | {{"new_aid": "{id}"}}"#)).status(),
            204,
            "{missing}"
        );
        let deleted = send(&emulator, &format!("DELETE new_as({id})"));
        assert_eq!(deleted.status(), 204, "{missing}: {deleted:?}");
        assert_eq!(send(&emulator, &format!("GET new_as({id})")).status(), 404, "{missing}");
    }
}

#[test]
fn a_column_of_an_intersect_table_means_the_side_of_its_own_relationship() {
    let connects = |name: &str, own: &str, other: &str, table: &str, intersect: &str| {
        related(json!({
            "navigation": name, "side": "many_to_many", "table": table, "column": own, "referenced": other,
            "intersect": intersect,
        }))
    };
    let intersect = |name: &str| {
        let ids = ["new_bid", "new_cid"].map(|id| json!({"name": id, "type": "uniqueidentifier"}));
        let mut table = table(name, &ids);
        table.kind = Some(dvkit_schema::TableKind::Intersect);
        table.primary_name = None;
        table
    };
    // The first table connects others by columns of the same names, and has a lookup that is named so.
    let mut first = table("new_a", &[text("new_name"), lookup("new_bid", "new_c")]);
    first.relationships = vec![
        connects("new_other", "new_bid", "new_cid", "new_c", "new_first"),
        related(many_to_one("new_bid", "new_c")),
    ];
    let mut b = table("new_b", &[text("new_name")]);
    b.relationships = vec![connects("new_b_c", "new_bid", "new_cid", "new_c", "new_second")];
    let mut c = table("new_c", &[text("new_name")]);
    c.relationships = vec![connects("new_b_c", "new_cid", "new_bid", "new_b", "new_second")];
    let seeds = json!({
        "new_bs": [{"new_name": "B"}], "new_cs": [{"new_name": "C"}],
        "new_second": [{"new_bid": "B", "new_cid": "C"}],
    });
    let tables = [first, b, c, intersect("new_first"), intersect("new_second")];
    check_with(
        &builder(tables).seed(seeds).in_process().unwrap(),
        expect![[r#"
            GET new_bs?$select=new_name&$expand=new_b_c($select=new_name)
            > 200 {"@odata.context":"~/$metadata#new_bs(new_name,new_b_c(new_name))","value":[{"new_b_c":[{"new_cid":"fa1be944-a397-533f-9bca-e7068ffd453a","new_name":"C"}],"new_b_c@odata.nextLink":"~/new_bs(8e40c68b-f425-54c7-a427-b5d920e8dc5c)/new_b_c?$select=new_name","new_bid":"8e40c68b-f425-54c7-a427-b5d920e8dc5c","new_name":"B"}]}
            GET new_cs?$select=new_name&$expand=new_b_c($select=new_name)
            > 200 {"@odata.context":"~/$metadata#new_cs(new_name,new_b_c(new_name))","value":[{"new_b_c":[{"new_bid":"8e40c68b-f425-54c7-a427-b5d920e8dc5c","new_name":"B"}],"new_b_c@odata.nextLink":"~/new_cs(fa1be944-a397-533f-9bca-e7068ffd453a)/new_b_c?$select=new_name","new_cid":"fa1be944-a397-533f-9bca-e7068ffd453a","new_name":"C"}]}
            GET new_bs?$select=new_name&$filter=new_b_c/any(c:c/new_name eq 'C')
            > 200 {"@odata.context":"~/$metadata#new_bs(new_name)","value":[{"new_bid":"8e40c68b-f425-54c7-a427-b5d920e8dc5c","new_name":"B"}]}
            GET new_bs?$select=new_name&$filter=new_b_c/any(c:c/new_name eq 'B')
            > 200 {"@odata.context":"~/$metadata#new_bs(new_name)","value":[]}
        "#]],
    );
}

#[test]
fn the_pages_of_joined_rows_are_counted_and_those_of_plain_rows_go_on_after_the_last() {
    check(expect![[r#"
        POST accounts | {"accountid": "§a", "name": "Alpha"}
        > 204 odata-entityid: ~/accounts(§a)
        POST accounts | {"accountid": "§b", "name": "Beta"}
        > 204 odata-entityid: ~/accounts(§b)
        POST contacts | {"contactid": "§1", "lastname": "One", "parentcustomerid_account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/contacts(§1)
        POST contacts | {"contactid": "§2", "lastname": "Two", "parentcustomerid_account@odata.bind": "accounts(§a)"}
        > 204 odata-entityid: ~/contacts(§2)
        POST contacts | {"contactid": "§3", "lastname": "Three", "parentcustomerid_account@odata.bind": "accounts(§b)"}
        > 204 odata-entityid: ~/contacts(§3)
        GET accounts?fetchXml=<fetch count='1'><entity name='account'><attribute name='name'/><order attribute='name'/></entity></fetch> | Prefer: odata.include-annotations="*"
        > 200 preference-applied: odata.include-annotations="*" {"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie":"<cookie pagenumber=\"2\" pagingcookie=\"%253ccookie%2520page%253d%25221%2522%253e%253cname%2520last%253d%2522Alpha%2522%2520first%253d%2522Alpha%2522%2520%252f%253e%253caccountid%2520last%253d%2522%257b00000000-0000-0000-0000-00000000000A%257d%2522%2520first%253d%2522%257b00000000-0000-0000-0000-00000000000A%257d%2522%2520%252f%253e%253c%252fcookie%253e\" istracking=\"False\" />","@Microsoft.Dynamics.CRM.globalmetadataversion":"74812162","@Microsoft.Dynamics.CRM.morerecords":true,"@Microsoft.Dynamics.CRM.totalrecordcount":-1,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":false,"@odata.context":"~/$metadata#accounts(name,accountid)","value":[{"accountid":"§a","name":"Alpha"}]}
        GET accounts?fetchXml=<fetch count='2'><entity name='account'><attribute name='name'/><order attribute='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'><attribute name='lastname'/></link-entity></entity></fetch> | Prefer: odata.include-annotations="*"
        > 200 preference-applied: odata.include-annotations="*" {"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie":"<cookie pagenumber=\"2\" pagingcookie=\"%253ccookie%2520page%253d%25221%2522%253e%253c%252fcookie%253e\" istracking=\"False\" />","@Microsoft.Dynamics.CRM.globalmetadataversion":"74812162","@Microsoft.Dynamics.CRM.morerecords":true,"@Microsoft.Dynamics.CRM.totalrecordcount":-1,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":false,"@odata.context":"~/$metadata#accounts(name,accountid)","value":[{"accountid":"§a","c.lastname":"One","c.lastname@OData.Community.Display.V1.AttributeName":"lastname","name":"Alpha"},{"accountid":"§a","c.lastname":"Two","c.lastname@OData.Community.Display.V1.AttributeName":"lastname","name":"Alpha"}]}
        GET accounts?fetchXml=<fetch count='2' page='2'><entity name='account'><attribute name='name'/><order attribute='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'><attribute name='lastname'/></link-entity></entity></fetch> | Prefer: odata.include-annotations="*"
        > 200 preference-applied: odata.include-annotations="*" {"@Microsoft.Dynamics.CRM.globalmetadataversion":"74812162","@Microsoft.Dynamics.CRM.morerecords":false,"@Microsoft.Dynamics.CRM.totalrecordcount":-1,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":false,"@odata.context":"~/$metadata#accounts(name,accountid)","value":[{"accountid":"§b","c.lastname":"Three","c.lastname@OData.Community.Display.V1.AttributeName":"lastname","name":"Beta"}]}
        GET accounts?fetchXml=<fetch count='1'><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='outer'/></entity></fetch> | Prefer: odata.include-annotations="*"
        > 200 preference-applied: odata.include-annotations="*" {"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie":"<cookie pagenumber=\"2\" pagingcookie=\"%253ccookie%2520page%253d%25221%2522%253e%253c%252fcookie%253e\" istracking=\"False\" />","@Microsoft.Dynamics.CRM.globalmetadataversion":"74812162","@Microsoft.Dynamics.CRM.morerecords":true,"@Microsoft.Dynamics.CRM.totalrecordcount":-1,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":false,"@odata.context":"~/$metadata#accounts(name,accountid)","value":[{"accountid":"§a","name":"Alpha"}]}
        GET accounts?fetchXml=<fetch count='1'><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='exists'/></entity></fetch> | Prefer: odata.include-annotations="*"
        > 200 preference-applied: odata.include-annotations="*" {"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie":"<cookie pagenumber=\"2\" pagingcookie=\"%253ccookie%2520page%253d%25221%2522%253e%253caccountid%2520last%253d%2522%257b00000000-0000-0000-0000-00000000000A%257d%2522%2520first%253d%2522%257b00000000-0000-0000-0000-00000000000A%257d%2522%2520%252f%253e%253c%252fcookie%253e\" istracking=\"False\" />","@Microsoft.Dynamics.CRM.globalmetadataversion":"74812162","@Microsoft.Dynamics.CRM.morerecords":true,"@Microsoft.Dynamics.CRM.totalrecordcount":-1,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":false,"@odata.context":"~/$metadata#accounts(name,accountid)","value":[{"accountid":"§a","name":"Alpha"}]}
        GET accounts?fetchXml=<fetch count='1' distinct='true'><entity name='account'><attribute name='name'/></entity></fetch> | Prefer: odata.include-annotations="*"
        > 200 preference-applied: odata.include-annotations="*" {"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie":"<cookie pagenumber=\"2\" pagingcookie=\"%253ccookie%2520page%253d%25221%2522%253e%253c%252fcookie%253e\" istracking=\"False\" />","@Microsoft.Dynamics.CRM.globalmetadataversion":"74812162","@Microsoft.Dynamics.CRM.morerecords":true,"@Microsoft.Dynamics.CRM.totalrecordcount":-1,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":false,"@odata.context":"~/$metadata#accounts(name)","value":[{"name":"Alpha"}]}
        GET contacts?fetchXml=<fetch count='1'><entity name='contact'><attribute name='lastname'/><order attribute='parentcustomerid'/></entity></fetch> | Prefer: odata.include-annotations="*"
        > 200 preference-applied: odata.include-annotations="*" {"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie":"<cookie pagenumber=\"2\" pagingcookie=\"%253ccookie%2520page%253d%25221%2522%253e%253c%252fcookie%253e\" istracking=\"False\" />","@Microsoft.Dynamics.CRM.globalmetadataversion":"74812162","@Microsoft.Dynamics.CRM.morerecords":true,"@Microsoft.Dynamics.CRM.totalrecordcount":-1,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":false,"@odata.context":"~/$metadata#contacts(lastname,contactid)","value":[{"contactid":"§1","lastname":"One"}]}
        GET contacts?fetchXml=<fetch count='1'><entity name='contact'><attribute name='lastname' alias='l'/><order alias='l'/></entity></fetch> | Prefer: odata.include-annotations="*"
        > 400 0x80041130 only aggregate queries are sorted by `alias` [DV0044]
        GET contacts?$select=lastname&$orderby=lastname,lastname desc | Prefer: odata.maxpagesize=1
        > 200 preference-applied: odata.maxpagesize=1 {"@odata.context":"~/$metadata#contacts(lastname)","@odata.nextLink":"~/contacts?$select=lastname&$orderby=lastname,lastname%20desc&$skiptoken=eyJwYWdlIjoyLCJzZWVuIjoxLCJwb3NpdGlvbiI6eyJBZnRlciI6WyJPbmUiLCIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDEiXX19","value":[{"contactid":"§1","lastname":"One"}]}
        GET contacts?$select=lastname&$orderby=parentcustomerid_account/name desc | Prefer: odata.maxpagesize=2
        > 200 preference-applied: odata.maxpagesize=2 {"@odata.context":"~/$metadata#contacts(lastname)","@odata.nextLink":"~/contacts?$select=lastname&$orderby=parentcustomerid_account/name%20desc&$skiptoken=eyJwYWdlIjoyLCJzZWVuIjoyLCJwb3NpdGlvbiI6eyJPZmZzZXQiOjJ9fQ","value":[{"contactid":"§3","lastname":"Three"},{"contactid":"§1","lastname":"One"}]}
        GET accounts(§a)/contact_customer_accounts?$select=lastname&$orderby=lastname desc | Prefer: odata.maxpagesize=1
        > 200 preference-applied: odata.maxpagesize=1 {"@odata.context":"~/$metadata#contacts(lastname)","@odata.nextLink":"~/accounts(§a)/contact_customer_accounts?$select=lastname&$orderby=lastname%20desc&$skiptoken=eyJwYWdlIjoyLCJzZWVuIjoxLCJwb3NpdGlvbiI6eyJBZnRlciI6WyJUd28iLCIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDIiXX19","value":[{"contactid":"§2","lastname":"Two"}]}
        GET accounts?$apply=groupby((name)) | Prefer: odata.maxpagesize=1
        > 200 preference-applied: odata.maxpagesize=1 {"@odata.context":"~/$metadata#accounts","@odata.nextLink":"~/accounts?$apply=groupby((name))&$skiptoken=eyJwYWdlIjoyLCJzZWVuIjoxLCJwb3NpdGlvbiI6eyJPZmZzZXQiOjF9fQ","value":[{"name":"Alpha"}]}
    "#]]);
}

#[test]
fn a_bulk_message_follows_the_set_of_its_table_at_once() {
    check(expect![[r#"
        POST accounts | {"accountid": "§a", "name": "Alpha"}
        > 204 odata-entityid: ~/accounts(§a)
        POST accounts(§a)/contact_customer_accounts/Microsoft.Dynamics.CRM.CreateMultiple | {"Targets": []}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: writing to accounts(§a)/contact_customer_accounts/Microsoft.Dynamics.CRM.CreateMultiple.
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple/x | {"Targets": []}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: writing to accounts/Microsoft.Dynamics.CRM.CreateMultiple/x.
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple() | {"Targets": []}
        > 400 0x80040203 The parameter 'Targets' does not contain any rows.
        POST accounts/CreateMultiple | {"Targets": []}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: writing to accounts/CreateMultiple.
        POST accounts/Microsoft.Dynamics.CRM.OtherMultiple | {"Targets": []}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: writing to accounts/Microsoft.Dynamics.CRM.OtherMultiple.
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple | {"Targets": [5]}
        > 400 0x80060888 An error occurred while validating input parameters: An item of 'Targets' is not an object.
        POST accounts/Microsoft.Dynamics.CRM.CreateMultiple | {"@x": 1, "Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", "name": "Beta"}]}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse","Ids":["<id>"]}
    "#]]);
}

#[test]
fn what_a_change_of_a_definition_does_not_say_stays() {
    check(expect![[r##"
        GET EntityDefinitions(LogicalName='account')/Keys?$select=LogicalName,SchemaName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Keys(LogicalName,SchemaName)","value":[{"LogicalName":"new_accountnumberkey","MetadataId":"7011cd83-3e0f-5346-8bf9-b6ae2a6f8b36","SchemaName":"new_AccountNumberKey"}]}
        GET EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_name')?$select=MetadataId,SchemaName,IsCustomAttribute,AttributeOf
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes(MetadataId,SchemaName,IsCustomAttribute,AttributeOf)/$entity","@odata.type":"#Microsoft.Dynamics.CRM.StringAttributeMetadata","IsCustomAttribute":true,"MetadataId":"b8ffcdc4-7e47-5557-9222-8c0c9ce7377d","SchemaName":"new_Name"}
        PUT EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_name') | {"@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "MetadataId": "§1", "SchemaName": "Other", "IsCustomAttribute": false, "MaxLength": 60, "DisplayName": {"LocalizedLabels": [{"Label": "Nome", "LanguageCode": 1040}]}}
        > 204 odata-entityid: ~/EntityDefinitions(3919bc83-d9e5-5d5d-9799-95977a2a5742)/Attributes(b8ffcdc4-7e47-5557-9222-8c0c9ce7377d)
        GET EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_name')?$select=MetadataId,SchemaName,IsCustomAttribute,AttributeOf
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes(MetadataId,SchemaName,IsCustomAttribute,AttributeOf)/$entity","@odata.type":"#Microsoft.Dynamics.CRM.StringAttributeMetadata","IsCustomAttribute":true,"MetadataId":"b8ffcdc4-7e47-5557-9222-8c0c9ce7377d","SchemaName":"new_Name"}
        GET EntityDefinitions(LogicalName='new_project')/Attributes(§1)?$select=LogicalName
        > 404 0x80041103 'new_project' entity doesn't contain attribute with Name = '§1' and NameMapping = 'Logical'.
        GET RetrieveProvisionedLanguages()
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveProvisionedLanguagesResponse","RetrieveProvisionedLanguages":[1031,1033,1036]}
        GET RetrieveVersion()
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveVersionResponse","Version":"9.2.0.0"}
        POST InsertOptionValue | {"OptionSetName": "", "EntityLogicalName": "contact", "AttributeLogicalName": "gendercode", "Value": 7, "Label": {"LocalizedLabels": [{"Label": "Other", "LanguageCode": 1033}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.InsertOptionValueResponse","NewOptionValue":7}
        POST InsertOptionValue | {"OptionSetName": "new_region", "EntityLogicalName": "contact", "AttributeLogicalName": "gendercode", "Value": 77}
        > 400 0x80040203 Required field 'Label' is missing for the request.
        POST InsertOptionValue | {"OptionSetName": "", "EntityLogicalName": "", "AttributeLogicalName": "gendercode", "Value": 7}
        > 400 0x80040203 Required field 'OptionSetName' is missing for the request.
        POST InsertOptionValue | {"EntityLogicalName": "contact", "AttributeLogicalName": "", "Value": 7}
        > 400 0x80040203 Required field 'OptionSetName' is missing for the request.
        GET EntityDefinitions(LogicalName='contact')/Attributes(LogicalName='gendercode')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('contact')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata(LogicalName,OptionSet(Options))/$entity","LogicalName":"gendercode","MetadataId":"f2b502d4-60bf-5d9a-8dae-a41c56114ab7","OptionSet":{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","Options":[{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Männlich","LanguageCode":1031},{"Label":"Male","LanguageCode":1033},{"Label":"Masculin","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"Male","LanguageCode":1033}},"Value":1},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Weiblich","LanguageCode":1031},{"Label":"Female","LanguageCode":1033},{"Label":"Féminin","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"Female","LanguageCode":1033}},"Value":2},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Other","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"Other","LanguageCode":1033}},"Value":7}]}}
        GET GlobalOptionSetDefinitions(Name='new_region')/Microsoft.Dynamics.CRM.OptionSetMetadata?$select=Name,Options
        > 200 {"@odata.context":"~/$metadata#GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.OptionSetMetadata(Name,Options)/$entity","MetadataId":"38234bcc-02a9-5398-b30a-bee660c43d70","Name":"new_region","Options":[{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Nord","LanguageCode":1031},{"Label":"North","LanguageCode":1033},{"Label":"Nord","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"North","LanguageCode":1033}},"Value":1},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Süd","LanguageCode":1031},{"Label":"South","LanguageCode":1033},{"Label":"Sud","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"South","LanguageCode":1033}},"Value":2},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Ost","LanguageCode":1031},{"Label":"East","LanguageCode":1033},{"Label":"Est","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"East","LanguageCode":1033}},"Value":3},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"West","LanguageCode":1031},{"Label":"West","LanguageCode":1033},{"Label":"Ouest","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"West","LanguageCode":1033}},"Value":4},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Übersee","LanguageCode":1031},{"Label":"Overseas","LanguageCode":1033},{"Label":"Outre-mer","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"Overseas","LanguageCode":1033}},"Value":9}]}
    "##]]);
}
