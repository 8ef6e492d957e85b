//! Goldens of translation on the sample organisation: what becomes of each construct, and at what price.

use dvkit_query::emit::{Emitted, Refused, fetchxml};
use dvkit_query::{Options, check, check_fetchxml, check_request};
use dvkit_tests::sample::store;
use expect_test::{Expect, expect};

/// The translation of a request, or of a filter on accounts, with its notes or the reasons why there is none.
fn to_fetchxml(query: &str) -> String {
    let options = Options::default();
    let checked = if odata_parser::is_request(query) {
        check_request(store(), None, query, &options)
    } else {
        check(store(), "account", query, &options)
    };
    let query = checked.expect("the sample is whole").query.unwrap_or_else(|| panic!("{query} is right"));
    told(fetchxml::fetchxml(&query, store()))
}

/// What comes out is right in itself.
fn right(text: &str) {
    let back = check_fetchxml(store(), text, &Options::default()).expect("the sample is whole");
    assert!(back.ok(), "{text}: {:?}", back.diagnostics);
}

fn told(translated: Result<Emitted, Refused>) -> String {
    if let Ok(emitted) = &translated {
        right(&emitted.text);
    }
    match translated {
        Ok(emitted) if emitted.is_exact() => format!("{}\nexact\n", emitted.text),
        Ok(emitted) => {
            let notes: String = emitted.notes.iter().map(|note| format!("{note}\n")).collect();
            format!("{}\n{notes}", emitted.text)
        }
        Err(refused) => {
            let reasons: String = refused.reasons.iter().map(|reason| format!("{reason}\n")).collect();
            let nearest = refused.nearest.map(|text| format!("nearest:\n{text}\n")).unwrap_or_default();
            reasons + &nearest
        }
    }
}

/// Each query, and what becomes of it.
fn golden(queries: &[&str], expected: &Expect) {
    let all: Vec<String> = queries.iter().map(|query| format!("{query}\n{}", to_fetchxml(query))).collect();
    expected.assert_eq(&all.join("\n"));
}

