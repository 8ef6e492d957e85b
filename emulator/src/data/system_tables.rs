//! The system tables that every organisation has, and their rows that follow from the metadata.
//!
//! Clients look up rows of these tables before they do anything else. A snapshot often lacks the tables, so
//! short definitions of them are added to the tables that queries are checked against. The served metadata does
//! not have them. The rows of solutions, publishers and messages are derived from the schema of the
//! organisation; they are written when they are first read after a change of the schema.

use std::collections::BTreeSet;

use dvkit_schema::{Column, ColumnType, Key, Relationship, Schema, Side, Table, TableKind};
use rusqlite::params_from_iter;
use rusqlite::types::Value as Stored;

use super::service_error::ServiceError;
use super::session::{Session, key_of};
use super::store::{VERSION, quoted};
use crate::metadata::generate_id;
use crate::web_api::functions;

/// The definition of a system table.
struct Definition {
    name: &'static str,
    entity_set: &'static str,
    /// The logical name of the primary key column, and that of the primary name column.
    id: &'static str,
    title: Option<&'static str>,
    type_code: i32,
    /// The columns, separated by spaces: the name, a colon, and the type. The types are those of
    /// [`column_type`]; a lookup is `>` and its target tables, separated by `|`.
    columns: &'static str,
}

/// The columns that most tables have.
const COMMON: &str =
    "createdon:time modifiedon:time createdby:>systemuser modifiedby:>systemuser versionnumber:long";

/// Returns the definition of a table, from its entity set, key, name column, type code and columns.
const fn table(
    name: &'static str,
    entity_set: &'static str,
    id: &'static str,
    title: Option<&'static str>,
    type_code: i32,
    columns: &'static str,
) -> Definition {
    Definition { name, entity_set, id, title, type_code, columns }
}

