//! Reads DataContract XML: `EntityMetadata` as the .NET SDK serialises it, and as test tools store it.
//!
//! The document uses the same names as the Web API's JSON. It is therefore converted to that JSON and read by
//! [`wire`], so that both formats have one reader. Only the members that the reader uses are converted; the
//! others (privileges, settings, associated menus) are large and not needed.

use dvkit_schema::wire::{self, ImportedSchema};
use roxmltree::Node;
use serde_json::{Map, Number, Value};

use crate::xml::{self, XmlError, elements};

/// The maximum depth of nested elements; real documents have 11 levels.
const MAX_DEPTH: usize = 64;

const EXPECTED: &str = "expected `EntityMetadata` as the .NET SDK serialises it (DataContract XML)";

/// The names of the root elements of DataContract documents, in lower case.
pub(crate) const ROOTS: [&str; 4] =
    ["entitymetadata", "arrayofentitymetadata", "arrayofoptionsetmetadata", "metadataskeleton"];

const NIL: (&str, &str) = ("http://www.w3.org/2001/XMLSchema-instance", "nil");
const TYPE: (&str, &str) = ("http://www.w3.org/2001/XMLSchema-instance", "type");

/// The form of a member, which decides how the member is converted to JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MemberKind {
    Text,
    Flag,
    Number,
    /// An object with members.
    Object,
    /// A list of objects.
    Objects,
    /// A list of texts.
    Texts,
    /// An object of which only the member `Value` is converted to JSON.
    Named,
}

use MemberKind::{Flag, Named, Number as Numeric, Object, Objects, Text, Texts};

/// The names of all members that [`wire`] reads, each with its form.
const MEMBERS: &[(&str, MemberKind)] = &[
    ("LogicalName", Text),
    ("SchemaName", Text),
    ("MetadataId", Text),
    ("DisplayName", Object),
    ("Description", Object),
    ("LocalizedLabels", Objects),
    ("UserLocalizedLabel", Object),
    ("LanguageCode", Numeric),
    // Tables.
    ("EntitySetName", Text),
    ("DisplayCollectionName", Object),
    ("PrimaryIdAttribute", Text),
    ("PrimaryNameAttribute", Text),
    ("PrimaryImageAttribute", Text),
    ("ObjectTypeCode", Numeric),
    ("OwnershipType", Text),
    ("TableType", Text),
    ("IsActivity", Flag),
    ("IsIntersect", Flag),
    ("IsPrivate", Flag),
    ("IsCustomEntity", Flag),
    ("DataProviderId", Text),
    ("ChangeTrackingEnabled", Flag),
    ("EnforceStateTransitions", Flag),
    ("Attributes", Objects),
    ("Keys", Objects),
    ("OneToManyRelationships", Objects),
    ("ManyToOneRelationships", Objects),
    ("ManyToManyRelationships", Objects),
    // Columns.
    ("EntityLogicalName", Text),
    ("AttributeType", Text),
    ("AttributeTypeName", Named),
    ("AttributeOf", Text),
    ("IsCustomAttribute", Flag),
    ("IsPrimaryId", Flag),
    ("IsPrimaryName", Flag),
    ("IsValidODataAttribute", Flag),
    ("IsValidForCreate", Flag),
    ("IsValidForRead", Flag),
    ("IsValidForUpdate", Flag),
    ("IsSecured", Flag),
    ("IsLogical", Flag),
    ("RequiredLevel", Named),
    ("SourceType", Numeric),
    ("AutoNumberFormat", Text),
    ("MaxLength", Numeric),
    ("MinValue", Numeric),
    ("MaxValue", Numeric),
    ("Precision", Numeric),
    ("PrecisionSource", Numeric),
    ("CalculationOf", Text),
    ("Format", Text),
    ("FormatName", Named),
    ("DateTimeBehavior", Named),
    ("DefaultValue", Flag),
    ("DefaultFormValue", Numeric),
    ("Targets", Texts),
    ("IsPrimaryImage", Flag),
    ("MaxSizeInKB", Numeric),
    ("OptionSet", Object),
    ("GlobalOptionSet", Object),
    // Choices.
    ("Name", Text),
    ("IsGlobal", Flag),
    ("OptionSetType", Text),
    ("Options", Objects),
    ("TrueOption", Object),
    ("FalseOption", Object),
    ("Value", Numeric),
    ("Color", Text),
    ("ExternalValue", Text),
    ("State", Numeric),
    ("DefaultStatus", Numeric),
    ("TransitionData", Text),
    ("InvariantName", Text),
    // Relationships.
    ("ReferencedEntity", Text),
    ("ReferencedAttribute", Text),
    ("ReferencingEntity", Text),
    ("ReferencingAttribute", Text),
    ("ReferencedEntityNavigationPropertyName", Text),
    ("ReferencingEntityNavigationPropertyName", Text),
    ("IsHierarchical", Flag),
    ("CascadeConfiguration", Object),
    ("Assign", Text),
    ("Delete", Text),
    ("Merge", Text),
    ("Reparent", Text),
    ("Share", Text),
    ("Unshare", Text),
    ("Entity1LogicalName", Text),
    ("Entity2LogicalName", Text),
    ("Entity1IntersectAttribute", Text),
    ("Entity2IntersectAttribute", Text),
    ("Entity1NavigationPropertyName", Text),
    ("Entity2NavigationPropertyName", Text),
    ("IntersectEntityName", Text),
    // Keys.
    ("KeyAttributes", Texts),
    ("EntityKeyIndexStatus", Text),
];

