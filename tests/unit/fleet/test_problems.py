"""Facts in, problems out: every code has a case, a text and a remedy."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pushgate.fleet.heartbeats import Process, ProcessDescription, UnreadableSection
from pushgate.fleet.problem_codes import TEXTS, SystemProblem, SystemProblemCode
from pushgate.fleet.problems import (
    LATE_AFTER,
    LOSS_SHOWN_FOR,
    ExpiringCredential,
    Facts,
    HeldMessage,
    PausedWebhook,
    VendorFailure,
    find_problems,
)
from pushgate.fleet.store_hold import HoldReason, StoreHold
from pushgate.fleet.write_counters import Rollback

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=1)
LATER = NOW + timedelta(minutes=1)


def process(kind: str, *, alive: bool = True) -> Process:
    return Process(f"{kind}-1", ProcessDescription(kind, "host", 1, "0", BEFORE), BEFORE, alive)


def unable(kind: str, *, alive: bool = True) -> Process:
    """A process that lacks the master key of a section."""
    found = process(kind, alive=alive)
    section = UnreadableSection("shop", "apns", "0a1b2c3d")
    return replace(found, description=replace(found.description, unreadable=(section,)))


def unreplicated(kind: str, *, alive: bool = True) -> Process:
    """A process whose writes too few replicas confirm."""
    found = process(kind, alive=alive)
    return replace(found, description=replace(found.description, unconfirmed_at=BEFORE))


OTHER = Process("api-2", ProcessDescription("api", "host", 1, "another", BEFORE), BEFORE, alive=True)
HEALTHY = Facts(now=NOW, keys=1, processes=[process("api"), process("scheduler"), process("worker")])


HOLD = StoreHold(id="h", since=BEFORE, at=NOW, reason=HoldReason.BACKUP, is_complete=True)
EXPIRING = ExpiringCredential(
    app="shop",
    vendor="apns",
    credential="certificate",
    fingerprint="0123456789abcdef",
    expires_at=NOW + timedelta(days=3),
)


def rollback(shard: int, app: str = "shop") -> Rollback:
    return Rollback(app=app, shard=shard, lost_from=BEFORE, at=NOW, seen=9, found=3)


REFUSED: dict[str, str | int] = {
    "cause": "InvalidProviderToken (the token is wrong)",
    "code": "InvalidProviderToken",
    "reason": "the token is wrong",
}


def failure(kind: SystemProblemCode, scope_kind: str = "", scope_name: str = "") -> VendorFailure:
    return VendorFailure(
        app="shop",
        vendor="apns",
        kind=kind,
        code="InvalidProviderToken",
        reason="the token is wrong",
        since=BEFORE,
        until=LATER,
        scope_kind=scope_kind,
        scope_name=scope_name,
    )


def test_a_healthy_installation_has_no_problem() -> None:
    assert find_problems(HEALTHY) == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (replace(HEALTHY, lost_at=BEFORE, keys=0), SystemProblem(SystemProblemCode.STORE_LOST, since=BEFORE)),
        (replace(HEALTHY, lost_at=BEFORE), SystemProblem(SystemProblemCode.STORE_EMPTY, since=BEFORE)),
        (
            replace(HEALTHY, store_hold=HOLD),
            SystemProblem(
                SystemProblemCode.RESTORE_HELD,
                since=NOW,
                params={"known_until": "2030-01-01T11:59:00Z", "reason": "backup"},
            ),
        ),
        (
            replace(
                HEALTHY,
                processes=[
                    *HEALTHY.processes,
                    unreplicated("api"),
                    unreplicated("worker"),
                    unreplicated("api", alive=False),
                ],
            ),
            SystemProblem(SystemProblemCode.REPLICAS_MISSING, since=BEFORE, params={"processes": 2}),
        ),
        (
            replace(HEALTHY, gearman_down=["10.0.0.1:4730"]),
            SystemProblem(SystemProblemCode.GEARMAN_UNREACHABLE, params={"server": "10.0.0.1:4730"}),
        ),
        (
            replace(HEALTHY, processes=[process("scheduler", alive=False), process("worker")]),
            SystemProblem(SystemProblemCode.NO_SCHEDULER, since=BEFORE),
        ),
        (replace(HEALTHY, processes=[process("scheduler")]), SystemProblem(SystemProblemCode.NO_WORKER)),
        (
            replace(HEALTHY, processes=[process("scheduler"), process("worker"), OTHER]),
            SystemProblem(
                SystemProblemCode.CONFIGURATION_DIFFERS, params={"processes": "api host:1 (another)"}
            ),
        ),
        (
            replace(
                HEALTHY,
                processes=[
                    unable("worker"),
                    unable("worker"),
                    unable("api"),
                    unable("api", alive=False),
                    process("scheduler"),
                ],
            ),
            SystemProblem(
                SystemProblemCode.SECTION_UNREADABLE,
                "shop",
                "apns",
                params={"vendor": "apns", "key": "0a1b2c3d", "processes": 3, "kinds": "api, worker"},
            ),
        ),
        (
            replace(HEALTHY, oldest_due=BEFORE),
            SystemProblem(SystemProblemCode.DISPATCH_LATE, since=BEFORE, params={"seconds": 60}),
        ),
        (
            replace(HEALTHY, waiting={("shop", "apns"): 3}),
            SystemProblem(SystemProblemCode.NO_WORKER_FOR_VENDOR, "shop", "apns", params={"jobs": 3}),
        ),
        (
            replace(HEALTHY, removals_held={("shop", "fcm"): 42}),
            SystemProblem(SystemProblemCode.REMOVAL_HELD, "shop", "fcm", params={"tokens": 42}),
        ),
        (
            replace(HEALTHY, silent_removals_held={"shop": 42}),
            SystemProblem(SystemProblemCode.SILENT_REMOVAL_HELD, "shop", params={"terminals": 42}),
        ),
        (
            replace(HEALTHY, rollbacks=[rollback(3), rollback(0)]),
            SystemProblem(
                SystemProblemCode.STORE_ROLLED_BACK,
                "shop",
                since=NOW,
                params={
                    "parts": "shop:0, shop:3",
                    "lost_from": "2030-01-01T11:59:00Z",
                    "lost_until": "2030-01-01T12:00:01Z",
                },
            ),
        ),
        (
            replace(HEALTHY, terms_mended={"shop": BEFORE, "old": BEFORE - timedelta(days=2)}),
            SystemProblem(SystemProblemCode.TERMS_MENDED, "shop", since=BEFORE),
        ),
        (
            replace(HEALTHY, expiring_credentials=[EXPIRING]),
            SystemProblem(
                SystemProblemCode.CREDENTIAL_EXPIRING,
                "shop",
                "apns",
                since=EXPIRING.expires_at - timedelta(days=30),
                params={
                    "credential": "certificate",
                    "fingerprint": "0123456789abcdef",
                    "expires_at": f"{EXPIRING.expires_at:%Y-%m-%dT%H:%M:%SZ}",
                },
            ),
        ),
        *(
            (
                replace(HEALTHY, vendor_failures=[failure(kind)]),
                SystemProblem(kind, "shop", "apns", BEFORE, LATER, REFUSED),
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
def test_each_bad_fact_is_one_problem(facts: Facts, expected: SystemProblem) -> None:
    assert find_problems(facts) == [expected]
    assert "{" not in expected.message + expected.remedy, "every placeholder is filled"


@pytest.mark.parametrize(
    "facts",
    [
        replace(HEALTHY, oldest_due=NOW - LATE_AFTER),
        replace(HEALTHY, waiting={("shop", "apns"): 3}, served={("shop", "apns")}),
        replace(HEALTHY, waiting={("shop", "apns"): 0}),
        replace(HEALTHY, lost_at=NOW - LOSS_SHOWN_FOR),
    ],
)
def test_a_fact_within_its_bounds_is_no_problem(facts: Facts) -> None:
    assert find_problems(facts) == []


def test_a_sender_of_webhooks_is_needed_where_there_are_webhooks() -> None:
    (missing,) = find_problems(replace(HEALTHY, has_webhooks=True))
    assert missing.code is SystemProblemCode.NO_WEBHOOK_SENDER
    alive = [*HEALTHY.processes, process("webhooks")]
    assert find_problems(replace(HEALTHY, has_webhooks=True, processes=alive)) == []


def test_a_webhook_that_its_receiver_made_pause_is_a_problem_of_its_app() -> None:
    paused = PausedWebhook("shop", "wh_1", "gone", BEFORE)
    (found,) = find_problems(replace(HEALTHY, paused_webhooks=[paused]))
    assert (found.code, found.app, found.since) == (SystemProblemCode.WEBHOOK_PAUSED, "shop", BEFORE)
    assert "/v1/webhooks/wh_1:resume" in found.remedy
    assert "{" not in found.message + found.remedy


def test_a_message_that_its_canary_holds_is_a_problem_of_its_app() -> None:
    held = HeldMessage("shop", "01a2", "50 % rejected")
    (found,) = find_problems(replace(HEALTHY, held_messages=[held]))
    assert (found.code, found.app) == (SystemProblemCode.MESSAGE_HELD, "shop")
    assert "50 % rejected" in found.message
    assert "/v1/messages/01a2:resume" in found.remedy


def test_the_scope_of_a_vendor_failure_is_a_parameter() -> None:
    (found,) = find_problems(
        replace(
            HEALTHY, vendor_failures=[failure(SystemProblemCode.VENDOR_REFUSES, "topic", "com.shop.voip")]
        )
    )
    scope = {"scope": "topic com.shop.voip", "scope_kind": "topic", "scope_name": "com.shop.voip"}
    assert found.params == REFUSED | scope


def test_a_store_that_lost_all_is_not_told_to_have_gone_back_besides() -> None:
    lost = replace(HEALTHY, lost_at=NOW, rollbacks=[rollback(0), rollback(0, app="")])
    assert [problem.code for problem in find_problems(lost)] == [SystemProblemCode.STORE_EMPTY]


def test_every_code_has_a_text() -> None:
    assert set(TEXTS) == set(SystemProblemCode)


@pytest.mark.parametrize(("until", "shown"), [(LATER, LATER), (NOW, None), (BEFORE, None), (None, None)])
def test_a_failure_that_is_being_retried_right_now_has_no_waiting_time(
    until: datetime | None, shown: datetime | None
) -> None:
    late = replace(failure(SystemProblemCode.VENDOR_REFUSES), until=until)
    (problem,) = find_problems(replace(HEALTHY, vendor_failures=[late]))
    assert problem.until == shown
