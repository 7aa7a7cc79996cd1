"""What stands for people and terminals in the audit log."""

import secrets
from typing import cast

import pytest
from redis.asyncio import Redis
from tests.support.redis_dump import secrets_in_dump
from tests.support.sealing import sealer_of

from pushgate.audit.pseudonyms import Pseudonyms, Subject
from pushgate.domain.errors import SealedElsewhere
from pushgate.sealing.sealer import Sealer

KEY = "{q}:audit-key"
SEALER, CLEAR = sealer_of(b"a"), sealer_of()


@pytest.mark.parametrize("sealer", [SEALER, CLEAR], ids=["sealed", "in clear"])
async def test_a_pseudonym_stays_the_same_and_tells_nothing(redis: Redis, sealer: Sealer) -> None:
    first = await Pseudonyms(redis, sealer).of("shop", Subject.USER, "u-17")
    assert first == await Pseudonyms(redis, sealer).of("shop", Subject.USER, "u-17")
    assert first.startswith("user~")
    assert "u-17" not in first


async def test_two_apps_have_two_pseudonyms_for_one_user(redis: Redis) -> None:
    pseudonyms = Pseudonyms(redis, SEALER)
    found = {
        await pseudonyms.of("shop", Subject.USER, "x"),
        await pseudonyms.of("other", Subject.USER, "x"),
        await pseudonyms.of("shop", Subject.TERMINAL, "x"),
    }
    assert len(found) == 3


async def test_another_store_has_other_pseudonyms(redis: Redis) -> None:
    before = await Pseudonyms(redis, SEALER).of("shop", Subject.USER, "u-17")
    await redis.delete(KEY)
    assert await Pseudonyms(redis, SEALER).of("shop", Subject.USER, "u-17") != before


async def test_a_key_in_clear_is_used_on_and_sealed_once_there_is_a_master_key(redis: Redis) -> None:
    before = await Pseudonyms(redis, CLEAR).of("shop", Subject.USER, "u-17")
    in_clear = cast("bytes", await redis.get(KEY)).decode()
    assert await Pseudonyms(redis, SEALER).of("shop", Subject.USER, "u-17") == before
    assert await secrets_in_dump(redis, [in_clear, bytes.fromhex(in_clear)]) == []
    assert await Pseudonyms(redis, SEALER).of("shop", Subject.USER, "u-17") == before


@pytest.mark.parametrize("first_byte", [b"\x01", b"\x7b"], ids=["as a sealed value", "as clear text"])
async def test_a_key_in_raw_bytes_is_used_on_and_sealed(redis: Redis, first_byte: bytes) -> None:
    raw = first_byte + secrets.token_bytes(31)
    await redis.set(KEY, raw)
    before = await Pseudonyms(redis, CLEAR).of("shop", Subject.USER, "u-17")
    assert await Pseudonyms(redis, SEALER).of("shop", Subject.USER, "u-17") == before
    assert await secrets_in_dump(redis, [raw]) == []
    assert await Pseudonyms(redis, SEALER).of("shop", Subject.USER, "u-17") == before


async def test_a_key_that_no_master_key_opens_stays_and_is_told(redis: Redis) -> None:
    await Pseudonyms(redis, SEALER).of("shop", Subject.USER, "u-17")
    sealed = await redis.get(KEY)
    with pytest.raises(SealedElsewhere):
        await Pseudonyms(redis, sealer_of(b"b")).of("shop", Subject.USER, "u-17")
    assert await redis.get(KEY) == sealed
