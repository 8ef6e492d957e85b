//! Estimates how often queries name a table or a column, so that likely names are offered first.
//!
//! The estimate uses what every organisation has: Microsoft's standard names, the roles of columns in their
//! table, and their types.

use dvkit_schema::store::TableEntry;
use dvkit_schema::{Column, ColumnType, RequiredLevel, Table};

/// The columns of Microsoft's tables that queries name most often, with their weights.
const COMMON: &[(&str, i32)] = &[
    ("accountid", 22),
    ("accountnumber", 34),
    ("activityid", 20),
    ("activitytypecode", 24),
    ("actualclosedate", 20),
    ("actualend", 20),
    ("actualstart", 16),
    ("actualvalue", 24),
    ("address1_city", 46),
    ("address1_composite", 22),
    ("address1_country", 26),
    ("address1_line1", 34),
    ("address1_line2", 22),
    ("address1_name", 16),
    ("address1_postalcode", 32),
    ("address1_stateorprovince", 32),
    ("address1_telephone1", 18),
    ("annualincome", 16),
    ("birthdate", 22),
    ("businessunitid", 28),
    ("companyname", 24),
    ("createdby", 26),
    ("createdon", 40),
    ("creditlimit", 20),
    ("customerid", 34),
    ("customertypecode", 18),
    ("defaultpricelevelid", 10),
    ("description", 26),
    ("displayname", 30),
    ("domainname", 28),
    ("donotemail", 14),
    ("emailaddress1", 46),
    ("emailaddress2", 16),
    ("estimatedclosedate", 32),
    ("estimatedvalue", 36),
    ("fax", 18),
    ("firstname", 34),
    ("fullname", 60),
    ("industrycode", 24),
    ("internalemailaddress", 28),
    ("isdisabled", 24),
    ("jobtitle", 28),
    ("lastname", 36),
    ("leadsourcecode", 16),
    ("mobilephone", 28),
    ("modifiedby", 14),
    ("modifiedon", 28),
    ("name", 60),
    ("numberofemployees", 22),
    ("objectid", 18),
    ("opportunityid", 14),
    ("originatingleadid", 14),
    ("ownerid", 40),
    ("owningbusinessunit", 14),
    ("parentaccountid", 32),
    ("parentcontactid", 18),
    ("parentcustomerid", 38),
    ("parentsystemuserid", 12),
    ("primarycontactid", 42),
    ("prioritycode", 24),
    ("productid", 20),
    ("quantity", 20),
    ("regardingobjectid", 30),
    ("revenue", 36),
    ("scheduledend", 26),
    ("scheduledstart", 26),
    ("statecode", 42),
    ("statuscode", 36),
    ("subject", 36),
    ("systemuserid", 18),
    ("teamid", 14),
    ("telephone1", 42),
    ("telephone2", 20),
    ("telephone3", 8),
    ("ticketnumber", 30),
    ("title", 34),
    ("totalamount", 26),
    ("transactioncurrencyid", 20),
    ("uniquename", 26),
    ("websiteurl", 28),
];

/// The columns that the service needs for itself, which queries rarely name.
const TECHNICAL: &[&str] = &[
    "createdonbehalfby",
    "entityimage_timestamp",
    "entityimage_url",
    "entityimageid",
    "exchangerate",
    "importsequencenumber",
    "modifiedonbehalfby",
    "onholdtime",
    "overriddencreatedon",
    "processid",
    "stageid",
    "timezoneruleversionnumber",
    "traversedpath",
    "utcconversiontimezonecode",
    "versionnumber",
];

/// Words with which the names of columns end that queries name often, with their weights. A customiser's table
/// has a type, a status or an amount as well, behind the publisher's prefix.
const WORDS: &[(&str, i32)] = &[
    ("amount", 7),
    ("code", 3),
    ("date", 5),
    ("description", 5),
    ("email", 4),
    ("enddate", 8),
    ("name", 8),
    ("number", 6),
    ("startdate", 9),
    ("status", 8),
    ("title", 8),
    ("type", 8),
];

/// The tables that queries name most often, with their weights.
const TABLES: &[(&str, i32)] = &[
    ("account", 100),
    ("activityparty", 20),
    ("activitypointer", 50),
    ("annotation", 55),
    ("appmodule", 20),
    ("appointment", 40),
    ("asyncoperation", 22),
    ("businessunit", 45),
    ("campaign", 32),
    ("competitor", 14),
    ("connection", 24),
    ("contact", 100),
    ("contract", 14),
    ("customeraddress", 20),
    ("email", 50),
    ("environmentvariabledefinition", 26),
    ("environmentvariablevalue", 24),
    ("incident", 70),
    ("invoice", 30),
    ("knowledgearticle", 28),
    ("lead", 65),
    ("list", 20),
    ("opportunity", 75),
    ("opportunityproduct", 18),
    ("organization", 30),
    ("phonecall", 40),
    ("pluginassembly", 12),
    ("plugintracelog", 14),
    ("pricelevel", 20),
    ("product", 40),
    ("productpricelevel", 12),
    ("queue", 30),
    ("queueitem", 28),
    ("quote", 34),
    ("role", 32),
    ("salesorder", 34),
    ("savedquery", 18),
    ("sdkmessageprocessingstep", 16),
    ("site", 8),
    ("solution", 40),
    ("solutioncomponent", 26),
    ("subject", 18),
    ("systemuser", 80),
    ("systemuserroles", 24),
    ("task", 50),
    ("team", 45),
    ("teammembership", 24),
    ("territory", 18),
    ("transactioncurrency", 36),
    ("uom", 12),
    ("webresource", 22),
    ("workflow", 34),
];

