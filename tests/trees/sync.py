"""Copies rows between two systems."""
import requests

API = "https://contoso.crm4.dynamics.com/api/data/v9.2"
ACTIVE = "accounts?$select=name,accountnumber&$filter=statecode eq 0"
QUOTED = 'contacts?$select=fullname&$filter=lastname eq \'Smith\''
DOUBLE = "contacts?$select=fullname&$filter=lastname eq \"Smith\""

FETCH = """
<fetch top="10">
  <entity name="account">
    <attribute name="name"/>
    <order attribute="name"/>
  </entity>
</fetch>
"""


def one(session, account_id):
    return session.get(f"{API}/accounts({account_id})?$select=name,revenue").json()


def of_city(session, city, columns):
    url = f"{API}/accounts?$select={','.join(columns)}&$filter=address1_city eq '{city}'"
    return session.get(url)


def concatenated(name):
    return "accounts?$select=name" + "&$filter=startswith(name,'" + name + "')"


def implicit(top):
    return (
        "contacts?$select=fullname,emailaddress1"
        "&$filter=statecode eq 0"
        f"&$top={top}"
    )


def formatted(n):
    return "accounts?$select=name&$top={}".format(n)


def percent(n):
    return "accounts?$select=name&$top=%d" % n


def fetched(status):
    return f"""<fetch>
  <entity name='contact'>
    <attribute name='fullname'/>
    <filter><condition attribute='statuscode' operator='eq' value='{status}'/></filter>
  </entity>
</fetch>"""


def params(session):
    return session.get(API + "/contacts", params={"$select": "fullname", "$top": 5})


def pages(session):
    return session.get(API + "/contacts?$select=fullname&$count=true", headers={"Prefer": "odata.maxpagesize=50"})


RAW = r"accounts?$select=name&$filter=contains(name,'a\b')"
EXPAND = 'accounts?$expand=primarycontactid($select=fullname)&$select=name'
APPLY = "accounts?$apply=groupby((statuscode),aggregate($count as n))"
ONE_LINE = '<fetch><entity name="contact"><attribute name="fullname"/></entity></fetch>'
ESCAPED = "<fetch><entity name=\"contact\">\n<attribute name=\"fullname\"/></entity></fetch>"
BUILT = "<fetch>"
BUILT += "<entity name='account'><attribute name='name'/></entity>"
BUILT += "</fetch>"
WITH_FETCH = f"accounts?fetchXml={requests.utils.quote(FETCH)}"
GRAPH = "https://graph.microsoft.com/v1.0/users?$select=id"
BRACES = f"accounts?$select=name&$filter=name eq '{{x}}'"
TEXT = "see $filter= in the documentation"
