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
mod tests {
    use super::*;
    use dvkit_schema::{ChoiceRef, ColumnType, DateTimeBehavior, RequiredLevel, Side, TableKind};

    const HEAD: &str = r#"xmlns="http://schemas.microsoft.com/xrm/2011/Metadata" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:a="http://schemas.microsoft.com/xrm/2011/Contracts""#;

    fn label(text: &str) -> String {
        format!(
            "<a:LocalizedLabels><a:LocalizedLabel><MetadataId>x</MetadataId><a:Label>{text}</a:Label>\
             <a:LanguageCode>1033</a:LanguageCode></a:LocalizedLabel></a:LocalizedLabels><a:UserLocalizedLabel i:nil=\"true\"/>"
        )
    }

    fn table(attributes: &str) -> String {
        format!(
            r#"<EntityMetadata {HEAD}><MetadataId>5f8a7bd5-9d4a-4c0c-b4e2-1f5c5d4b7a01</MetadataId><HasChanged i:nil="true"/>
            <ActivityTypeMask>0</ActivityTypeMask><Attributes>{attributes}</Attributes><DisplayName>{}</DisplayName>
            <IsActivity>false</IsActivity><IsIntersect>false</IsIntersect><IsCustomizable><a:Value>true</a:Value></IsCustomizable>
            <LogicalName>new_ship</LogicalName>
            <ManyToOneRelationships><OneToManyRelationshipMetadata><SchemaName>new_port_ship</SchemaName><IsHierarchical>false</IsHierarchical>
              <ReferencedAttribute>new_portid</ReferencedAttribute><ReferencedEntity>new_port</ReferencedEntity>
              <ReferencingAttribute>new_port</ReferencingAttribute><ReferencingEntity>new_ship</ReferencingEntity>
              <ReferencingEntityNavigationPropertyName>new_Port</ReferencingEntityNavigationPropertyName></OneToManyRelationshipMetadata></ManyToOneRelationships>
            <ObjectTypeCode>10020</ObjectTypeCode><OwnershipType>UserOwned</OwnershipType><PrimaryIdAttribute>new_shipid</PrimaryIdAttribute>
            <SchemaName>new_Ship</SchemaName><TableType>Standard</TableType>
            <Keys xmlns:k="http://schemas.microsoft.com/xrm/7.1/Metadata"><k:EntityKeyMetadata><k:EntityKeyIndexStatus>Active</k:EntityKeyIndexStatus>
              <k:KeyAttributes xmlns:s="x"><s:string>new_name</s:string></k:KeyAttributes><k:LogicalName>new_key</k:LogicalName></k:EntityKeyMetadata></Keys>
            <EntitySetName>new_ships</EntitySetName></EntityMetadata>"#,
            label("Ship")
        )
    }

    fn attribute(class: &str, name: &str, ty: &str, more: &str) -> String {
        format!(
            r#"<AttributeMetadata i:type="{class}AttributeMetadata"><AttributeType>{ty}</AttributeType><IsValidForRead>true</IsValidForRead>
            <IsValidODataAttribute>true</IsValidODataAttribute><LogicalName>{name}</LogicalName><AttributeOf i:nil="true"/>
            <RequiredLevel><Value xmlns="x">SystemRequired</Value></RequiredLevel>
            <AttributeTypeName><a:Value>{ty}Type</a:Value></AttributeTypeName>{more}</AttributeMetadata>"#
        )
    }

