"""dataverse-api against the emulator: every public operation, with its options."""

import copy
import uuid

import pandas
from dataverse_api import DataverseClient
from dataverse_api.errors import DataverseAPIError, DataverseError
from dataverse_api.metadata.attributes import (
    BigIntAttributeMetadata, BooleanAttributeMetadata, DateTimeAttributeMetadata, DecimalAttributeMetadata,
    IntegerAttributeMetadata, MemoAttributeMetadata, StringAttributeMetadata)
from dataverse_api.metadata.complex_properties import create_label
from dataverse_api.metadata.entity import EntityMetadata, define_entity
from dataverse_api.metadata.enums import OwnershipType
from dataverse_api.metadata.helpers import Publisher, Solution
from dataverse_api.metadata.relationships import RelationshipMetadata, define_relationship
from dataverse_api.utils.batching import BatchCommand, RequestMethod
from dataverse_api.utils.labels import define_label

from capabilities import URL, capability, main, raises, session

client = DataverseClient(session=session(), environment_url=URL + "/")
NUMBER_KEY = "new_accountnumberkey"


def fresh(prefix):
    """Returns a name that no other row has. It has no space, which tests add before a number."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def number():
    return uuid.uuid4().hex[:12]


_entities = {}


def entity(name="account"):
    if name not in _entities:
        _entities[name] = client.entity(name)
    return _entities[name]


def rows(tag, **options):
    options.setdefault("filter", f"startswith(name,'{tag}')")
    return entity().read(order_by="name", **options)


def names(tag):
    return [row["name"] for row in rows(tag, select=["name"])]


def statuses(responses):
    return [response.status_code for response in responses]


def batch_statuses(responses):
    """Returns the status of each part of the batches' responses."""
    return [int(line.split()[1]) for response in responses for line in response.text.splitlines()
            if line.startswith("HTTP/1.1")]


@capability("entity and its properties")
def _():
    account = entity()
    assert (account.logical_name, account.entity_set_name, account.primary_id_attr) == ("account", "accounts", "accountid")
    assert account.primary_img_attr == "entityimage"
    assert list(account.alternate_keys.values()) == [["accountnumber"]], account.alternate_keys
    assert account.supports_create_multiple and account.supports_update_multiple
    assert "contact_customer_accounts" in account.relationships.collection_valued
    assert "primarycontactid" in account.relationships.single_valued


@capability("entity of a table that does not exist")
def _():
    error = raises(DataverseAPIError, lambda: client.entity("nosuchtable"))
    assert error.response.status_code == 404, error


@capability("update_schema, each part")
def _():
    for part in (None, "altkeys", "properties", "messages", "relationships", "all"):
        entity().update_schema(part)
    assert entity().entity_set_name == "accounts"


@capability("create individually")
def _():
    tag = fresh("single")
    responses = entity().create([{"name": f"{tag} {n}"} for n in range(3)])
    assert statuses(responses) == [204] * 3
    assert all("accounts(" in response.headers["OData-EntityId"] for response in responses)
    assert names(tag) == [f"{tag} {n}" for n in range(3)]


@capability("create individually, returned, checked for duplicates, by threads")
def _():
    tag = fresh("returned")
    responses = entity().create([{"name": f"{tag} {n}"} for n in range(4)], detect_duplicates=True, return_created=True, threading=True)
    assert statuses(responses) == [201] * 4
    assert sorted(response.json()["name"] for response in responses) == [f"{tag} {n}" for n in range(4)]


@capability("create of a row that is wrong, among others")
def _():
    tag = fresh("partial")
    responses = entity().create([{"name": f"{tag} a"}, {"name": f"{tag} b", "nosuchcolumn": 1}, {"name": f"{tag} c"}])
    assert statuses(responses) == [204, 400, 204]
    assert names(tag) == [f"{tag} a", f"{tag} c"]


@capability("create of a duplicate key")
def _():
    key = number()
    assert statuses(entity().create([{"name": "a", "accountnumber": key}, {"name": "b", "accountnumber": key}])) == [204, 412]


@capability("create by CreateMultiple")
def _():
    tag = fresh("multiple")
    responses = entity().create([{"name": f"{tag} {n}"} for n in range(5)], mode="multiple", batch_size=2)
    assert statuses(responses) == [200] * 3
    assert [len(response.json()["Ids"]) for response in responses] == [2, 2, 1]
    assert len(names(tag)) == 5


@capability("create by CreateMultiple, returned, by threads")
def _():
    tag = fresh("multiplereturned")
    responses = entity().create([{"name": f"{tag} {n}"} for n in range(4)], mode="multiple", batch_size=2, return_created=True, threading=True)
    assert all(status in (200, 201) for status in statuses(responses)), statuses(responses)
    assert len(names(tag)) == 4


