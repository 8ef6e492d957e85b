//! Writes a schema as the Web API's metadata JSON, the inverse of [`read`](super::read).
//!
//! Unknown facts are not written, so reading the text gives the same schema. Two facts do not exist in the
//! service's JSON, and are written in a form that only [`read`](super::read) understands:
//! - a column of which only the OData type is known has an `AttributeTypeName` like `Edm.Int32`,
//! - a table of which only a part is known has the annotation `@dvkit.partial`.
//!
//! Some facts exist only in the CSDL and are not written: the base of a table, the table that a column is
//! inherited from, property names that do not follow the rule, abstract tables, and relationships that only
//! one of their tables has.

mod choices;
mod columns;
mod relations;
mod tables;

use serde_json::{Map, Value, json};

use crate::{Choice, Column, LocalizedText, Schema, Side, Table};

/// A JSON object, by member name.
pub type Object = Map<String, Value>;

/// The prefix of the service's type names.
const NAMESPACE: &str = "#Microsoft.Dynamics.CRM.";

/// The kind of response that is written. The two kinds have different names (`@odata.type`) for the same
/// column type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A response of `EntityDefinitions`, with type names like
    /// `#Microsoft.Dynamics.CRM.PicklistAttributeMetadata`.
    Definitions,
    /// A response of `RetrieveMetadataChanges`, with type names like
    /// `#Microsoft.Dynamics.CRM.ComplexPicklistAttributeMetadata`.
    Changes,
}

/// Writes the definitions of one schema.
#[derive(Clone, Copy, Debug)]
pub struct MetadataWriter<'s> {
    schema: &'s Schema,
    dialect: Dialect,
}

impl<'s> MetadataWriter<'s> {
    /// Returns a writer for `schema`, which must be sorted ([`Schema::sort`]).
    #[must_use]
    pub fn new(schema: &'s Schema, dialect: Dialect) -> Self {
        Self { schema, dialect }
    }

    /// Returns the `EntityMetadata` of a table with its columns (`Attributes`), its alternate keys (`Keys`)
    /// and the three collections of its relationships.
    #[must_use]
    pub fn table(&self, table: &Table) -> Value {
        let mut object = self.table_facts(table);
        let columns = table.columns.iter().map(|c| self.column(table, c)).map(Value::Object).collect();
        let relationships =
            |side| Value::Array(self.relationships(table, side).into_iter().map(Value::Object).collect());
        let keys = self.keys(table).into_iter().map(Value::Object).collect();
        object.insert("Attributes".into(), Value::Array(columns));
        object.insert("Keys".into(), Value::Array(keys));
        object.insert("OneToManyRelationships".into(), relationships(Side::OneToMany));
        object.insert("ManyToOneRelationships".into(), relationships(Side::ManyToOne));
        object.insert("ManyToManyRelationships".into(), relationships(Side::ManyToMany));
        Value::Object(object)
    }

    /// Returns the `EntityMetadata` of a table, without its columns, keys and relationships.
    #[must_use]
    pub fn table_facts(&self, table: &Table) -> Object {
        tables::object(table)
    }

    /// Returns the `EntityKeyMetadata` of each alternate key of a table.
    #[must_use]
    pub fn keys(&self, table: &Table) -> Vec<Object> {
        tables::keys(table)
    }

    /// Returns the definitions of the relationships in which `table` is on the side `side`, as
    /// `OneToManyRelationshipMetadata` or `ManyToManyRelationshipMetadata`.
    #[must_use]
    pub fn relationships(&self, table: &Table, side: Side) -> Vec<Object> {
        relations::objects(self, table, side)
    }

    /// Returns the `AttributeMetadata` of a column, in the class for its type. Choice columns have the member
    /// `OptionSet`, and in [`Dialect::Definitions`] also `GlobalOptionSet`.
    #[must_use]
    pub fn column(&self, table: &Table, column: &Column) -> Object {
        columns::object(self, table, column)
    }

    /// Returns the `OptionSetMetadata` of a choice, or `BooleanOptionSetMetadata` for a two-option set.
    #[must_use]
    pub fn choice(&self, choice: &Choice) -> Object {
        choices::object(self, choice, false)
    }

    fn class(&self, name: &str) -> Value {
        let complex = if self.dialect == Dialect::Changes { "Complex" } else { "" };
        Value::String(format!("{NAMESPACE}{complex}{name}"))
    }
}

/// Returns the schema as one `RetrieveMetadataChanges` response with all properties. It does not have the
/// global choices that no column uses; see [`global_choices`].
#[must_use]
pub fn changes(schema: &Schema) -> Value {
    let writer = MetadataWriter::new(schema, Dialect::Changes);
    let tables: Vec<_> = schema.tables.values().map(|t| writer.table(t)).collect();
    json!({ "EntityMetadata": tables, "DeletedMetadata": null })
}

/// Returns the schema as an `EntityDefinitions` response in which columns, keys, relationships and choices
/// are expanded.
#[must_use]
pub fn definitions(schema: &Schema) -> Value {
    let writer = MetadataWriter::new(schema, Dialect::Definitions);
    let tables: Vec<_> = schema.tables.values().map(|t| writer.table(t)).collect();
    json!({ "value": tables })
}

/// Returns all global choices of the schema as a `GlobalOptionSetDefinitions` response.
#[must_use]
pub fn global_choices(schema: &Schema) -> Value {
    let writer = MetadataWriter::new(schema, Dialect::Definitions);
    let choices: Vec<_> = schema.choices.values().map(|c| Value::Object(writer.choice(c))).collect();
    json!({ "value": choices })
}

/// Returns the `Label` of a text. As the label in the user's language it has the English text (1033), or else
/// the text in the language with the lowest code.
pub(super) fn label(label: &LocalizedText) -> Value {
    let text = |(language, text): (&u32, &String)| json!({ "Label": text, "LanguageCode": language });
    let texts: Vec<_> = label.0.iter().map(text).collect();
    let user = label.0.get_key_value(&1033).or_else(|| label.0.first_key_value()).map(text);
    json!({ "LocalizedLabels": texts, "UserLocalizedLabel": user })
}

/// Adds facts to a JSON object.
trait Facts {
    /// Adds the member `name` with the value; adds nothing if the value is `None`.
    fn fact(&mut self, name: &str, value: Option<impl Into<Value>>);

    /// Adds the member `name` with an object `{"Value": value}`; adds nothing if the value is `None`.
    fn named(&mut self, name: &str, value: Option<&str>);

    /// Adds a text in several languages as a `Label`. An empty text is added too, as in the service's
    /// responses.
    fn text(&mut self, name: &str, value: &LocalizedText);
}

impl Facts for Object {
    fn fact(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.insert(name.to_owned(), value.into());
        }
    }

    fn named(&mut self, name: &str, value: Option<&str>) {
        self.fact(name, value.map(|value| json!({ "Value": value })));
    }

    fn text(&mut self, name: &str, value: &LocalizedText) {
        self.insert(name.to_owned(), label(value));
    }
}
