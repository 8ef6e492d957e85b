//! Builds the requests of a fetch: `RetrieveMetadataChanges` with lists of properties and of tables.
//!
//! Only the properties that [`wire`](dvkit_schema::wire) reads are requested, each by name: all properties of
//! a large organisation are hundreds of megabytes. The service returns a meaningless default value for every
//! property that was not requested.

use dvkit_client::Request;
use serde_json::{Value, json};

/// The number of tables in one part of a fetch. Each part is one request, whose response of some megabytes
/// arrives within seconds.
pub(super) const TABLES_PER_PART: usize = 10;

/// The properties of tables that are requested.
pub(super) const TABLE_PROPERTIES: [&str; 18] = [
    "LogicalName",
    "SchemaName",
    "EntitySetName",
    "DisplayName",
    "DisplayCollectionName",
    "Description",
    "PrimaryIdAttribute",
    "PrimaryNameAttribute",
    "PrimaryImageAttribute",
    "ObjectTypeCode",
    "OwnershipType",
    "IsActivity",
    "IsIntersect",
    "IsPrivate",
    "IsCustomEntity",
    "DataProviderId",
    "ChangeTrackingEnabled",
    "EnforceStateTransitions",
];

/// A property of tables that is requested too, unless the service is too old to support it.
pub(super) const TABLE_TYPE: &str = "TableType";

/// The collections of a table definition that are requested.
const COLLECTION_PROPERTIES: [&str; 5] =
    ["Attributes", "Keys", "OneToManyRelationships", "ManyToOneRelationships", "ManyToManyRelationships"];

/// The properties of columns that are requested. The service omits properties that a column's type does not
/// have.
const COLUMN_PROPERTIES: [&str; 34] = [
    "LogicalName",
    "SchemaName",
    "AttributeType",
    "AttributeTypeName",
    "AttributeOf",
    "DisplayName",
    "Description",
    "IsCustomAttribute",
    "IsPrimaryId",
    "IsPrimaryName",
    "IsLogical",
    "IsValidForCreate",
    "IsValidForRead",
    "IsValidForUpdate",
    "IsValidODataAttribute",
    "IsSecured",
    "RequiredLevel",
    "SourceType",
    "Targets",
    "OptionSet",
    "MaxLength",
    "MinValue",
    "MaxValue",
    "Precision",
    "PrecisionSource",
    "Format",
    "FormatName",
    "DateTimeBehavior",
    "CalculationOf",
    "IsPrimaryImage",
    "MaxSizeInKB",
    "DefaultValue",
    "DefaultFormValue",
    "AutoNumberFormat",
];

/// The properties of one-to-many relationships that are requested.
pub(super) const ONE_TO_MANY_PROPERTIES: [&str; 9] = [
    "SchemaName",
    "ReferencedEntity",
    "ReferencedAttribute",
    "ReferencingEntity",
    "ReferencingAttribute",
    "ReferencedEntityNavigationPropertyName",
    "ReferencingEntityNavigationPropertyName",
    "IsHierarchical",
    "CascadeConfiguration",
];
pub(super) const MANY_TO_MANY_PROPERTIES: [&str; 8] = [
    "SchemaName",
    "Entity1LogicalName",
    "Entity2LogicalName",
    "Entity1IntersectAttribute",
    "Entity2IntersectAttribute",
    "Entity1NavigationPropertyName",
    "Entity2NavigationPropertyName",
    "IntersectEntityName",
];

/// The properties of alternate keys that are requested.
pub(super) const KEY_PROPERTIES: [&str; 4] =
    ["LogicalName", "SchemaName", "KeyAttributes", "EntityKeyIndexStatus"];

/// The tables that a query requests.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tables<'a> {
    /// The tables with these logical names.
    Named(&'a [String]),
    /// All tables; in a request with a stamp, all tables that have changed since.
    All,
}

/// The capabilities of the service that queries depend on, and the languages of the labels to request.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceCapabilities {
    /// Whether the service is too old to support [`TABLE_TYPE`].
    pub(super) without_table_type: bool,
    /// The languages (LCIDs) of the labels to request. If the list is empty, labels in all languages are
    /// requested.
    pub(super) languages: Vec<u32>,
}

impl ServiceCapabilities {
    pub(super) fn table_properties(&self) -> impl Iterator<Item = &'static str> {
        TABLE_PROPERTIES.into_iter().chain((!self.without_table_type).then_some(TABLE_TYPE))
    }
}

/// Returns the `EntityQueryExpression` for the names of all tables.
///
/// A service that does not know [`TABLE_TYPE`] refuses the query, unless `capabilities.without_table_type` is
/// set.
pub(super) fn names(capabilities: &ServiceCapabilities) -> Value {
    let table_type = (!capabilities.without_table_type).then_some(TABLE_TYPE);
    json!({ "Properties": properties(["LogicalName", "SchemaName"].into_iter().chain(table_type)) })
}

/// The number of the set of facts that are taken from the requested properties. A version that takes more facts
/// from the same properties has a higher number, so that its first fetch reads everything again. Version 2 takes
/// the order of the two tables of N:N relationships.
const FACTS_VERSION: u32 = 2;

