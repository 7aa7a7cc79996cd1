"""Single small messages: reads them with their results, cancels them, sends them again, and records
receipts.
"""

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.account_values import RECEIPTS, MessageSlot, SmallAccount, receipt_times
from pushgate.bundles.bodies import Bodies
from pushgate.bundles.scripts import run
from pushgate.bundles.segments import readable
from pushgate.bundles.values import STOPPED, CellKind
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.message_id import Position, created_ms, position_of
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import not_configured
from pushgate.redis.hash_tags import tag
from pushgate.redis.replication import confirmed
from pushgate.redis.scripts import Value, portions

NO_MESSAGE, SENT_AS_LARGE = -2, -3
"""Results of a receipt beside those of the ledger: there is no such message, or the message is sent
as a large one.
"""
_HEAD, _SLOT = 9, 11
_TERMINAL = struct.Struct(">HI")
_MESSAGES_PER_SCRIPT = 32
_REPORTS_PER_SCRIPT = 50


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
        """For each id, the message with its results; None where the app has no such small
        message.
        """
        return await self._read(
            app, message_ids, "both" if bodies and slots else "bodies" if bodies else "slots"
        )

    async def read_first_versions(self, app: App, message_ids: Sequence[str]) -> list[SmallAccount | None]:
        """For each id, the message as it was first stored, before any change, without its slots."""
        return await self._read(app, message_ids, "first")

    async def _read(self, app: App, message_ids: Sequence[str], want: str) -> list[SmallAccount | None]:
        found: dict[str, SmallAccount] = {}
        by_shard: dict[int, list[tuple[str, Position]]] = {}
        for message_id in message_ids:
            if position := _position(app, message_id):
                by_shard.setdefault(position.shard, []).append((message_id, position))
        for shard, wanted in by_shard.items():
            for part in portions(wanted, _MESSAGES_PER_SCRIPT):
                args = [value for message_id, position in part for value in _place(message_id, position)]
                raw, *rows = cast(
                    "list[list[bytes]]", await run(self._redis, "read", app, shard, want, *args)
                )
                decoded = [readable(one) for one in raw]
                for (message_id, position), row in zip(part, rows, strict=True):
                    if row:
                        found[message_id] = _account(app, message_id, position, decoded, row)
        return [found.get(message_id) for message_id in message_ids]

    async def cancel(self, app: App, message_id: str) -> Cancelled | None:
        """Stop one message; its pending slots become cancelled. Idempotent. None where there is no
        such message.
        """
        position = _position(app, message_id)
        if position is None:
            return None
        place, now_s = _place(message_id, position), to_ms(self._clock.now()) // 1000
        async with confirmed(self._redis, tag(app, position.shard)):
            answer = await run(self._redis, "cancel", app, position.shard, now_s, *place)
        kind, slots, open_before = cast("tuple[int, int, int]", answer)
        if kind < 0:
            return None
        return Cancelled(CellKind(kind % STOPPED), kind >= STOPPED, slots, open_before)

    async def enlarge(self, app: App, message_id: str) -> CellKind | None:
        """Note that a waiting message is about to be stored as a large one. Idempotent. Returns
        its kind then: `BECOMES_LARGE` where it was waiting; None where there is no such message.
        """
        position = _position(app, message_id)
        if position is None:
            return None
        place = _place(message_id, position)
        kind = cast("int", await run(self._redis, "enlarge", app, position.shard, *place))
        return None if kind < 0 else CellKind(kind % STOPPED)

    async def end_enlargement(self, app: App, message_id: str, kind: CellKind) -> None:
        """Note that a message which became a large one is stored as such (`LARGE`), or was lost
        before (`NOBODY`). Harmless to repeat.
        """
        if position := _position(app, message_id):
            place = _place(message_id, position)
            await run(self._redis, "enlarged", app, position.shard, *place, kind.value)

    async def resume(
        self,
        app: App,
        message_id: str,
        *,
        number: int,
        states: Collection[State],
        staying: Collection[str],
        expires_at: datetime,
        request: bytes,
        vendors: Collection[str] | None = None,
    ) -> int:
        """Make failures in these states pending again, except those with a code in `staying`.

        `number` is 1 for the message's first request of this kind, and one more for each further
        one; a repeated request changes nothing. `request` is kept with the message. `vendors` are
        the vendors for which the app has settings, None for all; slots of other vendors wait for a
        process that has them. Returns how many slots are pending again, 0 where another request had
        this number before, -1 where there is no such message.
        """
        position = _position(app, message_id)
        if position is None:
            return -1
        args: list[Value] = [to_ms(self._clock.now()) // 1000, *_place(message_id, position), number]
        args += (to_ms(expires_at) // 1000, request, len(states), *(state.value for state in states))
        args += (len(staying), *staying, not_configured("").label(State.EXPIRED))
        args += ("*",) if vendors is None else tuple(vendors)
        async with confirmed(self._redis, tag(app, position.shard)):
            return cast("int", await run(self._redis, "resume", app, position.shard, *args))

    async def record_receipts(
        self,
        receipt: ReceiptKind,
        app: App,
        reports: Sequence[tuple[str, Sequence[tuple[int, int]]]],
    ) -> list[int]:
        """Record receipts; returns for each report 1 new, 0 known, -1 of no terminal of the
        message, `NO_MESSAGE`, or `SENT_AS_LARGE`.

        Each report names the message by its id, and the present and former shards and slots of its
        terminal, in the order in which they are tried. A report without any slot counts as a report
        on an unknown terminal.
        """
        answers = [NO_MESSAGE] * len(reports)
        by_shard: dict[int, list[int]] = {}
        positions = [_position(app, message_id) for message_id, _ in reports]
        for number, position in enumerate(positions):
            if position:
                by_shard.setdefault(position.shard, []).append(number)
        now_s = to_ms(self._clock.now()) // 1000
        for shard, numbers in by_shard.items():
            for part in portions(numbers, _REPORTS_PER_SCRIPT):
                args: list[Value] = [receipt.value, now_s]
                for number in part:
                    (message_id, terminals), position = reports[number], positions[number]
                    assert position is not None
                    args += (
                        *_place(message_id, position),
                        b"".join(pack_terminal(*terminal) for terminal in terminals),
                    )
                verdicts = cast("list[int]", await run(self._redis, "receive", app, shard, *args))
                for number, verdict in zip(part, verdicts, strict=True):
                    answers[number] = verdict
        return answers


def _position(app: App, message_id: str) -> Position | None:
    """Where the app may have stored the small message; None for an id of no such message."""
    position = position_of(message_id)
    return position if position and position.shard < app.shards else None


def _place(message_id: str, position: Position) -> tuple[int, int, int, int]:
    """The place as scripts take it: creation time, page, segment, offset."""
    return created_ms(message_id), position.page, position.segment, position.offset


def pack_terminal(shard: int, slot: int) -> bytes:
    """A terminal's place, as scripts take it."""
    return _TERMINAL.pack(shard, slot)


def _account(
    app: App, message_id: str, position: Position, decoded: Sequence[Bodies | None], row: Sequence[bytes]
) -> SmallAccount:
    created, kind, offset, number = (int(value) for value in row[:4])
    bodies = decoded[number - 1] if number else None
    message = bodies.message(offset, message_id, app.name) if bodies else None
    slots = [parse_slot(row[start : start + _SLOT]) for start in range(_HEAD, len(row), _SLOT)]
    return SmallAccount(
        position=position,
        message_id=message_id,
        created_ms=created,
        kind=CellKind(kind % STOPPED),
        was_stopped=kind >= STOPPED,
        message=message,
        slots=slots,
        resend=row[4],
        unknown_reports=_unknown_reports(row[5]),
        version=(int(row[6]), int(row[7])),
        withdrawn=frozenset(_TERMINAL.iter_unpack(row[8])),
        source=(bodies, offset) if bodies else None,
    )


def parse_slot(values: Sequence[bytes]) -> MessageSlot:
    """A slot as `read.lua` returns it."""
    return MessageSlot(
        bundle=int(values[0]),
        slot=int(values[1]),
        group=Group.parse(values[2].decode()),
        terminal_shard=int(values[3]),
        terminal_slot=int(values[4]),
        flags=int(values[5]),
        since_s=int(values[6]),
        expires_s=int(values[7]),
        attempts=int(values[8]),
        label=values[9].decode(),
        receipt_times=receipt_times(values[10]),
    )


def _unknown_reports(raw: bytes) -> dict[str, int]:
    """Reports on terminals that the message was not for, by receipt."""
    counts = zip(RECEIPTS[1:], raw.split(), strict=False)
    return {receipt.value: int(count) for receipt, count in counts if receipt and int(count)}
