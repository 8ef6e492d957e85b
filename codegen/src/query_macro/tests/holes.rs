//! The type of each placeholder in every position of a query, and the errors of positions where no value can be put.

use super::*;

fn of_table(table: &'static str, cases: &[&str], expected: Expect) {
    let one = |text: &&str| format!("{text}\n  {}\n", outcome(QueryText::Filter { table, text }));
    expected.assert_eq(&cases.iter().map(one).collect::<String>());
}

fn requests(cases: &[&str], expected: Expect) {
    let one = |text: &&str| format!("{text}\n  {}\n", outcome(QueryText::Request { table: None, text }));
    expected.assert_eq(&cases.iter().map(one).collect::<String>());
}

/// Checks what is sent for each filter of a query of contacts, which has a link to accounts.
fn conditions(cases: &[&str], expected: Expect) {
    let one = |filter: &&str| {
        let before = "<fetch top='1'><entity name='contact'><attribute name='fullname'/>";
        let link =
            "<link-entity name='account' alias='a' from='accountid' to='parentcustomerid'/></entity></fetch>";
        let text = format!("{before}<filter>{filter}</filter>{link}");
        let outcome = outcome(QueryText::FetchXml(&text));
        let shown = outcome.strip_prefix(before).and_then(|rest| rest.strip_suffix(link)).unwrap_or(&outcome);
        format!("{filter}\n  {shown}\n")
    };
    expected.assert_eq(&cases.iter().map(one).collect::<String>());
}

#[test]
fn each_operator_of_a_filter_uses_its_placeholder_in_its_way() {
    of_table(
        "new_project",
        &[
            "new_name eq new_code and new_ref ne {x}",
            "not (new_name ge {x}) or new_name eq null",
            "endswith(new_name,{x}) or contains(new_name,'{y}') or startswith(new_name,'{z}%')",
            "new_regions eq {x}",
            "Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues={x})",
            "Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=[{x}])",
            "Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=[{x},{y}])",
            "Microsoft.Dynamics.CRM.Between(PropertyName='new_budget',PropertyValues=[{x},'{y}'])",
            "Microsoft.Dynamics.CRM.In(PropertyName='new_phase',PropertyValues=['{x}'])",
            "Microsoft.Dynamics.CRM.Today(PropertyName='createdon') and new_name eq {x}",
            "Microsoft.Dynamics.CRM.On(PropertyName='createdon',PropertyValue='{x}')",
            "Microsoft.Dynamics.CRM.InFiscalPeriodAndYear(PropertyName='createdon',PropertyValue1={p},PropertyValue2={y})",
            "Microsoft.Dynamics.CRM.InFiscalYear(PropertyName='createdon',PropertyValue={y})",
            "new_ParentProject/new_budget gt {x} and new_ParentProject/ownerid/ownerid eq {y}",
            "new_phase in ({x}) or new_name in ({y})",
            "new_name in ('a',{x}) and new_code in ({y},{z})",
            "{a} and ({b} or not {c})",
            "new_name eq {x} and new_budget gt {x} and new_name ne '{x}'",
        ],
        expect![[r#"
            new_name eq new_code and new_ref ne {x}
              new_name eq new_code and new_ref ne <x: new_project.new_ref Text Compare Value>
            not (new_name ge {x}) or new_name eq null
              not (new_name ge <x: new_project.new_name Text Compare Value>) or new_name eq null
            endswith(new_name,{x}) or contains(new_name,'{y}') or startswith(new_name,'{z}%')
              endswith(new_name,<x: new_project.new_name Text Pattern Value>) or contains(new_name,<y: new_project.new_name Text Pattern Value>) or startswith(new_name,'<z: new_project.new_name Text Pattern Inner>%')
            new_regions eq {x}
              new_regions eq <x: new_project.new_regions Choices Compare Value>
            Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues={x})
              Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=<x: new_project.new_regions Choice List List>)
            Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=[{x}])
              Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=<x: new_project.new_regions Choice List List>)
            Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=[{x},{y}])
              Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=[<x: new_project.new_regions Choice Argument Argument>,<y: new_project.new_regions Choice Argument Argument>])
            Microsoft.Dynamics.CRM.Between(PropertyName='new_budget',PropertyValues=[{x},'{y}'])
              Microsoft.Dynamics.CRM.Between(PropertyName='new_budget',PropertyValues=[<x: new_project.new_budget Money Argument Argument>,<y: new_project.new_budget Money Argument Argument>])
            Microsoft.Dynamics.CRM.In(PropertyName='new_phase',PropertyValues=['{x}'])
              Microsoft.Dynamics.CRM.In(PropertyName='new_phase',PropertyValues=<x: new_project.new_phase Choice List List>)
            Microsoft.Dynamics.CRM.Today(PropertyName='createdon') and new_name eq {x}
              Microsoft.Dynamics.CRM.Today(PropertyName='createdon') and new_name eq <x: new_project.new_name Text Compare Value>
            Microsoft.Dynamics.CRM.On(PropertyName='createdon',PropertyValue='{x}')
              Microsoft.Dynamics.CRM.On(PropertyName='createdon',PropertyValue=<x: new_project.createdon DateTime Argument Argument>)
            Microsoft.Dynamics.CRM.InFiscalPeriodAndYear(PropertyName='createdon',PropertyValue1={p},PropertyValue2={y})
              Microsoft.Dynamics.CRM.InFiscalPeriodAndYear(PropertyName='createdon',PropertyValue1=<p: new_project.this Integer Number Value>,PropertyValue2=<y: new_project.this Integer Number Value>)
            Microsoft.Dynamics.CRM.InFiscalYear(PropertyName='createdon',PropertyValue={y})
              Microsoft.Dynamics.CRM.InFiscalYear(PropertyName='createdon',PropertyValue=<y: new_project.createdon Integer Number Value>)
            new_ParentProject/new_budget gt {x} and new_ParentProject/ownerid/ownerid eq {y}
              new_ParentProject/new_budget gt <x: new_project.new_budget Money Compare Value> and new_ParentProject/ownerid/ownerid eq <y: principal.ownerid Guid Compare Value>
            new_phase in ({x}) or new_name in ({y})
              Microsoft.Dynamics.CRM.In(PropertyName='new_phase',PropertyValues=<x: new_project.new_phase Choice List List>) or Microsoft.Dynamics.CRM.In(PropertyName='new_name',PropertyValues=<y: new_project.new_name Text List List>)
            new_name in ('a',{x}) and new_code in ({y},{z})
              Microsoft.Dynamics.CRM.In(PropertyName='new_name',PropertyValues=['a',<x: new_project.new_name Text Argument Argument>]) and Microsoft.Dynamics.CRM.In(PropertyName='new_code',PropertyValues=[<y: new_project.new_code Text Argument Argument>,<z: new_project.new_code Text Argument Argument>])
            {a} and ({b} or not {c})
              <a: new_project.this - Condition Condition> and (<b: new_project.this - Condition Condition> or not <c: new_project.this - Condition Condition>)
            new_name eq {x} and new_budget gt {x} and new_name ne '{x}'
              new_name eq <x: new_project.new_name Text Compare Value> and new_budget gt <x: new_project.new_budget Money Compare Value> and new_name ne <x: new_project.new_name Text Compare Value>
        "#]],
    );
}

