"""Commands on small messages of one home: writers, schedulers, workers, clients and phones, in any
order, with crashes and repeated calls between any two (hypothesis). Each answer is held against the
model; `bundle_laws` adds the laws.
"""

import asyncio
import itertools
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from redis.asyncio import Redis
from tests.support.bundle_model import (
    PENDING,
    ModelBundle,
    ModelMessage,
    ModelSlot,
    kind_without_place,
    number_of,
    state_of,
)
from tests.support.bundles import PATIENCE, RETENTION, SmallWorld, small
from tests.support.clock import SetClock

from pushgate.bundles.bodies import encode
from pushgate.bundles.plan import Round
from pushgate.bundles.values import (
    INLINE,
    RANKS,
    CellKind,
    ClaimedSegment,
    KeyRecord,
    PlannedSend,
    PutResult,
    PutVerdict,
    Segment,
    Send,
)
from pushgate.domain.app import App
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.message import Delivery, Options, Priority
from pushgate.domain.message_id import Position, small_id
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Failure
from pushgate.redis.client import connect


@dataclass
class DrawnMessage:
    """What hypothesis chooses of a message."""

    targets: int
    at_most_once: bool
    key: int | None


T = TypeVar("T")
VENDORS = ("apns", "fcm", "huawei")
SHARDS = (0, 1, INLINE)
STARTS = (State.PENDING, State.PENDING, State.PENDING, State.PENDING, State.REJECTED, State.EXPIRED)
DRAWS = st.builds(
    DrawnMessage,
    targets=st.integers(0, 5),
    at_most_once=st.booleans(),
    key=st.sampled_from([None, None, 1, 2, 3]),
)
_numbers = itertools.count()


def stored_of(results: Sequence[Sequence[PutResult]]) -> list[list[bool]]:
    """Which messages are stored."""
    return [[one.verdict is PutVerdict.STORED for one in row] for row in results]


