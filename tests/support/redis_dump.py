"""Everything that a Redis holds, searched for secrets in clear."""

import base64
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from typing import cast

from redis.asyncio import Redis

_SHORTEST = 8
"""Bytes of a secret that can be searched for: a shorter one would be found by chance."""


async def secrets_in_dump(redis: Redis, secrets: Iterable[bytes | str]) -> list[str]:
    """Where secrets are in clear, as `<Redis key>: secret <number>`, counted from 0.

    All keys and values are searched, for the secrets as they are, and in hexadecimal and base64.
    """
    forms = [set(_forms(secret.encode() if isinstance(secret, str) else secret)) for secret in secrets]
    found = []
    async for key, content in _dump(redis):
        found += [
            f"{key.decode(errors='replace')}: secret {number}"
            for number, texts in enumerate(forms)
            if any(text in part for text in texts for part in (key, *content))
        ]
    return found


def _forms(secret: bytes) -> Iterable[bytes]:
    """How the secret may be written. Base64 of a text has three forms: the text may begin within
    three bytes that are written together.
    """
    assert len(secret) >= _SHORTEST, "a secret that is too short to be searched for"
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for before in range(3):
        whole = (before + len(secret)) // 3 * 3
        coded = base64.b64encode((b"\x00" * before + secret)[:whole])[4 if before else 0 :]
        yield coded
        yield coded.translate(bytes.maketrans(b"+/", b"-_"))


async def _dump(redis: Redis) -> AsyncIterator[tuple[bytes, list[bytes]]]:
    async for key in redis.scan_iter(count=1000):
        yield key, await _content(redis, key)


async def _content(redis: Redis, key: bytes) -> list[bytes]:
    """Each text of a value: fields, members and items too."""
    match await redis.type(key):
        case b"string":
            return [cast("bytes", await redis.get(key) or b"")]
        case b"hash":
            pairs = await cast("Awaitable[Mapping[bytes, bytes]]", redis.hgetall(key))
            return [text for pair in pairs.items() for text in pair]
        case b"list":
            return await cast("Awaitable[list[bytes]]", redis.lrange(key, 0, -1))
        case b"set":
            return list(await cast("Awaitable[set[bytes]]", redis.smembers(key)))
        case b"zset":
            return cast("list[bytes]", await redis.zrange(key, 0, -1))
        case b"stream":
            entries = cast("list[tuple[bytes, Mapping[bytes, bytes]]]", await redis.xrange(key))
            return [text for _, fields in entries for pair in fields.items() for text in pair]
        case kind:
            raise AssertionError(f"{key!r} is a {kind!r}, which this search cannot read")
