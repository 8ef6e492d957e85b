//! The system tables, as they are added to a schema.

use dvkit_schema::{Relationship, Store};
use expect_test::{Expect, expect};

use super::*;

#[test]
fn every_navigation_of_a_system_table_leads_to_a_system_table() {
    let tables = missing_from(&Schema::default());
    assert_eq!(tables.len(), TABLES.len());
    let store = Store::from_shared(std::sync::Arc::default(), tables);
    for entry in store.tables() {
        let table = store.table(&entry.logical_name).unwrap().unwrap();
        let names: BTreeSet<_> = table.relationships.iter().filter_map(|r| r.navigation.as_ref()).collect();
        assert_eq!(names.len(), table.relationships.len(), "{}", table.logical_name);
        for relationship in &table.relationships {
            let target = store.table(&relationship.table).unwrap();
            assert!(target.is_some(), "{}: {relationship:?}", table.logical_name);
        }
    }
}

#[test]
fn a_table_of_the_schema_is_not_replaced() {
    let own =
        Table { logical_name: "solution".into(), schema_name: Some("Solution".into()), ..Table::default() };
    let schema = Schema { tables: [("solution".into(), own)].into(), ..Schema::default() };
    assert!(missing_from(&schema).iter().all(|table| table.logical_name != "solution"));
}

/// Returns a system table as it is added to an empty schema.
fn built(name: &str) -> Table {
    missing_from(&Schema::default()).into_iter().find(|table| table.logical_name == name).unwrap()
}

fn known(value: Option<&String>) -> &str {
    value.map_or("-", String::as_str)
}

/// Returns a line for each relationship of a table: its side, its property, the table with its column, the intersect
/// table, the property of the other side and the name.
fn relationships(table: &Table) -> String {
    let line = |r: &Relationship| {
        format!(
            "{:?} {}: {}.{} by {} through {} back {} as {}\n",
            r.side,
            known(r.navigation.as_ref()),
            r.table,
            known(r.referenced.as_ref()),
            known(r.column.as_ref()),
            known(r.intersect.as_ref()),
            known(r.partner.as_ref()),
            known(r.schema_name.as_ref())
        )
    };
    table.relationships.iter().map(line).collect()
}

