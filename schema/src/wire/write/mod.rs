//! Writes a schema as the Web API's metadata JSON, the inverse of [`read`](super::read).
//!
//! Facts that are not known are absent, so that reading the text gives the same schema. Two facts have no
//! form in the service's JSON and are written in one that only [`read`](super::read) understands:
//! - a column of which only the wire type is known has an `AttributeTypeName` like `Edm.Int32`,
//! - a table of which only a part is known has the annotation `@dvkit.partial`.
//!
//! Some facts are in the CSDL only and are not written: a table's base, the table that a column is inherited
//! from, property names that follow no rule, abstract tables, and relationships that only one of their tables
//! has.

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

/// The request whose response is written. The same column type has another name (`@odata.type`) in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A response of `EntityDefinitions`, with type names like
    /// `#Microsoft.Dynamics.CRM.PicklistAttributeMetadata`.
    Definitions,
    /// A response of `RetrieveMetadataChanges`, with type names like
    /// `#Microsoft.Dynamics.CRM.ComplexPicklistAttributeMetadata`.
    Changes,
}

/// A writer of the definitions of one schema.
#[derive(Clone, Copy, Debug)]
pub struct MetadataWriter<'s> {
    schema: &'s Schema,
    dialect: Dialect,
}

impl<'s> MetadataWriter<'s> {
    /// Returns a writer for the tables of `schema`, which must be sorted ([`Schema::sort`]).
    #[must_use]
    pub fn new(schema: &'s Schema, dialect: Dialect) -> Self {
        Self { schema, dialect }
    }

    /// Returns the `EntityMetadata` of a table with `Attributes`, `Keys` and the three collections of
    /// relationships.
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

    /// Returns the `EntityMetadata` of a table without columns, keys and relationships.
    #[must_use]
    pub fn table_facts(&self, table: &Table) -> Object {
        tables::object(table)
    }

    /// Returns the `EntityKeyMetadata` of every alternate key.
    #[must_use]
    pub fn keys(&self, table: &Table) -> Vec<Object> {
        tables::keys(table)
    }

    /// Returns the relationships that have the table on this side, as `OneToManyRelationshipMetadata` or
    /// `ManyToManyRelationshipMetadata`.
    #[must_use]
    pub fn relationships(&self, table: &Table, side: Side) -> Vec<Object> {
        relations::objects(self, table, side)
    }

    /// Returns the `AttributeMetadata` of a column, of the class for its type. Choice columns have
    /// `OptionSet`, and for [`Dialect::Definitions`] also `GlobalOptionSet`.
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

/// Returns the schema as one response of `RetrieveMetadataChanges` with all properties. It lacks global
/// choices that no column uses; [`global_choices`] has them.
#[must_use]
pub fn changes(schema: &Schema) -> Value {
    let writer = MetadataWriter::new(schema, Dialect::Changes);
    let tables: Vec<_> = schema.tables.values().map(|t| writer.table(t)).collect();
    json!({ "EntityMetadata": tables, "DeletedMetadata": null })
}

/// Returns the schema as `EntityDefinitions` with everything expanded.
#[must_use]
pub fn definitions(schema: &Schema) -> Value {
    let writer = MetadataWriter::new(schema, Dialect::Definitions);
    let tables: Vec<_> = schema.tables.values().map(|t| writer.table(t)).collect();
    json!({ "value": tables })
}

/// Returns all global choices as `GlobalOptionSetDefinitions`.
#[must_use]
pub fn global_choices(schema: &Schema) -> Value {
    let writer = MetadataWriter::new(schema, Dialect::Definitions);
    let choices: Vec<_> = schema.choices.values().map(|c| Value::Object(writer.choice(c))).collect();
    json!({ "value": choices })
}

/// Returns the `Label`. Its text in the user's language is the English one (1033), or else the first.
pub(super) fn label(label: &LocalizedText) -> Value {
    let text = |(language, text): (&u32, &String)| json!({ "Label": text, "LanguageCode": language });
    let texts: Vec<_> = label.0.iter().map(text).collect();
    let user = label.0.get_key_value(&1033).or_else(|| label.0.first_key_value()).map(text);
    json!({ "LocalizedLabels": texts, "UserLocalizedLabel": user })
}

/// Methods that add facts to a JSON object if they are known.
trait Facts {
    /// Adds a fact if it is known.
    fn fact(&mut self, name: &str, value: Option<impl Into<Value>>);

    /// Adds a fact that is wrapped in an object with a `Value`.
    fn named(&mut self, name: &str, value: Option<&str>);

    /// Adds a text in several languages; empty ones too, as the service does.
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
