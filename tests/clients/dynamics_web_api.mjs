// DynamicsWebApi against the emulator: every public function, with its options.

import assert from "node:assert/strict";
import http from "node:http";
import { randomBytes, randomUUID } from "node:crypto";
import { createRequire } from "node:module";

import { URL_OF_EMULATOR, TOKEN, capability, eventually, main, raised } from "./capabilities.mjs";

// `import` takes no notice of NODE_PATH, `require` does.
const { DynamicsWebApi } = createRequire(import.meta.url)("dynamics-web-api");

const API = `${URL_OF_EMULATOR}/api/data/v9.2/`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function opened(config = {}) {
    return new DynamicsWebApi({ serverUrl: URL_OF_EMULATOR, onTokenRefresh: async () => TOKEN, ...config });
}

const api = opened();
const fresh = (prefix) => `${prefix}-${randomUUID().slice(0, 8)}`;
const account = (data) => api.create({ collection: "accounts", data: { name: fresh("account"), ...data } });
const contact = (data) => api.create({ collection: "contacts", data: { lastname: fresh("contact"), ...data } });
const read = (collection, key, ...select) => api.retrieve({ collection, key, select });
const missing = (collection, key) => raised(api.retrieve({ collection, key })).then((error) => assert.equal(error.status, 404));
const accounts = async (tag, count, data = () => ({})) => {
    for (let n = 0; n < count; n += 1) await account({ name: `${tag} ${n}`, ...data(n) });
};
const label = (text, language = 1033) => ({
    "@odata.type": "Microsoft.Dynamics.CRM.Label",
    LocalizedLabels: [{ "@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel", Label: text, LanguageCode: language }],
});

// ---------------------------------------------------------------------------------------------- create

capability("create returns the id", async () => {
    const id = await api.create({ collection: "accounts", data: { name: "Sample Account", creditonhold: false, revenue: 5000000, accountcategorycode: 1, address1_latitude: 47.639583 } });
    assert.match(id, UUID);
    const row = await read("accounts", id, "name", "creditonhold", "revenue", "accountcategorycode", "address1_latitude");
    assert.deepEqual([row.name, row.creditonhold, row.revenue, row.accountcategorycode, row.address1_latitude],
        ["Sample Account", false, 5000000, 1, 47.63958]);
});

capability("create with a representation of selected columns", async () => {
    const name = fresh("represented");
    const row = await api.create({ collection: "accounts", data: { name, revenue: 5 }, returnRepresentation: true, select: ["name", "createdon"] });
    assert.equal(row.name, name);
    assert.match(row.accountid, UUID);
    assert.ok(row.createdon instanceof Date, String(row.createdon));
    assert.match(row["@odata.etag"], /^W\/"\d+"$/);
    assert.ok(!("revenue" in row), JSON.stringify(row));
});

capability("create with a representation, expanded and annotated", async () => {
    const lastname = fresh("expanded");
    const row = await api.create({
        collection: "accounts", data: { name: "x", accountcategorycode: 1, primarycontactid: { lastname } }, returnRepresentation: true,
        select: ["name", "accountcategorycode"], expand: [{ property: "primarycontactid", select: ["lastname"] }],
        includeAnnotations: "OData.Community.Display.V1.FormattedValue",
    });
    assert.equal(row.primarycontactid.lastname, lastname);
    assert.equal(row.accountcategorycode_Formatted, "Preferred Customer");
});

capability("create with related rows", async () => {
    const tag = fresh("deep");
    const id = await account({
        name: tag, primarycontactid: { firstname: "John", lastname: tag },
        opportunity_customer_accounts: [{ name: `${tag} a`, Opportunity_Tasks: [{ subject: tag }] }, { name: `${tag} b` }],
    });
    const row = await api.retrieve({
        collection: "accounts", key: id, select: ["name"],
        expand: [{ property: "primarycontactid", select: ["fullname"] },
            { property: "opportunity_customer_accounts", select: ["name"], orderBy: ["name"] }],
    });
    assert.equal(row.primarycontactid.fullname, `John ${tag}`);
    assert.deepEqual(row.opportunity_customer_accounts.map((o) => o.name), [`${tag} a`, `${tag} b`]);
    const tasks = await api.retrieveMultiple({ collection: "tasks", select: ["subject"], filter: `subject eq '${tag}'` });
    assert.equal(tasks.value.length, 1);
});

capability("create bound by id, in every form of it", async () => {
    const id = await contact();
    for (const bound of [`contacts(${id})`, `/contacts(${id})`, `${API}contacts(${id})`, `contacts({${id}})`]) {
        const row = await read("accounts", await account({ "primarycontactid@odata.bind": bound }), "_primarycontactid_value");
        assert.equal(row._primarycontactid_value, id, bound);
    }
});

capability("create bound by alternate key", async () => {
    const number = randomUUID().slice(0, 12);
    const parent = await account({ accountnumber: number });
    const row = await read("accounts", await account({ "parentaccountid@odata.bind": `accounts(accountnumber='${number}')` }), "_parentaccountid_value");
    assert.equal(row._parentaccountid_value, parent);
});

capability("create below a collection-valued navigation property", async () => {
    const parent = await account();
    const id = await api.create({ collection: "accounts", key: parent, navigationProperty: "contact_customer_accounts", data: { lastname: fresh("below") } });
    assert.equal((await read("contacts", id, "_parentcustomerid_value"))._parentcustomerid_value, parent);
});

capability("create with text that is not ASCII", async () => {
    const name = "Größe „✓“ 'a' \"b\" \\ 😀 <&>";
    assert.equal((await read("accounts", await account({ name }), "name")).name, name);
});

capability("create with every type of column", async () => {
    const data = {
        new_name: fresh("typed"), new_code: randomUUID().slice(0, 12), new_budget: 1234.56, new_completion: 0.5, new_headcount: 7, new_externalnumber: 12,
        new_latitude: 12.5, new_approved: true, new_regions: "1,3", new_phase: 100000001, new_type: 100000002,
        new_duedate: "2026-12-24", new_kickoff: "2026-12-24T10:30:00Z", new_website: "https://contoso.example",
    };
    const row = await read("new_projects", await api.create({ collection: "new_projects", data }), ...Object.keys(data));
    for (const [name, value] of Object.entries(data)) {
        const found = row[name] instanceof Date ? row[name].toISOString().replace(".000", "") : row[name];
        assert.deepEqual(found, value, name);
    }
});

capability("create with headers: duplicate detection, bypass, tag, no cache, own headers", async () => {
    const id = await api.create({
        collection: "accounts", data: { name: fresh("headers") }, duplicateDetection: true, bypassCustomPluginExecution: true, tag: "a & b",
        noCache: true, headers: { "x-own": "1", "MSCRM.SolutionUniqueName": "Default" }, timeout: 30000, token: TOKEN,
    });
    assert.match(id, UUID);
});

capability("create of a duplicate alternate key", async () => {
    const accountnumber = randomUUID().slice(0, 12);
    await account({ accountnumber });
    const error = await raised(account({ accountnumber }));
    assert.equal(error.status, 412);
    assert.equal(error.code, "0x80060892");
});

capability("create with wrong data", async () => {
    for (const data of [{ nosuchcolumn: 1 }, { numberofemployees: "many" }, { name: "x".repeat(161) }, { accountcategorycode: 99 }, { numberofemployees: -1 }, { "primarycontactid@odata.bind": "accounts(1)" }]) {
        const error = await raised(account(data));
        assert.equal(error.status, 400, JSON.stringify(data));
        assert.match(error.code, /^0x[0-9a-f]+$/, JSON.stringify(data));
        assert.ok(error.message, JSON.stringify(data));
    }
});

// -------------------------------------------------------------------------------------------- retrieve

capability("retrieve selected columns", async () => {
    const id = await account({ name: "selected", revenue: 3 });
    const row = await read("accounts", id, "name");
    assert.equal(row.name, "selected");
    assert.equal(row.accountid, id);
    assert.ok(!("revenue" in row), JSON.stringify(row));
    assert.ok(row.oDataContext.includes("$metadata#accounts(name)/$entity"), row.oDataContext);
});

capability("retrieve all columns", async () => {
    const id = await account({ name: "all" });
    const row = await api.retrieve({ collection: "accounts", key: `{${id}}` });
    assert.equal(row.name, "all");
    assert.equal(row.statecode, 0);
    assert.equal(row.description, null);
    assert.ok(row.createdon instanceof Date);
});

capability("retrieve by alternate keys", async () => {
    const number = randomUUID().slice(0, 12);
    const id = await account({ accountnumber: number });
    for (const key of [`accountnumber='${number}'`, `accountnumber="${number}"`]) {
        assert.equal((await read("accounts", key, "name")).accountid, id);
    }
    const project = await api.create({ collection: "new_projects", data: { new_name: "key", new_code: number, new_type: 100000000 } });
    assert.equal((await read("new_projects", `new_code='${number}',new_type=100000000`, "new_name")).new_projectid, project);
});

capability("retrieve expanded, with options and nested", async () => {
    const tag = fresh("nested");
    const parent = await account({ name: tag });
    for (const n of [0, 1, 2]) {
        const id = await contact({ lastname: `${tag} ${n}`, "parentcustomerid_account@odata.bind": `accounts(${parent})` });
        await account({ name: `${tag} of ${n}`, "primarycontactid@odata.bind": `contacts(${id})` });
    }
    const children = { property: "contact_customer_accounts", select: ["lastname"], filter: `endswith(lastname,'1') or endswith(lastname,'2')` };
    const row = await api.retrieve({
        collection: "accounts", key: parent, select: ["name"],
        expand: [{ ...children, orderBy: ["lastname desc"], top: 1 }, { property: "ownerid", select: ["ownerid"] }],
    });
    assert.deepEqual(row.contact_customer_accounts.map((c) => c.lastname), [`${tag} 2`]);
    assert.match(row.ownerid.ownerid, UUID);
    // The service takes neither `$orderby` nor `$top` beside a nested expansion.
    const nested = await api.retrieve({ collection: "accounts", key: parent, expand: [{ ...children, expand: [{ property: "account_primary_contact", select: ["name"] }] }] });
    const below = nested.contact_customer_accounts.map((c) => [c.lastname, c.account_primary_contact.map((a) => a.name)]).sort();
    assert.deepEqual(below, [1, 2].map((n) => [`${tag} ${n}`, [`${tag} of ${n}`]]));
});

capability("retrieve a reference", async () => {
    const id = await contact();
    const row = await read("accounts", await account({ "primarycontactid@odata.bind": `contacts(${id})` }), "primarycontactid/$ref");
    assert.equal(row.id, id);
    assert.equal(row.collection, "contacts");
});

capability("retrieve through a navigation property", async () => {
    const lastname = fresh("through");
    const id = await contact({ lastname });
    const owner = await account({ "primarycontactid@odata.bind": `contacts(${id})` });
    assert.equal((await read("accounts", owner, "/primarycontactid", "lastname")).lastname, lastname);
    assert.equal((await api.retrieve({ collection: "accounts", key: owner, navigationProperty: "primarycontactid", select: ["lastname"] })).lastname, lastname);
    await api.update({ collection: "contacts", key: id, data: { "parentcustomerid_account@odata.bind": `accounts(${owner})` } });
    const children = await api.retrieve({ collection: "accounts", key: owner, navigationProperty: "contact_customer_accounts", select: ["lastname"] });
    assert.deepEqual(children.value.map((row) => row.lastname), [lastname]);
    const child = await api.retrieve({ collection: "accounts", key: owner, navigationProperty: "contact_customer_accounts", navigationPropertyKey: id, select: ["lastname"] });
    assert.equal(child.lastname, lastname);
});

