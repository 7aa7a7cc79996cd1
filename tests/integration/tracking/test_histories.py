"""What a terminal was sent: small messages and large ones, the latest first, with outcomes."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.bundles import RETENTION
from tests.support.clock import SetClock
from tests.support.explained import ExplainedWorld

from pushgate.bundles.bundle_values import Verb
from pushgate.domain.audience import ByTerminal, ByToken, Everyone
from pushgate.domain.message import DEFAULT_TTL, MAX_TTL
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import InlineToken, Terminal
from pushgate.ledger.values import Failure
from pushgate.terminals.small_histories import MAX_ENTRIES
from pushgate.tracking import histories
from pushgate.tracking.histories import HistoryPage

GONE = Failure("apns", "Unregistered", "the token is dead")


class TwoWorlds:
    """Small and large messages of the same terminals."""

    def __init__(self, redis: Redis, clock: SetClock) -> None:
        self.clock = clock
        self.small = ExplainedWorld(redis, clock, large=False)
        self.large = ExplainedWorld(redis, clock, large=True)
        self.app, self.stores = self.small.app, self.small.stores

    async def page(
        self, terminal: str, limit: int = 20, cursor: tuple[int, str] | None = None
    ) -> HistoryPage:
        (slots,) = await self.stores.locations.locate(self.app, [terminal])
        return await self.stores.tracked.histories.page(self.app, slots, cursor, limit)

    async def ids(self, terminal: str, limit: int = 20) -> list[str]:
        """All message ids of a terminal's history, page by page."""
        found: list[str] = []
        cursor = None
        while True:
            page = await self.page(terminal, limit, cursor)
            found += [entry.message_id for entry in page.entries]
            cursor = page.following
            if cursor is None:
                return found

    async def move(self, terminal: str, language: str) -> None:
        await self.stores.registry.register(
            self.app, [Terminal(terminal, "apns", f"token-{terminal}", language)]
        )


@pytest.fixture
def worlds(redis: Redis, clock: SetClock) -> TwoWorlds:
    return TwoWorlds(redis, clock)


async def test_small_and_large_messages_are_told_together_with_their_outcomes(worlds: TwoWorlds) -> None:
    await worlds.small.register("t1", "t2")
    first = await worlds.small.send(ByTerminal(("t1", "t2")))
    worlds.clock.advance(60)
    second = await worlds.large.send(Everyone())
    worlds.clock.advance(60)
    third = await worlds.small.send(ByTerminal(("t1",)))
    slot = await worlds.small.slot("t1")
    await worlds.small.record(first, Verb.ACCEPTED)
    await worlds.small.report(ReceiptKind.CLICKED, first, "t1")
    await worlds.large.record(second, Verb.INVALID, GONE, slot=slot)
    page = await worlds.page("t1")
    assert [entry.message_id for entry in page.entries] == [third, second, first]
    assert [entry.push.state for entry in page.entries] == [State.PENDING, State.INVALID, State.ACCEPTED]
    assert [entry.is_large for entry in page.entries] == [False, True, False]
    assert page.entries[1].push.failure == GONE
    assert page.entries[2].push.receipt_times == {ReceiptKind.CLICKED: worlds.clock.now()}
    assert (page.following, page.has_older_small) == (None, False)
    assert await worlds.ids("t2") == [second, first]


async def test_a_page_leads_on_to_the_next_one(worlds: TwoWorlds) -> None:
    await worlds.small.register("t1", "t2")
    sent = []
    for number in range(9):
        world = worlds.large if number % 2 else worlds.small
        sent.append(await world.send(ByTerminal(("t1",))))
        if number % 3 == 2:
            worlds.clock.advance(1)  # others have the same push time
    assert sorted(await worlds.ids("t1", 2)) == sorted(sent)
    assert await worlds.ids("t1", 2) == await worlds.ids("t1", 20)
    assert await worlds.ids("t2", 2) == []


