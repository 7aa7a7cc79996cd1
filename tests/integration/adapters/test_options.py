"""Pushes with a vendor's own options are accepted by the simulated vendors."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.support.adapters.option_pushes import PUSHES_WITH_OPTIONS
from tests.support.adapters.samples import push
from tests.support.adapters.sending import addressed, sent, token
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter
from pushgate.adapters.registry import vendors
from pushgate.domain.message import Category, Content, Options
from pushgate.domain.outcome import Outcome

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("name", PUSHES_WITH_OPTIONS)
async def test_every_option_is_accepted(name: str, adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    vendor = name.partition("-")[0]
    tokens = addressed(sandbox, vendor, [token(1), token(2)])
    given = replace(PUSHES_WITH_OPTIONS[name], expires_at=datetime.now(UTC) + timedelta(hours=1))
    verdicts, error = await sent(adapters[vendor], tokens, given)
    assert (error, {verdict.outcome for verdict in verdicts.values()}) == (None, {Outcome.ACCEPTED})
    assert sandbox.summary(vendor)["accepted"] == 2


@pytest.mark.parametrize("vendor", [name for name, vendor in vendors().items() if vendor.message_classes])
async def test_every_category_is_accepted(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    for number, category in enumerate(Category):
        (to,) = addressed(sandbox, vendor, [token(number)])
        given = replace(push(Content("t", "b"), Options(HOUR, category=category)), expires_at=later())
        verdicts, error = await sent(adapters[vendor], [to], given)
        assert (error, verdicts[0].outcome) == (None, Outcome.ACCEPTED), (category, verdicts)


@pytest.mark.parametrize(
    ("vendor", "character", "title", "body"),
    [
        ("xiaomi", "中", 49, 127),
        ("xiaomi", "\U0001f600", 49, 127),
        ("oppo", "中", 50, 128),
        ("oppo", "\U0001f600", 50, 128),
        ("vivo", "中", 20, 50),
        ("vivo", "a", 40, 100),
        ("vivo", "\U0001f600", 40, 100),
        ("meizu", "中", 32, 100),
    ],
)
async def test_texts_of_maximum_length_are_accepted(
    vendor: str, character: str, title: int, body: int, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    given = push(Content(character * title, character * body), Options(HOUR))
    verdicts, error = await sent(adapters[vendor], [token(1)], replace(given, expires_at=later()))
    assert (error, verdicts[0].outcome) == (None, Outcome.ACCEPTED), verdicts


def later() -> datetime:
    return datetime.now(UTC) + HOUR