capability("retrieve annotated", async () => {
    const id = await account({ revenue: 1234.5, accountcategorycode: 1 });
    const row = await api.retrieve({ collection: "accounts", key: id, select: ["revenue", "accountcategorycode", "createdon", "_ownerid_value"], includeAnnotations: "*" });
    assert.equal(row.revenue_Formatted, "$1,234.50");
    assert.equal(row.accountcategorycode_Formatted, "Preferred Customer");
    assert.equal(row._ownerid_value_LogicalName, "systemuser");
    assert.equal(row._ownerid_value_NavigationProperty, "ownerid");
    assert.ok(row._ownerid_value_Formatted);
    assert.match(row.createdon_Formatted, /^\d+\/\d+\/\d{4} \d+:\d\d [AP]M$/);
});

capability("retrieve if it has changed", async () => {
    const id = await account();
    const row = await read("accounts", id, "name");
    const again = () => api.retrieve({ collection: "accounts", key: id, select: ["name"], ifnonematch: row["@odata.etag"] });
    assert.equal(await again(), undefined);
    await api.update({ collection: "accounts", key: id, data: { name: "changed" } });
    assert.equal((await again()).name, "changed");
});

capability("retrieve if it is the same", async () => {
    const id = await account({ name: "same" });
    const { "@odata.etag": ifmatch } = await read("accounts", id, "name");
    assert.equal((await api.retrieve({ collection: "accounts", key: id, select: ["name"], ifmatch })).name, "same");
});

capability("retrieve by a user query and a saved query", async () => {
    const tag = fresh("view");
    await accounts(tag, 2);
    const fetchxml = `<fetch><entity name='account'><attribute name='name'/><order attribute='name' descending='true'/><filter><condition attribute='name' operator='like' value='${tag}%'/></filter></entity></fetch>`;
    const layoutxml = "<grid name='resultset' object='1' jump='name' select='1' icon='1' preview='1'><row name='result' id='accountid'><cell name='name' width='100'/></row></grid>";
    const userQuery = await api.create({ collection: "userqueries", data: { name: tag, returnedtypecode: "account", querytype: 0, fetchxml, layoutxml } });
    const savedQuery = await api.create({ collection: "savedqueries", data: { name: tag, returnedtypecode: "account", querytype: 0, fetchxml, layoutxml } });
    for (const query of [{ userQuery }, { savedQuery }]) {
        const rows = await api.retrieve({ collection: "accounts", ...query });
        assert.deepEqual(rows.value.map((row) => row.name), [`${tag} 1`, `${tag} 0`], JSON.stringify(query));
    }
});

capability("retrieve a row that does not exist", async () => {
    const error = await raised(api.retrieve({ collection: "accounts", key: randomUUID() }));
    assert.equal(error.status, 404);
    assert.equal(error.code, "0x80040217");
    assert.ok(error.message.includes("Does Not Exist"), error.message);
});

capability("retrieve from an unknown collection, and an unknown column", async () => {
    assert.equal((await raised(api.retrieve({ collection: "nosuchtables", key: randomUUID() }))).status, 404);
    const error = await raised(read("accounts", randomUUID(), "nosuchcolumn"));
    assert.equal(error.status, 400);
    assert.ok(error.message.includes("nosuchcolumn"), error.message);
});

capability("retrieve with a token of its own, and a wrong one", async () => {
    const id = await account();
    assert.equal((await opened({ onTokenRefresh: null }).retrieve({ collection: "accounts", key: id, token: TOKEN })).accountid, id);
    assert.equal((await raised(api.retrieve({ collection: "accounts", key: id, token: "wrong" }))).status, 401);
    assert.equal((await opened({ onTokenRefresh: async () => ({ accessToken: TOKEN }) }).retrieve({ collection: "accounts", key: id })).accountid, id);
});

capability("retrieve that is aborted", async () => {
    const controller = new AbortController();
    controller.abort();
    const error = await raised(api.retrieve({ collection: "accounts", key: randomUUID(), signal: controller.signal }));
    assert.equal(error.name, "AbortError");
});

// ---------------------------------------------------------------------------------------------- update

capability("update returns true", async () => {
    const id = await account({ name: "before", description: "stays" });
    assert.equal(await api.update({ collection: "accounts", key: id, data: { name: "after" } }), true);
    const row = await read("accounts", id, "name", "description");
    assert.deepEqual([row.name, row.description], ["after", "stays"]);
});

capability("update with a representation", async () => {
    const id = await account();
    const row = await api.update({ collection: "accounts", key: id, data: { name: "after" }, returnRepresentation: true, select: ["name", "modifiedon"] });
    assert.equal(row.name, "after");
    assert.equal(row.accountid, id);
    assert.ok(row.modifiedon instanceof Date);
});

capability("update with a representation, expanded", async () => {
    const id = await account();
    const person = await contact({ lastname: "Bound" });
    const row = await api.update({
        collection: "accounts", key: id, data: { "primarycontactid@odata.bind": `contacts(${person})` }, returnRepresentation: true,
        select: ["name"], expand: [{ property: "primarycontactid", select: ["lastname"] }],
    });
    assert.equal(row.primarycontactid.lastname, "Bound");
});

capability("update if it is the same", async () => {
    const id = await account();
    const { "@odata.etag": ifmatch } = await read("accounts", id, "name");
    assert.equal(await api.update({ collection: "accounts", key: id, data: { name: "first" }, ifmatch }), true);
    assert.equal(await api.update({ collection: "accounts", key: id, data: { name: "second" }, ifmatch }), false);
    assert.equal((await read("accounts", id, "name")).name, "first");
});

capability("update that propagates errors", async () => {
    const client = opened({ propagateErrors: true });
    const id = await account();
    const { "@odata.etag": ifmatch } = await read("accounts", id, "name");
    await api.update({ collection: "accounts", key: id, data: { name: "first" } });
    const error = await raised(client.update({ collection: "accounts", key: id, data: { name: "second" }, ifmatch }));
    assert.equal(error.status, 412);
    assert.equal(error.code, "0x80060882");
    assert.equal((await raised(client.deleteRecord({ collection: "accounts", key: id, ifmatch }))).status, 412);
    assert.equal((await raised(client.upsert({ collection: "accounts", key: id, ifnonematch: "*", data: { name: "x" } }))).status, 412);
});

capability("update of a row that does not exist", async () => {
    const key = randomUUID();
    const error = await raised(api.update({ collection: "accounts", key, data: { name: "x" } }));
    assert.equal(error.status, 404);
    assert.equal(error.code, "0x80040217");
    await missing("accounts", key);
});

capability("update to nothing: values, lookups", async () => {
    const person = await contact();
    const id = await account({ description: "x", revenue: 5, "primarycontactid@odata.bind": `contacts(${person})` });
    await api.update({ collection: "accounts", key: id, data: { description: null, revenue: null, "primarycontactid@odata.bind": null } });
    const row = await read("accounts", id, "description", "revenue", "_primarycontactid_value");
    assert.deepEqual([row.description, row.revenue, row._primarycontactid_value], [null, null, null]);
});

capability("update by alternate key, with headers", async () => {
    const number = randomUUID().slice(0, 12);
    const id = await account({ accountnumber: number });
    assert.equal(await api.update({
        collection: "accounts", key: `accountnumber='${number}'`, data: { name: "by key" }, duplicateDetection: true, bypassCustomPluginExecution: true, tag: "t", noCache: true,
    }), true);
    assert.equal((await read("accounts", id, "name")).name, "by key");
});

capability("update of what was read", async () => {
    const id = await account({ revenue: 7 });
    const row = await api.retrieve({ collection: "accounts", key: id, select: ["name", "revenue"], includeAnnotations: "*" });
    row.name = "changed and written back";
    assert.equal(await api.update({ collection: "accounts", key: id, data: row }), true);
    assert.equal((await read("accounts", id, "name")).name, "changed and written back");
});

capability("update of the state", async () => {
    const id = await account();
    await api.update({ collection: "accounts", key: id, data: { statecode: 1, statuscode: 2 } });
    const row = await read("accounts", id, "statecode", "statuscode");
    assert.deepEqual([row.statecode, row.statuscode], [1, 2]);
});

capability("updateSingleProperty", async () => {
    const id = await account({ name: "before", description: "stays" });
    await api.updateSingleProperty({ collection: "accounts", key: id, fieldValuePair: { name: "after" } });
    await api.updateSingleProperty({ collection: "accounts", key: id, fieldValuePair: { numberofemployees: 5 } });
    const row = await read("accounts", id, "name", "description", "numberofemployees");
    assert.deepEqual([row.name, row.description, row.numberofemployees], ["after", "stays", 5]);
});

capability("updateSingleProperty if it is the same", async () => {
    const id = await account({ name: "before" });
    const { "@odata.etag": ifmatch } = await read("accounts", id, "name");
    await api.updateSingleProperty({ collection: "accounts", key: id, fieldValuePair: { name: "first" }, ifmatch });
    const error = await raised(api.updateSingleProperty({ collection: "accounts", key: id, fieldValuePair: { name: "second" }, ifmatch }));
    assert.equal(error.status, 412);
    assert.equal((await read("accounts", id, "name")).name, "first");
});

// ---------------------------------------------------------------------------------------------- upsert

capability("upsert with an id", async () => {
    const key = randomUUID();
    assert.equal(await api.upsert({ collection: "accounts", key, data: { name: "first" } }), key);
    assert.equal(await api.upsert({ collection: "accounts", key, data: { name: "second" } }), key);
    assert.equal((await read("accounts", key, "name")).name, "second");
});

capability("upsert with an alternate key", async () => {
    const number = randomUUID().slice(0, 12);
    const request = (name) => ({ collection: "accounts", key: `accountnumber='${number}'`, data: { name } });
    const id = await api.upsert(request("first"));
    assert.equal(await api.upsert(request("second")), id);
    const row = await read("accounts", id, "name", "accountnumber");
    assert.deepEqual([row.name, row.accountnumber], ["second", number]);
});

capability("upsert with a representation", async () => {
    const key = randomUUID();
    const request = (name) => ({ collection: "accounts", key, data: { name }, returnRepresentation: true, select: ["name"] });
    assert.equal((await api.upsert(request("first"))).name, "first");
    const row = await api.upsert(request("second"));
    assert.deepEqual([row.name, row.accountid], ["second", key]);
});

capability("upsert that only updates", async () => {
    const key = randomUUID();
    assert.equal(await api.upsert({ collection: "accounts", key, data: { name: "x" }, ifmatch: "*" }), null);
    await missing("accounts", key);
    const id = await account();
    assert.equal(await api.upsert({ collection: "accounts", key: id, data: { name: "updated" }, ifmatch: "*" }), id);
    assert.equal((await read("accounts", id, "name")).name, "updated");
});

capability("upsert that only creates", async () => {
    const id = await account({ name: "stays" });
    assert.equal(await api.upsert({ collection: "accounts", key: id, data: { name: "x" }, ifnonematch: "*" }), null);
    assert.equal((await read("accounts", id, "name")).name, "stays");
    const key = randomUUID();
    assert.equal(await api.upsert({ collection: "accounts", key, data: { name: "created" }, ifnonematch: "*" }), key);
});

// ---------------------------------------------------------------------------------------------- delete

