"""Turns located messages into the sends of bundles, with the state in which each starts. Pure."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pushgate.bundles.bodies import Target
from pushgate.bundles.bundle_values import PlannedSend
from pushgate.bundles.values import RANKS, CellKind, Send
from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import SlotRef, State
from pushgate.ledger.values import Failure, held_in_quiet_hours, not_configured

PushKey = tuple[int, int, int, int]
"""A push: segment, index, shard and slot."""
LeftOutPushes = dict[PushKey, Callable[[str], Failure]]
"""Pushes that are left out, each with the reason by vendor."""


@dataclass(frozen=True, slots=True)
class JudgedPushes:
    """Pushes that are left out, and pushes that are held, each with the instant until which it is
    held.
    """

    left_out: LeftOutPushes = field(default_factory=dict)
    held: dict[PushKey, datetime] = field(default_factory=dict)

    def is_sent_now(self, key: PushKey) -> bool:
        """Whether the push is neither left out nor held."""
        return key not in self.left_out and key not in self.held


class BundleSends:
    """Sends by vendor and rank of priority, and the messages that have none."""

    def __init__(self, vendors: Container[str], now_ms: int, judged: JudgedPushes | None = None) -> None:
        """`vendors` are the vendors that the app is set up for."""
        self._vendors = vendors
        self.judged = judged or JudgedPushes()
        self._now_ms = now_ms
        self._failures: dict[str, Failure | None] = {}
        self._instants: dict[int, datetime] = {}
        self.sends: dict[tuple[str, int], list[PlannedSend]] = {}
        self.without_place: dict[tuple[int, int], CellKind] = {}
        self.clearing: list[tuple[int, int]] = []
        """The messages that clear on click."""
        self.count = 0
        """How many sends there are."""
        self.first_expiry_ms = 0
        """When the first pending send expires, in ms since the epoch; 0 where none is pending."""
        self.last_expiry_ms = now_ms
        """When the last send expires, and at least the present, in ms since the epoch."""

    def add(self, segment: int, index: int, target: Target, slots: Sequence[SlotRef]) -> None:
        """Add the message of this segment and index, to these slots."""
        if not slots:
            self.without_place[segment, index] = CellKind.NOBODY
            return
        if target.clear_on_click:
            self.clearing.append((segment, index))
        rank, expires_ms = RANKS[target.priority], target.expires_ms
        expires_at = self._instants.get(expires_ms)
        if expires_at is None:
            expires_at = self._instants[expires_ms] = from_ms(expires_ms)
        is_expired = expires_ms <= self._now_ms
        self.last_expiry_ms = max(self.last_expiry_ms, expires_ms)
        for slot in slots:
            group = slot.group
            state, failure, key = State.PENDING, None, (segment, index, slot.shard, slot.slot)
            due_s, held_until = 0, self.judged.held.get(key)
            if reason := self.judged.left_out.get(key):
                state, failure = State.CANCELLED, reason(group.vendor)
            elif is_expired:
                state = State.EXPIRED
            else:
                failure = self._failure(group.vendor)
                if held_until:
                    due_s, failure = int(held_until.timestamp()), held_in_quiet_hours(group.vendor)
                if not 0 < self.first_expiry_ms < expires_ms:
                    self.first_expiry_ms = expires_ms
            send = Send(segment, index, slot.shard, slot.slot)
            planned = PlannedSend(send, group, expires_at, state, failure, due_s)
            self.sends.setdefault((group.vendor, rank), []).append(planned)
        self.count += len(slots)

    def _failure(self, vendor: str) -> Failure | None:
        """Why sends to the vendor expire if no worker tries them; None if the app has settings for
        the vendor.

        Another process may have settings for the vendor: until the message expires, the bundle
        waits for a worker that has them.
        """
        if vendor not in self._failures:
            self._failures[vendor] = None if vendor in self._vendors else not_configured(vendor)
        return self._failures[vendor]
