package com.contoso.cases;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Reads cases: {@code incidents?$select=title} and so on. */
public final class Cases {
    private static final String BASE = "https://contoso.crm4.dynamics.com/api/data/v9.2/";
    private static final String SELECT = "$select=title,ticketnumber";
    static final Map<String, String> QUERIES = Map.of(
        "open", "incidents?$select=title&$filter=statecode eq 0",
        "mine", "incidents?$select=title&$filter=_ownerid_value eq " + USER);

    HttpRequest one(String id) {
        return HttpRequest.newBuilder(URI.create(BASE + "incidents(" + id + ")?" + SELECT)).GET().build();
    }

    String built(int top, String name) {
        StringBuilder url = new StringBuilder(BASE);
        url.append("contacts?$select=fullname");
        url.append("&$filter=contains(fullname,'").append(name).append("')");
        url.append("&$top=").append(top);
        return url.toString();
    }

    String text(String city) {
        return """
            <fetch top="5">
              <entity name="account">
                <attribute name="name"/>
                <filter>
                  <condition attribute="address1_city" operator="eq" value="%s"/>
                </filter>
              </entity>
            </fetch>
            """.formatted(city);
    }

    String joined() {
        return String.join("&", "accounts?$select=name", "$orderby=name", "$top=3");
    }

    String encoded(String fetch) {
        return BASE + "accounts?fetchXml=" + URLEncoder.encode(fetch, StandardCharsets.UTF_8);
    }

    @Test
    void asks() {
        stubFor(get(urlEqualTo("/api/data/v9.2/teams?$select=name")).willReturn(okJson("{}")));
        assertEquals("systemusers?$select=fullname&$top=1", client.last());
    }

    @Query("select a from Account a where a.name = ?1")
    List<String> none(String name);

    @GetMapping("/accounts/{id}?filter=open")
    String route() {
        String sql = "SELECT name FROM accounts ORDER BY name";
        String graph = "https://graph.microsoft.com/v1.0/users?$select=id";
        String price = "$top of the range";
        return sql + graph + price;
    }
}
