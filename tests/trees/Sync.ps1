param([string]$Url, [guid]$Owner, [int]$Top = 50)

$api = "$Url/api/data/v9.2"
$headers = @{ Authorization = "Bearer $token"; Prefer = 'odata.include-annotations="*"' }

$accounts = Invoke-RestMethod -Uri "$api/accounts?`$select=name,accountnumber&`$filter=statecode eq 0" -Headers $headers
$owned = Invoke-RestMethod -Uri ($api + '/accounts?$select=name&$filter=_ownerid_value eq ' + $Owner) -Headers $headers
$top = Invoke-RestMethod "$api/contacts?`$select=fullname&`$top=$Top"
$quoted = 'contacts?$select=fullname&$filter=lastname eq ''Smith'''
$nested = "contacts?`$select=fullname&`$filter=createdon gt $($since.ToString('yyyy-MM-dd'))"
$member = "accounts($($account.accountid))?`$select=name"
$braced = "accounts(${id})?`$select=name,revenue"
$joined = '/api/data/v9.2/contacts?$select=fullname' + '&$filter=startswith(fullname,''' + $prefix + ''')'
$formatted = 'accounts?$select=name&$filter=accountnumber eq ''{0}''&$top={1}' -f $number, $Top

$fetch = @"
<fetch top="$Top">
  <entity name="contact">
    <attribute name="fullname" />
    <filter>
      <condition attribute="ownerid" operator="eq" value="$Owner" />
    </filter>
  </entity>
</fetch>
"@

$literal = @'
<fetch>
  <entity name='account'>
    <attribute name='name' />
  </entity>
</fetch>
'@

$short = "<fetch><entity name='account'><attribute name='name'/></entity></fetch>"
$double = "<fetch count=""$Top""><entity name=""account""><attribute name=""name""/></entity></fetch>"
$escaped = "<fetch count=`"5`"><entity name=`"account`"><attribute name=`"name`"/></entity></fetch>"
$rows = Get-CrmRecordsByFetch -conn $conn -Fetch "<fetch><entity name='systemuser'><attribute name='fullname'/></entity></fetch>"
$expand = 'accounts?$expand=primarycontactid($select=fullname)&$select=name'
$applied = 'accounts?$apply=groupby((statuscode))'
$counted = "$api/accounts/`$count?`$filter=revenue gt 10"
$splat = @{ Uri = "$api/teams?`$select=name"; Method = 'Get' }
$built = '<fetch>'
$built += "<entity name='account'><attribute name='name'/></entity>"
$built += '</fetch>'

# no queries
$users = Invoke-RestMethod -Uri 'https://graph.microsoft.com/v1.0/users?$select=id'
$text = "The `$filter was empty"
Write-Host "no <fetch> was given"
