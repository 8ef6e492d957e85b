//! OData queries: options, paths and what is refused.

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Answer, Api};

/// Three accounts: two with the contact Ann as the primary contact, of which one is the parent of the other, and one
/// alone. Returns the ids of Ann and of the accounts.
async fn three_accounts(api: &Api) -> [String; 4] {
    let ann =
        api.create("contacts", json!({"firstname": "Ann", "lastname": "Able", "telephone1": "1"})).await;
    let contact = format!("/contacts({ann})");
    let contoso = api
        .create(
            "accounts",
            json!({"name": "Contoso", "accountnumber": "A1", "revenue": 100.5, "numberofemployees": 5, "industrycode": 1,
                   "primarycontactid@odata.bind": contact}),
        )
        .await;
    let parent = format!("/accounts({contoso})");
    let fabrikam = api
        .create(
            "accounts",
            json!({"name": "Fabrikam", "accountnumber": "A2", "revenue": 50, "numberofemployees": 7, "industrycode": 1,
                   "primarycontactid@odata.bind": contact, "parentaccountid@odata.bind": parent}),
        )
        .await;
    let litware =
        api.create("accounts", json!({"name": "Litware", "accountnumber": "A3", "industrycode": 2})).await;
    for n in 0..3 {
        let body = json!({"lastname": format!("c{n}"), "parentcustomerid_account@odata.bind": parent});
        api.create("contacts", body).await;
    }
    [ann, contoso, fabrikam, litware]
}

async fn get_with(api: &Api, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_str(value).unwrap());
    }
    Api::send(api.request(Method::GET, path).headers(map)).await
}

// covers: read collection / $select
// covers: read collection / $filter
// covers: read collection / $filter with lambda
// covers: read collection / $filter with Dataverse functions
// covers: read collection / $orderby
// covers: read collection / $top
// covers: read collection / parameter aliases
#[tokio::test]
async fn options_select_filter_and_order_rows() {
    let api = Api::start().await;
    let [ann, ..] = three_accounts(&api).await;
    let names = async |path: &str| {
        let answer = api.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.all("name")
    };
    assert_eq!(names("accounts?$select=name&$filter=revenue gt 60&$orderby=name").await, ["Contoso"]);
    assert_eq!(names("accounts?$select=name&$orderby=name desc&$top=2").await, ["Litware", "Fabrikam"]);
    let by_contact = "accounts?$select=name&$filter=primarycontactid/lastname eq 'able'&$orderby=name";
    assert_eq!(names(by_contact).await, ["Contoso", "Fabrikam"]);
    let lambda = "accounts?$select=name&$filter=contact_customer_accounts/any(c:c/lastname eq 'c1')";
    assert_eq!(names(lambda).await, ["Contoso"]);
    let all = "accounts?$select=name&$filter=account_parent_account/all(a:a/revenue lt 10)&$orderby=name";
    assert_eq!(names(all).await, ["Fabrikam", "Litware"]);
    let function = "accounts?$select=name&$orderby=name&$filter=Microsoft.Dynamics.CRM.In(PropertyName='accountnumber',PropertyValues=[\"A1\",\"A3\"])";
    assert_eq!(names(function).await, ["Contoso", "Litware"]);
    let alias = format!(
        "accounts?$select=name&$filter=_primarycontactid_value eq @c and name ne @n&@c={ann}&@n='Contoso'"
    );
    assert_eq!(names(&alias).await, ["Fabrikam"]);
    let related = "accounts?$select=name&$orderby=primarycontactid/lastname desc,name desc";
    assert_eq!(names(related).await, ["Fabrikam", "Contoso", "Litware"]);
    let answer = api.get("accounts?$select=name&$filter=name%20eq%20'Contoso'").await;
    let row = &answer.json["value"][0];
    assert!(row["@odata.etag"].as_str().unwrap().starts_with("W/\""), "{row}");
    assert_eq!(row.as_object().unwrap().len(), 3, "the ETag, the column and the key: {row}");
    assert!(answer.json["@odata.context"].as_str().unwrap().ends_with("$metadata#accounts(name)"));
}

