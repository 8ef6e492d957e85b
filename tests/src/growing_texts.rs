//! Provides texts of any length: a beginning, a part that is repeated, and an end. Tests check that reading,
//! checking, reporting or writing a text with four times as many parts takes about four times as much work.

/// The language of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A `$filter` on the rows of `contact`.
    Filter,
    /// An OData request.
    Request,
    /// FetchXML.
    Fetch,
    /// `$metadata`.
    Csdl,
    /// Metadata JSON of the Web API.
    Json,
    /// `EntityMetadata` as the .NET SDK serialises it.
    DataContract,
    /// `customizations.xml` of a solution.
    Solution,
}

impl Language {
    /// Returns whether the language is a query language, and not one of metadata.
    #[must_use]
    pub fn is_query(self) -> bool {
        matches!(self, Self::Filter | Self::Request | Self::Fetch)
    }
}

/// A text that can be made longer, by repeating a part of it.
#[derive(Clone, Copy, Debug)]
pub struct GrowingText {
    /// The language of the text.
    pub language: Language,
    /// The beginning, before the repeated part.
    pub head: &'static str,
    /// The part that is repeated. In each repetition, `§` is replaced by its number.
    pub piece: &'static str,
    /// The end, after the repeated part.
    pub tail: &'static str,
}

impl GrowingText {
    /// Returns a short name that no other text has.
    #[must_use]
    pub fn name(&self) -> String {
        let of = |text: &str| text.chars().take(60).collect::<String>().escape_default().to_string();
        format!("{:?} {}[{}]{}", self.language, of(self.head), of(self.piece), of(self.tail))
    }

    /// Returns the text in which the part occurs `pieces` times.
    #[must_use]
    pub fn text(&self, pieces: usize) -> String {
        let mut text = self.head.to_owned();
        for n in 0..pieces {
            match self.piece.contains('§') {
                true => text.push_str(&self.piece.replace('§', &format!("{:06}", n + 100_000))),
                false => text.push_str(self.piece),
            }
        }
        text.push_str(self.tail);
        text
    }

    /// Returns the number of repetitions for a text of about `bytes` bytes.
    #[must_use]
    pub fn pieces(&self, bytes: usize) -> usize {
        (bytes / (self.piece.replace('§', "000000").len())).max(1)
    }
}

const fn of(language: Language, head: &'static str, piece: &'static str, tail: &'static str) -> GrowingText {
    GrowingText { language, head, piece, tail }
}

use Language::{Csdl, DataContract, Fetch, Filter, Json, Request, Solution};

