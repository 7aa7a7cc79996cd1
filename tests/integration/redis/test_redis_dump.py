"""The search for secrets finds them wherever Redis may hold them, and in every way of writing."""

import base64
import json

import pytest
from redis.asyncio import Redis
from tests.support.redis_dump import secrets_in_dump

SECRET = b"hunter2\xff\xfehunter2"


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        b"before " + SECRET + b" after",
        SECRET.hex().encode(),
        base64.b64encode(SECRET),
        base64.urlsafe_b64encode(b"a" + SECRET + b"bc"),
        base64.b64encode(b"ab" + SECRET + b"c"),
        json.dumps({"a": [base64.b64encode(b"abc" + SECRET).decode()]}).encode(),
    ],
)
async def test_a_secret_is_found_in_every_kind_of_value(redis: Redis, written: bytes) -> None:
    await redis.set("string", written)
    await redis.hset("hash", "field", written)
    await redis.hset("fields", written, "value")
    await redis.rpush("list", written)
    await redis.sadd("set", written)
    await redis.zadd("zset", {written: 1})
    await redis.xadd("stream", {"field": written})
    await redis.set(b"key of " + written, "")
    await redis.set("other", "harmless")
    found = await secrets_in_dump(redis, ["another secret", SECRET])
    assert len(found) == 8
    assert all(place.endswith("secret 1") for place in found)
    assert not any(place.startswith("other") for place in found)
