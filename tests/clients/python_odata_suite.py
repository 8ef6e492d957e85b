"""python-odata against the emulator: every public operation, with its options."""

import contextlib
import datetime
import importlib
import io
import os
import re
import sys
import tempfile
import uuid
from decimal import Decimal

from odata import ODataService
from odata.entity import declarative_base
from odata.exceptions import NoResultsFound, ODataConnectionError, ODataError
from odata.flags import ODataServerFlags
from odata.property import DatetimeProperty, IntegerProperty, NavigationProperty, StringProperty, UUIDProperty
from odata.query import Query

from capabilities import API, capability, main, raises, session

# Without a representation the client does not learn the id of a row that it creates.
HEADERS = {"Prefer": "return=representation"}
FLAGS = ODataServerFlags(skip_null_properties=True)


def opened(**options):
    return ODataService(API, session=session(), quiet_progress=True, extra_headers=HEADERS, server_flags=FLAGS, **options)


service = opened(reflect_entities=True)
Account, Contact, Project = (service.entities[name] for name in ("accounts", "contacts", "new_projects"))


def fresh(prefix):
    """Returns a name that no other row has. It has no space, which tests add before a number."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def made(entity, **values):
    row = entity()
    for name, value in values.items():
        setattr(row, name, value)
    service.save(row)
    return row


def accounts(tag, count):
    return [made(Account, name=f"{tag} {n}", numberofemployees=n) for n in range(count)]


def mine(tag):
    return service.query(Account).filter(Account.name.startswith(tag))


@capability("reflection of entities, properties and navigation properties")
def _():
    assert Account.name.name == "name" and Account.accountid.primary_key
    assert isinstance(Account.numberofemployees, IntegerProperty) and isinstance(Account.createdon, DatetimeProperty)
    assert isinstance(Account.accountid, UUIDProperty)
    assert isinstance(Account.primarycontactid, NavigationProperty) and not Account.primarycontactid.is_collection
    assert Account.contact_customer_accounts.is_collection
    assert {"WhoAmI", "RetrieveVersion"} <= set(service.functions)
    assert "Microsoft.Dynamics.CRM.account" in service.types


@capability("save of a new entity")
def _():
    name = fresh("new")
    row = Account()
    row.name = name
    row.revenue = Decimal("12.5")
    assert not service.is_entity_saved(row)
    service.save(row)
    assert service.is_entity_saved(row) and uuid.UUID(row.accountid)
    assert isinstance(row.createdon, datetime.datetime) and row.name == name and row.revenue == Decimal("12.5")


@capability("save of a change")
def _():
    row = made(Account, name="before", description="stays")
    row.name = "after"
    service.save(row)
    again = service.query(Account).get(row.accountid)
    assert (again.name, again.description) == ("after", "stays")


@capability("save of a change without reading again")
def _():
    row = made(Account, name="before")
    row.name = "after"
    service.save(row, force_refresh=False)
    assert service.query(Account).get(row.accountid).name == "after"


@capability("save with types of every kind")
def _():
    due = datetime.datetime(2026, 12, 24, 10, 30, tzinfo=datetime.timezone.utc)
    row = made(Project, new_name=fresh("typed"), new_budget=Decimal("99.5"), new_headcount=3, new_approved=True, new_kickoff=due, new_phase=100000001)
    again = service.query(Project).get(row.new_projectid)
    assert (again.new_budget, again.new_headcount, again.new_approved, again.new_kickoff, again.new_phase) == (Decimal("99.5"), 3, True, due, 100000001)


@capability("save with a bound entity")
def _():
    contact = made(Contact, lastname=fresh("bound"))
    row = Account()
    row.name = "x"
    row.primarycontactid = contact
    service.save(row)
    assert service.query(Account).get(row.accountid).primarycontactid.lastname == contact.lastname
    other = made(Contact, lastname=fresh("other"))
    row.primarycontactid = other
    service.save(row)
    assert service.query(Account).get(row.accountid).primarycontactid.contactid == other.contactid


@capability("save with a new entity in it")
def _():
    name = fresh("deep")
    contact = Contact()
    contact.lastname = name
    row = Account()
    row.name = name
    row.primarycontactid = contact
    service.save(row)
    assert service.query(Account).get(row.accountid).primarycontactid.lastname == name


@capability("save with a collection of new and of bound entities")
def _():
    bound = made(Contact, lastname=fresh("bound"))
    new = Contact()
    new.lastname = fresh("new")
    row = Account()
    row.name = fresh("collection")
    row.contact_customer_accounts = [bound, new]
    service.save(row)
    found = service.query(Account).get(row.accountid).contact_customer_accounts
    assert sorted(c.lastname for c in found) == sorted([bound.lastname, new.lastname])


@capability("save that is wrong")
def _():
    row = Account()
    row.name = "x" * 161
    error = raises(ODataError, lambda: service.save(row))
    assert error.status_code == "HTTP 400" and error.code.startswith("0x") and error.message, error


@capability("delete")
def _():
    row = made(Account, name=fresh("gone"))
    service.delete(row)
    assert not service.is_entity_saved(row)
    raises(NoResultsFound, lambda: service.query(Account).get(row.accountid))
    error = raises(ODataError, lambda: service.delete(row))
    assert error.status_code == "HTTP 404" and error.code == "0x80040217", error


@capability("query.all, first, one, get and iteration")
def _():
    tag = fresh("queried")
    rows = accounts(tag, 3)
    assert sorted(row.name for row in mine(tag).all()) == [f"{tag} {n}" for n in range(3)]
    assert mine(tag).order_by(Account.name.desc()).first().name == f"{tag} 2"
    assert mine(tag).filter(Account.numberofemployees == 1).one().name == f"{tag} 1"
    assert service.query(Account).get(rows[0].accountid).name == f"{tag} 0"
    assert len(list(mine(tag))) == 3
    assert mine(f"{tag} no").first() is None
    raises(NoResultsFound, lambda: mine(f"{tag} no").one())
    raises(NoResultsFound, lambda: service.query(Account).get(str(uuid.uuid4())))


@capability("query with comparisons and functions")
def _():
    tag = fresh("compared")
    accounts(tag, 6)
    column = Account.numberofemployees
    numbers = lambda condition: sorted(row.numberofemployees for row in mine(tag).filter(condition).all())
    assert numbers(column == 1) == [1] and numbers(column != 1) == [0, 2, 3, 4, 5]
    assert numbers(column >= 4) == [4, 5] and numbers(column > 4) == [5] and numbers(column <= 1) == [0, 1] and numbers(column < 1) == [0]
    assert numbers((column == 1) | (column == 4)) == [1, 4]
    assert numbers((column > 1) & (column < 4)) == [2, 3]
    assert numbers(Query.or_(column == 0, Query.and_(column > 3, column < 5))) == [0, 4]
    assert numbers(Account.name.endswith(" 3")) == [3] and numbers(Account.name.contains(f"{tag} 2")) == [2]
    assert numbers(Account.name.lacks(" 2")) == [0, 1, 3, 4, 5]
    assert numbers(Account.description.is_null()) == [0, 1, 2, 3, 4, 5] and numbers(Account.description.not_null()) == []
    assert numbers(Query.grouped(column == 5)) == [5]


@capability("query with dates, quotes and Booleans")
def _():
    tag = fresh("o'clock")
    accounts(tag, 1)
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    assert len(mine(tag).filter(Account.createdon > past).all()) == 1
    assert len(mine(tag).filter(Account.createdon < past).all()) == 0
    assert len(mine(tag).filter(Account.donotemail == False).all()) == 1  # noqa: E712


@capability("query through a navigation property")
def _():
    name = fresh("navigated")
    contact = made(Contact, lastname=name)
    row = Account()
    row.name, row.primarycontactid = name, contact
    service.save(row)
    found = service.query(Account).filter(Account.primarycontactid.lastname == name).all()
    assert [one.accountid for one in found] == [row.accountid]
    ordered = service.query(Account).filter(Account.primarycontactid.lastname == name).order_by(Account.primarycontactid.lastname.desc()).all()
    assert len(ordered) == 1


@capability("query.expand, also of what is expanded")
def _():
    name = fresh("expanded")
    row = Account()
    row.name, row.primarycontactid = name, made(Contact, lastname=name)
    service.save(row)
    found = mine(name).expand(Account.primarycontactid, Account.contact_customer_accounts, Account.primarycontactid.createdby).first()
    assert found.primarycontactid.lastname == name and found.contact_customer_accounts == []


@capability("query.select")
def _():
    tag = fresh("selected")
    accounts(tag, 2)
    rows = mine(tag).select(Account.name, Account.numberofemployees).order_by(Account.numberofemployees.asc()).all()
    assert [(row["name"], row["numberofemployees"]) for row in rows] == [(f"{tag} 0", 0), (f"{tag} 1", 1)]
    assert "revenue" not in rows[0], rows[0]


@capability("query.limit and order by several")
def _():
    tag = fresh("limited")
    accounts(tag, 4)
    rows = mine(tag).order_by(Account.description.asc(), Account.numberofemployees.desc()).limit(2).all()
    assert [row.numberofemployees for row in rows] == [3, 2]


@capability("query.offset, which the service does not support")
def _():
    error = raises(ODataError, lambda: mine("x").offset(1).all())
    assert error.status_code.startswith("HTTP 4") or error.status_code == "HTTP 501", error


@capability("query.count, with and without a filter")
def _():
    tag = fresh("counted")
    before = service.query(Account).count()
    accounts(tag, 3)
    assert mine(tag).count() == 3
    assert service.query(Account).count() == before + 3


@capability("query.apply")
def _():
    tag = fresh("applied")
    accounts(tag, 4)
    rows = service.query(Account).raw({"$apply": f"filter(startswith(name,'{tag}'))/aggregate(numberofemployees with sum as total,$count as n)"})
    assert (rows[0]["total"], rows[0]["n"]) == (6, 4), rows
    grouped = service.query(Account).apply(f"filter(startswith(name,'{tag}'))/groupby((name))").all()
    assert sorted(row.name for row in grouped) == [f"{tag} {n}" for n in range(4)]


@capability("query.raw and as_string")
def _():
    tag = fresh("raw")
    accounts(tag, 2)
    rows = service.query(Account).raw({"$filter": f"startswith(name,'{tag}')", "$select": "name", "$orderby": "name"})
    assert [row["name"] for row in rows] == [f"{tag} 0", f"{tag} 1"]
    assert "accounts?$filter=" in mine(tag).as_string().replace("%24", "$")


@capability("query over several pages")
def _():
    tag = fresh("paged")
    accounts(tag, 5)
    context = service.create_context(session=session())
    context.connection.base_headers = {**context.connection.base_headers, "Prefer": "odata.maxpagesize=2"}
    rows = context.query(Account).filter(Account.name.startswith(tag)).order_by(Account.name.asc()).all()
    assert [row.name for row in rows] == [f"{tag} {n}" for n in range(5)]


@capability("query that is wrong")
def _():
    error = raises(ODataError, lambda: service.query(Account).raw({"$filter": "nosuchcolumn eq 1"}))
    assert error.status_code == "HTTP 400" and "nosuchcolumn" in error.message, error


@capability("navigation properties of a row, also empty")
def _():
    name = fresh("lazy")
    row = made(Account, name=name)
    assert service.query(Account).get(row.accountid).primarycontactid is None
    assert service.query(Account).get(row.accountid).contact_customer_accounts == []
    child = Contact()
    child.lastname, child.parentcustomerid_account = name, row
    service.save(child)
    again = service.query(Account).get(row.accountid)
    assert [c.lastname for c in again.contact_customer_accounts] == [name]
    assert service.query(Contact).get(child.contactid).parentcustomerid_account.name == name


@capability("functions, directly and through a context")
def _():
    # The client returns the member `value` of an answer only, which these answers do not have.
    assert service.functions["WhoAmI"]() is None
    context = service.create_context(session=session(), extra_headers=HEADERS)
    assert context.call(service.functions["RetrieveVersion"]) is None
    raises(TypeError, lambda: service.functions["WhoAmI"](nosuchparameter=1))


@capability("actions of the schema, directly and through a context")
def _():
    action, when = service.actions["new_RecalculateBudgets"], datetime.datetime(2026, 12, 24, tzinfo=datetime.timezone.utc)
    assert action(AsOf=when, Projects=None) is None
    assert service.create_context(session=session()).call(action, AsOf=when, Projects=None) is None
    raises(TypeError, lambda: action(AsOf=when))


@capability("contexts: query, save, delete")
def _():
    context = service.create_context(session=session(), extra_headers=HEADERS)
    row = Account()
    row.name = fresh("context")
    context.save(row)
    row.description = "changed"
    context.save(row, extra_headers={"If-Match": "*"})
    assert context.query(Account).get(row.accountid).description == "changed"
    context.delete(row)
    assert not context.is_entity_saved(row)


@capability("entities that are declared by hand")
def _():
    own = opened(base=declarative_base(), reflect_entities=False)

    class Firm(own.Entity):
        __odata_type__ = "Microsoft.Dynamics.CRM.account"
        __odata_collection__ = "accounts"
        id = UUIDProperty("accountid", primary_key=True)
        title = StringProperty("name")
        employees = IntegerProperty("numberofemployees")

    row = Firm()
    row.title, row.employees = fresh("firm"), 7
    own.save(row)
    found = own.query(Firm).filter(Firm.title == row.title).one()
    assert (found.employees, found.id) == (7, row.id)


@capability("entities without the annotation of their type")
def _():
    plain = ODataService(API, base=declarative_base(), session=session(), quiet_progress=True, extra_headers=HEADERS, reflect_entities=False,
                         server_flags=ODataServerFlags(skip_null_properties=True, provide_odata_type_annotation=False))

    class Firm(plain.Entity):
        __odata_type__ = "Microsoft.Dynamics.CRM.account"
        __odata_collection__ = "accounts"
        id = UUIDProperty("accountid", primary_key=True)
        title = StringProperty("name")
        note = StringProperty("description")

    row = Firm()
    row.title, row.note = fresh("firm"), "x"
    plain.save(row)
    assert plain.query(Firm).get(row.id).title == row.title


@capability("empty properties are sent as null")
def _():
    own = ODataService(API, base=declarative_base(), session=session(), quiet_progress=True, extra_headers=HEADERS, reflect_entities=False)

    class Firm(own.Entity):
        __odata_type__ = "Microsoft.Dynamics.CRM.account"
        __odata_collection__ = "accounts"
        id = UUIDProperty("accountid", primary_key=True)
        title = StringProperty("name")
        note = StringProperty("description")

    row = Firm()
    row.title = fresh("firm")
    own.save(row)
    row.note = "x"
    own.save(row)
    row.note = None
    own.save(row)
    assert own.query(Firm).get(row.id).note is None


@capability("reflected classes as a package")
def _():
    with tempfile.TemporaryDirectory() as folder:
        package = f"generated_{uuid.uuid4().hex[:8]}"
        here = os.getcwd()
        os.chdir(folder)
        sys.path.insert(0, folder)
        try:
            opened(reflect_entities=True, reflect_output_package=package)
            # Two faults of the client: a name of this schema has quotation marks in it, and inherited columns are not found.
            with open(f"{package}.py", encoding="utf-8") as file:
                lines = [re.sub(r", foreign_key=\w+", "", line) for line in file if 'account_"types"' not in line]
            with open(f"{package}.py", "w", encoding="utf-8") as file:
                file.writelines(lines)
            module = importlib.import_module(package)
            own = opened(base=module.ReflectionBase, reflect_entities=False, reflect_output_package=package)
            tag = fresh("generated")
            accounts(tag, 1)
            assert own.query(module.accounts).filter(module.accounts.name == f"{tag} 0").one().numberofemployees == 0
        finally:
            sys.path.remove(folder)
            os.chdir(here)


@capability("describe and values")
def _():
    row = made(Account, name=fresh("described"))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        service.describe(row)
        service.values(row)
    assert row.name in printed.getvalue()


@capability("a wrong address")
def _():
    raises((ODataConnectionError, ODataError), lambda: ODataService("http://127.0.0.1:9/", session=session(), quiet_progress=True, reflect_entities=True))


main("python-odata")
