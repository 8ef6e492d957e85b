//! Queries in files of data formats: what is found, where findings are reported, and that edits are read back.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use dvkit_ide::embedded::SourceFile;
use dvkit_ide::{Schemas, Settings, Workspace};

fn file(path: &str, source: &str) -> SourceFile {
    SourceFile::new(path.into(), source.as_bytes().to_vec()).unwrap().unwrap()
}

/// Returns the texts that are found in a file.
fn texts(path: &str, source: &str) -> Vec<String> {
    file(path, source).found().iter().map(|found| found.text.text().to_owned()).collect()
}

/// Returns the findings about a file of the sample organisation: code, and what is written at its position.
fn findings(path: &str, source: &str) -> Vec<(String, String)> {
    let workspace = Workspace::new(Schemas::of(dvkit_ide::sample::open().unwrap()), Settings::default());
    let file = file(path, source);
    let mut all = Vec::new();
    for found in file.found() {
        let diagnosis = workspace.diagnose_text(found, None).unwrap();
        for diagnostic in diagnosis.diagnostics.iter().filter(|d| d.is_error()) {
            let span = diagnostic.span.start as usize..diagnostic.span.end as usize;
            all.push((diagnostic.code.to_string(), file.text()[span].to_owned()));
        }
    }
    all
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

const FLOW: &str = r#"{
  "properties": {
    "connectionReferences": {"shared_commondataserviceforapps": {"api": {"name": "shared_commondataserviceforapps"}}},
    "definition": {
      "triggers": {
        "When_a_row_changes": {
          "type": "OpenApiConnectionWebhook",
          "inputs": {
            "host": {"connectionName": "shared_commondataserviceforapps", "operationId": "SubscribeWebhookTrigger"},
            "parameters": {
              "subscriptionRequest/message": 3,
              "subscriptionRequest/entityname": "contact",
              "subscriptionRequest/filteringattributes": "fullname, emialaddress1",
              "subscriptionRequest/filterexpression": "fullnme ne null"
            }
          }
        }
      },
      "actions": {
        "List rows": {
          "type": "OpenApiConnection",
          "inputs": {
            "host": {"connectionName": "shared_commondataserviceforapps", "operationId": "ListRecords"},
            "parameters": {
              "entityName": "accounts",
              "$select": "name,acountnumber",
              "$filter": "nme eq 'R\u0026D' and accountid eq @{triggerOutputs()?['body/_parentcustomerid_value']}",
              "$top": 5
            }
          }
        },
        "Apply_to_each": {
          "type": "Foreach",
          "foreach": "@outputs('List_rows')?['body/value']",
          "actions": {
            "Update_a_row": {
              "type": "OpenApiConnection",
              "inputs": {
                "host": {"connectionName": "shared_commondataserviceforapps", "operationId": "UpdateRecord"},
                "parameters": {
                  "entityName": "accounts",
                  "recordId": "@items('Apply_to_each')?['acountid']",
                  "item/nam": "x",
                  "item/primarycontactid@odata.bind": "contacts(@{triggerOutputs()?['body/contactid']})",
                  "item/primarycontact@odata.bind": ""
                }
              }
            }
          }
        }
      }
    }
  }
}"#;

#[test]
fn a_flow_is_one_request_for_each_action() {
    let texts = texts("Workflows/x.json", FLOW);
    let request = "accounts?$select=name,acountnumber&$filter=nme eq 'R%26D' and accountid eq {parentcustomerid_value}&$top=5";
    assert!(texts.contains(&request.to_owned()), "{texts:#?}");
    let mut found = findings("Workflows/x.json", FLOW);
    found.sort();
    let mut wanted = owned(&[
        ("DV0203", "emialaddress1"),
        ("DV0203", "fullnme"),
        ("DV0203", "acountnumber"),
        ("DV0203", "nme"),
        ("DV0203", "acountid"),
        ("DV0203", "nam"),
        ("DV0203", "primarycontact"),
    ]);
    wanted.sort();
    assert_eq!(found, wanted);
}

