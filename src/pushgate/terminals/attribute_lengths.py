"""How long the attributes of terminals and of people are, as scripts of the registry note it.

A length is that of the longest value since all rows were last counted; the value itself may be
gone. Values written by a process of an earlier version count only after all rows are counted again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

from redis.asyncio import Redis

from pushgate.content.personal.lengths import KnownLengths, Length
from pushgate.domain.app import App
from pushgate.domain.attributes import value_text
from pushgate.domain.clock import Clock
from pushgate.domain.terminal import Terminal
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.runtime.lru_cache import LRUCache
from pushgate.terminals.shard_scripts import run

_COUNTED, _OF_TERMINALS, _OF_PEOPLE = b"!", b"a:", b"p:"
_MAX_AGE = timedelta(seconds=10)
_MAX_APPS = 256


class AttributeLengths:
    """The lengths of all apps, up to ten seconds old. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._read: LRUCache[App, tuple[datetime, KnownLengths]] = LRUCache(_MAX_APPS)

    async def read(self, app: App) -> KnownLengths:
        """The lengths of the app's attributes. One round trip; none if they were read within ten
        seconds.
        """
        now, cached = self._clock.now(), self._read.get(app)
        if cached and now - cached[0] <= _MAX_AGE:
            return cached[1]
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.hgetall(f"{tag(app, shard)}:attributes")
                pipe.exists(f"{tag(app, shard)}:blocks")
            answers = await pipe.execute()
        found = _merged(answers[::2], answers[1::2])
        self._read.put(app, (now, found))
        return found


async def note_lengths(redis: Redis, app: App, shard: int, terminals: Iterable[Terminal]) -> None:
    """Note the lengths of attributes of terminals that are written to a shard without a script.
    Raises EngineUnavailable.
    """
    if longest := _longest(terminals):
        await run(redis, "note_lengths", app, shard, *longest)


def _merged(shards: Sequence[Mapping[bytes, bytes]], have_blocks: Sequence[int]) -> KnownLengths:
    own, of_people = dict[str, Length](), dict[str, Length]()
    for name, raw in chain.from_iterable(stored.items() for stored in shards):
        kind = {_OF_TERMINALS: own, _OF_PEOPLE: of_people}.get(name[:2])
        if kind is not None:
            length = Length(*map(int, raw.split(b" ")))
            attribute = name[2:].decode()
            kind[attribute] = length.or_more(kind.get(attribute, length))
    counted = (_COUNTED in stored or not has for stored, has in zip(shards, have_blocks, strict=True))
    return KnownLengths(own, of_people, all(counted))


def _longest(terminals: Iterable[Terminal]) -> list[str]:
    """Attributes with their longest values by characters and by bytes, as a script takes them."""
    by_characters, by_bytes = dict[str, str](), dict[str, str]()
    for terminal in terminals:
        for name, value in terminal.attributes.items():
            text = value_text(value)
            if len(text) > len(by_characters.get(name, "")):
                by_characters[name] = text
            if len(text.encode()) > len(by_bytes.get(name, "").encode()):
                by_bytes[name] = text
    pairs = dict.fromkeys((*by_characters.items(), *by_bytes.items()))
    return list(chain.from_iterable(pairs))