/// The system tables, as the table reference of Dataverse describes them ("About the entity reference").
const TABLES: &[Definition] = &[
    table(
        "organization",
        "organizations",
        "organizationid",
        Some("name"),
        1019,
        "name:text languagecode:int localeid:int basecurrencyid:>transactioncurrency basecurrencysymbol:text \
         basecurrencyprecision:int pricingdecimalprecision:int dateformatstring:text timeformatstring:text \
         fiscalyearstart:int fiscalcalendarstart:time fiscalperiodtype:int maxuploadfilesize:int \
         isauditenabled:bool expiresubscriptionsindays:int version:text",
    ),
    table(
        "systemuser",
        "systemusers",
        "systemuserid",
        Some("fullname"),
        8,
        "fullname:text firstname:text lastname:text domainname:text internalemailaddress:text jobtitle:text title:text \
         isdisabled:bool accessmode:choice applicationid:guid azureactivedirectoryobjectid:guid ownerid:guid \
         organizationid:guid businessunitid:>businessunit parentsystemuserid:>systemuser \
         transactioncurrencyid:>transactioncurrency",
    ),
    table(
        "businessunit",
        "businessunits",
        "businessunitid",
        Some("name"),
        10,
        "name:text description:memo divisionname:text isdisabled:bool organizationid:guid websiteurl:text \
         parentbusinessunitid:>businessunit transactioncurrencyid:>transactioncurrency",
    ),
    table(
        "team",
        "teams",
        "teamid",
        Some("name"),
        9,
        "name:text description:memo isdefault:bool teamtype:choice emailaddress:text ownerid:guid organizationid:guid \
         businessunitid:>businessunit administratorid:>systemuser transactioncurrencyid:>transactioncurrency",
    ),
    table("teammembership", "teammemberships", "teammembershipid", None, 23, "systemuserid:guid teamid:guid"),
    table(
        "role",
        "roles",
        "roleid",
        Some("name"),
        1036,
        "name:text organizationid:guid businessunitid:>businessunit parentroleid:>role parentrootroleid:>role \
         solutionid:guid ismanaged:bool",
    ),
    table(
        "systemuserroles",
        "systemuserrolescollection",
        "systemuserroleid",
        None,
        1063,
        "systemuserid:guid roleid:guid",
    ),
    table("teamroles", "teamrolescollection", "teamroleid", None, 1062, "teamid:guid roleid:guid"),
    table(
        "transactioncurrency",
        "transactioncurrencies",
        "transactioncurrencyid",
        Some("currencyname"),
        9105,
        "currencyname:text currencysymbol:text currencyprecision:int isocurrencycode:text exchangerate:decimal \
         organizationid:>organization statecode:state statuscode:status",
    ),
    table(
        "usersettings",
        "usersettingscollection",
        "systemuserid",
        None,
        150,
        "businessunitid:guid uilanguageid:int localeid:int helplanguageid:int timezonecode:int dateformatstring:text \
         timeformatstring:text paginglimit:int transactioncurrencyid:>transactioncurrency",
    ),
    table(
        "languagelocale",
        "languagelocale",
        "languagelocaleid",
        Some("name"),
        9957,
        "name:text code:text language:text region:text localeid:int organizationid:>organization",
    ),
    table(
        "savedquery",
        "savedqueries",
        "savedqueryid",
        Some("name"),
        1039,
        "name:text description:memo fetchxml:memo layoutxml:memo returnedtypecode:entity querytype:int isdefault:bool \
         isuserdefined:bool isquickfindquery:bool iscustom:bool ismanaged:bool solutionid:guid statecode:state \
         statuscode:status organizationid:>organization",
    ),
    table(
        "userquery",
        "userqueries",
        "userqueryid",
        Some("name"),
        4230,
        "name:text description:memo fetchxml:memo layoutxml:memo returnedtypecode:entity querytype:int statecode:state \
         statuscode:status ownerid:owner>systemuser|team owninguser:>systemuser owningteam:>team owningbusinessunit:>businessunit",
    ),
    table(
        "publisher",
        "publishers",
        "publisherid",
        Some("friendlyname"),
        7101,
        "uniquename:text friendlyname:text description:memo customizationprefix:text customizationoptionvalueprefix:int \
         isreadonly:bool organizationid:>organization",
    ),
    table(
        "solution",
        "solutions",
        "solutionid",
        Some("friendlyname"),
        7100,
        "uniquename:text friendlyname:text description:memo version:text ismanaged:bool isvisible:bool installedon:time \
         publisherid:>publisher parentsolutionid:>solution organizationid:>organization",
    ),
    table(
        "solutioncomponent",
        "solutioncomponents",
        "solutioncomponentid",
        None,
        7103,
        "solutionid:>solution componenttype:choice objectid:guid rootcomponentbehavior:choice ismetadata:bool \
         rootsolutioncomponentid:guid",
    ),
    table(
        "backgroundoperation",
        "backgroundoperations",
        "backgroundoperationid",
        Some("name"),
        10_033,
        "name:text displayname:text backgroundoperationstatecode:choice backgroundoperationstatuscode:choice \
         inputparameters:memo outputparameters:memo starttime:time endtime:time retrycount:int errorcode:int \
         errormessage:memo runas:text ttlinseconds:int",
    ),
    table(
        "sdkmessage",
        "sdkmessages",
        "sdkmessageid",
        Some("name"),
        4606,
        "name:text categoryname:text isactive:bool isprivate:bool isreadonly:bool template:bool workflowsdkstepenabled:bool \
         sdkmessageidunique:guid organizationid:>organization",
    ),
    table(
        "sdkmessagefilter",
        "sdkmessagefilters",
        "sdkmessagefilterid",
        Some("name"),
        4607,
        "name:text sdkmessageid:>sdkmessage primaryobjecttypecode:entity secondaryobjecttypecode:entity availability:int \
         iscustomprocessingstepallowed:bool isvisible:bool sdkmessagefilteridunique:guid organizationid:>organization",
    ),
    table(
        "asyncoperation",
        "asyncoperations",
        "asyncoperationid",
        Some("name"),
        4700,
        "name:text message:memo friendlymessage:memo operationtype:choice errorcode:int startedon:time completedon:time \
         statecode:state statuscode:status ownerid:owner>systemuser|team",
    ),
    table(
        "environmentvariabledefinition",
        "environmentvariabledefinitions",
        "environmentvariabledefinitionid",
        Some("schemaname"),
        380,
        "schemaname:text displayname:text description:memo defaultvalue:memo type:choice isrequired:bool statecode:state \
         statuscode:status ownerid:owner>systemuser|team",
    ),
    table(
        "environmentvariablevalue",
        "environmentvariablevalues",
        "environmentvariablevalueid",
        Some("schemaname"),
        381,
        "schemaname:text value:memo environmentvariabledefinitionid:>environmentvariabledefinition statecode:state \
         statuscode:status ownerid:owner>systemuser|team",
    ),
];

