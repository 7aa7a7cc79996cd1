"""Places claimed messages in bundles: one script call places the sends of all vendors.

Harmless to repeat, because messages that are already placed, or were cancelled, are left out.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.bundle_values import PlannedSend
from pushgate.bundles.history_notes import history_notes
from pushgate.bundles.layout import MAX_LABELS, SEND, BundleHead, bundle_label, pack_head
from pushgate.bundles.scripts import run
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.values import MAX_BUNDLE, STATE_NUMBERS, CellKind, Home
from pushgate.domain.clock import to_ms
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Failure
from pushgate.redis.scripts import Value
from pushgate.terminals.small_histories import SmallHistories

_WITHOUT_PLACE = struct.Struct(">HBB")
_CLEARING = struct.Struct(">HB")
_SECOND = struct.Struct(">I")
_NUMBER = struct.Struct(">H")
_MAX_GROUPS = 255
"""Groups of one bundle."""
_MORE_CODES = "other", "more codes than are told apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The messages of one home that a scheduler has claimed, and the decisions about them.

    `sends` are by vendor and priority; a send's segment is an index into `claimed`. `without_place`
    has the new kinds of cells for messages without a send, by segment and index. `clearing` are the
    messages that clear on click, by segment and index. `look_at` is when a scheduler checks the new
    bundles.
    """

    home: Home
    claimed: Sequence[WaitingSegment]
    urgent: bool
    sends: Mapping[tuple[str, int], Sequence[PlannedSend]]
    without_place: Mapping[tuple[int, int], CellKind]
    clearing: Sequence[tuple[int, int]] = ()
    now: datetime
    look_at: datetime
    results_until: datetime


@dataclass(frozen=True, slots=True)
class WrittenBundle:
    """A written bundle: the values by which a job finds it, and the soonest expiry of its sends."""

    vendor: str
    priority: int
    number: int
    size: int
    expires_at: datetime


class BundlePlanner:
    """Places messages in bundles. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._histories = SmallHistories(redis)

    async def place(self, planned: Round) -> list[WrittenBundle]:
        """Write bundles, and take planned messages out of the queue; returns the bundles that must
        be sent.

        The messages are noted in the histories of the terminals first: after a crash in between,
        the round is repeated, and notes nothing twice. A bundle is written but not returned if none
        of its sends is to be sent now.
        """
        notes = history_notes(planned.home, planned.claimed, planned.sends.values())
        await self._histories.note(planned.home.app, notes, planned.results_until)
        parts = [
            (vendor, priority, part)
            for (vendor, priority), sends in planned.sends.items()
            for part in _cut(sends)
        ]
        args: list[Value] = [to_ms(planned.now) // 1000, to_ms(planned.look_at)]
        args += (to_ms(planned.results_until), int(planned.urgent), len(planned.claimed))
        for segment in planned.claimed:
            args += (segment.page, segment.number)
        args.append(b"".join(_WITHOUT_PLACE.pack(*at, kind) for at, kind in planned.without_place.items()))
        args.append(b"".join(_CLEARING.pack(*at) for at in planned.clearing))
        for vendor, priority, part in parts:
            args += _pack(vendor, priority, part, planned.claimed)
        home = planned.home
        answer = cast("list[int]", await run(self._redis, "plan", home.app, home.shard, *args))
        return [
            WrittenBundle(vendor, priority, number, size, min(send.expires_at for send in part))
            for (vendor, priority, part), number, size, due in zip(
                parts, answer[::3], answer[1::3], answer[2::3], strict=True
            )
            if due
        ]


def _cut(sends: Sequence[PlannedSend]) -> Iterator[Sequence[PlannedSend]]:
    """Cut sends of one vendor and priority into parts for which a bundle has room."""
    start, groups, latest = 0, set[Group](), None
    for number, send in enumerate(sends):
        if send.group is not latest:
            latest = send.group
            groups.add(latest)
        if number - start >= MAX_BUNDLE or len(groups) > _MAX_GROUPS:
            yield sends[start:number]
            start, groups = number, {send.group}
    if start < len(sends):
        yield sends[start:]


def _pack(
    vendor: str, priority: int, sends: Sequence[PlannedSend], claimed: Sequence[WaitingSegment]
) -> Iterator[Value]:
    """A bundle as `plan.lua` takes it: head, segments, sends, states, expiries, labels,
    seconds."""
    segments, groups, labels = dict[int, int](), dict[Group, int](), dict[str, int]()
    packed, states, marks, expiries = [], bytearray(), bytearray(), []
    due = [send.due_s for send in sends]
    latest_group, number_of_group, latest_expiry, expiry = None, 0, None, b""
    for send, group, expires_at, state, failure, _ in sends:
        # Neighbours mostly share group and expiry, so each distinct object is packed once.
        if group is not latest_group:
            latest_group, number_of_group = group, groups.setdefault(group, len(groups))
        if expires_at is not latest_expiry:
            latest_expiry, expiry = expires_at, _SECOND.pack(to_ms(expires_at) // 1000)
        local = segments.setdefault(send.segment, len(segments))
        packed.append(SEND.pack(local, send.index, number_of_group, send.shard, send.slot))
        states.append(0 if state is State.PENDING else STATE_NUMBERS[state])
        expiries.append(expiry)
        label = bundle_label(failure, state) if failure else ""
        if len(labels) >= MAX_LABELS and label not in labels:
            label = bundle_label(Failure(vendor, *_MORE_CODES), state)
        marks.append(labels.setdefault(label, len(labels) + 1) if label else 0)
    places = [(claimed[number].page, claimed[number].number) for number in segments]
    yield pack_head(BundleHead(vendor, priority, places, list(groups)))
    yield b"".join(map(_NUMBER.pack, segments))
    yield b"".join(packed)
    yield bytes(states)
    yield expiries[0] if len(set(expiries)) == 1 else b"".join(expiries)
    yield bytes(marks) if labels else b""
    yield "\n".join(labels)
    yield b"".join(map(_SECOND.pack, due)) if any(due) else b""
