"""The examples of the library's README run as they are written."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook
from tests.support.api.clients import ApiClients
from tests.support.client_library.opening import key_of

from pushgate.webhooks.body import body_of_test
from pushgate.webhooks.signatures import new_secret
from pushgate_client import Pushgate

README = Path(__file__).parents[4] / "clients" / "python" / "README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def run_all() -> list[dict[str, Any]]:
    """Run the examples in their order; what each defined."""
    spaces: list[dict[str, Any]] = []
    with Pushgate() as pushgate:
        pushgate.events.poll()  # events are written from the first call on
    for example in EXAMPLES:
        space: dict[str, Any] = {}
        exec(compile(example, str(README), "exec"), space)
        spaces.append(space)
    return spaces


async def test_the_examples_run(
    clients: ApiClients,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PUSHGATE_URL", address)
    monkeypatch.setenv("PUSHGATE_KEY", key_of(clients.shop))
    monkeypatch.chdir(tmp_path)
    spaces = await asyncio.to_thread(run_all)
    assert len(spaces) == 6
    printed = capsys.readouterr().out
    for expected in (
        "0 terminals",
        "1 created, 0 failed",
        "ann-phone apns",
        "terminal.registered",
        "go on after",
    ):
        assert expected in printed
    assert "try again later" not in printed

    receive, secret, at = spaces[-1]["receive"], new_secret(), datetime.now(UTC)
    body = body_of_test("shop", "wh_1", at)
    headers = {
        "webhook-id": "d1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("d1", at, body.decode()),
    }
    assert receive(body, headers, secret) == 204
    assert receive(b"{}", headers, secret) == 400