@capability("create by batch")
def _():
    tag = fresh("batch")
    responses = entity().create([{"name": f"{tag} {n} ä"} for n in range(5)], mode="batch", batch_size=2)
    assert statuses(responses) == [200] * 3
    assert batch_statuses(responses) == [204] * 5
    assert names(tag) == [f"{tag} {n} ä" for n in range(5)]


@capability("create by batch, by threads")
def _():
    tag = fresh("batchthreads")
    entity().create([{"name": f"{tag} {n}"} for n in range(6)], mode="batch", batch_size=2, threading=True)
    assert len(names(tag)) == 6


@capability("create of a data frame")
def _():
    tag = fresh("frame")
    numbers = pandas.array([1, None], dtype="Int64")
    entity().create(pandas.DataFrame({"name": [f"{tag} a", f"{tag} b"], "numberofemployees": numbers, "description": ["x", None]}))
    found = rows(tag, select=["name", "numberofemployees", "description"])
    assert [(row["numberofemployees"], row["description"]) for row in found] == [(1, "x"), (None, None)], found


@capability("create in a mode that does not exist")
def _():
    raises(DataverseError, lambda: entity().create([{"name": "x"}], mode="nosuchmode"))


@capability("read with select, filter, order and top")
def _():
    tag = fresh("read")
    entity().create([{"name": f"{tag} {n}", "numberofemployees": n} for n in range(5)])
    found = entity().read(select=["name", "numberofemployees"], filter=f"startswith(name,'{tag}') and numberofemployees gt 1",
                          top=2, order_by="numberofemployees desc")
    assert [row["numberofemployees"] for row in found] == [4, 3]
    assert set(found[0]) == {"@odata.etag", "accountid", "name", "numberofemployees"}, set(found[0])


@capability("read by pages, and responses")
def _():
    tag = fresh("paged")
    entity().create([{"name": f"{tag} {n}"} for n in range(5)])
    assert len(rows(tag, select=["name"], page_size=2)) == 5
    responses = rows(tag, select=["name"], page_size=2, return_responses=True)
    assert [len(response.json()["value"]) for response in responses] == [2, 2, 1]


@capability("read with formatted values, by pages")
def _():
    tag = fresh("formatted")
    entity().create([{"name": f"{tag} {n}", "accountcategorycode": 1, "revenue": 1234.5} for n in range(3)])
    found = rows(tag, select=["name", "accountcategorycode", "revenue"], return_formatted_values=True, page_size=2)
    formatted = [row["accountcategorycode@OData.Community.Display.V1.FormattedValue"] for row in found]
    assert formatted == ["Preferred Customer"] * 3, formatted
    assert found[0]["revenue@OData.Community.Display.V1.FormattedValue"] == "$1,234.50", found[0]


@capability("read with an expansion")
def _():
    tag = fresh("expanded")
    entity().create([{"name": tag, "primarycontactid": {"lastname": tag}}])
    found = rows(tag, select=["name"], expand="primarycontactid($select=lastname)")
    assert found[0]["primarycontactid"]["lastname"] == tag, found


@capability("read that is wrong")
def _():
    error = raises(DataverseAPIError, lambda: entity().read(filter="nosuchcolumn eq 1"))
    assert error.response.status_code == 400 and "nosuchcolumn" in str(error), error


@capability("upsert by id, and by alternate key")
def _():
    id, key = str(uuid.uuid4()), number()
    for name in ("first", "second"):
        assert statuses(entity().upsert([{"accountid": id, "name": name}])) == [204]
        assert statuses(entity().upsert([{"accountnumber": key, "name": name}], altkey_name=altkey())) == [204]
    assert [row["name"] for row in entity().read(filter=f"accountid eq {id}", select=["name"])] == ["second"]
    assert [row["name"] for row in entity().read(filter=f"accountnumber eq '{key}'", select=["name"])] == ["second"]


def altkey():
    return next(name for name, columns in entity().alternate_keys.items() if columns == ["accountnumber"])


@capability("upsert by threads, and of a data frame")
def _():
    keys = [number() for _ in range(3)]
    frame = pandas.DataFrame({"accountnumber": keys, "name": keys})
    responses = entity().upsert(frame, altkey_name=altkey(), threading=True)
    assert statuses(responses) == [204] * 3
    assert all(len(entity().read(filter=f"accountnumber eq '{key}'", select=["name"])) == 1 for key in keys)


