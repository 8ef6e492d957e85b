//! Tests of the readers of programs: what is found in a source, where, and how it is edited.
#![cfg(feature = "programs")]

use crate::embedded::FoundText;
use crate::embedded::{Host, SourceFile};

/// Returns the source file in the language of the extension `extension`.
pub(super) fn file(extension: &str, source: &str) -> SourceFile {
    let path = std::path::PathBuf::from(format!("a.{extension}"));
    assert!(Host::of_path(&path).is_some(), "{extension}");
    SourceFile::new(path, source.as_bytes().to_vec()).unwrap().unwrap()
}

/// Returns the texts in a source: those of queries with their table in front, and of skipped ones with `!`.
pub(super) fn found(extension: &str, source: &str) -> Vec<String> {
    let describe = |found: &FoundText| {
        let table = found.table.as_ref().map_or(String::new(), |table| format!("{}: ", table.name.as_str()));
        let skipped = if found.skipped.is_some() { "!" } else { "" };
        format!("{skipped}{table}{}", found.text.text())
    };
    file(extension, source).found().iter().map(describe).collect()
}

/// Asserts that the one query in `source` has the text `text`, that its parts lead to where they are written,
/// and that an edit of it is read back.
pub(super) fn reads_and_edits(extension: &str, source: &str, text: &str) {
    let file = file(extension, source);
    let queries: Vec<_> =
        file.found().iter().filter(|f| f.kind == crate::embedded::FoundKind::Query).collect();
    assert_eq!(queries.len(), 1, "{source}: {:?}", found(extension, source));
    let query = &queries[0].text;
    assert_eq!(query.text(), text, "{source}");
    let index = file.found().iter().position(|f| f.text.text() == text).unwrap();
    for (old, new) in [("name", "na_me2"), ("name", "näme")] {
        let start = text.find(old).unwrap();
        let host = query.host_span(start..start + old.len()).unwrap();
        assert_eq!(&source[host], old, "{source}");
        let edits = query.edits(start..start + old.len(), new).unwrap();
        let wanted = text.replacen(old, new, 1);
        let edited = file.edited(&edits, &[(index, wanted.clone())]).unwrap();
        assert_eq!(edited.found()[index].text.text(), wanted);
    }
}

const FETCH: &str = "<fetch><entity name='account'><attribute name='a'/></entity></fetch>";