/// All growing texts.
pub const GROWING_TEXTS: &[GrowingText] = &[
    // Filters: invalid syntax,
    of(Filter, "", ")", ""),
    of(Filter, "", "(", ""),
    of(Filter, "fullname eq 'a'", ") ", ""),
    of(Filter, "fullname in (", ",", ""),
    of(Filter, "fullname in ('a'", ",,", ")"),
    of(Filter, "", "'a' ", ""),
    of(Filter, "", "\"", ""),
    of(Filter, "", "'O'Brien ", ""),
    of(Filter, "", "{", ""),
    of(Filter, "", "not ", ""),
    of(Filter, "a", " eq", ""),
    of(Filter, "a", " x", ""),
    of(Filter, "", "& ", ""),
    of(Filter, "a eq 1", " and", ""),
    of(Filter, "a", "-", ""),
    of(Filter, "", "1 ", ""),
    of(Filter, "", "\u{1}", ""),
    of(Filter, "", "\u{301}", ""),
    of(Filter, "fullname eq 'a", "\u{301}", "' )"),
    of(Filter, "fullname eq '", "東", "' )"),
    of(Filter, "", "👩\u{200d}", ""),
    of(Filter, "", ")\t", ""),
    of(Filter, "", "%29", ""),
    // unknown names,
    of(Filter, "", "a", " eq 1"),
    of(Filter, "fullname eq 'a'", " and fullnme eq 'x'", ""),
    of(Filter, "fullname eq 'a'", " and nme§ eq 'x'", ""),
    of(Filter, "fullname eq 'a'", " and ParentCustomerId/name eq 'x'", ""),
    of(Filter, "", "parentcustomerid_account/primarycontactid/", "fullname eq 'a'"),
    of(Filter, "", "parentcustomerid/", "fullname eq 'a'"),
    of(Filter, "", "tolower(", "fullname"),
    of(Filter, "fullname eq 'a'", " and tolower(fullname) eq 'a'", ""),
    of(Filter, "fullname eq 'a'", " and fullname == \"a\"", ""),
    // and valid conditions.
    of(Filter, "fullname eq 'a'", " and fullname eq 'a'", ""),
    of(Filter, "fullname eq 'a'", " or fullname eq 'a§'", ""),
    of(Filter, "statecode eq 0", " and (fullname ne 'x' or createdon ge 2025-01-01T10:00:00Z)", ""),
    of(Filter, "statecode eq 0", " and contactid ne 11111111-1111-1111-1111-111111§", ""),
    of(Filter, "fullname in ('a'", ",'a§'", ")"),
    of(Filter, "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['a'", ",'a§'", "])"),
    of(Filter, "statecode eq 0", " and Contact_Tasks/any(t:t/subject eq 'a§')", ""),
    // Requests.
    of(Request, "contacts?$filter=", ")", ""),
    of(Request, "contacts?$select=", ",", ""),
    of(Request, "contacts?$select=fullname", ",fullname", ""),
    of(Request, "contacts?$select=fullname", ",fullnme", ""),
    of(Request, "contacts?$select=fullname", ",fullnme§", ""),
    of(Request, "contacts?$select=fullname", " x", ""),
    of(Request, "contacts?$select=fullname", ",parentcustomerid/name", ""),
    of(Request, "contacts?$orderby=fullname", ",fullname", ""),
    of(Request, "contacts?$orderby=fullname", ",parentcustomerid_account/name", ""),
    of(Request, "contacts?$expand=Contact_Tasks", ",Contact_Tasks", ""),
    of(
        Request,
        "contacts?$select=fullname&$expand=Contact_Tasks",
        ",Contact_Tasks($select=subject;$top=1)",
        "",
    ),
    of(Request, "contacts?$expand=a", "($expand=a", ""),
    of(Request, "contacts?$filter=", "parentcustomerid_account/primarycontactid/", "fullname eq 'a'"),
    of(Request, "accounts?$apply=", "/", ""),
    of(Request, "accounts?$apply=groupby((statecode", ",statecode", "))"),
    of(Request, "accounts?$apply=groupby((", "primarycontactid/parentcustomerid_account/", "name))"),
    of(Request, "accounts?$apply=aggregate(revenue with sum as a", ",revenue with sum as a§", ")"),
    of(Request, "accounts?$apply=concat(identity", ",identity", ")"),
    of(Request, "accounts(", ",", ")"),
    of(Request, "accounts(name='a'", ",name='a'", ")"),
    of(Request, "https://x", "/", ""),
    of(Request, "contacts", "/a", ""),
    of(Request, "contacts", "(1)", ""),
    of(Request, "contacts?$top=1", "&$top=1", ""),
    of(Request, "contacts?$top=1", "&a§=1", ""),
    of(Request, "contacts?$top=1", "&@a§=1", ""),
    of(Request, "contacts?$filter=@a eq 1", " and @a eq 1", "&@a=statecode"),
    of(Request, "contacts?$filter=fullname eq '", "a & b", "'"),
    of(Request, "contacts?$filter=fullname eq '", "#", "'"),
    of(Request, "contacts?$filter=", "%27%2B", ""),
    of(Request, "accounts?$search=a", " OR a", ""),
    of(Request, "accounts?$search=", "(NOT ", ""),
    of(Request, "accounts?$compute=revenue mul 2 as a", ",revenue mul 2 as a§", ""),
    // FetchXML.
    of(Fetch, "<fetch><entity name='contact'>", "<attribute name='fullname'/>", "</entity></fetch>"),
    of(Fetch, "<fetch><entity name='contact'>", "<attribute name='x§'/>", "</entity></fetch>"),
    of(
        Fetch,
        "<fetch><entity name='contact'>",
        "<attribute name='fullname' alias='a§'/>",
        "</entity></fetch>",
    ),
    of(Fetch, "<fetch><entity name='contact'>", "<atribute/>", "</entity></fetch>"),
    of(Fetch, "<fetch><entity name='contact'", " a='1'", "/></fetch>"),
    of(Fetch, "<fetch><entity name='contact'", " a§='1'", "/></fetch>"),
    of(Fetch, "<fetch><entity name='contact'", " name=", "/></fetch>"),
    of(
        Fetch,
        "<fetch><entity name='contact'><filter>",
        "<condition attribute='fullname' operator='eq' value='a'/>",
        "</filter></entity></fetch>",
    ),
    of(
        Fetch,
        "<fetch><entity name='contact'><filter>",
        "<condition attribute='fullnme' operator='equals'/>",
        "</filter></entity></fetch>",
    ),
    of(
        Fetch,
        "<fetch><entity name='contact'><filter><condition attribute='fullname' operator='in'>",
        "<value>a§</value>",
        "</condition></filter></entity></fetch>",
    ),
    of(Fetch, "<fetch><entity name='contact'>", "<filter>", ""),
    of(
        Fetch,
        "<fetch><entity name='contact'>",
        "<link-entity name='account' from='accountid' to='parentcustomerid'/>",
        "</entity></fetch>",
    ),
    of(
        Fetch,
        "<fetch><entity name='contact'>",
        "<link-entity name='account' from='accountid' to='parentcustomerid' alias='a§'><attribute name='name'/></link-entity>",
        "</entity></fetch>",
    ),
    of(
        Fetch,
        "<fetch><entity name='contact'>",
        "<link-entity name='account' from='accountid' to='parentcustomerid'>",
        "</entity></fetch>",
    ),
    of(Fetch, "<fetch><entity name='contact'>", "<order attribute='fullname'/>", "</entity></fetch>"),
    of(Fetch, "<fetch><entity name='contact'>", "<!-- a -->", "</entity></fetch>"),
    of(Fetch, "<fetch><entity name='contact'>", "<", "</entity></fetch>"),
    of(Fetch, "<fetch><entity name='contact'>", "& ", "</entity></fetch>"),
    of(Fetch, "<fetch><entity name='contact'>", "</a>", "</entity></fetch>"),
    of(Fetch, "<fetch><entity name='contact'>", "\u{301}", "</entity></fetch>"),
    of(Fetch, "<fetch><entity name='contact'><attribute name='", "é", "'/></entity></fetch>"),
    of(Fetch, "<fetch><entity name='contact'>", "<attribute name='fullname'>\n", ""),
    of(Fetch, "accounts?fetchXml=<fetch><entity name='contact'>", "<a b='c'>%20", ""),
    // Metadata.
    of(Csdl, CSDL, "<Property Name='new_§' Type='Edm.String'/>", CSDL_END),
    of(Csdl, CSDL, "<Property Name='new_a' Type='Edm.String'/>", CSDL_END),
    of(
        Csdl,
        CSDL,
        "<NavigationProperty Name='new_§' Type='mscrm.contact' Partner='p§'><ReferentialConstraint Property='_a_value' ReferencedProperty='contactid'/></NavigationProperty>",
        CSDL_END,
    ),
    of(
        Csdl,
        CSDL,
        "</EntityType><EntityType Name='new_§' BaseType='mscrm.crmbaseentity'><Key><PropertyRef Name='a'/></Key><Property Name='a' Type='Edm.Guid'/>",
        CSDL_END,
    ),
    of(
        Csdl,
        CSDL,
        "</EntityType><Action Name='new_§' IsBound='true'><Parameter Name='a' Type='mscrm.account'/></Action><EntityType Name='b§'>",
        CSDL_END,
    ),
    of(Csdl, CSDL, "<x/>", CSDL_END),
    of(Csdl, CSDL, "<x>", CSDL_END),
    of(Csdl, CSDL, "<!-- ></a> -->", CSDL_END),
    of(
        Csdl,
        "<edmx:Edmx Version='4.0' xmlns:edmx='http://docs.oasis-open.org/odata/ns/edmx'",
        " a§='1'",
        "/>",
    ),
    of(
        Csdl,
        "<edmx:Edmx Version='4.0' xmlns:edmx='http://docs.oasis-open.org/odata/ns/edmx'",
        " xmlns:a§='x§'",
        "/>",
    ),
    of(
        Json,
        JSON,
        r##"{"@odata.type":"#Microsoft.Dynamics.CRM.StringAttributeMetadata","LogicalName":"new_§","AttributeType":"String"},"##,
        JSON_END,
    ),
    of(Json, JSON, r#"{"LogicalName":"new_a","AttributeType":"String"},"#, JSON_END),
    of(
        Json,
        r#"{"value":[{"LogicalName":"a","OneToManyRelationships":["#,
        r#"{"SchemaName":"a_§","ReferencedEntity":"a","ReferencedAttribute":"aid","ReferencingEntity":"b","ReferencingAttribute":"c§","ReferencedEntityNavigationPropertyName":"a_§","ReferencingEntityNavigationPropertyName":"c§"},"#,
        r#"{"SchemaName":"last"}]}]}"#,
    ),
    of(
        Json,
        r#"{"value":["#,
        r#"{"LogicalName":"new_§","SchemaName":"new_§","EntitySetName":"new_§s"},"#,
        r#"{"LogicalName":"last"}]}"#,
    ),
    of(
        Json,
        r#"{"value":["#,
        r#"{"LogicalName":"new_a","SchemaName":"new_a"},"#,
        r#"{"LogicalName":"last"}]}"#,
    ),
    of(
        Json,
        r##"{"value":[{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","IsGlobal":true,"Name":"new_a","OptionSetType":"Picklist","Options":["##,
        r##"{"Value":§,"Label":{"LocalizedLabels":[{"Label":"a§","LanguageCode":1033}]}},"##,
        r##"{"Value":1}]}]}"##,
    ),
    of(
        Json,
        r##"{"value":["##,
        r##"{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","IsGlobal":true,"Name":"new_§","OptionSetType":"Picklist","Options":[]},"##,
        r##"{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","Name":"last","OptionSetType":"Picklist","Options":[]}]}"##,
    ),
    of(
        Json,
        r#"{"value":[{"LogicalName":"a","DisplayName":{"LocalizedLabels":["#,
        r#"{"Label":"a§","LanguageCode":§},"#,
        r#"{"Label":"b","LanguageCode":1}]}}]}"#,
    ),
    of(
        Json,
        r#"{"value":[{"LogicalName":"a","Keys":["#,
        r#"{"LogicalName":"k§","KeyAttributes":["a§"]},"#,
        r#"{"LogicalName":"k","KeyAttributes":["a"]}]}]}"#,
    ),
    of(Json, r#"{"value":[{"LogicalName":"a""#, r#","x§":1"#, "}]}"),
    of(Json, r#"{"value":"#, "[", ""),
    of(
        DataContract,
        CONTRACT,
        "<AttributeMetadata i:type='StringAttributeMetadata'><AttributeType>String</AttributeType><LogicalName>new_§</LogicalName></AttributeMetadata>",
        CONTRACT_END,
    ),
    of(DataContract, CONTRACT, "<x/>", CONTRACT_END),
    of(DataContract, CONTRACT, "<a><?x ></a>?>", CONTRACT_END),
    of(DataContract, "<EntityMetadata", " a§='1'", "/>"),
    of(
        Solution,
        SOLUTION,
        "<attribute PhysicalName='New_§'><Type>nvarchar</Type><Name>new_§</Name><LogicalName>new_§</LogicalName></attribute>",
        SOLUTION_END,
    ),
    of(
        Solution,
        SOLUTION,
        "<attribute PhysicalName='New_A'><Type>nvarchar</Type><Name>new_a</Name><LogicalName>new_a</LogicalName></attribute>",
        SOLUTION_END,
    ),
    of(
        Solution,
        SOLUTION,
        "</attributes></entity></EntityInfo></Entity><Entity><Name>New_§</Name><EntityInfo><entity Name='New_§'><attributes>",
        SOLUTION_END,
    ),
    of(
        Solution,
        SOLUTION,
        "<attribute PhysicalName='New_A'><Type>picklist</Type><Name>new_§</Name><LogicalName>new_§</LogicalName><optionset Name='o§'><OptionSetType>picklist</OptionSetType><options><option value='1'/></options></optionset></attribute>",
        SOLUTION_END,
    ),
    of(
        Solution,
        "<ImportExportXml><Entities/><optionsets><optionset Name='o'><OptionSetType>picklist</OptionSetType><IsGlobal>1</IsGlobal><options>",
        "<option value='§'><labels><label description='a§' languagecode='1033'/></labels></option>",
        "</options></optionset></optionsets></ImportExportXml>",
    ),
    of(
        Solution,
        "<ImportExportXml><Entities/><EntityRelationships>",
        "<EntityRelationship Name='r§'><EntityRelationshipType>OneToMany</EntityRelationshipType><ReferencingEntityName>A</ReferencingEntityName><ReferencedEntityName>B</ReferencedEntityName><ReferencingAttributeName>c§</ReferencingAttributeName></EntityRelationship>",
        "</EntityRelationships></ImportExportXml>",
    ),
    of(Solution, "<ImportExportXml", " a§='1'", "/>"),
    of(Solution, "<ImportExportXml>", "<a><!--></a>-->", "</ImportExportXml>"),
];

const CSDL: &str = "<edmx:Edmx Version='4.0' xmlns:edmx='http://docs.oasis-open.org/odata/ns/edmx'><edmx:DataServices>\
    <Schema Namespace='Microsoft.Dynamics.CRM' Alias='mscrm' xmlns='http://docs.oasis-open.org/odata/ns/edm'>\
    <EntityType Name='crmbaseentity' Abstract='true'/><EntityType Name='account' BaseType='mscrm.crmbaseentity'><Key>\
    <PropertyRef Name='accountid'/></Key><Property Name='accountid' Type='Edm.Guid'/>";
const CSDL_END: &str = "</EntityType></Schema></edmx:DataServices></edmx:Edmx>";
const JSON: &str = r#"{"value":[{"LogicalName":"account","EntitySetName":"accounts","Attributes":["#;
const JSON_END: &str = r#"{"LogicalName":"last","AttributeType":"String"}]}]}"#;
const CONTRACT: &str = "<EntityMetadata xmlns='http://schemas.microsoft.com/xrm/2011/Metadata' \
    xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><LogicalName>new_ship</LogicalName><Attributes>";
const CONTRACT_END: &str = "</Attributes></EntityMetadata>";
const SOLUTION: &str = "<ImportExportXml><Entities><Entity><Name>New_Thing</Name><EntityInfo><entity Name='New_Thing'><attributes>";
const SOLUTION_END: &str = "</attributes></entity></EntityInfo></Entity></Entities></ImportExportXml>";
