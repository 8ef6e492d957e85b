//! Reads ids, changes, deletions and the stamp from a response of `RetrieveMetadataChanges`. The definitions
//! in the response are read by [`wire`](dvkit_schema::wire), which does not know these facts.

use std::collections::BTreeSet;

use dvkit_schema::store::SyncState;
use serde::Deserialize;
use serde_json::Value;

/// The facts in a response that are not definitions: stamp, deletions, ids, and which items have changed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChangeInfo {
    #[serde(rename = "ServerVersionStamp")]
    pub(super) stamp: Option<String>,
    #[serde(rename = "DeletedMetadata")]
    deleted: Option<Value>,
    #[serde(rename = "EntityMetadata")]
    pub(super) tables: Vec<TableChangeInfo>,
    /// The tables in a response of `EntityDefinitions`; empty for a response of `RetrieveMetadataChanges`.
    value: Vec<TableChangeInfo>,
}

/// The facts in a response about a table: its name and id, whether it has changed, and its columns and
/// relationships.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct TableChangeInfo {
    pub(super) logical_name: Option<String>,
    pub(super) metadata_id: Option<String>,
    pub(super) has_changed: Option<bool>,
    pub(super) attributes: Option<Vec<ColumnChangeInfo>>,
    pub(super) one_to_many_relationships: Option<Vec<RelationshipChangeInfo>>,
    pub(super) many_to_one_relationships: Option<Vec<RelationshipChangeInfo>>,
    pub(super) many_to_many_relationships: Option<Vec<RelationshipChangeInfo>>,
}

/// The facts in a response about a column: its name, whether it has changed, and its choice.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct ColumnChangeInfo {
    pub(super) logical_name: Option<String>,
    pub(super) has_changed: Option<bool>,
    #[serde(rename = "IsValidODataAttribute")]
    pub(super) is_valid_odata_attribute: Option<bool>,
    pub(super) option_set: Option<ChoiceChangeInfo>,
}

/// The facts in a response about a choice: its name and id, and whether it is global.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct ChoiceChangeInfo {
    pub(super) name: Option<String>,
    pub(super) metadata_id: Option<String>,
    pub(super) is_global: Option<bool>,
}

/// The facts in a response about a relationship: its name and id, and whether it has changed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct RelationshipChangeInfo {
    pub(super) schema_name: Option<String>,
    pub(super) metadata_id: Option<String>,
    pub(super) has_changed: Option<bool>,
}

impl TableChangeInfo {
    pub(super) fn relationships(&self) -> impl Iterator<Item = &RelationshipChangeInfo> {
        let lists = [
            &self.one_to_many_relationships,
            &self.many_to_one_relationships,
            &self.many_to_many_relationships,
        ];
        lists.into_iter().flatten().flatten()
    }
}

impl ChangeInfo {
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        let mut marks: Self = serde_json::from_str(text)?;
        let more = std::mem::take(&mut marks.value);
        marks.tables.extend(more);
        Ok(marks)
    }

    /// Returns the ids of all deleted definitions, in lower case. The response groups the ids by kind of
    /// definition; the groups are combined, because ids are unique.
    pub(super) fn deleted(&self) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        if let Some(values) = self.deleted.as_ref().and_then(|d| d.get("Values")) {
            collect_ids(values, &mut ids);
        }
        ids
    }

    /// Adds the ids of relationships and global choices in the response to `sync`, because the schema does
    /// not have them.
    pub(super) fn note(&self, sync: &mut SyncState) {
        for info in &self.tables {
            for column in info.attributes.iter().flatten() {
                if let Some(ChoiceChangeInfo {
                    name: Some(choice),
                    metadata_id: Some(id),
                    is_global: Some(true),
                }) = &column.option_set
                {
                    sync.choices.insert(choice.clone(), id.clone());
                }
            }
            for relationship in info.relationships() {
                if let (Some(name), Some(id)) = (&relationship.schema_name, &relationship.metadata_id) {
                    sync.relationships.insert(name.clone(), id.clone());
                }
            }
        }
    }
}

/// Adds to `ids` every text in a JSON value that looks like an id. The whole value is searched, because
/// serialisers wrap collections in different ways.
fn collect_ids(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if is_id(text) => {
            ids.insert(text.to_lowercase());
        }
        Value::Array(items) => items.iter().for_each(|v| collect_ids(v, ids)),
        Value::Object(members) => members.values().for_each(|v| collect_ids(v, ids)),
        _ => {}
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deleted_ids_are_found_in_any_wrapping() {
        let (a, b) = ("30b0cd7e-0081-42e1-9a48-688442277fae", "30B0CD7E-0081-42E1-9A48-688442277FAF");
        for values in [
            format!(r#"[{{"Count":1,"Items":["{a}","{b}"]}}]"#),
            format!(r#"[["{a}"],["{b}"]]"#),
            format!(r#"[{{"Value":{{"x":"{a}"}}}},{{"Value":["{b}"]}}]"#),
        ] {
            let text = format!(
                r#"{{"DeletedMetadata":{{"Keys":["Default"],"Values":{values}}},"EntityMetadata":[]}}"#
            );
            let found: Vec<_> = ChangeInfo::read(&text).unwrap().deleted().into_iter().collect();
            assert_eq!(found, [a.to_owned(), b.to_lowercase()]);
        }
        assert!(ChangeInfo::read(r#"{"DeletedMetadata":null}"#).unwrap().deleted().is_empty());
        // Other texts are not ids.
        for other in [
            "Attribute",
            "",
            &a[1..],
            &format!("{a}0"),
            &a.replace('-', "0"),
            &a.replace('f', "g"),
            &a.replace("e-0", "-e0"),
        ] {
            let text = format!(r#"{{"DeletedMetadata":{{"Values":[{{"Kind":"{other}","Count":2}}]}}}}"#);
            assert_eq!(ChangeInfo::read(&text).unwrap().deleted(), BTreeSet::new(), "{other}");
        }
    }

    #[test]
    fn the_ids_of_a_response_are_recorded() {
        let text = r#"{"EntityMetadata":[{"LogicalName":"a","MetadataId":"1","Attributes":[{"LogicalName":"c","MetadataId":"2",
            "OptionSet":{"Name":"g","IsGlobal":true,"MetadataId":"3"}}],"Keys":[],"ManyToOneRelationships":[{"SchemaName":"r","MetadataId":"4"}]}]}"#;
        let mut sync = SyncState::new("u", Value::Null);
        ChangeInfo::read(text).unwrap().note(&mut sync);
        assert_eq!((&*sync.choices["g"], &*sync.relationships["r"]), ("3", "4"));
    }
}