@capability("upsert by batch")
def _():
    keys = [number() for _ in range(3)]
    for description in ("first", "second"):
        responses = entity().upsert([{"accountnumber": key, "name": key, "description": description} for key in keys],
                                    mode="batch", altkey_name=altkey(), batch_size=2)
        assert batch_statuses(responses) == [204] * 3, [response.text for response in responses]
    for key in keys:
        found = entity().read(filter=f"accountnumber eq '{key}'", select=["description"])
        assert [row["description"] for row in found] == ["second"]


@capability("upsert by batch with odd keys, by threads")
def _():
    keys = [f"a b/{uuid.uuid4().hex[:6]}", f"ä&{uuid.uuid4().hex[:6]}"]
    responses = entity().upsert([{"accountnumber": key, "name": "odd"} for key in keys], mode="batch", altkey_name=altkey(), threading=True)
    assert batch_statuses(responses) == [204] * 2, [response.text for response in responses]
    found = [row["accountnumber"] for row in entity().read(filter="name eq 'odd'", select=["accountnumber"])]
    assert set(keys) <= set(found), found


@capability("upsert with a composite key of two types")
def _():
    projects = entity("new_project")
    name = next(name for name, columns in projects.alternate_keys.items() if sorted(columns) == ["new_code", "new_type"])
    code = number()
    for title in ("first", "second"):
        assert statuses(projects.upsert([{"new_code": code, "new_type": 100000000, "new_name": title}], altkey_name=name)) == [204]
    found = projects.read(filter=f"new_code eq '{code}'", select=["new_name"])
    assert [row["new_name"] for row in found] == ["second"], found


@capability("upsert with a key that does not exist")
def _():
    raises(DataverseError, lambda: entity().upsert([{"name": "x"}], altkey_name="nosuchkey"))


@capability("delete by ids")
def _():
    tag = fresh("deleted")
    entity().create([{"name": f"{tag} {n}"} for n in range(3)])
    ids = [row["accountid"] for row in rows(tag, select=["name"])]
    assert statuses(entity().delete(ids=ids[:2])) == [204] * 2
    assert statuses(entity().delete(ids=ids[:1])) == [404]
    assert names(tag) == [f"{tag} 2"]


@capability("delete by a filter, by threads")
def _():
    tag = fresh("filtered")
    entity().create([{"name": f"{tag} {n}"} for n in range(3)])
    assert statuses(entity().delete(filter=f"startswith(name,'{tag}')", threading=True)) == [204] * 3
    assert names(tag) == []


@capability("delete by batch")
def _():
    tag = fresh("deletedbatch")
    entity().create([{"name": f"{tag} {n}"} for n in range(5)])
    responses = entity().delete(mode="batch", filter=f"startswith(name,'{tag}')", batch_size=2)
    assert batch_statuses(responses) == [204] * 5, [response.text for response in responses]
    assert names(tag) == []


@capability("delete of all rows")
def _():
    types = entity("cr1f2_type")
    types.create([{"cr1f2_name": fresh("type")} for _ in range(2)])
    assert all(status == 204 for status in statuses(types.delete(filter="all")))
    assert types.read(select=["cr1f2_name"]) == []


@capability("delete without a choice of rows")
def _():
    raises(DataverseError, lambda: entity().delete())


@capability("delete_columns, one by one and by batch")
def _():
    tag = fresh("columns")
    for mode, options in (("individual", {}), ("individual", {"threading": True}), ("batch", {"batch_size": 1}), ("batch", {"threading": True})):
        entity().create([{"name": f"{tag} {mode}", "description": "x", "fax": "1"} for _ in range(2)])
        ids = [row["accountid"] for row in rows(f"{tag} {mode}", select=["name"])]
        responses = entity().delete_columns(["description", "fax"], ids=ids, mode=mode, **options)
        found = batch_statuses(responses) if mode == "batch" else statuses(responses)
        assert found == [204] * len(found) and len(found) == 2 * len(ids), found
        cleared = rows(f"{tag} {mode}", select=["description", "fax"])
        assert all(row["description"] is None and row["fax"] is None for row in cleared), cleared


@capability("delete_columns by a filter")
def _():
    tag = fresh("columnsfilter")
    entity().create([{"name": tag, "description": "x"}])
    entity().delete_columns(["description"], filter=f"name eq '{tag}'")
    assert rows(tag, select=["description"])[0]["description"] is None