    #[test]
    fn a_table_reads_like_its_json() {
        let options = format!(
            r#"<OptionSet><IsGlobal>false</IsGlobal><Name>new_ship_kind</Name><OptionSetType>Picklist</OptionSetType><Options>
            <OptionMetadata><Color>#00ff00</Color><Label>{}</Label><Value>7</Value></OptionMetadata></Options></OptionSet>"#,
            label("true")
        );
        let xml = table(
            &[
                attribute("String", "new_name", "String", "<MaxLength>100</MaxLength>"),
                attribute(
                    "DateTime",
                    "new_day",
                    "DateTime",
                    "<Format>DateOnly</Format><DateTimeBehavior><Value xmlns=\"x\">DateOnly</Value></DateTimeBehavior>",
                ),
                attribute("Lookup", "new_port", "Lookup", "<Targets xmlns:s='x'><s:string>new_port</s:string></Targets>"),
                attribute("Picklist", "new_kind", "Picklist", &options),
                attribute("Decimal", "new_size", "Decimal", "<MinValue>-1E+3</MinValue><Precision>2</Precision>"),
            ]
            .concat(),
        );
        let imported = read(&xml).unwrap();
        let table = &imported.schema.tables["new_ship"];
        assert_eq!((table.entity_set.as_deref(), table.kind), (Some("new_ships"), Some(TableKind::Standard)));
        assert_eq!((table.display_name.get(1033), table.object_type_code), (Some("Ship"), Some(10020)));
        assert_eq!(
            (table.keys[0].name.as_str(), &table.keys[0].columns[..]),
            ("new_key", &["new_name".to_owned()][..])
        );
        let relationship = &table.relationships[0];
        assert_eq!(
            (relationship.navigation.as_deref(), relationship.side),
            (Some("new_Port"), Side::ManyToOne)
        );
        let column = |name: &str| table.column(name).unwrap();
        assert_eq!(column("new_name").ty, ColumnType::String { max_length: Some(100), format: None });
        assert_eq!(
            (column("new_name").required, column("new_name").odata),
            (Some(RequiredLevel::System), Some(true))
        );
        let behavior = Some(DateTimeBehavior::DateOnly);
        assert_eq!(column("new_day").ty, ColumnType::DateTime { behavior, date_format: Some(true) });
        assert_eq!(column("new_port").ty.targets(), ["new_port"]);
        assert_eq!(
            column("new_size").ty,
            ColumnType::Decimal { min: Some(-1000.0), max: None, precision: Some(2) }
        );
        let Some(ChoiceRef::Local(choice)) = column("new_kind").ty.choice() else {
            panic!("a choice of its own")
        };
        assert_eq!(
            (choice.name.as_str(), choice.options[0].label.get(1033)),
            ("new_ship_kind", Some("true"))
        );
    }

    #[test]
    fn a_formatted_document_reads_like_a_compact_one() {
        let plain = table(&attribute("String", "new_name", "String", "<MaxLength>100</MaxLength>"));
        let laid_out = plain
            .replace("<LogicalName>", "<LogicalName>\n  ")
            .replace("</LogicalName>", "\n</LogicalName>")
            .replace("<AttributeType>", "<AttributeType>\r\n\t")
            .replace("</a:Label>", "\n  </a:Label>")
            .replace("<IsValidODataAttribute>true<", "<IsValidODataAttribute><a:Value>\n true</a:Value><");
        let tables = |xml: &str| read(xml).unwrap().schema.tables;
        assert_eq!(tables(&laid_out), tables(&plain));
    }

    #[test]
    fn tables_are_read_from_arrays_and_dictionaries() {
        let one = table("").replace(HEAD, "");
        let names = |xml: String| read(&xml).unwrap().schema.tables.into_keys().collect::<Vec<_>>();
        assert_eq!(
            names(format!("<ArrayOfEntityMetadata {HEAD}>{one}</ArrayOfEntityMetadata>")),
            ["new_ship"]
        );
        let value = one.replace("<EntityMetadata >", "<d:Value>").replace("</EntityMetadata>", "</d:Value>");
        let skeleton = format!(
            "<MetadataSkeleton xmlns:d='y' {HEAD}><Currencies/><EntityMetadata><d:KeyValueOfstringEntityMetadata><d:Key>new_ship</d:Key>\
             {value}</d:KeyValueOfstringEntityMetadata></EntityMetadata></MetadataSkeleton>"
        );
        assert_eq!(names(skeleton), ["new_ship"]);
    }

