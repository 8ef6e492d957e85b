"""The clients of Microsoft's SDK that the suite runs: the synchronous one, or the asynchronous one behind the same calls."""

import asyncio
import atexit
import functools
import inspect
import os
import time

from azure.core.credentials import AccessToken

from capabilities import TOKEN, URL

ASYNCHRONOUS = os.environ.get("DVKIT_SDK") == "asynchronous"
NAME = "PowerPlatform-Dataverse-Client" + (" (asynchronous)" if ASYNCHRONOUS else "")


class Credential:
    """A token as a credential of the Azure libraries."""

    def __init__(self, token):
        self.token = token

    def get_token(self, *scopes, **options):
        return AccessToken(self.token, int(time.time()) + 3000)


class AsynchronousCredential(Credential):
    async def get_token(self, *scopes, **options):
        return super().get_token()

    async def close(self):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *raised):
        pass


class Awaited:
    """An object of the asynchronous client whose calls wait for their results."""

    loop = None

    def __init__(self, inner):
        self._inner = inner

    def __getattr__(self, name):
        return awaited(getattr(self._inner, name))

    def __enter__(self):
        return awaited(self._inner.__aenter__())

    def __exit__(self, *raised):
        return awaited(self._inner.__aexit__(*raised))


def awaited(value):
    """Returns a value of the asynchronous client as the synchronous one would give it."""
    if inspect.iscoroutine(value):
        return awaited(Awaited.loop.run_until_complete(value))
    if inspect.isasyncgen(value):
        # In one task, because the client keeps values in the context of the task.
        return iter(Awaited.loop.run_until_complete(collected(value)))
    if inspect.isroutine(value):
        return functools.wraps(value)(lambda *args, **options: awaited(value(*args, **options)))
    if type(value).__module__.startswith("PowerPlatform.Dataverse.aio"):
        return Awaited(value)
    return value


async def collected(generator):
    """Returns what an asynchronous generator yields."""
    return [element async for element in generator]


def opened(token=TOKEN, **options):
    """Returns a client of the emulator."""
    if ASYNCHRONOUS:
        from PowerPlatform.Dataverse.aio import AsyncDataverseClient

        Awaited.loop = Awaited.loop or asyncio.new_event_loop()
        client = Awaited(AsyncDataverseClient(URL, AsynchronousCredential(token), **options))
        atexit.register(closed, client)
        return client
    from PowerPlatform.Dataverse.client import DataverseClient

    # The synchronous client refuses http://, although the address is on loopback.
    client = DataverseClient("https://emulator.invalid", Credential(token), **options)
    client._base_url = URL
    return client


def closed(client):
    """Closes a client."""
    (client.aclose if ASYNCHRONOUS else client.close)()
