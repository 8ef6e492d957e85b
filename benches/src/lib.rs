//! Provides the queries that several benchmarks measure.

/// Valid filters on `contact`, as in everyday use.
pub const RIGHT: &[&str] = &[
    "statecode eq 0",
    "fullname eq 'Ann O''Brien'",
    "statecode eq 0 and createdon ge 2025-01-31T10:00:00Z",
    "contains(fullname,'sample') or startswith(lastname,'A')",
    "_parentcustomerid_value eq 78914942-34cb-ed11-b596-0022481d68cd and statecode eq 0",
    "parentcustomerid_account/name eq 'Contoso' and parentcustomerid_account/revenue gt 100000.50",
    "(statecode eq 0 or statecode eq 1) and not (emailaddress1 eq null)",
    "birthdate lt 2000-01-01 and telephone1 ne null and firstname ne lastname",
    "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['Ann','Bob'])",
    "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=7) and statecode eq 0",
    "account_primary_contact/any(a:a/name eq 'Contoso' and a/statecode eq 0)",
];

/// Invalid filters on `contact`, each with a fix.
pub const WRONG: &[&str] = &[
    "FullName eq 'Ann'",
    "parentcustomerid eq 78914942-34cb-ed11-b596-0022481d68cd",
    "statecode eq 'Active' and tolower(lastname) eq 'ann'",
    "lastname in ('Ann','Bob') and year(createdon) eq 2025",
];

/// A request of about 300 bytes with the most common options.
pub const REQUEST: &str = "accounts?$select=name,revenue,_primarycontactid_value&$filter=statecode eq 0 and \
    contains(name,'Contoso') and revenue gt 100000&$expand=primarycontactid($select=fullname,emailaddress1)\
    &$orderby=name asc&$top=50";

/// FetchXML of about 1 KiB, with the most common elements.
pub const FETCH: &str = r#"<fetch version="1.0" output-format="xml-platform" mapping="logical" distinct="false" count="50" page="1">
  <entity name="contact">
    <attribute name="fullname" />
    <attribute name="emailaddress1" />
    <attribute name="createdon" />
    <order attribute="fullname" descending="false" />
    <filter type="and">
      <condition attribute="statecode" operator="eq" value="0" />
      <condition attribute="lastname" operator="like" value="%son &amp; Co%" />
      <condition attribute="createdon" operator="last-x-days" value="30" />
      <filter type="or">
        <condition attribute="gendercode" operator="in">
          <value>1</value>
          <value>2</value>
        </condition>
        <condition attribute="parentcustomerid" operator="not-null" />
      </filter>
    </filter>
    <link-entity name="account" from="accountid" to="parentcustomerid" link-type="outer" alias="company">
      <attribute name="name" />
      <filter><condition attribute="revenue" operator="gt" value="1000000" /></filter>
    </link-entity>
  </entity>
</fetch>"#;

#[cfg(test)]
mod tests {
    use dvkit_query::{CheckOptions, check_fetchxml, check_filter, check_request};
    use dvkit_schema::Store;

    use super::{FETCH, REQUEST, RIGHT, WRONG};

    #[test]
    fn right_queries_have_no_finding_and_wrong_ones_have_an_error() {
        let org = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/org");
        let sources = ["metadata.json", "csdl.xml", "globalchoices.json"].map(|file| org.join(file));
        let imported = dvkit_schema_fetch::import(&sources, &mut ()).expect("the sample imports");
        let store = Store::from_schema(imported.schema);
        let options = CheckOptions::default();
        let of_filter = |text: &&str| check_filter(&store, "contact", text, &options).expect("in memory");
        let right = RIGHT.iter().map(of_filter).chain([
            check_request(&store, None, REQUEST, &options).expect("in memory"),
            check_fetchxml(&store, FETCH, &options).expect("in memory"),
        ]);
        for checked in right {
            assert_eq!(checked.diagnostics, [], "{:?}", checked.rewritten);
        }
        assert!(WRONG.iter().map(of_filter).all(|checked| !checked.is_ok()));
    }
}
