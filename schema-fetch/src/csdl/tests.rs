mod facts;

use dvkit_schema::{ColumnType, DateTimeBehavior, Edm, Relationship, Side, Table, TableKind};

use super::*;

/// Returns a CSDL document with these declarations, and with the types that every organisation has.
fn document(declarations: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
<edmx:DataServices><Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="crmbaseentity" Abstract="true" />
<EntityType Name="expando" BaseType="mscrm.crmbaseentity" Abstract="true" OpenType="true" />
<EntityType Name="principal" BaseType="mscrm.crmbaseentity" Abstract="true"><Key><PropertyRef Name="ownerid" /></Key>
  <Property Name="ownerid" Type="Edm.Guid" /></EntityType>
<EntityType Name="systemuser" BaseType="mscrm.principal"><Key><PropertyRef Name="ownerid" /></Key>
  <Property Name="systemuserid" Type="Edm.Guid" /><Property Name="fullname" Type="Edm.String" Unicode="false" /></EntityType>
<EntityType Name="team" BaseType="mscrm.principal"><Property Name="teamid" Type="Edm.Guid" /></EntityType>
<EntityType Name="crmmodelbaseentity" Abstract="true" />
<EntityType Name="MetadataBase" BaseType="mscrm.crmmodelbaseentity" Abstract="true"><Property Name="MetadataId" Type="Edm.Guid" /></EntityType>
<EntityType Name="EntityMetadata" BaseType="mscrm.MetadataBase"><Property Name="LogicalName" Type="Edm.String" /></EntityType>
{declarations}
<ComplexType Name="Label" /><EnumType Name="AccessType" /><Action Name="Merge" /><Function Name="WhoAmI" /><Function Name="In" />
<EntityContainer Name="System">
  <EntitySet Name="systemusers" EntityType="Microsoft.Dynamics.CRM.systemuser"><NavigationPropertyBinding Path="x" Target="y" /></EntitySet>
  <EntitySet Name="teams" EntityType="Microsoft.Dynamics.CRM.team" />
  <EntitySet Name="accounts" EntityType="Microsoft.Dynamics.CRM.account" />
  <EntitySet Name="activitypointers" EntityType="Microsoft.Dynamics.CRM.activitypointer" />
  <EntitySet Name="emails" EntityType="mscrm.email" />
  <EntitySet Name="EntityDefinitions" EntityType="Microsoft.Dynamics.CRM.EntityMetadata" />
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"#
    )
}

const ACCOUNT: &str = r#"<EntityType Name="account" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="accountid" /></Key>
<Property Name="accountid" Type="Edm.Guid" /><Property Name="name" Type="Edm.String" Unicode="false" />
<Property Name="revenue" Type="Edm.Decimal" Scale="Variable" /><Property Name="rank" Type="Edm.Int32" />
<Property Name="statecode" Type="Edm.Int32" /><Property Name="statuscode" Type="Edm.Int32" />
<Property Name="day" Type="Edm.Date" /><Property Name="createdon" Type="Edm.DateTimeOffset" />
<Property Name="versionnumber" Type="Edm.Int64" /><Property Name="lat" Type="Edm.Double" /><Property Name="vip" Type="Edm.Boolean" />
<Property Name="entityimage" Type="Edm.Binary" /><Property Name="processid" Type="Edm.Guid" />
<Property Name="iscustomizable" Type="mscrm.BooleanManagedProperty" /><Property Name="odd" Type="Collection(Edm.String)" />
<Property Name="new_MixedCase" Type="Edm.String" /><Property Name="_New_shipId_value" Type="Edm.Guid" />
<Property Name="_ownerid_value" Type="Edm.Guid" /><Property Name="_parentaccountid_value" Type="Edm.Guid" />
<Property Name="_lonely_value" Type="Edm.Guid" /><Property Name="_text_value" Type="Edm.String" />
<NavigationProperty Name="ownerid" Type="mscrm.principal" Nullable="false" Partner="owner_accounts"><ReferentialConstraint Property="_ownerid_value" ReferencedProperty="ownerid" /></NavigationProperty>
<NavigationProperty Name="parentaccountid" Type="mscrm.account" Nullable="false" Partner="account_parent_account"><ReferentialConstraint Property="_parentaccountid_value" ReferencedProperty="accountid" /></NavigationProperty>
<NavigationProperty Name="account_parent_account" Type="Collection(mscrm.account)" Partner="parentaccountid" />
<NavigationProperty Name="new_account_team" Type="Collection(mscrm.team)" Partner="new_account_team" />
<NavigationProperty Name="Account_Emails" Type="Collection(mscrm.email)" Partner="regardingobjectid_account_email" />
<NavigationProperty Name="New_ShipId" Type="mscrm.systemuser" Partner="ships"><ReferentialConstraint Property="_New_shipId_value" ReferencedProperty="systemuserid" /></NavigationProperty>
<NavigationProperty Name="lost" Type="Collection(mscrm.nowhere)" Partner="lost_account" />
<Annotation Term="Keys.AlternateKeys"><Collection>
 <Record Type="Keys.AlternateKey"><PropertyValue Property="Key"><Collection>
  <Record Type="Keys.PropertyRef"><PropertyValue Property="Alias" String="name" /><PropertyValue Property="Name" PropertyPath="name" /></Record>
  <Record Type="Keys.PropertyRef"><PropertyValue Property="Alias" String="p" /><PropertyValue Property="Name" PropertyPath="_parentaccountid_value" /></Record>
 </Collection></PropertyValue></Record></Collection></Annotation>
