"""Reads and writes accounts with Microsoft's SDK for Python, as it would in an organisation.

pip install "PowerPlatform-Dataverse-Client[async]"
"""

import asyncio
import os
import time

from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.aio import AsyncDataverseClient
from PowerPlatform.Dataverse.models.filters import col


class EmulatorCredential:
    """The token that `dvkit emulator` prints, in place of one of azure-identity."""

    async def get_token(self, *scopes, **options):
        return AccessToken(os.environ["DVKIT_TOKEN"], int(time.time()) + 3000)

    async def close(self):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *raised):
        pass


async def main():
    # The asynchronous client takes http://; the synchronous one insists on https://.
    async with AsyncDataverseClient(os.environ["DVKIT_URL"], EmulatorCredential()) as client:
        id = await client.records.create("account", {"name": "Trey Research", "address1_city": "Berlin", "industrycode": "Consulting"})
        await client.records.update("account", id, {"numberofemployees": 12})
        query = (client.query.builder("account").select("name", "numberofemployees", "industrycode")
                 .where((col("address1_city") == "Berlin") & (col("statecode") == 0)).order_by("name").include_formatted_values())
        for account in await query.execute():
            industry = account.get("industrycode@OData.Community.Display.V1.FormattedValue")
            print(account["name"], account["numberofemployees"], industry, sep=", ")
        await client.records.delete("account", id)


asyncio.run(main())
