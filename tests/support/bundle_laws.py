"""The laws of small messages under writers, schedulers, workers, clients and phones, in any order
of commands, with crashes and repeated calls between any two of them (hypothesis).

Each message has its slots, each slot its message, and each slot the state that the model has; so
what was accepted is never lost. The counters say what waits. Whatever is open is looked after in
time, and nothing else is. Whatever is stored expires. Nothing is sent at most once twice. In the
end nothing is left open.
"""

from collections import Counter
from typing import cast

from hypothesis.stateful import invariant, rule
from tests.support.bundle_client_commands import BundleClientCommands
from tests.support.bundle_model import EXPIRED, INVALID, PENDING, REJECTED, ModelMessage, state_of
from tests.support.bundles import PATIENCE

from pushgate.bundles.account_values import MessageSlot, SmallAccount
from pushgate.bundles.snapshots import SmallSnapshots
from pushgate.bundles.values import RESERVED, CellKind

EVERY = 7
"""The laws are checked after so many commands."""
WITHOUT_EXPIRY = ("due", "urgent", "open", "lease", "pages", "next", "waiting", "events", "readers", "epoch")
FAILED = (INVALID, REJECTED, EXPIRED)
GRACE_MS = 1000


class BundleMachine(BundleClientCommands):
    """The commands, and the laws."""

    commands = 0
    has_missed_entries = False

    @rule()
    def a_reader_misses_entries(self) -> None:
        """It was too slow. It is told, and gets the sums anew."""
        self.ask(self.redis.xtrim(self.key("events"), maxlen=1, approximate=False))
        self.do(self.events.catch_up())
        if self.events.gaps:
            self.events.gaps = 0
            self.has_missed_entries = True
            self.do(SmallSnapshots(self.redis).write(self.app, list(self.messages)))

    @invariant()
    def the_laws_hold(self) -> None:
        self.commands += 1
        if self.commands % EVERY == 0:
            self.check()

    def check(self) -> None:
        """Hold everything that is stored against the model."""
        self.messages_are_as_the_model_says()
        self.what_waits_is_counted_and_queued()
        self.open_bundles_are_looked_after()
        self.whatever_is_stored_expires()
        self.events_add_up_to_the_slots()

    def key(self, name: str) -> str:
        return f"{{{self.app.name}:0}}:{name}"

    def messages_are_as_the_model_says(self) -> None:
        ids = list(self.messages)
        for message_id, account in zip(ids, self.do(self.world.accounts.read(self.app, ids)), strict=True):
            assert account is not None
            assert_as_modelled(self.messages[message_id], account)

    def events_add_up_to_the_slots(self) -> None:
        self.do(self.events.catch_up())
        for message in self.messages.values():
            counts = Counter(state_of(slot.state).value for slot in message.slots)
            counts.update(receipt.value for slot in message.slots for receipt in slot.receipts)
            assert self.events.of_message(message.id) == counts
            assert self.has_missed_entries or self.events.statuses[message.id][-1] == status_told(message)
        assert not self.events.gaps

    def what_waits_is_counted_and_queued(self) -> None:
        assert self.do(self.world.segments.waiting(self.home)) == self.waiting()
        for queue, urgent in (("due", False), ("urgent", True)):
            members = cast("list[bytes]", self.ask(self.redis.zrange(self.key(queue), 0, -1)))
            assert {(int.from_bytes(one[:4], "big"), one[4]) for one in members} == {
                message.place
                for message in self.messages.values()
                if message.kind in (CellKind.WAITS, CellKind.BECOMES_LARGE) and message.urgent is urgent
            }

    def open_bundles_are_looked_after(self) -> None:
        found = self.ask(self.redis.zrange(self.key("open"), 0, -1, withscores=True))
        rows = cast("list[tuple[bytes, float]]", found)
        looks = {int(number): at_ms for number, at_ms in rows}
        leases = cast("dict[bytes, bytes]", self.ask(self.redis.hgetall(self.key("lease"))))
        held = {number: bundle for number, bundle in self.placed.items() if bundle.holder}
        assert {int(number): text.decode() for number, text in leases.items()} == {
            number: f"{bundle.held_until_ms} {bundle.holder}" for number, bundle in held.items()
        }
        still_open = {number for number, bundle in self.placed.items() if bundle.open()}
        assert set(looks) == still_open | set(held)
        for number, at_ms in looks.items():
            bundle = self.placed[number]
            soonest = min(
                (min(slot.due_s, slot.expires_s) for slot in bundle.slots.values() if slot.state == PENDING),
                default=0,
            )
            bound = max(self.now_ms + PATIENCE.total_seconds() * 1000, soonest * 1000)
            assert at_ms <= (bundle.held_until_ms + GRACE_MS if bundle.holder else bound)

    def whatever_is_stored_expires(self) -> None:
        for key in cast("list[bytes]", self.ask(self.redis.keys(self.key("*")))):
            name = key.decode().split(":")[2]
            expires = cast("int", self.ask(self.redis.pttl(key))) > 0
            assert expires is (name not in WITHOUT_EXPIRY), key

    def teardown(self) -> None:
        """Time passes, nobody works any more, and schedulers find an end."""
        self.check()
        for _ in range(3):
            self.clock.advance(1000)
            self.look_after(1000)
        assert not any(bundle.open() for bundle in self.placed.values())
        assert self.do(self.world.bundles.look_after(self.home, PATIENCE, 1000)) == (0, [])
        self.check()
        self.do(self.redis.aclose())
        self.loop.close()


def status_told(message: ModelMessage) -> str:
    """The status that readers were told last."""
    if message.kind is CellKind.CANCELLED or message.is_stopped:
        return "cancelled"
    if message.kind in (CellKind.WAITS, CellKind.BECOMES_LARGE, CellKind.LARGE):
        return "scheduled"
    return "sending" if any(slot.is_open for slot in message.slots) else "sent"


def assert_as_modelled(message: ModelMessage, account: SmallAccount) -> None:
    """Hold a message against the model."""
    assert (account.kind, account.was_stopped) == (message.kind, message.is_stopped)
    assert account.message is not None
    if message.resumed:
        assert account.resend == b"request %d" % message.resumed
    found = {(slot.terminal_shard, slot.terminal_slot): slot for slot in account.slots}
    assert len(found) == len(account.slots) == len(message.slots)
    for expected in message.slots:
        slot = found[expected.terminal]
        assert slot.flags & 7 == expected.state
        assert slot.group.vendor == expected.vendor
        assert (slot.attempts, slot.in_doubt) == (expected.attempts, expected.is_in_doubt)
        assert slot.expires_s == expected.expires_s
        assert set(slot.receipt_times) == expected.receipts
        assert_label(slot, expected.code)


def assert_label(slot: MessageSlot, code: str) -> None:
    """A failure has its code, and the state that it is about."""
    if slot.flags & 7 == RESERVED:
        code = "unanswered"  # which is what it comes to if no answer comes
    if slot.flags & 7 in FAILED:
        assert code
    assert (slot.label.split("|")[2] if slot.label else "") == code
    if slot.label and slot.flags & 7 not in (PENDING, RESERVED) and code != "forgotten":
        assert slot.label.split("|")[1] == slot.state.value
