"""The registry: an app's terminals, registered, read and forgotten.

Cut into shards by terminal id. The index of token owners is cut by token, so a registration is a
short sequence of writes. Each write is harmless if it is the last one: at worst the index names a
terminal that has another token by now, and every reader of the index checks the token.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, NamedTuple, cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import MAX_TTL
from pushgate.domain.terminal import Terminal
from pushgate.redis.hash_tags import by_shard, shard_of, tag
from pushgate.redis.replication import all_confirmed, confirmed
from pushgate.redis.scripts import portions
from pushgate.terminals.rows import Version, bucket_of, decode_terminal, encode_terminals
from pushgate.terminals.shard_scripts import ROWS_PER_SCRIPT, run
from pushgate.terminals.token_owners import TokenOwner, TokenOwners
from pushgate.terminals.tokens import digest

OWNED_BY_ANOTHER = (
    "the push token belongs to a terminal of another user; "
    "register with a registration token that names the user of this device"
)
_BATCH = 1000


class Condition(NamedTuple):
    """The terminal to forget, and conditions: values that are not empty must agree with the
    terminal's.
    """

    id: str
    token: str = ""
    registered_before: int | Literal[""] = ""
    """An instant (ms)."""
    vendor: str = ""
    seen_before: int | Literal[""] = ""
    """An instant (s)."""


@dataclass(frozen=True, slots=True)
class DeadToken:
    """A push token that a vendor called dead, and the vendor's code. With `since`, terminals that
    were registered from then on stay.
    """

    token: str
    since: datetime | None = None
    code: str = ""


class Single(NamedTuple):
    """How a single terminal is registered: only if it has this version, or only if it is new.

    `secret` is the digest of a device secret that the terminal gets. A terminal that yields does
    not take over the push token of a terminal that has another user.
    """

    version: Version
    secret: bytes = b""
    yields: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What a registration wrote: whether the terminal is new, when it was registered first, and
    when it was seen last, both to the second; and the categories that it is opted out of, None for
    none.
    """

    created: bool
    registered_at: datetime
    last_seen: datetime
    opt_out: tuple[str, ...] | None = None


