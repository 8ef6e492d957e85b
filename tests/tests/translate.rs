//! Goldens of translations to FetchXML on the sample organisation: columns, orders, pages, start of a query,
//! expansions, groups.

use dvkit_tests::translated::to_fetchxml;
use expect_test::{Expect, expect};

/// Compares each query with its recorded translation.
fn golden(queries: &[&str], expected: &Expect) {
    let all: Vec<String> = queries.iter().map(|query| format!("{query}\n{}", to_fetchxml(query))).collect();
    expected.assert_eq(&all.join("\n"));
}

#[test]
fn columns_orders_and_pages_translate_to_fetchxml() {
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
fn the_start_of_a_request_translates_to_an_entity() {
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
            shape: the one row comes in a list, which is empty if there is no such row, without an error

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
            shape: the one row comes in a list, which is empty if there is no such row, without an error

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
fn expansions_translate_to_links() {
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
fn groups_translate_to_aggregate_fetchxml() {
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
                  <attribute name="fullname" alias="contact_fullname" groupby="true" />
                </link-entity>
              </entity>
            </fetch>
            exact

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
fn requests_that_fetchxml_cannot_express_are_refused() {
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
