package com.contoso;

import java.net.URI;

class Accounts {
    static final String ACTIVE = "accounts?$select=name&$filter=statecode eq 0";
    static final String QUOTED = "contacts?$select=fullname&$filter=lastname eq 'O''Neil'";
    private final String api = "https://contoso.crm.dynamics.com/api/data/v9.2/";

    URI one(String id) {
        return URI.create(api + "accounts(" + id + ")?$select=name");
    }

    String ofCity(String city) {
        return "accounts?$select=name,address1_city" +
               "&$filter=address1_city eq '" + city + "'" +
               "&$top=5";
    }

    String formatted(String number) {
        return String.format("accounts?$select=name&$filter=accountnumber eq '%s'", number);
    }

    String block() {
        return """
            <fetch top="3">
              <entity name="account">
                <attribute name="name"/>
              </entity>
            </fetch>
            """;
    }

    String escaped() {
        return "<fetch><entity name=\"contact\"><attribute name=\"fullname\"/></entity></fetch>";
    }

    String built(String table) {
        StringBuilder fetch = new StringBuilder("<fetch>");
        fetch.append("<entity name='").append(table).append("'>");
        fetch.append("<attribute name='name'/></entity></fetch>");
        return fetch.toString();
    }

    String expand = "accounts?$expand=primarycontactid($select=fullname)&$select=name";
    String applied = "accounts?$apply=aggregate($count as n)";
    String unicode = "accounts?$select=name\u0026$top=4";
    String absolute = "https://contoso.crm.dynamics.com/api/data/v9.2/contacts?$select=fullname";
    String graph = "https://graph.microsoft.com/v1.0/users?$select=id";
    String text = "a $filter= is missing";
}