@capability("submit_batch of every method")
def _():
    tag = fresh("submitted")
    ids = [str(uuid.uuid4()) for _ in range(3)]
    responses = client.submit_batch([
        BatchCommand(f"accounts({ids[0]})", RequestMethod.PATCH, data={"name": f"{tag} a"}),
        BatchCommand("accounts", RequestMethod.POST, data={"accountid": ids[1], "name": f"{tag} b"}),
        BatchCommand("accounts", RequestMethod.POST, data={"accountid": ids[2], "name": f"{tag} c"}, headers={"Prefer": "return=representation"}),
        BatchCommand(f"accounts({ids[1]})", RequestMethod.PUT, data={"name": f"{tag} put"}),
        BatchCommand(f"accounts({ids[0]})", RequestMethod.DELETE),
        BatchCommand(f"accounts?$select=name&$filter=startswith(name,'{tag}')&$orderby=name", RequestMethod.GET),
    ])
    assert batch_statuses(responses) == [204, 204, 201, 204, 204, 200], responses[0].text
    assert f'"{tag} put"' in responses[0].text
    assert names(tag) == [f"{tag} c", f"{tag} put"]


@capability("submit_batch with its own ids and sizes")
def _():
    ids = iter(["first", "second"])
    commands = [BatchCommand("WhoAmI", RequestMethod.GET) for _ in range(3)]
    responses = client.submit_batch(commands, batch_id_generator=lambda: next(ids), batch_size=2)
    assert batch_statuses(responses) == [200] * 3, [response.text for response in responses]


@capability("submit_batch with an error in it, which the client cannot read")
def _():
    # The service responds with the status of the first error and a multipart body; the client reads it as JSON.
    commands = [BatchCommand(f"accounts({uuid.uuid4()})", RequestMethod.GET), BatchCommand("WhoAmI", RequestMethod.GET)]
    raises(ValueError, lambda: client.submit_batch(commands))


@capability("get_language_codes")
def _():
    assert 1033 in client.get_language_codes()


def schema_name():
    return f"new_A{uuid.uuid4().hex[:8]}"


def defined(name, *more):
    return define_entity(
        schema_name=name, description=define_label("A table of the suite"), display_name=define_label(f"Table {name}"),
        display_collection_name=define_label(f"Tables {name}"), ownership_type=OwnershipType.USER_OWNED,
        attributes=[StringAttributeMetadata(schema_name="new_Name", is_primary_name=True, display_name=define_label("Name")), *more])


@capability("create_entity with a representation, and delete_entity")
def _():
    name = schema_name()
    response = client.create_entity(defined(name), return_representation=True)
    made = EntityMetadata.model_validate_dataverse(response.json())
    assert made.schema_name == name and made.ownership_type == OwnershipType.USER_OWNED
    table = client.entity(name.lower())
    table.create([{"new_name": "a row"}])
    assert [row["new_name"] for row in table.read(select=["new_name"])] == ["a row"]
    assert client.delete_entity(name.lower()).status_code == 204
    raises(DataverseAPIError, lambda: client.entity(name.lower()))


@capability("create_entity of the README, with an automatic number")
def _():
    name = schema_name()
    response = client.create_entity(define_entity(
        schema_name=name, description=define_label("Entity Created by Client"), display_name=define_label("Programmatically Created Table"),
        ownership_type=OwnershipType.ORGANIZATION_OWNED,
        attributes=[StringAttributeMetadata(schema_name="new_primary_col", is_primary_name=True, description=define_label("Primary column for Entity."),
                                            display_name=define_label("Autonumber Column"), auto_number_format="{SEQNUM:6}-#-{RANDSTRING:3}")]),
        solution_name="Default")
    assert response.status_code == 204 and "EntityDefinitions(" in response.headers["OData-EntityId"]
    assert client.get_entity_definition(name.lower()).ownership_type == OwnershipType.ORGANIZATION_OWNED
    client.delete_entity(name.lower())


@capability("create_entity with columns of every type")
def _():
    name = schema_name()
    client.create_entity(defined(
        name,
        StringAttributeMetadata(schema_name="new_String", max_length=50), MemoAttributeMetadata(schema_name="new_Memo"),
        IntegerAttributeMetadata(schema_name="new_Integer", min_value=0, max_value=9), BooleanAttributeMetadata(schema_name="new_Boolean"),
        DecimalAttributeMetadata(schema_name="new_Decimal", min_value=0, max_value=9, precision=2), DateTimeAttributeMetadata(schema_name="new_DateTime"),
        BigIntAttributeMetadata(schema_name="new_BigInt")))
    table = client.entity(name.lower())
    values = {"new_string": "s", "new_memo": "m", "new_integer": 3, "new_boolean": True, "new_decimal": 1.25, "new_datetime": "2026-12-24T10:00:00Z",
              "new_bigint": 2 ** 40}
    assert statuses(table.create([{"new_name": "x", **values}])) == [204]
    row = table.read(select=list(values))[0]
    assert {column: row[column] for column in values} == values, row
    client.delete_entity(name.lower())


