"""The asynchronous client of Microsoft's Dataverse SDK for Python: the checks of `sdk.py`, and what only it can do."""

import asyncio
import os

os.environ["DVKIT_SDK"] = "asynchronous"

import sdk_client  # noqa: E402
from capabilities import TOKEN, URL, capability, main  # noqa: E402
from sdk import fresh  # noqa: E402


def run(action):
    """Runs an action with an open client."""
    from PowerPlatform.Dataverse.aio import AsyncDataverseClient

    async def opened():
        async with AsyncDataverseClient(URL, sdk_client.AsynchronousCredential(TOKEN)) as client:
            return await action(client)

    return asyncio.run(opened())


@capability("many calls at a time")
def _():
    tag = fresh("parallel")

    async def action(client):
        ids = await asyncio.gather(*(client.records.create("account", {"name": f"{tag} {n}"}) for n in range(20)))
        rows = await asyncio.gather(*(client.records.retrieve("account", id, select=["name"]) for id in ids))
        assert [row["name"] for row in rows] == [f"{tag} {n}" for n in range(20)]
        await asyncio.gather(*(client.records.update("account", id, {"description": tag}) for id in ids))
        return len(await client.records.list("account", filter=f"description eq '{tag}'"))

    assert run(action) == 20


@capability("pages by `async for`, left early")
def _():
    tag = fresh("early")

    async def action(client):
        await client.records.create("account", [{"name": f"{tag} {n}"} for n in range(5)])
        async for page in client.query.builder("account").select("name").order_by("name").where(startswith(tag)).page_size(2).execute_pages():
            return [row["name"][-1] for row in page]

    from PowerPlatform.Dataverse.models.filters import col

    startswith = col("name").startswith
    assert run(action) == ["0", "1"]


@capability("a change set by `async with`")
def _():
    tag = fresh("set")

    async def action(client):
        batch = client.batch.new()
        async with batch.changeset() as changes:
            contact = changes.records.create("contact", {"lastname": tag})
            changes.records.create("account", {"name": tag, "primarycontactid@odata.bind": contact})
        result = await batch.execute()
        assert not result.has_errors, [failed.error_message for failed in result.failed]
        return (await client.records.list("account", filter=f"name eq '{tag}'", expand=["primarycontactid"])).first()["primarycontactid"]["lastname"]

    assert run(action) == tag


main(sdk_client.NAME)