const VIEW: &str = r#"<savedqueries><savedquery><layoutxml><grid name="resultset">
 <row name="result" id="contactid"><cell name="fullname" width="1"/><cell name="telephone1"/><cell name="telphone1"/><cell name="owner.fullname"/><cell name="a.name"/><cell name="a.nme"/></row></grid></layoutxml>
 <fetchxml><fetch><entity name="contact"><attribute name="fullname"/><attribute name="emailadress1"/>
 <link-entity name="account" from="accountid" to="parentcustomerid" alias="a"><attribute name="name"/></link-entity></entity></fetch></fetchxml></savedquery></savedqueries>"#;

#[test]
fn a_view_is_checked_with_its_layout() {
    let wanted = [
        ("DV0203", "emailadress1"),
        ("DV0231", "owner.fullname"),
        ("DV0231", "a.nme"),
        ("DV0203", "telphone1"),
    ];
    assert_eq!(findings("SavedQueries/x.xml", VIEW), owned(&wanted));
    let escaped = VIEW.split("<fetchxml>").next().unwrap().to_owned()
        + "<fetchxml>&lt;fetch&gt;&lt;entity name=&quot;contact&quot;&gt;&lt;attribute name=\"fullname\"/&gt;&lt;/entity&gt;&lt;/fetch&gt;</fetchxml></savedquery></savedqueries>";
    let found = findings("customizations.xml", &escaped);
    assert_eq!(found.len(), 4, "{found:?}");
}

#[test]
fn a_chart_is_checked_with_its_aliases() {
    let chart = r#"<visualization><datadescription><datadefinition><fetchcollection><fetch aggregate="true"><entity name="account"><attribute groupby="true" alias="g" name="ownerid"/><attribute alias="c" name="accountid" aggregate="count"/></entity></fetch></fetchcollection><categorycollection><category alias="g"><measurecollection><measure alias="d"/></measurecollection></category></categorycollection></datadefinition></datadescription></visualization>"#;
    assert_eq!(findings("Visualizations/x.xml", chart), owned(&[("DV0231", "d")]));
    let start = chart.find("<datadefinition>").unwrap();
    let end = chart.find("</datadescription>").unwrap();
    let escaped = format!("{}{}{}", &chart[..start], chart[start..end].replace('<', "&lt;"), &chart[end..]);
    assert_eq!(findings("Visualizations/x.xml", &escaped), owned(&[("DV0231", "d")]));
}

