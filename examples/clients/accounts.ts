// Reads and writes accounts with DynamicsWebApi, as it would in an organisation.
//
// npm install dynamics-web-api

import { DynamicsWebApi } from "dynamics-web-api";

interface Account {
    accountid: string;
    name: string;
    numberofemployees: number | null;
    industrycode_Formatted?: string;
}

const api = new DynamicsWebApi({
    serverUrl: process.env.DVKIT_URL,
    onTokenRefresh: async () => process.env.DVKIT_TOKEN ?? null,
});

const key: string = await api.create({
    collection: "accounts",
    data: { name: "Trey Research", address1_city: "Berlin", industrycode: 8 },
});
await api.update({ collection: "accounts", key, data: { numberofemployees: 12 } });

const accounts = await api.retrieveAll<Account>({
    collection: "accounts",
    select: ["name", "numberofemployees", "industrycode"],
    filter: "address1_city eq 'Berlin' and statecode eq 0",
    orderBy: ["name"],
    includeAnnotations: "OData.Community.Display.V1.FormattedValue",
});
for (const account of accounts.value) {
    console.log([account.name, account.numberofemployees, account.industrycode_Formatted].join(", "));
}
await api.deleteRecord({ collection: "accounts", key });
