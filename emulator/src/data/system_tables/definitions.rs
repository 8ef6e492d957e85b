//! The definitions of the system tables: the columns that clients look up.

use dvkit_schema::{Column, ColumnType, Key, Relationship, Side, Table, TableKind};

/// The definition of a system table.
pub(super) struct Definition {
    pub(super) name: &'static str,
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
pub(super) const TABLES: &[Definition] = &[
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
    pub(super) fn build(&self, partial: bool) -> Table {
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
                    entity1: None,
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
                entity1: None,
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
        type Pairs = (&'static str, &'static str, [(&'static str, &'static str); 2]);
        const ALL: &[Pairs] = &[
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
                entity1: None,
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
        ("environmentvariablevalue", "environmentvariabledefinitionid") => {
            "environmentvariabledefinition_environmentvariablevalue".to_owned()
        }
        _ => format!("{table}_{column}"),
    }
}
