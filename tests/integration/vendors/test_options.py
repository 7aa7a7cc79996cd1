"""What vendors' own options make of a push is taken by the simulated vendors, over a real socket."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.integration.sandbox import Sandbox
from tests.integration.vendors.test_adapters import addressed, sent, token
from tests.unit.adapters.rich import RICH

from pushgate.adapters.contract import Adapter
from pushgate.model import Outcome


@pytest.mark.parametrize("name", RICH)
async def test_every_option_is_taken(name: str, adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    vendor = name.partition("-")[0]
    tokens = addressed(sandbox, vendor, [token(1), token(2)])
    given = replace(RICH[name], expires_at=datetime.now(UTC) + timedelta(hours=1))
    verdicts, error = await sent(adapters[vendor], tokens, given)
    assert (error, {verdict.outcome for verdict in verdicts.values()}) == (None, {Outcome.ACCEPTED})
    assert sandbox.summary(vendor)["accepted"] == 2
