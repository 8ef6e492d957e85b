//! Reads the `Action` and `Function` elements of a CSDL document into operations, for `document`.

use dvkit_schema::{Operation, OperationKind, Parameter, ValueType};
use roxmltree::Node;

use crate::xml::elements;

/// The two prefixes of names in the service's namespace: the alias and the full name of the namespace.
const NAMESPACES: [&str; 2] = ["mscrm.", "Microsoft.Dynamics.CRM."];

/// The annotation term that marks a parameter as optional.
const OPTIONAL: &str = "Org.OData.Core.V1.OptionalParameter";

/// Reads an operation from its element; `None` if the element has no name. Whether requests can call the
/// operation by name is declared elsewhere, in the `EntityContainer`.
pub(super) fn operation(node: Node<'_, '_>, kind: OperationKind) -> Option<Operation> {
    let is = |attribute: &str| node.attribute(attribute) == Some("true");
    let named = |name: &'static str| elements(node).filter(move |n| n.tag_name().name() == name);
    Some(Operation {
        name: node.attribute("Name")?.to_owned(),
        kind,
        bound: is("IsBound"),
        composable: is("IsComposable"),
        filter_only: false,
        parameters: named("Parameter").filter_map(parameter).collect(),
        returns: named("ReturnType").find_map(value_type),
    })
}

fn parameter(node: Node<'_, '_>) -> Option<Parameter> {
    let optional =
        elements(node).any(|n| n.tag_name().name() == "Annotation" && n.attribute("Term") == Some(OPTIONAL));
    Some(Parameter { name: node.attribute("Name")?.to_owned(), value: value_type(node)?, optional })
}

fn value_type(node: Node<'_, '_>) -> Option<ValueType> {
    let ty = node.attribute("Type")?;
    let element = ty.strip_prefix("Collection(").and_then(|t| t.strip_suffix(')'));
    let name = element.unwrap_or(ty);
    let name = NAMESPACES.iter().find_map(|n| name.strip_prefix(n)).unwrap_or(name);
    Some(ValueType {
        name: name.to_owned(),
        collection: element.is_some(),
        nullable: node.attribute("Nullable") != Some("false"),
    })
}
