"""The official inspector of the Model Context Protocol, as a command, uses every tool and resource of `dvkit mcp`."""

import json
import os
import subprocess
from pathlib import Path

from capabilities import capability, main
from mcp_server import CALLS, DVKIT, FOLDER, ROOT, http, tokens

HOME = Path(os.environ.get("DVKIT_CLIENTS", ROOT / "target/clients"))
INSPECTOR = HOME / "node_modules/.bin/mcp-inspector"


def inspect(method, *arguments, server=(DVKIT, "mcp")):
    """Runs the inspector, and returns the result that it prints."""
    command = [str(INSPECTOR), "--cli", *server, "--method", method, *arguments]
    environment = {**os.environ, "MCP_CATALOG_PATH": str(Path(FOLDER) / "catalog.json")}
    done = subprocess.run(command, cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=120, check=False)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        raise AssertionError(f"{done.returncode}: {done.stdout[-300:]} {done.stderr[-300:]}") from None


def call(tool, arguments, **server):
    """Calls a tool, and returns its result."""
    pairs = [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in arguments.items()]
    given = ["--tool-arg", *pairs] if pairs else []
    return inspect("tools/call", "--tool-name", tool, *given, **server)


@capability("list of the tools")
def _():
    tools = inspect("tools/list", "--strict")["tools"]
    assert sorted(tool["name"] for tool in tools) == sorted(tool for tool, _, _ in CALLS), tools


for tool, arguments, part in CALLS:

    @capability(f"{tool}")
    def _(tool=tool, arguments=arguments, part=part):
        result = call(tool, arguments)
        text = result["content"][0]["text"]
        assert part in text and not result.get("isError"), result
        result = call(tool, {**arguments, "budget": 60})
        used = tokens(result["content"][0]["text"], result.get("structuredContent"))
        assert used <= 60, f"{used} tokens"


@capability("an error of a tool")
def _():
    result = call("describe", {"table": "contct"})
    assert result["isError"] and "contact" in result["content"][0]["text"], result


@capability("list of the resources")
def _():
    uris = [resource["uri"] for resource in inspect("resources/list")["resources"]]
    assert "dvkit://sample/table/contact" in uris, uris


@capability("a resource")
def _():
    contents = inspect("resources/read", "--uri", "dvkit://sample/table/contact")["contents"]
    assert contents[0]["text"].startswith("table contact\n"), contents


@capability("templates of resources")
def _():
    templates = inspect("resources/templates/list")["resourceTemplates"]
    assert templates[0]["uriTemplate"] == "dvkit://{org}/table/{name}", templates


@capability("a tool over HTTP")
def _():
    with http() as url:
        result = call("orgs", {}, server=(url,))
        assert "sample" in result["content"][0]["text"], result


main("inspector")