capability("deleteRecord", async () => {
    const id = await account();
    assert.equal(await api.deleteRecord({ collection: "accounts", key: id }), true);
    await missing("accounts", id);
    assert.equal((await raised(api.deleteRecord({ collection: "accounts", key: id }))).status, 404);
});

capability("deleteRecord if it is the same", async () => {
    const id = await account();
    const { "@odata.etag": ifmatch } = await read("accounts", id, "name");
    await api.update({ collection: "accounts", key: id, data: { name: "changed" } });
    assert.equal(await api.deleteRecord({ collection: "accounts", key: id, ifmatch }), false);
    const { "@odata.etag": current } = await read("accounts", id, "name");
    assert.equal(await api.deleteRecord({ collection: "accounts", key: id, ifmatch: current, bypassCustomPluginExecution: true, tag: "t" }), true);
    await missing("accounts", id);
});

capability("deleteRecord by alternate key", async () => {
    const number = randomUUID().slice(0, 12);
    const id = await account({ accountnumber: number });
    await api.deleteRecord({ collection: "accounts", key: `accountnumber='${number}'` });
    await missing("accounts", id);
});

capability("deleteRecord of a property", async () => {
    const id = await account({ description: "x", fax: "1" });
    await api.deleteRecord({ collection: "accounts", key: id, property: "description" });
    await api.deleteRecord({ collection: "accounts", key: id, fieldName: "fax" });
    const row = await read("accounts", id, "description", "fax");
    assert.deepEqual([row.description, row.fax], [null, null]);
});

// ----------------------------------------------------------------------------------- retrieveMultiple

capability("retrieveMultiple with filter, order, top and select", async () => {
    const tag = fresh("multiple");
    await accounts(tag, 5, (n) => ({ numberofemployees: n }));
    const rows = await api.retrieveMultiple({
        collection: "accounts", select: ["name", "numberofemployees"], filter: `startswith(name,'${tag}') and numberofemployees gt 0`,
        orderBy: ["numberofemployees desc", "name asc"], top: 3,
    });
    assert.deepEqual(rows.value.map((row) => row.numberofemployees), [4, 3, 2]);
    assert.ok(rows.oDataContext.includes("$metadata#accounts"), rows.oDataContext);
});

capability("retrieveMultiple with operators and functions", async () => {
    const tag = fresh("operators");
    await accounts(tag, 6, (n) => ({ numberofemployees: n, accountcategorycode: n % 2 ? 1 : null, revenue: n * 10 }));
    const numbers = async (filter) => (await api.retrieveMultiple({ collection: "accounts", select: ["numberofemployees"], filter: `startswith(name,'${tag}') and (${filter})`, orderBy: ["numberofemployees"] }))
        .value.map((row) => row.numberofemployees);
    assert.deepEqual(await numbers("numberofemployees ge 4 or numberofemployees eq 0"), [0, 4, 5]);
    assert.deepEqual(await numbers("not (numberofemployees lt 4)"), [4, 5]);
    assert.deepEqual(await numbers("accountcategorycode eq null and numberofemployees ne 0"), [2, 4]);
    assert.deepEqual(await numbers("revenue le 10.0"), [0, 1]);
    assert.deepEqual(await numbers("contains(name,' 3') or endswith(name,' 5')"), [3, 5]);
    assert.deepEqual(await numbers("Microsoft.Dynamics.CRM.In(PropertyName='numberofemployees',PropertyValues=['1','4'])"), [1, 4]);
    assert.deepEqual(await numbers("Microsoft.Dynamics.CRM.Between(PropertyName='numberofemployees',PropertyValues=['2','3'])"), [2, 3]);
    assert.deepEqual(await numbers("Microsoft.Dynamics.CRM.Today(PropertyName='createdon') and numberofemployees eq 2"), [2]);
});

capability("retrieveMultiple with a GUID in brackets", async () => {
    const id = await account();
    const rows = await api.retrieveMultiple({ collection: "accounts", select: ["name"], filter: `accountid eq {${id}}` });
    assert.equal(rows.value.length, 1);
});

capability("retrieveMultiple with lookups and lambdas in the filter", async () => {
    const tag = fresh("lambda");
    const parent = await account({ name: tag });
    const person = await contact({ lastname: tag, "parentcustomerid_account@odata.bind": `accounts(${parent})` });
    await api.update({ collection: "accounts", key: parent, data: { "primarycontactid@odata.bind": `contacts(${person})` } });
    for (const filter of [`primarycontactid/lastname eq '${tag}'`, `_primarycontactid_value eq ${person}`, `contact_customer_accounts/any(c:c/lastname eq '${tag}')`]) {
        const rows = await api.retrieveMultiple({ collection: "accounts", select: ["name"], filter });
        assert.deepEqual(rows.value.map((row) => row.accountid), [parent], filter);
    }
});

capability("retrieveMultiple with parameter aliases", async () => {
    const tag = fresh("alias");
    await accounts(tag, 3);
    const rows = await api.retrieveMultiple({
        collection: "accounts", select: ["name"], filter: "startswith(name,@p1) and name ne @p2", orderBy: ["@p3 desc"],
        queryParams: [`@p1='${encodeURIComponent(tag)}'`, `@p2='${encodeURIComponent(`${tag} 1`)}'`, "@p3=name"],
    });
    assert.deepEqual(rows.value.map((row) => row.name), [`${tag} 2`, `${tag} 0`]);
});

capability("retrieveMultiple counted", async () => {
    const tag = fresh("counted");
    await accounts(tag, 4);
    const rows = await api.retrieveMultiple({ collection: "accounts", select: ["name"], filter: `startswith(name,'${tag}')`, count: true, maxPageSize: 2 });
    assert.equal(rows.oDataCount, 4);
    assert.equal(rows.value.length, 2);
});

capability("retrieveMultiple counted, with the annotations of the count", async () => {
    const tag = fresh("total");
    await accounts(tag, 3);
    const rows = await api.retrieveMultiple({
        collection: "accounts", select: ["name"], filter: `startswith(name,'${tag}')`, count: true,
        includeAnnotations: "Microsoft.Dynamics.CRM.totalrecordcount,Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded",
    });
    assert.equal(rows["@Microsoft.Dynamics.CRM.totalrecordcount"], 3);
    assert.equal(rows["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"], false);
});

capability("retrieveMultiple expanded", async () => {
    const tag = fresh("expand");
    await accounts(tag, 2, () => ({ primarycontactid: { lastname: tag } }));
    const rows = await api.retrieveMultiple({
        collection: "accounts", select: ["name"], filter: `startswith(name,'${tag}')`,
        expand: [{ property: "primarycontactid", select: ["lastname"] }, { property: "contact_customer_accounts", select: ["lastname"], top: 2 }],
    });
    assert.deepEqual(rows.value.map((row) => row.primarycontactid.lastname), [tag, tag]);
    assert.deepEqual(rows.value.map((row) => row.contact_customer_accounts), [[], []]);
});

capability("retrieveMultiple aggregated", async () => {
    const tag = fresh("apply");
    await accounts(tag, 4, (n) => ({ numberofemployees: n, accountcategorycode: n < 3 ? 1 : 2 }));
    const grouped = await api.retrieveMultiple({
        collection: "accounts",
        apply: encodeURIComponent(`filter(startswith(name,'${tag}'))/groupby((accountcategorycode),aggregate(numberofemployees with sum as total,$count as rows))`),
    });
    const found = grouped.value.map((row) => [row.accountcategorycode, row.total, row.rows]).sort();
    assert.deepEqual(found, [[1, 3, 3], [2, 3, 1]]);
});

capability("retrieveMultiple page by page", async () => {
    const tag = fresh("pages");
    await accounts(tag, 5);
    const request = { collection: "accounts", select: ["name"], filter: `startswith(name,'${tag}')`, orderBy: ["name"], maxPageSize: 2 };
    const sizes = [];
    const names = [];
    let page = await api.retrieveMultiple(request);
    for (;;) {
        sizes.push(page.value.length);
        names.push(...page.value.map((row) => row.name));
        if (!page.oDataNextLink) break;
        assert.ok(page.oDataNextLink.startsWith(API), page.oDataNextLink);
        page = await api.retrieveMultiple(request, page.oDataNextLink);
    }
    assert.deepEqual(sizes, [2, 2, 1]);
    assert.deepEqual(names, [0, 1, 2, 3, 4].map((n) => `${tag} ${n}`));
});

capability("retrieveMultiple annotated, by the configuration", async () => {
    const tag = fresh("configured");
    await accounts(tag, 3, () => ({ accountcategorycode: 1 }));
    const client = opened({ includeAnnotations: "OData.Community.Display.V1.FormattedValue", maxPageSize: 2 });
    const rows = await client.retrieveMultiple({ collection: "accounts", select: ["accountcategorycode", "_ownerid_value"], filter: `startswith(name,'${tag}')` });
    assert.equal(rows.value.length, 2);
    assert.equal(rows.value[0].accountcategorycode_Formatted, "Preferred Customer");
    assert.ok(!("_ownerid_value_LogicalName" in rows.value[0]), JSON.stringify(rows.value[0]));
});

capability("retrieveMultiple with a long filter, as a batch", async () => {
    const tag = fresh("long");
    await accounts(tag, 2);
    const filter = `name eq '${tag} 1' or ${Array.from({ length: 60 }, (_, n) => `name eq '${tag} no such name ${n}'`).join(" or ")}`;
    const rows = await api.retrieveMultiple({ collection: "accounts", select: ["name"], filter });
    assert.deepEqual(rows.value.map((row) => row.name), [`${tag} 1`]);
});

capability("retrieveMultiple with changes since then", async () => {
    const tag = fresh("delta");
    const gone = await account({ name: `${tag} gone` });
    const kept = await account({ name: `${tag} kept` });
    const request = { collection: "accounts", select: ["name"], trackChanges: true };
    let page = await api.retrieveMultiple(request);
    while (page.oDataNextLink) page = await api.retrieveMultiple(request, page.oDataNextLink);
    assert.ok(page.oDataDeltaLink.startsWith(API), page.oDataDeltaLink);
    await api.deleteRecord({ collection: "accounts", key: gone });
    await api.update({ collection: "accounts", key: kept, data: { name: `${tag} changed` } });
    const added = await account({ name: `${tag} added` });
    const changes = await api.retrieveMultiple(request, page.oDataDeltaLink);
    const names = new Map(changes.value.map((row) => [row.accountid ?? row.id, row.name ?? row.reason]));
    assert.deepEqual([names.get(kept), names.get(added), names.get(gone)], [`${tag} changed`, `${tag} added`, "deleted"]);
    const none = await api.retrieveMultiple(request, changes.oDataDeltaLink);
    assert.deepEqual(none.value, []);
});

capability("retrieveAll", async () => {
    const tag = fresh("all");
    await accounts(tag, 5);
    const rows = await api.retrieveAll({ collection: "accounts", select: ["name"], filter: `startswith(name,'${tag}')`, orderBy: ["name desc"], maxPageSize: 2 });
    assert.deepEqual(rows.value.map((row) => row.name), [4, 3, 2, 1, 0].map((n) => `${tag} ${n}`));
});

capability("retrieveAll with changes", async () => {
    const tag = fresh("alldelta");
    await account({ name: tag });
    const rows = await api.retrieveAll({ collection: "accounts", select: ["name"], trackChanges: true });
    assert.ok(rows.value.some((row) => row.name === tag));
    assert.ok(rows.oDataDeltaLink.startsWith(API), rows.oDataDeltaLink);
    const added = await account({ name: `${tag} added` });
    const changes = await api.retrieveMultiple({ collection: "accounts" }, rows.oDataDeltaLink);
    assert.deepEqual(changes.value.map((row) => row.accountid), [added]);
});

