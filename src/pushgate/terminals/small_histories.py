"""The latest small messages of each terminal, by the terminal's slot. Entries are opaque here."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions
from pushgate.terminals.chunks import SLOTS_PER_CHUNK
from pushgate.terminals.shard_scripts import run

MAX_ENTRIES = 50
"""Small messages that are kept of a terminal: the latest ones."""
_ENTRY = 8
_NOTES_PER_SCRIPT = 512


class SmallHistories:
    """The small messages of all terminals. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def note(self, app: App, notes: Mapping[int, Sequence[bytes]], keep_until: datetime) -> None:
        """Note messages in histories, each once: by shard, a terminal's slot (4 bytes,
        little-endian) with the entry of its message (8 bytes).

        Harmless to repeat. An entry is kept until `keep_until` at least, unless 50 later ones come.
        """
        until_ms = to_ms(keep_until)
        await asyncio.gather(
            *(
                run(self._redis, "note_small", app, shard, until_ms, b"".join(part))
                for shard, of_shard in notes.items()
                for part in portions(of_shard, _NOTES_PER_SCRIPT)
            )
        )

    async def entries(self, app: App, shard: int, slot: int) -> list[bytes]:
        """The entries of the terminal that has the slot, the latest first."""
        chunk, offset = divmod(slot, SLOTS_PER_CHUNK)
        async with reaching(Changes.NOTHING):
            raw = await self._redis.hget(f"{tag(app, shard)}:small:{chunk}", str(offset))
        text = cast("bytes | None", raw) or b""
        return [text[at : at + _ENTRY] for at in range(0, len(text), _ENTRY)][::-1]
