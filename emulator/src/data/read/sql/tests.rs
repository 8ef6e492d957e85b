use std::path::Path;

use expect_test::{Expect, expect};

use super::*;

fn sample() -> Store {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
    Store::open(folder).unwrap()
}

/// Returns a statement as FetchXML with its limits, or the reason why it is refused.
fn shown(store: &Store, sql: &str) -> String {
    match translate(store, sql) {
        Ok(found) => {
            let skipped = (found.skipped > 0).then(|| format!(" skip {}", found.skipped));
            let rows = found.rows.map(|rows| format!(" rows {rows}"));
            format!("{}{}{}", found.fetchxml(), skipped.unwrap_or_default(), rows.unwrap_or_default())
        }
        Err(error) => {
            assert_eq!((error.status.as_u16(), error.code), (400, "0x80048d31"), "{sql}");
            let reason = error.message.strip_prefix("The SQL statement is not supported: ").unwrap();
            format!("refused: {}", reason.strip_suffix('.').unwrap())
        }
    }
}

/// Translates every line, and compares the translations with the lines below it, which begin with `>`.
fn check(table: &Expect) {
    let store = sample();
    let mut text = String::new();
    for line in table.data().lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('>'))
    {
        text.push_str(&format!("{line}\n> {}\n", shown(&store, line)));
    }
    table.assert_eq(&text);
}

