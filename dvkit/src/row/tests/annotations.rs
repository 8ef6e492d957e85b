//! Tests what becomes of names that are no columns: annotations, the version, expanded rows and aliases.

use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;

const LABEL: &str = "@OData.Community.Display.V1.FormattedValue";
const TABLE: &str = "@Microsoft.Dynamics.CRM.lookuplogicalname";
const ID: &str = "00000000-0000-0000-0000-000000000007";

/// Returns JSON text with the names as they stand, `#` for the label and `>` for the table of a lookup.
fn plain(text: &str) -> Plain {
    let text = text.replace('#', LABEL).replace('>', TABLE).replace("$7", ID);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_lookup_has_its_id_table_and_label_in_whatever_order_they_come() {
    let shown = |table: &str, label: &str| format!("{table}({ID}{label})");
    for (text, lookup, owner) in [
        (r#"{"lookup": "$7"}"#, shown("account", ""), "None".to_owned()),
        (r##"{"lookup": "$7", "lookup#": "A"}"##, shown("account", ", \"A\""), "None".to_owned()),
        (r##"{"lookup#": "A", "lookup": "$7"}"##, shown("account", ", \"A\""), "None".to_owned()),
        (r#"{"lookup>": "lead", "lookup": "$7"}"#, shown("lead", ""), "None".to_owned()),
        (r#"{"owner": "$7"}"#, "None".to_owned(), shown("?", "")),
        (r#"{"owner>": "team", "owner": "$7"}"#, "None".to_owned(), shown("team", "")),
        (
            r##"{"owner": "$7", "owner>": "systemuser", "owner#": "B"}"##,
            "None".to_owned(),
            shown("systemuser", ", \"B\""),
        ),
        (r#"{"owner": "$7", "owner>": null}"#, "None".to_owned(), shown("?", "")),
        (r##"{"owner": "$7", "owner#": null}"##, "None".to_owned(), shown("?", "")),
        // Annotations without an id do not make a lookup.
        (r##"{"owner#": "B"}"##, "None".to_owned(), "None".to_owned()),
        (r#"{"owner>": "team"}"#, "None".to_owned(), "None".to_owned()),
        (r##"{"lookup": null, "lookup#": "A"}"##, "None".to_owned(), "None".to_owned()),
        // A lookup beside it keeps its own.
        (r##"{"owner#": "B", "lookup": "$7"}"##, shown("account", ""), "None".to_owned()),
    ] {
        let row = plain(text);
        let told =
            |field: &Option<Lookup>| field.as_ref().map_or("None".to_owned(), |lookup| format!("{lookup:?}"));
        assert_eq!((told(&row.lookup), told(&row.owner)), (lookup, owner), "{text}");
        assert!(row.extra.is_empty(), "{text}: {row:?}");
    }
}

#[test]
fn extras_keep_labels_the_version_and_unknown_names_apart() {
    let row = plain(
        r##"{"choice#": "Big", "choice": 2, "int": 1000, "int#": "1,000", "bool": true, "bool#": null,
            "@odata.etag": "W/\"1\"", "@odata.context": "x", "lookup@Microsoft.Dynamics.CRM.associatednavigationproperty": "y",
            "choice@other.annotation": 3, "x@y@odata.context": 4, "nothing#": "z", "alias": null, "int>": "account"}"##,
    );
    assert_eq!(row.extra.formatted(CHOICE), Some("Big"));
    assert_eq!(row.extra.formatted(INT), Some("1,000"));
    assert_eq!(row.extra.formatted(crate::column::<Plain, kind::Bool, ()>(0)), None);
    assert_eq!(row.extra.etag(), Some("W/\"1\""));
    let others: Vec<_> = row.extra.others().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    assert_eq!(
        others,
        [
            ("alias".to_owned(), Value::Null),
            ("choice@other.annotation".to_owned(), json!(3)),
            (format!("nothing{LABEL}"), json!("z")),
            ("x@y@odata.context".to_owned(), json!(4)),
        ]
    );
    assert_eq!(row.extra.other("alias"), Some(&Value::Null));
    assert_eq!(row.extra.other("@odata.context"), None);
    assert!(!row.extra.is_empty());
    let none = plain(r#"{"int": 7}"#).extra;
    assert!(none.is_empty() && none == RowExtras::NONE);
    assert_eq!(
        (none.etag(), none.formatted(INT), none.other("int"), none.others().count()),
        (None, None, None, 0)
    );
}

#[test]
fn expanded_rows_are_decoded_when_they_are_asked_for() {
    let row = plain(r#"{"parent": {"name": "a"}, "children": [{"name": "b"}, {}]}"#);
    assert_eq!(row.extra.expanded(PARENT).unwrap().and_then(|row| row.name).as_deref(), Some("a"));
    let children = row.extra.expanded_many(CHILDREN).unwrap();
    assert_eq!(children.iter().map(|row| row.name.as_deref()).collect::<Vec<_>>(), [Some("b"), None]);
    let row = plain(r#"{"parent": null, "children": []}"#);
    assert!(row.extra.expanded(PARENT).unwrap().is_none());
    assert!(row.extra.expanded_many(CHILDREN).unwrap().is_empty());
    let row = plain("{}");
    assert!(row.extra.expanded(PARENT).unwrap().is_none());
    assert!(row.extra.expanded_many(CHILDREN).unwrap().is_empty());
    let row = plain(r#"{"parent": {"name": 7}, "children": [{"name": true}]}"#);
    let error = row.extra.expanded(PARENT).unwrap_err().to_string();
    assert_eq!(error, "small.name: expected a text, found 7");
    let error = row.extra.expanded_many(CHILDREN).unwrap_err().to_string();
    assert_eq!(error, "small.name: expected a text, found true");
}

/// A record that keeps what is not a column in a map.
#[derive(Default)]
struct Mapped {
    lookup: Option<Lookup>,
    name: Option<String>,
    rest: BTreeMap<String, Value>,
}

impl Record for Mapped {
    const TABLE: &'static str = "mapped";
    const COLUMNS: &'static [&'static str] = &["lookup", "name"];

    fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
        vec![
            FieldMut::Lookup(&mut self.lookup, "account lead"),
            FieldMut::Text(&mut self.name),
            FieldMut::Other(&mut self.rest),
        ]
    }

    fn fields(&self) -> Vec<FieldRef<'_>> {
        Vec::new()
    }
}

#[test]
fn a_map_keeps_everything_that_is_no_column_by_its_name() {
    let text = r##"{"name": "a", "name#": "A", "lookup": "$7", "lookup#": "L", "lookup>": "lead", "@odata.etag": "e",
        "@odata.context": "c", "alias": {"b": 1}}"##;
    let text = text.replace('#', LABEL).replace('>', TABLE).replace("$7", ID);
    let Row(row) = serde_json::from_str::<Row<Mapped>>(&text).unwrap();
    assert_eq!(row.name.as_deref(), Some("a"));
    assert_eq!(format!("{:?}", row.lookup), format!("Some(lead({ID}, \"L\"))"));
    let wanted =
        json!({"name@OData.Community.Display.V1.FormattedValue": "A", "@odata.etag": "e", "alias": {"b": 1}});
    assert_eq!(json!(row.rest), wanted);
}

#[test]
fn a_record_without_a_place_for_them_ignores_other_names() {
    let text = format!(
        r#"{{"name{LABEL}": "A", "name": "a", "@odata.etag": "e", "b": {{"c": [1]}}, "name{TABLE}": "d"}}"#
    );
    let Row(row) = serde_json::from_str::<Row<Small>>(&text).unwrap();
    assert_eq!(row.name.as_deref(), Some("a"));
}

#[test]
fn a_boxed_record_is_read_like_the_record_itself() {
    let Row(row) = serde_json::from_str::<Row<Box<Small>>>(r#"{"name": "a"}"#).unwrap();
    assert_eq!(row.name.as_deref(), Some("a"));
    assert_eq!((<Box<Small>>::TABLE, <Box<Small>>::COLUMNS), ("small", &["name"][..]));
    assert!(crate::row::equal(&row, &Box::new(Small { name: Some("a".to_owned()) })));
    assert!(!crate::row::equal(&row, &Box::new(Small { name: None })));
}
