//! Random queries in the literals of programming languages: what is written is read byte for byte, an edit is
//! read back, and broken files are read without a panic. `DVKIT_ROUND_TRIPS=10000` runs the long form.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod literals;

use literals::{LiteralKind, cases, mutations, round_trips};

fn with_backslashes(text: &str, special: &[char]) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c == '\\' || special.contains(&c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

fn doubled(text: &str, special: &[char]) -> String {
    text.chars().flat_map(|c| [Some(c), special.contains(&c).then_some(c)]).flatten().collect()
}

fn without(text: &str, forbidden: &[&str]) -> Option<String> {
    (!forbidden.iter().any(|f| text.contains(f))).then(|| text.to_owned())
}

/// The kinds of literals of programming languages.
const KINDS: &[LiteralKind] = &[
    LiteralKind {
        name: "C# string",
        extension: "cs",
        before: "class A { void M() { Get(\"",
        after: "\"); } }",
        escape: |text| Some(with_backslashes(text, &['"'])),
        placeholder: |name| format!("\" + {name} + \""),
        may_refuse: false,
    },
    LiteralKind {
        name: "C# verbatim string",
        extension: "cs",
        before: "class A { void M() { Get(@\"",
        after: "\"); } }",
        escape: |text| Some(doubled(text, &['"'])),
        placeholder: |name| format!("\" + {name} + @\""),
        may_refuse: false,
    },
    LiteralKind {
        name: "C# interpolated string",
        extension: "cs",
        before: "class A { void M() { Get($\"",
        after: "\"); } }",
        escape: |text| Some(doubled(&with_backslashes(text, &['"']), &['{', '}'])),
        placeholder: |name| format!("{{{name}}}"),
        may_refuse: false,
    },
    LiteralKind {
        name: "C# interpolated verbatim string",
        extension: "cs",
        before: "class A { void M() { Get($@\"",
        after: "\"); } }",
        escape: |text| Some(doubled(text, &['"', '{', '}'])),
        placeholder: |name| format!("{{{name}}}"),
        may_refuse: false,
    },
    LiteralKind {
        name: "C# raw string",
        extension: "cs",
        before: "class A { void M() { Get(\"\"\"\"",
        after: "\"\"\"\"); } }",
        escape: |text| {
            without(text, &["\"\"\"\"", "\n"])
                .filter(|t| !t.is_empty() && !t.starts_with('"') && !t.ends_with('"'))
        },
        placeholder: |name| format!("\"\"\"\" + {name} + \"\"\"\""),
        may_refuse: true,
    },
    LiteralKind {
        name: "C# raw string of several lines",
        extension: "cs",
        before: "class A { void M() { Get(\"\"\"\n    ",
        after: "\n    \"\"\"); } }",
        escape: |text| without(text, &["\"\"\""]).map(|text| text.replace('\n', "\n    ")),
        placeholder: |name| format!("\n    \"\"\" + {name} + \"\"\"\n    "),
        may_refuse: true,
    },
    LiteralKind {
        name: "C# interpolated raw string",
        extension: "cs",
        before: "class A { void M() { Get($$\"\"\"\n    ",
        after: "\n    \"\"\"); } }",
        escape: |text| {
            let fits =
                without(text, &["\"\"\"", "{{", "}}"]).filter(|t| !t.starts_with('}') && !t.ends_with('{'));
            fits.map(|text| text.replace('\n', "\n    "))
        },
        placeholder: |name| format!("{{{{{name}}}}}"),
        may_refuse: true,
    },
    LiteralKind {
        name: "JavaScript string",
        extension: "js",
        before: "get('",
        after: "');",
        escape: |text| Some(with_backslashes(text, &['\''])),
        placeholder: |name| format!("' + {name} + '"),
        may_refuse: false,
    },
    LiteralKind {
        name: "JavaScript template",
        extension: "js",
        before: "get(`",
        after: "`);",
        escape: |text| Some(with_backslashes(text, &['`', '$']).replace("\\n", "\n")),
        placeholder: |name| format!("${{{name}}}"),
        may_refuse: false,
    },
    LiteralKind {
        name: "TypeScript template",
        extension: "ts",
        before: "const q: string = `",
        after: "`;",
        escape: |text| Some(with_backslashes(text, &['`', '$'])),
        placeholder: |name| format!("${{ {name} }}"),
        may_refuse: false,
    },
    LiteralKind {
        name: "TypeScript string with JSX",
        extension: "tsx",
        before: "const q = <A q={\"",
        after: "\"} />;",
        escape: |text| Some(with_backslashes(text, &['"'])),
        placeholder: |name| format!("\" + {name} + \""),
        may_refuse: false,
    },
    LiteralKind {
        name: "Python string",
        extension: "py",
        before: "get('",
        after: "')\n",
        escape: |text| Some(with_backslashes(text, &['\''])),
        placeholder: |name| format!("' + {name} + '"),
        may_refuse: false,
    },
    LiteralKind {
        name: "Python f-string",
        extension: "py",
        before: "get(f\"",
        after: "\")\n",
        escape: |text| Some(doubled(&with_backslashes(text, &['"']), &['{', '}'])),
        placeholder: |name| format!("{{{name}}}"),
        may_refuse: false,
    },
    LiteralKind {
        name: "Python triple-quoted f-string",
        extension: "py",
        before: "get(f'''",
        after: "''')\n",
        escape: |text| Some(doubled(&with_backslashes(text, &['\'']), &['{', '}']).replace("\\n", "\n")),
        placeholder: |name| format!("{{{name}}}"),
        may_refuse: false,
    },
    LiteralKind {
        name: "Python raw string",
        extension: "py",
        before: "get(r\"\"\"",
        after: "\"\"\")\n",
        escape: |text| without(text, &["\"", "\\"]),
        placeholder: |name| format!("\"\"\" + {name} + r\"\"\""),
        may_refuse: false,
    },
    LiteralKind {
        name: "PowerShell string",
        extension: "ps1",
        before: "Get ('",
        after: "')\n",
        escape: |text| Some(doubled(text, &['\''])),
        placeholder: |name| format!("' + ${name} + '"),
        may_refuse: false,
    },
    LiteralKind {
        name: "PowerShell expandable string",
        extension: "ps1",
        before: "$q = \"",
        after: "\"\n",
        escape: |text| {
            let escaped = text.replace('`', "``").replace('$', "`$").replace('"', "\"\"");
            Some(escaped.replace('\n', "`n"))
        },
        placeholder: |name| format!("$({name})"),
        may_refuse: false,
    },
    LiteralKind {
        name: "PowerShell here-string",
        extension: "ps1",
        before: "$q = @'\n",
        after: "\n'@\n",
        // The grammar does not read a here-string without text.
        escape: |text| without(text, &["'@"]).filter(|text| !text.is_empty()),
        placeholder: |name| format!("\n'@ + ${name} + @'\n"),
        may_refuse: true,
    },
    LiteralKind {
        name: "PowerShell expandable here-string",
        extension: "ps1",
        before: "$q = @\"\n",
        after: "\n\"@\n",
        escape: |text| without(text, &["\"@"]).map(|text| text.replace('`', "``").replace('$', "`$")),
        placeholder: |name| format!("${{{name}}}"),
        may_refuse: true,
    },
    LiteralKind {
        name: "Java string",
        extension: "java",
        before: "class A { void m() { get(\"",
        after: "\"); } }",
        escape: |text| Some(with_backslashes(text, &['"'])),
        placeholder: |name| format!("\" + {name} + \""),
        may_refuse: false,
    },
    LiteralKind {
        name: "Java text block",
        extension: "java",
        before: "class A { void m() { get(\"\"\"\n    ",
        after: "\"\"\"); } }",
        escape: |text| {
            // White space at the end of a line would be taken off.
            let text = with_backslashes(text, &['"']).replace(' ', "\\s");
            Some(text.replace("\\n", "\\n\\\n    "))
        },
        placeholder: |name| format!("\"\"\" + {name} + \"\"\"\n    "),
        may_refuse: true,
    },
    LiteralKind {
        name: "Rust string",
        extension: "rs",
        before: "fn f() { get(&format!(\"",
        after: "\")); }",
        escape: |text| Some(doubled(&with_backslashes(text, &['"']), &['{', '}'])),
        placeholder: |name| format!("{{{name}}}"),
        may_refuse: false,
    },
    LiteralKind {
        name: "Rust raw string",
        extension: "rs",
        before: "fn f() { get(r##\"",
        after: "\"##.to_owned()); }",
        escape: |text| without(text, &["\"##"]),
        placeholder: |name| format!("\"##.to_owned() + {name} + r##\""),
        may_refuse: true,
    },
    LiteralKind {
        name: "Razor block",
        extension: "cshtml",
        before: "<p>@@ é</p>\n@{ Get(\"",
        after: "\"); }\n<p>'</p>",
        escape: |text| Some(with_backslashes(text, &['"'])),
        placeholder: |name| format!("\" + {name} + \""),
        may_refuse: false,
    },
    LiteralKind {
        name: "Razor code",
        extension: "razor",
        before: "<p>@x</p>\n@code { string Q(int a) => $@\"",
        after: "\"; }",
        escape: |text| Some(doubled(text, &['"', '{', '}'])),
        placeholder: |name| format!("{{{name}}}"),
        may_refuse: false,
    },
    LiteralKind {
        name: "Razor expression",
        extension: "cshtml",
        before: "@foreach (var a in b) { <p class=\"c\">@(Get($\"",
        after: "\"))</p> }",
        escape: |text| Some(doubled(&with_backslashes(text, &['"']), &['{', '}'])),
        placeholder: |name| format!("{{{name}}}"),
        may_refuse: false,
    },
    LiteralKind {
        name: "Razor script",
        extension: "cshtml",
        before: "<script>get('",
        after: "');</script>",
        escape: |text| {
            let fits = without(text, &["</", "${", "{{", "{%"])?;
            Some(with_backslashes(&fits, &['\'']).replace('@', "@@"))
        },
        placeholder: |name| format!("@({name})"),
        may_refuse: true,
    },
    LiteralKind {
        name: "Visual Basic string",
        extension: "vb",
        before: "Class A\n Sub M()\n  Fetch(\"",
        after: "\")\n End Sub\nEnd Class\n",
        escape: |text| Some(doubled(text, &['"'])),
        placeholder: |name| format!("\" & {name} & \""),
        may_refuse: false,
    },
    LiteralKind {
        name: "Visual Basic interpolated string",
        extension: "vb",
        before: "Module A\n Function M() As String\n  Return $\"",
        after: "\"\n End Function\nEnd Module\n",
        escape: |text| Some(doubled(text, &['"', '{', '}'])),
        placeholder: |name| format!("{{{name}}}"),
        may_refuse: false,
    },
    LiteralKind {
        name: "Visual Basic lines",
        extension: "vb",
        before: "Class A\n Sub M()\n  Dim q As String = \"",
        after: "\"\n  Fetch(q)\n End Sub\nEnd Class\n",
        escape: |text| Some(doubled(text, &['"'])),
        placeholder: |name| format!("\" & _\n   {name} &\n   \""),
        may_refuse: false,
    },
];

#[test]
fn a_query_in_any_literal_is_read_and_edited_byte_for_byte() {
    for (kind, counts) in KINDS.iter().zip(round_trips(KINDS, cases(500) / 20, 7)) {
        assert!(counts.read > 0, "{}", kind.name);
    }
}

/// A file of each language with several kinds of literals.
const FILES: &[(&str, &str)] = &[
    (
        "cs",
        r#"using Microsoft.Xrm.Sdk; namespace N { [EntityLogicalName("account")] public class A : Entity {
  const string F = @"<fetch top=""5""><entity name='account'/></fetch>";
  [AttributeLogicalName("name")] public string Name { get; set; }
  void M(Guid id) {
    var q = new QueryExpression("account") { ColumnSet = new ColumnSet("name", "x") };
    q.Criteria.AddCondition("name", ConditionOperator.Equal, 1); var l = q.AddLink("contact", "a", "b");
    var u = $"accounts?$filter=name eq '{id:N}' and {{{x}}}" + (a ? "&$top=1" : ""); u += "&$count=true";
    var r = $$"""
      <fetch><entity name="account"><attribute name="{{id}}"/></entity></fetch>
      """; var s = new StringBuilder(); s.Append("<fetch>").AppendFormat("{0}", u);
    var e = new Entity("account") { ["name"] = 1 }; e["x"] = $@"a ""{id}"""; svc.Retrieve("account", id, new ColumnSet(true));
  } } }"#,
    ),
    (
        "cshtml",
        r#"@page
@{ var q = "accounts?$select=name"; <p class='a'>@q @@ @(a ? "b" : $"{x}")</p> @: text
 }
@if (a) { <a href="/_api/accounts(@Model.Id)?$select=name&amp;$top=1">x</a> } else { <br/> } @section S { <script>get(`/_api/accounts?$top=${n}`); if (a<b) {}</script> }
@functions { const string F = @"<fetch top=""5""><entity name='account'/></fetch>"; string M(int x) => $"accounts?$top={x}"; } @* x *@ <p>@await F("""a""")[0]?.B</p>"#,
    ),
    (
        "vb",
        "Imports X\n<EntityLogicalName(\"account\")> _\nPublic Class A\n Private Const F As String = \"$select=name\"\n Public Function M(ByVal id As Guid) As String ' x\n  Dim q As New QueryExpression(\"account\") With {.ColumnSet = New ColumnSet({\"name\", \"x\"})}\n  With q\n   .Criteria.AddCondition(\"name\", ConditionOperator.Equal, 1)\n  End With\n  Dim u = $\"accounts?{F}&$filter=name eq '{id:N}' {{\" & If(a, \"&$top=1\", \"\")\n  If u = \"\" Then u &= \"x\" Else Run(Sub()\n   f()\n  End Sub)\n  Dim f = <fetch top=<%= id %>><entity name=\"account\"><![CDATA[x]]></entity></fetch>\n  For Each e As Entity In s.RetrieveMultiple(q).Entities\n   e(\"name\") = CType(e(\"x\"), String) & vbCrLf & Chr(34)\n  Next\n End Function\nEnd Class\n",
    ),
    (
        "ts",
        r#"const S = "$select=name"; class A { async f(id: string) {
  let q = `accounts(${id})?${S}`; if (id) { q += '&$top=1'; } else { q += "x"; }
  const r = await Xrm.WebApi.retrieveMultipleRecords("account", "?$select=name" + `&$filter=a eq ${id}`);
  const d = { name: 1, "p@odata.bind": `/contacts(${id})` }; Xrm.WebApi.updateRecord("account", id, d);
  api.retrieveMultiple({ collection: "accounts", select: ["name"], filter: "a eq 1", expand: [{ property: "p", select: ["q"] }] });
  return ["<fetch>", "<entity name='account'/>", "</fetch>"].join(""); } }"#,
    ),
    (
        "jsx",
        r#"function A() { const x = { a: 'b' }; return <List query="accounts?$select=name&amp;$top=1" f={`accounts?$top=${n}`}>text</List>; }"#,
    ),
    (
        "py",
        "import x\nF = '$select=name'\ndef f(a):\n    q = f\"accounts?{F}&$filter=name eq '{a!r:>3}' {{}}\"\n    if a:\n        q += '&$top=1'\n    return \"\"\"<fetch>\n<entity name='account'/></fetch>\"\"\" + '{0}'.format(a) + 'x%s' % a\nclient.records.list('account', select=['name'], filter='a eq 1')\n",
    ),
    (
        "ps1",
        "$q = \"$base/accounts?`$select=name&`$filter=a eq '$($x.y)'\"\n$f = @\"\n<fetch count='$n'><entity name=\"account\"/></fetch>\n\"@\n$g = @'\n<fetch/>\n'@\nfunction F($p) { $u = 'accounts?$filter=a eq ''' + $p + ''''; $u += '&$top={0}' -f $p; ('a','b') -join '&' }\nGet-CrmRecords -EntityLogicalName account -Fields name,'x'\n",
    ),
    (
        "java",
        "class A { static final String F = \"$select=name\"; String m(String x) { StringBuilder b = new StringBuilder(); b.append(\"accounts?\").append(F).append(x);\n String t = \"\"\"\n   <fetch>\\\n     <entity name=\"account\"/></fetch>\n   \"\"\"; return String.format(\"accounts?$filter=a eq %s\", x) + t; } }",
    ),
    (
        "rs",
        "const F: &str = r#\"<fetch><entity name=\"account\"/></fetch>\"#; fn f(x: u8) -> String { let mut q = format!(\"accounts?$filter=a eq {x} {{}} {}\", 1); q.push_str(\"&$top=1\"); write!(q, \"&$skip={x}\"); odata!(\"accounts?$select=\\u{41}\"); concat!(\"a\", 1) }",
    ),
];

