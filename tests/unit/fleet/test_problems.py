"""Facts in, problems out: every code has its case, its words and its remedy."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pushgate.fleet.heartbeats import Description, Process
from pushgate.fleet.problems import (
    LATE_AFTER,
    LOSS_SHOWN_FOR,
    TEXTS,
    Facts,
    SystemProblem,
    SystemProblemCode,
    Trouble,
    find_problems,
)

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=1)
LATER = NOW + timedelta(minutes=1)


def process(kind: str, *, alive: bool = True) -> Process:
    return Process(f"{kind}-1", Description(kind, "host", 1, "0", BEFORE), BEFORE, alive)


WELL = Facts(now=NOW, keys=1, processes=[process("api"), process("scheduler"), process("worker")])


def trouble(kind: SystemProblemCode, scope: str = "") -> Trouble:
    return Trouble("shop", "apns", scope, kind, "InvalidProviderToken", BEFORE, LATER)


def test_where_all_is_well_there_is_no_problem() -> None:
    assert find_problems(WELL) == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (replace(WELL, lost_at=BEFORE, keys=0), SystemProblem(SystemProblemCode.STORE_LOST, since=BEFORE)),
        (replace(WELL, lost_at=BEFORE), SystemProblem(SystemProblemCode.STORE_EMPTY, since=BEFORE)),
        (
            replace(WELL, gearman_down=["10.0.0.1:4730"]),
            SystemProblem(SystemProblemCode.GEARMAN_UNREACHABLE, params={"server": "10.0.0.1:4730"}),
        ),
        (
            replace(WELL, processes=[process("scheduler", alive=False), process("worker")]),
            SystemProblem(SystemProblemCode.NO_SCHEDULER, since=BEFORE),
        ),
        (replace(WELL, processes=[process("scheduler")]), SystemProblem(SystemProblemCode.NO_WORKER)),
        (
            replace(WELL, oldest_due=BEFORE),
            SystemProblem(SystemProblemCode.DISPATCH_LATE, since=BEFORE, params={"seconds": 60}),
        ),
        (
            replace(WELL, waiting={("shop", "apns"): 3}),
            SystemProblem(SystemProblemCode.NO_WORKER_FOR_VENDOR, "shop", "apns", params={"jobs": 3}),
        ),
        (
            replace(WELL, removals_held={("shop", "fcm"): 42}),
            SystemProblem(SystemProblemCode.REMOVAL_HELD, "shop", "fcm", params={"tokens": 42}),
        ),
        *(
            (
                replace(WELL, troubles=[trouble(kind)]),
                SystemProblem(kind, "shop", "apns", BEFORE, LATER, {"cause": "InvalidProviderToken"}),
            )
            for kind in (
                SystemProblemCode.VENDOR_REFUSES,
                SystemProblemCode.VENDOR_UNAVAILABLE,
                SystemProblemCode.VENDOR_UNANSWERED,
                SystemProblemCode.VENDOR_THROTTLES,
            )
        ),
    ],
)
def test_each_fact_that_is_wrong_is_one_problem(facts: Facts, expected: SystemProblem) -> None:
    assert find_problems(facts) == [expected]
    assert "{" not in expected.message + expected.remedy, "every place in the words is filled"


@pytest.mark.parametrize(
    "facts",
    [
        replace(WELL, oldest_due=NOW - LATE_AFTER),
        replace(WELL, waiting={("shop", "apns"): 3}, served={("shop", "apns")}),
        replace(WELL, waiting={("shop", "apns"): 0}),
        replace(WELL, lost_at=NOW - LOSS_SHOWN_FOR),
    ],
)
def test_the_bounds_of_what_is_wrong(facts: Facts) -> None:
    assert find_problems(facts) == []


def test_the_scope_of_a_trouble_is_told() -> None:
    (found,) = find_problems(
        replace(WELL, troubles=[trouble(SystemProblemCode.VENDOR_REFUSES, "com.shop.voip")])
    )
    assert found.params["scope"] == "com.shop.voip"


def test_every_code_has_words() -> None:
    assert set(TEXTS) == set(SystemProblemCode)


@pytest.mark.parametrize(("until", "shown"), [(LATER, LATER), (NOW, None), (BEFORE, None), (None, None)])
def test_what_is_being_tried_right_now_is_not_said_to_wait(
    until: datetime | None, shown: datetime | None
) -> None:
    late = replace(trouble(SystemProblemCode.VENDOR_REFUSES), until=until)
    (problem,) = find_problems(replace(WELL, troubles=[late]))
    assert problem.until == shown
