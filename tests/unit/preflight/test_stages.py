"""Messages in two stages, and spread over time: when the last push is sent."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.support.clock import SetClock
from tests.support.messages import message, with_variants

from pushgate.domain.canary import Canary
from pushgate.domain.experiment import Split, Winner
from pushgate.domain.message import Options
from pushgate.preflight.pace import Sending
from pushgate.preflight.plan import Pace, RateSource
from pushgate.preflight.stages import Stages

MINUTE = timedelta(minutes=1)
SENDING = Sending(Pace(10, RateSource.MEASURED), timedelta(0), urgent=False)
"""Ten pushes a second."""
CANARY = Canary(share=10, wait=10 * MINUTE)
SPLIT = Split(("a", "b"), (10, 20), winner=Winner(60 * MINUTE))


def stages(options: Options, split: Split | None = None) -> Stages:
    clock = SetClock()
    plain = replace(message(clock), options=options)
    return Stages.of(with_variants(clock, split, options) if split else plain)


@pytest.mark.parametrize(
    ("options", "split", "seconds"),
    [
        (Options(), None, 600),
        (Options(spread=5 * MINUTE), None, 600),
        (Options(spread=20 * MINUTE), None, 1200),
        (Options(canary=CANARY), None, 600 + 540),
        (Options(canary=CANARY, spread=20 * MINUTE), None, 600 + 1200),
        (Options(), SPLIT, 180 + 3600 + 420),
        (Options(spread=20 * MINUTE), SPLIT, 1200 + 3600 + 1200),
        (Options(), Split(("a", "b"), (50, 50)), 600),
    ],
    ids=["plain", "slow", "spread", "canary", "canary, spread", "winner", "winner, spread", "variants"],
)
def test_the_last_push_is_sent_after_what_it_waits_for(
    options: Options, split: Split | None, seconds: float
) -> None:
    found = stages(options, split)
    assert found.seconds(SENDING, 6000) == pytest.approx(seconds)
    assert found.sent_within(SENDING, 6000, seconds) == 6000
    assert found.seconds(SENDING, 0) == 0


def test_the_rest_has_what_time_is_left_after_the_wait() -> None:
    found = stages(Options(canary=CANARY))
    assert found.sent_within(SENDING, 6000, 599) == 600
    assert found.sent_within(SENDING, 6000, 610) == 700