/// Returns the type of a column from its name in [`Definition::columns`]. A type that is not known is text.
fn column_type(name: &str) -> ColumnType {
    let targets = |list: &str| list.split('|').map(str::to_owned).collect();
    match name.split_once('>') {
        Some(("", list)) => return ColumnType::Lookup { targets: targets(list) },
        Some((_, list)) => return ColumnType::Owner { targets: targets(list) },
        None => {}
    }
    match name {
        "int" => ColumnType::Integer { min: None, max: None, format: None },
        "long" => ColumnType::BigInt,
        "decimal" => ColumnType::Decimal { min: None, max: None, precision: Some(10) },
        "bool" => ColumnType::Boolean { choice: None, default: None },
        "choice" => ColumnType::Choice { choice: None, default: None },
        "state" => ColumnType::State { choice: None, default: None },
        "status" => ColumnType::Status { choice: None, default: None },
        "time" => ColumnType::DateTime { behavior: None, date_format: None },
        "guid" => ColumnType::Uniqueidentifier,
        "entity" => ColumnType::EntityName,
        "memo" => ColumnType::Memo { max_length: None, format: None },
        _ => ColumnType::String { max_length: None, format: None },
    }
}

impl Definition {
    fn build(&self, partial: bool) -> Table {
        let listed = self.columns.split_whitespace().chain(COMMON.split_whitespace());
        let mut columns = vec![Column::new(self.id, ColumnType::Uniqueidentifier)];
        let mut relationships = Vec::new();
        for (name, ty) in listed.filter_map(|column| column.split_once(':')) {
            let column = Column { odata: Some(true), ..Column::new(name, column_type(ty)) };
            let targets = column.ty.targets();
            for target in targets {
                let many = targets.len() > 1;
                relationships.push(Relationship {
                    navigation: Some(if many { format!("{name}_{target}") } else { name.to_owned() }),
                    side: Side::ManyToOne,
                    table: target.clone(),
                    column: Some(name.to_owned()),
                    referenced: TABLES.iter().find(|t| t.name == target).map(|t| t.id.to_owned()),
                    intersect: None,
                    partner: Some(format!("{name}_{}", self.name)),
                    schema_name: Some(format!("{name}_{}_{target}", self.name)),
                    hierarchical: None,
                    cascade: None,
                });
            }
            columns.push(column);
        }
        for source in TABLES {
            relationships.extend(source.collections_on(self.name, self.id));
        }
        relationships.extend(self.many_to_many());
        let intersect =
            self.title.is_none() && self.columns.matches(":guid").count() == 2 && !self.columns.contains('>');
        let keys = match self.name {
            "publisher" | "solution" => vec![Key {
                name: "uniquename".to_owned(),
                schema_name: None,
                columns: vec!["uniquename".to_owned()],
                status: Some("Active".to_owned()),
            }],
            _ => Vec::new(),
        };
        Table {
            logical_name: self.name.to_owned(),
            schema_name: Some(self.name.to_owned()),
            entity_set: Some(self.entity_set.to_owned()),
            primary_id: Some(self.id.to_owned()),
            primary_name: self.title.map(str::to_owned),
            object_type_code: Some(self.type_code),
            kind: Some(if intersect { TableKind::Intersect } else { TableKind::Standard }),
            custom: Some(false),
            partial,
            keys,
            columns,
            relationships,
            ..Table::default()
        }
    }

    /// Returns the 1:N relationships of the table `target` with the lookups of this table.
    fn collections_on(&self, target: &str, id: &str) -> Vec<Relationship> {
        let columns = self.columns.split_whitespace().filter_map(|column| column.split_once(':'));
        columns
            .filter(|(_, ty)| column_type(ty).targets().iter().any(|t| t == target))
            .map(|(name, _)| Relationship {
                navigation: Some(collection_name(self.name, name)),
                side: Side::OneToMany,
                table: self.name.to_owned(),
                column: Some(name.to_owned()),
                referenced: Some(id.to_owned()),
                intersect: None,
                partner: Some(name.to_owned()),
                schema_name: Some(format!("{name}_{}_{target}", self.name)),
                hierarchical: None,
                cascade: None,
            })
            .collect()
    }

