"""Lua scripts, loaded by name from the package that runs them.

A script for one record gets the whole key of the record. A script for several keys of one hash tag
gets the tag and appends the names.
"""

import hashlib
from collections.abc import Awaitable, Iterator, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TypeVar, cast

from redis import exceptions
from redis.asyncio import Redis

from pushgate.redis.client import Changes, reaching

_USES = "-- uses: "
Value = bytes | str | int | float
Item = TypeVar("Item")


def portions(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in portions for one script each: every other client waits for a script to end."""
    return (items[start : start + size] for start in range(0, len(items), size))


class Script:
    """A Lua script beside the module that runs it."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, client: "Redis", keys: Sequence[str], args: Sequence[Value]) -> object:
        """Run the script. The source is sent only where the server does not have it yet.

        Raises EngineUnavailable.
        """
        async with reaching(Changes.AT_ONCE):
            try:
                return await cast("Awaitable[object]", client.evalsha(self._digest, len(keys), *keys, *args))
            except exceptions.NoScriptError:
                return await cast("Awaitable[object]", client.eval(self._source, len(keys), *keys, *args))

    async def many(
        self, client: "Redis", calls: Sequence[tuple[Sequence[str], Sequence[Value]]]
    ) -> list[object]:
        """Run the script once with each of these keys and arguments, in one round trip to each
        server.

        Only for scripts that change nothing.

        Raises EngineUnavailable.
        """
        async with reaching(Changes.NOTHING):
            try:
                return await self._run_all(client, calls, is_known=True)
            except exceptions.NoScriptError:
                return await self._run_all(client, calls, is_known=False)

    async def _run_all(
        self, client: "Redis", calls: Sequence[tuple[Sequence[str], Sequence[Value]]], *, is_known: bool
    ) -> list[object]:
        brought = {keys[0] for keys, _ in calls} if is_known else set()
        async with client.pipeline(transaction=False) as pipe:
            for keys, args in calls:
                if keys[0] in brought:
                    pipe.evalsha(self._digest, len(keys), *keys, *args)
                else:  # it knows the script from then on, wherever the key is
                    pipe.eval(self._source, len(keys), *keys, *args)
                    brought.add(keys[0])
            return await pipe.execute()


@cache
def script(package: str, name: str) -> Script:
    """Load `<name>.lua` of a package of Pushgate.

    With a first line `-- uses: other` the script begins with `other.lua`, of the same package or of
    `pushgate.redis`. `-- uses: pushgate.terminals:other` names one of another package.
    """
    return Script(_source(resources.files(package), name))


def _source(folder: Traversable, name: str) -> str:
    package = folder if (folder / f"{name}.lua").is_file() else resources.files("pushgate.redis")
    source = (package / f"{name}.lua").read_text("utf-8")
    first = source.partition("\n")[0]
    if not first.startswith(_USES):
        return source
    other, _, used = first.removeprefix(_USES).rpartition(":")
    return _source(resources.files(other) if other else folder, used) + source