@capability("get_entity_definition and update_entity")
def _():
    name = schema_name()
    client.create_entity(defined(name))
    definition = client.get_entity_definition(name.lower())
    definition.display_name.localized_labels[0].label = "Overridden Display Name"
    client.update_entity(definition, solution_name="Default", preserve_localized_labels=True)
    assert client.get_entity_definition(name.lower()).display_name.localized_labels[0].label == "Overridden Display Name"
    again = copy.deepcopy(definition)
    again.display_name = create_label(labels=[("Overridden", 1033), ("Umbenannt", 1031)])
    client.update_entity(again)
    labels = {label.language_code: label.label for label in client.get_entity_definition(name.lower()).display_name.localized_labels}
    assert labels == {1033: "Overridden", 1031: "Umbenannt"}, labels
    client.delete_entity(name.lower())


@capability("get_entity_definition of a table of the schema")
def _():
    definition = client.get_entity_definition("account")
    assert definition.schema_name == "Account" and definition.ownership_type == OwnershipType.USER_OWNED
    assert any(label.label == "Account" for label in definition.display_name.localized_labels)


@capability("add_attribute and remove_attribute")
def _():
    name = schema_name()
    client.create_entity(defined(name))
    table = client.entity(name.lower())
    response = table.add_attribute(IntegerAttributeMetadata(schema_name="new_A", min_value=0, max_value=9), solution_name="Default")
    assert "/Attributes(" in response.headers["OData-EntityId"], response.headers
    id = response.headers["OData-EntityId"].rsplit("(", 1)[1].rstrip(")")
    created = table.add_attribute(BooleanAttributeMetadata(schema_name="new_B"), return_representation=True)
    assert created.json()["SchemaName"] == "new_B"
    table.create([{"new_name": "x", "new_a": 5, "new_b": True}])
    assert table.read(select=["new_a", "new_b"])[0]["new_a"] == 5
    assert table.remove_attribute(attribute_id=id).status_code == 204
    assert table.remove_attribute(logical_name="new_b").status_code == 204
    raises(DataverseAPIError, lambda: table.read(select=["new_a"]))
    raises(DataverseAPIError, lambda: table.remove_attribute(logical_name="new_b"))
    client.delete_entity(name.lower())


@capability("create_relationship, get_relationship_definition, update_relationship")
def _():
    name = schema_name()
    client.create_entity(defined(name))
    relation = f"new_account_{name.lower()}"
    response = client.create_relationship(define_relationship(
        schema_name=relation, referencing_entity=name.lower(), referenced_entity="account", lookup="new_AccountId"))
    assert "RelationshipDefinitions(" in response.headers["OData-EntityId"], response.headers
    definition = client.get_relationship_definition(relation)
    assert definition.schema_name == relation
    assert isinstance(definition, RelationshipMetadata)
    client.update_relationship(definition, preserve_localized_labels=True)
    assert "rel_account" in str(client.entity(name.lower()).relationships.single_valued), client.entity(name.lower()).relationships
    client.delete_entity(name.lower())


@capability("delete_relationship and remove_alternate_key, whose addresses are wrong, get an error that can be read")
def _():
    # The client sends RelationshipDefinitions(LogicalName='…') and …/Attributes(key), which the service does not have.
    for action in (lambda: client.delete_relationship("account_primary_contact"),
                   lambda: entity().remove_alternate_key(logical_name=NUMBER_KEY),
                   lambda: entity().remove_alternate_key(altkey_id=str(uuid.uuid4()))):
        error = raises(DataverseAPIError, action)
        assert 400 <= error.response.status_code < 500 and str(error), error


@capability("add_alternate_key, which the client cannot send")
def _():
    raises(AttributeError, lambda: entity().add_alternate_key("new_Fax", "Fax", ["fax"]))


@capability("create_publisher, and create_solution, whose binding is wrong, gets an error that can be read")
def _():
    publisher = client.create_publisher(Publisher("Contoso", f"contoso{uuid.uuid4().hex[:6]}", "Of the suite", "cts", 12345))
    assert publisher.status_code == 204
    id = publisher.headers["OData-EntityId"].rsplit("(", 1)[1].rstrip(")")
    # The client binds `publisher`, but the navigation property of solutions is `publisherid`.
    error = raises(DataverseAPIError, lambda: client.create_solution(Solution("Suite", f"Suite{uuid.uuid4().hex[:6]}", "Of the suite", id)))
    assert error.response.status_code == 400 and str(error), error


main("dataverse-api")
