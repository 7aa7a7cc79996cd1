"""A person erased: every trace of the user, the user's terminals and their push tokens.

An erasure runs in steps, each of which may be repeated; the journal says which one is next. Bits
and counts of messages stay: they are of slots that nobody can be named by.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from redis.asyncio import Redis

from pushgate.audiences.mentions import Substitution
from pushgate.devices.token_erasure import TokenErasure
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceKind
from pushgate.domain.clock import Clock, from_ms
from pushgate.domain.erased import substitute
from pushgate.domain.errors import NotFound
from pushgate.people.gathering import terminals_of_user
from pushgate.people.journal import ErasedNames, Erasure, ErasureJournal
from pushgate.people.named_drafts import is_for_nobody_else, without_names
from pushgate.redis.rewriting import Rewriting, rewrite
from pushgate.stores import Stores
from pushgate.terminals.terms import attribute_terms, user_term

COUNTED = (
    "terminals",
    "former_slots",
    "histories",
    "attributes",
    "saved_audiences",
    "drafts",
    "registration_tokens",
    "messages",
    "contents",
    "push_tokens",
    "answers",
)
"""What an erasure counts."""
MAX_TERMINALS = 10_000
"""Terminals of a user that are erased together."""
ABANDONED_AFTER = timedelta(minutes=1)
"""An erasure whose progress was noted so long ago is taken to be interrupted."""
_MESSAGES_AT_ONCE = 100
_REWRITING_SECONDS = 5.0


class LogState(StrEnum):
    """What became of the server's log, which holds all that was written before."""

    REWRITTEN = "rewritten"
    PENDING = "pending"
    """It is being written, or will be; the scheduler looks after it."""
    REFUSED = "refused"
    """The server does not allow it: the operator has to do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What was erased so far, whether that is all, and what became of the server's log."""

    counts: dict[str, int]
    log: LogState
    is_complete: bool = True
    log_rewritten_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """An erasure at work."""

    app: App
    erasure: Erasure
    names: ErasedNames
    substitution: Substitution

    @property
    def substitutes(self) -> dict[str, str]:
        """The names that take the places of the user, the terminals' ids and push tokens."""
        return {name: other for name, other in self.substitution.substitutes.items() if name != other}

    @property
    def substitutes_of_ids(self) -> dict[str, str]:
        """The names that take the places of the terminals' ids."""
        return {one: self.substitution.substitutes[one] for one in self.names.tokens}


