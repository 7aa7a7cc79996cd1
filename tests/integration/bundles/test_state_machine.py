"""All laws of small messages hold in any order of commands, crashes and repeated calls."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.support.bundle_laws import BundleMachine
from tests.support.engines import Engine


def test_any_order_of_commands(valkey: Engine) -> None:
    class Machine(BundleMachine):
        url = valkey.url

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=80,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
