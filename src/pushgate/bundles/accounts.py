"""Small messages one by one: read with what became of them, cancelled, sent again, and completed by
receipts.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.bodies import Bodies
from pushgate.bundles.scripts import run
from pushgate.bundles.segments import readable
from pushgate.bundles.values import (
    STOPPED,
    CellKind,
    MessageSlot,
    SmallAccount,
    receipt_times,
)
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.message_id import Position, created_ms, position_of
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group
from pushgate.redis.scripts import Value, portions

_HEAD, _SLOT = 5, 12
_MESSAGES_PER_SCRIPT = 64
_REPORTS_PER_SCRIPT = 100


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What a message was before it was cancelled: its kind, whether it had been cancelled before,
    how many of its slots are cancelled now, and how many were open.
    """

    kind: CellKind
    was_stopped: bool
    slots: int
    open_before: int


class SmallAccounts:
    """The small messages of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def read(
        self, app: App, message_ids: Sequence[str], *, bodies: bool = True, slots: bool = True
    ) -> list[SmallAccount | None]:
        """For each id the message with what became of it; None where the app has no such small
        message.
        """
        found: dict[str, SmallAccount] = {}
        by_shard: dict[int, list[tuple[str, Position]]] = {}
        for message_id in message_ids:
            position = position_of(message_id)
            if position and position.shard < app.shards:
                by_shard.setdefault(position.shard, []).append((message_id, position))
        want = "both" if bodies and slots else "bodies" if bodies else "slots"
        for shard, wanted in by_shard.items():
            for part in portions(wanted, _MESSAGES_PER_SCRIPT):
                args = [value for _, position in part for value in position[1:]]
                raw, *rows = cast(
                    "list[list[bytes]]", await run(self._redis, "read", app, shard, want, *args)
                )
                decoded = [readable(one) for one in raw]
                for (message_id, position), row in zip(part, rows, strict=True):
                    account = _account(app, message_id, position, decoded, row) if row else None
                    if account:
                        found[message_id] = account
        return [found.get(message_id) for message_id in message_ids]

    async def cancel(self, app: App, position: Position) -> Cancelled | None:
        """Stop one message; its pending slots become cancelled. Idempotent. None where there is no
        such message.
        """
        now_s = to_ms(self._clock.now()) // 1000
        answer = await run(self._redis, "cancel", app, position.shard, now_s, *position[1:])
        kind, slots, open_before = cast("tuple[int, int, int]", answer)
        if kind < 0:
            return None
        return Cancelled(CellKind(kind % STOPPED), kind >= STOPPED, slots, open_before)

    async def resume(
        self,
        app: App,
        position: Position,
        *,
        number: int,
        states: Collection[State],
        staying: Collection[str],
        expires_at: datetime,
        request: bytes,
    ) -> int:
        """Make failures in these states pending again, but those with a code of `staying`.

        `number` counts such requests of the message from 1 on; the same one changes nothing the
        second time. `request` is kept with the message. Returns how many slots are pending again.
        """
        args: list[Value] = [to_ms(self._clock.now()) // 1000, *position[1:], number]
        args += (to_ms(expires_at) // 1000, request, len(states), *(state.value for state in states))
        args += (len(staying), *staying)
        return cast("int", await run(self._redis, "resume", app, position.shard, *args))

    async def record_receipts(
        self,
        receipt: ReceiptKind,
        app: App,
        reports: Sequence[tuple[Position, Sequence[tuple[int, int]]]],
    ) -> list[int]:
        """Record receipts; returns for each report 1 new, 0 known, -1 of no terminal of the
        message.

        Each report names the message, and the shards and slots that its terminal has and had, in
        the order in which they are tried.
        """
        answers = [-1] * len(reports)
        by_shard: dict[int, list[int]] = {}
        for number, (position, _) in enumerate(reports):
            if position.shard < app.shards:
                by_shard.setdefault(position.shard, []).append(number)
        now_s = to_ms(self._clock.now()) // 1000
        for shard, numbers in by_shard.items():
            for part in portions(numbers, _REPORTS_PER_SCRIPT):
                args: list[Value] = [receipt.value, now_s]
                for number in part:
                    position, terminals = reports[number]
                    args += (*position[1:], b"".join(_terminal(*terminal) for terminal in terminals))
                verdicts = cast("list[int]", await run(self._redis, "receive", app, shard, *args))
                for number, verdict in zip(part, verdicts, strict=True):
                    answers[number] = verdict
        return answers


def _terminal(shard: int, slot: int) -> bytes:
    return shard.to_bytes(2, "big") + slot.to_bytes(4, "big")


def _account(
    app: App, message_id: str, position: Position, decoded: Sequence[Bodies | None], row: Sequence[bytes]
) -> SmallAccount | None:
    """The account in a script's answer; None where the id has another creation time: it was
    guessed.
    """
    created, kind, offset, number = (int(value) for value in row[:4])
    if created != created_ms(message_id):
        return None
    bodies = decoded[number - 1] if number else None
    message = bodies.message(offset, message_id, app.name) if bodies else None
    slots = [_slot(row[start : start + _SLOT]) for start in range(_HEAD, len(row), _SLOT)]
    return SmallAccount(
        position=position,
        message_id=message_id,
        created_ms=created,
        kind=CellKind(kind % STOPPED),
        was_stopped=kind >= STOPPED,
        message=message,
        slots=slots,
        resend=row[4],
    )


def _slot(values: Sequence[bytes]) -> MessageSlot:
    return MessageSlot(
        bundle=int(values[0]),
        slot=int(values[1]),
        group=Group.parse(values[3].decode()),
        terminal_shard=int(values[4]),
        terminal_slot=int(values[5]),
        flags=int(values[6]),
        since_s=int(values[7]),
        expires_s=int(values[8]),
        attempts=int(values[9]),
        label=values[10].decode(),
        receipt_times=receipt_times(values[11]),
    )