#[test]
fn each_position_of_a_request_has_the_type_of_its_table() {
    requests(
        &[
            "accounts(accountnumber={n})?$select=name",
            "accounts({id})/contact_customer_accounts({c})?$select=fullname",
            "accounts({id})/primarycontactid?$select=fullname",
            "accounts?$select=name&$filter=contact_customer_accounts/any(c:c/fullname eq {x} and c/contact_customer_contacts/all(d:d/createdon gt {y} or d/fullname eq {x}))&$top=1",
            "accounts?$select=name&$filter=contact_customer_accounts/any() and name eq {x}&$orderby=primarycontactid/fullname&$top=1",
            "accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=createdon gt {d};$top={n})&$top={m}",
            "accounts?$select=name&$expand=primarycontactid($select=fullname;$expand=contact_customer_contacts($select=fullname;$filter=createdon gt {d}))&$top=1",
            "accounts?$select=name&$expand=primarycontactid($select=fullname;$expand=contact_customer_contacts($select=fullname;$filter={f}))&$top=1",
            "accounts?userQuery={view}",
            "accounts?$select=name&$filter=name eq @x and accountnumber eq @y&@x={a}&@y='{b} c'&$top=1",
            "accounts?$select=name&$top=1&tag={t}",
            "accounts?$select=name&$count={t}&$top=1",
            "accounts?$apply=filter(name eq {x})/aggregate(revenue with sum as total)",
            "accounts({id})?$select=name&$top=?",
            "accounts(accountnumber='a?{n} é')?$select=name",
        ],
        expect![[r#"
            accounts(accountnumber={n})?$select=name
              accounts(accountnumber=<n: account.accountnumber Text Compare Value>)?$select=name
            accounts({id})/contact_customer_accounts({c})?$select=fullname
              accounts(<id: account.accountid Guid Compare Value>)/contact_customer_accounts(<c: contact.contactid Guid Compare Value>)?$select=fullname
            accounts({id})/primarycontactid?$select=fullname
              accounts(<id: account.accountid Guid Compare Value>)/primarycontactid?$select=fullname
            accounts?$select=name&$filter=contact_customer_accounts/any(c:c/fullname eq {x} and c/contact_customer_contacts/all(d:d/createdon gt {y} or d/fullname eq {x}))&$top=1
              accounts?$select=name&$filter=contact_customer_accounts/any(c:c/fullname%20eq%20<x: contact.fullname Text Compare Value>%20and%20c/contact_customer_contacts/all(d:d/createdon%20gt%20<y: contact.createdon DateTime Compare Value>%20or%20d/fullname%20eq%20<x: contact.fullname Text Compare Value>))&$top=1
            accounts?$select=name&$filter=contact_customer_accounts/any() and name eq {x}&$orderby=primarycontactid/fullname&$top=1
              accounts?$select=name&$filter=contact_customer_accounts/any()%20and%20name%20eq%20<x: account.name Text Compare Value>&$orderby=primarycontactid/fullname&$top=1
            accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=createdon gt {d};$top={n})&$top={m}
              accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=createdon%20gt%20<d: contact.createdon DateTime Compare Value>;$top=<n: contact.this Integer Number Value>)&$top=<m: account.this Integer Number Value>
            accounts?$select=name&$expand=primarycontactid($select=fullname;$expand=contact_customer_contacts($select=fullname;$filter=createdon gt {d}))&$top=1
              accounts?$select=name&$expand=primarycontactid($select=fullname;$expand=contact_customer_contacts($select=fullname;$filter=createdon%20gt%20<d: contact.createdon DateTime Compare Value>))&$top=1
            accounts?$select=name&$expand=primarycontactid($select=fullname;$expand=contact_customer_contacts($select=fullname;$filter={f}))&$top=1
              accounts?$select=name&$expand=primarycontactid($select=fullname;$expand=contact_customer_contacts($select=fullname;$filter=<f: contact.this - Condition Condition>))&$top=1
            accounts?userQuery={view}
              accounts?userQuery=<view: account.this Guid Compare Value>
            accounts?$select=name&$filter=name eq @x and accountnumber eq @y&@x={a}&@y='{b} c'&$top=1
              accounts?$select=name&$filter=name%20eq%20@x%20and%20accountnumber%20eq%20@y&@x=<a: account.name Text Compare Value>&@y='<b: account.accountnumber Text Compare Inner>%20c'&$top=1
            accounts?$select=name&$top=1&tag={t}
              error[DV0012]: `{t}` is not compared with a column, so its type is not known
              |
            1 | accounts?$select=name&$top=1&tag={t}
              |                                  ^^^
            help: a value is compared with a column, `fullname eq {name}`; a `Filter` stands alone, and not within `any` or `all`
            accounts?$select=name&$count={t}&$top=1
              error[DV0012]: `{t}` is not compared with a column, so its type is not known
              |
            1 | accounts?$select=name&$count={t}&$top=1
              |                              ^^^
            help: a value is compared with a column, `fullname eq {name}`; a `Filter` stands alone, and not within `any` or `all`
            accounts?$apply=filter(name eq {x})/aggregate(revenue with sum as total)
              accounts?$apply=filter(name%20eq%20<x: account.name Text Compare Value>)/aggregate(revenue%20with%20sum%20as%20total)
            accounts({id})?$select=name&$top=?
              error[DV0001]: expected a whole number, found `?`
              |
            1 | accounts({id})?$select=name&$top=?
              |                                  ^
            accounts(accountnumber='a?{n} é')?$select=name
              error[DV0003]: this `(` is never closed
              |
            1 | accounts(accountnumber='a?{n} é')?$select=name
              |         ^
            help: add `)` at the end: `accounts(accountnumber='a)?{n}`
            error[DV0002]: this text is never closed
              |
            1 | accounts(accountnumber='a?{n} é')?$select=name
              |                        ^
            help: leave out `?`
            help: add the closing quote: `accounts(accountnumber='a'?{n} é')?$select=name`
        "#]],
    );
}

