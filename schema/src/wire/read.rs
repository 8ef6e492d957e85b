//! Reads metadata JSON into a schema. It determines the kind of the document from the members of the root
//! object, and leaves each kind of definition to a module of its own.

use std::fmt;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::context::{AttributeFlagTrust, Context, strip_class};
use super::types::Definition;
use super::{ImportedSchema, WireError, columns, options, relations, tables};

/// The maximum length of a text in bytes: 200 MiB.
const MAX_TEXT_BYTES: usize = 200 << 20;

/// The end of every message about a document that is not metadata.
const EXPECTED: &str = "expected a RetrieveMetadataChanges response, EntityDefinitions, their Attributes, or \
                        GlobalOptionSetDefinitions, as the Web API answers them";

/// Reads metadata JSON. The documentation of [the module](super) lists the kinds of documents.
///
/// # Errors
/// Returns an error with line and column if the text is not JSON, is truncated, or is other JSON such as an
/// error response or rows.
pub fn read(json: &str) -> Result<ImportedSchema, WireError> {
    read_as(json, false)
}

/// Reads metadata JSON like [`read`], from a response to a request that named `IsValidODataAttribute`. The
/// flag is then always trusted. This makes a difference for tables of which no column is in the Web API.
///
/// # Errors
/// Returns the errors of [`read`].
pub fn read_with_odata_flags(json: &str) -> Result<ImportedSchema, WireError> {
    read_as(json, true)
}

fn read_as(json: &str, flags_requested: bool) -> Result<ImportedSchema, WireError> {
    let whole = |message: String| WireError { line: 0, column: 0, message };
    if json.len() > MAX_TEXT_BYTES {
        return Err(whole(format!("greater than {} MiB", MAX_TEXT_BYTES >> 20)));
    }
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    let document: Document = serde_json::from_str(json).map_err(|e| {
        let mut message = e.to_string();
        if let Some(at) = message.rfind(" at line ") {
            message.truncate(at);
        }
        let hint = if e.is_eof() { "the file ends too early; " } else { "" };
        WireError { line: e.line(), column: e.column(), message: format!("{message}; {hint}{EXPECTED}") }
    })?;
    if let Some(error) = document.error {
        let code = error.code.unwrap_or_default();
        let message = error.message.unwrap_or_default();
        return Err(whole(format!("it is an error response of the service ({code}: {message}); {EXPECTED}")));
    }
    if !document.known {
        return Err(whole(format!("JSON, but no metadata; {EXPECTED}")));
    }
    Reader { imported: ImportedSchema::default(), flags_requested }.document(document)
}

/// The members that show that an object at the top level is a single definition.
const SINGLE: [&str; 4] = ["LogicalName", "SchemaName", "OptionSetType", "MetadataId"];

/// The contents of a JSON document, collected from the members of its root object.
#[derive(Default)]
struct Document {
    /// Whether the document has a member that only metadata has. Without one, the document is refused.
    known: bool,
    context: Option<String>,
    changes: bool,
    next_link: bool,
    definitions: Vec<Definition>,
    /// Columns that are at the top level instead of within their table.
    detached_columns: Vec<Definition>,
    deleted: usize,
    error: Option<ServiceError>,
}