capability("count, with and without a filter", async () => {
    const tag = fresh("count");
    const before = await api.count({ collection: "accounts" });
    assert.equal(typeof before, "number");
    await accounts(tag, 3);
    assert.equal(await api.count({ collection: "accounts" }), before + 3);
    assert.equal(await api.count({ collection: "accounts", filter: `startswith(name,'${tag}')` }), 3);
    assert.equal(await api.count({ collection: "accounts", filter: `name eq '${tag} no'` }), 0);
});

capability("countAll", async () => {
    const tag = fresh("countall");
    await accounts(tag, 3);
    assert.equal(await api.countAll({ collection: "accounts", filter: `startswith(name,'${tag}')`, select: ["name"] }), 3);
    assert.equal(await opened({ maxPageSize: 2 }).countAll({ collection: "accounts", filter: `startswith(name,'${tag}')` }), 3);
});

// ------------------------------------------------------------------------------------------------ fetch

const like = (tag) => `<filter><condition attribute='name' operator='like' value='${tag}%'/></filter>`;

capability("fetch", async () => {
    const tag = fresh("fetch");
    await accounts(tag, 3);
    const rows = await api.fetch({ collection: "accounts", fetchXml: `<fetch mapping="logical"><entity name="account"><attribute name="name"/><order attribute="name" descending="true"/>${like(tag)}</entity></fetch>` });
    assert.deepEqual(rows.value.map((row) => row.name), [2, 1, 0].map((n) => `${tag} ${n}`));
});

capability("fetch page by page with its cookie", async () => {
    const tag = fresh("cookie");
    await accounts(tag, 5);
    const fetchXml = `<fetch mapping="logical" count="2"><entity name="account"><attribute name="name"/><order attribute="name"/>${like(tag)}</entity></fetch>`;
    const pages = [];
    let pageNumber = 1;
    let pagingCookie = null;
    for (;;) {
        const page = await api.fetch({ collection: "accounts", fetchXml, pageNumber, pagingCookie, includeAnnotations: "*" });
        pages.push(page.value.map((row) => row.name.at(-1)));
        if (!page.PagingInfo?.cookie) break;
        assert.equal(page.PagingInfo.nextPage, pageNumber + 1);
        ({ nextPage: pageNumber, cookie: pagingCookie } = page.PagingInfo);
    }
    assert.deepEqual(pages, [["0", "1"], ["2", "3"], ["4"]]);
});

capability("fetch with top, and a page in the query", async () => {
    const tag = fresh("top");
    await accounts(tag, 3);
    const body = `<entity name="account"><attribute name="name"/><order attribute="name"/>${like(tag)}</entity>`;
    const top = await api.fetch({ collection: "accounts", fetchXml: `<fetch top="2">${body}</fetch>` });
    assert.deepEqual(top.value.map((row) => row.name.at(-1)), ["0", "1"]);
    const page = await api.fetch({ collection: "accounts", fetchXml: `<fetch count="2" page="2">${body}</fetch>` });
    assert.deepEqual(page.value.map((row) => row.name.at(-1)), ["2"]);
});

capability("fetch with linked tables", async () => {
    const tag = fresh("linked");
    await accounts(tag, 1, () => ({ primarycontactid: { lastname: `of ${tag}` } }));
    await account({ name: `${tag} alone` });
    const linked = (type) => api.fetch({
        collection: "accounts",
        fetchXml: `<fetch><entity name="account"><attribute name="name"/><order attribute="name"/>${like(tag)}<link-entity name="contact" from="contactid" to="primarycontactid" alias="c" link-type="${type}"><attribute name="lastname"/></link-entity></entity></fetch>`,
    });
    assert.deepEqual((await linked("inner")).value.map((row) => row["c.lastname"]), [`of ${tag}`]);
    assert.deepEqual((await linked("outer")).value.map((row) => row["c.lastname"] ?? null), [`of ${tag}`, null]);
});

capability("fetch aggregated", async () => {
    const tag = fresh("aggregate");
    await accounts(tag, 4, (n) => ({ numberofemployees: n, accountcategorycode: n < 3 ? 1 : 2 }));
    const rows = await api.fetch({
        collection: "accounts", includeAnnotations: "*",
        fetchXml: `<fetch aggregate="true"><entity name="account"><attribute name="numberofemployees" alias="total" aggregate="sum"/><attribute name="accountid" alias="n" aggregate="count"/><attribute name="accountcategorycode" alias="category" groupby="true"/><order alias="category"/>${like(tag)}</entity></fetch>`,
    });
    assert.deepEqual(rows.value.map((row) => [row.category, row.total, row.n]), [[1, 3, 3], [2, 3, 1]]);
    assert.equal(rows.value[0].category_Formatted, "Preferred Customer");
});

capability("fetch with the total count", async () => {
    const tag = fresh("fetchtotal");
    await accounts(tag, 3);
    const rows = await api.fetch({
        collection: "accounts", includeAnnotations: "*",
        fetchXml: `<fetch count="2" returntotalrecordcount="true"><entity name="account"><attribute name="name"/>${like(tag)}</entity></fetch>`,
    });
    assert.equal(rows["@Microsoft.Dynamics.CRM.totalrecordcount"], 3);
    assert.equal(rows["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"], false);
});

capability("fetchAll", async () => {
    const tag = fresh("fetchall");
    await accounts(tag, 5);
    const request = () => ({
        collection: "accounts", includeAnnotations: "Microsoft.Dynamics.CRM.fetchxmlpagingcookie",
        fetchXml: `<fetch mapping="logical" count="2"><entity name="account"><attribute name="name"/><order attribute="name"/>${like(tag)}</entity></fetch>`,
    });
    assert.deepEqual((await api.fetchAll(request())).value.map((row) => row.name.at(-1)), ["0", "1", "2", "3", "4"]);
    await api.deleteRecord({ collection: "accounts", key: (await api.fetchAll(request())).value[4].accountid });
    assert.equal((await api.fetchAll(request())).value.length, 4);
});

capability("fetch that is wrong", async () => {
    const error = await raised(api.fetch({ collection: "accounts", fetchXml: `<fetch><entity name="account"><attribute name="nosuchcolumn"/></entity></fetch>` }));
    assert.equal(error.status, 400);
    assert.ok(error.message.includes("nosuchcolumn"), error.message);
});

// ------------------------------------------------------------------------------------------- associate

capability("associate and disassociate, 1:N", async () => {
    const parent = await account();
    const child = await contact();
    const parentOf = async () => (await read("contacts", child, "_parentcustomerid_value"))._parentcustomerid_value;
    await api.associate({ collection: "accounts", primaryKey: parent, relationshipName: "contact_customer_accounts", relatedCollection: "contacts", relatedKey: child });
    assert.equal(await parentOf(), parent);
    await api.disassociate({ collection: "accounts", primaryKey: parent, relationshipName: "contact_customer_accounts", relatedKey: child });
    assert.equal(await parentOf(), null);
});

const whoAmI = () => api.callFunction("WhoAmI");

capability("associate and disassociate, N:N", async () => {
    const { UserId } = await whoAmI();
    const project = await api.create({ collection: "new_projects", data: { new_name: fresh("members") } });
    const members = async () => (await api.retrieve({ collection: "new_projects", key: project, navigationProperty: "new_project_systemuser", select: ["systemuserid"] })).value.map((row) => row.systemuserid);
    await api.associate({ collection: "new_projects", primaryKey: project, relationshipName: "new_project_systemuser", relatedCollection: "systemusers", relatedKey: UserId });
    assert.deepEqual(await members(), [UserId]);
    await api.disassociate({ collection: "new_projects", primaryKey: project, relationshipName: "new_project_systemuser", relatedKey: UserId });
    assert.deepEqual(await members(), []);
});

capability("associateSingleValued and disassociateSingleValued", async () => {
    const id = await account();
    const person = await contact();
    const of = async () => (await read("accounts", id, "_primarycontactid_value"))._primarycontactid_value;
    await api.associateSingleValued({ collection: "accounts", primaryKey: id, navigationProperty: "primarycontactid", relatedCollection: "contacts", relatedKey: person });
    assert.equal(await of(), person);
    await api.disassociateSingleValued({ collection: "accounts", primaryKey: id, navigationProperty: "primarycontactid" });
    assert.equal(await of(), null);
});

capability("associateSingleValued with an alternate key", async () => {
    const number = randomUUID().slice(0, 12);
    const parent = await account({ accountnumber: number });
    const id = await account();
    await api.associateSingleValued({ collection: "accounts", primaryKey: id, navigationProperty: "parentaccountid", relatedCollection: "accounts", relatedKey: `accountnumber='${number}'` });
    assert.equal((await read("accounts", id, "_parentaccountid_value"))._parentaccountid_value, parent);
});

capability("associate of a row that does not exist", async () => {
    const error = await raised(api.associate({ collection: "accounts", primaryKey: await account(), relationshipName: "contact_customer_accounts", relatedCollection: "contacts", relatedKey: randomUUID() }));
    assert.equal(error.status, 404);
});

// ------------------------------------------------------------------------------- functions and actions

capability("callFunction unbound", async () => {
    const me = await whoAmI();
    for (const name of ["UserId", "BusinessUnitId", "OrganizationId"]) assert.match(me[name], UUID, name);
    assert.equal((await api.callFunction({ name: "WhoAmI" })).UserId, me.UserId);
    assert.equal((await api.callFunction({ functionName: "WhoAmI" })).UserId, me.UserId);
    assert.match((await api.callFunction("RetrieveVersion")).Version, /^9\.2\.\d+\.\d+$/);
});

capability("callFunction with parameters", async () => {
    await account();
    const { EntityRecordCountCollection: counts } = await api.callFunction({ name: "RetrieveTotalRecordCount", parameters: { EntityNames: ["account", "contact"] } });
    assert.deepEqual(counts.Keys, ["account", "contact"]);
    assert.equal(counts.Count, 2);
    assert.ok(counts.Values[0] >= 1);
});

capability("callFunction with an enum and an object", async () => {
    const id = await account({ name: "origin" });
    const row = await api.callFunction({
        name: "InitializeFrom",
        parameters: { EntityMoniker: { "@odata.id": `accounts(${id})` }, TargetEntityName: "contact", TargetFieldType: "Microsoft.Dynamics.CRM.TargetFieldType'ValidForCreate'" },
    });
    assert.equal(row["@odata.type"], "#Microsoft.Dynamics.CRM.contact");
});

capability("callFunction bound", async () => {
    const id = await api.create({ collection: "incidents", data: { title: fresh("case"), "customerid_account@odata.bind": `accounts(${await account()})` } });
    const total = await api.callFunction({ collection: "incidents", key: id, name: "Microsoft.Dynamics.CRM.CalculateTotalTimeIncident" });
    assert.equal(total.TotalTime, 0);
});

capability("callFunction that does not exist", async () => {
    assert.equal((await raised(api.callFunction("NoSuchFunction"))).status, 404);
});