#[test]
fn each_literal_of_csharp_is_read() {
    let body = |code: &str| format!("class A {{ void M() {{ {code} }} }}");
    for (code, text) in [
        (r#"Get("accounts?$select=name");"#, "accounts?$select=name"),
        (r#"Get("accounts?$filter=name eq \"\u0041\x41\"");"#, "accounts?$filter=name eq \"AA\""),
        (r#"Get(@"accounts?$filter=name eq ""\""");"#, "accounts?$filter=name eq \"\\\""),
        (r#"Get($"accounts({id})?$select=name");"#, "accounts({id})?$select=name"),
        (r#"Get($"accounts?$filter=name eq '{{{x}}}'");"#, "accounts?$filter=name eq '{{x}}'"),
        (r#"Get($@"accounts?$filter=name eq ""{a.B}""");"#, "accounts?$filter=name eq \"{a_B}\""),
        (r#"Get(@$"accounts?$filter=name eq ""{a.B}""");"#, "accounts?$filter=name eq \"{a_B}\""),
        ("Get(\"\"\"accounts?$filter=name eq \"x\\y\" \"\"\");", "accounts?$filter=name eq \"x\\y\""),
        (
            "Get(\"\"\"\n    accounts?$filter=\n      name eq 1\n    \"\"\");",
            "accounts?$filter=\n  name eq 1",
        ),
        ("Get($$\"\"\"accounts?$filter=name eq {{x}} or {y}\"\"\");", "accounts?$filter=name eq {x} or {y}"),
        (r#"Get("accounts" + "?$select=" + "name" + x);"#, "accounts?$select=name{x}"),
        (r#"Get("accounts" + ("?$filter=name eq '" + (string)x) + '\'');"#, "accounts?$filter=name eq '{x}'"),
        (
            r#"Get(string.Format("accounts?$filter=name eq '{0}' and a eq {1:N}{{", x.Y, 1));"#,
            "accounts?$filter=name eq '{x_Y}' and a eq {1}{",
        ),
        (r#"Get(string.Join("&", "accounts?$select=name", "$top=1"));"#, "accounts?$select=name&$top=1"),
        (r#"Get(string.Concat("accounts?", "$select=name", x));"#, "accounts?$select=name{x}"),
        (r#"var q = "accounts?$select=name"; q += "&$top=1"; Get(q);"#, "accounts?$select=name&$top=1"),
        (
            r#"var q = "accounts?$select=name"; if (a) { q += "&$top=1"; } else { q += "!"; }"#,
            "accounts?$select=name&$top=1",
        ),
        (r#"var q = "accounts?$select=name"; q = q + "&$top=" + x;"#, "accounts?$select=name&$top={x}"),
        (
            r#"var s = new StringBuilder(); s.Append("accounts?").Append("$select=name"); s.AppendFormat("&$top={0}", n);"#,
            "accounts?$select=name&$top={n}",
        ),
        (r#"var f = "$filter=name eq 1"; Get("accounts?" + f); Get(x);"#, "accounts?$filter=name eq 1"),
        (
            r#"const string F = "$filter=name eq 1"; Get($"accounts?{F}&$top=1");"#,
            "accounts?$filter=name eq 1&$top=1",
        ),
        (r#"Get("accounts?$select=name" + (a ? "&$top=1" : ""));"#, "accounts?$select=name&$top=1"),
    ] {
        reads_and_edits("cs", &body(code), text);
    }
}

#[test]
fn the_columns_of_csharp_are_found_with_their_table() {
    let body = |code: &str| format!("class A {{ void M(int id) {{ {code} }} }}");
    let table = r#"<fetch><entity name="account"/></fetch>"#;
    let columns = |names: &[&str]| {
        let list: String = names.iter().map(|name| format!("<attribute name=\"{name}\"/>")).collect();
        format!("<fetch><entity name=\"account\">{list}</entity></fetch>")
    };
    let condition = |column: &str, rest: &str| {
        let start = "<fetch><entity name=\"account\"><filter><condition attribute=";
        format!("{start}\"{column}\" {rest}</filter></entity></fetch>")
    };
    for (code, names) in [
        (r#"s.Retrieve("account", id, new ColumnSet("a", "b"));"#, vec![columns(&["a", "b"])]),
        (r#"s.Retrieve("account", id, new ColumnSet(new[] { "a", "b" }));"#, vec![columns(&["a", "b"])]),
        (r#"var q = new QueryExpression("account") { ColumnSet = new ColumnSet("a"), Criteria = { Conditions = { new ConditionExpression("b", ConditionOperator.Equal, 1) } } };"#,
            vec![columns(&["a"]), condition("b", "operator=\"eq\" value=\"1\"/>")]),
        (r#"QueryExpression q = new("account"); q.ColumnSet = new ColumnSet("a"); q.ColumnSet.AddColumns("b", "c"); q.Criteria.AddCondition("d", ConditionOperator.Null); q.AddOrder("e", OrderType.Descending);"#,
            vec![columns(&["a"]), columns(&["b", "c"]), condition("d", "operator=\"null\"/>"), columns(&["e"])]),
        (r#"var q = new QueryExpression("account"); q.Criteria.AddCondition("a", ConditionOperator.In, 1, -2); q.Criteria.AddCondition("b", ConditionOperator.DoesNotBeginWith, "x"); q.Criteria.AddCondition("c", ConditionOperator.On, day); q.Criteria.AddCondition("d", ConditionOperator.Unheard, 1);"#,
            vec![
                condition("a", "operator=\"in\"><value>1</value><value>-2</value></condition>"),
                condition("b", "operator=\"not-begin-with\" value=\"x\"/>"),
                condition("c", "operator=\"on\" value=\"{day}\"/>"),
                columns(&["d"]),
            ]),
        (r#"var e = new Entity("account"); e["a"] = 1; e.Attributes["b"] = 2; var x = e.GetAttributeValue<string>("c"); if (e.Contains("d")) {} e.Attributes.Add("f", 1);"#,
            vec![columns(&["a"]), columns(&["b"]), columns(&["c"]), columns(&["d"]), columns(&["f"])]),
        (r#"var e = new Entity("account", id) { ["a"] = 1, Attributes = { ["b"] = 2 } };"#, vec![columns(&["a"]), columns(&["b"])]),
        (r#"var q = new QueryExpression("account"); foreach (var e in s.RetrieveMultiple(q).Entities) { Print(e["a"]); }"#,
            vec![columns(&["a"])]),
        (r#"var q = new QueryExpression("account"); var l = q.AddLink("contact", "primarycontactid", "contactid"); l.Columns.AddColumn("fullname");"#,
            vec![
                r#"<fetch><entity name="account"><link-entity name="contact" from="contactid" to="primarycontactid"/></entity></fetch>"#.to_owned(),
                r#"<fetch><entity name="contact"><attribute name="fullname"/></entity></fetch>"#.to_owned(),
            ]),
    ] {
        let mut wanted = vec![table.to_owned()];
        wanted.extend(names);
        assert_eq!(found("cs", &body(code)), wanted, "{code}");
    }
    assert_eq!(
        found("cs", &body(r#"var c = new ColumnSet("a"); s.Retrieve(name, id, c);"#)),
        [r#"<fetch><entity name="{name}"><attribute name="a"/></entity></fetch>"#]
    );
    assert_eq!(
        found(
            "cs",
            r#"[EntityLogicalName("account")] class A : Entity { [AttributeLogicalName("a")] public string X { get; set; } [AttributeLogicalNameAttribute("b")] public int Y { get; set; } }"#
        ),
        [table.to_owned(), columns(&["a", "b"])]
    );
}

#[test]
fn a_part_of_a_query_is_found_and_skipped() {
    let source =
        format!("class A {{ string M() => \"{}\"; string N() => \"<attribute name='a'/>\"; }}", FETCH);
    assert_eq!(found("cs", &source), [FETCH, "!<attribute name='a'/>"]);
}

#[test]
fn what_is_outside_of_errors_is_found() {
    let source = "class A { void M() { Get(\"accounts?$select=name\"); if ( } ; x = = 3 void N() { Get($\"contacts?$top={n}\"); }";
    assert_eq!(found("cs", source), ["accounts?$select=name", "contacts?$top={n}"]);
}

#[test]
fn each_literal_of_javascript_is_read() {
    for extension in ["js", "ts", "tsx", "mjs"] {
        for (code, text) in [
            (r#"get("accounts?$select=name");"#, "accounts?$select=name"),
            (r#"get('accounts?$filter=name eq \'\x41\u{42}\u0043\'');"#, "accounts?$filter=name eq 'ABC'"),
            ("get(`accounts?$filter=name eq '${a.b}'&\\``);", "accounts?$filter=name eq '{a_b}'&`"),
            ("get(`accounts?\n$select=name`);", "accounts?\n$select=name"),
            ("odata`accounts?$select=name`;", "accounts?$select=name"),
            ("get('accounts' + '?$select=name' + (x ? '&$top=1' : ''));", "accounts?$select=name&$top=1"),
            ("get(['accounts?', '$select=name', x].join(''));", "accounts?$select=name{x}"),
            ("get(['accounts?$select=name', '$top=1'].join('&'));", "accounts?$select=name&$top=1"),
            ("let q = 'accounts?$select=name'; q += `&$top=${n}`;", "accounts?$select=name&$top={n}"),
            (
                "let q = 'accounts?$select=name'; if (a) { q += '&$top=1' } else { q += '!' }",
                "accounts?$select=name&$top=1",
            ),
            (
                "const F = '$filter=name eq 1'; function f() { get(`accounts?${F}&$top=1`); }",
                "accounts?$filter=name eq 1&$top=1",
            ),
            (
                "const f = \"<fetch><entity name='account'>\" + \"<attribute name='name'/></entity></fetch>\";",
                "<fetch><entity name='account'><attribute name='name'/></entity></fetch>",
            ),
        ] {
            reads_and_edits(extension, code, text);
        }
    }
    for extension in ["jsx", "tsx"] {
        reads_and_edits(
            extension,
            "x = <List query=\"accounts?$filter=name eq &quot;a&quot;\" />;",
            "accounts?$filter=name eq \"a\"",
        );
    }
    reads_and_edits("ts", "const q = <string>('accounts?$select=name' as string);", "accounts?$select=name");
}

#[test]
fn calls_of_web_api_name_the_table() {
    let account = r#"<fetch><entity name="account"/></fetch>"#;
    for (code, wanted) in [
        (
            r#"Xrm.WebApi.retrieveMultipleRecords("account", "?$select=name")"#,
            vec![account, "account: ?$select=name"],
        ),
        (
            r#"context.webAPI.retrieveRecord("account", id, "?$select=name")"#,
            vec![account, "account: ?$select=name"],
        ),
        (
            r#"const o = `?$select=${c}`; Xrm.WebApi.retrieveMultipleRecords("account", o)"#,
            vec!["account: ?$select={c}", account],
        ),
        (r#"Xrm.WebApi.retrieveMultipleRecords(table, "?$select=name")"#, vec!["?$select=name"]),
        (
            r#"control.addCustomFilter("<filter><condition attribute='name' operator='null'/></filter>", "account")"#,
            vec![
                r#"<fetch><entity name="account"><filter><condition attribute='name' operator='null'/></filter></entity></fetch>"#,
                account,
            ],
        ),
        (
            r#"const d = { name: 1, "primarycontactid@odata.bind": "/contacts(1)", contact_customer_accounts: [{}] }; Xrm.WebApi.createRecord("account", d)"#,
            vec![
                r#"<fetch><entity name="account"><attribute name="name"/></entity></fetch>"#,
                "account: ?$expand=primarycontactid,contact_customer_accounts",
                account,
            ],
        ),
        (
            r#"api.retrieveMultiple({ collection: "accounts", select: ["name", "x"], filter: "name eq 1", orderBy: ["name desc"], expand: [{ property: "p", select: ["q"] }] })"#,
            vec!["accounts: ?$select=name,x&$filter=name eq 1&$orderby=name desc&$expand=p($select=q)"],
        ),
        (
            r#"api.retrieveMultiple("accounts", ["name"], "name eq 1")"#,
            vec!["accounts: ?$select=name&$filter=name eq 1"],
        ),
    ] {
        assert_eq!(found("js", code), wanted, "{code}");
        assert_eq!(found("ts", code), wanted, "{code}");
    }
}

#[test]
fn each_literal_of_python_is_read() {
    for (code, text) in [
        ("get(\"accounts?$select=name\")", "accounts?$select=name"),
        ("get('accounts?$filter=name eq \\'\\x41\\u0042\\'')", "accounts?$filter=name eq 'AB'"),
        ("get(f\"accounts?$filter=name eq '{a.b!r:>3}' {{}}\")", "accounts?$filter=name eq '{a_b}' {}"),
        ("get(r'accounts?$filter=name eq \\d')", "accounts?$filter=name eq \\d"),
        ("get(rf'accounts?$filter=name eq {x} {{')", "accounts?$filter=name eq {x} {"),
        ("get(\"\"\"accounts?\n$filter=name eq \"a\\\n\" \"\"\")", "accounts?\n$filter=name eq \"a\""),
        ("get('accounts' \"?$select=name\" f'&$top={n}')", "accounts?$select=name&$top={n}"),
        ("get('accounts?$select=name&$top={0}{{'.format(x.y))", "accounts?$select=name&$top={x_y}{"),
        ("get('accounts?$select=name&$top=%s' % n)", "accounts?$select=name&$top={n}"),
        ("get('&'.join(['accounts?$select=name', '$top=1']))", "accounts?$select=name&$top=1"),
        (
            "q = 'accounts?$select=name'\nif a:\n    q += '&$top=1'\nelse:\n    q += '!'\n",
            "accounts?$select=name&$top=1",
        ),
        (
            "F = '$filter=name eq 1'\ndef f():\n    get(f'accounts?{F}&$top=1')\n",
            "accounts?$filter=name eq 1&$top=1",
        ),
    ] {
        reads_and_edits("py", code, text);
    }
    assert_eq!(
        found(
            "py",
            "client.records.list('account', select=['name'], filter='name eq 1', orderby=['name'], expand=['p'])"
        ),
        [
            r#"<fetch><entity name="account"/></fetch>"#,
            "account: ?$select=name&$filter=name eq 1&$orderby=name&$expand=p"
        ]
    );
}

#[test]
fn each_literal_of_powershell_is_read() {
    for (code, text) in [
        ("Get 'accounts?$filter=name eq ''x'''", "accounts?$filter=name eq 'x'"),
        ("$u = 'accounts?$filter=name eq ''' + $x + ''''", "accounts?$filter=name eq '{x}'"),
        (
            "$u = \"accounts?`$filter=name eq \"\"$x\"\" $($a.b) `t${c}\"",
            "accounts?$filter=name eq \"{x}\" {a_b} \t{c}",
        ),
        ("$u = @\"\naccounts?`$filter=name eq\n\"$x\"\n\"@\n", "accounts?$filter=name eq\n\"{x}\""),
        ("$u = @'\naccounts?$filter=name eq\n'$x'\n'@\n", "accounts?$filter=name eq\n'$x'"),
        ("$u = 'accounts?$select=name&$top={0}' -f $n", "accounts?$select=name&$top={n}"),
        ("$u = ('accounts?$select=name', '$top=1') -join '&'", "accounts?$select=name&$top=1"),
        ("$u = [string]::Format('accounts?$select=name{0}', $a)", "accounts?$select=name{a}"),
        (
            "$q = 'accounts?$select=name'; if ($a) { $q += '&$top=1' } else { $q += '!' }",
            "accounts?$select=name&$top=1",
        ),
        ("Invoke-RestMethod -Uri \"$base/accounts?`$select=name\"", "accounts?$select=name"),
        ("Invoke-RestMethod -Uri ($base + '/accounts?$select=name')", "accounts?$select=name"),
    ] {
        reads_and_edits("ps1", code, text);
    }
    assert_eq!(
        found(
            "ps1",
            "Get-CrmRecords -EntityLogicalName account -FilterAttribute \"name\" -FilterValue x -Fields accountid,'x'"
        ),
        [
            r#"<fetch><entity name="account"/></fetch>"#,
            r#"<fetch><entity name="account"><attribute name="accountid"/><attribute name="x"/><attribute name="name"/></entity></fetch>"#,
        ]
    );
}

#[test]
fn each_literal_of_java_is_read() {
    let body = |code: &str| format!("class A {{ void m() {{ {code} }} }}");
    for (code, text) in [
        (r#"get("accounts?$filter=name eq \"\u0041\"");"#, "accounts?$filter=name eq \"A\""),
        (
            "get(\"\"\"\n      accounts?\n        $filter=name eq \\\n      \"a\" \"\"\");",
            "accounts?\n  $filter=name eq \"a\"",
        ),
        (r#"get("accounts" + "?$select=name" + x);"#, "accounts?$select=name{x}"),
        (r#"get(String.format("accounts?$select=name&$top=%d%%", n));"#, "accounts?$select=name&$top={n}%"),
        (r#"get("accounts?$select=name&$top=%2$s".formatted(a, b));"#, "accounts?$select=name&$top={b}"),
        (r#"get(String.join("&", "accounts?$select=name", "$top=1"));"#, "accounts?$select=name&$top=1"),
        (
            r#"StringBuilder s = new StringBuilder(); s.append("accounts?").append("$select=name"); s.append(x);"#,
            "accounts?$select=name{x}",
        ),
        (
            r#"String q = "accounts?$select=name"; if (a) { q += "&$top=1"; } else { q += "!"; }"#,
            "accounts?$select=name&$top=1",
        ),
    ] {
        reads_and_edits("java", &body(code), text);
    }
}

#[test]
fn each_literal_of_rust_is_read() {
    let body = |code: &str| format!("fn f() {{ {code} }}");
    for (code, text) in [
        (r#"get("accounts?$filter=name eq \"\x41\u{42}\"");"#, "accounts?$filter=name eq \"AB\""),
        ("get(\"accounts?\\\n      $filter=name\");", "accounts?$filter=name"),
        (r##"get(r#"accounts?$filter=name eq "a\""#);"##, "accounts?$filter=name eq \"a\\\""),
        (
            r#"get(&format!("accounts?$select=name&$top={}{{{x:?}", a.b));"#,
            "accounts?$select=name&$top={b}{{x}",
        ),
        (r#"odata!("accounts?$select=name");"#, "accounts?$select=name"),
        (r#"get(concat!("accounts?", "$select=name"));"#, "accounts?$select=name"),
        (r#"let q = "accounts".to_string() + "?$select=name" + &x;"#, "accounts?$select=name{x}"),
        (
            r#"let mut q = String::from("accounts?$select=name"); if a { q.push_str("&$top=1") } else { q += "!" }"#,
            "accounts?$select=name&$top=1",
        ),
        (
            r#"let mut q = "accounts?$select=name".to_owned(); write!(q, "&$top={n}").ok();"#,
            "accounts?$select=name&$top={n}",
        ),
    ] {
        reads_and_edits("rs", &body(code), text);
    }
}

#[test]
fn wrong_names_are_found_and_fixed_in_the_program() {
    use crate::{Schemas, Settings, Workspace};
    let workspace = Workspace::new(Schemas::of(crate::sample::open().unwrap()), Settings::default());
    for (extension, source, wrong) in [
        (
            "cs",
            r#"class A { void M(int id) { s.Retrieve("account", id, new ColumnSet("name", "nmae")); } }"#,
            vec!["nmae"],
        ),
        (
            "cs",
            r#"class A { void M() { var e = new Entity("acount"); e["name"] = 1; } }"#,
            vec!["acount", ""],
        ),
        (
            "cs",
            r#"class A { void M() { Get($@"<fetch top=""1""><entity name='account'><attribute name='nmae'/></entity></fetch>"); } }"#,
            vec!["nmae"],
        ),
        ("ts", r#"Xrm.WebApi.retrieveMultipleRecords("account", `?$select=nmae&$top=${n}`);"#, vec!["nmae"]),
        (
            "ts",
            r#"Xrm.WebApi.createRecord("contact", { lastname: "x", "parentcustomerid_acount@odata.bind": "/accounts(1)" });"#,
            vec!["parentcustomerid_acount"],
        ),
        (
            "py",
            "client.records.list('account', select=['name', 'nmae'], filter=f'revenue gt {x}')",
            vec!["nmae"],
        ),
        ("ps1", "$u = \"$base/accounts?`$select=nmae&`$top=1\"", vec!["nmae"]),
    ] {
        let file = file(extension, source);
        let mut found = Vec::new();
        for text in file.found() {
            let diagnosis = workspace.diagnose_text(text, None).unwrap();
            assert!(
                !matches!(diagnosis.coverage, crate::embedded::Coverage::Skipped(_)),
                "{source}: {diagnosis:?}"
            );
            for diagnostic in diagnosis.diagnostics.iter().filter(|d| d.is_error()) {
                found.push(diagnostic.span.of(source).to_owned());
            }
        }
        found.dedup();
        let wrong: Vec<&str> = wrong.into_iter().filter(|name| !name.is_empty()).collect();
        assert_eq!(found, wrong, "{source}");
    }
}

#[test]
fn query_options_in_a_dictionary_are_one_query_with_its_url() {
    let body = |code: &str| format!("class A {{ void M() {{ {code} }} }}");
    let mut all: Vec<(&str, String, &str)> = Vec::new();
    for (code, text) in [
        (
            r#"r = requests.get(f"{base}/api/data/v9.2/accounts", headers=h, params={"$select": "name", "$filter": "statecode eq 0", "$top": 5})"#,
            "accounts?$select=name&$filter=statecode eq 0&$top=5",
        ),
        (
            "url = base + '/api/data/v9.2/accounts'\nparams = {'$select': 'name', '$count': True, '$filter': f\"name eq '{n}'\"}\nr = requests.get(url, params=params)",
            "accounts?$select=name&$count=true&$filter=name eq '{n}'",
        ),
        (
            r#"r = session.request("GET", "accounts", params={"$select": ",".join(["name", "revenue"]), "api-version": "1"})"#,
            "accounts?$select=name,revenue",
        ),
        (
            r#"r = client.get(url="/api/data/v9.2/accounts?$top=3", params={"$select": "name"})"#,
            "accounts?$top=3&$select=name",
        ),
        (
            r#"u = f"{base}/api/data/v9.2/accounts?{urlencode({'$select': 'name', '$filter': flt})}""#,
            "accounts?$select=name&$filter={flt}",
        ),
        (
            r#"r = requests.get(url, params={"$filter": "name eq 'A & B'"})"#,
            "{url}?$filter=name eq 'A %26 B'",
        ),
    ] {
        all.push(("py", code.to_owned(), text));
    }
    for (code, text) in [
        (
            r#"axios.get("/api/data/v9.2/accounts", { params: { $select: "name", "$filter": `name eq '${n}'` } });"#,
            "accounts?$select=name&$filter=name eq '{n}'",
        ),
        (
            r#"fetch(`${base}/api/data/v9.2/accounts?${new URLSearchParams({ $select: "name", $top: "3" })}`);"#,
            "accounts?$select=name&$top=3",
        ),
        (
            r#"const p = new URLSearchParams({ "$select": "name" }); fetch(`${base}/api/data/v9.2/accounts?${p}`);"#,
            "accounts?$select=name",
        ),
        (
            r#"const p = new URLSearchParams({ "$select": "name" }); fetch(base + "/api/data/v9.2/accounts?" + p.toString());"#,
            "accounts?$select=name",
        ),
        (r#"ky.get(url, { searchParams: new URLSearchParams({ $select: "name" }) });"#, "{url}?$select=name"),
        (
            r#"const params = { $select: "name" }; axios.get(`accounts`, { params });"#,
            "accounts?$select=name",
        ),
    ] {
        all.push(("ts", code.to_owned(), text));
    }
    for (code, text) in [
        (
            r#"Get(QueryHelpers.AddQueryString("/api/data/v9.2/accounts", new Dictionary<string, string?> { ["$select"] = "name", ["$top"] = "3" }));"#,
            "accounts?$select=name&$top=3",
        ),
        (
            r#"var o = new Dictionary<string, string> { { "$select", "name" }, { "$filter", $"name eq '{n}'" } }; var u = QueryHelpers.AddQueryString($"{b}/api/data/v9.2/accounts", o);"#,
            "accounts?$select=name&$filter=name eq '{n}'",
        ),
    ] {
        all.push(("cs", body(code), text));
    }
    for (code, text) in [
        (
            r#"Invoke-RestMethod -Method Get -Uri "$base/api/data/v9.2/accounts" -Body @{ '$select' = 'name'; '$top' = 3 }"#,
            "accounts?$select=name&$top=3",
        ),
        (
            "$body = @{ '$select' = 'name' }\nInvoke-RestMethod -Uri '/api/data/v9.2/accounts' -Body $body",
            "accounts?$select=name",
        ),
    ] {
        all.push(("ps1", code.to_owned(), text));
    }
    let mut wrong = Vec::new();
    for (extension, source, text) in &all {
        let texts = found(extension, source);
        if texts != [(*text).to_owned()] {
            wrong.push((*text, texts));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (extension, source, text) in all {
        reads_and_edits(extension, &source, text);
    }
}

#[test]
fn other_dictionaries_are_no_queries() {
    for (extension, source) in [
        ("py", r#"r = requests.get("https://graph.microsoft.com/v1.0/users", params={"$select": "id"})"#),
        ("py", r#"r = db.find({"$filter": {"a": 1}})"#),
        (
            "js",
            r#"db.aggregate([{ $count: "total" }]); find({ $text: { $search: "x" } }, { $select: ["a"] });"#,
        ),
        ("ts", r#"set({ select: "name", top: 3 });"#),
    ] {
        assert_eq!(found(extension, source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn a_condition_is_edited_with_the_words_of_the_sdk() {
    let source = r#"class A { void M() { var q = new QueryExpression("account"); q.Criteria.AddCondition("name", ConditionOperator.Equal, 12); } }"#;
    let file = file("cs", source);
    let text = &file.found().iter().find(|found| found.construct == "condition").unwrap().text;
    let edited = |old: &str, new: &str| {
        let start = text.text().find(old).unwrap() + old.find('"').map_or(0, |at| at + 1);
        let end = start + old.trim_end_matches('"').len() - old.find('"').map_or(0, |at| at + 1);
        let edits = text.edits(start..end, new)?;
        Some(
            edits
                .iter()
                .map(|edit| format!("{} -> {}", &source[edit.start..edit.end], edit.replacement))
                .collect::<String>(),
        )
    };
    assert_eq!(edited("operator=\"eq\"", "begins-with").as_deref(), Some("Equal -> BeginsWith"));
    assert_eq!(edited("operator=\"eq\"", "on-or-after").as_deref(), Some("Equal -> OnOrAfter"));
    assert_eq!(edited("operator=\"eq\"", "no operator"), None);
    assert_eq!(edited("value=\"12\"", "7").as_deref(), Some("12 -> 7"));
    assert_eq!(edited("value=\"12\"", "x"), None, "a number stays a number");
}

#[test]
fn the_url_of_a_request_that_writes_is_known() {
    let writes = |extension: &str, code: &str| {
        let file = file(extension, code);
        let urls: Vec<_> =
            file.found().iter().filter(|found| found.text.text().starts_with("accounts")).collect();
        assert_eq!(urls.len(), 1, "{code}: {:?}", found(extension, code));
        urls[0].is_write
    };
    let cs = |code: &str| format!("class A {{ void M() {{ {code} }} }}");
    for (extension, code) in [
        ("cs", cs(r#"http.PostAsJsonAsync(Api + "api/data/v9.2/accounts", body);"#)),
        ("cs", cs(r#"http.DeleteAsync($"api/data/v9.2/accounts({id})");"#)),
        ("cs", cs(r#"var m = new HttpRequestMessage(HttpMethod.Post, "api/data/v9.2/accounts");"#)),
        (
            "cs",
            cs(
                r#"var m = new HttpRequestMessage(new HttpMethod("PATCH"), $"api/data/v9.2/accounts({id})");"#,
            ),
        ),
        ("ts", r#"fetch("/api/data/v9.2/accounts", { method: "POST", body });"#.to_owned()),
        ("ts", r#"axios.patch(`/api/data/v9.2/accounts(${id})`, body);"#.to_owned()),
        ("ts", r#"$.ajax({ type: "DELETE", url: `/api/data/v9.2/accounts(${id})` });"#.to_owned()),
        ("ts", r#"req.open("POST", url + "/api/data/v9.2/accounts", true);"#.to_owned()),
        ("ts", r#"const u = "/api/data/v9.2/accounts"; req.open("POST", u, true);"#.to_owned()),
        ("py", r#"requests.post(f"{base}/api/data/v9.2/accounts", json={})"#.to_owned()),
        ("py", r#"session.request("DELETE", f"{base}/api/data/v9.2/accounts({i})")"#.to_owned()),
        ("ps1", r#"Invoke-RestMethod -Method Post -Uri "$base/api/data/v9.2/accounts" -Body $b"#.to_owned()),
    ] {
        assert!(writes(extension, &code), "{code}");
    }
    for (extension, code) in [
        ("cs", cs(r#"http.GetAsync($"api/data/v9.2/accounts({id})");"#)),
        ("cs", cs(r#"var m = new HttpRequestMessage(HttpMethod.Get, "api/data/v9.2/accounts");"#)),
        ("ts", r#"fetch("/api/data/v9.2/accounts", { method: "GET" });"#.to_owned()),
        ("ts", r#"req.open("GET", url + "/api/data/v9.2/accounts", true);"#.to_owned()),
        ("py", r#"requests.get(f"{base}/api/data/v9.2/accounts", params={})"#.to_owned()),
        ("ps1", r#"Invoke-RestMethod -Uri "$base/api/data/v9.2/accounts""#.to_owned()),
    ] {
        assert!(!writes(extension, &code), "{code}");
    }
}

#[test]
fn the_table_of_a_query_is_that_of_a_constant_or_of_the_call_that_takes_a_result() {
    for (code, wanted) in [
        (
            r#"const CASE = "incident"; Xrm.WebApi.retrieveMultipleRecords(CASE, "?$select=title");"#,
            vec!["<fetch><entity name=\"incident\"/></fetch>", "incident: ?$select=title"],
        ),
        (
            r#"const T = { Case: "incident" }; function a() { Xrm.WebApi.retrieveRecord(T.Case, id, "?$select=title"); Xrm.WebApi.retrieveRecord(T.Case, id, "?$select=x"); }"#,
            vec![
                "<fetch><entity name=\"incident\"/></fetch>",
                "incident: ?$select=title",
                "incident: ?$select=x",
            ],
        ),
        (
            r#"class A { a() { this.w.webAPI.retrieveMultipleRecords("task", this.tasks(1)); } tasks(n) { return "?$select=subject"; } }"#,
            vec!["<fetch><entity name=\"task\"/></fetch>", "task: ?$select=subject"],
        ),
        (
            r#"const q = (id) => `?$select=subject&$filter=x eq ${id}`; Xrm.WebApi.retrieveMultipleRecords("task", q(1));"#,
            vec!["task: ?$select=subject&$filter=x eq {id}", "<fetch><entity name=\"task\"/></fetch>"],
        ),
        (
            r#"function q() { return "?$select=subject"; } Xrm.WebApi.retrieveMultipleRecords("task", q()); Xrm.WebApi.retrieveMultipleRecords("email", q());"#,
            vec![
                "?$select=subject",
                "<fetch><entity name=\"task\"/></fetch>",
                "<fetch><entity name=\"email\"/></fetch>",
            ],
        ),
    ] {
        assert_eq!(found("ts", code), wanted, "{code}");
    }
}

#[test]
fn a_text_without_quotes_is_told() {
    use crate::{Schemas, Settings, Workspace};
    let workspace = Workspace::new(Schemas::of(crate::sample::open().unwrap()), Settings::default());
    let codes = |code: &str| {
        let source = format!("class A {{ void M() {{ Get({code}); }} }}");
        let file = file("cs", &source);
        let diagnosis = workspace.diagnose_text(&file.found()[0], None).unwrap();
        let found = diagnosis.diagnostics.iter().map(|d| format!("{} {}", d.code, d.span.of(&source)));
        found.collect::<Vec<_>>().join("; ")
    };
    let unquoted = "DV0325 {number}";
    assert_eq!(codes(r#"$"accounts?$select=name&$filter=accountnumber eq {number}&$top=1""#), unquoted);
    assert_eq!(codes(r#"$"accounts?$select=name&$filter=contains(name,{number})&$top=1""#), unquoted);
    for right in [
        r#"$"accounts?$select=name&$filter=accountnumber eq '{number}'&$top=1""#,
        r#"$"accounts?$select=name&$filter=accountnumber eq {quoted}&$top=1""#,
        r#"$"accounts?$select=name&$filter=accountid eq {id}&$top=1""#,
        r#"$"accounts?$select=name&$filter=revenue gt {number}&$top=1""#,
        r#"$"accounts?$select=name&$filter={filter}&$top=1""#,
    ] {
        assert_eq!(codes(right), "", "{right}");
    }
}

#[test]
fn a_text_that_is_assigned_once_is_known_in_functions() {
    for (extension, source, text) in [
        ("js", "var s = '$select=name';\nfunction f() { get('accounts?' + s); }", "accounts?$select=name"),
        (
            "js",
            "var a = \"<fetch top='1'>\";\nfunction f() { get(a + '<entity name=\"account\"/></fetch>'); }",
            "<fetch top='1'><entity name=\"account\"/></fetch>",
        ),
        (
            "ts",
            "let s: string = '$select=name';\nconst f = () => get(`accounts?${s}`);",
            "accounts?$select=name",
        ),
        (
            "ps1",
            "$script:c = 'name'\nfunction F { Get \"accounts?`$select=$($script:c)\" }",
            "accounts?$select=name",
        ),
        (
            "cs",
            "class A { static string s = \"$top=1\"; void M() { Get(\"accounts?\" + s); } }",
            "accounts?$top=1",
        ),
    ] {
        assert!(
            found(extension, source).contains(&text.to_owned()),
            "{source}: {:?}",
            found(extension, source)
        );
    }
    for (extension, source) in [
        ("js", "var s = '$select=name';\ns = '$select=x';\nfunction f() { get('accounts?' + s); }"),
        (
            "js",
            "var s = '$select=name';\nfunction f() { get('accounts?' + s); }\nfunction g() { s += ',x'; }",
        ),
        ("ps1", "$c = 'name'\n$c += ',x'\nfunction F { Get \"accounts?`$select=$($c)\" }"),
    ] {
        let all = found(extension, source);
        assert!(!all.contains(&"accounts?$select=name".to_owned()), "{source}: {all:?}");
    }
}

#[test]
fn what_documents_a_program_is_no_query() {
    let source = "\"\"\"Reads accounts?$select=name.\"\"\"\ndef f():\n    r'''As in accounts?$top=1'''\n    return '''accounts?$select=name'''\n";
    assert_eq!(found("py", source), ["accounts?$select=name"]);
}

#[test]
fn the_backslashes_of_a_raw_template_are_kept() {
    reads_and_edits(
        "js",
        r"get(String.raw`accounts?$select=name&$filter=a eq 'a\b'`);",
        r"accounts?$select=name&$filter=a eq 'a\b'",
    );
}

#[test]
fn a_quotation_mark_between_two_interpolations_is_read() {
    let source =
        "class A { void M() { Get($$\"\"\"\n    accounts?$filter=name eq {{a}}\"{{b}}z\n    \"\"\"); } }";
    assert_eq!(found("cs", source), ["accounts?$filter=name eq {a}\"{b}z"]);
    let source =
        "class A { void M() { Get($$\"\"\"\n    accounts?$filter={\"{{a}}><{a@(}{{b:N}}}z\n    \"\"\"); } }";
    assert_eq!(found("cs", source), ["accounts?$filter={\"{a}><{a@(}{b}}z"]);
}
