"""Templates over any history: a name and a version never stand for two contents, and the bytes that
count are those that are stored.
"""

import random
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Content
from pushgate.messages import templates as module
from pushgate.messages.templates import LAST_VERSION_KEPT, TemplateContent, Templates
from pushgate.stores import Stores

APP = App("shop")
NAMES = ("welcome", "order")


def content(text: str) -> TemplateContent:
    return TemplateContent({"en": Content(title=text, body=text * 3)}, "en")


async def stored_bytes(redis: Redis) -> int:
    """The bytes of all contents that there are."""
    total = 0
    for name in NAMES:
        total += sum(map(len, await redis.hvals(f"{{q}}:template:shop:{name}:content")))
    return total


@pytest.mark.parametrize("seed", range(3))
async def test_a_version_stands_for_one_content_whatever_happens(
    redis: Redis, stores: Stores, clock: SetClock, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(module, "MAX_VERSIONS", 3)
    choices, seen = random.Random(seed), dict[tuple[str, int], TemplateContent]()  # a test
    others = Templates(redis, clock)  # another process, which has read other versions
    for _ in range(80):
        clock.advance(1)
        name, templates = choices.choice(NAMES), choices.choice((stores.templates, others))
        if choices.random() < 0.2:
            try:
                await templates.delete(APP, name)
            except NotFound:
                assert not await redis.exists(f"{{q}}:template:shop:{name}")
        else:
            wanted = content(choices.choice("abc") * choices.randint(1, 3))
            version, is_new = await templates.put(APP, name, wanted, "key")
            assert seen.setdefault((name, version), wanted) == wanted
            assert is_new or (await templates.find(APP, name)).version == version
        for (one, version), expected in seen.items():
            try:
                found = await choices.choice((stores.templates, others)).find(APP, one, version)
            except NotFound:
                continue
            assert found.content == expected
        assert int(await redis.get("{q}:template-bytes:shop") or 0) == await stored_bytes(redis)


async def test_the_last_version_of_a_deleted_template_is_forgotten_in_the_end(
    redis: Redis, stores: Stores
) -> None:
    await stores.templates.put(APP, "welcome", content("a"), "key")
    await stores.templates.delete(APP, "welcome")
    left = timedelta(milliseconds=await redis.pttl("{q}:template-last:shop:welcome"))
    assert LAST_VERSION_KEPT - timedelta(minutes=5) < left <= LAST_VERSION_KEPT
    assert await redis.keys("{q}:template:*") == []


async def test_a_template_is_the_apps_own(stores: Stores) -> None:
    await stores.templates.put(APP, "welcome", content("a"), "key")
    with pytest.raises(NotFound):
        await stores.templates.find(App("other"), "welcome")
