//! Tests of the readers of programs: what is found in a source, where, and how it is edited.

use super::*;
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
    let queries: Vec<_> = file.found().iter().filter(|f| f.kind == crate::embedded::FoundKind::Query).collect();
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
        (r#"Get($"accounts?$filter=name eq '{{{x:N}}}'");"#, "accounts?$filter=name eq '{{x}}'"),
        (r#"Get($@"accounts?$filter=name eq ""{a.B}""");"#, "accounts?$filter=name eq \"{a_B}\""),
        (r#"Get(@$"accounts?$filter=name eq ""{a.B}""");"#, "accounts?$filter=name eq \"{a_B}\""),
        ("Get(\"\"\"accounts?$filter=name eq \"x\\y\" \"\"\");", "accounts?$filter=name eq \"x\\y\""),
        ("Get(\"\"\"\n    accounts?$filter=\n      name eq 1\n    \"\"\");", "accounts?$filter=\n  name eq 1"),
        ("Get($$\"\"\"accounts?$filter=name eq {{x}} or {y}\"\"\");", "accounts?$filter=name eq {x} or {y}"),
        (r#"Get("accounts" + "?$select=" + "name" + x);"#, "accounts?$select=name{x}"),
        (r#"Get("accounts" + ("?$filter=name eq '" + (string)x) + '\'');"#, "accounts?$filter=name eq '{string_x}'"),
        (r#"Get(string.Format("accounts?$filter=name eq '{0}' and a eq {1:N}{{", x.Y, 1));"#,
            "accounts?$filter=name eq '{x_Y}' and a eq {1}{"),
        (r#"Get(string.Join("&", "accounts?$select=name", "$top=1"));"#, "accounts?$select=name&$top=1"),
        (r#"Get(string.Concat("accounts?", "$select=name", x));"#, "accounts?$select=name{x}"),
        (r#"var q = "accounts?$select=name"; q += "&$top=1"; Get(q);"#, "accounts?$select=name&$top=1"),
        (r#"var q = "accounts?$select=name"; if (a) { q += "&$top=1"; } else { q += "!"; }"#,
            "accounts?$select=name&$top=1"),
        (r#"var q = "accounts?$select=name"; q = q + "&$top=" + x;"#, "accounts?$select=name&$top={x}"),
        (r#"var s = new StringBuilder(); s.Append("accounts?").Append("$select=name"); s.AppendFormat("&$top={0}", n);"#,
            "accounts?$select=name&$top={n}"),
        (r#"var f = "$filter=name eq 1"; Get("accounts?" + f); Get(x);"#, "accounts?$filter=name eq 1"),
        (r#"const string F = "$filter=name eq 1"; Get($"accounts?{F}&$top=1");"#, "accounts?$filter=name eq 1&$top=1"),
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
    for (code, names) in [
        (r#"s.Retrieve("account", id, new ColumnSet("a", "b"));"#, vec![columns(&["a", "b"])]),
        (r#"s.Retrieve("account", id, new ColumnSet(new[] { "a", "b" }));"#, vec![columns(&["a", "b"])]),
        (r#"var q = new QueryExpression("account") { ColumnSet = new ColumnSet("a"), Criteria = { Conditions = { new ConditionExpression("b", ConditionOperator.Equal, 1) } } };"#,
            vec![columns(&["a"]), columns(&["b"])]),
        (r#"QueryExpression q = new("account"); q.ColumnSet = new ColumnSet("a"); q.ColumnSet.AddColumns("b", "c"); q.Criteria.AddCondition("d", ConditionOperator.Null); q.AddOrder("e", OrderType.Descending);"#,
            vec![columns(&["a"]), columns(&["b", "c"]), columns(&["d"]), columns(&["e"])]),
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
        found("cs", r#"[EntityLogicalName("account")] class A : Entity { [AttributeLogicalName("a")] public string X { get; set; } [AttributeLogicalNameAttribute("b")] public int Y { get; set; } }"#),
        [table.to_owned(), columns(&["a", "b"])]
    );
}

#[test]
fn a_part_of_a_query_is_found_and_skipped() {
    let source = format!("class A {{ string M() => \"{}\"; string N() => \"<attribute name='a'/>\"; }}", FETCH);
    assert_eq!(found("cs", &source), [FETCH, "!<attribute name='a'/>"]);
}

#[test]
fn what_is_outside_of_errors_is_found() {
    let source = "class A { void M() { Get(\"accounts?$select=name\"); if ( } ; x = = 3 void N() { Get($\"contacts?$top={n}\"); }";
    assert_eq!(found("cs", source), ["accounts?$select=name", "contacts?$top={n}"]);
}
