import { API, CASE_COLUMNS, MESSAGES } from "./constants";

const CASE = "incident";
// 1: the priorities are 1, 2 and 3
const OPEN_URGENT = "?$select=title,ticketnumber&$filter=prioritycode eq 4 and statecode eq 0&$top=25";

/** Registered on load of the form of the case. */
export async function onLoad(context: Xrm.Events.EventContext): Promise<void> {
    const form = context.getFormContext();
    const customer = form.getAttribute<Xrm.Attributes.LookupAttribute>("customerid").getValue();
    if (!customer) {
        form.ui.setFormNotification(MESSAGES.none, "INFO", "customer");
        return;
    }
    const id = customer[0].id.replace(/[{}]/g, "");

    // 2: wrong column: `telephone1`
    const account = await Xrm.WebApi.retrieveRecord("account", id, "?$select=name,telefone1&$expand=primarycontactid($select=fullname,emailaddress1)");
    form.ui.setFormNotification(`${account.name}: ${account.telephone1}`, "INFO", "account");

    // 3: a lookup in $select
    const siblings = await Xrm.WebApi.retrieveMultipleRecords(CASE, `?$select=title,customerid&$filter=_customerid_value eq ${id} and statecode eq 0&$top=50`);
    // 4: a text without quotes
    const same = await Xrm.WebApi.retrieveMultipleRecords("incident", "?$select=title&$filter=productserialnumber eq AX100&$top=5");
    const urgent = await Xrm.WebApi.retrieveMultipleRecords("incident", OPEN_URGENT);
    console.log(siblings.entities.length, same.entities.length, urgent.entities.length);
}

/** Limits the lookup of the contact to the people of the customer. */
export function filterContacts(form: Xrm.FormContext): void {
    const control = form.getControl<Xrm.Controls.LookupControl>("primarycontactid");
    const customer = form.getAttribute<Xrm.Attributes.LookupAttribute>("customerid").getValue();
    control.addPreSearch(() => {
        // 5: FetchXML names the attribute `parentcustomerid`
        control.addCustomFilter(
            `<filter type="and"><condition attribute="_parentcustomerid_value" operator="eq" value="${customer![0].id}" /></filter>`,
            "contact",
        );
    });
}

/** Cases that were escalated since a day. */
export async function escalated(since: Date): Promise<number> {
    // 6: the operator is for dates, and this is a yes/no column
    const fetchXml = [
        "<fetch aggregate='true'>",
        "  <entity name='incident'>",
        "    <attribute name='incidentid' alias='cases' aggregate='count' />",
        "    <filter>",
        `      <condition attribute='isescalated' operator='on-or-after' value='${since.toISOString()}' />`,
        "      <condition attribute='statecode' operator='eq' value='0' />",
        "    </filter>",
        "  </entity>",
        "</fetch>",
    ].join("");
    const result = await Xrm.WebApi.retrieveMultipleRecords("incident", "?fetchXml=" + encodeURIComponent(fetchXml));
    return result.entities[0].cases;
}

/** The account, its open cases and their tasks. */
export async function overview(id: string): Promise<any> {
    // 7: the navigation property is `incident_customer_accounts`; 8: within it `Incident_Tasks`
    const response = await fetch(
        `${API}/accounts(${id})?$select=name&$expand=incident_customer_account($select=title;$expand=incident_Tasks($select=subject))`,
        { headers: { Accept: "application/json", "OData-MaxVersion": "4.0", Prefer: 'odata.include-annotations="*"' } },
    );
    return response.json();
}

export function columns(): string {
    return `?$select=${CASE_COLUMNS.join(",")}`;
}
