"""Pushes with contents of their own: the vendor gets what whole pushes would send."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from tests.support.adapters.sending import VENDORS, addressed, token
from tests.support.adapters.sending_each import NOW, numbered_push, requests_by_token, sent_each
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Push
from pushgate.adapters.filling import SupportsFilling
from pushgate.adapters.preparation import prepare
from pushgate.domain.message import Content
from pushgate.domain.outcome import Outcome

FILLING = ("apns", "fcm", "webpush")
PUSH = numbered_push(1)
CONTENTS = [replace(PUSH.content, title=f"For {number}" + "!" * number) for number in range(20)]


def test_vendors_with_one_token_a_request_can_be_filled(adapters: dict[str, Adapter]) -> None:
    found = {vendor for vendor in VENDORS if isinstance(adapters[vendor], SupportsFilling)}
    assert found == set(FILLING)


async def send_filled(adapter: Adapter, push: Push, contents: Sequence[Content], tokens: list[str]) -> None:
    """Send each content to its token, as parts of one frame."""
    assert isinstance(adapter, SupportsFilling)
    filling = adapter.filling(push, NOW)
    bodies = [filling.render(content) for content in contents]
    size = 5
    frame = filling.frame(bodies[0][:size], bodies[0][-size:])
    parts = [body[size:-size] for body in bodies]
    found: dict[int, Outcome] = {}
    async for indexes, verdict in frame.send([text.encode() for text in tokens], parts, lambda: True):
        found |= dict.fromkeys(indexes, verdict.outcome)
    assert found == dict.fromkeys(range(len(tokens)), Outcome.ACCEPTED)


@pytest.mark.parametrize("vendor", FILLING)
async def test_each_token_gets_its_own_content(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = addressed(sandbox, vendor, [token(n) for n in range(len(CONTENTS))])
    if vendor == "fcm":
        tokens[3] = f"fid:{tokens[3][:22]}"
    await send_filled(adapters[vendor], PUSH, CONTENTS, tokens)
    filled = requests_by_token(sandbox, vendor)
    sandbox.reset()
    whole = [prepare(adapters[vendor], replace(PUSH, content=one), NOW) for one in CONTENTS]
    raw = [text.encode() for text in tokens]
    await sent_each([(one.rendering_for(text), text) for one, text in zip(whole, raw, strict=True)])
    assert filled == requests_by_token(sandbox, vendor)
    assert len(filled) == len(tokens)
