//! Tests of what the readers of programs know of requests and calls: options in dictionaries, conditions, URLs of
//! requests that write, and tables that are named elsewhere.

use expect_test::expect;

use super::tests::{file, found, reads_and_edits};

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
fn each_form_of_options_in_a_dictionary_is_read() {
    let mut all = String::new();
    let mut add = |extension: &str, source: &str| {
        let texts = found(extension, source);
        let shown = if texts.is_empty() { "nothing".to_owned() } else { texts.join(" | ") };
        all.push_str(&format!("{source}\n  {shown}\n"));
    };
    for method in ["'get'", "\"POST\"", "'Patch'", "Method.PUT", "'delete'", "'head'", "'options'", "'a.get'"]
    {
        add("py", &format!("r = s.request({method}, 'accounts', params={{'$select': 'name'}})"));
    }
    for name in ["url", "URI", "requestUri", "endpoint", "path", "other"] {
        add("py", &format!("r = s.send(1, {name}='accounts', params={{'$select': 'name'}})"));
    }
    for option in ["$select", "$FILTER", "$expand", "$orderby", "$apply", "$top", "select"] {
        add(
            "py",
            &format!(
                "r = s.get('accounts', params={{'{option}': 'name', '@p': '1', 'x': '2', '$count': 'y'}})"
            ),
        );
    }
    for value in ["True", "false", "12", "1.5", "x", "f(x)", "['a']", "{'a': 1}", "'a' + x", "'a+b&c'"] {
        add("py", &format!("r = s.get('accounts', params={{'$filter': 'a', '$x': {value}}})"));
    }
    for value in ["x", "['a']", "{'a': 1}", "12", "f(x)"] {
        add("py", &format!("r = s.get('accounts', params={{'$filter': {value}}})"));
    }
    for member in ["params", "query", "search_params", "qs", "'Parameters'", "queryParams", "body", "data"] {
        add("ts", &format!("c.get('accounts', {{ a: 1, {member}: {{ $select: 'name' }} }});"));
        add("ts", &format!("c.get('accounts', {{ {member}: new URLSearchParams({{ $select: 'name' }}) }});"));
    }
    for encoder in
        ["new URLSearchParams(X)", "urlencode(X)", "qs.stringify(X)", "new FormUrlEncodedContent(X)", "f(X)"]
    {
        add("ts", &format!("c.get('accounts', {});", encoder.replace('X', "{ $select: 'name' }")));
        add("ts", &format!("c.get('accounts?' + {});", encoder.replace('X', "{ $select: 'name' }")));
        add(
            "ts",
            &format!("c.get('accounts?' + {}.toString());", encoder.replace('X', "{ $select: 'name' }")),
        );
    }
    for arguments in ["", "1, ", "1, 2, 3, 4, 5, 6, ", "1, 2, 3, 4, 5, 6, 7, "] {
        add("ts", &format!("c.get('accounts', {arguments}{{ $select: 'name' }});"));
    }
    for key in ["$select", "'$select'", "`$select`", "[$select]", "select"] {
        add("ts", &format!("c.get('accounts?x=1', {{ {key}: 'name' }});"));
    }
    add("ts", "const u = '/api/data/v9.2/accounts'; c.get(u, { $select: 'name' });");
    add("ts", "c.get(u(), { $select: 'name' });");
    add("ts", "c.get({ $select: 'name' }, 'accounts');");
    add("ts", "const n = 'name'; const p = { $select: n, $filter: `a eq ${x}` }; c.get('accounts', p);");
    add(
        "ps1",
        "Invoke-RestMethod -Uri 'accounts' -Body @{ '$select' = 'name'; '$count' = $true; '$top' = $n }",
    );
    for class in ["Dictionary<string, string>", "SortedDictionary<string, object>", "List<string>"] {
        let get = format!("Get(\"accounts\", new {class} {{ {{ \"$select\", \"name\" }} }});");
        add("cs", &format!("class A {{ void M() {{ {get} }} }}"));
    }
    expect![[r#"
        r = s.request('get', 'accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.request("POST", 'accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.request('Patch', 'accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.request(Method.PUT, 'accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.request('delete', 'accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.request('head', 'accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.request('options', 'accounts', params={'$select': 'name'})
          options?$select=name
        r = s.request('a.get', 'accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.send(1, url='accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.send(1, URI='accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.send(1, requestUri='accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.send(1, endpoint='accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.send(1, path='accounts', params={'$select': 'name'})
          accounts?$select=name
        r = s.send(1, other='accounts', params={'$select': 'name'})
          {1}?$select=name
        r = s.get('accounts', params={'$select': 'name', '@p': '1', 'x': '2', '$count': 'y'})
          accounts?$select=name&@p=1&$count=y
        r = s.get('accounts', params={'$FILTER': 'name', '@p': '1', 'x': '2', '$count': 'y'})
          accounts?$FILTER=name&@p=1&$count=y
        r = s.get('accounts', params={'$expand': 'name', '@p': '1', 'x': '2', '$count': 'y'})
          accounts?$expand=name&@p=1&$count=y
        r = s.get('accounts', params={'$orderby': 'name', '@p': '1', 'x': '2', '$count': 'y'})
          accounts?$orderby=name&@p=1&$count=y
        r = s.get('accounts', params={'$apply': 'name', '@p': '1', 'x': '2', '$count': 'y'})
          accounts?$apply=name&@p=1&$count=y
        r = s.get('accounts', params={'$top': 'name', '@p': '1', 'x': '2', '$count': 'y'})
          nothing
        r = s.get('accounts', params={'select': 'name', '@p': '1', 'x': '2', '$count': 'y'})
          nothing
        r = s.get('accounts', params={'$filter': 'a', '$x': True})
          accounts?$filter=a&$x=true
        r = s.get('accounts', params={'$filter': 'a', '$x': false})
          accounts?$filter=a&$x=false
        r = s.get('accounts', params={'$filter': 'a', '$x': 12})
          accounts?$filter=a&$x=12
        r = s.get('accounts', params={'$filter': 'a', '$x': 1.5})
          accounts?$filter=a&$x={1_5}
        r = s.get('accounts', params={'$filter': 'a', '$x': x})
          accounts?$filter=a&$x={x}
        r = s.get('accounts', params={'$filter': 'a', '$x': f(x)})
          accounts?$filter=a&$x={f_x}
        r = s.get('accounts', params={'$filter': 'a', '$x': ['a']})
          accounts?$filter=a&$x={a}
        r = s.get('accounts', params={'$filter': 'a', '$x': {'a': 1}})
          accounts?$filter=a&$x={a_1}
        r = s.get('accounts', params={'$filter': 'a', '$x': 'a' + x})
          accounts?$filter=a&$x=a{x}
        r = s.get('accounts', params={'$filter': 'a', '$x': 'a+b&c'})
          accounts?$filter=a&$x=a%2Bb%26c
        r = s.get('accounts', params={'$filter': x})
          accounts?$filter={x}
        r = s.get('accounts', params={'$filter': ['a']})
          nothing
        r = s.get('accounts', params={'$filter': {'a': 1}})
          nothing
        r = s.get('accounts', params={'$filter': 12})
          accounts?$filter=12
        r = s.get('accounts', params={'$filter': f(x)})
          accounts?$filter={f_x}
        c.get('accounts', { a: 1, params: { $select: 'name' } });
          accounts?$select=name
        c.get('accounts', { params: new URLSearchParams({ $select: 'name' }) });
          accounts?$select=name
        c.get('accounts', { a: 1, query: { $select: 'name' } });
          accounts?$select=name
        c.get('accounts', { query: new URLSearchParams({ $select: 'name' }) });
          accounts?$select=name
        c.get('accounts', { a: 1, search_params: { $select: 'name' } });
          accounts?$select=name
        c.get('accounts', { search_params: new URLSearchParams({ $select: 'name' }) });
          accounts?$select=name
        c.get('accounts', { a: 1, qs: { $select: 'name' } });
          accounts?$select=name
        c.get('accounts', { qs: new URLSearchParams({ $select: 'name' }) });
          accounts?$select=name
        c.get('accounts', { a: 1, 'Parameters': { $select: 'name' } });
          accounts?$select=name
        c.get('accounts', { 'Parameters': new URLSearchParams({ $select: 'name' }) });
          accounts?$select=name
        c.get('accounts', { a: 1, queryParams: { $select: 'name' } });
          accounts?$select=name
        c.get('accounts', { queryParams: new URLSearchParams({ $select: 'name' }) });
          accounts?$select=name
        c.get('accounts', { a: 1, body: { $select: 'name' } });
          nothing
        c.get('accounts', { body: new URLSearchParams({ $select: 'name' }) });
          nothing
        c.get('accounts', { a: 1, data: { $select: 'name' } });
          nothing
        c.get('accounts', { data: new URLSearchParams({ $select: 'name' }) });
          nothing
        c.get('accounts', new URLSearchParams({ $select: 'name' }));
          accounts?$select=name
        c.get('accounts?' + new URLSearchParams({ $select: 'name' }));
          accounts?$select=name
        c.get('accounts?' + new URLSearchParams({ $select: 'name' }).toString());
          accounts?$select=name
        c.get('accounts', urlencode({ $select: 'name' }));
          accounts?$select=name
        c.get('accounts?' + urlencode({ $select: 'name' }));
          accounts?$select=name
        c.get('accounts?' + urlencode({ $select: 'name' }).toString());
          accounts?$select=name
        c.get('accounts', qs.stringify({ $select: 'name' }));
          accounts?$select=name
        c.get('accounts?' + qs.stringify({ $select: 'name' }));
          accounts?$select=name
        c.get('accounts?' + qs.stringify({ $select: 'name' }).toString());
          accounts?$select=name
        c.get('accounts', new FormUrlEncodedContent({ $select: 'name' }));
          accounts?$select=name
        c.get('accounts?' + new FormUrlEncodedContent({ $select: 'name' }));
          accounts?$select=name
        c.get('accounts?' + new FormUrlEncodedContent({ $select: 'name' }).toString());
          accounts?$select=name
        c.get('accounts', f({ $select: 'name' }));
          ?$select=name
        c.get('accounts?' + f({ $select: 'name' }));
          ?$select=name
        c.get('accounts?' + f({ $select: 'name' }).toString());
          ?$select=name
        c.get('accounts', { $select: 'name' });
          accounts?$select=name
        c.get('accounts', 1, { $select: 'name' });
          accounts?$select=name
        c.get('accounts', 1, 2, 3, 4, 5, 6, { $select: 'name' });
          accounts?$select=name
        c.get('accounts', 1, 2, 3, 4, 5, 6, 7, { $select: 'name' });
          nothing
        c.get('accounts?x=1', { $select: 'name' });
          1&$select=name
        c.get('accounts?x=1', { '$select': 'name' });
          1&$select=name
        c.get('accounts?x=1', { `$select`: 'name' });
          nothing
        c.get('accounts?x=1', { [$select]: 'name' });
          nothing
        c.get('accounts?x=1', { select: 'name' });
          nothing
        const u = '/api/data/v9.2/accounts'; c.get(u, { $select: 'name' });
          accounts?$select=name
        c.get(u(), { $select: 'name' });
          {u}?$select=name
        c.get({ $select: 'name' }, 'accounts');
          ?$select=name
        const n = 'name'; const p = { $select: n, $filter: `a eq ${x}` }; c.get('accounts', p);
          accounts?$select=name&$filter=a eq {x}
        Invoke-RestMethod -Uri 'accounts' -Body @{ '$select' = 'name'; '$count' = $true; '$top' = $n }
          accounts?$select=name&$count=true&$top={n}
        class A { void M() { Get("accounts", new Dictionary<string, string> { { "$select", "name" } }); } }
          accounts?$select=name
        class A { void M() { Get("accounts", new SortedDictionary<string, object> { { "$select", "name" } }); } }
          accounts?$select=name
        class A { void M() { Get("accounts", new List<string> { { "$select", "name" } }); } }
          nothing
    "#]].assert_eq(&all);
}
