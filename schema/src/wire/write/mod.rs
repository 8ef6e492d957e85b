//! From the model to the Web API's metadata JSON: the other direction of [`read`](super::read).
//!
//! What the model does not know is absent, so that what is written and read again is what it was. Two facts have no word
//! on the wire, and are written in a form that only [`read`](super::read) knows: that a column's type is known as a wire type
//! alone (`AttributeTypeName` is then `Edm.Int32`), and that a table is known in part
//! (the annotation `@dvkit.partial`).
//!
//! Some facts have no form here at all, and are the CSDL's to tell: a table's base, what a column is inherited from, property
//! names that follow no rule, abstract tables, and relationships that only one of their tables knows.

mod choices;
mod columns;
mod relations;
mod tables;

use serde_json::{Map, Value, json};

use crate::{Choice, Column, LocalizedText, Schema, Side, Table};

/// A JSON object.
pub type Object = Map<String, Value>;

/// The name space of the service's types.
const NAMESPACE: &str = "#Microsoft.Dynamics.CRM.";

/// Which of the two ways of asking is answered: the names of types differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `EntityDefinitions`: `#Microsoft.Dynamics.CRM.PicklistAttributeMetadata`.
    Definitions,
    /// `RetrieveMetadataChanges`: `#Microsoft.Dynamics.CRM.ComplexPicklistAttributeMetadata`.
    Changes,
}

/// Writes definitions of one organisation.
#[derive(Clone, Copy, Debug)]
pub struct MetadataWriter<'s> {
    schema: &'s Schema,
    dialect: Dialect,
}

impl<'s> MetadataWriter<'s> {
    /// A writer for the tables of `schema`, which must be in order ([`Schema::sort`]).
    #[must_use]
    pub fn new(schema: &'s Schema, dialect: Dialect) -> Self {
        Self { schema, dialect }
    }

    /// `EntityMetadata` with everything in it: `Attributes`, `Keys` and the three collections of relationships.
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

    /// `EntityMetadata` without what the table consists of.
    #[must_use]
    pub fn table_facts(&self, table: &Table) -> Object {
        tables::object(table)
    }

    /// `EntityKeyMetadata` of every alternate key.
    #[must_use]
    pub fn keys(&self, table: &Table) -> Vec<Object> {
        tables::keys(table)
    }

    /// The relationships that have the table on this side, as `OneToManyRelationshipMetadata` or
    /// `ManyToManyRelationshipMetadata`.
    #[must_use]
    pub fn relationships(&self, table: &Table, side: Side) -> Vec<Object> {
        relations::objects(self, table, side)
    }

    /// `AttributeMetadata` of the type that the column has, with `OptionSet` in it; for [`Dialect::Definitions`]
    /// with `GlobalOptionSet` too.
    #[must_use]
    pub fn column(&self, table: &Table, column: &Column) -> Object {
        columns::object(self, table, column)
    }

    /// `OptionSetMetadata`, or `BooleanOptionSetMetadata` for a two-option set.
    #[must_use]
    pub fn choice(&self, choice: &Choice) -> Object {
        choices::object(self, choice, false)
    }

    fn class(&self, name: &str) -> Value {
        let complex = if self.dialect == Dialect::Changes { "Complex" } else { "" };
        Value::String(format!("{NAMESPACE}{complex}{name}"))
    }
}

/// A whole organisation as one response of `RetrieveMetadataChanges`, asked for everything. Global choices that no
/// column uses are not in it: they are in [`global_choices`].
#[must_use]
pub fn changes(schema: &Schema) -> Value {
    let writer = MetadataWriter::new(schema, Dialect::Changes);
    let tables: Vec<_> = schema.tables.values().map(|t| writer.table(t)).collect();
    json!({ "EntityMetadata": tables, "DeletedMetadata": null })
}

/// A whole organisation as `EntityDefinitions` with everything expanded.
#[must_use]
pub fn definitions(schema: &Schema) -> Value {
    let writer = MetadataWriter::new(schema, Dialect::Definitions);
    let tables: Vec<_> = schema.tables.values().map(|t| writer.table(t)).collect();
    json!({ "value": tables })
}

/// All global choices as `GlobalOptionSetDefinitions`.
#[must_use]
pub fn global_choices(schema: &Schema) -> Value {
    let writer = MetadataWriter::new(schema, Dialect::Definitions);
    let choices: Vec<_> = schema.choices.values().map(|c| Value::Object(writer.choice(c))).collect();
    json!({ "value": choices })
}

/// `Label`; the user's language is English (1033) where there is such a text, else the first.
pub(super) fn label(label: &LocalizedText) -> Value {
    let text = |(language, text): (&u32, &String)| json!({ "Label": text, "LanguageCode": language });
    let texts: Vec<_> = label.0.iter().map(text).collect();
    let user = label.0.get_key_value(&1033).or_else(|| label.0.first_key_value()).map(text);
    json!({ "LocalizedLabels": texts, "UserLocalizedLabel": user })
}

/// Puts facts into an object as far as they are known.
trait Facts {
    /// A fact, where it is known.
    fn fact(&mut self, name: &str, value: Option<impl Into<Value>>);

    /// A fact that travels in an object with a `Value`.
    fn named(&mut self, name: &str, value: Option<&str>);

    /// A text in languages; empty ones are written too, as the service does.
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
