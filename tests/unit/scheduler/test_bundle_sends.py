"""Located messages become sends by vendor and priority, in the state in which each starts."""

from pushgate.bundles.bodies import Target
from pushgate.bundles.values import LOW, NORMAL, URGENT, CellKind
from pushgate.domain.message import Priority
from pushgate.domain.outcome import FailureCode, SlotRef, State
from pushgate.domain.terminal import Group
from pushgate.scheduler.bundle_sends import BundleSends

NOW = 1_000_000
APNS, FCM = Group("apns", "en"), Group("fcm", "de")


def target(priority: Priority = Priority.NORMAL, expires_ms: int = NOW + 1) -> Target:
    return Target(["t"], [], [], priority, expires_ms)


def test_sends_are_grouped_by_vendor_and_priority() -> None:
    sends = BundleSends({"apns", "fcm"}, NOW)
    sends.add(0, 1, target(), [SlotRef(0, APNS, 5), SlotRef(1, FCM, 6)])
    sends.add(2, 3, target(Priority.HIGH), [SlotRef(0, APNS, 7)])
    sends.add(2, 4, target(Priority.LOW), [SlotRef(0, APNS, 8)])
    sends.add(2, 5, target(), [SlotRef(0, APNS, 9)])
    placed = {
        key: [(planned.send.segment, planned.send.index, planned.send.slot) for planned in found]
        for key, found in sends.sends.items()
    }
    assert placed == {
        ("apns", NORMAL): [(0, 1, 5), (2, 5, 9)],
        ("fcm", NORMAL): [(0, 1, 6)],
        ("apns", URGENT): [(2, 3, 7)],
        ("apns", LOW): [(2, 4, 8)],
    }
    assert sends.count == 5


def test_a_message_without_terminals_is_for_nobody() -> None:
    sends = BundleSends({"apns"}, NOW)
    sends.add(0, 1, target(), [])
    assert (sends.sends, sends.without_place) == ({}, {(0, 1): CellKind.NOBODY})


def test_what_expired_already_starts_as_expired() -> None:
    sends = BundleSends({"apns"}, NOW)
    sends.add(0, 0, target(expires_ms=NOW), [SlotRef(0, APNS, 1)])
    sends.add(0, 1, target(expires_ms=NOW + 5000), [SlotRef(0, APNS, 2)])
    sends.add(0, 2, target(expires_ms=NOW + 1), [SlotRef(0, APNS, 3)])
    assert [planned.state for planned in sends.sends["apns", NORMAL]] == [
        State.EXPIRED,
        State.PENDING,
        State.PENDING,
    ]
    assert (sends.first_expiry_ms, sends.last_expiry_ms) == (NOW + 1, NOW + 5000)


def test_a_vendor_without_settings_is_the_reason_if_a_send_expires() -> None:
    sends = BundleSends({"apns"}, NOW)
    sends.add(0, 0, target(), [SlotRef(0, APNS, 1), SlotRef(0, FCM, 1)])
    (known,), (unknown,) = sends.sends["apns", NORMAL], sends.sends["fcm", NORMAL]
    assert (known.state, known.failure) == (State.PENDING, None)
    assert unknown.state is State.PENDING
    assert unknown.failure is not None
    assert unknown.failure.code == FailureCode.VENDOR_NOT_CONFIGURED
