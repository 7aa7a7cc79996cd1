"""Meizu may send pushes to another server of its own."""

import json

from tests.support.adapters.sending import sent, token
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter
from pushgate.domain.errors import VendorUnavailable


async def test_a_redirect_to_a_server_of_meizu_is_followed_once(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """See docs/reference/vendors/meizu.md#codes."""
    adapter, elsewhere = adapters["meizu"], sandbox.credentials.base_url + "/garcia/elsewhere"
    pointing = {"code": "300", "message": "", "value": "", "redirect": elsewhere}
    sandbox.misbehave({"vendor": "meizu", "raw": json.dumps(pointing), "times": 1})
    _, error = await sent(adapter, [token(1)])
    assert isinstance(error, VendorUnavailable), "nothing was sent"
    sandbox.misbehave(
        {"vendor": "meizu", "raw": json.dumps({**pointing, "redirect": elsewhere + "/on"}), "times": 1}
    )
    await sent(adapter, [token(1)])
    await sent(adapter, [token(1)])
    paths = [item["path"] for item in sandbox.received(vendor="meizu")]
    assert paths == [
        "/garcia/api/server/push/varnished/pushByPushId",
        "/garcia/elsewhere",
        "/garcia/elsewhere",
    ]