fn listed(list: &[(&str, i32)], name: &str) -> Option<i32> {
    list.binary_search_by(|(other, _)| other.cmp(&name)).ok().and_then(|at| list.get(at)).map(|(_, w)| *w)
}

/// Returns the weight of the words in the name of a customiser's column, without the publisher's prefix.
fn word_weight(name: &str) -> i32 {
    let own = name.split_once('_').map_or(name, |(_, own)| own);
    if let Some(weight) = listed(COMMON, own) {
        return weight / 3;
    }
    let word = WORDS.iter().rev().find(|(word, _)| own.ends_with(word));
    word.map_or(0, |(word, weight)| if *word == own { weight + 3 } else { *weight })
}

/// Returns the weight of a table among all tables of the organisation.
pub(super) fn table_weight(entry: &TableEntry) -> i32 {
    if let Some(weight) = listed(TABLES, &entry.logical_name) {
        return weight;
    }
    let mut weight = 0;
    if entry.private == Some(true) {
        weight -= 20;
    }
    if entry.custom == Some(true) {
        weight += 10;
    }
    // Without a name for its rows a table usually only connects others.
    if entry.primary_name.is_some() {
        weight += 4;
    }
    weight
}

/// Returns the weight of a table that is known by its logical name only.
pub(super) fn table_name_weight(logical_name: &str) -> i32 {
    listed(TABLES, logical_name).unwrap_or(0)
}

