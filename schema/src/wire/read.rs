//! From a text to the model: which shape it has, and what its elements are.

use std::fmt;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::columns::Belief;
use super::types::Definition;
use super::{ImportedSchema, WireError, columns, options, relations, tables};

/// The greatest text that is read: 200 MiB.
const MAX_TEXT: usize = 200 << 20;

/// What every message about a foreign document ends with.
const EXPECTED: &str = "expected a RetrieveMetadataChanges response, EntityDefinitions, their Attributes, or \
                        GlobalOptionSetDefinitions, as the Web API answers them";

/// Reads metadata JSON; see [the module](super) for the shapes.
///
/// # Errors
/// Where the text is not JSON, is truncated, or is JSON of something else: an error response, rows. The error knows
/// line and column.
pub fn read(json: &str) -> Result<ImportedSchema, WireError> {
    read_as(json, false)
}

/// As [`read`], for the answer to a question that named `IsValidODataAttribute`: it is then believed wherever it stands,
/// which tables without any column of the Web API need.
///
/// # Errors
/// As for [`read`].
pub fn read_asked(json: &str) -> Result<ImportedSchema, WireError> {
    read_as(json, true)
}

fn read_as(json: &str, asked: bool) -> Result<ImportedSchema, WireError> {
    let whole = |message: String| WireError { line: 0, column: 0, message };
    if json.len() > MAX_TEXT {
        return Err(whole(format!("greater than {} MiB", MAX_TEXT >> 20)));
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
    Reader { imported: ImportedSchema::default(), asked }.document(document)
}

/// Members by which an object at the root is known for a single definition.
const SINGLE: [&str; 4] = ["LogicalName", "SchemaName", "OptionSetType", "MetadataId"];

/// The document's outer shape.
#[derive(Default)]
struct Document {
    /// A member was there that only metadata has.
    known: bool,
    context: Option<String>,
    changes: bool,
    next_link: bool,
    definitions: Vec<Definition>,
    /// Columns that stand beside their table.
    loose: Vec<Definition>,
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

/// One definition or an array of them.
struct OneOrMany(Vec<Definition>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;
        impl<'de> Visitor<'de> for Shape {
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
        deserializer.deserialize_any(Shape)
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
        // A single definition stands at the root, its members among those of the envelope.
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

/// Members that tools wrap around the service's own answers: `entity`, `attributes`, `picklistAttributes`.
fn wrapped<'de, A: MapAccess<'de>>(document: &mut Document, key: &str, map: &mut A) -> Result<(), A::Error> {
    let key = key.to_ascii_lowercase();
    match key.as_str() {
        "entity" | "entities" | "entitymetadata" | "entitydefinition" | "entitydefinitions" => {
            document.definitions.extend(map.next_value::<OneOrMany>()?.0);
        }
        "globaloptionsets" | "globaloptionsetdefinitions" | "relationshipdefinitions" => {
            document.definitions.extend(map.next_value::<OneOrMany>()?.0);
        }
        _ if key.ends_with("attributes") => document.loose.extend(map.next_value::<OneOrMany>()?.0),
        _ => {
            map.next_value::<IgnoredAny>()?;
            return Ok(());
        }
    }
    document.known = true;
    Ok(())
}

/// Which definition an element is.
enum Sort {
    Table,
    Column,
    Choice,
    Relationship,
    Unknown,
}

fn sort(definition: &Definition) -> Sort {
    let class = definition.odata_type.as_deref().map(strip_class).unwrap_or_default();
    if class.ends_with("AttributeMetadata")
        || definition.attribute_type.is_some()
        || definition.attribute_type_name.is_some()
        || definition.option_set.is_some()
        || definition.global_option_set.is_some()
    {
        Sort::Column
    } else if definition.referencing_entity.is_some() || definition.entity1_logical_name.is_some() {
        Sort::Relationship
    } else if definition.options.is_some()
        || definition.option_set_type.is_some()
        || definition.true_option.is_some()
        || class.ends_with("OptionSetMetadata")
    {
        Sort::Choice
    } else if definition.logical_name.is_some() {
        Sort::Table
    } else {
        Sort::Unknown
    }
}

/// `#Microsoft.Dynamics.CRM.ComplexPicklistAttributeMetadata` is `PicklistAttributeMetadata`.
pub(super) fn strip_class(name: &str) -> &str {
    let name = name.rsplit('.').next().unwrap_or(name);
    name.strip_prefix("Complex").unwrap_or(name)
}

/// What `@odata.context` tells.
#[derive(Default)]
pub(super) struct Context {
    /// The organisation's address.
    url: Option<String>,
    /// The table that the columns belong to.
    pub(super) table: Option<String>,
    /// The class that the collection is cast to; its elements carry no `@odata.type` then.
    pub(super) class: Option<String>,
    /// The collection holds columns.
    attributes: bool,
}

impl Context {
    fn of(text: &str) -> Self {
        let (before, after) = text.split_once("$metadata").unwrap_or((text, ""));
        let url = before.split_once("/api/data/").map(|(url, _)| url).filter(|u| u.starts_with("https://"));
        let fragment = after.trim_start_matches('#');
        let in_quotes =
            fragment.split_once("EntityDefinitions('").and_then(|(_, rest)| rest.split_once('\''));
        let path = fragment.split_once("/Attributes");
        let class = path.and_then(|(_, rest)| rest.strip_prefix("/Microsoft.Dynamics.CRM."));
        let class = class.map(|c| c.split(['(', '/']).next().unwrap_or(c));
        Self {
            url: url.map(without_api),
            table: in_quotes.map(|(table, _)| table.to_owned()),
            class: class.map(str::to_owned),
            attributes: path.is_some(),
        }
    }
}

/// `https://org.api.crm4.dynamics.com` and `https://org.crm4.dynamics.com` are the same organisation.
fn without_api(url: &str) -> String {
    match url.split_once('.') {
        Some((org, rest)) => format!("{org}.{}", rest.strip_prefix("api.").unwrap_or(rest)),
        None => url.to_owned(),
    }
}

struct Reader {
    imported: ImportedSchema,
    /// `IsValidODataAttribute` was asked for.
    asked: bool,
}

impl Reader {
    fn document(mut self, document: Document) -> Result<ImportedSchema, WireError> {
        let context = document.context.as_deref().map(Context::of).unwrap_or_default();
        self.imported.schema.org.url = context.url.clone();
        let total = document.definitions.len() + document.loose.len();
        let (mut columns, mut relationships, mut unknown) = (Vec::new(), Vec::new(), 0);
        let mut single_table = None;
        let mut tables = 0;
        let belief = match (self.asked, document.changes) {
            (true, _) => Belief::Asked,
            (false, true) => Belief::Changes,
            (false, false) => Belief::Definitions,
        };
        for definition in document.definitions {
            let kind = if context.attributes { Sort::Column } else { sort(&definition) };
            match kind {
                Sort::Table => {
                    tables += 1;
                    single_table = definition.logical_name.clone();
                    tables::table(&mut self.imported, definition, belief, &mut relationships);
                }
                Sort::Column => columns.push(definition),
                Sort::Choice => options::global(&mut self.imported, definition),
                Sort::Relationship => relationships.push(definition),
                Sort::Unknown => unknown += 1,
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
        columns.extend(document.loose);
        let table = context.table.clone().or(single_table.filter(|_| tables == 1));
        // Columns beside their table are no part of `RetrieveMetadataChanges`.
        let loose = if self.asked { Belief::Asked } else { Belief::Definitions };
        columns::loose(&mut self.imported, columns, table.as_deref(), &context, loose);
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

/// The languages that labels are in, and the order that the model has.
fn finish(imported: &mut ImportedSchema) {
    imported.schema.collect_languages();
    imported.schema.sort();
}
