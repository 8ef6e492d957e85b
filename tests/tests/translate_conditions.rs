//! Goldens of translations to FetchXML on the sample organisation: conditions, nulls, lookups and
//! collections.

use dvkit_tests::translated::to_fetchxml;
use expect_test::{Expect, expect};

/// Compares each query with its recorded translation.
fn golden(queries: &[&str], expected: &Expect) {
    let all: Vec<String> = queries.iter().map(|query| format!("{query}\n{}", to_fetchxml(query))).collect();
    expected.assert_eq(&all.join("\n"));
}

#[test]
fn conditions_translate_to_fetchxml() {
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
fn negations_are_translated_with_their_effect_on_null() {
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
fn paths_through_lookups_translate_to_links() {
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
fn conditions_on_collections_translate_to_links() {
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
fn many_to_many_conditions_translate_to_links() {
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
