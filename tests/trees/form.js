"use strict";
var Contoso = window.Contoso || {};

Contoso.onLoad = function (executionContext) {
    var formContext = executionContext.getFormContext();
    var id = formContext.data.entity.getId().replace("{", "").replace("}", "");
    Xrm.WebApi.retrieveRecord("account", id, "?$select=name,creditonhold&$expand=primarycontactid($select=fullname)").then(
        function (result) { console.log(result); });

    var query = "?$select=fullname,emailaddress1" +
        "&$filter=_parentcustomerid_value eq " + id +
        " and statecode eq 0" +
        "&$orderby=fullname asc";
    Xrm.WebApi.retrieveMultipleRecords("contact", query);

    var req = new XMLHttpRequest();
    req.open("GET", Xrm.Utility.getGlobalContext().getClientUrl() + "/api/data/v9.1/contacts(" + id + ")?$select=fullname", true);
    req.open("GET", encodeURI(clientUrl + "/api/data/v9.0/accounts?$select=name&$top=3"), true);

    var fetch = "<fetch version='1.0' output-format='xml-platform' mapping='logical' distinct='false'>" +
        "<entity name='contact'>" +
        "<attribute name='fullname' />" +
        "<filter type='and'>" +
        "<condition attribute='parentcustomerid' operator='eq' value='" + id + "' />" +
        "</filter>" +
        "</entity>" +
        "</fetch>";
    var layout = "<grid name='resultset' object='2' jump='fullname'><row name='result' id='contactid'><cell name='fullname' width='300' /></row></grid>";
    formContext.getControl("primarycontactid").addCustomView(viewId, "contact", "Contacts", fetch, layout, true);

    var double = "<fetch top=\"5\"><entity name=\"account\"><attribute name=\"name\" /></entity></fetch>";
    var template = `<fetch count='${count}' page='${page}'>
        <entity name='account'>
            <attribute name='name' />
        </entity>
    </fetch>`;
    $.ajax({ url: "/_api/accounts?$select=name&$filter=statecode eq 0", type: "GET" });
    $.getJSON('/api/data/v9.2/contacts?$select=fullname&$top=' + 3);
    var odata = serverUrl + "/XRMServices/2011/OrganizationData.svc/";
    var backslash = 'accounts?$select=name&$filter=name eq \'x\'';
    var long = "accounts?$select=name\
&$top=9";
    var counted = `accounts/$count`;
    var fetchUrl = "accounts?fetchXml=" + encodeURIComponent(fetch);
    var user = "systemusers?$select=fullname&$filter=isdisabled eq false";
    var teams = "teams?$select=name&$filter=teammembership_association/any(u:u/systemuserid eq " + userId + ")";
    console.log("query failed: $filter was " + query);
    console.warn("no <fetch> given");
    var price = "$top";
};
