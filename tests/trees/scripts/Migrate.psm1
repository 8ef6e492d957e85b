#Requires -Version 7
<#
.SYNOPSIS
Moves rows. The option $filter is explained elsewhere.
#>
using namespace System.Web

$script:Columns = 'name,accountnumber'
$script:ApiPath = '/api/data/v9.2'

function Get-Accounts {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$BaseUrl, [int]$PageSize = 100, [switch]$Inactive)

    $state = if ($Inactive) { 1 } else { 0 }
    $uri = "$BaseUrl$script:ApiPath/accounts?`$select=$($script:Columns)&`$filter=statecode eq $state"
    do {
        $page = Invoke-RestMethod -Method Get -Uri $uri -Headers @{ Prefer = "odata.maxpagesize=$PageSize" }
        $uri = $page.'@odata.nextLink'
    } while ($uri)

    $byNumber = '{0}/accounts(accountnumber=''{1}'')?$select=name' -f $BaseUrl, $number
    $byName = "contacts?`$select=fullname&`$filter=lastname eq '$($name -replace "'", "''")'"
    $filters = $ids | ForEach-Object { "accountid eq $_" }
    $any = "accounts?`$select=name&`$filter=$($filters -join ' or ')"
    $parts = @('accounts?$select=name', '$orderby=name desc', '$top=10') -join '&'
    $long = 'contacts?$select=fullname' +
        '&$filter=statecode eq 0' +
        '&$orderby=createdon desc'
    Invoke-WebRequest -Uri (Join-Path $BaseUrl 'teams?$select=name') -UseBasicParsing
    $request = @{
        Uri     = "$BaseUrl/systemusers?`$select=fullname,internalemailaddress&`$filter=isdisabled eq false"
        Method  = 'GET'
        Headers = $headers
    }
    Invoke-RestMethod @request
    foreach ($set in 'accounts', 'contacts') {
        Invoke-RestMethod "$BaseUrl/$set/`$count"
        Invoke-RestMethod ("$BaseUrl/" + $set + '?$select=createdon&$top=1')
    }
}

function Get-Members([guid]$Team) {
    $fetch = [string]::Format('<fetch><entity name="systemuser"><attribute name="fullname" /><filter><condition attribute="systemuserid" operator="ne" value="{0}" /></filter></entity></fetch>', $Team)
    $xml = [xml]"<fetch top='$PageSize'><entity name='team'><attribute name='name' /><filter><condition attribute='teamid' operator='eq' value='$Team' /></filter></entity></fetch>"
    $page = 1
    $here = @"
<fetch page="$page" count="$($PageSize * 2)">
  <entity name="account">
    <attribute name="name" />
    <filter type="or">
      <condition attribute="name" operator="like" value="%`"$Team`"%" />
    </filter>
  </entity>
</fetch>
"@
    $encoded = [uri]::EscapeDataString($here)
    Invoke-RestMethod "$BaseUrl/accounts?fetchXml=$encoded"
    Get-CrmRecordsByFetch -Fetch $xml.OuterXml
    Get-CrmRecords -EntityLogicalName contact -FilterAttribute lastname -FilterOperator eq -FilterValue Smith -Fields fullname
}

Describe 'Get-Accounts' {
    It 'asks for columns' {
        Should -Invoke Invoke-RestMethod -ParameterFilter { $Uri -like '*accounts?$select=name*' }
        Mock Invoke-RestMethod { @{ value = @() } } -ParameterFilter { $Uri -eq "https://contoso.crm.dynamics.com/api/data/v9.2/accounts?`$select=name&`$top=1" }
    }
}

# these are no queries
$text = "Select accounts where `$top is set"
$users = Invoke-RestMethod "https://graph.microsoft.com/v1.0/users?`$filter=startswith(displayName,'A')&`$select=id"
$sites = Get-PnPListItem -List Accounts -Query "<View><Query><Where><Eq><FieldRef Name='Title'/></Eq></Where></Query></View>"
$pipeline = Get-ChildItem | Where-Object { $_.Name -eq 'accounts' } | Select-Object -First 5
$wql = "SELECT Name FROM Win32_Service WHERE State = 'Running'"
$azure = Get-AzResource -ODataQuery "`$filter=tagname eq 'env'"
$variable = "$top$select"
$path = "accounts/$id/contacts?id=$id"