capability("callAction bound to a row", async () => {
    const { UserId, BusinessUnitId } = await whoAmI();
    const team = await api.create({
        collection: "teams",
        data: { name: fresh("team"), teamtype: 0, "administratorid@odata.bind": `systemusers(${UserId})`, "businessunitid@odata.bind": `businessunits(${BusinessUnitId})` },
    });
    await api.callAction({
        collection: "teams", key: team, actionName: "Microsoft.Dynamics.CRM.AddMembersTeam",
        action: { Members: [{ "@odata.type": "Microsoft.Dynamics.CRM.systemuser", systemuserid: UserId }] },
    });
    const members = await api.retrieve({ collection: "teams", key: team, navigationProperty: "teammembership_association", select: ["systemuserid"] });
    assert.deepEqual(members.value.map((row) => row.systemuserid), [UserId]);
});

capability("callAction bound to a collection", async () => {
    const tag = fresh("bulk");
    const type = "Microsoft.Dynamics.CRM.account";
    const targets = [0, 1].map((n) => ({ "@odata.type": type, name: `${tag} ${n}`, accountnumber: `${randomUUID().slice(0, 12)}` }));
    const { Ids } = await api.callAction({ collection: "accounts", actionName: "Microsoft.Dynamics.CRM.CreateMultiple", action: { Targets: targets } });
    assert.equal(Ids.length, 2);
    await api.callAction({ collection: "accounts", actionName: "Microsoft.Dynamics.CRM.UpdateMultiple", action: { Targets: Ids.map((accountid) => ({ "@odata.type": type, accountid, description: tag })) } });
    assert.equal(await api.count({ collection: "accounts", filter: `description eq '${tag}'` }), 2);
    await opened({ disableODataIdAbsoluteUrl: true }).callAction({
        collection: "accounts", actionName: "Microsoft.Dynamics.CRM.UpsertMultiple",
        action: { Targets: [...targets, { name: tag, accountnumber: randomUUID().slice(0, 12) }].map(({ accountnumber, name }) => ({ "@odata.type": type, "@odata.id": `accounts(accountnumber='${accountnumber}')`, name, fax: tag })) },
    });
    assert.equal(await api.count({ collection: "accounts", filter: `fax eq '${tag}'` }), 3);
});

capability("callAction unbound", async () => {
    const kept = await account({ name: "kept" });
    const merged = await account({ name: "merged", telephone1: "555" });
    await api.callAction({
        actionName: "Merge",
        action: {
            Target: { "@odata.type": "Microsoft.Dynamics.CRM.account", accountid: kept },
            Subordinate: { "@odata.type": "Microsoft.Dynamics.CRM.account", accountid: merged },
            UpdateContent: { "@odata.type": "Microsoft.Dynamics.CRM.account", telephone1: "555" },
            PerformParentingChecks: false,
        },
    });
    const row = await read("accounts", merged, "statecode", "_masterid_value");
    assert.deepEqual([row.statecode, row._masterid_value], [1, kept]);
    assert.equal((await read("accounts", kept, "telephone1")).telephone1, "555");
});

// The answers to these operations of the schema are in operations.json.

capability("callFunction of the schema, bound, with and without its parameter", async () => {
    const request = { collection: "accounts", key: await account(), name: "Microsoft.Dynamics.CRM.new_OpenProjects" };
    const projects = await api.callFunction({ ...request, parameters: { MaxAgeInDays: 30 } });
    assert.deepEqual(projects.value.map((row) => row.new_name), ["Open"]);
    assert.deepEqual((await api.callFunction(request)).value, []);
});

capability("callAction of the schema, bound, also refused", async () => {
    const request = { collection: "accounts", key: await account(), actionName: "Microsoft.Dynamics.CRM.new_Archive" };
    assert.equal(await api.callAction({ ...request, action: { Reason: "old" } }), undefined);
    const error = await raised(api.callAction({ ...request, action: { Reason: "refused" } }));
    assert.deepEqual([error.status, error.code, error.message], [400, "0x80040265", "The suite refuses it."]);
    assert.equal((await raised(api.callAction({ ...request, action: { Nothing: 1 } }))).status, 400);
});

capability("callAction of the schema, unbound", async () => {
    const answer = await api.callAction({ actionName: "new_RecalculateBudgets", action: { AsOf: "2026-12-24T10:00:00Z", Projects: null } });
    assert.equal(answer.Count, 3);
});

const finished = (id) => eventually(async () => {
    const status = await api.getBackgroundOperationStatus(id);
    return status.backgroundOperationStateCode === 3 ? status : null;
});

capability("callAction in the background", async () => {
    const request = { actionName: "new_RecalculateBudgets", action: { AsOf: "2026-12-24T10:00:00Z", Projects: null }, respondAsync: true };
    const { location, backgroundOperationId } = await api.callAction(request);
    assert.match(backgroundOperationId, UUID);
    assert.equal(location, `${URL_OF_EMULATOR}/api/backgroundoperation/${backgroundOperationId}`);
    const status = await finished(backgroundOperationId);
    assert.equal(status.backgroundOperationStatusCode, 30);
    assert.equal(status.Count, 3);
    const row = await read("backgroundoperations", backgroundOperationId, "backgroundoperationstatecode", "backgroundoperationstatuscode");
    assert.deepEqual([row.backgroundoperationstatecode, row.backgroundoperationstatuscode], [3, 30]);
});

capability("callAction in the background that is refused", async () => {
    const { backgroundOperationId } = await api.callAction({
        collection: "accounts", key: await account(), actionName: "Microsoft.Dynamics.CRM.new_Archive", action: { Reason: "refused" }, respondAsync: true,
    });
    const status = await finished(backgroundOperationId);
    assert.equal(status.backgroundOperationStatusCode, 31);
    assert.equal(status.backgroundOperationErrorMessage, "The suite refuses it.");
});

capability("callAction in the background, with a call back", async () => {
    const posted = [];
    const receiver = http.createServer((incoming, outgoing) => {
        let body = "";
        incoming.on("data", (chunk) => { body += chunk; });
        incoming.on("end", () => {
            posted.push({ method: incoming.method, ...JSON.parse(body) });
            outgoing.end();
        });
    });
    await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    try {
        const { backgroundOperationId } = await api.callAction({
            actionName: "new_RecalculateBudgets", action: { AsOf: "2026-12-24T10:00:00Z", Projects: null }, respondAsync: true,
            backgroundOperationCallbackUrl: `http://127.0.0.1:${receiver.address().port}/done`,
        });
        const [call] = await eventually(() => (posted.length ? posted : null));
        assert.deepEqual([call.method, call.backgroundOperationId, call.backgroundOperationStatusCode], ["POST", backgroundOperationId, 30]);
    } finally {
        receiver.closeAllConnections();
        receiver.close();
    }
});

capability("background operations: one that is done is not cancelled, one that does not exist", async () => {
    const { backgroundOperationId } = await api.callAction({ actionName: "new_RecalculateBudgets", action: { AsOf: "2026-12-24T10:00:00Z", Projects: null }, respondAsync: true });
    await finished(backgroundOperationId);
    const error = await raised(api.cancelBackgroundOperation(backgroundOperationId));
    assert.ok(error.status >= 400 && error.status < 500, String(error.status));
    assert.equal(error.message, "Canceling background operation is not allowed after it is in terminal state.");
    assert.equal((await raised(api.getBackgroundOperationStatus(randomUUID()))).status, 404);
    assert.equal((await raised(api.cancelBackgroundOperation(randomUUID()))).status, 404);
});

capability("callAction that does not exist", async () => {
    assert.equal((await raised(api.callAction({ actionName: "NoSuchAction", action: { A: 1 } }))).status, 404);
});

// ----------------------------------------------------------------------------------------------- batch

capability("batch with a change set", async () => {
    const tag = fresh("batch");
    const old = await account({ name: `${tag} old` });
    api.startBatch();
    api.create({ collection: "accounts", data: { name: `${tag} new` } });
    api.update({ collection: "accounts", key: old, data: { name: `${tag} changed` } });
    api.upsert({ collection: "accounts", key: randomUUID(), data: { name: `${tag} upserted` } });
    api.retrieveMultiple({ collection: "accounts", select: ["name"], filter: `startswith(name,'${tag}')`, orderBy: ["name"] });
    const [created, updated, upserted, rows] = await api.executeBatch();
    assert.match(created, UUID);
    assert.equal(updated, true);
    assert.match(upserted, UUID);
    assert.deepEqual(rows.value.map((row) => row.name), ["changed", "new", "upserted"].map((word) => `${tag} ${word}`));
});

capability("batch with content ids", async () => {
    const tag = fresh("ids");
    api.startBatch();
    api.create({ collection: "contacts", contentId: "1", data: { firstname: "John", lastname: tag } });
    api.create({ collection: "accounts", contentId: "2", data: { name: tag, "primarycontactid@odata.bind": "$1" } });
    api.update({ contentId: "$2", data: { description: "in the set" } });
    api.create({ contentId: "$2", collection: "opportunity_customer_accounts", data: { name: tag } });
    const responses = await api.executeBatch();
    assert.match(responses[0], UUID);
    const row = await api.retrieve({ collection: "accounts", key: responses[1], select: ["description", "_primarycontactid_value"], expand: [{ property: "opportunity_customer_accounts", select: ["name"] }] });
    assert.equal(row.description, "in the set");
    assert.equal(row._primarycontactid_value, responses[0]);
    assert.deepEqual(row.opportunity_customer_accounts.map((o) => o.name), [tag]);
});

capability("batch with associations by content id", async () => {
    const tag = fresh("ref");
    api.startBatch();
    api.create({ collection: "accounts", contentId: "1", data: { name: tag } });
    api.create({ collection: "contacts", contentId: "2", data: { lastname: tag } });
    api.associate({ contentId: "$1", relationshipName: "contact_customer_accounts", relatedKey: "$2" });
    api.associateSingleValued({ contentId: "$1", navigationProperty: "primarycontactid", relatedKey: "$2" });
    const [id, person] = await api.executeBatch();
    assert.equal((await read("accounts", id, "_primarycontactid_value"))._primarycontactid_value, person);
    assert.equal((await read("contacts", person, "_parentcustomerid_value"))._parentcustomerid_value, id);
});

capability("batch with dissociations, single properties and deletions", async () => {
    const parent = await account();
    const child = await contact({ "parentcustomerid_account@odata.bind": `accounts(${parent})` });
    const other = await account({ "primarycontactid@odata.bind": `contacts(${child})`, description: "x" });
    const gone = await account();
    api.startBatch();
    api.disassociate({ collection: "accounts", primaryKey: parent, relationshipName: "contact_customer_accounts", relatedKey: child });
    api.disassociateSingleValued({ collection: "accounts", primaryKey: other, navigationProperty: "primarycontactid" });
    api.updateSingleProperty({ collection: "accounts", key: other, fieldValuePair: { name: "single" } });
    api.deleteRecord({ collection: "accounts", key: other, property: "description" });
    api.deleteRecord({ collection: "accounts", key: gone });
    const responses = await api.executeBatch();
    assert.equal(responses.length, 5);
    assert.equal(responses[4], true);
    const row = await read("accounts", other, "name", "description", "_primarycontactid_value");
    assert.deepEqual([row.name, row.description, row._primarycontactid_value], ["single", null, null]);
    await missing("accounts", gone);
});

capability("batch with representations", async () => {
    const id = await account();
    api.startBatch();
    api.create({ collection: "accounts", data: { name: "Größe" }, returnRepresentation: true, select: ["name"] });
    api.update({ collection: "accounts", key: id, data: { name: "after" }, returnRepresentation: true, select: ["name", "accountcategorycode"], includeAnnotations: "*" });
    const [created, updated] = await api.executeBatch();
    assert.equal(created.name, "Größe");
    assert.equal(updated.name, "after");
});

