"""How many duplicate pushes the injected faults explain."""

from collections import Counter

from tests.support.faults.deployment import JOBS, STREAMS
from tests.support.faults.injection import VENDORS
from tests.support.faults.terminals import LANGUAGES

from pushgate.domain.bitmaps import SLOTS_PER_BLOCK

_BATCH = 1000
"""Tokens in one request to a vendor that takes many."""
_UNRECORDED_SECONDS = 2.0
"""For how long a worker that cannot record outcomes goes on sending."""
_SANDBOX_RATE = 6000
"""Pushes a second that the sandbox takes at most."""
_SINGLE_TOKEN_VENDORS = ("apns", "fcm")


def allowed_duplicates(injected: Counter[str], terminals: int, *, at_most_once: bool) -> dict[str, int]:
    """The most duplicates that there may be, by vendor; none where pushes are sent at most once.

    Otherwise the pushes that were in flight or not yet recorded may be sent twice: when a worker
    was killed, or paused for longer than its lease, or when a response was lost. However slow the
    machine is, that is at most one block for each job in hand: a block is recorded before the next
    one begins.
    """
    if at_most_once:
        return dict.fromkeys(VENDORS, 0)
    deaths = _worker_deaths(injected)
    single = deaths * JOBS * in_hand("apns", terminals)
    batch = deaths * JOBS * in_hand("huawei", terminals)
    # A worker that cannot record outcomes sends for a moment more; then its leases run out.
    store_cuts = _count_cuts(injected, "redis")
    single += store_cuts * int(_UNRECORDED_SECONDS * _SANDBOX_RATE)
    batch += store_cuts * JOBS * 2 * _BATCH
    vendor_cuts = _count_cuts(injected, "vendors")
    single += vendor_cuts * STREAMS
    batch += vendor_cuts * JOBS * _BATCH
    allowed = {vendor: single if vendor in _SINGLE_TOKEN_VENDORS else batch for vendor in VENDORS}
    for fault, count in injected.items():
        _allow_for_lost_responses(allowed, fault, count, terminals)
    return allowed


def in_hand(vendor: str, terminals: int) -> int:
    """The most pushes of a vendor that one job has sent and not recorded."""
    group = terminals // len(VENDORS) // len(LANGUAGES)
    return min(SLOTS_PER_BLOCK, group) if vendor in _SINGLE_TOKEN_VENDORS else 2 * _BATCH


def _worker_deaths(injected: Counter[str]) -> int:
    """How often workers lost what they had in hand."""
    deaths = 0
    for fault, count in injected.items():
        kind = fault.split()[0]
        if kind in ("kill", "pause", "restart") and "worker" in fault:
            deaths += count
        if fault in ("engine valkey", "engine gearman"):
            deaths += count
        if fault.startswith("older worker"):  # the process is killed twice
            deaths += 2 * count
    return deaths


def _count_cuts(injected: Counter[str], end: str) -> int:
    return sum(
        count
        for fault, count in injected.items()
        if fault.startswith(("cut worker", "freeze worker")) and fault.endswith(end)
    )


def _allow_for_lost_responses(allowed: dict[str, int], fault: str, count: int, terminals: int) -> None:
    """Add the pushes whose response or whose plan this fault lost."""
    vendor, _, failure = fault.removeprefix("vendor ").partition(" ")
    of_vendor = fault.startswith("vendor")
    if of_vendor and failure.startswith("drop"):
        allowed[vendor] += count * 5 * _in_flight(vendor)
    for name in allowed:
        if fault.startswith("plan"):  # the pushes sent until then are sent again
            allowed[name] += count * terminals // len(VENDORS)
        if of_vendor and failure == "restart":
            allowed[name] += count * _in_flight(name)


def _in_flight(vendor: str) -> int:
    return STREAMS if vendor in _SINGLE_TOKEN_VENDORS else _BATCH
