"""Commands of clients, phones and recovery, beside those of schedulers and workers."""

from datetime import timedelta
from typing import cast

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.support.bundle_model import CANCELLED, EXPIRED, INVALID, PENDING, REJECTED
from tests.support.bundle_worker_commands import STAYING, BundleWorkerCommands
from tests.support.bundles import PATIENCE, RETENTION, small

from pushgate.bundles.accounts import SENT_AS_LARGE
from pushgate.bundles.bodies import encode
from pushgate.bundles.segment_values import Segment
from pushgate.bundles.values import CellKind
from pushgate.domain.clock import to_ms
from pushgate.domain.outcome import ReceiptKind, State

RESENT = {INVALID: State.INVALID, REJECTED: State.REJECTED, EXPIRED: State.EXPIRED}


class BundleClientCommands(BundleWorkerCommands):
    """All commands on one home."""

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """A client stops a message, whatever became of it, and asks once more."""
        still_open = [one.id for one in self.messages.values() if any(slot.is_open for slot in one.slots)]
        message = self.messages[data.draw(st.sampled_from(sorted(still_open or self.messages)))]
        found = self.do(self.world.accounts.cancel(self.app, message.id))
        pending = [slot for slot in message.slots if slot.state == PENDING]
        open_before = sum(slot.is_open for slot in message.slots)
        assert found is not None
        assert (found.kind, found.was_stopped) == (message.kind, message.is_stopped)
        assert (found.slots, found.open_before) == (len(pending), open_before)
        if message.kind is CellKind.WAITS:
            message.kind = CellKind.CANCELLED
        message.is_stopped |= open_before > 0
        for slot in pending:
            slot.come_to(CANCELLED, "")
        again = self.do(self.world.accounts.cancel(self.app, message.id))
        assert again is not None
        assert (again.kind, again.was_stopped, again.slots) == (message.kind, message.is_stopped, 0)

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), later=st.sampled_from([0, 50]), urgent=st.booleans())
    def replace(self, data: st.DataObject, later: int, urgent: bool) -> None:
        """A client changes a message, which it may while the message waits."""
        message = self.messages[data.draw(st.sampled_from(sorted(self.messages)))]
        (account,) = self.do(self.world.accounts.read(self.app, [message.id], slots=False))
        assert account is not None
        assert account.message is not None
        push_at = self.clock.now() + timedelta(seconds=later)
        bodies = encode([small(f"changed at {push_at}", push_at=push_at)], account.created_ms, 0)
        page = self.do(self.world.segments.new_page(self.home))
        segment = Segment(number=0, push_at=push_at, urgent=urgent, bodies=bodies, count=1)
        for _ in range(2):
            verdict = self.do(
                self.world.segments.replace(
                    self.home,
                    message.id,
                    segment,
                    page,
                    version=account.version,
                    contents_until=push_at + RETENTION,
                    results_until=push_at + RETENTION,
                    now=self.clock.now(),
                )
            )
            assert verdict == ("stored" if message.kind is CellKind.WAITS else "changed")
        if message.kind is CellKind.WAITS:
            message.place, message.index, message.urgent = (page, 0), 0, urgent
            message.expires_s = to_ms(push_at) // 1000 + 600

    @rule(limit=st.sampled_from([1, 3, 50]))
    def look_after(self, limit: int) -> None:
        """A scheduler looks after bundles."""
        key = f"{{{self.app.name}:0}}:open"
        due = cast(
            "list[bytes]",
            self.ask(self.redis.zrange(key, "-inf", self.now_ms, byscore=True, offset=0, num=limit)),
        )
        found = self.do(self.world.bundles.look_after(self.home, PATIENCE, limit))
        expected = {}
        for number in map(int, due):
            bundle = self.placed[number]
            if not bundle.is_held(self.now_ms) and bundle.look(self.now_s):
                expected[number] = bundle.slots[0].vendor
        assert found[0] == len(due)
        assert {one.number: one.vendor for one in found[1]} == expected

    @precondition(lambda self: any(message.slots for message in self.messages.values()))
    @rule(data=st.data(), seconds=st.sampled_from([20, 300]))
    def resume(self, data: st.DataObject, seconds: int) -> None:
        """An operator sends failures again, and repeats the call."""
        message = self.messages[data.draw(st.sampled_from(sorted(self.messages)))]
        states = data.draw(st.sampled_from([(REJECTED,), tuple(RESENT)]))
        again = [slot for slot in message.slots if slot.state in states and slot.code not in STAYING]
        number = message.resumed + 1
        for _ in range(2):
            found = self.do(
                self.world.accounts.resume(
                    self.app,
                    message.id,
                    number=number,
                    states=[RESENT[state] for state in states],
                    staying=STAYING,
                    expires_at=self.clock.now() + timedelta(seconds=seconds),
                    request=b"request %d" % number,
                )
            )
            assert found == len(again)
        message.resumed = number if again else message.resumed
        for slot in again:
            slot.pend(self.now_s, "", 0)
            slot.expires_s, slot.in_flight = self.now_s + seconds, 0

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), receipt=st.sampled_from(ReceiptKind), foreign=st.booleans())
    def report(self, data: st.DataObject, receipt: ReceiptKind, foreign: bool) -> None:
        """A phone tells what it has, perhaps of a message that was not for it, and twice."""
        message = self.messages[data.draw(st.sampled_from(sorted(self.messages)))]
        slot = data.draw(st.sampled_from([None, *message.slots])) if not foreign else None
        terminals = [(7, 7), slot.terminal if slot else (8, 8)]
        found = self.do(self.world.accounts.record_receipts(receipt, self.app, [(message.id, terminals)] * 2))
        if slot is None:
            is_large = message.kind in (CellKind.LARGE, CellKind.BECOMES_LARGE)
            assert found == ([SENT_AS_LARGE] * 2 if is_large else [-1, -1])
        else:
            assert found == [0 if receipt in slot.receipts else 1, 0]
            slot.receipts.add(receipt)
