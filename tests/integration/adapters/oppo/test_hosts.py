"""OPPO has a host of its own for terminals abroad."""

from tests.support.adapters.sending import sent, token
from tests.support.apps import open_adapters
from tests.support.sandbox import Sandbox

from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import VendorUnavailable
from pushgate.domain.outcome import Outcome
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings.loading import parse


async def test_terminals_abroad_go_to_the_overseas_host(sandbox: Sandbox) -> None:
    """See docs/reference/vendors/oppo.md#requests. A failure of one host does not stop pushes to
    the other.
    """
    section = {**sandbox.sections()["oppo"], "overseas_endpoint": "https://127.0.0.1:1"}
    adapter = open_adapters(
        parse({"apps": {"shop": {"oppo": section}}}), SystemClock(), NoCredentialStore(), CallbackTokens(b"")
    )["shop", "oppo"]
    verdicts, error = await sent(adapter, ["OPPO_US_abc", "OPPO_CN_abc", token(1)])
    await adapter.close()
    assert {index: verdict.outcome for index, verdict in verdicts.items()} == {
        1: Outcome.ACCEPTED,
        2: Outcome.ACCEPTED,
    }
    assert isinstance(error, VendorUnavailable)
