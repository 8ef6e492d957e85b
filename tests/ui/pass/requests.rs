//! Whole requests: OData and FetchXML.

use dvkit_ui::crm;

#[test]
fn a_request_is_percent_encoded() {
    let request = dvkit::odata!("accounts?$select=name&$filter=name eq 'R%26D +1'&$top=3");
    assert_eq!(request.as_str(), "accounts?$select=name&$filter=name%20eq%20'R%26D%20%2B1'&$top=3");
}

#[test]
fn options_without_a_path_are_about_the_named_type() {
    let request = dvkit::odata!(crm::Account, "$select=name,revenue&$orderby=name&$top=3");
    assert_eq!(request.to_string(), "accounts?$select=name,revenue&$orderby=name&$top=3");
}

#[test]
fn a_value_cannot_end_its_option() {
    let (name, most) = ("a&$filter=x#;'(\u{e9}", 5);
    let request = dvkit::odata!("accounts?$select=name&$filter=name eq {name}&$top={most}");
    assert_eq!(
        request.as_str(),
        "accounts?$select=name&$filter=name%20eq%20'a%26%24filter%3Dx%23%3B''(%C3%A9'&$top=5"
    );
}

#[test]
fn keys_aliases_and_expansions_take_placeholders() {
    let (id, first) = (dvkit::Guid::nil(), "Ann");
    let request = dvkit::odata!(
        "accounts({id})?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=firstname eq {first})"
    );
    assert_eq!(
        request.as_str(),
        "accounts(00000000-0000-0000-0000-000000000000)?$select=name&$expand=contact_customer_accounts($select=fullname;\
         $filter=firstname%20eq%20'Ann')"
    );
}

#[test]
fn a_request_takes_a_filter() {
    let open = dvkit::filter!(crm::Account, "statecode eq 0 and name ne 'A&B'");
    let request = dvkit::odata!(crm::Account, "accounts?$select=name&$filter={open}&$top=3");
    assert_eq!(
        request.as_str(),
        "accounts?$select=name&$filter=(statecode%20eq%200%20and%20name%20ne%20'A%26B')&$top=3"
    );
}

#[test]
fn fetchxml_is_checked_and_escaped() {
    let (name, days, ids) = ("<A & 'B\">%", 7, [dvkit::Guid::nil()]);
    let query = dvkit::fetchxml!(
        r#"<fetch top="3"><entity name="contact"><attribute name="fullname"/><filter>
            <condition attribute="fullname" operator="eq" value="{name}"/>
            <condition attribute="fullname" operator="like" value="%{name}%"/>
            <condition attribute="createdon" operator="last-x-days" value="{days}"/>
            <condition attribute="contactid" operator="in"><value>{ids}</value></condition>
            <condition attribute="donotemail" operator="eq" value="{no}"/>
        </filter></entity></fetch>"#,
        no = false
    );
    let text = query.as_str();
    for piece in [
        r#"value="&lt;A &amp; &apos;B&quot;&gt;%""#,
        r#"value="%&lt;A &amp; &apos;B&quot;&gt;[%]%""#,
        r#"operator="last-x-days" value="7""#,
        "<value>00000000-0000-0000-0000-000000000000</value>",
        r#"operator="eq" value="0""#,
    ] {
        assert!(text.contains(piece), "{piece}\n{text}");
    }
    let request = query.url();
    assert!(request.starts_with("contacts?fetchXml=%3Cfetch%20top%3D%223%22%3E"), "{request}");
}
