//! Reads rows of customers.
const ACTIVE: &str = "accounts?$select=name&$filter=statecode eq 0";
const RAW: &str = r#"<fetch><entity name="account"><attribute name="name"/></entity></fetch>"#;
const CONTINUED: &str = "contacts?$select=fullname\
    &$top=3";

fn one(id: &str) -> String {
    format!("accounts({id})?$select=name,revenue")
}

fn of_city(city: &str, top: u32) -> String {
    format!("accounts?$select=name&$filter=address1_city eq '{}'&$top={}", city, top)
}

fn fetched(id: &str) -> String {
    format!(
        "<fetch>
  <entity name='contact'>
    <attribute name='fullname'/>
    <filter><condition attribute='parentcustomerid' operator='eq' value='{id}'/></filter>
  </entity>
</fetch>"
    )
}

fn built(api: &str, n: u8) -> String {
    let mut url = String::from("https://contoso.crm.dynamics.com/api/data/v9.2/contacts?$select=fullname");
    url.push_str(&n.to_string());
    let braces = format!("accounts?$select=name&$filter=name eq '{{x}}'");
    let joined = concat!("accounts?$select=name", "&$top=1");
    let request = client.get(format!("{api}/accounts?$apply=groupby((statuscode))&$count=true"));
    let expand = r"accounts?$expand=primarycontactid($select=fullname)&$select=name";
    let escaped = "<fetch top=\"1\"><entity name=\"contact\"><attribute name=\"fullname\"/></entity></fetch>";
    let bytes = b"accounts?$select=name&$top=7";
    let graph = "https://graph.microsoft.com/v1.0/users?$select=id";
    panic!("no $filter= in {url}")
}
