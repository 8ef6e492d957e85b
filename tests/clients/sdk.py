"""Microsoft's Dataverse SDK for Python against the emulator: every public operation of its synchronous client."""

import os
import tempfile
import time
import uuid

import pandas
from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models.filters import col, raw
from PowerPlatform.Dataverse.models.query_builder import ExpandOption
from PowerPlatform.Dataverse.models.upsert import UpsertItem

from capabilities import TOKEN, URL, capability, main, raises


class Credential:
    """The emulator's token as a credential of the Azure libraries."""

    def get_token(self, *scopes, **options):
        return AccessToken(TOKEN, int(time.time()) + 3000)


def opened():
    # The synchronous client refuses http://, although the address is on loopback.
    client = DataverseClient("https://emulator.invalid", Credential())
    client._base_url = URL
    return client


client = opened()
records, query, tables = client.records, client.query, client.tables


def fresh(prefix):
    """Returns a name that no other row has."""
    return f"{prefix} {uuid.uuid4().hex[:8]}"


@capability("records.create one")
def _():
    name = fresh("one")
    id = records.create("account", {"name": name})
    assert records.retrieve("account", id, select=["name"])["name"] == name


@capability("records.create many")
def _():
    names = [fresh("many") for _ in range(3)]
    ids = records.create("account", [{"name": name} for name in names])
    assert len(set(ids)) == 3
    assert [records.retrieve("account", id)["name"] for id in ids] == names


@capability("records.create with a label of a choice")
def _():
    id = records.create("account", {"name": fresh("label"), "accountcategorycode": "Preferred Customer"})
    row = records.retrieve("account", id, select=["accountcategorycode"], include_annotations="*")
    assert row["accountcategorycode"] == 1, row
    assert row["accountcategorycode@OData.Community.Display.V1.FormattedValue"] == "Preferred Customer"


@capability("records.create with a bound lookup")
def _():
    contact = records.create("contact", {"lastname": fresh("bound")})
    id = records.create("account", {"name": fresh("bound"), "primarycontactid@odata.bind": f"/contacts({contact})"})
    row = records.retrieve("account", id, select=["name"], expand=["primarycontactid"])
    assert row["primarycontactid"]["contactid"] == contact


@capability("records.update one")
def _():
    id = records.create("account", {"name": fresh("before")})
    records.update("account", id, {"name": "after"})
    assert records.retrieve("account", id)["name"] == "after"


@capability("records.update the same change of many")
def _():
    ids = records.create("account", [{"name": fresh("x")} for _ in range(3)])
    records.update("account", ids, {"description": "same"})
    assert all(records.retrieve("account", id)["description"] == "same" for id in ids)


@capability("records.update a change each of many")
def _():
    ids = records.create("account", [{"name": fresh("x")} for _ in range(3)])
    records.update("account", ids, [{"name": f"n{n}"} for n in range(3)])
    assert [records.retrieve("account", id)["name"] for id in ids] == ["n0", "n1", "n2"]


@capability("records.update of a missing row")
def _():
    error = raises(HttpError, lambda: records.update("account", str(uuid.uuid4()), {"name": "x"}))
    assert error.status_code == 404 and error.details["service_error_code"] == "0x80040217", error.details


@capability("records.delete one")
def _():
    id = records.create("account", {"name": fresh("gone")})
    records.delete("account", id)
    assert records.retrieve("account", id) is None


@capability("records.delete many by BulkDelete")
def _():
    ids = records.create("account", [{"name": fresh("gone")} for _ in range(3)])
    assert uuid.UUID(records.delete("account", ids))
    deadline = time.time() + 10
    while any(records.retrieve("account", id) for id in ids):
        assert time.time() < deadline, "the rows are still there"
        time.sleep(0.1)


@capability("records.delete many one by one")
def _():
    ids = records.create("account", [{"name": fresh("gone")} for _ in range(2)])
    records.delete("account", ids, use_bulk_delete=False)
    assert not any(records.retrieve("account", id) for id in ids)


