//! Parses the XML of a CSDL document into its declarations: types, entity sets and operations. `tables`
//! converts them into a schema.

use std::collections::{HashMap, HashSet};

use dvkit_schema::{Operation, OperationKind};
use roxmltree::{Document, Node};

use super::{CsdlError, operations};
use crate::xml::{self, elements};

/// The maximum depth of nested elements; real documents have 12 levels.
const MAX_DEPTH: usize = 64;

/// The maximum number of base types that a type may have, one deriving from the next; real types have up to
/// 3.
const MAX_BASES: usize = 16;

const EXPECTED: &str = "expected the Web API's `$metadata`: an `edmx:Edmx` document with a CSDL `Schema`";

fn error(at: roxmltree::TextPos, message: impl Into<String>) -> CsdlError {
    CsdlError { line: at.row as usize, column: at.col as usize, message: message.into() }
}

/// Parses the XML of a CSDL document. A text that is too long or nested too deeply is an error.
pub(super) fn parse(text: &str) -> Result<Document<'_>, CsdlError> {
    xml::parse(text, MAX_DEPTH, EXPECTED).map_err(|e| CsdlError {
        line: e.line,
        column: e.column,
        message: e.message,
    })
}

/// The contents of an `EntityType` element.
#[derive(Debug)]
pub(super) struct EntityType<'a> {
    pub(super) name: &'a str,
    pub(super) base: Option<&'a str>,
    pub(super) is_abstract: bool,
    pub(super) key: Option<&'a str>,
    pub(super) properties: Vec<(&'a str, &'a str)>,
    pub(super) navigations: Vec<Navigation<'a>>,
    /// The positions in `navigations`, sorted by the name of the navigation property.
    by_name: Vec<usize>,
    /// The alternate keys; each is a list of property names.
    pub(super) keys: Vec<Vec<&'a str>>,
}

/// The contents of a `NavigationProperty` element.
#[derive(Debug)]
pub(super) struct Navigation<'a> {
    pub(super) name: &'a str,
    /// The name of the entity type that the navigation property leads to.
    pub(super) target: &'a str,
    pub(super) collection: bool,
    pub(super) partner: Option<&'a str>,
    /// The `ReferentialConstraint`: the name of a property of this type, and the name of the property of the
    /// other type that it refers to. `None` if the element has no constraint.
    pub(super) constraint: Option<(&'a str, &'a str)>,
}

/// The declarations of a CSDL document, as far as they are read.
#[derive(Debug, Default)]
pub(super) struct Model<'a> {
    pub(super) types: Vec<EntityType<'a>>,
    by_name: HashMap<&'a str, usize>,
    /// The name of each entity set, by the name of its entity type.
    pub(super) sets: HashMap<&'a str, &'a str>,
    /// The actions and functions that the document declares.
    pub(super) operations: Vec<Operation>,
    /// The names of the actions and functions that the `EntityContainer` imports. Requests can call only
    /// these by name.
    imported: HashSet<&'a str>,
    /// The kinds of elements that are counted but not read: a description for the user, and the number of
    /// elements.
    pub(super) counted: Vec<(&'static str, usize)>,
}

