"""The harness of the client suites: capabilities, each with its own check, counted one by one."""

import json
import os
import sys
import traceback

import requests

URL = os.environ.get("DVKIT_EMULATOR_URL", "")
TOKEN = os.environ.get("DVKIT_EMULATOR_TOKEN", "")
API = f"{URL}/api/data/v9.2/"

_checks = []


def capability(name):
    """Registers a check of the capability with this name."""

    def register(check):
        _checks.append((name, check))
        return check

    return register


def session():
    """Returns an HTTP session that is signed in."""
    opened = requests.Session()
    opened.headers["Authorization"] = f"Bearer {TOKEN}"
    return opened


def raises(kind, action):
    """Runs an action that has to fail with an exception of this type, which is returned."""
    try:
        action()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


def main(client):
    """Runs the checks, or those whose names contain an argument. Prints one JSON line for each, and the counts.

    The exit status is 1 if a check fails.
    """
    wanted = sys.argv[1:]
    passed = failed = 0
    for name, check in _checks:
        if wanted and not any(word in name for word in wanted):
            continue
        try:
            check()
        except Exception as error:  # every failure is a result
            failed += 1
            place = traceback.extract_tb(error.__traceback__)
            lines = [f"{frame.lineno}: {frame.line}" for frame in place if frame.filename == check.__code__.co_filename]
            report = {"client": client, "capability": name, "ok": False,
                      "error": f"{type(error).__name__}: {error}"[:600], "at": lines[-1:]}
        else:
            passed += 1
            report = {"client": client, "capability": name, "ok": True}
        print(json.dumps(report), flush=True)
    print(json.dumps({"client": client, "passed": passed, "failed": failed}), flush=True)
    sys.exit(1 if failed else 0)