#[test]
fn mutated_files_are_read_without_a_panic() {
    for (n, (extension, text)) in FILES.iter().enumerate() {
        mutations(extension, text, cases(500) / 4, n as u64 + 1);
    }
}

#[test]
fn deep_and_long_files_are_read() {
    let deep = 20_000;
    let nested = |open: &str, close: &str, middle: &str, count: usize| {
        format!("{}{middle}{}", open.repeat(count), close.repeat(count))
    };
    for (extension, text) in [
        ("js", format!("get({});", nested("(", ")", "'accounts?$select=name'", deep))),
        ("js", format!("get('accounts?$select=name'{});", " + 'a'".repeat(deep))),
        ("js", format!("get({}x{}, 'accounts?$select=name');", "a ? (".repeat(deep), ") : 'b'".repeat(deep))),
        ("js", format!("get({});", nested("`${", "}`", "'accounts?$select=name'", 500))),
        (
            "js",
            format!(
                "let q = 'accounts?$select=name'; {} q += 'b';",
                "if (a) { q += 'a'; } else ".repeat(2_000)
            ),
        ),
        (
            "cs",
            format!(
                "class A {{ void M() {{ Get({}); }} }}",
                nested("$\"{", "}\"", "\"accounts?$select=name\"", 400)
            ),
        ),
        (
            "cs",
            format!(
                "class A {{ void M() {{ s{}; Get(\"accounts?$select=name\"); }} }}",
                ".Append(\"a\")".repeat(deep)
            ),
        ),
        (
            "cs",
            format!(
                "class A {{ void M() {} }}",
                nested("{ if (a) ", " }", "Get(\"accounts?$select=name\");", 5_000)
            ),
        ),
        ("py", format!("get({})\n", nested("[", "]", "'accounts?$select=name'", deep))),
        ("ps1", format!("$x = {}\n", nested("(", ")", "'accounts?$select=name'", 2_000))),
        ("java", format!("class A {{ String s = \"accounts?$select=name\"{}; }}", " + \"a\"".repeat(deep))),
        ("rs", format!("fn f() {{ {} }}", nested("{ ", " }", "get(\"accounts?$select=name\");", deep))),
    ] {
        let path = std::path::PathBuf::from(format!("a.{extension}"));
        let file = dvkit_ide::embedded::SourceFile::new(path, text.into_bytes()).unwrap().unwrap();
        assert!(file.found().len() <= 2_001, "{extension}: {}", file.found().len());
    }
}
