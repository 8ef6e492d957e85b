Imports System
Imports System.Text
Imports Microsoft.Xrm.Sdk
Imports Microsoft.Xrm.Sdk.Query

#Region "Accounts"
Namespace Contoso.Plugins

    ''' <summary>Reads accounts; no "accounts?$select=telephone1" here.</summary>
    Public Class Accounts
        Implements IPlugin

        Private Const Columns As String = "$select=name,accountnumber"
        Private ReadOnly _service As IOrganizationService

        Public Sub New(ByVal service As IOrganizationService)
            _service = service
        End Sub

        Public Function Active(ByVal top As Integer, Optional ByVal name As String = "") As String
            Dim url As String = "accounts?" & Columns & "&$filter=statecode eq 0"
            If name <> "" Then
                url &= $" and name eq '{name.Replace("'", "''")}'"
            End If
            url += "&$top=" & top.ToString()
            Return url
        End Function

        Public Function Contacts(account As Guid) As EntityCollection
            Dim fetch As XElement = <fetch top="50">
                                        <entity name="contact">
                                            <attribute name="fullname"/>
                                            <filter>
                                                <condition attribute="parentcustomerid" operator="eq" value=<%= account %>/>
                                            </filter>
                                        </entity>
                                    </fetch>
            Return _service.RetrieveMultiple(New FetchExpression(fetch.ToString()))
        End Function

        Public Function Owned(owner As Guid) As String
            Dim fetch = "<fetch version=""1.0"" mapping=""logical"">" & _
                "<entity name=""account"">" & _
                "<attribute name=""name"" />" & _
                "<filter><condition attribute=""ownerid"" operator=""eq"" value=""" & owner.ToString() & """ /></filter>" & _
                "</entity></fetch>"
            Dim old = String.Format("<fetch count='{0}'><entity name='account'><attribute name='name'/></entity></fetch>", 5)
            Dim cdata = <query><![CDATA[
                <fetch><entity name="incident"><attribute name="title"/></entity></fetch>
            ]]></query>.Value
            Dim lines =
                "<fetch>" & vbCrLf &
                "<entity name='task'>" & Environment.NewLine &
                "<attribute name='subject'/></entity></fetch>"
            Dim builder As New StringBuilder("<fetch>")
            builder.Append("<entity name='team'>").Append("<attribute name='name'/>")
            builder.AppendLine("</entity></fetch>")
            Return fetch & old
        End Function

        Public Sub Update(id As Guid)
            Dim row = _service.Retrieve("account", id, New ColumnSet("name", "revenue"))
            Dim query As New QueryExpression("contact") With {
                .ColumnSet = New ColumnSet({"fullname", "emailaddress1"}),
                .NoLock = True
            }
            query.Criteria.AddCondition("parentcustomerid", ConditionOperator.Equal, id)
            For Each contact As Entity In _service.RetrieveMultiple(query).Entities
                Dim mail = contact.GetAttributeValue(Of String)("emailaddress1")
                If contact.Contains("telephone1") AndAlso mail IsNot Nothing Then Log(contact("telephone1"))
            Next
            row("name") = "x"
            Run(Sub()
                    Log("teams?$select=name")
                End Sub)
            ' "contacts?$select=address1_city"
            Log("https://graph.microsoft.com/v1.0/users?$select=id") : Log("The $filter was empty")
        End Sub

    End Class
End Namespace
#End Region
