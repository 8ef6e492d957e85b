"""Microsoft's Dataverse SDK for Python against the emulator: every public operation, with its options.

`sdk_async.py` runs the same checks with the asynchronous client.
"""

import os
import tempfile
import time
import uuid
import warnings
from enum import IntEnum

import pandas
from PowerPlatform.Dataverse.core.config import DataverseConfig, OperationContext
from PowerPlatform.Dataverse.core.errors import DataverseError, HttpError, MetadataError, SQLParseError, ValidationError
from PowerPlatform.Dataverse.core.log_config import LogConfig
from PowerPlatform.Dataverse.models.filters import col, raw
from PowerPlatform.Dataverse.models.labels import Label, LocalizedLabel
from PowerPlatform.Dataverse.models.query_builder import ExpandOption
from PowerPlatform.Dataverse.models.relationship import (
    CascadeConfiguration, LookupAttributeMetadata, ManyToManyRelationshipMetadata, OneToManyRelationshipMetadata)
from PowerPlatform.Dataverse.models.upsert import UpsertItem

import sdk_client
from capabilities import API, TOKEN, capability, main, raises, session

warnings.simplefilter("ignore", DeprecationWarning)
warnings.simplefilter("ignore", UserWarning)
opened = sdk_client.opened
client = opened()
records, query, tables = client.records, client.query, client.tables


