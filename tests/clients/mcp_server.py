"""Starts `dvkit mcp` for the suites of clients of the Model Context Protocol, and reads the questions for its tools."""

import json
import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DVKIT = os.environ.get("DVKIT", str(ROOT / "target/debug/dvkit"))
BYTES_PER_TOKEN = 4

# A folder without dvkit.toml, in which the sample organisation is used.
_folder = tempfile.TemporaryDirectory()
FOLDER = _folder.name

# A call of each tool, with a part of its answer.
CALLS = [
    ("find", {"words": "email", "table": "contact"}, "contact.emailaddress1"),
    ("describe", {"table": "account", "columns": ["industrycode"]}, "8 Consulting"),
    ("explain", {"name": "contact.parentcustomerid"}, "_parentcustomerid_value eq <guid>"),
    ("check", {"query": "contacts?$select=fullnme&$top=1"}, "contacts?$select=fullname&$top=1"),
    ("fix", {"query": "contacts?$select=fullnme&$top=1"}, "contacts?$select=fullname&$top=1"),
    ("translate", {"query": "contacts?$select=fullname&$top=1"}, '<attribute name="fullname" />'),
    ("complete", {"query": "contacts?$select=email"}, "emailaddress1"),
    ("run", {"query": "accounts?$select=name&$top=2"}, "2 rows"),
    ("generate", {"columns": ["contact.fullname"]}, "pub struct Contact"),
    ("orgs", {}, "sample"),
]


def questions():
    """Returns the questions for the tools, with what their answers have to contain."""
    text = (ROOT / "mcp/tests/questions.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def tokens(text, structured):
    """Returns the number of tokens of an answer."""
    size = len(text.encode())
    if structured is not None:
        size += len(json.dumps(structured, ensure_ascii=False, separators=(",", ":")).encode())
    return -(-size // BYTES_PER_TOKEN)


@contextmanager
def http(*arguments, environment=None):
    """Runs the server on a free port of loopback, and returns its URL."""
    command = [DVKIT, "mcp", "--http", "0", *arguments]
    environment = {**os.environ, **(environment or {})}
    process = subprocess.Popen(command, cwd=FOLDER, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