class Registry:
    """The terminals of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock, retention: timedelta) -> None:
        """A slot is used again once no message can have counted it: after `retention` and the
        longest time to live.
        """
        self._redis = redis
        self._clock = clock
        self._slot_reuse_after = retention + MAX_TTL
        self._owners = TokenOwners(redis)

    async def register(self, app: App, terminals: Sequence[Terminal]) -> list[Written]:
        """Register terminals, new or known; of several with the same id, the last one counts.

        A terminal takes its token over: another terminal that had the token is forgotten.
        """
        latest: dict[str, Terminal] = {}
        for terminal in terminals:
            latest.pop(terminal.id, None)  # so that the order is that of the last ones
            latest[terminal.id] = terminal
        written: dict[str, Written] = {}
        for batch in portions(list(latest.values()), _BATCH):
            async with all_confirmed(self._redis, partial(_tags, app, [terminal.id for terminal in batch])):
                written |= await self._register(app, batch) or {}
        return [written[terminal.id] for terminal in terminals]

    async def replace(self, app: App, terminal: Terminal, single: Single) -> Written | None:
        """Register a terminal if it is still in the version that was read; None where it is not.

        Raises Conflict for a terminal that yields to the owner of its push token. The terminal is
        then forgotten, so callers look for an owner first.
        """
        async with confirmed(self._redis, tag(app, shard_of(app, terminal.id))):
            written = await self._register(app, [terminal], single)
        return written[terminal.id] if written else None

    async def read(self, app: App, terminal_id: str) -> Terminal:
        """The terminal. Raises NotFound."""
        return (await self.read_version(app, terminal_id))[0]

    async def read_version(self, app: App, terminal_id: str) -> tuple[Terminal, Version]:
        """The terminal and its version, for `replace`. Raises NotFound."""
        args = terminal_id, bucket_of(terminal_id)
        answer = await run(self._redis, "read", app, shard_of(app, terminal_id), *args)
        if not answer:
            raise NotFound(f"there is no terminal {terminal_id}")
        record, token, group, *names = cast("list[bytes]", answer)
        return decode_terminal(record, token, group, names), (record, token)

    async def read_owner(self, app: App, tokens: Sequence[str], vendor: str | None) -> Terminal:
        """The terminal that has one of these push tokens, of this vendor if given. Raises
        NotFound.
        """
        for owners in await self._owners.find(app, list(map(digest, tokens))):
            for owner in owners:
                with suppress(NotFound):
                    terminal = await self.read(app, owner)
                    if terminal.token in tokens and vendor in (None, terminal.vendor):
                        return terminal
        raise NotFound("no terminal has this push token")

    async def forget(self, app: App, terminal_ids: Sequence[str]) -> int:
        """Forget terminals; returns how many there were."""
        async with all_confirmed(self._redis, partial(_tags, app, terminal_ids)):
            return len(await self._forget(app, list(map(Condition, terminal_ids))))

    async def forget_silent(self, app: App, terminal_ids: Sequence[str], seen_before: datetime) -> int:
        """Forget the terminals among these that were last seen before an instant; returns how many
        there were.
        """
        limit = _seconds(seen_before)
        conditions = [Condition(terminal_id, seen_before=limit) for terminal_id in terminal_ids]
        return len(await self._forget(app, conditions))

    async def forget_dead(self, app: App, vendor: str, dead: Sequence[DeadToken]) -> int:
        """Forget the vendor's terminals that still have these tokens; returns how many there
        were.
        """
        owners = await self._owners.find(app, [digest(item.token) for item in dead])
        conditions = [
            Condition(owner, item.token, to_ms(item.since) if item.since else "", vendor)
            for all_owners, item in zip(owners, dead, strict=True)
            for owner in all_owners
        ]
        return len(await self._forget(app, conditions))

    async def _register(
        self, app: App, terminals: Sequence[Terminal], single: Single | None = None
    ) -> dict[str, Written] | None:
        """Register terminals and let them take over their tokens; returns what was written by id.

        Returns None where `single` is given and the one terminal has another version by now.
        """
        last = {terminal.token: terminal.id for terminal in terminals}
        winners = [terminal for terminal in terminals if last[terminal.token] == terminal.id]
        losers = {item.id for item in terminals} - {item.id for item in winners}
        written: dict[str, Written] = {}
        given_up: list[TokenOwner] = []
        for shard, some in by_shard(app, winners, lambda terminal: terminal.id).items():
            async for terminal, result, token in self._write(app, shard, some, single):
                if result is None:
                    return None
                written[terminal.id] = result
                if not result.created and token.decode() != terminal.token:
                    given_up.append((digest(token.decode()), terminal.id))
        written |= await self._take_over(app, winners, given_up, yields=bool(single and single.yields))
        return written | await self._forget_losers(app, losers)

    async def _take_over(
        self, app: App, terminals: Sequence[Terminal], given_up: list[TokenOwner], *, yields: bool
    ) -> dict[str, Written]:
        """Forget the terminals that had these terminals' tokens; returns what was written again."""
        conditions: list[Condition] = []
        contested: list[Terminal] = []
        owners = [(digest(terminal.token), terminal.id) for terminal in terminals]
        for others, terminal in zip(await self._owners.take_over(app, owners), terminals, strict=True):
            if yields:
                await self._yield(app, terminal, others)
            conditions += [Condition(other, terminal.token) for other in others]
            given_up += [(digest(terminal.token), other) for other in others]
            contested += [terminal] if others else []
        # Forgotten before they leave the index: after a crash in between, the next registration
        # finds them there.
        await self._forget(app, conditions)
        await self._owners.remove(app, given_up)
        if ownerless := await self._ownerless(app, contested):
            return await self._register(app, ownerless) or {}
        return {}

    async def _yield(self, app: App, terminal: Terminal, others: Sequence[str]) -> None:
        """Forget a terminal whose token has another user's terminal, which registered meanwhile.

        Raises Conflict then.
        """
        for other in others:
            with suppress(NotFound):
                if is_of_another(await self.read(app, other), terminal):
                    await self._forget(app, [Condition(terminal.id, terminal.token)])
                    raise Conflict(OWNED_BY_ANOTHER)

    async def _ownerless(self, app: App, contested: Sequence[Terminal]) -> list[Terminal]:
        """The terminals among these whose token has no owner now.

        Of two terminals that take a token over at the same time, each may have forgotten the other.
        """
        owners = await self._owners.find(app, [digest(terminal.token) for terminal in contested])
        return [terminal for terminal, ids in zip(contested, owners, strict=True) if not ids]

    async def _forget_losers(self, app: App, losers: Collection[str]) -> dict[str, Written]:
        """Forget terminals of a batch whose token a later one of the batch has; returns them as
        registered and forgotten at once.

        They are not registered first, because the index would have to list them all.
        """
        now = self._clock.now()
        before = to_ms(now) + 1  # a terminal that is registered again meanwhile stays
        forgotten = await self._forget(app, [Condition(loser, registered_before=before) for loser in losers])
        at = now.replace(microsecond=0)
        return {loser: Written(loser not in forgotten, at, at) for loser in losers}

    async def _write(
        self, app: App, shard: int, terminals: Sequence[Terminal], single: Single | None
    ) -> AsyncIterator[tuple[Terminal, Written | None, bytes]]:
        """Write the rows; yields for each terminal what was written, None where it has another
        version, and the token that it had before.
        """
        now = self._clock.now()
        condition = (*single.version, single.secret) if single else ("", "", "")
        for some in portions(terminals, ROWS_PER_SCRIPT):
            head = to_ms(now), _seconds(now - self._slot_reuse_after), *condition
            rows = encode_terminals(some, now)
            answer = await run(self._redis, "register", app, shard, *head, *rows)
            if answer == [b"changed"]:
                yield some[0], None, b""
                return
            before, seconds, kept = answer[::3], cast("list[int]", answer[1::3]), answer[2::3]
            for terminal, token, registered, names in zip(some, before, seconds, kept, strict=True):
                last_seen = (terminal.last_seen or now).replace(microsecond=0)
                opt_out = terminal.opt_out if names == b"" else _opt_out(names)
                written = Written(token is None, from_ms(1000 * registered), last_seen, opt_out or None)
                yield terminal, written, token or b""

    async def _forget(self, app: App, conditions: Sequence[Condition]) -> set[str]:
        """Forget the terminals that meet their condition, then the index entries of their tokens;
        returns their ids.
        """
        given_up: list[TokenOwner] = []
        now = _seconds(self._clock.now())
        for shard, found in by_shard(app, conditions, lambda condition: condition.id).items():
            for some in portions(found, ROWS_PER_SCRIPT):
                rows = [
                    value
                    for terminal_id, *rest in some
                    for value in (terminal_id, bucket_of(terminal_id), *rest)
                ]
                tokens = await run(self._redis, "forget", app, shard, now, *rows)
                for condition, token in zip(some, tokens, strict=True):
                    if token:
                        given_up.append((digest(token.decode()), condition.id))
        await self._owners.remove(app, given_up)
        return {terminal_id for _, terminal_id in given_up}


def _tags(app: App, terminal_ids: Sequence[str]) -> set[str]:
    """The hash tags of the terminals' rows."""
    return {tag(app, shard_of(app, terminal_id)) for terminal_id in terminal_ids}


def is_of_another(owner: Terminal, newcomer: Terminal) -> bool:
    """Whether a terminal has the push token of a newcomer, and another user."""
    return owner.token == newcomer.token and owner.user not in (None, newcomer.user)


def _opt_out(names: bytes | None) -> tuple[str, ...]:
    """The categories of names of opt-outs, a name a line."""
    return tuple(sorted(name[2:] for name in (names or b"").decode().split("\n")))


def _seconds(instant: datetime) -> int:
    """Whole seconds since the epoch, rounded down."""
    return to_ms(instant) // 1000