#[test]
fn queries_are_found_in_every_format() {
    let fetch = "<fetch><entity name='account'><attribute name='name'/></entity></fetch>";
    let escaped = fetch.replace('<', "&lt;");
    for (path, source, wanted) in [
        (
            "a.rdl",
            r#"<Report><CommandText>&lt;fetch&gt;&lt;entity name="account"&gt;&lt;filter&gt;&lt;condition attribute="name" operator="eq" value="@Name"/&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;</CommandText></Report>"#.to_owned(),
            r#"<fetch><entity name="account"><filter><condition attribute="name" operator="eq" value="{Name}"/></filter></entity></fetch>"#,
        ),
        ("a.dtsx", format!("<p><property name=\"FetchXML\">{escaped}</property></p>"), fetch),
        (
            "a.jmx",
            "<stringProp name=\"HTTPSampler.path\">/api/data/v9.2/accounts?$select=name&amp;$filter=name eq '${x}'</stringProp>".to_owned(),
            "accounts?$select=name&$filter=name eq '{x}'",
        ),
        (
            "b.jmx",
            r#"<HTTPSamplerProxy><elementProp name="HTTPsampler.Arguments"><collectionProp name="Arguments.arguments"><elementProp name=""><stringProp name="Argument.value">name</stringProp><stringProp name="Argument.name">$select</stringProp></elementProp></collectionProp></elementProp><stringProp name="HTTPSampler.path">/api/data/v9.2/accounts</stringProp></HTTPSamplerProxy>"#.to_owned(),
            "accounts?$select=name",
        ),
        ("a.resx", format!("<root><data name=\"q\"><value><![CDATA[{fetch}]]></value></data></root>"), fetch),
        ("arm.json", serde_json::json!({"source": {"type": "DynamicsSource", "query": fetch}}).to_string(), fetch),
        (
            "adf.json",
            r#"{"url": "@concat('accounts?$select=name&$filter=name eq ''', pipeline().parameters.n, '''')"}"#.to_owned(),
            "accounts?$select=name&$filter=name eq '{pipeline_parameters_n}'",
        ),
        (
            "t.html",
            "{% fetchxml q %}\n<fetch><entity name='account'><filter><condition attribute='name' operator='eq' value='{{ request.params['id'] }}'/></filter></entity></fetch>{% endfetchxml %}".to_owned(),
            "<fetch><entity name='account'><filter><condition attribute='name' operator='eq' value='{request_params_id}'/></filter></entity></fetch>",
        ),
        (
            "t.liquid",
            "{% entityview logical_name:'contact', name:'Active' %}".to_owned(),
            "<fetch><entity name=\"contact\"/></fetch>",
        ),
        (
            "t.html",
            "<a href=\"/_api/contacts?$select=fullname&amp;$top=3\">x</a>".to_owned(),
            "contacts?$select=fullname&$top=3",
        ),
        ("r.md", format!("Text.\n\n  ```xml\n  {fetch}\n  ```\n"), fetch),
        (
            "r.md",
            "Use `accounts?$select=name&$top=3` here, and `$filter=`.".to_owned(),
            "accounts?$select=name&$top=3",
        ),
        (
            "r.md",
            "```http\nGET [Organization URI]/api/data/v9.2/accounts?$select=name\n  &$top=3 HTTP/1.1\nAccept: x\n```".to_owned(),
            "accounts?$select=name&$top=3",
        ),
        (
            "r.http",
            "@base = https://x\n### one\nGET {{base}}/api/data/v9.2/accounts\n  ?$select=name\n  &$top={{n}}\nAccept: x\n\n###\n".to_owned(),
            "accounts?$select=name&$top={n}",
        ),
        ("r.http", format!("POST {{{{base}}}}/x\nA: b\n\n{fetch}\n"), fetch),
        (
            "n.ipynb",
            r#"{"cells":[{"cell_type":"markdown","source":["```odata\n","accounts?$select=name\n","```"]}],"metadata":{}}"#.to_owned(),
            "accounts?$select=name",
        ),
        ("q.json", "{\"table\":\"contact\",\"filter\":\"fullname eq 'x'\"}".to_owned(), "fullname eq 'x'"),
        ("q.xml", fetch.to_owned(), fetch),
    ] {
        assert_eq!(texts(path, &source), [wanted], "{source}");
    }
}

#[test]
fn a_postman_request_is_edited_in_both_places() {
    let source = r#"{"info":{"_postman_id":"1"},"item":[{"request":{"url":{"raw":"{{url}}/api/data/v9.2/accounts?$select=nme&$top=3","host":["{{url}}"],"path":["api","data","v9.2","accounts"],"query":[{"key":"$select","value":"nme"},{"key":"$top","value":"3"},{"key":"$filter","value":"x","disabled":true}]}}}]}"#;
    let file = file("c.postman_collection.json", source);
    let [found] = file.found() else { panic!("{:?}", file.found()) };
    assert_eq!(found.text.text(), "accounts?$select=nme&$top=3");
    assert_eq!(found.copies.len(), 1);
    let new = "accounts?$select=name&$top=3";
    let edits = found.replaced(new).unwrap();
    let edited = file.edited(&edits, &[(0, new.to_owned())]).unwrap();
    assert_eq!(edited.text(), source.replace("nme", "name"));
}