<Annotation Term="Org.OData.Core.V1.Description" String="x" />
</EntityType>
<EntityType Name="activitypointer" BaseType="mscrm.crmbaseentity" Abstract="true"><Key><PropertyRef Name="activityid" /></Key>
<Property Name="activityid" Type="Edm.Guid" /><Property Name="subject" Type="Edm.String" />
<Property Name="_regardingobjectid_value" Type="Edm.Guid" /><Property Name="_regarding_value" Type="Edm.Guid" />
<NavigationProperty Name="regardingobjectid_account" Type="mscrm.account" Partner="x"><ReferentialConstraint Property="_regardingobjectid_value" ReferencedProperty="accountid" /></NavigationProperty>
</EntityType>
<EntityType Name="email" BaseType="mscrm.activitypointer"><Property Name="sender" Type="Edm.String" />
<NavigationProperty Name="regardingobjectid_account_email" Type="mscrm.account" Nullable="false" Partner="Account_Emails" />
<NavigationProperty Name="regardingobjectidx" Type="mscrm.team" />
</EntityType>
<EntityType Name="bin" BaseType="mscrm.expando"><Property Name="binid" Type="Edm.Guid" />
<Annotation Term="OData.Community.Keys.V1.AlternateKeys"><Collection><Record><PropertyValue Property="Key"><Collection><Record>
<PropertyValue Property="Name" PropertyPath="binid" /></Record></Collection></PropertyValue></Record></Collection></Annotation></EntityType>
<EntityType Name="stray"><Property Name="x" Type="Edm.String" /></EntityType>"#;

fn imported() -> ImportedSchema {
    read(&document(ACCOUNT)).unwrap_or_else(|e| panic!("{e}"))
}

fn ty(table: &Table, column: &str) -> ColumnType {
    table.column(column).unwrap_or_else(|| panic!("{column}")).ty.clone()
}

#[test]
fn entity_types_with_rows_become_tables() {
    let imported = imported();
    let tables = &imported.schema.tables;
    let names: Vec<_> = tables.keys().map(String::as_str).collect();
    assert_eq!(names, ["account", "activitypointer", "bin", "email", "principal", "systemuser", "team"]);
    assert_eq!(tables["account"].entity_set.as_deref(), Some("accounts"));
    assert_eq!(tables["account"].base, None);
    assert_eq!(tables["email"].base.as_deref(), Some("activitypointer"));
    assert_eq!(tables["email"].entity_set.as_deref(), Some("emails"));
    assert_eq!(tables["email"].kind, Some(TableKind::Activity));
    assert_eq!(tables["activitypointer"].kind, Some(TableKind::Activity), "it has an entity set");
    assert_eq!(tables["principal"].kind, Some(TableKind::Abstract));
    assert_eq!(tables["email"].primary_id.as_deref(), Some("activityid"));
    assert_eq!(tables["systemuser"].primary_id.as_deref(), Some("systemuserid"), "what lookups refer to");
    assert_eq!(tables["team"].primary_id, None, "nothing says");
    let skipped: Vec<_> = imported.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        [
            "3 entity types (they describe metadata itself)",
            "2 entity types (abstract roots without properties)",
            "1 entity types (no entity set, and no base type of tables)",
            "1 complex types (no part of the model)",
            "1 enum types (no part of the model)",
        ]
    );
}

