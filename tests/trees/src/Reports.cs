using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Threading.Tasks;
using Microsoft.Crm.Sdk.Messages;
using Microsoft.Xrm.Sdk;
using Microsoft.Xrm.Sdk.Query;

namespace Contoso.Reports
{
    /// <summary>Totals. The query <c>accounts?$select=name</c> is only mentioned here.</summary>
    public class Reports : PluginBase
    {
        private const string Set = "accounts";
        private const string Columns = "name,revenue";
        private const string Open = "statecode eq 0";
        private static readonly string[] Sets = { "accounts", "contacts" };
        private readonly ITracingService tracing;

        public string WithConstants() => Set + "?$select=" + Columns + "&$filter=" + Open;

        public string WithInterpolatedConstants(int top) => $"{Set}?$select={Columns}&$top={top}";

        public string Aggregated(bool distinct)
        {
            var xml = new StringBuilder("<fetch mapping='logical' aggregate='true'>");
            xml.Append("<entity name='contact'>");
            xml.Append("<attribute name='contactid' aggregate='count' alias='total' />");
            xml.AppendLine("<filter type='and'>");
            xml.AppendFormat("<condition attribute='ownerid' operator='eq' value='{0}' />", owner);
            xml.Append("</filter></entity></fetch>");
            return xml.ToString();
        }

        public string Pages(string cookie, int page)
        {
            var fetch = string.Format(@"<fetch version=""1.0"" count=""250"" page=""{0}"" paging-cookie=""{1}"">
                <entity name=""account""><attribute name=""name""/><order attribute=""name""/></entity></fetch>", page, cookie);
            return fetch;
        }

        public string Joined() => string.Join("&", "contacts?$select=fullname", "$filter=statecode eq 0", "$top=10");

        public string Concatenated(Guid id) => string.Concat("contacts(", id, ")?$select=fullname");

        public string Chosen(bool isOpen) =>
            isOpen ? "incidents?$select=title&$filter=statecode eq 0" : "incidents?$select=title&$filter=statecode eq 1";

        public string Switched(int kind) => kind switch
        {
            1 => "accounts?$select=name&$top=1",
            2 => "contacts?$select=fullname&$top=2",
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

        public IEnumerable<string> Lines()
        {
            yield return "teams?$select=name";
            yield return "systemusers?$select=fullname&$filter=isdisabled eq false";
        }

        private static readonly Dictionary<string, string> Views = new()
        {
            ["open"] = "incidents?$select=title,ticketnumber&$filter=statecode eq 0",
            ["closed"] = "incidents?$select=title&$filter=statecode ne 0",
            { "mine", "incidents?$select=title&$filter=Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')" },
        };

        public Task<HttpResponseMessage> Sent(HttpClient client, Guid id)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, $"api/data/v9.2/accounts({id:D})/primarycontactid?$select=fullname");
            request.Headers.Add("Prefer", "odata.include-annotations=\"*\"");
            return client.SendAsync(request);
        }

        public async Task Related(HttpClient client, Guid id)
        {
            await client.GetAsync(new Uri("https://contoso.crm.dynamics.com/api/data/v9.2/accounts(" + id + ")/contact_customer_accounts?$select=fullname&$orderby=fullname"));
            await client.GetAsync(baseUrl + "contacts?$select=" + string.Join(",", names) + "&$count=true");
            await client.GetAsync($"{baseUrl}/api/data/v9.2/accounts?$filter=name eq '{name.Replace("'", "''")}'&$select=accountid");
            await client.GetAsync(@"accounts?$select=name&$filter=name eq 'back\slash'");
            await client.GetAsync("accounts?$select=name&$filter=contains(name,'\u00e9t\u00e9')");
        }

        public EntityCollection Users(IOrganizationService service, Guid team)
        {
            string fetchXml = $@"
                <fetch>
                  <!-- members of a team -->
                  <entity name='systemuser'>
                    <attribute name='fullname' />
                    <link-entity name='teammembership' from='systemuserid' to='systemuserid' intersect='true'>
                      <filter>
                        <condition attribute='teamid' operator='eq' value='{team}' />
                      </filter>
                    </link-entity>
                  </entity>
                </fetch>";
            return service.RetrieveMultiple(new FetchExpression(fetchXml));
        }

        public FetchExpression In(IEnumerable<Guid> ids) => new FetchExpression(
            "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='accountid' operator='in'>"
            + string.Concat(ids.Select(id => $"<value>{id}</value>"))
            + "</condition></filter></entity></fetch>");

        public string Commented() =>
            "accounts?$select=name" /* the name */
            // and the number
            + ",accountnumber"
            + "&$top=2";

        public FetchXmlToQueryExpressionRequest Converted() => new FetchXmlToQueryExpressionRequest
        {
            FetchXml = "<fetch><entity name=\"team\"><attribute name=\"name\"/></entity></fetch>",
        };

        [TestMethod]
        [DataRow("accounts?$select=name&$top=7", 200)]
        [DataRow("contacts?$select=fullname&$top=8", 200)]
        public async Task IsAnswered(string url, int status) =>
            Assert.AreEqual(status, (int)(await client.GetAsync(url)).StatusCode);

        public void Traced(Exception e)
        {
            tracing.Trace("The $filter of accounts is wrong");
            tracing.Trace($"<fetch failed: {e.Message}>");
            var sql = "SELECT name FROM accounts WHERE statecode = 0 ORDER BY name";
            var where = "select=name&filter=open";
            var route = "api/accounts/{id}/contacts";
            var template = "accounts/{accountId}?include=contacts";
            var search = "https://example.com/search?q=accounts&top=5";
            var graph = $"https://graph.microsoft.com/v1.0/groups/{id}/members?$select=id,displayName&$top=999";
            var sharePoint = $"{site}/_api/web/lists/getbytitle('Accounts')/items?$select=Title&$filter=Id eq 1";
            var devOps = "https://dev.azure.com/contoso/_apis/projects?$top=100&api-version=7.0";
            var resources = "https://management.azure.com/subscriptions?$filter=name eq 'x'&api-version=2022-12-01";
            var xpath = "//entity[@name='account']/attribute";
            var config = "<fetcher interval=\"5\"><source name=\"account\"/></fetcher>";
            var html = "<form><input name='entity'/></form>";
            var format = "{0}?{1}={2}";
            var regex = @"^\$(select|filter|top)=.*$";
        }
    }
}