    #[test]
    fn an_error_gives_line_and_column() {
        let wrong = |xml: &str| read(xml).unwrap_err();
        let empty = wrong("<ArrayOfEntityMetadata/>");
        assert!(empty.message.contains("no `EntityMetadata`"), "{}", empty.message);
        let flag = wrong(&table("").replace("<IsActivity>false", "\n<IsActivity>perhaps"));
        assert!(
            flag.message.contains("`IsActivity` is `perhaps`") && (flag.line, flag.column) == (4, 1),
            "{flag:?}"
        );
        let number = wrong(&table("").replace("10020", "ten"));
        assert!(number.message.contains("`ObjectTypeCode` is `ten`"), "{}", number.message);
        let xml = table("");
        assert!(wrong(xml.get(..xml.len() / 2).unwrap()).message.contains("expected"));
    }

    /// Writes an object of the metadata JSON as the .NET SDK serialises it.
    fn to_xml(name: &str, value: &Value, out: &mut String) {
        match value {
            Value::Null => *out += &format!("<{name} i:nil='true'/>"),
            Value::Object(map) => {
                let class = map.get("@odata.type").and_then(Value::as_str).and_then(|c| c.rsplit('.').next());
                let class = class.map_or_else(String::new, |class| format!(" i:type='c:{class}'"));
                *out += &format!("<{name}{class}>");
                map.iter()
                    .filter(|(key, _)| !key.contains('@'))
                    .for_each(|(key, inner)| to_xml(key, inner, out));
                *out += &format!("</{name}>");
            }
            Value::Array(items) => {
                *out += &format!("<{name}>");
                items.iter().for_each(|item| to_xml("Item", item, out));
                *out += &format!("</{name}>");
            }
            Value::String(text) => {
                let text = text.replace('&', "&amp;").replace('<', "&lt;");
                *out += &format!("<{name}>{text}</{name}>");
            }
            other => *out += &format!("<{name}>{other}</{name}>"),
        }
    }