def fresh(prefix):
    """Returns a name that no other row has. It has no space, which tests add before a number."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


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
    # The service refuses `not` before its own functions; `not_in` is what it takes.
    error = raises(HttpError, lambda: numbers(~(col("numberofemployees").in_([1, 4]))))
    assert error.status_code == 400 and "Not operator along with the Custom Named Condition operators is not allowed" in str(error), error
    assert numbers(~(col("numberofemployees") == 1)) == [0, 2, 3, 4, 5]
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
    assert len(built().execute().to_dataframe()) == 5
    if not sdk_client.ASYNCHRONOUS:
        assert len(built().to_dataframe()) == 5  # the old way, which the asynchronous client has not
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
    if not sdk_client.ASYNCHRONOUS:
        assert "name" in query.odata_select("account")  # the asynchronous client has none


@capability("query.odata_expands, odata_expand and odata_bind")
def _():
    assert any(e["nav_property"] == "primarycontactid" for e in query.odata_expands("account"))
    if sdk_client.ASYNCHRONOUS:
        return  # the asynchronous client has the first of the three only
    assert query.odata_expand("contact", "account")
    id = str(uuid.uuid4())
    bound = query.odata_bind("account", "contact", id)
    assert list(bound.values()) == [f"/contacts({id})"], bound


def bound(table, target, id):
    """Returns the annotation that binds a row."""
    if not sdk_client.ASYNCHRONOUS:
        return query.odata_bind(table, target, id)
    [name] = [found["nav_property"] for found in query.odata_expands(table) if found["target_table"] == target]
    return {f"{name}@odata.bind": f"/{tables.get(target).entity_set_name}({id})"}


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
    id = records.create(name.lower(), {"new_code": "x", **bound(name.lower(), "account", account)})
    assert account in [value for value in records.retrieve(name.lower(), id).values()]
    tables.delete_relationship(made.relationship_id)
    assert tables.get_relationship(made.relationship_schema_name) is None
    tables.delete(name)


@capability("tables.create_many_to_many_relationship")
def _():
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
            with open(path, "rb") as file:
                assert downloaded("accounts", id, "new_document") == file.read()
        name = records.retrieve("account", id, select=["new_document_name"])["new_document_name"]
        assert name == "data.bin", name


def downloaded(entity_set, id, column):
    """Returns the bytes of a file column. The SDK has no download."""
    response = session().get(f"{API}{entity_set}({id})/{column}/$value")
    response.raise_for_status()
    return response.content


@capability("files.upload into an empty column, with a type, automatically")
def _():
    id = records.create("new_project", {"new_name": fresh("file")})
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "contract.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("the contract")
        client.files.upload("new_project", id, "new_Contract", path, mime_type="text/plain")
        assert downloaded("new_projects", id, "new_contract") == b"the contract"
        raises(FileNotFoundError, lambda: client.files.upload("new_project", id, "new_Contract", path + "x"))
        raises(ValueError, lambda: client.files.upload("new_project", id, "new_Contract", path, mode="other"))


@capability("files.upload to a row that does not exist")
def _():
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
        file.flush()
        error = raises(HttpError, lambda: client.files.upload("new_project", str(uuid.uuid4()), "new_Contract", file.name))
    assert error.status_code == 404, error


@capability("records.create with types of every kind")
def _():
    data = {"new_name": fresh("typed"), "new_budget": 99.5, "new_completion": 12.25, "new_headcount": 3, "new_externalnumber": 2 ** 40, "new_latitude": 1.5,
            "new_approved": True, "new_regions": "1,3", "new_phase": 100000001, "new_duedate": "2026-12-24", "new_kickoff": "2026-12-24T10:30:00Z", "new_notes": "ä\n✓"}
    row = records.retrieve("new_project", records.create("new_project", data), select=list(data))
    assert {name: row[name] for name in data} == data, dict(row)


@capability("records.create with a bound lookup whose name has capitals")
def _():
    account = records.create("account", {"name": fresh("parent")})
    id = records.create("new_project", {"new_name": "x", "new_Account@odata.bind": f"/accounts({account})"})
    assert records.retrieve("new_project", id, select=["_new_account_value"])["_new_account_value"] == account
    error = raises(HttpError, lambda: records.create("new_project", {"new_name": "x", "new_account@odata.bind": f"/accounts({account})"}))
    assert error.status_code == 400 and "new_account" in str(error), error


@capability("records.create with related rows")
def _():
    tag = fresh("deep")
    id = records.create("account", {"name": tag, "primarycontactid": {"lastname": tag}})
    assert records.retrieve("account", id, expand=["primarycontactid"])["primarycontactid"]["lastname"] == tag


@capability("records.create that is wrong")
def _():
    for data in ({"nosuchcolumn": 1}, {"numberofemployees": "many"}, {"name": "x" * 161}, {"accountcategorycode": 99}):
        error = raises(HttpError, lambda: records.create("account", data))
        assert error.status_code == 400 and error.details["service_error_code"].startswith("0x"), error.details
        assert not error.is_transient and error.subcode == "http_400", error.to_dict()


@capability("records.create in a table that does not exist")
def _():
    raises(MetadataError, lambda: records.create("nosuchtable", {"name": "x"}))


@capability("records.create of many, of which one is wrong")
def _():
    tag = fresh("all or nothing")
    raises(HttpError, lambda: records.create("account", [{"name": tag}, {"name": tag, "numberofemployees": -1}]))
    assert len(records.list("account", filter=f"name eq '{tag}'")) == 0


@capability("records.update with a label, and to nothing")
def _():
    id = records.create("account", {"name": "x", "description": "y"})
    records.update("account", id, {"accountcategorycode": "Standard", "description": None})
    row = records.retrieve("account", id, select=["accountcategorycode", "description"])
    assert (row["accountcategorycode"], row["description"]) == (2, None)


@capability("records.delete of a row that does not exist")
def _():
    assert raises(HttpError, lambda: records.delete("account", str(uuid.uuid4()))).status_code == 404


@capability("records.retrieve with select and expand, as a record")
def _():
    contact = records.create("contact", {"firstname": "Ada", "lastname": fresh("x")})
    id = records.create("account", {"name": "record", "primarycontactid@odata.bind": f"/contacts({contact})"})
    row = records.retrieve("account", id, select=["name"], expand=["primarycontactid"], include_annotations="OData.Community.Display.V1.FormattedValue")
    assert row.table == "account" and row.id == id and row["name"] == "record" and row.get("nosuchcolumn", 7) == 7
    assert row.get("primarycontactid")["firstname"] == "Ada"
    assert "revenue" not in row and "name" in row.keys() and row.to_dict()["name"] == "record"


@capability("records.retrieve that is wrong")
def _():
    id = records.create("account", {"name": "x"})
    error = raises(HttpError, lambda: records.retrieve("account", id, select=["nosuchcolumn"]))
    assert error.status_code == 400 and "nosuchcolumn" in str(error), error
    assert raises(HttpError, lambda: records.retrieve("account", "not-an-id")).status_code in (400, 404)


@capability("records.get, one and many")
def _():
    tag = fresh("get")
    ids = records.create("account", [{"name": f"{tag} {n}"} for n in range(5)])
    if not hasattr(records, "get"):
        return  # the asynchronous client has none
    assert records.get("account", ids[0], select=["name"])["name"] == f"{tag} 0"
    pages = records.get("account", filter=f"startswith(name,'{tag}')", select=["name"], orderby=["name desc"], page_size=2, count=True, include_annotations="*")
    assert [[row["name"][-1] for row in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]


@capability("records.list, expanded and annotated, and its result")
def _():
    tag = fresh("result")
    contact = records.create("contact", {"lastname": tag})
    records.create("account", [{"name": f"{tag} {n}", "accountcategorycode": 1, "primarycontactid@odata.bind": f"/contacts({contact})"} for n in range(3)])
    found = records.list("account", filter=f"startswith(name,'{tag}')", select=["name", "accountcategorycode"], orderby=["name"], expand=["primarycontactid"],
                         page_size=2, include_annotations="*", count=True)
    assert len(found) == 3 and found.first()["name"] == f"{tag} 0" and found[2]["name"] == f"{tag} 2" and len(found[1:]) == 2
    assert found[0]["primarycontactid"]["lastname"] == tag
    assert found[0]["accountcategorycode@OData.Community.Display.V1.FormattedValue"] == "Preferred Customer"
    assert list(found.to_dataframe()["name"]) == [f"{tag} {n}" for n in range(3)]
    assert records.list("account", filter=f"name eq '{tag}'").first() is None


@capability("records.list_pages with every option")
def _():
    tag = fresh("everything")
    records.create("account", [{"name": f"{tag} {n}", "primarycontactid": {"lastname": tag}} for n in range(5)])
    pages = list(records.list_pages("account", filter=col("name").startswith(tag), select=["name"], orderby=["name desc"], expand=["primarycontactid"],
                                    page_size=2, count=True, include_annotations="*"))
    assert [[row["name"][-1] for row in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    assert pages[2].first()["primarycontactid"]["lastname"] == tag
    assert [len(page) for page in records.list_pages("account", filter=f"startswith(name,'{tag}')", top=3)] == [3]


@capability("records.list with like, not in, not between, contains and negations")
def _():
    tag = fresh("filters")
    records.create("account", [{"name": f"{tag} {n}", "numberofemployees": n, "creditonhold": n % 2 == 0} for n in range(6)])
    mine, number, name = col("name").startswith(tag), col("numberofemployees"), col("name")
    numbers = lambda expression: sorted(
        row["numberofemployees"] for row in records.list("account", filter=mine & expression, select=["numberofemployees"]))
    assert numbers(name.like(f"{tag} 1%")) == [1] and numbers(name.like("% 2")) == [2] and numbers(name.like(f"%{tag[-4:]} 3%")) == [3]
    assert numbers(name.like(f"{tag} 4")) == [4] and numbers(name.not_like("% 2")) == [0, 1, 3, 4, 5]
    assert numbers(number.not_in([0, 1])) == [2, 3, 4, 5] and numbers(number.not_between(1, 4)) == [0, 5]
    assert numbers(name.contains(" 5")) == [5] and numbers(name.endswith(" 0")) == [0]
    assert numbers((number != 3) & (number > 1) & (number <= 4)) == [2, 4] and numbers(number < 1) == [0]
    assert numbers(col("creditonhold") == True) == [0, 2, 4]  # noqa: E712
    assert numbers(name.in_([f"{tag} 1", f"{tag} 2"])) == [1, 2]
    assert numbers(~((number == 1) | (number == 2))) == [0, 3, 4, 5]


@capability("records.list with a text that has to be escaped")
def _():
    name = f"O'Brien & Söhne + 100% #1 {uuid.uuid4().hex[:6]}"
    records.create("account", {"name": name})
    assert len(records.list("account", filter=col("name") == name)) == 1
    assert len(query.builder("account").select("name").where(col("name") == name).execute()) == 1


@capability("records.upsert with a composite key, and as a dictionary")
def _():
    code = uuid.uuid4().hex[:12]
    for name in ("first", "second"):
        records.upsert("new_project", [{"alternate_key": {"new_code": code, "new_type": 100000000}, "record": {"new_name": name}}])
    found = records.list("new_project", filter=f"new_code eq '{code}'", select=["new_name", "new_type"])
    assert [(row["new_name"], row["new_type"]) for row in found] == [("second", 100000000)]


@capability("records.upsert with columns that are not a key")
def _():
    error = raises(HttpError, lambda: records.upsert("account", [UpsertItem(alternate_key={"fax": "1"}, record={"name": "x"})]))
    assert error.status_code == 400, error


@capability("query.builder with every option")
def _():
    tag = fresh("options")
    contact = records.create("contact", {"lastname": tag})
    account = records.create("account", {"name": tag, "accountcategorycode": 1, "primarycontactid@odata.bind": f"/contacts({contact})"})
    for n in range(3):
        records.create("contact", {"lastname": f"{n}", "parentcustomerid_account@odata.bind": f"/accounts({account})"})
    option = ExpandOption("contact_customer_accounts").select("lastname").filter("lastname ne '1'").order_by("lastname", descending=True)
    built = (query.builder("account").select("name", "accountcategorycode").where(col("name") == tag).where(col("accountcategorycode") == 1)
             .order_by("name").order_by("createdon", descending=True).expand("primarycontactid", option).include_annotations("*").count().page_size(10))
    row = built.execute().first()
    assert [c["lastname"] for c in row["contact_customer_accounts"]] == ["2", "0"]
    assert row["primarycontactid"]["lastname"] == tag
    assert row["accountcategorycode@OData.Community.Display.V1.FormattedValue"] == "Preferred Customer"
    assert built.build().get("select") == ["name", "accountcategorycode"]


@capability("query.builder that finds nothing, and one that is wrong")
def _():
    assert len(query.builder("account").select("name").where(col("name") == fresh("nobody")).execute()) == 0
    assert raises(HttpError, lambda: query.builder("account").select("nosuchcolumn").execute()).status_code == 400


@capability("query.builder executed by pages, the old way")
def _():
    tag = fresh("bypage")
    records.create("account", [{"name": f"{tag} {n}"} for n in range(3)])
    built = query.builder("account").select("name").where(col("name").startswith(tag)).page_size(2)
    assert [len(page) for page in built.execute_pages()] == [2, 1]
    if sdk_client.ASYNCHRONOUS:
        return  # the asynchronous client has no `by_page`
    assert [len(page) for page in built.execute(by_page=True)] == [2, 1]
    assert len(built.execute(by_page=False)) == 3


@capability("query.fetchxml with top and a linked table")
def _():
    tag = fresh("linked")
    records.create("account", [{"name": f"{tag} {n}", "primarycontactid": {"lastname": f"c{n}"}} for n in range(3)])
    xml = (f"<fetch top='2'><entity name='account'><attribute name='name'/><order attribute='name' descending='true'/>"
           f"<filter><condition attribute='name' operator='like' value='{tag}%'/></filter>"
           f"<link-entity name='contact' from='contactid' to='primarycontactid' alias='c'><attribute name='lastname'/></link-entity></entity></fetch>")
    assert [(row["name"][-1], row["c.lastname"]) for row in query.fetchxml(xml).execute()] == [("2", "c2"), ("1", "c1")]


@capability("query.fetchxml that is wrong")
def _():
    raises(ValidationError, lambda: query.fetchxml("<fetch>"))
    error = raises(HttpError, lambda: query.fetchxml("<fetch><entity name='account'><attribute name='nosuchcolumn'/></entity></fetch>").execute())
    assert error.status_code == 400 and "nosuchcolumn" in str(error), error


@capability("query.sql with its clauses")
def _():
    tag = fresh("clauses")
    records.create("account", [{"name": f"{tag} {n}", "numberofemployees": n, "accountcategorycode": 1 + n % 2} for n in range(6)])
    where = f"FROM account a WHERE a.name LIKE '{tag}%'"
    numbers = lambda sql: [row["numberofemployees"] for row in query.sql(sql)]
    assert numbers(f"SELECT TOP 2 a.numberofemployees {where} ORDER BY a.numberofemployees DESC") == [5, 4]
    assert numbers(f"SELECT numberofemployees FROM account WHERE name LIKE '{tag}%' AND (numberofemployees IN (1, 3) OR numberofemployees > 4) ORDER BY numberofemployees") == [1, 3, 5]
    assert numbers(f"SELECT numberofemployees FROM account WHERE name LIKE '{tag}%' AND numberofemployees BETWEEN 2 AND 3 ORDER BY numberofemployees") == [2, 3]
    assert numbers(f"SELECT numberofemployees FROM account WHERE name LIKE '{tag}%' AND NOT numberofemployees < 5 AND description IS NULL") == [5]
    grouped = query.sql(f"SELECT accountcategorycode, COUNT(*) AS n, SUM(numberofemployees) AS total FROM account WHERE name LIKE '{tag}%' GROUP BY accountcategorycode ORDER BY accountcategorycode")
    assert [(row["accountcategorycode"], row["n"], row["total"]) for row in grouped] == [(1, 3, 6), (2, 3, 9)], [dict(row) for row in grouped]
    distinct = query.sql(f"SELECT DISTINCT accountcategorycode FROM account WHERE name LIKE '{tag}%' ORDER BY accountcategorycode")
    assert [row["accountcategorycode"] for row in distinct] == [1, 2]


@capability("query.sql that is refused")
def _():
    raises((ValidationError, SQLParseError), lambda: query.sql("SELECT * FROM account"))
    raises((ValidationError, SQLParseError, HttpError), lambda: query.sql("DELETE FROM account"))
    error = raises(DataverseError, lambda: query.sql("SELECT nosuchcolumn FROM account"))
    assert error.status_code in (400, None), error
    raises(DataverseError, lambda: query.sql("SELECT name FROM nosuchtable"))


@capability("query.sql_columns and odata_select with the system's columns")
def _():
    assert any(column["name"] == "createdon" for column in query.sql_columns("account", include_system=True))
    if not sdk_client.ASYNCHRONOUS:
        assert "createdon" in query.odata_select("account", include_system=True)
        assert records.list("account", select=query.odata_select("account"), top=1) is not None


@capability("dataframe get, clear and delete in bulk")
def _():
    tag = fresh("dfmore")
    ids = client.dataframe.create("account", pandas.DataFrame([{"name": f"{tag} {n}", "description": "x"} for n in range(3)]))
    frame = pandas.DataFrame({"accountid": ids, "description": [None, "y", None]})
    client.dataframe.update("account", frame, id_column="accountid")
    described = lambda: [row["description"] for row in records.list("account", filter=f"startswith(name,'{tag}')", select=["description"], orderby=["name"])]
    assert described() == ["x", "y", "x"]
    client.dataframe.update("account", frame, id_column="accountid", clear_nulls=True)
    assert described() == [None, "y", None]
    if hasattr(client.dataframe, "get"):
        found = client.dataframe.get("account", filter=f"startswith(name,'{tag}')", select=["name"], orderby=["name"], top=2, page_size=1)
        assert list(found["name"]) == [f"{tag} 0", f"{tag} 1"]
        assert list(client.dataframe.get("account", ids[0], select=["name"])["name"]) == [f"{tag} 0"]
    assert uuid.UUID(client.dataframe.delete("account", ids))
    deadline = time.time() + 10
    while len(records.list("account", filter=f"startswith(name,'{tag}')")):
        assert time.time() < deadline, "the rows are still there"
        time.sleep(0.1)


@capability("batch of reads with options")
def _():
    tag = fresh("batch reads")
    contact = records.create("contact", {"lastname": tag})
    ids = records.create("account", [{"name": f"{tag} {n}", "accountcategorycode": 1, "primarycontactid@odata.bind": f"/contacts({contact})"} for n in range(4)])

    def build(batch):
        batch.records.retrieve("account", ids[0], select=["name", "accountcategorycode"], expand=["primarycontactid"], include_annotations="OData.Community.Display.V1.FormattedValue")
        batch.records.list("account", filter=col("name").startswith(tag), select=["name"], orderby=["name desc"], top=3, expand=["primarycontactid"], include_annotations="*")
        batch.records.list("account", filter=f"startswith(name,'{tag}')", select=["name"], page_size=3, count=True)
        batch.query.sql(f"SELECT TOP 1 name FROM account WHERE name LIKE '{tag}%' ORDER BY name")

    result = executed(build)
    assert not result.has_errors, [r.error_message for r in result.failed]
    one, some, counted, sql = [response.data for response in result.responses]
    assert one["accountcategorycode@OData.Community.Display.V1.FormattedValue"] == "Preferred Customer" and one["primarycontactid"]["lastname"] == tag
    assert [row["name"][-1] for row in some["value"]] == ["3", "2", "1"] and some["value"][0]["primarycontactid"]["lastname"] == tag
    assert counted["@odata.count"] == 4 and len(counted["value"]) == 3 and counted["@odata.nextLink"]
    assert [row["name"] for row in sql["value"]] == [f"{tag} 0"]


@capability("batch of writes: labels, many, upserts of one and more, deletions")
def _():
    tag = fresh("batch writes")
    keys = [uuid.uuid4().hex[:12] for _ in range(3)]
    ids = records.create("account", [{"name": f"{tag} {n}"} for n in range(4)])

    def build(batch):
        batch.records.create("account", {"name": f"{tag} labelled", "accountcategorycode": "Standard"})
        batch.records.update("account", ids[:2], {"description": "same"})
        batch.records.update("account", ids[:2], [{"fax": "0"}, {"fax": "1"}])
        batch.records.upsert("account", [UpsertItem(alternate_key={"accountnumber": keys[0]}, record={"name": tag})])
        batch.records.upsert("account", [{"alternate_key": {"accountnumber": key}, "record": {"name": tag}} for key in keys[1:]])
        batch.records.delete("account", ids[2])
        batch.records.delete("account", ids[3:], use_bulk_delete=False)

    result = executed(build)
    assert not result.has_errors, [r.error_message for r in result.failed]
    labelled = records.list("account", filter=f"name eq '{tag} labelled'", select=["accountcategorycode"]).first()
    assert labelled["accountcategorycode"] == 2 and labelled["accountid"] in result.entity_ids
    rows = records.list("account", filter=f"startswith(name,'{tag} ')", select=["description", "fax"], orderby=["name"])
    assert [(row["description"], row["fax"]) for row in rows][:2] == [("same", "0"), ("same", "1")] and len(rows) == 3
    assert all(len(records.list("account", filter=f"accountnumber eq '{key}'")) == 1 for key in keys)


@capability("batch with several change sets")
def _():
    tag = fresh("sets")
    old = records.create("account", {"name": f"{tag} old"})

    def build(batch):
        with batch.changeset() as changes:
            made = changes.records.create("contact", {"lastname": f"{tag} a"})
            changes.records.update("account", old, {"primarycontactid@odata.bind": made})
        with batch.changeset() as changes:
            changes.records.create("contact", {"lastname": f"{tag} b"})
            other = changes.records.create("account", {"name": f"{tag} new"})
            changes.records.update("account", other, {"name": f"{tag} renamed"})
            changes.records.delete("account", old)
        batch.records.list("contact", filter=f"startswith(lastname,'{tag}')", select=["lastname"])

    result = executed(build)
    assert not result.has_errors, [r.error_message for r in result.failed]
    assert len(result.responses[-1].data["value"]) == 2
    assert [row["name"] for row in records.list("account", filter=f"startswith(name,'{tag}')", select=["name"])] == [f"{tag} renamed"]


@capability("batch of data frames")
def _():
    tag = fresh("batch frames")
    ids = records.create("account", [{"name": f"{tag} {n}"} for n in range(4)])

    def build(batch):
        batch.dataframe.create("account", pandas.DataFrame([{"name": f"{tag} 4"}, {"name": f"{tag} 5"}]))
        batch.dataframe.update("account", pandas.DataFrame({"accountid": ids[:2], "description": ["x", "y"]}), id_column="accountid")
        batch.dataframe.delete("account", pandas.Series(ids[2:]), use_bulk_delete=False)

    result = executed(build)
    assert not result.has_errors, [r.error_message for r in result.failed]
    rows = records.list("account", filter=f"startswith(name,'{tag}')", select=["name", "description"], orderby=["name"])
    assert [(row["name"][-1], row["description"]) for row in rows] == [("0", "x"), ("1", "y"), ("4", None), ("5", None)]


@capability("batch of definitions")
def _():
    name = table_name()
    result = executed(lambda batch: batch.tables.create(name, {"new_Code": "string"}, solution="Default", primary_column="new_Title", display_name="By batch"))
    assert not result.has_errors, [r.error_message for r in result.failed]

    def build(batch):
        batch.tables.add_columns(name, {"new_Extra": "int"})
        batch.tables.get(name.lower())
        batch.tables.list(filter=f"LogicalName eq '{name.lower()}'", select=["LogicalName"])
        batch.tables.create_lookup_field(name.lower(), f"{name}_AccountId", "account", display_name="Account")

    result = executed(build)
    assert not result.has_errors, [r.error_message for r in result.failed]
    assert tables.get_column(name.lower(), "new_extra") is not None
    relation = [r for r in tables.list_table_relationships(name.lower()) if r.get("ReferencedEntity") == "account"][-1]

    def remove(batch):
        batch.tables.get_relationship(relation["SchemaName"])
        batch.tables.delete_relationship(relation["MetadataId"])
        batch.tables.remove_columns(name, "new_Extra")

    result = executed(remove)
    assert not result.has_errors, [r.error_message for r in result.failed]
    result = executed(lambda batch: batch.tables.delete(name))
    assert not result.has_errors and tables.get(name.lower()) is None


@capability("batch with too many operations, and an empty one")
def _():
    batch = client.batch.new()
    for _ in range(1001):
        batch.records.retrieve("account", str(uuid.uuid4()))
    raises(ValidationError, lambda: batch.execute())
    assert client.batch.new().execute().responses == []


@capability("tables.create with every type of column and every option")
def _():
    class Colour(IntEnum):
        RED = 1
        BLUE = 2
        __labels__ = {1033: {"RED": "Red", "BLUE": "Blue"}, 1031: {"RED": "Rot", "BLUE": "Blau"}}

    name = table_name()
    made = tables.create(name, {
        "new_S": "string", "new_T": "text", "new_Memo": "memo", "new_I": "integer", "new_M": "money", "new_D": "double", "new_When": "date", "new_B": "boolean",
        "new_F": "file", "new_Colour": Colour, "new_Limited": {"type": "int", "min_value": 1, "max_value": 5, "required": "Recommended", "display_name": "Limited"},
        "new_Short": {"type": "string", "max_length": 3, "format": "Text"}}, solution="Default", primary_column="new_Title", display_name="Everything")
    logical = name.lower()
    assert made["table_logical_name"] == logical and made.entity_set_name and uuid.UUID(made.metadata_id) and set(made.columns_created) >= {"new_S", "new_F", "new_Colour"}, made
    values = {"new_title": "t", "new_s": "s", "new_t": "t", "new_memo": "m", "new_i": 1, "new_m": 1.25, "new_d": 1.5, "new_b": True, "new_colour": "Blue", "new_limited": 5, "new_short": "abc"}
    row = records.retrieve(logical, records.create(logical, values))
    assert row["new_colour"] == 2 and row["new_memo"] == "m" and row["new_m"] == 1.25 and row["new_b"] is True, dict(row)
    assert raises(HttpError, lambda: records.create(logical, {"new_limited": 6})).status_code == 400
    assert raises(HttpError, lambda: records.create(logical, {"new_short": "abcd"})).status_code == 400
    assert tables.get(logical).metadata_id == made.metadata_id
    raises(MetadataError, lambda: tables.create(name, {}))
    tables.delete(name)


@capability("tables.list_columns, list_relationships and get_column with options")
def _():
    columns = tables.list_columns("account", select=["LogicalName", "AttributeType"], filter="AttributeType ne 'Virtual'")
    assert {"name", "accountid"} <= {column["LogicalName"] for column in columns}
    typed = {column["LogicalName"]: column for column in tables.list_columns("account", typed=True)}
    assert typed["name"]["MaxLength"] == 160, typed["name"]
    assert tables.get_column("account", "name", typed=True)["MaxLength"] == 160
    assert tables.get_column("account", "name", select=["SchemaName"])["SchemaName"] == "Name"
    assert tables.get_column("account", "nosuchcolumn") is None
    relations = tables.list_relationships(filter="SchemaName eq 'account_primary_contact'", select=["SchemaName"])
    assert [relation["SchemaName"] for relation in relations] == ["account_primary_contact"]
    mine = tables.list_table_relationships("account", filter="SchemaName eq 'account_primary_contact'", select=["SchemaName"])
    assert [relation["SchemaName"] for relation in mine] == ["account_primary_contact"]
    assert any(relation["SchemaName"] == "new_project_systemuser" for relation in tables.list_table_relationships("new_project"))
    assert [key.key_attributes for key in tables.get_alternate_keys("account")] == [["accountnumber"]]


@capability("tables of which there is none")
def _():
    for action in (lambda: tables.delete("new_Nothing"), lambda: tables.add_columns("new_Nothing", {"new_A": "string"}), lambda: tables.remove_columns("new_Nothing", "new_A"),
                   lambda: tables.list_columns("new_nothing"), lambda: tables.update_column("new_nothing", "new_a", {"max_length": 5})):
        raises(MetadataError, action)
    assert tables.get_relationship("new_nothing") is None


@capability("tables.update_columns")
def _():
    name = table_name()
    tables.create(name, {"new_A": "string", "new_N": "int"})
    tables.update_columns(name.lower(), {"new_A": {"max_length": 20, "display_name": "Renamed", "required": "ApplicationRequired"}, "new_N": {"min_value": 0, "max_value": 9}})
    column = tables.get_column(name.lower(), "new_a", typed=True)
    assert column["MaxLength"] == 20, column
    full = tables.get_column(name.lower(), "new_a", select=["DisplayName", "RequiredLevel"])
    assert full["DisplayName"]["UserLocalizedLabel"]["Label"] == "Renamed" and full["RequiredLevel"]["Value"] == "ApplicationRequired"
    assert raises(HttpError, lambda: records.create(name.lower(), {"new_n": 10})).status_code == 400
    raises(MetadataError, lambda: tables.update_column(name.lower(), "new_nothing", {"max_length": 5}))
    tables.delete(name)


@capability("tables.create_one_to_many_relationship with its cascades, and rows")
def _():
    name = table_name()
    made_table = tables.create(name, {"new_Code": "string"})
    schema_name = f"new_account_{name.lower()}"
    made = tables.create_one_to_many_relationship(
        LookupAttributeMetadata(schema_name="new_ParentId", display_name=Label([LocalizedLabel("Parent", 1033)]), description=Label([LocalizedLabel("The parent", 1033)]), required_level="Recommended"),
        OneToManyRelationshipMetadata(schema_name=schema_name, referenced_entity="account", referencing_entity=name.lower(), referenced_attribute="accountid",
                                      cascade_configuration=CascadeConfiguration(delete="Cascade", assign="NoCascade")),
        solution="Default")
    assert made.relationship_schema_name == schema_name and uuid.UUID(made.relationship_id) and made.lookup_schema_name.lower() == "new_parentid"
    found = tables.get_relationship(schema_name)
    assert (found.relationship_type, found.referenced_entity, found.referencing_entity) == ("one_to_many", "account", name.lower())
    account = records.create("account", {"name": fresh("parent")})
    row = records.create(name.lower(), {"new_code": "x", "new_ParentId@odata.bind": f"/accounts({account})"})
    records.delete("account", account)
    assert records.retrieve(name.lower(), row) is None, made_table
    tables.delete(name)


@capability("tables.create_lookup_field with every option")
def _():
    name = table_name()
    tables.create(name, {"new_Code": "string"})
    made = tables.create_lookup_field(name.lower(), "new_AccountId", "account", display_name="Account", description="The account", required=True,
                                      cascade_delete="Restrict", solution="Default", language_code=1033)
    column = tables.get_column(name.lower(), "new_accountid", select=["DisplayName", "RequiredLevel", "SchemaName"])
    assert column["SchemaName"] == "new_AccountId" and column["RequiredLevel"]["Value"] == "ApplicationRequired"
    account = records.create("account", {"name": fresh("restricted")})
    row = records.create(name.lower(), {"new_code": "x", "new_AccountId@odata.bind": f"/accounts({account})"})
    assert 400 <= raises(HttpError, lambda: records.delete("account", account)).status_code < 500
    records.delete(name.lower(), row)
    records.delete("account", account)
    assert bound(name.lower(), "account", account) == {"new_AccountId@odata.bind": f"/accounts({account})"}
    assert made.relationship_id
    tables.delete(name)


@capability("tables.create_many_to_many_relationship with its own intersect table")
def _():
    name = table_name()
    tables.create(name, {"new_Code": "string"})
    schema_name = f"new_{name.lower()}_contacts"
    made = tables.create_many_to_many_relationship(
        ManyToManyRelationshipMetadata(schema_name=schema_name, entity1_logical_name="contact", entity2_logical_name=name.lower(), intersect_entity_name=f"{schema_name}_x"), solution="Default")
    found = tables.get_relationship(schema_name)
    assert (found.relationship_type, found.entity1_logical_name, found.entity2_logical_name) == ("many_to_many", "contact", name.lower())
    tables.delete_relationship(made.relationship_id)
    tables.delete(name)


@capability("tables.create_alternate_key of several columns, with a name")
def _():
    name = table_name()
    tables.create(name, {"new_A": "string", "new_B": "int"})
    made = tables.create_alternate_key(name.lower(), "new_AB", ["new_a", "new_b"], display_name="A and B", language_code=1033)
    assert made.schema_name == "new_AB" and sorted(made.key_attributes) == ["new_a", "new_b"]
    key = tables.get_alternate_keys(name.lower())[0]
    assert sorted(key.key_attributes) == ["new_a", "new_b"] and uuid.UUID(key.metadata_id) and key.status in ("Active", "Pending", "InProgress"), key
    for _ in range(2):
        records.upsert(name.lower(), [UpsertItem(alternate_key={"new_a": "x", "new_b": 1}, record={})])
    assert len(records.list(name.lower(), filter="new_a eq 'x'")) == 1
    tables.delete(name)


@capability("configuration: context, language, log")
def _():
    with tempfile.TemporaryDirectory() as folder:
        own = opened(config=DataverseConfig(language_code=1031, operation_context=OperationContext("app=suite/1.0"), log_config=LogConfig(log_folder=folder)))
        id = own.records.create("account", {"name": fresh("configured")})
        assert own.records.retrieve("account", id, select=["name"])
        assert os.listdir(folder) and TOKEN not in "".join(open(os.path.join(folder, file), encoding="utf-8").read() for file in os.listdir(folder))
    assert opened(context=OperationContext("app=suite/1.0")).tables.get("account")


@capability("flush_cache, and a client that was closed")
def _():
    own = opened()
    own.records.create("account", {"name": "x", "accountcategorycode": "Standard"})
    assert own.flush_cache("picklist") >= 1 and own.flush_cache("picklist") == 0
    raises(ValidationError, lambda: own.flush_cache("other"))
    sdk_client.closed(own)
    raises(RuntimeError, lambda: own.records.create("account", {"name": "x"}))


@capability("a client as a context, and a wrong token")
def _():
    with opened() as own:
        assert own.tables.get("account")
    error = raises(HttpError, lambda: opened(token="wrong").records.list("account", top=1))
    assert error.status_code == 401 and not error.is_transient, error.to_dict()


if __name__ == "__main__":
    main(sdk_client.NAME)
