"""Pushes that tests of the console send and look at."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support import client_apps
from tests.support.console.deployment import Deployment

STATES = ("pending", "accepted", "invalid", "rejected", "expired", "cancelled")


def tokens(vendor: str, count: int, first: int = 0) -> list[dict[str, object]]:
    """Push tokens of one vendor."""
    return [
        {"vendor": vendor, "token": f"{vendor}-token-{number:08}"} for number in range(first, first + count)
    ]


def send(
    deployment: Deployment, title: str, audience: Mapping[str, object], *, later: bool = False, **more: object
) -> str:
    """Send a message, at once or tomorrow; returns its id."""
    body: dict[str, object] = {
        "content": {
            "en": {"title": title, "body": "It works"},
            "zh-Hans": {"title": f"{title}（中文）", "body": "可以"},
        },
        "default_language": "en",
        "audience": dict(audience),
        **more,
    }
    if later:
        body["push_time"] = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    answer = deployment.system.api.post("/v1/messages", json=body)
    assert answer.status_code == 202, answer.text
    found: str = answer.json()["id"]
    return found


def get(deployment: Deployment, path: str) -> Any:
    """Return what the API answers with the demo key."""
    answer = deployment.system.api.get(path)
    assert answer.is_success, answer.text
    return answer.json()


def operate(deployment: Deployment, method: str, path: str, body: object = None) -> Any:
    """Call the API with the operator's key; returns its answer."""
    return client_apps.operate(deployment.system, method, path, body)


def new_key(deployment: Deployment, *scopes: str) -> str:
    """Make a key of the demo app with these scopes."""
    body = {"app": "demo", "name": "tests", "scopes": list(scopes)}
    found: str = operate(deployment, "POST", "/v1/keys", body)["key"]
    return found
