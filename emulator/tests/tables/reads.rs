//! Requests that read rows: the words in which they are refused, and what tracking of changes asks for.

use expect_test::expect;

use super::{builder, check, check_with};

#[test]
fn a_query_is_refused_in_the_words_of_the_service() {
    check(expect![[r#"
        GET nosuchset
        > 404 0x8006088a Resource not found for the segment 'nosuchset'. [DV0201]
        GET account
        > 404 0x8006088a Resource not found for the segment 'account'. [DV0225]
        GET Accounts
        > 404 0x8006088a Resource not found for the segment 'Accounts'. [DV0204]
        GET accounts(§a)/nothing
        > 404 0x8006088a Resource not found for the segment 'nothing'. [DV0203]
        GET accounts(§a)/Name
        > 404 0x8006088a Resource not found for the segment 'Name'. [DV0203]
        GET accounts?$select=nothing
        > 400 0x80060888 Could not find a property named 'nothing' on type 'Microsoft.Dynamics.CRM.account'. [DV0203]
        GET accounts?$select=Name
        > 400 0x80060888 Could not find a property named 'Name' on type 'Microsoft.Dynamics.CRM.account'. [DV0204]
        GET accounts?$select=primarycontactid
        > 200 {"@odata.context":"~/$metadata#accounts(primarycontactid)","value":[]}
        GET accounts?$select=accountcategorycodename
        > 400 0x80060888 Could not find a property named 'accountcategorycodename' on type 'Microsoft.Dynamics.CRM.account'. [DV0221]
        GET accounts?$expand=name
        > 400 0x80060888 Could not find a property named 'name' on type 'Microsoft.Dynamics.CRM.account'. [DV0222]
        GET accounts?$expand=nothing
        > 400 0x80060888 Could not find a property named 'nothing' on type 'Microsoft.Dynamics.CRM.account'. [DV0203]
        GET accounts?$filter=nothing eq 1
        > 400 0x80060888 Could not find a property named 'nothing' on type 'Microsoft.Dynamics.CRM.account'. [DV0203]
        GET accounts?$filter=primarycontactid eq §a
        > 400 0x80060888 Could not find a property named 'primarycontactid' on type 'Microsoft.Dynamics.CRM.account'. [DV0205]
        GET accounts?$filter=primarycontactid/nothing eq 'x'
        > 400 0x80060888 Could not find a property named 'nothing' on type 'Microsoft.Dynamics.CRM.contact'. [DV0203]
        GET contacts?$filter=parentcustomerid/name eq 'x'
        > 400 0x80060888 Could not find a property named 'parentcustomerid' on type 'Microsoft.Dynamics.CRM.account'. [DV0213]
        GET accounts?$filter=nothing(name)
        > 400 0x80060888 An unknown function with name 'nothing' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed. [DV0216]
        GET accounts?$filter=Contains(name,'x')
        > 400 0x80060888 An unknown function with name 'Contains' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed. [DV0217]
        GET accounts?$filter=name eq 'x
        > 400 0x80060888 There is an unterminated string literal at position 8 in 'name eq 'x'. [DV0002]
        GET accounts?$filter=name eq 5
        > 400 0x80060888 A binary operator with incompatible types was detected. [DV0301]
        GET accounts?$filter=accountid eq 'x'
        > 400 0x80060888 A binary operator with incompatible types was detected. [DV0304]
        GET accounts?$filter=donotemail eq 1
        > 400 0x80060888 A binary operator with incompatible types was detected. [DV0315]
        GET accounts?$filter=industrycode eq 'Consulting'
        > 400 0x80060888 A binary operator with incompatible types was detected. [DV0309]
        GET accounts?$filter=createdon eq 'x'
        > 400 0x80060888 A binary operator with incompatible types was detected. [DV0301]
        GET accounts?$filter=name eq
        > 400 0x80060888 Syntax error at position 7 in 'name eq'. [DV0001]
        GET accounts?$filter=(name eq 'x'
        > 400 0x80060888 Syntax error at position 0 in '(name eq 'x''. [DV0003]
        GET accounts?$filter=name eq 'x' and
        > 400 0x80060888 Syntax error at position 12 in 'name eq 'x' and'. [DV0017]
        GET accounts?$skip=1
        > 400 0x80060888 Skip Clause is not supported in CRM [DV0420]
        GET accounts?$search=x
        > 400 0x80060888 The query parameter $search is not supported [DV0420]
        GET accounts?$select=name&$select=name
        > 400 0x80060888 Query options of the same name can only be given once in a request. [DV0421]
        GET accounts?$apply=nothing
        > 400 0x80060888 Syntax error at position 0 in 'nothing'. [DV0016]
        GET accounts?$top=x
        > 400 0x80060888 Syntax error at position 0 in 'x'. [DV0001]
        GET accounts?$orderby=nothing
        > 400 0x80060888 Could not find a property named 'nothing' on type 'Microsoft.Dynamics.CRM.account'. [DV0203]
        GET accounts(nothing='x')
        > 404 0x8006088a Resource not found for the segment 'nothing'. [DV0203]
        GET accounts(name='x')
        > 400 0x80060888 The specified key properties do not match an alternate key of the table. [DV0224]
        GET accounts(accountnumber='x')
        > 404 0x80060891 A record with the specified key values does not exist in account entity
        GET accounts(§a)
        > 404 0x80040217 Entity 'account' With Id = §a Does Not Exist
        GET accounts(§a)/name
        > 404 0x80040217 Entity 'account' With Id = §a Does Not Exist
        GET accounts(§a)/primarycontactid
        > 404 0x80040217 Entity 'account' With Id = §a Does Not Exist
        GET accounts(§a)/contact_customer_accounts
        > 404 0x80040217 Entity 'account' With Id = §a Does Not Exist
        GET accounts(§a)/contact_customer_accounts/$count
        > 404 0x80040217 Entity 'account' With Id = §a Does Not Exist
        GET accounts?$expand=contact_customer_accounts($expand=contact_customer_contacts($orderby=lastname))
        > 400 0x80060888 Only $select and $filter clause can be provided while doing $expand on many-to-one relationship or nested one-to-many relationship. [DV0422]
        GET accounts?$skiptoken=nothing
        > 400 0x80060888 Malformed XML in the skiptoken. The token is not valid.
        GET accounts?fetchXml=<fetch><entity name='account'><attribute name='nothing'/></entity></fetch>
        > 400 0x80041103 'Account' entity doesn't contain attribute with Name = 'nothing' and NameMapping = 'Logical'. [DV0203]
        GET accounts?fetchXml=<fetch><entity name='nothing'/></fetch>
        > 400 0x80041102 The entity with a name = 'nothing' with namemapping = 'Logical' was not found in the MetadataCache. [DV0201]
        GET accounts?fetchXml=<fetch><entity name='contact'/></fetch>
        > 400 0x80060888 the set `accounts` is that of `account`, and this query asks for `contact` [DV0251]
        GET accounts?fetchXml=<fetch><entity name='account'>
        > 400 0x80041130 `fetch` is never closed [DV0031]
        GET accounts?fetchXml=<fetch><entity name='account'><filter><condition attribute='name' operator='nothing'/></filter></entity></fetch>
        > 400 0x80041130 `operator` cannot be `nothing` [DV0042]
        GET accounts?fetchXml=<fetch page='x'><entity name='account'/></fetch>
        > 400 0x80041130 `page` cannot be `x` [DV0041]
        GET accounts/$count?fetchXml=<fetch><entity name='account'/></fetch>
        > 400 0x80060888 Count Segment is not supported when SavedQuery or UserQuery or FetchXml option is provided [DV0432]
        GET accounts?savedQuery=§a
        > 404 0x80040217 Entity 'savedquery' With Id = §a Does Not Exist
        GET accounts?userQuery=§a
        > 404 0x80040217 Entity 'userquery' With Id = §a Does Not Exist
    "#]]);
}

#[test]
fn changes_are_tracked_for_whole_tables_only() {
    check(expect![[r#"
        POST accounts | {"accountid": "§a", "name": "Contoso"}
        > 204 odata-entityid: ~/accounts(§a)
        GET new_externalorders?$select=new_subject | Prefer: odata.track-changes
        > 400 0x80060888 Change tracking is not enabled for the entity 'new_externalorder'.
        GET accounts?$select=name&$top=1 | Prefer: odata.track-changes
        > 400 0x80060888 The query option '$top' is not supported with change tracking.
        GET accounts?$filter=name eq 'x' | Prefer: odata.track-changes
        > 400 0x80060888 The query option '$filter' is not supported with change tracking.
        GET accounts(§a)?$select=name | Prefer: odata.track-changes
        > 200 {"@odata.context":"~/$metadata#accounts(name)/$entity","accountid":"§a","name":"Contoso"}
        GET accounts?$deltatoken=nothing
        > 400 0x80060888 The delta token is not valid.
        GET accounts?$deltatoken=1!2026-11-29
        > 400 0x80060888 The delta token is not valid.
        GET accounts?$deltatoken=1!05/01/2026 12:00:00
        > 400 0x80044352 Version stamp associated with the client has expired. Please perform a full sync.
        GET accounts?$select=name&$deltatoken=1!08/31/2026 12:00:00
        > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000007!11/29/2026%2012:00:00","value":[{"accountid":"§a","name":"Contoso"}]}
        GET accounts?$select=name&$deltatoken=1!08/31/2026 11:59:59
        > 400 0x80044352 Version stamp associated with the client has expired. Please perform a full sync.
        GET accounts(§a)?$deltatoken=1!11/29/2026 12:00:00
        > 400 0x80060888 A delta token belongs to a request for the rows of a table.
        GET accounts?$skiptoken=delta.x.1.2
        > 400 0x80060888 The delta token is not valid.
        GET accounts?$skiptoken=delta.c.1.2
        > 400 0x80060888 The delta token is not valid.
        GET accounts?$select=name&$deltatoken=1!11/29/2026 12:00:00&$skiptoken=delta.i.1.2
        > 400 0x80060888 The delta token is not valid.
        GET accounts?$select=name&$deltatoken=1!11/29/2026 12:00:00&$skiptoken=delta.c.1
        > 400 0x80060888 The delta token is not valid.
        GET accounts/$count?$deltatoken=1!11/29/2026 12:00:00
        > 200 1
        GET accounts/$count | Prefer: odata.track-changes
        > 200 1
        DELETE accounts(§a)
        > 204
        GET accounts?$select=name&$deltatoken=1!11/29/2026 12:00:00
        > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000008!11/29/2026%2012:00:00","value":[{"@odata.context":"~/$metadata#accounts/$deletedEntity","id":"§a","reason":"deleted"}]}
        GET accounts/$count?$deltatoken=1!11/29/2026 12:00:00
        > 200 1
    "#]]);
}

#[test]
fn a_reference_is_the_address_of_a_row_and_nothing_else() {
    check(expect![[r#"
        POST contacts | {"contactid": "§c", "lastname": "Lee"}
        > 204 odata-entityid: ~/contacts(§c)
        POST accounts | {"accountid": "§a", "name": "Contoso", "primarycontactid@odata.bind": "/contacts(§c)"}
        > 204 odata-entityid: ~/accounts(§a)
        PATCH contacts(§c) | {"parentcustomerid_account@odata.bind": "/accounts(§a)"}
        > 204 odata-entityid: ~/contacts(§c)
        GET accounts/$ref
        > 200 {"@odata.context":"~/$metadata#Collection($ref)","value":[{"@odata.id":"~/accounts(§a)"}]}
        GET accounts(§a)/$ref
        > 200 {"@odata.context":"~/$metadata#$ref","@odata.id":"~/accounts(§a)"}
        GET accounts(§b)/$ref
        > 404 0x80040217 Entity 'account' With Id = §b Does Not Exist
        GET accounts(§a)/contact_customer_accounts/$ref
        > 200 {"@odata.context":"~/$metadata#Collection($ref)","value":[{"@odata.id":"~/contacts(§c)"}]}
        GET accounts(§a)/contact_customer_accounts/$ref?$filter=lastname eq 'x'
        > 200 {"@odata.context":"~/$metadata#Collection($ref)","value":[]}
        GET accounts(§a)/contact_customer_accounts/$ref?$select=lastname
        > 200 {"@odata.context":"~/$metadata#Collection($ref)","value":[{"@odata.id":"~/contacts(§c)"}]}
        GET accounts(§a)/contact_customer_accounts/$ref?$count=true&$top=1
        > 200 {"@odata.context":"~/$metadata#Collection($ref)","@odata.count":1,"value":[{"@odata.id":"~/contacts(§c)"}]}
        GET accounts(§a)/primarycontactid/$ref
        > 200 {"@odata.context":"~/$metadata#$ref","@odata.id":"~/contacts(§c)"}
        GET accounts(§a)/parentaccountid/$ref
        > 204
        GET accounts(§a)/name/$ref
        > 400 0x80060888 nothing but `/$value` follows a column [DV0439]
        GET accounts?$select=name&$expand=primarycontactid/$ref
        > 200 {"@odata.context":"~/$metadata#accounts(name,primarycontactid())","value":[{"accountid":"§a","name":"Contoso","primarycontactid":{"@odata.id":"~/contacts(§c)"}}]}
        GET accounts?$select=name&$expand=contact_customer_accounts/$ref
        > 400 0x80060888 Expand with $ref is only supported on lookup type navigation property. [DV0425]
        GET accounts(§a)?$select=name&$expand=primarycontactid/$ref,parentaccountid/$ref
        > 200 {"@odata.context":"~/$metadata#accounts(name,primarycontactid(),parentaccountid())/$entity","accountid":"§a","name":"Contoso","parentaccountid":null,"primarycontactid":{"@odata.id":"~/contacts(§c)"}}
        GET contacts(§c)/$count
        > 400 0x80060888 Count Segment is not supported when SavedQuery or UserQuery or FetchXml option is provided [DV0432]
        GET contacts/$count
        > 200 1
        GET accounts(§a)/contact_customer_accounts/$count
        > 200 1
        GET accounts(§a)/contact_customer_accounts/$count?$filter=lastname eq 'x'
        > 200 0
    "#]]);
}

#[test]
fn pages_end_after_their_rows_and_lead_to_the_next() {
    check_with(
        &builder().page_size(2).in_process().unwrap(),
        expect![[r#"
            POST accounts | {"accountid": "§1", "name": "A"}
            > 204 odata-entityid: ~/accounts(§1)
            POST accounts | {"accountid": "§2", "name": "B"}
            > 204 odata-entityid: ~/accounts(§2)
            GET accounts?$select=name&$orderby=name
            > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[{"accountid":"§1","name":"A"},{"accountid":"§2","name":"B"}]}
            POST accounts | {"accountid": "§3", "name": "C"}
            > 204 odata-entityid: ~/accounts(§3)
            GET accounts?$select=name&$orderby=name
            > 200 {"@odata.context":"~/$metadata#accounts(name)","@odata.nextLink":"~/accounts?$select=name&$orderby=name&$skiptoken=eyJwYWdlIjoyLCJzZWVuIjoyLCJwb3NpdGlvbiI6eyJBZnRlciI6WyJCIiwiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAyIl19fQ","value":[{"accountid":"§1","name":"A"},{"accountid":"§2","name":"B"}]}
            GET accounts?$select=name&$orderby=name desc | Prefer: odata.maxpagesize=1
            > 200 preference-applied: odata.maxpagesize=1 {"@odata.context":"~/$metadata#accounts(name)","@odata.nextLink":"~/accounts?$select=name&$orderby=name%20desc&$skiptoken=eyJwYWdlIjoyLCJzZWVuIjoxLCJwb3NpdGlvbiI6eyJBZnRlciI6WyJDIiwiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAzIl19fQ","value":[{"accountid":"§3","name":"C"}]}
            GET accounts?$select=name&$orderby=name | Prefer: odata.maxpagesize=3
            > 200 preference-applied: odata.maxpagesize=3 {"@odata.context":"~/$metadata#accounts(name)","@odata.nextLink":"~/accounts?$select=name&$orderby=name&$skiptoken=eyJwYWdlIjoyLCJzZWVuIjoyLCJwb3NpdGlvbiI6eyJBZnRlciI6WyJCIiwiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAyIl19fQ","value":[{"accountid":"§1","name":"A"},{"accountid":"§2","name":"B"}]}
            GET accounts?$select=name&$orderby=name&$top=2
            > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[{"accountid":"§1","name":"A"},{"accountid":"§2","name":"B"}]}
            GET accounts?$select=name&$orderby=name&$top=3
            > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[{"accountid":"§1","name":"A"},{"accountid":"§2","name":"B"},{"accountid":"§3","name":"C"}]}
            GET accounts?$select=name&$orderby=name&$top=1&$count=true
            > 200 {"@odata.context":"~/$metadata#accounts(name)","@odata.count":3,"value":[{"accountid":"§1","name":"A"}]}
            GET accounts?$select=name&$top=0
            > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[]}
            GET accounts?$select=name&$skiptoken=x
            > 400 0x80060888 Malformed XML in the skiptoken. The token is not valid.
            GET accounts?$select=name&$filter=name ne 'C'&$count=true
            > 200 {"@odata.context":"~/$metadata#accounts(name)","@odata.count":2,"value":[{"accountid":"§1","name":"A"},{"accountid":"§2","name":"B"}]}
            GET accounts?$apply=groupby((name))
            > 200 {"@odata.context":"~/$metadata#accounts","@odata.nextLink":"~/accounts?$apply=groupby((name))&$skiptoken=eyJwYWdlIjoyLCJzZWVuIjoyLCJwb3NpdGlvbiI6eyJPZmZzZXQiOjJ9fQ","value":[{"name":"A"},{"name":"B"}]}
            GET accounts?$apply=aggregate($count as n)
            > 200 {"@odata.context":"~/$metadata#accounts","value":[{"n":3}]}
            GET accounts?fetchXml=<fetch count='2'><entity name='account'><attribute name='name'/><order attribute='name'/></entity></fetch>
            > 200 {"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie":"<cookie pagenumber=\"2\" pagingcookie=\"%253ccookie%2520page%253d%25221%2522%253e%253cname%2520last%253d%2522B%2522%2520first%253d%2522A%2522%2520%252f%253e%253caccountid%2520last%253d%2522%257b§2%257d%2522%2520first%253d%2522%257b§1%257d%2522%2520%252f%253e%253c%252fcookie%253e\" istracking=\"False\" />","@odata.context":"~/$metadata#accounts(name,accountid)","value":[{"accountid":"§1","name":"A"},{"accountid":"§2","name":"B"}]}
            GET accounts?fetchXml=<fetch count='2' page='2'><entity name='account'><attribute name='name'/><order attribute='name'/></entity></fetch>
            > 200 {"@odata.context":"~/$metadata#accounts(name,accountid)","value":[{"accountid":"§3","name":"C"}]}
            GET accounts?fetchXml=<fetch count='2' page='3'><entity name='account'><attribute name='name'/><order attribute='name'/></entity></fetch>
            > 200 {"@odata.context":"~/$metadata#accounts(name,accountid)","value":[]}
            GET accounts?fetchXml=<fetch top='3'><entity name='account'><attribute name='name'/><order attribute='name'/></entity></fetch>
            > 200 {"@odata.context":"~/$metadata#accounts(name,accountid)","value":[{"accountid":"§1","name":"A"},{"accountid":"§2","name":"B"},{"accountid":"§3","name":"C"}]}
            GET accounts?fetchXml=<fetch count='2' returntotalrecordcount='true'><entity name='account'><attribute name='name'/></entity></fetch> | Prefer: odata.include-annotations="*"
            > 200 preference-applied: odata.include-annotations="*" {"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie":"<cookie pagenumber=\"2\" pagingcookie=\"%253ccookie%2520page%253d%25221%2522%253e%253caccountid%2520last%253d%2522%257b§2%257d%2522%2520first%253d%2522%257b§1%257d%2522%2520%252f%253e%253c%252fcookie%253e\" istracking=\"False\" />","@Microsoft.Dynamics.CRM.globalmetadataversion":"74812162","@Microsoft.Dynamics.CRM.morerecords":true,"@Microsoft.Dynamics.CRM.totalrecordcount":3,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":false,"@odata.context":"~/$metadata#accounts(name,accountid)","value":[{"accountid":"§1","name":"A"},{"accountid":"§2","name":"B"}]}
        "#]],
    );
}

#[test]
fn changes_are_read_in_pages_first_the_rows_and_then_the_deletions() {
    check_with(
        &builder().page_size(2).in_process().unwrap(),
        expect![[r#"
            GET accounts?$select=name | Prefer: odata.track-changes
            > 200 preference-applied: odata.track-changes {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000006!11/29/2026%2012:00:00","value":[]}
            POST accounts | {"accountid": "§1", "name": "A"}
            > 204 odata-entityid: ~/accounts(§1)
            POST accounts | {"accountid": "§2", "name": "B"}
            > 204 odata-entityid: ~/accounts(§2)
            GET accounts?$select=name&$deltatoken=1000006!11/29/2026 12:00:00
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000008!11/29/2026%2012:00:00","value":[{"accountid":"§1","name":"A"},{"accountid":"§2","name":"B"}]}
            POST accounts | {"accountid": "§3", "name": "C"}
            > 204 odata-entityid: ~/accounts(§3)
            GET accounts?$select=name&$deltatoken=1000006!11/29/2026 12:00:00
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.nextLink":"~/accounts?$select=name&$deltatoken=1000006!11/29/2026%2012:00:00&$skiptoken=delta.c.1000008.1000009","value":[{"accountid":"§1","name":"A"},{"accountid":"§2","name":"B"}]}
            GET accounts?$select=name&$deltatoken=1000006!11/29/2026 12:00:00&$skiptoken=delta.c.1000008.1000009
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000009!11/29/2026%2012:00:00","value":[{"accountid":"§3","name":"C"}]}
            GET accounts?$select=name&$deltatoken=1000006!11/29/2026 12:00:00&$skiptoken=delta.c.1000008.1000008
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000008!11/29/2026%2012:00:00","value":[]}
            GET accounts?$select=name&$deltatoken=1000008!11/29/2026 12:00:00
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000009!11/29/2026%2012:00:00","value":[{"accountid":"§3","name":"C"}]}
            GET accounts?$select=name&$deltatoken=1000009!11/29/2026 12:00:00
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000009!11/29/2026%2012:00:00","value":[]}
            GET accounts/$count?$deltatoken=1000008!11/29/2026 12:00:00
            > 200 1
            DELETE accounts(§1)
            > 204
            DELETE accounts(§2)
            > 204
            GET accounts?$select=name&$deltatoken=1000006!11/29/2026 12:00:00
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.nextLink":"~/accounts?$select=name&$deltatoken=1000006!11/29/2026%2012:00:00&$skiptoken=delta.d.1000010.1000011","value":[{"accountid":"§3","name":"C"},{"@odata.context":"~/$metadata#accounts/$deletedEntity","id":"§1","reason":"deleted"}]}
            GET accounts?$select=name&$deltatoken=1000009!11/29/2026 12:00:00
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000011!11/29/2026%2012:00:00","value":[{"@odata.context":"~/$metadata#accounts/$deletedEntity","id":"§1","reason":"deleted"},{"@odata.context":"~/$metadata#accounts/$deletedEntity","id":"§2","reason":"deleted"}]}
            GET accounts?$select=name&$deltatoken=1000010!11/29/2026 12:00:00
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000011!11/29/2026%2012:00:00","value":[{"@odata.context":"~/$metadata#accounts/$deletedEntity","id":"§2","reason":"deleted"}]}
            DELETE accounts(§3)
            > 204
            GET accounts?$select=name&$deltatoken=1000009!11/29/2026 12:00:00
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.nextLink":"~/accounts?$select=name&$deltatoken=1000009!11/29/2026%2012:00:00&$skiptoken=delta.d.1000011.1000012","value":[{"@odata.context":"~/$metadata#accounts/$deletedEntity","id":"§1","reason":"deleted"},{"@odata.context":"~/$metadata#accounts/$deletedEntity","id":"§2","reason":"deleted"}]}
            GET accounts?$select=name&$deltatoken=1000009!11/29/2026 12:00:00&$skiptoken=delta.d.1000011.1000012
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000012!11/29/2026%2012:00:00","value":[{"@odata.context":"~/$metadata#accounts/$deletedEntity","id":"§3","reason":"deleted"}]}
            GET accounts?$select=name&$deltatoken=1000009!11/29/2026 12:00:00&$skiptoken=delta.d.1000012.1000012
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000012!11/29/2026%2012:00:00","value":[]}
            POST accounts | {"accountid": "§1", "name": "A again"}
            > 204 odata-entityid: ~/accounts(§1)
            GET accounts?$select=name&$deltatoken=1000010!11/29/2026 12:00:00
            > 200 {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.nextLink":"~/accounts?$select=name&$deltatoken=1000010!11/29/2026%2012:00:00&$skiptoken=delta.d.1000011.1000013","value":[{"accountid":"§1","name":"A again"},{"@odata.context":"~/$metadata#accounts/$deletedEntity","id":"§2","reason":"deleted"}]}
            GET accounts/$count?$deltatoken=1000009!11/29/2026 12:00:00
            > 200 3
            GET accounts?$select=name | Prefer: odata.track-changes,odata.maxpagesize=1
            > 200 preference-applied: odata.track-changes {"@odata.context":"~/$metadata#accounts(name)/$delta","@odata.deltaLink":"~/accounts?$select=name&$deltatoken=1000013!11/29/2026%2012:00:00","value":[{"accountid":"§1","name":"A again"}]}
            GET accounts?$select=name&$skiptoken=delta.i.x.1
            > 400 0x80060888 The delta token is not valid.
        "#]],
    );
}

#[test]
fn parts_of_a_query_that_change_its_result_and_are_not_emulated_are_refused() {
    check(expect![[r#"
        GET accounts?$select=name&tag=x
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: tag.
        GET accounts?$select=name&partitionId=x
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: partitionId.
        GET accounts?$select=name&UnMaskedData=true
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: UnMaskedData.
        GET accounts?$select=name&other=x
        > 200 {"@odata.context":"~/$metadata#accounts(name)","value":[]}
        GET accounts?$select=name&$deltatoken=x
        > 400 0x80060888 The delta token is not valid.
        GET accounts?fetchXml=<fetch datasource='retained'><entity name='account'><attribute name='name'/></entity></fetch>
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: rows in long-term retention.
        GET accounts?fetchXml=<fetch utc-offset='60'><entity name='account'><attribute name='name'/></entity></fetch>
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the attribute utc-offset in FetchXML.
        GET accounts?fetchXml=<fetch min-active-row-version='true'><entity name='account'><attribute name='name'/></entity></fetch>
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the attribute min-active-row-version in FetchXML.
        GET accounts?fetchXml=<fetch options='x'><entity name='account'><attribute name='name'/></entity></fetch>
        > 200 {"@odata.context":"~/$metadata#accounts(name,accountid)","value":[]}
        GET accounts?fetchXml=<fetch><entity name='account'><attribute name='name' rowaggregate='CountChildren' alias='c'/></entity></fetch>
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: rowaggregate.
        GET accounts?fetchXml=<fetch no-lock='true'><entity name='account'><attribute name='name'/></entity></fetch>
        > 200 {"@odata.context":"~/$metadata#accounts(name,accountid)","value":[]}
    "#]]);
}

#[test]
fn aggregated_values_have_texts_for_people() {
    check(expect![[r#"
        POST accounts | {"name": "A", "revenue": 1234.5, "numberofemployees": 1500, "industrycode": 1}
        > 204 odata-entityid: ~/accounts(<id>)
        POST accounts | {"name": "B", "revenue": 1000, "numberofemployees": 500, "industrycode": 1}
        > 204 odata-entityid: ~/accounts(<id>)
        GET accounts?$apply=aggregate(revenue with sum as total,numberofemployees with max as most,numberofemployees with average as mean,$count as n) | Prefer: odata.include-annotations="*"
        > 200 preference-applied: odata.include-annotations="*" {"@Microsoft.Dynamics.CRM.globalmetadataversion":"74812162","@Microsoft.Dynamics.CRM.totalrecordcount":-1,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":false,"@odata.context":"~/$metadata#accounts","value":[{"mean":1000,"mean@OData.Community.Display.V1.AttributeName":"numberofemployees","mean@OData.Community.Display.V1.FormattedValue":"1,000","most":1500,"most@OData.Community.Display.V1.AttributeName":"numberofemployees","most@OData.Community.Display.V1.FormattedValue":"1,500","n":2,"n@OData.Community.Display.V1.FormattedValue":"2","total":2234.5,"total@OData.Community.Display.V1.AttributeName":"revenue","total@OData.Community.Display.V1.FormattedValue":"2,234.50"}]}
        GET accounts?$apply=groupby((industrycode),aggregate(numberofemployees with sum as total,name with countdistinct as names)) | Prefer: odata.include-annotations="OData.Community.Display.V1.FormattedValue"
        > 400 0x80060888 Dataverse does not aggregate with `countdistinct` [DV0426]
        GET accounts?fetchXml=<fetch aggregate='true'><entity name='account'><attribute name='revenue' alias='r' aggregate='avg'/><attribute name='numberofemployees' alias='e' aggregate='sum'/><attribute name='accountid' alias='n' aggregate='count'/><attribute name='createdon' alias='y' groupby='true' dategrouping='year'/></entity></fetch> | Prefer: odata.include-annotations="*"
        > 200 preference-applied: odata.include-annotations="*" {"@Microsoft.Dynamics.CRM.globalmetadataversion":"74812162","@Microsoft.Dynamics.CRM.morerecords":false,"@Microsoft.Dynamics.CRM.totalrecordcount":-1,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":false,"@odata.context":"~/$metadata#accounts","value":[{"e":2000,"e@OData.Community.Display.V1.AttributeName":"numberofemployees","e@OData.Community.Display.V1.FormattedValue":"2,000","n":2,"n@OData.Community.Display.V1.FormattedValue":"2","r":1117.25,"r@OData.Community.Display.V1.AttributeName":"revenue","r@OData.Community.Display.V1.FormattedValue":"1,117.25","y":2026,"y@OData.Community.Display.V1.FormattedValue":"2,026"}]}
    "#]]);
}
