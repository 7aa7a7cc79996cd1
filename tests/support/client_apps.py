"""Apps for client libraries, made in a running system."""

import tomllib
from collections.abc import Sequence
from typing import Any

from tests.support.app_documents import by_contents
from tests.support.system import System


def call(system: System, key: str, method: str, path: str, body: object = None) -> Any:
    """Call the API with this key; returns the JSON of the answer, None where it has none."""
    answer = system.anyone.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"})
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def operate(system: System, method: str, path: str, body: object = None) -> Any:
    """Call the API with the operator's key; returns the JSON of the answer."""
    key = (system.folder / "data" / "operator.key").read_text("utf-8").strip()
    return call(system, key, method, path, body)


def make_app(system: System, app: str, vendors: Sequence[str], **settings: object) -> str:
    """Make an app that sends through the sandbox; returns a key of it with all scopes."""
    operate(system, "PUT", f"/v1/apps/{app}", settings)
    demo = tomllib.loads((system.folder / "data" / "run.toml").read_text("utf-8"))["apps"]["demo"]
    for vendor in vendors:
        operate(system, "PUT", f"/v1/apps/{app}/vendors/{vendor}", by_contents(demo[vendor]))
    return str(operate(system, "POST", "/v1/keys", {"app": app, "scopes": ["admin"]})["key"])
