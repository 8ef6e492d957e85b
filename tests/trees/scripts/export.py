#!/usr/bin/env python3
"""Exports rows.

Docstrings mention things such as accounts?$select=name without asking for them.
"""
from __future__ import annotations

import textwrap
from string import Template
from urllib.parse import quote, urljoin

SELECT = "name,accountnumber"
ENTITY = "accounts"
URL = "https://contoso.crm4.dynamics.com/api/data/v9.2/"
QUERIES = {
    "active": "accounts?$select=name&$filter=statecode eq 0",
    "recent": f"contacts?$select=fullname&$filter=createdon ge {SINCE:%Y-%m-%d}",
}


class Exporter:
    base_query = "incidents?$select=title"

    def __init__(self, session, page_size: int = 500) -> None:
        self.session = session
        self.headers = {"Prefer": f"odata.maxpagesize={page_size}"}

    def accounts(self, *, top=None):
        query = f"{ENTITY}?$select={SELECT}"
        if top:
            query += f"&$top={top}"
        return self.session.get(URL + query)

    def contacts(self, account_id):
        return self.session.get(
            f"{URL}contacts"
            f"?$select=fullname,emailaddress1"  # the columns
            f"&$filter=_parentcustomerid_value eq {account_id}"
            "&$orderby=fullname"
        )

    def by_number(self, number):
        return self.session.get(urljoin(URL, "accounts(accountnumber='%s')?$select=name" % number))

    def named(self, name):
        return self.session.get("{url}contacts?$select=fullname&$filter=lastname eq '{name}'".format(url=URL, name=name))

    def any_of(self, ids):
        clause = " or ".join(f"accountid eq {i}" for i in ids)
        return self.session.get(URL + "accounts?$select=name&$filter=" + clause)

    def joined(self):
        return "&".join(["teams?$select=name", "$filter=isdefault eq true", "$top=5"])

    def count(self):
        return int(self.session.get(f"{URL}{ENTITY}/$count").text)

    def fetched(self, owner):
        fetch_xml = textwrap.dedent("""\
            <fetch>
              <entity name="account">
                <attribute name="name" />
                <filter>
                  <condition attribute="ownerid" operator="eq-userid" />
                </filter>
              </entity>
            </fetch>
            """)
        template = Template('<fetch top="3"><entity name="contact"><attribute name="$column"/></entity></fetch>')
        formatted = """<fetch>
  <entity name="team">
    <attribute name="name" />
    <filter><condition attribute="administratorid" operator="eq" value="{}" /></filter>
  </entity>
</fetch>""".format(owner)
        self.session.get(f"{URL}accounts?fetchXml={quote(fetch_xml)}")
        return template, formatted

    def raw(self):
        return r"accounts?$select=name&$filter=contains(name,'a\b')"

    def bytes(self):
        return b"accounts?$select=name&$top=2"

    def open_or_closed(self, closed):
        return "incidents?$select=title&$filter=statecode eq 1" if closed else "incidents?$select=title&$filter=statecode eq 0"


def test_urls(requests_mock):
    requests_mock.get("https://contoso.crm4.dynamics.com/api/data/v9.2/accounts?$select=name&$top=9", json={"value": []})
    assert requests_mock.last_request.url.endswith("/systemusers?$select=fullname")


def no_queries(cursor, name):
    cursor.execute("SELECT name FROM accounts WHERE statecode = 0 AND name = %s", (name,))
    cursor.execute(f"select top 5 name from contacts where name = '{name}'")
    url = f"https://graph.microsoft.com/v1.0/me/messages?$select=subject&$top=10"
    route = "/accounts/<int:id>?filter=open"
    jinja = "{% for row in rows %}{{ row.name }}{% endfor %}"
    message = f"unknown option $select in {url}"
    mongo = {"$top": 5, "$filter": {"input": "$rows"}}
    elastic = "accounts/_search?q=name:contoso&size=5"
    log = "fetch: entity account, top 5"
    xml = "<fetchlist><entity>account</entity></fetchlist>"
    shell = "echo $select $filter"
    return url, route, jinja, message, mongo, elastic, log, xml, shell
