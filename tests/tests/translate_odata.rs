//! Goldens of translations from FetchXML to OData: the result and the notes for each construct.

use dvkit_query::{CheckOptions, check_fetchxml, check_request};
use dvkit_tests::sample::store;
use expect_test::{Expect, expect};

/// Returns the translation of a query with its notes, or the reasons for the refusal. The result must be
/// valid.
fn to_odata(fetch: &str) -> String {
    let options = CheckOptions::default();
    let checked = check_fetchxml(store(), fetch, &options).expect("the sample is whole");
    let query = checked.query.unwrap_or_else(|| panic!("{fetch} is right: {:?}", checked.diagnostics));
    let right = |text: &str| {
        let back = check_request(store(), None, text, &options).expect("the sample is whole");
        assert!(back.is_ok(), "{text}: {:?}", back.diagnostics);
    };
    match dvkit_translate::to_odata(&query, store()) {
        Ok(emitted) => {
            right(&emitted.text);
            let notes: String = emitted.differences.iter().map(|note| format!("{note}\n")).collect();
            format!("{}\n{}", emitted.text, if emitted.is_exact() { "exact\n" } else { &notes })
        }
        Err(refused) => {
            let reasons: String = refused.reasons.iter().map(|reason| format!("{reason}\n")).collect();
            let nearest = refused.nearest.map(|text| {
                right(&text);
                format!("nearest: {text}\n")
            });
            reasons + &nearest.unwrap_or_default()
        }
    }
}

/// Compares each query with its recorded translation.
fn golden(queries: &[&str], expected: &Expect) {
    let all: Vec<String> = queries.iter().map(|query| format!("{query}\n{}", to_odata(query))).collect();
    expected.assert_eq(&all.join("\n"));
}