async def test_a_page_without_messages_leads_on_where_others_got_many(
    worlds: TwoWorlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(histories, "MAX_SCANNED", 3)
    await worlds.small.register("t1", "t2")
    sent = [await world.send(ByTerminal(("t1",))) for world in (worlds.small, worlds.large)]
    for _ in range(7):
        worlds.clock.advance(1)
        await worlds.large.send(ByTerminal(("t2",)))
    page = await worlds.page("t1")
    assert page.entries == []
    assert page.following is not None
    assert sorted(await worlds.ids("t1", 1)) == sorted(sent)


async def test_a_message_counts_from_its_push_time_and_is_unknown_before(worlds: TwoWorlds) -> None:
    await worlds.small.register("t1")
    later = worlds.clock.now() + timedelta(hours=2)
    scheduled = [
        await world.store(ByTerminal(("t1",)), push_at=later) for world in (worlds.small, worlds.large)
    ]
    worlds.clock.advance(60)
    at_once = await worlds.small.send(ByTerminal(("t1",)))
    assert await worlds.ids("t1") == [at_once]
    worlds.clock.advance(7200)
    await worlds.small.plan()
    await worlds.large.plan()
    assert sorted((await worlds.ids("t1"))[:2]) == sorted(scheduled)
    assert (await worlds.ids("t1"))[2:] == [at_once]


async def test_a_history_goes_with_a_terminal_that_changes_its_group(worlds: TwoWorlds) -> None:
    await worlds.small.register("t1")
    sent = [await world.send(ByTerminal(("t1",))) for world in (worlds.small, worlds.large)]
    for language in ("ja", "fr", "en"):
        await worlds.move("t1", language)
        worlds.clock.advance(1)
        sent += [await world.send(ByTerminal(("t1",))) for world in (worlds.small, worlds.large)]
    assert sorted(await worlds.ids("t1")) == sorted(sent)
    moved = {
        entry.push.moved_to.language for entry in (await worlds.page("t1")).entries if entry.push.moved_to
    }
    assert moved == {"en"}


async def test_a_message_planned_while_its_terminal_moves_is_noted_where_the_terminal_went(
    worlds: TwoWorlds,
) -> None:
    await worlds.small.register("t1")
    slot, entry = await worlds.small.slot("t1"), b"12345678"
    await worlds.move("t1", "ja")
    await worlds.move("t1", "fr")
    notes = {slot.shard: [slot.slot.to_bytes(4, "little") + entry]}
    for _ in range(2):
        await worlds.stores.small_histories.note(worlds.app, notes, worlds.clock.now() + RETENTION)
    now_at = await worlds.small.slot("t1")
    assert await worlds.stores.small_histories.entries(worlds.app, slot.shard, now_at.slot) == [entry]
    assert await worlds.stores.small_histories.entries(worlds.app, slot.shard, slot.slot) == []


async def test_a_terminal_that_is_forgotten_leaves_its_last_small_message_until_its_slot_is_used_again(
    worlds: TwoWorlds,
) -> None:
    await worlds.small.register("t1")
    for _ in range(2):
        sent = await worlds.small.send(ByTerminal(("t1",)))
    slot = await worlds.small.slot("t1")
    await worlds.stores.registry.forget(worlds.app, ["t1"])
    late = {slot.shard: [slot.slot.to_bytes(4, "little") + b"12345678"]}
    await worlds.stores.small_histories.note(worlds.app, late, worlds.clock.now() + RETENTION)
    left = await worlds.stores.tracked.histories.page(worlds.app, [slot], None, 20)
    assert [entry.message_id for entry in left.entries] == [sent]
    await worlds.small.register("t1")
    assert await worlds.ids("t1") == [], "a terminal that registers anew begins anew"
    worlds.clock.advance((RETENTION + MAX_TTL).total_seconds() + 1)
    await worlds.small.register(*(f"other-{n}" for n in range(4)))
    assert await worlds.stores.small_histories.entries(worlds.app, slot.shard, slot.slot) == []


async def test_the_latest_50_small_messages_are_kept(worlds: TwoWorlds) -> None:
    await worlds.small.register("t1")
    sent = []
    for _ in range(MAX_ENTRIES + 2):
        worlds.clock.advance(1)
        sent.append(await worlds.small.send(ByTerminal(("t1",))))
    page = await worlds.page("t1", limit=100)
    assert [entry.message_id for entry in page.entries] == sent[:1:-1]
    assert page.has_older_small


async def test_a_message_is_not_told_of_after_its_retention(worlds: TwoWorlds) -> None:
    await worlds.small.register("t1")
    for world in (worlds.small, worlds.large):
        await world.send(ByTerminal(("t1",)))
    worlds.clock.advance((DEFAULT_TTL + RETENTION).total_seconds())
    await worlds.stores.message_index.trim(worlds.clock.now())
    assert await worlds.ids("t1") == []


async def test_of_a_message_whose_content_was_dropped_the_outcome_is_left(worlds: TwoWorlds) -> None:
    await worlds.small.register("t1")
    sent = [await world.send(ByTerminal(("t1",))) for world in (worlds.small, worlds.large)]
    await worlds.small.record(sent[0], Verb.ACCEPTED)
    for world, message_id in zip((worlds.small, worlds.large), sent, strict=True):
        await world.drop_content(message_id)
    found = {entry.message_id: entry for entry in (await worlds.page("t1")).entries}
    assert set(found) == set(sent)
    assert (found[sent[0]].push_at, found[sent[0]].push.state) == (None, State.ACCEPTED)


async def test_push_tokens_that_messages_bring_are_in_no_history(worlds: TwoWorlds) -> None:
    await worlds.small.register("t1")
    for world in (worlds.small, worlds.large):
        await world.send(ByToken((InlineToken("apns", "token-t1", "en"),)))
    assert await worlds.ids("t1") == []


async def test_a_message_that_was_changed_before_it_was_sent_is_told_of_by_its_id(worlds: TwoWorlds) -> None:
    await worlds.small.register("t1")
    later = worlds.clock.now() + timedelta(hours=2)
    message_id = await worlds.small.store(ByTerminal(("t1",)), push_at=later)
    changes = worlds.stores.tracked.changes
    sooner = worlds.clock.now() + timedelta(hours=1)
    await changes.reschedule(worlds.app, message_id, lambda message: replace(message, push_at=sooner))
    worlds.clock.advance(3600)
    await worlds.small.plan()
    (entry,) = (await worlds.page("t1")).entries
    assert (entry.message_id, entry.push_at) == (message_id, sooner)
