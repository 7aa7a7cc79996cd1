"""A notification is removed: recalled where the vendor can do that, else by a silent push."""

import json
from collections.abc import Mapping

import pytest
from tests.support.bundle_jobs import BundleWorld
from tests.support.pipeline import Pipeline
from tests.support.sandbox import Sandbox

from pushgate.domain.audience import ByTerminal
from pushgate.domain.message import Content, Options

RECALLING = ("harmony", "huawei", "xiaomi")
SILENT = ("apns", "fcm", "honor")
NUMBERED = "honor"


def names_in(value: object) -> set[str]:
    """Everything in a request by which a notification may be named, as text."""
    if isinstance(value, Mapping):
        own = {str(one) for key, one in value.items() if key in ("tag", "notifyId", "apns-collapse-id")}
        return own.union(*(names_in(one) for one in value.values()))
    if isinstance(value, str) and value[:1] == "{":
        return names_in(json.loads(value))
    return set()


@pytest.mark.parametrize("key", ["offer", None])
@pytest.mark.parametrize("vendor", [*RECALLING, *SILENT, "oppo"])
async def test_a_notification_is_removed_by_the_name_under_which_it_is_shown(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox, vendor: str, key: str | None
) -> None:
    await pipeline.register(1, vendor)
    audience = ByTerminal((f"{vendor}-0",))
    await world.send([world.message(audience, Options(collapse_key=key))])
    shown = sandbox.received(vendor=vendor)[-1]
    options = Options(collapse_key=key, silent=True, withdraws=world.ids[0])
    await world.send([world.message(audience, options, en=Content("", ""))])
    if vendor not in (*RECALLING, *SILENT):
        assert await world.states() == {"accepted": 1, "rejected": 1}
        assert [code.split("|")[2] for code in await world.codes()] == ["unsupported"]
        return
    assert await world.states() == {"accepted": 2}
    requests = sandbox.received(vendor="huawei" if vendor == "harmony" else vendor)
    if vendor in RECALLING:
        assert requests[-1]["code"] == "revoked"
        return
    body = str(requests[-1]["body"])
    removed = json.loads(json.loads(body)["data"] if vendor == NUMBERED else body)
    data = removed.get("message", removed).get("data", removed)
    assert data["pushgate_remove"] in names_in(shown)
    assert "pushgate" not in data, "nothing is reported of it"
