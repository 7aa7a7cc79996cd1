"""APNs' push types."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.support.adapters.sending import push, sent, token
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter
from pushgate.domain.message import Options
from pushgate.domain.outcome import Outcome


@pytest.mark.parametrize(
    ("push_type", "outcome"),
    [("alert", Outcome.INVALID), ("background", Outcome.INVALID), ("voip", Outcome.REJECTED)],
)
async def test_a_token_of_another_push_type_is_not_dead(
    push_type: str, outcome: Outcome, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave(refused={"apns": {token(1): "DeviceTokenNotForTopic"}})
    verdicts, error = await sent(adapters["apns"], [token(1)], push(apns={"push_type": push_type}))
    assert (verdicts[0].outcome, error) == (outcome, None)


@pytest.mark.parametrize(
    "kind",
    [
        "alert",
        "background",
        "voip",
        "complication",
        "fileprovider",
        "location",
        "liveactivity",
        "pushtotalk",
        "widgets",
    ],
)
async def test_every_push_type_is_accepted(kind: str, adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    more: dict[str, object] = {"push_type": kind}
    if kind == "liveactivity":
        more["live_activity"] = {"event": "update", "content_state": {"score": 2}}
    given = replace(push(), options=Options(ttl=timedelta(hours=1), vendors={"apns": more}))
    prepared = adapters["apns"].prepare(given, datetime.now(UTC))
    answers = [verdict async for _, verdict in prepared.send([token(1).encode()], lambda: True)]
    assert [verdict.outcome for verdict in answers] == [Outcome.ACCEPTED], answers