/// Returns the names of all properties that are requested, each kind after the other, and the number of the set of
/// facts that are taken from them, in one text.
pub(super) fn all_properties() -> String {
    let capabilities = ServiceCapabilities::default();
    let tables = capabilities.table_properties().chain(COLLECTION_PROPERTIES).chain(COLUMN_PROPERTIES);
    let all = tables.chain(ONE_TO_MANY_PROPERTIES).chain(MANY_TO_MANY_PROPERTIES).chain(KEY_PROPERTIES);
    format!("{};{FACTS_VERSION}", all.collect::<Vec<_>>().join(","))
}

/// Returns the `EntityQueryExpression` for the complete definitions of `tables`.
pub(super) fn everything(tables: Tables<'_>, capabilities: &ServiceCapabilities) -> Value {
    let relationships: Vec<_> =
        ONE_TO_MANY_PROPERTIES.iter().chain(MANY_TO_MANY_PROPERTIES.iter().skip(1)).copied().collect();
    let mut query = json!({
        "Properties": properties(capabilities.table_properties().chain(COLLECTION_PROPERTIES)),
        "AttributeQuery": { "Properties": properties(COLUMN_PROPERTIES) },
        "RelationshipQuery": { "Properties": properties(relationships) },
        "KeyQuery": { "Properties": properties(KEY_PROPERTIES) },
    });
    if let (Tables::Named(names), Some(query)) = (tables, query.as_object_mut()) {
        query.insert("Criteria".to_owned(), criteria(names));
    }
    if let (false, Some(query)) = (capabilities.languages.is_empty(), query.as_object_mut()) {
        let labels = json!({ "FilterLanguages": capabilities.languages, "MissingLabelBehavior": 0 });
        query.insert("LabelQuery".to_owned(), labels);
    }
    query
}

fn properties<'a>(names: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "AllProperties": false, "PropertyNames": names.into_iter().collect::<Vec<_>>() })
}

/// Returns the criteria that select the tables with the logical names `names`. The service requires the list
/// as a text with quoted names, such as `['a','b']`.
fn criteria(names: &[String]) -> Value {
    let list: Vec<_> = names.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
    json!({
        "FilterOperator": "And",
        "Conditions": [{
            "ConditionOperator": "In",
            "PropertyName": "LogicalName",
            "Value": { "Type": "System.String[]", "Value": format!("[{}]", list.join(",")) },
        }],
    })
}

/// Returns the request for `$metadata`.
pub(super) fn csdl() -> Request {
    Request::get("$metadata").accept("application/xml")
}

/// Returns the request for the organisation's row.
pub(super) fn organisation() -> Request {
    Request::get("organizations").query("$select", "languagecode")
}

/// Returns the request with the `EntityQueryExpression` `query`. If `since` is a stamp, the response has only
/// definitions that were changed or deleted after the stamp; if it is `None`, the response has all.
pub(super) fn request(query: &Value, since: Option<&str>) -> Request {
    const DELETED: &str =
        "Microsoft.Dynamics.CRM.DeletedMetadataFilters'Default,Attribute,Relationship,OptionSet'";
    let query = query.to_string();
    match since {
        None => Request::get("RetrieveMetadataChanges(Query=@p1)").query("@p1", query),
        Some(stamp) => {
            let function =
                "RetrieveMetadataChanges(Query=@p1,ClientVersionStamp=@p2,DeletedMetadataFilters=@p3)";
            let stamp = format!("'{}'", stamp.replace('\'', "''"));
            Request::get(function).query("@p1", query).query("@p2", stamp).query("@p3", DELETED)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_query_of_a_part_lists_tables_and_properties() {
        let names = ["account".to_owned(), "new_o'hara".to_owned()];
        let capabilities = ServiceCapabilities { languages: vec![1031], ..ServiceCapabilities::default() };
        let query = everything(Tables::Named(&names), &capabilities);
        expect![[r#"{"Conditions":[{"ConditionOperator":"In","PropertyName":"LogicalName","Value":{"Type":"System.String[]","Value":"['account','new_o''hara']"}}],"FilterOperator":"And"}"#]]
            .assert_eq(&query["Criteria"].to_string());
        expect![[r#"{"FilterLanguages":[1031],"MissingLabelBehavior":0}"#]]
            .assert_eq(&query["LabelQuery"].to_string());
        let asked = |query: &Value| query["Properties"]["PropertyNames"].to_string();
        assert!(asked(&query).contains("TableType") && asked(&query).contains("ManyToManyRelationships"));
        let old = ServiceCapabilities { without_table_type: true, ..ServiceCapabilities::default() };
        let query = everything(Tables::All, &old);
        assert!(!asked(&query).contains("TableType"));
        assert!(query.get("Criteria").is_none() && query.get("LabelQuery").is_none());
    }

    #[test]
    fn parameters_without_a_value_are_omitted() {
        let query = json!({ "Properties": { "AllProperties": false, "PropertyNames": ["LogicalName"] } });
        let full = request(&query, None);
        expect!["RetrieveMetadataChanges(Query=@p1)?@p1=%7B%22Properties%22:%7B%22AllProperties%22:false,%22PropertyNames%22:[%22LogicalName%22]%7D%7D"].assert_eq(full.target());
        let since = request(&json!({}), Some("74812162!10/09/2022 22:10:22"));
        expect!["RetrieveMetadataChanges(Query=@p1,ClientVersionStamp=@p2,DeletedMetadataFilters=@p3)?@p1=%7B%7D&@p2='74812162!10/09/2022%2022:10:22'&@p3=Microsoft.Dynamics.CRM.DeletedMetadataFilters'Default,Attribute,Relationship,OptionSet'"].assert_eq(since.target());
    }
}
