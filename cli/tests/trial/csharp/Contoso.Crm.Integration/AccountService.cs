using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.PowerPlatform.Dataverse.Client;
using Microsoft.Xrm.Sdk;
using Microsoft.Xrm.Sdk.Query;

namespace Contoso.Crm.Integration;

/// <summary>Reads customers for the nightly export to the billing system.</summary>
public sealed class AccountService(HttpClient http, ServiceClient client)
{
    private const string Api = "api/data/v9.2/";

    // 4: the column is `emailaddress1`
    private const string ContactsOfCity = @"<fetch top=""{0}"">
  <entity name=""contact"">
    <attribute name=""fullname"" />
    <attribute name=""emailadress1"" />
    <link-entity name=""account"" from=""accountid"" to=""parentcustomerid"" alias=""company"">
      <attribute name=""name"" />
      <filter>
        <condition attribute=""address1_city"" operator=""eq"" value=""{1}"" />
      </filter>
    </link-entity>
  </entity>
</fetch>";

    public EntityCollection InCity(string city, int top) =>
        client.RetrieveMultiple(new FetchExpression(string.Format(ContactsOfCity, top, System.Security.SecurityElement.Escape(city))));

    public EntityCollection StaleOpportunities(int days)
    {
        // 5: `parentaccountid` leads to the key of the account, `accountid`
        var fetch = $"""
            <fetch count="500" page="1">
              <entity name="opportunity">
                <attribute name="name" />
                <attribute name="estimatedvalue" />
                <filter>
                  <condition attribute="statecode" operator="eq" value="0" />
                  <condition attribute="modifiedon" operator="olderthan-x-days" value="{days}" />
                </filter>
                <link-entity name="account" from="account" to="parentaccountid" link-type="outer" alias="a">
                  <attribute name="name" />
                </link-entity>
              </entity>
            </fetch>
            """;
        return client.RetrieveMultiple(new FetchExpression(fetch));
    }

    // 6: a lookup is `_primarycontactid_value`
    public Task<JsonElement> Export(int top) =>
        http.GetFromJsonAsync<JsonElement>($"{Api}accounts?$select=name,accountnumber,primarycontactid&$filter=statecode eq 0&$orderby=name&$top={top}");

    // 7: navigation properties are written with their case: `new_Account`
    public Task<JsonElement> ProjectsOf(string accountNumber) =>
        http.GetFromJsonAsync<JsonElement>(
            Api + "new_projects?$select=new_name,new_code"
                + "&$filter=new_account/accountnumber eq '" + accountNumber.Replace("'", "''") + "'"
                + "&$top=50");

    // 8: dates are written as 2025-01-31T00:00:00Z
    public Task<JsonElement> ChangedSince2025() =>
        http.GetFromJsonAsync<JsonElement>(Api + "accounts?$select=name,modifiedon&$filter=modifiedon ge 01/31/2025&$top=5000");

    // 9: texts stand in quotes
    public Task<JsonElement> ByNumber(string number) =>
        http.GetFromJsonAsync<JsonElement>($"{Api}accounts?$select=name&$filter=accountnumber eq {number}&$top=1");

    // 10: the entity set is `opportunities`
    public Task<JsonElement> Won(DateTime from) =>
        http.GetFromJsonAsync<JsonElement>($"{Api}opportunitys?$select=name,actualvalue&$filter=statecode eq 1 and createdon ge {from:yyyy-MM-ddTHH:mm:ssZ}&$top=100");

    // Right: not to be reported
    public Task<JsonElement> Contacts(Guid accountId, string columns) =>
        http.GetFromJsonAsync<JsonElement>($"{Api}contacts?$select={columns}&$filter=_parentcustomerid_value eq {accountId}&$top=250");

    public Task<JsonElement> WithContacts() =>
        http.GetFromJsonAsync<JsonElement>(Api + "accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$top=5)&$top=20");

    // The export takes all columns on purpose: dvkit-ignore DV0502
    public Task<JsonElement> Everything(Guid id) => http.GetFromJsonAsync<JsonElement>($"{Api}accounts({id})");

    public async Task<Guid> CreateAsync(string name, Guid contact)
    {
        var body = new Dictionary<string, object>
        {
            ["name"] = name,
            ["primarycontactid@odata.bind"] = $"/contacts({contact})",
        };
        using var answer = await http.PostAsJsonAsync(Api + "accounts", body);
        answer.EnsureSuccessStatusCode();
        return Guid.Parse(answer.Headers.GetValues("OData-EntityId").Single().Split('(', ')')[^2]);
    }

    // Texts that are no queries
    public static string Log(string name) => $"accounts?: no account named {name} was found (filter: none)";
    public const string Sql = "SELECT name FROM account WHERE statecode = 0";
    public const string Help = "Usage: export accounts --top 50 --select name,revenue";
    public const string Graph = "https://graph.microsoft.com/v1.0/users?$select=displayName,mail&$filter=accountEnabled eq true";
    public const string Html = "<fetch-status name=\"account\">ok</fetch-status>";
}