    /// Returns the N:N relationships of the table.
    fn many_to_many(&self) -> Vec<Relationship> {
        /// The name of the navigation property on both tables, the intersect table, and for each side the
        /// table and its column in the intersect table.
        const ALL: &[(&str, &str, [(&str, &str); 2])] = &[
            (
                "teammembership_association",
                "teammembership",
                [("systemuser", "systemuserid"), ("team", "teamid")],
            ),
            (
                "systemuserroles_association",
                "systemuserroles",
                [("systemuser", "systemuserid"), ("role", "roleid")],
            ),
            ("teamroles_association", "teamroles", [("team", "teamid"), ("role", "roleid")]),
        ];
        let one = |navigation: &str, intersect: &str, own: (&str, &str), other: (&str, &str)| {
            (own.0 == self.name).then(|| Relationship {
                navigation: Some(navigation.to_owned()),
                side: Side::ManyToMany,
                table: other.0.to_owned(),
                column: Some(own.1.to_owned()),
                referenced: Some(other.1.to_owned()),
                intersect: Some(intersect.to_owned()),
                partner: Some(navigation.to_owned()),
                schema_name: Some(navigation.to_owned()),
                hierarchical: None,
                cascade: None,
            })
        };
        let both = ALL.iter().flat_map(|(navigation, intersect, [a, b])| {
            [one(navigation, intersect, *a, *b), one(navigation, intersect, *b, *a)]
        });
        both.flatten().collect()
    }
}

/// Returns the name of the navigation property for the rows of `table` whose lookup is `column`.
fn collection_name(table: &str, column: &str) -> String {
    match (table, column) {
        ("solution", "publisherid") => "publisher_solution".to_owned(),
        ("solutioncomponent", "solutionid") => "solution_solutioncomponent".to_owned(),
        ("sdkmessagefilter", "sdkmessageid") => "sdkmessageid_sdkmessagefilter".to_owned(),
        ("environmentvariablevalue", _) => {
            "environmentvariabledefinition_environmentvariablevalue".to_owned()
        }
        _ => format!("{table}_{column}"),
    }
}

/// Returns the system tables that `schema` does not describe.
pub(crate) fn missing_from(schema: &Schema) -> Vec<Table> {
    // A schema that is partial everywhere stays so, because unknown names are then accepted.
    let partial = !schema.tables.is_empty() && schema.tables.values().all(|table| table.partial);
    let missing =
        |definition: &&Definition| schema.tables.get(definition.name).is_none_or(Table::is_reference_only);
    TABLES.iter().filter(missing).map(|definition| definition.build(partial)).collect()
}

/// Returns whether the rows of the table `name` are derived from the metadata.
pub(super) fn is_derived(name: &str) -> bool {
    DERIVED.contains(&name)
}

/// The tables whose rows are derived from the schema.
const DERIVED: [&str; 6] =
    ["organization", "publisher", "sdkmessage", "sdkmessagefilter", "solution", "solutioncomponent"];

/// The value of `solutioncomponents.componenttype` for tables.
const TABLE_COMPONENT: i64 = 1;