#[test]
fn columns_order_and_pages() {
    golden(
        &[
            "accounts?$select=name,_primarycontactid_value",
            "accounts?$top=2",
            "accounts?$select=name&$orderby=name desc,statecode,_primarycontactid_value",
            "accounts?$select=name&$orderby=primarycontactid/fullname",
            "accounts?$select=name&$top=9000",
            "accounts?$select=name&$count=true",
            "accounts?$select=name&$count=true&$top=3",
        ],
        &expect![[r#"
            accounts?$select=name,_primarycontactid_value
            <fetch>
              <entity name="account">
                <attribute name="name" />
                <attribute name="primarycontactid" />
              </entity>
            </fetch>
            exact

            accounts?$top=2
            <fetch top="2">
              <entity name="account">
                <all-attributes />
              </entity>
            </fetch>
            exact

            accounts?$select=name&$orderby=name desc,statecode,_primarycontactid_value
            <fetch useraworderby="true">
              <entity name="account">
                <attribute name="name" />
                <order attribute="name" descending="true" />
                <order attribute="statecode" />
                <order attribute="primarycontactid" />
              </entity>
            </fetch>
            exact

            accounts?$select=name&$orderby=primarycontactid/fullname
            <fetch>
              <entity name="account">
                <attribute name="name" />
                <order attribute="fullname" entityname="primarycontactid" />
                <link-entity name="contact" from="contactid" to="primarycontactid" link-type="outer" alias="primarycontactid" />
              </entity>
            </fetch>
            exact

            accounts?$select=name&$top=9000
            <fetch top="5000">
              <entity name="account">
                <attribute name="name" />
              </entity>
            </fetch>
            exact

            accounts?$select=name&$count=true
            <fetch returntotalrecordcount="true">
              <entity name="account">
                <attribute name="name" />
              </entity>
            </fetch>
            exact

            accounts?$select=name&$count=true&$top=3
            <fetch count="3" page="1" returntotalrecordcount="true">
              <entity name="account">
                <attribute name="name" />
              </entity>
            </fetch>
            paging: `top` and a total exclude one another: it is a page of 3 rows, and more can follow
        "#]],
    );
}

#[test]
fn where_a_query_starts() {
    golden(
        &[
            "accounts(11111111-2222-3333-4444-555555555555)?$select=name",
            "accounts(11111111-2222-3333-4444-555555555555)/contact_customer_accounts?$select=fullname&$filter=statecode eq 0",
            "accounts(11111111-2222-3333-4444-555555555555)/primarycontactid?$select=fullname",
            "teams(11111111-2222-3333-4444-555555555555)/teammembership_association?$select=fullname",
            "accounts(11111111-2222-3333-4444-555555555555)/name",
            "accounts/$count?$filter=creditonhold eq true",
        ],
        &expect![[r#"
            accounts(11111111-2222-3333-4444-555555555555)?$select=name
            <fetch>
              <entity name="account">
                <attribute name="name" />
                <filter><condition attribute="accountid" operator="eq" value="11111111-2222-3333-4444-555555555555" /></filter>
              </entity>
            </fetch>
            exact

            accounts(11111111-2222-3333-4444-555555555555)/contact_customer_accounts?$select=fullname&$filter=statecode eq 0
            <fetch>
              <entity name="contact">
                <attribute name="fullname" />
                <filter>
                  <condition attribute="parentcustomerid" operator="eq" value="11111111-2222-3333-4444-555555555555" />
                  <condition attribute="statecode" operator="eq" value="0" />
                </filter>
              </entity>
            </fetch>
            exact

            accounts(11111111-2222-3333-4444-555555555555)/primarycontactid?$select=fullname
            <fetch>
              <entity name="contact">
                <attribute name="fullname" />
                <filter>
                  <link-entity name="account" from="primarycontactid" to="contactid" link-type="any">
                    <filter><condition attribute="accountid" operator="eq" value="11111111-2222-3333-4444-555555555555" /></filter>
                  </link-entity>
                </filter>
              </entity>
            </fetch>
            exact

            teams(11111111-2222-3333-4444-555555555555)/teammembership_association?$select=fullname
            <fetch>
              <entity name="systemuser">
                <attribute name="fullname" />
                <filter>
                  <link-entity name="teammembership" from="systemuserid" to="systemuserid" link-type="any">
                    <link-entity name="team" from="teamid" to="teamid" link-type="inner">
                      <filter><condition attribute="teamid" operator="eq" value="11111111-2222-3333-4444-555555555555" /></filter>
                    </link-entity>
                  </link-entity>
                </filter>
              </entity>
            </fetch>
            exact

            accounts(11111111-2222-3333-4444-555555555555)/name
            <fetch>
              <entity name="account">
                <attribute name="name" />
                <filter><condition attribute="accountid" operator="eq" value="11111111-2222-3333-4444-555555555555" /></filter>
              </entity>
            </fetch>
            shape: `name` comes as a column of a row, not alone

            accounts/$count?$filter=creditonhold eq true
            <fetch aggregate="true">
              <entity name="account">
                <attribute name="accountid" alias="count" aggregate="count" />
                <filter><condition attribute="creditonhold" operator="eq" value="1" /></filter>
              </entity>
            </fetch>
            totals: the number goes up to 50,000 and is an error beyond; `/$count` stops at 5,000
        "#]],
    );
}

#[test]
fn conditions() {
    golden(
        &[
            "name eq 'O''Brien & <Sons>'",
            "name ne 'x'",
            "revenue ge 1000.50 and revenue lt 2000",
            "name eq null or fax ne null",
            "creditonhold eq true",
            "_primarycontactid_value eq 11111111-2222-3333-4444-555555555555",
            "createdon gt 2025-01-31T12:00:00Z",
            "name eq fax",
            "revenue gt creditlimit",
            "contains(name,'a') or startswith(name,'b') or endswith(name,'c')",
            "Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['a','b'])",
            "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=7)",
            "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')",
            "Microsoft.Dynamics.CRM.InFiscalPeriodAndYear(PropertyName='createdon',PropertyValue1=3,PropertyValue2=2025)",
            "false",
        ],
        &expect![[r#"
            name eq 'O''Brien & <Sons>'
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="name" operator="eq" value="O'Brien &amp; &lt;Sons&gt;" /></filter>
              </entity>
            </fetch>
            exact

            name ne 'x'
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="name" operator="ne" value="x" /></filter>
              </entity>
            </fetch>
            exact

            revenue ge 1000.50 and revenue lt 2000
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter>
                  <condition attribute="revenue" operator="ge" value="1000.50" />
                  <condition attribute="revenue" operator="lt" value="2000" />
                </filter>
              </entity>
            </fetch>
            exact

            name eq null or fax ne null
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter type="or">
                  <condition attribute="name" operator="null" />
                  <condition attribute="fax" operator="not-null" />
                </filter>
              </entity>
            </fetch>
            exact

            creditonhold eq true
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="creditonhold" operator="eq" value="1" /></filter>
              </entity>
            </fetch>
            exact

            _primarycontactid_value eq 11111111-2222-3333-4444-555555555555
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="primarycontactid" operator="eq" value="11111111-2222-3333-4444-555555555555" /></filter>
              </entity>
            </fetch>
            exact

            createdon gt 2025-01-31T12:00:00Z
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="createdon" operator="gt" value="2025-01-31T12:00:00Z" /></filter>
              </entity>
            </fetch>
            exact

            name eq fax
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="name" operator="eq" valueof="fax" /></filter>
              </entity>
            </fetch>
            nulls: two columns that both have no value are equal in OData, and neither equal nor different in FetchXML

            revenue gt creditlimit
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="revenue" operator="gt" valueof="creditlimit" /></filter>
              </entity>
            </fetch>
            exact

            contains(name,'a') or startswith(name,'b') or endswith(name,'c')
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter type="or">
                  <condition attribute="name" operator="like" value="%a%" />
                  <condition attribute="name" operator="begins-with" value="b" />
                  <condition attribute="name" operator="ends-with" value="c" />
                </filter>
              </entity>
            </fetch>
            exact

            Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['a','b'])
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter>
                  <condition attribute="name" operator="in">
                    <value>a</value>
                    <value>b</value>
                  </condition>
                </filter>
              </entity>
            </fetch>
            exact

            Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=7)
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="createdon" operator="last-x-days" value="7" /></filter>
              </entity>
            </fetch>
            exact

            Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="ownerid" operator="eq-userid" /></filter>
              </entity>
            </fetch>
            exact

            Microsoft.Dynamics.CRM.InFiscalPeriodAndYear(PropertyName='createdon',PropertyValue1=3,PropertyValue2=2025)
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter>
                  <condition attribute="createdon" operator="in-fiscal-period-and-year">
                    <value>3</value>
                    <value>2025</value>
                  </condition>
                </filter>
              </entity>
            </fetch>
            exact

            false
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="accountid" operator="null" /></filter>
              </entity>
            </fetch>
            exact
        "#]],
    );
}

#[test]
fn negation_says_what_becomes_of_null() {
    golden(
        &[
            "not (name eq 'x' and revenue gt 5)",
            "not contains(name,'a')",
            "not (startswith(name,'a') or endswith(name,'b'))",
            "not (name eq null)",
            "not not contains(name,'a')",
            "not (revenue gt creditlimit)",
        ],
        &expect![[r#"
            not (name eq 'x' and revenue gt 5)
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter type="or">
                  <condition attribute="name" operator="ne" value="x" />
                  <condition attribute="revenue" operator="le" value="5" />
                </filter>
              </entity>
            </fetch>
            exact

            not contains(name,'a')
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter>
                  <condition attribute="name" operator="not-like" value="%a%" />
                  <condition attribute="name" operator="not-null" />
                </filter>
              </entity>
            </fetch>
            exact

            not (startswith(name,'a') or endswith(name,'b'))
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter>
                  <condition attribute="name" operator="not-begin-with" value="a" />
                  <condition attribute="name" operator="not-null" />
                  <condition attribute="name" operator="not-end-with" value="b" />
                  <condition attribute="name" operator="not-null" />
                </filter>
              </entity>
            </fetch>
            exact

            not (name eq null)
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="name" operator="not-null" /></filter>
              </entity>
            </fetch>
            exact

            not not contains(name,'a')
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="name" operator="like" value="%a%" /></filter>
              </entity>
            </fetch>
            exact

            not (revenue gt creditlimit)
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition attribute="revenue" operator="le" valueof="creditlimit" /></filter>
              </entity>
            </fetch>
            exact
        "#]],
    );
}

#[test]
fn lookups_that_are_followed() {
    golden(
        &[
            "primarycontactid/fullname eq 'x' or name eq 'y'",
            "primarycontactid/fullname eq null and primarycontactid/createdby/fullname ne 'z'",
            "createdby/firstname eq createdby/lastname",
            "primarycontactid/Microsoft.Dynamics.CRM.Today(PropertyName='createdon')",
        ],
        &expect![[r#"
            primarycontactid/fullname eq 'x' or name eq 'y'
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter type="or">
                  <condition entityname="primarycontactid" attribute="fullname" operator="eq" value="x" />
                  <condition attribute="name" operator="eq" value="y" />
                </filter>
                <link-entity name="contact" from="contactid" to="primarycontactid" link-type="outer" alias="primarycontactid" />
              </entity>
            </fetch>
            exact

            primarycontactid/fullname eq null and primarycontactid/createdby/fullname ne 'z'
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter>
                  <condition entityname="primarycontactid" attribute="fullname" operator="null" />
                  <condition entityname="primarycontactid_createdby" attribute="fullname" operator="ne" value="z" />
                </filter>
                <link-entity name="contact" from="contactid" to="primarycontactid" link-type="outer" alias="primarycontactid">
                  <link-entity name="systemuser" from="systemuserid" to="createdby" link-type="outer" alias="primarycontactid_createdby" />
                </link-entity>
              </entity>
            </fetch>
            exact

            createdby/firstname eq createdby/lastname
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition entityname="createdby" attribute="firstname" operator="eq" valueof="createdby.lastname" /></filter>
                <link-entity name="systemuser" from="systemuserid" to="createdby" link-type="outer" alias="createdby" />
              </entity>
            </fetch>
            nulls: two columns that both have no value are equal in OData, and neither equal nor different in FetchXML

            primarycontactid/Microsoft.Dynamics.CRM.Today(PropertyName='createdon')
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><condition entityname="primarycontactid" attribute="createdon" operator="today" /></filter>
                <link-entity name="contact" from="contactid" to="primarycontactid" link-type="outer" alias="primarycontactid" />
              </entity>
            </fetch>
            exact
        "#]],
    );
}

#[test]
fn collections() {
    golden(
        &[
            "contact_customer_accounts/any(c:c/firstname eq 'Ann')",
            "contact_customer_accounts/any()",
            "not contact_customer_accounts/any(c:contains(c/firstname,'A'))",
            "contact_customer_accounts/all(c:contains(c/firstname,'A') and c/numberofchildren gt 2)",
            "not contact_customer_accounts/all(c:c/firstname eq 'Ann')",
            "name eq 'x' or contact_customer_accounts/any(c:c/Contact_Tasks/any(t:t/subject eq 'x') or c/createdby/fullname eq 'y')",
            "contact_customer_accounts/any(c:c/createdby/fullname ne 'y' and not contains(c/createdby/parentsystemuserid/fullname,'z'))",
        ],
        &expect![[r#"
            contact_customer_accounts/any(c:c/firstname eq 'Ann')
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter>
                  <link-entity name="contact" from="parentcustomerid" to="accountid" link-type="any">
                    <filter><condition attribute="firstname" operator="eq" value="Ann" /></filter>
                  </link-entity>
                </filter>
              </entity>
            </fetch>
            exact

            contact_customer_accounts/any()
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter><link-entity name="contact" from="parentcustomerid" to="accountid" link-type="any" /></filter>
              </entity>
            </fetch>
            exact

            not contact_customer_accounts/any(c:contains(c/firstname,'A'))
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter>
                  <link-entity name="contact" from="parentcustomerid" to="accountid" link-type="not any">
                    <filter><condition attribute="firstname" operator="like" value="%A%" /></filter>
                  </link-entity>
                </filter>
              </entity>
            </fetch>
            exact

            contact_customer_accounts/all(c:contains(c/firstname,'A') and c/numberofchildren gt 2)
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter>
                  <link-entity name="contact" from="parentcustomerid" to="accountid" link-type="not any">
                    <filter type="or">
                      <condition attribute="firstname" operator="not-like" value="%A%" />
                      <condition attribute="numberofchildren" operator="le" value="2" />
                      <condition attribute="numberofchildren" operator="null" />
                    </filter>
                  </link-entity>
                </filter>
              </entity>
            </fetch>
            exact

            not contact_customer_accounts/all(c:c/firstname eq 'Ann')
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter>
                  <link-entity name="contact" from="parentcustomerid" to="accountid" link-type="any">
                    <filter><condition attribute="firstname" operator="ne" value="Ann" /></filter>
                  </link-entity>
                </filter>
              </entity>
            </fetch>
            exact

            name eq 'x' or contact_customer_accounts/any(c:c/Contact_Tasks/any(t:t/subject eq 'x') or c/createdby/fullname eq 'y')
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter type="or">
                  <condition attribute="name" operator="eq" value="x" />
                  <link-entity name="contact" from="parentcustomerid" to="accountid" link-type="any">
                    <filter type="or">
                      <link-entity name="task" from="regardingobjectid" to="contactid" link-type="any">
                        <filter><condition attribute="subject" operator="eq" value="x" /></filter>
                      </link-entity>
                      <link-entity name="systemuser" from="systemuserid" to="createdby" link-type="any">
                        <filter><condition attribute="fullname" operator="eq" value="y" /></filter>
                      </link-entity>
                    </filter>
                  </link-entity>
                </filter>
              </entity>
            </fetch>
            exact

            contact_customer_accounts/any(c:c/createdby/fullname ne 'y' and not contains(c/createdby/parentsystemuserid/fullname,'z'))
            <fetch>
              <entity name="account">
                <all-attributes />
                <filter>
                  <link-entity name="contact" from="parentcustomerid" to="accountid" link-type="any">
                    <filter>
                      <link-entity name="systemuser" from="systemuserid" to="createdby" link-type="not any">
                        <filter><condition attribute="fullname" operator="eq" value="y" /></filter>
                      </link-entity>
                      <link-entity name="systemuser" from="systemuserid" to="createdby" link-type="any">
                        <filter>
                          <link-entity name="systemuser" from="systemuserid" to="parentsystemuserid" link-type="any">
                            <filter>
                              <condition attribute="fullname" operator="not-like" value="%z%" />
                              <condition attribute="fullname" operator="not-null" />
                            </filter>
                          </link-entity>
                        </filter>
                      </link-entity>
                    </filter>
                  </link-entity>
                </filter>
              </entity>
            </fetch>
            exact
        "#]],
    );
}

#[test]
fn many_to_many() {
    golden(
        &[
            "teams?$select=name&$filter=teammembership_association/any(u:u/fullname eq 'Ann')",
            "teams?$select=name&$filter=not teammembership_association/any()",
            "teams?$select=name&$filter=teammembership_association/all(u:u/isdisabled eq false)",
            "teams?$select=name&$expand=teammembership_association($select=fullname)",
        ],
        &expect![[r#"
            teams?$select=name&$filter=teammembership_association/any(u:u/fullname eq 'Ann')
            <fetch>
              <entity name="team">
                <attribute name="name" />
                <filter>
                  <link-entity name="teammembership" from="teamid" to="teamid" link-type="any">
                    <link-entity name="systemuser" from="systemuserid" to="systemuserid" link-type="inner">
                      <filter><condition attribute="fullname" operator="eq" value="Ann" /></filter>
                    </link-entity>
                  </link-entity>
                </filter>
              </entity>
            </fetch>
            exact

            teams?$select=name&$filter=not teammembership_association/any()
            <fetch>
              <entity name="team">
                <attribute name="name" />
                <filter>
                  <link-entity name="teammembership" from="teamid" to="teamid" link-type="not any">
                    <link-entity name="systemuser" from="systemuserid" to="systemuserid" link-type="inner" />
                  </link-entity>
                </filter>
              </entity>
            </fetch>
            exact

            teams?$select=name&$filter=teammembership_association/all(u:u/isdisabled eq false)
            <fetch>
              <entity name="team">
                <attribute name="name" />
                <filter>
                  <link-entity name="teammembership" from="teamid" to="teamid" link-type="not any">
                    <link-entity name="systemuser" from="systemuserid" to="systemuserid" link-type="inner">
                      <filter><condition attribute="isdisabled" operator="ne" value="0" /></filter>
                    </link-entity>
                  </link-entity>
                </filter>
              </entity>
            </fetch>
            exact

            teams?$select=name&$expand=teammembership_association($select=fullname)
            <fetch>
              <entity name="team">
                <attribute name="name" />
                <link-entity name="teammembership" from="teamid" to="teamid" link-type="outer" alias="teammembership_association_link">
                  <link-entity name="systemuser" from="systemuserid" to="systemuserid" link-type="outer" alias="teammembership_association_link_teammembership_association">
                    <attribute name="fullname" />
                  </link-entity>
                </link-entity>
              </entity>
            </fetch>
            rows: a row comes once for each of its `teammembership_association`; `top`, `count` and pages count those pairs
            shape: what `teammembership_association` holds comes flat, as `teammembership_association_link_teammembership_association.<column>`
        "#]],
    );
}

#[test]
fn expansions() {
    golden(
        &[
            "accounts?$select=name&$expand=primarycontactid($select=fullname;$expand=createdby($select=fullname))&$filter=primarycontactid/lastname eq 'x'",
            "accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=statecode eq 0)",
            "accounts?$select=name&$expand=primarycontactid/$ref",
        ],
        &expect![[r#"
            accounts?$select=name&$expand=primarycontactid($select=fullname;$expand=createdby($select=fullname))&$filter=primarycontactid/lastname eq 'x'
            <fetch>
              <entity name="account">
                <attribute name="name" />
                <filter><condition entityname="primarycontactid" attribute="lastname" operator="eq" value="x" /></filter>
                <link-entity name="contact" from="contactid" to="primarycontactid" link-type="outer" alias="primarycontactid">
                  <attribute name="fullname" />
                  <link-entity name="systemuser" from="systemuserid" to="createdby" link-type="outer" alias="primarycontactid_createdby">
                    <attribute name="fullname" />
                  </link-entity>
                </link-entity>
              </entity>
            </fetch>
            shape: what `primarycontactid` holds comes flat, as `primarycontactid.<column>`
            shape: what `createdby` holds comes flat, as `primarycontactid_createdby.<column>`

            accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=statecode eq 0)
            <fetch>
              <entity name="account">
                <attribute name="name" />
                <link-entity name="contact" from="parentcustomerid" to="accountid" link-type="outer" alias="contact_customer_accounts">
                  <attribute name="fullname" />
                  <filter><condition attribute="statecode" operator="eq" value="0" /></filter>
                </link-entity>
              </entity>
            </fetch>
            rows: a row comes once for each of its `contact_customer_accounts`; `top`, `count` and pages count those pairs
            shape: what `contact_customer_accounts` holds comes flat, as `contact_customer_accounts.<column>`

            accounts?$select=name&$expand=primarycontactid/$ref
            <fetch>
              <entity name="account">
                <attribute name="name" />
                <attribute name="primarycontactid" />
              </entity>
            </fetch>
            shape: `primarycontactid/$ref` comes as the id in the column `primarycontactid`
        "#]],
    );
}

#[test]
fn groups() {
    golden(
        &[
            "accounts?$apply=filter(statecode eq 0)/groupby((statuscode,primarycontactid/fullname),aggregate(revenue with sum as total,revenue with average as mean,$count as n))",
            "accounts?$apply=groupby((statuscode))",
            "accounts?$apply=aggregate(revenue with max as most)",
            "accounts?$apply=groupby((_ownerid_value),aggregate($count as n))",
        ],
        &expect![[r#"
            accounts?$apply=filter(statecode eq 0)/groupby((statuscode,primarycontactid/fullname),aggregate(revenue with sum as total,revenue with average as mean,$count as n))
            <fetch aggregate="true">
              <entity name="account">
                <attribute name="statuscode" alias="statuscode" groupby="true" />
                <attribute name="revenue" alias="total" aggregate="sum" />
                <attribute name="revenue" alias="mean" aggregate="avg" />
                <attribute name="accountid" alias="n" aggregate="count" />
                <filter><condition attribute="statecode" operator="eq" value="0" /></filter>
                <link-entity name="contact" from="contactid" to="primarycontactid" link-type="outer" alias="primarycontactid">
                  <attribute name="fullname" alias="primarycontactid_fullname" groupby="true" />
                </link-entity>
              </entity>
            </fetch>
            names: `primarycontactid/fullname` comes as `primarycontactid_fullname`

            accounts?$apply=groupby((statuscode))
            <fetch distinct="true">
              <entity name="account">
                <attribute name="statuscode" />
              </entity>
            </fetch>
            exact

            accounts?$apply=aggregate(revenue with max as most)
            <fetch aggregate="true">
              <entity name="account">
                <attribute name="revenue" alias="most" aggregate="max" />
              </entity>
            </fetch>
            exact

            accounts?$apply=groupby((_ownerid_value),aggregate($count as n))
            <fetch aggregate="true">
              <entity name="account">
                <attribute name="ownerid" alias="ownerid" groupby="true" />
                <attribute name="accountid" alias="n" aggregate="count" />
              </entity>
            </fetch>
            names: `_ownerid_value` comes as `ownerid`
        "#]],
    );
}

#[test]
fn what_fetchxml_cannot_say() {
    golden(
        &[
            "accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$orderby=fullname;$top=5)",
            "accounts?$select=name&$filter=contact_customer_accounts/any(c:c/firstname eq 'A' and contains(name,'x')) and contact_customer_accounts/all(c:Microsoft.Dynamics.CRM.Today(PropertyName='createdon') or c/firstname eq 'x')",
            "contacts?$select=fullname&$filter=not Microsoft.Dynamics.CRM.Today(PropertyName='createdon')",
            "accounts?savedQuery=00000000-0000-0000-00aa-000010001002",
        ],
        &expect![[r#"
            accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$orderby=fullname;$top=5)
            error[DV0605]: order and limit of `contact_customer_accounts` are for each row, and joined rows are one list
            nearest:
            <fetch>
              <entity name="account">
                <attribute name="name" />
                <link-entity name="contact" from="parentcustomerid" to="accountid" link-type="outer" alias="contact_customer_accounts">
                  <attribute name="fullname" />
                </link-entity>
              </entity>
            </fetch>

            accounts?$select=name&$filter=contact_customer_accounts/any(c:c/firstname eq 'A' and contains(name,'x')) and contact_customer_accounts/all(c:Microsoft.Dynamics.CRM.Today(PropertyName='createdon') or c/firstname eq 'x')
            error[DV0601]: within a collection FetchXML cannot name `name` of another row
            error[DV0601]: within a collection FetchXML cannot name `createdon` of another row

            contacts?$select=fullname&$filter=not Microsoft.Dynamics.CRM.Today(PropertyName='createdon')
            error[DV0602]: FetchXML has no `not`, and no operator that is the opposite of `Today`

            accounts?savedQuery=00000000-0000-0000-00aa-000010001002
            error[DV0607]: the service keeps what this query asks for
        "#]],
    );
}