class BundleCommands(RuleBasedStateMachine):
    """Commands on one home."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis: Redis = connect(self.url, 4)
        self.clock = SetClock()
        self.app = App(f"machine{next(_numbers)}")
        self.world = SmallWorld(self.redis, self.clock, self.app)
        self.home = self.world.home
        self.messages: dict[str, ModelMessage] = {}
        self.placed: dict[int, ModelBundle] = {}
        self.keys: dict[int | None, bytes] = {}
        self.claims: list[tuple[bool, list[ClaimedSegment]]] = []
        self.terminals = itertools.count(1)
        self.page = self.do(self.world.segments.new_page(self.home))
        self.segments = itertools.count()

    def do(self, command: Coroutine[object, object, T]) -> T:
        """Run one command to its end."""
        return self.loop.run_until_complete(command)

    def ask(self, command: object) -> object:
        """Run one command of Redis to its end."""
        return self.loop.run_until_complete(command)  # type: ignore[arg-type]  # a coroutine

    @initialize()
    def begin(self) -> None:
        """Some bundles are there from the beginning."""
        for key in range(4, 6):
            drawn = [
                DrawnMessage(targets, targets < 3, key if targets == 1 else None) for targets in (1, 2, 3, 4)
            ]
            self.put([drawn], 0, 600, urgent=False, room=None)
        self.claim(urgent=False, limit=512)
        self.place_claimed(*self.claims[-1], left_out=9, start=State.PENDING)

    @property
    def now_ms(self) -> int:
        return to_ms(self.clock.now())

    @property
    def now_s(self) -> int:
        return self.now_ms // 1000

    def waiting(self) -> tuple[int, int]:
        """Messages that are scheduled, and sends that are open, by the model."""
        scheduled = sum(message.kind is CellKind.WAITS for message in self.messages.values())
        return scheduled, sum(bundle.open() for bundle in self.placed.values())

    @rule(
        groups=st.lists(st.lists(DRAWS, min_size=1, max_size=5), min_size=1, max_size=3),
        later=st.sampled_from([0, 0, 0, 40]),
        ttl=st.sampled_from([25, 600, 600]),
        urgent=st.booleans(),
        room=st.sampled_from([None, None, None, 20]),
    )
    def put(
        self, groups: list[list[DrawnMessage]], later: int, ttl: int, urgent: bool, room: int | None
    ) -> None:
        """A writer stores segments, and repeats the call, as if the first answer was lost."""
        now, push_at = self.clock.now(), self.clock.now() + timedelta(seconds=later)
        free = 1000 if room is None else max(0, room - sum(self.waiting()))
        segments, expected = list[Segment](), list[list[PutResult]]()
        for drawn in groups:
            number = next(self.segments)
            ids = [small_id(to_ms(now), Position(0, self.page, number, at)) for at in range(len(drawn))]
            messages = [small(push_at=push_at, options=self._options(one, ttl, urgent)) for one in drawn]
            keys = [
                KeyRecord(f"k{one.key}", message_id.encode()) if one.key else None
                for one, message_id in zip(drawn, ids, strict=True)
            ]
            segments.append(
                Segment(
                    number=number,
                    push_at=push_at,
                    urgent=urgent,
                    bodies=encode(messages, self.now_ms, 0),
                    count=len(drawn),
                    keys=keys if any(keys) else (),
                )
            )
            expires_s = self.now_s + later + ttl
            expected.append([])
            for at, (one, message_id) in enumerate(zip(drawn, ids, strict=True)):
                result = self._expected_result(one, free)
                expected[-1].append(result)
                if result.verdict is PutVerdict.STORED:
                    free -= 1
                    self._note_stored(one, message_id, (self.page, number, at), urgent, expires_s)
        until = push_at + RETENTION
        for attempt in range(2):
            found = self.do(
                self.world.segments.put(
                    self.home,
                    self.page,
                    segments,
                    created_at=now,
                    contents_until=until,
                    results_until=until,
                    max_waiting=room,
                )
            )
            assert attempt or found == expected
            assert stored_of(found) == stored_of(expected)

    def _expected_result(self, drawn: DrawnMessage, free: int) -> PutResult:
        if drawn.key in self.keys:
            return PutResult(PutVerdict.KNOWN, self.keys[drawn.key])
        return PutResult(PutVerdict.STORED if free else PutVerdict.FULL)

    def _note_stored(
        self, drawn: DrawnMessage, message_id: str, at: tuple[int, int, int], urgent: bool, expires_s: int
    ) -> None:
        if drawn.key:
            self.keys[drawn.key] = message_id.encode()
        self.messages[message_id] = ModelMessage(
            id=message_id,
            place=at[:2],
            index=at[2],
            urgent=urgent,
            targets=[
                (VENDORS[number % 3], (SHARDS[number % 3], next(self.terminals)))
                for number in range(drawn.targets)
            ],
            at_most_once=drawn.at_most_once,
            expires_s=expires_s,
        )

    def _options(self, drawn: DrawnMessage, ttl: int, urgent: bool) -> Options:
        return Options(
            ttl=timedelta(seconds=ttl),
            priority=Priority.HIGH if urgent else Priority.NORMAL,
            delivery=Delivery.AT_MOST_ONCE if drawn.at_most_once else Delivery.AT_LEAST_ONCE,
        )

    @rule(urgent=st.booleans(), limit=st.sampled_from([1, 512]))
    def claim(self, urgent: bool, limit: int) -> None:
        """A scheduler claims what is due. It may be slow with the rest, or die."""
        claimed = self.do(
            self.world.segments.claim(self.home, self.clock.now(), timedelta(seconds=5), limit, urgent=urgent)
        )
        for found in claimed:
            waiting = [
                m.index
                for m in self.messages.values()
                if m.place == (found.page, found.number) and m.kind is CellKind.WAITS
            ]
            assert sorted(found.waiting) == sorted(waiting) != []
        if claimed:
            self.claims.append((urgent, claimed))

    @precondition(lambda self: self.claims)
    @rule(
        data=st.data(),
        parts=st.sampled_from([3, 3, 1]),
        left_out=st.sampled_from([9, 9, 1]),
        start=st.sampled_from(STARTS),
    )
    def place(self, data: st.DataObject, parts: int, left_out: int, start: State) -> None:
        """A scheduler places what it claimed, perhaps long ago, and not for the first time."""
        urgent, claimed = data.draw(st.sampled_from(self.claims))
        self.place_claimed(urgent, claimed[:parts], left_out, start)

    def place_claimed(
        self, urgent: bool, claimed: Sequence[ClaimedSegment], left_out: int, start: State
    ) -> None:
        """Place claimed messages, but those of one index, and hold the answer against the model."""
        sends: dict[tuple[str, int], list[PlannedSend]] = {}
        without_place: dict[tuple[int, int], CellKind] = {}
        meant: list[ModelMessage] = []
        rank = RANKS[Priority.HIGH if urgent else Priority.NORMAL]
        by_place = {(*message.place, message.index): message for message in self.messages.values()}
        for segment, found in enumerate(claimed):
            for index in found.waiting:
                message = by_place.get((found.page, found.number, index))
                if message is None or index == left_out:
                    continue
                meant.append(message)
                if kind := kind_without_place(message):
                    without_place[segment, index] = kind
                    continue
                for vendor, send in self._sends(message, segment, start):
                    sends.setdefault((vendor, rank), []).append(send)
        now = self.clock.now()
        plan = Round(
            home=self.home,
            claimed=claimed,
            urgent=urgent,
            sends=sends,
            without_place=without_place,
            now=now,
            look_at=now + PATIENCE,
            results_until=now + RETENTION,
        )
        written = self.do(self.world.planner.place(plan))
        assert self.do(self.world.planner.place(plan)) == []
        before = set(self.placed)
        self._note_placed([message for message in meant if message.kind is CellKind.WAITS], start)
        new = {number for number, bundle in self.placed.items() if bundle.open() and number not in before}
        assert {one.number for one in written} == new

    def _sends(self, message: ModelMessage, segment: int, start: State) -> list[tuple[str, PlannedSend]]:
        expires_at = from_ms(1000 * message.expires_s)
        found = []
        for number, (vendor, (shard, slot)) in enumerate(message.targets):
            state = start if number == 1 else State.PENDING
            failure = Failure(vendor, "early", "one\nother") if state is State.REJECTED else None
            send = Send(segment, message.index, shard, slot)
            found.append((vendor, PlannedSend(send, Group(vendor, "en"), expires_at, state, failure)))
        return found

    def _note_placed(self, placed: list[ModelMessage], start: State) -> None:
        """Learn from reads where the sends are."""
        accounts = self.do(self.world.accounts.read(self.app, [m.id for m in placed]))
        for message, account in zip(placed, accounts, strict=True):
            assert account is not None
            if kind := kind_without_place(message):
                message.kind = kind
                continue
            message.kind = CellKind.PLACED if len(message.targets) == 1 else CellKind.SCATTERED
            assert sorted((s.terminal_shard, s.terminal_slot) for s in account.slots) == sorted(
                terminal for _, terminal in message.targets
            )
            order = [terminal for _, terminal in message.targets]
            for seen in account.slots:
                number = order.index((seen.terminal_shard, seen.terminal_slot))
                state = number_of(start) if number == 1 else PENDING
                code = {State.REJECTED: "early", State.EXPIRED: "ttl"}.get(state_of(state), "")
                slot = ModelSlot(
                    message, seen.group.vendor, order[number], state, self.now_s, message.expires_s, code
                )
                bundle = self.placed.setdefault(seen.bundle, ModelBundle())
                assert seen.slot not in bundle.slots
                bundle.slots[seen.slot] = slot
                message.slots.append(slot)
