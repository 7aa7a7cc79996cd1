"""Freezes audiences: evaluates them at once, then marks their terminals portion by portion, in a
request or by a scheduler.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from msgspec import structs

from pushgate.audiences.json_form import decode, shorten
from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, Frozen
from pushgate.domain.clock import Clock
from pushgate.domain.errors import Conflict, InvalidRequest, NotFound
from pushgate.freezing.freeze import UNFINISHED, Freeze, FreezeState
from pushgate.freezing.marking import Marking
from pushgate.freezing.records import FreezeRecords
from pushgate.grouping.resolver import AudienceResolver
from pushgate.messages.saved_audiences import SavedAudiences
from pushgate.runtime import logs

MAX_FROZEN = 100
"""Frozen audiences of one app, with those that are being released: a row has room for 255 names."""
EVALUATION_TIME = timedelta(minutes=10)
"""After this time an evaluation is given up, because its process must have died."""
MAX_AT_ONCE = 2000
"""Terminals that a request marks itself."""
_OWN_TIME = timedelta(seconds=60)
"""How long a request has to mark few terminals before a scheduler does it."""
_log = logs.get("freezing")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the work on a frozen audience: how many slots it looked at, and whether there is
    no more work.
    """

    slots: int
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class FreezeProgress:
    """A frozen audience, and how many of its terminals have its name so far."""

    freeze: Freeze
    marked: int