#[test]
fn columns_have_only_types_that_are_certain() {
    let imported = imported();
    let account = &imported.schema.tables["account"];
    let lookup =
        |targets: &[&str]| ColumnType::Lookup { targets: targets.iter().map(|t| (*t).to_owned()).collect() };
    for (name, expected) in [
        ("accountid", ColumnType::Uniqueidentifier),
        ("processid", ColumnType::Uniqueidentifier),
        ("name", ColumnType::Edm { edm: Edm::String }),
        ("revenue", ColumnType::Edm { edm: Edm::Decimal }),
        ("rank", ColumnType::Edm { edm: Edm::Int32 }),
        ("entityimage", ColumnType::Edm { edm: Edm::Binary }),
        ("statecode", ColumnType::State { choice: None, default: None }),
        ("statuscode", ColumnType::Status { choice: None, default: None }),
        ("day", ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), date_format: None }),
        ("createdon", ColumnType::DateTime { behavior: None, date_format: None }),
        ("versionnumber", ColumnType::BigInt),
        ("lat", ColumnType::Double { min: None, max: None, precision: None }),
        ("vip", ColumnType::Boolean { choice: None, default: None }),
        ("iscustomizable", ColumnType::ManagedProperty),
        ("odd", ColumnType::Other { name: "Collection(Edm.String)".into() }),
        ("ownerid", ColumnType::Owner { targets: vec!["systemuser".into(), "team".into()] }),
        ("parentaccountid", lookup(&["account"])),
        ("lonely", lookup(&[])),
        ("new_shipid", lookup(&["systemuser"])),
        ("_text_value", ColumnType::Edm { edm: Edm::String }),
    ] {
        assert_eq!(ty(account, name), expected, "{name}");
    }
    assert!(account.columns.iter().all(|c| c.odata == Some(true) && c.inherited.is_none()));
    for (property, column) in [
        ("new_MixedCase", "new_mixedcase"),
        ("_New_shipId_value", "new_shipid"),
        ("_parentaccountid_value", "parentaccountid"),
        ("name", "name"),
    ] {
        let found = account.property(property).unwrap_or_else(|| panic!("{property}"));
        assert_eq!((found.logical_name.as_str(), found.property_name().as_ref()), (column, property));
    }
    let email = &imported.schema.tables["email"];
    assert_eq!(email.column("subject").unwrap().inherited.as_deref(), Some("activitypointer"));
    assert_eq!(email.column("sender").unwrap().inherited, None);
    assert_eq!(ty(email, "regardingobjectid"), lookup(&["account"]));
}

#[test]
fn navigation_properties_become_relationships() {
    let imported = imported();
    let nav = |table: &str, name: &str| -> Relationship {
        imported.schema.tables[table].navigation(name).unwrap_or_else(|| panic!("{name}")).clone()
    };
    let ends = |r: &Relationship| (r.side, r.table.clone(), r.column.clone(), r.referenced.clone());
    let s = |t: &str| Some(t.to_owned());
    assert_eq!(
        ends(&nav("account", "ownerid")),
        (Side::ManyToOne, "principal".into(), s("ownerid"), s("ownerid"))
    );
    let up = nav("account", "parentaccountid");
    assert_eq!(ends(&up), (Side::ManyToOne, "account".into(), s("parentaccountid"), s("accountid")));
    let down = nav("account", "account_parent_account");
    assert_eq!(ends(&down), (Side::OneToMany, "account".into(), s("parentaccountid"), s("accountid")));
    assert_eq!(down.partner.as_deref(), Some("parentaccountid"));
    assert_eq!(ends(&nav("account", "new_account_team")), (Side::ManyToMany, "team".into(), None, None));
    // Inherited by the activity, and without a constraint of its own on it.
    let inherited = nav("email", "regardingobjectid_account");
    assert_eq!(ends(&inherited), (Side::ManyToOne, "account".into(), s("regardingobjectid"), s("accountid")));
    let inferred = nav("email", "regardingobjectid_account_email");
    assert_eq!(ends(&inferred), (Side::ManyToOne, "account".into(), s("regardingobjectid"), None));
    assert_eq!(
        ends(&nav("account", "Account_Emails")),
        (Side::OneToMany, "email".into(), s("regardingobjectid"), None)
    );
    assert_eq!(nav("email", "regardingobjectidx").column, None, "only a whole word is a column's name");
    assert_eq!(ends(&nav("account", "lost")), (Side::OneToMany, "nowhere".into(), None, None));
}