// covers: read collection / spaces as plus signs
#[tokio::test]
async fn a_plus_is_a_space_and_an_encoded_plus_is_a_plus() {
    let api = Api::start().await;
    api.create("accounts", json!({"name": "a b", "telephone1": "+1"})).await;
    let answer =
        api.get("accounts?%24select=name%2Caccountid&%24filter=startswith%28name%2C+%27a+b%27%29").await;
    assert_eq!(answer.all("name"), ["a b"], "{}", answer.text);
    let answer = api.get("accounts?$select=name&$filter=telephone1 eq '%2B1'").await;
    assert_eq!(answer.all("name"), ["a b"], "{}", answer.text);
}

// covers: read collection / $expand of a lookup
// covers: read collection / $expand of a collection
// covers: read collection / $expand nested
// covers: read collection / $expand with $ref
#[tokio::test]
async fn expansions_have_rows_and_links_that_return_them() {
    let api = Api::start().await;
    let [ann, contoso, ..] = three_accounts(&api).await;
    let path = "accounts?$select=name&$filter=accountnumber eq 'A1'&$expand=primarycontactid($select=lastname),\
                contact_customer_accounts($select=lastname;$filter=lastname ne 'c0';$orderby=lastname desc)";
    let answer = api.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let row = &answer.json["value"][0];
    assert_eq!(row["primarycontactid"]["contactid"], ann.as_str());
    let lastnames = |rows: &Value| -> Vec<String> {
        rows.as_array().unwrap().iter().map(|r| r["lastname"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(lastnames(&row["contact_customer_accounts"]), ["c2", "c1"]);
    let link = row["contact_customer_accounts@odata.nextLink"].as_str().unwrap();
    assert!(
        link.starts_with(&format!("{}accounts({contoso})/contact_customer_accounts?", api.running.web_api()))
    );
    let followed = api.get(link).await;
    assert_eq!(lastnames(&followed.json["value"]), ["c2", "c1"], "{}", followed.text);
    let context = answer.json["@odata.context"].as_str().unwrap();
    assert!(
        context.ends_with("#accounts(name,primarycontactid(lastname),contact_customer_accounts(lastname))"),
        "{context}"
    );

    let nested = "accounts?$select=name&$filter=name eq 'Fabrikam'&$expand=parentaccountid($select=name;$expand=primarycontactid($select=lastname))";
    let answer = api.get(nested).await;
    assert_eq!(
        answer.json["value"][0]["parentaccountid"]["primarycontactid"]["lastname"], "Able",
        "{}",
        answer.text
    );
    let missing = api
        .get("accounts?$select=name&$filter=name eq 'Litware'&$expand=parentaccountid($select=name)")
        .await;
    assert_eq!(missing.json["value"][0]["parentaccountid"], Value::Null);
    let reference =
        api.get("accounts?$select=name&$filter=name eq 'Contoso'&$expand=primarycontactid/$ref").await;
    let address = format!("{}contacts({ann})", api.running.web_api());
    assert_eq!(
        reference.json["value"][0]["primarycontactid"]["@odata.id"],
        address.as_str(),
        "{}",
        reference.text
    );
}

// covers: read collection / $apply
#[tokio::test]
async fn groups_have_labels_and_totals() {
    let api = Api::start().await;
    three_accounts(&api).await;
    let path =
        "accounts?$apply=groupby((industrycode),aggregate($count as number,revenue with sum as total))";
    let answer = api.get_preferring(path, "odata.include-annotations=\"*\"").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let mut rows = answer.json["value"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["industrycode"].as_i64());
    assert_eq!(rows[0]["number"], 2);
    assert_eq!(rows[0]["total"], 150.5);
    assert_eq!(rows[0]["industrycode@OData.Community.Display.V1.FormattedValue"], "Accounting");
    assert_eq!(rows[1]["total"], Value::Null, "OData shows null: {}", rows[1]);
    let answer = api.get("accounts?$apply=groupby((_primarycontactid_value))").await;
    assert_eq!(answer.all("_primarycontactid_value").len(), 2, "{}", answer.text);
    let answer =
        api.get("accounts?$apply=filter(industrycode eq 1)/aggregate(revenue with max as most)").await;
    assert_eq!(answer.all("most"), [100.5], "{}", answer.text);
}

// covers: read count / $count segment
// covers: read collection / $count
#[tokio::test]
async fn rows_are_counted() {
    let api = Api::start().await;
    let [_, contoso, ..] = three_accounts(&api).await;
    let answer = api.get("accounts/$count").await;
    assert_eq!((answer.text.as_str(), answer.header("content-type")), ("3", "text/plain"));
    assert_eq!(api.get("accounts/$count?$filter=industrycode eq 1").await.text, "2");
    assert_eq!(api.get(&format!("accounts({contoso})/contact_customer_accounts/$count")).await.text, "3");
    let answer = api
        .get_preferring(
            "accounts?$select=name&$count=true",
            "odata.maxpagesize=1,odata.include-annotations=\"*\"",
        )
        .await;
    assert_eq!(answer.json["@odata.count"], 3);
    assert_eq!(answer.json["@Microsoft.Dynamics.CRM.totalrecordcount"], 3);
    assert_eq!(answer.json["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"], false);
    assert_eq!(answer.all("name").len(), 1);
    let none = api.get_preferring("accounts?$select=name", "odata.include-annotations=\"*\"").await;
    assert_eq!(none.json["@Microsoft.Dynamics.CRM.totalrecordcount"], -1);
}

// covers: read row / key
// covers: read row / alternate key
// covers: read row / $select
// covers: read row / $expand
// covers: read row / If-None-Match
// covers: read property / value
// covers: read property / raw value
// covers: read property / lookup
// covers: read references / collection
// covers: read collection / navigation path
#[tokio::test]
async fn rows_and_their_properties_are_addressed() {
    let api = Api::start().await;
    let [ann, contoso, fabrikam, litware] = three_accounts(&api).await;
    let row = api
        .get("accounts(accountnumber='A1')?$select=name&$expand=account_parent_account($select=name)")
        .await;
    assert_eq!(row.json["accountid"], contoso.as_str(), "{}", row.text);
    assert_eq!(row.json["account_parent_account"][0]["name"], "Fabrikam");
    assert!(row.json["@odata.context"].as_str().unwrap().ends_with("/$entity"));
    let named = api.get(&format!("accounts(accountid={contoso})?$select=name")).await;
    assert_eq!(named.json["name"], "Contoso", "{}", named.text);

    let path = format!("accounts({contoso})?$select=name");
    let tag = api.get(&path).await.header("etag").to_owned();
    let same = get_with(&api, &path, &[("if-none-match", &tag)]).await;
    assert_eq!((same.status, same.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(get_with(&api, &path, &[("if-none-match", "null")]).await.status, StatusCode::OK);
    assert_eq!(get_with(&api, &path, &[("if-none-match", "W/\"1\"")]).await.status, StatusCode::OK);

    let property = api.get(&format!("accounts({contoso})/name")).await;
    assert_eq!(property.json["value"], "Contoso", "{}", property.text);
    assert_eq!(api.get(&format!("accounts({contoso})/numberofemployees/$value")).await.text, "5");
    let empty = api.get(&format!("accounts({litware})/revenue")).await;
    assert_eq!((empty.status, empty.text.as_str()), (StatusCode::NO_CONTENT, ""));
    let lookup = api.get(&format!("accounts({contoso})/_primarycontactid_value")).await;
    assert_eq!(lookup.json["value"], ann.as_str(), "{}", lookup.text);

    let followed =
        api.get(&format!("accounts({fabrikam})/parentaccountid/primarycontactid?$select=lastname")).await;
    assert_eq!(followed.json["lastname"], "Able", "{}", followed.text);
    let nothing = api.get(&format!("accounts({litware})/parentaccountid")).await;
    assert_eq!(nothing.status, StatusCode::NO_CONTENT);
    let children = api
        .get(&format!("accounts({contoso})/contact_customer_accounts?$select=lastname&$orderby=lastname"))
        .await;
    assert_eq!(children.all("lastname"), ["c0", "c1", "c2"], "{}", children.text);
    let references = api.get(&format!("accounts({contoso})/contact_customer_accounts/$ref")).await;
    assert_eq!(references.all("@odata.id").len(), 3, "{}", references.text);
    assert!(references.json["@odata.context"].as_str().unwrap().ends_with("#Collection($ref)"));
}

// covers: read row / rows that do not exist
#[tokio::test]
async fn missing_rows_are_404_in_the_services_words() {
    let api = Api::start().await;
    let id = "00000000-0000-0000-0000-000000000001";
    for (path, code, message) in [
        (format!("accounts({id})"), "0x80040217", format!("Entity 'account' With Id = {id} Does Not Exist")),
        (
            format!("accounts({id})/contact_customer_accounts"),
            "0x80040217",
            format!("Entity 'account' With Id = {id} Does Not Exist"),
        ),
        (
            format!("accounts({id})/primarycontactid"),
            "0x80040217",
            format!("Entity 'account' With Id = {id} Does Not Exist"),
        ),
        (
            "accounts(accountnumber='none')".to_owned(),
            "0x80060891",
            "A record with the specified key values does not exist in account entity".to_owned(),
        ),
        ("nothings".to_owned(), "0x8006088a", "Resource not found for the segment 'nothings'.".to_owned()),
    ] {
        let answer = api.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
        assert_eq!(answer.json["error"]["code"], code, "{path}");
        assert_eq!(answer.json["error"]["message"], message, "{path}");
    }
}

// covers: read collection / mistakes in the service's words
#[tokio::test]
async fn mistakes_are_refused_in_the_services_words_and_the_finding_is_beside_them() {
    let api = Api::start().await;
    let property = |name: &str, table: &str| {
        format!("Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'.")
    };
    for (path, message) in [
        ("accounts?$select=nmae", property("nmae", "account")),
        ("accounts?$filter=Name eq 'x'", property("Name", "account")),
        ("accounts?$orderby=nmae", property("nmae", "account")),
        ("accounts?$filter=primarycontactid/x eq 1", property("x", "contact")),
        ("accounts?$expand=primarycontactid($select=nope)", property("nope", "contact")),
        ("accounts?$expand=nothing", property("nothing", "account")),
        ("accounts?$filter=contians(name,'x')", "An unknown function with name 'contians' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.".to_owned()),
        ("accounts?$filter=name eq 'x", "There is an unterminated string literal at position 8 in 'name eq 'x'.".to_owned()),
        ("accounts?$filter=name eq", "Syntax error at position 7 in 'name eq'.".to_owned()),
        ("accounts?$filter=revenue eq 'x'", "A binary operator with incompatible types was detected.".to_owned()),
        ("accounts?$skip=1", "Skip Clause is not supported in CRM".to_owned()),
        ("accounts?$filter=not Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['x'])", "Not operator along with the Custom Named Condition operators is not allowed".to_owned()),
        ("accounts?$search=x", "The query parameter $search is not supported".to_owned()),
    ] {
        let answer = api.get(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.text);
        assert_eq!(answer.json["error"]["message"], message, "{path}");
        let inner = &answer.json["error"]["innererror"]["dvkit"];
        assert!(inner["code"].as_str().unwrap().starts_with("DV"), "{path}: {}", answer.text);
    }
}

// covers: read row / Accept: odata.metadata=none
// covers: read row / Accept: IEEE754Compatible
// refuses: read row / Accept: odata.metadata=full
#[tokio::test]
async fn the_accepted_format_decides_the_form_of_json() {
    let api = Api::start().await;
    let [_, contoso, ..] = three_accounts(&api).await;
    let path = format!("accounts({contoso})?$select=name,revenue");
    let bare = get_with(&api, &path, &[("accept", "application/json;odata.metadata=none")]).await;
    assert!(bare.json.as_object().unwrap().keys().all(|name| !name.starts_with('@')), "{}", bare.text);
    assert!(bare.header("content-type").contains("odata.metadata=none"));
    let exact = get_with(&api, &path, &[("accept", "application/json;IEEE754Compatible=true")]).await;
    assert_eq!(exact.json["revenue"], "100.5", "{}", exact.text);
    let full = get_with(&api, &path, &[("accept", "application/json;odata.metadata=full")]).await;
    assert_eq!(full.status, StatusCode::NOT_IMPLEMENTED);
}
