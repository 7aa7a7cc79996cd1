"""All laws of the ledger hold in any order of commands and crashes.

test_laws.py tests the law of accounting by itself.
"""

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
            max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_at_least_once(valkey: Engine) -> None:
    run(valkey, once=False)


def test_at_most_once(valkey: Engine) -> None:
    run(valkey, once=True)
