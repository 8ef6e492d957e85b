//! Tests of the reader of Visual Basic: what is found, with its table, and how it is edited.

use expect_test::expect;

use super::tests::{file, found, reads_and_edits};
use super::visual_basic::translated;
use super::visual_basic_tokens::{Token, TokenKind, tokens};

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

/// Each line of a program in Visual Basic with its C#, without empty lines.
fn translations(programs: &[&str]) -> String {
    let one = |program: &&str| {
        let code = translated(program);
        let lines = code.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        format!("{}\n  {}\n", program.replace('\n', " ¶ "), lines.join(" ¶ "))
    };
    programs.iter().map(one).collect()
}

#[test]
fn each_statement_of_visual_basic_has_its_csharp() {
    expect![[r#"
        Imports System ¶ x = 1
          x = 1;
        Option Strict On ¶ Inherits A ¶ Implements B ¶ x = 1
          x = 1;
        Declare Sub A() ¶ Delegate Sub B() ¶ Event C() ¶ RaiseEvent C() ¶ x = 1
          x = 1;
        Exit Sub ¶ Continue For ¶ GoTo A ¶ MustOverride Sub B() ¶ ReDim a(1) ¶ Erase b ¶ On Error Resume Next ¶ x = 1
          x = 1;
        Interface A ¶   Sub B() ¶ End Interface ¶ x = 1
          x = 1;
        Public Enum A ¶   One ¶   End ¶ End Enum ¶ x = 1
          x = 1;
        Namespace A.B ¶ End Namespace ¶ Public Class C ¶ End Class ¶ Module D ¶ End Module ¶ Structure E ¶ End Structure
          namespace N { // a ¶ } ¶ class C { // c ¶ } ¶ class C { // d ¶ } ¶ class C { // e ¶ }
        End ¶ x = 1
          x = 1;
        <A> ¶ Class B ¶ End Class
          [ A] ¶ class C { // b ¶ }
        <A("x", B:=1)> <C> _ ¶ Class D ¶ End Class
          [ A( @"x", B: 1)] ¶ [ C] ¶ class C { // d ¶ }
        <Assembly: A("x")> ¶ Class B
          [ A( @"x")] ¶ class C { // b
        <A("x"), ¶   B("y")> ¶  ¶ Class C
          [ A( @"x"), B( @"y")] ¶ class C { // c
        Sub A() ¶ End Sub ¶ Function B(x As String, ¶   y As Integer) As String ¶ End Function ¶ Operator +(a As A) As A ¶ End Operator
          void a() { ¶ } ¶ void b() { ¶ } ¶ void M() { ¶ }
        Sub New(q As String) ¶ Print(q("a")) ¶ End Sub
          void M() { ¶ Print( q[ @"a"]); ¶ }
        Property A As String ¶ Property B() As String ¶   Get ¶     Return "x" ¶   End Get ¶   Private Set(value As String) ¶     b = value ¶   End Set ¶ End Property
          public string a { get; set; } ¶ public string b { get; set; } void Block() { ¶ { ¶ return @"x"; ¶ } ¶ { ¶ b = value; ¶ } ¶ }
        Public Property A As String ¶  ¶   Private Set ¶   End Set ¶ End Property
          public string a { get; set; } void Block() { ¶ { ¶ } ¶ }
        Get("x") ¶ Set("x")
          Get( @"x"); ¶ {
        Public Const A As String = "x" ¶ Private ReadOnly B = "y" ¶ Dim C As New D("z") ¶ Static E(2) As F = Nothing
          const string A = @"x"; ¶ const string B = @"y"; ¶ var C = new D( @"z"); ¶ var E = null ;
        Dim a, b As String
          var a, b As String;
        Dim a As Dictionary(Of String, A.B()) = x
          var a = x;
        If a = 1 Then ¶   b = 2 ¶ ElseIf c <> 3 Then ¶   d = 4 ¶ Else ¶   e = 5 ¶ End If
          if ( a == 1) { ¶ b = 2; ¶ } else if ( c != 3) { ¶ d = 4; ¶ } else { ¶ e = 5; ¶ }
        If a Then b = 1
          if ( a) { ¶ b = 1; }
        If a = 1 Then b = 2 Else c = 3
          if ( a == 1) { ¶ b = 2; } else { c = 3; }
        If a Then If b = 1 Then c = 2
          if ( a) { ¶ if ( b == 1) { ¶ c = 2; } }
        If a Then b = 1 : c = 2
          if ( a) { ¶ b = 1; } ¶ c = 2;
        If a Then Return If(b, "c", "d")
          if ( a) { ¶ return ( b ? @"c" : @"d"); }
        For Each a As B In c ¶   d(a("x")) ¶ Next
          foreach (var a in c) { ¶ d( a[ @"x"]); ¶ }
        For Each a In b ¶ Next a
          foreach (var a in b) { ¶ }
        For i = 1 To 2 ¶ Next ¶ Do While a ¶ Loop ¶ Do ¶ Loop Until b = 1 ¶ SyncLock a ¶ End SyncLock
          while (true) { ¶ } ¶ while (true) { ¶ } ¶ while (true) { ¶ } ¶ while (true) { ¶ }
        While a = 1 ¶   b = 2 ¶ End While ¶ While a ¶ Wend
          while ( a == 1) { ¶ b = 2; ¶ } ¶ while ( a) { ¶ }
        Select Case a = 1 ¶   Case 1, 2 ¶     b = 1 ¶   Case Else ¶     c = 2 ¶ End Select ¶ Select a ¶ End Select
          switch ( a == 1) { ¶ case 0: ¶ b = 1; ¶ default: ¶ c = 2; ¶ } ¶ switch ( a) { ¶ }
        Try ¶   a() ¶ Catch ex As Exception ¶   b() ¶ Finally ¶   c() ¶ End Try
          try { ¶ a(); ¶ } catch (Exception) { ¶ b(); ¶ } finally { ¶ c(); ¶ }
        Using a As New B("x") ¶ End Using ¶ Using a = b("x") ¶ End Using ¶ Using a.B("x") ¶ End Using
          using (var a = new B( @"x")) { ¶ } ¶ using (var a = b( @"x")) { ¶ } ¶ using ( a.B( @"x")) { ¶ }
        With a.b ¶   .c = 1 ¶   d(.e) ¶   With .f ¶     .g = 2 ¶   End With ¶   .h = 3 ¶ End With ¶ .i = 4
          { ¶ a.b.c = 1; ¶ d( a.b.e); ¶ { var with2 = a.b.f; ¶ with2.g = 2; ¶ } ¶ a.b.h = 3; ¶ } ¶ .i = 4;
        With a ¶   If .b Then .c = 1 Else Return .d ¶   e = Not .f AndAlso .g?.Is ¶   i = New J With {.k = .l, ¶     .m = 1} ¶   With .h ¶   End With ¶ End With
          { ¶ if ( a.b) { ¶ a.c = 1; } else { return a.d; } ¶ e = ! a.f && a.g ?.Is; ¶ i = new J {k = a.l,m = 1}; ¶ { var with2 = a.h; ¶ } ¶ }
        With New A("x") ¶   .b = 1 ¶   With New C() ¶     .d = 2 ¶   End With ¶ End With
          { var with1 = new A( @"x"); ¶ with1.b = 1; ¶ { var with2 = new C(); ¶ with2.d = 2; ¶ } ¶ }
        Call a("x") ¶ a = 1 : b = 2 :: c = 3
          a( @"x"); ¶ a = 1; ¶ b = 2; ¶ c = 3;
        a(Sub() ¶   b = 1 ¶ End Sub, "x")
          a( () => { ¶ b = 1; ¶ }, @"x");
        a(Function(x) x("y"), Async Function(z) As Task ¶   b = 1 ¶ End Function)
          a( () => x[ @"y"], () => { ¶ b = 1; ¶ });
    "#]].assert_eq(&translations(&[
        "Imports System\nx = 1",
        "Option Strict On\nInherits A\nImplements B\nx = 1",
        "Declare Sub A()\nDelegate Sub B()\nEvent C()\nRaiseEvent C()\nx = 1",
        "Exit Sub\nContinue For\nGoTo A\nMustOverride Sub B()\nReDim a(1)\nErase b\nOn Error Resume Next\nx = 1",
        "Interface A\n  Sub B()\nEnd Interface\nx = 1",
        "Public Enum A\n  One\n  End\nEnd Enum\nx = 1",
        "Namespace A.B\nEnd Namespace\nPublic Class C\nEnd Class\nModule D\nEnd Module\nStructure E\nEnd Structure",
        "End\nx = 1",
        "<A>\nClass B\nEnd Class",
        "<A(\"x\", B:=1)> <C> _\nClass D\nEnd Class",
        "<Assembly: A(\"x\")>\nClass B",
        "<A(\"x\"),\n  B(\"y\")>\n\nClass C",
        "Sub A()\nEnd Sub\nFunction B(x As String,\n  y As Integer) As String\nEnd Function\nOperator +(a As A) As A\nEnd Operator",
        "Sub New(q As String)\nPrint(q(\"a\"))\nEnd Sub",
        "Property A As String\nProperty B() As String\n  Get\n    Return \"x\"\n  End Get\n  Private Set(value As String)\n    b = value\n  End Set\nEnd Property",
        "Public Property A As String\n\n  Private Set\n  End Set\nEnd Property",
        "Get(\"x\")\nSet(\"x\")",
        "Public Const A As String = \"x\"\nPrivate ReadOnly B = \"y\"\nDim C As New D(\"z\")\nStatic E(2) As F = Nothing",
        "Dim a, b As String",
        "Dim a As Dictionary(Of String, A.B()) = x",
        "If a = 1 Then\n  b = 2\nElseIf c <> 3 Then\n  d = 4\nElse\n  e = 5\nEnd If",
        "If a Then b = 1",
        "If a = 1 Then b = 2 Else c = 3",
        "If a Then If b = 1 Then c = 2",
        "If a Then b = 1 : c = 2",
        "If a Then Return If(b, \"c\", \"d\")",
        "For Each a As B In c\n  d(a(\"x\"))\nNext",
        "For Each a In b\nNext a",
        "For i = 1 To 2\nNext\nDo While a\nLoop\nDo\nLoop Until b = 1\nSyncLock a\nEnd SyncLock",
        "While a = 1\n  b = 2\nEnd While\nWhile a\nWend",
        "Select Case a = 1\n  Case 1, 2\n    b = 1\n  Case Else\n    c = 2\nEnd Select\nSelect a\nEnd Select",
        "Try\n  a()\nCatch ex As Exception\n  b()\nFinally\n  c()\nEnd Try",
        "Using a As New B(\"x\")\nEnd Using\nUsing a = b(\"x\")\nEnd Using\nUsing a.B(\"x\")\nEnd Using",
        "With a.b\n  .c = 1\n  d(.e)\n  With .f\n    .g = 2\n  End With\n  .h = 3\nEnd With\n.i = 4",
        "With a\n  If .b Then .c = 1 Else Return .d\n  e = Not .f AndAlso .g?.Is\n  i = New J With {.k = .l,\n    .m = 1}\n  With .h\n  End With\nEnd With",
        "With New A(\"x\")\n  .b = 1\n  With New C()\n    .d = 2\n  End With\nEnd With",
        "Call a(\"x\")\na = 1 : b = 2 :: c = 3",
        "a(Sub()\n  b = 1\nEnd Sub, \"x\")",
        "a(Function(x) x(\"y\"), Async Function(z) As Task\n  b = 1\nEnd Function)",
    ]));
}

#[test]
fn each_expression_of_visual_basic_has_its_csharp() {
    expect![[r#"
        a = b = c
          a = b == c;
        a = Nothing And Me AndAlso MyBase Or True OrElse False Xor Not b
          a = null & this && base | true || false ^ ! b;
        a = b Is c ¶ a = b IsNot c ¶ a = b Like c ¶ a = b Mod c ¶ a = b ^ c \ d
          a = b == c; ¶ a = b != c; ¶ a = b == c; ¶ a = b % c; ¶ a = b * c * d;
        Return a ¶ Throw b ¶ Await c ¶ AddHandler d, AddressOf e
          return a; ¶ throw b; ¶ await c; ¶ AddHandler d, e;
        a = vbCrLf & vbLf & vbNewLine & vbTab & Environment.NewLine & Chr(34) & ChrW(34) & Chr(35) & Chr(x)
          a = "\n" + "\n" + "\n" + "\t" + "\n" + "\"" + "\"" + Chr( 35) + Chr( x);
        a &= "b""c" + $"d{e}" <> "f"c
          a += @"b""c" + @$"d{e}" != @"f";
        a = 1 + 1.5 + 10L + #1/1/2025# + &HFF
          a = 1 + 1.5 + value + value + + HFF;
        a = b.And.c.Nothing?.Is
          a = b.And.c.Nothing ?.Is;
        a = CType(b, C) + DirectCast(d(1, 2), E.F) + TryCast(g, H)
          a = ( b as C) + ( d( 1, 2) as E.F) + ( g as H);
        a = If(b, c, d) + If(e, f) + If(g(1, 2), {h, i}, j)
          a = ( b ? c : d) + ( e ?? f) + ( g( 1, 2) ? new[] { h, i} : j);
        a = b(Of C)(d) + b(Of C)("x")
          a = b( d) + b( @"x");
        Dim a ¶ a("x") = a(y) + a(1) + a.b("x") + c("x") + c.Attributes("x") + Entities(0)("x") + c.Item($"y")
          var a; ¶ a[ @"x"] = a( y) + a[ 1] + a.b( @"x") + c( @"x") + c.Attributes[ @"x"] + Entities[ 0]( @"x") + c.Item[ @$"y"];
        a = {1, 2} + New B() {3, {4, 5}} + New C.D() {} + New B(1) {2} + New List(Of A) From {{6, 7}, {8}}
          a = new[] { 1, 2} + new[] { 3, { 4, 5}} + new[] {} + new B( 1) { 2} + new List { { 6, 7}, { 8}};
        a = New B With {.c = 1, .d = e = 2, .f = (g = 3)}
          a = new B {c = 1,d = e == 2,f = ( g == 3)};
        a = New With {.b = c}
          a = new {b = c};
        a(b:=1, c:="x")
          a( b: 1, c: @"x");
        a(ByVal b, ByRef c)
          a( b, c);
        a = [Next] + [b] + c[d
          a = Next + b + c [ d;
        a = ¶   b + ¶   c( ¶   d ¶   ) And ¶   e ¶ f = g
          a = b + c( d) & e; ¶ f = g;
        a = b ¶ .c = d
          a = b; ¶ .c = d;
        a = b.And ¶ c = d
          a = b.And; ¶ c = d;
        a = b. ¶   c
          a = b. c;
        a = <b c="d"/> ¶ e = f
          a = null; ¶ e = f;
        a = b _ ¶   & c ' d ¶ e = f ' g ¶ ' h ¶ REM i ¶ #If j Then ¶ k = l
          a = b + c; ¶ e = f; ¶ k = l;
        a = remark ¶ rem = 1
          a = remark; ¶ ;
    "#]].assert_eq(&translations(&[
        "a = b = c",
        "a = Nothing And Me AndAlso MyBase Or True OrElse False Xor Not b",
        "a = b Is c\na = b IsNot c\na = b Like c\na = b Mod c\na = b ^ c \\ d",
        "Return a\nThrow b\nAwait c\nAddHandler d, AddressOf e",
        "a = vbCrLf & vbLf & vbNewLine & vbTab & Environment.NewLine & Chr(34) & ChrW(34) & Chr(35) & Chr(x)",
        "a &= \"b\"\"c\" + $\"d{e}\" <> \"f\"c",
        "a = 1 + 1.5 + 10L + #1/1/2025# + &HFF",
        "a = b.And.c.Nothing?.Is",
        "a = CType(b, C) + DirectCast(d(1, 2), E.F) + TryCast(g, H)",
        "a = If(b, c, d) + If(e, f) + If(g(1, 2), {h, i}, j)",
        "a = b(Of C)(d) + b(Of C)(\"x\")",
        "Dim a\na(\"x\") = a(y) + a(1) + a.b(\"x\") + c(\"x\") + c.Attributes(\"x\") + Entities(0)(\"x\") + c.Item($\"y\")",
        "a = {1, 2} + New B() {3, {4, 5}} + New C.D() {} + New B(1) {2} + New List(Of A) From {{6, 7}, {8}}",
        "a = New B With {.c = 1, .d = e = 2, .f = (g = 3)}",
        "a = New With {.b = c}",
        "a(b:=1, c:=\"x\")",
        "a(ByVal b, ByRef c)",
        "a = [Next] + [b] + c[d",
        "a =\n  b +\n  c(\n  d\n  ) And\n  e\nf = g",
        "a = b\n.c = d",
        "a = b.And\nc = d",
        "a = b.\n  c",
        "a = <b c=\"d\"/>\ne = f",
        "a = b _\n  & c ' d\ne = f ' g\n' h\nREM i\n#If j Then\nk = l",
        "a = remark\nrem = 1",
    ]));
}

#[test]
fn quotes_of_other_kinds_are_not_written() {
    for (text, can) in [("a'b", true), ("\u{201c}", false), ("a\u{201d}", false), ("\u{ff02}", false)] {
        let file = file("vb", &body("Fetch(\"accounts?$select=name\")"));
        let edits = file.found()[0].text.edits(16..20, text);
        assert_eq!(edits.is_some(), can, "{text}");
    }
    let literal = body("Dim f = <fetch><entity name=\"account\"><attribute name=\"name\"/></entity></fetch>");
    for (text, can) in [("a%>", true), ("a<%b", false), ("a<", false)] {
        let file = file("vb", &literal);
        let at = file.found()[0].text.text().find("\"name\"").unwrap() + 1;
        assert_eq!(file.found()[0].text.edits(at..at + 4, text).is_some(), can, "{text}");
    }
}

#[test]
fn each_token_of_visual_basic_ends_where_it_does() {
    let shown = |source: &str| -> String {
        let kind = |kind: TokenKind| match kind {
            TokenKind::Word => "w",
            TokenKind::Number => "n",
            TokenKind::Text => "t",
            TokenKind::Interpolated => "i",
            TokenKind::Xml => "x",
            TokenKind::Sign => "",
            TokenKind::Line => "¶",
        };
        let one = |token: Token| format!("{}{}", kind(token.kind), source[token.range].trim());
        tokens(source).into_iter().map(one).collect::<Vec<_>>().join(" ")
    };
    for (source, expected) in [
        ("a\r\n\tb", "wa ¶ wb"),
        ("a ' b\nc", "wa ¶ wc"),
        ("' b", ""),
        ("#If a\nb", "¶ wb"),
        ("a = #1/2/2025# b", "wa = n#1/2/2025# wb"),
        ("a = # b\n#", "wa = n# wb ¶"),
        ("\"a\"\"b\"\"\" c", "t\"a\"\"b\"\"\" wc"),
        ("\"a\"c \"b\"C \"d\"ce \"f\"cc", "t\"a\" t\"b\" t\"d\" wce t\"f\" wcc"),
        ("\"a", "t\"a"),
        ("\"a\"\"", "t\"a\"\""),
        ("$\"a\" b", "i$\"a\" wb"),
        ("$\"a\"\"b\" c", "i$\"a\"\"b\" wc"),
        ("$\"{{\" b", "i$\"{{\" wb"),
        ("$\"}}\" b", "i$\"}}\" wb"),
        ("$\"{a(\"}\")}\" b", "i$\"{a(\"}\")}\" wb"),
        ("$\"{a($\"{b}\"\"\")}\" c", "i$\"{a($\"{b}\"\"\")}\" wc"),
        ("$\"{a{b}}\" c", "i$\"{a{b}}\" wc"),
        ("$\"{a", "i$\"{a"),
        ("$ a", "$ wa"),
        ("a _\nb", "wa wb"),
        ("a_ _b __", "wa_ w_b w__"),
        ("a _", "wa"),
        ("[a] [b c] [ d []", "wa [ wb wc ] [ wd [ ]"),
        ("REM a\nb rem c\nremark", "¶ wb wrem wc ¶ wremark"),
        ("1 12a é3", "n1 n12a wé3"),
        ("&= += -= <> <= >= := ?. -> &+", "&= += -= <> <= >= := ?. - > & +"),
        ("a = <b/>.c", "wa = x<b/> . wc"),
        ("a = <b></b> c", "wa = x<b></b> wc"),
        ("a = <b><c></c><d/></b> e", "wa = x<b><c></c><d/></b> we"),
        ("a = <b c=\">\" d='/>'></b> e", "wa = x<b c=\">\" d='/>'></b> we"),
        ("a = <b c=<%= d > e %>>f<%= \"</b>\" %></b> g", "wa = x<b c=<%= d > e %>>f<%= \"</b>\" %></b> wg"),
        ("a = <b><!-- </b> --></b> c", "wa = x<b><!-- </b> --></b> wc"),
        ("a = <!-- b --> c", "wa = x<!-- b --> wc"),
        ("a = <![CDATA[<b>]]> c", "wa = x<![CDATA[<b>]]> wc"),
        ("a = <b><![CDATA[</b>]]></b> c", "wa = x<b><![CDATA[</b>]]></b> wc"),
        ("a = <?xml version=\"1.0\"?><b/> c", "wa = x<?xml version=\"1.0\"?><b/> wc"),
        ("a = <b>\nc", "wa = x<b>\nc"),
        ("a = <b c=<%= d", "wa = x<b c=<%= d"),
        ("a < b", "wa < wb"),
        ("a <b", "wa < wb"),
        ("a = < b", "wa = < wb"),
        ("a = <1", "wa = < n1"),
        ("<b/>", "< wb / >"),
        ("f(<b/>, <c/>)", "wf ( x<b/> , x<c/> )"),
        ("f(<b> ByVal c)", "wf ( < wb > wByVal wc )"),
        ("f(a, <B()> Optional c)", "wf ( wa , < wB ( ) > wOptional wc )"),
        ("f(<b_1>ByRef c)", "wf ( < wb_1 > wByRef wc )"),
        ("f(<b>\nParamArray c)", "wf ( < wb > ¶ wParamArray wc )"),
        ("f(<b>ByValue</b>)", "wf ( x<b>ByValue</b> )"),
        ("f(<b c> ByVal </b>)", "wf ( x<b c> ByVal </b> )"),
        ("{<b/>} & <c/> + <d/> := <e/>", "{ x<b/> } & x<c/> + x<d/> := x<e/>"),
        ("a &= <b/>\na += <c/>", "wa &= x<b/> ¶ wa += x<c/>"),
        ("Return <b/> In <b/> From <b/> To <b/>", "wReturn x<b/> wIn x<b/> wFrom x<b/> wTo x<b/>"),
        ("AndAlso <b/> OrElse <b/> Is <b/>", "wAndAlso x<b/> wOrElse x<b/> wIs x<b/>"),
        ("IsNot <b/> Not <b/> Yield <b/>", "wIsNot x<b/> wNot x<b/> wYield x<b/>"),
        ("Return\n<b>", "wReturn ¶ < wb >"),
        ("a =\n<b/>", "wa = ¶ x<b/>"),
        (") <b/>", ") < wb / >"),
    ] {
        assert_eq!(shown(source), expected.trim_end(), "{source}");
    }
}
