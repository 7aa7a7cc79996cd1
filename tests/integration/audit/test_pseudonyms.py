"""What stands for people and terminals in the audit log."""

from redis.asyncio import Redis

from pushgate.audit.pseudonyms import Pseudonyms, Subject


async def test_a_pseudonym_stays_the_same_and_tells_nothing(redis: Redis) -> None:
    first = await Pseudonyms(redis).of("shop", Subject.USER, "u-17")
    assert first == await Pseudonyms(redis).of("shop", Subject.USER, "u-17")
    assert first.startswith("user~")
    assert "u-17" not in first


async def test_two_apps_have_two_pseudonyms_for_one_user(redis: Redis) -> None:
    pseudonyms = Pseudonyms(redis)
    found = {
        await pseudonyms.of("shop", Subject.USER, "x"),
        await pseudonyms.of("other", Subject.USER, "x"),
        await pseudonyms.of("shop", Subject.TERMINAL, "x"),
    }
    assert len(found) == 3


async def test_another_store_has_other_pseudonyms(redis: Redis) -> None:
    before = await Pseudonyms(redis).of("shop", Subject.USER, "u-17")
    await redis.delete("{q}:audit-key")
    assert await Pseudonyms(redis).of("shop", Subject.USER, "u-17") != before
