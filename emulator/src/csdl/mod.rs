//! Writes `$metadata`: an organisation as a CSDL document, formatted as the service formats it.
//!
//! The document contains every fact that both a schema and CSDL can express, so that importing the document
//! restores these facts: entity types with their bases, properties and navigation properties, alternate keys,
//! entity sets, actions and functions. Inherited properties are not repeated. It contains only columns that
//! are known to be properties, and only keys that are known to be active.
//!
//! Partial tables are omitted, because an entity type has to be complete. The document may refer to types
//! that it does not declare: types of tables that the schema does not contain, and types of operations that
//! no schema contains (`WhoAmIResponse`).

mod model;
mod operations;
mod xml;

use std::fmt::Write as _;

use dvkit_schema::Schema;

use model::{EntityType, Model, Navigation, entity_type};
use xml::escape;

const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:DataServices>
    <Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <EntityType Name="crmbaseentity" Abstract="true" />
      <ComplexType Name="BooleanManagedProperty">
        <Property Name="Value" Type="Edm.Boolean" Nullable="false" />
        <Property Name="CanBeChanged" Type="Edm.Boolean" Nullable="false" />
        <Property Name="ManagedPropertyLogicalName" Type="Edm.String" Unicode="false" />
      </ComplexType>
"#;

const TAIL: &str = "    </Schema>\n  </edmx:DataServices>\n</edmx:Edmx>\n";

/// Returns the `$metadata` document for a schema. The schema must be sorted ([`Schema::sort`]).
///
/// ```
/// use dvkit_schema::{Schema, Table};
///
/// let account = Table { logical_name: "account".into(), entity_set: Some("accounts".into()), ..Table::default() };
/// let schema = Schema { tables: [("account".into(), account)].into(), ..Schema::default() };
/// let document = dvkit_emulator::csdl::write(&schema);
/// assert!(document.contains(r#"<EntitySet Name="accounts" EntityType="Microsoft.Dynamics.CRM.account""#));
/// ```
#[must_use]
pub fn write(schema: &Schema) -> String {
    let model = Model::new(schema);
    let types: Vec<_> = schema.tables.values().filter_map(|table| entity_type(&model, table)).collect();
    let mut out = String::with_capacity(HEAD.len() + schema.tables.len() * 8 * 1024);
    out.push_str(HEAD);
    // Writing to a string cannot fail.
    let _ = types.iter().try_for_each(|ty| write_type(&mut out, ty));
    let _ = schema.operations.iter().try_for_each(|operation| operations::write(&mut out, operation));
    let _ = write_container(&mut out, schema, &types);
    out.push_str(TAIL);
    out
}

fn write_type(out: &mut String, ty: &EntityType<'_>) -> std::fmt::Result {
    let (name, base) = (escape(ty.name), escape(ty.base));
    let is_abstract = if ty.is_abstract { r#" Abstract="true""# } else { "" };
    writeln!(out, r#"      <EntityType Name="{name}" BaseType="mscrm.{base}"{is_abstract}>"#)?;
    if let Some(key) = &ty.key {
        writeln!(out, r#"        <Key><PropertyRef Name="{}" /></Key>"#, escape(key))?;
    }
    for (name, edm) in &ty.properties {
        let facet = match &**edm {
            "Edm.String" => r#" Unicode="false""#,
            "Edm.Decimal" => r#" Scale="Variable""#,
            _ => "",
        };
        writeln!(out, r#"        <Property Name="{}" Type="{}"{facet} />"#, escape(name), escape(edm))?;
    }
    for navigation in &ty.navigations {
        write_navigation(out, navigation)?;
    }
    write_keys(out, &ty.keys)?;
    out.push_str("      </EntityType>\n");
    Ok(())
}

fn write_navigation(out: &mut String, navigation: &Navigation<'_>) -> std::fmt::Result {
    let (name, target) = (escape(navigation.name), escape(navigation.target));
    write!(out, r#"        <NavigationProperty Name="{name}" "#)?;
    if navigation.collection {
        write!(out, r#"Type="Collection(mscrm.{target})""#)?;
    } else {
        // The service says so even of properties that may be null.
        write!(out, r#"Type="mscrm.{target}" Nullable="false""#)?;
    }
    if let Some(partner) = navigation.partner {
        write!(out, r#" Partner="{}""#, escape(partner))?;
    }
    match &navigation.constraint {
        Some((own, other)) => {
            let (own, other) = (escape(own), escape(other));
            writeln!(out, ">")?;
            writeln!(
                out,
                r#"          <ReferentialConstraint Property="{own}" ReferencedProperty="{other}" />"#
            )?;
            writeln!(out, "        </NavigationProperty>")
        }
        None => writeln!(out, " />"),
    }
}

fn write_keys(out: &mut String, keys: &[Vec<String>]) -> std::fmt::Result {
    if keys.is_empty() {
        return Ok(());
    }
    out.push_str(
        "        <Annotation Term=\"OData.Community.Keys.V1.AlternateKeys\">\n          <Collection>\n",
    );
    for key in keys {
        out.push_str("            <Record Type=\"OData.Community.Keys.V1.AlternateKey\">\n");
        out.push_str("              <PropertyValue Property=\"Key\">\n                <Collection>\n");
        for property in key {
            let property = escape(property);
            writeln!(out, "                  <Record Type=\"OData.Community.Keys.V1.PropertyRef\">")?;
            writeln!(out, r#"                    <PropertyValue Property="Alias" String="{property}" />"#)?;
            writeln!(
                out,
                r#"                    <PropertyValue Property="Name" PropertyPath="{property}" />"#
            )?;
            writeln!(out, "                  </Record>")?;
        }
        out.push_str(
            "                </Collection>\n              </PropertyValue>\n            </Record>\n",
        );
    }
    out.push_str("          </Collection>\n        </Annotation>\n");
    Ok(())
}

fn write_container(out: &mut String, schema: &Schema, types: &[EntityType<'_>]) -> std::fmt::Result {
    out.push_str("      <EntityContainer Name=\"System\">\n");
    for ty in types {
        let Some(set) = schema.tables.get(ty.name).and_then(|t| t.entity_set.as_deref()) else { continue };
        writeln!(
            out,
            r#"        <EntitySet Name="{}" EntityType="Microsoft.Dynamics.CRM.{}">"#,
            escape(set),
            escape(ty.name)
        )?;
        for navigation in &ty.navigations {
            let target = schema.tables.get(navigation.target).and_then(|t| t.entity_set.as_deref());
            if let Some(target) = target {
                let (path, target) = (escape(navigation.name), escape(target));
                writeln!(out, r#"          <NavigationPropertyBinding Path="{path}" Target="{target}" />"#)?;
            }
        }
        out.push_str("        </EntitySet>\n");
    }
    operations::write_imports(out, &schema.operations)?;
    out.push_str("      </EntityContainer>\n");
    Ok(())
}

#[cfg(test)]
mod tests;