    #[test]
    fn each_member_reads_as_in_the_json() {
        let label = |text: &str| {
            serde_json::json!({
                "LocalizedLabels": [{"Label": text, "LanguageCode": 1031}], "UserLocalizedLabel": {"Label": "own", "LanguageCode": 1033}
            })
        };
        let option = |value: i32| {
            serde_json::json!({
                "Value": value, "Label": label("option"), "Description": label("what"), "Color": "#00ff00", "ExternalValue": "e", "State": 1,
                "DefaultStatus": 2, "InvariantName": "Active",
                "TransitionData": "<allowedtransitions><allowedtransition sourcestatusid='7' tostatusid='8'/></allowedtransitions>"
            })
        };
        let set = |name: &str, global: bool| {
            serde_json::json!({
                "Name": name, "IsGlobal": global, "OptionSetType": "Picklist", "DisplayName": label("set"), "Description": label("of"), "Options": [option(7)]
            })
        };
        let column = |name: &str, ty: &str, more: Value| {
            let mut column = serde_json::json!({
                "@odata.type": "#Microsoft.Dynamics.CRM.AttributeMetadata", "LogicalName": name, "SchemaName": "S", "MetadataId": "id", "DisplayName": label("column"),
                "Description": label("it"), "EntityLogicalName": "t", "AttributeType": ty, "AttributeTypeName": {"Value": format!("{ty}Type")}, "AttributeOf": "x",
                "IsCustomAttribute": true, "IsPrimaryId": false, "IsPrimaryName": false, "IsValidODataAttribute": true, "IsValidForCreate": false,
                "IsValidForRead": true, "IsValidForUpdate": false, "IsSecured": true, "IsLogical": false, "RequiredLevel": {"Value": "Recommended"},
                "SourceType": 2, "AutoNumberFormat": "A"
            });
            column.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            column
        };
        let attributes = [
            column(
                "string",
                "String",
                serde_json::json!({"MaxLength": 5, "Format": "Text", "FormatName": {"Value": "Email"}}),
            ),
            column(
                "money",
                "Money",
                serde_json::json!({"MinValue": -1.5, "MaxValue": 1e20, "Precision": 2, "PrecisionSource": 1, "CalculationOf": "c"}),
            ),
            column(
                "time",
                "DateTime",
                serde_json::json!({"DateTimeBehavior": {"Value": "UserLocal"}, "Format": "DateOnly"}),
            ),
            column(
                "bit",
                "Boolean",
                serde_json::json!({"DefaultValue": true, "OptionSet": {"Name": "b", "TrueOption": option(1), "FalseOption": option(0)}}),
            ),
            column(
                "choice",
                "Picklist",
                serde_json::json!({"DefaultFormValue": 7, "GlobalOptionSet": set("g", true)}),
            ),
            column("local", "Picklist", serde_json::json!({"OptionSet": set("l", false)})),
            column("lookup", "Lookup", serde_json::json!({"Targets": ["a", "b"]})),
            column("image", "Image", serde_json::json!({"IsPrimaryImage": true, "MaxSizeInKB": 9})),
            serde_json::json!({"LogicalName": "flagged", "IsPrimaryId": true, "IsPrimaryName": true, "AttributeType": "Memo"}),
        ];
        let cascade = serde_json::json!({
            "Assign": "Active", "Delete": "Restrict", "Merge": "NoCascade", "Reparent": "UserOwned", "Share": "Cascade", "Unshare": "RemoveLink"
        });
        let relationship = |name: &str, one: &str, many: &str| {
            serde_json::json!({
                "SchemaName": name, "ReferencedEntity": one, "ReferencedAttribute": "id", "ReferencingEntity": many, "ReferencingAttribute": "c",
                "ReferencedEntityNavigationPropertyName": "many", "ReferencingEntityNavigationPropertyName": "one", "IsHierarchical": true,
                "CascadeConfiguration": cascade
            })
        };
        let pair = serde_json::json!({
            "SchemaName": "p", "Entity1LogicalName": "t", "Entity2LogicalName": "u", "Entity1IntersectAttribute": "tid", "Entity2IntersectAttribute": "uid",
            "Entity1NavigationPropertyName": "us", "Entity2NavigationPropertyName": "ts", "IntersectEntityName": "t_u"
        });
        let table = |name: &str, more: Value| {
            let mut table = serde_json::json!({
                "LogicalName": name, "SchemaName": "T", "MetadataId": "id", "DisplayName": label("table"), "Description": label("a"),
                "DisplayCollectionName": label("tables"), "EntitySetName": "ts", "PrimaryImageAttribute": "image", "ObjectTypeCode": 10001,
                "OwnershipType": "UserOwned", "TableType": "Standard", "IsActivity": false, "IsIntersect": false, "IsPrivate": true,
                "IsCustomEntity": true, "ChangeTrackingEnabled": true, "EnforceStateTransitions": true, "Attributes": attributes,
                "Keys": [{"LogicalName": "k", "SchemaName": "K", "KeyAttributes": ["x", "y"], "EntityKeyIndexStatus": "Active"}],
                "OneToManyRelationships": [relationship("r1", "t", "u")], "ManyToOneRelationships": [relationship("r2", "u", "t")],
                "ManyToManyRelationships": [pair]
            });
            table.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            table
        };
        let tables = vec![
            table("t", serde_json::json!({"DataProviderId": "p"})),
            table(
                "u",
                serde_json::json!({"PrimaryIdAttribute": "id", "PrimaryNameAttribute": "name", "EntitySetName": null}),
            ),
        ];
        let json = Value::Array(tables).to_string();
        let mut xml = String::new();
        to_xml("ArrayOfEntityMetadata", &serde_json::from_str(&json).unwrap(), &mut xml);
        let xml = xml.replacen(
            "<ArrayOfEntityMetadata>",
            &format!("<ArrayOfEntityMetadata xmlns:c='c' {HEAD}>"),
            1,
        );
        for (name, _) in MEMBERS {
            assert!(json.contains(&format!("\"{name}\":")), "{name} is not in the document");
        }
        let (found, expected) = (read(&xml).unwrap(), wire::read(&json).unwrap());
        assert!(expected.schema.tables["t"].columns.len() == 9 && expected.schema.choices.len() == 1);
        assert_eq!(found, expected);
    }