capability("batch of reads: rows, counts, fetch, functions", async () => {
    const tag = fresh("reads");
    await accounts(tag, 2);
    const id = await account({ name: `${tag} 2` });
    api.startBatch();
    api.retrieve({ collection: "accounts", key: id, select: ["name"], includeAnnotations: "*" });
    api.count({ collection: "accounts" });
    api.count({ collection: "accounts", filter: `startswith(name,'${tag}')` });
    api.fetch({ collection: "accounts", fetchXml: `<fetch><entity name="account"><attribute name="name"/>${like(tag)}</entity></fetch>` });
    api.callFunction("WhoAmI");
    api.retrieveEntities({ select: ["LogicalName"], filter: "LogicalName eq 'account'" });
    const [row, all, some, fetched, me, tables] = await api.executeBatch();
    assert.equal(row.name, `${tag} 2`);
    assert.ok(all >= 3, String(all));
    assert.equal(some, 3);
    assert.equal(fetched.value.length, 3);
    assert.match(me.UserId, UUID);
    assert.deepEqual(tables.value.map((table) => table.LogicalName), ["account"]);
});

capability("batch without a change set", async () => {
    const tag = fresh("unset");
    api.startBatch();
    api.create({ collection: "accounts", data: { name: `${tag} a` }, inChangeSet: false });
    api.update({ collection: "accounts", key: randomUUID(), data: { name: "x" }, inChangeSet: false });
    api.create({ collection: "accounts", data: { name: `${tag} b` }, inChangeSet: false });
    const responses = await api.executeBatch({ continueOnError: true });
    assert.match(responses[0], UUID);
    assert.ok(responses[1] instanceof Error && responses[1].status === 404, JSON.stringify(responses[1]));
    assert.match(responses[2], UUID);
    assert.equal(await api.count({ collection: "accounts", filter: `startswith(name,'${tag}')` }), 2);
});

capability("batch whose operations are all without a change set", async () => {
    const tag = fresh("allunset");
    api.startBatch();
    api.create({ collection: "accounts", data: { name: `${tag} a` } });
    api.create({ collection: "accounts", data: { name: `${tag} b` } });
    const responses = await api.executeBatch({ inChangeSet: false });
    for (const id of responses) assert.match(id, UUID);
});

capability("batch whose change set fails as a whole", async () => {
    const tag = fresh("rollback");
    api.startBatch();
    api.create({ collection: "accounts", data: { name: tag } });
    api.update({ collection: "accounts", key: randomUUID(), data: { name: tag } });
    const errors = await raised(api.executeBatch());
    const error = Array.isArray(errors) ? errors[0] : errors;
    assert.equal(error.status, 404, JSON.stringify(error));
    assert.equal(error.error?.code ?? error.code, "0x80040217", JSON.stringify(error));
    assert.equal(await api.count({ collection: "accounts", filter: `name eq '${tag}'` }), 0);
});

capability("batch that continues after an error", async () => {
    const tag = fresh("continues");
    api.startBatch();
    api.retrieve({ collection: "accounts", key: randomUUID() });
    api.create({ collection: "accounts", data: { name: tag } });
    const [error, id] = await api.executeBatch({ continueOnError: true });
    assert.equal(error.status, 404);
    assert.match(id, UUID);
});

capability("batch that stops at an error", async () => {
    const tag = fresh("stops");
    api.startBatch();
    api.retrieve({ collection: "accounts", key: randomUUID() });
    api.create({ collection: "accounts", data: { name: tag } });
    const errors = await raised(api.executeBatch());
    assert.equal((Array.isArray(errors) ? errors[0] : errors).status, 404);
    assert.equal(await api.count({ collection: "accounts", filter: `name eq '${tag}'` }), 0);
});

capability("batch with conditions", async () => {
    const id = await account();
    const { "@odata.etag": ifmatch } = await read("accounts", id, "name");
    await api.update({ collection: "accounts", key: id, data: { name: "changed" } });
    api.startBatch();
    api.update({ collection: "accounts", key: id, data: { name: "x" }, ifmatch, inChangeSet: false });
    api.upsert({ collection: "accounts", key: id, data: { name: "x" }, ifnonematch: "*", inChangeSet: false });
    const responses = await api.executeBatch({ continueOnError: true });
    assert.deepEqual(responses.map((response) => response.status), [412, 412]);
});

capability("batch with actions", async () => {
    const tag = fresh("action");
    api.startBatch();
    api.callAction({ collection: "accounts", actionName: "Microsoft.Dynamics.CRM.CreateMultiple", action: { Targets: [{ "@odata.type": "Microsoft.Dynamics.CRM.account", name: tag }] } });
    const [{ Ids }] = await api.executeBatch();
    assert.match(Ids[0], UUID);
});

capability("batch of many operations", async () => {
    const tag = fresh("many");
    api.startBatch();
    for (let n = 0; n < 100; n += 1) api.create({ collection: "accounts", data: { name: `${tag} ${n}` } });
    const ids = await api.executeBatch();
    assert.equal(new Set(ids).size, 100);
    assert.equal(await api.count({ collection: "accounts", filter: `startswith(name,'${tag}')` }), 100);
});

capability("batch that is empty", async () => {
    api.startBatch();
    await raised(api.executeBatch());
});

// ----------------------------------------------------------------------------------------------- files

const project = (data) => api.create({ collection: "new_projects", data: { new_name: fresh("project"), ...data } });
const CHUNK = 4 * 1024 * 1024;

for (const [words, size] of [["small", 1000], ["of several chunks", 2 * CHUNK + 12345], ["of exactly one chunk", CHUNK]]) {
    capability(`uploadFile and downloadFile, ${words}`, async () => {
        const key = await project();
        const data = randomBytes(size);
        await api.uploadFile({ collection: "new_projects", key, property: "new_contract", fileName: "contract.pdf", data });
        const file = await api.downloadFile({ collection: "new_projects", key, property: "new_contract" });
        assert.equal(file.fileName, "contract.pdf");
        assert.equal(file.fileSize, size);
        assert.ok(Buffer.compare(Buffer.from(file.data), data) === 0, "other bytes came back");
        assert.equal((await read("new_projects", key, "new_contract_name")).new_contract_name, "contract.pdf");
    });
}

capability("uploadFile again, with fieldName", async () => {
    const key = await project();
    for (const text of ["first", "the second"]) {
        await api.uploadFile({ collection: "new_projects", key, fieldName: "new_contract", fileName: "a.txt", data: Buffer.from(text) });
    }
    const file = await api.downloadFile({ collection: "new_projects", key, fieldName: "new_contract" });
    assert.equal(Buffer.from(file.data).toString(), "the second");
});

capability("deleteRecord of a file", async () => {
    const key = await project();
    await api.uploadFile({ collection: "new_projects", key, property: "new_contract", fileName: "a.txt", data: Buffer.from("x") });
    assert.ok((await read("new_projects", key, "new_contract")).new_contract);
    await api.deleteRecord({ collection: "new_projects", key, property: "new_contract" });
    assert.equal((await read("new_projects", key, "new_contract")).new_contract, null);
    assert.equal((await raised(api.downloadFile({ collection: "new_projects", key, property: "new_contract" }))).status, 404);
});

capability("image of a row", async () => {
    const entityimage = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    const id = await account({ entityimage });
    const row = await read("accounts", id, "entityimage", "entityimageid");
    assert.ok(row.entityimage?.startsWith("iVBORw0KGgo") || row.entityimage?.startsWith("/9j/"), String(row.entityimage).slice(0, 40));
    assert.match(row.entityimageid, UUID);
    await api.update({ collection: "accounts", key: id, data: { entityimage: null } });
    assert.equal((await read("accounts", id, "entityimage")).entityimage, null);
});

// ---------------------------------------------------------------------------------------- impersonation

capability("impersonate, by request and by configuration", async () => {
    const { UserId, BusinessUnitId } = await whoAmI();
    const aad = randomUUID();
    const user = await api.create({
        collection: "systemusers",
        data: { firstname: "Iris", lastname: fresh("Impersonated"), domainname: `${randomUUID()}@contoso.example`, internalemailaddress: `${randomUUID()}@contoso.example`, azureactivedirectoryobjectid: aad, "businessunitid@odata.bind": `businessunits(${BusinessUnitId})` },
    });
    const makers = async (id) => {
        const row = await read("accounts", id, "_createdby_value", "_createdonbehalfby_value", "_ownerid_value");
        return [row._createdby_value, row._createdonbehalfby_value, row._ownerid_value];
    };
    const request = { collection: "accounts", data: { name: fresh("impersonated") } };
    for (const id of [
        await api.create({ ...request, impersonate: user }), await opened({ impersonate: user }).create(request),
        await api.create({ ...request, impersonateAAD: aad }), await opened({ impersonateAAD: aad }).create(request),
    ]) {
        assert.deepEqual(await makers(id), [user, UserId, user]);
    }
    assert.equal((await api.callFunction({ name: "WhoAmI", impersonate: user })).UserId, user);
});

// --------------------------------------------------------------------------------------- configuration

capability("useEntityNames", async () => {
    const client = opened({ useEntityNames: true });
    const person = await contact();
    const id = await client.create({ collection: "account", data: { name: "by the entity's name", "primarycontactid@odata.bind": `contact(${person})` } });
    const row = await client.retrieve({ collection: "account", key: id, select: ["name", "_primarycontactid_value"] });
    assert.deepEqual([row.name, row._primarycontactid_value], ["by the entity's name", person]);
    assert.equal(client.Utility.getCollectionName("account"), "accounts");
    assert.equal(client.Utility.getCollectionName("opportunity"), "opportunities");
    assert.equal(client.Utility.toAbsoluteUrl("accounts"), `${API}accounts`);
});

capability("returnRepresentation, headers and page size by the configuration", async () => {
    const client = opened({ returnRepresentation: true, headers: { "x-own": "1" } });
    const row = await client.create({ collection: "accounts", data: { name: "configured" } });
    assert.equal(row.name, "configured");
    assert.match(await client.create({ collection: "accounts", data: { name: "configured" }, returnRepresentation: false }), UUID);
    assert.equal((await client.update({ collection: "accounts", key: row.accountid, data: { name: "again" } })).name, "again");
});

capability("setConfig and initializeInstance", async () => {
    const client = new DynamicsWebApi({ serverUrl: "http://127.0.0.1:9/" });
    client.setConfig({ serverUrl: `${URL_OF_EMULATOR}/`, onTokenRefresh: async () => TOKEN, dataApi: { version: "9.1" } });
    assert.match((await client.callFunction("WhoAmI")).UserId, UUID);
    assert.match((await client.initializeInstance().callFunction("WhoAmI")).UserId, UUID);
    assert.match((await client.initializeInstance({ serverUrl: URL_OF_EMULATOR, onTokenRefresh: async () => TOKEN }).callFunction("WhoAmI")).UserId, UUID);
});

capability("proxy", async () => {
    let asked = 0;
    const proxy = http.createServer((incoming, outgoing) => {
        asked += 1;
        const headers = { ...incoming.headers, host: new URL(incoming.url).host };
        const onward = http.request(incoming.url, { method: incoming.method, headers }, (response) => {
            outgoing.writeHead(response.statusCode, response.headers);
            response.pipe(outgoing);
        });
        incoming.pipe(onward);
    });
    await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    try {
        const client = opened({ proxy: { url: `http://127.0.0.1:${proxy.address().port}` } });
        assert.match((await client.callFunction("WhoAmI")).UserId, UUID);
        assert.equal(asked, 1);
    } finally {
        proxy.closeAllConnections();
        proxy.close();
    }
});

