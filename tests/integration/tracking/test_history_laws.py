"""Histories and audience expressions equal what a plain list says, in any order of messages,
registrations, moves, outcomes, receipts and removals (hypothesis).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.engines import Engine
from tests.support.explained import ExplainedWorld
from tests.support.plain_terminals import FIRST_DAY, PlainTerminal, expressions, holds

from pushgate.bundles.bundle_values import Verb
from pushgate.domain import bitmaps
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    ByTerminal,
    ByUser,
    Everyone,
    HadOutcome,
    HasTag,
    InLanguage,
    Not,
    OfVendor,
    OutcomeTerm,
)
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group, Terminal
from pushgate.ledger.values import Failure
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.tracking.terminal_filters import TerminalFilter

T = TypeVar("T")
NAMES = ("a", "b", "c")
GROUPS = (Group("apns", "en"), Group("apns", "ja"), Group("fcm", "en"))
VERBS = {Verb.ACCEPTED: State.ACCEPTED, Verb.INVALID: State.INVALID, Verb.REJECTED: State.REJECTED}
AUDIENCES: dict[str, Callable[[], Audience]] = {
    "all": Everyone,
    "users": lambda: ByUser(("ann",)),
    "terminals": lambda: ByTerminal(("a", "c", "unknown")),
}


leaves: st.SearchStrategy[Audience] = st.one_of(
    st.just(HasTag("vip")),
    st.builds(OfVendor, st.sampled_from(["apns", "fcm"])),
    st.builds(InLanguage, st.sampled_from(["en", "ja"])),
    st.just(ByUser(("ann",))),
    st.builds(HadOutcome, st.sampled_from(OutcomeTerm), st.sampled_from(["0", "1", "2"])),
)
"""Outcomes name the latest message by 0, the one before by 1, and so on."""


@dataclass
class Push:
    """What the model knows of a message to one terminal."""

    message_id: str
    large: bool
    slot: SlotRef
    state: State = State.PENDING
    clicked: bool = False
    left_by: tuple[str | None] | None = None
    """The user whom the terminal had when it left the slot."""


@dataclass
class Life:
    """A terminal from its registration until it is forgotten."""

    group: Group
    user: str | None
    tags: tuple[str, ...]
    pushes: list[Push] = field(default_factory=list)

    def leave(self) -> None:
        """The terminal leaves its slot, which keeps the user."""
        for push in self.pushes:
            push.left_by = push.left_by or (self.user,)


def had(push: Push, outcome: OutcomeTerm) -> bool:
    """Whether a terminal had this outcome of a message."""
    match outcome:
        case OutcomeTerm.TARGETED:
            return True
        case OutcomeTerm.ACCEPTED:
            return push.state is State.ACCEPTED
        case OutcomeTerm.CLICKED:
            return push.clicked
        case OutcomeTerm.FAILED:
            return push.state in (State.INVALID, State.REJECTED)
    return False


def of_messages(node: Audience, sent: Sequence[str]) -> Audience:
    """The expression with the ids of messages; without enough messages an outcome holds
    everyone.
    """
    match node:
        case HadOutcome(outcome, place):
            return HadOutcome(outcome, sent[-1 - int(place)]) if int(place) < len(sent) else Everyone()
        case AllOf(parts):
            return AllOf(tuple(of_messages(part, sent) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(of_messages(part, sent) for part in parts))
        case Not(part):
            return Not(of_messages(part, sent))
    return node


def is_held(audience: Audience, name: str, life: Life) -> bool:
    """Whether an expression holds a terminal."""
    plain = PlainTerminal(
        id=name,
        vendor=life.group.vendor,
        language=life.group.language,
        seen=FIRST_DAY,
        registered=FIRST_DAY,
        user=life.user,
        tags=frozenset(life.tags),
    )

    def leaf(node: Audience, terminal: PlainTerminal) -> bool:
        match node:
            case ByUser(users):
                return terminal.user in users
            case HadOutcome(outcome, message_id):
                return any(push.message_id == message_id and had(push, outcome) for push in life.pushes)
        raise AssertionError(node)

    return holds(audience, plain, leaf)


class Lives(RuleBasedStateMachine):
    """Terminals that come, move and go while messages are sent."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis: Redis = connect(RedisSettings(url=self.url, max_connections=8))
        self.do(self.redis.flushdb())
        self.clock = SetClock()
        self.worlds = {large: ExplainedWorld(self.redis, self.clock, large=large) for large in (False, True)}
        self.stores = self.worlds[True].stores
        self.lives: dict[str, Life] = {}
        self.sent: list[str] = []
        self.past: list[tuple[str, Push]] = []
        """Pushes to terminals that were forgotten since."""

    def do(self, call: Awaitable[T]) -> T:
        return self.loop.run_until_complete(call)

    @rule(
        name=st.sampled_from(NAMES),
        group=st.sampled_from(GROUPS),
        user=st.sampled_from([None, "ann"]),
        tags=st.sampled_from([(), ("vip",)]),
    )
    def register(self, name: str, group: Group, user: str | None, tags: tuple[str, ...]) -> None:
        terminal = Terminal(name, group.vendor, f"token-{name}", group.language, user, tags)
        self.do(self.stores.registry.register(self.worlds[True].app, [terminal]))
        life = self.lives.setdefault(name, Life(group, user, tags))
        if life.group != group:
            life.leave()
        life.group, life.user, life.tags = group, user, tags

    @precondition(lambda self: self.lives)
    @rule(choice=st.integers(0, 9))
    def forget(self, choice: int) -> None:
        name = list(self.lives)[choice % len(self.lives)]
        self.do(self.stores.registry.forget(self.worlds[True].app, [name]))
        life = self.lives.pop(name)
        life.leave()
        self.past += [(name, push) for push in life.pushes]

    @rule(large=st.booleans(), kind=st.sampled_from(list(AUDIENCES)), seconds=st.integers(0, 1))
    def send(self, large: bool, kind: str, seconds: int) -> None:
        if kind == "all" and not large:
            kind = "terminals"
        self.clock.advance(seconds)
        message_id = self.do(self.worlds[large].send(AUDIENCES[kind]()))
        self.sent.append(message_id)
        for name, life in self.lives.items():
            if kind == "all" or (life.user == "ann" if kind == "users" else name in ("a", "c")):
                life.pushes.append(Push(message_id, large, self.do(self.worlds[large].slot(name))))

    @rule(written=expressions(leaves))
    def send_to_an_expression(self, written: Audience) -> None:
        """The count tells beforehand whom the message is for."""
        audience, world = of_messages(written, self.sent), self.worlds[True]
        held = {name: life for name, life in self.lives.items() if is_held(audience, name, life)}
        counted = self.do(self.stores.resolver.count(world.app, audience, ""))
        assert counted.groups == Counter(life.group for life in held.values())
        message_id = self.do(world.send(audience))
        self.sent.append(message_id)
        _, report = self.do(self.stores.tracked.results.find(world.app, message_id))
        assert report.targeted == counted.total
        for name, life in held.items():
            life.pushes.append(Push(message_id, True, self.do(world.slot(name))))

    @precondition(lambda self: any(life.pushes for life in self.lives.values()))
    @rule(choice=st.integers(0, 99), verb=st.sampled_from(list(VERBS)))
    def settle(self, choice: int, verb: Verb) -> None:
        _, push = self._push(choice)
        if push.state is not State.PENDING:
            return
        world = self.worlds[push.large]
        failure = None if verb is Verb.ACCEPTED else Failure("apns", "Code", "a reason")
        self.do(world.record(push.message_id, verb, failure, slot=push.slot))
        push.state = VERBS[verb]

    @precondition(lambda self: any(life.pushes for life in self.lives.values()))
    @rule(choice=st.integers(0, 99))
    def click(self, choice: int) -> None:
        name, push = self._push(choice)
        if not push.clicked:
            self.do(self.worlds[push.large].report(ReceiptKind.CLICKED, push.message_id, name))
            push.clicked = True

    def _push(self, choice: int) -> tuple[str, Push]:
        all_pushes = [(name, push) for name, life in self.lives.items() for push in life.pushes]
        return all_pushes[choice % len(all_pushes)]

    @invariant()
    def histories_are_those_of_the_model(self) -> None:
        for name, life in self.lives.items():
            found = self.do(self._history(name))
            assert found == sorted(
                ((push.message_id, push.state, push.clicked) for push in life.pushes), reverse=True
            )

    @invariant()
    def outcomes_as_audiences_are_those_of_the_model(self) -> None:
        pushes = [(name, push) for name, life in self.lives.items() for push in life.pushes]
        for message_id in sorted({push.message_id for _, push in pushes})[-3:]:
            for outcome in OutcomeTerm:
                expected = {
                    name for name, push in pushes if push.message_id == message_id and had(push, outcome)
                }
                assert self.do(self._having(message_id, outcome)) == expected, (message_id, outcome)

    @invariant()
    def lists_of_terminals_are_those_of_the_model(self) -> None:
        pushes = [(name, life.user, push) for name, life in self.lives.items() for push in life.pushes]
        pushes += [(name, *push.left_by, push) for name, push in self.past if push.left_by]
        for message_id in sorted({push.message_id for *_, push in pushes})[-2:]:
            for wanted in (TerminalFilter.TARGETED, TerminalFilter.FAILED, TerminalFilter.NOT_CLICKED):
                expected = Counter(
                    (name, user, push.state, push.clicked)
                    for name, user, push in pushes
                    if push.message_id == message_id
                    and wanted.holds(push.state, {ReceiptKind.CLICKED} if push.clicked else ())
                )
                assert self.do(self._listed(message_id, wanted)) == expected, (message_id, wanted)

    async def _listed(
        self, message_id: str, wanted: TerminalFilter
    ) -> Counter[tuple[str | None, str | None, State, bool]]:
        """The message's terminals, page by page."""
        terminals, app, cursor = self.stores.tracked.terminals, self.worlds[True].app, None
        found = Counter[tuple[str | None, str | None, State, bool]]()
        while True:
            rows, cursor = await terminals.page(app, message_id, wanted, cursor, 2)
            found.update(
                (row.name.terminal, row.name.user, row.state, ReceiptKind.CLICKED in row.receipts)
                for row in rows
            )
            if cursor is None:
                return found

    async def _having(self, message_id: str, outcome: OutcomeTerm) -> set[str]:
        """The terminals that are registered now and had this outcome of a message."""
        app, found = self.worlds[True].app, set[str]()
        for shard in range(app.shards):
            by_range = await self.stores.outcome_terms.read(app, shard, outcome, message_id)
            slots = [
                number * bitmaps.SLOTS_PER_RANGE + offset
                for number, bits in by_range.items()
                for offset in bitmaps.offsets(bits)
            ]
            tokens = await self.stores.tokens.read_current(app, shard, slots)
            assert len(tokens) == len(slots), "only slots in use"
            ids = await self.stores.holders.ids(app, shard, slots)
            assert len(set(ids.values())) == len(slots), "each terminal once"
            found |= set(ids.values())
        return found

    async def _history(self, name: str) -> list[tuple[str, State, bool]]:
        """Page by page. Messages are sent at once, so their ids are in the order of time."""
        app, cursor, found = self.worlds[True].app, None, list[tuple[str, State, bool]]()
        (slots,) = await self.stores.locations.locate(app, [name])
        while True:
            page = await self.stores.tracked.histories.page(app, slots, cursor, 3)
            found += [
                (entry.message_id, entry.push.state, ReceiptKind.CLICKED in entry.push.receipts)
                for entry in page.entries
            ]
            cursor = page.following
            if cursor is None:
                return found

    def teardown(self) -> None:
        self.do(self.redis.aclose())
        self.loop.close()


def test_histories_equal_the_model(valkey: Engine) -> None:
    Lives.url = valkey.url.replace("db=0", "db=9973")
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
