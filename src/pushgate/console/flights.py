"""A message that is being sent: how far it came, at which pace, by vendor, and what waits. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.console.outcomes import Counts, add_counts, count, count_done
from pushgate.console.titles import Title, title_of
from pushgate.console.vendors import vendor_order
from pushgate.console.verdict import Trouble, read_waiting
from pushgate_client.types import GroupCounts, Results, TrackedMessage

_MEASURABLE = timedelta(minutes=10)
"""After a longer time a mean pace says nothing of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The terminals of one vendor."""

    vendor: str
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """A message that is being sent."""

    id: str
    title: Title
    status: str
    counts: Counts
    lanes: Sequence[Lane]
    waiting: Sequence[Trouble]
    pace: float | None
    """Terminals a second since the push time; None where that says nothing."""
    left: timedelta | None
    """How long the rest takes at this pace, without what waits for a vendor."""


def read_flight(message: TrackedMessage, results: Results, now: datetime, language: str) -> Flight:
    """Return a message that is being sent, by its results."""
    counts, lanes = count(results), split_by_vendor(results["groups"])
    waiting = waiting_of(results)
    pace = _pace(counts, message["push_time"], now)
    moving = counts["pending"] - sum(one.phones for one in waiting if one.vendor)
    return Flight(
        id=message["id"],
        title=title_of(message, language),
        status=results["status"],
        counts=counts,
        lanes=lanes,
        waiting=waiting,
        pace=pace,
        left=timedelta(seconds=max(0, moving) / pace) if pace else None,
    )


def split_by_vendor(groups: Sequence[GroupCounts]) -> list[Lane]:
    """Return the counts of each vendor, in the order in which vendors are shown."""
    found: defaultdict[str, list[Counts]] = defaultdict(list)
    for group in groups:
        found[group["vendor"]].append(count(group))
    return [
        Lane(vendor=vendor, counts=add_counts(found[vendor])) for vendor in sorted(found, key=vendor_order)
    ]


def pending_by_vendor(results: Sequence[Results]) -> Mapping[str, int]:
    """Return how many terminals of these messages are pending at each vendor."""
    pending: defaultdict[str, int] = defaultdict(int)
    for row in results:
        for group in row["groups"]:
            pending[group["vendor"]] += group["pending"]
    return pending


def waiting_of(results: Results) -> list[Trouble]:
    """Return why terminals of the message are pending, with their numbers."""
    pending = pending_by_vendor([results])
    return [
        read_waiting(row, pending.get(row["vendor"], 0) if row["vendor"] else results["pending"])
        for row in results["waiting"]
    ]


def _pace(counts: Counts, push_time: str | None, now: datetime) -> float | None:
    if push_time is None:
        return None
    elapsed = now - datetime.fromisoformat(push_time)
    if not timedelta(seconds=1) <= elapsed <= _MEASURABLE:
        return None
    return count_done(counts) / elapsed.total_seconds() or None
