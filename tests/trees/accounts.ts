import { Client } from "./client";

const version = "9.2";
export const active = "accounts?$select=name&$filter=statecode eq 0";
export const single = 'contacts?$select=fullname&$filter=lastname eq \'O\'\'Neil\'';
export const newest = `contacts?$select=fullname,createdon&$orderby=createdon desc&$top=10`;

export async function one(client: Client, id: string) {
  return client.get(`accounts(${id})?$select=name,revenue`);
}

export async function ofCity(client: Client, city: string, columns: string[]) {
  return client.get(`${client.url}/api/data/v${version}/accounts?$select=${columns.join(",")}&$filter=address1_city eq '${city}'`);
}

export const concatenated = (name: string) => "accounts?$select=name" + "&$filter=contains(name,'" + name + "')" + '&$top=3';

export function view(context: ComponentFramework.Context<unknown>) {
  return context.webAPI.retrieveMultipleRecords("account", "?$select=name&$filter=revenue gt 1000");
}

export function record(id: string) {
  return Xrm.WebApi.retrieveRecord("contact", id, "?$select=fullname&$expand=parentcustomerid_account($select=name)");
}

export function online() {
  return Xrm.WebApi.online.retrieveMultipleRecords("contact", `?$select=fullname&$top=${5}`, 100);
}

export function fetched(id: string) {
  const fetchXml = `
    <fetch version="1.0" top="3">
      <entity name="contact">
        <attribute name="fullname" />
        <filter>
          <condition attribute="parentcustomerid" operator="eq" value="${id}" />
        </filter>
      </entity>
    </fetch>`;
  return Xrm.WebApi.retrieveMultipleRecords("contact", `?fetchXml=${encodeURIComponent(fetchXml)}`);
}

export function pieces(table: string, attribute: string) {
  let fetchXML = "<fetch>";
  fetchXML += `<entity name='${table}'>`;
  fetchXML += `<attribute name='${attribute}' />`;
  fetchXML += "</entity></fetch>";
  return fetchXML;
}

export const aggregate = [
  "<fetch aggregate='true'>",
  "<entity name='account'>",
  "<attribute name='revenue' aggregate='sum' alias='total' />",
  "</entity>",
  "</fetch>",
].join("");

export const options = `?$select=name${active ? ",revenue" : ""}&$top=5`;
export const portal = "/_api/contacts?$select=fullname&$filter=statecode eq 0";
export const keyed = (n: string) => `accounts(accountnumber='${n}')?$select=name`;
export const count = (f: string) => `accounts/$count?$filter=${f}`;
export const both = `accounts?$expand=contact_customer_accounts($select=fullname;$filter=statecode eq 0;$top=3)&$select=name`;
export const lambda = "accounts?$filter=contact_customer_accounts/any(c:c/firstname eq 'Ann')&$select=name";
export const lines = `accounts?
  $select=name&
  $filter=statecode eq 0`;
export const applied = 'accounts?$apply=filter(statecode eq 0)/groupby((ownerid))';
export const escaped = "accounts?$select=name\u0026$top=1";
export const raw = String.raw`accounts?$select=name&$top=2`;
export const absolute = new URL("https://contoso.crm.dynamics.com/api/data/v9.2/contacts?$select=fullname");

// no queries
export const me = "/v1.0/me/messages?$select=subject&$top=5";
export const sharePoint = "https://contoso.sharepoint.com/_api/web/lists?$select=Title";
export const jquery = "$select";
export const message = "the <fetch> element has no entity";
