using System;

class Accounts
{
    string All(Guid id) =>
        $"accounts?$select=name,accountnumber&$filter=_ownerid_value eq {id}";

    // The old report needs this one: dvkit-ignore DV0502
    string Report() => "accounts?$filter=statecode eq 0";

    string Right() => @"accounts?$select=name&$filter=name eq 'A ""b"" c'";

    string Any(string column) => $"accounts?$select={column}";
}