@capability("records.retrieve with annotations")
def _():
    id = records.create("account", {"name": fresh("annotated"), "revenue": 1234.5})
    row = records.retrieve("account", id, select=["revenue", "_ownerid_value"], include_annotations="*")
    assert row["revenue@OData.Community.Display.V1.FormattedValue"] == "$1,234.50", dict(row)
    assert row["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "systemuser"
    assert row.etag if hasattr(row, "etag") else row["@odata.etag"]


@capability("records.list with everything")
def _():
    tag = fresh("list")
    records.create("account", [{"name": f"{tag} {n}", "numberofemployees": n} for n in range(5)])
    found = records.list("account", filter=f"startswith(name, '{tag}') and numberofemployees gt 0", select=["name"],
                         orderby=["name desc"], top=3, count=True)
    assert [row["name"][-1] for row in found] == ["4", "3", "2"]


@capability("records.list with a filter expression")
def _():
    tag = fresh("expression")
    records.create("account", [{"name": f"{tag} {n}", "numberofemployees": n} for n in range(5)])
    wanted = (col("name").startswith(tag)) & ((col("numberofemployees") == 1) | (col("numberofemployees") >= 4))
    found = records.list("account", filter=wanted, select=["name"], orderby=["name"])
    assert [row["name"][-1] for row in found] == ["1", "4"]


@capability("records.list with negation, in and between")
def _():
    tag = fresh("more")
    records.create("account", [{"name": f"{tag} {n}", "numberofemployees": n} for n in range(6)])
    mine = col("name").startswith(tag)
    numbers = lambda expression: sorted(
        row["numberofemployees"] for row in records.list("account", filter=mine & expression, select=["numberofemployees"]))
    assert numbers(col("numberofemployees").in_([1, 4])) == [1, 4]
    assert numbers(~(col("numberofemployees").in_([1, 4]))) == [0, 2, 3, 5]
    assert numbers(col("numberofemployees").between(2, 3)) == [2, 3]
    assert numbers(raw("not (numberofemployees lt 4)")) == [4, 5]


@capability("records.list with null")
def _():
    tag = fresh("null")
    records.create("account", [{"name": f"{tag} a"}, {"name": f"{tag} b", "description": "x"}])
    mine = col("name").startswith(tag)
    assert [r["name"][-1] for r in records.list("account", filter=mine & col("description").is_null())] == ["a"]
    assert [r["name"][-1] for r in records.list("account", filter=mine & col("description").is_not_null())] == ["b"]


@capability("records.list_pages")
def _():
    tag = fresh("pages")
    records.create("account", [{"name": f"{tag} {n}"} for n in range(7)])
    pages = [len(page) for page in records.list_pages("account", filter=f"startswith(name,'{tag}')", page_size=3)]
    assert pages == [3, 3, 1], pages


@capability("records.list of an unknown column")
def _():
    error = raises(HttpError, lambda: records.list("account", select=["nosuchcolumn"]))
    assert error.status_code == 400, error


@capability("records.upsert one by key")
def _():
    key = uuid.uuid4().hex[:12]
    item = lambda name: UpsertItem(alternate_key={"accountnumber": key}, record={"name": name})
    records.upsert("account", [item("first")])
    records.upsert("account", [item("second")])
    found = records.list("account", filter=f"accountnumber eq '{key}'", select=["name"])
    assert [row["name"] for row in found] == ["second"]


@capability("records.upsert a key with a quote and a slash")
def _():
    key = f"a'b/{uuid.uuid4().hex[:6]}"
    records.upsert("account", [UpsertItem(alternate_key={"accountnumber": key}, record={"name": "odd"})])
    quoted = key.replace("'", "''")
    assert len(records.list("account", filter=f"accountnumber eq '{quoted}'")) == 1


@capability("records.upsert many")
def _():
    keys = [uuid.uuid4().hex[:12] for _ in range(3)]
    items = [UpsertItem(alternate_key={"accountnumber": key}, record={"name": key}) for key in keys]
    records.upsert("account", items)
    records.upsert("account", items)
    assert all(len(records.list("account", filter=f"accountnumber eq '{key}'")) == 1 for key in keys)


@capability("query.builder")
def _():
    tag = fresh("builder")
    contact = records.create("contact", {"lastname": tag})
    records.create("account", [{"name": f"{tag} {n}", "primarycontactid@odata.bind": f"/contacts({contact})"} for n in range(4)])
    built = (query.builder("account").select("name", "accountid").where(col("name").startswith(tag))
             .order_by("name", descending=True).expand(ExpandOption("primarycontactid").select("lastname")).top(2).count())
    rows = list(built.execute())
    assert [row["name"][-1] for row in rows] == ["3", "2"]
    assert rows[0]["primarycontactid"]["lastname"] == tag


@capability("query.builder by pages, formatted, as a frame")
def _():
    tag = fresh("frame")
    records.create("account", [{"name": f"{tag} {n}", "revenue": n} for n in range(5)])
    built = lambda: query.builder("account").select("name", "revenue").where(col("name").startswith(tag)).page_size(2)
    assert [len(page) for page in built().execute_pages()] == [2, 2, 1]
    assert len(built().to_dataframe()) == 5
    row = list(built().include_formatted_values().execute())[0]
    assert any(name.endswith("FormattedValue") for name in row.keys()), list(row.keys())


@capability("query.builder with a collection")
def _():
    tag = fresh("parent")
    account = records.create("account", {"name": tag})
    records.create("contact", [{"lastname": n, "parentcustomerid_account@odata.bind": f"/accounts({account})"} for n in "ab"])
    option = ExpandOption("contact_customer_accounts").select("lastname").order_by("lastname", descending=True).top(1)
    row = list(query.builder("account").select("name").where(col("name") == tag).expand(option).execute())[0]
    assert [c["lastname"] for c in row["contact_customer_accounts"]] == ["b"]


@capability("query.fetchxml with pages")
def _():
    tag = fresh("fetch")
    records.create("account", [{"name": f"{tag} {n}"} for n in range(5)])
    xml = (f"<fetch count='2'><entity name='account'><attribute name='name'/><order attribute='name'/>"
           f"<filter><condition attribute='name' operator='like' value='{tag}%'/></filter></entity></fetch>")
    pages = [[row["name"][-1] for row in page] for page in query.fetchxml(xml).execute_pages()]
    assert pages == [["0", "1"], ["2", "3"], ["4"]], pages
    assert len(query.fetchxml(xml).execute()) == 5


@capability("query.fetchxml with an aggregate")
def _():
    tag = fresh("sum")
    records.create("account", [{"name": tag, "numberofemployees": n} for n in (1, 2, 4)])
    xml = (f"<fetch aggregate='true'><entity name='account'><attribute name='numberofemployees' alias='total' aggregate='sum'/>"
           f"<attribute name='accountid' alias='n' aggregate='count'/>"
           f"<filter><condition attribute='name' operator='eq' value='{tag}'/></filter></entity></fetch>")
    row = list(query.fetchxml(xml).execute())[0]
    assert (row["total"], row["n"]) == (7, 3), dict(row)


@capability("query.sql")
def _():
    tag = fresh("sql")
    records.create("account", [{"name": f"{tag} {n}", "numberofemployees": n} for n in range(4)])
    rows = query.sql(f"SELECT TOP 2 name, numberofemployees FROM account WHERE name LIKE '{tag}%' AND numberofemployees > 0 ORDER BY name DESC")
    assert [(row["name"][-1], row["numberofemployees"]) for row in rows] == [("3", 3), ("2", 2)]


@capability("query.sql with a join and a count")
def _():
    tag = fresh("join")
    contact = records.create("contact", {"lastname": tag})
    records.create("account", [{"name": tag, "primarycontactid@odata.bind": f"/contacts({contact})"} for _ in range(3)])
    rows = query.sql(f"SELECT a.name, c.lastname FROM account a JOIN contact c ON a.primarycontactid = c.contactid WHERE c.lastname = '{tag}'")
    assert len(rows) == 3 and rows[0]["lastname"] == tag, [dict(row) for row in rows]
    rows = query.sql(f"SELECT COUNT(*) AS n FROM account WHERE name = '{tag}'")
    assert rows[0]["n"] == 3


@capability("query.sql_columns and odata_select")
def _():
    columns = query.sql_columns("account")
    assert any(column["name"] == "name" for column in columns), columns[:3]
    assert "name" in query.odata_select("account")


@capability("query.odata_expands, odata_expand and odata_bind")
def _():
    assert any(e["nav_property"] == "primarycontactid" for e in query.odata_expands("account"))
    assert query.odata_expand("contact", "account")
    id = str(uuid.uuid4())
    bound = query.odata_bind("account", "contact", id)
    assert list(bound.values()) == [f"/contacts({id})"], bound


@capability("dataframe create, get, update and delete")
def _():
    tag = fresh("df")
    ids = client.dataframe.create("account", pandas.DataFrame([{"name": f"{tag} a"}, {"name": f"{tag} b"}]))
    assert len(ids) == 2
    client.dataframe.update("account", pandas.DataFrame({"accountid": ids, "description": ["x", "y"]}), id_column="accountid")
    rows = records.list("account", filter=f"startswith(name,'{tag}')", select=["description"], orderby=["name"])
    assert [row["description"] for row in rows] == ["x", "y"]
    client.dataframe.delete("account", ids, use_bulk_delete=False)
    assert len(records.list("account", filter=f"startswith(name,'{tag}')")) == 0


@capability("dataframe sql")
def _():
    tag = fresh("dfsql")
    records.create("account", {"name": tag})
    assert len(client.dataframe.sql(f"SELECT name FROM account WHERE name = '{tag}'")) == 1


def executed(build, **options):
    batch = client.batch.new()
    build(batch)
    return batch.execute(**options)


@capability("batch of creates, updates, reads and deletes")
def _():
    tag = fresh("batch")
    id = records.create("account", {"name": f"{tag} old"})

    def build(batch):
        batch.records.create("account", {"name": f"{tag} new"})
        batch.records.update("account", id, {"name": f"{tag} changed"})
        batch.records.retrieve("account", id, select=["name"])
        batch.records.list("account", filter=f"startswith(name, '{tag}')", select=["name"], orderby=["name"])
        batch.records.delete("account", id)

    result = executed(build)
    assert not result.failed, [r.error_message for r in result.failed]
    assert [r.status_code for r in result.responses] == [204, 204, 200, 200, 204]
    assert result.responses[2].data["name"] == f"{tag} changed"
    assert len(result.responses[3].data["value"]) == 2


@capability("batch with a change set and references")
def _():
    tag = fresh("set")

    def build(batch):
        with batch.changeset() as changes:
            contact = changes.records.create("contact", {"lastname": tag})
            account = changes.records.create("account", {"name": tag, "primarycontactid@odata.bind": contact})
            changes.records.update("account", account, {"description": "in the set"})

    result = executed(build)
    assert not result.failed, [r.error_message for r in result.failed]
    row = records.list("account", filter=f"name eq '{tag}'", select=["description"], expand=["primarycontactid"]).first()
    assert row["description"] == "in the set" and row["primarycontactid"]["lastname"] == tag


@capability("batch whose change set fails as a whole")
def _():
    tag = fresh("rolled back")

    def build(batch):
        with batch.changeset() as changes:
            changes.records.create("account", {"name": tag})
            changes.records.update("account", str(uuid.uuid4()), {"name": tag})

    result = executed(build, continue_on_error=True)
    assert result.failed
    assert len(records.list("account", filter=f"name eq '{tag}'")) == 0


@capability("batch that continues after an error")
def _():
    tag = fresh("goes on")

    def build(batch):
        batch.records.retrieve("account", str(uuid.uuid4()))
        batch.records.create("account", {"name": tag})

    result = executed(build, continue_on_error=True)
    assert len(result.failed) == 1 and len(result.succeeded) == 1
    assert len(records.list("account", filter=f"name eq '{tag}'")) == 1


@capability("batch that stops at an error")
def _():
    tag = fresh("stops")

    def build(batch):
        batch.records.retrieve("account", str(uuid.uuid4()))
        batch.records.create("account", {"name": tag})

    result = executed(build)
    assert len(result.failed) == 1
    assert len(records.list("account", filter=f"name eq '{tag}'")) == 0


@capability("batch of many: create, update and upsert")
def _():
    key = uuid.uuid4().hex[:12]

    def build(batch):
        batch.records.create("account", [{"name": key}, {"name": key}])
        batch.records.upsert("account", [UpsertItem(alternate_key={"accountnumber": key}, record={"name": key})])
        batch.query.sql(f"SELECT name FROM account WHERE name = '{key}'")
        batch.tables.get("account")

    result = executed(build)
    assert not result.failed, [r.error_message for r in result.failed]
    assert len(records.list("account", filter=f"name eq '{key}'")) == 3


def table_name():
    return f"new_T{uuid.uuid4().hex[:8]}"


@capability("tables.get, list and list_columns")
def _():
    info = tables.get("account")
    assert info.entity_set_name == "accounts" and info.logical_name == "account"
    assert tables.get("nosuchtable") is None
    assert any(table["LogicalName"] == "account" for table in tables.list())
    assert any(table["LogicalName"] == "account" for table in tables.list(filter="SchemaName eq 'Account'", select=["LogicalName"]))
    columns = tables.list_columns("account", select=["LogicalName"], filter="AttributeType eq 'Picklist'")
    assert "accountcategorycode" in [column["LogicalName"] for column in columns]
    assert tables.list_columns("account", typed=True)
    assert tables.get_column("account", "name")["LogicalName"] == "name"


@capability("tables.create and delete, with rows")
def _():
    name = table_name()
    created = tables.create(name, {"new_Code": "string", "new_Count": "int", "new_Price": "decimal", "new_Real": "float",
                                   "new_When": "datetime", "new_Is": "bool"}, primary_column="new_Title")
    assert created.schema_name == name, created
    logical = name.lower()
    id = records.create(logical, {"new_title": "t", "new_code": "c", "new_count": 3, "new_price": 1.5, "new_is": True})
    row = records.retrieve(logical, id)
    assert (row["new_code"], row["new_count"], row["new_price"], row["new_is"]) == ("c", 3, 1.5, True), dict(row)
    tables.delete(name)
    assert tables.get(logical) is None


@capability("tables.add_columns, update_column and remove_columns")
def _():
    name = table_name()
    tables.create(name, {"new_Code": "string"})
    assert tables.add_columns(name, {"new_Extra": "string", "new_Memo": "memo"})
    assert tables.get_column(name.lower(), "new_extra")
    tables.update_column(name.lower(), "new_extra", {"max_length": 50})
    tables.remove_columns(name, ["new_Extra"])
    assert tables.get_column(name.lower(), "new_extra") is None
    tables.delete(name)


@capability("tables.create with a choice")
def _():
    from enum import IntEnum

    class Colour(IntEnum):
        RED = 1
        BLUE = 2

    name = table_name()
    tables.create(name, {"new_Colour": Colour})
    id = records.create(name.lower(), {"new_colour": "BLUE"})
    assert records.retrieve(name.lower(), id)["new_colour"] == 2
    tables.delete(name)


@capability("tables.create_lookup_field and relationships")
def _():
    name = table_name()
    tables.create(name, {"new_Code": "string"})
    made = tables.create_lookup_field(name.lower(), f"{name}_AccountId", "account", display_name="Account")
    found = tables.get_relationship(made.relationship_schema_name)
    assert found.relationship_id == made.relationship_id, (found, made)
    assert any(r["SchemaName"] == made.relationship_schema_name for r in tables.list_table_relationships(name.lower()))
    account = records.create("account", {"name": fresh("target")})
    bound = query.odata_bind(name.lower(), "account", account)
    id = records.create(name.lower(), {"new_code": "x", **bound})
    assert account in [value for value in records.retrieve(name.lower(), id).values()]
    tables.delete_relationship(made.relationship_id)
    assert tables.get_relationship(made.relationship_schema_name) is None
    tables.delete(name)


@capability("tables.create_many_to_many_relationship")
def _():
    from PowerPlatform.Dataverse.models.relationship import ManyToManyRelationshipMetadata

    schema_name = f"new_{uuid.uuid4().hex[:8]}_account_contact"
    made = tables.create_many_to_many_relationship(ManyToManyRelationshipMetadata(
        schema_name=schema_name, entity1_logical_name="account", entity2_logical_name="contact"))
    assert tables.get_relationship(schema_name).entity1_logical_name == "account"
    assert any(r["SchemaName"] == schema_name for r in tables.list_relationships(filter=f"SchemaName eq '{schema_name}'"))
    tables.delete_relationship(made.relationship_id)


@capability("tables.create_alternate_key, get and delete")
def _():
    name = table_name()
    tables.create(name, {"new_Code": "string"})
    made = tables.create_alternate_key(name.lower(), "new_CodeKey", ["new_code"])
    keys = tables.get_alternate_keys(name.lower())
    assert [key.schema_name for key in keys] == ["new_CodeKey"], keys
    records.upsert(name.lower(), [UpsertItem(alternate_key={"new_code": "a"}, record={})])
    tables.delete_alternate_key(name.lower(), keys[0].metadata_id or made.metadata_id)
    assert tables.get_alternate_keys(name.lower()) == []
    tables.delete(name)


@capability("files.upload small, and in chunks")
def _():
    id = records.create("account", {"name": fresh("file")})
    for size, mode in ((1000, "small"), (9 * 1024 * 1024, "chunk")):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "data.bin")
            with open(path, "wb") as file:
                file.write(os.urandom(size))
            client.files.upload("account", id, "new_Document", path, mode=mode, if_none_match=False)
        name = records.retrieve("account", id, select=["new_document_name"])["new_document_name"]
        assert name == "data.bin", name


main("PowerPlatform-Dataverse-Client")