    #[test]
    fn values_are_read_in_each_spelling_and_refused_with_their_position() {
        let document = |member: &str| {
            format!(
                "<EntityMetadata {HEAD}><LogicalName>t</LogicalName><SchemaName>T</SchemaName><Attributes/>\n{member}</EntityMetadata>"
            )
        };
        let private = |text: &str| {
            read(&document(&format!("<IsPrivate>{text}</IsPrivate>"))).map(|i| i.schema.tables["t"].private)
        };
        for (text, expected) in [
            ("true", Some(true)),
            (" 1 ", Some(true)),
            ("false", Some(false)),
            ("0", Some(false)),
            ("", None),
            ("<x/>", None),
            ("<a:Value>true</a:Value>", Some(true)),
            ("<x>1</x><a:Value> 0 </a:Value>", Some(false)),
        ] {
            assert_eq!(private(text), Ok(expected), "{text}");
        }
        let error = private("maybe").unwrap_err();
        assert_eq!((error.line, error.column), (2, 1));
        assert!(
            error
                .message
                .starts_with("`IsPrivate` is `maybe`, which is neither `true` nor `false`; expected"),
            "{error:?}"
        );
        let long = private(&"x".repeat(41)).unwrap_err();
        assert!(long.message.contains(&format!("is `{}`,", "x".repeat(40))), "{long:?}");
        let code = |text: &str| {
            read(&document(&format!("<ObjectTypeCode>{text}</ObjectTypeCode>")))
                .map(|i| i.schema.tables["t"].object_type_code)
        };
        for (text, expected) in [(" 5 ", Some(5)), ("", None), ("-7", Some(-7))] {
            assert_eq!(code(text), Ok(expected), "{text}");
        }
        assert!(
            code("five").unwrap_err().message.starts_with("`ObjectTypeCode` is `five`, which is no number")
        );
        assert!(code("NaN").is_err(), "JSON has no such number");
        let set = |nil: &str| {
            read(&document(&format!("<EntitySetName i:nil='{nil}'>x</EntitySetName>"))).unwrap().schema.tables
                ["t"]
                .entity_set
                .clone()
        };
        assert_eq!([set(" true "), set("false")], [None, Some("x".to_owned())]);
    }

    #[test]
    fn definitions_are_found_down_to_the_values_of_a_dictionary() {
        let table =
            |name: &str| format!("<LogicalName>{name}</LogicalName><SchemaName>T</SchemaName><Attributes/>");
        let names = |inner: &str| {
            let read = read(&format!("<MetadataSkeleton {HEAD}>{inner}</MetadataSkeleton>"));
            read.map(|i| i.schema.tables.into_keys().collect::<Vec<_>>()).map_err(|e| e.message)
        };
        let wrapped =
            |levels: usize| format!("{}{}{}", "<a>".repeat(levels), table("t"), "</a>".repeat(levels));
        for (levels, found) in [(1, true), (2, true), (3, true), (4, true), (5, false), (6, false)] {
            assert_eq!(names(&wrapped(levels)).is_ok(), found, "{levels}");
        }
        assert_eq!(names(&format!("<x>{}</x><y><z>{}</z></y>", table("b"), table("a"))).unwrap(), ["a", "b"]);
        // A name alone is no table.
        assert!(names("<x><LogicalName>t</LogicalName></x>").is_err());
        assert!(names("<x><Attributes/></x>").is_err());
        let set = format!(
            "<ArrayOfOptionSetMetadata {HEAD}><OptionSetMetadata><Name>g</Name><OptionSetType>Picklist</OptionSetType><Options/></OptionSetMetadata></ArrayOfOptionSetMetadata>"
        );
        assert_eq!(read(&set).unwrap().schema.choices.len(), 1);
    }
}
