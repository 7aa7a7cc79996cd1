"""Silent pushes, links and badges through every vendor that has them, over real sockets."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.support.adapters.sending import VENDORS, addressed, push, token
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Verdict
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content, Options
from pushgate.domain.outcome import Outcome

SHOW_ALL = ("meizu", "oppo", "vivo", "webpush", "xiaomi")
"""Xiaomi in mainland China alone."""


async def outcome(adapter: Adapter, to: str, content: Content, options: Options) -> Verdict:
    prepared = adapter.prepare(replace(push(), content=content, options=options), datetime.now(UTC))
    found = [verdict async for _, verdict in prepared.send([to.encode()], lambda: True)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_silent_push_is_accepted_or_refused_before_it_is_sent(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    (to,) = addressed(sandbox, vendor, [token(1)])
    content, options = Content("t", "b", None, {"k": "v"}), Options(ttl=timedelta(hours=1), silent=True)
    if vendor in SHOW_ALL:
        with pytest.raises(PayloadRejected, match="silent"):
            await outcome(adapters[vendor], to, content, options)
        assert sandbox.summary(vendor)["pushes"] == 0
    else:
        assert (await outcome(adapters[vendor], to, content, options)).outcome is Outcome.ACCEPTED
        assert sandbox.summary(vendor)["accepted"] == 1


@pytest.mark.parametrize("url", ["https://example.com/sale", "shop://sale/1", "shop://"])
@pytest.mark.parametrize("vendor", VENDORS)
async def test_every_vendor_accepts_a_click_target(
    vendor: str, url: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    (to,) = addressed(sandbox, vendor, [token(1)])
    content = Content("t", "b", None, {}, url)
    verdict = await outcome(adapters[vendor], to, content, Options(ttl=timedelta(hours=1), badge=7))
    assert verdict.outcome is Outcome.ACCEPTED, verdict
    received = sandbox.received(vendor=vendor, token=to)[-1]
    assert url.rpartition("/")[2] in str(received["body"])
