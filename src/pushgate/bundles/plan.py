"""Claimed messages become bundles: one script call places the sends of all vendors.

Harmless to repeat: a message that is placed already, or was cancelled, is left out.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.layout import BundleHead, pack_head, pack_send
from pushgate.bundles.scripts import run
from pushgate.bundles.values import (
    MAX_BUNDLE,
    URGENT,
    CellKind,
    ClaimedSegment,
    Home,
    PlannedBundle,
    PlannedSend,
    STATES,
)
from pushgate.domain.clock import to_ms
from pushgate.redis.scripts import Value, portions

_WITHOUT_PLACE = struct.Struct(">HBB")
_MAX_GROUPS = 255
_NUMBERS = {state: number for number, state in reversed(list(enumerate(STATES)))}


class BundlePlanner:
    """Places messages in bundles. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def place(
        self,
        home: Home,
        claimed: Sequence[ClaimedSegment],
        sends: Mapping[tuple[str, int], Sequence[PlannedSend]],
        without_place: Mapping[tuple[int, int], CellKind],
        *,
        now: datetime,
        look_at: datetime,
        results_until: datetime,
    ) -> list[tuple[str, int, PlannedBundle]]:
        """Write bundles; returns vendor, priority and bundle of each that has sends.

        `sends` are by vendor and priority, all of them urgent or none. `without_place` says of
        messages without a send, by segment and index, what becomes of them. `look_at` is when
        somebody looks after the new bundles.
        """
        parts = [
            (vendor, priority, list(part))
            for (vendor, priority), found in sends.items()
            for part in _cut(found)
        ]
        urgent = any(priority == URGENT for _, priority, _ in parts) or _is_urgent(claimed, sends)
        args: list[Value] = [
            to_ms(now) // 1000,
            to_ms(look_at),
            to_ms(results_until),
            int(urgent),
            len(claimed),
        ]
        for segment in claimed:
            args += (segment.page, segment.number)
        args.append(
            b"".join(_WITHOUT_PLACE.pack(segment, index, kind) for (segment, index), kind in without_place.items())
        )
        for vendor, priority, part in parts:
            args += _bundle(vendor, priority, part, claimed)
        answer = cast("list[int]", await run(self._redis, "plan", home.app, home.shard, *args))
        return [
            (vendor, priority, PlannedBundle(number, size))
            for (vendor, priority, _), number, size in zip(parts, answer[::2], answer[1::2], strict=True)
            if size
        ]
