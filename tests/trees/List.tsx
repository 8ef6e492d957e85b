import * as React from "react";

const url = "/_api/new_projects?$select=new_name&$orderby=new_name";

export function List({ account, api }: { account: string; api: string }) {
  const rows = useRows(`${api}/contacts?$select=fullname&$filter=_parentcustomerid_value eq ${account}`);
  const first = useRows('accounts?$select=name&$top=1');
  const total = useRows(`accounts?$apply=aggregate(revenue with sum as total)`);
  const view = useFetch(`<fetch top="${10}"><entity name="account"><attribute name="name"/></entity></fetch>`);
  return (
    <div title="no query: $select">
      <Grid source="contacts?$select=fullname,emailaddress1&$top=50" />
      <Grid source={"accounts?$select=name" + "&$filter=statecode eq 1"} />
      <Grid source={`accounts?$select=name&$expand=primarycontactid($select=fullname)`} rows={rows} />
      <p>Use &lt;fetch&gt; or $filter here.</p>
    </div>
  );
}
