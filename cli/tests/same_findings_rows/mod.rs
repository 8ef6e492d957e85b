//! The rows of the table: files of several hosts, with queries that are right, wrong, broken, half typed, ambiguous
//! or fixable, in which a query, an expression or a name is checked.

/// A file that all faces are asked about.
pub(super) struct Row {
    /// The name of the file, which says its language.
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    /// The codes of the findings for the organisation `a`, in the order of the file.
    pub(super) codes: &'static [&'static str],
}

impl Row {
    /// Returns whether the file consists of one query, so that it can be asked about without a file.
    pub(super) fn is_one_query(&self) -> bool {
        let is_list = self.name.ends_with(".odata") && self.text.trim().contains('\n');
        let is_queries = self.name.ends_with(".odata") || self.name.ends_with(".fetchxml");
        is_queries && !is_list && !self.text.contains("dvkit-ignore") && !self.codes.contains(&"")
    }
}

const fn row(name: &'static str, codes: &'static [&'static str], text: &'static str) -> Row {
    Row { name, text, codes }
}

pub(super) const ROWS: &[Row] = &[
    // OData
    row("right.odata", &[], "contacts?$select=fullname&$filter=statecode eq 0&$top=5\n"),
    row("name.odata", &["DV0203"], "contacts?$select=fullnme&$top=5\n"),
    row("label.odata", &["DV0309"], "accounts?$select=name&$filter=statecode eq 'Active'&$top=5\n"),
    row(
        "lookup.odata",
        &["DV0205", "DV0304"],
        "contacts?$select=fullname&$filter=parentcustomerid eq 'Contoso'&$top=5\n",
    ),
    row("other_table.odata", &["DV0201"], "acounts?$select=name&$top=1\n"),
    row("twice.odata", &["DV0421"], "contacts?$select=fullname&$select=lastname&$top=1\n"),
    row("half_option.odata", &["DV0502", "DV0513", "DV0022"], "contacts?$sel\n"),
    row("half_filter.odata", &["DV0001"], "contacts?$select=fullname&$top=1&$filter=statecode eq \n"),
    row("half_path.odata", &[""], "contac\n"),
    row("open_quote.odata", &["DV0002"], "contacts?$select=fullname&$top=1&$filter=lastname eq 'Smi\n"),
    row(
        "foreign.odata",
        &["DV0007"],
        "contacts?$select=fullname&$top=1&$filter=statecode == 0 && lastname != null\n",
    ),
    row(
        "function.odata",
        &["DV0321"],
        "contacts?$select=fullname&$top=1&$filter=Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue='7')\n",
    ),
    row(
        "expand.odata",
        &["DV0203"],
        "accounts?$select=name&$expand=primarycontact($select=fullname)&$top=1\n",
    ),
    row("date.odata", &["DV0311"], "contacts?$select=fullname&$top=1&$filter=createdon eq 2025-01-31\n"),
    row(
        "apply.odata",
        &["DV0203"],
        "accounts?$apply=groupby((statuscode),aggregate(revenu with sum as total))\n",
    ),
    row("placeholder.odata", &["DV0012"], "contacts?$select=fullname&$filter=contactid eq {id}&$top=1\n"),
    row(
        "umlaut.odata",
        &["DV0203"],
        "contacts?$select=fullname&$filter=lastname eq 'Jürgen 😀' and fullnme ne null&$top=1\n",
    ),
    row("performance.odata", &["DV0502", "DV0513"], "contacts\n"),
    row("number.odata", &[], "accounts?$select=accountnumber,name&$top=1\n"),
    row(
        "repeated.odata",
        &["DV0517"],
        "contacts(00000000-0000-0000-0000-000000000001)?$select=fullname\n\
         contacts(00000000-0000-0000-0000-000000000002)?$select=fullname\n\
         contacts(00000000-0000-0000-0000-000000000003)?$select=fullname\n",
    ),
    row(
        "list.odata",
        &["", "DV0203"],
        "# active\ncontacts?$select=fullname&$top=1\n\nstatecode eq 0\naccounts?$select=nam&$top=1\n",
    ),
    row(
        "ignored.odata",
        &["DV0309"],
        "# dvkit-ignore DV0203\ncontacts?$select=fullnme&$filter=statecode eq 'Active'&$top=1\n",
    ),
    row(
        "advice_ignored.odata",
        &["DV0309"],
        "# dvkit-ignore DV0502\ncontacts?$filter=statecode eq 'Active'\n",
    ),
    row("unused.odata", &["DV0701"], "# dvkit-ignore DV0203, typoes\ncontacts?$select=fullname&$top=1\n"),
    // FetchXML
    row(
        "right.fetchxml",
        &[],
        "<fetch top='5'><entity name='contact'><attribute name='fullname'/></entity></fetch>\n",
    ),
    row(
        "names.fetchxml",
        &["DV0203", "DV0042", "DV0309"],
        "<fetch top='5'>\n  <entity name='contact'>\n    <attribute name='fullnme'/>\n    <filter>\n      <condition attribute='statecode' operator='equals' value='Active'/>\n    </filter>\n  </entity>\n</fetch>\n",
    ),
    row(
        "unclosed.fetchxml",
        &["DV0031"],
        "<fetch top='5'><entity name='contact'><attribute name='fullname'/></fetch>\n",
    ),
    row(
        "half.fetchxml",
        &["DV0031", "DV0031", "DV0519", "DV0031", "DV0031", "DV0037"],
        "<fetch top='5'><entity name='contact'><attri\n",
    ),
    row(
        "twice.fetchxml",
        &["DV0048"],
        "<fetch top='5' top='6'><entity name='contact'><attribute name='fullname'/></entity></fetch>\n",
    ),
    row(
        "link.fetchxml",
        &["DV0203"],
        "<fetch top='5'><entity name='contact'><attribute name='fullname'/><link-entity name='account' from='accountid' to='parentcustomer' alias='a'><attribute name='accountnumber'/></link-entity></entity></fetch>\n",
    ),
    row(
        "aggregate.fetchxml",
        &["DV0044"],
        "<fetch aggregate='true'><entity name='account'><attribute name='revenue' aggregate='sum'/></entity></fetch>\n",
    ),
    // Lists of JSON objects
    row(
        "objects.jsonl",
        &["DV0203", "DV0309", "DV0309"],
        "{\"query\":\"contacts?$select=fullnme&$filter=statecode eq \\u0027Active\\u0027&$top=1\"}\n{\"table\":\"contact\",\"filter\":\"statecode eq 'Active'\"}\n",
    ),
    row(
        "tables.jsonl",
        &["DV0201", "", "DV0201"],
        "{\"table\":\"kontact\",\"filter\":\"statecode eq 0\"}\n{\"filter\":\"statecode eq 0\"}\n{\"entity_set\":\"contact\",\"filter\":\"statecode eq 0\"}\n",
    ),
    row(
        "orgs.jsonl",
        &["DV0203", ""],
        "{\"org\":\"b\",\"query\":\"accounts?$select=accountnumber&$top=1\"}\n{\"org\":\"c\",\"query\":\"accounts?$select=name&$top=1\"}\n",
    ),
    row("broken.jsonl", &[""], "{\"query\":\"contacts?$select=fullname&$top=1\"}\n{\"query\":\"contacts\n"),
    row(
        "list.json",
        &["DV0203"],
        "[\n  {\"query\": \"contacts?$select=fullnme&$top=1\"},\n  {\"query\": \"accounts?$select=name&$top=1\"}\n]\n",
    ),
    row(
        "fetch.xml",
        &["DV0203"],
        "<?xml version=\"1.0\"?>\n<fetch top=\"5\">\n  <entity name=\"contact\">\n    <attribute name=\"fullnme\" />\n  </entity>\n</fetch>\n",
    ),
    // Programs
    row(
        "Queries.cs",
        &["DV0203", "DV0203", "DV0309", "DV0203"],
        "class Queries\n{\n    string One(System.Guid id) => $\"accounts({id})?$select=nam\";\n    string Two = @\"<fetch top='5'><entity name=\"\"contact\"\"><attribute name=\"\"fullnme\"\"/></entity></fetch>\";\n    string Three = \"contacts?$select=fullname&$filter=statecode eq 'Active'\" + // not the label\n        \"&$top=3\";\n    string Four(string column) => $\"contacts?$select={column}&$filter=lastnme eq '{column}'\";\n}\n",
    ),
    row(
        "Escaped.cs",
        &["DV0203", "DV0309", "DV0010"],
        "class Escaped\n{\n    string One = \"<fetch top=\\\"5\\\"><entity name=\\\"contact\\\"><attribute name=\\\"fullnme\\\"/><filter><condition attribute=\\\"statecode\\\" operator=\\\"eq\\\" value=\\\"Active\\\"/></filter></entity></fetch>\";\n    string Two = \"contacts?$select=fullname&$top=1&$filter=lastname eq \\\"Smith\\\"\";\n}\n",
    ),
    row(
        "Ignored.cs",
        &["DV0203"],
        "class Ignored\n{\n    // dvkit-ignore DV0203: an old column\n    string One = \"contacts?$select=fullnme&$top=1\";\n    string Two = \"contacts?$select=lastname\" + // dvkit-ignore DV0203\n        \",firstnme&$top=1\";\n    string Three = \"contacts?$select=fullnme&$top=1\";\n}\n",
    ),
    row(
        "Names.cs",
        &["DV0203", "DV0201"],
        "using Microsoft.Xrm.Sdk;\nusing Microsoft.Xrm.Sdk.Query;\nclass Names\n{\n    void M(IOrganizationService service, System.Guid id)\n    {\n        var row = service.Retrieve(\"account\", id, new ColumnSet(\"name\", \"accountnumbr\"));\n        var query = new QueryExpression(\"contakt\") { ColumnSet = new ColumnSet(\"fullname\") };\n    }\n}\n",
    ),
    row(
        "form.ts",
        &["DV0203", "DV0201", "DV0201", "DV0203", "DV0309"],
        "export async function load(id: string) {\n  const a = await Xrm.WebApi.retrieveMultipleRecords(\"contact\", `?$select=fullnme&$filter=_parentcustomerid_value eq ${id}`);\n  const b = await Xrm.WebApi.retrieveRecord('acount', id, '?$select=name');\n  await Xrm.WebApi.updateRecord(\"account\", id, { nme: \"x\", \"primarycontactid@odata.bind\": `/contacts(${id})` });\n  return fetch(`/api/data/v9.2/contacts?$select=fullname&$top=1&$filter=statecode eq 'Active'`);\n}\n",
    ),
    row(
        "form.js",
        &["DV0203", "DV0203"],
        "var q = '?$select=fullname' +\n  \"&$filter=lastname eq 'O''Neil' and statuscod eq 1\";\nXrm.WebApi.retrieveMultipleRecords('contact', q);\nvar f = '<fetch><entity name=\\'account\\'>' + attributes + '<order attribute=\"nam\"/></entity></fetch>';\n",
    ),
    row(
        "sync.py",
        &["DV0203"],
        "URL = f\"{base}/api/data/v9.2/contacts?$select=fullnme&$top=1\"\nFETCH = '''\n<fetch top=\"5\">\n  <entity name=\"account\">\n    <attribute name=\"accountnumber\"/>\n  </entity>\n</fetch>\n'''\n",
    ),
    row(
        "Sync.ps1",
        &["DV0203", "DV0201"],
        "$rows = Invoke-RestMethod \"$api/contacts?`$select=fullnme&`$filter=createdon gt $since\"\n$fetch = @\"\n<fetch top=\"5\"><entity name=\"contakt\"><attribute name=\"fullname\"/></entity></fetch>\n\"@\n",
    ),
    row(
        "Jobs.java",
        &["DV0203", "DV0203"],
        "class Jobs {\n  String one = \"contacts?$select=fullnme\" + \"&$top=1\";\n  String two = String.format(\"accounts(%s)?$select=nam\", id);\n}\n",
    ),
    row(
        "jobs.rs",
        &["DV0203", "DV0203"],
        "fn one(id: &str) -> String {\n    format!(\"contacts?$select=fullnme&$filter=contactid eq {id}\")\n}\nconst TWO: &str = r#\"<fetch top=\"5\"><entity name=\"contact\"><attribute name=\"fulname\"/></entity></fetch>\"#;\n",
    ),
    // Flows, solutions, documents
    row(
        "flow.json",
        &["DV0309", "DV0203", "DV0203"],
        "{\n  \"definition\": {\n    \"$schema\": \"https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#\",\n    \"triggers\": {},\n    \"actions\": {\n      \"List\": {\n        \"type\": \"OpenApiConnection\",\n        \"inputs\": {\n          \"host\": { \"connectionName\": \"shared_commondataserviceforapps\", \"operationId\": \"ListRecords\", \"apiId\": \"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps\" },\n          \"parameters\": { \"entityName\": \"contacts\", \"$select\": \"fullname,jobtitle\", \"$filter\": \"statecode eq 'Active' and lastnme eq '@{triggerOutputs()?['body/name']}'\" }\n        }\n      },\n      \"Update\": {\n        \"type\": \"OpenApiConnection\",\n        \"inputs\": {\n          \"host\": { \"connectionName\": \"shared_commondataserviceforapps\", \"operationId\": \"UpdateRecord\", \"apiId\": \"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps\" },\n          \"parameters\": { \"entityName\": \"accounts\", \"recordId\": \"@outputs('List')?['body/value']\", \"item/nme\": \"x\", \"item/accountnumber\": \"1\" }\n        }\n      }\n    }\n  }\n}\n",
    ),
    row(
        "api.postman_collection.json",
        &["DV0203"],
        "{\n  \"info\": { \"name\": \"api\", \"schema\": \"https://schema.getpostman.com/json/collection/v2.1.0/collection.json\" },\n  \"item\": [ { \"name\": \"a\", \"request\": { \"method\": \"GET\", \"url\": {\n    \"raw\": \"{{url}}/api/data/v9.2/contacts?$select=fullnme&$top=1\",\n    \"host\": [\"{{url}}\"], \"path\": [\"api\", \"data\", \"v9.2\", \"contacts\"],\n    \"query\": [ { \"key\": \"$select\", \"value\": \"fullnme\" }, { \"key\": \"$top\", \"value\": \"1\" } ] } } } ]\n}\n",
    ),
    row(
        "view.xml",
        &["DV0203"],
        "<savedqueries>\n  <savedquery>\n    <layoutxml><grid name=\"resultset\" object=\"2\" jump=\"fullname\"><row name=\"result\" id=\"contactid\"><cell name=\"fullname\" width=\"100\"/><cell name=\"jobtitel\" width=\"100\"/></row></grid></layoutxml>\n    <fetchxml><fetch version=\"1.0\"><entity name=\"contact\"><attribute name=\"fullname\"/><attribute name=\"jobtitle\"/><attribute name=\"contactid\"/></entity></fetch></fetchxml>\n  </savedquery>\n</savedqueries>\n",
    ),
    row(
        "report.rdl",
        &["DV0203"],
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Report xmlns=\"http://schemas.microsoft.com/sqlserver/reporting/2008/01/reportdefinition\">\n  <DataSets><DataSet Name=\"D\"><Query><CommandText>&lt;fetch top=\"5\"&gt;&lt;entity name=\"account\"&gt;&lt;attribute name=\"nme\"/&gt;&lt;filter&gt;&lt;condition attribute=\"statecode\" operator=\"eq\" value=\"@state\"/&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;</CommandText></Query></DataSet></DataSets>\n</Report>\n",
    ),
    row(
        "page.html",
        &["DV0203", "DV0203"],
        "<div>{% fetchxml rows %}\n<fetch top=\"5\"><entity name=\"contact\"><attribute name=\"fullnme\"/><filter><condition attribute=\"contactid\" operator=\"eq\" value=\"{{ user.id }}\"/></filter></entity></fetch>\n{% endfetchxml %}</div>\n<script>fetch('/_api/contacts?$select=fulname&$top=1')</script>\n",
    ),
    row(
        "notes.md",
        &["DV0203", "DV0203", "DV0203"],
        "# Notes\n\n```odata\ncontacts?$select=fullnme&$top=1\n```\n\n- `GET /api/data/v9.2/accounts?$select=nam&$top=1`\n\n> ```xml\n> <fetch top=\"5\"><entity name=\"contact\"><attribute name=\"fulname\"/></entity></fetch>\n> ```\n",
    ),
    row(
        "requests.http",
        &["DV0203", "DV0309"],
        "### one\nGET {{base}}/api/data/v9.2/contacts?$select=fullnme\n  &$top=1\nAccept: application/json\n\n### two\nGET {{base}}/api/data/v9.2/accounts?$select=name&$filter=statecode%20eq%20'Active'&$top=1\n",
    ),
    // The end of the name is listed in `dvkit.toml`.
    row("unusual.rows.txt", &["DV0203"], "contacts?$select=fullnme&$top=1\n"),
    row(
        "crlf.odata",
        &["DV0203", "DV0203"],
        "contacts?$select=fullnme&$top=1\r\n\r\naccounts?$select=nam&$top=1\r\n",
    ),
];