// ------------------------------------------------------------------------------------------ definitions

const prefixed = () => `new_D${randomUUID().slice(0, 8)}`;
const text = (schemaName, display, more = {}) => ({
    "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", AttributeType: "String", AttributeTypeName: { Value: "StringType" },
    SchemaName: schemaName, DisplayName: label(display), Description: label(`${display} of it`), MaxLength: 100, FormatName: { Value: "Text" },
    RequiredLevel: { Value: "None", CanBeChanged: true, ManagedPropertyLogicalName: "canmodifyrequirementlevelsettings" }, ...more,
});
const table = async (schemaName = prefixed()) => {
    const id = await api.createEntity({
        data: {
            "@odata.type": "Microsoft.Dynamics.CRM.EntityMetadata", SchemaName: schemaName, DisplayName: label(`Table ${schemaName}`), DisplayCollectionName: label(`Tables ${schemaName}`),
            Description: label("A table of the suite"), OwnershipType: "UserOwned", IsActivity: false, HasActivities: false, HasNotes: false,
            Attributes: [text("new_Name", "Name", { IsPrimaryName: true })],
        },
    });
    return { id, schemaName, logicalName: schemaName.toLowerCase(), collection: `${schemaName.toLowerCase()}s`, key: `LogicalName='${schemaName.toLowerCase()}'` };
};
const dropped = (made) => api.deleteRecord({ collection: "EntityDefinitions", key: made.id });
const labelOf = (value) => value.UserLocalizedLabel.Label;

capability("createEntity, with rows in it", async () => {
    const made = await table();
    assert.match(made.id, UUID);
    const definition = await api.retrieveEntity({ key: made.id, select: ["LogicalName", "SchemaName", "EntitySetName", "PrimaryIdAttribute", "PrimaryNameAttribute", "OwnershipType", "DisplayName"] });
    assert.deepEqual([definition.LogicalName, definition.SchemaName, definition.PrimaryIdAttribute, definition.PrimaryNameAttribute, definition.OwnershipType],
        [made.logicalName, made.schemaName, `${made.logicalName}id`, "new_name", "UserOwned"]);
    assert.equal(labelOf(definition.DisplayName), `Table ${made.schemaName}`);
    const id = await api.create({ collection: definition.EntitySetName, data: { new_name: "a row" } });
    assert.equal((await read(definition.EntitySetName, id, "new_name")).new_name, "a row");
    await dropped(made);
    assert.equal((await raised(api.retrieveEntity({ key: made.id }))).status, 404);
});

capability("createEntity that exists already", async () => {
    const made = await table();
    const error = await raised(table(made.schemaName));
    assert.ok(error.status >= 400 && error.status < 500, String(error.status));
    assert.match(error.code, /^0x[0-9a-f]{8}$/);
    await dropped(made);
});

capability("updateEntity", async () => {
    const made = await table();
    const definition = await api.retrieveEntity({ key: made.id });
    definition.DisplayName = label("Changed");
    definition.HasNotes = true;
    await api.updateEntity({ data: definition, mergeLabels: true });
    const changed = await api.retrieveEntity({ key: made.key, select: ["DisplayName", "HasNotes"] });
    assert.equal(labelOf(changed.DisplayName), "Changed");
    await dropped(made);
});

capability("updateEntity that merges labels, or not", async () => {
    const made = await table();
    const labels = async () => (await api.retrieveEntity({ key: made.id, select: ["DisplayName"] })).DisplayName.LocalizedLabels.map((one) => one.LanguageCode).sort();
    const update = async (mergeLabels, language) => {
        const definition = await api.retrieveEntity({ key: made.id });
        definition.DisplayName = label("Umbenannt", language);
        await api.updateEntity({ data: definition, mergeLabels });
    };
    await update(true, 1031);
    assert.deepEqual(await labels(), [1031, 1033]);
    await update(false, 1033);
    assert.deepEqual(await labels(), [1033]);
    await dropped(made);
});

capability("retrieveEntity with select and expand", async () => {
    const definition = await api.retrieveEntity({
        key: "LogicalName='account'", select: ["LogicalName", "EntitySetName", "ObjectTypeCode"],
        expand: [{ property: "Attributes", select: ["LogicalName", "AttributeType"], filter: "LogicalName eq 'name'" }],
    });
    assert.deepEqual([definition.LogicalName, definition.EntitySetName, definition.ObjectTypeCode], ["account", "accounts", 1]);
    assert.deepEqual(definition.Attributes.map((column) => [column.LogicalName, column.AttributeType]), [["name", "String"]]);
    assert.match(definition.MetadataId, UUID);
});

capability("retrieveEntities", async () => {
    const all = await api.retrieveEntities();
    assert.ok(all.value.length > 10);
    const some = await api.retrieveEntities({ select: ["LogicalName"], filter: "LogicalName eq 'contact' or SchemaName eq 'Account'", expand: [{ property: "Keys", select: ["LogicalName"] }] });
    assert.deepEqual(some.value.map((one) => one.LogicalName).sort(), ["account", "contact"]);
    assert.ok(some.value.find((one) => one.LogicalName === "account").Keys.length === 1);
});

const columns = [
    ["String", {}, (value) => [value, "text", "text"]],
    ["Memo", { MaxLength: 500, Format: "TextArea" }, (value) => [value, "long text", "long text"]],
    ["Integer", { MinValue: 0, MaxValue: 10, Format: "None" }, (value) => [value, 7, 7]],
    ["Decimal", { MinValue: 0, MaxValue: 10, Precision: 2 }, (value) => [value, 1.25, 1.25]],
    ["Double", { MinValue: 0, MaxValue: 10, Precision: 2 }, (value) => [value, 1.5, 1.5]],
    ["Money", { MinValue: 0, MaxValue: 1000, PrecisionSource: 2 }, (value) => [value, 12.5, 12.5]],
    ["DateTime", { Format: "DateOnly", DateTimeBehavior: { Value: "DateOnly" } }, (value) => [value, "2026-12-24", "2026-12-24"]],
    ["Boolean", { DefaultValue: false, OptionSet: { TrueOption: { Value: 1, Label: label("Yes") }, FalseOption: { Value: 0, Label: label("No") }, OptionSetType: "Boolean" } }, (value) => [value, true, true]],
    ["Picklist", { OptionSet: { "@odata.type": "Microsoft.Dynamics.CRM.OptionSetMetadata", IsGlobal: false, OptionSetType: "Picklist", Options: [{ Value: 1, Label: label("One") }, { Value: 2, Label: label("Two") }] } }, (value) => [value, 2, 2]],
    ["MultiSelectPicklist", { OptionSet: { "@odata.type": "Microsoft.Dynamics.CRM.OptionSetMetadata", IsGlobal: false, OptionSetType: "Picklist", Options: [{ Value: 1, Label: label("One") }, { Value: 2, Label: label("Two") }] } }, (value) => [value, "1,2", "1,2"]],
];
for (const [type, more, value] of columns) {
    capability(`createAttribute ${type}, with a value in it`, async () => {
        const made = await table();
        const cast = `Microsoft.Dynamics.CRM.${type}AttributeMetadata`;
        const id = await api.createAttribute({
            entityKey: made.key,
            data: {
                "@odata.type": cast, SchemaName: "new_Column", DisplayName: label("Column"), AttributeType: type === "MultiSelectPicklist" ? "Virtual" : type, AttributeTypeName: { Value: `${type}Type` },
                RequiredLevel: { Value: "None" }, ...(type === "String" ? { MaxLength: 50, FormatName: { Value: "Text" } } : {}), ...more,
            },
        });
        assert.match(id, UUID);
        const found = await api.retrieveAttribute({ entityKey: made.key, attributeKey: "LogicalName='new_column'", castType: cast });
        assert.equal(found.MetadataId, id);
        assert.equal(found.SchemaName, "new_Column");
        const { EntitySetName } = await api.retrieveEntity({ key: made.id, select: ["EntitySetName"] });
        const [, given, expected] = value(found);
        const row = await api.create({ collection: EntitySetName, data: { new_name: "x", new_column: given }, returnRepresentation: true, select: ["new_column"] });
        assert.deepEqual(row.new_column, expected);
        await dropped(made);
    });
}

capability("createAttribute of a choice that is global", async () => {
    const made = await table();
    const name = prefixed().toLowerCase();
    const choice = await api.createGlobalOptionSet({ data: { "@odata.type": "Microsoft.Dynamics.CRM.OptionSetMetadata", Name: name, IsGlobal: true, OptionSetType: "Picklist", DisplayName: label(name), Options: [{ Value: 10, Label: label("Ten") }] } });
    await api.createAttribute({
        entityKey: made.id,
        data: { "@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", SchemaName: "new_Choice", DisplayName: label("Choice"), RequiredLevel: { Value: "None" }, "GlobalOptionSet@odata.bind": `/GlobalOptionSetDefinitions(${choice})` },
    });
    const found = await api.retrieveAttribute({
        entityKey: made.key, attributeKey: "LogicalName='new_choice'", castType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
        select: ["LogicalName"], expand: [{ property: "GlobalOptionSet", select: ["Name"] }],
    });
    assert.equal(found.GlobalOptionSet.Name, name);
    await dropped(made);
    await api.deleteGlobalOptionSet({ key: choice });
});

capability("updateAttribute with and without a cast", async () => {
    const made = await table();
    const id = await api.createAttribute({ entityKey: made.id, data: text("new_Text", "Text") });
    const castType = "Microsoft.Dynamics.CRM.StringAttributeMetadata";
    const column = () => api.retrieveAttribute({ entityKey: made.id, attributeKey: id, castType });
    await api.updateAttribute({ entityKey: made.id, castType, data: { ...await column(), DisplayName: label("Changed"), MaxLength: 200 }, mergeLabels: true });
    assert.equal((await column()).MaxLength, 200);
    assert.equal(labelOf((await column()).DisplayName), "Changed");
    await api.updateAttribute({ entityKey: made.id, data: { ...await column(), "@odata.type": castType, DisplayName: label("Again") } });
    assert.equal(labelOf((await column()).DisplayName), "Again");
    await api.deleteRecord({ collection: "EntityDefinitions", key: made.id, property: `Attributes(${id})` });
    assert.equal((await raised(column())).status, 404);
    await dropped(made);
});