/// A row that is derived from the schema: its table, its id, and the values of its columns.
struct DerivedRow {
    table: &'static str,
    id: String,
    values: Vec<(&'static str, Stored)>,
}

/// Writes the derived rows again if the schema has changed since they were written, and if `table` is one of
/// their tables. Rows that clients created stay.
///
/// # Errors
/// Returns an error if the rows cannot be written.
pub(super) fn refresh(session: &Session<'_>, table: &str) -> Result<(), ServiceError> {
    let number = session.state.number;
    if !DERIVED.contains(&table) || session.rows.derived.get() == Some(number) {
        return Ok(());
    }
    // Set first, because writing the rows looks up the layouts of their tables.
    session.rows.derived.set(Some(number));
    let write = || write_all(session);
    let result = match session.rows.connection.is_autocommit() {
        true => session.rows.transaction(write),
        false => write(),
    };
    if result.is_err() {
        session.rows.derived.set(None);
    } else {
        session.rows.derived.set(Some(number));
    }
    result
}

fn write_all(session: &Session<'_>) -> Result<(), ServiceError> {
    let connection = &session.rows.connection;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS \"*derived\" (entity TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (entity, id)) STRICT, WITHOUT ROWID",
    )?;
    let rows = derived(session);
    let kept: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row.table, row.id.as_str())).collect();
    let mut known = BTreeSet::new();
    let mut before = connection.prepare("SELECT entity, id FROM \"*derived\"")?;
    let mut listed = before.query([])?;
    while let Some(row) = listed.next()? {
        known.insert((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    }
    for (table, id) in known.iter().filter(|(table, id)| !kept.contains(&(table.as_str(), id.as_str()))) {
        if let Some(layout) = session.rows.layout(session.store, session.state.number, table)? {
            let sql =
                format!("DELETE FROM {} WHERE {} = ?1", quoted(&layout.name), quoted(&key_of(&layout)?));
            connection.prepare_cached(&sql)?.execute([id])?;
        }
        connection
            .prepare_cached("DELETE FROM \"*derived\" WHERE entity = ?1 AND id = ?2")?
            .execute([table, id])?;
    }
    for row in rows.iter().filter(|row| !known.contains(&(row.table.to_owned(), row.id.clone()))) {
        let Some(layout) = session.rows.layout(session.store, session.state.number, row.table)? else {
            continue;
        };
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for (name, value) in &row.values {
            if layout.kind(name).is_some() {
                names.push(quoted(name));
                values.push(value.clone());
            }
        }
        names.extend([quoted(&key_of(&layout)?), quoted(VERSION)]);
        values.extend([Stored::Text(row.id.clone()), Stored::Integer(session.rows.next_version())]);
        let places: Vec<String> = (1..=names.len()).map(|n| format!("?{n}")).collect();
        let sql = format!(
            "INSERT OR IGNORE INTO {} ({}) VALUES ({})",
            quoted(&layout.name),
            names.join(", "),
            places.join(", ")
        );
        connection.prepare_cached(&sql)?.execute(params_from_iter(&values))?;
        connection
            .prepare_cached("INSERT OR IGNORE INTO \"*derived\" VALUES (?1, ?2)")?
            .execute([row.table, &row.id])?;
    }
    Ok(())
}

/// Returns the prefix of a table that a customiser added: `new` for `new_project`.
fn prefix(table: &Table) -> Option<&str> {
    let (prefix, _) = table.logical_name.split_once('_')?;
    (table.custom != Some(false) && !prefix.is_empty()).then_some(prefix)
}

fn text(value: impl Into<String>) -> Stored {
    Stored::Text(value.into())
}

/// Returns all derived rows. The solution `Default` contains all tables. For each prefix of custom tables there
/// is a publisher, and a solution with the tables of that prefix; both are named after the prefix.
fn derived(session: &Session<'_>) -> Vec<DerivedRow> {
    let schema = session.schema();
    let organisation = functions::organisation_id();
    let prefixes: BTreeSet<&str> = schema.tables.values().filter_map(prefix).collect();
    let mut rows = Vec::new();
    let mut add = |table: &'static str, id: String, mut values: Vec<(&'static str, Stored)>| {
        if table != "organization" {
            values.push(("organizationid", text(organisation.clone())));
        }
        rows.push(DerivedRow { table, id, values });
    };
    let version = schema.org.version.clone().unwrap_or_else(|| "9.2.0.0".to_owned());
    let language = schema.org.base_language.map_or(Stored::Null, |code| Stored::Integer(code.into()));
    add(
        "organization",
        organisation.clone(),
        vec![
            ("name", text("emulated")),
            ("languagecode", language.clone()),
            ("localeid", language),
            ("version", text(version)),
            ("isauditenabled", Stored::Integer(0)),
            ("maxuploadfilesize", Stored::Integer(131_072_000)),
            ("expiresubscriptionsindays", Stored::Integer(90)),
        ],
    );
    for name in &prefixes {
        let values = vec![
            ("uniquename", text(*name)),
            ("friendlyname", text(*name)),
            ("customizationprefix", text(*name)),
            ("customizationoptionvalueprefix", Stored::Integer(10_000)),
            ("isreadonly", Stored::Integer(0)),
        ];
        add("publisher", generate_id("publisher", name), values);
    }
    for name in std::iter::once("Default").chain(prefixes.iter().copied()) {
        let shown = if name == "Default" { "Default Solution" } else { name };
        let mut values = vec![
            ("uniquename", text(name)),
            ("friendlyname", text(shown)),
            ("version", text("1.0.0.0")),
            ("ismanaged", Stored::Integer(0)),
            ("isvisible", Stored::Integer(1)),
        ];
        if name != "Default" {
            values.push(("publisherid", text(generate_id("publisher", name))));
        }
        add("solution", generate_id("solution", name), values);
    }
    for table in schema.tables.values() {
        // A table without an id is in no solution.
        let Some(id) = &table.metadata_id else { continue };
        for solution in std::iter::once("Default").chain(prefix(table)) {
            let values = vec![
                ("solutionid", text(generate_id("solution", solution))),
                ("componenttype", Stored::Integer(TABLE_COMPONENT)),
                ("objectid", text(id.to_ascii_lowercase())),
                ("ismetadata", Stored::Integer(1)),
                ("rootcomponentbehavior", Stored::Integer(0)),
            ];
            add(
                "solutioncomponent",
                generate_id("component", &format!("{solution}/{}", table.logical_name)),
                values,
            );
        }
    }
    for message in MESSAGES {
        let values = vec![
            ("name", text(*message)),
            ("isactive", Stored::Integer(1)),
            ("isprivate", Stored::Integer(0)),
            ("isreadonly", Stored::Integer(0)),
            ("template", Stored::Integer(0)),
        ];
        add("sdkmessage", generate_id("message", message), values);
    }
    for table in schema.tables.values().filter(|table| table.entity_set.is_some()) {
        for message in messages_of(table) {
            let values = vec![
                ("name", text(*message)),
                ("sdkmessageid", text(generate_id("message", message))),
                ("primaryobjecttypecode", text(table.logical_name.clone())),
                ("secondaryobjecttypecode", text("none")),
                ("iscustomprocessingstepallowed", Stored::Integer(1)),
                ("isvisible", Stored::Integer(1)),
            ];
            add(
                "sdkmessagefilter",
                generate_id("filter", &format!("{message}/{}", table.logical_name)),
                values,
            );
        }
    }
    rows
}

