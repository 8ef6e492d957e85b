"""The SDK of the Model Context Protocol for Python (`mcp`) uses every tool and resource of `dvkit mcp`."""

import asyncio

from mcp import Client, MCPError, StdioServerParameters

from capabilities import capability, main, raises
from mcp_server import CALLS, DVKIT, FOLDER, http, questions, tokens

TOOLS = [tool for tool, _, _ in CALLS]


def with_client(work, server=None):
    """Runs `work` with a connected client, over standard input and output unless `server` is a URL."""

    async def run():
        async with Client(server or StdioServerParameters(command=DVKIT, args=["mcp"], cwd=FOLDER)) as client:
            return await work(client)

    return asyncio.run(run())


def text(result):
    return "".join(content.text for content in result.content)


@capability("list of the tools")
def _():
    async def work(client):
        tools = (await client.list_tools()).tools
        assert sorted(tool.name for tool in tools) == sorted(TOOLS), tools
        assert len(tools) <= 10
        for tool in tools:
            assert tool.description and tool.input_schema["type"] == "object", tool
            assert tool.output_schema["type"] == "object", tool
            assert tool.annotations.read_only_hint and tool.annotations.open_world_hint is False, tool
        assert "never guess" in client.instructions
        assert client.server_info.name == "dvkit"

    with_client(work)


def calls(name, server):
    for tool, arguments, part in CALLS:

        @capability(f"{tool} over {name}")
        def _(tool=tool, arguments=arguments, part=part):
            async def work(client):
                # The SDK checks the structured content against the output schema.
                result = await client.call_tool(tool, arguments)
                assert not result.is_error and part in text(result), result
                assert result.structured_content is not None
                for budget in (50, 200, 1000, 4000):
                    result = await client.call_tool(tool, {**arguments, "budget": budget})
                    used = tokens(text(result), result.structured_content)
                    assert used <= budget, f"{used} of {budget} tokens"

            if server:
                with http() as url:
                    with_client(work, url)
            else:
                with_client(work)


calls("standard input and output", False)
calls("HTTP", True)


@capability("all questions")
def _():
    async def work(client):
        wrong = []
        for question in questions():
            result = await client.call_tool(question["tool"], question["arguments"])
            answer = text(result)
            expected = question.get("contains", []) + [question[k] for k in ("rewritten",) if k in question]
            wrong += [f"{question['question']}: {part}" for part in expected if part not in answer]
        assert not wrong, wrong

    with_client(work)


@capability("calls at the same time")
def _():
    async def work(client):
        query = {"query": "accounts?$select=name&$top=3"}
        results = await asyncio.gather(*[client.call_tool("run", query) for _ in range(20)])
        assert len({text(result) for result in results}) == 1
        assert not any(result.is_error for result in results)

    with_client(work)


@capability("an error of a tool")
def _():
    async def work(client):
        result = await client.call_tool("explain", {"name": "contact.fullnme"})
        assert result.is_error and "fullname" in text(result), result
        result = await client.call_tool("check", {"qurey": "contacts"})
        assert result.is_error and "did you mean `query`" in text(result), result

    with_client(work)


@capability("resources")
def _():
    async def work(client):
        resources = (await client.list_resources()).resources
        uris = [str(resource.uri) for resource in resources]
        assert "dvkit://sample/table/contact" in uris, uris
        contents = (await client.read_resource("dvkit://sample/table/contact")).contents
        assert contents[0].text.startswith("table contact\n"), contents
        templates = (await client.list_resource_templates()).resource_templates
        assert templates[0].uri_template == "dvkit://{org}/table/{name}", templates
        try:
            await client.read_resource("dvkit://sample/table/nothing")
        except MCPError as error:
            assert "nothing" in str(error), error
        else:
            raise AssertionError("the resource does not exist")

    with_client(work)


@capability("a token on HTTP")
def _():
    environment = {"DVKIT_MCP_TOKEN": "0123456789abcdef"}
    with http("--allow-remote", environment=environment) as url:

        async def work(client):
            return await client.list_tools()

        error = raises(BaseException, lambda: with_client(work, url))
        assert not isinstance(error, AssertionError)




main("mcp (Python)")