class Freezing:
    """Freezes and releases audiences of all apps. All calls raise EngineUnavailable, and Conflict
    where others freeze audiences of the app all the time.
    """

    def __init__(
        self,
        *,
        records: FreezeRecords,
        marking: Marking,
        resolver: AudienceResolver,
        saved: SavedAudiences,
        clock: Clock,
        max_at_once: int = MAX_AT_ONCE,
    ) -> None:
        """`max_at_once` is how many terminals a request marks itself."""
        self.records = records
        self._marking = marking
        self._unmarked = marking.unmarked
        self._resolver = resolver
        self._saved = saved
        self._clock = clock
        self._max_at_once = max_at_once

    async def freeze(self, app: App, name: str, audience: Audience, field: str) -> Freeze:
        """Evaluate an audience now, and save its terminals under the name once all are marked.

        Few terminals are marked at once; of many, a scheduler does it. Until then the name keeps
        the audience that it had. `field` is where the audience stands in the request.

        Raises Conflict where the name is being frozen already, InvalidRequest beyond the limits,
        NotFound for an outcome of a message that has just been forgotten.
        """
        key, now = secrets.token_hex(8), self._clock.now()
        await self._saved.require_room(app, name, Frozen(key), field)
        freeze = Freeze(
            key=key, name=name, state=FreezeState.EVALUATING, requested_at=now, of=shorten(audience)
        )
        await self.records.add(app.name, freeze, now + EVALUATION_TIME, lambda others: _check(name, others))
        try:
            terminals = await self._evaluate(app, key, audience)
        except NotFound:
            await self._abandon(app, key)
            raise
        return await self._begin_marking(app, structs.replace(freeze, terminals=terminals))

    async def _evaluate(self, app: App, key: str, audience: Audience) -> int:
        """Store the slots that the audience holds; returns how many they are."""
        total = 0
        expanded = await self._saved.expand(app, audience)
        async for shard, slots in self._resolver.slots(app, expanded, key):
            total += bitmaps.count(slots)
            await self._unmarked.put(app, shard, key, slots)
        return total

    async def _begin_marking(self, app: App, evaluated: Freeze) -> Freeze:
        is_small = evaluated.terminals <= self._max_at_once
        due = self._clock.now() + (_OWN_TIME if is_small else timedelta())
        marking = structs.replace(evaluated, state=FreezeState.MARKING)

        def begin(found: Freeze) -> Freeze | None:
            return marking if found.state is FreezeState.EVALUATING else None

        if not await self.records.change(app.name, marking.key, begin, due):
            await self._unmarked.drop(app, marking.key)
            raise Conflict("the freezing of the audience was stopped")
        if is_small:
            while not (await self.step(app, marking.key)).is_over:
                pass
            found = (await self.records.of_app(app.name)).by_key.get(marking.key)
            if found is None:
                raise Conflict("the freezing of the audience was stopped")
            return found
        return marking

    async def _abandon(self, app: App, key: str) -> None:
        await self._unmarked.drop(app, key)
        await self.records.remove(app.name, key)

    async def stop(self, app: App, name: str) -> bool:
        """Stop the freezing of an audience under this name; returns whether there was one.

        Raises Conflict where all terminals are marked and it is just being saved.
        """
        for freeze in _unfinished(name, (await self.records.of_app(app.name)).by_key):
            if await self._release(app, freeze.key, FreezeState.EVALUATING, FreezeState.MARKING):
                return True
            raise Conflict("the audience is just being saved; try again")
        return False

    async def require_unchanging(self, app: App, name: str) -> None:
        """Raise Conflict where an audience is being frozen under this name."""
        _check_name(name, (await self.records.of_app(app.name)).by_key)

    async def find(self, app: App, name: str, rule: bytes | None) -> FreezeProgress | None:
        """What is being frozen under this name, or the frozen audience that is the rule (the JSON
        of a saved audience). None where there is neither.
        """
        known = (await self.records.of_app(app.name)).by_key
        for freeze in _unfinished(name, known):
            return FreezeProgress(freeze, await self._count_marked(app, freeze))
        key = _key_of(rule)
        frozen = known.get(key) if key else None
        return FreezeProgress(frozen, frozen.terminals) if frozen else None

    async def _count_marked(self, app: App, freeze: Freeze) -> int:
        match freeze.state:
            case FreezeState.EVALUATING:
                return 0
            case FreezeState.MARKING:
                return max(0, freeze.terminals - await self._unmarked.count(app, freeze.key))
        return freeze.terminals

    async def step(self, app: App, key: str) -> Step:
        """Do a portion of the work on a frozen audience. May be repeated."""
        freeze = (await self.records.of_app(app.name)).by_key.get(key)
        match freeze.state if freeze else None:
            case FreezeState.EVALUATING:
                await self._release(app, key, FreezeState.EVALUATING)
            case FreezeState.MARKING:
                if slots := await self._marking.mark(app, key):
                    return Step(slots)
                await self._advance(app, key, FreezeState.SAVING, FreezeState.MARKING)
            case FreezeState.SAVING if freeze:
                return await self._save(app, freeze)
            case FreezeState.FROZEN if freeze:
                if await self._is_saved(app, freeze):
                    return Step(1, is_over=True)
                await self._release(app, key, FreezeState.FROZEN)
            case FreezeState.RELEASING:
                return await self._take_names(app, key)
            case None:
                return Step(1, is_over=True)
        return Step(1)

    async def _save(self, app: App, freeze: Freeze) -> Step:
        try:
            await self._saved.save(app, freeze.name, Frozen(freeze.key), "audience")
        except InvalidRequest as error:
            _log.warning(
                "a frozen audience cannot be saved",
                action="freeze_lost",
                app=app.name,
                name=freeze.name,
                error=str(error),
            )
            await self._release(app, freeze.key, FreezeState.SAVING)
            return Step(1)
        await self._advance(app, freeze.key, FreezeState.FROZEN, FreezeState.SAVING)
        await self._unmarked.drop(app, freeze.key)
        return Step(1, is_over=True)

    async def _is_saved(self, app: App, freeze: Freeze) -> bool:
        try:
            _, rule = await self._saved.find(app, freeze.name)
        except NotFound:
            return False
        return _key_of(rule) == freeze.key

    async def _take_names(self, app: App, key: str) -> Step:
        await self._unmarked.drop(app, key)
        if slots := await self._marking.unmark(app, key):
            return Step(slots)
        await self.records.remove(app.name, key)
        return Step(1, is_over=True)

    async def _release(self, app: App, key: str, *states: FreezeState) -> Freeze | None:
        return await self._advance(app, key, FreezeState.RELEASING, *states)

    async def _advance(self, app: App, key: str, state: FreezeState, *before: FreezeState) -> Freeze | None:
        """Change the state, if it is one of those before; returns the record, None where it is
        not.
        """

        def change(freeze: Freeze) -> Freeze | None:
            return structs.replace(freeze, state=state) if freeze.state in before else None

        due = self._clock.now() if state is FreezeState.RELEASING else None
        return await self.records.change(app.name, key, change, due)


def _unfinished(name: str, known: Mapping[str, Freeze]) -> list[Freeze]:
    return [freeze for freeze in known.values() if freeze.name == name and freeze.state in UNFINISHED]


def _check_name(name: str, known: Mapping[str, Freeze]) -> None:
    if _unfinished(name, known):
        raise Conflict(f"an audience is being frozen as {name}: wait for it, or delete it")


def _check(name: str, known: Mapping[str, Freeze]) -> None:
    _check_name(name, known)
    if len(known) >= MAX_FROZEN:
        raise Conflict(
            f"{MAX_FROZEN} audiences are frozen, and no more are taken; delete some (one that was "
            "replaced counts for an hour longer)"
        )


def _key_of(rule: bytes | None) -> str | None:
    audience = decode(rule) if rule else None
    return audience.key if isinstance(audience, Frozen) else None
