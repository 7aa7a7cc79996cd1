"""All laws of the ledger hold in any order of commands and crashes.

test_laws.py tests the law of accounting by itself.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.support.engines import Engine
from tests.support.ledger_laws import LedgerMachine


def run(valkey: Engine, *, once: bool) -> None:
    """Let hypothesis search for an order of commands that breaks a law."""

    class Machine(LedgerMachine):
        url = valkey.url
        at_most_once = once

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.usefixtures("each_form_of_slots")
@pytest.mark.parametrize("once", [False, True], ids=["at_least_once", "at_most_once"])
def test_all_laws_hold(valkey: Engine, once: bool) -> None:
    """In both forms in which the slots of a range are stored."""
    run(valkey, once=once)
