"""The report of a message, computed from the counters of its shards. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group
from pushgate.ledger.slot_sets import DEFERRED, DEFERRED_UNTIL

STATES = tuple(state.value for state in State)
REPORTED = tuple(
    receipt.value for receipt in ReceiptKind if receipt not in (ReceiptKind.RECALLED, ReceiptKind.UNPROVEN)
)
"""The receipts that vendors and client apps report. A recall is Pushgate's own act, and an unproven
click is reported as a click.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCounts:
    """Terminals of one vendor and language, by state and by receipt.

    `reached` counts terminals that were delivered to or clicked. `unaccepted_clicks` counts
    terminals that clicked and are not accepted, because the vendor's answer was lost.
    """

    vendor: str
    language: str
    targeted: int
    states: Mapping[str, int]
    delivered: int
    clicked: int
    muted: int
    gone: int
    recalled: int
    withdrawn: int
    unproven: int
    reached: int
    unaccepted_clicks: int

    @property
    def received_from(self) -> str:
        """What `received` counts besides clicks: deliveries if any was reported for the group, else
        acceptances.
        """
        return "delivered" if self.delivered else "accepted"

    @property
    def received(self) -> int:
        """How many terminals are known to have the message. Never fewer than clicked."""
        return self.reached if self.delivered else self.states["accepted"] + self.unaccepted_clicks

    @property
    def click_through_rate(self) -> float | None:
        """Clicked / received; None while nothing was received."""
        return self.clicked / self.received if self.received else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCount:
    """How many terminals ended in `state` for one reason."""

    vendor: str
    state: str
    code: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Terminals by the state or receipt that they came to within one minute; for a long message,
    within one hour or day.
    """

    at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All counts of one message."""

    targeted: int
    states: Mapping[str, int]
    delivered: int
    clicked: int
    muted: int
    gone: int
    recalled: int
    withdrawn: int
    """Terminals from which the notification is removed because the user clicked on another one."""
    unproven: int
    received: int
    groups: tuple[GroupCounts, ...]
    failures: tuple[FailureCount, ...]
    timeline: tuple[TimelineEntry, ...]
    held: int
    """Terminals for which the message waits until quiet hours end. Those of a small message are
    pending, those of a large one are not targeted yet.
    """
    held_until: datetime | None
    """When the first of them are due."""
    unknown_reports: Mapping[str, int]
    """Reports on terminals that the message was not for, by receipt."""

    @property
    def click_through_rate(self) -> float | None:
        """Clicked / received; None while nothing was received."""
        return self.clicked / self.received if self.received else None

    @property
    def pending_by_vendor(self) -> Mapping[str, int]:
        """How many terminals are pending, by vendor; vendors with none are left out."""
        found = Counter[str]()
        for group in self.groups:
            found[group.vendor] += group.states["pending"]
        return +found


def report(
    counts: Iterable[tuple[str, int]],
    failures: Iterable[tuple[str, int]],
    timeline: Iterable[tuple[str, int]],
    unknown: Iterable[tuple[str, int]] = (),
) -> Report:
    """Add up the counters of all shards. Fields are those of `shard.lua`; a field may come several
    times.
    """
    counts = list(counts)
    groups = _groups(counts)
    held = sum(value for field, value in counts if field == f"|{DEFERRED}")
    due = [value for field, value in counts if field == f"|{DEFERRED_UNTIL}"]
    total = {name: sum(group.states[name] for group in groups) for name in STATES}
    return Report(
        targeted=sum(group.targeted for group in groups),
        states=total,
        delivered=sum(group.delivered for group in groups),
        clicked=sum(group.clicked for group in groups),
        muted=sum(group.muted for group in groups),
        gone=sum(group.gone for group in groups),
        recalled=sum(group.recalled for group in groups),
        withdrawn=sum(group.withdrawn for group in groups),
        unproven=sum(group.unproven for group in groups),
        received=sum(group.received for group in groups),
        groups=groups,
        failures=_failures(failures),
        timeline=_timeline(timeline),
        held=held,
        held_until=from_ms(min(due)) if held and due else None,
        unknown_reports=dict.fromkeys(REPORTED, 0) | dict(unknown),
    )


def _groups(counts: Iterable[tuple[str, int]]) -> tuple[GroupCounts, ...]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for field, value in counts:
        key, _, name = field.rpartition("|")
        if key:
            group = Group.parse(key)
            named = found.setdefault((group.vendor, group.language), {})
            named[name] = named.get(name, 0) + value
    return tuple(
        GroupCounts(
            vendor=vendor,
            language=language,
            targeted=named.get("targeted", 0),
            states={name: named.get(name, 0) for name in STATES},
            delivered=named.get("delivered", 0),
            clicked=named.get("clicked", 0),
            muted=named.get("muted", 0),
            gone=named.get("gone", 0),
            recalled=named.get("recalled", 0),
            withdrawn=named.get("withdrawn", 0),
            unproven=named.get("unproven", 0),
            reached=named.get("received", 0),
            unaccepted_clicks=named.get("unaccepted_clicks", 0),
        )
        for (vendor, language), named in sorted(found.items())
    )


def _failures(failures: Iterable[tuple[str, int]]) -> tuple[FailureCount, ...]:
    totals: dict[str, int] = {}
    for label, value in failures:
        totals[label] = totals.get(label, 0) + value
    found: list[FailureCount] = []
    for label, value in totals.items():
        vendor, state, code, reason = label.split("|", 3)
        found.append(FailureCount(vendor=vendor, state=state, code=code, reason=reason, count=value))
    return tuple(sorted(found, key=lambda item: (-item.count, item.vendor, item.code)))


def _timeline(timeline: Iterable[tuple[str, int]]) -> tuple[TimelineEntry, ...]:
    found: dict[int, dict[str, int]] = {}
    for field, value in timeline:
        minute, _, name = field.partition("|")
        named = found.setdefault(int(minute), {})
        named[name] = named.get(name, 0) + value
    return tuple(TimelineEntry(from_ms(minute * 60_000), named) for minute, named in sorted(found.items()))
