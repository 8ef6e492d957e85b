//! Builds `DeletedMetadata`: the ids of deleted definitions. The query's filters do not apply to them.

use std::collections::BTreeSet;

use dvkit_schema::Schema;
use serde_json::{Value, json};

use super::super::ids;

/// Returns the value of `DeletedMetadata` if the request has no stamp, or if nothing was deleted.
pub(super) fn none() -> Value {
    collection(Vec::new())
}

/// A function that collects the ids of one kind of definition in a schema.
type Ids = fn(&Schema) -> BTreeSet<String>;

/// Returns the ids of the definitions that were deleted between the states `before` and `now`. `filters`
/// names the requested kinds of definitions.
pub(super) fn since(before: &Schema, now: &Schema, filters: &[String]) -> Value {
    let asked = |name: &str| filters.iter().any(|f| f == name || f == "All");
    let sorts: [(&str, Ids); 4] = [
        ("Default", tables),
        ("Attribute", columns),
        ("Relationship", relationships),
        ("OptionSet", choices),
    ];
    let gone = sorts.into_iter().filter(|(name, _)| asked(name)).filter_map(|(name, ids)| {
        let now = ids(now);
        let gone: Vec<_> = ids(before).into_iter().filter(|id| !now.contains(id)).collect();
        (!gone.is_empty()).then_some((name, gone))
    });
    collection(gone.collect())
}

fn collection(gone: Vec<(&str, Vec<String>)>) -> Value {
    let (keys, values): (Vec<_>, Vec<_>) = gone.into_iter().unzip();
    let values: Vec<_> = values.into_iter().map(|ids| json!({ "Items": ids })).collect();
    json!({ "Count": keys.len(), "IsReadOnly": false, "Keys": keys, "Values": values })
}

fn tables(schema: &Schema) -> BTreeSet<String> {
    schema.tables.values().filter_map(|t| t.metadata_id.clone()).collect()
}

/// Collects the ids of the columns of all tables. When a table was deleted, the ids of its columns are
/// therefore reported as well.
fn columns(schema: &Schema) -> BTreeSet<String> {
    schema.tables.values().flat_map(|t| &t.columns).filter_map(|c| c.metadata_id.clone()).collect()
}

fn relationships(schema: &Schema) -> BTreeSet<String> {
    let all = schema.tables.values().flat_map(|t| &t.relationships);
    all.filter_map(|r| Some(ids::generate("relationship", r.schema_name.as_deref()?))).collect()
}

fn choices(schema: &Schema) -> BTreeSet<String> {
    schema.choices.keys().map(|name| ids::generate("option-set", name)).collect()
}
