"""What the answers of several Gearman servers say together."""

import pytest

from pushgate.dispatch.gearman_admin import FunctionState, Servers


def state(server: str, name: str, queued: int, running: int) -> FunctionState:
    return FunctionState(server=server, name=name, queued=queued, running=running, workers=1)


STATES = [
    state("a:1", "push.apns.shop", 5, 2),
    state("b:1", "push.apns.shop", 1, 1),
    state("b:1", "push.fcm.shop", 3, 3),
    state("b:1", "push.fcm.news", 4, 0),
]


def test_jobs_are_counted_by_server() -> None:
    servers = Servers(STATES, ["a:1", "b:1", "c:1"], ["d:1"])
    assert servers.queued == {"a:1": 5, "b:1": 8, "c:1": 0}


@pytest.mark.parametrize(
    ("up", "down", "lost", "expected"),
    [
        (["a:1", "b:1"], [], [], {"push.apns.shop", "push.fcm.news"}),
        (["a:1", "b:1"], ["c:1"], [], None),
        (["a:1", "b:1"], ["c:1"], ["c:1"], {"push.apns.shop", "push.fcm.news"}),
        (["a:1", "b:1"], ["c:1", "d:1"], ["c:1"], None),
        ([], ["c:1"], ["c:1"], None),
    ],
    ids=["all answer", "one is silent", "one is lost", "one lost and one silent", "none answers"],
)
def test_jobs_of_a_lost_server_do_not_wait(
    up: list[str], down: list[str], lost: list[str], expected: set[str] | None
) -> None:
    assert Servers(STATES if up else [], up, down, lost).waiting_functions() == expected
