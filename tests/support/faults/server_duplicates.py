"""How many duplicate pushes faults of servers explain."""

from collections import Counter

from tests.support.faults import duplicates
from tests.support.faults.deployment import JOBS
from tests.support.faults.injection import VENDORS

_WORKERS = 2
_LOST_RECORDS = ("kill", "freeze", "behind")


def allowed_duplicates(injected: Counter[str], terminals: int, *, at_most_once: bool) -> dict[str, int]:
    """The most duplicates that there may be, by vendor; none where pushes are sent at most once.

    A master that dies or hangs takes the answers to what was being recorded with it. Each worker
    sends again what one job of each connection had in hand, at most.
    """
    allowed = duplicates.allowed_duplicates(injected, terminals, at_most_once=at_most_once)
    if at_most_once:
        return allowed
    silences = sum(injected[f"server {kind}"] for kind in _LOST_RECORDS)
    for vendor in VENDORS:
        allowed[vendor] += silences * _WORKERS * JOBS * duplicates.in_hand(vendor, terminals)
    return allowed