#[derive(Deserialize)]
struct ServiceError {
    code: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct Deleted {
    #[serde(rename = "Values")]
    values: Option<Vec<IgnoredAny>>,
}

/// One definition, or an array of definitions.
struct OneOrMany(Vec<Definition>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DefinitionsVisitor;
        impl<'de> Visitor<'de> for DefinitionsVisitor {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a definition or an array of them")
            }

            fn visit_unit<E: de::Error>(self) -> Result<OneOrMany, E> {
                Ok(OneOrMany(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMany, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(OneOrMany)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany, A::Error> {
                let one = Definition::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(OneOrMany(vec![one]))
            }
        }
        deserializer.deserialize_any(DefinitionsVisitor)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Document, A::Error> {
        let definitions = Vec::deserialize(de::value::SeqAccessDeserializer::new(seq))?;
        Ok(Document { known: true, definitions, ..Document::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut document = Document::default();
        // The members of a single definition are mixed with those of the envelope.
        let mut single = serde_json::Map::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "@odata.context" => document.context = map.next_value()?,
                "@odata.nextLink" => {
                    map.next_value::<IgnoredAny>()?;
                    document.next_link = true;
                }
                "DeletedMetadata" => {
                    let deleted: Option<Deleted> = map.next_value()?;
                    document.deleted = deleted.and_then(|d| d.values).map_or(0, |v| v.len());
                    document.known = true;
                    document.changes = true;
                }
                "EntityMetadata" => {
                    document.definitions.extend(map.next_value::<OneOrMany>()?.0);
                    document.known = true;
                    document.changes = true;
                }
                "value" => {
                    document.definitions.extend(map.next_value::<OneOrMany>()?.0);
                    document.known = true;
                }
                "error" => document.error = map.next_value()?,
                _ if key.starts_with(|c: char| c.is_ascii_uppercase())
                    || key == "@odata.type"
                    || key == super::PARTIAL =>
                {
                    single.insert(key, map.next_value()?);
                }
                _ => wrapped(&mut document, &key, &mut map)?,
            }
        }
        if SINGLE.iter().any(|member| single.contains_key(*member)) {
            let single = serde_json::Value::Object(single);
            document.definitions.push(Definition::deserialize(single).map_err(A::Error::custom)?);
            document.known = true;
        }
        Ok(document)
    }
}

/// Reads one of the members (`entity`, `attributes`, `picklistAttributes`) in which tools wrap responses of
/// the service. `key` is the member's name. Returns an error if the value of a known member is not a list of
/// definitions or a definition.
fn wrapped<'de, A: MapAccess<'de>>(document: &mut Document, key: &str, map: &mut A) -> Result<(), A::Error> {
    let key = key.to_ascii_lowercase();
    match key.as_str() {
        "entity" | "entities" | "entitymetadata" | "entitydefinition" | "entitydefinitions" => {
            document.definitions.extend(map.next_value::<OneOrMany>()?.0);
        }
        "globaloptionsets" | "globaloptionsetdefinitions" | "relationshipdefinitions" => {
            document.definitions.extend(map.next_value::<OneOrMany>()?.0);
        }
        _ if key.ends_with("attributes") => {
            document.detached_columns.extend(map.next_value::<OneOrMany>()?.0)
        }
        _ => {
            map.next_value::<IgnoredAny>()?;
            return Ok(());
        }
    }
    document.known = true;
    Ok(())
}

/// The kind of object that a definition describes.
enum DefinitionKind {
    Table,
    Column,
    Choice,
    Relationship,
    Unknown,
}

fn definition_kind(definition: &Definition) -> DefinitionKind {
    let class = definition.odata_type.as_deref().map(strip_class).unwrap_or_default();
    if class.ends_with("AttributeMetadata")
        || definition.attribute_type.is_some()
        || definition.attribute_type_name.is_some()
        || definition.option_set.is_some()
        || definition.global_option_set.is_some()
    {
        DefinitionKind::Column
    } else if definition.referencing_entity.is_some() || definition.entity1_logical_name.is_some() {
        DefinitionKind::Relationship
    } else if definition.options.is_some()
        || definition.option_set_type.is_some()
        || definition.true_option.is_some()
        || class.ends_with("OptionSetMetadata")
    {
        DefinitionKind::Choice
    } else if definition.logical_name.is_some() {
        DefinitionKind::Table
    } else {
        DefinitionKind::Unknown
    }
}

struct Reader {
    imported: ImportedSchema,
    /// Whether the caller says that the request named `IsValidODataAttribute`, so that its values are
    /// trusted.
    flags_requested: bool,
}

impl Reader {
    fn document(mut self, document: Document) -> Result<ImportedSchema, WireError> {
        let context = document.context.as_deref().map(Context::of).unwrap_or_default();
        self.imported.schema.org.url = context.url.clone();
        let total = document.definitions.len() + document.detached_columns.len();
        let (mut columns, mut relationships, mut unknown) = (Vec::new(), Vec::new(), 0);
        let mut single_table = None;
        let mut tables = 0;
        let trust = match (self.flags_requested, document.changes) {
            (true, _) => AttributeFlagTrust::Requested,
            (false, true) => AttributeFlagTrust::Changes,
            (false, false) => AttributeFlagTrust::Definitions,
        };
        for definition in document.definitions {
            let kind = if context.attributes { DefinitionKind::Column } else { definition_kind(&definition) };
            match kind {
                DefinitionKind::Table => {
                    tables += 1;
                    single_table = definition.logical_name.clone();
                    tables::table(&mut self.imported, definition, trust, &mut relationships);
                }
                DefinitionKind::Column => columns.push(definition),
                DefinitionKind::Choice => options::global(&mut self.imported, definition),
                DefinitionKind::Relationship => relationships.push(definition),
                DefinitionKind::Unknown => unknown += 1,
            }
        }
        if total > 0 && unknown == total {
            return Err(WireError {
                line: 0,
                column: 0,
                message: format!(
                    "JSON of {total} {}, but none is a definition; {EXPECTED}",
                    if total == 1 { "object" } else { "objects" }
                ),
            });
        }
        self.imported.skip("elements", "they define no table, column, choice or relationship", unknown);
        columns.extend(document.detached_columns);
        let table = context.table.clone().or(single_table.filter(|_| tables == 1));
        // `RetrieveMetadataChanges` has no columns outside their table.
        let detached_trust = if self.flags_requested {
            AttributeFlagTrust::Requested
        } else {
            AttributeFlagTrust::Definitions
        };
        columns::detached(&mut self.imported, columns, table.as_deref(), &context, detached_trust);
        relations::all(&mut self.imported, relationships);
        self.imported.skip(
            "deleted definitions",
            "nothing is removed from a snapshot by an import",
            document.deleted,
        );
        self.imported.skip(
            "further pages",
            "the file has a link to the next page, which is not in it",
            usize::from(document.next_link),
        );
        finish(&mut self.imported);
        Ok(self.imported)
    }
}

/// Sets the languages of the schema to those of its labels, and sorts the schema.
fn finish(imported: &mut ImportedSchema) {
    imported.schema.collect_languages();
    imported.schema.sort();
}
