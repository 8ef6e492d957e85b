//! Writes operations as `Action` and `Function` elements, and their imports into the container.

use std::fmt::{self, Write as _};

use dvkit_schema::{Operation, OperationKind, ValueType};

use super::xml::escape;

fn element(operation: &Operation) -> &'static str {
    match operation.kind {
        OperationKind::Action => "Action",
        OperationKind::Function => "Function",
    }
}

/// Writes the `Action` or `Function` element of an operation.
pub(super) fn write(out: &mut String, operation: &Operation) -> fmt::Result {
    let (element, name) = (element(operation), escape(&operation.name));
    let bound = if operation.bound { r#" IsBound="true""# } else { "" };
    let composable = if operation.composable { r#" IsComposable="true""# } else { "" };
    if operation.parameters.is_empty() && operation.returns.is_none() {
        return writeln!(out, r#"      <{element} Name="{name}"{bound}{composable} />"#);
    }
    writeln!(out, r#"      <{element} Name="{name}"{bound}{composable}>"#)?;
    for parameter in &operation.parameters {
        write!(out, r#"        <Parameter Name="{}" "#, escape(&parameter.name))?;
        write_type(out, &parameter.value)?;
        if parameter.optional {
            out.push_str(">\n          <Annotation Term=\"Org.OData.Core.V1.OptionalParameter\" />\n");
            out.push_str("        </Parameter>\n");
        } else {
            out.push_str(" />\n");
        }
    }
    if let Some(returns) = &operation.returns {
        out.push_str("        <ReturnType ");
        write_type(out, returns)?;
        out.push_str(" />\n");
    }
    writeln!(out, "      </{element}>")
}

fn write_type(out: &mut String, ty: &ValueType) -> fmt::Result {
    // A type without a namespace is the service's own.
    let own = if ty.name.contains('.') { "" } else { "mscrm." };
    let name = escape(&ty.name);
    match ty.collection {
        true => write!(out, r#"Type="Collection({own}{name})""#)?,
        false => write!(out, r#"Type="{own}{name}""#)?,
    }
    if !ty.nullable {
        out.push_str(r#" Nullable="false""#);
    }
    if ty.name == "Edm.String" {
        out.push_str(r#" Unicode="false""#);
    }
    Ok(())
}

/// Writes the imports of the operations that requests can call by name. Operations with the same name share
/// one import.
pub(super) fn write_imports(out: &mut String, operations: &[Operation]) -> fmt::Result {
    let mut imported: Vec<_> = operations.iter().filter(|o| !o.bound && !o.filter_only).collect();
    imported.dedup_by(|a, b| a.name == b.name && a.kind == b.kind);
    for operation in imported {
        let (element, name) = (element(operation), escape(&operation.name));
        writeln!(
            out,
            r#"        <{element}Import Name="{name}" {element}="Microsoft.Dynamics.CRM.{name}" />"#
        )?;
    }
    Ok(())
}