#[test]
fn clauses_of_a_statement_become_elements() {
    check(&expect![[r#"
        SELECT name FROM account
        > <fetch><entity name='account'><attribute name='name'/></entity></fetch>
        select NAME from ACCOUNT
        > <fetch><entity name='account'><attribute name='name'/></entity></fetch>
        SELECT name AS title, revenue FROM dbo.account
        > <fetch><entity name='account'><attribute name='name' alias='title'/><attribute name='revenue'/></entity></fetch>
        SELECT DISTINCT name FROM account AS a
        > <fetch distinct='true'><entity name='account'><attribute name='name'/></entity></fetch>
        SELECT a.name FROM account a
        > <fetch><entity name='account'><attribute name='name'/></entity></fetch>
        SELECT (A.name) FROM account a
        > <fetch><entity name='account'><attribute name='name'/></entity></fetch>
        SELECT TOP 3 name FROM account
        > <fetch><entity name='account'><attribute name='name'/></entity></fetch> rows 3
        SELECT TOP (3) name FROM account
        > <fetch><entity name='account'><attribute name='name'/></entity></fetch> rows 3
        SELECT DISTINCT TOP 3 name FROM account
        > <fetch distinct='true'><entity name='account'><attribute name='name'/></entity></fetch> rows 3
        SELECT name FROM account ORDER BY name, revenue DESC, accountid ASC
        > <fetch><entity name='account'><attribute name='name'/><order attribute='name'/><order attribute='revenue' descending='true'/><order attribute='accountid'/></entity></fetch>
        SELECT name AS title FROM account ORDER BY TITLE DESC
        > <fetch><entity name='account'><attribute name='name' alias='title'/><order attribute='name' descending='true'/></entity></fetch>
        SELECT name FROM account ORDER BY name OFFSET 2 ROWS
        > <fetch><entity name='account'><attribute name='name'/><order attribute='name'/></entity></fetch> skip 2
        SELECT name FROM account ORDER BY name OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY
        > <fetch><entity name='account'><attribute name='name'/><order attribute='name'/></entity></fetch> rows 5
        SELECT TOP 3 name FROM account ORDER BY name FETCH NEXT 5 ROWS ONLY
        > <fetch><entity name='account'><attribute name='name'/><order attribute='name'/></entity></fetch> rows 3
        SELECT name FROM account ORDER BY name OFFSET 1 ROWS FETCH FIRST 1 ROW ONLY
        > <fetch><entity name='account'><attribute name='name'/><order attribute='name'/></entity></fetch> skip 1 rows 1
    "#]]);
}

#[test]
fn joins_become_linked_entities() {
    check(&expect![[r#"
        SELECT a.name, c.lastname FROM account a JOIN contact c ON a.primarycontactid = c.contactid
        > <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='inner' alias='c'><attribute name='lastname' alias='lastname'/></link-entity></entity></fetch>
        SELECT name, lastname AS person FROM account INNER JOIN contact c ON c.contactid = primarycontactid
        > <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='inner' alias='c'><attribute name='lastname' alias='person'/></link-entity></entity></fetch>
        SELECT name FROM account LEFT JOIN contact ON account.primarycontactid = contact.contactid
        > <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='contact'></link-entity></entity></fetch>
        SELECT name FROM account LEFT OUTER JOIN contact c ON (account.primarycontactid = c.contactid AND c.lastname = 'x') AND c.firstname IS NULL
        > <fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'><filter><condition attribute='lastname' operator='eq' value='x'/><condition attribute='firstname' operator='null'/></filter></link-entity></entity></fetch>
        SELECT name FROM account a JOIN contact c ON c.lastname = 'x' AND c.contactid = a.primarycontactid AND c.contactid = a.accountid
        > refused: `a` is not a table of it
        SELECT a.name FROM account a JOIN contact c ON c.contactid = a.primarycontactid JOIN account b ON b.accountid = c.parentcustomerid JOIN contact d ON d.parentcustomerid = a.accountid WHERE b.name = 'x' ORDER BY b.name, a.name, d.lastname DESC
        > <fetch><entity name='account'><attribute name='name'/><filter><condition entityname='b' attribute='name' operator='eq' value='x'/></filter><order entityname='b' attribute='name'/><order attribute='name'/><order entityname='d' attribute='lastname' descending='true'/><link-entity name='contact' from='contactid' to='primarycontactid' link-type='inner' alias='c'><link-entity name='account' from='accountid' to='parentcustomerid' link-type='inner' alias='b'></link-entity></link-entity><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='inner' alias='d'></link-entity></entity></fetch>
        SELECT a.name, b.name, b.name AS other FROM account a JOIN account b ON b.parentaccountid = a.accountid
        > <fetch><entity name='account'><attribute name='name'/><link-entity name='account' from='parentaccountid' to='accountid' link-type='inner' alias='b'><attribute name='name' alias='name'/><attribute name='name' alias='other'/></link-entity></entity></fetch>
        SELECT a.name FROM account a JOIN contact c ON c.lastname = a.name WHERE c.firstname = a.name AND a.name = c.firstname
        > <fetch><entity name='account'><attribute name='name'/><filter><filter type='and'><condition entityname='c' attribute='firstname' operator='eq' valueof='name'/><condition attribute='name' operator='eq' valueof='c.firstname'/></filter></filter><link-entity name='contact' from='lastname' to='name' link-type='inner' alias='c'></link-entity></entity></fetch>
    "#]]);
}

#[test]
fn groups_and_aggregates_become_attributes_with_an_alias() {
    check(&expect![[r#"
        SELECT COUNT(*) FROM account
        > <fetch aggregate='true'><entity name='account'><attribute name='accountid' alias='Expr1' aggregate='count'/></entity></fetch>
        SELECT COUNT(*) AS n FROM account
        > <fetch aggregate='true'><entity name='account'><attribute name='accountid' alias='n' aggregate='count'/></entity></fetch>
        SELECT count(name) AS n, COUNT(DISTINCT name) AS d, Sum(revenue), AVG(revenue), min(revenue), MAX(DISTINCT revenue) FROM account
        > <fetch aggregate='true'><entity name='account'><attribute name='name' alias='n' aggregate='countcolumn'/><attribute name='name' alias='d' aggregate='countcolumn' distinct='true'/><attribute name='revenue' alias='Expr3' aggregate='sum'/><attribute name='revenue' alias='Expr4' aggregate='avg'/><attribute name='revenue' alias='Expr5' aggregate='min'/><attribute name='revenue' alias='Expr6' aggregate='max' distinct='true'/></entity></fetch>
        SELECT name, COUNT(*) FROM account GROUP BY name
        > <fetch aggregate='true'><entity name='account'><attribute name='name' alias='name' groupby='true'/><attribute name='accountid' alias='Expr2' aggregate='count'/></entity></fetch>
        SELECT name AS title, COUNT(*) FROM account GROUP BY name ORDER BY title, COUNT(*) DESC
        > <fetch aggregate='true'><entity name='account'><attribute name='name' alias='title' groupby='true'/><attribute name='accountid' alias='Expr2' aggregate='count'/><order alias='title'/><order alias='Expr2' descending='true'/></entity></fetch>
        SELECT name, SUM(revenue) FROM account GROUP BY name ORDER BY name DESC, SUM(revenue)
        > <fetch aggregate='true'><entity name='account'><attribute name='name' alias='name' groupby='true'/><attribute name='revenue' alias='Expr2' aggregate='sum'/><order alias='name' descending='true'/><order alias='Expr2'/></entity></fetch>
        SELECT name FROM account GROUP BY name
        > <fetch aggregate='true'><entity name='account'><attribute name='name' alias='name' groupby='true'/></entity></fetch>
        SELECT a.name FROM account a GROUP BY name
        > <fetch aggregate='true'><entity name='account'><attribute name='name' alias='name' groupby='true'/></entity></fetch>
        SELECT c.lastname, COUNT(c.contactid) AS n FROM account a JOIN contact c ON c.parentcustomerid = a.accountid GROUP BY c.lastname ORDER BY n
        > <fetch aggregate='true'><entity name='account'><order alias='n'/><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='inner' alias='c'><attribute name='lastname' alias='lastname' groupby='true'/><attribute name='contactid' alias='n' aggregate='countcolumn'/></link-entity></entity></fetch>
        SELECT DISTINCT name, COUNT(*) AS n FROM account GROUP BY name
        > <fetch distinct='true' aggregate='true'><entity name='account'><attribute name='name' alias='name' groupby='true'/><attribute name='accountid' alias='n' aggregate='count'/></entity></fetch>
        SELECT name, revenue FROM account GROUP BY name
        > refused: `revenue` is neither in GROUP BY nor aggregated
        SELECT name, COUNT(*) FROM account
        > refused: `name` is neither in GROUP BY nor aggregated
        SELECT COUNT() FROM account
        > refused: `COUNT()` has to have one argument
        SELECT COUNT(name, revenue) FROM account
        > refused: `COUNT(name, revenue)` has to have one argument
        SELECT SUM(*) FROM account
        > refused: `SUM(*)` is not an aggregate that it supports
        SELECT STDEV(revenue) FROM account
        > refused: `STDEV(revenue)` is not an aggregate that it supports
        SELECT SUM(revenue + 1) FROM account
        > refused: `revenue + 1` is not a column
        SELECT SUM(DISTINCT revenue) OVER () FROM account
        > refused: `SUM(DISTINCT revenue) OVER ()` is more than an aggregate of a column
        SELECT COUNT(nothing) FROM account
        > refused: there is no column `nothing`
        SELECT name FROM account GROUP BY ALL
        > refused: it has a clause other than SELECT, DISTINCT, TOP, FROM, JOIN, WHERE, GROUP BY, ORDER BY, OFFSET and FETCH
    "#]]);
}

#[test]
fn conditions_keep_their_meaning_in_fetchxml() {
    check(&expect![[r#"
        SELECT name FROM account WHERE name = 'a'
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='eq' value='a'/></filter></entity></fetch>
        SELECT name FROM account WHERE name <> 'a'
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='ne' value='a'/></filter></entity></fetch>
        SELECT name FROM account WHERE name != N'a''b'
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='ne' value='a&apos;b'/></filter></entity></fetch>
        SELECT name FROM account WHERE revenue > 1.5
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='gt' value='1.5'/></filter></entity></fetch>
        SELECT name FROM account WHERE revenue >= -1
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='ge' value='-1'/></filter></entity></fetch>
        SELECT name FROM account WHERE revenue < (2)
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='lt' value='2'/></filter></entity></fetch>
        SELECT name FROM account WHERE revenue <= 2
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='le' value='2'/></filter></entity></fetch>
        SELECT name FROM account WHERE donotemail = TRUE OR donotemail = FALSE
        > refused: there is no column `TRUE`
        SELECT name FROM account WHERE 1 = revenue
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='eq' value='1'/></filter></entity></fetch>
        SELECT name FROM account WHERE 1 <> revenue
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='ne' value='1'/></filter></entity></fetch>
        SELECT name FROM account WHERE 1 > revenue
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='lt' value='1'/></filter></entity></fetch>
        SELECT name FROM account WHERE 1 >= revenue
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='le' value='1'/></filter></entity></fetch>
        SELECT name FROM account WHERE 1 < revenue
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='gt' value='1'/></filter></entity></fetch>
        SELECT name FROM account WHERE 1 <= revenue
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='ge' value='1'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT name = 'a'
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='ne' value='a'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT name <> 'a'
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='eq' value='a'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT revenue > 1
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='le' value='1'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT revenue >= 1
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='lt' value='1'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT revenue < 1
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='ge' value='1'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT revenue <= 1
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='gt' value='1'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT (NOT (revenue <= 1))
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='le' value='1'/></filter></entity></fetch>
        SELECT name FROM account WHERE name = address1_city
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='eq' valueof='address1_city'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT account.name >= accountnumber
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='lt' valueof='accountnumber'/></filter></entity></fetch>
        SELECT name FROM account WHERE name IS NULL
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='null'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT name IS NULL
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='not-null'/></filter></entity></fetch>
        SELECT name FROM account WHERE name IS NOT NULL
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='not-null'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT name IS NOT NULL
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='null'/></filter></entity></fetch>
        SELECT name FROM account WHERE name LIKE 'a%'
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='like' value='a%'/></filter></entity></fetch>
        SELECT name FROM account WHERE name NOT LIKE 'a%'
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='not-like' value='a%'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT name LIKE 'a%'
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='not-like' value='a%'/></filter></entity></fetch>
        SELECT name FROM account WHERE NOT name NOT LIKE '<a&b>'
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='like' value='&lt;a&amp;b&gt;'/></filter></entity></fetch>
        SELECT name FROM account WHERE name IN ('a', 'b')
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='in'><value>a</value><value>b</value></condition></filter></entity></fetch>
        SELECT name FROM account WHERE revenue NOT IN (1, -2)
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='revenue' operator='not-in'><value>1</value><value>-2</value></condition></filter></entity></fetch>
        SELECT name FROM account WHERE NOT name IN ('a')
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='not-in'><value>a</value></condition></filter></entity></fetch>
        SELECT name FROM account WHERE NOT name NOT IN ('a<b')
        > <fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='in'><value>a&lt;b</value></condition></filter></entity></fetch>
        SELECT name FROM account WHERE revenue BETWEEN 1 AND 2
        > <fetch><entity name='account'><attribute name='name'/><filter><filter type='and'><condition attribute='revenue' operator='ge' value='1'/><condition attribute='revenue' operator='le' value='2'/></filter></filter></entity></fetch>
        SELECT name FROM account WHERE revenue NOT BETWEEN 1 AND 2
        > <fetch><entity name='account'><attribute name='name'/><filter><filter type='or'><condition attribute='revenue' operator='lt' value='1'/><condition attribute='revenue' operator='gt' value='2'/></filter></filter></entity></fetch>
        SELECT name FROM account WHERE NOT revenue BETWEEN 1 AND 2
        > <fetch><entity name='account'><attribute name='name'/><filter><filter type='or'><condition attribute='revenue' operator='lt' value='1'/><condition attribute='revenue' operator='gt' value='2'/></filter></filter></entity></fetch>
        SELECT name FROM account WHERE NOT revenue NOT BETWEEN 1 AND 2
        > <fetch><entity name='account'><attribute name='name'/><filter><filter type='and'><condition attribute='revenue' operator='ge' value='1'/><condition attribute='revenue' operator='le' value='2'/></filter></filter></entity></fetch>
        SELECT name FROM account WHERE name = 'a' AND name = 'b' AND name = 'c'
        > <fetch><entity name='account'><attribute name='name'/><filter><filter type='and'><condition attribute='name' operator='eq' value='a'/><condition attribute='name' operator='eq' value='b'/><condition attribute='name' operator='eq' value='c'/></filter></filter></entity></fetch>
        SELECT name FROM account WHERE name = 'a' OR name = 'b' OR name = 'c'
        > <fetch><entity name='account'><attribute name='name'/><filter><filter type='or'><condition attribute='name' operator='eq' value='a'/><condition attribute='name' operator='eq' value='b'/><condition attribute='name' operator='eq' value='c'/></filter></filter></entity></fetch>
        SELECT name FROM account WHERE name = 'a' AND name = 'b' OR name = 'c'
        > <fetch><entity name='account'><attribute name='name'/><filter><filter type='or'><filter type='and'><condition attribute='name' operator='eq' value='a'/><condition attribute='name' operator='eq' value='b'/></filter><condition attribute='name' operator='eq' value='c'/></filter></filter></entity></fetch>
        SELECT name FROM account WHERE NOT (name = 'a' AND name = 'b' OR name = 'c')
        > <fetch><entity name='account'><attribute name='name'/><filter><filter type='and'><filter type='or'><condition attribute='name' operator='ne' value='a'/><condition attribute='name' operator='ne' value='b'/></filter><condition attribute='name' operator='ne' value='c'/></filter></filter></entity></fetch>
    "#]]);
}

#[test]
fn a_statement_is_refused_with_its_reason() {
    check(&expect![[r#"
        SELECT * FROM account
        > refused: SELECT * is not supported; name the columns
        SELECT a.* FROM account a
        > refused: SELECT * is not supported; name the columns
        SELECT name
        > refused: it has a clause other than SELECT, DISTINCT, TOP, FROM, JOIN, WHERE, GROUP BY, ORDER BY, OFFSET and FETCH
        SELECT name FROM account, contact
        > refused: it selects from several tables without JOIN
        SELECT name FROM account; SELECT name FROM account
        > refused: it has to be one SELECT
        DELETE FROM account
        > refused: it has to be one SELECT
        SELECT name FROM account UNION SELECT lastname FROM contact
        > refused: it has to be one SELECT
        SELECT name FROM account HAVING 1 = 1
        > refused: it has a clause other than SELECT, DISTINCT, TOP, FROM, JOIN, WHERE, GROUP BY, ORDER BY, OFFSET and FETCH
        SELECT name FROM account FOR XML AUTO
        > refused: it has a clause other than SELECT, DISTINCT, TOP, FROM, JOIN, WHERE, GROUP BY, ORDER BY, OFFSET and FETCH
        WITH a AS (SELECT name FROM account) SELECT name FROM a
        > refused: it has a clause other than SELECT, DISTINCT, TOP, FROM, JOIN, WHERE, GROUP BY, ORDER BY, OFFSET and FETCH
        SELECT TOP 3 DISTINCT name FROM account
        > refused: there is no column `DISTINCT`
        SELECT TOP 3 PERCENT name FROM account
        > refused: it has a clause other than SELECT, DISTINCT, TOP, FROM, JOIN, WHERE, GROUP BY, ORDER BY, OFFSET and FETCH
        SELECT TOP 3 WITH TIES name FROM account
        > refused: it has a clause other than SELECT, DISTINCT, TOP, FROM, JOIN, WHERE, GROUP BY, ORDER BY, OFFSET and FETCH
        SELECT TOP (name) name FROM account
        > refused: `name` is not a whole number
        SELECT TOP ('3') name FROM account
        > refused: `'3'` is not a whole number
        SELECT name FROM account ORDER BY name OFFSET '1' ROWS
        > refused: `'1'` is not a whole number
        SELECT name FROM account ORDER BY name OFFSET 1 ROWS FETCH NEXT 1 PERCENT ROWS ONLY
        > refused: FETCH with ties or per cent
        SELECT name FROM account ORDER BY name OFFSET 1 ROWS FETCH NEXT 1 ROWS WITH TIES
        > refused: FETCH with ties or per cent
        SELECT name FROM account ORDER BY name NULLS FIRST
        > refused: `name NULLS FIRST` is more than a column and a direction
        SELECT name FROM account ORDER BY 1
        > refused: `1` is not a column
        SELECT name FROM account ORDER BY nothing
        > refused: there is no column `nothing`
        SELECT name FROM nothing
        > refused: there is no table `nothing`
        SELECT name FROM crm.account
        > refused: `crm.account` is not the name of a table
        SELECT name FROM a.dbo.account
        > refused: `a.dbo.account` is not the name of a table
        SELECT name FROM (SELECT name FROM account) a
        > refused: a subquery stands in place of a table
        SELECT name FROM account a (b)
        > refused: `account a (b)` is more than a table and an alias
        SELECT name FROM account WITH (NOLOCK)
        > refused: `account WITH (NOLOCK)` is more than a table and an alias
        SELECT nothing FROM account
        > refused: there is no column `nothing`
        SELECT b.name FROM account a
        > refused: `b` is not a table of it
        SELECT dbo.a.name FROM account a
        > refused: `dbo.a.name` is not a column
        SELECT name + 'x' FROM account
        > refused: `name + 'x'` is not a column
        SELECT name FROM account a JOIN contact A ON a.primarycontactid = A.contactid
        > refused: two of its tables are called `A`
        SELECT name FROM account a JOIN nothing b ON b.x = a.name
        > refused: there is no table `nothing`
        SELECT name FROM account a CROSS JOIN contact c
        > refused: it has a join other than INNER JOIN and LEFT JOIN
        SELECT name FROM account a RIGHT JOIN contact c ON c.contactid = a.primarycontactid
        > refused: it has a join other than INNER JOIN and LEFT JOIN
        SELECT name FROM account a FULL JOIN contact c ON c.contactid = a.primarycontactid
        > refused: it has a join other than INNER JOIN and LEFT JOIN
        SELECT name FROM account a JOIN contact c USING (contactid)
        > refused: a join has no ON
        SELECT name FROM account a GLOBAL JOIN contact c ON c.contactid = a.primarycontactid
        > refused: GLOBAL JOIN
        SELECT name FROM account a JOIN contact c ON c.contactid = c.parentcustomerid
        > refused: ON has to compare a column of the joined table with one of an earlier table
        SELECT name FROM account a JOIN contact c ON a.accountid = a.primarycontactid
        > refused: ON has to compare a column of the joined table with one of an earlier table
        SELECT name FROM account a JOIN contact c ON c.contactid > a.primarycontactid
        > refused: ON has to compare a column of the joined table with one of an earlier table
        SELECT name FROM account a JOIN contact c ON c.contactid = a.primarycontactid AND a.name = 'x'
        > refused: `a` is not a table of it
        SELECT name FROM account WHERE name
        > refused: the condition `name`
        SELECT name FROM account WHERE name = NULL
        > refused: `NULL` is not a column
        SELECT name FROM account WHERE name = (SELECT name FROM account)
        > refused: `(SELECT name FROM account)` is not a column
        SELECT name FROM account WHERE 1 = 1
        > refused: `1` is not a column
        SELECT name FROM account WHERE name + 1
        > refused: the operator `+`
        SELECT name FROM account WHERE name LIKE revenue
        > refused: `revenue` is not a value
        SELECT name FROM account WHERE name LIKE 'a' ESCAPE 'b'
        > refused: the condition `name LIKE 'a' ESCAPE 'b'`
        SELECT name FROM account WHERE name IN (revenue)
        > refused: `revenue` is not a value
        SELECT name FROM account WHERE name IN (SELECT name FROM account)
        > refused: the condition `name IN (SELECT name FROM account)`
        SELECT name FROM account WHERE revenue BETWEEN revenue AND 2
        > refused: `revenue` is not a value
        SELECT name FROM account WHERE revenue BETWEEN 1 AND revenue
        > refused: `revenue` is not a value
        SELECT name FROM account WHERE EXISTS (SELECT name FROM account)
        > refused: the condition `EXISTS (SELECT name FROM account)`
        SELECT name FROM account WHERE nothing IS NULL
        > refused: there is no column `nothing`
        SELECT name FROM account WHERE nothing IN (1)
        > refused: there is no column `nothing`
    "#]]);
}

#[test]
fn the_size_of_a_statement_is_limited() {
    let store = sample();
    let of_length = |length: usize| {
        let (head, tail) = ("SELECT name FROM account WHERE name = '", "'");
        format!("{head}{}{tail}", "x".repeat(length - head.len() - tail.len()))
    };
    assert!(translate(&store, &of_length(MAX_LENGTH)).is_ok());
    assert_eq!(shown(&store, &of_length(MAX_LENGTH + 1)), "refused: it has more than 65536 bytes");
    // SELECT, FROM, WHERE, IN and two brackets are six, and ACCOUNT is a keyword too; a comma or a number is none.
    let of_operators = |operators: usize| {
        let values = vec!["- 1"; operators - 7].join(", ");
        format!("SELECT accountnumber, x1.accountnumber FROM account x1 WHERE revenue IN ({values})")
    };
    let at_limit = shown(&store, &of_operators(MAX_OPERATORS));
    assert!(at_limit.starts_with("<fetch>"), "{at_limit:.80}");
    assert_eq!(
        shown(&store, &of_operators(MAX_OPERATORS + 1)),
        "refused: it has more than 2000 operators and keywords"
    );
}
