use dvkit_schema::{Column, ColumnType, Edm, Key, Relationship, Schema, Side, Table};
use expect_test::expect;

use super::*;

#[test]
fn names_are_escaped() {
    let relationship = Relationship {
        navigation: Some("a\"b<&>".into()),
        side: Side::ManyToOne,
        table: "account".into(),
        column: None,
        referenced: None,
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: None,
        hierarchical: None,
        cascade: None,
    };
    let table =
        Table { logical_name: "account".into(), relationships: vec![relationship], ..Table::default() };
    let schema = Schema { tables: [("account".into(), table)].into(), ..Schema::default() };
    assert!(write(&schema).contains(r#"Name="a&quot;b&lt;&amp;&gt;""#));
    assert_eq!(escape("a\0b\tc"), "a\u{fffd}b&#9;c");
}

#[test]
fn the_document_contains_only_known_properties_and_active_keys() {
    let column =
        |name: &str, odata| Column { odata, ..Column::new(name, ColumnType::Edm { edm: Edm::String }) };
    let key = |name: &str, status: Option<&str>| Key {
        name: name.into(),
        schema_name: None,
        columns: vec![name.into()],
        status: status.map(str::to_owned),
    };
    let table = Table {
        logical_name: "account".into(),
        columns: vec![column("a", Some(true)), column("b", Some(false)), column("c", None)],
        keys: vec![key("a", Some("Active")), key("b", Some("Pending")), key("c", None)],
        ..Table::default()
    };
    let schema = Schema { tables: [("account".into(), table)].into(), ..Schema::default() };
    let document = write(&schema);
    assert!(document.contains(r#"<Property Name="a" Type="Edm.String""#));
    assert!(!document.contains(r#"Name="b""#) && !document.contains(r#"Name="c""#));
    assert_eq!(document.matches("PropertyPath").count(), 1);
}

/// Returns a sorted schema with these tables and operations.
fn schema(tables: serde_json::Value, operations: serde_json::Value) -> Schema {
    let tables: Vec<Table> = serde_json::from_value(tables).unwrap();
    let mut schema = Schema {
        tables: tables.into_iter().map(|table| (table.logical_name.clone(), table)).collect(),
        operations: serde_json::from_value(operations).unwrap(),
        ..Schema::default()
    };
    schema.sort();
    schema
}

/// Returns the lines of the document for a schema, without those that are the same for every schema and without
/// their common indentation.
fn document(schema: &Schema) -> String {
    let document = write(schema);
    let lines = document.strip_prefix(HEAD).unwrap().strip_suffix(TAIL).unwrap().lines();
    lines.map(|line| format!("{}\n", line.strip_prefix("      ").unwrap())).collect()
}

#[test]
fn properties_have_the_facets_of_their_types() {
    let schema = schema(
        serde_json::json!([{
            "logical_name": "new_all",
            "primary_id": "new_allid",
            "columns": [
                { "logical_name": "a_string", "type": "string", "odata": true },
                { "logical_name": "b_memo", "type": "memo", "odata": true },
                { "logical_name": "c_integer", "type": "integer", "odata": true },
                { "logical_name": "d_bigint", "type": "big_int", "odata": true },
                { "logical_name": "e_decimal", "type": "decimal", "odata": true },
                { "logical_name": "f_double", "type": "double", "odata": true },
                { "logical_name": "g_money", "type": "money", "odata": true },
                { "logical_name": "h_lookup", "type": "lookup", "targets": ["account"], "odata": true },
                { "logical_name": "i_named", "type": "lookup", "property": "iNamed", "odata": true },
                { "logical_name": "j_managed", "type": "managed_property", "odata": true },
                { "logical_name": "k_image", "type": "image", "odata": true },
                { "logical_name": "l_other", "type": "other", "name": "mscrm.Strange", "odata": true },
                { "logical_name": "m_unknown", "type": "other", "name": "StrangeType", "odata": true },
                { "logical_name": "n_edm", "type": "edm", "edm": "Date", "odata": true },
                { "logical_name": "new_allid", "type": "uniqueidentifier", "odata": true },
                { "logical_name": "o_hidden", "type": "string", "odata": false },
                { "logical_name": "p_unsaid", "type": "string" },
            ],
        }]),
        serde_json::json!([]),
    );
    expect![[r#"
              <EntityType Name="new_all" BaseType="mscrm.crmbaseentity">
                <Key><PropertyRef Name="new_allid" /></Key>
                <Property Name="a_string" Type="Edm.String" Unicode="false" />
                <Property Name="b_memo" Type="Edm.String" Unicode="false" />
                <Property Name="c_integer" Type="Edm.Int32" />
                <Property Name="d_bigint" Type="Edm.Int64" />
                <Property Name="e_decimal" Type="Edm.Decimal" Scale="Variable" />
                <Property Name="f_double" Type="Edm.Double" />
                <Property Name="g_money" Type="Edm.Decimal" Scale="Variable" />
                <Property Name="_h_lookup_value" Type="Edm.Guid" />
                <Property Name="iNamed" Type="Edm.Guid" />
                <Property Name="j_managed" Type="mscrm.BooleanManagedProperty" />
                <Property Name="k_image" Type="Edm.Binary" />
                <Property Name="l_other" Type="mscrm.Strange" />
                <Property Name="n_edm" Type="Edm.Date" />
                <Property Name="new_allid" Type="Edm.Guid" />
              </EntityType>
              <EntityContainer Name="System">
              </EntityContainer>
    "#]]
    .assert_eq(&document(&schema));
}

#[test]
fn what_a_base_type_has_is_not_repeated_unless_it_differs() {
    let column = |name: &str, ty: &str, from: Option<&str>| serde_json::json!({ "logical_name": name, "type": ty, "odata": true, "inherited": from });
    let key =
        |name: &str, status: &str| serde_json::json!({ "name": name, "columns": [name], "status": status });
    let lookup = |navigation: &str, column: &str, table: &str, referenced: &str| {
        serde_json::json!({
            "navigation": navigation, "side": "many_to_one", "table": table, "column": column, "referenced": referenced,
        })
    };
    let schema = schema(
        serde_json::json!([
            {
                "logical_name": "activitypointer", "kind": "abstract", "primary_id": "activityid",
                "entity_set": "activitypointers",
                "columns": [
                    column("activityid", "uniqueidentifier", None), column("same", "string", None),
                    column("differs", "string", None),
                ],
                "keys": [key("same", "Active")],
                "relationships": [lookup("a", "aid", "other", "otherid"), lookup("b", "bid", "other", "otherid")],
            },
            {
                "logical_name": "task", "base": "activitypointer", "primary_id": "activityid", "entity_set": "tasks",
                "columns": [
                    column("activityid", "uniqueidentifier", Some("activitypointer")),
                    column("same", "string", Some("activitypointer")),
                    column("differs", "integer", Some("activitypointer")),
                    column("own", "double", None),
                    column("stranger", "double", Some("unknown")),
                ],
                "keys": [key("same", "Active"), key("own", "Active"), key("stranger", "Failed")],
                "relationships": [lookup("a", "aid", "other", "otherid"), lookup("b", "bid", "other", "number")],
            },
            { "logical_name": "team", "base": "principal", "primary_id": "teamid", "entity_set": "teams" },
            { "logical_name": "child", "base": "task", "primary_id": "childid" },
            { "logical_name": "loop", "base": "loop", "primary_id": "loopid" },
            { "logical_name": "missing", "base": "nowhere", "primary_id": "missingid" },
            { "logical_name": "half", "partial": true, "entity_set": "halves" },
        ]),
        serde_json::json!([]),
    );
    expect![[r#"
              <EntityType Name="activitypointer" BaseType="mscrm.crmbaseentity" Abstract="true">
                <Key><PropertyRef Name="activityid" /></Key>
                <Property Name="activityid" Type="Edm.Guid" />
                <Property Name="differs" Type="Edm.String" Unicode="false" />
                <Property Name="same" Type="Edm.String" Unicode="false" />
                <NavigationProperty Name="a" Type="mscrm.other" Nullable="false">
                  <ReferentialConstraint Property="_aid_value" ReferencedProperty="otherid" />
                </NavigationProperty>
                <NavigationProperty Name="b" Type="mscrm.other" Nullable="false">
                  <ReferentialConstraint Property="_bid_value" ReferencedProperty="otherid" />
                </NavigationProperty>
                <Annotation Term="OData.Community.Keys.V1.AlternateKeys">
                  <Collection>
                    <Record Type="OData.Community.Keys.V1.AlternateKey">
                      <PropertyValue Property="Key">
                        <Collection>
                          <Record Type="OData.Community.Keys.V1.PropertyRef">
                            <PropertyValue Property="Alias" String="same" />
                            <PropertyValue Property="Name" PropertyPath="same" />
                          </Record>
                        </Collection>
                      </PropertyValue>
                    </Record>
                  </Collection>
                </Annotation>
              </EntityType>
              <EntityType Name="child" BaseType="mscrm.task">
                <Key><PropertyRef Name="childid" /></Key>
              </EntityType>
              <EntityType Name="loop" BaseType="mscrm.loop">
                <Key><PropertyRef Name="loopid" /></Key>
              </EntityType>
              <EntityType Name="missing" BaseType="mscrm.nowhere">
                <Key><PropertyRef Name="missingid" /></Key>
              </EntityType>
              <EntityType Name="task" BaseType="mscrm.activitypointer">
                <Property Name="differs" Type="Edm.Int32" />
                <Property Name="own" Type="Edm.Double" />
                <Property Name="stranger" Type="Edm.Double" />
                <NavigationProperty Name="b" Type="mscrm.other" Nullable="false">
                  <ReferentialConstraint Property="_bid_value" ReferencedProperty="number" />
                </NavigationProperty>
                <Annotation Term="OData.Community.Keys.V1.AlternateKeys">
                  <Collection>
                    <Record Type="OData.Community.Keys.V1.AlternateKey">
                      <PropertyValue Property="Key">
                        <Collection>
                          <Record Type="OData.Community.Keys.V1.PropertyRef">
                            <PropertyValue Property="Alias" String="own" />
                            <PropertyValue Property="Name" PropertyPath="own" />
                          </Record>
                        </Collection>
                      </PropertyValue>
                    </Record>
                  </Collection>
                </Annotation>
              </EntityType>
              <EntityType Name="team" BaseType="mscrm.principal">
              </EntityType>
              <EntityContainer Name="System">
                <EntitySet Name="activitypointers" EntityType="Microsoft.Dynamics.CRM.activitypointer">
                </EntitySet>
                <EntitySet Name="tasks" EntityType="Microsoft.Dynamics.CRM.task">
                </EntitySet>
                <EntitySet Name="teams" EntityType="Microsoft.Dynamics.CRM.team">
                </EntitySet>
              </EntityContainer>
    "#]]
    .assert_eq(&document(&schema));
}

#[test]
fn a_navigation_property_is_written_if_its_side_can_be_told() {
    let one = |navigation: &str, side: &str, table: &str, more: serde_json::Value| {
        let mut relationship = serde_json::json!({ "navigation": navigation, "side": side, "table": table });
        relationship.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        relationship
    };
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let schema = schema(
        serde_json::json!([
            {
                "logical_name": "a", "entity_set": "as", "primary_id": "aid",
                "columns": [
                    { "logical_name": "bid", "type": "lookup", "odata": true },
                    { "logical_name": "cid", "type": "lookup", "odata": true, "property": "CId" },
                ],
                "relationships": [
                    one("b", "many_to_one", "b", json(r#"{"column": "bid", "referenced": "bid", "partner": "a_b"}"#)),
                    one("c", "many_to_one", "c", json(r#"{"column": "cid", "referenced": "cid", "partner": "a_c"}"#)),
                    one("d", "many_to_one", "unknown", json(r#"{"column": "did", "referenced": "did"}"#)),
                    one("e", "many_to_one", "half", json(r#"{"column": "eid", "referenced": "eid"}"#)),
                    one("f", "many_to_one", "b", json(r#"{"column": "fid"}"#)),
                    one("g", "many_to_one", "b", json(r#"{"column": "gid", "referenced": "bid", "partner": "unsaid"}"#)),
                    one("ownerid", "many_to_one", "owner", json(r#"{"column": "ownerid", "referenced": "ownerid"}"#)),
                    one("many", "many_to_many", "b", json(r#"{"partner": "many"}"#)),
                    one("alone", "many_to_many", "unknown", json(r#"{"partner": "alone"}"#)),
                    one("lost", "many_to_many", "unknown", json(r#"{"partner": "other"}"#)),
                    one("wrong", "many_to_many", "b", json(r#"{"partner": "backwards"}"#)),
                    one("same", "one_to_many", "unknown", json(r#"{"partner": "same"}"#)),
                    one("kept", "one_to_many", "unknown", json(r#"{"partner": "other"}"#)),
                    one("single", "one_to_many", "b", json(r#"{"partner": "backwards"}"#)),
                    one("several", "one_to_many", "b", json(r#"{"partner": "many"}"#)),
                    json(r#"{"side": "one_to_many", "table": "b", "partner": "x"}"#),
                ],
            },
            {
                "logical_name": "b", "entity_set": "bs", "primary_id": "bid",
                "columns": [{ "logical_name": "bid", "type": "uniqueidentifier", "odata": true, "property": "BId" }],
                "relationships": [
                    one("a_b", "one_to_many", "a", json(r#"{"partner": "b", "referenced": "bid"}"#)),
                    one("unsaid", "one_to_many", "a", json(r#"{"partner": "g"}"#)),
                    one("many", "many_to_many", "a", json(r#"{"partner": "many"}"#)),
                    one("backwards", "many_to_one", "a", json(r#"{"partner": "single"}"#)),
                ],
            },
            { "logical_name": "c", "primary_id": "cid" },
            { "logical_name": "half", "partial": true, "entity_set": "halves" },
        ]),
        serde_json::json!([]),
    );
    expect![[r#"
              <EntityType Name="a" BaseType="mscrm.crmbaseentity">
                <Key><PropertyRef Name="aid" /></Key>
                <Property Name="_bid_value" Type="Edm.Guid" />
                <Property Name="CId" Type="Edm.Guid" />
                <NavigationProperty Name="alone" Type="Collection(mscrm.unknown)" Partner="alone" />
                <NavigationProperty Name="b" Type="mscrm.b" Nullable="false" Partner="a_b">
                  <ReferentialConstraint Property="_bid_value" ReferencedProperty="BId" />
                </NavigationProperty>
                <NavigationProperty Name="c" Type="mscrm.c" Nullable="false" Partner="a_c">
                  <ReferentialConstraint Property="CId" ReferencedProperty="cid" />
                </NavigationProperty>
                <NavigationProperty Name="d" Type="mscrm.unknown" Nullable="false">
                  <ReferentialConstraint Property="_did_value" ReferencedProperty="did" />
                </NavigationProperty>
                <NavigationProperty Name="e" Type="mscrm.half" Nullable="false">
                  <ReferentialConstraint Property="_eid_value" ReferencedProperty="eid" />
                </NavigationProperty>
                <NavigationProperty Name="f" Type="mscrm.b" Nullable="false" />
                <NavigationProperty Name="g" Type="mscrm.b" Nullable="false" Partner="unsaid" />
                <NavigationProperty Name="kept" Type="Collection(mscrm.unknown)" Partner="other" />
                <NavigationProperty Name="many" Type="Collection(mscrm.b)" Partner="many" />
                <NavigationProperty Name="single" Type="Collection(mscrm.b)" Partner="backwards" />
              </EntityType>
              <EntityType Name="b" BaseType="mscrm.crmbaseentity">
                <Key><PropertyRef Name="BId" /></Key>
                <Property Name="BId" Type="Edm.Guid" />
                <NavigationProperty Name="a_b" Type="Collection(mscrm.a)" Partner="b" />
                <NavigationProperty Name="backwards" Type="mscrm.a" Nullable="false" Partner="single" />
                <NavigationProperty Name="many" Type="Collection(mscrm.a)" Partner="many" />
                <NavigationProperty Name="unsaid" Type="Collection(mscrm.a)" Partner="g" />
              </EntityType>
              <EntityType Name="c" BaseType="mscrm.crmbaseentity">
                <Key><PropertyRef Name="cid" /></Key>
              </EntityType>
              <EntityContainer Name="System">
                <EntitySet Name="as" EntityType="Microsoft.Dynamics.CRM.a">
                  <NavigationPropertyBinding Path="b" Target="bs" />
                  <NavigationPropertyBinding Path="e" Target="halves" />
                  <NavigationPropertyBinding Path="f" Target="bs" />
                  <NavigationPropertyBinding Path="g" Target="bs" />
                  <NavigationPropertyBinding Path="many" Target="bs" />
                  <NavigationPropertyBinding Path="single" Target="bs" />
                </EntitySet>
                <EntitySet Name="bs" EntityType="Microsoft.Dynamics.CRM.b">
                  <NavigationPropertyBinding Path="a_b" Target="as" />
                  <NavigationPropertyBinding Path="backwards" Target="as" />
                  <NavigationPropertyBinding Path="many" Target="as" />
                  <NavigationPropertyBinding Path="unsaid" Target="as" />
                </EntitySet>
              </EntityContainer>
    "#]]
    .assert_eq(&document(&schema));
}

#[test]
fn operations_have_their_parameters_and_share_an_import_by_name() {
    let schema = schema(
        serde_json::json!([]),
        serde_json::json!([
            { "name": "Plain", "kind": "action" },
            {
                "name": "Bound", "kind": "action", "bound": true,
                "parameters": [{ "name": "entity", "type": "account" }],
            },
            {
                "name": "Search", "kind": "function", "composable": true,
                "parameters": [
                    { "name": "Text", "type": "Edm.String" },
                    { "name": "Ids", "type": "Edm.Guid", "collection": true, "nullable": true, "optional": true },
                    { "name": "Note", "type": "Edm.String", "collection": true, "nullable": true },
                ],
                "returns": { "type": "crmbaseentity", "collection": true, "nullable": true },
            },
            { "name": "Search", "kind": "function", "returns": { "type": "Edm.String" } },
            { "name": "Search", "kind": "action" },
            { "name": "In", "kind": "function", "filter_only": true, "returns": { "type": "Edm.Boolean" } },
            { "name": "A\"<", "kind": "function", "returns": { "type": "Answer" } },
        ]),
    );
    expect![[r#"
              <Function Name="A&quot;&lt;">
                <ReturnType Type="mscrm.Answer" Nullable="false" />
              </Function>
              <Action Name="Bound" IsBound="true">
                <Parameter Name="entity" Type="mscrm.account" Nullable="false" />
              </Action>
              <Function Name="In">
                <ReturnType Type="Edm.Boolean" Nullable="false" />
              </Function>
              <Action Name="Plain" />
              <Action Name="Search" />
              <Function Name="Search">
                <ReturnType Type="Edm.String" Nullable="false" Unicode="false" />
              </Function>
              <Function Name="Search" IsComposable="true">
                <Parameter Name="Text" Type="Edm.String" Nullable="false" Unicode="false" />
                <Parameter Name="Ids" Type="Collection(Edm.Guid)">
                  <Annotation Term="Org.OData.Core.V1.OptionalParameter" />
                </Parameter>
                <Parameter Name="Note" Type="Collection(Edm.String)" Unicode="false" />
                <ReturnType Type="Collection(mscrm.crmbaseentity)" />
              </Function>
              <EntityContainer Name="System">
                <FunctionImport Name="A&quot;&lt;" Function="Microsoft.Dynamics.CRM.A&quot;&lt;" />
                <ActionImport Name="Plain" Action="Microsoft.Dynamics.CRM.Plain" />
                <ActionImport Name="Search" Action="Microsoft.Dynamics.CRM.Search" />
                <FunctionImport Name="Search" Function="Microsoft.Dynamics.CRM.Search" />
              </EntityContainer>
    "#]]
    .assert_eq(&document(&schema));
}