/// Returns a name without its namespace: `account` for `mscrm.account` and for
/// `Microsoft.Dynamics.CRM.account`.
fn local(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

impl<'a> Model<'a> {
    pub(super) fn of(document: &'a Document<'a>) -> Result<Self, CsdlError> {
        let root = document.root_element();
        let schemas: Vec<_> = match root.tag_name().name() {
            "Edmx" => elements(root)
                .filter(|n| n.tag_name().name() == "DataServices")
                .flat_map(elements)
                .filter(|n| n.tag_name().name() == "Schema")
                .collect(),
            "Schema" => vec![root],
            other => {
                let at = document.text_pos_at(root.range().start);
                return Err(error(at, format!("the root element is `{other}`; {EXPECTED}")));
            }
        };
        if schemas.is_empty() {
            return Err(error(
                document.text_pos_at(root.range().start),
                format!("it has no `Schema`; {EXPECTED}"),
            ));
        }
        let mut model =
            Self { counted: COUNTED.iter().map(|(element, _)| (*element, 0)).collect(), ..Self::default() };
        for schema in schemas {
            for node in elements(schema) {
                model.declaration(node);
            }
        }
        for operation in &mut model.operations {
            let is_function = operation.kind == OperationKind::Function;
            operation.filter_only =
                is_function && !operation.bound && !model.imported.contains(operation.name.as_str());
        }
        if model.types.is_empty() {
            return Err(error(
                document.text_pos_at(root.range().start),
                format!("its schema has no `EntityType`; {EXPECTED}"),
            ));
        }
        Ok(model)
    }

    fn declaration(&mut self, node: Node<'a, 'a>) {
        match node.tag_name().name() {
            "EntityType" => {
                if let Some(read) = entity_type(node) {
                    // A name should be declared once; if it is not, the first declaration counts.
                    if !self.by_name.contains_key(read.name) {
                        self.by_name.insert(read.name, self.types.len());
                        self.types.push(read);
                    }
                }
            }
            "EntityContainer" => {
                for set in elements(node).filter(|n| n.tag_name().name() == "EntitySet") {
                    if let (Some(name), Some(ty)) = (set.attribute("Name"), set.attribute("EntityType")) {
                        self.sets.entry(local(ty)).or_insert(name);
                    }
                }
                let imports = elements(node).filter(|n| n.tag_name().name() == "FunctionImport");
                self.imported.extend(imports.filter_map(|n| n.attribute("Function")).map(local));
            }
            "Action" => self.operations.extend(operations::operation(node, OperationKind::Action)),
            "Function" => self.operations.extend(operations::operation(node, OperationKind::Function)),
            // The annotations of a type may be outside its element.
            "Annotations" => {
                let target = node.attribute("Target").map(local).unwrap_or_default();
                let keys = alternate_keys(node);
                if let Some(ty) = self.by_name.get(target).copied().and_then(|i| self.types.get_mut(i)) {
                    ty.keys.extend(keys);
                }
            }
            other => {
                if let Some(count) = self.counted.iter_mut().find(|(element, _)| *element == other) {
                    count.1 += 1;
                }
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&EntityType<'a>> {
        self.types.get(*self.by_name.get(name)?)
    }

    /// Returns the type `ty` and all its base types. Each type is followed by its base type; the last one is
    /// the root.
    pub(super) fn chain<'s>(&'s self, ty: &'s EntityType<'a>) -> Vec<&'s EntityType<'a>> {
        let mut chain = vec![ty];
        while let Some(base) = chain.last().and_then(|t| t.base).and_then(|b| self.get(b)) {
            // A document with a circle of base types is invalid, but must not hang.
            if chain.len() >= MAX_BASES {
                break;
            }
            chain.push(base);
        }
        chain
    }

    /// Returns whether `ty` is the type named `base` or derives from it.
    pub(super) fn derives(&self, ty: &EntityType<'a>, base: &str) -> bool {
        self.chain(ty).iter().any(|t| t.name == base || t.base == Some(base))
    }

    /// Returns the navigation property `name` of the type named `ty` or of one of its base types; `None` if
    /// there is none.
    pub(super) fn navigation(&self, ty: &str, name: &str) -> Option<&Navigation<'a>> {
        self.chain(self.get(ty)?).into_iter().find_map(|t| {
            let name_at = |place: &usize| t.navigations.get(*place).map(|n| n.name);
            let i = t.by_name.partition_point(|place| name_at(place) < Some(name));
            let place = t.by_name.get(i).filter(|place| name_at(place) == Some(name))?;
            t.navigations.get(*place)
        })
    }
}

/// The kinds of elements that are counted but not read: the element's name, and a description for the user.
pub(super) const COUNTED: [(&str, &str); 4] = [
    ("ComplexType", "complex types"),
    ("EnumType", "enum types"),
    ("Term", "terms"),
    ("TypeDefinition", "type definitions"),
];

fn entity_type<'a>(node: Node<'a, 'a>) -> Option<EntityType<'a>> {
    let mut ty = EntityType {
        name: node.attribute("Name")?,
        base: node.attribute("BaseType").map(local),
        is_abstract: node.attribute("Abstract") == Some("true"),
        key: None,
        properties: Vec::new(),
        navigations: Vec::new(),
        by_name: Vec::new(),
        keys: alternate_keys(node),
    };
    for child in elements(node) {
        match child.tag_name().name() {
            "Key" => ty.key = ty.key.or_else(|| elements(child).find_map(|r| r.attribute("Name"))),
            "Property" => {
                if let (Some(name), Some(edm)) = (child.attribute("Name"), child.attribute("Type")) {
                    ty.properties.push((name, edm));
                }
            }
            "NavigationProperty" => ty.navigations.extend(navigation(child)),
            _ => {}
        }
    }
    ty.by_name = (0..ty.navigations.len()).collect();
    // Of equal names the first is the one that is found.
    ty.by_name.sort_by_key(|place| ty.navigations.get(*place).map(|n| n.name));
    Some(ty)
}

fn navigation<'a>(node: Node<'a, 'a>) -> Option<Navigation<'a>> {
    let name = node.attribute("Name")?;
    let ty = node.attribute("Type")?;
    let element = ty.strip_prefix("Collection(").and_then(|t| t.strip_suffix(')'));
    let constraint = elements(node)
        .find(|n| n.tag_name().name() == "ReferentialConstraint")
        .and_then(|n| Some((n.attribute("Property")?, n.attribute("ReferencedProperty")?)));
    Some(Navigation {
        name,
        target: local(element.unwrap_or(ty)),
        collection: element.is_some(),
        partner: node.attribute("Partner").filter(|p| !p.is_empty()),
        constraint,
    })
}

/// Returns the alternate keys that the annotations of a node declare; each is a list of property names. The
/// annotation term is `Keys.AlternateKeys` (also with another alias of its namespace), or in older documents
/// `OData.Community.Keys.V1.AlternateKeys`.
fn alternate_keys<'a>(node: Node<'a, 'a>) -> Vec<Vec<&'a str>> {
    let annotations = elements(node).filter(|n| {
        n.tag_name().name() == "Annotation"
            && n.attribute("Term").is_some_and(|t| t.ends_with(".AlternateKeys"))
    });
    let records =
        annotations.flat_map(elements).filter(|n| n.tag_name().name() == "Collection").flat_map(elements);
    let properties = |record: Node<'a, 'a>| -> Vec<&'a str> {
        // Record / PropertyValue[Key] / Collection / Record / PropertyValue[Name]@PropertyPath
        elements(record)
            .filter(|v| v.attribute("Property") == Some("Key"))
            .flat_map(elements)
            .flat_map(elements)
            .flat_map(elements)
            .filter(|v| v.attribute("Property") == Some("Name"))
            .filter_map(|v| v.attribute("PropertyPath").or_else(|| v.attribute("String")))
            .collect()
    };
    records.map(properties).filter(|k| !k.is_empty()).collect()
}