#[test]
fn a_system_table_has_relationships_in_both_directions() {
    for (name, expected) in [
        (
            "team",
            expect![[r#"
                ManyToOne businessunitid: businessunit.businessunitid by businessunitid through - back businessunitid_team as businessunitid_team_businessunit
                ManyToOne administratorid: systemuser.systemuserid by administratorid through - back administratorid_team as administratorid_team_systemuser
                ManyToOne transactioncurrencyid: transactioncurrency.transactioncurrencyid by transactioncurrencyid through - back transactioncurrencyid_team as transactioncurrencyid_team_transactioncurrency
                ManyToOne createdby: systemuser.systemuserid by createdby through - back createdby_team as createdby_team_systemuser
                ManyToOne modifiedby: systemuser.systemuserid by modifiedby through - back modifiedby_team as modifiedby_team_systemuser
                OneToMany userquery_ownerid: userquery.teamid by ownerid through - back ownerid as ownerid_userquery_team
                OneToMany userquery_owningteam: userquery.teamid by owningteam through - back owningteam as owningteam_userquery_team
                OneToMany asyncoperation_ownerid: asyncoperation.teamid by ownerid through - back ownerid as ownerid_asyncoperation_team
                OneToMany environmentvariabledefinition_ownerid: environmentvariabledefinition.teamid by ownerid through - back ownerid as ownerid_environmentvariabledefinition_team
                OneToMany environmentvariablevalue_ownerid: environmentvariablevalue.teamid by ownerid through - back ownerid as ownerid_environmentvariablevalue_team
                ManyToMany teammembership_association: systemuser.systemuserid by teamid through teammembership back teammembership_association as teammembership_association
                ManyToMany teamroles_association: role.roleid by teamid through teamroles back teamroles_association as teamroles_association
            "#]],
        ),
        (
            "role",
            expect![[r#"
            ManyToOne businessunitid: businessunit.businessunitid by businessunitid through - back businessunitid_role as businessunitid_role_businessunit
            ManyToOne parentroleid: role.roleid by parentroleid through - back parentroleid_role as parentroleid_role_role
            ManyToOne parentrootroleid: role.roleid by parentrootroleid through - back parentrootroleid_role as parentrootroleid_role_role
            ManyToOne createdby: systemuser.systemuserid by createdby through - back createdby_role as createdby_role_systemuser
            ManyToOne modifiedby: systemuser.systemuserid by modifiedby through - back modifiedby_role as modifiedby_role_systemuser
            OneToMany role_parentroleid: role.roleid by parentroleid through - back parentroleid as parentroleid_role_role
            OneToMany role_parentrootroleid: role.roleid by parentrootroleid through - back parentrootroleid as parentrootroleid_role_role
            ManyToMany systemuserroles_association: systemuser.systemuserid by roleid through systemuserroles back systemuserroles_association as systemuserroles_association
            ManyToMany teamroles_association: team.teamid by roleid through teamroles back teamroles_association as teamroles_association
        "#]],
        ),
        (
            "publisher",
            expect![[r#"
            ManyToOne organizationid: organization.organizationid by organizationid through - back organizationid_publisher as organizationid_publisher_organization
            ManyToOne createdby: systemuser.systemuserid by createdby through - back createdby_publisher as createdby_publisher_systemuser
            ManyToOne modifiedby: systemuser.systemuserid by modifiedby through - back modifiedby_publisher as modifiedby_publisher_systemuser
            OneToMany publisher_solution: solution.publisherid by publisherid through - back publisherid as publisherid_solution_publisher
        "#]],
        ),
        (
            "solution",
            expect![[r#"
            ManyToOne publisherid: publisher.publisherid by publisherid through - back publisherid_solution as publisherid_solution_publisher
            ManyToOne parentsolutionid: solution.solutionid by parentsolutionid through - back parentsolutionid_solution as parentsolutionid_solution_solution
            ManyToOne organizationid: organization.organizationid by organizationid through - back organizationid_solution as organizationid_solution_organization
            ManyToOne createdby: systemuser.systemuserid by createdby through - back createdby_solution as createdby_solution_systemuser
            ManyToOne modifiedby: systemuser.systemuserid by modifiedby through - back modifiedby_solution as modifiedby_solution_systemuser
            OneToMany solution_parentsolutionid: solution.solutionid by parentsolutionid through - back parentsolutionid as parentsolutionid_solution_solution
            OneToMany solution_solutioncomponent: solutioncomponent.solutionid by solutionid through - back solutionid as solutionid_solutioncomponent_solution
        "#]],
        ),
        (
            "sdkmessage",
            expect![[r#"
            ManyToOne organizationid: organization.organizationid by organizationid through - back organizationid_sdkmessage as organizationid_sdkmessage_organization
            ManyToOne createdby: systemuser.systemuserid by createdby through - back createdby_sdkmessage as createdby_sdkmessage_systemuser
            ManyToOne modifiedby: systemuser.systemuserid by modifiedby through - back modifiedby_sdkmessage as modifiedby_sdkmessage_systemuser
            OneToMany sdkmessageid_sdkmessagefilter: sdkmessagefilter.sdkmessageid by sdkmessageid through - back sdkmessageid as sdkmessageid_sdkmessagefilter_sdkmessage
        "#]],
        ),
        (
            "environmentvariabledefinition",
            expect![[r#"
            ManyToOne ownerid_systemuser: systemuser.systemuserid by ownerid through - back ownerid_environmentvariabledefinition as ownerid_environmentvariabledefinition_systemuser
            ManyToOne ownerid_team: team.teamid by ownerid through - back ownerid_environmentvariabledefinition as ownerid_environmentvariabledefinition_team
            ManyToOne createdby: systemuser.systemuserid by createdby through - back createdby_environmentvariabledefinition as createdby_environmentvariabledefinition_systemuser
            ManyToOne modifiedby: systemuser.systemuserid by modifiedby through - back modifiedby_environmentvariabledefinition as modifiedby_environmentvariabledefinition_systemuser
            OneToMany environmentvariabledefinition_environmentvariablevalue: environmentvariablevalue.environmentvariabledefinitionid by environmentvariabledefinitionid through - back environmentvariabledefinitionid as environmentvariabledefinitionid_environmentvariablevalue_environmentvariabledefinition
        "#]],
        ),
        (
            "userquery",
            expect![[r#"
            ManyToOne ownerid_systemuser: systemuser.systemuserid by ownerid through - back ownerid_userquery as ownerid_userquery_systemuser
            ManyToOne ownerid_team: team.teamid by ownerid through - back ownerid_userquery as ownerid_userquery_team
            ManyToOne owninguser: systemuser.systemuserid by owninguser through - back owninguser_userquery as owninguser_userquery_systemuser
            ManyToOne owningteam: team.teamid by owningteam through - back owningteam_userquery as owningteam_userquery_team
            ManyToOne owningbusinessunit: businessunit.businessunitid by owningbusinessunit through - back owningbusinessunit_userquery as owningbusinessunit_userquery_businessunit
            ManyToOne createdby: systemuser.systemuserid by createdby through - back createdby_userquery as createdby_userquery_systemuser
            ManyToOne modifiedby: systemuser.systemuserid by modifiedby through - back modifiedby_userquery as modifiedby_userquery_systemuser
        "#]],
        ),
    ] {
        expected.assert_eq(&relationships(&built(name)));
    }
    let count: usize = missing_from(&Schema::default()).iter().map(|table| table.relationships.len()).sum();
    assert_eq!(count, 122);
}

#[test]
fn a_system_table_has_names_keys_and_a_kind() {
    let mut text = String::new();
    for table in missing_from(&Schema::default()) {
        text.push_str(&format!(
            "{} {} {} {} {} {:?} {} columns\n",
            table.logical_name,
            known(table.entity_set.as_ref()),
            known(table.primary_id.as_ref()),
            known(table.primary_name.as_ref()),
            table.object_type_code.unwrap(),
            table.kind.unwrap(),
            table.columns.len(),
        ));
        for key in &table.keys {
            text.push_str(&format!(
                "    key {} of {:?}, {}\n",
                key.name,
                key.columns,
                known(key.status.as_ref())
            ));
        }
        assert_eq!(table.schema_name.as_ref(), Some(&table.logical_name));
        assert_eq!((table.custom, table.partial), (Some(false), false), "{}", table.logical_name);
    }
    expect![[r#"
        organization organizations organizationid name 1019 Standard 22 columns
        systemuser systemusers systemuserid fullname 8 Standard 22 columns
        businessunit businessunits businessunitid name 10 Standard 14 columns
        team teams teamid name 9 Standard 16 columns
        teammembership teammemberships teammembershipid - 23 Intersect 8 columns
        role roles roleid name 1036 Standard 13 columns
        systemuserroles systemuserrolescollection systemuserroleid - 1063 Intersect 8 columns
        teamroles teamrolescollection teamroleid - 1062 Intersect 8 columns
        transactioncurrency transactioncurrencies transactioncurrencyid currencyname 9105 Standard 14 columns
        usersettings usersettingscollection systemuserid - 150 Standard 15 columns
        languagelocale languagelocale languagelocaleid name 9957 Standard 12 columns
        savedquery savedqueries savedqueryid name 1039 Standard 21 columns
        userquery userqueries userqueryid name 4230 Standard 18 columns
        publisher publishers publisherid friendlyname 7101 Standard 13 columns
            key uniquename of ["uniquename"], Active
        solution solutions solutionid friendlyname 7100 Standard 16 columns
            key uniquename of ["uniquename"], Active
        solutioncomponent solutioncomponents solutioncomponentid - 7103 Standard 12 columns
        backgroundoperation backgroundoperations backgroundoperationid name 10033 Standard 19 columns
        sdkmessage sdkmessages sdkmessageid name 4606 Standard 15 columns
        sdkmessagefilter sdkmessagefilters sdkmessagefilterid name 4607 Standard 15 columns
        asyncoperation asyncoperations asyncoperationid name 4700 Standard 16 columns
        environmentvariabledefinition environmentvariabledefinitions environmentvariabledefinitionid schemaname 380 Standard 15 columns
        environmentvariablevalue environmentvariablevalues environmentvariablevalueid schemaname 381 Standard 12 columns
    "#]].assert_eq(&text);
}

#[test]
fn the_columns_of_a_system_table_have_types() {
    let columns = |name: &str| -> String {
        let table = built(name);
        let line = |c: &dvkit_schema::Column| format!("{} {:?} {:?}\n", c.logical_name, c.odata, c.ty);
        table.columns.iter().map(line).collect()
    };
    for (name, expected) in [
        (
            "transactioncurrency",
            expect![[r#"
            transactioncurrencyid None Uniqueidentifier
            currencyname Some(true) String { max_length: None, format: None }
            currencysymbol Some(true) String { max_length: None, format: None }
            currencyprecision Some(true) Integer { min: None, max: None, format: None }
            isocurrencycode Some(true) String { max_length: None, format: None }
            exchangerate Some(true) Decimal { min: None, max: None, precision: Some(10) }
            organizationid Some(true) Lookup { targets: ["organization"] }
            statecode Some(true) State { choice: None, default: None }
            statuscode Some(true) Status { choice: None, default: None }
            createdon Some(true) DateTime { behavior: None, date_format: None }
            modifiedon Some(true) DateTime { behavior: None, date_format: None }
            createdby Some(true) Lookup { targets: ["systemuser"] }
            modifiedby Some(true) Lookup { targets: ["systemuser"] }
            versionnumber Some(true) BigInt
        "#]],
        ),
        (
            "userquery",
            expect![[r#"
            userqueryid None Uniqueidentifier
            name Some(true) String { max_length: None, format: None }
            description Some(true) Memo { max_length: None, format: None }
            fetchxml Some(true) Memo { max_length: None, format: None }
            layoutxml Some(true) Memo { max_length: None, format: None }
            returnedtypecode Some(true) EntityName
            querytype Some(true) Integer { min: None, max: None, format: None }
            statecode Some(true) State { choice: None, default: None }
            statuscode Some(true) Status { choice: None, default: None }
            ownerid Some(true) Owner { targets: ["systemuser", "team"] }
            owninguser Some(true) Lookup { targets: ["systemuser"] }
            owningteam Some(true) Lookup { targets: ["team"] }
            owningbusinessunit Some(true) Lookup { targets: ["businessunit"] }
            createdon Some(true) DateTime { behavior: None, date_format: None }
            modifiedon Some(true) DateTime { behavior: None, date_format: None }
            createdby Some(true) Lookup { targets: ["systemuser"] }
            modifiedby Some(true) Lookup { targets: ["systemuser"] }
            versionnumber Some(true) BigInt
        "#]],
        ),
        (
            "solutioncomponent",
            expect![[r#"
            solutioncomponentid None Uniqueidentifier
            solutionid Some(true) Lookup { targets: ["solution"] }
            componenttype Some(true) Choice { choice: None, default: None }
            objectid Some(true) Uniqueidentifier
            rootcomponentbehavior Some(true) Choice { choice: None, default: None }
            ismetadata Some(true) Boolean { choice: None, default: None }
            rootsolutioncomponentid Some(true) Uniqueidentifier
            createdon Some(true) DateTime { behavior: None, date_format: None }
            modifiedon Some(true) DateTime { behavior: None, date_format: None }
            createdby Some(true) Lookup { targets: ["systemuser"] }
            modifiedby Some(true) Lookup { targets: ["systemuser"] }
            versionnumber Some(true) BigInt
        "#]],
        ),
        (
            "organization",
            expect![[r#"
            organizationid None Uniqueidentifier
            name Some(true) String { max_length: None, format: None }
            languagecode Some(true) Integer { min: None, max: None, format: None }
            localeid Some(true) Integer { min: None, max: None, format: None }
            basecurrencyid Some(true) Lookup { targets: ["transactioncurrency"] }
            basecurrencysymbol Some(true) String { max_length: None, format: None }
            basecurrencyprecision Some(true) Integer { min: None, max: None, format: None }
            pricingdecimalprecision Some(true) Integer { min: None, max: None, format: None }
            dateformatstring Some(true) String { max_length: None, format: None }
            timeformatstring Some(true) String { max_length: None, format: None }
            fiscalyearstart Some(true) Integer { min: None, max: None, format: None }
            fiscalcalendarstart Some(true) DateTime { behavior: None, date_format: None }
            fiscalperiodtype Some(true) Integer { min: None, max: None, format: None }
            maxuploadfilesize Some(true) Integer { min: None, max: None, format: None }
            isauditenabled Some(true) Boolean { choice: None, default: None }
            expiresubscriptionsindays Some(true) Integer { min: None, max: None, format: None }
            version Some(true) String { max_length: None, format: None }
            createdon Some(true) DateTime { behavior: None, date_format: None }
            modifiedon Some(true) DateTime { behavior: None, date_format: None }
            createdby Some(true) Lookup { targets: ["systemuser"] }
            modifiedby Some(true) Lookup { targets: ["systemuser"] }
            versionnumber Some(true) BigInt
        "#]],
        ),
    ] {
        let expected: Expect = expected;
        expected.assert_eq(&columns(name));
    }
}

#[test]
fn system_tables_are_partial_if_all_tables_of_the_schema_are() {
    let table = |name: &str, partial: bool| {
        let table = Table { logical_name: name.into(), partial, ..Table::default() };
        (name.to_owned(), table)
    };
    for (tables, partial) in [
        (vec![], false),
        (vec![table("a", true)], true),
        (vec![table("a", false)], false),
        (vec![table("a", true), table("b", true)], true),
        (vec![table("a", true), table("b", false)], false),
    ] {
        let schema = Schema { tables: tables.into_iter().collect(), ..Schema::default() };
        let missing = missing_from(&schema);
        assert!(missing.iter().all(|table| table.partial == partial), "{schema:?}");
    }
}

#[test]
fn the_messages_of_a_table_depend_on_its_kind() {
    for (kind, last, count) in [
        (None, "UpsertMultiple", 8),
        (Some(TableKind::Standard), "UpsertMultiple", 8),
        (Some(TableKind::Activity), "UpsertMultiple", 8),
        (Some(TableKind::Elastic), "DeleteMultiple", 9),
        (Some(TableKind::Intersect), "Delete", 5),
        (Some(TableKind::Abstract), "Delete", 5),
        (Some(TableKind::Virtual), "Delete", 5),
    ] {
        let table = Table { kind, ..Table::default() };
        let messages = messages_of(&table);
        assert_eq!((messages.last(), messages.len()), (Some(&last), count), "{kind:?}");
    }
}

#[test]
fn the_prefix_of_a_custom_table_stands_before_its_first_underscore() {
    for (name, custom, expected) in [
        ("new_project", Some(true), Some("new")),
        ("new_project", None, Some("new")),
        ("new_project", Some(false), None),
        ("new_project_task", Some(true), Some("new")),
        ("_project", Some(true), None),
        ("project", Some(true), None),
    ] {
        let table = Table { logical_name: name.into(), custom, ..Table::default() };
        assert_eq!(prefix(&table), expected, "{name} {custom:?}");
    }
}