/// Reads a document that contains one table, an array of tables, or a dictionary with tables as values, as a
/// test tool stores it.
///
/// # Errors
/// Returns an error if the document is not well-formed, is nested too deeply, is too long, contains no
/// definition, or contains an invalid number or flag.
pub(crate) fn read(text: &str) -> Result<ImportedSchema, XmlError> {
    let document = xml::parse(text, MAX_DEPTH, EXPECTED)?;
    let root = document.root_element();
    let mut definitions = Vec::new();
    for node in definitions_in(root) {
        definitions.push(object(node)?);
    }
    if definitions.is_empty() {
        let at = document.text_pos_at(root.range().start);
        return Err(XmlError::at(at, format!("it has no `EntityMetadata` with a `LogicalName`; {EXPECTED}")));
    }
    let mut envelope = Map::new();
    envelope.insert("value".to_owned(), Value::Array(definitions));
    wire::read(&Value::Object(envelope).to_string()).map_err(|e| XmlError::whole(e.message))
}

/// Returns the elements that contain a definition: the root itself, or the elements of an array, or the
/// values of a dictionary.
fn definitions_in<'a, 'i>(root: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    let names = |node: &Node<'_, '_>, wanted: &str| elements(*node).any(|n| n.tag_name().name() == wanted);
    let defines = |node: &Node<'_, '_>| {
        names(node, "LogicalName") && names(node, "Attributes") || names(node, "OptionSetType")
    };
    if defines(&root) {
        return vec![root];
    }
    let mut found = Vec::new();
    let mut open: Vec<_> = elements(root).collect();
    open.reverse();
    // Elements of an array are one level down, values of a dictionary three:
    // `EntityMetadata/KeyValueOf…/Value`.
    while let Some(node) = open.pop() {
        if defines(&node) {
            found.push(node);
        } else if node.ancestors().count() <= 5 {
            let mut inner: Vec<_> = elements(node).collect();
            inner.reverse();
            open.extend(inner);
        }
    }
    found
}

fn is_nil(node: Node<'_, '_>) -> bool {
    node.attribute(NIL).is_some_and(|nil| nil.trim() == "true")
}

/// Returns the text inside an element, without white space around it.
fn text<'a>(node: Node<'a, '_>) -> &'a str {
    node.text().unwrap_or_default().trim()
}

fn object(node: Node<'_, '_>) -> Result<Value, XmlError> {
    let mut out = Map::new();
    if let Some(class) = node.attribute(TYPE) {
        let class = class.rsplit(':').next().unwrap_or(class).trim();
        out.insert("@odata.type".to_owned(), format!("#Microsoft.Dynamics.CRM.{class}").into());
    }
    for member in elements(node) {
        let name = member.tag_name().name();
        // The texts of a label and the label of an option have the same element name.
        let shape = match name {
            "Label" if elements(member).next().is_some() => Some(Object),
            "Label" => Some(Text),
            _ => MEMBERS.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape),
        };
        if let Some(shape) = shape.filter(|_| !is_nil(member)) {
            out.insert(name.to_owned(), value(member, shape)?);
        }
    }
    Ok(Value::Object(out))
}

fn value(node: Node<'_, '_>, shape: MemberKind) -> Result<Value, XmlError> {
    Ok(match shape {
        Text => text(node).into(),
        // The value of a managed property is in a child element.
        Flag => match elements(node).find(|n| n.tag_name().name() == "Value").map_or(text(node), text) {
            "true" | "1" => true.into(),
            "false" | "0" => false.into(),
            "" => Value::Null,
            other => return Err(unusable(node, other, "neither `true` nor `false`")),
        },
        Numeric => number(node)?,
        Object => object(node)?,
        Objects => {
            let filled = elements(node).filter(|n| !is_nil(*n));
            Value::Array(filled.map(object).collect::<Result<_, _>>()?)
        }
        Texts => Value::Array(elements(node).map(|n| text(n).into()).collect()),
        Named => {
            let inner = elements(node).find(|n| n.tag_name().name() == "Value" && !is_nil(*n));
            inner.map_or(Value::Null, |n| text(n).trim().into())
        }
    })
}

fn number(node: Node<'_, '_>) -> Result<Value, XmlError> {
    let written = text(node).trim();
    if written.is_empty() {
        return Ok(Value::Null);
    }
    let whole = written.parse::<i64>().ok().map(Number::from);
    let number = whole.or_else(|| written.parse::<f64>().ok().and_then(Number::from_f64));
    number.map(Value::Number).ok_or_else(|| unusable(node, written, "no number"))
}

fn unusable(node: Node<'_, '_>, written: &str, what: &str) -> XmlError {
    let at = node.document().text_pos_at(node.range().start);
    let shown: String = written.chars().take(40).collect();
    XmlError::at(at, format!("`{}` is `{shown}`, which is {what}; {EXPECTED}", node.tag_name().name()))
}

#[cfg(test)]
mod tests;
