//! Parses `EntityQueryExpression`, which is JSON in the URL.

use serde::Deserialize;

use super::super::Refusal;
use super::criteria::Criteria;

/// A query for table definitions: the criteria, and the properties, columns, keys, relationships and
/// languages to return.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Query {
    pub(super) properties: Properties,
    pub(super) criteria: Option<Criteria>,
    pub(super) attribute_query: Option<CollectionQuery>,
    pub(super) relationship_query: Option<CollectionQuery>,
    pub(super) key_query: Option<CollectionQuery>,
    pub(super) label_query: Option<LabelQuery>,
}

/// The part of a query that restricts columns, relationships or keys.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CollectionQuery {
    pub(super) properties: Properties,
    pub(super) criteria: Option<Criteria>,
}

/// The requested properties (`MetadataPropertiesExpression`): all properties, or only the named ones.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Properties {
    pub(super) all_properties: bool,
    pub(super) property_names: Vec<String>,
}

impl Properties {
    pub(super) fn has(&self, name: &str) -> bool {
        self.all_properties || self.property_names.iter().any(|n| n == name)
    }
}

/// The requested languages of labels (`LabelQueryExpression`).
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct LabelQuery {
    pub(super) filter_languages: Vec<u32>,
    #[serde(rename = "MissingLabelBehavior")]
    _missing_label_behavior: i64,
}

impl Query {
    /// Returns the query that applies if the request contains none: it requests everything.
    pub(super) fn everything() -> Self {
        Self {
            properties: Properties { all_properties: true, property_names: Vec::new() },
            ..Self::default()
        }
    }

    /// Parses a query in JSON. Returns an error if the text is not an `EntityQueryExpression` in JSON.
    pub(super) fn read(json: &str) -> Result<Self, Refusal> {
        serde_json::from_str(json).map_err(|e| {
            Refusal::bad(format!("An error occurred while validating input parameters: the Query is not an EntityQueryExpression: {e}"))
        })
    }
}
