import { describe, expect, it, vi } from "vitest";
import { api, buildUrl, toQuery } from "../src/api";

const SELECT = "$select=name,accountnumber";
const FILTER = `$filter=statecode eq 0`;
const base = `${process.env.URL}/api/data/v9.2`;

const queries = {
  active: "accounts?$select=name&$filter=statecode eq 0",
  newest: `contacts?$select=fullname&$orderby=createdon desc&$top=${10}`,
  nested: `accounts?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=statecode eq 0;$top=3)`,
} as const;

const fetchAccounts = (search?: string) => /* xml */ `
  <fetch top="50">
    <entity name="account">
      <attribute name="name" />
      ${search ? `<filter><condition attribute="name" operator="like" value="%${search}%" /></filter>` : ""}
      <order attribute="name" />
    </entity>
  </fetch>`;

describe("queries", () => {
  it("reads accounts", async () => {
    const spy = vi.spyOn(api, "get");
    await api.get(`${base}/accounts?${SELECT}&${FILTER}`);
    expect(spy).toHaveBeenCalledWith("accounts?$select=name&$top=1", { headers: {} });
    expect(toQuery({ top: 5 })).toBe("?$top=5");
    expect(buildUrl("accounts", { select: ["name"] })).toEqual("accounts?$select=name");
  });

  it.each([
    ["contacts?$select=fullname", 200],
    ["contacts?$select=fullname&$top=2", 200],
  ])("%s answers %d", async (url, status) => {
    expect((await api.get(url)).status).toBe(status);
  });

  it("pages", async () => {
    const { entities, nextLink } = await Xrm.WebApi.retrieveMultipleRecords("account", "?$select=name&$orderby=name", 50);
    const [one, two] = await Promise.all([
      Xrm.WebApi.retrieveRecord("contact", id, "?$select=fullname,emailaddress1"),
      Xrm.WebApi.retrieveMultipleRecords(
        "incident",
        [
          "?$select=title",
          "$filter=statecode eq 0 and _customerid_value eq " + id,
          "$top=5",
        ].join("&"),
      ),
    ]);
    const filters = ids.map((id) => `contactid eq ${id}`).join(" or ");
    await api.get("contacts?$select=fullname&$filter=" + filters);
    await api.get("contacts" + "?" + "$select=fullname" + (all ? "" : "&$top=10"));
    await api.get(`contacts?$select=${["fullname", "lastname"].join()}&$filter=lastname eq '${encodeURIComponent(last.replace(/'/g, "''"))}'`);
  });

  it("batches", () => {
    const body = [
      "--batch_1",
      "Content-Type: application/http",
      "",
      `GET ${base}/systemusers?$select=fullname&$top=1 HTTP/1.1`,
      "",
      "--batch_1--",
    ].join("\r\n");
    expect(body).toContain("GET");
  });

  it("is no query", () => {
    const route = "/accounts/:id?tab=contacts";
    const link = `main.aspx?etn=account&pagetype=entityrecord&id=${id}`;
    const graphql = `query { accounts(filter: { statecode: 0 }) { name } }`;
    const sql = `select name from accounts where name = '${name}' order by name`;
    const other = `https://services.odata.org/V4/Northwind/Customers?$select=CompanyName&$top=5`;
    const jq = $("#accounts").filter("[name=account]").select();
    const message = `Filter: ${filter}, top ${top}`;
    const selector = "entity[name='account'] > attribute";
    const help = "Use ?$select= to name columns";
    const css = `.fetch { content: "<entity>"; }`;
    expect([route, link, graphql, sql, other, jq, message, selector, help, css]).toBeDefined();
  });
});