/// Returns the weight of a column among those of its table.
pub(super) fn column_weight(table: &Table, column: &Column) -> i32 {
    let name = column.logical_name.as_str();
    if table.primary_name.as_deref() == Some(name) {
        return 70;
    }
    if table.primary_id.as_deref() == Some(name) {
        return 48;
    }
    if let Some(weight) = listed(COMMON, name) {
        return weight;
    }
    if TECHNICAL.contains(&name) {
        return -60;
    }
    let mut weight = 0;
    if column.attribute_of.is_some() || column.valid_for_read == Some(false) {
        weight -= 50;
    }
    if name.ends_with("_base") || name.starts_with("yomi") || name.contains("_yomi") {
        weight -= 40;
    }
    if name.ends_with("_date") && table.column(name.trim_end_matches("_date")).is_some() {
        weight -= 30;
    }
    if ["address2_", "address3_"].iter().any(|start| name.starts_with(start)) {
        weight -= 20;
    }
    // Columns of the publisher's own are what a team's queries are about.
    let is_own = column.custom.unwrap_or_else(|| name.split_once('_').is_some_and(|(p, _)| !p.contains('1')));
    if is_own && column.attribute_of.is_none() {
        weight += 12 + word_weight(name);
    }
    match column.required {
        Some(RequiredLevel::Application) => weight += 8,
        Some(RequiredLevel::Recommended) => weight += 4,
        _ => {}
    }
    weight
        + match &column.ty {
            ColumnType::Virtual | ColumnType::ManagedProperty | ColumnType::CalendarRules => -40,
            ColumnType::Image { .. } | ColumnType::File { .. } => -15,
            ColumnType::Uniqueidentifier => -12,
            ColumnType::EntityName => -20,
            ColumnType::Memo { .. } => -2,
            ColumnType::Lookup { .. } | ColumnType::Customer { .. } | ColumnType::Owner { .. } => 5,
            ColumnType::Choice { .. } | ColumnType::String { .. } | ColumnType::DateTime { .. } => 3,
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_lists_are_sorted_for_searching() {
        assert!(COMMON.is_sorted_by(|a, b| a.0 < b.0));
        assert!(TABLES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(TECHNICAL.is_sorted());
    }

    #[test]
    fn a_column_weighs_what_its_name_its_role_and_its_type_say() {
        let table: Table = serde_json::from_value(json!({
            "logical_name": "t", "primary_id": "tid", "primary_name": "title",
            "columns": [{"logical_name": "new_x", "type": "string"}],
        }))
        .unwrap();
        for (expected, column) in [
            (70, json!({"logical_name": "title", "type": "string"})),
            (48, json!({"logical_name": "tid", "type": "uniqueidentifier"})),
            (42, json!({"logical_name": "statecode", "type": "state"})),
            (22, json!({"logical_name": "accountid", "type": "string"})),
            (28, json!({"logical_name": "websiteurl", "type": "string"})),
            (-60, json!({"logical_name": "versionnumber", "type": "big_int"})),
            (3, json!({"logical_name": "plain", "type": "string"})),
            (3, json!({"logical_name": "plain", "type": "choice"})),
            (3, json!({"logical_name": "plain", "type": "date_time"})),
            (5, json!({"logical_name": "plain", "type": "lookup"})),
            (5, json!({"logical_name": "plain", "type": "customer"})),
            (5, json!({"logical_name": "plain", "type": "owner"})),
            (-2, json!({"logical_name": "plain", "type": "memo"})),
            (0, json!({"logical_name": "plain", "type": "integer"})),
            (-12, json!({"logical_name": "plain", "type": "uniqueidentifier"})),
            (-20, json!({"logical_name": "plain", "type": "entity_name"})),
            (-15, json!({"logical_name": "plain", "type": "image"})),
            (-15, json!({"logical_name": "plain", "type": "file"})),
            (-40, json!({"logical_name": "plain", "type": "virtual"})),
            (-40, json!({"logical_name": "plain", "type": "managed_property"})),
            (-40, json!({"logical_name": "plain", "type": "calendar_rules"})),
            (11, json!({"logical_name": "plain", "type": "string", "required": "application"})),
            (7, json!({"logical_name": "plain", "type": "string", "required": "recommended"})),
            (3, json!({"logical_name": "plain", "type": "string", "required": "system"})),
            (-47, json!({"logical_name": "plain", "type": "string", "attribute_of": "b"})),
            (-47, json!({"logical_name": "plain", "type": "string", "valid_for_read": false})),
            (3, json!({"logical_name": "plain", "type": "string", "valid_for_read": true})),
            (-37, json!({"logical_name": "plain_base", "type": "string", "custom": false})),
            (-37, json!({"logical_name": "yomiplain", "type": "string"})),
            (-37, json!({"logical_name": "a_yomib", "type": "string", "custom": false})),
            (3, json!({"logical_name": "ayomib", "type": "string"})),
            (-17, json!({"logical_name": "address2_line", "type": "string", "custom": false})),
            (-17, json!({"logical_name": "address3_line", "type": "string", "custom": false})),
            (3, json!({"logical_name": "address4_line", "type": "string", "custom": false})),
            // Columns of one's own.
            (15, json!({"logical_name": "plain", "type": "string", "custom": true})),
            (15, json!({"logical_name": "new_plain", "type": "string"})),
            (3, json!({"logical_name": "address1_plain", "type": "string"})),
            (3, json!({"logical_name": "new_plain", "type": "string", "custom": false})),
            (-47, json!({"logical_name": "new_plain", "type": "string", "attribute_of": "b"})),
            (35, json!({"logical_name": "new_name", "type": "string"})),
            (35, json!({"logical_name": "new_fullname", "type": "string"})),
            (28, json!({"logical_name": "new_createdon", "type": "string"})),
            (26, json!({"logical_name": "new_title", "type": "string"})),
            (26, json!({"logical_name": "new_status", "type": "string"})),
            (23, json!({"logical_name": "new_billstatus", "type": "string"})),
            (24, json!({"logical_name": "new_mystartdate", "type": "string"})),
            (23, json!({"logical_name": "new_myenddate", "type": "string"})),
            (20, json!({"logical_name": "new_mydate", "type": "string"})),
            (23, json!({"logical_name": "new_date", "type": "string"})),
            (22, json!({"logical_name": "new_myamount", "type": "string"})),
            (25, json!({"logical_name": "new_amount", "type": "string"})),
            (-10, json!({"logical_name": "new_x_date", "type": "string"})),
            (20, json!({"logical_name": "new_y_date", "type": "string"})),
        ] {
            let column_of_it: Column = serde_json::from_value(column.clone()).unwrap();
            assert_eq!(column_weight(&table, &column_of_it), expected, "{column}");
        }
    }

    #[test]
    fn a_table_weighs_what_its_name_says_or_what_is_known_of_it() {
        let entry = |value: serde_json::Value| -> TableEntry { serde_json::from_value(value).unwrap() };
        for (expected, table) in [
            (100, json!({"logical_name": "account", "private": true})),
            (34, json!({"logical_name": "workflow"})),
            (0, json!({"logical_name": "plain"})),
            (0, json!({"logical_name": "plain", "private": false, "custom": false})),
            (-20, json!({"logical_name": "plain", "private": true})),
            (10, json!({"logical_name": "plain", "custom": true})),
            (4, json!({"logical_name": "plain", "primary_name": "name"})),
            (-6, json!({"logical_name": "plain", "private": true, "custom": true, "primary_name": "name"})),
        ] {
            assert_eq!(table_weight(&entry(table.clone())), expected, "{table}");
        }
        assert_eq!(["account", "workflow", "plain"].map(table_name_weight), [100, 34, 0]);
    }
}
