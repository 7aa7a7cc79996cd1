from typing import cast

from pushgate.console.fleet import count_queued, count_running, count_seen, list_parts
from pushgate_client.types import SystemStatus


def status(**more: object) -> SystemStatus:
    return cast("SystemStatus", {"problems": [], "alive": {"api": 2, "scheduler": 1, "worker": 3}, **more})


def process(kind: str, host: str, *, alive: bool) -> dict[str, object]:
    return {"kind": kind, "host": host, "alive": alive}


def states(found: SystemStatus) -> dict[str, str]:
    return {part.kind: part.state for part in list_parts(found)}


def test_all_is_well_where_each_needed_kind_is_alive() -> None:
    assert set(states(status()).values()) == {"well"}
    assert count_seen(list_parts(status())) == (6, 6)


def test_a_needed_kind_without_a_process_is_wrong() -> None:
    assert states(status(alive={"api": 1, "scheduler": 1}))["worker"] == "wrong"


def test_a_process_that_died_is_gone_until_another_takes_its_place() -> None:
    dead, heir = process("worker", "a", alive=False), process("worker", "a", alive=True)
    gone = status(processes=[dead, process("worker", "b", alive=True)])
    assert states(gone)["worker"] == "slow"
    assert count_seen(list_parts(gone)) == (6, 7)
    assert states(status(processes=[dead, heir]))["worker"] == "well"


def test_engines_are_told_by_the_servers_or_by_the_problems() -> None:
    some = status(gearman_servers={"up": ["a"], "down": ["b"]})
    assert states(some)["gearman"] == "slow"
    assert states(status(problems=[{"code": "gearman_unreachable"}]))["gearman"] == "wrong"
    assert states(status(problems=[{"code": "store_unreachable"}]))["redis"] == "wrong"


def test_jobs_are_counted_in_gearman_and_in_the_backlog() -> None:
    busy = status(gearman=[{"queued": 3, "running": 2}, {"queued": 1, "running": 0}], backlog={"a": 5})
    assert (count_queued(busy), count_running(busy)) == (9, 2)
