//! Everything that a CSDL document states, and what is refused.

use expect_test::expect_file;

use super::*;
use crate::tests::dump;

#[test]
fn each_fact_of_a_csdl_document_is_read() {
    let more = r#"
<EntityType Name="Mixed_Case" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="Mixed_CaseId"/><PropertyRef Name="second"/></Key><Key><PropertyRef Name="third"/></Key>
<Property Name="Mixed_CaseId" Type="Edm.Guid"/><Property Name="statecode" Type="Edm.Int32"/><Property Name="small" Type="Edm.Int16"/><Property Name="stageid" Type="Edm.Guid"/>
<Property Name="__value" Type="Edm.Guid"/><Property Name="flag" Type="Microsoft.Dynamics.CRM.BooleanManagedProperty"/><Property Name="untyped"/><Property Type="Edm.String"/>
<NavigationProperty Name="stageid" Type="mscrm.account"/><NavigationProperty Name="stageid_x" Type="mscrm.team"/><NavigationProperty Name="stageidx" Type="mscrm.team"/>
<NavigationProperty Name="nopartner" Type="Collection(mscrm.account)" Partner=""/><NavigationProperty Name="notype"/><NavigationProperty Type="mscrm.account"/>
<NavigationProperty Name="pairs" Type="Collection(mscrm.account)" Partner="pairs2"/></EntityType>
<EntityType Name="mixed_case" BaseType="mscrm.crmbaseentity"/><EntityType Name="account" BaseType="mscrm.crmbaseentity"/><EntityType/>
<EntityType Name="keyed" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="statecode"/></Key><Property Name="statecode" Type="Edm.Int32"/><Property Name="statuscode" Type="Edm.Int32"/></EntityType>
<EntityType Name="base" BaseType="mscrm.crmbaseentity" Abstract="true"><Key><PropertyRef Name="baseid"/></Key><Property Name="baseid" Type="Edm.Guid"/><Property Name="shared" Type="Edm.String"/>
<NavigationProperty Name="up" Type="mscrm.account" Partner="downs"/><NavigationProperty Name="b" Type="Collection(mscrm.account)"/></EntityType>
<EntityType Name="derived" BaseType="mscrm.base"><Property Name="shared" Type="Edm.Int32"/><NavigationProperty Name="b" Type="mscrm.team"/></EntityType>
<EntityType Name="user2" BaseType="mscrm.principal"><Property Name="user2id" Type="Edm.Guid"/><Property Name="otherid" Type="Edm.Guid"/><Property Name="_x_value" Type="Edm.Guid"/></EntityType>
<EntityType Name="refers" BaseType="mscrm.crmbaseentity"><Property Name="_a_value" Type="Edm.Guid"/><Property Name="_b_value" Type="Edm.Guid"/><Property Name="_c_value" Type="Edm.Guid"/>
<Property Name="_ownerid_value" Type="Edm.Guid"/><Property Name="_principal_value" Type="Edm.Guid"/>
<NavigationProperty Name="a" Type="mscrm.user2"><ReferentialConstraint Property="_a_value" ReferencedProperty="user2id"/></NavigationProperty>
<NavigationProperty Name="b" Type="mscrm.user2"><ReferentialConstraint Property="_b_value" ReferencedProperty="user2id"/></NavigationProperty>
<NavigationProperty Name="c" Type="mscrm.user2"><ReferentialConstraint Property="_c_value" ReferencedProperty="otherid"/></NavigationProperty>
<NavigationProperty Name="principal" Type="mscrm.principal"><ReferentialConstraint Property="_principal_value" ReferencedProperty="ownerid"/></NavigationProperty>
<NavigationProperty Name="a_x" Type="mscrm.account"/></EntityType>
<Annotations Target="mscrm.keyed"><Annotation Term="X.AlternateKeys"><Collection><Record><PropertyValue Property="Key"><Collection><Record>
<PropertyValue Property="Name" String="statuscode"/></Record></Collection></PropertyValue></Record><Record/></Collection></Annotation></Annotations>
<Annotations Target="mscrm.nowhere"/><Term Name="t"/><TypeDefinition Name="d"/><Term Name="u"/>
<Action Name="Act" IsBound="true"><Parameter Name="entity" Type="mscrm.account"/><Parameter Name="n" Type="Edm.Int32" Nullable="false"><Annotation Term="Org.OData.Core.V1.OptionalParameter"/></Parameter>
<Parameter Name="many" Type="Collection(Microsoft.Dynamics.CRM.team)"><Annotation Term="other"/></Parameter><Parameter Name="untyped"/><Parameter Type="Edm.String"/></Action><Action/>
<Function Name="Fun" IsComposable="true"><ReturnType Type="Collection(mscrm.account)" Nullable="false"/></Function><Function Name="Bound" IsBound="true"/>
<EntityContainer Name="More"><FunctionImport Name="f" Function="mscrm.Fun"/><FunctionImport Name="g"/><EntitySet Name="strays" EntityType="mscrm.stray"/>
<EntitySet Name="twice" EntityType="mscrm.account"/><EntitySet Name="nothing"/></EntityContainer>"#;
    let imported = read(&document(&format!("{ACCOUNT}{more}"))).unwrap();
    expect_file!["facts.txt"].assert_eq(&dump(&imported));
}

#[test]
fn a_document_without_a_schema_or_without_types_is_refused() {
    let edmx = |inner: &str| format!("<edmx:Edmx xmlns:edmx='x'>{inner}</edmx:Edmx>");
    for (document, line, column, words) in [
        ("<a/>".to_owned(), 1, 1, "the root element is `a`; expected the Web API's `$metadata`"),
        (edmx(""), 1, 1, "it has no `Schema`; expected"),
        (edmx("<Schema/>"), 1, 1, "it has no `Schema`; expected"),
        (edmx("<DataServices><Other/></DataServices>"), 1, 1, "it has no `Schema`; expected"),
        ("\n <Schema/>".to_owned(), 2, 2, "its schema has no `EntityType`; expected"),
        ("<Schema><EntityType/></Schema>".to_owned(), 1, 1, "its schema has no `EntityType`; expected"),
    ] {
        let error = read(&document).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{document}: {error}");
        assert!(error.message.starts_with(words), "{document}: {error}");
        assert_eq!(error.to_string(), format!("{line}:{column}: {}", error.message));
    }
    let whole = CsdlError { line: 0, column: 0, message: "m".to_owned() };
    assert_eq!(whole.to_string(), "m");
    let two = "<Schema><EntityType Name='a'/></Schema><Schema><EntityType Name='b'/></Schema>";
    let two = read(&edmx(&format!("<DataServices>{two}</DataServices>"))).unwrap();
    assert_eq!(two.skipped[0].count, 2, "the types of both schemas");
    assert!(read("<Schema><EntityType Name='account' BaseType='mscrm.expando'/></Schema>").is_ok());
}

#[test]
fn a_type_has_at_most_fifteen_base_types() {
    for (length, derives) in [(14, true), (15, true), (16, false)] {
        let types: String = (0..length)
            .map(|i| format!("<EntityType Name='t{i}' BaseType='m.t{}'><Property Name='p{i}' Type='Edm.String'/></EntityType>", i + 1))
            .collect();
        let last = format!(
            "<EntityType Name='t{length}' BaseType='m.crmbaseentity'><Property Name='p{length}' Type='Edm.String'/></EntityType>"
        );
        let imported = read(&format!("<Schema>{types}{last}</Schema>")).unwrap();
        let found =
            imported.schema.tables.get("t0").is_some_and(|t| t.column(&format!("p{length}")).is_some());
        assert_eq!(found, derives, "{length}");
    }
}