/// The messages of the emulated organisation. The last of them is for elastic tables only ("Use bulk operation
/// messages").
const MESSAGES: &[&str] = &[
    "Create",
    "Retrieve",
    "RetrieveMultiple",
    "Update",
    "Delete",
    "CreateMultiple",
    "UpdateMultiple",
    "UpsertMultiple",
    "DeleteMultiple",
];

/// Returns the messages that a table supports.
fn messages_of(table: &Table) -> &'static [&'static str] {
    match table.kind {
        Some(TableKind::Elastic) => MESSAGES,
        Some(TableKind::Intersect | TableKind::Abstract | TableKind::Virtual) => {
            MESSAGES.get(..5).unwrap_or_default()
        }
        _ => MESSAGES.get(..8).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use dvkit_schema::Store;

    use super::*;

    #[test]
    fn every_navigation_of_a_system_table_leads_to_a_system_table() {
        let tables = missing_from(&Schema::default());
        assert_eq!(tables.len(), TABLES.len());
        let store = Store::from_shared(std::sync::Arc::default(), tables);
        for entry in store.tables() {
            let table = store.table(&entry.logical_name).unwrap().unwrap();
            let names: BTreeSet<_> =
                table.relationships.iter().filter_map(|r| r.navigation.as_ref()).collect();
            assert_eq!(names.len(), table.relationships.len(), "{}", table.logical_name);
            for relationship in &table.relationships {
                let target = store.table(&relationship.table).unwrap();
                assert!(target.is_some(), "{}: {relationship:?}", table.logical_name);
            }
        }
    }

    #[test]
    fn a_table_of_the_schema_is_not_replaced() {
        let own = Table {
            logical_name: "solution".into(),
            schema_name: Some("Solution".into()),
            ..Table::default()
        };
        let schema = Schema { tables: [("solution".into(), own)].into(), ..Schema::default() };
        assert!(missing_from(&schema).iter().all(|table| table.logical_name != "solution"));
    }
}