capability("retrieveAttributes with a cast, a filter and an expansion", async () => {
    const all = await api.retrieveAttributes({ entityKey: "LogicalName='account'" });
    assert.ok(all.value.length > 30);
    const strings = await api.retrieveAttributes({ entityKey: "LogicalName='account'", castType: "Microsoft.Dynamics.CRM.StringAttributeMetadata", select: ["LogicalName", "MaxLength"], filter: "LogicalName eq 'name'" });
    assert.deepEqual(strings.value.map((one) => one.MaxLength), [160]);
    const choices = await api.retrieveAttributes({ entityKey: "LogicalName='account'", castType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", select: ["LogicalName"], expand: [{ property: "OptionSet", select: ["Options"] }] });
    const category = choices.value.find((one) => one.LogicalName === "accountcategorycode");
    assert.deepEqual(category.OptionSet.Options.map((option) => [option.Value, labelOf(option.Label)]), [[1, "Preferred Customer"], [2, "Standard"]]);
});

capability("retrieveAttribute", async () => {
    const column = await api.retrieveAttribute({ entityKey: "LogicalName='account'", attributeKey: "LogicalName='revenue'", select: ["SchemaName", "AttributeType"] });
    assert.deepEqual([column.SchemaName, column.AttributeType], ["Revenue", "Money"]);
    assert.equal(column["@odata.type"], "#Microsoft.Dynamics.CRM.MoneyAttributeMetadata");
});

capability("retrieve of attributes as of rows", async () => {
    const { MetadataId } = await api.retrieveEntity({ key: "LogicalName='account'", select: ["LogicalName"] });
    const rows = await api.retrieve({ collection: "EntityDefinitions", key: MetadataId, navigationProperty: "Attributes", metadataAttributeType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", select: ["LogicalName", "SchemaName"] });
    assert.ok(rows.value.some((one) => one.LogicalName === "industrycode"));
    const one = await api.retrieve({ collection: "EntityDefinitions", key: "LogicalName='account'", navigationProperty: "Attributes", navigationPropertyKey: "LogicalName='name'", select: ["SchemaName"] });
    assert.equal(one.SchemaName, "Name");
});

const oneToMany = (schemaName, made) => ({
    "@odata.type": "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata", SchemaName: schemaName, ReferencedEntity: "account", ReferencedAttribute: "accountid", ReferencingEntity: made.logicalName,
    CascadeConfiguration: { Assign: "NoCascade", Delete: "RemoveLink", Merge: "NoCascade", Reparent: "NoCascade", Share: "NoCascade", Unshare: "NoCascade" },
    AssociatedMenuConfiguration: { Behavior: "UseCollectionName", Group: "Details", Label: label("Tables"), Order: 10000 },
    Lookup: { "@odata.type": "Microsoft.Dynamics.CRM.LookupAttributeMetadata", AttributeType: "Lookup", AttributeTypeName: { Value: "LookupType" }, SchemaName: "new_AccountId", DisplayName: label("Account"), RequiredLevel: { Value: "None" } },
});

capability("createRelationship 1:N, update, with rows, delete", async () => {
    const made = await table();
    const schemaName = `new_account_${made.logicalName}`;
    const id = await api.createRelationship({ data: oneToMany(schemaName, made) });
    assert.match(id, UUID);
    const castType = "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata";
    const found = await api.retrieveRelationship({ key: id, castType });
    assert.deepEqual([found.SchemaName, found.ReferencedEntity, found.ReferencingEntity, found.ReferencingAttribute], [schemaName, "account", made.logicalName, "new_accountid"]);
    const { EntitySetName } = await api.retrieveEntity({ key: made.id, select: ["EntitySetName"] });
    const parent = await account();
    const row = await api.create({ collection: EntitySetName, data: { new_name: "x", [`${found.ReferencingEntityNavigationPropertyName}@odata.bind`]: `accounts(${parent})` } });
    assert.equal((await read(EntitySetName, row, "_new_accountid_value"))._new_accountid_value, parent);
    await api.updateRelationship({ castType, data: { ...found, CascadeConfiguration: { ...found.CascadeConfiguration, Delete: "Cascade" } }, mergeLabels: true });
    assert.equal((await api.retrieveRelationship({ key: id, castType })).CascadeConfiguration.Delete, "Cascade");
    await api.deleteRecord({ collection: "accounts", key: parent });
    await missing(EntitySetName, row);
    await api.deleteRelationship({ key: id });
    assert.equal((await raised(api.retrieveRelationship({ key: id }))).status, 404);
    await dropped(made);
});

capability("createRelationship N:N, with rows", async () => {
    const made = await table();
    const schemaName = `new_${made.logicalName}_account`;
    const menu = { Behavior: "UseCollectionName", Group: "Details", Label: label("x"), Order: 10000 };
    const id = await api.createRelationship({
        data: {
            "@odata.type": "Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata", SchemaName: schemaName, IntersectEntityName: schemaName,
            Entity1LogicalName: made.logicalName, Entity1AssociatedMenuConfiguration: menu, Entity2LogicalName: "account", Entity2AssociatedMenuConfiguration: menu,
        },
    });
    const found = await api.retrieveRelationship({ key: `SchemaName='${schemaName}'`, castType: "Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata" });
    assert.equal(found.MetadataId, id);
    const { EntitySetName } = await api.retrieveEntity({ key: made.id, select: ["EntitySetName"] });
    const row = await api.create({ collection: EntitySetName, data: { new_name: "x" } });
    const other = await account();
    await api.associate({ collection: EntitySetName, primaryKey: row, relationshipName: found.Entity1NavigationPropertyName, relatedCollection: "accounts", relatedKey: other });
    const related = await api.retrieve({ collection: EntitySetName, key: row, navigationProperty: found.Entity1NavigationPropertyName, select: ["name"] });
    assert.deepEqual(related.value.map((one) => one.accountid), [other]);
    await api.deleteRelationship({ key: id });
    await dropped(made);
});

capability("retrieveRelationships", async () => {
    const all = await api.retrieveRelationships();
    assert.ok(all.value.some((one) => one.SchemaName === "account_primary_contact"));
    const many = await api.retrieveRelationships({ castType: "Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata", select: ["SchemaName"], filter: "SchemaName eq 'new_project_systemuser'" });
    assert.deepEqual(many.value.map((one) => one.SchemaName), ["new_project_systemuser"]);
    const one = await api.retrieveRelationship({ key: "SchemaName='account_primary_contact'", castType: "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata", select: ["ReferencingAttribute"] });
    assert.equal(one.ReferencingAttribute, "primarycontactid");
});

capability("global option sets: create, retrieve, update, delete", async () => {
    const name = prefixed().toLowerCase();
    const castType = "Microsoft.Dynamics.CRM.OptionSetMetadata";
    const options = [{ Value: 1, Label: label("One") }, { Value: 2, Label: label("Two") }];
    const id = await api.createGlobalOptionSet({ data: { "@odata.type": castType, Name: name, IsGlobal: true, OptionSetType: "Picklist", DisplayName: label("Numbers"), Description: label("Some numbers"), Options: options } });
    assert.match(id, UUID);
    const found = await api.retrieveGlobalOptionSet({ key: `Name='${name}'`, castType });
    assert.deepEqual(found.Options.map((option) => [option.Value, labelOf(option.Label)]), [[1, "One"], [2, "Two"]]);
    await api.updateGlobalOptionSet({ data: { ...found, "@odata.type": castType, DisplayName: label("Figures") }, castType, mergeLabels: true });
    assert.equal(labelOf((await api.retrieveGlobalOptionSet({ key: id })).DisplayName), "Figures");
    const all = await api.retrieveGlobalOptionSets({ castType, select: ["Name"] });
    assert.ok(all.value.some((one) => one.Name === name) && all.value.some((one) => one.Name === "new_region"));
    assert.ok((await api.retrieveGlobalOptionSets()).value.length > 1);
    await api.deleteGlobalOptionSet({ key: id });
    assert.equal((await raised(api.retrieveGlobalOptionSet({ key: id }))).status, 404);
});

capability("definitions in a batch", async () => {
    const made = await table();
    api.startBatch();
    api.createAttribute({ entityKey: made.id, data: text("new_A", "A"), inChangeSet: false });
    api.retrieveAttribute({ entityKey: made.id, attributeKey: "LogicalName='new_a'", select: ["SchemaName"] });
    const [id, column] = await api.executeBatch();
    assert.match(id, UUID);
    assert.equal(column.SchemaName, "new_A");
    await dropped(made);
});

capability("retrieveCsdlMetadata", async () => {
    const document = await api.retrieveCsdlMetadata();
    assert.ok(document.includes('<EntityType Name="account"'), document.slice(0, 200));
    const annotated = await api.retrieveCsdlMetadata({ addAnnotations: true });
    assert.ok(annotated.length >= document.length);
});

// ----------------------------------------------------------------------------------------------- search

const word = () => `w${randomUUID().replaceAll("-", "").slice(0, 12)}`;

capability("query, version 1", async () => {
    const tag = word();
    const id = await account({ name: `Search ${tag} one` });
    await contact({ lastname: tag });
    const found = await eventually(async () => {
        const results = await api.query({ query: { search: tag, entities: ["account"], returnTotalRecordCount: true, top: 5 } });
        return results.value.length ? results : null;
    });
    assert.deepEqual(found.value.map((row) => [row["@search.objectid"], row["@search.entityname"]]), [[id, "account"]]);
    assert.equal(found.totalrecordcount, 1);
    assert.equal((await api.search(tag)).value.length, 2);
    assert.equal((await api.query(tag)).value.length, 2);
});

const searching = (options) => opened({ searchApi: { version: "2.0", options } });

capability("query, version 2", async () => {
    const tag = word();
    await accounts(tag, 3, (n) => ({ numberofemployees: n }));
    const client = searching();
    const results = await eventually(async () => {
        const found = await client.query({
            query: {
                search: tag, count: true, top: 2, skip: 0, orderBy: ["name desc"], options: { searchMode: "all", queryType: "simple" },
                entities: [{ name: "account", selectColumns: ["name", "numberofemployees"], searchColumns: ["name"] }],
            },
        });
        return found.response.Count === 3 ? found : null;
    });
    assert.equal(results.response.Error, null);
    assert.deepEqual(results.response.Value.map((row) => [row.EntityName, row.Attributes.name]), [["account", `${tag} 2`], ["account", `${tag} 1`]]);
    assert.match(results.response.Value[0].Id, UUID);
    const filtered = await client.query({ query: { search: tag, count: true, entities: [{ name: "account", selectColumns: ["name"], searchColumns: ["name"], filter: "numberofemployees eq 1" }] } });
    assert.deepEqual(filtered.response.Value.map((row) => row.Attributes.name), [`${tag} 1`]);
});

capability("query with escaped characters, and compatible responses", async () => {
    const tag = word();
    await account({ name: `${tag}-x` });
    const client = searching({ escapeSpecialCharacters: true, enableResponseCompatibility: true });
    const results = await eventually(async () => {
        const found = await client.query({ query: { search: `${tag}-x`, entities: ["account"], count: true } });
        return found.value.length ? found : null;
    });
    assert.equal(results.totalrecordcount, 1);
    assert.equal(results.response.Value.length, 1);
});

capability("suggest", async () => {
    const tag = word();
    await account({ name: `${tag} suggestion` });
    const one = await eventually(async () => {
        const found = await api.suggest({ query: { search: tag.slice(0, 8), entities: ["account"], top: 5, useFuzzy: false } });
        return found.value.length ? found : null;
    });
    assert.ok(one.value[0].text.includes(tag), JSON.stringify(one.value[0]));
    const two = await searching().suggest({ query: { search: tag.slice(0, 8), entities: [{ name: "account", selectColumns: ["name"] }], fuzzy: false, options: { advancedSuggestEnabled: true } } });
    assert.ok(two.response.Value[0].Text.includes(tag), JSON.stringify(two.response.Value[0]));
    assert.equal((await searching().suggest(tag.slice(0, 8))).response.Value.length, 1);
});

capability("autocomplete", async () => {
    const tag = word();
    await account({ name: `${tag} completed` });
    const one = await eventually(async () => {
        const found = await api.autocomplete({ query: { search: tag.slice(0, 8), entities: ["account"], useFuzzy: false } });
        return found.value ? found : null;
    });
    assert.ok(one.value.includes(tag), one.value);
    const two = await searching().autocomplete({ query: { search: tag.slice(0, 8), entities: [{ name: "account" }] } });
    assert.ok(two.response.Value.includes(tag), two.response.Value);
    assert.ok((await searching().autocomplete(tag.slice(0, 8))).response.Value.includes(tag));
});

await main("DynamicsWebApi");