#[test]
fn each_wrong_placeholder_of_odata_is_an_error() {
    of_table(
        "contact",
        &[
            "'{condition}' and statecode eq 0",
            "fullname eq '{a}{b}' and fullname eq '{ {c} }'",
            "fullname eq {a}{b}",
            "createdon eq '{a} {b}'",
            "contactid in ('{a}b')",
            "fullname in ('{a} b')",
            "statecode eq '{a}' and annualincome eq '{b}' and numberofchildren eq '{c}'",
            "birthdate eq '{a}' and createdon eq '{b}' and donotemail eq '{c}' and contactid eq '{d}'",
            "exchangerate eq '{a}' and versionnumber eq '{b}'",
            "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue='{n}')",
            "fullname eq '@{x}'",
            "fullname eq 'a${x}'",
            "fullname eq 'a{x'",
            "fullname eq 'a}x{'",
            "fullname/{x} eq 1",
            "contact_customer_contacts/any(c:{x} eq 1)",
            "firstname eq {x} add 1",
        ],
        expect![[r#"
            '{condition}' and statecode eq 0
              error[DV0012]: `'{condition}'` is a text, and a condition is expected
              |
            1 | '{condition}' and statecode eq 0
              | ^^^^^^^^^^^^^
            help: without quotes the placeholder takes a `Filter`
            fullname eq '{a}{b}' and fullname eq '{ {c} }'
              fullname eq '<a: contact.fullname Text Compare Inner><b: contact.fullname Text Compare Inner>' and fullname eq < {c} : contact.fullname Text Compare Value>
            fullname eq {a}{b}
              error[DV0012]: `{a}{b}` is put together from pieces; a placeholder is a whole value
              |
            1 | fullname eq {a}{b}
              |             ^^^^^^
            help: put the value together in Rust, and give it in one placeholder
            createdon eq '{a} {b}'
              error[DV0012]: `'{a} {b}'` is put together from pieces; a placeholder is a whole value
              |
            1 | createdon eq '{a} {b}'
              |              ^^^^^^^^^
            help: put the value together in Rust, and give it in one placeholder
            contactid in ('{a}b')
              error[DV0012]: `'{a}b'` is put together from pieces; a placeholder is a whole value
              |
            1 | contactid in ('{a}b')
              |                ^^^^
            help: put the value together in Rust, and give it in one placeholder
            fullname in ('{a} b')
              error[DV0012]: `'{a} b'` is put together from pieces; a placeholder is a whole value
              |
            1 | fullname in ('{a} b')
              |               ^^^^^
            help: put the value together in Rust, and give it in one placeholder
            statecode eq '{a}' and annualincome eq '{b}' and numberofchildren eq '{c}'
              error[DV0301]: `statecode` is a choice, and this is a text
              |
            1 | statecode eq '{a}' and annualincome eq '{b}' and numberofchildren eq '{c}'
              |              ^^^^^
            help: leave the quotes out: `{a}`
            error[DV0301]: `annualincome` is money, and this is a text
              |
            1 | statecode eq '{a}' and annualincome eq '{b}' and numberofchildren eq '{c}'
              |                                        ^^^^^
            help: leave the quotes out: `{b}`
            error[DV0301]: `numberofchildren` is a whole number, and this is a text
              |
            1 | statecode eq '{a}' and annualincome eq '{b}' and numberofchildren eq '{c}'
              |                                                                      ^^^^^
            help: leave the quotes out: `{c}`
            birthdate eq '{a}' and createdon eq '{b}' and donotemail eq '{c}' and contactid eq '{d}'
              error[DV0301]: `birthdate` is a date, and this is a text
              |
            1 | birthdate eq '{a}' and createdon eq '{b}' and donotemail eq '{c}' and contactid eq '{d}'
              |              ^^^^^
            help: leave the quotes out: `{a}`
            error[DV0301]: `createdon` is a date and time, and this is a text
              |
            1 | birthdate eq '{a}' and createdon eq '{b}' and donotemail eq '{c}' and contactid eq '{d}'
              |                                     ^^^^^
            help: leave the quotes out: `{b}`
            error[DV0301]: `donotemail` is yes/no, and this is a text
              |
            1 | birthdate eq '{a}' and createdon eq '{b}' and donotemail eq '{c}' and contactid eq '{d}'
              |                                                             ^^^^^
            help: leave the quotes out: `{c}`
            error[DV0301]: `contactid` is a guid, and this is a text
              |
            1 | birthdate eq '{a}' and createdon eq '{b}' and donotemail eq '{c}' and contactid eq '{d}'
              |                                                                                    ^^^^^
            help: leave the quotes out: `{d}`
            exchangerate eq '{a}' and versionnumber eq '{b}'
              error[DV0301]: `exchangerate` is a number, and this is a text
              |
            1 | exchangerate eq '{a}' and versionnumber eq '{b}'
              |                 ^^^^^
            help: leave the quotes out: `{a}`
            error[DV0301]: `versionnumber` is a whole number, and this is a text
              |
            1 | exchangerate eq '{a}' and versionnumber eq '{b}'
              |                                            ^^^^^
            help: leave the quotes out: `{b}`
            Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue='{n}')
              error[DV0012]: `'{n}'` is put together from pieces; a placeholder is a whole value
              |
            1 | Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue='{n}')
              |                                                                         ^^^^^
            help: put the value together in Rust, and give it in one placeholder
            fullname eq '@{x}'
              error[DV0012]: `@{x}` is a placeholder of another language; here it is written `{x}`
              |
            1 | fullname eq '@{x}'
              |             ^^^^^^
            fullname eq 'a${x}'
              error[DV0012]: `${x}` is a placeholder of another language; here it is written `{x}`
              |
            1 | fullname eq 'a${x}'
              |             ^^^^^^^
            fullname eq 'a{x'
              fullname eq 'a{x'
            fullname eq 'a}x{'
              fullname eq 'a}x{'
            fullname/{x} eq 1
              error[DV0207]: `fullname` is a text column, not a lookup: the path cannot go on behind it
              |
            1 | fullname/{x} eq 1
              | ^^^^^^^^
            help: compare the column itself: `fullname`
            contact_customer_contacts/any(c:{x} eq 1)
              error[DV0012]: `{x}` is not compared with a column, so its type is not known
              |
            1 | contact_customer_contacts/any(c:{x} eq 1)
              |                                 ^^^
            help: a value is compared with a column, `fullname eq {name}`; a `Filter` stands alone, and not within `any` or `all`
            firstname eq {x} add 1
              error[DV0403]: Dataverse does not calculate in a filter
              |
            1 | firstname eq {x} add 1
              |              ^^^^^^^^^
            help: calculate beforehand, or move the constant to the other side of the comparison
        "#]],
    );
    requests(
        &[
            "accounts?$select=name&$top=1&tag=a{t}",
            "accounts?$select={t}&$top=1",
            "accounts?$select=name&$orderby={t}&$top=1",
            "{set}?$select=name",
            "accounts?$select=name&$expand={t}&$top=1",
        ],
        expect![[r#"
            accounts?$select=name&$top=1&tag=a{t}
              error[DV0012]: nothing can be put into the middle of this option
              |
            1 | accounts?$select=name&$top=1&tag=a{t}
              |                                  ^^^^
            help: a query whose names are known only when it runs is built with the typed builder, or checked with `dvkit_query::check`
            accounts?$select={t}&$top=1
              error[DV0012]: `{t}` stands where a name does, and only values can be put in
              |
            1 | accounts?$select={t}&$top=1
              |                  ^^^
            help: a query whose names are known only when it runs is built with the typed builder, or checked with `dvkit_query::check`
            accounts?$select=name&$orderby={t}&$top=1
              error[DV0012]: `{t}` is not compared with a column, so its type is not known
              |
            1 | accounts?$select=name&$orderby={t}&$top=1
              |                                ^^^
            help: a value is compared with a column, `fullname eq {name}`; a `Filter` stands alone, and not within `any` or `all`
            {set}?$select=name
              error[DV0012]: `{set}` stands where a name does, and only values can be put in
              |
            1 | {set}?$select=name
              | ^^^^^
            help: a query whose names are known only when it runs is built with the typed builder, or checked with `dvkit_query::check`
            accounts?$select=name&$expand={t}&$top=1
              error[DV0012]: `{t}` stands where a name does, and only values can be put in
              |
            1 | accounts?$select=name&$expand={t}&$top=1
              |                               ^^^
            help: a query whose names are known only when it runs is built with the typed builder, or checked with `dvkit_query::check`
        "#]],
    );
}

#[test]
fn each_operator_of_fetchxml_uses_its_placeholder_in_its_way() {
    conditions(
        &[
            "<condition attribute='fullname' operator='eq' value='{x}'/>",
            "<condition attribute='fullname' operator='eq' value=' {x} '/>",
            "<condition attribute='fullname' operator='like' value='{x}'/>",
            "<condition attribute='fullname' operator='not-like' value='%{x}'/>",
            "<condition attribute='fullname' operator='begins-with' value='{x}'/>",
            "<condition attribute='fullname' operator='ends-with' value='{x}'/>",
            "<condition attribute='statecode' operator='in'><value>{x}</value></condition>",
            "<condition attribute='statecode' operator='in'><value> {x} </value></condition>",
            "<condition attribute='statecode' operator='in'><value>{x}</value><value>{y}</value></condition>",
            "<condition attribute='statecode' operator='in' value='{x}'/>",
            "<condition attribute='fullname' operator='in'><value>a{x}</value></condition>",
            "<condition attribute='createdon' operator='between'><value>{x}</value><value>{y}</value></condition>",
            "<condition attribute='createdon' operator='last-x-hours' value='{x}'/>",
            "<condition attribute='createdon' operator='in-fiscal-year' value='{x}'/>",
            "<condition attribute='createdon' operator='on' value='{x}'/>",
            "<condition entityname='a' attribute='revenue' operator='ge' value='{x}'/>",
            "<filter type='or'><filter><condition attribute='birthdate' operator='eq' value='{x}'/></filter></filter>",
            "<link-entity name='account' from='accountid' to='parentcustomerid' link-type='any'><filter><condition attribute='name' operator='eq' value='{x}'/></filter></link-entity>",
        ],
        expect![[r#"
            <condition attribute='fullname' operator='eq' value='{x}'/>
              <filter><condition attribute='fullname' operator='eq' value='<x: contact.fullname Text Compare Value>'/></filter>
            <condition attribute='fullname' operator='eq' value=' {x} '/>
              <filter><condition attribute='fullname' operator='eq' value=' <x: contact.fullname Text Compare Value> '/></filter>
            <condition attribute='fullname' operator='like' value='{x}'/>
              <filter><condition attribute='fullname' operator='like' value='<x: contact.fullname Text Pattern Value>'/></filter>
            <condition attribute='fullname' operator='not-like' value='%{x}'/>
              <filter><condition attribute='fullname' operator='not-like' value='%<x: contact.fullname Text Pattern Inner>'/></filter>
            <condition attribute='fullname' operator='begins-with' value='{x}'/>
              <filter><condition attribute='fullname' operator='begins-with' value='<x: contact.fullname Text Pattern Value>'/></filter>
            <condition attribute='fullname' operator='ends-with' value='{x}'/>
              <filter><condition attribute='fullname' operator='ends-with' value='<x: contact.fullname Text Pattern Value>'/></filter>
            <condition attribute='statecode' operator='in'><value>{x}</value></condition>
              <filter><condition attribute='statecode' operator='in'><x: contact.statecode Choice List List></condition></filter>
            <condition attribute='statecode' operator='in'><value> {x} </value></condition>
              <filter><condition attribute='statecode' operator='in'><x: contact.statecode Choice List List></condition></filter>
            <condition attribute='statecode' operator='in'><value>{x}</value><value>{y}</value></condition>
              <filter><condition attribute='statecode' operator='in'><value><x: contact.statecode Choice Compare Value></value><value><y: contact.statecode Choice Compare Value></value></condition></filter>
            <condition attribute='statecode' operator='in' value='{x}'/>
              error[DV0043]: `in` takes its values as `<value>` elements
              |
            1 | … attribute='statecode' operator='in' value='{x}'/></filter><link-entity name='account' …
              |                                       ^^^^^
            <condition attribute='fullname' operator='in'><value>a{x}</value></condition>
              <filter><condition attribute='fullname' operator='in'><value>a<x: contact.fullname Text Compare Inner></value></condition></filter>
            <condition attribute='createdon' operator='between'><value>{x}</value><value>{y}</value></condition>
              <filter><condition attribute='createdon' operator='between'><value><x: contact.createdon DateTime Compare Value></value><value><y: contact.createdon DateTime Compare Value></value></condition></filter>
            <condition attribute='createdon' operator='last-x-hours' value='{x}'/>
              <filter><condition attribute='createdon' operator='last-x-hours' value='<x: contact.createdon Integer Number Value>'/></filter>
            <condition attribute='createdon' operator='in-fiscal-year' value='{x}'/>
              <filter><condition attribute='createdon' operator='in-fiscal-year' value='<x: contact.createdon Integer Number Value>'/></filter>
            <condition attribute='createdon' operator='on' value='{x}'/>
              <filter><condition attribute='createdon' operator='on' value='<x: contact.createdon DateTime Compare Value>'/></filter>
            <condition entityname='a' attribute='revenue' operator='ge' value='{x}'/>
              <filter><condition entityname='a' attribute='revenue' operator='ge' value='<x: account.revenue Money Compare Value>'/></filter>
            <filter type='or'><filter><condition attribute='birthdate' operator='eq' value='{x}'/></filter></filter>
              <filter><filter type='or'><filter><condition attribute='birthdate' operator='eq' value='<x: contact.birthdate Date Compare Value>'/></filter></filter></filter>
            <link-entity name='account' from='accountid' to='parentcustomerid' link-type='any'><filter><condition attribute='name' operator='eq' value='{x}'/></filter></link-entity>
              <filter><link-entity name='account' from='accountid' to='parentcustomerid' link-type='any'><filter><condition attribute='name' operator='eq' value='<x: account.name Text Compare Value>'/></filter></link-entity></filter>
        "#]],
    );
    let whole = [
        "<fetch count='{n}' page='{p}'><entity name='new_project'><attribute name='new_name'/><filter><condition attribute='new_regions' operator='contain-values'><value>{x}</value><value>{y}</value></condition></filter></entity></fetch>",
        "<fetch top='1'><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid'><filter><condition attribute='fullname' operator='eq' value='{x}'/></filter><link-entity name='systemuser' from='systemuserid' to='owninguser' alias='u'><filter><condition entityname='contact' attribute='createdon' operator='on' value='{y}'/><condition attribute='fullname' operator='eq' value='{z}'/></filter></link-entity></link-entity></entity></fetch>",
    ];
    let all: Vec<_> = whole.iter().map(|text| outcome(QueryText::FetchXml(text))).collect();
    expect![[r#"
        <fetch count='<n: .count Integer Number Value>' page='<p: .page Integer Number Value>'><entity name='new_project'><attribute name='new_name'/><filter><condition attribute='new_regions' operator='contain-values'><value><x: new_project.new_regions Choice Compare Value></value><value><y: new_project.new_regions Choice Compare Value></value></condition></filter></entity></fetch>
        <fetch top='1'><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid'><filter><condition attribute='fullname' operator='eq' value='<x: contact.fullname Text Compare Value>'/></filter><link-entity name='systemuser' from='systemuserid' to='owninguser' alias='u'><filter><condition entityname='contact' attribute='createdon' operator='on' value='<y: contact.createdon DateTime Compare Value>'/><condition attribute='fullname' operator='eq' value='<z: systemuser.fullname Text Compare Value>'/></filter></link-entity></link-entity></entity></fetch>"#]].assert_eq(&all.join("\n"));
}

#[test]
fn each_wrong_placeholder_of_fetchxml_is_an_error() {
    conditions(
        &[
            "<condition attribute='createdon' operator='on' value='{x}T00:00'/>",
            "<condition attribute='statecode' operator='eq' value='{x}{y}'/>",
            "<condition attribute='fullname' operator='eq' value='${x}'/>",
            "<condition attribute='statecode' operator='in'><value>@{x}</value></condition>",
            "<condition attribute='{x}' operator='eq' value='a'/>",
            "<condition attribute='fullname' operator='{x}' value='a'/>",
            "<condition entityname='{x}' attribute='fullname' operator='eq' value='a'/>",
            "<condition attribute='fullname' operator='eq' valueof='{x}'/>",
            "<condition attribute='fullname' operator='eq' value='{x' />",
            "<!-- {x} --><condition attribute='fullname' operator='eq' value='a'/>",
        ],
        expect![[r#"
            <condition attribute='createdon' operator='on' value='{x}T00:00'/>
              error[DV0012]: `{x}T00:00` is put together from pieces; a placeholder is a whole value
              |
            1 | … attribute='createdon' operator='on' value='{x}T00:00'/></filter><link-entity name='account' …
              |                                              ^^^^^^^^^
            help: put the value together in Rust, and give it in one placeholder
            <condition attribute='statecode' operator='eq' value='{x}{y}'/>
              error[DV0012]: `{x}{y}` is put together from pieces; a placeholder is a whole value
              |
            1 | … attribute='statecode' operator='eq' value='{x}{y}'/></filter><link-entity name='account' …
              |                                              ^^^^^^
            help: put the value together in Rust, and give it in one placeholder
            <condition attribute='fullname' operator='eq' value='${x}'/>
              error[DV0012]: `${x}` is a placeholder of another language; here it is written `{x}`
              |
            1 | … attribute='fullname' operator='eq' value='${x}'/></filter><link-entity name='account' …
              |                                             ^^^^
            <condition attribute='statecode' operator='in'><value>@{x}</value></condition>
              error[DV0012]: `@{x}` is a placeholder of another language; here it is written `{x}`
              |
            1 | … attribute='statecode' operator='in'><value>@{x}</value></condition></filter><link-entity …
              |                                              ^^^^
            <condition attribute='{x}' operator='eq' value='a'/>
              error[DV0203]: `contact` has no column `{x}`
              |
            1 | …name='fullname'/><filter><condition attribute='{x}' operator='eq' value='a'/></filter><link-entit…
              |                                                 ^^^
            <condition attribute='fullname' operator='{x}' value='a'/>
              error[DV0012]: `{x}` stands where no value can be put in
              |
            1 | … attribute='fullname' operator='{x}' value='a'/></filter><link-entity …
              |                                  ^^^
            help: placeholders stand in the values of conditions, and in `top`, `count` and `page`
            <condition entityname='{x}' attribute='fullname' operator='eq' value='a'/>
              error[DV0228]: there is no link called `{x}`
              |
            1 | …ame='fullname'/><filter><condition entityname='{x}' attribute='fullname' operator='eq' …
              |                                                 ^^^
            <condition attribute='fullname' operator='eq' valueof='{x}'/>
              error[DV0203]: `contact` has no column `{x}`
              |
            1 | … attribute='fullname' operator='eq' valueof='{x}'/></filter><link-entity name='account' …
              |                                               ^^^
            <condition attribute='fullname' operator='eq' value='{x' />
              <filter><condition attribute='fullname' operator='eq' value='{x' /></filter>
            <!-- {x} --><condition attribute='fullname' operator='eq' value='a'/>
              error[DV0012]: `{x}` stands where no value can be put in
              |
            1 | …tact'><attribute name='fullname'/><filter><!-- {x} --><condition attribute='fullname' …
              |                                                 ^^^
            help: placeholders stand in the values of conditions, and in `top`, `count` and `page`
        "#]],
    );
    let whole = [
        "<fetch top='{x}{y}'><entity name='contact'><attribute name='fullname'/></entity></fetch>",
        "<fetch top='a{x}'><entity name='contact'><attribute name='fullname'/></entity></fetch>",
        "<fetch top='1'><entity name='contact'><attribute name='fullname' alias='{x}'/></entity></fetch>",
        "<fetch top='1'><entity name='contact'><attribute name='fullname' alias='{x}'/><filter><condition attribute='fullname' operator='eq' value='{x}'/></filter></entity></fetch>",
        "<fetch distinct='{x}' top='1'><entity name='contact'><attribute name='fullname'/></entity></fetch>",
        "<fetch top='1'><entity name='{x}'><attribute name='fullname'/></entity></fetch>",
    ];
    let all: Vec<_> = whole.iter().map(|text| outcome(QueryText::FetchXml(text))).collect();
    expect![[r#"
        error[DV0012]: `{x}{y}` is put together from pieces; a placeholder is a whole value
          |
        1 | <fetch top='{x}{y}'><entity name='contact'><attribute name='fullname'/></entity></fetch>
          |             ^^^^^^
        help: put the value together in Rust, and give it in one placeholder
        error[DV0012]: `a{x}` is put together from pieces; a placeholder is a whole value
          |
        1 | <fetch top='a{x}'><entity name='contact'><attribute name='fullname'/></entity></fetch>
          |             ^^^^
        help: put the value together in Rust, and give it in one placeholder
        error[DV0012]: `{x}` stands where no value can be put in
          |
        1 | <fetch top='1'><entity name='contact'><attribute name='fullname' alias='{x}'/></entity></fetch>
          |                                                                         ^^^
        help: placeholders stand in the values of conditions, and in `top`, `count` and `page`
        error[DV0012]: `{x}` stands where no value can be put in
          |
        1 | …me='contact'><attribute name='fullname' alias='{x}'/><filter><condition attribute='fullname' …
          |                                                 ^^^
        help: placeholders stand in the values of conditions, and in `top`, `count` and `page`
        error[DV0012]: `{x}` stands where no value can be put in
          |
        1 | <fetch distinct='{x}' top='1'><entity name='contact'><attribute name='fullname'/></entity></fetch>
          |                  ^^^
        help: placeholders stand in the values of conditions, and in `top`, `count` and `page`
        error[DV0201]: there is no table `{x}` in this snapshot
          |
        1 | <fetch top='1'><entity name='{x}'><attribute name='fullname'/></entity></fetch>
          |                              ^^^"#]]
    .assert_eq(&all.join("\n"));
}