#[test]
fn other_files_of_these_formats_have_nothing() {
    for (path, source) in [
        ("package.json", r#"{"name":"x","dependencies":{"fetch":"1"},"scripts":{"a":"echo $FOO ${fetch}"}}"#),
        ("Connections.json", r#"{"a":{"dataSources":["Accounts"],"entitySetName":"accounts"}}"#),
        ("a.xml", "<a b='$x'>fetch &amp; query</a>"),
        ("a.html", "<script>fetch('/x')</script><p>$top</p>"),
        ("a.md", "`<fetch>` and `$select=` and ```x```\n```js\nfetch('/a')\n```"),
    ] {
        assert_eq!(texts(path, source), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn names_of_forms_dashboards_and_workflows_are_checked() {
    let form = r#"<forms><systemform><form><cell><control id="a" datafieldname="nmae"/></cell><cell><control id="b" datafieldname="name"/></cell>
<header><control id="c" datafieldname="nmae"/></header><control id="header_process_x" datafieldname="zzz"/>
<control id="g"><parameters><TargetEntityType>contct</TargetEntityType></parameters></control></form></systemform></forms>"#;
    let wanted = owned(&[("DV0203", "nmae"), ("DV0201", "contct"), ("DV0203", "nmae")]);
    let mut found = findings("src/Entities/Account/FormXml/main/{x}.xml", form);
    found.sort_by_key(|(_, text)| text == "contct");
    let mut sorted = wanted.clone();
    sorted.sort_by_key(|(_, text)| text == "contct");
    assert_eq!(found, sorted);
    // Without a table, only the tables of lists are known.
    assert_eq!(findings("form.xml", form), owned(&[("DV0201", "contct")]));
    let whole = format!(
        "<ImportExportXml><Entities><Entity><Name LocalizedName=\"Account\">Account</Name><FormXml>{form}</FormXml></Entity></Entities></ImportExportXml>"
    );
    assert_eq!(findings("customizations.xml", &whole).len(), 3);
    let workflow = r#"<Activity><x:GetEntityProperty Attribute="nmae" EntityName="account" /><x:SetEntityProperty Attribute="name" EntityName="account"/>
<x:GetEntityProperty Attribute="!Process_URL" EntityName="account"/><x:UpdateEntity EntityName="acount"/><InArgument x:Key="EntityName">contct</InArgument></Activity>"#;
    let mut found = findings("Workflows/a.xaml", workflow);
    found.sort();
    assert_eq!(found, owned(&[("DV0201", "acount"), ("DV0201", "contct"), ("DV0203", "nmae")]));
}

#[test]
fn values_that_a_flow_writes_are_checked() {
    let flow = |values: &str| {
        format!(
            r#"{{"triggers": {{}}, "actions": {{"A": {{"inputs": {{"host": {{"apiId": "shared_commondataserviceforapps", "operationId": "UpdateRecord"}}, "parameters": {{"entityName": "accounts", "recordId": "@variables('id')", {values}}}}}}}}}}}"#
        )
    };
    for (values, wrong) in [
        (r#""item/statuscode": 77"#, vec!["77"]),
        (r#""item/statuscode": 2, "item/statecode": 9"#, vec!["9"]),
        (r#""item/statuscode": "Closed""#, vec!["Closed"]),
        (r#""item/revenue": "much", "item/donotemail": "sometimes""#, vec!["much", "sometimes"]),
        (r#""item": {"statuscode": 77, "name": "x"}"#, vec!["77"]),
        (
            r#""item/name": "5", "item/revenue": 5, "item/statuscode": "@variables('x')", "item/telephone1": "x", "item/createdon": "2026-01-01", "item/donotemail": false, "item/numberofemployees": "12", "item/description": "A & B", "item/accountid": "a1b2c3d4-0000-4000-8000-00000000000a", "item/entityimage": "abc""#,
            vec![],
        ),
    ] {
        let found: Vec<String> =
            findings("Workflows/a.json", &flow(values)).into_iter().map(|(_, text)| text).collect();
        assert_eq!(found, wrong, "{values}");
    }
}

#[test]
fn tables_in_liquid_are_checked() {
    let page = "{% assign a = entities['acount'][id] %}{{ entities.contct[user.id].fullname }}{{ entities[\"account\"][x].name }}{{ q.results.entities.size }}{% entityview logical_name:'leed', name:'x' %}";
    assert_eq!(
        findings("a.liquid", page),
        owned(&[("DV0201", "acount"), ("DV0201", "contct"), ("DV0201", "leed")])
    );
    assert_eq!(findings("a.liquid", "{% assign entities = x %}{{ entities['acount'] }}"), []);
}