#[test]
fn columns_orders_and_pages_translate_to_odata() {
    golden(
        &[
            "<fetch><entity name='account'><attribute name='name'/><attribute name='primarycontactid'/></entity></fetch>",
            "<fetch><entity name='account'><all-attributes/><order attribute='name' descending='true'/></entity></fetch>",
            "<fetch useraworderby='true'><entity name='account'><attribute name='name'/><order attribute='industrycode'/></entity></fetch>",
            "<fetch count='50' page='1' returntotalrecordcount='true'><entity name='account'><attribute name='name'/></entity></fetch>",
            "<fetch distinct='true'><entity name='account'><attribute name='industrycode'/></entity></fetch>",
            "<fetch distinct='true' top='3'><entity name='account'><attribute name='industrycode'/></entity></fetch>",
        ],
        &expect![[r#"
            <fetch><entity name='account'><attribute name='name'/><attribute name='primarycontactid'/></entity></fetch>
            accounts?$select=name,_primarycontactid_value
            exact

            <fetch><entity name='account'><all-attributes/><order attribute='name' descending='true'/></entity></fetch>
            accounts?$orderby=name desc
            exact

            <fetch useraworderby='true'><entity name='account'><attribute name='name'/><order attribute='industrycode'/></entity></fetch>
            accounts?$select=name&$orderby=industrycode
            exact

            <fetch count='50' page='1' returntotalrecordcount='true'><entity name='account'><attribute name='name'/></entity></fetch>
            accounts?$select=name&$count=true
            paging: the size of a page goes into a header: `Prefer: odata.maxpagesize=50`

            <fetch distinct='true'><entity name='account'><attribute name='industrycode'/></entity></fetch>
            accounts?$apply=groupby((industrycode))
            exact

            <fetch distinct='true' top='3'><entity name='account'><attribute name='industrycode'/></entity></fetch>
            accounts?$select=industrycode&$top=3
            rows: rows that are equal in what they show come more than once
        "#]],
    );
}

#[test]
fn conditions_translate_to_odata() {
    golden(
        &[
            "<fetch><entity name='account'><attribute name='name'/><filter type='or'><condition attribute='name' operator='like' value='A%'/><condition attribute='name' operator='like' value='%a b%'/><condition attribute='name' operator='like' value='x'/><condition attribute='name' operator='not-like' value='%z'/></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='creditonhold' operator='eq' value='1'/><condition attribute='createdon' operator='last-x-days' value='7'/><condition attribute='industrycode' operator='in'><value>1</value><value>2</value></condition><condition attribute='name' operator='eq' valueof='fax'/><condition attribute='fax' operator='null'/></filter></entity></fetch>",
        ],
        &expect![[r#"
            <fetch><entity name='account'><attribute name='name'/><filter type='or'><condition attribute='name' operator='like' value='A%'/><condition attribute='name' operator='like' value='%a b%'/><condition attribute='name' operator='like' value='x'/><condition attribute='name' operator='not-like' value='%z'/></filter></entity></fetch>
            accounts?$select=name&$filter=startswith(name,'A') or contains(name,'a b') or name eq 'x' or name eq null or not endswith(name,'z')
            exact

            <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='creditonhold' operator='eq' value='1'/><condition attribute='createdon' operator='last-x-days' value='7'/><condition attribute='industrycode' operator='in'><value>1</value><value>2</value></condition><condition attribute='name' operator='eq' valueof='fax'/><condition attribute='fax' operator='null'/></filter></entity></fetch>
            accounts?$select=name&$filter=creditonhold eq true and Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=7) and Microsoft.Dynamics.CRM.In(PropertyName='industrycode',PropertyValues=['1','2']) and name eq fax and fax eq null
            exact
        "#]],
    );
}

#[test]
fn joined_lookups_translate_to_paths() {
    golden(
        &[
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c' link-type='outer'><attribute name='fullname'/></link-entity><filter type='or'><condition entityname='c' attribute='lastname' operator='eq' value='x'/><condition attribute='name' operator='eq' value='y'/></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c'><attribute name='fullname'/><filter><condition attribute='lastname' operator='eq' value='x'/></filter><link-entity name='systemuser' from='systemuserid' to='createdby' alias='u'><attribute name='fullname'/></link-entity></link-entity></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><filter type='or'><link-entity name='contact' from='contactid' to='primarycontactid' link-type='any'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity><link-entity name='contact' from='contactid' to='primarycontactid' link-type='not any'><filter><condition attribute='firstname' operator='eq' value='y'/></filter></link-entity></filter></entity></fetch>",
        ],
        &expect![[r#"
            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c' link-type='outer'><attribute name='fullname'/></link-entity><filter type='or'><condition entityname='c' attribute='lastname' operator='eq' value='x'/><condition attribute='name' operator='eq' value='y'/></filter></entity></fetch>
            accounts?$select=name&$expand=primarycontactid($select=fullname)&$filter=primarycontactid/lastname eq 'x' or name eq 'y'
            shape: what is `c.<column>` comes as an object in `primarycontactid`

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c'><attribute name='fullname'/><filter><condition attribute='lastname' operator='eq' value='x'/></filter><link-entity name='systemuser' from='systemuserid' to='createdby' alias='u'><attribute name='fullname'/></link-entity></link-entity></entity></fetch>
            accounts?$select=name&$expand=primarycontactid($select=fullname;$expand=createdby($select=fullname))&$filter=primarycontactid/contactid ne null and primarycontactid/createdby/systemuserid ne null and primarycontactid/lastname eq 'x'
            shape: what is `u.<column>` comes as an object in `createdby`
            shape: what is `c.<column>` comes as an object in `primarycontactid`

            <fetch><entity name='account'><attribute name='name'/><filter type='or'><link-entity name='contact' from='contactid' to='primarycontactid' link-type='any'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity><link-entity name='contact' from='contactid' to='primarycontactid' link-type='not any'><filter><condition attribute='firstname' operator='eq' value='y'/></filter></link-entity></filter></entity></fetch>
            accounts?$select=name&$filter=primarycontactid/contactid ne null and primarycontactid/lastname eq 'x' or primarycontactid/contactid eq null or primarycontactid/firstname ne 'y'
            exact
        "#]],
    );
}

#[test]
fn links_to_collections_translate_to_odata() {
    golden(
        &[
            "<fetch><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='any'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='not any'/></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='all'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c' link-type='exists'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity></entity></fetch>",
            "<fetch distinct='true'><entity name='account'><attribute name='accountid'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'><attribute name='fullname'/><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity><filter><condition entityname='c' attribute='firstname' operator='eq' value='y'/></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c' link-type='outer'><attribute name='fullname'/></link-entity></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c' link-type='outer'/><filter><condition entityname='c' attribute='contactid' operator='null'/></filter></entity></fetch>",
            "<fetch><entity name='team'><attribute name='name'/><link-entity name='systemuser'><attribute name='fullname'/><filter><condition attribute='fullname' operator='eq' value='Ann'/></filter></link-entity></entity></fetch>",
        ],
        &expect![[r#"
            <fetch><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='any'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity></filter></entity></fetch>
            accounts?$select=name&$filter=contact_customer_accounts/any(c:c/lastname eq 'x')
            exact

            <fetch><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='not any'/></filter></entity></fetch>
            accounts?$select=name&$filter=not contact_customer_accounts/any()
            exact

            <fetch><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='all'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity></filter></entity></fetch>
            accounts?$select=name&$filter=contact_customer_accounts/any() and not contact_customer_accounts/any(c:c/lastname eq 'x')
            exact

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c' link-type='exists'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity></entity></fetch>
            accounts?$select=name&$filter=contact_customer_accounts/any(c:c/lastname eq 'x')
            exact

            <fetch distinct='true'><entity name='account'><attribute name='accountid'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity></entity></fetch>
            accounts?$select=accountid&$filter=contact_customer_accounts/any(c:c/lastname eq 'x')
            exact

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'><attribute name='fullname'/><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity><filter><condition entityname='c' attribute='firstname' operator='eq' value='y'/></filter></entity></fetch>
            accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=lastname eq 'x' and firstname eq 'y')&$filter=contact_customer_accounts/any(c:c/lastname eq 'x' and c/firstname eq 'y')
            shape: what is `c.<column>` comes as an object in `contact_customer_accounts`
            rows: a row comes once, not once for each of its `contact_customer_accounts`

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c' link-type='outer'><attribute name='fullname'/></link-entity></entity></fetch>
            accounts?$select=name&$expand=contact_customer_accounts($select=fullname)
            shape: what is `c.<column>` comes as an object in `contact_customer_accounts`
            rows: a row comes once, not once for each of its `contact_customer_accounts`

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c' link-type='outer'/><filter><condition entityname='c' attribute='contactid' operator='null'/></filter></entity></fetch>
            accounts?$select=name&$filter=not contact_customer_accounts/any()
            exact

            <fetch><entity name='team'><attribute name='name'/><link-entity name='systemuser'><attribute name='fullname'/><filter><condition attribute='fullname' operator='eq' value='Ann'/></filter></link-entity></entity></fetch>
            teams?$select=name&$expand=teammembership_association($select=fullname;$filter=fullname eq 'Ann')&$filter=teammembership_association/any(s:s/fullname eq 'Ann')
            shape: what is `systemuser.<column>` comes as an object in `teammembership_association`
            rows: a row comes once, not once for each of its `teammembership_association`
        "#]],
    );
}

#[test]
fn groups_translate_to_apply() {
    golden(
        &[
            "<fetch aggregate='true'><entity name='account'><attribute name='statuscode' alias='status' groupby='true'/><attribute name='revenue' alias='total' aggregate='sum'/><attribute name='accountid' alias='n' aggregate='count'/><filter><condition attribute='statecode' operator='eq' value='0'/></filter></entity></fetch>",
            "<fetch aggregate='true'><entity name='account'><attribute name='accountid' alias='count.accounts' aggregate='count'/></entity></fetch>",
            "<fetch aggregate='true'><entity name='account'><attribute name='revenue' alias='most' aggregate='max'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c' link-type='outer'><attribute name='fullname' alias='contact' groupby='true'/></link-entity></entity></fetch>",
        ],
        &expect![[r#"
            <fetch aggregate='true'><entity name='account'><attribute name='statuscode' alias='status' groupby='true'/><attribute name='revenue' alias='total' aggregate='sum'/><attribute name='accountid' alias='n' aggregate='count'/><filter><condition attribute='statecode' operator='eq' value='0'/></filter></entity></fetch>
            accounts?$apply=filter(statecode eq 0)/groupby((statuscode),aggregate(revenue with sum as total,$count as n))
            names: `status` comes as `statuscode`

            <fetch aggregate='true'><entity name='account'><attribute name='accountid' alias='count.accounts' aggregate='count'/></entity></fetch>
            accounts?$apply=aggregate($count as count_accounts)
            names: `count.accounts` comes as `count_accounts`

            <fetch aggregate='true'><entity name='account'><attribute name='revenue' alias='most' aggregate='max'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c' link-type='outer'><attribute name='fullname' alias='contact' groupby='true'/></link-entity></entity></fetch>
            accounts?$apply=groupby((primarycontactid/fullname),aggregate(revenue with max as most))
            names: `contact` comes as `contact_fullname`
        "#]],
    );
}

#[test]
fn fetchxml_that_odata_cannot_express_is_refused() {
    golden(
        &[
            "<fetch><entity name='account'><attribute name='name' alias='n'/><order attribute='industrycode'/></entity></fetch>",
            "<fetch top='5'><entity name='account'><attribute name='name'/><order entityname='c' attribute='fullname'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c' link-type='outer'/></entity></fetch>",
            "<fetch aggregate='true'><entity name='account'><attribute name='createdon' alias='y' groupby='true' dategrouping='year'/><attribute name='name' alias='n' aggregate='countcolumn' distinct='true'/><order alias='n'/></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c' link-type='matchfirstrowusingcrossapply'><attribute name='fullname'/></link-entity></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='fullname' to='name' alias='c'/></entity></fetch>",
            "<fetch page='3' count='10'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='like' value='a%b'/></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c' link-type='outer'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity><filter><condition attribute='name' operator='eq' valueof='c.lastname'/></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'/><filter type='or'><condition entityname='c' attribute='firstname' operator='eq' value='y'/><condition attribute='name' operator='eq' value='y'/></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c'><attribute name='fullname'/></link-entity><link-entity name='contact' from='contactid' to='primarycontactid' alias='d'><attribute name='lastname'/></link-entity></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'><attribute name='fullname'/><link-entity name='systemuser' from='systemuserid' to='createdby' alias='u'/></link-entity><filter><condition entityname='u' attribute='fullname' operator='eq' value='x'/></filter></entity></fetch>",
        ],
        &expect![[r#"
            <fetch><entity name='account'><attribute name='name' alias='n'/><order attribute='industrycode'/></entity></fetch>
            error[DV0620]: a column of OData has no other name than its own
            error[DV0622]: `industrycode` is ordered by the label of its options, and OData orders by their numbers (`useraworderby`)
            nearest: accounts?$select=name

            <fetch top='5'><entity name='account'><attribute name='name'/><order entityname='c' attribute='fullname'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c' link-type='outer'/></entity></fetch>
            accounts?$select=name&$orderby=_primarycontactid_value&$top=5
            exact

            <fetch aggregate='true'><entity name='account'><attribute name='createdon' alias='y' groupby='true' dategrouping='year'/><attribute name='name' alias='n' aggregate='countcolumn' distinct='true'/><order alias='n'/></entity></fetch>
            error[DV0632]: `$apply` takes no order of its groups
            error[DV0624]: `$apply` cannot group by a part of `createdon`
            error[DV0623]: `n` counts values, and `$apply` counts rows only

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c' link-type='matchfirstrowusingcrossapply'><attribute name='fullname'/></link-entity></entity></fetch>
            error[DV0625]: an expansion of `contact_customer_accounts` gives all rows, not one of them

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='fullname' to='name' alias='c'/></entity></fetch>
            error[DV0626]: `c` is joined by columns that are not a relationship

            <fetch page='3' count='10'><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='like' value='a%b'/></filter></entity></fetch>
            error[DV0627]: OData cannot ask for page 3: each response links to the next one only

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c' link-type='outer'><filter><condition attribute='lastname' operator='eq' value='x'/></filter></link-entity><filter><condition attribute='name' operator='eq' valueof='c.lastname'/></filter></entity></fetch>
            error[DV0629]: `c` is joined on a condition, and `lastname` of it would be asked for without that
            error[DV0630]: `name` and `lastname` are columns of different rows

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'/><filter type='or'><condition entityname='c' attribute='firstname' operator='eq' value='y'/><condition attribute='name' operator='eq' value='y'/></filter></entity></fetch>
            error[DV0631]: `c.firstname` is a column of one of many joined rows

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' alias='c'><attribute name='fullname'/></link-entity><link-entity name='contact' from='contactid' to='primarycontactid' alias='d'><attribute name='lastname'/></link-entity></entity></fetch>
            error[DV0635]: `primarycontactid` would be expanded twice

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'><attribute name='fullname'/><link-entity name='systemuser' from='systemuserid' to='createdby' alias='u'/></link-entity><filter><condition entityname='u' attribute='fullname' operator='eq' value='x'/></filter></entity></fetch>
            error[DV0631]: `u.fullname` is a column of one of many joined rows
        "#]],
    );
}

#[test]
fn expansions_and_negations_translate_up_to_their_limits() {
    golden(
        &[
            "<fetch><entity name='systemuser'><attribute name='fullname'/><filter><link-entity name='team' link-type='any'><filter><condition attribute='name' operator='eq' value='x'/></filter></link-entity></filter></entity></fetch>",
            "<fetch><entity name='systemuser'><attribute name='fullname'/><link-entity name='teammembership' from='systemuserid' to='systemuserid' link-type='outer' intersect='true'><link-entity name='team' from='teamid' to='teamid' alias='t'><attribute name='name'/><filter><condition attribute='isdefault' operator='eq' value='1'/></filter></link-entity></link-entity></entity></fetch>",
            "<fetch><entity name='systemuser'><attribute name='fullname'/><link-entity name='team' alias='t'><attribute name='name'/></link-entity><link-entity name='businessunit' from='businessunitid' to='businessunitid' alias='b'><attribute name='name'/></link-entity></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'><filter><condition attribute='statecode' operator='eq' value='0'/></filter></link-entity></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'><filter><condition attribute='statecode' operator='eq' value='0'/></filter></link-entity><filter><condition entityname='c' attribute='contactid' operator='null'/></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='contactid' to='primarycontactid' link-type='not any'><filter><condition attribute='birthdate' operator='lt' value='2000-01-01'/></filter></link-entity></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='contactid' to='primarycontactid' link-type='not any'><filter><condition attribute='birthdate' operator='today'/></filter></link-entity></filter></entity></fetch>",
            "<fetch><entity name='account'><attribute name='name'/><order attribute='owneridname'/></entity></fetch>",
            "<fetch distinct='true'><entity name='account'><attribute name='createdon'/></entity></fetch>",
            "<fetch><entity name='systemuser'><attribute name='fullname'/><filter><condition attribute='iscustomizable' operator='eq' value='1'/></filter></entity></fetch>",
        ],
        &expect![[r#"
            <fetch><entity name='systemuser'><attribute name='fullname'/><filter><link-entity name='team' link-type='any'><filter><condition attribute='name' operator='eq' value='x'/></filter></link-entity></filter></entity></fetch>
            systemusers?$select=fullname&$filter=teammembership_association/any(t:t/name eq 'x')
            exact

            <fetch><entity name='systemuser'><attribute name='fullname'/><link-entity name='teammembership' from='systemuserid' to='systemuserid' link-type='outer' intersect='true'><link-entity name='team' from='teamid' to='teamid' alias='t'><attribute name='name'/><filter><condition attribute='isdefault' operator='eq' value='1'/></filter></link-entity></link-entity></entity></fetch>
            systemusers?$select=fullname&$expand=teammembership_association($select=name;$filter=isdefault eq true)
            shape: what is `t.<column>` comes as an object in `teammembership_association`
            rows: a row comes once, not once for each of its `teammembership_association`

            <fetch><entity name='systemuser'><attribute name='fullname'/><link-entity name='team' alias='t'><attribute name='name'/></link-entity><link-entity name='businessunit' from='businessunitid' to='businessunitid' alias='b'><attribute name='name'/></link-entity></entity></fetch>
            error[DV0636]: rows of a many-to-many relationship are expanded alone: nothing below them, no other kind beside them

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'><filter><condition attribute='statecode' operator='eq' value='0'/></filter></link-entity></entity></fetch>
            accounts?$select=name
            exact

            <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'><filter><condition attribute='statecode' operator='eq' value='0'/></filter></link-entity><filter><condition entityname='c' attribute='contactid' operator='null'/></filter></entity></fetch>
            error[DV0629]: `c` is joined on a condition, and `contactid` of it would be asked for without that

            <fetch><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='contactid' to='primarycontactid' link-type='not any'><filter><condition attribute='birthdate' operator='lt' value='2000-01-01'/></filter></link-entity></filter></entity></fetch>
            accounts?$select=name&$filter=primarycontactid/contactid eq null or primarycontactid/birthdate eq null or primarycontactid/birthdate ge 2000-01-01
            exact

            <fetch><entity name='account'><attribute name='name'/><filter><link-entity name='contact' from='contactid' to='primarycontactid' link-type='not any'><filter><condition attribute='birthdate' operator='today'/></filter></link-entity></filter></entity></fetch>
            error[DV0637]: what is asked of `primarycontactid` is a function without an opposite, and OData refuses `not` before functions

            <fetch><entity name='account'><attribute name='name'/><order attribute='owneridname'/></entity></fetch>
            error[DV0215]: `owneridname` of `account` is not a property of the Web API
            nearest: accounts?$select=name

            <fetch distinct='true'><entity name='account'><attribute name='createdon'/></entity></fetch>
            accounts?$select=createdon
            rows: rows that are equal in what they show come more than once

            <fetch><entity name='systemuser'><attribute name='fullname'/><filter><condition attribute='iscustomizable' operator='eq' value='1'/></filter></entity></fetch>
            systemusers?$select=fullname&$filter=iscustomizable/Value eq true
            exact
        "#]],
    );
}
