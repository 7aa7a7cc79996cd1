"""Commands of schedulers on small messages, beside those of writers: what is due is claimed and
placed, perhaps late, in part, or twice.
"""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from tests.support.bundle_model import (
    CANCELLED,
    HELD,
    PENDING,
    ModelBundle,
    ModelMessage,
    ModelSlot,
    kind_without_place,
    number_of,
    state_of,
)
from tests.support.bundle_writer_commands import BundleWriterCommands, DrawnMessage
from tests.support.bundles import PATIENCE, RETENTION

from pushgate.bundles.bundle_values import PlannedSend
from pushgate.bundles.deferred_sends import DeferredSends, Release, Verdict
from pushgate.bundles.plan import Round
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.values import RANKS, CellKind, Send
from pushgate.domain.clock import from_ms
from pushgate.domain.message import Priority
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Failure, held_in_quiet_hours, opted_out

STARTS = (State.PENDING, State.PENDING, State.PENDING, State.PENDING, State.REJECTED, State.EXPIRED)


class BundleSchedulerCommands(BundleWriterCommands):
    """Commands of writers and schedulers on one home."""

    @initialize()
    def begin(self) -> None:
        """Some bundles are there from the beginning."""
        for key in range(4, 6):
            drawn = [
                DrawnMessage(targets, targets < 3, key if targets == 1 else None) for targets in (1, 2, 3, 4)
            ]
            self.put([drawn], 0, 600, urgent=False, room=None)
        self.claim(urgent=False, limit=512)
        self.place_claimed(*self.claims[-1], left_out=9, start=State.PENDING, held=6)

    @rule(urgent=st.booleans(), limit=st.sampled_from([1, 512]))
    def claim(self, urgent: bool, limit: int) -> None:
        """A scheduler claims what is due. It may be slow with the rest, or die."""
        claimed = self.do(
            self.world.segments.claim(self.home, self.clock.now(), timedelta(seconds=5), limit, urgent=urgent)
        )
        for found in claimed:
            waiting, becoming_large = (
                [
                    m.index
                    for m in self.messages.values()
                    if m.place == (found.page, found.number) and m.kind is kind
                ]
                for kind in (CellKind.WAITS, CellKind.BECOMES_LARGE)
            )
            assert sorted(found.waiting) == sorted(waiting)
            assert sorted(found.becoming_large) == sorted(becoming_large)
            assert waiting or becoming_large
        if claimed:
            self.claims.append((urgent, claimed))

    @precondition(lambda self: self.claims)
    @rule(
        data=st.data(),
        parts=st.sampled_from([3, 3, 1]),
        left_out=st.sampled_from([9, 9, 1]),
        start=st.sampled_from(STARTS),
        held=st.sampled_from([0, 6]),
    )
    def place(self, data: st.DataObject, parts: int, left_out: int, start: State, held: int) -> None:
        """A scheduler places what it claimed, perhaps long ago, and not for the first time."""
        urgent, claimed = data.draw(st.sampled_from(self.claims))
        self.place_claimed(urgent, claimed[:parts], left_out, start, held)

    def place_claimed(
        self, urgent: bool, claimed: Sequence[WaitingSegment], left_out: int, start: State, held: int = 0
    ) -> None:
        """Place claimed messages, but those of one index, and hold the answer against the model.
        The third send of a message is `held` for so many seconds.
        """
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
                for vendor, send in self._sends(message, segment, start, held):
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
        self._note_placed([message for message in meant if message.kind is CellKind.WAITS], start, held)
        new = self.placed.keys() - before
        due = {number for number in new if self.placed[number].sent_now(self.now_s)}
        assert {one.number for one in written} == due

    @precondition(lambda self: any(bundle.deferred(self.now_s) for bundle in self.placed.values()))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """A scheduler decides about held sends whose quiet hours have ended, and repeats that."""
        bundles = [number for number, one in self.placed.items() if one.deferred(self.now_s)]
        number = data.draw(st.sampled_from(sorted(bundles)))
        bundle, sends = self.placed[number], DeferredSends(self.redis, self.clock)
        (found,) = self.do(sends.read(self.home, [number]))
        deferred = bundle.deferred(self.now_s)
        assert [slot.number for slot in found.slots] == deferred
        releases: list[Release] = []
        for slot in found.slots:
            verdict = data.draw(st.sampled_from(Verdict))
            failure = opted_out(slot.group.vendor) if verdict is Verdict.CANCEL else None
            until = self.clock.now() + timedelta(seconds=30) if verdict is Verdict.HOLD else None
            releases.append(Release(verdict, [slot.number], failure, until))
        counts = [self.do(sends.release(self.home, found, releases)) for _ in range(2)]
        for release in releases:
            decided = bundle.slots[release.slots[0]]
            match release.verdict:
                case Verdict.SEND:
                    decided.due_s, decided.code = self.now_s, ""
                case Verdict.HOLD:
                    decided.due_s = self.now_s + 30
                case Verdict.CANCEL:
                    decided.come_to(CANCELLED, "opt_out")
        assert counts == [len(bundle.sent_now(self.now_s))] * 2
        if not counts[0] and not bundle.is_held(self.now_ms):
            bundle.holder = ""

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def end_enlargement(self, data: st.DataObject) -> None:
        """A scheduler or a client has stored a message as a large one, and says so twice. One that
        is none is left alone.
        """
        marked = [one.id for one in self.messages.values() if one.kind is CellKind.BECOMES_LARGE]
        message = self.messages[data.draw(st.sampled_from(sorted(marked or self.messages)))]
        for _ in range(2):
            self.do(self.world.accounts.end_enlargement(self.app, message.id, CellKind.LARGE))
        if message.kind is CellKind.BECOMES_LARGE:
            message.kind = CellKind.LARGE

    def _sends(
        self, message: ModelMessage, segment: int, start: State, held: int
    ) -> list[tuple[str, PlannedSend]]:
        expires_at = from_ms(1000 * message.expires_s)
        found = []
        for number, (vendor, (shard, slot)) in enumerate(message.targets):
            state = start if number == 1 else State.PENDING
            failure = Failure(vendor, "early", "one\nother") if state is State.REJECTED else None
            send, due_s = Send(segment, message.index, shard, slot), 0
            if held and number == 2:
                failure, due_s = held_in_quiet_hours(vendor), self.now_s + held
            found.append((vendor, PlannedSend(send, Group(vendor, "en"), expires_at, state, failure, due_s)))
        return found

    def _note_placed(self, placed: list[ModelMessage], start: State, held: int) -> None:
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
                due_s = self.now_s
                if held and number == 2:
                    due_s, code = self.now_s + held, HELD
                slot = ModelSlot(
                    message, seen.group.vendor, order[number], state, due_s, message.expires_s, code
                )
                bundle = self.placed.setdefault(seen.bundle, ModelBundle())
                assert seen.slot not in bundle.slots
                bundle.slots[seen.slot] = slot
                message.slots.append(slot)