class PersonErasure:
    """Erases people of all apps. All calls raise EngineUnavailable."""

    def __init__(self, stores: Stores, redis: Redis, clock: Clock) -> None:
        self._stores = stores
        self._redis = redis
        self._clock = clock
        self._tokens = TokenErasure(redis)
        self.journal = ErasureJournal(redis)
        # Small messages before large ones: one that grows meanwhile is found in its new place.
        steps = self._terminals, self._free_slots, self._person, self._saved, self._small, self._large
        last = self._drafts, self._schedules, self._registration_tokens, self._answers, self._forget_names
        self.steps: Sequence[Callable[[_Work], Awaitable[bool]]] = (*steps, *last)
        """Each does a part of its work and returns whether that was the last one."""

    async def erase(self, app: App, user: str, for_at_most: timedelta) -> ErasureReport:
        """Erase a user, for at most so long; the scheduler does the rest.

        An erasure of the user that was interrupted is completed first.
        """
        until = asyncio.get_running_loop().time() + for_at_most.total_seconds()
        counts = dict.fromkeys(COUNTED, 0)
        begun = [one for one in await self.journal.all() if (one.app, one.user) == (app.name, user)]
        while True:
            # A user may have more terminals than are erased together, and one that was erased
            # before a crash may have new ones.
            erasure = begun.pop() if begun else await self._begin(app, user)
            names = await self.journal.names(erasure)
            is_complete = await self._proceed(app, erasure, names, until)
            for name, number in erasure.counts.items():
                counts[name] += number
            if not is_complete:
                return ErasureReport(counts=counts, log=LogState.PENDING, is_complete=False)
            is_part = names is not None and _is_part(names)
            if not begun and not is_part and not await terminals_of_user(self._stores, app, user, 1):
                log = await self._rewrite_log(erasure)
                at = self._clock.now() if log is LogState.REWRITTEN else None
                return ErasureReport(counts=counts, log=log, log_rewritten_at=at)
            await self.journal.end(erasure)

    async def complete_interrupted(self, apps: Sequence[App]) -> int:
        """Complete the erasures that were interrupted; returns how many there were."""
        by_name, completed = {app.name: app for app in apps}, 0
        for erasure in await self.journal.all():
            is_abandoned = self._clock.now() - from_ms(erasure.noted_ms) >= ABANDONED_AFTER
            if is_abandoned and (app := by_name.get(erasure.app)):
                names = await self.journal.names(erasure)
                await self._proceed(app, erasure, names)
                if names and _is_part(names):
                    await self._begin(app, names.user)  # a later call completes that
                await self._rewrite_log(erasure)
                completed += 1
        return completed

    async def _begin(self, app: App, user: str) -> Erasure:
        terminals = await terminals_of_user(self._stores, app, user, MAX_TERMINALS)
        attributes = await self._stores.people.attributes(app, user)
        terms = {user_term(user)}
        for name, value in attributes.items():
            terms.add(attribute_terms(name, value)[1])
        for terminal in terminals:
            terms |= {attribute_terms(*one)[0] for one in terminal.attributes.items()}
        tokens = {one.id: one.token for one in terminals}
        return await self.journal.begin(app.name, user, tokens, sorted(terms), self._clock.now())

    async def _proceed(
        self, app: App, erasure: Erasure, names: ErasedNames | None, until: float | None = None
    ) -> bool:
        """Go on with an erasure of these names, None where they are forgotten: then nothing is left
        to do. Returns whether all but the server's log is done, False where it took until that time
        of the event loop.
        """
        if names is None or erasure.step >= len(self.steps):
            return True
        work = _Work(app, erasure, names, names.substitution())
        while erasure.step < len(self.steps):
            if await self.steps[erasure.step](work):
                erasure.step, erasure.place, erasure.after = erasure.step + 1, [], ""
            await self.journal.note(erasure, self._clock.now())
            if until is not None and asyncio.get_running_loop().time() > until:
                return erasure.step >= len(self.steps)
        return True

    async def _rewrite_log(self, erasure: Erasure) -> LogState:
        """Let the server write its log anew, and end the erasure. One whose log is not written yet
        stays in the journal.
        """
        await self.journal.forget_names(erasure)
        state, erasure.log_writer = await rewrite(self._redis, erasure.log_writer, _REWRITING_SECONDS)
        if state is Rewriting.PENDING:
            await self.journal.note(erasure, self._clock.now())
            return LogState.PENDING
        await self.journal.end(erasure)
        return LogState.REWRITTEN if state is Rewriting.DONE else LogState.REFUSED

    async def _terminals(self, work: _Work) -> bool:
        found = await self._stores.terminal_erasure.erase(work.app, work.substitutes_of_ids)
        work.erasure.count("terminals", found.terminals)
        work.erasure.count("former_slots", found.former_slots)
        work.erasure.count("histories", found.histories)
        await self._stores.terminal_erasure.erase_owners(work.app, work.names.tokens)
        await self._stores.held_removals.drop_everywhere(work.app, list(work.names.tokens))
        await self._stores.marked_terminals.unmark(work.app, list(work.names.tokens))
        return True

    async def _free_slots(self, work: _Work) -> bool:
        (shard,) = work.erasure.place or [0]
        names = work.names
        found = await self._stores.terminal_erasure.erase_free_slots(
            work.app, shard, names.user, names.tokens, partial(substitute, names.secret)
        )
        work.erasure.count("former_slots", found)
        work.erasure.place = [shard + 1]
        return shard + 1 >= work.app.shards

    async def _person(self, work: _Work) -> bool:
        if _is_part(work.names):
            return True  # another erasure follows; to change the terms of all others would take long
        person = await self._stores.people.read(work.app, work.names.user)
        await self._stores.people.erase(work.app, work.names.user)
        kept = len(person.attributes) + len(person.opt_out) + bool(person.quiet_hours)
        work.erasure.count("attributes", kept)
        await self._stores.terminal_erasure.drop_terms(work.app, work.names.terms)
        return True

    async def _saved(self, work: _Work) -> bool:
        found = await self._stores.message_erasure.erase_saved(work.app.name, work.substitution)
        work.erasure.count("saved_audiences", found)
        return True

    async def _small(self, work: _Work) -> bool:
        erasure = work.erasure
        shard, cursor = erasure.place or [0, 0]
        cursor, found = await self._stores.small_erasure.erase(work.app, shard, cursor, work.substitution)
        erasure.count("messages", found.messages)
        erasure.count("contents", len(found.dropped))
        erasure.dropped += found.dropped
        erasure.place = [shard, cursor] if cursor else [shard + 1, 0]
        return not cursor and shard + 1 >= work.app.shards

    async def _large(self, work: _Work) -> bool:
        app, erasure = work.app, work.erasure
        ids = await self._stores.message_index.ids(app.name, None, erasure.after or None, _MESSAGES_AT_ONCE)
        envelopes = await self._stores.messages.envelopes(app.name, ids) if ids else {}
        for message_id, envelope in envelopes.items():
            kind = envelope.audience.kind
            if envelope.is_personal:
                await self._erase_values(work, message_id)
            if kind is AudienceKind.ALL:
                continue
            if kind is AudienceKind.TOKENS:
                tokens = list(work.substitution.names.tokens)
                found = await self._stores.terminal_erasure.erase_inline(app, message_id, tokens)
                erasure.count("push_tokens", found)
            changed, is_all = await self._stores.message_erasure.erase_audience(
                message_id, envelope.audience, work.substitution
            )
            erasure.count("messages", changed)
            if is_all:
                async for one in self._copies(message_id):
                    erasure.dropped.append(one)
                    erasure.count("contents", await self._stores.message_erasure.drop_content(one))
        erasure.after = ids[-1] if ids else ""
        return len(ids) < _MESSAGES_AT_ONCE

    async def _erase_values(self, work: _Work, message_id: str) -> None:
        """Erase the values that a message brings for the person; answers show them."""
        users, erased = work.substitution.names.users, False
        async for one in self._copies(message_id):
            erased |= await self._stores.message_erasure.erase_values(one, users)
        if erased:
            work.erasure.count("messages", 1)
            work.erasure.dropped.append(message_id)

    async def _copies(self, message_id: str) -> AsyncIterator[str]:
        """The ids of all that have a message's content: the message, then its parts and its steps.
        Parts and steps that are made later have the content that the message has then.
        """
        yield message_id
        for one in await self._stores.tracked.families.ids(message_id):
            if one != message_id:
                yield one
        for one in await self._stores.tracked.steps.ids(message_id):
            yield one

    async def _drafts(self, work: _Work) -> bool:
        drafts, names = self._stores.drafts, work.substitutes
        for draft_id in await drafts.heads(work.app):
            with suppress(NotFound):
                if await drafts.rewrite(work.app, draft_id, lambda body: _without(body, names)):
                    work.erasure.count("drafts", 1)
        return True

    async def _schedules(self, work: _Work) -> bool:
        """Erase names from schedules; one whose message was for nobody else is deleted."""
        names, is_over = work.substitutes, True

        def rewrite(message: bytes) -> bytes:
            return without_names(message, names) or message

        async for schedule in self._stores.series.all_listed(work.app.name):
            written = _without(schedule.written, names)
            if written is None:
                continue
            if written:
                erased = await self._stores.series.erase_names(schedule, written, work.substitution, rewrite)
            else:
                erased = await self._stores.series.delete(work.app.name, schedule.id)
            work.erasure.count("messages", int(erased))
            is_over = is_over and erased
        return is_over

    async def _registration_tokens(self, work: _Work) -> bool:
        erasure = work.erasure
        erasure.place, found = await self._tokens.erase(
            work.app.name, erasure.place, (work.names.user,), work.substitutes_of_ids
        )
        erasure.count("registration_tokens", found)
        return not erasure.place

    async def _answers(self, work: _Work) -> bool:
        erasure = work.erasure
        erasure.place, found = await self._stores.message_erasure.erase_records(
            work.app.name, erasure.place, erasure.dropped
        )
        erasure.count("answers", found)
        return not erasure.place

    async def _forget_names(self, work: _Work) -> bool:
        # The names themselves go once it is noted that nothing needs them any more.
        work.erasure.user, work.erasure.dropped = "", []
        return True


def _without(body: bytes, substitutes: Mapping[str, str]) -> bytes | None:
    """A draft without the names; b'' where it was for nobody else, None where it has no name."""
    if is_for_nobody_else(body, substitutes):
        return b""
    return without_names(body, substitutes)


def _is_part(names: ErasedNames) -> bool:
    """Whether the user may have more terminals than are erased together."""
    return len(names.tokens) >= MAX_TERMINALS