#[test]
fn alternate_keys_are_read_from_both_terms() {
    let imported = imported();
    let key = &imported.schema.tables["account"].keys[0];
    assert_eq!(
        (key.name.as_str(), &key.columns[..]),
        ("name_parentaccountid", &["name".into(), "parentaccountid".into()][..])
    );
    assert_eq!(imported.schema.tables["bin"].keys[0].columns, ["binid"]);
}

#[test]
fn hostile_and_foreign_documents_are_refused() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><edmx:Edmx>&b;</edmx:Edmx>";
    assert!(read(bomb).unwrap_err().message.contains("document type definition"));
    let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    let error = read(&deep).unwrap_err();
    assert_eq!((error.line, error.column), (1, 193), "{error}");
    let error = read(&format!("<Edmx>\n{}", "<a b='>' c=\"/\">".repeat(100))).unwrap_err();
    assert!(error.line == 2 && error.message.contains("deep"), "{error}");
    for (xml, words) in [
        ("", "root node"),
        ("<rss version='2.0'/>", "`rss`"),
        ("<edmx:Edmx xmlns:edmx='e'/>", "no `Schema`"),
        ("<Schema/>", "no `EntityType`"),
        ("<Edmx><DataServices></Edmx>", "expected"),
        ("<Edmx><a b=c/></Edmx>", "expected"),
        ("<Edmx>&undefined;</Edmx>", "undefined"),
    ] {
        let error = read(xml).unwrap_err();
        assert!(error.message.contains(words) && error.message.contains("$metadata"), "{xml}: {error}");
    }
    // A truncated document is an error, never a smaller organisation.
    let whole = document(ACCOUNT);
    for end in (1..whole.len()).step_by(97) {
        let error = read(&whole[..end]).unwrap_err();
        assert!(error.message.contains("expected"), "{end}: {error}");
    }
}

#[test]
fn circular_and_missing_base_types_do_not_hang() {
    let circle = r#"<EntityType Name="a" BaseType="mscrm.b"><Property Name="x" Type="Edm.Int32" /></EntityType>
        <EntityType Name="b" BaseType="mscrm.a" /><EntityType Name="c" BaseType="mscrm.gone" /><EntityType />
        <EntityType Name="account" BaseType="mscrm.account"><NavigationProperty Name="n" Type="mscrm.account" Partner="n" /></EntityType>"#;
    let imported = read(&document(circle)).unwrap();
    assert!(imported.schema.tables.contains_key("account"));
}

#[test]
fn operations_are_read_with_parameters_and_return_types() {
    let imported = read(&document(&format!(
        r#"{ACCOUNT}
<Function Name="Open" IsBound="true" IsComposable="true"><Parameter Name="entities" Type="Collection(mscrm.account)" Nullable="false" />
 <Parameter Name="Age" Type="Edm.Int32"><Annotation Term="Org.OData.Core.V1.OptionalParameter" /></Parameter>
 <ReturnType Type="Collection(Microsoft.Dynamics.CRM.account)" Nullable="false" /></Function>
<Action Name="Send"><Parameter Name="Text" Type="Edm.String" Unicode="false" /></Action>
<EntityContainer Name="Other"><FunctionImport Name="WhoAmI" Function="Microsoft.Dynamics.CRM.WhoAmI" /></EntityContainer>"#
    )))
    .unwrap();
    let lines: Vec<_> =
        imported.schema.operations.iter().map(|o| serde_json::to_string(o).unwrap()).collect();
    expect_test::expect![[r#"
        {"name":"In","kind":"function","filter_only":true}
        {"name":"Merge","kind":"action"}
        {"name":"Open","kind":"function","bound":true,"composable":true,"parameters":[{"name":"entities","type":"account","collection":true},{"name":"Age","type":"Edm.Int32","nullable":true,"optional":true}],"returns":{"type":"account","collection":true}}
        {"name":"Send","kind":"action","parameters":[{"name":"Text","type":"Edm.String","nullable":true}]}
        {"name":"WhoAmI","kind":"function"}"#]].assert_eq(&lines.join("\n"));
}
