/* global Xrm */
import React, { useEffect, useState } from "react";

const ENTITY = 'contact';
var fetchStart = "<fetch version='1.0' mapping='logical'>";
var fetchEnd = '</fetch>';

export function Ribbon({ accountId, search = '', onSelect }) {
  const [rows, setRows] = useState([]);
  const query = `?$select=fullname,jobtitle&$filter=_parentcustomerid_value eq ${accountId?.replace(/[{}]/g, '')}${search && ` and contains(fullname,'${search}')`}`;
  useEffect(() => {
    Xrm.WebApi.retrieveMultipleRecords(ENTITY, query).then(({ entities }) => setRows(entities));
  }, [query]);
  useEffect(() => {
    fetch(`/_api/incidents?$select=title&$filter=_customerid_value eq ${accountId}&$count=true`, { headers })
      .then((r) => r.json());
    axios.get('/_api/contacts', { params: { page: 1 } });
    axios.get("/_api/contacts(" + accountId + ")?$select=fullname&$expand=parentcustomerid_account($select=name)");
    window.fetch('/_api/accounts?$select=name&$filter=contains(name,\'' + search + '\')&$orderby=name asc');
  }, [accountId]);
  return (
    <Picker
      source="contacts?$select=fullname&amp;$top=5"
      url={`accounts?$select=name&$top=${size}`}
      title="Select a filter & sort"
      href="/contacts?id=5&top=1"
      onChange={(e) => onSelect(e.target.value)}
    >
      Choose &lt;fetch&gt; or $filter
    </Picker>
  );
}

export async function related(id) {
  var x = fetchStart +
    '<entity name="contact">' +
      '<attribute name="fullname"/>' +
      // the account
      '<link-entity name="account" from="accountid" to="parentcustomerid" alias="a">' +
        '<filter><condition attribute="accountid" operator="eq" value="' + id + '"/></filter>' +
      '</link-entity>' +
    '</entity>' +
    fetchEnd;
  const encoded = '?fetchXml=' + encodeURIComponent(x);
  await Xrm.WebApi.retrieveMultipleRecords('contact', encoded);
  let url = Xrm.Page.context.getClientUrl() + '/api/data/v8.2/';
  url += 'contacts?$select=fullname';
  url += '&$filter=statecode eq 0';
  let paged = 'accounts?$select=name';
  if (search) paged += `&$filter=startswith(name,'${search}')`;
  paged += '&$top=20';
  const options = { method: 'GET', url: `${base}accounts(${id})?$select=revenue` };
  const object = { 'open': "incidents?$select=title&$filter=statecode eq 0", mine: 'incidents?$select=ticketnumber&$top=3' };
  const tagged = xml`<fetch><entity name="team"><attribute name="name"/></entity></fetch>`;
  const raw = String.raw`accounts?$select=name&$filter=name eq 'a\b'`;
  const escaped = "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='like' value='\x25caf\u00e9\u{21}' /></filter></entity></fetch>";
  const continued = "<fetch top='1'>\
<entity name='systemuser'><attribute name='fullname'/></entity>\
</fetch>";
  const layout = '<grid name="resultset" object="2"><row name="result" id="contactid"><cell name="fullname"/></row></grid>';
  const note = 'no $filter= here';
  const image = "data:image/svg+xml,<svg xmlns='x'></svg>";
  const money = `$${total}`;
  return [encoded, url, paged, options, object, tagged, raw, escaped, continued, layout, note, image, money];
}
