using System;
using System.Net.Http;
using System.Threading.Tasks;
using Microsoft.Xrm.Sdk;
using Microsoft.Xrm.Sdk.Query;

namespace Contoso.Integration
{
    public class Accounts
    {
        private const string Version = "v9.2";
        private const string AllActive = "accounts?$select=name,accountnumber&$filter=statecode eq 0";
        private static readonly string Newest = "contacts?$select=fullname&$orderby=createdon desc&$top=10";
        private readonly HttpClient client;
        private readonly IOrganizationService service;

        public const string ByCity = @"<fetch top='50' no-lock='true'>
  <entity name='account'>
    <attribute name='name' />
    <filter>
      <condition attribute='address1_city' operator='eq' value=""Oslo"" />
    </filter>
  </entity>
</fetch>";

        public async Task<string> One(Guid id) =>
            await client.GetStringAsync($"accounts({id})?$select=name,revenue");

        public async Task<string> OfOwner(Guid owner, string prefix)
        {
            var url = $"/api/data/{Version}/accounts?$select=name&$filter=_ownerid_value eq {owner} and startswith(name,'{prefix}')";
            return await client.GetStringAsync(url);
        }

        public string Concatenated(string city)
        {
            return "accounts?$select=name,address1_city"
                + "&$filter=address1_city eq '" + city + "'"
                + "&$orderby=name";
        }

        public string Formatted(int count)
        {
            return string.Format("contacts?$select=fullname&$top={0}&$filter=contains(fullname,'{1}')", count, "a");
        }

        public string VerbatimInterpolated(string status)
        {
            return $@"<fetch>
  <entity name='contact'>
    <attribute name='fullname' />
    <filter><condition attribute='statuscode' operator='eq' value='{status}' /></filter>
  </entity>
</fetch>";
        }

        public string Raw() => """
            <fetch aggregate="true">
              <entity name="account">
                <attribute name="accountid" aggregate="count" alias="number" />
              </entity>
            </fetch>
            """;

        public string RawInterpolated(int n) => $$"""accounts?$select=name&$top={{n}}&$filter=name eq '{x}'""";

        public string Escaped() => "<fetch><entity name=\"account\"><attribute name=\"name\" /></entity></fetch>";

        public EntityCollection Many()
        {
            var fetch = new FetchExpression("<fetch><entity name='contact'><all-attributes /></entity></fetch>");
            return service.RetrieveMultiple(fetch);
        }

        public string Built(Guid parent)
        {
            var fetch = "<fetch mapping='logical'>";
            fetch += "<entity name='contact'><attribute name='fullname'/>";
            fetch += "<filter><condition attribute='parentcustomerid' operator='eq' value='" + parent + "'/></filter>";
            fetch += "</entity></fetch>";
            return fetch;
        }

        public string Expanded() => "accounts?$expand=primarycontactid($select=fullname;$expand=ownerid)&$select=name";
        public string Counted() => "accounts/$count?$filter=revenue gt 100000";
        public string Keyed(string number) => $"accounts(accountnumber='{number}')?$select=name";
        public string Applied() => "accounts?$apply=groupby((statuscode),aggregate($count as number))";
        public string Encoded() => "accounts?%24select=name&%24top=3";
        public string Saved(Guid view) => $"accounts?savedQuery={view}";
        public string Fetched(string fetch) => $"accounts?fetchXml={Uri.EscapeDataString(fetch)}";
        public string Absolute() => "https://contoso.crm4.dynamics.com/api/data/v9.2/contacts?$select=fullname&$top=1";
        public string Related(Guid id) => $"accounts({id})/contact_customer_accounts?$select=fullname";
        public string Open(string set, string columns) => $"{set}?$select={columns}&$top=5";
        public string Continued() => "accounts?$select=name" +
            "&$filter=" + "statecode eq 0" +
            "&$top=" + 5;

        // what follows are no queries
        public string Graph() => "https://graph.microsoft.com/v1.0/users?$select=displayName&$filter=accountEnabled eq true";
        public string Help() => "use $select= to name the columns, and <fetch> for the other language";
        public string Price() => "the price is $count dollars";
        public string Base() => "https://contoso.crm4.dynamics.com/api/data/v9.2/";
    }
}
