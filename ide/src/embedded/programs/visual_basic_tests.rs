//! Tests of the reader of Visual Basic: what is found, with its table, and how it is edited.

use super::tests::{found, reads_and_edits};

fn body(code: &str) -> String {
    format!(
        "Imports System\nPublic Class A\n  Public Sub M(ByVal id As Guid)\n{code}\n  End Sub\nEnd Class\n"
    )
}

#[test]
fn each_literal_of_visual_basic_is_read() {
    for (code, text) in [
        ("Fetch(\"accounts?$select=name\")", "accounts?$select=name"),
        ("Fetch(\"accounts?$filter=name eq \"\"\\\"\"\")", "accounts?$filter=name eq \"\\\""),
        ("Fetch($\"accounts({id})?$select=name\")", "accounts({id})?$select=name"),
        ("Fetch($\"accounts?$filter=name eq '{{{x}}}' \"\"\")", "accounts?$filter=name eq '{{x}}' \""),
        ("Dim q = \"accounts\" & \"?$select=\" & \"name\" & x", "accounts?$select=name{x}"),
        (
            "Dim q As String = \"accounts?\" & _\n   \"$select=name\" & ' a comment\n  \"&$top=1\"",
            "accounts?$select=name&$top=1",
        ),
        ("Dim q = \"accounts?$select=name\"\nq &= \"&$top=1\"\nFetch(q)", "accounts?$select=name&$top=1"),
        (
            "Dim q = \"accounts?$select=name\"\nIf a = \"q\" Then\n q &= \"&$top=1\"\nElse\n q &= \"!\"\nEnd If",
            "accounts?$select=name&$top=1",
        ),
        ("Fetch(String.Format(\"accounts?$filter=name eq '{0}'\", x.Y))", "accounts?$filter=name eq '{x_Y}'"),
        (
            "Dim s As New StringBuilder()\ns.Append(\"accounts?\").Append(\"$select=name\")\ns.AppendFormat(\"&$top={0}\", n)",
            "accounts?$select=name&$top={n}",
        ),
        ("Fetch(\"accounts?$select=name\" & If(a, \"&$top=1\", \"\"))", "accounts?$select=name&$top=1"),
        (
            "Dim f = <fetch top=<%= n %>><entity name=\"account\"><attribute name=\"name\"/></entity></fetch>.ToString()",
            "<fetch top=\"{n}\"><entity name=\"account\"><attribute name=\"name\"/></entity></fetch>",
        ),
        (
            "Dim f = <![CDATA[<fetch><entity name=\"account\"><attribute name=\"name\"/></entity></fetch>]]>.Value",
            "<fetch><entity name=\"account\"><attribute name=\"name\"/></entity></fetch>",
        ),
        ("Run(Sub()\n  Fetch(\"accounts?$select=name\")\nEnd Sub, 1)", "accounts?$select=name"),
        ("If a < b Then Fetch(\"accounts?$select=name\") Else Fetch(\"x\")", "accounts?$select=name"),
        (
            "Dim f = \"<fetch>\" & vbCrLf & \"<entity name=\" & Chr(34) & \"account\" & Chr(34) & \"><attribute name='name'/></entity></fetch>\"",
            "<fetch>\n<entity name=\"account\"><attribute name='name'/></entity></fetch>",
        ),
    ] {
        reads_and_edits("vb", &body(code), text);
    }
    reads_and_edits(
        "vb",
        "Module A\n  Private Const F As String = \"$select=name\"\n  Function M() As String\n    Return $\"accounts?{F}&$top=1\"\n  End Function\nEnd Module",
        "accounts?$select=name&$top=1",
    );
}

#[test]
fn the_columns_of_visual_basic_are_found_with_their_table() {
    let table = r#"<fetch><entity name="account"/></fetch>"#;
    let columns = |names: &[&str]| {
        let list: String = names.iter().map(|name| format!("<attribute name=\"{name}\"/>")).collect();
        format!("<fetch><entity name=\"account\">{list}</entity></fetch>")
    };
    let condition = |value: &str| {
        format!(
            "<fetch><entity name=\"account\"><filter><condition attribute=\"b\" operator=\"eq\" value=\"{value}\"/></filter></entity></fetch>"
        )
    };
    for (code, names) in [
        (
            "Dim q As New QueryExpression(\"account\")\nq.Criteria.AddCondition(\"b\", ConditionOperator.Equal, 927)",
            vec![condition("927")],
        ),
        ("svc.Retrieve(\"account\", id, New ColumnSet(\"a\", \"b\"))", vec![columns(&["a", "b"])]),
        ("svc.Retrieve(\"account\", id, New ColumnSet({\"a\", \"b\"}))", vec![columns(&["a", "b"])]),
        (
            "svc.Retrieve(\"account\", id, New ColumnSet(New String() {\"a\", \"b\"}))",
            vec![columns(&["a", "b"])],
        ),
        (
            "Dim q As New QueryExpression(\"account\") With {.ColumnSet = New ColumnSet(\"a\"), .NoLock = True}\nq.Criteria.AddCondition(\"b\", ConditionOperator.Equal, 1)\nq.AddOrder(\"c\", OrderType.Descending)",
            vec![columns(&["a"]), condition("1"), columns(&["c"])],
        ),
        (
            "Dim q As QueryExpression = New QueryExpression(\"account\")\nWith q\n  .ColumnSet = New ColumnSet(\"a\")\n  .Criteria.AddCondition(\"b\", ConditionOperator.Equal, 1)\nEnd With",
            vec![columns(&["a"]), condition("1")],
        ),
        (
            "Dim e As New Entity(\"account\")\ne(\"a\") = 1\ne.Attributes(\"b\") = \"x\"\nDim x = e.GetAttributeValue(Of String)(\"c\")\nIf e.Contains(\"d\") Then\nEnd If\ne.Attributes.Add(\"f\", 1)",
            vec![columns(&["a"]), columns(&["b"]), columns(&["c"]), columns(&["d"]), columns(&["f"])],
        ),
        (
            "Dim q = New QueryExpression(\"account\")\nFor Each e As Entity In svc.RetrieveMultiple(q).Entities\n  Print(e(\"a\"))\nNext",
            vec![columns(&["a"])],
        ),
        (
            "Dim e = CType(svc.Retrieve(\"account\", id, New ColumnSet(\"a\")), Entity)\nPrint(e(\"b\"))",
            vec![columns(&["a"]), columns(&["b"])],
        ),
    ] {
        let mut wanted = vec![table.to_owned()];
        wanted.extend(names);
        assert_eq!(found("vb", &body(code)), wanted, "{code}");
    }
    assert_eq!(
        found(
            "vb",
            "<EntityLogicalName(\"account\")>\nPublic Class A\n  Inherits Entity\n  <AttributeLogicalName(\"a\")>\n  Public Property X() As String\n    Get\n      Return Nothing\n    End Get\n    Set(value As String)\n    End Set\n  End Property\n  <AttributeLogicalNameAttribute(\"b\")> _\n  Public Property Y As Integer\nEnd Class"
        ),
        [table.to_owned(), columns(&["a", "b"])]
    );
}

#[test]
fn what_is_deep_or_broken_is_read() {
    for part in [
        "If a Then ",
        "f(",
        "{",
        "With x\n",
        "Sub()\n",
        "$\"{",
        "<a>",
        "= <a b=<%= ",
        "End ",
        "<A(",
        "New X(",
    ] {
        found("vb", &format!("accounts?$select\n{}", part.repeat(3_000)));
    }
}
